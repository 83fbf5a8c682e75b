"""When a source is visited again, and what is wrong with it. PURE: moments and numbers in, a moment or a sentence out.

A source is visited about twice as often as it publishes, never more often than it asks for, and ever more rarely while
it fails or falls silent. Sources that were due together drift apart, since every interval is drawn a little longer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median

import numpy as np
import orjson

from nophantom.trends.exchange import Hints, Trouble

LEAST = 15 * 60.0
"""Least seconds between two visits of a source, whatever it publishes."""

DAY = 86_400.0
WEEK = 7 * DAY

UNKNOWN = 3 * 3_600.0
"""Seconds between visits of a source of which nothing is known yet."""

LIVING = 30 * DAY
"""A source with news in that many seconds is visited every day at least; one that is silent longer, every week."""

SPREAD = 0.1
"""The share of an interval by which it is drawn longer, at most."""

FIRST_ITEMS = 20
"""Of how many of the newest items the rhythm is taken."""

_SHIFTED = timedelta(hours=1)
"""A visit that lies further in the future than this was told by a clock that has been set back since."""
_QUIET = 10.0  # an interval is at least this part of the silence so far
_SILENT = 3.0  # times its usual gap, and more than a week: then it is told as silent
_ENDURING = 3  # failures in a row from which on a source is told as failing


@dataclass(frozen=True, slots=True)
class SourceRhythm:
    """How often a source publishes.

    Attributes:
        gap: median seconds between its newest items; None below two items with a date.
        newest: the moment of the newest; None where none has a date.
    """

    gap: float | None = None
    newest: datetime | None = None


def rhythm_of(moments: Iterable[datetime], now: datetime) -> SourceRhythm:
    """The rhythm of a source from the dates of its items, in any order.

    Args:
        moments: of publication; what lies in the future is left out.
        now: the present moment.

    >>> days = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3, 7)]
    >>> rhythm_of(days, datetime(2026, 1, 8, tzinfo=UTC)).gap
    86400.0
    """
    newest = sorted((moment for moment in moments if moment <= now), reverse=True)[:FIRST_ITEMS]
    if not newest:
        return SourceRhythm()
    gaps = [(later - earlier).total_seconds() for later, earlier in pairwise(newest)]
    return SourceRhythm(median(gaps) if gaps else None, newest[0])


def rhythm_found(
    known: Iterable[datetime], last_new_at: datetime | None, *, has_items: bool
) -> tuple[datetime, ...]:
    """The rhythm of a source whose items have no dates: when visits found something new, the newest first.

    Args:
        known: what was known of it.
        last_new_at: the last visit that brought something new; None where none did.
        has_items: whether there was something to read; what is unchanged teaches nothing.
    """
    found = {*known} if last_new_at is None or not has_items else {*known, last_new_at}
    return tuple(sorted(found, reverse=True)[:FIRST_ITEMS])


def hints_from(text: str) -> Hints:
    """What a source said of its times, from `hints_text`."""
    told = orjson.loads(text)
    hours, days = (frozenset(told.get(name, ())) for name in ("skip_hours", "skip_days"))
    return Hints(every=told.get("every"), skip_hours=hours, skip_days=days)


def hints_text(hints: Hints) -> str | None:
    """What a source says of its times, to be remembered; None where it says nothing.

    >>> hints_text(Hints(every=3600.0, skip_days=frozenset({6, 5})))
    '{"every":3600.0,"skip_days":[5,6],"skip_hours":[]}'
    """
    if not (hints.every or hints.skip_hours or hints.skip_days):
        return None
    hours, days = sorted(hints.skip_hours), sorted(hints.skip_days)
    return orjson.dumps({"every": hints.every, "skip_days": days, "skip_hours": hours}).decode()


def next_check(
    now: datetime,
    rhythm: SourceRhythm,
    hints: Hints,
    *,
    rng: np.random.Generator,
    least: float = LEAST,
    max_age: float | None = None,
    failures_in_row: int = 0,
    wait: float | None = None,
) -> datetime:
    """When a source is visited again.

    Args:
        now: the moment of the visit that has just ended.
        rhythm: how often it publishes.
        hints: what it says of itself: `every`, hours and days without news.
        rng: for the drawn part of the interval.
        least: seconds between two visits that its protocol wants.
        max_age: seconds for which its server says that nothing changes. This and `every` count up to a day: a
            server that says "a year" of a page that changes daily would cost us the news.
        failures_in_row: visits that failed since the last that did not; 0 after one that went well.
        wait: seconds for which its host asked to be left alone; obeyed in full, however long.

    Returns:
        A moment after `now + least`; at most a week from `now`, or as much later as `wait` or the next hour that is
        not without news.
    """
    asked = max(min(DAY, hints.every or 0.0), min(DAY, max_age or 0.0))
    floor = min(WEEK, max(LEAST, least, asked))
    if failures_in_row > 0:
        whole = max(floor, min(DAY, floor * 2.0 ** min(failures_in_row - 1, 20)))
    else:
        whole = max(floor, _adapted(rhythm, now))
    whole = min(whole, WEEK / (1 + SPREAD))
    if wait is not None:
        whole = max(whole, wait)
    drawn = float(rng.random())
    return _when_open(now + timedelta(seconds=whole + drawn * SPREAD * min(whole, WEEK)), hints, drawn)


def _adapted(rhythm: SourceRhythm, now: datetime) -> float:
    """Seconds between visits that fit the rhythm of a source."""
    if rhythm.newest is None:
        return UNKNOWN
    silence = max(0.0, (now - rhythm.newest).total_seconds())
    longest = DAY if silence <= LIVING else WEEK
    expected = UNKNOWN if rhythm.gap is None else rhythm.gap / 2
    return min(longest, max(expected, silence / _QUIET))


def _when_open(moment: datetime, hints: Hints, drawn: float) -> datetime:
    """The moment, or one in the next hour that is not without news."""
    hours, days = hints.skip_hours, hints.skip_days
    if not (hours or days) or len(hours & frozenset(range(24))) == 24 or len(days & frozenset(range(7))) == 7:
        return moment  # who closes always is not taken at their word
    local = moment.astimezone(UTC)
    if local.hour not in hours and local.weekday() not in days:
        return moment
    start = local.replace(minute=0, second=0, microsecond=0)
    while start.hour in hours or start.weekday() in days:
        start += timedelta(hours=1)
    return start + timedelta(seconds=3_599 * drawn)


def is_due(now: datetime, next_at: datetime | None, last_at: datetime | None) -> bool:
    """Whether a source is to be visited, even when a clock went wrong in between.

    Args:
        now: the present moment.
        next_at: when it was to be visited again; None for a source that never was.
        last_at: the moment of the last visit; None where there was none.

    Returns:
        True also when the last visit lies in the future, since then a wrong clock wrote both moments.

    >>> noon = datetime(2026, 1, 2, 12, tzinfo=UTC)
    >>> is_due(noon, noon + timedelta(hours=1), noon - timedelta(hours=1))
    False
    >>> is_due(noon, noon.replace(year=2031), noon.replace(year=2030))
    True
    """
    if next_at is None or next_at <= now:
        return True
    if last_at is None:
        return next_at > now + timedelta(seconds=WEEK)
    return last_at > now + _SHIFTED


def degraded_because(
    now: datetime,
    rhythm: SourceRhythm,
    *,
    trouble: Trouble | None,
    failures_in_row: int = 0,
    last_success: datetime | None = None,
    wait_until: datetime | None = None,
) -> str | None:
    """Why a source is not well, in one sentence; None when it is.

    Args:
        now: the present moment.
        rhythm: how often it publishes.
        trouble: of the last visit; None when it went well.
        failures_in_row: visits that failed since the last that did not.
        last_success: the last visit that went well; None where none did.
        wait_until: until when its host asked to be left alone.

    >>> noon = datetime(2026, 1, 2, 12, tzinfo=UTC)
    >>> degraded_because(noon, SourceRhythm(), trouble=Trouble.TIMEOUT, failures_in_row=4)
    'timeout: 4 visits in a row failed, none has gone well yet'
    """
    if trouble is Trouble.GONE:
        return "gone: it says that it is no more"
    if wait_until is not None and wait_until > now:
        return f"{trouble or Trouble.RATE_LIMITED}: its host asked to be left alone until {_told(wait_until)}"
    if trouble is Trouble.INCOMPLETE:
        return "incomplete: it says itself that more should be there"
    if trouble is not None:
        return _failing(trouble, failures_in_row, last_success)
    return _silent(now, rhythm)


def _failing(trouble: Trouble, failures: int, last_success: datetime | None) -> str:
    since = (
        "none has gone well yet" if last_success is None else f"the last good one was {_told(last_success)}"
    )
    if failures >= _ENDURING:
        return f"{trouble}: {failures} visits in a row failed, {since}"
    return f"{trouble}: the last visit failed, {since}"


def _silent(now: datetime, rhythm: SourceRhythm) -> str | None:
    if rhythm.newest is None or rhythm.gap is None:
        return None
    silence = (now - rhythm.newest).total_seconds()
    if silence < max(WEEK, _SILENT * rhythm.gap):
        return None
    usual = f", usually one every {_span(rhythm.gap)}" if rhythm.gap >= 60 else ""
    return f"silent: its newest item is {_span(silence)} old{usual}"


def _span(seconds: float) -> str:
    for unit, size in (("days", DAY), ("hours", 3_600.0)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 60:.0f} minutes"


def _told(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
