"""A small simulated world with two planted trends and a spike, for the tests of whole back-tests."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import numpy as np

from nophantom.trends.backtest.references import Reference, ReferenceKind, slugs_of
from nophantom.trends.documents import Document
from nophantom.trends.worlds import FIRST_DAY, Planted, TrendWorld, Truth

N_DAYS = 125
ONSET = 88
WORLD = TrendWorld(
    planted=(
        Planted("Zorblax", Truth.TREND, ONSET, 0.0, 4.0, "new, four stories a day"),
        Planted("Quuxel", Truth.TREND, ONSET + 2, 0.0, 4.0, "new, four stories a day"),
        Planted("Mubrek", Truth.SPIKE, 105, 0.02, 30.0, "thirty stories on one day"),
    ),
    n_words=250,
)


def day(number: int) -> date:
    return FIRST_DAY + timedelta(days=number)


@cache
def documents() -> tuple[Document, ...]:
    every = WORLD.draw(np.random.default_rng(5))
    return tuple(document for document in every if document.first_seen < day(N_DAYS))


def a_reference(name: str, on: int) -> Reference:
    return Reference(name, slugs_of([name]), ReferenceKind.RADAR, day(on), is_clean=True)
