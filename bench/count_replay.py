"""How long do all daily e-values of a million sparse series take, one more day, and one snapshot's choice?

    python bench/count_replay.py [--series 1000000] [--days 400] [--threads 2] [--topics 2500000]
                                 [--ruptures-python PATH] [--peer-series 100]

The world: six strata that read 200 to 8,000 stories a day, with weekdays, growth by half and 2% of days of outage;
rates of series lognormal with a median of 1.2e-5 per story and a spread of 1.5 natural logarithms; overdispersion 1
plus an exponential of mean 0.3; one Gamma prior per stratum. Measured are

- `daily_evidence`: every day, every series; nothing is kept but how many reach some levels;
- `advance`: the state after all but the last ten days, and then these, one by one;
- the choice of one snapshot: topics with stories in a few of 100 strata, `pooled_evidence` and `e_bh`.

The peers take the first of the same series, with the exposure where they can use it: the two-state automaton of
Kleinberg (2002), over all series at once in numpy, STL of statsmodels and PELT of ruptures one by one. ruptures runs
in an environment of its own:

    python -m venv peers && peers/bin/pip install ruptures    ->  --ruptures-python peers/bin/python

Seconds are those of the clock, beside CPU seconds of the process: on a machine that others use, the latter are nearer
the truth. Compiling is not counted.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
from numpy.typing import NDArray
from statsmodels.tsa.seasonal import STL

from nophantom.stats.count_evidence import WINDOWS
from nophantom.stats.count_replay import Prior, daily_evidence, gamma_prior, sparse_series
from nophantom.stats.evidence import e_bh
from nophantom.stats.pooled_evidence import pooled_evidence
from nophantom.stats.replay_state import advance, state_after
from nophantom.stats.silence_curves import compiled
from nophantom.stats.sparse_events import Events

Numbers = NDArray[np.float64]
SIZES = (200, 500, 1_000, 2_000, 4_000, 8_000)
LEVELS = np.log([20.0, 1_000.0, 1e6])
PELT = """
import sys, time
import numpy as np, ruptures
table = np.load(sys.argv[1])
start = time.process_time()
for row in table:
    ruptures.Pelt(model="l2", min_size=7, jump=1).fit_predict(row, pen=3 * np.log(len(row)) * max(row.var(), 1e-9))
