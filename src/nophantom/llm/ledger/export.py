"""Every outcome of a study, as rows that other programs can read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from nophantom.errors import InvalidInput
from nophantom.llm.ledger.seal import refuse_sealed, sealed_evaluations
from nophantom.llm.ledger.tables import Arm, Checkpoint, Evaluation, Outcome, Problem, ProblemSet, Run, Study
from nophantom.llm.problems import Failure


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """One outcome with its place; `problem` is its key, `position` its place in the split."""

    study: str
    arm: str
    seed: int | None
    step: int | None
    problem_set: str
    split: str | None
    grader: str
    position: int
    problem: str
    attempt: int
    answer: str | None
    score: float | None
    failure: Failure | None
    log_likelihood: float | None
    confidence: float | None


@dataclass(frozen=True, slots=True)
class Exported:
    """What may be written out of a study.

    Attributes:
        evaluations: their numbers, in the order of arms, seeds, steps and splits.
        sealed: how many are left out because the test is sealed.
    """

    evaluations: tuple[int, ...]
    sealed: int


def evaluations_to_export(session: Session, study_id: int, split: str | None) -> Exported:
    """The evaluations of a study; without a split all but those of a sealed test.

    Raises:
        Sealed: the split is the sealed test.
        InvalidInput: there is nothing on this split.
    """
    query = (
        select(Evaluation.id)
        .join(Checkpoint, Checkpoint.id == Evaluation.checkpoint_id)
        .join(Run, Run.id == Checkpoint.run_id)
        .join(Arm, Arm.id == Run.arm_id)
        .where(Arm.study_id == study_id)
        .order_by(Arm.id, Run.seed, Checkpoint.step, Evaluation.split, Evaluation.rank, Evaluation.id)
    )
    if split is not None:
        query = query.where(Evaluation.split == split)
    found = tuple(session.scalars(query))
    if split is not None:
        if not found:
            raise InvalidInput(f"the study s{study_id} has no evaluation on the split {split!r}.")
        refuse_sealed(session, found)
    sealed = set(session.scalars(sealed_evaluations())) & set(found)
    return Exported(tuple(number for number in found if number not in sealed), len(sealed))


def read_outcomes(session: Session, evaluation_id: int) -> Iterator[OutcomeRow]:
    """The outcomes of one evaluation of a study, in the order of its problems.

    Raises:
        Sealed: it is of a sealed test.
    """
    refuse_sealed(session, [evaluation_id])
    rows = session.execute(
        select(
            Study.name.label("study"),
            Arm.name.label("arm"),
            Run.seed,
            Checkpoint.step,
            ProblemSet.name.label("problem_set"),
            Evaluation.split,
            (Evaluation.grader + " " + Evaluation.grader_version).label("grader"),
            Outcome.position,
            Problem.key.label("problem"),
            Outcome.attempt,
            Outcome.answer,
            Outcome.score,
            Outcome.failure,
            Outcome.log_likelihood,
            Outcome.confidence,
        )
        .join(Evaluation, Evaluation.id == Outcome.evaluation_id)
        .join(Problem, Problem.id == Outcome.problem_id)
        .join(ProblemSet, ProblemSet.id == Evaluation.problem_set_id)
        .join(Checkpoint, Checkpoint.id == Evaluation.checkpoint_id)
        .join(Run, Run.id == Checkpoint.run_id)
        .join(Arm, Arm.id == Run.arm_id)
        .join(Study, Study.id == Arm.study_id)
        .where(Evaluation.id == evaluation_id)
        .order_by(Outcome.position, Outcome.attempt)
    )
    for row in rows:
        yield OutcomeRow(**row._mapping)
