"""What a rule of the doctor is, and how one is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from nophantom.store.blobs import Blobs

Row = Mapping[str, Any]
Check = Callable[[Session, Blobs | None], Iterator[Row]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A promise about what is stored.

    Attributes:
        name: for ever.
        sentence: what always holds.
        check: finds the rows that break it.
    """

    name: str
    sentence: str
    check: Check


def sql(query: str) -> Check:
    """A check that is one query for the rows that break the rule."""

    def check(session: Session, _blobs: Blobs | None) -> Iterator[Row]:
        yield from ask(session, query)

    return check


def ask(session: Session, query: str) -> Iterator[Row]:
    """The rows that a query finds, as they come."""
    for row in session.execute(text(query), execution_options={"yield_per": 1_000}).mappings():
        yield dict(row)
