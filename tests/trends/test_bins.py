"""Days and weeks of a series: only weeks that are over, and only those of the calendar."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.trends.plain_documents import plain_document

from nophantom.trends.bins import Bins, days_of, weeks_of
from nophantom.trends.documents import Document
from nophantom.trends.mentions import mine
from nophantom.trends.series import NEVER, Series, build_series
from nophantom.trends.stories import gather

MONDAY = date(2031, 1, 20)


def a_document(number: int, on: date, title: str, collection: str = "always") -> Document:
    return plain_document(f"hn:{number:05}", title, on, author=f"author {number}", collections=(collection,))


def counted(documents: Sequence[Document]) -> Series:
    stories = gather(documents)
    return build_series(mine(documents, stories), stories)


def a_corpus(first_day: date, days: int, seed: int = 1) -> Series:
    """Two collections; nothing but the first and the last day is sure to be read."""
    rng = random.Random(seed)
    words = [f"zo{a}{b}" for a in "bdfg" for b in "lmnp"]
    documents: list[Document] = []
    for day in range(days):
        for collection in ("always", "side"):
            for _ in range(rng.choice([0, 1, 3]) + (day in {0, days - 1})):
                title = " ".join([str(len(documents)), *rng.choices(words, k=2)])
                documents.append(
                    a_document(len(documents), first_day + timedelta(days=day), title, collection)
                )
    return counted(documents)


def events(bins: Bins) -> dict[tuple[int, int, int], int]:
    topic = np.repeat(np.arange(bins.n_topics), np.diff(bins.begins))
    places = zip(*(x.tolist() for x in (topic, bins.stratum, bins.at)), strict=True)
    found = dict(zip(places, bins.count.tolist(), strict=True))
    assert len(found) == len(bins.at)
    assert list(found) == sorted(found)
    return found


def week_of(first_day: date, day: int) -> int:
    """Calendar weeks since that of the first day."""
    monday = first_day - timedelta(days=first_day.weekday())
    on = first_day + timedelta(days=day)
    return (on - timedelta(days=on.weekday()) - monday).days // 7


def test_days_are_those_of_the_series() -> None:
    series = a_corpus(MONDAY, 20)
    bins = days_of(series)

    assert (bins.width, bins.lead, bins.n, bins.first_day) == (1, 0, 20, MONDAY)
    places = zip(*(x.tolist() for x in (series.topic, series.stratum, series.day)), strict=True)
    assert events(bins) == dict(zip(places, series.count.tolist(), strict=True))
    assert bins.exposure.tolist() == series.exposure.tolist()
    never = series.second_day_of == NEVER
    assert bins.entered.tolist() == np.where(never, 20, series.second_day_of).tolist()
    assert [bins.over_by(day) for day in (0, 7, 19)] == [0, 7, 19]


@settings(max_examples=40, deadline=None)
@given(weekday=st.integers(0, 6), days=st.integers(1, 40), seed=st.integers(0, 999))
def test_weeks_hold_the_sums_of_their_days(weekday: int, days: int, seed: int) -> None:
    first_day = MONDAY + timedelta(days=weekday)
    series = a_corpus(first_day, days, seed)
    bins = weeks_of(series)
    n = sum((first_day + timedelta(days=day)).weekday() == 6 for day in range(days))  # Sundays

    stories: Counter[tuple[int, int, int]] = Counter()
    read: Counter[tuple[int, int]] = Counter()
    for t, s, d, y in zip(series.topic, series.stratum, series.day, series.count, strict=True):
        if week_of(first_day, int(d)) < n:
            stories[int(t), int(s), week_of(first_day, int(d))] += int(y)
    for s, d in np.ndindex(series.exposure.shape):
        read[s, week_of(first_day, d)] += int(series.exposure[s, d])

    assert (bins.width, bins.lead, bins.n, bins.first_day) == (7, weekday, n, first_day)
    assert events(bins) == dict(stories)
    assert bins.exposure.tolist() == [[read[s, w] for w in range(n)] for s in range(len(series.exposure))]
    for topic, second in enumerate(series.second_day_of.tolist()):
        week = n if second == NEVER else week_of(first_day, second)
        assert bins.entered[topic] == week


def test_the_first_week_may_be_partial_and_one_that_is_not_over_is_left_out() -> None:
    """From a Friday to the Tuesday of the week after the next: 3 days, 7 days, and 2 that do not count."""
    friday = MONDAY + timedelta(days=4)
    documents = [a_document(d, friday + timedelta(days=d), f"{d} zorb") for d in range(12)]
    bins = weeks_of(counted(documents))

    assert (bins.n, bins.lead) == (2, 4)
    assert bins.exposure.tolist() == [[3, 7]]
    assert bins.at.tolist() == [0, 1]
    assert bins.count.tolist() == [3, 7]
    assert [bins.over_by(day) for day in (0, 1, 2, 3, 8, 9, 11)] == [-1, -1, 0, 0, 0, 1, 1]


def test_a_topic_of_the_running_week_has_not_entered() -> None:
    documents = [a_document(d, MONDAY + timedelta(days=d), f"{d} plain") for d in range(10)]
    documents += [a_document(90 + i, MONDAY + timedelta(days=8), f"{i} zorb") for i in range(2)]
    series = counted(documents)
    bins = weeks_of(series)

    assert bins.entered[series.mentions.topics.slugs.index("zorb")] == 1 == bins.n
    assert bins.entered[series.mentions.topics.slugs.index("plain")] == 0


@pytest.mark.parametrize("weekday", range(7))
def test_weeks_do_not_change_when_later_documents_come(weekday: int) -> None:
    series = a_corpus(MONDAY + timedelta(days=weekday), 40, weekday)
    whole = weeks_of(series)

    for last in (0, 9, 15, 16, 17, 38):
        part = weeks_of(series.until(last))
        assert part.n == whole.over_by(last) + 1
        assert events(part) == {place: y for place, y in events(whole).items() if place[2] < part.n}
        assert part.exposure.tolist() == whole.exposure[:, : part.n].tolist()
        known = whole.entered < part.n
        assert part.entered[known].tolist() == whole.entered[known].tolist()
        assert (part.entered[~known] >= part.n).all()


def test_a_bin_belongs_to_the_month_in_which_it_ends() -> None:
    """20 January 2031 is a Monday; 1 February is day 12, a Saturday, and 1 March day 40, one too."""
    series = a_corpus(MONDAY, 60)
    days, weeks = days_of(series), weeks_of(series)

    assert [days.month_of(at) for at in (0, 11, 12, 39, 40, 59)] == [0, 0, 12, 12, 40, 40]
    assert [weeks.month_of(at) for at in range(weeks.n)] == [0, 1, 1, 1, 1, 5, 5, 5]


def test_the_month_of_a_week_counts_from_the_monday_before_the_first_day() -> None:
    """From Thursday 23 January on: 1 February lies in the second week, whichever day came first."""
    weeks = weeks_of(a_corpus(MONDAY + timedelta(days=3), 57))

    assert [weeks.month_of(at) for at in range(weeks.n)] == [0, 1, 1, 1, 1, 5, 5, 5]


def test_without_a_week_that_is_over_there_are_no_bins() -> None:
    bins = weeks_of(a_corpus(MONDAY, 6))

    assert (bins.n, len(bins.at), bins.exposure.shape, bins.over_by(5)) == (0, 0, (2, 0), -1)
