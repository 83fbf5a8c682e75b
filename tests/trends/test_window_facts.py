"""What gates look at: the stories of the last 28 days, and the same season a year ago."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import numpy as np
import pytest
from tests.trends.plain_documents import plain_document

from nophantom.trends.baselines import Baselines
from nophantom.trends.bins import days_of
from nophantom.trends.documents import Document, Family, Kind
from nophantom.trends.gates import WindowFacts
from nophantom.trends.mentions import mine
from nophantom.trends.parameters import FAST
from nophantom.trends.series import Series, build_series
from nophantom.trends.stories import gather
from nophantom.trends.window_facts import Mentioned, publishing_places, seasonal_ratio, window_facts

START = date(2031, 1, 1)
TODAY = 430


def a_document(number: int, day: int, title: str = "zorb", **changes: object) -> Document:
    return plain_document(
        f"hn:{number:06}", title, START + timedelta(days=day), **{"collections": ("always",)} | changes
    )


def counted(documents: Sequence[Document]) -> Series:
    stories = gather(documents)
    return build_series(mine(documents, stories), stories)


# ---------------------------------------------------------------- what the stories are


def found(documents: Sequence[Document], day: int = 40, slug: str = "zorb") -> dict[str, float]:
    series = counted([*documents, a_document(9_999, 0, "plain words")])  # day 0 is START
    places = publishing_places([*documents, a_document(9_999, 0, "plain words")], series.stories)
    topic = np.array([series.mentions.topics.slugs.index(slug)])
    numbers = window_facts(Mentioned.of(series.stories, series.mentions, places), day, topic)
    return {name: getattr(numbers, name)[0].item() for name in WindowFacts.__slots__}


def test_active_days_are_those_of_the_last_fourteen() -> None:
    days = [13, 26, 27, 27, 30, 40, 41]
    documents = [a_document(i, day) for i, day in enumerate(days)]

    assert found(documents)["active_days"] == 3  # 27, 30 and 40
    assert found(documents, day=41)["active_days"] == 3  # 30, 40 and 41
    assert found(documents, day=60)["active_days"] == 0


def test_the_window_holds_28_days() -> None:
    documents = [a_document(i, day, author=f"author {day}") for i, day in enumerate([12, 13, 40, 41])]

    assert found(documents)["authors"] == 2


def test_authors_are_sites_where_no_author_is_told() -> None:
    documents = [
        a_document(1, 30, author="ann"),
        a_document(2, 31, author="ann", site="zorb.dev"),
        a_document(3, 32, site="zorb.dev"),
        a_document(4, 33, site="zorb.dev"),
    ]

    assert found(documents)["authors"] == 2
    assert found(documents[2:])["authors"] == 1


def test_a_place_is_a_family_or_for_feeds_a_site() -> None:
    posts = [a_document(i, 30 + i, author=str(i), site=f"{i}.dev") for i in range(3)]
    feeds = [
        a_document(10 + i, 30 + i, family=Family.FEED, site=site)
        for i, site in enumerate(["one.dev", "two.dev", "two.dev"])
    ]
    papers = [a_document(20, 30, family=Family.ARXIV, kind=Kind.PAPER)]

    assert [found(posts)["sources"], found(feeds)["sources"], found(feeds[1:])["sources"]] == [1, 2, 1]
    assert found([*posts, *feeds, *papers])["sources"] == 4


def test_technology_and_news_are_counted_by_kind() -> None:
    kinds = [
        Kind.REPOSITORY,
        Kind.PAPER,
        Kind.PACKAGE,
        Kind.RELEASE,
        Kind.POST,
        Kind.NEWS,
        Kind.NEWS,
        Kind.NEWS,
    ]
    numbers = found([a_document(i, 30, kind=kind) for i, kind in enumerate(kinds)])

    assert (numbers["technology"], numbers["news"]) == (4, 3 / 8)
    assert found([a_document(i, 5) for i in range(3)])["news"] == 0.0  # no story in the window


def test_the_largest_story_is_measured_in_documents() -> None:
    """A page that was linked three times, and two or three more stories."""
    page = [a_document(i, 30 + i, url="https://zorb.dev/1") for i in range(3)]
    others = [a_document(10 + i, 31) for i in range(3)]

    assert found([*page, *others])["largest_story"] == 3 / 6
    assert found([*page, *others, a_document(20, 32)])["largest_story"] == 3 / 7
    assert found(others)["largest_story"] == 1 / 3


def test_facts_are_per_candidate() -> None:
    documents = [
        *(a_document(i, 30 + i, "zorb", author=str(i)) for i in range(5)),
        *(a_document(10 + i, 30, "quux", author="ann", kind=Kind.PAPER) for i in range(3)),
        a_document(20, 0, "plain words"),
    ]
    series = counted(documents)
    topics = np.array([series.mentions.topics.slugs.index(slug) for slug in ("zorb", "quux")])
    topics.sort()
    places = publishing_places(documents, series.stories)
    numbers = window_facts(Mentioned.of(series.stories, series.mentions, places), 40, topics)

    assert [series.mentions.topics.slugs[t] for t in topics] == ["quux", "zorb"]
    assert numbers.active_days.tolist() == [1, 5]
    assert numbers.authors.tolist() == [1, 5]
    assert numbers.technology.tolist() == [3, 0]


# ---------------------------------------------------------------- the season a year ago


def a_year(topic_days: Iterable[int], late_days: Iterable[int] = ()) -> Series:
    """Four stories a day; zorb in one of them on some days. A second collection has zorb on others, from day 400."""
    chosen = set(topic_days)
    documents = [
        a_document(4 * d + i, d, "zorb" if i == 0 and d in chosen else f"{d} {i} plain")
        for d in range(TODAY + 1)
        for i in range(4)
    ]
    documents += [a_document(10_000 + d, d, "zorb", collections=("late",)) for d in late_days]
    return counted([*documents, a_document(20_000, 0, "zorb quux"), a_document(20_001, 0, "zorb quux")])


def season(series: Series, day: int = TODAY) -> float:
    baselines = Baselines(days_of(series), FAST)
    topic = np.array([series.mentions.topics.slugs.index("zorb")])
    return float(seasonal_ratio(baselines, day, topic, baselines.speaking(day))[0])


INSIDE = (44, 50, 60, 70, 80, 86)
"""Six days of the season: 365 days before day 430, give or take 21, are days 44 to 86."""


def test_the_season_is_compared_with_the_rest_of_the_baseline() -> None:
    """Six stories of 4 * 43 read, against 2 (day 0) + 10 of what was read on the other days up to day 381."""
    series = a_year([*INSIDE, *range(200, 210)])

    assert season(series) == pytest.approx((6 / (4 * 43)) / (12 / (4 * (382 - 43) + 2)), rel=1e-12)


@pytest.mark.parametrize(("others", "closed"), [(13, True), (14, False)])
def test_the_season_closes_above_three_times_the_other_rate(others: int, closed: bool) -> None:
    """47.4 / 15 is 3.16; 47.4 / 16 is 2.96."""
    ratio = season(a_year([*INSIDE, *range(200, 200 + others)]))

    assert ratio == pytest.approx(47.37 / (2 + others), rel=1e-3)
    assert (ratio > 3) is closed


@pytest.mark.parametrize(
    ("day", "counts"),
    [
        (43, "other"),
        (44, "season"),
        (86, "season"),
        (87, "other"),
        (381, "other"),
        (382, "not"),
        (430, "not"),
    ],
)
def test_which_days_are_in_season(day: int, counts: str) -> None:
    without, with_it = (season(a_year([60, 61, 62, *more])) for more in ([], [day]))

    moved = {"season": 4 / 3, "other": 2 / 3, "not": 1.0}[counts]
    assert with_it / without == pytest.approx(moved, rel=1e-12)


def test_with_fewer_than_three_stories_a_year_ago_nothing_is_known() -> None:
    assert season(a_year([60, 61])) == 0.0
    assert season(a_year([60, 61, 62])) > 3


def test_with_less_than_a_year_of_documents_nothing_is_known() -> None:
    series = a_year(range(300))

    assert season(series, day=343) == 0.0
    assert season(series, day=346) > 0  # its first three days are in season


def test_this_years_season_does_not_hide_that_of_last_year() -> None:
    """The day after a season of seven weeks: none of it is 'the rest of the year'."""
    quiet = season(a_year(INSIDE))

    assert season(a_year([*INSIDE, *range(382, 430)])) == quiet > 3


def test_a_stratum_that_is_mute_has_no_season() -> None:
    alone = season(a_year(INSIDE))

    assert season(a_year(INSIDE, range(400, 431))) == alone


def test_a_topic_that_was_only_ever_in_season_divides_by_half_a_story() -> None:
    documents = [
        a_document(2 * d + i, d, "zorb" if i == 0 and d in INSIDE else f"{d} {i} plain")
        for d in range(TODAY + 1)
        for i in range(2)
    ]

    assert season(counted(documents)) == pytest.approx((6 / 86) / (0.5 / (2 * 339)), rel=1e-12)


def test_without_a_stratum_that_speaks_no_season_is_known() -> None:
    series = a_year(INSIDE)
    baselines, mute = Baselines(days_of(series), FAST), np.zeros(0, dtype=np.int64)
    nothing = seasonal_ratio(baselines, TODAY, np.array([0, 1]), mute)

    assert nothing.tolist() == [0.0, 0.0]
