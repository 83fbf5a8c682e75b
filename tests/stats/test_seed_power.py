"""How many seeds decide: the published number, other libraries, and what the test then does."""

from __future__ import annotations

from math import inf, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats
from statsmodels.stats.power import TTestIndPower

from nophantom.errors import InvalidInput
from nophantom.stats.recipes import compare_recipes
from nophantom.stats.seed_power import (
    contrast_power,
    seeds_to_decide,
    smallest_visible_effect,
    smallest_visible_gain,
)


def test_the_published_number_of_seeds_comes_out() -> None:
    """+0.2 points at a seed sd of 0.572: 128.4 by the normal formula, so 129, and 130 by t."""
    exact = 2 * (scipy_stats.norm.ppf(0.975) + scipy_stats.norm.ppf(0.8)) ** 2 * (0.572 / 0.2) ** 2

    assert exact == pytest.approx(128.4, abs=0.05)
    assert seeds_to_decide(0.002, sd=0.00572, by_normal=True) == 129
    assert seeds_to_decide(0.002, sd=0.00572) == 130


@pytest.mark.parametrize("effect", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("power", [0.6, 0.8, 0.95])
def test_two_arms_need_what_statsmodels_says(effect: float, power: float) -> None:
    theirs = TTestIndPower().solve_power(effect, power=power, alpha=0.05)

    assert seeds_to_decide(effect * 0.01, sd=0.01, power=power) == max(2, int(np.ceil(theirs)))


def test_an_interaction_of_two_factors_needs_twice_the_seeds_of_one() -> None:
    simple = seeds_to_decide(0.002, sd=0.00572, by_normal=True)
    interaction = seeds_to_decide(0.002, sd=0.00572, weights=(1, -1, -1, 1), by_normal=True)

    assert (simple, interaction) == (129, 257)


def test_unequal_weights_and_an_interaction_by_hand() -> None:
    """One arm against the mean of two: 1.5 variances of a seed; freedom grows by the part that is known."""
    seeds_part, known = 1.5 * 0.01**2 / 4, 0.005**2
    freedom = 9 * ((seeds_part + known) / seeds_part) ** 2

    found = smallest_visible_gain(4, sd=0.01, weights=(1, -0.5, -0.5), interaction=known)

    assert found == pytest.approx(smallest_visible_effect(sqrt(seeds_part + known), freedom))


def test_no_number_of_seeds_makes_up_for_too_few_problems() -> None:
    """Two standard errors of the problems alone are 1.4 points."""
    assert seeds_to_decide(0.01, sd=0.005, interaction=0.007**2) is None
    assert seeds_to_decide(0.03, sd=0.005, interaction=0.007**2) is not None
    assert seeds_to_decide(1e-9, sd=0.5) is None


def test_more_problems_need_fewer_seeds() -> None:
    """sd 1 point of the seeds' own, 0.16 luck per answer: on 1,319 problems 1.49 points in all."""
    few, many = (seeds_to_decide(0.01, sd=0.01, ms_rest=0.16, n_problems=p) for p in (1_319, 10_000))
    plain = seeds_to_decide(0.01, sd=sqrt(0.01**2 + 0.16 / 1_319))

    assert few == plain
    assert few is not None
    assert many is not None
    assert many < few


@settings(max_examples=40)
@given(st.integers(2, 300), st.floats(0.001, 0.1), st.floats(0.5, 0.95), st.floats(0, 1))
def test_what_so_many_seeds_show_so_many_seeds_decide(
    seeds: int, sd: float, power: float, part: float
) -> None:
    interaction = part * 2 * sd * sd / seeds
    visible = smallest_visible_gain(seeds, sd=sd, power=power, interaction=interaction)

    found = contrast_power(visible, 2 * sd * sd / seeds, 2 * (seeds - 1), interaction)
    assert found == pytest.approx(power, abs=1e-6)
    if not interaction:
        needed = seeds_to_decide(visible * (1 + 1e-9), sd=sd, power=power)
        assert needed is not None
        assert needed <= seeds
        less = seeds_to_decide(visible * 0.97, sd=sd, power=power)
        assert less is not None
        assert less >= seeds or seeds == 2


def test_power_is_what_the_test_of_recipes_reaches() -> None:
    """Accuracies of known spread on problems without luck; Monte-Carlo error 1.8% in 500 trials."""
    rng, shown = np.random.default_rng(1), []
    gain = smallest_visible_gain(5, sd=0.02)
    for _ in range(500):
        arms = (np.tile(level + rng.normal(0, 0.02, (5, 1)), (1, 2)) for level in (0.5 + gain, 0.5))
        shown.append((compare_recipes(*arms).estimate.low or 0) > 0)

    # Welch's degrees of freedom are a little below the 8 that are planned with.
    assert np.mean(shown) == pytest.approx(0.79, abs=0.05)


def test_the_power_at_no_difference_is_that_of_a_false_alarm_on_one_side() -> None:
    assert contrast_power(0, 1.0, 8) == pytest.approx(0.025)
    assert contrast_power(0, 1.0, 1e9) == pytest.approx(0.025)
    assert contrast_power(1.0, 0.0, 8, 1.0) == pytest.approx(scipy_stats.norm.cdf(1 - 1.959964))


@pytest.mark.parametrize("freedom", [1, 3.7, 40, 1e4])
def test_the_smallest_visible_effect_is_scipys_noncentral_t(freedom: float) -> None:
    effect = smallest_visible_effect(0.01, freedom)
    bar = scipy_stats.t.ppf(0.975, freedom)

    assert scipy_stats.nct.sf(bar, freedom, effect / 0.01) == pytest.approx(0.8, abs=1e-5)
    assert smallest_visible_effect(0.01) == pytest.approx(0.01 * (1.959964 + 0.841621), abs=1e-8)


def test_what_cannot_be_planned_is_refused() -> None:
    with pytest.raises(InvalidInput, match="above 0; got 0"):
        seeds_to_decide(0, sd=0.01)
    with pytest.raises(InvalidInput, match="sum to 0"):
        seeds_to_decide(0.01, sd=0.01, weights=(1, 1))
    with pytest.raises(InvalidInput, match="gives some arm a weight"):
        seeds_to_decide(0.01, sd=0.01, weights=(0, 0))
    with pytest.raises(InvalidInput, match="come together"):
        seeds_to_decide(0.01, sd=0.01, n_problems=5)
    with pytest.raises(InvalidInput, match="on a problem or more"):
        seeds_to_decide(0.01, sd=0.01, ms_rest=0.1, n_problems=0)
    with pytest.raises(InvalidInput, match="0 or above; got -1"):
        seeds_to_decide(0.01, sd=-1)
    with pytest.raises(InvalidInput, match="interaction variance"):
        seeds_to_decide(0.01, sd=0.01, interaction=-1)
    with pytest.raises(InvalidInput, match="For 80% give"):
        seeds_to_decide(0.01, sd=0.01, power=80)
    with pytest.raises(InvalidInput, match="a spread of 0"):
        smallest_visible_gain(5, sd=0)
    with pytest.raises(InvalidInput, match="two seeds per arm"):
        smallest_visible_gain(1, sd=0.01)
    with pytest.raises(InvalidInput, match="degrees of freedom"):
        contrast_power(0.1, 1.0, 0)
    with pytest.raises(InvalidInput, match="0 or above; got nan"):
        contrast_power(float("nan"), 1.0, 5)
    with pytest.raises(InvalidInput, match="not both 0"):
        contrast_power(0.1, 0.0, 5)
    with pytest.raises(InvalidInput, match="standard error"):
        smallest_visible_effect(inf)
    with pytest.raises(InvalidInput, match="degrees of freedom"):
        smallest_visible_effect(0.1, -1)
