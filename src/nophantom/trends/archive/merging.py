"""Merging a batch of items into what is known: each native id is one document, its earliest dates win."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import NamedTuple

import orjson
from sqlalchemy import JSON, Select, Text, bindparam, cast, func, select, update
from sqlalchemy.orm import Session

from nophantom.store.portions import portions
from nophantom.trends.archive import source_tables, tables
from nophantom.trends.archive.story_queue import wait_for_stories
from nophantom.trends.archive.tables import ItemOutcome
from nophantom.trends.documents import Document, Family, Item
from nophantom.trends.search_words import words_of

LEADS = "leads"
"""The collection of what was found by asking for a topic: evidence, never a count."""


@dataclass(frozen=True, slots=True)
class _Known:
    """A document that has a row."""

    id: int
    published_on: date
    first_seen: date


class Merged(NamedTuple):
    """Documents that have rows now.

    Attributes:
        rows: number of each, by native id.
        fresh: native ids of those that are new.
    """

    rows: dict[str, int]
    fresh: set[str]


def merge_items(session: Session, fetch_id: int, items: Sequence[Item]) -> dict[ItemOutcome, int]:
    """Write items and what is new in them; returns how many became what.

    The unit of work must be the only one that writes (`store.engine.writing` sees to it): the documents above the
    highest number that was there before are the new ones.
    """
    merged = merge_documents(session, [item.document for item in items if item.document is not None])
    return count_outcomes(insert_items(session, [(fetch_id, item) for item in items], merged))


def merge_documents(session: Session, documents: Sequence[Document]) -> Merged:
    """Write what is new in documents, in a unit of work that is the only one that writes."""
    earliest = _earliest(documents)
    known = _known_documents(session, earliest)
    fresh = {d.native_id: d for d in reversed(documents) if d.native_id not in known}
    highest = session.execute(select(func.max(tables.Document.id))).scalar() or 0
    _insert_documents(session, (fresh[i] for i in earliest if i in fresh), earliest)
    _move_dates(session, known, earliest)
    rows = {native_id: row.id for native_id, row in known.items()}
    rows |= _documents_above(session, highest)
    _insert_words(session, fresh, rows)
    _link_collections(session, documents, rows, fresh.keys())
    older = {row.id: earliest[i][1] < row.first_seen for i, row in known.items()}
    wait_for_stories(session, [rows[i] for i in fresh], older)
    return Merged(rows, set(fresh))


def count_outcomes(outcomes: Iterable[ItemOutcome]) -> dict[ItemOutcome, int]:
    """How many items became what."""
    counts = dict.fromkeys(ItemOutcome, 0)
    for outcome in outcomes:
        counts[outcome] += 1
    return counts


def source_id(session: Session, family: Family) -> int:
    """The number of the source that stands for the archives of a family."""
    address = f"archive:{family.value}"
    known = session.execute(
        select(source_tables.Source.id).where(source_tables.Source.address == address)
    ).scalar()
    if known is not None:
        return known
    session.add(new := source_tables.Source(address=address, family=family))
    session.flush()
    return new.id


def _earliest(documents: Iterable[Document]) -> dict[str, tuple[date, date]]:
    """The earliest days of publication and of being seen, by native id in the order of first appearance."""
    found: dict[str, tuple[date, date]] = {}
    for d in documents:
        there = found.get(d.native_id)
        here = (d.published_on, d.first_seen)
        found[d.native_id] = here if there is None else (min(there[0], here[0]), min(there[1], here[1]))
    return found


def _known_documents(session: Session, native_ids: Iterable[str]) -> dict[str, _Known]:
    d = tables.Document
    found: dict[str, _Known] = {}
    for some in portions(native_ids):
        query = select(d.native_id, d.id, d.published_on, d.first_seen).where(
            d.native_id.in_(listed(session))
        )
        rows = session.connection().execute(query, {"listed": orjson.dumps(some).decode()})
        found.update({native_id: _Known(number, *days) for native_id, number, *days in rows})
    return found


def listed(session: Session) -> Select[str]:
    """The texts of a list that a statement is given as `listed`, in JSON.

    It is one value: a statement with thousands of them takes longer to put together than they take to look up.
    """
    sent = bindparam("listed", type_=Text)
    if session.get_bind().dialect.name == "sqlite":
        return select(func.json_each(sent).table_valued("value").c.value)
    return select(func.json_array_elements_text(cast(sent, JSON)).table_valued("value").c.value)


def _documents_above(session: Session, highest: int) -> dict[str, int]:
    d = tables.Document
    rows = session.connection().execute(select(d.native_id, d.id).where(d.id > highest))
    return dict(rows.all())


def _insert_documents(
    session: Session, documents: Iterable[Document], earliest: Mapping[str, tuple[date, date]]
) -> None:
    columns = (
        "native_id, family, kind, title, text, url, author, site, published_on, first_seen, language, list_name, "
        "product, published_at, certainty"
    )
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    rows = []
    for d in documents:
        published_on, first_seen = earliest[d.native_id]
        about = (d.native_id, d.family.value, d.kind.value, d.title, d.text, d.url, d.author, d.site)
        moment = d.published_at and as_stored(d.published_at, is_sqlite=is_sqlite)
        days = (published_on.isoformat(), first_seen.isoformat())
        rest = (*days, d.language, d.list_name, d.product, moment, d.certainty.value)
        rows.append(about + rest)
    insert_many(session, "document", columns, rows)


def as_stored(moment: datetime, *, is_sqlite: bool) -> datetime | str:
    """A moment as the driver takes it: `UtcDateTime` is not asked where rows are written in bulk."""
    if not is_sqlite:
        return moment
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return utc.replace(tzinfo=None).isoformat(" ", "microseconds")


def _insert_words(session: Session, fresh: Mapping[str, Document], rows: Mapping[str, int]) -> None:
    """The words by which new documents are found; in the same unit of work, so that none is ever missing."""
    found = [(rows[i], " ".join(sorted(words_of(d.title, d.text)))) for i, d in fresh.items()]
    if not found:
        return
    connection = session.connection()
    statement = (
        "INSERT INTO document_words (rowid, words) VALUES (?, ?)"
        if connection.dialect.name == "sqlite"
        else "INSERT INTO document_words (document_id, words) "
        "VALUES (%s, array_to_tsvector(string_to_array(%s, ' ')))"
    )
    connection.exec_driver_sql(statement, found)


def _move_dates(
    session: Session, known: Mapping[str, _Known], earliest: Mapping[str, tuple[date, date]]
) -> None:
    """A document that turns out to have been published or seen earlier was known earlier."""
    for native_id, row in known.items():
        published, seen = earliest[native_id]
        if published < row.published_on or seen < row.first_seen:
            session.execute(
                update(tables.Document)
                .where(tables.Document.id == row.id)
                .values(published_on=min(published, row.published_on), first_seen=min(seen, row.first_seen))
                .execution_options(synchronize_session=False)
            )


def _link_collections(
    session: Session, documents: Iterable[Document], rows: Mapping[str, int], fresh: Iterable[str]
) -> None:
    """Note which collection held which document, and from when."""
    collections = _Collections(session)
    wanted: dict[tuple[int, int], date] = {}
    for d in documents:
        document_id = rows[d.native_id]
        for name in d.collections:
            key = (document_id, collections.id_of(d.family, name))
            seen = wanted.get(key)
            wanted[key] = d.first_seen if seen is None else min(seen, d.first_seen)
    there = _known_links(session, {key[0] for key in wanted} - {rows[native_id] for native_id in fresh})
    link = tables.DocumentCollection
    new = [
        (document_id, collection_id, seen.isoformat())
        for (document_id, collection_id), seen in wanted.items()
        if (document_id, collection_id) not in there
    ]
    insert_many(session, "document_collection", "document_id, collection_id, first_seen", new)
    for key, before in there.items():
        if wanted.get(key, before) < before:
            session.execute(
                update(link)
                .where(link.document_id == key[0], link.collection_id == key[1])
                .values(first_seen=wanted[key])
                .execution_options(synchronize_session=False)
            )


def _known_links(session: Session, document_ids: Iterable[int]) -> dict[tuple[int, int], date]:
    link = tables.DocumentCollection
    found: dict[tuple[int, int], date] = {}
    for some in portions(sorted(document_ids)):
        rows = session.execute(
            select(link.document_id, link.collection_id, link.first_seen).where(link.document_id.in_(some))
        )
        found.update({(document_id, collection_id): seen for document_id, collection_id, seen in rows})
    return found


class _Collections:
    """Numbers of collections by family and name, as one unit of work sees them; new ones are added."""

    def __init__(self, session: Session) -> None:
        self._session = session
        c = source_tables.Collection
        rows = session.execute(select(c.source_id, c.name, c.id))
        self._ids = {(source, name): number for source, name, number in rows}
        self._sources: dict[Family, int] = {}

    def id_of(self, family: Family, name: str) -> int:
        """The number of a collection in the archives of a family."""
        if family not in self._sources:
            self._sources[family] = source_id(self._session, family)
        key = (self._sources[family], name)
        if key not in self._ids:
            self._session.add(
                new := source_tables.Collection(source_id=key[0], name=name, counts=name != LEADS)
            )
            self._session.flush()
            self._ids[key] = new.id
        return self._ids[key]


def outcomes_of(items: Iterable[Item], fresh: set[str]) -> list[ItemOutcome]:
    """What becomes of items: the first one of each fresh native id is the document, the others are duplicates.

    Args:
        items: in order.
        fresh: native ids that no item has claimed yet; those that are claimed here are taken out.
    """
    found = []
    for item in items:
        if item.document is None:
            found.append(ItemOutcome.DROP)
        elif item.document.native_id in fresh:
            fresh.discard(item.document.native_id)
            found.append(ItemOutcome.DOCUMENT)
        else:
            found.append(ItemOutcome.DUPLICATE)
    return found


def insert_items(session: Session, sent: Sequence[tuple[int, Item]], merged: Merged) -> list[ItemOutcome]:
    """Write items, each with the number of its fetch; returns what became of each."""
    outcomes = outcomes_of((item for _, item in sent), merged.fresh)
    written = []
    for (fetch_id, item), outcome in zip(sent, outcomes, strict=True):
        document_id = None if item.document is None else merged.rows[item.document.native_id]
        reason, seen = (item.drop.value, item.seen) if item.drop else (None, None)
        written.append((fetch_id, item.position, item.raw_hash, outcome.value, document_id, reason, seen))
    columns = "fetch_id, position, raw_hash, outcome, document_id, reason, seen"
    insert_many(session, "item", columns, written)
    return outcomes


def insert_many(session: Session, table: str, columns: str, rows: Sequence[tuple[object, ...]]) -> None:
    """Insert plain tuples by the driver's own way: a third of the time of an import, else spent on types.

    Days go as `YYYY-MM-DD` and words of closed lists as texts; the rules of the tables are checked as ever.
    """
    if rows:
        connection = session.connection()
        mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
        marks = ", ".join([mark] * len(rows[0]))
        statement = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608 - names of ours
        connection.exec_driver_sql(statement, rows)


def update_many(
    session: Session, table: str, columns: str, key: str, rows: Sequence[tuple[object, ...]]
) -> None:
    """The same for rows that are there: each tuple is the values of the columns, and then that of the key."""
    if rows:
        connection = session.connection()
        mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
        changes = ", ".join(f"{name} = {mark}" for name in columns.split(", "))
        statement = f"UPDATE {table} SET {changes} WHERE {key} = {mark}"  # noqa: S608 - names of ours
        connection.exec_driver_sql(statement, rows)
