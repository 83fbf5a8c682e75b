"""Was the peak a peak, or noise? Two different things share that word, and each has its own answer.

Along one evaluation in its order (79.0% after 200 of 500 problems, 75.8% at the end) a peak is a question of
order alone. Over the training checkpoints of one run, all on the same problems, it is a question of whether an
earlier checkpoint is better than the last.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.stats.differences import DifferenceTest
from nophantom.stats.estimates import Estimate
from nophantom.stats.pass_at_k import mean_over_problems
from nophantom.stats.proportions import wilson
from nophantom.stats.running_accuracy import (
    ExchangeabilityTest,
    every,
    exchangeability,
    exchangeability_from_counts,
    running_accuracy,
)
from nophantom.stats.running_difference import RunningDifference, running_difference_band
from nophantom.stats.sequential import SequentialVerdict, sequential_verdict
from nophantom.stats.trajectories import (
    PeakTest,
    TrajectoryShape,
    last_mean,
    peak_against_final,
    peak_bounds,
    trajectory_shape,
)
from nophantom.stats.unpaired import SummaryCount, compare_counts
from nophantom.stats.verdicts import Verdict, verdict_from_interval

NOT_COVERED_RUNNING = (
    "another run: the order of one evaluation says nothing of what training again would give",
    "problems of another kind",
)
NOT_COVERED_TRAINING = (
    "training noise: trained again, the curve would look different",
    "problems of another kind: checkpoints are compared on problems like these",
)


@dataclass(frozen=True, slots=True)
class RunningAnswer:
    """Running accuracy along one evaluation.

    Attributes:
        run: its label; `n` problems, `right` of them right.
        final: accuracy at the end with Wilson's interval.
        test: whether a random order would climb as high, three ways.
        peak_against_rest: accuracy up to the peak minus that of the rest, with its interval at this one look.
        together: the same with an interval that holds over all looks together (Bonferroni), since the peak was
            chosen among them; equal to it where the look was named before the data.
        verdict: on "the first part was better than the rest", by the latter: real, phantom, or undecided.
        named: the look was named before the data.
        looks: after how many problems the curve below is told; empty where only counts are known.
        accuracy: running accuracy at each look.
        simulated: whether the outcomes are of a world with a planted truth.
        not_covered: what the numbers leave out.
    """

    run: str
    n: int
    right: int
    final: Estimate
    test: ExchangeabilityTest
    peak_against_rest: DifferenceTest | None
    together: DifferenceTest | None
    verdict: Verdict
    named: bool
    looks: tuple[int, ...]
    accuracy: tuple[float, ...]
    simulated: bool
    not_covered: tuple[str, ...] = NOT_COVERED_RUNNING


def follow_running(
    run: str,
    outcomes: NDArray[np.float64],
    *,
    step: int | None = None,
    named: int | None = None,
    delta: float = 0.01,
    confidence: float = 0.95,
    simulated: bool = False,
) -> RunningAnswer:
    """The running accuracy of one evaluation, in its order.

    Args:
        run: its label.
        outcomes: (P,) right (1) or wrong (0), in the order in which they were asked.
        step: problems between two looks; None takes ten looks.
        named: after how many problems the look is that was named before the data; None takes the highest.
        delta: the smallest difference that matters.
        confidence: of the intervals.
        simulated: told in the answer.

    Raises:
        InvalidInput: fewer than two problems, or outcomes that are not right or wrong.
    """
    n = len(outcomes)
    if n < 2:
        raise InvalidInput(f"an order needs at least two problems; {run!r} has {n}.")
    looks = every(step or max(1, n // 10), n)
    if named is not None:
        looks = tuple(sorted({*looks, named}))
    test = exchangeability(outcomes, looks, look=named)
    running = running_accuracy(outcomes)
    curve = tuple(float(running[look - 1]) for look in looks)
    return _running(
        run,
        int(outcomes.sum()),
        test,
        curve,
        delta,
        confidence,
        named=named is not None,
        simulated=simulated,
    )


def running_from_counts(
    peak: tuple[int, int],
    final: tuple[int, int],
    *,
    step: int,
    named: bool = False,
    delta: float = 0.01,
    confidence: float = 0.95,
) -> RunningAnswer:
    """The same from a summary: right and tried at the peak, and at the end.

    Args:
        peak: (right, tried) at the peak.
        final: (right, tried) at the end.
        step: problems between two looks.
        named: the look at the peak was named before the data.
        delta: the smallest difference that matters.
        confidence: of the intervals.

    Raises:
        InvalidInput: counts that cannot be.
    """
    looks = every(step, final[1])
    test = exchangeability_from_counts(*peak, *final, sorted({*looks, peak[1]}))
    return _running("as told", final[0], test, (), delta, confidence, named=named, simulated=False)


def _running(
    run: str,
    right: int,
    test: ExchangeabilityTest,
    curve: tuple[float, ...],
    delta: float,
    confidence: float,
    *,
    named: bool,
    simulated: bool,
) -> RunningAnswer:
    first = SummaryCount(round(test.peak * test.peak_look), test.peak_look)
    rest = SummaryCount(right - first.right, test.n - test.peak_look) if test.peak_look < test.n else None
    alone = together = None
    verdict = Verdict.UNDECIDED
    if rest is not None:
        alone = compare_counts(first, rest, confidence=confidence)
        # The highest of several looks was chosen because it is high: its interval alone would promise too much.
        chances = 1 if named else len(test.looks) - 1
        together = compare_counts(first, rest, confidence=1 - (1 - confidence) / chances)
        verdict = verdict_from_interval(together.estimate, delta=delta)
    return RunningAnswer(
        run=run,
        n=test.n,
        right=right,
        final=wilson(right, test.n, confidence=confidence),
        test=test,
        peak_against_rest=alone,
        together=together,
        verdict=verdict,
        named=named,
        looks=test.looks if curve else (),
        accuracy=curve,
        simulated=simulated,
    )


@dataclass(frozen=True, slots=True)
class RunningPair:
    """The running difference of two runs along one order ("helps for the first 200, then hurts").

    Attributes:
        first: label of the first run; `second` of the other.
        band: the difference so far, and where a random order would keep it.
        stopping: when one could have stopped, looking after every problem: for problems like these, and for
            this test set. Honest as far as the problems came in random order.
        simulated: whether the outcomes are of a world with a planted truth.
    """

    first: str
    second: str
    band: RunningDifference
    stopping: tuple[SequentialVerdict, ...]
    simulated: bool


def follow_difference(
    first: str,
    second: str,
    outcomes: tuple[NDArray[np.float64], NDArray[np.float64]],
    *,
    rng: np.random.Generator,
    step: int | None = None,
    delta: float = 0.01,
    confidence: float = 0.95,
    simulated: bool = False,
) -> RunningPair:
    """The running difference of two runs, in the order of the first.

    Args:
        first: label of the first run.
        second: label of the second.
        outcomes: (P,) scores of both on the same problems, in the order of the first.
        rng: for the band.
        step: problems between two looks; None takes twenty.
        delta: the smallest difference that matters.
        confidence: of the band, over all looks together, and of the sequential verdicts.
        simulated: told in the answer.

    Raises:
        InvalidInput: fewer than two problems.
    """
    n = len(outcomes[0])
    if n < 2:
        raise InvalidInput(f"an order needs at least two problems; {first!r} and {second!r} share {n}.")
    looks = every(step or max(1, n // 20), n)
    band = running_difference_band(*outcomes, looks, rng=rng, confidence=confidence)
    gaps = np.asarray(outcomes[0], dtype=np.float64) - np.asarray(outcomes[1], dtype=np.float64)
    stopping = tuple(
        sequential_verdict(gaps, delta=delta, confidence=confidence, population=population)
        for population in (None, n)
    )
    return RunningPair(first, second, band, stopping, simulated)


@dataclass(frozen=True, slots=True)
class TrainingAnswer:
    """The checkpoints of one run on the same problems.

    Attributes:
        run: its label; `steps` of its checkpoints; `n` problems that every checkpoint was scored on.
        shape: accuracies, peak, final, drop, smoothness.
        peak: the highest checkpoint against the last (or the mean of the last few).
        verdict: on "an earlier checkpoint is better than the end": real, phantom, or undecided.
        bounds: how high the accuracy of the best checkpoint is, over all of them together.
        smoothed: mean of the last checkpoints with its interval; None where only one is asked for.
        each: accuracy of each checkpoint with Wilson's interval (each alone).
        simulated: whether the outcomes are of a world with a planted truth.
        not_covered: what the numbers leave out.
    """

    run: str
    steps: tuple[int | None, ...]
    n: int
    shape: TrajectoryShape
    peak: PeakTest
    verdict: Verdict
    bounds: Estimate
    smoothed: Estimate | None
    each: tuple[Estimate, ...]
    simulated: bool
    not_covered: tuple[str, ...] = NOT_COVERED_TRAINING


def follow_training(
    run: str,
    steps: tuple[int | None, ...],
    outcomes: NDArray[np.float64],
    *,
    rng: np.random.Generator,
    last: int = 1,
    delta: float = 0.01,
    confidence: float = 0.95,
    simulated: bool = False,
) -> TrainingAnswer:
    """The checkpoints of one run: was the peak better than the end?

    Args:
        run: its label.
        steps: (C,) of its checkpoints.
        outcomes: (C, P) scores, none missing.
        rng: for the bootstrap over problems.
        last: how many last checkpoints stand for the end.
        delta: the smallest difference that matters.
        confidence: of the intervals.
        simulated: told in the answer.

    Raises:
        InvalidInput: fewer than two checkpoints or problems.
    """
    if len(outcomes) < 2:
        raise InvalidInput(
            f"{run!r} has {len(outcomes)} checkpoint; a trajectory needs two. For the order of one evaluation ask for "
            "the running accuracy."
        )
    peak = peak_against_final(outcomes, rng=rng, last=last, confidence=confidence)
    return TrainingAnswer(
        run=run,
        steps=steps,
        n=outcomes.shape[1],
        shape=trajectory_shape(outcomes),
        peak=peak,
        verdict=verdict_from_interval(peak.drop, delta=delta),
        bounds=peak_bounds(outcomes, rng=rng, confidence=confidence),
        smoothed=last_mean(outcomes, last, confidence=confidence) if last > 1 else None,
        each=tuple(mean_over_problems(row, confidence=confidence) for row in outcomes),
        simulated=simulated,
    )
