"""Leads: who asked and why is kept, engines that are down are an outage, and only what a source told is a document."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import Engine, text
from tests.trends.collecting_home import NOON, Clock, fetcher
from tests.trends.fault_server import FaultServer, Sent, fault_server

from nophantom.errors import Unavailable
from nophantom.publishing.doctor import examine
from nophantom.store.engine import reading, writing
from nophantom.trends.archive.intake import read_documents
from nophantom.trends.archive.leads import LeadRow, follow_topic, read_leads
from nophantom.trends.archive.source_tables import FetchOutcome
from nophantom.trends.exchange import Trouble
from nophantom.trends.leading import Leading
from nophantom.trends.leads import LeadBudget

JSON = {"content-type": "application/json"}


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with fault_server() as running:
        running.pages["/config"] = lambda _: as_json(
            {
                "engines": [
                    {"name": n, "enabled": True, "time_range_support": False}
                    for n in ("github", "hackernews")
                ]
            }
        )
        yield running


def as_json(value: object) -> Sent:
    return Sent(body=json.dumps(value).encode(), headers=JSON)


def result(url: str, engine: str = "github", **more: Any) -> dict[str, Any]:
    return {"url": url, "title": "Zorb", "content": "", "engine": engine, "engines": [engine], **more}


def search(server: FaultServer, *results: dict[str, Any], down: list[list[str]] | None = None) -> None:
    answer = {"query": "zorb", "results": list(results), "unresponsive_engines": down or []}
    server.pages["/search"] = lambda _: as_json(answer)


def story(server: FaultServer, number: int, **more: Any) -> str:
    told = {
        "id": number,
        "type": "story",
        "by": "ann",
        "time": 1_767_000_000,
        "title": "Zorb is out",
        "score": 7,
    }
    server.pages[f"/v0/item/{number}.json"] = lambda _: as_json(told | more)
    return f"https://news.ycombinator.com/item?id={number}"


def leading(engine: Engine, server: FaultServer, clock: Clock, **more: Any) -> Leading:
    origin = server.url("").rstrip("/")
    hosts = ("hacker-news.firebaseio.com", "api.github.com")
    waited: list[float] = []

    async def pause(seconds: float) -> None:
        waited.append(seconds)
        clock.forward(seconds=seconds)

    return Leading(engine, origin, origins=dict.fromkeys(hosts, origin), clock=clock, pause=pause, **more)


def ask(
    engine: Engine, server: FaultServer, *topics: str, clock: Clock | None = None, **more: Any
) -> list[LeadRow]:
    clock = clock or Clock()
    return leading(engine, server, clock, **more).ask(fetcher(clock), topics=topics)


def rows(engine: Engine, query: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def test_a_hit_that_its_source_confirms_is_a_document_and_evidence_alone(
    sqlite_engine: Engine, server: FaultServer
) -> None:
    search(server, result(story(server, 41), "hackernews", publishedDate="2020-01-01T00:00:00"))

    (row,) = ask(sqlite_engine, server, "zorb")

    assert (row.hits, row.confirmed, row.outcome) == (1, 1, FetchOutcome.COMPLETE)
    assert (row.asked_by, row.why) == ("followed", "asked by hand")
    assert rows(sqlite_engine, "SELECT native_id, title, published_on FROM document") == [
        ("hn:41", "Zorb is out", "2025-12-29")
    ]
    with reading(sqlite_engine) as session:
        assert list(read_documents(session)) == []
    assert examine(sqlite_engine, None) == []


def test_what_a_source_does_not_confirm_is_dropped_with_engine_query_and_rank(
    sqlite_engine: Engine, server: FaultServer
) -> None:
    search(server, result("https://github.com/zorb-lang/zorb"), result(story(server, 42), "hackernews"))
    server.pages["/repos/zorb-lang/zorb"] = lambda _: Sent(404, b"{}", JSON)

    (row,) = ask(sqlite_engine, server, "zorb")

    assert (row.hits, row.confirmed) == (2, 1)
    ((reason, seen),) = rows(sqlite_engine, "SELECT reason, seen FROM item WHERE reason IS NOT NULL")
    assert reason == "unconfirmed_lead"
    assert "rank 1 of github" in seen
    assert "'zorb'" in seen


def test_results_of_engines_that_were_not_asked_are_refused(
    sqlite_engine: Engine, server: FaultServer
) -> None:
    search(server, result(story(server, 43), "bing"))

    (row,) = ask(sqlite_engine, server, "zorb")

    assert (row.hits, row.confirmed) == (1, 0)
    assert server.asked["/v0/item/43.json"] == 0
    assert rows(sqlite_engine, "SELECT reason FROM item") == [("unconfirmed_lead",)]


def test_engines_that_are_down_are_an_outage_and_no_empty_result(
    sqlite_engine: Engine, server: FaultServer
) -> None:
    search(server, down=[["github", "too many requests"], ["hackernews", "timeout"]])

    (row,) = ask(sqlite_engine, server, "zorb")

    assert row.outages == ("github", "hackernews")
    assert row.trouble is Trouble.INCOMPLETE
    assert "too many requests" in (row.told or "")


def test_a_searxng_that_is_none_or_not_there_is_told_in_a_sentence(
    sqlite_engine: Engine, server: FaultServer
) -> None:
    server.pages["/config"] = lambda _: Sent(
        body=b"<html>hello</html>", headers={"content-type": "text/html"}
    )
    with pytest.raises(Unavailable, match="no SearXNG"):
        ask(sqlite_engine, server, "zorb")

    server.pages["/config"] = lambda _: as_json({"engines": [{"name": "nothing of ours", "enabled": True}]})
    with pytest.raises(Unavailable, match="none of the engines"):
        ask(sqlite_engine, server, "zorb")

    gone = Leading(sqlite_engine, "http://127.0.0.1:1", clock=Clock())
    with pytest.raises(Unavailable, match="cannot be asked"):
        gone.ask(fetcher(Clock()), topics=["zorb"])
    assert rows(sqlite_engine, "SELECT count(*) FROM lead") == [(0,)]


def test_a_failed_search_ends_the_round_and_is_kept(sqlite_engine: Engine, server: FaultServer) -> None:
    server.pages["/search"] = lambda _: Sent(403, b"json is not enabled", {"content-type": "text/plain"})

    found = ask(sqlite_engine, server, "zorb", "quux")

    assert [row.outcome for row in found] == [FetchOutcome.FAILED]
    assert found[0].trouble is Trouble.FORBIDDEN
    assert examine(sqlite_engine, None) == []


def test_what_is_followed_is_asked_within_the_budget_with_its_reason_and_then_rests(
    sqlite_engine: Engine, server: FaultServer
) -> None:
    clock = Clock()
    search(server)
    with writing(sqlite_engine) as session:
        for n in range(4):
            follow_topic(session, f"zorb {n}", why=f"reason {n}", at=NOON + timedelta(seconds=n))

    budget = LeadBudget(per_day=3, gap=5.0)
    first = ask(sqlite_engine, server, clock=clock, budget=budget)
    again = ask(sqlite_engine, server, clock=clock, budget=budget)

    assert [(row.topic, row.why) for row in first] == [(f"zorb{n}", f"reason {n}") for n in range(3)]
    moments = [row.at for row in first]
    assert all((later - earlier).total_seconds() >= 5 for earlier, later in pairwise(moments))
    assert again == []
    clock.forward(hours=25)
    assert [row.topic for row in ask(sqlite_engine, server, clock=clock, budget=budget)] == ["zorb3"]
    with reading(sqlite_engine) as session:
        assert len(read_leads(session)) == 4
