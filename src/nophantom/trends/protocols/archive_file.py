"""Archives of documents as JSON Lines: `source, native_id, url, title, text, author, published_at, score, extra`.

Pure: bytes in, items out. Every line that is not blank is an item: a document, or dropped with its reason. `score`
and `comments` were collected later than the documents and are not read: nobody knew them on the day.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

import orjson

from nophantom.trends.addresses import Address, parse_address
from nophantom.trends.documents import (
    WIDEST_SEEN,
    Document,
    Family,
    Item,
    ItemDrop,
    Kind,
    folded,
    short,
    storable,
    unescaped,
)
from nophantom.trends.languages import language_of_script, language_of_tag
from nophantom.trends.native_ids import (
    appearance_id,
    arxiv_id,
    hacker_news_id,
    reddit_id,
    repository_id,
    thing_behind,
    web_id,
)

FAMILIES = {
    "github": Family.GITHUB,
    "hackernews": Family.HACKER_NEWS,
    "arxiv": Family.ARXIV,
    "rss": Family.FEED,
    "reddit_programming": Family.REDDIT,
}
"""The words of the layout for the families of sources."""

LONGEST_LINE = 4 * 1024 * 1024
"""Bytes; a longer line is not kept in memory."""
LONGEST_TITLE = 1_000
LONGEST_TEXT = 10_000
"""Characters; a longer text is cut."""
LONGEST_NAME = 200
"""Characters of a collection or a list."""

_LAYOUT = frozenset({"source", "native_id", "title", "published_at"})
_NEWS = frozenset({"general_noise", "sponsored"})
_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class LongLine:
    """A line that was too long to keep.

    Attributes:
        n_bytes: its length.
        raw_hash: the first 16 bytes of the SHA-256 of all of it.
        head: how it begins.
    """

    n_bytes: int
    raw_hash: bytes
    head: bytes


@dataclass(frozen=True, slots=True)
class Window:
    """Days of publication that are wanted, both ends included; None leaves an end open."""

    first: date | None = None
    last: date | None = None

    def holds(self, day: date) -> bool:
        """Whether the day is wanted."""
        return (self.first is None or day >= self.first) and (self.last is None or day <= self.last)


class _Dropped(Exception):  # noqa: N818 - named by what happened to the item
    """The record does not become a document."""

    def __init__(self, reason: ItemDrop, seen: str) -> None:
        self.reason = reason
        self.seen = seen


def split_lines(chunks: Iterable[bytes], longest: int = LONGEST_LINE) -> Iterator[bytes | LongLine]:
    r"""The lines of a stream, without their ends; at most one line and one chunk are held in memory.

    >>> list(split_lines([b"one\ntw", b"o\n\nthree"]))
    [b'one', b'two', b'', b'three']
    """
    rest: list[bytes] = []
    size = 0
    overlong: Any = None  # the running hash of a line that is no longer kept
    for chunk in chunks:
        first, *others = chunk.split(b"\n")
        rest.append(first)
        size += len(first)
        if overlong is not None:
            overlong.update(first)
            del rest[1:]
        elif size > longest:
            overlong = sha256(joined := b"".join(rest))
            rest = [joined[:WIDEST_SEEN]]
        for piece in others:
            yield _line(rest, size, overlong and overlong.digest())
            rest, size, overlong = [piece], len(piece), None
            if size > longest:
                overlong = sha256(piece)
                rest = [piece[:WIDEST_SEEN]]
    if size:
        yield _line(rest, size, overlong and overlong.digest())


def _line(pieces: list[bytes], size: int, digest: bytes | None) -> bytes | LongLine:
    if digest is not None:
        return LongLine(size, digest[:16], pieces[0])
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def family_of(line: bytes | LongLine) -> Family | None:
    """The family of a record of the layout, or None when the line is no such record."""
    if isinstance(line, LongLine):
        return None
    try:
        record = _decode(line)
    except _Dropped:
        return None
    source = record.get("source")
    return FAMILIES.get(source) if record.keys() >= _LAYOUT and isinstance(source, str) else None


def read_line(line: bytes | LongLine, *, position: int, window: Window, today: date) -> Item | None:
    """The item in a line of an archive.

    Args:
        line: not blank.
        position: its number in the file, from 1.
        window: the days of publication that are wanted.
        today: the day (UTC) on which it is read; what is dated later is dropped.

    Returns:
        A document or a drop; None when the record has a date outside of the window. A line without a readable date
        is an item in every window.
    """
    if isinstance(line, LongLine):
        seen = short(f"{line.n_bytes:,} bytes that begin with {line.head[:60]!r}")
        return Item(position, line.raw_hash, None, ItemDrop.TOO_LARGE, seen)
    try:
        document = _read(line, window, today)
    except _Dropped as dropped:
        raw_hash = sha256(line).digest()[:16]
        return Item(position, raw_hash, None, dropped.reason, short(dropped.seen))
    return None if document is None else Item(position, sha256(line).digest()[:16], document)


def _read(line: bytes, window: Window, today: date) -> Document | None:
    record = _decode(line)
    if not _LAYOUT & record.keys():
        raise _Dropped(ItemDrop.PARSE_ERROR, f"an object without the fields of the layout: {line[:80]!r}")
    published_on = _day(record, "published_at", record.get("published_at"))
    if not window.holds(published_on):
        return None
    if published_on > today:
        raise _Dropped(ItemDrop.FUTURE_DATE, f"published_at {record['published_at']!r} on {today}")
    source = record.get("source")
    family = FAMILIES.get(source) if isinstance(source, str) else None
    if family is None:
        raise _Dropped(ItemDrop.NO_ID, f"source {source!r}: no native id is known for it")
    extra = record.get("extra")
    if extra is not None and not isinstance(extra, dict):
        raise _Dropped(ItemDrop.PARSE_ERROR, f"extra is {_kind_of(extra)}")
    return _document(_Record(family, str(source), record, extra or {}, published_on), today)


def _decode(line: bytes) -> dict[str, Any]:
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError:
        record = _decode_leniently(line)
    if not isinstance(record, dict):
        raise _Dropped(ItemDrop.PARSE_ERROR, f"{_kind_of(record)}, not an object: {line[:80]!r}")
    return record


def _decode_leniently(line: bytes) -> object:
    # Strict JSON has no half characters (lone surrogates) and no byte order mark; archives do.
    try:
        return json.loads(line.removeprefix(_MARK).decode("utf-8"))
    except UnicodeDecodeError as wrong:
        raise _Dropped(ItemDrop.PARSE_ERROR, f"byte {wrong.start + 1} is not UTF-8: {line[:80]!r}") from None
    except (ValueError, RecursionError) as wrong:
        said = wrong.msg if isinstance(wrong, json.JSONDecodeError) else str(wrong)
        raise _Dropped(ItemDrop.PARSE_ERROR, f"no JSON ({said.lower()}): {line[:80]!r}") from None


def _kind_of(value: object) -> str:
    names = {type(None): "null", bool: "a truth value", str: "a text", list: "a list", dict: "an object"}
    return names.get(type(value), "a number")


def _day(record: Mapping[str, Any], field: str, value: object) -> date:
    """The day (UTC) of `YYYY-MM-DD` or of a time with its zone."""
    if isinstance(value, str) and value[4:5] == "-" == value[7:8]:
        try:
            if len(value) == 10:
                return date.fromisoformat(value)
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is not None:
                return moment.date() if moment.tzinfo is UTC else moment.astimezone(UTC).date()
        except (ValueError, OverflowError):
            pass
    missing = field == "published_at" and field not in record
    raise _Dropped(ItemDrop.BAD_DATE, f"{field} is missing" if missing else f"{field} {value!r}")


@dataclass(frozen=True, slots=True)
class _Record:
    """A record of the layout whose family and date are known."""

    family: Family
    source: str
    fields: Mapping[str, Any]
    extra: Mapping[str, Any]
    published_on: date

    def text(self, name: str) -> str:
        """A text field; empty where it is null or missing."""
        value = self.fields.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise _Dropped(ItemDrop.PARSE_ERROR, f"{name} is {_kind_of(value)}")
        return storable(value)

    def names(self, name: str) -> list[str]:
        """The names in a field of `extra`, one or a list of them; sorted, each once."""
        value = self.extra.get(name)
        names = [value] if isinstance(value, str) else [] if value is None else value
        if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
            raise _Dropped(ItemDrop.PARSE_ERROR, f"extra.{name} is {value!r}")
        found = sorted({clean for one in names if (clean := folded(storable(one)))})
        if found and max(map(len, found)) > LONGEST_NAME:
            raise _Dropped(ItemDrop.TOO_LARGE, f"extra.{name} with a name of over {LONGEST_NAME} characters")
        return found


def _document(record: _Record, today: date) -> Document:
    published_on = record.published_on
    first_seen = published_on
    if (seen := record.extra.get("seen")) is not None:
        first_seen = max(published_on, _day(record.extra, "extra.seen", seen))
        if first_seen > today:
            raise _Dropped(ItemDrop.FUTURE_DATE, f"extra.seen {seen!r} on {today}")
    url = unescaped(record.text("url")).strip()
    address = parse_address(url) if url else None
    kind, product = thing_behind(address) if address else (None, None)
    native_id, own = _IDENTITIES[record.family](record, address)
    if own is not None:
        kind, product = own
    lists = record.names(_LISTS[record.family]) if record.family in _LISTS else []
    if kind is None:
        is_news = record.family is Family.FEED and not _NEWS.isdisjoint(lists)
        kind = Kind.NEWS if is_news else Kind.POST
    title = _title(record)
    return Document(
        native_id=native_id,
        family=record.family,
        kind=kind,
        title=title,
        text=record.text("text")[:LONGEST_TEXT],
        url=url,
        author=folded(record.text("author")) or None,
        site=address.host if address else None,
        published_on=published_on,
        first_seen=first_seen,
        language=_language(record, title),
        collections=tuple(record.names("from")) or (record.source,),
        list_name=lists[0] if lists else "",
        product=product,
    )


def _title(record: _Record) -> str:
    title = folded(record.text("title"))
    if record.family is Family.REDDIT:  # its API escapes &, < and >
        title = folded(unescaped(title))
    if not title:
        raise _Dropped(ItemDrop.PARSE_ERROR, "no title")
    if len(title) > LONGEST_TITLE:
        raise _Dropped(ItemDrop.TOO_LARGE, f"a title of {len(title):,} characters: {title[:60]}")
    return title


def _language(record: _Record, title: str) -> str:
    tag = record.extra.get("lang") if record.family is Family.FEED else None
    return (language_of_tag(tag) if isinstance(tag, str) else None) or language_of_script(title)


# What a document is by its family: its native id, and kind and product where its address does not tell them.
_Identity = tuple[str, tuple[Kind, str] | None]


def _word(record: _Record) -> str:
    value = record.fields.get("native_id")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise _Dropped(ItemDrop.NO_ID, f"native_id {value!r}")
    return value.strip()


def _known(native_id: str | None, word: str) -> str:
    if native_id is None:
        raise _Dropped(ItemDrop.NO_ID, f"native_id {word!r}")
    return native_id


def _of_github(record: _Record, _address: Address | None) -> _Identity:
    word = _word(record)
    name, _, day = word.partition("#")
    repository = _known(repository_id(name), word)
    appeared = _day(record.fields, "the day of native_id", day) if day else record.published_on
    return appearance_id(repository, appeared), (Kind.REPOSITORY, repository)


def _of_hacker_news(record: _Record, _address: Address | None) -> _Identity:
    return _known(hacker_news_id(word := _word(record)), word), None


def _of_arxiv(record: _Record, _address: Address | None) -> _Identity:
    native_id = _known(arxiv_id(word := _word(record)), word)
    return native_id, (Kind.PAPER, native_id)


def _of_reddit(record: _Record, _address: Address | None) -> _Identity:
    return _known(reddit_id(word := _word(record)), word), None


def _of_feed(record: _Record, address: Address | None) -> _Identity:
    if address is None:
        raise _Dropped(ItemDrop.NO_ID, f"url {record.text('url')!r}: no web address")
    return web_id(address), None


_IDENTITIES: dict[Family, Callable[[_Record, Address | None], _Identity]] = {
    Family.GITHUB: _of_github,
    Family.HACKER_NEWS: _of_hacker_news,
    Family.ARXIV: _of_arxiv,
    Family.REDDIT: _of_reddit,
    Family.FEED: _of_feed,
}
_LISTS = {Family.GITHUB: "lang", Family.FEED: "cat"}
"""Which field of `extra` names the part of a collection inside which rates are comparable."""
