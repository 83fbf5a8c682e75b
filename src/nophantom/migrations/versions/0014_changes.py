"""What changed between two snapshots: the fate of every signal of the earlier one, and what is new."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
APPEND_ONLY = ("snapshot_change", "signal_fate")
FATES = ("withdrawn", "ended", "beyond_history", "not_shown", "new", "still")
REASONS = ("merged", "corrected")
STANDINGS = ("shown", "confirmed", "withdrawn")
PHASES = ("emerging", "growing", "mature", "declining", "unknown")


def upgrade() -> None:
    _create_snapshot_change()
    _create_signal_fate()
    _refuse_changes()


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete="RESTRICT")


def _rule(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def _create_snapshot_change() -> None:
    table = "snapshot_change"
    counts = (
        "signals_before",
        "signals_now",
        "withdrawn",
        "ended",
        "beyond_history",
        "not_shown",
        "new",
        "still",
        "phases_changed",
    )
    op.create_table(
        table,
        sa.Column("snapshot_id", NUMBER, nullable=False),
        sa.Column("before_id", NUMBER, nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in counts),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        _rule(
            table,
            "every_signal_has_a_fate",
            "signals_before = still + ended + not_shown + withdrawn + beyond_history",
        ),
        _rule(table, "every_signal_was_one_or_is_new", "signals_now = still + new"),
        _rule(
            table,
            "counts_are_counts",
            "withdrawn >= 0 AND ended >= 0 AND beyond_history >= 0 AND not_shown >= 0 AND new >= 0 AND still >= 0",
        ),
        _rule(table, "phases_of_signals", "phases_changed >= 0 AND phases_changed <= still"),
        _rule(table, "of_two_snapshots", "before_id <> snapshot_id"),
        _to(table, "snapshot_id", "snapshot"),
        _to(table, "before_id", "snapshot"),
        _key(table, "snapshot_id", "before_id"),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f(f"ix_{table}_before_id"), table, ["before_id"])


def _create_signal_fate() -> None:
    table = "signal_fate"

    def closed(name: str, words: tuple[str, ...], *, nullable: bool = True) -> sa.Column[str]:
        kind = sa.Enum(
            *words, name=op.f(f"ck_{table}_{name}"), native_enum=False, create_constraint=True, length=32
        )
        return sa.Column(name, kind, nullable=nullable)

    op.create_table(
        table,
        sa.Column("snapshot_id", NUMBER, nullable=False),
        sa.Column("before_id", NUMBER, nullable=False),
        sa.Column("topic_id", NUMBER, nullable=False),
        sa.Column("name", WORDS, nullable=False),
        closed("fate", FATES, nullable=False),
        closed("reason", REASONS),
        sa.Column("onset", sa.Date(), nullable=False),
        closed("standing_before", STANDINGS),
        closed("phase_before", PHASES),
        closed("standing", STANDINGS),
        closed("phase", PHASES),
        sa.Column("numbers", sa.Text(), nullable=False),
        _rule(table, "has_a_name", "name <> ''"),
        _rule(table, "a_reason_when_withdrawn", "(fate = 'withdrawn') = (reason IS NOT NULL)"),
        _rule(
            table,
            "was_a_signal_unless_new",
            "(fate = 'new') = (standing_before IS NULL) AND (fate = 'new') = (phase_before IS NULL)",
        ),
        _rule(
            table,
            "is_a_signal_when_new_or_still",
            "(fate IN ('new', 'still')) = (standing IS NOT NULL)"
            " AND (fate IN ('new', 'still')) = (phase IS NOT NULL)",
        ),
        sa.ForeignKeyConstraint(
            ["snapshot_id", "before_id"],
            ["snapshot_change.snapshot_id", "snapshot_change.before_id"],
            name=op.f(f"fk_{table}_snapshot_id_before_id_snapshot_change"),
            ondelete="RESTRICT",
        ),
        _to(table, "topic_id", "topic"),
        _key(table, "snapshot_id", "before_id", "topic_id"),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f(f"ix_{table}_topic_id_fate"), table, ["topic_id", "fate"])


def _refuse_changes() -> None:
    """What was written once is never changed."""
    for table in APPEND_ONLY:
        if op.get_bind().dialect.name == "postgresql":
            op.execute(
                f"CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
            continue
        for action in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER {table}_refuses_{action} BEFORE {action.upper()} ON {table} BEGIN "
                f"SELECT RAISE(ABORT, 'the archive is append-only: {action.upper()} of {table} is refused'); END"
            )
