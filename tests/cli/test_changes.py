"""What changed since the snapshot before, as the command line and the API tell it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.trends.changed_world import LATER, changed_world
from tests.trends.recommended_world import DAY
from typer.testing import CliRunner

from nophantom.api.app import create
from nophantom.cli.main import app
from nophantom.errors import NotFound
from nophantom.settings import MIGRATIONS, Settings
from nophantom.store.engine import open_engine
from nophantom.store.versions import bring_up_to_date

SINCE = (
    f"since {DAY}: 2 withdrawn, 1 ended, 1 beyond history, 1 not shown, 1 new, 1 in another phase; 1 of 6 signals "
    "are signals still"
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("changes")
    engine = open_engine(f"sqlite:///{folder / 'nophantom.db'}")
    bring_up_to_date(engine, MIGRATIONS)
    changed_world(engine).dispose()
    return folder


def run(home: Path, *words: str) -> str:
    said = CliRunner().invoke(app, ["trends", *words, "--home", str(home)])
    assert said.exit_code == 0, said.output
    return " ".join(said.output.split())


def test_every_change_is_told_with_its_reason(home: Path) -> None:
    said = run(home, "changes")

    assert SINCE in said
    for line in (
        "withdrawn, merged Merged: its name is counted as Zorb now (decision 3 of people)",
        "withdrawn, corrected Corrected: of its 5 documents 2 still counted, 3 in one story with others of them",
        f"ended Ended: its tracking ended on {LATER}: its rate was 0.8 (0.2 to 1.2) times that before its onset",
        "beyond history Old: its onset on 2022-11-20 was judged by days before 2022-10-01, which are read no more",
        "not shown Flash: 4 stories in the last 28 days, e-value 2.7 where 20 is asked for",
        "new Fresh: shown, growing",
        "still Zorb: emerging before, growing now",
    ):
        assert line in said
    assert "No earlier snapshot was there" in run(home, "changes", "--as-of", str(DAY))


def test_the_changes_are_told_to_machines(home: Path) -> None:
    told = json.loads(run(home, "changes", "--json"))

    assert told["changes"]["before"]["as_of"] == str(DAY)
    assert told["changes"]["counts"]["withdrawn"] == 2
    merged = told["changes"]["fates"][1]
    assert (merged["slug"], merged["reason"], merged["numbers"]["into"]) == ("merged", "merged", "zorb")
    assert json.loads(run(home, "changes", "--as-of", str(DAY), "--json"))["changes"] is None


def test_what_became_of_one_topic_is_told_from_an_old_day_as_well(home: Path) -> None:
    told = f"as of {LATER} (snapshot 2): withdrawn, merged Merged: its name is counted as Zorb now"

    assert told in run(home, "changes", "merged")
    assert told in run(home, "changes", "MERGED", "--as-of", str(DAY))
    (one,) = json.loads(run(home, "changes", "merged", "--json"))["fates"]
    assert (one["as_of"], one["snapshot"], one["fate"], one["reason"]) == (
        str(LATER),
        2,
        "withdrawn",
        "merged",
    )
    said = CliRunner().invoke(app, ["trends", "changes", "nowhere", "--home", str(home)])
    assert isinstance(said.exception, NotFound)


def test_a_list_of_signals_says_in_one_line_what_changed(home: Path) -> None:
    assert f"{SINCE} (`nophantom trends changes`)" in run(home, "signals")
    assert "since" not in run(home, "signals", "--as-of", str(DAY))
    assert "since" not in run(home, "watchlist")


@pytest.fixture
def client(home: Path) -> Iterator[TestClient]:
    with TestClient(create(Settings(home=home)), base_url="http://127.0.0.1:8765") as opened:
        yield opened


def test_the_api_tells_the_changes_of_a_snapshot(client: TestClient) -> None:
    told = client.get("/api/v1/snapshots/latest/changes").json()

    assert (told["before"]["id"], told["counts"]["still"], told["phases_changed"]) == (1, 1, 1)
    assert [one["slug"] for one in told["fates"]] == [
        "corrected",
        "merged",
        "ended",
        "old",
        "flash",
        "fresh",
        "zorb",
    ]
    assert told["fates"][1]["says"] == "its name is counted as Zorb now (decision 3 of people)"
    first = client.get("/api/v1/snapshots/1/changes").json()
    assert first == {"before": None, "counts": {}, "phases_changed": 0, "fates": []}
    assert client.get("/api/v1/snapshots/9/changes").status_code == 404


def test_a_page_of_a_topic_tells_what_became_of_it(client: TestClient) -> None:
    def told(slug: str, snapshot: int) -> list[tuple[int, str]]:
        page = client.get(f"/api/v1/topics/{slug}?snapshot={snapshot}").json()
        return [(one["snapshot_id"], one["says"]) for one in page["fates"]]

    withdrawn = [(2, "its name is counted as Zorb now (decision 3 of people)")]
    assert told("merged", 2) == withdrawn
