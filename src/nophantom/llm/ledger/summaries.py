"""Evaluations with their counts: what a list of runs shows."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, Subquery, case, func, select
from sqlalchemy.orm import Session

from nophantom.llm.ledger.seal import sealed_evaluations
from nophantom.llm.ledger.tables import Arm, Checkpoint, Evaluation, Log, Outcome, ProblemSet, Run, Study
from nophantom.llm.logs.records import Framework
from nophantom.llm.plan import Origin


@dataclass(frozen=True, slots=True)
class EvaluationSummary:
    """One evaluation with its counts: outcomes = scored + failures; right = the sum of the scores.

    `rank` 0 is the grading that speaks for the evaluation; `headline` is the mean score that the log
    itself states. `without_answer` counts scored outcomes in which the grader found no answer. Of a
    sealed test `right`, `without_answer` and `headline` are None: how many there are is no secret, how
    they came out is.
    """

    evaluation_id: int
    run_id: int
    run: str
    study: str | None
    arm: str | None
    seed: int | None
    simulated: bool
    step: int | None
    problem_set: str
    split: str | None
    grader: str
    grader_version: str
    rank: int
    headline: float | None
    problems: int
    outcomes: int
    scored: int
    right: float | None
    without_answer: int | None
    failures: Mapping[str, int]
    log: str | None
    status: str | None
    declared: int | None
    omitted: int
    study_id: int | None = None
    sealed: bool = False

    @property
    def reference(self) -> str:
        """How a person names its run: `r12`."""
        return f"r{self.run_id}"

    @property
    def accuracy(self) -> float | None:
        """Mean score over the scored outcomes; None when nothing was scored, or it is sealed."""
        return self.right / self.scored if self.scored and self.right is not None else None


def list_evaluations(session: Session, run_ids: Sequence[int] | None = None) -> list[EvaluationSummary]:
    """All evaluations (of some runs), by run, checkpoint and rank of the grader."""
    return _read(session, None if run_ids is None else evaluation_ids(run_ids))


def evaluations_of(session: Session, ids: Sequence[int]) -> list[EvaluationSummary]:
    """Some evaluations, in the order of their numbers as given."""
    found = {e.evaluation_id: e for e in _read(session, ids)}
    return [found[number] for number in ids]


Ids = Sequence[int] | Select[int]


def _read(session: Session, ids: Ids | None) -> list[EvaluationSummary]:
    totals = evaluation_totals(ids)
    query = (
        select(Evaluation, Checkpoint.step, Run, ProblemSet.name.label("problem_set"), Arm.name.label("arm"))
        .add_columns(Study, Log, totals)
        .join(Checkpoint, Checkpoint.id == Evaluation.checkpoint_id)
        .join(Run, Run.id == Checkpoint.run_id)
        .join(ProblemSet, ProblemSet.id == Evaluation.problem_set_id)
        .outerjoin(totals, totals.c.evaluation_id == Evaluation.id)
        .outerjoin(Arm, Arm.id == Run.arm_id)
        .outerjoin(Study, Study.id == Arm.study_id)
        .outerjoin(Log, Log.id == Evaluation.log_id)
        .order_by(Run.id, Checkpoint.step, Evaluation.problem_set_id, Evaluation.rank, Evaluation.id)
    )
    if ids is not None:
        query = query.where(Evaluation.id.in_(ids))
    failures = _failures(session, ids)
    sealed = set(session.scalars(sealed_evaluations()))
    return [
        _summary(row, failures.get(row.Evaluation.id, {}), sealed=row.Evaluation.id in sealed)
        for row in session.execute(query)
    ]


def evaluation_totals(ids: Ids | None = None) -> Subquery:
    """The counts of every evaluation (of some) that has outcomes, as `totals.c`; sealed ones without the result."""
    is_silent = Outcome.score.is_not(None) & Outcome.answer.is_(None)
    is_open = Outcome.evaluation_id.not_in(sealed_evaluations())
    counts = select(
        Outcome.evaluation_id.label("evaluation_id"),
        func.count(func.distinct(Outcome.problem_id)).label("problems"),
        func.count().label("outcomes"),
        func.count(Outcome.score).label("scored"),
        case((is_open, func.coalesce(func.sum(Outcome.score), 0.0))).label("right"),
        case((is_open, func.sum(case((is_silent, 1), else_=0)))).label("silent"),
    ).group_by(Outcome.evaluation_id)
    if ids is not None:
        counts = counts.where(Outcome.evaluation_id.in_(ids))
    return counts.subquery()


def _summary(row: Row[Any], failures: Mapping[str, int], *, sealed: bool) -> EvaluationSummary:
    evaluation, run, study, log = row.Evaluation, row.Run, row.Study, row.Log
    return EvaluationSummary(
        evaluation_id=evaluation.id,
        run_id=run.id,
        run=run.name,
        study=study.name if study else None,
        arm=row.arm,
        seed=run.seed,
        simulated=study is not None and study.origin is Origin.SIMULATED,
        step=row.step,
        problem_set=row.problem_set,
        split=evaluation.split,
        grader=evaluation.grader,
        grader_version=evaluation.grader_version,
        rank=evaluation.rank,
        headline=None if sealed else evaluation.headline,
        problems=row.problems or 0,
        outcomes=row.outcomes or 0,
        scored=row.scored or 0,
        right=None if sealed else float(row.right or 0),
        without_answer=None if sealed else int(row.silent or 0) if _keeps_answers(run, study, log) else 0,
        failures=failures,
        log=log.path if log else None,
        status=log.status if log else None,
        declared=log.declared if log else _planned(run, evaluation),
        omitted=log.omitted if log else 0,
        study_id=study.id if study else None,
        sealed=sealed,
    )


def _keeps_answers(run: Run, study: Study | None, log: Log | None) -> bool:
    """Where outcomes are simulated or a table holds scores alone, no answer is missing."""
    if log is not None:
        return log.framework is not Framework.TABLE
    return run.framework is Framework.NOPHANTOM or (study is not None and study.origin is Origin.RUN)


def _planned(run: Run, evaluation: Evaluation) -> int | None:
    """How many answers a model is to give in the end, where we ask it ourselves: a stopped evaluation holds fewer."""
    if run.framework is not Framework.NOPHANTOM:
        return None
    settings = json.loads(evaluation.settings)
    return int(settings["problems"]["n"]) * int(settings["samples"])


def evaluation_ids(run_ids: Sequence[int]) -> Select[int]:
    """The numbers of all evaluations of some runs."""
    return (
        select(Evaluation.id)
        .join(Checkpoint, Checkpoint.id == Evaluation.checkpoint_id)
        .where(Checkpoint.run_id.in_(run_ids))
    )


def _failures(session: Session, ids: Ids | None) -> dict[int, dict[str, int]]:
    query = (
        select(Outcome.evaluation_id, Outcome.failure, func.count())
        .where(Outcome.failure.is_not(None))
        .group_by(Outcome.evaluation_id, Outcome.failure)
        .order_by(Outcome.evaluation_id, Outcome.failure)
    )
    if ids is not None:
        query = query.where(Outcome.evaluation_id.in_(ids))
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for evaluation_id, failure, count in session.execute(query):
        found[evaluation_id][str(failure)] = count
    return found
