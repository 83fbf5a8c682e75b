"""What is written comes back; each native id is one document; the books balance. On both stores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, text
from sqlalchemy.orm import Session

from nophantom.errors import Unavailable
from nophantom.store import portions
from nophantom.store.engine import reading, writing
from nophantom.trends.archive import source_tables, story_tables, tables
from nophantom.trends.archive.intake import (
    ArchiveFile,
    CollectionSpan,
    DropCount,
    FetchBooks,
    collection_spans,
    count_books,
    count_drops,
    find_fetch,
    finish_fetch,
    read_documents,
    record_batch,
    start_fetch,
)
from nophantom.trends.archive.source_tables import FetchOutcome
from nophantom.trends.archive.tables import ItemOutcome
from nophantom.trends.documents import Document, Family, Item, ItemDrop, Kind

T = TypeVar("T")
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
DAY = date(2022, 11, 1)
FILE = ArchiveFile("a.jsonl", "0" * 64, 100, Family.FEED)
RAW = b"0123456789abcdef"
PAPER = Document(
    native_id="arxiv:1201.0341",
    family=Family.ARXIV,
    kind=Kind.PAPER,
    title="A title with 漢 and 🚀",
    text="two\nlines",
    url="https://arxiv.org/abs/1201.0341",
    author="Zoltan Szabo",
    site="arxiv.org",
    published_on=DAY,
    first_seen=DAY + timedelta(days=3),
    language="en",
    collections=("archive", "daily"),
    list_name="",
    product="arxiv:1201.0341",
)
POST = Document(
    native_id="web:1",
    family=Family.FEED,
    kind=Kind.POST,
    title="t",
    text="",
    url="",
    author=None,
    site=None,
    published_on=DAY,
    first_seen=DAY,
    language="zh",
    collections=("feeds",),
    list_name="tech",
    product=None,
)


def items(things: Sequence[Document | ItemDrop], first: int = 1) -> list[Item]:
    return [
        Item(n, RAW, None, thing, f"seen {n}") if isinstance(thing, ItemDrop) else Item(n, RAW, thing)
        for n, thing in enumerate(things, first)
    ]


def record(engine: Engine, *batches: Sequence[Document | ItemDrop], file: ArchiveFile = FILE) -> FetchBooks:
    with writing(engine) as session:
        fetch = start_fetch(session, file, at=AT)
    for things in batches:
        with writing(engine) as session:
            fetch = record_batch(
                session, fetch, items(things, fetch.lines + 1), lines=fetch.lines + len(things)
            )
    return fetch


def documents(engine: Engine, *, first: date | None = None, last: date | None = None) -> list[Document]:
    with reading(engine) as session:
        return [d for _, d in read_documents(session, first=first, last=last)]


def ask(engine: Engine, question: Callable[[Session], T]) -> T:
    with reading(engine) as session:
        return question(session)


def test_a_document_comes_back_as_it_was_written(engine: Engine) -> None:
    record(engine, [PAPER, POST])
    assert documents(engine) == [POST, PAPER]


def test_documents_come_by_the_day_they_were_known_then_by_native_id_byte_by_byte(engine: Engine) -> None:
    ids = ["web:a", "web:B", "web:é", "web:_", "hn:10", "hn:9", "web:ab"]
    early = replace(POST, native_id="web:z", published_on=DAY - timedelta(1), first_seen=DAY - timedelta(1))
    record(engine, [*(replace(POST, native_id=i) for i in ids), early])
    assert [d.native_id for d in documents(engine)] == ["web:z", *sorted(ids, key=str.encode)]


def test_documents_of_some_days_are_read_with_both_ends_and_their_row_numbers(sqlite_engine: Engine) -> None:
    days = [DAY + timedelta(n) for n in range(5)]
    record(sqlite_engine, [replace(POST, native_id=f"hn:{n}", first_seen=day) for n, day in enumerate(days)])

    def seen(**window: date) -> list[date]:
        return [d.first_seen for d in documents(sqlite_engine, **window)]

    assert seen(first=days[1], last=days[3]) == days[1:4]
    assert seen(first=days[4]) == days[4:]
    assert seen(last=days[0]) == days[:1]
    assert seen(first=days[4] + timedelta(1)) == []
    numbers = ask(sqlite_engine, lambda s: [number for number, _ in read_documents(s)])
    assert len(set(numbers)) == 5


def test_a_native_id_that_is_known_is_a_duplicate_linked_to_its_document(engine: Engine) -> None:
    """In the same batch, in a later batch and in another file."""
    first = record(engine, [POST, POST, PAPER], [POST])
    second = record(engine, [PAPER, POST], file=replace(FILE, sha256="1" * 64))

    assert (first.documents, first.duplicates, second.documents, second.duplicates) == (2, 2, 0, 2)
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT fetch_id, position, outcome, document_id FROM item ORDER BY fetch_id, position")
        ).all()
    by_id = {d.native_id: n for n, d in ask(engine, lambda s: list(read_documents(s)))}
    post, paper = by_id[POST.native_id], by_id[PAPER.native_id]
    assert [tuple(row) for row in rows] == [
        (1, 1, "document", post),
        (1, 2, "duplicate", post),
        (1, 3, "document", paper),
        (1, 4, "duplicate", post),
        (2, 1, "duplicate", paper),
        (2, 2, "duplicate", post),
    ]


@pytest.mark.parametrize("split", [True, False])
def test_the_first_title_stays_the_earliest_days_win_and_collections_add_up(
    engine: Engine, split: bool
) -> None:
    late = replace(POST, first_seen=DAY + timedelta(9), collections=("feeds", "new"))
    early = replace(
        POST,
        title="another",
        published_on=DAY - timedelta(5),
        first_seen=DAY - timedelta(2),
        collections=("old", "new"),
    )
    record(engine, *([[late], [early]] if split else [[late, early]]))
    assert documents(engine) == [
        replace(
            POST,
            published_on=DAY - timedelta(5),
            first_seen=DAY - timedelta(2),
            collections=("feeds", "new", "old"),
        )
    ]


def test_a_collection_began_when_it_saw_a_document_itself_not_when_another_one_did(engine: Engine) -> None:
    years_ago = replace(
        POST, published_on=date(2010, 1, 1), first_seen=date(2010, 1, 1), collections=("old",)
    )
    record(engine, [years_ago], [POST], [replace(POST, native_id="web:2", collections=("feeds", "old"))])
    record(engine, [PAPER], file=replace(FILE, sha256="1" * 64))
    assert ask(engine, collection_spans) == [
        CollectionSpan("archive", PAPER.first_seen, PAPER.first_seen, 1),
        CollectionSpan("daily", PAPER.first_seen, PAPER.first_seen, 1),
        CollectionSpan("feeds", DAY, DAY, 2),
        CollectionSpan("old", date(2010, 1, 1), DAY, 2),
    ]


def test_a_collection_that_sees_a_document_earlier_than_it_had_said_is_moved(sqlite_engine: Engine) -> None:
    record(sqlite_engine, [replace(POST, first_seen=DAY + timedelta(3))], [POST])
    assert ask(sqlite_engine, collection_spans) == [CollectionSpan("feeds", DAY, DAY, 1)]


def test_drops_are_told_by_reason_most_frequent_first_with_their_first_examples(engine: Engine) -> None:
    things: list[Document | ItemDrop] = [
        ItemDrop.NO_ID,
        POST,
        ItemDrop.BAD_DATE,
        ItemDrop.NO_ID,
        ItemDrop.NO_ID,
    ]
    fetch = record(engine, things)
    assert ask(engine, lambda s: count_drops(s, fetch.fetch_id, examples=2)) == [
        DropCount(ItemDrop.NO_ID, 3, ((1, "seen 1"), (4, "seen 4"))),
        DropCount(ItemDrop.BAD_DATE, 1, ((3, "seen 3"),)),
    ]


def test_the_books_count_every_line_of_every_fetch(engine: Engine) -> None:
    fetch = record(engine, [POST, POST, ItemDrop.NO_ID])
    with writing(engine) as session:
        fetch = record_batch(session, fetch, items([PAPER], 7), lines=8, outside=3, blank=1)
        fetch = finish_fetch(session, fetch, FetchOutcome.COMPLETE, at=AT)
    (books,) = ask(engine, count_books)
    counted = {ItemOutcome.DOCUMENT: 2, ItemOutcome.DUPLICATE: 1, ItemOutcome.DROP: 1}
    assert books == replace(fetch, counted=counted)
    assert (books.items, books.lines, books.source, books.outcome) == (4, 8, "archive:feed", "complete")
    assert books.balance


@pytest.mark.parametrize("outcome", list(ItemOutcome))
def test_books_whose_rows_of_items_are_not_as_many_as_stated_do_not_balance(
    sqlite_engine: Engine, outcome: ItemOutcome
) -> None:
    record(sqlite_engine, [POST, POST, ItemDrop.NO_ID])
    with writing(sqlite_engine) as session:
        session.execute(delete(tables.Item).where(tables.Item.outcome == outcome))
    assert [books.balance for books in ask(sqlite_engine, count_books)] == [False]


def test_the_same_content_is_one_fetch_and_another_window_is_another(sqlite_engine: Engine) -> None:
    first = record(sqlite_engine, [POST])
    again = record(sqlite_engine, file=replace(FILE, path="copy.jsonl"))
    windows = [replace(FILE, first=DAY), replace(FILE, last=DAY), replace(FILE, first=DAY, last=DAY)]
    others = [record(sqlite_engine, file=file) for file in windows]
    assert again == first
    assert len({fetch.fetch_id for fetch in (first, *others)}) == 4
    assert ask(sqlite_engine, lambda s: find_fetch(s, windows[2].identity)) == others[2]
    assert ask(sqlite_engine, lambda s: find_fetch(s, replace(FILE, sha256="2" * 64).identity)) is None


def test_a_batch_from_a_line_that_another_import_has_passed_is_refused_and_leaves_nothing(
    engine: Engine,
) -> None:
    start = record(engine)
    record(engine, [POST, PAPER])
    with pytest.raises(Unavailable, match="another import of"), writing(engine) as session:
        record_batch(session, start, items([replace(POST, native_id="web:9")]), lines=1)
    assert [books.items for books in ask(engine, count_books)] == [2]
    assert len(documents(engine)) == 2


def test_a_batch_of_more_ids_than_a_statement_takes_is_written(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portions, "AT_ONCE", 3)
    things = [replace(POST, native_id=f"hn:{n}") for n in range(10)]
    assert record(sqlite_engine, things).documents == 10
    again = record(sqlite_engine, things, file=replace(FILE, sha256="1" * 64))
    assert (again.documents, again.duplicates) == (0, 10)
    assert [span.documents for span in ask(sqlite_engine, collection_spans)] == [10]


def test_a_file_whose_name_is_no_text_can_be_recorded(sqlite_engine: Engine) -> None:
    assert record(sqlite_engine, file=replace(FILE, path="a\udcff.jsonl")).path == "a\ufffd.jsonl"


THINGS = st.lists(
    st.one_of(
        st.sampled_from(list(ItemDrop)),
        st.builds(
            lambda n, published, wait, names: replace(
                POST,
                native_id=f"hn:{n}",
                title=f"{n} {published} {wait} {names}",
                published_on=DAY + timedelta(published),
                first_seen=DAY + timedelta(published + wait),
                collections=tuple(sorted(names)),
            ),
            st.integers(1, 4),
            st.integers(0, 5),
            st.integers(0, 5),
            st.sets(st.sampled_from("abc"), min_size=1),
        ),
    ),
    max_size=14,
)


def expected(things: Sequence[Document | ItemDrop]) -> list[Document]:
    """The other road: a dictionary, one item after the other."""
    found: dict[str, Document] = {}
    for d in things:
        if isinstance(d, Document):
            there = found.get(d.native_id, d)
            found[d.native_id] = replace(
                there,
                published_on=min(there.published_on, d.published_on),
                first_seen=min(there.first_seen, d.first_seen),
                collections=tuple(sorted({*there.collections, *d.collections})),
            )
    return sorted(found.values(), key=lambda d: (d.first_seen, d.native_id))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(things=THINGS, cuts=st.sets(st.integers(1, 13), max_size=4))
def test_however_items_are_cut_into_batches_the_documents_are_the_same(
    sqlite_engine: Engine, things: list[Any], cuts: set[int]
) -> None:
    with writing(sqlite_engine) as session:  # the last example's
        for table in (
            tables.Item,
            tables.DocumentCollection,
            story_tables.UnlinkedDocument,
            tables.Document,
            source_tables.Fetch,
            source_tables.Collection,
        ):
            session.execute(delete(table))
    ends = [0, *sorted(c for c in cuts if c < len(things)), len(things)]

    fetch = record(sqlite_engine, *(things[a:b] for a, b in pairwise(ends)))

    assert documents(sqlite_engine) == expected(things)
    assert fetch.items == len(things)
    assert fetch.drops == sum(isinstance(thing, ItemDrop) for thing in things)
    assert all(books.balance for books in ask(sqlite_engine, count_books))
    links = ask(sqlite_engine, collection_spans)
    assert {s.name for s in links} == {n for d in expected(things) for n in d.collections}
    for span in links:
        days = {
            i: min(
                d.first_seen
                for d in things
                if isinstance(d, Document) and d.native_id == i and span.name in d.collections
            )
            for i in {d.native_id for d in things if isinstance(d, Document) and span.name in d.collections}
        }
        assert (span.first, span.last, span.documents) == (min(days.values()), max(days.values()), len(days))


def test_as_first_seen_a_document_has_the_collections_of_its_first_day(engine: Engine) -> None:
    """What came later must change nothing; what only a search had first has those that had it at all."""
    first = replace(POST, collections=("feeds",))
    record(engine, [first], [replace(POST, first_seen=DAY + timedelta(3), collections=("late",))])
    with reading(engine) as session:
        seen = [d for _, d in read_documents(session, as_first_seen=True)]

    assert documents(engine) == [replace(POST, collections=("feeds", "late"))]
    assert seen == [first]
