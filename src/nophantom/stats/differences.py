"""A difference as every comparison of two tells it: one procedure for interval and p-value.

At every confidence the interval leaves out 0 exactly when `p_value < 1 - confidence`; no report can say
"significant" beside an interval that crosses zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from sys import float_info

from nophantom.stats.estimates import Estimate


@dataclass(frozen=True, slots=True)
class DifferenceTest:
    """A difference with its interval, and the p-value that belongs to this interval.

    Attributes:
        estimate: first minus second (or minus a baseline), in [-1, 1]; n counts problems, without pairs those
            of both.
        p_value: two-sided p of "no difference", or None where the interval is unknown. Below
            1 - confidence exactly when the interval leaves out 0.
        test: the name of the test in the words of its field.
    """

    estimate: Estimate
    p_value: float | None
    test: str


def beside_zero_as_tested(
    low: float, high: float, point: float, p_value: float, confidence: float
) -> tuple[float, float]:
    """An interval of a difference within [-1, 1], around its point, and on the side of 0 that the test says.

    In exact arithmetic it is so already. In floating point a p-value that *equals* 1 - confidence
    (5 gains of 5 at 93.75%) could land on either side, and the two would contradict each other.

    Args:
        low: lower end as computed.
        high: upper end as computed.
        point: the difference, in [-1, 1].
        p_value: two-sided, of the same procedure as the ends.
        confidence: two-sided coverage of the interval.

    Returns:
        Both ends.

    >>> beside_zero_as_tested(-1e-17, 0.4, 0.2, 0.04, 0.95)[0] > 0
    True
    >>> beside_zero_as_tested(1e-17, 0.4, 0.2, 0.06, 0.95)
    (0.0, 0.4)
    """
    low, high = max(-1.0, min(low, point)), min(1.0, max(high, point))
    if p_value >= 1 - confidence:
        return min(low, 0.0), max(high, 0.0)
    hair = float_info.min
    return (max(low, hair), high) if point > 0 else (low, min(high, -hair))
