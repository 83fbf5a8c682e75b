"""Every rule of the archive's tables is shown to bite, in the database itself, on both stores.

A valid row of each table is already there (`THERE`), another one would be taken (`NEXT`); each case changes
one thing about the other one, and the database must refuse it by the name of the rule.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    Engine,
    Enum,
    ForeignKeyConstraint,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    create_engine,
    text,
)
from sqlalchemy.exc import IntegrityError

import nophantom
from nophantom.store.base import Base
from nophantom.store.engine import open_engine
from nophantom.store.versions import bring_up_to_date
from nophantom.trends.archive.source_tables import SOURCES_APPEND_ONLY
from nophantom.trends.archive.story_tables import STORIES_APPEND_ONLY
from nophantom.trends.archive.tables import APPEND_ONLY

TIME = "2026-01-02 03:04:05.000006"
HASH = "0123456789abcdef" * 4
OTHER_HASH = HASH[::-1]
RAW = HASH.encode()[:16]
NAMES = (
    "source",
    "collection",
    "fetch",
    "document",
    "document_collection",
    "item",
    "topic",
    "alias",
    "snapshot",
    "candidate",
    "signal",
    "evidence",
    "history_day",
    "answer",
    "source_health",
    "sighting",
    "score",
    "adoption_day",
    "lead",
)
TABLES: dict[str, Table] = {name: Base.metadata.tables[name] for name in NAMES}

THERE: dict[str, dict[str, Any]] = {
    "source": {
        "id": 1,
        "address": "archive:arxiv",
        "family": "arxiv",
        "protocol": "archive",
        "key": None,
        "title": None,
        "homepage": None,
        "language": None,
        "kind": "",
        "settings": "{}",
        "state": "active",
        "state_why": None,
        "added_at": None,
        "added_from": None,
    },
    "collection": {"id": 1, "source_id": 1, "name": "c", "counts": True},
    "fetch": {
        "id": 1,
        "source_id": 1,
        "identity": HASH,
        "path": "a.jsonl",
        "sha256": HASH,
        "n_bytes": 1,
        "first_day": None,
        "last_day": None,
        "outcome": "started",
        "lines": 6,
        "outside": 1,
        "blank": 2,
        "items": 3,
        "documents": 1,
        "duplicates": 1,
        "drops": 1,
        "again_duplicates": 0,
        "again_drops": 0,
        "trouble": None,
        "told": None,
        "requests": 1,
        "started_at": TIME,
        "finished_at": None,
    },
    "document": {
        "id": 1,
        "native_id": "arxiv:1",
        "family": "arxiv",
        "kind": "paper",
        "title": "t",
        "text": "",
        "url": "",
        "author": None,
        "site": None,
        "published_on": "2026-01-02",
        "first_seen": "2026-01-02",
        "language": "en",
        "list_name": "",
        "product": None,
        "published_at": None,
        "certainty": "day",
    },
    "document_collection": {"document_id": 1, "collection_id": 1, "first_seen": "2026-01-02"},
    "item": {
        "fetch_id": 1,
        "position": 1,
        "raw_hash": RAW,
        "outcome": "document",
        "document_id": 1,
        "reason": None,
        "seen": None,
    },
    "topic": {"id": 1, "slug": "zorblax", "name": "Zorblax"},
    "alias": {"topic_id": 1, "spelling": "Zorblax"},
    "snapshot": {
        "id": 1,
        "as_of": "2026-01-02",
        "parameters": "{}",
        "parameters_hash": HASH,
        "digest": HASH,
        "simulated": False,
        "n_documents": 9,
        "n_stories": 8,
        "n_topics": 10,
        "n_strata": 1,
        "below_support": 4,
        "log_threshold": 2.5,
        "candidates": 6,
        "signals": 1,
        "watch": 2,
        "drops": 3,
        "created_at": TIME,
    },
    "candidate": {
        "snapshot_id": 1,
        "topic_id": 1,
        "name": "Zorblax",
        "place": "signal",
        "reason": None,
        "log_e": -0.5,
        "stories": 0,
        "expected": 0.0,
        "momentum": 1.0,
        "momentum_low": 1.0,
        "momentum_high": 1.0,
        "ratio": 1.0,
        "ratio_low": 1.0,
        "ratio_high": 1.0,
        "needed": None,
        "numbers": "{}",
    },
    "signal": {
        "id": 1,
        "snapshot_id": 1,
        "topic_id": 1,
        "standing": "shown",
        "phase": "emerging",
        "phase_numbers": "{}",
        "onset": "2026-01-02",
        "shown_days": 1,
    },
    "evidence": {"snapshot_id": 1, "topic_id": 1, "position": 1, "document_id": 1},
    "history_day": {
        "snapshot_id": 1,
        "topic_id": 1,
        "day": "2026-01-01",
        "stories": 0,
        "expected": 0.0,
        "read": 1,
    },
    "answer": {
        "fetch_id": 1,
        "position": 1,
        "url": "https://a.example/",
        "status": 200,
        "n_bytes": 0,
        "sha256": HASH,
    },
    "source_health": {
        "source_id": 2,
        "next_at": TIME,
        "last_at": None,
        "last_ok_at": None,
        "last_new_at": None,
        "followed_since": None,
        "failures": 0,
        "trouble": None,
        "told": None,
        "etag": None,
        "last_modified": None,
        "body": None,
        "moved_to": None,
        "moved_seen": 0,
        "rhythm": "[]",
        "remembered": "{}",
    },
    "sighting": {"source_id": 2, "raw_hash": RAW, "document_id": 1, "reason": None},
    "score": {"document_id": 1, "fetch_id": 1, "points": 0, "comments": None},
    "adoption_day": {
        "product": "github:a/b",
        "measure": "stars",
        "day": "2026-01-02",
        "fetch_id": 1,
        "value": 0,
    },
    "lead": {
        "fetch_id": 1,
        "topic": "zorblax",
        "asked_by": "signal 1",
        "why": "new",
        "engines": "[]",
        "outages": "[]",
        "hits": 0,
        "confirmed": 0,
    },
}
FEED = {"address": "https://a.example/feed", "protocol": "feed", "key": "a.example/feed", "family": "feed"}
MORE: dict[str, list[dict[str, Any]]] = {
    "source": [
        THERE["source"] | FEED | {"id": 2},
        THERE["source"] | FEED | {"id": 3, "address": "https://b.example/feed", "key": "b.example/feed"},
    ],
    "fetch": [THERE["fetch"] | {"id": 2, "identity": "f" * 64}],
    "document": [THERE["document"] | {"id": 2, "native_id": "arxiv:0"}],
    "topic": [{"id": n, "slug": f"topic{n}", "name": "t"} for n in (2, 3)],
    "candidate": [THERE["candidate"] | {"topic_id": 3}],
}
"""Rows that the next ones build on."""
NEXT: dict[str, dict[str, Any]] = {
    "source": THERE["source"]
    | FEED
    | {
        "id": 9,
        "address": "https://c.example/feed",
        "key": "c.example/feed",
        "language": "en",
        "state": "disabled",
        "state_why": "by a person",
        "added_at": TIME,
        "added_from": "a person",
    },
    "collection": THERE["collection"] | {"id": 9, "name": "d", "counts": False},
    "fetch": THERE["fetch"]
    | {
        "id": 9,
        "identity": OTHER_HASH,
        "first_day": "2026-01-02",
        "last_day": "2026-01-02",
        "outcome": "complete",
        "finished_at": TIME,
    },
    "document": THERE["document"]
    | {
        "id": 9,
        "native_id": "arxiv:2",
        "title": "漢" * 1000,
        "text": "漢" * 10_000,
        "author": "a",
        "site": "b.org",
        "product": "p",
        "first_seen": "2026-01-03",
        "published_at": TIME,
        "certainty": "moment",
    },
    "document_collection": THERE["document_collection"] | {"document_id": 2},
    "item": THERE["item"]
    | {"position": 2, "outcome": "drop", "document_id": None, "reason": "no_id", "seen": ""},
    "topic": THERE["topic"] | {"id": 9, "slug": "zorb"},
    "alias": THERE["alias"] | {"spelling": "zorblax"},
    "snapshot": THERE["snapshot"] | {"id": 9, "digest": OTHER_HASH, "simulated": True},
    "candidate": THERE["candidate"] | {"topic_id": 2, "place": "watch", "needed": 1},
    "signal": THERE["signal"] | {"id": 9, "topic_id": 3},
    "evidence": THERE["evidence"] | {"position": 2, "document_id": 2},
    "history_day": THERE["history_day"] | {"day": "2026-01-02", "stories": None, "expected": None, "read": 0},
    "answer": THERE["answer"] | {"position": 2},
    "source_health": THERE["source_health"] | {"source_id": 3, "failures": 2, "trouble": "timeout"},
    "sighting": THERE["sighting"] | {"raw_hash": RAW[::-1], "document_id": None, "reason": "no_id"},
    "score": THERE["score"] | {"document_id": 2},
    "adoption_day": THERE["adoption_day"] | {"day": "2026-01-03"},
    "lead": THERE["lead"] | {"fetch_id": 2, "hits": 2, "confirmed": 2},
}


@dataclass(frozen=True)
class Case:
    """One change to the next row of a table, and the rule that must refuse it."""

    rule: str
    table: str
    change: Mapping[str, Any]
    sqlite_says: str


def _check(rule: str, **change: Any) -> Case:
    table = next(name for name in sorted(TABLES, key=len, reverse=True) if rule.startswith(f"ck_{name}_"))
    return Case(rule, table, change, f"CHECK constraint failed: {rule}")


def _unique(rule: str, table: str, columns: str, **change: Any) -> Case:
    told = ", ".join(f"{table}.{column}" for column in columns.split())
    return Case(rule, table, change, f"UNIQUE constraint failed: {told}")


COUNTS = "ck_fetch_counts_are_counts"
BOOKS = "ck_fetch_books_balance"
EVERY_LINE = "ck_fetch_every_line_is_counted"
REASON = "ck_item_a_reason_when_dropped"
SNAPSHOT_COUNTS = "ck_snapshot_counts_are_counts"
BY_HAND = (
    _check("ck_source_has_an_address", address=""),
    _check("ck_collection_has_a_name", name=""),
    _check("ck_fetch_identity_is_sha256", identity=HASH[1:]),
    _check("ck_fetch_hash_is_sha256", sha256=HASH[1:]),
    _check("ck_fetch_has_content", n_bytes=0),
    _check("ck_fetch_window_is_a_window", first_day="2026-01-03"),
    _check("ck_fetch_finished_or_started", outcome="started"),
    _check("ck_fetch_finished_or_started", finished_at=None),
    _check("ck_fetch_finished_or_started", finished_at=None, outcome="damaged"),
    _check(COUNTS, outside=-1, lines=4),
    _check(COUNTS, blank=-1, lines=3),
    _check(COUNTS, documents=-1, items=1, lines=4),
    # Duplicates and drops below 0 break a second rule, too: some of them came again, at least none.
    _check(BOOKS, items=4, lines=7),
    _check(BOOKS, documents=2),
    _check(BOOKS, duplicates=0),
    _check(BOOKS, drops=2),
    _check(EVERY_LINE, lines=7),
    _check(EVERY_LINE, outside=0),
    _check(EVERY_LINE, blank=3),
    _check("ck_fetch_a_failure_has_a_reason", outcome="failed"),
    _check("ck_fetch_again_are_duplicates", again_duplicates=-1),
    _check("ck_fetch_again_are_duplicates", again_duplicates=2),
    _check("ck_fetch_again_are_drops", again_drops=-1),
    _check("ck_fetch_again_are_drops", again_drops=2),
    _check("ck_source_language_is_a_code", language="e"),
    _check("ck_source_a_reason_unless_active", state="active"),
    _check("ck_source_a_reason_unless_active", state_why=None),
    _check("ck_source_a_reason_unless_active", state="retired", state_why=None),
    _check("ck_source_a_key_unless_archived", protocol="archive"),
    _check("ck_source_a_key_unless_archived", key=None),
    _unique("ix_source_key", "source", "key", key="b.example/feed"),
    _check("ck_answer_position_counts_from_1", position=0),
    _check("ck_answer_hash_is_sha256", sha256=HASH[1:]),
    _check("ck_answer_has_a_size", n_bytes=-1),
    _unique("pk_answer", "answer", "fetch_id position", position=1),
    _check("ck_source_health_counts_are_counts", failures=-1, trouble=None),
    _check("ck_source_health_counts_are_counts", moved_seen=-1),
    _check("ck_source_health_trouble_while_it_fails", failures=0),
    _check("ck_source_health_trouble_while_it_fails", trouble=None),
    _unique("pk_source_health", "source_health", "source_id", source_id=2),
    _check("ck_sighting_raw_hash_is_16_bytes", raw_hash=RAW[1:]),
    _check("ck_sighting_a_document_or_a_reason", document_id=1),
    _check("ck_sighting_a_document_or_a_reason", reason=None),
    _unique("pk_sighting", "sighting", "source_id raw_hash", raw_hash=RAW),
    _check("ck_score_something_is_known", points=None),
    _unique("pk_score", "score", "document_id fetch_id", document_id=1),
    _check("ck_adoption_day_value_is_a_count", value=-1),
    _check("ck_adoption_day_has_a_name", product=""),
    _check("ck_adoption_day_has_a_name", measure=""),
    _unique("pk_adoption_day", "adoption_day", "product measure day fetch_id", day="2026-01-02"),
    _check("ck_lead_has_words", topic=""),
    _check("ck_lead_has_words", asked_by=""),
    _check("ck_lead_has_words", why=""),
    _check("ck_lead_counts_are_counts", hits=-1, confirmed=-1),
    _check("ck_lead_counts_are_counts", confirmed=-1),
    _check("ck_lead_counts_are_counts", confirmed=3),
    _unique("pk_lead", "lead", "fetch_id", fetch_id=1),
    _check("ck_document_has_a_native_id", native_id=""),
    _check("ck_document_title_is_a_title", title=""),
    _check("ck_document_title_is_a_title", title="x" * 1001),
    _check("ck_document_text_is_cut", text="x" * 10_001),
    _check("ck_document_author_is_known_or_null", author=""),
    _check("ck_document_site_is_known_or_null", site=""),
    _check("ck_document_product_is_known_or_null", product=""),
    _check("ck_document_seen_after_it_was_published", first_seen="2026-01-01"),
    _check("ck_document_language_is_a_code", language="e"),
    _check("ck_item_position_counts_from_1", position=0),
    _check("ck_item_raw_hash_is_16_bytes", raw_hash=RAW[1:]),
    _check("ck_item_a_document_unless_dropped", document_id=1),
    _check("ck_item_a_document_unless_dropped", outcome="document", reason=None, seen=None),
    _check("ck_item_a_document_unless_dropped", outcome="duplicate", reason=None, seen=None),
    _check(REASON, reason=None),
    _check(REASON, seen=None),
    _check(REASON, outcome="duplicate", document_id=1, seen=None),
    _check(REASON, outcome="document", document_id=1, reason=None),
    _unique("uq_source_address", "source", "address", address="archive:arxiv"),
    _unique("uq_collection_source_id_name", "collection", "source_id name", name="c"),
    _unique("uq_fetch_identity", "fetch", "identity", identity=HASH),
    _unique("uq_document_native_id", "document", "native_id", native_id="arxiv:1"),
    _unique("pk_document_collection", "document_collection", "document_id collection_id", document_id=1),
    _unique("pk_item", "item", "fetch_id position", position=1),
    *(_unique(f"pk_{name}", name, "id", id=1) for name in ("source", "collection", "fetch", "document")),
    _check("ck_topic_has_a_slug", slug=""),
    _check("ck_topic_has_a_name", name=""),
    _check("ck_alias_is_a_spelling", spelling=""),
    _check("ck_snapshot_parameters_hash_is_sha256", parameters_hash=HASH[1:]),
    _check("ck_snapshot_digest_is_sha256", digest=HASH[1:]),
    _check(SNAPSHOT_COUNTS, n_documents=-1),
    _check(SNAPSHOT_COUNTS, n_stories=-1),
    _check(SNAPSHOT_COUNTS, n_strata=-1),
    _check(SNAPSHOT_COUNTS, below_support=-1, n_topics=5),
    _check(SNAPSHOT_COUNTS, signals=-1, candidates=4, n_topics=8),
    _check(SNAPSHOT_COUNTS, watch=-1, candidates=3, n_topics=7),
    _check(SNAPSHOT_COUNTS, drops=-1, candidates=2, n_topics=6),
    _check("ck_snapshot_books_balance", signals=2),
    _check("ck_snapshot_books_balance", watch=1),
    _check("ck_snapshot_books_balance", drops=4),
    _check("ck_snapshot_books_balance", candidates=7, n_topics=11),
    _check("ck_snapshot_every_topic_is_counted", n_topics=11),
    _check("ck_snapshot_every_topic_is_counted", below_support=3),
    _check("ck_candidate_has_a_name", name=""),
    _check("ck_candidate_families_are_counted", families=-1),
    _check("ck_candidate_a_reason_when_dropped", place="drop"),
    _check("ck_candidate_a_reason_when_dropped", reason="seasonal"),
    _check("ck_candidate_a_reason_when_dropped", place="signal", reason="seasonal"),
    _check("ck_candidate_counts_are_counts", stories=-1),
    _check("ck_candidate_counts_are_counts", expected=-0.1),
    _check("ck_candidate_momentum_is_in_its_interval", momentum=0.9),
    _check("ck_candidate_momentum_is_in_its_interval", momentum=1.1),
    _check("ck_candidate_ratio_is_in_its_interval", ratio_low=1.1),
    _check("ck_candidate_ratio_is_in_its_interval", ratio_high=0.9),
    _check("ck_candidate_needed_is_a_count", needed=0),
    _check("ck_signal_was_shown", shown_days=0),
    _check("ck_evidence_position_counts_from_1", position=0),
    _check("ck_history_day_counts_are_counts", stories=-1, expected=0.5, read=1),
    _check("ck_history_day_counts_are_counts", stories=1, expected=-0.5, read=1),
    _check("ck_history_day_counts_are_counts", stories=1, expected=0.5, read=-1),
    _check("ck_history_day_a_gap_when_nothing_was_read", stories=0, expected=0.0),
    _check("ck_history_day_a_gap_when_nothing_was_read", read=1),
    _check("ck_history_day_both_known_or_neither", expected=0.5),
    _check("ck_history_day_both_known_or_neither", stories=1, read=1),
    *(_unique(f"pk_{name}", name, "id", id=1) for name in ("topic", "snapshot", "signal")),
    _unique("uq_topic_slug", "topic", "slug", slug="zorblax"),
    _unique("pk_alias", "alias", "topic_id spelling", spelling="Zorblax"),
    _unique(
        "uq_snapshot_as_of_parameters_hash_digest", "snapshot", "as_of parameters_hash digest", digest=HASH
    ),
    _unique("pk_candidate", "candidate", "snapshot_id topic_id", topic_id=1),
    _unique("uq_signal_snapshot_id_topic_id", "signal", "snapshot_id topic_id", topic_id=1),
    _unique("pk_evidence", "evidence", "snapshot_id topic_id position", position=1),
    _unique(
        "uq_evidence_snapshot_id_topic_id_document_id",
        "evidence",
        "snapshot_id topic_id document_id",
        document_id=1,
    ),
    _unique("pk_history_day", "history_day", "snapshot_id topic_id day", day="2026-01-01"),
)


def _not_null(column: Column[Any]) -> Case:
    place = f"{column.table.name}.{column.name}"
    return Case(
        f"not null {place}", column.table.name, {column.name: None}, f"NOT NULL constraint failed: {place}"
    )


def _must_be_there(table: str, key: ForeignKeyConstraint) -> Case:
    # Alone: an item that has a document is no drop, and a sighting that has one has no reason.
    with_document: dict[str, dict[str, Any]] = {
        "item": {"outcome": "duplicate", "reason": None, "seen": None},
        "sighting": {"reason": None},
    }
    others = with_document.get(table, {}) if "document_id" in key.column_keys else {}
    change = others | dict.fromkeys(key.column_keys, 999_999)
    return Case(str(key.name), table, change, "FOREIGN KEY constraint failed")


def _closed(table: str, column: Column[Any]) -> Case:
    # Alone, so that no other rule speaks first: what is not 'drop' has a document and no reason.
    others: dict[str, Any] = (
        {"document_id": 1, "reason": None, "seen": None} if str(column) == "item.outcome" else {}
    )
    if str(column) == "candidate.reason":
        others = {"place": "drop"}
    return _check(f"ck_{table}_{column.name}", **others, **{column.name: "nonsense"})


def _numbered(column: Column[Any]) -> bool:
    # SQLite gives a row without a number the next one instead of refusing it.
    return column.primary_key and len(column.table.primary_key.columns) == 1


DERIVED = (
    *(_not_null(c) for t in TABLES.values() for c in t.c if not c.nullable and not _numbered(c)),
    *(
        _must_be_there(n, key)
        for n, t in TABLES.items()
        for key in sorted(t.foreign_key_constraints, key=lambda key: str(key.name))
    ),
    *(_closed(name, c) for name, table in TABLES.items() for c in table.c if isinstance(c.type, Enum)),
)
CASES = (*BY_HAND, *DERIVED)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A store of each kind with one valid row in every table; a test leaves no trace in it."""
    if request.param == "sqlite":
        address = f"sqlite:///{tmp_path_factory.mktemp('tables') / 'nophantom.db'}"
    else:
        server = request.getfixturevalue("postgres_server")
        name = f"tables_{secrets.token_hex(8)}"
        admin = create_engine(open_engine(server).url, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        admin.dispose()
        address = server.replace("/postgres?", f"/{name}?")
    engine = open_engine(address)
    bring_up_to_date(engine, Path(nophantom.__file__).parent / "migrations")
    with engine.begin() as connection:
        for table in TABLES:
            for row in (THERE[table], *MORE.get(table, ())):
                _insert(connection, table, row)
    yield engine
    engine.dispose()


def _insert(connection: Connection, table: str, row: Mapping[str, Any]) -> None:
    # Written out, so that it is the database that refuses and not a type of ours; FETCH is a word of SQL.
    columns = ", ".join(row)
    values = ", ".join(f":{column}" for column in row)
    connection.execute(text(f'INSERT INTO "{table}" ({columns}) VALUES ({values})'), dict(row))


def _is_quoted(case: Case, told: str, engine: Engine) -> bool:
    if engine.dialect.name == "sqlite":
        return case.sqlite_says in told
    if case.rule.startswith("not null "):
        table, column = case.rule.removeprefix("not null ").split(".")
        return f'null value in column "{column}" of relation "{table}"' in told
    return f'constraint "{case.rule}"' in told


@pytest.mark.parametrize("table", TABLES)
def test_a_row_that_breaks_no_rule_is_taken(filled: Engine, table: str) -> None:
    with filled.connect() as connection:
        _insert(connection, table, NEXT[table])
        rows = connection.execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one()
        connection.rollback()
    assert rows == 2 + len(MORE.get(table, ()))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}-{'-'.join(case.change)}")
