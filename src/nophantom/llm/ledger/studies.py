"""Writing whole studies of our own: plan, arms, runs and outcomes, or nothing of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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


def record_study(
    session: Session,
    plan: StudyPlan,
    problems: Sequence[LoggedProblem],
    scores: Mapping[tuple[str, int, int], NDArray[np.bool_]],
    *,
    grader: str,
    at: datetime,
) -> bool:
    """Write a whole study with its outcomes; False when this very plan was recorded before.

    Args:
        session: inside one unit of work.
        plan: what was set out; its hash and name identify the study.
        problems: (P,) of the plan's problem set.
        scores: (arm, seed, step) -> (P,) True where right; exactly the cells of the plan.
        grader: who says what is right.
        at: the time of writing.

    Raises:
        InvalidInput: another plan has this name, or the outcomes or problems are not the plan's.
    """
    known = session.execute(select(Study.plan_hash).where(Study.name == plan.name)).scalar()
    if known == plan.plan_hash:
        return False
    if known is not None:
        raise InvalidInput(f"there is a study {plan.name!r} with another plan. Give this one another name.")
    wanted = {(arm, seed, step) for arm in plan.arms for seed in plan.seeds for step in plan.steps}
    if set(scores) != wanted:
        raise InvalidInput(
            f"the outcomes are not those of the plan {plan.name!r}: {len(wanted - set(scores))} missing, "
            f"{len(set(scores) - wanted)} unplanned."
        )
    wrong = {key: right.shape for key, right in scores.items() if right.shape != (len(problems),)}
    if wrong or not problems:
        raise InvalidInput(
            f"every cell of the plan {plan.name!r} needs one outcome for each of its {len(problems)} problems, at "
            f"least one; got {next(iter(wrong.items()), 'none')}."
        )
    study = Study(
        name=plan.name, origin=plan.origin, plan=plan.canonical(), plan_hash=plan.plan_hash, created_at=at
    )
    session.add(study)
    session.flush()
    problem_ids, _ = record_problems(session, plan.problem_set, problems, None)
    set_id = session.execute(select(ProblemSet.id).where(ProblemSet.name == plan.problem_set)).scalar_one()
    arms = _insert_arms(session, study.id, plan.arms)
    for arm, seed in product(plan.arms, plan.seeds):
        run = Run(
            name=f"{plan.name}/{arm}/seed{seed}", model=plan.name, arm_id=arms[arm], seed=seed, created_at=at
        )
        session.add(run)
        session.flush()
        for step in plan.steps:
            shared = {
                "checkpoint_id": checkpoint_of(session, run.id, step),
                "problem_set_id": set_id,
                "split": plan.split,
                "settings": canonical_json({}),
                "log_id": None,
                "created_at": at,
            }
            grading = Grading(grader, "1", ())
            evaluation_id = insert_evaluation(
                session, shared, plan.plan_hash, plan.problem_set, grading, 0, None
            )
            insert_rows(session, Outcome, _scored_rows(evaluation_id, problem_ids, scores[arm, seed, step]))
    return True


def _insert_arms(session: Session, study_id: int, names: Iterable[str]) -> dict[str, int]:
    arms = [Arm(study_id=study_id, name=name) for name in names]
    session.add_all(arms)
    session.flush()
    return {arm.name: arm.id for arm in arms}


def _scored_rows(
    evaluation_id: int, problem_ids: Sequence[int], right: NDArray[np.bool_]
) -> list[dict[str, Any]]:
    return [
        {
            "evaluation_id": evaluation_id,
            "problem_id": problem_id,
            "attempt": 1,
            "position": position,
            "answer": None,
            "score": 1.0 if is_right else 0.0,
            "failure": None,
            "log_likelihood": None,
            "confidence": None,
        }
        for position, (problem_id, is_right) in enumerate(zip(problem_ids, right.tolist(), strict=True))
    ]
