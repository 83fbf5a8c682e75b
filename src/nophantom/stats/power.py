"""How many problems would decide, and how small a difference this many could show.

Planning looks at a difference that *would matter* (delta), never at the one that was seen: "observed
power" is the p-value in other clothes. What is taken from data is the nuisance alone, how often two
systems differ at all, and over its whole interval.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy import special

from nophantom.errors import InvalidInput
from nophantom.stats.paired import PairedCounts
from nophantom.stats.proportions import two_sided_z, wilson
from nophantom.stats.unpaired import SummaryCount

USUAL_CORRELATION = (0.30, 0.46)
"""Correlation of right and wrong between two models on one problem set: the range among the four models
of which answers to all of GSM8K's test problems are public (six pairs)."""


@dataclass(frozen=True, slots=True)
class ProblemsForCounts:
    """How many problems would decide between two systems of which only counts are known.

    Attributes:
        unpaired: problems for each if they answer different ones.
        paired: problems in all if both answer the same ones, from the least to the most that their
            correlation allows for.
    """

    unpaired: int
    paired: ProblemsNeeded


@dataclass(frozen=True, slots=True)
class ProblemsNeeded:
    """How many problems would decide, from the least to the most that the data allow for.

    Attributes:
        low: problems needed if the two differ as seldom as the data allow.
        high: problems needed if they differ as often as the data allow.
        delta: the difference to be seen, a proportion.
        power: the probability of seeing it when it is there.
        confidence: two-sided coverage of the interval that will decide.
    """

    low: int
    high: int
    delta: float
    power: float
    confidence: float


def problems_to_decide(p_d: float, delta: float, *, power: float = 0.8, confidence: float = 0.95) -> int:
    """Problems that a paired comparison needs to call a true difference `delta` real.

    A normal approximation; the exact test that decides is a little more demanding. Enumerated at a
    power of 80%, it is reached to 78% or more where at least 120 problems differ, and never below
    75% where fewer do (at a power of 50%, up to 8 points are missing there). Where there is no
    difference at all, as many problems rule out one of `delta` (`phantom`) somewhat less often:
    72% to 78%, down to 66% where delta nears p_d.

    Args:
        p_d: share of problems on which the two systems differ, in (0, 1].
        delta: the true difference of accuracies to be seen, in (0, p_d].
        power: the probability of seeing it, at least 0.5 and below 1.
        confidence: two-sided coverage of the interval that decides, strictly between 0 and 1.

    Returns:
        The number of problems, rounded up.

    Raises:
        InvalidInput: a share, difference, power or confidence outside its range; no difference
            can be larger than the share of problems on which the two differ.

    Source:
        Connor (1987), Biometrics 43, equation for McNemar's test.

    >>> problems_to_decide(0.2058, 0.028), problems_to_decide(0.2667, 0.028)
    (2058, 2668)
    """
    z, z_power = _quantiles(power, confidence)
    if not 0 < p_d <= 1:
        raise InvalidInput(f"the share of problems that differ lies in (0, 1]; got {p_d}.")
    if not 0 < delta <= p_d:
        raise InvalidInput(
            f"a difference lies above 0 and is at most the share of problems on which the two differ; "
            f"got {delta} with a share of {p_d}."
        )
    return ceil(((z * sqrt(p_d) + z_power * sqrt(p_d - delta * delta)) / delta) ** 2)


def problems_needed(
    counts: PairedCounts, delta: float, *, power: float = 0.8, confidence: float = 0.95
) -> ProblemsNeeded:
    """Problems in all that would decide at `delta`, over the interval of how often the two differ.

    Nothing of the difference seen so far goes in, only the share of discordant problems.

    Args:
        counts: what was seen so far.
        delta: the smallest difference that matters, in (0, 1].
        power: the probability of seeing it, at least 0.5 and below 1.
        confidence: two-sided coverage, of the interval that decides and of the one of the share.

    Returns:
        The least and the most number of problems, those already seen included. A share below
        `delta` cannot hold such a difference, so `delta` stands in for it.

    Raises:
        InvalidInput: delta, power or confidence outside its range.

    >>> seen = PairedCounts(both_right=320, gained=62, lost=56, both_wrong=62)
    >>> needed = problems_needed(seen, 0.028)
    >>> needed.low, needed.high
    (2009, 2753)
    """
    share = wilson(counts.discordant, counts.n, confidence=confidence)
    assert share.low is not None
    assert share.high is not None
    low, high = (
        problems_to_decide(max(p_d, delta), delta, power=power, confidence=confidence)
        for p_d in (share.low, share.high)
    )
    return ProblemsNeeded(low, high, delta, power, confidence)


