"""What a page says of leads: shares by rule, and every reference with the days on which it was listed. PURE."""

from __future__ import annotations

from itertools import groupby

from nophantom.reporting.page import Align, Curve, Items, Paragraph, Section, Series, Table
from nophantom.reporting.wording import UNKNOWN, between
from nophantom.trends.backtest.lead_times import FIRST_OF_WATCH, Lead, LeadShare, Listed
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
_ASKED = "For technologies that others named on a known day: was it listed here before that day, and how long before?"
_DAYS = (
    "The day of a first trending list or story is the first in these documents, of names that no list had before they "
    "begin. Of the other rules' lists as much is read as ours has on the same day, or until they have named "
    "as many topics for the first time."
)


def lead_sections(result: BacktestResult) -> list[Section]:
    """The section on leads; none where no references were looked for."""
    if not result.lead_shares:
        return []
    kinds = list(dict.fromkeys(one.kind for one in result.lead_shares))
    kept_out = ", ".join(result.replayed.excluded) or "nothing"
    blocks: list[Curve | Items | Paragraph | Table] = [
        Paragraph(f"{_DAYS} Kept out, because they were chosen with hindsight: {kept_out}.")
    ]
    lines = tuple(line for one in result.leads if (line := _ahead(one, kinds[0])) is not None)
    if lines:
        title = f"{KINDS[kinds[0]]}: the share that was already listed, by days before its day"
        blocks.append(Curve(lines, "days before", "share of references", title))
    blocks += [_shares(result, kind) for kind in kinds]
    for one in result.leads:
        if one.rule == result.ours:
            blocks += _single_leads(one)
    return [Section("Lead times", tuple(blocks), _ASKED)]


def lead_sentence(result: BacktestResult) -> str:
    """What our lists had before the references of the first kind; empty where that was not measured."""
    own = [
        one
        for one in result.lead_shares
        if one.rule == result.ours and one.kind is result.lead_shares[0].kind
    ]
    if not own:
        return ""
    found = next((one for one in own if one.listed is Listed.EITHER), own[0])
    days = "" if found.median_days is None else f", by {found.median_days:g} days in the median"
    named = f"technologies that others named later ({KINDS[found.kind]})"
    return f"{found.before:,} of {found.n:,} {named} were listed before{days}."


def _shares(result: BacktestResult, kind: ReferenceKind) -> Table:
    """One kind of references: a row for each rule, a pair of columns for each list."""
    own = {(one.rule, one.listed): one for one in result.lead_shares if one.kind is kind}
    listed = [each for each in (Listed.SIGNALS, Listed.EITHER) if any(key[1] is each for key in own)]
    rows = tuple(
        (rule, *(cell for each in listed for cell in _cells(own.get((rule, each)))))
        for rule in dict.fromkeys(rule for rule, _ in own)
    )
    names = {
        Listed.SIGNALS: "as a signal",
        Listed.EITHER: f"or in the first {FIRST_OF_WATCH} of the watch list",
    }
    columns = tuple(
        name for each in listed for name in (f"before, {names[each]}", "median lead in days", "only later")
    )
    n = max((one.n for one in own.values()), default=0)
    caption = f"{KINDS[kind]}: {n:,} references, and how many of them were listed before their day"
    right: list[Align] = ["right"] * len(columns)
    return Table(("rule", *columns), rows, ("left", *right), caption)


def _cells(one: LeadShare | None) -> tuple[str, str, str]:
    if one is None:
        return UNKNOWN, UNKNOWN, UNKNOWN
    span = "" if one.share is None else f" ({between(one.share.low, one.share.high, 'percent', decimals=0)})"
    median = "-" if one.median_days is None else f"{one.median_days:g}"
    return f"{one.before:,}{span}", median, f"{one.later:,}"


def _ahead(one: RuleLeads, kind: ReferenceKind) -> Series | None:
    """The share of one kind that was listed at least so many days before; None where nothing was listed before."""
    either = any(lead.listed is Listed.EITHER for lead in one.leads)
    leads = [
        lead
        for lead in one.leads
        if lead.reference.kind is kind and (not either or lead.listed is Listed.EITHER)
    ]
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
