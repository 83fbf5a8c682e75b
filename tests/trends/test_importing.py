"""Importing archives: once, in any packing, through kills and damages, and never more than the file holds."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

import nophantom
from nophantom.errors import InvalidInput
from nophantom.store.engine import open_engine, reading
from nophantom.store.versions import bring_up_to_date
from nophantom.trends import importing
from nophantom.trends.archive.intake import (
    collection_spans,
    count_books,
    finish_fetch,
    read_documents,
    record_batch,
)
from nophantom.trends.importing import ImportedArchive, ImportStatus, import_archives
from nophantom.trends.protocols.archive_file import LONGEST_LINE, Window, read_line

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MIGRATIONS = Path(nophantom.__file__).parent / "migrations"
TABLES = ("source", "collection", "fetch", "document", "document_collection", "item")
FIRST = date(2022, 10, 9)
MIXED = (
    b"not json",
    b"",
    b'{"source": "hackernews", "native_id": "5", "title": "t", "published_at": "soon"}',
    b"  \t",
    b"\xff\xfe\x00",
)


def story(n: int, **more: Any) -> bytes:
    """Story n of day n of the archive."""
    record = {
        "source": "hackernews",
        "native_id": str(n),
        "url": f"https://example.org/{n}",
        "title": f"Story {n}",
        "text": "",
        "author": "a",
        "published_at": str(FIRST + timedelta(n)),
        "score": 1,
        "extra": {"from": ["even" if n % 2 else "odd"]},
    }
    return json.dumps(record | more).encode()


def lines(n: int) -> list[bytes]:
    """Stories with junk, blanks and repetitions among them: n + 5 + n // 5 lines."""
    found = [story(i) for i in range(n)]
    for place, junk in enumerate(MIXED):
        found.insert(2 + place * 3, junk)
    return found + [story(i, title="again", extra={"from": ["late"]}) for i in range(n // 5)]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes an archive: write(lines, name=..., pack=...) -> its path."""

    def write(found: list[bytes], name: str = "a.jsonl", pack: Callable[[bytes], bytes] = bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(pack(b"".join(line + b"\n" for line in found)))
        return path

    return write


@pytest.fixture
def other_engine(tmp_path: Path) -> Engine:
    """A second store, to compare with."""
    opened = open_engine(f"sqlite:///{tmp_path / 'other.db'}")
    bring_up_to_date(opened, MIGRATIONS)
    return opened


def import_one(engine: Engine, path: Path, **more: Any) -> ImportedArchive:
    (file,) = import_archives(engine, [path], **more)
    return file


def dump(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """All rows of all tables, but for the times and names of files."""
    found = {}
    with engine.connect() as connection:
        for table in TABLES:
            rows = connection.execute(text(f'SELECT * FROM "{table}"')).mappings().all()
            kept = [
                {k: v for k, v in row.items() if k not in {"started_at", "finished_at", "path"}}
                for row in rows
            ]
            found[table] = sorted(kept, key=str)
    return found


def balanced(engine: Engine) -> bool:
    with reading(engine) as session:
        return all(books.balance for books in count_books(session))


def test_every_line_is_accounted_for(engine: Engine, write: Callable[..., Path]) -> None:
    """20 stories, 4 repetitions, 3 damaged lines and 2 blank ones."""
    file = import_one(engine, write(lines(20)), batch=6)

    assert (file.status, file.error, file.resumed_after) == ("imported", None, 0)
    fetch = file.fetch
    assert fetch is not None
    assert (fetch.documents, fetch.duplicates, fetch.drops, fetch.blank, fetch.outside) == (20, 4, 3, 2, 0)
    assert (fetch.items, fetch.lines, fetch.outcome) == (27, 29, "complete")
    assert {str(drop.reason): (drop.n, [line for line, _ in drop.examples]) for drop in file.drops} == {
        "parse_error": (2, [3, 15]),
        "bad_date": (1, [9]),
    }
    assert balanced(engine)
    with reading(engine) as session:
        spans = {span.name: (span.first, span.documents) for span in collection_spans(session)}
        found = [d for _, d in read_documents(session)]
    assert spans == {"odd": (FIRST, 10), "even": (FIRST + timedelta(1), 10), "late": (FIRST, 4)}
    assert [d.title for d in found] == [f"Story {n}" for n in range(20)]
    assert found[0].collections == ("late", "odd")


def in_frames(content: bytes) -> bytes:
    """As `pzstd` packs: several frames, and one without data before them and between them."""
    empty = b"\x50\x2a\x4d\x18\x03\x00\x00\x00abc"
    middle = len(content) // 2
    return empty + zstd.compress(content[:middle]) + empty + zstd.compress(content[middle:])


@pytest.mark.parametrize("pack", [zstd.compress, in_frames], ids=["one frame", "frames"])
def test_an_archive_is_recognised_by_its_content_and_not_by_its_name(
    sqlite_engine: Engine, other_engine: Engine, write: Callable[..., Path], pack: Callable[[bytes], bytes]
) -> None:
    plain = import_one(sqlite_engine, write(lines(20), name="a.jsonl.zst"))
    packed = import_one(other_engine, write(lines(20), name="b.jsonl", pack=pack))
    assert packed.fetch is not None
    assert plain.fetch is not None
    assert (packed.fetch.items, packed.fetch.lines) == (plain.fetch.items, plain.fetch.lines)
    assert dump(other_engine)["document"] == dump(sqlite_engine)["document"]
    assert dump(other_engine)["item"] == dump(sqlite_engine)["item"]


def test_a_last_line_without_an_end_is_a_line(sqlite_engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\r\n".join([story(1), story(2)]))
    fetch = import_one(sqlite_engine, path).fetch
    assert fetch is not None
    assert (fetch.documents, fetch.lines) == (2, 2)


def test_the_same_content_is_imported_once_whatever_its_name(
    sqlite_engine: Engine, write: Callable[..., Path]
) -> None:
    path, copy = write(lines(20)), write(lines(20), name="copy.jsonl")
    first = import_one(sqlite_engine, path)
    before = dump(sqlite_engine)

    again = import_archives(sqlite_engine, [path, copy, path])

    assert [file.status for file in again] == ["known", "known"]
    assert {file.fetch for file in again if file.fetch} == {first.fetch}
    assert [file.drops for file in again] == [first.drops] * 2
    assert dump(sqlite_engine) == before


def test_the_same_records_in_another_file_are_duplicates(
    sqlite_engine: Engine, write: Callable[..., Path]
) -> None:
    import_one(sqlite_engine, write([story(n) for n in range(9)]))
    fetch = import_one(sqlite_engine, write([story(n) for n in range(12)], name="b.jsonl")).fetch
    assert fetch is not None
    assert (fetch.documents, fetch.duplicates) == (3, 9)


def test_a_window_takes_its_days_with_both_ends_and_counts_the_others_as_outside(
    sqlite_engine: Engine, write: Callable[..., Path]
) -> None:
    """Days 5 to 8 of 20; the three damaged lines are items in every window."""
    path = write(lines(20))
    window = Window(FIRST + timedelta(5), FIRST + timedelta(8))
    fetch = import_one(sqlite_engine, path, window=window, batch=2).fetch
    assert fetch is not None
    assert (fetch.documents, fetch.drops, fetch.outside, fetch.blank, fetch.lines) == (4, 3, 20, 2, 29)
    assert (fetch.first, fetch.last) == (window.first, window.last)
    assert import_one(sqlite_engine, path, window=window).status == "known"

    whole = import_one(sqlite_engine, path).fetch

    assert whole is not None
    assert (whole.documents, whole.duplicates, whole.drops) == (16, 8, 3)
    assert balanced(sqlite_engine)


def test_a_window_without_any_record_is_an_empty_fetch(
    sqlite_engine: Engine, write: Callable[..., Path]
) -> None:
    fetch = import_one(
        sqlite_engine, write([story(1)]), window=Window(date(2001, 1, 1), date(2001, 1, 1))
    ).fetch
    assert fetch is not None
    assert (fetch.items, fetch.outside, fetch.outcome) == (0, 1, "complete")


def test_a_window_that_ends_before_it_begins_is_refused(
    sqlite_engine: Engine, write: Callable[..., Path]
) -> None:
    with pytest.raises(InvalidInput, match="ends before it begins"):
        import_one(sqlite_engine, write([story(1)]), window=Window(date(2001, 1, 2), date(2001, 1, 1)))


@pytest.mark.parametrize(
    ("batch_that_breaks", "error"), [(1, KeyboardInterrupt), (3, RuntimeError), (6, KeyboardInterrupt)]
)
def test_an_import_that_is_interrupted_goes_on_and_ends_with_the_same_tables(
    sqlite_engine: Engine,
    other_engine: Engine,
    write: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    batch_that_breaks: int,
    error: type[BaseException],
) -> None:
    """27 items in batches of 5; the break comes after the batch is written and before it is committed."""
    path = write(lines(20))
    import_one(other_engine, path, batch=5)
    written = 0

    def breaks(*args: Any, **more: Any) -> Any:
        nonlocal written
        written += 1
        done = record_batch(*args, **more)
        if written == batch_that_breaks:
            raise error
        return done

    monkeypatch.setattr(importing, "record_batch", breaks)
    with pytest.raises(error):
        import_one(sqlite_engine, path, batch=5)
    monkeypatch.setattr(importing, "record_batch", record_batch)
    assert balanced(sqlite_engine)
    with reading(sqlite_engine) as session:
        (half,) = count_books(session)
    assert (half.items, half.outcome) == ((batch_that_breaks - 1) * 5, "started")

    file = import_one(sqlite_engine, path, batch=5)

    assert (file.status, file.resumed_after) == ("imported", half.lines)
    assert dump(sqlite_engine) == dump(other_engine)


KILLED = """
import os, signal, sys
from pathlib import Path
from nophantom.store.engine import open_engine
from nophantom.trends import importing

written, original = 0, importing.record_batch

def kills(*args, **more):
    global written
    written += 1
    done = original(*args, **more)
    if written == 4:
        print("written", flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    return done

importing.record_batch = kills
importing.import_archives(open_engine(sys.argv[1]), [Path(sys.argv[2])], batch=5)
"""


def test_an_import_that_is_killed_in_the_middle_goes_on_and_ends_with_the_same_tables(
    sqlite_engine: Engine, other_engine: Engine, write: Callable[..., Path]
) -> None:
    path = write(lines(20), pack=in_frames)
    import_one(other_engine, path, batch=5)
    address = sqlite_engine.url.render_as_string(hide_password=False)
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, address, str(path)], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (-signal.SIGKILL, "written\n"), ended.stderr

    file = import_one(sqlite_engine, path, batch=5)

    assert file.resumed_after > 15
    assert file.fetch is not None
    assert file.fetch.items == 27
    assert dump(sqlite_engine) == dump(other_engine)
    assert import_one(sqlite_engine, path).status == "known"


def test_an_import_that_was_killed_before_its_last_word_is_closed(
    sqlite_engine: Engine, other_engine: Engine, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(lines(20))
    import_one(other_engine, path)

    def breaks(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(importing, "finish_fetch", breaks)
    with pytest.raises(KeyboardInterrupt):
        import_one(sqlite_engine, path)
    monkeypatch.setattr(importing, "finish_fetch", finish_fetch)
    assert import_one(sqlite_engine, path).status == "imported"
    assert dump(sqlite_engine) == dump(other_engine)


def test_two_imports_of_one_file_at_once_never_write_a_line_twice(
    sqlite_engine: Engine, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second import runs whole while the first one is between two of its batches."""
    path = write(lines(20))
    quicker: list[ImportedArchive] = []

    def meets(line: Any, *, position: int, **more: Any) -> Any:
        if position == 13 and not quicker:
            quicker.append(ImportedArchive(str(path), ImportStatus.REFUSED))
            quicker[0] = import_one(sqlite_engine, path)
        return read_line(line, position=position, **more)

    monkeypatch.setattr(importing, "read_line", meets)
    slower = import_one(sqlite_engine, path, batch=5)

    assert quicker[0].status == "imported"
    assert slower.error is not None
    assert (slower.status, slower.error.code) == ("refused", "unavailable")
    assert "another import of" in str(slower.error)
    assert balanced(sqlite_engine)
    assert import_one(sqlite_engine, path).status == "known"


def test_an_archive_that_breaks_off_keeps_what_comes_before_and_says_where(
    sqlite_engine: Engine, write: Callable[..., Path]
) -> None:
    path = write([story(n, text=os.urandom(600).hex()) for n in range(2_000)], pack=zstd.compress)
    path.write_bytes(path.read_bytes()[:-200_000])

    file = import_one(sqlite_engine, path, batch=100)

    assert (file.status, file.error and file.error.code) == ("damaged", "unreadable")
    assert file.fetch is not None
    assert 500 < file.fetch.items < 2_000
    assert f"breaks off after line {file.fetch.lines:,}" in str(file.error)
    assert file.fetch.outcome == "damaged"
    before = dump(sqlite_engine)

    again = import_one(sqlite_engine, path)

    assert (again.status, str(again.error)) == ("damaged", str(file.error))
    assert dump(sqlite_engine) == before


def test_junk_after_the_packed_records_is_a_damage(sqlite_engine: Engine, write: Callable[..., Path]) -> None:
    path = write([story(n) for n in range(5)], pack=lambda content: zstd.compress(content) + b"junk")
    file = import_one(sqlite_engine, path)
    assert file.status == "damaged"
    assert file.fetch is not None
    assert file.fetch.documents == 5


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "saw a file without any line"),
        (b"\n \n", "saw a file without any line"),
        (b"just some notes\n", "saw a first line b'just some notes'"),
        (b'{"name": "x"}\n' * 60, "wrong layout"),
        (b"\x1f\x8b\x08\x00 some gzip", "wrong layout"),
        (zstd.compress(story(1))[:-5], "cannot be unpacked"),
        (b"\x28\xb5\x2f\xfd", "cannot be unpacked"),
        (os.urandom(4_000), "wrong layout"),
        (b"x" * (LONGEST_LINE + 1), "wrong layout"),
        (b"junk\n" * 50 + story(1), "none of its first 50 lines"),
    ],
)
def test_what_is_no_archive_is_refused_and_leaves_nothing(
    sqlite_engine: Engine, tmp_path: Path, content: bytes, told: str
) -> None:
    path = tmp_path / "x.jsonl.zst"
    path.write_bytes(content)
    file = import_one(sqlite_engine, path)
    assert (file.status, file.error and file.error.code) == ("refused", "unreadable")
    assert told in str(file.error)
    assert dump(sqlite_engine) == {table: [] for table in TABLES}


def test_junk_and_blank_lines_before_the_first_record_are_no_reason_to_refuse(
    sqlite_engine: Engine, write: Callable[..., Path]
) -> None:
    fetch = import_one(sqlite_engine, write([b""] * 60 + [b"junk"] * 49 + [story(1)])).fetch
    assert fetch is not None
    assert (fetch.documents, fetch.drops, fetch.blank) == (1, 49, 60)


def test_a_bad_file_does_not_keep_the_good_ones_out(
    sqlite_engine: Engine, write: Callable[..., Path], tmp_path: Path
) -> None:
    good, other = write([story(1)]), write([story(2)], name="b.jsonl")
    done = import_archives(sqlite_engine, [tmp_path / "nowhere", good, tmp_path, other])
    assert [(file.status, file.error and file.error.code) for file in done] == [
        ("refused", "not_found"),
        ("imported", None),
        ("refused", "unreadable"),
        ("imported", None),
    ]


def test_a_file_that_stops_being_readable_is_unavailable_and_goes_on_later(
    sqlite_engine: Engine, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(lines(20))
    original = importing._chunks

    def breaks(file: Any) -> Any:
        content = b"".join(original(file))
        yield content[: len(content) // 2]
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(importing, "_chunks", breaks)
        file = import_one(sqlite_engine, path, batch=5)
    assert file.error is not None
    assert (file.status, file.error.code) == ("refused", "unavailable")
    assert "Input/output error" in str(file.error)
    assert file.fetch is not None
    assert file.fetch.items == 10
    assert import_one(sqlite_engine, path, batch=5).resumed_after == file.fetch.lines


def test_a_line_of_any_length_is_one_drop_and_costs_no_memory(
    sqlite_engine: Engine, write: Callable[..., Path]
) -> None:
    path = write([story(1), b'"' + b"x" * (64 * 1024 * 1024), story(2)], pack=zstd.compress)
    tracemalloc.start()
    file = import_one(sqlite_engine, path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [(drop.reason, drop.n) for drop in file.drops] == [("too_large", 1)]
    assert file.fetch is not None
    assert file.fetch.documents == 2
    assert peak < 24 * 1024 * 1024


def test_a_unit_of_work_ends_by_bytes_too(
    sqlite_engine: Engine, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten records of 3,000 bytes with a limit of 10,000: batches of four."""
    sizes: list[int] = []

    def watches(session: Any, fetch: Any, items: Any, **more: Any) -> Any:
        sizes.append(len(items))
        return record_batch(session, fetch, items, **more)

    monkeypatch.setattr(importing, "record_batch", watches)
    monkeypatch.setattr(importing, "BATCH_BYTES", 10_000)
    import_one(sqlite_engine, write([story(n, text="x" * 3_000) for n in range(10)]))
    assert sizes == [4, 4, 2]


def test_progress_is_told_in_bytes_of_the_file_up_to_its_end(
    sqlite_engine: Engine, write: Callable[..., Path]
) -> None:
    path = write([story(n, text=os.urandom(900).hex()) for n in range(2_000)], pack=zstd.compress)
    told: list[tuple[int, int]] = []
    import_one(sqlite_engine, path, on_bytes=lambda _, done, total: told.append((done, total)))
    size = path.stat().st_size
    assert {total for _, total in told} == {size}
    done = [n for n, _ in told]
    assert len(done) >= 3
    assert done == sorted(done)
    assert done[-1] == size


def test_what_is_dated_after_now_is_dropped(
    sqlite_engine: Engine, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "now", lambda: datetime(2022, 10, 12, 23, 59, tzinfo=UTC))
    file = import_one(sqlite_engine, write([story(n) for n in range(10)]))
    assert file.fetch is not None
    assert (file.fetch.documents, [(d.reason, d.n) for d in file.drops]) == (4, [("future_date", 6)])


REAL = {
    "github_trending": 187_797,
    "hackernews": 216_026,
    "arxiv": 283_168,
    "rss": 183_188,
    "reddit_programming": 55_132,
}


def test_three_weeks_of_the_real_archives_balance_and_every_line_is_counted(
    data: Path, sqlite_engine: Engine
) -> None:
    window = Window(date(2022, 11, 24), date(2022, 12, 14))
    names = ["reddit_programming", "rss"]

    done = import_archives(
        sqlite_engine, [data / "trends" / "documents" / f"{name}.jsonl.zst" for name in names], window=window
    )

    assert [file.fetch and file.fetch.lines for file in done] == [REAL[name] for name in names]
    reddit, rss = (file.fetch for file in done)
    assert reddit is not None
    assert rss is not None
    assert (reddit.items, rss.items > 4_000, rss.drops) == (0, True, 0)
    assert balanced(sqlite_engine)
    with reading(sqlite_engine) as session:
        found = [d for _, d in read_documents(session)]
    assert len(found) == rss.documents
    assert all(d.first_seen >= d.published_on for d in found)
    assert {d.language for d in found} >= {"en", "zh"}
