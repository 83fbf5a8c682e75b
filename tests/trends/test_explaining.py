"""What a stored snapshot does not list is reckoned again from the archive, by every door alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import orjson
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from tests.trends.test_assembly import DAYS, START, a_corpus, a_document
from tests.trends.test_explanation import BLAX, LAST

from nophantom.api.app import create
from nophantom.clock import now
from nophantom.settings import MIGRATIONS, Settings
from nophantom.store.engine import open_engine, reading, writing
from nophantom.store.versions import bring_up_to_date
from nophantom.trends.adopting import import_adoption
from nophantom.trends.archive.intake import ArchiveFile, record_batch, start_fetch
from nophantom.trends.archive.snapshots import SnapshotRow, latest_snapshot
from nophantom.trends.concluding import detect_signals
from nophantom.trends.documents import Family, Item
from nophantom.trends.explaining import explain_again, parameters_of
from nophantom.trends.parameters import Parameters


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive in which blax is told on five days, and its snapshot."""
    home = tmp_path_factory.mktemp("explained")
    engine = open_engine(f"sqlite:///{home / 'nophantom.db'}")
    bring_up_to_date(engine, MIGRATIONS)
    documents = a_corpus() + [a_document(9_000 + day, day, f"{day} blax") for day in BLAX]
    items = [Item(n, n.to_bytes(16, "big"), d) for n, d in enumerate(documents, 1)]
    with writing(engine) as session:
        fetch = start_fetch(session, ArchiveFile("a.jsonl", "0" * 64, 1, Family.HACKER_NEWS), at=now())
        record_batch(session, fetch, items, lines=len(items))
    detect_signals(engine)
    engine.dispose()
    return home


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    opened = open_engine(f"sqlite:///{home / 'nophantom.db'}")
    yield opened
    opened.dispose()


@pytest.fixture
def snapshot(engine: Engine) -> SnapshotRow:
    with reading(engine) as session:
        row = latest_snapshot(session)
    assert row is not None
    return row


def test_a_topic_with_too_few_stories_is_told_with_its_latest_documents(
    engine: Engine, snapshot: SnapshotRow
) -> None:
    told = explain_again(engine, snapshot, "Blax")

    assert told.explanation is not None
    assert (told.explanation.missing, told.explanation.stories) == (2, len(BLAX))
    assert [d.native_id for d in told.documents] == [f"hn:{9_000 + day:06}" for day in reversed(BLAX)]
    assert told.as_of == snapshot.as_of


def test_a_topic_that_nobody_told_has_its_nearest_spelling(engine: Engine, snapshot: SnapshotRow) -> None:
    told = explain_again(engine, snapshot, "blaxx")

    assert (told.explanation, told.documents, told.nearest) == (None, (), ("blax",))


def test_the_interface_tells_the_same_of_both(home: Path, snapshot: SnapshotRow) -> None:
    with TestClient(create(Settings(home=home)), base_url="http://127.0.0.1") as client:
        root = f"/api/v1/snapshots/{snapshot.id}/topics"
        told = client.get(f"{root}/Blax/explanation").json()
        unknown = client.get(f"{root}/blaxx/explanation").json()

    assert (told["topic"]["slug"], told["topic"]["missing"], told["nearest"]) == ("blax", 2, [])
    assert told["topic"]["would_be"]["stories"] == 1
    assert len(told["topic"]["would_be"]["gates"]) == 8
    assert [d["day"] for d in told["topic"]["days"]] == [
        str(START.fromordinal(START.toordinal() + d)) for d in BLAX
    ]
    assert (unknown["topic"], unknown["nearest"]) == (None, ["blax"])


def test_the_adoption_of_what_bears_the_name_of_a_signal_stands_beside_it_and_changes_nothing(
    home: Path, engine: Engine, snapshot: SnapshotRow, tmp_path: Path
) -> None:
    months = "product,measure,month,value\npypi:zorb,downloads,2031-02,5\npypi:zorb,downloads,2031-04,9\n"
    (tmp_path / "a.csv").write_text(months)
    import_adoption(engine, [tmp_path / "a.csv"])
    with TestClient(create(Settings(home=home)), base_url="http://127.0.0.1") as client:
        told = client.get("/api/v1/topics/zorb").json()["judged"]

    february = {"month": "2031-02-01", "value": 5}  # April was not over on the day
    page = "https://pypi.org/project/zorb/"
    assert told["adoption"] == [
        {"product": "pypi:zorb", "url": page, "measure": "downloads", "months": [february]}
    ]
    again = detect_signals(engine)
    assert (again.recorded.id, again.recorded.is_new) == (snapshot.id, False)


def test_the_parameters_of_a_snapshot_come_back_and_older_ones_are_filled_up() -> None:
    mine = Parameters(q=0.05, technology_only=False)

    assert parameters_of(orjson.loads(orjson.dumps(asdict(mine)))) == mine
    older = {"q": 0.05, "technology_only": False, "windows": [1, 3]}
    assert parameters_of(older) == replace(mine, boost=1.0)  # nothing was boosted then
    assert DAYS == LAST + 1
