"""Several samples of one run: pass@k and maj@k of a hand-worked table, and what cannot be asked."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from nophantom.errors import InvalidInput
from nophantom.llm.questions.repeats import value_of_samples
from nophantom.stats.votes import NO_ANSWER, Tie, VoteKind, VoteRule

RIGHT = np.array([[1, 1, 0], [0, 0, 0], [1, 0, 0], [1, 1, 1]], dtype=np.float64)
ANSWERS = np.array([[7, 7, 2], [3, 3, 4], [5, 1, 1], [9, 9, 9]], dtype=np.int32)


def test_what_samples_are_worth_is_counted_over_all_subsets() -> None:
    """Three samples of four problems: the subsets are listed by hand in this test."""
    found = value_of_samples("run", RIGHT, ANSWERS)

    assert (found.n, found.samples, found.left_out) == (4, 3, 0)
    assert found.single.point == pytest.approx(6 / 12)
    assert found.wavering == 0.5
    for row in found.rows:
        subsets = list(combinations(range(3), row.k))
        some = [[any(RIGHT[p, list(s)]) for s in subsets] for p in range(4)]
        assert row.any_right.point == pytest.approx(np.mean(some))
    all_three = found.rows[-1].vote
    assert all_three is not None
    assert all_three.point == 0.5  # 7 beats 2 and is right, 9 is right; 3 and 1 win and are wrong


def test_the_rule_of_the_vote_is_the_one_asked_for_and_printed() -> None:
    strict = VoteRule(VoteKind.MAJORITY, Tie.NO_ANSWER, 3)
    found = value_of_samples("run", RIGHT, ANSWERS, rule=strict)

    assert found.rule == str(strict)
    assert found.rows[-1].vote is not None
    assert found.rows[-1].vote.point == 0.25  # only one problem has three equal right answers


def test_problems_with_fewer_scored_samples_are_left_out_and_counted() -> None:
    right = RIGHT.copy()
    right[1, 2] = np.nan
    found = value_of_samples("run", right, ANSWERS)

    assert (found.n, found.left_out) == (3, 1)


def test_without_answers_there_is_no_vote_and_still_a_chance_that_one_is_right() -> None:
    found = value_of_samples("run", RIGHT, np.full(RIGHT.shape, NO_ANSWER, dtype=np.int32))

    assert all(row.vote is None for row in found.rows)
    assert found.rows[-1].any_right.point == 0.75


@pytest.mark.parametrize("right", [RIGHT[:, :1], np.full((2, 2), np.nan), np.full((2, 2), 0.5)])
def test_what_has_no_several_right_or_wrong_samples_is_refused(right: np.ndarray) -> None:
    answers = np.zeros(right.shape, dtype=np.int32)
    with pytest.raises(InvalidInput, match="samples"):
        value_of_samples("run", right, answers)
