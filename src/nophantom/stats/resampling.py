"""The bootstrap: what else could have been seen, had the units been drawn again.

Plain, paired, clustered, and crossed (seeds and problems both drawn again). A resample is never built:
it is how often each unit was drawn, times what the unit holds. Where values repeat (right and wrong,
gained and lost) even that is one multinomial draw per distinct value, with the same distribution.

These intervals are a picture of the uncertainty, not the test behind a verdict. With few units they are
too short: `paired` has the interval that belongs to the exact test, `recipes` the one for seeds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from nophantom.errors import InvalidInput
from nophantom.stats.estimates import Estimate
from nophantom.stats.proportions import check_confidence

Numbers = NDArray[np.float64]

# One binomial draw costs about as much as drawing and looking up 16 units one by one.
_UNITS_PER_BINOMIAL = 16
# Resamples are made in portions of about so many units, which stay in the processor's cache.
_PORTION = 1 << 15
# Two means nearer than this, relative to the widest value, differ by rounding alone.
_SAME = 1e-12


class BootstrapMethod(StrEnum):
    """How an interval is read off the resampled values; the words of `scipy.stats.bootstrap`."""

    PERCENTILE = "percentile"
    BASIC = "basic"
    BCA = "bca"


def bootstrap_mean(
    values: NDArray[Any],
    *,
    rng: np.random.Generator,
    draws: int = 10_000,
    confidence: float = 0.95,
    method: BootstrapMethod = BootstrapMethod.BCA,
) -> Estimate:
    """The mean of independent values, with a bootstrap interval.

    Args:
        values: (n,) one number per unit (problem, seed, day).
        rng: the only source of randomness; equal generators give equal results.
        draws: resamples.
        confidence: two-sided coverage, strictly between 0 and 1.
        method: how the interval is read off: `bca` corrects bias and skewness, `percentile` does not.

    Returns:
        The mean, in the unit of the values. The interval is None for a single value and where all
        values are equal: resampling them shows no spread, which is no certainty.

    Raises:
        InvalidInput: not one list of finite numbers, confidence outside (0, 1), or too few draws.

    Source:
        Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapters 13 and 14.

    >>> seen = bootstrap_mean(np.repeat([1.0, 0.0], [379, 121]), rng=np.random.default_rng(7))
    >>> f"{seen.point:.1%} ({seen.low:.1%} to {seen.high:.1%})"
    '75.8% (71.8% to 79.4%)'
    """
    values = _finite(values, "a bootstrap of a mean", dimensions=1)
    kind = f"{_label(method)} bootstrap"
    return _bootstrap_ratio(values, np.ones_like(values), kind, rng, draws, confidence, method)


def bootstrap_paired(
    first: NDArray[Any],
    second: NDArray[Any],
    *,
    rng: np.random.Generator,
    draws: int = 10_000,
    confidence: float = 0.95,
    method: BootstrapMethod = BootstrapMethod.BCA,
) -> Estimate:
    """Mean of `first` minus mean of `second` on the same problems, with a bootstrap interval.

    Problems are drawn whole, so an easy problem stays easy for both and what they share cancels.

    Args:
        first: (n_problems,) scores of the first system.
        second: (n_problems,) the same problems in the same order.
        rng: the only source of randomness.
        draws: resamples.
        confidence: two-sided coverage, strictly between 0 and 1.
        method: how the interval is read off.

    Returns:
        The difference in the unit of the scores; the interval is None where `bootstrap_mean` of the
        differences has none.

    Raises:
        InvalidInput: not two lists of equal length, or as `bootstrap_mean`.

    >>> better = np.repeat([1.0, 1.0, 0.0, 0.0], [791, 209, 152, 167])
    >>> worse = np.repeat([1.0, 0.0, 1.0, 0.0], [791, 209, 152, 167])
    >>> gap = bootstrap_paired(better, worse, rng=np.random.default_rng(7))
    >>> f"{gap.point:+.1%} ({gap.low:+.1%} to {gap.high:+.1%})"
    '+4.3% (+1.5% to +7.1%)'
    """
    first, second = (_finite(scores, "a paired bootstrap", dimensions=1) for scores in (first, second))
    _check_same_problems(len(first), len(second))
    kind, gap = f"paired {_label(method)} bootstrap", first - second
    return _bootstrap_ratio(gap, np.ones_like(gap), kind, rng, draws, confidence, method)


def bootstrap_clustered(
    values: NDArray[Any],
    clusters: NDArray[Any],
    *,
    rng: np.random.Generator,
    draws: int = 10_000,
    confidence: float = 0.95,
    method: BootstrapMethod = BootstrapMethod.BCA,
) -> Estimate:
    """The mean of values that come in clusters, with an interval from drawing whole clusters.

    For several samples of one problem, or several questions about one text: what lies in one cluster
    is no independent evidence. The mean is over all values, so a larger cluster weighs more.

    Args:
        values: (n,) numbers.
        clusters: (n,) the cluster of each value, as integers or text.
        rng: the only source of randomness.
        draws: resamples.
        confidence: two-sided coverage, strictly between 0 and 1.
        method: how the interval is read off.

    Returns:
        The mean; `n` counts clusters. The interval is None for a single cluster and where all clusters
        have the same mean.

    Raises:
        InvalidInput: not two lists of equal length, or as `bootstrap_mean`.

    Source:
        Davison and Hinkley (1997), Bootstrap Methods and their Application, section 3.8.

    >>> samples, problem = np.array([1.0, 1.0, 0.0, 1.0, 0.0, 0.0]), np.array([0, 0, 1, 1, 2, 2])
    >>> bootstrap_clustered(samples, problem, rng=np.random.default_rng(7)).n
    3
    """
    values, clusters = _finite(values, "a clustered bootstrap", dimensions=1), np.asarray(clusters)
    if clusters.shape != values.shape:
        raise InvalidInput(
            f"a clustered bootstrap needs the cluster of each value; got {len(values)} values and clusters of "
            f"shape {clusters.shape}."
        )
    _, which = np.unique(clusters, return_inverse=True)
    sums = np.asarray(np.bincount(which, weights=values), dtype=np.float64)
    sizes = np.bincount(which).astype(np.float64)
    kind = f"{_label(method)} bootstrap of clusters"
    return _bootstrap_ratio(sums, sizes, kind, rng, draws, confidence, method)


def bootstrap_crossed(
    scores: NDArray[Any],
    *,
    rng: np.random.Generator,
    draws: int = 10_000,
    confidence: float = 0.95,
    method: BootstrapMethod = BootstrapMethod.PERCENTILE,
) -> Estimate:
    """The mean over seeds and problems, with an interval from drawing both again.

    A resample draws seeds and, independently, problems; every drawn seed meets the same drawn
    problems. Too short with few seeds: at 5 + 5 seeds a difference of two equal recipes is called
    real 10 to 12 times in 100 at a nominal 5.

    Args:
        scores: (n_seeds, n_problems) scores, complete.
        rng: the only source of randomness.
        draws: resamples.
        confidence: two-sided coverage, strictly between 0 and 1.
        method: `percentile` or `basic`; `bca` is not defined for two crossed samples.

    Returns:
        The mean; `n` counts seeds. The interval is None below two seeds or two problems, and where no
        resample differs from another.

    Raises:
        InvalidInput: not a table of finite numbers, or as `bootstrap_mean`.

    Source:
        Owen (2007), Annals of Applied Statistics 1 (the pigeonhole bootstrap).

    >>> fleet = np.random.default_rng(1).random((20, 200)) < 0.75
    >>> seen = bootstrap_crossed(fleet, rng=np.random.default_rng(7))
    >>> seen.n, round(seen.point, 3), seen.low < seen.point < seen.high
    (20, 0.749, True)
    """
    scores = _finite(scores, "a crossed bootstrap", dimensions=2)
    return _bootstrap_crossed([scores], rng, draws, confidence, method)


def bootstrap_crossed_difference(
    first: NDArray[Any],
    second: NDArray[Any],
    *,
    rng: np.random.Generator,
    paired: bool = False,
    draws: int = 10_000,
    confidence: float = 0.95,
    method: BootstrapMethod = BootstrapMethod.PERCENTILE,
) -> Estimate:
    """Mean of `first` minus mean of `second`, drawing the seeds of both arms and the problems again.

    Args:
        first: (n_seeds_first, n_problems) scores of the first arm, complete.
        second: (n_seeds_second, n_problems) of the second, the same problems in the same order.
        rng: the only source of randomness.
        paired: seed i of both arms shares its randomness, so the two are drawn together.
        draws: resamples.
        confidence: two-sided coverage, strictly between 0 and 1.
        method: `percentile` or `basic`.

    Returns:
        The difference; `n` counts the seeds of both arms (pairs of seeds when paired). The interval is
        None where an arm has one seed, as in `bootstrap_crossed`.

    Raises:
        InvalidInput: the arms have other problems, paired arms other numbers of seeds, or as
            `bootstrap_crossed`.

    >>> arm = np.random.default_rng(1).random((5, 200)) < 0.75
    >>> gap = bootstrap_crossed_difference(arm, arm[::-1], rng=np.random.default_rng(7))
    >>> gap.n, gap.point, gap.low < 0 < gap.high
    (10, 0.0, True)
    """
    first, second = (_finite(scores, "a crossed bootstrap", dimensions=2) for scores in (first, second))
    _check_same_problems(first.shape[1], second.shape[1])
    if not paired:
        return _bootstrap_crossed([first, -second], rng, draws, confidence, method)
    if len(first) != len(second):
        raise InvalidInput(
            f"arms that are paired by seed have as many seeds each; got {len(first)} and {len(second)}. "
            "Keep the seeds that both have, or compare them unpaired."
        )
    return _bootstrap_crossed([first - second], rng, draws, confidence, method)


def _bootstrap_ratio(
    sums: Numbers,
    sizes: Numbers,
    kind: str,
    rng: np.random.Generator,
    draws: int,
    confidence: float,
    method: BootstrapMethod,
) -> Estimate:
    """The mean over units of (n,) sums and (n,) sizes, with its interval."""
    _check_draws(draws, confidence)
    n, total, size = len(sums), float(sums.sum()), float(sizes.sum())
    point = total / size
    if n < 2 or np.ptp(sums / sizes) <= _SAME * np.abs(sums).max():
        return Estimate(point, None, None, confidence, n, kind)
    drawn = _drawn_ratios(sums, sizes, rng, draws)
    tail = (1 - confidence) / 2
    tails = np.array([tail, 1 - tail])
    if method is BootstrapMethod.BCA:
        tails = _bca_tails(tails, drawn, point, (total - sums) / (size - sizes))
    low, high = _ends(drawn, tails, point, method)
    return Estimate(point, low, high, confidence, n, kind)


def _drawn_ratios(sums: Numbers, sizes: Numbers, rng: np.random.Generator, draws: int) -> Numbers:
    """(draws,) means, each over n units drawn with replacement."""
    n, are_alike = len(sums), bool(np.ptp(sizes) == 0)
    units = sums[:, None] if are_alike else np.column_stack([sums, sizes])  # (n, 1 or 2)
    distinct, times = np.unique(sums if are_alike else units, axis=0, return_counts=True)
    if len(distinct) * _UNITS_PER_BINOMIAL <= n:
        counts = rng.multinomial(n, times / n, size=draws)  # (draws, distinct)
        drawn = counts @ distinct.reshape(len(distinct), -1)
    else:
        drawn = np.empty((draws, units.shape[1]))
        for rows in _portions(draws, n):
            index = _indices(rng, rows.stop - rows.start, n)
            for column, held in enumerate(units.T):
                drawn[rows, column] = held.take(index).sum(axis=1)
    return np.asarray(drawn[:, 0] / (n * sizes[0] if are_alike else drawn[:, 1]))


def _bootstrap_crossed(
    arms: Sequence[Numbers],
    rng: np.random.Generator,
    draws: int,
    confidence: float,
    method: BootstrapMethod,
) -> Estimate:
    """The sum of the arms' means, seeds drawn within each arm, problems drawn alike for all."""
    _check_draws(draws, confidence)
    if method is BootstrapMethod.BCA:
        raise InvalidInput(
            "BCa intervals are not defined for seeds crossed with problems; got method 'bca'. "
            "Ask for 'percentile' or 'basic'."
        )
    kind = f"crossed {_label(method)} bootstrap"
    seeds, problems = [len(arm) for arm in arms], arms[0].shape[1]
    point, n = sum(float(arm.mean()) for arm in arms), sum(seeds)
    if min(*seeds, problems) < 2:
        return Estimate(point, None, None, confidence, n, kind)
    # (draws, all seeds): what each drawn answer of a seed adds to the difference of means.
    weights = np.hstack([rng.multinomial(s, np.full(s, 1 / s), size=draws) / (s * problems) for s in seeds])
    answers = np.concatenate(arms).T  # (problems, all seeds)
    drawn = np.empty(draws)
    for rows in _portions(draws, problems):
        counts = _counts(rng, rows.stop - rows.start, problems)  # (portion, problems)
        drawn[rows] = np.einsum("ds,ds->d", counts @ answers, weights[rows])
    if np.ptp(drawn) <= _SAME * np.abs(answers).max():
        return Estimate(point, None, None, confidence, n, kind)
    tail = (1 - confidence) / 2
    low, high = _ends(drawn, np.array([tail, 1 - tail]), point, method)
    return Estimate(point, low, high, confidence, n, kind)


