"""The compiled loops of `count_replay`: millions of sparse series, a few nanoseconds each.

Imported by what replays many series and by nobody else: numba takes a second or two to import. The loops
release Python's lock, so that threads share the work; every number depends on its own series alone, and so on
neither how many threads there are nor which days are done in one go.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nophantom.stats.silence_curves import DOUBLINGS, PIECES, Numbers, compiled, fast_exp, height_at, piece_of

Ints32 = NDArray[np.int32]
Ints64 = NDArray[np.int64]

_SAFE = 600.0  # sums of exponentials below this, and sums above its reciprocal, neither overflow nor vanish


class Events(NamedTuple):
    """Sparse series in order of day, one after the other; N series, M events.

    Attributes:
        start: (N + 1,) where the events of each series begin.
        day: (M,) strictly increasing inside a series.
        told: (M,) stories, at least 1.
        stratum: (N,) number of the stratum of each series.
        entered: (N,) day on which its topic entered, with its second story; beyond the last day if never.
        phi: (N,) overdispersion, at least 1.
    """

    start: Ints64
    day: Ints32
    told: Ints32
    stratum: Ints32
    entered: Ints32
    phi: Numbers


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
        log_factors: (R,)
        exposure: (S, at least first + D) stories read, from day 0.
        speaks: (C,) false where a stratum is mute.
        added: (C, K) what the prior adds to the shape of a posterior.
        worth: (C, K) what a story of the baseline adds to it.
        rate: (C, G) of the posterior whose baseline ended so many days ago.
        logs: (C, G, W, R) ln((b + rho E) / (b + E)), not negative.
        curves: (C, W, DOUBLINGS * PIECES, 6) by `draw_curves`.
    """

    first: int
    lag: int
    forgetting: float
    cap_base: float
    cap_slope: float
    window_of: Ints64
    tier_of: Ints64
    log_factors: Numbers
    exposure: Numbers
    speaks: NDArray[np.bool_]
    added: Numbers
    worth: Numbers
    rate: Numbers
    logs: Numbers
    curves: Numbers


@compiled
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
    # Arrays by name and number, never slices of them: each slice would count references across threads.
    stratum_of, entered_of, start, phi_of = events.stratum, events.entered, events.start, events.phi
    on, count, places, masses, tales = (
        events.day,
        events.told,
        progress.place,
        progress.mass,
        progress.stories,
    )
    window_of, tier_of, log_factors, exposure = (
        block.window_of,
        block.tier_of,
        block.log_factors,
        block.exposure,
    )
    speaks, added, worth, rate = block.speaks, block.added, block.worth, block.rate
    logs, curves, cap_base, cap_slope = block.logs, block.curves, block.cap_base, block.cap_slope
    first, lag, forgetting, n_days = block.first, block.lag, block.forgetting, log_e.shape[0]
    sums, terms = np.empty(logs.shape[2]), np.empty(len(log_factors))
    for i in range(low, high):
        stratum, entered, stop = stratum_of[i], entered_of[i], start[i + 1]
        place, mass, stories, thin = places[i], masses[i], tales[i], 1.0 / phi_of[i]
        until = baseline_end(done, lag, entered) if done >= 0 else -1
        now = place
        for d in range(n_days):
            day, cell = first + d, stratum * n_days + d
            last = baseline_end(day, lag, entered)
            while until < last:
                until += 1
                mass *= forgetting
                if place < stop and on[place] == until:
                    mass += count[place]
                    stories += count[place]
                    place += 1
            now = max(now, place)
            while now < stop and on[now] <= day:
                now += 1
            log_e[d, i] = 0.0
            if last < day and speaks[cell]:
                tier, age = tier_of[min(stories, len(tier_of) - 1)], day - last
                a = added[cell, tier] + worth[cell, tier] * mass
                slope = cap_slope * (a / rate[cell, age])
                silent = _window_sums(
                    on, count, place, now, day, cap_base, slope, exposure, stratum, window_of, sums
                )
                is_usual = age == min(lag, day)
                log_e[d, i] = _evidence(
                    a, thin, sums, silent, is_usual, log_factors, logs, curves, cell, age, terms
                )
        places[i], masses[i], tales[i] = place, mass, stories


@compiled
def _window_sums(
    on: Ints32,
    count: Ints32,
    place: int,
    now: int,
    day: int,
    cap_base: float,
    slope: float,
    exposure: Numbers,
    stratum: int,
    window_of: Ints64,
    sums: Numbers,
) -> int:
    """Capped stories of each window, from the events `place` up to `now`; how many windows have none."""
    n_windows, silent = len(sums), len(sums)
    for w in range(n_windows):
        sums[w] = 0.0
    for event in range(now - 1, place - 1, -1):
        if day - on[event] >= len(window_of):
            break
        window = window_of[day - on[event]]
        silent = min(silent, window)
        sums[window] += min(float(count[event]), cap_base + slope * exposure[stratum, on[event]])
    for w in range(silent + 1, n_windows):
        sums[w] += sums[w - 1]
    return silent


