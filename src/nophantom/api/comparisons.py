"""Comparisons: how far apart two runs are, how sure that is, and which problems flipped."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from nophantom.api.problem import answers
from nophantom.api.runs import DriftOut, EvaluationOut, told_drift
from nophantom.api.shapes import ROOT, Cursor, InStore, Limit, Page, Sent
from nophantom.llm.concluding import RunComparison, compare_runs, read_flipped
from nophantom.llm.verdicts import Claim, Question
from nophantom.stats.verdicts import Direction, Verdict
from nophantom.store.paging import page_of

router = APIRouter(prefix=f"{ROOT}/comparisons", tags=["llm"])


class ClaimOut(Sent):
    """What was claimed of the first against the second."""

    direction: Direction
    delta: float = Field(description="the smallest difference that matters, as a proportion")
    alpha: float = Field(description="error rate of the verdict, two-sided")


class MissingOut(Sent):
    """What problems that only one of the two has a score for could do to the difference."""

    first_lacks: int
    second_lacks: int
    n: int
    low: float
    high: float


class NeededOut(Sent):
    """Problems that would decide a true difference of delta with this power."""

    delta: float
    power: float
    confidence: float
    low: int
    high: int


class ComparisonOut(Sent):
    """The first run minus the second on the problems that both were scored on, as proportions."""

    simulated: bool
    first: EvaluationOut
    second: EvaluationOut
    question: Question
    n: int
    first_right: float
    second_right: float
    difference: float = Field(ge=-1, le=1, examples=[0.0432])
    interval: tuple[float, float] | None = Field(description="null when the data cannot support one")
    confidence: float
    method: str
    p_value: float | None
    p_exact: float | None = Field(description="McNemar's; null where scores are not all 0 or 1")
    p_mid: float | None
    gained: int = Field(description="problems that the first scores higher on")
    lost: int = Field(description="problems that the second scores higher on")
    missing: MissingOut | None
    verdict: Verdict
    reason: str
    claim: ClaimOut
    exploratory: bool = Field(description="the claim was not written down before the data")
    problems_needed: NeededOut | None
    planted: float | None = Field(description="the true difference of a simulation")
    not_covered: list[str]
    grader_drift: list[DriftOut]


class FlippedOut(Sent):
    """A problem that one of the two scores higher on."""

    problem: str = Field(description="its key")
    change: Literal["gained", "lost"] = Field(description="gained: the first scores higher")
    question: str
    reference: str
    first: str | None = Field(description="the first's answer as the grader read it; null when it found none")
    second: str | None
    first_text: str | None = Field(description="the whole raw answer; null where none is kept")
    second_text: str | None


def _compared(
    store: InStore,
    first: Annotated[str, Query(max_length=500, description="`r12`, or a unique piece of the run's name")],
    second: Annotated[str, Query(max_length=500, description="the run to compare with")],
    claim: Annotated[Direction | None, Query(description="what is claimed of the first")] = None,
    delta: Annotated[
        float | None, Query(ge=1e-6, lt=1, description="smallest difference that matters, as a proportion")
    ] = None,
    alpha: Annotated[float | None, Query(gt=0, lt=0.5, description="error rate of the verdict")] = None,
    problem_set: Annotated[str | None, Query(max_length=200)] = None,
    grader: Annotated[str | None, Query(max_length=200)] = None,
    split: Annotated[str | None, Query(max_length=200)] = None,
    step: Annotated[
        int | None, Query(ge=0, lt=2**63, description="training step; default the last of each")
    ] = None,
) -> RunComparison:
    said = Claim.said(claim, delta, alpha)
    return compare_runs(
        store.engine, first, second, said, problem_set=problem_set, grader=grader, split=split, step=step
    )


InComparison = Annotated[RunComparison, Depends(_compared)]


@router.get("", response_model=ComparisonOut, responses=answers(403, 404, 409, 422))
def read_comparison(found: InComparison) -> object:
    """Compare two runs on the problems that both were scored on. Equal queries give equal answers.

    Without a claim, what the plan of their study says of this pair; else that the first is at least a
    point better, and the verdict is exploratory.
    """
    c = found.comparison
    return found.numbers() | {
        "first": found.first,
        "second": found.second,
        "missing": c.missing,
        "claim": c.ruling.claim,
        "problems_needed": c.needed,
        "grader_drift": [told_drift(d) for d in found.drift],
    }


@router.get("/problems", response_model=Page[FlippedOut], responses=answers(403, 404, 409, 422))
def list_flipped(
    store: InStore,
    found: InComparison,
    change: Annotated[Literal["gained", "lost"] | None, Query(description="only these")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> object:
    """The problems that flipped, gained before lost, with both answers side by side."""
    flips = [("gained", key) for key in found.comparison.gained] if change != "lost" else []
    flips += [("lost", key) for key in found.comparison.lost] if change != "gained" else []
    pair = [found.first.evaluation_id, found.second.evaluation_id]
    page = page_of(flips, limit=limit, cursor=cursor, filters={"pair": pair, "change": change})
    texts = read_flipped(store.engine, store.blobs, found, [key for _, key in page.items])
    return page.of(
        lambda rows: [
            {
                "problem": key,
                "change": way,
                "question": found.flipped[key].question,
                "reference": found.flipped[key].reference,
                "first": found.flipped[key].first,
                "second": found.flipped[key].second,
                "first_text": texts[key][0],
                "second_text": texts[key][1],
            }
            for way, key in rows
        ]
    )
