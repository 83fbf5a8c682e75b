"""Back-tests of an archive: which references are read, and what is written."""

from __future__ import annotations

import sys
from datetime import date, timedelta
from pathlib import Path

import orjson
import pytest
from sqlalchemy import Engine

from nophantom.errors import NotFound
from nophantom.trends.backtest.plan import Part, Plan
from nophantom.trends.backtest.references import ReferenceKind
from nophantom.trends.backtesting import backtest_archive, read_references, write_report
from nophantom.trends.importing import import_archives

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

START = date(2021, 1, 1)
RADAR = {"aliases": [], "first_seen": "2021-03-08", "ring_dates": {}, "clean_positive": True}


def packed(*records: object) -> bytes:
    return b"".join(orjson.dumps(record) + b"\n" for record in records)


def day(number: int) -> date:
    return START + timedelta(days=number)


def a_story(number: int, on: int) -> dict[str, object]:
    words = f"Vint {number % 7} mub {number % 11}"
    return {
        "source": "hackernews",
        "native_id": str(40_000_000 + number),
        "url": f"https://site{number % 5}.example/{number}",
        "title": f"Zorblax and {words}" if number % 10 == 0 else words,
        "author": f"author {number}",
        "published_at": str(day(on)),
        "score": 150 if number >= 620 else 3,
        "extra": {"from": ["zorb_daily"]},
    }


def test_lists_are_read_plain_or_packed_and_what_is_not_clean_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "radar_targets.jsonl.zst").write_bytes(
        zstd.compress(
            packed(
                {"technology": "Zorblax", **RADAR},
                {"technology": "Vint", **RADAR, "clean_positive": False},
            )
        )
    )
    (tmp_path / "cncf_projects.jsonl").write_bytes(packed({"technology": "Quux", "accepted": "2021-03-01"}))

    found = read_references(tmp_path)

    assert [(one.name, one.kind) for one in found] == [
        ("Zorblax", ReferenceKind.RADAR),
        ("Quux", ReferenceKind.CNCF),
    ]


def test_a_folder_without_any_list_is_told_what_to_hold(tmp_path: Path) -> None:
    with pytest.raises(
        NotFound, match=r"holds no list of references\. Name a folder with one of radar_targets"
    ):
        read_references(tmp_path)


@pytest.mark.parametrize("place", ["truth", "documents"])
def test_first_days_come_from_the_archive_itself_and_what_it_points_out(
    sqlite_engine: Engine, tmp_path: Path, place: str
) -> None:
    """Points stand in an archive among the lists, or in the folder of documents beside them."""
    for folder in {"truth", place}:
        (tmp_path / folder).mkdir()
    stories = [a_story(n, n // 10) for n in range(680)]
    (tmp_path / place / "hackernews.jsonl").write_bytes(packed(*stories))
    old = {"technology": "Mub", **RADAR, "first_seen": "2019-03-08"}  # known before the archive begins
    (tmp_path / "truth" / "radar_targets.jsonl").write_bytes(packed({"technology": "Zorblax", **RADAR}, old))
    import_archives(sqlite_engine, [tmp_path / place / "hackernews.jsonl"])
    plan = Plan(first=day(57), last=day(67), parts=frozenset({Part.LEADS}))

    result = backtest_archive(sqlite_engine, plan, truth=tmp_path / "truth")

    told = {
        (lead.reference.kind, lead.reference.name, lead.reference.day)
        for one in result.leads
        for lead in one.leads
    }
    assert told == {
        (ReferenceKind.RADAR, "Zorblax", date(2021, 3, 8)),
        (ReferenceKind.HACKER_NEWS, "Zorblax", day(62)),
    }
    paths = write_report(result, tmp_path / "new" / "report")
    assert [path.name for path in paths] == ["backtest.json", "backtest.html", "backtest.md"]
    assert write_report(result, tmp_path / "new" / "report") == paths  # written again, part by part
    assert orjson.loads(paths[0].read_bytes())["replayed"]["documents"] == 680


def test_an_archive_without_documents_says_how_to_get_some(sqlite_engine: Engine) -> None:
    with pytest.raises(NotFound, match="trends import FILE"):
        backtest_archive(sqlite_engine, Plan())
