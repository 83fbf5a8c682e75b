"""Looking after every problem: false alarms, problems saved, and one real pair, for both estimands.

Worlds of `--problems` problems on which two systems differ with chance p_d. Under the null of *problems like
these* the true gap is 0; under that of *this test set* the set holds as many gains as losses and only the
order is random. Beside it the naive way: McNemar's z after every problem from the tenth that differs on, and
the same once at the end.

Run as `python bench/sequential.py`; with `--solutions FILE` (the published answers of four models to GSM8K,
one JSON object a line) also the real pair 6b_verification against 175b_finetuning in random orders.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nophantom.stats.sequential import SequentialVerdict, sequential_verdict
from nophantom.stats.verdicts import Direction, Verdict

Numbers = NDArray[np.float64]
DELTA = 0.01


def drawn(n: int, p_d: float, gap: float, rng: np.random.Generator) -> Numbers:
    """Problems like these: n differences with a true mean of `gap`."""
    return rng.choice([1.0, -1.0, 0.0], p=[(p_d + gap) / 2, (p_d - gap) / 2, 1 - p_d], size=n)


def shuffled(n: int, p_d: float, gap: float, rng: np.random.Generator) -> Numbers:
    """This test set: a set whose mean is `gap`, as nearly as whole problems allow, in random order."""
    lead = round(gap * n)
    lost = round((p_d * n - lead) / 2)
    d = np.zeros(n)
    d[: lost + lead], d[lost + lead : 2 * lost + lead] = 1.0, -1.0
    return rng.permutation(d)


def naive(d: Numbers) -> bool:
    """Whether |z| of McNemar's test passed 1.96 after any problem, from the tenth that differs on."""
    lead, differing = np.cumsum(d), np.cumsum(d != 0)
    return bool((np.abs(lead) >= 1.96 * np.sqrt(np.maximum(differing, 1)))[differing >= 10].any())


def once(d: Numbers) -> bool:
    """The same at the end alone."""
    return bool(abs(d.sum()) >= 1.96 * np.sqrt(max((d != 0).sum(), 1)))


def with_error(hits: int, worlds: int) -> str:
    """A share with its Monte-Carlo standard error."""
    share = hits / worlds
    return f"{share:6.2%} +- {np.sqrt(share * (1 - share) / worlds):5.2%}"


def false_alarms(n: int, worlds: int, rng: np.random.Generator) -> None:
    """How often equal systems are called different (either way), looked at after every problem."""
    print("null: called different, looked at after every problem")
    print("estimand              p_d   confidence sequence   naive every problem   once at the end")
    for p_d in (0.05, 0.25, 0.5):
        for name, world, population in (("problems like these", drawn, None), ("this test set", shuffled, n)):
            alarms = loud = late = 0
            for _ in range(worlds):
                d = world(n, p_d, 0.0, rng)
                seen = sequential_verdict(
                    d, delta=DELTA, direction=Direction.DIFFERENT, population=population
                )
                alarms += seen.verdict is Verdict.REAL
                loud += naive(d)
                late += once(d)
            shares = "   ".join(with_error(hits, worlds) for hits in (alarms, loud, late))
            print(f"{name:20s} {p_d:5.2f}   {shares}", flush=True)


def false_phantoms(n: int, worlds: int, rng: np.random.Generator) -> None:
    """How often a gap of delta is called a phantom (one-directional claim: at most half of 5%)."""
    print(f"\ngap of {DELTA:.0%}: called phantom, looked at after every problem (at most 2.5%)")
    for name, world, population in (("problems like these", drawn, None), ("this test set", shuffled, n)):
        wrong = 0
        for _ in range(worlds):
            d = world(n, 0.05, (round(DELTA * n) + 1) / n if population else DELTA, rng)
            wrong += sequential_verdict(d, delta=DELTA, population=population).verdict is Verdict.PHANTOM
        print(f"{name:20s}  0.05   {with_error(wrong, worlds)}", flush=True)


def savings(n: int, worlds: int, rng: np.random.Generator) -> None:
    """Share of problems saved for true gaps."""
    print("\ntrue gap: called real, and share of problems saved (0 where undecided)")
    print("estimand              p_d   gap    real     median saved   mean saved   fixed test, all problems")
    for p_d in (0.2, 0.3):
        for gap in (0.02, 0.04, 0.08):
            for name, world, population in (
                ("problems like these", drawn, None),
                ("this test set", shuffled, n),
            ):
                found: list[SequentialVerdict] = []
                fixed = 0
                for _ in range(worlds):
                    d = world(n, p_d, gap, rng)
                    found.append(sequential_verdict(d, delta=DELTA, population=population))
                    fixed += once(d) and d.sum() > 0
                real = np.mean([one.verdict is Verdict.REAL for one in found])
                saved = np.array([one.saved for one in found])
                print(
                    f"{name:20s} {p_d:5.2f}  {gap:.2f}  {real:6.1%}   {np.median(saved):8.1%}      "
                    f"{saved.mean():8.1%}     {fixed / worlds:8.1%}",
                    flush=True,
                )


def real_pair(solutions: Path, orders: int, rng: np.random.Generator) -> None:
    """One pair of real models, in random orders of its problems."""
    with solutions.open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    d = np.array(
        [
            float(row["6b_verification"]["is_correct"]) - float(row["175b_finetuning"]["is_correct"])
            for row in rows
        ]
    )
    print(f"\n6b_verification against 175b_finetuning: {d.mean():+.4f} on {len(d)}; {orders} random orders")
    print("estimand              real    phantom  undecided   saved: median   quartiles")
    for name, population in (("problems like these", None), ("this test set", len(d))):
        found = [
            sequential_verdict(rng.permutation(d), delta=DELTA, population=population) for _ in range(orders)
        ]
        shares = [np.mean([one.verdict is kind for one in found]) for kind in Verdict]
        saved = np.quantile([one.saved for one in found], (0.5, 0.25, 0.75))
        print(
            f"{name:20s} {shares[0]:6.1%}  {shares[1]:6.1%}   {shares[2]:6.1%}     {saved[0]:8.1%}      "
            f"{saved[1]:.1%} to {saved[2]:.1%}"
        )


def speed(n: int, rng: np.random.Generator) -> None:
    """CPU time of one sequence."""
    d = drawn(n, 0.25, 0.04, rng)
    print(f"\nCPU time of one sequence of {n}")
    for name, population in (("problems like these", None), ("this test set", n)):
        start = time.process_time()
        for _ in range(20):
            sequential_verdict(d, delta=DELTA, population=population)
        print(f"{name:20s} {(time.process_time() - start) / 20 * 1000:.1f} ms")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=2_000, help="worlds per line of the null")
    parser.add_argument("--problems", type=int, default=1_319)
    parser.add_argument("--solutions", type=Path, help="example_model_solutions.jsonl of GSM8K")
    parser.add_argument("--seed", type=int, default=20_261_122)
    given = parser.parse_args()
    generator = np.random.default_rng(given.seed)
    speed(given.problems, generator)
    if given.solutions:
        real_pair(given.solutions, 200, generator)
    savings(given.problems, max(100, given.trials // 5), generator)
    false_alarms(given.problems, given.trials, generator)
    false_phantoms(given.problems, given.trials, generator)
