"""Recommendations, track records, funnels and decisions over HTTP, against signals that were planted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.trends.recommended_world import AT, DAY, Planted, add_documents, add_snapshot

from nophantom.api.app import create
from nophantom.clock import now
from nophantom.publishing.crowd import crowd
from nophantom.settings import MIGRATIONS, Settings
from nophantom.store.engine import open_engine, reading, writing
from nophantom.store.versions import bring_up_to_date
from nophantom.trends.archive.leads import followed_topics
from nophantom.trends.archive.recommending import recommend_snapshot, score_due
from nophantom.trends.gates import CandidateDrop
from nophantom.trends.phases import Standing

TOKEN = "a-token-of-24-characters"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
API = "/api/v1"
DECISIONS = f"{API}/decisions"
ROLES = ["developer", "researcher", "product_manager", "investor", "executive"]
Serve = Callable[..., TestClient]


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Snapshot 1 has the signals `zorb` and `papers`; snapshot 2, 28 days later, is checked against and not advised."""
    home = tmp_path_factory.mktemp("planted")
    engine = open_engine(f"sqlite:///{home / 'nophantom.db'}")
    bring_up_to_date(engine, MIGRATIONS)
    add_documents(engine)
    zorb = Planted("zorb", (2, 1, 3, 4), momentum_low=5.0)
    papers = Planted("papers", (5, 6), Standing.SHOWN, since_onset=None)
    add_snapshot(engine, [zorb, papers], drops={"a": CandidateDrop.SEASONAL})
    with writing(engine) as session:
        recommend_snapshot(session, 1, at=AT)
    add_snapshot(engine, [zorb], as_of=DAY + timedelta(28))
    with writing(engine) as session:
        score_due(session, 2, at=AT)
    engine.dispose()
    return home


@pytest.fixture(scope="module")
def client(planted: Path) -> Iterator[TestClient]:
    """A server over that store, open for reading alone."""
    with TestClient(create(Settings(home=planted)), base_url="http://127.0.0.1") as opened:
        yield opened


