"""How often are two identical recipes called different? Against three tests in common use.

    python bench/recipes.py [--trials 10000] [--bootstrap-trials 2000] [--seed 20261122] [--data FOLDER]

Worlds: two arms of 3, 5 or 10 seeds answer 1,319 problems. Each trial draws problems from the
difficulties of the real GSM8K test set (solved by how many of four models, half a problem added on
either side, as a logit; without the file, normal logits of the same spread), shifted so that 76% are
solved. A seed adds its own constant to every logit. Its spread is chosen so that the accuracy of one
seed on 1,319 fresh problems has a standard deviation of 1.2, 1.7 or 2.7 points, the sampling of
problems (1.18) included; 1.2 is hardly a seed effect at all. With interaction each arm adds to each
problem's logit a normal constant of its own (sd 1.5): problems suit the recipes unequally, while over
all problems both are equally good.

`ours` is `compare_recipes` as it comes; `pooled` a paired t over problems on the means of all seeds;
`bootstrap` the percentile interval that resamples seeds and problems (300 draws); `Welch` a t test on
the seeds' accuracies. At a nominal 5%; `ours` is to stay at 6% or below everywhere. Then, for a gain
of 2 points: how often the interval of `ours` holds the truth, and how often it shows the gain.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterator
from math import sqrt
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special
from scipy import stats as scipy_stats

from nophantom.stats.recipes import compare_recipes

Numbers = NDArray[np.float64]
Answers = NDArray[np.bool_]

PROBLEMS = 1_319
ACCURACY = 0.76
SIZES = (3, 5, 10)
TOTALS = (0.012, 0.017, 0.027)
INTERACTIONS = (0.0, 1.5)
DRAWS = 300
CHUNK = 100
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(41)


class World(NamedTuple):
    """One simulated study design, solved for the wanted accuracy and spread.

    Attributes:
        seeds: per arm.
        total: standard deviation of one seed's accuracy on fresh problems.
        interaction: standard deviation of the arm's own constant per problem.
        logits: (n,) difficulties to draw from, shifted to the wanted accuracy.
        seed_sd: standard deviation of a seed's constant.
        lift: constant of the first arm's logits.
    """

    seeds: int
    total: float
    interaction: float
    logits: Numbers
    seed_sd: float
    lift: float


def difficulties(folder: Path) -> Numbers:
    """Logits of the real test problems, or a stand-in."""
    file = folder / "llm" / "gsm8k" / "example_model_solutions.jsonl"
    if not file.exists():
        print("difficulties: normal logits, sd 1.45 (the real file is absent)")
        return np.asarray(scipy_stats.norm.ppf((np.arange(2_000) + 0.5) / 2_000) * 1.45)
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    models = [name for name, cell in rows[0].items() if isinstance(cell, dict)]
    solved = np.array([sum(row[name]["is_correct"] for name in models) for row in rows])
    print(f"difficulties: {len(rows)} real problems, {len(models)} models")
    return np.asarray(special.logit((solved + 0.5) / (len(models) + 1)))


def population(logits: Numbers, spread: float, shift: float) -> float:
    """Mean accuracy over the difficulties and a normal constant of this spread."""
    kinds, counts = np.unique(logits, return_counts=True)
    chance = special.expit(kinds[:, None] + shift + spread * NODES)  # (kinds, nodes)
    return float(counts @ (chance @ WEIGHTS) / counts.sum() / WEIGHTS.sum())


def solve(wanted: float, logits: Numbers, spread: float) -> float:
    """The shift at which the mean accuracy is as wanted, by bisection."""
    low, high = -8.0, 8.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if population(logits, spread, middle) < wanted else (low, middle)
    return low


def make_world(
    seeds: int, total: float, interaction: float, raw: Numbers, gain: float = 0.0, accuracy: float = ACCURACY
) -> World:
    """Solve for shift, seed spread (to first order) and the lift of the first arm."""
    shift = solve(accuracy, raw, interaction)
    logits = raw + shift
    slope = (population(logits, interaction, 1e-4) - population(logits, interaction, -1e-4)) / 2e-4
    var_seed = max(0.0, total**2 - accuracy * (1 - accuracy) / PROBLEMS)
    seed_sd = sqrt(var_seed) / slope
    lift = solve(accuracy + gain, logits, sqrt(interaction**2 + seed_sd**2)) if gain else 0.0
    return World(seeds, total, interaction, logits, seed_sd, lift)


def trials(world: World, n: int, rng: np.random.Generator) -> Iterator[tuple[Answers, Answers]]:
    """Answers of both arms, (seeds, problems) each."""
    for _ in range(n):
        logits = rng.choice(world.logits, PROBLEMS)
        yield _arm(world, logits, world.lift, rng), _arm(world, logits, 0.0, rng)


def _arm(world: World, logits: Numbers, lift: float, rng: np.random.Generator) -> Answers:
    own = world.interaction * rng.standard_normal(PROBLEMS) if world.interaction else 0.0
    seeds = world.seed_sd * rng.standard_normal(world.seeds)
    # Right with the chance 1 / (1 + odds against): an outer product instead of an exponential per cell.
    against = np.outer(np.exp(-seeds - lift), np.exp(-logits - own)).astype(np.float32)
    return np.asarray(rng.random(against.shape, dtype=np.float32) * (1 + against) < 1)


def ours(first: Answers, second: Answers) -> tuple[float, float, float]:
    """Low, high and p of the product's own test."""
    test = compare_recipes(first, second)
    low, high, p = test.estimate.low, test.estimate.high, test.p_value
    assert low is not None
    assert high is not None
    assert p is not None
    return low, high, p


