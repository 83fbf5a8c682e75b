"""The compiled loops of `count_replay`: millions of sparse series, a few nanoseconds each.

Imported by what replays many series and by nobody else: numba takes a second or two to import. The loops
release Python's lock, so that threads share the work; every number depends on its own series alone, and so on
neither how many threads there are nor which days are done in one go.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nophantom.stats.silence_curves import (
    DOUBLINGS,
    PIECES,
    Numbers,
    compiled,
    fast_exp,
    fast_log,
    height_at,
    piece_of,
    uncounted,
)
from nophantom.stats.sparse_events import Events, Ints32, Ints64

LANES = 8
"""Factors are taken so many at a time; rows of tables are filled up to a multiple of it."""
_NOTHING = -1e9  # the logarithm of what adds nothing
_SAFE = 600.0  # sums of exponentials below this, and sums above its reciprocal, neither overflow nor vanish


class Progress(NamedTuple):
    """How far each series is; changed in place.

    Attributes:
        mass: (N,) discounted stories of the baseline, the prior aside.
        stories: (N,) how many these are.
        place: (N,) where the first event after the end of its baseline lies.
    """

    mass: Numbers
    stories: Ints64
    place: Ints64


class Block(NamedTuple):
    """What all series of a stratum share on some consecutive days.

    S strata, D days, C = S * D cells, K tiers of stories, G = lag + 1 ages, W windows, R factors.

    Attributes:
        first: the first of the days.
        lag: days between the end of a baseline and the day.
        forgetting: weight that a day of the baseline loses per day.
        cap_base: what counts of a day at least.
        cap_slope: and how much more per expected story.
        window_of: (longest,) the shortest window that reaches back to a story of this age in days.
        tier_of: (most + 1,) the tier of so many stories; more have the last.
        n_factors: R
        log_factors: (L,) R of them, filled up with zeros to a multiple of `LANES`.
        exposure: (S, at least first + D) stories read, from day 0.
        speaks: (C,) false where a stratum is mute.
        added: (C, K) what the prior adds to the shape of a posterior.
        worth: (C, K) what a story of the baseline adds to it.
        rate: (C, G) of the posterior whose baseline ended so many days ago.
        logs: (C, G, W, L) ln((b + rho E) / (b + E)), not negative; filled up likewise.
        curves: (C, W, DOUBLINGS * PIECES, 6) by `draw_curves`.
    """

    first: int
    lag: int
    forgetting: float
    cap_base: float
    cap_slope: float
    window_of: Ints64
    tier_of: Ints64
    n_factors: int
    log_factors: Numbers
    exposure: Numbers
    speaks: NDArray[np.bool_]
    added: Numbers
    worth: Numbers
    rate: Numbers
    logs: Numbers
    curves: Numbers


class _Days(NamedTuple):
    """Room for what is reckoned of one series on the D days of a block; of the same place for every series.

    Attributes:
        last: (D,) of the baseline.
        shape: (D,) a of its posterior.
        slope: (D,) by how much the cap rises per story read.
        sums: (W + 1, D) capped stories of each window; what no window counts goes to the last row.
        silent: (D,) the shortest windows, without stories, that a curve tells; W where it tells all.
        quiet: (D,) the logarithm of what these add to the mean.
        heights: (D,) the same, of the days that are still open.
        which: (D,) the days that are still open.
        ends: (D,) where their terms end.
        terms: (D * W * L,) ratios of the windows that no curve tells, one day after the other.
        lanes: (L,) sums of these.
    """

    last: Ints64
    shape: Numbers
    slope: Numbers
    sums: Numbers
    silent: Ints64
    quiet: Numbers
    heights: Numbers
    which: Ints64
    ends: Ints64
    terms: Numbers
    lanes: Numbers


@uncounted
def baseline_end(day: int, lag: int, entered: int) -> int:
    """The last day of a baseline: a lag ago, or the topic's second story, whichever is later."""
    return min(day, max(0, day - lag, entered))


@compiled
def replay(
    low: int, high: int, events: Events, done: int, progress: Progress, block: Block, log_e: Numbers
) -> None:
    """The logarithms of the e-values of series `low` up to `high` on the days of a block.

    Args:
        low: the first series.
        high: after the last series.
        events: all series.
        done: the day that `progress` stands at; -1 at the very beginning.
        progress: brought to the last day of the block.
        block: what the strata say.
        log_e: (D, N), written here; 0 where the stratum is mute or the topic entered no earlier than today.
    """
    n_days, n_windows, n_lanes = log_e.shape[0], block.logs.shape[2], block.logs.shape[3]
    days = _Days(
        np.zeros(n_days, dtype=np.int64),
        np.zeros(n_days),
        np.zeros(n_days),
        np.zeros((n_windows + 1, n_days)),
        np.zeros(n_days, dtype=np.int64),
        np.zeros(n_days),
        np.zeros(n_days),
        np.zeros(n_days, dtype=np.int64),
        np.zeros(n_days, dtype=np.int64),
        np.zeros(n_days * n_windows * n_lanes),
        np.zeros(n_lanes),
    )
    order = _by_stratum(low, high, events.stratum, len(block.exposure))
    _one_by_one(order, events, done, progress, block, days, log_e)


