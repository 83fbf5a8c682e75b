"""Two runs along one order: a band for the difference, and one for the order."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.stats.paired import compare_means
from nophantom.stats.running_accuracy import every
from nophantom.stats.running_difference import RunningDifference, running_difference_band

LOOKS = every(30, 300)


def _two(
    rng: np.random.Generator, lead: float = 0.0, n: int = 300
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Two runs that differ on about a quarter of the problems."""
    gap = rng.choice([1.0, -1.0, 0.0], p=[(0.25 + lead) / 2, (0.25 - lead) / 2, 0.75], size=n)
    return np.maximum(gap, 0), np.maximum(-gap, 0)


def _band(first: NDArray[np.float64], second: NDArray[np.float64], seed: int = 0) -> RunningDifference:
    return running_difference_band(first, second, LOOKS, rng=np.random.default_rng(seed), draws=300)


def test_the_path_ends_at_the_paired_difference() -> None:
    first, second = _two(np.random.default_rng(1))
    band = _band(first, second)

    assert band.looks == LOOKS
    assert band.difference[-1] == pytest.approx(band.final.point)
    assert band.final == compare_means(first, second).estimate
    assert band.order_low[-1] == band.order_high[-1] == pytest.approx(band.difference[-1])


def test_both_bands_keep_their_simultaneous_coverage() -> None:
    rng = np.random.default_rng(2)
    worlds, held, order_held = 150, 0, 0
    for seed in range(worlds):
        band = _band(*_two(rng, lead=0.1), seed=seed)
        assert band.low is not None
        assert band.high is not None
        held += all(low <= 0.1 <= high for low, high in zip(band.low, band.high, strict=True))
        assert band.p_order is not None
        order_held += band.p_order >= 0.05

    slack = 3 * (0.05 * 0.95 / worlds) ** 0.5
    assert held / worlds >= 0.93 - slack
    assert order_held / worlds >= 0.95 - slack


def test_the_path_leaves_the_band_of_orders_exactly_when_p_says_so() -> None:
    rng = np.random.default_rng(3)
    for seed in range(60):
        first, second = _two(rng)
        cut = 40 * (seed % 4)
        first[:cut] = np.maximum(first[:cut], rng.random(cut) < 0.1)
        second[:cut] *= 0.0
        band = _band(first, second, seed)
        assert band.p_order is not None
        left = any(
            not low <= d <= high
            for d, low, high in zip(band.difference, band.order_low, band.order_high, strict=True)
            if low < high
        )
        assert left == (band.p_order < 0.05)


def test_helps_first_and_hurts_then_is_found() -> None:
    rng = np.random.default_rng(4)
    early, late = _two(rng, 0.2, 150), _two(rng, -0.2, 150)
    band = _band(np.concatenate([early[0], late[0]]), np.concatenate([early[1], late[1]]))

    assert band.p_order is not None
    assert band.p_order < 0.01


def test_equal_generators_agree_and_different_ones_differ() -> None:
    first, second = _two(np.random.default_rng(5))

    assert _band(first, second, 1) == _band(first, second, 1)
    assert _band(first, second, 1) != _band(first, second, 2)


def test_runs_that_never_differ_leave_the_band_unknown() -> None:
    band = _band(np.ones(300), np.ones(300))

    assert (band.low, band.high, band.p_order) == (None, None, None)
    assert set(band.difference) == {0.0}


def test_bad_input_is_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(InvalidInput, match="equal length"):
        running_difference_band(np.ones(3), np.ones(2), [1], rng=rng)
    with pytest.raises(InvalidInput, match="rise"):
        running_difference_band(np.ones(3), np.ones(3), [3], rng=rng)
    with pytest.raises(InvalidInput, match="100 draws"):
        running_difference_band(np.ones(3), np.ones(3), [1], rng=rng, draws=5)
