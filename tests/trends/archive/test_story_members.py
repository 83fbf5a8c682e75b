"""One story as people see it: who tells it, who sent each, and why they are one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, text
from tests.trends.followed_world import ALPHA, AT, NEWS, followed_world, post, visited

from nophantom.store.engine import reading, writing
from nophantom.trends.addresses import parse_address
from nophantom.trends.archive.story_members import StoryOf, story_of
from nophantom.trends.archive.tracing import trace_document
from nophantom.trends.archive.visits import record_visits
from nophantom.trends.archive.whereabouts import trace_address
from nophantom.trends.documents import Family
from nophantom.trends.linking import link_stories
from nophantom.trends.native_ids import web_id
from nophantom.trends.story_finder import StoryReason

TITLE = "Zorblax 3 eats all other quuxes"
LATER = AT + timedelta(hours=1)


@pytest.fixture
def told_twice(engine: Engine) -> Engine:
    """Alpha tells a story on the last day; Hacker News the same under another address, and one of its own."""
    followed_world(engine)
    first = post("https://alpha.example/zorb", TITLE, AT)
    again = post("https://other.example/z", TITLE, AT, native_id="hn:777", family=Family.HACKER_NEWS)
    alone = post("https://other.example/y", "Nobody else tells this", AT, native_id="hn:778")
    with writing(engine) as session:
        record_visits(session, [visited(ALPHA, LATER, [first])])
        record_visits(session, [visited(NEWS, LATER, [again, alone])])
    return engine


def of(engine: Engine, native_id: str) -> StoryOf | None:
    with reading(engine) as session:
        query = text("SELECT id FROM document WHERE native_id = :native_id")
        return story_of(session, session.execute(query, {"native_id": native_id}).scalar_one())


def alpha_id() -> str:
    address = parse_address("https://alpha.example/zorb")
    assert address is not None
    return web_id(address)


def test_a_document_that_waits_has_no_story_yet(told_twice: Engine) -> None:
    assert of(told_twice, "hn:777") is None
    with reading(told_twice) as session:
        trace = trace_address(session, "hn:777", at=AT)
    assert trace.story is None
    assert "story" not in trace.told


def test_every_document_of_a_story_tells_all_of_it(told_twice: Engine) -> None:
    link_stories(told_twice)
    other, first = of(told_twice, alpha_id()), of(told_twice, "hn:777")
    assert first is not None
    assert other is not None
    assert first.members == other.members
    assert first.representative == other.representative == "hn:777"  # of one day, the first by name
    assert (first.why, other.why) == (None, StoryReason.EQUAL_TITLE)
    assert [(one.native_id, one.source_id, one.why) for one in first.members] == [
        ("hn:777", NEWS, None),
        (alpha_id(), ALPHA, StoryReason.EQUAL_TITLE),
    ]
    assert first.members[1].source == "The alpha blog"
    assert first.members[1].since == AT.date()


def test_a_story_of_one_document_is_its_own(told_twice: Engine) -> None:
    link_stories(told_twice)
    alone = of(told_twice, "hn:778")
    assert alone is not None
    assert (alone.representative, alone.total, alone.why) == ("hn:778", 1, None)


def test_why_is_this_not_in_says_in_which_story_it_is_counted(told_twice: Engine) -> None:
    link_stories(told_twice)
    with reading(told_twice) as session:
        second = trace_address(session, "https://alpha.example/zorb", at=AT)
        first = trace_address(session, "hn:777", at=AT)
        alone = trace_address(session, "hn:778", at=AT)
        assert trace_document(session, "hn:777").story == first.story
    assert f"counted as part of the story of hn:777 (equal title): {TITLE!r}" in second.told
    assert "counted once for itself and 1 other that tells the same story" in first.told
    assert "counted" not in alone.told