def _portions(draws: int, n: int) -> Iterator[slice]:
    """The draws in slices of about `_PORTION` units each."""
    step = max(1, _PORTION // n)
    return (slice(start, min(start + step, draws)) for start in range(0, draws, step))


def _indices(rng: np.random.Generator, rows: int, n: int) -> NDArray[np.integer[Any]]:
    """(rows, n) units drawn with replacement; short integers where they do, which are drawn faster."""
    return rng.integers(0, n, size=(rows, n), dtype=np.uint16 if n <= 1 << 16 else np.int64)


def _counts(rng: np.random.Generator, rows: int, n: int) -> Numbers:
    """(rows, n) how often each of n units is drawn among n."""
    index = _indices(rng, rows, n).astype(np.intp)
    index += np.arange(rows)[:, None] * n
    return np.bincount(index.ravel(), minlength=rows * n).reshape(rows, n).astype(np.float64)


def _bca_tails(tails: Numbers, drawn: Numbers, point: float, left_out: Numbers) -> Numbers:
    """(2,) the shares at which the ends are read off, corrected for bias and skewness.

    `left_out` are the (n,) values of the statistic without each unit (the jackknife).
    """
    hair = _SAME * max(float(np.abs(drawn).max()), abs(point))
    # Draws equal to the point count half: with few distinct values there are many.
    below = (np.count_nonzero(drawn < point - hair) + np.count_nonzero(drawn <= point + hair)) / 2
    bias = special.ndtri(np.clip(below / len(drawn), 0.5 / len(drawn), 1 - 0.5 / len(drawn)))
    away = left_out.mean() - left_out
    skew = (away**3).sum() / (6 * (away**2).sum() ** 1.5)
    shifted = bias + special.ndtri(tails)
    return np.asarray(special.ndtr(bias + shifted / (1 - skew * shifted)), dtype=np.float64)


def _ends(drawn: Numbers, tails: Numbers, point: float, method: BootstrapMethod) -> tuple[float, float]:
    """The interval, read off the (draws,) resampled values."""
    low, high = (float(end) for end in np.quantile(drawn, tails))
    return (2 * point - high, 2 * point - low) if method is BootstrapMethod.BASIC else (low, high)


def _label(method: BootstrapMethod) -> str:
    return "BCa" if method is BootstrapMethod.BCA else str(method)


def _finite(values: NDArray[Any], what: str, *, dimensions: int) -> Numbers:
    """The values as floats, if they are finite numbers in such a list or table."""
    values = np.asarray(values)
    shape = "one list" if dimensions == 1 else "a table of seeds by problems"
    if values.ndim != dimensions or values.size == 0:
        raise InvalidInput(f"{what} needs {shape} with at least one value; got shape {values.shape}.")
    if values.dtype.kind not in "biuf" or not np.isfinite(values).all():
        raise InvalidInput(
            f"{what} needs finite numbers; got {values.dtype} with a value that is none. "
            "Leave out problems without an outcome."
        )
    return values.astype(np.float64)


def _check_same_problems(first: int, second: int) -> None:
    if first != second:
        raise InvalidInput(
            f"a paired bootstrap needs the same problems on both sides; got {first} and {second}. "
            "Align both on problem id first."
        )


def _check_draws(draws: int, confidence: float) -> None:
    least = 2 / (1 - check_confidence(confidence))
    if draws < least:
        raise InvalidInput(
            f"at a confidence of {confidence} a bootstrap needs at least {least:,.0f} draws, so that some lie "
            f"beyond each end; got {draws}."
        )
