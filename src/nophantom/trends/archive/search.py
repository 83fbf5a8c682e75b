"""Documents page by page: by the words in them, by what they are, and by who sent them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, cast, column, select, table
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

from nophantom.errors import InvalidInput
from nophantom.store.paging import Page, Query, count_rows, order_of, read_page
from nophantom.trends.archive.source_tables import Collection, Fetch
from nophantom.trends.archive.tables import Document, DocumentCollection, Item
from nophantom.trends.documents import Family, Kind
from nophantom.trends.search_words import fts5_query, tsquery, words_sought

_FEW = 1_000


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document as a list shows it."""

    id: int
    native_id: str
    family: Family
    kind: Kind
    title: str
    url: str
    author: str | None
    site: str | None
    published_on: date
    first_seen: date
    language: str


SHOWN = tuple(getattr(Document, name) for name in DocumentRow.__dataclass_fields__)
"""The columns of a document that lists show."""


def document_rows(rows: Sequence[Row[Any]]) -> list[DocumentRow]:
    """Rows of a query for `SHOWN`."""
    names = DocumentRow.__dataclass_fields__
    return [DocumentRow(**{name: getattr(row, name) for name in names}) for row in rows]


def page_documents(
    session: Session,
    *,
    words: str | None = None,
    family: Sequence[Family] = (),
    kind: Sequence[Kind] = (),
    language: str | None = None,
    source: int | None = None,
    collection: str | None = None,
    first: date | None = None,
    last: date | None = None,
    sort: str = "-first_seen",
    limit: int = 50,
    cursor: str | None = None,
) -> Page[DocumentRow]:
    """Documents by the day on which they could be known (`first_seen`) or by number (`id`).

    Args:
        session: read from.
        words: only those with every one of these words in title or text, in whatever order; `rust*` for all words
            that begin so.
        family: only of one of these; `kind` likewise; empty for all.
        kind: only one of these.
        language: only in this one.
        source: only what this source sent, by its number, whether it was the first to or not.
        collection: only what a collection of this name held.
        first: seen on this day or later; `last` on this day or earlier.
        last: the last day.
        sort: first_seen or id; `-` in front for the greatest first.
        limit: rows of a page.
        cursor: `next_cursor` of the page before.

    Raises:
        InvalidInput: no word to look for, no such sort or cursor.
    """
    filters = {
        "words": words,
        "family": sorted(family),
        "kind": sorted(kind),
        "language": language,
        "source": source,
        "collection": collection,
        "first": first and first.isoformat(),
        "last": last and last.isoformat(),
    }
    marked = _marked(select(*SHOWN), family, kind, language, collection, first, last)
    found = [
        *([_with_words(session, words)] if words is not None else []),
        *([_sent_by(source)] if source is not None else []),
    ]
    query = marked
    for numbers in found:
        query = _among(session, query, numbers)
    # Of words alone the total is theirs: the documents themselves need not be looked at.
    alone = len(found) == 1 and not any(value for name, value in filters.items() if name != "words")
    total = count_rows(session, found[0]) if alone and words is not None else None
    order = order_of(sort, {"first_seen": Document.first_seen, "id": Document.id}, Document.id)
    page = read_page(session, query, order, limit=limit, cursor=cursor, filters=filters, total=total)
    return page.of(document_rows)


def _marked(
    query: Query,
    family: Sequence[Family],
    kind: Sequence[Kind],
    language: str | None,
    collection: str | None,
    first: date | None,
    last: date | None,
) -> Query:
    """The query for documents of these families, kinds ..."""
    if family:
        query = query.where(Document.family.in_(family))
    if kind:
        query = query.where(Document.kind.in_(kind))
    if language:
        query = query.where(Document.language == language)
    if collection is not None:
        link = DocumentCollection
        named = select(Collection.id).where(Collection.name == collection)
        held = select(link.document_id).where(link.document_id == Document.id, link.collection_id.in_(named))
        query = query.where(held.correlate(Document).exists())
    if first:
        query = query.where(Document.first_seen >= first)
    if last:
        query = query.where(Document.first_seen <= last)
    return query


def _among(session: Session, query: Query, numbers: Query) -> Query:
    """The query for documents with these numbers: few are sorted; many are met soon on the way along the sort."""
    ids = session.scalars(numbers.limit(_FEW + 1)).all()
    if len(ids) <= _FEW:
        return query.where(Document.id.in_(ids))
    # "+ 0" keeps SQLite from looking up every one of them and sorting them all.
    return query.where((Document.id + 0).in_(numbers))


def _with_words(session: Session, words: str) -> Query:
    """Numbers of the documents that have all the words."""
    sought = words_sought(words)
    if not sought:
        raise InvalidInput(
            f"there is no word to look for in {words[:80]!r}; give letters or digits, as in `rust compil*`."
        )
    index = table("document_words", column("rowid"), column("document_words"))
    if session.get_bind().dialect.name == "sqlite":
        return select(index.c.rowid).where(index.c.document_words.op("MATCH")(fts5_query(sought)))
    index = table("document_words", column("document_id"), column("words"))
    return select(index.c.document_id).where(index.c.words.op("@@")(cast(tsquery(sought), TSQUERY)))


def _sent_by(source: int) -> Query:
    """Numbers of the documents that a source sent."""
    query = select(Item.document_id).join(Fetch, Fetch.id == Item.fetch_id)
    return query.where(Fetch.source_id == source, Item.document_id.is_not(None)).distinct()
