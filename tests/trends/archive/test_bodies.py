"""Bodies are kept for a time, by their hash; what is still sent stays."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256

import pytest
from sqlalchemy import Engine
from tests.trends.archive.test_visits import AT, follow, record, visit

from nophantom.store.blobs import Blobs
from nophantom.store.engine import reading
from nophantom.trends.archive.bodies import MARK, forget_bodies
from nophantom.trends.archive.visit_records import AnswerRecord


def send(engine: Engine, blobs: Blobs, source: int, body: bytes, *, days: float) -> str:
    """One visit that was sent a body."""
    digest = blobs.put(body)
    answer = AnswerRecord("https://a.example/feed", 200, len(body), digest)
    record(engine, visit(source, hours=24 * days, answers=(answer,)))
    return digest


def forget(engine: Engine, blobs: Blobs, before: datetime) -> int:
    with reading(engine) as session:
        return forget_bodies(session, blobs, before=before)


def kept(blobs: Blobs) -> set[str]:
    return {path.parent.name + path.stem for path in blobs.folder.rglob("*.zst")}


def test_what_nobody_sent_for_a_time_is_forgotten_and_what_is_still_sent_stays(
    engine: Engine, blobs: Blobs
) -> None:
    (number,) = follow(engine)
    old = send(engine, blobs, number, b"old", days=0)
    same = send(engine, blobs, number, b"same", days=0.5)
    assert send(engine, blobs, number, b"same", days=20) == same
    new = send(engine, blobs, number, b"new", days=20.5)
    assert forget(engine, blobs, AT + timedelta(days=10)) == 1
    assert kept(blobs) == {same, new}
    assert old not in kept(blobs)
    assert forget(engine, blobs, AT + timedelta(days=20.2)) == 1  # the second time it was sent is over, too
    assert kept(blobs) == {new}


def test_a_folder_is_looked_at_once_a_day_and_only_at_what_came_since(
    sqlite_engine: Engine, blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    (number,) = follow(sqlite_engine)
    for day in range(10):
        send(sqlite_engine, blobs, number, str(day).encode(), days=day)
    looked: list[str] = []
    remove = blobs.remove

    def looks(digest: str) -> bool:
        looked.append(digest)
        return remove(digest)

    monkeypatch.setattr(blobs, "remove", looks)
    for hours in range(0, 24 * 10, 6):
        forget(sqlite_engine, blobs, AT + timedelta(hours=hours + 1))
    assert len(looked) == len(set(looked)) == 10
    assert kept(blobs) == set()


def test_a_mark_of_a_clock_that_was_ahead_or_of_nobody_is_no_hindrance(
    sqlite_engine: Engine, blobs: Blobs
) -> None:
    (number,) = follow(sqlite_engine)
    for n, mark in enumerate((AT.replace(year=2041).isoformat(), "soon", "2026-01-01", "")):
        send(sqlite_engine, blobs, number, f"body {n}".encode(), days=n)
        (blobs.folder / MARK).write_text(mark)
        assert forget(sqlite_engine, blobs, AT + timedelta(days=n + 0.5)) == 1


def test_what_was_removed_by_hand_is_no_reason_to_fail(sqlite_engine: Engine, blobs: Blobs) -> None:
    (number,) = follow(sqlite_engine)
    send(sqlite_engine, blobs, number, b"x", days=0)
    assert blobs.remove(sha256(b"x").hexdigest())
    assert forget(sqlite_engine, blobs, AT + timedelta(days=1)) == 0
