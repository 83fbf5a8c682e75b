"""Loops over the events of topics, compiled: what each pair of topic and stratum has in its baseline and its windows.

Discounted sums are defined by their recursion in order of time (a <- forgetting * a + count), so that they are the same
to the bit however far a replay goes back.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

TIERS = (1, 2, 3, 4, 10, 30)
"""Stories of a baseline at which the next tier begins; tier 0 has none."""
N_TIERS = len(TIERS) + 1


@numba.njit(cache=True, nogil=True)
def _tier(stories: int) -> int:
    if stories < 4:
        return stories
    if stories < 10:
        return 4
    return 5 if stories < 30 else 6


@numba.njit(cache=True, nogil=True)
def count_pairs(
    topics: Ints,
    begins: Ints,
    stratum: NDArray[np.int32],
    at: NDArray[np.int32],
    today: int,
    speaks: NDArray[np.bool_],
) -> Ints:
    """(K + 1,) where the pairs of each topic begin: strata that speak and have named it by `today`."""
    first = np.zeros(len(topics) + 1, dtype=np.int64)
    for k in range(len(topics)):
        n, before, named = 0, -1, False
        for event in range(begins[topics[k]], begins[topics[k] + 1]):
            s = stratum[event]
            if s != before:
                before, named = s, False
            if not named and speaks[s] and at[event] <= today:
                named = True
                n += 1
        first[k + 1] = first[k] + n
    return first


@numba.njit(cache=True, nogil=True)
def fill_pairs(
    topics: Ints,
    last: Ints,
    begins: Ints,
    stratum: NDArray[np.int32],
    at: NDArray[np.int32],
    count: NDArray[np.int32],
    today: int,
    ends: int,
    speaks: NDArray[np.bool_],
    powers: Floats,
    spans: Ints,
    first: Ints,
    numbers: Ints,
    sums: Floats,
    spanned: Floats,
    weekly: Floats,
    per_bin: int,
) -> None:
    """Fill what each pair has. Arguments that are filled come after `first`.

    Args:
        topics: (K,).
        last: (K,) the bin with which each baseline ends.
        begins: (T + 1,) of the bins; so are stratum, at and count.
        stratum: of each event.
        at: its bin.
        count: its stories.
        today: the last bin that is known.
        ends: the bin with which the baselines of topics end that are in N for long.
        speaks: (S,) strata that are not mute.
        powers: (n,) forgetting to the power of 0, 1, ...
        spans: (Q,) lengths of windows that end today; uncapped stories of each are counted.
        first: (K + 1,) by `count_pairs`.
        numbers: (M, 4) stratum; stories up to `last`, and up to `ends`; topic's place among the K.
        sums: (M, 2) discounted stories up to `last`, and up to `ends`.
        spanned: (M, Q) stories of each span.
        weekly: (M, N) stories of each of the N last stretches of `per_bin` bins that end with `ends`.
        per_bin: bins of a stretch.
    """
    for k in range(len(topics)):
        pair, event, stop = first[k], begins[topics[k]], begins[topics[k] + 1]
        while event < stop:
            s, begin = stratum[event], event
            while event < stop and stratum[event] == s:
                event += 1
            if speaks[s] and at[begin] <= today:
                numbers[pair, 0], numbers[pair, 3] = s, k
                sums[pair, 0], numbers[pair, 1] = _discounted(at, count, begin, event, last[k], powers)
                sums[pair, 1], numbers[pair, 2] = _discounted(at, count, begin, event, ends, powers)
                for one in range(begin, event):
                    if at[one] > today:
                        break
                    ago = (ends - at[one]) // per_bin
                    if at[one] <= ends and ago < weekly.shape[1]:
                        weekly[pair, ago] += count[one]
                    for span in range(len(spans)):
                        if at[one] > today - spans[span]:
                            spanned[pair, span] += count[one]
                pair += 1


@numba.njit(cache=True, nogil=True)
def _discounted(
    at: NDArray[np.int32], count: NDArray[np.int32], begin: int, end: int, until: int, powers: Floats
) -> tuple[float, int]:
    """What the events of one pair up to a bin weigh in it, and how many stories they are."""
    a, before, stories = 0.0, 0, 0
    for event in range(begin, end):
        if at[event] > until:
            break
        a = a * powers[at[event] - before] + count[event]
        before = at[event]
        stories += count[event]
    return a * powers[until - before], stories


@numba.njit(cache=True, nogil=True)
def fill_windows(
    topics: Ints,
    last: Ints,
    begins: Ints,
    stratum: NDArray[np.int32],
    at: NDArray[np.int32],
    count: NDArray[np.int32],
    today: int,
    speaks: NDArray[np.bool_],
    windows: Ints,
    cap_base: float,
    cap_slope: float,
    usual: Floats,
    exposure: Ints,
    first: Ints,
    counts: Floats,
) -> None:
    """Fill (M, W) capped stories of each window that ends today and begins after the baseline of the topic.

    Arguments as of `fill_pairs`; `usual` is the (M,) rate of the baseline, by which each bin is capped at
    cap_base + cap_slope * usual * exposure.
    """
    for k in range(len(topics)):
        pair, before, named = first[k] - 1, -1, False
        for event in range(begins[topics[k]], begins[topics[k] + 1]):
            s, when = stratum[event], at[event]
            if s != before:
                before, named = s, False
            if not speaks[s] or when > today:
                continue
            if not named:
                named = True
                pair += 1
            if when <= last[k] or when <= today - windows[-1]:
                continue
            capped = min(float(count[event]), cap_base + cap_slope * usual[pair] * exposure[s, when])
            for w in range(len(windows)):
                if when > today - windows[w]:
                    counts[pair, w] += capped


@numba.njit(cache=True, nogil=True)
def held_out(
    begins: Ints,
    stratum: NDArray[np.int32],
    at: NDArray[np.int32],
    count: NDArray[np.int32],
    entered: Ints,
    ends: int,
    until: int,
    powers: Floats,
    scale: Floats,
) -> tuple[Floats, Floats, Ints, Ints]:
    """What baselines that end with the bin `ends` expected of the bins up to `until`, and what came.

    Args:
        begins: (T + 1,) of the bins; so are stratum, at, count and entered.
        stratum: of each event.
        at: its bin.
        count: its stories.
        entered: (T,) when each topic entered N; those that had by `ends` are counted.
        ends: the last bin of the baselines.
        until: the last bin of what is expected.
        powers: forgetting to the power of 0, 1, ...
        scale: (S,) exposure of the later bins over the discounted exposure of the baseline; 0 leaves a stratum out.

    Returns:
        (tiers,) expected and (tiers,) observed stories by stories of the baseline, tier 0 observed only; (S,) how many
        topics each stratum has named, and (S,) how many it has named in one story only.
    """
    expected, observed = np.zeros(N_TIERS), np.zeros(N_TIERS)
    named_by, once = np.zeros(len(scale), dtype=np.int64), np.zeros(len(scale), dtype=np.int64)
    for topic in range(len(entered)):
        if entered[topic] > ends:
            continue
        event, stop = begins[topic], begins[topic + 1]
        while event < stop:
            s = stratum[event]
            a, a_at, stories, came = 0.0, 0, 0, 0
            while event < stop and stratum[event] == s:
                when = at[event]
                if when <= ends:
                    a = a * powers[when - a_at] + count[event]
                    a_at = when
                    stories += count[event]
                elif when <= until:
                    came += count[event]
                event += 1
            if stories > 0:
                named_by[s] += 1
                once[s] += stories == 1
            if scale[s] > 0:
                tier = _tier(stories)
                expected[tier] += a * powers[ends - a_at] * scale[s]
                observed[tier] += came
    return expected, observed, named_by, once


@numba.njit(cache=True, nogil=True)
def told_within(
    topics: Ints, begins: Ints, story: NDArray[np.int32], day: NDArray[np.int32], after: int, until: int
) -> tuple[Ints, Ints]:
    """The mentions of some topics in the stories of the days after `after`, up to `until`.

    Returns:
        (n,) which of the topics, ascending, and (n,) the story.
    """
    n = 0
    for k in range(len(topics)):
        for mention in range(begins[topics[k]], begins[topics[k] + 1]):
            n += after < day[story[mention]] <= until
    who, told, place = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64), 0
    for k in range(len(topics)):
        for mention in range(begins[topics[k]], begins[topics[k] + 1]):
            if after < day[story[mention]] <= until:
                who[place], told[place] = k, story[mention]
                place += 1
    return who, told


@numba.njit(cache=True, nogil=True)
def season_counts(
    topics: Ints,
    begins: Ints,
    stratum: NDArray[np.int32],
    at: NDArray[np.int32],
    count: NDArray[np.int32],
    speaks: NDArray[np.bool_],
    after: int,
    until: int,
    other_until: int,
) -> tuple[Floats, Floats]:
    """(K,) stories in the bins after `after`, up to `until`, and (K,) all others up to `other_until`."""
    then, other = np.zeros(len(topics)), np.zeros(len(topics))
    for k in range(len(topics)):
        for event in range(begins[topics[k]], begins[topics[k] + 1]):
            if not speaks[stratum[event]]:
                continue
            if after < at[event] <= until:
                then[k] += count[event]
            elif at[event] <= other_until:
                other[k] += count[event]
    return then, other


@numba.njit(cache=True, nogil=True)
def pearson(stratum: Ints, counts: Floats, read: Floats) -> tuple[Floats, Ints, Floats]:
    """How pairs scatter about their own rate over the stretches of their baseline.

    Args:
        stratum: (M,) of each pair.
        counts: (M, N) stories of each stretch.
        read: (S, N) stories read in it.

    Returns:
        (M,) Pearson's X2, (M,) how many stretches expected something, (M,) the rate.
    """
    x2, expecting, rate = (
        np.zeros(len(stratum)),
        np.zeros(len(stratum), dtype=np.int64),
        np.zeros(len(stratum)),
    )
    for pair in range(len(stratum)):
        own, stories, exposure = read[stratum[pair]], 0.0, 0.0
        for n in range(counts.shape[1]):
            stories += counts[pair, n]
            exposure += own[n]
        if stories == 0 or exposure == 0:
            continue
        rate[pair] = stories / exposure
        for n in range(counts.shape[1]):
            expected = rate[pair] * own[n]
            if expected > 0:
                x2[pair] += (counts[pair, n] - expected) ** 2 / expected
                expecting[pair] += 1
    return x2, expecting, rate
