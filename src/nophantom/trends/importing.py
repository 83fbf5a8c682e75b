"""Importing archives of documents. WORLD: opens files, one unit of work per batch of items."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import file_digest
from io import BufferedReader
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from nophantom.clock import now
from nophantom.errors import InvalidInput, NoPhantomError, NotFound, Unavailable, Unreadable
from nophantom.store.engine import reading, writing
from nophantom.trends.archive.intake import (
    ArchiveFile,
    DropCount,
    FetchBooks,
    count_drops,
    find_fetch,
    finish_fetch,
    record_batch,
    start_fetch,
)
from nophantom.trends.archive.source_tables import FetchOutcome
from nophantom.trends.documents import Family, Item
from nophantom.trends.linking import OnLinked, link_stories
from nophantom.trends.protocols.archive_file import (
    FAMILIES,
    LongLine,
    Window,
    family_of,
    read_line,
    split_lines,
)
from nophantom.trends.protocols.archive_parquet import MAGIC, parquet_lines

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

BATCH = 5_000
"""Items in a unit of work; also ended by so many bytes of lines:"""
BATCH_BYTES = 16 * 1024 * 1024
LINES_TO_RECOGNISE = 50
_CHUNK = 1024 * 1024
_ZSTD = re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18")  # a frame, or one that holds no data

OnBytes = Callable[[Path, int, int], None]
"""Called with the path, how many bytes of the file are read, and its size."""


class ImportStatus(StrEnum):
    """What became of a file."""

    IMPORTED = "imported"
    KNOWN = "known"
    """The same content in the same window was imported before; nothing was changed."""
    DAMAGED = "damaged"
    """It breaks off; what comes before is imported."""
    REFUSED = "refused"
    """It could not be read, or not to its end; what was committed of it is kept."""


@dataclass(frozen=True, slots=True)
class ImportedArchive:
    """What became of one file.

    Attributes:
        path: as it was given.
        status: imported, known, damaged or refused.
        fetch: its books; None when nothing of it was imported.
        resumed_after: the last line that an interrupted import had kept; 0 when there was none.
        drops: its drops by reason.
        error: why it is damaged or refused.
    """

    path: str
    status: ImportStatus
    fetch: FetchBooks | None = None
    resumed_after: int = 0
    drops: tuple[DropCount, ...] = ()
    error: NoPhantomError | None = None


def import_archives(
    engine: Engine,
    paths: Iterable[Path],
    *,
    window: Window | None = None,
    on_bytes: OnBytes | None = None,
    on_linked: OnLinked | None = None,
    batch: int = BATCH,
) -> list[ImportedArchive]:
    """Import archives of documents: JSON Lines, plain or zstd, or Parquet; then link them to their stories.

    A file that cannot be read does not keep the others out. The same content in the same window is imported once,
    whatever its name; an import that was interrupted goes on after the last batch that was kept.

    Args:
        engine: the store, its tables up to date.
        paths: the files.
        window: days of publication that are wanted; all when None.
        on_bytes: told about the progress of reading.
        on_linked: told about the progress of linking.
        batch: items in a unit of work.

    Returns:
        One entry per file, in the order given; the same file once.

    Raises:
        InvalidInput: the window ends before it begins.
    """
    window = window or Window()
    if window.first and window.last and window.first > window.last:
        raise InvalidInput(
            f"the window ends before it begins: from {window.first} until {window.last}. Swap them."
        )
    done = [_import_one(engine, path, window, on_bytes, batch) for path in dict.fromkeys(paths)]
    refused = any(file.status is ImportStatus.REFUSED for file in done)
    # A disk that is full is told of once; the documents wait for the next linking.
    with suppress(Unavailable) if refused else nullcontext():
        link_stories(engine, on_linked=on_linked)
    return done


def _import_one(
    engine: Engine, path: Path, window: Window, on_bytes: OnBytes | None, batch: int
) -> ImportedArchive:
    reader: _Reader | None = None
    try:
        with _open(path) as file:
            archive = _examine(file, path, window)
            with reading(engine) as session:
                known = find_fetch(session, archive.identity)
            if known is not None and known.outcome is FetchOutcome.COMPLETE:
                return _told(engine, path, ImportStatus.KNOWN, known)
            with writing(engine) as session:
                started = start_fetch(session, archive, at=now())
            reader = _Reader(engine, path, window, started, batch, on_bytes)
            damage = reader.read(file, archive.n_bytes)
    except (NoPhantomError, OSError) as problem:
        kept = reader.fetch if reader else None
        return ImportedArchive(str(path), ImportStatus.REFUSED, kept, error=_refusal(path, problem))
    status = ImportStatus.DAMAGED if damage else ImportStatus.IMPORTED
    return _told(engine, path, status, reader.fetch, resumed_after=started.lines, error=damage)


def _refusal(path: Path, problem: NoPhantomError | OSError) -> NoPhantomError:
    if isinstance(problem, NoPhantomError):
        return problem
    return Unavailable(
        f"cannot read {str(path)!r}: {problem.strerror or problem}. Check its permissions and its disk."
    )


def _told(
    engine: Engine, path: Path, status: ImportStatus, fetch: FetchBooks, **more: Any
) -> ImportedArchive:
    with reading(engine) as session:
        drops = tuple(count_drops(session, fetch.fetch_id)) if fetch.drops else ()
    return ImportedArchive(str(path), status, fetch, drops=drops, **more)


def _open(path: Path) -> BufferedReader:
    if not path.exists():
        raise NotFound(f"there is no file {str(path)!r}. Check the path.")
    if not path.is_file():
        raise Unreadable(
            f"{str(path)!r} is no file. Name an archive: JSON Lines, plain or compressed with zstd."
        )
    return path.open("rb")


def _examine(file: BufferedReader, path: Path, window: Window) -> ArchiveFile:
    """What the file is.

    Raises:
        Unreadable: it is no archive of documents.
    """
    n_bytes = os.fstat(file.fileno()).st_size
    family = _recognise(file, path)
    file.seek(0)
    digest = file_digest(file, "sha256").hexdigest()
    file.seek(0)
    return ArchiveFile(str(path), digest, n_bytes, family, window.first, window.last)


def _recognise(file: BufferedReader, path: Path) -> Family:
    looked_at, first, broken = 0, b"", ""
    try:
        for line in split_lines(_chunks(file)):
            if isinstance(line, bytes) and not line.strip():
                continue
            if (family := family_of(line)) is not None:
                return family
            first = first or (line if isinstance(line, bytes) else line.head)
            looked_at += 1
            if looked_at == LINES_TO_RECOGNISE:
                break
    except (EOFError, zstd.ZstdError, Unreadable) as problem:
        broken = f" that cannot be unpacked ({problem})"
    seen = f"a first line {first[:80]!r}" if first else f"a file{broken or ' without any line'}"
    raise Unreadable(
        f"{path}: wrong layout: none of its first {LINES_TO_RECOGNISE} lines is a record of an archive of documents; "
        f"saw {seen}. Expected one JSON object per line with source ({', '.join(FAMILIES)}), native_id, url, title, "
        "text, author, published_at, score, extra; plain or compressed with zstd; or Parquet with these columns."
    )


def _chunks(file: BufferedReader) -> Iterator[bytes]:
    """What the file holds as lines, unpacked where it begins like zstd, told row by row where it is Parquet.

    Raises:
        EOFError: it breaks off.
        Unreadable: a damaged Parquet file.
        zstd.ZstdError: it is damaged.
    """
    head = file.read(4)
    file.seek(0)
    if head == MAGIC:
        yield from parquet_lines(file)
        return
    packed = _ZSTD.match(head) is not None
    source: Any = zstd.ZstdFile(file) if packed else file
    # read1 gives what it has: a damage further on costs nothing of what comes before it.
    while chunk := source.read1(_CHUNK):
        yield chunk


class _Reader:
    """Reads one file to its end, and keeps what it read batch by batch."""

    def __init__(
        self,
        engine: Engine,
        path: Path,
        window: Window,
        fetch: FetchBooks,
        batch: int,
        on_bytes: OnBytes | None,
    ) -> None:
        self.fetch = fetch
        self._engine, self._path, self._window = engine, path, window
        self._batch, self._on_bytes = batch, on_bytes
        self._items: list[Item] = []
        self._lines = fetch.lines
        self._outside = self._blank = self._weight = 0

    def read(self, file: BufferedReader, n_bytes: int) -> Unreadable | None:
        """Read on after the last line that was kept; returns the damage where the file breaks off."""
        damage = None
        today = now().date()
        try:
            for number, line in enumerate(split_lines(self._watched(file, n_bytes)), 1):
                if number > self.fetch.lines:
                    self._take(number, line, today)
        except (EOFError, zstd.ZstdError, Unreadable) as problem:
            damage = Unreadable(
                f"{self._path}: the archive breaks off after line {self._lines:,}: {problem}. Everything before is "
                "imported; get the file again and import it for the rest."
            )
        self._keep()
        outcome = FetchOutcome.DAMAGED if damage else FetchOutcome.COMPLETE
        if self.fetch.outcome is not outcome:
            with writing(self._engine) as session:
                self.fetch = finish_fetch(session, self.fetch, outcome, at=now())
        return damage

    def _watched(self, file: BufferedReader, n_bytes: int) -> Iterator[bytes]:
        for chunk in _chunks(file):
            if self._on_bytes:
                self._on_bytes(self._path, file.tell(), n_bytes)
            yield chunk

    def _take(self, number: int, line: bytes | LongLine, today: date) -> None:
        self._lines = number
        if isinstance(line, bytes) and not line.strip():
            self._blank += 1
            return
        item = read_line(line, position=number, window=self._window, today=today)
        if item is None:
            self._outside += 1
            return
        self._items.append(item)
        self._weight += len(line) if isinstance(line, bytes) else 0
        if len(self._items) >= self._batch or self._weight >= BATCH_BYTES:
            self._keep()

    def _keep(self) -> None:
        if self._lines == self.fetch.lines:
            return
        with writing(self._engine) as session:
            self.fetch = record_batch(
                session, self.fetch, self._items, lines=self._lines, outside=self._outside, blank=self._blank
            )
        self._items = []
        self._outside = self._blank = self._weight = 0


def find_archives(folder: Path) -> list[Path]:
    """The archives of documents in a folder and below, by name: JSON Lines of the layout, plain or zstd."""
    found = []
    for path in sorted((*folder.rglob("*.jsonl*"), *folder.rglob("*.parquet"))):
        try:
            with _open(path) as file:
                _recognise(file, path)
        except (NoPhantomError, OSError):
            continue  # other lines of JSON: nobody named them as archives
        found.append(path)
    return found
