"""One's own SearXNG: its recorded answers, its traps, and a running one where there is one."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nophantom.errors import InvalidInput
from nophantom.trends.exchange import Answer, Ask, Refusal, Trouble
from nophantom.trends.protocols.searxng import (
    Hit,
    Outage,
    TimeRange,
    ask_config,
    ask_search,
    plain_query,
    read_config,
    read_search,
)

AT = datetime(2026, 8, 21, 12, tzinfo=UTC)
BASE = "http://127.0.0.1:8888"
RUNNING = os.environ.get("NOPHANTOM_SEARXNG_URL", "")
ALL = ("arxiv", "github", "hackernews", "hnjson", "lobste.rs", "localweb", "stackoverflow")


def answer(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(f"{BASE}/search", status, headers or {}, content, AT)


def result(url: str = "https://a.example/b", **fields: object) -> dict[str, Any]:
    told = {
        "url": url,
        "title": "Zorb",
        "content": "It rolls.",
        "engines": ["zorbo"],
        "template": "default.html",
    }
    return told | fields


def hits(*results: object, asked: tuple[str, ...] = ("zorbo",)) -> tuple[Hit, ...]:
    return read_search(answer({"results": list(results), "unresponsive_engines": []}), asked).hits


def test_a_search_names_its_engines_and_fixes_the_language_of_the_messages() -> None:
    ask = ask_search(f"{BASE}/", "zorb db", ["hackernews", "github"], page=2, time_range=TimeRange.WEEK)

    asked = parse_qs(urlsplit(ask.url).query)
    assert ask.url.startswith(f"{BASE}/search?")
    assert {name: values[0] for name, values in asked.items()} == {
        "q": "zorb db",
        "format": "json",
        "engines": "github,hackernews",
        "language": "all",
        "pageno": "2",
        "time_range": "week",
        "safesearch": "0",
    }
    assert ask.headers["cookie"] == "locale=en"
    assert ask.headers["accept-language"] == "en"
    assert (ask.conditional, ask.page) == (False, False)


@pytest.mark.parametrize(
    ("query", "engines", "page"),
    [
        ("", ["a"], 1),
        (" !! ", ["a"], 1),
        ("x" * 401, ["a"], 1),
        ("x", [], 1),
        ("x", ["a,b"], 1),
        ("x", ["a"], 0),
    ],
)
def test_a_search_that_cannot_be_is_refused_before_it_is_sent(
    query: str, engines: list[str], page: int
) -> None:
    with pytest.raises(InvalidInput, match="got"):
        ask_search(BASE, query, engines, page=page)


def test_the_address_of_a_searxng_is_an_address() -> None:
    with pytest.raises(InvalidInput, match="begins with http"):
        ask_config("searx.example")


def test_a_topic_cannot_give_orders_to_the_search() -> None:
    # "!g" asks another engine, "!!g" leaves for its page, ":de" changes the language, "<3" the time limit.
    assert (
        plain_query("!g zorb !!ddg :de <3 ?x C++ F# .NET node.js a:b")
        == "g zorb ddg de 3 x C++ F# .NET node.js a:b"
    )


@given(st.text(max_size=60))
def test_no_word_of_a_query_begins_as_an_order(query: str) -> None:
    assert not any(word[0] in "!:<?" for word in plain_query(query).split())


def test_results_of_engines_that_were_not_asked_for_are_refused_and_told() -> None:
    found = read_search(
        answer({"results": [result(), result(engines=["zorbo", "other"])]}), ["zorbo", "quiet"]
    )

    assert [hit.rank for hit in found.hits] == [1]
    assert [(refused.rank, refused.why) for refused in found.refused] == [
        (2, "of engines that were not asked for: other")
    ]
    assert (found.n_results, found.silent) == (2, ("quiet",))
    assert not found.is_evidence_of_nothing


def test_results_of_the_default_category_alone_are_no_evidence_of_nothing() -> None:
    found = read_search(answer({"results": [result(engines=["other"])]}), ["nosuch"])
    assert (found.hits, found.is_evidence_of_nothing) == ((), False)


def test_an_engine_that_is_down_is_an_outage_and_not_an_empty_answer() -> None:
    told = {
        "results": [],
        "unresponsive_engines": [["zorbo", "zu viele Anfragen"], ["other", "timeout", True]],
    }
    found = read_search(answer(told), ["zorbo", "other", "quiet"])

    assert found.outages == (Outage("zorbo", "zu viele Anfragen"), Outage("other", "timeout True"))
    assert found.silent == ("quiet",)
    assert not found.is_evidence_of_nothing


def test_an_empty_answer_of_engines_that_are_up_is_evidence_of_nothing_but_they_are_named() -> None:
    found = read_search(answer({"results": [], "unresponsive_engines": []}), ["zorbo"])
    assert found.is_evidence_of_nothing
    # An engine that was fed a page instead of data looks the same.
    assert found.silent == ("zorbo",)


def test_the_word_none_is_no_text() -> None:
    (hit,) = hits(result(content="None", title="None"))
    assert (hit.title, hit.content) == ("", "")


def test_one_thing_under_many_addresses_is_one_hit_at_its_best_rank() -> None:
    found = hits(
        result("http://www.github.com/zorb/blax/", title="", engines=["zorbo"]),
        result("https://github.com/Zorb/blax", template="packages.html", engines=["blip"], content=""),
        result("https://github.com/zorb/blax/issues/7"),
        result("https://arxiv.org/abs/2608.01234"),
        result("http://arxiv.org/pdf/2608.01234v2.pdf", publishedDate="2026-08-11T17:59:59"),
        asked=("zorbo", "blip"),
    )

    assert [(hit.thing.native_id, hit.rank, hit.engines) for hit in found] == [
        ("github:zorb/blax", 1, ("blip", "zorbo")),
        ("github:zorb/blax#7", 3, ("zorbo",)),
        ("arxiv:2608.01234", 4, ("zorbo",)),
    ]
    assert (found[0].title, found[0].url) == ("Zorb", "http://www.github.com/zorb/blax/")
    assert found[2].date_hint == date(2026, 8, 11)


def test_the_score_and_the_first_engine_mean_nothing() -> None:
    (one,) = hits(result(score=4.0, engine="zorbo", positions=[1]))
    (other,) = hits(result(score=0.1, engine="blip", positions=[9, 9]))
    assert one == other


@pytest.mark.parametrize(
    ("published", "hint"),
    [
        ("2026-08-20T09:12:44", date(2026, 8, 20)),
        ("2026-08-21T10:00:00+00:00", date(2026, 8, 21)),
        (None, None),
        ("None", None),
        (7, None),
        ("yesterday", None),
    ],
)
def test_a_date_is_a_hint_of_a_day(published: object, hint: date | None) -> None:
    (hit,) = hits(result(publishedDate=published))
    assert hit.date_hint == hint


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("text", "not an object"),
        ({"url": "https://a.example", "engines": []}, "names no engine"),
        (result("magnet:?xt=urn:zorb"), "no web address"),
        (result(url=""), "no web address"),
        ({"engines": ["zorbo"], "url": None}, "no web address"),
    ],
)
def test_a_result_that_is_no_lead_is_refused_with_a_reason(told: object, why: str) -> None:
    found = read_search(answer({"results": [told, result()]}), ["zorbo"])
    assert [(refused.rank, refused.why.split(":")[0]) for refused in found.refused] == [(1, why)]
    assert [hit.rank for hit in found.hits] == [2]


def test_a_result_with_one_engine_alone_is_that_engines() -> None:
    told = result()
    del told["engines"]
    assert hits(told | {"engine": "zorbo"})[0].engines == ("zorbo",)


@pytest.mark.parametrize(
    ("status", "body", "trouble", "said"),
    [
        (403, b"<html>Forbidden", Trouble.FORBIDDEN, "add json to search.formats"),
        (429, b"Too Many Requests", Trouble.RATE_LIMITED, "limiter"),
        (400, b'{"error": "No query"}', Trouble.WRONG_CONTENT, "No query"),
        (400, b"<html>", Trouble.WRONG_CONTENT, "does not say why"),
        (502, b"Bad gateway", Trouble.SERVER_ERROR, "502"),
        (200, b"<!doctype html><title>Zorb</title>", Trouble.WRONG_CONTENT, "instead of JSON"),
        (200, b"zorb", Trouble.UNREADABLE, "no JSON"),
        (200, b"[]", Trouble.WRONG_CONTENT, "not an object"),
        (200, b"{}", Trouble.WRONG_CONTENT, "without results"),
        (200, b'{"results": {}}', Trouble.WRONG_CONTENT, "without results"),
    ],
)
def test_what_is_no_answer_to_a_search_says_why(
    status: int, body: bytes, trouble: Trouble, said: str
) -> None:
    with pytest.raises(Refusal, match=said) as refused:
        read_search(answer(body, status), ["zorbo"])
    assert refused.value.trouble is trouble


def test_the_limiter_is_obeyed_as_long_as_it_says() -> None:
    with pytest.raises(Refusal) as refused:
        read_search(answer(b"", 429, {"retry-after": "3600"}), ["zorbo"])
    assert refused.value.wait == 3600


def test_the_configuration_names_engines_that_are_switched_off_too() -> None:
    told = {
        "engines": [
            {"name": "zorbo", "enabled": True, "time_range_support": True},
            {"name": "blip", "enabled": False},
            {"name": 7},
            "junk",
        ]
    }
    engines = read_config(answer(told))
    assert engines.known == {"zorbo", "blip"}
    assert engines.enabled == engines.ranged == {"zorbo"}
    with pytest.raises(Refusal, match="is it a SearXNG"):
        read_config(answer({"version": "1"}))


RECORDED = {
    "all_it": (6, 1, ()),
    "mixed_all": (10, 5, ()),
    "hackernews": (3, 0, ()),
    "github": (2, 0, ()),
    "arxiv": (1, 0, ()),
    "stackoverflow": (1, 0, ()),
    "general_localweb": (9, 2, ()),
    "page2": (0, 0, ()),
    "unresponsive_429_500": (0, 0, ("github", "hackernews")),
    "unresponsive_429_again": (0, 0, ("github", "hackernews")),
    "unresponsive_500": (0, 0, ("github", "localweb")),
    "unresponsive_timeout": (0, 0, ("github", "localweb")),
    "unresponsive_garbage": (0, 0, ("github", "localweb")),
}
"""Hits, results that were one with an earlier one, and engines that were out."""


@pytest.mark.parametrize(("name", "expected"), RECORDED.items())
def test_recorded_answers_are_read_to_the_last_result(
    data: Path, name: str, expected: tuple[int, int, tuple[str, ...]]
) -> None:
    found = read_search(answer((data / "searxng" / f"{name}.json").read_bytes()), ALL)

    n_hits, n_merged, down = expected
    assert (len(found.hits), found.refused) == (n_hits, ())
    assert found.n_results == n_hits + n_merged
    assert tuple(outage.engine for outage in found.outages) == down
    assert found.is_evidence_of_nothing == (name == "page2")


def test_recorded_results_of_an_unknown_engine_are_all_refused(data: Path) -> None:
    found = read_search(answer((data / "searxng" / "bad_engine.json").read_bytes()), ["nosuch"])
    assert (found.hits, len(found.refused), found.silent) == ((), 11, ("nosuch",))


def test_recorded_hits_lead_to_nine_things_and_one_page(data: Path) -> None:
    found = read_search(answer((data / "searxng" / "mixed_all.json").read_bytes()), ALL)
    things = {hit.thing.native_id for hit in found.hits}
    both = things | {
        hit.thing.native_id
        for hit in read_search(answer((data / "searxng" / "all_it.json").read_bytes()), ALL).hits
    }
    assert sum(not native_id.startswith("web:") for native_id in both) == 9
    assert sum(native_id.startswith("web:") for native_id in both) == 1
    assert {"github:acme/vecdb", "arxiv:2608.01234", "hn:41000001", "se:stackoverflow/78000001"} <= things


@pytest.mark.parametrize(("name", "said"), [("empty_query", "No query"), ("bad_time", "time_range")])
def test_recorded_refusals_say_what_was_wrong(data: Path, name: str, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        read_search(answer((data / "searxng" / f"{name}.json").read_bytes(), 400), ALL)


def test_the_recorded_configuration_knows_all_engines(data: Path) -> None:
    engines = read_config(answer((data / "searxng" / "config.json").read_bytes()))
    assert engines.known == engines.enabled == set(ALL)
    assert engines.ranged == {"hackernews"}


def _fetched(ask: Ask) -> Answer:
    with urlopen(Request(ask.url, headers=dict(ask.headers)), timeout=30) as reply:
        headers = {name.lower(): value for name, value in reply.headers.items()}
        return Answer(ask.url, reply.status, headers, reply.read(), datetime.now(UTC))


@pytest.mark.skipif(not RUNNING, reason="set NOPHANTOM_SEARXNG_URL to a running SearXNG")
def test_a_running_searxng_answers_with_leads_of_the_engines_that_were_asked() -> None:
    engines = read_config(_fetched(ask_config(RUNNING)))
    chosen = sorted(engines.known & set(ALL)) or sorted(engines.enabled)[:3]

    found = read_search(_fetched(ask_search(RUNNING, "vector database", chosen)), chosen)

    assert found.refused == ()
    assert {engine for hit in found.hits for engine in hit.engines} <= set(chosen)
    assert found.hits or found.outages
