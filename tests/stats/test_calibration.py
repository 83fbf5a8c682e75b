"""Calibration: scores, the error without its bias, and the difference of two systems."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.stats.calibration import Calibration, calibration, calibration_difference
from nophantom.stats.calibration_error import CalibrationError, compare_errors, equal_mass_bins
from nophantom.stats.proportions import wilson

Numbers = NDArray[np.float64]
answers = st.lists(st.tuples(st.booleans(), st.floats(0.01, 0.99)), min_size=2, max_size=40)


def _calibration(right: Any, confidences: Any, **options: Any) -> Calibration:
    return calibration(np.array(right), np.array(confidences), rng=np.random.default_rng(0), **options)


def _answers(
    rng: np.random.Generator, n: int, truth: Callable[[Numbers], Numbers]
) -> tuple[Numbers, Numbers]:
    confidences = rng.beta(4, 1.3, n)
    return (rng.random(n) < truth(confidences)).astype(float), confidences


def _calibrated(c: Numbers) -> Numbers:
    return c


def _overconfident(c: Numbers) -> Numbers:
    return np.asarray(0.9 * c)


def _wrong_when_sure(c: Numbers) -> Numbers:
    return np.where(c > 0.9, c - 0.2, c)


def _true_error(truth: Callable[[Numbers], Numbers]) -> float:
    """The error in ten bins of equal mass, with next to no noise."""
    c = np.sort(np.random.default_rng(99).beta(4, 1.3, 400_000))
    return sum(abs(float(part.sum())) for part in np.array_split(truth(c) - c, 10)) / len(c)


def test_scores_by_hand() -> None:
    seen = _calibration([1, 0, 1, 1], [0.9, 0.6, 0.6, 0.1], bins=2)

    assert seen.brier.point == pytest.approx((0.01 + 0.36 + 0.16 + 0.81) / 4)
    assert seen.log_score is not None
    assert seen.log_score.point == pytest.approx(-np.log([0.9, 0.4, 0.6, 0.1]).mean())
    assert (seen.n, seen.without_confidence, seen.surely_wrong) == (4, 0, 0)


@settings(max_examples=20)
@given(answers, st.integers(1, 6))
def test_the_parts_of_the_brier_score_add_up_and_describe_the_bins(
    pairs: list[tuple[bool, float]], bins: int
) -> None:
    right, confidences = np.array(pairs).T
    seen = _calibration(right, confidences, bins=bins)

    parts = seen.reliability - seen.resolution + seen.uncertainty + seen.within_bins
    assert parts == pytest.approx(seen.brier.point)
    assert seen.brier.point == pytest.approx(((right - confidences) ** 2).mean())
    assert sum(one.accuracy.n for one in seen.bins) == len(pairs)
    assert all(a.high < b.low for a, b in zip(seen.bins, seen.bins[1:], strict=False))
    gaps = [one.accuracy.n * abs(one.accuracy.point - one.mean_confidence) for one in seen.bins]
    assert seen.ece_measured == pytest.approx(sum(gaps) / len(pairs))


def test_with_one_confidence_per_bin_nothing_is_lumped_together() -> None:
    """Murphy's three terms are then the whole Brier score."""
    seen = _calibration([1, 0, 1, 1, 0, 1], [0.2, 0.2, 0.5, 0.5, 0.9, 0.9], bins=3)

    assert seen.within_bins == pytest.approx(0, abs=1e-15)
    assert [one.accuracy for one in seen.bins] == [wilson(1, 2), wilson(2, 2), wilson(1, 2)]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60), st.integers(1, 12))
def test_bins_keep_equal_confidences_together_and_rise(values: list[float], bins: int) -> None:
    confidences = np.array(values)
    which = equal_mass_bins(confidences, bins)
    order = np.argsort(confidences, kind="stable")

    assert (np.diff(which[order]) >= 0).all()
    assert set(which.tolist()) == set(range(which.max() + 1))
    assert which.max() < bins
    for value in set(values):
        assert len(set(which[confidences == value].tolist())) == 1


