"""Several members answer the same problems: what their vote answers, and how alike they are.

"Majority vote" is no rule yet. Of the same four models on the same 1,319 problems it is right on 27%,
43%, 44%, 48% or 56%, depending on how much support an answer needs and on who decides a tie. So a
rule is a value here, and `str` of it is printed beside every number.

Answers come as whole numbers, one code for each distinct normalised answer; codes are compared only
within one problem, so each problem may count its own from 0. -1 is an abstention: no answer, no vote.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.stats.estimates import Estimate
from nophantom.stats.proportions import wilson
from nophantom.stats.votes import NO_ANSWER, Tie, VoteRule


class Votes(NamedTuple):
    """What a vote answers.

    Attributes:
        winners: (P,) code of the answer; -1 where the rule gives none.
        support: (P,) votes for the most frequent answer, whether it won or not.
        speaker: (P,) the first member that gave the winning answer; -1 where there is none.
    """

    winners: NDArray[np.int64]
    support: NDArray[np.int64]
    speaker: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How alike members are in what they get right: without difference, a vote gains nothing.

    Attributes:
        disagreement: (K, K) share of problems on which exactly one of two members is right.
        mean_disagreement: its mean over all pairs; None for one member.
        double_fault: mean over all pairs of the share of problems that both get wrong; None for one.
        same_answer: mean over all pairs of the share of problems on which both give the same answer,
            among those that both answered; None for one member or where answers are unknown.
        fleiss_kappa: agreement of right and wrong beyond chance; 1 for members that never differ, 0
            for independent ones; None for one member, or where all are always right (or wrong).
        oracle: share of problems that at least one member gets right: the ceiling of every vote.
        all_right: share of problems that all members get right.
        members: how many.
        n: problems.
    """

    disagreement: tuple[tuple[float, ...], ...]
    mean_disagreement: float | None
    double_fault: float | None
    same_answer: float | None
    fleiss_kappa: float | None
    oracle: float
    all_right: float
    members: int
    n: int


def vote(answers: NDArray[Any], rule: VoteRule | None = None) -> Votes:
    """Let the members vote on every problem.

    Args:
        answers: (K, P) codes, the members in order of preference (better on validation first); -1 is
            an abstention.
        rule: by default plurality with ties to no answer, which needs no validation split.

    Returns:
        Winner, its support, and the member that speaks for it, for each problem.

    Raises:
        InvalidInput: not a table of whole numbers from -1, no member or no problem.

    Source:
        Plurality and majority as in Kuncheva (2014), Combining Pattern Classifiers, chapter 4.

    >>> vote(np.array([[5, 1, -1], [7, 2, -1], [7, 3, -1]])).winners.tolist()
    [7, -1, -1]
    """
    answers = _checked_answers(answers)
    rule = rule or VoteRule()
    given = answers >= 0
    same = (answers[:, None, :] == answers[None, :, :]) & given  # (K, K, P)
    votes = same.sum(axis=1, dtype=np.int64)  # (K, P) how many gave the answer of member k
    support = votes.max(axis=0)
    leads = (votes == support) & given
    speaker = leads.argmax(axis=0).astype(np.int64)  # the first in order of preference
    winners = np.take_along_axis(answers, speaker[None], axis=0)[0]
    elected = support >= rule.needed(len(answers))
    if rule.ties is Tie.NO_ANSWER:
        elected &= ~(leads & (answers != winners)).any(axis=0)
    return Votes(np.where(elected, winners, NO_ANSWER), support, np.where(elected, speaker, NO_ANSWER))


def right_answers(answers: NDArray[Any], correct: NDArray[Any]) -> NDArray[np.bool_]:
    """Which answers are right, where each problem has one right code.

    Args:
        answers: (K, P) codes; -1 is an abstention.
        correct: (P,) code of the right answer; -1 where no member gave it.

    Returns:
        (K, P) True where the member answered and is right.

    Raises:
        InvalidInput: answers is no table of codes, or correct is not one code for each problem.

    >>> right_answers(np.array([[4, -1], [3, 8]]), np.array([4, -1])).tolist()
    [[True, False], [False, False]]
    """
    answers, correct = _checked_answers(answers), np.asarray(correct)
    if correct.shape != answers.shape[1:] or correct.dtype.kind not in "iu":
        raise InvalidInput(
            f"each of the {answers.shape[1]} problems has one whole number as the code of its right answer; "
            f"got {correct.dtype} of shape {correct.shape}."
        )
    return np.asarray((answers == correct) & (answers >= 0))


