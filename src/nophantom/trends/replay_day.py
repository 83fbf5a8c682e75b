"""One day of a replay: its candidates with their numbers, and which of them pass.

A day is reckoned from the sparse events alone. What it takes from the days before it, the topics that were tracked, it
is told.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from math import log

import numpy as np
from numpy.typing import NDArray

from nophantom.stats.counts import Intervals, momentum, rate_ratio
from nophantom.stats.evidence import Discoveries, e_bh
from nophantom.trends.baselines import Baselines, Floats, Ints
from nophantom.trends.bins import MEDIAN_DAYS, calm_exposure, days_of, weeks_of
from nophantom.trends.detection import Evidence, evaluate, expected_of, summed
from nophantom.trends.gates import NO_NAMES, CandidateDrop, WindowFacts, reasons
from nophantom.trends.generic_words import StoryTopics
from nophantom.trends.history import BEFORE, MONTH, RECENT
from nophantom.trends.overlaps import Flagged, cut_short, flagged_on, overlaps, words_of_topic
from nophantom.trends.parameters import Parameters
from nophantom.trends.phases import DEGRADED_BELOW
from nophantom.trends.series import Series
from nophantom.trends.tracking import Showings, Tracked
from nophantom.trends.window_facts import Mentioned, seasonal_ratio, window_facts

SPANS = (RECENT, MONTH, BEFORE)
CARRIES = 0.1
"""A stratum with at least this share of a topic's stories carries it."""


@dataclass(frozen=True, slots=True)
class Gated:
    """What the gates say of some candidates.

    Attributes:
        facts: what they looked at.
        seasonal: of the same candidates.
        reasons: the first gate that closes, or None.
        merged: by the place of a candidate among those: the topic that it is told by, and the share.
    """

    facts: WindowFacts
    seasonal: Floats
    reasons: list[CandidateDrop | None]
    merged: Mapping[int, tuple[int, float]]


class Reckoning:
    """All that a day is reckoned from: the series of a corpus, its baselines, and who speaks of what."""

    def __init__(
        self, series: Series, places: Ints, parameters: Parameters, told: StoryTopics | None = None
    ) -> None:
        self.series = series
        self.parameters = parameters
        self.days, self.weeks = days_of(series), weeks_of(series)
        self.baselines = Baselines(self.days, parameters.fast)
        self.weekly = Baselines(self.weeks, parameters.slow)
        self.mentioned = Mentioned.of(series.stories, series.mentions, places, told)
        self._words: dict[int, tuple[str, ...]] = {}
        self._calm = calm_exposure(self.days.exposure)
        self.week = -1
        self._log_slow: Floats = np.zeros(0)
        self.slow_phi: Floats | None = None

    def words(self, topic: int) -> tuple[str, ...]:
        """The words of a topic, in lower case and singular."""
        if topic not in self._words:
            self._words[topic] = words_of_topic(self.series.mentions.topics, topic)
        return self._words[topic]

    def flagged(self, topics: Ints, day: int) -> Flagged:
        """Topics that are held against one another, with the stories of the window that ends on a day."""
        words = [self.words(topic) for topic in topics.tolist()]
        return flagged_on(topics, words, self.mentioned.mentions, self.mentioned.stories, day)

    @property
    def first(self) -> int:
        """The first day that has a baseline."""
        return self.parameters.fast.reach

    def candidates(self, day: int, told: Ints, also: Collection[int] = ()) -> Ints:
        """(K,) the topics that are judged one by one on a day, ascending.

        Args:
            day: in days of the series.
            told: (n_topics,) stories of the last 28 days.
            also: topics that are judged however few theirs are.
        """
        judged = told >= self.parameters.min_support
        judged[list(also)] = True
        return np.flatnonzero(judged & (self.days.entered <= day)).astype(np.int64)

    def log_slow(self, day: int, topic: Ints) -> Floats:
        """(K,) logarithms of the e-values of the slow run when the last week was over; reckoned once a week."""
        week = self.weeks.over_by(day)
        if week != self.week:
            self.week, self._log_slow = week, np.full(self.series.n_topics, np.nan)
            self.slow_phi = None
        if week < 0:
            return np.full(len(topic), -np.inf)
        missing = topic[np.isnan(self._log_slow[topic])]
        known = missing[self.weeks.entered[missing] <= week]
        self._log_slow[missing] = -np.inf
        if len(known):
            self._log_slow[known] = self.slow(day, known).pooled.log_e
        return self._log_slow[topic]

    def go_on(self, week: int, slow_phi: Floats) -> None:
        """Shrink the topics of a week that has begun as the days before did."""
        self.week, self.slow_phi = week, slow_phi
        self._log_slow = np.full(self.series.n_topics, np.nan)

    def slow(self, day: int, topic: Ints) -> Evidence:
        """The evidence of the slow run when the last week was over; all topics of a week are shrunk alike."""
        found = evaluate(self.weekly, self.weeks.over_by(day), topic, (), self.slow_phi)
        self.slow_phi = found.tier_phi
        return found

    def calm_read(self, stratum: Ints, after: int, until: int) -> Floats:
        """Stories read in the days after `after` up to `until`, a flood counted as twice the usual day."""
        found: Floats = self._calm[stratum, until + 1] - self._calm[stratum, after + 1]
        return found


