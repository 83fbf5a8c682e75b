"""Two systems on the same problems: is the one better than the other?

Problems are the random unit ("these checkpoints"): the intervals cover the choice of problems, not
the choice of training seed. An easy problem is easy for both systems, so only the problems on which
they differ carry the answer; that is why a paired comparison sees smaller differences.

Interval, p-value and verdict come from one procedure. At every confidence the interval leaves out 0
exactly when `p_value < 1 - confidence`; no report can say "significant" beside an interval that
crosses zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from nophantom.errors import InvalidInput
from nophantom.stats.differences import DifferenceTest, beside_zero_as_tested
from nophantom.stats.estimates import Estimate
from nophantom.stats.proportions import check_confidence, clopper_pearson

# Where the ellipse of `_least_product` is looked at. Its error is of second order in the step: below
# 1e-7 of the width of the interval.
_ANGLES = np.linspace(0.0, np.pi / 2, 4097)
_COS, _SIN = np.cos(_ANGLES), np.sin(_ANGLES)

# Scores are means of a few grades: two that differ by less than this differ by rounding alone.
_SAME = 1e-9


@dataclass(frozen=True, slots=True)
class PairedCounts:
    """How two systems did on the same problems, seen from the first.

    Attributes:
        both_right: problems that both solved.
        gained: problems that only the first solved.
        lost: problems that only the second solved.
        both_wrong: problems that neither solved.
    """

    both_right: int
    gained: int
    lost: int
    both_wrong: int

    def __post_init__(self) -> None:
        cells = (self.both_right, self.gained, self.lost, self.both_wrong)
        if min(cells) < 0:
            raise InvalidInput(f"counts of problems are not negative; got {cells}.")
        if sum(cells) == 0:
            raise InvalidInput("a paired comparison needs at least one problem that both tried; got none.")

    @property
    def n(self) -> int:
        """Problems in all."""
        return self.both_right + self.gained + self.lost + self.both_wrong

    @property
    def discordant(self) -> int:
        """Problems on which the two differ."""
        return self.gained + self.lost

    @property
    def difference(self) -> float:
        """Accuracy of the first minus accuracy of the second, in [-1, 1]."""
        return (self.gained - self.lost) / self.n


def count_pairs(first: NDArray[Any], second: NDArray[Any]) -> PairedCounts:
    """Sort the problems by who solved them.

    Args:
        first: (n_problems,) True or 1 where the first system was right.
        second: (n_problems,) the same problems in the same order.

    Raises:
        InvalidInput: not two lists of equal length, no problems, or a value that is neither right
            nor wrong.

    >>> count_pairs(np.array([True, True, False]), np.array([True, False, False]))
    PairedCounts(both_right=1, gained=1, lost=0, both_wrong=1)
    """
    first, second = _aligned(first, second)
    for scores in (first, second):
        if not np.isin(scores, (0, 1)).all():
            odd = scores[~np.isin(scores, (0, 1))][0]
            raise InvalidInput(
                f"each answer here is right (1) or wrong (0); got {odd}. "
                "For partial credit or means of several samples use compare_means."
            )
    one, two = first == 1, second == 1
    return PairedCounts(
        both_right=int((one & two).sum()),
        gained=int((one & ~two).sum()),
        lost=int((~one & two).sum()),
        both_wrong=int((~one & ~two).sum()),
    )


def mcnemar_exact(gained: int, lost: int) -> float:
    """Two-sided p of "gains and losses are equally likely": twice the smaller binomial tail.

    Never below the true level, so somewhat cautious. The p-value of `compare_binary`.

    Args:
        gained: problems that only the first solved.
        lost: problems that only the second solved.

    Returns:
        p in (0, 1]; 1 where the two never differ.

    Raises:
        InvalidInput: a negative count.

    Source:
        McNemar (1947), Psychometrika 12; the exact form in Fagerland, Lydersen and Laake (2013),
        BMC Medical Research Methodology 13:91.

    >>> round(mcnemar_exact(209, 152), 4)
    0.0032
    """
    _check_discordant(gained, lost)
    return min(1.0, 2 * float(special.bdtr(min(gained, lost), gained + lost, 0.5)))


def mcnemar_mid_p(gained: int, lost: int) -> float:
    """The exact p-value less half the probability of what was seen.

    Closer to the nominal level than the exact p, which it may pass by a hair; it stands beside the
    verdict and does not make it, since no interval belongs to it here.

    Args:
        gained: problems that only the first solved.
        lost: problems that only the second solved.

    Returns:
        p in (0, 1]; 1 where the two never differ.

    Raises:
        InvalidInput: a negative count.

    Source:
        Fagerland, Lydersen and Laake (2013), BMC Medical Research Methodology 13:91.

    >>> round(mcnemar_mid_p(209, 152), 4)
    0.0027
    """
    _check_discordant(gained, lost)
    smaller, m = min(gained, lost), gained + lost
    if m == 0:
        return 1.0
    # 2 P(X <= k) - P(X = k), as a sum of two tails: nothing cancels.
    beyond = float(special.bdtr(smaller - 1, m, 0.5)) if smaller > 0 else 0.0
    return min(1.0, float(special.bdtr(smaller, m, 0.5)) + beyond)


def paired_difference(counts: PairedCounts, *, confidence: float = 0.95) -> Estimate:
    """Accuracy of the first minus accuracy of the second, with an interval that obeys the exact test.

    The difference is a product: p_d, the share of problems on which the two differ, times
    2 pi - 1, where pi is the share of gains among those. The two factors are estimated
    independently (given their sum the counts are binomial), each with Clopper and Pearson's
    interval; that of pi leaves out 1/2 exactly when McNemar's exact test rejects. The method of
    variance estimates recovery (MOVER) joins the two.

    MOVER is usually written as one square root, a linearisation at the estimate. For a product it
    fails where it is needed most: with few discordant problems or near equality, the number under
    the root turns negative and the sign may differ from the test's. Here the limits are what that
    root stands for: the least and the greatest product over the quarter-ellipses that reach from
    the estimate to the limits of the two factors (for a sum this *is* the root of Zou and Donner).
    Since p_d stays above 0 there, the product has the sign of its second factor: the interval
    leaves out 0 exactly when `mcnemar_exact(gained, lost) < 1 - confidence`.

    Where the two never differ, the interval reaches from -u to u, with u the upper limit of
    Clopper and Pearson for the share of problems on which they would.

    Coverage, by full enumeration for n = 1 to 1,319, p_d = 0.01 to 1 and differences from 0 to p_d,
    at 95%: 95.1% to 100%, at most 3.2% missed on either side (`bench/paired_coverage.py` draws many
    of these worlds, against the methods of others). With Wilson's interval for p_d it would be up
    to 5% narrower and miss up to 5.3% on the far side, where a miss is a false `phantom`. Few
    discordant problems make it wider than it would have to be: the price of an exact test.

    Args:
        counts: the problems by who solved them.
        confidence: two-sided coverage, strictly between 0 and 1.

    Returns:
        The difference in [-1, 1]: 0.02 means two more right in a hundred. The interval is always
        known and never of zero width.

    Raises:
        InvalidInput: confidence outside (0, 1).

    Source:
        Zou and Donner (2008), Statistics in Medicine 27 (MOVER); Zou, Huang and Zhang (2009),
        Computational Statistics and Data Analysis 53 (products, by the square root).

    >>> gap = paired_difference(PairedCounts(both_right=791, gained=209, lost=152, both_wrong=167))
    >>> f"{gap.point:+.1%} ({gap.low:+.1%} to {gap.high:+.1%})"
    '+4.3% (+1.4% to +7.2%)'
    """
    method = "exact McNemar with Clopper-Pearson limits joined by MOVER"
    check_confidence(confidence)
    if counts.discordant == 0:
        reach = _most_that_could_differ(counts.n, confidence)
        return Estimate(0.0, -reach, reach, confidence, counts.n, method)
    p_value = mcnemar_exact(counts.gained, counts.lost)
    differ = clopper_pearson(counts.discordant, counts.n, confidence=confidence)
    low = _least_difference(counts.gained, counts.lost, differ)
    high = -_least_difference(counts.lost, counts.gained, differ)
    low, high = beside_zero_as_tested(low, high, counts.difference, p_value, confidence)
    return Estimate(counts.difference, low, high, confidence, counts.n, method)


def compare_binary(counts: PairedCounts, *, confidence: float = 0.95) -> DifferenceTest:
    """The difference of two accuracies, with its interval and the exact McNemar p.

    Args:
        counts: the problems by who solved them.
        confidence: two-sided coverage, strictly between 0 and 1.

    Returns:
        As `paired_difference`, with `mcnemar_exact`, the p-value that belongs to its interval.

    Raises:
        InvalidInput: confidence outside (0, 1).

    >>> compare_binary(PairedCounts(both_right=6, gained=5, lost=0, both_wrong=1)).p_value
    0.0625
    """
    estimate = paired_difference(counts, confidence=confidence)
    return DifferenceTest(estimate, mcnemar_exact(counts.gained, counts.lost), "exact McNemar")


def compare_means(first: NDArray[Any], second: NDArray[Any], *, confidence: float = 0.95) -> DifferenceTest:
    """The difference of two mean scores, for scores that are not just right or wrong.

    Partial credit, or several samples of one problem: a problem is one unit, so give the mean of
    its samples, not the samples. Interval and p-value are Student's t on the differences per
    problem, with as many degrees of freedom as problems *that differ*, less one (at least 1). A
    problem on which both score alike says little about how widely differences scatter: with the
    usual n - 1, four like gains among 1,319 problems would count as significant (the exact
    McNemar p is 0.125), and the true mean lay beyond one end in up to 12% of simulated sets at a
    nominal 2.5%. Where every problem differs this is the usual paired t.

    Where all differences are equal (most often all 0), t has no width at all, which is no
    certainty. The share of problems with another difference is then at most u with confidence
    (the upper Clopper-Pearson limit of 0 of n), and those differ by at most 1: the interval is
    (1 - u) * difference +- u, and p = 2 (1 + |difference|)^-n, which belongs to it.

    What it does not see: where a few large differences among many small ones carry the mean and
    none of them was drawn, the interval is too short on that side, like any built on mean and
    variance (simulated with one large in ten and about seven problems that differ: missed 44% of
    the time on the far side from 0, 0% on the near side, so no false `real`).

    Args:
        first: (n_problems,) the first system's score per problem, in [0, 1].
        second: (n_problems,) the same problems in the same order.
        confidence: two-sided coverage, strictly between 0 and 1.

    Returns:
        Mean of first minus second in [-1, 1]; interval and p-value are None below two problems.

    Raises:
        InvalidInput: not two lists of equal length, no problems, a score outside [0, 1], or
            confidence outside (0, 1).

    Source:
        Student (1908), Biometrika 6; the degrees of freedom are ours, checked by simulation.

    >>> test = compare_means(np.array([0.75, 0.5, 1.0, 0.25]), np.array([0.5, 0.25, 0.5, 0.25]))
    >>> test.estimate.point, round(test.p_value, 3)
    (0.25, 0.134)
    """
    check_confidence(confidence)
    first, second = _aligned(first, second)
    for scores in (first, second):
        if not ((scores >= 0) & (scores <= 1)).all():
            raise InvalidInput(
                f"scores lie in [0, 1]; got {scores.min()} to {scores.max()}. Rescale them first."
            )
    gap = first - second  # (n_problems,) in [-1, 1]
    if len(gap) < 2:
        test = "Student t on problems"
        return DifferenceTest(Estimate(float(gap[0]), None, None, confidence, 1, test), None, test)
    if np.ptp(gap) < _SAME:
        return _test_of_equal_gaps(float(gap.mean()), len(gap), confidence)
    return _student_test(gap, confidence)


def _student_test(gap: NDArray[np.float64], confidence: float) -> DifferenceTest:
    """Student's t on (n_problems,) differences that are not all equal."""
    test, n, mean = "Student t on problems", len(gap), float(gap.mean())
    error = float(gap.std(ddof=1)) / sqrt(n)
    freedom = max(1, int((np.abs(gap) > _SAME).sum()) - 1)
    p_value = 2 * float(special.stdtr(freedom, -abs(mean) / error))
    reach = -float(special.stdtrit(freedom, (1 - confidence) / 2)) * error
    low, high = beside_zero_as_tested(mean - reach, mean + reach, mean, p_value, confidence)
    return DifferenceTest(Estimate(mean, low, high, confidence, n, test), p_value, test)


