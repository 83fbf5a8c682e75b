"""Two recipes: interval and test from one procedure, few false alarms, and defined edges."""

from __future__ import annotations

from itertools import combinations, product
from math import sqrt

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy import stats as scipy_stats

from nophantom.errors import InvalidInput
from nophantom.stats.estimates import Estimate
from nophantom.stats.paired import compare_means
from nophantom.stats.recipes import RecipeTest, compare_recipes, permute_seeds
from nophantom.stats.seed_power import smallest_visible_effect
from nophantom.stats.seeds import variance_components

RNG = np.random.default_rng
confidences = st.floats(0.3, 0.999)
pairs_of_arms = st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(1, 8)).flatmap(
    lambda size: st.tuples(arrays(np.bool_, size[::2]), arrays(np.bool_, size[1:]))
)


def _ends(estimate: Estimate) -> tuple[float, float]:
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low, estimate.high


def _arms(
    rng: np.random.Generator, sizes: tuple[int, int], own: float, apart: float, problems: int = 60
) -> list[NDArray[np.bool_]]:
    """Equal recipes: seeds `own` apart, arms `apart` on each problem."""
    shared = rng.uniform(0.3, 0.9, problems)
    chances = (shared + rng.normal(0, apart, problems) + rng.normal(0, own, (size, 1)) for size in sizes)
    return [rng.random(chance.shape) < chance for chance in chances]


# -- the formula ------------------------------------------------------------------------------


def test_the_variance_is_that_of_its_parts_by_hand() -> None:
    first, second = _arms(RNG(1), (4, 4), 0.05, 0.3)
    one, other = variance_components(first), variance_components(second)
    assert one.sd is not None
    assert other.sd is not None
    assert one.ms_rest is not None
    assert other.ms_rest is not None
    gap = first.mean(axis=0) - second.mean(axis=0)
    v3 = gap.var(ddof=1) / 60 - one.ms_rest / 240 - other.ms_rest / 240
    parts = [one.sd**2 / 4, other.sd**2 / 4, v3]
    freedom = sum(parts) ** 2 / sum(v**2 / f for v, f in zip(parts, (3, 3, 59), strict=True))

    test = compare_recipes(first, second)

    assert v3 > 0
    assert test.var_interaction == pytest.approx(v3)
    assert test.var_seeds == pytest.approx(sum(parts[:2]))
    assert test.freedom == pytest.approx(freedom)
    assert test.estimate.point == pytest.approx(gap.mean())
    reach = scipy_stats.t.ppf(0.975, freedom) * sqrt(sum(parts))
    assert _ends(test.estimate) == pytest.approx((gap.mean() - reach, gap.mean() + reach))
    assert test.p_value == pytest.approx(2 * scipy_stats.t.sf(abs(gap.mean()) / sqrt(sum(parts)), freedom))
    assert test.smallest_visible == pytest.approx(smallest_visible_effect(sqrt(sum(parts)), freedom))


def test_with_fixed_problems_it_is_welchs_t_on_the_accuracies_of_the_seeds() -> None:
    first, second = _arms(RNG(2), (5, 5), 0.05, 0.3)
    theirs = scipy_stats.ttest_ind(first.mean(axis=1), second.mean(axis=1), equal_var=False)

    ours = compare_recipes(first, second, fixed_problems=True, confidence=0.9)

    assert ours.p_value == pytest.approx(theirs.pvalue)
    assert _ends(ours.estimate) == pytest.approx(tuple(theirs.confidence_interval(0.9)))
    assert ours.var_interaction == 0
    assert ours.freedom == pytest.approx(theirs.df)


def test_paired_arms_with_fixed_problems_are_the_paired_t_of_scipy() -> None:
    first, second = _arms(RNG(3), (6, 6), 0.05, 0.3)
    theirs = scipy_stats.ttest_rel(first.mean(axis=1), second.mean(axis=1))

    ours = compare_recipes(first, second, fixed_problems=True, paired=True)

    assert ours.p_value == pytest.approx(theirs.pvalue)
    assert _ends(ours.estimate) == pytest.approx(tuple(theirs.confidence_interval()))
    assert ours.freedom == 5


