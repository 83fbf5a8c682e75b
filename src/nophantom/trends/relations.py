"""Related topics: what is told together with a topic more often than chance lets it. PURE.

A topic that stands in 3 of 10,000 stories stands in one of a hundred others by chance once in 30 times; when it
stands in three of them, it is related. Ranked by the normalised mutual information at the lower bound of that ratio:
beside a frequent topic the ratio alone would put the rarest words first that met it by accident.

Source:
    Bouma (2009), Normalized (pointwise) mutual information in collocation extraction.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv

from nophantom.trends.mentions import Mentions
from nophantom.trends.overlaps import BY_CHANCE, FRAGMENT, words_of_topic
from nophantom.trends.stories import Stories

RELATED = 8
"""So many are told of a topic."""
TOGETHER = 3
"""Stories that must tell both."""
WINDOW_DAYS = 28
CORROBORATED_BY = 2
"""Families of sources from which on a topic is corroborated: what one alone tells may be its own fashion."""

Ints = NDArray[np.int64]


class Related(NamedTuple):
    """A topic beside another.

    Attributes:
        topic: its number.
        slug: its key.
        together: stories of the window that tell both.
        stories: that tell this one.
        lift: how many times as often together as by chance.
        lift_low: its 5% bound, of Gamma(together) over what chance expects.
    """

    topic: int
    slug: str
    together: int
    stories: int
    lift: float
    lift_low: float


class Window:
    """The mentions of the last 28 days, and how many stories there are.

    Attributes:
        topic: (n_pairs,) who is mentioned, in which `story`.
        n_stories: stories of the window in all.
    """

    def __init__(self, mentions: Mentions, stories: Stories, day: int, days: int = WINDOW_DAYS) -> None:
        inside = (stories.day > day - days) & (stories.day <= day)
        pairs = np.flatnonzero(inside[mentions.story])
        self.mentions, self.stories = mentions, stories
        self.topic, self.story = mentions.topic[pairs], mentions.story[pairs]
        self.n_stories = int(np.count_nonzero(inside))

    def families(self) -> Ints:
        """(n_topics,) families of sources that the stories of each topic come from."""
        family = self.stories.family[self.story].astype(np.int64)
        n = int(family.max(initial=0)) + 1
        pairs = np.unique(self.topic.astype(np.int64) * n + family)
        return np.bincount(pairs // n, minlength=self.mentions.topics.n)

    def related(self, topic: int, names: NDArray[np.bool_], most: int = RELATED) -> tuple[Related, ...]:
        """What is told together with a topic, the closest first.

        Left out are what holds all its words or none but its words, and what is its acronym; of two that so overlap
        the closer one is told, or the longer where most of the shorter one lies in it.

        Args:
            topic: its number.
            names: (n_topics,) which topics may be told: those that are names of something.
            most: at most so many.
        """
        tells = np.zeros(self.stories.n, dtype=np.bool_)
        tells[self.story[self.topic == topic]] = True
        n = self.mentions.topics.n
        together = np.bincount(self.topic[tells[self.story]], minlength=n)
        among = np.flatnonzero((together >= TOGETHER) & names)
        among = among[among != topic]
        told = np.bincount(self.topic, minlength=n)
        by_chance = together[topic] * told[among] / max(1, self.n_stories)
        low = gammaincinv(together[among], 0.05) / by_chance
        kept = low >= BY_CHANCE
        topics = self.mentions.topics
        found = [
            Related(other, topics.slugs[other], int(together[other]), int(told[other]), lift, bound)
            for other, lift, bound in zip(
                among[kept].tolist(),
                (together[among] / by_chance)[kept].tolist(),
                low[kept].tolist(),
                strict=True,
            )
        ]
        return self._apart(topic, sorted(found, key=lambda one: (-self._closeness(one), one.slug)), most)

    def _closeness(self, one: Related) -> float:
        """From 0 for what is together by chance to 1 for what is always."""
        return log(one.lift_low) / max(log(self.n_stories / one.together), 1e-9)

    def _apart(self, topic: int, ranked: Sequence[Related], most: int) -> tuple[Related, ...]:
        """The first of them that are not the same thing in other words."""
        own = self._words(topic)
        chosen: list[tuple[Related, tuple[str, ...]]] = []
        for one in ranked:
            words = self._words(one.topic)
            if is_same_thing(own, words):
                continue
            same = next((i for i, (_, known) in enumerate(chosen) if is_same_thing(known, words)), None)
            if same is None:
                if len(chosen) < most:
                    chosen.append((one, words))
            elif len(words) > len(chosen[same][1]) and one.together >= FRAGMENT * chosen[same][0].together:
                chosen[same] = (one, words)
        return tuple(one for one, _ in chosen)

    def _words(self, topic: int) -> tuple[str, ...]:
        return words_of_topic(self.mentions.topics, topic)


def is_same_thing(some: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Whether of two phrases one holds all words of the other, or is its acronym.

    >>> is_same_thing(("retrieval", "augmented"), ("retrieval", "augmented", "generation"))
    True
    >>> is_same_thing(("rag",), ("retrieval", "augmented", "generation"))
    True
    >>> is_same_thing(("vector", "database"), ("vector", "search"))
    False
    """
    if set(some) <= set(others) or set(others) <= set(some):
        return True
    return "".join(some) == _initials(others) or "".join(others) == _initials(some)


def _initials(words: tuple[str, ...]) -> str:
    return "".join(word[:1] for word in words) if len(words) > 1 else ""
