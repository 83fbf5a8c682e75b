"""Rules of others on the same series: what a list of the same length would have been by each.

They see what we see (distinct stories by author, the stories read on each day) without strata: counts are summed
over all of them, as these rules are published. Each rule ranks the topics of every day, so that its list can be
cut to the length of ours; how many its own threshold would have flagged is told beside it. No rule looks ahead.

Each day costs what was written in it and in the weeks before, not the size of the vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from math import log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from nophantom.errors import InvalidInput
from nophantom.trends.backtest.ranked_days import DayList
from nophantom.trends.series import NEVER, Series

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

LONGEST = 200
"""Topics that are kept of a day's ranking."""

RECENT, BEFORE, LONG_BEFORE = 7, 28, 56
"""Days that are new, and days before them that they are compared with."""

RATIO, LEAST = 3.0, 5
"""The ratio rule flags from such a ratio on, with so many stories in the new days."""

HALF_LIFE, Z = 28.0, 3.0
"""Days in which an exponential mean forgets half; the score from which on SigniTrend flags."""

Q = 0.10
"""Share of false discoveries that Benjamini-Hochberg aims at."""

STEP, GAMMA = 3.0, 2.0
"""Kleinberg: the burst state has so many times the usual rate; entering it costs so many logarithms of the days."""


class Peer(StrEnum):
    """A rule."""

    RATIO = "ratio"
    """Mean of 7 days over the mean of the 28 days before; at least 5 stories."""
    EWMA = "ewma"
    """SigniTrend: exponential mean and variance of the daily share, with a bias for the rare."""
    POISSON = "poisson"
    """7 days against the 56 before as Poisson counts, with Benjamini-Hochberg over all known topics."""
    KLEINBERG = "kleinberg"
    """Two states with binomial emissions of the stories read."""


class PeerDay(NamedTuple):
    """One rule's ranking of one day.

    Attributes:
        day: number in the series.
        topic: numbers of the topics, best first, `LONGEST` at most.
        score: what it was ranked by first, descending; compared only inside one day.
        n_flagged: how many the rule's own threshold flags, wherever its ranking was cut.
    """

    day: int
    topic: Ints
    score: Floats
    n_flagged: int


@dataclass(frozen=True, slots=True, eq=False)
class Totals:
    """A series summed over its strata, in order of day.

    Attributes:
        begins: (n_days + 1,) where the events of a day begin in `topic` and `count`.
        topic: (n_events,) ascending inside a day.
        count: (n_events,) stories.
        read: (n_days,) stories read.
        entered: (n_days + 1,) how many topics had their second story before each day.
        n_topics: topics in all.
    """

    begins: Ints
    topic: Ints
    count: Floats
    read: Floats
    entered: Ints
    n_topics: int

    @property
    def n_days(self) -> int:
        """Days in all."""
        return len(self.read)

    def of(self, day: int) -> slice:
        """The events of a day."""
        return slice(int(self.begins[day]), int(self.begins[day + 1]))


def totals(series: Series) -> Totals:
    """What the rules read of a series."""
    key = series.day.astype(np.int64) * series.n_topics + series.topic
    keys, place = np.unique(key, return_inverse=True)
    day = keys // max(1, series.n_topics)
    second = series.second_day_of[series.second_day_of != NEVER]
    return Totals(
        begins=np.searchsorted(day, np.arange(series.n_days + 1)),
        topic=keys % max(1, series.n_topics),
        count=np.bincount(place, weights=series.count, minlength=len(keys)).astype(np.float64),
        read=series.exposure.sum(axis=0).astype(np.float64),
        entered=np.searchsorted(np.sort(second), np.arange(series.n_days + 1)),
        n_topics=series.n_topics,
    )


