"""JSON Feed 1.0 and 1.1. PURE."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import orjson

from nophantom.trends.documents import short
from nophantom.trends.exchange import Hints, Refusal, Trouble
from nophantom.trends.languages import language_of_tag
from nophantom.trends.protocols.answers import word_of
from nophantom.trends.protocols.feed_entries import Channel, Entry, absolute


def read_json_feed(text: str, url: str) -> Channel:
    """What stands in a JSON Feed.

    An item links to its `url`; `external_url` is what it points to (a link blog tells of the pages of others). A
    number as an id is read as text, as the specification asks.

    Args:
        text: the document.
        url: where it came from.

    Raises:
        Refusal: no JSON, or JSON that is no feed.

    Source:
        JSON Feed 1.1 (2020), jsonfeed.org/version/1.1
    """
    feed = _decoded(text)
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(feed, dict) or not isinstance(items, list):
        raise Refusal(Trouble.WRONG_CONTENT, short(f"JSON that is no feed: {text[:100]}"))
    homepage = word_of(feed, "home_page_url")
    hints = Hints(
        title=word_of(feed, "title").strip() or None,
        homepage=absolute(url, homepage) or None,
        language=language_of_tag(word_of(feed, "language")),
    )
    follows = word_of(feed, "next_url")
    return Channel(
        entries=tuple(_entry(item, feed, url) for item in items),
        hints=hints,
        next_page=absolute(url, follows),
        needs_key=True,
        read_by="json",
    )


def _decoded(text: str) -> object:
    try:
        return orjson.loads(text)
    except (orjson.JSONDecodeError, TypeError):
        pass
    try:  # strict JSON has no half characters and no NaN; some feeds do
        return json.loads(text)
    except (ValueError, RecursionError) as wrong:
        raise Refusal(Trouble.UNREADABLE, short(f"no JSON ({str(wrong)[:60]}): {text[:80]}")) from None


def _entry(item: object, feed: Mapping[str, Any], url: str) -> Entry:
    if not isinstance(item, dict):
        return Entry("", "", "", fault=f"an item that is no object: {item!r}"[:100])
    key = item.get("id")
    if isinstance(key, int | float) and not isinstance(key, bool):
        key = str(key)
    link = absolute(url, word_of(item, "url"))
    named = key if isinstance(key, str) else ""
    if not link and named.startswith(("http://", "https://")):
        link = named
    return Entry(
        key=named.strip(),
        link=link,
        title=word_of(item, "title"),
        text=word_of(item, "content_html") or word_of(item, "content_text") or word_of(item, "summary"),
        author=_authors(item) or _authors(feed),
        dates=tuple(d for name in ("date_published", "date_modified") if (d := word_of(item, name).strip())),
        language=word_of(item, "language"),
        target=absolute(url, word_of(item, "external_url")),
    )


def _authors(of: Mapping[str, Any]) -> str:
    found = of.get("authors")
    one = of.get("author")  # version 1.0
    authors = found if isinstance(found, list) else [one] if one else []
    return ", ".join(name for a in authors if isinstance(a, dict) and (name := word_of(a, "name").strip()))
