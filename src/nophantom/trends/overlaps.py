"""Overlaps: which flagged phrases are one thing told in fewer or more words. PURE.

"Retrieval augmented" rises because "retrieval augmented generation" does; "new Zorblax" rises because Zorblax does.
Of the first pair the shorter phrase is a fragment: most of its excess lies in the longer one (`of_short`). Of the
second the longer says nothing more: its stories are those of the shorter in which a common word stands beside it as
often as it would by chance (`lift`). "Multimodal large language" is cut short: most of its stories go on with the words
of "large language model" (`cut_short`); the whole of both is longer than a topic may be.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.trends.mentions import Mentions
from nophantom.trends.stories import Stories
from nophantom.trends.topics import Topics, WordKind, kind_of, parts_of, read, squash_last

WINDOW_DAYS = 28
FRAGMENT = 0.6
"""A phrase is a fragment where so much of its excess lies in a longer one."""
AT_LEAST = 3
"""Stories from which on they tell whether a topic is cut short."""
BY_CHANCE = 2.0
"""A longer phrase says no more than the shorter one where it is at most so many times as frequent as by chance."""

Ints = NDArray[np.int64]


class Overlap(NamedTuple):
    """Two flagged topics of which one holds all words of the other, in their order.

    Attributes:
        short: the topic with fewer words.
        long: the topic with more.
        together: stories of the window that mention both.
        of_short: share of the excess of the short one that lies in stories of the long one, from 0 to 1.
        of_long: share of the stories of the long one that mention the short one; below 1 where it is written as one
            word, too.
        of_stories: share of the stories of the short one that mention the long one.
        lift: how many times as often as by chance the rest of the words of the long one stand in the stories of the
            short one; None where the rest is no topic.
    """

    short: int
    long: int
    together: int
    of_short: float
    of_long: float
    of_stories: float
    lift: float | None

    @property
    def is_fragment(self) -> bool:
        """Whether the short one is a fragment of the long one."""
        return self.of_short >= FRAGMENT

    @property
    def is_part(self) -> bool:
        """Whether most of the stories of the short one are told by the long one, whatever is expected of either.

        What is tracked for long has little excess, or none, and a share of little alone says nothing.
        """
        return self.of_stories >= FRAGMENT

    @property
    def says_no_more(self) -> bool:
        """Whether the long one is the short one beside a common word."""
        return not self.is_fragment and self.lift is not None and self.lift <= BY_CHANCE


class Cut(NamedTuple):
    """A flagged topic that ends in the middle of another: its last words are the first of that one.

    Attributes:
        topic: the one that is cut short.
        into: the one that it goes on with.
        share: of its stories that mention the other, from 0 to 1.
    """

    topic: int
    into: int
    share: float


def words_of_topic(topics: Topics, topic: int) -> tuple[str, ...]:
    """The words of a topic by its early name, each in lower case and singular.

    Raises:
        InvalidInput: there is no such topic.
    """
    if not 0 <= topic < topics.n:
        raise InvalidInput(f"topic {topic} is none of the {topics.n}. Give the number of a topic.")
    found = [s for s in read(topics.early_name(topic)) if kind_of(s) > WordKind.SKIP]
    return tuple(squash_last(part) for surface in found for part in parts_of(surface))


@dataclass(frozen=True, slots=True, eq=False)
class Flagged:
    """Flagged topics, and the stories of a window.

    Attributes:
        topics: (K,) distinct topics.
        words: (K,) of each, as `words_of_topic` tells.
        mentions: which story speaks of what.
        inside: (n_stories,) whether a story lies in the window.
    """

    topics: Ints
    words: Sequence[tuple[str, ...]]
    mentions: Mentions
    inside: NDArray[np.bool_]

    def told(self, topic: int) -> NDArray[np.int32]:
        """The stories of the window that mention a topic, flagged or not."""
        found = self.mentions.stories_of(topic)
        return found[self.inside[found]]


def flagged_on(
    topics: Ints,
    words: Sequence[tuple[str, ...]],
    mentions: Mentions,
    stories: Stories,
    day: int,
    *,
    window_days: int = WINDOW_DAYS,
) -> Flagged:
    """Topics with the stories of the window that ends on a day; the arguments are those of `Flagged`."""
    inside = (stories.day > day - window_days) & (stories.day <= day)
    return Flagged(topics, words, mentions, inside)


def overlaps(flagged: Flagged, expected: NDArray[np.float64]) -> list[Overlap]:
    """Every pair of flagged topics of which one holds the words of the other.

    Args:
        flagged: K topics.
        expected: (K,) stories that each was expected to have in the window.

    Returns:
        The pairs, by short topic and then by falling share.

    Raises:
        InvalidInput: there are not as many words or expectations as topics.
    """
    topics, words = flagged.topics, flagged.words
    if not len(topics) == len(words) == len(expected):
        raise InvalidInput(
            f"{len(topics)} topics, the words of {len(words)} and {len(expected)} expectations are given. "
            "Give one of each per topic."
        )
    pairs = _pairs(words)
    told = {k: flagged.told(int(topics[k])) for k in {k for pair in pairs for k in pair}}
    n_stories = int(np.count_nonzero(flagged.inside))
    rest = {pair: _rest(words[pair[0]], words[pair[1]], flagged.mentions.topics) for pair in pairs}
    common = {t: len(flagged.told(t)) for t in set(rest.values()) if t is not None}
    found = []
    for short, long in pairs:
        both = len(np.intersect1d(told[short], told[long], assume_unique=True))
        other = rest[short, long]
        by_chance = None if other is None else len(told[short]) * common[other] / max(1, n_stories)
        found.append(
            Overlap(
                short=int(topics[short]),
                long=int(topics[long]),
                together=both,
                of_short=_share(both - float(expected[long]), len(told[short]) - float(expected[short])),
                of_long=_share(both, len(told[long])),
                of_stories=_share(both, len(told[short])),
                lift=both / by_chance if by_chance else None,
            )
        )
    return sorted(found, key=lambda o: (o.short, -o.of_short, o.long))


def cut_short(flagged: Flagged) -> list[Cut]:
    """The flagged topics most of whose stories go on where they end, with the words of another flagged topic.

    A name stands at the end of its phrase, what qualifies it before it: a phrase without its end names nothing.

    Returns:
        By topic, and then by falling share.
    """
    topics, words = flagged.topics.tolist(), flagged.words
    begin: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for k, phrase in enumerate(words):
        for n in range(1, len(phrase)):
            begin[phrase[:n]].append(k)
    found = []
    for k, phrase in enumerate(words):
        others = {other for n in range(1, len(phrase)) for other in begin.get(phrase[n:], ())} - {k}
        told = flagged.told(topics[k]) if others else ()
        if len(told) < AT_LEAST:
            continue
        for other in others:
            both = np.intersect1d(told, flagged.told(topics[other]), assume_unique=True)
            if (share := _share(len(both), len(told))) >= FRAGMENT:
                found.append(Cut(topics[k], topics[other], share))
    return sorted(found, key=lambda cut: (cut.topic, -cut.share, cut.into))


def _pairs(words: Sequence[tuple[str, ...]]) -> list[tuple[int, int]]:
    """Every (short, long) where the words of the one stand side by side in the other, joined or not."""
    of_words: defaultdict[str, list[int]] = defaultdict(list)
    for k, phrase in enumerate(words):
        of_words["".join(phrase)].append(k)  # "multi modal" is "multimodal"
    pairs: set[tuple[int, int]] = set()
    for long, phrase in enumerate(words):
        for n in range(1, len(phrase)):
            for start in range(len(phrase) - n + 1):
                pairs.update((short, long) for short in of_words.get("".join(phrase[start : start + n]), ()))
    return sorted(pairs)


def _rest(short: tuple[str, ...], long: tuple[str, ...], topics: Topics) -> int | None:
    """The topic of the words that the long phrase has beyond the short one, where these are one piece."""
    for start in range(len(long) - len(short) + 1):
        if long[start : start + len(short)] == short:
            before, after = long[:start], long[start + len(short) :]
            return None if before and after else topics.find(" ".join(before or after))
    return None


def _share(part: float, whole: float) -> float:
    return min(1.0, max(0.0, part / whole)) if whole > 0 else 0.0
