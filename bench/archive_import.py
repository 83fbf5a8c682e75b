"""Where the time of importing documents goes, and how much memory the whole corpus takes.

    python bench/archive_import.py [--data DIR] [--sample 100000] [--whole]

One core, CPU seconds (user and system). With `--whole` first every archive from its first to its last line, and the
peak of memory of the process. Then the steps on the last lines of every archive, each on its own: unpacking and
splitting lines; reading them as documents (parse, normalise, identify); finding the words by which they are found;
merging them into a new embedded store in units of work of the product's size (de-duplicate, index, store); merging
the very same again, when everything is known. The goal is 3,000 documents per CPU-second and less than 1 GB.
"""

from __future__ import annotations

import argparse
import gc
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Engine

from nophantom.settings import MIGRATIONS
from nophantom.store.engine import open_engine, writing
from nophantom.store.versions import bring_up_to_date
from nophantom.trends.archive.intake import ArchiveFile, record_batch, start_fetch
from nophantom.trends.documents import Family, Item
from nophantom.trends.importing import BATCH, import_archives
from nophantom.trends.protocols.archive_file import LongLine, Window, read_line, split_lines
from nophantom.trends.search_words import words_of

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LATER = date(2100, 1, 1)
T = TypeVar("T")


def timed(what: str, n: int, work: Callable[[], T]) -> T:
    """Do the work and say how long it took."""
    gc.collect()
    start = time.process_time()
    result = work()
    spent = time.process_time() - start
    print(f"{what:44}{spent:7.1f} s{1e6 * spent / n:8.1f} us each{n / max(spent, 1e-9):11,.0f}/s", flush=True)
    return result


def lines_of(archive: Path, n: int) -> list[bytes | LongLine]:
    """The last lines of an archive."""
    with zstd.open(archive, "rb") as file:
        every = list(split_lines(iter(partial(file.read, 1 << 20), b"")))
    return every[-n:]


def items_of(lines: Sequence[bytes | LongLine]) -> list[Item]:
    """What is in lines; positions count from 1 over all of them."""
    read = (read_line(line, position=i, window=Window(), today=LATER) for i, line in enumerate(lines, 1))
    return [item for item in read if item is not None]


def merge(engine: Engine, items: Sequence[Item], name: str) -> None:
    """Merge the items in units of work of the product's size."""
    file = ArchiveFile(name, name.encode().hex().ljust(64, "0"), 1, Family.FEED)
    with writing(engine) as session:
        fetch = start_fetch(session, file, at=datetime(2026, 1, 1, tzinfo=UTC))
    for start in range(0, len(items), BATCH):
        some = items[start : start + BATCH]
        with writing(engine) as session:
            fetch = record_batch(session, fetch, some, lines=fetch.lines + len(some))


def steps(archives: Sequence[Path], sample: int) -> None:
    """The steps of an import, each on its own."""
    each = sample // len(archives)
    lines = timed(
        "unpack, split lines (of whole files)",
        sample,
        lambda: [x for a in archives for x in lines_of(a, each)],
    )
    items = timed("read: parse, normalise, identify", len(lines), lambda: items_of(lines))
    texts = [(item.document.title, item.document.text) for item in items if item.document]
    timed("words by which they are found", len(texts), lambda: sum(len(words_of(*both)) for both in texts))
    with tempfile.TemporaryDirectory() as home:
        engine = open_engine(f"sqlite:///{home}/nophantom.db")
        bring_up_to_date(engine, MIGRATIONS)
        items = [replace(item, position=i) for i, item in enumerate(items, 1)]
        timed("merge: de-duplicate, index, store", len(items), lambda: merge(engine, items, "first"))
        timed("merge the same again", len(items), lambda: merge(engine, items, "again"))
        engine.dispose()


def whole(archives: Sequence[Path]) -> None:
    """Every archive, and the memory that it takes."""
    with tempfile.TemporaryDirectory() as home:
        engine = open_engine(f"sqlite:///{home}/nophantom.db")
        bring_up_to_date(engine, MIGRATIONS)
        start = time.process_time()
        books = [file.fetch for file in import_archives(engine, archives) if file.fetch]
        spent = time.process_time() - start
        engine.dispose()
        size = sum(part.stat().st_size for part in Path(home).iterdir()) / 1e6
    items, documents = sum(b.items for b in books), sum(b.documents for b in books)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"whole corpus: {items:,} items, {documents:,} documents in {spent:.0f} CPU s: {items / spent:,.0f} items per "
        f"CPU-second; peak {peak:,.0f} MB; database {size:,.0f} MB"
    )


def main() -> None:
    """The whole first, in a process that holds nothing else yet; then the steps."""
    here = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data", type=Path, default=os.environ.get("NOPHANTOM_DATA", here.parent / "shared/data")
    )
    parser.add_argument("--sample", type=int, default=100_000)
    parser.add_argument("--whole", action="store_true", help="import everything, too")
    told = parser.parse_args()
    archives = sorted((Path(told.data) / "trends" / "documents").glob("*.jsonl.zst"))
    if told.whole:
        whole(archives)
    steps(archives, told.sample)


if __name__ == "__main__":
    main()
