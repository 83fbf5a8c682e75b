"""Permutations: what stays, what moves, and how flags of permuted corpora are counted."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import numpy as np
import pytest
from tests.trends.backtest.planted import ONSET, START, a_document, counted, topic_of

from nophantom.errors import InvalidInput
from nophantom.stats.proportions import wilson
from nophantom.trends.backtest.permutations import (
    WEEK,
    BoostWorth,
    NullDay,
    Permutation,
    null_report,
    permute_weeks,
    permuted,
)
from nophantom.trends.documents import Family, Kind
from nophantom.trends.series import Series


def weeks_of(series: Series, stratum: int) -> list[tuple[int, ...]]:
    """The stories of each week of a stratum, weekday and all, whole weeks alone."""
    whole = series.exposure[stratum][: series.n_days // WEEK * WEEK].reshape(-1, WEEK)
    return [tuple(week) for week in whole.tolist()]


@pytest.mark.parametrize("permutation", Permutation)
def test_stories_mentions_and_totals_stay_whatever_is_permuted(
    world: Series, permutation: Permutation
) -> None:
    found = permuted(world, permutation, np.random.default_rng(1))

    assert found.mentions is world.mentions
    assert (found.n_days, found.n_topics) == (world.n_days, world.n_topics)
    assert np.array_equal(found.exposure.sum(axis=1), world.exposure.sum(axis=1))
    assert np.array_equal(found.n_stories_of, world.n_stories_of)
    assert int(found.count.sum()) == int(world.count.sum())  # every author writes once here
    assert not np.array_equal(found.stories.day, world.stories.day)


def test_the_null_keeps_the_exposure_of_every_day_and_has_no_burst_left(world: Series) -> None:
    found = permuted(world, Permutation.STORIES, np.random.default_rng(1))
    late = found.evidence(topic_of(world), ONSET, world.n_days - 1)

    assert np.array_equal(found.exposure, world.exposure)
    # A quarter of all days lies after the onset, and no longer every story of the planted word.
    assert len(late) < 0.4 * world.n_stories_of[topic_of(world)]


@pytest.mark.parametrize("shared", [False, True])
def test_whole_weeks_move_with_their_weekdays_and_the_last_part_of_one_stays(
    world: Series, shared: bool
) -> None:
    permutation = Permutation.SHARED_WEEKS if shared else Permutation.WEEKS
    found = permuted(world, permutation, np.random.default_rng(2))
    rest = world.n_days // WEEK * WEEK

    for stratum in range(len(world.strata)):
        assert Counter(weeks_of(found, stratum)) == Counter(weeks_of(world, stratum))
    assert np.array_equal(found.exposure[:, rest:], world.exposure[:, rest:])
    moved = found.stories.day - world.stories.day
    assert (moved % WEEK == 0).all()
    of_stratum = [
        {int(w): int(m) for w, m in zip(world.stories.day[own] // WEEK, moved[own], strict=True)}
        for own in (world.stories.stratum == 0, world.stories.stratum == 1)
    ]
    assert (of_stratum[0] == of_stratum[1]) is shared


def test_a_collection_begins_and_ends_when_it_did_unless_all_weeks_are_permuted_alike() -> None:
    documents = [a_document(i, i, f"zorb {i} quux") for i in range(98)]
    documents += [
        a_document(200 + i, 42 + i, f"glorp {i} vint", collections=("quux_weekly",)) for i in range(21)
    ]
    stories = counted(documents).stories
    late = np.array([s.collection for s in stories.strata])[stories.stratum] == "quux_weekly"

    apart = permute_weeks(stories, np.random.default_rng(5), shared=False).day[late]
    alike = permute_weeks(stories, np.random.default_rng(5), shared=True).day[late]

    assert (apart.min(), apart.max()) == (42, 62)
    assert alike.max() - alike.min() > 20


def test_products_are_not_thinned_again_on_their_new_days() -> None:
    trending = {"family": Family.GITHUB, "kind": Kind.REPOSITORY, "product": "github:ann/zorb"}
    documents = [a_document(i, 30 * i, f"ann/zorb {i}", **trending) for i in range(5)]
    documents += [a_document(100 + day, day, f"quux {day}") for day in range(140)]
    series = counted(documents)
    topic = topic_of(series, "zorb")

    for seed in range(20):
        found = permuted(series, Permutation.WEEKS, np.random.default_rng(seed))
        assert found.n_stories_of[topic] == series.n_stories_of[topic] == 5


def test_a_series_that_was_cut_off_is_refused(world: Series) -> None:
    with pytest.raises(InvalidInput, match="permute the whole series"):
        permuted(world.until(100), Permutation.STORIES, np.random.default_rng(1))


def a_day(number: int, flagged: tuple[int, ...], e_values: list[float], tier: list[int]) -> NullDay:
    return NullDay(
        as_of=START + timedelta(days=number),
        n_topics=100,
        flagged=flagged,
        log_e=np.log(e_values),
        tier=np.array(tier, dtype=np.int64),
        momentum=None if number else 0.98,
    )


def test_flags_are_told_in_all_and_in_every_tier_with_wilsons_interval() -> None:
    days = [a_day(0, (0, 2), [1.0], [0]), a_day(1, (0, 0), [1.0], [0]), a_day(2, (1, 3), [1.0], [0])]

    report = null_report(Permutation.STORIES, days, tiers=(0, 1))

    assert [(one.tier, one.with_any, one.flags) for one in report.flags] == [
        (None, 2, 6),
        (0, 1, 1),
        (1, 2, 5),
    ]
    assert report.flags[0].share == wilson(2, 3)
    assert [flags for _, flags in report.by_day] == [2, 0, 4]
    assert report.median_momentum == 0.98


def test_calibration_is_x_times_the_share_of_all_topics_at_or_above_x() -> None:
    days = [a_day(0, (0, 0), [20.0, 5.0, 2_000.0], [0, 0, 1]), a_day(1, (0, 0), [0.5], [0])]

    points = {
        (p.tier, p.level): (p.mean, p.greatest)
        for p in null_report(Permutation.WEEKS, days, tiers=(0, 1)).calibration
    }

    assert points[None, 10.0] == pytest.approx((10 * 0.02 / 2, 10 * 0.02))
    assert points[0, 10.0] == pytest.approx((10 * 0.01 / 2, 10 * 0.01))
    assert points[1, 1_000.0] == pytest.approx((1_000 * 0.01 / 2, 10.0))
    assert points[0, 10_000.0] == (0.0, 0.0)


def test_what_the_boost_is_worth_is_told_in_all_and_by_tier_where_every_day_tells_it() -> None:
    days = [a_day(0, (0, 0), [1.0], [0])._replace(boosted=(0.5, 0.25)), a_day(1, (0, 0), [1.0], [0])]
    also = days[1]._replace(boosted=(0.0, 2.0))

    told = null_report(Permutation.STORIES, [days[0], also], tiers=(0, 1)).boosts

    assert told == (BoostWorth(None, 1.375, 2.0), BoostWorth(0, 0.25, 0.5), BoostWorth(1, 1.125, 2.0))
    assert null_report(Permutation.STORIES, days, tiers=(0, 1)).boosts == ()


def test_a_null_without_snapshots_is_refused() -> None:
    with pytest.raises(InvalidInput, match="at least one permuted snapshot"):
        null_report(Permutation.STORIES, [], tiers=())
