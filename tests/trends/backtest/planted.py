"""A small invented series with one planted word, for all tests of the back-test."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
from tests.trends.plain_documents import plain_document

from nophantom.trends.documents import Document
from nophantom.trends.mentions import mine
from nophantom.trends.series import Series, build_series
from nophantom.trends.stories import gather
from nophantom.trends.worlds import invent

START = date(2031, 1, 1)
N_DAYS = 200
ONSET = 150
PLANTED = "quuxel"


def a_document(number: int, day: int, title: str = "Zorb", **changes: object) -> Document:
    return plain_document(
        f"hn:{number:06}",
        title,
        START + timedelta(days=day),
        **{"author": f"author {number}", "collections": ("zorb_daily",)} | changes,
    )


def counted(documents: Sequence[Document]) -> Series:
    stories = gather(documents)
    return build_series(mine(documents, stories), stories)


def a_world(seed: int = 1, *, per_day: float = 3.0) -> Series:
    """Two collections of steady invented words; from `ONSET` on `PLANTED` comes too; no story on every 50th day."""
    rng = np.random.default_rng(seed)
    words = invent(rng, 120)
    documents: list[Document] = []
    for day in range(N_DAYS):
        if day % 50 == 48:
            continue
        for collection, n in (("zorb_daily", 8), ("quux_weekly", 4)):
            for _ in range(int(rng.poisson(n)) + 1):
                chosen = rng.choice(words, size=4, replace=False).tolist()
                if day >= ONSET and rng.random() < per_day / 14:
                    chosen[0] = PLANTED
                documents.append(a_document(len(documents), day, " ".join(chosen), collections=(collection,)))
    return counted(documents)


def topic_of(series: Series, slug: str = PLANTED) -> int:
    found = series.mentions.topics.find(slug)
    assert found is not None
    return found
