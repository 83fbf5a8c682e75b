"""The tables of what was recommended and of what people decided. Rows are written once and never changed.

::

    signal - recommendation_basis - recommendation - recommendation_document
                                          |
                                 recommendation_score
    decision - decision_undo
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from nophantom.store.base import Base, RowId, RowNumber, UtcDateTime, closed
from nophantom.trends.archive.source_tables import references
from nophantom.trends.decisions import DecisionKind
from nophantom.trends.recommendations import ClaimScore
from nophantom.trends.role_rules import Action, ClaimKind, NoAction, Role

RECOMMENDATIONS_APPEND_ONLY = (
    "recommendation_basis",
    "recommendation",
    "recommendation_document",
    "recommendation_score",
    "decision",
    "decision_undo",
)
"""Tables whose rows are facts about the past."""

# Compared byte by byte on both stores, so that both sort and find alike.
_Words = Text().with_variant(Text(collation="C"), "postgresql")


class RecommendationBasis(Base):
    """What the recommendations of one signal were decided from; each has one recommendation per role."""

    __tablename__ = "recommendation_basis"

    signal_id: Mapped[int] = mapped_column(
        RowNumber, references("signal.id"), primary_key=True, autoincrement=False
    )
    facts: Mapped[str] = mapped_column(Text)
    """`SignalFacts` as canonical JSON."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Recommendation(Base):
    """What one role should do about one signal, or why nothing."""

    __tablename__ = "recommendation"
    __table_args__ = (
        UniqueConstraint("signal_id", "role"),
        CheckConstraint("(action IS NULL) <> (no_action IS NULL)", name="an_action_or_why_none"),
        CheckConstraint("(action IS NULL) = (claim IS NULL)", name="a_claim_with_an_action"),
        CheckConstraint("(action IS NULL) = (check_on IS NULL)", name="a_day_with_an_action"),
        CheckConstraint("rule <> ''", name="has_a_rule"),
        Index(None, "check_on"),
    )

    id: Mapped[RowId]
    signal_id: Mapped[int] = mapped_column(RowNumber, references("recommendation_basis.signal_id"))
    role: Mapped[Role] = mapped_column(closed(Role, "role"))
    action: Mapped[Action | None] = mapped_column(closed(Action, "action"))
    no_action: Mapped[NoAction | None] = mapped_column(closed(NoAction, "no_action"))
    rule: Mapped[str] = mapped_column(Text)
    claim: Mapped[ClaimKind | None] = mapped_column(closed(ClaimKind, "claim"))
    check_on: Mapped[date | None]


class RecommendationDocument(Base):
    """A document that a recommendation names; position 1 is the most telling."""

    __tablename__ = "recommendation_document"
    __table_args__ = (
        UniqueConstraint("recommendation_id", "document_id"),
        CheckConstraint("position BETWEEN 1 AND 3", name="at_most_three"),
        Index(None, "document_id"),
        {"sqlite_with_rowid": False},
    )

    recommendation_id: Mapped[int] = mapped_column(
        RowNumber, references("recommendation.id"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(RowNumber, references("document.id"))


class RecommendationScore(Base):
    """One check of the claim of a recommendation, against a snapshot of that day."""

    __tablename__ = "recommendation_score"
    __table_args__ = (Index(None, "snapshot_id"), {"sqlite_with_rowid": False})

    recommendation_id: Mapped[int] = mapped_column(
        RowNumber, references("recommendation.id"), primary_key=True
    )
    checked_on: Mapped[date] = mapped_column(primary_key=True)
    """The day of the snapshot."""
    score: Mapped[ClaimScore] = mapped_column(closed(ClaimScore, "score"))
    snapshot_id: Mapped[int] = mapped_column(RowNumber, references("snapshot.id"))
    facts: Mapped[str] = mapped_column(Text)
    """`CheckFacts` as canonical JSON."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Decision(Base):
    """What a person decided about a topic."""

    __tablename__ = "decision"
    __table_args__ = (
        CheckConstraint("topic <> '' AND words <> '' AND other <> ''", name="has_words"),
        CheckConstraint("other <> topic", name="of_two_topics"),
        CheckConstraint("(other IS NOT NULL) = (kind IN ('merge', 'split'))", name="another_topic_where_due"),
        Index(None, "topic"),
    )

    id: Mapped[RowId]
    kind: Mapped[DecisionKind] = mapped_column(closed(DecisionKind, "kind"))
    topic: Mapped[str] = mapped_column(_Words)
    """Its slug; `other` of what it is merged into or split from."""
    other: Mapped[str | None] = mapped_column(_Words)
    words: Mapped[str] = mapped_column(Text)
    """The topic as the person wrote it."""
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class DecisionUndo(Base):
    """That a decision no longer holds."""

    __tablename__ = "decision_undo"

    decision_id: Mapped[int] = mapped_column(
        RowNumber, references("decision.id"), primary_key=True, autoincrement=False
    )
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
