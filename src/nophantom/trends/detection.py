"""The fast run: for one day and every candidate, how strong the evidence is that its rate has risen.

What it needs is the sparse series alone. Which candidates are let through, and what they are called, is
decided in `gates`, `phases` and `signals`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nophantom.stats.count_evidence import (
    FACTORS,
    WINDOWS,
    PooledEvidence,
    log_likelihood_ratios,
    pool_evidence,
)
from nophantom.stats.counts import Intervals, cap_counts, momentum, overdispersion
from nophantom.trends.baselines import Baselines, Floats, Ints, Parameters
from nophantom.trends.series import Series

SLOWEST = max(WINDOWS)
RECENT = 7
"""Days of the momentum."""
BEFORE = 112
"""Growth compares the last 28 days with the days before them, back to this age; a history begins there."""
WEEKS = 26
"""Baseline weeks that the overdispersion is taken from."""
RATE_TIERS = (1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2)
"""Stories per story read, where one tier of rates ends and the next begins."""


@dataclass(frozen=True, slots=True, eq=False)
class DayEvidence:
    """The evidence of one day, for its K candidates; M pairs of candidate and stratum hold their stories.

    Attributes:
        day: as in the series.
        n_topics: N, all topics whose second story had come by then.
        n_strata: strata that were not mute.
        topic: (K,) numbers of the candidates in the series.
        stories: (K,) stories of the last 28 days.
        evidence: e-values and what they are made of.
        momentum: (K,) the last 7 days against the baseline; 5% and 95% quantiles.
        ratio: (K,) the last 28 days against the baseline, likewise.
        expected: (K,) stories that the baseline expected in the last 28 days.
        candidate: (M,) which of the K.
        stratum: (M,) number of the stratum.
        a: (M,) posterior shape of the baseline.
        b: (M,) its rate, in stories read.
        baseline_rate: (M,) stories per story read of the baseline that ends 28 days ago, which `expected` is taken
            from; `a / b` where the topic was in N by then.
        phi: (M,) overdispersion.
        counts: (M, W) capped stories of each window.
        exposure: (M, W) stories read in it.
    """

    day: int
    n_topics: int
    n_strata: int
    topic: Ints
    stories: Ints
    evidence: PooledEvidence
    momentum: Intervals
    ratio: Intervals
    expected: Floats
    candidate: Ints
    stratum: Ints
    a: Floats
    b: Floats
    baseline_rate: Floats
    phi: Floats
    counts: Floats
    exposure: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """The candidates' events up to a day, grouped by pair of candidate and stratum."""

    candidate: Ints
    stratum: Ints
    shape: Floats
    rate: Floats
    event: Ints  # which pair
    day: Ints
    count: Floats

    def total(self, weights: Floats) -> Floats:
        """(M,) sum of the weights of the events of each pair."""
        return summed(self.event, weights, len(self.candidate))

    def counted(self, after: Ints | int, until: int, counts: Floats | None = None) -> Floats:
        """(M,) stories on the days after `after` (per pair, or one for all), up to `until`."""
        begins = np.broadcast_to(np.asarray(after), self.candidate.shape)[self.event]
        inside = (self.day > begins) & (self.day <= until)
        return self.total(np.where(inside, self.count if counts is None else counts, 0.0))