def test_a_row_that_breaks_one_rule_is_refused_by_the_name_of_that_rule(filled: Engine, case: Case) -> None:
    with filled.connect() as connection:
        with pytest.raises(IntegrityError) as refusal:
            _insert(connection, case.table, {**NEXT[case.table], **case.change})
        connection.rollback()
    assert _is_quoted(case, str(refusal.value.orig), filled), str(refusal.value.orig)


def test_every_rule_of_the_tables_has_a_case_that_breaks_it() -> None:
    rules: set[str] = set()
    for table in TABLES.values():
        kinds = (CheckConstraint, UniqueConstraint, ForeignKeyConstraint, PrimaryKeyConstraint)
        constraints = [rule for rule in table.constraints if isinstance(rule, kinds)]
        assert len(constraints) == len(table.constraints)
        rules |= {str(rule.name) for rule in constraints}
        rules |= {str(index.name) for index in table.indexes if index.unique}
        rules |= {f"not null {table.name}.{c.name}" for c in table.c if not c.nullable and not _numbered(c)}
    assert {case.rule for case in CASES} == rules


@pytest.mark.parametrize("table", ["source", "collection", "fetch", "document", "topic"])
def test_a_row_that_others_build_on_cannot_be_deleted(filled: Engine, table: str) -> None:
    with filled.connect() as connection:
        with pytest.raises(IntegrityError) as refusal:
            connection.execute(text(f'DELETE FROM "{table}" WHERE id = 1'))
        connection.rollback()
    assert "foreign key constraint" in str(refusal.value.orig).lower()


# That those of story links are guarded too is seen in tests/migrations.
@pytest.mark.parametrize(
    "table", [t for t in (*APPEND_ONLY, *SOURCES_APPEND_ONLY) if t not in STORIES_APPEND_ONLY]
)
def test_what_is_a_fact_of_the_past_can_be_neither_changed_nor_deleted(filled: Engine, table: str) -> None:
    column = next(iter(THERE[table]))
    actions = {f"UPDATE {table} SET {column} = {column}": "UPDATE", f"DELETE FROM {table}": "DELETE"}
    if filled.dialect.name == "postgresql":
        actions[f"TRUNCATE {table} CASCADE"] = "TRUNCATE"
    for statement, action in actions.items():
        with filled.connect() as connection, pytest.raises(IntegrityError) as refusal:
            connection.execute(text(statement))
        assert f"append-only: {action} of " in str(refusal.value.orig), statement


def test_a_momentum_that_is_not_a_number_is_refused(filled: Engine) -> None:
    with filled.connect() as connection:
        with pytest.raises(IntegrityError):
            _insert(connection, "candidate", NEXT["candidate"] | {"momentum": float("nan")})
        connection.rollback()
