"""When to ask a server again, and how long to wait before. PURE: numbers in, seconds out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import numpy as np

from nophantom.errors import InvalidInput

PASSING = frozenset({408, 425, 429, 500, 502, 503, 504, 529})
"""Statuses of a server that may answer the same request a moment later."""


@dataclass(frozen=True, slots=True)
class Retrying:
    """How often and how patiently a request is sent again.

    Attributes:
        tries: requests in all, at least 1.
        first: seconds that are waited before the second try; doubled for every further one.
        longest: seconds that are waited at most, unless the server names a longer time itself.
    """

    tries: int = 6
    first: float = 0.5
    longest: float = 60.0

    def __post_init__(self) -> None:
        if self.tries < 1 or not 0 <= self.first <= self.longest:
            raise InvalidInput(
                f"a request is tried at least once, with waits of 0 s up to the longest; got {self.tries} tries, "
                f"{self.first:g} to {self.longest:g} s."
            )

    def wait(self, tried: int, told: float | None, rng: np.random.Generator) -> float:
        """Seconds to wait after the try with number `tried`, from 1.

        Half of the wait is drawn, so that many clients that failed together do not come back together. What
        the server told is the least, never cut short.

        Args:
            tried: tries so far, at least 1.
            told: seconds that the server asked for; None where it did not.
            rng: for the drawn half.

        Source:
            Exponential backoff with equal jitter.

        >>> rng = np.random.default_rng(0)
        >>> 1.0 <= Retrying(first=0.5).wait(3, None, rng) <= 2.0
        True
        >>> 3_600 <= Retrying(longest=60).wait(1, 3_600, rng) < 3_601
        True
        """
        whole = min(self.longest, self.first * 2.0 ** min(tried - 1, 60))
        drawn = float(rng.random()) * whole / 2
        return whole / 2 + drawn if told is None else told + drawn


def told_wait(value: str | None, at: datetime) -> float | None:
    """The seconds that a Retry-After header asks for; None where there is none or it says nothing.

    Args:
        value: the header: seconds, or a date.
        at: the present moment.

    Source:
        RFC 9110, section 10.2.3.

    >>> from datetime import datetime, UTC
    >>> noon = datetime(2026, 1, 2, 12, tzinfo=UTC)
    >>> told_wait("120", noon), told_wait("Fri, 02 Jan 2026 12:00:30 GMT", noon), told_wait("soon", noon)
    (120.0, 30.0, None)
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - at).total_seconds())
