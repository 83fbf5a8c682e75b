"""What a page says of leads: shares by rule, and every reference with the days on which it was listed. PURE."""

from __future__ import annotations

from itertools import groupby

from nophantom.reporting.page import Curve, Items, Section, Series, Table
from nophantom.reporting.wording import UNKNOWN, amount, between
from nophantom.trends.backtest.lead_times import FIRST_OF_WATCH, Lead, Listed
from nophantom.trends.backtest.references import POINTS, Reference, ReferenceKind
from nophantom.trends.backtest.result import BacktestResult, RuleLeads

KINDS = {
    ReferenceKind.RADAR: "Technology Radar",
    ReferenceKind.CNCF: "CNCF",
    ReferenceKind.RELEASE: "first listed release",
    ReferenceKind.GITHUB_TOPIC: "GitHub topic",
    ReferenceKind.TRENDING: "first trending day here",
    ReferenceKind.HACKER_NEWS: f"first story of {POINTS} points here",
}
"""How a page calls whose references they are."""
_LISTED = {
    Listed.SIGNALS: "signals",
    Listed.WATCH: f"first {FIRST_OF_WATCH} of the watch list",
    Listed.EITHER: f"signals or first {FIRST_OF_WATCH} of the watch list",
}
_ASKED = (
    "For technologies that others named on a known day: was it listed here before that day, and how long before? "
    "The day of a first trending list or story is the first in these documents: what was known before they begin "
    "gets too late a day."
)


def lead_sections(result: BacktestResult) -> list[Section]:
    """The section on leads; none where no references were looked for."""
    if not result.lead_shares:
        return []
    rows = tuple(
        (
            KINDS[one.kind],
            _LISTED[one.listed],
            one.rule,
            f"{one.before:,} of {one.n:,}",
            UNKNOWN
            if one.share is None
            else f"{amount(one.share.point, 'percent')} ({between(one.share.low, one.share.high, 'percent')})",
            amount(one.median_days, "number"),
            f"{one.later:,}",
        )
        for one in sorted(
            result.lead_shares, key=lambda one: (list(KINDS).index(one.kind), _LISTED[one.listed])
        )
    )
    columns = ("named by", "our list", "rule", "listed before", "share", "median lead in days", "only later")
    blocks: list[Curve | Items | Table] = [
        Table(
            columns,
            rows,
            ("left", "left", "left", "right", "right", "right", "right"),
            "The lists of other rules are cut to the length of ours on every day, or to as many new names.",
        )
    ]
    lines = tuple(line for one in result.leads if (line := _ahead(one)) is not None)
    if lines:
        title = "References that were already listed, by days before their day"
        blocks.insert(0, Curve(lines, "days before the reference", "share of references", title))
    for one in result.leads:
        if one.rule == result.ours:
            blocks += _single_leads(one)
    kept_out = ", ".join(result.replayed.excluded) or "nothing"
    lead = f"{_ASKED} Kept out, because they were chosen with hindsight: {kept_out}."
    return [Section("Lead times", tuple(blocks), lead)]


def _ahead(one: RuleLeads) -> Series | None:
    """The share that was listed at least so many days before; None where nothing was listed before."""
    either = any(lead.listed is Listed.EITHER for lead in one.leads)
    leads = [lead for lead in one.leads if not either or lead.listed is Listed.EITHER]
    days = sorted({lead.days for lead in leads if lead.days is not None and lead.days > 0})
    if not days:
        return None
    shares = [sum(_is_ahead(lead, day) for lead in leads) / len(leads) for day in days]
    return Series(one.rule, tuple(float(day) for day in days), tuple(shares))


def _is_ahead(lead: Lead, days: int) -> bool:
    return lead.days is not None and lead.days >= days


def _single_leads(one: RuleLeads) -> list[Table | Items]:
    """A row for each reference that was ever listed, and the names of the others."""
    by_reference: dict[Reference, dict[Listed, Lead]] = {}
    for lead in one.leads:
        by_reference.setdefault(lead.reference, {})[lead.listed] = lead
    rows: list[tuple[int, Reference, str, str]] = []
    never: list[Reference] = []
    for reference, leads in by_reference.items():
        first = min((lead.first for lead in leads.values() if lead.first is not None), default=None)
        if first is None or reference.day is None:
            never.append(reference)
            continue
        days = (reference.day - first).days
        rows.append((days, reference, _since(leads.get(Listed.SIGNALS)), _since(leads.get(Listed.WATCH))))
    columns = ("technology", "named by", "its day", "signal since", "on the watch list since", "days before")
    table = Table(
        columns,
        tuple(
            (reference.name, KINDS[reference.kind], str(reference.day), signal, watch, f"{days:,}")
            for days, reference, signal, watch in sorted(rows, key=lambda row: (-row[0], row[1].name))
        ),
        ("left", "left", "right", "right", "right", "right"),
        f"References that {one.rule} ever listed; 0 days or fewer before is too late.",
    )
    return [table, *_never_listed(never)] if rows else _never_listed(never)


def _since(lead: Lead | None) -> str:
    if lead is None:
        return UNKNOWN
    return "never" if lead.first is None else str(lead.first)


def _never_listed(references: list[Reference]) -> list[Table | Items]:
    by_kind = sorted(references, key=lambda one: (list(KINDS).index(one.kind), one.name.casefold()))
    lines = tuple(
        f"{KINDS[kind]}: {', '.join(one.name for one in some)}"
        for kind, some in groupby(by_kind, key=lambda one: one.kind)
    )
    return [Items(lines, "Never listed")] if lines else []
