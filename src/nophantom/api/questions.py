"""Questions about single runs and about bare numbers: trajectories, differences, calibration, counts, power."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from nophantom.api.problem import answers
from nophantom.api.shapes import ROOT, InStore
from nophantom.errors import InvalidInput
from nophantom.llm import following
from nophantom.llm.following import AskedRun, DiffAnswer
from nophantom.llm.pairing import RunPairs, compare_several
from nophantom.llm.questions.calibration import CalibrationAnswer, CalibrationPair
from nophantom.llm.questions.counts import (
    CountPairs,
    CountsAnswer,
    compare_many_counts,
    compare_two_counts,
    compare_with_level,
    count_told,
)
from nophantom.llm.questions.gate import GateAnswer
from nophantom.llm.questions.gate_quantities import gate_of_counts
from nophantom.llm.questions.needs import ProblemsPlan, SeedsPlan, plan_problems, plan_seeds
from nophantom.llm.questions.repeats import RepeatsAnswer
from nophantom.llm.questions.seed_spread import seeds_from_summary
from nophantom.llm.questions.trajectories import (
    RunningAnswer,
    RunningPair,
    TrainingAnswer,
    running_from_counts,
)
from nophantom.llm.repeating import samples_of_run
from nophantom.llm.verdicts import Claim
from nophantom.stats.expected_maximum import ExpectedMaximum
from nophantom.stats.verdicts import Direction
from nophantom.stats.votes import Tie, VoteKind, VoteRule

router = APIRouter(prefix=ROOT, tags=["llm"])

RunName = Annotated[str, Query(max_length=500, description="`r12`, or a unique piece of the run's name")]
Share = Annotated[float, Query(ge=1e-6, lt=1, description="smallest effect that matters, as a proportion")]
Rate = Annotated[float, Query(gt=0, lt=0.5, description="error rate, two-sided")]
Counts = Annotated[str, Query(max_length=30, description="right/tried", examples=["379/500"])]
Looks = Annotated[int | None, Query(ge=1, le=10**9, description="problems between two looks")]
REFUSALS = answers(403, 404, 409, 422)


def _run(
    run: RunName,
    problem_set: Annotated[str | None, Query(max_length=200)] = None,
    split: Annotated[str | None, Query(max_length=200)] = None,
    step: Annotated[int | None, Query(ge=0, lt=2**63, description="training step; default the last")] = None,
) -> AskedRun:
    return AskedRun(run, problem_set, split, step)


InRun = Annotated[AskedRun, Depends(_run)]


@router.get("/trajectories/training", response_model=TrainingAnswer, responses=REFUSALS)
def read_training(
    store: InStore,
    asked: InRun,
    last: Annotated[int, Query(ge=1, le=1_000, description="the end is the mean of the last so many")] = 1,
    delta: Share = 0.01,
    alpha: Rate = 0.05,
) -> object:
    """The checkpoints of a run: was an earlier one better than the last?"""
    return following.training_of_run(store.engine, asked, last=last, delta=delta, confidence=1 - alpha)


@router.get("/trajectories/running", response_model=RunningAnswer, responses=REFUSALS)
def read_running(
    store: InStore,
    asked: InRun,
    every: Looks = None,
    named: Annotated[
        int | None,
        Query(
            ge=1,
            le=10**9,
            description="the look after so many was named before the data; default the highest",
        ),
    ] = None,
    delta: Share = 0.01,
    alpha: Rate = 0.05,
) -> object:
    """The running accuracy of one evaluation in its order: is its peak a matter of order?"""
    return following.running_of_run(
        store.engine, asked, every=every, named=named, delta=delta, confidence=1 - alpha
    )


@router.get("/trajectories/difference", response_model=RunningPair, responses=REFUSALS)
def read_running_difference(
    store: InStore,
    asked: InRun,
    against: RunName,
    every: Looks = None,
    delta: Share = 0.01,
    alpha: Rate = 0.05,
) -> object:
    """The running difference of two runs in the order of the first, and when one could have stopped."""
    return following.running_difference_of(
        store.engine, asked, against, every=every, delta=delta, confidence=1 - alpha
    )


@router.get("/trajectories/counts", response_model=RunningAnswer, responses=answers(422))
def read_running_counts(
    peak: Counts,
    final: Counts,
    every: Looks = None,
    named: Annotated[bool, Query(description="the look at the peak was named before the data")] = False,
    delta: Share = 0.01,
    alpha: Rate = 0.05,
) -> object:
    """The same from a summary: right/tried at the peak and at the end."""
    at_peak, at_end = count_told(peak, "peak"), count_told(final, "final")
    step = every or max(1, at_end[1] // 10)
    return running_from_counts(at_peak, at_end, step=step, named=named, delta=delta, confidence=1 - alpha)


@router.get("/differences", response_model=DiffAnswer, responses=REFUSALS)
def read_differences(store: InStore, asked: InRun, against: RunName, alpha: Rate = 0.05) -> object:
    """On which problems two runs differ, and whether more in one stratum than in another."""
    return following.differences_of(store.engine, asked, against, confidence=1 - alpha)


@router.get("/pairs", response_model=RunPairs, responses=REFUSALS)
def read_run_pairs(
    store: InStore,
    run: Annotated[list[str], Query(min_length=2, max_length=20, description="runs, each by itself")],
    problem_set: Annotated[str | None, Query(max_length=200)] = None,
    split: Annotated[str | None, Query(max_length=200)] = None,
    step: Annotated[int | None, Query(ge=0, lt=2**63, description="training step; default the last")] = None,
    alpha: Rate = 0.05,
) -> object:
    """Every pair of several runs, with intervals that hold together."""
    asked = [AskedRun(name[:500], problem_set, split, step) for name in run]
    return compare_several(store.engine, asked, confidence=1 - alpha)


@router.get("/calibration", response_model=CalibrationAnswer, responses=REFUSALS)
def read_calibration(
    store: InStore, asked: InRun, bins: Annotated[int, Query(ge=1, le=200)] = 10, alpha: Rate = 0.05
) -> object:
    """Confidence against correctness of one run."""
    return following.calibration_of_run(store.engine, asked, bins=bins, confidence=1 - alpha)


@router.get("/calibration/difference", response_model=CalibrationPair, responses=REFUSALS)
def read_calibration_difference(
    store: InStore,
    asked: InRun,
    against: RunName,
    bins: Annotated[int, Query(ge=1, le=200)] = 10,
    alpha: Rate = 0.05,
) -> object:
    """The calibration of two runs on the same problems, and their difference."""
    return following.calibrations_of(store.engine, asked, against, bins=bins, confidence=1 - alpha)


@router.get("/samples", response_model=RepeatsAnswer, responses=REFUSALS)
def read_samples(
    store: InStore,
    asked: InRun,
    rule: Annotated[VoteKind, Query(description="most votes, or more than half of all")] = VoteKind.PLURALITY,
    min_support: Annotated[int, Query(ge=1, le=1_000, description="votes that an answer needs")] = 1,
    alpha: Rate = 0.05,
) -> object:
    """What several samples of one run are worth: pass@k and maj@k."""
    votes = VoteRule(rule, Tie.NO_ANSWER, min_support)
    return samples_of_run(store.engine, asked, rule=votes, confidence=1 - alpha)


@router.get("/counts", response_model=CountsAnswer | CountPairs, responses=answers(422))
def compare_counts(
    count: Annotated[
        list[str], Query(min_length=1, max_length=20, description="right/tried, each by itself")
    ],
    level: Annotated[
        float | None, Query(ge=0, le=1, description="a published accuracy, to hold one count against")
    ] = None,
    level_n: Annotated[int | None, Query(ge=1, le=10**9, description="problems that it rests on")] = None,
    claim: Annotated[Direction, Query(description="what is claimed of the first")] = Direction.HIGHER,
    delta: Share = 0.01,
    alpha: Rate = 0.05,
) -> object:
    """Compare accuracies of which only the counts are known; of three or more every pair."""
    counts = [count_told(text[:30], "count") for text in count]
    said = Claim(claim, delta, alpha)
    if (level is None) != (len(counts) > 1) or (level is None and level_n is not None):
        raise InvalidInput(
            "counts are compared with counts, one alone with a published accuracy: give count twice or more, or "
            f"count once and level; got {len(counts)} counts{'' if level is None else ' and a level'}."
        )
    if level is not None:
        return compare_with_level(counts[0], level, said, level_n=level_n)
    if len(counts) == 2:
        return compare_two_counts(counts[0], counts[1], said)
    return compare_many_counts(counts, said)


@router.get("/expected-maximum", response_model=ExpectedMaximum, responses=answers(422))
def read_expected_maximum(
    mean: Annotated[float, Query(ge=0, le=1, description="of the seeds, a proportion")],
    sd: Annotated[float, Query(ge=0, le=1, description="of the seeds, a proportion")],
    seeds: Annotated[int, Query(ge=2, le=100_000, description="how many there were")],
    n: Annotated[int | None, Query(ge=1, le=100_000, description="the best of so many; default all")] = None,
    alpha: Rate = 0.05,
) -> object:
    """The expected maximum from a mean and a standard deviation, as papers report them."""
    return seeds_from_summary(mean, sd, seeds, n=n, confidence=1 - alpha)


@router.get("/gate", response_model=GateAnswer, responses=answers(422))
def read_counts_gate(
    go: Annotated[str, Query(max_length=1_000, description="clauses joined by `and`")],
    final: Counts | None = None,
    peak: Counts | None = None,
    looks: Annotated[int, Query(ge=1, le=100_000, description="how many the peak is the highest of")] = 1,
    rerun: Counts | None = None,
    claimed: Annotated[float | None, Query(ge=0, le=1, description="level of `reproduced`")] = None,
    delta: Share = 0.01,
    alpha: Rate = 0.05,
) -> object:
    """A gate over bare counts."""
    if final is None and peak is None and rerun is None:
        raise InvalidInput("a gate over counts needs at least one of final, peak and rerun.")
    return gate_of_counts(
        go,
        final=None if final is None else count_told(final, "final"),
        peak=None if peak is None else count_told(peak, "peak"),
        looks=looks,
        rerun=None if rerun is None else count_told(rerun, "rerun"),
        claimed=claimed,
        alpha=alpha,
        delta=delta,
    )


@router.get("/power/problems", response_model=ProblemsPlan, responses=answers(422))
def read_problems_plan(
    delta: Share,
    differ: Annotated[
        float, Query(gt=0, le=1, description="share of problems on which the two differ")
    ] = 0.25,
    accuracy: Annotated[float | None, Query(gt=0, lt=1, description="about which both lie")] = None,
    problems: Annotated[int, Query(ge=1, le=10**9, description="problems that there are")] = 1_319,
    power: Annotated[float, Query(ge=0.5, lt=1)] = 0.8,
    alpha: Rate = 0.05,
) -> object:
    """Problems that would show a difference of two checkpoints."""
    return plan_problems(
        delta, differ=differ, accuracy=accuracy, at_hand=problems, power=power, confidence=1 - alpha
    )


@router.get("/power/seeds", response_model=SeedsPlan, responses=answers(422))
def read_seeds_plan(
    delta: Share,
    sd: Annotated[float, Query(gt=0, le=1, description="standard deviation of one seed, a proportion")],
    seeds: Annotated[int | None, Query(ge=2, le=10**6, description="seeds per arm that there are")] = None,
    power: Annotated[float, Query(ge=0.5, lt=1)] = 0.8,
    alpha: Rate = 0.05,
) -> object:
    """Seeds per arm that would show a difference of two recipes, and an interaction of four."""
    return plan_seeds(delta, sd=sd, at_hand=seeds, power=power, confidence=1 - alpha)
