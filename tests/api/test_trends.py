"""Snapshots, signals, watch list, drops, topics and documents, against a crowd whose numbers are known."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from nophantom.api.app import create
from nophantom.publishing.crowd import crowd
from nophantom.settings import MIGRATIONS, Settings
from nophantom.store.engine import open_engine
from nophantom.store.versions import bring_up_to_date
from nophantom.trends.archive import pages, tables
from nophantom.trends.archive.snapshots import CandidateRow, list_candidates
from nophantom.trends.gates import CandidateDrop, Fact
from nophantom.trends.search_words import words_of
from nophantom.trends.signals import Place, verdict_of

SIGNALS, WATCH, DROPS = 120, 30, 40
TOKEN = "a-token-of-24-characters"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with two snapshots of a crowd; the second is the newest."""
    home = tmp_path_factory.mktemp("home")
    engine = open_engine(f"sqlite:///{home / 'nophantom.db'}")
    bring_up_to_date(engine, MIGRATIONS)
    crowd(engine, home, signals=5, watch=3, drops=3, seed=7)
    crowd(engine, home, signals=SIGNALS, watch=WATCH, drops=DROPS)
    engine.dispose()
    return home


@pytest.fixture(scope="module")
def engine(home: Path) -> Iterator[Engine]:
    opened = open_engine(f"sqlite:///{home / 'nophantom.db'}")
    yield opened
    opened.dispose()


@pytest.fixture(scope="module")
def client(home: Path) -> Iterator[TestClient]:
    with TestClient(create(Settings(home=home)), base_url="http://127.0.0.1") as opened:
        yield opened


@pytest.fixture(scope="module")
def truth(engine: Engine) -> list[CandidateRow]:
    """All candidates of the newest snapshot, by the road that the command line goes."""
    with Session(engine) as session:
        return list_candidates(session, 2)


def walk(client: TestClient, path: str, limit: int = 17, **query: Any) -> list[Any]:
    found: list[Any] = []
    while True:
        page = client.get(f"/api/v1/{path}", params={"limit": limit, **query}).json()
        assert page["total_is_exact"], page
        found += page["items"]
        if page["next_cursor"] is None:
            assert page["total"] == len(found)  # the API's total is what its pages hold
            return found
        query["cursor"] = page["next_cursor"]


SORTS: dict[str, Callable[[CandidateRow], Any]] = {
    "momentum_low": lambda c: c.momentum_low,
    "momentum": lambda c: c.momentum,
    "log_e": lambda c: c.log_e,
    "stories": lambda c: c.stories,
    "name": lambda c: c.name.casefold(),
    "onset": lambda c: c.onset,
}


@pytest.mark.parametrize("sort", [*SORTS, *(f"-{name}" for name in SORTS)])
def test_signals_are_sorted_as_asked_and_all_there_once(
    client: TestClient, truth: list[CandidateRow], sort: str
) -> None:
    found = walk(client, "signals", sort=sort)
    signals = [c for c in truth if c.place is Place.SIGNAL]
    key = SORTS[sort.removeprefix("-")]
    expected = sorted(signals, key=lambda c: (key(c), c.topic_id), reverse=sort.startswith("-"))
    assert [signal["slug"] for signal in found] == [c.slug for c in expected]


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ({"phase": "emerging"}, lambda c: c.phase == "emerging"),
        ({"phase": ["growing", "mature"]}, lambda c: c.phase in {"growing", "mature"}),
        ({"phase": "unknown"}, lambda c: c.phase == "unknown"),
        ({"standing": "shown"}, lambda c: c.standing == "shown"),
        ({"standing": "shown", "phase": "mature"}, lambda c: c.standing == "shown" and c.phase == "mature"),
        ({"q": "BaBaC"}, lambda c: "babac" in c.name.casefold()),
        (
            {"q": "babac", "phase": "emerging"},
            lambda c: "babac" in c.name.casefold() and c.phase == "emerging",
        ),
        ({"corroborated": "true"}, lambda c: c.families >= 2),
        (
            {"corroborated": "true", "phase": "emerging", "q": "a"},
            lambda c: c.families >= 2 and c.phase == "emerging" and "a" in c.name.casefold(),
        ),
        ({"corroborated": "false"}, lambda c: True),
        ({"q": "%"}, lambda c: False),
        ({"q": "_"}, lambda c: False),
    ],
)
def test_filters_keep_exactly_what_fits(
    client: TestClient, truth: list[CandidateRow], query: dict[str, Any], fits: Callable[[CandidateRow], bool]
) -> None:
    expected = {c.slug for c in truth if c.place is Place.SIGNAL and fits(c)}
    for sort in ("-momentum_low", "onset"):
        assert {signal["slug"] for signal in walk(client, "signals", sort=sort, **query)} == expected


