"""Leads become documents only here: when the source behind a hit told id, title and date itself. PURE.

A search says that something may be there. Its date is that of the last change, or of another time zone; its title is
cut; its address is one of many. Nothing of a hit goes into a document.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from nophantom.trends.addresses import parse_address
from nophantom.trends.documents import Certainty, Document, Item, ItemDrop, Score, short
from nophantom.trends.exchange import Answer, Ask, Reading, Refusal
from nophantom.trends.moments import BadDate, Dated, dated
from nophantom.trends.native_things import NativeThing, thing_at
from nophantom.trends.protocols.answers import Dropped, document
from nophantom.trends.protocols.native_sources import native_source
from nophantom.trends.protocols.searxng import Hit

COLLECTION = "leads"
"""What a search found is evidence and never counted: it has a collection of its own."""
_GONE = frozenset({404, 410, 451})


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The source behind a hit told of it.

    Attributes:
        document: as the source tells it; under another native id than the one that was asked for, where the source
            itself knows the thing by a new name.
        score: what its readers made of it so far; None where the source does not tell.
    """

    document: Document
    score: Score | None = None


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """A hit that is no document.

    Attributes:
        told: why; one short line.
        is_final: whether the source said so; else it could not answer now, and may be asked again.
        instead: what its address leads to; whoever knows that by name may be asked.
    """

    told: str
    is_final: bool = True
    instead: NativeThing | None = None


def ask_confirmation(
    thing: NativeThing,
    *,
    secrets: Mapping[str, str] | None = None,
    origins: Mapping[str, str] | None = None,
) -> Ask:
    """What to ask the source behind a hit.

    Args:
        thing: what the hit leads to.
        secrets: tokens by name ("github").
        origins: by host what is asked in its place, as in {"api.github.com": "http://127.0.0.1:8090"}.

    >>> from nophantom.trends.addresses import parse_address
    >>> ask_confirmation(thing_at(parse_address("https://news.ycombinator.com/item?id=7"))).url
    'https://hacker-news.firebaseio.com/v0/item/7.json'
    """
    ask = native_source(thing).ask(thing, _reading(thing, secrets))
    for host, origin in (origins or {}).items():
        if ask.url.startswith(f"https://{host}/"):
            return ask._replace(url=origin.rstrip("/") + ask.url.removeprefix(f"https://{host}"))
    return ask


def confirm(thing: NativeThing, answer: Answer) -> Confirmed | Unconfirmed:
    """What the source behind a hit says of it.

    Args:
        thing: what was asked for.
        answer: to `ask_confirmation`, of any status.
    """
    if answer.status in _GONE:
        return Unconfirmed(
            short(f"{thing.native_id}: its source says that it is not there ({answer.status})")
        )
    if answer.status >= 400:
        return Unconfirmed(short(f"{thing.native_id}: its source answers {answer.status}"), is_final=False)
    if (instead := _behind(thing, answer)) is not None:
        return Unconfirmed(short(f"{thing.name} leads to {instead.native_id}"), instead=instead)
    reading = _reading(thing, None)
    try:
        told = native_source(thing).read(thing, answer)
        sent = told.sent
        when = _when(sent.published, reading, answer.at)
        made = document(sent, reading, answer.at, when)
    except Refusal as refused:
        return Unconfirmed(short(f"{thing.native_id}: {refused.told}"), is_final=False)
    except (Dropped, BadDate) as dropped:
        return Unconfirmed(short(dropped.seen))
    return Confirmed(replace(made, author=made.author or None), told.score)


def item_of_lead(
    outcome: Confirmed | Unconfirmed, hit: Hit, query: str, *, position: int | None = None
) -> Item:
    """A hit as an item: the document that was confirmed, or a drop that says who found it, for which query and where.

    >>> from nophantom.trends.addresses import parse_address
    >>> page = thing_at(parse_address("https://a.org/b"))
    >>> hit = Hit("https://a.org/b", "Zorb", "", ("github",), 3, None, "default.html", page)
    >>> item_of_lead(Unconfirmed("no date"), hit, "zorb").seen
    "rank 3 of github for 'zorb': https://a.org/b: no date"
    """
    raw = sha256(f"{query}\n{hit.rank}\n{hit.url}".encode("utf-8", "surrogatepass")).digest()[:16]
    place = hit.rank if position is None else position
    if isinstance(outcome, Confirmed):
        return Item(place, raw, outcome.document, score=outcome.score)
    # The reason first where not both have room: an address can be looked up.
    found = f"rank {hit.rank} of {', '.join(hit.engines)} for {query[:40]!r}"
    seen = short(f"{found}: {hit.url}: {outcome.told}")
    if seen.endswith(" ..."):
        seen = short(f"{found}: {outcome.told}")
    return Item(place, raw, None, ItemDrop.UNCONFIRMED_LEAD, seen)


def _reading(thing: NativeThing, secrets: Mapping[str, str] | None) -> Reading:
    return Reading(thing.name, thing.family, COLLECTION, secrets=secrets or {})


def _behind(thing: NativeThing, answer: Answer) -> NativeThing | None:
    """The thing with a name of its own that the address of a page led to."""
    address = parse_address(answer.url) if thing.space == "web" else None
    found = thing_at(address) if address else None
    return found if found is not None and found.space != "web" else None


def _when(published: str | datetime | None, reading: Reading, at: datetime) -> Dated:
    """The days of a document that was found by a search.

    Raises:
        BadDate: the source tells none, or none that can be.
    """
    when = dated(published, reading, at)
    if when.certainty is Certainty.SEEN:
        raise BadDate(ItemDrop.BAD_DATE, f"{reading.address}: its source tells no date")
    # It was looked for because of what is known today: a replay of an earlier day must not have seen it.
    return when._replace(first_seen=max(when.published_on, at.date()))
