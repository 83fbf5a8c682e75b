"""How many problems decide: the formula, and whether it keeps its word."""

from __future__ import annotations

from math import nan

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from nophantom.errors import InvalidInput
from nophantom.stats.paired import PairedCounts, paired_difference
from nophantom.stats.power import (
    problems_for_counts,
    problems_needed,
    problems_to_decide,
    smallest_visible_difference,
    unpaired_problems_to_decide,
)
from nophantom.stats.proportions import wilson
from nophantom.stats.unpaired import SummaryCount
from nophantom.stats.verdicts import Verdict, verdict_from_interval


def _power_of_the_exact_test(n: int, p_d: float, delta: float, confidence: float = 0.95) -> float:
    """Probability that McNemar's exact test calls the first better: every table with its chance."""
    few, many = (int(scipy_stats.binom.ppf(q, n, p_d)) for q in (1e-9, 1 - 1e-9))
    m = np.arange(few, many + 1)
    # The fewest gains of m whose upper tail under equality is at most alpha / 2.
    needed = scipy_stats.binom.isf((1 - confidence) / 2, m, 0.5) + 1
    seen = scipy_stats.binom.sf(needed - 1, m, (1 + delta / p_d) / 2)
    return float((scipy_stats.binom.pmf(m, n, p_d) * seen).sum())


def test_asking_the_same_problems_saves_a_third_or_more() -> None:
    """2.8 points, with 20.6% to 26.7% discordant: 2,060 to 2,670 problems instead of 3,800."""
    assert problems_to_decide(0.2058, 0.028) == pytest.approx(2_060, abs=5)
    assert problems_to_decide(0.2667, 0.028) == pytest.approx(2_670, abs=5)
    assert unpaired_problems_to_decide(0.758, 0.730) == pytest.approx(3_809, abs=2)


def test_a_sure_win_on_every_problem_by_hand() -> None:
    """p_d = delta = 1 leaves no variance but that of the test: (1.96 * 1)^2 = 3.84."""
    assert problems_to_decide(1.0, 1.0) == 4
    assert unpaired_problems_to_decide(1.0, 0.0) == 1


@pytest.mark.parametrize("power", [0.8, 0.9, 0.95])
@pytest.mark.parametrize("p_d", [0.02, 0.1, 0.3])
@pytest.mark.parametrize("part", [0.1, 0.3, 0.5])
def test_the_exact_test_has_nearly_the_power_that_was_asked_for(
    p_d: float, part: float, power: float
) -> None:
    n = problems_to_decide(p_d, part * p_d, power=power)
    reached = _power_of_the_exact_test(n, p_d, part * p_d)

    slack = 0.025 if n * p_d >= 120 else 0.05
    assert power - slack <= reached <= power + 0.01


@pytest.mark.parametrize(("p_d", "delta"), [(0.25, 0.05), (0.1, 0.04)])
def test_drawn_comparisons_are_called_real_about_as_often_as_planned(p_d: float, delta: float) -> None:
    """The whole way: draw tables at the planned size, and look at the interval."""
    n = problems_to_decide(p_d, delta)
    cells = [(p_d + delta) / 2, (p_d - delta) / 2, 1 - p_d]
    drawn = np.random.default_rng(3).multinomial(n, cells, size=1_500)

    gaps = [paired_difference(PairedCounts(int(rest), int(g), int(b), 0)) for g, b, rest in drawn]
    called = [verdict_from_interval(gap, delta=1e-6) is Verdict.REAL for gap in gaps]

    assert np.mean(called) == pytest.approx(_power_of_the_exact_test(n, p_d, delta), abs=0.03)
    assert np.mean(called) == pytest.approx(0.8, abs=0.055)


def test_drawn_unpaired_comparisons_are_seen_as_often_as_planned() -> None:
    n = unpaired_problems_to_decide(0.80, 0.72)
    rng = np.random.default_rng(4)
    one, other = rng.binomial(n, 0.80, 20_000) / n, rng.binomial(n, 0.72, 20_000) / n
    error = np.sqrt((one * (1 - one) + other * (1 - other)) / n)

    assert np.mean(one - other > 1.96 * error) == pytest.approx(0.8, abs=0.015)


def test_the_interval_of_the_share_becomes_an_interval_of_problems() -> None:
    seen = PairedCounts(both_right=320, gained=62, lost=56, both_wrong=62)
    share = wilson(118, 500)
    assert share.low is not None
    assert share.high is not None

    needed = problems_needed(seen, 0.028)

    assert needed.low == problems_to_decide(share.low, 0.028)
    assert needed.high == problems_to_decide(share.high, 0.028)
    assert (needed.delta, needed.power, needed.confidence) == (0.028, 0.8, 0.95)


def test_the_difference_that_was_seen_plays_no_part() -> None:
    """No observed power: only how often the two differ counts."""
    even, lopsided = PairedCounts(300, 50, 50, 100), PairedCounts(300, 100, 0, 100)

    assert problems_needed(even, 0.02) == problems_needed(lopsided, 0.02)


@pytest.mark.parametrize(
    "counts", [PairedCounts(1, 0, 0, 0), PairedCounts(9_998, 1, 0, 1), PairedCounts(0, 1, 0, 0)]
)
def test_a_share_too_small_for_the_difference_is_lifted_to_it(counts: PairedCounts) -> None:
    """Never an error, whatever was seen: the plan is for a difference of delta."""
    needed = problems_needed(counts, 0.05)

    assert needed.low <= needed.high
    assert needed.low >= problems_to_decide(0.05, 0.05)


