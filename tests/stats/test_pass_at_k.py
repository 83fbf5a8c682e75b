"""Several attempts at each problem: exact over all subsets, with problems as the units."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from nophantom.errors import InvalidInput
from nophantom.stats.pass_at_k import (
    maj_at_k,
    maj_at_k_chances,
    mean_over_problems,
    pass_at_k,
    pass_at_k_chances,
)
from nophantom.stats.proportions import clopper_pearson, wilson
from nophantom.stats.votes import Tie, VoteKind, VoteRule

BETTER = VoteRule(ties=Tie.BETTER_MEMBER)
# One problem's attempts: a code from -1 to 4 each; codes 0 and 1 are right.
attempts = st.lists(st.integers(-1, 4), min_size=1, max_size=6)


def _wins(sample: tuple[int, ...], rule: VoteRule) -> float:
    """The chance that this sample's vote is right, by counting; ties by lot for the better member."""
    counts = Counter(code for code in sample if code >= 0)
    most = max(counts.values(), default=0)
    needed = max(rule.min_support, len(sample) // 2 + 1 if rule.kind is VoteKind.MAJORITY else 1)
    leaders = [code for code in counts if counts[code] == most]
    if most < needed or (len(leaders) > 1 and rule.ties is Tie.NO_ANSWER):
        return 0.0
    return sum(code in (0, 1) for code in leaders) / len(leaders)


@given(st.integers(1, 7), st.data())
def test_pass_at_k_is_the_share_of_subsets_that_hold_a_right_attempt(n: int, data: Any) -> None:
    c, k = data.draw(st.integers(0, n)), data.draw(st.integers(1, n))
    subsets = list(combinations([1] * c + [0] * (n - c), k))

    assert pass_at_k_chances(n, [c], k)[0] == pytest.approx(np.mean([max(s) for s in subsets]))


def test_pass_at_k_by_hand() -> None:
    """3 of 10 right, 2 tries: 1 - (7 * 6) / (10 * 9)."""
    assert pass_at_k_chances([10], [3], 2)[0] == pytest.approx(1 - 42 / 90)
    assert pass_at_k_chances(1000, [1], 500)[0] == pytest.approx(0.5)


def test_one_attempt_is_the_share_of_right_attempts() -> None:
    seen = pass_at_k([4, 2], [1, 2], 1)

    assert seen.point == pytest.approx((1 / 4 + 1) / 2)
    assert seen.n == 2


def test_a_single_attempt_at_each_problem_is_a_proportion_with_nearly_wilsons_interval() -> None:
    """Only the quantile differs: Student's for the normal one."""
    seen, share = pass_at_k(1, [1] * 300 + [0] * 100, 1), wilson(300, 400)

    assert (seen.low, seen.high) == pytest.approx((share.low, share.high), abs=5e-4)


@given(attempts, st.sampled_from(VoteKind), st.sampled_from(Tie), st.integers(1, 3), st.data())
def test_maj_at_k_is_the_mean_over_all_subsets(
    codes: list[int], kind: VoteKind, ties: Tie, support: int, data: Any
) -> None:
    k = data.draw(st.integers(1, len(codes)))
    rule = VoteRule(kind, ties, support)
    answers = np.array([codes])

    ours = maj_at_k_chances(answers, np.isin(answers, (0, 1)), k, rule)

    assert ours[0] == pytest.approx(np.mean([_wins(s, rule) for s in combinations(codes, k)]), abs=1e-12)


def test_a_tie_goes_to_whoever_came_first_which_is_a_lot() -> None:
    """The mean over all orders of the attempts, each tie decided by the earliest."""
    codes = [0, 0, 2, 2, 3]
    firsts = []
    for order in permutations(codes, 4):
        counts = Counter(order)
        most = max(counts.values())
        firsts.append(next(code for code in order if counts[code] == most) == 0)

    answers = np.array([codes])
    assert maj_at_k_chances(answers, answers == 0, 4, BETTER)[0] == pytest.approx(np.mean(firsts))


def test_many_attempts_agree_with_drawing_subsets() -> None:
    rng = np.random.default_rng(8)
    answers = rng.choice([0, 1, 2, 3, 4, -1], p=[0.3, 0.25, 0.2, 0.1, 0.1, 0.05], size=(1, 60))
    right = answers == 0
    draws = 4_000
    won = []
    for _ in range(draws):
        sample = rng.permutation(answers[0])[:15]
        won.append(_wins(tuple(np.where(sample == 1, 7, sample).tolist()), BETTER))

    error = float(np.std(won)) / draws**0.5
    assert maj_at_k_chances(answers, right, 15, BETTER)[0] == pytest.approx(np.mean(won), abs=4 * error)


def test_all_attempts_together_are_one_vote() -> None:
    answers = np.array([[0, 0, 2], [2, 2, 0], [-1, -1, -1], [0, 2, 3]])

    assert maj_at_k_chances(answers, answers == 0, 3).tolist() == [1, 0, 0, 0]
    assert maj_at_k_chances(answers, answers == 0, 3, BETTER).tolist() == pytest.approx([1, 0, 0, 1 / 3])
    assert maj_at_k(answers, answers == 0, 3, BETTER).point == pytest.approx(1 / 3)


# -- the mean over problems -----------------------------------------------------------------------


def test_right_and_wrong_alone_give_wilsons_interval_with_students_quantile() -> None:
    seen = mean_over_problems(np.array([1.0] * 379 + [0.0] * 121))
    reference = wilson(379, 500)

    assert (seen.low, seen.high) == pytest.approx((reference.low, reference.high), abs=5e-4)


def test_equal_values_leave_open_what_was_not_drawn() -> None:
    seen = mean_over_problems(np.full(20, 0.5))
    unseen = clopper_pearson(0, 20).high
    assert unseen is not None

    assert (seen.low, seen.high) == pytest.approx((0.5 * (1 - unseen), 0.5 + 0.5 * unseen))
    assert mean_over_problems(np.ones(20)).low == pytest.approx(1 - unseen)
    assert mean_over_problems(np.zeros(20)).high == pytest.approx(unseen)


def test_one_problem_is_no_interval() -> None:
    assert mean_over_problems(np.array([0.5])).low is None


@pytest.mark.parametrize(("shape", "n"), [((8, 2), 60), ((0.5, 0.5), 60), ((20, 1), 200), ((1, 1), 12)])
def test_the_interval_of_a_mean_covers_as_often_as_it_says(shape: tuple[float, float], n: int) -> None:
    """True chances per problem from a Beta, 4 attempts each: pass@1 against its known mean."""
    rng = np.random.default_rng(10)
    truth, sets = shape[0] / sum(shape), 400
    right = rng.binomial(4, rng.beta(*shape, size=(sets, n)))
    covered = []
    for row in right:
        seen = pass_at_k(4, row, 1)
        assert seen.low is not None
        assert seen.high is not None
        covered.append(seen.low <= truth <= seen.high)

    assert np.mean(covered) >= 0.93 - 3 * (0.95 * 0.05 / sets) ** 0.5


@given(st.lists(st.floats(0, 1), min_size=2, max_size=30), st.floats(0.05, 0.99))
def test_the_interval_holds_its_point_and_stays_inside(values: list[float], confidence: float) -> None:
    seen = mean_over_problems(np.array(values), confidence=confidence)
    assert seen.low is not None
    assert seen.high is not None

    assert -1e-12 <= seen.low <= seen.point + 1e-12
    assert seen.point - 1e-12 <= seen.high <= 1 + 1e-12
    assert seen.low < seen.high


@pytest.mark.parametrize(
    ("n", "c", "k", "sentence"),
    [
        (4, [5], 2, "right attempts lie between"),
        (4, [-1], 2, "right attempts lie between"),
        ([4, 1], [0, 1], 2, "at least k"),
        (4, [1], 0, "at least k"),
        (4, [], 1, "whole numbers"),
        (4, [0.5], 1, "whole numbers"),
        ([4, 4], [1], 1, "got shapes"),
    ],
)
def test_counts_that_cannot_be_are_refused(n: Any, c: Any, k: int, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        pass_at_k(n, c, k)


def test_tables_that_cannot_be_are_refused() -> None:
    one = np.array([[0, 0, 1]])
    with pytest.raises(InvalidInput, match="either right or wrong; got code 0"):
        maj_at_k_chances(one, np.array([[1, 0, 0]]), 2)
    with pytest.raises(InvalidInput, match="k lies between 1"):
        maj_at_k_chances(one, one == 0, 4)
    with pytest.raises(InvalidInput, match="two tables"):
        maj_at_k_chances(one, np.ones((1, 2)), 1)
    with pytest.raises(InvalidInput, match="whole number from 0"):
        maj_at_k_chances(one * 0.5, one == 0, 1)
    with pytest.raises(InvalidInput, match="one number for each problem"):
        mean_over_problems(np.array([]))
    with pytest.raises(InvalidInput, match=r"lie in \[0, 1\]"):
        mean_over_problems(np.array([0.5, np.nan]))
    with pytest.raises(InvalidInput, match="confidence"):
        mean_over_problems(np.array([0.5, 1]), confidence=95)


def test_with_many_problems_the_interval_is_students() -> None:
    """All good intervals of a mean meet at large n; this one was built on another road."""
    values = np.random.default_rng(11).beta(6, 3, 4_000)
    seen = mean_over_problems(values)
    theirs = scipy_stats.ttest_1samp(values, 0).confidence_interval()

    assert (seen.low, seen.high) == pytest.approx((theirs.low, theirs.high), abs=5e-5)
