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
from nophantom.trends.backtest.lead_tables import lead_sections, lead_sentence
from nophantom.trends.backtest.permutations import NullReport, Permutation
from nophantom.trends.backtest.relevance import COVERED
from nophantom.trends.backtest.result import BacktestResult, Replayed, result_hash

MOST_FLAGS = 20
"""Flags of a snapshot that the picture tells apart; more are one bar."""

_PERMUTED = {
    Permutation.STORIES: "Where nothing could be found (null)",
    Permutation.WEEKS: "Whole weeks shuffled (stress)",
    Permutation.SHARED_WEEKS: "Whole weeks shuffled, all sources alike (stress)",
}
_ASKED = (
    "Would this detection have told you in time, and how often would it have cried wolf? Past days are lived through "
    "again: on each day only the documents that were there by then are read, and what is listed is kept. Then it is "
    "held against things whose truth is known: days with nothing to find, bursts put in by hand, and technologies "
    "that public lists named later. Simple rules of others are tried on the same days."
)
_RULES = (
    ("nophantom", "what this product shows as signals"),
    ("nophantom, confirmed", "the same, from the day on which it was shown on three of five days"),
    ("ratio", "the mean of 7 days over the mean of the 28 days before; at least 5 stories"),
    ("ewma", "how far a day lies above an exponential mean, in its own deviations"),
    ("poisson", "7 days against the 56 before, counted as by chance, with the false ones controlled"),
    ("kleinberg", "two states, usual and burst, and the likeliest way through them"),
    (
        "..., as many new",
        "the same rule, cut to name as many topics for the first time as ours, not to an equal length",
    ),
)
_MEANS = {
    Permutation.STORIES: "The days of single stories were shuffled, so that no rate changes any more: whatever is "
    "flagged here is a phantom. Promised: any flag on at most 10% of the snapshots, and a median momentum of 1.",
    Permutation.WEEKS: "Whole weeks were shuffled, each part of the sources by itself. Bursts stay, at another time: "
    "more is flagged than in the null, and that is no fault by itself.",
    Permutation.SHARED_WEEKS: "Whole weeks were shuffled, all parts of the sources alike: news that all of them shared "
    "stays shared.",
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
        Section("What was asked", (Paragraph(_ASKED),)),
        _comparison(result),
        *(_null(null, result.tiers) for null in result.nulls),
        *_injections(result),
        *lead_sections(result),
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
    if sentence := lead_sentence(result):
        told.append(sentence)
    for one in result.relevance:
        if one.rule == result.ours and one.precision is not None:
            told.append(
                f"{amount(one.precision.point, 'percent', decimals=1)} of what was listed is relevant."
            )
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
        "Delay and found: of bursts put in. Before references: of the first kind below, on any of our lists. "
        "Churn: what has left the list on the next day.",
    )
    lead = (
        "A rule that lists more finds more. So the list of every rule is cut to the length that ours has on the same "
        "day, or to as many topics named for the first time."
    )
    told = tuple(row for row in _RULES if any(row[0].removeprefix("...") in rule for rule in result.rules))
    return Section("At a glance", (table, Facts(told)), lead)


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
                *(
                    (
                        "boosted e-values, on average (promised at most 1)",
                        f"{amount(one.mean, 'number')}; {amount(one.greatest, 'number')} in the worst snapshot",
                    )
                    for one in null.boosts[:1]
                ),
                ("median momentum of established topics", amount(null.median_momentum, "number")),
            )
        ),
    ]
    if every.flags:
        blocks.append(histogram)
    if by_tier:
        rows = tuple((name, one.share) for name, one in zip(names, by_tier, strict=True))
        blocks.append(Intervals(rows, None, "percent", "Snapshots with any flag, by rate tier"))
    blocks.append(_calibration(null, tiers))
    return Section(_PERMUTED[null.permutation], tuple(blocks), _MEANS[null.permutation])


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
        references=(("promised at most", 1.0),),
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
            tuple(row.delays[0] for row in rows) if rule == result.ours else (),
            tuple(row.delays[2] for row in rows) if rule == result.ours else (),
        )
        for rule, rows in steady.items()
        if rows
    )
    if any(y is not None for line in delays for y in line.y):
        title = "Median delay, with the quartiles of ours, where so many were found"
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
            tuple(row.recall.low for row in rows) if rule == result.ours else (),
            tuple(row.recall.high for row in rows) if rule == result.ours else (),
        )
        for rule, rows in steady.items()
        if rows
    )
    if recalls:
        blocks.append(
            Curve(
                recalls,
                "stories a day",
                f"found within {WITHIN} days",
                "Recall by rate, with the interval of ours",
            )
        )
    blocks.append(_recall_table(result))
    lead = (
        "New topics were given to stories that were really read, so many a day from a day that was drawn. A rule has "
        f"found one when it lists it within {WITHIN} days."
    )
    return [Section("Injected bursts of held-out topics", tuple(blocks), lead)]


def _recall_table(result: BacktestResult) -> Table:
    """A row for each rule, a column for each rate."""
    rates = list(dict.fromkeys(row.rate for one in result.recalls for row in one.rates))
    rows = tuple(
        (one.rule, *(_recall_cell({row.rate: row for row in one.rates}.get(rate)) for rate in rates))
        for one in result.recalls
    )
    columns = ("rule", *("copies of real bursts" if rate is None else f"{rate:g} a day" for rate in rates))
    caption = "Found of what was put in, and the quartiles of the delay in days, by stories a day"
    return Table(columns, rows, _numbers(columns), caption)


def _recall_cell(row: RateRecall | None) -> str:
    if row is None:
        return UNKNOWN
    delays = " / ".join("never" if delay is None else str(delay) for delay in row.delays)
    return f"{row.found:,} of {row.n:,}: {delays}"


def _relevance(result: BacktestResult) -> list[Section]:
    if not result.relevance:
        return []
    known = tuple((one.rule, one.precision) for one in result.relevance if one.precision is not None)
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
    title = "Listed signals that are a technology, a product or a method"
    picture = (Intervals(known, None, "percent", title),) if known else ()
    table = Table(
        columns,
        rows,
        ("left", "right", "right", "right", "right", "right", "left"),
        f"Unknown where less than {amount(COVERED, 'percent', decimals=0)} of what a rule listed has a label.",
    )
    lead = (
        "A bank failure is a true discovery and of no use to a technology scout. This is the share of what is listed "
        "on days drawn at random that people labelled a technology, a product or a method, by a rule that was written "
        "before."
    )
    return [Section("Relevance", (*picture, table), lead)]


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
    lead = (
        "A list that is another one every day cannot be worked with: what of it has left a day and a week later, and "
        "how long a topic stays."
    )
    return [Section("Churn", (Table(columns, rows, _numbers(columns)),), lead)]


def _churn_row(one: Churn) -> tuple[str, ...]:
    return (
        one.rule,
        f"{one.n_days:,}",
        f"{one.empty:,}",
        f"{one.median_length:g}",
        f"{one.topics:,}",
        amount(one.median_stay, "number"),
        *(amount(lag.share, "percent", decimals=1) for lag in one.lags),
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
    span = between(found.low, found.high, "percent", decimals=1)
    return f"{amount(found.point, 'percent', decimals=1)} ({span})"


def _counted(n: float, one: str, many: str = "") -> str:
    return f"{n:g} {one if n == 1 else many or one + 's'}"
