"""What every statistic answers with."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from nophantom.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its uncertainty, and how both were found.

    `low` and `high` are None together when the data cannot support an interval: unknown is not
    the same as certain.

    Attributes:
        point: the best single value, in the unit that the function names.
        low: lower end of the two-sided interval, or None.
        high: upper end of the two-sided interval, or None.
        confidence: two-sided coverage of the interval, strictly between 0 and 1.
        n: how many independent units (problems, seeds, days) it rests on.
        method: the procedure, in the words of its field.
    """

    point: float
    low: float | None
    high: float | None
    confidence: float
    n: int
    method: str

    def __post_init__(self) -> None:
        if not 0 < self.confidence < 1:
            raise InvalidInput(f"confidence lies strictly between 0 and 1; got {self.confidence}.")
        if not isfinite(self.point):
            raise InvalidInput(f"the point of an estimate is a finite number; got {self.point}.")
        if (self.low is None) != (self.high is None):
            raise InvalidInput(f"an interval has two ends or none; got {self.low} to {self.high}.")
        if self.low is not None and self.high is not None and not self.low <= self.high:
            raise InvalidInput(f"the lower end is not above the upper; got {self.low} to {self.high}.")
        if self.n < 0:
            raise InvalidInput(f"n counts units and is not negative; got {self.n}.")
