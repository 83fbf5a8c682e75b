"""Does a system's confidence mean what it says? Brier and log score, calibration error, reliability.

A confidence is the probability, in [0, 1], that the system gives its own answer of being right: from the
likelihood of the answer, or the share of votes. NaN stands for none; such answers are counted and left
out, never guessed. Problems are the random unit.

The expected calibration error is a mean of absolute values, so chance alone makes it greater than 0: a
perfectly calibrated system shows about 3 points on 1,319 problems in ten bins. It is reported as measured
and with that bias taken out, and its interval knows of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from nophantom.errors import InvalidInput
from nophantom.stats.calibration_error import CalibrationError, compare_errors, equal_mass_bins
from nophantom.stats.differences import DifferenceTest
from nophantom.stats.estimates import Estimate
from nophantom.stats.paired import compare_means
from nophantom.stats.pass_at_k import mean_over_problems
from nophantom.stats.proportions import check_confidence, wilson


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Problems of similar confidence: how sure the system was, and how often it was right.

    Attributes:
        low: lowest confidence in the bin.
        high: highest confidence in the bin.
        mean_confidence: mean confidence in the bin.
        accuracy: share of right answers, with Wilson's interval; n counts the problems of the bin.
    """

    low: float
    high: float
    mean_confidence: float
    accuracy: Estimate


@dataclass(frozen=True, slots=True)
class Calibration:
    """How well confidence and correctness go together.

    Attributes:
        brier: mean squared distance of confidence from right (1) or wrong (0); 0 is perfect, 0.25 is
            what 50% everywhere gets.
        reliability: part of the Brier score that calibration would remove: squared distance of each
            bin's accuracy from its mean confidence, weighted by problems.
        resolution: part that telling hard from easy problems earns.
        uncertainty: accuracy times its complement, the Brier score of always saying the base rate.
        within_bins: what the bins lump together; brier = reliability - resolution + uncertainty +
            within_bins, exactly.
        log_score: mean of -ln(probability given to what happened), in nats; None where a certain answer
            was wrong (an infinite score). `surely_wrong` counts those.
        surely_wrong: problems with confidence 1 and wrong, or 0 and right.
        ece: expected calibration error with the bias of chance taken out (median-unbiased), interval and
            all; its interval reaches 0 where perfect calibration is not excluded.
        ece_measured: the usual number, as others report it: biased upwards.
        ece_by_chance: what a perfectly calibrated system would show on average.
        p_calibrated: two-sided p of "perfectly calibrated in these bins".
        bins: the reliability curve.
        n: problems with a confidence.
        without_confidence: problems that had none and are not in any number here.
    """

    brier: Estimate
    reliability: float
    resolution: float
    uncertainty: float
    within_bins: float
    log_score: Estimate | None
    surely_wrong: int
    ece: Estimate
    ece_measured: float
    ece_by_chance: float
    p_calibrated: float
    bins: tuple[ReliabilityBin, ...]
    n: int
    without_confidence: int


@dataclass(frozen=True, slots=True)
class CalibrationDifference:
    """Two systems on the same problems, the first minus the second.

    Attributes:
        brier: difference of the Brier scores, below 0 where the first is better; with its p-value.
        ece: difference of the calibration errors without the bias of chance, below 0 where the first is
            better.
        n: problems on which both gave a confidence.
        left_out: problems on which at least one gave none.
    """

    brier: DifferenceTest
    ece: DifferenceTest
    n: int
    left_out: int


def calibration(
    right: NDArray[Any],
    confidences: NDArray[Any],
    *,
    rng: np.random.Generator,
    bins: int = 10,
    confidence: float = 0.95,
) -> Calibration:
    """Everything about the calibration of one system.

    Args:
        right: (P,) True or 1 where the answer is right.
        confidences: (P,) the system's confidence in [0, 1]; NaN where it gave none.
        rng: the only source of randomness (the interval of the calibration error).
        bins: of equal numbers of problems; equal confidences share a bin, so there may be fewer.
        confidence: two-sided coverage of the intervals, strictly between 0 and 1.

    Returns:
        Scores, calibration error, reliability curve.

    Raises:
        InvalidInput: lists that do not fit, values outside their range, no problem with a confidence,
            or bins below 1.

    Source:
        Brier (1950), Monthly Weather Review 78; decomposition: Murphy (1973), J. Applied Meteorology 12,
        with the terms within bins of Stephenson et al. (2008), Weather and Forecasting 23. Calibration
        error: Naeini et al. (2015), AAAI; its bias: Kumar et al. (2019), NeurIPS.

    >>> sure = np.array([0.9, 0.9, 0.6, 0.6, 0.6, np.nan])
    >>> seen = calibration(np.array([1, 1, 1, 0, 1, 1]), sure, rng=np.random.default_rng(0), bins=2)
    >>> round(seen.brier.point, 3), round(seen.ece_measured, 3), seen.without_confidence
    (0.14, 0.08, 1)
    """
    y, c, missing = _checked(right, confidences)
    check_confidence(confidence)
    which = equal_mass_bins(c, bins)
    squared = (c - y) ** 2
    brier = mean_over_problems(squared, confidence=confidence, what="Brier score")
    curve = _reliability_curve(y, c, which, confidence)
    base, n = float(y.mean()), len(y)
    sizes = np.array([one.accuracy.n for one in curve]) / n
    rates = np.array([one.accuracy.point for one in curve])
    means = np.array([one.mean_confidence for one in curve])
    reliability = float((sizes * (means - rates) ** 2).sum())
    resolution = float((sizes * (rates - base) ** 2).sum())
    uncertainty = base * (1 - base)
    error = CalibrationError.measured_in(y, c, which, rng=rng)
    surely_wrong = int((np.abs(c - y) == 1).sum())
    return Calibration(
        brier=brier,
        reliability=reliability,
        resolution=resolution,
        uncertainty=uncertainty,
        within_bins=brier.point - (reliability - resolution + uncertainty),
        log_score=None if surely_wrong else _log_score(y, c, confidence),
        surely_wrong=surely_wrong,
        ece=error.estimate(confidence),
        ece_measured=error.measured,
        ece_by_chance=error.by_chance,
        p_calibrated=error.p_calibrated,
        bins=curve,
        n=n,
        without_confidence=missing,
    )


