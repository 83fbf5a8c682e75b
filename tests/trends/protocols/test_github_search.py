"""The search of GitHub: spans of at most 1,000 results that miss no repository."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.trends.protocols.visits import NOW, answered, only, query_of, refused, visit

from nophantom.errors import InvalidInput
from nophantom.trends.documents import Family, ItemDrop, Kind, Score
from nophantom.trends.exchange import Answer, Ask, Reading, Trouble
from nophantom.trends.protocols.github_search import (
    DAY,
    GITHUB_SEARCH,
    MOST_REQUESTS,
    Span,
    spans_of,
)
from nophantom.trends.protocols.slicing import Slice

SECOND = int(NOW.timestamp())
READING = Reading(
    "https://github.com/search",
    Family.GITHUB,
    "github_new",
    settings={"q": "topic:llm", "days": "3", "stars": "10"},
)
REPOSITORY: dict[str, Any] = {
    "id": 900001,
    "full_name": "Acme/VecDB",
    "html_url": "https://github.com/Acme/VecDB",
    "description": "Embedded vector<T> database, if a < b",
    "fork": False,
    "created_at": "2026-11-21T09:00:00Z",
    "updated_at": "2026-11-22T10:00:00Z",
    "pushed_at": "2026-11-22T09:59:00Z",
    "stargazers_count": 5321,
    "watchers_count": 5321,
    "language": "Rust",
    "topics": ["vector-database", "rust"],
    "owner": {"login": "Acme"},
}


def result(items: list[Any], total: int | None = None, *, is_incomplete: bool = False) -> dict[str, Any]:
    count = len(items) if total is None else total
    return {"total_count": count, "incomplete_results": is_incomplete, "items": items}


def serving(repositories: dict[str, tuple[int, int]]) -> Callable[[Ask], Answer]:
    """The search over (second of creation, stars) by name."""

    def answer(ask: Ask) -> Answer:
        asked = query_of(ask)
        found = re.search(r"created:(\S+)\.\.(\S+)", asked["q"])
        stars = re.search(r"stars:(?:>=)?(\d+)(?:\.\.(\d+))?", asked["q"])
        assert found
        assert stars
        first, last = (int(datetime.fromisoformat(word).timestamp()) for word in found.groups())
        low, high = int(stars[1]), int(stars[2] or 10**9)
        mine = [
            REPOSITORY
            | {
                "full_name": name,
                "html_url": f"https://github.com/{name}",
                "stargazers_count": n,
                "created_at": datetime.fromtimestamp(s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
            for name, (s, n) in repositories.items()
            if first <= s <= last and low <= n <= high
        ]
        size, page = int(asked["per_page"]), int(asked["page"])
        assert page * size <= 1_000, "only the first 1000 search results are available"
        more = page * size < len(mine) and page * size < 1_000
        headers = {"link": '<https://a.org/2>; rel="next"'} if more else {}
        shown = mine[(page - 1) * size : page * size]
        return answered(result(shown, len(mine)), headers=headers)

    return answer


def read(body: object, reading: Reading = READING, **more: Any) -> Any:
    ask = GITHUB_SEARCH.begin(reading, NOW)[0]
    return GITHUB_SEARCH.read(reading, ask, answered(body, **more))


def test_a_repository_becomes_a_document_known_by_its_name_in_lower_case() -> None:
    step = read(result([REPOSITORY]))
    d = only(step.items)
    assert (d.native_id, d.product, d.kind) == (
        "github:acme/vecdb",
        "github:acme/vecdb",
        Kind.REPOSITORY,
    )
    assert d.title == "Acme/VecDB: Embedded vector<T> database, if a < b"
    assert (d.author, d.list_name, d.text) == ("Acme", "rust", "vector-database, rust")
    # Created, not updated: an old repository must not look new today.
    assert (d.published_on, d.published_at) == (date(2026, 11, 21), datetime(2026, 11, 21, 9, tzinfo=UTC))
    assert step.items[0].score == Score(points=5321)


def test_a_repository_without_a_description_or_a_language_has_none() -> None:
    bare = REPOSITORY | {"description": None, "language": None, "topics": None, "stargazers_count": None}
    step = read(result([bare]))
    d = only(step.items)
    assert (d.title, d.list_name, d.text, step.items[0].score) == ("Acme/VecDB", "", "", None)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"full_name": None}, ItemDrop.NO_ID),
        ({"full_name": "x"}, ItemDrop.NO_ID),
        ({"created_at": None}, ItemDrop.BAD_DATE),
        ({"created_at": "1970-01-01T00:00:00Z"}, ItemDrop.BAD_DATE),
        ({"created_at": "2031-01-01T00:00:00Z"}, ItemDrop.FUTURE_DATE),
    ],
)
def test_a_damaged_repository_is_a_drop(change: dict[str, Any], reason: ItemDrop) -> None:
    assert [i.drop for i in read(result([REPOSITORY | change, REPOSITORY, None])).items] == [
        reason,
        None,
        ItemDrop.PARSE_ERROR,
    ]


def test_what_a_later_visit_finds_was_not_to_be_found_before() -> None:
    """A repository that gathers its stars weeks after its creation is first seen on the day it is found."""
    followed = replace(READING, followed_since=NOW - timedelta(hours=3))
    assert only(read(result([REPOSITORY])).items).first_seen == date(2026, 11, 21)
    assert only(read(result([REPOSITORY]), followed).items).first_seen == date(2026, 11, 22)


def test_the_query_has_the_words_of_the_source_the_stars_and_the_days() -> None:
    asked = query_of(GITHUB_SEARCH.begin(READING, NOW)[0])
    assert asked["q"] == "topic:llm stars:>=10 created:2026-11-19T12:00:00Z..2026-11-22T12:00:00Z"
    assert (asked["per_page"], asked["page"]) == ("100", "1")


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("", "stars:>=10"),
        ("topic:llm stars:>50", "topic:llm stars:>=51"),
        ("STARS:>=50 language:rust", "language:rust stars:>=50"),
        ("stars:50..*", "stars:>=50"),
        ("stars:5..9 zorb", "zorb stars:5..9"),
        ("stars:7", "stars:7..7"),
        ("stars:<5", "stars:0..4"),
        ("stars:<=5", "stars:0..5"),
        ("zorbstars:5", "zorbstars:5 stars:>=10"),
    ],
)
def test_stars_in_the_query_are_those_that_are_cut(query: str, asked: str) -> None:
    reading = replace(READING, settings={"q": query, "stars": "10"})
    assert query_of(GITHUB_SEARCH.begin(reading, NOW)[0])["q"].partition(" created:")[0] == asked


@pytest.mark.parametrize(
    "query",
    [
        "created:>2026-01-01",
        "zorb -created:2026-01-01",
        "stars:x",
        "stars:>1 stars:<9",
        "stars:9..5",
        "stars:<0",
    ],
)
def test_a_query_that_cannot_be_cut_is_refused(query: str) -> None:
    with pytest.raises(InvalidInput, match="Leave out `created:`"):
        GITHUB_SEARCH.begin(replace(READING, settings={"q": query}), NOW)


def test_a_time_in_which_nobody_looked_is_searched_too() -> None:
    away = replace(READING, state={"until": str(SECOND - 20 * DAY)})
    assert "created:2026-10-30T12:00:00Z.." in query_of(GITHUB_SEARCH.begin(away, NOW)[0])["q"]


@given(st.integers(0, 10 * DAY), st.integers(0, 50), st.one_of(st.none(), st.integers(0, 80)), st.data())
def test_halves_of_a_span_hold_every_repository_once(
    width: int, low: int, more: int | None, data: st.DataObject
) -> None:
    span = Span(Slice(1_000, 1_001 + width), low, None if more is None else low + more)
    second = data.draw(st.integers(1_000, 1_000 + width))
    stars = data.draw(st.integers(low, 500 if more is None else low + more))

    halves = spans_of(span)

    if halves is None:
        assert (width, more) == (0, 0)
    else:
        holding = [
            h
            for h in halves
            if h.created.first <= second < h.created.end
            and h.low <= stars
            and (h.high is None or stars <= h.high)
        ]
        assert len(holding) == 1


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.long) for n in range(1, 9))])
def test_bursts_of_more_than_a_thousand_repositories_are_all_found(seed: int) -> None:
    """Planted: a launch day with thousands in an hour, another with thousands of ten stars in ten seconds."""
    rng = np.random.default_rng(seed)
    planted = {
        f"calm/r{n}": (SECOND - int(rng.integers(3 * DAY)), int(rng.integers(10, 90))) for n in range(300)
    }
    planted |= {
        f"launch/r{n}": (SECOND - 90_000 - int(rng.integers(3_600)), 10 + int(rng.pareto(1.0) * 20))
        for n in range(1_500)
    }
    planted |= {f"flood/r{n}": (SECOND - 200_000 - int(rng.integers(10)), 10) for n in range(1_500)}

    done = visit(GITHUB_SEARCH, READING, serving(planted))

    assert set(done.ids) == {f"github:{name}" for name in planted}
    assert done.troubles == []
    assert done.state == {"until": str(SECOND)}
    assert len(done.asks) < 120


def test_more_than_a_thousand_alike_in_one_second_are_told() -> None:
    alike = {f"flood/r{n}": (SECOND - 500, 10) for n in range(1_003)}
    done = visit(GITHUB_SEARCH, READING, serving(alike))
    assert done.troubles[0][0] is Trouble.INCOMPLETE
    assert done.troubles[0][1].startswith("1,000 of 1,003 results")
    assert done.state == {"until": str(SECOND)}  # no visit could do better


def test_results_that_ran_out_of_time_are_asked_for_once_more_and_then_told() -> None:
    partial = result([REPOSITORY], 5, is_incomplete=True)

    done = visit(GITHUB_SEARCH, READING, lambda ask: answered(partial))

    assert len(done.asks) == 2
    assert done.asks[0].url == done.asks[1].url
    assert done.ids == ["github:acme/vecdb"] * 2  # what was sent is kept both times
    assert [t for t, _ in done.troubles] == [Trouble.INCOMPLETE]
    assert done.state is None


def test_results_that_are_whole_at_the_second_try_are_no_trouble() -> None:
    answers = [result([REPOSITORY], 5, is_incomplete=True), result([REPOSITORY])]
    done = visit(GITHUB_SEARCH, READING, lambda ask: answered(answers.pop(0)))
    assert (done.troubles, done.state) == ([], {"until": str(SECOND)})


def test_fewer_results_than_were_counted_are_incomplete() -> None:
    step = read(result([REPOSITORY], 40))
    assert (step.trouble, step.state) == (Trouble.INCOMPLETE, None)


def test_a_search_that_never_ends_is_left() -> None:
    done = visit(GITHUB_SEARCH, READING, lambda ask: answered(result([], 5_000)))
    assert len(done.asks) == MOST_REQUESTS
    assert done.troubles[-1][0] is Trouble.INCOMPLETE
    assert done.state is None


@pytest.mark.parametrize(
    "body", [[], {"items": None}, {"items": []}, b"<html>", {"items": [], "total_count": "5"}]
)
def test_something_else_than_results_is_refused(body: object) -> None:
    ask = GITHUB_SEARCH.begin(READING, NOW)[0]
    assert refused(GITHUB_SEARCH, READING, ask, answered(body)).trouble is Trouble.WRONG_CONTENT


def test_a_limit_ends_the_visit_with_the_time_to_wait() -> None:
    ask = GITHUB_SEARCH.begin(READING, NOW)[0]
    limit = answered({"message": "slow down"}, status=429, headers={"retry-after": "7"})
    refusal = refused(GITHUB_SEARCH, READING, ask, limit)
    assert (refusal.trouble, refusal.wait) == (Trouble.RATE_LIMITED, 7.0)
    assert GITHUB_SEARCH.sees >= {401, 403, 422, 429}
