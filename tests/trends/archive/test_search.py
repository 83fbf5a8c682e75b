"""Documents are found by their words, alike on both stores, whatever else is asked of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from tests.trends.followed_world import ALPHA, AT, BEGAN, BETA, DAYS, NEWS, post, visited

from nophantom.errors import InvalidInput
from nophantom.store.engine import reading, writing
from nophantom.trends.archive import search
from nophantom.trends.archive.search import page_documents
from nophantom.trends.archive.visits import record_visits
from nophantom.trends.documents import Family, Kind
from nophantom.trends.search_words import words_of, words_sought


def titles(engine: Engine, **asked: object) -> list[str]:
    """Of all pages, two documents at a time."""
    found: list[str] = []
    cursor = None
    with reading(engine) as session:
        while True:
            page = page_documents(session, limit=2, cursor=cursor, **asked)  # type: ignore[arg-type]
            found += [row.title for row in page.items]
            cursor = page.next_cursor
            if cursor is None:
                assert (page.total, page.total_is_exact) == (len(found), True)
                return found


def parts(n: int) -> set[int]:
    return set(range(n, DAYS, 4))


def numbers(found: list[str]) -> set[int]:
    return {int(title.rpartition(" ")[2]) for title in found}


@pytest.mark.parametrize("few", [0, 1_000], ids=["walked", "sorted"])
def test_every_word_has_to_be_there_in_whatever_order_case_and_accents(
    world: Engine, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(search, "_FEW", few)
    assert numbers(titles(world, words="compiler RUST")) == parts(0)
    assert numbers(titles(world, words="zorb.js c++")) == parts(1)
    assert numbers(titles(world, words="zorb")) == parts(1)
    assert numbers(titles(world, words="大模型")) == parts(2)
    assert numbers(titles(world, words="cafe UBER")) == parts(3)
    assert numbers(titles(world, words="comp*")) == parts(0) | parts(1)
    assert titles(world, words="comp") == []
    assert titles(world, words="rust zorb") == []
    assert titles(world, words="say cost part 2")[0].endswith("part 2")  # words of the text and of the title


def test_words_are_sought_within_the_other_filters(world: Engine) -> None:
    day = BEGAN.date()
    assert numbers(titles(world, words="rust", first=day + timedelta(days=8))) == parts(0) - {0, 4}
    assert numbers(titles(world, words="rust", last=day + timedelta(days=7))) == {0, 4}
    assert titles(world, words="alpha", family=[Family.HACKER_NEWS]) == ["Alpha told"]
    assert titles(world, words="alpha", family=[Family.FEED]) == []
    assert titles(world, words="told", kind=[Kind.PAPER]) == []
    assert titles(world, words="told", language="de") == []


def test_the_latest_come_first_unless_asked_otherwise(world: Engine) -> None:
    latest = titles(world, words="rust")
    assert [int(title.rpartition(" ")[2]) for title in latest] == sorted(parts(0), reverse=True)
    assert titles(world, words="rust", sort="first_seen") == latest[::-1]


@pytest.mark.parametrize("few", [0, 1_000], ids=["walked", "sorted"])
def test_documents_are_found_by_who_sent_them_whether_first_or_not(
    world: Engine, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(search, "_FEW", few)
    assert numbers(titles(world, source=ALPHA)) == set(range(DAYS))
    assert titles(world, source=BETA) == []
    assert sorted(titles(world, source=NEWS)) == ["Alpha told", "Rust compiler 2.0 is faster, part 0"]
    assert titles(world, source=NEWS, words="rust") == ["Rust compiler 2.0 is faster, part 0"]


def test_documents_are_found_by_the_collection_that_held_them(world: Engine) -> None:
    assert len(titles(world, collection="feeds/engineering/2026-01")) == DAYS + 1
    assert titles(world, collection="feeds/other") == []


@pytest.mark.parametrize("query", [" ", "?!", "***", "\u200b", '"', "' OR 1=1 --"[:1]])
def test_where_there_is_no_word_to_look_for_that_is_said(world: Engine, query: str) -> None:
    with reading(world) as session, pytest.raises(InvalidInput, match="no word to look for"):
        page_documents(session, words=query)


@pytest.mark.parametrize(
    "query", ['a" OR "b', "NOT rust", "rust AND", "NEAR(a b)", "words:rust", "a:*", "'&|!()<->", "*a", "a b:"]
)
def test_nothing_that_is_typed_reaches_the_language_of_the_store(world: Engine, query: str) -> None:
    sought = {word for word, _ in words_sought(query)}
    if not sought:
        with reading(world) as session, pytest.raises(InvalidInput):
            page_documents(session, words=query)
        return
    assert set(titles(world, words=query)) <= set(titles(world))


def test_a_cursor_of_other_words_is_refused(world: Engine) -> None:
    with reading(world) as session:
        cursor = page_documents(session, words="rust", limit=1).next_cursor
        with pytest.raises(InvalidInput, match="another sort or other filters"):
            page_documents(session, words="zorb", limit=1, cursor=cursor)


WORDS = st.lists(
    st.sampled_from(
        ["rust", "Über", "uber", "c++", "c#", "c", "模型", "大", "js", "zorb.js", "2.0", "O'Neil"]
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(written=st.lists(WORDS, min_size=1, max_size=5), asked=WORDS)
def test_what_is_found_is_what_holds_every_word(
    sqlite_engine: Engine, written: list[list[str]], asked: list[str]
) -> None:
    def seen(session: Session) -> set[str]:
        rows = page_documents(session, words=" ".join(asked), limit=200).items
        return {row.url for row in rows}

    with writing(sqlite_engine) as session:
        from nophantom.trends.archive.source_rows import NewSource
        from nophantom.trends.archive.sources import add_sources
        from nophantom.trends.exchange import SourceProtocol

        add_sources(
            session, [NewSource("https://a.example", "a.example", Family.FEED, SourceProtocol.FEED)], at=AT
        )
        before = seen(session)
        documents = [
            post(f"https://a.example/{n}/{hash(tuple(w))}", " / ".join(w), AT) for n, w in enumerate(written)
        ]
        record_visits(session, [visited(1, AT, documents)])
        held = {
            document.url
            for document in documents
            if words_of(" ".join(asked)) <= words_of(document.title, document.text)
        }
        assert seen(session) - before == held - before
        session.rollback()
