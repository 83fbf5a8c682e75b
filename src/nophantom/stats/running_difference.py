"""The difference of two runs along one order of problems: "helps for the first 200, then hurts".

Two bands answer two questions. Is the difference so far more than the choice of problems explains? And is
its way there more than the order of the problems explains? Problems are the random unit; the training seed
is not covered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nophantom.errors import InvalidInput
from nophantom.stats.estimates import Estimate
from nophantom.stats.paired import compare_means
from nophantom.stats.running_accuracy import checked_looks

# Two standardised values that differ by less than this differ by rounding alone.
_SAME = 1e-9


@dataclass(frozen=True, slots=True)
class RunningDifference:
    """How the difference of two runs developed along one order of problems.

    Attributes:
        looks: (L,) after how many problems it was looked; the last is all of them.
        difference: (L,) accuracy of the first minus that of the second so far, in [-1, 1].
        low: (L,) lower ends of the band for the mean difference on problems like these.
        high: (L,) upper ends; all L intervals hold together with the confidence.
        order_low: (L,) where a random order would keep the running difference, below the final one.
        order_high: (L,) the same above. The band closes at the end, where order no longer matters.
        p_order: two-sided p of "the order is random"; below 1 - confidence exactly when the path leaves
            the band of orders. None where all differences are equal.
        final: the paired difference over all problems, with its interval, p-value aside.
        confidence: simultaneous coverage of each band.
        draws: resamples behind both bands.
    """

    looks: tuple[int, ...]
    difference: tuple[float, ...]
    low: tuple[float, ...] | None
    high: tuple[float, ...] | None
    order_low: tuple[float, ...]
    order_high: tuple[float, ...]
    p_order: float | None
    final: Estimate
    confidence: float
    draws: int


def running_difference_band(
    first: NDArray[Any],
    second: NDArray[Any],
    looks: ArrayLike,
    *,
    rng: np.random.Generator,
    confidence: float = 0.95,
    draws: int = 2_000,
) -> RunningDifference:
    """Two runs along one order: "helps for the first 200, then hurts", or a question of order?

    Two bands, each simultaneous over the looks. The first is for the mean difference on problems like
    these: bootstrap of the largest standardised distance over the looks. The second is where the running
    difference would stay if the same problems came in random order: permutation of the order, the same
    statistic. A story of "helps, then hurts" needs a path that leaves the second.

    Args:
        first: (P,) the first run's scores in [0, 1], in the order in which they were asked.
        second: (P,) the second run's on the same problems in the same order.
        looks: after how many problems it was looked, rising; the end is added.
        rng: the only source of randomness; equal generators give equal results.
        confidence: simultaneous coverage of each band, strictly between 0 and 1.
        draws: resamples for each band, at least 100.

    Returns:
        Path and bands. The first band is None, and the second of no width, where all differences are
        equal: nothing scatters, and nothing is known of how it would.

    Raises:
        InvalidInput: runs that cannot be paired, looks that do not rise from 1 to P, confidence outside
            (0, 1), or fewer than 100 draws.

    Source:
        Bands from the maximum of standardised deviations: Westfall and Young (1993), Resampling-Based
        Multiple Testing; the permuted one is the two-sided cousin of `exchangeability`.
    """
    final = compare_means(first, second, confidence=confidence).estimate
    if draws < 100:
        raise InvalidInput(f"a band needs at least 100 draws; got {draws}.")
    gap = np.asarray(first, dtype=np.float64) - np.asarray(second, dtype=np.float64)  # (P,)
    n = len(gap)
    stops = np.array(checked_looks(looks, n))
    path = np.cumsum(gap)[stops - 1] / stops  # (L,)
    if n < 2 or np.ptp(gap) < _SAME:
        flat = tuple(path.tolist())
        return RunningDifference(
            tuple(stops.tolist()), flat, None, None, flat, flat, None, final, confidence, draws
        )
    spread = float(gap.std(ddof=1))
    error = spread / np.sqrt(stops)  # (L,) with new problems
    order_error = spread * np.sqrt((n - stops) / (n * stops))  # (L,) with the same in another order
    resampled = _paths(gap[rng.integers(0, n, size=(draws, n))], stops)
    reach = _quantile((np.abs(resampled - path[-1]) / error).max(axis=1), 1 - confidence)
    before = order_error > 0
    permuted = _paths(rng.permuted(np.broadcast_to(gap, (draws, n)), axis=1), stops[before])
    furthest = (np.abs(permuted - path[-1]) / order_error[before]).max(axis=1)
    seen = float((np.abs(path - path[-1])[before] / order_error[before]).max())
    p_order = (1 + int((furthest >= seen - _SAME).sum())) / (draws + 1)
    order_reach = _quantile(furthest, 1 - confidence)
    return RunningDifference(
        looks=tuple(stops.tolist()),
        difference=tuple(path.tolist()),
        low=tuple(np.maximum(path - reach * error, -1.0).tolist()),
        high=tuple(np.minimum(path + reach * error, 1.0).tolist()),
        order_low=tuple((path[-1] - order_reach * order_error).tolist()),
        order_high=tuple((path[-1] + order_reach * order_error).tolist()),
        p_order=p_order,
        final=final,
        confidence=confidence,
        draws=draws,
    )


def _paths(orders: NDArray[np.float64], stops: NDArray[Any]) -> NDArray[np.float64]:
    """(draws, L) running means of (draws, n) differences."""
    return np.asarray(np.cumsum(orders, axis=1)[:, stops - 1] / stops)


def _quantile(drawn: NDArray[np.float64], alpha: float) -> float:
    """The value that is exceeded exactly where the p-value (1 + reached) / (draws + 1) is below alpha."""
    allowed = int(np.ceil(alpha * (len(drawn) + 1))) - 1
    return float("inf") if allowed < 1 else float(np.sort(drawn)[-allowed]) + _SAME
