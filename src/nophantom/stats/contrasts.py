"""Weighted sums of arms for new seeds on new problems: a difference of two, a main effect, an interaction.

Seeds are the random unit, crossed with problems. A contrast gives every arm a weight, and the weights
sum to 0: (1, -1) is a comparison of two recipes (`recipes.compare_recipes`), (1/2, 1/2, -1/2, -1/2) a main
effect, (1, -1, -1, 1) an interaction. `factorial` finds the weights of a study whose arms combine factors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite, sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from nophantom.errors import InvalidInput
from nophantom.stats.differences import DifferenceTest, beside_zero_as_tested
from nophantom.stats.estimates import Estimate
from nophantom.stats.paired import compare_binary, compare_means, count_pairs
from nophantom.stats.proportions import check_confidence
from nophantom.stats.seed_power import seeds_to_decide, smallest_visible_effect
from nophantom.stats.seeds import VarianceComponents, complete_scores, variance_components

# Variances of accuracies below this come from rounding.
_ROUNDING = 1e-18
_LEAST_P = 1e-15


@dataclass(frozen=True, slots=True)
class ContrastTest:
    """A weighted sum of arms, with the p-value that belongs to its interval.

    Attributes:
        weights: one per arm that has a weight, in the order of the arms.
        estimate: the sum of weight times mean score; n counts the seeds of all these arms.
        p_value: two-sided p of "the contrast is 0", below 1 - confidence exactly when the interval leaves
            out 0; None where the interval is unknown.
        freedom: degrees of freedom of Student's t, by Satterthwaite; None where t was not used.
        sds: standard deviation of each arm's accuracies; None below two seeds.
        var_single: variance of the contrast of single seeds, one of each arm: what `var_seeds` was divided
            from; None below two seeds in an arm.
        var_seeds: the part of the squared standard error that more seeds would shrink.
        var_interaction: the part that only more problems would shrink (some problems suit one arm
            better); 0 where it was left out by choice, None where it is unknown.
        smallest_visible: the true value that a contrast like this one shows with a probability of 80%.
        n_problems: problems in all.
        paired: the arms share randomness by seed.
        test: the name of the test in the words of its field.
    """

    weights: tuple[float, ...]
    estimate: Estimate
    p_value: float | None
    freedom: float | None
    sds: tuple[float | None, ...]
    var_single: float | None
    var_seeds: float | None
    var_interaction: float | None
    smallest_visible: float | None
    n_problems: int
    paired: bool
    test: str


class _Seeds(NamedTuple):
    """What the seeds of one arm (or all seeds of paired arms) add to the squared standard error."""

    variance: float
    freedom: int
    square: float  # of the arm's weight


class _Parts(NamedTuple):
    """The squared standard error of a contrast; the interaction as (variance, degrees of freedom)."""

    seeds: tuple[_Seeds, ...]  # one per arm, or one of paired arms
    interaction: tuple[float, int]

    @property
    def var_seeds(self) -> float:
        return sum(part.variance for part in self.seeds)

    @property
    def var_single(self) -> float:
        return sum(part.variance * (part.freedom + 1) for part in self.seeds)

    @property
    def variance(self) -> float:
        return self.var_seeds + self.interaction[0]

    @property
    def freedom(self) -> float:
        """Satterthwaite's degrees of freedom, but no more than arms of one common spread would have.

        Two seeds that happen to lie close would else lend their arm's share to the many of another.
        With arms of equal size and weight the cap never binds. Paired arms have those of their seeds.
        """
        if len(self.seeds) == 1:
            return self.seeds[0].freedom
        spread = sum(p.freedom * (p.freedom + 1) * p.variance / p.square for p in self.seeds)
        common = spread / sum(part.freedom for part in self.seeds)
        seen = [(part.variance, part.freedom) for part in self.seeds]
        even = [(part.square * common / (part.freedom + 1), part.freedom) for part in self.seeds]
        return min(_satterthwaite([*parts, self.interaction]) for parts in (seen, even))

    def reach(self, tail: float) -> float:
        """Half the width of the interval that leaves `tail` on each side."""
        if len(self.seeds) == 1:
            parts = (self.seeds[0][:2], self.interaction)
            terms = [term for term in parts if term[0] > 0]
            return sqrt(sum(special.stdtrit(freedom, tail) ** 2 * variance for variance, freedom in terms))
        return -float(special.stdtrit(self.freedom, tail)) * sqrt(self.variance)

    def p_value(self, point: float) -> float:
        """The p at which an end of the interval is 0."""
        if len(self.seeds) > 1 or self.interaction[0] == 0:
            return 2 * float(special.stdtr(self.freedom, -abs(point) / sqrt(self.variance)))
        if self.reach(_LEAST_P / 2) <= abs(point):
            return _LEAST_P
        found = optimize.brentq(lambda p: self.reach(p / 2) - abs(point), _LEAST_P, 1.0, xtol=1e-16)
        return float(found)


def _satterthwaite(terms: Sequence[tuple[float, int]]) -> float:
    total = sum(variance for variance, _ in terms)
    return total**2 / sum(variance**2 / freedom for variance, freedom in terms if variance > 0)


def contrast_arms(
    arms: Sequence[NDArray[Any]],
    weights: Sequence[float],
    *,
    confidence: float = 0.95,
    paired: bool = False,
    fixed_problems: bool = False,
) -> ContrastTest:
    """The sum of weight times mean score over several arms, for new seeds on new problems.

    The squared standard error is the sum of c_a^2 s2_a / S_a over the arms, plus v3: what is left of the
    scatter of the contrasts per problem once the luck of single answers is taken off,
    v3 = max(0, var_p(sum_a c_a m_ap) / P - sum_a c_a^2 MS_rest_a / (S_a P)). Student's t has
    Satterthwaite's degrees of freedom from S_a - 1 and P - 1, at most those that a common spread of all
    arms would give. For two arms with the weights 1 and -1 it *is* `recipes.compare_recipes`; what is said
    there of pairs, of arms without spread and of its limits holds here.

    Simulated on real difficulties (2 x 2 arms of 2 to 10 seeds, 1,319 problems, own and shared seeds, with and
    without interaction): main effects and interactions that are 0 are called real at 5% in 1.6% to 5.7% of 1,000
    studies, where a t over problems with the seeds pooled says so in 7% to 45%; planted ones lie in 93.8% to 97.2% of
    the intervals (`bench/contrasts.py`).

    Args:
        arms: (n_seeds, n_problems) scores of each arm in [0, 1] or True and False, the same problems in the
            same order; with several samples (n_seeds, n_samples, n_problems), of which the means are taken.
        weights: one per arm, which sum to 0; an arm of weight 0 is left out.
        confidence: two-sided coverage, strictly between 0 and 1.
        paired: seed i of all arms shares its randomness: the contrast is taken seed by seed.
        fixed_problems: answer for this problem set alone: v3 is left out.

    Returns:
        The contrast; with fewer than two seeds in an arm, interval and p-value are None (one training says
        nothing of the next), and likewise on one problem unless problems are fixed.

    Raises:
        InvalidInput: weights that are not one per arm or do not sum to 0, a missing score or one outside
            [0, 1], unlike problems, paired arms of unequal size, or confidence outside (0, 1).

    Source:
        Satterthwaite (1946), Biometrics Bulletin 2; Kirk (2013), Experimental Design, on contrasts; the
        variance in the layout seeds (within arms) x problems, Brennan (2001), Generalizability Theory.

    >>> alike = np.array([[1, 0, 1, 0, 0, 1], [1, 0, 0, 0, 1, 1], [0, 1, 0, 0, 0, 1]])
    >>> both = np.array([[1, 1, 1, 0, 1, 1], [1, 1, 1, 1, 0, 1], [1, 1, 0, 1, 1, 1]])
    >>> test = contrast_arms([both, alike, alike, alike], (1, -1, -1, 1))
    >>> round(test.estimate.point, 3), round(test.p_value, 3)
    (0.389, 0.038)
    """
    check_confidence(confidence)
    _check_weights(weights, len(arms))
    kept = tuple(weight for weight in weights if weight)
    scores = [_arm(arm) for arm, weight in zip(arms, weights, strict=True) if weight]
    sizes = [s.shape[1] for s in scores]
    if len(set(sizes)) > 1:
        told = " and ".join(str(size) for size in sizes)
        raise InvalidInput(
            f"{'both' if len(sizes) == 2 else 'all'} arms answer the same problems; got {told}. "
            "Align them on problem id first."
        )
    if paired and len({len(s) for s in scores}) > 1:
        told = " and ".join(str(len(s)) for s in scores)
        raise InvalidInput(
            f"paired arms have as many seeds each; got {told}. "
            "Keep the seed numbers that all have, or compare them unpaired."
        )
    found = [variance_components(s) for s in scores]
    gap = _weighted(kept, [s.mean(axis=0) for s in scores])  # (n_problems,)
    if paired:
        parts = _paired_parts(_weighted(kept, scores), gap, fixed_problems)
    else:
        parts = _parts(kept, found, gap, fixed_problems)
    return _tested(kept, found, gap, parts, confidence, paired, fixed_problems)


def seeds_of_contrast(test: ContrastTest, delta: float, *, power: float = 0.8) -> int | None:
    """Seeds per arm with which a contrast like this one would show a true value of `delta`.

    Spreads and interaction are those that were seen, the confidence that of the test; its point is not
    looked at. An interaction of four arms needs about four times the seeds of a main effect over them.

    Args:
        test: a contrast of at least two seeds in each arm.
        delta: the true value to be seen, above 0.
        power: the probability of seeing it, at least 0.5 and below 1.

    Returns:
        Seeds per arm; None where no number of seeds suffices (the problems alone leave too much open), or
        where the spread is unknown or 0.

    Raises:
        InvalidInput: delta or power out of range.

    >>> lucky, other = np.tile([[1, 0], [1, 1], [0, 0]], 30), np.tile([[1, 0], [0, 1], [1, 0]], 30)
    >>> seeds_of_contrast(contrast_arms([lucky, other], (1, -1), fixed_problems=True), 0.3)
    24
    """
    if not test.var_single or test.var_interaction is None:
        return None
    squares = sum(weight * weight for weight in test.weights)
    return seeds_to_decide(
        delta,
        sd=sqrt(test.var_single / squares),
        weights=test.weights,
        interaction=test.var_interaction,
        power=power,
        confidence=test.estimate.confidence,
        paired=test.paired,
    )


def contrast_runs(
    scores: NDArray[Any], weights: Sequence[float], *, confidence: float = 0.95
) -> DifferenceTest:
    """The same sum over single runs, for new problems: it says nothing of other seeds.

    Two runs that are right or wrong are compared by `paired.compare_binary` (exact McNemar), otherwise the
    contrasts per problem are one list, judged by `paired.compare_means`.

    Args:
        scores: (n_runs, n_problems) scores in [0, 1], one run per weight.
        weights: one per run, which sum to 0.
        confidence: two-sided coverage, strictly between 0 and 1.

    Returns:
        The contrast; n counts problems.

    Raises:
        InvalidInput: weights that are not one per run or do not sum to 0, a score outside [0, 1], or confidence
            outside (0, 1).

    >>> three_of_four = np.array([[1, 1, 1, 0], [1, 0, 0, 0]])
    >>> contrast_runs(three_of_four, (1, -1)).estimate.point
    0.5
    """
    scores = complete_scores(scores)
    _check_weights(weights, len(scores))
    kept = [weight for weight in weights if weight]
    runs = scores[[weight != 0 for weight in weights]]
    if sorted(kept) == [-1, 1] and np.isin(runs, (0, 1)).all():
        first, second = runs if kept[0] > 0 else runs[::-1]
        return compare_binary(count_pairs(first, second), confidence=confidence)
    farthest = sum(abs(weight) for weight in kept) / 2
    gap = np.clip(_weighted([weight / farthest for weight in kept], list(runs)), -1, 1)
    found = compare_means(np.maximum(gap, 0), np.maximum(-gap, 0), confidence=confidence)
    e = found.estimate
    low, high = (None if end is None else farthest * end for end in (e.low, e.high))
    return replace(found, estimate=replace(e, point=farthest * e.point, low=low, high=high))


def _check_weights(weights: Sequence[float], arms: int) -> None:
    if len(weights) != arms or not all(isfinite(w) for w in weights) or abs(sum(weights)) > 1e-9:
        raise InvalidInput(
            f"a contrast gives each arm a weight, and they sum to 0; got {tuple(weights)} for {arms} arms."
        )
    if not any(weights):
        raise InvalidInput("a contrast gives some arm a weight; got 0 for all of them.")


def _arm(scores: NDArray[Any]) -> NDArray[np.float64]:
    """(n_seeds, n_problems), with samples of one seed and problem averaged."""
    scores = np.asarray(scores)
    if scores.ndim == 3:
        return np.asarray(complete_scores(scores, 3).mean(axis=1))
    return complete_scores(scores)


def _weighted(weights: Sequence[float], arrays: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """The weighted sum, added arm by arm, so that it does not depend on how a product is blocked."""
    total = np.zeros_like(arrays[0])
    for weight, array in zip(weights, arrays, strict=True):
        total += weight * array
    return total


def _parts(
    weights: Sequence[float],
    arms: Sequence[VarianceComponents],
    gap: NDArray[np.float64],
    fixed: bool,
) -> _Parts | None:
    """Of independent arms; None where seeds or problems are too few."""
    freedom, luck, seeds = len(gap) - 1, 0.0, []
    for weight, arm in zip(weights, arms, strict=True):
        if arm.sd is None or (freedom == 0 and not fixed):
            return None
        square = weight * weight
        noise = (arm.ms_rest or 0.0) / (arm.n_seeds * arm.n_problems)
        luck += square * noise
        seen = square * _seeds_part(arm.sd**2 / arm.n_seeds, noise)
        seeds.append(_Seeds(seen, arm.n_seeds - 1, square))
    v3 = 0.0 if fixed else max(0.0, float(gap.var(ddof=1)) / len(gap) - luck)
    return _Parts(tuple(seeds), (_nought(v3), freedom))


def _paired_parts(gaps: NDArray[np.float64], gap: NDArray[np.float64], fixed: bool) -> _Parts | None:
    """Of contrasts per seed and problem, (n_seeds, n_problems)."""
    s, p = gaps.shape
    if s < 2 or (p < 2 and not fixed):
        return None
    by_seed = gaps.mean(axis=1)
    rest = gaps - gap - (by_seed - by_seed.mean())[:, None]
    luck = float(np.vdot(rest, rest)) / ((s - 1) * max(1, p - 1)) / (s * p)
    v3 = 0.0 if fixed else max(0.0, float(gap.var(ddof=1)) / p - luck)
    part = _seeds_part(float(by_seed.var(ddof=1)) / s, luck)
    return _Parts((_Seeds(part, s - 1, 1.0),), (_nought(v3), p - 1))


def _seeds_part(seen: float, luck: float) -> float:
    """The variance of an arm's mean over seeds, or that of single answers where no seed differs."""
    return seen if seen > _ROUNDING else _nought(luck)


