"""Word arrays: all words of a corpus as numbers, and where its terms stand. PURE.

Python reads every story once; all that follows is numpy on integers. The key of a term is a hash of
its slug that can be put together from the hashes of its words (a number in base 256 modulo two
primes), so that "foo bar", "foo-bars" and "FooBar" get one key without any text being built. With 62
bits, ten million different terms collide with probability 1e-5.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import count
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nophantom.trends.documents import Document
from nophantom.trends.stories import Stories
from nophantom.trends.topics import (
    JOINED,
    LONGEST_TERM,
    WordKind,
    bare,
    kind_of,
    parts_of,
    squash,
    squash_last,
    surfaces,
)

# Safe primes below 2**31: powers of 256 do not repeat, and products fit 63 bits.
_PRIMES = (2_147_483_579, 2_147_483_123)
_HALF = 31  # bits of a key per prime
_BLOCK = 1 << 19  # terms whose keys are computed at a time, to bound the memory

Ints = NDArray[np.int64]
Places = NDArray[np.int32]
"""Half the memory of a key, and enough for half a billion words."""


class Hashes(NamedTuple):
    """Of the strings of a vocabulary, per prime: the hash, and what a hash before it is multiplied by."""

    value: Ints  # (2, n)
    shift: Ints  # (2, n)


class WordArrays(NamedTuple):
    """All words of all stories, one after the other, with a break after each story."""

    vocabulary: list[str]
    squashed: list[str]
    squashed_last: list[str]  # as each ends a slug
    kind: NDArray[np.int8]  # (n_surfaces,)
    begins_with_digit: NDArray[np.bool_]
    ends_with_digit: NDArray[np.bool_]
    slug: Hashes
    slug_last: Hashes
    spelling: Hashes
    later: Hashes  # the spelling as it follows another word: after a space or a mark
    word: NDArray[np.int32]  # (n_words,) index of the surface
    story: NDArray[np.int32]  # (n_words,)


def read_words(documents: Sequence[Document], stories: Stories) -> WordArrays:
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


def _described(vocabulary: list[str], word: NDArray[np.int32], story: NDArray[np.int32]) -> WordArrays:
    """The corpus with what is known of each of its surfaces."""
    squashed = [squash(surface) for surface in vocabulary]
    squashed_last = [squash_last(surface) for surface in vocabulary]
    spelling = _hashes([bare(surface) for surface in vocabulary])
    mark = np.array([ord(s[1] if s[0] == JOINED else " ") for s in vocabulary], dtype=np.int64)
    primes = np.array(_PRIMES)[:, None]
    later = (mark * spelling.shift + spelling.value) % primes
    return WordArrays(
        vocabulary=vocabulary,
        squashed=squashed,
        squashed_last=squashed_last,
        kind=np.array([kind_of(surface) for surface in vocabulary], dtype=np.int8),
        begins_with_digit=np.array([s[:1].isdecimal() for s in squashed]),
        ends_with_digit=np.array([s[-1:].isdecimal() for s in squashed]),
        slug=_hashes(squashed),
        slug_last=_hashes(squashed_last),
        spelling=spelling,
        later=Hashes(later, 256 * spelling.shift % primes),
        word=word,
        story=story,
    )


def _without_skipped(corpus: WordArrays) -> WordArrays:
    """Words that count as nothing are taken out, so that phrases reach over them."""
    stays = corpus.kind[corpus.word] != WordKind.SKIP
    return corpus._replace(word=corpus.word[stays], story=corpus.story[stays])


def _hashes(strings: list[str]) -> Hashes:
    """Each string as a number in base 256, modulo both primes."""
    both = _PRIMES[0] * _PRIMES[1]  # below 2**62
    encoded = [string.encode("utf-8", "surrogatepass") for string in strings]
    number = np.array([int.from_bytes(e, "big") % both for e in encoded], dtype=np.int64)
    length = np.array([len(e) for e in encoded])
    powers = [[pow(256, n, prime) for n in range(int(length.max()) + 1)] for prime in _PRIMES]
    return Hashes(
        value=number % np.array(_PRIMES)[:, None], shift=np.array(powers, dtype=np.int64)[:, length]
    )


def places_of_terms(corpus: WordArrays) -> Places:
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
    return np.flatnonzero(valid).astype(np.int32)


def slug_keys(corpus: WordArrays, places: Places) -> Ints:
    """(n_terms,) the hash of the slug of each term, with the dot between digit and digit."""
    keys = np.empty(len(places), dtype=np.int64)
    primes = np.array(_PRIMES)[:, None]
    for low in range(0, len(places), _BLOCK):
        block = places[low : low + _BLOCK]
        value = np.zeros((2, len(block)), dtype=np.int64)
        for nth in range(LONGEST_TERM):
            for hashes, at in (
                (corpus.slug, np.flatnonzero((block & 3) > nth + 1)),
                (corpus.slug_last, np.flatnonzero((block & 3) == nth + 1)),
            ):
                place = (block[at] >> 2) + nth
                word, left = corpus.word[place], value[:, at]
                if nth:
                    dotted = corpus.ends_with_digit[corpus.word[place - 1]] & corpus.begins_with_digit[word]
                    left[:, dotted] = left[:, dotted] * 256 + ord(".")
                    left %= primes
                value[:, at] = (left * hashes.shift[:, word] + hashes.value[:, word]) % primes
        keys[low : low + _BLOCK] = value[0] << _HALF | value[1]
    return keys


def spelling_keys(corpus: WordArrays, places: Places) -> Ints:
    """(n_terms,) the hash of the spelling of each term; later words have their space or mark in their hash."""
    keys = np.empty(len(places), dtype=np.int64)
    primes = np.array(_PRIMES)[:, None]
    for low in range(0, len(places), _BLOCK):
        block = places[low : low + _BLOCK]
        value = corpus.spelling.value[:, corpus.word[block >> 2]]  # (2, n_block)
        for nth in range(1, LONGEST_TERM):
            at = np.flatnonzero((block & 3) > nth)
            word = corpus.word[(block[at] >> 2) + nth]
            value[:, at] = (value[:, at] * corpus.later.shift[:, word] + corpus.later.value[:, word]) % primes
        keys[low : low + _BLOCK] = value[0] << _HALF | value[1]
    return keys
