"""Do two arms differ in spread: interval and p agree, and equal arms are seldom called different."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats as scipy_stats

from nophantom.errors import InvalidInput
from nophantom.stats.seeds import variance_components
from nophantom.stats.spreads import SpreadComparison, compare_group_spreads, compare_spreads


def _arm(rng: np.random.Generator, seeds: int, sd: float) -> NDArray[np.float64]:
    return 0.5 + rng.normal(0, sd, (seeds, 1)) + rng.normal(0, 0.05, (seeds, 25))


def _compare(
    seed: int, sds: tuple[float, float], seeds: int = 5, confidence: float = 0.95
) -> SpreadComparison:
    rng = np.random.default_rng(seed)
    arms = _arm(rng, seeds, sds[0]), _arm(rng, seeds, sds[1])
    return compare_spreads(*arms, rng=rng, draws=2_000, confidence=confidence)


@pytest.mark.parametrize("sd", [0.0, 0.02])
def test_equal_arms_are_called_different_about_as_often_as_said(sd: float) -> None:
    """Nominal 5%, Monte-Carlo error 1% in 500 pairs of arms."""
    rejected = [(_compare(i, (sd, sd)).p_value or 0) < 0.05 for i in range(500)]

    assert 0.02 <= np.mean(rejected) <= 0.08


def test_unequal_luck_of_answers_is_not_taken_for_unequal_spread() -> None:
    """Equal seeds; the answers of one arm scatter three times as widely. Monte-Carlo error 1%."""
    rng, rejected = np.random.default_rng(2), []
    for _ in range(400):
        arms = (0.5 + rng.normal(0, 0.01, (8, 1)) + rng.normal(0, sd, (8, 25)) for sd in (0.1, 0.03))
        found = compare_spreads(*(np.clip(arm, 0, 1) for arm in arms), rng=rng, draws=2_000)
        rejected.append((found.p_value or 0) < 0.05)

    assert np.mean(rejected) <= 0.08


def test_arms_of_very_unequal_spread_are_told_apart() -> None:
    rejected = [(_compare(i, (0.06, 0.005), seeds=10).p_value or 0) < 0.05 for i in range(100)]

    assert np.mean(rejected) > 0.9


def test_the_interval_of_the_difference_holds_the_truth() -> None:
    covered = []
    for i in range(400):
        found = _compare(i, (0.03, 0.015)).estimate
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        covered.append(found.low <= 0.03**2 - 0.015**2 <= found.high)

    assert np.mean(covered) >= 0.93


def test_without_noise_it_is_close_to_the_f_test_of_variances() -> None:
    """Many problems leave the accuracies alone: p of the pivots and p of F are of one order."""
    rng = np.random.default_rng(1)
    one, other = (0.5 + rng.normal(0, sd, (8, 1)) + np.zeros((8, 30)) for sd in (0.06, 0.02))
    ratio = one[:, 0].var(ddof=1) / other[:, 0].var(ddof=1)
    theirs = 2 * min(scipy_stats.f.sf(ratio, 7, 7), scipy_stats.f.cdf(ratio, 7, 7))

    ours = compare_spreads(one, other, rng=np.random.default_rng(2), draws=100_000)

    assert ours.p_value == pytest.approx(theirs, rel=0.25)


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.99])
def test_interval_and_p_never_disagree(confidence: float) -> None:
    for i in range(40):
        found = _compare(i, (0.04, 0.02), confidence=confidence)
        assert found.estimate is not None
        assert found.estimate.low is not None
        assert found.estimate.high is not None
        assert found.p_value is not None
        outside = found.estimate.low > 0 or found.estimate.high < 0
        assert outside == (found.p_value < 1 - confidence)


def test_equal_generators_give_equal_answers_and_swapped_arms_turn_the_sign() -> None:
    rng = np.random.default_rng(3)
    one, other = _arm(rng, 5, 0.05), _arm(rng, 6, 0.01)
    first, again = (compare_spreads(one, other, rng=np.random.default_rng(4)) for _ in range(2))
    swapped = compare_spreads(other, one, rng=np.random.default_rng(4))

    assert first == again
    assert first.estimate is not None
    assert swapped.estimate is not None
    assert swapped.estimate.point == pytest.approx(-first.estimate.point)
    assert (swapped.sd_first, swapped.sd_second) == (first.sd_second, first.sd_first)
    assert swapped.p_value == pytest.approx(first.p_value or 0, abs=0.02)
    assert first.sd_first == pytest.approx(np.sqrt(variance_components(one).var_seed or 0))


def test_one_seed_leaves_it_unknown() -> None:
    found = compare_spreads(np.ones((1, 4)), np.eye(4), rng=np.random.default_rng(1))

    assert (found.estimate, found.p_value, found.sd_first) == (None, None, None)


def test_arms_that_do_not_vary_at_all_are_not_called_different() -> None:
    found = compare_spreads(np.ones((3, 4)), np.ones((3, 4)), rng=np.random.default_rng(1))

    assert found.p_value == 1
    assert found.estimate is not None
    assert (found.estimate.point, found.estimate.low, found.estimate.high) == (0, 0, 0)


def test_few_draws_are_refused() -> None:
    with pytest.raises(InvalidInput, match="at least 1,000"):
        compare_spreads(np.eye(3), np.eye(3), rng=np.random.default_rng(1), draws=10)


def test_groups_of_one_arm_are_the_comparison_of_two_and_of_more_their_mean() -> None:
    rng = np.random.default_rng(8)
    arms = [rng.random((4, 60)) < 0.6 + rng.normal(0, 0.05, (4, 1)) for _ in range(4)]

    def grouped(*weights: float) -> SpreadComparison:
        return compare_group_spreads(list(zip(weights, arms, strict=True)), rng=np.random.default_rng(1))

    assert grouped(1, -1, 0, 0) == compare_spreads(arms[0], arms[1], rng=np.random.default_rng(1))
    both = grouped(0.5, 0.5, -0.5, -0.5)
    found = [variance_components(arm) for arm in arms]
    assert both.estimate is not None
    net = [((one.ms_seed or 0) - (one.ms_rest or 0)) / 60 for one in found]
    assert both.estimate.point == pytest.approx((net[0] + net[1] - net[2] - net[3]) / 2)
    assert both.sd_first == pytest.approx(sqrt(((found[0].var_seed or 0) + (found[1].var_seed or 0)) / 2))
    turned = grouped(-0.5, -0.5, 0.5, 0.5)
    assert (turned.sd_first, turned.sd_second) == (both.sd_second, both.sd_first)
    assert turned.p_value == pytest.approx(both.p_value, abs=0.02)


def test_a_group_with_a_lone_seed_is_unknown_and_weights_that_are_none_are_refused() -> None:
    rng = np.random.default_rng(9)
    arms = [rng.random((n, 30)) < 0.6 for n in (3, 3, 1)]
    found = compare_group_spreads(
        list(zip((0.5, -1.0, 0.5), arms, strict=True)), rng=np.random.default_rng(1)
    )
    assert (found.estimate, found.p_value, found.sd_first) == (None, None, None)
    assert found.sd_second is not None
    with pytest.raises(InvalidInput, match="sum to 1 where they are positive"):
        compare_group_spreads([(1.0, arms[0])], rng=np.random.default_rng(1))
