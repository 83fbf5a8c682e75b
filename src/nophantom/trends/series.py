"""Series: how often each topic was spoken of, per stratum and day, against all that was read.

A series is a set of sparse events; no table of topics by days is ever built. Exposure says how many
stories were read in a stratum on a day. A day without any story in a stratum is a gap: no evidence,
never a count of zero.

Time is `first_seen`. Products are thinned and authors counted in order of time only, so a series
`until` a day equals the one that would have been built on that day from the same mentions.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.trends.mentions import Mentions, distinct
from nophantom.trends.stories import FAMILIES, Stories, Stratum

PRODUCT_DAYS = 28
"""A product counts for a topic at most once in so many days."""

NEVER = -1
"""The day of what has not happened."""


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Sparse events in order of topic, stratum, day, and the exposure behind them.

    Attributes:
        mentions: what was counted: a product once in `PRODUCT_DAYS` per topic.
        stories: the stories with their day and stratum, for walking back to documents.
        n_days: days are numbered 0 up to this, from `stories.first_day`.
        topic: (n_events,) int32.
        stratum: (n_events,) int32: index into `strata`.
        day: (n_events,) int32.
        count: (n_events,) int32, at least 1: stories by distinct author (else site).
        exposure: (n_strata, n_days) int64: stories read; 0 is a gap.
        first_day_of: (n_topics,) int32: day of the first counted story, or `NEVER`.
        second_day_of: (n_topics,) int32: day of the second, on which the topic enters N, or `NEVER`.
        n_stories_of: (n_topics,) int32: counted stories.
        n_families_of: (n_topics,) int32: families of sources that these come from.
    """

    mentions: Mentions
    stories: Stories
    n_days: int
    topic: NDArray[np.int32]
    stratum: NDArray[np.int32]
    day: NDArray[np.int32]
    count: NDArray[np.int32]
    exposure: NDArray[np.int64]
    first_day_of: NDArray[np.int32]
    second_day_of: NDArray[np.int32]
    n_stories_of: NDArray[np.int32]
    n_families_of: NDArray[np.int32]

    @property
    def first_day(self) -> date:
        """The day with number 0."""
        return self.stories.first_day

    @property
    def strata(self) -> tuple[Stratum, ...]:
        """The parts of the sources inside which rates are comparable."""
        return self.stories.strata

    @property
    def n_topics(self) -> int:
        """Topics in all."""
        return self.mentions.topics.n

    def events_of(self, topic: int) -> slice:
        """Where the events of a topic lie in `topic`, `stratum`, `day` and `count`."""
        # Of the type of the array: else numpy converts all of it to look up two numbers.
        low, high = np.searchsorted(self.topic, np.array((topic, topic + 1), dtype=self.topic.dtype))
        return slice(int(low), int(high))

    def evidence(self, topic: int, first: int, last: int) -> NDArray[np.int32]:
        """The counted stories of a topic from day `first` to day `last`, both included."""
        stories = self.mentions.stories_of(topic)
        day = self.stories.day[stories]
        return stories[(first <= day) & (day <= last)]

    def until(self, last: int) -> Series:
        """What was known at the end of day `last`.

        Raises:
            InvalidInput: a day outside the series.
        """
        if not 0 <= last < self.n_days:
            raise InvalidInput(f"the series has days 0 to {self.n_days - 1}; got {last}. Give one of these.")
        seen = self.stories.day[self.mentions.story] <= last
        return _count(_only(self.mentions, seen), self.stories, last + 1)

    def permuted(self, rng: np.random.Generator) -> Series:
        """The same mentions with the days of single stories permuted inside strata: a null.

        Exposure is the same, and so are the counted stories of every topic. Events may be more: two
        stories of one author on one day, counted once, may now lie on two.
        """
        return _count(self.mentions, permute_dates(self.stories, rng), self.n_days)


def build_series(mentions: Mentions, stories: Stories, last: date | None = None) -> Series:
    """Count the mentions by topic, stratum and day.

    Stories of one author (else one site) on one day in one stratum count once per topic. A product
    counts once in `PRODUCT_DAYS` per topic, in whatever strata it appears.

    Args:
        mentions: topic in story.
        stories: those that were mined.
        last: the day with which the series ends, where nothing came on it; by default that of the last story.

    Raises:
        InvalidInput: the mentions were mined from another number of stories.
    """
    if mentions.n_stories != stories.n:
        raise InvalidInput(
            f"the mentions were mined from {mentions.n_stories} stories, but {stories.n} are given. "
            "Mine and count the same stories."
        )
    ends = int(stories.day.max())
    if last is not None:
        ends = max(ends, (last - stories.first_day).days)
    return _count(count_products_once(mentions, stories), stories, ends + 1)


