"""The evidence of one more day, from a state that holds what earlier days have left: no replay is needed.

A state is a cache. Made again from the series (`state_after`) it is the same to the byte as one that was brought here
day by day (`advance`).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from math import inf
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nophantom.errors import InvalidInput
from nophantom.stats.count_kernels import Progress
from nophantom.stats.count_replay import (
    FAST_RUN,
    Prior,
    Rules,
    check_strata,
    discount,
    gamma_prior,
    share_work,
    sparse_series,
    start_of,
    tables_of,
)
from nophantom.stats.silence_curves import Numbers
from nophantom.stats.sparse_events import Events, Ints64, after_day, gather


@dataclass(frozen=True, slots=True, eq=False)
class ReplayState:
    """Everything that the evidence of the days after `day` needs of the days up to it; N series, S strata.

    Attributes:
        day: the last day that has been done; -1 at the beginning.
        recent: the series, with the events alone that lie after the ends of their baselines.
        mass: (N,) discounted stories of the baselines.
        stories: (N,) how many these are.
        exposure: (S, day + 1) stories read.
    """

    day: int
    recent: Events
    mass: Numbers
    stories: Ints64
    exposure: Numbers


def begin(stratum: ArrayLike, *, n_strata: int, phi: ArrayLike = 1.0) -> ReplayState:
    """The state before the first day: series without any story."""
    n = np.size(stratum)
    none = np.zeros(0, dtype=np.int32)
    series = sparse_series(np.zeros(n + 1, dtype=np.int64), none, none, stratum, phi=phi)
    nothing = np.zeros(n, dtype=np.int64)
    return ReplayState(-1, series, np.zeros(n), nothing, np.zeros((n_strata, 0)))


def enlist(state: ReplayState, stratum: ArrayLike, *, phi: ArrayLike = 1.0) -> ReplayState:
    """The state with further series at the end, which have had no story so far."""
    recent, new = state.recent, begin(stratum, n_strata=len(state.exposure), phi=phi).recent
    more = len(new.stratum)
    grown = Events(
        np.concatenate([recent.start, np.full(more, recent.start[-1])]),
        recent.day,
        recent.told,
        np.concatenate([recent.stratum, new.stratum]),
        np.concatenate([recent.entered, new.entered]),
        np.concatenate([recent.phi, new.phi]),
    )
    mass = np.concatenate([state.mass, np.zeros(more)])
    stories = np.concatenate([state.stories, np.zeros(more, dtype=np.int64)])
    return replace(state, recent=grown, mass=mass, stories=stories)


def advance(
    state: ReplayState,
    who: NDArray[Any],
    count: NDArray[Any],
    entered: NDArray[Any],
    exposure: NDArray[Any],
    prior: Prior,
    rules: Rules = FAST_RUN,
    *,
    threads: int = 1,
) -> tuple[ReplayState, Numbers]:
    """Add one day to a state: what `daily_evidence` gives for it, to the byte.

    Args:
        state: up to the day before; it is not changed.
        who: (K,) which series have stories on the day, increasing.
        count: (K,) how many.
        entered: numbers of the series whose topics had their second story on this day.
        exposure: (S,) stories read.
        prior: for this day alone.
        rules: the same from the first day on.
        threads: cores to use. The answer does not depend on it.

    Returns:
        The state up to this day, and (N,) natural logarithms of its e-values.

    Raises:
        InvalidInput: series that are unknown or not in order, or stories where nothing was read.
    """
    day, recent = state.day + 1, state.recent
    names, counts = np.asarray(who, dtype=np.int64), np.asarray(count, dtype=np.int32)
    today = np.asarray(exposure, dtype=np.float64).reshape(-1, 1)
    _check_day(recent, names, counts, today[:, 0], len(state.exposure))
    since = recent.entered.copy()
    since[np.asarray(entered, dtype=np.int64)] = day
    size = len(recent.day) + len(names)
    merged = Events(
        np.empty_like(recent.start),
        np.empty(size, dtype=np.int32),
        np.empty(size, dtype=np.int32),
        recent.stratum,
        since,
        recent.phi,
    )
    gather(recent, recent.start[:-1], recent.start[1:], names, counts, day, merged)
    read = np.concatenate([state.exposure, today], axis=1)
    block = tables_of(range(day, day + 1), read, discount(read, rules.forgetting), prior, rules)
    progress, log_e = (
        Progress(state.mass.copy(), state.stories.copy(), merged.start[:-1].copy()),
        np.empty((1, len(since))),
    )
    with ThreadPoolExecutor(threads) as workers:
        share_work(workers, threads, merged, state.day, progress, block, log_e)
    left = int((merged.start[1:] - progress.place).sum())
    kept = merged._replace(
        start=np.empty_like(merged.start),
        day=np.empty(left, dtype=np.int32),
        told=np.empty(left, dtype=np.int32),
    )
    none = np.zeros(0, dtype=np.int64)
    gather(merged, progress.place, merged.start[1:], none, none.astype(np.int32), day, kept)
    return ReplayState(day, kept, progress.mass, progress.stories, read), log_e[0]


def state_after(
    series: Events, exposure: NDArray[Any], rules: Rules = FAST_RUN, *, day: int, threads: int = 1
) -> ReplayState:
    """The state after a day, from everything up to it; what comes later is not looked at.

    Args:
        series: by `count_replay.sparse_series`.
        exposure: (S, at least day + 1) stories read.
        rules: lag and forgetting count.
        day: the last day that is done.
        threads: cores to use. The answer does not depend on it.

    Raises:
        InvalidInput: a day or a stratum that the exposure does not have.
    """
    read = np.ascontiguousarray(np.asarray(exposure, dtype=np.float64)[:, : day + 1])
    if not 0 <= day == read.shape[1] - 1:
        raise InvalidInput(f"the exposure has days 0 to {np.asarray(exposure).shape[1] - 1}; got {day}.")
    check_strata(series, len(read))
    # The loop also brings the baselines up to the day; what it says of mute strata is thrown away.
    mute = gamma_prior(0.0, 1.0, n_strata=len(read), n_days=1)
    block = tables_of(range(day, day + 1), read, discount(read, rules.forgetting), mute, rules)
    progress, ignored = start_of(series), np.empty((1, len(series.stratum)))
    with ThreadPoolExecutor(threads) as workers:
        share_work(workers, threads, series, -1, progress, block, ignored)
    ends = np.empty(len(series.stratum), dtype=np.int64)
    after_day(series, progress.place, day, ends)
    size = int((ends - progress.place).sum())
    never = np.iinfo(np.int32).max
    recent = series._replace(
        start=np.empty_like(series.start),
        day=np.empty(size, dtype=np.int32),
        told=np.empty(size, dtype=np.int32),
        entered=np.where(series.entered <= day, series.entered, never).astype(np.int32),
    )
    none = np.zeros(0, dtype=np.int64)
    gather(series, progress.place, ends, none, none.astype(np.int32), day, recent)
    return ReplayState(day, recent, progress.mass, progress.stories, read)


def _check_day(series: Events, who: Ints64, count: NDArray[np.int32], read: Numbers, n_strata: int) -> None:
    n = len(series.stratum)
    if len(read) != n_strata or not ((read >= 0) & (read < inf)).all():
        raise InvalidInput(
            f"a day has one exposure for each of {n_strata} strata, not negative; got {read.tolist()}."
        )
    check_strata(series, n_strata)
    known = len(who) == len(count) and (
        not len(who) or (who[0] >= 0 and who[-1] < n and (np.diff(who) > 0).all())
    )
    if not known or (count < 1).any() or (read[series.stratum[who]] <= 0).any():
        raise InvalidInput(
            f"a day names series 0 to {n - 1} in increasing order, each with at least one story and in a stratum that "
            f"read something; got {len(who)} series and {len(count)} counts."
        )
