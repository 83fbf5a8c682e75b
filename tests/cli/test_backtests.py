"""`nophantom trends backtest` as a person meets it, on a small simulated world."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.trends.backtest.simulated import ONSET, day, documents

from nophantom.settings import MIGRATIONS
from nophantom.store.engine import open_engine
from nophantom.store.versions import bring_up_to_date
from nophantom.trends.worlds import as_record

Cli = Callable[..., Any]
BACKTEST = ("trends", "backtest", "--simulated")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, json_of_command: Callable[..., Any]) -> Path:
    """A home with the simulated world in its archive; back-tests add their results to it."""
    folder = tmp_path_factory.mktemp("simulated")
    archive = folder / "world.jsonl"
    archive.write_bytes(b"\n".join(orjson.dumps(as_record(document)) for document in documents()) + b"\n")
    json_of_command("trends", "import", archive, "--home", folder / "home")
    return folder / "home"


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    record = {
        "technology": "Zorblax",
        "aliases": [],
        "first_seen": str(day(ONSET + 20)),
        "ring_dates": {},
        "clean_positive": True,
    }
    (tmp_path / "truth").mkdir()
    (tmp_path / "truth" / "radar_targets.jsonl").write_bytes(orjson.dumps(record) + b"\n")
    return tmp_path / "truth"


def test_a_back_test_of_an_archive_tells_its_leads_and_writes_its_report(
    nophantom_cli: Cli, world: Path, truth: Path, tmp_path: Path
) -> None:
    out = tmp_path / "report"
    days = ("--from", day(80), "--to", day(ONSET + 22))
    parts = ("--only", "leads", "--only", "null")

    told = nophantom_cli(*BACKTEST, "--quick", *days, *parts, "--truth", truth, "--out", out, home=world)

    assert told.status == 0
    assert "SIMULATED" in told.out
    assert "Of 10 snapshots in which nothing could be found, 0 flagged something." in told.out
    assert "kleinberg" in told.out
    assert sorted(path.name for path in out.iterdir()) == ["backtest.html", "backtest.json", "backtest.md"]
    result = orjson.loads((out / "backtest.json").read_bytes())
    [lead] = [
        lead
        for one in result["leads"]
        for lead in one["leads"]
        if one["rule"] == "nophantom" and lead["listed"] == "signals"
    ]
    assert lead["reference"]["name"] == "Zorblax"
    assert 10 <= lead["days"] <= 18
    page = (out / "backtest.md").read_text()
    assert "SIMULATED" in page
    assert "Zorblax" in page


def test_one_part_of_a_few_days_as_json(nophantom_cli: Cli, world: Path) -> None:
    days = ("--from", day(58), "--to", day(60))
    told = nophantom_cli(*BACKTEST, *days, "--only", "null", "--seeds", "2", "--json", home=world)

    assert told.json["replayed"]["simulated"] is True
    assert told.json["nulls"][0]["flags"][0]["n"] == 6  # the three days there are, for each seed
    assert told.json["recalls"] == []


def test_a_finished_back_test_is_stored_once_and_shown_again(
    nophantom_cli: Cli, world: Path, tmp_path: Path
) -> None:
    one_day = ("--from", day(58), "--to", day(58), "--only", "null", "--seeds", "1", "--json")

    first, second = (nophantom_cli(*BACKTEST, *one_day, home=world) for _ in range(2))

    listed = nophantom_cli("trends", "backtests", "--json", home=world).json["backtests"]
    [stored] = [one for one in listed if one["last"] == str(day(58))]
    assert (stored["first"], stored["simulated"], len(stored["digest"])) == (str(day(58)), True, 64)
    number, report = stored["number"], tmp_path / "report"
    again = nophantom_cli("trends", "backtests", number, "--json", "--out", report, home=world)
    assert first.out == second.out == again.out == (report / "backtest.json").read_text()
    line = f"{number}  SIMULATED {day(58)} to {day(58)}, measured on"
    assert line in nophantom_cli("trends", "backtests", home=world).out
    assert "SIMULATED" in nophantom_cli("trends", "backtests", number, home=world).out
    assert nophantom_cli("trends", "backtests", 99, home=world).status == 3
    assert "say which" in nophantom_cli("trends", "backtests", "--out", tmp_path, home=world).err


def test_a_home_without_back_tests_says_how_to_make_one(nophantom_cli: Cli, tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'nophantom.db'}")
    bring_up_to_date(engine, MIGRATIONS)
    engine.dispose()
    told = nophantom_cli("trends", "backtests", home=tmp_path)
    assert (told.status, told.out) == (0, "")
    assert "No back-test was finished yet" in told.err


def test_what_is_missing_or_unknown_is_one_sentence(nophantom_cli: Cli, world: Path, tmp_path: Path) -> None:
    wrong = {
        ("--only", "everything"): "'everything' is no part of a back-test; choose from lists, null",
        ("--from", day(9), "--to", day(8)): "a back-test ends on or after its first day",
        ("--truth", tmp_path): "holds no list of references",
        ("--labels", tmp_path / "none.csv"): "is no file. Name a CSV file with labels",
        ("--to", day(0) - timedelta(days=9)): "the archive has no documents up to 2000-12-23",
    }
    for words, sentence in wrong.items():
        told = nophantom_cli(*BACKTEST, *words, home=world)
        assert sentence in told.err
        assert told.status in {3, 4}
