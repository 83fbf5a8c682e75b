"""Running accuracy: a peak on the way, and whether a random order would climb as high."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from nophantom.errors import InvalidInput
from nophantom.stats.estimates import Estimate
from nophantom.stats.proportions import wilson
from nophantom.stats.running_accuracy import (
    Reproduction,
    every,
    exchangeability,
    exchangeability_from_counts,
    reproduced,
    running_accuracy,
)


def test_the_published_case_comes_out() -> None:
    """158/200 then 379/500, and 119/150 then 365/500, ten checkpoints of 50."""
    first = exchangeability_from_counts(158, 200, 379, 500, every(50, 500))
    second = exchangeability_from_counts(119, 150, 365, 500, every(50, 500))

    assert (first.peak, first.final) == (0.79, 0.758)
    assert first.p_plain == pytest.approx(0.42, abs=0.005)
    assert first.p_studentised == pytest.approx(0.33, abs=0.005)
    assert first.p_single == pytest.approx(0.10, abs=0.005)
    assert second.p_plain == pytest.approx(0.18, abs=0.005)
    assert second.p_studentised == pytest.approx(0.10, abs=0.005)
    assert second.p_single == pytest.approx(0.023, abs=0.0005)


def test_the_single_look_is_the_hypergeometric_tail() -> None:
    test = exchangeability_from_counts(158, 200, 379, 500, [200])

    tail = scipy_stats.hypergeom.sf(157, 500, 379, 200)
    assert test.p_single == pytest.approx(tail, rel=1e-9)
    assert test.p_studentised == pytest.approx(tail, rel=1e-9)  # one look before the end: the same question
    assert test.p_plain == pytest.approx(tail, rel=1e-9)


def _maxima(outcomes: np.ndarray[Any, Any], stops: list[int]) -> tuple[float, float]:
    """Plain and studentised maximum, from their definitions."""
    n, share = len(outcomes), outcomes.mean()
    running = [outcomes[:stop].mean() for stop in stops]
    spread = [np.sqrt(share * (1 - share) / t * (n - t) / (n - 1)) for t in stops if t < n]
    standing = [(r - share) / s if s else 0.0 for r, s in zip(running, spread, strict=False)]
    return max(running), max(standing)


@settings(max_examples=30)
@given(st.lists(st.integers(0, 1), min_size=2, max_size=6), st.data())
def test_every_order_counted_one_by_one_gives_the_same_p_values(rights: list[int], data: Any) -> None:
    outcomes = np.array(rights)
    n = len(outcomes)
    looks = sorted(data.draw(st.sets(st.integers(1, n - 1), min_size=1)))
    stops = [*looks, n]
    orders = [np.array(order) for order in permutations(rights)]
    plain, standing = _maxima(outcomes, stops)

    ours = exchangeability(outcomes, looks, look=looks[0])

    drawn = np.array([_maxima(order, stops) for order in orders])
    assert ours.p_plain == pytest.approx((drawn[:, 0] >= plain - 1e-12).mean(), abs=1e-9)
    assert ours.p_studentised == pytest.approx((drawn[:, 1] >= standing - 1e-9).mean(), abs=1e-9)
    at_look = np.array([order[: looks[0]].sum() for order in orders])
    assert ours.p_single == pytest.approx((at_look >= outcomes[: looks[0]].sum()).mean(), abs=1e-9)


def test_a_long_evaluation_agrees_with_shuffling_it() -> None:
    rng = np.random.default_rng(12)
    outcomes = (rng.random(400) < 0.7).astype(int)
    looks, draws = every(40, 400), 4_000
    plain, standing = _maxima(outcomes, list(looks))

    ours = exchangeability(outcomes, looks)

    shuffled = rng.permuted(np.broadcast_to(outcomes, (draws, 400)), axis=1)
    running = np.cumsum(shuffled, axis=1)[:, np.array(looks) - 1] / looks
    before, share = np.array(looks[:-1]), outcomes.mean()
    z = (running[:, :-1] - share) / np.sqrt(share * (1 - share) / before * (400 - before) / 399)
    for p_value, seen in (
        (ours.p_plain, running.max(axis=1) >= plain - 1e-12),
        (ours.p_studentised, z.max(axis=1) >= standing - 1e-9),
    ):
        assert p_value == pytest.approx(seen.mean(), abs=4 * 0.5 / draws**0.5)


@pytest.mark.parametrize("kind", ["p_plain", "p_studentised"])
def test_a_random_order_is_called_ordered_no_more_often_than_it_says(kind: str) -> None:
    rng = np.random.default_rng(13)
    found = [
        getattr(exchangeability(rng.permutation(np.repeat([1, 0], [90, 30])), every(12, 120)), kind) < 0.1
        for _ in range(250)
    ]

    assert np.mean(found) <= 0.1 + 3 * (0.1 * 0.9 / 250) ** 0.5


def test_a_front_loaded_order_is_found() -> None:
    test = exchangeability(np.repeat([1, 0, 1, 0], [80, 10, 40, 70]), every(10, 200))

    assert test.p_plain == pytest.approx(
        scipy_stats.hypergeom.pmf(10, 200, 120, 10), rel=0.05
    )  # ten of ten first
    assert 0 < test.p_studentised < 1e-15
    assert (test.peak_look, test.peak) == (10, 1.0)
    assert test.drop == pytest.approx(0.4)


def test_all_right_or_all_wrong_has_one_order_only() -> None:
    for outcome in (0, 1):
        test = exchangeability(np.full(20, outcome), [5, 10])
        assert (test.p_plain, test.p_studentised, test.p_single) == pytest.approx((1, 1, 1))
        assert test.drop == 0


def test_a_later_summit_makes_the_summary_cautious() -> None:
    """From the outcomes the studentised maximum may lie elsewhere, and is then the smaller p."""
    outcomes = np.repeat([1, 0, 1, 0, 1], [4, 1, 30, 25, 10])
    full = exchangeability(outcomes, every(5, 70))
    counts = exchangeability_from_counts(
        round(full.peak * full.peak_look), full.peak_look, int(outcomes.sum()), 70, every(5, 70)
    )

    assert full.p_plain == pytest.approx(counts.p_plain)
    assert full.p_studentised <= counts.p_studentised + 1e-12


def test_the_running_accuracy_ends_at_the_accuracy() -> None:
    path = running_accuracy(np.array([0.5, 1, 0, 0]))

    assert path.tolist() == pytest.approx([0.5, 0.75, 0.5, 0.375])


def test_looks_end_with_the_last_problem_once() -> None:
    assert every(50, 500)[-2:] == (450, 500)
    assert every(7, 5) == (5,)
    with pytest.raises(InvalidInput, match="at least 1 problem apart"):
        every(0, 10)


@pytest.mark.parametrize(
    ("looks", "sentence"),
    [
        ([], "rise"),
        ([5, 5], "rise"),
        ([0, 3], "rise"),
        ([11], "rise"),
        ([10], "before the end"),
        ([2.5], "whole"),
    ],
)
def test_looks_that_cannot_be_are_refused(looks: Any, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        exchangeability(np.ones(10), looks)


def test_outcomes_and_counts_that_cannot_be_are_refused() -> None:
    with pytest.raises(InvalidInput, match="one of those before the end"):
        exchangeability(np.ones(10), [5], look=10)
    with pytest.raises(InvalidInput, match=r"right \(1\) or wrong \(0\)"):
        exchangeability(np.full(10, 0.5), [5])
    with pytest.raises(InvalidInput, match="still is at the end"):
        exchangeability_from_counts(60, 100, 50, 200, [100])
    with pytest.raises(InvalidInput, match="still is at the end"):
        exchangeability_from_counts(10, 100, 190, 200, [100])
    with pytest.raises(InvalidInput, match="one number for each problem"):
        running_accuracy(np.array([]))
    with pytest.raises(InvalidInput, match=r"lie in \[0, 1\]"):
        running_accuracy(np.array([0.5, np.nan]))


# -- reproduced -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("right", "n", "answer"),
    [
        (379, 500, Reproduction.UNDECIDED),
        (365, 500, Reproduction.NOT_REPRODUCED),
        (4100, 5000, Reproduction.REPRODUCED),
    ],
)
def test_a_claim_of_79_percent_is_reproduced_or_not_by_the_bounds_of_the_rerun(
    right: int, n: int, answer: Reproduction
) -> None:
    assert reproduced(0.79, wilson(right, n), delta=0.01) is answer


def test_the_border_itself_counts_as_reproduced() -> None:
    rerun = Estimate(0.8, 0.75, 0.85, 0.95, 100, "by hand")

    assert reproduced(0.76, rerun, delta=0.01) is Reproduction.REPRODUCED
    assert reproduced(0.86, rerun, delta=0.01) is Reproduction.UNDECIDED
    assert (
        reproduced(0.8, Estimate(0.8, None, None, 0.95, 1, "by hand"), delta=0.01) is Reproduction.UNDECIDED
    )


@pytest.mark.parametrize(("claimed", "delta"), [(79, 0.01), (-0.1, 0.01), (0.79, 0), (0.79, float("inf"))])
def test_claims_that_cannot_be_are_refused(claimed: float, delta: float) -> None:
    with pytest.raises(InvalidInput, match="got"):
        reproduced(claimed, wilson(379, 500), delta=delta)
