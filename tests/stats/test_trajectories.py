"""Training checkpoints: a peak among many, against what the run ended with."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from scipy import special
from scipy import stats as scipy_stats

from nophantom.errors import InvalidInput
from nophantom.stats.proportions import wilson
from nophantom.stats.trajectories import (
    PeakTest,
    last_mean,
    peak_against_final,
    peak_bounds,
    peaks_against_final,
    trajectory_shape,
)


def _runs(rng: np.random.Generator, lift: NDArray[np.float64], seeds: int, n: int) -> NDArray[np.bool_]:
    """(seeds, C, n) answers to problems of many difficulties by checkpoints of given strength (logit)."""
    ease = rng.normal(1.3, 2.0, n)
    return np.asarray(rng.random((seeds, len(lift), n)) < special.expit(ease + lift[:, None]))


def _test(outcomes: NDArray[Any], seed: int = 0, **options: Any) -> PeakTest:
    return peak_against_final(outcomes, rng=np.random.default_rng(seed), **options)


def _ends(test: PeakTest) -> tuple[float, float]:
    assert test.drop.low is not None
    assert test.drop.high is not None
    return test.drop.low, test.drop.high


def test_with_one_checkpoint_before_the_end_it_is_a_paired_bootstrap() -> None:
    """The standard error of the mean difference, from an independent library's bootstrap."""
    rng = np.random.default_rng(1)
    outcomes = _runs(rng, np.array([0.6, 0.0]), 1, 400)[0]
    gap = outcomes[0].astype(float) - outcomes[1]
    theirs = scipy_stats.bootstrap(
        (gap,), np.mean, method="basic", n_resamples=4_000, rng=np.random.default_rng(2), vectorized=True
    ).confidence_interval

    ours = _test(outcomes, draws=4_000)

    assert ours.drop.point == pytest.approx(gap.mean())
    assert _ends(ours) == pytest.approx((theirs.low, theirs.high), abs=0.006)


def test_equal_checkpoints_are_called_peaked_no_more_often_than_it_says() -> None:
    rng = np.random.default_rng(3)
    found = [
        _ends(test)[0] > 0
        for _ in range(8)
        for test in peaks_against_final(_runs(rng, np.zeros(8), 25, 300), rng=rng, draws=400)
    ]

    assert np.mean(found) <= 0.025 + 3 * (0.025 * 0.975 / len(found)) ** 0.5


def test_a_run_that_learns_to_the_end_has_no_peak() -> None:
    """A permutation of checkpoints would reject here: they are not equal. This test does not."""
    rng = np.random.default_rng(4)
    tests = peaks_against_final(_runs(rng, np.linspace(-3, 0, 8), 40, 300), rng=rng, draws=400)

    assert np.mean([_ends(test)[0] > 0 for test in tests]) <= 0.025
    assert all(test.clearly_above == () for test in tests if _ends(test)[0] <= 0)


def test_a_planted_peak_is_found_and_its_size_lies_in_the_interval() -> None:
    rng = np.random.default_rng(5)
    lift = np.array([-1.0, 0.0, 0.8, 0.2, 0.0])
    ease = rng.normal(1.3, 2.0, 200_000)
    truth = float((special.expit(ease + 0.8) - special.expit(ease)).mean())
    tests = [_test(_runs(rng, lift, 1, 1_319)[0], seed, draws=400) for seed in range(20)]

    assert all(test.peak_index == 2 for test in tests)
    assert np.mean([2 in test.clearly_above for test in tests]) > 0.9
    covered = [low <= truth <= high for low, high in map(_ends, tests)]
    assert np.mean(covered) >= 0.93 - 3 * (0.95 * 0.05 / 20) ** 0.5


@settings(max_examples=40)
@given(
    hnp.arrays(np.bool_, st.tuples(st.integers(2, 5), st.integers(2, 20))),
    st.sampled_from([0.5, 0.8, 0.95]),
    st.integers(0, 99),
)
def test_interval_p_value_and_checkpoints_never_disagree(
    outcomes: NDArray[np.bool_], confidence: float, seed: int
) -> None:
    test = _test(outcomes, seed, confidence=confidence, draws=199)
    if test.p_value is None:
        assert (test.drop.low, test.drop.high) == (None, None)
        return
    low, high = _ends(test)

    assert (low > 0 or high < 0) == (test.p_value < 1 - confidence)
    assert (low > 0) == bool(test.clearly_above)
    assert low <= test.drop.point <= high


def test_the_mean_of_the_last_few_is_a_calmer_reference() -> None:
    outcomes = _runs(np.random.default_rng(6), np.array([0.0, 0.3, 0.3, 0.3, -0.9]), 1, 1_319)[0]
    accuracy = outcomes.mean(axis=1)

    unlucky, calm = _test(outcomes), _test(outcomes, last=3)

    assert unlucky.drop.point == pytest.approx(accuracy.max() - accuracy[-1])
    assert calm.drop.point == pytest.approx(accuracy.max() - accuracy[-3:].mean())
    assert calm.drop.point < unlucky.drop.point
    assert last_mean(outcomes, 3).point == pytest.approx(accuracy[-3:].mean())
    with pytest.raises(InvalidInput, match="1 to 4 of 5"):
        _test(outcomes, last=5)
    with pytest.raises(InvalidInput, match="1 to 5 last"):
        last_mean(outcomes, 0)


