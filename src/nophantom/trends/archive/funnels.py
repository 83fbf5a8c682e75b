"""The funnel of a stored snapshot: counted from the rows, and checked against what the snapshot states."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from nophantom.trends.archive.deciding import decisions_in_force
from nophantom.trends.archive.recommending import read_recommendations
from nophantom.trends.archive.snapshots import SnapshotRow, read_snapshot
from nophantom.trends.archive.source_tables import Fetch
from nophantom.trends.archive.tables import Candidate, Item
from nophantom.trends.decisions import DecisionKind, show
from nophantom.trends.documents import ItemDrop
from nophantom.trends.funnel import Funnel
from nophantom.trends.gates import CandidateDrop
from nophantom.trends.role_rules import Action, NoAction

W = TypeVar("W", bound=str)


def funnel_of(session: Session, snapshot_id: int, *, at: datetime | None = None) -> Funnel:
    """The whole way from items to recommendations that are shown.

    Args:
        session: read from.
        snapshot_id: number of the snapshot.
        at: the moment whose decisions hide rows; None hides nothing.

    Raises:
        NotFound: there is no such snapshot.
        InvalidInput: the books do not balance.
    """
    snapshot = read_snapshot(session, snapshot_id)
    items, documents, duplicates, again = _sent(session, snapshot)
    given, refused, shown, hidden = _advice(session, snapshot, at)
    return Funnel(
        snapshot_id=snapshot_id,
        as_of=snapshot.as_of,
        items=items,
        duplicates=duplicates,
        item_drops=_item_drops(session, snapshot),
        dropped_again=again,
        documents=documents,
        read=snapshot.n_documents,
        stories=snapshot.n_stories,
        topics=snapshot.n_topics,
        below_support=snapshot.below_support,
        candidates=snapshot.candidates,
        signals=snapshot.signals,
        watch=snapshot.watch,
        candidate_drops=_candidate_drops(session, snapshot_id),
        recommendations=given,
        no_action=refused,
        shown=shown,
        hidden=hidden,
    )


def _sent(session: Session, snapshot: SnapshotRow) -> tuple[int, int, int, int]:
    """Items, documents, duplicates and drops of old drops, of all fetches that began before it was detected."""
    sums = [func.sum(n) for n in (Fetch.items, Fetch.documents, Fetch.duplicates, Fetch.again_drops)]
    row = session.execute(select(*sums).where(Fetch.started_at <= snapshot.created_at)).one()
    items, documents, duplicates, again = (int(n or 0) for n in row)
    return items, documents, duplicates, again


def _item_drops(session: Session, snapshot: SnapshotRow) -> dict[ItemDrop, int]:
    # Only fetches with drops of their own are looked into.
    fetches = select(Fetch.id).where(Fetch.started_at <= snapshot.created_at, Fetch.drops > Fetch.again_drops)
    query = (
        select(Item.reason, func.count())
        .where(Item.fetch_id.in_(fetches), Item.reason.is_not(None))
        .group_by(Item.reason)
    )
    return _by_word({reason: n for reason, n in session.execute(query) if reason is not None})


def _candidate_drops(session: Session, snapshot_id: int) -> dict[CandidateDrop, int]:
    query = (
        select(Candidate.reason, func.count())
        .where(Candidate.snapshot_id == snapshot_id, Candidate.reason.is_not(None))
        .group_by(Candidate.reason)
    )
    return _by_word({reason: n for reason, n in session.execute(query) if reason is not None})


def _by_word(counts: Mapping[W, int]) -> dict[W, int]:
    """The most frequent first."""
    return dict(sorted(counts.items(), key=lambda one: (-one[1], one[0])))


def _advice(
    session: Session, snapshot: SnapshotRow, at: datetime | None
) -> tuple[dict[Action, int] | None, dict[NoAction, int] | None, int | None, dict[DecisionKind, int] | None]:
    rows = read_recommendations(session, snapshot.id)
    if not rows and snapshot.signals:
        return None, None, None, None
    given = Counter(row.recommendation.action for row in rows if row.recommendation.action)
    refused = Counter(row.recommendation.no_action for row in rows if row.recommendation.no_action)
    actions = [row for row in rows if row.recommendation.action]
    if at is None:
        return _by_word(given), _by_word(refused), len(actions), {}
    seen = show(actions, lambda row: row.slug, decisions_in_force(session, at))
    return _by_word(given), _by_word(refused), len(seen.rows), dict(seen.hidden_by_kind)
