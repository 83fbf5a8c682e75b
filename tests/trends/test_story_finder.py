"""Which story a document belongs to: by which mark, to which of two, and what may be forgotten."""

from __future__ import annotations

from datetime import date

import pytest

from nophantom.trends.documents import Kind
from nophantom.trends.story_finder import (
    TITLE_DAYS,
    Opening,
    StoryFinder,
    StoryReason,
    Telling,
    bare_title,
    telling,
)

LONG = "zorblax 3 eats all other quuxes"


def one(number: int, day: int = 100, **changes: object) -> Telling:
    plain = Telling(number, f"hn:{number:03}", day, "", None, "", None)
    return plain._replace(**changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        ({"product": "p:1"}, {"product": "p:1"}, StoryReason.SAME_PRODUCT),
        ({"address": "https://a.dev/1"}, {"address": "https://a.dev/1"}, StoryReason.SAME_ADDRESS),
        ({"title": LONG}, {"title": LONG}, StoryReason.EQUAL_TITLE),
        ({"title": f"how {LONG}"}, {"title": LONG}, StoryReason.NEAR_TITLE),
    ],
)
def test_a_document_joins_a_story_by_one_mark_which_is_told(
    first: dict[str, object], second: dict[str, object], why: StoryReason
) -> None:
    finder = StoryFinder()
    assert finder.place(one(1, 100, **first)) == (1, None, ())
    assert finder.place(one(2, 100, **second)) == (1, why, ())


def test_the_surest_mark_decides_between_two_stories() -> None:
    finder = StoryFinder()
    finder.place(one(1, title=LONG))
    finder.place(one(2, address="https://a.dev/1"))
    assert finder.place(one(3, title=LONG, address="https://a.dev/1")).story == 2


def test_a_story_that_was_opened_later_joins_the_document_that_arrives_late() -> None:
    finder = StoryFinder()
    finder.know(7, Opening(120, "hn:007"))
    finder.lasting["https://a.dev/1"] = 7
    place = finder.place(one(1, 100, address="https://a.dev/1"))
    assert place == (1, None, ((7, StoryReason.SAME_ADDRESS),))
    assert finder.story_at(7) == 1
    assert finder.place(one(2, 130, address="https://a.dev/1")).story == 1


def test_a_late_document_that_is_like_an_earlier_story_brings_the_later_one_along() -> None:
    finder = StoryFinder()
    finder.know(7, Opening(120, "hn:007"))
    finder.lasting["https://a.dev/1"] = 7
    finder.place(one(1, 100, title=LONG))
    place = finder.place(one(2, 101, title=LONG, address="https://a.dev/1"))
    assert place == (1, StoryReason.EQUAL_TITLE, ((7, StoryReason.SAME_ADDRESS),))


def test_a_document_that_opened_a_story_finds_itself_and_stays() -> None:
    finder = StoryFinder()
    finder.know(5, Opening(100, "hn:005"))
    finder.lasting["https://a.dev/1"] = 5
    assert finder.place(one(5, 100, address="https://a.dev/1")) == (5, None, ())


def test_what_is_recalled_is_remembered_as_when_it_was_placed() -> None:
    finder = StoryFinder()
    finder.know(1, Opening(90, "hn:001"))
    finder.recall(one(2, 100, title=LONG), 1)
    assert finder.place(one(3, 101, title=LONG)).story == 1
    assert finder.place(one(4, 90 + TITLE_DAYS + 1, title=LONG)).story == 4


def test_what_is_forgotten_makes_no_difference_later() -> None:
    kept, forgetting = StoryFinder(), StoryFinder()
    titles = [LONG, f"{LONG} too", "another zorb quuxes the foo bar", ""]
    for number in range(200):
        document = one(number, 100 + number // 2, title=titles[number * 7 % 4], site=f"s{number % 3}")
        assert kept.place(document) == forgetting.place(document)
        if number % 2:
            forgetting.forget(document.day)


def test_a_document_is_told_by_its_one_spelling_and_its_folded_title() -> None:
    told = telling(
        9,
        "hn:9",
        date(2031, 1, 1),
        kind=Kind.POST,
        title="Zorblax 3 -- EATS the Quuxes!",
        url="http://www.a.dev/1?utm_source=x",
        product=None,
        site="a.dev",
    )
    assert told.title == bare_title("zorblax 3 eats the quuxes")
    assert told.address == "https://a.dev/1"
    assert told.day == date(2031, 1, 1).toordinal()
