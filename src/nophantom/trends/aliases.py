"""Aliases: which topics are other names of a topic, by evidence that a person can check. PURE.

A merge is found on a day in what was known on it, unless people refused it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import fsum, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nophantom.trends.expansions import Expansion
from nophantom.trends.generic_words import StoryTopics
from nophantom.trends.mentions import Mentions
from nophantom.trends.stories import Stories
from nophantom.trends.topics import Topics

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class MergeKind(StrEnum):
    """By what evidence two topics are one."""

    ACRONYM = "acronym"
    """At least two sources spell it out, and hardly any of them otherwise."""
    NUMERONYM = "numeronym"
    """q5x for quuzzzx: first letter, number of letters, last letter."""
    SUFFIX = "suffix"
    """Zorb.js and ZorbJS are Zorb, where they keep the same company."""
    SPELLING = "spelling"
    """British and American: -ise and -ize, -our and -or, -lling and -ling."""


SWITCHED_OFF = frozenset({MergeKind.SUFFIX})
"""Kinds of which fewer than 95% were right when read: Node.js and Next.js are no node and no next. Any two words one
letter apart were tried, too: of those in the likest company one in three was wrong (Mixtral and Mistral)."""

LEAST_SOURCES = 2
LEAST_SHARE = 0.8
"""Of those who spell an acronym out, those who do it this way."""
LEAST_PHRASE = 0.3
"""An acronym is merged where its phrase has at least this share of its stories, or keeps such company."""
LEAST_STORIES = 5
"""Stories that a topic must have before its company is looked at."""
LEAST_LIKENESS = {
    MergeKind.ACRONYM: 0.2,
    MergeKind.NUMERONYM: 0.15,
    MergeKind.SUFFIX: 0.3,
    MergeKind.SPELLING: 0.06,
}
LEAST_TOGETHER = {MergeKind.NUMERONYM: 2}
MOST_STORIES = 300
"""Stories of a topic whose company is looked at: the latest."""


@dataclass(frozen=True, slots=True)
class Merge:
    """A topic that is another name of a topic.

    Attributes:
        alias_slug: the other name.
        into_slug: the topic that it is.
        kind: by what evidence.
        documents: native ids of up to 5 documents that say so, or that use both names.
        sources: distinct products, authors or sites that say so; 0 where none does.
        share: of those who spell the acronym out, those who do it this way; None for other kinds.
        likeness: how like the company of the two is, from 0 to 1.
        together: stories that use both names.
    """

    alias_slug: str
    into_slug: str
    kind: MergeKind
    documents: tuple[str, ...]
    sources: int
    share: float | None
    likeness: float
    together: int


class _Pair(NamedTuple):
    alias: int
    into: int
    kind: MergeKind


class _Known(NamedTuple):
    """What is known on a day."""

    mentions: Mentions
    stories: Stories
    told: StoryTopics
    day: int
    heard: Ints  # (n_topics,) stories by then
    n_stories: int
    native_ids: Sequence[str]  # (n_stories,) of the representatives

    def stories_of(self, topic: int) -> Ints:
        found = self.mentions.stories_of(topic)
        return found[self.stories.day[found] <= self.day].astype(np.int64)


def find_merges(
    mentions: Mentions,
    stories: Stories,
    told: StoryTopics,
    said: Sequence[Expansion],
    native_ids: Sequence[str],
    day: int,
    *,
    refused: frozenset[tuple[str, str]] = frozenset(),
) -> tuple[Merge, ...]:
    """What the evidence bears as of a day.

    Args:
        mentions: which story speaks of what.
        stories: all stories.
        told: `mentions` by story.
        said: what the stories say acronyms stand for.
        native_ids: (n_stories,) of the document that represents each story.
        day: number of the day; later stories are not looked at.
        refused: (alias, topic) that people split.
    """
    by_then = stories.day[mentions.story] <= day
    count = np.bincount(mentions.topic[by_then], minlength=mentions.topics.n)
    known = _Known(mentions, stories, told, day, count, int(np.count_nonzero(stories.day <= day)), native_ids)
    kept: list[Merge] = []
    taken, heads = set[str](), set[str]()
    found = _acronyms(known, said)
    pairs = (pair for pair in _pairs(mentions.topics, count) if pair.kind not in SWITCHED_OFF)
    found += filter(None, (_judged(pair, known) for pair in pairs))
    for merge in sorted(found, key=lambda m: (_ORDER[m.kind], m.alias_slug, m.into_slug)):
        names = (merge.alias_slug, merge.into_slug)
        # A name stands for one topic, and what others were merged into stays a topic: no chains, no rings.
        if names in refused or merge.alias_slug in taken | heads or merge.into_slug in taken:
            continue
        kept.append(merge)
        taken.add(merge.alias_slug)
        heads.add(merge.into_slug)
    return tuple(kept)


class Meaning(NamedTuple):
    """One of several things that an acronym stands for.

    Attributes:
        phrase: as most stories write it; its slug where it is no topic.
        sources: that spell it out so.
    """

    phrase: str
    sources: int


def meanings(
    said: Sequence[Expansion], stories: Stories, topics: Topics, day: int
) -> dict[str, tuple[Meaning, ...]]:
    """Of each acronym that is spelled out in several ways, and mostly in none: all of them, by falling sources.

    Args:
        said: what the stories say acronyms stand for.
        stories: all stories.
        topics: that are spoken of.
        day: number of the day; later stories are not looked at.
    """
    found = {}
    for acronym, phrases in _speakers(said, stories, day).items():
        ways = sorted(
            ((len(by), phrase) for phrase, by in phrases.items()), key=lambda way: (-way[0], way[1])
        )
        if len(ways) > 1 and ways[0][0] < LEAST_SHARE * sum(n for n, _ in ways):
            found[acronym] = tuple(Meaning(_written(topics, phrase), n) for n, phrase in ways)
    return found


def _written(topics: Topics, slug: str) -> str:
    topic = topics.at(slug)
    return slug if topic is None else topics.name(topic)


_Speakers = dict[str, dict[str, dict[int, int]]]
"""By acronym and phrase: a story of each source that spells it out so."""


def _speakers(said: Sequence[Expansion], stories: Stories, day: int) -> _Speakers:
    found: _Speakers = {}
    for one in said:
        if stories.day[one.story] <= day:
            product = int(stories.product[one.story])
            # What a product says of itself again and again is said once.
            speaker = -1 - product if product >= 0 else int(stories.source[one.story])
            found.setdefault(one.acronym, {}).setdefault(one.phrase, {}).setdefault(speaker, one.story)
    return found


_ORDER = {kind: place for place, kind in enumerate(MergeKind)}


def _acronyms(known: _Known, said: Sequence[Expansion]) -> list[Merge]:
    """Acronyms that at least two sources spell out, nearly all of them in the same way."""
    found = []
    topics = known.mentions.topics
    for acronym, phrases in sorted(_speakers(said, known.stories, known.day).items()):
        phrase, by = max(phrases.items(), key=lambda item: (len(item[1]), item[0]))
        share = len(by) / sum(map(len, phrases.values()))
        if len(by) < LEAST_SOURCES or share < LEAST_SHARE:
            continue
        alias, into = topics.at(acronym), topics.at(phrase)
        if alias is None or into is None:
            continue
        ids = tuple(known.native_ids[story] for story in sorted(by.values())[:5])
        ours, theirs = known.stories_of(alias), known.stories_of(into)
        likeness = _likeness(known, _Pair(alias, into, MergeKind.ACRONYM), ours, theirs)
        if len(theirs) < LEAST_PHRASE * len(ours) and likeness < LEAST_LIKENESS[MergeKind.ACRONYM]:
            continue
        together = len(np.intersect1d(ours, theirs))
        found.append(
            Merge(
                alias_slug=acronym,
                into_slug=phrase,
                kind=MergeKind.ACRONYM,
                documents=ids,
                sources=len(by),
                share=share,
                likeness=likeness,
                together=together,
            )
        )
    return found


_NUMERONYM = re.compile(r"([a-z])(\d{1,2})([a-z])")


def _pairs(topics: Topics, count: Ints) -> list[_Pair]:
    """Pairs that may be one by their letters alone."""
    enough = np.flatnonzero(count >= LEAST_STORIES).tolist()
    single = {topics.slugs[t]: t for t in enough if " " not in topics.early_name(t)}
    return [
        *_numeronym_pairs(single, topics),
        *_suffix_pairs(single),
        *_spelling_pairs(topics, enough, count),
    ]


def _numeronym_pairs(single: Mapping[str, int], topics: Topics) -> list[_Pair]:
    of_ends: defaultdict[tuple[str, int, str], list[int]] = defaultdict(list)
    for topic in single.values():
        word = topics.early_name(topic).casefold()
        if word.isalpha() and len(word) > 4:
            of_ends[word[0], len(word) - 2, word[-1]].append(topic)
    pairs = []
    for slug, topic in single.items():
        if found := _NUMERONYM.fullmatch(slug):
            ends = (found[1], int(found[2]), found[3])
            pairs += [_Pair(topic, into, MergeKind.NUMERONYM) for into in of_ends.get(ends, ())]
    return pairs


def _suffix_pairs(single: Mapping[str, int]) -> list[_Pair]:
    bases = (
        (topic, single.get(slug.removesuffix("js"))) for slug, topic in single.items() if slug.endswith("js")
    )
    return [
        _Pair(topic, base, MergeKind.SUFFIX) for topic, base in bases if base is not None and base != topic
    ]


def _spelling_pairs(topics: Topics, enough: Sequence[int], count: Ints) -> list[_Pair]:
    """Topics that are one where British and American spelling are; the rarer into the more frequent."""
    of_form: defaultdict[str, list[int]] = defaultdict(list)
    for topic in enough:
        slug = topics.slugs[topic]
        of_form[american(slug)].append(topic)
    pairs = []
    for same in of_form.values():
        *aliases, into = sorted(same, key=lambda t: (count[t], topics.slugs[t]))
        pairs += [_Pair(alias, into, MergeKind.SPELLING) for alias in aliases]
    return pairs


_AMERICAN = (
    (re.compile(r"(?<=.{3}[iy])s(?=(?:e|ed|er|ing|ation|able|ability)(?![a-z]{4}))"), "z"),
    (re.compile(r"(?<=[a-z]{3})our(?=$|al|ed|ing|ful)"), "or"),
    (re.compile(r"(?<=[a-z]{3}[ae])ll(?=ed|ing|er)"), "l"),
)


def american(slug: str) -> str:
    """A slug in American spelling; only a form to compare: surprise becomes what nobody writes.

    >>> [american(word) for word in ("optimisation", "behaviour", "modelling", "tokenizer")]
    ['optimization', 'behavior', 'modeling', 'tokenizer']
    """
    for pattern, letters in _AMERICAN:
        slug = pattern.sub(letters, slug)
    return slug


def _judged(pair: _Pair, known: _Known) -> Merge | None:
    """The merge, where the company of the two is like enough."""
    alias, into = known.stories_of(pair.alias), known.stories_of(pair.into)
    likeness = _likeness(known, pair, alias, into)
    if likeness < LEAST_LIKENESS[pair.kind]:
        return None
    both = np.intersect1d(alias, into)
    if len(both) < LEAST_TOGETHER.get(pair.kind, 0):
        return None
    slugs = known.mentions.topics.slugs
    shown = [*both[:3].tolist(), *alias[:2].tolist()][:5]
    ids = tuple(dict.fromkeys(known.native_ids[story] for story in shown))
    return Merge(slugs[pair.alias], slugs[pair.into], pair.kind, ids, 0, None, float(likeness), len(both))


def _likeness(known: _Known, pair: _Pair, alias: Ints, into: Ints) -> float:
    """Cosine between the other words of the stories of each, rare words weighing more; both-stories aside."""
    both = np.intersect1d(alias, into)
    one = _company(known, pair, np.setdiff1d(alias, both)[-MOST_STORIES:])
    other = _company(known, pair, np.setdiff1d(into, both)[-MOST_STORIES:])
    # Sums that are exact whatever the order: a replay must give the same bytes.
    norm = fsum(w * w for w in one.values()) * fsum(w * w for w in other.values())
    return fsum(one[t] * other[t] for t in one.keys() & other.keys()) / sqrt(norm) if norm else 0.0


def _company(known: _Known, pair: _Pair, chosen: Ints) -> dict[int, float]:
    first = known.told.first
    length = first[chosen + 1] - first[chosen]
    at = np.repeat(first[chosen] - np.cumsum(length) + length, length) + np.arange(int(length.sum()))
    words = known.told.topic[at]
    words = words[known.told.single[words] & (known.heard[words] > 1)]
    topic, times = np.unique(words, return_counts=True)
    weight = np.log1p(times) * np.log(known.n_stories / known.heard[topic])
    weights = dict(zip(topic.tolist(), weight.tolist(), strict=True))
    weights.pop(pair.alias, None)
    weights.pop(pair.into, None)
    return weights
