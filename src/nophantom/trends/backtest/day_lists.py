"""What the detection itself listed on each day of a replay, ranked as people see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from nophantom.trends.backtest.lead_times import FIRST_OF_WATCH
from nophantom.trends.backtest.ranked_days import DayList, day_list
from nophantom.trends.baselines import Ints
from nophantom.trends.replay import Day, Replay

OnDay = Callable[[int, int], None]
"""Told how many of how many days are done."""

AT_ONCE = 400
"""Candidates that are put to the gates together, until the watch list is long enough."""


class Lists(NamedTuple):
    """A replay, day by day.

    Attributes:
        shown: what was shown or is tracked, and the first of the watch list.
        confirmed: of the signals those that are confirmed, without a watch list.
    """

    shown: tuple[DayList, ...]
    confirmed: tuple[DayList, ...]


def listed(replay: Replay, day: Day, *, most: int = FIRST_OF_WATCH) -> DayList:
    """The signals of a day and the first of its watch list, both by the lower bound of momentum.

    Args:
        replay: that the day is of.
        day: as the replay gave it.
        most: how far down the watch list is read.
    """
    is_signal = day.shown | np.isin(day.topic, list(day.tracked))
    order = np.argsort(-day.momentum.low, kind="stable")
    undecided = order[~is_signal[order] & (day.ratio.high[order] >= replay.parameters.phantom_below)]
    watch = _open(day, undecided, most)
    slugs = replay.series.mentions.topics.slugs
    return day_list(day.as_of, slugs, day.topic[order[is_signal[order]]], day.topic[watch])


def replayed_lists(
    replay: Replay, first: int, last: int, *, watch: bool = True, on_day: OnDay | None = None
) -> Lists:
    """The lists of all days from one to another, both included; days before them are replayed, not listed.

    Args:
        replay: a corpus.
        first: first day that is listed, in days of the series.
        last: the last one.
        watch: whether the watch list is wanted, which costs about as much as the rest.
        on_day: told of the progress.

    Raises:
        InvalidInput: the series is too short to have a baseline, or ends before the last day.
    """
    shown, confirmed = [], []
    for n, day in enumerate(replay.run(last), 1):
        if on_day:
            on_day(n, last - replay.first + 1)
        if day.day < first:
            continue
        shown.append(listed(replay, day, most=FIRST_OF_WATCH if watch else 0))
        slugs = replay.series.mentions.topics.slugs
        confirmed.append(DayList(day.as_of, tuple(slugs[topic] for topic in sorted(day.tracked))))
    return Lists(tuple(shown), tuple(confirmed))


def _open(day: Day, ranked: Ints, most: int) -> Ints:
    """The first `most` of ranked candidates whose gates are open, by their place among the K."""
    found: list[int] = []
    for begin in range(0, len(ranked), AT_ONCE):
        if len(found) >= most:
            break
        some = ranked[begin : begin + AT_ONCE]
        # What has some evidence was put to the gates beside all the others that have: a part may be told by those.
        asked = np.sort(some[[int(k) not in day.reasons for k in some]])
        reasons = {**day.reasons, **dict(zip(asked.tolist(), day.gated(asked).reasons, strict=True))}
        found += [int(k) for k in some if reasons[int(k)] is None]
    return np.array(found[:most], dtype=np.int64)