def test_paired_arms_join_two_ts_by_hand() -> None:
    first, second = _arms(RNG(4), (3, 3), 0.05, 0.4)
    gaps = first.astype(float) - second
    parts = variance_components((gaps + 1) / 2)  # squeezed into [0, 1]: mean squares are a quarter
    assert parts.ms_rest is not None
    assert parts.sd is not None
    v3 = gaps.mean(axis=0).var(ddof=1) / 60 - 4 * parts.ms_rest / 180

    test = compare_recipes(first, second, paired=True)

    assert v3 > 0
    assert test.var_interaction == pytest.approx(v3)
    reach = sqrt(
        scipy_stats.t.ppf(0.975, 2) ** 2 * 4 * parts.sd**2 / 3 + scipy_stats.t.ppf(0.975, 59) ** 2 * v3
    )
    assert _ends(test.estimate)[1] == pytest.approx(gaps.mean() + reach)


def test_unequal_arms_get_no_more_freedom_than_a_common_spread_gives() -> None:
    """Two seeds that lie close by chance: Satterthwaite alone says 9, a common spread 1.4."""
    first = np.repeat([[0.50], [0.501]], 5, axis=1)
    second = np.repeat(np.linspace(0.3, 0.7, 10)[:, None], 5, axis=1)

    test = compare_recipes(first, second, fixed_problems=True)
    theirs = scipy_stats.ttest_ind(first.mean(axis=1), second.mean(axis=1), equal_var=False)

    assert theirs.df == pytest.approx(9, abs=0.01)
    assert test.freedom is not None
    assert test.freedom < 4


def test_samples_of_a_seed_are_no_seeds() -> None:
    scores = RNG(5).random((3, 4, 20)) < 0.5
    other = RNG(6).random((3, 20)) < 0.5

    assert compare_recipes(scores, other) == compare_recipes(scores.mean(axis=1), other)


# -- agreement of interval and p --------------------------------------------------------------


@settings(max_examples=60)
@given(pairs_of_arms, confidences, st.booleans(), st.booleans())
@example((np.ones((2, 3), bool), np.zeros((2, 3), bool)), 0.95, True, False)
@example((np.eye(3, dtype=bool), np.eye(3, dtype=bool)[::-1]), 0.5, False, False)
@example((np.eye(3, dtype=bool)[:, :1], np.zeros((3, 1), bool)), 0.5, True, True)
def test_interval_and_p_never_disagree(
    arms: tuple[NDArray[np.bool_], NDArray[np.bool_]], confidence: float, fixed: bool, paired: bool
) -> None:
    first, second = arms
    paired = paired and len(first) == len(second)
    test = compare_recipes(first, second, confidence=confidence, fixed_problems=fixed, paired=paired)

    if min(len(first), len(second)) < 2 or (first.shape[1] < 2 and not fixed):
        assert (test.p_value, test.estimate.low, test.freedom) == (None, None, None)
        return
    if fixed and test.freedom is None:  # nothing varies at all
        assert (test.p_value, test.estimate.low) == (None, None)
        return
    low, high = _ends(test.estimate)
    assert test.p_value is not None
    assert 0 < test.p_value <= 1
    assert -1 <= low <= test.estimate.point <= high <= 1
    assert low < high
    assert (low > 0 or high < 0) == (test.p_value < 1 - confidence)


@settings(max_examples=50)
@given(pairs_of_arms, st.booleans())
def test_swapping_the_arms_turns_the_answer_around(
    arms: tuple[NDArray[np.bool_], NDArray[np.bool_]], fixed: bool
) -> None:
    one = compare_recipes(*arms, fixed_problems=fixed)
    other = compare_recipes(*arms[::-1], fixed_problems=fixed)

    assert one.estimate.point == pytest.approx(-other.estimate.point)
    assert (one.p_value is None) == (other.p_value is None)
    if one.p_value is not None:
        assert one.p_value == pytest.approx(other.p_value, abs=1e-9)
        assert _ends(one.estimate) == pytest.approx(tuple(-x for x in _ends(other.estimate)[::-1]), abs=1e-9)
    assert (one.sd_first, one.sd_second) == (other.sd_second, other.sd_first)


# -- truth by simulation ----------------------------------------------------------------------


@pytest.mark.parametrize("apart", [0.0, 0.15])
@pytest.mark.parametrize(("sizes", "own"), [((3, 3), 0.0), ((5, 5), 0.04), ((2, 8), 0.04)])
def test_equal_recipes_are_seldom_called_different(sizes: tuple[int, int], own: float, apart: float) -> None:
    """A seeded share of `bench/recipes.py`. Nominal 5%, Monte-Carlo error 0.9% in 600 trials."""
    rng = RNG(7)
    called = [(compare_recipes(*_arms(rng, sizes, own, apart)).p_value or 0) < 0.05 for _ in range(600)]

    assert np.mean(called) <= 0.07


