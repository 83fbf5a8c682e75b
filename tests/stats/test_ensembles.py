"""Votes by stated rules, and how alike the voters are."""

from __future__ import annotations

import json
from collections import Counter
from itertools import combinations, permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa

from nophantom.errors import InvalidInput
from nophantom.llm.problems import NumberGrader
from nophantom.stats.ensembles import (
    agreement,
    right_answers,
    vote,
    vote_accuracy,
    vote_curve,
    vote_right,
)
from nophantom.stats.proportions import wilson
from nophantom.stats.votes import Tie, VoteKind, VoteRule

BETTER = VoteRule(ties=Tie.BETTER_MEMBER)
MAJORITY = VoteRule(kind=VoteKind.MAJORITY)
tables = hnp.arrays(np.int64, st.tuples(st.integers(1, 6), st.integers(1, 8)), elements=st.integers(-1, 3))
rules = st.builds(VoteRule, st.sampled_from(VoteKind), st.sampled_from(Tie), st.integers(1, 4))


def _by_hand(column: list[int], rule: VoteRule) -> int:
    """One problem's vote, told as one would tell it."""
    counts = Counter(code for code in column if code >= 0)
    if not counts:
        return -1
    most = max(counts.values())
    if most < rule.min_support or (rule.kind is VoteKind.MAJORITY and most * 2 <= len(column)):
        return -1
    leaders = [code for code in counts if counts[code] == most]
    if len(leaders) > 1 and rule.ties is Tie.NO_ANSWER:
        return -1
    return next(code for code in column if code in leaders)


@given(tables, rules)
def test_a_vote_is_what_counting_by_hand_gives(answers: NDArray[np.int64], rule: VoteRule) -> None:
    votes = vote(answers, rule)

    assert votes.winners.tolist() == [_by_hand(column, rule) for column in answers.T.tolist()]
    spoken = votes.speaker >= 0
    assert (spoken == (votes.winners >= 0)).all()
    assert (answers[votes.speaker[spoken], np.flatnonzero(spoken)] == votes.winners[spoken]).all()


@given(tables, st.randoms(use_true_random=False))
def test_without_a_preferred_member_their_order_does_not_matter(
    answers: NDArray[np.int64], random: Any
) -> None:
    order = list(range(len(answers)))
    random.shuffle(order)

    assert (vote(answers).winners == vote(answers[order]).winners).all()


@given(tables)
def test_a_majority_is_also_a_plurality(answers: NDArray[np.int64]) -> None:
    strict, loose = vote(answers, MAJORITY).winners, vote(answers).winners

    assert (strict[strict >= 0] == loose[strict >= 0]).all()


def test_all_abstaining_is_no_answer_and_no_support() -> None:
    votes = vote(np.full((3, 2), -1), BETTER)

    assert votes.winners.tolist() == [-1, -1]
    assert votes.support.tolist() == [0, 0]


def test_one_member_votes_for_itself() -> None:
    assert vote(np.array([[4, -1, 0]]), MAJORITY).winners.tolist() == [4, -1, 0]


def test_those_who_abstain_count_against_a_majority() -> None:
    assert vote(np.array([[1], [1], [-1], [-1]]), MAJORITY).winners.tolist() == [-1]
    assert vote(np.array([[1], [1], [-1]]), MAJORITY).winners.tolist() == [1]


def test_the_rule_says_itself_in_words() -> None:
    assert str(VoteRule()) == "plurality, ties to no answer"
    assert str(BETTER) == "plurality, ties to the better member"
    assert str(VoteRule(VoteKind.MAJORITY, min_support=3)) == "majority of all members of at least 3 votes"


def test_a_right_answer_that_nobody_gave_is_not_met_by_abstaining() -> None:
    answers = np.array([[-1, 2], [-1, 2]])

    right = right_answers(answers, np.array([-1, 2]))

    assert right.tolist() == [[False, True], [False, True]]
    assert vote_right(answers, right).tolist() == [False, True]


def test_the_accuracy_names_its_rule_and_has_wilsons_interval() -> None:
    answers = np.array([[0, 1, 2, 3], [0, 1, 2, 0], [1, 1, 0, 2]])
    right = right_answers(answers, np.array([0, 1, 0, 3]))

    seen = vote_accuracy(answers, right, BETTER)

    assert (seen.point, seen.low, seen.high) == (0.75, wilson(3, 4).low, wilson(3, 4).high)
    assert seen.method.startswith("plurality, ties to the better member")


def test_the_curve_ends_at_the_vote_of_all_and_starts_at_the_first_member() -> None:
    rng = np.random.default_rng(1)
    answers = rng.integers(-1, 3, size=(5, 200))
    right = right_answers(answers, np.zeros(200, dtype=np.int64))

    curve = vote_curve(answers, right, BETTER)

    assert len(curve) == 5
    assert curve[0].point == right[0].mean()
    assert curve[-1] == vote_accuracy(answers, right, BETTER)
    assert vote_curve(answers, right, VoteRule(min_support=3))[1].point == 0


# -- agreement ----------------------------------------------------------------------------------


def test_the_agreement_of_raters_is_that_of_statsmodels() -> None:
    rng = np.random.default_rng(2)
    right = rng.random((6, 300)) < rng.random(300)
    counts, _ = aggregate_raters(right.T.astype(int))

    assert agreement(right).fleiss_kappa == pytest.approx(fleiss_kappa(counts), abs=1e-12)


