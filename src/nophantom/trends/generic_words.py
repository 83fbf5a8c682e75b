"""Generic words: numbers that tell the name of a thing from a word of many uses. PURE.

Nothing here knows any name. A word of general English is common in general English; a name is written with a capital
where the words around it are not, and it opens the titles of what bears it. No number decides alone: `gates` does, by a
rule that is chosen elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.trends.documents import Kind
from nophantom.trends.mentions import Mentions, WrittenMentions
from nophantom.trends.plurals import singular
from nophantom.trends.stories import KINDS, Stories
from nophantom.trends.topics import Topics, WordKind, kind_of, parts_of, read
from nophantom.trends.writing import Writing

OTHER_LANGUAGES = ("de", "es", "fr", "it", "nl", "pl", "pt", "ru", "zh")
"""Their frequent words are generic too; of names of technology only those that are words there."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class StoryTopics:
    """The topics of each story, in order of story.

    Attributes:
        first: (n_stories + 1,) story s has the mentions `first[s]` up to `first[s + 1]`.
        topic: (n_mentions,) int32.
        writing: (n_mentions,) as in `mentions.WrittenMentions`.
        single: (n_topics,) whether the topic is written as one word.
    """

    first: Ints
    topic: NDArray[np.int32]
    writing: NDArray[np.uint8]
    single: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Genericness:
    """What tells names from words, for K topics and the stories of a window; NaN where nothing is known.

    Attributes:
        stories: (K,) stories that mention the topic.
        commonness: (K,) Zipf frequency of its rarest word in general writing: 6 is once in a thousand words, 3 once
            in a million, 0 unknown there.
        capitals: (K,) share of stories that write it as a name, among those in lower case that have it inside a
            phrase; drawn towards the half that nothing known stands for: (capitals + 1) / (told + 2).
        told: (K,) stories that say anything of its capitals.
        opening: (K,) share of its stories that are repositories, papers, packages or releases of its name.
    """

    stories: Ints
    commonness: Floats
    capitals: Floats
    told: Ints
    opening: Floats


def by_story(written: WrittenMentions) -> StoryTopics:
    """Mentions in order of story: made once for a corpus, for any number of windows."""
    mentions = written.mentions
    order = np.argsort(mentions.story, kind="stable")
    counts = np.bincount(mentions.story, minlength=mentions.n_stories)
    topics = mentions.topics
    return StoryTopics(
        first=np.concatenate([[0], np.cumsum(counts)]),
        topic=mentions.topic[order],
        writing=written.writing[order],
        single=np.array([" " not in topics.early_name(t) for t in range(topics.n)], dtype=np.bool_),
    )


def genericness(
    topics: Ints, mentions: Mentions, stories: Stories, told: StoryTopics, first_day: int, last_day: int
) -> Genericness:
    """The numbers of K topics, from the stories of a window alone.

    Args:
        topics: (K,) distinct topics.
        mentions: that `told` was made of.
        stories: all stories.
        told: as `by_story` gives it.
        first_day: of the window, included.
        last_day: of the window, included.

    Raises:
        InvalidInput: the stories are others than those of the mentions.
    """
    if stories.n != len(told.first) - 1:
        raise InvalidInput(
            f"there are {stories.n} stories, but the mentions are of {len(told.first) - 1}. Give those that were mined."
        )
    inside = np.flatnonzero((stories.day >= first_day) & (stories.day <= last_day))
    at, story = _slices(told.first, inside)
    rank = np.full(mentions.topics.n, -1, dtype=np.int32)
    rank[topics] = np.arange(len(topics), dtype=np.int32)
    who = rank[told.topic[at]]
    ours = who >= 0
    who, at_ours, story_ours = who[ours], at[ours], story[ours]
    n = np.bincount(who, minlength=len(topics))
    writing = told.writing[at_ours]
    capital = _counted(who, writing & Writing.CAPITAL, len(topics))
    lower = _counted(who, (writing & Writing.LOWER != 0) & (writing & Writing.CAPITAL == 0), len(topics))
    bears = np.isin(stories.kind[story_ours], _NAMED) & (writing & Writing.OPENS != 0)
    common = commonness(mentions.topics, topics)
    return Genericness(
        stories=n,
        commonness=common,
        capitals=(capital + 1) / (capital + lower + 2),
        told=capital + lower,
        opening=np.where(n > 0, _counted(who, bears, len(topics)) / np.maximum(1, n), np.nan),
    )


_NAMED = [KINDS.index(kind) for kind in (Kind.REPOSITORY, Kind.PAPER, Kind.PACKAGE, Kind.RELEASE)]


def _slices(first: Ints, chosen: Ints) -> tuple[Ints, Ints]:
    """Where the entries of chosen rows lie, and the row of each."""
    length = first[chosen + 1] - first[chosen]
    row = np.repeat(chosen, length)
    within = np.arange(len(row)) - np.repeat(np.cumsum(length) - length, length)
    return first[row] + within, row


def _counted(who: NDArray[np.integer], marked: NDArray[np.integer] | NDArray[np.bool_], n: int) -> Ints:
    return np.bincount(who[marked != 0], minlength=n)


def commonness(topics: Topics, chosen: Ints) -> Floats:
    """(K,) the Zipf frequency of the rarest word of each topic in general writing; 0 where it is unknown there."""
    return np.array([_rarest(topics.early_name(int(t))) for t in chosen], dtype=np.float64)


@cache
def _rarest(name: str) -> float:
    words = [
        part.lstrip("\0-/") for s in read(name) for part in parts_of(s) if kind_of(part) is WordKind.WORD
    ]
    return min((_zipf(word.casefold()) for word in words), default=0.0)


def _zipf(word: str) -> float:
    """Of a word or its singular, whichever is more frequent, in the language in which it is most frequent."""
    return max(table.get(form, 0.0) for table in _tables() for form in (word, singular(word)))


@cache
def _tables() -> tuple[dict[str, float], ...]:
    from wordfreq import get_frequency_dict  # takes half a second and 40 MB

    lists = [get_frequency_dict("en"), *(get_frequency_dict(code, "small") for code in OTHER_LANGUAGES)]
    return tuple({word: np.log10(share) + 9 for word, share in known.items()} for known in lists)
