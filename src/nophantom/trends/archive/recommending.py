"""Recommendations in the store: made for a snapshot once, read with what became of them, scored when they are due."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from nophantom.store.canonical import canonical_json
from nophantom.store.portions import insert_rows, portions
from nophantom.trends.archive import recommendation_tables as rows
from nophantom.trends.archive.changes import withdrawals
from nophantom.trends.archive.snapshots import CandidateRow, SnapshotRow, list_candidates, read_snapshot
from nophantom.trends.archive.tables import Candidate, Document, Evidence, Signal, Snapshot, Topic
from nophantom.trends.documents import Family, Kind
from nophantom.trends.phases import Phase, Standing
from nophantom.trends.recommendations import (
    TOO_LATE,
    CheckFacts,
    ClaimScore,
    EvidenceDocument,
    GivenAdvice,
    Recommendation,
    TrackRecord,
    recommend,
    score,
    track_record,
)
from nophantom.trends.role_rules import Interval, Role, SignalFacts
from nophantom.trends.signals import Place, verdict_of

_SETTLED = (ClaimScore.HELD, ClaimScore.FAILED)
_RELEASED = (Kind.RELEASE, Kind.PACKAGE)


@dataclass(frozen=True, slots=True)
class RecommendationRow:
    """One stored recommendation and what became of it.

    Attributes:
        topic_id: of the signal; with its `slug` and `name`.
        recommendation: as it was given.
        score: of its claim; None before its day. `checked_on` the day on which it was checked.
        withdrawn_on: the first day as of which the signal is withdrawn; None where it is not.
    """

    topic_id: int
    slug: str
    name: str
    recommendation: Recommendation
    score: ClaimScore | None
    checked_on: date | None
    withdrawn_on: date | None


def recommend_snapshot(
    session: Session, snapshot_id: int, *, at: datetime, adoption: Mapping[str, Interval] | None = None
) -> bool:
    """Write what each role should do about every signal of a snapshot. False when that was done before.

    Args:
        session: one unit of work.
        snapshot_id: number of the snapshot.
        at: the time of writing.
        adoption: growth of downloads or stars by the slug of a topic, where it is known.

    Raises:
        NotFound: there is no such snapshot.
    """
    snapshot = read_snapshot(session, snapshot_id)
    known = (
        select(func.count())
        .select_from(rows.RecommendationBasis)
        .join(Signal, Signal.id == rows.RecommendationBasis.signal_id)
        .where(Signal.snapshot_id == snapshot_id)
    )
    if session.execute(known).scalar_one():
        return False
    signals = list_candidates(session, snapshot_id, place=Place.SIGNAL)
    numbers = _numbers_of_signals(session, snapshot_id)
    documents = _documents_of_signals(session, snapshot_id)
    released = _released(session, {d.product for some in documents.values() for d in some}, snapshot.as_of)
    for c in signals:
        mine = documents.get(c.topic_id, [])
        facts = _facts(snapshot, c, mine, released, (adoption or {}).get(c.slug))
        session.add(
            rows.RecommendationBasis(
                signal_id=numbers[c.topic_id], facts=canonical_json(asdict(facts)), at=at
            )
        )
        session.flush()
        _record(session, numbers[c.topic_id], facts, mine, snapshot.as_of)
    return bool(signals)


@dataclass(frozen=True, slots=True)
class _Cited:
    """A document of a signal, as its facts are counted."""

    id: int
    native_id: str
    kind: Kind
    family: Family
    product: str | None


def _numbers_of_signals(session: Session, snapshot_id: int) -> dict[int, int]:
    query = select(Signal.topic_id, Signal.id).where(Signal.snapshot_id == snapshot_id)
    return {topic_id: number for topic_id, number in session.execute(query)}  # noqa: C416 - rows are no pairs to `dict`


def _documents_of_signals(session: Session, snapshot_id: int) -> dict[int, list[_Cited]]:
    d = Document
    query = (
        select(Evidence.topic_id, d.id, d.native_id, d.kind, d.family, d.product)
        .join(d, d.id == Evidence.document_id)
        .join(Signal, (Signal.snapshot_id == Evidence.snapshot_id) & (Signal.topic_id == Evidence.topic_id))
        .where(Evidence.snapshot_id == snapshot_id)
        .order_by(Evidence.topic_id, Evidence.position)
    )
    found: dict[int, list[_Cited]] = {}
    for topic_id, number, native_id, kind, family, product in session.execute(query):
        found.setdefault(topic_id, []).append(_Cited(number, native_id, kind, family, product))
    return found


def _released(session: Session, products: set[str | None], as_of: date) -> set[str]:
    """Those of the products that a release or package was known of by a day."""
    found: set[str] = set()
    for some in portions(sorted(filter(None, products))):
        query = select(Document.product).where(
            Document.kind.in_(_RELEASED), Document.product.in_(some), Document.first_seen <= as_of
        )
        found.update(product for product in session.scalars(query) if product)
    return found


def _facts(
    snapshot: SnapshotRow,
    c: CandidateRow,
    documents: Sequence[_Cited],
    released: set[str],
    adoption: Interval | None,
) -> SignalFacts:
    kinds = [d.kind for d in documents]
    products = {d.product for d in documents if d.product}
    standing, phase = c.standing or Standing.SHOWN, c.phase or Phase.UNKNOWN
    return SignalFacts(
        standing=standing,
        phase=phase,
        verdict=verdict_of(standing, c.ratio_high, float(snapshot.parameters.get("phantom_below", 0))),
        momentum=Interval(c.momentum, c.momentum_low, c.momentum_high),
        # What is not tracked yet has no rate from before its onset that was kept; its baseline is the same still.
        ratio=_since_onset(c.phase_numbers or {}) or Interval(c.ratio, c.ratio_low, c.ratio_high),
        onset_age=max(0, (snapshot.as_of - (c.onset or snapshot.as_of)).days),
        stories=c.stories,
        families=tuple(sorted({d.family for d in documents})),
        repositories=kinds.count(Kind.REPOSITORY),
        papers=kinds.count(Kind.PAPER),
        packages=kinds.count(Kind.PACKAGE),
        releases=kinds.count(Kind.RELEASE),
        posts=kinds.count(Kind.POST),
        news=kinds.count(Kind.NEWS),
        products=len(products),
        has_release=bool(products & released),
        adoption=adoption,
        degraded=bool((c.phase_numbers or {}).get("degraded")),
    )


def _record(
    session: Session, signal_id: int, facts: SignalFacts, documents: Sequence[_Cited], as_of: date
) -> None:
    numbers = {d.native_id: d.id for d in documents}
    given = recommend(facts, [EvidenceDocument(d.native_id, d.kind) for d in documents], as_of)
    same = ("role", "action", "no_action", "rule", "claim", "check_on")
    stored = [
        rows.Recommendation(signal_id=signal_id, **{name: getattr(one, name) for name in same})
        for one in given
    ]
    session.add_all(stored)
    session.flush()
    insert_rows(
        session,
        rows.RecommendationDocument,
        [
            {"recommendation_id": row.id, "position": position, "document_id": numbers[native_id]}
            for row, one in zip(stored, given, strict=True)
            for position, native_id in enumerate(one.documents, 1)
        ],
    )


def read_recommendations(
    session: Session, snapshot_id: int, *, role: Role | None = None, topic_id: int | None = None
) -> list[RecommendationRow]:
    """The recommendations of a snapshot, by rank of the signal, then in the order of the roles.

    Those of a signal that was withdrawn since are there like all others, with the day.

    Args:
        session: read from.
        snapshot_id: number of the snapshot.
        role: only for this one.
        topic_id: only of this topic.

    Raises:
        NotFound: there is no such snapshot.
    """
    snapshot = read_snapshot(session, snapshot_id)
    r = rows.Recommendation
    query = (
        select(r, Signal.topic_id, Topic.slug, Candidate.name)
        .join(Signal, Signal.id == r.signal_id)
        .join(Topic, Topic.id == Signal.topic_id)
        .join(
            Candidate,
            (Candidate.snapshot_id == Signal.snapshot_id) & (Candidate.topic_id == Signal.topic_id),
        )
        .where(Signal.snapshot_id == snapshot_id)
        .order_by(Candidate.momentum_low.desc(), Candidate.log_e.desc(), Topic.slug, r.id)
    )
    if role is not None:
        query = query.where(r.role == role)
    if topic_id is not None:
        query = query.where(Signal.topic_id == topic_id)
    found = session.execute(query).all()
    numbers = [row.id for row, *_ in found]
    documents, scores = _documents_of(session, numbers), _scores_of(session, numbers)
    none = None, None
    withdrawn = _withdrawn_on(session, snapshot, {number for _, number, *_ in found})
    return [
        RecommendationRow(
            topic_id=number,
            slug=slug,
            name=name,
            recommendation=_as_given(row, documents.get(row.id, ())),
            score=scores.get(row.id, none)[0],
            checked_on=scores.get(row.id, none)[1],
            withdrawn_on=withdrawn.get(number),
        )
        for row, number, slug, name in found
    ]


def _as_given(row: rows.Recommendation, documents: Sequence[str]) -> Recommendation:
    return Recommendation(
        row.role, row.action, row.no_action, row.rule, row.claim, row.check_on, tuple(documents)
    )


def _documents_of(session: Session, numbers: Sequence[int]) -> dict[int, list[str]]:
    link = rows.RecommendationDocument
    found: dict[int, list[str]] = {}
    for some in portions(numbers):
        query = (
            select(link.recommendation_id, Document.native_id)
            .join(Document, Document.id == link.document_id)
            .where(link.recommendation_id.in_(some))
            .order_by(link.recommendation_id, link.position)
        )
        for number, native_id in session.execute(query):
            found.setdefault(number, []).append(native_id)
    return found


def _scores_of(session: Session, numbers: Sequence[int]) -> dict[int, tuple[ClaimScore, date]]:
    """The last score of each: one that settles it has none after it."""
    s = rows.RecommendationScore
    found: dict[int, tuple[ClaimScore, date]] = {}
    for some in portions(numbers):
        query = select(s.recommendation_id, s.score, s.checked_on).where(s.recommendation_id.in_(some))
        for number, told, day in session.execute(query.order_by(s.checked_on)):
            found[number] = (told, day)
    return found


def _withdrawn_on(session: Session, snapshot: SnapshotRow, topics: set[int]) -> dict[int, date]:
    query = (
        select(Signal.topic_id, func.min(Snapshot.as_of))
        .join(Snapshot, Snapshot.id == Signal.snapshot_id)
        .where(
            Signal.standing == Standing.WITHDRAWN,
            Snapshot.as_of >= snapshot.as_of,
            Snapshot.simulated == snapshot.simulated,
        )
        .group_by(Signal.topic_id)
    )
    found = {number: day for number, day in session.execute(query) if number in topics}
    for one in withdrawals(session, snapshot):
        if one.topic_id in topics and one.covers(snapshot.as_of):
            found[one.topic_id] = min(one.day, found.get(one.topic_id, one.day))
    return found


def score_due(session: Session, snapshot_id: int, *, at: datetime) -> Mapping[ClaimScore, int]:
    """Check every claim that is due by a snapshot against it, and write the scores. Returns how many came out how.

    A claim that is held or failed is settled. One that is unknown is checked again for 28 days.

    Args:
        session: one unit of work.
        snapshot_id: whose numbers decide.
        at: the time of writing.

    Raises:
        NotFound: there is no such snapshot.
    """
    snapshot = read_snapshot(session, snapshot_id)
    due = list(_due(session, snapshot))
    now = _facts_now(session, snapshot_id, {topic for _, topic, _ in due})
    gone = [one for one in withdrawals(session, snapshot) if one.day <= snapshot.as_of] if due else []
    found = dict.fromkeys(ClaimScore, 0)
    values: list[dict[str, Any]] = []
    for row, topic, given_on in due:
        is_gone = any(one.topic_id == topic and one.covers(given_on) for one in gone)
        facts = now.get(topic, CheckFacts(Standing.WITHDRAWN if is_gone else None))
        told = score(_as_given(row, ()), facts, snapshot.as_of)
        found[told] += 1
        about = {"recommendation_id": row.id, "checked_on": snapshot.as_of, "score": told, "at": at}
        values.append(about | {"snapshot_id": snapshot_id, "facts": canonical_json(facts._asdict())})
    insert_rows(session, rows.RecommendationScore, values)
    return found


def _due(session: Session, snapshot: SnapshotRow) -> Iterator[tuple[rows.Recommendation, int, date]]:
    """What is to be checked, with the number of its topic and the day on which it was given."""
    r, s = rows.Recommendation, rows.RecommendationScore
    of_mine = select(s.recommendation_id).where(s.recommendation_id == r.id)
    too_late = snapshot.as_of - timedelta(days=TOO_LATE)
    query = (
        select(r, Signal.topic_id, Snapshot.as_of)
        .join(Signal, Signal.id == r.signal_id)
        .join(Snapshot, Snapshot.id == Signal.snapshot_id)
        .where(
            r.check_on <= snapshot.as_of,
            Snapshot.simulated == snapshot.simulated,
            ~of_mine.where(s.score.in_(_SETTLED)).exists(),
            ~of_mine.where(s.checked_on >= snapshot.as_of).exists(),
            # What was looked at and is too late now stays unknown.
            (r.check_on >= too_late) | ~of_mine.exists(),
        )
        .order_by(r.id)
    )
    yield from session.execute(query)


def _facts_now(session: Session, snapshot_id: int, topics: set[int]) -> dict[int, CheckFacts]:
    """What is known of those of the topics that are signals of the snapshot."""
    found: dict[int, CheckFacts] = {}
    for some in portions(sorted(topics)):
        query = select(Signal.topic_id, Signal.standing, Signal.phase_numbers).where(
            Signal.snapshot_id == snapshot_id, Signal.topic_id.in_(some)
        )
        for topic_id, standing, told in session.execute(query):
            numbers = orjson.loads(told)
            found[topic_id] = CheckFacts(standing, _since_onset(numbers), bool(numbers.get("degraded")))
    return found


def _since_onset(phase_numbers: Mapping[str, Any]) -> Interval | None:
    told = phase_numbers.get("since_onset")
    return Interval(*told) if told else None


def track_records(session: Session, *, simulated: bool = False) -> tuple[TrackRecord, ...]:
    """How often each rule was right so far, over all snapshots of real documents (or of simulated ones)."""
    r = rows.Recommendation
    query = (
        select(r.id, Topic.slug, r.role, r.rule, Snapshot.as_of, r.check_on)
        .join(Signal, Signal.id == r.signal_id)
        .join(Topic, Topic.id == Signal.topic_id)
        .join(Snapshot, Snapshot.id == Signal.snapshot_id)
        .where(r.action.is_not(None), Snapshot.simulated == simulated)
        .order_by(Snapshot.as_of, r.id)
    )
    found = session.execute(query).all()
    scores = _scores_of(session, [row.id for row in found])
    return track_record(
        GivenAdvice(slug, role, rule, given_on, check_on, scores[number][0] if number in scores else None)
        for number, slug, role, rule, given_on, check_on in found
        if check_on is not None
    )