def test_distinct_confidences_fall_into_bins_of_equal_size() -> None:
    sizes = np.bincount(equal_mass_bins(np.random.default_rng(0).random(1_000), 10))

    assert sizes.tolist() == [100] * 10


@pytest.mark.parametrize("truth", [_calibrated, _overconfident, _wrong_when_sure])
def test_the_interval_of_the_calibration_error_covers(truth: Callable[[Numbers], Numbers]) -> None:
    rng, worlds, error = np.random.default_rng(5), 30, _true_error(truth)
    missed = 0
    for _ in range(worlds):
        seen = calibration(*_answers(rng, 600, truth), rng=rng).ece
        assert seen.low is not None
        assert seen.high is not None
        missed += not seen.low - 1e-12 <= error <= seen.high + 1e-12

    assert missed / worlds <= 0.07 + 3 * (0.05 * 0.95 / worlds) ** 0.5


def test_perfect_calibration_still_shows_an_error_and_is_not_called_one() -> None:
    rng = np.random.default_rng(6)
    seen = [calibration(*_answers(rng, 1_319, _calibrated), rng=rng) for _ in range(20)]

    assert np.mean([one.ece_measured for one in seen]) == pytest.approx(0.027, abs=0.004)
    assert np.mean([one.ece_by_chance for one in seen]) == pytest.approx(0.027, abs=0.002)
    assert np.mean([one.ece.point for one in seen]) < 0.012
    assert sum(one.p_calibrated < 0.05 for one in seen) <= 4


@settings(max_examples=15)
@given(answers, st.sampled_from([0.5, 0.8, 0.95]))
def test_the_interval_leaves_out_no_error_exactly_when_the_test_rejects(
    pairs: list[tuple[bool, float]], level: float
) -> None:
    right, confidences = np.array(pairs).T
    seen = _calibration(right, confidences, bins=4, confidence=level)
    assert seen.ece.low is not None
    assert seen.ece.high is not None

    assert (seen.ece.low > 0) == (seen.p_calibrated < 1 - level)
    assert 0 <= seen.ece.low <= seen.ece.point <= seen.ece.high <= 1


def test_answers_without_confidence_are_counted_not_guessed() -> None:
    some = _calibration([1, 0, 1, 1, 0], [0.9, np.nan, 0.7, np.nan, 0.2])
    only = _calibration([1, 1, 0], [0.9, 0.7, 0.2])

    assert (some.n, some.without_confidence) == (3, 2)
    assert (some.brier, some.ece_measured) == (only.brier, only.ece_measured)


def test_certain_and_wrong_has_no_finite_log_score() -> None:
    seen = _calibration([1, 0, 1], [1.0, 1.0, 0.0])

    assert (seen.log_score, seen.surely_wrong) == (None, 2)
    certain = _calibration([1, 1], [1.0, 1.0])
    assert certain.log_score is not None
    assert (certain.log_score.point, certain.log_score.low, certain.ece_measured) == (0.0, None, 0.0)


def test_one_answer_and_all_alike_are_defined() -> None:
    assert _calibration([1], [0.5]).brier.low is None
    alike = _calibration([1] * 30, [0.9] * 30)
    assert len(alike.bins) == 1
    assert alike.uncertainty == 0
    assert alike.ece.high is not None
    assert alike.ece.high > 0.1


# -- two systems ----------------------------------------------------------------------------------


def _difference(rng: np.random.Generator, n: int, other: Callable[[Numbers], Numbers]) -> Any:
    return calibration_difference(_answers(rng, n, _overconfident), _answers(rng, n, other), rng=rng)


def test_the_difference_of_two_calibration_errors_covers() -> None:
    rng, worlds = np.random.default_rng(7), 30
    truth = _true_error(_overconfident)
    missed = 0
    for _ in range(worlds):
        seen = _difference(rng, 600, _calibrated).ece.estimate
        missed += not seen.low <= truth <= seen.high

    assert missed / worlds <= 0.07 + 3 * (0.05 * 0.95 / worlds) ** 0.5


