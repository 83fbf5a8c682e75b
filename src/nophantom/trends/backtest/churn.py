"""Churn: how much of a list is another one a day or a week later, and how long a topic stays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from nophantom.trends.backtest.ranked_days import RankedDay, in_order

LAGS = (1, 7)
"""Days after which a list is looked at again."""


@dataclass(frozen=True, slots=True)
class LagChurn:
    """A list against itself so many days later.

    Attributes:
        lag: days.
        n_pairs: pairs of days that were replayed.
        listed: topics on the earlier list, over all pairs.
        left: of these no longer on the later one.
        come: topics on the later list that were not on the earlier.
    """

    lag: int
    n_pairs: int
    listed: int
    left: int
    come: int

    @property
    def share(self) -> float | None:
        """What has left of what was listed; None where nothing was."""
        return self.left / self.listed if self.listed else None


@dataclass(frozen=True, slots=True)
class Churn:
    """How steady the signals of one rule are.

    Attributes:
        rule: whose list.
        n_days: replayed days.
        empty: of these without any signal.
        median_length: topics on a list.
        topics: distinct topics over all days.
        median_stay: replayed days for which a topic stays without a break; None without any topic. A stay that the
            first or the last day cuts off counts as long as it was seen.
        lags: against itself later.
    """

    rule: str
    n_days: int
    empty: int
    median_length: float
    topics: int
    median_stay: float | None
    lags: tuple[LagChurn, ...]


def churn_of(rule: str, days: Iterable[RankedDay], lags: Sequence[int] = LAGS) -> Churn:
    """How steady the signals of the given days are; pairs of days of which one was not replayed are left out.

    Raises:
        InvalidInput: no days, or one twice.
    """
    ordered = in_order(days)
    stays = _stays(ordered)
    lengths = [len(day.signals) for day in ordered]
    return Churn(
        rule=rule,
        n_days=len(ordered),
        empty=lengths.count(0),
        median_length=float(np.median(lengths)),
        topics=len({slug for day in ordered for slug in day.signals}),
        median_stay=float(np.median(stays)) if stays else None,
        lags=tuple(_after(ordered, lag) for lag in lags),
    )


def _after(ordered: Sequence[RankedDay], lag: int) -> LagChurn:
    on = {day.as_of: set(day.signals) for day in ordered}
    pairs = [(on[day], on[later]) for day in on if (later := day + timedelta(days=lag)) in on]
    return LagChurn(
        lag=lag,
        n_pairs=len(pairs),
        listed=sum(len(here) for here, _ in pairs),
        left=sum(len(here - there) for here, there in pairs),
        come=sum(len(there - here) for here, there in pairs),
    )


def _stays(ordered: Sequence[RankedDay]) -> list[int]:
    """Lengths of the unbroken stays of all topics, in replayed days."""
    ended: list[int] = []
    running: dict[str, int] = {}
    for day in ordered:
        here = set(day.signals)
        ended += [length for slug, length in running.items() if slug not in here]
        running = {slug: running.get(slug, 0) + 1 for slug in here}
    return [*ended, *running.values()]
