"""Stories: near-identical documents are one story, and every story is counted in one stratum.

The first-seen document of a story represents it: its day, author, site and words stand for all. A
stratum is a part of a source family inside which rates are comparable: collection x list x language.
A document that came by several collections would be counted several times; its story is counted only
in the stratum of the one that began first, so that a collection that starts does not look like a trend. What a story
is never depends on what came later: a replay sees on each day what could be seen on it.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.trends.documents import Document, Family, Kind
from nophantom.trends.story_finder import StoryFinder, Telling, telling

FAMILIES = tuple(Family)
KINDS = tuple(Kind)


class Stratum(NamedTuple):
    """A part of a source family inside which rates are comparable."""

    collection: str
    list_name: str
    language: str


@dataclass(frozen=True, slots=True, eq=False)
class Stories:
    """All stories as arrays, in order of day, then native id of the representative.

    Attributes:
        first_day: the day from which `day` counts.
        of_document: (n_documents,) int32: the story of each document.
        document_day: (n_documents,) int32: days from `first_day` to when each document could first be known.
        representative: (n_stories,) int32: the document that stands for the story.
        day: (n_stories,) int32: days from `first_day` to when it could first be known.
        stratum: (n_stories,) int32: index into `strata`.
        source: (n_stories,) int32: equal where the author is the same (else the site, else none).
        family: (n_stories,) int8: index into `FAMILIES`.
        kind: (n_stories,) int8: index into `KINDS`.
        product: (n_stories,) int32: index into `products`, or -1.
        strata: in order of collection, list, language.
        products: native ids of the products.
    """

    first_day: date
    of_document: NDArray[np.int32]
    document_day: NDArray[np.int32]
    representative: NDArray[np.int32]
    day: NDArray[np.int32]
    stratum: NDArray[np.int32]
    source: NDArray[np.int32]
    family: NDArray[np.int8]
    kind: NDArray[np.int8]
    product: NDArray[np.int32]
    strata: tuple[Stratum, ...]
    products: tuple[str, ...]

    @property
    def n(self) -> int:
        """Stories in all."""
        return len(self.day)

    def sizes(self, day: int | None = None) -> NDArray[np.int64]:
        """(n_stories,) how many documents each story has: all of them, or those that were known on a day."""
        told = self.of_document if day is None else self.of_document[self.document_day <= day]
        return np.bincount(told, minlength=self.n).astype(np.int64)

    def date_of(self, day: int) -> date:
        """The calendar day of a day number."""
        return self.first_day + timedelta(days=int(day))


def gather(
    documents: Sequence[Document],
    begins: Mapping[str, date] | None = None,
    *,
    linked: Sequence[Hashable] | None = None,
) -> Stories:
    """Lay out the stories of documents as arrays.

    Args:
        documents: in any order; equal sets give equal stories.
        begins: when each collection began; by default with its first document among these.
        linked: what stands for the story of each document, as an archive has linked them; the first seen of those
            given represents it. By default they are clustered here.

    Raises:
        InvalidInput: no documents, or a collection of which is not told when it began.
    """
    if not documents:
        raise InvalidInput("there is nothing to count: got no documents. Collect or import some first.")
    of_document, representative = _numbered(documents, _found(documents) if linked is None else linked)
    known = collection_begins(documents) if begins is None else begins
    heads = [documents[i] for i in representative]
    named = [stratum_of(document, known) for document in heads]
    strata = tuple(sorted(set(named)))
    place = {stratum: i for i, stratum in enumerate(strata)}
    first_day = heads[0].first_seen
    products = tuple(sorted({d.product for d in heads if d.product is not None}))
    product_at = {product: i for i, product in enumerate(products)}
    sources: dict[str, int] = {}
    return Stories(
        first_day=first_day,
        of_document=of_document,
        document_day=np.array([(d.first_seen - first_day).days for d in documents], dtype=np.int32),
        representative=representative,
        day=np.array([(d.first_seen - first_day).days for d in heads], dtype=np.int32),
        stratum=np.array([place[stratum] for stratum in named], dtype=np.int32),
        source=np.array(
            [sources.setdefault(d.author or d.site or d.native_id, len(sources)) for d in heads],
            dtype=np.int32,
        ),
        family=np.array([FAMILIES.index(d.family) for d in heads], dtype=np.int8),
        kind=np.array([KINDS.index(d.kind) for d in heads], dtype=np.int8),
        product=np.array([-1 if d.product is None else product_at[d.product] for d in heads], dtype=np.int32),
        strata=strata,
        products=products,
    )


def cluster(documents: Sequence[Document]) -> NDArray[np.int32]:
    """The story of each document; numbered in order of first day, then native id.

    Documents are read from the first seen to the last; each joins the story that it is like, or
    opens one. Two are alike with

    - the same native id;
    - the same product or the same canonical address, on the first day of the story;
    - the same canonical address at any distance, where neither has a product: a repository that
      trends again is news, a page that is linked again is not;
    - the same folded title, of at least four words or twenty characters, within `TITLE_DAYS` of the
      first day of the story (not of its latest: a weekly column with one title stays several
      stories). The bare name of a repository or package is no title;
    - almost the same title as the one that opened the story; see `near_titles`.

    What a document joins never depends on later ones, so a replay up to some day agrees with a
    record up to that day.

    Args:
        documents: in any order; equal sets give equal stories.

    Returns:
        (n_documents,) story index.
    """
    return _numbered(documents, _found(documents))[0]


def _found(documents: Sequence[Document]) -> list[int]:
    """The document that opened the story of each document; see `cluster`."""
    finder, known = StoryFinder(), dict[str, int]()
    opened_by = [0] * len(documents)
    for i in _in_order(documents):
        one = _telling(i, documents[i])
        story = known.get(one.native_id)
        if story is None:
            story = finder.place(one).story
        else:
            finder.recall(one, story)
        known[one.native_id] = opened_by[i] = story
    return opened_by


def _numbered(
    documents: Sequence[Document], linked: Sequence[Hashable]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The story of each document, numbered in the order of opening, and the document that stands for each."""
    story_of = np.zeros(len(documents), dtype=np.int32)
    numbers: dict[Hashable, int] = {}
    heads: list[int] = []
    for i in _in_order(documents):
        number = numbers.setdefault(linked[i], len(heads))
        if number == len(heads):
            heads.append(i)
        story_of[i] = number
    return story_of, np.array(heads, dtype=np.int32)


