"""All daily e-values of millions of sparse series, replayed day by day: the fast road to `count_evidence`.

A series is the stories of one topic in one stratum. Its evidence of a day is the mean of
`count_evidence.log_likelihood_ratios` over windows and factors, for the baseline that ended `lag` days before. Here
nothing of the size of series x days is ever stored: days come out one after the other (`daily_evidence`), or one day
is added to a state (`replay_state.advance`). Both run the same compiled loop and give the same
bytes, with any number of threads.

What makes it fast: the logarithms depend on stratum, day, window and factor alone; so does what windows without
stories say, as a curve of shape / phi. Only windows with stories need exponentials, and those of a few days are taken
at once. The curves are off by less than
1e-10 of the e-value (`PIECES`).
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import inf
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nophantom.errors import InvalidInput
from nophantom.stats import count_kernels as kernels
from nophantom.stats.count_evidence import FACTORS, WINDOWS
from nophantom.stats.count_kernels import LANES, Progress
from nophantom.stats.silence_curves import DOUBLINGS, PIECES, Numbers, draw_curves
from nophantom.stats.sparse_events import Events, Ints64, first_fault, second_story_days

DAYS_AT_ONCE = 8
"""Days of one block: more need larger tables than a processor's cache, fewer read the series more often."""
_SHARES = 4  # of the series, per thread: so that none waits long for another


@dataclass(frozen=True, slots=True)
class Rules:
    """What is compared with what; the fast run unless told otherwise.

    Attributes:
        lag: days between the end of the baseline and today, at least 1.
        forgetting: weight that a day of the baseline loses per day.
        windows: lengths in days, increasing.
        factors: multiples of the baseline rate that are looked for, increasing, above 1.
        cap_base: of a day's stories at least so many count ...
        cap_slope: ... and so many more per story that the baseline expects.
    """

    lag: int = 28
    forgetting: float = 0.999
    windows: tuple[int, ...] = WINDOWS
    factors: tuple[float, ...] = FACTORS
    cap_base: float = 1.0
    cap_slope: float = 2.0

    def __post_init__(self) -> None:
        rising = list(self.windows) == sorted(set(self.windows)) and list(self.factors) == sorted(
            self.factors
        )
        if not (rising and self.windows and self.factors and self.windows[0] >= 1 and self.factors[0] > 1):
            raise InvalidInput(
                "windows are increasing numbers of days, factors increasing and above 1; "
                f"got {self.windows} and {self.factors}."
            )
        if self.lag < 1 or not 0 < self.forgetting <= 1 or self.cap_base <= 0 or self.cap_slope < 0:
            raise InvalidInput(
                "lag is at least 1, forgetting above 0 and at most 1, the cap above 0; got "
                f"{self.lag}, {self.forgetting}, {self.cap_base} + {self.cap_slope} per expected story."
            )


FAST_RUN = Rules()
"""Days, lag of four weeks, windows up to as many."""


class Prior(NamedTuple):
    """What turns a baseline of r stories that weigh A today into a posterior Gamma(a, b).

    a = added[tier of r] + worth[tier of r] * A, and b = rate + the discounted exposure. One Gamma(alpha, beta) is
    `gamma_prior`; factors measured by the stories of the baseline are the general case.

    Attributes:
        added: (S, days, K) per stratum, day and tier; where it is 0 for the first tier, the stratum is mute.
        worth: (S, days, K)
        rate: (S, days)
        tiers: (K - 1,) the least stories of every tier but the first, increasing.
    """

    added: Numbers
    worth: Numbers
    rate: Numbers
    tiers: Ints64


def gamma_prior(shape: ArrayLike, rate: ArrayLike, *, n_strata: int, n_days: int) -> Prior:
    """One Gamma per stratum, or per stratum and day.

    Args:
        shape: one number, (S, 1) or (S, days).
        rate: likewise, in stories read.
        n_strata: S.
        n_days: how many days are replayed.
    """
    size = (n_strata, n_days)
    added = np.broadcast_to(np.asarray(shape, dtype=np.float64), size)[..., None]
    rates = np.broadcast_to(np.asarray(rate, dtype=np.float64), size)
    return Prior(added, np.ones((*size, 1)), rates, np.zeros(0, dtype=np.int64))


