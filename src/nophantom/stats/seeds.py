"""How much do training seeds differ, beyond the noise of the test?

Two seeds that are equally good still score differently on 1,319 problems: each has its own lucky
answers. The two-way layout (seeds x problems, one score in each cell) tells the two apart. What is
left of the spread between seeds once that noise is taken off would show again on new problems; the
rest would not.

All of it needs complete cells: every seed scored on every problem.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from nophantom.errors import InvalidInput
from nophantom.stats.estimates import Estimate
from nophantom.stats.proportions import check_confidence

# Mean squares of scores below this come from rounding: such scores are equal.
_ROUNDING = 1e-18


@dataclass(frozen=True, slots=True)
class VarianceComponents:
    """Where the scores of several seeds on the same problems differ.

    Attributes:
        n_seeds: seeds S.
        n_problems: problems P.
        mean: mean score over all seeds and problems.
        ms_seed: mean square between seeds, P times the variance of their accuracies; None below two seeds.
        ms_problem: mean square between problems, S times the variance of their means; None below two
            problems.
        ms_rest: mean square of what neither seed nor problem explains; None below two of either.
        var_seed: variance between seeds of the accuracy on unlimited problems, max(0, (ms_seed -
            ms_rest) / P). Cut off at 0, so too large on average where seeds do not differ.
        var_problem: variance between problems of the mean score of unlimited seeds, cut off likewise.
        yardstick: the standard deviation that equal seeds would have on these problems, sqrt(ms_rest /
            P): what `sd` is to be held against, and not the binomial error of one accuracy.
        sd: standard deviation of the S accuracies as observed; None below two seeds.
    """

    n_seeds: int
    n_problems: int
    mean: float
    ms_seed: float | None
    ms_problem: float | None
    ms_rest: float | None
    var_seed: float | None
    var_problem: float | None
    yardstick: float | None
    sd: float | None


@dataclass(frozen=True, slots=True)
class CochranQ:
    """Cochran's test of "all seeds are equally good on these problems", for right or wrong answers.

    Attributes:
        statistic: Q.
        freedom: degrees of freedom, one less than seeds.
        p_value: from the chi-square distribution; 1 where no two seeds ever differ, None below two seeds.
    """

    statistic: float
    freedom: int
    p_value: float | None


class MeanSquareDraws(NamedTuple):
    """Values of the true mean squares that the seen ones allow, (draws,) each.

    Attributes:
        seed: for the mean square between seeds.
        problem: for the mean square between problems.
        rest: for the rest.
    """

    seed: NDArray[np.float64]
    problem: NDArray[np.float64]
    rest: NDArray[np.float64]


def complete_scores(scores: NDArray[Any], dimensions: int = 2) -> NDArray[np.float64]:
    """The scores as floats, if every cell has one.

    Args:
        scores: seeds x problems (or seeds x samples x problems), each in [0, 1] or True and False.
        dimensions: 2 or 3.

    Raises:
        InvalidInput: another shape, nothing in it, a missing score or one outside [0, 1].
    """
    scores = np.asarray(scores)
    layout = "(seeds, problems)" if dimensions == 2 else "(seeds, samples, problems)"
    if scores.ndim != dimensions or scores.size == 0:
        raise InvalidInput(f"scores come as {layout}, at least one of each; got shape {scores.shape}.")
    if scores.dtype.kind not in "biuf":
        raise InvalidInput(f"scores are numbers in [0, 1] or True and False; got {scores.dtype}.")
    scores = scores.astype(np.float64)
    # Two passes are faster than an array of comparisons, and NaN fails both.
    if not (scores.min() >= 0 and scores.max() <= 1):
        _refuse(scores)
    return scores


def variance_components(scores: NDArray[Any]) -> VarianceComponents:
    """Take the spread of seeds apart: what is theirs, and what is the luck of single answers.

    Args:
        scores: (n_seeds, n_problems), each in [0, 1] or True and False, no cell missing.

    Returns:
        The two-way layout without replication; what needs two seeds or two problems is None without.

    Raises:
        InvalidInput: another shape, a missing score or one outside [0, 1].

    Source:
        Searle, Casella and McCulloch (1992), Variance Components, chapter 4.

    >>> found = variance_components(np.array([[1, 1, 0, 0], [1, 1, 1, 0], [1, 0, 0, 0]]))
    >>> round(found.ms_seed, 4), round(found.ms_rest, 4), round(found.var_seed, 4)
    (0.25, 0.1389, 0.0278)
    """
    scores = complete_scores(scores)
    s, p = scores.shape
    by_seed, by_problem = scores.mean(axis=1), scores.mean(axis=0)
    mean = float(by_seed.mean())
    ms_seed = _nought(p * float(by_seed.var(ddof=1))) if s > 1 else None
    ms_problem = _nought(s * float(by_problem.var(ddof=1))) if p > 1 else None
    ms_rest = var_seed = var_problem = None
    if ms_seed is not None and ms_problem is not None:
        rest = scores - by_problem
        rest -= (by_seed - mean)[:, None]
        ms_rest = _nought(float(np.vdot(rest, rest)) / ((s - 1) * (p - 1)))
        var_seed, var_problem = max(0.0, (ms_seed - ms_rest) / p), max(0.0, (ms_problem - ms_rest) / s)
    return VarianceComponents(
        n_seeds=s,
        n_problems=p,
        mean=mean,
        ms_seed=ms_seed,
        ms_problem=ms_problem,
        ms_rest=ms_rest,
        var_seed=var_seed,
        var_problem=var_problem,
        yardstick=None if ms_rest is None else sqrt(ms_rest / p),
        sd=None if ms_seed is None else sqrt(ms_seed / p),
    )


def reliability(components: VarianceComponents, *, confidence: float = 0.95) -> Estimate | None:
    """The share of the variance between seeds, on P problems, that would show again on new ones.

    1 - ms_rest / ms_seed, cut off at 0, with the interval of the F distribution, exact where scores
    are normal. Both ends may be 0: the seeds then differ less than chance would make them differ.

    Args:
        components: of one arm's seeds, as they were trained.
        confidence: two-sided coverage, strictly between 0 and 1.

    Returns:
        The share in [0, 1]. The interval is None where no seed differs from another in accuracy and
        nothing varies beside them. None below two seeds or two problems.

    Raises:
        InvalidInput: confidence outside (0, 1).

    Source:
        Feldt (1965), Psychometrika 30; the F interval of an intraclass correlation of means.

    >>> found = variance_components(np.array([[1, 1, 0, 0], [1, 1, 1, 0], [1, 0, 0, 0]]))
    >>> r = reliability(found)
    >>> round(r.point, 3), round(r.low, 3), round(r.high, 3)
    (0.444, 0.0, 0.986)
    """
    check_confidence(confidence)
    if components.ms_seed is None or components.ms_rest is None:
        return None
    freedom = components.n_seeds - 1, (components.n_seeds - 1) * (components.n_problems - 1)
    return share_not_noise(
        components.ms_seed, components.ms_rest, freedom, components.n_seeds, confidence=confidence
    )


def seed_sd(components: VarianceComponents, *, confidence: float = 0.95) -> Estimate | None:
    """How far seeds lie apart on unlimited problems: the root of var_seed.

    The interval is that of `reliability` in another unit, r / (1 - r) * ms_rest / P under the root:
    one has 0 in it exactly when the other has. ms_rest counts as known, which (S - 1)(P - 1) degrees
    of freedom make it.

    Args:
        components: of one arm's seeds.
        confidence: two-sided coverage, strictly between 0 and 1.

    Returns:
        A standard deviation of accuracies: 0.01 is one point. None below two seeds or two problems;
        its interval is None where that of the reliability is, or where nothing but seeds varies.

    Raises:
        InvalidInput: confidence outside (0, 1).

    Source:
        Williams (1962), Biometrika 49; Tukey (1951), Biometrics 7.

    >>> found = variance_components(np.array([[1, 1, 0, 0], [1, 1, 1, 0], [1, 0, 0, 0]]))
    >>> round(seed_sd(found).point, 3)
    0.167
    """
    share = reliability(components, confidence=confidence)
    if share is None or components.var_seed is None or components.ms_rest is None:
        return None
    method, point = "F interval of the two-way layout", sqrt(components.var_seed)
    if share.low is None or share.high is None or share.high >= 1:
        return Estimate(point, None, None, confidence, components.n_seeds, method)
    noise = components.ms_rest / components.n_problems
    low, high = (sqrt(r / (1 - r) * noise) for r in (share.low, share.high))
    return Estimate(point, min(low, point), max(high, point), confidence, components.n_seeds, method)


def cochran_q(scores: NDArray[Any]) -> CochranQ:
    """Whether equal seeds would differ this much on these problems.

    Args:
        scores: (n_seeds, n_problems), True or 1 where the seed was right.

    Returns:
        Cochran's Q; without a problem on which seeds differ, 0 with a p-value of 1.

    Raises:
        InvalidInput: another shape, a missing score, or a score that is neither right nor wrong.

    Source:
        Cochran (1950), Biometrika 37.

    >>> test = cochran_q(np.array([[1, 1, 0, 1, 1], [1, 0, 0, 0, 1], [1, 0, 0, 1, 0]]))
    >>> test.statistic, test.freedom
    (2.6666666666666665, 2)
    """
    scores = complete_scores(scores)
    odd = (scores != 0) & (scores != 1)
    if odd.any():
        raise InvalidInput(
            f"Cochran's Q is for answers that are right (1) or wrong (0); got {scores[odd][0]}. "
            "For partial credit look at the reliability."
        )
    s = len(scores)
    solved, solvers = scores.sum(axis=1), scores.sum(axis=0)
    spread = s * float(solved.sum()) - float((solvers**2).sum())
    between = float(((solved - solved.mean()) ** 2).sum())
    statistic = s * (s - 1) * between / spread if spread > 0 else 0.0
    return CochranQ(statistic, s - 1, float(special.chdtrc(s - 1, statistic)) if s > 1 else None)


def mean_square_draws(
    components: VarianceComponents, *, rng: np.random.Generator, draws: int
) -> MeanSquareDraws:
    """Generalised pivotal quantities: each mean square times its freedom over a chi-square draw.

    A quantile of any function of these draws is a limit for the same function of the true mean
    squares. They come cut at nothing: ms_seed may lie below ms_rest.

    Args:
        components: with at least two seeds and two problems.
        rng: the only source of randomness.
        draws: how many.

    Raises:
        InvalidInput: fewer than two seeds or problems.

    Source:
        Weerahandi (1993), Journal of the American Statistical Association 88.
    """
    ms_seed, ms_problem, ms_rest = components.ms_seed, components.ms_problem, components.ms_rest
    if ms_seed is None or ms_problem is None or ms_rest is None:
        raise InvalidInput(
            f"mean squares need at least two seeds and two problems; got {components.n_seeds} and "
            f"{components.n_problems}."
        )
    s, p = components.n_seeds - 1, components.n_problems - 1
    seed, problem, rest = (
        ms * freedom / rng.chisquare(freedom, draws)
        for ms, freedom in ((ms_seed, s), (ms_problem, p), (ms_rest, s * p))
    )
    return MeanSquareDraws(seed, problem, rest)


def share_not_noise(
    signal: float, noise: float, freedom: tuple[float, float], n: int, *, confidence: float = 0.95
) -> Estimate:
    """1 - noise / signal, cut off at 0, for two mean squares, with its F interval.

    Args:
        signal: the mean square that holds both.
        noise: the mean square that signal would have without anything of its own.
        freedom: degrees of freedom of signal and of noise.
        n: units that it rests on.
        confidence: two-sided coverage, strictly between 0 and 1.

    Returns:
        The share in [0, 1]. Where signal is 0 all that varies is noise; the interval is None where
        nothing varies at all.

    Raises:
        InvalidInput: confidence outside (0, 1).

    >>> share_not_noise(3.0, 1.0, (19, 25_000), 20).point
    0.6666666666666667
    """
    method, tail = "F interval of the two-way layout", (1 - check_confidence(confidence)) / 2
    if signal == 0:
        end = 0.0 if noise > 0 else None
        return Estimate(0.0, end, end, confidence, n, method)
    low, high = (
        min(1.0, max(0.0, 1 - noise / signal * float(special.fdtri(*freedom, q)))) for q in (1 - tail, tail)
    )
    return Estimate(max(0.0, 1 - noise / signal), low, high, confidence, n, method)


def _nought(mean_square: float) -> float:
    """The mean square, or 0 where it is rounding."""
    return mean_square if mean_square > _ROUNDING else 0.0


def _refuse(scores: NDArray[np.float64]) -> None:
    """Say what is wrong with scores that are not all in [0, 1]."""
    if np.isfinite(scores).all():
        raise InvalidInput(f"scores lie in [0, 1]; got {scores.min()} to {scores.max()}. Rescale them first.")
    cells = ~np.isfinite(scores)
    lost = int(cells.any(axis=tuple(range(scores.ndim - 1))).sum())
    raise InvalidInput(
        f"this needs a score in every cell; {int(cells.sum())} are missing, on {lost} of "
        f"{scores.shape[-1]} problems. Drop the problems not seen by all, and say how many."
    )
