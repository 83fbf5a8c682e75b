"""Bodies of answers: kept in packs by the hour in which they came, for a time, then forgotten; their hashes stay.

A file for every body would take longer to make than its feed takes to read. A pack is a row of bodies, each behind its
hash and its size, and one process alone writes to it. What a killed process did not write whole ends its pack; what
stands before is whole.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from nophantom.errors import Unavailable, Unreadable

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MOST_WAITING = 4 * 2**20
"""Bytes, compressed, that wait to be written together."""

_LEVEL = 1  # they are looked at rarely, and not for long
_HASH = 32
_SIZE = 4
_HOUR = "%Y%m%dT%H"
_PACK = re.compile(r"(\d{8}T\d\d)-[0-9a-f]{8}\.pack")


class _Place(NamedTuple):
    """Where a body stands."""

    pack: Path
    start: int
    size: int


class Bodies:
    """A folder of packs; for one thread of one process, beside which others may have their own.

    Args:
        folder: made when the first body is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._own = f"{uuid4().hex[:8]}.pack"
        self._packing = zstd.ZstdCompressor(level=_LEVEL)
        self._waiting: dict[bytes, bytes] = {}
        self._size = 0
        self._pack = ""
        self._in_pack: set[bytes] = set()

    def put(self, content: bytes, at: datetime) -> str:
        """Take a body, which is written with the next ones or by `write`; returns its SHA-256 in hex.

        Args:
            content: the body.
            at: the moment (UTC) from which on it is kept; none lies much before that of the last call.

        Raises:
            Unavailable: the folder cannot be written to.
        """
        self._begin(at)
        digest = sha256(content)
        name = digest.digest()
        if name not in self._in_pack:
            self._in_pack.add(name)
            packed = self._packing.compress(content, zstd.ZstdCompressor.FLUSH_FRAME)
            self._waiting[name] = packed
            self._size += len(packed)
            if self._size > MOST_WAITING:
                self.write()
        return digest.hexdigest()

    def write(self) -> None:
        """Write what waits.

        Raises:
            Unavailable: the folder cannot be written to; what waited waits on.
        """
        if not self._waiting:
            return
        whole = b"".join(
            name + len(packed).to_bytes(_SIZE, "big") + packed for name, packed in self._waiting.items()
        )
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            _append(self.folder / self._pack, whole)
        except OSError as problem:
            raise Unavailable(
                f"cannot write to {str(self.folder)!r}: {problem.strerror or problem}. Nothing of this "
                "step was kept. Free the folder, or name another place with --home or NOPHANTOM_HOME."
            ) from problem
        self._waiting, self._size = {}, 0

    def get(self, digest: str) -> bytes:
        """The body with a SHA-256, checked against it; all packs are looked through.

        Raises:
            Unreadable: it is not there, or no longer what was kept.
        """
        name = bytes.fromhex(digest)
        packed = self._waiting.get(name)
        if packed is None:
            place = next((place for found, place in self._places() if found == name), None)
            if place is None:
                raise Unreadable(
                    f"no body {digest[:12]} is kept in {str(self.folder)!r}. It was forgotten after the days for "
                    "which bodies are kept (NOPHANTOM_KEEP_DAYS), or its pack was removed."
                )
            with place.pack.open("rb") as file:
                file.seek(place.start)
                packed = file.read(place.size)
        with suppress(zstd.ZstdError):
            content = zstd.decompress(packed)
            if sha256(content).hexdigest() == digest:
                return content
        raise Unreadable(
            f"the body {digest[:12]} in {str(self.folder)!r} is no longer what was kept. Restore the folder from a "
            "copy."
        )

    def hashes(self) -> frozenset[str]:
        """SHA-256 in hex of all that is written."""
        return frozenset(name.hex() for name, _ in self._places())

    def forget(self, before: datetime) -> int:
        """Remove the packs of the hours that ended before a moment; returns how many there were.

        A pack of a moment to come, which a wrong clock wrote, stays until then.
        """
        found = 0
        for pack, hour in self._packs():
            if hour + timedelta(hours=1) <= before:
                with suppress(FileNotFoundError):  # another process was faster
                    pack.unlink()
                    found += 1
        return found

    def _begin(self, at: datetime) -> None:
        pack = f"{at.astimezone(UTC).strftime(_HOUR)}-{self._own}"
        if pack != self._pack:
            if self._pack:
                self.write()
            self._pack, self._in_pack = pack, set()

    def _packs(self) -> list[tuple[Path, datetime]]:
        found = [(path, _PACK.fullmatch(path.name)) for path in sorted(self.folder.glob("*.pack"))]
        return [(path, datetime.strptime(name[1], _HOUR).replace(tzinfo=UTC)) for path, name in found if name]

    def _places(self) -> Iterator[tuple[bytes, _Place]]:
        for pack, _ in reversed(self._packs()):  # what is looked for came lately
            with suppress(FileNotFoundError):
                yield from _places_in(pack)


def _places_in(pack: Path) -> Iterator[tuple[bytes, _Place]]:
    end = pack.stat().st_size
    with pack.open("rb") as file:
        while len(head := file.read(_HASH + _SIZE)) == _HASH + _SIZE:
            start, size = file.tell(), int.from_bytes(head[_HASH:], "big")
            if start + size > end:  # a killed process wrote no further
                return
            yield head[:_HASH], _Place(pack, start, size)
            file.seek(start + size)


def _append(pack: Path, whole: bytes) -> None:
    """Write all of it behind what is there, or nothing."""
    handle = os.open(pack, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        before = os.fstat(handle).st_size
        rest = memoryview(whole)
        try:
            while rest:
                rest = rest[os.write(handle, rest) :]
        except OSError:
            with suppress(OSError):
                os.ftruncate(handle, before)
            raise
    finally:
        os.close(handle)
