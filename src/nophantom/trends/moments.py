"""Dates as sources send them, as moments in UTC, and which day a document gets. PURE.

RFC 822 with its usual faults (two-digit years, names of zones, no zone, a wrong weekday), RFC 3339 and W3CDTF, and
the English spellings that feeds use instead. What two readers could take for two different days is not read.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from nophantom.trends.documents import Certainty, ItemDrop, folded, storable
from nophantom.trends.exchange import Reading

LONGEST_DATE = 100
"""Characters; a longer text is no date."""
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""There was no web before: 1970 and 1904 are clocks that were never set."""
AHEAD = timedelta(hours=24)
"""How far in the future a date is still a wrong zone or a wrong clock, not a wrong date."""

_MONTHS = {
    name: n
    for n, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_HALF = r"(?:\s*(?P<half>[ap]\.?m\.?(?![a-z])))?"
_CLOCK = rf"(?:,?\s*(?:at\s+)?(?P<hour>\d{{1,2}}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?{_HALF})"
_OFFSET = r"[+-]\d\d?:?\d\d|[+-]\d\d|(?:gmt|utc?)[+-]\d\d?(?::?\d\d)?"
# An offset may be followed by a name, which says no more: "+0000 UTC", "-0800 (PST)".
_ZONE = rf"(?:\s*(?P<zone>{_OFFSET}|[a-z]{{1,5}})(?:\s*(?:\([^()]*\)|[a-z]{{1,5}}))?)?"
_WEEKDAY = r"(?:[a-z]{2,9}\.?,?\s*)?"
_FLAGS = re.IGNORECASE | re.ASCII
# "Mon, 02 Jan 2006 15:04:05 GMT", "2-Jan-06 15:04"
_DAY_FIRST = re.compile(
    rf"{_WEEKDAY}{_DAY}[\s,-]*{_MONTH}[\s,-]*(?P<year>\d{{4}}|\d\d)(?:{_CLOCK}{_ZONE})?", _FLAGS
)
# "January 2, 2006 3:04 pm EST", "Jan 2 2006"
_MONTH_FIRST = re.compile(
    rf"{_WEEKDAY}{_MONTH}\s*{_DAY}\s*,?\s*(?P<year>\d{{4}})(?:{_CLOCK}{_ZONE})?", _FLAGS
)
# asctime: "Mon Jan  2 15:04:05 2006", some with a zone before the year
_YEAR_LAST = re.compile(
    rf"{_WEEKDAY}{_MONTH}\s*{_DAY}{_CLOCK}\s+(?:(?P<zone>[a-z]{{1,5}}|[+-]\d\d:?\d\d)\s+)?(?P<year>\d{{4}})",
    _FLAGS,
)
# "2006-01-02T15:04:05Z", "2006/1/2 15:04", "20060102T150405"
_YEAR_FIRST = re.compile(
    r"(?=\d{4}[-/.]|\d{8}(?!\d))(?P<year>\d{4})(?P<gap>[-/.]?)(?P<month>\d\d?)(?P=gap)(?P<day>\d\d?)"
    rf"(?:(?:\s*T\s*|\s)(?P<hour>\d\d?):?(?P<minute>\d\d)(?::?(?P<second>\d\d?)(?:[.,]\d+)?)?{_ZONE})?",
    _FLAGS,
)
_SHAPES = (_DAY_FIRST, _MONTH_FIRST, _YEAR_LAST)
_PLAIN = re.compile(r"\d{4}-\d\d-\d\dT(?!24)\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)", re.ASCII)

_MAIL = re.compile(
    r"[A-Z][a-z]{2}, (\d\d) ([A-Z][a-z]{2}) (\d{4}) ([01]\d|2[0-3]):([0-5]\d):([0-5]\d) "
    r"(?:GMT|UTC|Z|([+-](?:0\d|1[0-3]))([0-5]\d))",
    re.ASCII,
)
"""The two shapes that nearly all dates have, read without further ado."""

# Hours from UTC of the names that stand for one zone alone. IST is India, Israel and Ireland; AST, BST, CST, EST and
# PST are two or more as well, but RFC 822 gives CST, EST and PST (and their summers) to North America.
_ZONES = {
    **dict.fromkeys(("UT", "UTC", "GMT", "Z", "WET"), 0.0),
    **dict.fromkeys(("CET", "MEZ", "WEST", "WAT"), 1.0),
    **dict.fromkeys(("CEST", "MESZ", "EET", "SAST"), 2.0),
    **dict.fromkeys(("EEST", "MSK"), 3.0),
    "EST": -5.0,
    "EDT": -4.0,
    "CST": -6.0,
    "CDT": -5.0,
    "MST": -7.0,
    "MDT": -6.0,
    "PST": -8.0,
    "PDT": -7.0,
    "AKST": -9.0,
    "AKDT": -8.0,
    "HST": -10.0,
    **dict.fromkeys(("HKT", "SGT", "AWST"), 8.0),
    **dict.fromkeys(("JST", "KST"), 9.0),
    "ACST": 9.5,
    "ACDT": 10.5,
    "AEST": 10.0,
    "AEDT": 11.0,
    "NZST": 12.0,
    "NZDT": 13.0,
}
_FARTHEST_ZONE = 14.0
_WIDEST_SEEN = 60


class Moment(NamedTuple):
    """A point in time and how surely it is known.

    Attributes:
        at: in UTC; midnight where only the day is told, as it stands where no zone is.
        certainty: `moment` or `day`.
    """

    at: datetime
    certainty: Certainty


class Dated(NamedTuple):
    """When a document was published, and from when it could be known.

    Attributes:
        published_on: the day (UTC).
        first_seen: see `dated`.
        published_at: the moment (UTC); None where the source does not tell it with its zone.
        certainty: how surely the time of publication is known.
    """

    published_on: date
    first_seen: date
    published_at: datetime | None
    certainty: Certainty


class BadDate(Exception):  # noqa: N818 - named by what is wrong
    """No document can have this date.

    Attributes:
        reason: `bad_date` or `future_date`.
        seen: the date as it was sent; short.
        due: of a date ahead, the moment from which on a document can have it.
    """

    def __init__(self, reason: ItemDrop, seen: str, due: datetime | None = None) -> None:
        super().__init__(seen)
        self.reason = reason
        self.seen = seen
        self.due = due


def read_moment(text: str) -> Moment | None:
    """The moment that a text of a source tells, or None when it tells none for sure.

    A time without a zone, or with a name that several zones have, is read as UTC and its day alone is certain. Years
    of two digits are those of RFC 2822: 00 to 49 are 2000 to 2049. A weekday is not read: where it is wrong, the
    date is right. 24:00 is the next day; a second 60 is the 59th. A year or a month alone tells no day.

    >>> read_moment("Sun, 02 Jan 06 15:04:05 EST").at.isoformat()
    '2006-01-02T20:04:05+00:00'
    >>> read_moment("2006-01-02").certainty, read_moment("01/02/2006")
    (<Certainty.DAY: 'day'>, None)

    Source:
        RFC 822 section 5, RFC 2822 section 4.3, RFC 3339, W3C NOTE-datetime (1997).
    """
    text = folded(text)
    if _PLAIN.fullmatch(text):
        try:
            return Moment(datetime.fromisoformat(text).astimezone(UTC), Certainty.MOMENT)
        except (ValueError, OverflowError):
            return None
    if found := _MAIL.fullmatch(text):
        return _plain_mail(found)
    if not text or len(text) > LONGEST_DATE:
        return None
    for shape in (_YEAR_FIRST,) if text[:4].isdecimal() else _SHAPES:
        if found := shape.fullmatch(text):
            try:
                return _moment(found)
            except (ValueError, OverflowError):  # no such day, no such hour
                return None
    return None


def _plain_mail(found: re.Match[str]) -> Moment | None:
    day, month, year, hour, minute, second, ahead, minutes = found.groups()
    number = _MONTHS.get(month.lower())
    try:
        local = datetime(int(year), number or 0, int(day), int(hour), int(minute), int(second), tzinfo=UTC)
        if ahead and (ahead != "+00" or minutes != "00"):
            local -= timedelta(hours=int(ahead), minutes=int(f"{ahead[0]}{minutes}"))
    except (ValueError, OverflowError):  # no such day, no such hour
        return None
    return Moment(local, Certainty.MOMENT)


def _moment(found: re.Match[str]) -> Moment:
    parts = found.groupdict()
    day = datetime(_year(parts["year"]), _month(parts["month"]), int(parts["day"]), tzinfo=UTC)
    if parts["hour"] is None:
        return Moment(day, Certainty.DAY)
    hour, minute, second = int(parts["hour"]), int(parts["minute"]), int(parts["second"] or 0)
    if half := parts.get("half"):
        if not 1 <= hour <= 12:
            raise ValueError(hour)
        hour = hour % 12 + (12 if half[0] in "pP" else 0)
    if minute > 59 or second > 60 or hour > 24 or (hour == 24 and (minute or second)):
        raise ValueError(found[0])
    local = day + timedelta(hours=hour, minutes=minute, seconds=min(second, 59))
    zone = _zone(parts["zone"]) if parts["zone"] else None
    if zone is None:
        return Moment(local, Certainty.DAY)
    return Moment(local - zone, Certainty.MOMENT)


def _year(digits: str) -> int:
    year = int(digits)
    if len(digits) == 4:
        return year
    return year + (2000 if year < 50 else 1900)


def _month(word: str) -> int:
    return int(word) if word.isdecimal() else _MONTHS[word[:3].lower()]


def _zone(word: str) -> timedelta | None:
    """What is ahead of UTC; None for a name or an offset that no one zone has."""
    sign = word.find("+") if "+" in word else word.find("-")
    if sign < 0:
        hours = _ZONES.get(word.upper())
        return None if hours is None else timedelta(hours=hours)
    digits = word[sign + 1 :].replace(":", "")
    ahead, minutes = (int(digits), 0) if len(digits) <= 2 else (int(digits[:-2]), int(digits[-2:]))
    if minutes > 59 or ahead + minutes / 60 > _FARTHEST_ZONE:
        return None
    offset = timedelta(hours=ahead, minutes=minutes)
    return offset if word[sign] == "+" else -offset


def dated(published: str | datetime | None, reading: Reading, at: datetime) -> Dated:
    """The days of a document, from the date that its source gives.

    Without a date it is the moment of the fetch that counts. A date of up to 24 hours ahead is a wrong zone or a
    wrong clock: the item is there, so it was published by now.

    `first_seen` is the day from which a document could be known. What a source published before it was followed was
    there for everybody to see on its own day: a new source, whose first visit brings years at once, must not look
    like a burst on the day on which it was added. What comes later could be known on the day on which it was
    fetched: an outage of ours, or a source that dates its items back, must not claim to have known earlier.

    Args:
        published: as it was sent; a `datetime` without a zone tells its day alone. None or blank where there is none.
        reading: of the source; `followed_since` decides `first_seen`.
        at: the moment (UTC) of the fetch.

    Returns:
        The days; `first_seen` is never before `published_on`.

    Raises:
        BadDate: nobody can read it or it is before 1990 (`bad_date`), or more than a day ahead (`future_date`).

    >>> from nophantom.trends.documents import Family
    >>> source, fetched = Reading("https://a.org/feed", Family.FEED, "a"), datetime(2024, 5, 6, 7, tzinfo=UTC)
    >>> dated("2023-01-02T03:04:05Z", source, fetched).first_seen.isoformat()
    '2023-01-02'
    """
    moment = _told(published)
    if moment is None:
        return Dated(at.date(), at.date(), None, Certainty.SEEN)
    if moment.at < EARLIEST:
        told = f"{_seen(published)}, before {EARLIEST.year}: a clock that was never set"
        raise BadDate(ItemDrop.BAD_DATE, told)
    if moment.at > at + AHEAD:
        told = f"{_seen(published)}, read at {at:%Y-%m-%d %H:%M} UTC"
        raise BadDate(ItemDrop.FUTURE_DATE, told, moment.at - AHEAD)
    if moment.at > at:
        moment = Moment(at, Certainty.DAY)
    day = moment.at.date()
    seen = day if _was_there(moment, reading.followed_since) else max(day, at.date())
    sure = moment.certainty is Certainty.MOMENT
    return Dated(day, seen, moment.at if sure else None, moment.certainty)


def _told(published: str | datetime | None) -> Moment | None:
    if isinstance(published, datetime):
        if published.tzinfo is None:
            return Moment(published.replace(tzinfo=UTC), Certainty.DAY)
        try:
            return Moment(published.astimezone(UTC), Certainty.MOMENT)
        except OverflowError:
            raise BadDate(ItemDrop.BAD_DATE, _seen(published)) from None
    if published is None or not published.strip():
        return None
    moment = read_moment(published)
    if moment is None:
        raise BadDate(ItemDrop.BAD_DATE, _seen(published))
    return moment


def _was_there(moment: Moment, followed_since: datetime | None) -> bool:
    if followed_since is None:
        return True
    if moment.certainty is Certainty.MOMENT:
        return moment.at < followed_since
    return moment.at.date() < followed_since.date()  # on the very day nobody knows which came first


def _seen(published: str | datetime | None) -> str:
    text = published.isoformat() if isinstance(published, datetime) else storable(folded(published or ""))
    return f"date {text!r}" if len(text) <= _WIDEST_SEEN else f"date {text[: _WIDEST_SEEN - 4] + ' ...'!r}"