def _test_of_equal_gaps(gap: float, n: int, confidence: float) -> DifferenceTest:
    """What n equal differences still leave open; see `compare_means`."""
    test = "bound on problems that differ otherwise"
    unseen = _most_that_could_differ(n, confidence)
    middle = (1 - unseen) * gap
    p_value = min(1.0, 2 * (1 + abs(gap)) ** -n)
    low, high = beside_zero_as_tested(middle - unseen, middle + unseen, gap, p_value, confidence)
    return DifferenceTest(Estimate(gap, low, high, confidence, n, test), p_value, test)


def _most_that_could_differ(n: int, confidence: float) -> float:
    """Upper limit of the share of problems of a kind of which n problems showed none."""
    high = clopper_pearson(0, n, confidence=confidence).high
    assert high is not None
    return high


def _least_difference(gained: int, lost: int, differ: Estimate) -> float:
    """Lower limit of p_d * (2 pi - 1); the upper one is minus this with gains and losses swapped."""
    among = clopper_pearson(gained, gained + lost, confidence=differ.confidence)
    assert among.low is not None
    assert differ.low is not None
    assert differ.high is not None
    lead, least_lead = 2 * among.point - 1, 2 * among.low - 1
    # A second factor below 0 makes the product least where the first is large, above 0 where small.
    limit = differ.high if least_lead < 0 else differ.low
    return _least_product(differ.point, limit, lead, least_lead)


