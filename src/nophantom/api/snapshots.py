"""Snapshots: one detection pass as of a day, with its books."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import Field

from nophantom.api.problem import answers
from nophantom.api.shapes import ROOT, Cursor, InSession, Limit, Page, Sent
from nophantom.trends.aliases import MergeKind
from nophantom.trends.archive import changes, pages
from nophantom.trends.archive.counting import counted_names, read_self_test
from nophantom.trends.fates import Fate, SignalFate, Withdrawal, fate_in_words
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
    boost: float = Field(
        1.0, description="what e-values were multiplied by in the choice; 1 in older snapshots"
    )
    confirm_days: int
    confirm_shown: int
    phantom_below: float = Field(description="a rate ratio surely below this is no trend")
    technology_only: bool
    decisions: str | None = Field(
        None, description="SHA-256 of what people merged and split; null where nothing"
    )
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


class NameOut(Sent):
    """A name that is counted as another topic: by evidence, or because people decided it."""

    alias: str = Field(description="slug of the name")
    alias_name: str
    topic: str = Field(description="slug of the topic that it is counted as")
    topic_name: str
    stories: int = Field(description="that use the name")
    kind: MergeKind | None = Field(description="of the evidence; null where people decided it")
    decision_id: int | None
    sources: int = Field(description="that spell it out")
    share: float | None = Field(description="of those who spell it out, those who do it this way")
    likeness: float | None = Field(description="how like the company of the two is, from 0 to 1")
    together: int = Field(description="stories that use both names")
    documents: list[str] = Field(description="native ids of up to 5 that say so, or that use both names")


class TierCheckOut(Sent):
    """What the self-test saw of one tier of rates at one level, where nothing can be there."""

    tier: int
    level: float = Field(description="e-value x")
    topics: int
    reached: int
    worth: float | None = Field(description="x times the share that reached it; above 1 is a warning")
    holds: bool


class SnapshotDetailOut(SnapshotOut):
    """A detection pass with how its candidates divide, and how it was counted."""

    names: list[NameOut] = Field(description="that are counted as another topic, by name")
    self_test: list[TierCheckOut] = Field(description="empty in older snapshots")
    calibrated: bool | None = Field(
        description="false where e-values did not keep their word in the self-test; null in older snapshots"
    )

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


class FateOut(Sent):
    """What became of a signal of the snapshot before, or that one is new."""

    slug: str
    name: str = Field(description="as it was shown when it was a signal last")
    fate: Fate
    reason: Withdrawal | None = Field(description="of what is withdrawn; null of all others")
    onset: date = Field(description="as the snapshot before had it; of what is new as this one has it")
    standing_before: Standing | None = Field(description="null of what is new, like phase_before")
    phase_before: Phase | None
    standing: Standing | None = Field(description="null of what is no signal now, like phase")
    phase: Phase | None
    numbers: dict[str, Any] = Field(description="what that was decided from, by name")
    says: str = Field(description="the same in words")


class ChangesOut(Sent):
    """What changed since the snapshot before: signals then = all but the new, signals now = new + still."""

    before: SnapshotDayOut | None = Field(description="null where no earlier one could be compared with")
    counts: dict[Fate, int] = Field(description="signals by fate; empty where nothing was compared")
    phases_changed: int = Field(description="of those that are signals still")
    fates: list[FateOut] = Field(description="by fate, then by slug; what stays as it was is counted alone")


def told_fate(fate: SignalFate) -> dict[str, object]:
    """A fate as these shapes name it, with its words."""
    return {name: getattr(fate, name) for name in fate.__slots__} | {"says": fate_in_words(fate)}


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
    checks = read_self_test(session, row.id)
    return told | {
        **{name: getattr(books, name) for name in books.__slots__},
        "names": counted_names(session, row.id),
        "self_test": checks,
        "calibrated": all(check.holds for check in checks) if checks else None,
    }


@router.get("/{snapshot}/changes", response_model=ChangesOut, responses=answers(404, 422))
def read_snapshot_changes(session: InSession, snapshot: Annotated[str, Path(pattern=Reference)]) -> object:
    """What became of the signals of the snapshot before, and which are new."""
    found = changes.read_changes(session, pages.find_snapshot(session, snapshot).id)
    if found is None:
        return {"before": None, "counts": {}, "phases_changed": 0, "fates": []}
    told = [told_fate(one) for one in found.fates if one.has_changed]
    same = {name: getattr(found, name) for name in ("before", "counts", "phases_changed")}
    return same | {"fates": told}
