"""Detection replayed day by day: each day from what was known by then, and from the days before it.

A snapshot depends on the documents alone, never on which snapshots were made earlier: the days before it are always
replayed, from the first on which a baseline exists, or from a day that an earlier replay of the very same past
remembers. What a day takes from the days before it is small: on which days each topic was shown of late, and the
topics that are tracked (`tracking.Memory`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from nophantom.errors import InvalidInput
from nophantom.trends.detection import rolling_support
from nophantom.trends.gates import NO_NAMES
from nophantom.trends.history import BEFORE, MONTH
from nophantom.trends.phases import Change, ChangeKind, PhaseNumbers, phase_of
from nophantom.trends.replay_day import Day, Reckoning
from nophantom.trends.tracking import Memory, Showings, Tracked

OnDay = Callable[[int, int], None]
"""Told how many of how many days are done."""


class Replay(Reckoning):
    """A corpus, day by day."""

    def run(self, last: int | None = None, memory: Memory | None = None) -> Iterator[Day]:
        """All days from the first that has a baseline up to `last`, each when it is asked for.

        Args:
            last: the last day; that of the series if not given.
            memory: of an earlier replay of the very same past, which goes on from the day after; it is changed.

        Raises:
            InvalidInput: the series is too short to have a baseline, or ends before the day.
        """
        last = self.series.n_days - 1 if last is None else last
        if last >= self.series.n_days:
            raise InvalidInput(
                f"the series has days 0 to {self.series.n_days - 1}; got {last}. Give one of these."
            )
        if last < self.first:
            raise InvalidInput(
                f"a detection needs at least {self.first + 1} days of documents; got {last + 1}. Import more history "
                "or choose a later day."
            )
        return self._run(last, memory or Memory(Showings(MONTH)))

    def _run(self, last: int, memory: Memory) -> Iterator[Day]:
        tracked, past, showings = memory.tracked, memory.past, memory.showings
        self.memory = memory
        if memory.slow_phi is not None:
            self.go_on(memory.week, memory.slow_phi)
        first = self.first if memory.day is None else memory.day + 1
        for day, support in rolling_support(self.days, MONTH, first, last):
            topic = self.candidates(day, support, tracked)
            today = Day(self, day, topic, support[topic], tracked)
            today.ended = self._follow(today, tracked)
            past |= {one.topic: one.changes for one in today.ended}
            self._confirm(today, tracked, showings, past)
            today.tracked = dict(tracked)
            today.showings = showings
            memory.day, memory.week, memory.slow_phi = day, self.week, self.slow_phi
            yield today

    def _follow(self, today: Day, tracked: dict[int, Tracked]) -> list[Tracked]:
        """Take in the numbers of a day; those whose tracking ends with it are taken out and returned."""
        if not tracked:
            return []
        ended = []
        topics = sorted(tracked)
        places = np.searchsorted(today.topic, topics)
        growth = today.growth(places)
        for n, topic in enumerate(topics):
            one, k = tracked[topic], int(places[n])
            since = today.since(k, one.rates)
            numbers = PhaseNumbers(
                degraded=bool(today.degraded[k]) or since is None,
                expected_at_onset=one.expected,
                onset_age=today.day - one.onset,
                growth_low=growth[n][0],
                growth_high=growth[n][1],
                since_onset=since,
            )
            is_back = since is not None and since[2] < self.parameters.phantom_below
            if today.day - one.onset >= BEFORE:
                long_since = today.since(k, one.rates, BEFORE)
                # The affair itself lies further back than that, and nothing says any more that the rate is raised.
                is_back |= long_since is not None and long_since[1] <= 1
            is_silent = since is not None and today.stories[k] == 0
            is_no_name = today.reasons.get(k) in NO_NAMES
            is_over = is_no_name or (not today.degraded[k] and (is_back or is_silent))
            if not one.follow(today.as_of, numbers, is_over=is_over, parameters=self.parameters):
                ended.append(tracked.pop(topic))
        return ended

    def _confirm(
        self,
        today: Day,
        tracked: dict[int, Tracked],
        showings: Showings,
        past: Mapping[int, list[Change]],
    ) -> None:
        showings.forget(today.day)
        for k in np.flatnonzero(today.shown).tolist():
            topic = int(today.topic[k])
            showings.add(today.day, topic, today.rates(k), float(today.expected[k]))
            if topic in tracked:
                tracked[topic].shown_days += 1
                continue
            if not showings.is_confirmed(topic, today.day, self.parameters):
                continue
            rates, expected = showings.baseline(topic)
            onset, times = showings.days(topic)[0], len(showings.days(topic))
            growth = today.growth(np.array([k]))
            numbers = PhaseNumbers(
                degraded=False,
                expected_at_onset=expected,
                onset_age=today.day - onset,
                growth_low=growth[0][0],
                growth_high=growth[0][1],
                since_onset=today.since(k, rates),
            )
            phase = phase_of(numbers)
            first = Change(today.as_of, ChangeKind.CONFIRMED, phase, numbers)
            changes = [*past.get(topic, ()), first]
            tracked[topic] = Tracked(topic, onset, rates, expected, phase, changes, numbers, times)