def evaluate(
    series: Series, baselines: Baselines, day: int, parameters: Parameters, tracked: Ints | None = None
) -> DayEvidence:
    """The evidence of one day from everything up to and including it.

    Args:
        series: sparse events and exposures.
        baselines: of the same series.
        day: 0 is the first day of the series.
        parameters: lag, forgetting and least support.
        tracked: topics that are candidates whatever their support, because they were signals before.
    """
    topics, stories = _candidates(series, baselines, day, parameters.min_support, tracked)
    speaking = baselines.speaking(day, parameters.lag, SLOWEST)
    ends = max(0, day - parameters.lag)
    pairs = _pairs(series, baselines, day, topics, speaking)
    # Everything up to a topic's second story is baseline: being discovered is no evidence.
    last = np.minimum(day, np.maximum(ends, baselines.entered[topics]))
    a, b = _posterior(baselines, pairs, last[pairs.candidate])
    counts, exposure = _windows(series, baselines, day, pairs, last[pairs.candidate], a / b)
    phi = _scatter(series, baselines, ends, pairs)
    silence, silence_e = _silence(baselines, day, ends, speaking)
    since = (day - last).astype(np.int64)
    evidence = pool_evidence(
        log_likelihood_ratios(counts, exposure, a, b, phi),
        log_likelihood_ratios(np.zeros_like(counts), exposure, pairs.shape, b),
        pairs.candidate,
        silence[since],
        silence_e[since],
        n_strata=max(1, len(speaking)),
    )
    was_a, was_b = _posterior(baselines, pairs, np.full(len(pairs.candidate), ends, dtype=np.int64))
    usual, k = was_a / was_b, len(topics)
    recent, expected_recent = _against_baseline(baselines, day, RECENT, ends, pairs, usual, k, speaking)
    month, expected = _against_baseline(baselines, day, SLOWEST, ends, pairs, usual, k, speaking)
    return DayEvidence(
        day=day,
        n_topics=int((baselines.entered <= day).sum()),
        n_strata=len(speaking),
        topic=topics,
        stories=stories,
        evidence=evidence,
        momentum=momentum(recent, expected_recent),
        ratio=momentum(month, expected),
        expected=expected,
        candidate=pairs.candidate,
        stratum=pairs.stratum,
        a=a,
        b=b,
        baseline_rate=usual,
        phi=phi,
        counts=counts,
        exposure=exposure,
    )


def _candidates(
    series: Series, baselines: Baselines, day: int, min_support: int, tracked: Ints | None
) -> tuple[Ints, Ints]:
    """Topics with enough stories in the last 28 days, or tracked, and how many each has."""
    window = (series.day > day - SLOWEST) & (series.day <= day)
    stories = np.bincount(
        series.topic[window], weights=series.count[window], minlength=series.n_topics
    ).astype(np.int64)
    enough = stories >= min_support
    if tracked is not None:
        enough[tracked] = True
    topics = np.flatnonzero(enough & (baselines.entered <= day)).astype(np.int64)
    return topics, stories[topics]


def _pairs(series: Series, baselines: Baselines, day: int, topics: Ints, speaking: Ints) -> _Pairs:
    n_strata = len(series.exposure)
    rank = np.full(series.n_topics, -1, dtype=np.int64)
    rank[topics] = np.arange(len(topics))
    speaks = np.zeros(n_strata, dtype=np.bool_)
    speaks[speaking] = True
    kept = (series.day <= day) & (rank[series.topic] >= 0) & speaks[series.stratum]
    key = rank[series.topic[kept]] * n_strata + series.stratum[kept]
    found, event = np.unique(key, return_inverse=True)
    stratum = found % n_strata
    shape, rate = baselines.prior_of(stratum, day)
    return _Pairs(
        candidate=found // n_strata,
        stratum=stratum,
        shape=shape,
        rate=rate,
        event=event.astype(np.int64),
        day=series.day[kept].astype(np.int64),
        count=series.count[kept].astype(np.float64),
    )


def _posterior(baselines: Baselines, pairs: _Pairs, until: Ints) -> tuple[Floats, Floats]:
    """(M,) shape and rate of the baseline that ends with the day `until` of each pair."""
    age = until[pairs.event] - pairs.day
    weights = np.where(age >= 0, pairs.count * baselines.forgetting ** np.maximum(age, 0), 0.0)
    return pairs.shape + pairs.total(weights), pairs.rate + baselines.discounted(pairs.stratum, until)


