"""The tables of where things come from: sources, how they are, and every visit to them.

::

    source - source_health
      |  \
      |   sighting
    fetch - answer
      |
    (item, score, adoption, lead)

The check constraints of `fetch` hold its sums together at every commit.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from nophantom.store.base import Base, RowId, RowNumber, UtcDateTime, closed
from nophantom.trends.documents import Family, ItemDrop
from nophantom.trends.exchange import SourceProtocol, Trouble


class SourceState(StrEnum):
    """Whether a source is visited."""

    ACTIVE = "active"
    DISABLED = "disabled"
    """By a person."""
    RETIRED = "retired"
    """It said that it is gone for good."""


def references(target: str) -> ForeignKey:
    """A key into another table, whose row cannot go while this one points at it."""
    return ForeignKey(target, ondelete="RESTRICT")


class FetchOutcome(StrEnum):
    """How far a fetch came."""

    STARTED = "started"
    """Under way, or interrupted: asking again goes on after the last line that was kept."""
    COMPLETE = "complete"
    UNCHANGED = "unchanged"
    """The source says, or its content shows, that nothing is new."""
    FAILED = "failed"
    """Nothing came; its trouble says why."""
    DAMAGED = "damaged"
    """What was sent ends before its end; everything before the damage was kept."""


class Source(Base):
    """A place that publishes."""

    __tablename__ = "source"
    __table_args__ = (
        CheckConstraint("address <> ''", name="has_an_address"),
        CheckConstraint("language IS NULL OR length(language) = 2", name="language_is_a_code"),
        CheckConstraint("(state = 'active') = (state_why IS NULL)", name="a_reason_unless_active"),
        CheckConstraint("(protocol = 'archive') = (key IS NULL)", name="a_key_unless_archived"),
        Index(None, "key", unique=True),
    )

    id: Mapped[RowId]
    address: Mapped[str] = mapped_column(Text, unique=True)
    """Where it is asked; of what others archived, `archive:<their word for it>`."""
    family: Mapped[Family] = mapped_column(closed(Family, "family"))
    protocol: Mapped[SourceProtocol] = mapped_column(
        closed(SourceProtocol, "protocol"), server_default=SourceProtocol.ARCHIVE
    )
    key: Mapped[str | None] = mapped_column(Text)
    """One spelling for all spellings of its address: the same source is added once."""
    title: Mapped[str | None] = mapped_column(Text)
    homepage: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(String(2))
    kind: Mapped[str] = mapped_column(Text, server_default="")
    """The group that it belongs to, as in "engineering"."""
    settings: Mapped[str] = mapped_column(Text, server_default="{}")
    """What its protocol needs beside the address, as canonical JSON."""
    state: Mapped[SourceState] = mapped_column(
        closed(SourceState, "state"), server_default=SourceState.ACTIVE
    )
    state_why: Mapped[str | None] = mapped_column(Text)
    added_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    added_from: Mapped[str | None] = mapped_column(Text)
    """Who named it: a person, the catalogue, a file."""


class Collection(Base):
    """A part of a source inside which rates are comparable over time: one list, one scraper, one group of feeds."""

    __tablename__ = "collection"
    __table_args__ = (UniqueConstraint("source_id", "name"), CheckConstraint("name <> ''", name="has_a_name"))

    id: Mapped[RowId]
    source_id: Mapped[int] = mapped_column(references("source.id"))
    name: Mapped[str] = mapped_column(Text)
    counts: Mapped[bool] = mapped_column(server_default=true())
    """Whether its documents count; what was found by asking for a topic is evidence alone."""


class Fetch(Base):
    """One reading of a source; of an archive, of one file in one window."""

    __tablename__ = "fetch"
    __table_args__ = (
        CheckConstraint("length(identity) = 64", name="identity_is_sha256"),
        CheckConstraint("length(sha256) = 64", name="hash_is_sha256"),
        CheckConstraint("n_bytes > 0 OR outcome IN ('unchanged', 'failed')", name="has_content"),
        CheckConstraint("first_day <= last_day", name="window_is_a_window"),
        CheckConstraint("(finished_at IS NULL) = (outcome = 'started')", name="finished_or_started"),
        CheckConstraint(
            "outside >= 0 AND blank >= 0 AND documents >= 0 AND duplicates >= 0 AND drops >= 0",
            name="counts_are_counts",
        ),
        CheckConstraint("items = documents + duplicates + drops", name="books_balance"),
        CheckConstraint("lines = items + outside + blank", name="every_line_is_counted"),
        CheckConstraint("outcome <> 'failed' OR trouble IS NOT NULL", name="a_failure_has_a_reason"),
        CheckConstraint("again_duplicates BETWEEN 0 AND duplicates", name="again_are_duplicates"),
        CheckConstraint("again_drops BETWEEN 0 AND drops", name="again_are_drops"),
        Index(None, "source_id", "started_at"),
    )

    id: Mapped[RowId]
    source_id: Mapped[int] = mapped_column(references("source.id"))
    """That of the first record of the layout."""
    identity: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 over the content and the window: the same is fetched once. Of a visit, over source and moment."""
    path: Mapped[str] = mapped_column(Text)
    """As it was given; for people, never opened again. Of a visit, the address that was asked."""
    sha256: Mapped[str] = mapped_column(String(64))
    n_bytes: Mapped[int] = mapped_column(BigInteger)
    first_day: Mapped[date | None]
    last_day: Mapped[date | None]
    """The window of publication, both ends included; NULL leaves an end open."""
    outcome: Mapped[FetchOutcome] = mapped_column(closed(FetchOutcome, "outcome"))
    lines: Mapped[int] = mapped_column(BigInteger)
    """How many were read and kept; where an interrupted fetch goes on."""
    outside: Mapped[int] = mapped_column(BigInteger)
    """Lines with a date outside of the window: no items of this fetch."""
    blank: Mapped[int] = mapped_column(BigInteger)
    items: Mapped[int] = mapped_column(BigInteger)
    documents: Mapped[int] = mapped_column(BigInteger)
    duplicates: Mapped[int] = mapped_column(BigInteger)
    drops: Mapped[int] = mapped_column(BigInteger)
    again_duplicates: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """Of the duplicates, those that stood there at the last visit too: counted, but no items of their own."""
    again_drops: Mapped[int] = mapped_column(BigInteger, server_default="0")
    trouble: Mapped[Trouble | None] = mapped_column(closed(Trouble, "trouble"))
    """Why it failed, or is not the whole truth."""
    told: Mapped[str | None] = mapped_column(Text)
    """Of the trouble, what was seen; short."""
    requests: Mapped[int] = mapped_column(server_default="1")
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Answer(Base):
    """One answer of a visit; its body is kept, compressed, by its hash for a time."""

    __tablename__ = "answer"
    __table_args__ = (
        CheckConstraint("position >= 1", name="position_counts_from_1"),
        CheckConstraint("length(sha256) = 64", name="hash_is_sha256"),
        CheckConstraint("n_bytes >= 0", name="has_a_size"),
        Index(None, "sha256"),
        {"sqlite_with_rowid": False},
    )

    fetch_id: Mapped[int] = mapped_column(RowNumber, references("fetch.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(Text)
    status: Mapped[int]
    n_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))


