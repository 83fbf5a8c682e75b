"""The tables of what was collected and detected. The database refuses what cannot be true.

::

    source - fetch - item - document
       |                       |
       +---- collection - document_collection

Every item that came in is a document, a duplicate (linked to the document that was known already) or a drop with
its reason. Sources and fetches are in `source_tables`.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from nophantom.store.base import Base, RowId, RowNumber, UtcDateTime, closed
from nophantom.trends.archive.source_tables import references
from nophantom.trends.archive.story_tables import STORIES_APPEND_ONLY
from nophantom.trends.documents import Certainty, Family, ItemDrop, Kind
from nophantom.trends.gates import CandidateDrop
from nophantom.trends.phases import Phase, Standing
from nophantom.trends.signals import Place


class ItemOutcome(StrEnum):
    """What became of an item."""

    DOCUMENT = "document"
    DUPLICATE = "duplicate"
    """Its native id was known; linked to that document."""
    DROP = "drop"


# Native ids are compared byte by byte on both stores, whatever the language of the server.
NativeId = Text().with_variant(Text(collation="C"), "postgresql")


def _to_candidate() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["snapshot_id", "topic_id"], ["candidate.snapshot_id", "candidate.topic_id"], ondelete="RESTRICT"
    )


class Document(Base):
    """What a source published, normalised; known by its native id."""

    __tablename__ = "document"
    __table_args__ = (
        CheckConstraint("native_id <> ''", name="has_a_native_id"),
        CheckConstraint("title <> '' AND length(title) <= 1000", name="title_is_a_title"),
        CheckConstraint("length(text) <= 10000", name="text_is_cut"),
        CheckConstraint("author <> ''", name="author_is_known_or_null"),
        CheckConstraint("site <> ''", name="site_is_known_or_null"),
        CheckConstraint("product <> ''", name="product_is_known_or_null"),
        CheckConstraint("first_seen >= published_on", name="seen_after_it_was_published"),
        CheckConstraint("length(language) = 2", name="language_is_a_code"),
        Index(None, "first_seen"),
    )

    id: Mapped[RowId]
    native_id: Mapped[str] = mapped_column(NativeId, unique=True)
    family: Mapped[Family] = mapped_column(closed(Family, "family"))
    kind: Mapped[Kind] = mapped_column(closed(Kind, "kind"))
    title: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(Text)
    author: Mapped[str | None] = mapped_column(Text)
    site: Mapped[str | None] = mapped_column(Text)
    published_on: Mapped[date]
    first_seen: Mapped[date]
    """The day from which it could be known; the earliest of all its items."""
    language: Mapped[str] = mapped_column(String(2))
    list_name: Mapped[str] = mapped_column(Text)
    product: Mapped[str | None] = mapped_column(Text)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """The moment, where its source tells it."""
    certainty: Mapped[Certainty] = mapped_column(closed(Certainty, "certainty"), server_default=Certainty.DAY)


class DocumentCollection(Base):
    """That a collection held a document, and from when."""

    __tablename__ = "document_collection"
    __table_args__ = ({"sqlite_with_rowid": False},)

    document_id: Mapped[int] = mapped_column(RowNumber, references("document.id"), primary_key=True)
    collection_id: Mapped[int] = mapped_column(RowNumber, references("collection.id"), primary_key=True)
    first_seen: Mapped[date]
    """In this collection: a link that one collection had years before another began does not make that one older."""


class Item(Base):
    """One thing that a source sent, and what became of it. Written once."""

    __tablename__ = "item"
    __table_args__ = (
        CheckConstraint("position >= 1", name="position_counts_from_1"),
        CheckConstraint("length(raw_hash) = 16", name="raw_hash_is_16_bytes"),
        CheckConstraint("(document_id IS NULL) = (outcome = 'drop')", name="a_document_unless_dropped"),
        CheckConstraint(
            "(reason IS NOT NULL) = (outcome = 'drop') AND (seen IS NOT NULL) = (outcome = 'drop')",
            name="a_reason_when_dropped",
        ),
        Index(None, "document_id"),
        {"sqlite_with_rowid": False},
    )

    fetch_id: Mapped[int] = mapped_column(RowNumber, references("fetch.id"), primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    """The number of its line, from 1."""
    raw_hash: Mapped[bytes] = mapped_column(LargeBinary(16))
    """The first 16 bytes of the SHA-256 of what was sent."""
    outcome: Mapped[ItemOutcome] = mapped_column(closed(ItemOutcome, "outcome"))
    document_id: Mapped[int | None] = mapped_column(RowNumber, references("document.id"))
    reason: Mapped[ItemDrop | None] = mapped_column(closed(ItemDrop, "reason"))
    seen: Mapped[str | None] = mapped_column(Text)
    """Of a drop, what was seen; short."""


# What was detected: snapshot - candidate - signal, candidate - evidence - document, candidate - history_day.
# Written once, never changed.

APPEND_ONLY = ("snapshot", "candidate", "signal", "evidence", "history_day", *STORIES_APPEND_ONLY)
"""Tables whose rows are facts about the past."""

# Compared byte by byte on both stores, so that both sort and find alike.
Words = Text().with_variant(Text(collation="C"), "postgresql")


class Topic(Base):
    """A technology, product or concept; known by its slug."""

    __tablename__ = "topic"
    __table_args__ = (
        CheckConstraint("slug <> ''", name="has_a_slug"),
        CheckConstraint("name <> ''", name="has_a_name"),
    )

    id: Mapped[RowId]
    slug: Mapped[str] = mapped_column(Words, unique=True)
    name: Mapped[str] = mapped_column(Words)
    """As the snapshot of the latest day shows it."""


class Alias(Base):
    """A spelling of a topic that was seen."""

    __tablename__ = "alias"
    __table_args__ = (
        CheckConstraint("spelling <> ''", name="is_a_spelling"),
        {"sqlite_with_rowid": False},
    )

    topic_id: Mapped[int] = mapped_column(RowNumber, references("topic.id"), primary_key=True)
    spelling: Mapped[str] = mapped_column(Words, primary_key=True)


class Snapshot(Base):
    """One detection pass as of a day. The same content is stored once."""

    __tablename__ = "snapshot"
    __table_args__ = (
        UniqueConstraint("as_of", "parameters_hash", "digest"),
        CheckConstraint("length(parameters_hash) = 64", name="parameters_hash_is_sha256"),
        CheckConstraint("length(digest) = 64", name="digest_is_sha256"),
        CheckConstraint(
            "n_documents >= 0 AND n_stories >= 0 AND n_strata >= 0 AND below_support >= 0"
            " AND signals >= 0 AND watch >= 0 AND drops >= 0",
            name="counts_are_counts",
        ),
        CheckConstraint("candidates = signals + watch + drops", name="books_balance"),
        CheckConstraint("n_topics = below_support + candidates", name="every_topic_is_counted"),
    )

    id: Mapped[RowId]
    as_of: Mapped[date]
    parameters: Mapped[str] = mapped_column(Text)
    """What decided it, as canonical JSON."""
    parameters_hash: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 over the canonical JSON of the whole content."""
    simulated: Mapped[bool]
    """From a simulated world; labelled wherever it is shown."""
    n_documents: Mapped[int] = mapped_column(BigInteger)
    n_stories: Mapped[int] = mapped_column(BigInteger)
    n_topics: Mapped[int] = mapped_column(BigInteger)
    n_strata: Mapped[int]
    below_support: Mapped[int] = mapped_column(BigInteger)
    """Topics with too few stories to be candidates: counted, not listed."""
    log_threshold: Mapped[float]
    candidates: Mapped[int] = mapped_column(BigInteger)
    signals: Mapped[int] = mapped_column(BigInteger)
    watch: Mapped[int] = mapped_column(BigInteger)
    drops: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


