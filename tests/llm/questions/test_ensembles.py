"""Votes over a cube: who votes, under which rule, and what it brings over the best alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from nophantom.errors import InvalidInput
from nophantom.llm.cube import StudyCube
from nophantom.llm.gathering import cube_of_scores
from nophantom.llm.questions.ensembles import EnsembleAnswer, vote_together
from nophantom.llm.questions.setting import setting_of
from nophantom.llm.verdicts import Claim
from nophantom.stats.paired import compare_binary, count_pairs
from nophantom.stats.verdicts import Verdict
from nophantom.stats.votes import Tie, VoteKind, VoteRule

# Four problems whose right answer is "a"; run by run. By plurality of the first three: a, b (wrong), tie, a.
ANSWERS: list[list[str | None]] = [
    ["a", "b", "a", None],
    ["a", "b", "b", "a"],
    ["c", "a", None, "a"],
    ["a", "a", "a", "a"],
]
SCORES = [[float(word == "a") for word in row] for row in ANSWERS]


def by_hand() -> StudyCube:
    return cube_of_scores(SCORES, answers=np.array(ANSWERS, dtype=object))


def vote(
    cube: StudyCube, k: int = 3, rule: VoteRule | None = None, ranked: Sequence[float] | None = None
) -> EnsembleAnswer:
    return vote_together(
        cube,
        setting_of(cube, None),
        k=k,
        rule_of_votes=rule or VoteRule(),
        claim=Claim(),
        ranked=ranked,
        ranked_on=None if ranked is None else "validation",
    )


def test_the_vote_by_hand_and_the_rule_that_decides_its_ties() -> None:
    plain = vote(by_hand())
    assert plain.accuracy.point == 0.5
    assert plain.rule == "plurality, ties to no answer"
    assert [m.run for m in plain.members] == ["arrays 1", "arrays 2", "arrays 3"]
    # Ranked 2, 1, 3: on the third problem the better member says b, which is wrong; ranked 1 first it says a.
    better = VoteRule(ties=Tie.BETTER_MEMBER)
    assert vote(by_hand(), rule=better, ranked=[0.5, 0.6, 0.4, 0.1]).accuracy.point == 0.5
    assert vote(by_hand(), rule=better, ranked=[0.6, 0.5, 0.4, 0.1]).accuracy.point == 0.75
    assert vote(by_hand(), rule=VoteRule(VoteKind.MAJORITY)).accuracy.point == 0.5
    assert vote(by_hand(), rule=VoteRule(min_support=3)).accuracy.point == 0.0


def test_members_are_the_best_where_they_are_ranked_and_the_gain_is_over_the_first() -> None:
    found = vote(by_hand(), k=2, rule=VoteRule(ties=Tie.BETTER_MEMBER), ranked=[0.1, 0.2, 0.3, 0.9])
    assert [(m.run, m.ranked_by, m.accuracy) for m in found.members] == [
        ("arrays 4", 0.9, 1.0),
        ("arrays 3", 0.3, 0.5),
    ]
    assert found.best_single == "arrays 4"
    assert (found.gained, found.lost, found.cost, found.ranked_on) == (0, 0, 2, "validation")
    assert len(found.curve) == 4
    assert found.curve[1] == found.accuracy


def test_without_a_ranking_the_gain_is_over_whoever_did_best() -> None:
    found = vote(by_hand())
    assert found.best_single == "arrays 1"  # of the three with 2, 2 and 2 right the first
    assert (found.gained, found.lost) == (1, 1)
    assert found.ranked_on is None
    assert all(m.ranked_by is None for m in found.members)


def test_the_gain_is_the_paired_difference_of_vote_and_best_and_is_real_where_it_is_planted() -> None:
    """Five runs, right with 60% each, wrong in different ways: the vote is right far more often than any one."""
    rng = np.random.default_rng(1)
    right = rng.random((5, 400)) < 0.6
    words = np.where(right, 0, 1 + rng.integers(0, 50, right.shape))
    cube = cube_of_scores(right.astype(np.float64), answers=words)
    found = vote(cube, k=5, ranked=[5, 4, 3, 2, 1])
    assert found.ruling.verdict is Verdict.REAL
    # By another road: the most frequent answer of each problem, none where two are as frequent.
    counted = [np.sort(np.bincount(column, minlength=51)) for column in words.T]
    together = np.array(
        [
            np.bincount(column).argmax() == 0 and c[-1] > c[-2]
            for column, c in zip(words.T, counted, strict=True)
        ]
    )
    wanted = compare_binary(count_pairs(together, right[0]), confidence=0.95)
    assert found.finding.estimate == wanted.estimate
    assert found.finding.estimate.point == pytest.approx((found.gained - found.lost) / 400)
    assert found.alike.oracle >= found.accuracy.point
    same = cube_of_scores(
        np.repeat(right[:1], 3, axis=0).astype(np.float64), answers=np.repeat(words[:1], 3, axis=0)
    )
    alike = vote(same)
    assert (alike.finding.estimate.point, alike.alike.mean_disagreement) == (0.0, 0.0)


def test_only_problems_of_all_runs_are_voted_on() -> None:
    scores = np.array(SCORES)
    scores[3, 0] = np.nan
    found = vote(cube_of_scores(scores, answers=np.array(ANSWERS, dtype=object)))
    assert found.accuracy.n == 3


@pytest.mark.parametrize(
    ("cube", "k", "said"),
    [
        (cube_of_scores(SCORES), 3, "answers of the runs"),
        (by_hand(), 0, "from 1 to the 4 runs"),
        (by_hand(), 5, "from 1 to the 4 runs"),
        (cube_of_scores(SCORES, answers=np.full((4, 4), "")), 3, "keeps no answers"),
        (cube_of_scores(np.array(SCORES) / 2, answers=np.array(ANSWERS, dtype=object)), 3, "right or wrong"),
    ],
)
def test_a_vote_without_answers_or_members_is_refused(cube: StudyCube, k: int, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        vote(cube, k)
