from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nophantom.trends.exchange import Hints, Trouble
from nophantom.trends.schedule import (
    DAY,
    LEAST,
    SPREAD,
    UNKNOWN,
    WEEK,
    SourceRhythm,
    degraded_because,
    is_due,
    next_check,
    rhythm_of,
)

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)  # a Friday
HOUR = 3_600.0

moments = st.integers(0, 7 * 10**9).map(lambda second: datetime.fromtimestamp(second, UTC))
seconds = st.one_of(st.none(), st.floats(0, 1e9))
rhythms = st.builds(SourceRhythm, st.one_of(st.none(), st.floats(0, 1e10)), st.one_of(st.none(), moments))
hints = st.builds(
    Hints,
    every=seconds,
    skip_hours=st.frozensets(st.integers(0, 23)),
    skip_days=st.frozensets(st.integers(0, 6)),
)


class Drawn(np.random.Generator):
    """Draws one number, always."""

    def __init__(self, value: float) -> None:
        super().__init__(np.random.PCG64(0))
        self._value = value

    def random(self, *_args: object, **_more: object) -> float:  # type: ignore[override]
        return self._value


def interval(
    rhythm: SourceRhythm | None = None,
    *,
    drawn: float = 0.0,
    every: float | None = None,
    least: float = LEAST,
    max_age: float | None = None,
    failures: int = 0,
    wait: float | None = None,
) -> float:
    """Seconds until the next visit."""
    moment = next_check(
        NOON,
        rhythm or SourceRhythm(),
        Hints(every=every),
        rng=Drawn(drawn),
        least=least,
        max_age=max_age,
        failures_in_row=failures,
        wait=wait,
    )
    return (moment - NOON).total_seconds()


def published(gap: float | None, ago: float = 0.0) -> SourceRhythm:
    return SourceRhythm(gap, NOON - timedelta(seconds=ago))


@given(
    now=moments,
    rhythm=rhythms,
    told=hints,
    least=st.floats(0, DAY),
    max_age=seconds,
    failures=st.integers(0, 10**6),
    wait=seconds,
    seed=st.integers(0, 3),
)
def test_whatever_a_source_says_it_is_visited_neither_too_soon_nor_never(
    now: datetime,
    rhythm: SourceRhythm,
    told: Hints,
    least: float,
    max_age: float | None,
    failures: int,
    wait: float | None,
    seed: int,
) -> None:
    moment = next_check(
        now,
        rhythm,
        told,
        rng=np.random.default_rng(seed),
        least=least,
        max_age=max_age,
        failures_in_row=failures,
        wait=wait,
    )
    away = (moment - now).total_seconds()
    assert away >= max(LEAST, least, min(DAY, told.every or 0), min(DAY, max_age or 0), wait or 0) - 1e-3
    # A closed week has at most six days and 23 hours to wait for the next open hour, and the hour itself.
    closed = WEEK if told.skip_hours or told.skip_days else 0.0
    assert away <= max(WEEK, (wait or 0.0) + SPREAD * WEEK) + closed + 1e-3
    if len(told.skip_hours) < 24 and len(told.skip_days) < 7:
        assert moment.hour not in told.skip_hours
        assert moment.weekday() not in told.skip_days


@pytest.mark.parametrize(
    ("rhythm", "expected"),
    [
        (SourceRhythm(), UNKNOWN),
        (published(None), UNKNOWN),
        (published(0.0), LEAST),  # all of it at once
        (published(60.0), LEAST),
        (published(2 * HOUR), HOUR),
        (published(DAY), DAY / 2),
        (published(10 * DAY), DAY),  # living: every day
        (published(2 * HOUR, ago=5 * DAY), DAY / 2),  # silent for five days: half a day
        (published(DAY, ago=29 * DAY), DAY),
        (published(DAY, ago=40 * DAY), 4 * DAY),
        (published(DAY, ago=4_000 * DAY), WEEK / (1 + SPREAD)),
        (published(2 * HOUR, ago=-5 * DAY), HOUR),  # dated in the future
    ],
)
def test_a_source_is_visited_twice_as_often_as_it_publishes_and_rarely_when_silent(
    rhythm: SourceRhythm, expected: float
) -> None:
    assert interval(rhythm) == pytest.approx(expected)


