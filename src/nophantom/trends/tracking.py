"""Tracking: what becomes of a confirmed topic, day by day.

A confirmed topic stays a signal, whether or not it would pass the test again: its baseline learns its new rate, so the
test asks "has it risen again?", and at its height it would leave the list. What is asked instead is where its rate
stands against the baseline *before its onset*, which is kept, and whether it is still rising or falling.

Tracking ends when nothing is left to tell: the rate is back at what it was before the onset, or no story has come for
28 days although its sources were read.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from nophantom.trends.parameters import Parameters
from nophantom.trends.phases import Change, ChangeKind, Phase, PhaseNumbers, phase_of

Floats = NDArray[np.float64]


@dataclass(slots=True)
class Tracked:
    """A confirmed topic.

    Attributes:
        topic: its number.
        onset: the day, in days of the series, on which it was first shown before it was confirmed.
        rates: (S,) stories per story read that its baseline had when it was first shown; NaN for strata that
            were mute then.
        expected: stories that this baseline expected in 28 days.
        phase: where it stands; changes only when three of five days say so.
        changes: all of them, the confirmation first.
        latest: the numbers of the last day.
        shown_days: on how many days it was shown since its onset.
        told: what the last days said of its phase; None for "nothing is left to tell".
    """

    topic: int
    onset: int
    rates: Floats
    expected: float
    phase: Phase
    changes: list[Change]
    latest: PhaseNumbers
    shown_days: int = 0
    told: deque[Phase | None] = field(default_factory=deque)

    def follow(self, today: date, numbers: PhaseNumbers, *, is_over: bool, parameters: Parameters) -> bool:
        """Take in the numbers of one day; False when tracking ends with it."""
        self.latest = numbers
        found = phase_of(numbers)
        self.told.append(None if is_over else found)
        if len(self.told) > parameters.confirm_days:
            self.told.popleft()
        if is_over and self.told.count(None) >= parameters.confirm_shown:
            self.changes.append(Change(today, ChangeKind.ENDED, self.phase, numbers))
            return False
        if found is not self.phase and self.told.count(found) >= parameters.confirm_shown:
            self.phase = found
            self.changes.append(Change(today, ChangeKind.PHASE, found, numbers))
        return True


class Showings:
    """On which of the last days each topic was shown, and what its baseline was on the first of them."""

    def __init__(self, kept: int) -> None:
        self.kept = kept
        self._days: dict[int, list[int]] = {}
        self._first: dict[int, tuple[Floats, float]] = {}

    def add(self, day: int, topic: int, rates: Floats, expected: float) -> None:
        """A topic is shown on a day; its baseline is kept if it is the first day of late."""
        days = self._days.setdefault(topic, [])
        if not days:
            self._first[topic] = rates, expected
        days.append(day)

    def topics(self) -> Sequence[int]:
        """Those that were shown of late, ascending."""
        return sorted(self._days)

    def recall(self, topic: int, days: Sequence[int], rates: Floats, expected: float) -> None:
        """A topic as `days` and `baseline` told it."""
        self._days[topic], self._first[topic] = list(days), (rates, expected)

    def forget(self, day: int) -> None:
        """Leave out what was shown longer ago than is kept."""
        for topic in [t for t, days in self._days.items() if days[0] <= day - self.kept]:
            days = [d for d in self._days[topic] if d > day - self.kept]
            if days:
                self._days[topic] = days
            else:
                del self._days[topic], self._first[topic]

    def days(self, topic: int) -> Sequence[int]:
        """The days, ascending; none where it was not shown of late."""
        return self._days.get(topic, ())

    def baseline(self, topic: int) -> tuple[Floats, float]:
        """Rates by stratum, and expected stories in 28 days, on the first day."""
        return self._first[topic]

    def is_confirmed(self, topic: int, day: int, parameters: Parameters) -> bool:
        """Whether it was shown on enough of the days that end with `day`."""
        recent = sum(d > day - parameters.confirm_days for d in self.days(topic))
        return recent >= parameters.confirm_shown


@dataclass(slots=True)
class Memory:
    """All that a day takes from the days before it.

    Attributes:
        showings: on which of the last days each topic was shown.
        day: the last day that it has seen, in days of the series; None before the first.
        tracked: the confirmed topics, by number.
        past: changes of those that were tracked before, by number.
        week: the last week that was over by the day, in weeks of the calendar of the series.
        slow_phi: (tiers,) what the overdispersion of that week is shrunk towards; None where no week was over.
    """

    showings: Showings
    day: int | None = None
    tracked: dict[int, Tracked] = field(default_factory=dict)
    past: dict[int, list[Change]] = field(default_factory=dict)
    week: int = -1
    slow_phi: Floats | None = None
