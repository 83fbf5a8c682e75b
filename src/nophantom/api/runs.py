"""Runs and their evaluations: what the ledger holds."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import Field

from nophantom.api.problem import answers
from nophantom.api.shapes import ROOT, Cursor, InSession, Limit, Page, Sent, Text
from nophantom.llm.ledger import pages
from nophantom.llm.ledger.reading import GraderDrift, read_drift, resolve_run
from nophantom.llm.ledger.summaries import list_evaluations
from nophantom.llm.logs.records import Framework
from nophantom.llm.problems import Failure

router = APIRouter(prefix=ROOT, tags=["llm"])


class RunOut(Sent):
    """Arm x seed of a study, or a model whose log was imported."""

    id: int
    reference: str = Field(examples=["r12"])
    name: str
    model: str
    framework: Framework | None = Field(description="of an imported log; null for a run of a study")
    study: str | None
    arm: str | None
    seed: int | None
    simulated: bool
    created_at: datetime
    evaluations: int


class EvaluationOut(Sent):
    """One checkpoint on one problem set, as one grader saw it. outcomes = scored + failures."""

    evaluation_id: int
    run_id: int
    reference: str = Field(description="of the run", examples=["r12"])
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
    rank: int = Field(description="0 for the grading that speaks for the evaluation")
    headline: float | None = Field(description="the mean score that the log itself states")
    problems: int
    outcomes: int
    scored: int
    right: float | None = Field(description="sum of the scores; null when sealed")
    accuracy: float | None = Field(description="right / scored; null when nothing was scored, or sealed")
    without_answer: int | None = Field(
        description="scored outcomes in which the grader found no answer; null when sealed"
    )
    sealed: bool = Field(description="a test that nobody may see before the study's selection is recorded")
    failures: dict[Failure, int]
    log: str | None
    status: str | None
    declared: int | None = Field(description="outcomes that the log says it should hold")
    omitted: int = Field(description="parts of the log that did not become outcomes")


class DriftOut(Sent):
    """Where our grader and the log's own disagree on the same answers."""

    run_id: int
    run: str
    problem_set: str
    ours: str
    theirs: str
    compared: int
    right_only_to_ours: int
    right_only_to_theirs: int
    disagreements: int


class RunDetailOut(RunOut):
    """A run with its evaluations."""

    judged: list[EvaluationOut]
    grader_drift: list[DriftOut]


def told_drift(drift: GraderDrift) -> DriftOut:
    """Grader drift in numbers."""
    return DriftOut(
        run_id=drift.run_id,
        run=drift.run,
        problem_set=drift.problem_set,
        ours=drift.ours,
        theirs=drift.theirs,
        compared=drift.compared,
        right_only_to_ours=drift.gained,
        right_only_to_theirs=drift.lost,
        disagreements=len(drift.disagreements),
    )


@router.get("/runs", response_model=Page[RunOut], responses=answers(422))
def list_runs(
    session: InSession,
    framework: Annotated[Framework | None, Query(description="only logs of this framework")] = None,
    study: Annotated[str | None, Query(max_length=200, description="only runs of this study")] = None,
    simulated: Annotated[bool | None, Query(description="only simulated ones, or only others")] = None,
    q: Text = None,
    sort: Literal["id", "-id", "name", "-name"] = "-id",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> object:
    """The runs of the ledger; `q` looks into their names."""
    return pages.page_runs(
        session,
        contains=q,
        framework=framework,
        study=study,
        simulated=simulated,
        sort=sort,
        limit=limit,
        cursor=cursor,
    )


@router.get("/runs/{reference:path}", response_model=RunDetailOut, responses=answers(404, 409, 422))
def read_run(session: InSession, reference: Annotated[str, Path(max_length=500)]) -> object:
    """One run: by `r12`, its name, or any unique piece of the name."""
    run_id = resolve_run(session, reference)
    (row,) = pages.run_rows(session, [run_id])
    told = RunOut.model_validate(row).model_dump()
    evaluations = list_evaluations(session, [run_id])
    drift = [told_drift(d) for d in read_drift(session, [run_id])]
    return told | {"judged": evaluations, "grader_drift": drift}


@router.get("/evaluations", response_model=Page[EvaluationOut], responses=answers(422))
def list_all_evaluations(
    session: InSession,
    problem_set: Annotated[str | None, Query(max_length=200, description="only on this one")] = None,
    grader: Annotated[str | None, Query(max_length=200, description="only by this one")] = None,
    speaking: Annotated[
        bool | None, Query(description="true: only the grading that speaks for each evaluation")
    ] = None,
    simulated: Annotated[bool | None, Query(description="only simulated ones, or only others")] = None,
    q: Text = None,
    sort: Literal["id", "-id", "run", "-run", "accuracy", "-accuracy"] = "id",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> object:
    """The evaluations of the ledger with their counts; `q` looks into the names of their runs."""
    return pages.page_evaluations(
        session,
        contains=q,
        problem_set=problem_set,
        grader=grader,
        speaking=speaking,
        simulated=simulated,
        sort=sort,
        limit=limit,
        cursor=cursor,
    )
