"""The run that a log belongs to: one of a study of imported logs, or one of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from nophantom.errors import InvalidInput
from nophantom.llm.ledger.rows import storable_name
from nophantom.llm.ledger.tables import Arm, Checkpoint, Evaluation, Log, ProblemSet, Run, Study
from nophantom.llm.logs.records import Framework, Placement
from nophantom.llm.plan import Origin
from nophantom.store.canonical import canonical_json, text_hash

DEFAULT_ARM = "default"
"""The arm of a study whose logs name none."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A place of a study that one evaluation fills: checkpoint, problem set and split."""

    checkpoint_id: int
    problem_set_id: int
    split: str | None


def run_of_import(session: Session, framework: Framework, model: str, run_hash: str, at: datetime) -> int:
    """Number of the run of a log that belongs to no study: logs with the same `run_hash` share it."""
    model = storable_name(model)
    known = session.execute(
        select(Run.id).where(Run.framework == framework, Run.model == model, Run.log_hash == run_hash)
    ).scalar()
    if known is not None:
        return known
    run = Run(name=f"{framework}/{model}", model=model, framework=framework, log_hash=run_hash, created_at=at)
    session.add(run)
    session.flush()
    return run.id


def run_of_study(session: Session, placement: Placement, model: str, at: datetime) -> int:
    """Number of the run (arm, seed) of a study of imported logs; study, arm and run are made as needed.

    Args:
        session: inside one unit of work.
        placement: names a study and a seed.
        model: the model's name.
        at: the time of writing.

    Raises:
        InvalidInput: the study of this name was planned or simulated, or the placement lacks study or seed.
    """
    if placement.study is None or placement.seed is None:
        raise InvalidInput(f"a run of a study needs the study's name and a seed; got {placement}.")
    study, arm = storable_name(placement.study), storable_name(placement.arm or DEFAULT_ARM)
    arm_id = _arm(session, _study(session, study, at), arm)
    known = session.execute(select(Run.id).where(Run.arm_id == arm_id, Run.seed == placement.seed)).scalar()
    if known is not None:
        return known
    run = Run(
        name=storable_name(f"{study}/{arm}/seed{placement.seed}"),
        model=storable_name(model),
        arm_id=arm_id,
        seed=placement.seed,
        created_at=at,
    )
    session.add(run)
    session.flush()
    return run.id


def _study(session: Session, name: str, at: datetime) -> int:
    known = session.execute(select(Study.id, Study.origin).where(Study.name == name)).first()
    if known is not None:
        if known.origin is not Origin.IMPORTED:
            raise InvalidInput(
                f"the study {name!r} was planned here ({known.origin}), and logs of others cannot join it. Name "
                "another one with --study."
            )
        return int(known.id)
    plan = canonical_json({"name": name, "origin": Origin.IMPORTED})
    study = Study(name=name, origin=Origin.IMPORTED, plan=plan, plan_hash=text_hash(plan), created_at=at)
    session.add(study)
    session.flush()
    return study.id


def _arm(session: Session, study_id: int, name: str) -> int:
    known = session.execute(select(Arm.id).where(Arm.study_id == study_id, Arm.name == name)).scalar()
    if known is not None:
        return known
    session.add(arm := Arm(study_id=study_id, name=name))
    session.flush()
    return arm.id


def check_free(session: Session, cell: Cell, path: str) -> None:
    """Refuse a second evaluation of one checkpoint on one problem set and split.

    With two, the order of imports would decide which of them speaks for the checkpoint.

    Args:
        session: inside one unit of work.
        cell: where the evaluation is to be.
        path: of the log that it comes from, for the message.

    Raises:
        InvalidInput: there is one already.
    """
    known = session.execute(
        select(Run.name, Checkpoint.step, ProblemSet.name.label("problem_set"), Log.path)
        .join(Checkpoint, Checkpoint.run_id == Run.id)
        .join(Evaluation, Evaluation.checkpoint_id == Checkpoint.id)
        .join(ProblemSet, ProblemSet.id == Evaluation.problem_set_id)
        .outerjoin(Log, Log.id == Evaluation.log_id)
        .where(
            Checkpoint.id == cell.checkpoint_id,
            ProblemSet.id == cell.problem_set_id,
            Evaluation.split.is_not_distinct_from(cell.split),
        )
        .order_by(Evaluation.id.desc())
        .limit(1)
    ).first()
    if known is not None:
        step = "" if known.step is None else f" at step {known.step}"
        split = "" if cell.split is None else f" ({cell.split})"
        raise InvalidInput(
            f"{path}: {known.name}{step} has an evaluation on {known.problem_set}{split} already, from {known.path!r}. "
            "Give this one another place, or --again to keep both: then the one imported last speaks."
        )
