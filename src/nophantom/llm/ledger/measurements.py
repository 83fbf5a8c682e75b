"""What was measured on the checkpoints of a study, as arrays. Reading only."""

from __future__ import annotations

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from nophantom.llm.cube import MeasurementCube
from nophantom.llm.ledger.run_tables import Measurement
from nophantom.llm.ledger.study_facts import read_study
from nophantom.llm.ledger.tables import Arm, Checkpoint, Run


def read_measurements(
    session: Session, study_id: int, *, prefix: str = "", step: int | None = None, arm: str | None = None
) -> MeasurementCube:
    """Every number that was measured on the runs of a study.

    Args:
        session: read from.
        study_id: which study.
        prefix: only names that begin so.
        step: only this training step.
        arm: only its runs.

    Returns:
        Runs in the order of their arms and seeds; a study without measurements has no runs here.

    Raises:
        NotFound: there is no such study.
    """
    facts = read_study(session, study_id)
    query = (
        select(
            Run.id,
            Run.name,
            Run.seed,
            Arm.name.label("arm"),
            Checkpoint.step,
            Measurement.name.label("measured"),
            Measurement.value,
        )
        .join(Checkpoint, Checkpoint.id == Measurement.checkpoint_id)
        .join(Run, Run.id == Checkpoint.run_id)
        .join(Arm, Arm.id == Run.arm_id)
        .where(Arm.study_id == study_id, Checkpoint.step.is_not(None))
        .order_by(Arm.id, Run.seed, Run.id, Checkpoint.step, Measurement.name)
    )
    if step is not None:
        query = query.where(Checkpoint.step == step)
    if arm is not None:
        query = query.where(Arm.name == arm)
    rows = [row for row in session.execute(query) if row.measured.startswith(prefix)]
    runs = {row.id: row for row in rows}
    steps = sorted({row.step for row in rows})
    names = sorted({row.measured for row in rows})
    place_of = {number: i for i, number in enumerate(runs)}
    values = np.full((len(runs), len(steps), len(names)), np.nan)
    at_step, of_name = {s: i for i, s in enumerate(steps)}, {n: i for i, n in enumerate(names)}
    for row in rows:
        values[place_of[row.id], at_step[row.step], of_name[row.measured]] = row.value
    return MeasurementCube(
        study=facts.name,
        arms=tuple(row.arm for row in runs.values()),
        seeds=tuple(row.seed for row in runs.values()),
        run_ids=tuple(runs),
        runs=tuple(row.name for row in runs.values()),
        steps=tuple(steps),
        names=tuple(names),
        values=values,
        simulated=facts.simulated,
    )
