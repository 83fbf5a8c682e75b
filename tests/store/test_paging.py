"""Keyset pages: whatever the sort, the size and the rows, all pages together are the list, once each."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import (
    Column,
    Date,
    Engine,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    insert,
    select,
)
from sqlalchemy.orm import Session

from nophantom.errors import InvalidInput
from nophantom.store.paging import COUNTED_EXACTLY, MOST, Page, order_of, page_of, read_page

THINGS = Table(
    "thing",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("size", Float, nullable=False),
    Column("word", String(collation=None), nullable=False),
    Column("day", Date),
)
SORTS = {"size": THINGS.c.size, "word": THINGS.c.word, "id": THINGS.c.id}


def store_of(rows: list[tuple[float, str]], engine: Engine | None = None) -> Engine:
    engine = engine or create_engine("sqlite://")
    THINGS.metadata.drop_all(engine)
    THINGS.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        if rows:
            values = [{"id": n, "size": size, "word": word} for n, (size, word) in enumerate(rows, 1)]
            session.execute(insert(THINGS), values)
    return engine


def read(engine: Engine, sort: str, limit: int, cursor: str | None = None, **filters: Any) -> Page[Any]:
    with Session(engine) as session:
        order = order_of(sort, SORTS, THINGS.c.id)
        return read_page(session, select(THINGS.c.id), order, limit=limit, cursor=cursor, filters=filters)


def walk(engine: Engine, sort: str, limit: int) -> list[Page[Any]]:
    pages = [read(engine, sort, limit)]
    while cursor := pages[-1].next_cursor:
        pages.append(read(engine, sort, limit, cursor))
    return pages


sizes = st.floats(allow_nan=False, allow_infinity=False, width=64)
words = st.text(st.characters(codec="ascii", exclude_characters="\x00"), max_size=3)


@given(
    rows=st.lists(st.tuples(sizes | st.sampled_from([0.0, 1.0]), words), max_size=30),
    sort=st.sampled_from(["size", "-size", "word", "-word", "id", "-id"]),
    limit=st.integers(1, 7),
)
@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
def test_all_pages_together_are_the_sorted_list(rows: list[tuple[float, str]], sort: str, limit: int) -> None:
    engine = store_of(rows)
    pages = walk(engine, sort, limit)

    place = {"size": 0, "word": 1}
    keys = {
        n: (row[place[sort.lstrip("-")]] if sort.lstrip("-") in place else n, n)
        for n, row in enumerate(rows, 1)
    }
    expected = sorted(keys, key=lambda n: keys[n], reverse=sort.startswith("-"))
    assert [row.id for page in pages for row in page.items] == expected
    assert {(page.total, page.total_is_exact) for page in pages} == {(len(rows), True)}
    assert all(len(page.items) == limit for page in pages[:-1])


def test_pages_are_the_same_on_both_stores(engine: Engine) -> None:
    rows = [(float(n % 7) / 3, "b") for n in range(40)]
    store_of(rows, engine)
    try:
        found = [row.id for page in walk(engine, "-size", 6) for row in page.items]
        assert found == sorted(range(1, 41), key=lambda n: (rows[n - 1][0], n), reverse=True)
    finally:
        THINGS.metadata.drop_all(engine)


def test_rows_that_come_between_two_pages_neither_shift_nor_repeat_what_follows() -> None:
    engine = store_of([(float(n), "") for n in range(10, 20)])
    first = read(engine, "size", 4)
    with Session(engine) as session, session.begin():
        session.execute(insert(THINGS), [{"id": 100 + n, "size": float(n), "word": ""} for n in range(5)])
    second = read(engine, "size", 4, first.next_cursor)
    assert [row.id for row in first.items + second.items] == [1, 2, 3, 4, 5, 6, 7, 8]


def test_a_total_is_exact_up_to_ten_thousand_and_says_when_it_is_not() -> None:
    assert read(store_of([(0.0, "")] * COUNTED_EXACTLY), "id", 1).total_is_exact
    more = read(store_of([(0.0, "")] * (COUNTED_EXACTLY + 1)), "id", 1)
    assert (more.total, more.total_is_exact) == (COUNTED_EXACTLY, False)


def test_a_cursor_of_another_list_is_refused() -> None:
    engine = store_of([(float(n), "") for n in range(5)])
    cursor = read(engine, "size", 2, family="feed").next_cursor
    assert read(engine, "size", 2, cursor, family="feed").items
    for sort, filters in (("-size", {"family": "feed"}), ("size", {"family": "hn"}), ("size", {})):
        with pytest.raises(InvalidInput, match="another sort or other filters"):
            read(engine, sort, 2, cursor, **filters)


def forged(cursor: str, value: Any, key: Any) -> str:
    home = json.loads(base64.urlsafe_b64decode(cursor + "=="))[0]
    return base64.urlsafe_b64encode(json.dumps([home, value, key]).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "make",
    [
        lambda _: "",
        lambda _: "none",
        lambda _: "ü",
        lambda _: base64.urlsafe_b64encode(b"[1]").decode(),
        lambda _: base64.urlsafe_b64encode(b"{}").decode(),
        lambda c: forged(c, "text", 1),
        lambda c: forged(c, None, 1),
        lambda c: forged(c, 1.0, 2**70),
        lambda c: forged(c, 1.0, "1; drop table thing"),
        lambda c: forged(c, [1.0], 1),
    ],
)
def test_a_cursor_that_nobody_gave_is_refused_and_never_reaches_the_database(make: Any) -> None:
    engine = store_of([(float(n), "") for n in range(5)])
    cursor = read(engine, "size", 2).next_cursor
    assert cursor
    with pytest.raises(InvalidInput, match="cursor"):
        read(engine, "size", 2, make(cursor))


def test_an_unknown_sort_and_an_odd_limit_say_what_there_is() -> None:
    engine = store_of([(1.0, "")])
    with pytest.raises(InvalidInput, match="sorted by size, word, id"):
        read(engine, "colour", 1)
    for limit in (0, -1, MOST + 1):
        with pytest.raises(InvalidInput, match=f"1 to {MOST} rows"):
            read(engine, "id", limit)


@given(n=st.integers(0, 40), limit=st.integers(1, 7))
def test_a_computed_list_is_paged_likewise(n: int, limit: int) -> None:
    found: list[int] = []
    cursor, rounds = None, 0
    while rounds == 0 or cursor:
        page = page_of(range(n), limit=limit, cursor=cursor, filters={"pair": [1, 2]})
        found += page.items
        cursor, rounds = page.next_cursor, rounds + 1
        assert (page.total, page.total_is_exact) == (n, True)
    assert found == list(range(n))
    assert rounds == max(1, -(-n // limit))


def test_a_cursor_of_another_computed_list_is_refused() -> None:
    cursor = page_of(range(9), limit=2, filters={"pair": [1, 2]}).next_cursor
    with pytest.raises(InvalidInput, match="another sort or other filters"):
        page_of(range(9), limit=2, cursor=cursor, filters={"pair": [2, 1]})
