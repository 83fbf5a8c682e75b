"""What was recommended to whom and whether it held; what people decided about topics."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
APPEND_ONLY = (
    "recommendation_basis",
    "recommendation",
    "recommendation_document",
    "recommendation_score",
    "decision",
    "decision_undo",
)
ROLES = ("developer", "researcher", "product_manager", "investor", "executive")
ACTIONS = ("adopt", "trial", "read", "watch", "avoid")
NO_ACTIONS = (
    "withdrawn",
    "phantom",
    "source_degraded",
    "declining",
    "settled",
    "no_papers",
    "no_product",
    "not_discussed",
    "not_confirmed",
    "one_family",
    "too_recent",
    "not_rising",
)
CLAIMS = ("still_twice", "still_above", "still_below", "confirmed_then", "read_again")
SCORES = ("held", "failed", "unknown")
DECISIONS = ("follow", "merge", "split", "mute", "not_a_technology")


def upgrade() -> None:
    _create_basis()
    _create_recommendation()
    _create_document()
    _create_score()
    _create_decision()
    _refuse_changes()


def _closed(table: str, column: str, words: tuple[str, ...], *, nullable: bool) -> sa.Column[str]:
    kind = sa.Enum(
        *words, name=op.f(f"ck_{table}_{column}"), native_enum=False, create_constraint=True, length=32
    )
    return sa.Column(column, kind, nullable=nullable)


def _to(table: str, column: str, target: str, key: str = "id") -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.{key}"], name=name, ondelete="RESTRICT")


def _rule(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _at() -> sa.Column[object]:
    return sa.Column("at", sa.DateTime(timezone=True), nullable=False)


def _create_basis() -> None:
    op.create_table(
        "recommendation_basis",
        sa.Column("signal_id", NUMBER, nullable=False, autoincrement=False),
        sa.Column("facts", sa.Text(), nullable=False),
        _at(),
        _to("recommendation_basis", "signal_id", "signal"),
        sa.PrimaryKeyConstraint("signal_id", name=op.f("pk_recommendation_basis")),
    )


def _create_recommendation() -> None:
    table = "recommendation"
    op.create_table(
        table,
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("signal_id", NUMBER, nullable=False),
        _closed(table, "role", ROLES, nullable=False),
        _closed(table, "action", ACTIONS, nullable=True),
        _closed(table, "no_action", NO_ACTIONS, nullable=True),
        sa.Column("rule", sa.Text(), nullable=False),
        _closed(table, "claim", CLAIMS, nullable=True),
        sa.Column("check_on", sa.Date(), nullable=True),
        _rule(table, "an_action_or_why_none", "(action IS NULL) <> (no_action IS NULL)"),
        _rule(table, "a_claim_with_an_action", "(action IS NULL) = (claim IS NULL)"),
        _rule(table, "a_day_with_an_action", "(action IS NULL) = (check_on IS NULL)"),
        _rule(table, "has_a_rule", "rule <> ''"),
        _to(table, "signal_id", "recommendation_basis", "signal_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recommendation")),
        sa.UniqueConstraint("signal_id", "role", name=op.f("uq_recommendation_signal_id_role")),
    )
    op.create_index(op.f("ix_recommendation_check_on"), table, ["check_on"])


def _create_document() -> None:
    table = "recommendation_document"
    op.create_table(
        table,
        sa.Column("recommendation_id", NUMBER, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("document_id", NUMBER, nullable=False),
        _rule(table, "at_most_three", "position BETWEEN 1 AND 3"),
        _to(table, "recommendation_id", "recommendation"),
        _to(table, "document_id", "document"),
        sa.PrimaryKeyConstraint("recommendation_id", "position", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint(
            "recommendation_id", "document_id", name=op.f(f"uq_{table}_recommendation_id_document_id")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f(f"ix_{table}_document_id"), table, ["document_id"])


def _create_score() -> None:
    table = "recommendation_score"
    op.create_table(
        table,
        sa.Column("recommendation_id", NUMBER, nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        _closed(table, "score", SCORES, nullable=False),
        sa.Column("snapshot_id", NUMBER, nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        _at(),
        _to(table, "recommendation_id", "recommendation"),
        _to(table, "snapshot_id", "snapshot"),
        sa.PrimaryKeyConstraint("recommendation_id", "checked_on", name=op.f(f"pk_{table}")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f(f"ix_{table}_snapshot_id"), table, ["snapshot_id"])


def _create_decision() -> None:
    op.create_table(
        "decision",
        sa.Column("id", NUMBER, nullable=False),
        _closed("decision", "kind", DECISIONS, nullable=False),
        sa.Column("topic", WORDS, nullable=False),
        sa.Column("other", WORDS, nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        _at(),
        _rule("decision", "has_words", "topic <> '' AND words <> '' AND other <> ''"),
        _rule("decision", "of_two_topics", "other <> topic"),
        _rule("decision", "another_topic_where_due", "(other IS NOT NULL) = (kind IN ('merge', 'split'))"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    op.create_index(op.f("ix_decision_topic"), "decision", ["topic"])
    op.create_table(
        "decision_undo",
        sa.Column("decision_id", NUMBER, nullable=False, autoincrement=False),
        sa.Column("reason", sa.Text(), nullable=False),
        _at(),
        _to("decision_undo", "decision_id", "decision"),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_decision_undo")),
    )


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
