"""What was detected page by page: snapshots, their candidates with their evidence, and topics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
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
from nophantom.trends.decisions import DecisionKind
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


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which candidates of a snapshot a list holds; what is empty asks for nothing.

    Attributes:
        place: signals, watch list or drops.
        phase: only signals in one of these phases.
        standing: only signals with one of these.
        reason: only drops for one of these.
        contains: only those whose name contains this, in whatever case.
        corroborated: only those that two families of sources tell; where they were not counted none is known to be.
    """

    place: Place
    phase: Sequence[Phase] = ()
    standing: Sequence[Standing] = ()
    reason: Sequence[CandidateDrop] = ()
    contains: str | None = None
    corroborated: bool = False

    @property
    def of_signal(self) -> list[ColumnElement[bool]]:
        """What is asked of signals alone."""
        return _words({Signal.phase: self.phase, Signal.standing: self.standing})

    @property
    def of_candidate(self) -> list[ColumnElement[bool]]:
        """What is asked of every candidate, its place aside."""
        asked = _words({Candidate.reason: self.reason})
        if self.corroborated:
            asked.append(Candidate.families >= CORROBORATED_BY)
        if self.contains:
            asked.append(Candidate.folded.contains(self.contains.casefold(), autoescape=True))
        return asked

    @property
    def filters(self) -> dict[str, Any]:
        """As a cursor remembers it."""
        told = {name: getattr(self, name) for name in ("place", "contains", "corroborated")}
        return told | {name: sorted(getattr(self, name)) for name in ("phase", "standing", "reason")}


def page_candidates(
    session: Session,
    snapshot_id: int,
    wanted: Wanted,
    *,
    without: Collection[int] | None = None,
    sort: str = "-momentum_low",
    limit: int = 50,
    cursor: str | None = None,
) -> Page[CandidateRow]:
    """The candidates of a snapshot that ended in one place.

    Args:
        session: read from.
        snapshot_id: number of the snapshot.
        wanted: which of them.
        without: numbers of topics that are left out; None where none ever is.
        sort: one of `CANDIDATE_SORTS`, of signals also onset; `-` in front for the greatest first.
        limit: rows of a page.
        cursor: `next_cursor` of the page before.

    Raises:
        InvalidInput: no such sort or cursor.
    """
    columns: dict[str, Column] = {
        name: getattr(Candidate, name) for name in CANDIDATE_SORTS if name != "name"
    }
    columns["name"] = Candidate.folded
    if wanted.place is Place.SIGNAL:
        columns["onset"] = Signal.onset
    order = order_of(sort, columns, Candidate.topic_id)
    query = _ended_in(snapshot_id, wanted.place)
    if order.name == "onset":
        query = query.join(Signal, _OF_SAME)
    of_signal, of_candidate = wanted.of_signal, wanted.of_candidate
    total = None
    if without:
        query = query.where(Candidate.topic_id.not_in(without))
    if of_signal or of_candidate:
        # Few are sorted; many are met soon on the way along the index of the sort. Neither reads all rows.
        fitting = _fitting(snapshot_id, wanted.place, of_signal, of_candidate)
        if without:
            fitting = fitting.where(fitting.selected_columns[0].not_in(without))
        ids = session.scalars(fitting.limit(_FEW + 1)).all()
        if len(ids) <= _FEW:
            total = len(ids)
            query = query.where(Candidate.topic_id.in_(ids))
        else:
            total = count_rows(session, fitting)
            query = query.where(*of_candidate, *_is_signal(of_signal))
    # Not which topics are left out: a decision between two pages must not make the second one unreachable.
    filters = {**wanted.filters, "snapshot": snapshot_id, "hides": without is not None}
    page = read_page(session, query, order, limit=limit, cursor=cursor, filters=filters, total=total)
    # The many columns are read for the rows of the page alone, not for all that were sorted.
    return page.of(lambda rows: candidates_of(session, snapshot_id, [row.topic_id for row in rows]))


def count_hidden(
    session: Session, snapshot_id: int, wanted: Wanted, hidden: Mapping[int, DecisionKind]
) -> dict[DecisionKind, int]:
    """How many of the candidates that are wanted decisions hide, by their kind.

    Args:
        session: read from.
        snapshot_id: number of the snapshot.
        wanted: which candidates.
        hidden: what hides each hidden topic, by number.
    """
    if not hidden:
        return {}
    query = _ended_in(snapshot_id, wanted.place).where(
        Candidate.topic_id.in_(hidden), *wanted.of_candidate, *_is_signal(wanted.of_signal)
    )
    return dict(sorted(Counter(hidden[topic_id] for topic_id in session.scalars(query)).items()))


_FEW = 1_000
_OF_SAME = (Signal.snapshot_id == Candidate.snapshot_id) & (Signal.topic_id == Candidate.topic_id)


def _words(wanted: Mapping[Column, Sequence[StrEnum]]) -> list[ColumnElement[bool]]:
    return [column.in_(words) for column, words in wanted.items() if words]


def _ended_in(snapshot_id: int, place: Place) -> Query:
    return select(Candidate.topic_id).where(Candidate.snapshot_id == snapshot_id, Candidate.place == place)


def _fitting(
    snapshot_id: int,
    place: Place,
    of_signal: Sequence[ColumnElement[bool]],
    of_candidate: Sequence[ColumnElement[bool]],
) -> Query:
    """Numbers of the topics that fit, in no order."""
    query = _ended_in(snapshot_id, place)
    if of_signal and not of_candidate:  # every signal is a candidate of that place
        query = select(Signal.topic_id).where(Signal.snapshot_id == snapshot_id)
    elif of_signal:
        query = query.join(Signal, _OF_SAME)
    return query.where(*of_signal, *of_candidate)


def _is_signal(of_signal: Sequence[ColumnElement[bool]]) -> tuple[ColumnElement[bool], ...]:
    # Correlated, not joined: a join would tempt SQLite to sort all that fit instead of following the index.
    if not of_signal:
        return ()
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
