"""Reading snapshots: their candidates, signals and evidence, and the whole content as it was stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from nophantom.errors import InvalidInput, NotFound
from nophantom.trends.archive import tables
from nophantom.trends.archive.counting import counting_of
from nophantom.trends.archive.recording import RecordedSnapshot as RecordedSnapshot
from nophantom.trends.archive.recording import content, told_of_candidate, told_of_families
from nophantom.trends.archive.recording import record_snapshot as record_snapshot
from nophantom.trends.archive.surroundings import surroundings_of_all
from nophantom.trends.archive.tables import Alias, Candidate, Document, Evidence, Signal, Snapshot, Topic
from nophantom.trends.documents import Kind
from nophantom.trends.gates import CandidateDrop
from nophantom.trends.history import HistoryDay
from nophantom.trends.phases import Phase, Standing
from nophantom.trends.relations import CORROBORATED_BY
from nophantom.trends.signals import Place
from nophantom.trends.topics import slug_of


@dataclass(frozen=True, slots=True)
class SnapshotRow:
    """One stored snapshot without its candidates; the counts are those of `signals.Snapshot`.

    Attributes:
        parameters: what decided it, by name.
        digest: SHA-256 over `snapshot_json`.
        simulated: whether it is from a simulated world.
        candidates: how many there are: signals + watch + drops.
    """

    id: int
    as_of: date
    parameters: Mapping[str, Any]
    parameters_hash: str
    digest: str
    simulated: bool
    n_documents: int
    n_stories: int
    n_topics: int
    n_strata: int
    below_support: int
    log_threshold: float
    candidates: int
    signals: int
    watch: int
    drops: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """One stored candidate; the numbers are those of `signals.Candidate`.

    What belongs to signals alone, from `standing` to `shown_days`, is None for all others. `evidence` says how many
    documents are stored of it: all of a signal, up to three of the others (none by versions before 0004).
    """

    topic_id: int
    slug: str
    name: str
    place: Place
    reason: CandidateDrop | None
    log_e: float
    stories: int
    expected: float
    momentum: float
    momentum_low: float
    momentum_high: float
    ratio: float
    ratio_low: float
    ratio_high: float
    needed: int | None
    numbers: Mapping[str, Any]
    standing: Standing | None
    phase: Phase | None
    phase_numbers: Mapping[str, Any] | None
    onset: date | None
    shown_days: int | None
    evidence: int
    families: int | None = None
    """Of sources, of the last 28 days; None by versions before 0011."""


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One document that a candidate stands on."""

    native_id: str
    title: str
    url: str
    site: str | None
    first_seen: date
    kind: Kind


def snapshot_json(session: Session, snapshot_id: int) -> str:
    """The whole content as canonical JSON, made from the rows as they are stored; its SHA-256 is the digest.

    Raises:
        NotFound: there is no such snapshot.
    """
    row = read_snapshot(session, snapshot_id)
    header = {name: getattr(row, name) for name in row.__slots__ if name not in _NO_CONTENT}
    evidence = _evidence_of_all(session, snapshot_id)
    histories, beside = _histories_of_all(session, snapshot_id), surroundings_of_all(session, snapshot_id)
    entries = []
    for c in list_candidates(session, snapshot_id):
        told = None
        if c.standing is not None:
            names = ("standing", "phase", "phase_numbers", "shown_days")
            told = {name: getattr(c, name) for name in names}
            told |= {"onset": str(c.onset)} | beside.get(c.topic_id, {})
        same = ("slug", "name", "place", "reason", "log_e", "stories", "expected", "needed", "numbers")
        momentum = [c.momentum, c.momentum_low, c.momentum_high]
        ratio = [c.ratio, c.ratio_low, c.ratio_high]
        about = {name: getattr(c, name) for name in same}
        about |= told_of_candidate(told, evidence.get(c.topic_id, ()), histories.get(c.topic_id, ()))
        entries.append({**about, **told_of_families(c.families), "momentum": momentum, "ratio": ratio})
    header |= {"as_of": row.as_of.isoformat()} | counting_of(session, snapshot_id)
    return content(header, entries)


