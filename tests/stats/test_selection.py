"""Choosing a seed: the order, the curse of the winner, and what the choice is worth elsewhere."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy import stats as scipy_stats

from nophantom.errors import InvalidInput
from nophantom.stats.estimates import Estimate
from nophantom.stats.proportions import wilson
from nophantom.stats.selection import (
    agreement,
    honest_estimate,
    nested_selection,
    rank_seeds,
    winners_curse,
)

RNG = np.random.default_rng


def _ends(estimate: Estimate | None) -> tuple[float, float]:
    assert estimate is not None
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low, estimate.high


# -- the order --------------------------------------------------------------------------------


def test_ties_go_to_the_lower_row_and_are_marked() -> None:
    scores = np.array([[1, 0, 0, 0], [1, 1, 1, 0], [0, 0, 1, 0], [0, 1, 1, 1]])

    order = rank_seeds(scores)

    assert [one.seed for one in order] == [1, 3, 0, 2]
    assert [one.tied for one in order] == [True] * 4
    assert [one.accuracy for one in order] == [0.75, 0.75, 0.25, 0.25]


def test_sums_that_differ_by_rounding_alone_are_tied() -> None:
    scores = np.array([[0.1, 0.2, 0.3], [0.3, 0.2, 0.1], [0.0, 0.0, 0.0]])

    assert [(one.seed, one.tied) for one in rank_seeds(scores)] == [(0, True), (1, True), (2, False)]


@given(st.integers(2, 8).flatmap(lambda s: arrays(np.bool_, (s, 6))))
def test_the_order_is_one_of_all_seeds_from_best_to_worst(scores: NDArray[np.bool_]) -> None:
    order = rank_seeds(scores)

    assert sorted(one.seed for one in order) == list(range(len(scores)))
    accuracies = [one.accuracy for one in order]
    assert accuracies == sorted(accuracies, reverse=True)
    for one in order:
        assert one.tied == (accuracies.count(one.accuracy) > 1)


# -- the curse of the winner ------------------------------------------------------------------


@pytest.mark.parametrize("own", [0.0, 0.02, 0.05])
def test_the_curse_is_what_the_best_loses_elsewhere(own: float) -> None:
    """Ten seeds, 400 problems: noise of 2.3 points; Monte-Carlo error 0.13 points, 1.3% of coverage."""
    rng, errors, covered = RNG(1), [], []
    for _ in range(300):
        levels = 0.7 + rng.normal(0, own, (10, 1))
        scores = rng.random((10, 400)) < levels
        accuracies = scores.mean(axis=1)
        best = int(accuracies.argmax())
        truth = float(accuracies[best] - accuracies.mean() - (levels[best, 0] - levels.mean()))
        found = winners_curse(scores, rng=rng, draws=1_000)
        low, high = _ends(found)
        errors.append((found.point if found else 0) - truth)
        covered.append(low <= truth <= high)

    assert abs(np.mean(errors)) < (0.007 if own == 0 else 0.004)
    assert np.mean(covered) >= 0.92


def test_the_curse_of_the_perfectly_reliable_is_none_and_of_equal_seeds_the_whole_lead() -> None:
    apart = winners_curse(np.tile([[0.2], [0.5], [0.6]], (1, 7)), rng=RNG(1))
    # Three seeds, each right on its own third and on one problem more or less: less spread than noise.
    alike = np.kron(np.eye(3), np.ones((1, 4)))
    alike[0, 11] = 1
    found = winners_curse(alike, rng=RNG(1))

    assert apart is not None
    assert (apart.point, apart.high) == pytest.approx((0, 0), abs=1e-12)
    assert found is not None
    assert found.point == pytest.approx(5 / 12 - 13 / 36)


def test_one_seed_has_no_curse() -> None:
    assert winners_curse(np.ones((1, 5)), rng=RNG(1)) is None
    assert nested_selection(np.ones((1, 5)), rng=RNG(1)) is None


# -- the honest estimate ----------------------------------------------------------------------


def test_the_estimate_before_the_test_is_shrunk_towards_the_mean_and_after_it_is_the_test() -> None:
    rng = RNG(2)
    scores = rng.random((8, 300)) < 0.6 + rng.normal(0, 0.03, (8, 1))
    accuracies = scores.mean(axis=1)
    for chosen in (int(accuracies.argmax()), int(accuracies.argmin())):
        before = honest_estimate(scores, chosen, rng=RNG(1))
        assert before is not None
        assert abs(before.point - scores.mean()) < abs(accuracies[chosen] - scores.mean())
        assert (before.point - scores.mean()) * (accuracies[chosen] - scores.mean()) >= 0

    test = rng.random(500) < 0.6
    assert honest_estimate(scores, 0, rng=RNG(1), test=test) == wilson(int(test.sum()), 500)


def test_partial_credit_on_the_test_has_the_t_interval() -> None:
    test = RNG(3).random(40)
    theirs = scipy_stats.ttest_1samp(test, 0).confidence_interval(0.95)

    found = honest_estimate(np.eye(3), 0, rng=RNG(1), test=test)

    assert _ends(found) == pytest.approx((theirs.low, theirs.high))


def test_a_seed_that_is_not_there_is_refused() -> None:
    with pytest.raises(InvalidInput, match="seeds 0 to 2; got 3"):
        honest_estimate(np.eye(3), 3, rng=RNG(1))
    with pytest.raises(InvalidInput, match="chosen seed alone; got 3 seeds"):
        honest_estimate(np.eye(3), 1, rng=RNG(1), test=np.eye(3))


# -- agreement --------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=4, max_size=25))
def test_agreement_is_scipys_spearman_within_its_interval(pairs: list[tuple[int, int]]) -> None:
    first, second = np.array(pairs).T / 10
    found = agreement(first, second)

    if np.ptp(first) == 0 or np.ptp(second) == 0:
        assert found is None
        return
    low, high = _ends(found)
    assert found is not None
    assert found.point == pytest.approx(scipy_stats.spearmanr(first, second).statistic, abs=1e-12)
    assert -1 <= low <= found.point <= high <= 1
    assert low < high


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9])
def test_the_interval_of_agreement_holds_the_truth(correlation: float) -> None:
    """Normal pairs: Spearman's is 6 / pi asin(r / 2). Twenty seeds, Monte-Carlo error 1%."""
    rng, truth = RNG(4), 6 / np.pi * np.arcsin(correlation / 2)
    covered = []
    for _ in range(500):
        first, noise = rng.normal(size=(2, 20))
        low, high = _ends(agreement(first, correlation * first + np.sqrt(1 - correlation**2) * noise))
        covered.append(low <= truth <= high)

    assert np.mean(covered) >= 0.92


