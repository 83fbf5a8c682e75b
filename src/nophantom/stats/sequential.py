"""Look whenever you like: intervals and tests that stay honest when they are read after every problem.

A fixed-size test read after each of 1,319 problems calls two equal systems different in about 42% of
evaluations. Here a gambler bets against "the mean is at most m" with fair odds: 1 unit becomes
1 - f + f * x / m after a value x, for stakes f. If the claim is true the capital is not expected to grow,
so it reaches 1 / alpha at any time with probability at most alpha (Ville's inequality). The capital is an
e-value at every time; the means that lose no such bet form a confidence sequence, an interval after each
problem, all of which hold together.

Two estimands, and every result names its own. *Problems like these*: the mean of the population that the
problems were drawn from. *This test set*: the mean over these N problems, asked in random order; what is
left shrinks, so the odds change with what was seen, and after all N there is nothing left to guess.

All of it needs the problems in random order: a file's own order may drift (`running_accuracy`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.stats.estimates import Estimate
from nophantom.stats.proportions import check_confidence
from nophantom.stats.verdicts import Direction, Verdict, verdict_from_interval

# Shares of the capital that are bet, in equal parts of the first unit. The best stake is about the gap
# between truth and claim over the variance: these suit gaps from half a point to about ten. More stakes cost
# more than they bring (measured in bench/sequential.py).
_STAKES = (0.02, 0.05, 0.1, 0.2, 0.4)
_HIGHEST_STAKE = 0.9
_GRID = 160
_HAIR = 1e-12
_TINY = 1e-300

Numbers = NDArray[np.float64]


class Estimand(StrEnum):
    """The number that a sequence is about."""

    TEST_SET = "this_test_set"
    PROBLEMS = "problems_like_these"


@dataclass(frozen=True, slots=True, eq=False)
class ConfidenceSequence:
    """An interval after every problem; all of them hold together with the confidence.

    Attributes:
        low: (n,) lower ends; they never fall.
        high: (n,) upper ends; they never rise.
        mean: (n,) mean of the values so far.
        confidence: the probability that no interval ever misses, two-sided.
        estimand: what the intervals are about.
    """

    low: Numbers
    high: Numbers
    mean: Numbers
    confidence: float
    estimand: Estimand

    def at(self, n: int) -> Estimate:
        """What was known after the first n problems.

        Raises:
            InvalidInput: n outside 1 to the problems seen.
        """
        if not 1 <= n <= len(self.mean):
            raise InvalidInput(f"{len(self.mean)} problems were seen; there is no interval after {n}.")
        kind = "without replacement" if self.estimand is Estimand.TEST_SET else "hedged"
        method = f"betting confidence sequence, {kind}, {self.estimand.value.replace('_', ' ')}"
        ends = float(self.low[n - 1]), float(self.high[n - 1])
        return Estimate(float(self.mean[n - 1]), *ends, self.confidence, n, method)


@dataclass(frozen=True, slots=True, eq=False)
class PairedEProcess:
    """Natural logarithms of e-values after every problem, each against one claim on the mean difference.

    Attributes:
        better: (n,) against "the first is no better" (mean <= 0); large: it is better.
        worse: (n,) against "the first is no worse" (mean >= 0).
        below_delta: (n,) against "better by what matters" (mean >= delta); large: a phantom.
        above_minus_delta: (n,) against "worse by what matters" (mean <= -delta).
        delta: the smallest difference that matters.
        estimand: what the mean is taken over.
    """

    better: Numbers
    worse: Numbers
    below_delta: Numbers
    above_minus_delta: Numbers
    delta: float
    estimand: Estimand


@dataclass(frozen=True, slots=True)
class SequentialVerdict:
    """When the evidence first decided, and what.

    Attributes:
        verdict: real, phantom or undecided.
        decided_after: problems after which the interval first decided; None where it never did.
        estimate: mean difference with its interval at that moment, or at the end. Having stopped at a
            favourable moment, the point is biased outwards; the interval is not.
        planned: problems that there are; those that were seen where no number was given.
        saved: share of the planned problems that need not have been asked; 0 where undecided.
        estimand: what was decided about.
    """

    verdict: Verdict
    decided_after: int | None
    estimate: Estimate
    planned: int
    saved: float
    estimand: Estimand


def betting_confidence_sequence(
    values: NDArray[Any],
    *,
    confidence: float = 0.95,
    bounds: tuple[float, float] = (0.0, 1.0),
    marks: Iterable[float] = (),
) -> ConfidenceSequence:
    """Intervals for the mean on *problems like these*, valid at every moment.

    Args:
        values: (n,) scores, or differences of scores, in the order in which problems were drawn.
        confidence: the probability that no interval ever misses, strictly between 0 and 1.
        bounds: the least and the greatest value that can occur; (-1, 1) for paired differences.
        marks: values at which the ends are exact (0 and delta, for a verdict). Elsewhere they are
            rounded outwards to a grid that is fine around the mean.

    Returns:
        An interval after each problem.

    Raises:
        InvalidInput: no list of numbers within the bounds, no problems, or confidence outside (0, 1).

    Source:
        Waudby-Smith and Ramdas (2024), Journal of the Royal Statistical Society B 86 (betting), with a
        mixture of stakes; Ville (1939).

    >>> seen = betting_confidence_sequence(np.array([1, 0, 1, 1] * 100)).at(400)
    >>> f"{seen.point:.2f} ({seen.low:.2f} to {seen.high:.2f})"
    '0.75 (0.67 to 0.81)'
    """
    return _confidence_sequence(values, None, confidence, bounds, marks)


def confidence_sequence_without_replacement(
    values: NDArray[Any],
    population: int,
    *,
    confidence: float = 0.95,
    bounds: tuple[float, float] = (0.0, 1.0),
    marks: Iterable[float] = (),
) -> ConfidenceSequence:
    """Intervals for the mean over *this test set*, of which some problems are still to come.

    Args:
        values: (n,) scores, or differences of scores, of the problems asked so far, in random order.
        population: N, problems of the test set, at least n.
        confidence: the probability that no interval ever misses, strictly between 0 and 1.
        bounds: the least and the greatest value that can occur; (-1, 1) for paired differences.
        marks: values at which the ends are exact; elsewhere they are rounded outwards.

    Returns:
        An interval after each problem. After all N it is the mean itself.

    Raises:
        InvalidInput: as `betting_confidence_sequence`, or more values than the population holds.

    Source:
        Waudby-Smith and Ramdas (2020), NeurIPS (without replacement), as bets with stakes that rise in
        proportion to N over the number left.

    >>> seen = confidence_sequence_without_replacement(np.array([1, 0, 1, 1] * 100), 400)
    >>> (seen.at(400).low, seen.at(400).high)
    (0.75, 0.75)
    """
    if population < np.size(values):
        raise InvalidInput(
            f"a test set of {population} problems cannot have been asked {np.size(values)} of them; "
            "count each problem once."
        )
    return _confidence_sequence(values, population, confidence, bounds, marks)


def paired_e_process(
    differences: NDArray[Any], *, delta: float, population: int | None = None
) -> PairedEProcess:
    """E-values after every problem, against each of the claims that a verdict is about.

    Args:
        differences: (n,) first minus second per problem, in [-1, 1], in random order.
        delta: the smallest difference that matters, in (0, 1).
        population: N where *this test set* is meant; None for *problems like these*.

    Returns:
        Logarithms of e-values. One against a claim that what was seen makes impossible is infinite.

    Raises:
        InvalidInput: no list of numbers in [-1, 1], delta outside (0, 1), or a population too small.

    Source:
        Waudby-Smith and Ramdas (2024); e-values: Ramdas et al. (2023), Statistical Science 38.

    >>> process = paired_e_process(np.array([1, 1, 0, 1, 1, 1, 1, -1]), delta=0.01)
    >>> bool(process.better[-1] > 0 > process.worse[-1])
    True
    """
    _check_delta(delta)
    d = _checked(differences, (-1.0, 1.0), population)
    x = (d + 1) / 2
    half, up, down = 0.5, (1 + delta) / 2, (1 - delta) / 2
    return PairedEProcess(
        better=_log_capital(x, half, population),
        worse=_log_capital(1 - x, half, population),
        below_delta=_log_capital(1 - x, 1 - up, population),
        above_minus_delta=_log_capital(x, down, population),
        delta=delta,
        estimand=_estimand(population),
    )


def sequential_verdict(
    differences: NDArray[Any],
    *,
    delta: float,
    direction: Direction = Direction.HIGHER,
    confidence: float = 0.95,
    population: int | None = None,
) -> SequentialVerdict:
    """The first moment at which the evidence decides, looked at after every problem.

    The verdict is `verdict_from_interval` on the confidence sequence, so that it says `real` exactly
    when the e-value against "no better" has reached 2 / (1 - confidence), and `phantom` when the one
    against "better by delta" has.

    Args:
        differences: (n,) first minus second per problem, in [-1, 1], in random order.
        delta: the smallest difference that matters, in (0, 1).
        direction: the effects that the claim is about.
        confidence: two-sided: each wrong verdict has probability at most (1 - confidence) / 2, however
            often it is looked.
        population: N where *this test set* is meant; None for *problems like these*.

    Returns:
        The verdict at the first moment that decided, with the share of problems saved.

    Raises:
        InvalidInput: as `paired_e_process`, or confidence outside (0, 1).

    >>> ahead = np.tile([1, 0, 1, 0, 0, -1, 0, 1, 0, 0], 100)
    >>> seen = sequential_verdict(ahead, delta=0.01)
    >>> str(seen.verdict), seen.decided_after < 300
    ('real', True)
    """
    _check_delta(delta)
    sequence = _confidence_sequence(
        differences, population, confidence, (-1.0, 1.0), (-delta + _HAIR, -_HAIR, _HAIR, delta - _HAIR)
    )
    n = len(sequence.mean)
    planned = n if population is None else population
    moved = (np.diff(sequence.low, prepend=-1.0) != 0) | (np.diff(sequence.high, prepend=1.0) != 0)
    for after in (np.flatnonzero(moved) + 1).tolist():
        estimate = sequence.at(after)
        verdict = verdict_from_interval(estimate, delta=delta, direction=direction)
        if verdict is not Verdict.UNDECIDED:
            return SequentialVerdict(
                verdict, after, estimate, planned, 1 - after / planned, sequence.estimand
            )
    return SequentialVerdict(Verdict.UNDECIDED, None, sequence.at(n), planned, 0.0, sequence.estimand)


def _confidence_sequence(
    values: NDArray[Any],
    population: int | None,
    confidence: float,
    bounds: tuple[float, float],
    marks: Iterable[float],
) -> ConfidenceSequence:
    """Every mean of a grid is bet against from both sides; what is left between is the interval."""
    check_confidence(confidence)
    values = _checked(values, bounds, population)
    least, greatest = bounds
    n, width = len(values), greatest - least
    mean = np.cumsum(values) / np.arange(1, n + 1)
    grid = _grid(float(mean[-1]), bounds, marks)  # (G,) rising
    x, m = (values - least) / width, (grid - least) / width
    bar = 2 / (1 - confidence)
    # The grid depends on the data, the bets do not: each mean is judged alone, by what came before.
    too_low = np.maximum.accumulate(_capital(x, m, population) >= bar, axis=0).sum(axis=1)  # (n,)
    too_high = np.maximum.accumulate(_capital(1 - x, 1 - m, population) >= bar, axis=0).sum(axis=1)
    ends = np.concatenate([[least], grid, [greatest]])
    low, high = ends[too_low], ends[len(ends) - 1 - too_high]
    if population is not None:
        seen, left = np.cumsum(x), population - np.arange(1, n + 1)
        low = np.maximum.accumulate(np.maximum(low, least + width * seen / population))  # all else the least
        high = np.minimum.accumulate(np.minimum(high, least + width * (seen + left) / population))
        if n == population:
            low[-1] = high[-1] = mean[-1]
    # Limits that have crossed (with probability at most 1 - confidence) are shown as one point.
    low = np.minimum(low, high)
    return ConfidenceSequence(low, high, mean, confidence, _estimand(population))


def _capital(x: Numbers, means: Numbers, population: int | None) -> Numbers:
    """(n, G) capital of the bets against "the mean is at most m" after each of (n,) values in [0, 1]."""
    means, stakes = _odds(x, means, population)
    ratio = x[:, None] / means  # (n, G)
    capital = np.zeros_like(ratio)
    with np.errstate(over="ignore", under="ignore"):
        for stake in stakes:  # (n, 1)
            part = ratio * stake
            part += 1 - stake
            capital += np.cumprod(part, axis=0, out=part)
    return capital / len(stakes)


def _log_capital(x: Numbers, m: float, population: int | None) -> Numbers:
    """(n,) logarithm of the same for one mean, without the limits of floats."""
    means, stakes = _odds(x, np.array([m]), population)
    logs = np.cumsum(np.log1p(np.stack(stakes)[:, :, 0] * (x / means[:, 0] - 1)), axis=1)  # (stakes, n)
    top = logs.max(axis=0)
    log_e = top + np.log(np.exp(logs - top).mean(axis=0))
    if population is not None:
        impossible = np.cumsum(x) > population * m + 1e-9
        log_e[np.maximum.accumulate(impossible)] = np.inf
    return np.asarray(log_e)


def _odds(x: Numbers, means: Numbers, population: int | None) -> tuple[Numbers, list[Numbers]]:
    """What each next value may be on average under each mean, and what is staked on it.

    With replacement that is the mean itself. Without, it is the mean of what is left; the stakes rise
    as less is left, since the gap that a wrong mean leaves to the rest rises in proportion.
    """
    if population is None:
        # (1, G) serves every step: nothing that was seen changes the odds.
        return np.broadcast_to(means, (1, len(means))), [np.array([[stake]]) for stake in _STAKES]
    left = population - np.arange(len(x))[:, None]  # (n, 1) before each value
    before = (np.cumsum(x) - x)[:, None]
    conditional = np.clip((population * means - before) / left, _TINY, 1.0)  # (n, G)
    return conditional, [np.minimum(stake * population / left, _HIGHEST_STAKE) for stake in _STAKES]


def _grid(centre: float, bounds: tuple[float, float], marks: Iterable[float]) -> Numbers:
    """Means to judge: fine around the centre, coarse far away, all within the bounds."""
    least, greatest = bounds
    away = np.linspace(0, 1, _GRID // 2 + 1)[1:] ** 3 * (greatest - least)
    grid = np.concatenate([centre - away, centre + away, list(marks)])
    return np.unique(grid[(grid > least) & (grid < greatest)])


def _estimand(population: int | None) -> Estimand:
    return Estimand.PROBLEMS if population is None else Estimand.TEST_SET


def _checked(values: NDArray[Any], bounds: tuple[float, float], population: int | None) -> Numbers:
    """(n,) values within the bounds, if they are."""
    seen = np.asarray(values)
    if seen.ndim != 1 or len(seen) == 0 or seen.dtype.kind not in "biuf":
        raise InvalidInput(
            f"a sequence is one list of at least one number, in random order; got {seen.dtype} of shape {seen.shape}."
        )
    least, greatest = bounds
    if not least < greatest:
        raise InvalidInput(f"the least possible value is below the greatest; got {least} and {greatest}.")
    if not ((seen >= least) & (seen <= greatest)).all():
        raise InvalidInput(
            f"values lie between {least} and {greatest}; got {seen.min()} to {seen.max()}. "
            "Leave out problems without an outcome, or give other bounds."
        )
    if population is not None and population < len(seen):
        raise InvalidInput(
            f"a test set of {population} problems cannot have been asked {len(seen)} of them; "
            "count each problem once."
        )
    return seen.astype(np.float64)


def _check_delta(delta: float) -> None:
    if not 0 < delta < 1:
        raise InvalidInput(f"delta, the smallest difference that matters, lies in (0, 1); got {delta}.")