def test_a_filter_that_many_fit_follows_the_sort_and_one_that_few_fit_likewise(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both roads of the list give the same rows in the same order."""
    query: dict[str, Any] = {"phase": "emerging", "q": "a", "sort": "-log_e"}
    few = walk(client, "signals", **query)
    monkeypatch.setattr("nophantom.trends.archive.pages._FEW", 0)
    assert walk(client, "signals", **query) == few
    assert few


def test_the_watch_list_and_the_drops_can_be_kept_to_what_is_corroborated(
    client: TestClient, truth: list[CandidateRow]
) -> None:
    for path, place in (("watchlist", Place.WATCH), ("drops", Place.DROP)):
        expected = {c.slug: c.families for c in truth if c.place is place and (c.families or 0) >= 2}
        found = walk(client, path, corroborated="true")
        assert {row["slug"]: row["families"] for row in found} == expected
        assert 0 < len(expected) < len(walk(client, path))


def test_a_watched_fragment_names_its_phrase_on_the_list_and_on_its_page(
    client: TestClient, truth: list[CandidateRow]
) -> None:
    names = {c.slug: c.name for c in truth}
    expected = {
        c.slug: {"slug": whole, "name": names[whole]} for c in truth if (whole := c.numbers.get("part_of"))
    }
    found = {row["slug"]: row["part_of"] for row in walk(client, "watchlist")}

    assert {slug: whole for slug, whole in found.items() if whole} == expected
    assert 0 < len(expected) < len(found)
    part, whole = next(iter(expected.items()))
    assert client.get(f"/api/v1/topics/{part}?snapshot=2").json()["judged"]["part_of"] == whole


def test_a_drop_that_another_topic_tells_names_it(client: TestClient, truth: list[CandidateRow]) -> None:
    names = {c.slug: c.name for c in truth}
    expected = {
        c.slug: {"slug": teller, "name": names[teller]}
        for c in truth
        if (teller := c.numbers.get("merged_into"))
    }
    found = {row["slug"]: row["told_by"] for row in walk(client, "drops")}

    assert {slug: teller for slug, teller in found.items() if teller} == expected
    assert {c.slug for c in truth if c.reason is CandidateDrop.MERGED_INTO} == expected.keys()
    told, teller = next(iter(expected.items()))
    assert client.get(f"/api/v1/topics/{told}?snapshot=2").json()["judged"]["told_by"] == teller


def test_topics_are_compared_by_their_numbers_and_weeks(
    client: TestClient, truth: list[CandidateRow]
) -> None:
    first, second = (
        c for c in sorted(truth, key=lambda c: c.topic_id) if c.slug in {truth[0].slug, truth[-1].slug}
    )
    watched = next(c for c in truth if c.place is Place.WATCH)
    names = [watched.name.upper(), first.slug, "nobody", second.slug]
    told = client.get("/api/v1/snapshots/2/compared", params={"topic": names}).json()

    assert [t["slug"] for t in told["topics"]] == [watched.slug, first.slug, second.slug]
    assert told["missing"] == ["nobody"]
    for topic in told["topics"]:
        weeks = client.get(f"/api/v1/topics/{topic['slug']}").json()["judged"]["history"]
        assert len(topic["weeks"]) == len(weeks) // 7
        assert sum(w["stories"] or 0 for w in topic["weeks"]) == sum(d["stories"] or 0 for d in weeks)
    assert client.get("/api/v1/snapshots/2/compared", params={"topic": ["a"]}).status_code == 422


def test_a_signal_tells_what_stands_beside_it_and_what_is_none_tells_nothing(
    client: TestClient, truth: list[CandidateRow]
) -> None:
    signals = [c for c in sorted(truth, key=lambda c: c.topic_id) if c.place is Place.SIGNAL]
    before, mine = signals[2], signals[3]
    told = client.get(f"/api/v1/topics/{mine.slug}").json()["judged"]

    assert [(r["slug"], r["place"], r["together"], r["lift_low"]) for r in told["related"]] == [
        (before.slug, "signal", 3, 3.4)
    ]
    assert [(p["native_id"], p["url"], p["is_named"], p["documents"]) for p in told["products"]] == [
        (f"github:crowd/{mine.slug}", f"https://github.com/crowd/{mine.slug}", True, 3),
        ("arxiv:0112.0003", "https://arxiv.org/abs/0112.0003", False, 1),
    ]
    watched = next(c for c in truth if c.place is Place.WATCH)
    told = client.get(f"/api/v1/topics/{watched.slug}").json()["judged"]
    assert (told["related"], told["products"]) == ([], [])


def test_every_number_of_a_signal_is_the_stored_one(client: TestClient, truth: list[CandidateRow]) -> None:
    stored = {c.slug: c for c in truth}
    for signal in walk(client, "signals"):
        c = stored[signal["slug"]]
        for name in ("log_e", "stories", "expected", "momentum", "momentum_low", "momentum_high", "ratio"):
            assert signal[name] == getattr(c, name), name
        assert signal["onset"] == str(c.onset)
        assert signal["verdict"] == verdict_of(c.standing, c.ratio_high, 1.5)
        assert signal["evidence"] == c.evidence == 3


def test_every_candidate_is_in_exactly_one_place(client: TestClient, truth: list[CandidateRow]) -> None:
    places = {place: walk(client, place) for place in ("signals", "watchlist", "drops")}
    assert {place: len(found) for place, found in places.items()} == {
        "signals": SIGNALS,
        "watchlist": WATCH,
        "drops": DROPS,
    }
    slugs = Counter(c["slug"] for found in places.values() for c in found)
    assert slugs == Counter(c.slug for c in truth)
    told = client.get("/api/v1/snapshots/latest").json()
    assert told["candidates"] == told["signals"] + told["watch"] + told["drops"] == len(truth)
    assert told["n_topics"] == told["below_support"] + told["candidates"]


def test_the_books_of_a_snapshot_are_those_of_its_lists(client: TestClient) -> None:
    told = client.get("/api/v1/snapshots/2").json()
    assert sum(told["drops_by_reason"].values()) == DROPS
    for reason, n in told["drops_by_reason"].items():
        assert len(walk(client, "drops", reason=reason)) == n
    for phase, n in told["signals_by_phase"].items():
        assert len(walk(client, "signals", phase=phase)) == n
    for standing, n in told["signals_by_standing"].items():
        assert len(walk(client, "signals", standing=standing)) == n


def test_a_snapshot_is_chosen_by_number_and_the_newest_unless_asked_otherwise(client: TestClient) -> None:
    assert [s["id"] for s in walk(client, "snapshots")] == [2, 1]
    assert [s["id"] for s in walk(client, "snapshots", sort="id", limit=1)] == [1, 2]
    assert walk(client, "snapshots", simulated=False) == []
    assert len(walk(client, "signals", snapshot=1)) == 5
    assert {s["snapshot_id"] for s in walk(client, "signals")} == {2}


def test_the_days_that_lists_are_known_on_come_with_how_the_candidates_ended(client: TestClient) -> None:
    days = walk(client, "snapshots/days", simulated=True, limit=1)
    assert [one["id"] for one in days] == [2, 1]
    assert days[0] == {
        "id": 2,
        "as_of": "2001-12-31",
        "simulated": True,
        "signals": SIGNALS,
        "watch": WATCH,
        "drops": DROPS,
    }
    assert walk(client, "snapshots/days") == days
    assert walk(client, "snapshots/days", simulated=False) == []


def test_a_topic_tells_how_its_numbers_came_about(client: TestClient, truth: list[CandidateRow]) -> None:
    c = next(c for c in truth if c.place is Place.SIGNAL and c.topic_id == min(t.topic_id for t in truth))
    told = client.get(f"/api/v1/topics/{c.slug}").json()
    judged = told["judged"]
    assert (judged["place"], judged["standing"], judged["phase"]) == ("signal", c.standing, c.phase)
    gates = {gate["fact"]: gate for gate in judged["gates"]}
    for fact in Fact:
        assert gates[fact]["found"] == c.numbers[fact]
    assert (gates["active_days"]["bound"], gates["active_days"]["limit"]) == ("at_least", 4)
    assert gates["active_days"]["outcome"] == ("met" if c.numbers["active_days"] >= 4 else "missed")
    assert judged["arithmetic"]["strata"][0]["stratum"] == "github / trending / rust"
    assert len(judged["history"]) == 112
    gaps = [day for day in judged["history"] if day["read"] == 0]
    assert len(gaps) == 3
    assert all(day["stories"] is None and day["expected"] is None for day in gaps)
    assert sum(day["stories"] for day in judged["history"][-28:]) == c.stories
    assert len(judged["documents"]) == 3
    assert [a["snapshot_id"] for a in told["appearances"]] == sorted(
        (a["snapshot_id"] for a in told["appearances"]), reverse=True
    )


def test_a_topic_is_found_by_a_name_that_folds_to_its_slug(
    client: TestClient, truth: list[CandidateRow]
) -> None:
    c = truth[0]
    assert client.get(f"/api/v1/topics/{c.name.upper()}").json()["slug"] == c.slug


def test_a_topic_that_the_snapshot_did_not_judge_says_so(
    client: TestClient, truth: list[CandidateRow]
) -> None:
    only_there = next(
        c for c in truth if c.slug not in {s["slug"] for s in walk(client, "signals", snapshot=1)}
    )
    told = client.get(f"/api/v1/topics/{only_there.slug}?snapshot=1").json()
    in_first = [a for a in told["appearances"] if a["snapshot_id"] == 1]
    assert (told["judged"] is None) == (not in_first)


def test_drops_and_the_watch_list_show_documents_too(client: TestClient) -> None:
    for place in ("watchlist", "drops"):
        slug = client.get(f"/api/v1/{place}?limit=1").json()["items"][0]["slug"]
        assert len(walk(client, f"signals/{slug}/evidence", limit=2)) == 3


def test_evidence_can_be_followed_to_the_item_that_was_sent_and_back(client: TestClient) -> None:
    slug = client.get("/api/v1/signals?limit=1").json()["items"][0]["slug"]
    document = walk(client, f"signals/{slug}/evidence")[0]
    told = client.get(f"/api/v1/documents/{document['native_id']}").json()
    assert {name: told[name] for name in document} == document
    assert told["items"][0]["outcome"] == "document"
    assert told["items"][0]["path"].endswith("simulated-crowd.jsonl")
    assert told["collections"][0]["collection"].startswith("simulated ")
    assert slug in {cited["slug"] for cited in told["cited_by"]}


def test_documents_are_filtered_and_sorted(client: TestClient, engine: Engine) -> None:
    d = tables.Document
    with Session(engine) as session:
        families = dict(session.execute(select(d.family, func.count()).group_by(d.family)).all())
        languages = session.scalars(select(d.language).distinct()).all()
    for family, n in families.items():
        assert len(walk(client, "documents", family=family, limit=100)) == n
    every = walk(client, "documents", limit=100)
    assert len(every) == sum(families.values())
    assert all(a["first_seen"] >= b["first_seen"] for a, b in pairwise(every))
    day = every[len(every) // 2]["first_seen"]
    within = walk(client, "documents", first=day, last=day, limit=100)
    assert within == [document for document in every if document["first_seen"] == day]
    word = every[0]["title"].split()[0].upper()
    found = walk(client, "documents", q=word, limit=100)
    assert {f["native_id"] for f in found} >= {
        e["native_id"] for e in every if words_of(word) <= words_of(e["title"])
    }
    assert sum(len(walk(client, "documents", language=code, limit=200)) for code in languages) == len(every)


@pytest.mark.parametrize("few", [1_000, 1], ids=["few fit", "many fit"])
def test_what_decisions_hide_is_counted_by_kind_and_left_out_where_asked(
    serve: Callable[..., TestClient], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(pages, "_FEW", few)
    home = tmp_path / "home"
    home.mkdir()
    opened = open_engine(f"sqlite:///{home / 'nophantom.db'}")
    bring_up_to_date(opened, MIGRATIONS)
    crowd(opened, home, signals=8, watch=3, drops=3)
    opened.dispose()
    client = serve(home=home, token=TOKEN)
    every = walk(client, "signals")
    muted, other, merged = every[0]["slug"], every[2]["slug"], every[4]["slug"]
    for wanted in (
        {"kind": "mute", "topic": muted},
        {"kind": "not_a_technology", "topic": other},
        {"kind": "merge", "topic": merged, "other": muted},
    ):
        client.post(
            "/api/v1/decisions", json=wanted, headers={"Authorization": f"Bearer {TOKEN}"}
        ).raise_for_status()

    def page(path: str, **query: Any) -> Any:
        return client.get(f"/api/v1/{path}", params=query).json()

    assert page("signals")["hidden"] == {"mute": 2, "not_a_technology": 1}
    assert page("watchlist")["hidden"] == {}
    shown = walk(client, "signals", limit=2, hide=True)
    assert [one["slug"] for one in shown] == [
        one["slug"] for one in every if one["slug"] not in {muted, other, merged}
    ]
    assert {one["hidden_by"] for one in shown} == {None}
    assert page("signals", hide=True, limit=1)["hidden"] == {"mute": 2, "not_a_technology": 1}
    fits = page("signals", hide=True, phase=every[0]["phase"])
    of_phase = [one for one in every if one["phase"] == every[0]["phase"]]
    assert fits["total"] + sum(fits["hidden"].values()) == len(of_phase)
    assert page("signals", hide=True, q=every[0]["name"])["total"] == 0
    assert page("signals", hide=True, q=every[0]["name"])["hidden"] == {"mute": 1}
    assert [one["slug"] for one in walk(client, "signals")] == [one["slug"] for one in every]
    assert page("snapshots/latest")["signals"] == 8  # no count of a snapshot changes


def test_topics_are_listed_by_slug_and_found_by_a_piece(
    client: TestClient, truth: list[CandidateRow]
) -> None:
    every = walk(client, "topics", limit=100)
    assert [topic["slug"] for topic in every] == sorted(topic["slug"] for topic in every)
    piece = truth[0].slug[:4]
    found = {topic["slug"] for topic in walk(client, "topics", q=piece.upper(), limit=100)}
    assert found == {topic["slug"] for topic in every if piece in topic["slug"]}


def test_item_drops_are_listed_with_what_was_seen(serve: Callable[..., TestClient], tmp_path: Path) -> None:
    from nophantom.trends.importing import import_archives

    archive = tmp_path / "feeds.jsonl"
    fields = {"source": "rss", "native_id": "1", "url": "https://a.invalid/1", "title": "A", "text": ""}
    when = {"author": None, "published_at": "2022-01-01", "score": None, "extra": {"from": ["x"]}}
    good = json.dumps(fields | when)
    archive.write_text(f"{good}\n{good.replace('2022-01-01', 'never')}\nno json\n")
    opened = open_engine(f"sqlite:///{tmp_path / 'home' / 'nophantom.db'}")
    bring_up_to_date(opened, MIGRATIONS)
    import_archives(opened, [archive])
    opened.dispose()
    client = serve()
    drops = walk(client, "drops/items", limit=1)
    assert [(drop["position"], drop["reason"]) for drop in drops] == [(3, "parse_error"), (2, "bad_date")]
    assert "never" in drops[1]["seen"]
    assert walk(client, "drops/items", reason="bad_date") == drops[1:]
