"""How often is an effect called real that is not there, in a study of 2 x 2 arms? And is a planted one held?

    python bench/contrasts.py [--trials 4000] [--seed 20261122] [--data FOLDER]

Worlds: four arms combine two factors (initialisation, router); 2, 3, 5 or 10 seeds each answer 1,319 problems,
drawn as in `bench/recipes.py`: real difficulties, 76% solved, seeds whose accuracies have a standard deviation
of 1.7 or 2.7 points, and with interaction each arm suits some problems better (sd 1.5 logits). In the null
worlds all arms are equal; then initialisation brings 2 points, and router 1 point more where the new
initialisation is used too: an initialisation effect of 2.5, a router effect of 0.5 and an interaction of 1 point.
With shared seeds each seed number has a constant of its own in all arms, beside one for each run.

`alone` is the share of the three effects with p below 5%; `family` the share of studies in which any of the three
is called real by the simultaneous intervals; `covered` how often an interval at 95% alone holds the planted value;
`all` how often the simultaneous ones hold all three. `pooled` is the usual tool beside it: the same contrast of
means by a t over problems, all seeds pooled.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from math import sqrt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import special

from nophantom.stats.contrasts import contrast_arms
from nophantom.stats.factorial import design_of, estimate_effects

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from bench.recipes import ACCURACY, PROBLEMS, World, difficulties, make_world, share, solve

Numbers = NDArray[np.float64]
Answers = NDArray[np.bool_]

ARMS = ("plain", "svd", "balanced", "both")
DESIGN = design_of(
    ARMS,
    {
        "initialisation": dict(zip(ARMS, ("standard", "svd", "standard", "svd"), strict=True)),
        "router": dict(zip(ARMS, ("softmax", "softmax", "balanced", "balanced"), strict=True)),
    },
)
PLANTED = (0.025, 0.005, 0.01)
GAINS = (0.0, 0.02, 0.0, 0.03)
SIZES = (2, 3, 5, 10)
TOTALS = (0.017, 0.027)
INTERACTIONS = (0.0, 1.5)
SHARED = 0.7  # of the variance of seeds, where seeds are shared


def lifts(world: World, gains: Sequence[float]) -> list[float]:
    """Constants of the arms' logits that bring these gains over all seeds and problems."""
    spread = sqrt(world.interaction**2 + world.seed_sd**2)
    return [solve(ACCURACY + gain, world.logits, spread) for gain in gains]


def draw(world: World, arms: Sequence[float], shared: bool, rng: np.random.Generator) -> list[Answers]:
    """(seeds, problems) of each arm."""
    logits = rng.choice(world.logits, PROBLEMS)
    common = rng.standard_normal(world.seeds) if shared else np.zeros(world.seeds)
    found = []
    for lift in arms:
        own = world.interaction * rng.standard_normal(PROBLEMS) if world.interaction else 0.0
        each = rng.standard_normal(world.seeds)
        seeds = world.seed_sd * (sqrt(SHARED) * common + sqrt(1 - SHARED) * each if shared else each)
        against = np.outer(np.exp(-seeds - lift), np.exp(-logits - own)).astype(np.float32)
        found.append(np.asarray(rng.random(against.shape, dtype=np.float32) * (1 + against) < 1))
    return found


def pooled(arms: Sequence[Answers], weights: Sequence[float]) -> bool:
    """t over problems, all seeds pooled."""
    gap = np.zeros(PROBLEMS)
    for weight, arm in zip(weights, arms, strict=True):
        gap += weight * arm.mean(axis=0)
    t = gap.mean() / (gap.std(ddof=1) / sqrt(len(gap)))
    return bool(2 * special.stdtr(len(gap) - 1, -abs(t)) < 0.05)


def one_world(
    world: World, gains: Sequence[float], shared: bool, n: int, rng: np.random.Generator
) -> list[float]:
    """Print one line; shares of (main effects, interaction, family) that leave out the truth."""
    planted = PLANTED if any(gains) else (0.0, 0.0, 0.0)
    levels = lifts(world, gains)
    missed: list[list[bool]] = [[], [], []]
    family: list[bool] = []
    usual: list[bool] = []
    for _ in range(n):
        arms = draw(world, levels, shared, rng)
        for place, (effect, truth) in enumerate(zip(DESIGN.effects, planted, strict=True)):
            e = contrast_arms(arms, effect.weights, paired=shared).estimate
            assert e.low is not None
            assert e.high is not None
            missed[place].append(not e.low <= truth <= e.high)
            usual.append(pooled(arms, effect.weights))
        together = estimate_effects(arms, DESIGN.effects, paired=shared)
        ends = [(t.estimate.low or 0.0, t.estimate.high or 0.0) for t in together]
        family.append(any(not low <= truth <= high for (low, high), truth in zip(ends, planted, strict=True)))
    mains, interaction = missed[0] + missed[1], missed[2]
    told = f"{world.seeds:5d}  {100 * world.total:4.1f}  {world.interaction:11.1f}  {'shared' if shared else 'own':6}"
    columns = [share(mains), share(interaction), share(family)] + ([] if any(gains) else [share(usual)])
    print("  ".join([told, *columns]), flush=True)
    return [float(np.mean(found)) for found in (mains, interaction, family)]


def report(n: int, seed: int, folder: Path) -> None:
    """Two tables: no effects, then planted ones."""
    rng, raw, start = np.random.default_rng(seed), difficulties(folder), time.process_time()
    grid = [(s, t, i, p) for s in SIZES for t in TOTALS for i in INTERACTIONS for p in (False, True)]
    for title, gains, trials in (
        ("no effects: % called real at 5%", (0.0,) * 4, n),
        ("planted effects: % of intervals that miss the truth", GAINS, max(1, n // 2)),
    ):
        usual = "" if any(gains) else "pooled"
        print(f"\n{title} ({trials} studies)")
        print(f"seeds    sd  interaction  seeds   main        interaction family      {usual}")
        worst = np.zeros(3)
        for seeds, total, interaction, shared in grid:
            world = make_world(seeds, total, interaction, raw)
            worst = np.maximum(worst, one_world(world, gains, shared, trials, rng))
        print("worst: " + ", ".join(f"{100 * w:.2f}%" for w in worst))
    print(f"CPU seconds: {time.process_time() - start:.0f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    here = Path(__file__).resolve().parent.parent
    parser.add_argument("--trials", type=int, default=4_000)
    parser.add_argument("--seed", type=int, default=20_261_122)
    parser.add_argument(
        "--data", type=Path, default=os.environ.get("NOPHANTOM_DATA", here.parent / "shared/data")
    )
    given = parser.parse_args()
    report(given.trials, given.seed, given.data)