def replay_peer(peer: Peer, known: Totals, first: int, last: int) -> Iterator[PeerDay]:
    """The rankings of one rule from one day to another, both included.

    Args:
        peer: which rule.
        known: of a series; read from its first day on, whatever `first` is.
        first: first day that is given.
        last: the last one.

    Raises:
        InvalidInput: days that the series does not have.
    """
    if not 0 <= first <= last < known.n_days:
        raise InvalidInput(
            f"the series has days 0 to {known.n_days - 1}; got {first} to {last}. Give days of it, in order."
        )
    rules: dict[Peer, Callable[[Totals, int, int], Iterator[PeerDay]]] = {
        Peer.RATIO: _ratio,
        Peer.EWMA: _ewma,
        Peer.POISSON: _poisson,
        Peer.KLEINBERG: _kleinberg,
    }
    return rules[peer](known, first, last)


def peer_list(series: Series, day: PeerDay) -> DayList:
    """A ranking as the list of a day, not cut further."""
    slugs = series.mentions.topics.slugs
    return DayList(
        series.first_day + timedelta(days=day.day), tuple(slugs[topic] for topic in day.topic.tolist())
    )


class _Sliding:
    """Stories of each topic on days that move with today: from `oldest` to `newest` days ago."""

    def __init__(self, known: Totals, newest: int, oldest: int) -> None:
        self.known, self.newest, self.oldest = known, newest, oldest
        self.stories: Floats = np.zeros(known.n_topics)
        self.read = 0.0

    def move(self, day: int) -> None:
        """From yesterday to `day`."""
        for at, sign in ((day - self.newest, 1.0), (day - self.oldest - 1, -1.0)):
            if at >= 0:
                events = self.known.of(at)
                self.stories[self.known.topic[events]] += sign * self.known.count[events]
                self.read += sign * self.known.read[at]


def _spoken(known: Totals, day: int, days: int) -> Ints:
    """Topics with a story in the last `days` days, ascending."""
    return np.unique(known.topic[int(known.begins[max(0, day - days + 1)]) : int(known.begins[day + 1])])


def _best(day: int, topic: Ints, keys: tuple[Floats, ...], n_flagged: int) -> PeerDay:
    """The ranking by the first key, descending; ties by the next, then by number."""
    order = np.lexsort((topic, *(-key for key in reversed(keys))))[:LONGEST]
    return PeerDay(day, topic[order], keys[0][order], n_flagged)


def _ratio(known: Totals, first: int, last: int) -> Iterator[PeerDay]:
    recent, before = _Sliding(known, 0, RECENT - 1), _Sliding(known, RECENT, RECENT + BEFORE - 1)
    for day in range(last + 1):
        recent.move(day)
        before.move(day)
        if day < first:
            continue
        topic = _spoken(known, day, RECENT)
        new, old = recent.stories[topic], before.stories[topic]
        enough = new >= LEAST
        topic, new, old = topic[enough], new[enough], old[enough]
        # What never came before is infinitely more: among these the most stories come first.
        ratio = np.divide(new / RECENT, old / BEFORE, out=np.full(len(new), np.inf), where=old > 0)
        yield _best(day, topic, (ratio, new), int((ratio >= RATIO).sum()))


def _poisson(known: Totals, first: int, last: int) -> Iterator[PeerDay]:
    recent, before = _Sliding(known, 0, RECENT - 1), _Sliding(known, RECENT, RECENT + LONG_BEFORE - 1)
    for day in range(last + 1):
        recent.move(day)
        before.move(day)
        if day < first:
            continue
        topic = _spoken(known, day, RECENT)
        new = recent.stories[topic]
        # Half a story more: a rate of 0 would make a single story infinitely surprising.
        mean = (before.stories[topic] + 0.5) * recent.read / max(before.read, 1.0)
        p = special.gammainc(new, mean)
        surprise = new * np.log(np.maximum(new, 1e-300) / np.maximum(mean, 1e-300)) - (new - mean)
        yield _best(day, topic, (-p, surprise), _discoveries(p, int(known.entered[day + 1])))


def _discoveries(p_values: Floats, n: int) -> int:
    """How many Benjamini-Hochberg finds at `Q` among n, of which all that are not given have a p-value of 1."""
    allowed = Q * np.arange(1, len(p_values) + 1) / max(n, len(p_values), 1)
    passed = np.flatnonzero(np.sort(p_values) <= allowed)
    return int(passed[-1]) + 1 if len(passed) else 0


