"""Counts of rare events with an exposure: caps, momentum, ratios of rates.

A topic has `y` distinct stories where `exposure` stories were read in all. Its rate is per story
read, so a day of outage (exposure 0) says nothing, and a growing source does not make every topic
grow. Counts vary around a rate by Poisson's distribution, or somewhat wider (`overdispersion`).
"""

from __future__ import annotations

from math import inf
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from nophantom.errors import InvalidInput
from nophantom.stats.proportions import check_confidence

Numbers = NDArray[np.float64]


class Intervals(NamedTuple):
    """Many estimates of one kind, as arrays of one shape.

    Attributes:
        point: the best single values.
        low: lower ends.
        high: upper ends.
    """

    point: Numbers
    low: Numbers
    high: Numbers


def cap_counts(
    counts: ArrayLike, rate: ArrayLike, exposure: ArrayLike, *, base: float = 1.0, slope: float = 2.0
) -> Numbers:
    """Counts as they serve for evidence: at most `base + slope * rate * exposure` each.

    A topic that normally has no story in a day gets at most one for its evidence of that day, so
    that an affair of one day is no trend. Likelihood ratios of a raised rate grow with the count;
    capping can only lower them.

    Args:
        counts: stories per day (or week), of any shape.
        rate: the baseline rate a / b per story read, broadcast to the counts.
        exposure: stories read that day, broadcast to the counts.
        base: the cap where nothing is expected. The slow run has 3.
        slope: further stories per expected one. The slow run has 3.

    Returns:
        The capped counts, as floats.

    Raises:
        InvalidInput: a negative number.

    >>> cap_counts([0, 1, 9, 9], rate=[0.01, 0.01, 0.01, 0.1], exposure=20.0).tolist()
    [0.0, 1.0, 1.4, 5.0]
    """
    y, lam, read = (np.asarray(given, dtype=np.float64) for given in (counts, rate, exposure))
    _refuse_below_zero(counts=y, rate=lam, exposure=read)
    return np.minimum(y, base + slope * lam * read)


def momentum(recent: ArrayLike, expected: ArrayLike, *, confidence: float = 0.9) -> Intervals:
    """The recent rate over the baseline rate: 1 is unchanged, 3 is three times as many.

    The multiple has the posterior Gamma(1 + recent, 1 + expected): one expected story, seen, is
    added on both sides. So it is always a finite number, near 1 for a topic of which little is
    known. Sort by `low`, never by `point`.

    Args:
        recent: (T,) stories of the last 7 days, not capped, summed over strata.
        expected: (T,) baseline rate times exposure of those days, summed over strata.
        confidence: probability that lies between low and high, strictly between 0 and 1.

    Returns:
        Multiples, all above 0. The point, a mean, lies inside at any confidence above 0.27.

    Raises:
        InvalidInput: a negative or infinite number, or confidence outside (0, 1).

    Source:
        The lower end as a rank: DuMouchel (1999), The American Statistician 53 (EB05).

    >>> [ends.round(2).tolist() for ends in momentum([0, 12], [0.0, 1.6])]
    [[1.0, 5.0], [0.05, 2.96], [3.0, 7.48]]
    """
    tail = (1 - check_confidence(confidence)) / 2
    y, mu = np.asarray(recent, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    _refuse_below_zero(recent=y, expected=mu)
    shape, rate = 1 + y, 1 + mu
    low = special.gammaincinv(shape, tail) / rate
    high = special.gammainccinv(shape, tail) / rate
    return Intervals(shape / rate, low, high)


def rate_ratio(
    y1: ArrayLike,
    e1: ArrayLike,
    y2: ArrayLike,
    e2: ArrayLike,
    *,
    confidence: float = 0.9,
    phi: ArrayLike = 1.0,
) -> Intervals:
    """The first rate over the second, by the conditional interval with Jeffreys' half counts.

    Given their sum, y1 is binomial with odds ratio * e1 / e2. Jeffreys' posterior of its share is
    Beta(y1 + 1/2, y2 + 1/2), of which the ends are quantiles. With overdispersion a story weighs
    1 / phi. Swapping the rates turns the interval into its reciprocal.

    Coverage by enumeration, with means of 0.5 to 50 on either side: 87% to 98% at a nominal 90% and
    91% on average; at most 8.5% missed on one side.

    Args:
        y1: events of the first, of any shape; all are broadcast together.
        e1: exposure of the first.
        y2: events of the second.
        e2: exposure of the second.
        confidence: two-sided coverage, strictly between 0 and 1.
        phi: overdispersion, at least 1.

    Returns:
        Ratios above 0. All three are NaN, unknown, where an exposure is 0.

    Raises:
        InvalidInput: a negative or infinite number, phi below 1, or confidence outside (0, 1).

    Source:
        Conditioning: Przyborowski and Wilenski (1940), Biometrika 31. Jeffreys' interval: Brown,
        Cai and DasGupta (2001), Statistical Science 16.

    >>> ratio = rate_ratio([12, 0], [700.0, 0.0], [9, 3], [2_100.0, 300.0])
    >>> [ends.round(2).tolist() for ends in ratio]
    [[3.95, nan], [1.95, nan], [8.31, nan]]
    """
    tail = (1 - check_confidence(confidence)) / 2
    arrays = (np.asarray(given, dtype=np.float64) for given in (y1, e1, y2, e2, phi))
    y1, e1, y2, e2, phi = np.broadcast_arrays(*arrays)
    _refuse_below_zero(y1=y1, e1=e1, y2=y2, e2=e2)
    if not ((phi >= 1) & (phi < inf)).all():
        raise InvalidInput(f"overdispersion phi is finite and at least 1; got {phi.min()} to {phi.max()}.")
    one, two = y1 / phi + 0.5, y2 / phi + 0.5
    known = (e1 > 0) & (e2 > 0)
    scale = np.divide(e2, e1, out=np.full(e1.shape, np.nan), where=known)
    # Each share with its complement from the other side: near 1 the difference would lose digits.
    low = special.betaincinv(one, two, tail) / special.betaincinv(two, one, 1 - tail)
    high = special.betaincinv(one, two, 1 - tail) / special.betaincinv(two, one, tail)
    return Intervals(one / two * scale, low * scale, high * scale)


def _refuse_below_zero(**given: NDArray[Any]) -> None:
    """Refuse arrays that hold a negative, infinite or unknown number, by name."""
    for name, numbers in given.items():
        fine = (numbers >= 0) & (numbers < inf)
        if not fine.all():
            raise InvalidInput(f"{name} are finite and not negative; got {numbers[~fine].ravel()[0]}.")