@compiled
def _by_stratum(low: int, high: int, stratum_of: Ints32, n_strata: int) -> Ints64:
    """The series `low` up to `high`, those of a stratum together: its tables then stay near the processor."""
    place = np.zeros(n_strata + 1, dtype=np.int64)
    for i in range(low, high):
        place[stratum_of[i] + 1] += 1
    for stratum in range(n_strata):
        place[stratum + 1] += place[stratum]
    order = np.empty(high - low, dtype=np.int64)
    for i in range(low, high):
        order[place[stratum_of[i]]] = i
        place[stratum_of[i]] += 1
    return order


@uncounted
def _one_by_one(
    order: Ints64, events: Events, done: int, progress: Progress, block: Block, days: _Days, log_e: Numbers
) -> None:
    for nth in range(len(order)):
        i = order[nth]
        for d in range(len(days.last)):
            log_e[d, i] = 0.0
        place = _baselines(i, events, done, progress, block, days)
        if place >= 0:
            _window_sums(i, place, events, block, days)
            _silences(i, events, block, days)
            _evidence(i, events, block, days, log_e)


@uncounted
def _baselines(i: int, events: Events, done: int, progress: Progress, block: Block, days: _Days) -> int:
    """Bring a series to the last day; where its first event after the first baseline lies, -1 if it never speaks."""
    on, count, stop, entered = events.day, events.told, events.start[i + 1], events.entered[i]
    place, mass, stories = progress.place[i], progress.mass[i], progress.stories[i]
    n_days, most, stratum = len(days.last), len(block.tier_of) - 1, events.stratum[i]
    until = baseline_end(done, block.lag, entered) if done >= 0 else -1
    first, speaks = -1, False
    for d in range(n_days):
        day, cell = block.first + d, stratum * n_days + d
        last = baseline_end(day, block.lag, entered)
        while until < last:
            until += 1
            mass *= block.forgetting
            if place < stop and on[place] == until:
                mass += count[place]
                stories += count[place]
                place += 1
        if d == 0:
            first = place
        tier = block.tier_of[min(stories, most)]
        shape = block.added[cell, tier] + block.worth[cell, tier] * mass
        days.last[d], days.shape[d] = last, shape
        days.slope[d] = block.cap_slope * (shape / block.rate[cell, day - last])
        speaks |= last < day and block.speaks[cell]
    progress.place[i], progress.mass[i], progress.stories[i] = place, mass, stories
    return first if speaks else -1


@uncounted
def _window_sums(i: int, place: int, events: Events, block: Block, days: _Days) -> None:
    """Capped stories of each window on each day, from the events at `place` and after."""
    on, sums, last, n_days = events.day, days.sums, days.last, len(days.last)
    n_windows, longest, stratum = len(sums) - 1, len(block.window_of), events.stratum[i]
    now, stop, end = place, events.start[i + 1], block.first + n_days
    while now < stop and on[now] < end:
        now += 1
    for w in range(n_windows):
        for d in range(n_days):
            sums[w, d] = 0.0
    for event in range(now - 1, place - 1, -1):
        then, told = on[event], float(events.told[event])
        if block.first - then >= longest:
            break
        read = block.exposure[stratum, then]
        for d in range(n_days):
            age = block.first + d - then
            counts = then > last[d] and 0 <= age < longest
            window = block.window_of[age] if counts else n_windows
            sums[window, d] += min(told, block.cap_base + days.slope[d] * read)
    for w in range(1, n_windows):
        for d in range(n_days):
            sums[w, d] += sums[w - 1, d]


