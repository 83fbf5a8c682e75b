"""The history of a candidate against a slow road of dictionaries and loops, its gaps, its sums and its ends."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pytest
from tests.trends.plain_documents import plain_document

from nophantom.trends.baselines import Baselines
from nophantom.trends.bins import days_of
from nophantom.trends.detection import Evidence, evaluate, expected_of, support
from nophantom.trends.documents import Document
from nophantom.trends.history import HistoryDay, history_of
from nophantom.trends.mentions import mine
from nophantom.trends.parameters import FAST
from nophantom.trends.series import Series, build_series
from nophantom.trends.stories import gather

START = date(2031, 1, 20)
DAYS = 171
FORGETTING = 0.999


def a_document(number: int, day: int, title: str, collection: str = "always") -> Document:
    return plain_document(
        f"hn:{number:06}",
        title,
        START + timedelta(days=day),
        author=f"author {number % 5}",
        collections=(collection,),
    )


def counted(documents: Sequence[Document]) -> Series:
    stories = gather(documents)
    return build_series(mine(documents, stories), stories)


def a_corpus(seed: int, days: int = DAYS) -> Series:
    """Strata with gaps, of weekdays, and one that is too young to speak; all three read nothing on days 120 to 123."""
    rng = random.Random(seed)
    words = [f"{a}{b}" for a in ("zo", "qu", "gli") for b in ("dal", "fem", "gar", "kit", "lup", "mor")]
    documents: list[Document] = []
    for day in range(days):
        if 120 <= day < 124:
            continue
        reads = {
            "gaps": 0 if 30 <= day % 41 < 36 else rng.randrange(4, 9),
            "weekdays": 0 if day % 7 > 4 else rng.randrange(2, 6),
            "young": 6 if day >= days - 20 else 0,
        }
        for collection, n in reads.items():
            for _ in range(n):
                number = len(documents)
                chosen = rng.choices(words, k=2, weights=range(1, len(words) + 1))
                if collection == "weekdays" and rng.random() < 0.3:
                    chosen.append("pravo")  # in no other stratum
                documents.append(a_document(number, day, " ".join([str(number), *chosen]), collection))
    return counted(documents)


def evaluated(series: Series, day: int, tracked: Sequence[int] = ()) -> Evidence:
    bins = days_of(series)
    is_candidate = support(bins, day, 28) >= 3
    is_candidate[list(tracked)] = True
    topics = np.flatnonzero(is_candidate & (bins.entered <= day))
    return evaluate(Baselines(bins, FAST), day, topics, (28,))


def histories(series: Series, evidence: Evidence) -> dict[str, tuple[HistoryDay, ...]]:
    slugs = series.mentions.topics.slugs
    return {slugs[t]: history_of(series, evidence, k) for k, t in enumerate(evidence.topic.tolist())}


def slowly(series: Series, day: int, topic: int) -> list[tuple[date, int | None, float | None, int]]:
    """The same from stories and sums, one day after the other."""
    baselines = Baselines(days_of(series), FAST)
    worth = baselines.worth(day)
    read: defaultdict[tuple[int, int], int] = defaultdict(int)
    for stratum, on in zip(series.stories.stratum.tolist(), series.stories.day.tolist(), strict=True):
        read[stratum, on] += 1
    count: defaultdict[tuple[int, int], int] = defaultdict(int)
    at = series.events_of(topic)
    events = (values[at].tolist() for values in (series.stratum, series.day, series.count))
    for stratum, on, n in zip(*events, strict=True):
        if on <= day:
            count[stratum, on] += n
    rates: dict[int, float] = {}
    for stratum in baselines.speaking(day).tolist():
        if any(carrier == stratum for carrier, _ in count):
            a = b = 0.0
            for on in range(day - 28 + 1):
                a, b = FORGETTING * a + count[stratum, on], FORGETTING * b + read[stratum, on]
            stories = sum(count[stratum, on] for on in range(day - 28 + 1))
            tier = sum(stories >= edge for edge in (1, 2, 3, 4, 10, 30))
            rates[stratum] = float(worth.factors[tier] * a if stories else worth.unnamed[stratum]) / b
    found: list[tuple[date, int | None, float | None, int]] = []
    for on in range(max(0, day - 111), day + 1):
        n = sum(read[stratum, on] for stratum in rates)
        stories = sum(count[stratum, on] for stratum in rates)
        expected = sum(rate * read[stratum, on] for stratum, rate in rates.items())
        found.append((START + timedelta(days=on), *((stories, expected) if n else (None, None)), n))
    return found


@pytest.mark.parametrize(("seed", "day"), [(1, 170), (2, 160), (3, 111), (4, 97)])
def test_every_day_of_every_candidate_agrees_with_loops(seed: int, day: int) -> None:
    series = a_corpus(seed)
    found = evaluated(series, day)

    assert len(found.topic) > 15
    for k, topic in enumerate(found.topic.tolist()):
        fast, slow = history_of(series, found, k), slowly(series, day, topic)
        assert [(d.day, d.stories, d.read) for d in fast] == [(d[0], d[1], d[3]) for d in slow]
        for one, two in zip(fast, slow, strict=True):
            assert one.expected == (None if two[2] is None else pytest.approx(two[2], rel=1e-9))


@pytest.mark.parametrize(("day", "n"), [(170, 112), (112, 112), (111, 112), (110, 111), (90, 91)])
def test_a_history_ends_today_and_holds_every_day_since_the_series_began_up_to_112(day: int, n: int) -> None:
    series = a_corpus(5)
    for history in histories(series, evaluated(series, day)).values():
        days = [d.day for d in history]
        assert days == [START + timedelta(days=day - age) for age in range(n - 1, -1, -1)]


@pytest.mark.parametrize("seed", [1, 6])
def test_the_last_28_days_add_up_to_the_stories_behind_the_ratio_and_to_what_was_expected(seed: int) -> None:
    series = a_corpus(seed)
    found = evaluated(series, DAYS - 1)
    bins = days_of(series)
    told, of_all = support(bins, DAYS - 1, 28), expected_of(found, Baselines(bins, FAST), 28)
    kinds = set()
    for k in range(len(found.topic)):
        month = history_of(series, found, k)[-28:]
        stories = sum(d.stories or 0 for d in month)
        expected = sum(d.expected or 0.0 for d in month)
        assert stories == found.spanned[found.candidate == k, 0].sum()
        carriers, more = int((found.candidate == k).sum()), of_all[k] - expected
        # A stratum that never named a topic expects a little of it, too; one that is mute has stories only.
        assert (more > 1e-9) == (carriers < len(found.speaking))
        assert more > -1e-9
        young = series.stratum[series.events_of(int(found.topic[k]))] == 2
        in_mute = int(series.count[series.events_of(int(found.topic[k]))][young].sum())
        assert told[found.topic[k]] - stories == in_mute
        kinds |= {("elsewhere too", more > 1e-9), ("mute too", in_mute > 0)}
    assert series.strata[2].collection == "young"
    assert len(found.speaking) == 2
    assert kinds == {(what, is_so) for what in ("elsewhere too", "mute too") for is_so in (True, False)}


def test_where_all_strata_speak_and_name_the_topic_both_sums_are_those_of_the_candidate() -> None:
    documents = [
        a_document(
            10_000 * n + 10 * day + i,
            day,
            f"{n} {day} {i} " + ("zorb" if i < 1 + (day > 90) else "plain"),
            name,
        )
        for day in range(112)
        for n, name in enumerate(("first", "second"))
        for i in range(8)
    ]
    series = counted(documents)
    found = evaluated(series, 111)
    k = found.topic.tolist().index(series.mentions.topics.slugs.index("zorb"))
    month = history_of(series, found, k)[-28:]

    expected = expected_of(found, Baselines(days_of(series), FAST), 28)
    assert sum(d.stories or 0 for d in month) == found.spanned[found.candidate == k, 0].sum() == 2 * (28 + 21)
    assert sum(d.expected or 0.0 for d in month) == pytest.approx(expected[k])
    assert {d.read for d in month} == {16}


def test_a_day_on_which_nothing_was_read_is_a_gap_and_a_day_without_a_story_is_a_zero() -> None:
    series = a_corpus(1)
    pravo = histories(series, evaluated(series, DAYS - 1))["pravo"]
    gaps = [d for d in pravo if (d.day - START).days % 7 > 4 or 120 <= (d.day - START).days < 124]

    assert {(d.stories, d.expected, d.read) for d in gaps} == {(None, None, 0)}
    rest = [d for d in pravo if d not in gaps]
    assert all(d.read > 0 and d.stories is not None and d.expected is not None for d in rest)
    assert {0, 1} <= {d.stories for d in rest}
    # Its stories and what was read are of the stratum of weekdays alone; the others were read on these days.
    weekdays = [s.collection for s in series.strata].index("weekdays")
    assert [d.read for d in pravo] == series.exposure[weekdays, DAYS - 112 : DAYS].tolist()


def test_a_candidate_that_no_speaking_stratum_carries_has_gaps_only() -> None:
    filler = [a_document(d, d, f"{d} plain words", "always") for d in range(120) for _ in range(1)]
    gone = [a_document(9_000 + d, d, f"{d} zorb", "gone") for d in range(20)]
    series = counted([*filler, *gone])
    topic = series.mentions.topics.slugs.index("zorb")
    found = evaluated(series, 119, tracked=[topic])
    history = history_of(series, found, found.topic.tolist().index(topic))

    assert len(history) == 112
    assert {(d.stories, d.expected, d.read) for d in history} == {(None, None, 0)}


def test_a_history_does_not_change_when_later_documents_come() -> None:
    series = a_corpus(7)

    for day in (100, 125, 150):
        then = series.until(day)
        assert histories(series, evaluated(series, day)) == histories(then, evaluated(then, day))


def test_the_stories_of_one_author_on_one_day_are_counted_once_as_everywhere() -> None:
    documents = [a_document(10 * day + i, day, f"{day} {i} plain") for day in range(112) for i in range(10)]
    documents += [a_document(90_000 + 5 * i, 110, f"{i} zorb") for i in range(4)]  # of one author
    documents += [a_document(91_000 + i, 111, f"{i} zorb again") for i in range(3)]
    series = counted(documents)
    found = evaluated(series, 111)
    zorb = histories(series, found)["zorb"]

    assert [d.stories for d in zorb[-3:]] == [0, 1, 3]
    assert [d.read for d in zorb[-3:]] == [10, 14, 13]
