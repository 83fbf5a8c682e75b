"""What the best seed scores: how far off are the four numbers, and do the intervals hold the truth?

    python bench/expected_maximum.py [--trials 2000] [--seed 20261122] [--data FOLDER]

Worlds: 5, 10 or 20 seeds on 1,319 problems drawn from the real difficulties (see `bench/recipes.py`),
with a spread of the seeds' own from none to far above the noise; `r` is the true reliability. The best
seed is chosen on these problems; the truth is its accuracy over all problems.

First table: mean of each number minus the mean truth, in points. `best` is what is usually reported,
the best observed score; `in hand` is `honest_of_best`, `planned` the planning form. To hold: both
honest ones within 0.15 where r is 0.4 or more, and within 0.35 at 0.

Second table: coverage at 95% in percent (to hold: 93 or more). `asym` and `normal` against mean + c sd
of the seeds on these very problems, `empiric` for the best of S/4 against its expectation there,
`planned` against its formula with the true variances, `in hand` against the truth of the chosen seed,
`curse` against its lead lost, `r` and `sd` against the true reliability and spread of seeds.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import defaultdict
from math import log, sqrt
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from nophantom.stats.estimates import Estimate
from nophantom.stats.expected_maximum import expected_maximum, honest_of_best, standard_normal_maximum
from nophantom.stats.seeds import reliability, seed_sd, variance_components
from nophantom.stats.selection import winners_curse

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from bench.recipes import ACCURACY, NODES, PROBLEMS, WEIGHTS, World, difficulties, make_world

Numbers = NDArray[np.float64]
SIZES = (5, 10, 20)
OWN = (0.0, 0.006, 0.010, 0.016, 0.024)
DRAWS = 2_000
BIASES = ("best", "asym", "normal", "planned", "in hand")
COVERS = ("asym", "normal", "empiric", "planned", "in hand", "curse", "r", "sd")


class Truth(NamedTuple):
    """Moments of the chances of being right over problems and seeds.

    Attributes:
        mean: over both.
        var_seed: between seeds, of the mean over problems.
        ms_rest: expected residual mean square: the luck of single answers and seed x problem.
    """

    mean: float
    var_seed: float
    ms_rest: float


def truth_of(logits: Numbers, seed_sd_logit: float) -> Truth:
    """By summing over the kinds of problems and the nodes of the seeds' normal distribution."""
    kinds, counts = np.unique(logits, return_counts=True)
    of_kind, of_node = counts / counts.sum(), WEIGHTS / WEIGHTS.sum()
    chance = special.expit(kinds[:, None] + seed_sd_logit * NODES)  # (kinds, nodes)
    by_seed, by_kind = of_kind @ chance, chance @ of_node
    mean = float(of_kind @ by_kind)
    var_seed = float(of_node @ by_seed**2) - mean**2
    luck = float(of_kind @ (chance * (1 - chance)) @ of_node)
    apart = chance - by_kind[:, None] - by_seed + mean
    return Truth(mean, max(0.0, var_seed), luck + float(of_kind @ apart**2 @ of_node))


def holds(estimate: Estimate | None, value: float) -> bool:
    """Whether the interval holds the value, up to rounding."""
    assert estimate is not None
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low - 1e-12 <= value <= estimate.high + 1e-12