@uncounted
def _silences(i: int, events: Events, block: Block, days: _Days) -> None:
    """What the windows without stories say on each day, where a curve was drawn for them: all days without a branch."""
    n_days, n_windows = len(days.last), len(days.sums) - 1
    stratum, thin, n_pieces = events.stratum[i], 1.0 / events.phi[i], DOUBLINGS * PIECES
    for d in range(n_days):
        silent = 0
        for w in range(n_windows):
            silent += days.sums[w, d] == 0.0
        c, day = days.shape[d] * thin, block.first + d
        piece = piece_of(c)
        drawn = silent > 0 and 0 <= piece < n_pieces and day - days.last[d] == min(block.lag, day)
        curve, piece = max(silent - 1, 0), min(max(piece, 0), n_pieces - 1)
        height = height_at(c, block.curves, stratum * n_days + d, curve, piece)
        days.silent[d] = silent if drawn else 0
        days.quiet[d] = height if drawn else _NOTHING


@uncounted
def _evidence(i: int, events: Events, block: Block, days: _Days, log_e: Numbers) -> None:
    """The logarithm of the mean likelihood ratio over windows and factors, on each day."""
    n_days, n_windows, thin = len(days.last), len(days.sums) - 1, 1.0 / events.phi[i]
    log_factors, logs, sums, terms = block.log_factors, block.logs, days.sums, days.terms
    still_open, end = 0, 0
    for d in range(n_days):
        cell, age = events.stratum[i] * n_days + d, block.first + d - days.last[d]
        if age <= 0 or not block.speaks[cell]:
            continue
        silent, a = days.silent[d], days.shape[d]
        if silent == n_windows:
            log_e[d, i] = days.quiet[d]
        elif _is_tame(a, thin, sums, d, block, cell, age, days.quiet[d], silent):
            for w in range(silent, n_windows):
                gain, loss = sums[w, d] * thin, (a + sums[w, d]) * thin
                for lane in range(0, len(log_factors), LANES):
                    for r in range(LANES):
                        terms[end + r] = gain * log_factors[lane + r] - loss * logs[cell, age, w, lane + r]
                    end += LANES
            days.heights[still_open], days.which[still_open] = days.quiet[d], d
            days.ends[still_open] = end
            still_open += 1
        else:
            log_e[d, i] = _careful(a, thin, sums, d, block, cell, age)
    _means(i, still_open, end, block, days, log_e)


@uncounted
def _is_tame(
    a: float, thin: float, sums: Numbers, d: int, block: Block, cell: int, age: int, quiet: float, silent: int
) -> bool:
    """Whether no ratio of a day overflows, and their sum does not vanish."""
    y = sums[silent, d]
    one = (y * block.log_factors[0] - (a + y) * block.logs[cell, age, silent, 0]) * thin
    greatest = sums[len(sums) - 2, d] * thin * block.log_factors[block.n_factors - 1]
    return bool(max(quiet, one) > -_SAFE and greatest < _SAFE)


@uncounted
def _means(i: int, still_open: int, end: int, block: Block, days: _Days, log_e: Numbers) -> None:
    """Of the days that are still open, the logarithms of the means: exponentials and logarithms many at once."""
    terms, heights, lanes, n_lanes = days.terms, days.heights, days.lanes, len(days.lanes)
    share = 1.0 / ((len(days.sums) - 1) * block.n_factors)
    for k in range(end):
        terms[k] = fast_exp(terms[k])
    for j in range(still_open):
        heights[j] = fast_exp(heights[j])
    at = 0
    for j in range(still_open):
        for r in range(n_lanes):
            lanes[r] = 0.0
        while at < days.ends[j]:
            for lane in range(0, n_lanes, LANES):
                for r in range(LANES):
                    lanes[lane + r] += terms[at + r]
                at += LANES
        loud = 0.0
        for r in range(block.n_factors):
            loud += lanes[r]
        heights[j] += loud * share
    for j in range(still_open):
        heights[j] = fast_log(heights[j])
    for j in range(still_open):
        log_e[days.which[j], i] = heights[j]


@uncounted
def _careful(a: float, thin: float, sums: Numbers, d: int, block: Block, cell: int, age: int) -> float:
    """The same, relative to the greatest ratio: for numbers that a float cannot hold."""
    n_windows, n_factors, greatest, total = len(sums) - 1, block.n_factors, -np.inf, 0.0
    for w in range(n_windows):
        for r in range(n_factors):
            greatest = max(greatest, _log_ratio(a, thin, sums[w, d], block, cell, age, w, r))
    for w in range(n_windows):
        for r in range(n_factors):
            total += np.exp(_log_ratio(a, thin, sums[w, d], block, cell, age, w, r) - greatest)
    return float(greatest + np.log(total / (n_windows * n_factors)))


@uncounted
def _log_ratio(a: float, thin: float, y: float, block: Block, cell: int, age: int, w: int, r: int) -> float:
    return float((y * block.log_factors[r] - (a + y) * block.logs[cell, age, w, r]) * thin)
