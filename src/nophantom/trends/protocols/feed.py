"""Feeds: RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, JSON Feed. PURE.

One request for the feed; on the first visit its next pages too, where it names them (RFC 5005, `next_url`), so that
what was published before is known on its own day.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from nophantom.trends.documents import short
from nophantom.trends.exchange import Answer, Ask, Protocol, Reading, Refusal, Step, Trouble
from nophantom.trends.protocols.answers import newest_of
from nophantom.trends.protocols.discovery import feeds_of_page
from nophantom.trends.protocols.feed_bytes import decoded, root_name, without_prologue
from nophantom.trends.protocols.feed_entries import Channel, items_of
from nophantom.trends.protocols.feed_parsers import read_xml_feed
from nophantom.trends.protocols.json_feed import read_json_feed

MOST_PAGES = 20
"""Pages of one feed that are read on the first visit."""
MOST_ENTRIES = 50_000
"""Entries of one answer; no feed has as many, and each costs a thousand bytes of memory."""

_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)
_FEEDS = frozenset({"rss", "rdf", "feed", "channel"})
_FEED = re.compile(r"<(?:\?xml|rss|feed|rdf:RDF)[\s>]", re.IGNORECASE)
_MOST_JUNK = 8_192
_GZIP = b"\x1f\x8b"
_PAGES = frozenset(
    {"html", "head", "body", "title", "meta", "link", "script", "style", "div", "p", "table", "h1", "center"}
)


def begin(reading: Reading, at: datetime) -> tuple[Ask, ...]:
    """The feed itself, unless it is unchanged."""
    del at
    return (Ask(reading.address, {"accept": _ACCEPT}, conditional=True),)


def read(reading: Reading, ask: Ask, answer: Answer) -> Step:
    """The items of a feed, one for each of its entries.

    Raises:
        Refusal: a page or something else that is no feed (`wrong_content`), nothing that can be read
            (`unreadable`), or entries without end (`too_large`). A later page that cannot be
            read is a trouble of its step: the earlier ones hold.
    """
    page = _page(ask)
    try:
        channel = read_feed(answer)
    except Refusal as refusal:
        if page == 1:
            raise
        return Step(trouble=Trouble.INCOMPLETE, told=short(f"page {page}: {refusal.told}"))
    items = items_of(channel, reading, answer.at)
    if page > 1:
        return Step(items, _next_page(channel, reading, ask, answer))
    hints = replace(channel.hints, newest=newest_of(items))
    return Step(items, _next_page(channel, reading, ask, answer), hints=hints)


FEED = Protocol(begin, read)
"""A feed in any of its dialects."""


def read_feed(answer: Answer) -> Channel:
    """What stands in a feed, whatever its dialect and whatever the server calls it.

    Raises:
        Refusal: see `read`.
    """
    if answer.content[:2] == _GZIP:
        raise Refusal(Trouble.UNREADABLE, "gzip that the server does not call so")
    text = without_prologue(decoded(answer.content, answer.headers))
    if text.count("<item") + text.count("<entry") > MOST_ENTRIES or text.count("{") > 20 * MOST_ENTRIES:
        raise Refusal(Trouble.TOO_LARGE, f"more than {MOST_ENTRIES:,} entries in one answer")
    if text[:1] in {"{", "["}:
        return read_json_feed(text, answer.url)
    name = root_name(text)
    if (
        name not in _FEEDS
        and (found := _FEED.search(text, 0, _MOST_JUNK))
        and not _is_page(text[: found.start()])
    ):
        text = without_prologue(text[found.start() :])  # warnings of a program before the feed
        name = root_name(text)
    if name in _FEEDS:
        return read_xml_feed(text, answer.url)
    if not name:
        told = (
            f"{len(answer.content):,} bytes that are no feed: {text[:80]!r}"
            if text.strip()
            else "nothing in it"
        )
        raise Refusal(Trouble.UNREADABLE, short(told))
    if name in _PAGES or _is_page(text[:_MOST_JUNK]):
        raise Refusal(Trouble.WRONG_CONTENT, short(_page_told(answer)))
    what = (
        "a list of feeds (OPML): import it"
        if name == "opml"
        else f"XML that is no feed, with the root <{name}>"
    )
    raise Refusal(Trouble.WRONG_CONTENT, short(what))


def _is_page(text: str) -> bool:
    return "<html" in text.lower()


def _page_told(answer: Answer) -> str:
    found = feeds_of_page(answer.content, answer.url, answer.headers).named
    if not found:
        return "a page instead of a feed; it names no feed"
    return f"a page instead of a feed; it names a feed at {found[0].address}"


def _page(ask: Ask) -> int:
    """Which page this is, from 1; the note holds the two addresses of each page before, as asked and as answered."""
    return len(ask.note.split()) // 2 + 1


def _next_page(channel: Channel, reading: Reading, ask: Ask, answer: Answer) -> tuple[Ask, ...]:
    """The next page on the first visit; none where it was read already, for pages may name each other in a ring."""
    seen = [*ask.note.split(), ask.url, answer.url]
    follows = channel.next_page
    if not follows or reading.followed_since is not None or _page(ask) >= MOST_PAGES or follows in seen:
        return ()
    return (Ask(follows, {"accept": _ACCEPT}, note=" ".join(seen)),)
