"""Gates: why a candidate with evidence is still no signal. Each reason carries its numbers.

A gate sets the e-value to 0 before the choice and leaves the number of hypotheses as it was, so it can only
lower the share of false discoveries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class CandidateDrop(StrEnum):
    """Why a candidate did not become a signal."""

    BELOW_MIN_SUPPORT = "below_min_support"
    NOT_SIGNIFICANT = "not_significant"
    SOURCE_DEGRADED = "source_degraded"
    SEASONAL = "seasonal"
    MERGED_INTO = "merged_into"
    GENERIC_WORD = "generic_word"
    SPIKE_ONE_DAY = "spike_one_day"
    SINGLE_AUTHOR = "single_author"
    SINGLE_SOURCE = "single_source"
    NOT_TECHNOLOGY = "not_technology"


NO_NAMES = frozenset({CandidateDrop.MERGED_INTO, CandidateDrop.GENERIC_WORD})
"""Of what is told by another topic, or was no name: such a topic is tracked no more, and stands beside none."""


class Fact(StrEnum):
    """What a gate looks at, of the last 28 days unless said."""

    SEASONAL_RATIO = "seasonal_ratio"
    """The rate a year ago over the other rate."""
    ACTIVE_DAYS = "active_days"
    """Of the last 14 days, those with a story."""
    LARGEST_STORY_SHARE = "largest_story_share"
    AUTHORS = "authors"
    SOURCES = "sources"
    TECHNOLOGY = "technology"
    """Stories that are repositories, papers, packages or releases."""
    NEWS_SHARE = "news_share"
    GENERIC = "generic"
    """1 where it reads like a word of general use, 0 where like a name."""


class Bound(StrEnum):
    """How a fact is held against its limit."""

    AT_LEAST = "at_least"
    BELOW = "below"
    AT_MOST = "at_most"


class GateOutcome(StrEnum):
    """What a gate says of one fact."""

    MET = "met"
    MISSED = "missed"
    OFF = "off"
    """The detection did not ask for it."""
    UNKNOWN = "unknown"
    """Too little is known; it lets pass."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a candidate must be to pass, and why it is dropped when it is not."""

    fact: Fact
    bound: Bound
    limit: float
    reason: CandidateDrop

    @property
    def is_facet(self) -> bool:
        """Whether it belongs to the facet that can be switched off."""
        return self.reason is CandidateDrop.NOT_TECHNOLOGY

    def holds(self, found: NDArray[np.number] | float) -> NDArray[np.bool_]:
        """Where the fact keeps to the limit."""
        if self.bound is Bound.AT_LEAST:
            return np.asarray(found) >= self.limit
        return (
            np.asarray(found) < self.limit if self.bound is Bound.BELOW else np.asarray(found) <= self.limit
        )


RULES = (
    Rule(Fact.SEASONAL_RATIO, Bound.AT_MOST, 3.0, CandidateDrop.SEASONAL),
    Rule(Fact.GENERIC, Bound.AT_MOST, 0, CandidateDrop.GENERIC_WORD),
    Rule(Fact.ACTIVE_DAYS, Bound.AT_LEAST, 4, CandidateDrop.SPIKE_ONE_DAY),
    Rule(Fact.LARGEST_STORY_SHARE, Bound.BELOW, 0.5, CandidateDrop.SPIKE_ONE_DAY),
    Rule(Fact.AUTHORS, Bound.AT_LEAST, 2, CandidateDrop.SINGLE_AUTHOR),
    Rule(Fact.SOURCES, Bound.AT_LEAST, 2, CandidateDrop.SINGLE_SOURCE),
    Rule(Fact.TECHNOLOGY, Bound.AT_LEAST, 2, CandidateDrop.NOT_TECHNOLOGY),
    Rule(Fact.NEWS_SHARE, Bound.AT_MOST, 0.5, CandidateDrop.NOT_TECHNOLOGY),
)
"""All gates but those of the degraded source and of overlapping phrases, the first that closes first."""


@dataclass(frozen=True, slots=True, eq=False)
class WindowFacts:
    """What the stories of the last 28 days are, for K candidates.

    Attributes:
        active_days: (K,) of the last 14 days, those with a story.
        told_days: (K,) of the last 28 days, likewise.
        largest_story: (K,) share of its documents that the largest story holds.
        authors: (K,) distinct authors (or sites, where no author is told).
        sources: (K,) distinct places that publish: a family, or for feeds the site.
        technology: (K,) stories that are repositories, papers, packages or releases.
        news: (K,) share of stories that are general news.
        generic: (K,) 1 where a topic reads like a word of general use, else 0; NaN where nothing is known.
    """

    active_days: Ints
    told_days: Ints
    largest_story: Floats
    authors: Ints
    sources: Ints
    technology: Ints
    news: Floats
    generic: Floats


def reasons(
    facts: WindowFacts,
    seasonal: Floats,
    degraded: NDArray[np.bool_],
    *,
    technology_only: bool,
    rules: Sequence[Rule] = RULES,
) -> list[CandidateDrop | None]:
    """(K,) the first gate that closes for each candidate, or None; a degraded source explains all others."""
    found_of: Mapping[Fact, NDArray[np.number]] = {
        Fact.SEASONAL_RATIO: seasonal,
        Fact.ACTIVE_DAYS: facts.active_days,
        Fact.LARGEST_STORY_SHARE: facts.largest_story,
        Fact.AUTHORS: facts.authors,
        Fact.SOURCES: facts.sources,
        Fact.TECHNOLOGY: facts.technology,
        Fact.NEWS_SHARE: facts.news,
        Fact.GENERIC: np.nan_to_num(facts.generic),
    }
    asked = [rule for rule in rules if technology_only or not rule.is_facet]
    gates = [(CandidateDrop.SOURCE_DEGRADED, degraded)]
    gates += [(rule.reason, ~rule.holds(found_of[rule.fact])) for rule in asked]
    found: list[CandidateDrop | None] = [None] * len(seasonal)
    for reason, closed in reversed(gates):
        for index in np.flatnonzero(closed).tolist():
            found[index] = reason
    return found


@dataclass(frozen=True, slots=True)
class GateResult:
    """One fact of a candidate against its limit; `found` is None where too little is known."""

    fact: Fact
    found: float | None
    bound: Bound
    limit: float
    reason: CandidateDrop
    outcome: GateOutcome


def gate_results(numbers: Mapping[str, Any], *, technology_only: bool) -> list[GateResult]:
    """What each gate says of the stored numbers of a candidate, in their order.

    Args:
        numbers: `Candidate.numbers`; a seasonal ratio of 0 is not known.
        technology_only: whether the detection asked for the facet.
    """
    told = []
    for rule in RULES:
        found: float | None = numbers.get(rule.fact)
        if rule.fact is Fact.SEASONAL_RATIO and found == 0:
            found = None
        if rule.is_facet and not technology_only:
            outcome = GateOutcome.OFF
        elif found is None:
            outcome = GateOutcome.UNKNOWN
        else:
            outcome = GateOutcome.MET if rule.holds(found) else GateOutcome.MISSED
        told.append(GateResult(rule.fact, found, rule.bound, rule.limit, rule.reason, outcome))
    return told
