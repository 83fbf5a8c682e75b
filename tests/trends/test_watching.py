"""Collecting for ever: on through any failure, and a clean end when it is told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from tests.trends.collecting_home import Home, news
from tests.trends.fault_server import fault_server

from nophantom.errors import Unavailable
from nophantom.trends import collecting
from nophantom.trends.archive.source_rows import SourceRow
from nophantom.trends.archive.visit_records import Visit, VisitBooks
from nophantom.trends.archive.visits import record_visits
from nophantom.trends.collecting import Collected, Watching
from nophantom.trends.exchange import SourceProtocol
from nophantom.trends.visiting import visit

PATIENCE = 60.0


@pytest.fixture
def home(sqlite_engine: Engine) -> Iterator[Home]:
    with fault_server() as server:
        yield Home(sqlite_engine, server)


def watch(home: Home, *, rounds: int, **more: Any) -> tuple[int, list[Collected], list[Exception]]:
    """Watch until so many rounds brought visits; the clock goes on a day after each."""
    brought: list[Collected] = []
    trouble: list[Exception] = []

    async def work() -> int:
        stop = asyncio.Event()

        def on_round(done: Collected, next_at: datetime | None) -> None:
            assert next_at is not None
            brought.append(done)
            home.clock.forward(days=3)
            if len(brought) == rounds:
                stop.set()

        watching = Watching(
            home.collecting(), 0.01, 0.01, on_round=on_round, on_trouble=trouble.append, **more
        )
        return await asyncio.wait_for(watching.watch(stop), PATIENCE)

    return asyncio.run(work()), brought, trouble


def test_what_is_due_is_visited_again_and_again_until_it_is_told_to_stop(home: Home) -> None:
    home.play("/f", news("a"), news("b", "a"), news("c", "b", "a"))
    home.follow("/f", "/status/500")
    number, brought, trouble = watch(home, rounds=3)
    assert (number, [done.documents for done in brought], trouble) == (3, [1, 1, 1], [])
    assert [done.failed for done in brought] == [1, 1, 1]
    assert home.violations() == []


def test_a_store_that_fails_for_a_round_is_told_and_the_next_round_brings_what_was_due(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.follow(*(f"/feed/{n}" for n in range(30)))
    failed: list[int] = []

    def fails(session: Session, visits: Sequence[Visit]) -> list[VisitBooks]:
        if len(failed) < 2:
            failed.append(len(visits))
            raise Unavailable("the database cannot be used: disk I/O error.")
        return record_visits(session, visits)

    monkeypatch.setattr(collecting, "record_visits", fails)
    _, (done,), trouble = watch(home, rounds=1)
    assert [str(problem) for problem in trouble] == ["the database cannot be used: disk I/O error."] * 2
    assert (done.visits, done.documents) == (30, 300)
    assert home.count("fetch") == 30
    assert home.violations() == []


def test_a_store_that_fails_while_many_visits_wait_for_it_ends_the_round_and_hangs_nothing(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The room before the writer is small, and full: who waits there must not wait for ever."""
    home.follow(*(f"/feed/{n}" for n in range(150)))

    def fails(_session: Session, _visits: Sequence[Visit]) -> list[VisitBooks]:
        raise Unavailable("the disk is full.")

    monkeypatch.setattr(collecting, "record_visits", fails)
    monkeypatch.setattr(collecting, "TOGETHER", 1)

    async def work() -> Collected:
        one = home.collecting(at_once=64)
        async with one.fetcher:
            return await asyncio.wait_for(one.collect_open(), PATIENCE)

    with pytest.raises(Unavailable, match="the disk is full"):
        asyncio.run(work())
    assert home.count("fetch") == 0


def test_a_fault_of_what_is_done_between_two_rounds_is_told_and_costs_no_round(home: Home) -> None:
    home.follow("/ok")

    def between(_fetcher: object) -> None:
        raise RuntimeError("no leads today")

    _, brought, trouble = watch(home, rounds=2, between=between)
    assert len(brought) == 2
    assert {str(problem) for problem in trouble} == {"no leads today"}


def test_what_was_visited_when_it_is_told_to_stop_is_written(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "SECONDS_TOGETHER", 600.0)
    monkeypatch.setattr(collecting, "TOGETHER", 10_000)
    home.follow("/ok", "/feed/1", "/hang")
    over: list[str] = []

    async def told(source: SourceRow, *given: Any, **more: Any) -> AsyncIterator[Visit]:
        async for part in visit(source, *given, **more):
            yield part
        over.append(source.address)

    monkeypatch.setattr(collecting, "visit", told)

    async def work() -> int:
        stop = asyncio.Event()
        watching = asyncio.create_task(Watching(home.collecting(), 0.01, 0.01).watch(stop))
        while len(over) < 2 or not home.server.asked["/hang"]:
            await asyncio.sleep(0.005)
        stop.set()
        return await asyncio.wait_for(watching, PATIENCE)

    asyncio.run(work())
    assert home.ask("SELECT count(*) FROM document") == [(20,)]
    assert home.ask("SELECT path FROM \"fetch\" WHERE path LIKE '%hang'") == []
    assert home.violations() == []


def test_a_source_that_nobody_here_visits_is_waited_for_without_a_busy_loop(home: Home) -> None:
    home.follow("https://searx.example/", protocol=SourceProtocol.SEARXNG)
    looks: list[int] = []

    async def work() -> None:
        stop = asyncio.Event()

        def between(_fetcher: object) -> None:
            if not looks:  # counted from the first look on, however long that took
                asyncio.get_running_loop().call_later(0.3, stop.set)
            looks.append(1)

        await Watching(home.collecting(), 60.0, between=between).watch(stop)

    asyncio.run(work())
    assert len(looks) == 1