def test_perfect_agreement_of_few_seeds_is_no_certainty() -> None:
    low, high = _ends(agreement(np.arange(5.0), np.arange(5.0)))

    assert high == pytest.approx(1)
    assert low < 0.5
    three = agreement(np.arange(3.0), np.arange(3.0))
    assert three is not None
    assert three.point == pytest.approx(1)
    assert three.low is None


def test_accuracies_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"got shapes \(3,\) and \(2,\)"):
        agreement(np.ones(3), np.ones(2))
    with pytest.raises(InvalidInput, match="Leave that seed out"):
        agreement(np.array([0.1, np.nan]), np.ones(2))


# -- choosing on one half, judging on the other -----------------------------------------------


def test_splits_give_the_mean_over_all_ways_to_halve_the_problems() -> None:
    """Eight problems: 70 halves, enumerated with plain loops."""
    scores = RNG(5).random((3, 8)).round(2)
    gains = []
    for half in combinations(range(8), 4):
        inside, outside = scores[:, half].mean(axis=1), np.delete(scores, half, axis=1).mean(axis=1)
        gains.append(outside[inside.argmax()] - outside.mean())

    found = nested_selection(scores, rng=RNG(6), splits=20_000)

    assert found is not None
    assert found.point == pytest.approx(np.mean(gains), abs=5 * np.std(gains) / np.sqrt(20_000))


@pytest.mark.parametrize(("own", "k"), [(0.0, 1), (0.03, 1), (0.03, 3)])
def test_the_interval_of_a_nested_choice_holds_the_gain_on_new_problems(own: float, k: int) -> None:
    rng = RNG(7)
    levels = 0.6 + rng.normal(0, own, (8, 1))
    drawn = [rng.random((8, 200)) < levels for _ in range(300)]
    halves = np.array([(one[:, :100].mean(axis=1), one[:, 100:].mean(axis=1)) for one in drawn])
    chosen = np.argsort(-halves[:, 0], axis=1, kind="stable")[:, :k]
    truth = (np.take_along_axis(halves[:, 1], chosen, axis=1).mean(axis=1) - halves[:, 1].mean(axis=1)).mean()
    ends = [_ends(nested_selection(one, rng=rng, k=k, splits=40)) for one in drawn[:150]]

    assert np.mean([low <= truth <= high for low, high in ends]) >= 0.9


def test_choosing_all_seeds_gains_nothing() -> None:
    found = nested_selection(RNG(8).random((3, 20)), rng=RNG(1), k=3)

    assert found is not None
    assert (round(found.point, 12), found.low) == (0, None)


@pytest.mark.parametrize(("k", "splits"), [(0, 200), (4, 200), (1, 3)])
def test_choices_that_cannot_be_made_are_refused(k: int, splits: int) -> None:
    with pytest.raises(InvalidInput):
        nested_selection(np.eye(3), rng=RNG(1), k=k, splits=splits)
