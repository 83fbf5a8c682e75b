"""What does a vote of the best runs bring over the best run alone?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.llm.cube import StudyCube
from nophantom.llm.questions.setting import Setting
from nophantom.llm.verdicts import Claim, Finding, Question, Ruling, rule
from nophantom.stats.ensembles import Agreement, agreement, vote_curve, vote_right
from nophantom.stats.estimates import Estimate
from nophantom.stats.paired import compare_binary, count_pairs
from nophantom.stats.votes import VoteRule

NOT_COVERED = (
    "the choice of the members: trained again, other seeds would vote",
    "the cost: a vote of k asks k models for every answer",
)


@dataclass(frozen=True, slots=True)
class Member:
    """One voter: its run and seed, its accuracy where members are ranked and where they vote."""

    run: str
    run_id: int | None
    arm: str
    seed: int | None
    ranked_by: float | None
    accuracy: float


@dataclass(frozen=True, slots=True)
class EnsembleAnswer:
    """A vote of the first k members, and its gain over the best single one.

    Attributes:
        rule: how votes are counted, in words.
        k: how many vote.
        ranked_on: the split by which members are ranked; None where they are not (ties are then no answer).
        members: the k that vote, the best first.
        accuracy: of the vote; `n` problems.
        curve: accuracy of the vote of the first 1, 2 ... members, as far as there are any.
        finding: the vote minus the best single member, with its interval.
        ruling: the verdict on "the vote is better".
        gained: problems that only the vote solves; `lost` only the best member.
        best_single: run of the member that the gain is measured against: the first in rank, or where there is
            no ranking the one that did best here (which favours it).
        alike: how the members agree and differ, and the ceiling of every vote.
        cost: how many times the inference of one model.
    """

    setting: Setting
    rule: str
    k: int
    ranked_on: str | None
    members: tuple[Member, ...]
    accuracy: Estimate
    curve: tuple[Estimate, ...]
    finding: Finding
    ruling: Ruling
    gained: int
    lost: int
    best_single: str
    alike: Agreement
    cost: int


def vote_together(
    cube: StudyCube,
    setting: Setting,
    *,
    k: int = 3,
    rule_of_votes: VoteRule,
    claim: Claim,
    step: int | None = None,
    ranked: Sequence[float] | None = None,
    ranked_on: str | None = None,
    most: int = 30,
) -> EnsembleAnswer:
    """Let the best k runs vote on every problem.

    Args:
        cube: the runs with their answers.
        setting: told in the answer.
        k: how many vote.
        rule_of_votes: how votes are counted.
        claim: what is to be judged of the gain over the best single member.
        step: training step; None is the last that all runs have.
        ranked: (R,) accuracy of each run where members are ranked (validation); None leaves them in order.
        ranked_on: name of that split.
        most: the curve goes to so many members.

    Raises:
        InvalidInput: fewer runs than k, no answers were kept, or scores that are not right or wrong.
    """
    if cube.answers is None:
        raise InvalidInput("a vote needs the answers of the runs, not their scores alone.")
    if not 1 <= k <= len(cube.cube.runs):
        raise InvalidInput(f"k members vote, from 1 to the {len(cube.cube.runs)} runs there are; got {k}.")
    place = cube.step_index(step)
    scores, common = cube.complete(place)
    answers = cube.answers[:, place][:, common].astype(np.int64)
    if not np.isin(scores, (0, 1)).all():
        raise InvalidInput("a vote needs answers that are right or wrong; some scores lie between.")
    if not (answers >= 0).any():
        raise InvalidInput(
            f"the ledger keeps no answers of {cube.study!r}, only scores; a vote needs them. Import logs with answers."
        )
    order = (
        list(range(len(scores))) if ranked is None else np.argsort(-np.array(ranked), kind="stable").tolist()
    )
    right = (scores > 0) & (answers >= 0)
    return _answer(
        cube,
        setting,
        answers[order],
        right[order],
        order,
        scores,
        k,
        rule_of_votes,
        claim,
        ranked,
        ranked_on,
        most,
    )


def _answer(
    cube: StudyCube,
    setting: Setting,
    answers: NDArray[np.int64],
    right: NDArray[np.bool_],
    order: list[int],
    scores: NDArray[np.float64],
    k: int,
    votes: VoteRule,
    claim: Claim,
    ranked: Sequence[float] | None,
    ranked_on: str | None,
    most: int,
) -> EnsembleAnswer:
    curve = vote_curve(answers[:most], right[:most], votes, confidence=claim.confidence)
    together = vote_right(answers[:k], right[:k], votes)
    single = 0 if ranked is not None else int(right[:k].mean(axis=1).argmax())
    test = compare_binary(count_pairs(together, right[single]), confidence=claim.confidence)
    finding = Finding(Question.ENSEMBLE, test.estimate, test.p_value, NOT_COVERED)
    ids: Sequence[int | None] = cube.run_ids or (None,) * len(order)
    members = tuple(
        Member(
            run=cube.cube.runs[i],
            run_id=ids[i],
            arm=cube.arms[i],
            seed=cube.seeds[i],
            ranked_by=None if ranked is None else float(ranked[i]),
            accuracy=float(scores[i].mean()),
        )
        for i in order[:k]
    )
    return EnsembleAnswer(
        setting=setting,
        rule=str(votes),
        k=k,
        ranked_on=ranked_on,
        members=members,
        accuracy=vote_curve(answers[:k], right[:k], votes, confidence=claim.confidence)[-1],
        curve=curve,
        finding=finding,
        ruling=rule(claim, finding),
        gained=int((together & ~right[single]).sum()),
        lost=int((~together & right[single]).sum()),
        best_single=members[single].run,
        alike=agreement(right[:k], answers[:k]),
        cost=k,
    )
