"""Contrasts of arms: two arms are `compare_recipes`, four by hand, and interval and p never disagree."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy import stats as scipy_stats

from nophantom.errors import InvalidInput
from nophantom.stats.contrasts import contrast_arms, contrast_runs, seeds_of_contrast
from nophantom.stats.paired import compare_binary, compare_means, count_pairs
from nophantom.stats.recipes import compare_recipes
from nophantom.stats.seed_power import contrast_power, seeds_to_decide
from nophantom.stats.seeds import variance_components

RNG = np.random.default_rng
INTERACTION = (1.0, -1.0, -1.0, 1.0)
four_arms = st.tuples(st.integers(1, 4), st.integers(1, 8)).flatmap(
    lambda size: st.tuples(*[arrays(np.bool_, size)] * 4)
)


def _arms(
    rng: np.random.Generator,
    sizes: tuple[int, ...],
    own: float,
    apart: float,
    problems: int = 60,
    *,
    shared: float = 0.0,
) -> list[NDArray[np.bool_]]:
    """Equal arms: runs `own` apart, arms `apart` on each problem, seeds of one number `shared` in common."""
    base = rng.uniform(0.35, 0.85, problems)
    common = rng.normal(0, shared, (max(sizes), 1))
    found = []
    for size in sizes:
        chance = base + rng.normal(0, apart, problems) + rng.normal(0, own, (size, 1)) + common[:size]
        found.append(rng.random((size, problems)) < chance)
    return found


# -- the formula ------------------------------------------------------------------------------


@pytest.mark.parametrize("paired", [False, True])
@pytest.mark.parametrize("fixed", [False, True])
def test_two_arms_are_the_comparison_of_recipes_to_the_last_digit(*, paired: bool, fixed: bool) -> None:
    for seed in range(20):
        sizes = (4, 4) if paired else (4, 2 + seed % 4)
        first, second = _arms(RNG(seed), sizes, 0.05, 0.2)
        ours = contrast_arms([first, second], (1, -1), paired=paired, fixed_problems=fixed)
        theirs = compare_recipes(first, second, paired=paired, fixed_problems=fixed)
        assert (ours.estimate, ours.p_value, ours.freedom) == (
            theirs.estimate,
            theirs.p_value,
            theirs.freedom,
        )
        assert (ours.var_seeds, ours.var_interaction) == (theirs.var_seeds, theirs.var_interaction)
        assert ours.smallest_visible == theirs.smallest_visible


@pytest.mark.parametrize("weights", [INTERACTION, (0.5, 0.5, -0.25, -0.75)])
def test_the_variance_of_a_contrast_is_that_of_its_parts_by_hand(weights: tuple[float, ...]) -> None:
    arms = _arms(RNG(1), (3, 4, 5, 6), 0.05, 0.3)
    square = np.square(weights)
    found = [variance_components(arm) for arm in arms]
    gap = np.array([arm.mean(axis=0) for arm in arms]).T @ np.array(weights)
    luck = sum(c * (one.ms_rest or 0) / (one.n_seeds * 60) for c, one in zip(square, found, strict=True))
    v3 = gap.var(ddof=1) / 60 - luck
    parts = [c * (one.sd or 0) ** 2 / one.n_seeds for c, one in zip(square, found, strict=True)]
    wide = sum(parts) + v3

    test = contrast_arms(arms, weights)

    assert v3 > 0
    assert test.var_interaction == pytest.approx(v3)
    assert test.var_seeds == pytest.approx(sum(parts))
    assert test.var_single == pytest.approx(sum(p * len(arm) for p, arm in zip(parts, arms, strict=True)))
    assert test.estimate.point == pytest.approx(gap.mean())
    assert test.freedom is not None
    freedom = wide**2 / (
        sum(p**2 / (one.n_seeds - 1) for p, one in zip(parts, found, strict=True)) + v3**2 / 59
    )
    assert test.freedom <= freedom + 1e-9
    t = scipy_stats.t(test.freedom)
    assert test.p_value == pytest.approx(2 * t.sf(abs(gap.mean()) / sqrt(wide)))
    assert test.estimate.high == pytest.approx(gap.mean() + t.ppf(0.975) * sqrt(wide))


def test_with_weights_of_a_half_it_is_the_contrast_of_an_analysis_of_seed_means() -> None:
    """On fixed problems with equal spreads: the second road is Welch's formula over four groups by hand."""
    arms = _arms(RNG(2), (6, 6, 6, 6), 0.05, 0.3)
    weights = np.array([-0.5, 0.5, -0.5, 0.5])
    means = [arm.mean(axis=1) for arm in arms]
    parts = np.array([w * w * m.var(ddof=1) / 6 for w, m in zip(weights, means, strict=True)])
    freedom = parts.sum() ** 2 / (parts**2 / 5).sum()
    point = float(sum(w * m.mean() for w, m in zip(weights, means, strict=True)))

    test = contrast_arms(arms, weights.tolist(), fixed_problems=True)

    assert test.freedom == pytest.approx(freedom)
    assert test.p_value == pytest.approx(2 * scipy_stats.t.sf(abs(point) / sqrt(parts.sum()), freedom))


