"""Version 0006 on a database that holds studies and logs of before: nothing lost, more words, the old rules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

import nophantom
from nophantom.llm.ledger.study_facts import list_studies
from nophantom.publishing.doctor import examine
from nophantom.store.engine import open_engine, reading
from nophantom.store.versions import bring_up_to_date

MIGRATIONS = Path(nophantom.__file__).parent / "migrations"
TIME = "2026-01-02 03:04:05.000006"
HASH = "0123456789abcdef" * 4


def _add(connection: Connection, table: str, **row: object) -> None:
    columns, values = ", ".join(row), ", ".join(f":{column}" for column in row)
    connection.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({values})"), row)


@pytest.fixture
def old(address: str) -> Iterator[Engine]:
    """A store of each kind at version 0005, with a study, a run of it, a log and its run."""
    engine = open_engine(address)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0005")
    with engine.begin() as connection:
        plan = "{}"
        _add(connection, "study", id=1, name="s", origin="run", plan=plan, plan_hash=HASH, created_at=TIME)
        _add(connection, "arm", id=1, study_id=1, name="a")
        _add(connection, "run", id=1, name="s/a/1", model="m", arm_id=1, seed=1, created_at=TIME)
        _add(
            connection,
            "log",
            id=1,
            sha256=HASH,
            path="a.eval",
            n_bytes=1,
            framework="inspect",
            responses=0,
            omitted=0,
            imported_at=TIME,
        )
        _add(
            connection,
            "run",
            id=2,
            name="i/m",
            model="m",
            framework="inspect",
            log_hash=HASH,
            created_at=TIME,
        )
    yield engine
    engine.dispose()


def test_what_was_there_stays_and_nothing_of_it_is_sealed(old: Engine) -> None:
    bring_up_to_date(old, MIGRATIONS)

    with reading(old) as session:
        (study,) = list_studies(session)
        rows = session.execute(text("SELECT id, framework, hours FROM run ORDER BY id")).all()
    assert (study.name, study.validation_split, study.sealed_split, study.sealed) == ("s", None, None, False)
    assert [tuple(row) for row in rows] == [(1, None, None), (2, "inspect", None)]


def test_the_closed_lists_take_the_new_words_and_refuse_others_as_before(old: Engine) -> None:
    bring_up_to_date(old, MIGRATIONS)

    with old.begin() as connection:
        _add(connection, "run", id=3, name="t", model="t", framework="table", log_hash=HASH, created_at=TIME)
        _add(
            connection, "study", id=2, name="i", origin="imported", plan="{}", plan_hash=HASH, created_at=TIME
        )
    for table, column in (("run", "framework"), ("study", "origin")):
        with old.connect() as connection, pytest.raises(IntegrityError):
            connection.execute(text(f"UPDATE {table} SET {column} = 'nonsense' WHERE id = 2"))
    with old.connect() as connection, pytest.raises(IntegrityError):
        connection.execute(text("UPDATE log SET path = 'b'"))


def test_a_store_that_was_brought_up_to_date_is_whole(old: Engine) -> None:
    """SQLite's own check of its file passes after the statement of a table was edited in place."""
    bring_up_to_date(old, MIGRATIONS)

    if old.dialect.name == "sqlite":
        with old.connect() as connection:
            assert connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
    broken = {violation.rule for violation in examine(old, None)}
    assert broken <= {
        "plan_unchanged",
        "study_runs",
        "log_has_evaluation",
    }  # the rows above are no whole study