@compiled
def _evidence(
    a: float,
    thin: float,
    sums: Numbers,
    silent: int,
    is_usual: bool,
    log_factors: Numbers,
    logs: Numbers,
    curves: Numbers,
    cell: int,
    age: int,
    terms: Numbers,
) -> float:
    """The logarithm of the mean likelihood ratio over windows and factors."""
    n_windows, n_factors = len(sums), len(terms)
    quiet = 0.0
    c = a * thin
    piece = piece_of(c)
    if silent > 0 and is_usual and 0 <= piece < DOUBLINGS * PIECES:
        height = height_at(c, curves, cell, silent - 1, piece)
        if silent == n_windows:
            return height
        quiet = fast_exp(height)
    else:
        silent = 0
    if sums[n_windows - 1] * thin * log_factors[n_factors - 1] < _SAFE:
        for r in range(n_factors):
            terms[r] = 0.0
        for w in range(silent, n_windows):
            gain, loss = sums[w] * thin, (a + sums[w]) * thin
            for r in range(n_factors):
                terms[r] += fast_exp(gain * log_factors[r] - loss * logs[cell, age, w, r])
        loud = 0.0
        for r in range(n_factors):
            loud += terms[r]
        total = quiet + loud / (n_windows * n_factors)
        if total > 1e-280:
            return float(np.log(total))
    return _careful(a, thin, sums, log_factors, logs, cell, age)


@compiled
def _careful(
    a: float, thin: float, sums: Numbers, log_factors: Numbers, logs: Numbers, cell: int, age: int
) -> float:
    """The same, relative to the greatest ratio: for numbers that a float cannot hold."""
    n_windows, n_factors = len(sums), len(log_factors)
    ratios = np.empty((n_windows, n_factors))
    for w in range(n_windows):
        for r in range(n_factors):
            ratios[w, r] = (sums[w] * log_factors[r] - (a + sums[w]) * logs[cell, age, w, r]) * thin
    greatest, total = ratios.max(), 0.0
    for w in range(n_windows):
        for r in range(n_factors):
            total += np.exp(ratios[w, r] - greatest)
    return float(greatest + np.log(total / (n_windows * n_factors)))


@compiled
def gather(
    events: Events, place: Ints64, ends: Ints64, who: Ints64, count: Ints32, day: int, merged: Events
) -> None:
    """The events that lie after the end of each baseline, followed by those of a new day.

    Args:
        events: all series so far.
        place: (N,) where the first event to keep lies.
        ends: (N,) after the last.
        who: (K,) which series have an event on the new day, increasing.
        count: (K,) their stories.
        day: the new day.
        merged: written here: `start`, `day` and `told`, of the size that is needed.
    """
    start, on, stories = merged.start, merged.day, merged.told
    at, k = 0, 0
    for i in range(len(place)):
        start[i] = at
        for event in range(place[i], ends[i]):
            on[at], stories[at] = events.day[event], events.told[event]
            at += 1
        if k < len(who) and who[k] == i:
            on[at], stories[at] = day, count[k]
            at += 1
            k += 1
    start[len(place)] = at


@compiled
def after_day(events: Events, place: Ints64, day: int, ends: Ints64) -> None:
    """(N,) written into `ends`: where the first event after a day lies, not before `place`."""
    for i in range(len(ends)):
        ends[i] = place[i]
        while ends[i] < events.start[i + 1] and events.day[ends[i]] <= day:
            ends[i] += 1


@compiled
def first_fault(events: Events, exposure: Numbers) -> int:
    """The first event that no series can have, or -1."""
    for i in range(len(events.stratum)):
        before = -1
        for event in range(events.start[i], events.start[i + 1]):
            day = events.day[event]
            if day <= before or day >= exposure.shape[1] or events.told[event] < 1:
                return event
            if exposure[events.stratum[i], day] <= 0:
                return event
            before = day
    return -1


@compiled
def second_story_days(start: Ints64, day: Ints32, count: Ints32, entered: Ints32) -> None:
    """(N,) written into `entered`: the day of each series' second story, where it has one."""
    for i in range(len(entered)):
        stories = 0
        for event in range(start[i], start[i + 1]):
            stories += count[event]
            if stories >= 2:
                entered[i] = day[event]
                break