class Tally:
    """Errors and coverage of one world."""

    def __init__(self, world: World, rng: np.random.Generator) -> None:
        self.world, self.rng = world, rng
        self.truth = truth_of(world.logits, world.seed_sd)
        self.kinds, counts = np.unique(world.logits, return_counts=True)
        self.of_kind = counts / counts.sum()
        self.errors: dict[str, list[float]] = defaultdict(list)
        self.covered: dict[str, list[bool]] = defaultdict(list)

    def trial(self) -> None:
        """One study: draw problems, seeds and answers; estimate; compare."""
        world, rng, s = self.world, self.rng, self.world.seeds
        logits = rng.choice(world.logits, PROBLEMS)
        seeds = world.seed_sd * rng.standard_normal(s)
        scores = rng.random((s, PROBLEMS)) < special.expit(logits + seeds[:, None])
        everywhere = special.expit(self.kinds + seeds[:, None]) @ self.of_kind  # (seeds,)
        accuracies = scores.mean(axis=1)
        chosen = int(accuracies.argmax())
        value, lead = everywhere[chosen], everywhere[chosen] - everywhere.mean()
        found = expected_maximum(scores, s, rng=rng, draws=DRAWS)
        in_hand = honest_of_best(scores, rng=rng, draws=DRAWS)
        curse = winners_curse(scores, rng=rng, draws=DRAWS)
        assert found.asymptotic is not None
        assert found.normal is not None
        assert found.honest is not None
        assert in_hand is not None
        points = accuracies.max(), found.asymptotic.point, found.normal.point, found.honest.point
        # That these problems are easier or harder than all is 0 on average; without it fewer trials do.
        luck = accuracies.mean() - everywhere.mean()
        for name, point in zip(BIASES, (*points, in_hand.point), strict=True):
            self.errors[name].append(point - value - luck)
        here = truth_of(logits, world.seed_sd)
        spread = sqrt(here.var_seed + self._luck(logits) / PROBLEMS)
        e_s, n = standard_normal_maximum(s), max(1, s // 4)
        some = expected_maximum(scores, n, rng=rng, draws=DRAWS).empirical
        components = variance_components(scores)
        self.covered["asym"].append(holds(found.asymptotic, here.mean + sqrt(2 * log(s)) * spread))
        self.covered["normal"].append(holds(found.normal, here.mean + e_s * spread))
        self.covered["empiric"].append(holds(some, here.mean + standard_normal_maximum(n) * spread))
        self.covered["planned"].append(holds(found.honest, self._planned(e_s)))
        self.covered["in hand"].append(holds(in_hand, value))
        self.covered["curse"].append(holds(curse, accuracies.max() - accuracies.mean() - lead))
        self.covered["r"].append(holds(reliability(components), self.reliability))
        self.covered["sd"].append(holds(seed_sd(components), sqrt(self.truth.var_seed)))

    @property
    def reliability(self) -> float:
        """The true share of the variance between seeds that is their own."""
        return self.truth.var_seed / (self.truth.var_seed + self.truth.ms_rest / PROBLEMS)

    def _planned(self, e_n: float) -> float:
        var_seed = self.truth.var_seed
        return float(self.truth.mean + e_n * var_seed / sqrt(var_seed + self.truth.ms_rest / PROBLEMS))

    def _luck(self, logits: Numbers) -> float:
        """Variance of a single answer around its chance, on these problems."""
        kinds, counts = np.unique(logits, return_counts=True)
        chance = special.expit(kinds[:, None] + self.world.seed_sd * NODES)
        return float((counts / counts.sum()) @ (chance * (1 - chance)) @ (WEIGHTS / WEIGHTS.sum()))


def report(n: int, seed: int, folder: Path) -> None:
    """Two tables, and the worst of each promise."""
    rng, raw, start = np.random.default_rng(seed), difficulties(folder), time.process_time()
    sampling = sqrt(ACCURACY * (1 - ACCURACY) / PROBLEMS)
    tallies = []
    print(f"\nminus the truth, points ({n} trials)\nseeds     r   " + "".join(f"{x:>9s}" for x in BIASES))
    for seeds in SIZES:
        for own in OWN:
            tally = Tally(make_world(seeds, sqrt(sampling**2 + own**2), 0.0, raw), rng)
            for _ in range(n):
                tally.trial()
            tallies.append(tally)
            means = "".join(f"{100 * np.mean(tally.errors[name]):9.2f}" for name in BIASES)
            error = max(100 * np.std(tally.errors[name]) / sqrt(n) for name in ("planned", "in hand"))
            print(f"{seeds:5d}  {tally.reliability:.2f}   {means}   ±{error:.2f}", flush=True)
    print("\ncovered at 95%, %\nseeds     r   " + "".join(f"{x:>9s}" for x in COVERS))
    for tally in tallies:
        shares = "".join(f"{100 * np.mean(tally.covered[name]):9.1f}" for name in COVERS)
        print(f"{tally.world.seeds:5d}  {tally.reliability:.2f}   {shares}")
    print(f"Monte-Carlo error of a coverage of 95%: {100 * sqrt(0.95 * 0.05 / n):.1f}")
    for least, most in ((0.4, 1.0), (0.0, 0.4)):
        some = [t for t in tallies if least <= t.reliability <= most]
        worst = max(abs(float(np.mean(t.errors[name]))) for t in some for name in ("planned", "in hand"))
        print(f"honest, r from {least} to {most}: off by at most {100 * worst:.2f} points")
    lowest = min(float(np.mean(t.covered[name])) for t in tallies for name in COVERS)
    print(f"least coverage: {100 * lowest:.1f}%\nCPU seconds: {time.process_time() - start:.0f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    here = Path(__file__).resolve().parent.parent
    parser.add_argument("--trials", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=20_261_122)
    parser.add_argument(
        "--data", type=Path, default=os.environ.get("NOPHANTOM_DATA", here.parent / "shared/data")
    )
    given = parser.parse_args()
    report(given.trials, given.seed, given.data)
