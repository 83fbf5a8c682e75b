"""Does a model know what it does not know?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.stats.calibration import (
    Calibration,
    CalibrationDifference,
    calibration,
    calibration_difference,
)
from nophantom.stats.votes import NO_ANSWER

NOT_COVERED = (
    "problems of another kind: the curve is for problems like these",
    "confidence inside a bin: a curve of ten bins cannot show what happens within one",
)


@dataclass(frozen=True, slots=True)
class CalibrationAnswer:
    """Confidence against correctness, of one run or of a vote.

    Attributes:
        who: its label.
        source: where the confidence comes from, in words.
        found: the numbers.
        simulated: whether the outcomes are of a world with a planted truth.
        not_covered: what the numbers leave out.
    """

    who: str
    source: str
    found: Calibration
    simulated: bool
    not_covered: tuple[str, ...] = NOT_COVERED


@dataclass(frozen=True, slots=True)
class CalibrationPair:
    """Two of them on the same problems, and their difference (first minus second; lower is better)."""

    first: CalibrationAnswer
    second: CalibrationAnswer
    difference: CalibrationDifference


def calibration_of(
    who: str,
    right: NDArray[np.float64],
    confidences: NDArray[np.float64],
    *,
    rng: np.random.Generator,
    source: str,
    bins: int = 10,
    confidence: float = 0.95,
    simulated: bool = False,
) -> CalibrationAnswer:
    """Confidence against correctness.

    Args:
        who: label of the run.
        right: (P,) 1 or 0.
        confidences: (P,) in [0, 1], NaN where there is none.
        rng: for the intervals.
        source: where the confidence comes from.
        bins: of equal mass.
        confidence: of the intervals.
        simulated: told in the answer.

    Raises:
        InvalidInput: no confidence at all, or scores that are not right or wrong.
    """
    if np.isnan(confidences).all():
        raise InvalidInput(
            f"nothing tells how sure {who!r} was: the log has neither confidences nor log-likelihoods. The "
            "report of a study takes the share of votes instead."
        )
    found = calibration(right, confidences, rng=rng, bins=bins, confidence=confidence)
    return CalibrationAnswer(who, source, found, simulated)


def compare_calibration(
    first: CalibrationAnswer,
    second: CalibrationAnswer,
    outcomes: tuple[NDArray[np.float64], NDArray[np.float64]],
    confidences: tuple[NDArray[np.float64], NDArray[np.float64]],
    *,
    rng: np.random.Generator,
    bins: int = 10,
    confidence: float = 0.95,
) -> CalibrationPair:
    """The difference of two calibrations on the same problems.

    Args:
        first: of the first run.
        second: of the second.
        outcomes: (P,) of both.
        confidences: (P,) of both, NaN where there is none.
        rng: for the bootstrap.
        bins: of equal mass.
        confidence: of the intervals.
    """
    found = calibration_difference(
        (outcomes[0], confidences[0]),
        (outcomes[1], confidences[1]),
        rng=rng,
        bins=bins,
        confidence=confidence,
    )
    return CalibrationPair(first, second, found)


def vote_share(
    answers: NDArray[np.int32], score: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The most frequent answer of several runs, whether it is right, and the share of the runs that gave it.

    Args:
        answers: (R, P) codes, `NO_ANSWER` where there is none.
        score: (R, P) score of each answer.

    Returns:
        (P,) 1 where the most frequent answer is right, and (P,) its share; a problem that nobody answered is
        wrong, with an unknown share. Of equally frequent answers the one given by the earlier run counts.
    """
    runs, problems = answers.shape
    right, share = np.zeros(problems), np.full(problems, np.nan)
    for p in range(problems):
        given = answers[:, p]
        known = np.flatnonzero(given != NO_ANSWER)
        if len(known):
            _, firsts, counts = np.unique(given[known], return_index=True, return_counts=True)
            best = np.lexsort((firsts, -counts))[0]
            right[p] = float(score[known[firsts[best]], p] > 0)
            share[p] = counts[best] / runs
    return right, share
