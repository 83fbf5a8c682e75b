"""Version 0007 on a database that holds studies of before: nothing lost, more words, the old rules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

import nophantom
from nophantom.store.engine import open_engine
from nophantom.store.versions import bring_up_to_date

MIGRATIONS = Path(nophantom.__file__).parent / "migrations"
TIME = "2026-01-02 03:04:05.000006"
HASH = "0123456789abcdef" * 4


def _add(connection: Connection, table: str, **row: object) -> None:
    columns, values = ", ".join(row), ", ".join(f":{column}" for column in row)
    connection.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({values})"), row)


@pytest.fixture
def old(address: str) -> Iterator[Engine]:
    """A store of each kind at version 0006, with a study, a run, a look and a finding."""
    engine = open_engine(address)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0006")
    with engine.begin() as connection:
        _add(connection, "study", id=1, name="s", origin="run", plan="{}", plan_hash=HASH, created_at=TIME)
        _add(connection, "arm", id=1, study_id=1, name="a")
        _add(connection, "run", id=1, name="s/a/1", model="m", arm_id=1, seed=1, created_at=TIME)
        _add(connection, "look", id=1, study_id=1, question="seeds", reason="r", made_at=TIME)
        _add(
            connection,
            "finding",
            id=1,
            study_id=1,
            question="gate",
            inputs_hash=HASH,
            result="{}",
            made_at=TIME,
        )
    yield engine
    engine.dispose()


def test_what_was_there_stays_and_the_closed_lists_take_the_new_words(old: Engine) -> None:
    bring_up_to_date(old, MIGRATIONS)

    with old.begin() as connection:
        for number, question in enumerate(("effects", "probes"), 2):
            _add(connection, "look", id=number, study_id=1, question=question, reason="r", made_at=TIME)
        _add(
            connection,
            "run",
            id=2,
            name="n",
            model="n",
            framework="nophantom",
            log_hash=HASH,
            created_at=TIME,
        )
        asked = connection.execute(text("SELECT question FROM look ORDER BY id")).scalars().all()
        found = connection.execute(text("SELECT question FROM finding")).scalars().all()
    assert (asked, found) == (["seeds", "effects", "probes"], ["gate"])


@pytest.mark.parametrize(("table", "column"), [("look", "question"), ("run", "framework")])
def test_other_words_are_refused_as_before(old: Engine, table: str, column: str) -> None:
    bring_up_to_date(old, MIGRATIONS)

    rows = {
        "look": {"id": 9, "study_id": 1, "question": "nonsense", "reason": "r", "made_at": TIME},
        "run": {
            "id": 9,
            "name": "n",
            "model": "n",
            "framework": "nonsense",
            "log_hash": HASH,
            "created_at": TIME,
        },
    }
    with old.connect() as connection, pytest.raises(IntegrityError) as refusal:
        _add(connection, table, **rows[table])
    assert f"ck_{table}_{column}" in str(refusal.value.orig)


def test_the_file_is_whole_after_its_rules_were_edited_in_place(old: Engine) -> None:
    bring_up_to_date(old, MIGRATIONS)

    if old.dialect.name == "sqlite":
        with old.connect() as connection:
            assert connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
