"""Writing what was fetched, batch by batch, and reading it back as documents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import Select, Text, cast, func, select, update
from sqlalchemy.orm import Session

from nophantom.errors import Unavailable
from nophantom.trends.archive import source_tables, tables
from nophantom.trends.archive.merging import merge_items, source_id
from nophantom.trends.archive.source_tables import FetchOutcome
from nophantom.trends.archive.tables import ItemOutcome
from nophantom.trends.documents import Document, Family, Item, ItemDrop, storable

_ROWS_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    """A file of documents in a window, as it is to be fetched.

    Attributes:
        path: as it was given.
        sha256: of its whole content, in hex.
        n_bytes: its size.
        family: the family of its first record.
        first: the first day of publication that is wanted; None for no bound.
        last: the last such day.
    """

    path: str
    sha256: str
    n_bytes: int
    family: Family
    first: date | None = None
    last: date | None = None

    @property
    def identity(self) -> str:
        """SHA-256 over the content and the window."""
        return sha256(f"{self.sha256} {self.first} {self.last}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class FetchBooks:
    """What became of everything that a fetch sent, as it is written at the fetch.

    Attributes:
        fetch_id: number of the fetch.
        source: address of the source.
        path: of the file, as it was given.
        first: first day of the window, or None.
        last: last day of the window, or None.
        outcome: started, complete or damaged.
        lines: lines read and kept.
        outside: of these, lines with a date outside of the window.
        blank: of these, blank lines.
        documents: items that became a document.
        duplicates: items that are known as a document.
        drops: items that were dropped.
        counted: how many item rows there are by outcome; None where they were not counted.
    """

    fetch_id: int
    source: str
    path: str
    first: date | None
    last: date | None
    outcome: FetchOutcome
    lines: int = 0
    outside: int = 0
    blank: int = 0
    documents: int = 0
    duplicates: int = 0
    drops: int = 0
    counted: Mapping[ItemOutcome, int] | None = None

    @property
    def items(self) -> int:
        """Everything that it sent: documents, duplicates and drops."""
        return self.documents + self.duplicates + self.drops

    @property
    def balance(self) -> bool:
        """Whether every line is accounted for, and the rows of items are as many as the fetch says."""
        stated = {
            ItemOutcome.DOCUMENT: self.documents,
            ItemOutcome.DUPLICATE: self.duplicates,
            ItemOutcome.DROP: self.drops,
        }
        rows_agree = self.counted is None or all(self.counted.get(o, 0) == n for o, n in stated.items())
        return rows_agree and self.lines == self.items + self.outside + self.blank


@dataclass(frozen=True, slots=True)
class DropCount:
    """Items of a fetch that were dropped for one reason.

    Attributes:
        reason: why.
        n: how many.
        examples: position and what was seen, of the first ones.
    """

    reason: ItemDrop
    n: int
    examples: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class CollectionSpan:
    """From when to when a collection ran.

    Attributes:
        name: of the collection.
        first: the day on which it first saw a document.
        last: the day on which it last saw a new one.
        documents: how many it holds.
    """

    name: str
    first: date
    last: date
    documents: int


def start_fetch(session: Session, file: ArchiveFile, *, at: datetime) -> FetchBooks:
    """The fetch of this content and window: as far as an earlier one came, or a new one."""
    if (known := find_fetch(session, file.identity)) is not None:
        return known
    row = source_tables.Fetch(
        source_id=source_id(session, file.family),
        identity=file.identity,
        path=storable(file.path),
        sha256=file.sha256,
        n_bytes=file.n_bytes,
        first_day=file.first,
        last_day=file.last,
        outcome=FetchOutcome.STARTED,
        lines=0,
        outside=0,
        blank=0,
        items=0,
        documents=0,
        duplicates=0,
        drops=0,
        started_at=at,
    )
    session.add(row)
    session.flush()
    return _as_books(row, f"archive:{file.family.value}")


def find_fetch(session: Session, identity: str) -> FetchBooks | None:
    """The fetch with this identity, if there is one."""
    row = session.execute(_books().where(source_tables.Fetch.identity == identity)).first()
    return _as_books(row[0], row[1]) if row else None


def record_batch(
    session: Session,
    fetch: FetchBooks,
    items: Sequence[Item],
    *,
    lines: int,
    outside: int = 0,
    blank: int = 0,
) -> FetchBooks:
    """Write the next items of a fetch.

    Args:
        session: one unit of work; what was written before in it is not needed again.
        fetch: as the last batch left it.
        items: in the order of their positions.
        lines: how many lines of the file are read with this batch, from the first one.
        outside: lines of this batch with a date outside of the window.
        blank: blank lines of this batch.

    Returns:
        The fetch with its new counts.

    Raises:
        Unavailable: somebody else has written items of this fetch since.
    """
    at_line = session.execute(
        select(source_tables.Fetch.lines).where(source_tables.Fetch.id == fetch.fetch_id)
    ).scalar_one()
    if at_line != fetch.lines:
        raise Unavailable(
            f"another import of {fetch.path!r} is at work: it is at line {at_line:,}, this one was at {fetch.lines:,}. "
            "Nothing of this step was kept; try again when the other one has ended."
        )
    counts = merge_items(session, fetch.fetch_id, items)
    new = replace(
        fetch,
        lines=lines,
        outside=fetch.outside + outside,
        blank=fetch.blank + blank,
        documents=fetch.documents + counts[ItemOutcome.DOCUMENT],
        duplicates=fetch.duplicates + counts[ItemOutcome.DUPLICATE],
        drops=fetch.drops + counts[ItemOutcome.DROP],
    )
    names = ("lines", "outside", "blank", "items", "documents", "duplicates", "drops")
    _change(session, fetch, {name: getattr(new, name) for name in names})
    return new


def finish_fetch(session: Session, fetch: FetchBooks, outcome: FetchOutcome, *, at: datetime) -> FetchBooks:
    """Close a fetch: `complete`, or `damaged` when its file breaks off."""
    _change(session, fetch, {"outcome": outcome, "finished_at": at})
    return replace(fetch, outcome=outcome)


def _change(session: Session, fetch: FetchBooks, values: Mapping[str, object]) -> None:
    session.connection().execute(
        update(source_tables.Fetch).where(source_tables.Fetch.id == fetch.fetch_id).values(**values)
    )


def count_books(session: Session) -> list[FetchBooks]:
    """The books of every fetch, in the order of their numbers, with its rows of items counted."""
    i = tables.Item
    counted: dict[int, dict[ItemOutcome, int]] = defaultdict(dict)
    query = select(i.fetch_id, i.outcome, func.count()).group_by(i.fetch_id, i.outcome)
    for fetch_id, outcome, n in session.execute(query):
        counted[fetch_id][outcome] = n
    fetches = [
        _as_books(row, source) for row, source in session.execute(_books().order_by(source_tables.Fetch.id))
    ]
    return [replace(fetch, counted=dict(counted[fetch.fetch_id])) for fetch in fetches]


def _books() -> Select[source_tables.Fetch, str]:
    return select(source_tables.Fetch, source_tables.Source.address).join(
        source_tables.Source, source_tables.Source.id == source_tables.Fetch.source_id
    )


def _as_books(row: source_tables.Fetch, source: str) -> FetchBooks:
    return FetchBooks(
        fetch_id=row.id,
        source=source,
        path=row.path,
        first=row.first_day,
        last=row.last_day,
        outcome=row.outcome,
        lines=row.lines,
        outside=row.outside,
        blank=row.blank,
        documents=row.documents,
        duplicates=row.duplicates,
        drops=row.drops,
    )


def count_drops(session: Session, fetch_id: int, *, examples: int = 5) -> list[DropCount]:
    """The drops of a fetch by reason, most frequent first, each with its first examples."""
    i = tables.Item
    mine = (i.fetch_id == fetch_id, i.reason.is_not(None))
    query = select(i.reason, func.count()).where(*mine).group_by(i.reason)
    counts = [(reason, n) for reason, n in session.execute(query) if reason is not None]
    found = []
    for reason, n in sorted(counts, key=lambda one: (-one[1], one[0])):
        first = (
            select(i.position, i.seen).where(*mine, i.reason == reason).order_by(i.position).limit(examples)
        )
        shown = tuple((position, seen or "") for position, seen in session.execute(first))
        found.append(DropCount(reason, n, shown))
    return found


def collection_spans(session: Session) -> list[CollectionSpan]:
    """When each collection began and ended, by name.

    The days are those on which the collection itself saw its documents.
    """
    c, link = source_tables.Collection, tables.DocumentCollection
    query = (
        select(
            c.name,
            func.min(link.first_seen),
            func.max(link.first_seen),
            func.count(link.document_id.distinct()),
        )
        .select_from(link)
        .join(c, c.id == link.collection_id)
        .where(c.counts)
        .group_by(c.name)
    )
    return sorted((CollectionSpan(*row) for row in session.execute(query)), key=lambda span: span.name)


def read_documents(
    session: Session,
    *,
    first: date | None = None,
    last: date | None = None,
    as_first_seen: bool = False,
) -> Iterator[tuple[int, Document]]:
    """Documents with their row numbers, by the day from which they could be known, then by native id.

    What only a search for its topic found is left out: looking for something must not make it frequent.

    Args:
        session: read from while the documents are taken.
        first: the first day of `first_seen` that is wanted; None for no bound.
        last: the last such day, itself included.
        as_first_seen: of each only the collections that had it on its first day, so that what came later changes
            nothing (all of them where only a search had it then).
    """
    d, link = tables.Document, tables.DocumentCollection
    uncounted = list(
        session.scalars(select(source_tables.Collection.id).where(~source_tables.Collection.counts))
    )
    holding = select(func.aggregate_strings(cast(link.collection_id, Text), ",")).where(
        link.document_id == d.id
    )
    if uncounted:
        holding = holding.where(link.collection_id.not_in(uncounted))
    every = holding.scalar_subquery()
    at_first = holding.where(link.first_seen <= d.first_seen).scalar_subquery()
    held = func.coalesce(at_first, every) if as_first_seen else every
    columns = (d.id, d.native_id, d.family, d.kind, d.title, d.text, d.url, d.author, d.site, d.published_on)
    query = select(*columns, d.first_seen, d.language, held, d.list_name, d.product)
    if uncounted:
        counted = (link.document_id == d.id) & link.collection_id.not_in(uncounted)
        query = query.where(select(link.document_id).where(counted).exists())
    query = query.order_by(d.first_seen, d.native_id).execution_options(yield_per=_ROWS_AT_ONCE)
    if first is not None:
        query = query.where(d.first_seen >= first)
    if last is not None:
        query = query.where(d.first_seen <= last)
    names = _CollectionNames(session)
    document: Callable[..., Document] = Document
    for number, *about, held_by, part, product in session.connection().execute(query):
        yield number, document(*about, names[held_by], part, product)


class _CollectionNames(dict[str | None, tuple[str, ...]]):
    """Sorted names by numbers as the database lists them: "2,1"; documents share few combinations."""

    def __init__(self, session: Session) -> None:
        rows = session.execute(select(source_tables.Collection.id, source_tables.Collection.name))
        self._names = {str(number): name for number, name in rows}

    def __missing__(self, ids: str | None) -> tuple[str, ...]:
        self[ids] = tuple(sorted({self._names[one] for one in ids.split(",")})) if ids else ()
        return self[ids]
