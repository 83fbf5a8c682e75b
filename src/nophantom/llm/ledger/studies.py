"""Writing whole studies of our own: plan, arms, runs and outcomes, or nothing of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import product

from sqlalchemy import select
from sqlalchemy.orm import Session

from nophantom.errors import InvalidInput
from nophantom.llm.ledger.progress import Cell, CellKey, begin_study, record_evaluation
from nophantom.llm.ledger.tables import Study
from nophantom.llm.logs.records import Grading, LoggedProblem
from nophantom.llm.plan import StudyPlan

__all__ = ["Cell", "CellKey", "record_study"]


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
    if known is None:
        _check_cells(plan, problems, cells)
    rows = begin_study(session, plan, problems, at=at, hours=hours)
    grading = Grading(grader, "1", ())
    for key in product(plan.arms, plan.seeds, plan.steps, plan.splits):
        record_evaluation(session, rows, key, cells[key], grading, at=at)
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
