"""Dropped items: what a source or an archive sent that became no document, and why."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from nophantom.api.problem import answers
from nophantom.api.shapes import ROOT, Cursor, InSession, Limit, Page, Sent, SourceNumber, Text
from nophantom.trends.archive import drops
from nophantom.trends.documents import ItemDrop

router = APIRouter(prefix=f"{ROOT}/drops/items", tags=["trends"])


class ItemDropOut(Sent):
    """An item that did not become a document, and why."""

    fetch_id: int
    path: str = Field(description="of the file, or the address that was asked")
    position: int = Field(description="its place in what was sent; in a file the number of its line")
    reason: ItemDrop
    seen: str = Field(description="what was seen, short")
    at: datetime = Field(description="when the fetch began")
    source_id: int
    source: str = Field(description="address of the source that sent it")
    source_title: str | None


class SourceDropsOut(Sent):
    """How many items of one source were dropped."""

    source_id: int
    source: str
    source_title: str | None
    n: int


class DropCountsOut(Sent):
    """Dropped items in sums; what a source sends again at every visit is counted once."""

    total: int
    by_reason: dict[ItemDrop, int] = Field(description="every reason that occurs, most frequent first")
    by_source: list[SourceDropsOut] = Field(
        description=f"the sources with most, at most {drops.MOST_SOURCES}, most first"
    )
    sources: int = Field(description="how many sources there are in all")


Reasons = Annotated[list[ItemDrop], Query(description="only for these reasons")]
OfSource = Annotated[SourceNumber | None, Query(description="only what this source sent")]
FirstDay = Annotated[date | None, Query(description="first day (UTC) of the fetch")]
LastDay = Annotated[date | None, Query(description="last such day")]


@router.get("", response_model=Page[ItemDropOut], responses=answers(422))
def list_item_drops(
    session: InSession,
    reason: Reasons = [],
    source: OfSource = None,
    first: FirstDay = None,
    last: LastDay = None,
    q: Text = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> object:
    """The items that did not become documents, the latest first; `q` looks into what was seen."""
    return drops.page_item_drops(
        session, reason=reason, source=source, first=first, last=last, seen=q, limit=limit, cursor=cursor
    )


@router.get("/counts", response_model=DropCountsOut, responses=answers(422))
def count_item_drops(
    session: InSession,
    reason: Reasons = [],
    source: OfSource = None,
    first: FirstDay = None,
    last: LastDay = None,
) -> object:
    """How many items did not become documents, by reason and by source."""
    return drops.count_item_drops(session, reason=reason, source=source, first=first, last=last)
