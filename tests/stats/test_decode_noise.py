"""Samples nested in seeds: mean squares by another road, and each variance where it belongs."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.stats.decode_noise import decode_components
from nophantom.stats.seeds import reliability, variance_components


def _world(
    rng: np.random.Generator, sd_seed: float, sd_pass: float, sd_cell: float = 0.05
) -> NDArray[np.float64]:
    """6 seeds, 4 samples, 30 problems, with known standard deviations."""
    seeds, passes = rng.normal(0, sd_seed, (6, 1, 1)), rng.normal(0, sd_pass, (6, 4, 1))
    cells, rest = rng.normal(0, sd_cell, (6, 1, 30)), rng.normal(0, 0.05, (6, 4, 30))
    return np.asarray(np.clip(0.5 + seeds + passes + cells + rest, 0, 1))


def test_mean_squares_are_those_of_nested_regressions() -> None:
    """Each factor in turn, and what the regression gains by it."""
    scores = np.random.default_rng(1).random((3, 2, 5))
    s, k, p = (index.ravel() for index in np.indices(scores.shape))
    seed, problem = np.eye(3)[s], np.eye(5)[p]
    cell, sample = np.eye(15)[5 * s + p], np.eye(6)[2 * s + k]

    def left(*factors: NDArray[np.float64]) -> float:
        """Residual sum of squares of a regression on these dummies."""
        dummies = np.hstack(factors)
        fitted = dummies @ np.linalg.lstsq(dummies, scores.ravel(), rcond=None)[0]
        return float(((scores.ravel() - fitted) ** 2).sum())

    ours = decode_components(scores)

    assert ours.ms_seed == pytest.approx((left(problem) - left(problem, seed)) / 2)
    assert ours.ms_seed_problem == pytest.approx((left(problem, seed) - left(cell)) / 8)
    assert ours.ms_decode == pytest.approx((left(cell) - left(cell, sample)) / 3)
    assert ours.ms_rest == pytest.approx(left(cell, sample) / 12)
    assert ours.var_decode == pytest.approx((left(cell) - left(cell, sample)) / 3 / 5)


@pytest.mark.parametrize(("sd_seed", "sd_pass"), [(0.04, 0.0), (0.04, 0.03), (0.0, 0.03)])
def test_passes_that_fall_together_are_not_taken_for_seeds(sd_seed: float, sd_pass: float) -> None:
    rng = np.random.default_rng(2)
    found = [decode_components(_world(rng, sd_seed, sd_pass)) for _ in range(400)]
    decode = sd_pass**2 + 0.05**2 / 30

    assert np.mean([one.var_decode for one in found]) == pytest.approx(decode, rel=0.06)
    if sd_seed:
        assert np.mean([one.var_seed for one in found]) == pytest.approx(sd_seed**2, rel=0.12)
    else:  # the cut at 0 leaves a little, far below what samples taken for seeds would show
        assert np.mean([one.var_seed for one in found]) < 0.16 * sd_pass**2


@pytest.mark.parametrize("sd_pass", [0.0, 0.02])
def test_the_interval_of_the_reliability_holds_the_truth(sd_pass: float) -> None:
    rng = np.random.default_rng(3)
    noise = 0.05**2 / 30 + (sd_pass**2 + 0.05**2 / 30) / 4
    truth, covered = 0.02**2 / (0.02**2 + noise), []
    for _ in range(500):
        found = decode_components(_world(rng, 0.02, sd_pass)).reliability
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        covered.append(found.low <= truth <= found.high)

    assert np.mean(covered) >= 0.92


def test_one_sample_is_the_two_way_layout() -> None:
    scores = np.random.default_rng(4).random((4, 1, 20))
    ours, plain = decode_components(scores), variance_components(scores[:, 0])

    assert (ours.ms_seed, ours.ms_seed_problem) == pytest.approx((plain.ms_seed, plain.ms_rest))
    assert ours.var_seed == pytest.approx(plain.var_seed)
    assert (ours.ms_decode, ours.ms_rest, ours.var_decode) == (None, None, None)
    expected = reliability(plain)
    assert expected is not None
    assert ours.reliability is not None
    assert ours.reliability.low == pytest.approx(expected.low)


def test_one_seed_still_shows_its_decode_noise() -> None:
    found = decode_components(np.array([[[1, 0, 1, 1], [0, 0, 1, 1], [1, 1, 1, 1]]], dtype=bool))

    assert (found.ms_seed, found.var_seed, found.reliability) == (None, None, None)
    assert found.var_decode == pytest.approx(np.var([0.75, 0.5, 1.0], ddof=1))


def test_answers_without_any_difference_leave_the_reliability_unknown() -> None:
    found = decode_components(np.ones((3, 2, 4)))

    assert (found.var_seed, found.var_decode) == (0, 0)
    assert found.reliability is not None
    assert (found.reliability.point, found.reliability.low) == (0, None)


def test_two_dimensions_are_refused() -> None:
    with pytest.raises(InvalidInput, match="samples"):
        decode_components(np.ones((2, 3)))
