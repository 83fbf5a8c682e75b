"""`nophantom trends`: documents of many sources, and the signals in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nophantom.cli.talk import HomeOption, JsonOption, count, opened, out, print_json, talk

if TYPE_CHECKING:
    from nophantom.trends.archive.intake import DropCount, FetchBooks
    from nophantom.trends.importing import ImportedArchive, OnBytes
    from nophantom.trends.linking import OnLinked

trends = typer.Typer(no_args_is_help=True, help="Technology trends: collect documents, find signals.")

_EXAMPLES = 3  # drops shown for each reason; --json lists more


@trends.callback()
def about_trends() -> None:
    """Technology trends: collect documents, find signals."""


@trends.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(help="Archives of documents.", show_default=False)],
    first: Annotated[
        datetime | None,
        typer.Option("--from", metavar="DATE", formats=["%Y-%m-%d"], help="First day of publication."),
    ] = None,
    last: Annotated[
        datetime | None,
        typer.Option(
            "--until", metavar="DATE", formats=["%Y-%m-%d"], help="Last day of publication, itself included."
        ),
    ] = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Read archives of dated documents: JSON Lines, plain or zstd.

    Each line is one record: source, native_id, url, title, text, author, published_at, score, extra. Every
    line becomes a document, a duplicate of one, or a drop with its reason, and the sums are shown. The same
    file is imported once; an import that was interrupted goes on where it was. A file that cannot be read
    does not keep the others out; then the exit status is not 0.

    Example: nophantom trends import hackernews.jsonl.zst --from 2022-11-01 --until 2023-12-31
    """
    from nophantom.trends.importing import import_archives
    from nophantom.trends.protocols.archive_file import Window

    window = Window(_day(first), _day(last))
    with opened(home, create=True) as store, bytes_read() as on_bytes, stories_linked() as on_linked:
        done = import_archives(store.engine, files, window=window, on_bytes=on_bytes, on_linked=on_linked)
    if as_json:
        print_json({"files": [_as_json(file) for file in done]})
    else:
        print_books(done)
        print_drops(done)
    raise typer.Exit(next((file.error.exit_status for file in done if file.error), 0))


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


@contextmanager
def bytes_read() -> Iterator[OnBytes]:
    """A bar on stderr with the bytes of the file at work; silent where stderr is no terminal."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    console = talk()
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task, at_work = bar.add_task("reading", total=None), Path()

        def show(path: Path, done: int, total: int) -> None:
            nonlocal at_work
            if path != at_work:
                at_work = path
                bar.reset(task, description=f"reading {path.name[:40]}", total=total)
            bar.update(task, completed=done)

        yield show


@contextmanager
def stories_linked() -> Iterator[OnLinked]:
    """A bar on stderr with the documents that found their stories, once there are some."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = talk()
    columns = (TextColumn("linking stories"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None, visible=False)
        yield lambda done, total: bar.update(task, completed=done, total=total, visible=True)


def print_books(done: Sequence[ImportedArchive]) -> None:
    """What became of every line of every file, in sums that balance."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("file", overflow="fold")
    table.add_column("status")
    names = ["items", "documents", "duplicates", "drops"]
    windowed = any(file.fetch and file.fetch.outside for file in done)
    for name in [*names, "outside"] if windowed else names:
        table.add_column(name, justify="right")
    for file in done:
        books = file.fetch
        cells = [count(getattr(books, name)) if books else "" for name in [*names, "outside"]]
        table.add_row(Path(file.path).name, file.status, *(cells if windowed else cells[:-1]))
    if any(file.fetch for file in done):
        out().print(table)
    by_status = Counter(str(file.status) for file in done)
    words = {
        "imported": "imported",
        "known": "known already, unchanged",
        "damaged": "damaged",
        "refused": "refused",
    }
    told = [f"{count(by_status[status])} {word}" for status, word in words.items() if by_status[status]]
    talk().print(f"{count(len(done))} files: {', '.join(told)}.")


def print_drops(done: Sequence[ImportedArchive]) -> None:
    """Every reason for which lines were dropped, with the first of them."""
    console = talk()
    for file in done:
        if file.resumed_after:
            console.print(f"{file.path}: went on after line {count(file.resumed_after)}", markup=False)
        for drop in file.drops:
            console.print(
                f"{file.path}: {count(drop.n)} dropped: {drop.reason.replace('_', ' ')}", markup=False
            )
            for line, seen in drop.examples[:_EXAMPLES]:
                console.print(f"  line {count(line)}: {seen}", markup=False)
            if drop.n > _EXAMPLES:
                console.print(f"  and {count(drop.n - _EXAMPLES)} more")
        if file.error:
            console.print(f"{file.status}: {file.error.message}", markup=False)


def _as_json(file: ImportedArchive) -> dict[str, Any]:
    return {
        "path": file.path,
        "status": file.status,
        "fetch": _books_as_json(file.fetch) if file.fetch else None,
        "resumed_after": file.resumed_after,
        "drops": [_drop_as_json(drop) for drop in file.drops],
        "error": {"code": file.error.code, "message": file.error.message, "details": {}}
        if file.error
        else None,
    }


def _books_as_json(books: FetchBooks) -> dict[str, Any]:
    names = ("source", "outcome", "lines", "outside", "blank", "items", "documents", "duplicates", "drops")
    window = {"from": books.first and str(books.first), "until": books.last and str(books.last)}
    return {"id": books.fetch_id, **{name: getattr(books, name) for name in names}, **window}


def _drop_as_json(drop: DropCount) -> dict[str, Any]:
    return {
        "reason": drop.reason,
        "n": drop.n,
        "examples": [{"line": line, "seen": seen} for line, seen in drop.examples],
    }
