"""From the documents of the archive to a stored snapshot. WORLD: opens the transactions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from hashlib import sha256
from importlib.resources import files

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from nophantom.clock import now
from nophantom.store.engine import reading, writing
from nophantom.trends.archive.changes import earlier_signals, record_changes, snapshot_before
from nophantom.trends.archive.recommending import recommend_snapshot, score_due
from nophantom.trends.archive.recording import RecordedSnapshot, record_snapshot
from nophantom.trends.archive.replay_memories import Remembered, memories_before, remember
from nophantom.trends.archive.snapshots import read_snapshot
from nophantom.trends.assembly import assemble, replay_to
from nophantom.trends.fates import Earlier, Retold, fates_of
from nophantom.trends.known_corpus import HISTORY_DAYS, KnownCorpus, OnStep, known_corpus, reads_from
from nophantom.trends.parameters import Parameters
from nophantom.trends.permuted_days import check_tiers
from nophantom.trends.remembering import digests, memory_text, read_memory
from nophantom.trends.replay import Replay
from nophantom.trends.replay_day import Day
from nophantom.trends.signals import Snapshot, e_value
from nophantom.trends.surroundings import with_meanings, with_surroundings


@dataclass(frozen=True, slots=True)
class Detected:
    """A detection and where it is stored.

    Attributes:
        snapshot: signals, watch list and drops.
        recorded: its number in the archive; `is_new` is False when the very same was there.
        n_documents: that were read.
        went_on_from: the day after which it went on, from what an earlier detection of the very same past remembered;
            None where it began at the first day.
    """

    snapshot: Snapshot
    recorded: RecordedSnapshot
    n_documents: int
    went_on_from: date | None = None


def detect_signals(
    engine: Engine,
    *,
    as_of: date | None = None,
    history_days: int = HISTORY_DAYS,
    parameters: Parameters | None = None,
    simulated: bool = False,
    with_decisions: bool = True,
    from_scratch: bool = False,
    on_step: OnStep | None = None,
) -> Detected:
    """Detect as of a day, on what could be known by then, and store the snapshot.

    The same archive, day, parameters and decisions give the same content to the byte; then nothing new is stored.

    Args:
        engine: the store, its tables up to date.
        as_of: the day; the last day of the archive if not given. A day on which nothing was read is no evidence.
        history_days: how far back documents are read; see `known_corpus`.
        parameters: what decides.
        simulated: only simulated collections; else none of them.
        with_decisions: whether what people merged and split is counted so.
        from_scratch: whether to begin at the first day, whatever earlier detections remember: slower, and the same.
        on_step: told of the progress.

    Raises:
        NotFound: the archive has no documents in these days.
        InvalidInput: the day lies after the last document of all, or there is too little history.
    """
    step = on_step or (lambda *_: None)
    known = known_corpus(
        engine,
        as_of=as_of,
        history_days=history_days,
        simulated=simulated,
        with_decisions=with_decisions,
        on_step=on_step,
    )
    hashed = known.force.counting_hash if known.force else None
    counted = replace(parameters or Parameters(), decisions=hashed)
    replay = Replay(known.corpus.series, known.corpus.places, counted, known.corpus.told)
    before, digest = _past(engine, known, counted, from_scratch=from_scratch)
    today = replay_to(
        replay,
        (known.as_of - replay.series.first_day).days,
        memory=read_memory(before.text, replay.series) if before else None,
        on_day=lambda done, total: step("detecting", done, total),
    )
    snapshot = _snapshot(replay, today, known)
    with writing(engine) as session:
        recorded = record_snapshot(
            session,
            snapshot,
            n_documents=len(known.documents),
            documents_of=lambda story: known.numbers[int(replay.series.stories.representative[story])],
            spellings=lambda topic: replay.series.mentions.topics.spellings_of(topic),
            simulated=simulated,
            at=now(),
        )
        _tell_changes(session, recorded.id, snapshot, replay, known, history_days)
        recommend_snapshot(session, recorded.id, at=now())
        score_due(session, recorded.id, at=now())
        remember(
            session, Remembered(today.as_of, digest, memory_text(replay.memory, replay.series)), at=now()
        )
    went_on_from = before.as_of if before else None
    return Detected(snapshot, recorded, len(known.documents), went_on_from)


def _snapshot(replay: Replay, today: Day, known: KnownCorpus) -> Snapshot:
    """The snapshot of the day, with its self-test and what stands beside its signals."""
    corpus = known.corpus
    snapshot = with_surroundings(assemble(replay, today), corpus.series, corpus.written, known.documents)
    snapshot = with_meanings(snapshot, corpus.meanings)
    level = e_value(snapshot.log_threshold)
    checks = check_tiers(corpus.series, replay.parameters, today.day, level)
    return replace(snapshot, counted_as=corpus.counted_as, self_test=checks)


def _tell_changes(
    session: Session,
    snapshot_id: int,
    snapshot: Snapshot,
    replay: Replay,
    known: KnownCorpus,
    history_days: int,
) -> None:
    """Write what became of the signals of the snapshot before; nothing where there is none."""
    before = snapshot_before(session, read_snapshot(session, snapshot_id))
    if before is None:
        return
    signals = earlier_signals(session, before.id)
    wanted = {number for signal in signals for number in signal.documents}
    retold = Retold(
        corpus=known.corpus,
        places={number: place for place, number in enumerate(known.numbers) if number in wanted},
        memory=replay.memory,
        reads_from=reads_from(known.as_of, history_days),
        begins=known.corpus.series.first_day + timedelta(days=replay.first),
    )
    earlier = Earlier(before.as_of, reads_from(before.as_of, history_days), signals)
    record_changes(session, snapshot_id, before.id, fates_of(earlier, snapshot, retold), at=now())


def _past(
    engine: Engine, known: KnownCorpus, parameters: Parameters, *, from_scratch: bool
) -> tuple[Remembered | None, str]:
    """What the latest detection of the very same past remembers, if any, and the digest of the past of this day."""
    held: Sequence[Remembered] = ()
    if not from_scratch:
        with reading(engine) as session:
            held = memories_before(session, known.as_of)
    # All in one pass: every document is hashed once.
    past = _digests(known, parameters, [*(one.as_of for one in held), known.as_of])
    before = next((one for one in held if past[one.as_of] == one.digest), None)
    return before, past[known.as_of]


def _digests(known: KnownCorpus, parameters: Parameters, days: list[date]) -> dict[date, str]:
    return digests(known.documents, known.corpus, parameters, days, code=_code(), begins=known.begins)


@cache
def _code() -> str:
    """SHA-256 over the code that reckons: what another version remembers is not taken up."""
    found = sha256()
    for package in ("nophantom.trends", "nophantom.stats"):
        for file in sorted(files(package).iterdir(), key=lambda one: one.name):
            if file.name.endswith(".py"):
                found.update(file.name.encode() + b"\0" + file.read_bytes())
    return found.hexdigest()
