"""Mentions: which topics each story speaks of, for a whole corpus at once.

Python reads every story once, into numbers of words; all counting of phrases is numpy on integers.
The key of a term is a hash of its slug that can be put together from the hashes of its words (a
number in base 256 modulo two primes), so that "foo bar", "foo-bar" and "FooBar" get one key without
any text being built. With 62 bits, ten million different terms collide with probability 1e-5.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.trends.documents import Document
from nophantom.trends.stories import Stories
from nophantom.trends.topics import (
    JOINED,
    LONGEST_TERM,
    Topics,
    WordKind,
    bare,
    is_plural,
    join,
    kind_of,
    parts_of,
    spell,
    squash,
    surfaces,
)

SINGULAR_SHARE = 0.25
"""A plural joins its singular where that has at least this share of the plural's stories: what is
nearly always written with its s carries it as part of the name (windows, series, glasses)."""

# Safe primes below 2**31: powers of 256 do not repeat, and products fit 63 bits.
_PRIMES = (2_147_483_579, 2_147_483_123)
_HALF = 31  # bits of a key per prime
_BLOCK = 1 << 19  # terms whose keys are computed at a time, to bound the memory

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


class _Hashes(NamedTuple):
    """Of the strings of a vocabulary, per prime: the hash, and what a hash before it is multiplied by."""

    value: Ints  # (2, n)
    shift: Ints  # (2, n)


class _Corpus(NamedTuple):
    """All words of all stories, one after the other, with a break after each story."""

    vocabulary: list[str]
    squashed: list[str]
    kind: NDArray[np.int8]  # (n_surfaces,)
    plural: NDArray[np.bool_]
    begins_with_digit: NDArray[np.bool_]
    ends_with_digit: NDArray[np.bool_]
    slug: _Hashes
    spelling: _Hashes
    later: _Hashes  # the spelling as it follows another word: after a space or a mark
    word: NDArray[np.int32]  # (n_words,) index of the surface
    story: NDArray[np.int32]  # (n_words,)


class _Grouped(NamedTuple):
    """Terms sorted by key, then place."""

    order: Ints  # (n_terms,) of the terms as given
    place: Ints  # (n_terms,)
    group: NDArray[np.int32]  # (n_terms,) number of the key
    new_key: NDArray[np.bool_]  # (n_terms,) the first of its key
    new_story: NDArray[np.bool_]  # (n_terms,) the first of its key in its story


def mine(documents: Sequence[Document], stories: Stories) -> Mentions:
    """Find the topics of all stories, each story by the words of its representative.

    A plural is merged into its singular where that is written too and has at least `SINGULAR_SHARE`
    of its stories. What a term is: `topics.is_term`; when two are one topic: `topics.slug_of`.

    Nothing here looks at days, authors or sources.

    Args:
        documents: those that the stories were gathered from, in the same order.
        stories: as `stories.gather` gives them.

    Raises:
        InvalidInput: the stories were gathered from another number of documents.
    """
    if len(stories.of_document) != len(documents):
        raise InvalidInput(
            f"the stories were gathered from {len(stories.of_document)} documents, but {len(documents)} are "
            "given. Mine the same documents in the same order."
        )
    corpus = _read(documents, stories)
    places = _places(corpus)
    grouped, keys = _group(corpus, places, _keys(corpus, places, corpus.slug, corpus.slug))
    stories_of_key = np.bincount(grouped.group[grouped.new_story], minlength=len(keys))
    root = _singulars(corpus, grouped, keys, stories_of_key)
    pair_root, pair_story, n_singletons = _pairs(corpus, grouped, root, stories.n)

    kept = distinct(pair_root)
    heads = grouped.place[grouped.new_key][kept]
    slugs = [join(words) for words in _phrases(corpus, heads, corpus.squashed)]
    by_slug = sorted(range(len(slugs)), key=slugs.__getitem__)
    topic_of_key = np.full(len(keys), -1, dtype=np.int32)
    topic_of_key[kept[by_slug]] = np.arange(len(kept), dtype=np.int32)

    topic = np.full(len(places), -1, dtype=np.int32)
    topic[grouped.order] = topic_of_key[root[grouped.group]]
    pair_topic = topic_of_key[pair_root]
    order = np.argsort(pair_topic, kind="stable")
    del grouped
    return Mentions(
        topics=_topics(corpus, tuple(slugs[i] for i in by_slug), places[topic >= 0], topic[topic >= 0]),
        topic=pair_topic[order],
        story=pair_story[order],
        n_stories=stories.n,
        n_singletons=n_singletons,
    )


def distinct(values: Ints) -> Ints:
    """The distinct values, ascending: `np.unique`, which hashes first and takes four times as long here."""
    values = np.sort(values)
    new = np.ones(len(values), dtype=np.bool_)
    new[1:] = values[1:] != values[:-1]
    return values[new]


def _read(documents: Sequence[Document], stories: Stories) -> _Corpus:
    """Every story once, as numbers; what is to be known of a word is asked once per surface."""
    numbers: defaultdict[str, int] = defaultdict(count().__next__)
    number = numbers.__getitem__
    end = number(";")
    chunks, lengths = [], []
    for i in stories.representative:
        found = [*map(number, surfaces(documents[i])), end]
        chunks.append(np.array(found, dtype=np.int32))
        lengths.append(len(found))
    word = np.concatenate([*chunks, np.full(LONGEST_TERM - 1, end, dtype=np.int32)])
    lengths[-1] += LONGEST_TERM - 1
    story = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
    del chunks

    parts = [[number(part) for part in parts_of(surface)] for surface in list(numbers)]
    n_parts = np.array([len(p) for p in parts])
    first_part = np.concatenate([[0], np.cumsum(n_parts)[:-1]])
    all_parts = np.array([p for found in parts for p in found], dtype=np.int32)
    times = n_parts[word]
    story, at = np.repeat(story, times), np.repeat(first_part[word], times)
    within = np.arange(len(at)) - np.repeat(np.cumsum(times) - times, times)
    return _without_skipped(_described(list(numbers), all_parts[at + within], story))


def _described(vocabulary: list[str], word: NDArray[np.int32], story: NDArray[np.int32]) -> _Corpus:
    """The corpus with what is known of each of its surfaces."""
    squashed = [squash(surface) for surface in vocabulary]
    spelling = _hashes([bare(surface) for surface in vocabulary])
    mark = np.array([ord(s[1] if s[0] == JOINED else " ") for s in vocabulary], dtype=np.int64)
    primes = np.array(_PRIMES)[:, None]
    later = (mark * spelling.shift + spelling.value) % primes
    return _Corpus(
        vocabulary=vocabulary,
        squashed=squashed,
        kind=np.array([kind_of(surface) for surface in vocabulary], dtype=np.int8),
        plural=np.array([is_plural(surface) for surface in vocabulary]),
        begins_with_digit=np.array([s[:1].isdecimal() for s in squashed]),
        ends_with_digit=np.array([s[-1:].isdecimal() for s in squashed]),
        slug=_hashes(squashed),
        spelling=spelling,
        later=_Hashes(later, 256 * spelling.shift % primes),
        word=word,
        story=story,
    )


def _without_skipped(corpus: _Corpus) -> _Corpus:
    """Words that count as nothing are taken out, so that phrases reach over them."""
    stays = corpus.kind[corpus.word] != WordKind.SKIP
    return corpus._replace(word=corpus.word[stays], story=corpus.story[stays])


def _hashes(strings: list[str]) -> _Hashes:
    """Each string as a number in base 256, modulo both primes."""
    both = _PRIMES[0] * _PRIMES[1]  # below 2**62
    encoded = [string.encode("utf-8", "surrogatepass") for string in strings]
    number = np.array([int.from_bytes(e, "big") % both for e in encoded], dtype=np.int64)
    length = np.array([len(e) for e in encoded])
    powers = [[pow(256, n, prime) for n in range(int(length.max()) + 1)] for prime in _PRIMES]
    return _Hashes(
        value=number % np.array(_PRIMES)[:, None], shift=np.array(powers, dtype=np.int64)[:, length]
    )


def _places(corpus: _Corpus) -> Ints:
    """(n_terms,) ascending: 4 * first word + number of words, of everything that `is_term`."""
    kind = corpus.kind[corpus.word]
    first, second, third = kind[:-2], kind[1:-1], kind[2:]
    begins = first >= WordKind.CALENDAR
    named = first == WordKind.WORD
    valid = np.zeros((len(first), LONGEST_TERM + 1), dtype=np.bool_)
    valid[:, 1] = named
    named = named | (second == WordKind.WORD)
    valid[:, 2] = begins & (second >= WordKind.NUMBER) & named
    named |= third == WordKind.WORD
    counted = (third == WordKind.NUMBER) & (second == WordKind.FUNCTION)
    valid[:, 3] = begins & (second >= WordKind.FUNCTION) & (third >= WordKind.NUMBER) & ~counted & named
    return np.flatnonzero(valid)


def _keys(corpus: _Corpus, places: Ints, first: _Hashes, later: _Hashes) -> Ints:
    """(n_terms,) the hash of each term, from the hashes of its first and its later words.

    Slugs get their dot between digit and digit; spellings have their space or mark in `later`.
    """
    is_slug = first is later
    keys = np.empty(len(places), dtype=np.int64)
    for low in range(0, len(places), _BLOCK):
        block = places[low : low + _BLOCK]
        word = corpus.word[block >> 2]
        value = first.value[:, word]  # (2, n_block)
        for nth in range(1, LONGEST_TERM):
            at = np.flatnonzero((block & 3) > nth)
            before = corpus.word[(block[at] >> 2) + nth - 1]
            word = corpus.word[(block[at] >> 2) + nth]
            left = value[:, at]
            if is_slug:
                dotted = corpus.ends_with_digit[before] & corpus.begins_with_digit[word]
                left[:, dotted] = left[:, dotted] * 256 + ord(".")
                left %= np.array(_PRIMES)[:, None]
            value[:, at] = (left * later.shift[:, word] + later.value[:, word]) % np.array(_PRIMES)[:, None]
        keys[low : low + _BLOCK] = value[0] << _HALF | value[1]
    return keys


def _group(corpus: _Corpus, places: Ints, keys: Ints) -> tuple[_Grouped, Ints]:
    """Equal keys side by side, in order of place; with the (n_keys,) distinct keys, ascending."""
    order = np.argsort(keys, kind="stable")
    keys, place = keys[order], places[order]
    new_key = np.ones(len(keys), dtype=np.bool_)
    new_key[1:] = keys[1:] != keys[:-1]
    story = corpus.story[place >> 2]
    new_story = new_key.copy()
    new_story[1:] |= story[1:] != story[:-1]
    group = (np.cumsum(new_key) - 1).astype(np.int32)
    return _Grouped(order, place, group, new_key, new_story), keys[new_key]


def _singulars(corpus: _Corpus, grouped: _Grouped, keys: Ints, n_stories: Ints) -> Ints:
    """(n_keys,) the key that each is counted under: its singular's, or its own."""
    root = np.arange(len(keys))
    last_word = corpus.word[(grouped.place >> 2) + (grouped.place & 3) - 1]
    plural = np.flatnonzero(
        np.bincount(grouped.group[corpus.plural[last_word]], minlength=len(keys)).astype(np.bool_)
    )
    singular = np.zeros(len(plural), dtype=np.int64)
    for prime, half in zip(_PRIMES, (keys >> _HALF, keys & ((1 << _HALF) - 1)), strict=True):
        shorter = (half[plural] - ord("s")) % prime * pow(256, -1, prime) % prime
        singular = singular << _HALF | shorter
    at = np.minimum(np.searchsorted(keys, singular), max(len(keys) - 1, 0))
    merged = (keys[at] == singular) & (n_stories[at] >= SINGULAR_SHARE * n_stories[plural])
    root[plural[merged]] = at[merged]
    while not np.array_equal(further := root[root], root):
        root = further
    return root


