"""The story of a document, over HTTP."""

from __future__ import annotations

from pathlib import Path

from fastapi.testclient import TestClient
from tests.trends.test_linking import arrive, link
from tests.trends.test_stories import LONG, a_document

from nophantom.api.app import create
from nophantom.settings import MIGRATIONS, Settings
from nophantom.store.engine import open_engine
from nophantom.store.versions import bring_up_to_date


def test_a_document_tells_its_story_and_null_while_it_waits_for_one(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'nophantom.db'}")
    bring_up_to_date(engine, MIGRATIONS)
    arrive(engine, [a_document("hn:1", 0, title=LONG), a_document("hn:2", 3, title=LONG)])
    with TestClient(create(Settings(home=tmp_path)), base_url="http://127.0.0.1") as client:
        assert client.get("/api/v1/documents/hn:2").json()["story"] is None

        link(engine)
        found = client.get("/api/v1/documents/hn:2").json()["story"]
        why = client.get("/api/v1/documents/why", params={"address": "hn:2"}).json()

    member = {"title": LONG, "url": "", "source_id": None, "source": None}
    assert found == {
        "representative": "hn:1",
        "title": LONG,
        "why": "equal_title",
        "total": 2,
        "members": [
            member | {"native_id": "hn:1", "first_seen": "2031-01-01", "why": None, "since": None},
            member
            | {"native_id": "hn:2", "first_seen": "2031-01-04", "why": "equal_title", "since": "2031-01-04"},
        ],
    }
    assert why["story"] == found
    engine.dispose()
