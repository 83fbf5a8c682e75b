"""A back-test as one page: what it claims nothing about, what it missed, and how others did on the same days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import log10

from nophantom.reporting.page import (
    Align,
    Curve,
    Facts,
    Figure,
    Headline,
    Histogram,
    Intervals,
    Items,
    Page,
    Paragraph,
    Section,
    Series,
    Table,
)
from nophantom.reporting.wording import UNKNOWN, amount, between
from nophantom.stats.estimates import Estimate
from nophantom.trends.backtest.churn import Churn
from nophantom.trends.backtest.comparison import COLUMNS, comparison_rows
from nophantom.trends.backtest.injections import WITHIN, RateRecall
from nophantom.trends.backtest.lead_times import FIRST_OF_WATCH, Lead, Listed
from nophantom.trends.backtest.permutations import NullReport, Permutation
from nophantom.trends.backtest.result import BacktestResult, Replayed, RuleLeads, result_hash

MOST_FLAGS = 20
"""Flags of a snapshot that the picture tells apart; more are one bar."""

_PERMUTED = {
    Permutation.STORIES: "Null: days of single stories permuted inside strata",
    Permutation.WEEKS: "Stress: whole weeks permuted, each stratum by itself",
    Permutation.SHARED_WEEKS: "Stress: whole weeks permuted, all strata alike",
}
_LISTED = {
    Listed.SIGNALS: "signals",
    Listed.WATCH: f"first {FIRST_OF_WATCH} of the watch list",
    Listed.EITHER: f"signals or first {FIRST_OF_WATCH} of the watch list",
}
_NOT_COVERED = (
    "Lead times rest on few references: the lists of others name what became known, never what did not.",
    "Points of stories were collected later; they decide which stories are references, never what a replay saw.",
    "Neighbouring days are alike: intervals over snapshots are too narrow.",
    "Injected bursts are steady, or copies of bursts that were once seen: what nobody has seen may look different.",
)


def backtest_page(result: BacktestResult) -> Page:
    """The whole page."""
    replayed = result.replayed
    sections = (
        _comparison(result),
        *(_null(null, result.tiers) for null in result.nulls),
        *_injections(result),
        *_leads(result),
        *_relevance(result),
        *_churn(result),
        Section("Not covered", (Items(_NOT_COVERED),)),
    )
    return Page(
        title="Back-test of trend detection",
        subtitle=f"replayed day by day from {replayed.first} to {replayed.last}, with what was known on each day",
        verdict=Headline(None, headline(result)),
        banners=("SIMULATED documents: nothing here was measured on real sources",)
        if replayed.simulated
        else (),
        sections=sections,
        colophon=_colophon(replayed, result),
    )


def headline(result: BacktestResult) -> str:
    """What was found, in a few sentences."""
    told = []
    for null in result.nulls:
        if null.permutation is Permutation.STORIES:
            every = null.flags[0]
            told.append(
                f"Of {every.n:,} snapshots in which nothing could be found, {every.with_any:,} flagged something."
            )
    for recall in result.recalls:
        if recall.rule == result.ours:
            told += [_delay_sentence(row) for row in recall.rates if row.rate in {1.0, 2.0}]
    for one in result.relevance:
        if one.rule == result.ours and one.precision is not None:
            told.append(f"{amount(one.precision.point, 'percent')} of what was listed is relevant.")
    return " ".join(told) or "Nothing was measured."


def _delay_sentence(row: RateRecall) -> str:
    median = row.delays[1]
    when = "most are never found" if median is None else f"half are found within {_counted(median, 'day')}"
    return f"Of bursts of {_counted(row.rate or 0.0, 'story', 'stories')} a day {when}."


def _comparison(result: BacktestResult) -> Section:
    table = Table(
        COLUMNS,
        comparison_rows(result),
        _numbers(COLUMNS),
        "At the same list length on every day, or with as many topics named for the first time.",
    )
    return Section("At a glance", (table,))


def _null(null: NullReport, tiers: Sequence[str]) -> Section:
    every, *by_tier = null.flags
    counts = Counter(min(flags, MOST_FLAGS) for _, flags in null.by_day)
    histogram = Histogram(
        tuple(counts[k] for k in range(max(counts) + 1)),
        "Flags of a snapshot",
        x_title=f"flagged topics ({MOST_FLAGS} or more are one bar)",
        y_title="snapshots",
    )
    names = [tiers[one.tier] if one.tier is not None else "all" for one in by_tier]
    blocks: list[Figure | Facts | Paragraph] = [
        Facts(
            (
                ("snapshots", f"{every.n:,}"),
                ("with any flag", f"{every.with_any:,}: {_with_span(every.share)}"),
                ("flags in all", f"{every.flags:,}"),
                *(
                    (f"with any flag by the {run} run alone", f"{alone.with_any:,}")
                    for run, alone in (("fast", null.fast), ("slow", null.slow))
                    if alone
                ),
                ("median momentum of established topics", amount(null.median_momentum, "number")),
            )
        ),
        histogram,
    ]
    if by_tier:
        rows = tuple((name, one.share) for name, one in zip(names, by_tier, strict=True))
        blocks.append(Intervals(rows, None, "percent", "Snapshots with any flag, by rate tier"))
    blocks.append(_calibration(null, tiers))
    return Section(_PERMUTED[null.permutation], tuple(blocks))


def _calibration(null: NullReport, tiers: Sequence[str]) -> Curve:
    """e-values that keep their word stay at or below 1."""
    lines = []
    for tier in dict.fromkeys(point.tier for point in null.calibration):
        points = [point for point in null.calibration if point.tier == tier]
        label = "all" if tier is None else tiers[tier]
        lines.append(
            Series(
                label, tuple(log10(point.level) for point in points), tuple(point.mean for point in points)
            )
        )
    return Curve(
        tuple(lines),
        "e-value x, as its decimal logarithm",
        "x times the share of topics with e ≥ x",
        "Calibration of e-values",
        y_unit="number",
        references=(("what an e-value promises at most", 1.0),),
    )


def _injections(result: BacktestResult) -> list[Section]:
    if not result.recalls:
        return []
    steady = {one.rule: [row for row in one.rates if row.rate is not None] for one in result.recalls}
    blocks: list[Figure | Table | Paragraph] = []
    delays = tuple(
        Series(
            rule,
            tuple(row.rate for row in rows if row.rate is not None),
            tuple(row.delays[1] for row in rows),
            tuple(row.delays[0] for row in rows),
            tuple(row.delays[2] for row in rows),
        )
        for rule, rows in steady.items()
        if rows
    )
    if any(y is not None for line in delays for y in line.y):
        title = "Median delay with quartiles, where so many were found"
        blocks.append(Curve(delays, "stories a day", "days after the onset", title, y_unit="number"))
    else:
        blocks.append(
            Paragraph("No rule found half of the injections of any rate: there is no median delay.")
        )
    recalls = tuple(
        Series(
            rule,
            tuple(row.rate for row in rows if row.rate is not None),
            tuple(row.recall.point for row in rows),
            tuple(row.recall.low for row in rows),
            tuple(row.recall.high for row in rows),
        )
        for rule, rows in steady.items()
        if rows
    )
    if recalls:
        blocks.append(Curve(recalls, "stories a day", f"found within {WITHIN} days", "Recall by rate"))
    blocks.append(_recall_table(result))
    return [Section("Injected bursts of held-out topics", tuple(blocks))]


def _recall_table(result: BacktestResult) -> Table:
    rows = tuple(
        (
            one.rule,
            "copies of real bursts" if row.rate is None else f"{row.rate:g}",
            f"{row.n:,}",
            f"{row.found:,}",
            _with_span(row.recall),
            " / ".join("never" if delay is None else str(delay) for delay in row.delays),
        )
        for one in result.recalls
        for row in one.rates
    )
    columns = ("rule", "stories a day", "injected", "found", "recall", "delay in days: quartiles")
    return Table(columns, rows, ("left", "right", "right", "right", "right", "right"))


def _leads(result: BacktestResult) -> list[Section]:
    if not result.lead_shares:
        return []
    rows = tuple(
        (
            one.rule,
            one.kind.value,
            _LISTED[one.listed],
            f"{one.before:,} of {one.n:,}",
            UNKNOWN if one.share is None else _with_span(one.share),
            amount(one.median_days, "number"),
            f"{one.later:,}",
        )
        for one in result.lead_shares
    )
    columns = ("rule", "reference", "list", "before", "share", "median lead in days", "only later")
    blocks: list[Figure | Table] = [
        Table(columns, rows, ("left", "left", "left", "right", "right", "right", "right"))
    ]
    lines = tuple(line for one in result.leads if (line := _ahead(one)) is not None)
    if lines:
        title = "References that were already listed, by days before their day"
        blocks.append(Curve(lines, "days before the reference", "share of references", title))
    blocks += [_single_leads(one) for one in result.leads if one.rule == result.ours]
    lead = f"Kept out, because they were chosen with hindsight: {', '.join(result.replayed.excluded) or 'nothing'}."
    return [Section("Lead times", tuple(blocks), lead)]


def _ahead(one: RuleLeads) -> Series | None:
    """The share that was listed at least so many days before; None where nothing was listed before.

    Of signals and watch list together where both were looked at: every reference counts once.
    """
    either = [lead for lead in one.leads if lead.listed is Listed.EITHER]
    leads = either or [lead for lead in one.leads if lead.listed is one.leads[0].listed]
    days = sorted({lead.days for lead in leads if lead.days is not None and lead.days > 0})
    if not days:
        return None
    shares = [sum(_is_ahead(lead, day) for lead in leads) / len(leads) for day in days]
    return Series(one.rule, tuple(float(day) for day in days), tuple(shares))


def _is_ahead(lead: Lead, days: int) -> bool:
    return lead.days is not None and lead.days >= days


def _single_leads(one: RuleLeads) -> Table:
    rows = tuple(
        (
            lead.reference.name,
            lead.reference.kind.value,
            _LISTED[lead.listed],
            str(lead.reference.day or UNKNOWN),
            "never" if lead.first is None else str(lead.first),
            "" if lead.days is None else f"{lead.days:,}",
        )
        for lead in sorted(one.leads, key=_longest_first)
    )
    columns = ("technology", "reference", "list", "its day", "first listed", "days before")
    return Table(
        columns, rows, ("left", "left", "left", "right", "right", "right"), f"References by {one.rule}."
    )


def _longest_first(lead: Lead) -> tuple[bool, int, str]:
    return (lead.days is None, -(lead.days or 0), lead.reference.name)


def _relevance(result: BacktestResult) -> list[Section]:
    known = [(one.rule, one.precision) for one in result.relevance if one.precision is not None]
    if not known:
        return []
    rows = tuple(
        (
            one.rule,
            f"{one.n_days:,}",
            f"{one.listed:,}",
            f"{one.listed - one.labelled:,}",
            f"{one.topics:,}",
            UNKNOWN if one.topics_precision is None else _with_span(one.topics_precision),
            ", ".join(f"{label.value} {n:,}" for label, n in one.by_label if n),
        )
        for one in result.relevance
    )
    columns = ("rule", "days", "listed", "without a label", "distinct topics", "relevant of these", "labels")
    blocks = (
        Intervals(
            tuple(known), None, "percent", "Listed signals that are a technology, a product or a method"
        ),
        Table(columns, rows, ("left", "right", "right", "right", "right", "right", "left")),
    )
    return [Section("Relevance", blocks)]


def _churn(result: BacktestResult) -> list[Section]:
    if not result.churn:
        return []
    lags = result.churn[0].lags
    rows = tuple(_churn_row(one) for one in result.churn)
    columns = (
        "rule",
        "days",
        "empty",
        "median length",
        "topics",
        "median stay in days",
        *(f"left after {_counted(lag.lag, 'day')}" for lag in lags),
    )
    return [Section("Churn", (Table(columns, rows, _numbers(columns)),))]


def _churn_row(one: Churn) -> tuple[str, ...]:
    return (
        one.rule,
        f"{one.n_days:,}",
        f"{one.empty:,}",
        f"{one.median_length:g}",
        f"{one.topics:,}",
        amount(one.median_stay, "number"),
        *(amount(lag.share, "percent") for lag in one.lags),
    )


def _colophon(replayed: Replayed, result: BacktestResult) -> tuple[str, ...]:
    return (
        f"{replayed.documents:,} documents, {replayed.stories:,} stories, {replayed.topics:,} topics",
        f"parameters {replayed.parameters[:12]}, seed {replayed.seed}",
        f"result {result_hash(result)}",
    )


def _numbers(columns: Sequence[str]) -> tuple[Align, ...]:
    """The first column names the row, the others hold numbers."""
    return tuple("right" if place else "left" for place in range(len(columns)))


def _with_span(found: Estimate) -> str:
    return f"{amount(found.point, 'percent')} ({between(found.low, found.high, 'percent')})"


def _counted(n: float, one: str, many: str = "") -> str:
    return f"{n:g} {one if n == 1 else many or one + 's'}"
