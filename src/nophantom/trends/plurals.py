"""Plurals: the form of a word under which its singular and its plural are one. PURE.

The rule looks at the word alone and at a fixed table of how often words are written in general English (wordfreq),
never at the corpus: what is one topic today is one topic in every replay. The form is a key, not a word to show.
"""

from __future__ import annotations

from functools import cache

SHORTEST = 4
"""Letters of the shortest word that may be a plural: iOS, AWS, CSS and GPS are none."""

KNOWN = 3e-7
"""Of all words of general English: what is rarer there is not known (Redis: 1e-7, and so is redi)."""

SHARE = 0.25
"""A word that general English knows is a plural where its singular has at least this share of its frequency: Texas,
canvas and perhaps are none."""

SHARE_OF_LONG = 0.005
"""The same for words of six letters and more that end neither in -cs nor in -as, -is, -os, -us: guidelines and
credentials are plurals, though people seldom write of one."""

_INVARIANT = ("news", "series", "species", "lens", "js", "ss")
"""Endings of words that are the same in the plural or end like one; no English word ends in a j."""
_SIBILANTS = ("ches", "shes", "sses", "xes", "zes", "ses")


def singular(word: str) -> str:
    """The key of a word in lower case: without the ending of a plural, where it has one.

    A word that general English does not know is taken for a plural (LLMs, autoencoders), but not behind a, i, o or u
    (Redis, Keras, CentOS). Of several possible singulars (caches: cache or cach) it is the one that is known best.

    >>> [singular(word) for word in ("models", "libraries", "caches", "classes", "canvas", "zorblixs", "zorblas")]
    ['model', 'library', 'cache', 'class', 'canvas', 'zorblix', 'zorblas']
    """
    while (shorter := _once(word)) != word:
        word = shorter
    return word


def general_english() -> dict[str, float]:
    """The share of each word in general English, lower case; None of our documents is in it."""
    return _table()


def _once(word: str) -> str:
    if len(word) < SHORTEST or word[-1] != "s" or not word[-2].isalpha() or word.endswith(_INVARIANT):
        return word
    candidates = _candidates(word)
    frequencies = [_table().get(candidate, 0.0) for candidate in candidates]
    most = max(frequencies)
    best = candidates[frequencies.index(most)]
    itself = _table().get(word, 0.0)
    doubtful = word[-2] in "aiouc"
    share = SHARE if doubtful or len(word) < 6 else SHARE_OF_LONG
    if doubtful and most < KNOWN:
        return word
    return best if itself < KNOWN or most >= share * itself else word


def _candidates(word: str) -> list[str]:
    """Singulars that a word may be the plural of, the likeliest first."""
    if word.endswith("ies") and len(word) > SHORTEST:
        return [word[:-3] + "y", word[:-1]]
    if not word.endswith(_SIBILANTS):
        return [word[:-1]]
    both = [word[:-2], word[:-1]]
    return both[::-1] if word.endswith("ses") and not word.endswith("sses") else both


@cache
def _table() -> dict[str, float]:
    from wordfreq import get_frequency_dict  # takes 0.4 s, which only those should pay who read a text

    return get_frequency_dict("en")
