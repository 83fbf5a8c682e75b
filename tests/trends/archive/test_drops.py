"""Dropped items are found by reason, source and day, and their sums are those of the lists."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from tests.trends.followed_world import ALPHA, BEGAN, BETA, BROKEN_FROM, DAYS, NEWS

from nophantom.errors import InvalidInput
from nophantom.store.engine import reading
from nophantom.trends.archive.drops import ItemDropRow, count_item_drops, page_item_drops
from nophantom.trends.documents import ItemDrop

FIRST = BEGAN.date()
LAST = FIRST + timedelta(days=DAYS - 1)


def every(engine: Engine, **asked: Any) -> list[ItemDropRow]:
    """Of all pages, two drops at a time."""
    found: list[ItemDropRow] = []
    cursor = None
    with reading(engine) as session:
        while True:
            page = page_item_drops(session, limit=2, cursor=cursor, **asked)
            found += page.items
            cursor = page.next_cursor
            if cursor is None:
                assert (page.total, page.total_is_exact) == (len(found), True)
                return found


def test_each_dropped_item_is_listed_once_and_the_latest_first(world: Engine) -> None:
    found = every(world)
    # The undated item stood there on two days: one item, sent twice.
    assert len(found) == 1 + BROKEN_FROM + 1
    assert [(row.fetch_id, row.position) for row in found] == sorted(
        ((row.fetch_id, row.position) for row in found), reverse=True
    )
    assert (found[0].reason, found[0].source, found[0].source_title) == (
        ItemDrop.FUTURE_DATE,
        "hn:story",
        None,
    )
    assert found[0].seen == "2031-01-01: a story of tomorrow"
    assert found[0].at.date() == LAST


def test_drops_are_filtered_by_reason_source_day_and_what_was_seen(world: Engine) -> None:
    assert {row.source_id for row in every(world, reason=[ItemDrop.NO_ID])} == {BETA}
    assert len(every(world, source=BETA)) == BROKEN_FROM
    assert [row.seen for row in every(world, source=ALPHA)] == ["'soon': alpha.example/undated"]
    assert every(world, source=ALPHA, reason=[ItemDrop.NO_ID]) == []
    assert len(every(world, first=FIRST, last=FIRST)) == 2
    assert {row.at.date() for row in every(world, first=FIRST + timedelta(days=3), source=BETA)} == {
        FIRST + timedelta(days=n) for n in range(3, BROKEN_FROM)
    }
    assert every(world, last=FIRST - timedelta(days=1)) == []
    assert len(every(world, last=date.max)) == len(every(world))
    assert [row.reason for row in every(world, seen="ALPHA.example/")] == [ItemDrop.BAD_DATE]
    assert every(world, seen="%") == []


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"source": BETA},
        {"reason": [ItemDrop.NO_ID, ItemDrop.BAD_DATE]},
        {"first": FIRST + timedelta(days=1)},
        {"first": FIRST, "last": FIRST},
        {"source": 10**12},
    ],
    ids=str,
)
def test_the_sums_are_those_of_the_lists(world: Engine, asked: dict[str, Any]) -> None:
    found = every(world, **asked)
    with reading(world) as session:
        counts = count_item_drops(session, **asked)
    reasons = {row.reason for row in found}
    assert counts.total == len(found)
    assert counts.by_reason == {why: sum(row.reason is why for row in found) for why in reasons}
    assert {one.source_id: one.n for one in counts.by_source} == {
        number: sum(row.source_id == number for row in found) for number in {row.source_id for row in found}
    }
    assert counts.sources == len(counts.by_source)


def test_sums_name_what_is_most_first(world: Engine) -> None:
    with reading(world) as session:
        counts = count_item_drops(session)
    assert next(iter(counts.by_reason)) is ItemDrop.NO_ID
    assert [(one.source_id, one.source_title, one.n) for one in counts.by_source] == [
        (BETA, "The beta blog", BROKEN_FROM),
        (ALPHA, "The alpha blog", 1),
        (NEWS, None, 1),
    ]


def test_a_cursor_of_other_filters_is_refused(world: Engine) -> None:
    with reading(world) as session:
        cursor = page_item_drops(session, source=BETA, limit=1).next_cursor
        with pytest.raises(InvalidInput, match="other filters"):
            page_item_drops(session, source=ALPHA, limit=1, cursor=cursor)