def count_products_once(mentions: Mentions, stories: Stories) -> Mentions:
    """Leave out mentions by a product within `PRODUCT_DAYS` of its last counted one for the topic."""
    product = stories.product[mentions.story]
    at = np.flatnonzero(product >= 0)
    day = stories.day[mentions.story[at]]
    order = np.lexsort((mentions.story[at], day, product[at], mentions.topic[at]))
    at, day = at[order], day[order].astype(np.int64)
    same = (product[at][1:] == product[at][:-1]) & (mentions.topic[at][1:] == mentions.topic[at][:-1])
    group = np.concatenate([[0], np.cumsum(~same)]) if len(at) else np.zeros(0, dtype=np.int64)
    # One clock for all groups, in which two of them are never within reach of each other.
    clock = group * (int(day.max(initial=0)) + PRODUCT_DAYS + 1) + day
    counted = np.zeros(len(at), dtype=np.bool_)
    if len(at):
        now = np.flatnonzero(np.concatenate([[True], ~same]))  # the first of each group
        while len(now):
            counted[now] = True
            later = np.searchsorted(clock, clock[now] + PRODUCT_DAYS)
            inside = later < len(at)
            now, later = now[inside], later[inside]
            now = later[group[later] == group[now]]
    kept = np.ones(mentions.n, dtype=np.bool_)
    kept[at[~counted]] = False
    return _only(mentions, kept)


def permute_dates(stories: Stories, rng: np.random.Generator) -> Stories:
    """The same stories with their days permuted inside each stratum.

    Every stratum keeps its number of stories of every day, so the exposure stays as it is; what a
    story is, says and comes from stays with the story. Only its day is another's. (The stories are
    then no longer in order of day.)
    """
    by_stratum = np.argsort(stories.stratum, kind="stable")
    shuffled = np.lexsort((rng.random(stories.n), stories.stratum))
    day = np.empty_like(stories.day)
    day[by_stratum] = stories.day[shuffled]
    return replace(stories, day=day)


def exposure_of(stories: Stories, n_days: int) -> NDArray[np.int64]:
    """(n_strata, n_days): stories read per stratum and day; 0 where there is no evidence."""
    known = stories.day < n_days
    cell = stories.stratum[known].astype(np.int64) * n_days + stories.day[known]
    return np.bincount(cell, minlength=len(stories.strata) * n_days).reshape(-1, n_days)


def _only(mentions: Mentions, kept: NDArray[np.bool_]) -> Mentions:
    return replace(mentions, topic=mentions.topic[kept], story=mentions.story[kept])


def _count(mentions: Mentions, stories: Stories, n_days: int) -> Series:
    """The events of the mentions, all of which lie before day `n_days`."""
    n_strata = len(stories.strata)
    day, stratum = stories.day[mentions.story], stories.stratum[mentions.story]
    cells, cell = np.unique(
        (mentions.topic.astype(np.int64) * n_strata + stratum) * n_days + day, return_inverse=True
    )
    n_sources = int(stories.source.max(initial=0)) + 1
    by_author = distinct(cell * n_sources + stories.source[mentions.story])
    count = np.bincount(by_author // n_sources, minlength=len(cells))
    first, second = _first_two_days(mentions, day)
    n_topics, n_families = mentions.topics.n, len(FAMILIES)
    of_family = distinct(mentions.topic.astype(np.int64) * n_families + stories.family[mentions.story])
    return Series(
        mentions=mentions,
        stories=stories,
        n_days=n_days,
        topic=(cells // n_days // n_strata).astype(np.int32),
        stratum=(cells // n_days % n_strata).astype(np.int32),
        day=(cells % n_days).astype(np.int32),
        count=count.astype(np.int32),
        exposure=exposure_of(stories, n_days),
        first_day_of=first,
        second_day_of=second,
        n_stories_of=np.bincount(mentions.topic, minlength=n_topics).astype(np.int32),
        n_families_of=np.bincount(of_family // n_families, minlength=n_topics).astype(np.int32),
    )


def _first_two_days(
    mentions: Mentions, day: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """(n_topics,) the days of the first and of the second mention of each topic."""
    span = int(day.max(initial=0)) + 1
    ordered = np.sort(mentions.topic.astype(np.int64) * span + day)
    start = np.searchsorted(ordered, np.arange(mentions.topics.n) * span)
    days = []
    for nth in range(2):
        at = np.minimum(start + nth, max(len(ordered) - 1, 0))
        its_own = np.bincount(mentions.topic, minlength=mentions.topics.n) > nth
        nth_day = np.full(mentions.topics.n, NEVER, dtype=np.int32)
        nth_day[its_own] = ordered[at[its_own]] % span
        days.append(nth_day)
    return days[0], days[1]
