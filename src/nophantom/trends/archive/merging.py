"""Merging a batch of items into what is known: each native id is one document, its earliest dates win."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from nophantom.store.portions import portions
from nophantom.trends.archive import tables
from nophantom.trends.archive.tables import ItemOutcome
from nophantom.trends.documents import Document, Family, Item


@dataclass(frozen=True, slots=True)
class _Known:
    """A document that has a row."""

    id: int
    published_on: date
    first_seen: date


def merge_items(session: Session, fetch_id: int, items: Sequence[Item]) -> dict[ItemOutcome, int]:
    """Write items and what is new in them; returns how many became what.

    The unit of work must be the only one that writes (`store.engine.writing` sees to it): the documents above the
    highest number that was there before are the new ones.
    """
    documents = [item.document for item in items if item.document is not None]
    earliest = _earliest(documents)
    known = _known_documents(session, earliest)
    fresh = {d.native_id: d for d in reversed(documents) if d.native_id not in known}
    highest = session.execute(select(func.max(tables.Document.id))).scalar() or 0
    _insert_documents(session, (fresh[i] for i in earliest if i in fresh), earliest)
    _move_dates(session, known, earliest)
    rows = {native_id: row.id for native_id, row in known.items()}
    rows |= _documents_above(session, highest)
    _link_collections(session, documents, rows, fresh.keys())
    return _insert_items(session, fetch_id, items, rows, set(fresh))


def source_id(session: Session, family: Family) -> int:
    """The number of the source that stands for the archives of a family."""
    address = f"archive:{family.value}"
    known = session.execute(select(tables.Source.id).where(tables.Source.address == address)).scalar()
    if known is not None:
        return known
    session.add(new := tables.Source(address=address, family=family))
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
        rows = session.connection().execute(
            select(d.native_id, d.id, d.published_on, d.first_seen).where(d.native_id.in_(some))
        )
        found.update({native_id: _Known(number, *days) for native_id, number, *days in rows})
    return found


def _documents_above(session: Session, highest: int) -> dict[str, int]:
    d = tables.Document
    rows = session.connection().execute(select(d.native_id, d.id).where(d.id > highest))
    return dict(rows.all())


def _insert_documents(
    session: Session, documents: Iterable[Document], earliest: Mapping[str, tuple[date, date]]
) -> None:
    columns = (
        "native_id, family, kind, title, text, url, author, site, published_on, first_seen, language, list_name, "
        "product"
    )
    rows = []
    for d in documents:
        published_on, first_seen = earliest[d.native_id]
        about = (d.native_id, d.family.value, d.kind.value, d.title, d.text, d.url, d.author, d.site)
        rest = (published_on.isoformat(), first_seen.isoformat(), d.language, d.list_name, d.product)
        rows.append(about + rest)
    _insert_many(session, "document", columns, rows)


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
    _insert_many(session, "document_collection", "document_id, collection_id, first_seen", new)
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
        c = tables.Collection
        rows = session.execute(select(c.source_id, c.name, c.id))
        self._ids = {(source, name): number for source, name, number in rows}
        self._sources: dict[Family, int] = {}

    def id_of(self, family: Family, name: str) -> int:
        """The number of a collection in the archives of a family."""
        if family not in self._sources:
            self._sources[family] = source_id(self._session, family)
        key = (self._sources[family], name)
        if key not in self._ids:
            self._session.add(new := tables.Collection(source_id=key[0], name=name))
            self._session.flush()
            self._ids[key] = new.id
        return self._ids[key]


def _insert_items(
    session: Session, fetch_id: int, items: Sequence[Item], rows: Mapping[str, int], fresh: set[str]
) -> dict[ItemOutcome, int]:
    """Write the items; the first one of each fresh native id is the document, the others are duplicates."""
    counts = dict.fromkeys(ItemOutcome, 0)
    written = []
    for item in items:
        document_id = None
        if item.document is None:
            outcome = ItemOutcome.DROP
        else:
            document_id = rows[item.document.native_id]
            is_first = item.document.native_id in fresh
            outcome = ItemOutcome.DOCUMENT if is_first else ItemOutcome.DUPLICATE
            fresh.discard(item.document.native_id)
        counts[outcome] += 1
        reason, seen = (item.drop.value, item.seen) if item.drop else (None, None)
        written.append((fetch_id, item.position, item.raw_hash, outcome.value, document_id, reason, seen))
    columns = "fetch_id, position, raw_hash, outcome, document_id, reason, seen"
    _insert_many(session, "item", columns, written)
    return counts


def _insert_many(session: Session, table: str, columns: str, rows: Sequence[tuple[object, ...]]) -> None:
    """Insert plain tuples by the driver's own way: a third of the time of an import, else spent on types.

    Days go as `YYYY-MM-DD` and words of closed lists as texts; the rules of the tables are checked as ever.
    """
    if rows:
        connection = session.connection()
        mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
        marks = ", ".join([mark] * len(rows[0]))
        statement = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608 - names of ours
        connection.exec_driver_sql(statement, rows)
