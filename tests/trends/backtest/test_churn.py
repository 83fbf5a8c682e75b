"""Churn: what has left, what has come, and how long it stayed."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from tests.trends.backtest.planted import START

from nophantom.trends.backtest.churn import churn_of
from nophantom.trends.backtest.ranked_days import DayList


def days(*lists: str) -> list[DayList]:
    return [DayList(START + timedelta(days=n), tuple(each)) for n, each in enumerate(lists)]


def test_what_left_and_what_came_are_counted_against_what_was_listed() -> None:
    found = churn_of("ours", days("ab", "bc", "", "cd"), lags=(1, 2))

    assert [(lag.lag, lag.n_pairs, lag.listed, lag.left, lag.come) for lag in found.lags] == [
        (1, 3, 4, 3, 3),
        (2, 2, 4, 3, 1),
    ]
    assert found.lags[0].share == 0.75


def test_length_emptiness_and_stay_are_told() -> None:
    found = churn_of("ours", days("ab", "a", "", "ac"))

    assert (found.n_days, found.empty, found.median_length, found.topics) == (4, 1, 1.5, 3)
    assert found.median_stay == 1.0  # a: 2 and 1, b: 1, c: 1


def test_without_any_signal_shares_are_unknown_not_zero() -> None:
    found = churn_of("ours", days("", ""))

    assert found.median_stay is None
    assert [lag.share for lag in found.lags] == [None, None]


def test_pairs_of_which_a_day_was_not_replayed_are_left_out() -> None:
    found = churn_of("ours", [days("a", "b", "c")[0], days("a", "b", "c")[2]])

    assert found.lags[0].n_pairs == 0


@given(st.lists(st.sets(st.sampled_from("abcde")), min_size=2, max_size=15))
def test_what_stays_and_what_leaves_is_all_that_was_listed(lists: list[set[str]]) -> None:
    [lag] = churn_of("ours", days(*("".join(sorted(each)) for each in lists)), lags=(1,)).lags
    kept = sum(len(here & there) for here, there in pairwise(lists))

    assert lag.listed - lag.left == kept
    assert lag.listed - lag.left + lag.come == sum(map(len, lists[1:]))