def test_paired_arms_on_fixed_problems_are_the_one_sample_t_of_the_contrasts_by_seed() -> None:
    arms = _arms(RNG(3), (6, 6, 6, 6), 0.05, 0.3)
    by_seed = sum(w * arm.mean(axis=1) for w, arm in zip(INTERACTION, arms, strict=True))
    theirs = scipy_stats.ttest_1samp(by_seed, 0)

    ours = contrast_arms(arms, INTERACTION, paired=True, fixed_problems=True)

    assert ours.p_value == pytest.approx(theirs.pvalue)
    span = theirs.confidence_interval()
    assert (ours.estimate.low, ours.estimate.high) == pytest.approx((span.low, span.high))


def test_an_arm_without_weight_is_left_out_and_the_order_of_arms_does_not_matter() -> None:
    arms = _arms(RNG(4), (3, 4, 5), 0.05, 0.2)
    with_it = contrast_arms(arms, (1, 0, -1))
    assert with_it == contrast_arms([arms[0], arms[2]], (1, -1))
    turned = contrast_arms(arms[::-1], (-1, 0, 1))
    assert turned.estimate.point == pytest.approx(with_it.estimate.point)
    assert turned.p_value == pytest.approx(with_it.p_value)


# -- agreement of interval and p --------------------------------------------------------------


@settings(max_examples=40)
@given(four_arms, st.floats(0.3, 0.999), st.booleans(), st.booleans())
def test_the_interval_leaves_out_0_exactly_when_p_is_below_alpha(
    arms: tuple[NDArray[np.bool_], ...], confidence: float, paired: bool, fixed: bool
) -> None:
    for weights in (INTERACTION, (-0.5, 0.5, -0.5, 0.5), (1, -0.25, -0.75, 0)):
        test = contrast_arms(arms, weights, confidence=confidence, paired=paired, fixed_problems=fixed)
        e = test.estimate
        assert (e.low is None) == (test.p_value is None)
        if e.low is None or e.high is None or test.p_value is None:
            continue
        assert -2 <= e.low <= e.point + 1e-12
        assert e.point - 1e-12 <= e.high <= 2
        assert (test.p_value < 1 - confidence) == (e.low > 0 or e.high < 0)


def test_arms_that_never_vary_have_a_bound_and_no_certainty() -> None:
    right, wrong = np.ones((3, 40), bool), np.zeros((3, 40), bool)
    test = contrast_arms([right, wrong, wrong, right], INTERACTION)
    bound = compare_means(np.ones(40), np.zeros(40))
    assert test.estimate.point == 2
    assert bound.estimate.low is not None
    assert test.estimate.low == pytest.approx(2 * bound.estimate.low)
    assert test.p_value == bound.p_value
    assert contrast_arms([right] * 4, INTERACTION, fixed_problems=True).estimate.low is None


# -- error rates ------------------------------------------------------------------------------


@pytest.mark.parametrize(("seeds", "shared"), [(3, 0.0), (5, 0.0), (5, 0.06)])
def test_effects_that_are_not_there_are_seldom_real_and_planted_ones_are_held(
    seeds: int, shared: float
) -> None:
    """100 studies at 5%: at most 13% false (5% and four Monte-Carlo errors), and 95% held but for as much."""
    rng, false, held = RNG(seeds), 0, 0
    for _ in range(100):
        arms = _arms(rng, (seeds,) * 4, 0.04, 0.15, 80, shared=shared)
        test = contrast_arms(arms, INTERACTION, paired=shared > 0)
        assert test.p_value is not None
        false += test.p_value < 0.05
        # Half of the wrong answers of the last arm are made right: a planted interaction.
        lucky = arms[3] | (rng.random(arms[3].shape) < 0.5)
        gain = 0.5 * (1 - 0.6)  # of 60% right on average
        e = contrast_arms([*arms[:3], lucky], INTERACTION, paired=shared > 0).estimate
        held += e.low is not None and e.high is not None and e.low <= gain <= e.high
    assert false <= 13
    assert held >= 86


