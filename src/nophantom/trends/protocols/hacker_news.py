"""Hacker News by its search service (Algolia): stories in slices of time, and whether the service fell behind. PURE.

A query tells 1,000 hits at most, whatever the page, so time is asked for in slices, oldest first, and a slice with
more is halved. Requests of a visit follow one another; all that they have to know of each other is in `Ask.note`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import orjson

from nophantom.trends.documents import Document, ItemDrop, Score, short
from nophantom.trends.exchange import Answer, Ask, Hints, Protocol, Reading, Refusal, Step, Trouble
from nophantom.trends.native_ids import hacker_news_id
from nophantom.trends.protocols.answers import (
    Dropped,
    Sent,
    count_of,
    document,
    fields_of,
    item_of,
    json_bytes,
    json_of,
    moment_of,
    newest_of,
    number_set,
    objects_in,
    word_of,
)
from nophantom.trends.protocols.slicing import Slice, halved, narrowed

ALGOLIA = "https://hn.algolia.com/api/v1"
FIREBASE = "https://hacker-news.firebaseio.com/v0"
MOST_HITS = 1_000
"""That one query tells, over all of its pages."""
FIRST_DAYS = 7
"""Of back-fill at the first visit; the setting `days` overrides it."""
WIDEST = 12 * 3_600
"""Seconds of a slice: with some 1,200 stories a day it is hardly ever halved."""
OVERLAP = 20 * 60
"""Seconds before the newest story that are asked for again: the service may put an older one in later."""
OVERLAPS = {"front_page": 3 * 86_400}
"""A story reaches the front page up to some days after it was posted."""
QUIET = 3_600
"""Seconds without a story after which the service is compared with the newest id of Hacker News."""
MOST_REQUESTS = 1_000
"""In one visit; a longer back-fill goes on with the next one."""
BEHIND = {"story": 500, "front_page": 20_000}
"""Ids given out since the newest hit that cannot all be other things; about one item in ten is a story."""
BEHIND_OTHERWISE = 5_000


@dataclass(frozen=True, slots=True)
class _Walk:
    """Where a visit stands.

    Attributes:
        pending: slices still to be read (seconds), the one that is asked for first.
        page: of it, from 0.
        received: hits of its pages before.
        newest: second of the newest story so far.
        last_id: highest id so far.
        is_whole: no slice told fewer hits than it said it has.
        requests: made so far in this visit.
    """

    pending: tuple[Slice, ...]
    newest: int
    last_id: int
    page: int = 0
    received: int = 0
    is_whole: bool = True
    requests: int = 0

    @classmethod
    def of(cls, note: str) -> _Walk:
        fields = orjson.loads(note)
        fields["pending"] = tuple(Slice(*one) for one in fields["pending"])
        return cls(**fields)

    @property
    def note(self) -> str:
        return orjson.dumps(asdict(self) | {"pending": [list(s) for s in self.pending]}).decode()

    @property
    def state(self) -> Mapping[str, str]:
        return {"since": str(self.newest), "last": str(self.last_id)}


def _begin(reading: Reading, at: datetime) -> tuple[Ask, ...]:
    now = int(at.timestamp()) + 1
    since, last_id = int(reading.state.get("since", 0)), int(reading.state.get("last", 0))
    if since:
        # After a clock that was ahead, `since` may lie in the future: then what is read again costs nothing.
        first = min(since, now) - OVERLAPS.get(_tags(reading), OVERLAP)
    else:
        first = now - number_set(reading, "days", FIRST_DAYS) * 86_400
    return (_search(reading, _Walk((Slice(first, now),), since, last_id)),)


def _tags(reading: Reading) -> str:
    return reading.settings.get("tags", "story")


def _search(reading: Reading, walk: _Walk) -> Ask:
    walk = replace(walk, pending=narrowed(walk.pending, WIDEST), requests=walk.requests + 1)
    first, end = walk.pending[0]
    asked = {
        "tags": _tags(reading),
        "numericFilters": f"created_at_i>={first},created_at_i<{end}",
        "hitsPerPage": MOST_HITS,
        "page": walk.page,
    }
    base = reading.settings.get("base", ALGOLIA).rstrip("/")
    return Ask(f"{base}/search_by_date?{urlencode(asked)}", note=walk.note)


def _read(reading: Reading, ask: Ask, answer: Answer) -> Step:
    walk = _Walk.of(ask.note)
    if not walk.pending:
        return _compare(reading, walk, answer)
    body = json_of(answer)
    hits = objects_in(body, "hits")
    assert isinstance(body, dict)
    items = tuple(
        item_of(n, json_bytes(hit), lambda hit=hit: _of_hit(hit, reading, answer.at))  # type: ignore[misc]
        for n, hit in enumerate(hits, 1)
    )
    walk = replace(
        walk,
        newest=max([walk.newest, *(_second(hit) for hit in hits)]),
        last_id=max([walk.last_id, *(_number(hit) for hit in hits)]),
    )
    following, told = _onward(walk, hits, body)
    asks, state = _after(reading, following, answer.at)
    return Step(
        items,
        asks,
        state,
        Hints(newest=newest_of(items)),
        trouble=Trouble.INCOMPLETE if told else None,
        told=told,
    )


def _onward(walk: _Walk, hits: list[Any], body: Mapping[str, Any]) -> tuple[_Walk, str]:
    """Where the visit stands after an answer, and what is missing in it."""
    here, rest = walk.pending[0], walk.pending[1:]
    total = count_of(body, "nbHits")
    total = len(hits) if total is None else total
    is_unsure = body.get("exhaustiveNbHits") is False and len(hits) >= MOST_HITS
    if total > MOST_HITS or is_unsure:
        if (halves := halved(here)) is not None:
            return replace(walk, pending=halves + rest, page=0, received=0), ""
        # Nothing is smaller than a second, so the next visit could not do better: what it told is all there is.
        return _next(walk), f"{total:,} hits in the one second {here.first}, of which {len(hits):,} are told"
    received = walk.received + len(hits)
    if hits and walk.page + 1 < (count_of(body, "nbPages") or 0):
        return replace(walk, page=walk.page + 1, received=received), ""
    if received < total:
        told = f"{received:,} of {total:,} hits between the seconds {here.first} and {here.end}"
        return replace(_next(walk), is_whole=False), told
    return _next(walk), ""


def _next(walk: _Walk) -> _Walk:
    return replace(walk, pending=walk.pending[1:], page=0, received=0)


def _after(reading: Reading, walk: _Walk, at: datetime) -> tuple[tuple[Ask, ...], Mapping[str, str] | None]:
    """What to ask for next, and what to remember when the visit is over."""
    if walk.pending and walk.requests >= MOST_REQUESTS:
        # The oldest come first, so all before what is still pending is read.
        reached = replace(walk, newest=walk.pending[0].first)
        return (), reached.state if walk.is_whole else None
    if walk.pending:
        return (_search(reading, walk),), None
    if int(at.timestamp()) - walk.newest > QUIET:
        base = reading.settings.get("firebase", FIREBASE).rstrip("/")
        return (Ask(f"{base}/maxitem.json", note=walk.note),), None
    return (), walk.state if walk.is_whole else None


def _compare(reading: Reading, walk: _Walk, answer: Answer) -> Step:
    """Whether Hacker News went on while the search service stood still."""
    newest_id = json_of(answer)
    if isinstance(newest_id, bool) or not isinstance(newest_id, int):
        raise Refusal(Trouble.WRONG_CONTENT, short(f"maxitem is no number: {newest_id!r}"))
    ids = newest_id - walk.last_id
    if ids > BEHIND.get(_tags(reading), BEHIND_OTHERWISE):
        told = f"stalled: {ids:,} ids were given out since the newest hit, {walk.last_id}"
        return Step(trouble=Trouble.INCOMPLETE, told=told)
    return Step(state=walk.state if walk.is_whole else None)


def _second(hit: object) -> int:
    told = moment_of(hit.get("created_at_i")) if isinstance(hit, dict) else None
    return int(told.timestamp()) if told else 0


def _number(hit: object) -> int:
    word = hit.get("objectID") if isinstance(hit, dict) else None
    return int(word) if isinstance(word, str) and word.isascii() and word.isdigit() and len(word) < 16 else 0


def _of_hit(hit: object, reading: Reading, at: datetime) -> tuple[Document, Score | None]:
    fields = fields_of(hit, "a hit")
    return story(
        fields.get("objectID"),
        Sent(
            native_id="",
            title=word_of(fields, "title"),
            published=moment_of(fields.get("created_at_i")) or word_of(fields, "created_at") or None,
            text=word_of(fields, "story_text"),
            url=word_of(fields, "url"),
            author=word_of(fields, "author"),
        ),
        Score(count_of(fields, "points"), count_of(fields, "num_comments")),
        reading,
        at,
    )


def story(
    number: object, sent: Sent, score: Score, reading: Reading, at: datetime
) -> tuple[Document, Score | None]:
    """A story as a document, and what readers made of it; None where nothing is told of that.

    Args:
        number: its id, as a number or a word of digits.
        sent: everything else.
        score: points and comments.
        reading: of the source.
        at: the moment (UTC) of the fetch.

    Raises:
        Dropped: no id or no title.
        BadDate: it cannot have this date.
    """
    is_number = isinstance(number, int | str) and not isinstance(number, bool) and str(number).isdecimal()
    native_id = hacker_news_id(str(number)) if is_number else None
    if native_id is None:
        raise Dropped(ItemDrop.NO_ID, f"id {number!r}: {sent.title}")
    found = document(sent._replace(native_id=native_id), reading, at)
    return found, None if score == Score() else score


HACKER_NEWS_ALGOLIA = Protocol(_begin, _read, gap=0.5, at_once=1, least=900.0)
"""Settings: `tags` (story, show_hn, ask_hn, front_page), `days` of back-fill, `base`, `firebase`.

The service allows 10,000 requests an hour.
"""
