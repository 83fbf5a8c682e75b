"""Every rule of these tables is shown to bite, in the database itself, on both stores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import CheckConstraint, Connection, Engine, Enum, UniqueConstraint, text
from sqlalchemy.exc import IntegrityError
from tests.trends.recommended_world import AT, DAY, Planted, add_documents, add_snapshot

from nophantom.store.base import Base
from nophantom.store.engine import writing
from nophantom.trends.archive.deciding import decide, undo_decision
from nophantom.trends.archive.recommendation_tables import RECOMMENDATIONS_APPEND_ONLY
from nophantom.trends.archive.recommending import recommend_snapshot, score_due
from nophantom.trends.decisions import DecisionKind

TIME = "2026-01-02 03:04:05.000006"
ZORB = Planted("zorb", (2, 1, 3, 4))
ACTION = {"action": "watch", "no_action": None, "claim": "still_twice", "check_on": "2026-01-02"}
NEXT: dict[str, dict[str, Any]] = {
    "recommendation_basis": {"signal_id": 2, "facts": "{}", "at": TIME},
    "recommendation": {"id": 99, "signal_id": 3, "role": "developer", "rule": "r", **ACTION},
    "recommendation_document": {"recommendation_id": 6, "position": 3, "document_id": 7},
    "recommendation_score": {
        "recommendation_id": 1,
        "checked_on": "2026-01-02",
        "score": "held",
        "snapshot_id": 1,
        "facts": "{}",
        "at": TIME,
    },
    "decision": {
        "id": 9,
        "kind": "merge",
        "topic": "a",
        "other": "b",
        "words": "A",
        "reason": "",
        "at": TIME,
    },
    "decision_undo": {"decision_id": 2, "reason": "", "at": TIME},
}
"""A row of each table that would be taken; a case changes something about it."""
NOTHING = {"action": None, "no_action": "settled", "claim": None, "check_on": None}
CASES: list[tuple[str, str, Mapping[str, Any]]] = [
    ("recommendation", "ck_recommendation_an_action_or_why_none", {"no_action": "settled"}),
    ("recommendation", "ck_recommendation_an_action_or_why_none", NOTHING | {"no_action": None}),
    ("recommendation", "ck_recommendation_a_claim_with_an_action", {"claim": None}),
    ("recommendation", "ck_recommendation_a_claim_with_an_action", NOTHING | {"claim": "still_twice"}),
    ("recommendation", "ck_recommendation_a_day_with_an_action", {"check_on": None}),
    ("recommendation", "ck_recommendation_a_day_with_an_action", NOTHING | {"check_on": "2026-01-02"}),
    ("recommendation", "ck_recommendation_has_a_rule", {"rule": ""}),
    ("recommendation", "uq_recommendation_signal_id_role", {"signal_id": 1}),
    ("recommendation", "fk_recommendation_signal_id_recommendation_basis", {"signal_id": 2}),
    ("recommendation_document", "ck_recommendation_document_at_most_three", {"position": 4}),
    ("recommendation_document", "ck_recommendation_document_at_most_three", {"position": 0}),
    (
        "recommendation_document",
        "uq_recommendation_document_recommendation_id_document_id",
        {"document_id": 1},
    ),
    ("recommendation_document", "pk_recommendation_document", {"position": 2}),
    ("recommendation_score", "pk_recommendation_score", {"checked_on": str(DAY + timedelta(90))}),
    ("recommendation_basis", "pk_recommendation_basis", {"signal_id": 1}),
    ("recommendation_basis", "fk_recommendation_basis_signal_id_signal", {"signal_id": 999}),
    ("decision", "ck_decision_has_words", {"topic": ""}),
    ("decision", "ck_decision_has_words", {"words": ""}),
    ("decision", "ck_decision_has_words", {"other": ""}),
    ("decision", "ck_decision_of_two_topics", {"other": "a"}),
    ("decision", "ck_decision_another_topic_where_due", {"other": None}),
    ("decision", "ck_decision_another_topic_where_due", {"kind": "mute"}),
    ("decision_undo", "pk_decision_undo", {"decision_id": 1}),
    ("decision_undo", "fk_decision_undo_decision_id_decision", {"decision_id": 999}),
]


@pytest.fixture
def filled(engine: Engine) -> Engine:
    """A store of each kind: signals 1 and 3 are recommended on, 2 is not; the action of `zorb` is scored."""
    add_documents(engine)
    add_snapshot(engine, [ZORB])
    add_snapshot(engine, [ZORB], as_of=DAY + timedelta(90))
    add_snapshot(engine, [replace(ZORB, documents=(5,))])
    with writing(engine) as session:
        recommend_snapshot(session, 1, at=AT)
        score_due(session, 2, at=AT)
        session.execute(text(f"INSERT INTO recommendation_basis VALUES (3, '{{}}', '{TIME}')"))
        decide(session, DecisionKind.MUTE, "zorb", at=AT)
        decide(session, DecisionKind.MUTE, "watched", at=AT)
        undo_decision(session, 1, at=AT)
        # Only actions name documents: one more, so that a third place is free.
        row = {"signal_id": 3, "role": "executive", "rule": "r", "id": 6, **ACTION}
        _insert(session.connection(), "recommendation", row)
        for position, document in ((1, 1), (2, 2)):
            _insert(
                session.connection(),
                "recommendation_document",
                {"recommendation_id": 6, "position": position, "document_id": document},
            )
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


def _nonsense() -> list[tuple[str, str, Mapping[str, Any]]]:
    """A word that is none, in every closed column."""
    found: list[tuple[str, str, Mapping[str, Any]]] = []
    for table in RECOMMENDATIONS_APPEND_ONLY:
        for column in Base.metadata.tables[table].c:
            if isinstance(column.type, Enum):
                others = NOTHING if column.name == "no_action" else {}
                others = {"other": None} if (table, column.name) == ("decision", "kind") else others
                found.append((table, f"ck_{table}_{column.name}", {**others, column.name: "nonsense"}))
    assert len(found) == 6
    return found


def _holes() -> list[tuple[str, str, Mapping[str, Any]]]:
    """Nothing, where something must be."""
    return [
        (table, f"not null {column.name}", {column.name: None})
        for table in RECOMMENDATIONS_APPEND_ONLY
        for column in Base.metadata.tables[table].c
        if not column.nullable
        and (not column.primary_key or len(Base.metadata.tables[table].primary_key) > 1)
    ]


def test_every_check_and_every_unique_rule_has_a_case() -> None:
    rules = {
        str(rule.name)
        for table in RECOMMENDATIONS_APPEND_ONLY
        for rule in Base.metadata.tables[table].constraints
        if isinstance(rule, CheckConstraint | UniqueConstraint)
    }
    assert rules == {rule for _, rule, _ in [*CASES, *_nonsense()] if rule.startswith(("ck_", "uq_"))}