SORTED_BY = ("momentum_low", "momentum", "log_e", "stories", "folded")
"""Columns of a candidate that lists are sorted by."""


class Candidate(Base):
    """A topic that was judged in a snapshot, and where it ended."""

    __tablename__ = "candidate"
    __table_args__ = (
        CheckConstraint("name <> ''", name="has_a_name"),
        CheckConstraint("(place = 'drop') = (reason IS NOT NULL)", name="a_reason_when_dropped"),
        CheckConstraint("stories >= 0 AND expected >= 0", name="counts_are_counts"),
        CheckConstraint(
            "momentum_low <= momentum AND momentum <= momentum_high", name="momentum_is_in_its_interval"
        ),
        CheckConstraint("ratio_low <= ratio AND ratio <= ratio_high", name="ratio_is_in_its_interval"),
        CheckConstraint("needed >= 1", name="needed_is_a_count"),
        CheckConstraint("families >= 0", name="families_are_counted"),
        Index(None, "topic_id"),
        # A page of the list of one place, by each of its sorts.
        *(Index(None, "snapshot_id", "place", sort, "topic_id") for sort in SORTED_BY),
        {"sqlite_with_rowid": False},
    )

    snapshot_id: Mapped[int] = mapped_column(RowNumber, references("snapshot.id"), primary_key=True)
    topic_id: Mapped[int] = mapped_column(RowNumber, references("topic.id"), primary_key=True)
    name: Mapped[str] = mapped_column(Words)
    """As the topic was shown in this snapshot; another day another spelling may be the most frequent."""
    folded: Mapped[str] = mapped_column(Words, server_default="")
    """The name without differences of case, in all alphabets: what is searched and sorted by name. That it is so
    no SQL can say; the doctor does."""
    place: Mapped[Place] = mapped_column(closed(Place, "place"))
    reason: Mapped[CandidateDrop | None] = mapped_column(closed(CandidateDrop, "reason"))
    log_e: Mapped[float]
    stories: Mapped[int]
    expected: Mapped[float]
    momentum: Mapped[float]
    momentum_low: Mapped[float]
    momentum_high: Mapped[float]
    ratio: Mapped[float]
    ratio_low: Mapped[float]
    ratio_high: Mapped[float]
    needed: Mapped[int | None] = mapped_column(BigInteger)
    """Stories that would show it; NULL when it is no watch-list topic, or when no number would."""
    numbers: Mapped[str] = mapped_column(Text)
    """What gates and verdict were decided from, as canonical JSON."""
    families: Mapped[int | None]
    """Of sources, that its stories of the last 28 days come from; NULL where a version before 0011 did not count."""


