"""RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0: by a fast parser, and by a tolerant one where that is not enough. PURE.

The fast parser (fastfeedparser) gives the words of each entry, but not its date as it was sent, whether its guid is a
link, or what relative links are relative to; these are read beside it. Where the two see different entries, or the
document is no XML, the tolerant parser (feedparser) reads it, and every element that it passes over is an entry that
could not be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from io import BytesIO
from typing import Any, NamedTuple

import fastfeedparser
import feedparser
from lxml import etree

from nophantom.trends.exchange import Hints
from nophantom.trends.languages import language_of_tag
from nophantom.trends.protocols.answers import Element
from nophantom.trends.protocols.feed_bytes import repaired
from nophantom.trends.protocols.feed_entries import Channel, Entry, absolute

LARGEST_TOLERATED = 2**20
MOST_TOLERATED = 50_000
"""Characters and tags. The tolerant parser is a hundred times slower, so that a damaged feed with more of them is read
as far as it is XML."""

_ENTRIES = frozenset({"item", "entry"})
_ENTRY = re.compile(r"<(?:\w+:)?(?:item|entry)[\s>/]", re.IGNORECASE)
_XML = "{http://www.w3.org/XML/1998/namespace}"
_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_SPACES = (
    "{http://www.w3.org/2005/Atom}",
    "{http://purl.org/atom/ns#}",
    "{http://purl.org/rss/1.0/}",
    "{http://my.netscape.com/rdf/simple/0.9/}",
    "{http://backend.userland.com/rss2}",
)
_SPOKEN = (*_SPACES, "{http://purl.org/dc/", "{http://purl.org/rss/", "{http://backend.userland.com/")
"""Where names mean what they say: the id of a shop's goods is not that of the entry."""
_PUBLISHED = ("pubDate", "published", "issued", "date", "created")
_CHANGED = ("updated", "modified")
_RANKS = {name: rank for rank, name in enumerate((*_PUBLISHED, *_CHANGED))}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MARKS = frozenset({"guid", "id", "link", "title", *_RANKS, *_ENTRIES})
_PAGE_RELS = frozenset({None, "", "alternate", "self", "bookmark", "related", "via"})
_FOLLOWS = ("next", "prev-archive")
_LONGEST_WAIT = 7 * 86_400.0
_WRONG = (
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    IndexError,
    AssertionError,
    LookupError,
    RecursionError,
)
"""What the parsers raise for documents that they did not expect."""


class _Mark(NamedTuple):
    """What the fast parser does not tell of an entry, or tells otherwise.

    Attributes:
        key: guid, id or rdf:about.
        is_link: whether the key may stand for a link.
        has_link: whether there is a link beside it.
        title: where it holds elements (XHTML), else empty.
        dates: as `Entry.dates`.
        base: what relative links are relative to.
        language: tag.
    """

    key: str
    is_link: bool
    has_link: bool
    title: str
    dates: tuple[str, ...]
    base: str
    language: str


def read_xml_feed(text: str, url: str) -> Channel:
    """What stands in a feed in XML, every item or entry element of it.

    Args:
        text: the document, without declaration and document type.
        url: where it came from.
    """
    root = _root(text, recover=False)
    if root is None:
        text = repaired(text)
        root = _root(text, recover=False)
    channel = None if root is None else _read_fast(root, text, url)
    return channel or _read_tolerantly(text, url)


