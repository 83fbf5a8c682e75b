"""Studies: seeds, recipes, selection, votes, problems and gates, each as its own question."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import Field

from nophantom.api.guard import NONCE
from nophantom.api.problem import answers
from nophantom.api.shapes import ROOT, Cursor, InSession, InStore, Limit, Page, Sent
from nophantom.errors import InvalidInput
from nophantom.llm.asking import Asked, studies, study_named
from nophantom.llm.assembling import answer_everything
from nophantom.llm.contrasting import effects_of_study
from nophantom.llm.gating import gate_study
from nophantom.llm.ledger.courses import StudyCourse, read_course
from nophantom.llm.ledger.standing import Progress
from nophantom.llm.ledger.study_facts import StudyFacts, resolve_study
from nophantom.llm.plan import Origin
from nophantom.llm.probing import probes_of_study, routing_of_study
from nophantom.llm.questions.difficulty import ProblemsAnswer
from nophantom.llm.questions.effects import EffectsAnswer
from nophantom.llm.questions.ensembles import EnsembleAnswer
from nophantom.llm.questions.gate import GateAnswer
from nophantom.llm.questions.probes import DELTA, ProbesAnswer
from nophantom.llm.questions.recipes import RecipeComparison, RecipePairs
from nophantom.llm.questions.routing import RoutingAnswer
from nophantom.llm.questions.seed_selection import SelectionAnswer
from nophantom.llm.questions.seed_spread import Price, SeedsAnswer
from nophantom.llm.reports.whole import study_report
from nophantom.llm.selecting import select_seed
from nophantom.llm.study_progress import progress_of_studies
from nophantom.llm.studying import (
    compare_every_arm,
    compare_two_arms,
    problems_of_study,
    spread_of_seeds,
    vote_of_study,
)
from nophantom.llm.verdicts import Claim, Question
from nophantom.reporting.html import page_html
from nophantom.stats.verdicts import Direction
from nophantom.stats.votes import Tie, VoteKind
from nophantom.store.paging import page_of
from nophantom.version import __version__

router = APIRouter(prefix=f"{ROOT}/studies", tags=["llm"])


class LookOut(Sent):
    """A forced look at a sealed test."""

    question: Question
    reason: str
    made_at: datetime


class SelectionOut(Sent):
    """A selection as it was frozen."""

    number: int
    run_ids: list[int] = Field(description="the chosen runs, the best first")
    rule: dict[str, Any] = Field(description="how it was made")
    looks_before: int = Field(description="how often the sealed test had been looked at")
    after_test: bool = Field(description="whether the test could have been seen before it was made")
    made_at: datetime


class StudyOut(Sent):
    """A study: what was set out, what was chosen, and who looked at its test before."""

    id: int
    reference: str = Field(examples=["s3"])
    name: str
    origin: Origin
    simulated: bool
    arms: list[str]
    splits: list[str]
    runs: int
    validation_split: str | None = Field(description="seeds are chosen on it")
    sealed_split: str | None = Field(description="refused until a selection is recorded")
    sealed: bool = Field(description="whether that test is still closed")
    provenance: str | None = Field(description="how the test was used, as a sentence")
    plan: dict[str, Any] = Field(description="as it was written down before the data")
    plan_hash: str
    looks: list[LookOut]
    selections: list[SelectionOut]
    progress: Progress | None = Field(
        description="evaluations in the ledger of those planned, of a study that is run here"
    )
    created_at: datetime


def _told(facts: StudyFacts, progress: Mapping[int, Progress]) -> StudyOut:
    return StudyOut(
        id=facts.id,
        reference=facts.reference,
        name=facts.name,
        origin=facts.origin,
        simulated=facts.simulated,
        arms=list(facts.arms),
        splits=list(facts.splits),
        runs=facts.runs,
        validation_split=facts.validation_split,
        sealed_split=facts.sealed_split,
        sealed=facts.sealed,
        provenance=facts.provenance(),
        plan=json.loads(facts.plan),
        plan_hash=facts.plan_hash,
        looks=[LookOut.model_validate(look) for look in facts.looks],
        selections=[
            SelectionOut(
                number=chosen.number,
                run_ids=list(chosen.run_ids),
                rule=json.loads(chosen.rule),
                looks_before=chosen.looks_before,
                after_test=chosen.after_test,
                made_at=chosen.made_at,
            )
            for chosen in facts.selections
        ],
        progress=progress.get(facts.id),
        created_at=facts.created_at,
    )


def _asked(
    reference: Annotated[
        str, Path(max_length=200, description="`s3`, or a unique piece of the study's name")
    ],
    arm: Annotated[str | None, Query(max_length=200, description="only its runs")] = None,
    split: Annotated[
        str | None,
        Query(max_length=200, description="default: validation while the test is sealed, then the test"),
    ] = None,
    step: Annotated[
        int | None, Query(ge=0, lt=2**63, description="training step; default the last that all runs have")
    ] = None,
    problem_set: Annotated[str | None, Query(max_length=200)] = None,
    grader: Annotated[str | None, Query(max_length=200)] = None,
) -> Asked:
    return Asked(reference, arm=arm, split=split, step=step, problem_set=problem_set, grader=grader)


InAsked = Annotated[Asked, Depends(_asked)]
TopK = Annotated[int, Query(ge=1, le=1_000, description="how many are chosen, for a vote")]
JudgedOn = Annotated[
    str | None,
    Query(max_length=200, description="where imported logs are judged; default the split called test"),
]
Share = Annotated[float, Query(ge=1e-6, lt=1, description="smallest effect that matters, as a proportion")]
Rate = Annotated[float, Query(gt=0, lt=0.5, description="error rate, two-sided")]
REFUSALS = answers(403, 404, 409, 422)
PAGE: dict[int | str, dict[str, Any]] = {
    200: {"description": "One HTML page.", "content": {"text/html": {"schema": {"type": "string"}}}}
}


@router.get("", response_model=Page[StudyOut], responses=answers(422))
def list_studies(store: InStore, limit: Limit = 50, cursor: Cursor = None) -> object:
    """The studies of the ledger, the oldest first."""
    page = page_of(studies(store.engine), limit=limit, cursor=cursor, filters={"list": "studies"})
    progress = progress_of_studies(store.engine, [facts.id for facts in page.items])
    return page.of(lambda rows: [_told(facts, progress) for facts in rows])


@router.get("/{reference}", response_model=StudyOut, responses=answers(404, 409, 422))
def read_study(store: InStore, reference: Annotated[str, Path(max_length=200)]) -> object:
    """One study: by `s3`, or a unique piece of its name."""
    facts = study_named(store.engine, reference)
    return _told(facts, progress_of_studies(store.engine, [facts.id]))


@router.get("/{reference}/course", response_model=StudyCourse, responses=answers(404, 409, 422))
def read_study_course(session: InSession, reference: Annotated[str, Path(max_length=200)]) -> object:
    """The accuracy of every run at every checkpoint, while the study runs too; nothing of a sealed test."""
    return read_course(session, resolve_study(session, reference))


@router.get("/{reference}/seeds", response_model=SeedsAnswer, responses=REFUSALS)
def read_seeds(
    store: InStore,
    asked: InAsked,
    n: Annotated[int | None, Query(ge=1, le=100_000, description="the best of so many seeds")] = None,
    hours_per_seed: Annotated[
        float | None, Query(gt=0, le=10**9, description="training hours; default as in the ledger")
    ] = None,
    alternative: Annotated[
        float | None, Query(ge=-1, le=1, description="what another use of the time gained, a proportion")
    ] = None,
    alternative_hours: Annotated[float | None, Query(gt=0, le=10**9, description="in how many hours")] = None,
    worthwhile: Annotated[
        float | None, Query(gt=0, le=1, description="what the next seed must bring per hour, a proportion")
    ] = None,
    delta: Share = 0.01,
    alpha: Rate = 0.05,
) -> object:
    """How far seeds differ beyond the noise of the test, and what the best of n would score."""
    if (alternative is None) != (alternative_hours is None):
        raise InvalidInput(
            "another use of the time has a gain and hours: give alternative and alternative_hours."
        )
    other = None if alternative is None or alternative_hours is None else (alternative, alternative_hours)
    price = Price(hours_per_seed, other, worthwhile)
    return spread_of_seeds(store.engine, asked, n=n, delta=delta, confidence=1 - alpha, price=price)


@router.get("/{reference}/comparison", response_model=RecipeComparison, responses=REFUSALS)
def read_recipes(
    store: InStore,
    asked: InAsked,
    first: Annotated[str, Query(max_length=200, description="the arm that the claim speaks of")],
    second: Annotated[str, Query(max_length=200, description="the arm to compare with")],
    claim: Annotated[Direction | None, Query(description="what is claimed of the first")] = None,
    delta: Annotated[float | None, Query(ge=1e-6, lt=1)] = None,
    alpha: Annotated[float | None, Query(gt=0, lt=0.5)] = None,
    paired: Annotated[bool, Query(description="seed i of both shares its randomness")] = False,
    fixed_problems: Annotated[bool, Query(description="answer for these problems alone")] = False,
) -> object:
    """Compare two arms as recipes: seeds are the random unit, crossed with problems."""
    said = Claim.said(claim, delta, alpha)
    return compare_two_arms(
        store.engine, asked, first, second, said, paired=paired, fixed_problems=fixed_problems
    )


@router.get("/{reference}/pairs", response_model=RecipePairs, responses=REFUSALS)
def read_pairs(store: InStore, asked: InAsked, alpha: Rate = 0.05) -> object:
    """Every pair of arms, with intervals that hold together."""
    return compare_every_arm(store.engine, asked, confidence=1 - alpha)


@router.get("/{reference}/effects", response_model=EffectsAnswer, responses=REFUSALS)
def read_effects(
    store: InStore,
    asked: InAsked,
    claim: Annotated[
        Direction, Query(description="what is claimed of every effect, against 0")
    ] = Direction.DIFFERENT,
    delta: Share = 0.01,
    alpha: Rate = 0.05,
    paired: Annotated[
        bool, Query(description="seed i of all arms shares its randomness, also where no plan says so")
    ] = False,
    fixed_problems: Annotated[bool, Query(description="answer for these problems alone")] = False,
) -> object:
    """What each factor of the arms brings, and whether factors help each other."""
    said = Claim(claim, delta, alpha)
    return effects_of_study(store.engine, asked, said, paired=paired, fixed_problems=fixed_problems)


@router.get("/{reference}/probes", response_model=ProbesAnswer, responses=REFUSALS)
def read_probes(
    store: InStore,
    asked: InAsked,
    delta: Annotated[float, Query(gt=0, lt=1, description="smallest rank correlation that matters")] = DELTA,
    alpha: Rate = 0.05,
    measured_at: Annotated[int, Query(ge=0, lt=2**63, description="step of the measurements")] = 0,
) -> object:
    """Does what was measured before training predict the final score?"""
    return probes_of_study(store.engine, asked, delta=delta, confidence=1 - alpha, measured_at=measured_at)


@router.get("/{reference}/routing", response_model=RoutingAnswer, responses=answers(404, 409, 422))
def read_routing(
    store: InStore,
    reference: Annotated[
        str, Path(max_length=200, description="`s3`, or a unique piece of the study's name")
    ],
    arm: Annotated[str | None, Query(max_length=200, description="only its runs")] = None,
) -> object:
    """How tokens find their experts: load, entropy and strata at every checkpoint."""
    return routing_of_study(store.engine, reference, arm=arm)


@router.get("/{reference}/ensemble", response_model=EnsembleAnswer, responses=REFUSALS)
def read_vote(
    store: InStore,
    asked: InAsked,
    k: Annotated[int, Query(ge=1, le=1_000, description="how many vote")] = 3,
    rule: Annotated[VoteKind, Query(description="most votes, or more than half of all")] = VoteKind.PLURALITY,
    ties: Annotated[Tie | None, Query(description="what a tie is")] = None,
    min_support: Annotated[int, Query(ge=1, le=1_000, description="votes that an answer needs")] = 1,
    delta: Share = 0.01,
    alpha: Rate = 0.05,
) -> object:
    """What a vote of the best k runs brings over the best alone."""
    claim = Claim(delta=delta, alpha=alpha)
    return vote_of_study(store.engine, asked, k=k, kind=rule, ties=ties, min_support=min_support, claim=claim)


@router.get("/{reference}/problems", response_model=ProblemsAnswer, responses=REFUSALS)
def read_problems(
    store: InStore,
    asked: InAsked,
    shown: Annotated[int, Query(ge=0, le=200, description="how many of the hardest are listed")] = 20,
) -> object:
    """Which problems all, none or some of the runs solve."""
    return problems_of_study(store.engine, asked, shown=shown)


@router.get("/{reference}/selection", response_model=SelectionAnswer, responses=REFUSALS)
def preview_selection(store: InStore, asked: InAsked, top_k: TopK = 1, test: JudgedOn = None) -> object:
    """What would be chosen on validation, and what it is worth. Records nothing and opens nothing."""
    return select_seed(store.engine, asked, top_k=top_k, test=test, record=False)


@router.post("/{reference}/selections", response_model=SelectionAnswer, responses=answers(401, 404, 409, 422))
def record_selection(store: InStore, asked: InAsked, top_k: TopK = 1, test: JudgedOn = None) -> object:
    """Choose on validation, write the choice down, and open the test. It cannot be taken back."""
    return select_seed(store.engine, asked, top_k=top_k, test=test)


@router.get("/{reference}/gate", response_model=GateAnswer, responses=REFUSALS)
def read_gate(
    store: InStore,
    asked: InAsked,
    go: Annotated[
        str,
        Query(
            max_length=1_000, description="clauses joined by `and`", examples=["final >= 0.75 and reproduced"]
        ),
    ],
    claimed: Annotated[float | None, Query(ge=0, le=1, description="level of `reproduced`")] = None,
    k: Annotated[int, Query(ge=1, le=1_000, description="how many vote")] = 3,
    delta: Share = 0.01,
    alpha: Rate = 0.05,
) -> object:
    """GO, NO-GO or UNDECIDED, and what would decide."""
    return gate_study(store.engine, asked, go, alpha=alpha, delta=delta, claimed=claimed, k=k, record=False)


@router.get("/{reference}/report", response_model=None, responses=PAGE | REFUSALS)
def read_report(request: Request, store: InStore, asked: InAsked) -> HTMLResponse:
    """Everything that the study answers, as one HTML page without scripts."""
    page = study_report(answer_everything(store.engine, asked), version=__version__)
    # The policy of this answer lets styles pass that carry its nonce; the file itself has none.
    told = page_html(page).replace("<style>", f'<style nonce="{request.scope[NONCE]}">', 1)
    return HTMLResponse(told)
