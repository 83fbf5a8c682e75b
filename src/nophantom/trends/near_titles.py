"""Titles that tell one story in almost the same words. PURE.

Two titles are near when nothing that could make them two stories differs: the words that carry meaning are the same
and in the same order, but for a few that one of the two has besides. A word in place of another always tells
something else (`The 5 best dash cams`, `The 5 best headlamps`), so no measure of likeness decides, at whatever
threshold: among titles that share four words in five, most are of one template. Numbers, versions, months, weekdays,
negations and counts must be equal (`Zorb 1.2.3`, `Zorb 1.2.4`; `Who is hiring? (May)`, `Who is hiring? (June)`).

A title is compared with the one that opened a story, never with those that joined it: likeness does not chain on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

NEAR_DAYS = 14
"""A near title is the same story within so many days of the first."""
HOUSE_DAYS = 3
"""And within so many where both are of one site: a house says much in the same words again."""
FEWEST_WORDS = 4
"""Words that carry meaning, of the shorter title; fewer do not tell a story."""
MOST_EXTRA = 0.25
"""The share of its words that the longer title may have besides."""

# Articles, pronouns, prepositions, auxiliaries; what is left of possessives and short forms; words for the medium.
_QUIET_WORDS = """
    a an the this that these those it its he she they we you i my our your his her their me us them
    of in on at by for from to into with as and or but about
    is are was were be been being am has have had having do does did will would can could should might
    how why what when where who which just now also very here there
    s d ll m re ve audio pdf video
"""
_NEGATIVE_WORDS = "no not never neither nor none without t cannot"
# What tells the parts of a series apart, and a thing from what was said about it.
_COUNTING_WORDS = """
    january february march april june july august september october november december
    jan feb mar apr jun jul aug sep sept oct nov dec spring summer autumn fall winter
    monday tuesday wednesday thursday friday saturday sunday today yesterday tomorrow
    zero one two three four five six seven eight nine ten first second third fourth fifth sixth seventh eighth
    ninth tenth next last previous ii iii iv vi vii viii ix xi xii part before after
    answer clarification comments reply response update updated