def sparse_series(
    start: ArrayLike,
    day: ArrayLike,
    count: ArrayLike,
    stratum: ArrayLike,
    *,
    phi: ArrayLike = 1.0,
    entered: ArrayLike | None = None,
) -> Events:
    """Series as the compiled loops take them; nothing is copied that has the right type.

    Args:
        start: (N + 1,) series i has the events `start[i]` up to `start[i + 1]`.
        day: (M,) of each event, strictly increasing inside a series.
        count: (M,) stories, at least 1.
        stratum: (N,) number of the stratum of each series.
        phi: (N,) or one number; overdispersion, at least 1.
        entered: (N,) day of the second story of each series' topic, beyond the last if it has none. Where it is not
            given, each series is a topic of its own.

    Raises:
        InvalidInput: lists that do not fit, or phi below 1.
    """
    starts = np.ascontiguousarray(start, dtype=np.int64)
    days, counts = (np.ascontiguousarray(given, dtype=np.int32) for given in (day, count))
    strata, n = np.ascontiguousarray(stratum, dtype=np.int32), np.size(stratum)
    if starts.shape != (n + 1,) or starts[0] != 0 or starts[-1] != len(days) or len(counts) != len(days):
        raise InvalidInput(
            f"{n} series need {n + 1} beginnings, from 0 to the number of events, and a day and a count for each "
            f"event; got {len(starts)} beginnings, {len(days)} days and {len(counts)} counts."
        )
    if (starts[1:] < starts[:-1]).any():
        raise InvalidInput("the beginnings of series never decrease; sort the events by series.")
    phis = np.array(
        np.broadcast_to(np.asarray(phi, dtype=np.float64), n)
    )  # own, so that one loop is compiled
    if not ((phis >= 1) & (phis < inf)).all():
        raise InvalidInput(f"overdispersion phi is finite and at least 1; got {phis.min()} to {phis.max()}.")
    if entered is None:
        seconds = np.full(n, np.iinfo(np.int32).max, dtype=np.int32)
        second_story_days(starts, days, counts, seconds)
    else:
        seconds = np.ascontiguousarray(entered, dtype=np.int32)
        if len(seconds) != n:
            raise InvalidInput(f"every series has one day of entry; got {len(seconds)} for {n} series.")
    return Events(starts, days, counts, strata, seconds, phis)


def daily_evidence(
    series: Events,
    exposure: NDArray[Any],
    prior: Prior,
    rules: Rules = FAST_RUN,
    *,
    first: int = 0,
    last: int | None = None,
    threads: int = 1,
) -> Iterator[tuple[int, Numbers]]:
    """The evidence of all series, one day after the other.

    Args:
        series: by `sparse_series`.
        exposure: (S, days) stories read; 0 is no evidence.
        prior: for the same days.
        rules: windows, factors, lag and caps.
        first: the first day that is wanted.
        last: the last; the last of all if not given.
        threads: cores to use. The answer does not depend on it.

    Yields:
        Each day and (N,) natural logarithms of its e-values: 0 where a stratum is mute, where nothing was read and up
        to the day on which a topic enters. A stratum is mute until its baseline has read what the longest window has.

    Raises:
        InvalidInput: a stratum or a day that the exposure does not have, events that are not in order, or stories on a
            day on which nothing was read.
    """
    read = np.ascontiguousarray(exposure, dtype=np.float64)
    last = read.shape[1] - 1 if last is None else last
    _check(series, read, prior, first, last)
    progress = start_of(series)
    discounted = discount(read, rules.forgetting)
    # New memory of this size costs more than a tenth of all: days are told from the same room, each copied.
    done, room = -1, np.empty((min(DAYS_AT_ONCE, last + 1 - first), len(series.stratum)))
    with ThreadPoolExecutor(threads) as workers:
        for day in range(first, last + 1, DAYS_AT_ONCE):
            days = range(day, min(day + DAYS_AT_ONCE, last + 1))
            log_e = room[: len(days)]
            block = tables_of(days, read, discounted, _prior_of(prior, days), rules)
            share_work(workers, threads, series, done, progress, block, log_e)
            done = days[-1]
            yield from zip(days, map(np.copy, log_e), strict=True)


def discount(exposure: Numbers, forgetting: float) -> Numbers:
    """(S, days) exposure of a baseline that ends with each day, older days weighing less."""
    discounted, weight = np.empty_like(exposure), np.zeros(len(exposure))
    for day in range(exposure.shape[1]):
        weight = forgetting * weight + exposure[:, day]
        discounted[:, day] = weight
    return discounted


def start_of(series: Events) -> Progress:
    """Where every series is before its first day."""
    n = len(series.stratum)
    return Progress(np.zeros(n), np.zeros(n, dtype=np.int64), series.start[:-1].copy())


def _prior_of(prior: Prior, days: range) -> Prior:
    at = slice(days[0], days[-1] + 1)
    return Prior(prior.added[:, at], prior.worth[:, at], prior.rate[:, at], prior.tiers)


