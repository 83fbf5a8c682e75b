"""Dates of sources become moments in UTC, and documents get the right days."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nophantom.trends.documents import Certainty, Family, ItemDrop
from nophantom.trends.exchange import Reading
from nophantom.trends.moments import LONGEST_DATE, BadDate, dated, read_moment

AT = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
NAIVE = AT.replace(tzinfo=None)
NEW = Reading("https://a.example.org/feed", Family.FEED, "a")
FOLLOWED = replace(NEW, followed_since=datetime(2026, 11, 1, 9, tzinfo=UTC))


def moment(text: str) -> tuple[str, str]:
    found = read_moment(text)
    assert found is not None, text
    return found.at.strftime("%Y-%m-%d %H:%M:%S"), found.certainty.value


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("Mon, 02 Jan 2006 15:04:05 GMT", "2006-01-02 15:04:05"),
        ("Mon, 02 Jan 2006 15:04:05 -0730", "2006-01-02 22:34:05"),
        ("2 Jan 06 15:04 EST", "2006-01-02 20:04:00"),
        ("Sun, 02 Jan 2006 15:04:05 Z", "2006-01-02 15:04:05"),  # it was a Monday
        ("Mon,2 January 2006 15:04:05 +0000 (UTC)", "2006-01-02 15:04:05"),
        ("Mon, 02 Jan 99 15:04:05 CEST", "1999-01-02 13:04:05"),
        ("Mon, 02 Jan 2006 15:04:60 GMT", "2006-01-02 15:04:59"),
        ("Mon, 02 Jan 2006 24:00:00 GMT", "2006-01-03 00:00:00"),
        ("Mon Jan  2 15:04:05 PST 2006", "2006-01-02 23:04:05"),
        ("January 2, 2006 3:04 p.m. UTC", "2006-01-02 15:04:00"),
        ("Sat, Dec 16 2023 12:02:33 AM GMT", "2023-12-16 00:02:33"),
        ("2006-01-02T15:04:05Z", "2006-01-02 15:04:05"),
        ("2006-01-02t15:04:05.1234567+01:00", "2006-01-02 14:04:05"),
        ("2006-01-02 15:04:05 +0000 UTC", "2006-01-02 15:04:05"),
        ("2006-01-02T15:04Z", "2006-01-02 15:04:00"),
        ("20060102T150405Z", "2006-01-02 15:04:05"),
        (" 2006-01-02T12:35:9+01 ", "2006-01-02 11:35:09"),
    ],
)
def test_a_time_with_its_zone_is_a_moment(text: str, at: str) -> None:
    assert moment(text) == (at, "moment")


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2006-01-02", "2006-01-02 00:00:00"),
        ("02 Jan 2006", "2006-01-02 00:00:00"),
        ("Monday, January 2nd, 2006", "2006-01-02 00:00:00"),
        ("Mon, 02 Jan 2006 15:04:05", "2006-01-02 15:04:05"),
        ("2006/1/2 15:04", "2006-01-02 15:04:00"),
        ("Mon, 02 Jan 2006 15:04:05 IST", "2006-01-02 15:04:05"),  # India, Israel, Ireland
        ("Mon, 02 Jan 2006 15:04:05 +2400", "2006-01-02 15:04:05"),
    ],
)
def test_without_one_certain_zone_only_the_day_is_certain(text: str, at: str) -> None:
    assert moment(text) == (at, "day")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2006",
        "2006-01",
        "01/02/2006",
        "2006012",
        "1136214245",
        "Thu, 31 Feb 2006 10:00:00 GMT",
        "2006-01-02T25:00:00Z",
        "2006-13-02T10:00:00Z",
        "Mon, 02 Jan 2006 15:61:05 GMT",
        "Mon, 02 Abc 2006 15:04:05 GMT",
        "January 2, 2006 13:04 pm",
        "9999-12-31T23:59:59-10:00",
        "2006-01-02T15:04:05Z" + " " + "x" * LONGEST_DATE,
    ],
)
def test_what_tells_no_one_day_is_not_read(text: str) -> None:
    assert read_moment(text) is None


@given(
    st.datetimes(NAIVE.replace(year=1990), NAIVE.replace(year=2049)),
    st.integers(-13 * 60, 13 * 60),
)
def test_every_moment_that_the_standards_can_write_is_read_back(naive: datetime, minutes: int) -> None:
    told = naive.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    for text in (format_datetime(told), told.isoformat(), told.strftime("%d %b %y %H:%M:%S %z")):
        found = read_moment(text)
        assert found is not None
        assert (found.at, found.certainty) == (told, Certainty.MOMENT)


@given(st.text(max_size=120))
def test_no_text_makes_it_fail(text: str) -> None:
    found = read_moment(text)
    assert found is None or found.at.tzinfo is UTC


def test_without_a_date_the_moment_of_the_fetch_counts() -> None:
    for sent in (None, "", "  "):
        assert dated(sent, NEW, AT) == (AT.date(), AT.date(), None, Certainty.SEEN)


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ("soon", ItemDrop.BAD_DATE),
        ("Thu, 01 Jan 1970 00:00:00 GMT", ItemDrop.BAD_DATE),
        ("0001-01-01T00:00:00Z", ItemDrop.BAD_DATE),
        (datetime(1989, 12, 31, tzinfo=UTC), ItemDrop.BAD_DATE),
        ("2026-11-23T12:30:01Z", ItemDrop.FUTURE_DATE),
        ("2103-12-13T18:30:02Z", ItemDrop.FUTURE_DATE),
    ],
)
def test_a_date_that_cannot_be_is_a_drop_that_shows_it(sent: str | datetime, reason: ItemDrop) -> None:
    with pytest.raises(BadDate) as refused:
        dated(sent, NEW, AT)
    assert refused.value.reason is reason
    assert str(sent)[:4] in refused.value.seen


def test_a_long_date_is_shown_in_short() -> None:
    with pytest.raises(BadDate, match=r"^date 'x{56} \.\.\.'$"):
        dated("x" * 5_000, NEW, AT)


def test_up_to_a_day_ahead_is_a_wrong_clock_and_means_now() -> None:
    for ahead in ("2026-11-22T12:30:01Z", "2026-11-23T12:30:00Z", "2026-11-23"):
        assert dated(ahead, NEW, AT) == (AT.date(), AT.date(), None, Certainty.DAY)


def test_what_was_there_before_the_source_was_followed_was_seen_on_its_own_day() -> None:
    for reading in (NEW, FOLLOWED):
        found = dated("2026-10-03T08:00:00Z", reading, AT)
        assert found.published_on == found.first_seen == date(2026, 10, 3)
        assert found.published_at == datetime(2026, 10, 3, 8, tzinfo=UTC)


def test_what_came_later_is_seen_on_the_day_of_the_fetch() -> None:
    assert dated("2026-11-01T09:00:00Z", FOLLOWED, AT).first_seen == AT.date()
    assert dated("2026-11-01T08:59:59Z", FOLLOWED, AT).first_seen == date(2026, 11, 1)
    assert dated("2026-11-01", FOLLOWED, AT).first_seen == AT.date()  # before or after: nobody knows
    assert dated("2026-10-31", FOLLOWED, AT).first_seen == date(2026, 10, 31)


def test_a_datetime_without_a_zone_tells_its_day_alone() -> None:
    found = dated(datetime(2026, 11, 3, 23, 59), NEW, AT)  # noqa: DTZ001 - that is the point
    assert (found.published_on, found.published_at, found.certainty) == (
        date(2026, 11, 3),
        None,
        Certainty.DAY,
    )


@given(
    st.datetimes(NAIVE.replace(year=1980), NAIVE.replace(year=2030), timezones=st.just(UTC)),
    st.booleans(),
)
def test_no_document_was_seen_before_it_was_published_or_after_the_fetch(at: datetime, is_new: bool) -> None:
    try:
        found = dated(at, NEW if is_new else FOLLOWED, AT)
    except BadDate:
        return
    assert found.published_on <= found.first_seen <= AT.date()


def test_a_date_that_no_clock_ever_showed_and_one_that_will_come_say_what_was_seen() -> None:
    source = Reading("https://a.org/feed", Family.FEED, "a")
    at = datetime(2026, 1, 2, 12, tzinfo=UTC)
    with pytest.raises(
        BadDate, match=r"^date '1970-01-01', before 1990: a clock that was never set$"
    ) as never:
        dated("1970-01-01", source, at)
    assert (never.value.reason, never.value.due) == (ItemDrop.BAD_DATE, None)
    with pytest.raises(BadDate, match="2100") as ahead:
        dated("2100-03-01T00:00:00Z", source, at)
    assert ahead.value.due == datetime(2100, 2, 28, tzinfo=UTC)
