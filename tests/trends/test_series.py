from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from tests.trends.plain_documents import plain_document

from nophantom.errors import InvalidInput
from nophantom.trends.documents import Document, Family, Kind
from nophantom.trends.mentions import mine
from nophantom.trends.series import (
    NEVER,
    PRODUCT_DAYS,
    Series,
    build_series,
    count_products_once,
    exposure_of,
    permute_dates,
)
from nophantom.trends.stories import Stories, collection_begins, gather

START = date(2031, 1, 1)
WORDS = ("Zorb", "quux", "FooBar.js", "X9s", "Q++", "glorp")


def a_document(number: int, day: int, title: str = "Zorb", **changes: object) -> Document:
    return plain_document(
        f"hn:{number:05}", title, START + timedelta(days=day), **{"collections": ("zorb_daily",)} | changes
    )


def counted(documents: Sequence[Document], begins: dict[str, date] | None = None) -> Series:
    stories = gather(documents, begins)
    return build_series(mine(documents, stories), stories)


def events(series: Series, slug: str = "zorb") -> list[tuple[str, int, int]]:
    """(collection, day, count) of a topic."""
    topic = series.mentions.topics.slugs.index(slug)
    at = series.events_of(topic)
    return [
        (series.strata[s].collection, d, n)
        for s, d, n in zip(
            series.stratum[at].tolist(), series.day[at].tolist(), series.count[at].tolist(), strict=True
        )
    ]


def test_stories_are_counted_by_topic_stratum_and_day_against_what_was_read() -> None:
    series = counted(
        [
            a_document(1, 0),
            a_document(2, 0),
            a_document(3, 0, "nothing"),
            a_document(4, 3),
            a_document(5, 0, collections=("quux_weekly",), family=Family.FEED),
        ]
    )

    assert [s.collection for s in series.strata] == ["quux_weekly", "zorb_daily"]
    assert events(series) == [("quux_weekly", 0, 1), ("zorb_daily", 0, 2), ("zorb_daily", 3, 1)]
    assert series.exposure.tolist() == [[1, 0, 0, 0], [3, 0, 0, 1]]  # days 1 and 2: gaps, no zeros
    assert (series.n_topics, series.n_days, series.first_day) == (1, 4, START)
    assert (series.n_stories_of.tolist(), series.n_families_of.tolist()) == ([4], [2])


def test_an_author_counts_once_a_day_and_stratum_but_exposure_counts_stories() -> None:
    series = counted(
        [
            a_document(1, 0, author="ann"),
            a_document(2, 0, author="ann", site="zorb.dev"),
            a_document(3, 0, site="zorb.dev"),
            a_document(4, 0, site="zorb.dev"),
            a_document(5, 0),
            a_document(6, 0),
            a_document(7, 1, author="ann"),
            a_document(8, 0, author="ann", language="de"),
        ]
    )

    assert events(series) == [("zorb_daily", 0, 1), ("zorb_daily", 0, 4), ("zorb_daily", 1, 1)]
    assert [s.language for s in series.strata] == ["de", "en"]
    assert series.exposure.tolist() == [[1, 0], [6, 1]]
    assert series.n_stories_of.tolist() == [8]


def test_a_topic_enters_on_the_day_of_its_second_counted_story() -> None:
    trending = [
        a_document(i, day, "Zorb here and again", kind=Kind.REPOSITORY, product="github:z/zorb")
        for i, day in enumerate((2, 20))
    ]
    documents = [*trending, a_document(3, 9, "quux"), a_document(4, 31, "quux"), a_document(5, 31, "quux")]
    series = counted([replace(d, title=d.title + f" {i}" * 3) for i, d in enumerate(documents)])
    at = {slug: t for t, slug in enumerate(series.mentions.topics.slugs)}

    assert series.first_day == START + timedelta(days=2)
    assert (series.first_day_of[at["zorb"]], series.second_day_of[at["zorb"]]) == (0, NEVER)
    assert (series.first_day_of[at["quux"]], series.second_day_of[at["quux"]]) == (7, 29)


@pytest.mark.parametrize(
    ("days", "counting"),
    [
        ([0, 27], [0]),
        ([0, 28], [0, 28]),
        ([0, 20, 28], [0, 28]),  # from the last counted, not from the last seen
        ([0, 20, 40, 47, 48], [0, 40]),
        ([0, 28, 55, 56, 84], [0, 28, 56, 84]),
    ],
)
def test_a_product_counts_once_in_28_days(days: list[int], counting: list[int]) -> None:
    assert PRODUCT_DAYS == 28
    series = counted([a_document(i, day, product="github:z/zorb") for i, day in enumerate(days)])

    assert [day for _, day, _ in events(series)] == counting
    assert series.exposure.sum() == len(days)


def test_products_do_not_stand_in_each_others_way_and_neither_do_topics() -> None:
    series = counted(
        [
            a_document(1, 0, "Zorb", product="p:1"),
            a_document(2, 5, "Zorb quux", product="p:2"),
            a_document(3, 6, "quux", product="p:1"),
            a_document(4, 7, "Zorb", product="p:1", collections=("other",)),
        ]
    )

    assert [day for _, day, _ in events(series)] == [0, 5]
    assert [day for _, day, _ in events(series, "quux")] == [5, 6]


