"""Hacker News by its own interface (Firebase): a list of ids, then one item after the other. PURE.

Every id that is asked for is an item of the books. What is no story is dropped by the reason that comes closest:
`no_id` where nothing is behind the id (`null`), `parse_error` where something is that can be no document (deleted,
dead, a comment, an option of a poll, an advertisement for a job).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from nophantom.trends.documents import Document, ItemDrop, Score, short
from nophantom.trends.exchange import Answer, Ask, Hints, Protocol, Reading, Refusal, Step, Trouble
from nophantom.trends.protocols.answers import (
    Dropped,
    Sent,
    count_of,
    fields_of,
    item_of,
    json_of,
    moment_of,
    newest_of,
    number_set,
    word_of,
)
from nophantom.trends.protocols.hacker_news import FIREBASE, story

FARTHEST = 2_000
"""Ids that are walked down from `maxitem`, or across a gap, in one visit; the setting `walk` overrides it."""
STORIES = frozenset({"story", "poll"})
GROWING = frozenset({"newstories", "maxitem"})
"""Lists to which ids are only added, newest first; on all others an old story may appear at any time."""
_LIST = "list"


def _begin(reading: Reading, at: datetime) -> tuple[Ask, ...]:
    return (Ask(f"{_base(reading)}/{_list_name(reading)}.json", note=_LIST),)


def _base(reading: Reading) -> str:
    return reading.settings.get("base", FIREBASE).rstrip("/")


def _list_name(reading: Reading) -> str:
    return reading.settings.get("list", "newstories")


def _read(reading: Reading, ask: Ask, answer: Answer) -> Step:
    if ask.note == _LIST:
        return _read_list(reading, answer)
    raw = answer.content
    items = (item_of(1, raw, lambda: _of_item(int(ask.note), json_of(answer), reading, answer.at)),)
    return Step(items, hints=Hints(newest=newest_of(items)))


def _read_list(reading: Reading, answer: Answer) -> Step:
    """Which ids to ask for: those after the newest of the last visit where a list only grows, else all of them."""
    told = json_of(answer)
    listed = told if isinstance(told, list) else [told]
    if not listed or not all(isinstance(n, int) and not isinstance(n, bool) and n > 0 for n in listed):
        raise Refusal(Trouble.WRONG_CONTENT, short(f"{_list_name(reading)} is no list of ids: {told!r}"))
    ids = sorted(set(listed))
    last = int(reading.state.get("last", 0))
    state = {"last": str(max(last, ids[-1]))}
    if _list_name(reading) not in GROWING:
        return Step(asks=_items(reading, ids), state=state)
    farthest = number_set(reading, "walk", FARTHEST)
    if _list_name(reading) == "maxitem":
        ids = list(range(max(last, ids[-1] - farthest, 0) + 1, ids[-1] + 1))
    missing = range(last + 1, ids[0]) if last and ids else range(0)
    # Scores live on: the newest stories of before are asked for again where the source is set so.
    again = last - number_set(reading, "again", 0)
    walked = missing[max(0, len(missing) - farthest) :] if _list_name(reading) == "newstories" else range(0)
    asks = _items(reading, {*walked, *(n for n in ids if n > again)})
    out_of_reach = len(missing) - len(walked)
    if not out_of_reach:
        return Step(asks=asks, state=state)
    told = f"{out_of_reach:,} ids after {last} are out of reach: raise `walk`, or fill in by search"
    # The state moves on all the same: the gap would only grow. It is told, and another protocol can fill it in.
    return Step(asks=asks, state=state, trouble=Trouble.INCOMPLETE, told=told)


def _items(reading: Reading, ids: Iterable[int]) -> tuple[Ask, ...]:
    return tuple(Ask(f"{_base(reading)}/item/{n}.json", note=str(n)) for n in sorted(set(ids), reverse=True))


def _of_item(number: int, value: object, reading: Reading, at: datetime) -> tuple[Document, Score | None]:
    if value is None:
        raise Dropped(ItemDrop.NO_ID, f"item {number} is null: nothing is behind this id")
    fields = fields_of(value, f"item {number}")
    if fields.get("id") != number:
        raise Dropped(ItemDrop.NO_ID, f"item {number} was asked for, {fields.get('id')!r} came")
    for fate in ("deleted", "dead"):
        if fields.get(fate):
            raise Dropped(ItemDrop.PARSE_ERROR, f"item {number} is {fate}")
    kind = word_of(fields, "type")
    if kind not in STORIES:
        raise Dropped(ItemDrop.PARSE_ERROR, f"item {number} is no story: {kind or 'without a type'}")
    sent = Sent(
        native_id="",
        title=word_of(fields, "title"),
        published=moment_of(fields.get("time")),
        text=word_of(fields, "text"),
        url=word_of(fields, "url"),
        author=word_of(fields, "by"),
    )
    score = Score(count_of(fields, "score"), count_of(fields, "descendants"))
    return story(number, sent, score, reading, at)


HACKER_NEWS_FIREBASE = Protocol(_begin, _read, at_once=4, least=900.0, largest=2 * 2**20)
"""Settings: `list` (newstories, topstories, beststories, askstories, showstories, or maxitem: walks down from the
newest id), `walk`, `again` (so many ids before the newest are asked for once more, for their scores), `base`.
"""
