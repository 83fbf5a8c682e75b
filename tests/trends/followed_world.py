"""A small store of sources whose visits, documents and drops are known beforehand.

Three weeks of `AT`: `alpha` is visited every day and brings a document each time, `beta` met nothing but trouble since
the 10th day, `gamma` was switched off, `delta` was added and never visited; Hacker News sent one story.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from sqlalchemy import Engine

from nophantom.store.engine import writing
from nophantom.trends.addresses import parse_address
from nophantom.trends.archive.source_rows import NewSource
from nophantom.trends.archive.source_tables import FetchOutcome, SourceState
from nophantom.trends.archive.sources import add_sources, change_state
from nophantom.trends.archive.visit_records import AnswerRecord, Health, Visit
from nophantom.trends.archive.visits import record_visits
from nophantom.trends.documents import Document, Family, Item, ItemDrop, Kind
from nophantom.trends.exchange import SourceProtocol, Trouble
from nophantom.trends.native_ids import web_id

AT = datetime(2026, 1, 21, 12, 0, tzinfo=UTC)
BEGAN = AT - timedelta(days=20)
ALPHA, BETA, GAMMA, DELTA, NEWS = 1, 2, 3, 4, 5
"""Numbers of the sources."""
DAYS = 21
BROKEN_FROM = 10
"""The day, from 0, from which on beta answers nothing."""

_TITLES = (
    "Rust compiler 2.0 is faster",
    "Zorb.js and C++ compared",
    "大模型 and what they cost",
    "Café Über alles",
)


def followed_world(engine: Engine, *, at: datetime = AT) -> int:
    """Write the world, its last day being that of `at`.

    Returns:
        What is to be added to the numbers of the sources: 0 in a store that was empty.
    """
    began = at - timedelta(days=DAYS - 1)
    with writing(engine) as session:
        shift = add_sources(session, _sources(), at=began).new[0] - 1
        for n in range(DAYS):
            day = began + timedelta(days=n)
            visits = [_of_alpha(n, day), _of_beta(n, day), *_of_others(n, day)]
            record_visits(session, [replace(visit, source_id=visit.source_id + shift) for visit in visits])
        change_state(session, GAMMA + shift, SourceState.DISABLED, "too much noise", at=at)
    return shift


def _sources() -> list[NewSource]:
    feeds = [
        NewSource(
            f"https://{name}.example/feed",
            f"{name}.example/feed",
            Family.FEED,
            SourceProtocol.FEED,
            title=None if name == "delta" else f"The {name} blog",
            homepage=f"https://www.{name}.example/",
            language="en",
            kind="engineering",
        )
        for name in ("alpha", "beta", "gamma", "delta")
    ]
    news = NewSource("hn:story", "hn:story", Family.HACKER_NEWS, SourceProtocol.HACKER_NEWS_ALGOLIA)
    return [*feeds, news]


def post(
    url: str, title: str, at: datetime, *, native_id: str | None = None, family: Family = Family.FEED
) -> Document:
    """A document at an address."""
    address = parse_address(url)
    assert address is not None
    return Document(
        native_id=native_id or web_id(address),
        family=family,
        kind=Kind.POST,
        title=title,
        text=f"What there is to say of {title}.",
        url=url,
        author="Zoltan Szabo",
        site=address.host,
        published_on=at.date(),
        first_seen=at.date(),
        language="en",
        collections=("feeds/engineering/2026-01",),
        list_name="",
        product=None,
    )


def visited(
    source: int,
    at: datetime,
    things: Sequence[Document | tuple[ItemDrop, str]] = (),
    *,
    trouble: Trouble | None = None,
    told: str | None = None,
    before: int = 0,
) -> Visit:
    """A visit with what it brought; `before` is how many visits in a row failed before it."""
    items = tuple(
        Item(n, sha256(thing.native_id.encode()).digest()[:16], thing)
        if isinstance(thing, Document)
        else Item(n, sha256(repr(thing).encode()).digest()[:16], None, thing[0], thing[1])
        for n, thing in enumerate(things, 1)
    )
    failed = trouble is not None and not items
    came = FetchOutcome.FAILED if failed else FetchOutcome.COMPLETE if items else FetchOutcome.UNCHANGED
    answers = (AnswerRecord("https://a.example/feed", 200, 1_000, "a" * 64),) if items else ()
    health = Health(
        next_at=at + timedelta(days=1),
        last_at=at,
        last_ok_at=at - timedelta(days=before + 1) if trouble else at,
        followed_since=at,
        failures=before + 1 if trouble else 0,
        trouble=trouble,
        told=told,
        etag=None,
        last_modified=None,
        body=None,
        moved_to=None,
        moved_seen=0,
        rhythm=() if failed else (at - timedelta(hours=1), at - timedelta(days=1)),
        remembered={},
    )
    return Visit(
        source,
        f"https://source{source}.example/feed",
        at,
        at + timedelta(seconds=2),
        came,
        items=items,
        answers=answers,
        trouble=trouble,
        told=told,
        health=health,
    )


def _of_alpha(n: int, day: datetime) -> Visit:
    """One new post a day, that of yesterday again; a drop on the first two days, the same one."""
    here = post(f"https://alpha.example/{n}", f"{_TITLES[n % 4]}, part {n}", day)
    before = (
        [post(f"https://alpha.example/{n - 1}", f"{_TITLES[(n - 1) % 4]}, part {n - 1}", day)] if n else []
    )
    bad = [(ItemDrop.BAD_DATE, "'soon': alpha.example/undated")] if n < 2 else []
    return visited(ALPHA, day, [here, *before, *bad])


def _of_beta(n: int, day: datetime) -> Visit:
    if n >= BROKEN_FROM:
        return visited(
            BETA, day, trouble=Trouble.TIMEOUT, told="no answer in 60 seconds", before=n - BROKEN_FROM
        )
    return visited(BETA, day, [(ItemDrop.NO_ID, f"no id, no link: item {n}")])


def _of_others(n: int, day: datetime) -> list[Visit]:
    if n == 0:
        story = post(
            "https://m.alpha.example/0?utm_source=hn",
            "Alpha told",
            day,
            native_id="hn:123",
            family=Family.HACKER_NEWS,
        )
        return [visited(GAMMA, day), visited(NEWS, day, [story])]
    if n == DAYS - 1:
        again = post("https://alpha.example/0", "Rust compiler 2.0 is faster, part 0", day)
        return [visited(NEWS, day, [again, (ItemDrop.FUTURE_DATE, "2031-01-01: a story of tomorrow")])]
    return []
