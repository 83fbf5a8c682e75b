"""`nophantom trends detect | signals | watchlist | explain` as a person meets them, on the simulated world."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nophantom.publishing import trend_demo
from nophantom.trends.documents import Document
from nophantom.trends.worlds import DEMO as WORLD
from nophantom.trends.worlds import FIRST_DAY, TrendWorld

Cli = Callable[..., Any]


DEMO = ("demo", "--train", "no", "--worlds", "0", "--seeds", "2")
"""Both wings; the other one small."""
BEGINS = FIRST_DAY + timedelta(days=300)
"""28 October 2001. Detection needs 57 days, an explanation tells of 112, and the world ends on 6 March 2002."""
EARLY = "2001-12-26"
"""A day of the world that a detection comes to soon."""


class LateWorld(TrendWorld):
    """The last 130 days of the world: all that was planted, in a fifth of the time."""

    def draw(self, rng: np.random.Generator) -> Iterator[Document]:
        return (document for document in super().draw(rng) if document.first_seen >= BEGINS)


@pytest.fixture(scope="module")
def told(
    tmp_path_factory: pytest.TempPathFactory, json_of_command: Callable[..., Any]
) -> Iterator[tuple[Path, Any]]:
    """A home with the simulated world in its archive and one snapshot, and what the demonstration told of it."""
    home = tmp_path_factory.mktemp("world")
    with pytest.MonkeyPatch.context() as patched:
        late = LateWorld(**{field.name: getattr(WORLD, field.name) for field in fields(WORLD)})
        patched.setattr(trend_demo, "DEMO", late)
        yield home, json_of_command(*DEMO, "--home", home)["trends"]


@pytest.fixture
def world(told: tuple[Path, Any]) -> Path:
    """That home."""
    return told[0]


def test_the_signals_are_the_planted_trends_by_the_lower_bound_of_their_momentum(
    nophantom_cli: Cli, world: Path
) -> None:
    told = nophantom_cli("trends", "signals", "--simulated", "--json", home=world).json

    names = [item["name"] for item in told["items"]]
    assert set(names) == {"Zorblax", "Quuxel 2", "vintolo"}  # "Quuxel" alone is a fragment of it
    bounds = [item["momentum_low"] for item in told["items"]]
    assert bounds == sorted(bounds, reverse=True)
    assert all(item["evidence"] > 0 and item["phase"] == "emerging" for item in told["items"])
    assert told["snapshot"]["simulated"] is True
    page = nophantom_cli("trends", "signals", "--simulated", home=world).out
    assert "SIMULATED" in page
    assert "confirmed, emerging" in page


def test_the_books_of_a_snapshot_balance_in_what_is_listed(nophantom_cli: Cli, world: Path) -> None:
    signals = nophantom_cli("trends", "signals", "--simulated", "--json", "--limit", "10000", home=world).json
    watch = nophantom_cli("trends", "watchlist", "--simulated", "--json", "--limit", "10000", home=world).json
    snapshot = signals["snapshot"]

    assert (len(signals["items"]), len(watch["items"])) == (snapshot["signals"], snapshot["watch"])
    assert snapshot["candidates"] == snapshot["signals"] + snapshot["watch"] + snapshot["drops"]
    assert snapshot["n_topics"] == snapshot["candidates"] + snapshot["below_support"]
    assert {item["numbers"]["phase"] for item in watch["items"]} <= {
        "emerging",
        "growing",
        "mature",
        "declining",
    }


def test_a_list_can_be_sorted_filtered_and_cut(nophantom_cli: Cli, world: Path) -> None:
    by_name = nophantom_cli("trends", "signals", "--simulated", "--sort", "name", "--json", home=world).json[
        "items"
    ]
    assert [i["name"] for i in by_name] == sorted((i["name"] for i in by_name), key=str.casefold)
    newest = nophantom_cli("trends", "signals", "--simulated", "--sort", "onset", "--json", home=world).json
    onsets = [i["onset"] for i in newest["items"]]
    assert len(set(onsets)) > 1
    assert onsets == sorted(onsets, reverse=True)
    quux = nophantom_cli("trends", "signals", "--simulated", "--contains", "QUUX", "--json", home=world).json[
        "items"
    ]
    assert {i["name"] for i in quux} == {"Quuxel 2"}
    assert (
        len(
            nophantom_cli("trends", "signals", "--simulated", "--limit", "1", "--json", home=world).json[
                "items"
            ]
        )
        == 1
    )
    none = nophantom_cli("trends", "signals", "--simulated", "--phase", "mature", "--json", home=world).json[
        "items"
    ]
    assert none == []


def test_a_list_can_be_kept_to_what_two_families_of_sources_tell(nophantom_cli: Cli, world: Path) -> None:
    ask = ("trends", "watchlist", "--simulated", "--limit", "10000", "--json")
    every = {i["slug"]: i["families"] for i in nophantom_cli(*ask, home=world).json["items"]}
    kept = nophantom_cli(*ask, "--corroborated", home=world).json["items"]

    assert {i["slug"] for i in kept} == {slug for slug, families in every.items() if families >= 2}


def test_explain_tells_the_families_and_the_products_of_a_signal(nophantom_cli: Cli, world: Path) -> None:
    told = nophantom_cli("trends", "explain", "zorblax", "--simulated", "--json", home=world).json
    page = nophantom_cli("trends", "explain", "zorblax", "--simulated", home=world).out

    assert f"told by {told['candidate']['families']} families of sources" in page
    assert told["products"]
    assert all(product["native_id"] in page for product in told["products"])
    assert all(related["name"] in page for related in told["related"])


def test_explain_tells_the_arithmetic_of_a_signal_and_the_reason_of_what_is_none(
    nophantom_cli: Cli, world: Path
) -> None:
    signal = nophantom_cli("trends", "explain", "ZORBLAX", "--simulated", "--json", home=world).json
    assert signal["candidate"]["place"] == "signal"
    arithmetic = signal["candidate"]["numbers"]["arithmetic"]
    assert sum(s["stories"] for s in arithmetic["strata"]) > 10 * sum(
        s["expected"] for s in arithmetic["strata"]
    )
    assert signal["documents"]
    spike = nophantom_cli("trends", "explain", "mubrek", "--simulated", home=world).out
    assert "fewer than 4 active days" in spike
    assert sum(line.startswith("    2002-") for line in spike.splitlines()) == 3  # a drop has documents, too
    unknown = nophantom_cli("trends", "explain", "nobody said this", "--simulated", home=world)
    assert unknown.status == 3
    assert "fewer than two tell it" in unknown.err


def test_topics_are_compared_side_by_side_and_what_is_missing_is_said(
    nophantom_cli: Cli, world: Path
) -> None:
    ask = ("trends", "compare", "Zorblax", "quuxel 2", "nobody said this", "--simulated")
    told = nophantom_cli(*ask, "--json", home=world).json

    assert [t["name"] for t in told["topics"]] == ["Zorblax", "Quuxel 2"]
    assert told["missing"] == ["nobody said this"]
    assert [len(t["weeks"]) for t in told["topics"]] == [16, 16]
    assert told["topics"][0]["weeks"][-1]["ends"] == told["snapshot"]["as_of"]
    page = nophantom_cli(*ask, home=world)
    assert "a week, of" in page.out
    assert "nobody said this is no candidate of this snapshot" in page.err
    assert nophantom_cli("trends", "compare", "Zorblax", "--simulated", home=world).status != 0


def test_explain_reckons_a_topic_that_had_too_few_stories_and_tells_what_is_written_alike(
    nophantom_cli: Cli, world: Path
) -> None:
    told = nophantom_cli("trends", "explain", "BABOLEKU", "--simulated", "--json", home=world).json
    assert told["candidate"] is None
    topic = told["topic"]
    assert topic["missing"] == 2
    assert sum(one["recent"] for one in topic["told_in"]) == topic["would_be"]["stories"] == 1
    assert sum(one["stories"] for one in topic["told_in"]) == topic["stories"]
    assert topic["documents"]
    page = nophantom_cli("trends", "explain", "baboleku", "--simulated", home=world).out
    assert "no candidate (below_min_support): 1 stories in the last 28 days" in page
    assert "as a candidate it would be" in page
    near = nophantom_cli("trends", "explain", "Zorblaxx", "--simulated", home=world)
    assert (near.status, "Written most like it: Zorblax" in " ".join(near.err.split())) == (3, True)


def test_explain_has_the_last_112_days_of_a_signal_and_of_the_watch_list_and_none_of_a_drop(
    nophantom_cli: Cli, world: Path
) -> None:
    watch = nophantom_cli("trends", "watchlist", "--simulated", "--limit", "1", "--json", home=world).json
    for name in ("zorblax", watch["items"][0]["slug"]):
        told = nophantom_cli("trends", "explain", name, "--simulated", "--json", home=world).json
        days = told["history"]
        assert len(days) == 112
        assert (days[-1]["day"], days[-1].keys()) == ("2002-03-06", {"day", "stories", "expected", "read"})
        seen = sum(day["stories"] or 0 for day in days[-28:])
        candidate = told["candidate"]
        assert 1 + seen == pytest.approx(candidate["ratio"] * (1 + candidate["expected"]))
    page = nophantom_cli("trends", "explain", "zorblax", "--simulated", home=world).out
    assert "stories a week, 16 weeks, up to" in page
    drop = nophantom_cli("trends", "explain", "mubrek", "--simulated", "--json", home=world).json
    assert (drop["history"], len(drop["documents"])) == ([], 3)
    assert "stories a week" not in nophantom_cli("trends", "explain", "mubrek", "--simulated", home=world).out


def test_explain_says_what_keeps_a_watched_topic_from_being_a_signal(nophantom_cli: Cli, world: Path) -> None:
    listed = nophantom_cli(
        "trends", "watchlist", "--simulated", "--limit", "10000", "--json", home=world
    ).json
    closed = next(one for one in listed["items"] if one["numbers"].get("closed_by") == "spike_one_day")
    free = next(one for one in listed["items"] if "closed_by" not in one["numbers"])
    evidence = [one["log_e"] for one in listed["items"]]

    told = nophantom_cli("trends", "explain", closed["slug"], "--simulated", home=world).out
    assert "watched only, whatever its evidence: fewer than 4 active days of the last 14" in told
    told = nophantom_cli("trends", "explain", free["slug"], "--simulated", home=world).out
    assert "undecided: its e-value" in told
    assert "watched only" not in told
    assert evidence == sorted(evidence, reverse=True)


def test_a_watched_fragment_says_of_which_phrase_it_is_a_part(nophantom_cli: Cli, world: Path) -> None:
    listed = nophantom_cli(
        "trends", "watchlist", "--simulated", "--limit", "10000", "--json", home=world
    ).json["items"]
    names = {one["slug"]: one["name"] for one in listed}
    parts = [one for one in listed if "part_of" in one["numbers"]]

    assert 0 < len(parts) < len(listed)
    for one in parts:
        assert names[one["numbers"]["part_of"]] == one["numbers"]["part_of_name"]
        assert one["name"].casefold().removesuffix("s") in one["numbers"]["part_of_name"].casefold()
    told = nophantom_cli("trends", "explain", parts[0]["slug"], "--simulated", home=world).out
    assert f"; part of {parts[0]['numbers']['part_of_name']}" in " ".join(told.split())


def test_the_watch_list_has_its_best_documents_from_the_store(nophantom_cli: Cli, world: Path) -> None:
    listed = nophantom_cli("trends", "watchlist", "--simulated", "--limit", "5", home=world).out
    detected = nophantom_cli("trends", "detect", "--simulated", home=world).out
    documents = [line for line in listed.splitlines() if line.startswith("    20")]

    assert len(documents) == 15
    assert set(documents) <= set(detected.splitlines())


def test_detecting_twice_gives_the_same_bytes_and_one_snapshot(nophantom_cli: Cli, world: Path) -> None:
    once = nophantom_cli("trends", "detect", "--simulated", "--as-of", EARLY, "--json", home=world)
    again = ("trends", "detect", "--simulated", "--as-of", EARLY, "--from-scratch", "--json")
    twice = nophantom_cli(*again, home=world)

    assert once.status == 0
    assert once.out == twice.out
    assert len(once.out) > 10_000


def test_a_second_demo_changes_nothing(nophantom_cli: Cli, told: tuple[Path, Any]) -> None:
    home, first = told
    again = nophantom_cli(*DEMO, "--json", home=home).json["trends"]

    assert first == again
    assert all(p["as_it_should"] for p in first["planted"])
    assert {p["truth"] for p in first["planted"]} == {"trend", "spike", "artefact"}


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("trends", "detect", "--simulated", "--as-of", "2002-04-01"), 4, "the archive ends on 2002-03-06"),
        (("trends", "detect", "--simulated", "--as-of", "2001-12-01"), 4, "needs at least 57 days"),
        (("trends", "detect", "--as-of", "2020-01-01"), 3, "the archive has no documents from"),
        (("trends", "detect", "--simulated", "--q", "2"), 4, "q is a share of false discoveries"),
        (("trends", "signals"), 3, "there is no snapshot yet"),
        (
            ("trends", "signals", "--simulated", "--as-of", "2001-02-05"),
            3,
            "there is no snapshot as of 2001-02-05 or before",
        ),
        (("trends", "signals", "--simulated", "--phase", "new"), 4, "'new' is none of emerging, growing"),
        (("trends", "signals", "--sort", "colour"), 2, "colour"),
        (("trends", "detect", "--as-of", "yesterday"), 2, "yesterday"),
    ],
)
def test_every_wrong_question_gets_one_sentence_and_its_status(
    nophantom_cli: Cli, world: Path, arguments: tuple[str, ...], status: int, words: str
) -> None:
    ended = nophantom_cli(*arguments, home=world)

    assert ended.status == status
    assert words in " ".join(ended.err.split())
    assert "Traceback" not in ended.err
    assert ended.out == ""


def test_doctor_finds_the_books_in_order(nophantom_cli: Cli, world: Path) -> None:
    ended = nophantom_cli("doctor", home=world)

    assert (ended.status, "BROKEN" in ended.out) == (0, False)
    assert "rules hold" in ended.err


def test_a_detection_that_is_interrupted_leaves_no_snapshot_and_can_be_made_again(
    nophantom_cli: Cli, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped after the signals were written and before the unit of work ended: nothing of it remains."""
    from nophantom.trends import concluding
    from nophantom.trends.archive.recording import record_snapshot

    def breaks(*arguments: Any, **more: Any) -> None:
        record_snapshot(*arguments, **more)
        raise KeyboardInterrupt

    detect = ("trends", "detect", "--simulated", "--as-of", "2001-12-27", "--json")
    with monkeypatch.context() as patched:
        patched.setattr(concluding, "record_snapshot", breaks)
        stopped = nophantom_cli(*detect, home=world)
    assert stopped.status == 130
    assert "nothing is half-written" in stopped.err
    as_of = ("trends", "signals", "--simulated", "--as-of", "2001-12-27")
    assert "as of 2001-12-27" not in nophantom_cli(*as_of, home=world).out
    assert nophantom_cli(*detect, home=world).status == 0
    assert "as of 2001-12-27" in nophantom_cli(*as_of, home=world).out


def test_lists_are_as_known_on_a_day_also_where_no_snapshot_is_of_that_day(
    nophantom_cli: Cli, world: Path
) -> None:
    nophantom_cli("trends", "detect", "--simulated", "--as-of", EARLY, "--json", home=world)

    def known_on(what: str, day: str) -> str:
        told = nophantom_cli("trends", what, "--simulated", "--as-of", day, "--json", home=world).json
        return str(told["snapshot"]["as_of"])

    assert known_on("signals", EARLY) == EARLY
    assert known_on("watchlist", "2002-03-05") < "2002-03-05"  # the latest is of the day after
    assert known_on("signals", "2030-01-01") == "2002-03-06"


def test_a_detection_shows_its_own_snapshot_also_when_another_was_stored_since(
    nophantom_cli: Cli, world: Path
) -> None:
    """The very same content is stored once; the page is of that, not of the newest of the day."""
    day = ("trends", "detect", "--simulated", "--as-of", "2001-12-28")

    def shown(*more: str) -> str:
        return " ".join(nophantom_cli(*day, *more, home=world).out.split())

    assert "at most 10%" in shown()
    assert "at most 0.1%" in shown("--q", "0.001")
    assert "at most 10%" in shown()
