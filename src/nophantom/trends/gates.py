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

from nophantom.trends.baselines import Baselines, Floats, Ints
from nophantom.trends.documents import Document, Family, Kind
from nophantom.trends.mentions import Mentions
from nophantom.trends.series import Series
from nophantom.trends.stories import KINDS, Stories

YEAR, AROUND = 365, 21
"""The season a year ago: so many days before, give or take so many."""
TECHNOLOGY = frozenset({Kind.REPOSITORY, Kind.PAPER, Kind.PACKAGE, Kind.RELEASE})
SUPPORT_DAYS, ACTIVE_DAYS = 28, 14
SEASONAL_STORIES = 3


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
    Rule(Fact.ACTIVE_DAYS, Bound.AT_LEAST, 4, CandidateDrop.SPIKE_ONE_DAY),
    Rule(Fact.LARGEST_STORY_SHARE, Bound.BELOW, 0.5, CandidateDrop.SPIKE_ONE_DAY),
    Rule(Fact.AUTHORS, Bound.AT_LEAST, 2, CandidateDrop.SINGLE_AUTHOR),
    Rule(Fact.SOURCES, Bound.AT_LEAST, 2, CandidateDrop.SINGLE_SOURCE),
    Rule(Fact.TECHNOLOGY, Bound.AT_LEAST, 2, CandidateDrop.NOT_TECHNOLOGY),
    Rule(Fact.NEWS_SHARE, Bound.AT_MOST, 0.5, CandidateDrop.NOT_TECHNOLOGY),
)
"""All gates but that of the degraded source, the first that closes first."""


@dataclass(frozen=True, slots=True, eq=False)
class WindowFacts:
    """What the stories of the last 28 days are, for K candidates.

    Attributes:
        active_days: (K,) of the last 14 days, those with a story.
        largest_story: (K,) share of its documents that the largest story holds.
        authors: (K,) distinct authors (or sites, where no author is told).
        sources: (K,) distinct places that publish: a family, or for feeds the site.
        technology: (K,) stories that are repositories, papers, packages or releases.
        news: (K,) share of stories that are general news.
    """

    active_days: Ints
    largest_story: Floats
    authors: Ints
    sources: Ints
    technology: Ints
    news: Floats


def publishing_places(documents: Sequence[Document], stories: Stories) -> Ints:
    """(n_stories,) equal where the place that publishes is the same: a family, or for feeds the site."""
    known: dict[tuple[str, str | None], int] = {}
    heads = (documents[i] for i in stories.representative.tolist())
    places = [(d.family.value, d.site if d.family is Family.FEED else None) for d in heads]
    return np.array([known.setdefault(place, len(known)) for place in places], dtype=np.int64)


def window_facts(stories: Stories, mentions: Mentions, day: int, topics: Ints, places: Ints) -> WindowFacts:
    """Count what the stories of the last 28 days are.

    Args:
        stories: all stories.
        mentions: which topic is in which story.
        day: the last day of the window.
        topics: (K,) candidates.
        places: (n_stories,) equal where the publishing place is the same.
    """
    rank = np.full(mentions.topics.n, -1, dtype=np.int64)
    rank[topics] = np.arange(len(topics))
    story_day = stories.day[mentions.story]
    inside = (story_day > day - SUPPORT_DAYS) & (story_day <= day) & (rank[mentions.topic] >= 0)
    who, story = rank[mentions.topic[inside]], mentions.story[inside].astype(np.int64)
    n = len(topics)
    sizes = stories.sizes()[story]
    largest = np.zeros(n)
    np.maximum.at(largest, who, sizes)
    recent = stories.day[story] > day - ACTIVE_DAYS
    told = np.maximum(1, np.bincount(who, minlength=n))
    is_technology = np.isin(stories.kind[story], [KINDS.index(kind) for kind in TECHNOLOGY])
    is_news = stories.kind[story] == KINDS.index(Kind.NEWS)
    return WindowFacts(
        active_days=_distinct(who[recent], stories.day[story[recent]], n),
        largest_story=largest / np.maximum(1, np.bincount(who, weights=sizes, minlength=n)),
        authors=_distinct(who, stories.source[story], n),
        sources=_distinct(who, places[story], n),
        technology=np.bincount(who[is_technology], minlength=n),
        news=np.bincount(who[is_news], minlength=n) / told,
    )


def _distinct(group: Ints, value: NDArray[np.integer], n: int) -> Ints:
    """(n,) how many distinct values each group has."""
    if not len(group):
        return np.zeros(n, dtype=np.int64)
    pairs = np.unique(group * (int(value.max()) + 1) + value)
    return np.bincount(pairs // (int(value.max()) + 1), minlength=n)


def seasonal_ratio(series: Series, baselines: Baselines, day: int, topics: Ints, strata: Ints) -> Floats:
    """(K,) rate a year ago, give or take 21 days, over the rate of the rest of the baseline; 0 if unknown.

    Taken together over the strata that speak, with their exposure; with fewer than 3 stories a year
    ago nothing is known. The rest ends 49 days ago: what has come of this year's season is no part of it.
    """
    rank = np.full(series.n_topics, -1, dtype=np.int64)
    rank[topics] = np.arange(len(topics))
    speaks = np.zeros(len(series.exposure), dtype=np.bool_)
    speaks[strata] = True
    begins, ends = day - YEAR - AROUND - 1, day - YEAR + AROUND
    lag_ends = day - SUPPORT_DAYS - AROUND
    if ends < 0 or not len(strata):
        return np.zeros(len(topics))
    kept = (rank[series.topic] >= 0) & speaks[series.stratum] & (series.day <= lag_ends)
    who, when, count = rank[series.topic[kept]], series.day[kept], series.count[kept]
    season = (when > begins) & (when <= ends)
    then = np.bincount(who[season], weights=count[season], minlength=len(topics))
    other = np.bincount(who[~season], weights=count[~season], minlength=len(topics))
    read_then = baselines.read(strata, max(-1, begins), ends).sum()
    read_other = baselines.read(strata, -1, lag_ends).sum() - read_then
    if read_then <= 0 or read_other <= 0:
        return np.zeros(len(topics))
    # Half a story stands for "never": else a topic that has only ever been in season would divide by 0.
    ratio: Floats = (then / read_then) / (np.maximum(other, 0.5) / read_other)
    return np.where(then >= SEASONAL_STORIES, ratio, 0.0)


def reasons(
    facts: WindowFacts, seasonal: Floats, degraded: NDArray[np.bool_], *, technology_only: bool
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
    }
    asked = [rule for rule in RULES if technology_only or not rule.is_facet]
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
        found: float | None = numbers[rule.fact]
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
