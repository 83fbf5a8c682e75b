"""The evidence of many topics at once, compiled: what `count_evidence` defines, without its tables in memory.

`pool_evidence(log_likelihood_ratios(...), ...)` is the definition, and the tests hold this against it. Here the
logarithms of a stratum are taken once for all topics whose baseline ends alike, and nothing of the size of pairs x
windows x factors is ever stored.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from nophantom.stats.count_evidence import FACTORS, PooledEvidence
from nophantom.stats.counts import Numbers

_LOGS = np.log(np.array(FACTORS))
_RAISED = np.array(FACTORS) - 1

Ints = NDArray[np.int64]


def pooled_evidence(
    first: Ints,
    stratum: Ints,
    counts: Numbers,
    exposure: Numbers,
    a: Numbers,
    b: Numbers,
    phi: Numbers,
    *,
    ages: Ints,
    usual_age: int,
    unnamed: Numbers,
    rates: Numbers,
    read: Numbers,
    speaking: Ints,
) -> PooledEvidence:
    """One e-value per topic from its pairs, and from the silence of all other strata.

    Args:
        first: (T + 1,) the pairs of topic t are `first[t]` up to `first[t + 1]`, at most one of each stratum.
        stratum: (M,) of each pair; one of those that speak.
        counts: (M, W) capped stories in each window.
        exposure: (M, W) stories read in each window.
        a: (M,) shape of the posterior.
        b: (M,) its rate.
        phi: (M,) overdispersion, at least 1.
        ages: (T,) bins since the baseline of each topic ended.
        usual_age: the age of most; the others are reckoned one by one.
        unnamed: (S,) shape of the prior of a topic that the stratum has never named.
        rates: (A, S) rate of the posterior of a stratum by age, for ages 0 to A - 1.
        read: (A, S, W) stories read in each window by age.
        speaking: numbers of the strata that are not mute.

    Returns:
        As `count_evidence.pool_evidence` gives it.
    """
    tables, quiet_e, silence, silence_e = _silence(unnamed, rates, read, speaking, _RAISED, usual_age)
    of_pairs = (first, stratum, counts, exposure, a, b, phi)
    of_strata = (unnamed, tables, quiet_e, silence, silence_e)
    together, log_strata = _pool(*of_pairs, ages, usual_age, *of_strata, _LOGS, _RAISED)
    n_strata = max(1, len(speaking))
    log_e = _halves(together, log_strata, n_strata)
    return PooledEvidence(log_e, together, log_strata, n_strata)


@numba.njit(cache=True, nogil=True)
def _silence(
    unnamed: Numbers, rates: Numbers, read: Numbers, speaking: Ints, raised: Numbers, usual_age: int
) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """What does not depend on topics.

    By stratum, at the usual age: ln((b + rho E) / (b + E)), and its e-value if it is silent; by age: the sums over
    strata of silent logarithms, and of silent e-values.
    """
    n_ages, n_strata, n_windows = read.shape
    tables, quiet_e = np.zeros((n_strata, n_windows, len(raised))), np.zeros(n_strata)
    sums, sums_e = np.zeros((n_ages, n_windows, len(raised))), np.zeros(n_ages)
    for age in range(n_ages):
        for s in speaking:
            total = 0.0
            for w in range(n_windows):
                share = read[age, s, w] / (rates[age, s] + read[age, s, w])
                for r in range(len(raised)):
                    grown = np.log1p(share * raised[r])
                    if age == usual_age:
                        tables[s, w, r] = grown
                    sums[age, w, r] -= unnamed[s] * grown
                    total += np.exp(-unnamed[s] * grown)
            total /= n_windows * len(raised)
            sums_e[age] += total
            if age == usual_age:
                quiet_e[s] = total
    return tables, quiet_e, sums, sums_e


@numba.njit(cache=True, nogil=True)
def _pool(
    first: Ints,
    stratum: Ints,
    counts: Numbers,
    exposure: Numbers,
    a: Numbers,
    b: Numbers,
    phi: Numbers,
    ages: Ints,
    usual_age: int,
    unnamed: Numbers,
    tables: Numbers,
    quiet_e: Numbers,
    silence: Numbers,
    silence_e: Numbers,
    logs: Numbers,
    raised: Numbers,
) -> tuple[Numbers, Numbers]:
    n_windows, n_factors = counts.shape[1], len(logs)
    n_cells = n_windows * n_factors
    together = np.empty((len(ages), n_windows, n_factors))
    log_strata = np.empty(len(ages))
    ratios = np.empty(n_cells)
    for k in range(len(ages)):
        for w in range(n_windows):  # cell by cell: to copy a row takes four seconds longer to compile
            for r in range(n_factors):
                together[k, w, r] = silence[ages[k], w, r]
        greatest, total, spoken = 0.0, 0.0, 0.0  # the e-values of pairs, relative to the greatest or to 1
        for pair in range(first[k], first[k + 1]):
            s, most, told, usual = stratum[pair], -np.inf, 0.0, ages[k] == usual_age
            for w in range(n_windows):
                y, share = counts[pair, w], exposure[pair, w] / (b[pair] + exposure[pair, w])
                for r in range(n_factors):
                    grown = tables[s, w, r] if usual else np.log1p(share * raised[r])
                    ratio = (y * logs[r] - (a[pair] + y) * grown) / phi[pair]
                    quiet = -unnamed[s] * grown
                    together[k, w, r] += ratio - quiet
                    if not usual:
                        told += np.exp(quiet)
                    ratios[w * n_factors + r] = ratio
                    most = max(most, ratio)
            alone = most + np.log(np.exp(ratios - most).sum() / n_cells)
            if alone > greatest:
                total *= np.exp(greatest - alone)
                greatest = alone
            total += np.exp(alone - greatest)
            spoken += quiet_e[s] if usual else told / n_cells
        others = max(silence_e[ages[k]] - spoken, 0.0) * np.exp(-greatest)
        log_strata[k] = greatest + np.log(total + others) if total + others > 0 else -np.inf
    return together, log_strata


@numba.njit(cache=True, nogil=True)
def _halves(together: Numbers, log_strata: Numbers, n_strata: int) -> Numbers:
    """The logarithm of half the mean over windows and factors, plus half the mean over strata."""
    found = np.empty(len(log_strata))
    _, n_windows, n_factors = together.shape
    for k in range(len(log_strata)):
        most, total = -np.inf, 0.0
        for w in range(n_windows):
            for r in range(n_factors):
                most = max(most, together[k, w, r])
        for w in range(n_windows):
            for r in range(n_factors):
                total += np.exp(together[k, w, r] - most)
        one = most + np.log(total / (n_windows * n_factors))
        other = log_strata[k] - np.log(n_strata)
        top = max(one, other)
        found[k] = np.log(0.5) + top + np.log(np.exp(one - top) + np.exp(other - top))
    return found