def _evidence_of_all(session: Session, snapshot_id: int) -> dict[int, list[str]]:
    query = (
        select(Evidence.topic_id, Document.native_id)
        .join(Document, Document.id == Evidence.document_id)
        .where(Evidence.snapshot_id == snapshot_id)
        .order_by(Evidence.topic_id, Evidence.position)
    )
    found: dict[int, list[str]] = {}
    for topic_id, native_id in session.execute(query):
        found.setdefault(topic_id, []).append(native_id)
    return found


def _histories_of_all(session: Session, snapshot_id: int) -> dict[int, list[tuple[Any, ...]]]:
    d = tables.HistoryDay
    query = (
        select(d.topic_id, d.day, d.stories, d.expected, d.read)
        .where(d.snapshot_id == snapshot_id)
        .order_by(d.topic_id, d.day)
    )
    found: dict[int, list[tuple[Any, ...]]] = {}
    for topic_id, day, *counts in session.execute(query):
        found.setdefault(topic_id, []).append((day.isoformat(), *counts))
    return found


_NO_CONTENT = frozenset({"id", "parameters_hash", "digest", "created_at"})


def read_snapshot(session: Session, snapshot_id: int) -> SnapshotRow:
    """One snapshot by its number.

    Raises:
        NotFound: there is none.
    """
    row = session.get(Snapshot, snapshot_id)
    if row is None:
        raise NotFound(f"there is no snapshot {snapshot_id}. `nophantom trends detect` makes one.")
    return _as_row(row)


def latest_snapshot(
    session: Session, as_of: date | None = None, *, simulated: bool = False
) -> SnapshotRow | None:
    """The snapshot that was stored last as of a day, else as of the last day before it; None without any.

    Args:
        session: read from.
        as_of: the day; the latest there is if not given.
        simulated: only simulated ones; else none of them.
    """
    query = select(Snapshot).where(Snapshot.simulated == simulated)
    if as_of is not None:
        query = query.where(Snapshot.as_of <= as_of)
    row = session.scalars(query.order_by(Snapshot.as_of.desc(), Snapshot.id.desc()).limit(1)).first()
    return _as_row(row) if row else None


def list_snapshots(session: Session, *, simulated: bool | None = None) -> list[SnapshotRow]:
    """All snapshots (simulated ones or others), by day, then by number, the latest first."""
    query = select(Snapshot).order_by(Snapshot.as_of.desc(), Snapshot.id.desc())
    if simulated is not None:
        query = query.where(Snapshot.simulated == simulated)
    return [_as_row(row) for row in session.scalars(query)]


def _as_row(row: Snapshot) -> SnapshotRow:
    values = {name: getattr(row, name) for name in SnapshotRow.__slots__}
    return SnapshotRow(**values | {"parameters": orjson.loads(row.parameters)})


_SORTS = {
    "momentum_low": Candidate.momentum_low,
    "log_e": Candidate.log_e,
    "stories": Candidate.stories,
    "name": func.lower(Candidate.name),
    "onset": Signal.onset,
}


def list_candidates(
    session: Session,
    snapshot_id: int,
    *,
    place: Place | None = None,
    reason: CandidateDrop | None = None,
    phase: Phase | None = None,
    sort: str = "momentum_low",
    descending: bool = True,
    limit: int | None = None,
    contains: str | None = None,
    corroborated: bool = False,
) -> list[CandidateRow]:
    """The candidates of a snapshot; ties by the lower bound of the momentum, e-value and slug.

    Args:
        session: read from.
        snapshot_id: number of the snapshot.
        place: only those that ended there.
        reason: only drops for this reason.
        phase: only signals in this phase.
        sort: momentum_low, log_e, stories, name, or of signals onset.
        descending: the greatest first.
        limit: at most so many.
        contains: only those whose name or slug contains this, in whatever case.
        corroborated: only those that two families of sources tell; where they were not counted none is known to be.

    Raises:
        InvalidInput: no such sort.
    """
    if sort not in _SORTS:
        raise InvalidInput(f"candidates are sorted by {', '.join(_SORTS)}; got {sort!r}.")
    query = _candidates(snapshot_id)
    for column, wanted in ((Candidate.place, place), (Candidate.reason, reason), (Signal.phase, phase)):
        if wanted is not None:
            query = query.where(column == wanted)
    if corroborated:
        query = query.where(Candidate.families >= CORROBORATED_BY)
    if contains is not None:
        piece = contains.casefold()
        in_name = func.lower(Candidate.name).contains(contains.lower(), autoescape=True)
        query = query.where(or_(in_name, Topic.slug.contains(piece, autoescape=True)))
    first = _SORTS[sort].desc() if descending else _SORTS[sort].asc()
    query = query.order_by(first, Candidate.momentum_low.desc(), Candidate.log_e.desc(), Topic.slug)
    return _rows(session, query.limit(limit))


