"""Sources: added once under whatever spelling, found again, due when they are, paused and visited again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from nophantom.errors import InvalidInput, NotFound
from nophantom.publishing.doctor import examine
from nophantom.store.engine import reading, writing
from nophantom.trends.archive.merging import source_id
from nophantom.trends.archive.source_rows import Added, NewSource
from nophantom.trends.archive.source_tables import SourceHealth, SourceState
from nophantom.trends.archive.sources import (
    add_sources,
    change_state,
    count_due,
    due_sources,
    find_source,
    page_sources,
    read_source,
)
from nophantom.trends.documents import Family
from nophantom.trends.exchange import SourceProtocol

T = TypeVar("T")
AT = datetime(2026, 1, 2, 12, tzinfo=UTC)


def new(name: str, key: str = "") -> NewSource:
    address = f"https://{name}.example/feed"
    return NewSource(
        address, key or name, Family.FEED, SourceProtocol.FEED, {"b": "2", "a": "1"}, title=f"The {name}"
    )


def add(engine: Engine, *sources: NewSource) -> Added:
    with writing(engine) as session:
        return add_sources(session, sources, at=AT)


def ask(engine: Engine, question: Callable[[Session], T]) -> T:
    with reading(engine) as session:
        return question(session)


def visited(engine: Engine, number: int, *, last_at: datetime, next_at: datetime) -> None:
    with writing(engine) as session:
        health = session.get_one(SourceHealth, number)
        health.last_at, health.next_at = last_at, next_at


def test_a_source_comes_back_as_it_was_added_and_is_due_at_once(engine: Engine) -> None:
    (number,) = add(engine, new("a")).new
    found = ask(engine, lambda session: read_source(session, number))
    assert (found.address, found.key, found.title, found.settings) == (
        "https://a.example/feed",
        "a",
        "The a",
        {"a": "1", "b": "2"},
    )
    assert (found.next_at, found.last_at, found.failures, found.state) == (AT, None, 0, SourceState.ACTIVE)
    assert [row.id for row in ask(engine, lambda s: due_sources(s, AT, limit=9))] == [number]
    assert examine(engine, None) == []


def test_one_that_is_there_is_left_as_it_is_whatever_its_spelling(engine: Engine) -> None:
    first = add(engine, new("a"), new("b"), new("again", key="a"))
    assert len(first.new) == 2
    assert first.known == ((2, "https://a.example/feed"),)
    second = add(engine, new("other", key="b"), new("c"), new("a", key="another key"))
    assert len(second.new) == 1
    assert second.known == ((0, "https://b.example/feed"), (2, "https://a.example/feed"))


def test_thousands_are_added_at_once_and_none_twice(sqlite_engine: Engine) -> None:
    many = [new(f"n{n}") for n in range(12_000)]
    assert len(add(sqlite_engine, *many).new) == 12_000
    assert len(add(sqlite_engine, *many).known) == 12_000
    assert ask(sqlite_engine, lambda session: count_due(session, AT)) == (12_000, 12_000, AT)


def test_due_is_what_is_due_and_what_a_wrong_clock_put_off(engine: Engine) -> None:
    numbers = add(engine, *(new(name) for name in "abcde")).new
    hour = timedelta(hours=1)
    visited(engine, numbers[0], last_at=AT - hour, next_at=AT)
    visited(engine, numbers[1], last_at=AT - hour, next_at=AT + timedelta(seconds=1))
    visited(engine, numbers[2], last_at=AT.replace(year=2031), next_at=AT.replace(year=2032))
    visited(
        engine, numbers[3], last_at=AT - hour, next_at=AT + timedelta(days=30)
    )  # its host asked for a month
    due = ask(engine, lambda session: due_sources(session, AT, limit=9))
    assert [row.id for row in due] == [numbers[0], numbers[2], numbers[4]]
    assert ask(engine, lambda session: count_due(session, AT)) == (5, 3, AT)
    rest = ask(engine, lambda session: due_sources(session, AT, limit=1, after=numbers[0]))
    assert [row.id for row in rest] == [numbers[2]]
    only = ask(engine, lambda session: due_sources(session, AT, limit=9, only=[numbers[1], numbers[3]]))
    assert [row.id for row in only] == [numbers[1], numbers[3]]


def test_what_a_person_pauses_is_visited_no_more_until_they_say_so(engine: Engine) -> None:
    (number,) = add(engine, new("a")).new
    visited(engine, number, last_at=AT, next_at=AT + timedelta(days=3))
    with writing(engine) as session:
        change_state(session, number, SourceState.DISABLED, "too noisy", at=AT)
    later = AT + timedelta(days=9)
    assert ask(engine, lambda session: due_sources(session, later, limit=9)) == []
    assert ask(engine, lambda session: due_sources(session, later, limit=9, only=[number])) == []
    assert ask(engine, lambda session: count_due(session, later)) == (0, 0, None)
    with writing(engine) as session:
        change_state(session, number, SourceState.ACTIVE, None, at=AT)
    found = ask(engine, lambda session: read_source(session, number))
    assert (found.state, found.state_why, found.next_at) == (SourceState.ACTIVE, None, AT)


def test_an_archive_is_never_visited(engine: Engine) -> None:
    with writing(engine) as session:
        number = source_id(session, Family.ARXIV)
    with pytest.raises(InvalidInput, match="is an archive"), writing(engine) as session:
        change_state(session, number, SourceState.DISABLED, "x", at=AT)
    assert ask(engine, lambda session: due_sources(session, AT, limit=9)) == []
    assert ask(engine, lambda session: page_sources(session)).items == ()
    assert examine(engine, None) == []


def test_a_source_is_found_by_its_number_its_address_or_a_piece_that_only_it_has(engine: Engine) -> None:
    numbers = add(engine, new("alpha"), new("alphabet"), new("b_ta")).new

    def found(reference: str) -> int:
        return ask(engine, lambda session: find_source(session, reference)).id

    assert found(str(numbers[1])) == numbers[1]
    assert found("https://alpha.example/feed") == numbers[0]
    assert (found("ALPHABET"), found("The B_T")) == (numbers[1], numbers[2])
    with pytest.raises(InvalidInput, match="several sources have 'alpha'"):
        found("alpha")
    for nothing in ("99", "zorb", "b%a", "alpha_"):
        with pytest.raises(NotFound):
            found(nothing)


def test_pages_of_sources_hold_each_of_them_once_in_every_order(engine: Engine) -> None:
    add(engine, *(new(name) for name in "dbeac"))
    for sort in ("address", "-address", "next_at", "failures", "-id"):
        seen: list[int] = []
        cursor = None
        while True:
            with reading(engine) as session:
                page = page_sources(session, sort=sort, limit=2, cursor=cursor)
            seen += [row.id for row in page.items]
            if (cursor := page.next_cursor) is None:
                break
        assert len(seen) == len(set(seen)) == 5, sort
    with reading(engine) as session:
        assert [row.title for row in page_sources(session, contains="THE D").items] == ["The d"]
        assert page_sources(session, failing=True).items == ()