class Day:
    """One day of a replay, for its K candidates.

    Attributes:
        day: in days of the series.
        as_of: of the calendar.
        n_topics: N, all topics whose second story had come by then.
        topic: (K,) the candidates, ascending.
        stories: (K,) of the last 28 days.
        fast: the evidence of the run over days.
        log_fast: (K,) natural logarithm of its e-values.
        log_slow: (K,) of the run over weeks; -inf for a topic that was not in N when the last week was over.
        log_e: (K,) of their mean, before any gate.
        found: what passed.
        shown: (K,) whether it passed.
        tracked: the confirmed topics, by number, as of this day. They and `showings` go on with the replay: look at a
            day before the next is asked for.
        ended: those whose tracking ended on this day.
        momentum: (K,) the last 7 days against the baseline, with 5% and 95% bounds.
        ratio: (K,) the last 28 days against the baseline, likewise.
        showings: on which of the last 28 days each topic was shown; goes on with the replay.
        expected: (K,) stories that the baseline expected in the last 28 days.
    """

    def __init__(
        self, replay: Reckoning, day: int, topic: Ints, stories: Ints, tracked: Collection[int] = ()
    ) -> None:
        self._replay = replay
        self.day, self.topic, self.stories = day, topic, stories
        self.as_of: date = replay.series.first_day + timedelta(days=day)
        self.n_topics = int((replay.days.entered <= day).sum())
        self.fast: Evidence = evaluate(replay.baselines, day, topic, SPANS)
        self.log_fast: Floats = self.fast.pooled.log_e
        self.log_slow: Floats = replay.log_slow(day, topic)
        self.log_e: Floats = np.logaddexp(self.log_fast, self.log_slow) - log(2)
        self.tracked: Mapping[int, Tracked] = {}
        self.ended: Sequence[Tracked] = ()
        self.showings = Showings(MONTH)
        self._is_tracked: NDArray[np.bool_] = np.isin(topic, list(tracked))
        # Gates only raise the threshold: with less evidence than would be enough without any, no topic can pass.
        enough = self._control(self.log_e).log_threshold
        asked = np.flatnonzero((self.log_e >= enough) | self._is_tracked)
        self.reasons: Mapping[int, CandidateDrop | None] = dict(
            zip(asked.tolist(), self.gated(asked).reasons, strict=True)
        )
        self.found: Discoveries = self._choose(self.reasons)
        self.shown: NDArray[np.bool_] = self.found.chosen

    @cached_property
    def expected(self) -> Floats:
        """(K,) as above."""
        return expected_of(self.fast, self._replay.baselines, MONTH)

    @cached_property
    def ratio(self) -> Intervals:
        """(K,) as above."""
        return momentum(self._told(1), self.expected)

    @cached_property
    def momentum(self) -> Intervals:
        """(K,) as above."""
        return momentum(self._told(0), expected_of(self.fast, self._replay.baselines, RECENT))

    def growth(self, which: Ints) -> list[tuple[float | None, float | None]]:
        """Bounds of the rate of the last 28 days over that of days 29 to 112, of some candidates in their strata.

        Each stratum is compared with itself: one that begins, ends or grows changes what is read, not the rate. Where
        more is read than before, the upper bound is that of as many stories a day: what is said as often as ever is
        not declining because something else is said beside it.
        """
        fast, replay, n = self.fast, self._replay, len(self.topic)
        month, before = max(-1, self.day - MONTH), max(-1, self.day - BEFORE)
        now, then = fast.spanned[:, 1], fast.spanned[:, 2] - fast.spanned[:, 1]
        read_now = replay.calm_read(fast.stratum, month, self.day)
        read_then = replay.calm_read(fast.stratum, before, month)
        both = (read_now > 0) & (read_then > 0)
        as_before = read_then * ((self.day - month) / max(1, month - before))
        told_now, told_then = (summed(fast.candidate, both * told, n)[which] for told in (now, then))
        bounds = []
        for read in (read_now, np.minimum(read_now, as_before)):
            # Of the stories of a stratum, the share that falls to now if its rate is what it was.
            share = read / np.where(both, read + read_then, 1.0)
            due = summed(fast.candidate, both * (now + then) * share, n)[which]
            rest = np.maximum(0.0, told_now + told_then - due)
            bounds.append(rate_ratio(told_now, due, told_then, rest))
        return [
            (None, None) if np.isnan(low) else (low, high)
            for low, high in zip(bounds[0].low.tolist(), bounds[1].high.tolist(), strict=True)
        ]

    @cached_property
    def degraded(self) -> NDArray[np.bool_]:
        """(K,) whether every stratum that carries a candidate reads below 30% of its median.

        A stratum carries it that has a tenth of its stories of the last 112 days, or any that ever named it where
        there are none. Degraded is also a tracked one without any story whose strata have all been silent longer
        than the window.
        """
        fast, exposure, day = self.fast, self._replay.days.exposure, self.day
        speaking = fast.speaking
        usual = np.median(exposure[speaking, max(0, day - MEDIAN_DAYS) : day - 6], axis=1)
        now = exposure[speaking, max(0, day - 6) : day + 1].mean(axis=1)
        reads = np.ones(len(exposure), dtype=np.bool_)
        reads[speaking] = now >= DEGRADED_BELOW * usual
        carries = fast.spanned[:, 2] >= CARRIES * self._told(2)[fast.candidate]
        carried = summed(fast.candidate, (carries & reads[fast.stratum]).astype(np.float64), len(self.topic))
        pairs = np.bincount(fast.candidate, minlength=len(self.topic))
        silenced: NDArray[np.bool_] = (carried == 0) & ((pairs > 0) | (self.stories == 0))
        return silenced

    def gated(self, which: Ints) -> Gated:
        """What the gates say of some of the candidates, by their place among the K."""
        replay, topics = self._replay, self.topic[which]
        facts = window_facts(replay.mentioned, self.day, topics)
        seasonal = seasonal_ratio(replay.baselines, self.day, topics, self.fast.speaking)
        technology_only = replay.parameters.technology_only
        found = reasons(facts, seasonal, self.degraded[which], technology_only=technology_only)
        merged = self._merged(which, found)
        for place in merged:
            found[place] = CandidateDrop.MERGED_INTO
        return Gated(facts, seasonal, found, merged)

    def _choose(self, gates: Mapping[int, CandidateDrop | None]) -> Discoveries:
        """What passes of the candidates whose gates are open."""
        passing = np.full(len(self.topic), -np.inf)
        is_open = [k for k, reason in gates.items() if reason is None]
        passing[is_open] = self.log_e[is_open]
        return self._control(passing)

    def _control(self, log_e: Floats) -> Discoveries:
        """What passes with such e-values of the K."""
        parameters = self._replay.parameters
        return e_bh(log_e, self.n_topics, q=parameters.q, boost=parameters.boost)

    def _merged(self, which: Ints, found: list[CandidateDrop | None]) -> dict[int, tuple[int, float]]:
        """Of those that would pass, or are tracked, the ones that others tell: by place among `which`."""
        needed = self._choose(dict(zip(which.tolist(), found, strict=True))).log_needed
        passing = [
            place
            for place, k in enumerate(which.tolist())
            if found[place] is None and self.log_e[k] >= needed
        ]
        # What is tracked is listed whichever other gate has closed, so it is looked at all the same.
        settled = {
            place
            for place in np.flatnonzero(self._is_tracked[which]).tolist()
            if found[place] not in NO_NAMES
        } - set(passing)
        flagged = sorted({*passing, *settled})
        if len(flagged) < 2:
            return {}
        listed = self._replay.flagged(self.topic[which[flagged]], self.day)
        place_of = dict(zip(listed.topics.tolist(), flagged, strict=True))
        pairs = overlaps(listed, self.expected[which[flagged]])
        merged: dict[int, tuple[int, float]] = {}
        for one in pairs:
            is_settled = not settled.isdisjoint((place_of[one.short], place_of[one.long]))
            if one.is_fragment and (one.is_part or not is_settled):
                merged.setdefault(place_of[one.short], (one.long, one.of_short))
        for cut in cut_short(listed):
            # What is merged takes no other in: of two that go on with one another, both would vanish.
            if place_of[cut.into] not in merged:
                merged.setdefault(place_of[cut.topic], (cut.into, cut.share))
        for one in pairs:
            # Likewise: a chain would end in nothing.
            is_open = found[place_of[one.short]] is None and found[place_of[one.long]] is None
            if is_open and one.says_no_more and place_of[one.short] not in merged:
                merged.setdefault(place_of[one.long], (one.short, one.of_long))
        return merged

    def rates(self, k: int) -> Floats:
        """(S,) stories per story read that the baseline of a candidate has; NaN for strata that are mute."""
        rates = np.full(len(self.fast.silent), np.nan)
        rates[self.fast.speaking] = self.fast.silent[self.fast.speaking]
        rows = self.fast.rows(k)
        rates[self.fast.stratum[rows]] = self.fast.usual[rows]
        return rates

    def since(self, k: int, rates: Floats, days: int = MONTH) -> tuple[float, float, float] | None:
        """The rate of the last 28 or 112 days over earlier rates, in the strata that had one; None if none was read."""
        read = self._replay.baselines.read(np.arange(len(rates)), max(-1, self.day - days), self.day)
        known = ~np.isnan(rates)
        if not (read[known] > 0).any():
            return None
        rows = self.fast.rows(k)
        inside = known[self.fast.stratum[rows]]
        told = float(self.fast.spanned[rows, SPANS.index(days)][inside].sum())
        found = momentum(told, float((rates[known] * read[known]).sum()))
        return float(found.point), float(found.low), float(found.high)

    def _told(self, span: int) -> Floats:
        return summed(self.fast.candidate, self.fast.spanned[:, span], len(self.topic))
