"""From the documents of the archive to a stored snapshot. WORLD: opens the transactions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Engine

from nophantom.clock import now
from nophantom.errors import InvalidInput, NotFound
from nophantom.store.engine import reading, writing
from nophantom.trends.archive.intake import read_documents
from nophantom.trends.archive.recommending import recommend_snapshot, score_due
from nophantom.trends.archive.recording import RecordedSnapshot, record_snapshot
from nophantom.trends.archive.story_links import links_as_of
from nophantom.trends.assembly import detect
from nophantom.trends.documents import Document
from nophantom.trends.generic_words import by_story
from nophantom.trends.linking import link_stories
from nophantom.trends.mentions import mine_written
from nophantom.trends.parameters import Parameters
from nophantom.trends.series import build_series
from nophantom.trends.signals import Snapshot
from nophantom.trends.stories import gather
from nophantom.trends.surroundings import with_surroundings
from nophantom.trends.window_facts import publishing_places
from nophantom.trends.worlds import is_simulated

HISTORY_DAYS = 425
"""Fourteen months: a baseline, and the same season a year ago."""

OnStep = Callable[[str, int, int], None]
"""Told what is being done, and how much of how much."""


@dataclass(frozen=True, slots=True)
class Detected:
    """A detection and where it is stored.

    Attributes:
        snapshot: signals, watch list and drops.
        recorded: its number in the archive; `is_new` is False when the very same was there.
        n_documents: that were read.
    """

    snapshot: Snapshot
    recorded: RecordedSnapshot
    n_documents: int


def detect_signals(
    engine: Engine,
    *,
    as_of: date | None = None,
    history_days: int = HISTORY_DAYS,
    parameters: Parameters | None = None,
    simulated: bool = False,
    on_step: OnStep | None = None,
) -> Detected:
    """Detect as of a day, on what could be known by then, and store the snapshot.

    The same archive, day and parameters give the same content to the byte; then nothing new is stored.

    Args:
        engine: the store, its tables up to date.
        as_of: the day; the last day of the archive if not given.
        history_days: how far back documents are read.
        parameters: what decides.
        simulated: only simulated collections; else none of them.
        on_step: told of the progress.

    Raises:
        NotFound: the archive has no documents in these days.
        InvalidInput: the day lies after the last document, or there is too little history.
    """
    step = on_step or (lambda *_: None)
    step("reading documents", 0, 4)
    link_stories(engine)
    numbers, documents = _read(engine, as_of, history_days, simulated)
    last = max(document.first_seen for document in documents)
    if as_of is not None and last < as_of:
        raise InvalidInput(
            f"the archive ends on {last}; nothing is known as of {as_of}. Import more, or detect as of {last}."
        )
    step("finding stories", 1, 4)
    with reading(engine) as session:
        links = links_as_of(session, as_of)
    stories = gather(documents, linked=[links.get(number, number) for number in numbers])
    step("finding topics", 2, 4)
    written = mine_written(documents, stories)
    mentions = written.mentions
    step("counting", 3, 4)
    series = build_series(mentions, stories)
    snapshot = detect(
        series,
        publishing_places(documents, stories),
        parameters or Parameters(),
        told=by_story(written),
        on_day=lambda done, total: step("detecting", done, total),
    )
    snapshot = with_surroundings(snapshot, series, written, documents)
    with writing(engine) as session:
        recorded = record_snapshot(
            session,
            snapshot,
            n_documents=len(documents),
            documents_of=lambda story: numbers[int(stories.representative[story])],
            spellings=lambda topic: mentions.topics.spellings_of(topic),
            simulated=simulated,
            at=now(),
        )
        recommend_snapshot(session, recorded.id, at=now())
        score_due(session, recorded.id, at=now())
    return Detected(snapshot, recorded, len(documents))


def _read(
    engine: Engine, as_of: date | None, history_days: int, simulated: bool
) -> tuple[list[int], list[Document]]:
    first = None if as_of is None else as_of - timedelta(days=history_days)
    with reading(engine) as session:
        found = [
            (number, document)
            for number, document in read_documents(session, first=first, last=as_of, as_first_seen=True)
            if is_simulated(document) == simulated
        ]
    if as_of is None and found:
        begins = found[-1][1].first_seen - timedelta(days=history_days)
        found = [pair for pair in found if pair[1].first_seen >= begins]
    if not found:
        raise NotFound(
            f"the archive has no documents{f' from {first} to {as_of}' if as_of else ''}. `nophantom trends import "
            "FILE` adds some."
        )
    return [number for number, _ in found], [document for _, document in found]
