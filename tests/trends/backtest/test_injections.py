"""Injections: what is put in is what was meant, and nothing else changes."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from tests.trends.backtest.planted import N_DAYS, ONSET, START, topic_of

from nophantom.errors import InvalidInput
from nophantom.trends.backtest.injections import (
    PREFIX,
    Burst,
    Found,
    Injection,
    find_injections,
    inject_bursts,
    inject_steady,
    recall_by_rate,
    steady_plans,
)
from nophantom.trends.backtest.ranked_days import DayList
from nophantom.trends.series import NEVER, Series, build_series


def steady(
    world: Series, plans: list[tuple[float, int]], seed: int = 3
) -> tuple[Series, tuple[Injection, ...]]:
    found = inject_steady(world, plans, np.random.default_rng(seed), exposure_days=(0, N_DAYS - 1))
    return found.series, found.injections


def test_a_rate_is_what_comes_on_average_at_the_mean_exposure(world: Series) -> None:
    _, injections = steady(world, [(2.0, 20)] * 60)

    # 60 topics of 60 days at 2 a day: the mean is off by more than 6% once in a million worlds.
    assert np.mean([i.stories for i in injections]) == pytest.approx(120, rel=0.06)


def test_stories_come_in_proportion_to_what_each_stratum_read_and_never_in_a_gap(world: Series) -> None:
    series, injections = steady(world, [(4.0, 20)] * 40)
    own = series.topic >= world.n_topics
    by_stratum = np.bincount(series.stratum[own], weights=series.count[own], minlength=len(series.strata))
    read = series.exposure[:, 20:80].sum(axis=1)

    assert by_stratum / by_stratum.sum() == pytest.approx(read / read.sum(), abs=0.03)
    assert not np.isin(series.day[own], np.flatnonzero(series.exposure.sum(axis=0) == 0)).any()
    assert all(i.onset == START + timedelta(days=20) for i in injections)


def test_nothing_of_the_series_changes_but_what_is_added_at_its_end(world: Series) -> None:
    series, _ = steady(world, [(2.0, 100), (1.0, 30)])
    n, m = world.n_topics, len(world.topic)

    assert series.n_topics == n + 2
    assert series.mentions.topics.slugs[:n] == world.mentions.topics.slugs
    for name in ("topic", "stratum", "day", "count"):
        assert np.array_equal(getattr(series, name)[:m], getattr(world, name))
    assert np.array_equal(series.exposure, world.exposure)
    assert np.array_equal(series.second_day_of[:n], world.second_day_of)
    assert series.stories is world.stories


def test_what_was_put_in_is_counted_as_everything_else_is(world: Series) -> None:
    series, _ = steady(world, [(2.0, 100), (0.5, 30), (4.0, 199)])

    again = build_series(series.mentions, series.stories)

    for name in ("topic", "stratum", "day", "count", "first_day_of", "second_day_of", "n_families_of"):
        assert np.array_equal(getattr(series, name), getattr(again, name)), name
    assert list(series.mentions.topics.slugs) == sorted(series.mentions.topics.slugs)


def test_an_injected_topic_is_found_by_its_slug_and_shown_by_a_name(world: Series) -> None:
    series, [injection] = steady(world, [(2.0, 100)])

    assert injection.slug.startswith(PREFIX)
    assert series.mentions.topics.name(world.n_topics) == "injected 000000"
    assert len(series.mentions.stories_of(world.n_topics)) == injection.stories
    first = series.stories.day[series.mentions.stories_of(world.n_topics)].min()
    assert (np.diff(series.mentions.stories_of(world.n_topics)) > 0).all()
    assert 100 <= first <= series.second_day_of[world.n_topics] != NEVER


def test_a_topic_stays_as_long_as_it_is_said(world: Series) -> None:
    found = inject_steady(world, [(4.0, 50)], np.random.default_rng(1), exposure_days=(0, 9), days=10).series
    day = found.stories.day[found.mentions.stories_of(world.n_topics)]

    assert day.min() >= 50
    assert day.max() <= 59


def test_the_same_seed_puts_in_the_same(world: Series) -> None:
    one, other = (steady(world, [(2.0, 40)], seed=9)[0] for _ in range(2))

    assert np.array_equal(one.mentions.story, other.mentions.story)


def test_a_copied_burst_has_the_stories_of_the_real_one_stratum_by_stratum(world: Series) -> None:
    topic = topic_of(world)
    # Seven weeks earlier; the days without any story lie elsewhere there, so the copy may lose a day.
    found = inject_bursts(world, [(Burst(topic, ONSET, ONSET, ONSET + 20), -49)], np.random.default_rng(2))
    [injection], series = found.injections, found.series
    real, copy = world.evidence(topic, ONSET, ONSET + 20), series.mentions.stories_of(world.n_topics)

    def cells(stories: np.typing.NDArray[np.int32], shift: int) -> list[tuple[int, int]]:
        at = zip(world.stories.day[stories] + shift, world.stories.stratum[stories], strict=True)
        return [(int(day), int(stratum)) for day, stratum in at]

    assert injection.origin == world.mentions.topics.slugs[topic]
    assert (injection.rate, injection.onset) == (None, START + timedelta(days=ONSET - 49))
    wanted = cells(real, -49)
    read = {cell: int(world.exposure[cell[1], cell[0]]) for cell in set(wanted)}
    meant = sorted(cell for cell in set(wanted) for _ in range(min(wanted.count(cell), read[cell])))
    assert sorted(cells(copy, 0)) == meant
    assert len(set(copy.tolist())) == len(copy)


def test_days_outside_the_series_and_rates_of_nothing_are_refused(world: Series) -> None:
    rng = np.random.default_rng(1)
    with pytest.raises(InvalidInput, match="days 0 to 199; got 200"):
        inject_steady(world, [(1.0, 200)], rng, exposure_days=(0, 9))
    with pytest.raises(InvalidInput, match="is above 0; got"):
        inject_steady(world, [(0.0, 20)], rng, exposure_days=(0, 9))
    with pytest.raises(InvalidInput, match="on which something was read"):
        inject_steady(world, [(1.0, 20)], rng, exposure_days=(48, 48))
    with pytest.raises(InvalidInput, match="in this order"):
        inject_bursts(world, [(Burst(0, 60, 50, 70), 0)], rng)


def test_injecting_twice_is_refused_and_nothing_is_nothing(world: Series) -> None:
    series, _ = steady(world, [(2.0, 40)])

    with pytest.raises(InvalidInput, match="already holds injected topics"):
        steady(series, [(2.0, 40)])
    assert steady(world, [])[0] is world


def a_found(rate: float | None, delay: int | None) -> Found:
    injection = Injection("x", START, rate, "", 5)
    return Found(injection, None if delay is None else START + timedelta(days=delay))


def test_an_injection_is_found_on_its_first_day_as_a_signal_from_its_onset_on() -> None:
    on_day = [START + timedelta(days=n) for n in range(100)]
    wanted = [Injection(slug, on_day[10], 1.0, "", 9) for slug in ("early", "good", "late", "never")]
    days = [
        DayList(on_day[80], ("late", "good")),
        DayList(on_day[9], ("early",)),
        DayList(on_day[17], ("good", "zorb")),
        DayList(on_day[12], (), ("never",)),
    ]

    assert [one.delay for one in find_injections(wanted, days)] == [None, 7, None, None]
    assert [one.delay for one in find_injections(wanted, days, within=70)] == [None, 7, 70, None]


def test_what_was_never_found_lies_at_the_end_of_the_delays() -> None:
    found = [a_found(1.0, delay) for delay in (4, None, 9, None, 2)]

    [row] = recall_by_rate(found)

    assert (row.n, row.found, row.delays) == (5, 3, (4, 9, None))
    assert row.recall.point == 0.6


def test_rates_are_told_from_the_lowest_with_real_bursts_last() -> None:
    rows = recall_by_rate([a_found(None, 1), a_found(4.0, 1), a_found(0.5, None)])

    assert [(row.rate, row.delays[1]) for row in rows] == [(0.5, None), (4.0, 1), (None, 1)]


def test_plans_draw_so_many_onsets_for_each_rate_from_the_days_given() -> None:
    plans = steady_plans(np.random.default_rng(4), 10, 12, each=50, rates=(1.0, 2.0))

    assert [rate for rate, _ in plans] == [1.0] * 50 + [2.0] * 50
    assert {onset for _, onset in plans} == {10, 11, 12}