def calibration_difference(
    first: tuple[NDArray[Any], NDArray[Any]],
    second: tuple[NDArray[Any], NDArray[Any]],
    *,
    rng: np.random.Generator,
    bins: int = 10,
    confidence: float = 0.95,
) -> CalibrationDifference:
    """How two systems differ in calibration on the same problems.

    The Brier scores are compared problem by problem (`compare_means`). The calibration errors are
    compared with the bias of chance taken out of each (it differs: a calibrated system shows the most),
    by joining their two intervals; that takes them as independent, which makes the interval rather too
    wide where the two are right and wrong together.

    Args:
        first: (P,) right and (P,) confidences of the first system.
        second: the same of the second, on the same problems in the same order.
        rng: the only source of randomness.
        bins: as in `calibration`.
        confidence: two-sided coverage, strictly between 0 and 1.

    Returns:
        Both differences, each with its interval and the p-value that belongs to it.

    Raises:
        InvalidInput: lists that do not fit, values outside their range, no problem on which both gave a
            confidence, or bins below 1.

    Source:
        Joined intervals: Zou and Donner (2008), Statistics in Medicine 27 (MOVER).
    """
    check_confidence(confidence)
    (y_1, c_1), (y_2, c_2) = _columns(*first), _columns(*second)
    if y_1.shape != y_2.shape:
        raise InvalidInput(
            f"two systems are compared on the same problems; got {len(y_1)} and {len(y_2)}. "
            "Align both on problem id first."
        )
    both = ~(np.isnan(c_1) | np.isnan(c_2))
    sides = [_checked(y[both], c[both])[:2] for y, c in ((y_1, c_1), (y_2, c_2))]
    brier_1, brier_2 = ((c - y) ** 2 for y, c in sides)
    errors = [CalibrationError.measured_in(y, c, equal_mass_bins(c, bins), rng=rng) for y, c in sides]
    ece = compare_errors(errors[0], errors[1], confidence=confidence)
    brier = compare_means(brier_1, brier_2, confidence=confidence)
    return CalibrationDifference(brier, ece, int(both.sum()), int((~both).sum()))


def _reliability_curve(
    y: NDArray[np.float64], c: NDArray[np.float64], which: NDArray[np.intp], confidence: float
) -> tuple[ReliabilityBin, ...]:
    """One entry for each bin, from unsure to sure."""
    curve = []
    for number in range(int(which.max()) + 1):
        here = which == number
        share = wilson(int(y[here].sum()), int(here.sum()), confidence=confidence)
        inside = c[here]
        curve.append(ReliabilityBin(float(inside.min()), float(inside.max()), float(inside.mean()), share))
    return tuple(curve)


def _log_score(y: NDArray[np.float64], c: NDArray[np.float64], confidence: float) -> Estimate:
    """Mean negative log probability; unbounded, so Student's t. Unknown where nothing scatters."""
    scores, n = -np.log(np.where(y == 1, c, 1 - c)), len(y)
    mean, what = float(scores.mean()), "log score in nats, Student t on problems"
    if n < 2 or np.ptp(scores) == 0:
        return Estimate(mean, None, None, confidence, n, what)
    reach = -float(special.stdtrit(n - 1, (1 - confidence) / 2)) * float(scores.std(ddof=1)) / sqrt(n)
    return Estimate(mean, max(0.0, mean - reach), mean + reach, confidence, n, what)


def _checked(
    right: NDArray[Any], confidences: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """Right or wrong and confidence of the problems that have one, and how many have none."""
    y, c = _columns(right, confidences)
    known = ~np.isnan(c)
    if not known.any():
        raise InvalidInput(
            f"calibration needs at least one answer with a confidence; got none of {len(c)}. "
            "It comes from answer likelihoods or from vote shares."
        )
    return y[known], c[known], int((~known).sum())


def _columns(
    right: NDArray[Any], confidences: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(P,) marks and (P,) confidences, if they can be."""
    y, c = np.asarray(right), np.asarray(confidences)
    if y.ndim != 1 or y.shape != c.shape or y.dtype.kind not in "biuf" or c.dtype.kind not in "biuf":
        raise InvalidInput(
            f"each problem has one mark and one confidence (NaN for none); got shapes {y.shape} and {c.shape}, "
            f"{y.dtype} and {c.dtype}."
        )
    if not np.isin(y, (0, 1)).all():
        raise InvalidInput(
            f"each answer is right (1) or wrong (0); got {y[~np.isin(y, (0, 1))][0]}. "
            "A calibration of partial credit is not defined."
        )
    outside = (c < 0) | (c > 1)  # NaN is neither
    if outside.any():
        raise InvalidInput(
            f"a confidence lies in [0, 1]; got {c[outside][0]}. A log-likelihood needs exp first."
        )
    return y.astype(np.float64), c.astype(np.float64)
