"""Why is this not in? What became of one address: a document, a drop, or nothing that any source sent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from nophantom.errors import InvalidInput
from nophantom.trends.addresses import Address, canonical_address, parse_address
from nophantom.trends.archive.drops import ItemDropRow, count_item_drops, page_item_drops
from nophantom.trends.archive.search import SHOWN, DocumentRow, document_rows
from nophantom.trends.archive.source_rows import SourceRow
from nophantom.trends.archive.source_tables import Fetch, Source, SourceState
from nophantom.trends.archive.sources import read_source
from nophantom.trends.archive.story_members import StoryOf, story_of, told_reason
from nophantom.trends.archive.tables import Document, Item, ItemOutcome
from nophantom.trends.catalog import normal_address
from nophantom.trends.documents import Family
from nophantom.trends.exchange import SourceProtocol
from nophantom.trends.native_ids import arxiv_id, reddit_id, repository_id, web_id
from nophantom.trends.native_things import thing_at

MOST_TOLD = 20
"""Longest list of an answer."""
DROPS_OF_DAYS = 30
"""Days over which the drops of the sources nearby are counted."""

_NATIVE_ID = re.compile(r"[a-z]{2,12}:(?!//)\S{1,300}")


class Whereabouts(StrEnum):
    """What became of an address."""

    DOCUMENT = "document"
    """It is in, perhaps under another spelling of its address."""
    DROPPED = "dropped"
    """A source sent it, and it was dropped."""
    SOURCE = "source"
    """It is no document: it is where a source is asked."""
    NEVER_SENT = "never_sent"
    """No source sent it, or none said so."""


@dataclass(frozen=True, slots=True)
class SentBy:
    """One item that became a document, or was known as it."""

    source_id: int
    source: str
    source_title: str | None
    fetch_id: int
    position: int
    outcome: ItemOutcome
    at: datetime


@dataclass(frozen=True, slots=True)
class NearbySource:
    """A source that could have sent it.

    Attributes:
        source: as it is.
        drops: items that it sent in the last `DROPS_OF_DAYS` days and that were dropped.
    """

    source: SourceRow
    drops: int


@dataclass(frozen=True, slots=True)
class AddressTrace:
    """What became of an address.

    Attributes:
        asked: as it was given.
        native_id: the name by which it would be known.
        address: its one spelling; None where a native id was asked for.
        found: what became of it, in one word; `told` in a sentence.
        document: what it is known as; None where it is not in.
        appearances: further documents of the same thing, as of a repository on other days; the latest first.
        sent: items that became the document, or were known as it; the earliest first.
        drops: dropped items that tell of it; the latest first.
        nearby: sources that publish on its host, or speak for its family.
        story: that of the document; None where it is not in, or waits for its story.
    """

    asked: str
    native_id: str
    address: str | None
    found: Whereabouts
    told: str
    document: DocumentRow | None
    appearances: tuple[DocumentRow, ...]
    sent: tuple[SentBy, ...]
    drops: tuple[ItemDropRow, ...]
    nearby: tuple[NearbySource, ...]
    story: StoryOf | None = None


@dataclass(frozen=True, slots=True)
class _Sought:
    """What is looked for: the names by which it may be known, and where it would come from."""

    asked: str
    native_ids: tuple[str, ...]
    address: Address | None
    family: Family | None

    @property
    def has_family(self) -> bool:
        """Whether a source with names of its own would send it."""
        return self.family not in {None, Family.WEB, Family.FEED}

    @property
    def canonical(self) -> str | None:
        return canonical_address(self.address) if self.address else None

    @property
    def pieces(self) -> tuple[str, ...]:
        """By which what was seen of a drop tells of it; never a bare host, of which many items tell."""
        page = self.address and (self.address.path.strip("/") or self.address.query)
        place = (self.canonical or "").partition("://")[2] if page else ""
        return tuple(name for name in (*self.native_ids, place) if name and not name.startswith("web:"))


def trace_address(session: Session, asked: str, *, at: datetime) -> AddressTrace:
    """What became of an address, or of what has a native id.

    Args:
        session: read from.
        asked: an address in whatever spelling, or a native id (`hn:123`, `arxiv:2401.00001`, `github:owner/repo`).
        at: the present moment.

    Raises:
        InvalidInput: it is neither.
    """
    sought = _sought(asked.strip())
    documents = _documents(session, sought)
    document = documents[0] if documents else None
    drops = () if document else _drops(session, sought)
    nearby = _nearby(session, sought, at)
    itself = None if document or drops else _source_at(session, sought)
    story = story_of(session, document.id) if document else None
    if document is not None:
        found, sent = Whereabouts.DOCUMENT, _sent(session, document.id)
        told = _told_document(sought, document, sent) + _told_story(story)
    elif drops:
        found, sent, told = Whereabouts.DROPPED, (), _told_drop(drops[0])
    elif itself is not None:
        found, sent, told = Whereabouts.SOURCE, (), _told_source(itself)
    else:
        found, sent, told = Whereabouts.NEVER_SENT, (), _told_nothing(sought, nearby)
    return AddressTrace(
        asked=sought.asked,
        native_id=document.native_id if document else sought.native_ids[0],
        address=sought.canonical,
        found=found,
        told=told,
        document=document,
        appearances=tuple(documents[1:]),
        sent=sent,
        drops=drops,
        nearby=nearby,
        story=story,
    )


def _sought(asked: str) -> _Sought:
    address = parse_address(asked)
    if address is None and "." in asked.partition("/")[0] and not re.search(r"\s|:", asked.partition("/")[0]):
        address = parse_address(f"https://{asked}")  # as people write it
    if address is not None:
        thing = thing_at(address)
        native_ids = tuple(dict.fromkeys((thing.native_id, web_id(address))))
        return _Sought(asked, native_ids, address, thing.family)
    native_id = _normal_id(asked)
    if native_id is None:
        raise InvalidInput(
            f"{asked[:100]!r} is no address and no native id. Give one that begins with https://, or a name such as "
            "hn:123, arxiv:2401.00001, github:owner/repo."
        )
    return _Sought(asked, (native_id,), None, _FAMILIES.get(native_id.partition(":")[0]))


_FAMILIES = {
    "hn": Family.HACKER_NEWS,
    "arxiv": Family.ARXIV,
    "github": Family.GITHUB,
    "reddit": Family.REDDIT,
}


def _normal_id(text: str) -> str | None:
    space, _, name = text.partition(":")
    space = space.lower()
    if space == "arxiv":
        return arxiv_id(name)
    if space == "github" and "@" not in name and "#" not in name:
        return repository_id(name)
    if space == "reddit":
        return reddit_id(name)
    native_id = f"{space}:{name}"
    return native_id if _NATIVE_ID.fullmatch(native_id) else None


def _documents(session: Session, sought: _Sought) -> list[DocumentRow]:
    """What it is known as, then its other appearances."""
    exact = document_rows(
        session.execute(select(*SHOWN).where(Document.native_id.in_(sought.native_ids))).all()
    )
    exact.sort(key=lambda row: sought.native_ids.index(row.native_id))
    exact = exact or _at_address(session, sought)
    thing = sought.native_ids[0]
    # "@" begins the day of an appearance, and "A" is the next character behind it.
    others = select(*SHOWN).where(Document.native_id >= f"{thing}@", Document.native_id < f"{thing}A")
    shown = session.execute(others.order_by(Document.native_id.desc()).limit(MOST_TOLD)).all()
    return exact + document_rows(shown)


def _at_address(session: Session, sought: _Sought) -> list[DocumentRow]:
    """Documents that point there and have another name: of a story, or of an entry without a page of its own."""
    if sought.address is None or sought.canonical is None:
        return []
    place = sought.canonical.partition("://")[2]
    spellings = {sought.asked} | {
        f"{scheme}://{www}{place.removesuffix('/')}{end}"
        for scheme in ("https", "http")
        for www in ("", "www.")
        for end in ("", "/")
    }
    query = select(*SHOWN).where(Document.url.in_(sorted(spellings)))
    return document_rows(session.execute(query.order_by(Document.id).limit(MOST_TOLD)).all())


def _sent(session: Session, document_id: int) -> tuple[SentBy, ...]:
    query = (
        select(
            Source.id,
            Source.address,
            Source.title,
            Item.fetch_id,
            Item.position,
            Item.outcome,
            Fetch.started_at,
        )
        .select_from(Item)
        .join(Fetch, Fetch.id == Item.fetch_id)
        .join(Source, Source.id == Fetch.source_id)
        .where(Item.document_id == document_id)
        .order_by(Item.fetch_id, Item.position)
    )
    return tuple(SentBy(*row) for row in session.execute(query.limit(MOST_TOLD)))


def _drops(session: Session, sought: _Sought) -> tuple[ItemDropRow, ...]:
    found: dict[tuple[int, int], ItemDropRow] = {}
    for piece in sought.pieces:
        for row in page_item_drops(session, seen=piece, limit=MOST_TOLD).items:
            found[row.fetch_id, row.position] = row
    latest = sorted(found.values(), key=lambda row: (row.fetch_id, row.position), reverse=True)
    return tuple(latest[:MOST_TOLD])


def _source_at(session: Session, sought: _Sought) -> SourceRow | None:
    """The source that is asked at this very address."""
    try:
        key = normal_address(sought.asked)
    except InvalidInput:
        return None
    number = session.execute(select(Source.id).where(Source.key == key)).scalar()
    return None if number is None else read_source(session, number)


def _nearby(session: Session, sought: _Sought, at: datetime) -> tuple[NearbySource, ...]:
    """Sources that could send it, the active ones first."""
    first: date = at.astimezone(UTC).date() - timedelta(days=DROPS_OF_DAYS - 1)
    return tuple(
        NearbySource(read_source(session, n), count_item_drops(session, source=n, first=first).total)
        for n in _fitting(session, sought)
    )


def _fitting(session: Session, sought: _Sought) -> list[int]:
    """Numbers of the sources of its family, or on its host."""
    fitting = [Source.family == sought.family] if sought.has_family else []
    host = sought.address.host if sought.address else None
    if host is not None:
        mentions = func.lower(func.coalesce(Source.homepage, "")).contains(host, autoescape=True)
        fitting += [Source.key.startswith(host, autoescape=True), mentions]
    if not fitting:
        return []
    query = select(Source.id, Source.family, Source.key, Source.homepage)
    query = query.where(Source.protocol != SourceProtocol.ARCHIVE, or_(*fitting))
    rows = session.execute(query.order_by(Source.state != SourceState.ACTIVE, Source.id))
    of_family = sought.family if sought.has_family else None
    return [
        row.id
        for row in rows
        if row.family == of_family or (host and host in {_host_of(row.key), _host_of(row.homepage)})
    ][:MOST_TOLD]


def _host_of(place: str | None) -> str | None:
    """The host of a homepage, or of the key of a feed, which has no scheme."""
    if not place:
        return None
    address = parse_address(place) or parse_address(f"https://{place}")
    return address.host if address else None


def _told_document(sought: _Sought, document: DocumentRow, sent: Sequence[SentBy]) -> str:
    senders = {one.source_id for one in sent}
    by = f"{len(senders)} source{'s' * (len(senders) != 1)} sent it" if sent else "no item of it is kept"
    name = "" if document.native_id.startswith("web:") else f" as {document.native_id}"
    spelling = sought.canonical
    other = f" Its one spelling is {spelling}." if spelling and sought.asked != spelling else ""
    return f"It is in{name}: {document.title!r}, known since {document.first_seen}; {by}.{other}"


def _told_story(story: StoryOf | None) -> str:
    """What its story adds; nothing where it tells one alone."""
    if story is None or story.total == 1:
        return ""
    if story.why is None:
        others = f"{story.total - 1} other{'s' * (story.total > 2)}"
        return (
            f" It is counted once for itself and {others} that tell{'s' * (story.total == 2)} the same story."
        )
    return f" It is counted as part of the story of {story.representative} ({told_reason(story.why)}): {story.title!r}."


def _told_drop(drop: ItemDropRow) -> str:
    return (
        f"It was sent and dropped: {drop.source_title or drop.source} sent it on {_moment(drop.at)}, and it was "
        f"dropped as {drop.reason.value} ({drop.seen})."
    )


def _told_source(source: SourceRow) -> str:
    return f"It is no document but the address of source {source.id}, {source.name}: {_state(source)}."


def _told_nothing(sought: _Sought, nearby: Sequence[NearbySource]) -> str:
    places: list[str] = [sought.family] if sought.has_family and sought.family else []
    places += [sought.address.host] if sought.address else []
    here = f" on {' or '.join(places)}" if places else " such names"
    if not nearby:
        return (
            f"No source of yours sent it, and none publishes{here}. `nophantom sources add ADDRESS` follows a feed, "
            "or the page that names one."
        )
    one = len(nearby) == 1
    names = "; ".join(f"{near.source.name}, {_state(near.source)}" for near in nearby[:3])
    more = f"; and {len(nearby) - 3} more" if len(nearby) > 3 else ""
    n = sum(near.drops for near in nearby)
    items = "item was" if n == 1 else "items were"
    dropped = f" Of what came from there, {n:,} {items} dropped in {DROPS_OF_DAYS} days."
    publish = "1 source of yours publishes" if one else f"{len(nearby)} sources of yours publish"
    return f"No source of yours sent it. {publish}{here}: {names}{more}.{dropped if n else ''}"


def _state(source: SourceRow) -> str:
    if source.state is not SourceState.ACTIVE:
        return f"{source.state.value} ({source.state_why})"
    last = f"last visited {_moment(source.last_at)}" if source.last_at else "never visited yet"
    fails = f", failing ({source.trouble.value})" if source.trouble else ""
    return f"{last}{fails}, next {_moment(source.next_at)}" if source.next_at else f"{last}{fails}"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
