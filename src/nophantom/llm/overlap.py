"""What two sets of questions share: equal questions, runs of words, and near duplicates.

Words are found in one way everywhere: Unicode folded (NFC), lower case, punctuation and symbols deleted
("don't" is "dont", "$1.50" is "150"), then cut at white space. Other ways of cutting give other counts:
where punctuation becomes a space instead, 80 of GSM8K's test problems share 8 words in a row with its
training problems; here it is 77.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from nophantom.errors import InvalidInput

if TYPE_CHECKING:
    from datasketch import MinHash  # type: ignore[import-untyped]

TOKENISATION = "Unicode NFC, lower case, punctuation and symbols deleted, cut at white space"

_SHINGLE = 3
"""Words in a row that a near duplicate is judged by: long enough that order counts."""
_PERMUTATIONS = 128
_MISSING_COSTS = (0.1, 0.9)
"""Candidates that turn out unlike are thrown away again, so a missed one costs more than one too many."""
_MOST_COMPARED = 200
"""Candidates compared in full per question, the earliest first: where thousands fill one template, the work
would else grow with their square."""
_NOT_A_WORD = re.compile(r"[^\w\s]|_")

Words = tuple[str, ...]
Progress = Callable[[int, int], None]


class Near(NamedTuple):
    """A question that is nearly the same.

    Attributes:
        other: its position.
        similarity: the share of their runs of three words that both have, in [0, 1].
    """

    other: int
    similarity: float


class Neighbours(NamedTuple):
    """What a question is most like.

    Attributes:
        earlier: the most similar question before it in its own list, if similar enough.
        outside: the most similar of the other list, if similar enough.
    """

    earlier: Near | None
    outside: Near | None


def words_of(text: str) -> Words:
    """The words of a text, as `TOKENISATION` says.

    >>> words_of("Weng earns $12.50 an hour; doesn't she?")
    ('weng', 'earns', '1250', 'an', 'hour', 'doesnt', 'she')
    """
    return tuple(_NOT_A_WORD.sub("", unicodedata.normalize("NFC", text).lower()).split())


def same_text(text: str) -> str:
    r"""A text as exact duplicates are judged: Unicode folded, lower case, white space folded.

    Punctuation stays, since $1.50 and $150 are different problems.

    >>> same_text("How  much\nis it?")
    'how much is it?'
    """
    return " ".join(unicodedata.normalize("NFC", text).lower().split())


class SharedRuns:
    """Finds the runs of n words that a text shares with any of a list of questions."""

    def __init__(self, questions: Sequence[Words], n: int) -> None:
        """Index the runs of n words of all questions."""
        self.n = n
        self._holders: dict[Words, list[int]] = {}
        for position, question in enumerate(questions):
            for run in set(_runs(question, n)):
                self._holders.setdefault(run, []).append(position)

    def shared(self, text: Words) -> tuple[Words, frozenset[int]] | None:
        """The first run that a text shares, and every question that shares one with it; None without.

        >>> SharedRuns([words_of("one two three four")], 3).shared(words_of("zero two three four"))
        (('two', 'three', 'four'), frozenset({0}))
        """
        first: Words | None = None
        holders: set[int] = set()
        for run in _runs(text, self.n):
            if held := self._holders.get(run):
                first = first or run
                holders.update(held)
        return (first, frozenset(holders)) if first else None


def near_duplicates(
    questions: Sequence[Words],
    threshold: float,
    *,
    against: Sequence[Words] = (),
    on_progress: Progress | None = None,
) -> list[Neighbours]:
    """For each question the one that it repeats almost word for word, before it and in another list.

    Candidates come from MinHash with locality-sensitive hashing; each is then compared in full, so none is
    listed wrongly. A pair exactly at the threshold is missed about once in 100, one above it less often.

    Args:
        questions: the words of each, in order.
        threshold: least share of runs of three words in common (Jaccard), from 0.3 to 1.
        against: the words of the questions of another list.
        on_progress: told how many are done and how many there are.

    Returns:
        One entry per question. A question of fewer than three words is one run; one without words is like
        no other.

    Raises:
        InvalidInput: a threshold outside 0.3 to 1.

    Source:
        Broder (1997), Compression and Complexity of Sequences (MinHash), by the library datasketch.

    >>> one = words_of("Ann has five red apples and eats two of them today")
    >>> other = words_of("Ann has five red apples and eats two of them")
    >>> [found.earlier for found in near_duplicates([one, words_of("Something else altogether"), other], 0.7)]
    [None, None, Near(other=0, similarity=0.888...)]
    """
    if not 0.3 <= threshold <= 1:
        raise InvalidInput(
            f"near duplicates share from 0.3 to all (1) of their runs of words; got {threshold}."
        )
    outside, own = _Lookup(threshold), _Lookup(threshold)
    for words in against:
        outside.add(_Shingled.of(words))
    found: list[Neighbours] = []
    for position, words in enumerate(questions):
        shingled = _Shingled.of(words)
        found.append(Neighbours(own.nearest(shingled), outside.nearest(shingled)))
        own.add(shingled)
        if on_progress and position % 500 == 0:
            on_progress(position, len(questions))
    return found


class _Shingled(NamedTuple):
    """A question as its runs of words, and the MinHash of these."""

    runs: frozenset[Words]
    hashed: MinHash

    @classmethod
    def of(cls, words: Words) -> _Shingled:
        runs = frozenset(_runs(words, _SHINGLE)) or frozenset([words] if words else [])
        hashed = _empty_hash().copy()
        hashed.update_batch([" ".join(run).encode("utf-8", "surrogatepass") for run in runs])
        return cls(runs, hashed)


class _Lookup:
    """Questions that can be asked which of them is most like another."""

    def __init__(self, threshold: float) -> None:
        from datasketch import MinHashLSH

        # Candidates are looked for a little below the threshold, so that few at it are missed.
        self._index = MinHashLSH(threshold=0.85 * threshold, num_perm=_PERMUTATIONS, weights=_MISSING_COSTS)
        self._threshold = threshold
        self._runs: list[frozenset[Words]] = []

    def add(self, one: _Shingled) -> None:
        if one.runs:
            self._index.insert(len(self._runs), one.hashed)
        self._runs.append(one.runs)

    def nearest(self, one: _Shingled) -> Near | None:
        best: Near | None = None
        candidates = sorted(self._index.query(one.hashed)) if one.runs else []
        for other in candidates[:_MOST_COMPARED]:
            shared = len(one.runs & self._runs[other])
            similarity = shared / (len(one.runs) + len(self._runs[other]) - shared)
            if similarity >= self._threshold and (best is None or similarity > best.similarity):
                best = Near(other, similarity)
        return best


@cache
def _empty_hash() -> MinHash:
    from datasketch import MinHash  # slow to import, and most commands never need it

    return MinHash(num_perm=_PERMUTATIONS)


def _runs(words: Words, n: int) -> Iterator[Words]:
    """Every run of n words."""
    return (words[start : start + n] for start in range(len(words) - n + 1))
