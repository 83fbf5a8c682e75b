"""Writing whole studies of our own: plan, arms, runs and outcomes, or nothing of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from nophantom.errors import InvalidInput
from nophantom.llm.ledger.rows import checkpoint_of, insert_evaluation, record_problems
from nophantom.llm.ledger.tables import Arm, Outcome, ProblemSet, Run, Study
from nophantom.llm.logs.records import Grading, LoggedProblem
from nophantom.llm.plan import StudyPlan
from nophantom.store.canonical import canonical_json
from nophantom.store.portions import insert_rows


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """The outcomes of one run at one checkpoint on one split.

    Attributes:
        right: (P,) True where right.
        answers: (P,) what was answered, None for silence; empty where nothing was kept.
        confidence: (P,) how sure the model was, in [0, 1]; None where it does not say.
    """

    right: NDArray[np.bool_]
    answers: Sequence[str | None] = ()
    confidence: NDArray[np.float64] | None = None


CellKey = tuple[str, int, int, str]
"""Arm, seed, step and split."""


def record_study(
    session: Session,
    plan: StudyPlan,
    problems: Mapping[str, Sequence[LoggedProblem]],
    cells: Mapping[CellKey, Cell],
    *,
    grader: str,
    at: datetime,
    hours: float | None = None,
) -> bool:
    """Write a whole study with its outcomes; False when this very plan was recorded before.

    Args:
        session: inside one unit of work.
        plan: what was set out; its hash and name identify the study.
        problems: the problems of each split of the plan.
        cells: (arm, seed, step, split) -> outcomes; exactly the cells of the plan.
        grader: who says what is right.
        at: the time of writing.
        hours: how long the training of each run took, where it is known.

    Raises:
        InvalidInput: another plan has this name, or the outcomes or problems are not the plan's.
    """
    known = session.execute(select(Study.plan_hash).where(Study.name == plan.name)).scalar()
    if known == plan.plan_hash:
        return False
    if known is not None:
        raise InvalidInput(f"there is a study {plan.name!r} with another plan. Give this one another name.")
    _check_cells(plan, problems, cells)
    study = Study(
        name=plan.name,
        origin=plan.origin,
        plan=plan.canonical(),
        plan_hash=plan.plan_hash,
        created_at=at,
        validation_split=plan.validation,
        sealed_split=None if plan.validation is None else plan.split,
    )
    session.add(study)
    session.flush()
    problem_ids = {s: record_problems(session, plan.problem_set, problems[s], None)[0] for s in plan.splits}
    set_id = session.execute(select(ProblemSet.id).where(ProblemSet.name == plan.problem_set)).scalar_one()
    arms = _insert_arms(session, study.id, plan.arms)
    for arm, seed in product(plan.arms, plan.seeds):
        run = Run(
            name=f"{plan.name}/{arm}/seed{seed}",
            model=plan.name,
            arm_id=arms[arm],
            seed=seed,
            created_at=at,
            hours=hours,
        )
        session.add(run)
        session.flush()
        for step, split in product(plan.steps, plan.splits):
            shared = {
                "checkpoint_id": checkpoint_of(session, run.id, step),
                "problem_set_id": set_id,
                "split": split,
                "settings": canonical_json({}),
                "log_id": None,
                "created_at": at,
            }
            grading = Grading(grader, "1", ())
            evaluation_id = insert_evaluation(
                session, shared, plan.plan_hash, plan.problem_set, grading, 0, None
            )
            cell = cells[arm, seed, step, split]
            insert_rows(session, Outcome, _scored_rows(evaluation_id, problem_ids[split], cell))
    return True


def _check_cells(
    plan: StudyPlan, problems: Mapping[str, Sequence[LoggedProblem]], cells: Mapping[CellKey, Cell]
) -> None:
    wanted = set(product(plan.arms, plan.seeds, plan.steps, plan.splits))
    if set(cells) != wanted:
        raise InvalidInput(
            f"the outcomes are not those of the plan {plan.name!r}: {len(wanted - set(cells))} missing, "
            f"{len(set(cells) - wanted)} unplanned."
        )
    sizes = {split: len(problems.get(split, ())) for split in plan.splits}
    wrong = {key: cell.right.shape for key, cell in cells.items() if cell.right.shape != (sizes[key[3]],)}
    if wrong or not all(sizes.values()):
        raise InvalidInput(
            f"every cell of the plan {plan.name!r} needs one outcome for each problem of its split ({sizes}), at "
            f"least one; got {next(iter(wrong.items()), 'none')}."
        )


def _insert_arms(session: Session, study_id: int, names: Iterable[str]) -> dict[str, int]:
    arms = [Arm(study_id=study_id, name=name) for name in names]
    session.add_all(arms)
    session.flush()
    return {arm.name: arm.id for arm in arms}


def _scored_rows(evaluation_id: int, problem_ids: Sequence[int], cell: Cell) -> list[dict[str, Any]]:
    answers = cell.answers or [None] * len(problem_ids)
    sure = [None] * len(problem_ids) if cell.confidence is None else cell.confidence.tolist()
    return [
        {
            "evaluation_id": evaluation_id,
            "problem_id": problem_id,
            "attempt": 1,
            "position": position,
            "answer": answer,
            "score": 1.0 if is_right else 0.0,
            "failure": None,
            "log_likelihood": None,
            "confidence": confidence,
        }
        for position, (problem_id, is_right, answer, confidence) in enumerate(
            zip(problem_ids, cell.right.tolist(), answers, sure, strict=True)
        )
    ]
