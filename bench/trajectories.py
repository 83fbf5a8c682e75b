"""Peak against final: false alarms, power, coverage of the peak's bounds, and speed.

Worlds of checkpoints on the same problems of many difficulties. Beside the bootstrap max-t stands what people
do: a paired t test of the highest checkpoint against the last, as if the highest had been named beforehand.
Speed is taken against a loop of resamples, the plain way to write the same bootstrap.

Run as `python bench/trajectories.py`.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from numpy.typing import NDArray
from scipy import special

from nophantom.stats.paired import compare_means
from nophantom.stats.trajectories import peak_bounds, peaks_against_final

SEEDS = 20  # runs that share one set of problems and its resamples


def runs(rng: np.random.Generator, lift: NDArray[np.float64], n: int) -> NDArray[np.bool_]:
    """(SEEDS, C, n) answers by checkpoints of given strength on the logit scale."""
    ease = rng.normal(1.3, 2.0, n)
    return np.asarray(rng.random((SEEDS, len(lift), n)) < special.expit(ease + lift[:, None]))


def picked(run: NDArray[np.bool_]) -> bool:
    """Whether a paired t test of the highest checkpoint against the last says that it is better."""
    peak = int(run[:-1].mean(axis=1).argmax())
    low = compare_means(run[peak], run[-1]).estimate.low
    return low is not None and low > 0


def with_error(share: float, worlds: int) -> str:
    """A share with its Monte-Carlo standard error."""
    return f"{share:6.2%} +- {np.sqrt(share * (1 - share) / worlds):5.2%}"


def alarms(trials: int, rng: np.random.Generator) -> None:
    """How often a peak is called higher than the end (at most 2.5% where it is not)."""
    print("world                          C     P   max-t            highest picked, paired t")
    for steps, n in ((10, 200), (20, 500), (20, 1_319)):
        shapes = {
            "equal checkpoints": np.zeros(steps),
            "learns to the end": np.linspace(-3, 0, steps),
            "learns, then level": np.minimum(np.linspace(-3, 3, steps), 0.0),
            "peak of +0.3 (about 3 points)": np.where(np.arange(steps) == steps // 2, 0.3, 0.0),
            "drop of 0.5 after the middle": np.where(np.arange(steps) < steps // 2, 0.5, 0.0),
        }
        for name, lift in shapes.items():
            ours = theirs = 0
            for _ in range(trials // SEEDS):
                table = runs(rng, lift, n)
                tests = peaks_against_final(table, rng=rng, draws=1_000)
                ours += sum(test.drop.low is not None and test.drop.low > 0 for test in tests)
                theirs += sum(picked(run) for run in table)
            worlds = trials // SEEDS * SEEDS
            print(
                f"{name:29s} {steps:3d} {n:5d}   {with_error(ours / worlds, worlds)}   "
                f"{with_error(theirs / worlds, worlds)}",
                flush=True,
            )


def bounds(trials: int, rng: np.random.Generator) -> None:
    """How often the bounds of the peak miss the highest true accuracy."""
    print("\nbounds of the peak                  true peak below   above (at most 2.5% each)")
    population = rng.normal(1.3, 2.0, 1_000_000)
    for steps, n in ((10, 200), (20, 1_319)):
        for name, lift in (("equal", np.zeros(steps)), ("learning curve", np.linspace(-3, 0, steps))):
            truth, below, above, worlds = float(special.expit(population).mean()), 0, 0, 0
            for _ in range(trials // 4):
                run = runs(rng, lift, n)[0]
                seen = peak_bounds(run, rng=rng, draws=500)
                assert seen.low is not None
                assert seen.high is not None
                below, above, worlds = below + (truth < seen.low), above + (truth > seen.high), worlds + 1
            low, high = (with_error(hits / worlds, worlds) for hits in (below, above))
            print(f"{name:20s} C={steps:3d} P={n:5d}   {low}   {high}", flush=True)


def looped(run: NDArray[np.bool_], draws: int, rng: np.random.Generator) -> float:
    """The plain way: one resample after the other; gives the one-sided p."""
    gaps = run[:-1].astype(np.float64) - run[-1]
    points, errors = gaps.mean(axis=1), gaps.std(axis=1) / np.sqrt(gaps.shape[1])
    seen, reached = (points / errors).max(), 0
    for _ in range(draws):
        which = rng.integers(0, gaps.shape[1], gaps.shape[1])
        reached += ((gaps[:, which].mean(axis=1) - points) / errors).max() >= seen
    return float((1 + reached) / (draws + 1))


def speed(rng: np.random.Generator) -> None:
    """CPU seconds for 20 seeds x 20 checkpoints x 1,319 problems, 2,000 resamples each."""
    table = runs(rng, np.zeros(20), 1_319)
    start = time.process_time()
    tests = peaks_against_final(table, rng=rng, draws=2_000)
    ours = time.process_time() - start
    start = time.process_time()
    p_value = looped(table[0], 2_000, rng)
    theirs = (time.process_time() - start) * SEEDS
    print(f"\n20 runs x 20 checkpoints x 1,319 problems, 2,000 resamples: {ours:.2f} CPU s")
    print(
        f"loop of resamples {theirs:.1f} CPU s (20 times that of one run): {theirs / ours:.0f} times as long"
    )
    print(f"one-sided p of the first run: {(tests[0].p_value or 1) / 2:.3f}, by the loop {p_value:.3f}\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=2_000, help="runs per world")
    parser.add_argument("--seed", type=int, default=20_261_122)
    given = parser.parse_args()
    generator = np.random.default_rng(given.seed)
    speed(generator)
    alarms(given.trials, generator)
    bounds(given.trials, generator)
