"""Evidence of every candidate, not of signals alone; and the history of signals and the watch list."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPEND_ONLY = ("evidence", "history_day")


def upgrade() -> None:
    # Neither store can change the key of a table in place, and names of indexes and of Postgres' keys are taken as
    # long as the old table is there: the rows wait outside while the table is made anew. Dropping it fires no trigger.
    op.execute(
        "CREATE TEMPORARY TABLE evidence_carried_over AS "
        "SELECT s.snapshot_id, s.topic_id, e.position, e.document_id "
        "FROM evidence e JOIN signal s ON s.id = e.signal_id"
    )
    op.drop_table("evidence")
    _create_evidence()
    op.execute(
        "INSERT INTO evidence (snapshot_id, topic_id, position, document_id) "
        "SELECT snapshot_id, topic_id, position, document_id FROM evidence_carried_over "
        "ORDER BY snapshot_id, topic_id, position"
    )
    op.execute("DROP TABLE evidence_carried_over")
    _create_history_day()
    _refuse_changes()


def _to_candidate(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["snapshot_id", "topic_id"],
        ["candidate.snapshot_id", "candidate.topic_id"],
        name=op.f(f"fk_{table}_snapshot_id_topic_id_candidate"),
        ondelete="RESTRICT",
    )


def _create_evidence() -> None:
    op.create_table(
        "evidence",
        sa.Column("snapshot_id", NUMBER, nullable=False),
        sa.Column("topic_id", NUMBER, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("document_id", NUMBER, nullable=False),
        sa.CheckConstraint("position >= 1", name=op.f("ck_evidence_position_counts_from_1")),
        _to_candidate("evidence"),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["document.id"],
            name=op.f("fk_evidence_document_id_document"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("snapshot_id", "topic_id", "position", name=op.f("pk_evidence")),
        sa.UniqueConstraint(
            "snapshot_id",
            "topic_id",
            "document_id",
            name=op.f("uq_evidence_snapshot_id_topic_id_document_id"),
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_evidence_document_id"), "evidence", ["document_id"], unique=False)


def _create_history_day() -> None:
    op.create_table(
        "history_day",
        sa.Column("snapshot_id", NUMBER, nullable=False),
        sa.Column("topic_id", NUMBER, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("stories", sa.Integer(), nullable=True),
        sa.Column("expected", sa.Double(), nullable=True),
        sa.Column("read", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "stories >= 0 AND expected >= 0 AND read >= 0", name=op.f("ck_history_day_counts_are_counts")
        ),
        sa.CheckConstraint(
            "(read = 0) = (stories IS NULL)", name=op.f("ck_history_day_a_gap_when_nothing_was_read")
        ),
        sa.CheckConstraint(
            "(stories IS NULL) = (expected IS NULL)", name=op.f("ck_history_day_both_known_or_neither")
        ),
        _to_candidate("history_day"),
        sa.PrimaryKeyConstraint("snapshot_id", "topic_id", "day", name=op.f("pk_history_day")),
        sqlite_with_rowid=False,
    )


def _refuse_changes() -> None:
    """What was written once is never changed; Postgres has `refuse_change` from the ledger's migration."""
    postgres = op.get_bind().dialect.name == "postgresql"
    for table in APPEND_ONLY:
        if postgres:
            op.execute(
                f"CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
            continue
        for action in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER {table}_refuses_{action} BEFORE {action.upper()} ON {table} BEGIN "
                f"SELECT RAISE(ABORT, 'the ledger is append-only: {action.upper()} of {table} is refused'); END"
            )