def test_what_a_source_asks_for_is_the_least_and_counts_up_to_a_day() -> None:
    busy = published(60.0)
    assert interval(busy, every=2 * HOUR) == pytest.approx(2 * HOUR)
    assert interval(busy, max_age=3 * HOUR, every=HOUR) == pytest.approx(3 * HOUR)
    assert interval(busy, least=DAY) == pytest.approx(DAY)
    assert interval(busy, max_age=365 * DAY) == pytest.approx(DAY)
    assert interval(busy, every=1.0, max_age=0.0) == pytest.approx(LEAST)


def test_failures_double_the_interval_up_to_a_day() -> None:
    steps = [interval(published(60.0), failures=number) for number in (1, 2, 3, 7, 8, 500)]
    assert steps == pytest.approx([LEAST, 2 * LEAST, 4 * LEAST, 64 * LEAST, DAY, DAY])


def test_a_source_that_fails_is_asked_again_sooner_than_a_silent_one() -> None:
    silent = published(DAY, ago=400 * DAY)
    assert interval(silent, failures=1) == pytest.approx(LEAST)


def test_a_wait_is_obeyed_in_full_however_long() -> None:
    assert interval(wait=30.0) == pytest.approx(UNKNOWN)
    for wait in (5 * HOUR, 400 * DAY):
        assert interval(wait=wait) == pytest.approx(wait)
        assert interval(wait=wait, failures=1, drawn=0.999) >= wait


def test_ten_thousand_sources_that_were_due_together_drift_apart() -> None:
    rng = np.random.default_rng(7)
    times = [next_check(NOON, published(DAY), Hints(), rng=rng).timestamp() for _ in range(10_000)]
    per_minute = np.histogram(times, bins=np.arange(min(times), max(times) + 60, 60))[0]
    assert max(times) - min(times) > 0.09 * DAY / 2
    assert per_minute.max() < 250  # 139 on average


def test_hours_and_days_without_news_are_passed_over() -> None:
    def moment(**closed: frozenset[int]) -> datetime:
        return next_check(NOON, published(2 * HOUR), Hints(**closed), rng=Drawn(0.0))  # type: ignore[arg-type]

    assert moment() == NOON + timedelta(hours=1)
    assert moment(skip_hours=frozenset({13, 14})) == NOON.replace(hour=15)
    assert moment(skip_hours=frozenset(range(13, 24))) == NOON.replace(day=3, hour=0)
    assert moment(skip_days=frozenset({4})) == NOON.replace(day=3, hour=0)
    assert moment(skip_days=frozenset({4, 5, 6}), skip_hours=frozenset({0})) == NOON.replace(day=5, hour=1)
    assert moment(skip_days=frozenset(range(7))) == moment()  # who closes always is not taken at their word
    assert moment(skip_hours=frozenset(range(24))) == moment()


def test_a_rhythm_is_the_median_gap_of_the_newest_items() -> None:
    days = [NOON - timedelta(days=number) for number in (3, 1, 2, 40)]
    assert rhythm_of(days, NOON) == SourceRhythm(DAY, NOON - timedelta(days=1))
    assert rhythm_of([], NOON) == SourceRhythm()
    assert rhythm_of([NOON], NOON) == SourceRhythm(None, NOON)
    assert rhythm_of([NOON, NOON.replace(year=2030)], NOON) == SourceRhythm(None, NOON)
    old = [NOON - timedelta(days=1_000 + number * 50) for number in range(500)]
    hourly = [NOON - timedelta(hours=number) for number in range(20)]
    assert rhythm_of(old + hourly, NOON).gap == HOUR


