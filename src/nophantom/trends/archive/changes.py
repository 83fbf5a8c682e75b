"""What changed between two snapshots, in the store: written beside the later one, and never changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from nophantom.store.canonical import canonical_json
from nophantom.store.portions import insert_rows, portions
from nophantom.trends import fates
from nophantom.trends.archive.change_tables import SignalFate, SnapshotChange
from nophantom.trends.archive.snapshots import SnapshotRow, read_snapshot
from nophantom.trends.archive.tables import Candidate, Evidence, Signal, Snapshot, Topic
from nophantom.trends.documents import storable
from nophantom.trends.fates import EarlierSignal, Fate

_COUNTS = tuple(fate.value for fate in Fate)
_SAME = ("fate", "reason", "onset", "standing_before", "phase_before", "standing", "phase")


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed in a snapshot since the one before.

    Attributes:
        before: the snapshot before, when this was written.
        counts: signals by fate; before = all but the new, now = new + still.
        phases_changed: of those that are signals still.
        fates: of each signal, by fate, then by slug.
    """

    before: SnapshotRow
    counts: Mapping[Fate, int]
    phases_changed: int
    fates: tuple[fates.SignalFate, ...]

    @property
    def still(self) -> int:
        """Signals of the snapshot before that are some still."""
        return self.counts[Fate.STILL]


def snapshot_before(session: Session, snapshot: SnapshotRow) -> SnapshotRow | None:
    """The snapshot of the latest earlier day that can be compared with one; None without any.

    That is one of the same kind, simulated or not, and with the same parameters apart from what people decided; of
    several of one day that was stored last.
    """
    wanted = _comparable(snapshot.parameters)
    query = (
        select(Snapshot.id, Snapshot.parameters)
        .where(Snapshot.as_of < snapshot.as_of, Snapshot.simulated == snapshot.simulated)
        .order_by(Snapshot.as_of.desc(), Snapshot.id.desc())
    )
    for number, parameters in session.execute(query):
        if _comparable(orjson.loads(parameters)) == wanted:
            return read_snapshot(session, number)
    return None


def _comparable(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if name != "decisions"}


def earlier_signals(session: Session, snapshot_id: int) -> list[EarlierSignal]:
    """The signals of a snapshot with the numbers of the documents that each stood on."""
    documents: dict[int, list[int]] = {}
    cited = (
        select(Evidence.topic_id, Evidence.document_id)
        .join(Signal, (Signal.snapshot_id == Evidence.snapshot_id) & (Signal.topic_id == Evidence.topic_id))
        .where(Evidence.snapshot_id == snapshot_id)
        .order_by(Evidence.topic_id, Evidence.position)
    )
    for topic_id, number in session.execute(cited):
        documents.setdefault(topic_id, []).append(number)
    query = (
        select(Signal, Topic.slug, Candidate.name)
        .join(Topic, Topic.id == Signal.topic_id)
        .join(
            Candidate,
            (Candidate.snapshot_id == Signal.snapshot_id) & (Candidate.topic_id == Signal.topic_id),
        )
        .where(Signal.snapshot_id == snapshot_id)
        .order_by(Topic.slug)
    )
    return [
        EarlierSignal(slug, name, s.standing, s.phase, s.onset, tuple(documents.get(s.topic_id, ())))
        for s, slug, name in session.execute(query)
    ]


def record_changes(
    session: Session, snapshot_id: int, before_id: int, found: Sequence[fates.SignalFate], *, at: datetime
) -> bool:
    """Write what changed from one snapshot to a later one. False when that was done before.

    Args:
        session: one unit of work, in which both snapshots are there.
        snapshot_id: number of the later one.
        before_id: number of the earlier one.
        found: as `fates_of` told it; it covers all signals of both.
        at: the time of writing.
    """
    if session.get(SnapshotChange, (snapshot_id, before_id)) is not None:
        return False
    counts = dict.fromkeys(_COUNTS, 0)
    for one in found:
        counts[one.fate.value] += 1
    session.add(
        SnapshotChange(
            snapshot_id=snapshot_id,
            before_id=before_id,
            signals_before=len(found) - counts[Fate.NEW],
            signals_now=counts[Fate.NEW] + counts[Fate.STILL],
            phases_changed=sum(one.phase_changed for one in found),
            at=at,
            **counts,
        )
    )
    session.flush()
    numbers = _numbers_of(session, [one.slug for one in found])
    key = {"snapshot_id": snapshot_id, "before_id": before_id}
    insert_rows(session, SignalFate, (key | _values(one, numbers[one.slug]) for one in found))
    return True