def test_a_large_difference_is_found_and_swapping_turns_it_round() -> None:
    rng = np.random.default_rng(8)
    first, second = _answers(rng, 1_319, lambda c: 0.7 * c), _answers(rng, 1_319, _calibrated)

    ahead = calibration_difference(first, second, rng=np.random.default_rng(1))
    behind = calibration_difference(second, first, rng=np.random.default_rng(1))

    assert ahead.ece.estimate.low is not None
    assert behind.ece.estimate.high is not None
    assert ahead.ece.estimate.low > 0.1
    assert behind.ece.estimate.high < -0.1
    assert ahead.brier.estimate.point == pytest.approx(-behind.brier.estimate.point)
    gap = ((first[1] - first[0]) ** 2 - (second[1] - second[0]) ** 2).mean()
    assert ahead.brier.estimate.point == pytest.approx(gap)


@settings(max_examples=15)
@given(answers, answers, st.sampled_from([0.5, 0.9, 0.95]))
def test_the_difference_and_its_p_value_never_disagree(
    one: list[tuple[bool, float]], other: list[tuple[bool, float]], level: float
) -> None:
    rng = np.random.default_rng(0)
    errors = []
    for pairs in (one, other):
        right, confidences = np.array(pairs).T
        errors.append(
            CalibrationError.measured_in(right, confidences, equal_mass_bins(confidences, 3), rng=rng)
        )
    test = compare_errors(errors[0], errors[1], confidence=level)
    assert test.p_value is not None
    assert test.estimate.low is not None
    assert test.estimate.high is not None

    leaves_out_zero = test.estimate.low > 0 or test.estimate.high < 0
    assert leaves_out_zero == (test.p_value < 1 - level)


def test_only_problems_with_both_confidences_are_compared() -> None:
    first = (np.array([1, 0, 1, 1]), np.array([0.9, np.nan, 0.8, 0.7]))
    second = (np.array([1, 0, 0, 1]), np.array([0.9, 0.4, np.nan, 0.7]))

    seen = calibration_difference(first, second, rng=np.random.default_rng(0))

    assert (seen.n, seen.left_out) == (2, 2)
    assert seen.brier.estimate.point == 0


@pytest.mark.parametrize(
    ("right", "confidences", "sentence"),
    [
        ([1, 0], [0.5], "one mark and one confidence"),
        ([], [], "at least one answer"),
        ([1], [np.nan], "at least one answer with a confidence"),
        ([0.5], [0.5], "partial credit"),
        ([1], [1.5], "needs exp first"),
        ([1], [-3.0], r"lies in \[0, 1\]; got -3"),
        (["a"], [0.5], "one mark and one confidence"),
    ],
)
def test_bad_input_is_refused(right: Any, confidences: Any, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        _calibration(right, confidences)


def test_systems_and_options_that_do_not_fit_are_refused() -> None:
    one, two = (np.ones(1), np.ones(1)), (np.ones(2), np.ones(2))
    with pytest.raises(InvalidInput, match="got 1 and 2"):
        calibration_difference(one, two, rng=np.random.default_rng(0))
    with pytest.raises(InvalidInput, match="at least one bin"):
        _calibration([1], [0.5], bins=0)
    with pytest.raises(InvalidInput, match="confidence"):
        _calibration([1], [0.5], confidence=95)


def test_the_limits_allow_for_gaps_in_few_bins_and_for_even_ones() -> None:
    """With gaps in few bins noise adds most to what is measured, with even gaps least."""
    rng = np.random.default_rng(9)
    right, confidences = _answers(rng, 600, _wrong_when_sure)
    error = CalibrationError.measured_in(right, confidences, equal_mass_bins(confidences, 10), rng=rng)

    inside = (error.middle > 0.02) & (error.middle < 0.98)
    assert (error.most >= error.middle).all()
    assert (error.middle >= error.least).all()
    assert (error.most - error.least)[inside].max() > 0.05
    assert (error.most - error.middle)[inside].max() > 0.02
