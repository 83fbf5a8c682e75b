"""Writing a study piece by piece while it runs: its rows first, then one evaluation of one run at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from math import isfinite
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from nophantom.errors import InvalidInput
from nophantom.llm.ledger.rows import checkpoint_of, insert_evaluation, record_problems
from nophantom.llm.ledger.run_tables import Execution, Measurement
from nophantom.llm.ledger.tables import (
    AnswerText,
    Arm,
    Evaluation,
    Outcome,
    ProblemSet,
    Run,
    Study,
)
from nophantom.llm.logs.records import Grading, LoggedProblem
from nophantom.llm.plan import StudyPlan
from nophantom.llm.recipe import Ending
from nophantom.store.base import storable, storable_or_none
from nophantom.store.blobs import Blobs
from nophantom.store.canonical import canonical_json
from nophantom.store.portions import insert_rows


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """The outcomes of one run at one checkpoint on one split.

    Attributes:
        right: (P,) True where right.
        answers: (P,) what was answered, None for silence; empty where nothing was kept.
        confidence: (P,) how sure the model was, in [0, 1]; None where it does not say.
        log_likelihood: (P,) natural log of the probability of each answer; None where it is not known.
        texts: (P,) the raw answers; empty where there are none.
    """

    right: NDArray[np.bool_]
    answers: Sequence[str | None] = ()
    confidence: NDArray[np.float64] | None = None
    log_likelihood: NDArray[np.float64] | None = None
    texts: Sequence[str | None] = ()


CellKey = tuple[str, int, int, str]
"""Arm, seed, step and split."""


@dataclass(frozen=True, slots=True)
class StudyRows:
    """The rows that a study writes to.

    Attributes:
        study_id: number of the study.
        plan: what was set out.
        set_id: number of the problem set.
        runs: (arm, seed) -> number of the run.
        problems: split -> numbers of its problems, in their order.
    """

    study_id: int
    plan: StudyPlan
    set_id: int
    runs: Mapping[tuple[str, int], int]
    problems: Mapping[str, Sequence[int]]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to train a run, as it is written when it ends; see the table `execution`."""

    started_at: datetime
    ended_at: datetime
    ending: Ending
    seconds: float
    fleet: int = 1
    exit_status: int | None = None
    command: str | None = None
    output_sha256: str | None = None
    told: str | None = None


def begin_study(
    session: Session,
    plan: StudyPlan,
    problems: Mapping[str, Sequence[LoggedProblem]],
    *,
    at: datetime,
    hours: float | None = None,
) -> StudyRows:
    """The rows of a study: those that are there, or new ones, all of them.

    Args:
        session: inside one unit of work.
        plan: what was set out; its hash and name identify the study.
        problems: the problems of each split of the plan.
        at: the time of writing.
        hours: how long the training of each run took, where it is known already.

    Raises:
        InvalidInput: another plan has this name, or a split has no problems.
    """
    known = session.execute(select(Study.id, Study.plan_hash).where(Study.name == plan.name)).first()
    if known is not None and known.plan_hash != plan.plan_hash:
        raise InvalidInput(f"there is a study {plan.name!r} with another plan. Give this one another name.")
    if empty := [split for split in plan.splits if not problems.get(split)]:
        raise InvalidInput(f"the plan {plan.name!r} has no problems for {', '.join(empty)}. Give it some.")
    study_id = _insert_study(session, plan, at, hours) if known is None else int(known.id)
    ids = {s: tuple(record_problems(session, plan.problem_set, problems[s], None)[0]) for s in plan.splits}
    set_id = session.execute(select(ProblemSet.id).where(ProblemSet.name == plan.problem_set)).scalar_one()
    runs = session.execute(
        select(Arm.name, Run.seed, Run.id).join(Run, Run.arm_id == Arm.id).where(Arm.study_id == study_id)
    )
    return StudyRows(
        study_id, plan, set_id, {(arm, seed): run for arm, seed, run in runs if seed is not None}, ids
    )


def _insert_study(session: Session, plan: StudyPlan, at: datetime, hours: float | None) -> int:
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
    arms = [Arm(study_id=study.id, name=name) for name in plan.arms]
    session.add_all(arms)
    session.flush()
    session.add_all(
        Run(
            name=f"{plan.name}/{arm.name}/seed{seed}",
            model=plan.name,
            arm_id=arm.id,
            seed=seed,
            created_at=at,
            hours=hours,
        )
        for arm, seed in product(arms, plan.seeds)
    )
    session.flush()
    return study.id


