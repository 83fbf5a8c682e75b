"""Permutations: corpora in which nothing can be found, or in which only the time of things is wrong.

The *null* permutes the days of single stories inside strata: no rate changes any more, and whatever is flagged is
false. The *stress* permutes whole weeks: what came in bursts still does, which no null of steady rates describes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.stats.estimates import Estimate
from nophantom.stats.evidence import self_test
from nophantom.stats.proportions import wilson
from nophantom.trends.series import Series, build_series
from nophantom.trends.stories import Stories

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

WEEK = 7

LEVELS = (10.0, 100.0, 1_000.0, 10_000.0)
"""E-values at which the calibration is read."""


class Permutation(StrEnum):
    """What was permuted."""

    STORIES = "stories"
    """The days of single stories inside strata: the null."""
    WEEKS = "weeks"
    """Whole weeks, in each stratum in another order: bursts stay, news that all strata shared is torn apart."""
    SHARED_WEEKS = "shared_weeks"
    """Whole weeks, in all strata in one order: news that all strata shared stays shared."""


class NullDay(NamedTuple):
    """What a detection said of one permuted day.

    Attributes:
        as_of: the day.
        n_topics: N.
        flagged: flagged topics of each rate tier.
        log_e: (K,) natural logarithms of the e-values before any gate.
        tier: (K,) rate tier of each.
        momentum: median momentum of established topics, None without any.
        fast: topics that the run over days would flag alone; None where it was not asked.
        slow: likewise the run over weeks.
        boosted: what the boosted e-values of each rate tier are worth to the choice, as shares of all N topics
            (`boosted_mean`); None where it was not asked.
    """

    as_of: date
    n_topics: int
    flagged: tuple[int, ...]
    log_e: Floats
    tier: Ints
    momentum: float | None
    fast: int | None = None
    slow: int | None = None
    boosted: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class TierFlags:
    """How often one rate tier had any flag.

    Attributes:
        tier: its number; None for all together.
        n: snapshots.
        with_any: of these with any flag.
        flags: flags in all.
        share: with_any over n, with Wilson's interval. Snapshots of neighbouring days are alike: the interval is
            too narrow then.
    """

    tier: int | None
    n: int
    with_any: int
    flags: int
    share: Estimate


@dataclass(frozen=True, slots=True)
class CalibrationPoint:
    """What e-values of a height are worth under the null.

    Attributes:
        level: e-value x.
        tier: rate tier; None for all together.
        mean: mean over snapshots of x times the share of topics with e >= x: at most 1 when e-values keep their word.
        greatest: the same in the worst snapshot.
    """

    level: float
    tier: int | None
    mean: float
    greatest: float


@dataclass(frozen=True, slots=True)
class BoostWorth:
    """What boosted e-values are worth to the choice under the null (`boosted_mean`).

    Attributes:
        tier: rate tier; None for all together.
        mean: over snapshots; for all together at most 1 where they may be boosted so. Of a tier it is its part of that.
        greatest: the same in the worst snapshot; one chance alone may be worth 1 / q.
    """

    tier: int | None
    mean: float
    greatest: float


@dataclass(frozen=True, slots=True)
class NullReport:
    """What a detection said of permuted corpora.

    Attributes:
        permutation: what was permuted.
        flags: of all together, then of each tier.
        calibration: of all together, then of each tier, by level.
        momentum: medians of the established topics, by snapshot; None where there were none.
        by_day: flags of each snapshot, in the order given.
        fast: what the run over days would flag alone; None where it was not asked.
        slow: likewise the run over weeks.
        boosts: of all together, then of each tier; empty where it was not asked.
    """

    permutation: Permutation
    flags: tuple[TierFlags, ...]
    calibration: tuple[CalibrationPoint, ...]
    momentum: tuple[float | None, ...]
    by_day: tuple[tuple[date, int], ...]
    fast: TierFlags | None = None
    slow: TierFlags | None = None
    boosts: tuple[BoostWorth, ...] = ()

    @property
    def median_momentum(self) -> float | None:
        """The median over snapshots; None without any."""
        known = [value for value in self.momentum if value is not None]
        return float(np.median(known)) if known else None


def permuted(series: Series, permutation: Permutation, rng: np.random.Generator) -> Series:
    """A series of which the time was permuted; stories, topics and what is counted stay as they are.

    Args:
        series: as it is.
        permutation: what is permuted.
        rng: the only source of randomness.

    Raises:
        InvalidInput: a series that was cut off on a day; what came later would be mixed into it.
    """
    if int(series.stories.day.max()) >= series.n_days:
        raise InvalidInput(
            f"the series ends with day {series.n_days - 1}, its stories with {int(series.stories.day.max())}; "
            "permute the whole series, then cut it off."
        )
    match permutation:
        case Permutation.STORIES:
            return series.permuted(rng)
        case Permutation.WEEKS:
            return _recounted(series, permute_weeks(series.stories, rng, shared=False))
        case Permutation.SHARED_WEEKS:
            return _recounted(series, permute_weeks(series.stories, rng, shared=True))


def permute_weeks(stories: Stories, rng: np.random.Generator, *, shared: bool) -> Stories:
    """The same stories with their weeks in another order, in each stratum between its own first and last.

    Weeks are counted from the first day. A last week that is not whole stays where it is. The exposure moves with
    the stories. In each stratum the weeks of its own span are permuted, so that a collection begins and ends when
    it did; `shared` permutes all weeks alike, and a collection is then scattered over the whole.
    """
    week = stories.day // WEEK
    n_weeks = int(stories.day.max() + 1) // WEEK
    moved = week.copy()
    if shared:
        order = rng.permutation(n_weeks)
        whole = week < n_weeks
        moved[whole] = order[week[whole]]
    else:
        for own in _by_stratum(stories, week < n_weeks):
            first, last = int(week[own].min()), int(week[own].max())
            moved[own] = first + rng.permutation(last - first + 1)[week[own] - first]
    return replace(stories, day=(moved * WEEK + stories.day % WEEK).astype(stories.day.dtype))


def null_report(permutation: Permutation, days: Iterable[NullDay], *, tiers: Sequence[int]) -> NullReport:
    """What was flagged of permuted corpora, in all and in every rate tier.

    Args:
        permutation: what was permuted.
        days: of any number of permuted corpora.
        tiers: numbers of the rate tiers, places in `NullDay.flagged`.

    Raises:
        InvalidInput: no days.
    """
    known = tuple(days)
    if not known:
        raise InvalidInput("a null needs at least one permuted snapshot; got none. Permute and detect first.")
    return NullReport(
        permutation=permutation,
        flags=tuple(_flags(known, tier) for tier in (None, *tiers)),
        calibration=tuple(_calibration(known, tier, level) for tier in (None, *tiers) for level in LEVELS),
        momentum=tuple(day.momentum for day in known),
        by_day=tuple((day.as_of, sum(day.flagged)) for day in known),
        fast=_alone([day.fast for day in known]),
        slow=_alone([day.slow for day in known]),
        boosts=_boosts([day.boosted for day in known], tiers),
    )


def _flags(days: Sequence[NullDay], tier: int | None) -> TierFlags:
    return _counted([sum(day.flagged) if tier is None else day.flagged[tier] for day in days], tier)


def _alone(counts: Sequence[int | None]) -> TierFlags | None:
    known = [count for count in counts if count is not None]
    return _counted(known, None) if len(known) == len(counts) else None


def _boosts(worths: Sequence[tuple[float, ...] | None], tiers: Sequence[int]) -> tuple[BoostWorth, ...]:
    known = np.array([worth for worth in worths if worth is not None])
    if len(known) < len(worths):
        return ()
    by_tier = [(None, known.sum(axis=1)), *((tier, known[:, tier]) for tier in tiers)]
    return tuple(BoostWorth(tier, float(found.mean()), float(found.max())) for tier, found in by_tier)


def _counted(counts: Sequence[int], tier: int | None) -> TierFlags:
    with_any = sum(count > 0 for count in counts)
    return TierFlags(tier, len(counts), with_any, sum(counts), wilson(with_any, len(counts)))


def _calibration(days: Sequence[NullDay], tier: int | None, level: float) -> CalibrationPoint:
    """Of a tier the share is of all N topics too: a tier is violated where its part alone exceeds 1."""
    found = []
    for day in days:
        log_e = day.log_e if tier is None else day.log_e[day.tier == tier]
        found.append(float(self_test(log_e, max(1, day.n_topics), [level])[0]))
    return CalibrationPoint(level, tier, float(np.mean(found)), max(found))


def _by_stratum(stories: Stories, kept: NDArray[np.bool_]) -> list[Ints]:
    """The kept stories of each stratum that has any."""
    at = np.flatnonzero(kept)
    order = at[np.argsort(stories.stratum[at], kind="stable")]
    bounds = np.flatnonzero(np.diff(stories.stratum[order])) + 1
    return [own for own in np.split(order, bounds) if len(own)]


def _recounted(series: Series, stories: Stories) -> Series:
    """The same mentions on other days.

    Products were thinned when the series was built; thinning them again on their new days would count fewer. So
    they are hidden while it is counted.
    """
    hidden = replace(stories, product=np.full(stories.n, -1, dtype=stories.product.dtype))
    counted = build_series(series.mentions, hidden)
    # Where a last day lost its stories to another week it is still a day, a gap.
    later = series.n_days - counted.n_days
    exposure = np.pad(counted.exposure, ((0, 0), (0, later)))
    return replace(
        counted, mentions=series.mentions, stories=stories, n_days=series.n_days, exposure=exposure
    )
