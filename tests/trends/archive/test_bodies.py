"""Bodies are kept in packs for a time, by their hash; what a killed process left is read as far as it is whole."""

from __future__ import annotations

import os
import tempfile
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nophantom.errors import Unavailable, Unreadable
from nophantom.trends.archive import bodies as module
from nophantom.trends.archive.bodies import Bodies

AT = datetime(2026, 1, 2, 12, 30, tzinfo=UTC)


@pytest.fixture
def bodies(tmp_path: Path) -> Bodies:
    return Bodies(tmp_path / "bodies")


def keep(bodies: Bodies, *contents: bytes, hours: float = 0.0) -> list[str]:
    """Put and write some bodies after some hours; returns their hashes."""
    found = [bodies.put(content, AT + timedelta(hours=hours)) for content in contents]
    bodies.write()
    return found


def packs(bodies: Bodies) -> list[Path]:
    return sorted(bodies.folder.iterdir()) if bodies.folder.exists() else []


def test_what_was_kept_comes_back_before_and_after_it_is_written(bodies: Bodies) -> None:
    digest = bodies.put(b"a body", AT)
    assert digest == sha256(b"a body").hexdigest()
    assert packs(bodies) == []
    assert bodies.get(digest) == b"a body"
    bodies.write()
    assert len(packs(bodies)) == 1
    assert Bodies(bodies.folder).get(digest) == b"a body"
    bodies.write()
    assert Bodies(bodies.folder).hashes() == {digest}


@given(st.lists(st.lists(st.binary(max_size=200), max_size=5), max_size=6), st.integers(1, 3))
def test_every_body_is_found_however_they_were_put_together(units: list[list[bytes]], hours: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        bodies = Bodies(Path(folder))
        for n, unit in enumerate(units):
            keep(bodies, *unit, hours=n // hours)
        everything = {sha256(content).hexdigest(): content for unit in units for content in unit}
        again = Bodies(Path(folder))
        assert again.hashes() == everything.keys()
        assert {digest: again.get(digest) for digest in everything} == everything


def test_the_same_body_is_written_once_in_an_hour(bodies: Bodies) -> None:
    keep(bodies, b"same" * 100, b"same" * 100)
    (pack,) = packs(bodies)
    size = pack.stat().st_size
    keep(bodies, b"same" * 100)
    assert pack.stat().st_size == size


def test_a_pack_is_forgotten_whole_and_what_was_sent_again_since_stays(bodies: Bodies) -> None:
    keep(bodies, b"old", b"same")
    keep(bodies, b"same", b"new", hours=5)
    kept = {sha256(content).hexdigest() for content in (b"same", b"new")}
    assert bodies.forget(AT) == 0
    assert bodies.forget(AT + timedelta(minutes=29)) == 0  # the hour goes on until 13:00
    assert bodies.forget(AT + timedelta(minutes=30)) == 1
    assert bodies.hashes() == kept
    assert bodies.forget(AT + timedelta(hours=6)) == 1
    assert packs(bodies) == []


def test_nothing_is_forgotten_of_another_program_or_of_a_clock_that_was_ahead(bodies: Bodies) -> None:
    keep(bodies, b"ahead", hours=24 * 365 * 15)
    for name in ("notes.txt", "20260102T12.pack", "20260102T12-0123456.pack"):
        (bodies.folder / name).write_bytes(b"mine")
    assert bodies.forget(AT + timedelta(days=30)) == 0
    assert len(packs(bodies)) == 4


def test_of_a_pack_that_a_kill_cut_off_what_is_whole_is_read(bodies: Bodies) -> None:
    first, second = keep(bodies, b"first", b"second")
    (pack,) = packs(bodies)
    whole = pack.read_bytes()
    for size in range(len(whole)):
        pack.write_bytes(whole[:size])
        left = Bodies(bodies.folder).hashes()
        assert left <= {first}
        assert (first in left) == (size >= whole.index(bytes.fromhex(second)))


def test_two_processes_write_beside_each_other(bodies: Bodies) -> None:
    other = Bodies(bodies.folder)
    keep(bodies, b"mine")
    keep(other, b"theirs")
    keep(bodies, b"mine again")
    assert len(packs(bodies)) == 2
    assert len(bodies.hashes()) == 3


def test_what_waits_is_written_when_it_is_much(bodies: Bodies, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 1_000)
    for n in range(50):
        bodies.put(sha256(bytes([n])).digest() * 2, AT)
    assert len(bodies.hashes()) >= 30


def test_a_body_that_is_not_there_or_was_changed_is_told(bodies: Bodies) -> None:
    (digest,) = keep(bodies, b"content of a body")
    with pytest.raises(Unreadable, match="no body"):
        bodies.get("0" * 64)
    (pack,) = packs(bodies)
    damaged = bytearray(pack.read_bytes())
    damaged[-3] ^= 0xFF
    pack.write_bytes(damaged)
    with pytest.raises(Unreadable, match="no longer what was kept"):
        bodies.get(digest)


def test_a_folder_that_cannot_be_written_to_is_told_and_what_waits_is_written_later(tmp_path: Path) -> None:
    (tmp_path / "bodies").write_text("a file")
    bodies = Bodies(tmp_path / "bodies")
    digest = bodies.put(b"patient", AT)
    with pytest.raises(Unavailable, match="cannot write to"):
        bodies.write()
    (tmp_path / "bodies").unlink()
    bodies.write()
    assert bodies.hashes() == {digest}


def test_what_was_written_in_part_is_taken_back(bodies: Bodies, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(bodies, b"before")
    (pack,) = packs(bodies)
    size = pack.stat().st_size
    write = os.write

    def full(handle: int, content: bytes) -> int:
        if len(content) < 20:
            raise OSError(28, "No space left on device")
        return write(handle, content[:20])

    digest = bodies.put(b"later", AT)
    monkeypatch.setattr(os, "write", full)
    with pytest.raises(Unavailable, match="No space left"):
        bodies.write()
    assert pack.stat().st_size == size
    monkeypatch.undo()
    bodies.write()
    assert Bodies(bodies.folder).get(digest) == b"later"
