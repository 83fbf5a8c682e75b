"""Hacker News by its search service: slices, the stall check, and what a hit becomes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.trends.protocols.visits import NOW, Visit, answered, only, query_of, refused, visit

from nophantom.trends.documents import Family, ItemDrop, Kind, Score
from nophantom.trends.exchange import Ask, Reading, Trouble
from nophantom.trends.protocols import hacker_news
from nophantom.trends.protocols.hacker_news import HACKER_NEWS_ALGOLIA, MOST_REQUESTS, OVERLAP, WIDEST

SECOND = int(NOW.timestamp())
READING = Reading("https://news.ycombinator.com/", Family.HACKER_NEWS, "hn", settings={"days": "2"})
FOLLOWED = replace(
    READING,
    state={"since": str(SECOND - 600), "last": "41000001"},
    followed_since=NOW - timedelta(days=30),
)
HIT: dict[str, Any] = {
    "objectID": "41000001",
    "title": "Show HN: Zorb &#8211; if a < b, an engine",
    "url": "https://github.com/Acme/Zorb",
    "author": "alice",
    "points": 412,
    "num_comments": 133,
    "story_text": None,
    "created_at": "2026-11-22T11:50:00Z",
    "created_at_i": SECOND - 600,
    "_tags": ["story", "author_alice", "story_41000001", "show_hn"],
}


def page(hits: list[Any], total: int | None = None, **more: Any) -> dict[str, Any]:
    told = {
        "nbHits": len(hits) if total is None else total,
        "page": 0,
        "nbPages": 1,
        "exhaustiveNbHits": True,
    }
    return {"hits": hits, **told, **more}


def serving(seconds: dict[int, int], *, cap: int = 1_000, maxitem: int = 10**9) -> Callable[[Ask], bytes]:
    """The search service over stories by id and second: newest first, `MOST_HITS` hits a query at most."""

    def answer(ask: Ask) -> bytes:
        if "maxitem" in ask.url:
            return answered(maxitem).content
        asked = query_of(ask)
        found = re.fullmatch(r"created_at_i>=(-?\d+),created_at_i<(\d+)", asked["numericFilters"])
        assert found
        first, end, size = int(found[1]), int(found[2]), min(cap, int(asked["hitsPerPage"]))
        mine = sorted(((s, n) for n, s in seconds.items() if first <= s < end), reverse=True)
        start = int(asked["page"]) * size
        shown = mine[start : min(start + size, hacker_news.MOST_HITS)]
        hits = [HIT | {"objectID": str(n), "created_at_i": s, "title": f"Story {n}"} for s, n in shown]
        pages = -(-min(len(mine), hacker_news.MOST_HITS) // size)
        return answered(
            page(hits, len(mine), page=int(asked["page"]), nbPages=pages, hitsPerPage=size)
        ).content

    return answer


def read(body: object, reading: Reading = FOLLOWED) -> Any:
    ask = HACKER_NEWS_ALGOLIA.begin(reading, NOW)[0]
    return HACKER_NEWS_ALGOLIA.read(reading, ask, answered(body))


def test_a_hit_becomes_a_document_with_its_score() -> None:
    step = read(page([HIT]), READING)
    d = only(step.items)
    assert (d.native_id, d.title, d.author) == ("hn:41000001", "Show HN: Zorb – if a < b, an engine", "alice")
    assert (d.kind, d.product, d.site) == (Kind.REPOSITORY, "github:acme/zorb", "github.com")
    assert (d.published_on, d.published_at) == (date(2026, 11, 22), NOW - timedelta(seconds=600))
    assert step.items[0].score == Score(points=412, comments=133)
    assert step.hints.newest == NOW - timedelta(seconds=600)


def test_a_question_without_an_address_keeps_its_text_without_mark_up() -> None:
    asked = HIT | {
        "url": None,
        "story_text": "<p>40M rows &amp; little RAM.<p>Which?",
        "title": "Ask HN: Which?",
    }
    d = only(read(page([asked])).items)
    assert (d.url, d.site, d.kind, d.product) == ("", None, Kind.POST, None)
    assert d.text.split() == ["40M", "rows", "&", "little", "RAM.", "Which?"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"objectID": None}, ItemDrop.NO_ID),
        ({"objectID": "a b"}, ItemDrop.NO_ID),
        ({"objectID": True}, ItemDrop.NO_ID),
        ({"title": None}, ItemDrop.PARSE_ERROR),
        ({"title": " "}, ItemDrop.PARSE_ERROR),
        ({"created_at_i": 0, "created_at": None}, ItemDrop.BAD_DATE),
        ({"created_at_i": SECOND + 10**6}, ItemDrop.FUTURE_DATE),
    ],
)
def test_a_damaged_hit_is_a_drop_and_costs_no_other(change: dict[str, Any], reason: ItemDrop) -> None:
    step = read(page([HIT | change, HIT, 7]))
    assert [i.drop for i in step.items] == [reason, None, ItemDrop.PARSE_ERROR]
    assert [i.position for i in step.items] == [1, 2, 3]


def test_a_score_that_is_not_told_is_unknown() -> None:
    assert read(page([HIT | {"points": None, "num_comments": None}])).items[0].score is None


def test_one_second_with_more_than_a_thousand_hits_is_told_and_does_not_stop_the_visit() -> None:
    crowd = dict.fromkeys(range(1, 1_502), SECOND - 5_000) | {9_999: SECOND - 60}
    lately = replace(READING, state={"since": str(SECOND - 5_001 + OVERLAP), "last": "0"})

    done = visit(HACKER_NEWS_ALGOLIA, lately, serving(crowd))

    assert done.troubles == [
        (Trouble.INCOMPLETE, f"1,501 hits in the one second {SECOND - 5_000}, of which 1,000 are told")
    ]
    assert "hn:9999" in done.ids
    # The next visit could not do better, so the state moves on.
    assert done.state == {"since": str(SECOND - 60), "last": "9999"}


def distinct(done: Visit) -> set[str]:
    return set(done.ids)


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.long) for n in range(1, 9))])
def test_bursts_of_more_stories_than_a_query_tells_are_all_found(
    monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """The truth is planted: bursts of up to 99 stories a second, hundreds within minutes."""
    monkeypatch.setattr(hacker_news, "MOST_HITS", 100)
    rng = np.random.default_rng(seed)
    calm = rng.integers(SECOND + 1 - 2 * 86_400, SECOND + 1, 900)
    bursts = [SECOND - int(rng.integers(900, 170_000)) + rng.integers(0, 3 + 90 * k, 180) for k in range(4)]
    seconds = dict(enumerate(map(int, np.concatenate([calm, *bursts])), 1))

    done = visit(HACKER_NEWS_ALGOLIA, READING, serving(seconds, maxitem=len(seconds)))

    assert distinct(done) == {f"hn:{n}" for n in seconds}
    assert done.troubles == []
    assert done.state == {"since": str(max(seconds.values())), "last": str(len(seconds))}
    # Only the answers that told to halve are told twice; each slice that was read to its end tells once.
    ends = [s for s in done.steps if len(s.items) < 100]
    once = Counter(i.document.native_id for s in ends for i in s.items if i.document)
    assert set(once.values()) == {1}


def test_the_slices_of_a_visit_cover_its_time_once() -> None:
    done = visit(HACKER_NEWS_ALGOLIA, READING, serving({1: SECOND - 100}))
    spans = [tuple(map(int, re.findall(r"-?\d{5,}", query_of(a)["numericFilters"]))) for a in done.asks]
    assert spans[0][0] == SECOND + 1 - 2 * 86_400
    assert spans[-1][1] == SECOND + 1
    assert [s[1] for s in spans[:-1]] == [s[0] for s in spans[1:]]
    assert max(end - first for first, end in spans) <= WIDEST


@settings(max_examples=20)
@given(st.lists(st.integers(0, 5 * 3_600), max_size=60, unique=True), st.integers(1, 7))
def test_visits_one_after_the_other_lose_no_story_that_came_within_the_overlap(
    ages: list[int], late: int
) -> None:
    """Stories enter the service some minutes late; each visit reads again what could have been late."""
    delay = late * OVERLAP // 8
    seconds = {n: SECOND - age for n, age in enumerate(ages, 1)}
    found: set[str] = set()
    reading = replace(READING, state={"since": str(SECOND - 6 * 3_600), "last": "0"})
    for at in (NOW - timedelta(hours=2), NOW - timedelta(hours=1), NOW, NOW + timedelta(hours=1)):
        there = {n: s for n, s in seconds.items() if s + delay <= at.timestamp()}
        done = visit(HACKER_NEWS_ALGOLIA, reading, serving(there, maxitem=0), at)
        found |= distinct(done)
        reading = replace(reading, state=done.state or reading.state)

    assert found == {f"hn:{n}" for n in seconds}


def test_a_smaller_page_than_asked_for_is_followed_by_the_next_one() -> None:
    seconds = {n: SECOND - n for n in range(1, 251)}
    done = visit(HACKER_NEWS_ALGOLIA, FOLLOWED, serving(seconds, cap=100))
    assert sorted(Counter(done.ids).values()) == [1] * 250
    assert [query_of(a)["page"] for a in done.asks] == ["0", "1", "2"]
    assert done.troubles == []


def test_fewer_hits_than_were_counted_are_incomplete_and_asked_for_again_at_the_next_visit() -> None:
    step = read(page([HIT], total=3))
    assert step.trouble is Trouble.INCOMPLETE
    assert step.told.startswith("1 of 3 hits")
    assert step.state is None


def test_a_count_that_is_a_guess_is_halved_like_one_that_is_too_high() -> None:
    step = read(page([HIT] * 1_000, total=1_000, exhaustiveNbHits=False))
    assert step.trouble is None
    assert len(step.asks) == 1
    assert step.asks[0].url != HACKER_NEWS_ALGOLIA.begin(FOLLOWED, NOW)[0].url


QUIET = replace(FOLLOWED, state={"since": str(SECOND - 9_000), "last": "41000001"})


@pytest.mark.parametrize(("ids", "is_stalled"), [(3, False), (500, False), (501, True), (20_000, True)])
def test_an_empty_answer_is_believed_only_when_hacker_news_stood_still_as_well(
    ids: int, is_stalled: bool
) -> None:
    done = visit(HACKER_NEWS_ALGOLIA, QUIET, serving({}, maxitem=41_000_001 + ids))

    assert done.asks[-1].url == "https://hacker-news.firebaseio.com/v0/maxitem.json"
    assert done.items == []
    if is_stalled:
        assert done.troubles[0][0] is Trouble.INCOMPLETE
        assert done.troubles[0][1].startswith(f"stalled: {ids:,} ids")
        assert done.state is None
    else:
        assert done.troubles == []
        assert done.state == QUIET.state


def test_a_service_that_lags_by_hours_is_stalled_though_it_shows_something_new() -> None:
    lagging = serving({41_000_009: SECOND - 8_000}, maxitem=41_002_000)
    done = visit(HACKER_NEWS_ALGOLIA, QUIET, lagging)
    assert done.ids == ["hn:41000009"]
    assert [t for t, _ in done.troubles] == [Trouble.INCOMPLETE]


def test_a_first_visit_without_a_single_hit_is_stalled() -> None:
    done = visit(HACKER_NEWS_ALGOLIA, READING, serving({}, maxitem=41_000_000))
    assert [t for t, _ in done.troubles] == [Trouble.INCOMPLETE]
    assert done.state is None


def test_rare_stories_may_be_rare() -> None:
    rare = replace(QUIET, settings={"tags": "show_hn"})
    assert visit(HACKER_NEWS_ALGOLIA, rare, serving({}, maxitem=41_003_000)).troubles == []


@pytest.mark.parametrize("body", [b"null", b'"x"', b"true"])
def test_a_newest_id_that_is_no_number_proves_nothing(body: bytes) -> None:
    ask = visit(HACKER_NEWS_ALGOLIA, QUIET, serving({}, maxitem=41_000_002)).asks[-1]
    assert refused(HACKER_NEWS_ALGOLIA, QUIET, ask, answered(body)).trouble is Trouble.WRONG_CONTENT


@pytest.mark.parametrize("body", [{}, {"hits": None}, [], b"<html>502</html>", b"{"])
def test_something_else_than_hits_is_refused(body: object) -> None:
    ask = HACKER_NEWS_ALGOLIA.begin(READING, NOW)[0]
    refusal = refused(HACKER_NEWS_ALGOLIA, READING, ask, answered(body))
    assert refusal.trouble in {Trouble.WRONG_CONTENT, Trouble.UNREADABLE}


def test_the_front_page_is_read_back_for_days_because_stories_reach_it_late() -> None:
    front = replace(FOLLOWED, settings={"tags": "front_page", "base": "http://127.0.0.1:9/api/"})
    ask = HACKER_NEWS_ALGOLIA.begin(front, NOW)[0]
    assert ask.url.startswith("http://127.0.0.1:9/api/search_by_date?")
    assert query_of(ask)["tags"] == "front_page"
    first = int(re.findall(r">=(\d+)", query_of(ask)["numericFilters"])[0])
    assert first == SECOND - 600 - 3 * 86_400


def test_after_a_clock_that_was_ahead_the_next_visit_reads_up_to_now() -> None:
    ahead = replace(FOLLOWED, state={"since": str(SECOND + 10**6), "last": "1"})
    done = visit(HACKER_NEWS_ALGOLIA, ahead, serving({5: SECOND - 60}))
    assert done.ids == ["hn:5"]


def test_a_server_that_always_has_more_is_left_after_some_requests_and_gone_on_with_later() -> None:
    def endless(ask: Ask) -> bytes:
        return answered(page([], total=5_000)).content

    done = visit(HACKER_NEWS_ALGOLIA, READING, endless)
    assert len(done.asks) == MOST_REQUESTS
    assert done.state is not None
    assert int(done.state["since"]) > SECOND - 2 * 86_400


def test_what_came_before_the_source_was_followed_is_dated_by_its_own_day() -> None:
    old = HIT | {"created_at_i": int(datetime(2026, 10, 1, tzinfo=UTC).timestamp())}
    assert only(read(page([old])).items).first_seen == date(2026, 10, 1)
    late = HIT | {"created_at_i": int(datetime(2026, 11, 20, tzinfo=UTC).timestamp())}
    assert only(read(page([late])).items).first_seen == date(2026, 11, 22)
