"""Back-tests over HTTP: every number is the stored one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import orjson
import pytest
from fastapi.testclient import TestClient
from tests.trends.backtest.test_report import BARE, a_result

from nophantom.api.app import create
from nophantom.settings import MIGRATIONS, Settings
from nophantom.store.engine import open_engine, writing
from nophantom.store.versions import bring_up_to_date
from nophantom.trends.archive.backtests import record_backtest
from nophantom.trends.backtest.report import headline
from nophantom.trends.backtest.result import result_text

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
PATH = "/api/v1/backtests"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A server over two back-tests: one that measured nothing, then one that measured everything."""
    home = tmp_path_factory.mktemp("home")
    engine = open_engine(f"sqlite:///{home / 'nophantom.db'}")
    bring_up_to_date(engine, MIGRATIONS)
    with writing(engine) as session:
        for result in (BARE, a_result()):
            record_backtest(session, result, at=AT)
    engine.dispose()
    with TestClient(create(Settings(home=home)), base_url="http://127.0.0.1") as opened:
        yield opened


def test_back_tests_are_listed_the_latest_first_with_what_came_out(client: TestClient) -> None:
    page = client.get(PATH, params={"limit": 1}).json()
    assert (page["total"], [one["number"] for one in page["items"]]) == (2, [2])
    assert page["items"][0]["headline"] == headline(a_result())
    [older] = client.get(PATH, params={"limit": 1, "cursor": page["next_cursor"]}).json()["items"]
    assert (older["number"], older["at"], older["headline"]) == (
        1,
        "2026-01-02T03:04:05Z",
        "Nothing was measured.",
    )
    assert client.get(PATH, params={"simulated": True}).json()["items"] == []


def test_every_number_of_a_back_test_is_the_stored_one(client: TestClient) -> None:
    told = client.get(f"{PATH}/2").json()
    truth = orjson.loads(result_text(a_result()))
    for name in ("replayed", "tiers", "ours", "recalls", "lead_shares", "nulls", "relevance", "churn"):
        assert _is_within(told[name], truth[name]), name
    assert told["rules"][0] == told["ours"]
    [lag] = [lag for lag in told["churn"][0]["lags"] if lag["lag"] == 1]
    assert lag["share"] == lag["left"] / lag["listed"]


def _is_within(told: object, truth: object) -> bool:
    """Whether all that is told is so; what is told beside it, or kept back, is not asked about."""
    if isinstance(told, dict) and isinstance(truth, dict):
        return all(_is_within(told[name], truth[name]) for name in told.keys() & truth.keys())
    if isinstance(told, list) and isinstance(truth, list):
        return len(told) == len(truth) and all(map(_is_within, told, truth))
    return told == truth


def test_what_was_not_measured_is_empty_and_what_is_not_there_is_said(client: TestClient) -> None:
    bare = client.get(f"{PATH}/1").json()
    assert [bare[name] for name in ("nulls", "recalls", "leads", "relevance", "churn")] == [
        [],
        [],
        [],
        [],
        [],
    ]
    answer = client.get(f"{PATH}/3")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