def _pairs(
    corpus: _Corpus, grouped: _Grouped, root: Ints, n_stories: int
) -> tuple[Ints, NDArray[np.int32], int]:
    """Distinct (root key, story) of the keys with two stories or more; and how many have only one."""
    at = np.flatnonzero(grouped.new_story)
    key = root[grouped.group[at]]
    story = corpus.story[grouped.place[at] >> 2]
    at_most = np.bincount(key, minlength=len(root))
    n_keys = int(np.count_nonzero(at_most))
    several = at_most[key] > 1
    code = distinct(key[several] * n_stories + story[several])
    key, story = code // n_stories, (code % n_stories).astype(np.int32)
    several = np.bincount(key, minlength=len(root))[key] > 1
    key, story = key[several], story[several]
    return key, story, n_keys - len(distinct(key))


def _phrases(corpus: _Corpus, places: Ints, strings: list[str]) -> Iterator[list[str]]:
    """The words of each term, written by `strings`."""
    for n, first in zip((places & 3).tolist(), (places >> 2).tolist(), strict=True):
        yield [strings[word] for word in corpus.word[first : first + n]]


def _topics(corpus: _Corpus, slugs: tuple[str, ...], places: Ints, topic: NDArray[np.int32]) -> Topics:
    """The spellings of every topic by number of stories.

    Args:
        corpus: the words.
        slugs: (n_topics,) in order.
        places: (n,) the terms of these topics, ascending.
        topic: (n,) the topic of each.
    """
    grouped, keys = _group(corpus, places, _keys(corpus, places, corpus.spelling, corpus.later))
    counts = np.bincount(grouped.group[grouped.new_story], minlength=len(keys))
    heads = grouped.place[grouped.new_key]
    topic_of_spelling = topic[grouped.order[grouped.new_key]]
    order = np.lexsort((heads, -counts, topic_of_spelling))
    spellings = tuple(spell(words) for words in _phrases(corpus, heads[order], corpus.vocabulary))
    return Topics(
        slugs=slugs,
        first=np.searchsorted(topic_of_spelling[order], np.arange(len(slugs) + 1)),
        spellings=spellings,
        counts=counts[order].astype(np.int32),
    )
