"""A back-test of the archive of a home. WORLD: reads the store, lists of references, labels; writes the report."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from nophantom.clock import now
from nophantom.errors import NotFound
from nophantom.reporting.html import page_html
from nophantom.reporting.markdown import page_markdown
from nophantom.store.engine import reading, writing
from nophantom.trends.archive.backtests import record_backtest
from nophantom.trends.archive.intake import read_documents
from nophantom.trends.archive.story_links import links_as_of
from nophantom.trends.backtest.measuring import Known, OnPart, OnStep, measure
from nophantom.trends.backtest.plan import Plan
from nophantom.trends.backtest.references import (
    Reference,
    first_liked,
    first_trending,
    read_cncf_projects,
    read_points,
    read_radar_targets,
    read_releases,
)
from nophantom.trends.backtest.relevance import Labels, read_labels
from nophantom.trends.backtest.report import backtest_page
from nophantom.trends.backtest.result import BacktestResult, result_text
from nophantom.trends.documents import Document
from nophantom.trends.known_corpus import HISTORY_DAYS
from nophantom.trends.linking import link_stories
from nophantom.trends.parameters import Parameters
from nophantom.trends.worlds import is_simulated

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

READERS: dict[str, Callable[[Iterator[bytes]], tuple[Reference, ...]]] = {
    "radar_targets": lambda lines: tuple(one for one in read_radar_targets(lines) if one.is_clean),
    "cncf_projects": read_cncf_projects,
    "endoflife_releases": read_releases,
}
"""Lists of references by the name of their file."""
POINTS = "hackernews"
"""Name of an archive of stories with the points that they had in the end."""


def backtest_archive(
    engine: Engine,
    plan: Plan,
    *,
    truth: Path | None = None,
    labels: Path | None = None,
    parameters: Parameters | None = None,
    simulated: bool = False,
    on_step: OnStep | None = None,
    on_part: OnPart | None = None,
) -> BacktestResult:
    """Replay the archive day by day and hold what was listed against what is known now.

    The finished result is stored, an equal one once; no snapshot is made.

    Args:
        engine: the store, its tables up to date.
        plan: days and parts.
        truth: folder with lists of references; those of `READERS` are read, and the points of stories, which may
            also lie in the folder `documents` beside it.
        labels: what people said of signals, as `relevance.read_labels` wants it.
        parameters: what decides.
        simulated: only simulated collections; else none of them.
        on_step: told of the progress.
        on_part: told the result so far, after every part.

    Raises:
        NotFound: no documents in these days, or a folder or file that is not there.
        InvalidInput: too few days of documents, or a list that cannot be read.
    """
    step = on_step or (lambda *_: None)
    references = () if truth is None else read_references(truth)
    judged = None if labels is None else read_labels_of(labels)
    step("reading documents", 0, 1)
    link_stories(engine)
    numbers, documents = _documents(engine, plan, simulated)
    if truth is not None and references:
        step("looking for first days", 0, 1)
        references += _own_references(engine, truth, references, plan.last, simulated)
    with reading(engine) as session:
        links = links_as_of(session, plan.last)
    result = measure(
        documents,
        plan,
        Known(references, judged, simulated),
        parameters or Parameters(),
        linked=[links.get(number, number) for number in numbers],
        on_step=on_step,
        on_part=on_part,
    )
    with writing(engine) as session:
        record_backtest(session, result, at=now())
    return result


def read_references(folder: Path) -> tuple[Reference, ...]:
    """All references of a folder, of the lists whose names are known, plain or packed with zstd.

    Raises:
        NotFound: there is no such folder, or none of the lists in it.
    """
    found = {name: path for name in READERS if (path := _list_in(folder, name))}
    if not found:
        raise NotFound(
            f"{str(folder)!r} holds no list of references. Name a folder with one of "
            f"{', '.join(f'{name}.jsonl' for name in READERS)}, plain or packed with zstd."
        )
    return tuple(one for name, path in found.items() for one in READERS[name](_lines(path)))


def read_labels_of(path: Path) -> Labels:
    """The labels of a file.

    Raises:
        NotFound: there is no such file.
        InvalidInput: it holds something else.
    """
    if not path.is_file():
        raise NotFound(f"{str(path)!r} is no file. Name a CSV file with labels of signals.")
    with path.open(encoding="utf-8", newline="") as lines:
        return read_labels(lines)


def write_report(result: BacktestResult, folder: Path) -> tuple[Path, ...]:
    """The result as JSON, as a page and as Markdown, in a folder that is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    page = backtest_page(result)
    texts = {"json": result_text(result), "html": page_html(page), "md": page_markdown(page)}
    written = []
    for ending, text in texts.items():
        path = folder / f"backtest.{ending}"
        path.write_text(text, encoding="utf-8", newline="\n")
        written.append(path)
    return tuple(written)


def _documents(engine: Engine, plan: Plan, simulated: bool) -> tuple[list[int], list[Document]]:
    first = plan.first and plan.first - timedelta(days=HISTORY_DAYS)
    with reading(engine) as session:
        found = [
            pair
            for pair in read_documents(session, first=first, last=plan.last, as_first_seen=True)
            if is_simulated(pair[1]) == simulated
        ]
    if not found:
        raise NotFound(
            f"the archive has no documents up to {plan.last or 'any day'}. `nophantom trends import FILE` adds some."
        )
    return [number for number, _ in found], [document for _, document in found]


def _own_references(
    engine: Engine, truth: Path, references: tuple[Reference, ...], last: date | None, simulated: bool
) -> tuple[Reference, ...]:
    """First days that the archive itself holds, of what other lists name; from its first document on.

    What any list had before the first document was known before it: its first day in the archive would be no first day.
    """
    with reading(engine) as session:
        every = [d for _, d in read_documents(session, last=last) if is_simulated(d) == simulated]
    begins = min(document.first_seen for document in every)
    known = {slug for one in references if one.day and one.day < begins for slug in one.slugs}
    among = {slug for one in references for slug in one.slugs} - known
    found = first_trending(every, among)
    # Archives of documents often lie beside the lists, not among them.
    if path := _list_in(truth, POINTS) or _list_in(truth.parent / "documents", POINTS):
        found += first_liked(every, read_points(_lines(path)), among)
    # By the name that the list has: a title says much else beside it.
    names = {slug: one.name for one in reversed(references) for slug in one.slugs}
    return tuple(replace(one, name=names[one.slugs[0]]) for one in found)


def _list_in(folder: Path, name: str) -> Path | None:
    places = (folder / f"{name}.jsonl", folder / f"{name}.jsonl.zst")
    return next((place for place in places if place.is_file()), None)


def _lines(path: Path) -> Iterator[bytes]:
    opened: Any = zstd.open(path, "rb") if path.suffix == ".zst" else path.open("rb")
    with opened as lines:
        yield from lines
