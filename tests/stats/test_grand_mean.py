"""The mean of a recipe: its error by hand and by another road, and an interval that holds the truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy import stats as scipy_stats

from nophantom.errors import InvalidInput
from nophantom.stats.grand_mean import grand_mean

tables = st.tuples(st.integers(1, 5), st.integers(1, 8)).flatmap(lambda shape: arrays(np.bool_, shape))


def test_the_standard_error_by_hand() -> None:
    """Squares by hand: rows .6 .8 .4, columns 1 2/3 1/3 0 1, grand mean .6.

    MS_seed = 5 (0 + .04 + .04) / 2 = .2; MS_problem = 3 (.16 + 1/225 + 16/225 + .36 + .16) / 4 = .5667;
    total sum of squares 15 x .24 = 3.6; MS_rest = (3.6 - .4 - 2.2667) / 8 = .11667.
    """
    found = grand_mean(np.array([[1, 1, 0, 0, 1], [1, 1, 1, 0, 1], [1, 0, 0, 0, 1]]), confidence=0.8)
    total = 0.2 + 0.566667 - 0.116667
    freedom = total**2 / (0.2**2 / 2 + 0.566667**2 / 4 + 0.116667**2 / 8)
    reach = scipy_stats.t.ppf(0.9, freedom) * (total / 15) ** 0.5
    assert found.point == pytest.approx(0.6)
    assert found.n == 3
    assert (found.low, found.high) == pytest.approx((0.6 - reach, 0.6 + reach), rel=1e-5)


def test_without_seeds_that_differ_it_is_the_mean_over_problems_and_the_reverse() -> None:
    rng = np.random.default_rng(1)
    problems = np.repeat(rng.random((1, 200)), 4, axis=0)
    by_problems = scipy_stats.ttest_1samp(problems[0], 0).confidence_interval(0.95)
    found = grand_mean(problems)
    assert (found.low, found.high) == pytest.approx((by_problems.low, by_problems.high))
    seeds = np.repeat(problems[0, :6, None], 50, axis=1)
    found = grand_mean(seeds)
    expected = scipy_stats.ttest_1samp(problems[0, :6], 0).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((max(0, expected.low), min(1, expected.high)))


@pytest.mark.parametrize(
    ("seeds", "problems", "sd_seed", "sd_problem"),
    [(3, 60, 0.04, 0.1), (5, 200, 0.01, 0.2), (10, 40, 0.0, 0.2), (5, 200, 0.03, 0.0)],
)
def test_the_interval_holds_the_truth_for_new_seeds_on_new_problems(
    seeds: int, problems: int, sd_seed: float, sd_problem: float
) -> None:
    """600 worlds at 90%: between 87% and, where one source rules and freedom is pooled cautiously, 97%."""
    rng = np.random.default_rng([seeds, problems])
    held = 0
    for _ in range(600):
        level = 0.5 + rng.normal(0, sd_seed, (seeds, 1)) + rng.normal(0, sd_problem, problems)
        found = grand_mean((rng.random((seeds, problems)) < level).astype(np.float64), confidence=0.9)
        held += found.low is not None and found.high is not None and found.low <= 0.5 <= found.high
    assert 0.87 <= held / 600 <= 0.975


@given(tables, st.randoms(use_true_random=False))
def test_neither_the_order_of_seeds_nor_of_problems_matters_and_bounds_are_kept(
    scores: NDArray[np.bool_], chance: np.random.RandomState
) -> None:
    rows, columns = list(range(scores.shape[0])), list(range(scores.shape[1]))
    chance.shuffle(rows)
    chance.shuffle(columns)
    found, turned = grand_mean(scores), grand_mean(scores[rows][:, columns])
    assert turned.point == pytest.approx(found.point)
    assert (found.low is None) == (turned.low is None)
    if found.low is not None and found.high is not None:
        assert 0 <= found.low <= found.point <= found.high <= 1
        assert (turned.low, turned.high) == pytest.approx((found.low, found.high))


@pytest.mark.parametrize("scores", [[[1, 0, 1]], [[1], [0]], [[1, 1], [1, 1]], [[0, 0], [0, 0]]])
def test_what_cannot_have_an_interval_has_none(scores: list[list[int]]) -> None:
    found = grand_mean(np.array(scores))
    assert (found.low, found.high) == (None, None)
    assert found.point == pytest.approx(np.mean(scores))


@pytest.mark.parametrize("scores", [[[1.0, np.nan]], [[2.0, 0.0]], [1.0, 0.0], []])
def test_what_is_no_table_of_scores_is_refused(scores: list[object]) -> None:
    with pytest.raises(InvalidInput):
        grand_mean(np.array(scores))


def test_a_confidence_out_of_range_is_refused() -> None:
    with pytest.raises(InvalidInput, match="confidence"):
        grand_mean(np.eye(3), confidence=1.0)
