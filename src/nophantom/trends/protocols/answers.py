"""From an answer to items: JSON or XML, read safely, and one way to make a document or a drop of it. PURE."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, NamedTuple

import orjson
from lxml import etree

from nophantom.errors import InvalidInput
from nophantom.trends.addresses import parse_address
from nophantom.trends.clean_text import clean
from nophantom.trends.documents import Document, Item, ItemDrop, Kind, Score, folded, short, storable
from nophantom.trends.exchange import Answer, Reading, Refusal, Trouble
from nophantom.trends.languages import language_of_script
from nophantom.trends.moments import BadDate, Dated, dated
from nophantom.trends.native_ids import thing_behind

LONGEST_TITLE = 1_000
LONGEST_TEXT = 10_000
"""Characters; what is longer is cut."""
Element = Any
"""An element of lxml, which has no types of its own."""

_PAGE = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_UNPRINTABLE = bytes(c for c in range(32) if c not in b"\t\n\r")
_LATEST = 2**33  # seconds since 1970; what is larger counts something else


class Dropped(Exception):  # noqa: N818 - named by what happened to the item
    """What was sent does not become a document."""

    due: datetime | None = None

    def __init__(self, reason: ItemDrop, seen: str) -> None:
        super().__init__(seen)
        self.reason = reason
        self.seen = seen


class Sent(NamedTuple):
    """What a source told of one thing; `document` makes a document of it.

    Attributes:
        native_id: the name that it has there.
        title: as sent; `text` likewise.
        published: as `moments.dated` takes it.
        url: where it points, or empty.
        author: who published it.
        kind: what it is; None where its address tells, else a post.
        product: native id of the thing behind it; None where its address tells.
        list_name: the part of the collection inside which rates are comparable.
        is_plain: title and text are plain text: nothing in them is mark-up.
    """

    native_id: str
    title: str
    published: str | datetime | None
    text: str = ""
    url: str = ""
    author: str | None = None
    kind: Kind | None = None
    product: str | None = None
    list_name: str = ""
    is_plain: bool = False


def json_of(answer: Answer) -> object:
    """The JSON in an answer.

    Raises:
        Refusal: a page or other mark-up instead (`wrong_content`), or no JSON (`unreadable`).
    """
    try:
        found: object = orjson.loads(answer.content)
        return found
    except orjson.JSONDecodeError:
        pass
    if answer.content.lstrip()[:1] == b"<":
        raise Refusal(Trouble.WRONG_CONTENT, short(f"mark-up instead of JSON: {_head(answer)}"))
    try:  # strict JSON has no half characters (lone surrogates) and no byte order mark; some sources do
        found = json.loads(answer.content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as wrong:
        told = f"no JSON ({len(answer.content):,} bytes, {str(wrong)[:50]}): {_head(answer)}"
        raise Refusal(Trouble.UNREADABLE, short(told)) from None
    return found


def objects_in(value: object, field: str) -> list[Any]:
    """A list in an object, as in `{"hits": [...]}`.

    Raises:
        Refusal: no object, or no list in it.
    """
    found = value.get(field) if isinstance(value, dict) else None
    if not isinstance(found, list):
        raise Refusal(Trouble.WRONG_CONTENT, short(f"JSON without a list {field!r}: {value!r}"))
    return found


def xml_of(answer: Answer, *roots: str) -> Element:
    """The root element of an answer in XML; nothing is fetched for it and no entity expanded.

    Args:
        answer: what came.
        roots: local names that the root may have.

    Raises:
        Refusal: a page or another kind of XML (`wrong_content`), or no XML at all (`unreadable`).
    """
    if _PAGE.match(answer.content[:4_096]):
        raise Refusal(Trouble.WRONG_CONTENT, short(f"a page instead of XML: {_head(answer)}"))
    try:
        root = etree.fromstring(answer.content, _parser())
    except (etree.XMLSyntaxError, ValueError) as wrong:
        cleaned = answer.content.translate(None, _UNPRINTABLE)  # control characters are the usual damage
        try:
            root = etree.fromstring(cleaned, _parser())
        except (etree.XMLSyntaxError, ValueError):
            told = f"no XML ({len(answer.content):,} bytes, {str(wrong)[:60]}): {_head(answer)}"
            raise Refusal(Trouble.UNREADABLE, short(told)) from None
    name = etree.QName(root).localname
    if name not in roots:
        told = f"XML with the root {name!r} instead of {' or '.join(roots)}"
        raise Refusal(Trouble.WRONG_CONTENT, short(told))
    return root


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )


def _head(answer: Answer) -> str:
    return answer.content[:200].decode("utf-8", "replace")


def text_of(element: Element, path: str) -> str:
    """The text of the first element at a path, all inside of it; empty where there is none."""
    found = element.find(path)
    return "" if found is None else "".join(found.itertext())


def xml_bytes(element: Element) -> bytes:
    """An element as it was sent, but for white space and quotes inside of tags."""
    return bytes(etree.tostring(element, with_tail=False))


def json_bytes(value: object) -> bytes:
    """A JSON value, each value in one spelling."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except (orjson.JSONEncodeError, TypeError):  # a half character, or a number of over 64 bits
        return json.dumps(value, sort_keys=True).encode()