def _root(text: str, *, recover: bool) -> Element | None:
    parser = etree.XMLParser(
        recover=recover,
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _local(element: Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _channel(root: Element) -> Element:
    return next((c for c in root if _local(c) == "channel"), root)


def _elements(root: Element) -> Iterator[Element]:
    """The items and entries, in order: those of the channels, and those beside them (RSS 1.0, Atom)."""
    for child in root:
        name = _local(child)
        if name in _ENTRIES:
            yield child
        elif name == "channel":
            yield from (e for e in child if _local(e) in _ENTRIES)


def _read_fast(root: Element, text: str, url: str) -> Channel | None:
    """The feed by the fast parser; None where it does not see what is there."""
    marked = tuple(_elements(root))
    if not marked:
        return None if _ENTRY.search(text) else Channel((), *_channel_marks(root, _channel(root), url))
    try:
        parsed = fastfeedparser.parse(
            text.encode("utf-8", "replace"), include_tags=False, include_media=False, include_enclosures=False
        )
    except _WRONG:
        return None
    channel = _channel(root)
    hints, next_page = _channel_marks(root, channel, url)
    base = _entry_base(root, channel, hints, url)
    marks = [mark for e in marked if (mark := _mark(e, base))]
    sent = parsed["entries"]
    if not len(sent) == len(marks) == len(marked):
        return None
    if any(m.key and e.get("id", m.key) != m.key for e, m in zip(sent, marks, strict=True)):
        return None
    entries = tuple(_fast_entry(e, m) for e, m in zip(sent, marks, strict=True))
    return Channel(entries, hints, next_page)


def _base(element: Element, outer: str) -> str:
    own = element.get(_XML + "base")
    return (absolute(outer, own) or outer) if own else outer


def _entry_base(root: Element, channel: Element, hints: Hints, url: str) -> str:
    """What links of entries are relative to: xml:base, in RSS the page of the channel, or else the feed itself."""
    if channel is root:
        return _base(root, url)
    base = _base(channel, _base(root, url))
    return hints.homepage if base == url and hints.homepage else base


def _mark(element: Element, outer: str) -> _Mark | None:
    """What stands in an entry; None where another one stands in it (its end is missing), which must not be lost."""
    key, title, is_link, has_link = "", "", True, False
    dates: dict[int, str] = {}
    for child in element:
        name = _known(child.tag)
        if not name:
            continue
        if name in _ENTRIES:
            return None
        if name == "link":
            has_link = has_link or bool(child.get("href") or (child.text or "").strip())
        elif name == "title":
            title = title or ("".join(child.itertext()) if len(child) else "")
        elif not (text := (child.text or "").strip()):
            continue
        elif name in _RANKS:
            dates.setdefault(_RANKS[name], text)
        elif not key:
            key = text
            is_link = name == "id" or child.get("isPermaLink", "true").strip().lower() != "false"
    told = tuple(dates[rank] for rank in sorted(dates))
    key = key or element.get(_ABOUT, "").strip()
    return _Mark(key, is_link, has_link, title, told, _base(element, outer), element.get(_XML + "lang", ""))


@lru_cache(maxsize=1_024)
def _known(tag: object) -> str:
    """The name of an element that tells something of an entry; empty for all others."""
    if not isinstance(tag, str) or (tag[:1] == "{" and not tag.startswith(_SPOKEN)):
        return ""
    name = tag.rpartition("}")[2]
    return name if name in _MARKS else ""


def _fast_entry(sent: Mapping[str, Any], mark: _Mark) -> Entry:
    content = sent.get("content")
    return Entry(
        key=mark.key,
        link=_link(sent, mark),
        title=mark.title or sent.get("title") or "",
        text=(content[0].get("value") if content else "") or sent.get("description") or "",
        author=sent.get("author") or "",
        dates=mark.dates,
        language=mark.language,
    )


def _link(sent: Mapping[str, Any], mark: _Mark) -> str:
    """The page of an entry: its link, or else its id where that may be one; never what is enclosed or licensed."""
    links = sent.get("links") or ()
    if mark.has_link and (link := sent.get("link")):
        rel = next((told.get("rel") for told in links if told.get("href") == link), None)
        if rel in _PAGE_RELS:
            return absolute(mark.base, link)
    return mark.key if mark.is_link and mark.key.startswith(("http://", "https://")) else ""


def _channel_marks(root: Element, channel: Element, url: str) -> tuple[Hints, str]:
    """What a feed says of itself, and where its next page is."""
    base = _base(root, url) if channel is root else _base(channel, _base(root, url))
    texts: dict[str, str] = {}
    links: dict[str, str] = {}
    hours: set[int] = set()
    days: set[int] = set()
    for child in channel:
        name = _local(child)
        if name == "link" and child.get("href"):
            links.setdefault(child.get("rel", "alternate"), absolute(base, child.get("href")))
        elif name == "skipHours":
            hours |= {
                int(t) % 24 for h in child if (t := (h.text or "").strip()).isdecimal() and int(t) <= 24
            }
        elif name == "skipDays":
            days |= {_DAYS.index(t) for d in child if (t := (d.text or "").strip().lower()) in _DAYS}
        elif name in {"title", "link", "language", "ttl"}:
            texts.setdefault(name, "".join(child.itertext()).strip())
    tag = texts.get("language") or channel.get(_XML + "lang") or root.get(_XML + "lang") or ""
    hints = Hints(
        title=texts.get("title") or None,
        homepage=absolute(base, texts.get("link", "")) or links.get("alternate") or None,
        language=language_of_tag(tag.strip()),
        every=_every(texts.get("ttl", "")),
        skip_hours=frozenset(hours),
        skip_days=frozenset(days),
    )
    return hints, next((links[rel] for rel in _FOLLOWS if links.get(rel)), "")


def _every(minutes: str) -> float | None:
    """Seconds from the minutes of a ttl; a week at most."""
    return (
        min(int(minutes) * 60.0, _LONGEST_WAIT)
        if minutes.isdecimal() and len(minutes) < 9 and int(minutes)
        else None
    )


def _read_tolerantly(text: str, url: str) -> Channel:
    root = _root(text, recover=True)
    entries: list[Entry] = []
    there: list[Element] = []
    hints, next_page, base = Hints(), "", url
    if root is not None:
        channel = _channel(root)
        hints, next_page = _channel_marks(root, channel, url)
        base = _entry_base(root, channel, hints, url)
        there = _scattered(root)
    if len(text) <= LARGEST_TOLERATED and text.count("<") <= MOST_TOLERATED:
        entries = _tolerant_entries(text, base)
    if len(entries) < len(there):
        again = _read_gathered(root, there, url)
        if again is not None and len(again.entries) == len(there):
            return Channel(again.entries, hints, next_page, read_by="tolerant")
        fault = "an element that no parser could read"
        entries += [Entry("", "", "", fault=fault) for _ in range(len(there) - len(entries))]
    return Channel(tuple(entries), hints, next_page, read_by="tolerant")


def _scattered(root: Element) -> list[Element]:
    """All items and entries of a damaged feed, in order: where an end is missing, they stand in one another."""
    own = root.tag[: root.tag.find("}") + 1]
    tags = [f"{space}{name}" for name in _ENTRIES for space in {"", own, *_SPACES}]
    return list(root.iter(*tags))


def _read_gathered(root: Element, there: list[Element], url: str) -> Channel | None:
    """The feed by the fast parser, after its entries were put where they belong."""
    home = root if _local(root) in {"feed", "RDF"} else _channel(root)
    for element in there:
        home.append(element)
    text = etree.tostring(root, encoding="unicode")
    gathered = _root(text, recover=False)
    return None if gathered is None else _read_fast(gathered, text, url)


def _tolerant_entries(text: str, base: str) -> list[Entry]:
    try:
        parsed = feedparser.parse(
            BytesIO(text.encode("utf-8", "replace")),  # a stream: bytes would be tried as the name of a file
            response_headers={"content-type": "application/xml; charset=utf-8"},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except _WRONG:
        return []
    return [_tolerant_entry(e, base) for e in parsed["entries"]]


def _tolerant_entry(sent: dict[str, Any], base: str) -> Entry:
    def told(name: str) -> str:
        value = dict.get(sent, name)  # its own `get` gives other fields for missing ones
        return value.strip() if isinstance(value, str) else ""

    content = dict.get(sent, "content")
    text = content[0].get("value") if content else ""
    dates = (told(name) for name in ("published", "created", "updated"))
    return Entry(
        key=told("id"),
        link=absolute(base, told("link")),
        title=told("title"),
        text=text or told("summary"),
        author=told("author"),
        dates=tuple(d for d in dates if d),
        language=told("language"),
    )