@given(st.integers(1, 100_000), st.floats(0.001, 1.0), st.floats(0.5, 0.99), st.floats(0.5, 0.999))
@example(1, 1.0, 0.875, 0.8125)
@example(3, 1.0, 0.99, 0.9)
def test_what_n_problems_show_is_what_needs_n_problems(
    n: int, p_d: float, power: float, confidence: float
) -> None:
    delta = smallest_visible_difference(n, p_d, power=power, confidence=confidence)

    if delta is None:
        assert problems_to_decide(p_d, p_d, power=power, confidence=confidence) > n
    else:
        assert 0 < delta <= p_d
        assert abs(problems_to_decide(p_d, delta, power=power, confidence=confidence) - n) <= 1


def test_a_handful_of_problems_shows_no_difference_at_all() -> None:
    assert smallest_visible_difference(1, 1.0) is None
    assert smallest_visible_difference(20, 0.1) is None
    assert smallest_visible_difference(200, 0.1) is not None


@given(st.floats(0.01, 1.0), st.floats(0.001, 0.99), st.floats(0.01, 0.99))
def test_smaller_differences_and_more_discord_need_more_problems(
    p_d: float, part: float, shrink: float
) -> None:
    n = problems_to_decide(p_d, part * p_d)

    assert problems_to_decide(p_d, part * p_d * shrink) >= n
    assert problems_to_decide(min(1.0, p_d / shrink), part * p_d) >= n


@pytest.mark.parametrize("power", [0.0, 0.49, 1.0, 80, nan])
def test_a_power_that_no_plan_asks_for_is_refused(power: float) -> None:
    for plan in (
        lambda: problems_to_decide(0.2, 0.1, power=power),
        lambda: unpaired_problems_to_decide(0.7, 0.6, power=power),
        lambda: smallest_visible_difference(100, 0.2, power=power),
        lambda: problems_needed(PairedCounts(1, 1, 1, 1), 0.1, power=power),
    ):
        with pytest.raises(InvalidInput, match=r"For 80% give 0\.8"):
            plan()


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95, nan])
def test_a_confidence_that_is_no_share_is_refused(confidence: float) -> None:
    with pytest.raises(InvalidInput, match="strictly between 0 and 1"):
        problems_to_decide(0.2, 0.1, confidence=confidence)


@pytest.mark.parametrize(
    ("p_d", "delta"), [(0.0, 0.1), (1.1, 0.1), (0.1, 0.2), (0.1, 0.0), (nan, 0.1), (0.1, nan)]
)
def test_shares_and_differences_that_cannot_be_are_refused(p_d: float, delta: float) -> None:
    with pytest.raises(InvalidInput, match="share of problems"):
        problems_to_decide(p_d, delta)


@pytest.mark.parametrize("delta", [0.0, -0.01, 1.5, nan])
def test_a_plan_for_an_impossible_difference_is_refused(delta: float) -> None:
    with pytest.raises(InvalidInput):
        problems_needed(PairedCounts(5, 2, 1, 5), delta)


def test_impossible_sizes_and_accuracies_are_refused() -> None:
    with pytest.raises(InvalidInput, match="got 0"):
        smallest_visible_difference(0, 0.2)
    with pytest.raises(InvalidInput, match="share of problems"):
        smallest_visible_difference(10, 0.0)
    with pytest.raises(InvalidInput, match=r"75\.8% is 0\.758"):
        unpaired_problems_to_decide(75.8, 0.7)
    with pytest.raises(InvalidInput, match="equal accuracies"):
        unpaired_problems_to_decide(0.7, 0.7)


def test_what_would_decide_379_against_365_of_500() -> None:
    """About 3,800 problems each, or 2,060 to 2,670 that both answer: more than GSM8K's 1,319."""
    needed = problems_for_counts(SummaryCount(379, 500), SummaryCount(365, 500), 0.028)

    assert needed.unpaired == pytest.approx(3_810, abs=2)
    assert (needed.paired.low, needed.paired.high) == pytest.approx((2_060, 2_670), abs=5)
    assert (needed.paired.delta, needed.paired.power) == (0.028, 0.8)


def test_without_correlation_pairing_saves_nothing() -> None:
    needed = problems_for_counts(SummaryCount(379, 500), SummaryCount(365, 500), 0.028, correlation=(0, 0))

    assert needed.paired.low == needed.paired.high == pytest.approx(needed.unpaired, rel=0.005)


@given(st.integers(0, 50), st.integers(0, 50), st.floats(0.001, 1), st.floats(-1, 1), st.floats(-1, 1))
@example(50, 50, 1.0, 0.0, 1.0)
@example(0, 0, 0.1, -1.0, 1.0)
def test_any_counts_and_any_correlation_have_an_answer(
    one: int, other: int, delta: float, rho: float, sigma: float
) -> None:
    least, most = sorted((rho, sigma))
    needed = problems_for_counts(
        SummaryCount(one, 50), SummaryCount(other, 50), delta, correlation=(least, most)
    )

    assert 1 <= needed.paired.low <= needed.paired.high
    assert needed.unpaired >= 1


def test_plans_from_counts_refuse_what_cannot_be() -> None:
    count = SummaryCount(5, 9)
    with pytest.raises(InvalidInput, match="difference that matters"):
        problems_for_counts(count, count, 0.0)
    with pytest.raises(InvalidInput, match="the lesser first"):
        problems_for_counts(count, count, 0.01, correlation=(0.5, 0.3))
