"""Evidence that a rate has risen: windowed Gamma-Poisson e-values, pooled over strata.

The null is that a topic's rate is what its baseline says: the posterior Gamma(a, b), learned before
the windows begin. The alternatives are the same Gamma with every rate multiplied by rho. The ratio
of the two marginal probabilities of a count has mean 1 under the null, so any average of such
ratios is an e-value; `nophantom.stats.evidence.e_bh` chooses among many of them.

Axes: M pairs of topic and stratum, T topics, W windows, R rate factors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, log
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nophantom.errors import InvalidInput
from nophantom.stats.counts import Numbers

WINDOWS = (1, 3, 7, 14, 28)
"""Lengths of the evidence windows in days, each ending today."""

FACTORS = (1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 100.0, 300.0)
"""Multiples of the baseline rate that are looked for."""


@dataclass(frozen=True, slots=True, eq=False)
class PooledEvidence:
    """The evidence of each topic, from all its strata.

    Attributes:
        log_e: (T,) natural logarithm of the e-value.
        log_lr: (T, W, R) natural logarithm of the likelihood ratio of each window and factor, a
            product over strata: where its greatest entry lies is how long and how much.
        log_strata: (T,) natural logarithm of the sum over strata of their own e-values.
        n_strata: how many strata that sum has.
    """

    log_e: Numbers
    log_lr: Numbers
    log_strata: Numbers
    n_strata: int


def log_likelihood_ratios(
    counts: NDArray[Any], exposure: NDArray[Any], a: ArrayLike, b: ArrayLike, phi: ArrayLike = 1.0
) -> Numbers:
    """How much better a rate multiplied by rho explains the count of a window than the baseline.

    (1 / phi) * [Y ln rho + (a + Y) ln((b + E) / (b + rho E))]: the ratio of the marginals of Y under
    Gamma(a, b / rho) and Gamma(a, b). Under the null its exponential has mean 1 at phi = 1, and at
    most 1 with capped counts (it grows with Y) or phi above 1 (Jensen). It is 0 where nothing was
    read.

    Args:
        counts: (M, W) stories in each window, capped per day by `cap_counts`.
        exposure: (M, W) stories read in each window.
        a: (M,) or one number; shape of the posterior: of the prior, plus baseline stories.
        b: (M,) or one number; its rate, in stories read: of the prior, plus baseline exposure.
        phi: (M,) or one number; overdispersion, at least 1.

    Returns:
        (M, W, R) natural logarithms, R in the order of `FACTORS`.

    Raises:
        InvalidInput: shapes that do not fit, a number out of its range, or stories in a window in
            which nothing was read.

    Source:
        DuMouchel (1999), The American Statistician 53 (the marginals); Shin, Ramdas and Rinaldo
        (2024), New England Journal of Statistics in Data Science 2 (e-detectors).

    >>> counts, exposure = np.array([[0.0, 0.0, 4.0]]), np.array([[0.0, 50.0, 350.0]])
    >>> log_likelihood_ratios(counts, exposure, a=0.5, b=1_000.0)[0, :, 4].round(2).tolist()
    [0.0, -0.18, 3.79]
    """
    y, read = np.asarray(counts, dtype=np.float64), np.asarray(exposure, dtype=np.float64)
    if y.ndim != 2 or y.shape != read.shape or y.shape[1] == 0:
        raise InvalidInput(
            f"counts and exposure share one shape (pairs, windows); got {y.shape} and {read.shape}."
        )
    a, b, phi = (_one_per_pair(name, given, len(y)) for name, given in (("a", a), ("b", b), ("phi", phi)))
    _check(y, read, a, b, phi)
    factors = np.array(FACTORS)
    share: Numbers = read / (b[:, None] + read)  # (M, W): (b + E) / (b + rho E) = 1 / (1 + (rho - 1) share)
    ratios = np.asarray(share[..., None] * (factors - 1))
    np.log1p(ratios, out=ratios)
    ratios *= -(a[:, None] + y)[..., None]
    ratios += y[..., None] * np.log(factors)
    ratios /= phi[:, None, None]
    return ratios


def pool_evidence(
    log_lr: Numbers,
    silent: Numbers,
    topic: NDArray[Any],
    all_silent: Numbers,
    all_silent_e: Numbers,
    *,
    n_strata: int,
) -> PooledEvidence:
    """One e-value per topic: half from its strata taken together, half from each alone.

    Together: the likelihood ratios of all strata multiplied inside each window and factor, silent
    strata included, then averaged. It sees a little everywhere, and is an e-value if strata are
    independent under the null. Alone: the mean over strata of their e-values, each an average over
    windows and factors; it holds under any dependence.

    Most topics are silent (no story, ever) in most strata. So the silent strata come as sums over
    *all* strata, and each pair says what its stratum has in them.

    Args:
        log_lr: (M, W, R) of the pairs that have stories, by `log_likelihood_ratios`.
        silent: (M, W, R) what the pair's stratum would give to this topic without any story: the
            same function at count 0, with the shape and rate of the prior plus baseline exposure.
        topic: (M,) number of the pair's topic, 0 to T - 1; at most one pair per topic and stratum.
        all_silent: (T, W, R) sum of the silent logarithms over all strata that are not mute. Where
            it is the same for all topics, give `np.broadcast_to(one, (T, W, R))`.
        all_silent_e: (T,) sum over the same strata of their silent e-values, each the mean of the
            exponentials over windows and factors.
        n_strata: how many strata are not mute, at least 1.

    Returns:
        The evidence of the T topics. Nothing overflows.

    Raises:
        InvalidInput: shapes that do not fit, a topic out of range, or one with more pairs than strata.

    >>> silent = log_likelihood_ratios(np.zeros((2, 5)), np.full((2, 5), 90.0), 0.01, 5_000.0)
    >>> loud = log_likelihood_ratios(np.full((1, 5), 3.0), np.full((1, 5), 90.0), 0.01, 5_000.0)
    >>> sums = silent.sum(axis=0)[None], np.exp(silent).mean(axis=(1, 2)).sum()[None]
    >>> pool_evidence(loud, silent[:1], np.array([0]), *sums, n_strata=2).log_e.round(2).tolist()
    [9.62]
    """
    topic = np.asarray(topic, dtype=np.intp)
    n_topics = len(all_silent)
    _check_pairs(log_lr, silent, topic, all_silent, all_silent_e, n_strata)
    together = _sum_by_topic(log_lr - silent, topic, n_topics)
    together += all_silent
    alone = _log_mean(log_lr)
    # Sums of e-values relative to the greatest of each topic, or to 1 where that is below 1.
    greatest = np.zeros(n_topics)
    np.maximum.at(greatest, topic, alone)
    of_pairs = np.bincount(topic, np.exp(alone - greatest[topic]), n_topics)
    spoken = np.bincount(topic, np.exp(silent).mean(axis=(1, 2)), n_topics)
    of_silent = np.maximum(all_silent_e - spoken, 0) * np.exp(-greatest)
    with np.errstate(divide="ignore"):  # no e-value left above the least float: logarithm -inf
        log_strata = greatest + np.log(of_pairs + of_silent)
    return PooledEvidence(_halves(together, log_strata, n_strata), together, log_strata, n_strata)


def stories_needed(
    evidence: PooledEvidence,
    topic: NDArray[Any],
    counts: NDArray[Any],
    exposure: NDArray[Any],
    a: ArrayLike,
    b: ArrayLike,
    phi: ArrayLike = 1.0,
    *,
    room: NDArray[Any],
    threshold: ArrayLike,
    windows: Sequence[int] = WINDOWS,
    days: int = 7,
) -> NDArray[np.int64]:
    """How many further stories of the last week, in one stratum, would have decided a topic.

    Found by bisection on the formula of the e-value. The stories count in the windows of at least
    `days` days only, so that many are enough on whichever of these days they fall, as far as the
    daily cap lets them count; right at the end fewer would do. Exposure, baseline and all other
    strata stay as they are: a size to plan with, no forecast.

    Args:
        evidence: of the snapshot, by `pool_evidence`.
        topic: (K,) number of the undecided topic in `evidence`.
        counts: (K, W) of the pair of this topic in its strongest stratum, as for
            `log_likelihood_ratios`; so are exposure, a, b and phi.
        exposure: (K, W) stories read.
        a: (K,) or one number; shape of the posterior.
        b: (K,) or one number; its rate.
        phi: (K,) or one number; overdispersion.
        room: (K,) how much more the caps let count: sum over the last `days` days of cap - count.
        threshold: natural logarithm of the e-value that decides, as `Discoveries.log_needed`; (K,) or one number.
        windows: (W,) lengths of the windows in days.
        days: how far back the further stories reach.

    Returns:
        (K,) the least number of stories; 0 where the threshold is reached already, -1 where the cap
        makes it impossible.

    Raises:
        InvalidInput: as `log_likelihood_ratios`; room of another length, negative or infinite.

    >>> quiet, read = np.zeros((1, 5)), np.full((1, 5), 90.0) * np.array(WINDOWS)
    >>> silent = log_likelihood_ratios(quiet, read, 0.01, 5_000.0)
    >>> e_values = np.exp(silent).mean(axis=(1, 2))
    >>> now = pool_evidence(silent, silent, np.array([0]), silent, e_values, n_strata=1)
    >>> pair = (np.array([0]), quiet, read, 0.01, 5_000.0)
    >>> stories_needed(now, *pair, room=np.array([7.5]), threshold=log(20)).tolist()
    [3]
    """
    topic, room = np.asarray(topic, dtype=np.intp), np.asarray(room, dtype=np.float64)
    y = np.asarray(counts, dtype=np.float64)
    own = log_likelihood_ratios(y, exposure, a, b, phi)
    if topic.shape != room.shape or len(room) != len(y) or not ((room >= 0) & (room < inf)).all():
        raise InvalidInput(
            f"room is finite, not negative and one number per topic; got shape {room.shape} "
            f"for {topic.shape} topics and {len(y)} rows of counts."
        )
    elsewhere = evidence.log_lr[topic] - own
    log_strata = evidence.log_strata[topic]
    with np.errstate(divide="ignore"):  # no other stratum: logarithm of 0
        log_others = log_strata + np.log1p(-np.exp(np.minimum(_log_mean(own) - log_strata, 0)))
    counted = np.asarray(windows) >= days  # (W,)

    def reached(further: NDArray[np.int64]) -> NDArray[np.bool_]:
        added = np.minimum(further, room)[:, None] * counted
        ratios = log_likelihood_ratios(y + added, exposure, a, b, phi)
        strata = np.logaddexp(log_others, _log_mean(ratios))
        return np.asarray(_halves(elsewhere + ratios, strata, evidence.n_strata) >= np.asarray(threshold))

    most = np.ceil(room).astype(np.int64)
    low, high = np.full(len(room), -1, dtype=np.int64), most.copy()  # not reached, reached
    while (high - low > 1).any():
        middle = np.where(high - low > 1, (low + high) // 2, high)  # a finished row asks again
        enough = reached(middle)
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return np.where(reached(most), high, -1)


def _halves(together: Numbers, log_strata: Numbers, n_strata: int) -> Numbers:
    """(T,) ln of half the mean over windows and factors, plus half the mean over strata."""
    return np.asarray(log(0.5) + np.logaddexp(_log_mean(together), log_strata - log(n_strata)))


def _log_mean(logarithms: Numbers) -> Numbers:
    """(N, W, R) to (N,): ln of the mean of the exponentials over windows and factors."""
    flat = logarithms.reshape(len(logarithms), logarithms.shape[1] * logarithms.shape[2])
    greatest = flat.max(axis=1)
    return np.asarray(greatest + np.log(np.exp(flat - greatest[:, None]).mean(axis=1)))


def _sum_by_topic(values: Numbers, topic: NDArray[np.intp], n_topics: int) -> Numbers:
    """(M, W, R) to (T, W, R): sums of the rows of each topic, in the order in which they come."""
    sums = np.empty((n_topics, *values.shape[1:]))
    for window in range(values.shape[1]):
        for factor in range(values.shape[2]):
            sums[:, window, factor] = np.bincount(topic, values[:, window, factor], n_topics)
    return sums


def _one_per_pair(name: str, given: ArrayLike, n: int) -> Numbers:
    """(M,) from one number or M of them."""
    numbers = np.asarray(given, dtype=np.float64)
    if numbers.shape not in ((), (n,)):
        raise InvalidInput(f"{name} is one number or one per pair; got {numbers.shape} for {n} pairs.")
    return np.broadcast_to(numbers, (n,))


def _check(y: Numbers, read: Numbers, a: Numbers, b: Numbers, phi: Numbers) -> None:
    """Refuse what no baseline and no window can be."""
    for name, numbers, least in (("a", a, 0.0), ("b", b, 0.0), ("phi", phi, 1.0)):
        fine = (numbers < inf) & ((numbers > 0) if least == 0 else (numbers >= least))
        if not fine.all():
            raise InvalidInput(
                f"a and b are finite and above 0, phi finite and at least 1; got {name} = {numbers[~fine][0]}."
            )
    for name, table in (("counts", y), ("exposure", read)):
        fine = (table >= 0) & (table < inf)
        if not fine.all():
            raise InvalidInput(f"{name} are finite and not negative; got {table[~fine][0]}.")
    if ((y > 0) & (read == 0)).any():
        raise InvalidInput(
            f"{int(((y > 0) & (read == 0)).sum())} windows have stories although nothing was read in them. "
            "Each story that counts belongs to the exposure of its day, too."
        )


def _check_pairs(
    log_lr: Numbers,
    silent: Numbers,
    topic: NDArray[np.intp],
    all_silent: Numbers,
    all_silent_e: Numbers,
    n_strata: int,
) -> None:
    """Refuse arrays that do not belong to one another."""
    n_topics = len(all_silent)
    fits = (
        log_lr.ndim == 3
        and log_lr.shape == silent.shape == (*topic.shape, *all_silent.shape[1:])
        and all_silent_e.shape == (n_topics,)
    )
    if not fits:
        raise InvalidInput(
            "pooling needs (M, W, R) twice, (M,), (T, W, R) and (T,); got "
            f"{log_lr.shape}, {silent.shape}, {topic.shape}, {all_silent.shape} and {all_silent_e.shape}."
        )
    if len(topic) and not (topic.min() >= 0 and topic.max() < n_topics):
        raise InvalidInput(f"topics are numbered 0 to {n_topics - 1}; got {topic.min()} to {topic.max()}.")
    if n_strata < 1 or (len(topic) and np.bincount(topic).max() > n_strata):
        raise InvalidInput(
            f"a topic has at most one pair in each of the strata, of which there is at least one; "
            f"got {n_strata} strata and a topic of {np.bincount(topic).max() if len(topic) else 0} pairs."
        )
