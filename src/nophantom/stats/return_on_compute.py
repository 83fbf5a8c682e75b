"""What another seed brings, what it costs, and where the next one stops paying.

The gain from picking the best of n seeds grows like the root of log n, the bill like n. Only the
honest part of the gain counts: the share of the spread between seeds that shows again on new problems.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite

from nophantom.errors import InvalidInput
from nophantom.stats.expected_maximum import standard_normal_maximum

SIZES = (1, 2, 3, 5, 10, 20, 50, 100)
_MOST_SEEDS = 1_000


@dataclass(frozen=True, slots=True)
class ReturnRow:
    """The best of n seeds against a single one.

    Attributes:
        n: seeds trained.
        gain: expected honest gain of the best of them over one seed, a proportion.
        next_gain: what one seed more would add.
        hours: for all n; None where hours per seed are unknown.
        next_gain_per_hour: what one seed more would add per hour; None likewise.
    """

    n: int
    gain: float
    next_gain: float
    hours: float | None
    next_gain_per_hour: float | None


@dataclass(frozen=True, slots=True)
class ReturnOnCompute:
    """Seeds against hours.

    Attributes:
        rows: for 1, 2, 3, 5, 10, 20, 50 and 100 seeds, and the number trained so far.
        seeds_so_far: seeds already trained.
        bar: gain per hour that the next seed must bring: that of the alternative, or `worthwhile`;
            the larger where both are given, None where neither is.
        stops_at: the first n at which the next seed brings less than the bar. None where that is
            unknown, or where it never does within 1,000 seeds (`never_stops`).
        never_stops: the bar is one that every next seed passes: an alternative that gained nothing.
        inference_cost: answering with an ensemble of k costs k times one seed, for k = ensemble.
        observed_only: the reliability is unknown, so the gains are those of the observed score, and
            the honest ones lie between 0 and these.
    """

    rows: tuple[ReturnRow, ...]
    seeds_so_far: int
    bar: float | None
    stops_at: int | None
    never_stops: bool
    inference_cost: int
    observed_only: bool


def return_on_compute(
    sd: float,
    *,
    reliability: float | None = None,
    hours_per_seed: float | None = None,
    seeds_so_far: int = 1,
    alternative: tuple[float, float] | None = None,
    worthwhile: float | None = None,
    ensemble: int = 3,
) -> ReturnOnCompute:
    """Expected honest gain of the best of n seeds, and its price.

    The gain over one seed is e_n * sd * r: the normal maximum, of which the share r (a variance, and
    so the same as var_seed / sd) is left on new problems; choosing on as many problems as sd was seen.

    Args:
        sd: standard deviation between the seeds' accuracies as observed, in [0, 1].
        reliability: r of `seeds.reliability` on the problems that the choice is made on, in [0, 1];
            None where unknown.
        hours_per_seed: to train and evaluate one, above 0; None where unknown.
        seeds_so_far: seeds already trained.
        alternative: (gain, hours) of another use of the hours: (0.0, 85.0) gained nothing in 85.
        worthwhile: the least gain per hour that is worth the hour.
        ensemble: how many seeds an ensemble would have.

    Returns:
        The table, and where the next seed stops paying.

    Raises:
        InvalidInput: a number outside its range.

    Source:
        The expected maximum of normals, Harter (1961), Biometrika 48.

    >>> found = return_on_compute(0.00572, reliability=0.5, hours_per_seed=2.0, worthwhile=0.0001)
    >>> found.stops_at, round(found.rows[5].gain, 4)
    (8, 0.0053)
    """
    _check(sd, reliability, hours_per_seed, seeds_so_far, ensemble)
    honest_sd = sd * (1.0 if reliability is None else reliability)
    bars = [] if worthwhile is None else [_rate(worthwhile, 1.0)]
    if alternative is not None:
        bars.append(_rate(*alternative))
    bar = max(bars) if bars else None
    rows = tuple(_row(n, honest_sd, hours_per_seed) for n in sorted({*SIZES, seeds_so_far}))
    stops_at = None
    if bar is not None and hours_per_seed is not None:
        stops_at = _first_below(bar * hours_per_seed, honest_sd)
    return ReturnOnCompute(
        rows=rows,
        seeds_so_far=seeds_so_far,
        bar=bar,
        stops_at=stops_at,
        never_stops=bar is not None and hours_per_seed is not None and stops_at is None,
        inference_cost=ensemble,
        observed_only=reliability is None,
    )


def _row(n: int, honest_sd: float, hours_per_seed: float | None) -> ReturnRow:
    gain = honest_sd * standard_normal_maximum(n)
    next_gain = honest_sd * standard_normal_maximum(n + 1) - gain
    if hours_per_seed is None:
        return ReturnRow(n, gain, next_gain, None, None)
    return ReturnRow(n, gain, next_gain, n * hours_per_seed, next_gain / hours_per_seed)


def _first_below(least: float, honest_sd: float) -> int | None:
    """The first n at which one seed more adds less than this, by bisection: the gains only shrink."""

    def adds_less(n: int) -> bool:
        return honest_sd * (standard_normal_maximum(n + 1) - standard_normal_maximum(n)) < least

    if honest_sd == 0:
        return 1  # seeds do not differ: no bar is so low that another one pays
    if not adds_less(_MOST_SEEDS):
        return None
    low, high = 0, _MOST_SEEDS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if adds_less(middle) else (middle, high)
    return high


def _rate(gain: float, hours: float) -> float:
    """Gain per hour of an alternative; one that lost accuracy sets no bar below 0."""
    if not isfinite(gain) or not 0 < hours < inf:
        raise InvalidInput(
            f"an alternative is a gain and the hours above 0 that it took; got {gain}, {hours}."
        )
    return max(0.0, gain / hours)


def _check(
    sd: float, reliability: float | None, hours_per_seed: float | None, seeds_so_far: int, ensemble: int
) -> None:
    if not 0 <= sd <= 1:
        raise InvalidInput(f"a standard deviation of accuracies is a proportion; got {sd}. A point is 0.01.")
    if reliability is not None and not 0 <= reliability <= 1:
        raise InvalidInput(f"a reliability lies in [0, 1]; got {reliability}.")
    if hours_per_seed is not None and not 0 < hours_per_seed < inf:
        raise InvalidInput(f"hours per seed are a finite number above 0; got {hours_per_seed}.")
    if seeds_so_far < 1 or ensemble < 1:
        raise InvalidInput(
            f"seeds are counted from 1; got {seeds_so_far} so far and an ensemble of {ensemble}."
        )
