"""A simulated world of documents with planted trends: to show what detection finds, and to test it.

Every word is invented from syllables. Most words have a rate that never changes; a few are planted:
a topic that is new, one that grows, one that has its day and no more, and one that only seems to come
because a collection begins that always had it. A source falls silent for some days, which is no decline.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from nophantom.trends.documents import Document, Family, Kind

PREFIX = "simulated "
"""How the names of simulated collections begin; detection never mixes them with others."""

FIRST_DAY = date(2001, 1, 1)
N_DAYS = 430
_SYLLABLES = tuple(
    c + v for c in ("b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "t", "v", "z") for v in "aeiou"
)


class Truth(StrEnum):
    """What was planted."""

    TREND = "trend"
    """New or growing: must be found."""
    SPIKE = "spike"
    """One day and no more: must not be shown."""
    ARTEFACT = "artefact"
    """Seems to come because a collection begins: must not be shown."""


@dataclass(frozen=True, slots=True)
class Planted:
    """One planted topic.

    Attributes:
        name: as it is written in titles.
        truth: whether it must be found.
        onset: day of the world on which it begins.
        before: stories a day before the onset, over all collections.
        after: stories a day from then on (a spike: on that one day).
        what: for people.
    """

    name: str
    truth: Truth
    onset: int
    before: float
    after: float
    what: str


@dataclass(frozen=True, slots=True)
class _Collection:
    name: str
    family: Family
    kind: Kind
    list_name: str
    per_day: float
    begins: int = 0
    silent: tuple[int, int] = (0, 0)


_COLLECTIONS = (
    _Collection("front_page", Family.HACKER_NEWS, Kind.POST, "", 22),
    _Collection("daily_list", Family.GITHUB, Kind.REPOSITORY, "first", 9, silent=(380, 392)),
    _Collection("daily_list", Family.GITHUB, Kind.REPOSITORY, "second", 7),
    _Collection("papers", Family.ARXIV, Kind.PAPER, "", 18),
    _Collection("new_feed", Family.FEED, Kind.POST, "tech", 20, begins=395),
)


@dataclass(frozen=True, slots=True)
class TrendWorld:
    """The planted topics and the words around them.

    Attributes:
        planted: what is hidden in it.
        n_words: size of the vocabulary that never changes.
    """

    planted: tuple[Planted, ...]
    n_words: int = 2_500

    @property
    def last_day(self) -> date:
        """The day up to which it was drawn: the natural day to detect as of."""
        return FIRST_DAY + timedelta(days=N_DAYS - 1)

    def draw(self, rng: np.random.Generator) -> Iterator[Document]:
        """All documents in the order of their day.

        Args:
            rng: the only source of randomness.
        """
        words = invent(rng, self.n_words)
        rates = 1.0 / (np.arange(self.n_words) + 8.0)  # a long tail, as words have
        edges = rates.cumsum() / rates.sum()
        number = 0
        for day in range(N_DAYS):
            for collection in _COLLECTIONS:
                if day < collection.begins or collection.silent[0] <= day < collection.silent[1]:
                    continue
                for _ in range(int(rng.poisson(collection.per_day))):
                    at = edges.searchsorted(rng.random(int(rng.integers(4, 8))), side="right")
                    chosen = words[np.minimum(at, self.n_words - 1)].tolist()
                    if topic := self._visitor(rng, day, collection):
                        chosen.insert(int(rng.integers(len(chosen) + 1)), topic)
                    yield _document(rng, number, day, collection, chosen)
                    number += 1

    def records(self, rng: np.random.Generator) -> Iterator[dict[str, object]]:
        """All documents as the records of an archive, in the order of their day."""
        return (as_record(document) for document in self.draw(rng))

    def _visitor(self, rng: np.random.Generator, day: int, collection: _Collection) -> str | None:
        """The planted topic of one document, or None."""
        total = sum(c.per_day for c in _COLLECTIONS if day >= c.begins)
        for topic in self.planted:
            if topic.truth is Truth.ARTEFACT:
                share = topic.after / collection.per_day if collection.begins else 0.0
            elif topic.truth is Truth.SPIKE:
                share = (topic.after if day == topic.onset else topic.before) / total
            else:
                share = (topic.after if day >= topic.onset else topic.before) / total
            if rng.random() < share:
                return topic.name
        return None


def invent(rng: np.random.Generator, n: int) -> NDArray[np.str_]:
    """(n,) distinct invented words of two to four syllables."""
    found: dict[str, None] = {}
    while len(found) < n:
        found["".join(rng.choice(_SYLLABLES, size=int(rng.integers(2, 5))).tolist())] = None
    return np.array(list(found))


def is_simulated(document: Document) -> bool:
    """Whether a document comes from a simulated world alone."""
    return all(name.startswith(PREFIX) for name in document.collections)


def _document(
    rng: np.random.Generator, number: int, day: int, collection: _Collection, words: list[str]
) -> Document:
    sentence = " ".join(words)
    sentence = sentence[0].upper() + sentence[1:]
    on = FIRST_DAY + timedelta(days=day)
    author, site = f"author{int(rng.integers(400))}", f"site{int(rng.integers(60))}.invalid"
    product, title, text = None, sentence, ""
    match collection.family:
        case Family.GITHUB:
            product = f"github:simulated-{author}/repository-{number}"
            native_id, title, text = f"{product}@{on}", product.removeprefix("github:"), sentence
        case Family.ARXIV:
            # Numbers of a form that arXiv used only from 2007 on, so that no paper has them.
            native_id = product = f"arxiv:{on:%y%m}.{number % 100_000:05d}"
        case Family.HACKER_NEWS:
            native_id = f"hn:simulated-{number}"
        case _:
            native_id = f"web:simulated-{number}"
    return Document(
        native_id=native_id,
        family=collection.family,
        kind=collection.kind,
        title=title,
        text=text,
        url=f"https://{site}/{number}",
        author=None if collection.family is Family.FEED else author,
        site=site,
        published_on=on,
        first_seen=on,
        language="en",
        collections=(PREFIX + collection.name,),
        list_name=collection.list_name,
        product=product,
    )


def as_record(document: Document) -> dict[str, object]:
    """A simulated document as a record of an archive, so that it goes the way of every other document."""
    source = {Family.GITHUB: "github", Family.ARXIV: "arxiv", Family.HACKER_NEWS: "hackernews"}.get(
        document.family, "rss"
    )
    lists: dict[Family, dict[str, object]] = {
        Family.GITHUB: {"lang": [document.list_name]},
        Family.FEED: {"cat": document.list_name},
    }
    is_repository = document.family is Family.GITHUB
    return {
        "source": source,
        "native_id": document.title if is_repository else document.native_id.partition(":")[2],
        "url": document.url,
        "title": document.title,
        "text": document.text,
        "author": document.author,
        "published_at": document.published_on.isoformat(),
        "score": None,
        "extra": {"from": list(document.collections), **lists.get(document.family, {})},
    }


DEMO = TrendWorld(
    planted=(
        Planted("Zorblax", Truth.TREND, 405, 0.0, 4.0, "new, four stories a day"),
        Planted("Quuxel 2", Truth.TREND, 400, 0.0, 3.0, "new, its number belongs to its name"),
        Planted("vintolo", Truth.TREND, 402, 0.3, 4.0, "known for long, then thirteen times as many"),
        Planted("Mubrek", Truth.SPIKE, 420, 0.02, 40.0, "forty stories on one day"),
        Planted("feedora", Truth.ARTEFACT, 395, 0.0, 3.0, "always in a collection that begins"),
    )
)
"""Three trends, a spike, an artefact of a collection that begins, and a source that falls silent."""
