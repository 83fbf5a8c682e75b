"""Products: the repositories, papers and packages behind documents, and the topics that are their names. PURE.

A product is known by the native id that its documents share. Its own name is what its title opens with: the name of a
repository without its owner, a paper's title up to the first mark.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nophantom.trends.documents import Document, Kind
from nophantom.trends.mentions import WrittenMentions
from nophantom.trends.stories import Stories
from nophantom.trends.writing import Writing

_BEARS_A_NAME = frozenset({Kind.REPOSITORY, Kind.PAPER, Kind.PACKAGE, Kind.RELEASE})

Ints = NDArray[np.int64]


class NamedBy(NamedTuple):
    """Which topics are the own names of products, as pairs.

    Attributes:
        topic: (n,) ascending.
        product: (n,) index into `Stories.products`, ascending inside a topic.
        story: (n,) the first story in which the product bears the name.
    """

    topic: Ints
    product: Ints
    story: Ints


@dataclass(frozen=True, slots=True)
class Product:
    """A thing behind documents, as a page of a topic shows it.

    Attributes:
        native_id: `github:owner/repo`, `arxiv:...`.
        kind: what it is.
        title: of its latest document.
        is_named: whether the topic is its own name.
        first_seen: the day of its first document that mentions the topic.
        last_seen: the day of the last.
        documents: native ids, in order of day.
    """

    native_id: str
    kind: Kind
    title: str
    is_named: bool
    first_seen: date
    last_seen: date
    documents: tuple[str, ...]


def named_products(written: WrittenMentions, stories: Stories) -> NamedBy:
    """The topics that are the own names of products.

    Args:
        written: the mentions with how they are written.
        stories: that they were mined from.
    """
    mentions = written.mentions
    product = stories.product[mentions.story]
    bears = np.flatnonzero((product >= 0) & (written.writing & Writing.OPENS != 0))
    topic, story = mentions.topic[bears].astype(np.int64), mentions.story[bears].astype(np.int64)
    code = topic * max(1, len(stories.products)) + product[bears]
    order = np.lexsort((stories.day[story], code))
    code, story = code[order], story[order]
    new = np.flatnonzero(np.diff(code, prepend=-1))
    code = code[new]
    return NamedBy(code // max(1, len(stories.products)), code % max(1, len(stories.products)), story[new])


def count_named(named: NamedBy, stories: Stories, n_topics: int, day: int) -> Ints:
    """(n_topics,) how many products had each topic as their own name by a day: what has some is likelier technology."""
    by_then = stories.day[named.story] <= day
    return np.bincount(named.topic[by_then], minlength=n_topics)


def products_of(
    told: NDArray[np.integer], documents: Sequence[Document], stories: Stories, named: NDArray[np.integer]
) -> list[Product]:
    """The products behind stories: those that bear the name first, then those with the most documents.

    Args:
        told: the stories of a topic, in a window or in all.
        documents: those that the stories were gathered from, in the same order.
        stories: all stories.
        named: products (index into `Stories.products`) of which the topic is the own name.
    """
    behind: dict[int, list[Document]] = {}
    # A document that repeats another may come later; the one that represents the story stands for it here.
    for story in told.tolist():
        product = int(stories.product[story])
        document = documents[int(stories.representative[story])]
        if product >= 0 and document.kind in _BEARS_A_NAME:
            behind.setdefault(product, []).append(document)
    own = set(named.tolist())
    found = [
        _product(stories.products[product], documents_of, is_named=product in own)
        for product, documents_of in behind.items()
    ]
    return sorted(found, key=lambda p: (not p.is_named, -len(p.documents), p.first_seen, p.native_id))


def _product(native_id: str, documents: Sequence[Document], *, is_named: bool) -> Product:
    by_day = sorted(documents, key=lambda d: (d.first_seen, d.native_id))
    return Product(
        native_id=native_id,
        kind=by_day[-1].kind,
        title=by_day[-1].title,
        is_named=is_named,
        first_seen=by_day[0].first_seen,
        last_seen=by_day[-1].first_seen,
        documents=tuple(d.native_id for d in by_day),
    )
