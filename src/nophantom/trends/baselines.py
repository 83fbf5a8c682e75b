"""What is usual: discounted exposures of every stratum, and how rates vary between topics.

The state is defined by its recursion in day order: B <- forgetting * B + stories read. It is a cache:
made again from the series it is the same to the bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from nophantom.stats.counts import GammaPrior, fit_prior
from nophantom.trends.series import NEVER, Series

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Parameters:
    """What decides a detection; part of the identity of a snapshot.

    Attributes:
        lag: days between the end of the baseline and today.
        forgetting: weight that a baseline day loses per day.
        min_support: stories in the last 28 days that make a topic a candidate.
        q: share of false discoveries at which signals are shown.
        replay: days before today that are detected again, so that no earlier snapshot is needed.
        confirm_days: of so many last days ...
        confirm_shown: ... a topic must be shown on so many to be confirmed.
        phantom_below: a rate ratio whose upper bound is below this is no trend.
        technology_only: switch of the facet `not_technology`.
    """

    lag: int = 28
    forgetting: float = 0.999
    min_support: int = 3
    q: float = 0.10
    replay: int = 28
    confirm_days: int = 5
    confirm_shown: int = 3
    phantom_below: float = 1.5
    technology_only: bool = True


class Baselines:
    """Exposures and priors of all strata, for any day of one series."""

    def __init__(self, series: Series, forgetting: float) -> None:
        self.series = series
        self.forgetting = forgetting
        stories = series.exposure.astype(np.float64)
        n_strata, n_days = stories.shape
        self._before = np.concatenate([np.zeros((n_strata, 1)), np.cumsum(stories, axis=1)], axis=1)
        self._discounted = np.empty_like(stories)
        weight = np.zeros(n_strata)
        for day in range(n_days):
            weight = forgetting * weight + stories[:, day]
            self._discounted[:, day] = weight
        self._priors: dict[int, Mapping[int, GammaPrior]] = {}
        second = series.second_day_of.astype(np.int64)
        self.entered: Ints = np.where(second == NEVER, series.n_days, second)
        """(T,) the day on which each topic enters N, that of its second story; beyond the end if never."""

    def read(self, stratum: NDArray[np.integer], after: Ints | int, until: Ints | int) -> Floats:
        """Stories read in `stratum` on the days after `after`, up to and including `until`."""
        found: Floats = (
            self._before[stratum, np.asarray(until) + 1] - self._before[stratum, np.asarray(after) + 1]
        )
        return found

    def discounted(self, stratum: NDArray[np.integer], until: Ints | int) -> Floats:
        """Exposure of a baseline that ends with the day `until`, older days weighing less."""
        found: Floats = self._discounted[stratum, until]
        return found

    def speaking(self, day: int, lag: int, slowest: int) -> Ints:
        """Strata that are not mute: their baseline has read at least what the slowest window reads.

        A stratum that began after the first of the month has no prior yet, and is mute for that alone.
        """
        priors = self.priors(day)
        every = np.array(sorted(priors), dtype=np.int64)
        ends = max(0, day - lag)
        baseline = self.discounted(every, ends)
        window = self.read(every, max(-1, day - slowest), day)
        return every[(baseline > 0) & (baseline >= window) & (window > 0)]

    def priors(self, day: int) -> Mapping[int, GammaPrior]:
        """The prior of each stratum as of the first of the month of `day`, from what came before it."""
        on = self.series.first_day + timedelta(days=day)
        first = max(0, day - on.day + 1)
        if first not in self._priors:
            self._priors[first] = self._fit(first)
        return self._priors[first]

    def prior_of(self, strata: Ints, day: int) -> tuple[Floats, Floats]:
        """Shape and rate of the priors of some strata that speak on `day`."""
        priors = self.priors(day)
        found = [priors[stratum] for stratum in strata.tolist()]
        return np.array([p.shape for p in found]), np.array([p.rate for p in found])

    def _fit(self, before: int) -> Mapping[int, GammaPrior]:
        """Maximum likelihood over all topics known by then, the unseen ones with a total of 0."""
        series = self.series
        is_known = self.entered < before
        past = (series.day < before) & is_known[series.topic]
        n_known, n_topics = int(is_known.sum()), len(is_known)
        key = series.stratum[past].astype(np.int64) * n_topics + series.topic[past]
        pairs, place = np.unique(key, return_inverse=True)
        totals = np.bincount(place, weights=series.count[past], minlength=len(pairs))
        strata = pairs // max(1, n_topics)
        priors = {}
        for stratum in range(len(self._before)):
            own = totals[strata == stratum]
            values, topics = np.unique(own, return_counts=True)
            read = float(self._before[stratum, before])
            if read > 0:
                priors[stratum] = fit_prior(
                    np.concatenate([[0.0], values]), np.concatenate([[n_known - len(own)], topics]), read
                )
        return priors
