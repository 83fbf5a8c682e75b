"""Counts only, and a baseline known only as a number: by two roads each."""

from __future__ import annotations

from math import nan

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import optimize
from scipy import stats as scipy_stats
from statsmodels.stats.proportion import test_proportions_2indep as proportions_test

from nophantom.errors import InvalidInput
from nophantom.stats.differences import DifferenceTest
from nophantom.stats.estimates import Estimate
from nophantom.stats.proportions import clopper_pearson, two_sided_z
from nophantom.stats.unpaired import (
    SummaryCount,
    against_baseline,
    compare_counts,
    count_against_baseline,
)
from nophantom.stats.verdicts import Verdict, verdict_from_interval

confidences = st.floats(0.5, 0.999)


@st.composite
def counts(draw: st.DrawFn) -> SummaryCount:
    n = draw(st.integers(1, 400))
    return SummaryCount(draw(st.integers(0, n)), n)


def _ends(estimate: Estimate) -> tuple[float, float]:
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low, estimate.high


# -- two counts -------------------------------------------------------------------------------


def test_the_first_200_against_the_rest_is_undecided() -> None:
    """158 of 200 and 221 of 300: +5.3 points, from -2.4 to +12.7 (by Wald's formula -2.2 to +12.9)."""
    gap = compare_counts(SummaryCount(158, 200), SummaryCount(221, 300)).estimate

    assert gap.point == pytest.approx(0.0533, abs=0.0001)
    assert _ends(gap) == pytest.approx((-0.022, 0.129), abs=0.0025)
    assert gap.n == 500
    assert verdict_from_interval(gap, delta=0.01) is Verdict.UNDECIDED


def test_379_against_365_of_500_is_no_gain_yet() -> None:
    test = compare_counts(SummaryCount(379, 500), SummaryCount(365, 500))

    assert verdict_from_interval(test.estimate, delta=0.01) is Verdict.UNDECIDED
    assert test.p_value == pytest.approx(0.31, abs=0.005)


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0528, 0.3382),
        ((9, 10), (3, 10), 0.1700, 0.8406),
        ((6, 7), (2, 7), 0.0342, 0.8534),
        ((5, 56), (0, 29), -0.0326, 0.1933),
        ((0, 10), (0, 20), -0.1658, 0.2844),
        ((0, 10), (0, 10), -0.2879, 0.2879),
        ((10, 10), (0, 20), 0.7156, 1.0000),
        ((10, 10), (0, 10), 0.6636, 1.0000),
    ],
)
def test_the_limits_are_the_published_ones(
    first: tuple[int, int], second: tuple[int, int], low: float, high: float
) -> None:
    """Newcombe (1998), Statistics in Medicine 17, table II, method 6 (Miettinen-Nurminen)."""
    gap = compare_counts(SummaryCount(*first), SummaryCount(*second)).estimate

    assert _ends(gap) == pytest.approx((low, high), abs=0.00006)


@pytest.mark.parametrize(
    ("first", "second"), [((158, 200), (221, 300)), ((3, 25), (9, 40)), ((90, 100), (60, 80))]
)
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_the_limits_are_where_the_score_test_turns(
    first: tuple[int, int], second: tuple[int, int], confidence: float
) -> None:
    """The likelihood maximised by a search instead of the closed form of its cubic equation.

    (statsmodels 0.14.6 has a wrong coefficient in that cubic, its issue 10269: its limits are off by up
    to 0.002, its p-value at 0 is right.)
    """
    (x, n), (y, m) = first, second
    gap = compare_counts(SummaryCount(x, n), SummaryCount(y, m), confidence=confidence).estimate

    def standardised(theta: float) -> float:
        def unlikely(q: float) -> float:
            return -float(scipy_stats.binom.logpmf(x, n, q + theta) + scipy_stats.binom.logpmf(y, m, q))

        bounds = (max(0.0, -theta) + 1e-12, min(1.0, 1 - theta) - 1e-12)
        q = optimize.minimize_scalar(unlikely, bounds=bounds, method="bounded", options={"xatol": 1e-12}).x
        p = q + theta
        variance = (p * (1 - p) / n + q * (1 - q) / m) * (n + m) / (n + m - 1)
        return float((x / n - y / m - theta) / np.sqrt(variance))

    low, high = _ends(gap)
    z = two_sided_z(confidence)
    assert (standardised(low), standardised(high)) == pytest.approx((z, -z), abs=1e-5)


