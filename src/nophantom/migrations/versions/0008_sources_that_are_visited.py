"""Sources that are visited: how they are, what each visit brought, scores, adoption, leads, words to search by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from nophantom.trends.search_words import words_of

revision = "0008"
down_revision = "0007"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPEND_ONLY = ("answer", "score", "adoption_day", "lead")
FAMILIES = ("github", "hacker_news", "arxiv", "feed", "reddit")
MORE_FAMILIES = ("stack_exchange", "lobsters", "hugging_face", "packages", "doi", "web")
OUTCOMES = ("started", "complete", "damaged")
PROTOCOLS = (
    "archive",
    "feed",
    "hacker_news_algolia",
    "hacker_news_firebase",
    "github_search",
    "github_stars",
    "github_releases",
    "arxiv_oai",
    "arxiv_query",
    "arxiv_rss",
    "searxng",
)
TROUBLES = (
    "timeout",
    "unreachable",
    "tls",
    "cut_off",
    "too_large",
    "blocked_address",
    "robots_denied",
    "rate_limited",
    "forbidden",
    "not_found",
    "gone",
    "server_error",
    "redirect_loop",
    "wrong_content",
    "unreadable",
    "incomplete",
    "interrupted",
)
STATES = ("active", "disabled", "retired")
CERTAINTIES = ("moment", "day", "seen")
DROPS = (
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
HAD_CONTENT, HAS_CONTENT = "n_bytes > 0", "n_bytes > 0 OR outcome IN ('unchanged', 'failed')"
# The model's order of the words, where it is not the order in which they came.
OUTCOMES_NOW = ("started", "complete", "unchanged", "failed", "damaged")


def upgrade() -> None:
    for table in ("source", "document"):
        _restate(table, "family", _one_of("family", FAMILIES), _one_of("family", FAMILIES + MORE_FAMILIES))
    _restate("fetch", "outcome", _one_of("outcome", OUTCOMES), _one_of("outcome", OUTCOMES_NOW))
    _restate("fetch", "has_content", HAD_CONTENT, HAS_CONTENT)
    _widen_source()
    _widen_fetch()
    _widen_document()
    _create_answer()
    _create_source_health()
    _create_sighting()
    _create_score()
    _create_adoption_day()
    _create_lead()
    _create_followed_topic()
    _refuse_changes()
    _create_document_words()
    _fill_document_words()


def _one_of(column: str, words: tuple[str, ...]) -> str:
    told = ", ".join(f"'{word}'" for word in words)
    return f"{column} IN ({told})"


def _restate(table: str, rule: str, before: str, after: str) -> None:
    """Let a rule allow more. No row changes, so none is copied (see 0006)."""
    name, connection = f"ck_{table}_{rule}", op.get_bind()
    if connection.dialect.name == "postgresql":
        op.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT {name}')
        op.execute(f'ALTER TABLE "{table}" ADD CONSTRAINT {name} CHECK ({after})')
        return
    version = connection.execute(sa.text("PRAGMA schema_version")).scalar_one()
    connection.execute(sa.text("PRAGMA writable_schema = ON"))
    was = f"CONSTRAINT {name} CHECK ({before})"
    changed = connection.execute(
        sa.text(
            "UPDATE sqlite_master SET sql = replace(sql, :was, :becomes) "
            "WHERE type = 'table' AND name = :table AND instr(sql, :was) > 0"
        ),
        {"was": was, "becomes": f"CONSTRAINT {name} CHECK ({after})", "table": table},
    )
    if changed.rowcount != 1:
        raise RuntimeError(f"the rule {name} does not read as it was written: {was}")
    connection.execute(sa.text(f"PRAGMA schema_version = {version + 1}"))
    connection.execute(sa.text("PRAGMA writable_schema = OFF"))


def _add(table: str, *columns: str) -> None:
    for column in columns:
        op.execute(f'ALTER TABLE "{table}" ADD COLUMN {column}')


def _checked(table: str, rule: str, condition: str) -> str:
    return f"CONSTRAINT ck_{table}_{rule} CHECK ({condition})"


def _moment() -> str:
    return "DATETIME" if op.get_bind().dialect.name == "sqlite" else "TIMESTAMP WITH TIME ZONE"


def _widen_source() -> None:
    protocol = _checked("source", "protocol", _one_of("protocol", PROTOCOLS))
    state = _checked("source", "state", _one_of("state", STATES))
    reason = _checked("source", "a_reason_unless_active", "(state = 'active') = (state_why IS NULL)")
    key = _checked("source", "a_key_unless_archived", "(protocol = 'archive') = (key IS NULL)")
    code = _checked("source", "language_is_a_code", "language IS NULL OR length(language) = 2")
    _add(
        "source",
        f"protocol VARCHAR(32) DEFAULT 'archive' NOT NULL {protocol}",
        f"key TEXT {key}",
        "title TEXT",
        "homepage TEXT",
        f"language VARCHAR(2) {code}",
        "kind TEXT DEFAULT '' NOT NULL",
        "settings TEXT DEFAULT '{}' NOT NULL",
        f"state VARCHAR(32) DEFAULT 'active' NOT NULL {state}",
        f"state_why TEXT {reason}",
        f"added_at {_moment()}",
        "added_from TEXT",
    )
    op.create_index(op.f("ix_source_key"), "source", ["key"], unique=True)
    yes = "1" if op.get_bind().dialect.name == "sqlite" else "true"
    _add("collection", f"counts BOOLEAN DEFAULT {yes} NOT NULL")


def _widen_fetch() -> None:
    failed = _checked("fetch", "a_failure_has_a_reason", "outcome <> 'failed' OR trouble IS NOT NULL")
    duplicates = _checked("fetch", "again_are_duplicates", "again_duplicates BETWEEN 0 AND duplicates")
    drops = _checked("fetch", "again_are_drops", "again_drops BETWEEN 0 AND drops")
    _add(
        "fetch",
        f"again_duplicates BIGINT DEFAULT '0' NOT NULL {duplicates}",
        f"again_drops BIGINT DEFAULT '0' NOT NULL {drops}",
        "told TEXT",
        "requests INTEGER DEFAULT '1' NOT NULL",
        f"trouble VARCHAR(32) {failed} {_checked('fetch', 'trouble', _one_of('trouble', TROUBLES))}",
    )
    op.create_index(op.f("ix_fetch_source_id_started_at"), "fetch", ["source_id", "started_at"])


def _widen_document() -> None:
    certainty = _checked("document", "certainty", _one_of("certainty", CERTAINTIES))
    _add(
        "document",
        f"published_at {_moment()}",
        f"certainty VARCHAR(32) DEFAULT 'day' NOT NULL {certainty}",
    )


def _closed(table: str, column: str, words: tuple[str, ...], *, nullable: bool) -> sa.Column[str]:
    kind = sa.Enum(
        *words, name=op.f(f"ck_{table}_{column}"), native_enum=False, create_constraint=True, length=32
    )
    return sa.Column(column, kind, nullable=nullable)


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete="RESTRICT")


def _rule(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _create_answer() -> None:
    op.create_table(
        "answer",
        sa.Column("fetch_id", NUMBER, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("n_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        _rule("answer", "position_counts_from_1", "position >= 1"),
        _rule("answer", "hash_is_sha256", "length(sha256) = 64"),
        _rule("answer", "has_a_size", "n_bytes >= 0"),
        _to("answer", "fetch_id", "fetch"),
        sa.PrimaryKeyConstraint("fetch_id", "position", name=op.f("pk_answer")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_answer_sha256"), "answer", ["sha256"])


def _create_source_health() -> None:
    moments = ("last_at", "last_ok_at", "last_new_at", "followed_since", "rest_until")
    op.create_table(
        "source_health",
        sa.Column("source_id", NUMBER, nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=True) for name in moments),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        _closed("source_health", "trouble", TROUBLES, nullable=True),
        sa.Column("told", sa.Text(), nullable=True),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("body", sa.String(length=64), nullable=True),
        sa.Column("moved_to", sa.Text(), nullable=True),
        sa.Column("moved_seen", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rhythm", sa.Text(), server_default="[]", nullable=False),
        sa.Column("remembered", sa.Text(), server_default="{}", nullable=False),
        _rule("source_health", "counts_are_counts", "failures >= 0 AND moved_seen >= 0"),
        _rule("source_health", "trouble_while_it_fails", "(failures > 0) = (trouble IS NOT NULL)"),
        _to("source_health", "source_id", "source"),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_source_health")),
    )
    op.create_index(op.f("ix_source_health_next_at"), "source_health", ["next_at"])


def _create_sighting() -> None:
    op.create_table(
        "sighting",
        sa.Column("source_id", NUMBER, nullable=False),
        sa.Column("raw_hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column("document_id", NUMBER, nullable=True),
        _closed("sighting", "reason", DROPS, nullable=True),
        _rule("sighting", "raw_hash_is_16_bytes", "length(raw_hash) = 16"),
        _rule("sighting", "a_document_or_a_reason", "(document_id IS NULL) = (reason IS NOT NULL)"),
        _to("sighting", "source_id", "source"),
        _to("sighting", "document_id", "document"),
        sa.PrimaryKeyConstraint("source_id", "raw_hash", name=op.f("pk_sighting")),
        sqlite_with_rowid=False,
    )


def _create_score() -> None:
    op.create_table(
        "score",
        sa.Column("document_id", NUMBER, nullable=False),
        sa.Column("fetch_id", NUMBER, nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=True),
        sa.Column("comments", sa.BigInteger(), nullable=True),
        _rule("score", "something_is_known", "points IS NOT NULL OR comments IS NOT NULL"),
        _to("score", "document_id", "document"),
        _to("score", "fetch_id", "fetch"),
        sa.PrimaryKeyConstraint("document_id", "fetch_id", name=op.f("pk_score")),
        sqlite_with_rowid=False,
    )


def _create_adoption_day() -> None:
    op.create_table(
        "adoption_day",
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("fetch_id", NUMBER, nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        _rule("adoption_day", "value_is_a_count", "value >= 0"),
        _rule("adoption_day", "has_a_name", "product <> '' AND measure <> ''"),
        _to("adoption_day", "fetch_id", "fetch"),
        sa.PrimaryKeyConstraint("product", "measure", "day", "fetch_id", name=op.f("pk_adoption_day")),
        sqlite_with_rowid=False,
    )


def _create_lead() -> None:
    op.create_table(
        "lead",
        sa.Column("fetch_id", NUMBER, nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("topic", "asked_by", "why", "engines", "outages")
        ),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("confirmed", sa.Integer(), nullable=False),
        _rule("lead", "has_words", "topic <> '' AND asked_by <> '' AND why <> ''"),
        _rule("lead", "counts_are_counts", "hits >= 0 AND confirmed >= 0 AND confirmed <= hits"),
        _to("lead", "fetch_id", "fetch"),
        sa.PrimaryKeyConstraint("fetch_id", name=op.f("pk_lead")),
    )
    op.create_index(op.f("ix_lead_topic"), "lead", ["topic"])


def _create_followed_topic() -> None:
    op.create_table(
        "followed_topic",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("followed_at", sa.DateTime(timezone=True), nullable=False),
        _rule("followed_topic", "has_words", "slug <> '' AND words <> ''"),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_followed_topic")),
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


def _create_document_words() -> None:
    """Words to find documents by. SQLite keeps the index alone: the words stand in the document."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TABLE document_words (document_id BIGINT NOT NULL, words TSVECTOR NOT NULL, "
            "CONSTRAINT pk_document_words PRIMARY KEY (document_id), "
            "CONSTRAINT fk_document_words_document_id_document FOREIGN KEY (document_id) "
            "REFERENCES document (id) ON DELETE RESTRICT)"
        )
        op.execute("CREATE INDEX ix_document_words_words ON document_words USING gin (words)")
        return
    op.execute(
        "CREATE VIRTUAL TABLE document_words USING "
        "fts5(words, content='', detail=none, tokenize=\"ascii tokenchars '+#'\")"
    )


def _fill_document_words() -> None:
    """The documents that are there already, some thousands at a time."""
    connection = op.get_bind()
    insert = (
        "INSERT INTO document_words (rowid, words) VALUES (?, ?)"
        if connection.dialect.name == "sqlite"
        else "INSERT INTO document_words (document_id, words) "
        "VALUES (%s, array_to_tsvector(string_to_array(%s, ' ')))"
    )
    query = sa.text("SELECT id, title, text FROM document WHERE id > :last ORDER BY id LIMIT 5000")
    last = 0
    while rows := connection.execute(query, {"last": last}).all():
        told = [(row.id, " ".join(sorted(words_of(row.title, row.text)))) for row in rows]
        connection.exec_driver_sql(insert, told)
        last = rows[-1].id
