"""What stands beside the evidence: families of sources, related topics, products, and how these are adopted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
APPEND_ONLY = ("related_topic", "candidate_product", "adoption_file", "adoption_series", "adoption_month")
KINDS = ("repository", "paper", "package", "release", "post", "news")
MEASURES = ("downloads", "stars_total")


def upgrade() -> None:
    op.execute(
        "ALTER TABLE candidate ADD COLUMN families INTEGER "
        "CONSTRAINT ck_candidate_families_are_counted CHECK (families >= 0)"
    )
    _create_related()
    _create_product()
    _create_adoption_file()
    _create_adoption_series()
    _create_adoption_month()
    _refuse_changes()


def _closed(table: str, column: str, words: tuple[str, ...]) -> sa.Column[str]:
    kind = sa.Enum(
        *words, name=op.f(f"ck_{table}_{column}"), native_enum=False, create_constraint=True, length=32
    )
    return sa.Column(column, kind, nullable=False)


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete="RESTRICT")


def _to_candidate(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["snapshot_id", column],
        ["candidate.snapshot_id", "candidate.topic_id"],
        name=op.f(f"fk_{table}_snapshot_id_{column}_candidate"),
        ondelete="RESTRICT",
    )


def _rule(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def _create_related() -> None:
    table = "related_topic"
    op.create_table(
        table,
        sa.Column("snapshot_id", NUMBER, nullable=False),
        sa.Column("topic_id", NUMBER, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("other_id", NUMBER, nullable=False),
        sa.Column("together", sa.BigInteger(), nullable=False),
        sa.Column("stories", sa.BigInteger(), nullable=False),
        sa.Column("lift", sa.Double(), nullable=False),
        sa.Column("lift_low", sa.Double(), nullable=False),
        _rule(table, "position_counts_from_1", "position >= 1"),
        _rule(table, "of_two_topics", "other_id <> topic_id"),
        _rule(table, "counts_are_counts", "together >= 1 AND together <= stories"),
        _rule(table, "lift_is_above_its_bound", "lift_low <= lift"),
        _to_candidate(table, "topic_id"),
        _to_candidate(table, "other_id"),
        _key(table, "snapshot_id", "topic_id", "position"),
        _unique(table, "snapshot_id", "topic_id", "other_id"),
        sqlite_with_rowid=False,
    )


def _create_product() -> None:
    table = "candidate_product"
    op.create_table(
        table,
        sa.Column("snapshot_id", NUMBER, nullable=False),
        sa.Column("topic_id", NUMBER, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("native_id", WORDS, nullable=False),
        _closed(table, "kind", KINDS),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("is_named", sa.Boolean(), nullable=False),
        sa.Column("first_seen", sa.Date(), nullable=False),
        sa.Column("last_seen", sa.Date(), nullable=False),
        sa.Column("documents", sa.BigInteger(), nullable=False),
        _rule(table, "position_counts_from_1", "position >= 1"),
        _rule(table, "has_a_name", "native_id <> '' AND title <> ''"),
        _rule(table, "stands_in_documents", "documents >= 1"),
        _rule(table, "last_is_not_before_first", "last_seen >= first_seen"),
        _to_candidate(table, "topic_id"),
        _key(table, "snapshot_id", "topic_id", "position"),
        _unique(table, "snapshot_id", "topic_id", "native_id"),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f(f"ix_{table}_native_id"), table, ["native_id"])


def _create_adoption_file() -> None:
    table = "adoption_file"
    op.create_table(
        table,
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("months", sa.BigInteger(), nullable=False),
        sa.Column("drops", sa.BigInteger(), nullable=False),
        _rule(table, "sha256_is_sha256", "length(sha256) = 64"),
        _rule(table, "has_a_name", "name <> ''"),
        _rule(table, "counts_are_counts", "rows >= 0 AND months >= 0 AND drops >= 0"),
        _key(table, "id"),
        _unique(table, "sha256"),
    )


def _create_adoption_series() -> None:
    table = "adoption_series"
    op.create_table(
        table,
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("product", WORDS, nullable=False),
        _closed(table, "measure", MEASURES),
        sa.Column("name", WORDS, nullable=False),
        _rule(table, "has_a_name", "product <> '' AND name <> ''"),
        _key(table, "id"),
        _unique(table, "product", "measure"),
    )
    op.create_index(op.f(f"ix_{table}_name"), table, ["name"])


def _create_adoption_month() -> None:
    table = "adoption_month"
    op.create_table(
        table,
        sa.Column("series_id", NUMBER, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("file_id", NUMBER, nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("known_on", sa.Date(), nullable=False),
        _rule(table, "value_is_a_count", "value >= 0"),
        _rule(table, "known_after_it_began", "known_on >= month"),
        _to(table, "series_id", "adoption_series"),
        _to(table, "file_id", "adoption_file"),
        _key(table, "series_id", "month", "file_id"),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f(f"ix_{table}_file_id"), table, ["file_id"])


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
