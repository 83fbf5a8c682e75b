"""Items that became no documents: which, why, who sent them, and how many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from nophantom.store.paging import Page, Query, order_of, read_page
from nophantom.trends.archive.source_tables import Fetch, Source
from nophantom.trends.archive.tables import Item
from nophantom.trends.documents import ItemDrop

MOST_SOURCES = 50
"""Sources of a count that are told one by one: those with most."""


@dataclass(frozen=True, slots=True)
class ItemDropRow:
    """An item that did not become a document, and why.

    Attributes:
        fetch_id: of the fetch that sent it; `path` of the file, or the address that was asked.
        position: its place in what was sent; in a file the number of its line, from 1.
        reason: the closed word; `seen` what was seen, short.
        at: when the fetch began (UTC).
        source_id: who sent it; `source` its address, `source_title` its name where it has one.
    """

    fetch_id: int
    path: str
    position: int
    reason: ItemDrop
    seen: str
    at: datetime
    source_id: int
    source: str
    source_title: str | None


@dataclass(frozen=True, slots=True)
class SourceDrops:
    """How many items of one source were dropped."""

    source_id: int
    source: str
    source_title: str | None
    n: int


@dataclass(frozen=True, slots=True)
class DropCounts:
    """Dropped items in sums; what a source sends again at every visit is counted once.

    Attributes:
        total: all of them.
        by_reason: every reason that occurs, most frequent first.
        by_source: the sources with most (at most `MOST_SOURCES`), most first.
        sources: how many sources there are in all.
    """

    total: int
    by_reason: Mapping[ItemDrop, int]
    by_source: tuple[SourceDrops, ...]
    sources: int


def page_item_drops(
    session: Session,
    *,
    reason: Sequence[ItemDrop] = (),
    source: int | None = None,
    first: date | None = None,
    last: date | None = None,
    seen: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[ItemDropRow]:
    """Items that became no documents, the latest first.

    Args:
        session: read from.
        reason: only for one of these; empty for all.
        source: only what this source sent, by its number.
        first: fetched on this day (UTC) or later; `last` on this day or earlier.
        last: the last day.
        seen: only with this in what was seen, in whatever case.
        limit: rows of a page.
        cursor: `next_cursor` of the page before.

    Raises:
        InvalidInput: no such cursor.
    """
    query: Query = (
        select(Item.fetch_id, Fetch.path, Item.position, Item.reason, Item.seen)
        .add_columns(Fetch.started_at.label("at"), Fetch.source_id)
        .add_columns(Source.address.label("source"), Source.title.label("source_title"))
        .join(Fetch, Fetch.id == Item.fetch_id)
        .join(Source, Source.id == Fetch.source_id)
        .where(*_dropped(reason, source, first, last))
    )
    if seen:
        query = query.where(func.lower(Item.seen).contains(seen.lower(), autoescape=True))
    filters = {
        "reason": sorted(reason),
        "source": source,
        "first": first and first.isoformat(),
        "last": last and last.isoformat(),
        "seen": seen,
    }
    order = order_of("-fetch", {"fetch": Item.fetch_id}, Item.position)
    page = read_page(session, query, order, limit=limit, cursor=cursor, filters=filters)
    names = ItemDropRow.__dataclass_fields__
    return page.of(lambda rows: [ItemDropRow(**{name: getattr(row, name) for name in names}) for row in rows])


def count_item_drops(
    session: Session,
    *,
    reason: Sequence[ItemDrop] = (),
    source: int | None = None,
    first: date | None = None,
    last: date | None = None,
) -> DropCounts:
    """How many items became no documents, by reason and by source; filters as of `page_item_drops`."""
    query = (
        select(Item.reason, Fetch.source_id, func.count())
        .join(Fetch, Fetch.id == Item.fetch_id)
        .where(*_dropped(reason, source, first, last))
        .group_by(Item.reason, Fetch.source_id)
    )
    by_reason: Counter[ItemDrop] = Counter()
    by_source: Counter[int] = Counter()
    for why, number, n in session.execute(query):
        if why is not None:
            by_reason[why] += n
            by_source[number] += n
    most = sorted(by_source.items(), key=lambda one: (-one[1], one[0]))[:MOST_SOURCES]
    named = select(Source.id, Source.address, Source.title).where(
        Source.id.in_([number for number, _ in most])
    )
    names = {row.id: (row.address, row.title) for row in session.execute(named)}
    return DropCounts(
        total=by_reason.total(),
        by_reason=dict(sorted(by_reason.items(), key=lambda one: (-one[1], one[0]))),
        by_source=tuple(SourceDrops(number, *names[number], n) for number, n in most),
        sources=len(by_source),
    )


def day_begins(day: date) -> datetime:
    """Its first moment (UTC)."""
    return datetime.combine(day, time.min, UTC)


def _dropped(
    reason: Sequence[ItemDrop], source: int | None, first: date | None, last: date | None
) -> list[ColumnElement[bool]]:
    """What holds of a dropped item that fits: its fetch has drops of its own, so that no other is looked into."""
    fetches = select(Fetch.id).where(Fetch.drops > Fetch.again_drops)
    if source is not None:
        fetches = fetches.where(Fetch.source_id == source)
    if first is not None:
        fetches = fetches.where(Fetch.started_at >= day_begins(first))
    if last is not None and last < date.max:
        fetches = fetches.where(Fetch.started_at < day_begins(last + timedelta(days=1)))
    of_reason = Item.reason.in_(reason) if reason else Item.reason.is_not(None)
    return [Item.fetch_id.in_(fetches), of_reason]
