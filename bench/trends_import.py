"""How fast archives of documents are imported, and what that costs in memory and disk.

    python bench/trends_import.py DIR [--from DATE] [--until DATE]

Imports every *.jsonl and *.jsonl.zst of DIR, in the order of their names, into a new embedded store, reads all
documents back, and reports CPU seconds (user and system), records per CPU-second, the peak of memory of the whole
process, the size of the database, and the books of every file.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from datetime import date
from pathlib import Path

import nophantom
from nophantom.store.engine import open_engine, reading
from nophantom.store.versions import bring_up_to_date
from nophantom.trends.archive.intake import collection_spans, count_books, read_documents
from nophantom.trends.importing import import_archives
from nophantom.trends.protocols.archive_file import Window


def peak_mebibytes() -> float:
    """Peak resident memory of this process so far (Linux counts in KiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def report(folder: Path, window: Window) -> None:
    """Import, read back, print."""
    paths = sorted([*folder.glob("*.jsonl"), *folder.glob("*.jsonl.zst")])
    with tempfile.TemporaryDirectory() as home:
        engine = open_engine(f"sqlite:///{home}/nophantom.db")
        bring_up_to_date(engine, Path(nophantom.__file__).parent / "migrations")
        print(
            "file                             lines    items  documents  duplicates  drops  outside  CPU s  lines/s"
        )
        began, lines = time.process_time(), 0
        for path in paths:
            start = time.process_time()
            (file,) = import_archives(engine, [path], window=window)
            spent = time.process_time() - start
            if (books := file.fetch) is None:
                print(f"{path.name:28s} {file.status}: {file.error}")
                continue
            lines += books.lines
            print(
                f"{path.name:28s} {books.lines:9,} {books.items:8,} {books.documents:10,} {books.duplicates:11,} "
                f"{books.drops:6,} {books.outside:8,} {spent:6.1f} {books.lines / spent:8,.0f}  "
                f"{ {str(drop.reason): drop.n for drop in file.drops} or '' }",
                flush=True,
            )
        spent = time.process_time() - began
        size = sum(part.stat().st_size for part in Path(home).iterdir()) / 1e6
        print(
            f"whole import: {lines:,} lines in {spent:.1f} CPU s, {lines / spent:,.0f} per CPU-second; peak "
            f"{peak_mebibytes():.0f} MiB; database {size:.0f} MB"
        )
        with reading(engine) as session:
            start = time.process_time()
            books_of_all = count_books(session)
            spent = time.process_time() - start
            balance = all(books.balance for books in books_of_all)
            print(f"books: {len(books_of_all)} fetches, all balance: {balance}, {spent:.2f} CPU s")
            start = time.process_time()
            n = sum(1 for _ in read_documents(session))
            spent = time.process_time() - start
            print(
                f"read back: {n:,} documents in {spent:.1f} CPU s, {n / max(spent, 1e-9):,.0f} per CPU-second"
            )
            for span in collection_spans(session):
                print(f"  {span.name:24s} {span.first} .. {span.last} {span.documents:9,}")
        engine.dispose()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="folder with the archives")
    parser.add_argument("--from", dest="first", type=date.fromisoformat, help="first day of publication")
    parser.add_argument("--until", dest="last", type=date.fromisoformat, help="last day, itself included")
    given = parser.parse_args()
    report(given.folder, Window(given.first, given.last))
