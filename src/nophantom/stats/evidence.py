"""From many e-values or p-values to the discoveries among them.

An e-value is a number whose mean is at most 1 if nothing is there: 100 is what chance gives at most
once in 100. Among many, `e_bh` keeps the share of false discoveries low however they depend on one
another. Of p-values, `holm` keeps the probability of any false discovery low, `benjamini_hochberg`
their share.
"""

from __future__ import annotations

from math import inf
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nophantom.errors import InvalidInput


class Discoveries(NamedTuple):
    """The hypotheses that false-discovery control lets pass, and what it asked of them.

    Attributes:
        chosen: (K,) True for the discoveries.
        log_threshold: natural logarithm of the e-value that all discoveries reach, n / (q k) for k
            of them (and by the boost less); without any, what a single one would have needed.
        log_needed: the same for one discovery more: with this e-value any of the others would be one.
    """

    chosen: NDArray[np.bool_]
    log_threshold: float
    log_needed: float


def e_bh(log_e: NDArray[Any], n: int, *, q: float, boost: float = 1.0) -> Discoveries:
    """Choose among many e-values so that at most a share q of the chosen is false, on average.

    The k greatest are chosen, for the largest k whose k-th greatest is at least n / (q k). The bound
    holds under any dependence. It does not hold for the maximum of an e-value over time. Equal
    e-values are chosen together or not at all.

    Args:
        log_e: (K,) natural logarithms of e-values; -inf is an e-value of 0 (a gate).
        n: how many hypotheses there are, at least K. Those not given must have e-values below 1/q,
            which is below every threshold (and by the boost less).
        q: share of false discoveries, strictly between 0 and 1.
        boost: what every e-value is multiplied by. Above 1 the bound holds only where `boosted_mean`
            of the null is at most 1, which must be known from elsewhere.

    Returns:
        Which are discoveries, in the order given. No hypothesis, no discovery.

    Raises:
        InvalidInput: log_e is not one list or holds NaN, n below K, q outside (0, 1), or a boost below 1.

    Source:
        Wang and Ramdas (2022), Journal of the Royal Statistical Society B 84 (e-BH; section 4 on boosting).

    >>> found = e_bh(np.log([900.0, 3.0, 450.0, 20.0]), 60, q=0.1)
    >>> found.chosen.tolist(), round(float(np.exp(found.log_threshold)), 6)
    ([True, False, True, False], 300.0)
    """
    log_e = _log_e_values(log_e, n)
    _check_control(q, boost)
    bars = np.log(max(n, 1) / (q * boost * np.arange(1, len(log_e) + 2)))  # (K + 1,) for 1, 2 ... discoveries
    passed = np.flatnonzero(np.sort(log_e)[::-1] >= bars[:-1])
    k = int(passed[-1]) + 1 if len(passed) else 0
    chosen = log_e >= bars[k - 1] if k else np.zeros(len(log_e), dtype=np.bool_)
    return Discoveries(chosen, float(bars[max(k - 1, 0)]), float(bars[k]))


def boosted_mean(log_e: NDArray[Any], n: int, *, q: float, boost: float) -> float:
    """What boosted null e-values are worth to `e_bh`: where this is at most 1 on average, its bound holds.

    e-BH asks of an e-value only which of the steps n / (q k) it reaches. What lies between two steps is lost, and below
    1 / q everything is: so much may e-values be raised. As the bound needs their sum alone, the mean is over all.

    Args:
        log_e: (K,) natural logarithms of e-values under the null, not boosted.
        n: how many hypotheses there are, at least K; those not given are below the last step.
        q: share of false discoveries, strictly between 0 and 1.
        boost: what every e-value is multiplied by.

    Returns:
        The mean over the n of the greatest step that boost times e reaches, 0 below all steps.

    Raises:
        InvalidInput: as for `e_bh`.

    Source:
        Wang and Ramdas (2022), as above, section 4: E[T(b E)] with T(x) = n / (q ceil(n / (q x))) for x >= 1 / q. That
        the sum is enough: Ignatiadis, Wang and Ramdas (2024), compound e-values.

    >>> boosted_mean(np.log([3.0, 12.0, 70.0]), 10, q=0.1, boost=1.0)  # steps 100, 50, 33.3 ... 11.1, 10
    6.111111111111111
    """
    log_e = _log_e_values(log_e, n)
    _check_control(q, boost)
    needed = np.log(max(n, 1) / (q * boost)) - log_e  # ln of the k at which it is just enough
    # No step is higher than that of one discovery, k = 1, and below that of n there is none.
    k = np.ceil(np.exp(np.clip(needed, 0.0, np.log(max(n, 1)) + 1)) - 1e-9)
    return float((1 / (q * k[k <= n])).sum())