def _tested(
    weights: tuple[float, ...],
    arms: Sequence[VarianceComponents],
    gap: NDArray[np.float64],
    parts: _Parts | None,
    confidence: float,
    paired: bool,
    fixed: bool,
) -> ContrastTest:
    """Student's t on the parts, or why there is none."""
    test = "t on seeds crossed with problems" + (", paired by seed" if paired else "")
    point = sum(weight * arm.mean for weight, arm in zip(weights, arms, strict=True))
    n = sum(arm.n_seeds for arm in arms)
    # The farthest that a contrast of proportions can lie from 0: 1 for a difference, 2 for an interaction.
    farthest = sum(abs(weight) for weight in weights) / 2
    p_value: float | None = None
    freedom = visible = low = high = None
    if parts is not None and parts.variance == 0:
        if not fixed:
            share = gap / farthest
            bound = compare_means(np.maximum(share, 0), np.maximum(-share, 0), confidence=confidence)
            p_value, low, high = bound.p_value, bound.estimate.low, bound.estimate.high
            if low is not None and high is not None:
                low, high = farthest * low, farthest * high
    elif parts is not None:
        error, freedom = sqrt(parts.variance), parts.freedom
        p_value, reach = parts.p_value(point), parts.reach((1 - confidence) / 2)
        ends = ((point - reach) / farthest, (point + reach) / farthest)
        low, high = beside_zero_as_tested(*ends, point / farthest, p_value, confidence)
        low, high = farthest * low, farthest * high
        visible = smallest_visible_effect(error, freedom, confidence=confidence)
    return ContrastTest(
        weights=weights,
        estimate=Estimate(point, low, high, confidence, n, test),
        p_value=p_value,
        freedom=freedom,
        sds=tuple(arm.sd for arm in arms),
        var_single=None if parts is None else parts.var_single,
        var_seeds=None if parts is None else parts.var_seeds,
        var_interaction=None if parts is None else parts.interaction[0],
        smallest_visible=visible,
        n_problems=len(gap),
        paired=paired,
        test=test,
    )


def _nought(variance: float) -> float:
    return variance if variance > _ROUNDING else 0.0
