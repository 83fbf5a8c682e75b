"""How many seeds would decide, and how small a gain this many could show.

Planning looks at the effect that *would matter*, never at the one that was seen. A contrast of arms
(one against another; an interaction, 1, -1, -1, 1) is told apart from 0 by Student's t; its power is
that of the noncentral t.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, inf, isfinite, sqrt

from scipy import special

from nophantom.errors import InvalidInput
from nophantom.stats.proportions import check_confidence, two_sided_z

# Above this many degrees of freedom t is normal to all digits that matter here.
_MANY = 1e5
_MOST_SEEDS = 10_000_000


def seeds_to_decide(
    delta: float,
    *,
    sd: float,
    weights: Sequence[float] = (1, -1),
    ms_rest: float | None = None,
    n_problems: int | None = None,
    interaction: float = 0.0,
    power: float = 0.8,
    confidence: float = 0.95,
    by_normal: bool = False,
    paired: bool = False,
) -> int | None:
    """Seeds per arm that a contrast of arms needs to call a true value `delta` real.

    Args:
        delta: the true value of the contrast to be seen, above 0; 0.01 is one point.
        sd: standard deviation between the seeds of one arm: of their accuracies as observed, or, with
            `ms_rest`, of their accuracies on unlimited problems (`seed_sd`).
        weights: of the arms: (1, -1) compares two; (1, -1, -1, 1) is the interaction of two factors.
        ms_rest: the residual mean square of `variance_components`, to plan for another number of
            problems; needs `n_problems`.
        n_problems: problems that every seed will answer.
        interaction: the part of the contrast's variance that seeds do not shrink (`var_interaction` of
            a `RecipeTest`); 0 asks about one fixed problem set.
        power: the probability of seeing it, at least 0.5 and below 1.
        confidence: two-sided coverage of the interval that decides, strictly between 0 and 1.
        by_normal: the textbook formula, as if spreads were known; else by the noncentral t, which asks
            for one or two seeds more.
        paired: the arms share randomness by seed, so that all of them together have the degrees of freedom
            of one; `sd` times the root of the squared weights is then the spread of the contrast by seed.

    Returns:
        Seeds per arm, at least 2; None where no number of seeds suffices, because the problems alone
        leave too much open.

    Raises:
        InvalidInput: a number outside its range, or weights that do not sum to 0.

    Source:
        Kirk (2013), Experimental Design, on contrasts; the noncentral t distribution.

    >>> seeds_to_decide(0.002, sd=0.00572), seeds_to_decide(0.002, sd=0.00572, by_normal=True)
    (130, 129)
    >>> seeds_to_decide(0.002, sd=0.00572, weights=(1, -1, -1, 1))
    258
    """
    _check(power, confidence)
    per_seed = _variance_per_seed(sd, weights, ms_rest, n_problems)
    if not 0 < delta < inf:
        raise InvalidInput(f"the effect to be seen is a finite number above 0; got {delta}.")
    if not 0 <= interaction < inf:
        raise InvalidInput(f"an interaction variance is a finite number, 0 or above; got {interaction}.")
    room = (delta / _noncentrality(inf, power, confidence)) ** 2 - interaction
    if room <= 0 or per_seed / room > _MOST_SEEDS:
        return None
    seeds = max(2, ceil(per_seed / room))
    arms = 1 if paired else sum(weight != 0 for weight in weights)
    while (
        not by_normal
        and contrast_power(delta, per_seed / seeds, arms * (seeds - 1), interaction, confidence=confidence)
        < power
    ):
        seeds += max(1, seeds // 1000)
    return seeds


def smallest_visible_gain(
    seeds: int,
    *,
    sd: float,
    weights: Sequence[float] = (1, -1),
    ms_rest: float | None = None,
    n_problems: int | None = None,
    interaction: float = 0.0,
    power: float = 0.8,
    confidence: float = 0.95,
) -> float:
    """The smallest true value of a contrast that this many seeds per arm show with this power.

    Args:
        seeds: per arm, at least 2.
        sd: as in `seeds_to_decide`.
        weights: of the arms.
        ms_rest: as in `seeds_to_decide`.
        n_problems: problems that every seed answers.
        interaction: the part of the contrast's variance that seeds do not shrink.
        power: the probability of seeing it, at least 0.5 and below 1.
        confidence: two-sided coverage of the interval that decides, strictly between 0 and 1.

    Returns:
        The value, a proportion; it may be above 1, which nothing can be.

    Raises:
        InvalidInput: a number outside its range, or weights that do not sum to 0.

    >>> round(smallest_visible_gain(20, sd=0.00572), 5)
    0.0052
    """
    if seeds < 2:
        raise InvalidInput(f"a contrast of recipes needs two seeds per arm at least; got {seeds}.")
    per_seed = _variance_per_seed(sd, weights, ms_rest, n_problems)
    arms = sum(weight != 0 for weight in weights)
    error, freedom = _error(per_seed / seeds, arms * (seeds - 1), interaction)
    return smallest_visible_effect(error, freedom, power=power, confidence=confidence)


def contrast_power(
    delta: float,
    var_seeds: float,
    freedom: float,
    interaction: float = 0.0,
    *,
    confidence: float = 0.95,
) -> float:
    """The probability that a true value `delta` of a contrast is called real, on its own side.

    Args:
        delta: the true value, 0 or above.
        var_seeds: squared standard error of the contrast from seeds, above 0 unless `interaction` is.
        freedom: degrees of freedom of that variance: arms times (seeds - 1).
        interaction: squared standard error that seeds do not shrink, taken as known.
        confidence: two-sided coverage of the interval that decides, strictly between 0 and 1.

    Returns:
        A probability; (1 - confidence) / 2 at a delta of 0.

    Raises:
        InvalidInput: a number outside its range.

    >>> round(contrast_power(0.002, 2 * 0.00572**2 / 130, 258), 3)
    0.802
    """
    check_confidence(confidence)
    if not 0 <= delta < inf:
        raise InvalidInput(f"the effect to be seen is a finite number, 0 or above; got {delta}.")
    error, freedom = _error(var_seeds, freedom, interaction)
    if freedom > _MANY:
        return float(special.ndtr(delta / error - two_sided_z(confidence)))
    bar = -float(special.stdtrit(freedom, (1 - confidence) / 2))
    return 1 - float(special.nctdtr(freedom, delta / error, bar))


def smallest_visible_effect(
    error: float, freedom: float = inf, *, power: float = 0.8, confidence: float = 0.95
) -> float:
    """The true effect that a t test with this standard error shows with this power.

    Args:
        error: standard error of the estimate, above 0.
        freedom: its degrees of freedom, above 0; infinite for a known error.
        power: the probability of seeing it, at least 0.5 and below 1.
        confidence: two-sided coverage of the interval that decides, strictly between 0 and 1.

    Returns:
        The effect in the unit of the error.

    Raises:
        InvalidInput: an error, freedom, power or confidence outside its range.

    Source:
        The noncentral t distribution; Johnson, Kotz and Balakrishnan (1995), chapter 31.

    >>> round(smallest_visible_effect(0.01), 4), round(smallest_visible_effect(0.01, 8), 4)
    (0.028, 0.032)
    """
    _check(power, confidence)
    if not 0 < error < inf:
        raise InvalidInput(f"a standard error is a finite number above 0; got {error}.")
    if not freedom > 0:
        raise InvalidInput(f"degrees of freedom are above 0; got {freedom}.")
    return error * _noncentrality(freedom, power, confidence)


def _noncentrality(freedom: float, power: float, confidence: float) -> float:
    """How many standard errors the truth must lie from 0."""
    z_power = float(special.ndtri(power))
    if freedom > _MANY:
        return two_sided_z(confidence) + z_power
    bar = -float(special.stdtrit(freedom, (1 - confidence) / 2))
    return float(special.nctdtrinc(freedom, 1 - power, bar))


def _check(power: float, confidence: float) -> None:
    check_confidence(confidence)
    if not 0.5 <= power < 1:
        raise InvalidInput(f"power is at least 0.5 and below 1; got {power}. For 80% give 0.8.")


def _error(var_seeds: float, freedom: float, interaction: float) -> tuple[float, float]:
    """Standard error of a contrast and Satterthwaite's degrees of freedom."""
    total = var_seeds + interaction
    if not (0 <= var_seeds < inf and 0 <= interaction < inf and total > 0):
        raise InvalidInput(
            f"variances are finite, 0 or above, and not both 0; got {var_seeds} and {interaction}."
        )
    if not freedom > 0:
        raise InvalidInput(f"degrees of freedom are above 0; got {freedom}.")
    return sqrt(total), inf if var_seeds == 0 else freedom * (total / var_seeds) ** 2


def _variance_per_seed(
    sd: float, weights: Sequence[float], ms_rest: float | None, n_problems: int | None
) -> float:
    """Variance of a contrast of single seeds."""
    if len(weights) < 2 or not all(isfinite(w) for w in weights) or abs(sum(weights)) > 1e-9:
        raise InvalidInput(f"the weights of a contrast sum to 0; got {tuple(weights)}. Two arms: 1, -1.")
    if not any(weights):
        raise InvalidInput("a contrast gives some arm a weight; got 0 for all of them.")
    if (ms_rest is None) != (n_problems is None):
        raise InvalidInput("ms_rest and n_problems come together: their ratio is the noise of a seed.")
    if not 0 <= sd < inf:
        raise InvalidInput(f"a standard deviation is a finite number, 0 or above; got {sd}.")
    variance = sd * sd
    if ms_rest is not None and n_problems is not None:
        if not 0 <= ms_rest < inf or n_problems < 1:
            raise InvalidInput(f"ms_rest is 0 or above, on a problem or more; got {ms_rest}, {n_problems}.")
        variance += ms_rest / n_problems
    if variance == 0:
        raise InvalidInput("seeds that do not differ at all need no planning; got a spread of 0.")
    return variance * sum(weight * weight for weight in weights)
