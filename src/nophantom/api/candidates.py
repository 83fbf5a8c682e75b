"""Shapes of what was judged in a snapshot: signals, the watch list, drops."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Generic, Literal, TypeVar

from pydantic import Field
from sqlalchemy.orm import Session

from nophantom.api.documents import DocumentOut
from nophantom.api.shapes import Page, Sent
from nophantom.clock import now
from nophantom.stats.verdicts import Verdict
from nophantom.trends.adoption import Measure
from nophantom.trends.archive import pages
from nophantom.trends.archive.adopting import AdoptionRow
from nophantom.trends.archive.deciding import decisions_in_force, hidden_topics
from nophantom.trends.archive.snapshots import CandidateRow, SnapshotRow
from nophantom.trends.archive.surroundings import ProductRow
from nophantom.trends.decisions import DecisionKind, InForce
from nophantom.trends.documents import Kind
from nophantom.trends.gates import Bound, CandidateDrop, Fact, GateOutcome
from nophantom.trends.native_things import page_of_product
from nophantom.trends.phases import ChangeKind, Phase, Standing
from nophantom.trends.signals import Place, verdict_of


class CandidateOut(Sent):
    """A topic that was judged in a snapshot, and where it ended."""

    snapshot_id: int
    slug: str = Field(description="key of the topic")
    name: str = Field(description="as the topic was shown in this snapshot")
    place: Place
    verdict: Verdict
    log_e: float = Field(description="natural logarithm of the e-value before any gate")
    stories: int = Field(description="of the last 28 days")
    expected: float = Field(description="what the baseline expected in them")
    momentum: float = Field(description="the last 7 days against the baseline")
    momentum_low: float = Field(description="its 5% bound")
    momentum_high: float = Field(description="its 95% bound")
    ratio: float = Field(description="the last 28 days against the baseline")
    ratio_low: float
    ratio_high: float
    evidence: int = Field(description="documents that it stands on")
    families: int | None = Field(
        None,
        description="of sources, that its stories of the last 28 days come from; null in older snapshots",
    )
    hidden_by: int | None = Field(
        None, description="number of the decision that hides it from people; null where none does"
    )


T = TypeVar("T")


class CandidatePage(Page[T], Generic[T]):
    """One page of a list of candidates."""

    hidden: dict[DecisionKind, int] = Field(
        description="how many of the candidates that fit your decisions hide, over all pages, by the kind of decision"
    )


class SignalOut(CandidateOut):
    """A candidate that is shown or was confirmed."""

    standing: Standing
    phase: Phase
    onset: date = Field(description="the day on which it was first shown, of the 28 before it was confirmed")
    shown_days: int = Field(description="on how many days it was shown since its onset")


class WholeOut(Sent):
    """Another topic that tells most of one."""

    slug: str
    name: str


class WatchedOut(CandidateOut):
    """An undecided candidate."""

    part_of: WholeOut | None = Field(
        None,
        description="the listed phrase of which it is a fragment; null where it is none, or in older snapshots",
    )
    needed: int | None = Field(description="stories that would show it; null when no number would")
    rates_phase: Phase | None = Field(description="the phase that its rates alone would give")


class DropOut(CandidateOut):
    """A candidate that did not become a signal, and why."""

    reason: CandidateDrop
    told_by: WholeOut | None = Field(
        None, description="of `merged_into`: the topic that is judged instead; null in older snapshots"
    )


class GateOut(Sent):
    """A fact that a gate looked at, and what was asked of it."""

    fact: Fact
    found: float | None = Field(description="null where too little is known")
    bound: Bound
    limit: float
    reason: CandidateDrop = Field(description="of the drop when it is missed")
    outcome: GateOutcome


class StratumOut(Sent):
    """A part of the sources that speaks in the best window."""

    stratum: str
    baseline_stories: float
    baseline_read: float
    stories: float = Field(description="of the window, capped")
    read: float
    expected: float
    overdispersion: float


class ArithmeticOut(Sent):
    """How the e-value came about: the best window and factor of the stronger of two runs."""

    run: Literal["fast", "slow"] = "fast"
    window_days: int
    factor: float
    log_likelihood_ratio: float
    strata: list[StratumOut]


class ChangeOut(Sent):
    """A change of a tracked topic, with the numbers of that day."""

    day: date
    kind: ChangeKind
    phase: Phase
    degraded: bool
    expected_at_onset: float
    onset_age: int
    growth_low: float | None
    growth_high: float | None
    since_onset: list[float] | None = Field(None, min_length=3, max_length=3)


class PhaseNumbersOut(Sent):
    """What the phase was decided from."""

    changes: list[ChangeOut] = Field(
        [], description="of standing and phase since it was confirmed, the oldest first"
    )
    degraded: bool
    expected_at_onset: float
    onset_age: int
    growth_low: float | None
    growth_high: float | None
    since_onset: list[float] | None = Field(
        None,
        min_length=3,
        max_length=3,
        description="the last 28 days against the baseline before the onset: point, 5% and 95% bounds",
    )


class HistoryDayOut(Sent):
    """One day of the series; a day on which nothing was read is a gap, not a zero."""

    day: date
    stories: int | None = Field(description="null on a gap")
    expected: float | None = Field(description="by the baseline of the snapshot; null on a gap")
    read: int = Field(description="stories read in the topic's strata: its exposure")


class RelatedOut(Sent):
    """A topic that shares stories of the last 28 days with a signal."""

    slug: str
    name: str
    place: Place
    together: int = Field(description="stories that tell both")
    stories: int = Field(description="that tell this one")
    lift: float = Field(description="how many times as often together as by chance")
    lift_low: float = Field(description="its 5% bound")


class ProductOut(Sent):
    """A repository, paper or package behind the stories of a signal."""

    native_id: str
    kind: Kind
    title: str = Field(description="of its latest document")
    url: str | None = Field(description="where its native id leads; null where it tells no address")
    is_named: bool = Field(description="whether the topic is its own name")
    first_seen: date
    last_seen: date
    documents: int


class AdoptionMonthOut(Sent):
    """One month of an adoption series."""

    month: date = Field(description="its first day")
    value: int


class AdoptionOut(Sent):
    """How often a product that bears the topic's name is downloaded or starred; no detection counts it."""

    product: str = Field(description="native id")
    url: str | None
    measure: Measure
    months: list[AdoptionMonthOut] = Field(description="that could be known on the day of the snapshot")