def pooled(first: Answers, second: Answers) -> bool:
    """Paired t over problems, all seeds pooled."""
    gap = first.mean(axis=0) - second.mean(axis=0)
    t = gap.mean() / (gap.std(ddof=1) / sqrt(len(gap)))
    return bool(2 * special.stdtr(len(gap) - 1, -abs(t)) < 0.05)


def welch(first: Answers, second: Answers) -> bool:
    """Welch's t on the accuracies of the seeds."""
    one, other = first.mean(axis=1), second.mean(axis=1)
    parts = one.var(ddof=1) / len(one), other.var(ddof=1) / len(other)
    if sum(parts) < 1e-18:
        return bool(abs(one[0] - other[0]) > 1e-9)
    freedom = sum(parts) ** 2 / (parts[0] ** 2 / (len(one) - 1) + parts[1] ** 2 / (len(other) - 1))
    return bool(2 * special.stdtr(freedom, -abs(one.mean() - other.mean()) / sqrt(sum(parts))) < 0.05)


class Crossed:
    """Percentile bootstrap over seeds and problems; the weights of problems serve `CHUNK` trials."""

    def __init__(self, seeds: int, rng: np.random.Generator) -> None:
        self.seeds, self.rng, self.used = seeds, rng, CHUNK

    def __call__(self, first: Answers, second: Answers) -> bool:
        """Whether the 95% interval leaves out 0."""
        if self.used == CHUNK:
            even = np.full(PROBLEMS, 1 / PROBLEMS)
            self.problems = (self.rng.multinomial(PROBLEMS, even, size=DRAWS).T / PROBLEMS).astype(np.float32)
            self.used = 0
        self.used += 1
        even = np.full(self.seeds, 1 / self.seeds)
        gap = np.zeros(DRAWS)
        for sign, arm in ((1, first), (-1, second)):
            drawn = self.rng.multinomial(self.seeds, even, size=DRAWS) / self.seeds
            gap += sign * ((arm.astype(np.float32) @ self.problems).T * drawn).sum(axis=1)
        low, high = np.quantile(gap, (0.025, 0.975))
        return bool(low > 0 or high < 0)


def share(hits: list[bool]) -> str:
    """A share in percent with its Monte-Carlo error."""
    p = float(np.mean(hits))
    return f"{100 * p:5.1f} ±{100 * sqrt(p * (1 - p) / len(hits)):.1f}"


def false_positives(world: World, n: int, n_boot: int, rng: np.random.Generator) -> float:
    """Print one line of one world; the share of `ours`."""
    hits: dict[str, list[bool]] = {"ours": [], "pooled": [], "bootstrap": [], "Welch": []}
    bootstrap = Crossed(world.seeds, rng)
    for i, (first, second) in enumerate(trials(world, n, rng)):
        hits["ours"].append(ours(first, second)[2] < 0.05)
        if i < n_boot:
            hits["pooled"].append(pooled(first, second))
            hits["bootstrap"].append(bootstrap(first, second))
            hits["Welch"].append(welch(first, second))
    print(_world(world) + "  " + "  ".join(share(found) for found in hits.values()), flush=True)
    return float(np.mean(hits["ours"]))


def with_gain(world: World, gain: float, n: int, rng: np.random.Generator) -> float:
    """Print coverage and power of one world; the coverage."""
    ends = [ours(*arms) for arms in trials(world, n, rng)]
    covered = [low <= gain <= high for low, high, _ in ends]
    seen = [low > 0 for low, _, _ in ends]
    width = np.mean([high - low for low, high, _ in ends])
    print(f"{_world(world)}  {share(covered)}  {share(seen)}  {100 * width:6.2f}", flush=True)
    return float(np.mean(covered))


def _world(world: World) -> str:
    return f"{world.seeds:4d}+{world.seeds:<3d} {100 * world.total:4.1f}  {world.interaction:11.1f}"


def report(n: int, n_boot: int, seed: int, folder: Path) -> None:
    """Two tables: identical recipes, then a gain of 2 points."""
    rng, raw, start = np.random.default_rng(seed), difficulties(folder), time.process_time()
    print(f"\nidentical recipes, % called different at 5% ({n} trials; the other three {n_boot})")
    print("  seeds   sd  interaction  ours        pooled      bootstrap   Welch")
    grid = [(s, t, i) for s in SIZES for t in TOTALS for i in INTERACTIONS]
    worst = max(false_positives(make_world(*world, raw), n, min(n, n_boot), rng) for world in grid)
    print(f"worst of ours: {100 * worst:.2f}%")
    print(f"\na gain of 2 points ({n // 5} trials)")
    print("  seeds   sd  interaction  covered, %  seen, %     width, points")
    least = min(with_gain(make_world(*world, raw, 0.02), 0.02, n // 5, rng) for world in grid)
    print(f"least coverage: {100 * least:.2f}%\nCPU seconds: {time.process_time() - start:.0f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    here = Path(__file__).resolve().parent.parent
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--bootstrap-trials", type=int, default=2_000, help="trials of the other three")
    parser.add_argument("--seed", type=int, default=20_261_122)
    parser.add_argument(
        "--data", type=Path, default=os.environ.get("NOPHANTOM_DATA", here.parent / "shared/data")
    )
    given = parser.parse_args()
    report(given.trials, given.bootstrap_trials, given.seed, given.data)