@pytest.mark.parametrize("pairs", [2, 4])
@pytest.mark.parametrize("apart", [0.1, 0.3])
def test_equal_paired_recipes_are_seldom_called_different(pairs: int, apart: float) -> None:
    """With one Satterthwaite t instead, two pairs would be called different up to 13% of the time."""
    rng, called = RNG(8), []
    for _ in range(500):
        shared = rng.uniform(0.3, 0.9, 60) + rng.normal(0, 0.05, (pairs, 1))
        arms = (shared + rng.normal(0, apart, 60) + rng.normal(0, 0.02, (pairs, 1)) for _ in "ab")
        first, second = (rng.random(chance.shape) < chance for chance in arms)
        called.append((compare_recipes(first, second, paired=True).p_value or 0) < 0.05)

    assert np.mean(called) <= 0.07


def test_the_interval_holds_a_true_gain() -> None:
    rng, covered = RNG(9), []
    for _ in range(500):
        first, second = _arms(rng, (4, 4), 0.04, 0.1)
        lifted = first | (rng.random(first.shape) < 0.2)
        low, high = _ends(compare_recipes(lifted, second).estimate)
        covered.append(low <= 0.2 * 0.4 <= high)  # a fifth of the 40% that were wrong

    assert np.mean(covered) >= 0.92


# -- edges ------------------------------------------------------------------------------------


def test_one_seed_leaves_the_recipe_unknown() -> None:
    test = compare_recipes(np.ones((1, 4)), np.zeros((3, 4)))

    assert (test.estimate.point, test.estimate.low, test.p_value) == (1.0, None, None)
    assert (test.sd_first, test.sd_second, test.var_seeds, test.smallest_visible) == (None, 0.0, None, None)


def test_seeds_that_all_answer_alike_leave_the_bound_of_equal_gaps() -> None:
    test = compare_recipes(np.ones((3, 50)), np.ones((4, 50)))
    bound = compare_means(np.ones(50), np.ones(50))
    lower = compare_recipes(np.zeros((3, 50)), np.full((3, 50), 0.5))

    assert test.p_value == bound.p_value == 1
    assert _ends(test.estimate) == _ends(bound.estimate)
    assert test.freedom is None
    assert lower.estimate.high is not None
    assert lower.estimate.high < 0
    fixed = compare_recipes(np.ones((3, 50)), np.zeros((4, 50)), fixed_problems=True)
    assert (fixed.estimate.point, fixed.estimate.low, fixed.p_value) == (1, None, None)


def test_accuracies_tied_by_chance_still_have_the_luck_of_their_answers() -> None:
    """Both seeds of an arm solve 5 of 10, other ones each: Welch's t would divide by 0."""
    first = np.array([[1] * 5 + [0] * 5, [0] * 5 + [1] * 5])
    second = first.copy()
    second[:, 0] = 0
    second[:, 5] = 0

    test = compare_recipes(first, second)

    assert test.sd_first == 0
    assert test.var_seeds is not None
    assert test.var_seeds > 0
    assert (test.p_value or 0) > 0.05


def test_seeds_that_never_vary_leave_the_problems_to_decide() -> None:
    """Deterministic training: d_p is one comparison over problems, the paired t of scipy."""
    rng = RNG(10)
    first, second = rng.random(80) < 0.7, rng.random(80) < 0.5
    theirs = scipy_stats.ttest_rel(first.astype(float), second.astype(float))

    ours = compare_recipes(np.tile(first, (3, 1)), np.tile(second, (3, 1)))

    assert ours.p_value == pytest.approx(theirs.pvalue)
    assert ours.freedom == pytest.approx(79)


@pytest.mark.parametrize(
    ("first", "second", "paired", "sentence"),
    [
        (np.ones((3, 4)), np.ones((3, 5)), False, "same problems; got 4 and 5"),
        (np.ones((3, 4)), np.ones((2, 4)), True, "as many seeds each; got 3 and 2"),
        (np.full((3, 4), np.nan), np.ones((3, 4)), False, "Drop the problems not seen by all"),
        (np.ones(4), np.ones((3, 4)), False, r"got shape \(4,\)"),
        (np.full((2, 2, 4), 2.0), np.ones((3, 4)), False, "Rescale"),
    ],
)
def test_arms_that_cannot_be_compared_are_refused(
    first: NDArray[np.float64], second: NDArray[np.float64], paired: bool, sentence: str
) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        compare_recipes(first, second, paired=paired)


