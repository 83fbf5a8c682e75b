"""What a rule listed on a day, best first: the one thing that all measures of a back-test read.

Any rule fits: a replayed detection, a rule of a peer, a list that somebody published.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from nophantom.errors import InvalidInput


class RankedDay(Protocol):
    """The lists of one day."""

    @property
    def as_of(self) -> date:
        """The day; nothing later was known."""

    @property
    def signals(self) -> Sequence[str]:
        """Slugs of what was shown as a signal, best first."""

    @property
    def watch(self) -> Sequence[str]:
        """Slugs of the watch list, best first."""


class DayList(NamedTuple):
    """A `RankedDay` as plain values."""

    as_of: date
    signals: tuple[str, ...]
    watch: tuple[str, ...] = ()


def day_list(
    as_of: date, slugs: Sequence[str], signals: NDArray[np.integer], watch: NDArray[np.integer] | None = None
) -> DayList:
    """The lists of a day from numbers of topics, best first."""
    shown = tuple(slugs[topic] for topic in signals.tolist())
    return DayList(as_of, shown, () if watch is None else tuple(slugs[topic] for topic in watch.tolist()))


def lengths_of(days: Iterable[RankedDay]) -> dict[date, int]:
    """How many signals each day had, so that others can be cut to the same length."""
    return {day.as_of: len(day.signals) for day in days}


def cut(days: Iterable[RankedDay], lengths: dict[date, int]) -> Iterator[DayList]:
    """The same days with their signals cut to given lengths and the watch list left empty.

    What a peer would have shown below the cut is not its watch list: it has none.

    Args:
        days: lists that are at least as long as wanted, where they can be.
        lengths: how many are wanted of each day; a day without an entry is left out.

    >>> day = DayList(date(2031, 1, 1), ("zorb", "quux"))
    >>> [d.signals for d in cut([day], {day.as_of: 1})]
    [('zorb',)]
    """
    for day in days:
        if day.as_of in lengths:
            yield DayList(day.as_of, tuple(day.signals[: lengths[day.as_of]]))


def cut_to_new(days: Iterable[RankedDay], wanted: Sequence[Sequence[str]]) -> Iterator[DayList]:
    """Of each day the best that were not listed before, as many as a list of another names for the first time.

    A list that is another one every day names thousands of topics, and by chance the right ones among them. Cut like
    this, both ask a reader to look at as many.

    Args:
        days: in order.
        wanted: what the other listed, on the same days.

    >>> days = [DayList(date(2031, 1, 1), ("zorb", "quux")), DayList(date(2031, 1, 2), ("zorb", "quux"))]
    >>> [d.signals for d in cut_to_new(days, [("vint",), ("vint", "mub")])]
    [('zorb',), ('quux',)]
    """
    ours: set[str] = set()
    seen: set[str] = set()
    for day, listed in zip(days, wanted, strict=True):
        n_new = len(set(listed) - ours)
        ours.update(listed)
        picked = tuple(slug for slug in day.signals if slug not in seen)[:n_new]
        seen.update(picked)
        yield DayList(day.as_of, picked)


def in_order(days: Iterable[RankedDay]) -> tuple[RankedDay, ...]:
    """The days in order of time.

    Raises:
        InvalidInput: no day, or one day twice.
    """
    ordered = tuple(sorted(days, key=lambda day: day.as_of))
    if not ordered:
        raise InvalidInput("a back-test needs at least one replayed day; got none. Replay some first.")
    for before, after in pairwise(ordered):
        if before.as_of == after.as_of:
            raise InvalidInput(f"{after.as_of} was given twice; give each replayed day once.")
    return ordered