def item_of(position: int, raw: bytes, make: Callable[[], tuple[Document, Score | None]]) -> Item:
    """What was sent as an item: the document that `make` gives, or the drop that it raises."""
    digest = sha256(raw).digest()[:16]
    try:
        made, score = make()
    except (Dropped, BadDate) as dropped:
        return Item(position, digest, None, dropped.reason, short(dropped.seen), due=dropped.due)
    return Item(position, digest, made, score=score)


def document(sent: Sent, reading: Reading, at: datetime, when: Dated | None = None) -> Document:
    """The document of what was sent.

    Args:
        sent: what the source told.
        reading: of the source.
        at: the moment (UTC) of the fetch.
        when: its days, where the protocol knows better than `moments.dated`.

    Raises:
        Dropped: it has no title.
        BadDate: it cannot have this date.
    """
    title = _cleaned(sent.title, LONGEST_TITLE, sent.is_plain)
    if not title:
        raise Dropped(ItemDrop.PARSE_ERROR, f"{sent.native_id}: no title")
    when = when or dated(sent.published, reading, at)
    url = storable(sent.url.strip())
    address = parse_address(url) if url else None
    kind, product = thing_behind(address) if address else (None, None)
    script = language_of_script(title)
    return Document(
        native_id=sent.native_id,
        family=reading.family,
        kind=sent.kind or kind or Kind.POST,
        title=title,
        text=_cleaned(sent.text, LONGEST_TEXT, sent.is_plain),
        url=url,
        author=folded(storable(sent.author or "")) or None,
        site=address.host if address else None,
        published_on=when.published_on,
        first_seen=when.first_seen,
        # A script speaks for itself; Latin letters are those of the source's own language.
        language=script if script != "en" else reading.language or script,
        collections=(reading.collection,),
        list_name=sent.list_name,
        product=sent.product or product,
        published_at=when.published_at,
        certainty=when.certainty,
    )


def _cleaned(text: str, longest: int, is_plain: bool) -> str:
    if not is_plain:
        return clean(text, longest)
    plain = folded(storable(text))
    if len(plain) <= longest:
        return plain
    return plain[: longest - 4].rsplit(" ", 1)[0] + " ..."


def newest_of(items: Iterable[Item]) -> datetime | None:
    """The moment of the newest document; None where no document tells one."""
    moments = [i.document.published_at for i in items if i.document and i.document.published_at]
    return max(moments, default=None)


def word_of(fields: Mapping[str, Any], name: str) -> str:
    """A text field; empty where it is null, missing or no text."""
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def count_of(fields: Mapping[str, Any], name: str) -> int | None:
    """A count, or None where there is none.

    >>> count_of({"points": 7}, "points"), count_of({"points": None}, "points")
    (7, None)
    """
    value = fields.get(name)
    is_count = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return value if is_count else None


def moment_of(seconds: object) -> datetime | None:
    """The moment (UTC) of seconds since 1970, or None where it is no such number."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds < _LATEST:
        return None
    return datetime.fromtimestamp(int(seconds), UTC)


def fields_of(value: object, what: str) -> Mapping[str, Any]:
    """An object of JSON.

    Raises:
        Dropped: it is none.
    """
    if not isinstance(value, dict):
        raise Dropped(ItemDrop.PARSE_ERROR, f"{what} that is no object: {value!r}")
    return value


def number_set(reading: Reading, name: str, otherwise: int) -> int:
    """A whole number among the settings of a source, from 0.

    Raises:
        InvalidInput: it is none.
    """
    word = reading.settings.get(name, str(otherwise)).strip()
    if not (word.isascii() and word.isdigit() and len(word) < 10):
        raise InvalidInput(
            f"the setting {name} of {reading.address!r} must be a whole number from 0; got {word!r}. Set it anew."
        )
    return int(word)
