"""Walking back from one thing to everything that it came from and everything that stands on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from nophantom.errors import NotFound
from nophantom.trends.archive.replay_tables import CountedName
from nophantom.trends.archive.source_tables import Collection, Fetch, Source
from nophantom.trends.archive.story_members import StoryOf, story_of
from nophantom.trends.archive.tables import (
    Alias,
    Candidate,
    Document,
    DocumentCollection,
    Evidence,
    Item,
    ItemOutcome,
    Signal,
    Snapshot,
    Topic,
)
from nophantom.trends.documents import Family, Kind
from nophantom.trends.gates import CandidateDrop
from nophantom.trends.phases import Phase, Standing
from nophantom.trends.signals import Place
from nophantom.trends.topics import slug_of

MOST_TOLD = 100
"""Longest list of a trace; the rest is found by the pages."""


@dataclass(frozen=True, slots=True)
class Appearance:
    """A snapshot in which a topic was judged."""

    snapshot_id: int
    as_of: date
    simulated: bool
    place: Place
    reason: CandidateDrop | None
    standing: Standing | None
    phase: Phase | None
    momentum: float
    momentum_low: float
    momentum_high: float
    log_e: float


@dataclass(frozen=True, slots=True)
class TopicTrace:
    """A topic, its spellings, and the snapshots that judged it, the latest first (at most `MOST_TOLD`)."""

    id: int
    slug: str
    name: str
    spellings: tuple[str, ...]
    appearances: tuple[Appearance, ...]


def trace_topic(session: Session, text: str) -> TopicTrace:
    """A topic by its slug, or by a name that folds to it.

    Raises:
        NotFound: no snapshot ever judged such a topic.
    """
    meant = [text, slug_of(text)]
    topic = session.scalars(select(Topic).where(Topic.slug.in_(meant)).limit(1)).first()
    if topic is None:
        counted = select(CountedName).where(CountedName.alias.in_(meant))
        if name := session.scalars(counted.order_by(CountedName.snapshot_id.desc()).limit(1)).first():
            raise NotFound(
                f"no snapshot judged {text!r} by itself: it is counted as {name.topic_name!r}. "
                f"Ask for /api/v1/topics/{name.topic}."
            )
        raise NotFound(
            f"no snapshot judged a topic {text!r}: it has no 3 stories in 28 days of any, or another spelling. "
            "/api/v1/topics?q= finds topics by a piece of their name."
        )
    spellings = session.scalars(select(Alias.spelling).where(Alias.topic_id == topic.id))
    c = Candidate
    query = (
        select(
            Snapshot.id, Snapshot.as_of, Snapshot.simulated, c.place, c.reason, Signal.standing, Signal.phase
        )
        .add_columns(c.momentum, c.momentum_low, c.momentum_high, c.log_e)
        .join(Snapshot, Snapshot.id == c.snapshot_id)
        .outerjoin(Signal, (Signal.snapshot_id == c.snapshot_id) & (Signal.topic_id == c.topic_id))
        .where(c.topic_id == topic.id)
        .order_by(Snapshot.as_of.desc(), Snapshot.id.desc())
        .limit(MOST_TOLD)
    )
    appearances = tuple(Appearance(*row) for row in session.execute(query))
    return TopicTrace(topic.id, topic.slug, topic.name, tuple(sorted(spellings)), appearances)


@dataclass(frozen=True, slots=True)
class SeenIn:
    """A collection that held a document, and from when."""

    source: str
    collection: str
    first_seen: date


@dataclass(frozen=True, slots=True)
class SentAs:
    """An item that became a document or was known as one already."""

    fetch_id: int
    path: str
    position: int
    outcome: ItemOutcome


@dataclass(frozen=True, slots=True)
class CitedBy:
    """A candidate that stands on a document."""

    snapshot_id: int
    as_of: date
    slug: str
    name: str
    place: Place


@dataclass(frozen=True, slots=True)
class DocumentTrace:
    """A document, where it came from, and what stands on it (each list at most `MOST_TOLD`)."""

    id: int
    native_id: str
    family: Family
    kind: Kind
    title: str
    text: str
    url: str
    author: str | None
    site: str | None
    published_on: date
    first_seen: date
    language: str
    list_name: str
    product: str | None
    collections: tuple[SeenIn, ...]
    items: tuple[SentAs, ...]
    cited_by: tuple[CitedBy, ...]
    story: StoryOf | None
    """None while it waits for one."""


def trace_document(session: Session, native_id: str) -> DocumentTrace:
    """A document by its native id.

    Raises:
        NotFound: there is none.
    """
    row = session.scalars(select(Document).where(Document.native_id == native_id)).first()
    if row is None:
        raise NotFound(
            f"there is no document {native_id!r}. Native ids look like hn:123, arxiv:2401.00001 or "
            "github:owner/repo@2023-04-01."
        )
    own = {name: getattr(row, name) for name in DocumentTrace.__dataclass_fields__ if hasattr(Document, name)}
    held = (
        select(Source.address, Collection.name, DocumentCollection.first_seen)
        .join(Collection, Collection.id == DocumentCollection.collection_id)
        .join(Source, Source.id == Collection.source_id)
        .where(DocumentCollection.document_id == row.id)
        .order_by(DocumentCollection.first_seen, Collection.id)
    )
    sent = (
        select(Item.fetch_id, Fetch.path, Item.position, Item.outcome)
        .join(Fetch, Fetch.id == Item.fetch_id)
        .where(Item.document_id == row.id)
        .order_by(Item.fetch_id, Item.position)
    )
    cited = (
        select(Evidence.snapshot_id, Snapshot.as_of, Topic.slug, Candidate.name, Candidate.place)
        .join(
            Candidate,
            (Candidate.snapshot_id == Evidence.snapshot_id) & (Candidate.topic_id == Evidence.topic_id),
        )
        .join(Snapshot, Snapshot.id == Evidence.snapshot_id)
        .join(Topic, Topic.id == Evidence.topic_id)
        .where(Evidence.document_id == row.id)
        .order_by(Snapshot.as_of.desc(), Evidence.snapshot_id.desc(), Topic.slug)
    )
    return DocumentTrace(
        **own,
        collections=tuple(SeenIn(*seen) for seen in session.execute(held.limit(MOST_TOLD))),
        items=tuple(SentAs(*item) for item in session.execute(sent.limit(MOST_TOLD))),
        cited_by=tuple(CitedBy(*by) for by in session.execute(cited.limit(MOST_TOLD))),
        story=story_of(session, row.id),
    )