def test_several_runs_share_their_resamples_and_equal_generators_agree() -> None:
    runs = _runs(np.random.default_rng(7), np.zeros(4), 3, 100)

    together = peaks_against_final(runs, rng=np.random.default_rng(1), draws=200)

    assert together == tuple(_test(run, 1, draws=200) for run in runs)
    assert together != peaks_against_final(runs, rng=np.random.default_rng(2), draws=200)


def test_checkpoints_that_never_differ_leave_the_drop_unknown() -> None:
    test = _test(np.tile([1, 0, 1, 1], (3, 1)))

    assert (test.drop.point, test.drop.low, test.p_value) == (0.0, None, None)


# -- bounds of the peak ---------------------------------------------------------------------------


def test_the_bounds_of_one_checkpoint_are_wilsons() -> None:
    outcomes = np.repeat([1, 0], [379, 121])[None]
    bounds, reference = peak_bounds(outcomes, rng=np.random.default_rng(0), draws=4_000), wilson(379, 500)

    assert (bounds.low, bounds.high) == pytest.approx((reference.low, reference.high), abs=0.006)


def test_the_bounds_of_a_peak_hold_for_the_highest_true_accuracy() -> None:
    rng = np.random.default_rng(8)
    lift = np.array([0.0, 0.1, 0.2, 0.2, 0.2])
    ease = rng.normal(1.3, 2.0, 200_000)
    truth = float(special.expit(ease + 0.2).mean())
    too_high = too_low = 0
    for _ in range(150):
        bounds = peak_bounds(_runs(rng, lift, 1, 300)[0], rng=rng, draws=200)
        assert bounds.low is not None
        assert bounds.high is not None
        too_high += bounds.low > truth
        too_low += bounds.high < truth

    assert max(too_high, too_low) / 150 <= 0.025 + 3 * (0.025 * 0.975 / 150) ** 0.5


def test_a_perfect_checkpoint_is_not_certain() -> None:
    bounds = peak_bounds(np.vstack([np.ones(50), np.zeros(50)]), rng=np.random.default_rng(0))
    reference = wilson(50, 50)
    assert bounds.low is not None
    assert reference.low is not None

    assert (bounds.point, bounds.high) == (1.0, 1.0)
    assert bounds.low <= reference.low + 1e-12


# -- the shape ------------------------------------------------------------------------------------


def test_the_shape_of_a_curve_by_hand() -> None:
    """Accuracies 0, 0.5, 1, 0.25: second differences give the noise, successive ones the smoothness."""
    shape = trajectory_shape(np.array([[0, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 1], [0, 0, 0, 1]]))

    assert (shape.peak_index, shape.peak, shape.final, shape.drop) == (2, 1.0, 0.25, 0.75)
    assert shape.collapsed
    assert shape.noise == pytest.approx(np.sqrt((0.0**2 + 0.625**2) / 2 / 1.5))
    steps, variance = np.mean([0.25, 0.25, 0.5625]), np.var([0, 0.5, 1, 0.25])
    assert shape.smoothness == pytest.approx(max(0.0, 1 - steps / variance / 2))


def test_the_noise_of_a_straight_line_is_what_was_added_to_it() -> None:
    rng = np.random.default_rng(9)
    curve = np.linspace(0.2, 0.8, 400) + rng.normal(0, 0.02, 400)
    shape = trajectory_shape(np.repeat(curve[:, None], 2, axis=1))

    assert shape.noise == pytest.approx(0.02, rel=0.12)
    assert shape.smoothness is not None
    assert shape.smoothness > 0.95


def test_short_and_flat_curves_have_no_smoothness() -> None:
    assert trajectory_shape(np.ones((1, 3))).noise is None
    assert trajectory_shape(np.ones((2, 3))).smoothness is None
    flat = trajectory_shape(np.ones((5, 3)))
    assert (flat.smoothness, flat.noise, flat.collapsed) == (None, 0.0, False)


@pytest.mark.parametrize(
    ("outcomes", "sentence"),
    [
        (np.ones(3), "table of checkpoints by problems"),
        (np.empty((0, 3)), "table of checkpoints"),
        (np.full((2, 3), np.nan), "every checkpoint was scored"),
        (np.full((2, 3), 2), r"lie in \[0, 1\]"),
        (np.array([["a"], ["b"]]), "table of checkpoints"),
        (np.ones((1, 3)), "no peak before its end"),
        (np.ones((2, 1)), "at least two"),
    ],
)
def test_bad_input_is_refused(outcomes: NDArray[Any], sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        _test(outcomes)


def test_runs_and_options_that_cannot_be_are_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(InvalidInput, match="runs, checkpoints and problems"):
        peaks_against_final(np.ones((2, 3)), rng=rng)
    with pytest.raises(InvalidInput, match="100 draws"):
        _test(np.ones((2, 3)), draws=10)
    with pytest.raises(InvalidInput, match="confidence"):
        _test(np.ones((2, 3)), confidence=95)
    with pytest.raises(InvalidInput, match="confidence"):
        peak_bounds(np.ones((2, 3)), rng=rng, confidence=95)
