"""Sources, their health, their drops, and why something is not in: over HTTP, against a world that is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.trends.followed_world import ALPHA, BETA, BROKEN_FROM, DAYS, DELTA, GAMMA, NEWS, followed_world

from nophantom.api.app import create
from nophantom.clock import now
from nophantom.settings import MIGRATIONS, Settings
from nophantom.store.engine import open_engine, reading
from nophantom.store.versions import bring_up_to_date
from nophantom.trends.archive.source_tables import SourceState
from nophantom.trends.archive.sources import read_source

TOKEN = "a-token-of-24-characters"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
SOURCES = "/api/v1/sources"
Serve = Callable[..., TestClient]


def world_at(home: Path, at: datetime) -> Path:
    engine = open_engine(f"sqlite:///{home / 'nophantom.db'}")
    bring_up_to_date(engine, MIGRATIONS)
    followed_world(engine, at=at)
    engine.dispose()
    return home


@pytest.fixture(scope="module")
def at() -> datetime:
    return now() - timedelta(minutes=1)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, at: datetime) -> Iterator[TestClient]:
    """A server over the followed world, open for reading alone."""
    home = world_at(tmp_path_factory.mktemp("followed"), at)
    with TestClient(create(Settings(home=home)), base_url="http://127.0.0.1") as opened:
        yield opened


@pytest.fixture
def writable(tmp_path: Path, serve: Serve, at: datetime) -> TestClient:
    """A server over a world of its own, for those with the token."""
    return serve(home=world_at(tmp_path / "home", at), token=TOKEN)


def ids(client: TestClient, **query: Any) -> list[int]:
    """Of all pages, two sources at a time."""
    found: list[int] = []
    while True:
        page = client.get(SOURCES, params={"limit": 2, **query}).json()
        found += [source["id"] for source in page["items"]]
        if page["next_cursor"] is None:
            assert (page["total"], page["total_is_exact"]) == (len(found), True)
            return found
        query["cursor"] = page["next_cursor"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, [NEWS, ALPHA, BETA, DELTA, GAMMA]),
        ({"sort": "-address"}, [GAMMA, DELTA, BETA, ALPHA, NEWS]),
        ({"sort": "id"}, [ALPHA, BETA, GAMMA, DELTA, NEWS]),
        ({"sort": "-failures", "state": "active"}, [BETA, NEWS, DELTA, ALPHA]),
        ({"state": "disabled"}, [GAMMA]),
        ({"protocol": "feed", "failing": False}, [ALPHA, DELTA, GAMMA]),
        ({"trouble": "timeout"}, [BETA]),
        ({"trouble": ["tls", "gone"]}, []),
        ({"q": "ALPHA BL"}, [ALPHA]),
        ({"q": "%"}, []),
    ],
)
def test_sources_are_listed_filtered_and_sorted_page_by_page(
    client: TestClient, query: dict[str, Any], found: list[int]
) -> None:
    assert ids(client, **query) == found


def test_sources_by_their_next_visit_are_each_there_once(client: TestClient) -> None:
    found = ids(client, sort="next_at")
    assert sorted(found) == [ALPHA, BETA, GAMMA, DELTA, NEWS]
    assert ids(client, sort="-next_at") == found[::-1]


def test_the_health_of_a_source_is_told_with_why_it_is_degraded(client: TestClient) -> None:
    told = client.get(f"{SOURCES}/{BETA}").json()
    assert told["name"] == "The beta blog"
    assert told["degraded"].startswith(
        f"timeout: {DAYS - BROKEN_FROM} visits in a row failed, the last good one"
    )
    assert told["success_rate"] == BROKEN_FROM / DAYS
    assert [(t["trouble"], t["visits"]) for t in told["troubles"]] == [("timeout", DAYS - BROKEN_FROM)]
    assert len(told["days"]) == 30
    assert told["days"][0] | {"day": ""} == {
        "day": "",
        "visits": 0,
        "failed": 0,
        "documents": None,
        "duplicates": None,
        "drops": None,
    }
    assert told["drops"] == {"no_id": BROKEN_FROM}
    assert [visit["outcome"] for visit in told["last_visits"][:2]] == ["failed", "failed"]
    assert client.get(f"{SOURCES}/{ALPHA}").json()["degraded"] is None
    missing = client.get(f"{SOURCES}/999")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")


def test_the_visits_of_a_source_are_paged(client: TestClient) -> None:
    first = client.get(f"{SOURCES}/{ALPHA}/visits", params={"limit": 20}).json()
    rest = client.get(
        f"{SOURCES}/{ALPHA}/visits", params={"limit": 20, "cursor": first["next_cursor"]}
    ).json()
    moments = [visit["started_at"] for visit in first["items"] + rest["items"]]
    assert moments == sorted(moments, reverse=True)
    assert (len(set(moments)), first["total"], rest["next_cursor"]) == (DAYS, DAYS, None)
    failed = client.get(f"{SOURCES}/{BETA}/visits", params={"outcome": "failed"}).json()
    assert failed["total"] == DAYS - BROKEN_FROM


def test_all_sources_in_sums(client: TestClient) -> None:
    told = client.get(f"{SOURCES}/summary").json()
    assert told["by_state"] == {"active": 4, "disabled": 1}
    assert (told["failing"], told["by_trouble"]) == (1, {"timeout": 1})
    day = told["day"]
    assert day["visits"] == day["fetched"] + day["unchanged"] + day["failed"] == 3
    assert day["items"] == day["documents"] + day["duplicates"] + day["drops"] == 4


def test_dropped_items_are_counted_as_they_are_listed(client: TestClient, at: datetime) -> None:
    path = "/api/v1/drops/items"
    counts = client.get(f"{path}/counts").json()
    assert counts["by_reason"] == {"no_id": 10, "bad_date": 1, "future_date": 1}
    assert counts["total"] == client.get(path).json()["total"] == 12
    of_beta = client.get(path, params={"source": BETA, "reason": "no_id", "q": "ITEM 3"}).json()["items"]
    assert [(drop["source_id"], drop["seen"]) for drop in of_beta] == [(BETA, "no id, no link: item 3")]
    today = {"first": at.date().isoformat(), "last": at.date().isoformat()}
    assert client.get(f"{path}/counts", params=today).json()["by_reason"] == {"future_date": 1}


def test_documents_are_found_by_words_and_by_source(client: TestClient) -> None:
    def found(**query: Any) -> list[str]:
        return [d["title"] for d in client.get("/api/v1/documents", params=query).json()["items"]]

    assert found(q="COMPILER rust", limit=1) == ["Rust compiler 2.0 is faster, part 20"]
    assert found(q="rust", source=NEWS) == ["Rust compiler 2.0 is faster, part 0"]
    assert len(found(collection="feeds/engineering/2026-01")) == DAYS + 1
    nothing = client.get("/api/v1/documents", params={"q": "?!"})
    assert (nothing.status_code, nothing.json()["code"]) == (422, "invalid_input")


def test_why_something_is_not_in_is_answered_with_where_it_could_come_from(client: TestClient) -> None:
    def why(address: str) -> Any:
        return client.get("/api/v1/documents/why", params={"address": address}).json()

    there = why("http://alpha.example/0?utm_source=x")
    assert (there["found"], [one["source_id"] for one in there["sent"]]) == ("document", [ALPHA, NEWS])
    never = why("https://beta.example/x")
    assert [(near["id"], near["drops"], near["trouble"]) for near in never["nearby"]] == [
        (BETA, 10, "timeout")
    ]
    assert why("https://alpha.example/undated")["drops"][0]["reason"] == "bad_date"
    assert why("no address")["code"] == "invalid_input"


def test_following_a_source_needs_the_token_and_happens_once(writable: TestClient) -> None:
    new = {"address": "https://zeta.example/feed.xml", "title": "Zeta", "kind": "web"}
    assert writable.post(SOURCES, json=new).status_code == 401
    added = writable.post(SOURCES, json=new, headers=BEARER).json()
    assert (added["added"], added["source"]["title"], added["source"]["protocol"]) == (True, "Zeta", "feed")
    again = {"address": "http://www.zeta.example:80/feed.xml/"}
    known = writable.post(SOURCES, json=again, headers=BEARER).json()
    assert (known["added"], known["source"]["id"]) == (False, added["source"]["id"])
    papers = writable.post(SOURCES, json={"address": "arxiv:cs.LG"}, headers=BEARER).json()
    assert papers["source"]["protocol"] == "arxiv_oai"


@pytest.mark.parametrize(
    "body",
    [
        {"address": "no address"},
        {"address": ""},
        {"address": "https://a.example/\u0000"},
        {"address": "https://a.example/", "title": "\u0000"},
        {"address": "https://a.example/", "language": "english"},
        {"address": "https://a.example/", "token": "secret"},
        {},
    ],
    ids=str,
)
def test_what_is_no_source_is_refused_and_nothing_is_kept(writable: TestClient, body: dict[str, str]) -> None:
    refused = writable.post(SOURCES, json=body, headers=BEARER)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input")
    assert len(ids(writable)) == 5


def test_a_source_is_disabled_with_a_reason_and_made_active_again(
    writable: TestClient, tmp_path: Path
) -> None:
    path = f"{SOURCES}/{ALPHA}"
    assert writable.patch(path, json={"state": "disabled", "why": "dull"}).status_code == 401
    off = writable.patch(path, json={"state": "disabled", "why": "dull"}, headers=BEARER).json()
    assert (off["state"], off["state_why"]) == ("disabled", "dull")
    on = writable.patch(path, json={"state": "active"}, headers=BEARER).json()
    assert (on["state"], on["state_why"]) == ("active", None)
    assert datetime.fromisoformat(on["next_at"]) <= now()  # due at once
    engine = open_engine(f"sqlite:///{tmp_path / 'home' / 'nophantom.db'}")
    with reading(engine) as session:
        assert read_source(session, ALPHA).state is SourceState.ACTIVE
    engine.dispose()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"state": "disabled"}, 422),
        ({"state": "active", "why": "dull"}, 422),
        ({"state": "retired", "why": "dull"}, 422),
        ({"state": "disabled", "why": "\u0000"}, 422),
    ],
)
def test_a_change_that_says_too_little_or_too_much_is_refused(
    writable: TestClient, body: dict[str, str], status: int
) -> None:
    assert writable.patch(f"{SOURCES}/{ALPHA}", json=body, headers=BEARER).status_code == status
    assert writable.patch(f"{SOURCES}/999", json={"state": "active"}, headers=BEARER).status_code == 404
