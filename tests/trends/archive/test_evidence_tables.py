"""Every rule of these tables is shown to bite, in the database itself, on both stores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import CheckConstraint, Connection, Engine, Enum, UniqueConstraint, text
from sqlalchemy.exc import IntegrityError
from tests.trends.recommended_world import Planted, add_documents, add_snapshot

from nophantom.store.base import Base
from nophantom.trends.archive.evidence_tables import EVIDENCE_APPEND_ONLY

TIME = "2026-01-02 03:04:05.000006"
KEY = {"snapshot_id": 1, "topic_id": 1, "position": 2}
NEXT: dict[str, dict[str, Any]] = {
    "related_topic": {**KEY, "other_id": 3, "together": 3, "stories": 3, "lift": 2.5, "lift_low": 2.5},
    "candidate_product": {
        **KEY,
        "native_id": "github:a/b",
        "kind": "repository",
        "title": "a/b",
        "is_named": True,
        "first_seen": "2026-01-02",
        "last_seen": "2026-01-02",
        "documents": 1,
    },
    "adoption_file": {
        "id": 2,
        "name": "a",
        "sha256": "f" * 64,
        "at": TIME,
        "rows": 0,
        "months": 0,
        "drops": 0,
    },
    "adoption_series": {"id": 2, "product": "pypi:zorb", "measure": "stars_total", "name": "zorb"},
    "adoption_month": {
        "series_id": 1,
        "month": "2026-02-01",
        "file_id": 1,
        "value": 0,
        "known_on": "2026-02-01",
    },
}
"""A row of each table that would be taken; a case changes something about it."""
FIRST: dict[str, dict[str, Any]] = {
    "related_topic": {"position": 1, "other_id": 2},
    "candidate_product": {"position": 1, "native_id": "github:a/zorb"},
    "adoption_file": {"id": 1, "sha256": "0" * 64},
    "adoption_series": {"id": 1, "measure": "downloads"},
    "adoption_month": {"month": "2026-01-01"},
}
"""What another row of the table, that is there already, has otherwise."""
CASES: list[tuple[str, str, Mapping[str, Any]]] = [
    ("related_topic", "ck_related_topic_position_counts_from_1", {"position": 0}),
    ("related_topic", "ck_related_topic_of_two_topics", {"other_id": 1}),
    ("related_topic", "ck_related_topic_counts_are_counts", {"together": 4}),
    ("related_topic", "ck_related_topic_counts_are_counts", {"together": 0}),
    ("related_topic", "ck_related_topic_lift_is_above_its_bound", {"lift": 2.4}),
    ("related_topic", "uq_related_topic_snapshot_id_topic_id_other_id", {"other_id": 2}),
    ("related_topic", "pk_related_topic", {"position": 1}),
    ("related_topic", "fk_related_topic_snapshot_id_other_id_candidate", {"other_id": 99}),
    ("related_topic", "fk_related_topic_snapshot_id_topic_id_candidate", {"topic_id": 99}),
    ("candidate_product", "ck_candidate_product_position_counts_from_1", {"position": 0}),
    ("candidate_product", "ck_candidate_product_has_a_name", {"native_id": ""}),
    ("candidate_product", "ck_candidate_product_has_a_name", {"title": ""}),
    ("candidate_product", "ck_candidate_product_stands_in_documents", {"documents": 0}),
    ("candidate_product", "ck_candidate_product_last_is_not_before_first", {"last_seen": "2026-01-01"}),
    (
        "candidate_product",
        "uq_candidate_product_snapshot_id_topic_id_native_id",
        {"native_id": "github:a/zorb"},
    ),
    ("candidate_product", "pk_candidate_product", {"position": 1}),
    ("candidate_product", "fk_candidate_product_snapshot_id_topic_id_candidate", {"topic_id": 99}),
    ("adoption_file", "ck_adoption_file_sha256_is_sha256", {"sha256": "f" * 63}),
    ("adoption_file", "ck_adoption_file_has_a_name", {"name": ""}),
    ("adoption_file", "ck_adoption_file_counts_are_counts", {"rows": -1}),
    ("adoption_file", "ck_adoption_file_counts_are_counts", {"months": -1}),
    ("adoption_file", "ck_adoption_file_counts_are_counts", {"drops": -1}),
    ("adoption_file", "uq_adoption_file_sha256", {"sha256": "0" * 64}),
    ("adoption_series", "ck_adoption_series_has_a_name", {"product": ""}),
    ("adoption_series", "ck_adoption_series_has_a_name", {"name": ""}),
    ("adoption_series", "uq_adoption_series_product_measure", {"measure": "downloads"}),
    ("adoption_month", "ck_adoption_month_value_is_a_count", {"value": -1}),
    ("adoption_month", "ck_adoption_month_known_after_it_began", {"known_on": "2026-01-31"}),
    ("adoption_month", "pk_adoption_month", {"month": "2026-01-01"}),
    ("adoption_month", "fk_adoption_month_series_id_adoption_series", {"series_id": 99}),
    ("adoption_month", "fk_adoption_month_file_id_adoption_file", {"file_id": 99}),
]


@pytest.fixture
def filled(engine: Engine) -> Engine:
    """A store of each kind with two signals, one watched topic, and a row in each of the tables."""
    add_documents(engine)
    add_snapshot(engine, [Planted("zorb", (1,)), Planted("blax", (2,))])
    with engine.begin() as connection:
        for table, row in NEXT.items():
            _insert(connection, table, {**row, **FIRST[table]})
    return engine


def _insert(connection: Connection, table: str, row: Mapping[str, Any]) -> None:
    # Written out, so that it is the database that refuses and not a type of ours.
    columns, values = ", ".join(row), ", ".join(f":{column}" for column in row)
    connection.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({values})"), dict(row))


def _refusal(engine: Engine, table: str, change: Mapping[str, Any]) -> str | None:
    """What the database says against the next row of a table with a change; None where it is taken."""
    with engine.connect() as connection:
        try:
            _insert(connection, table, {**NEXT[table], **change})
        except IntegrityError as refused:
            return str(refused.orig)
        finally:
            connection.rollback()
    return None


def _is_quoted(rule: str, table: str, told: str, engine: Engine) -> bool:
    if engine.dialect.name == "postgresql":
        return f'constraint "{rule}"' in told
    if rule.startswith("fk_"):
        return "FOREIGN KEY constraint failed" in told
    if rule.startswith(("pk_", "uq_")):
        return f"UNIQUE constraint failed: {table}." in told
    return f"CHECK constraint failed: {rule}" in told


def test_every_row_that_breaks_a_rule_is_refused_by_its_name_and_any_other_is_taken(filled: Engine) -> None:
    for table in NEXT:
        assert _refusal(filled, table, {}) is None, table
    for table, rule, change in [*CASES, *_nonsense(), *_holes()]:
        told = _refusal(filled, table, change)
        assert told is not None, (rule, change)
        if not rule.startswith("not null"):
            assert _is_quoted(rule, table, told, filled), (rule, told)


def test_rows_that_were_written_refuse_every_change(filled: Engine) -> None:
    for table in EVIDENCE_APPEND_ONLY:
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET {next(iter(NEXT[table]))} = 7"):
            with filled.connect() as connection, pytest.raises(IntegrityError, match="append-only"):
                connection.execute(text(statement))


def test_families_below_zero_are_refused(filled: Engine) -> None:
    columns = [column.name for column in Base.metadata.tables["candidate"].c]
    assert columns[-1] == "families"
    with filled.begin() as connection:
        connection.execute(text("INSERT INTO topic (id, slug, name) VALUES (4, 'fourth', 'Fourth')"))
        into = f"INSERT INTO candidate ({', '.join(columns)})"
        others = ", ".join("4" if c == "topic_id" else c for c in columns[:-1])
        statement = f"{into} SELECT {others}, {{}} FROM candidate WHERE topic_id = 1"
    with filled.connect() as connection, pytest.raises(IntegrityError, match="families_are_counted"):
        connection.execute(text(statement.format(-1)))
    with filled.begin() as connection:
        connection.execute(text(statement.format(0)))


def _nonsense() -> list[tuple[str, str, Mapping[str, Any]]]:
    """A word that is none, in every closed column."""
    found: list[tuple[str, str, Mapping[str, Any]]] = [
        (table, f"ck_{table}_{column.name}", {column.name: "nonsense"})
        for table in EVIDENCE_APPEND_ONLY
        for column in Base.metadata.tables[table].c
        if isinstance(column.type, Enum)
    ]
    assert len(found) == 2
    return found


def _holes() -> list[tuple[str, str, Mapping[str, Any]]]:
    """Nothing, where something must be."""
    return [
        (table, f"not null {column.name}", {column.name: None})
        for table in EVIDENCE_APPEND_ONLY
        for column in Base.metadata.tables[table].c
        if not column.nullable
        and (not column.primary_key or len(Base.metadata.tables[table].primary_key) > 1)
    ]


def test_every_check_and_every_unique_rule_has_a_case() -> None:
    rules = {
        str(rule.name)
        for table in EVIDENCE_APPEND_ONLY
        for rule in Base.metadata.tables[table].constraints
        if isinstance(rule, CheckConstraint | UniqueConstraint)
    }
    assert rules == {rule for _, rule, _ in [*CASES, *_nonsense()] if rule.startswith(("ck_", "uq_"))}