def vote_right(answers: NDArray[Any], right: NDArray[Any], rule: VoteRule | None = None) -> NDArray[np.bool_]:
    """On which problems the vote is right.

    No answer is not right. The mark of a winning answer is that of the first member who gave it.

    Args:
        answers: (K, P) codes, the members in order of preference; -1 is an abstention.
        right: (K, P) True where the member is right (`right_answers` makes it from codes).
        rule: as in `vote`.

    Returns:
        (P,) True where the vote gives a right answer: ready to be compared with a single member's.

    Raises:
        InvalidInput: tables that do not fit, or an abstention that is marked right.

    >>> table = np.array([[5, 1], [7, 1], [7, 2]])
    >>> vote_right(table, right_answers(table, np.array([7, 2]))).tolist()
    [True, False]
    """
    answers = _checked_answers(answers)
    right = _checked_right(answers, right)
    speaker = vote(answers, rule).speaker
    marks = np.take_along_axis(right, np.maximum(speaker, 0)[None], axis=0)[0]
    return np.asarray(marks & (speaker >= 0))


def vote_accuracy(
    answers: NDArray[Any], right: NDArray[Any], rule: VoteRule | None = None, *, confidence: float = 0.95
) -> Estimate:
    """Share of problems on which the vote is right, with Wilson's interval over problems.

    Args:
        answers: (K, P) codes, the members in order of preference; -1 is an abstention.
        right: (K, P) True where the member is right.
        rule: as in `vote`; its words are the method of the estimate.
        confidence: two-sided coverage, strictly between 0 and 1.

    Returns:
        The share in [0, 1]; n counts problems.

    Raises:
        InvalidInput: tables that do not fit, or confidence outside (0, 1).
    """
    rule = rule or VoteRule()
    seen = vote_right(answers, right, rule)
    share = wilson(int(seen.sum()), len(seen), confidence=confidence)
    return Estimate(share.point, share.low, share.high, confidence, share.n, f"{rule}; {share.method}")


def vote_curve(
    answers: NDArray[Any], right: NDArray[Any], rule: VoteRule | None = None, *, confidence: float = 0.95
) -> tuple[Estimate, ...]:
    """Accuracy of the vote of the first k members, for k = 1 to K.

    With members in the order of a validation split this is the curve on which k is chosen there, and
    read, not chosen, on the test. Each interval stands alone: the curve's maximum has none.

    Args:
        answers: (K, P) codes, the members in order of preference; -1 is an abstention.
        right: (K, P) True where the member is right.
        rule: as in `vote`. Where `min_support` exceeds k the vote gives no answer.
        confidence: two-sided coverage of each, strictly between 0 and 1.

    Returns:
        K shares, that of k members at index k - 1.

    Raises:
        InvalidInput: tables that do not fit, or confidence outside (0, 1).

    >>> table = np.array([[1, 0], [0, 1], [0, 1]])
    >>> marks = right_answers(table, np.array([0, 1]))
    >>> [one.point for one in vote_curve(table, marks)]
    [0.0, 0.0, 1.0]
    """
    answers = _checked_answers(answers)
    right = _checked_right(answers, right)
    return tuple(
        vote_accuracy(answers[:k], right[:k], rule, confidence=confidence) for k in range(1, len(answers) + 1)
    )


