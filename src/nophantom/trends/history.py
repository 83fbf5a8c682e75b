"""The last 112 days of one candidate: what was told of it, what was expected, and how much was read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from nophantom.trends.series import Series

if TYPE_CHECKING:
    from nophantom.trends.detection import Evidence

RECENT = 7
"""Days of the momentum."""
MONTH = 28
"""Days in which support is counted, and a rate is compared."""
BEFORE = 112
"""Growth compares the last 28 days with the days before them, back to this age; a history begins there."""


@dataclass(frozen=True, slots=True)
class HistoryDay:
    """One day of a topic in the strata that carry it.

    Attributes:
        day: of the calendar.
        stories: counted stories, not capped; None on a day of which there is no evidence.
        expected: stories that the baseline of the snapshot expects of what was read; None likewise.
        read: stories read; 0 is a gap, never a count of zero.
    """

    day: date
    stories: int | None
    expected: float | None
    read: int


def history_of(series: Series, evidence: Evidence, k: int) -> tuple[HistoryDay, ...]:
    """The last 112 days of one candidate, the oldest first; without those before the series begins.

    Counted over the strata that speak and have named the candidate, so no story is without its exposure. The
    `stories` of the last 28 days therefore are those that `Day.ratio` is made of. `Day.stories`
    may be more: it also holds the stories of strata that are still mute. And `Day.expected` may be more
    than the sum of `expected`: it also holds the little that is expected of strata that never named the topic.
    Where all strata speak and have named it, both sums are equal.

    Args:
        series: that was evaluated.
        evidence: of the last day of the history.
        k: which of its candidates.
    """
    first = max(0, evidence.today - BEFORE + 1)
    rows = evidence.rows(k)
    strata, rate = evidence.stratum[rows], evidence.usual[rows]
    exposure = series.exposure[strata, first : evidence.today + 1]  # (strata, days)
    read = exposure.sum(axis=0)
    expected = (rate[:, None] * exposure).sum(axis=0)
    events = series.events_of(int(evidence.topic[k]))
    day = series.day[events]
    kept = (first <= day) & (day <= evidence.today) & np.isin(series.stratum[events], strata)
    stories = np.bincount(day[kept] - first, weights=series.count[events][kept], minlength=len(read))
    begins = series.first_day + timedelta(days=first)
    return tuple(
        HistoryDay(begins + timedelta(days=age), int(y) if n else None, mu if n else None, n)
        for age, (y, mu, n) in enumerate(zip(stories.tolist(), expected.tolist(), read.tolist(), strict=True))
    )
