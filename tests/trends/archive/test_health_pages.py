"""The health of a source tells the truth about its visits, and the sums are those of all sources."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, update
from tests.trends.followed_world import (
    ALPHA,
    AT,
    BEGAN,
    BETA,
    BROKEN_FROM,
    DAYS,
    DELTA,
    GAMMA,
    followed_world,
    post,
    visited,
)

from nophantom.errors import NotFound
from nophantom.store.engine import reading, writing
from nophantom.trends.archive import health_pages
from nophantom.trends.archive.health_pages import SourceHealthPage, page_visits, read_health, sum_sources
from nophantom.trends.archive.source_rows import VisitRow
from nophantom.trends.archive.source_tables import FetchOutcome, SourceHealth, SourceState
from nophantom.trends.archive.visits import record_visits
from nophantom.trends.documents import ItemDrop
from nophantom.trends.exchange import SourceProtocol, Trouble


def health(engine: Engine, number: int, **later: float) -> SourceHealthPage:
    with reading(engine) as session:
        return read_health(session, number, at=AT + timedelta(**later))


def test_a_source_that_is_well_has_no_trouble_and_tells_each_day(world: Engine) -> None:
    page = health(world, ALPHA)
    assert (page.degraded, page.success_rate, page.troubles) == (None, 1.0, ())
    assert (page.visits, page.went_well) == (DAYS, DAYS)
    assert len(page.days) == health_pages.DAYS
    assert page.days[0].day == page.first == AT.date() - timedelta(days=29)
    assert sum(day.documents or 0 for day in page.days) == DAYS
    assert [day.duplicates for day in page.days if day.visits][:3] == [0, 1, 1]
    assert page.drops == {ItemDrop.BAD_DATE: 1}
    assert page.source.last_new_at is not None


def test_a_day_without_a_visit_is_unknown_and_no_zero(world: Engine) -> None:
    before = [day for day in health(world, ALPHA).days if day.day < BEGAN.date()]
    assert {(d.visits, d.documents, d.duplicates, d.drops) for d in before} == {(0, None, None, None)}
    failing = [day for day in health(world, BETA).days if day.failed]
    assert {(d.visits, d.documents, d.drops) for d in failing} == {(1, 0, 0)}


def test_a_source_that_fails_says_since_when_how_often_and_why(world: Engine) -> None:
    page = health(world, BETA)
    failed = DAYS - BROKEN_FROM
    (trouble,) = page.troubles
    assert (trouble.trouble, trouble.visits, trouble.told) == (
        Trouble.TIMEOUT,
        failed,
        "no answer in 60 seconds",
    )
    assert trouble.last_at == AT
    assert page.success_rate == BROKEN_FROM / DAYS
    assert page.degraded == (
        f"timeout: {failed} visits in a row failed, the last good one was "
        f"{BEGAN + timedelta(days=BROKEN_FROM - 1):%Y-%m-%d %H:%M} UTC"
    )


def test_older_visits_leave_the_sums_and_stay_in_the_list(world: Engine) -> None:
    page = health(world, BETA, days=40)
    assert (page.visits, page.success_rate, page.troubles, page.drops) == (0, None, (), {})
    assert len(page.last_visits) == DAYS
    assert page.last_visits[0].started_at == AT


def test_what_is_not_visited_is_not_called_degraded(world: Engine) -> None:
    assert health(world, GAMMA).degraded is None
    assert health(world, GAMMA).source.state_why == "too much noise"
    never = health(world, DELTA)
    assert (never.degraded, never.success_rate, never.last_visits) == (None, None, ())


def test_a_source_that_fell_silent_says_so(world: Engine) -> None:
    assert str(health(world, ALPHA, days=20).degraded).startswith("silent: its newest item is 20 days old")


def test_a_long_visit_that_is_written_in_parts_is_one_visit(sqlite_engine: Engine) -> None:
    followed_world(sqlite_engine)
    at = AT + timedelta(hours=6)
    parts = [visited(ALPHA, at, [post(f"https://alpha.example/long/{n}", "Long", at)]) for n in (1, 2)]
    with writing(sqlite_engine) as session:
        record_visits(session, [replace(parts[0], health=None), replace(parts[1], part=2)])
    page = health(sqlite_engine, ALPHA, hours=7)
    assert (page.visits, page.went_well) == (DAYS + 1, DAYS + 1)
    assert (page.days[-1].visits, page.days[-1].documents) == (2, 3)
    with reading(sqlite_engine) as session:
        summed = sum_sources(session, at=AT + timedelta(hours=7)).day
    assert (summed.visits, summed.documents) == (4, 3)


def test_visits_are_paged_the_latest_first_with_their_books(world: Engine) -> None:
    found: list[VisitRow] = []
    cursor = None
    with reading(world) as session:
        while True:
            page = page_visits(session, ALPHA, limit=4, cursor=cursor)
            found += page.items
            cursor = page.next_cursor
            if cursor is None:
                break
        assert page_visits(session, BETA, outcome=[FetchOutcome.FAILED]).total == DAYS - BROKEN_FROM
        assert page_visits(session, DELTA).items == ()
    assert [visit.started_at for visit in found] == [AT - timedelta(days=n) for n in range(DAYS)]
    assert all(visit.items == visit.documents + visit.duplicates + visit.drops for visit in found)
    assert (found[-2].documents, found[-2].duplicates, found[-2].drops) == (1, 1, 1)


def test_all_sources_in_sums(world: Engine) -> None:
    with reading(world) as session:
        told = sum_sources(session, at=AT + timedelta(minutes=1))
    assert told.by_state == {SourceState.ACTIVE: 4, SourceState.DISABLED: 1}
    assert told.by_protocol == {SourceProtocol.FEED: 4, SourceProtocol.HACKER_NEWS_ALGOLIA: 1}
    assert (told.due, told.failing, told.by_trouble) == (1, 1, {Trouble.TIMEOUT: 1})  # delta is due
    assert told.next_at == BEGAN
    day = told.day
    assert (day.visits, day.fetched, day.unchanged, day.failed) == (3, 2, 0, 1)
    assert (day.items, day.documents, day.duplicates, day.drops) == (4, 1, 2, 1)


def test_an_empty_store_has_sums_too(sqlite_engine: Engine) -> None:
    with reading(sqlite_engine) as session:
        told = sum_sources(session, at=AT)
    assert (told.by_state, told.due, told.next_at, told.day.visits, told.day.items) == ({}, 0, None, 0, 0)


def test_a_host_that_asked_for_a_pause_says_until_when(sqlite_engine: Engine) -> None:
    followed_world(sqlite_engine)
    with writing(sqlite_engine) as session:
        session.execute(
            update(SourceHealth)
            .where(SourceHealth.source_id == BETA)
            .values(
                trouble=Trouble.RATE_LIMITED,
                next_at=AT + timedelta(days=3),
                rest_until=AT + timedelta(days=2),
            )
        )
    assert health(sqlite_engine, BETA).degraded == (
        "rate_limited: its host asked to be left alone until 2026-01-23 12:00 UTC"
    )


@pytest.mark.parametrize("number", [10**6, 10**15])
def test_a_source_that_is_not_there_is_told(world: Engine, number: int) -> None:
    with reading(world) as session:
        with pytest.raises(NotFound, match=f"no source {number}\\."):
            read_health(session, number, at=AT)
        with pytest.raises(NotFound):
            page_visits(session, number)