class SourceHealth(Base):
    """How a source is, and when it is visited next: what the last visits showed. Changes with every visit."""

    __tablename__ = "source_health"
    __table_args__ = (
        CheckConstraint("failures >= 0 AND moved_seen >= 0", name="counts_are_counts"),
        CheckConstraint("(failures > 0) = (trouble IS NOT NULL)", name="trouble_while_it_fails"),
        Index(None, "next_at"),
    )

    source_id: Mapped[int] = mapped_column(RowNumber, references("source.id"), primary_key=True)
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_ok_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_new_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it last brought a document that nobody had brought before."""
    followed_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Its first visit that succeeded."""
    rest_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Until when its host asked to be left alone, by all of its sources."""
    failures: Mapped[int] = mapped_column(server_default="0")
    """In a row."""
    trouble: Mapped[Trouble | None] = mapped_column(closed(Trouble, "trouble"))
    told: Mapped[str | None] = mapped_column(Text)
    etag: Mapped[str | None] = mapped_column(Text)
    last_modified: Mapped[str | None] = mapped_column(Text)
    body: Mapped[str | None] = mapped_column(String(64))
    """SHA-256 of what it sent last."""
    moved_to: Mapped[str | None] = mapped_column(Text)
    moved_seen: Mapped[int] = mapped_column(server_default="0")
    rhythm: Mapped[str] = mapped_column(Text, server_default="[]")
    """Moments of its latest items, the newest first, as canonical JSON."""
    remembered: Mapped[str] = mapped_column(Text, server_default="{}")
    """What its protocol needs at the next visit, as canonical JSON."""


class Sighting(Base):
    """What a source sent at its last visit; what it sends again is counted then, not written again."""

    __tablename__ = "sighting"
    __table_args__ = (
        CheckConstraint("length(raw_hash) = 16", name="raw_hash_is_16_bytes"),
        CheckConstraint("(document_id IS NULL) = (reason IS NOT NULL)", name="a_document_or_a_reason"),
        {"sqlite_with_rowid": False},
    )

    source_id: Mapped[int] = mapped_column(RowNumber, references("source.id"), primary_key=True)
    raw_hash: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    document_id: Mapped[int | None] = mapped_column(RowNumber, references("document.id"))
    reason: Mapped[ItemDrop | None] = mapped_column(closed(ItemDrop, "reason"))


class Score(Base):
    """What readers of a source made of a document, as a visit found it. Written once."""

    __tablename__ = "score"
    __table_args__ = (
        CheckConstraint("points IS NOT NULL OR comments IS NOT NULL", name="something_is_known"),
        {"sqlite_with_rowid": False},
    )

    document_id: Mapped[int] = mapped_column(RowNumber, references("document.id"), primary_key=True)
    fetch_id: Mapped[int] = mapped_column(RowNumber, references("fetch.id"), primary_key=True)
    points: Mapped[int | None] = mapped_column(BigInteger)
    comments: Mapped[int | None] = mapped_column(BigInteger)


class AdoptionDay(Base):
    """One day of an adoption series as a visit found it; a later one may find another number. Written once."""

    __tablename__ = "adoption_day"
    __table_args__ = (
        CheckConstraint("value >= 0", name="value_is_a_count"),
        CheckConstraint("product <> '' AND measure <> ''", name="has_a_name"),
        {"sqlite_with_rowid": False},
    )

    product: Mapped[str] = mapped_column(Text, primary_key=True)
    measure: Mapped[str] = mapped_column(Text, primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    fetch_id: Mapped[int] = mapped_column(RowNumber, references("fetch.id"), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)


class Lead(Base):
    """One question to a metasearch engine about a topic: who wanted to know, and why."""

    __tablename__ = "lead"
    __table_args__ = (
        CheckConstraint("topic <> '' AND asked_by <> '' AND why <> ''", name="has_words"),
        CheckConstraint("hits >= 0 AND confirmed >= 0 AND confirmed <= hits", name="counts_are_counts"),
        Index(None, "topic"),
    )

    fetch_id: Mapped[int] = mapped_column(RowNumber, references("fetch.id"), primary_key=True)
    topic: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[str] = mapped_column(Text)
    why: Mapped[str] = mapped_column(Text)
    engines: Mapped[str] = mapped_column(Text)
    """Those that were asked, as canonical JSON; `outages` those that did not answer."""
    outages: Mapped[str] = mapped_column(Text)
    hits: Mapped[int]
    confirmed: Mapped[int]


class FollowedTopic(Base):
    """A topic that a person wants to know more about; what is found is evidence, and changes no count."""

    __tablename__ = "followed_topic"
    __table_args__ = (CheckConstraint("slug <> '' AND words <> ''", name="has_words"),)

    slug: Mapped[str] = mapped_column(Text, primary_key=True)
    words: Mapped[str] = mapped_column(Text)
    """As people write it."""
    why: Mapped[str] = mapped_column(Text, server_default="")
    followed_at: Mapped[datetime] = mapped_column(UtcDateTime)


SOURCES_APPEND_ONLY = ("answer", "score", "adoption_day", "lead")
"""Tables whose rows are facts about the past."""
