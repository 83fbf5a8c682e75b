"""Writing snapshots: once for each content, and never changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from nophantom.store.canonical import canonical_json, text_hash
from nophantom.store.portions import insert_rows, portions
from nophantom.trends import history, signals
from nophantom.trends.archive.counting import record_counting, told_of_counting
from nophantom.trends.archive.surroundings import record_surroundings, told_of_surroundings
from nophantom.trends.archive.tables import (
    Alias,
    Candidate,
    Document,
    Evidence,
    HistoryDay,
    Signal,
    Snapshot,
    Topic,
)
from nophantom.trends.documents import storable
from nophantom.trends.phases import Phase, Standing
from nophantom.trends.signals import Place

_PLACES = tuple(Place)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RecordedSnapshot:
    """Where a snapshot is stored.

    Attributes:
        id: its number.
        is_new: False when the very same content was there before.
    """

    id: int
    is_new: bool


def record_snapshot(
    session: Session,
    snapshot: signals.Snapshot,
    *,
    n_documents: int,
    documents_of: Callable[[int], int],
    spellings: Callable[[int], Iterable[str]],
    at: datetime,
    simulated: bool = False,
) -> RecordedSnapshot:
    """Write a snapshot with all its candidates, or find the one with the same content.

    Args:
        session: one unit of work.
        snapshot: what was detected.
        n_documents: how many documents it was detected in.
        documents_of: the row number of the document that stands for a story of the series.
        spellings: of a topic, by its number in the series.
        at: the time of writing; no part of the content.
        simulated: whether the documents are simulated.
    """
    everyone = snapshot.everyone
    stories = {c.slug: c.best for c in everyone} | {s.candidate.slug: s.stories for s in snapshot.signals}
    numbers = {slug: [documents_of(story) for story in mine] for slug, mine in stories.items()}
    native_ids = _native_ids(session, {number for mine in numbers.values() for number in mine})
    told = {s.candidate.slug: _told_of_signal(s) for s in snapshot.signals}
    names = {c.slug: storable(c.name) for c in everyone}
    entries = {
        c.slug: _entry(c, names)
        | told_of_candidate(
            told.get(c.slug), [native_ids[n] for n in numbers[c.slug]], [_told_of_day(d) for d in c.history]
        )
        for c in everyone
    }
    header, counting = _header(snapshot, n_documents, simulated), told_of_counting(snapshot)
    parameters = canonical_json(header["parameters"])
    keys = {
        "as_of": snapshot.as_of,
        "parameters_hash": text_hash(parameters),
        "digest": text_hash(content(header | counting, entries.values())),
    }
    known = session.execute(select(Snapshot.id).filter_by(**keys)).scalar()
    if known is not None:
        return RecordedSnapshot(known, is_new=False)
    row = Snapshot(**header | keys | {"parameters": parameters}, created_at=at)
    is_latest = snapshot.as_of >= (
        session.execute(select(func.max(Snapshot.as_of))).scalar() or snapshot.as_of
    )
    topic_ids = _record_topics(session, names, rename=is_latest)
    _record_aliases(session, {topic_ids[c.slug]: spellings(c.topic) for c in everyone})
    session.add(row)
    session.flush()
    record_counting(session, row.id, counting)
    insert_rows(session, Candidate, (_candidate_values(row.id, topic_ids[s], e) for s, e in entries.items()))
    _record_signals(session, row.id, {topic_ids[slug]: about for slug, about in told.items()})
    record_surroundings(session, row.id, told, topic_ids)
    insert_rows(session, Evidence, _evidence(row.id, {topic_ids[s]: mine for s, mine in numbers.items()}))
    insert_rows(session, HistoryDay, _history(row.id, {topic_ids[c.slug]: c.history for c in everyone}))
    return RecordedSnapshot(row.id, is_new=True)


def _header(snapshot: signals.Snapshot, n_documents: int, simulated: bool) -> dict[str, Any]:
    return {
        "as_of": snapshot.as_of.isoformat(),
        "parameters": _told_of_parameters(snapshot),
        "simulated": simulated,
        "n_documents": n_documents,
        "n_stories": snapshot.n_stories,
        "n_topics": snapshot.n_topics,
        "n_strata": snapshot.n_strata,
        "below_support": snapshot.below_support,
        "log_threshold": _number(snapshot.log_threshold),
        "candidates": snapshot.n_candidates,
        "signals": len(snapshot.signals),
        "watch": len(snapshot.watch),
        "drops": len(snapshot.drops),
    }


def _told_of_parameters(snapshot: signals.Snapshot) -> dict[str, Any]:
    """Without a word of decisions where none changes the counts: then it is what it was before there were any."""
    told = asdict(snapshot.parameters)
    return {name: value for name, value in told.items() if name != "decisions" or value is not None}


def _number(value: float) -> float:
    return float(value) + 0.0  # -0.0 is 0.0: SQLite does not keep its sign


_NAMING = ("part_of", "merged_into")
"""Numbers that are slugs of other candidates; their names are kept beside them."""


def _entry(c: signals.Candidate, names: Mapping[str, str]) -> dict[str, Any]:
    others = {f"{key}_name": names[slug] for key in _NAMING if (slug := c.numbers.get(key))}
    return {
        "slug": c.slug,
        "name": names[c.slug],
        "place": c.place.value,
        "reason": c.reason.value if c.reason else None,
        "log_e": _number(c.log_e),
        "stories": c.stories,
        "expected": _number(c.expected),
        "momentum": [_number(x) for x in c.momentum],
        "ratio": [_number(x) for x in c.ratio],
        "needed": c.needed,
        "numbers": {**c.numbers, **others},
        **told_of_families(c.families),
    }


def told_of_families(families: int | None) -> dict[str, int]:
    """The families of sources of a candidate, as they enter the content; nothing where they were not counted."""
    return {} if families is None else {"families": families}


def _told_of_signal(s: signals.Signal) -> dict[str, Any]:
    return told_of_surroundings(s) | {
        "standing": s.standing.value,
        "phase": s.phase.value,
        "phase_numbers": {**asdict(s.phase_numbers), **_told_of_changes(s)},
        "onset": s.onset.isoformat(),
        "shown_days": s.shown_days,
    }


def _told_of_changes(s: signals.Signal) -> dict[str, Any]:
    if not s.changes:
        return {}
    told = ({"day": c.day.isoformat(), "kind": c.kind.value, "phase": c.phase.value} for c in s.changes)
    return {"changes": [{**one, **asdict(c.numbers)} for one, c in zip(told, s.changes, strict=True)]}


def _told_of_day(d: history.HistoryDay) -> tuple[str, int | None, float | None, int]:
    return d.day.isoformat(), d.stories, None if d.expected is None else _number(d.expected), d.read


def told_of_candidate(
    signal: Mapping[str, Any] | None, evidence: Sequence[str], days: Sequence[Sequence[Any]]
) -> dict[str, Any]:
    """What is stored about a candidate beside its row, as it enters the content.

    What is no signal had neither evidence nor history before they were stored; without them it is told as it was
    then, so that the content of old snapshots keeps its hash.

    Args:
        signal: its standing and phase; None when it is no signal.
        evidence: native ids of its documents, the best first.
        days: of its history: day, stories, expected, read.
    """
    found: dict[str, Any] = {"signal": None if signal is None else {**signal, "evidence": list(evidence)}}
    if signal is None and evidence:
        found["evidence"] = list(evidence)
    if days:
        found["history"] = [list(day) for day in days]
    return found


def content(header: Mapping[str, Any], entries: Iterable[Mapping[str, Any]]) -> str:
    """Everything about a snapshot, in one order: signals, watch list, drops, each by rank."""

    def rank(e: Mapping[str, Any]) -> tuple[int, float, float, str]:
        return _PLACES.index(Place(e["place"])), -e["momentum"][1], -e["log_e"], e["slug"]

    return canonical_json({**header, "judged": sorted(entries, key=rank)})


def _native_ids(session: Session, numbers: Iterable[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for some in portions(numbers):
        query = select(Document.id, Document.native_id).where(Document.id.in_(some))
        found.update((number, native_id) for number, native_id in session.execute(query))
    return found


def _record_topics(session: Session, names: Mapping[str, str], *, rename: bool) -> dict[str, int]:
    """Numbers of topics by slug; new ones are added, and known ones take their new name with `rename`."""
    known = _topics(session, names)
    insert_rows(session, Topic, [{"slug": s, "name": name} for s, name in names.items() if s not in known])
    if rename:
        for slug, topic in known.items():
            topic.name = names[slug]
    session.flush()
    return {slug: topic.id for slug, topic in _topics(session, names).items()}


def _topics(session: Session, slugs: Iterable[str]) -> dict[str, Topic]:
    rows = (session.scalars(select(Topic).where(Topic.slug.in_(some))) for some in portions(slugs))
    return {topic.slug: topic for some in rows for topic in some}


def _record_aliases(session: Session, spellings: Mapping[int, Iterable[str]]) -> None:
    wanted = {(topic, storable(spelling)): None for topic, mine in spellings.items() for spelling in mine}
    for some in portions(spellings):
        query = select(Alias.topic_id, Alias.spelling).where(Alias.topic_id.in_(some))
        for topic_id, spelling in session.execute(query):
            wanted.pop((topic_id, spelling), None)
    insert_rows(session, Alias, [{"topic_id": topic, "spelling": spelling} for topic, spelling in wanted])


def _candidate_values(snapshot_id: int, topic_id: int, entry: Mapping[str, Any]) -> dict[str, Any]:
    same = ("name", "place", "reason", "log_e", "stories", "expected", "needed")
    values = {name: entry[name] for name in same}
    for name in ("momentum", "ratio"):
        values[name], values[f"{name}_low"], values[f"{name}_high"] = entry[name]
    values |= {
        "families": entry.get("families"),
        "folded": entry["name"].casefold(),
        "numbers": canonical_json(entry["numbers"]),
    }
    return {"snapshot_id": snapshot_id, "topic_id": topic_id, **values}


def _record_signals(session: Session, snapshot_id: int, told: Mapping[int, Mapping[str, Any]]) -> None:
    session.add_all(
        Signal(
            snapshot_id=snapshot_id,
            topic_id=topic_id,
            standing=Standing(about["standing"]),
            phase=Phase(about["phase"]),
            phase_numbers=canonical_json(about["phase_numbers"]),
            onset=date.fromisoformat(about["onset"]),
            shown_days=about["shown_days"],
        )
        for topic_id, about in told.items()
    )
    session.flush()


def _evidence(snapshot_id: int, numbers: Mapping[int, Sequence[int]]) -> Iterator[dict[str, Any]]:
    for topic_id, mine in numbers.items():
        for position, number in enumerate(mine, 1):
            yield {
                "snapshot_id": snapshot_id,
                "topic_id": topic_id,
                "position": position,
                "document_id": number,
            }


def _history(
    snapshot_id: int, histories: Mapping[int, Sequence[history.HistoryDay]]
) -> Iterator[dict[str, Any]]:
    for topic_id, days in histories.items():
        for d in days:
            about = {"day": d.day, "stories": d.stories, "expected": d.expected, "read": d.read}
            yield {"snapshot_id": snapshot_id, "topic_id": topic_id, **about}