def _least_product(x: float, x_limit: float, y: float, y_limit: float) -> float:
    """Least x' * y' over the quarter-ellipse around (x, y) that reaches to x_limit and y_limit."""
    products = (x + (x_limit - x) * _COS) * (y + (y_limit - y) * _SIN)
    return float(products.min())


def _aligned(first: NDArray[Any], second: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Both as finite numbers, one per problem, or a sentence that says why not."""
    first, second = np.asarray(first), np.asarray(second)
    if first.ndim != 1 or first.shape != second.shape:
        raise InvalidInput(
            f"a paired comparison needs two lists of equal length; got shapes {first.shape} and "
            f"{second.shape}. Align both systems on problem id first."
        )
    if len(first) == 0:
        raise InvalidInput(
            "a paired comparison needs at least one problem that both tried; got none. "
            "Check that both were evaluated on the same problem set and split."
        )
    for scores in (first, second):
        if scores.dtype.kind not in "biuf" or not np.isfinite(scores).all():
            raise InvalidInput(
                f"scores are finite numbers; got {scores.dtype} with a value that is none. "
                "Leave out problems without an outcome, on both sides."
            )
    return first.astype(np.float64), second.astype(np.float64)


def _check_discordant(gained: int, lost: int) -> None:
    if min(gained, lost) < 0:
        raise InvalidInput(f"counts of problems are not negative; got {gained} gained, {lost} lost.")
