"""Choosing the best seed, and what the choice is worth on problems nobody has seen.

The best of many was also the luckiest: on new problems it falls back towards the others. How far is
known from how reliably the problems tell seeds apart, and can be seen by choosing on one half of them
and judging on the other.
"""

from __future__ import annotations

from math import atanh, sqrt, tanh
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from nophantom.errors import InvalidInput
from nophantom.stats.estimates import Estimate
from nophantom.stats.paired import compare_means
from nophantom.stats.proportions import check_confidence, two_sided_z, wilson
from nophantom.stats.seeds import complete_scores, variance_components
from nophantom.stats.shrinkage import check_draws, honest_score, lead_draws

# Accuracies that differ by less than this differ by rounding: they are tied.
_TIED = 1e-9


class RankedSeed(NamedTuple):
    """One seed in the order of selection.

    Attributes:
        seed: its row in the scores, from 0.
        accuracy: its mean score.
        tied: another seed has the same; the lower row goes first, which says nothing.
    """

    seed: int
    accuracy: float
    tied: bool


def rank_seeds(scores: NDArray[Any]) -> tuple[RankedSeed, ...]:
    """The seeds from best to worst, ties by the lower row and marked.

    Args:
        scores: (n_seeds, n_problems), each in [0, 1] or True and False.

    Raises:
        InvalidInput: another shape, a missing score or one outside [0, 1].

    >>> [one.seed for one in rank_seeds(np.array([[1, 0, 0], [1, 1, 0], [0, 1, 0]]))]
    [1, 0, 2]
    """
    accuracies = complete_scores(scores).mean(axis=1)
    # Rounded first, so that equal sums in another order stay equal.
    steps = np.round(accuracies / _TIED)
    values, which, counts = np.unique(steps, return_inverse=True, return_counts=True)
    del values
    order = np.argsort(-steps, kind="stable")
    return tuple(RankedSeed(int(i), float(accuracies[i]), bool(counts[which[i]] > 1)) for i in order)


def winners_curse(
    scores: NDArray[Any], *, rng: np.random.Generator, confidence: float = 0.95, draws: int = 20_000
) -> Estimate | None:
    """By how much the best of these seeds overstates itself on these problems.

    (1 - r) * (best - mean), r the reliability: of its lead over the mean seed, the part that new
    problems will not show. That the problems themselves were easier or harder than others, which all
    seeds share, is no curse of the winner and left out.

    Simulated on real difficulties (5 to 20 seeds, 1,319 problems) it is off by 0.24 points where
    seeds do not differ (it then says too little, since r is cut off at 0) and by 0.12 or less
    elsewhere. Bootstrap optimism over problems was off by up to 0.56, out-of-bag and split-half
    judging by up to 0.33, all with a larger error per study.

    Args:
        scores: (n_seeds, n_problems) that the choice was made on, each in [0, 1] or True and False.
        rng: the only source of randomness; it moves only the interval.
        confidence: two-sided coverage, strictly between 0 and 1.
        draws: pivotal draws, at least 1,000.

    Returns:
        A proportion, 0 or above; None below two seeds or two problems.

    Raises:
        InvalidInput: a missing score or one outside [0, 1], or a number outside its range.

    Source:
        Efron and Morris (1975), JASA 70 (shrinkage); Weerahandi (1993), JASA 88 (the interval).

    >>> scores = np.random.default_rng(1).random((20, 1319)) < 0.759
    >>> round(winners_curse(scores, rng=np.random.default_rng(2)).point, 3)
    0.015
    """
    tail = (1 - check_confidence(confidence)) / 2
    check_draws(draws)
    components = variance_components(scores)
    if components.ms_seed is None or components.ms_rest is None:
        return None
    lead = rank_seeds(scores)[0].accuracy - components.mean
    lost = min(1.0, components.ms_rest / components.ms_seed) if components.ms_seed > 0 else 0.0
    kept, _ = lead_draws(components, lead, rng=rng, draws=draws)
    low, high = (float(end) for end in np.quantile(lead - kept, (tail, 1 - tail)))
    point = max(0.0, lost * lead)
    method = "shrinkage, generalised pivotal interval"
    return Estimate(point, min(low, point), max(high, point), confidence, components.n_seeds, method)


def honest_estimate(
    validation: NDArray[Any],
    chosen: int,
    *,
    rng: np.random.Generator,
    test: NDArray[Any] | None = None,
    confidence: float = 0.95,
) -> Estimate | None:
    """What the chosen seed will score on problems nobody has seen.

    Before the test is opened: its validation accuracy, shrunk towards the mean of all seeds. Once it
    is: its accuracy there, which no choice has touched.

    Args:
        validation: (n_seeds, n_problems) that the choice was made on, each in [0, 1].
        chosen: the row of the chosen seed, from 0.
        rng: the only source of randomness; it moves only the interval before the test.
        test: (n_test_problems,) the chosen seed's scores there, or None.
        confidence: two-sided coverage, strictly between 0 and 1.

    Returns:
        The score in [0, 1] on problems like these; None without a test below two seeds or problems.

    Raises:
        InvalidInput: a missing score or one outside [0, 1], or a seed that is not there.

    >>> scores = np.random.default_rng(1).random((20, 1319)) < 0.759
    >>> opened = honest_estimate(scores, 3, rng=np.random.default_rng(2), test=scores[3, :100])
    >>> opened.n, opened.method
    (100, 'Wilson score interval')
    """
    check_confidence(confidence)
    scores = complete_scores(validation)
    if not 0 <= chosen < len(scores):
        raise InvalidInput(f"there are seeds 0 to {len(scores) - 1}; got {chosen}.")
    if test is None:
        observed = float(scores[chosen].mean())
        return honest_score(variance_components(scores), observed, rng=rng, confidence=confidence)
    judged = complete_scores(np.asarray(test)[None, :] if np.ndim(test) == 1 else np.asarray(test))
    if len(judged) != 1:
        raise InvalidInput(f"the test is judged with the chosen seed alone; got {len(judged)} seeds.")
    if np.isin(judged, (0, 1)).all():
        return wilson(int(judged.sum()), judged.size, confidence=confidence)
    return compare_means(judged[0], np.zeros(judged.size), confidence=confidence).estimate


