"""What each role should do about the signals of a snapshot, how often that was right, and the way there in numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field
from sqlalchemy.orm import Session

from nophantom.api.problem import answers
from nophantom.api.shapes import ROOT, Cursor, InSession, Limit, Page, Sent
from nophantom.api.snapshots import Reference
from nophantom.clock import now
from nophantom.stats.estimates import Estimate
from nophantom.store.paging import page_of
from nophantom.trends.archive import funnels, pages, recommending, tracing
from nophantom.trends.archive.deciding import decisions_in_force
from nophantom.trends.archive.recommending import RecommendationRow
from nophantom.trends.decisions import DecisionKind
from nophantom.trends.documents import ItemDrop
from nophantom.trends.funnel import FunnelStage
from nophantom.trends.gates import CandidateDrop
from nophantom.trends.recommendations import ClaimScore, claim_in_words, reason_of
from nophantom.trends.role_rules import Action, ClaimKind, NoAction, Role

router = APIRouter(prefix=ROOT, tags=["trends"])


class RecommendationOut(Sent):
    """What one role should do about one signal: an action with a claim, or the reason why there is none."""

    slug: str = Field(description="key of the topic")
    name: str = Field(description="as the topic was shown in this snapshot")
    role: Role
    action: Action | None = Field(description="null where `no_action` says why")
    no_action: NoAction | None
    rule: str = Field(description="that decided")
    why: str | None = Field(description="the rule in one sentence; null for a rule of another version")
    claim: ClaimKind | None = Field(description="what will be so on `check_on`; null without an action")
    says: str | None = Field(description="the claim in words")
    check_on: date | None
    documents: list[str] = Field(description="native ids of at most three, the most telling first")
    score: ClaimScore | None = Field(description="null before it was checked")
    checked_on: date | None
    withdrawn_on: date | None = Field(description="the first day as of which its signal is withdrawn")
    hidden_by: int | None = Field(
        description="number of the decision that hides the signal; null where none does"
    )


class TrackRecordOut(Sent):
    """How often one rule was right for one role: given = held + failed + unknown + waiting."""

    rule: str
    role: Role
    why: str | None = Field(description="the rule in one sentence; null for a rule of another version")
    given: int = Field(description="what was said of a topic every day until its check counts once")
    held: int
    failed: int
    unknown: int
    waiting: int
    share: Estimate | None = Field(description="held / (held + failed); null without any")


class StageOut(Sent):
    """A step of the way: its total is the sum of its parts."""

    stage: FunnelStage
    total: int | None = Field(description="null where nothing was recommended on this snapshot")
    parts: dict[str, int] | None


class FunnelOut(Sent):
    """The whole way from items to recommendations that are shown; what is unknown is null."""

    snapshot_id: int
    as_of: date
    items: int = Field(description="that were sent before: documents + duplicates + drops + dropped_again")
    duplicates: int
    item_drops: dict[ItemDrop, int]
    dropped_again: int = Field(description="items that were dropped at the visit before, too")
    documents: int
    read: int = Field(description="documents that it was detected in")
    stories: int
    topics: int = Field(description="below_support + candidates")
    below_support: int
    candidates: int = Field(description="signals + watch + drops")
    signals: int
    watch: int
    candidate_drops: dict[CandidateDrop, int]
    recommendations: dict[Action, int] | None = Field(description="with no_action: signals x five roles")
    no_action: dict[NoAction, int] | None
    shown: int | None = Field(description="recommendations of signals that no decision hides now")
    hidden: dict[DecisionKind, int] | None
    stages: list[StageOut] = Field(description="the same as sums, in the order of the way")


def told_recommendations(session: Session, rows: Sequence[RecommendationRow]) -> list[dict[str, object]]:
    """Recommendations as they are sent."""
    force = decisions_in_force(session, now())
    hidden = {slug: force.hidden_by(slug) for slug in {row.slug for row in rows}}
    return [_told(row) | {"hidden_by": d.number if (d := hidden[row.slug]) else None} for row in rows]


def _told(row: RecommendationRow) -> dict[str, object]:
    given = row.recommendation
    return {
        **{name: getattr(given, name) for name in given.__slots__},
        **{name: getattr(row, name) for name in ("slug", "name", "score", "checked_on", "withdrawn_on")},
        "why": reason_of(given.rule),
        "says": None if given.claim is None else claim_in_words(given.claim),
    }


Number = Annotated[str, Path(pattern=Reference, description="number of the snapshot, or `latest`")]


@router.get("/snapshots/{snapshot}/funnel", response_model=FunnelOut, responses=answers(404, 422))
def read_funnel(session: InSession, snapshot: Number) -> object:
    """The whole way from items to shown recommendations: at each step what went on, and why the rest did not."""
    return funnels.funnel_of(session, pages.find_snapshot(session, snapshot).id, at=now())


@router.get(
    "/snapshots/{snapshot}/recommendations",
    response_model=Page[RecommendationOut],
    responses=answers(404, 422),
)
def list_recommendations(
    session: InSession,
    snapshot: Number,
    role: Annotated[Role | None, Query(description="only for this one")] = None,
    topic: Annotated[
        str | None, Query(min_length=1, max_length=300, description="only of this topic, by its key")
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> object:
    """What each role should do about every signal, by its rank, then by role; hidden ones are marked."""
    number = pages.find_snapshot(session, snapshot).id
    topic_id = None if topic is None else tracing.trace_topic(session, topic).id
    found = recommending.read_recommendations(session, number, role=role, topic_id=topic_id)
    filters = {"snapshot": number, "role": role, "topic": topic_id}
    page = page_of(found, limit=limit, cursor=cursor, filters=filters)
    return page.of(lambda rows: told_recommendations(session, rows))


@router.get("/track-record", response_model=Page[TrackRecordOut], responses=answers(422))
def list_track_records(
    session: InSession,
    simulated: Annotated[bool, Query(description="of simulated snapshots instead of real ones")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> object:
    """How often each rule was right so far, in the order of the table of rules."""
    found = recommending.track_records(session, simulated=simulated)
    page = page_of(found, limit=limit, cursor=cursor, filters={"simulated": simulated})
    names = ("rule", "role", "given", "held", "failed", "unknown", "waiting", "share")
    return page.of(
        lambda rows: [{n: getattr(row, n) for n in names} | {"why": reason_of(row.rule)} for row in rows]
    )
