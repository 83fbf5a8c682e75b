"""Which questions come next: who asked, how many a day, how far apart, and not again too soon."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nophantom.errors import InvalidInput
from nophantom.trends.leads import Asked, AskedBy, LeadBudget, Wanted, plan_queries, search_words

NOW = datetime(2026, 8, 21, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MANY = LeadBudget(per_day=1_000, gap=0, again_after=7)


def wanted(topic: str, asked_by: AskedBy = AskedBy.SIGNAL) -> Wanted:
    return Wanted(topic, topic.title(), asked_by, f"{asked_by} {topic}")


def topics(wishes: Iterable[Wanted], before: Iterable[Asked], budget: LeadBudget, now: datetime) -> list[str]:
    return [query.topic for query in plan_queries(wishes, before, budget, now)]


def test_signals_come_before_the_watch_list_and_that_before_followed_topics() -> None:
    asked = [wanted("c", AskedBy.FOLLOWED), wanted("b", AskedBy.WATCH_LIST), wanted("z"), wanted("a")]
    assert topics(asked, [], MANY, NOW) == ["z", "a", "b", "c"]


def test_what_was_never_asked_comes_first_and_then_what_was_asked_longest_ago() -> None:
    before = [
        Asked("a", NOW - 9 * DAY),
        Asked("b", NOW - 20 * DAY),
        Asked("b", NOW - 8 * DAY),
        Asked("c", NOW - 30 * DAY),
    ]
    asked = [wanted("a"), wanted("b"), wanted("c"), wanted("d", AskedBy.FOLLOWED)]
    assert topics(asked, before, MANY, NOW) == ["d", "c", "a", "b"]


def test_a_topic_is_not_asked_about_again_within_the_days() -> None:
    before = [Asked("a", NOW - 7 * DAY + timedelta(seconds=1)), Asked("b", NOW - 7 * DAY)]
    assert topics([wanted("a"), wanted("b")], before, MANY, NOW) == ["b"]


def test_a_topic_that_several_want_is_asked_about_once_for_all_of_them() -> None:
    asked = [wanted("a", AskedBy.FOLLOWED), wanted("a"), wanted("a", AskedBy.FOLLOWED)]
    (query,) = plan_queries(asked, [], MANY, NOW)
    assert (query.asked_by, query.why) == (AskedBy.SIGNAL, "followed a; signal a")


def test_a_day_has_a_budget_that_midnight_does_not_double() -> None:
    midnight = datetime(2026, 8, 21, tzinfo=UTC)
    before = [Asked(f"x{n}", midnight - HOUR) for n in range(3)] + [Asked("old", midnight - DAY)]
    asked = [wanted(topic) for topic in "abcde"]
    budget = LeadBudget(per_day=5, gap=0)
    assert topics(asked, before, budget, midnight + timedelta(minutes=1)) == ["a", "b"]
    assert topics(asked, before, budget, midnight + DAY) == list("abcde")
    assert topics(asked, before, LeadBudget(per_day=0), midnight) == []


def test_questions_keep_their_distance_from_each_other_and_from_the_last_one() -> None:
    before = [Asked("x", NOW - timedelta(seconds=2))]
    queries = plan_queries([wanted("a"), wanted("b")], before, LeadBudget(gap=5), NOW)
    assert [(query.not_before - NOW).total_seconds() for query in queries] == [3, 8]
    (late,) = plan_queries([wanted("a")], [Asked("x", NOW - HOUR)], LeadBudget(gap=5), NOW)
    assert late.not_before == NOW


def test_a_clock_that_was_set_back_makes_nothing_due_and_delays_nothing_for_years() -> None:
    before = [Asked("a", NOW + 900 * DAY)]
    (query,) = plan_queries([wanted("a"), wanted("b")], before, LeadBudget(gap=5), NOW)
    assert (query.topic, query.not_before) == ("b", NOW)


def test_a_topic_without_words_cannot_be_asked_about() -> None:
    assert plan_queries([Wanted("x", " !! ", AskedBy.SIGNAL, "")], [], MANY, NOW) == ()


def test_a_name_of_several_words_is_searched_for_as_one_phrase() -> None:
    assert [search_words(name) for name in ("Zorb", "Zorb DB", 'say "Zorb"', "!g Zorb")] == [
        "Zorb",
        '"Zorb DB"',
        '"say Zorb"',
        '"g Zorb"',
    ]
    assert len(search_words("zorb " * 200)) <= 400


@pytest.mark.parametrize("numbers", [(-1, 5, 7), (1, -5, 7), (1, 5, -7)])
def test_a_budget_has_no_numbers_below_0(numbers: tuple[int, float, float]) -> None:
    with pytest.raises(InvalidInput, match="got"):
        LeadBudget(*numbers)


TOPICS = st.sampled_from("abcdefgh")
HISTORY = st.lists(
    st.builds(Asked, TOPICS, st.integers(0, 400).map(lambda hours: NOW - hours * HOUR)), max_size=30
)
WISHES = st.lists(st.builds(wanted, TOPICS, st.sampled_from(AskedBy)), max_size=20)
BUDGETS = st.builds(
    LeadBudget, st.integers(0, 12), st.sampled_from([0.0, 5.0]), st.sampled_from([0.0, 1.0, 7.0])
)


@given(WISHES, HISTORY, BUDGETS)
def test_no_plan_ever_breaks_its_budget(
    wishes: list[Wanted], history: list[Asked], budget: LeadBudget
) -> None:
    """Played to its end, no 24 hours hold more questions than a day may, and no topic comes twice too soon."""
    queries = plan_queries(wishes, history, budget, NOW)

    lately = [asked for asked in history if asked.at > NOW - DAY]
    assert not queries or len(lately) + len(queries) <= budget.per_day
    assert len({query.topic for query in queries}) == len(queries)
    assert {query.topic for query in queries} <= {wish.topic for wish in wishes}
    for one, other in pairwise(queries):
        assert (other.not_before - one.not_before).total_seconds() == budget.gap
    for query in queries:
        assert query.last_asked is None or NOW - query.last_asked >= budget.again_after * DAY
