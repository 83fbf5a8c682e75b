"""How far a study is that is run here: which evaluations are there, and how the runs ended so far."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import product

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from nophantom.llm.ledger.progress import CellKey
from nophantom.llm.ledger.run_tables import Execution, Measurement
from nophantom.llm.ledger.seal import refuse_sealed
from nophantom.llm.ledger.tables import Arm, Checkpoint, Evaluation, Outcome, Run, Study
from nophantom.llm.plan import Origin
from nophantom.llm.recipe import Ending


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a study is.

    Attributes:
        done: evaluations in the ledger; `planned` how many there are to be.
        unfinished: names of runs whose last attempt did not come to its end, and why.
    """

    done: int
    planned: int
    unfinished: tuple[tuple[str, Ending, str], ...] = ()


def cells_done(session: Session, study_id: int) -> frozenset[CellKey]:
    """The cells of a study that are in the ledger."""
    rows = session.execute(
        select(Arm.name, Run.seed, Checkpoint.step, Evaluation.split)
        .join(Run, Run.arm_id == Arm.id)
        .join(Checkpoint, Checkpoint.run_id == Run.id)
        .join(Evaluation, Evaluation.checkpoint_id == Checkpoint.id)
        .where(Arm.study_id == study_id, Evaluation.rank == 0, Evaluation.split.is_not(None))
    )
    return frozenset((arm, seed or 0, step or 0, split or "") for arm, seed, step, split in rows)


def runs_probed(session: Session, study_id: int) -> frozenset[tuple[str, int]]:
    """(arm, seed) of the runs of which it is known what was measured before their first step."""
    rows = session.execute(
        select(Arm.name, Run.seed)
        .join(Run, Run.arm_id == Arm.id)
        .join(Checkpoint, Checkpoint.run_id == Run.id)
        .join(Measurement, Measurement.checkpoint_id == Checkpoint.id)
        .where(Arm.study_id == study_id, Checkpoint.step == 0)
        .distinct()
    )
    return frozenset((arm, seed or 0) for arm, seed in rows)


def progress_of(session: Session, study_id: int) -> Progress | None:
    """How far a study that is run here is; None for one of another origin."""
    study = session.get(Study, study_id)
    if study is None or study.origin is not Origin.RUN:
        return None
    told = json.loads(study.plan)
    splits = {split for split in (told.get("validation"), told["split"]) if split is not None}
    planned = set(product(told["arms"], told["seeds"], told["steps"], splits))
    return Progress(
        len(planned & cells_done(session, study_id)), len(planned), _unfinished(session, study_id)
    )


def _unfinished(session: Session, study_id: int) -> tuple[tuple[str, Ending, str], ...]:
    last = (
        select(Execution.run_id, func.max(Execution.number).label("number"))
        .group_by(Execution.run_id)
        .subquery()
    )
    rows = session.execute(
        select(Run.name, Execution.ending, Execution.told)
        .join(Execution, Execution.run_id == Run.id)
        .join(last, (last.c.run_id == Execution.run_id) & (last.c.number == Execution.number))
        .join(Arm, Arm.id == Run.arm_id)
        .where(Arm.study_id == study_id, Execution.ending != Ending.FINISHED)
        .order_by(Run.id)
    )
    return tuple((name, ending, told or "") for name, ending, told in rows)


def scores_of(session: Session, study_id: int, step: int, split: str) -> dict[tuple[str, int], float]:
    """(arm, seed) -> accuracy at a step on a split.

    Raises:
        Sealed: the split is the sealed test.
    """
    rows = session.execute(
        select(Arm.name, Run.seed, Evaluation.id, func.avg(Outcome.score))
        .join(Run, Run.arm_id == Arm.id)
        .join(Checkpoint, Checkpoint.run_id == Run.id)
        .join(Evaluation, Evaluation.checkpoint_id == Checkpoint.id)
        .join(Outcome, Outcome.evaluation_id == Evaluation.id)
        .where(Arm.study_id == study_id, Checkpoint.step == step)
        .where(Evaluation.split == split, Evaluation.rank == 0)
        .group_by(Arm.name, Run.seed, Evaluation.id)
        .order_by(Evaluation.id)
    ).all()
    refuse_sealed(session, [number for _, _, number, _ in rows])
    return {(arm, seed or 0): float(mean) for arm, seed, _, mean in rows if mean is not None}


@dataclass(frozen=True, slots=True)
class KnownPlan:
    """What was set out under a name."""

    study_id: int
    origin: Origin
    plan: str
    plan_hash: str


def find_plan(session: Session, name: str) -> KnownPlan | None:
    """The plan of the study of exactly this name, if there is one."""
    row = session.execute(
        select(Study.id, Study.origin, Study.plan, Study.plan_hash).where(Study.name == name)
    ).first()
    return None if row is None else KnownPlan(row.id, row.origin, row.plan, row.plan_hash)


def hours_of(session: Session, study_id: int) -> dict[str, float]:
    """Arm -> hours that its runs took together, as far as is known."""
    rows = session.execute(
        select(Arm.name, func.coalesce(func.sum(Run.hours), 0.0))
        .join(Run, Run.arm_id == Arm.id)
        .where(Arm.study_id == study_id)
        .group_by(Arm.name)
    )
    return {arm: float(hours or 0.0) for arm, hours in rows}
