"""What the product recommends and people decide is sound; every rule broken behind its back is named with its row."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from tests.trends.recommended_world import AT, DAY, Planted, add_documents, add_snapshot

from nophantom.publishing.doctor import RULES
from nophantom.publishing.recommendation_rules import RECOMMENDATIONS
from nophantom.settings import MIGRATIONS
from nophantom.store.engine import open_engine, reading, writing
from nophantom.store.versions import bring_up_to_date
from nophantom.trends.archive.deciding import decide, undo_decision
from nophantom.trends.archive.recommending import recommend_snapshot, score_due
from nophantom.trends.decisions import DecisionKind

ZORB, GRAULT = Planted("zorb", (2, 1, 3, 4), momentum_low=5.0), Planted("grault", (5, 6))


def fill(engine: Engine) -> Engine:
    """Signals 1 (`zorb`) and 2 (`grault`) are recommended on and scored; 3 and 4 are not; two decisions, one undone."""
    add_documents(engine)
    add_snapshot(engine, [ZORB, GRAULT])
    add_snapshot(engine, [ZORB, GRAULT], as_of=DAY + timedelta(90))
    with writing(engine) as session:
        recommend_snapshot(session, 1, at=AT)
        score_due(session, 2, at=AT)
        decide(session, DecisionKind.MUTE, "zorb", at=AT)
        undo_decision(session, 1, at=AT + timedelta(hours=1))
        decide(session, DecisionKind.MUTE, "zorb", at=AT + timedelta(hours=2))
    return engine


@pytest.fixture(scope="module")
def filled_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `fill` makes, on SQLite; to be copied, never opened."""
    home = tmp_path_factory.mktemp("filled")
    engine = open_engine(f"sqlite:///{home / 'nophantom.db'}")
    bring_up_to_date(engine, MIGRATIONS)
    fill(engine).dispose()
    return home


@pytest.fixture
def filled(filled_home: Path, tmp_path: Path) -> Iterator[Engine]:
    """A copy of one's own of what `fill` makes, to be spoilt."""
    shutil.copytree(filled_home, tmp_path / "filled")
    engine = open_engine(f"sqlite:///{tmp_path / 'filled' / 'nophantom.db'}")
    yield engine
    engine.dispose()


def broken(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """Rows that break a rule, by its name."""
    with reading(engine) as session:
        found = {rule.name: [dict(row) for row in rule.check(session, None)] for rule in RECOMMENDATIONS}
    return {name: rows for name, rows in found.items() if rows}


def test_what_the_product_writes_is_sound(engine: Engine) -> None:
    assert broken(engine) == {}
    assert broken(fill(engine)) == {}


BROKEN: list[tuple[str, str, dict[str, Any]]] = [
    (
        "recommendation_books",
        "DELETE FROM recommendation WHERE signal_id = 2 AND role = 'executive'",
        {"signal": 2, "answers": 4},
    ),
    (
        "recommendation_books",
        "UPDATE recommendation SET role = 'investor' WHERE signal_id = 1 AND role = 'developer'",
        {"signal": 1, "answers": 5},
    ),
    (
        "recommendation_books",
        "UPDATE recommendation SET no_action = 'settled' WHERE signal_id = 1 AND role = 'developer'",
        {"signal": 1, "recommendations": 4, "no_action": 2},
    ),
    (
        "recommended_whole",
        "DELETE FROM recommendation_basis WHERE signal_id = 2",
        {"snapshot": 1, "signal": 2},
    ),
    (
        "recommendation_rests_on_evidence",
        "UPDATE recommendation_document SET document_id = 7 WHERE recommendation_id = 1 AND position = 3",
        {"recommendation": 1, "position": 3, "document": 7},
    ),
    (
        "recommendation_rests_on_evidence",
        "DELETE FROM recommendation_document WHERE recommendation_id = 1 AND position = 2",
        {"recommendation": 1, "position": 3},
    ),
    (
        "recommendation_rests_on_evidence",
        "UPDATE recommendation SET action = NULL WHERE id = 1",
        {"recommendation": 1, "position": 1},
    ),
    (
        "scored_when_due",
        "UPDATE recommendation_score SET checked_on = '2022-12-21' WHERE recommendation_id = 1",
        {"recommendation": 1, "checked_on": "2022-12-21"},
    ),
    (
        "scored_when_due",
        "UPDATE recommendation_score SET snapshot_id = 1 WHERE recommendation_id = 1",
        {"recommendation": 1, "as_of": "2022-12-20"},
    ),
    (
        "scored_when_due",
        "INSERT INTO recommendation_score SELECT 1, '2023-03-21', 'failed', 2, '{}', at FROM decision_undo",
        {"recommendation": 1, "checked_on": "2023-03-21"},
    ),
    (
        "decisions_agree",
        "DELETE FROM decision_undo",
        {"seen": "decision 1 (mute 'zorb') holds: undo that first."},
    ),
    ("decisions_agree", "UPDATE decision SET kind = 'whatever'", {}),
    ("undone_after", "UPDATE decision_undo SET at = '2020-01-01 00:00:00.000000'", {"decision": 1}),
]


@pytest.mark.parametrize(("rule", "statement", "row"), BROKEN, ids=[one[1] for one in BROKEN])
def test_a_rule_that_is_broken_behind_the_back_of_the_product_is_named_with_its_row(
    filled: Engine, rule: str, statement: str, row: dict[str, Any]
) -> None:
    with closing(sqlite3.connect(str(filled.url.database), isolation_level=None)) as connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (trigger,) in triggers:
            connection.execute(f"DROP TRIGGER {trigger}")
        connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute("PRAGMA ignore_check_constraints=ON")
        if "role = 'investor'" in statement:  # what forbids it is a unique index, which no pragma turns off
            for part in (
                "CREATE TABLE loose AS SELECT * FROM recommendation",
                "DROP TABLE recommendation",
                "ALTER TABLE loose RENAME TO recommendation",
            ):
                connection.execute(part)
        assert connection.execute(statement).rowcount > 0
    found = broken(filled)[rule]
    assert any(row.items() <= told.items() for told in found), found


def test_every_rule_is_broken_by_a_case_and_asked_by_the_doctor() -> None:
    assert {rule for rule, *_ in BROKEN} == {rule.name for rule in RECOMMENDATIONS}
    assert {rule.name for rule in RECOMMENDATIONS} <= {rule.name for rule in RULES}