print(time.process_time() - start)
"""


class Stopwatch:
    """Seconds of the clock and of the processor since it was made."""

    def __init__(self) -> None:
        self._clock, self._cpu = perf_counter(), process_time()

    def __str__(self) -> str:
        return f"{self.clock:8.2f} s, {self.cpu:8.2f} CPU s"

    @property
    def clock(self) -> float:
        return perf_counter() - self._clock

    @property
    def cpu(self) -> float:
        return process_time() - self._cpu


@compiled
def scatter(
    rate: Numbers,
    stratum: NDArray[np.int32],
    read: Numbers,
    gaps: int,
    start: NDArray[np.int64],
    day: NDArray[np.int32],
    count: NDArray[np.int32],
) -> int:
    """Stories of each series at exponential distances along all that its stratum read; how many events."""
    np.random.seed(gaps)  # noqa: NPY002 - the generator of compiled loops
    at = 0
    for i in range(len(rate)):
        start[i] = at
        place, today, seen = 0.0, 0, read[stratum[i], 0]
        while True:
            place += np.random.exponential() / rate[i]  # noqa: NPY002
            while place >= seen and today + 1 < read.shape[1]:
                today += 1
                seen += read[stratum[i], today]
            if place >= seen:
                break
            if at > start[i] and day[at - 1] == today:
                count[at - 1] += 1
            else:
                day[at], count[at] = today, 1
                at += 1
    start[len(rate)] = at
    return int(at)


def world(n: int, n_days: int, seed: int) -> tuple[Events, Numbers, Prior]:
    """Series, exposure and prior."""
    rng = np.random.default_rng(seed)
    day = np.arange(n_days)
    usual = np.array(SIZES)[:, None] * np.where(day % 7 < 5, 1.0, 0.6) * (1 + 0.5 * day / n_days)
    read = (rng.poisson(usual) * (rng.random(usual.shape) > 0.02)).astype(np.float64)
    stratum = rng.integers(0, len(SIZES), n).astype(np.int32)
    rate = 1.2e-5 * np.exp(1.5 * rng.standard_normal(n))
    room = int(1.05 * (rate * read.sum(axis=1)[stratum]).sum()) + 10_000
    start = np.empty(n + 1, dtype=np.int64)
    on, count = np.empty(room, dtype=np.int32), np.empty(room, dtype=np.int32)
    m = scatter(rate, stratum, read, seed, start, on, count)
    series = sparse_series(start, on[:m], count[:m], stratum, phi=1 + rng.exponential(0.3, n))
    # A prior that weighs little: 2% of the exposure of a year; the mean is that of the rates.
    weight = 0.02 * read.sum(axis=1, keepdims=True)
    return series, read, gamma_prior(rate.mean() * weight, weight, n_strata=len(SIZES), n_days=n_days)


def replay(series: Events, read: Numbers, prior: Prior, threads: int) -> float:
    """Every day of every series; microseconds of the processor per series-day."""
    watch, reached, n_days = Stopwatch(), np.zeros(len(LEVELS), dtype=np.int64), read.shape[1]
    for _, log_e in daily_evidence(series, read, prior, threads=threads):
        reached += [np.count_nonzero(log_e >= level) for level in LEVELS]
    each = float(1e6 * watch.cpu / (len(series.stratum) * n_days))
    print(f"all days, {threads} threads                {watch}   {each:.3f} us per series-day")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    shares = ", ".join(
        f"{np.exp(level):,.0f}: {share:.1e}"
        for level, share in zip(LEVELS, reached / len(series.stratum) / n_days, strict=True)
    )
    print(f"peak of the process {peak:.2f} GB; share of e-values of at least {shares}")
    return each


def one_more_day(series: Events, read: Numbers, prior: Prior, threads: int) -> None:
    """The last days, each from the state before it."""
    n_days = read.shape[1]
    watch = Stopwatch()
    state = state_after(series, read, day=n_days - 11, threads=threads)
    print(f"state after day {n_days - 11}                 {watch}")
    clocks, cpus = [], []
    owner = np.repeat(np.arange(len(series.stratum)), np.diff(series.start))
    for day in range(n_days - 10, n_days):
        at = np.flatnonzero(series.day == day)
        entered, now = np.flatnonzero(series.entered == day), slice(day, day + 1)
        today = Prior(prior.added[:, now], prior.worth[:, now], prior.rate[:, now], prior.tiers)
        watch = Stopwatch()
        state, _ = advance(state, owner[at], series.told[at], entered, read[:, day], today, threads=threads)
        clocks.append(watch.clock)
        cpus.append(watch.cpu)
    print(
        f"one more day, median of {len(clocks)}           {np.median(clocks):8.3f} s, {np.median(cpus):8.3f} CPU s"
    )


def pooled(
    share: tuple[int, int],
    *,
    first: NDArray[np.int64],
    pairs: tuple[NDArray[np.int64], Numbers, Numbers],
    b: Numbers,
    read: Numbers,
) -> Numbers:
    """The logarithms of the pooled e-values of some topics: of each stratum, counts and shapes of their pairs."""
    low, high = share
    own, n_strata = slice(first[low], first[high]), len(read)
    where, told, shape = pairs[0][own], pairs[1][own], pairs[2][own]
    return pooled_evidence(
        first[low : high + 1] - first[low],
        where,
        told,
        read[where],
        shape,
        b[0, where],
        np.full(len(where), 1.2),
        ages=np.full(high - low, 28),
        usual_age=28,
        unnamed=np.full(n_strata, 1e-3),
        rates=b,
        read=np.tile(read, (29, 1, 1)),
        speaking=np.arange(n_strata),
    ).log_e


def snapshot(n_topics: int, threads: int, seed: int, n_strata: int = 100) -> None:
    """Pooled evidence of all topics with a story in the last 28 days, and e-BH over all topics."""
    rng = np.random.default_rng(seed)
    size = 4_000 / np.arange(1, n_strata + 1)  # stories a day: a few large strata, many small
    read = size[:, None] * np.array(WINDOWS)  # (S, W)
    b = np.tile(300 * size, (29, 1))
    topic = np.unique(rng.integers(0, n_topics * n_strata, 4 * n_topics) % n_topics * n_strata
                      + rng.choice(n_strata, 4 * n_topics, p=size / size.sum()))  # fmt: skip
    stratum, topic = topic % n_strata, topic // n_strata
    a = np.minimum(rng.pareto(1.1, len(topic)) + 0.5, 3e4)
    counts = rng.poisson(np.diff(read, prepend=0.0, axis=1)[stratum] * (a / b[0, stratum])[:, None]).cumsum(
        axis=1
    )
    monthly = np.bincount(topic, counts[:, -1], n_topics)
    for least in (3, 1, 0):
        kept = np.flatnonzero(monthly >= least)
        mine = monthly[topic] >= least
        first = np.searchsorted(topic[mine], np.concatenate([kept, [n_topics]])).astype(np.int64)
        pairs = (stratum[mine], counts[mine].astype(np.float64), a[mine])

        ask = partial(pooled, first=first, pairs=pairs, b=b, read=read)
        cuts = [*range(0, len(kept), 50_000), len(kept)]
        ask((0, 10))  # compiled
        watch = Stopwatch()
        with ThreadPoolExecutor(threads) as workers:
            log_e = np.concatenate(list(workers.map(ask, pairwise(cuts))))
        found = e_bh(log_e, n_topics, q=0.1)
        print(
            f"choice, topics of {least} stories and more {watch}   {len(kept):,} of {n_topics:,} topics, "
            f"{int(mine.sum()):,} pairs, {n_strata} strata; {int(found.chosen.sum())} chosen"
        )


def kleinberg(counts: Numbers, read: Numbers, *, scale: float = 2.0, gamma: float = 1.0) -> NDArray[np.bool_]:
    """(N, days) true in a burst: the cheapest way through two binomial states, for all series at once."""
    n, n_days = counts.shape
    usual = np.clip(counts.sum(axis=1) / read.sum(axis=1), 1e-12, 0.4)  # p0; p1 = scale * p0
    odds = [np.stack([np.log(p), np.log1p(-p)]) for p in (usual, scale * usual)]
    entering, cost = gamma * np.log(n_days), np.stack([np.zeros(n), np.full(n, np.inf)])
    came = np.empty((n_days, 2, n), dtype=np.bool_)
    for day in range(n_days):
        told, rest = counts[:, day], read[:, day] - counts[:, day]
        came[day, 0], came[day, 1] = cost[1] < cost[0], cost[1] <= cost[0] + entering
        cost = np.stack([np.minimum(cost[0], cost[1]), np.minimum(cost[0] + entering, cost[1])])
        cost -= np.stack([told * log_p + rest * log_q for log_p, log_q in odds])
    bursts, state = np.empty((n, n_days), dtype=np.bool_), cost[1] < cost[0]
    for day in range(n_days - 1, -1, -1):
        bursts[:, day] = state
        state = np.where(state, came[day, 1], came[day, 0])
    return bursts


def peers(series: Events, read: Numbers, n: int, ours: float, ruptures_python: Path | None) -> None:
    """Microseconds per series-day of others, and how many times ours that is."""
    n_days = read.shape[1]

    def dense(m: int) -> Numbers:
        table = np.zeros((m, n_days))
        stop = series.start[m]
        table[np.repeat(np.arange(m), np.diff(series.start[: m + 1])), series.day[:stop]] = series.told[:stop]
        return table

    rows = [("this", ours)]
    many = min(20_000, len(series.stratum))
    table = dense(many)
    watch = Stopwatch()
    kleinberg(table, read[series.stratum[:many]])
    rows.append(("Kleinberg, two states, numpy", 1e6 * watch.cpu / many / n_days))
    table = dense(min(n, many))
    watch = Stopwatch()
    for row in table:
        STL(row, period=7).fit()
    rows.append(("statsmodels STL", 1e6 * watch.cpu / table.size))
    if ruptures_python is not None:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / "table.npy"
            np.save(place, table)
            spent = subprocess.run(
                [ruptures_python, "-c", PELT, place], check=True, capture_output=True, text=True
            ).stdout
        rows.append(("ruptures PELT, l2", 1e6 * float(spent) / table.size))
    print(f"\n{'CPU us per series-day':32s}{'':10s}{'times ours':>12s}")
    for name, each in rows:
        print(f"{name:32s}{each:10.3f}{each / ours:12,.1f}")


def main() -> None:
    """Draw, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--series", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=400)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--topics", type=int, default=2_500_000)
    parser.add_argument("--ruptures-python", type=Path)
    parser.add_argument("--peer-series", type=int, default=100)
    parser.add_argument("--seed", type=int, default=20_261_123)
    told = parser.parse_args()
    some = world(200, 60, told.seed)
    list(daily_evidence(*some))  # compiled
    series, read, prior = world(told.series, told.days, told.seed)
    print(f"{told.series:,} series x {told.days} days, {len(series.day):,} events")
    ours = replay(series, read, prior, told.threads)
    one_more_day(series, read, prior, told.threads)
    peers(series, read, told.peer_series, ours, told.ruptures_python)
    del series
    snapshot(told.topics, told.threads, told.seed)


if __name__ == "__main__":
    main()
