"""Writing: how a term stands in its story, as a name or as a word. PURE.

A name is written with a capital where the words around it are not, and it opens the title of what bears it: the
repository `owner/zorb`, the paper "Zorb: A Fast Quux". Repositories are named in lower case, so that the case of
their names says nothing.
"""

from __future__ import annotations

from enum import IntFlag

import numpy as np
from numpy.typing import NDArray

from nophantom.trends.topics import LONGEST_TERM, WordKind, bare
from nophantom.trends.word_arrays import Places, WordArrays

LOWER_SHARE = 0.6
"""A story is written in lower case where so many of its words are, those that begin a phrase aside."""

_BLOCK = 1 << 19  # terms at a time, to bound the memory


class Writing(IntFlag):
    """How a term stands in a story; what is not known has no mark."""

    LOWER = 1
    """In lower case inside of a phrase of a text in lower case."""
    CAPITAL = 2
    """With a capital in each word, there."""
    OPENS = 4
    """The title is this term, up to a mark that ends it."""


def writing_of_terms(words: WordArrays, places: Places, repository: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """(n_terms,) how each term is written, of `Writing`.

    Args:
        words: of a corpus.
        places: (n_terms,) as `word_arrays.places_of_terms` gives them.
        repository: (n_stories,) whether the story is of a repository.
    """
    kind = words.kind[words.word]
    first_of_story = np.ones(len(kind), dtype=np.bool_)
    first_of_story[1:] = words.story[1:] != words.story[:-1]
    ends = kind == WordKind.BREAK
    inside = np.zeros(len(kind), dtype=np.bool_)
    inside[1:] = ~ends[:-1]
    inside &= ~first_of_story & ~_of_name(words, ends, first_of_story, repository)
    upper, lower = _cases(words)
    speaks = inside & (kind == WordKind.WORD)
    in_lower = np.bincount(words.story[speaks & lower[words.word]], minlength=len(repository))
    spoken = np.bincount(words.story[speaks], minlength=len(repository))
    inside &= (in_lower >= LOWER_SHARE * np.maximum(1, spoken))[words.story]
    cases = (upper[words.word], lower[words.word])
    marks = [
        _marks(places[low : low + _BLOCK], inside, ends, first_of_story, cases)
        for low in range(0, len(places), _BLOCK)
    ]
    return np.concatenate(marks) if marks else np.zeros(0, dtype=np.uint8)


def _cases(words: WordArrays) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(n_surfaces,) twice: with a capital anywhere, as in eQux; with small letters alone."""
    plain = [bare(surface) for surface in words.vocabulary]
    upper = np.array([s != s.lower() for s in plain], dtype=np.bool_)
    return upper, ~upper & np.array([s != s.upper() for s in plain], dtype=np.bool_)


def _of_name(
    words: WordArrays,
    ends: NDArray[np.bool_],
    first_of_story: NDArray[np.bool_],
    repository: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """(n_words,) whether a word is of the name of a repository: before the second break of its story."""
    before = np.cumsum(ends, dtype=np.int32) - ends
    starts = np.flatnonzero(first_of_story)
    passed = before - np.repeat(before[starts], np.diff(np.append(starts, len(ends))))
    return np.asarray((passed < 2) & repository[words.story])


def _marks(
    places: Places,
    inside: NDArray[np.bool_],
    ends: NDArray[np.bool_],
    first_of_story: NDArray[np.bool_],
    cases: tuple[NDArray[np.bool_], NDArray[np.bool_]],
) -> NDArray[np.uint8]:
    first, n = places >> 2, places & 3
    upper, lower = cases
    all_upper, all_lower = inside[first], inside[first]
    for nth in range(LONGEST_TERM):
        at = first + np.minimum(nth, n - 1)
        all_upper &= ~lower[at]
        all_lower &= ~upper[at]
    # What has neither case, as 3.11 or a Chinese word, says nothing.
    cased = upper[first] | lower[first]
    marks = np.where(all_upper & cased, np.uint8(Writing.CAPITAL), np.uint8(0))
    marks |= np.where(all_lower & cased, np.uint8(Writing.LOWER), np.uint8(0))
    opens = first_of_story[first] & ends[first + n]
    return np.asarray(marks | np.where(opens, np.uint8(Writing.OPENS), np.uint8(0)), dtype=np.uint8)
