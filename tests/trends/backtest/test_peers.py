"""Rules of others: each against a plain walk through the days, and on a burst that is planted."""

from __future__ import annotations

from datetime import timedelta
from math import inf, log, log1p

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats
from tests.trends.backtest.planted import N_DAYS, ONSET, PLANTED, START, topic_of

from nophantom.errors import InvalidInput
from nophantom.stats.evidence import benjamini_hochberg
from nophantom.trends.backtest import peers
from nophantom.trends.backtest.peers import Peer, Totals, peer_list, replay_peer, totals
from nophantom.trends.series import Series

Counts = NDArray[np.float64]


def as_totals(counts: Counts, read: Counts) -> Totals:
    """A table of days x topics as totals."""
    day, topic = np.nonzero(counts)
    second = [np.flatnonzero(np.cumsum(column) >= 2) for column in counts.T]
    entered = np.array([sum(len(s) > 0 and s[0] < d for s in second) for d in range(len(read) + 1)])
    return Totals(
        begins=np.searchsorted(day, np.arange(len(read) + 1)),
        topic=topic.astype(np.int64),
        count=counts[day, topic],
        read=read,
        entered=entered,
        n_topics=counts.shape[1],
    )


@st.composite
def tables(draw: st.DrawFn) -> tuple[Counts, Counts]:
    """Sparse counts of days x topics with gaps, and what was read: never less than was counted."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_days, n_topics = draw(st.integers(1, 90)), draw(st.integers(1, 5))
    counts = rng.poisson(draw(st.sampled_from([0.05, 0.5, 2.0])), size=(n_days, n_topics)).astype(float)
    counts[rng.random(n_days) < 0.2] = 0.0
    read = np.where(counts.sum(axis=1) > 0, counts.sum(axis=1) + rng.integers(0, 30, n_days), 0.0)
    return counts, read


def last_day(peer: Peer, table: tuple[Counts, Counts]) -> tuple[dict[int, float], int]:
    """Score by topic, and how many were flagged, as of the last day."""
    day = len(table[1]) - 1
    [found] = replay_peer(peer, as_totals(*table), day, day)
    return dict(zip(found.topic.tolist(), found.score.tolist(), strict=True)), found.n_flagged


@given(tables())
def test_the_ratio_is_that_of_the_means_of_two_windows(table: tuple[Counts, Counts]) -> None:
    new, old = table[0][-7:].sum(axis=0), table[0][-35:-7].sum(axis=0)
    meant = {k: (new[k] / 7) / (old[k] / 28) if old[k] else inf for k in range(len(new)) if new[k] >= 5}

    score, n_flagged = last_day(Peer.RATIO, table)

    assert score == pytest.approx(meant)
    assert n_flagged == sum(ratio >= 3 for ratio in meant.values())


@given(tables())
def test_poisson_is_the_upper_tail_with_benjamini_hochberg_over_all_known(
    table: tuple[Counts, Counts],
) -> None:
    counts, read = table
    new, old = counts[-7:].sum(axis=0), counts[-63:-7].sum(axis=0)
    mean = (old + 0.5) * read[-7:].sum() / max(1.0, read[-63:-7].sum())
    p = {k: float(stats.poisson.sf(new[k] - 1, mean[k])) for k in range(len(new)) if new[k]}
    known = max(len(p), int((counts.sum(axis=0) >= 2).sum()))
    adjusted = benjamini_hochberg([*p.values(), *[1.0] * (known - len(p))])

    score, n_flagged = last_day(Peer.POISSON, table)

    assert {k: -s for k, s in score.items()} == pytest.approx(p, rel=1e-9, abs=1e-300)
    assert n_flagged == int((adjusted[: len(p)] <= peers.Q).sum())


@given(tables())
def test_the_exponential_mean_and_variance_are_those_of_a_walk_over_every_day(
    table: tuple[Counts, Counts],
) -> None:
    counts, read = table
    weight = 1.0 - 0.5 ** (1.0 / peers.HALF_LIFE)
    mean, variance, usual = np.zeros(counts.shape[1]), np.zeros(counts.shape[1]), 0.0
    scores: dict[int, float] = {}
    for today, stories in zip(counts, read, strict=True):
        scores = {}
        if stories == 0:
            continue
        share, beta = today / stories, 1.0 / (usual or stories)
        z = (share - np.maximum(mean, beta)) / (np.sqrt(variance) + beta)
        scores = {int(k): float(z[k]) for k in np.flatnonzero(today)}
        change = share - mean
        mean = mean + weight * change
        variance = (1 - weight) * (variance + weight * change**2)
        usual = stories if usual == 0 else usual + weight * (stories - usual)

    score, n_flagged = last_day(Peer.EWMA, table)

    assert score == pytest.approx(scores, rel=1e-6, abs=1e-9)
    assert n_flagged == sum(z >= peers.Z for z in score.values())


def cheapest_states(r: Counts, d: Counts, usual: Counts) -> list[float]:
    """What ending in the burst costs more than ending outside, day by day: Viterbi over the whole past.

    `usual` is the rate known on each day, that of the last story before and including it.
    """
    quiet, burst, more = 0.0, inf, []
    for day in range(len(d)):
        low = usual[day]
        high = min(peers.STEP * low, 1 - 1e-9)
        enter = peers.GAMMA * log(day + 2)
        quiet, burst = min(quiet, burst), min(burst, quiet + enter)
        quiet -= r[day] * log(low) + (d[day] - r[day]) * log1p(-min(low, 1 - 1e-9))
        burst -= r[day] * log(high) + (d[day] - r[day]) * log1p(-high)
        more.append(burst - quiet)
    return more


@given(tables())
@settings(max_examples=60)
def test_kleinbergs_states_are_those_of_the_cheapest_way_through_all_days(
    table: tuple[Counts, Counts],
) -> None:
    counts, read = table
    n_days = len(read)
    total = np.cumsum(counts, axis=0) / np.maximum(np.cumsum(read), 1.0)[:, None]
    meant = set()
    for k in range(counts.shape[1]):
        spoken = np.flatnonzero(counts[:, k])
        if not len(spoken):
            continue
        # Between two stories the rate is that known on the second: only then is the past read.
        next_story = np.searchsorted(spoken, np.arange(spoken[-1] + 1))
        usual = total[spoken[next_story], k]
        more = cheapest_states(counts[: len(usual), k], read[: len(usual)], usual)
        recent = [day for day in spoken if day >= n_days - 7]
        if any(more[day] < -1e-9 for day in recent):
            meant.add(k)
        if any(abs(more[day]) <= 1e-9 for day in recent):
            return  # a tie, decided by rounding

    score, n_flagged = last_day(Peer.KLEINBERG, table)

    assert set(score) == meant
    assert n_flagged == len(meant)


@pytest.mark.parametrize("peer", Peer)
def test_a_planted_burst_leads_the_list_within_three_weeks(world: Series, peer: Peer) -> None:
    days = [peer_list(world, day) for day in replay_peer(peer, totals(world), ONSET, N_DAYS - 1)]
    first = next((day.as_of for day in days if PLANTED in day.signals[:3]), None)

    assert first is not None
    assert first <= START + timedelta(days=ONSET + 21)


@pytest.mark.parametrize("peer", Peer)
def test_no_rule_looks_ahead(world: Series, peer: Peer) -> None:
    day = ONSET + 10

    [whole] = replay_peer(peer, totals(world), day, day)
    [then] = replay_peer(peer, totals(world.until(day)), day, day)

    assert whole.topic.tolist() == then.topic.tolist()
    assert whole.score.tolist() == pytest.approx(then.score.tolist())
    assert whole.n_flagged == then.n_flagged


@pytest.mark.parametrize("peer", Peer)
def test_rankings_are_descending_and_one_a_day(world: Series, peer: Peer) -> None:
    found = list(replay_peer(peer, totals(world), 0, N_DAYS - 1))

    assert [day.day for day in found] == list(range(N_DAYS))
    assert all((day.score[:-1] >= day.score[1:]).all() for day in found)
    assert all(len(set(day.topic.tolist())) == len(day.topic) <= peers.LONGEST for day in found)


def test_totals_are_the_events_summed_over_strata(world: Series) -> None:
    known, topic = totals(world), topic_of(world)
    of_topic = world.events_of(topic)
    meant = np.bincount(world.day[of_topic], weights=world.count[of_topic], minlength=N_DAYS)

    found = np.zeros(N_DAYS)
    for day in range(N_DAYS):
        events = known.of(day)
        found[day] = known.count[events][known.topic[events] == topic].sum()

    assert np.array_equal(found, meant)
    assert np.array_equal(known.read, world.exposure.sum(axis=0))
    assert known.entered[-1] == (world.second_day_of >= 0).sum()


def test_days_that_the_series_does_not_have_are_refused(world: Series) -> None:
    with pytest.raises(InvalidInput, match="days 0 to 199; got 5 to 200"):
        replay_peer(Peer.RATIO, totals(world), 5, 200)