def _ewma(known: Totals, first: int, last: int) -> Iterator[PeerDay]:
    """SigniTrend: Schubert, Weiler and Kriegel (2014), KDD: (x - max(mean, beta)) / (sd + beta), beta the bias.

    Topics without a story are not touched: n days of nothing have a closed form.
    """
    keeps = 0.5 ** (1.0 / HALF_LIFE)
    mean, variance = np.zeros(known.n_topics), np.zeros(known.n_topics)
    seen = np.zeros(known.n_topics, dtype=np.int64)  # read days when each was last brought up to date
    read_days, usual = 0, 0.0
    for day in range(last + 1):
        read = known.read[day]
        topic, scores = np.zeros(0, dtype=np.int64), np.zeros(0)
        if read > 0:
            events = known.of(day)
            topic, share = known.topic[events], known.count[events] / read
            beta = 1.0 / (usual or read)
            kept = keeps ** (read_days - seen[topic])
            variance[topic] = kept * (variance[topic] + mean[topic] ** 2 * (1.0 - kept))
            mean[topic] *= kept
            scores = (share - np.maximum(mean[topic], beta)) / (np.sqrt(variance[topic]) + beta)
            change = share - mean[topic]
            mean[topic] += (1.0 - keeps) * change
            variance[topic] = keeps * (variance[topic] + (1.0 - keeps) * change**2)
            read_days += 1
            seen[topic] = read_days
            usual = read if usual == 0 else usual + (1.0 - keeps) * (read - usual)
        if day >= first:
            yield _best(day, topic, (scores,), int((scores >= Z).sum()))


def _kleinberg(known: Totals, first: int, last: int) -> Iterator[PeerDay]:
    """Kleinberg (2002), KDD: two states, r of d stories binomial, cost `GAMMA` ln(days) to enter the burst.

    Of the cheapest ways through all days up to today one ends in the burst, one outside; what the first costs more
    (`excess`) moves by the day's difference of costs between 0 and the cost of entering. On days of nothing it only
    rises, by what was read: no topic without a story is touched. The usual rate is that of all days up to today.
    Listed is what was in the burst state on one of the last 7 days, bursts that began in the last 28 first, then by
    weight: by weight alone the oldest bursts would hide every new one.
    """
    n = known.n_topics
    read = np.concatenate([[0.0], np.cumsum(known.read)])
    stories, seen = np.zeros(n), np.zeros(n)  # stories so far; what had been read at the last of them
    excess, weight = np.full(n, np.inf), np.zeros(n)
    burst_on = np.full(n, -RECENT, dtype=np.int64)
    began = burst_on.copy()
    for day in range(last + 1):
        events = known.of(day)
        topic, count = known.topic[events], known.count[events]
        stories[topic] += count
        usual = stories[topic] / read[day + 1]
        burst = np.minimum(STEP * usual, 1.0 - 1e-9)
        of_silence = np.log1p(-np.minimum(usual, 1.0 - 1e-9)) - np.log1p(-burst)
        cost = GAMMA * log(day + 2)
        idle = (read[day] - seen[topic]) * of_silence
        gain = count * np.log(burst / usual) - np.maximum(known.read[day] - count, 0.0) * of_silence
        excess[topic] = np.clip(np.maximum(excess[topic], 0.0) + idle, 0.0, cost) - gain
        weight[topic] = np.maximum(np.maximum(weight[topic], 0.0) - idle, 0.0) + gain
        seen[topic] = read[day + 1]
        inside = topic[excess[topic] < 0]
        began[inside[burst_on[inside] <= day - RECENT]] = day
        burst_on[inside] = day
        if day >= first:
            recent = _spoken(known, day, RECENT)
            recent = recent[burst_on[recent] > day - RECENT]
            is_new = (began[recent] > day - BEFORE).astype(np.float64)
            yield _best(day, recent, (is_new, weight[recent]), len(recent))