def test_a_product_counts_once_a_day_in_exposure() -> None:
    same_day = [a_document(i, 0, f"Zorb {i}", product="p:1", url=f"https://zorb.dev/{i}") for i in range(3)]

    assert counted([*same_day, a_document(9, 0)]).exposure.tolist() == [[2]]


def test_evidence_walks_back_to_the_stories() -> None:
    documents = [a_document(i, i) for i in range(5)]
    series = counted(documents)

    found = series.evidence(0, 1, 3)
    assert [documents[series.stories.representative[s]].native_id for s in found] == [
        "hn:00001",
        "hn:00002",
        "hn:00003",
    ]


def a_random_corpus(seed: int, n: int = 300, days: int = 90) -> list[Document]:
    rng = random.Random(seed)
    return [
        a_document(
            i,
            rng.randrange(days),
            " ".join([str(i), *rng.choices(WORDS, k=2)]),
            author=rng.choice([None, None, "ann", "bob"]),
            site=rng.choice([None, "zorb.dev", "quux.dev"]),
            product=rng.choice([None, None, "p:1", "p:2"]),
            collections=rng.choice([("a",), ("b",), ("a", "b"), ("c",)]),
            language=rng.choice(["en", "en", "de"]),
            family=rng.choice(list(Family)),
        )
        for i in range(n)
    ]


def slow_series(documents: Sequence[Document]) -> dict[str, object]:
    """Everything of a series, keyed by names, with dicts and loops."""
    stories = gather(documents)
    mentions = mine(documents, stories)
    pairs = zip(mentions.topic.tolist(), mentions.story.tolist(), strict=True)
    last: dict[tuple[str, int], int] = {}
    authors: defaultdict[tuple[str, object, int], set[int]] = defaultdict(set)
    days: defaultdict[str, list[int]] = defaultdict(list)
    families: defaultdict[str, set[int]] = defaultdict(set)
    for topic, story in pairs:  # stories ascend, and so do their days
        slug, day, product = (
            mentions.topics.slugs[topic],
            int(stories.day[story]),
            int(stories.product[story]),
        )
        if product >= 0 and day - last.get((slug, product), -99) < 28:
            continue
        last[slug, product] = day
        authors[slug, stories.strata[stories.stratum[story]], day].add(int(stories.source[story]))
        days[slug].append(day)
        families[slug].add(int(stories.family[story]))
    exposure: defaultdict[tuple[object, int], int] = defaultdict(int)
    for story in range(stories.n):
        exposure[stories.strata[stories.stratum[story]], int(stories.day[story])] += 1
    return {
        "events": {key: len(found) for key, found in authors.items()},
        "exposure": dict(exposure),
        "first two": {slug: (found[0], found[1] if len(found) > 1 else -1) for slug, found in days.items()},
        "totals": {slug: (len(days[slug]), len(families[slug])) for slug in days},
    }


def by_name(series: Series) -> dict[str, object]:
    slugs, strata = series.mentions.topics.slugs, series.strata
    filled = np.argwhere(series.exposure > 0).tolist()
    return {
        "events": {
            (slugs[t], strata[s], d): n
            for t, s, d, n in zip(
                *(a.tolist() for a in (series.topic, series.stratum, series.day, series.count)), strict=True
            )
        },
        "exposure": {(strata[s], d): int(series.exposure[s, d]) for s, d in filled},
        "first two": dict(
            zip(
                slugs,
                zip(series.first_day_of.tolist(), series.second_day_of.tolist(), strict=True),
                strict=True,
            )
        ),
        "totals": dict(
            zip(
                slugs,
                zip(series.n_stories_of.tolist(), series.n_families_of.tolist(), strict=True),
                strict=True,
            )
        ),
    }


@pytest.mark.parametrize("seed", range(12))
def test_arrays_agree_with_loops(seed: int) -> None:
    documents = a_random_corpus(seed)

    assert by_name(counted(documents)) == slow_series(documents)


@pytest.mark.parametrize("seed", range(4))
def test_events_are_sorted_and_distinct_and_lie_where_something_was_read(seed: int) -> None:
    series = counted(a_random_corpus(seed))
    keys = list(zip(series.topic.tolist(), series.stratum.tolist(), series.day.tolist(), strict=True))

    assert keys == sorted(set(keys))
    assert (series.count >= 1).all()
    assert (series.count <= series.exposure[series.stratum, series.day]).all()
    assert series.exposure.sum() == series.stories.n
    assert series.n_stories_of.sum() == series.mentions.n


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_documents_does_not_matter_and_a_duplicate_changes_nothing(seed: int) -> None:
    documents = a_random_corpus(seed)
    shuffled = random.Random(seed).sample(documents, len(documents))
    again = [
        replace(d, first_seen=d.first_seen + timedelta(days=1))
        for d in documents
        if d.first_seen < START + timedelta(days=80)
    ]

    once = by_name(counted(documents))
    twice = by_name(counted(documents + again, collection_begins(documents)))

    assert by_name(counted(shuffled)) == once
    assert twice == once


