"""The tables of what stands beside the evidence: related topics, products, and how these are adopted.

::

    candidate - related_topic - candidate
        |
        +------ candidate_product
    adoption_file - adoption_month - adoption_series

Adoption is shown beside mentions and never counted: no detection reads these three tables.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from nophantom.store.base import Base, RowId, RowNumber, UtcDateTime, closed
from nophantom.trends.adoption import Measure
from nophantom.trends.archive.source_tables import references
from nophantom.trends.documents import Kind

EVIDENCE_APPEND_ONLY = (
    "related_topic",
    "candidate_product",
    "adoption_file",
    "adoption_series",
    "adoption_month",
)
"""Tables whose rows are facts about the past."""

# Compared byte by byte on both stores, so that both sort and find alike.
_Words = Text().with_variant(Text(collation="C"), "postgresql")


def _to_candidate(topic: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["snapshot_id", topic], ["candidate.snapshot_id", "candidate.topic_id"], ondelete="RESTRICT"
    )


class RelatedTopic(Base):
    """A candidate that shares more stories with a signal than chance lets it; position 1 is the closest."""

    __tablename__ = "related_topic"
    __table_args__ = (
        _to_candidate("topic_id"),
        _to_candidate("other_id"),
        UniqueConstraint("snapshot_id", "topic_id", "other_id"),
        CheckConstraint("position >= 1", name="position_counts_from_1"),
        CheckConstraint("other_id <> topic_id", name="of_two_topics"),
        CheckConstraint("together >= 1 AND together <= stories", name="counts_are_counts"),
        CheckConstraint("lift_low <= lift", name="lift_is_above_its_bound"),
        {"sqlite_with_rowid": False},
    )

    snapshot_id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    topic_id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    other_id: Mapped[int] = mapped_column(RowNumber)
    together: Mapped[int] = mapped_column(BigInteger)
    """Stories of the window that tell both."""
    stories: Mapped[int] = mapped_column(BigInteger)
    """That tell the other."""
    lift: Mapped[float]
    """How many times more often together than by chance; `lift_low` its 5% bound."""
    lift_low: Mapped[float]


class CandidateProduct(Base):
    """A product behind the stories of a signal; those that bear its name come first."""

    __tablename__ = "candidate_product"
    __table_args__ = (
        _to_candidate("topic_id"),
        UniqueConstraint("snapshot_id", "topic_id", "native_id"),
        CheckConstraint("position >= 1", name="position_counts_from_1"),
        CheckConstraint("native_id <> '' AND title <> ''", name="has_a_name"),
        CheckConstraint("documents >= 1", name="stands_in_documents"),
        CheckConstraint("last_seen >= first_seen", name="last_is_not_before_first"),
        Index(None, "native_id"),
        {"sqlite_with_rowid": False},
    )

    snapshot_id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    topic_id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    native_id: Mapped[str] = mapped_column(_Words)
    kind: Mapped[Kind] = mapped_column(closed(Kind, "kind"))
    title: Mapped[str] = mapped_column(Text)
    """Of its latest document."""
    is_named: Mapped[bool]
    """Whether the topic is its own name."""
    first_seen: Mapped[date]
    """Of the documents that were read for the snapshot; `last_seen` likewise."""
    last_seen: Mapped[date]
    documents: Mapped[int] = mapped_column(BigInteger)


class AdoptionFile(Base):
    """A file of adoption series that was imported. The same file is imported once."""

    __tablename__ = "adoption_file"
    __table_args__ = (
        CheckConstraint("length(sha256) = 64", name="sha256_is_sha256"),
        CheckConstraint("name <> ''", name="has_a_name"),
        CheckConstraint("rows >= 0 AND months >= 0 AND drops >= 0", name="counts_are_counts"),
    )

    id: Mapped[RowId]
    name: Mapped[str] = mapped_column(Text)
    """Of the file, without its folder."""
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    rows: Mapped[int] = mapped_column(BigInteger)
    """That were read; of several in one month the last stands for it."""
    months: Mapped[int] = mapped_column(BigInteger)
    drops: Mapped[int] = mapped_column(BigInteger)
    """Rows that could not be used."""


class AdoptionSeries(Base):
    """One measure of one product."""

    __tablename__ = "adoption_series"
    __table_args__ = (
        UniqueConstraint("product", "measure"),
        CheckConstraint("product <> '' AND name <> ''", name="has_a_name"),
        Index(None, "name"),
    )

    id: Mapped[RowId]
    product: Mapped[str] = mapped_column(_Words)
    """Its native id."""
    measure: Mapped[Measure] = mapped_column(closed(Measure, "measure"))
    name: Mapped[str] = mapped_column(_Words)
    """The slug of its own name, by which topics find it."""


class AdoptionMonth(Base):
    """One month of a series as one file tells it; another may tell it otherwise."""

    __tablename__ = "adoption_month"
    __table_args__ = (
        CheckConstraint("value >= 0", name="value_is_a_count"),
        CheckConstraint("known_on >= month", name="known_after_it_began"),
        Index(None, "file_id"),
        {"sqlite_with_rowid": False},
    )

    series_id: Mapped[int] = mapped_column(RowNumber, references("adoption_series.id"), primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    """Its first day."""
    file_id: Mapped[int] = mapped_column(RowNumber, references("adoption_file.id"), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)
    known_on: Mapped[date]
    """The day from which the number could be known."""