@given(hnp.arrays(np.bool_, st.tuples(st.integers(2, 5), st.integers(1, 12))))
def test_shares_of_pairs_are_what_counting_pairs_gives(right: NDArray[np.bool_]) -> None:
    pairs = list(combinations(right, 2))
    seen = agreement(right)

    assert seen.mean_disagreement == pytest.approx(np.mean([(a != b).mean() for a, b in pairs]))
    assert seen.double_fault == pytest.approx(np.mean([(~a & ~b).mean() for a, b in pairs]))
    assert seen.disagreement[0][1] == pytest.approx((right[0] != right[1]).mean())
    assert seen.all_right <= right.mean(axis=1).min() <= right.mean(axis=1).max() <= seen.oracle


def test_no_vote_beats_the_oracle() -> None:
    rng = np.random.default_rng(3)
    answers = rng.integers(0, 4, size=(4, 500))
    right = right_answers(answers, np.zeros(500, dtype=np.int64))

    assert vote_accuracy(answers, right, BETTER).point <= agreement(right).oracle


def test_members_that_never_differ_agree_fully_and_a_lone_one_has_no_pair() -> None:
    twice = agreement(np.array([[1, 0, 1], [1, 0, 1]]), np.array([[5, -1, 7], [5, 2, 8]]))
    alone = agreement(np.array([[1, 0]]))

    assert (twice.fleiss_kappa, twice.mean_disagreement, twice.same_answer) == (1.0, 0.0, 0.5)
    assert (alone.fleiss_kappa, alone.mean_disagreement, alone.double_fault) == (None, None, None)
    assert agreement(np.ones((2, 3))).fleiss_kappa is None
    assert agreement(np.ones((2, 1)), np.array([[1], [-1]])).same_answer is None


# -- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        (np.array([1, 2]), "table of members by problems"),
        (np.empty((0, 3), dtype=int), "at least one of each"),
        (np.array([[0.5]]), "whole number"),
        (np.array([[-2]]), "got int64 with -2"),
        (np.array([["a"]]), "whole number"),
    ],
)
def test_what_is_no_table_of_answers_is_refused(answers: Any, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        vote(answers)


def test_marks_that_do_not_fit_are_refused() -> None:
    answers = np.array([[1, -1]])
    with pytest.raises(InvalidInput, match="no answer cannot be right"):
        vote_right(answers, np.array([[1, 1]]))
    with pytest.raises(InvalidInput, match="one mark"):
        vote_right(answers, np.ones((2, 2)))
    with pytest.raises(InvalidInput, match=r"got 0\.5"):
        agreement(np.array([[0.5]]))
    with pytest.raises(InvalidInput, match="table of members"):
        agreement(np.ones(3))
    with pytest.raises(InvalidInput, match="same members and problems"):
        agreement(np.ones((2, 2)), answers)
    with pytest.raises(InvalidInput, match="code of its right answer"):
        right_answers(answers, np.array([1]))
    with pytest.raises(InvalidInput, match="at least 1 member"):
        VoteRule(min_support=0)


# -- four real models ---------------------------------------------------------------------------


def test_majority_vote_of_four_real_models_is_anything_from_27_to_56_percent(data: Path) -> None:
    """The same answers, five stated rules. The members as listed in the file, the smallest first."""
    models = ("6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification")
    by_validation = [3, 1, 2, 0]
    place = data / "llm" / "gsm8k" / "example_model_solutions.jsonl"
    with place.open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    texts = [[row[model]["solution"] for model in models] for row in rows]
    right = np.array([[row[model]["is_correct"] for model in models] for row in rows]).T
    answers = _coded([[NumberGrader.answer(text) for text in each] for each in texts])
    written = _coded([[_as_written(text) for text in each] for each in texts])
    right_given = right & (answers >= 0)

    def accuracy(rule: VoteRule, order: list[int], table: NDArray[np.int64] = answers) -> float:
        return round(vote_accuracy(table[order], right_given[order], rule).point, 3)

    as_listed = list(range(4))
    assert accuracy(MAJORITY, as_listed) == 0.274
    assert accuracy(VoteRule(), as_listed) == 0.428
    assert accuracy(BETTER, as_listed) == 0.443
    assert accuracy(BETTER, as_listed, written) == 0.442  # "70,000" and "70000" are two answers
    by_lot = [
        vote_accuracy(answers[list(o)], right_given[list(o)], BETTER).point for o in permutations(range(4))
    ]
    assert round(float(np.mean(by_lot)), 3) == 0.482  # ties to a member drawn by lot
    assert accuracy(BETTER, by_validation) == 0.563
    assert agreement(right_given).oracle == pytest.approx(887 / 1319)


def _as_written(text: str) -> str | None:
    last = text.strip().splitlines()[-1]
    return last.removeprefix("A:").strip() if last.startswith("A:") else None


def _coded(answers: list[list[str | None]]) -> NDArray[np.int64]:
    """(members, problems) codes, numbered within each problem."""
    columns = []
    for each in answers:
        known = {answer: code for code, answer in enumerate(dict.fromkeys(a for a in each if a is not None))}
        columns.append([-1 if answer is None else known[answer] for answer in each])
    return np.array(columns, dtype=np.int64).T
