"""What was detected page by page: snapshots, their candidates with their evidence, and topics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from nophantom.errors import NotFound
from nophantom.store.paging import Column, Page, Query, count_rows, order_of, read_page
from nophantom.trends.archive.search import SHOWN, DocumentRow, document_rows
from nophantom.trends.archive.snapshots import (
    CandidateRow,
    SnapshotRow,
    candidates_of,
    latest_snapshot,
    read_snapshot,
    snapshot_rows,
)
from nophantom.trends.archive.tables import Candidate, Document, Evidence, Signal, Snapshot, Topic
from nophantom.trends.gates import CandidateDrop
from nophantom.trends.phases import Phase, Standing
from nophantom.trends.relations import CORROBORATED_BY
from nophantom.trends.signals import Place

CANDIDATE_SORTS = ("momentum_low", "momentum", "log_e", "stories", "name")
SIGNAL_SORTS = (*CANDIDATE_SORTS, "onset")


@dataclass(frozen=True, slots=True)
class SnapshotBooks:
    """How the candidates of a snapshot divide; words that none has are left out."""

    drops_by_reason: Mapping[CandidateDrop, int]
    signals_by_phase: Mapping[Phase, int]
    signals_by_standing: Mapping[Standing, int]


@dataclass(frozen=True, slots=True)
class SnapshotDay:
    """A snapshot as a stop on the way through time: its day and how its candidates ended."""

    id: int
    as_of: date
    simulated: bool
    signals: int
    watch: int
    drops: int


def find_snapshot(session: Session, reference: str) -> SnapshotRow:
    """A snapshot by its number, or `latest`: the last one of real documents, else the last simulated one.

    Raises:
        NotFound: there is none.
    """
    if reference != "latest":
        return read_snapshot(session, int(reference))
    found = latest_snapshot(session) or latest_snapshot(session, simulated=True)
    if found is None:
        raise NotFound(
            "there is no snapshot yet. `nophantom trends detect` makes one; `nophantom demo` shows how."
        )
    return found


def page_snapshots(
    session: Session, *, simulated: bool | None, sort: str, limit: int, cursor: str | None
) -> Page[SnapshotRow]:
    """All snapshots; sorted by as_of or id."""
    query: Query = select(Snapshot.id)
    if simulated is not None:
        query = query.where(Snapshot.simulated == simulated)
    order = order_of(sort, {"as_of": Snapshot.as_of, "id": Snapshot.id}, Snapshot.id)
    filters = {"simulated": simulated}
    page = read_page(session, query, order, limit=limit, cursor=cursor, filters=filters)
    return page.of(lambda rows: snapshot_rows(session, [row.id for row in rows]))


def page_snapshot_days(
    session: Session, *, simulated: bool | None, limit: int, cursor: str | None
) -> Page[SnapshotDay]:
    """The days of all snapshots, by day and number, the latest first."""
    query: Query = select(*(getattr(Snapshot, name) for name in SnapshotDay.__slots__))
    if simulated is not None:
        query = query.where(Snapshot.simulated == simulated)
    order = order_of("-as_of", {"as_of": Snapshot.as_of}, Snapshot.id)
    page = read_page(session, query, order, limit=limit, cursor=cursor, filters={"simulated": simulated})
    names = SnapshotDay.__slots__
    return page.of(lambda rows: [SnapshotDay(*(getattr(row, name) for name in names)) for row in rows])


def read_books(session: Session, snapshot_id: int) -> SnapshotBooks:
    """How the candidates of a snapshot divide."""

    def counted(column: Any, of: Any) -> dict[Any, int]:  # noqa: ANN401 - a column of either table
        query = select(column, func.count()).where(of.snapshot_id == snapshot_id, column.is_not(None))
        return {row[0]: row[1] for row in session.execute(query.group_by(column).order_by(column))}

    return SnapshotBooks(
        drops_by_reason=counted(Candidate.reason, Candidate),
        signals_by_phase=counted(Signal.phase, Signal),
        signals_by_standing=counted(Signal.standing, Signal),
    )


def page_candidates(
    session: Session,
    snapshot_id: int,
    place: Place,
    *,
    phase: Sequence[Phase] = (),
    standing: Sequence[Standing] = (),
    reason: Sequence[CandidateDrop] = (),
    contains: str | None = None,
    corroborated: bool = False,
    sort: str = "-momentum_low",
    limit: int = 50,
    cursor: str | None = None,
) -> Page[CandidateRow]:
    """The candidates of a snapshot that ended in one place.

    Args:
        session: read from.
        snapshot_id: number of the snapshot.
        place: signals, watch list or drops.
        phase: only signals in one of these phases; empty for all.
        standing: only signals with one of these.
        reason: only drops for one of these.
        contains: only those whose name contains this, in whatever case.
        corroborated: only those that two families of sources tell; where they were not counted none is known to be.
        sort: one of `CANDIDATE_SORTS`, of signals also onset; `-` in front for the greatest first.
        limit: rows of a page.
        cursor: `next_cursor` of the page before.

    Raises:
        InvalidInput: no such sort or cursor.
    """
    is_signal = place is Place.SIGNAL
    columns: dict[str, Column] = {
        name: getattr(Candidate, name) for name in CANDIDATE_SORTS if name != "name"
    }
    columns["name"] = Candidate.folded
    if is_signal:
        columns["onset"] = Signal.onset
    order = order_of(sort, columns, Candidate.topic_id)
    query: Query = select(Candidate.topic_id).where(
        Candidate.snapshot_id == snapshot_id, Candidate.place == place
    )
    if order.name == "onset":
        query = query.join(Signal, _OF_SAME)
    of_signal = _words({Signal.phase: phase, Signal.standing: standing})
    of_candidate = _words({Candidate.reason: reason})
    if corroborated:
        of_candidate.append(Candidate.families >= CORROBORATED_BY)
    if contains:
        of_candidate.append(Candidate.folded.contains(contains.casefold(), autoescape=True))
    total = None
    if of_signal or of_candidate:
        # Few are sorted; many are met soon on the way along the index of the sort. Neither reads all rows.
        fitting = _fitting(snapshot_id, place, of_signal, of_candidate)
        ids = session.scalars(fitting.limit(_FEW + 1)).all()
        if len(ids) <= _FEW:
            total = len(ids)
            query = query.where(Candidate.topic_id.in_(ids))
        else:
            total = count_rows(session, fitting)
            query = query.where(*of_candidate, *(_is_signal(of_signal) if of_signal else ()))
    filters = {
        "snapshot": snapshot_id,
        "place": place,
        "phase": sorted(phase),
        "standing": sorted(standing),
        "reason": sorted(reason),
        "contains": contains,
        "corroborated": corroborated,
    }
    page = read_page(session, query, order, limit=limit, cursor=cursor, filters=filters, total=total)
    # The many columns are read for the rows of the page alone, not for all that were sorted.
    return page.of(lambda rows: candidates_of(session, snapshot_id, [row.topic_id for row in rows]))


_FEW = 1_000
_OF_SAME = (Signal.snapshot_id == Candidate.snapshot_id) & (Signal.topic_id == Candidate.topic_id)


def _words(wanted: Mapping[Column, Sequence[StrEnum]]) -> list[ColumnElement[bool]]:
    return [column.in_(words) for column, words in wanted.items() if words]


def _fitting(
    snapshot_id: int,
    place: Place,
    of_signal: Sequence[ColumnElement[bool]],
    of_candidate: Sequence[ColumnElement[bool]],
) -> Query:
    """Numbers of the topics that fit, in no order."""
    query: Query = select(Candidate.topic_id).where(
        Candidate.snapshot_id == snapshot_id, Candidate.place == place
    )
    if of_signal and not of_candidate:  # every signal is a candidate of that place
        query = select(Signal.topic_id).where(Signal.snapshot_id == snapshot_id)
    elif of_signal:
        query = query.join(Signal, _OF_SAME)
    return query.where(*of_signal, *of_candidate)


def _is_signal(of_signal: Sequence[ColumnElement[bool]]) -> tuple[ColumnElement[bool], ...]:
    # Correlated, not joined: a join would tempt SQLite to sort all that fit instead of following the index.
    return (select(Signal.id).where(_OF_SAME, *of_signal).correlate(Candidate).exists(),)


def page_evidence(
    session: Session, snapshot_id: int, topic_id: int, *, limit: int, cursor: str | None
) -> Page[DocumentRow]:
    """The documents that a candidate stands on, the best first."""
    query: Query = (
        select(*SHOWN)
        .join(Evidence, Evidence.document_id == Document.id)
        .where(Evidence.snapshot_id == snapshot_id, Evidence.topic_id == topic_id)
    )
    order = order_of("position", {"position": Evidence.position}, Evidence.document_id)
    filters = {"snapshot": snapshot_id, "topic": topic_id}
    return read_page(session, query, order, limit=limit, cursor=cursor, filters=filters).of(document_rows)


@dataclass(frozen=True, slots=True)
class TopicRow:
    """A topic that was judged in some snapshot."""

    id: int
    slug: str
    name: str


def page_topics(
    session: Session, *, contains: str | None, sort: str, limit: int, cursor: str | None
) -> Page[TopicRow]:
    """All topics that were ever judged; sorted by slug or id."""
    query: Query = select(Topic.id, Topic.slug, Topic.name)
    if contains:
        piece = contains.lower()
        in_name = func.lower(Topic.name).contains(piece, autoescape=True)
        query = query.where(or_(in_name, Topic.slug.contains(contains.casefold(), autoescape=True)))
    order = order_of(sort, {"slug": Topic.slug, "id": Topic.id}, Topic.id)
    page = read_page(session, query, order, limit=limit, cursor=cursor, filters={"contains": contains})
    return page.of(lambda rows: [TopicRow(row.id, row.slug, row.name) for row in rows])
