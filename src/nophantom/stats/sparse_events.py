"""Sparse series as arrays, and the compiled loops that put them together, cut them and look for faults."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nophantom.stats.silence_curves import Numbers, compiled

Ints32 = NDArray[np.int32]
Ints64 = NDArray[np.int64]


class Events(NamedTuple):
    """Sparse series in order of day, one after the other; N series, M events.

    Attributes:
        start: (N + 1,) where the events of each series begin.
        day: (M,) strictly increasing inside a series.
        told: (M,) stories, at least 1.
        stratum: (N,) number of the stratum of each series.
        entered: (N,) day on which its topic entered, with its second story; beyond the last day if never.
        phi: (N,) overdispersion, at least 1.
    """

    start: Ints64
    day: Ints32
    told: Ints32
    stratum: Ints32
    entered: Ints32
    phi: Numbers


@compiled
def gather(
    events: Events, place: Ints64, ends: Ints64, who: Ints64, count: Ints32, day: int, merged: Events
) -> None:
    """The events that lie after the end of each baseline, followed by those of a new day.

    Args:
        events: all series so far.
        place: (N,) where the first event to keep lies.
        ends: (N,) after the last.
        who: (K,) which series have an event on the new day, increasing.
        count: (K,) their stories.
        day: the new day.
        merged: written here: `start`, `day` and `told`, of the size that is needed.
    """
    start, on, stories = merged.start, merged.day, merged.told
    at, k = 0, 0
    for i in range(len(place)):
        start[i] = at
        for event in range(place[i], ends[i]):
            on[at], stories[at] = events.day[event], events.told[event]
            at += 1
        if k < len(who) and who[k] == i:
            on[at], stories[at] = day, count[k]
            at += 1
            k += 1
    start[len(place)] = at


@compiled
def after_day(events: Events, place: Ints64, day: int, ends: Ints64) -> None:
    """(N,) written into `ends`: where the first event after a day lies, not before `place`."""
    for i in range(len(ends)):
        ends[i] = place[i]
        while ends[i] < events.start[i + 1] and events.day[ends[i]] <= day:
            ends[i] += 1


@compiled
def first_fault(events: Events, exposure: Numbers) -> int:
    """The first event that no series can have, or -1."""
    for i in range(len(events.stratum)):
        before = -1
        for event in range(events.start[i], events.start[i + 1]):
            day = events.day[event]
            if day <= before or day >= exposure.shape[1] or events.told[event] < 1:
                return event
            if exposure[events.stratum[i], day] <= 0:
                return event
            before = day
    return -1


@compiled
def second_story_days(start: Ints64, day: Ints32, count: Ints32, entered: Ints32) -> None:
    """(N,) written into `entered`: the day of each series' second story, where it has one."""
    for i in range(len(entered)):
        stories = 0
        for event in range(start[i], start[i + 1]):
            stories += count[event]
            if stories >= 2:
                entered[i] = day[event]
                break
