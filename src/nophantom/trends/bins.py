"""Counts in bins of time: the sparse series as the evidence reads them, by day or by week.

The fast run has a bin for each day; the slow run one for each week, Monday to Sunday, and only weeks that are over:
a week that is still running would be compared with whole ones. Weeks are those of the calendar, so that they never
depend on where an archive begins.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from nophantom.trends.series import NEVER, Series

WEEK = 7
MEDIAN_DAYS = 84
"""Days that the usual exposure of a stratum is taken from."""
FLOOD = 2.0
"""A day that reads more than so many times the median of the 84 days before it is counted as so many."""

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Bins:
    """Stories by topic, stratum and bin, in this order.

    Attributes:
        first_day: day 0 of the series.
        width: days of a bin.
        lead: days of bin 0 that lie before the first day.
        n: bins that are over.
        begins: (n_topics + 1,) int64: topic t has the events `begins[t]` up to `begins[t + 1]`.
        stratum: (n_events,) int32.
        at: (n_events,) int32: the bin.
        count: (n_events,) int32, at least 1.
        exposure: (n_strata, n) int64: stories read; 0 is a gap.
        entered: (n_topics,) int64: the bin of the second story, in which the topic enters N; `n` or more if none yet.
    """

    first_day: date
    width: int
    lead: int
    n: int
    begins: Ints
    stratum: NDArray[np.int32]
    at: NDArray[np.int32]
    count: NDArray[np.int32]
    exposure: Ints
    entered: Ints

    @property
    def n_topics(self) -> int:
        """Topics in all."""
        return len(self.entered)

    @property
    def n_strata(self) -> int:
        """Strata in all."""
        return len(self.exposure)

    def over_by(self, day: int) -> int:
        """The last bin that is over at the end of a day; -1 where none is."""
        return (day + 1 + self.lead) // self.width - 1

    def month_of(self, at: int) -> int:
        """The bin that holds the first day of the month in which a bin ends; at least 0."""
        ends = self.first_day + timedelta(days=(at + 1) * self.width - 1 - self.lead)
        return max(0, ((ends.replace(day=1) - self.first_day).days + self.lead) // self.width)


def days_of(series: Series) -> Bins:
    """A bin for each day."""
    return Bins(
        first_day=series.first_day,
        width=1,
        lead=0,
        n=series.n_days,
        begins=_begins(series.topic, series.n_topics),
        stratum=series.stratum,
        at=series.day,
        count=series.count,
        exposure=series.exposure,
        entered=_entered(series.second_day_of, series.n_days),
    )


def weeks_of(series: Series) -> Bins:
    """A bin for each week of the calendar that is over."""
    lead = series.first_day.weekday()
    n = (series.n_days + lead) // WEEK
    week = (series.day + lead) // WEEK
    new = np.ones(len(week), dtype=np.bool_)
    new[1:] = (
        (series.topic[1:] != series.topic[:-1])
        | (series.stratum[1:] != series.stratum[:-1])
        | (week[1:] != week[:-1])
    )
    group = np.cumsum(new) - 1
    count = np.bincount(group, weights=series.count, minlength=int(new.sum())).astype(np.int32)
    kept = week[new] < n
    full = np.zeros((len(series.exposure), (n + 1) * WEEK), dtype=np.int64)
    days = min(series.n_days, full.shape[1] - lead)
    full[:, lead : lead + days] = series.exposure[:, :days]
    topic = series.topic[new][kept]
    second = series.second_day_of.astype(np.int64)
    return Bins(
        first_day=series.first_day,
        width=WEEK,
        lead=lead,
        n=n,
        begins=_begins(topic, series.n_topics),
        stratum=series.stratum[new][kept],
        at=week[new][kept],
        count=count[kept],
        exposure=np.ascontiguousarray(full.reshape(len(full), n + 1, WEEK).sum(axis=2)[:, :n]),
        entered=np.where(second == NEVER, n, (second + lead) // WEEK),
    )


def _begins(topic: NDArray[np.int32], n_topics: int) -> Ints:
    return np.searchsorted(topic, np.arange(n_topics + 1, dtype=topic.dtype)).astype(np.int64)


def _entered(second: NDArray[np.int32], never: int) -> Ints:
    return np.where(second == NEVER, never, second).astype(np.int64)


def calm_exposure(exposure: Ints) -> NDArray[np.float64]:
    """(S, n + 1) stories read before each day, none of them counted as more than twice the usual one."""
    n = exposure.shape[1]
    bound = np.empty(exposure.shape)
    for stratum, read in enumerate(exposure):
        before = np.concatenate([np.full(MEDIAN_DAYS, np.nan), read[: n - 1].astype(np.float64)])
        before[before == 0] = np.nan  # days on which nothing was read say nothing of the usual one
        windows = np.lib.stride_tricks.sliding_window_view(before, MEDIAN_DAYS)[:n]
        known = ~np.isnan(windows).all(axis=1)
        usual = np.full(n, np.inf)
        usual[known] = np.nanmedian(windows[known], axis=1)
        bound[stratum] = np.minimum(read, FLOOD * usual)
    return np.concatenate([np.zeros((len(exposure), 1)), np.cumsum(bound, axis=1)], axis=1)
