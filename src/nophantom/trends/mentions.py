"""Mentions: which topics each story speaks of, for a whole corpus at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.trends.documents import Document, Kind
from nophantom.trends.stories import KINDS, Stories
from nophantom.trends.topics import EARLY, Topics, join, spell
from nophantom.trends.word_arrays import (
    Places,
    WordArrays,
    places_of_terms,
    read_words,
    slug_keys,
    spelling_keys,
)
from nophantom.trends.writing import writing_of_terms

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Mentions:
    """Topic in story, once each.

    Attributes:
        topics: those that at least two stories mention.
        topic: (n_mentions,) int32, ascending.
        story: (n_mentions,) int32, ascending inside a topic.
        n_stories: stories that were read.
        n_singletons: topics that were left out because one story alone mentions them.
    """

    topics: Topics
    topic: NDArray[np.int32]
    story: NDArray[np.int32]
    n_stories: int
    n_singletons: int

    @property
    def n(self) -> int:
        """Mentions in all."""
        return len(self.topic)

    def stories_of(self, topic: int) -> NDArray[np.int32]:
        """The stories that mention a topic."""
        # Of the type of the array: else numpy converts all of it to look up two numbers.
        low, high = np.searchsorted(self.topic, np.array((topic, topic + 1), dtype=self.topic.dtype))
        return self.story[low:high]


class _Grouped(NamedTuple):
    """Terms sorted by key, then place."""

    order: NDArray[np.int32]  # (n_terms,) of the terms as given
    place: Places  # (n_terms,)
    group: NDArray[np.int32]  # (n_terms,) number of the key
    new_key: NDArray[np.bool_]  # (n_terms,) the first of its key
    new_story: NDArray[np.bool_]  # (n_terms,) the first of its key in its story


def mine(documents: Sequence[Document], stories: Stories) -> Mentions:
    """Find the topics of all stories, each story by the words of its representative.

    What a term is: `topics.is_term`; when two are one topic: `topics.slug_of`. Both look at the term alone, so
    the mentions of a story are the same whatever comes later. Nothing here looks at days, authors or sources.

    Args:
        documents: those that the stories were gathered from, in the same order.
        stories: as `stories.gather` gives them.

    Raises:
        InvalidInput: the stories were gathered from another number of documents.
    """
    return mine_written(documents, stories).mentions


class WrittenMentions(NamedTuple):
    """Mentions, with how each is written.

    Attributes:
        mentions: topic in story.
        writing: (n_mentions,) all that is said of each by `writing.Writing`.
    """

    mentions: Mentions
    writing: NDArray[np.uint8]


def mine_written(documents: Sequence[Document], stories: Stories) -> WrittenMentions:
    """As `mine`, with how the topics are written in the stories.

    Raises:
        InvalidInput: the stories were gathered from another number of documents.
    """
    if len(stories.of_document) != len(documents):
        raise InvalidInput(
            f"the stories were gathered from {len(stories.of_document)} documents, but {len(documents)} are "
            "given. Mine the same documents in the same order."
        )
    corpus = read_words(documents, stories)
    places = places_of_terms(corpus)
    grouped, keys = _group(corpus, places, slug_keys(corpus, places))
    told = np.bincount(grouped.group[grouped.new_story], minlength=len(keys))
    kept = np.flatnonzero(told > 1)
    slugs = [join(words) for words in _slug_words(corpus, grouped.place[grouped.new_key][kept])]
    by_slug = sorted(range(len(slugs)), key=slugs.__getitem__)
    topic_of_key = np.full(len(keys), -1, dtype=np.int32)
    topic_of_key[kept[by_slug]] = np.arange(len(kept), dtype=np.int32)

    topic = np.full(len(places), -1, dtype=np.int32)
    topic[grouped.order] = topic_of_key[grouped.group]
    at = np.flatnonzero(grouped.new_story & (told[grouped.group] > 1))
    pair_topic = topic_of_key[grouped.group[at]]
    pair_story = corpus.story[grouped.place[at] >> 2]
    order = np.argsort(pair_topic, kind="stable")
    first = grouped.place[at][order]  # of each topic in each story, by topic and then by story
    pair_topic, pair_story = pair_topic[order], pair_story[order]
    marks = writing_of_terms(corpus, places, stories.kind == KINDS.index(Kind.REPOSITORY))
    starts = np.flatnonzero(grouped.new_story)
    writing = np.zeros(len(places), dtype=np.uint8)
    writing[starts] = np.bitwise_or.reduceat(marks[grouped.order], starts) if len(starts) else 0
    writing = writing[at][order]
    named, n_singletons = tuple(slugs[i] for i in by_slug), len(keys) - len(kept)
    is_kept = topic >= 0
    terms = places[is_kept], topic[is_kept]
    # What follows needs room for all spellings.
    del (
        grouped,
        marks,
        keys,
        told,
        kept,
        slugs,
        by_slug,
        topic_of_key,
        at,
        order,
        starts,
        places,
        topic,
        is_kept,
    )
    mentions = Mentions(
        topics=_topics(corpus, named, terms, (first, pair_topic)),
        topic=pair_topic,
        story=pair_story,
        n_stories=stories.n,
        n_singletons=n_singletons,
    )
    return WrittenMentions(mentions, writing)


def distinct(values: Ints) -> Ints:
    """The distinct values, ascending: `np.unique`, which hashes first and takes four times as long here."""
    values = np.sort(values)
    new = np.ones(len(values), dtype=np.bool_)
    new[1:] = values[1:] != values[:-1]
    return values[new]


def _group(corpus: WordArrays, places: Places, keys: Ints) -> tuple[_Grouped, Ints]:
    """Equal keys side by side, in order of place; with the (n_keys,) distinct keys, ascending."""
    order = np.argsort(keys, kind="stable").astype(np.int32)
    keys, place = keys[order], places[order]
    new_key = np.ones(len(keys), dtype=np.bool_)
    new_key[1:] = keys[1:] != keys[:-1]
    story = corpus.story[place >> 2]
    new_story = new_key.copy()
    new_story[1:] |= story[1:] != story[:-1]
    group = np.cumsum(new_key, dtype=np.int32) - np.int32(1)
    return _Grouped(order, place, group, new_key, new_story), keys[new_key]


def _phrases(corpus: WordArrays, places: Places) -> Iterator[list[str]]:
    """The words of each term as they were written."""
    for n, first in zip((places & 3).tolist(), (places >> 2).tolist(), strict=True):
        yield [corpus.vocabulary[word] for word in corpus.word[first : first + n]]


def _slug_words(corpus: WordArrays, places: Places) -> Iterator[list[str]]:
    """The words of each term as its slug has them."""
    for n, first in zip((places & 3).tolist(), (places >> 2).tolist(), strict=True):
        *front, last = corpus.word[first : first + n]
        yield [*(corpus.squashed[word] for word in front), corpus.squashed_last[last]]


_Terms = tuple[Places, NDArray[np.int32]]
"""Terms, and the topic of each."""


def _topics(corpus: WordArrays, slugs: tuple[str, ...], terms: _Terms, first: _Terms) -> Topics:
    """The spellings of every topic by number of stories.

    Args:
        corpus: the words.
        slugs: (n_topics,) in order.
        terms: all terms of these topics, ascending.
        first: the first of each topic in each story, by topic and then by story.
    """
    places, topic = terms
    grouped, keys = _group(corpus, places, spelling_keys(corpus, places))
    counts = np.bincount(grouped.group[grouped.new_story], minlength=len(keys))
    heads = grouped.place[grouped.new_key]
    topic_of_spelling = topic[grouped.order[grouped.new_key]]
    order = np.lexsort((heads, -counts, topic_of_spelling))
    begins = np.searchsorted(topic_of_spelling[order], np.arange(len(slugs) + 1))
    early = _early(corpus, *first, keys, np.argsort(order), begins[:-1])
    del grouped, keys, topic_of_spelling
    return Topics(
        slugs=slugs,
        first=begins,
        spellings=tuple(spell(words) for words in _phrases(corpus, heads[order])),
        counts=counts[order].astype(np.int32),
        early=early,
    )


def _early(
    corpus: WordArrays, places: Places, topic: NDArray[np.int32], keys: Ints, at: Ints, first: Ints
) -> Ints:
    """(n_topics,) the spelling that most of the first stories of each topic use; ties: the earliest.

    Args:
        corpus: the words.
        places: (n_mentions,) the first term of each topic in each story, by topic and then by story.
        topic: (n_mentions,) of each, ascending.
        keys: (n_spellings,) of all spellings, ascending.
        at: (n_spellings,) where each of these lies among the spellings.
        first: (n_topics,) the most frequent spelling of each.
    """
    nth = np.arange(len(topic)) - np.searchsorted(topic, np.arange(len(first), dtype=topic.dtype))[topic]
    few = nth < EARLY
    spelt = np.tile(first[:, None], EARLY)
    spelt[topic[few], nth[few]] = at[np.searchsorted(keys, spelling_keys(corpus, places[few]))]
    told = np.bincount(topic, minlength=len(first))
    again = (spelt[:, 1] == spelt[:, 2]) & (told > EARLY - 1)
    return np.where(again, spelt[:, 1], spelt[:, 0])
