"""What the best of N seeds scores: as observed on these problems, and on problems nobody has seen.

The best of 20 equal seeds lies 1.87 standard deviations above their mean, by luck alone. Four numbers
say how much of that is to be expected, side by side and never one alone: three of the *observed*
score on the same problems (`asymptotic`, `normal`, `empirical`), and one of the score on new problems
(`honest`), which keeps only what the seeds really differ by.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import log, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from nophantom.errors import InvalidInput
from nophantom.stats.estimates import Estimate
from nophantom.stats.proportions import check_confidence
from nophantom.stats.seeds import VarianceComponents, complete_scores, mean_square_draws, variance_components
from nophantom.stats.shrinkage import check_draws, honest_score, interval_of_draws

# Where the maximum of standard normals is integrated; the trapezoid is exact to rounding here.
_GRID = np.linspace(-10.0, 40.0, 10_001)
_CDF_LOG = special.log_ndtr(_GRID)
_DENSITY_LOG = -_GRID * _GRID / 2 - 0.5 * log(2 * np.pi)

_ALIKE = 1e-9


@dataclass(frozen=True, slots=True)
class ExpectedMaximum:
    """The expected best score of n seeds, four ways.

    Attributes:
        n: how many seeds the best is taken of.
        asymptotic: mean + sd * sqrt(2 ln n), well known and an upper bound.
        normal: mean + sd * e_n, exact for normal scores.
        empirical: the mean best of n drawn from the seeds at hand, without any distribution; n is at
            most their number.
        honest: the score on unseen problems of the seed that is best on this many validation problems.
            The cut of var_seed at 0 makes it too large, on average, where seeds do not differ.
        honest_range: without the scores per problem, where `honest` lies: it is the mean where nothing
            of the spread is the seeds' own, and `normal` where all of it is. A range, no interval.
        about_normal: why there is no `asymptotic` and `normal`, or no interval; None when all is there.
        about_empirical: the same for `empirical`.
        about_honest: the same for `honest`.
    """

    n: int
    asymptotic: Estimate | None
    normal: Estimate | None
    empirical: Estimate | None
    honest: Estimate | None
    honest_range: tuple[float, float] | None
    about_normal: str | None
    about_empirical: str | None
    about_honest: str | None


def standard_normal_maximum(n: int) -> float:
    """e_n: the expected maximum of n independent standard normal values.

    Args:
        n: how many values, at least 1.

    Raises:
        InvalidInput: n below 1.

    Source:
        Harter (1961), Biometrika 48; here by numerical integration.

    >>> round(standard_normal_maximum(20), 3), standard_normal_maximum(1)
    (1.867, 0.0)
    """
    if n < 1:
        raise InvalidInput(f"a maximum is taken of at least one seed; got {n}.")
    if n == 1:
        return 0.0
    density = n * np.exp(_DENSITY_LOG + (n - 1) * _CDF_LOG)
    return float((_GRID * density).sum() * (_GRID[1] - _GRID[0]))


def expected_maximum(
    scores: NDArray[Any],
    n: int,
    *,
    rng: np.random.Generator,
    validation_problems: int | None = None,
    confidence: float = 0.95,
    draws: int = 20_000,
) -> ExpectedMaximum:
    """The expected best of n seeds, from the scores per problem of the seeds at hand.

    Intervals. `asymptotic` and `normal`: the noncentral t, exact where the seeds' accuracies are
    normal. `empirical`: the jackknife with Student's t on S / n - 1 degrees of freedom, since S seeds
    hold S / n separate maxima; there is none above n = S / 3. Simulated at 95% for 5 to 50 seeds it
    covers 94.7% or more of normal scores, 97% or more of uniform ones near that end, and 91% to 96%
    of heavy tails (t with 5 degrees of freedom). `honest`: generalised pivotal quantities (chi-square
    draws of the mean squares), with the problem and seed variance of the mean; `bench/
    expected_maximum.py` has its coverage.

    Args:
        scores: (n_seeds, n_problems) on validation or test problems, each in [0, 1].
        n: how many seeds the best is taken of, at least 1.
        rng: the only source of randomness; it moves only the interval of `honest`.
        validation_problems: how many problems the best will be chosen on; as many as here if None.
        confidence: two-sided coverage, strictly between 0 and 1.
        draws: pivotal draws, at least 1,000.

    Returns:
        The four numbers; what cannot be known is None, with a sentence that says why.

    Raises:
        InvalidInput: a missing score or one outside [0, 1], or a number outside its range.

    Source:
        Johnson, Kotz and Balakrishnan (1995), chapter 31 (noncentral t); Dodge et al. (2019), EMNLP,
        for expected validation performance; Weerahandi (1993), JASA 88.

    >>> scores = np.random.default_rng(1).random((20, 1319)) < 0.759
    >>> found = expected_maximum(scores, 5, rng=np.random.default_rng(2))
    >>> round(found.asymptotic.point, 3), round(found.normal.point, 3), round(found.honest.point, 3)
    (0.78, 0.773, 0.759)
    """
    check_confidence(confidence)
    _check_counts(n, validation_problems)
    check_draws(draws)
    scores = complete_scores(scores)
    accuracies = scores.mean(axis=1)
    components = variance_components(scores)
    asymptotic, normal, about = _of_normal(components.mean, components.sd, len(accuracies), n, confidence)
    empirical, about_empirical = _empirical(accuracies, n, confidence)
    honest = _honest(components, n, validation_problems or components.n_problems, confidence, rng, draws)
    why = None if honest else "The honest maximum needs at least two seeds and two problems."
    return ExpectedMaximum(n, asymptotic, normal, empirical, honest, None, about, about_empirical, why)


def expected_maximum_from_summary(
    mean: float, sd: float, seeds: int, n: int, *, confidence: float = 0.95
) -> ExpectedMaximum:
    """The same from mean and standard deviation alone, as papers report them.

    Args:
        mean: of the seeds' accuracies, in [0, 1].
        sd: standard deviation of the seeds' accuracies (with S - 1), as observed.
        seeds: how many seeds they come from, at least 2.
        n: how many seeds the best is taken of, at least 1.
        confidence: two-sided coverage, strictly between 0 and 1.

    Returns:
        `asymptotic` and `normal` with intervals, and the range in which `honest` lies.

    Raises:
        InvalidInput: a number outside its range.

    >>> found = expected_maximum_from_summary(0.759, 0.00572, 20, 20)
    >>> f"{found.asymptotic.point:.4f} {found.normal.point:.4f} {found.honest_range[0]:.4f}"
    '0.7730 0.7697 0.7590'
    """
    check_confidence(confidence)
    _check_counts(n, None)
    if not 0 <= mean <= 1 or not 0 <= sd <= 1:
        raise InvalidInput(
            f"mean and standard deviation are proportions; got {mean} and {sd}. 75.9% is 0.759."
        )
    if seeds < 2:
        raise InvalidInput(f"a standard deviation needs at least two seeds; got {seeds}.")
    asymptotic, normal, about = _of_normal(mean, sd, seeds, n, confidence)
    top = mean + sd * standard_normal_maximum(n)
    return ExpectedMaximum(
        n=n,
        asymptotic=asymptotic,
        normal=normal,
        empirical=None,
        honest=None,
        honest_range=(mean, top),
        about_normal=about,
        about_empirical="The empirical maximum needs the scores of the seeds.",
        about_honest="Between the mean and the normal maximum, depending on reliability; the scores per "
        "problem would tell.",
    )


def honest_of_best(
    validation: NDArray[Any],
    *,
    rng: np.random.Generator,
    confidence: float = 0.95,
    draws: int = 20_000,
) -> Estimate | None:
    """What the seed that is best on these problems will score on problems nobody has seen.

    mean + r * (best - mean), with r the reliability. The interval adds up what is not known, by
    generalised pivotal quantities: r itself, the chosen seed's own luck, and the choice of problems
    (which all seeds share; with 1,319 problems it is the largest part).

    Args:
        validation: (n_seeds, n_problems) that the choice was made on, each in [0, 1].
        rng: the only source of randomness; it moves only the interval.
        confidence: two-sided coverage, strictly between 0 and 1.
        draws: pivotal draws, at least 1,000.

    Returns:
        The score in [0, 1]; None below two seeds or two problems.

    Raises:
        InvalidInput: a missing score or one outside [0, 1], or a number outside its range.

    Source:
        Efron and Morris (1975), JASA 70 (shrinkage); Weerahandi (1993), JASA 88.

    >>> scores = np.random.default_rng(1).random((20, 1319)) < 0.759
    >>> best = honest_of_best(scores, rng=np.random.default_rng(2))
    >>> f"{scores.mean(axis=1).max():.3f} {best.point:.3f}"
    '0.775 0.759'
    """
    components = variance_components(validation)
    best = float(np.asarray(validation, dtype=np.float64).mean(axis=1).max())
    return honest_score(components, best, rng=rng, confidence=confidence, draws=draws)


def _honest(
    components: VarianceComponents,
    n: int,
    validation_problems: int,
    confidence: float,
    rng: np.random.Generator,
    draws: int,
) -> Estimate | None:
    """The planning form: mean + e_n var_seed / sqrt(var_seed + ms_rest / P_validation).

    Few seeds show too small a spread on average (6% at five): the gain is divided by what is left of
    it, c4, but is never above that of the observed score.
    """
    if components.var_seed is None or components.ms_rest is None:
        return None
    s, p, e_n = components.n_seeds, components.n_problems, standard_normal_maximum(n)
    noise = components.ms_rest / validation_problems
    total = sqrt(components.var_seed + noise)
    gain = min(total, components.var_seed / total / _c4(s)) if total > 0 else 0.0
    point = components.mean + e_n * gain
    drawn = mean_square_draws(components, rng=rng, draws=draws)
    var_seed = np.maximum(0.0, (drawn.seed - drawn.rest) / p)
    totals = np.sqrt(np.maximum(var_seed + drawn.rest / validation_problems, np.finfo(np.float64).tiny))
    of_mean = np.maximum(drawn.problem, drawn.seed + drawn.problem - drawn.rest) / (s * p)
    middle = components.mean + np.sqrt(of_mean) * rng.standard_normal(draws)
    found = interval_of_draws(point, middle + e_n * var_seed / totals, confidence, s)
    tail = (1 - confidence) / 2
    if (var_seed > 0).mean() >= 1 - tail or found.low is None:
        return found
    # Seeds may not differ at all. Gains drawn above 0 would lift the lower end over the plain mean's.
    return replace(found, low=max(0.0, min(found.low, float(np.quantile(middle, tail)))))


def _c4(seeds: int) -> float:
    """Expected standard deviation of so many normal values, where the true one is 1."""
    half = (seeds - 1) / 2
    return sqrt(1 / half) * float(np.exp(special.gammaln(half + 0.5) - special.gammaln(half)))


def _of_normal(
    mean: float, sd: float | None, seeds: int, n: int, confidence: float
) -> tuple[Estimate | None, Estimate | None, str | None]:
    """`asymptotic`, `normal`, and what is to be said about them."""
    if sd is None:
        return None, None, "A spread needs at least two seeds."
    about = None if sd > _ALIKE else "All seeds scored alike, which leaves the interval unknown."
    found = []
    for name, c in (("asymptotic", sqrt(2 * log(n))), ("normal", standard_normal_maximum(n))):
        low = high = None
        if about is None:
            tail = (1 - confidence) / 2
            # sqrt(S) (mu + c sigma - mean) / sd is noncentral t around c sqrt(S), exactly.
            low, high = (
                mean + sd / sqrt(seeds) * float(special.nctdtrit(seeds - 1, c * sqrt(seeds), q))
                for q in (tail, 1 - tail)
            )
        method = f"{name} maximum, noncentral t interval"
        found.append(Estimate(mean + c * sd, low, high, confidence, seeds, method))
    return found[0], found[1], about


def _empirical(
    accuracies: NDArray[np.float64], n: int, confidence: float
) -> tuple[Estimate | None, str | None]:
    """The unbiased order-statistic estimate, and what is to be said about it."""
    seeds = len(accuracies)
    if n > seeds:
        return None, f"The empirical maximum of {n} needs at least {n} seeds; there are {seeds}."
    ordered = np.sort(accuracies)
    point, method = _mean_best(ordered, n), "order statistics, jackknife interval"
    if 3 * n > seeds:
        about = f"Too few for an interval: fewer than three separate maxima of {n} in {seeds}."
        return Estimate(point, None, None, confidence, seeds, method), about
    if np.ptp(ordered) < _ALIKE:
        about = "All seeds scored alike, which leaves the interval unknown."
        return Estimate(point, None, None, confidence, seeds, method), about
    without = np.array([_mean_best(np.delete(ordered, i), n) for i in range(seeds)])
    error = sqrt((seeds - 1) * float(without.var()))
    reach = -float(special.stdtrit(seeds / n - 1, (1 - confidence) / 2)) * error
    return Estimate(point, point - reach, point + reach, confidence, seeds, method), None


def _mean_best(ordered: NDArray[np.float64], n: int) -> float:
    """Mean best over all subsets of n: sum of C(i - 1, n - 1) / C(S, n) times the i-th smallest."""
    ranks = np.arange(1, len(ordered) + 1)
    # In logarithms, since the counts of subsets overflow.
    log_share = special.gammaln(ranks[n - 1 :]) - special.gammaln(ranks[n - 1 :] - n + 1)
    log_share -= special.gammaln(n) + _log_choose(len(ordered), n)
    return float(np.exp(log_share) @ ordered[n - 1 :])


def _log_choose(total: int, n: int) -> float:
    return float(special.gammaln(total + 1) - special.gammaln(n + 1) - special.gammaln(total - n + 1))


def _check_counts(n: int, validation_problems: int | None) -> None:
    if n < 1:
        raise InvalidInput(f"a maximum is taken of at least one seed; got {n}.")
    if validation_problems is not None and validation_problems < 1:
        raise InvalidInput(f"a choice needs at least one validation problem; got {validation_problems}.")
