"""What the detection itself listed on each day of a replay, ranked as people see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from nophantom.trends.backtest.lead_times import FIRST_OF_WATCH
from nophantom.trends.backtest.ranked_days import DayList, day_list
from nophantom.trends.baselines import Ints
from nophantom.trends.replay import Replay
from nophantom.trends.replay_day import Day
from nophantom.trends.watch_list import kept_off, strongest_first

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
    """The signals of a day by the lower bound of momentum, and the first of its watch list.

    Args:
        replay: that the day is of.
        day: as the replay gave it.
        most: how far down the watch list is read.
    """
    is_signal = day.shown | np.isin(day.topic, list(day.tracked))
    order = np.argsort(-day.momentum.low, kind="stable")
    read = strongest_first(day.log_e, day.momentum.low)
    undecided = read[~is_signal[read] & (day.ratio.high[read] >= replay.parameters.phantom_below)]
    watch = _watched(day, undecided, most, technology_only=replay.parameters.technology_only)
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


def _watched(day: Day, ranked: Ints, most: int, *, technology_only: bool) -> Ints:
    """The first `most` of ranked candidates that nothing keeps off the watch list, by their place among the K."""
    found: list[int] = []
    for begin in range(0, len(ranked), AT_ONCE):
        if len(found) >= most:
            break
        some = np.sort(ranked[begin : begin + AT_ONCE])
        gated = day.gated(some)
        # What has some evidence was put to the gates beside all the others that have: a part may be told by those.
        gates = [
            day.reasons.get(int(k), reason) for k, reason in zip(some.tolist(), gated.reasons, strict=True)
        ]
        off = kept_off(gates, gated.facts, gated.seasonal, day.stories[some], technology_only=technology_only)
        watched = {k for k, reason in zip(some.tolist(), off, strict=True) if reason is None}
        found += [k for k in ranked[begin : begin + AT_ONCE].tolist() if k in watched]
    return np.array(found[:most], dtype=np.int64)
