"""Training checkpoints on the same problems: was the peak higher than what the run ended with?

The highest of many checkpoints is high partly because it was picked. So the question is put to all
checkpoints at once: the bootstrap draws problems, and the largest standardised difference to the final
checkpoint is compared with how large it would be if each difference were only as large as it is by
chance. (A permutation would test "all checkpoints are equal", which is false for any run that learns.)

Problems are the random unit. How much another training run would differ is not covered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.stats.estimates import Estimate
from nophantom.stats.pass_at_k import mean_over_problems, score_limits
from nophantom.stats.proportions import check_confidence, two_sided_z

# Draws and observations are sums of the same numbers in another order: nearer than this, they are equal.
_SAME = 1e-5


@dataclass(frozen=True, slots=True)
class PeakTest:
    """The highest checkpoint against what the run ended with.

    Attributes:
        drop: highest accuracy of the other checkpoints minus the reference (the final checkpoint or the
            mean of the last few); below 0 where the end is best. The point is biased upwards, being the
            largest of many; the interval is not: its lower end is the best of simultaneous lower bounds
            over all checkpoints, its upper end the highest of simultaneous upper bounds.
        p_value: twice the one-sided bootstrap p (of "no checkpoint is better than the reference", or of
            "some checkpoint is at least as good", whichever is smaller). Below 1 - confidence exactly
            where the interval leaves out 0. None where no checkpoint differs from the reference on any
            problem.
        peak_index: which checkpoint the highest is, from 0.
        clearly_above: checkpoints whose simultaneous lower bound is above the reference.
        last: how many last checkpoints the reference is the mean of.
    """

    drop: Estimate
    p_value: float | None
    peak_index: int
    clearly_above: tuple[int, ...]
    last: int


@dataclass(frozen=True, slots=True)
class TrajectoryShape:
    """What the curve of accuracies looks like: a description, not a test.

    Attributes:
        accuracies: (C,) mean score of each checkpoint.
        peak_index: the first checkpoint of the highest accuracy.
        peak: its accuracy.
        final: accuracy of the last checkpoint.
        drop: peak minus final, at least 0.
        collapsed: whether the final is below half the peak.
        smoothness: 1 for a smooth curve, 0 for one that jumps about as if in random order (1 minus half
            von Neumann's ratio, not below 0); None below three checkpoints or for a flat curve.
        noise: standard deviation of single checkpoints about a locally straight curve, in accuracy; None
            below three checkpoints. It holds training noise and the noise of the test together.
    """

    accuracies: tuple[float, ...]
    peak_index: int
    peak: float
    final: float
    drop: float
    collapsed: bool
    smoothness: float | None
    noise: float | None


def peak_against_final(
    outcomes: NDArray[Any],
    *,
    rng: np.random.Generator,
    last: int = 1,
    confidence: float = 0.95,
    draws: int = 2_000,
) -> PeakTest:
    """Was any checkpoint better than what the run ended with?

    Args:
        outcomes: (C, P) scores in [0, 1] of C checkpoints, in the order of training, on P problems.
        rng: the only source of randomness; equal generators give equal results.
        last: the reference is the mean of so many last checkpoints; 1 is the final one alone.
        confidence: two-sided, so that each end of the interval is missed with (1 - confidence) / 2.
        draws: bootstrap resamples of the problems, at least 100.

    Returns:
        The drop from the peak with its interval and p-value.

    Raises:
        InvalidInput: no table of scores in [0, 1], fewer than two checkpoints or problems, last outside
            1 to C - 1, confidence outside (0, 1), or fewer than 100 draws.

    Source:
        Single-step max-t: Westfall and Young (1993), Resampling-Based Multiple Testing; the bootstrap
        centred at its estimate as in Hansen (2005), JBES 23 (test for superior predictive ability), and
        Romano and Wolf (2005), Econometrica 73.

    >>> learning = np.random.default_rng(5).random((4, 400)) < np.array([[0.2], [0.5], [0.8], [0.5]])
    >>> test = peak_against_final(learning, rng=np.random.default_rng(0))
    >>> test.peak_index, test.clearly_above, round(test.drop.point, 3), test.drop.low > 0.2
    (2, (2,), 0.295, True)
    """
    outcomes = _checked(outcomes)
    return peaks_against_final(outcomes[None], rng=rng, last=last, confidence=confidence, draws=draws)[0]


def peaks_against_final(
    runs: NDArray[Any],
    *,
    rng: np.random.Generator,
    last: int = 1,
    confidence: float = 0.95,
    draws: int = 2_000,
) -> tuple[PeakTest, ...]:
    """`peak_against_final` for several runs on the same problems, with the same resamples for all.

    Each run keeps its own error rate; over many runs some will look peaked by chance.

    Args:
        runs: (S, C, P) scores in [0, 1] of S runs with C checkpoints on P problems.
        rng: the only source of randomness; equal generators give equal results.
        last: the reference is the mean of so many last checkpoints.
        confidence: two-sided, strictly between 0 and 1.
        draws: bootstrap resamples of the problems, at least 100.

    Returns:
        One test for each run.

    Raises:
        InvalidInput: as `peak_against_final`.
    """
    runs = np.asarray(runs)
    if runs.ndim != 3 or len(runs) == 0:
        raise InvalidInput(f"runs come as a table of runs, checkpoints and problems; got shape {runs.shape}.")
    check_confidence(confidence)
    tables = [_checked(run) for run in runs]
    steps, n = tables[0].shape
    if not 1 <= last < steps:
        raise InvalidInput(
            f"the reference is the mean of the last 1 to {steps - 1} of {steps} checkpoints; got {last}. "
            "One checkpoint alone has no peak before its end."
        )
    weights = _resamples(n, draws, rng)
    return tuple(_peak_test(table, weights, last, confidence) for table in tables)


def peak_bounds(
    outcomes: NDArray[Any], *, rng: np.random.Generator, confidence: float = 0.95, draws: int = 2_000
) -> Estimate:
    """How high the highest checkpoint truly is, over all checkpoints at once: for "peak >= 0.79".

    Each checkpoint gets Wilson's limits, with the quantile of the largest standardised deviation among
    all checkpoints (bootstrap over problems) for the normal one. The bounds of the peak are the highest
    lower and the highest upper limit.

    Args:
        outcomes: (C, P) scores in [0, 1] of C checkpoints on P problems.
        rng: the only source of randomness; equal generators give equal results.
        confidence: two-sided, so that each end is missed with at most (1 - confidence) / 2.
        draws: bootstrap resamples of the problems, at least 100.

    Returns:
        The highest accuracy, which is biased upwards as an estimate, and the bounds, which are not.

    Raises:
        InvalidInput: no table of scores in [0, 1], fewer than two problems, confidence outside (0, 1), or
            fewer than 100 draws.

    Source:
        Westfall and Young (1993) for the maximum, Wilson (1927) for the limits.
    """
    scores = _checked(outcomes)
    z = two_sided_z(confidence)
    n = scores.shape[1]
    weights = _resamples(n, draws, rng)
    points = scores.mean(axis=1)
    variances = scores.var(axis=1)
    moves = weights @ scores.T.astype(np.float32) / n - points
    errors = np.sqrt(np.maximum(variances, 1e-300) / n)
    standing = np.where(variances > 0, moves / errors, 0.0)
    tail = (1 - confidence) / 2
    # Never less than for one checkpoint: where few differ the bootstrap sees less than there is.
    down = max(z, _reach(standing.max(axis=1), tail))
    up = max(z, _reach((-standing).max(axis=1), tail))
    sizes = np.where(variances > 0, n * points * (1 - points) / np.maximum(variances, 1e-300), n)
    limits = [score_limits(float(p), float(m), down, up) for p, m in zip(points, sizes, strict=True)]
    low, high = (max(ends) for ends in zip(*limits, strict=True))
    method = f"simultaneous Wilson limits over {len(scores)} checkpoints, bootstrap max-t"
    return Estimate(float(points.max()), low, high, confidence, n, method)


def last_mean(outcomes: NDArray[Any], last: int, *, confidence: float = 0.95) -> Estimate:
    """Mean accuracy of the last checkpoints: a final level that one lucky or unlucky step does not move.

    To compare it with the peak use `peak_against_final` with the same `last`.

    Args:
        outcomes: (C, P) scores in [0, 1] of C checkpoints on P problems.
        last: how many checkpoints to average, 1 to C.
        confidence: two-sided coverage, strictly between 0 and 1.

    Returns:
        The mean in [0, 1]; problems are the independent units (`mean_over_problems`).

    Raises:
        InvalidInput: no table of scores in [0, 1], last outside 1 to C, or confidence outside (0, 1).

    >>> last_mean(np.array([[0, 0, 1, 0], [1, 0, 1, 0], [1, 1, 1, 0]]), 2).point
    0.625
    """
    scores = _checked(outcomes)
    if not 1 <= last <= len(scores):
        raise InvalidInput(f"there are 1 to {len(scores)} last checkpoints to average; got {last}.")
    what = f"mean of the last {last} checkpoints"
    return mean_over_problems(scores[-last:].mean(axis=0), confidence=confidence, what=what)


def trajectory_shape(outcomes: NDArray[Any]) -> TrajectoryShape:
    """Describe the curve: where it peaks, what it lost, how smooth it is.

    Args:
        outcomes: (C, P) scores in [0, 1] of C checkpoints, in the order of training, on P problems.

    Returns:
        The shape; `collapsed` is a rule of thumb, the final below half the peak.

    Raises:
        InvalidInput: no table of scores in [0, 1].

    Source:
        von Neumann (1941), Annals of Mathematical Statistics 12 (smoothness); Gasser, Sroka and
        Jennen-Steinmetz (1986), Biometrika 73 (noise from three neighbours).

    >>> curve = trajectory_shape(np.array([[0, 0, 0, 1], [1, 1, 1, 1], [0, 0, 1, 0]]))
    >>> curve.peak_index, curve.drop, curve.collapsed
    (1, 0.75, True)
    """
    scores = _checked(outcomes)
    curve = scores.mean(axis=1)
    peak, final = float(curve.max()), float(curve[-1])
    smoothness = noise = None
    if len(curve) > 2:
        middle = curve[1:-1] - (curve[:-2] + curve[2:]) / 2
        noise = float(
            np.sqrt((middle**2).mean() / 1.5)
        )  # of a straight line its variance is 1.5 of one point's
        variance = float(curve.var())
        if np.ptp(curve) > 0:
            smoothness = max(0.0, 1 - float((np.diff(curve) ** 2).mean()) / variance / 2)
    return TrajectoryShape(
        accuracies=tuple(curve.tolist()),
        peak_index=int(curve.argmax()),
        peak=peak,
        final=final,
        drop=peak - final,
        collapsed=final < peak / 2,
        smoothness=smoothness,
        noise=noise,
    )


def _peak_test(
    scores: NDArray[np.float64], weights: NDArray[np.float32], last: int, confidence: float
) -> PeakTest:
    """One run's test, from (draws, P) weights of the problems."""
    n = scores.shape[1]
    # A single final checkpoint is no candidate against itself; members of a longer mean are.
    others = scores[:-1] if last == 1 else scores
    gaps = others - scores[-last:].mean(axis=0)  # (T, P)
    points = gaps.mean(axis=1)
    squares = ((gaps - points[:, None]) ** 2).sum(axis=1)
    # One more problem that differs stands in for those not drawn: a handful of differences, all alike,
    # would else have no variance and outweigh every other checkpoint.
    errors = np.sqrt(squares + 1) / n
    moves = (weights @ gaps.T.astype(np.float32)).astype(np.float64) / n - points
    standing = moves / errors  # (draws, T), centred at the estimate
    seen = points / errors
    tail = (1 - confidence) / 2
    above, below = standing.max(axis=1), (-standing).max(axis=1)
    if not gaps.any():
        drop = Estimate(0.0, None, None, confidence, n, "no checkpoint differs on any problem")
        return PeakTest(drop, None, int(others.mean(axis=1).argmax()), (), last)
    p_above = _share_reaching(above, float(seen.max()))
    p_below = _share_reaching(below, float((-seen).min()))
    down, up = _reach(above, tail), _reach(below, tail)
    drop = Estimate(
        point=float(points.max()),
        low=float(max(-1.0, (points - down * errors).max())),
        high=float(min(1.0, max((points + up * errors).max(), points.max()))),
        confidence=confidence,
        n=n,
        method=f"bootstrap max-t over {len(others)} checkpoints, {len(weights)} resamples of problems",
    )
    clear = tuple(int(t) for t in np.flatnonzero(points - down * errors > 0))
    return PeakTest(drop, min(1.0, 2 * min(p_above, p_below)), int(points.argmax()), clear, last)


def _share_reaching(drawn: NDArray[np.float64], seen: float) -> float:
    """Bootstrap p: the share of draws that reach what was seen, which counts as one of them."""
    return (1 + int((drawn >= seen - _SAME).sum())) / (len(drawn) + 1)


def _reach(drawn: NDArray[np.float64], tail: float) -> float:
    """The value that `seen` must exceed for `_share_reaching` to fall below `tail`."""
    allowed = int(np.ceil(tail * (len(drawn) + 1))) - 1
    if allowed < 1:
        return float("inf")
    return float(np.partition(drawn, -allowed)[-allowed]) + _SAME


def _resamples(n: int, draws: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """(draws, n) how often each problem is drawn; whole numbers, so single precision is exact."""
    if draws < 100:
        raise InvalidInput(f"a bootstrap needs at least 100 draws; got {draws}.")
    if n < 2:
        raise InvalidInput(f"problems are resampled, so there must be at least two; got {n}.")
    which = rng.integers(0, n, size=(draws, n)) + n * np.arange(draws)[:, None]
    return np.bincount(which.ravel(), minlength=draws * n).reshape(draws, n).astype(np.float32)


def _checked(outcomes: NDArray[Any]) -> NDArray[np.float64]:
    """(C, P) scores, if they are."""
    scores = np.asarray(outcomes)
    if scores.ndim != 2 or 0 in scores.shape or scores.dtype.kind not in "biuf":
        raise InvalidInput(
            f"a trajectory is a table of checkpoints by problems, at least one of each; got {scores.dtype} of "
            f"shape {scores.shape}."
        )
    if not ((scores >= 0) & (scores <= 1)).all():
        raise InvalidInput(
            f"scores lie in [0, 1]; got {scores.min()} to {scores.max()}. "
            "Keep only problems that every checkpoint was scored on."
        )
    return scores.astype(np.float64)