def agreement(right: NDArray[Any], answers: NDArray[Any] | None = None) -> Agreement:
    """How alike the members are, and what the best possible choice among their answers would reach.

    Args:
        right: (K, P) True or 1 where the member is right.
        answers: (K, P) codes, for `same_answer`; -1 is an abstention.

    Returns:
        Shares in [0, 1]. They describe these problems; they are no claim and carry no interval.

    Raises:
        InvalidInput: not a table of right and wrong, no member or no problem, or tables that do not fit.

    Source:
        Disagreement, double fault and agreement between raters: Kuncheva and Whitaker (2003), Machine
        Learning 51; the last is Fleiss (1971), Psychological Bulletin 76, with two categories.

    >>> alike = agreement(np.array([[1, 1, 0, 0], [1, 0, 1, 0]]))
    >>> alike.mean_disagreement, alike.double_fault, alike.oracle, alike.all_right
    (0.5, 0.25, 0.75, 0.25)
    """
    marks = _checked_marks(right).astype(np.float64)  # (K, P)
    members, n = marks.shape
    solved = marks.sum(axis=0)
    both = marks @ marks.T / n  # (K, K)
    single = marks.mean(axis=1)
    differ = single[:, None] + single[None, :] - 2 * both
    np.fill_diagonal(differ, 0.0)
    pairs = np.triu_indices(members, 1)
    faults = 1 - single[:, None] - single[None, :] + both
    return Agreement(
        disagreement=tuple(tuple(float(max(0.0, share)) for share in row) for row in differ),
        mean_disagreement=float(differ[pairs].mean()) if members > 1 else None,
        double_fault=float(max(0.0, faults[pairs].mean())) if members > 1 else None,
        same_answer=None if answers is None else _same_answer(marks, answers),
        fleiss_kappa=_fleiss_kappa(solved, members),
        oracle=float((solved > 0).mean()),
        all_right=float((solved == members).mean()),
        members=members,
        n=n,
    )


def _fleiss_kappa(solved: NDArray[np.float64], members: int) -> float | None:
    """Fleiss' kappa of two categories from (P,) how many members solved each problem."""
    share = float(solved.mean()) / members
    if members < 2 or share in (0.0, 1.0):
        return None
    differing = float((solved * (members - solved)).mean()) * 2 / (members * (members - 1))
    return 1 - differing / (2 * share * (1 - share))


def _same_answer(marks: NDArray[np.float64], answers: NDArray[Any]) -> float | None:
    """Mean over pairs of how often two members that both answered said the same."""
    answers = _checked_answers(answers)
    if answers.shape != marks.shape:
        raise InvalidInput(
            f"answers and marks belong to the same members and problems; got shapes {answers.shape} and "
            f"{marks.shape}."
        )
    shares = []
    for k in range(len(answers)):
        both = (answers[k + 1 :] >= 0) & (answers[k] >= 0)  # (K - k - 1, P)
        alike = ((answers[k + 1 :] == answers[k]) & both).sum(axis=1)
        shares += [a / b for a, b in zip(alike, both.sum(axis=1), strict=True) if b]
    return float(np.mean(shares)) if shares else None


def _checked_answers(answers: NDArray[Any]) -> NDArray[np.int64]:
    """The table of codes, if it can be one."""
    answers = np.asarray(answers)
    if answers.ndim != 2 or 0 in answers.shape:
        raise InvalidInput(
            f"answers come as a table of members by problems, at least one of each; got shape {answers.shape}."
        )
    if answers.dtype.kind not in "iu" or answers.min() < NO_ANSWER:
        raise InvalidInput(
            "an answer is a whole number from 0, or -1 for none; got "
            f"{answers.dtype} with {np.sort(answers.ravel())[0]}. "
            "Give each distinct normalised answer of a problem a code of its own."
        )
    return answers.astype(np.int64)


def _checked_right(answers: NDArray[np.int64], right: NDArray[Any]) -> NDArray[np.bool_]:
    """The marks of these answers, if they can be."""
    marks = _checked_marks(right)
    if marks.shape != answers.shape:
        raise InvalidInput(
            f"each answer has one mark; got answers of shape {answers.shape} and marks of {marks.shape}."
        )
    if (marks & (answers < 0)).any():
        member, problem = np.argwhere(marks & (answers < 0))[0]
        raise InvalidInput(
            f"no answer cannot be right; got that of member {member} on problem {problem}. "
            "Mark abstentions as wrong, or give their answers."
        )
    return marks


def _checked_marks(right: NDArray[Any]) -> NDArray[np.bool_]:
    """(K, P) right or wrong, if they are."""
    right = np.asarray(right)
    if right.ndim != 2 or 0 in right.shape or right.dtype.kind not in "biuf":
        raise InvalidInput(
            f"marks come as a table of members by problems, at least one of each; got {right.dtype} of "
            f"shape {right.shape}."
        )
    if not np.isin(right, (0, 1)).all():
        raise InvalidInput(
            f"each answer is right (1) or wrong (0); got {right[~np.isin(right, (0, 1))][0]}. "
            "Votes need answers that are one or the other."
        )
    return np.asarray(right == 1)
