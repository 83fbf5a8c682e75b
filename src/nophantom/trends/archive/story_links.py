"""Reading and writing story links: what waits for its story, what is known of others, who belongs to whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import blake2b
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, func, select, true
from sqlalchemy.orm import Session

from nophantom.store.portions import insert_rows, portions
from nophantom.trends.archive.merging import insert_many
from nophantom.trends.archive.source_tables import Collection
from nophantom.trends.archive.story_tables import Linking, StoryAddress, StoryLink, UnlinkedDocument
from nophantom.trends.archive.tables import Document, DocumentCollection
from nophantom.trends.story_finder import Opening, StoryReason, Telling, telling
from nophantom.trends.worlds import PREFIX


class WaitingDay(NamedTuple):
    """How many documents of a day wait for their stories."""

    day: date
    documents: int


class Read(NamedTuple):
    """A document as linking reads it.

    Attributes:
        telling: what tells its story.
        linked_to: the document that it is linked to, or None.
        waits: whether its story is to be found.
        simulated: whether it comes from a simulated world; such ones and others are never one story.
    """

    telling: Telling
    linked_to: int | None
    waits: bool
    simulated: bool


class NewLink(NamedTuple):
    """A link as it is written."""

    document_id: int
    representative_id: int
    why: StoryReason
    opened: date
    since: date


@dataclass(frozen=True, slots=True)
class Linked:
    """What a unit of work of linking brings.

    Attributes:
        waited: numbers of the documents that wait no more.
        links: between documents.
        addresses: of which story each new address is, by its key.
    """

    waited: Sequence[int]
    links: Sequence[NewLink]
    addresses: Mapping[int, int]


def waiting_days(session: Session) -> list[WaitingDay]:
    """The days of which documents wait, the first one first."""
    d, waits = Document, UnlinkedDocument
    query = select(d.first_seen, func.count()).join(waits, waits.document_id == d.id).group_by(d.first_seen)
    return [WaitingDay(*row) for row in session.execute(query.order_by(d.first_seen))]


def documents_by_day(session: Session, first: date, last: date) -> dict[date, int]:
    """How many documents the days have; those without any are left out."""
    d = Document
    query = select(d.first_seen, func.count()).where(d.first_seen.between(first, last))
    rows = session.execute(query.group_by(d.first_seen).order_by(d.first_seen))
    return dict(rows.all())


def waiting_between(session: Session, first: date, last: date) -> list[int]:
    """Numbers of the documents of these days that wait, those that do not count among them."""
    d, waits = Document, UnlinkedDocument
    query = select(d.id).join(waits, waits.document_id == d.id).where(d.first_seen.between(first, last))
    return list(session.scalars(query))


def read_between(session: Session, first: date, last: date, waiting: Iterable[int]) -> list[Read]:
    """The documents of some days that count, in the order in which stories are opened.

    Args:
        session: read from.
        first: the first of the days.
        last: the last of them.
        waiting: numbers of those whose stories are to be found.
    """
    d, link = Document, StoryLink
    counts, simulated = _kinds_of_collections(session)
    query = (
        select(d.id, d.native_id, d.first_seen, d.kind, d.title, d.url, d.product, d.site)
        .add_columns(link.representative_id, simulated)
        .outerjoin(link, link.document_id == d.id)
        .where(d.first_seen.between(first, last), counts)
    )
    waits, new_days = set(waiting), set[date]()
    rows = session.connection().execute(query).all()
    new_days = {row[2] for row in rows if row[0] in waits}
    found = [
        Read(
            telling(
                number,
                native_id,
                seen,
                kind=kind,
                title=title,
                url=url if seen in new_days else "",  # else nothing is compared by it
                product=product,
                site=site,
            ),
            linked_to,
            number in waits,
            bool(is_simulated),
        )
        for number, native_id, seen, kind, title, url, product, site, linked_to, is_simulated in rows
    ]
    found.sort(key=lambda one: (one.telling.day, one.telling.native_id))
    return found


def _kinds_of_collections(session: Session) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Whether a document counts, and whether it is simulated."""
    real, simulated, uncounted = list[int](), list[int](), False
    for number, name, counts in session.execute(select(Collection.id, Collection.name, Collection.counts)):
        (simulated if name.startswith(PREFIX) else real).append(number)
        uncounted = uncounted or not counts
    link = DocumentCollection
    held = select(link.document_id).where(link.document_id == Document.id).correlate(Document)
    counted = select(Collection.id).where(Collection.counts)
    is_real = held.where(link.collection_id.in_(real)).exists()
    return (
        held.where(link.collection_id.in_(counted)).exists() if uncounted else true(),
        ~is_real if simulated else ~true(),
    )