def _windows(
    series: Series, baselines: Baselines, day: int, pairs: _Pairs, last: Ints, usual: Floats
) -> tuple[Floats, Floats]:
    """(M, W) capped stories and stories read in each window, from after the end of the baseline on."""
    read = series.exposure[pairs.stratum[pairs.event], pairs.day].astype(np.float64)
    capped = cap_counts(pairs.count, usual[pairs.event], read)
    counts = np.empty((len(pairs.candidate), len(WINDOWS)))
    exposure = np.empty_like(counts)
    for column, length in enumerate(WINDOWS):
        after = np.maximum(last, day - length)
        counts[:, column] = pairs.counted(after, day, capped)
        exposure[:, column] = baselines.read(pairs.stratum, after, day)
    return counts, exposure


def _scatter(series: Series, baselines: Baselines, ends: int, pairs: _Pairs) -> Floats:
    """(M,) overdispersion over the baseline weeks that were read, against the rate of these weeks."""
    n_weeks, n = min(WEEKS, max(1, (ends + 1) // 7)), len(pairs.candidate)
    ago = (ends - pairs.day) // 7  # weeks
    inside = (pairs.day <= ends) & (ago < n_weeks)
    counts = summed(pairs.event[inside] * n_weeks + ago[inside], pairs.count[inside], n * n_weeks)
    counts = counts.reshape(n, n_weeks)
    read = np.empty_like(counts)
    for week in range(n_weeks):
        until = ends - 7 * week
        read[:, week] = baselines.read(pairs.stratum, max(-1, until - 7), until)
    rate = (pairs.shape + counts.sum(axis=1)) / (pairs.rate + read.sum(axis=1))
    tier = np.searchsorted(RATE_TIERS, rate)
    return overdispersion(counts, rate[:, None] * read, tier)


def _silence(baselines: Baselines, day: int, ends: int, speaking: Ints) -> tuple[Floats, Floats]:
    """What all strata together say of a topic that none of them ever named, by the age of its evidence.

    Row d is for a topic whose evidence begins d days before `day`: the sum of the logarithms over
    strata, (ages, W, R), and the sum of their e-values, (ages,).
    """
    shape, rate = baselines.prior_of(speaking, day)
    ages = day - ends + 1
    sums, sums_e = np.zeros((ages, len(WINDOWS), len(FACTORS))), np.zeros(ages)
    if not len(speaking):
        return sums, sums_e
    for age in range(ages):
        last = day - age
        after = [max(last, day - length) for length in WINDOWS]
        exposure = np.stack([baselines.read(speaking, begins, day) for begins in after], axis=1)
        log_lr = log_likelihood_ratios(
            np.zeros_like(exposure), exposure, shape, rate + baselines.discounted(speaking, last)
        )
        sums[age] = log_lr.sum(axis=0)
        sums_e[age] = np.exp(log_lr).mean(axis=(1, 2)).sum()
    return sums, sums_e


def _against_baseline(
    baselines: Baselines,
    day: int,
    length: int,
    ends: int,
    pairs: _Pairs,
    usual: Floats,
    n_candidates: int,
    speaking: Ints,
) -> tuple[Floats, Floats]:
    """(K,) stories of the last `length` days, not capped, and what the baseline expected, over all strata."""
    begins = max(-1, day - length)
    expected = usual * baselines.read(pairs.stratum, begins, day)
    # Strata that never named the topic expect a little too: all that speak, less those that are pairs.
    shape, rate = baselines.prior_of(speaking, day)
    silent = np.zeros(len(baselines.series.exposure))
    silent[speaking] = (
        shape / (rate + baselines.discounted(speaking, ends)) * baselines.read(speaking, begins, day)
    )
    own = summed(pairs.candidate, silent[pairs.stratum], n_candidates)
    seen = summed(pairs.candidate, expected, n_candidates)
    return summed(pairs.candidate, pairs.counted(begins, day), n_candidates), seen + silent.sum() - own


def summed(group: Ints, weights: Floats, n: int) -> Floats:
    """(n,) sums of the weights by group, as floating point whatever the weights are."""
    return np.bincount(group, weights=weights, minlength=n).astype(np.float64)