def find_topic(session: Session, snapshot_id: int, text: str) -> CandidateRow | None:
    """The candidate that a person means: by slug, name in the snapshot, or any spelling, in whatever case.

    Where several fit, the one with the most stories.
    """
    said, slug = text.strip(), slug_of(text)
    # SQLite lowers ASCII only; what is written in other letters is found by its slug, which is folded.
    lowered = {said.lower(), said}
    spelt = select(Alias.topic_id).where(func.lower(Alias.spelling).in_(lowered))
    roads = (
        Topic.slug.in_({said.casefold(), slug}),
        func.lower(Candidate.name).in_(lowered),
        Topic.id.in_(spelt),
    )
    for fits in roads:
        query = _candidates(snapshot_id).where(fits).order_by(Candidate.stories.desc(), Topic.slug)
        if found := _rows(session, query.limit(1)):
            return found[0]
    return None


def _candidates(snapshot_id: int) -> Select[Any]:
    same = (Evidence.snapshot_id == Candidate.snapshot_id) & (Evidence.topic_id == Candidate.topic_id)
    evidence = select(func.count()).select_from(Evidence).where(same).correlate(Candidate).scalar_subquery()
    return (
        select(Candidate, Topic.slug, Signal, evidence)
        .join(Topic, Topic.id == Candidate.topic_id)
        .outerjoin(
            Signal, (Signal.snapshot_id == Candidate.snapshot_id) & (Signal.topic_id == Candidate.topic_id)
        )
        .where(Candidate.snapshot_id == snapshot_id)
    )


def _rows(session: Session, query: Select[Any]) -> list[CandidateRow]:
    names = [name for name in CandidateRow.__slots__ if hasattr(Candidate, name) and name != "numbers"]
    return [
        CandidateRow(
            **{name: getattr(c, name) for name in names},
            slug=slug,
            numbers=orjson.loads(c.numbers),
            standing=s.standing if s else None,
            phase=s.phase if s else None,
            phase_numbers=orjson.loads(s.phase_numbers) if s else None,
            onset=s.onset if s else None,
            shown_days=s.shown_days if s else None,
            evidence=n,
        )
        for c, slug, s, n in session.execute(query)
    ]


def candidates_of(session: Session, snapshot_id: int, topic_ids: Sequence[int]) -> list[CandidateRow]:
    """Some candidates of a snapshot, in the order of their topics' numbers as given; others are left out."""
    query = _candidates(snapshot_id).where(Candidate.topic_id.in_(topic_ids))
    found = {c.topic_id: c for c in _rows(session, query)}
    return [found[topic_id] for topic_id in topic_ids if topic_id in found]


def snapshot_rows(session: Session, ids: Sequence[int]) -> list[SnapshotRow]:
    """Some snapshots, in the order of their numbers as given."""
    found = {row.id: _as_row(row) for row in session.scalars(select(Snapshot).where(Snapshot.id.in_(ids)))}
    return [found[number] for number in ids]


def read_evidence(
    session: Session, snapshot_id: int, topic_id: int, *, limit: int | None = None
) -> list[EvidenceRow]:
    """The documents that a candidate stands on, the best first: all of a signal, up to three of the others."""
    d = Document
    query = (
        select(d.native_id, d.title, d.url, d.site, d.first_seen, d.kind)
        .join(Evidence, Evidence.document_id == d.id)
        .where(Evidence.snapshot_id == snapshot_id, Evidence.topic_id == topic_id)
        .order_by(Evidence.position)
        .limit(limit)
    )
    return [EvidenceRow(*row) for row in session.execute(query)]


def read_history(session: Session, snapshot_id: int, topic_id: int) -> list[HistoryDay]:
    """The last days of a candidate, the oldest first; none of a drop, nor by versions before 0004."""
    d = tables.HistoryDay
    query = (
        select(d.day, d.stories, d.expected, d.read)
        .where(d.snapshot_id == snapshot_id, d.topic_id == topic_id)
        .order_by(d.day)
    )
    return [HistoryDay(*row) for row in session.execute(query)]
