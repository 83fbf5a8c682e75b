"""Which seed is shipped, and what will it score on problems that nobody has seen?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.llm.cube import StudyCube
from nophantom.llm.questions.setting import Setting
from nophantom.stats.estimates import Estimate
from nophantom.stats.pass_at_k import mean_over_problems
from nophantom.stats.seeds import reliability, variance_components
from nophantom.stats.selection import (
    RankedSeed,
    agreement,
    honest_estimate,
    nested_selection,
    rank_seeds,
    winners_curse,
)

NOT_COVERED = (
    "problems of another kind: the test is taken as drawn from problems like these",
    "choices made before these outcomes were recorded",
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One run in the order of selection.

    Attributes:
        place: 1 for the best; `tied` where another has the same accuracy.
        run: its label, with number, arm and seed.
        accuracy: where it was chosen.
        test: accuracy on the opened test; None while it is sealed, or where there is none.
    """

    place: int
    tied: bool
    run: str
    run_id: int | None
    arm: str
    seed: int | None
    accuracy: float
    test: float | None


@dataclass(frozen=True, slots=True)
class TestOfSelection:
    """What the opened test says of the choice.

    Attributes:
        split: its name; `n` problems.
        chosen: accuracy of the chosen run, with its interval.
        mean: mean accuracy of all candidates; `best` of the one that is best there.
        rank: place of the chosen run there, 1 for the best.
        alike: rank correlation of the two splits over the candidates.
    """

    __test__ = False  # no case of pytest

    split: str | None
    n: int
    chosen: Estimate
    mean: float
    best: float
    rank: int
    alike: Estimate | None


@dataclass(frozen=True, slots=True)
class Recorded:
    """How a selection stands in the ledger.

    Attributes:
        number: 1 for the first of its study.
        made_at: when, ISO 8601 in UTC.
        looks_before: how often the sealed test had been looked at.
        after_test: whether the test could have been seen before.
    """

    number: int
    made_at: str
    looks_before: int
    after_test: bool


@dataclass(frozen=True, slots=True)
class SelectionAnswer:
    """A choice among seeds, and what it is worth.

    Attributes:
        n: problems of the split it was made on, scored for every candidate.
        candidates: every run, the best first.
        top_k: how many are chosen, the first of the candidates.
        observed: accuracy of the chosen run where it was chosen: too good, on average.
        curse: by how much it overstates itself (winner's curse).
        honest: what the chosen run will score on unseen problems, told before any test.
        reliability: of the accuracies where the choice was made; near 0 the choice is a lottery.
        gain: what choosing on one half of the problems gains over the mean seed on the other half.
        test: what the opened test says; None while it is sealed, or where there is none.
        recorded: how it stands in the ledger; None where it was not recorded.
        same_problems: there is no other split: chosen and judged on the same problems.
        not_covered: what the numbers leave out.
    """

    setting: Setting
    n: int
    candidates: tuple[Candidate, ...]
    top_k: int
    observed: float
    curse: Estimate | None
    honest: Estimate | None
    reliability: Estimate | None
    gain: Estimate | None
    test: TestOfSelection | None
    recorded: Recorded | None
    same_problems: bool
    not_covered: tuple[str, ...] = NOT_COVERED

    @property
    def chosen(self) -> tuple[Candidate, ...]:
        """The chosen runs, the best first."""
        return self.candidates[: self.top_k]


def choose(
    cube: StudyCube,
    setting: Setting,
    *,
    rng: np.random.Generator,
    top_k: int = 1,
    step: int | None = None,
    confidence: float = 0.95,
    test: StudyCube | None = None,
    recorded: Recorded | None = None,
    same_problems: bool = False,
) -> SelectionAnswer:
    """Choose the best runs on a split, and say what they are worth on problems nobody has seen.

    Args:
        cube: the candidates on the split that the choice is made on.
        setting: told in the answer.
        rng: for the intervals.
        top_k: how many are chosen.
        step: training step; None is the last that all runs have.
        confidence: of the intervals.
        test: the same runs on the opened test, or None.
        recorded: how it stands in the ledger.
        same_problems: there is no other split.

    Raises:
        InvalidInput: fewer runs than top_k, or no problem was scored for all of them.
    """
    if not 1 <= top_k <= len(cube.cube.runs):
        raise InvalidInput(f"top-k is 1 to the {len(cube.cube.runs)} runs there are; got {top_k}.")
    place = cube.step_index(step)
    scores, common = cube.complete(place)
    ranked = rank_seeds(scores)
    best = ranked[0].seed
    judged = None if test is None else _judge(cube, test, ranked, step, confidence)
    on_test = _accuracies(cube, test, step) if test is not None else None
    several = len(scores) > 1 and len(common) > 3
    return SelectionAnswer(
        setting=setting,
        n=len(common),
        candidates=_candidates(cube, ranked, on_test),
        top_k=top_k,
        observed=ranked[0].accuracy,
        curse=winners_curse(scores, rng=rng, confidence=confidence),
        honest=honest_estimate(scores, best, rng=rng, confidence=confidence),
        reliability=reliability(variance_components(scores), confidence=confidence),
        gain=nested_selection(scores, rng=rng, confidence=confidence) if several else None,
        test=judged,
        recorded=recorded,
        same_problems=same_problems,
    )


def _candidates(
    cube: StudyCube, ranked: Sequence[RankedSeed], on_test: NDArray[np.float64] | None
) -> tuple[Candidate, ...]:
    ids: Sequence[int | None] = cube.run_ids or (None,) * len(ranked)
    return tuple(
        Candidate(
            place=place,
            tied=one.tied,
            run=cube.cube.runs[one.seed],
            run_id=ids[one.seed],
            arm=cube.arms[one.seed],
            seed=cube.seeds[one.seed],
            accuracy=one.accuracy,
            test=None if on_test is None else float(on_test[one.seed]),
        )
        for place, one in enumerate(ranked, 1)
    )


def _accuracies(cube: StudyCube, test: StudyCube, step: int | None) -> NDArray[np.float64]:
    """Accuracy on the test of every run, in the order of the cube it was chosen from."""
    scores, _ = test.complete(test.step_index(step))
    of_run = dict(zip(test.cube.runs, scores.mean(axis=1).tolist(), strict=True))
    return np.array([of_run[run] for run in cube.cube.runs])


def _judge(
    cube: StudyCube,
    test: StudyCube,
    ranked: Sequence[RankedSeed],
    step: int | None,
    confidence: float,
) -> TestOfSelection:
    missing = sorted(set(cube.cube.runs) - set(test.cube.runs))
    if missing:
        raise InvalidInput(
            f"{len(missing)} candidates were not evaluated on the test; the first is {missing[0]!r}."
        )
    scores, common = test.complete(test.step_index(step))
    here = _accuracies(cube, test, step)
    best = ranked[0].seed
    right = scores[test.cube.runs.index(cube.cube.runs[best])]
    chosen = mean_over_problems(right, confidence=confidence)
    there = np.array([one.accuracy for one in sorted(ranked, key=lambda one: one.seed)])
    return TestOfSelection(
        split=test.split,
        n=len(common),
        chosen=chosen,
        mean=float(here.mean()),
        best=float(here.max()),
        rank=1 + int((here > here[best]).sum()),
        alike=agreement(there, here, confidence=confidence) if len(here) > 1 else None,
    )
