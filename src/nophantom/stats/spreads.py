"""Do the seeds of one arm differ more than those of another?

A recipe may be worth having because its seeds lie closer together. Their accuracies scatter by the
luck of single answers already, so what is compared is the spread net of that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.stats.estimates import Estimate
from nophantom.stats.proportions import check_confidence
from nophantom.stats.seeds import VarianceComponents, mean_square_draws, variance_components
from nophantom.stats.shrinkage import check_draws


@dataclass(frozen=True, slots=True)
class SpreadComparison:
    """Do the seeds of one arm differ more than those of the other?

    Attributes:
        estimate: var_seed of the first arm minus that of the second (before either is cut off at 0), in
            squared proportions; n counts the seeds of both.
        p_value: two-sided p of "equal spreads", below 1 - confidence exactly when the interval leaves
            out 0; None where the interval is unknown.
        sd_first: standard deviation between the first arm's seeds net of the noise of the test; of several
            arms the root of their mean variance.
        sd_second: the same for the second.
    """

    estimate: Estimate | None
    p_value: float | None
    sd_first: float | None
    sd_second: float | None


def compare_spreads(
    first: NDArray[Any],
    second: NDArray[Any],
    *,
    rng: np.random.Generator,
    confidence: float = 0.95,
    draws: int = 20_000,
) -> SpreadComparison:
    """Do the seeds of two arms differ in spread, net of the noise of the test?

    The difference of the two var_seed, with the interval of generalised pivotal quantities: p-value
    and interval are counted in the same draws. Simulated on real difficulties with 3 to 20 seeds and
    every spread, equal arms are called different in 3% to 6% at a nominal 5%.

    As every test of variances by mean squares it takes the seeds for normal: where they have heavy
    tails (t with 3 degrees of freedom, a rare seed that collapses), equal arms are called different in
    up to 10% with 5 seeds each and 15% with 10. And it sees little: where one arm spreads three times
    as wide as the other (1.2 points), it says so for 28% of studies with 5 + 5 seeds, 66% with 10 + 10.

    Args:
        first: (n_seeds of the first arm, n_problems).
        second: (n_seeds of the second arm, n_problems), the same problems or others.
        rng: the only source of randomness; equal generators give equal results.
        confidence: two-sided coverage, strictly between 0 and 1.
        draws: pivotal draws.

    Returns:
        The comparison; all of it None where an arm has fewer than two seeds or problems.

    Raises:
        InvalidInput: as `variance_components`, fewer than 1,000 draws, or confidence outside (0, 1).

    Source:
        Weerahandi (1993), Journal of the American Statistical Association 88.

    >>> wide, narrow = np.tile([[1, 0], [1, 1], [0, 0]], 30), np.tile([[1, 0], [0, 1], [1, 0]], 30)
    >>> round(compare_spreads(wide, narrow, rng=np.random.default_rng(1)).sd_first, 2)
    0.5
    """
    return compare_group_spreads([(1.0, first), (-1.0, second)], rng=rng, confidence=confidence, draws=draws)


def compare_group_spreads(
    arms: Sequence[tuple[float, NDArray[Any]]],
    *,
    rng: np.random.Generator,
    confidence: float = 0.95,
    draws: int = 20_000,
) -> SpreadComparison:
    """Do the seeds of some arms differ more, on average, than those of others?

    `compare_spreads` over groups: the mean var_seed of the arms with positive weights minus that of the arms
    with negative ones. A factor of a factorial study is judged so with the weights of its effect.

    Args:
        arms: weight and (n_seeds, n_problems) scores of each arm; the positive weights sum to 1, the negative
            ones to -1, and an arm of weight 0 is left out.
        rng: the only source of randomness; equal generators give equal results.
        confidence: two-sided coverage, strictly between 0 and 1.
        draws: pivotal draws.

    Returns:
        The comparison; all of it None where an arm has fewer than two seeds or problems.

    Raises:
        InvalidInput: weights that do not sum to 1 and -1, or as `compare_spreads`.

    Source:
        Weerahandi (1993), Journal of the American Statistical Association 88.
    """
    alpha = 1 - check_confidence(confidence)
    check_draws(draws)
    weights = [weight for weight, _ in arms if weight]
    groups = [[abs(w) for w in weights if (w > 0) is sign] for sign in (True, False)]
    if not all(abs(sum(group) - 1) < 1e-9 for group in groups):
        raise InvalidInput(
            f"the weights of the arms sum to 1 where they are positive, and to -1 where not; got {weights}."
        )
    found = [variance_components(scores) for weight, scores in arms if weight]
    sds = tuple(_mean_sd(weights, found, sign) for sign in (1, -1))
    if None in sds:
        return SpreadComparison(None, None, *sds)
    gap, seen = np.zeros(draws), 0.0
    for weight, arm in zip(weights, found, strict=True):
        gap += weight * _net_of_noise(arm, rng, draws)
        seen += weight * _seen_net(arm)
    gap.sort()
    p_value = min(1.0, 2 * (1 + min(int((gap <= 0).sum()), int((gap >= 0).sum()))) / (draws + 1))
    # The k-th draw from either end is above 0 exactly when p is below alpha.
    k = max(1, ceil(alpha * (draws + 1) / 2) - 1)
    low, high = float(gap[k - 1]), float(gap[-k])
    n = sum(arm.n_seeds for arm in found)
    estimate = Estimate(
        seen, min(low, seen), max(high, seen), confidence, n, "generalised pivotal interval of variances"
    )
    return SpreadComparison(estimate, p_value, *sds)


def _mean_sd(weights: Sequence[float], arms: Sequence[VarianceComponents], sign: int) -> float | None:
    """Root of the mean var_seed over the arms whose weight has this sign; None where one is unknown."""
    total = 0.0
    for weight, arm in zip(weights, arms, strict=True):
        if weight * sign > 0:
            if arm.var_seed is None:
                return None
            total += abs(weight) * arm.var_seed
    return sqrt(total)


def _net_of_noise(arm: VarianceComponents, rng: np.random.Generator, draws: int) -> NDArray[np.float64]:
    """(draws,) var_seed of an arm, not cut off at 0."""
    drawn = mean_square_draws(arm, rng=rng, draws=draws)
    return np.asarray((drawn.seed - drawn.rest) / arm.n_problems)


def _seen_net(arm: VarianceComponents) -> float:
    """The same as it was seen."""
    return ((arm.ms_seed or 0.0) - (arm.ms_rest or 0.0)) / arm.n_problems
