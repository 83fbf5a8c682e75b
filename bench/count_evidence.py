"""How long does a snapshot's evidence take, and does its null keep to mean 1? In a simulated corpus.

    python bench/count_evidence.py [--pairs 200000] [--seed 20261122]

The world: strata of different rates and sizes, in which the rate of every topic is drawn from the
stratum's Gamma and nothing changes; weekdays, and 3% of stratum-days without exposure. Prints the
seconds of each step, the mean of the e-values, how often they reach some levels, and how many
topics e-BH chooses (all of them falsely).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from time import perf_counter
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from nophantom.stats.count_evidence import (
    FACTORS,
    WINDOWS,
    log_likelihood_ratios,
    pool_evidence,
    stories_needed,
)
from nophantom.stats.counts import cap_counts, momentum, rate_ratio
from nophantom.stats.evidence import e_bh, self_test
from nophantom.stats.overdispersion import overdispersion

STRATA, DAYS, BASELINE_DAYS = 8, 28, 400

Answer = TypeVar("Answer")


def timed(name: str, step: Callable[[], Answer]) -> Answer:
    """The answer of a step; its seconds are printed."""
    start = perf_counter()
    answer = step()
    print(f"{name:34s} {perf_counter() - start:7.3f} s")
    return answer


def by_window(days: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 28) days, the last one today, to (N, W) sums."""
    return np.stack([days[:, -window:].sum(axis=1) for window in WINDOWS], axis=1)


def report(n_pairs: int, seed: int) -> None:
    """Draw the world, time each step, print what the null gives."""
    rng = np.random.default_rng(seed)
    topics = n_pairs // STRATA
    size = rng.integers(20, 400, STRATA)
    weekday = np.where(np.arange(DAYS) % 7 < 5, 1.0, 0.5)
    read = rng.poisson(size[:, None] * weekday) * (rng.random((STRATA, DAYS)) > 0.03)  # (C, 28)
    baseline = size * BASELINE_DAYS * 0.86
    shape, beta = np.full(STRATA, 0.3), rng.uniform(50, 2_000, STRATA)  # of the world, and known
    rate = rng.gamma(shape, 1 / beta, (topics, STRATA))
    before = rng.poisson(rate * baseline).ravel().astype(float)
    stratum, topic = np.tile(np.arange(STRATA), topics), np.repeat(np.arange(topics), STRATA)
    counts = rng.poisson(rate.ravel()[:, None] * read[stratum])
    weeks = rng.poisson(rate.ravel()[:, None] * baseline[stratum, None] / 26, (len(topic), 26))

    print(
        f"{len(topic)} pairs, {topics} topics, {STRATA} strata, {len(WINDOWS)} windows, {len(FACTORS)} factors"
    )
    a, b = shape[stratum] + before, (beta + baseline)[stratum]
    total = weeks.sum(axis=1, keepdims=True)
    phi = timed(
        "overdispersion, 26 weeks",
        lambda: overdispersion(weeks, np.broadcast_to(total / 26, weeks.shape), total[:, 0].clip(0, 9)),
    )
    seen = timed("cap_counts, 28 days", lambda: cap_counts(counts, (a / b)[:, None], read[stratum]))
    recent, exposure = by_window(seen), by_window(read.astype(float))
    log_lr = timed(
        "log_likelihood_ratios", lambda: log_likelihood_ratios(recent, exposure[stratum], a, b, phi)
    )
    silent = log_likelihood_ratios(np.zeros_like(exposure), exposure, shape, beta + baseline)
    everywhere = np.broadcast_to(silent.sum(axis=0), (topics, *silent.shape[1:]))
    e_values = np.full(topics, np.exp(silent).mean(axis=(1, 2)).sum())
    pooled = timed(
        "pool_evidence",
        lambda: pool_evidence(log_lr, silent[stratum], topic, everywhere, e_values, n_strata=STRATA),
    )
    found = timed("e_bh", lambda: e_bh(pooled.log_e, topics, q=0.1))
    week = counts[:, -7:].sum(axis=1)
    timed("momentum", lambda: momentum(week, a / b * exposure[stratum, 2]))
    timed("rate_ratio", lambda: rate_ratio(week, exposure[stratum, 2], before, b))
    some = np.arange(min(1_000, topics)) * STRATA
    timed(
        f"stories_needed, {len(some)} topics",
        lambda: stories_needed(
            pooled,
            topic[some],
            recent[some],
            exposure[stratum[some]],
            a[some],
            b[some],
            phi[some],
            room=np.full(len(some), 7.0),
            threshold=found.log_needed,
        ),
    )
    e = np.exp(pooled.log_e)
    print(
        f"mean e-value {e.mean():.3f} (standard error {e.std() / np.sqrt(topics):.3f}), median phi {np.median(phi):.2f}"
    )
    levels = np.array([5.0, 20.0, 100.0, 1_000.0])
    print(
        "x times share of e >= x:",
        dict(zip(levels, self_test(pooled.log_e, topics, levels).round(3), strict=True)),
    )
    print(f"falsely chosen at q = 0.1: {int(found.chosen.sum())} of {topics}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", type=int, default=200_000, help="pairs of topic and stratum")
    parser.add_argument("--seed", type=int, default=20_261_122)
    given = parser.parse_args()
    report(given.pairs, given.seed)
