"""Documents: what the sources published, and the way back from each to the item that was sent."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import Field

from nophantom.api.problem import answers
from nophantom.api.shapes import ROOT, Cursor, InSession, Limit, Page, Sent, Text
from nophantom.trends.archive import pages, tracing
from nophantom.trends.archive.tables import ItemOutcome
from nophantom.trends.documents import Family, Kind
from nophantom.trends.signals import Place

router = APIRouter(prefix=f"{ROOT}/documents", tags=["trends"])


class DocumentOut(Sent):
    """A document."""

    native_id: str = Field(examples=["hn:123", "arxiv:2401.00001", "github:owner/repo@2023-04-01"])
    family: Family
    kind: Kind
    title: str
    url: str = Field(description="where it points; empty when it points nowhere")
    author: str | None
    site: str | None
    published_on: date
    first_seen: date = Field(description="the day from which it could be known")
    language: str


class SeenInOut(Sent):
    """A collection that held the document, and from when."""

    source: str
    collection: str
    first_seen: date


class SentAsOut(Sent):
    """An item that became the document, or was known as it already."""

    fetch_id: int
    path: str
    position: int = Field(description="number of its line, from 1")
    outcome: ItemOutcome


class CitedByOut(Sent):
    """A candidate that stands on the document."""

    snapshot_id: int
    as_of: date
    slug: str
    name: str
    place: Place


class DocumentDetailOut(DocumentOut):
    """A document, where it came from, and what stands on it."""

    text: str
    list_name: str
    product: str | None
    collections: list[SeenInOut]
    items: list[SentAsOut]
    cited_by: list[CitedByOut]


@router.get("", response_model=Page[DocumentOut], responses=answers(422))
def list_documents(
    session: InSession,
    family: Annotated[list[Family], Query(description="only of these families")] = [],
    kind: Annotated[list[Kind], Query(description="only of these kinds")] = [],
    language: Annotated[str | None, Query(pattern="^[a-z]{2}$")] = None,
    first: Annotated[date | None, Query(description="first day on which it could be known")] = None,
    last: Annotated[date | None, Query(description="last such day")] = None,
    q: Text = None,
    sort: Literal["first_seen", "-first_seen", "id", "-id"] = "-first_seen",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> object:
    """All documents; `q` looks into their titles."""
    return pages.page_documents(
        session,
        family=family,
        kind=kind,
        language=language,
        first=first,
        last=last,
        contains=q,
        sort=sort,
        limit=limit,
        cursor=cursor,
    )


@router.get("/{native_id:path}", response_model=DocumentDetailOut, responses=answers(404, 422))
def read_document(session: InSession, native_id: Annotated[str, Path(max_length=300)]) -> object:
    """One document by its native id."""
    return tracing.trace_document(session, native_id)
