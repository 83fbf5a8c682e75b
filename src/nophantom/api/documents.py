"""Documents: what the sources published, and the way back from each to the item that was sent."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import Field

from nophantom.api.drops import ItemDropOut
from nophantom.api.problem import answers
from nophantom.api.shapes import ROOT, Cursor, InSession, Limit, Page, Sent, SourceNumber
from nophantom.api.sources import SourceOut, told_source
from nophantom.clock import now
from nophantom.trends.archive import search, tracing, whereabouts
from nophantom.trends.archive.tables import ItemOutcome
from nophantom.trends.documents import Family, Kind
from nophantom.trends.signals import Place
from nophantom.trends.story_finder import StoryReason

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


class StoryMemberOut(Sent):
    """A document of a story."""

    native_id: str
    title: str
    url: str
    source_id: int | None = Field(description="who sent it first; null where no item of it is kept")
    source: str | None
    first_seen: date
    why: StoryReason | None = Field(
        description="what it has in common with an earlier one; null of the first"
    )
    since: date | None = Field(description="the day from which that could be known")


class StoryOut(Sent):
    """Documents that tell the same; counted once, by the one that was first."""

    representative: str = Field(description="native id of the document that stands for all")
    title: str
    why: StoryReason | None = Field(description="of the document asked for; null where it is the first")
    total: int = Field(description="how many documents tell it")
    members: list[StoryMemberOut] = Field(description="the first, then the others; at most 100")


class DocumentDetailOut(DocumentOut):
    """A document, where it came from, and what stands on it."""

    text: str
    list_name: str
    product: str | None
    collections: list[SeenInOut]
    items: list[SentAsOut]
    cited_by: list[CitedByOut]
    story: StoryOut | None = Field(description="null while it waits for one")


@router.get("", response_model=Page[DocumentOut], responses=answers(422))
def list_documents(
    session: InSession,
    family: Annotated[list[Family], Query(description="only of these families")] = [],
    kind: Annotated[list[Kind], Query(description="only of these kinds")] = [],
    language: Annotated[str | None, Query(pattern="^[a-z]{2}$")] = None,
    first: Annotated[date | None, Query(description="first day on which it could be known")] = None,
    last: Annotated[date | None, Query(description="last such day")] = None,
    source: Annotated[SourceNumber | None, Query(description="only what this source sent")] = None,
    collection: Annotated[
        str | None,
        Query(min_length=1, max_length=300, description="only what a collection of this name held"),
    ] = None,
    q: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=200,
            description="only with every one of these words in title or text; `rust*` for all that begin so",
        ),
    ] = None,
    sort: Literal["first_seen", "-first_seen", "id", "-id"] = "-first_seen",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> object:
    """All documents; `q` looks for words in titles and texts, in whatever order, case and accents."""
    return search.page_documents(
        session,
        words=q,
        family=family,
        kind=kind,
        language=language,
        first=first,
        last=last,
        source=source,
        collection=collection,
        sort=sort,
        limit=limit,
        cursor=cursor,
    )


class SentByOut(Sent):
    """An item that became the document, or was known as it, and who sent it."""

    source_id: int
    source: str
    source_title: str | None
    fetch_id: int
    position: int
    outcome: ItemOutcome
    at: datetime = Field(description="when the fetch began")


class NearbyOut(SourceOut):
    """A source that could have sent it."""

    drops: int = Field(description=f"items of its last {whereabouts.DROPS_OF_DAYS} days that were dropped")


class WhyOut(Sent):
    """What became of an address."""

    asked: str
    native_id: str = Field(description="the name by which it is known, or would be")
    address: str | None = Field(description="its one spelling; null where a native id was asked for")
    found: whereabouts.Whereabouts
    told: str = Field(description="what became of it, in a sentence or two")
    document: DocumentOut | None
    appearances: list[DocumentOut] = Field(
        description="further documents of the same thing, the latest first"
    )
    sent: list[SentByOut] = Field(description="who sent it, the earliest first")
    drops: list[ItemDropOut] = Field(description="dropped items that tell of it, the latest first")
    nearby: list[NearbyOut] = Field(description="sources that publish there")
    story: StoryOut | None = Field(description="of the document; null while it waits for one")


@router.get("/why", response_model=WhyOut, responses=answers(422))
def read_why(
    session: InSession,
    address: Annotated[
        str,
        Query(
            min_length=1,
            max_length=2_000,
            description="an address in whatever spelling, or a native id",
            examples=["https://example.org/post", "hn:123", "github:owner/repo"],
        ),
    ],
) -> object:
    """Why is this not in? A document, a drop with its reason, or what no source of yours sent."""
    at = now()
    trace = whereabouts.trace_address(session, address, at=at)
    told = {name: getattr(trace, name) for name in WhyOut.model_fields if name != "nearby"}
    nearby = [told_source(near.source, at) | {"drops": near.drops} for near in trace.nearby]
    return told | {"nearby": nearby}


@router.get("/{native_id:path}", response_model=DocumentDetailOut, responses=answers(404, 422))
def read_document(session: InSession, native_id: Annotated[str, Path(max_length=300)]) -> object:
    """One document by its native id."""
    return tracing.trace_document(session, native_id)
