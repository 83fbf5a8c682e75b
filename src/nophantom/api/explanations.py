"""Why a topic is not listed in a snapshot: reckoned again from the documents that were known on its day."""

from __future__ import annotations

from datetime import date
from threading import Lock
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path
from pydantic import Field

from nophantom.api.candidates import ArithmeticOut, GateOut
from nophantom.api.problem import answers
from nophantom.api.shapes import ROOT, InSession, InStore, Sent
from nophantom.api.snapshots import Reference
from nophantom.trends.archive import pages
from nophantom.trends.archive.snapshots import SnapshotRow
from nophantom.trends.documents import Kind
from nophantom.trends.gates import CandidateDrop, gate_results
from nophantom.trends.signals import Place

if TYPE_CHECKING:
    from nophantom.trends.signals import Candidate

router = APIRouter(prefix=f"{ROOT}/snapshots", tags=["trends"])
_ONE_AT_A_TIME = Lock()  # each reads fourteen months of documents


class ToldInOut(Sent):
    """The stories of a topic in one part of the sources."""

    stratum: str
    stories: int = Field(description="of all days that were read")
    recent: int = Field(description="of the last 28 days")
    first: date
    last: date
    is_mute: bool = Field(description="whether too little was read there for anything to count as evidence")


class ToldDayOut(Sent):
    """A day on which a topic was told."""

    day: date
    stories: int


class WouldBeOut(Sent):
    """What a topic would be if its stories made it a candidate."""

    place: Place
    reason: CandidateDrop | None
    log_e: float = Field(description="natural logarithm of the e-value before any gate")
    log_e_fast: float = Field(description="of the run over days")
    log_e_slow: float | None = Field(
        description="of the run over weeks; null where its baseline is too short"
    )
    stories: int = Field(description="of the last 28 days")
    expected: float
    momentum: float
    momentum_low: float
    momentum_high: float
    ratio: float
    ratio_low: float
    ratio_high: float
    needed: int | None = Field(description="stories within 7 days that would show it; null where none would")
    gates: list[GateOut]
    arithmetic: ArithmeticOut


class LatestDocumentOut(Sent):
    """A document that tells a topic."""

    native_id: str
    title: str
    url: str
    site: str | None
    first_seen: date
    kind: Kind


class ReckonedOut(Sent):
    """What was read of a topic, and what a detection would say of it."""

    slug: str
    name: str
    stories: int = Field(description="of all days that were read")
    entered: date | None = Field(
        description="day of its second story, from which on it is one of the topics of the choice"
    )
    missing: int = Field(description="stories that it lacks in 28 days to be a candidate")
    log_needed: float = Field(description="natural logarithm of the e-value that decides on the day")
    told_in: list[ToldInOut] = Field(description="the most stories first")
    days: list[ToldDayOut] = Field(description="of the last 112, those on which it was told")
    would_be: WouldBeOut | None = Field(description="null where its second story has not come")
    documents: list[LatestDocumentOut] = Field(description="at most ten, the latest first")


class ExplanationOut(Sent):
    """Why a topic is not listed: too few stories, or none at all."""

    snapshot_id: int
    as_of: date
    said: str = Field(description="what was asked for")
    n_stories: int = Field(description="stories that were read")
    topic: ReckonedOut | None = Field(description="null where fewer than two stories of all tell it")
    nearest: list[str] = Field(description="where none tells it, what is written most like it")


@router.get(
    "/{snapshot}/topics/{slug:path}/explanation", response_model=ExplanationOut, responses=answers(404, 422)
)
def explain_topic(
    session: InSession,
    store: InStore,
    snapshot: Annotated[str, Path(pattern=Reference)],
    slug: Annotated[str, Path(max_length=300)],
) -> object:
    """Reckon one topic again from the documents, whether the snapshot lists it or not. It may take a minute."""
    # What reckons is compiled when it is loaded: not at the start of every server.
    from nophantom.trends.explaining import explain_again

    row = pages.find_snapshot(session, snapshot)
    with _ONE_AT_A_TIME:
        found = explain_again(store.engine, row, slug)
    told = found.explanation
    topic = None
    if told is not None:
        fields = {name: getattr(told, name) for name in told.__slots__}
        topic = fields | {
            "days": [{"day": day, "stories": stories} for day, stories in told.days],
            "would_be": None if told.judged is None else _would_be(told.judged, row),
            "documents": found.documents,
        }
    return {
        "snapshot_id": row.id,
        "as_of": row.as_of,
        "said": found.said,
        "n_stories": found.n_stories,
        "topic": topic,
        "nearest": found.nearest,
    }


def _would_be(judged: Candidate, snapshot: SnapshotRow) -> dict[str, object]:
    same = ("place", "reason", "log_e", "stories", "expected", "needed")
    told: dict[str, object] = {name: getattr(judged, name) for name in same}
    for name, bounds in (("momentum", judged.momentum), ("ratio", judged.ratio)):
        told |= dict(zip((name, f"{name}_low", f"{name}_high"), bounds, strict=True))
    numbers = judged.numbers
    return told | {
        "log_e_fast": numbers["log_e_fast"],
        "log_e_slow": numbers["log_e_slow"],
        "gates": gate_results(numbers, technology_only=snapshot.parameters["technology_only"]),
        "arithmetic": numbers["arithmetic"],
    }
