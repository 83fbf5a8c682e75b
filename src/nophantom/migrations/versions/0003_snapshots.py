"""Snapshots: topics, what was judged, signals and their evidence; append-only by triggers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from nophantom.store.base import UtcDateTime

revision = "0003"
down_revision = "0002"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
APPEND_ONLY = ("snapshot", "candidate", "signal", "evidence")


def upgrade() -> None:
    _create_topic()
    _create_alias()
    _create_snapshot()
    _create_candidate()
    _create_signal()
    _create_evidence()
    _refuse_changes()


def _closed(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)


def _key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete="RESTRICT")


def _create_topic() -> None:
    op.create_table(
        "topic",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("slug", WORDS, nullable=False),
        sa.Column("name", WORDS, nullable=False),
        sa.CheckConstraint("slug <> ''", name=op.f("ck_topic_has_a_slug")),
        sa.CheckConstraint("name <> ''", name=op.f("ck_topic_has_a_name")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topic")),
        sa.UniqueConstraint("slug", name=op.f("uq_topic_slug")),
    )


def _create_alias() -> None:
    op.create_table(
        "alias",
        sa.Column("topic_id", NUMBER, nullable=False),
        sa.Column("spelling", WORDS, nullable=False),
        sa.CheckConstraint("spelling <> ''", name=op.f("ck_alias_is_a_spelling")),
        _key("alias", "topic_id", "topic"),
        sa.PrimaryKeyConstraint("topic_id", "spelling", name=op.f("pk_alias")),
        sqlite_with_rowid=False,
    )


def _create_snapshot() -> None:
    op.create_table(
        "snapshot",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("parameters_hash", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("n_documents", sa.BigInteger(), nullable=False),
        sa.Column("n_stories", sa.BigInteger(), nullable=False),
        sa.Column("n_topics", sa.BigInteger(), nullable=False),
        sa.Column("n_strata", sa.Integer(), nullable=False),
        sa.Column("below_support", sa.BigInteger(), nullable=False),
        sa.Column("log_threshold", sa.Double(), nullable=False),
        sa.Column("candidates", sa.BigInteger(), nullable=False),
        sa.Column("signals", sa.BigInteger(), nullable=False),
        sa.Column("watch", sa.BigInteger(), nullable=False),
        sa.Column("drops", sa.BigInteger(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "length(parameters_hash) = 64", name=op.f("ck_snapshot_parameters_hash_is_sha256")
        ),
        sa.CheckConstraint("length(digest) = 64", name=op.f("ck_snapshot_digest_is_sha256")),
        sa.CheckConstraint(
            "n_documents >= 0 AND n_stories >= 0 AND n_strata >= 0 AND below_support >= 0"
            " AND signals >= 0 AND watch >= 0 AND drops >= 0",
            name=op.f("ck_snapshot_counts_are_counts"),
        ),
        sa.CheckConstraint("candidates = signals + watch + drops", name=op.f("ck_snapshot_books_balance")),
        sa.CheckConstraint(
            "n_topics = below_support + candidates", name=op.f("ck_snapshot_every_topic_is_counted")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snapshot")),
        sa.UniqueConstraint(
            "as_of", "parameters_hash", "digest", name=op.f("uq_snapshot_as_of_parameters_hash_digest")
        ),
    )


def _create_candidate() -> None:
    reasons = (
        "below_min_support",
        "not_significant",
        "source_degraded",
        "seasonal",
        "merged_into",
        "generic_word",
        "spike_one_day",
        "single_author",
        "single_source",
        "not_technology",
    )
    measured = ("momentum", "momentum_low", "momentum_high", "ratio", "ratio_low", "ratio_high")
    op.create_table(
        "candidate",
        sa.Column("snapshot_id", NUMBER, nullable=False),
        sa.Column("topic_id", NUMBER, nullable=False),
        sa.Column("name", WORDS, nullable=False),
        sa.Column("place", _closed("place", "signal", "watch", "drop"), nullable=False),
        sa.Column("reason", _closed("reason", *reasons), nullable=True),
        sa.Column("log_e", sa.Double(), nullable=False),
        sa.Column("stories", sa.Integer(), nullable=False),
        sa.Column("expected", sa.Double(), nullable=False),
        *(sa.Column(name, sa.Double(), nullable=False) for name in measured),
        sa.Column("needed", sa.BigInteger(), nullable=True),
        sa.Column("numbers", sa.Text(), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_candidate_has_a_name")),
        sa.CheckConstraint(
            "(place = 'drop') = (reason IS NOT NULL)", name=op.f("ck_candidate_a_reason_when_dropped")
        ),
        sa.CheckConstraint("stories >= 0 AND expected >= 0", name=op.f("ck_candidate_counts_are_counts")),
        sa.CheckConstraint(
            "momentum_low <= momentum AND momentum <= momentum_high",
            name=op.f("ck_candidate_momentum_is_in_its_interval"),
        ),
        sa.CheckConstraint(
            "ratio_low <= ratio AND ratio <= ratio_high", name=op.f("ck_candidate_ratio_is_in_its_interval")
        ),
        sa.CheckConstraint("needed >= 1", name=op.f("ck_candidate_needed_is_a_count")),
        _key("candidate", "snapshot_id", "snapshot"),
        _key("candidate", "topic_id", "topic"),
        sa.PrimaryKeyConstraint("snapshot_id", "topic_id", name=op.f("pk_candidate")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_candidate_topic_id"), "candidate", ["topic_id"], unique=False)


def _create_signal() -> None:
    phases = ("emerging", "growing", "mature", "declining", "unknown")
    op.create_table(
        "signal",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("snapshot_id", NUMBER, nullable=False),
        sa.Column("topic_id", NUMBER, nullable=False),
        sa.Column("standing", _closed("standing", "shown", "confirmed", "withdrawn"), nullable=False),
        sa.Column("phase", _closed("phase", *phases), nullable=False),
        sa.Column("phase_numbers", sa.Text(), nullable=False),
        sa.Column("onset", sa.Date(), nullable=False),
        sa.Column("shown_days", sa.Integer(), nullable=False),
        sa.CheckConstraint("shown_days >= 1", name=op.f("ck_signal_was_shown")),
        sa.ForeignKeyConstraint(
            ["snapshot_id", "topic_id"],
            ["candidate.snapshot_id", "candidate.topic_id"],
            name=op.f("fk_signal_snapshot_id_topic_id_candidate"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal")),
        sa.UniqueConstraint("snapshot_id", "topic_id", name=op.f("uq_signal_snapshot_id_topic_id")),
    )


def _create_evidence() -> None:
    op.create_table(
        "evidence",
        sa.Column("signal_id", NUMBER, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("document_id", NUMBER, nullable=False),
        sa.CheckConstraint("position >= 1", name=op.f("ck_evidence_position_counts_from_1")),
        _key("evidence", "signal_id", "signal"),
        _key("evidence", "document_id", "document"),
        sa.PrimaryKeyConstraint("signal_id", "position", name=op.f("pk_evidence")),
        sa.UniqueConstraint("signal_id", "document_id", name=op.f("uq_evidence_signal_id_document_id")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_evidence_document_id"), "evidence", ["document_id"], unique=False)


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