def representatives(session: Session, numbers: Iterable[int]) -> dict[int, int]:
    """The document that each one is of the story of, in the end; those that represent themselves are left out."""
    found: dict[int, int] = {}
    asked = set(numbers)
    while asked:
        step = dict[int, int]()
        for some in portions(sorted(asked)):
            query = select(StoryLink.document_id, StoryLink.representative_id)
            rows = session.connection().execute(query.where(StoryLink.document_id.in_(some)))
            step |= dict(rows.all())
        found |= step
        asked = set(step.values()) - found.keys()
    return resolved(found)


def resolved(links: Mapping[int, int]) -> dict[int, int]:
    """Links followed to their ends.

    >>> resolved({3: 2, 2: 1, 9: 8})
    {3: 1, 2: 1, 9: 8}
    """
    ends: dict[int, int] = {}
    for member in links:
        way, here = [], member
        while here in links and here not in ends:
            way.append(here)
            here = links[here]
        end = ends.get(here, here)
        ends.update(dict.fromkeys(way, end))
    return {member: ends[member] for member in links}


def openings(session: Session, numbers: Iterable[int]) -> dict[int, Opening]:
    """When documents could first be known, by number."""
    d, found = Document, dict[int, Opening]()
    for some in portions(sorted(set(numbers))):
        query = select(d.id, d.first_seen, d.native_id).where(d.id.in_(some))
        for number, seen, native_id in session.connection().execute(query):
            found[number] = Opening(seen.toordinal(), native_id)
    return found


def key_of(address: str, *, simulated: bool) -> int:
    """The key of an address; simulated worlds have keys of their own."""
    digest = blake2b(address.encode("utf-8", "surrogatepass"), digest_size=8, person=b"world" * simulated)
    return int.from_bytes(digest.digest(), "big", signed=True)


def stories_at(session: Session, keys: Iterable[int]) -> dict[int, int]:
    """The document of which each known address became first, by key; its story is where links lead from it."""
    a, found = StoryAddress, dict[int, int]()
    for some in portions(sorted(set(keys))):
        rows = session.connection().execute(select(a.key, a.document_id).where(a.key.in_(some)))
        found |= dict(rows.all())
    return found


def latest_linking(session: Session) -> int:
    """The number of the latest unit of work of linking; 0 before the first."""
    return session.execute(select(func.max(Linking.id))).scalar() or 0


def record_linking(session: Session, linked: Linked, *, at: datetime) -> int:
    """Write what a unit of work found; returns its number."""
    number = latest_linking(session) + 1
    counts = {"documents": len(linked.waited), "links": len(linked.links)}
    insert_rows(session, Linking, [{"id": number, "at": at, **counts}])
    insert_many(
        session,
        "story_link",
        "document_id, representative_id, why, opened, since, linking_id",
        [
            (a, b, why.value, opened.isoformat(), since.isoformat(), number)
            for a, b, why, opened, since in linked.links
        ],
    )
    insert_many(session, "story_address", "key, document_id", sorted(linked.addresses.items()))
    for some in portions(linked.waited):
        session.connection().execute(delete(UnlinkedDocument).where(UnlinkedDocument.document_id.in_(some)))
    return number


def links_as_of(session: Session, last: date | None) -> dict[int, int]:
    """The representative of every document that has one, as it was known on a day; None for as of now."""
    query = select(StoryLink.document_id, StoryLink.representative_id)
    if last is not None:
        query = query.where(StoryLink.since <= last)
    return resolved(dict(session.connection().execute(query).all()))
