"""An archive in Parquet is the archive in JSON Lines: the same documents, the same drops, the same books."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest
from sqlalchemy import Engine, text

from nophantom.trends.importing import ImportStatus, import_archives

RECORDS: list[dict[str, Any]] = [
    {
        "source": "hackernews",
        "native_id": str(100 + n),
        "url": f"https://a{n}.example/x",
        "title": f"Zorb {n} is out" if n != 3 else "",
        "text": None,
        "author": "ann",
        "published_at": f"2024-01-0{n + 1}",
        "score": 5,
        "extra": {"from": ["front"]},
    }
    for n in range(5)
]


def documents(engine: Engine) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        query = "SELECT native_id, title, url, author, published_on, first_seen FROM document ORDER BY 1"
        return [tuple(row) for row in connection.execute(text(query))]


def as_parquet(path: Path, records: list[dict[str, Any]]) -> Path:
    pq.write_table(pa.Table.from_pylist(records), path)
    return path


@pytest.mark.parametrize("extra_as", ["struct", "text"])
def test_rows_become_the_same_documents_and_drops_as_lines(
    tmp_path: Path, sqlite_engine: Engine, extra_as: str
) -> None:
    records = [
        record | ({"extra": orjson.dumps(record["extra"]).decode()} if extra_as == "text" else {})
        for record in RECORDS
    ]
    found = import_archives(sqlite_engine, [as_parquet(tmp_path / "a.parquet", records)])[0]
    rows = documents(sqlite_engine)

    lines = tmp_path / "a.jsonl"
    lines.write_bytes(b"".join(orjson.dumps(record) + b"\n" for record in RECORDS))
    again = import_archives(sqlite_engine, [lines])[0]

    assert found.status is again.status is ImportStatus.IMPORTED
    assert found.fetch is not None
    assert again.fetch is not None
    assert (found.fetch.documents, found.fetch.drops) == (4, 1)
    assert (again.fetch.documents, again.fetch.duplicates, again.fetch.drops) == (0, 4, 1)
    assert found.drops[0].reason == again.drops[0].reason
    assert documents(sqlite_engine) == rows


def test_times_without_a_zone_are_utc(tmp_path: Path, sqlite_engine: Engine) -> None:
    record = RECORDS[0] | {"published_at": datetime(2024, 1, 1, 23, 30, tzinfo=UTC).replace(tzinfo=None)}

    import_archives(sqlite_engine, [as_parquet(tmp_path / "a.parquet", [record])])

    assert documents(sqlite_engine)[0][4] == "2024-01-01"


def test_a_damaged_file_is_refused_in_one_sentence_and_others_are_imported(
    tmp_path: Path, sqlite_engine: Engine
) -> None:
    whole = as_parquet(tmp_path / "whole.parquet", RECORDS)
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(whole.read_bytes()[:-50])

    refused, kept = import_archives(sqlite_engine, [broken, whole])

    assert refused.status is ImportStatus.REFUSED
    assert refused.error is not None
    assert "Parquet" in refused.error.message
    assert kept.fetch is not None
    assert kept.fetch.documents == 4


def test_the_same_file_is_imported_once(tmp_path: Path, sqlite_engine: Engine) -> None:
    path = as_parquet(tmp_path / "a.parquet", RECORDS)

    import_archives(sqlite_engine, [path])

    assert import_archives(sqlite_engine, [path])[0].status is ImportStatus.KNOWN
