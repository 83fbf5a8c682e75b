"""When to ask a server again, and how long to wait before. PURE: numbers in, seconds out."""

from __future__ import annotations

from collections.abc import Mapping
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
    moment = _moment(text)
    return None if moment is None else max(0.0, (moment - at).total_seconds())


def fresh_for(headers: Mapping[str, str], at: datetime) -> float | None:
    """The seconds for which a server says that its answer stays as it is; None where it says nothing.

    Args:
        headers: of the answer, names in lower case.
        at: the moment at which it came.

    Source:
        RFC 9111, sections 4.2 and 5.3. What lets nobody keep an answer (no-store, no-cache) says nothing about when
        it changes.

    >>> noon = datetime(2026, 1, 2, 12, tzinfo=UTC)
    >>> fresh_for({"cache-control": "public, max-age=3600", "age": "600"}, noon)
    3000.0
    >>> fresh_for({"expires": "Fri, 02 Jan 2026 12:30:00 GMT"}, noon), fresh_for({"expires": "0"}, noon)
    (1800.0, None)
    """
    said = [part.strip().lower() for part in headers.get("cache-control", "").split(",")]
    if "no-store" in said or "no-cache" in said:
        return None
    for part in said:
        name, _, value = part.partition("=")
        text = value.strip('"')
        if name == "max-age" and text.isascii() and text.isdigit():
            age = headers.get("age", "")
            spent = float(age[:9]) if age.isascii() and age.isdigit() else 0.0
            return max(0.0, float(text[:9]) - spent)
    expires = _moment(headers.get("expires", ""))
    if expires is None:
        return None
    # By the clock of the server where it tells it: ours may differ.
    sent = _moment(headers.get("date", "")) or at
    return max(0.0, (expires - sent).total_seconds())


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
