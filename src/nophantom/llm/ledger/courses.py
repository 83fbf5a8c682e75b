"""The course of a study: the accuracy of every run at every checkpoint, as far as it may be seen."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from nophantom.llm.ledger.seal import sealed_evaluations
from nophantom.llm.ledger.tables import Arm, Checkpoint, Evaluation, Outcome, ProblemSet, Run


@dataclass(frozen=True, slots=True)
class CoursePoint:
    """One run at one checkpoint on one split.

    Attributes:
        run_id: number of the run; `run` its name, `arm` and `seed` where it stands in the study.
        step: of the checkpoint; None where the log does not tell.
        split: which split of `problem_set`; None where the log does not tell.
        accuracy: mean score over the scored outcomes.
        n: how many outcomes were scored.
    """

    run_id: int
    run: str
    arm: str
    seed: int | None
    step: int | None
    split: str | None
    problem_set: str
    accuracy: float
    n: int


@dataclass(frozen=True, slots=True)
class StudyCourse:
    """What a study has to show so far.

    Attributes:
        points: by arm, seed and step; of several evaluations of one cell the last one.
        withheld: how many evaluations are of a sealed test; nothing of them is shown.
    """

    points: tuple[CoursePoint, ...]
    withheld: int


def read_course(session: Session, study_id: int) -> StudyCourse:
    """The accuracy of every run of a study at every checkpoint, by the grading that speaks for each evaluation."""
    there = (
        select(Evaluation.id)
        .join(Checkpoint, Checkpoint.id == Evaluation.checkpoint_id)
        .join(Run, Run.id == Checkpoint.run_id)
        .join(Arm, Arm.id == Run.arm_id)
        .where(Arm.study_id == study_id, Evaluation.rank == 0)
    )
    sealed = set(session.scalars(sealed_evaluations().where(Evaluation.id.in_(there))))
    # Sealed outcomes are not even read: they are told apart before anything is summed.
    means = (
        select(
            Outcome.evaluation_id, func.avg(Outcome.score).label("mean"), func.count(Outcome.score).label("n")
        )
        .where(Outcome.evaluation_id.in_(there), Outcome.evaluation_id.not_in(sealed_evaluations()))
        .group_by(Outcome.evaluation_id)
        .subquery()
    )
    rows = session.execute(
        select(
            Run.id.label("run_id"),
            Run.name.label("run"),
            Arm.name.label("arm"),
            Run.seed,
            Checkpoint.step,
            Evaluation.split,
            ProblemSet.name.label("problem_set"),
            means.c.mean,
            means.c.n,
        )
        .join(means, means.c.evaluation_id == Evaluation.id)
        .join(Checkpoint, Checkpoint.id == Evaluation.checkpoint_id)
        .join(Run, Run.id == Checkpoint.run_id)
        .join(Arm, Arm.id == Run.arm_id)
        .join(ProblemSet, ProblemSet.id == Evaluation.problem_set_id)
        .where(means.c.n > 0)
        .order_by(Arm.id, Run.seed, Run.id, Checkpoint.step, Evaluation.id)
    )
    points: dict[tuple[int, int | None, str | None, str], CoursePoint] = {}
    for row in rows:
        point = CoursePoint(
            row.run_id,
            row.run,
            row.arm,
            row.seed,
            row.step,
            row.split,
            row.problem_set,
            float(row.mean),
            row.n,
        )
        points[point.run_id, point.step, point.split, point.problem_set] = point
    return StudyCourse(tuple(points.values()), len(sealed))