@given(now=moments, away=st.floats(-1e9, 1e9), since=st.floats(0, 1e9))
def test_a_source_is_due_exactly_from_its_moment_on_while_clocks_go_right(
    now: datetime, away: float, since: float
) -> None:
    try:
        next_at, last_at = now + timedelta(seconds=away), now - timedelta(seconds=since)
    except OverflowError:
        return
    assert is_due(now, next_at, last_at) is (next_at <= now)


def test_a_source_that_never_was_visited_is_due() -> None:
    assert is_due(NOON, None, None)
    assert not is_due(NOON, NOON + timedelta(hours=1), None)
    assert is_due(NOON, NOON + timedelta(days=3_000), None)


@given(jump=st.floats(2 * HOUR, 1e9), seed=st.integers(0, 5))
def test_a_clock_that_was_ahead_and_is_set_right_leaves_no_source_behind(jump: float, seed: int) -> None:
    wrong = NOON + timedelta(seconds=jump)
    planned = next_check(wrong, published(DAY), Hints(), rng=np.random.default_rng(seed))
    assert is_due(NOON, planned, wrong)


@given(jump=st.floats(0, 1e9), seed=st.integers(0, 5))
def test_a_clock_that_was_behind_and_is_set_right_leaves_no_source_behind(jump: float, seed: int) -> None:
    wrong = NOON - timedelta(seconds=jump + WEEK)
    planned = next_check(wrong, published(None), Hints(), rng=np.random.default_rng(seed))
    assert is_due(NOON, planned, wrong)


def test_a_long_wait_is_no_wrong_clock() -> None:
    planned = next_check(NOON, published(DAY), Hints(), wait=60 * DAY, rng=np.random.default_rng(0))
    assert not is_due(NOON + timedelta(days=59), planned, NOON)
    assert not is_due(NOON - timedelta(minutes=1), planned, NOON)  # set back a little, as clocks are


@pytest.mark.parametrize(
    ("told", "because"),
    [
        ({"trouble": None}, None),
        ({"trouble": Trouble.GONE, "failures_in_row": 1}, "gone: it says that it is no more"),
        (
            {"trouble": Trouble.TLS, "failures_in_row": 1, "last_success": NOON - timedelta(hours=2)},
            "tls: the last visit failed, the last good one was 2026-01-02 10:00 UTC",
        ),
        (
            {"trouble": Trouble.SERVER_ERROR, "failures_in_row": 9},
            "server_error: 9 visits in a row failed, none has gone well yet",
        ),
        (
            {"trouble": Trouble.RATE_LIMITED, "failures_in_row": 1, "wait_until": NOON + timedelta(hours=2)},
            "rate_limited: its host asked to be left alone until 2026-01-02 14:00 UTC",
        ),
        (
            {"trouble": Trouble.RATE_LIMITED, "failures_in_row": 1, "wait_until": NOON - timedelta(hours=2)},
            "rate_limited: the last visit failed, none has gone well yet",
        ),
        ({"trouble": Trouble.INCOMPLETE}, "incomplete: it says itself that more should be there"),
    ],
)
def test_a_source_that_is_not_well_says_why(told: dict[str, object], because: str | None) -> None:
    assert degraded_because(NOON, published(DAY), **told) == because  # type: ignore[arg-type]


def test_a_source_that_fell_silent_is_told_and_one_that_is_always_slow_is_not() -> None:
    def because(gap: float | None, ago: float) -> str | None:
        return degraded_because(NOON, published(gap, ago), trouble=None)

    assert because(DAY, 41 * DAY) == "silent: its newest item is 41 days old, usually one every 24 hours"
    assert because(0.0, 30 * DAY) == "silent: its newest item is 30 days old"
    assert because(30 * DAY, 41 * DAY) is None
    assert because(HOUR, 2 * DAY) is None
    assert because(None, 400 * DAY) is None
