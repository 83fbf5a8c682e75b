"""How a snapshot was counted: names counted as another topic, its self-test; and what a replay remembers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
APPEND_ONLY = ("counted_name", "tier_check")
KINDS = ("acronym", "numeronym", "suffix", "spelling")


def upgrade() -> None:
    _create_counted_name()
    _create_tier_check()
    _create_replay_memory()
    _refuse_changes()


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete="RESTRICT")


def _rule(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def _create_counted_name() -> None:
    table = "counted_name"
    kind = sa.Enum(
        *KINDS, name=op.f(f"ck_{table}_kind"), native_enum=False, create_constraint=True, length=32
    )
    op.create_table(
        table,
        sa.Column("snapshot_id", NUMBER, nullable=False),
        sa.Column("alias", WORDS, nullable=False),
        sa.Column("alias_name", sa.Text(), nullable=False),
        sa.Column("topic", WORDS, nullable=False),
        sa.Column("topic_name", sa.Text(), nullable=False),
        sa.Column("stories", sa.BigInteger(), nullable=False),
        sa.Column("kind", kind, nullable=True),
        sa.Column("decision_id", NUMBER, nullable=True),
        sa.Column("sources", sa.BigInteger(), nullable=False),
        sa.Column("share", sa.Double(), nullable=True),
        sa.Column("likeness", sa.Double(), nullable=True),
        sa.Column("together", sa.BigInteger(), nullable=False),
        sa.Column("documents", sa.Text(), nullable=False),
        _rule(table, "of_two_names", "alias <> '' AND topic <> '' AND alias <> topic"),
        _rule(table, "by_evidence_or_by_people", "(kind IS NULL) <> (decision_id IS NULL)"),
        _rule(table, "likeness_of_evidence", "(kind IS NULL) = (likeness IS NULL)"),
        _rule(table, "counts_are_counts", "stories >= 0 AND sources >= 0 AND together >= 0"),
        _to(table, "snapshot_id", "snapshot"),
        _to(table, "decision_id", "decision"),
        _key(table, "snapshot_id", "alias"),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f(f"ix_{table}_snapshot_id_topic"), table, ["snapshot_id", "topic"])


def _create_tier_check() -> None:
    table = "tier_check"
    op.create_table(
        table,
        sa.Column("snapshot_id", NUMBER, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("level", sa.Double(), nullable=False),
        sa.Column("topics", sa.BigInteger(), nullable=False),
        sa.Column("reached", sa.BigInteger(), nullable=False),
        _rule(table, "numbers_are_numbers", "tier >= 0 AND position >= 1"),
        _rule(table, "level_is_an_e_value", "level > 0"),
        _rule(table, "counts_are_counts", "topics >= 0 AND reached >= 0 AND reached <= topics"),
        _to(table, "snapshot_id", "snapshot"),
        _key(table, "snapshot_id", "position"),
        _unique(table, "snapshot_id", "tier", "level"),
        sqlite_with_rowid=False,
    )


def _create_replay_memory() -> None:
    table = "replay_memory"
    op.create_table(
        table,
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        _rule(table, "digest_is_a_hash", "length(digest) = 64"),
        _key(table, "id"),
        _unique(table, "digest"),
    )
    op.create_index(op.f(f"ix_{table}_as_of"), table, ["as_of"])


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
