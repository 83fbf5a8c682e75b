"""Files by content hash: whole or not there, stored once, and damage is told."""

from __future__ import annotations

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nophantom.errors import Unavailable, Unreadable
from nophantom.store.blobs import Blobs

CONTENT = b'["The answer is 18.", null]' * 1000

KILLED_WHILE_WRITING = """
import os, signal, sys
from pathlib import Path
from nophantom.store.blobs import Blobs

os.fsync = lambda handle: os.kill(os.getpid(), signal.SIGKILL)
Blobs(Path(sys.argv[1])).put(b"half of a text")
"""


def _files(blobs: Blobs) -> list[Path]:
    return sorted(path for path in blobs.folder.rglob("*") if path.is_file())


@given(content=st.binary(max_size=3000))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_put_comes_back_under_its_own_hash(blobs: Blobs, content: bytes) -> None:
    digest = blobs.put(content)
    assert digest == sha256(content).hexdigest()
    assert blobs.get(digest) == content


def test_the_same_content_is_stored_once_and_compressed(blobs: Blobs) -> None:
    first = blobs.put(CONTENT)
    (file,) = _files(blobs)
    written = file.stat().st_mtime_ns
    assert blobs.put(CONTENT) == first
    assert [path.stat().st_mtime_ns for path in _files(blobs)] == [written]
    assert file.stat().st_size < len(CONTENT) / 4


def test_different_contents_are_different_files(blobs: Blobs) -> None:
    digests = {blobs.put(bytes([value])) for value in range(20)}
    assert len(digests) == len(_files(blobs)) == 20


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file.unlink(),
        lambda file: file.write_bytes(b""),
        lambda file: file.write_bytes(file.read_bytes()[:-1]),
        lambda file: file.write_bytes(file.read_bytes() + b"x"),
        lambda file: file.write_bytes(b"not compressed at all"),
        lambda file: file.write_bytes(bytes([*file.read_bytes()[:-5], 0, 0, 0, 0, 0])),
        lambda file: (file.unlink(), file.mkdir()),
    ],
    ids=["missing", "empty", "truncated", "longer", "not compressed", "overwritten", "a folder"],
)
def test_a_damaged_file_is_never_given_out_and_the_error_says_what_to_do(
    blobs: Blobs, damage: object
) -> None:
    digest = blobs.put(CONTENT)
    (file,) = _files(blobs)
    assert callable(damage)
    damage(file)
    with pytest.raises(Unreadable) as told:
        blobs.get(digest)
    assert digest[:12] in told.value.message
    assert str(file) in told.value.message
    assert "Restore" in told.value.message


def test_a_whole_file_with_another_content_is_never_given_out(blobs: Blobs) -> None:
    digest = blobs.put(CONTENT)
    (file,) = _files(blobs)
    other = Blobs(blobs.folder.parent / "other")
    other.put(b"something else")
    file.write_bytes(_files(other)[0].read_bytes())
    with pytest.raises(Unreadable, match="no longer what was stored"):
        blobs.get(digest)


def test_a_writer_killed_in_the_middle_leaves_nothing_under_the_name_and_can_be_repeated(
    blobs: Blobs,
) -> None:
    command = [sys.executable, "-c", KILLED_WHILE_WRITING, str(blobs.folder)]
    killed = subprocess.run(command, check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert [path.suffix for path in _files(blobs)] == [".part"]
    digest = sha256(b"half of a text").hexdigest()
    with pytest.raises(Unreadable):
        blobs.get(digest)
    assert blobs.put(b"half of a text") == digest
    assert blobs.get(digest) == b"half of a text"


def test_a_writer_that_is_interrupted_cleans_up(blobs: Blobs, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_handle: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        blobs.put(CONTENT)
    assert _files(blobs) == []


def test_threads_that_write_the_same_at_once_all_succeed_and_leave_one_file(blobs: Blobs) -> None:
    contents = [CONTENT, b"another"] * 8
    with ThreadPoolExecutor(8) as threads:
        digests = list(threads.map(blobs.put, contents))
    assert [blobs.get(digest) for digest in digests] == contents
    assert len(_files(blobs)) == 2


def test_a_place_that_cannot_be_written_to_is_told_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where the folder should be")
    with pytest.raises(Unavailable, match="Nothing of this step was kept") as told:
        Blobs(tmp_path / "taken").put(CONTENT)
    assert "NOPHANTOM_HOME" in told.value.message


def test_a_full_disk_leaves_nothing_behind(blobs: Blobs, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(Unavailable, match="No space left on device"):
        blobs.put(CONTENT)
    assert _files(blobs) == []
