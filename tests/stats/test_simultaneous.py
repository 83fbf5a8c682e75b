"""Several runs at once: all intervals hold together, and each agrees with its p-value."""

from __future__ import annotations

from math import nan

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from statsmodels.stats.multitest import multipletests

from nophantom.errors import InvalidInput
from nophantom.stats.paired import compare_binary, compare_means, count_pairs
from nophantom.stats.simultaneous import (
    PairTest,
    all_pairs,
    all_pairs_of_counts,
    simultaneous_confidence,
)
from nophantom.stats.unpaired import SummaryCount, compare_counts

Numbers = NDArray[np.float64]


def _ends(test: PairTest) -> tuple[float, float]:
    assert test.estimate.low is not None
    assert test.estimate.high is not None
    return test.estimate.low, test.estimate.high


def _runs(rng: np.random.Generator, accuracies: list[float], problems: int) -> Numbers:
    """Right and wrong of several runs that share the difficulty of the problems."""
    shared = 0.6 * rng.normal(size=problems)
    alone = 0.8 * rng.normal(size=(len(accuracies), problems))
    bars = np.array([_NORMAL_QUANTILE[a] for a in accuracies])[:, None]
    return np.asarray(shared + alone < bars, dtype=np.float64)


_NORMAL_QUANTILE = {0.5: 0.0, 0.7: 0.5244, 0.75: 0.6745, 0.8: 0.8416}


def test_each_of_m_intervals_takes_its_share_of_the_error() -> None:
    assert simultaneous_confidence(0.95, 1) == 0.95
    assert simultaneous_confidence(0.95, 10) == pytest.approx(0.995)


def test_three_published_counts_are_undecided_together() -> None:
    """379, 365 and 384 of 500: each pair at 98.3%, its p three times its own."""
    three = [SummaryCount(379, 500), SummaryCount(365, 500), SummaryCount(384, 500)]

    tests = all_pairs_of_counts(three)

    assert [(t.first, t.second) for t in tests] == [(0, 1), (0, 2), (1, 2)]
    for t in tests:
        alone = compare_counts(three[t.first], three[t.second], confidence=1 - 0.05 / 3)
        low, high = _ends(t)
        assert low < 0 < high
        assert (low, high) == (alone.estimate.low, alone.estimate.high)
        assert t.estimate.confidence == 0.95
        assert alone.p_value is not None
        assert t.p_value == pytest.approx(min(1, 3 * alone.p_value))


@pytest.mark.parametrize("kind", ["right and wrong", "partial credit"])
def test_every_pair_is_the_paired_test_at_the_raised_confidence(kind: str) -> None:
    scores = _runs(np.random.default_rng(1), [0.7, 0.75, 0.8, 0.8], 300)
    if kind == "partial credit":
        scores = (scores + scores[::-1]) / 2 * 0.9

    tests = all_pairs(scores)

    assert len(tests) == 6
    adjusted = multipletests([t.p_alone for t in tests], method="bonferroni")[1]
    assert [t.p_value for t in tests] == pytest.approx(adjusted.tolist())
    for t in tests:
        a, b = scores[t.first], scores[t.second]
        each = 1 - 0.05 / 6
        alone = (
            compare_binary(count_pairs(a, b), confidence=each)
            if kind == "right and wrong"
            else compare_means(a, b, confidence=each)
        )
        assert _ends(t) == pytest.approx((alone.estimate.low, alone.estimate.high), abs=1e-12)
        assert (t.p_alone, t.test) == (alone.p_value, alone.test)


def test_against_one_run_there_are_fewer_pairs_and_shorter_intervals() -> None:
    scores = _runs(np.random.default_rng(1), [0.7, 0.75, 0.8, 0.8], 300)

    few = all_pairs(scores, against=0)
    pair = next(t for t in all_pairs(scores) if (t.first, t.second) == (0, 2))

    assert [(t.first, t.second) for t in few] == [(1, 0), (2, 0), (3, 0)]
    low, high = _ends(few[1])
    assert few[1].estimate.point == -pair.estimate.point
    assert high - low < _ends(pair)[1] - _ends(pair)[0]


def test_two_runs_are_the_usual_comparison() -> None:
    scores = _runs(np.random.default_rng(1), [0.7, 0.8], 100)
    alone = compare_binary(count_pairs(*scores))

    (test,) = all_pairs(scores)

    assert (test.estimate, test.p_value) == (alone.estimate, alone.p_value)


tables = st.integers(2, 5).flatmap(
    lambda k: st.lists(st.lists(st.sampled_from([0, 1]), min_size=k, max_size=k), min_size=1, max_size=40)
)


@given(tables, st.floats(0.5, 0.999))
@example([[1, 0]] * 5, 0.9375)
@example([[1, 0, 0]] * 8, 1 - 3 / 128)
@settings(max_examples=60)
def test_interval_and_adjusted_p_never_disagree(table: list[list[int]], confidence: float) -> None:
    for t in all_pairs(np.array(table).T, confidence=confidence):
        low, high = _ends(t)
        assert t.p_value is not None
        assert t.p_alone is not None
        assert t.p_alone <= t.p_value <= 1
        assert (low > 0 or high < 0) == (t.p_value < 1 - confidence)


def test_one_problem_of_partial_credit_leaves_everything_unknown() -> None:
    (test,) = all_pairs(np.array([[0.5], [0.25]]))

    assert (test.estimate.low, test.p_value, test.p_alone) == (None, None, None)


@pytest.mark.parametrize("accuracies", [[0.75] * 3, [0.7, 0.75, 0.8], [0.5] * 6])
def test_all_intervals_hold_together_as_often_as_they_say(accuracies: list[float]) -> None:
    """Simulated with correlated answers; three standard errors of 500 trials are 0.03."""
    rng, held = np.random.default_rng(5), 0
    for _ in range(500):
        tests = all_pairs(_runs(rng, accuracies, 150))
        truths = [accuracies[t.first] - accuracies[t.second] for t in tests]
        held += all(
            low <= truth <= high for (low, high), truth in zip(map(_ends, tests), truths, strict=True)
        )

    assert held / 500 >= 0.95


def test_all_intervals_from_counts_hold_together_as_often_as_they_say() -> None:
    rng, held = np.random.default_rng(6), 0
    for _ in range(400):
        tests = all_pairs_of_counts([SummaryCount(int(rng.binomial(200, 0.75)), 200) for _ in range(4)])
        held += all(low <= 0 <= high for low, high in map(_ends, tests))

    assert held / 400 >= 0.95 - 0.03


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(InvalidInput, match="at least two runs by problems"):
        all_pairs(np.ones((1, 5)))
    with pytest.raises(InvalidInput, match="at least two runs by problems"):
        all_pairs(np.ones(5))
    with pytest.raises(InvalidInput, match="at least one problem"):
        all_pairs(np.ones((3, 0)))
    with pytest.raises(InvalidInput, match="finite numbers"):
        all_pairs(np.array([[1.0, nan], [1.0, 0.0]]))
    with pytest.raises(InvalidInput, match="at least two counts"):
        all_pairs_of_counts([SummaryCount(1, 2)])
    with pytest.raises(InvalidInput, match="one of the 2 given"):
        all_pairs(np.ones((2, 3)), against=2)
    with pytest.raises(InvalidInput, match="at least one comparison"):
        simultaneous_confidence(0.95, 0)
    with pytest.raises(InvalidInput, match="strictly between 0 and 1"):
        all_pairs(np.ones((2, 3)), confidence=95)