def _in_order(documents: Sequence[Document]) -> list[int]:
    return sorted(range(len(documents)), key=lambda i: _reading_order(documents[i]))


def collection_begins(documents: Sequence[Document]) -> dict[str, date]:
    """The day of the first document of every collection."""
    begins: dict[str, date] = {}
    for document in documents:
        for name in _collections(document):
            begins[name] = min(begins.get(name, document.first_seen), document.first_seen)
    return begins


def stratum_of(document: Document, begins: Mapping[str, date]) -> Stratum:
    """The one stratum in which a story of this representative is counted.

    Raises:
        InvalidInput: it is not told when a collection of the document began.
    """
    names = _collections(document)
    for name in names:
        if name not in begins:
            raise InvalidInput(
                f"it is not told when collection {name!r} of {document.native_id} began; it is told of "
                f"{', '.join(sorted(begins)[:5]) or 'none'}. Tell it of every collection."
            )
    return Stratum(min(names, key=lambda name: (begins[name], name)), document.list_name, document.language)


def _collections(document: Document) -> tuple[str, ...]:
    """Where it came from; a document without collections belongs to that of its family."""
    return document.collections or (document.family.value,)


def _reading_order(document: Document) -> tuple[date, str, str, str, str]:
    return (document.first_seen, document.native_id, document.title, document.text, document.url)


def _telling(number: int, document: Document) -> Telling:
    return telling(
        number,
        document.native_id,
        document.first_seen,
        kind=document.kind,
        title=document.title,
        url=document.url,
        product=document.product,
        site=document.site,
    )
