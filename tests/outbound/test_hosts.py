from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nophantom.outbound.hosts import HostLimit, Hosts


class Clock:
    """Time that passes only when somebody waits; who waits for the earliest moment goes on first."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def pause(self, seconds: float) -> None:
        until = self.now + seconds
        await asyncio.sleep(0)
        self.now = max(self.now, until)


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 10))


@settings(max_examples=30)
@given(at_once=st.integers(1, 4), number=st.integers(1, 12))
def test_never_more_are_inside_than_allowed_and_everyone_gets_a_turn(at_once: int, number: int) -> None:
    async def work() -> None:
        hosts = Hosts(Clock())
        inside, most, done = 0, 0, 0

        async def one() -> None:
            nonlocal inside, most, done
            async with hosts.room("a.example", HostLimit(at_once)):
                inside += 1
                most = max(most, inside)
                await asyncio.sleep(0)
                inside -= 1
                done += 1

        await asyncio.gather(*(one() for _ in range(number)))
        assert (most, done) == (min(at_once, number), number)

    run(work())


def test_starts_are_kept_apart_over_all_hosts_of_a_group() -> None:
    async def work() -> None:
        clock = Clock()
        hosts = Hosts(clock, clock.pause)
        starts: list[float] = []
        for host in ("export.arxiv.org", "oaipmh.arxiv.org", "rss.arxiv.org", "arxiv.org"):
            async with hosts.room(host, HostLimit(1, 3.0)):
                starts.append(clock())
        assert starts == [0.0, 3.0, 6.0, 9.0]
        async with hosts.room("notarxiv.org", HostLimit(1, 3.0)):
            assert clock() == 9.0

    run(work())


def test_of_two_limits_the_stricter_holds_for_both() -> None:
    async def work() -> None:
        clock = Clock()
        hosts = Hosts(clock, clock.pause)
        async with hosts.room("a.example", HostLimit(4, 0.0)):
            pass
        async with hosts.room("a.example", HostLimit(1, 5.0)):
            pass
        async with hosts.room("a.example", HostLimit(4, 0.0)):
            assert clock() == 5.0
            waiting = asyncio.create_task(_enter(hosts, "a.example"))
            await asyncio.sleep(0.01)
            assert not waiting.done()
        await waiting

    run(work())


async def _enter(hosts: Hosts, host: str) -> None:
    async with hosts.room(host, HostLimit(4)):
        pass


def test_who_gives_up_waiting_leaves_no_place_taken() -> None:
    async def work() -> None:
        hosts = Hosts(Clock())
        async with hosts.room("a.example", HostLimit(1)):
            waiting = [asyncio.create_task(_enter(hosts, "a.example")) for _ in range(3)]
            await asyncio.sleep(0)
            waiting[0].cancel()
            await asyncio.sleep(0)
        waiting[1].cancel()  # in the same moment in which its turn comes
        await asyncio.gather(*waiting, return_exceptions=True)
        assert waiting[2].exception() is None
        await asyncio.wait_for(_enter(hosts, "a.example"), 1)

    run(work())


def test_a_host_rests_as_long_as_it_asked_and_a_shorter_word_changes_nothing() -> None:
    clock = Clock()
    hosts = Hosts(clock)
    assert hosts.closed_for("a.example") == 0.0
    hosts.close("a.example", 7_200.0)
    hosts.close("a.example", 5.0)
    clock.now = 200.0
    assert hosts.closed_for("a.example") == pytest.approx(7_000.0)
    assert hosts.closed_for("b.example") == 0.0
    clock.now = 7_200.0
    assert hosts.closed_for("a.example") == 0.0


def test_a_rest_does_not_change_how_many_are_let_in() -> None:
    async def work() -> None:
        hosts = Hosts(Clock())
        hosts.close("a.example", 0.0)
        async with hosts.room("a.example", HostLimit(2)), hosts.room("a.example", HostLimit(2)):
            third = asyncio.create_task(_enter(hosts, "a.example"))
            await asyncio.sleep(0.01)
            assert not third.done()
        await third

    run(work())
