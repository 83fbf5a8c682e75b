"""Every rule of the ledger's tables is shown to bite, in the database itself, on both stores.

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
from nophantom.llm.ledger import run_tables, tables
from nophantom.store.base import Base
from nophantom.store.engine import open_engine
from nophantom.store.versions import bring_up_to_date

TIME = "2026-01-02 03:04:05.000006"
HASH = "0123456789abcdef" * 4
OTHER_HASH = HASH[::-1]
OURS = {
    kind.__tablename__
    for kind in (*vars(tables).values(), *vars(run_tables).values())
    if hasattr(kind, "__mapper__")
}
TABLES = {table.name: table for table in Base.metadata.sorted_tables if table.name in OURS}

THERE: dict[str, dict[str, Any]] = {
    "study": {"id": 1, "name": "s", "origin": "run", "plan": "{}", "plan_hash": HASH, "created_at": TIME},
    "arm": {"id": 1, "study_id": 1, "name": "baseline"},
    "log": {
        "id": 1,
        "sha256": HASH,
        "path": "a.jsonl",
        "n_bytes": 1,
        "framework": "lm-eval",
        "framework_version": None,
        "status": None,
        "declared": 0,
        "responses": 0,
        "omitted": 0,
        "imported_at": TIME,
    },
    "omission": {"id": 1, "log_id": 1, "number": 1, "place": "line 1", "reason": "not_json", "seen": "{"},
    "run": {
        "id": 1,
        "name": "s/baseline/seed1",
        "model": "m",
        "arm_id": 1,
        "seed": 1,
        "framework": None,
        "log_hash": None,
        "created_at": TIME,
    },
    "checkpoint": {"id": 1, "run_id": 1, "step": 0},
    "problem_set": {"id": 1, "name": "gsm8k"},
    "problem": {"id": 1, "problem_set_id": 1, "key": "k", "question": "", "reference": ""},
    "evaluation": {
        "id": 1,
        "checkpoint_id": 1,
        "problem_set_id": 1,
        "split": None,
        "settings": "{}",
        "grader": "g",
        "grader_version": "1",
        "rank": 0,
        "headline": 0.0,
        "log_id": 1,
        "answers_of": None,
        "identity": HASH,
        "created_at": TIME,
    },
    "outcome": {
        "evaluation_id": 1,
        "problem_id": 1,
        "attempt": 1,
        "position": 0,
        "answer": None,
        "score": 0.0,
        "failure": None,
        "log_likelihood": None,
        "confidence": 0.0,
    },
    "answer_text": {"evaluation_id": 1, "first": 0, "n": 1, "sha256": HASH},
    "look": {"id": 1, "study_id": 1, "question": "seeds", "reason": "r", "made_at": TIME},
    "selection": {"id": 1, "study_id": 1, "number": 1, "rule": "{}", "looks_before": 0, "made_at": TIME},
    "selected_run": {"selection_id": 1, "place": 1, "run_id": 1},
    "finding": {
        "id": 1,
        "study_id": 1,
        "question": "seeds",
        "inputs_hash": HASH,
        "result": "{}",
        "made_at": TIME,
    },
    "measurement": {"checkpoint_id": 1, "name": "loss", "value": 0.5},
    "execution": {
        "id": 1,
        "run_id": 1,
        "number": 1,
        "started_at": TIME,
        "ended_at": TIME,
        "ending": "finished",
        "seconds": 0.0,
        "fleet": 1,
        "exit_status": None,
        "command": None,
        "output_sha256": None,
        "told": None,
    },
    "token_use": {
        "evaluation_id": 1,
        "problem_id": 1,
        "attempt": 1,
        "prompt_tokens": 0,
        "answer_tokens": None,
        "seconds": 0.0,
        "tries": 1,
    },
}
IMPORTED_RUN: dict[str, Any] = {
    "id": 2,
    "name": "lm-eval/m",
    "model": "m",
    "arm_id": None,
    "seed": None,
    "framework": "lm-eval",
    "log_hash": HASH,
    "created_at": TIME,
}
UNKNOWN_STEP: dict[str, Any] = {"id": 2, "run_id": 2, "step": None}
ANOTHER_ATTEMPT: dict[str, Any] = THERE["outcome"] | {"attempt": 3, "position": 2}

NEXT: dict[str, dict[str, Any]] = {
    "study": THERE["study"] | {"id": 9, "name": "other"},
    "arm": THERE["arm"] | {"id": 9, "name": "other"},
    "log": THERE["log"] | {"id": 9, "sha256": OTHER_HASH, "declared": None},
    "omission": THERE["omission"] | {"id": 9, "number": 2},
    "run": THERE["run"] | {"id": 9, "seed": 2},
    "checkpoint": THERE["checkpoint"] | {"id": 9, "step": 1},
    "problem_set": THERE["problem_set"] | {"id": 9, "name": "other"},
    "problem": THERE["problem"] | {"id": 9, "key": "other"},
    "evaluation": THERE["evaluation"]
    | {"id": 9, "identity": OTHER_HASH, "rank": 1, "headline": 1.0, "answers_of": 1},
    "outcome": THERE["outcome"] | {"attempt": 2, "score": 1.0, "confidence": 1.0},
    "answer_text": THERE["answer_text"] | {"first": 1},
    "look": THERE["look"] | {"id": 9},
    "selection": THERE["selection"] | {"id": 9, "number": 2},
    "selected_run": {"selection_id": 1, "place": 2, "run_id": 2},
    "finding": THERE["finding"] | {"id": 9, "study_id": None, "inputs_hash": OTHER_HASH},
    "measurement": THERE["measurement"] | {"name": "other"},
    "execution": THERE["execution"] | {"id": 9, "number": 2, "output_sha256": HASH},
    "token_use": THERE["token_use"] | {"attempt": 3},
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


WITH_OTHER_KEYS = {"evaluation", "outcome", "answer_text", "selected_run", "measurement", "token_use"}
RUN_RULE = "ck_run_arm_and_seed_or_an_import"
BY_HAND = (
    _check("ck_study_has_a_name", name=""),
    _check("ck_study_plan_hash_is_sha256", plan_hash=HASH[1:]),
    _check("ck_study_seal_needs_a_validation_split", sealed_split="test"),
    _check("ck_study_seal_needs_a_validation_split", sealed_split="test", validation_split="test"),
    _check(
        "ck_study_seal_needs_a_validation_split",
        sealed_split="test",
        validation_split="validation",
        origin="imported",
    ),
    _check("ck_arm_has_a_name", name=""),
    _check("ck_log_hash_is_sha256", sha256=HASH[1:]),
    _check("ck_log_has_content", n_bytes=0),
    _check("ck_log_declared_is_a_count", declared=-1),
    _check("ck_log_counts_are_counts", responses=-1),
    _check("ck_log_counts_are_counts", omitted=-1),
    _check("ck_omission_number_counts_from_1", number=0),
    _check("ck_run_has_a_name", name=""),
    _check(RUN_RULE, seed=None),
    _check(RUN_RULE, arm_id=None),
    _check(RUN_RULE, arm_id=None, seed=None),
    _check(RUN_RULE, log_hash=HASH),
    _check(RUN_RULE, framework="inspect"),
    _check(RUN_RULE, framework="inspect", log_hash=HASH),
    _check(RUN_RULE, arm_id=None, seed=None, framework="inspect"),
    _check(RUN_RULE, arm_id=None, seed=None, log_hash=HASH),
    _check(RUN_RULE, arm_id=None, framework="inspect", log_hash=HASH),
    _check("ck_run_hours_are_a_duration", hours=-0.1),
    _check("ck_checkpoint_step_is_a_count", step=-1),
    _check("ck_problem_set_has_a_name", name=""),
    _check("ck_problem_has_a_key", key=""),
    _check("ck_evaluation_identity_is_sha256", identity=HASH[1:]),
    _check("ck_evaluation_has_a_grader", grader=""),
    _check("ck_evaluation_headline_is_a_proportion", headline=1.001),
    _check("ck_evaluation_headline_is_a_proportion", headline=-0.001),
    _check("ck_evaluation_not_its_own_answers", answers_of=9),
    _check("ck_evaluation_rank_counts_from_0", rank=-1),
    _check("ck_outcome_attempt_counts_from_1", attempt=0),
    _check("ck_outcome_position_counts_from_0", position=-1),
    _check("ck_outcome_score_is_a_proportion", score=1.001),
    _check("ck_outcome_score_is_a_proportion", score=-0.001),
    _check("ck_outcome_scored_or_failed_not_both", score=None),
    _check("ck_outcome_scored_or_failed_not_both", failure="error"),
    _check("ck_outcome_confidence_is_a_probability", confidence=1.001),
    _check("ck_outcome_confidence_is_a_probability", confidence=-0.001),
    _check("ck_answer_text_a_range_of_positions", first=-1),
    _check("ck_answer_text_a_range_of_positions", n=0),
    _check("ck_answer_text_hash_is_sha256", sha256=HASH[1:]),
    _check("ck_look_has_a_reason", reason=""),
    _check("ck_selection_number_counts_from_1", number=0),
    _check("ck_selection_looks_are_counted", looks_before=-1),
    _check("ck_selected_run_place_counts_from_1", place=0),
    _check("ck_finding_inputs_hash_is_sha256", inputs_hash=HASH[1:]),
    _check("ck_measurement_has_a_name", name=""),
    _check("ck_execution_number_counts_from_1", number=0),
    _check("ck_execution_a_fleet_has_seeds", fleet=0),
    _check("ck_execution_seconds_are_a_duration", seconds=-0.1),
    _check("ck_execution_ends_after_it_starts", ended_at=TIME.replace("2026", "2025")),
    _check("ck_execution_hash_is_sha256", output_sha256=HASH[1:]),
    _check("ck_token_use_prompt_tokens_are_a_count", prompt_tokens=-1),
    _check("ck_token_use_answer_tokens_are_a_count", answer_tokens=-1),
    _check("ck_token_use_seconds_are_a_duration", seconds=-0.1),
    _check("ck_token_use_tries_count_from_1", tries=0),
    _unique("uq_execution_run_id_number", "execution", "run_id number", number=1),
    _unique("pk_measurement", "measurement", "checkpoint_id name", name="loss"),
    _unique("pk_token_use", "token_use", "evaluation_id problem_id attempt", attempt=1),
    _unique("uq_selection_study_id_number", "selection", "study_id number", number=1),
    _unique("uq_selected_run_selection_id_run_id", "selected_run", "selection_id run_id", run_id=1),
    _unique("pk_selected_run", "selected_run", "selection_id place", place=1),
    _unique("uq_finding_question_inputs_hash", "finding", "question inputs_hash", inputs_hash=HASH),
    _unique("uq_study_name", "study", "name", name="s"),
    _unique("uq_arm_study_id_name", "arm", "study_id name", name="baseline"),
    _unique("uq_log_sha256", "log", "sha256", sha256=HASH),
    _unique("uq_omission_log_id_number", "omission", "log_id number", number=1),
    _unique("uq_run_arm_id_seed", "run", "arm_id seed", seed=1),
    _unique(
        "uq_run_framework_model_log_hash", "run", "framework model log_hash", **(IMPORTED_RUN | {"id": 9})
    ),
    _unique("uq_checkpoint_run_id_step", "checkpoint", "run_id step", step=0),
    _unique("uq_checkpoint_run_id_unknown_step", "checkpoint", "run_id", run_id=2, step=None),
    _unique("uq_problem_set_name", "problem_set", "name", name="gsm8k"),
    _unique("uq_problem_problem_set_id_key", "problem", "problem_set_id key", key="k"),
    _unique("uq_evaluation_checkpoint_id_identity", "evaluation", "checkpoint_id identity", identity=HASH),
    _unique("pk_outcome", "outcome", "evaluation_id problem_id attempt", attempt=1),
    _unique("pk_answer_text", "answer_text", "evaluation_id first", first=0),
    _unique("pk_evaluation", "evaluation", "id", id=1, answers_of=None),
    *(_unique(f"pk_{name}", name, "id", id=1) for name in TABLES if name not in WITH_OTHER_KEYS),
)


def _not_null(column: Column[Any]) -> Case:
    place = f"{column.table.name}.{column.name}"
    return Case(
        f"not null {place}", column.table.name, {column.name: None}, f"NOT NULL constraint failed: {place}"
    )


def _must_be_there(table: str, key: ForeignKeyConstraint) -> Case:
    change = dict.fromkeys(key.column_keys, 999_999)
    return Case(str(key.name), table, change, "FOREIGN KEY constraint failed")


def _foreign_keys(table: Table) -> list[ForeignKeyConstraint]:
    return sorted(table.foreign_key_constraints, key=lambda key: str(key.name))


def _closed(table: str, column: Column[Any]) -> Case:
    # Alone, so that no other rule speaks first: a failure instead of a score, an import instead of an arm.
    others: dict[str, Any] = {
        "failure": {"score": None},
        "framework": {"arm_id": None, "seed": None, "log_hash": HASH} if table == "run" else {},
    }
    change = others.get(column.name, {}) | {column.name: "nonsense"}
    return _check(f"ck_{table}_{column.name}", **change)


def _numbered(column: Column[Any]) -> bool:
    # SQLite gives a row without a number the next one instead of refusing it.
    return column.name == "id"


DERIVED = (
    *(_not_null(c) for t in TABLES.values() for c in t.c if not c.nullable and not _numbered(c)),
    *(_must_be_there(name, key) for name, table in TABLES.items() for key in _foreign_keys(table)),
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
            _insert(connection, table, THERE[table])
        _insert(connection, "run", IMPORTED_RUN)
        _insert(connection, "checkpoint", UNKNOWN_STEP)
        _insert(connection, "outcome", ANOTHER_ATTEMPT)
    yield engine
    engine.dispose()


def _insert(connection: Connection, table: str, row: Mapping[str, Any], verb: str = "INSERT") -> None:
    # Written out, so that it is the database that refuses and not a type of ours.
    columns = ", ".join(row)
    values = ", ".join(f":{column}" for column in row)
    connection.execute(text(f"{verb} INTO {table} ({columns}) VALUES ({values})"), dict(row))


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
        rows = connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
        connection.rollback()
    assert rows == (3 if table in {"run", "checkpoint", "outcome"} else 2)


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


def test_a_closed_list_has_a_case_of_its_own_for_every_column() -> None:
    columns = [c for table in TABLES.values() for c in table.c if isinstance(c.type, Enum)]
    assert {str(c) for c in columns} == {
        "execution.ending",
        "finding.question",
        "log.framework",
        "look.question",
        "omission.reason",
        "outcome.failure",
        "run.framework",
        "study.origin",
    }


@pytest.mark.parametrize(
    ("parent", "child"),
    [
        ("study", "arm"),
        ("arm", "run"),
        ("run", "checkpoint"),
        ("checkpoint", "evaluation"),
        ("problem_set", "problem"),
    ],
)
def test_a_row_that_others_build_on_cannot_be_deleted(filled: Engine, parent: str, child: str) -> None:
    with filled.connect() as connection:
        with pytest.raises(IntegrityError) as refusal:
            connection.execute(text(f"DELETE FROM {parent} WHERE id = 1"))
        connection.rollback()
    told = str(refusal.value.orig)
    assert "FOREIGN KEY constraint failed" in told or f'on table "{child}"' in told


@pytest.mark.parametrize("table", tables.APPEND_ONLY)
def test_a_fact_about_the_past_can_be_neither_changed_nor_deleted(filled: Engine, table: str) -> None:
    column = next(iter(THERE[table]))
    key = ", ".join(c.name for c in TABLES[table].primary_key.columns)
    columns, values = ", ".join(THERE[table]), ", ".join(f":{c}" for c in THERE[table])
    attempts = {
        f"UPDATE {table} SET {column} = {column}": "UPDATE",
        f"DELETE FROM {table}": "DELETE",
        f"INSERT INTO {table} ({columns}) VALUES ({values}) ON CONFLICT ({key}) DO UPDATE "
        f"SET {column} = {table}.{column}": "UPDATE",
    }
    if filled.dialect.name == "sqlite":
        attempts[f"INSERT OR REPLACE INTO {table} ({columns}) VALUES ({values})"] = "DELETE"
        attempts[f"UPDATE OR REPLACE {table} SET {column} = {column}"] = "UPDATE"
    else:
        attempts[f"TRUNCATE {table} CASCADE"] = "TRUNCATE"
    for statement, action in attempts.items():
        with filled.connect() as connection, pytest.raises(IntegrityError) as refusal:
            connection.execute(text(statement), dict(THERE[table]))
        assert f"the ledger is append-only: {action} of " in str(refusal.value.orig), statement
    with filled.connect() as connection:
        rows = connection.execute(text(f"SELECT * FROM {table}")).mappings().all()
    assert len(rows) == (2 if table == "outcome" else 1)
    assert {row[column] for row in rows} == {THERE[table][column]}


def test_a_score_that_is_not_a_number_is_refused(filled: Engine) -> None:
    with filled.connect() as connection:
        with pytest.raises(IntegrityError):
            _insert(connection, "outcome", NEXT["outcome"] | {"score": float("nan")})
        connection.rollback()
