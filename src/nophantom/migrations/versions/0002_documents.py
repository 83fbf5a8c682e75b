"""The archive of documents: sources, collections, fetches, items and documents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from nophantom.store.base import UtcDateTime

revision = "0002"
down_revision = "0001"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NATIVE_ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
FAMILIES = ("github", "hacker_news", "arxiv", "feed", "reddit")


def upgrade() -> None:
    _create_source()
    _create_collection()
    _create_fetch()
    _create_document()
    _create_document_collection()
    _create_item()


def _closed(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)


def _key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete="RESTRICT")


def _create_source() -> None:
    op.create_table(
        "source",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("family", _closed("family", *FAMILIES), nullable=False),
        sa.CheckConstraint("address <> ''", name=op.f("ck_source_has_an_address")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        sa.UniqueConstraint("address", name=op.f("uq_source_address")),
    )


def _create_collection() -> None:
    op.create_table(
        "collection",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("source_id", NUMBER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_collection_has_a_name")),
        _key("collection", "source_id", "source"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collection")),
        sa.UniqueConstraint("source_id", "name", name=op.f("uq_collection_source_id_name")),
    )


def _create_fetch() -> None:
    op.create_table(
        "fetch",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("source_id", NUMBER, nullable=False),
        sa.Column("identity", sa.String(length=64), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("n_bytes", sa.BigInteger(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=True),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("outcome", _closed("outcome", "started", "complete", "damaged"), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("outside", sa.BigInteger(), nullable=False),
        sa.Column("blank", sa.BigInteger(), nullable=False),
        sa.Column("items", sa.BigInteger(), nullable=False),
        sa.Column("documents", sa.BigInteger(), nullable=False),
        sa.Column("duplicates", sa.BigInteger(), nullable=False),
        sa.Column("drops", sa.BigInteger(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("length(identity) = 64", name=op.f("ck_fetch_identity_is_sha256")),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_fetch_hash_is_sha256")),
        sa.CheckConstraint("n_bytes > 0", name=op.f("ck_fetch_has_content")),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_fetch_window_is_a_window")),
        sa.CheckConstraint(
            "(finished_at IS NULL) = (outcome = 'started')", name=op.f("ck_fetch_finished_or_started")
        ),
        sa.CheckConstraint(
            "outside >= 0 AND blank >= 0 AND documents >= 0 AND duplicates >= 0 AND drops >= 0",
            name=op.f("ck_fetch_counts_are_counts"),
        ),
        sa.CheckConstraint("items = documents + duplicates + drops", name=op.f("ck_fetch_books_balance")),
        sa.CheckConstraint("lines = items + outside + blank", name=op.f("ck_fetch_every_line_is_counted")),
        _key("fetch", "source_id", "source"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fetch")),
        sa.UniqueConstraint("identity", name=op.f("uq_fetch_identity")),
    )


def _create_document() -> None:
    kinds = ("repository", "paper", "package", "release", "post", "news")
    op.create_table(
        "document",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("native_id", NATIVE_ID, nullable=False),
        sa.Column("family", _closed("family", *FAMILIES), nullable=False),
        sa.Column("kind", _closed("kind", *kinds), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("site", sa.Text(), nullable=True),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("first_seen", sa.Date(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("list_name", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=True),
        sa.CheckConstraint("native_id <> ''", name=op.f("ck_document_has_a_native_id")),
        sa.CheckConstraint(
            "title <> '' AND length(title) <= 1000", name=op.f("ck_document_title_is_a_title")
        ),
        sa.CheckConstraint("length(text) <= 10000", name=op.f("ck_document_text_is_cut")),
        sa.CheckConstraint("author <> ''", name=op.f("ck_document_author_is_known_or_null")),
        sa.CheckConstraint("site <> ''", name=op.f("ck_document_site_is_known_or_null")),
        sa.CheckConstraint("product <> ''", name=op.f("ck_document_product_is_known_or_null")),
        sa.CheckConstraint(
            "first_seen >= published_on", name=op.f("ck_document_seen_after_it_was_published")
        ),
        sa.CheckConstraint("length(language) = 2", name=op.f("ck_document_language_is_a_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
        sa.UniqueConstraint("native_id", name=op.f("uq_document_native_id")),
    )
    op.create_index(op.f("ix_document_first_seen"), "document", ["first_seen"], unique=False)


def _create_document_collection() -> None:
    op.create_table(
        "document_collection",
        sa.Column("document_id", NUMBER, nullable=False),
        sa.Column("collection_id", NUMBER, nullable=False),
        sa.Column("first_seen", sa.Date(), nullable=False),
        _key("document_collection", "document_id", "document"),
        _key("document_collection", "collection_id", "collection"),
        sa.PrimaryKeyConstraint("document_id", "collection_id", name=op.f("pk_document_collection")),
        sqlite_with_rowid=False,
    )


def _create_item() -> None:
    reasons = (
        "no_id",
        "bad_date",
        "future_date",
        "parse_error",
        "too_large",
        "language_unsupported",
        "rate_limited",
        "robots_denied",
        "blocked_address",
        "unconfirmed_lead",
    )
    op.create_table(
        "item",
        sa.Column("fetch_id", NUMBER, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("raw_hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column("outcome", _closed("outcome", "document", "duplicate", "drop"), nullable=False),
        sa.Column("document_id", NUMBER, nullable=True),
        sa.Column("reason", _closed("reason", *reasons), nullable=True),
        sa.Column("seen", sa.Text(), nullable=True),
        sa.CheckConstraint("position >= 1", name=op.f("ck_item_position_counts_from_1")),
        sa.CheckConstraint("length(raw_hash) = 16", name=op.f("ck_item_raw_hash_is_16_bytes")),
        sa.CheckConstraint(
            "(document_id IS NULL) = (outcome = 'drop')", name=op.f("ck_item_a_document_unless_dropped")
        ),
        sa.CheckConstraint(
            "(reason IS NOT NULL) = (outcome = 'drop') AND (seen IS NOT NULL) = (outcome = 'drop')",
            name=op.f("ck_item_a_reason_when_dropped"),
        ),
        _key("item", "fetch_id", "fetch"),
        _key("item", "document_id", "document"),
        sa.PrimaryKeyConstraint("fetch_id", "position", name=op.f("pk_item")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_item_document_id"), "item", ["document_id"], unique=False)
