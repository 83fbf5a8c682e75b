"""What stood in a feed, whichever its dialect, and the items that it becomes: documents, or drops. PURE."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any, NamedTuple
from urllib.parse import urljoin

from nophantom.trends.addresses import Address, canonical_address, parse_address
from nophantom.trends.clean_text import clean, clean_title, shortened
from nophantom.trends.documents import Document, Item, ItemDrop, Kind, short, storable
from nophantom.trends.exchange import Hints, Reading
from nophantom.trends.languages import language_of_script, language_of_tag
from nophantom.trends.moments import BadDate, Dated, dated
from nophantom.trends.native_ids import thing_behind, web_id
from nophantom.trends.protocols.answers import LONGEST_TEXT, LONGEST_TITLE, Dropped

LONGEST_MADE_TITLE = 120
"""Characters of a title that is the beginning of a text."""
LONGEST_NAME = 200
"""Characters of an author."""
LONGEST_ADDRESS = 2_000
"""Characters; what is longer is data, not an address."""

_WEB = ("http://", "https://")
_TOLD_LEAST = 40
"""Characters of a title from which the language can be told; shorter ones are left to the script."""
_READ_MOST = 300
_SURE = 0.8
_LANGUAGES = ("en", "de", "fr", "es", "pt", "it", "nl", "pl", "sv", "tr", "ru", "zh", "ja", "ko")
_ENGLISH = frozenset(
    (
        "the",
        "of",
        "to",
        "with",
        "for",
        "is",
        "are",
        "your",
        "how",
        "what",
        "why",
        "by",
        "from",
        "we",
        "that",
        "and",
    )
)
"""Two of these, and nothing but ASCII: the classifier need not be asked."""
_BREAK = re.compile(r"[\t\r\n]+")
_MAILBOX = re.compile(r"\S+@\S+\s*\((?P<name>[^()]+)\)")


_NO_HINTS = Hints()
Identifier = Any
"""The classifier of py3langid, which has no types of its own."""


class Entry(NamedTuple):
    """One item or entry of a feed, as it was sent.

    Attributes:
        key: its guid or id; empty where it has none.
        link: absolute address of its page, or empty.
        title: may be HTML; `text` likewise.
        text: its content, or else its description.
        author: who wrote it, or empty.
        dates: those of publication first, then those of change, as they were sent.
        language: tag, where the entry itself has one.
        target: absolute address of what it points to, where that is not its own page.
        fault: why it cannot be read; empty where it can.
    """

    key: str
    link: str
    title: str
    text: str = ""
    author: str = ""
    dates: tuple[str, ...] = ()
    language: str = ""
    target: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Channel:
    """What stood in a feed.

    Attributes:
        entries: every item or entry element of it, in order.
        hints: what it says of itself.
        next_page: absolute address of its next page or archive (RFC 5005, JSON Feed), or empty.
        needs_key: whether an entry without an id is none (JSON Feed), whatever else it has.
        read_by: which parser read it: "fast", "tolerant" or "json".
    """

    entries: tuple[Entry, ...]
    hints: Hints = _NO_HINTS
    next_page: str = ""
    needs_key: bool = False
    read_by: str = "fast"


def items_of(channel: Channel, reading: Reading, at: datetime) -> tuple[Item, ...]:
    """The items of a feed, one for each of its entries.

    An entry is known by the address of its page. Where it has none, where that is the page of the whole feed, or
    where entries that say they are different share one, it is known by the address of the feed and its own id.
    """
    places = [parse_address(e.link) if e.link else None for e in channel.entries]
    pages = [web_id(place) if place else "" for place in places]
    shared = _shared(channel.entries, pages)
    home = parse_address(channel.hints.homepage) if channel.hints.homepage else None
    if home is not None:
        shared.add(web_id(home))
    items = []
    for n, (entry, place, page) in enumerate(zip(channel.entries, places, pages, strict=True), start=1):
        raw = "\x1f".join([*entry[:5], *entry.dates]).encode("utf-8", "surrogatepass")
        digest = sha256(raw).digest()[:16]
        try:
            native_id = _native_id(entry, page, page in shared, channel, reading)
            found = _document(entry, native_id, place, channel, reading, at)
        except (Dropped, BadDate) as dropped:
            told = short(_told(entry, dropped.seen))
            items.append(Item(n, digest, None, dropped.reason, told, due=dropped.due))
        else:
            items.append(Item(n, digest, found))
    return tuple(items)


def absolute(base: str, link: str) -> str:
    """The absolute address of a link; empty where it leads nowhere in the web.

    >>> absolute("https://a.org/feed/", "../b"), absolute("https://a.org/", "mailto:x@a.org")
    ('https://a.org/b', '')
    """
    link = _BREAK.sub("", link.strip()).replace(" ", "%20")  # as browsers do
    if not link or len(link) > LONGEST_ADDRESS:
        return ""
    if not link.startswith(_WEB):
        try:
            link = urljoin(base, link)
        except ValueError:  # brackets that are no address
            return ""
    return link if link[:8].lower().startswith(_WEB) else ""


def _told(entry: Entry, seen: str) -> str:
    # The address first: who asks why something is not in asks by that.
    name = entry.link or entry.title or entry.key
    return f"{seen}: {name}" if name else seen


def _shared(entries: Sequence[Entry], pages: Sequence[str]) -> set[str]:
    """Pages that entries with different ids have in common."""
    names: dict[str, str] = {}
    found = set()
    for entry, page in zip(entries, pages, strict=True):
        if page and names.setdefault(page, name := _own_name(entry)) != name:
            found.add(page)
    return found


def _own_name(entry: Entry) -> str:
    """What tells an entry from others of its feed: its id, or else its title and date."""
    return entry.key or f"{entry.title}\n{entry.dates[0] if entry.dates else ''}"


def _native_id(entry: Entry, page: str, is_shared: bool, channel: Channel, reading: Reading) -> str:
    if entry.fault:
        raise Dropped(ItemDrop.PARSE_ERROR, entry.fault)
    if channel.needs_key and not entry.key:
        raise Dropped(ItemDrop.NO_ID, "an item without the id that a JSON Feed must give")
    if page and not (is_shared and (entry.key or entry.title)):
        return page
    if not page and not entry.key and not (entry.title and entry.dates):
        raise Dropped(ItemDrop.NO_ID, "no id, no link, and no title with a date")
    feed = parse_address(reading.address)
    source = reading.name or (canonical_address(feed) if feed else reading.address)
    name = f"{source} {_own_name(entry)}"
    return f"web:{sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _document(
    entry: Entry, native_id: str, place: Address | None, channel: Channel, reading: Reading, at: datetime
) -> Document:
    text = clean(entry.text, LONGEST_TEXT) if entry.text else ""
    title = clean_title(entry.title, LONGEST_TITLE) if entry.title else ""
    title = title or shortened(text, LONGEST_MADE_TITLE)
    if not title:
        raise Dropped(ItemDrop.PARSE_ERROR, "neither title nor text")
    when = _dated(entry.dates, reading, at)
    url = storable(entry.target or entry.link)
    target = parse_address(entry.target) if entry.target else place
    kind, product = thing_behind(target) if target else (None, None)
    address = target or parse_address(reading.address)
    return Document(
        native_id=native_id,
        family=reading.family,
        kind=kind or (Kind.NEWS if reading.settings.get("kind") == Kind.NEWS else Kind.POST),
        title=title,
        text=text,
        url=url,
        author=_author(entry.author),
        site=address.host if address else None,
        published_on=when.published_on,
        first_seen=when.first_seen,
        language=_language(entry, channel, reading, title, text),
        collections=(reading.collection,),
        list_name=reading.settings.get("list", ""),
        product=product,
        published_at=when.published_at,
        certainty=when.certainty,
    )


def _dated(dates: Sequence[str], reading: Reading, at: datetime) -> Dated:
    """The days by the first date that can be read; a feed that gives a good and a bad one gave a good one."""
    if len(dates) < 2:
        return dated(dates[0] if dates else None, reading, at)
    for date in dates:
        try:
            return dated(date, reading, at)
        except BadDate:
            continue
    return dated(dates[0], reading, at)


def _author(sent: str) -> str | None:
    found = _MAILBOX.fullmatch(sent.strip())
    return clean_title(found["name"] if found else sent, LONGEST_NAME) or None if sent else None


def _language(entry: Entry, channel: Channel, reading: Reading, title: str, text: str) -> str:
    """By the entry's own tag, that of the feed, what is known of the source, or the script and words of the title."""
    told = (entry.language and language_of_tag(entry.language)) or channel.hints.language or reading.language
    if told:
        return told
    script = language_of_script(title)
    words = f"{title} {text[:_READ_MOST]}"[:_READ_MOST]
    if (
        script != "en"
        or len(words) < _TOLD_LEAST
        or (words.isascii() and len(_ENGLISH.intersection(words.lower().split())) > 1)
    ):
        return script
    language, sure = _identifier().classify(words)
    return str(language) if sure >= _SURE else script


@cache
def _identifier() -> Identifier:
    # It reads its model from a file of 1 MB: only a feed that does not tell its language waits for that.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(_LANGUAGES)
    return identifier