@pytest.mark.parametrize(
    ("first", "second"),
    [((158, 200), (221, 300)), ((379, 500), (365, 500)), ((9, 10), (3, 12)), ((1, 2), (1, 3))],
)
def test_the_p_value_is_that_of_statsmodels(first: tuple[int, int], second: tuple[int, int]) -> None:
    theirs = proportions_test(*first, *second, method="score", compare="diff", correction=True).pvalue

    assert compare_counts(SummaryCount(*first), SummaryCount(*second)).p_value == pytest.approx(theirs)


@given(counts(), counts(), confidences)
@example(SummaryCount(0, 1), SummaryCount(0, 1), 0.95)
@example(SummaryCount(1, 1), SummaryCount(0, 1), 0.95)
@example(SummaryCount(400, 400), SummaryCount(0, 400), 0.999)
def test_interval_and_p_never_disagree_and_swapping_turns_them_around(
    first: SummaryCount, second: SummaryCount, confidence: float
) -> None:
    test = compare_counts(first, second, confidence=confidence)
    other = compare_counts(second, first, confidence=confidence)
    low, high = _ends(test.estimate)

    assert test.p_value is not None
    assert (low > 0 or high < 0) == (test.p_value < 1 - confidence)
    assert -1 <= low <= test.estimate.point <= high <= 1
    assert low < high
    assert _ends(other.estimate) == pytest.approx((-high, -low), abs=1e-9)
    assert other.p_value == pytest.approx(test.p_value)


def test_a_p_value_that_equals_alpha_does_not_reject() -> None:
    first, second = SummaryCount(40, 50), SummaryCount(30, 50)
    p_value = compare_counts(first, second).p_value
    assert p_value is not None
    for confidence in (1 - p_value, np.nextafter(1 - p_value, 0), np.nextafter(1 - p_value, 1)):
        low, high = _ends(compare_counts(first, second, confidence=float(confidence)).estimate)
        assert (low > 0 or high < 0) == (p_value < 1 - confidence)


@pytest.mark.parametrize(("n", "m"), [(20, 20), (20, 30), (12, 50)])
def test_the_interval_covers_the_truth_by_enumeration(n: int, m: int) -> None:
    """Every pair of counts with its probability, over a grid of true accuracies."""
    ends = np.array(
        [
            [_ends(compare_counts(SummaryCount(i, n), SummaryCount(j, m)).estimate) for j in range(m + 1)]
            for i in range(n + 1)
        ]
    )
    covered = []
    for p in np.linspace(0.05, 0.95, 13):
        for q in np.linspace(0.05, 0.95, 13):
            weight = np.outer(
                scipy_stats.binom.pmf(range(n + 1), n, p), scipy_stats.binom.pmf(range(m + 1), m, q)
            )
            inside = (ends[..., 0] <= p - q + 1e-12) & (p - q - 1e-12 <= ends[..., 1])
            covered.append(weight[inside].sum())

    assert np.mean(covered) >= 0.949
    assert np.min(covered) >= 0.925


# -- against a number -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("right", "n", "baseline"), [(379, 500, 0.72), (3, 20, 0.4), (0, 9, 0.2), (9, 9, 0.8)]
)
def test_against_a_number_it_is_the_exact_binomial_test(right: int, n: int, baseline: float) -> None:
    """Twice the smaller tail, by scipy's one-sided tests; the limits are Clopper and Pearson's."""
    tails = [
        scipy_stats.binomtest(right, n, baseline, alternative=side).pvalue for side in ("less", "greater")
    ]
    exact = clopper_pearson(right, n)

    test = count_against_baseline(SummaryCount(right, n), baseline)

    assert test.p_value == pytest.approx(min(1.0, 2 * min(tails)))
    low, high = _ends(exact)
    assert _ends(test.estimate) == pytest.approx((low - baseline, high - baseline))
    assert test.estimate.point == pytest.approx(right / n - baseline)