def tables_of(days: range, read: Numbers, discounted: Numbers, prior: Prior, rules: Rules) -> kernels.Block:
    """The tables of some days.

    Args:
        days: consecutive ones.
        read: (S, at least up to the last of them) stories read, from day 0.
        discounted: the same, by `discount`.
        prior: of these days alone.
        rules: windows, factors, lag and caps.
    """
    (n_strata, n_days), n_windows = (len(read), len(days)), len(rules.windows)
    windows, on, ages = np.array(rules.windows), np.array(days), np.arange(rules.lag + 1)
    before = np.concatenate([np.zeros((n_strata, 1)), np.cumsum(read, axis=1)], axis=1)
    usual = np.minimum(on, rules.lag)  # the age of a baseline that waits for nobody
    last = np.maximum(on[:, None] - ages, 0)  # (D, G)
    rate = prior.rate[:, :, None] + discounted[:, last]  # (S, D, G)
    after = np.maximum(last[..., None], on[:, None, None] - windows)  # (D, G, W)
    seen = before[:, on + 1][:, :, None, None] - before[:, after + 1]  # (S, D, G, W)
    share = np.divide(seen, rate[..., None] + seen, out=np.zeros_like(seen), where=seen > 0)
    n_factors, beyond = len(rules.factors), -len(rules.factors) % LANES
    more = np.pad(np.array(rules.factors), (0, beyond), constant_values=1.0)  # of which nothing is made
    logs = np.log1p(share[..., None] * (more - 1))
    logs = logs.reshape(n_strata * n_days, len(ages), n_windows, len(more))
    cells = np.arange(n_strata * n_days)
    curves = np.empty((len(cells), n_windows, DOUBLINGS * PIECES, 6))
    seen_usually = logs[cells, np.tile(usual, n_strata)]  # (C, W, L)
    draw_curves(np.ascontiguousarray(seen_usually[..., :n_factors]), curves)
    baseline = discounted[:, np.maximum(on - rules.lag, 0)]
    window = before[:, on + 1] - before[:, np.maximum(on + 1 - windows[-1], 0)]
    speaks = (baseline > 0) & (baseline >= window) & (window > 0) & (prior.added[:, :, 0] > 0)
    most = int(prior.tiers[-1]) if len(prior.tiers) else 0
    return kernels.Block(
        days[0],
        rules.lag,
        rules.forgetting,
        rules.cap_base,
        rules.cap_slope,
        np.searchsorted(windows, np.arange(windows[-1]), side="right").astype(np.int64),
        np.searchsorted(prior.tiers, np.arange(most + 1), side="right").astype(np.int64),
        n_factors,
        np.log(more),
        read,
        speaks.ravel(),
        np.array(prior.added.reshape(len(cells), -1)),
        np.array(prior.worth.reshape(len(cells), -1)),
        np.ascontiguousarray(rate.reshape(len(cells), -1)),
        np.ascontiguousarray(logs),
        curves,
    )


def share_work(
    workers: ThreadPoolExecutor,
    threads: int,
    series: Events,
    done: int,
    progress: Progress,
    block: kernels.Block,
    log_e: Numbers,
) -> None:
    """Each thread takes series of its own; what one gives does not depend on another."""
    cuts = np.linspace(0, log_e.shape[1], threads * _SHARES + 1).astype(int).tolist()

    def work(share: int) -> None:
        kernels.replay(cuts[share], cuts[share + 1], series, done, progress, block, log_e)

    list(workers.map(work, range(len(cuts) - 1)))


def _check(series: Events, read: Numbers, prior: Prior, first: int, last: int) -> None:
    """Refuse what the compiled loops would read beyond the end of."""
    if read.ndim != 2 or not ((read >= 0) & (read < inf)).all():
        raise InvalidInput(f"exposure is (strata, days), finite and not negative; got shape {read.shape}.")
    n_strata, n_days = read.shape
    if not 0 <= first <= last < n_days:
        raise InvalidInput(f"the exposure has days 0 to {n_days - 1}; got {first} to {last}.")
    sizes = (prior.added.shape, prior.worth.shape, (*prior.rate.shape, len(prior.tiers) + 1))
    if set(sizes) != {(n_strata, n_days, len(prior.tiers) + 1)}:
        raise InvalidInput(
            f"the prior is for {n_strata} strata, {n_days} days and {len(prior.tiers) + 1} tiers, as exposure and "
            f"tiers are; got {sizes[0]}, {sizes[1]} and rates {prior.rate.shape}."
        )
    check_strata(series, n_strata)
    fault = first_fault(series, read)
    if fault >= 0:
        raise InvalidInput(
            f"events of a series are on increasing days 0 to {n_days - 1} on which its stratum read something, with at "
            f"least one story; event {fault} is on day {series.day[fault]} with {series.told[fault]} stories."
        )


def check_strata(series: Events, n_strata: int) -> None:
    """Refuse series of strata that there are not.

    Raises:
        InvalidInput: a number of a stratum beyond them.
    """
    stratum = series.stratum
    if len(stratum) and not (stratum.min() >= 0 and stratum.max() < n_strata):
        raise InvalidInput(
            f"strata are numbered 0 to {n_strata - 1}; got {stratum.min()} to {stratum.max()}."
        )
