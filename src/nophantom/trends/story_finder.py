"""Which story a document belongs to, document by document. PURE.

One rule for a list that is held in memory and for an archive that grows: documents are read from the first seen to
the last, and each joins the story that it is like, or opens one. What is remembered is what the rule needs: two weeks
of titles, the products and addresses of the day, and of older days the addresses alone, which whoever keeps an
archive hands in (`lasting`) and takes out again (`forget`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from nophantom.trends.addresses import canonical_address, parse_address
from nophantom.trends.documents import Kind
from nophantom.trends.near_titles import Headline, RecentHeadlines, title_words

TITLE_DAYS = 14
"""A title that comes again within so many days of the first is the same story."""

_FEWEST_WORDS, _FEWEST_CHARACTERS = 4, 20  # of a title that says enough to tell two stories apart
_TITLE_READ = 1_000  # characters; a longer one is told apart by its beginning
_FOLDED = re.compile(r"[\W_]+")


class StoryReason(StrEnum):
    """Why a document is of a story."""

    SAME_PRODUCT = "same_product"
    """About the same thing, on the first day of the story."""
    SAME_ADDRESS = "same_address"
    EQUAL_TITLE = "equal_title"
    NEAR_TITLE = "near_title"


class Telling(NamedTuple):
    """What of a document tells its story.

    Attributes:
        number: the document, by whatever number its keeper knows it.
        native_id: of the document; of one day the first in order represents the story.
        day: ordinal of the day from which it could be known.
        address: its one spelling, or empty where it has none or none is asked for.
        product: native id of the thing behind it, or None.
        title: folded, or empty where it does not tell two stories apart.
        site: host of the address, or None.
    """

    number: int
    native_id: str
    day: int
    address: str
    product: str | None
    title: str
    site: str | None


class Opening(NamedTuple):
    """When a story was opened, and by what; in the order in which stories are opened."""

    day: int
    native_id: str


class Place(NamedTuple):
    """Where a document belongs.

    Attributes:
        story: number of the document that opened the story; its own where it opens one.
        why: what it has in common with the story; None where it opens one.
        joining: stories that were opened later and turn out to be this one, each with the reason.
    """

    story: int
    why: StoryReason | None
    joining: tuple[tuple[int, StoryReason], ...] = ()


class StoryFinder:
    """Reads documents in order of day, then native id, and says which story each belongs to.

    Attributes:
        lasting: which story has an address, at whatever distance of time.
    """

    def __init__(self) -> None:
        self.lasting: dict[str, int] = {}
        self._day = 0
        self._today: dict[tuple[str, str], int] = {}
        self._titles: dict[str, int] = {}
        self._headlines = RecentHeadlines()
        self._headed: dict[
            int, tuple[int, int]
        ] = {}  # by place in the order of opening: on which day, which story
        self._n_headed = 0
        self._opened: dict[int, Opening] = {}
        self._into: dict[int, int] = {}  # stories that joined another one since

    def know(self, story: int, opening: Opening) -> None:
        """Hear of a story that is not read itself, before a document of it is."""
        self._opened.setdefault(story, opening)

    def story_at(self, story: int) -> int:
        """The story that a story is part of by now."""
        while story in self._into:
            story = self._into[story]
        return story

    def opening_of(self, story: int) -> Opening:
        """When a story was opened."""
        return self._opened[story]

    def place(self, one: Telling) -> Place:
        """Say where a document belongs that has no story yet, or opened one when less was known."""
        self._turn_to(one.day)
        headline = self._headline(one)
        joined, joining = self._search(one, headline)
        if joined is None:
            self._open(one, headline)
        story = one.number if joined is None else joined[0]
        for other, _ in joining:
            self._into[other] = story
        self._learn(one, story)
        return Place(story, None if joined is None else joined[1], tuple(joining))

    def recall(self, one: Telling, story: int) -> None:
        """Read again a document whose story is known."""
        self._turn_to(one.day)
        self._learn(one, story)

    def forget(self, day: int) -> None:
        """Let go of what documents after this day are not compared with."""
        before = day - TITLE_DAYS
        titles = {title: self.story_at(story) for title, story in self._titles.items()}
        headed = {place: (on, self.story_at(story)) for place, (on, story) in self._headed.items()}
        self._titles = {title: story for title, story in titles.items() if self._opened[story].day >= before}
        self._headed = {place: told for place, told in headed.items() if told[0] >= before}
        held = {*self._titles.values(), *(story for _, story in self._headed.values())}
        self._opened = {story: opening for story, opening in self._opened.items() if story in held}
        self.lasting.clear()
        self._today.clear()
        self._into.clear()

    def _turn_to(self, day: int) -> None:
        if day != self._day:
            self._day = day
            self._today.clear()

    def _search(
        self, one: Telling, headline: Headline | None
    ) -> tuple[tuple[int, StoryReason] | None, list[tuple[int, StoryReason]]]:
        """The first story that it is like and that is not younger than it; and the younger ones met before."""
        own, younger = Opening(one.day, one.native_id), dict[int, StoryReason]()
        for found, why in self._alike(one, headline):
            story = self.story_at(found)
            if story == one.number:
                continue
            if self._opened[story] <= own:
                return (story, why), list(younger.items())
            younger.setdefault(story, why)
        return None, list(younger.items())

    def _alike(self, one: Telling, headline: Headline | None) -> Iterator[tuple[int, StoryReason]]:
        """Stories that it is like, by the surest mark first."""
        if one.product is not None and ("product", one.product) in self._today:
            yield self._today["product", one.product], StoryReason.SAME_PRODUCT
        if one.address and ("address", one.address) in self._today:
            yield self._today["address", one.address], StoryReason.SAME_ADDRESS
        if one.address and one.product is None and one.address in self.lasting:
            yield self.lasting[one.address], StoryReason.SAME_ADDRESS
        if one.title in self._titles:
            story = self._titles[one.title]
            if abs(one.day - self._opened[self.story_at(story)].day) <= TITLE_DAYS:
                yield story, StoryReason.EQUAL_TITLE
        near = None if headline is None else self._headlines.find(headline)
        if near is not None:
            yield self._headed[near][1], StoryReason.NEAR_TITLE

    def _open(self, one: Telling, headline: Headline | None) -> None:
        self._opened[one.number] = Opening(one.day, one.native_id)
        if headline is not None:
            self._headed[self._n_headed] = (one.day, one.number)
            self._n_headed += 1
            self._headlines.add(headline)

    def _headline(self, one: Telling) -> Headline | None:
        """The title as that of a story that the document opens; None where it tells too little."""
        compared = title_words(one.title) if one.title else None
        return compared and Headline(self._n_headed, one.day, compared, one.site, one.product)

    def _learn(self, one: Telling, story: int) -> None:
        day = self._opened[story].day
        if day == one.day:
            if one.product is not None:
                self._today.setdefault(("product", one.product), story)
            if one.address:
                self._today.setdefault(("address", one.address), story)
        if one.address and one.product is None:
            self.lasting.setdefault(one.address, story)
        if one.title:
            known = self._titles.get(one.title)
            if known is None or day > self._opened[self.story_at(known)].day:
                self._titles[one.title] = story


def telling(
    number: int,
    native_id: str,
    first_seen: date,
    *,
    kind: Kind,
    title: str,
    url: str,
    product: str | None,
    site: str | None,
) -> Telling:
    """What of a document tells its story.

    Args:
        number: the document, by whatever number its keeper knows it.
        native_id: of the document.
        first_seen: the day from which it could be known.
        kind: what it is.
        title: as published.
        url: where it points, or empty.
        product: the thing behind it.
        site: host of the address.
    """
    return Telling(
        number=number,
        native_id=native_id,
        day=first_seen.toordinal(),
        address=_one_spelling(url) if url else "",
        product=product,
        title=_telling_title(kind, title),
        site=site,
    )


def bare_title(title: str) -> str:
    """A title without case, punctuation and widths of white space.

    >>> bare_title("  Zorblax 3.0: It's HERE!")
    'zorblax 3 0 it s here'
    """
    if not title.isascii():
        title = unicodedata.normalize("NFKC", title)
    return _FOLDED.sub(" ", title.casefold()).strip()


def _one_spelling(url: str) -> str:
    parts = parse_address(url)
    return url if parts is None else canonical_address(parts)


def _telling_title(kind: Kind, title: str) -> str:
    """The folded title, or nothing where it does not tell two stories apart."""
    if kind in (Kind.REPOSITORY, Kind.PACKAGE) and len(title.split(None, 1)) < 2:
        return ""
    bare = bare_title(title[:_TITLE_READ])
    enough = len(bare) >= _FEWEST_CHARACTERS or bare.count(" ") >= _FEWEST_WORDS - 1
    return bare if enough else ""