# -- permutation ------------------------------------------------------------------------------


@given(
    st.lists(st.integers(0, 30), min_size=1, max_size=4), st.lists(st.integers(0, 30), min_size=1, max_size=4)
)
def test_the_permutation_test_is_the_enumeration_of_all_deals(one: list[int], other: list[int]) -> None:
    first, second = np.array(one) / 30, np.array(other) / 30
    every, gaps = one + other, []
    for some in combinations(range(len(every)), len(one)):
        rest = [i for i in range(len(every)) if i not in some]
        gaps.append(abs(np.mean([every[i] for i in some]) - np.mean([every[i] for i in rest])) / 30)
    seen = abs(first.mean() - second.mean())

    test = permute_seeds(first, second, rng=RNG(1))

    assert test.exact
    assert test.arrangements == len(gaps)
    assert test.p_value == pytest.approx(np.mean(np.array(gaps) >= seen - 1e-9))
    assert test.smallest_p <= test.p_value


def test_the_permutation_test_agrees_with_scipy() -> None:
    first, second = RNG(11).random(5), RNG(12).random(6) + 0.2
    theirs = scipy_stats.permutation_test(
        (first, second), lambda a, b, axis: a.mean(axis) - b.mean(axis), vectorized=True
    )

    # scipy doubles the smaller tail; ours counts both tails of the absolute difference.
    assert permute_seeds(first, second, rng=RNG(1)).p_value == pytest.approx(theirs.pvalue, abs=0.02)


def test_paired_permutation_flips_signs() -> None:
    gaps = np.array([0.03, 0.01, 0.02, -0.005])
    means = [abs(np.dot(signs, gaps)) / 4 for signs in product((-1, 1), repeat=4)]

    test = permute_seeds(gaps + 0.5, np.full(4, 0.5), rng=RNG(1), paired=True)

    assert test.arrangements == 16
    assert test.p_value == pytest.approx(np.mean(np.array(means) >= gaps.mean() - 1e-12))
    assert test.smallest_p == pytest.approx(2 / 16)


def test_drawn_arrangements_come_close_to_all() -> None:
    first, second = RNG(13).random(9), RNG(14).random(9) + 0.1
    exact = permute_seeds(first, second, rng=RNG(1))
    drawn = permute_seeds(first, second, rng=RNG(2), most=20_000)
    again = permute_seeds(first, second, rng=RNG(2), most=20_000)

    assert exact.exact
    assert not drawn.exact
    assert drawn == again
    assert drawn.p_value == pytest.approx(exact.p_value, abs=4 * sqrt(0.25 / 20_000))


def test_three_and_three_seeds_can_never_be_significant() -> None:
    assert permute_seeds(np.array([3.0, 4, 5]), np.array([0.0, 1, 2]), rng=RNG(1)).smallest_p == 0.1
    lone = permute_seeds(np.array([0.9]), np.array([0.1]), rng=RNG(1))
    assert (lone.p_value, lone.smallest_p) == (1, 1)
    tied = permute_seeds(np.full(3, 0.5), np.full(3, 0.5), rng=RNG(1))
    assert (tied.p_value, tied.smallest_p) == (1, 1)


def test_accuracies_that_are_none_are_refused() -> None:
    with pytest.raises(InvalidInput, match="Leave that seed out"):
        permute_seeds(np.array([0.5, np.nan]), np.ones(2), rng=RNG(1))
    with pytest.raises(InvalidInput, match="one per seed"):
        permute_seeds(np.ones((2, 2)), np.ones(2), rng=RNG(1))
    with pytest.raises(InvalidInput, match="as many seeds"):
        permute_seeds(np.ones(3), np.ones(2), rng=RNG(1), paired=True)
    with pytest.raises(InvalidInput, match="most=0"):
        permute_seeds(np.ones(3), np.ones(2), rng=RNG(1), most=0)


def test_a_recipe_test_is_made_of_plain_values() -> None:
    test = compare_recipes(*_arms(RNG(15), (3, 3), 0.02, 0.1))

    plain = (float, int, str, type(None), Estimate)
    assert all(type(getattr(test, name)) in plain for name in RecipeTest.__slots__)
