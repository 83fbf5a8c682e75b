"""Topics: a technology, product or concept, and what each snapshot said of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import Field

from nophantom.api.candidates import JudgedOut, told, told_adoption, told_products
from nophantom.api.decisions import DecisionOut
from nophantom.api.problem import answers
from nophantom.api.recommendations import RecommendationOut, told_recommendations
from nophantom.api.shapes import ROOT, Cursor, InSession, Limit, Page, Sent, Text
from nophantom.api.snapshots import FateOut, NameOut, SnapshotOut, SnapshotReference, told_fate
from nophantom.clock import now
from nophantom.trends.archive import pages, recommending, tracing
from nophantom.trends.archive.adopting import adoption_of
from nophantom.trends.archive.changes import fates_of_topic
from nophantom.trends.archive.counting import counted_names
from nophantom.trends.archive.deciding import decisions_in_force
from nophantom.trends.archive.snapshots import CandidateRow, SnapshotRow, candidates_of, read_history
from nophantom.trends.archive.surroundings import read_products, read_related
from nophantom.trends.decisions import InForce
from nophantom.trends.gates import CandidateDrop, gate_results
from nophantom.trends.phases import Phase, Standing
from nophantom.trends.signals import Place

router = APIRouter(prefix=f"{ROOT}/topics", tags=["trends"])
_SHOWN = 10


class TopicOut(Sent):
    """A topic that was judged in some snapshot."""

    slug: str
    name: str


class AppearanceOut(Sent):
    """What a snapshot said of the topic."""

    snapshot_id: int
    as_of: date
    simulated: bool
    place: Place
    reason: CandidateDrop | None
    standing: Standing | None
    phase: Phase | None
    momentum: float
    momentum_low: float
    momentum_high: float
    log_e: float


class MeaningOut(Sent):
    """One of several things that an acronym stands for."""

    phrase: str
    sources: int = Field(description="that spell it out so")


class FateOnOut(FateOut):
    """What became of the topic in a snapshot since the one before."""

    snapshot_id: int
    as_of: date


class TopicDetailOut(TopicOut):
    """A topic, how it was judged in the snapshot that was asked for, and in which others."""

    spellings: list[str]
    names: list[NameOut] = Field(description="that the snapshot counted as this topic")
    counted_as: NameOut | None = Field(
        description="where the snapshot counted its name as another topic; it is not judged there then"
    )
    meanings: list[MeaningOut] = Field(
        description="what its own name stands for, where it is an acronym of several; all are counted together"
    )
    snapshot: SnapshotOut
    judged: JudgedOut | None = Field(description="null where the snapshot did not judge it one by one")
    recommendations: list[RecommendationOut] = Field(
        description="one for each role; empty where it is no signal, or nothing was recommended on this snapshot"
    )
    fates: list[FateOnOut] = Field(
        description="what became of it as a signal, in all snapshots with the same parameters; the latest first"
    )
    decisions: list[DecisionOut] = Field(description="that hold now and concern it")
    appearances: list[AppearanceOut] = Field(description="the latest first, at most a hundred")


@router.get("", response_model=Page[TopicOut], responses=answers(422))
def list_topics(
    session: InSession,
    q: Text = None,
    sort: Literal["slug", "-slug", "id", "-id"] = "slug",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> object:
    """All topics that any snapshot judged."""
    return pages.page_topics(session, contains=q, sort=sort, limit=limit, cursor=cursor)


@router.get("/{slug:path}", response_model=TopicDetailOut, responses=answers(404, 422))
def read_topic(
    session: InSession,
    slug: Annotated[str, Path(max_length=300)],
    snapshot: SnapshotReference = "latest",
) -> object:
    """One topic: its numbers in a snapshot, how they came about, its series, and its best documents."""
    topic = tracing.trace_topic(session, slug)
    fields = {name: getattr(topic, name) for name in topic.__slots__}
    row = pages.find_snapshot(session, snapshot)
    force = decisions_in_force(session, now())
    advice = recommending.read_recommendations(session, row.id, topic_id=topic.id)
    judged = candidates_of(session, row.id, [topic.id])
    ways = judged[0].numbers.get("meanings", []) if judged else []
    return fields | {
        "snapshot": row,
        "names": counted_names(session, row.id, topic.slug),
        "counted_as": next(iter(counted_names(session, row.id, alias=topic.slug)), None),
        "meanings": [{"phrase": phrase, "sources": sources} for phrase, sources in ways],
        "judged": _judged(session, row, judged, force),
        "recommendations": told_recommendations(session, advice),
        "fates": [
            told_fate(one.fate) | {"snapshot_id": one.snapshot_id, "as_of": one.as_of}
            for one in fates_of_topic(session, row, topic.id, topic.slug)
            if one.fate.has_changed
        ],
        "decisions": force.about(topic.slug),
    }


def _judged(
    session: InSession, snapshot: SnapshotRow, found: Sequence[CandidateRow], force: InForce
) -> dict[str, object] | None:
    if not found:
        return None
    row, topic_id = found[0], found[0].topic_id
    products = read_products(session, snapshot.id, topic_id)
    return told(row, snapshot, force) | {
        "gates": gate_results(row.numbers, technology_only=snapshot.parameters["technology_only"]),
        "arithmetic": row.numbers["arithmetic"],
        "history": read_history(session, snapshot.id, topic_id),
        "documents": pages.page_evidence(session, snapshot.id, topic_id, limit=_SHOWN, cursor=None).items,
        "related": read_related(session, snapshot.id, topic_id),
        "products": told_products(products),
        "adoption": told_adoption(adoption_of(session, snapshot, row.slug, products)),
    }
