"""The lists of the ledger page by page: runs and evaluations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import false, func, not_, select
from sqlalchemy.orm import Session

from nophantom.llm.ledger.summaries import EvaluationSummary, evaluation_totals, evaluations_of
from nophantom.llm.ledger.tables import Arm, Checkpoint, Evaluation, ProblemSet, Run, Study
from nophantom.llm.logs.records import Framework
from nophantom.llm.plan import Origin
from nophantom.store.paging import Column, Page, Query, order_of, read_page

RUN_SORTS = ("id", "name")
EVALUATION_SORTS = ("id", "run", "accuracy")
_UNSCORED = -1.0  # sorts below every accuracy; never shown


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run as a list shows it; what belongs to a study is None for an import, and the reverse."""

    id: int
    name: str
    model: str
    framework: Framework | None
    study: str | None
    arm: str | None
    seed: int | None
    simulated: bool
    created_at: datetime
    evaluations: int

    @property
    def reference(self) -> str:
        """How a person names it: `r12`."""
        return f"r{self.id}"


def page_runs(
    session: Session,
    *,
    contains: str | None = None,
    framework: Framework | None = None,
    study: str | None = None,
    simulated: bool | None = None,
    sort: str = "-id",
    limit: int = 50,
    cursor: str | None = None,
) -> Page[RunRow]:
    """The runs of the ledger.

    Args:
        session: read from.
        contains: only those whose name contains this, in whatever case.
        framework: only logs of this one.
        study: only runs of the study of this name.
        simulated: only simulated ones, or only others.
        sort: one of `RUN_SORTS`; `-` in front for the greatest first.
        limit: rows of a page.
        cursor: `next_cursor` of the page before.

    Raises:
        InvalidInput: no such sort or cursor.
    """
    query = _named(_of_studies(select(Run.id)), contains, simulated)
    if framework is not None:
        query = query.where(Run.framework == framework)
    if study is not None:
        query = query.where(Study.name == study)
    filters = {"contains": contains, "framework": framework, "study": study, "simulated": simulated}
    order = order_of(sort, {"id": Run.id, "name": Run.name}, Run.id)
    page = read_page(session, query, order, limit=limit, cursor=cursor, filters=filters)
    return page.of(lambda rows: run_rows(session, [row.id for row in rows]))


def run_rows(session: Session, ids: Sequence[int]) -> list[RunRow]:
    """Some runs, in the order of their numbers as given."""
    counted = (
        select(func.count())
        .select_from(Evaluation)
        .join(Checkpoint, Checkpoint.id == Evaluation.checkpoint_id)
        .where(Checkpoint.run_id == Run.id)
        .scalar_subquery()
    )
    query = _of_studies(
        select(Run, Arm.name.label("arm"), Study.name.label("study"), Study.origin, counted.label("n"))
    ).where(Run.id.in_(ids))
    found = {
        row.Run.id: RunRow(
            id=row.Run.id,
            name=row.Run.name,
            model=row.Run.model,
            framework=row.Run.framework,
            study=row.study,
            arm=row.arm,
            seed=row.Run.seed,
            simulated=row.origin is Origin.SIMULATED,
            created_at=row.Run.created_at,
            evaluations=row.n,
        )
        for row in session.execute(query)
    }
    return [found[number] for number in ids]


def page_evaluations(
    session: Session,
    *,
    contains: str | None = None,
    problem_set: str | None = None,
    grader: str | None = None,
    speaking: bool | None = None,
    simulated: bool | None = None,
    sort: str = "id",
    limit: int = 50,
    cursor: str | None = None,
) -> Page[EvaluationSummary]:
    """The evaluations of the ledger with their counts.

    Args:
        session: read from.
        contains: only of runs whose name contains this, in whatever case.
        problem_set: only on the problem set of this name.
        grader: only by the grader of this name.
        speaking: True for the one grading that speaks for each evaluation, False for the others.
        simulated: only simulated ones, or only others.
        sort: one of `EVALUATION_SORTS`; `-` in front for the greatest first.
        limit: rows of a page.
        cursor: `next_cursor` of the page before.

    Raises:
        InvalidInput: no such sort or cursor.
    """
    query: Query = (
        select(Evaluation.id)
        .join(Checkpoint, Checkpoint.id == Evaluation.checkpoint_id)
        .join(Run, Run.id == Checkpoint.run_id)
    )
    query = _named(_of_studies(query), contains, simulated)
    columns: dict[str, Column] = {"id": Evaluation.id, "run": Run.name}
    if sort.removeprefix("-") == "accuracy":
        totals = evaluation_totals()
        query = query.outerjoin(totals, totals.c.evaluation_id == Evaluation.id)
        columns["accuracy"] = func.coalesce(totals.c.right / func.nullif(totals.c.scored, 0), _UNSCORED)
    if problem_set is not None:
        query = query.join(ProblemSet, ProblemSet.id == Evaluation.problem_set_id)
        query = query.where(ProblemSet.name == problem_set)
    if grader is not None:
        query = query.where(Evaluation.grader == grader)
    if speaking is not None:
        query = query.where(Evaluation.rank == 0 if speaking else Evaluation.rank > 0)
    filters = {
        "contains": contains,
        "problem_set": problem_set,
        "grader": grader,
        "speaking": speaking,
        "simulated": simulated,
    }
    order = order_of(sort, columns, Evaluation.id)
    page = read_page(session, query, order, limit=limit, cursor=cursor, filters=filters)
    return page.of(lambda rows: evaluations_of(session, [row.id for row in rows]))


def _of_studies(query: Query) -> Query:
    return query.outerjoin(Arm, Arm.id == Run.arm_id).outerjoin(Study, Study.id == Arm.study_id)


def _named(query: Query, contains: str | None, simulated: bool | None) -> Query:
    if contains:
        query = query.where(func.lower(Run.name).contains(contains.lower(), autoescape=True))
    if simulated is not None:
        is_simulated = func.coalesce(Study.origin == Origin.SIMULATED, false())
        query = query.where(is_simulated if simulated else not_(is_simulated))
    return query