@given(counts(), st.floats(0, 1), confidences)
@example(SummaryCount(0, 5), 0.0, 0.95)
@example(SummaryCount(5, 5), 1.0, 0.95)
@example(SummaryCount(4, 5), 1.0, 0.95)
@example(SummaryCount(4, 5), 0.0, 0.95)
def test_interval_and_p_against_a_number_never_disagree(
    count: SummaryCount, baseline: float, confidence: float
) -> None:
    test = count_against_baseline(count, baseline, confidence=confidence)
    low, high = _ends(test.estimate)

    assert test.p_value is not None
    assert (low > 0 or high < 0) == (test.p_value < 1 - confidence)


def test_a_baseline_with_its_own_n_is_a_count_with_its_own_uncertainty() -> None:
    count = SummaryCount(379, 500)

    assert count_against_baseline(count, 0.72, baseline_n=1319) == compare_counts(
        count, SummaryCount(950, 1319)
    )


def test_right_and_wrong_are_counted() -> None:
    scores = np.repeat([True, False], [379, 121])

    assert against_baseline(scores, 0.72) == count_against_baseline(SummaryCount(379, 500), 0.72)
    assert against_baseline(scores, 0.72, baseline_n=1319).test == "Miettinen-Nurminen score"


def test_partial_credit_is_the_t_test_of_scipy() -> None:
    scores = np.random.default_rng(2).random(40)
    theirs = scipy_stats.ttest_1samp(scores, 0.6)
    low, high = theirs.confidence_interval(0.9)

    ours = against_baseline(scores, 0.6, confidence=0.9)

    assert ours.p_value == pytest.approx(theirs.pvalue)
    assert _ends(ours.estimate) == pytest.approx((low - 0.6, high - 0.6))


def test_one_partial_credit_has_an_unknown_interval() -> None:
    lone = against_baseline(np.array([0.5]), 0.25)

    assert (lone.estimate.point, lone.estimate.low, lone.p_value) == (0.25, None, None)


def test_equal_partial_credits_by_hand() -> None:
    """0.5 on all of 8 against 0.9: others would have to be 4/5 of all problems; 0.2^8, twice."""
    test = against_baseline(np.full(8, 0.5), 0.9)
    unseen = 1 - 0.025 ** (1 / 8)

    assert test.p_value == pytest.approx(2 * 0.2**8)
    assert _ends(test.estimate) == pytest.approx(
        ((1 - unseen) * 0.5 - 0.9, (1 - unseen) * 0.5 + unseen - 0.9)
    )


@given(st.floats(0.01, 0.99), st.integers(2, 300), st.floats(0, 1), confidences)
@example(0.5, 2, 0.5, 0.95)
@example(0.5, 8, 1.0, 0.95)
@example(0.5, 8, 0.0, 0.95)
def test_interval_and_p_of_equal_scores_never_disagree(
    score: float, n: int, baseline: float, confidence: float
) -> None:
    test: DifferenceTest = against_baseline(np.full(n, score), baseline, confidence=confidence)
    low, high = _ends(test.estimate)

    assert test.p_value is not None
    assert (low > 0 or high < 0) == (test.p_value < 1 - confidence)


# -- bad input --------------------------------------------------------------------------------


def test_counts_that_no_evaluation_gives_are_refused() -> None:
    for right, n in ((5, 4), (-1, 4), (0, 0)):
        with pytest.raises(InvalidInput):
            SummaryCount(right, n)


@pytest.mark.parametrize(
    "scores", [np.array([]), np.eye(2), np.array([0.5, 1.5]), np.array([0.5, nan]), np.array(["x"])]
)
def test_scores_that_are_none_are_refused(scores: NDArray[np.float64]) -> None:
    with pytest.raises(InvalidInput, match=r"one list of scores|scores lie in \[0, 1\]"):
        against_baseline(scores, 0.5)


def test_baselines_that_are_none_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"For 75.8% give 0.758"):
        count_against_baseline(SummaryCount(1, 2), 75.8)
    with pytest.raises(InvalidInput, match="at least one problem"):
        count_against_baseline(SummaryCount(1, 2), 0.5, baseline_n=0)
    with pytest.raises(InvalidInput, match="partial credit"):
        against_baseline(np.array([0.5, 0.25]), 0.5, baseline_n=100)
    with pytest.raises(InvalidInput, match="strictly between 0 and 1"):
        against_baseline(np.array([0.5]), 0.5, confidence=95)
    with pytest.raises(InvalidInput, match="strictly between 0 and 1"):
        compare_counts(SummaryCount(1, 2), SummaryCount(1, 2), confidence=1)
