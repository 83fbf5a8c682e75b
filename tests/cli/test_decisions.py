"""`nophantom trends decide`, `decisions`, `undo` and `follow`: one record, and lists that tell what it hides."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nophantom.cli.decisions import What
from nophantom.clock import now
from nophantom.publishing.crowd import crowd
from nophantom.settings import MIGRATIONS
from nophantom.store.engine import open_engine, reading, writing
from nophantom.store.versions import bring_up_to_date
from nophantom.trends.archive.leads import follow_topic, followed_topics
from nophantom.trends.archive.snapshots import list_candidates, snapshot_json
from nophantom.trends.decisions import DecisionKind
from nophantom.trends.signals import Place

Cli = Callable[..., Any]


@pytest.fixture(scope="module")
def undecided(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A database with a simulated snapshot of six signals, four watched topics and three drops."""
    home = tmp_path_factory.mktemp("home")
    engine = open_engine(f"sqlite:///{home / 'nophantom.db'}")
    bring_up_to_date(engine, MIGRATIONS)
    crowd(engine, home, signals=6, watch=4, drops=3)
    engine.dispose()
    return (home / "nophantom.db").read_bytes()


@pytest.fixture
def home(undecided: bytes, tmp_path: Path) -> Path:
    """A home of its own with that database."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "nophantom.db").write_bytes(undecided)
    return home


def slugs(home: Path, place: Place) -> list[str]:
    """As lists show them: signals by the lower bound of the momentum, the watch list by evidence."""
    sort = "log_e" if place is Place.WATCH else "momentum_low"
    engine = open_engine(f"sqlite:///{home / 'nophantom.db'}")
    with reading(engine) as session:
        found = [c.slug for c in list_candidates(session, 1, place=place, sort=sort)]
    engine.dispose()
    return found


def test_a_hidden_row_is_counted_and_shown_on_demand(nophantom_cli: Cli, home: Path) -> None:
    first, second, *rest = slugs(home, Place.SIGNAL)
    nophantom_cli("trends", "decide", "mute", first.upper(), "--reason", "seen enough")
    nophantom_cli("trends", "decide", "not-a-technology", second)
    signals = ("trends", "signals", "--simulated")

    told = nophantom_cli(*signals, "--json").json
    assert [one["slug"] for one in told["items"]] == rest
    assert [(one["slug"], one["decision"]["kind"]) for one in told["hidden"]] == [
        (first, "mute"),
        (second, "not_a_technology"),
    ]
    assert told["snapshot"]["signals"] == len(told["items"]) + len(told["hidden"])
    page = nophantom_cli(*signals)
    assert "2 hidden by your decisions (1 mute, 1 not a technology); --all shows all." in page.err
    every = nophantom_cli(*signals, "--all", "--json").json
    assert ([one["slug"] for one in every["items"]], every["hidden"]) == ([first, second, *rest], [])
    assert "hidden" not in nophantom_cli(*signals, "--all").err


def test_a_list_that_is_cut_is_filled_up_and_tells_what_is_hidden_above_its_end(
    nophantom_cli: Cli, home: Path
) -> None:
    names = slugs(home, Place.WATCH)
    nophantom_cli("trends", "decide", "mute", names[1])
    watchlist = ("trends", "watchlist", "--simulated", "--json", "--limit")
    one, two = (nophantom_cli(*watchlist, n).json for n in ("1", "2"))
    assert ([c["slug"] for c in one["items"]], one["hidden"]) == (names[:1], [])
    assert [c["slug"] for c in two["items"]] == [names[0], names[2]]
    assert [c["slug"] for c in two["hidden"]] == names[1:2]


def test_a_decision_is_listed_undone_and_stays_on_record(nophantom_cli: Cli, home: Path) -> None:
    first, second = slugs(home, Place.DROP)[:2]
    made = nophantom_cli("trends", "decide", "merge", first, second, "--reason", "one thing", "--json").json
    assert {name: made["decision"][name] for name in ("number", "kind", "topic", "other", "undone_at")} == {
        "number": 1,
        "kind": "merge",
        "topic": first,
        "other": second,
        "undone_at": None,
    }
    listed = nophantom_cli("trends", "decisions").out
    assert f"decision 1 (merge '{first}' into '{second}'): one thing" in listed
    undone = nophantom_cli("trends", "undo", "1", "--reason", "two things", "--json").json["decision"]
    assert (undone["undone_because"], undone["undone_at"] is None) == ("two things", False)
    now_empty = nophantom_cli("trends", "decisions")
    assert (now_empty.out, now_empty.err) == ("", "1 undone; --all shows them.\n")
    assert ": two things" in nophantom_cli("trends", "decisions", "--all").out
    assert len(nophantom_cli("trends", "decisions", "--all", "--json").json["decisions"]) == 1


def test_explain_tells_what_was_decided_and_hides_nothing(nophantom_cli: Cli, home: Path) -> None:
    name = slugs(home, Place.SIGNAL)[0]
    nophantom_cli("trends", "decide", "mute", name, "--reason", "seen enough")
    explain = ("trends", "explain", name, "--simulated")
    assert f"decision 1 (mute '{name}'): seen enough" in nophantom_cli(*explain).out
    told = nophantom_cli(*explain, "--json").json
    assert (told["candidate"]["slug"], [d["number"] for d in told["decisions"]]) == (name, [1])


def test_following_is_a_decision_like_others(nophantom_cli: Cli, home: Path) -> None:
    nophantom_cli("trends", "follow", "Vector Databases", "--why", "our product")
    assert "decision 1 (follow 'vectordatabase'): our product" in nophantom_cli("trends", "decisions").out
    assert nophantom_cli("trends", "follow", "vector database").status == 0  # it stays as it is
    assert len(nophantom_cli("trends", "decisions", "--all", "--json").json["decisions"]) == 1
    nophantom_cli("trends", "follow", "vector database", "--remove")
    assert nophantom_cli("trends", "follow", "--json").json == {"followed": []}
    nophantom_cli("trends", "decide", "follow", "Quiet Frobnication")
    assert [one["words"] for one in nophantom_cli("trends", "follow", "--json").json["followed"]] == [
        "Quiet Frobnication"
    ]
    nophantom_cli("trends", "undo", "2")
    assert nophantom_cli("trends", "follow", "--json").json == {"followed": []}


def test_what_was_followed_before_decisions_were_written_can_be_left(nophantom_cli: Cli, home: Path) -> None:
    engine = open_engine(f"sqlite:///{home / 'nophantom.db'}")
    with writing(engine) as session:
        follow_topic(session, "old ways", why="long ago", at=now())
    assert nophantom_cli("trends", "follow", "old ways", "--remove").status == 0
    with reading(engine) as session:
        assert followed_topics(session) == []
    engine.dispose()


def test_nothing_that_is_decided_changes_a_byte_of_a_snapshot(nophantom_cli: Cli, home: Path) -> None:
    engine = open_engine(f"sqlite:///{home / 'nophantom.db'}")
    with reading(engine) as session:
        before = snapshot_json(session, 1)
    name = slugs(home, Place.SIGNAL)[0]
    nophantom_cli("trends", "decide", "mute", name)
    with reading(engine) as session:
        assert snapshot_json(session, 1) == before
    engine.dispose()


def test_every_kind_of_decision_can_be_typed() -> None:
    assert [what.replace("-", "_") for what in sorted(What)] == sorted(DecisionKind)


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("decide", "mute", "nowhere"), 3, "no topic 'nowhere' was ever a candidate"),
        (("decide", "merge", "nowhere", "either"), 3, "no topic 'nowhere'"),
        (("decide", "split", "one"), 4, "a decision to split needs another topic"),
        (("decide", "hide", "one"), 2, "'hide' is not one of"),
        (("undo", "7"), 3, "there is no decision 7"),
        (("undo", "0"), 2, "greater than or equal to 1"),
    ],
)
def test_every_wrong_decision_gets_one_sentence_and_its_status(
    nophantom_cli: Cli, home: Path, arguments: tuple[str, ...], status: int, words: str
) -> None:
    ended = nophantom_cli("trends", *arguments)
    assert (ended.status, ended.out) == (status, "")
    assert words in " ".join(ended.err.split())


def test_without_a_decision_it_is_said_how_to_make_one(nophantom_cli: Cli, home: Path) -> None:
    assert "trends decide mute TOPIC" in nophantom_cli("trends", "decisions").err
