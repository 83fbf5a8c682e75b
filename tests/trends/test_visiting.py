"""One visit by a protocol that is made up: its parts, its limits, what is asked once more, what is remembered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from tests.trends.archive.test_visits import item
from tests.trends.collecting_home import NOON, Clock, fetcher
from tests.trends.fault_server import FaultServer, Sent, fault_server

from nophantom.trends import visiting
from nophantom.trends.archive.source_rows import SourceRow
from nophantom.trends.archive.source_tables import FetchOutcome, SourceState
from nophantom.trends.archive.visit_records import Visit
from nophantom.trends.documents import Family, ItemDrop
from nophantom.trends.exchange import (
    Answer,
    Ask,
    Hints,
    Protocol,
    Reading,
    Refusal,
    SourceProtocol,
    Step,
    Trouble,
)
from nophantom.trends.visiting import visit

Read = Callable[[Reading, Ask, Answer], Step]


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with fault_server() as running:
        yield running


@pytest.fixture
def source(server: FaultServer) -> SourceRow:
    server.asked.clear()
    plain: Mapping[str, object] = dict.fromkeys(SourceRow.__dataclass_fields__)
    return replace(
        SourceRow(**plain),  # type: ignore[arg-type]
        id=1,
        address=server.url("/ok"),
        family=Family.FEED,
        protocol=SourceProtocol.FEED,
        kind="engineering",
        settings={},
        state=SourceState.ACTIVE,
        added_at=NOON,
        failures=0,
        moved_seen=0,
        rhythm=(),
        remembered={},
    )


def visited(
    source: SourceRow, read: Read, *, pages: int = 1, conditional: bool = True, at: datetime = NOON
) -> list[Visit]:
    """The parts of a visit that begins with so many requests."""

    def begin(reading: Reading, _at: object) -> tuple[Ask, ...]:
        return tuple(Ask(reading.address, conditional=conditional, note=str(n)) for n in range(pages))

    async def work() -> list[Visit]:
        clock = Clock(at)
        async with fetcher(clock) as opened:
            parts = visit(source, Protocol(begin, read), opened, clock=clock, rng=np.random.default_rng(0))
            return [part async for part in parts]

    return asyncio.run(work())


def test_items_of_many_answers_are_numbered_through_and_all_answers_are_told(source: SourceRow) -> None:
    def read(_reading: Reading, ask: Ask, _answer: Answer) -> Step:
        return Step((item(1, f"a{ask.note}"), item(2, f"b{ask.note}")), state={"last": ask.note})

    (found,) = visited(source, read, pages=3, conditional=False)
    assert [i.position for i in found.items] == [1, 2, 3, 4, 5, 6]
    assert (len(found.answers), found.requests, found.outcome) == (3, 3, FetchOutcome.COMPLETE)
    assert found.health is not None
    assert (found.health.remembered, found.health.followed_since) == ({"last": "2"}, NOON)


def test_a_long_visit_comes_in_parts_of_which_the_last_has_the_health(
    source: SourceRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visiting, "PART", 2)

    def read(_reading: Reading, ask: Ask, _answer: Answer) -> Step:
        return Step((item(1, f"a{ask.note}"), item(2, f"b{ask.note}")))

    parts = visited(source, read, pages=3, conditional=False)
    assert [(p.part, len(p.items), len(p.answers), p.requests) for p in parts] == [
        (n, 2, 1, 1) for n in (1, 2, 3)
    ]
    assert [p.health is not None for p in parts] == [False, False, True]


def test_what_came_before_a_trouble_is_kept_and_what_was_remembered_stays(source: SourceRow) -> None:
    def read(_reading: Reading, ask: Ask, _answer: Answer) -> Step:
        if ask.note == "1":
            raise Refusal(Trouble.RATE_LIMITED, "enough\0 for today", wait=7_200)
        return Step((item(1, "a"),), state={"last": "new"})

    (found,) = visited(
        replace(source, remembered={"last": "old"}, etag='"old"'), read, pages=3, conditional=False
    )
    assert (found.outcome, len(found.items), found.requests) == (FetchOutcome.DAMAGED, 1, 2)
    assert (found.trouble, found.told) == (Trouble.RATE_LIMITED, "enough\ufffd for today")
    assert found.health is not None
    assert found.health.next_at - NOON >= timedelta(hours=2)
    assert (found.health.remembered, found.health.etag) == ({"last": "old"}, '"old"')
    assert found.health.last_ok_at is None


def test_a_page_that_should_not_be_empty_is_asked_for_once_more_and_no_more(source: SourceRow) -> None:
    def read(_reading: Reading, _ask: Ask, _answer: Answer) -> Step:
        raise Refusal(Trouble.INCOMPLETE, "an empty page", again=True)

    (found,) = visited(source, read, conditional=False)
    assert (found.requests, found.outcome, found.trouble) == (2, FetchOutcome.FAILED, Trouble.INCOMPLETE)


def test_a_visit_that_does_not_end_is_ended(source: SourceRow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visiting, "MOST_REQUESTS", 5)

    def read(_reading: Reading, ask: Ask, _answer: Answer) -> Step:
        return Step((item(1, f"a{ask.note}"),), (ask._replace(note=ask.note + "x"),))

    (found,) = visited(source, read, conditional=False)
    assert (found.requests, len(found.items), found.trouble) == (5, 5, Trouble.INCOMPLETE)
    assert "the rest is asked for next time" in str(found.told)


def test_an_answer_that_is_not_the_whole_truth_is_kept_and_asked_for_again_in_full(
    source: SourceRow, server: FaultServer
) -> None:
    server.pages["/half"] = lambda _: Sent(body=b"half", headers={"etag": '"h"'})

    def read(_reading: Reading, _ask: Ask, _answer: Answer) -> Step:
        return Step((item(1, "a"),), trouble=Trouble.INCOMPLETE, told="half of it")

    (found,) = visited(replace(source, address=server.url("/half")), read)
    assert (found.outcome, len(found.items)) == (FetchOutcome.COMPLETE, 1)
    assert found.health is not None
    assert (found.health.failures, found.health.last_ok_at) == (1, NOON)
    # A validator would have the source say next time that nothing is new.
    assert (found.health.etag, found.health.body) == (None, None)


def test_a_source_is_read_again_when_the_day_of_what_was_dated_ahead_has_come_and_not_before(
    source: SourceRow,
) -> None:
    due = NOON + timedelta(days=3)
    times: list[Mapping[str, str]] = []

    def read(reading: Reading, _ask: Ask, _answer: Answer) -> Step:
        times.append(reading.state)
        later = replace(item(1, ItemDrop.FUTURE_DATE), due=due + timedelta(days=36_500))
        sooner = replace(item(2, ItemDrop.FUTURE_DATE), due=due)
        return Step((later, sooner) if len(times) == 1 else (later,), hints=Hints(title=" A \0 name "))

    (first,) = visited(source, read)
    assert first.health is not None
    assert first.health.body is not None
    assert first.health.failures == 0
    assert first.title == "A \ufffd name"
    after = replace(source, remembered=first.health.remembered, body=first.health.body, last_at=NOON)
    (second,) = visited(after, read)
    assert (second.outcome, len(times)) == (FetchOutcome.UNCHANGED, 1)
    assert second.health is not None
    assert second.health.remembered == first.health.remembered
    (third,) = visited(after, read, at=due)
    assert (third.outcome, times) == (FetchOutcome.COMPLETE, [{}, {}])
    assert third.health is not None
    (fourth,) = visited(replace(after, remembered=third.health.remembered), read, at=due)
    assert fourth.outcome is FetchOutcome.UNCHANGED  # 2126 is far away


@pytest.mark.parametrize("days", [0.5, 4.0])
def test_a_source_without_dates_is_visited_by_when_something_new_was_found(
    source: SourceRow, days: float
) -> None:
    gap = timedelta(days=days)
    found = NOON - gap
    followed = replace(source, last_new_at=found, rhythm=(found - gap, found - 2 * gap))
    sent = item(1, "web:a")
    assert sent.document is not None
    undated = replace(sent, document=replace(sent.document, published_at=None))
    (read,) = visited(followed, lambda _reading, _ask, _answer: Step((undated,)))
    assert read.health is not None
    assert read.health.rhythm == (found, found - gap, found - 2 * gap)
    expected = min(gap / 2, timedelta(days=1) / 1.1)
    assert expected <= read.health.next_at - NOON <= timedelta(days=1.1)
    silent = replace(source, last_new_at=NOON - timedelta(days=60), body=read.health.body)
    (unchanged,) = visited(silent, lambda _reading, _ask, _answer: Step())
    assert unchanged.outcome is FetchOutcome.UNCHANGED
    assert unchanged.health is not None
    assert unchanged.health.next_at - NOON >= timedelta(days=5)


def test_what_a_protocol_remembers_is_kept_apart_from_what_the_source_said_of_its_times(
    source: SourceRow,
) -> None:
    seen: list[Mapping[str, str]] = []

    def read(reading: Reading, _ask: Ask, _answer: Answer) -> Step:
        seen.append(reading.state)
        return Step(state={"last": "1"}, hints=Hints(every=36_000.0, skip_days=frozenset({5})))

    (first,) = visited(source, read)
    assert first.health is not None
    (again,) = visited(replace(source, remembered=first.health.remembered), read)
    assert seen == [{}, {"last": "1"}]
    assert first.health.next_at - NOON >= timedelta(hours=10)
    assert again.health is not None
    assert again.health.remembered == first.health.remembered


def test_feeds_are_counted_by_their_group_and_month_and_other_sources_by_themselves(
    source: SourceRow,
) -> None:
    assert source.collection == "feeds/engineering/2026-01"
    assert replace(source, kind="", added_at=None).collection == "feeds/other/unknown"
    hacker_news = replace(source, protocol=SourceProtocol.HACKER_NEWS_ALGOLIA)
    assert hacker_news.collection == source.address
