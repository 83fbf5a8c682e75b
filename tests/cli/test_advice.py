"""`nophantom trends recommend` and `funnel`: what people should do, and the way there in numbers that are known."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.trends.recommended_world import AT, DAY, Planted, add_documents, add_snapshot

from nophantom.clock import now
from nophantom.settings import MIGRATIONS
from nophantom.store.engine import open_engine, writing
from nophantom.store.versions import bring_up_to_date
from nophantom.trends.archive.deciding import decide
from nophantom.trends.archive.recommending import recommend_snapshot, score_due
from nophantom.trends.decisions import DecisionKind
from nophantom.trends.gates import CandidateDrop
from nophantom.trends.phases import Standing

Cli = Callable[..., Any]
PARAMETERS = '{"phantom_below": 1.5, "q": 0.1, "technology_only": true}'
ZORB = Planted("zorb", (2, 1, 3, 4), momentum_low=5.0)
PAPERS = Planted("papers", (5, 6), Standing.SHOWN, since_onset=None)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Snapshot 1 has the signals `zorb` and `papers`; snapshot 2, 28 days later, is checked against and not advised."""
    home = tmp_path_factory.mktemp("home")
    engine = open_engine(f"sqlite:///{home / 'nophantom.db'}")
    bring_up_to_date(engine, MIGRATIONS)
    add_documents(engine)
    add_snapshot(engine, [ZORB, PAPERS], drops={"a": CandidateDrop.SEASONAL}, parameters=PARAMETERS)
    with writing(engine) as session:
        recommend_snapshot(session, 1, at=AT)
    add_snapshot(engine, [ZORB], as_of=DAY + timedelta(28), parameters=PARAMETERS)
    with writing(engine) as session:
        score_due(session, 2, at=AT)
    engine.dispose()
    return home


@pytest.fixture
def hiding(home: Path, tmp_path: Path) -> Path:
    """A copy of the home in which `zorb` is muted."""
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "nophantom.db").write_bytes((home / "nophantom.db").read_bytes())
    engine = open_engine(f"sqlite:///{copy / 'nophantom.db'}")
    with writing(engine) as session:
        decide(session, DecisionKind.MUTE, "zorb", at=now())
    engine.dispose()
    return copy


RECOMMEND = ("trends", "recommend", "--as-of", str(DAY))


def test_every_signal_is_advised_on_for_every_role_with_its_rule_and_claim(
    nophantom_cli: Cli, home: Path
) -> None:
    told = nophantom_cli(*RECOMMEND, "--json", home=home).json

    assert [(one["slug"], one["role"]) for one in told["items"][4:6]] == [
        ("zorb", "executive"),
        ("papers", "developer"),
    ]
    assert len(told["items"]) == 2 * 5
    first, second = told["items"][:2]
    assert (first["action"], first["rule"], first["check_on"]) == ("trial", "developer_trial", "2023-03-20")
    assert first["says"].startswith("in 90 days still told of at least twice")
    assert first["documents"] == ["github:a/zorb@2022-12-01", "hn:2", "hn:3"]
    assert (second["action"], second["no_action"], second["why"]) == (
        None,
        "no_papers",
        "No paper of it was seen.",
    )
    assert told["hidden"] == []


def test_a_recommendation_is_shown_with_its_score_and_track_record(nophantom_cli: Cli, home: Path) -> None:
    """`papers` was to be confirmed in 28 days, and is no signal any more then."""
    told = nophantom_cli(*RECOMMEND, "--role", "researcher", "--json", home=home).json["items"]
    early = told[1]
    assert (early["rule"], early["score"], early["checked_on"]) == (
        "researcher_early",
        "failed",
        "2023-01-17",
    )
    record = early["track_record"]
    assert (record["given"], record["held"], record["failed"], record["waiting"]) == (1, 0, 1, 0)
    page = nophantom_cli(*RECOMMEND, "--role", "researcher", home=home).out
    assert "failed on 2023-01-17" in page
    assert "so far: 0 of 1 of this rule held (0%" in page
    assert "nothing: no papers" in page
    trial = nophantom_cli(*RECOMMEND, "--role", "developer", "--topic", "ZORB", home=home).out
    assert "so far: none of 1 of this rule decided yet" in trial
    assert "documents: github:a/zorb@2022-12-01, hn:2, hn:3" in trial
    assert "Papers" not in trial


def test_hidden_signals_are_counted_and_shown_on_demand(nophantom_cli: Cli, hiding: Path) -> None:
    ended = nophantom_cli(*RECOMMEND, home=hiding)
    assert "Zorb" not in ended.out
    assert "1 signals hidden by your decisions (1 mute); --all" in ended.err
    told = nophantom_cli(*RECOMMEND, "--json", home=hiding).json
    assert [(one["slug"], one["decision"]["number"]) for one in told["hidden"]] == [("zorb", 1)]
    for more in (("--all",), ("--topic", "zorb")):
        assert "Zorb" in nophantom_cli(*RECOMMEND, *more, home=hiding).out


def test_the_funnel_has_every_step_as_a_sum(nophantom_cli: Cli, home: Path) -> None:
    told = nophantom_cli("trends", "funnel", "1", "--json", home=home).json
    stages = {step["stage"]: step for step in told["stages"]}
    assert all(step["total"] == sum(step["parts"].values()) for step in told["stages"])
    assert stages["items"]["parts"] == {"documents": 7, "duplicates": 1, "dropped_again": 0, "no_id": 1}
    assert stages["candidates"]["parts"] == {"signals": 2, "watch": 1, "seasonal": 1}
    assert stages["recommendations"]["parts"] == {"shown": 5}
    page = nophantom_cli("trends", "funnel", "1", home=home).out.split("\n\n")
    assert [part.split("  ")[0] for part in page[1:]] == [
        "items",
        "documents",
        "read",
        "topics",
        "candidates",
        "signals x roles",
        "recommendations",
    ]
    assert page[6].splitlines()[-1].split() == ["no", "action:", "not", "discussed", "1"]


def test_the_funnel_counts_what_is_hidden_now(nophantom_cli: Cli, hiding: Path) -> None:
    assert nophantom_cli("trends", "funnel", "1", "--json", home=hiding).json["hidden"] == {"mute": 4}


def test_what_was_never_advised_on_says_so(nophantom_cli: Cli, home: Path) -> None:
    """The latest snapshot has a signal and no recommendation."""
    page = nophantom_cli("trends", "funnel", home=home).out
    assert page.count("unknown: nothing was recommended on this snapshot") == 2
    assert nophantom_cli("trends", "funnel", "latest", "--json", home=home).json["recommendations"] is None
    assert "Nothing was recommended on it" in nophantom_cli("trends", "recommend", home=home).err


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("trends", "recommend", "--role", "king"), 4, "'king' is none of developer, researcher"),
        (("trends", "recommend", "--topic", "watched"), 3, "'watched' is no signal as of 2023-01-17"),
        (("trends", "recommend", "--topic", "nowhere"), 3, "'nowhere' is no signal"),
        (("trends", "recommend", "--simulated"), 3, "there is no snapshot yet"),
        (("trends", "funnel", "first"), 4, "a snapshot is named by its number, or latest; got 'first'"),
        (("trends", "funnel", "7"), 3, "there is no snapshot 7"),
    ],
)
def test_every_wrong_question_gets_one_sentence_and_its_status(
    nophantom_cli: Cli, home: Path, arguments: tuple[str, ...], status: int, words: str
) -> None:
    ended = nophantom_cli(*arguments, home=home)
    assert (ended.status, ended.out) == (status, "")
    assert words in " ".join(ended.err.split())
