"""Stars by day: sound weeks only, no days to come, and no page more than is needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from tests.trends.protocols.visits import NOW, Visit, answered, query_of, refused, visit

from nophantom.trends.documents import Family
from nophantom.trends.exchange import Ask, Reading, Trouble
from nophantom.trends.protocols.github_stars import GITHUB_STARS

READING = Reading("https://github.com/a/b", Family.GITHUB, "stars", settings={"repository": "A/b"})
WEEK = 7 * 86_400
SUNDAY = int(NOW.timestamp()) // 86_400 * 86_400  # 2026-11-22, the day of NOW
TODAY = date(2026, 11, 22)


def week(ago: int, days: list[Any] | None = None, **more: Any) -> dict[str, Any]:
    counts = [ago % 5 + n for n in range(7)] if days is None else days
    return {"week": SUNDAY - ago * WEEK, "total": sum(counts), "days": counts, **more}


def serving(weeks: list[dict[str, Any]], shift_after: int = 10**6) -> Callable[[Ask], bytes]:
    """All weeks by pages of 30; after some requests a new week moves all others one place on."""
    asked = [0]

    def answer(ask: Ask) -> bytes:
        asked[0] += 1
        query = query_of(ask)
        size, page = int(query["per_page"]), int(query["page"])
        there = [week(-1, [0] * 7), *weeks] if asked[0] > shift_after else weeks
        return answered(there[(page - 1) * size : page * size]).content

    return answer


def days_of(done: Visit) -> dict[date, int]:
    days = {a.day: a.value for a in done.adoption}
    assert len(days) == len(done.adoption), "a day is told twice"
    return days


HISTORY = [week(0, [4, 0, 0, 0, 0, 0, 0]), *(week(ago) for ago in range(1, 95))]


def test_a_history_becomes_one_value_a_day_up_to_today() -> None:
    done = visit(GITHUB_STARS, READING, serving(HISTORY))
    days = days_of(done)
    assert max(days) == TODAY
    assert days[TODAY] == 4
    assert min(days) == TODAY - timedelta(weeks=94)
    assert len(days) == 94 * 7 + 1
    assert days[TODAY - timedelta(days=7)] == 1
    assert {(a.product, a.measure) for a in done.adoption} == {("github:a/b", "stars")}
    assert [query_of(a)["page"] for a in done.asks] == ["1", "2", "3", "4"]
    assert done.items == []


def test_days_to_come_are_left_out_and_not_zero() -> None:
    done = visit(GITHUB_STARS, READING, serving([week(-1, [0] * 7), *HISTORY[:1]]))
    assert days_of(done) == {TODAY: 4}


def test_a_week_that_comes_twice_while_pages_are_read_counts_once() -> None:
    done = visit(GITHUB_STARS, READING, serving(HISTORY, shift_after=1))
    assert days_of(done) == days_of(visit(GITHUB_STARS, READING, serving(HISTORY)))
    twice = visit(GITHUB_STARS, READING, serving([week(1), week(1), week(2)]))
    assert len(days_of(twice)) == 14


@pytest.mark.parametrize(
    "wrong",
    [
        week(1) | {"total": 999},
        week(1, [1, 2, 3]),
        week(1, [1, 2, 3, 4, 5, 6, -7]),
        {"week": SUNDAY, "total": 6, "days": [1, 2, 3, None, 0, 0, 0]},
        {"week": "x", "total": 0, "days": [0] * 7},
        {"week": 10**12, "total": 0, "days": [0] * 7},
        {"total": 0, "days": [0] * 7},
        None,
        7,
    ],
)
def test_a_week_that_does_not_add_up_is_left_out_and_told(wrong: object) -> None:
    done = visit(GITHUB_STARS, READING, lambda ask: answered([wrong, week(2)]).content)
    assert len(days_of(done)) == 7
    assert done.troubles[0][0] is Trouble.INCOMPLETE
    assert done.troubles[0][1].startswith("1 weeks left out")
    assert done.state is None


def follow(history: list[dict[str, Any]], before: Visit, days: int = 1) -> Visit:
    known = replace(READING, state=before.state or {})
    return visit(GITHUB_STARS, known, serving(history), NOW + timedelta(days=days))


def test_pages_that_have_not_changed_are_not_read_again() -> None:
    first = visit(GITHUB_STARS, READING, serving(HISTORY))
    grown = [week(0, [4, 9, 0, 0, 0, 0, 0]), *HISTORY[1:]]

    then = follow(grown, first)

    assert len(then.asks) == 1
    assert then.asks[0].conditional
    assert days_of(then)[TODAY + timedelta(days=1)] == 9
    assert then.state is not None
    assert then.state["whole"] == TODAY.isoformat()


def test_a_star_that_was_taken_back_weeks_ago_has_the_next_page_read_as_well() -> None:
    first = visit(GITHUB_STARS, READING, serving(HISTORY))
    lowered = [*HISTORY[:20], week(20, [0] * 7), *HISTORY[21:]]
    then = follow(lowered, first)
    assert [query_of(a)["page"] for a in then.asks] == ["1", "2"]
    assert days_of(then)[TODAY - timedelta(weeks=20)] == 0


def test_weeks_that_nobody_read_are_read_though_the_source_was_away_for_long() -> None:
    first = visit(GITHUB_STARS, READING, serving(HISTORY[70:]))
    state = {**(first.state or {}), "whole": TODAY.isoformat()}
    then = follow(HISTORY, replace(first, state=state))
    assert len(then.asks) == 3
    assert min(days_of(then)) < TODAY - timedelta(weeks=70)


def test_after_a_month_the_whole_history_is_read_again() -> None:
    first = visit(GITHUB_STARS, READING, serving(HISTORY))
    then = follow(HISTORY, first, days=30)
    assert len(then.asks) == 4
    assert not then.asks[0].conditional
    assert then.state is not None
    assert then.state["whole"] == "2026-12-22"


def test_an_empty_history_is_not_a_history_of_zeros() -> None:
    ask = GITHUB_STARS.begin(READING, NOW)[0]
    refusal = refused(GITHUB_STARS, READING, ask, answered([]))
    assert (refusal.trouble, refusal.again) == (Trouble.INCOMPLETE, False)


def test_a_history_of_exactly_one_page_ends_with_an_empty_one() -> None:
    done = visit(GITHUB_STARS, READING, serving(HISTORY[:30]))
    assert (len(done.asks), done.troubles) == (2, [])
    assert len(days_of(done)) == 29 * 7 + 1


def test_a_history_that_is_still_computed_is_asked_for_later() -> None:
    ask = GITHUB_STARS.begin(READING, NOW)[0]
    refusal = refused(GITHUB_STARS, READING, ask, answered(b"", status=202))
    assert (refusal.trouble, refusal.wait) == (Trouble.INCOMPLETE, 60.0)
    assert refused(GITHUB_STARS, READING, ask, answered({})).trouble is Trouble.WRONG_CONTENT
