"""The evidence of one day for every candidate, of one run: how strong it is that its rate has risen.

What it needs is the sparse series alone. Which candidates are let through, and what they are called, is
decided in `gates`, `phases` and `signals`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nophantom.stats.count_evidence import PooledEvidence
from nophantom.stats.overdispersion import shrunken_overdispersion, tier_overdispersion
from nophantom.stats.pooled_evidence import pooled_evidence
from nophantom.trends.baselines import Baselines, Floats, Ints
from nophantom.trends.bins import Bins
from nophantom.trends.pair_counts import count_pairs, fill_pairs, fill_windows, pearson

RATE_TIERS = (1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2)
"""Stories per story read, where one tier of rates ends and the next begins."""


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """The evidence of one run on one day for K topics; M pairs of topic and stratum hold their stories.

    Attributes:
        today: the last bin.
        speaking: strata that were not mute.
        topic: (K,) numbers of the topics.
        pooled: e-values and what they are made of.
        candidate: (M,) which of the K, ascending.
        stratum: (M,) number of the stratum.
        a: (M,) shape of the posterior.
        b: (M,) its rate, in stories read.
        usual: (M,) stories per story read of the baseline that ends `lag` bins ago; a / b where the topic was
            in N by then.
        phi: (M,) overdispersion.
        tier_phi: (tiers,) what it was shrunk toward.
        counts: (M, W) capped stories of each window.
        exposure: (M, W) stories read in it.
        spanned: (M, Q) stories, not capped, of the spans asked for.
        silent: (S,) stories per story read that a stratum expects of a topic that it has never named.
    """

    today: int
    speaking: Ints
    topic: Ints
    pooled: PooledEvidence
    candidate: Ints
    stratum: Ints
    a: Floats
    b: Floats
    usual: Floats
    phi: Floats
    tier_phi: Floats
    counts: Floats
    exposure: Floats
    spanned: Floats
    silent: Floats

    def rows(self, k: int) -> slice:
        """The pairs of a topic, by its place among the K."""
        low, high = np.searchsorted(self.candidate, (k, k + 1))
        return slice(int(low), int(high))


def evaluate(
    baselines: Baselines,
    today: int,
    topics: Ints,
    spans: tuple[int, ...] = (),
    tier_phi: Floats | None = None,
) -> Evidence:
    """The evidence of one bin from everything up to and including it.

    Args:
        baselines: of the bins of a run.
        today: the bin.
        topics: (K,) ascending; all in N by then.
        spans: lengths in bins; the stories of each that ends today are counted.
        tier_phi: (tiers,) overdispersion that pairs are shrunk toward; by default that of these topics together.
            Who asks for some topics of a day again gives what the first answer had.
    """
    bins, pace = baselines.bins, baselines.pace
    speaking = baselines.speaking(today)
    ends = max(0, today - pace.lag)
    # Everything up to a topic's second story is baseline: being discovered is no evidence.
    last = np.minimum(today, np.maximum(ends, bins.entered[topics]))
    pairs = _pairs(baselines, today, topics, last, ends, speaking, spans)
    worth, until = baselines.worth(today), last[pairs.candidate]
    unnamed = worth.unnamed[pairs.stratum]
    a = np.where(pairs.stories > 0, worth.shape(pairs.stories, pairs.weighing), unnamed)
    b = baselines.discounted(pairs.stratum, until)
    was_a = np.where(pairs.old_stories > 0, worth.shape(pairs.old_stories, pairs.old_weighing), unnamed)
    counts = np.zeros((len(a), len(pace.windows)))
    events = (bins.begins, bins.stratum, bins.at, bins.count)
    windows = np.array(pace.windows, dtype=np.int64)
    caps = (pace.cap_base, pace.cap_slope, a / b)
    fill_windows(
        topics,
        last,
        *events,
        today,
        _mask(bins, speaking),
        windows,
        *caps,
        bins.exposure,
        pairs.first,
        counts,
    )
    exposure = np.stack(
        [baselines.read(pairs.stratum, np.maximum(until, today - h), today) for h in pace.windows], axis=1
    )
    phi, tier_phi = _scatter(baselines, ends, pairs.stratum, pairs.stretches, tier_phi)
    every, lasts = np.arange(bins.n_strata), np.arange(today, ends - 1, -1)
    pooled = pooled_evidence(
        *(pairs.first, pairs.stratum, counts, exposure, a, b, phi),
        ages=(today - last).astype(np.int64),
        usual_age=today - ends,
        unnamed=worth.unnamed,
        rates=baselines.discounted(every, lasts[:, None]),
        read=_windows_read(baselines, today, lasts),
        speaking=speaking,
    )
    silent = np.zeros(bins.n_strata)
    silent[speaking] = worth.unnamed[speaking] / baselines.discounted(speaking, ends)
    usual = was_a / baselines.discounted(pairs.stratum, ends)
    told = (a, b, usual, phi, tier_phi, counts, exposure, pairs.spanned, silent)
    return Evidence(today, speaking, topics, pooled, pairs.candidate, pairs.stratum, *told)


class _Pairs(NamedTuple):
    """What the pairs of topics and strata have; see `pair_counts.fill_pairs`."""

    first: Ints
    candidate: Ints
    stratum: Ints
    stories: Ints
    weighing: Floats
    old_stories: Ints
    old_weighing: Floats
    spanned: Floats
    stretches: Floats


def _pairs(
    baselines: Baselines,
    today: int,
    topics: Ints,
    last: Ints,
    ends: int,
    speaking: Ints,
    spans: tuple[int, ...],
) -> _Pairs:
    bins, pace = baselines.bins, baselines.pace
    speaks, events = _mask(bins, speaking), (bins.begins, bins.stratum, bins.at, bins.count)
    first = count_pairs(topics, *events[:3], today, speaks)
    n, n_stretches = int(first[-1]), min(pace.stretches, max(1, (ends + 1) // pace.stretch))
    numbers, sums = np.zeros((n, 4), dtype=np.int64), np.zeros((n, 2))
    spanned, stretches = np.zeros((n, len(spans))), np.zeros((n, n_stretches))
    filled = (numbers, sums, spanned, stretches)
    lengths = np.array(spans, dtype=np.int64)
    fill_pairs(
        *(topics, last, *events, today, ends, speaks, baselines.powers, lengths, first), *filled, pace.stretch
    )
    # Each contiguous: what reads them would be compiled once more for columns.
    stratum, stories, old_stories, candidate = np.ascontiguousarray(numbers.T)
    weighing, old_weighing = np.ascontiguousarray(sums.T)
    return _Pairs(
        first=first,
        candidate=candidate,
        stratum=stratum,
        stories=stories,
        weighing=weighing,
        old_stories=old_stories,
        old_weighing=old_weighing,
        spanned=spanned,
        stretches=stretches,
    )


def _mask(bins: Bins, strata: Ints) -> NDArray[np.bool_]:
    mask = np.zeros(bins.n_strata, dtype=np.bool_)
    mask[strata] = True
    return mask


def expected_of(evidence: Evidence, baselines: Baselines, length: int) -> Floats:
    """(K,) stories that the baseline expects of the last `length` bins, over all strata that speak."""
    begins, today = max(-1, evidence.today - length), evidence.today
    own = evidence.usual * baselines.read(evidence.stratum, begins, today)
    # Strata that never named the topic expect a little too: all that speak, less those that are pairs.
    every = np.arange(len(evidence.silent))
    silent = evidence.silent * baselines.read(every, begins, today)
    k = len(evidence.topic)
    named = summed(evidence.candidate, silent[evidence.stratum], k)
    return np.asarray(summed(evidence.candidate, own, k) + silent.sum() - named)


def _scatter(
    baselines: Baselines, ends: int, stratum: Ints, counts: Floats, of_tier: Floats | None
) -> tuple[Floats, Floats]:
    """(M,) overdispersion over the last stretches of the baseline, against their own rate; and that of tiers."""
    every = np.arange(baselines.bins.n_strata)
    read = np.empty((len(every), counts.shape[1]))
    for ago in range(counts.shape[1]):
        until = ends - baselines.pace.stretch * ago
        read[:, ago] = baselines.read(every, max(-1, until - baselines.pace.stretch), until)
    x2, expecting, rate = pearson(stratum, counts, read)
    tier = np.searchsorted(RATE_TIERS, rate)
    if of_tier is None:
        of_tier = tier_overdispersion(x2, expecting, tier, n_tiers=len(RATE_TIERS) + 1)
    return shrunken_overdispersion(x2, expecting, tier, of_tier=of_tier), of_tier


def _windows_read(baselines: Baselines, today: int, lasts: Ints) -> Floats:
    """(A, S, W) stories read in each window that ends today and begins after each of the days `lasts`."""
    every = np.arange(baselines.bins.n_strata)
    begins = np.maximum(lasts[:, None], today - np.array(baselines.pace.windows))
    return baselines.read(every[:, None], begins[:, None], today)


def summed(group: Ints, weights: NDArray[np.number], n: int) -> Floats:
    """(n,) sums of the weights by group, as floating point whatever the weights are."""
    return np.bincount(group, weights=weights, minlength=n).astype(np.float64)


def support(bins: Bins, today: int, length: int) -> Ints:
    """(T,) counted stories of each topic in the last `length` days, from scratch."""
    inside = (bins.at > today - length) & (bins.at <= today)
    totals = np.concatenate([[0], np.cumsum(np.where(inside, bins.count, 0), dtype=np.int64)])
    return np.asarray(totals[bins.begins[1:]] - totals[bins.begins[:-1]], dtype=np.int64)


def rolling_support(bins: Bins, length: int, first: int, last: int) -> Iterator[tuple[int, Ints]]:
    """Each day from `first` to `last` with `support` as of it; the array is the same one, and changes."""
    topic = np.repeat(np.arange(bins.n_topics), np.diff(bins.begins))
    order = np.argsort(bins.at, kind="stable")
    topic, count = topic[order], bins.count[order].astype(np.int64)
    begins = np.searchsorted(bins.at[order], np.arange(bins.n + 1))
    found, start = np.zeros(bins.n_topics, dtype=np.int64), max(0, first - length)
    for day in range(start, last + 1):
        come = slice(begins[day], begins[day + 1])
        np.add.at(found, topic[come], count[come])
        if day - length >= start:
            gone = slice(begins[day - length], begins[day - length + 1])
            np.subtract.at(found, topic[gone], count[gone])
        if day >= first:
            yield day, found