class JudgedOut(CandidateOut):
    """A candidate with everything that it was decided from; what belongs to another place is null."""

    standing: Standing | None
    phase: Phase | None
    onset: date | None
    shown_days: int | None
    needed: int | None
    rates_phase: Phase | None
    part_of: WholeOut | None = Field(
        None, description="of what is watched: the listed phrase it is a fragment of"
    )
    reason: CandidateDrop | None
    told_by: WholeOut | None = Field(
        None, description="of a drop that is told by another topic: that one, which is judged instead"
    )
    gates: list[GateOut] = Field(description="all but that of the degraded source, in their order")
    arithmetic: ArithmeticOut
    phase_numbers: PhaseNumbersOut | None
    history: list[HistoryDayOut] = Field(description="up to 112 days; empty for drops and older snapshots")
    documents: list[DocumentOut] = Field(description="the best evidence, at most ten")
    related: list[RelatedOut] = Field(description="of a signal, at most eight, the closest first")
    products: list[ProductOut] = Field(
        description="of a signal, at most ten: those that bear its name, then those with most documents"
    )
    adoption: list[AdoptionOut] = Field(description="of products that bear its name, at most four")


def told(row: CandidateRow, snapshot: SnapshotRow, force: InForce) -> dict[str, object]:
    """The fields of a candidate as all these shapes name them, with the decision that hides it."""
    hiding = force.hidden_by(row.slug)
    fields: dict[str, object] = {name: getattr(row, name) for name in row.__slots__}
    return fields | {
        "snapshot_id": snapshot.id,
        "verdict": verdict_of(row.standing, row.ratio_high, snapshot.parameters["phantom_below"]),
        "rates_phase": row.numbers.get("phase"),
        "part_of": _other(row, "part_of"),
        "told_by": _other(row, "merged_into"),
        "hidden_by": None if hiding is None else hiding.number,
    }


def _other(row: CandidateRow, key: str) -> dict[str, str] | None:
    """Another candidate that the numbers of one name; older snapshots have no name of it."""
    name = row.numbers.get(f"{key}_name")
    return None if name is None else {"slug": row.numbers[key], "name": name}


def told_list(
    session: Session,
    reference: str,
    wanted: pages.Wanted,
    *,
    hide: bool,
    sort: str,
    limit: int,
    cursor: str | None,
) -> dict[str, object]:
    """A page of the candidates of a snapshot as all these shapes name them, with how many of them are hidden.

    Args:
        session: read from.
        reference: of the snapshot.
        wanted: which candidates.
        hide: leave out what decisions hide; else it is marked.
        sort: as the route allows it.
        limit: rows of a page.
        cursor: `next_cursor` of the page before.
    """
    row = pages.find_snapshot(session, reference)
    force = decisions_in_force(session, now())
    hidden = hidden_topics(session, force)
    page = pages.page_candidates(
        session, row.id, wanted, without=hidden if hide else None, sort=sort, limit=limit, cursor=cursor
    )
    return {
        "items": [told(one, row, force) for one in page.items],
        "next_cursor": page.next_cursor,
        "total": page.total,
        "total_is_exact": page.total_is_exact,
        "hidden": pages.count_hidden(session, row.id, wanted, hidden),
    }


def told_products(rows: Sequence[ProductRow]) -> list[dict[str, object]]:
    """Products with where their native ids lead."""
    return [
        {name: getattr(row, name) for name in row.__slots__} | {"url": page_of_product(row.native_id)}
        for row in rows
    ]


def told_adoption(rows: Sequence[AdoptionRow]) -> list[dict[str, object]]:
    """Adoption series with where their products are shown."""
    return [
        {name: getattr(row, name) for name in row.__slots__} | {"url": page_of_product(row.product)}
        for row in rows
    ]