def _values(one: fates.SignalFate, topic_id: int) -> dict[str, Any]:
    told = {"name": storable(one.name), "numbers": canonical_json(dict(one.numbers))}
    return {"topic_id": topic_id, **told, **{name: getattr(one, name) for name in _SAME}}


def _numbers_of(session: Session, slugs: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for some in portions(slugs):
        query = select(Topic.slug, Topic.id).where(Topic.slug.in_(some))
        found.update((slug, number) for slug, number in session.execute(query))
    return found


def read_changes(session: Session, snapshot_id: int, *, every: bool = True) -> Changes | None:
    """What changed in a snapshot since the one before it; None where nothing was before it, or nothing was compared.

    A snapshot that was compared with several, because an earlier one was made later, tells of the latest of them.

    Args:
        session: read from.
        snapshot_id: number of the snapshot.
        every: whether each signal is told; else the counts alone.
    """
    query = (
        select(SnapshotChange)
        .join(Snapshot, Snapshot.id == SnapshotChange.before_id)
        .where(SnapshotChange.snapshot_id == snapshot_id)
        .order_by(Snapshot.as_of.desc(), Snapshot.id.desc())
        .limit(1)
    )
    row = session.scalars(query).first()
    if row is None:
        return None
    return Changes(
        before=read_snapshot(session, row.before_id),
        counts={fate: getattr(row, fate.value) for fate in Fate},
        phases_changed=row.phases_changed,
        fates=tuple(_fates(session, row)) if every else (),
    )


def _fates(session: Session, row: SnapshotChange) -> list[fates.SignalFate]:
    query = (
        select(SignalFate, Topic.slug)
        .join(Topic, Topic.id == SignalFate.topic_id)
        .where(SignalFate.snapshot_id == row.snapshot_id, SignalFate.before_id == row.before_id)
        .order_by(Topic.slug)
    )
    found = [_fate(one, slug) for one, slug in session.execute(query)]
    order = tuple(Fate)
    return sorted(found, key=lambda one: order.index(one.fate))


def _fate(row: SignalFate, slug: str) -> fates.SignalFate:
    same = {name: getattr(row, name) for name in _SAME}
    return fates.SignalFate(slug=slug, name=row.name, numbers=orjson.loads(row.numbers), **same)


class FateOn(NamedTuple):
    """What became of a topic in a snapshot since the one before."""

    snapshot_id: int
    as_of: date
    fate: fates.SignalFate


def fates_of_topic(session: Session, like: SnapshotRow, topic_id: int, slug: str) -> list[FateOn]:
    """What became of a topic in all snapshots that can be compared with one; the latest first.

    Those of later days are among them: a page of an old day tells that its signal was withdrawn since.
    """
    wanted, before = _comparable(like.parameters), aliased(Snapshot)
    query = (
        select(SignalFate, Snapshot.as_of, Snapshot.parameters)
        .join(Snapshot, Snapshot.id == SignalFate.snapshot_id)
        .join(before, before.id == SignalFate.before_id)
        .where(SignalFate.topic_id == topic_id, Snapshot.simulated == like.simulated)
        .order_by(Snapshot.as_of.desc(), Snapshot.id.desc(), before.as_of.desc(), before.id.desc())
    )
    found: dict[int, FateOn] = {}
    for row, day, parameters in session.execute(query):
        if row.snapshot_id not in found and _comparable(orjson.loads(parameters)) == wanted:
            found[row.snapshot_id] = FateOn(row.snapshot_id, day, _fate(row, slug))
    return list(found.values())


class Withdrawn(NamedTuple):
    """That a later snapshot withdrew a topic, as a signal since its onset, on a day."""

    topic_id: int
    onset: date
    day: date

    def covers(self, given_on: date) -> bool:
        """Whether it takes back what was said of the topic on a day: what began later is another affair of it."""
        return self.onset <= given_on < self.day


def withdrawals(session: Session, like: SnapshotRow) -> Iterator[Withdrawn]:
    """All withdrawals by snapshots that can be compared with one, by day."""
    wanted = _comparable(like.parameters)
    query = (
        select(SignalFate.topic_id, SignalFate.onset, Snapshot.as_of, Snapshot.parameters)
        .join(Snapshot, Snapshot.id == SignalFate.snapshot_id)
        .where(SignalFate.fate == Fate.WITHDRAWN, Snapshot.simulated == like.simulated)
        .order_by(Snapshot.as_of, SignalFate.topic_id)
    )
    for topic_id, onset, day, parameters in session.execute(query):
        if _comparable(orjson.loads(parameters)) == wanted:
            yield Withdrawn(topic_id, onset, day)