@pytest.mark.parametrize("seed", range(4))
def test_until_a_day_is_what_would_have_been_built_on_that_day(seed: int) -> None:
    documents, last = a_random_corpus(seed), 41
    whole = counted(documents)
    first = min(d.first_seen for d in documents)
    then = counted([d for d in documents if d.first_seen <= first + timedelta(days=last)])
    part = by_name(whole.until(last))
    built = by_name(then)

    known = set(then.mentions.topics.slugs)
    part_events = part["events"]
    assert isinstance(part_events, dict)
    assert {key: n for key, n in part_events.items() if key[0] in known} == built["events"]
    assert part["exposure"] == built["exposure"]
    for what in ("first two", "totals"):
        found = part[what]
        assert isinstance(found, dict)
        assert {slug: found[slug] for slug in known} == built[what]


def test_until_a_day_outside_is_refused() -> None:
    series = counted([a_document(1, 0), a_document(2, 4)])
    for day in (-1, 5):
        with pytest.raises(InvalidInput, match=f"days 0 to 4; got {day}"):
            series.until(day)


@pytest.mark.parametrize("seed", range(6))
def test_permuted_dates_keep_the_exposure_and_the_stories_of_every_topic(seed: int) -> None:
    series = counted(a_random_corpus(seed))
    null = series.permuted(np.random.default_rng(seed))

    assert (null.exposure == series.exposure).all()
    assert (null.n_stories_of == series.n_stories_of).all()
    assert (null.n_families_of == series.n_families_of).all()
    assert (null.stories.stratum == series.stories.stratum).all()
    assert not (null.stories.day == series.stories.day).all()
    assert (null.mentions.story == series.mentions.story).all()
    # Of the counts only what an author said twice on a day can move.
    totals = [np.bincount(s.topic, weights=s.count, minlength=s.n_topics) for s in (series, null)]
    assert (totals[0] <= series.n_stories_of).all()
    assert (totals[1] <= series.n_stories_of).all()


def test_permuted_totals_are_equal_where_nobody_writes_twice() -> None:
    documents = [replace(d, author=str(i)) for i, d in enumerate(a_random_corpus(1))]
    series = counted(documents)
    null = series.permuted(np.random.default_rng(7))

    for s in (series, null):
        assert (np.bincount(s.topic, weights=s.count, minlength=s.n_topics) == series.n_stories_of).all()


def test_equal_generators_permute_equally_and_days_only_move_inside_a_stratum() -> None:
    stories = gather(a_random_corpus(2))
    one, two, other = (permute_dates(stories, np.random.default_rng(seed)) for seed in (1, 1, 2))

    assert (one.day == two.day).all()
    assert not (one.day == other.day).all()
    assert (exposure_of(one, 90) == exposure_of(stories, 90)).all()


def test_every_order_of_the_days_of_a_stratum_is_equally_likely() -> None:
    stories = gather([a_document(i, i) for i in range(3)])
    rng = np.random.default_rng(20_310_101)
    seen: defaultdict[tuple[int, ...], int] = defaultdict(int)
    for _ in range(1200):
        seen[tuple(permute_dates(stories, rng).day.tolist())] += 1

    assert len(seen) == 6
    assert all(150 < n < 250 for n in seen.values())


def test_a_series_may_end_with_days_on_which_nothing_came() -> None:
    """They have no exposure; a day that is not later than the last story changes nothing."""
    documents = a_random_corpus(1)
    stories = gather(documents)
    mentions = mine(documents, stories)
    plain = build_series(mentions, stories)
    ended = plain.first_day + timedelta(days=plain.n_days - 1)

    longer = build_series(mentions, stories, last=ended + timedelta(days=3))

    assert (longer.n_days, longer.exposure[:, plain.n_days :].sum()) == (plain.n_days + 3, 0)
    assert (longer.exposure[:, : plain.n_days] == plain.exposure).all()
    assert (longer.topic == plain.topic).all()
    assert (longer.day == plain.day).all()
    for last in (ended, ended - timedelta(days=1), date.min):
        assert build_series(mentions, stories, last=last).n_days == plain.n_days


def test_mentions_of_other_stories_are_refused() -> None:
    documents = a_random_corpus(1)
    mentions = mine(documents, gather(documents))
    with pytest.raises(InvalidInput, match="stories, but 1 are given"):
        build_series(mentions, gather(documents[:1]))


def test_a_corpus_without_topics_has_exposure_and_no_events() -> None:
    series = counted([a_document(1, 0, "of the"), a_document(2, 2, "zorb")])

    assert len(series.topic) == series.n_topics == 0
    assert series.exposure.tolist() == [[1, 0, 1]]
    assert len(series.permuted(np.random.default_rng(1)).topic) == 0
    assert len(series.until(0).topic) == 0


def test_thinning_twice_is_thinning_once() -> None:
    documents = a_random_corpus(4)
    stories: Stories = gather(documents)
    once = count_products_once(mine(documents, stories), stories)
    twice = count_products_once(once, stories)

    assert once.n < mine(documents, stories).n
    assert (once.story == twice.story).all()
