"""One proportion with its interval: the accuracy of one system on problems drawn at random.

`wilson` and `clopper_pearson` speak of problems like these, of which there is no end. `finite_population`
speaks of one fixed test set of which a part was tried.
"""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from nophantom.errors import InvalidInput
from nophantom.stats.estimates import Estimate


def wilson(successes: int, n: int, *, confidence: float = 0.95) -> Estimate:
    """The share of successes, with Wilson's score interval.

    Close to the nominal coverage on average over the unknown truth, already at small n. For a few
    truths near 0 and 1 it covers less (at n above 30 and 95%, down to about 84%, on one side).
    `clopper_pearson` never covers less than it says, and is wider.

    Args:
        successes: how many of the n succeeded.
        n: how many were tried, at least 1.
        confidence: two-sided coverage, strictly between 0 and 1.

    Returns:
        The share in [0, 1]; both ends are always known and never meet.

    Raises:
        InvalidInput: n below 1, successes outside 0 to n, or confidence outside (0, 1).

    Source:
        Wilson (1927), JASA 22; compared with others in Brown, Cai and DasGupta (2001),
        Statistical Science 16.

    >>> seen = wilson(379, 500)
    >>> f"{seen.point:.1%} ({seen.low:.1%} to {seen.high:.1%})"
    '75.8% (71.9% to 79.3%)'
    """
    check_counts(successes, n)
    z = two_sided_z(confidence)
    share = successes / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    # At the ends the formula gives exactly 0 and 1; rounding must not push it past them.
    low = max(0.0, middle - reach) if successes > 0 else 0.0
    high = min(1.0, middle + reach) if successes < n else 1.0
    return Estimate(share, low, high, confidence, n, "Wilson score interval")


def clopper_pearson(successes: int, n: int, *, confidence: float = 0.95) -> Estimate:
    """The share of successes, with the exact interval of Clopper and Pearson.

    Each end is missed with probability at most (1 - confidence) / 2, whatever the truth and n. It
    holds exactly those shares that the exact two-sided binomial test (twice the smaller tail) does
    not reject.

    Args:
        successes: how many of the n succeeded.
        n: how many were tried, at least 1.
        confidence: two-sided coverage, strictly between 0 and 1.

    Returns:
        The share in [0, 1]; both ends are always known and never meet.

    Raises:
        InvalidInput: n below 1, successes outside 0 to n, or confidence outside (0, 1).

    Source:
        Clopper and Pearson (1934), Biometrika 26; as quantiles of Beta distributions.

    >>> unbeaten = clopper_pearson(0, 10)
    >>> unbeaten.low, round(unbeaten.high, 3)
    (0.0, 0.308)
    """
    check_counts(successes, n)
    tail = (1 - check_confidence(confidence)) / 2
    failures = n - successes
    low = float(special.betaincinv(successes, failures + 1, tail)) if successes > 0 else 0.0
    # The upper end from the other side: the failures' lower end, which keeps the mirror exact.
    high = 1 - float(special.betaincinv(failures, successes + 1, tail)) if failures > 0 else 1.0
    return Estimate(successes / n, low, high, confidence, n, "Clopper-Pearson exact interval")


def finite_population(successes: int, n: int, population: int, *, confidence: float = 0.95) -> Estimate:
    """The share that would succeed on a whole fixed test set, of which n were drawn at random.

    The exact interval: each end is missed with probability at most (1 - confidence) / 2. It holds
    exactly those counts of the whole set that the exact hypergeometric test (twice the smaller tail)
    does not reject. Shorter than `clopper_pearson`, the more so the more of the set was tried, and at
    n = population it is the point: nothing is left to chance.

    Args:
        successes: how many of the n succeeded.
        n: how many were tried, drawn without replacement, at least 1.
        population: how many the whole test set holds, at least n.
        confidence: two-sided coverage, strictly between 0 and 1.

    Returns:
        The share in [0, 1]; `n` is the number tried.

    Raises:
        InvalidInput: n below 1 or above the population, successes outside 0 to n, or confidence
            outside (0, 1).

    Source:
        Wright (1991), Exact Confidence Bounds when Sampling from Small Finite Universes, Springer.

    >>> seen = finite_population(379, 500, 1319)
    >>> f"{seen.point:.1%} ({seen.low:.1%} to {seen.high:.1%})"
    '75.8% (72.7% to 78.7%)'
    """
    check_counts(successes, n)
    tail = (1 - check_confidence(confidence)) / 2
    if population < n:
        raise InvalidInput(
            f"a part of a test set is no larger than the set; got {n} tried of {population}. "
            "Give the number of problems in the whole set."
        )
    share = successes / n
    low = _least_in_population(successes, n, population, tail) / population
    high = 1 - _least_in_population(n - successes, n, population, tail) / population
    # Where few are left untried, no count of the whole set may have exactly the share seen.
    method = "exact hypergeometric interval"
    return Estimate(share, min(low, share), max(high, share), confidence, n, method)


def _least_in_population(successes: int, n: int, population: int, tail: float) -> int:
    """The least number in the population of which so many successes or more are no surprise."""
    drawn = np.arange(successes, n + 1)

    def at_least_as_many(number: int) -> float:
        possible = drawn[(drawn <= number) & (n - drawn <= population - number)]
        ways = _log_choose(number, possible) + _log_choose(population - number, n - possible)
        return float(np.exp(ways - _log_choose(population, np.array(n))).sum())

    least, most = successes, population - (n - successes)
    while least < most:
        middle = (least + most) // 2
        # Rounding must not push out a number whose tail is exactly the bound.
        if at_least_as_many(middle) >= tail * (1 - 1e-9):
            most = middle
        else:
            least = middle + 1
    return least


def _log_choose(n: int, k: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
    """Natural logarithm of the ways to choose k of n."""
    ways = special.gammaln(n + 1.0) - special.gammaln(k + 1.0) - special.gammaln(n - k + 1.0)
    return np.asarray(ways, dtype=np.float64)


def two_sided_z(confidence: float) -> float:
    """The normal quantile that leaves (1 - confidence) / 2 on each side; 1.96 at 0.95.

    Raises:
        InvalidInput: confidence outside (0, 1).

    >>> round(two_sided_z(0.95), 4)
    1.96
    """
    return -float(special.ndtri((1 - check_confidence(confidence)) / 2))


def check_confidence(confidence: float) -> float:
    """The confidence itself, if it can be one.

    Raises:
        InvalidInput: confidence outside (0, 1), or no number.
    """
    if not 0 < confidence < 1:
        raise InvalidInput(f"confidence lies strictly between 0 and 1; got {confidence}. For 95% give 0.95.")
    return confidence


def check_counts(successes: int, n: int) -> None:
    """Refuse counts that no experiment can give.

    Raises:
        InvalidInput: n below 1 or successes outside 0 to n.
    """
    if n < 1:
        raise InvalidInput(
            f"a proportion needs at least one problem; got {successes} of {n}. "
            "Check whether the filter before it left anything."
        )
    if not 0 <= successes <= n:
        raise InvalidInput(f"successes lie between 0 and the number tried; got {successes} of {n}.")
