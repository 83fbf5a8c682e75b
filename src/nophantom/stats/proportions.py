"""One proportion with its interval: the accuracy of one system on problems drawn at random."""

from __future__ import annotations

from math import sqrt

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
