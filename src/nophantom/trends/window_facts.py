"""What the stories behind candidates are: the facts that gates look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nophantom.trends.baselines import Baselines, Floats, Ints
from nophantom.trends.documents import Document, Family, Kind
from nophantom.trends.gates import WindowFacts
from nophantom.trends.generic_words import StoryTopics, genericness
from nophantom.trends.mentions import Mentions, distinct
from nophantom.trends.pair_counts import season_counts, told_within
from nophantom.trends.stories import KINDS, Stories

YEAR, AROUND = 365, 21
"""The season a year ago: so many days before, give or take so many."""
TECHNOLOGY = frozenset({Kind.REPOSITORY, Kind.PAPER, Kind.PACKAGE, Kind.RELEASE})
SUPPORT_DAYS, ACTIVE_DAYS = 28, 14
SEASONAL_STORIES = 3
KNOWN_WORD, COMMON_WORD, FREQUENT_WORD = 2.5, 3.8, 4.4
"""Zipf frequencies in general writing: a word that is known there, one that is common, one that is frequent."""
SELDOM_CAPITAL, OFTEN_CAPITAL = 0.45, 0.6
"""Shares of stories that write a word with a capital where others are not."""
NAMES_THINGS = 0.1
"""A word that so many of its stories are named by is a name, however common."""
_TECHNOLOGY = np.array([kind in TECHNOLOGY for kind in KINDS])


def publishing_places(documents: Sequence[Document], stories: Stories) -> Ints:
    """(n_stories,) equal where the place that publishes is the same: a family, or for feeds the site."""
    known: dict[tuple[str, str | None], int] = {}
    heads = (documents[i] for i in stories.representative.tolist())
    places = [(d.family.value, d.site if d.family is Family.FEED else None) for d in heads]
    return np.array([known.setdefault(place, len(known)) for place in places], dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Mentioned:
    """The stories that mention each topic, and what gates ask of them.

    Attributes:
        stories: all stories.
        story: (n_mentions,) by topic; topic t has those from `begins[t]` up to `begins[t + 1]`.
        begins: (n_topics + 1,).
        tellings: (n_documents,) story and day of every document as one number, ascending.
        places: (n_stories,) equal where the publishing place is the same.
        mentions: what `story` and `begins` are of.
        told: how each story writes its topics; None where that is not known.
    """

    stories: Stories
    story: NDArray[np.int32]
    begins: Ints
    tellings: Ints
    places: Ints
    mentions: Mentions
    told: StoryTopics | None

    @classmethod
    def of(
        cls, stories: Stories, mentions: Mentions, places: Ints, told: StoryTopics | None = None
    ) -> Mentioned:
        """Of all mentions of a series."""
        topics = np.arange(mentions.topics.n + 1, dtype=mentions.topic.dtype)
        begins = np.searchsorted(mentions.topic, topics).astype(np.int64)
        tellings = np.sort(stories.of_document.astype(np.int64) << 32 | stories.document_day)
        return cls(stories, mentions.story, begins, tellings, places, mentions, told)

    def sizes(self, story: NDArray[np.integer], day: int) -> Ints:
        """How many documents some stories had by a day."""
        first = story.astype(np.int64) << 32
        begins, ends = (
            np.searchsorted(self.tellings, first),
            np.searchsorted(self.tellings, first | day, side="right"),
        )
        found: Ints = np.maximum(1, ends - begins).astype(np.int64)
        return found


def window_facts(mentioned: Mentioned, day: int, topics: Ints) -> WindowFacts:
    """Count what the stories of the last 28 days are.

    Args:
        mentioned: by whom each topic is mentioned.
        day: the last day of the window.
        topics: (K,) candidates.
    """
    stories = mentioned.stories
    who, story = told_within(topics, mentioned.begins, mentioned.story, stories.day, day - SUPPORT_DAYS, day)
    sizes, places = mentioned.sizes(story, day), mentioned.places
    n = len(topics)
    largest = np.zeros(n)
    np.maximum.at(largest, who, sizes)
    recent = stories.day[story] > day - ACTIVE_DAYS
    told = np.maximum(1, np.bincount(who, minlength=n))
    is_technology = _TECHNOLOGY[stories.kind[story]]
    is_news = stories.kind[story] == KINDS.index(Kind.NEWS)
    return WindowFacts(
        active_days=_distinct(who[recent], stories.day[story[recent]], n),
        told_days=_distinct(who, stories.day[story], n),
        largest_story=largest / np.maximum(1, np.bincount(who, weights=sizes, minlength=n)),
        authors=_distinct(who, stories.source[story], n),
        sources=_distinct(who, places[story], n),
        technology=np.bincount(who[is_technology], minlength=n),
        news=np.bincount(who[is_news], minlength=n) / told,
        generic=_generic(mentioned, day, topics),
    )


def _generic(mentioned: Mentioned, day: int, topics: Ints) -> Floats:
    """(K,) 1 where a topic reads like a word of general use, 0 where like a name; NaN without any knowledge.

    Single words alone: phrases of common words are names as often as not, and what is wrong with the others is that
    they overlap (`overlaps`). The limits were chosen on the topics of 20 random days of the development years, and
    tried on 20 others (notebook).
    """
    if mentioned.told is None or not len(topics):
        return np.full(len(topics), np.nan)
    found = genericness(
        topics, mentioned.mentions, mentioned.stories, mentioned.told, day - SUPPORT_DAYS + 1, day
    )
    common, capitals = found.commonness, found.capitals
    lower = (common >= KNOWN_WORD) & (capitals < SELDOM_CAPITAL)
    unknown = (common >= COMMON_WORD) & (found.told < 2)
    frequent = (common >= FREQUENT_WORD) & (capitals < OFTEN_CAPITAL)
    names_things = np.nan_to_num(found.opening) >= NAMES_THINGS
    single = mentioned.told.single[topics]
    return np.asarray(single & (lower | unknown | frequent) & ~names_things, dtype=np.float64)


def _distinct(group: Ints, value: NDArray[np.integer], n: int) -> Ints:
    """(n,) how many distinct values each group has."""
    if not len(group):
        return np.zeros(n, dtype=np.int64)
    pairs = distinct(group * (int(value.max()) + 1) + value)
    return np.bincount(pairs // (int(value.max()) + 1), minlength=n)


def seasonal_ratio(baselines: Baselines, day: int, topics: Ints, strata: Ints) -> Floats:
    """(K,) rate a year ago, give or take 21 days, over the rate of the rest of the baseline; 0 if unknown.

    Taken together over the strata that speak, with their exposure; with fewer than 3 stories a year
    ago nothing is known. The rest ends 49 days ago: what has come of this year's season is no part of it.
    """
    bins = baselines.bins
    begins, ends = day - YEAR - AROUND - 1, day - YEAR + AROUND
    lag_ends = day - SUPPORT_DAYS - AROUND
    if ends < 0 or not len(strata):
        return np.zeros(len(topics))
    speaks = np.zeros(bins.n_strata, dtype=np.bool_)
    speaks[strata] = True
    then, other = season_counts(
        topics, bins.begins, bins.stratum, bins.at, bins.count, speaks, begins, ends, lag_ends
    )
    read_then = baselines.read(strata, max(-1, begins), ends).sum()
    read_other = baselines.read(strata, -1, lag_ends).sum() - read_then
    if read_then <= 0 or read_other <= 0:
        return np.zeros(len(topics))
    # Half a story stands for "never": else a topic that has only ever been in season would divide by 0.
    ratio: Floats = (then / read_then) / (np.maximum(other, 0.5) / read_other)
    return np.where(then >= SEASONAL_STORIES, ratio, 0.0)
