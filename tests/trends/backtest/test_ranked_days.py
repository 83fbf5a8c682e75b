"""Lists of days: their lengths, their order, and cutting one to the length of another."""

from __future__ import annotations

from datetime import date

import pytest

from nophantom.errors import InvalidInput
from nophantom.trends.backtest.ranked_days import DayList, cut, in_order, lengths_of

FIRST, SECOND = DayList(date(2031, 1, 1), ("a", "b", "c"), ("w",)), DayList(date(2031, 1, 2), ("d",))


def test_a_peer_is_cut_to_the_length_of_ours_day_by_day_and_has_no_watch_list() -> None:
    lengths = lengths_of([SECOND, FIRST._replace(signals=("x", "y"))])

    assert list(cut([FIRST, SECOND], lengths)) == [
        DayList(FIRST.as_of, ("a", "b")),
        DayList(SECOND.as_of, ("d",)),
    ]


def test_a_day_that_we_did_not_replay_is_left_out_of_the_peer() -> None:
    assert list(cut([FIRST, SECOND], lengths_of([FIRST]))) == [DayList(FIRST.as_of, FIRST.signals)]


def test_days_are_read_in_order_of_time() -> None:
    assert in_order([SECOND, FIRST]) == (FIRST, SECOND)


@pytest.mark.parametrize(
    ("days", "said"), [([], "at least one"), ([FIRST, FIRST], "2031-01-01 was given twice")]
)
def test_no_day_and_a_day_given_twice_are_refused(days: list[DayList], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        in_order(days)