@pytest.fixture
def writable(planted: Path, tmp_path: Path, serve: Serve) -> TestClient:
    """A server over a copy of its own, for those with the token."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "nophantom.db").write_bytes((planted / "nophantom.db").read_bytes())
    return serve(token=TOKEN)


def walk(client: TestClient, path: str, **query: Any) -> list[Any]:
    """Of all pages, three rows at a time."""
    found: list[Any] = []
    while True:
        page = client.get(f"{API}/{path}", params={"limit": 3, **query}).json()
        found += page["items"]
        if page["next_cursor"] is None:
            assert (page["total"], page["total_is_exact"]) == (len(found), True)
            return found
        query["cursor"] = page["next_cursor"]


def decide(client: TestClient, **wanted: Any) -> Any:
    answer = client.post(DECISIONS, json=wanted, headers=BEARER)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_recommendations_come_by_rank_then_role_each_with_its_rule_and_claim(client: TestClient) -> None:
    found = walk(client, "snapshots/1/recommendations")
    assert [(one["slug"], one["role"]) for one in found] == [
        (slug, role) for slug in ("zorb", "papers") for role in ROLES
    ]
    trial, none, early = found[0], found[1], found[6]
    assert (trial["action"], trial["rule"], trial["claim"]) == ("trial", "developer_trial", "still_twice")
    assert (trial["check_on"], trial["score"], trial["hidden_by"]) == ("2023-03-20", None, None)
    assert trial["documents"] == ["github:a/zorb@2022-12-01", "hn:2", "hn:3"]
    assert (none["action"], none["no_action"], none["claim"]) == (None, "no_papers", None)
    assert none["why"] == "No paper of it was seen."
    assert (early["rule"], early["score"], early["checked_on"]) == (
        "researcher_early",
        "failed",
        "2023-01-17",
    )


def test_recommendations_of_one_role_or_one_topic(client: TestClient) -> None:
    path = "snapshots/1/recommendations"
    assert {one["role"] for one in walk(client, path, role="investor")} == {"investor"}
    assert [one["role"] for one in walk(client, path, topic="ZORB")] == ROLES
    assert [one["slug"] for one in walk(client, path, role="executive", topic="papers")] == ["papers"]
    assert walk(client, "snapshots/latest/recommendations") == []
    cursor = client.get(f"{API}/{path}", params={"limit": 1}).json()["next_cursor"]
    of_another = {"cursor": cursor, "role": "investor"}
    assert client.get(f"{API}/{path}", params=of_another).status_code == 422


def test_the_track_record_of_every_rule(client: TestClient) -> None:
    records = {one["rule"]: one for one in walk(client, "track-record")}
    assert len(records) == 5
    early = records["researcher_early"]
    assert (early["given"], early["held"], early["failed"], early["share"]["point"]) == (1, 0, 1, 0)
    assert (records["developer_trial"]["waiting"], records["developer_trial"]["share"]) == (1, None)
    for one in records.values():
        assert one["given"] == one["held"] + one["failed"] + one["unknown"] + one["waiting"]
    assert walk(client, "track-record", simulated=True) == []


def test_the_funnel_is_the_books_from_items_to_what_is_shown(client: TestClient) -> None:
    told = client.get(f"{API}/snapshots/1/funnel").json()
    assert (told["items"], told["documents"], told["item_drops"]) == (9, 7, {"no_id": 1})
    assert told["candidate_drops"] == {"seasonal": 1}
    assert (told["recommendations"]["trial"], told["shown"], told["hidden"]) == (2, 5, {})
    assert len(told["stages"]) == 7
    assert all(step["total"] == sum(step["parts"].values()) for step in told["stages"])
    assert told["stages"][5]["total"] == told["signals"] * len(ROLES)
    unwritten = client.get(f"{API}/snapshots/latest/funnel").json()
    assert (unwritten["recommendations"], unwritten["shown"]) == (None, None)
    assert unwritten["stages"][5] == {"stage": "signals_x_roles", "total": None, "parts": None}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("snapshots/7/funnel", 404),
        ("snapshots/first/funnel", 422),
        ("snapshots/7/recommendations", 404),
        ("snapshots/1/recommendations?role=king", 422),
        ("snapshots/1/recommendations?topic=nowhere", 404),
        ("decisions?kind=guess", 422),
        ("decisions?cursor=none", 422),
    ],
)
def test_what_there_is_not_is_told(client: TestClient, path: str, status: int) -> None:
    assert client.get(f"{API}/{path}").status_code == status


def test_a_decision_hides_marks_and_counts_until_it_is_undone(writable: TestClient) -> None:
    body = {"kind": "mute", "topic": "Zorb", "reason": "seen enough"}
    assert writable.post(DECISIONS, json=body).status_code == 401
    made = decide(writable, **body)
    assert (made["number"], made["topic"], made["words"], made["undone_at"]) == (1, "zorb", "Zorb", None)
    funnel = writable.get(f"{API}/snapshots/1/funnel").json()
    assert (funnel["shown"], funnel["hidden"]) == (1, {"mute": 4})
    marks = {one["slug"]: one["hidden_by"] for one in walk(writable, "snapshots/1/recommendations")}
    assert marks == {"zorb": 1, "papers": None}

    assert writable.delete(f"{DECISIONS}/1").status_code == 401
    undone = writable.delete(f"{DECISIONS}/1", params={"reason": "back"}, headers=BEARER).json()
    assert (undone["undone_because"], undone["undone_at"] is None) == ("back", False)
    assert writable.get(f"{API}/snapshots/1/funnel").json()["shown"] == 5
    assert writable.delete(f"{DECISIONS}/1", headers=BEARER).status_code == 422
    assert writable.delete(f"{DECISIONS}/9", headers=BEARER).status_code == 404


def test_decisions_are_listed_the_latest_first_by_kind_and_by_whether_they_hold(writable: TestClient) -> None:
    for wanted in (
        {"kind": "follow", "topic": "Quiet Frobnication"},
        {"kind": "merge", "topic": "papers", "other": "zorb"},
        {"kind": "mute", "topic": "watched"},
        {"kind": "not_a_technology", "topic": "a"},
    ):
        decide(writable, **wanted)
    writable.delete(f"{DECISIONS}/3", headers=BEARER)

    assert [one["number"] for one in walk(writable, "decisions", limit=1)] == [4, 3, 2, 1]
    assert [one["number"] for one in walk(writable, "decisions", sort="number", holds=True)] == [1, 2, 4]
    assert [one["number"] for one in walk(writable, "decisions", holds=False)] == [3]
    assert [one["other"] for one in walk(writable, "decisions", kind=["merge", "mute"])] == [None, "zorb"]


def test_what_is_followed_over_http_is_asked_about(writable: TestClient, tmp_path: Path) -> None:
    decide(writable, kind="follow", topic="Quiet Frobnication", reason="ours")
    engine = open_engine(f"sqlite:///{tmp_path / 'home' / 'nophantom.db'}")
    with reading(engine) as session:
        assert [(one.words, one.why) for one in followed_topics(session)] == [("Quiet Frobnication", "ours")]
    engine.dispose()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"kind": "mute", "topic": "nowhere"}, 404),
        ({"kind": "mute", "topic": ""}, 422),
        ({"kind": "mute", "topic": "\u0000"}, 422),
        ({"kind": "mute", "topic": "zorb", "reason": "\u0000"}, 422),
        ({"kind": "mute", "topic": "zorb", "other": "papers"}, 422),
        ({"kind": "merge", "topic": "zorb"}, 422),
        ({"kind": "merge", "topic": "zorb", "other": "zorb"}, 422),
        ({"kind": "follow", "topic": "..."}, 422),
        ({"kind": "guess", "topic": "zorb"}, 422),
        ({"kind": "mute", "topic": "zorb", "token": "secret"}, 422),
        ({}, 422),
    ],
    ids=str,
)
def test_what_is_no_decision_is_refused_and_nothing_is_kept(
    writable: TestClient, body: dict[str, str], status: int
) -> None:
    assert writable.post(DECISIONS, json=body, headers=BEARER).status_code == status
    assert walk(writable, "decisions") == []


def test_a_topic_has_its_five_recommendations_and_what_was_decided(tmp_path: Path, serve: Serve) -> None:
    home = tmp_path / "crowd"
    home.mkdir()
    engine = open_engine(f"sqlite:///{home / 'nophantom.db'}")
    bring_up_to_date(engine, MIGRATIONS)
    crowd(engine, home, signals=2, watch=1, drops=0)
    with writing(engine) as session:
        recommend_snapshot(session, 1, at=now())
    engine.dispose()
    client = serve(home=home, token=TOKEN)
    slug = walk(client, "signals")[0]["slug"]
    decide(client, kind="mute", topic=slug)

    told = client.get(f"{API}/topics/{slug}").json()
    assert [one["role"] for one in told["recommendations"]] == ROLES
    assert {one["hidden_by"] for one in told["recommendations"]} == {1}
    assert all((one["action"] is None) != (one["no_action"] is None) for one in told["recommendations"])
    assert [(one["number"], one["kind"]) for one in told["decisions"]] == [(1, "mute")]
    assert told["judged"]["hidden_by"] == 1
    assert [(one["slug"] == slug, one["hidden_by"]) for one in walk(client, "signals")] == [
        (True, 1),
        (False, None),
    ]
    watched = client.get(f"{API}/topics/{walk(client, 'watchlist')[0]['slug']}").json()
    assert (watched["recommendations"], watched["decisions"]) == ([], [])
