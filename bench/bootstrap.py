"""How fast is the bootstrap? Against scipy.stats.bootstrap and rliable, in CPU seconds of one run.

    python bench/bootstrap.py [--repeats 5] [--trials 2000] [--rliable-python PATH] [--rliable-reps 2000]

The paired bootstrap has 1,319 problems and 10,000 resamples, the same interval type on both sides: once of
right and wrong (differences of -1, 0, 1), once of differences that are all distinct, where nothing can be
counted. The crossed bootstrap has 20 seeds by 1,319 problems and 10,000 resamples, percentile interval on
both sides; rliable with task_bootstrap=True. (rliable draws other seeds for every problem, which is not the
same distribution: seeds are never drawn independently per problem here.)

rliable needs pandas < 3 and arch < 8, so it runs in an environment of its own, which --rliable-python names:

    python -m venv rl && rl/bin/pip install rliable 'pandas<3' 'arch<8'    ->  --rliable-python rl/bin/python

It is timed with fewer resamples (--rliable-reps, all of which cost alike) and scaled to 10,000. Every time is
the least of its repeats.

Below the times: how often the paired 95% interval holds the truth, over --trials drawn pairs of answer lists
(1,000 resamples each), with its Monte-Carlo error.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats as scipy_stats

from nophantom.stats.resampling import BootstrapMethod, bootstrap_crossed, bootstrap_mean, bootstrap_paired

PROBLEMS, SEEDS, DRAWS = 1319, 20, 10_000
SCIPY: dict[BootstrapMethod, Literal["percentile", "BCa"]] = {
    BootstrapMethod.PERCENTILE: "percentile",
    BootstrapMethod.BCA: "BCa",
}
RLIABLE = """
import sys, time
import numpy as np
from rliable import library
scores, reps = np.load(sys.argv[1]), int(sys.argv[2])
def mean(x): return np.array([np.mean(x)])
library.get_interval_estimates({"fleet": scores}, mean, task_bootstrap=True, reps=10)
start = time.process_time()
library.get_interval_estimates({"fleet": scores}, mean, task_bootstrap=True, reps=reps)
print(time.process_time() - start)
"""

Numbers = NDArray[np.float64]


def least_cpu(work: Callable[[], object], repeats: int) -> float:
    """CPU seconds of the fastest of some repeats."""
    seen = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        seen.append(time.process_time() - start)
    return min(seen)


def against_scipy(name: str, first: Numbers, second: Numbers, repeats: int) -> None:
    """Print one line per interval type."""
    gap, rng = first - second, np.random.default_rng(1)
    is_binary = len(np.unique(gap)) == 3
    for method, theirs in SCIPY.items():

        def ours(method: BootstrapMethod = method) -> object:
            if is_binary:
                return bootstrap_paired(first, second, rng=rng, draws=DRAWS, method=method)
            return bootstrap_mean(gap, rng=rng, draws=DRAWS, method=method)

        def peer(theirs: Literal["percentile", "BCa"] = theirs) -> object:
            return scipy_stats.bootstrap((gap.tolist(),), np.mean, n_resamples=DRAWS, method=theirs, rng=rng)

        report(f"{name}, {theirs}", "scipy", least_cpu(ours, repeats), least_cpu(peer, max(2, repeats // 2)))


def against_rliable(fleet: Numbers, python: Path | None, reps: int, repeats: int) -> None:
    """Print the line of the crossed bootstrap, without a ratio where there is no peer."""
    ours = least_cpu(lambda: bootstrap_crossed(fleet, rng=np.random.default_rng(1), draws=DRAWS), repeats)
    if python is None:
        print(f"{'crossed, percentile':34s}  {ours:9.5f}  (no --rliable-python given)")
        return
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "scores.npy"
        np.save(table, fleet)
        ran = [
            subprocess.run(
                [python, "-c", RLIABLE, table, str(reps)], check=True, stdout=subprocess.PIPE, text=True
            )
            for _ in range(2)
        ]
    theirs = min(float(one.stdout) for one in ran) * DRAWS / reps
    report("crossed, percentile", f"rliable (from {reps:,})", ours, theirs)


def coverage(trials: int, rng: np.random.Generator) -> None:
    """Print how often the interval of a paired difference holds the truth: p_d 0.25, 4 points apart."""
    print(f"\npaired 95% interval, {trials:,} trials: share that holds the true difference of 4 points")
    gain, loss = 0.145, 0.105
    for n in (50, 150, 500, PROBLEMS):
        held = dict.fromkeys(SCIPY, 0)
        for _ in range(trials):
            gained, lost, _same = rng.multinomial(n, [gain, loss, 1 - gain - loss])
            gap = np.repeat([1.0, -1.0, 0.0], [gained, lost, n - gained - lost])
            for method in SCIPY:
                seen = bootstrap_mean(gap, rng=rng, draws=1_000, method=method)
                held[method] += (
                    seen.low is not None and seen.high is not None and seen.low <= 0.04 <= seen.high
                )
        shares = ", ".join(f"{SCIPY[method]} {count / trials:.4f}" for method, count in held.items())
        print(f"n = {n:5,}: {shares}  (+- {1.96 * (0.95 * 0.05 / trials) ** 0.5:.4f})", flush=True)


def report(name: str, peer: str, ours: float, theirs: float) -> None:
    """One line of the table."""
    print(f"{name:34s}  {ours:9.5f}  {theirs:9.5f}  {theirs / ours:7.1f}  {peer}", flush=True)


def main(given: argparse.Namespace) -> None:
    """Make the tables and time all."""
    rng = np.random.default_rng(given.seed)
    ability, difficulty = 0.1 * rng.normal(size=(SEEDS, 1)), rng.normal(size=PROBLEMS)
    fleet = (rng.normal(size=(SEEDS, PROBLEMS)) < 1 + ability + difficulty).astype(np.float64)
    print(
        f"{PROBLEMS:,} problems, {DRAWS:,} resamples, python {sys.version.split()[0]}, numpy {np.__version__}"
    )
    print(f"{'':34s}   ours, s    peer, s    ratio  peer")
    against_scipy("paired, right and wrong", fleet[0], fleet[1], given.repeats)
    against_scipy("paired, all distinct", rng.random(PROBLEMS), rng.random(PROBLEMS), given.repeats)
    against_rliable(fleet, given.rliable_python, given.rliable_reps, given.repeats)
    coverage(given.trials, rng)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--trials", type=int, default=2_000, help="of the coverage")
    parser.add_argument("--seed", type=int, default=20_261_122)
    parser.add_argument("--rliable-python", type=Path, default=None)
    parser.add_argument("--rliable-reps", type=int, default=2_000)
    main(parser.parse_args())
