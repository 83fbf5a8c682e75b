"""From an interval to one of three words: real, phantom, undecided.

A large p-value never gives `phantom`: not having seen an effect is no evidence that there is none.
Only an interval that rules out every effect that matters does, and `delta`, written down before
the data, says what matters. (Apart from `evidence`, because the command line needs the words at
once and must not wait for numpy.)
"""

from __future__ import annotations

from enum import StrEnum
from math import inf

from nophantom.errors import InvalidInput
from nophantom.stats.estimates import Estimate


class Verdict(StrEnum):
    """What the evidence says about a claim. Stored, sent and checked as these words."""

    REAL = "real"
    PHANTOM = "phantom"
    UNDECIDED = "undecided"


class Direction(StrEnum):
    """Which effects the claim is about: above zero, below zero, or either."""

    HIGHER = "higher"
    LOWER = "lower"
    DIFFERENT = "different"


def verdict_from_interval(
    estimate: Estimate, *, delta: float, direction: Direction = Direction.HIGHER
) -> Verdict:
    """The verdict on a claim of an effect, from the interval of that effect alone.

    For `HIGHER`: `real` when the lower bound is above 0, `phantom` when the upper bound is below
    `delta`. Both can hold, on much data: an effect that exists and is too small to matter is
    `phantom`, and `is_real_but_smaller` tells it apart. `LOWER` is the mirror image. `DIFFERENT`
    is `real` when the interval leaves out 0 and `phantom` when it lies within -delta to delta.

    At two-sided confidence 1 - alpha, a one-directional `real` is wrong with probability at most
    alpha / 2 where the truth is 0, and `phantom` likewise where the truth is delta, as far as the
    interval keeps its coverage on that side.

    Args:
        estimate: the effect, 0 meaning none, with its interval.
        delta: the smallest effect that matters, in the unit of the estimate, above 0.
        direction: the effects that the claim is about.

    Returns:
        The verdict. An unknown interval is `undecided`.

    Raises:
        InvalidInput: delta is not a finite number above 0.

    Source:
        `real` is the usual test by confidence interval. `phantom` is a test of equivalence
        (`DIFFERENT`) or of non-superiority: Schuirmann (1987), J. Pharmacokinetics and
        Biopharmaceutics 15, here with the two-sided interval, so the stricter level alpha / 2.

    >>> gain = Estimate(point=0.03, low=0.01, high=0.05, confidence=0.95, n=1319, method="worked by hand")
    >>> str(verdict_from_interval(gain, delta=0.01))
    'real'
    >>> str(verdict_from_interval(gain, delta=0.01, direction=Direction.LOWER))
    'phantom'
    """
    if _rules_out_what_matters(estimate, delta, direction):
        return Verdict.PHANTOM
    return Verdict.REAL if _leaves_out_zero(estimate, direction) else Verdict.UNDECIDED


def is_real_but_smaller(estimate: Estimate, *, delta: float, direction: Direction = Direction.HIGHER) -> bool:
    """Whether the note "real but smaller than delta" belongs beside the verdict `phantom`.

    Args:
        estimate: the effect, 0 meaning none, with its interval.
        delta: the smallest effect that matters, in the unit of the estimate, above 0.
        direction: the effects that the claim is about.

    Returns:
        True where the interval leaves out 0 and also every effect that matters.

    Raises:
        InvalidInput: delta is not a finite number above 0.

    >>> sliver = Estimate(point=0.004, low=0.001, high=0.007, confidence=0.95, n=90_000, method="by hand")
    >>> is_real_but_smaller(sliver, delta=0.01)
    True
    """
    smaller = _rules_out_what_matters(estimate, delta, direction)
    return smaller and _leaves_out_zero(estimate, direction)


def _leaves_out_zero(estimate: Estimate, direction: Direction) -> bool:
    """Whether the whole interval lies on the claimed side of 0 (for `DIFFERENT`, on either)."""
    if estimate.low is None or estimate.high is None:
        return False
    above, below = estimate.low > 0, estimate.high < 0
    match direction:
        case Direction.HIGHER:
            return above
        case Direction.LOWER:
            return below
        case Direction.DIFFERENT:
            return above or below


def _rules_out_what_matters(estimate: Estimate, delta: float, direction: Direction) -> bool:
    """Whether no effect of the claimed direction and at least `delta` lies in the interval."""
    if not 0 < delta < inf:
        raise InvalidInput(
            f"delta, the smallest effect that matters, is a finite number above 0; got {delta}. "
            "One point of accuracy is 0.01."
        )
    if estimate.low is None or estimate.high is None:
        return False
    not_above, not_below = estimate.high < delta, estimate.low > -delta
    match direction:
        case Direction.HIGHER:
            return not_above
        case Direction.LOWER:
            return not_below
        case Direction.DIFFERENT:
            return not_above and not_below
