"""Comparing two checkpoints: hand-worked cases, missing outcomes, and worlds with a planted truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nophantom.errors import InvalidInput
from nophantom.llm.cube import OutcomeCube
from nophantom.llm.questions.comparisons import compare_checkpoints
from nophantom.llm.verdicts import Claim, Question
from nophantom.llm.worlds import DEMO
from nophantom.publishing.demo import measure

NAN = float("nan")


def cube_of(first: list[float], second: list[float]) -> OutcomeCube:
    """NaN is a failed outcome: asked, not scored."""
    score = np.array([[first], [second]])
    asked = np.ones(score.shape, dtype=np.int64)
    keys = tuple(f"p{i}" for i in range(len(first)))
    return OutcomeCube(("a", "b"), (None,), keys, score, asked * ~np.isnan(score), asked)


def test_gained_and_lost_problems_are_named_in_the_order_of_the_cube() -> None:
    found = compare_checkpoints(cube_of([1, 1, 0, 0, 1], [1, 0, 1, 0, 0]), Claim())

    assert (found.first_right, found.second_right, found.n) == (3, 2, 5)
    assert (found.gained, found.lost) == (("p1", "p4"), ("p2",))
    assert found.finding.question is Question.CHECKPOINTS
    assert found.finding.estimate.point == pytest.approx(0.2)
    assert found.missing is None


def test_an_error_is_not_a_wrong_answer_and_is_bounded() -> None:
    """Common: p0 (1, 1) and p1 (0, 1). p2 fails for the first, p3 for the second.

    Worst for the first: (1-1) + (0-1) + (0-1) + (1-1) = -2 of 4; best: 0 - 1 + (1-1) + (1-0) = 0 of 4.
    """
    found = compare_checkpoints(cube_of([1, 0, NAN, 1], [1, 1, 1, NAN]), Claim())

    assert found.n == 2
    assert found.finding.estimate.point == pytest.approx(-0.5)
    assert found.missing is not None
    assert (found.missing.first_lacks, found.missing.second_lacks, found.missing.n) == (1, 1, 4)
    assert (found.missing.low, found.missing.high) == pytest.approx((-0.5, 0.0))


@given(
    st.lists(
        st.tuples(st.sampled_from([0.0, 1.0, NAN]), st.sampled_from([0.0, 1.0, NAN])), min_size=1, max_size=40
    )
)
def test_whatever_was_missing_the_truth_lies_within_the_bounds(pairs: list[tuple[float, float]]) -> None:
    """Fill the gaps in any way: the difference over all problems stays inside."""
    first, second = [p[0] for p in pairs], [p[1] for p in pairs]
    common = [(a, b) for a, b in pairs if a == a and b == b]
    if not common:
        with pytest.raises(InvalidInput, match="no problem in common"):
            compare_checkpoints(cube_of(first, second), Claim())
        return
    missing = compare_checkpoints(cube_of(first, second), Claim()).missing
    if missing is None:
        assert all((a == a) == (b == b) for a, b in pairs)
        return
    either = [(a, b) for a, b in pairs if a == a or b == b]
    rng = np.random.default_rng(0)
    for _ in range(5):
        filled = [(a if a == a else rng.integers(2), b if b == b else rng.integers(2)) for a, b in either]
        difference = float(np.mean([a - b for a, b in filled]))
        assert missing.low - 1e-12 <= difference <= missing.high + 1e-12
        assert missing.n == len(either)


def test_partial_credit_is_compared_by_means_and_an_undecided_one_says_what_would_decide() -> None:
    rng = np.random.default_rng(4)
    first, second = rng.choice([0, 0.25, 0.5, 1], size=(2, 60))

    found = compare_checkpoints(cube_of(first.tolist(), second.tolist()), Claim())

    assert found.counts is None
    assert found.p_mid is None
    assert found.finding.p_value is not None
    assert found.ruling.verdict == "undecided"
    assert found.needed is not None
    assert 60 < found.needed.low < found.needed.high


def test_one_problem_decides_nothing() -> None:
    found = compare_checkpoints(cube_of([1], [0]), Claim())

    assert found.ruling.verdict == "undecided"
    assert found.finding.p_value == 1.0


def test_runs_without_a_common_problem_and_cubes_of_another_shape_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"no problem in common .* \(1 and 1 problems\)"):
        compare_checkpoints(cube_of([1, NAN], [NAN, 1]), Claim())
    one = np.ones((1, 1, 1))
    with pytest.raises(InvalidInput, match="two runs at one checkpoint"):
        compare_checkpoints(
            OutcomeCube(("a",), (None,), ("p",), one, one.astype(int), one.astype(int)), Claim()
        )


def test_in_worlds_with_a_planted_truth_the_verdicts_err_no_more_than_they_say() -> None:
    """600 worlds: false `real` and false `phantom` at most 2.5% on their side (+ 3 standard errors)."""
    gain, nothing, sliver = measure(DEMO, np.random.default_rng(2026), worlds=600)
    slack = 600 * 0.025 + 3 * (600 * 0.025 * 0.975) ** 0.5

    assert gain.real >= 0.95 * 600
    assert gain.phantom == 0
    assert nothing.real <= slack
    assert nothing.phantom >= 0.9 * 600
    assert sliver.phantom <= slack  # planted at exactly delta: phantom would be wrong
    for rates in (gain, nothing, sliver):
        assert rates.real + rates.phantom + rates.undecided == 600
        assert rates.covered >= 0.93 * 600
