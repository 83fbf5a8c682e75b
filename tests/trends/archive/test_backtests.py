"""Finished back-tests on both stores: written once, listed by number, read back as they were measured."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import CheckConstraint, Engine, text
from sqlalchemy.exc import IntegrityError

from nophantom.errors import InvalidInput, NotFound, Unreadable
from nophantom.store.base import Base
from nophantom.store.engine import reading, writing
from nophantom.trends.archive.backtests import (
    list_backtests,
    page_backtests,
    read_backtest,
    record_backtest,
)
from nophantom.trends.backtest.result import BacktestResult, Replayed

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
RESULT = BacktestResult(
    Replayed(date(2022, 3, 1), date(2022, 6, 1), 900, 800, 70, "f" * 64, 11, ("ai_lab_feeds",)), "nophantom"
)
OTHER = replace(RESULT, replayed=replace(RESULT.replayed, seed=12, simulated=True))
ROW = {
    "id": 9,
    "at": "2026-01-02 03:04:05.000006",
    "first_day": "2022-03-01",
    "last_day": "2022-06-01",
    "parameters_hash": "f" * 64,
    "simulated": False,
    "digest": "e" * 64,
    "result": "{}",
}
"""A row that would be taken."""


def record(engine: Engine, result: BacktestResult) -> int:
    with writing(engine) as session:
        return record_backtest(session, result, at=AT)


def insert(engine: Engine, **changes: Any) -> None:
    row = {**ROW, **changes}
    with engine.begin() as connection:
        connection.execute(
            text(f"INSERT INTO backtest ({', '.join(row)}) VALUES ({', '.join(f':{name}' for name in row)})"),
            row,
        )


def test_an_equal_result_is_stored_once_and_read_back_as_it_was(engine: Engine) -> None:
    assert [record(engine, one) for one in (RESULT, OTHER, RESULT)] == [1, 2, 1]
    with reading(engine) as session:
        found = list_backtests(session)
        assert [(one.number, one.at, one.result) for one in found] == [(1, AT, RESULT), (2, AT, OTHER)]
        assert read_backtest(session, 2) == found[1]
        with pytest.raises(NotFound, match="there is no back-test 3"):
            read_backtest(session, 3)


def test_pages_by_number_of_real_or_of_simulated_ones(engine: Engine) -> None:
    record(engine, RESULT)
    record(engine, OTHER)
    with reading(engine) as session:
        first = page_backtests(session, limit=1)
        assert [one.number for one in first.items] == [2]
        second = page_backtests(session, limit=1, cursor=first.next_cursor)
        assert ([one.number for one in second.items], second.next_cursor) == ([1], None)
        assert [one.number for one in page_backtests(session, sort="number").items] == [1, 2]
        assert [one.number for one in page_backtests(session, simulated=True).items] == [2]
        assert page_backtests(session, simulated=False).total == 1
        with pytest.raises(InvalidInput, match="there is no sort"):
            page_backtests(session, sort="colour")


def test_what_another_version_stored_is_refused_by_name(sqlite_engine: Engine) -> None:
    insert(sqlite_engine)
    with reading(sqlite_engine) as session, pytest.raises(Unreadable, match="replayed is None"):
        read_backtest(session, 9)


RULES: dict[str, dict[str, Any]] = {
    "ck_backtest_last_is_not_before_first": {"last_day": "2022-02-28"},
    "ck_backtest_parameters_hash_is_sha256": {"parameters_hash": "f" * 63},
    "ck_backtest_digest_is_sha256": {"digest": "e"},
}


def test_the_store_refuses_what_cannot_be_and_every_change(engine: Engine) -> None:
    checks = {
        str(c.name) for c in Base.metadata.tables["backtest"].constraints if isinstance(c, CheckConstraint)
    }
    assert checks == RULES.keys()
    for changes in [*RULES.values(), *({name: None} for name in ROW if name != "id")]:
        with pytest.raises(IntegrityError):
            insert(engine, **changes)
    insert(engine)
    with pytest.raises(IntegrityError):
        insert(engine, id=10)  # the digest is there
    for statement in ("UPDATE backtest SET result = result", "DELETE FROM backtest"):
        with pytest.raises(IntegrityError, match="append-only"), engine.begin() as connection:
            connection.execute(text(statement))