def smallest_visible_difference(
    n: int, p_d: float, *, power: float = 0.8, confidence: float = 0.95
) -> float | None:
    """The smallest true difference that n problems would show with this power.

    Args:
        n: problems, at least 1.
        p_d: share of problems on which the two systems differ, in (0, 1].
        power: the probability of seeing it, at least 0.5 and below 1.
        confidence: two-sided coverage of the interval that decides, strictly between 0 and 1.

    Returns:
        The difference in (0, p_d]; None where not even p_d, all differing problems going the same
        way, would be seen.

    Raises:
        InvalidInput: n below 1, or a share, power or confidence outside its range.

    Source:
        `problems_to_decide` solved for delta, a quadratic equation.

    >>> round(smallest_visible_difference(1319, 0.25), 4)
    0.0385
    """
    z, z_power = _quantiles(power, confidence)
    if n < 1:
        raise InvalidInput(f"a comparison needs at least one problem; got {n}.")
    if not 0 < p_d <= 1:
        raise InvalidInput(f"the share of problems that differ lies in (0, 1]; got {p_d}.")
    if n < z * z:
        return None  # the test has no such power even at its largest; the quadratic has another root
    under_root = n + z_power * z_power - z * z
    delta = sqrt(p_d) * (z * sqrt(n) + z_power * sqrt(under_root)) / (n + z_power * z_power)
    return delta if delta <= p_d else None


def unpaired_problems_to_decide(
    p_first: float, p_second: float, *, power: float = 0.8, confidence: float = 0.95
) -> int:
    """Problems *for each* system when the two are not asked the same ones.

    What a comparison of two published accuracies needs; against `problems_to_decide` it shows what
    asking both the same problems saves.

    Args:
        p_first: accuracy of the first system, in [0, 1].
        p_second: accuracy of the second system, in [0, 1], another one.
        power: the probability of seeing the difference, at least 0.5 and below 1.
        confidence: two-sided coverage of the interval that decides, strictly between 0 and 1.

    Returns:
        The number of problems for each of the two, rounded up.

    Raises:
        InvalidInput: an accuracy, power or confidence outside its range, or equal accuracies.

    Source:
        Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, chapter 4,
        with unpooled variances and without continuity correction.

    >>> unpaired_problems_to_decide(0.758, 0.730)
    3810
    """
    z, z_power = _quantiles(power, confidence)
    for accuracy in (p_first, p_second):
        if not 0 <= accuracy <= 1:
            raise InvalidInput(f"an accuracy lies in [0, 1]; got {accuracy}. 75.8% is 0.758.")
    if p_first == p_second:
        raise InvalidInput(
            f"no number of problems shows a difference between equal accuracies; got {p_first} twice."
        )
    spread = p_first * (1 - p_first) + p_second * (1 - p_second)
    return max(1, ceil(((z + z_power) / (p_first - p_second)) ** 2 * spread))


