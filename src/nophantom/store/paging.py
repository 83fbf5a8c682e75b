"""Keyset pages: a page begins after the last row of the one before it, so page 2,000 costs what page 1 costs.

Rows that are written between two pages neither shift nor repeat what follows. A cursor is opaque to its
reader; it carries the sort and the filters it belongs to, so that it cannot go on in another list.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Generic, TypeAlias, TypeVar

import orjson
from sqlalchemy import ColumnElement, Row, Select, func, literal_column, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from nophantom.errors import InvalidInput
from nophantom.store.canonical import content_hash

T = TypeVar("T")
U = TypeVar("U")
Query: TypeAlias = Select[*tuple[Any, ...]]
"""A query for whatever columns."""
Column: TypeAlias = ColumnElement[Any] | InstrumentedAttribute[Any]

COUNTED_EXACTLY = 10_000
"""Up to so many rows a total is exact; beyond, counting would cost more than the page."""
MOST = 200
"""Rows of the largest page."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list.

    Attributes:
        items: in order.
        next_cursor: where the next page begins; None on the last.
        total: rows that fit the filters, over all pages; at most `COUNTED_EXACTLY`.
        total_is_exact: False when there are more than `total`.
    """

    items: tuple[T, ...]
    next_cursor: str | None
    total: int
    total_is_exact: bool

    def of(self, shape: Callable[[Sequence[T]], Sequence[U]]) -> Page[U]:
        """The same page of other things, made from all its items at once."""
        return Page(tuple(shape(self.items)), self.next_cursor, self.total, self.total_is_exact)


@dataclass(frozen=True, slots=True)
class Order:
    """How a list is sorted: one column, then the key of the row so that no two rows tie.

    Attributes:
        name: what a caller asks for; a leading `-` reverses it.
        column: never NULL.
        key: unique in the list, never NULL.
        descending: the greatest first, the key too.
    """

    name: str
    column: Column
    key: Column
    descending: bool

    @property
    def spoken(self) -> str:
        """As a caller says it: `-momentum_low`."""
        return f"-{self.name}" if self.descending else self.name


def order_of(sort: str, columns: Mapping[str, Column], key: Column) -> Order:
    """The order that a caller named, from a closed list of sorts.

    Args:
        sort: one of the names, with `-` in front for the greatest first.
        columns: what each name sorts by.
        key: of the row.

    Raises:
        InvalidInput: there is no such sort.
    """
    name = sort.removeprefix("-")
    if name not in columns:
        raise InvalidInput(
            f"there is no sort {sort!r}; this list is sorted by {', '.join(columns)}, with - in front for the "
            "greatest first."
        )
    return Order(name, columns[name], key, sort.startswith("-"))


def read_page(
    session: Session,
    query: Query,
    order: Order,
    *,
    limit: int,
    cursor: str | None = None,
    filters: Mapping[str, Any] | None = None,
    total: int | None = None,
) -> Page[Row[Any]]:
    """One page of a query.

    Args:
        session: read from.
        query: the whole list, filtered, without order.
        order: how it is sorted.
        limit: rows of a page, 1 to `MOST`.
        cursor: `next_cursor` of the page before; None for the first.
        filters: what the query was filtered by; a cursor of another list is refused.
        total: how many rows there are, at most one more than `COUNTED_EXACTLY`, where it is known already.

    Raises:
        InvalidInput: the limit is out of range, or the cursor is none of this list.
    """
    _check(limit)
    belongs_to = content_hash({"sort": order.spoken, "filters": dict(filters or {})})[:16]
    if total is None:
        total = count_rows(session, query)
    if cursor is not None:
        after = tuple_(*_read_cursor(cursor, belongs_to, order))
        place = tuple_(order.column, order.key)
        query = query.where(place < after if order.descending else place > after)
    ways = [c.desc() if order.descending else c.asc() for c in (order.column, order.key)]
    keyed = query.add_columns(order.column.label("_sorted_by"), order.key.label("_key"))
    rows = session.execute(keyed.order_by(*ways).limit(limit + 1)).all()
    kept = rows[:limit]
    more = len(rows) > limit
    return Page(
        items=tuple(kept),
        next_cursor=_cursor(belongs_to, kept[-1]._sorted_by, kept[-1]._key) if more else None,
        total=min(total, COUNTED_EXACTLY),
        total_is_exact=total <= COUNTED_EXACTLY,
    )


def count_rows(session: Session, query: Query) -> int:
    """How many rows a query has; counting stops at one more than `COUNTED_EXACTLY`."""
    some: Query = query.with_only_columns(literal_column("1"), maintain_column_froms=True)
    counted = some.limit(COUNTED_EXACTLY + 1).subquery()
    return session.execute(select(func.count()).select_from(counted)).scalar_one()


def page_of(
    found: Sequence[T], *, limit: int, cursor: str | None = None, filters: Mapping[str, Any] | None = None
) -> Page[T]:
    """One page of a list that is computed whole, in its own order; its cursors are places in it.

    Raises:
        InvalidInput: the limit is out of range, or the cursor is none of this list.
    """
    _check(limit)
    belongs_to = content_hash({"filters": dict(filters or {})})[:16]
    first = 0
    if cursor is not None:
        _, place = _opened(cursor, belongs_to)
        first = place if isinstance(place, int) and 0 <= place <= len(found) else -1
        if first < 0:
            raise _no_cursor(cursor)
    last = first + limit
    whole = Page(tuple(found[first:last]), None, len(found), total_is_exact=True)
    return replace(whole, next_cursor=_cursor(belongs_to, None, last)) if last < len(found) else whole


def _check(limit: int) -> None:
    if not 1 <= limit <= MOST:
        raise InvalidInput(f"a page has 1 to {MOST} rows; got limit {limit}.")


def _cursor(belongs_to: str, value: Any, key: Any) -> str:  # noqa: ANN401 - whatever a column holds
    told = orjson.dumps([belongs_to, value, key])
    return base64.urlsafe_b64encode(told).decode().rstrip("=")


def _opened(cursor: str, belongs_to: str) -> tuple[Any, Any]:
    try:
        told = orjson.loads(
            base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        )
        home, value, key = told
    except (binascii.Error, ValueError, TypeError):  # orjson's error is a ValueError
        raise _no_cursor(cursor) from None
    if home != belongs_to:
        raise InvalidInput(
            "this cursor belongs to the same list with another sort or other filters. Begin again without a cursor."
        )
    return value, key


def _no_cursor(cursor: str) -> InvalidInput:
    return InvalidInput(
        f"the cursor {cursor[:40]!r} is none of this list. Take `next_cursor` of the page before, or begin again "
        "without a cursor."
    )


def _read_cursor(cursor: str, belongs_to: str, order: Order) -> tuple[Any, Any]:
    """The two values to go on after, of the types of their columns."""
    value, key = _opened(cursor, belongs_to)
    try:
        return _typed(value, order.column), _typed(key, order.key)
    except (TypeError, ValueError):
        raise _no_cursor(cursor) from None


def _typed(value: Any, column: Column) -> Any:  # noqa: ANN401 - whatever a column holds
    wanted = column.type.python_type
    if wanted is datetime:
        return datetime.fromisoformat(value)
    if wanted is date:
        return date.fromisoformat(value)
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    # An integer beyond 64 bits is in no row, and no database takes it.
    if not isinstance(value, wanted) or (isinstance(value, int) and not -(2**63) <= value < 2**63):
        raise TypeError(value)
    return value