def self_test(log_e: NDArray[Any], n: int, levels: ArrayLike) -> NDArray[np.float64]:
    """How often null e-values reach each level, times that level: at most 1, on average.

    For a replay in which nothing can be there (dates permuted). By Markov's inequality an e-value
    reaches x with probability at most 1 / x. One count among n at x = n / (q k) already gives
    1 / (q k): where that is above 1, a violation is a matter of a single chance.

    Args:
        log_e: (K,) natural logarithms of e-values under the null.
        n: how many hypotheses there are, at least K; those not given are below every level.
        levels: (L,) e-values x, above 0.

    Returns:
        (L,) x times the share of the n that reach x; 0 without hypotheses.

    Raises:
        InvalidInput: log_e is not one list or holds NaN, n below K, or a level not above 0.

    Source:
        Vovk and Wang (2021), Annals of Statistics 49 (e-values).

    >>> self_test(np.log([0.5, 2.0, 25.0]), 100, [20.0, 100.0]).tolist()
    [0.2, 0.0]
    """
    log_e = _log_e_values(log_e, n)
    x = np.asarray(levels, dtype=np.float64)
    if not ((x > 0) & (x < inf)).all():
        raise InvalidInput(f"levels of an e-value are finite and above 0; got {x.min()} to {x.max()}.")
    reached = len(log_e) - np.searchsorted(np.sort(log_e), np.log(x), side="left")
    return np.asarray(x * reached / max(n, 1), dtype=np.float64)


def _check_control(q: float, boost: float) -> None:
    if not 0 < q < 1:
        raise InvalidInput(f"the share q of false discoveries lies strictly between 0 and 1; got {q}.")
    if not 1 <= boost < inf:
        raise InvalidInput(f"e-values are boosted by 1 or more; got {boost}.")


def holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """P-values adjusted so that all below alpha are right, with probability at least 1 - alpha.

    Valid however the tests depend on one another, and never above the adjustment of Bonferroni.

    Args:
        p_values: (m,) one p-value per test, in [0, 1].

    Returns:
        (m,) adjusted p-values, in the order given; a test is rejected where its own is below alpha.

    Raises:
        InvalidInput: not one list of p-values in [0, 1].

    Source:
        Holm (1979), Scandinavian Journal of Statistics 6.

    >>> holm([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.06, 0.06]
    """
    p, order = _p_values(p_values)
    # The smallest is tested against all m, the next against the m - 1 left; none passes before its betters.
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return _in_order_given(stepped, order)


def benjamini_hochberg(p_values: ArrayLike) -> NDArray[np.float64]:
    """P-values adjusted so that among all up to q, a share of at most q is false, on average.

    Valid for independent tests and for those that depend positively (as differences in the strata of
    one comparison do); for any dependence use e-values and `e_bh`.

    Args:
        p_values: (m,) one p-value per test, in [0, 1].

    Returns:
        (m,) adjusted p-values, in the order given; a test is a discovery at level q where its own is at
        most q.

    Raises:
        InvalidInput: not one list of p-values in [0, 1].

    Source:
        Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57.

    >>> benjamini_hochberg([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.04, 0.04]
    """
    p, order = _p_values(p_values)
    shares = p[order] * len(p) / np.arange(1, len(p) + 1)
    return _in_order_given(np.minimum.accumulate(shares[::-1])[::-1], order)


def _p_values(p_values: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """The list as floats, if it can be one of p-values, and the order that sorts it."""
    p = np.asarray(p_values)
    is_list = p.ndim == 1 and (p.dtype.kind in "biuf" or p.size == 0)
    if not is_list or not ((p >= 0) & (p <= 1)).all():
        raise InvalidInput(
            f"p-values come as one list of numbers in [0, 1]; got {p.dtype} of shape {p.shape} with a value outside. "
            "Leave out tests whose p-value is unknown."
        )
    p = p.astype(np.float64)
    return p, np.argsort(p, kind="stable")


def _in_order_given(adjusted: NDArray[np.float64], order: NDArray[np.intp]) -> NDArray[np.float64]:
    """Sorted adjusted p-values back in the order of the tests, none above 1."""
    placed = np.empty_like(adjusted)
    placed[order] = np.minimum(adjusted, 1.0)
    return placed


def _log_e_values(log_e: NDArray[Any], n: int) -> NDArray[np.float64]:
    """The list as floats, if it can be one of n hypotheses."""
    log_e = np.asarray(log_e, dtype=np.float64)
    if log_e.ndim != 1 or np.isnan(log_e).any():
        raise InvalidInput(
            f"e-values come as one list of known logarithms; got shape {log_e.shape} with "
            f"{int(np.isnan(log_e).sum())} unknown. An e-value of 0 is -inf."
        )
    if n < len(log_e):
        raise InvalidInput(f"n counts all hypotheses; got {n} for {len(log_e)} e-values.")
    return log_e
