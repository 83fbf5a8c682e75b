"""Back-tests: what detection would have said on past days, against what is known of them now."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import Field

from nophantom.api.problem import answers
from nophantom.api.shapes import ROOT, Cursor, InSession, Limit, Page, Sent
from nophantom.trends.archive import backtests
from nophantom.trends.backtest.lead_times import Listed
from nophantom.trends.backtest.permutations import Permutation
from nophantom.trends.backtest.references import ReferenceKind
from nophantom.trends.backtest.relevance import Label
from nophantom.trends.backtest.report import headline
from nophantom.trends.backtest.result import result_hash

router = APIRouter(prefix=f"{ROOT}/backtests", tags=["trends"])


class ShareOut(Sent):
    """A share with its interval."""

    point: float
    low: float | None
    high: float | None
    confidence: float
    n: int


class TierFlagsOut(Sent):
    """What was flagged of one rate tier, or of all together."""

    tier: int | None = Field(description="place in `tiers`; null for all together")
    n: int = Field(description="snapshots")
    with_any: int = Field(description="of these with any flag")
    flags: int
    share: ShareOut = Field(
        description="with_any over n; neighbouring days are alike: the interval is too narrow"
    )


class CalibrationPointOut(Sent):
    """How well e-values keep their word at one level."""

    level: float = Field(description="e-value x")
    tier: int | None
    mean: float = Field(
        description="over snapshots, x times the share of topics with e >= x: at most 1 is right"
    )
    greatest: float


class BoostWorthOut(Sent):
    """What boosted e-values are worth to the choice where nothing can be found."""

    tier: int | None = Field(description="null for all together; of a tier it is its part of that")
    mean: float = Field(description="over snapshots: at most 1 is right")
    greatest: float = Field(description="in the worst snapshot; one chance alone may be worth 1 / q")


class NullOut(Sent):
    """What was flagged of permuted corpora, in which nothing can be found."""

    permutation: Permutation
    flags: list[TierFlagsOut] = Field(description="of all together, then of each tier")
    calibration: list[CalibrationPointOut]
    median_momentum: float | None = Field(description="of established topics; 1 is right")
    by_day: list[tuple[date, int]] = Field(description="flags of each snapshot")
    fast: TierFlagsOut | None
    slow: TierFlagsOut | None
    boosts: list[BoostWorthOut] = Field(description="of all together, then of each tier; empty in older ones")


class RateRecallOut(Sent):
    """What became of the bursts of one rate that were put in."""

    rate: float | None = Field(description="stories a day; null for copies of real bursts")
    n: int
    found: int
    recall: ShareOut
    delays: tuple[int | None, int | None, int | None] = Field(
        description="quartiles of the delay in days over all n; null where so many were never found"
    )


class RuleRecallOut(Sent):
    """What one rule found of the bursts."""

    rule: str
    rates: list[RateRecallOut]


class LeadShareOut(Sent):
    """What a list knew before the references of one kind."""

    rule: str
    kind: ReferenceKind
    listed: Listed
    n: int = Field(description="references")
    before: int = Field(description="of these in the list before their day")
    later: int = Field(description="in the list, but not before their day")
    share: ShareOut | None
    median_days: float | None


class ReferenceOut(Sent):
    """A technology as a public list names it, and since when."""

    name: str
    slugs: list[str]
    kind: ReferenceKind
    day: date | None


class LeadOut(Sent):
    """One reference against one list."""

    reference: ReferenceOut
    listed: Listed
    first: date | None = Field(description="the first day on which the list had it; null if never")
    days: int | None = Field(description="from that to the reference; above 0 is before it")


class RuleLeadsOut(Sent):
    """One rule against single references."""

    rule: str
    leads: list[LeadOut]


class RelevanceOut(Sent):
    """Which share of a list names a technology, a product or a method, by labels that people gave."""

    rule: str
    n_days: int
    listed: int
    labelled: int
    relevant: int
    precision: ShareOut | None
    topics: int
    topics_precision: ShareOut | None
    by_label: list[tuple[Label, int]]


class LagChurnOut(Sent):
    """A list against itself some days later."""

    lag: int
    n_pairs: int
    listed: int
    left: int
    come: int
    share: float | None = Field(description="what has left of what was listed")


class ChurnOut(Sent):
    """How steady the list of one rule is."""

    rule: str
    n_days: int
    empty: int
    median_length: float
    topics: int
    median_stay: float | None
    lags: list[LagChurnOut]


class ReplayedOut(Sent):
    """What was replayed, and how."""

    first: date
    last: date
    documents: int
    stories: int
    topics: int
    parameters: str = Field(description="SHA-256 of the parameters of the detection")
    seed: int
    excluded: list[str] = Field(description="collections that no lead rests on: chosen with hindsight")
    simulated: bool


class BacktestOut(Sent):
    """A finished back-test."""

    number: int
    at: datetime
    replayed: ReplayedOut
    digest: str = Field(description="SHA-256 of the canonical result")
    headline: str = Field(description="what came out, in a few sentences")


class BacktestDetailOut(BacktestOut):
    """A finished back-test with everything that it measured; what was not measured is empty."""

    ours: str = Field(description="name of our rule among the others")
    rules: list[str] = Field(description="ours first")
    tiers: list[str]
    nulls: list[NullOut]
    recalls: list[RuleRecallOut]
    lead_shares: list[LeadShareOut]
    leads: list[RuleLeadsOut]
    relevance: list[RelevanceOut]
    churn: list[ChurnOut]


@router.get("", response_model=Page[BacktestOut], responses=answers(422))
def list_backtests(
    session: InSession,
    simulated: Annotated[
        bool | None, Query(description="only of simulated worlds, or only of real documents")
    ] = None,
    sort: Literal["number", "-number"] = "-number",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> object:
    """The back-tests that were finished, the latest first."""
    page = backtests.page_backtests(session, simulated=simulated, sort=sort, limit=limit, cursor=cursor)
    return page.of(lambda rows: [_told(one) for one in rows])


@router.get("/{number}", response_model=BacktestDetailOut, responses=answers(404, 422))
def read_backtest(
    session: InSession, number: Annotated[int, Path(ge=1, lt=2**63, description="number of a back-test")]
) -> object:
    """One back-test with everything that it measured."""
    stored = backtests.read_backtest(session, number)
    parts = (name for name in BacktestDetailOut.model_fields if name not in BacktestOut.model_fields)
    return _told(stored) | {name: getattr(stored.result, name) for name in parts}


def _told(stored: backtests.StoredBacktest) -> dict[str, object]:
    return {
        "number": stored.number,
        "at": stored.at,
        "replayed": stored.result.replayed,
        "digest": result_hash(stored.result),
        "headline": headline(stored.result),
    }
