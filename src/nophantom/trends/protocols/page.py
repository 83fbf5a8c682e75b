"""What a page made for people tells of itself: its title, and the day on which it was published. PURE."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson
from lxml import etree

from nophantom.trends.addresses import parse_address
from nophantom.trends.documents import ItemDrop, Kind, folded, short
from nophantom.trends.exchange import Answer, Refusal, Trouble
from nophantom.trends.moments import read_moment
from nophantom.trends.native_things import NativeThing, thing_at
from nophantom.trends.protocols.answers import Dropped, Element, Sent

LARGEST_READ = 4 * 2**20
"""Bytes of a page that are read; what a page tells of itself stands at its beginning."""
_MOST_NODES = 2_000
_CHARSET = re.compile(r"charset=[\"']?([A-Za-z0-9_.:-]{1,40})")
_LOOKS_LIKE_PAGE = re.compile(rb"<(?:!doctype|html|head|body|meta|title|div|p|article)\b", re.IGNORECASE)

# Names that only ever mean the first publication come first.
_DATES = (
    "article:published_time",
    "datepublished",
    "og:article:published_time",
    "citation_publication_date",
    "citation_online_date",
    "dcterms.created",
    "dc.date.issued",
    "dc.date.created",
    "parsely-pub-date",
    "sailthru.date",
    "publish-date",
    "publish_date",
    "publication_date",
    "pubdate",
    "dc.date",
    "dcterms.date",
    "date",
)
_TITLES = ("og:title", "citation_title", "dc.title", "twitter:title")
_AUTHORS = ("author", "citation_author", "parsely-author", "dc.creator")
_ABOUT = ("og:description", "description", "twitter:description")


class PageFacts(NamedTuple):
    """What a page tells of itself; None where it does not.

    Attributes:
        title: of the article, else of the page.
        published: the date of its first publication as it is written there.
        author: who wrote it.
        about: a description.
    """

    title: str | None
    published: str | None
    author: str | None
    about: str | None


def read_page(content: bytes, content_type: str = "") -> PageFacts:
    """What a page tells of itself.

    The date of publication is taken from what is written for machines alone: a day somewhere in the text may be
    anything. Of several `<time>` elements only one inside of the one article counts.

    Args:
        content: the page.
        content_type: as its server gave it, with the encoding where it names one.

    Raises:
        Refusal: it is no page.

    Source:
        Open Graph protocol; schema.org Article; HTML Living Standard, the time element.

    >>> read_page(b'<title>Zorb is out</title><meta property="article:published_time" content="2024-05-06T07:08:09Z">')
    PageFacts(title='Zorb is out', published='2024-05-06T07:08:09Z', author=None, about=None)
    """
    if not _LOOKS_LIKE_PAGE.search(content[:65_536]):
        head = content[:200].decode("utf-8", "replace")
        raise Refusal(Trouble.WRONG_CONTENT, short(f"no page ({len(content):,} bytes): {head}"))
    root = _parsed(content[:LARGEST_READ], content_type)
    metas = _metas(root)
    article = _article(root)
    title = _first(metas, _TITLES) or _word(article, "headline", "name") or _text(root, ".//title")
    return PageFacts(
        title=title or _text(root, ".//h1"),
        published=_published(root, metas, article),
        author=_first(metas, _AUTHORS) or _author(article),
        about=_first(metas, _ABOUT),
    )


def read_page_of(thing: NativeThing, answer: Answer) -> Sent:
    """What the page of a thing tells of it.

    A page that moved is the document of its new address. One that leads to the front page of its site is gone, and
    one that leads to a thing with a name of its own is told by whoever knows that name.

    Raises:
        Dropped: it leads elsewhere.
        Refusal: it is no page.
    """
    address = parse_address(answer.url)
    found = thing_at(address) if address else None
    if address is None or found is None:
        raise Dropped(ItemDrop.UNCONFIRMED_LEAD, short(f"{thing.name}: leads to {answer.url!r}"))
    if found.native_id != thing.native_id:
        asked = parse_address(thing.name)
        if (
            thing.space != "web"
            or found.space != "web"
            or (not address.path.strip("/") and asked and asked.path)
        ):
            raise Dropped(ItemDrop.UNCONFIRMED_LEAD, short(f"{thing.name}: leads to {answer.url}"))
    facts = read_page(answer.content, answer.headers.get("content-type", ""))
    is_named = found.space != "web"
    return Sent(
        native_id=found.native_id,
        title=facts.title or "",
        published=facts.published,
        text=facts.about or "",
        url=answer.url,
        author=facts.author,
        kind=found.kind if is_named else None,
        product=found.native_id if is_named and found.kind is not Kind.POST else found.parent,
    )


def _parsed(content: bytes, content_type: str) -> Element:
    named = _CHARSET.search(content_type)
    try:
        parser = etree.HTMLParser(encoding=named[1] if named else None, no_network=True, remove_comments=True)
    except LookupError:  # an encoding that nobody knows
        parser = etree.HTMLParser(no_network=True, remove_comments=True)
    root = etree.fromstring(content, parser)
    if root is None:
        raise Refusal(Trouble.UNREADABLE, f"an empty page ({len(content):,} bytes)")
    return root


def _metas(root: Element) -> dict[str, str]:
    """What the meta elements say, each name once: the first."""
    found: dict[str, str] = {}
    for meta in root.iter("meta", "time", "span"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or ""
        said = folded(meta.get("content") or (meta.get("datetime") if meta.tag == "time" else "") or "")
        if name and said:
            found.setdefault(name.strip().lower(), said)
    return found


def _first(metas: dict[str, str], names: tuple[str, ...]) -> str | None:
    return next((metas[name] for name in names if name in metas), None)


def _text(root: Element, path: str) -> str | None:
    found = root.find(path)
    return (folded("".join(found.itertext())) or None) if found is not None else None


def _published(root: Element, metas: dict[str, str], article: dict[str, Any]) -> str | None:
    named = [metas.get(name) for name in _DATES]
    told = [*named[:2], _word(article, "datePublished"), *named[2:], _in_article(root)]
    # The first that can be read: a template that was not filled in says nothing.
    return next((text for text in told if text and read_moment(text)), None)


def _in_article(root: Element) -> str | None:
    articles = list(root.iter("article"))
    place = articles[0] if len(articles) == 1 else root
    days = [time.get("datetime", "") for time in place.iter("time")]
    is_one = len(articles) == 1 or len(set(days)) == 1
    return days[0] if days and is_one else None


def _article(root: Element) -> dict[str, Any]:
    """The first article in the linked data of a page; empty where there is none."""
    for script in root.iter("script"):
        if "ld+json" not in (script.get("type") or ""):
            continue
        try:
            told = orjson.loads("".join(script.itertext()))
        except orjson.JSONDecodeError:
            continue
        for node in _nodes(told):
            if "datePublished" in node:
                return node
    return {}


def _nodes(told: object) -> Iterator[dict[str, Any]]:
    waiting = [told]
    for _ in range(_MOST_NODES):
        if not waiting:
            return
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
            waiting.extend(value[name] for name in ("mainEntity", "@graph") if name in value)
        elif isinstance(value, list):
            waiting.extend(reversed(value))


def _word(node: dict[str, Any], *names: str) -> str | None:
    words = (node.get(name) for name in names)
    return next((folded(word) for word in words if isinstance(word, str) and word.strip()), None)


def _author(article: dict[str, Any]) -> str | None:
    author = article.get("author")
    first = author[0] if isinstance(author, list) and author else author
    if isinstance(first, dict):
        return _word(first, "name")
    return folded(first) or None if isinstance(first, str) else None
