"""Story links: which documents are one story. Those that are there already wait for theirs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPEND_ONLY = ("linking", "story_link")
REASONS = ("same_product", "same_address", "equal_title", "near_title")


def upgrade() -> None:
    _create_linking()
    _create_story_link()
    _create_story_address()
    _create_unlinked_document()
    _refuse_changes()
    op.execute("INSERT INTO unlinked_document (document_id) SELECT id FROM document")


def _rule(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete="RESTRICT")


def _create_linking() -> None:
    op.create_table(
        "linking",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("documents", sa.BigInteger(), nullable=False),
        sa.Column("links", sa.BigInteger(), nullable=False),
        _rule("linking", "counts_are_counts", "documents >= 0 AND links >= 0"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_linking")),
    )


def _create_story_link() -> None:
    why = sa.Enum(
        *REASONS, name=op.f("ck_story_link_why"), native_enum=False, create_constraint=True, length=32
    )
    op.create_table(
        "story_link",
        sa.Column("document_id", NUMBER, nullable=False),
        sa.Column("representative_id", NUMBER, nullable=False),
        sa.Column("why", why, nullable=False),
        sa.Column("opened", sa.Date(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("linking_id", NUMBER, nullable=False),
        _rule("story_link", "not_to_itself", "document_id <> representative_id"),
        _rule("story_link", "to_no_younger", "opened <= since"),
        _to("story_link", "document_id", "document"),
        _to("story_link", "representative_id", "document"),
        _to("story_link", "linking_id", "linking"),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_story_link")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_story_link_representative_id"), "story_link", ["representative_id"])


def _create_story_address() -> None:
    op.create_table(
        "story_address",
        sa.Column("key", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("document_id", NUMBER, nullable=False),
        _to("story_address", "document_id", "document"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_story_address")),
        sqlite_with_rowid=False,
    )


def _create_unlinked_document() -> None:
    op.create_table(
        "unlinked_document",
        sa.Column("document_id", NUMBER, nullable=False, autoincrement=False),
        _to("unlinked_document", "document_id", "document"),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_unlinked_document")),
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
