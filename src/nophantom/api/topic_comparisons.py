"""Several topics of one snapshot side by side."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field

from nophantom.api.candidates import CandidateOut, told
from nophantom.api.problem import answers
from nophantom.api.shapes import ROOT, InSession, Sent
from nophantom.api.snapshots import Reference, SnapshotOut
from nophantom.clock import now
from nophantom.trends.archive import pages
from nophantom.trends.archive.deciding import decisions_in_force
from nophantom.trends.archive.topic_comparing import LEAST, MOST, compare_topics
from nophantom.trends.gates import CandidateDrop
from nophantom.trends.phases import Phase, Standing

router = APIRouter(prefix=f"{ROOT}/snapshots", tags=["trends"])


class WeekOut(Sent):
    """Seven days of a topic in the parts of the sources that carry it."""

    ends: date
    stories: int | None = Field(description="null where nothing was read")
    expected: float | None = Field(description="by the baseline of the snapshot")
    read: int = Field(description="stories read: its exposure")
    per_thousand: float | None = Field(description="stories among a thousand that were read")


class ComparedTopicOut(CandidateOut):
    """A topic with its weeks."""

    standing: Standing | None
    phase: Phase | None
    reason: CandidateDrop | None
    weeks: list[WeekOut] = Field(description="up to 16, the oldest first; empty where no series is kept")


class ComparedTopicsOut(Sent):
    """Topics side by side."""

    snapshot: SnapshotOut
    topics: list[ComparedTopicOut] = Field(description="in the order in which they were asked for")
    missing: list[str] = Field(description="names that no candidate of the snapshot has")


Names = Annotated[
    list[Annotated[str, Field(max_length=300)]],
    Query(description="names of the topics, in any spelling", min_length=LEAST, max_length=MOST),
]


@router.get("/{snapshot}/compared", response_model=ComparedTopicsOut, responses=answers(404, 422))
def compare_topics_of_snapshot(
    session: InSession, snapshot: Annotated[str, Path(pattern=Reference)], topic: Names
) -> object:
    """Two to eight topics of one snapshot: phase, momentum, evidence, and the stories of each week."""
    row = pages.find_snapshot(session, snapshot)
    found = compare_topics(session, row.id, topic)
    force = decisions_in_force(session, now())
    topics = [told(one.row, row, force) | {"weeks": one.weeks} for one in found.topics]
    return {"snapshot": row, "topics": topics, "missing": found.missing}
