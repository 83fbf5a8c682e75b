"""Histories in weeks: nothing is lost but days before the first whole week, and a gap is no zero."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nophantom.trends.history import HistoryDay
from nophantom.trends.weeks import weeks_of

START = date(2031, 1, 1)


def a_day(age: int, stories: int | None, read: int = 10) -> HistoryDay:
    told = None if stories is None else 0.5
    return HistoryDay(START + timedelta(days=age), stories, told, 0 if stories is None else read)


def test_the_last_week_ends_with_the_last_day_and_a_week_of_outage_is_unknown() -> None:
    history = [a_day(n, 1) for n in range(3)] + [a_day(n, None) for n in range(3, 10)]
    history += [a_day(10, None), *(a_day(n, 2) for n in range(11, 17))]
    outage, last = weeks_of(history)

    assert (outage.stories, outage.expected, outage.read, outage.per_thousand) == (None, None, 0, None)
    assert (last.ends, last.stories, last.expected, last.read) == (START + timedelta(days=16), 12, 3.0, 60)
    assert last.per_thousand == pytest.approx(200)


@given(st.lists(st.none() | st.integers(0, 9), max_size=120))
def test_weeks_hold_every_story_of_their_days(counts: list[int | None]) -> None:
    history = [a_day(n, stories) for n, stories in enumerate(counts)]
    weeks = weeks_of(history)
    kept = counts[len(counts) % 7 :]

    assert len(weeks) == len(counts) // 7
    assert sum(w.stories or 0 for w in weeks) == sum(n or 0 for n in kept)
    assert sum(w.read for w in weeks) == 10 * sum(n is not None for n in kept)
    assert [w.ends for w in weeks] == [d.day for d in history[len(counts) % 7 + 6 :: 7]]
