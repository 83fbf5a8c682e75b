"""On which problems do two runs differ, and which do all, none or some of the runs solve?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.llm.cube import StudyCube
from nophantom.llm.questions.setting import Setting
from nophantom.stats.estimates import Estimate
from nophantom.stats.evidence import benjamini_hochberg
from nophantom.stats.paired import compare_binary, compare_means, count_pairs


@dataclass(frozen=True, slots=True)
class StratumDifference:
    """The difference of two runs inside one stratum of problems.

    Attributes:
        stratum: its name, as in "3 steps"; `n` how many problems.
        gained: problems better answered by the first; `lost` by the second.
        estimate: first minus second, a proportion, with its own interval.
        p_value: of the stratum alone.
        discovered: it differs, with false discoveries among the strata controlled at q = 0.05.
    """

    stratum: str
    n: int
    gained: int
    lost: int
    estimate: Estimate
    p_value: float | None
    discovered: bool


def compare_strata(
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    strata: Sequence[str],
    *,
    confidence: float = 0.95,
    q: float = 0.05,
) -> tuple[StratumDifference, ...]:
    """The paired difference of two runs in every stratum, with false-discovery control over the strata.

    Args:
        first: (P,) scores of the first, none missing.
        second: (P,) of the second, on the same problems.
        strata: (P,) the stratum of each problem.
        confidence: of each interval alone.
        q: share of false discoveries among the strata called different.

    Returns:
        One per stratum, in the order of their names.

    Raises:
        InvalidInput: the lists are not of one length.
    """
    if not len(first) == len(second) == len(strata):
        raise InvalidInput(
            f"every problem has two scores and a stratum; got {len(first)}, {len(second)} and {len(strata)}."
        )
    names = np.array(strata)
    is_binary = bool(np.isin(first, (0, 1)).all() and np.isin(second, (0, 1)).all())
    rows = []
    for name in sorted(set(strata)):
        a, b = first[names == name], second[names == name]
        test = (
            compare_binary(count_pairs(a > 0, b > 0), confidence=confidence)
            if is_binary
            else compare_means(a, b, confidence=confidence)
        )
        rows.append((name, len(a), int((a > b).sum()), int((a < b).sum()), test))
    known = [test.p_value for *_, test in rows if test.p_value is not None]
    adjusted = iter(benjamini_hochberg(np.array(known)) if known else ())
    found = []
    for name, n, gained, lost, test in rows:
        small = test.p_value is not None and float(next(adjusted)) <= q
        found.append(StratumDifference(name, n, gained, lost, test.estimate, test.p_value, small))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class ProblemRow:
    """One problem over all runs: its key, and how many of the runs that were scored on it solved it."""

    problem: str
    solved: float
    scored: int


@dataclass(frozen=True, slots=True)
class ProblemsAnswer:
    """Which problems all, none or some of the runs solve.

    Attributes:
        runs: how many runs; `n` problems that at least one was scored on.
        always: solved by every run that was scored on it.
        never: solved by none.
        flipping: solved by some.
        solved_by: (runs + 1,) how many problems exactly k runs solved, of those scored for all runs.
        hardest: the flipping and never-solved problems with the fewest solutions.
        problem_keys: (n,) in the order of the evaluation.
        share: (n,) share of the runs that solved each.
    """

    setting: Setting
    runs: int
    n: int
    always: int
    never: int
    flipping: int
    solved_by: tuple[int, ...]
    hardest: tuple[ProblemRow, ...]
    problem_keys: tuple[str, ...]
    share: tuple[float, ...]


def map_problems(
    cube: StudyCube, setting: Setting, *, step: int | None = None, shown: int = 20
) -> ProblemsAnswer:
    """How many of the runs solve each problem, at one checkpoint.

    Args:
        cube: the runs.
        setting: told in the answer.
        step: training step; None is the last that all runs have.
        shown: how many of the hardest problems are listed.

    Raises:
        InvalidInput: no problem was scored.
    """
    place = cube.step_index(step)
    score, seen = cube.cube.score[:, place], cube.cube.seen[:, place]
    any_ = np.flatnonzero(seen.any(axis=0))
    if not len(any_):
        raise InvalidInput(f"no problem of {cube.study!r} was scored at checkpoint {cube.cube.steps[place]}.")
    total, scored = np.nansum(score[:, any_], axis=0), seen[:, any_].sum(axis=0)
    share = total / scored
    everywhere = scored == len(score)
    by_count = np.bincount(np.round(total[everywhere]).astype(int), minlength=len(score) + 1)
    order = np.argsort(share, kind="stable")[:shown]
    keys = [cube.cube.problems[i] for i in any_.tolist()]
    return ProblemsAnswer(
        setting=setting,
        runs=len(score),
        n=len(any_),
        always=int((share == 1).sum()),
        never=int((share == 0).sum()),
        flipping=int(((share > 0) & (share < 1)).sum()),
        solved_by=tuple(by_count.tolist()),
        hardest=tuple(
            ProblemRow(keys[i], float(total[i]), int(scored[i])) for i in order.tolist() if share[i] < 1
        ),
        problem_keys=tuple(keys),
        share=tuple(share.tolist()),
    )


def steps_of(references: Mapping[str, str]) -> dict[str, str]:
    """A stratum for each problem: how many calculations its reference solution annotates (`<<48/2=24>>`).

    Problems without annotations are one stratum; where none has any, there is one stratum in all.

    >>> steps_of({"a": "48/2 = <<48/2=24>>24 and <<24+1=25>>25 #### 25", "b": "#### 3"})
    {'a': '2 steps', 'b': 'no steps told'}
    """
    told = {}
    for key, reference in references.items():
        n = reference.count("<<")
        few = {0: "no steps told", 1: "1 step"}.get(n, f"{n} steps")
        told[key] = few if n < 7 else "7 or more steps"
    return told
