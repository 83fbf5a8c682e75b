"""Hacker News by its own interface: every id that is asked for is accounted for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.trends.protocols.visits import NOW, answered, only, refused, visit

from nophantom.trends.documents import Certainty, Family, ItemDrop, Kind, Score
from nophantom.trends.exchange import Ask, Reading, Trouble
from nophantom.trends.protocols.hacker_news_firebase import HACKER_NEWS_FIREBASE

SECOND = int(NOW.timestamp())
READING = Reading("https://news.ycombinator.com/newest", Family.HACKER_NEWS, "hn_new")
STORY: dict[str, Any] = {
    "id": 7,
    "type": "story",
    "by": "bob",
    "time": SECOND - 60,
    "title": "Zorb &amp; friends",
    "url": "https://arxiv.org/abs/2401.00001v2",
    "score": 3,
    "descendants": 1,
    "kids": [8],
    "an_unknown_field": {},
}


def serving(listed: object, **items: Any) -> Callable[[Ask], bytes]:
    """The interface with these items by id; all others are stories."""

    def answer(ask: Ask) -> bytes:
        word = ask.url.rpartition("/")[2].removesuffix(".json")
        if not word.isdigit():
            return answered(listed).content
        return answered(items.get(f"n{word}", STORY | {"id": int(word)})).content

    return answer


def item(value: object, number: int = 7) -> Any:
    ask = Ask("https://a.org/item/7.json", note=str(number))
    return HACKER_NEWS_FIREBASE.read(READING, ask, answered(value))


def test_a_story_becomes_a_document_with_its_score_of_now() -> None:
    step = item(STORY)
    d = only(step.items)
    assert (d.native_id, d.title, d.author) == ("hn:7", "Zorb & friends", "bob")
    assert (d.kind, d.product) == (Kind.PAPER, "arxiv:2401.00001")
    assert (d.published_at, d.certainty) == (NOW - timedelta(seconds=60), Certainty.MOMENT)
    assert step.items[0].score == Score(points=3, comments=1)


def test_a_poll_is_a_post() -> None:
    poll = {"id": 7, "type": "poll", "title": "Poll: Zorb?", "time": SECOND, "parts": [8], "text": "Say."}
    step = item(poll)
    assert (only(step.items).kind, only(step.items).text) == (Kind.POST, "Say.")
    assert step.items[0].score is None


@pytest.mark.parametrize(
    ("value", "reason", "seen"),
    [
        (None, ItemDrop.NO_ID, "null"),
        (STORY | {"deleted": True}, ItemDrop.PARSE_ERROR, "deleted"),
        ({"id": 7, "deleted": True, "type": "story", "time": SECOND}, ItemDrop.PARSE_ERROR, "deleted"),
        (STORY | {"dead": True}, ItemDrop.PARSE_ERROR, "dead"),
        ({"id": 7, "type": "comment", "text": "No.", "parent": 1}, ItemDrop.PARSE_ERROR, "comment"),
        ({"id": 7, "type": "pollopt", "text": "Yes"}, ItemDrop.PARSE_ERROR, "pollopt"),
        (STORY | {"type": "job"}, ItemDrop.PARSE_ERROR, "job"),
        ({"id": 7}, ItemDrop.PARSE_ERROR, "without a type"),
        (STORY | {"id": 8}, ItemDrop.NO_ID, "8"),
        (STORY | {"title": ""}, ItemDrop.PARSE_ERROR, "no title"),
        (STORY | {"time": -5}, None, ""),
        (STORY | {"time": 5}, ItemDrop.BAD_DATE, "1970"),
        (STORY | {"time": SECOND + 10**7}, ItemDrop.FUTURE_DATE, "2027"),
        ([1], ItemDrop.PARSE_ERROR, "no object"),
    ],
)
def test_every_id_is_a_document_or_a_drop_that_says_why(
    value: object, reason: ItemDrop | None, seen: str
) -> None:
    (one,) = item(value).items
    assert (one.drop, one.document is None) == (reason, reason is not None)
    assert seen in one.seen


def test_what_is_no_answer_of_the_interface_is_refused() -> None:
    with pytest.raises(Exception, match="mark-up instead of JSON"):
        item(b"<html>busy</html>")


def test_the_first_visit_reads_all_new_stories_newest_first() -> None:
    done = visit(HACKER_NEWS_FIREBASE, READING, serving([30, 28, 21, 28]))
    assert done.ids == ["hn:30", "hn:28", "hn:21"]
    assert done.state == {"last": "30"}
    assert done.asks[0].url == "https://hacker-news.firebaseio.com/v0/newstories.json"


def test_a_later_visit_asks_for_what_came_since_and_again_for_scores_where_it_is_set_so() -> None:
    later = replace(READING, state={"last": "28"})
    assert visit(HACKER_NEWS_FIREBASE, later, serving([30, 28, 21])).ids == ["hn:30"]
    again = replace(later, settings={"again": "5"})
    assert visit(HACKER_NEWS_FIREBASE, again, serving([30, 28, 25, 21])).ids == ["hn:30", "hn:28", "hn:25"]
    # Nothing new: the state stays where it is.
    nothing = visit(HACKER_NEWS_FIREBASE, later, serving([28, 21]))
    assert (nothing.ids, nothing.state) == ([], {"last": "28"})


def test_a_gap_before_the_oldest_listed_story_is_walked() -> None:
    long_ago = replace(READING, state={"last": "20"})
    server = serving([30, 25], n22=None, n23={"id": 23, "type": "comment"})
    done = visit(HACKER_NEWS_FIREBASE, long_ago, server)
    assert done.ids == ["hn:30", "hn:25", "hn:24", "hn:21"]
    assert done.drops == [ItemDrop.PARSE_ERROR, ItemDrop.NO_ID]
    assert done.troubles == []


@pytest.mark.parametrize(("walk", "walked", "missing"), [("3", 3, 6), ("0", 0, 9)])
def test_a_gap_that_is_too_wide_to_walk_is_told_and_does_not_grow(
    walk: str, walked: int, missing: int
) -> None:
    long_ago = replace(READING, state={"last": "20"}, settings={"walk": walk})
    done = visit(HACKER_NEWS_FIREBASE, long_ago, serving([30]))
    assert len(done.items) == 1 + walked
    assert done.troubles[0][0] is Trouble.INCOMPLETE
    assert done.troubles[0][1].startswith(f"{missing} ids after 20 are out of reach")
    assert done.state == {"last": "30"}


def test_back_fill_walks_down_from_the_newest_id() -> None:
    down = replace(READING, settings={"list": "maxitem", "walk": "4"})
    first = visit(HACKER_NEWS_FIREBASE, down, serving(100))
    assert first.ids == ["hn:100", "hn:99", "hn:98", "hn:97"]
    then = visit(HACKER_NEWS_FIREBASE, replace(down, state=first.state or {}), serving(103))
    assert then.ids == ["hn:103", "hn:102", "hn:101"]
    late = visit(HACKER_NEWS_FIREBASE, replace(down, state=first.state or {}), serving(110))
    assert (len(late.ids), late.troubles[0][0]) == (4, Trouble.INCOMPLETE)


def test_a_ranked_list_is_asked_for_as_a_whole_because_old_stories_climb() -> None:
    top = replace(READING, settings={"list": "topstories"}, state={"last": "30"})
    assert visit(HACKER_NEWS_FIREBASE, top, serving([12, 30, 7])).ids == ["hn:30", "hn:12", "hn:7"]


@pytest.mark.parametrize("listed", [None, [], {}, ["7"], [7, None], "x", [True], [-3]])
def test_what_is_no_list_of_ids_is_refused(listed: object) -> None:
    ask = HACKER_NEWS_FIREBASE.begin(READING, NOW)[0]
    refusal = refused(HACKER_NEWS_FIREBASE, READING, ask, answered(listed))
    assert refusal.trouble is Trouble.WRONG_CONTENT
