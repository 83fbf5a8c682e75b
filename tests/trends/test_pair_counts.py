"""The compiled loops against sums over the events, one by one."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from nophantom.trends.pair_counts import (
    N_TIERS,
    TIERS,
    count_pairs,
    fill_pairs,
    fill_windows,
    held_out,
    pearson,
    season_counts,
    told_within,
)

SEEDS = st.integers(0, 2**32 - 1)
BINS, STRATA, TOPICS = 40, 4, 6


class Drawn(NamedTuple):
    """Events in order of topic, stratum and bin."""

    begins: NDArray[np.int64]
    stratum: NDArray[np.int32]
    at: NDArray[np.int32]
    stories: NDArray[np.int32]
    speaks: NDArray[np.bool_]
    topics: NDArray[np.int64]
    table: NDArray[np.int64]


def drawn(seed: int) -> Drawn:
    rng = np.random.default_rng(seed)
    table = rng.poisson(rng.gamma(0.3, 1.0, (TOPICS, STRATA, 1)), (TOPICS, STRATA, BINS))
    topic, stratum, at = np.nonzero(table)
    return Drawn(
        np.searchsorted(topic, np.arange(TOPICS + 1)).astype(np.int64),
        stratum.astype(np.int32),
        at.astype(np.int32),
        table[topic, stratum, at].astype(np.int32),
        rng.random(STRATA) < 0.7,
        np.flatnonzero(rng.random(TOPICS) < 0.7).astype(np.int64),
        table.astype(np.int64),
    )


@settings(max_examples=60)
@given(seed=SEEDS, today=st.integers(0, BINS - 1), lag=st.integers(0, 12), per_bin=st.sampled_from([1, 7]))
def test_pairs_hold_the_sums_of_their_events(seed: int, today: int, lag: int, per_bin: int) -> None:
    d = drawn(seed)
    rng, ends, forgetting = np.random.default_rng(seed), max(0, today - lag), 0.9
    last = rng.integers(ends, today + 1, len(d.topics))
    powers: NDArray[np.float64] = np.power(forgetting, np.arange(BINS + 1))
    spans, windows, stretches = (1, 3, 9), (1, 2, 8), 3
    usual, exposure = rng.gamma(1, 0.1, (TOPICS * STRATA)), rng.integers(0, 9, (STRATA, BINS))

    events = (d.begins, d.stratum, d.at, d.stories)
    first = count_pairs(d.topics, d.begins, d.stratum, d.at, today, d.speaks)
    n = int(first[-1])
    numbers, sums = np.zeros((n, 4), dtype=np.int64), np.zeros((n, 2))
    spanned, weekly, counts = np.zeros((n, 3)), np.zeros((n, stretches)), np.zeros((n, 3))
    fill_pairs(
        d.topics, last, *events, today, ends, d.speaks, powers, np.array(spans), first,
        numbers, sums, spanned, weekly, per_bin,
    )  # fmt: skip
    fill_windows(
        d.topics,
        last,
        *events,
        today,
        d.speaks,
        np.array(windows),
        1.0,
        2.0,
        usual[:n],
        exposure,
        first,
        counts,
    )

    pairs = [
        (k, s)
        for k, t in enumerate(d.topics.tolist())
        for s in range(STRATA)
        if d.speaks[s] and d.table[t, s, : today + 1].any()
    ]
    assert list(zip(numbers[:, 3].tolist(), numbers[:, 0].tolist(), strict=True)) == pairs
    assert np.diff(first).tolist() == [sum(k == one for k, _ in pairs) for one in range(len(d.topics))]
    for m, (k, s) in enumerate(pairs):
        own = d.table[d.topics[k], s]
        for column, until in enumerate((int(last[k]), ends)):
            weighed = own[: until + 1] @ forgetting ** np.arange(until, -1, -1.0)
            assert sums[m, column] == pytest.approx(weighed)
            assert numbers[m, 1 + column] == own[: until + 1].sum()
        assert spanned[m].tolist() == [own[max(0, today + 1 - h) : today + 1].sum() for h in spans]
        for ago in range(stretches):
            until = ends - per_bin * ago
            assert weekly[m, ago] == own[max(0, until + 1 - per_bin) : max(0, until + 1)].sum()
        for column, h in enumerate(windows):
            inside = range(max(int(last[k]), today - h) + 1, today + 1)
            assert counts[m, column] == pytest.approx(
                sum(min(own[at], 1 + 2 * usual[m] * exposure[s, at]) for at in inside)
            )


@settings(max_examples=60)
@given(seed=SEEDS, ends=st.integers(0, BINS - 1), length=st.integers(0, 12))
def test_what_was_held_out_is_counted_by_tier(seed: int, ends: int, length: int) -> None:
    d = drawn(seed)
    rng = np.random.default_rng(seed)
    powers: NDArray[np.float64] = np.power(0.9, np.arange(BINS + 1))
    until, entered = min(BINS - 1, ends + length), rng.integers(0, BINS, TOPICS)
    scale = rng.random(STRATA) * (rng.random(STRATA) < 0.8)

    found = held_out(d.begins, d.stratum, d.at, d.stories, entered, ends, until, powers, scale)

    expected, observed = np.zeros(N_TIERS), np.zeros(N_TIERS)
    named: Counter[int] = Counter()
    once: Counter[int] = Counter()
    for t in np.flatnonzero(entered <= ends).tolist():
        for s in range(STRATA):
            before, after = d.table[t, s, : ends + 1], d.table[t, s, ends + 1 : until + 1]
            stories = int(before.sum())
            named[s], once[s] = named[s] + (stories > 0), once[s] + (stories == 1)
            if scale[s] > 0:
                tier = sum(stories >= edge for edge in TIERS)
                expected[tier] += before @ 0.9 ** np.arange(ends, -1, -1.0) * scale[s]
                observed[tier] += after.sum()
    assert found[0] == pytest.approx(expected)
    assert found[1].tolist() == observed.tolist()
    assert found[2].tolist() == [named[s] for s in range(STRATA)]
    assert found[3].tolist() == [once[s] for s in range(STRATA)]


@settings(max_examples=40)
@given(SEEDS, st.integers(-1, BINS), st.integers(0, BINS), st.integers(0, BINS))
def test_the_season_and_the_rest_are_counted_where_strata_speak(
    seed: int, after: int, until: int, rest: int
) -> None:
    d = drawn(seed)

    then, other = season_counts(
        d.topics, d.begins, d.stratum, d.at, d.stories, d.speaks, after, until, rest
    )  # fmt: skip

    own = d.table[d.topics][:, d.speaks].sum(axis=1)
    season = (np.arange(BINS) > after) & (np.arange(BINS) <= until)
    assert then.tolist() == own[:, season].sum(axis=1).tolist()
    assert other.tolist() == own[:, ~season & (np.arange(BINS) <= rest)].sum(axis=1).tolist()


def test_the_stories_of_a_window_are_told_by_topic() -> None:
    begins, story = np.array([0, 3, 3, 5]), np.array([0, 2, 4, 1, 3], dtype=np.int32)
    day = np.array([5, 6, 7, 8, 9], dtype=np.int32)

    who, told = told_within(np.array([0, 1, 2]), begins, story, day, 5, 8)

    assert (who.tolist(), told.tolist()) == ([0, 2, 2], [2, 1, 3])
    who, told = told_within(np.zeros(0, dtype=np.int64), begins, story, day, 5, 8)
    assert (len(who), len(told)) == (0, 0)


def test_scatter_by_hand_leaves_out_stretches_in_which_nothing_was_read() -> None:
    """6 stories of 30 read, in three stretches of 10: 2 are expected of each; the fourth read nothing."""
    counts = np.array([[6.0, 0, 0, 0], [0, 0, 0, 0], [2, 2, 2, 0]])
    read = np.array([[10.0, 10, 10, 0], [10, 10, 10, 0]])

    x2, expecting, rate = pearson(np.array([0, 1, 0]), counts, read)

    assert x2.tolist() == pytest.approx([(16 + 4 + 4) / 2, 0, 0])
    assert expecting.tolist() == [3, 0, 3]
    assert rate.tolist() == pytest.approx([0.2, 0, 0.2])
