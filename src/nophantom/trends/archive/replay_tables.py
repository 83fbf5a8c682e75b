"""The tables of how a snapshot was counted, and of what a replay remembers.

::

    snapshot - counted_name
        |
        +----- tier_check
    replay_memory

A memory is no fact: it may be thrown away at any time, and then the next detection begins at the first day.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from nophantom.store.base import Base, RowId, RowNumber, UtcDateTime, closed
from nophantom.trends.aliases import MergeKind
from nophantom.trends.archive.source_tables import references

COUNTING_APPEND_ONLY = ("counted_name", "tier_check")
"""Tables whose rows are facts about the past."""

# Compared byte by byte on both stores, so that both sort and find alike.
_Words = Text().with_variant(Text(collation="C"), "postgresql")


class CountedName(Base):
    """A name that a snapshot counted as another topic: by evidence, or because people decided it."""

    __tablename__ = "counted_name"
    __table_args__ = (
        CheckConstraint("alias <> '' AND topic <> '' AND alias <> topic", name="of_two_names"),
        CheckConstraint("(kind IS NULL) <> (decision_id IS NULL)", name="by_evidence_or_by_people"),
        CheckConstraint("(kind IS NULL) = (likeness IS NULL)", name="likeness_of_evidence"),
        CheckConstraint("stories >= 0 AND sources >= 0 AND together >= 0", name="counts_are_counts"),
        Index(None, "snapshot_id", "topic"),
        {"sqlite_with_rowid": False},
    )

    snapshot_id: Mapped[int] = mapped_column(RowNumber, references("snapshot.id"), primary_key=True)
    alias: Mapped[str] = mapped_column(_Words, primary_key=True)
    alias_name: Mapped[str] = mapped_column(Text)
    topic: Mapped[str] = mapped_column(_Words)
    """Slug of what it is counted as; it may be no candidate."""
    topic_name: Mapped[str] = mapped_column(Text)
    stories: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[MergeKind | None] = mapped_column(closed(MergeKind, "kind"))
    decision_id: Mapped[int | None] = mapped_column(RowNumber, references("decision.id"))
    sources: Mapped[int] = mapped_column(BigInteger)
    """That spell it out; 0 where none does."""
    share: Mapped[float | None]
    """Of those who spell it out, those who do it this way."""
    likeness: Mapped[float | None]
    """How like the company of the two is, from 0 to 1."""
    together: Mapped[int] = mapped_column(BigInteger)
    """Stories that use both names."""
    documents: Mapped[str] = mapped_column(Text)
    """Native ids of up to five that say so or use both, as canonical JSON."""


class TierCheckRow(Base):
    """What the self-test of a snapshot saw of one tier of rates at one level."""

    __tablename__ = "tier_check"
    __table_args__ = (
        UniqueConstraint("snapshot_id", "tier", "level"),
        CheckConstraint("tier >= 0 AND position >= 1", name="numbers_are_numbers"),
        CheckConstraint("level > 0", name="level_is_an_e_value"),
        CheckConstraint("topics >= 0 AND reached >= 0 AND reached <= topics", name="counts_are_counts"),
        {"sqlite_with_rowid": False},
    )

    snapshot_id: Mapped[int] = mapped_column(RowNumber, references("snapshot.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    tier: Mapped[int]
    level: Mapped[float]
    topics: Mapped[int] = mapped_column(BigInteger)
    reached: Mapped[int] = mapped_column(BigInteger)


class ReplayMemory(Base):
    """What a replay remembered after a day: taken up by one of the very same past alone."""

    __tablename__ = "replay_memory"
    __table_args__ = (
        UniqueConstraint("digest"),
        CheckConstraint("length(digest) = 64", name="digest_is_a_hash"),
        Index(None, "as_of"),
    )

    id: Mapped[RowId]
    as_of: Mapped[date]
    digest: Mapped[str] = mapped_column(String(64))
    text: Mapped[bytes] = mapped_column(LargeBinary)
    """JSON, packed with zlib."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)
