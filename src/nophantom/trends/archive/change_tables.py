"""The tables of what changed between two snapshots. Rows are written once and never changed.

::

    snapshot (the earlier one)
        |
    snapshot_change - signal_fate - topic
        |
    snapshot (the later one)

They stand beside the later snapshot and are no part of its content, which depends on the documents alone.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from nophantom.store.base import Base, RowNumber, UtcDateTime, closed
from nophantom.trends.archive.source_tables import references
from nophantom.trends.fates import Fate, Withdrawal
from nophantom.trends.phases import Phase, Standing

CHANGES_APPEND_ONLY = ("snapshot_change", "signal_fate")
"""Tables whose rows are facts about the past."""

# Compared byte by byte on both stores, so that both sort and find alike.
_Words = Text().with_variant(Text(collation="C"), "postgresql")


class SnapshotChange(Base):
    """What changed from one snapshot to a later one, in numbers."""

    __tablename__ = "snapshot_change"
    __table_args__ = (
        CheckConstraint(
            "signals_before = still + ended + not_shown + withdrawn + beyond_history",
            name="every_signal_has_a_fate",
        ),
        CheckConstraint("signals_now = still + new", name="every_signal_was_one_or_is_new"),
        CheckConstraint(
            "withdrawn >= 0 AND ended >= 0 AND beyond_history >= 0 AND not_shown >= 0 AND new >= 0 AND still >= 0",
            name="counts_are_counts",
        ),
        CheckConstraint("phases_changed >= 0 AND phases_changed <= still", name="phases_of_signals"),
        CheckConstraint("before_id <> snapshot_id", name="of_two_snapshots"),
        Index(None, "before_id"),
        {"sqlite_with_rowid": False},
    )

    snapshot_id: Mapped[int] = mapped_column(RowNumber, references("snapshot.id"), primary_key=True)
    before_id: Mapped[int] = mapped_column(RowNumber, references("snapshot.id"), primary_key=True)
    """The snapshot before it, when this was written."""
    signals_before: Mapped[int] = mapped_column(BigInteger)
    signals_now: Mapped[int] = mapped_column(BigInteger)
    withdrawn: Mapped[int] = mapped_column(BigInteger)
    ended: Mapped[int] = mapped_column(BigInteger)
    beyond_history: Mapped[int] = mapped_column(BigInteger)
    not_shown: Mapped[int] = mapped_column(BigInteger)
    new: Mapped[int] = mapped_column(BigInteger)
    still: Mapped[int] = mapped_column(BigInteger)
    phases_changed: Mapped[int] = mapped_column(BigInteger)
    """Of those that are signals still."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class SignalFate(Base):
    """What became of one signal of the snapshot before, or that one is new."""

    __tablename__ = "signal_fate"
    __table_args__ = (
        ForeignKeyConstraint(
            ["snapshot_id", "before_id"],
            ["snapshot_change.snapshot_id", "snapshot_change.before_id"],
            ondelete="RESTRICT",
        ),
        CheckConstraint("name <> ''", name="has_a_name"),
        CheckConstraint("(fate = 'withdrawn') = (reason IS NOT NULL)", name="a_reason_when_withdrawn"),
        CheckConstraint(
            "(fate = 'new') = (standing_before IS NULL) AND (fate = 'new') = (phase_before IS NULL)",
            name="was_a_signal_unless_new",
        ),
        CheckConstraint(
            "(fate IN ('new', 'still')) = (standing IS NOT NULL)"
            " AND (fate IN ('new', 'still')) = (phase IS NOT NULL)",
            name="is_a_signal_when_new_or_still",
        ),
        Index(None, "topic_id", "fate"),
        {"sqlite_with_rowid": False},
    )

    snapshot_id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    before_id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    topic_id: Mapped[int] = mapped_column(RowNumber, references("topic.id"), primary_key=True)
    name: Mapped[str] = mapped_column(_Words)
    """As the topic was shown when it was a signal last."""
    fate: Mapped[Fate] = mapped_column(closed(Fate, "fate"))
    reason: Mapped[Withdrawal | None] = mapped_column(closed(Withdrawal, "reason"))
    onset: Mapped[date]
    """As the snapshot before had it; of what is new as the later one has it."""
    standing_before: Mapped[Standing | None] = mapped_column(closed(Standing, "standing_before"))
    phase_before: Mapped[Phase | None] = mapped_column(closed(Phase, "phase_before"))
    standing: Mapped[Standing | None] = mapped_column(closed(Standing, "standing"))
    phase: Mapped[Phase | None] = mapped_column(closed(Phase, "phase"))
    numbers: Mapped[str] = mapped_column(Text)
    """What the fate was decided from, as canonical JSON."""