def agreement(validation: NDArray[Any], test: NDArray[Any], *, confidence: float = 0.95) -> Estimate | None:
    """Do two problem sets rank the seeds alike? Spearman's rank correlation.

    The interval is Fisher's z with the standard error of Bonett and Wright, from a correlation half a
    rank swap nearer to 0 (so that perfect agreement of few seeds has a width).

    Args:
        validation: (n_seeds,) accuracies on one set.
        test: (n_seeds,) accuracies of the same seeds on the other.
        confidence: two-sided coverage, strictly between 0 and 1.

    Returns:
        The correlation in [-1, 1]; the interval is None below four seeds, all of it below two seeds
        and where all seeds of one set are tied.

    Raises:
        InvalidInput: not two lists of equal length, or an unknown accuracy.

    Source:
        Bonett and Wright (2000), Psychometrika 65.

    >>> round(agreement(np.array([0.1, 0.2, 0.3, 0.4, 0.5]), np.array([0.2, 0.1, 0.3, 0.5, 0.4])).point, 3)
    0.8
    """
    check_confidence(confidence)
    first, second = np.asarray(validation, dtype=np.float64), np.asarray(test, dtype=np.float64)
    if first.ndim != 1 or first.shape != second.shape:
        raise InvalidInput(
            f"agreement needs one accuracy per seed on both sets; got shapes {first.shape} and {second.shape}."
        )
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise InvalidInput("agreement needs known accuracies; got one that is none. Leave that seed out.")
    n, method = len(first), "Spearman, Bonett-Wright interval"
    if n < 2 or min(np.ptp(first), np.ptp(second)) < _TIED:
        return None
    ranks = [stats.rankdata(np.round(values / _TIED)) for values in (first, second)]
    rho = float(np.clip(np.corrcoef(ranks[0], ranks[1])[0, 1], -1, 1))
    if n < 4:
        return Estimate(rho, None, None, confidence, n, method)
    near = np.sign(rho) * max(0.0, abs(rho) - 6 / (n * (n * n - 1)))
    reach = two_sided_z(confidence) * sqrt((1 + near**2 / 2) / (n - 3))
    low, high = tanh(atanh(near) - reach), tanh(atanh(near) + reach)
    return Estimate(rho, min(low, rho), max(high, rho), confidence, n, method)


def nested_selection(
    scores: NDArray[Any],
    *,
    rng: np.random.Generator,
    k: int = 1,
    splits: int = 200,
    confidence: float = 0.95,
) -> Estimate | None:
    """What choosing on one half of the problems gains on the other half, over the mean seed.

    The problems are split at random, many times; each time the best k seeds of one half are judged by
    their mean score on the other. Splits share their problems, so their variance is corrected as
    Nadeau and Bengio do, by 1 / splits + 1 for halves. That is exact where one seed is always chosen
    and cautious elsewhere (simulated at 95%: 93% to 100%). It covers the choice of problems, for
    these seeds.

    Args:
        scores: (n_seeds, n_problems), each in [0, 1] or True and False.
        rng: the only source of randomness; equal generators give equal results.
        k: how many seeds are chosen, 1 to n_seeds; ties go to the lower row.
        splits: how often the problems are split, at least 20.
        confidence: two-sided coverage, strictly between 0 and 1.

    Returns:
        The gain, a proportion, for a choice on half the problems (on all of them it is larger); None
        below two seeds or two problems.

    Raises:
        InvalidInput: a missing score or one outside [0, 1], or a number outside its range.

    Source:
        Nadeau and Bengio (2003), Machine Learning 52.

    >>> levels = np.array([[0.5], [0.6], [0.9]])
    >>> scores = np.random.default_rng(1).random((3, 400)) < levels
    >>> round(nested_selection(scores, rng=np.random.default_rng(2)).point, 2)
    0.22
    """
    check_confidence(confidence)
    scores = complete_scores(scores)
    s, p = scores.shape
    if not 1 <= k <= s:
        raise InvalidInput(f"of {s} seeds 1 to {s} can be chosen; got k={k}.")
    if splits < 20:
        raise InvalidInput(f"nested selection needs at least 20 splits; got {splits}.")
    if s < 2 or p < 2:
        return None
    halves = rng.permuted(np.broadcast_to(np.arange(p) < p // 2, (splits, p)), axis=1).T.astype(np.float64)
    in_half = scores @ halves  # (n_seeds, splits) sums
    judged = (scores.sum(axis=1, keepdims=True) - in_half) / (p - p // 2)
    chosen = np.argsort(-np.round(in_half / _TIED), axis=0, kind="stable")[:k]
    gains = np.take_along_axis(judged, chosen, axis=0).mean(axis=0) - judged.mean(axis=0)
    point, method = float(gains.mean()), "repeated split halves, Nadeau-Bengio interval"
    error = sqrt(float(gains.var(ddof=1)) * (1 / splits + 1))
    if error < _TIED:
        return Estimate(point, None, None, confidence, p, method)
    reach = -float(special.stdtrit(splits - 1, (1 - confidence) / 2)) * error
    return Estimate(point, point - reach, point + reach, confidence, p, method)
