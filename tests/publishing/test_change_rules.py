"""What changed between snapshots is sound; every rule broken behind its back is named with its row."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import Engine
from tests.trends.changed_world import changed_world

from nophantom.publishing.change_rules import CHANGES
from nophantom.publishing.doctor import RULES
from nophantom.store.engine import reading


def broken(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """Rows that break a rule, by its name."""
    with reading(engine) as session:
        found = {rule.name: [dict(row) for row in rule.check(session, None)] for rule in CHANGES}
    return {name: rows for name, rows in found.items() if rows}


def test_what_the_product_writes_is_sound(engine: Engine) -> None:
    assert broken(engine) == {}
    assert broken(changed_world(engine)) == {}


BROKEN: list[tuple[str, str, dict[str, Any]]] = [
    ("changes_books", "DELETE FROM signal_fate WHERE fate = 'ended'", {"snapshot": 2, "ended": 0}),
    ("changes_books", "UPDATE snapshot_change SET ended = 2, signals_before = 7", {"signals_before": 7}),
    ("changes_books", "UPDATE snapshot SET signals = 5 WHERE id = 1", {"found_before": 5}),
    ("changes_books", "UPDATE snapshot SET signals = 5 WHERE id = 2", {"found_now": 5}),
    ("changes_books", "UPDATE snapshot_change SET phases_changed = 0", {"snapshot": 2}),
    ("changes_of_signals", "UPDATE signal_fate SET fate = 'new' WHERE fate = 'ended'", {"fate": "new"}),
    ("changes_of_signals", "DELETE FROM signal WHERE snapshot_id = 2", {"fate": "still"}),
    ("changes_since_before", "UPDATE snapshot SET simulated = 1 WHERE id = 1", {"snapshot": 2, "before": 1}),
    ("changes_since_before", "UPDATE snapshot SET as_of = '2022-12-21' WHERE id = 1", {"before": 1}),
]


@pytest.mark.parametrize(("rule", "statement", "row"), BROKEN, ids=[one[1] for one in BROKEN])
def test_a_rule_that_is_broken_behind_the_back_of_the_product_is_named_with_its_row(
    sqlite_engine: Engine, rule: str, statement: str, row: dict[str, Any]
) -> None:
    changed_world(sqlite_engine)
    with closing(sqlite3.connect(str(sqlite_engine.url.database), isolation_level=None)) as connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (trigger,) in triggers:
            connection.execute(f"DROP TRIGGER {trigger}")
        connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute("PRAGMA ignore_check_constraints=ON")
        assert connection.execute(statement).rowcount > 0
    found = broken(sqlite_engine)[rule]
    assert any(row.items() <= told.items() for told in found), found


def test_every_rule_is_broken_by_a_case_and_asked_by_the_doctor() -> None:
    assert {rule for rule, *_ in BROKEN} == {rule.name for rule in CHANGES}
    assert {rule.name for rule in CHANGES} <= {rule.name for rule in RULES}
