"""Two systems on the same problems: interval and test from one procedure, and both true."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import comb, cos, nan, sin
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import optimize
from scipy import stats as scipy_stats
from statsmodels.stats.contingency_tables import mcnemar

from nophantom.errors import InvalidInput
from nophantom.stats.differences import DifferenceTest
from nophantom.stats.estimates import Estimate
from nophantom.stats.paired import (
    PairedCounts,
    compare_binary,
    compare_means,
    count_pairs,
    mcnemar_exact,
    mcnemar_mid_p,
    paired_difference,
)
from nophantom.stats.proportions import clopper_pearson

cells = st.integers(0, 400)
confidences = st.floats(0.02, 0.9999)
tables = st.builds(PairedCounts, cells, cells, cells, st.integers(1, 400))


def _ends(estimate: Estimate) -> tuple[float, float]:
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low, estimate.high


def _swapped(counts: PairedCounts) -> PairedCounts:
    return PairedCounts(counts.both_right, counts.lost, counts.gained, counts.both_wrong)


# -- counting ---------------------------------------------------------------------------------


def test_problems_are_sorted_by_who_solved_them() -> None:
    first = np.array([1, 1, 1, 0, 0, 0, 0, 1], dtype=bool)
    second = np.array([1, 0, 0, 1, 0, 0, 0, 1], dtype=bool)

    counts = count_pairs(first, second)

    assert counts == PairedCounts(both_right=2, gained=2, lost=1, both_wrong=3)
    assert (counts.n, counts.discordant, counts.difference) == (8, 3, 0.125)


@pytest.mark.parametrize("kind", [np.bool_, np.int8, np.uint8, np.float64])
def test_right_and_wrong_may_be_written_as_any_kind_of_0_and_1(kind: type) -> None:
    first: NDArray[Any] = np.array([1, 0], dtype=kind)

    assert count_pairs(first, np.zeros_like(first)) == PairedCounts(0, 1, 0, 1)


@pytest.mark.parametrize("compare", [count_pairs, compare_means])
@pytest.mark.parametrize(
    ("first", "second", "sentence"),
    [
        (np.ones(3), np.ones(2), r"equal length; got shapes \(3,\) and \(2,\)"),
        (np.ones((2, 2)), np.ones((2, 2)), "two lists of equal length"),
        (np.array(1.0), np.array(1.0), "two lists of equal length"),
        (np.ones(0), np.ones(0), "at least one problem"),
        (np.array([1.0, nan]), np.ones(2), "finite numbers"),
        (np.ones(2), np.array([1.0, np.inf]), "finite numbers"),
        (np.array(["yes", "no"]), np.ones(2), "finite numbers"),
    ],
)
def test_answers_that_cannot_be_paired_are_refused(
    compare: Callable[[Any, Any], object], first: object, second: object, sentence: str
) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        compare(first, second)


def test_partial_credit_is_sent_to_where_it_belongs() -> None:
    with pytest.raises(InvalidInput, match=r"got 0\.5.*compare_means"):
        count_pairs(np.array([1.0, 0.5]), np.ones(2))


def test_counts_that_no_comparison_gives_are_refused() -> None:
    with pytest.raises(InvalidInput, match="not negative"):
        PairedCounts(1, -1, 0, 0)
    with pytest.raises(InvalidInput, match="at least one problem"):
        PairedCounts(0, 0, 0, 0)
    for test in (mcnemar_exact, mcnemar_mid_p):
        with pytest.raises(InvalidInput, match="not negative"):
            test(3, -1)


# -- McNemar's test ---------------------------------------------------------------------------


def test_209_gained_and_152_lost_is_far_from_chance() -> None:
    assert round(mcnemar_exact(209, 152), 4) == 0.0032
    assert round(mcnemar_mid_p(209, 152), 4) == 0.0027


def test_five_of_five_by_hand() -> None:
    """Both tails of (1/2)^5 are 2/32; mid-p takes half of what was seen."""
    assert mcnemar_exact(5, 0) == pytest.approx(2 / 32)
    assert mcnemar_mid_p(5, 0) == pytest.approx(1 / 32)


def test_no_difference_at_all_is_no_evidence() -> None:
    assert mcnemar_exact(0, 0) == mcnemar_mid_p(0, 0) == 1.0


def test_as_many_gained_as_lost_is_no_evidence() -> None:
    assert mcnemar_exact(7, 7) == mcnemar_mid_p(7, 7) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("gained", "lost"), [(1, 0), (0, 3), (4, 4), (9, 2), (20, 31), (209, 152), (900, 1000)]
)
def test_the_exact_p_agrees_with_scipy_and_statsmodels(gained: int, lost: int) -> None:
    ours = mcnemar_exact(gained, lost)

    assert ours == pytest.approx(scipy_stats.binomtest(gained, gained + lost).pvalue, rel=1e-9)
    assert ours == pytest.approx(mcnemar([[1, gained], [lost, 1]], exact=True).pvalue, rel=1e-9)


@given(st.integers(0, 120), st.integers(0, 120))
def test_mid_p_is_twice_the_tail_with_half_of_what_was_seen(gained: int, lost: int) -> None:
    """From the definition, in whole numbers."""
    m, smaller = gained + lost, min(gained, lost)
    tail = sum(comb(m, k) for k in range(smaller)) + comb(m, smaller) / 2

    assert mcnemar_mid_p(gained, lost) == pytest.approx(2 * tail / 2**m, rel=1e-9)


@pytest.mark.parametrize("m", [1, 5, 6, 17, 60, 361])
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_equal_systems_are_called_different_at_most_half_of_alpha_on_each_side(
    m: int, confidence: float
) -> None:
    """All splits of m discordant problems, each with its probability under equality."""
    chance = np.asarray(scipy_stats.binom.pmf(np.arange(m + 1), m, 0.5))
    tables = [PairedCounts(m, gained, m - gained, m) for gained in range(m + 1)]
    ends = np.array([_ends(paired_difference(table, confidence=confidence)) for table in tables])
    better, worse = chance[ends[:, 0] > 0].sum(), chance[ends[:, 1] < 0].sum()

    assert max(better, worse) <= (1 - confidence) / 2 + 1e-12


# -- the interval -----------------------------------------------------------------------------


def test_one_problem_both_right_leaves_everything_open() -> None:
    gap = paired_difference(PairedCounts(1, 0, 0, 0))

    assert gap.point == 0
    assert _ends(gap) == pytest.approx((-0.975, 0.975))


def test_one_problem_gained_is_no_proof() -> None:
    gap = paired_difference(PairedCounts(0, 1, 0, 0))

    assert gap.point == gap.high == 1.0
    assert gap.low == pytest.approx(-0.95)


@pytest.mark.parametrize(("right", "wrong"), [(200, 0), (0, 200), (150, 50)])
def test_two_that_never_differ_may_still_differ_elsewhere(right: int, wrong: int) -> None:
    gap = paired_difference(PairedCounts(right, 0, 0, wrong))

    low, high = _ends(gap)
    assert high == pytest.approx(1 - 0.025 ** (1 / 200))
    assert (gap.point, low) == (0.0, -high)


def test_six_gains_clear_the_bar_and_five_do_not() -> None:
    """2/64 is below 5%, 2/32 is not."""
    assert _ends(paired_difference(PairedCounts(50, 6, 0, 50)))[0] > 0
    assert _ends(paired_difference(PairedCounts(50, 5, 0, 50)))[0] < 0


def test_all_gained_reaches_up_to_the_limit_of_the_share() -> None:
    """With nothing lost the difference is the share of discordant problems, as far up as this goes."""
    gap = paired_difference(PairedCounts(60, 30, 0, 10))

    low, high = _ends(gap)
    assert high == pytest.approx(clopper_pearson(30, 100).high)
    assert 0 < low < _ends(clopper_pearson(30, 100))[0]


@pytest.mark.parametrize(
    "counts", [(50, 9, 4, 7), (300, 61, 40, 99), (20, 3, 2, 0), (0, 8, 1, 0), (9, 1, 30, 4)]
)
def test_the_limits_are_the_extremes_over_the_quarter_ellipses(counts: tuple[int, int, int, int]) -> None:
    """The same region searched by another way: all four quarters, by a bounded optimiser."""
    table = PairedCounts(*counts)
    share = clopper_pearson(table.discordant, table.n)
    among = clopper_pearson(table.gained, table.discordant)
    lead_ends = tuple(2 * end - 1 for end in _ends(among))
    x, y = share.point, 2 * among.point - 1

    def extreme(sign: int) -> float:
        found = []
        for x_end in _ends(share):
            for y_end in lead_ends:

                def product(t: float, x_end: float = x_end, y_end: float = y_end) -> float:
                    return sign * (x + (x_end - x) * cos(t)) * (y + (y_end - y) * sin(t))

                for start in (0.0, 0.8):
                    best = optimize.minimize_scalar(
                        product, bounds=(start, start + np.pi / 2 - 0.8 * (start > 0)), method="bounded"
                    )
                    found += [best.fun, product(0.0), product(np.pi / 2)]
        return sign * float(min(found))

    gap = paired_difference(table)
    assert (gap.low, gap.high) == pytest.approx((extreme(1), extreme(-1)), abs=1e-6)


def test_with_many_problems_the_interval_is_that_of_wald() -> None:
    """All good intervals meet at large n; this one was built on another road."""
    table = PairedCounts(500_000, 120_000, 100_000, 280_000)
    error = np.sqrt((0.22 - 0.02**2) / 1_000_000)

    gap = paired_difference(table)

    assert (gap.low, gap.high) == pytest.approx((0.02 - 1.96 * error, 0.02 + 1.96 * error), abs=2e-5)


@given(tables, confidences)
@example(PairedCounts(0, 5, 0, 0), 0.9375)
@example(PairedCounts(3, 0, 4, 1), 0.875)
@example(PairedCounts(0, 1, 0, 0), 0.02)
@settings(max_examples=300)
def test_the_interval_leaves_out_zero_exactly_when_the_test_rejects(
    counts: PairedCounts, confidence: float
) -> None:
    test = compare_binary(counts, confidence=confidence)
    low, high = _ends(test.estimate)
    assert test.p_value is not None
    rejects = test.p_value < 1 - confidence

    assert test.p_value == mcnemar_exact(counts.gained, counts.lost)
    assert (low > 0) == (rejects and counts.gained > counts.lost)
    assert (high < 0) == (rejects and counts.gained < counts.lost)


@given(st.integers(0, 40), st.integers(0, 40))
def test_a_p_value_that_equals_alpha_does_not_reject(gained: int, lost: int) -> None:
    """The border itself, where rounding could let interval and test disagree."""
    p_value = mcnemar_exact(gained, lost)
    for confidence in (1 - p_value, np.nextafter(1 - p_value, 0), np.nextafter(1 - p_value, 1)):
        if 0 < confidence < 1:
            gap = paired_difference(PairedCounts(3, gained, lost, 2), confidence=float(confidence))
            low, high = _ends(gap)
            assert (low > 0 or high < 0) == (p_value < 1 - confidence)


@given(tables, confidences)
def test_swapping_the_systems_turns_the_interval_around(counts: PairedCounts, confidence: float) -> None:
    one = paired_difference(counts, confidence=confidence)
    other = paired_difference(_swapped(counts), confidence=confidence)

    low, high = _ends(other)
    assert (one.point, one.low, one.high) == (-other.point, -high, -low)


@given(tables, confidences)
def test_the_interval_holds_its_point_and_a_width_and_stays_possible(
    counts: PairedCounts, confidence: float
) -> None:
    gap = paired_difference(counts, confidence=confidence)

    low, high = _ends(gap)
    assert -1 <= low <= gap.point <= high <= 1
    assert low < high
    assert gap.n == counts.n


@given(tables, st.floats(0.5, 0.9), st.floats(0.901, 0.999))
def test_more_confidence_is_never_narrower(counts: PairedCounts, less: float, more: float) -> None:
    narrow, wide = (_ends(paired_difference(counts, confidence=confidence)) for confidence in (less, more))

    assert wide[0] <= narrow[0]
    assert narrow[1] <= wide[1]


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95, nan])
@pytest.mark.parametrize("counts", [PairedCounts(5, 0, 0, 5), PairedCounts(5, 2, 1, 5)])
def test_a_confidence_that_is_no_share_is_refused(counts: PairedCounts, confidence: float) -> None:
    with pytest.raises(InvalidInput, match="strictly between 0 and 1"):
        compare_binary(counts, confidence=confidence)
    with pytest.raises(InvalidInput, match="strictly between 0 and 1"):
        compare_means(np.zeros(3), np.zeros(3), confidence=confidence)


# -- the truth, known beforehand --------------------------------------------------------------


@cache
def _limits(gained: int, lost: int, n: int) -> tuple[float, float]:
    return _ends(paired_difference(PairedCounts(n - gained - lost, gained, lost, 0)))


def _missed(n: int, p_d: float, theta: float) -> tuple[float, float]:
    """How often the truth lies below and above the interval: every table with its probability."""
    below = above = 0.0
    few, many = (int(scipy_stats.binom.ppf(q, n, p_d)) for q in (1e-5, 1 - 1e-5))
    for m in range(few, many + 1):
        pi = (1 + theta / p_d) / 2
        least, most = (int(scipy_stats.binom.ppf(q, m, pi)) for q in (1e-5, 1 - 1e-5))
        split = np.arange(max(least, 0), most + 1)
        weight = scipy_stats.binom.pmf(m, n, p_d) * scipy_stats.binom.pmf(split, m, pi)
        ends = np.array([_limits(int(gained), m - int(gained), n) for gained in split])
        below += weight[ends[:, 0] > theta + 1e-12].sum()
        above += weight[ends[:, 1] < theta - 1e-12].sum()
    return below, above


@pytest.mark.parametrize("lead", [0.0, 0.5, 0.75, 0.9, 1.0])
@pytest.mark.parametrize(
    ("n", "p_d"),
    [
        *[(1, 0.7), (5, 0.7), (25, 0.01), (25, 0.05), (25, 0.2), (25, 0.4), (25, 0.7)],
        *[(60, 0.1), (60, 1.0), (150, 0.01), (150, 0.05), (150, 0.2), (1319, 0.01)],
    ],
)
def test_the_interval_covers_the_truth_in_every_world(n: int, p_d: float, lead: float) -> None:
    """By enumeration. `lead` is the truth as a share of p_d; at 1 all differing problems are gains."""
    below, above = _missed(n, p_d, lead * p_d)

    assert 1 - below - above >= 0.95
    assert max(below, above) <= 0.032


@pytest.mark.parametrize(("n", "p_d", "theta"), [(500, 0.2, 0.1), (1319, 0.2, 0.028), (1319, 0.4, 0.36)])
def test_the_interval_covers_the_truth_of_drawn_answers(n: int, p_d: float, theta: float) -> None:
    """A seeded share of `bench/paired_coverage.py`: 1,500 pairs of answer lists, counted and compared."""
    rng = np.random.default_rng(20_261_122)
    gain, loss = (p_d + theta) / 2, (p_d - theta) / 2
    covered = []
    for _ in range(1_500):
        draw = rng.random(n)
        solved = rng.random(n) < 0.7
        first = np.where(draw < gain, True, np.where(draw < gain + loss, False, solved))
        second = np.where(draw < gain, False, np.where(draw < gain + loss, True, solved))
        low, high = _ends(paired_difference(count_pairs(first, second)))
        covered.append(low <= theta <= high)

    assert np.mean(covered) == pytest.approx(0.955, abs=0.017)


# -- scores that are not just right or wrong --------------------------------------------------


def test_where_every_problem_differs_it_is_the_paired_t_of_scipy() -> None:
    rng = np.random.default_rng(5)
    first, second = rng.random(40), rng.random(40)
    theirs = scipy_stats.ttest_rel(first, second)

    ours = compare_means(first, second, confidence=0.9)

    assert ours.p_value == pytest.approx(theirs.pvalue)
    assert (ours.estimate.low, ours.estimate.high) == pytest.approx(tuple(theirs.confidence_interval(0.9)))
    assert (ours.estimate.n, ours.estimate.confidence) == (40, 0.9)


def test_problems_scored_alike_lend_no_degrees_of_freedom_by_hand() -> None:
    """Three of 4 differ by 0.3, 0.3 and 0.6: mean 0.3, variance 0.06, so t = 2.449 on 2, not 3."""
    first, second = np.array([0.8, 0.5, 0.9, 0.4]), np.array([0.5, 0.2, 0.3, 0.4])

    test = compare_means(first, second)

    assert test.estimate.point == pytest.approx(0.3)
    assert test.p_value == pytest.approx(2 * scipy_stats.t.sf(np.sqrt(6), 2))
    reach = scipy_stats.t.ppf(0.975, 2) * np.sqrt(0.06 / 4)
    assert (test.estimate.low, test.estimate.high) == pytest.approx((0.3 - reach, 0.3 + reach))


def test_one_problem_has_an_unknown_interval_not_a_zero_width_one() -> None:
    lone = compare_means(np.array([1.0]), np.array([0.25]))

    assert (lone.estimate.point, lone.estimate.low, lone.estimate.high) == (0.75, None, None)
    assert lone.p_value is None


def test_equal_scores_everywhere_are_bounded_like_binary_answers_that_never_differ() -> None:
    scores = np.linspace(0, 1, 200)

    means = compare_means(scores, scores)
    binary = compare_binary(PairedCounts(200, 0, 0, 0))

    assert means.p_value == binary.p_value == 1.0
    assert (means.estimate.low, means.estimate.high) == (binary.estimate.low, binary.estimate.high)


def test_one_difference_everywhere_by_hand() -> None:
    """0.25 on all of 8: p = 2 / 1.25^8, and 37% of problems (0.025^(1/8)) could yet say the opposite."""
    test = compare_means(np.full(8, 0.75), np.full(8, 0.5))
    unseen = 1 - 0.025 ** (1 / 8)

    assert test.p_value == pytest.approx(2 / 1.25**8)
    assert test.estimate.low == pytest.approx((1 - unseen) * 0.25 - unseen)
    assert test.estimate.high == pytest.approx((1 - unseen) * 0.25 + unseen)


def test_differences_equal_but_for_rounding_are_equal() -> None:
    first, second = np.array([0.3, 0.8, 0.7]), np.array([0.2, 0.7, 0.6])
    assert np.ptp(first - second) > 0

    assert compare_means(first, second).test == "bound on problems that differ otherwise"


def test_four_like_gains_among_many_problems_are_not_called_real() -> None:
    """Their exact p is 0.125; the usual n - 1 degrees of freedom would give 0.046."""
    first, second = np.zeros(1319), np.zeros(1319)
    first[:4] = 0.5

    assert scipy_stats.ttest_rel(first, second).pvalue < 0.05
    assert (compare_means(first, second).p_value or 0) > 0.05


grades = st.sampled_from([0.0, 0.25, 1 / 3, 0.5, 2 / 3, 1.0])
pairs_of_grades = st.lists(st.tuples(grades, grades), min_size=2, max_size=60)


@given(pairs_of_grades, confidences)
@example([(0.0, 1.0)] * 6, 0.95)
@example([(1.0, 0.0)] * 2, 0.5)
def test_interval_and_p_of_means_never_disagree(pairs: list[tuple[float, float]], confidence: float) -> None:
    first, second = np.array(pairs).T

    test = compare_means(first, second, confidence=confidence)
    low, high = _ends(test.estimate)

    assert test.p_value is not None
    assert (low > 0 or high < 0) == (test.p_value < 1 - confidence)
    assert -1 <= low <= test.estimate.point <= high <= 1
    assert low < high


@given(pairs_of_grades, confidences)
def test_swapping_the_systems_turns_the_means_around(
    pairs: list[tuple[float, float]], confidence: float
) -> None:
    first, second = np.array(pairs).T
    one = compare_means(first, second, confidence=confidence)
    other = compare_means(second, first, confidence=confidence)

    low, high = _ends(other.estimate)
    assert (*_ends(one.estimate), one.p_value) == pytest.approx((-high, -low, other.p_value), abs=1e-12)


@pytest.mark.parametrize("scores", [np.array([0.5, 1.2]), np.array([-0.1, 0.5])])
def test_scores_outside_0_and_1_are_refused_with_their_range(scores: NDArray[np.float64]) -> None:
    with pytest.raises(InvalidInput, match="Rescale"):
        compare_means(scores, np.zeros(2))
    with pytest.raises(InvalidInput, match="Rescale"):
        compare_means(np.zeros(2), scores)


def _drawn_test(rng: np.random.Generator, n: int, share: float, lead: float) -> DifferenceTest:
    """One comparison in which a share of problems differs by 1 to 4 quarters, the first leading."""
    sign = np.where(rng.random(n) < (1 + lead) / 2, 1, -1)
    gap = (rng.random(n) < share) * sign * rng.integers(1, 5, n) / 4
    return compare_means(np.maximum(gap, 0), np.maximum(-gap, 0))


@pytest.mark.parametrize(("n", "share"), [(25, 0.2), (150, 0.02), (150, 0.2), (1319, 0.003), (500, 0.5)])
def test_means_of_equal_systems_are_called_different_at_most_as_often_as_said(n: int, share: float) -> None:
    rng = np.random.default_rng(11)
    ends = [_ends(_drawn_test(rng, n, share, lead=0.0).estimate) for _ in range(1_500)]
    rejected = [low > 0 or high < 0 for low, high in ends]

    assert np.mean(rejected) <= 0.062


@pytest.mark.parametrize(("n", "share"), [(25, 0.2), (150, 0.02), (150, 0.2), (1319, 0.003), (500, 0.5)])
def test_the_interval_of_means_covers_the_truth(n: int, share: float) -> None:
    rng = np.random.default_rng(12)
    truth = share * 0.6 * 0.625
    ends = [_ends(_drawn_test(rng, n, share, lead=0.6).estimate) for _ in range(1_500)]
    covered = [low <= truth <= high for low, high in ends]

    assert np.mean(covered) >= 0.93
