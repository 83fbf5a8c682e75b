"""What stands beside the evidence of a snapshot: families of sources, related topics and products. PURE.

None of it decides anything: it is added when all is decided, so that the arithmetic of a day does not wait for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from nophantom.trends.aliases import Meaning
from nophantom.trends.documents import Document
from nophantom.trends.gates import NO_NAMES, Fact
from nophantom.trends.history import BEFORE
from nophantom.trends.mentions import WrittenMentions
from nophantom.trends.products import NamedBy, Product, named_products, products_of
from nophantom.trends.relations import Window
from nophantom.trends.series import Series
from nophantom.trends.signals import Candidate, Signal, Snapshot

PRODUCTS = 10
"""So many are told of a signal."""


def with_surroundings(
    snapshot: Snapshot, series: Series, written: WrittenMentions, documents: Sequence[Document]
) -> Snapshot:
    """The same snapshot, told what stands beside it.

    Args:
        snapshot: as it was put together.
        series: that it was detected in, whose topics its candidates number.
        written: the mentions behind the series.
        documents: that these were mined from, in the same order.
    """
    day = (snapshot.as_of - series.first_day).days
    window = Window(series.mentions, series.stories, day)
    families = window.families()
    names = np.zeros(series.n_topics, dtype=np.bool_)
    names[[c.topic for c in snapshot.everyone if _is_name(c)]] = True
    named = named_products(written, series.stories)

    def counted(candidate: Candidate) -> Candidate:
        return replace(candidate, families=int(families[candidate.topic]))

    def surrounded(signal: Signal) -> Signal:
        topic = signal.candidate.topic
        return replace(
            signal,
            candidate=counted(signal.candidate),
            related=window.related(topic, names),
            products=_products(topic, day, written, series, documents, named),
        )

    return replace(
        snapshot,
        signals=tuple(surrounded(s) for s in snapshot.signals),
        watch=tuple(counted(c) for c in snapshot.watch),
        drops=tuple(counted(c) for c in snapshot.drops),
    )


def with_meanings(snapshot: Snapshot, meanings: Mapping[str, Sequence[Meaning]]) -> Snapshot:
    """The same snapshot; candidates whose name stands for several things say which, in `numbers["meanings"]`.

    They are counted together: nothing in a title tells them apart for sure.
    """

    def told(candidate: Candidate) -> Candidate:
        ways = meanings.get(candidate.slug)
        if not ways:
            return candidate
        return replace(candidate, numbers={**candidate.numbers, "meanings": [[*way] for way in ways]})

    return replace(
        snapshot,
        signals=tuple(replace(s, candidate=told(s.candidate)) for s in snapshot.signals),
        watch=tuple(map(told, snapshot.watch)),
        drops=tuple(map(told, snapshot.drops)),
    )


def _is_name(candidate: Candidate) -> bool:
    return candidate.reason not in NO_NAMES and candidate.numbers.get(Fact.GENERIC) != 1


def _products(
    topic: int,
    day: int,
    written: WrittenMentions,
    series: Series,
    documents: Sequence[Document],
    named: NamedBy,
) -> tuple[Product, ...]:
    """The products behind the stories of the last 112 days, and all that bear the name of the topic."""
    stories = series.stories
    low, high = np.searchsorted(named.topic, (topic, topic + 1))
    by_then = stories.day[named.story[low:high]] <= day
    own: NDArray[np.int64] = named.product[low:high][by_then]
    # Not the stories of the series: there a product counts once in 28 days.
    told = written.mentions.stories_of(topic)
    told = told[stories.day[told] <= day]
    told = told[(stories.day[told] > day - BEFORE) | np.isin(stories.product[told], own)]
    return tuple(products_of(told, documents, series.stories, own)[:PRODUCTS])
