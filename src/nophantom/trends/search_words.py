"""Words by which documents are found: the same on both stores, whatever their own ideas of words. PURE.

A document is found by every word of a query, in whatever order, case, width and with whatever accents. Marks that end
a name belong to it (`Q++`, `Q#`); others part words, in documents and queries alike, so that `Foo.js` is found by
itself and by `foo`. Scripts that are written without spaces are cut into pairs of characters that overlap: whoever
looks for three characters looks for two pairs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

LONGEST_WORD = 40
"""Characters; longer ones are told apart by their beginning."""
MOST_WORDS = 20
"""Words of a query that are looked for; who pastes a page looks for its beginning."""

_ACCENTS = re.compile("[\u0300-\u036f]")
_UNSPACED = (
    "\u0900-\u109f\u1780-\u17ff\u1950-\u19df\u3005-\u3007\u3040-\u30ff\u3100-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_PIECE = re.compile(rf"([{_UNSPACED}]+)|([^\W_{_UNSPACED}]+(?:\+\+|[+#](?![^\W_]))?)(\*?)")


class SearchWord(NamedTuple):
    """A word of a query.

    Attributes:
        word: as `words_of` gives it.
        begins: whether words that only begin so are meant, too.
    """

    word: str
    begins: bool


def words_of(*texts: str) -> frozenset[str]:
    """The words by which texts are found; none holds a space or a quotation mark.

    >>> sorted(words_of("Zorb.js 2: QUX++", "Ünder_score"))
    ['2', 'js', 'qux++', 'score', 'under', 'zorb']
    >>> sorted(words_of("大模型 X"))
    ['x', '型', '大模', '模型']
    """
    found: set[str] = set()
    for text in texts:
        for run, word, _ in _PIECE.findall(_plain(text)):
            if word:
                found.add(word[:LONGEST_WORD])
            else:
                found.update(run[i : i + 2] for i in range(len(run)))
    return frozenset(found)


def words_sought(query: str) -> tuple[SearchWord, ...]:
    """What a person looks for: every word, each once; a star after a word means its beginning.

    >>> words_sought("zorb* Quux")
    (SearchWord(word='zorb', begins=True), SearchWord(word='quux', begins=False))
    >>> words_sought("大模型"), words_sought(" ?! ")
    ((SearchWord(word='大模', begins=False), SearchWord(word='模型', begins=False)), ())
    """
    return tuple(dict.fromkeys(_sought(_plain(query))))[:MOST_WORDS]


def _sought(query: str) -> Iterator[SearchWord]:
    for run, word, star in _PIECE.findall(query):
        if word:
            yield SearchWord(word[:LONGEST_WORD], bool(star))
        elif len(run) == 1:  # every character begins a pair, or stands alone at the end of its run
            yield SearchWord(run, True)
        else:
            yield from (SearchWord(run[i : i + 2], False) for i in range(len(run) - 1))


def fts5_query(words: tuple[SearchWord, ...]) -> str:
    """The words in the language of SQLite's FTS5.

    >>> fts5_query(words_sought("zorb* qux++"))
    '"zorb"* AND "qux++"'
    """
    return " AND ".join(f'"{word}"{"*" if begins else ""}' for word, begins in words)


def tsquery(words: tuple[SearchWord, ...]) -> str:
    """The words in the language of Postgres' `tsquery`.

    >>> tsquery(words_sought("zorb* qux++"))
    "'zorb':* & 'qux++'"
    """
    return " & ".join(f"'{word}'{':*' if begins else ''}" for word, begins in words)


def _plain(text: str) -> str:
    """Without differences of case, width and accent."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", _ACCENTS.sub("", parts).casefold())
