"""Lead times: how long before a public reference a list had the same technology.

A lead can be had by hindsight: a collection that was put together later, by people who knew what became of
it, speaks early of all that came. Such collections are taken out here, by name, before anything is counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from nophantom.errors import InvalidInput
from nophantom.stats.estimates import Estimate
from nophantom.stats.proportions import wilson
from nophantom.trends.backtest.ranked_days import RankedDay, in_order
from nophantom.trends.backtest.references import Reference, ReferenceKind
from nophantom.trends.documents import Document

HINDSIGHT = frozenset({"nlp_arxiv_daily", "ai_lab_feeds"})
"""Collections that were chosen by people who knew what had become of their subjects: papers by words that mattered
later, feeds of laboratories that had become known. No claim about lead time may rest on them."""

FIRST_OF_WATCH = 50
"""As many topics of the watch list as a person reads."""

EARLIEST = 730
"""Days before a reference from which on a listing is a lead; an older one was about something else."""


class Listed(StrEnum):
    """Which list."""

    SIGNALS = "signals"
    WATCH = "watch"
    EITHER = "either"
    """Shown as a signal, or in the first of the watch list."""


@dataclass(frozen=True, slots=True)
class Lead:
    """One reference against one list.

    Attributes:
        reference: what was to be found, with its day.
        listed: which list.
        first: the first day on which the list had it, from `EARLIEST` before the reference on; None if never.
        days: from that to the reference: above 0 is before it, 0 or below is not; None if never. What was listed on
            the first replayed day may have been so for longer.
    """

    reference: Reference
    listed: Listed
    first: date | None
    days: int | None

    @property
    def is_before(self) -> bool:
        """Whether the list had it before the reference."""
        return self.days is not None and self.days > 0


@dataclass(frozen=True, slots=True)
class LeadShare:
    """What a list knew before the references of one kind.

    Attributes:
        rule: whose list.
        kind: whose references.
        listed: which list.
        n: references.
        before: of these in the list before their day.
        later: in the list, but not before their day.
        share: before over n, with Wilson's interval; None without references.
        median_days: of those before, how long before; None without any.
    """

    rule: str
    kind: ReferenceKind
    listed: Listed
    n: int
    before: int
    later: int
    share: Estimate | None
    median_days: float | None


def without_hindsight(documents: Iterable[Document]) -> Iterator[Document]:
    """The documents that would have come without the collections of `HINDSIGHT`.

    A document that another collection had too stays, and is told apart from these: it then belongs to the others
    alone, so that its stratum is theirs.
    """
    for document in documents:
        if HINDSIGHT.isdisjoint(document.collections):
            yield document
        elif others := tuple(name for name in document.collections if name not in HINDSIGHT):
            yield replace(document, collections=others)


def lead_times(
    references: Sequence[Reference],
    days: Iterable[RankedDay],
    listed: Listed,
    *,
    first_of_watch: int = FIRST_OF_WATCH,
    earliest: int = EARLIEST,
) -> tuple[Lead, ...]:
    """When a list first had each reference.

    Args:
        references: with a day each that the days surround; a reference before the first day cannot be led.
        days: what was listed, in any order.
        listed: which list is looked at.
        first_of_watch: how far down the watch list is read.
        earliest: days before a reference from which on a listing counts.

    Returns:
        One for each reference, in the order given.

    Raises:
        InvalidInput: no days, or a reference without a day or with one outside of them.
    """
    ordered = in_order(days)
    begin, end = ordered[0].as_of, ordered[-1].as_of
    wanted = {slug for reference in references for slug in reference.slugs}
    on: dict[str, list[date]] = defaultdict(list)
    for day in ordered:
        for slug in wanted.intersection(_read(day, listed, first_of_watch)):
            on[slug].append(day.as_of)
    return tuple(_lead(reference, listed, on, (begin, end), earliest) for reference in references)


def lead_share(rule: str, leads: Sequence[Lead], kind: ReferenceKind, listed: Listed) -> LeadShare:
    """What one rule's list knew before the references of one kind."""
    own = [lead for lead in leads if lead.reference.kind is kind and lead.listed is listed]
    before = sorted(lead.days for lead in own if lead.days is not None and lead.days > 0)
    return LeadShare(
        rule=rule,
        kind=kind,
        listed=listed,
        n=len(own),
        before=len(before),
        later=sum(lead.days is not None and lead.days <= 0 for lead in own),
        share=wilson(len(before), len(own)) if own else None,
        median_days=_median(before),
    )


def compare_leads(
    references: Sequence[Reference],
    rules: Mapping[str, Sequence[RankedDay]],
    listed: Sequence[Listed] = (Listed.SIGNALS,),
) -> tuple[LeadShare, ...]:
    """Every rule against every kind of reference, in the order given."""
    kinds = [kind for kind in ReferenceKind if any(r.kind is kind for r in references)]
    return tuple(
        lead_share(rule, leads, kind, each)
        for each in listed
        for rule, days in rules.items()
        for leads in [lead_times(references, days, each)]
        for kind in kinds
    )


def _read(day: RankedDay, listed: Listed, first_of_watch: int) -> Sequence[str]:
    match listed:
        case Listed.SIGNALS:
            return day.signals
        case Listed.WATCH:
            return day.watch[:first_of_watch]
        case Listed.EITHER:
            return [*day.signals, *day.watch[:first_of_watch]]


def _lead(
    reference: Reference,
    listed: Listed,
    on: Mapping[str, Sequence[date]],
    span: tuple[date, date],
    earliest: int,
) -> Lead:
    if reference.day is None or not span[0] < reference.day <= span[1]:
        told = "no day" if reference.day is None else f"the day {reference.day}"
        raise InvalidInput(
            f"{reference.name!r} has {told}, but the replay runs from {span[0]} to {span[1]}; "
            "keep the references that lie after its first day."
        )
    since = reference.day - timedelta(days=earliest)
    found = [day for slug in reference.slugs for day in on.get(slug, ()) if day >= since]
    first = min(found, default=None)
    return Lead(reference, listed, first, None if first is None else (reference.day - first).days)


def _median(ordered: Sequence[int]) -> float | None:
    if not ordered:
        return None
    middle = len(ordered) // 2
    return float(ordered[middle]) if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
