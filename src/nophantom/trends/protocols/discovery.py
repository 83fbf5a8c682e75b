"""The feeds of a page made for people: those that it names, and the places where they usually are. PURE."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from lxml import etree

from nophantom.trends.addresses import canonical_address, parse_address
from nophantom.trends.clean_text import clean_title
from nophantom.trends.protocols.answers import Element
from nophantom.trends.protocols.feed_bytes import decoded
from nophantom.trends.protocols.feed_entries import LONGEST_NAME, absolute

LARGEST_PAGE = 2 * 2**20
"""Characters of a page that are searched; feeds are named in its head."""
MOST_FEEDS = 20

_TYPES = {
    "application/rss+xml": "rss",
    "application/rdf+xml": "rss",
    "application/atom+xml": "atom",
    "application/feed+json": "json",
    "application/json": "json",
    "application/xml": "xml",
    "text/xml": "xml",
}
_PLACES = ("/feed", "/rss", "/atom.xml", "/index.xml", "/feed.xml")
_LOOKS_LIKE = re.compile(
    r"(?:/(?:feed|feeds|rss|atom|rss2|rdf)/?(?:[?#].*)?|[./](?:rss|atom|rdf)|/(?:feed|index|rss|atom)\.(?:xml|json))$",
    re.IGNORECASE,
)


class FoundFeed(NamedTuple):
    """A feed that a page names.

    Attributes:
        address: absolute.
        title: as the page calls it, or empty.
        kind: "rss", "atom", "json", "xml", or "link" where the page only links to what looks like a feed.
    """

    address: str
    title: str
    kind: str


class PageFeeds(NamedTuple):
    """The feeds of a page.

    Attributes:
        named: by the page, the best first.
        guesses: the usual places; each must be tried.
    """

    named: tuple[FoundFeed, ...]
    guesses: tuple[str, ...]


def feeds_of_page(content: bytes, url: str, headers: Mapping[str, str]) -> PageFeeds:
    """The feeds of a page: those of its `link` elements first, then links that look like feeds.

    Feeds of comments come last: nobody who adds a site means them.

    Args:
        content: the page, in HTML.
        url: where it came from.
        headers: of HTTP, names in lower case.

    Source:
        RSS Advisory Board (2006), RSS autodiscovery; WHATWG HTML, link type "alternate".
    """
    root = _root(decoded(content[: 2 * LARGEST_PAGE], headers)[:LARGEST_PAGE])
    found: dict[str, FoundFeed] = {}
    if root is not None:
        base = next((absolute(url, e.get("href")) for e in root.iter("base") if e.get("href")), "") or url
        for feed in (*_named(root, base), *_linked(root, base)):
            place = parse_address(feed.address)
            if place is not None:
                found.setdefault(canonical_address(place), feed)
    ordered = sorted(found.values(), key=lambda feed: "comment" in f"{feed.address} {feed.title}".lower())
    return PageFeeds(tuple(ordered[:MOST_FEEDS]), _guesses(url))


def _root(text: str) -> Element | None:
    parser = etree.HTMLParser(recover=True, no_network=True, encoding="utf-8", huge_tree=False)
    try:
        return etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _named(root: Element, base: str) -> Iterator[FoundFeed]:
    for element in root.iter("link"):
        kind = _TYPES.get((element.get("type") or "").partition(";")[0].strip().lower())
        rels = (element.get("rel") or "").lower().split()
        address = absolute(base, element.get("href") or "")
        if "feed" in rels:
            kind = kind or "xml"
        elif "alternate" not in rels or "stylesheet" in rels:
            continue
        if kind and address and not _is_no_feed(address, kind):
            yield FoundFeed(address, clean_title(element.get("title") or "", LONGEST_NAME), kind)


def _is_no_feed(address: str, kind: str) -> bool:
    """Descriptions of a page by JSON or XML (oEmbed, the API of a blog) go by the same types as feeds do."""
    return kind in {"json", "xml"} and any(
        word in address.lower() for word in ("/wp-json/", "oembed", "opensearch")
    )


def _linked(root: Element, base: str) -> Iterator[FoundFeed]:
    for element in root.iter("a"):
        address = absolute(base, element.get("href") or "")
        if address and _LOOKS_LIKE.search(address):
            yield FoundFeed(address, clean_title("".join(element.itertext()), LONGEST_NAME), "link")


def _guesses(url: str) -> tuple[str, ...]:
    beside = absolute(url, ".").rstrip("/")
    root = absolute(url, "/").rstrip("/")
    places = [f"{where}{place}" for where in dict.fromkeys((beside, root)) if where for place in _PLACES]
    return tuple(places)
