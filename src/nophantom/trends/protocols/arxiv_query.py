"""arXiv by its query interface (Atom): papers of a query by the day of their first version. PURE.

One query tells 30,000 papers at most, so time is asked for in slices; one answer at most 2,000. Errors come as a feed
with one entry, and an empty page may come where papers should be; neither is ever read as a paper or as no papers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import urlencode

import orjson

from nophantom.trends.documents import Document, Item, short
from nophantom.trends.exchange import Answer, Ask, Hints, Protocol, Reading, Refusal, Step, Trouble
from nophantom.trends.protocols.answers import (
    Element,
    item_of,
    newest_of,
    number_set,
    text_of,
    xml_bytes,
    xml_of,
)
from nophantom.trends.protocols.arxiv import GAP, LARGEST, Paper, paper_document, setting_of
from nophantom.trends.protocols.slicing import Slice, halved

QUERY = "https://export.arxiv.org/api/query"
MOST_PER_ANSWER = 2_000
MOST_PER_QUERY = 30_000
PER_ANSWER = 1_000
"""Asked for at once; the setting `per_answer` overrides it."""
FIRST_DAYS = 7
"""Of back-fill at the first visit; the setting `days` overrides it."""
DAY = 24 * 60
OVERLAP = 7 * DAY
"""Minutes before the newest paper that are asked for again: a paper is announced days after it was submitted."""
MOST_REQUESTS = 500
"""In one visit; 25 minutes at three seconds each."""


@dataclass(frozen=True, slots=True)
class _Walk:
    """Where a visit stands: slices (minutes) still to be read, and the first paper that the next answer should hold."""

    pending: tuple[Slice, ...]
    newest: int
    start: int = 0
    requests: int = 1

    @classmethod
    def of(cls, note: str) -> _Walk:
        pending, *rest = orjson.loads(note)
        return cls(tuple(Slice(*one) for one in pending), *rest)

    @property
    def note(self) -> str:
        return orjson.dumps(
            [[list(s) for s in self.pending], self.newest, self.start, self.requests]
        ).decode()


def _begin(reading: Reading, at: datetime) -> tuple[Ask, ...]:
    now = int(at.timestamp()) // 60 + 1
    since = int(reading.state.get("since", 0))
    days = number_set(reading, "days", FIRST_DAYS)
    first = min(since, now) - OVERLAP if since else now - days * DAY
    return (_ask(reading, _Walk((Slice(first, now),), since)),)


def _ask(reading: Reading, walk: _Walk) -> Ask:
    first, end = walk.pending[0]
    query = setting_of(reading, "query", "cat:cs.LG")
    asked = {
        # Both ends belong to a range, hence the minute before the end.
        "search_query": f"({query}) AND submittedDate:[{_written(first)} TO {_written(end - 1)}]",
        "start": walk.start,
        "max_results": min(MOST_PER_ANSWER, number_set(reading, "per_answer", PER_ANSWER)),
        "sortBy": "submittedDate",
        "sortOrder": "ascending",
    }
    return Ask(f"{reading.settings.get('base', QUERY)}?{urlencode(asked)}", note=walk.note)


def _written(minute: int) -> str:
    return datetime.fromtimestamp(minute * 60, UTC).strftime("%Y%m%d%H%M")


def _read(reading: Reading, ask: Ask, answer: Answer) -> Step:
    root = xml_of(answer, "feed")
    entries = root.findall("{*}entry")
    _refuse_error(entries, answer)
    walk = _Walk.of(ask.note)
    total = text_of(root, "{*}totalResults").strip()
    if not total.isdecimal():
        raise Refusal(Trouble.WRONG_CONTENT, short(f"a feed of arXiv without totalResults: {total!r}"))
    if not entries and walk.start < int(total):
        told = f"an empty page after {walk.start:,} of {int(total):,} papers"
        raise Refusal(Trouble.INCOMPLETE, told, again=True)
    items = tuple(
        item_of(n, xml_bytes(one), lambda one=one: (_of_entry(one, reading, answer.at), None))  # type: ignore[misc]
        for n, one in enumerate(entries, 1)
    )
    walk, told = _onward(walk, items, int(total))
    state: Mapping[str, str] | None = None if walk.pending else {"since": str(walk.newest)}
    asks = (_ask(reading, walk),) if walk.pending else ()
    if walk.requests > MOST_REQUESTS and walk.pending:
        asks, told = (), f"more than {MOST_REQUESTS} requests in one visit: narrow the query or `days`"
    trouble = Trouble.INCOMPLETE if told else None
    return Step(items, asks, state, Hints(newest=newest_of(items)), trouble=trouble, told=told)


def _refuse_error(entries: list[Element], answer: Answer) -> None:
    for entry in entries:
        if "/api/errors" in text_of(entry, "{*}id"):
            said = text_of(entry, "{*}summary") or text_of(entry, "{*}title")
            raise Refusal(Trouble.NOT_FOUND, short(f"arXiv refused the query ({answer.status}): {said}"))
    if answer.status >= 400:
        raise Refusal(Trouble.NOT_FOUND, f"arXiv refused the query ({answer.status})")


def _onward(walk: _Walk, items: tuple[Item, ...], total: int) -> tuple[_Walk, str]:
    """Where the visit stands after an answer, and what is missing in it."""
    here, rest = walk.pending[0], walk.pending[1:]
    moments = [i.document.published_at for i in items if i.document and i.document.published_at]
    newest = max([walk.newest, *(int(m.timestamp()) // 60 for m in moments)])
    walk = replace(walk, newest=newest, requests=walk.requests + 1)
    told = ""
    if total > MOST_PER_QUERY:
        if (halves := halved(here)) is not None:
            return replace(walk, pending=halves + rest, start=0), ""
        told = f"{total:,} papers in one minute, {_written(here.first)}, of which {MOST_PER_QUERY:,} are told"
    start = walk.start + len(items)  # what a page left out is the beginning of the next one
    if start < min(total, MOST_PER_QUERY):
        return replace(walk, start=start), told
    return replace(walk, pending=rest, start=0), told


def _of_entry(entry: Element, reading: Reading, at: datetime) -> Document:
    primary = entry.find("{*}primary_category")
    paper = Paper(
        word=text_of(entry, "{*}id").strip().rpartition("/abs/")[2],
        title=text_of(entry, "{*}title"),
        abstract=text_of(entry, "{*}summary"),
        first_author=text_of(entry, "{*}author/{*}name"),
        published=text_of(entry, "{*}published"),
        category="" if primary is None else str(primary.get("term", "")),
    )
    return paper_document(paper, reading, at)


ARXIV_QUERY = Protocol(
    _begin, _read, sees=frozenset({400}), gap=GAP, at_once=1, least=24 * 3_600.0, largest=LARGEST
)
"""Settings: `query` (as in "cat:cs.LG"), `days` of back-fill, `per_answer`, `base`. Answers change once a day."""
