"""GitHub by its search for repositories: what was created lately, in slices of at most 1,000 results. PURE.

A search tells 1,000 results at most. So the time of creation is cut in slices, and a slice with more is halved: down
to one day, then by stars, then down to one second. Stars grow, so every visit searches all of the last `days` anew.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

from nophantom.errors import InvalidInput
from nophantom.trends.documents import Document, ItemDrop, Kind, Score, folded, short
from nophantom.trends.exchange import Answer, Ask, Hints, Protocol, Reading, Refusal, Step, Trouble
from nophantom.trends.moments import EARLIEST, dated
from nophantom.trends.native_ids import repository_id
from nophantom.trends.protocols.answers import (
    Dropped,
    Sent,
    count_of,
    document,
    fields_of,
    item_of,
    json_bytes,
    json_of,
    newest_of,
    number_set,
    objects_in,
    word_of,
)
from nophantom.trends.protocols.github import (
    MOST_PER_PAGE,
    SEES,
    ask_github,
    has_next,
    refuse_failure,
)
from nophantom.trends.protocols.slicing import Slice, halved

MOST_RESULTS = 1_000
DAYS = 30
"""Of creation that every visit searches; the setting `days` overrides it."""
LEAST_STARS = 100
"""The setting `stars` and a `stars:` in the query override it; with few, a month has more than a visit can read."""
DAY = 86_400
MOST_REQUESTS = 300
"""In one visit; half an hour without a token."""
ENOUGH = 0.98
"""Share of the results it counted that a search must tell: between two pages some change their place."""

_STARS = re.compile(
    r"(?<!\S)stars:(?:(?P<sign>>=|>|<=|<)(?P<bound>\d{1,9})|(?P<low>\d{1,9})(?:\.\.(?P<high>\d{1,9}|\*))?)(?!\S)",
    re.I,
)
_OURS = re.compile(r"(?<!\S)-?(?:created|stars):", re.IGNORECASE)


class Span(NamedTuple):
    """Repositories created in a slice of seconds, with stars from `low` to `high`; None for any number."""

    created: Slice
    low: int
    high: int | None


def spans_of(span: Span) -> tuple[Span, Span] | None:
    """Two spans with the repositories of one; None where nothing is left to halve.

    >>> [s.high for s in spans_of(Span(Slice(0, 60), 10, None))]
    [29, None]
    """
    by_stars = _by_stars(span)
    if span.created.width > DAY or by_stars is None:
        times = halved(span.created)
        return None if times is None else (span._replace(created=times[0]), span._replace(created=times[1]))
    return by_stars


def _by_stars(span: Span) -> tuple[Span, Span] | None:
    if span.high is None:
        # Half of all repositories with many stars have less than double and some; any border will do.
        border = 2 * span.low + 10
    elif span.high > span.low:
        border = (span.low + span.high + 1) // 2
    else:
        return None
    return span._replace(high=border - 1), span._replace(low=border)


@dataclass(frozen=True, slots=True)
class _Walk:
    """Where a visit stands: the spans that are still to be read, and the page of the first of them."""

    pending: tuple[Span, ...]
    until: int
    page: int = 1
    received: int = 0
    is_second_try: bool = False
    is_whole: bool = True
    requests: int = 1

    @classmethod
    def of(cls, note: str) -> _Walk:
        pending, *rest = orjson.loads(note)
        return cls(tuple(Span(Slice(*s[0]), s[1], s[2]) for s in pending), *rest)

    @property
    def note(self) -> str:
        spans = [[list(s.created), s.low, s.high] for s in self.pending]
        rest = [self.until, self.page, self.received, self.is_second_try, self.is_whole, self.requests]
        return orjson.dumps([spans, *rest]).decode()


def _begin(reading: Reading, at: datetime) -> tuple[Ask, ...]:
    now = int(at.timestamp())
    # A repository of a time in which nobody looked is as old by now; it must not fall out of the window.
    last = min(now, int(reading.state.get("until", now)))
    first = last - number_set(reading, "days", DAYS) * DAY
    _, low, high = _asked_of(reading)
    span = Span(Slice(first, now + 1), low, high)
    return (_search(reading, _Walk((span,), now)),)


def _asked_of(reading: Reading) -> tuple[str, int, int | None]:
    """The words of the query, and the stars that it asks for.

    Raises:
        InvalidInput: it has a time of creation, or stars that are no range: both are cut in slices here.
    """
    query = reading.settings.get("q", "").strip()
    low, high = number_set(reading, "stars", LEAST_STARS), None
    if found := _STARS.search(query):
        query = " ".join((query[: found.start()] + query[found.end() :]).split())
        low, high = _range_of(found)
    if _OURS.search(query) or (high is not None and high < low):
        raise InvalidInput(
            f"a search of GitHub is cut by time and stars here; the query of {reading.address!r} has a part that "
            "does not fit. Leave out `created:` (`days` says how far back) and give stars once, as in stars:>=50."
        )
    return query, low, high


def _range_of(found: re.Match[str]) -> tuple[int, int | None]:
    if found["sign"] is None:
        low = int(found["low"])
        return low, None if found["high"] == "*" else int(found["high"] or low)
    bound = int(found["bound"])
    at_least = {">=": bound, ">": bound + 1}.get(found["sign"])
    return (at_least, None) if at_least is not None else (0, bound if found["sign"] == "<=" else bound - 1)


def _search(reading: Reading, walk: _Walk) -> Ask:
    span = walk.pending[0]
    stars = f"stars:>={span.low}" if span.high is None else f"stars:{span.low}..{span.high}"
    created = f"created:{_written(span.created.first)}..{_written(span.created.end - 1)}"
    query = " ".join(filter(None, (_asked_of(reading)[0], stars, created)))
    asked = {"q": query, "sort": "stars", "order": "desc", "per_page": MOST_PER_PAGE, "page": walk.page}
    return ask_github(reading, "search/repositories", asked, note=walk.note)


def _written(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _read(reading: Reading, ask: Ask, answer: Answer) -> Step:
    refuse_failure(reading, answer)
    body = json_of(answer)
    found = objects_in(body, "items")
    if not isinstance(body, dict) or (total := count_of(body, "total_count")) is None:
        raise Refusal(Trouble.WRONG_CONTENT, short(f"a search of GitHub without total_count: {body!r}"))
    items = tuple(
        item_of(n, json_bytes(one), lambda one=one: _of_repository(one, reading, answer.at))  # type: ignore[misc]
        for n, one in enumerate(found, 1)
    )
    walk = _Walk.of(ask.note)
    hints = Hints(newest=newest_of(items))
    if body.get("incomplete_results") is True and not walk.is_second_try:
        # It ran out of time. Once more: by then it often has the answer ready.
        again = replace(walk, is_second_try=True, requests=walk.requests + 1)
        return Step(items, (_search(reading, again),), hints=hints)
    walk, told = _onward(walk, len(found), total, has_next(answer))
    if body.get("incomplete_results") is True:
        told = (
            told or f"GitHub ran out of time twice (incomplete_results): {len(found):,} of {total:,} or more"
        )
        walk = replace(walk, is_whole=False)
    walk = replace(walk, requests=walk.requests + 1)
    if walk.pending and walk.requests > MOST_REQUESTS:
        told = f"more than {MOST_REQUESTS} requests in one visit: raise `stars`, narrow `q` or lower `days`"
        return Step(items, hints=hints, trouble=Trouble.INCOMPLETE, told=told)
    trouble = Trouble.INCOMPLETE if told else None
    if walk.pending:
        return Step(items, (_search(reading, walk),), hints=hints, trouble=trouble, told=told)
    state: Mapping[str, str] | None = {"until": str(walk.until)} if walk.is_whole else None
    return Step(items, state=state, hints=hints, trouble=trouble, told=told)


def _onward(walk: _Walk, n_found: int, total: int, is_more: bool) -> tuple[_Walk, str]:
    """Where the visit stands after an answer, and what is missing in it."""
    here, rest = walk.pending[0], walk.pending[1:]
    halves = spans_of(here) if total > MOST_RESULTS else None
    if halves is not None:
        return replace(walk, pending=halves + rest, page=1, received=0, is_second_try=False), ""
    received = walk.received + n_found
    if is_more and n_found and walk.page * MOST_PER_PAGE < MOST_RESULTS:
        return replace(walk, page=walk.page + 1, received=received, is_second_try=False), ""
    ended = replace(walk, pending=rest, page=1, received=0, is_second_try=False)
    told = f"{received:,} of {total:,} results: {_told_of(here)}"
    if total > MOST_RESULTS:  # nothing is left to halve, so the next visit could not do better
        return ended, told
    if received < total * ENOUGH:
        return replace(ended, is_whole=False), told
    return ended, ""


def _told_of(span: Span) -> str:
    return f"created {_written(span.created.first)} to {_written(span.created.end - 1)}, {span.low} stars and more"


def _of_repository(value: object, reading: Reading, at: datetime) -> tuple[Document, Score | None]:
    fields = fields_of(value, "a repository")
    name = word_of(fields, "full_name")
    native_id = repository_id(name)
    if native_id is None:
        raise Dropped(ItemDrop.NO_ID, f"full_name {fields.get('full_name')!r}")
    created = word_of(fields, "created_at")
    if not created:  # without it, an old repository would look new
        raise Dropped(ItemDrop.BAD_DATE, f"{name}: created_at is missing")
    about = word_of(fields, "description")
    sent = Sent(
        native_id=native_id,
        title=f"{name}: {about}" if folded(about) else name,
        published=created,
        text=", ".join(_topics(fields)),
        url=word_of(fields, "html_url") or f"https://github.com/{name}",
        author=name.partition("/")[0],
        kind=Kind.REPOSITORY,
        product=native_id,
        list_name=word_of(fields, "language").lower(),
        is_plain=True,
    )
    # What a later visit finds had too few stars before, or was not there: nobody could have found it by this search.
    # With `followed_since` before all dates, it is first seen when it was fetched.
    later = reading if reading.followed_since is None else replace(reading, followed_since=EARLIEST)
    found = document(sent, reading, at, dated(created, later, at))
    stars = count_of(fields, "stargazers_count")
    return found, None if stars is None else Score(points=stars)


def _topics(fields: Mapping[str, Any]) -> list[str]:
    topics = fields.get("topics")
    return [t for t in topics if isinstance(t, str)] if isinstance(topics, list) else []


GITHUB_SEARCH = Protocol(_begin, _read, sees=SEES, gap=6.0, at_once=1, least=12 * 3_600.0)
"""Settings: `q` (as in "language:rust topic:database stars:>=50"), `stars`, `days`, `base`.

Without a token GitHub allows 10 searches a minute, hence the gap; with one, 30.
"""