# -- planning ---------------------------------------------------------------------------------


def test_an_interaction_needs_four_times_the_seeds_of_a_main_effect() -> None:
    arms = _arms(RNG(5), (4, 4, 4, 4), 0.05, 0.0, 400)
    main = seeds_of_contrast(contrast_arms(arms, (-0.5, 0.5, -0.5, 0.5), fixed_problems=True), 0.02)
    both = seeds_of_contrast(contrast_arms(arms, INTERACTION, fixed_problems=True), 0.02)
    assert main is not None
    assert both is not None
    assert 3.6 <= both / main <= 4.1


def test_the_number_of_seeds_is_that_of_the_spread_that_was_seen() -> None:
    first, second = _arms(RNG(6), (4, 4), 0.05, 0.0, 400)
    test = contrast_arms([first, second], (1, -1), fixed_problems=True, confidence=0.99)
    sd = sqrt((first.mean(axis=1).var(ddof=1) + second.mean(axis=1).var(ddof=1)) / 2)
    assert seeds_of_contrast(test, 0.02) == seeds_to_decide(0.02, sd=sd, confidence=0.99)


def test_paired_seeds_are_planned_with_the_degrees_of_freedom_of_one_arm() -> None:
    arms = _arms(RNG(7), (4, 4), 0.02, 0.0, 400, shared=0.1)
    test = contrast_arms(arms, (1, -1), paired=True, fixed_problems=True)
    needed = seeds_of_contrast(test, 0.03)
    assert needed is not None
    assert test.var_single is not None
    assert contrast_power(0.03, test.var_single / needed, needed - 1) >= 0.8
    assert needed == 2 or contrast_power(0.03, test.var_single / (needed - 1), needed - 2) < 0.8


def test_what_cannot_be_planned_is_unknown() -> None:
    one = contrast_arms(_arms(RNG(8), (1, 3), 0.05, 0.1), (1, -1))
    assert (one.var_single, seeds_of_contrast(one, 0.01)) == (None, None)
    # So much of the variance is the problems' that no number of seeds shows a point.
    assert seeds_of_contrast(contrast_arms(_arms(RNG(9), (3, 3), 0.02, 0.4, 30), (1, -1)), 0.01) is None


# -- single runs ------------------------------------------------------------------------------


def test_two_single_runs_are_mcnemars_test_and_more_the_t_of_their_contrasts() -> None:
    runs = RNG(10).random((4, 200)) < np.array([[0.6], [0.7], [0.6], [0.8]])
    assert contrast_runs(runs[:2], (-1, 1)) == compare_binary(count_pairs(runs[1], runs[0]))
    gap = INTERACTION @ runs.astype(float)
    ours = contrast_runs(runs, INTERACTION)
    assert ours.estimate.point == pytest.approx(gap.mean())
    positive, negative = np.maximum(gap, 0) / 2, np.maximum(-gap, 0) / 2
    theirs = compare_means(positive, negative)
    assert theirs.estimate.low is not None
    assert ours.p_value == theirs.p_value
    assert ours.estimate.low == pytest.approx(2 * theirs.estimate.low)


# -- what is refused --------------------------------------------------------------------------


def test_what_is_no_contrast_is_refused() -> None:
    arms = _arms(RNG(11), (3, 3, 3), 0.05, 0.1)
    for weights, said in (
        ((1, -1), "each arm a weight"),
        ((1, -1, 1), "sum to 0"),
        ((0, 0, 0), "some arm a weight"),
        ((1, float("nan"), -1), "sum to 0"),
    ):
        with pytest.raises(InvalidInput, match=said):
            contrast_arms(arms, weights)
        with pytest.raises(InvalidInput, match=said):
            contrast_runs(arms[0], weights)
    with pytest.raises(InvalidInput, match="all arms answer the same problems"):
        contrast_arms([*arms[:2], arms[2][:, 1:]], (1, -2, 1))
    with pytest.raises(InvalidInput, match="as many seeds each"):
        contrast_arms([*arms[:2], arms[2][1:]], (1, -2, 1), paired=True)