def record_evaluation(
    session: Session,
    rows: StudyRows,
    key: CellKey,
    cell: Cell,
    grading: Grading,
    *,
    at: datetime,
    blobs: Blobs | None = None,
) -> bool:
    """Write one evaluation of one run with all its outcomes; False where it is there already.

    Args:
        session: inside one unit of work.
        rows: of the study.
        key: which arm, seed, step and split.
        cell: one outcome for each problem of the split.
        grading: who says what is right; its marks are not looked at.
        at: the time of writing.
        blobs: where raw answers go, if there are any.

    Raises:
        InvalidInput: the cell is not in the plan, or holds another number of outcomes than its split.
    """
    arm, seed, step, split = key
    plan, ids = rows.plan, rows.problems.get(split, ())
    if (arm, seed) not in rows.runs or step not in plan.steps or not ids:
        raise InvalidInput(
            f"the plan {plan.name!r} has no cell of {arm!r}, seed {seed}, step {step} on {split!r}."
        )
    if cell.right.shape != (len(ids),):
        raise InvalidInput(
            f"the split {split!r} of the plan {plan.name!r} has {len(ids)} problems; got outcomes of the shape "
            f"{cell.right.shape}."
        )
    checkpoint_id = checkpoint_of(session, rows.runs[arm, seed], step)
    if session.execute(_speaking(checkpoint_id, split)).first() is not None:
        return False
    shared = {
        "checkpoint_id": checkpoint_id,
        "problem_set_id": rows.set_id,
        "split": split,
        "settings": canonical_json({}),
        "log_id": None,
        "created_at": at,
    }
    number = insert_evaluation(session, shared, plan.plan_hash, plan.problem_set, grading, 0, None)
    insert_rows(session, Outcome, _scored_rows(number, ids, cell))
    if cell.texts and blobs is not None:
        digest = blobs.put(orjson.dumps([storable_or_none(text) for text in cell.texts]))
        session.add(AnswerText(evaluation_id=number, first=0, n=len(cell.texts), sha256=digest))
        session.flush()
    return True


def _speaking(checkpoint_id: int, split: str) -> Select[int]:
    return select(Evaluation.id).where(
        Evaluation.checkpoint_id == checkpoint_id, Evaluation.split == split, Evaluation.rank == 0
    )


def _scored_rows(evaluation_id: int, problem_ids: Sequence[int], cell: Cell) -> list[dict[str, Any]]:
    nothing = [None] * len(problem_ids)
    answers = cell.answers or nothing
    sure = nothing if cell.confidence is None else _known(cell.confidence)
    likely = nothing if cell.log_likelihood is None else _known(cell.log_likelihood)
    return [
        {
            "evaluation_id": evaluation_id,
            "problem_id": problem_id,
            "attempt": 1,
            "position": position,
            "answer": answer,
            "score": 1.0 if is_right else 0.0,
            "failure": None,
            "log_likelihood": likelihood,
            "confidence": confidence,
        }
        for position, (problem_id, is_right, answer, confidence, likelihood) in enumerate(
            zip(problem_ids, cell.right.tolist(), answers, sure, likely, strict=True)
        )
    ]


def _known(values: NDArray[np.float64]) -> list[float | None]:
    """What is not known is NULL in the store, never NaN."""
    return [value if isfinite(value) else None for value in values.tolist()]


def record_measurements(session: Session, run_id: int, step: int, values: Mapping[str, float]) -> None:
    """Write what was measured on a checkpoint; what is known already stays as it is, and no NaN is written."""
    checkpoint_id = checkpoint_of(session, run_id, step)
    known = set(session.scalars(select(Measurement.name).where(Measurement.checkpoint_id == checkpoint_id)))
    insert_rows(
        session,
        Measurement,
        [
            {"checkpoint_id": checkpoint_id, "name": storable(name), "value": float(value)}
            for name, value in values.items()
            if name not in known and np.isfinite(value)
        ],
    )


def record_attempt(session: Session, run_ids: Iterable[int], attempt: Attempt) -> None:
    """Write that an attempt to train these runs has ended, and what they took so far; one that is known is left out."""
    for run_id in run_ids:
        of_run = select(func.count(), func.sum(Execution.seconds)).where(Execution.run_id == run_id)
        if session.execute(of_run.where(Execution.started_at == attempt.started_at)).one()[0]:
            continue
        number, seconds = session.execute(of_run).one()
        session.add(
            Execution(
                run_id=run_id,
                number=number + 1,
                started_at=attempt.started_at,
                ended_at=max(attempt.started_at, attempt.ended_at),
                ending=attempt.ending,
                seconds=attempt.seconds,
                fleet=attempt.fleet,
                exit_status=attempt.exit_status,
                command=storable_or_none(attempt.command),
                output_sha256=attempt.output_sha256,
                told=storable_or_none(attempt.told),
            )
        )
        run = session.get(Run, run_id)
        assert run is not None
        run.hours = ((seconds or 0.0) + attempt.seconds) / 3600
    session.flush()
