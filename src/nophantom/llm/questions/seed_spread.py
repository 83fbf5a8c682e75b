"""How far do seeds differ beyond the noise of the test, and what would the best of N score?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.llm.cube import StudyCube
from nophantom.llm.questions.setting import Setting
from nophantom.stats.estimates import Estimate
from nophantom.stats.expected_maximum import (
    ExpectedMaximum,
    expected_maximum,
    expected_maximum_from_summary,
    honest_of_best,
)
from nophantom.stats.return_on_compute import ReturnOnCompute, return_on_compute
from nophantom.stats.seeds import CochranQ, cochran_q, reliability, seed_sd, variance_components
from nophantom.stats.spreads import SpreadComparison, compare_spreads
from nophantom.stats.verdicts import Verdict

NOT_COVERED = (
    "problems of another kind: the test is taken as drawn from problems like these",
    "seeds that failed and were left out",
    "the noise of decoding: with one sample per problem it counts as noise of the test",
)


@dataclass(frozen=True, slots=True)
class SeedRow:
    """One seed: its run, number and accuracy on the problems that all seeds were scored on."""

    run: str
    run_id: int | None
    seed: int | None
    accuracy: float


@dataclass(frozen=True, slots=True)
class ArmSpread:
    """The seeds of one arm.

    Attributes:
        arm: its name.
        seeds: every seed with its accuracy, the best first.
        n_problems: problems that every seed was scored on; `left_out` those that some seed was not.
        mean: mean accuracy; `sd` the standard deviation of the accuracies (None below two seeds).
        yardstick: standard deviation that they would have on these problems if all seeds were alike.
        seed_sd: standard deviation of the seeds' true accuracies, the noise of the test taken off.
        reliability: share of the variance between seeds that would show again on as many new problems.
        cochran: test of "all seeds are alike"; None where scores are not right or wrong.
        verdict: whether seeds differ at all: real, phantom (the upper end of their true spread is below delta),
            or undecided.
        reason: why.
        best: expected maximum of `n` seeds, four ways.
        best_in_hand: what the best of these seeds will score on unseen problems.
        hours_per_seed: mean training hours; None where nobody told.
        cost: what the best of n gains on unseen problems for how many hours; None below two seeds.
    """

    arm: str
    seeds: tuple[SeedRow, ...]
    n_problems: int
    left_out: int
    mean: float
    sd: float | None
    yardstick: float | None
    seed_sd: Estimate | None
    reliability: Estimate | None
    cochran: CochranQ | None
    verdict: Verdict
    reason: str
    best: ExpectedMaximum
    best_in_hand: Estimate | None
    hours_per_seed: float | None
    cost: ReturnOnCompute | None


@dataclass(frozen=True, slots=True)
class Price:
    """What seeds cost, and what else the hours could have bought.

    Attributes:
        hours_per_seed: training hours; None takes those in the ledger.
        alternative: points gained (a proportion) and hours of another use of the time.
        worthwhile: gain per hour that the next seed must bring, a proportion.
        ensemble: how many models answer together, for the cost of inference.
    """

    hours_per_seed: float | None = None
    alternative: tuple[float, float] | None = None
    worthwhile: float | None = None
    ensemble: int = 3


@dataclass(frozen=True, slots=True)
class SpreadPair:
    """Do two arms differ in spread?"""

    first: str
    second: str
    comparison: SpreadComparison


@dataclass(frozen=True, slots=True)
class SeedsAnswer:
    """The spread of the seeds of every arm.

    Attributes:
        n: the maximum is taken of this many seeds.
        delta: a spread of seeds below this does not matter, as a proportion.
        arms: one entry per arm.
        pairs: comparison of the spreads, for every two arms.
        not_covered: what the intervals leave out.
    """

    setting: Setting
    n: int | None
    delta: float
    arms: tuple[ArmSpread, ...]
    pairs: tuple[SpreadPair, ...]
    not_covered: tuple[str, ...]


def seed_spread(
    cube: StudyCube,
    setting: Setting,
    *,
    rng: np.random.Generator,
    n: int | None = None,
    step: int | None = None,
    delta: float = 0.01,
    confidence: float = 0.95,
    validation_problems: int | None = None,
    price: Price | None = None,
) -> SeedsAnswer:
    """How far the seeds of every arm differ, and what the best of n would score.

    Args:
        cube: the runs.
        setting: told in the answer.
        rng: of the intervals that are drawn.
        n: the maximum of so many seeds; None takes as many as the arm has.
        step: training step; None is the last that all runs have.
        delta: the smallest spread that matters.
        confidence: of every interval.
        validation_problems: how many problems the best would be chosen on; None is as many as here.
        price: what seeds cost; None takes the hours in the ledger and no alternative.

    Raises:
        InvalidInput: no problem was scored for all seeds of an arm, or n or delta is out of range.
    """
    if not 0 < delta < 1:
        raise InvalidInput(f"delta, the smallest spread that matters, lies in (0, 1); got {delta}.")
    place = cube.step_index(step)
    arms, tables = [], {}
    for arm in cube.arm_names:
        part = cube.of_arm(arm)
        scores, common = part.complete(place)
        tables[arm] = scores
        left_out = len(part.cube.problems) - len(common)
        arms.append(
            _arm(part, scores, left_out, rng, n, delta, confidence, validation_problems, price or Price())
        )
    pairs = [
        SpreadPair(a, b, compare_spreads(tables[a], tables[b], rng=rng, confidence=confidence))
        for a, b in combinations(cube.arm_names, 2)
        if min(len(tables[a]), len(tables[b])) > 1
    ]
    return SeedsAnswer(setting, n, delta, tuple(arms), tuple(pairs), NOT_COVERED)


def _arm(
    part: StudyCube,
    scores: NDArray[np.float64],
    left_out: int,
    rng: np.random.Generator,
    n: int | None,
    delta: float,
    confidence: float,
    validation_problems: int | None,
    price: Price,
) -> ArmSpread:
    found = variance_components(scores)
    accuracies = scores.mean(axis=1)
    spread = seed_sd(found, confidence=confidence)
    verdict, reason = _verdict(spread, found.yardstick, len(scores), delta)
    known_hours = [h for h in part.hours if h is not None]
    hours = price.hours_per_seed or (float(np.mean(known_hours)) if known_hours else None)
    kept = reliability(found, confidence=confidence)
    cost = None
    if found.sd is not None and kept is not None:
        cost = return_on_compute(
            found.sd,
            reliability=kept.point,
            hours_per_seed=hours,
            seeds_so_far=len(scores),
            alternative=price.alternative,
            worthwhile=price.worthwhile,
            ensemble=price.ensemble,
        )
    return ArmSpread(
        arm=part.arms[0],
        seeds=_rows(part, accuracies),
        n_problems=scores.shape[1],
        left_out=left_out,
        mean=found.mean,
        sd=found.sd,
        yardstick=found.yardstick,
        seed_sd=spread,
        reliability=kept,
        cochran=cochran_q(scores) if len(scores) > 1 and bool(np.isin(scores, (0, 1)).all()) else None,
        verdict=verdict,
        reason=reason,
        best=expected_maximum(
            scores, n or len(scores), rng=rng, validation_problems=validation_problems, confidence=confidence
        ),
        best_in_hand=honest_of_best(scores, rng=rng, confidence=confidence),
        hours_per_seed=hours,
        cost=cost,
    )


def _rows(part: StudyCube, accuracies: NDArray[np.float64]) -> tuple[SeedRow, ...]:
    order: Sequence[int] = np.argsort(-accuracies, kind="stable").tolist()
    ids = part.run_ids or (None,) * len(part.seeds)
    return tuple(SeedRow(part.cube.runs[i], ids[i], part.seeds[i], float(accuracies[i])) for i in order)


def _verdict(
    spread: Estimate | None, yardstick: float | None, seeds: int, delta: float
) -> tuple[Verdict, str]:
    if spread is None or spread.low is None or spread.high is None or yardstick is None:
        return Verdict.UNDECIDED, f"{seeds} seed{'s' * (seeds > 1)} cannot show how far seeds differ."
    span = f"{spread.low * 100:.2f} to {spread.high * 100:.2f} points"
    if spread.high < delta:
        small = " though it is there" if spread.low > 0 else ""
        return (
            Verdict.PHANTOM,
            f"a true spread of {delta * 100:g} points or more is ruled out{small}: {span}.",
        )
    if spread.low > 0:
        return Verdict.REAL, f"seeds differ by more than the noise of the test: a true spread of {span}."
    return Verdict.UNDECIDED, f"their true spread may be nothing or matter: {span}."


def seeds_from_summary(
    mean: float, sd: float, seeds: int, *, n: int | None = None, confidence: float = 0.95
) -> ExpectedMaximum:
    """The expected maximum from a mean and a standard deviation, as papers report them.

    Args:
        mean: of the seeds' accuracies, a proportion.
        sd: standard deviation of the seeds' accuracies, a proportion.
        seeds: how many there were.
        n: the maximum of so many; None is all of them.
        confidence: of the intervals.

    Raises:
        InvalidInput: a number is out of range.
    """
    return expected_maximum_from_summary(mean, sd, seeds, n or seeds, confidence=confidence)
