"""One story: which documents tell it, who sent each, and why they are one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from nophantom.store.portions import portions
from nophantom.trends.archive.source_tables import Fetch, Source
from nophantom.trends.archive.story_links import representatives
from nophantom.trends.archive.story_tables import StoryLink, UnlinkedDocument
from nophantom.trends.archive.tables import Document, Item
from nophantom.trends.story_finder import StoryReason

MOST_MEMBERS = 100
"""Documents of a story that are told."""

_REASONS = {
    StoryReason.SAME_PRODUCT: "about the same thing on one day",
    StoryReason.SAME_ADDRESS: "same address",
    StoryReason.EQUAL_TITLE: "equal title",
    StoryReason.NEAR_TITLE: "almost the same title",
}


@dataclass(frozen=True, slots=True)
class StoryMember:
    """A document of a story.

    Attributes:
        native_id: of the document.
        title: as published.
        url: where it points, or empty.
        source_id: who sent it first; None where no item of it is kept.
        source: the title of that source, or its address.
        first_seen: the day from which it could be known.
        why: what it has in common with an earlier document of the story; None of the representative.
        since: the day from which that could be known; None of the representative.
    """

    native_id: str
    title: str
    url: str
    source_id: int | None
    source: str | None
    first_seen: date
    why: StoryReason | None
    since: date | None


@dataclass(frozen=True, slots=True)
class StoryOf:
    """The story of a document; it is counted once, by its representative.

    Attributes:
        representative: native id of the document that opened it.
        title: of the representative.
        why: of the document that was asked for; None where it represents the story itself.
        total: how many documents tell it.
        members: the representative, then the others by the day from which they could be known; at most `MOST_MEMBERS`.
    """

    representative: str
    title: str
    why: StoryReason | None
    total: int
    members: tuple[StoryMember, ...]


def story_of(session: Session, document_id: int) -> StoryOf | None:
    """The story of a document; None while it waits for one."""
    if session.get(UnlinkedDocument, document_id) is not None:
        return None
    head = representatives(session, [document_id]).get(document_id, document_id)
    numbers = _told_by(session, head)
    members = _members(session, head, numbers)
    own = session.get(StoryLink, document_id)
    first = members[0]
    return StoryOf(first.native_id, first.title, own.why if own else None, len(numbers), members)


def told_reason(why: StoryReason) -> str:
    """A reason in words."""
    return _REASONS[why]


def _told_by(session: Session, head: int) -> list[int]:
    """Numbers of all documents whose links lead to one, itself the first."""
    found, asked = [head], [head]
    while asked:
        step: list[int] = []
        for some in portions(asked):
            query = select(StoryLink.document_id).where(StoryLink.representative_id.in_(some))
            step += session.scalars(query.order_by(StoryLink.document_id))
        found += step
        asked = step
    return found


def _members(session: Session, head: int, numbers: Sequence[int]) -> tuple[StoryMember, ...]:
    d, link = Document, StoryLink
    rows: list[tuple[Any, ...]] = []
    for some in portions(numbers):
        query = select(d.id, d.native_id, d.title, d.url, d.first_seen, link.why, link.since)
        found = session.execute(query.outerjoin(link, link.document_id == d.id).where(d.id.in_(some)))
        rows += [tuple(row) for row in found]
    rows.sort(key=lambda row: (row[0] != head, row[4], row[1]))
    shown = rows[:MOST_MEMBERS]
    senders = _senders(session, [row[0] for row in shown])
    told = []
    for number, native_id, title, url, seen, why, since in shown:
        source_id, source = senders.get(number, (None, None))
        told.append(StoryMember(native_id, title, url, source_id, source, seen, why, since))
    return tuple(told)


def _senders(session: Session, numbers: Iterable[int]) -> dict[int, tuple[int, str]]:
    """Who sent each document first."""
    first = select(Item.document_id, func.min(Item.fetch_id).label("fetch_id"))
    first_of = first.where(Item.document_id.in_(list(numbers))).group_by(Item.document_id).subquery()
    query = (
        select(first_of.c.document_id, Source.id, func.coalesce(Source.title, Source.address))
        .join(Fetch, Fetch.id == first_of.c.fetch_id)
        .join(Source, Source.id == Fetch.source_id)
    )
    return {document_id: (source_id, name) for document_id, source_id, name in session.execute(query)}
