"""Expansions: where a text itself says what an acronym stands for. PURE.

"Retrieval Augmented Generation (RAG)", "RAG (Retrieval-Augmented Generation)", "RAG, short for retrieval augmented
generation". The letters must be the initials of the words, all of them, in their order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from nophantom.trends.documents import Document
from nophantom.trends.stories import Stories
from nophantom.trends.topics import LONGEST_TERM, key_of, kind_of, parts_of, read
from nophantom.trends.topics import WordKind as K

_ACRONYM = r"([A-Z][A-Za-z0-9]{1,6})"
_BEHIND = re.compile(rf"((?:[\w'’-]+[ ]){{1,6}}[\w'’-]+)[ ]?\({_ACRONYM}\)")
_BEFORE = re.compile(rf"\b{_ACRONYM}[ ]?\(((?:[\w'’-]+[ ]?){{2,6}})\)")
_SAID = re.compile(
    rf"\b{_ACRONYM},?[ ](?:is[ ])?(?:short[ ]for|stands[ ]for|standing[ ]for)[ ]((?:[\w'’-]+[ ]?){{2,7}})"
)


class Expansion(NamedTuple):
    """What one story says an acronym stands for.

    Attributes:
        story: its number.
        acronym: slug.
        phrase: slug of what it stands for.
    """

    story: int
    acronym: str
    phrase: str


def expansions(documents: Sequence[Document], stories: Stories) -> list[Expansion]:
    """What the stories say acronyms stand for, in order of story, each once per story."""
    found = []
    for story, head in enumerate(stories.representative.tolist()):
        for text in (documents[head].title, documents[head].text):
            if "(" in text or "short for" in text or "stand" in text:
                found += [Expansion(story, acronym, phrase) for acronym, phrase in expansions_in(text)]
    return sorted(set(found))


def expansions_in(text: str) -> Iterator[tuple[str, str]]:
    """Every (acronym, phrase) that a text explains, as slugs.

    >>> list(expansions_in("Zorb-Aided Quux (ZAQ) and QB (quux blaxes)"))
    [('zaq', 'zorbaidedquux'), ('qb', 'quuxblax')]
    """
    for pattern, behind in ((_BEHIND, True), (_BEFORE, False), (_SAID, False)):
        for match in pattern.finditer(text):
            words, acronym = (match[1], match[2]) if behind else (match[2], match[1])
            phrase = _matching(words, acronym, at_end=behind)
            if phrase:
                yield key_of([acronym]), key_of(phrase)


def _matching(words: str, acronym: str, *, at_end: bool) -> list[str]:
    """The words whose initials are the letters of the acronym, beside it; none where they are not."""
    letters = acronym.removesuffix("s") if acronym[:-1].isupper() else acronym
    if sum(c.isupper() for c in letters) < 2:
        return []
    parts = [part for s in read(words) for part in parts_of(s) if kind_of(part) > K.SKIP]
    n = len(letters)
    if not 2 <= n <= LONGEST_TERM or len(parts) < n:
        return []
    chosen = parts[-n:] if at_end else parts[:n]
    initials = "".join(part.lstrip("\0-/")[:1] for part in chosen)
    good = initials.casefold() == letters.casefold() and K.FUNCTION not in (
        kind_of(chosen[0]),
        kind_of(chosen[-1]),
    )
    return chosen if good else []
