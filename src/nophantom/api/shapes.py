"""Shapes that several routes share: pages, their parameters, and the store of the server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from nophantom.store import paging
from nophantom.store.blobs import Blobs
from nophantom.store.engine import reading

T = TypeVar("T")
ROOT = "/api/v1"
"""Where all routes of the API begin."""


class Sent(BaseModel):
    """What is sent: made from the frozen values of the wings."""

    model_config = ConfigDict(from_attributes=True)


class Page(Sent, Generic[T]):
    """One page of a list."""

    items: list[T]
    next_cursor: str | None = Field(description="where the next page begins; null on the last")
    total: int = Field(description=f"rows over all pages; at most {paging.COUNTED_EXACTLY:,}")
    total_is_exact: bool = Field(description="false when there are more than `total`")


@dataclass(frozen=True, slots=True)
class Store:
    """The store that a server reads and writes."""

    engine: Engine
    blobs: Blobs


def _store(request: Request) -> Store:
    store: Store = request.app.state.store
    return store


InStore = Annotated[Store, Depends(_store)]


def _session(store: InStore) -> Iterator[Session]:
    with reading(store.engine) as session:
        yield session


InSession = Annotated[Session, Depends(_session)]
Limit = Annotated[int, Query(ge=1, le=paging.MOST, description="rows of a page")]
Cursor = Annotated[
    str | None,
    Query(max_length=2_000, description="`next_cursor` of the page before; leave out for the first"),
]
Text = Annotated[
    str | None, Query(min_length=1, max_length=200, description="only what contains this, in whatever case")
]
SourceNumber = Annotated[int, Field(ge=1, lt=2**63, description="number of a source")]