class Signal(Base):
    """A candidate that is shown or was confirmed."""

    __tablename__ = "signal"
    __table_args__ = (
        UniqueConstraint("snapshot_id", "topic_id"),
        _to_candidate(),
        CheckConstraint("shown_days >= 1", name="was_shown"),
        Index(None, "snapshot_id", "phase", "standing", "topic_id"),
        Index(None, "snapshot_id", "onset", "topic_id"),
    )

    id: Mapped[RowId]
    snapshot_id: Mapped[int] = mapped_column(RowNumber)
    topic_id: Mapped[int] = mapped_column(RowNumber)
    standing: Mapped[Standing] = mapped_column(closed(Standing, "standing"))
    phase: Mapped[Phase] = mapped_column(closed(Phase, "phase"))
    phase_numbers: Mapped[str] = mapped_column(Text)
    """What the phase was decided from, as canonical JSON."""
    onset: Mapped[date]
    shown_days: Mapped[int]


class Evidence(Base):
    """A document that a candidate stands on; position 1 is the best. Of what is no signal, up to three are kept."""

    __tablename__ = "evidence"
    __table_args__ = (
        _to_candidate(),
        UniqueConstraint("snapshot_id", "topic_id", "document_id"),
        CheckConstraint("position >= 1", name="position_counts_from_1"),
        Index(None, "document_id"),
        {"sqlite_with_rowid": False},
    )

    snapshot_id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    topic_id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(RowNumber, references("document.id"))


class HistoryDay(Base):
    """One day of a candidate in the strata that carry it; of signals and the watch list, the last 112 days."""

    __tablename__ = "history_day"
    __table_args__ = (
        _to_candidate(),
        CheckConstraint("stories >= 0 AND expected >= 0 AND read >= 0", name="counts_are_counts"),
        CheckConstraint("(read = 0) = (stories IS NULL)", name="a_gap_when_nothing_was_read"),
        CheckConstraint("(stories IS NULL) = (expected IS NULL)", name="both_known_or_neither"),
        {"sqlite_with_rowid": False},
    )

    snapshot_id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    topic_id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    stories: Mapped[int | None]
    expected: Mapped[float | None]
    """What the baseline of the snapshot expects of what was read."""
    read: Mapped[int] = mapped_column(BigInteger)
    """Stories read; 0 is a gap, and then the others are NULL: no evidence, never a zero."""
