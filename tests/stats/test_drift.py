"""Does a list change along itself: against all orders, enumerated or drawn."""

from __future__ import annotations

from itertools import permutations
from math import inf, nan, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats as scipy_stats

from nophantom.errors import InvalidInput
from nophantom.stats.drift import order_test

lists = st.lists(st.integers(0, 9), min_size=4, max_size=60).filter(lambda values: len(set(values)) > 1)


@given(lists)
def test_drift_is_the_rank_correlation_of_scipy(values: list[int]) -> None:
    theirs = scipy_stats.spearmanr(values, np.arange(len(values))).statistic

    seen = order_test(np.array(values))

    assert seen is not None
    assert seen.drift == pytest.approx(theirs, abs=1e-12)
    assert seen.n == len(values)


@pytest.mark.parametrize("values", [[0, 1, 2, 3, 4], [0, 0, 1, 2, 2, 5], [1, 1, 1, 7, 7, 8, 9]])
def test_both_p_values_use_the_mean_and_variance_over_all_orders(values: list[int]) -> None:
    """Every order enumerated; blocks on a circle, so that the last has the first as its neighbour."""
    ranks = scipy_stats.rankdata(values) - (len(values) + 1) / 2
    orders = np.array(list(permutations(ranks)))
    place = np.arange(len(values)) - (len(values) - 1) / 2
    drifts, blocks = orders @ place, (orders * np.roll(orders, 1, axis=1)).sum(axis=1)

    seen = order_test(np.array(values))

    assert seen is not None
    for p, own, among in (
        (seen.drift_p, ranks @ place, drifts),
        (seen.blocks_p, ranks @ np.roll(ranks, 1), blocks),
    ):
        z = (own - among.mean()) / among.std()
        assert p == pytest.approx(2 * scipy_stats.norm.sf(abs(z)), abs=1e-9)


def test_a_random_order_is_called_none_as_often_as_said() -> None:
    """2,000 shuffled lists with many ties; three standard errors of a 5% rate are 0.015."""
    rng = np.random.default_rng(1)
    seen = [order_test(rng.integers(1, 8, 200)) for _ in range(2_000)]

    assert np.mean([s.drift_p < 0.05 for s in seen if s]) == pytest.approx(0.05, abs=0.015)
    assert np.mean([s.blocks_p < 0.05 for s in seen if s]) == pytest.approx(0.05, abs=0.015)


def test_a_planted_drift_and_planted_blocks_are_told_apart() -> None:
    rng = np.random.default_rng(2)
    drifting = order_test(rng.normal(size=500) + np.linspace(0, 1, 500))
    blocks = order_test(np.repeat(rng.permutation(50), 10))

    assert drifting is not None
    assert blocks is not None
    assert drifting.drift > 0.2
    assert drifting.drift_p < 1e-6
    assert blocks.blocks > 0.8
    assert blocks.blocks_p < 1e-12 < blocks.drift_p


@given(lists)
def test_turning_the_list_around_turns_the_drift_around_and_leaves_the_blocks(values: list[int]) -> None:
    here, there = order_test(np.array(values)), order_test(np.array(values[::-1]))

    assert here is not None
    assert there is not None
    assert there.drift == pytest.approx(-here.drift, abs=1e-12)
    assert (there.drift_p, there.blocks) == pytest.approx((here.drift_p, here.blocks), abs=1e-12)
    assert 0 <= here.blocks_p <= 1


def test_a_perfect_order_by_hand() -> None:
    seen = order_test(np.arange(26))

    assert seen is not None
    assert seen.drift == pytest.approx(1)
    assert seen.drift_p == pytest.approx(2 * scipy_stats.norm.sf(sqrt(25)))


@pytest.mark.parametrize("values", [[], [1, 2, 3], [5] * 20])
def test_what_says_nothing_about_an_order_has_no_test(values: list[int]) -> None:
    assert order_test(np.array(values)) is None


@pytest.mark.parametrize(
    "values", [np.eye(3), np.array([1.0, nan, 2, 3]), np.array([inf, 1]), np.array(["a"])]
)
def test_lists_without_an_order_are_refused(values: NDArray[Any]) -> None:
    with pytest.raises(InvalidInput, match="one list of finite numbers"):
        order_test(values)
