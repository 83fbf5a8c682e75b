"""Many values in statements of bounded size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from sqlalchemy import insert
from sqlalchemy.orm import Session

T = TypeVar("T")

AT_ONCE = 10_000
"""Values in one statement: SQLite takes up to 32,766 parameters, Postgres 65,535."""


def portions(values: Iterable[T]) -> Iterator[list[T]]:
    """The values in lists of at most `AT_ONCE`, in their order; no list at all for no value."""
    every = list(values)
    for start in range(0, len(every), AT_ONCE):
        yield every[start : start + AT_ONCE]


def insert_rows(session: Session, table: type[Any], rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert many rows, some thousands at a time."""
    for some in portions(rows):
        session.execute(insert(table), some)
