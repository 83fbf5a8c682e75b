"""The detection on permuted corpora: what it flags where nothing can be found."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from nophantom.stats.evidence import boosted_mean, e_bh
from nophantom.trends.backtest.permutations import NullDay, Permutation, permuted
from nophantom.trends.baselines import Floats
from nophantom.trends.parameters import Parameters
from nophantom.trends.permuted_days import permuted_day, tier_of
from nophantom.trends.replay import Replay
from nophantom.trends.replay_day import Day
from nophantom.trends.self_test import TIERS
from nophantom.trends.series import Series

ESTABLISHED = TIERS[-1]
"""Expected stories in 28 days from which on a topic is established: its momentum should be 1."""
ENOUGH = 20
"""Established topics that a median is taken of."""

OnSnapshot = Callable[[int, int], None]
"""Told how many of how many snapshots are done."""


def snapshot_days(first: int, last: int, n: int) -> tuple[int, ...]:
    """So many distinct days, evenly from one to another; all of them where there are fewer.

    >>> snapshot_days(10, 40, 4)
    (10, 20, 30, 40)
    """
    return tuple(dict.fromkeys(np.linspace(first, last, n).round().astype(int).tolist()))


def null_days(
    series: Series,
    permutation: Permutation,
    seeds: tuple[int, ...],
    days: tuple[int, ...],
    parameters: Parameters,
    *,
    on_snapshot: OnSnapshot | None = None,
) -> Iterator[NullDay]:
    """Snapshots of permuted corpora, without any gate: no gate may be needed to keep still here.

    Args:
        series: as it is, not cut off.
        permutation: what is permuted.
        seeds: one permuted corpus each.
        days: of the series, in which a snapshot of each corpus is made.
        parameters: what decides.
        on_snapshot: told of the progress.

    Raises:
        InvalidInput: a series that was cut off.
    """
    for nth, seed in enumerate(seeds):
        shuffled = permuted(series, permutation, np.random.default_rng(seed))
        # Gates look at places of publishing; none is asked here.
        replay = Replay(shuffled, np.zeros(shuffled.stories.n, dtype=np.int64), parameters)
        for done, day in enumerate(days, nth * len(days) + 1):
            yield _null_day(replay, day)
            if on_snapshot:
                on_snapshot(done, len(seeds) * len(days))


def _null_day(replay: Replay, day: int) -> NullDay:
    today = permuted_day(replay, day)
    parameters = replay.parameters
    tier = tier_of(today.expected)
    flagged = np.bincount(tier[_flags(today, today.log_e, parameters)], minlength=len(TIERS) + 1)
    established = today.expected >= ESTABLISHED
    return NullDay(
        as_of=today.as_of,
        n_topics=today.n_topics,
        flagged=tuple(flagged.tolist()),
        log_e=today.log_e,
        tier=tier,
        momentum=_median(today.momentum.point[established]),
        fast=int(_flags(today, today.log_fast, parameters).sum()),
        slow=int(_flags(today, today.log_slow, parameters).sum()),
        boosted=tuple(
            boosted_mean(today.log_e[tier == number], today.n_topics, q=parameters.q, boost=parameters.boost)
            for number in range(len(TIERS) + 1)
        ),
    )


def _flags(today: Day, log_e: Floats, parameters: Parameters) -> NDArray[np.bool_]:
    return e_bh(log_e, today.n_topics, q=parameters.q, boost=parameters.boost).chosen


def _median(values: Floats) -> float | None:
    return float(np.median(values)) if len(values) >= ENOUGH else None
