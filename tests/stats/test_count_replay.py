"""Evidence replayed in bulk: the formulas written out a second time, the same bytes on every road, bad input."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import exp, log
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.stats.count_evidence import log_likelihood_ratios
from nophantom.stats.count_replay import (
    DAYS_AT_ONCE,
    FAST_RUN,
    Prior,
    Rules,
    daily_evidence,
    gamma_prior,
    sparse_series,
)
from nophantom.stats.replay_state import ReplayState, advance, begin, enlist, state_after
from nophantom.stats.silence_curves import (
    DOUBLINGS,
    LEAST,
    PIECES,
    draw_curves,
    fast_exp,
    fast_log,
    height_at,
    piece_of,
)
from nophantom.stats.sparse_events import Events

Numbers = NDArray[np.float64]
SLOW_RUN = Rules(
    lag=12, forgetting=0.993, windows=(1, 2, 4, 8, 12), cap_base=3.0, cap_slope=3.0
)  # a bin is a week


@dataclass(frozen=True, slots=True)
class World:
    """Drawn series with what a replay needs of them."""

    table: NDArray[np.int64]  # (series, days)
    stratum: NDArray[np.int64]
    exposure: Numbers
    prior: Prior
    phi: Numbers
    entered: NDArray[np.int64]

    @property
    def series(self) -> Events:
        who, day = np.nonzero(self.table)
        start = np.searchsorted(who, np.arange(len(self.table) + 1))
        count = self.table[who, day]
        return sparse_series(start, day, count, self.stratum, phi=self.phi, entered=self.entered)


def draw(seed: int, *, n: int = 12, n_days: int = 75) -> World:
    """Strata of unlike size, one of them with an outage and one that begins late; rates from never to often."""
    rng = np.random.default_rng(seed)
    exposure = rng.poisson([[6.0], [60.0], [400.0]], (3, n_days)).astype(float)
    exposure[1, 40:46] = 0.0
    exposure[2, : n_days // 3] = 0.0
    stratum = rng.integers(0, 3, n)
    rate = 10.0 ** rng.uniform(-4, -1, n)
    table = rng.poisson(rate[:, None] * exposure[stratum])
    table[0, 50:] *= 30  # a flood
    total = np.cumsum(table, axis=1)
    second = np.where(total[:, -1] >= 2, (total >= 2).argmax(axis=1), n_days)
    # The topic of a series may enter by stories of other strata, earlier than by its own.
    entered = np.where(rng.random(n) < 0.3, np.minimum(second, rng.integers(0, n_days, n)), second)
    tiers = np.array([1, 3])
    prior = Prior(
        rng.uniform(0.01, 0.4, (3, n_days, 3)) * [1, 0.2, 0],
        rng.uniform(0.5, 1.0, (3, n_days, 3)) * [0, 1, 1],
        rng.uniform(0.0, 30.0, (3, n_days)),
        tiers,
    )
    phi = np.where(rng.random(n) < 0.5, 1.0, rng.uniform(1, 4, n))
    return World(table, stratum, exposure, prior, phi, entered)


def from_the_formulas(world: World, rules: Rules) -> Numbers:
    """(days, series) straight from the design, one number after the other."""
    n, n_days = world.table.shape
    found = np.zeros((n_days, n))
    for i in range(n):
        read, told = world.exposure[world.stratum[i]].tolist(), world.table[i].tolist()
        for today in range(n_days):
            ends = max(0, today - rules.lag)
            last = min(today, max(ends, int(world.entered[i])))
            usual = sum(read[d] * rules.forgetting ** (ends - d) for d in range(ends + 1))
            longest = sum(read[max(0, today - rules.windows[-1] + 1) : today + 1])
            if longest == 0 or usual == 0 or usual < longest:
                continue  # mute
            weights = [rules.forgetting ** (last - d) for d in range(last + 1)]
            tier = int(np.searchsorted(world.prior.tiers, sum(told[: last + 1]), side="right"))
            at = (world.stratum[i], today)
            a = world.prior.added[at][tier] + world.prior.worth[at][tier] * sum(
                w * y for w, y in zip(weights, told, strict=False)
            )
            b = world.prior.rate[at] + sum(w * e for w, e in zip(weights, read, strict=False))
            ratios: list[float] = []
            for window in rules.windows:
                days = range(max(last, today - window) + 1, today + 1)
                y = sum(min(told[d], rules.cap_base + rules.cap_slope * a / b * read[d]) for d in days)
                e = sum(read[d] for d in days)
                gains = (y * log(rho) + (a + y) * log((b + e) / (b + rho * e)) for rho in rules.factors)
                ratios.extend(float(gain / world.phi[i]) for gain in gains)
            top = max(ratios)
            found[today, i] = top + log(sum(exp(ratio - top) for ratio in ratios) / len(ratios))
    return found


def replayed(world: World, rules: Rules = FAST_RUN, **asked: Any) -> Numbers:
    return np.array([e for _, e in daily_evidence(world.series, world.exposure, world.prior, rules, **asked)])


def arrived(world: World, rules: Rules = FAST_RUN, *, until: int, state: ReplayState | None = None) -> Any:
    """The state and the evidence of every day, one day after the other."""
    state = begin(world.stratum, n_strata=3, phi=world.phi) if state is None else state
    days = []
    for day in range(state.day + 1, until + 1):
        who = np.flatnonzero(world.table[:, day])
        entered = np.flatnonzero(world.entered == day)
        added, worth, rate, tiers = world.prior
        now = slice(day, day + 1)
        prior = Prior(added[:, now], worth[:, now], rate[:, now], tiers)
        state, log_e = advance(
            state, who, world.table[who, day], entered, world.exposure[:, day], prior, rules
        )
        days.append(log_e)
    return state, np.array(days)


# -- two roads --------------------------------------------------------------------------------


@settings(max_examples=5)
@given(seed=st.integers(0, 2**32 - 1), rules=st.sampled_from([FAST_RUN, SLOW_RUN, Rules(lag=3)]))
@example(seed=0, rules=FAST_RUN)
@example(seed=1, rules=Rules(lag=40, windows=(2, 5), factors=(2.0, 9.0)))
def test_the_replay_is_what_the_formulas_say(seed: int, rules: Rules) -> None:
    world = draw(seed, n=6)

    theirs = from_the_formulas(world, rules)

    # The e-value, not its logarithm: 1e-9 of it.
    np.testing.assert_allclose(replayed(world, rules), theirs, rtol=0, atol=1e-9)
    assert (theirs != 0).any() or seed > 1  # in some drawn worlds nobody speaks


def test_floods_that_no_float_can_hold_are_reckoned_all_the_same() -> None:
    world = draw(5, n=3)
    read = world.exposure[world.stratum] > 0
    world.table[0] = np.where(np.arange(75) < 45, 300, 1_000) * read[0]
    world.table[1] = np.where(np.arange(75) < 45, 3_000, 1) * read[1]
    world.entered[:2] = 0
    world = replace(world, phi=np.ones(3), stratum=np.array([0, 0, 1]))

    theirs = from_the_formulas(world, FAST_RUN)

    assert theirs.max() > 800  # its exponential is infinite
    assert theirs.min() < -800  # and nothing
    np.testing.assert_allclose(replayed(world), theirs, rtol=1e-11, atol=1e-9)


def test_a_lone_series_has_the_ratios_of_count_evidence() -> None:
    """The day 89 of a steady stratum, by the function that defines them."""
    read = np.full((1, 90), 100.0)
    series = sparse_series([0, 5], [3, 20, 85, 88, 89], [1, 1, 1, 1, 1], [0])

    ((day, log_e),) = daily_evidence(series, read, gamma_prior(0.05, 400.0, n_strata=1, n_days=90), first=89)

    a = 0.05 + 0.999 ** (61 - 3) + 0.999 ** (61 - 20)
    b = 400.0 + 100 * sum(0.999**age for age in range(62))
    counts, seen = np.array([[1.0, 2, 3, 3, 3]]), 100.0 * np.array([[1, 3, 7, 14, 28]])
    assert day == 89
    assert log_e[0] == pytest.approx(log(np.exp(log_likelihood_ratios(counts, seen, a, b)).mean()), abs=1e-12)


def test_under_the_null_e_values_have_a_mean_of_at_most_one() -> None:
    rng = np.random.default_rng(20_261_123)
    n, n_days = 10_000, 130
    table = rng.poisson(rng.gamma(0.5, 1 / 500.0, (n, 1)) * np.full((1, n_days), 30.0))
    who, day = np.nonzero(table)
    start = np.searchsorted(who, np.arange(n + 1))
    # All topics are known beforehand: none is chosen by its counts.
    series = sparse_series(start, day, table[who, day], np.zeros(n), entered=np.zeros(n))
    prior = gamma_prior(0.5, 500.0, n_strata=1, n_days=n_days)

    ((_, log_e),) = daily_evidence(series, np.full((1, n_days), 30.0), prior, first=n_days - 1)

    e = np.exp(log_e)
    assert 0.5 < e.mean() < 1 + 3 * e.std() / np.sqrt(n)


# -- the same bytes ---------------------------------------------------------------------------


@settings(max_examples=4)
@given(seed=st.integers(0, 2**32 - 1), rules=st.sampled_from([FAST_RUN, SLOW_RUN]))
def test_a_day_added_to_a_state_gives_the_bytes_of_a_replay_from_scratch(seed: int, rules: Rules) -> None:
    world = draw(seed, n_days=60)

    _, days = arrived(world, rules, until=59)

    assert days.tobytes() == replayed(world, rules).tobytes()


@pytest.mark.parametrize("day", [0, 1, 27, 28, 29, 50])
def test_a_state_made_from_the_series_is_the_one_that_grew_day_by_day(day: int) -> None:
    world = draw(7)
    grown, _ = arrived(world, until=day)

    made = state_after(world.series, world.exposure, day=day)

    for ours, theirs in zip(made.recent, grown.recent, strict=True):
        assert np.asarray(ours).tobytes() == np.asarray(theirs).tobytes()
    assert made.mass.tobytes() == grown.mass.tobytes()
    assert made.stories.tobytes() == grown.stories.tobytes()
    assert arrived(world, until=74, state=made)[1].tobytes() == replayed(world)[day + 1 :].tobytes()


def test_neither_threads_nor_the_first_day_change_a_byte() -> None:
    world = draw(11, n=100)
    whole = replayed(world)

    assert replayed(world, threads=3).tobytes() == whole.tobytes()
    for first in (DAYS_AT_ONCE - 1, 74):
        assert replayed(world, first=first).tobytes() == whole[first:].tobytes()
    assert replayed(world, first=30, last=33).tobytes() == whole[30:34].tobytes()


def test_a_series_does_not_notice_the_others() -> None:
    world = draw(13, n=40)
    some = np.array([3, 8, 21])
    alone = World(
        world.table[some],
        world.stratum[some],
        world.exposure,
        world.prior,
        world.phi[some],
        world.entered[some],
    )

    assert replayed(alone).tobytes() == np.ascontiguousarray(replayed(world)[:, some]).tobytes()


def test_what_comes_later_changes_nothing_before() -> None:
    world = draw(17)
    later = world.table.copy()
    later[:, 60:] = (later[:, 60:] + 5) * (world.exposure[world.stratum, 60:] > 0)
    other = World(later, world.stratum, world.exposure, world.prior, world.phi, world.entered)

    assert replayed(other, last=59).tobytes() == replayed(world, last=59).tobytes()


def test_a_series_enlisted_later_is_one_that_was_silent_until_then() -> None:
    world = draw(19)
    world.table[8:, :30] = 0
    whole = World(
        world.table, world.stratum, world.exposure, world.prior, world.phi, np.maximum(world.entered, 30)
    )
    few = World(
        whole.table[:8], whole.stratum[:8], whole.exposure, whole.prior, whole.phi[:8], whole.entered[:8]
    )

    state, _ = arrived(few, until=29)
    _, days = arrived(whole, until=74, state=enlist(state, whole.stratum[8:], phi=whole.phi[8:]))

    assert days.tobytes() == replayed(whole)[30:].tobytes()


# -- what is no evidence ----------------------------------------------------------------------


def test_up_to_its_second_story_nothing_is_evidence_for_a_topic() -> None:
    read, prior = np.full((1, 90), 50), gamma_prior(0.05, 100.0, n_strata=1, n_days=90)
    series = sparse_series([0, 3], [70, 80, 84], [1, 1, 1], [0])

    log_e = np.array([e[0] for _, e in daily_evidence(series, read, prior)])

    assert (log_e[:81] == 0).all()
    assert (log_e[81:84] < 0).all()
    assert log_e[84] > 0


def test_without_a_given_day_of_entry_each_series_is_a_topic_of_its_own() -> None:
    series = sparse_series([0, 1, 3, 3, 4], [5, 2, 9, 4], [2, 1, 1, 1], np.zeros(4))

    assert series.entered[:2].tolist() == [5, 9]
    assert (series.entered[2:] > 10_000).all()


def test_a_mute_stratum_and_an_outage_say_nothing() -> None:
    read = np.full((2, 120), 40)
    read[0, :100] = 0  # it began three weeks ago
    read[1, 92:] = 0  # it stopped four weeks ago
    series = sparse_series([0, 2, 4], [101, 110, 3, 9], [3, 3, 3, 3], [0, 1], entered=np.zeros(2))

    (*_, (_, log_e)) = daily_evidence(series, read, gamma_prior(0.1, 50.0, n_strata=2, n_days=120))

    assert log_e.tolist() == [0.0, 0.0]


def test_no_series_and_one_day_have_an_answer() -> None:
    prior = gamma_prior(1.0, 1.0, n_strata=1, n_days=1)
    none = sparse_series([0], [], [], np.zeros(0))

    ((day, log_e),) = daily_evidence(none, np.ones((1, 1)), prior)

    assert (day, log_e.shape) == (0, (0,))


# -- the arithmetic beneath -------------------------------------------------------------------


def test_exponentials_in_bulk_are_those_of_the_library() -> None:
    x = np.concatenate([np.linspace(-700, 700, 20_001), [0.0, -0.0, 1e-300, -1e-9]])

    ours = np.array([fast_exp(one) for one in x.tolist()])

    np.testing.assert_allclose(ours, np.exp(x), rtol=1e-14)
    assert fast_exp(-1e9) < 1e-300


def test_logarithms_in_bulk_are_those_of_the_library() -> None:
    x = np.concatenate([10.0 ** np.linspace(-300, 300, 20_001), np.linspace(0.5, 2, 10_001), [1.0]])

    ours = np.array([fast_log(one) for one in x.tolist()])

    np.testing.assert_allclose(ours, np.log(x), rtol=1e-15, atol=1e-15)


def test_the_curve_of_silence_is_off_by_less_than_1e_10_of_the_e_value() -> None:
    """Windows that read from a thousandth of the baseline to all of it, and arguments over the whole range."""
    rng = np.random.default_rng(3)
    share = np.sort(10.0 ** rng.uniform(-4, 0, (20, 5)), axis=1) / 2
    logs = np.log1p(share[..., None] * (np.array(FAST_RUN.factors) - 1))
    curves = np.empty((20, 5, DOUBLINGS * PIECES, 6))
    draw_curves(logs, curves)

    worst = 0.0
    for cell in range(20):
        for c in (2.0 ** rng.uniform(LEAST, LEAST + DOUBLINGS, 300)).tolist():
            for k in (0, 2, 4):
                drawn = height_at(c, curves, cell, k, piece_of(c))
                seen = -c * logs[cell, : k + 1].ravel()
                truth = seen.max() + log(np.exp(seen - seen.max()).sum() / 40)
                worst = max(worst, abs(drawn - truth) / max(1.0, abs(truth)))
    assert worst < 1e-10


# -- bad input --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "day", "count", "stratum"),
    [
        ([0, 2], [5], [1], [0]),  # beginnings beyond the events
        ([0, 1], [5], [1, 1], [0]),  # a day without a count
        ([0, 1, 0, 1], [5], [1], [0, 0, 0]),  # beginnings that go back
        ([0, 1], [5], [0], [0]),  # an event without a story
        ([0, 2], [5, 5], [1, 1], [0]),  # one day twice
        ([0, 1], [10], [1], [0]),  # after the end
        ([0, 1], [-1], [1], [0]),
        ([0, 1], [4], [1], [0]),  # nothing was read on day 4
        ([0, 1], [5], [1], [1]),  # no such stratum
    ],
)
def test_series_that_cannot_be_are_refused(
    start: list[int], day: list[int], count: list[int], stratum: list[int]
) -> None:
    read = np.ones((1, 10))
    read[0, 4] = 0
    prior = gamma_prior(1.0, 1.0, n_strata=1, n_days=10)
    with pytest.raises(InvalidInput):
        list(daily_evidence(sparse_series(*map(np.array, (start, day, count, stratum))), read, prior))


def test_a_prior_of_another_size_a_day_outside_and_phi_below_one_are_refused() -> None:
    series, read = sparse_series([0, 1], [5], [1], [0]), np.ones((1, 10))
    with pytest.raises(InvalidInput, match="the prior is for 1 strata, 10 days"):
        list(daily_evidence(series, read, gamma_prior(1.0, 1.0, n_strata=1, n_days=9)))
    with pytest.raises(InvalidInput, match="days 0 to 9"):
        list(daily_evidence(series, read, gamma_prior(1.0, 1.0, n_strata=1, n_days=10), last=10))
    with pytest.raises(InvalidInput, match="days 0 to 9"):
        state_after(series, read, day=10)
    with pytest.raises(InvalidInput, match="phi"):
        sparse_series([0, 1], [5], [1], [0], phi=0.5)


@pytest.mark.parametrize(
    ("who", "count", "read"),
    [
        ([1, 0], [1, 1], [5.0]),  # not in order
        ([2], [1], [5.0]),  # unknown
        ([0], [0], [5.0]),
        ([0], [1], [0.0]),  # nothing was read
        ([0], [1], [5.0, 5.0]),  # a stratum too many
    ],
)
def test_a_day_that_cannot_be_is_refused_and_the_state_stays(
    who: list[int], count: list[int], read: list[float]
) -> None:
    state = begin(np.zeros(2), n_strata=1)
    with pytest.raises(InvalidInput):
        advance(
            state, np.array(who), np.array(count), np.array([]), np.array(read),
            gamma_prior(1.0, 1.0, n_strata=1, n_days=1),
        )  # fmt: skip
    assert (state.day, state.mass.tolist(), len(state.recent.day)) == (-1, [0.0, 0.0], 0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"windows": (7, 3)},
        {"windows": ()},
        {"windows": (0, 1)},
        {"factors": (1.0, 2.0)},
        {"lag": 0},
        {"forgetting": 0.0},
        {"cap_base": 0.0},
    ],
)
def test_rules_that_compare_nothing_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        Rules(**wrong)