"""
# Of templates that every house fills: `The best deals`, `The best phone deals`.
_WARY_WORDS = "best deal discount gift hiring hire sale sell watch livestream review vs versus"
_QUIET, _NEGATIONS = frozenset(_QUIET_WORDS.split()), frozenset(_NEGATIVE_WORDS.split())
_COUNTS, _WARY = frozenset(_COUNTING_WORDS.split()), frozenset(_WARY_WORDS.split())


class TitleWords(NamedTuple):
    """What of a title is compared.

    Attributes:
        words: those that carry meaning, in their order.
        marks: numbers and other words that must be equal, in their order.
        is_wary: whether it may be of a template: only near to the same words of the same site.
    """

    words: tuple[str, ...]
    marks: tuple[str, ...]
    is_wary: bool


class Headline(NamedTuple):
    """The title that opened a story.

    Attributes:
        story: which.
        day: on which it was opened.
        title: what of it is compared.
        site: of the document, or None.
        product: of the document, or None.
    """

    story: int
    day: int
    title: TitleWords
    site: str | None
    product: str | None


def title_words(folded: str) -> TitleWords | None:
    """What of a title is compared, or None where it tells too little.

    Args:
        folded: in lower case, its words parted by single spaces, without punctuation.

    >>> title_words("zorb 1 2 don t quuxify the foos")
    TitleWords(words=('zorb', 'don', 'quuxify', 'foo'), marks=('1', '2', 'not'), is_wary=False)
    >>> title_words("the zorb is here") is None
    True
    """
    words: list[str] = []
    marks: list[str] = []
    for word in folded.split():
        read, is_mark = _read(word)
        if read:
            (marks if is_mark else words).append(read)
    if len(words) < FEWEST_WORDS:
        return None
    return TitleWords(tuple(words), tuple(marks), not _WARY.isdisjoint(words))


@lru_cache(maxsize=100_000)
def _read(word: str) -> tuple[str, bool]:
    """A word as it is compared, empty for one that tells nothing, and whether it is a mark."""
    if word in _QUIET:
        return "", False
    if word in _NEGATIONS:
        return "not", True
    if word in _COUNTS:
        return word, True
    if any(character.isdigit() for character in word):
        return (word[1:] if word[0] == "v" and word[1:].isdigit() else word), True
    return (word[:-1] if len(word) > 3 and word[-1] == "s" and word[-2] != "s" else word), False


def are_near(one: Headline, other: Headline) -> bool:
    """Whether two documents tell one story by their titles and days."""
    a, b = one.title, other.title
    apart = abs(one.day - other.day)
    if a.marks != b.marks or apart > NEAR_DAYS:
        return False
    about_one_thing = one.product is not None and one.product == other.product
    if one.product and other.product and not about_one_thing:
        return False
    in_one_house = one.site is not None and one.site == other.site
    if in_one_house and apart > HOUSE_DAYS and not about_one_thing:
        return False
    short, long = (a.words, b.words) if len(a.words) <= len(b.words) else (b.words, a.words)
    extra = len(long) - len(short)
    if a.is_wary or b.is_wary:
        return in_one_house and short == long
    if extra > MOST_EXTRA * len(long):
        return False
    if in_one_house:  # a house keeps to its templates: what it inserts tells another story
        return long[: len(short)] == short or long[extra:] == short
    rest = iter(long)
    return all(word in rest for word in short)


class RecentHeadlines:
    """The headlines of the last days, found by their words. It holds no more than some weeks of stories.

    Two documents about different products tell different stories, so those with one are looked for by their product
    and among those without: most papers never meet each other.
    """

    def __init__(self) -> None:
        self._since = 0
        self._old, self._new = _Days([], {}, {}, {}), _Days([], {}, {}, {})

    def __len__(self) -> int:
        return len(self._old.all) + len(self._new.all)

    def add(self, headline: Headline) -> None:
        """Keep the headline of a story that was opened; days must not go back."""
        if headline.day - self._since > NEAR_DAYS:
            self._since, self._old, self._new = headline.day, self._new, _Days([], {}, {}, {})
        days, product = self._new, headline.product
        days.all.append(headline)
        by_word = (days.without if product is None else days.with_product).setdefault(
            headline.title.marks, {}
        )
        for word in set(headline.title.words):
            by_word.setdefault(word, []).append(headline)
        if product is not None:
            days.by_product.setdefault(product, []).append(headline)

    def find(self, new: Headline) -> int | None:
        """The story of the nearest title, the oldest of several; None where there is none."""
        marks, found = new.title.marks, list[Headline]()
        for days in (self._new, self._old):
            found += _sharing(new, days.without.get(marks))
            if new.product is None:
                found += _sharing(new, days.with_product.get(marks))
            else:
                found += days.by_product.get(new.product, ())
        near = [old for old in found if are_near(old, new)] if found else found
        if not near:
            return None
        size = len(new.title.words)
        return min(near, key=lambda old: (abs(len(old.title.words) - size), old.story)).story


class _Days(NamedTuple):
    """Headlines of some days; by marks and word, of documents without and with a product; and by product."""

    all: list[Headline]
    without: dict[tuple[str, ...], dict[str, list[Headline]]]
    with_product: dict[tuple[str, ...], dict[str, list[Headline]]]
    by_product: dict[str, list[Headline]]


def _sharing(new: Headline, by_word: Mapping[str, Sequence[Headline]] | None) -> list[Headline]:
    """Headlines that share a word: a near one lacks few of the words, so among the rarest few it has one."""
    if by_word is None:
        return []
    words = set(new.title.words)
    held = [by_word[word] for word in words if word in by_word]
    lacking = len(words) - len(held)
    most = int(MOST_EXTRA * len(new.title.words)) - lacking
    if most < 0:
        return []
    held.sort(key=len)
    return [headline for headlines in held[: most + 1] for headline in headlines]
