"""The running accuracy along one evaluation: a peak on the way may be a question of order alone.

79.0% after 200 of 500 problems and 75.8% at the end is one evaluation seen twice. If the problems came
in an order that has nothing to do with how hard they are (exchangeable), every order of the same rights
and wrongs was equally likely, and how high the running accuracy climbs on the way has a known
distribution. So these tests ask only whether the *order* could be chance. They say nothing about other
problems, and nothing about training; for checkpoints of a training run see `trajectories`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from nophantom.errors import InvalidInput
from nophantom.stats.estimates import Estimate
from nophantom.stats.proportions import check_counts

# Two standardised values that differ by less than this differ by rounding alone.
_SAME = 1e-9

# Paths rarer than this are not followed, and no p-value is shown below it.
_NEGLIGIBLE = 1e-60


class Reproduction(StrEnum):
    """Whether a rerun reached what was claimed."""

    REPRODUCED = "reproduced"
    NOT_REPRODUCED = "not_reproduced"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class ExchangeabilityTest:
    """Three answers to "would a random order climb as high?"; they differ in what was looked at.

    Attributes:
        peak: the running accuracy at the look in question, in [0, 1].
        peak_look: after how many problems that was.
        final: the accuracy at the end.
        drop: peak minus final.
        p_plain: chance that the highest running accuracy over all looks (the end is one of them) is at
            least the peak. Early looks swing most, so they dominate.
        p_studentised: the same for the highest *standardised* one over the looks before the end: running
            minus final accuracy, divided by its standard deviation under a random order. Every look has
            the same say.
        p_single: chance of at least the peak at this one look. Honest only where the look was named
            before the data were seen.
        looks: after how many problems it was looked.
        n: problems in all.
    """

    peak: float
    peak_look: int
    final: float
    drop: float
    p_plain: float
    p_studentised: float
    p_single: float
    looks: tuple[int, ...]
    n: int


def running_accuracy(outcomes: NDArray[Any]) -> NDArray[np.float64]:
    """Accuracy after each problem, in the order in which they were asked.

    Args:
        outcomes: (P,) scores in [0, 1], in order.

    Returns:
        (P,) mean of the first 1, 2 ... P.

    Raises:
        InvalidInput: no list of numbers in [0, 1], or no problems.

    >>> running_accuracy(np.array([1, 0, 1, 1])).tolist()
    [1.0, 0.5, 0.6666666666666666, 0.75]
    """
    scores = _scores(outcomes)
    return np.asarray(np.cumsum(scores) / np.arange(1, len(scores) + 1))


def every(step: int, n: int) -> tuple[int, ...]:
    """The looks after each `step` problems, and at the end.

    Args:
        step: problems between two looks, at least 1.
        n: problems in all.

    Raises:
        InvalidInput: step below 1, or no problems.

    >>> every(200, 500)
    (200, 400, 500)
    """
    if step < 1 or n < 1:
        raise InvalidInput(f"looks are at least 1 problem apart, among at least 1; got {step} among {n}.")
    return (*range(step, n, step), n)


def exchangeability(
    outcomes: NDArray[Any], looks: ArrayLike, *, look: int | None = None
) -> ExchangeabilityTest:
    """Would a random order of the same outcomes climb as high?

    Args:
        outcomes: (P,) True or 1 where right, in the order in which they were asked.
        looks: after how many problems the running accuracy was looked at, rising; the end is added.
        look: the look named before the data were seen; by default the one with the highest running
            accuracy before the end, whose `p_single` is then no test but a number for orientation.

    Returns:
        The three p-values, exact. The plain and the studentised one compare each its own maximum over
        the looks with what was seen.

    Raises:
        InvalidInput: outcomes that are not right or wrong, or looks that do not rise from 1 to P.

    Source:
        A permutation test (Good 2005, Permutation, Parametric and Bootstrap Tests of Hypotheses) of a
        maximum, by counting paths instead of drawing them; the single look is Fisher's exact test.

    >>> order = np.array([1, 1, 1, 0, 0, 0])
    >>> test = exchangeability(order, [3])
    >>> round(test.p_single, 9), round(test.p_plain, 9)
    (0.05, 0.05)
    """
    scores = _scores(outcomes)
    if not np.isin(scores, (0, 1)).all():
        raise InvalidInput(
            f"the order is tested on answers that are right (1) or wrong (0); got "
            f"{scores[~np.isin(scores, (0, 1))][0]}."
        )
    n, right = len(scores), int(scores.sum())
    stops = checked_looks(looks, n)
    seen = np.cumsum(scores).astype(np.int64)[np.array(stops) - 1]  # (L,) rights so far
    before = np.array(stops[:-1])
    where = int(np.argmax(seen[:-1] / before)) if look is None else _position(look, stops)
    plain = max(range(len(stops)), key=lambda i: seen[i] / stops[i])
    standing = _standardised(seen[:-1], before, right, n)
    return _exchangeability(
        peak=(int(seen[where]), stops[where]),
        highest=(int(seen[plain]), stops[plain]),
        highest_standing=float(standing.max()),
        right=right,
        n=n,
        looks=stops,
    )


def exchangeability_from_counts(
    peak_right: int, peak_look: int, right: int, n: int, looks: ArrayLike
) -> ExchangeabilityTest:
    """The same from a summary: a published peak, the final count, and where it was looked.

    Args:
        peak_right: right answers at the peak, taken as the highest of both kinds over all looks.
        peak_look: after how many problems the peak was, one of the looks before the end.
        right: right answers at the end.
        n: problems in all.
        looks: after how many problems it was looked, rising; the end is added.

    Returns:
        As `exchangeability`. Where another look stood higher in units of its standard deviation, the
        true studentised p is smaller: the outcomes themselves would tell.

    Raises:
        InvalidInput: counts or looks that cannot be.

    >>> test = exchangeability_from_counts(158, 200, 379, 500, every(50, 500))
    >>> [round(p, 3) for p in (test.p_plain, test.p_studentised, test.p_single)]
    [0.423, 0.329, 0.104]
    """
    check_counts(peak_right, peak_look)
    check_counts(right, n)
    stops = checked_looks(looks, n)
    _position(peak_look, stops)
    if peak_right > right or peak_look - peak_right > n - right:
        raise InvalidInput(
            f"what was right (or wrong) at the peak still is at the end; got {peak_right} of {peak_look}, "
            f"then {right} of {n}."
        )
    standing = _standardised(np.array([peak_right]), np.array([peak_look]), right, n)
    peak = (peak_right, peak_look)
    return _exchangeability(
        peak=peak, highest=peak, highest_standing=float(standing[0]), right=right, n=n, looks=stops
    )


def reproduced(claimed: float, rerun: Estimate, *, delta: float) -> Reproduction:
    """Whether a rerun reached a claimed level, less the smallest difference that matters.

    Args:
        claimed: the level that was claimed, in [0, 1]; 79% is 0.79.
        rerun: what was measured again, with its interval.
        delta: the smallest difference that matters, above 0.

    Returns:
        `reproduced` where the rerun's lower bound is at least claimed - delta, `not_reproduced` where
        its upper bound is below that, else `undecided`, as is an unknown interval.

    Raises:
        InvalidInput: a level outside [0, 1] or a delta that is not a finite number above 0.

    >>> from nophantom.stats.proportions import wilson
    >>> str(reproduced(0.79, wilson(379, 500), delta=0.01))
    'undecided'
    """
    if not 0 <= claimed <= 1:
        raise InvalidInput(f"a claimed level lies in [0, 1]; got {claimed}. 79% is 0.79.")
    if not (isfinite(delta) and delta > 0):
        raise InvalidInput(
            f"delta, the smallest difference that matters, is a finite number above 0; got {delta}. "
            "One point of accuracy is 0.01."
        )
    if rerun.low is None or rerun.high is None:
        return Reproduction.UNDECIDED
    if rerun.low >= claimed - delta:
        return Reproduction.REPRODUCED
    return Reproduction.NOT_REPRODUCED if rerun.high < claimed - delta else Reproduction.UNDECIDED


def _exchangeability(
    *,
    peak: tuple[int, int],
    highest: tuple[int, int],
    highest_standing: float,
    right: int,
    n: int,
    looks: tuple[int, ...],
) -> ExchangeabilityTest:
    """The three p-values from what was seen at the look in question and at the highest ones."""
    stops = np.array(looks)
    # The fewest rights at each look that reach what was seen; ties count as reached, in whole numbers.
    plain = -(-highest[0] * stops // highest[1])
    before = stops[:-1]
    spread = _spread(before, right, n)
    studentised = np.ceil(before * (right / n + highest_standing * spread) - _SAME).astype(np.int64)
    return ExchangeabilityTest(
        peak=peak[0] / peak[1],
        peak_look=peak[1],
        final=right / n,
        drop=peak[0] / peak[1] - right / n,
        p_plain=_chance_to_reach(stops, plain, right, n),
        p_studentised=_chance_to_reach(before, studentised, right, n),
        p_single=_chance_to_reach(np.array([peak[1]]), np.array([peak[0]]), right, n),
        looks=looks,
        n=n,
    )


def _chance_to_reach(stops: NDArray[Any], bars: NDArray[Any], right: int, n: int) -> float:
    """The chance that a random order of `right` among n has at least `bars` rights at any of the stops.

    Orders that have stayed below every bar are followed from stop to stop: from x rights, the next
    `step` problems hold more of them with the hypergeometric chance.
    """
    log_factorials = np.asarray(special.gammaln(np.arange(n + 1) + 1.0), dtype=np.float64)
    below = np.zeros(right + 1)
    below[0] = 1.0
    at, reached = 0, 0.0
    for stop, bar in zip(stops.tolist(), bars.tolist(), strict=True):
        below = _after(below, at, stop - at, right, log_factorials)
        reached += float(below[max(0, bar) :].sum())
        below[max(0, bar) :] = 0.0
        at = stop
    return min(1.0, max(reached, _NEGLIGIBLE))


def _after(
    chances: NDArray[np.float64], at: int, step: int, right: int, log_factorials: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Chances of 0 .. right rights after `step` more problems, from those after `at`."""

    def log_choose(n: NDArray[np.int64], k: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.asarray(log_factorials[n] - log_factorials[k] - log_factorials[n - k])

    x = np.flatnonzero(chances > _NEGLIGIBLE)  # what is still likely and below every bar
    more = np.arange(min(step, right) + 1)  # (M,)
    left, rest = (right - x)[:, None], len(log_factorials) - 1 - at  # (X, 1)
    fits = (more <= left) & (step - more <= rest - left)  # (X, M)
    drawn = np.where(fits, more, 0)
    wrong = np.where(fits, step - more, 0)
    ways = log_choose(left, drawn) + log_choose(rest - left, wrong)
    total = log_choose(np.array(rest), np.array(step))
    moved = np.where(fits, np.exp(ways - total), 0.0) * chances[x][:, None]
    after = np.zeros(right + 1)
    np.add.at(after, np.where(fits, x[:, None] + more, 0), moved)
    return after


def _spread(stops: NDArray[Any], right: int, n: int) -> NDArray[np.float64]:
    """Standard deviation of the running accuracy at each stop under a random order."""
    share = right / n
    return np.asarray(np.sqrt(share * (1 - share) / stops * (n - stops) / max(n - 1, 1)))


def _standardised(seen: NDArray[Any], stops: NDArray[Any], right: int, n: int) -> NDArray[np.float64]:
    """Running minus final accuracy in units of `_spread`; 0 where nothing can differ."""
    spread = _spread(stops, right, n)
    return np.asarray(np.where(spread > 0, seen / stops - right / n, 0.0) / np.where(spread > 0, spread, 1.0))


def _scores(outcomes: NDArray[Any]) -> NDArray[np.float64]:
    """(P,) scores as numbers, if they are."""
    scores = np.asarray(outcomes)
    if scores.ndim != 1 or len(scores) == 0 or scores.dtype.kind not in "biuf":
        raise InvalidInput(
            f"a running accuracy needs one number for each problem, in order; got {scores.dtype} of shape "
            f"{scores.shape}."
        )
    if not ((scores >= 0) & (scores <= 1)).all():
        raise InvalidInput(
            f"scores lie in [0, 1]; got {scores.min()} to {scores.max()}. Leave out problems without an outcome."
        )
    return scores.astype(np.float64)


def checked_looks(looks: ArrayLike, n: int) -> tuple[int, ...]:
    """The looks with the end among them, at least one before it.

    Raises:
        InvalidInput: looks that do not rise, as whole numbers, from 1 on and below n once at least.
    """
    stops = np.asarray(looks)
    whole = stops.ndim == 1 and len(stops) > 0 and stops.dtype.kind in "iu"
    if not whole or stops[0] < 1 or stops[-1] > n or (np.diff(stops) <= 0).any() or stops[0] == n:
        raise InvalidInput(
            f"looks are whole numbers of problems that rise from 1 on, one before the end at least; got "
            f"{np.array2string(stops, threshold=6)} of {n}."
        )
    whole_numbers = tuple(int(stop) for stop in stops)
    return whole_numbers if whole_numbers[-1] == n else (*whole_numbers, n)


def _position(look: int, stops: tuple[int, ...]) -> int:
    """Which look before the end this is."""
    if look not in stops[:-1]:
        raise InvalidInput(f"the look named is one of those before the end, {stops[:-1]}; got {look}.")
    return stops.index(look)
