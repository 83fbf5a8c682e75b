"""Snapshots: one detection pass as of a day, with its books."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import Field

from nophantom.api.problem import answers
from nophantom.api.shapes import ROOT, Cursor, InSession, Limit, Page, Sent
from nophantom.trends.archive import pages
from nophantom.trends.gates import CandidateDrop
from nophantom.trends.phases import Phase, Standing

router = APIRouter(prefix=f"{ROOT}/snapshots", tags=["trends"])
Reference = r"^(latest|[0-9]{1,18})$"


class PaceOut(Sent):
    """How one run looks at time; all lengths in bins of so many days."""

    width: int = Field(description="days of a bin")
    lag: int = Field(description="bins between the end of the baseline and today")
    windows: list[int]
    forgetting: float = Field(description="weight that a bin of the baseline loses per bin")
    cap_base: float = Field(description="stories that count as evidence in one bin where nothing is expected")
    cap_slope: float = Field(description="further stories per expected one")
    stretch: int
    stretches: int


class ParametersOut(Sent):
    """What decided a detection."""

    min_support: int = Field(description="stories in 28 days that make a topic a candidate")
    q: float = Field(description="share of false discoveries at which signals are shown")
    confirm_days: int
    confirm_shown: int
    phantom_below: float = Field(description="a rate ratio surely below this is no trend")
    technology_only: bool
    fast: PaceOut | None = Field(None, description="the run over days; null in older snapshots")
    slow: PaceOut | None = Field(None, description="the run over weeks; null in older snapshots")


class SnapshotOut(Sent):
    """A detection pass. candidates = signals + watch + drops; n_topics = below_support + candidates."""

    id: int
    as_of: date
    parameters: ParametersOut
    parameters_hash: str
    digest: str = Field(description="SHA-256 over the whole content")
    simulated: bool
    n_documents: int
    n_stories: int
    n_topics: int
    n_strata: int
    below_support: int
    log_threshold: float = Field(description="natural logarithm of the e-value that was enough")
    candidates: int
    signals: int
    watch: int
    drops: int
    created_at: datetime


class SnapshotDetailOut(SnapshotOut):
    """A detection pass with how its candidates divide."""

    drops_by_reason: dict[CandidateDrop, int]
    signals_by_phase: dict[Phase, int]
    signals_by_standing: dict[Standing, int]


class SnapshotDayOut(Sent):
    """A stop on the way through time: what a list of its day would hold."""

    id: int
    as_of: date
    simulated: bool
    signals: int
    watch: int
    drops: int


SnapshotReference = Annotated[
    str,
    Query(
        pattern=Reference,
        description="number of the snapshot, or `latest`: of real documents, else of simulated ones",
    ),
]


@router.get("", response_model=Page[SnapshotOut], responses=answers(422))
def list_snapshots(
    session: InSession,
    simulated: Annotated[bool | None, Query(description="only simulated ones, or only real ones")] = None,
    sort: Literal["as_of", "-as_of", "id", "-id"] = "-as_of",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> object:
    """All snapshots."""
    return pages.page_snapshots(session, simulated=simulated, sort=sort, limit=limit, cursor=cursor)


@router.get("/days", response_model=Page[SnapshotDayOut], responses=answers(422))
def list_snapshot_days(
    session: InSession,
    simulated: Annotated[bool | None, Query(description="only simulated ones, or only real ones")] = None,
    limit: Limit = 200,
    cursor: Cursor = None,
) -> object:
    """The days that lists can be shown as known on, the latest first: of many snapshots, a few numbers each."""
    return pages.page_snapshot_days(session, simulated=simulated, limit=limit, cursor=cursor)


@router.get("/{snapshot}", response_model=SnapshotDetailOut, responses=answers(404, 422))
def read_snapshot(session: InSession, snapshot: Annotated[str, Path(pattern=Reference)]) -> object:
    """One snapshot with its books."""
    row = pages.find_snapshot(session, snapshot)
    books = pages.read_books(session, row.id)
    told = SnapshotOut.model_validate(row).model_dump()
    return told | {name: getattr(books, name) for name in books.__slots__}
