"""Names that are counted as another topic, and the self-test, as the doors tell them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from tests.trends.named_world import a_named_store, on
from typer.testing import CliRunner

from nophantom.api.app import create
from nophantom.cli.main import app
from nophantom.settings import Settings
from nophantom.store.engine import open_engine

AS_OF = str(on(88))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("names")
    a_named_store(folder)
    said = CliRunner().invoke(app, ["trends", "detect", "--as-of", AS_OF, "--home", str(folder)])
    assert said.exit_code == 0, said.output
    assert "1 names are counted" not in said.output
    assert "1 name is counted as another topic" in said.output
    return folder


def run(home: Path, *words: str) -> str:
    said = CliRunner().invoke(app, ["trends", *words, "--home", str(home)])
    assert said.exit_code == 0, said.output
    return said.output


def test_the_names_of_a_snapshot_are_listed_with_their_evidence(home: Path) -> None:
    said = run(home, "names")

    assert "QV" in said
    assert "is Quux Vint" in said
    assert "sources spell it out" in said
    assert "No name is counted" in run(home, "names", "nothing of that kind")
    told = json.loads(run(home, "names", "quux", "--json"))
    assert [(one["alias"], one["topic"], one["kind"]) for one in told["names"]] == [
        ("qv", "quuxvint", "acronym")
    ]


def test_explain_finds_a_topic_by_its_other_name_and_says_that_it_is_one(home: Path) -> None:
    said = run(home, "explain", "QV")

    assert said.count("Quux Vint") >= 1
    assert "also counted: QV (acronym:" in said
    assert "ambiguous: its name stands for Mab Xor" in run(home, "explain", "MX")


def test_a_self_test_that_fails_is_a_warning_wherever_the_snapshot_is_shown(
    home: Path, tmp_path: Path
) -> None:
    (tmp_path / "nophantom.db").write_bytes((home / "nophantom.db").read_bytes())
    engine = open_engine(f"sqlite:///{tmp_path / 'nophantom.db'}")
    with engine.begin() as connection:
        connection.execute(text("DROP TRIGGER tier_check_refuses_update"))
        connection.execute(
            text("UPDATE tier_check SET topics = 10, reached = 8 WHERE tier = 2 AND level = 20")
        )
    engine.dispose()

    assert "Calibration warning" not in run(home, "detect", "--as-of", AS_OF)
    said = " ".join(run(tmp_path, "signals", "--as-of", AS_OF).split())
    assert "Calibration warning: where nothing can be there, e-values of 20 came 16.0 times as often" in said


@pytest.fixture
def client(home: Path) -> Iterator[TestClient]:
    settings = Settings(home=home)
    with TestClient(create(settings), base_url="http://127.0.0.1:8765") as opened:
        yield opened


def test_the_api_tells_names_and_self_test_with_the_snapshot(client: TestClient) -> None:
    told = client.get("/api/v1/snapshots/latest").json()

    assert told["calibrated"] is True
    assert {check["tier"] for check in told["self_test"]} == {0, 1, 2, 3, 4}
    (name,) = told["names"]
    assert (name["alias_name"], name["topic_name"], name["decision_id"]) == ("QV", "Quux Vint", None)

    topic = client.get("/api/v1/topics/quuxvint").json()
    assert topic["names"] == told["names"]
    assert (topic["meanings"], topic["counted_as"]) == ([], None)
    other = client.get("/api/v1/topics/QV")
    assert other.status_code == 404
    assert "counted as 'Quux Vint'. Ask for /api/v1/topics/quuxvint" in other.json()["message"]
    ambiguous = client.get("/api/v1/topics/mx").json()
    assert {one["phrase"] for one in ambiguous["meanings"]} == {"Mab Xor", "Mel Xin"}


def test_explain_reckons_a_topic_again_by_its_other_name(home: Path) -> None:
    """On a day on which the topic is no candidate yet."""
    early = str(on(66))
    run(home, "detect", "--as-of", early)

    assert "Quux Vint" in run(home, "explain", "QV", "--as-of", early)