def problems_for_counts(
    first: SummaryCount,
    second: SummaryCount,
    delta: float,
    *,
    correlation: tuple[float, float] = USUAL_CORRELATION,
    power: float = 0.8,
    confidence: float = 0.95,
) -> ProblemsForCounts:
    """Problems that would decide a true difference of `delta` around the accuracy of two counts.

    How often two systems differ on the same problems cannot be seen in counts; it follows from how
    right and wrong correlate between them, for which the usual range stands in.

    Args:
        first: right and tried, of the first.
        second: right and tried, of the second.
        delta: the true difference of accuracies to be seen, in (0, 1].
        correlation: least and greatest correlation of right and wrong between the two.
        power: the probability of seeing it, at least 0.5 and below 1.
        confidence: two-sided coverage of the interval that decides, strictly between 0 and 1.

    Returns:
        Problems for each unpaired, and in all when both answer the same ones.

    Raises:
        InvalidInput: delta, correlation, power or confidence outside its range.

    Source:
        `unpaired_problems_to_decide` and `problems_to_decide`, with
        p_d = p1 (1 - p2) + p2 (1 - p1) - 2 rho sqrt(p1 (1 - p1) p2 (1 - p2)).

    >>> needed = problems_for_counts(SummaryCount(379, 500), SummaryCount(365, 500), 0.028)
    >>> needed.unpaired, needed.paired.low, needed.paired.high
    (3810, 2064, 2673)
    """
    if not 0 < delta <= 1:
        raise InvalidInput(f"a difference that matters lies in (0, 1]; got {delta}. One point is 0.01.")
    least, most = correlation
    if not -1 <= least <= most <= 1:
        raise InvalidInput(f"correlations lie in [-1, 1], the lesser first; got {least} and {most}.")
    middle = (first.right + second.right) / (first.n + second.n)
    middle = min(1 - delta / 2, max(delta / 2, middle))
    p, q = min(1.0, middle + delta / 2), max(0.0, middle - delta / 2)
    apart, shared = p * (1 - q) + q * (1 - p), 2 * sqrt(p * (1 - p) * q * (1 - q))
    # Two systems differ on at least delta, and on no more than where every other answer is wrong, or right.
    low, high = (
        problems_to_decide(
            max(min(apart - rho * shared, p + q, 2 - p - q), delta), delta, power=power, confidence=confidence
        )
        for rho in (most, least)
    )
    unpaired = unpaired_problems_to_decide(p, q, power=power, confidence=confidence)
    return ProblemsForCounts(unpaired, ProblemsNeeded(low, high, delta, power, confidence))


def _quantiles(power: float, confidence: float) -> tuple[float, float]:
    """Normal quantiles of the two-sided confidence and of the power."""
    if not 0.5 <= power < 1:
        raise InvalidInput(f"power is at least 0.5 and below 1; got {power}. For 80% give 0.8.")
    return two_sided_z(confidence), float(special.ndtri(power))


def problems_needed_for_means(
    gaps: NDArray[np.float64], delta: float, *, power: float = 0.8, confidence: float = 0.95
) -> ProblemsNeeded | None:
    """Problems in all that would decide at `delta`, where scores are not just right or wrong.

    As `problems_needed`: nothing of the mean that was seen goes in, only how widely the differences
    scatter, over the interval of their variance (chi-square, so only roughly right for heavy tails).

    Args:
        gaps: (n,) difference of the mean scores per problem, each in [-1, 1].
        delta: the smallest difference that matters, in (0, 1].
        power: the probability of seeing it, at least 0.5 and below 1.
        confidence: two-sided coverage, of the interval that decides and of the one of the variance.

    Returns:
        The least and the most number of problems; None below two problems or when all gaps are equal.

    Raises:
        InvalidInput: delta, power or confidence outside its range.
    """
    z, z_power = _quantiles(power, confidence)
    if not 0 < delta <= 1:
        raise InvalidInput(f"a difference that matters lies in (0, 1]; got {delta}.")
    n = len(gaps)
    if n < 2 or np.ptp(gaps) == 0:
        return None
    square_sum = float(((gaps - gaps.mean()) ** 2).sum())
    tail = (1 - confidence) / 2
    # A variance of values in [-1, 1] is at most 1.
    variances = (min(1.0, square_sum / float(special.chdtri(n - 1, share))) for share in (tail, 1 - tail))
    low, high = (ceil(((z + z_power) / delta) ** 2 * variance) for variance in variances)
    return ProblemsNeeded(low, high, delta, power, confidence)
