"""Documents: what the sources published, normalised, each known by its native id."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Family(StrEnum):
    """Where a document comes from; part of its native id."""

    GITHUB = "github"
    HACKER_NEWS = "hacker_news"
    ARXIV = "arxiv"
    FEED = "feed"
    REDDIT = "reddit"
    STACK_EXCHANGE = "stack_exchange"
    LOBSTERS = "lobsters"
    HUGGING_FACE = "hugging_face"
    PACKAGES = "packages"
    DOI = "doi"
    WEB = "web"
    """Pages that no protocol of their own speaks for."""


class Kind(StrEnum):
    """What a document is: the first four are things of technology, a `post` talks about something."""

    REPOSITORY = "repository"
    PAPER = "paper"
    PACKAGE = "package"
    RELEASE = "release"
    POST = "post"
    NEWS = "news"
    """General news: read for contrast, not for technology."""


class Certainty(StrEnum):
    """How surely the time of a document is known."""

    MOMENT = "moment"
    """Its source tells the moment, with its zone."""
    DAY = "day"
    """The day alone, or a time without a zone."""
    SEEN = "seen"
    """Its source tells none: it is when the document was first seen."""


class ItemDrop(StrEnum):
    """Why an item did not become a document."""

    NO_ID = "no_id"
    BAD_DATE = "bad_date"
    FUTURE_DATE = "future_date"
    PARSE_ERROR = "parse_error"
    TOO_LARGE = "too_large"
    LANGUAGE_UNSUPPORTED = "language_unsupported"
    RATE_LIMITED = "rate_limited"
    ROBOTS_DENIED = "robots_denied"
    BLOCKED_ADDRESS = "blocked_address"
    UNCONFIRMED_LEAD = "unconfirmed_lead"


@dataclass(frozen=True, slots=True)
class Document:
    """One thing that a source published.

    Attributes:
        native_id: `hn:123`, `arxiv:2401.00001`, `github:owner/repo@2023-04-01`, `reddit:t3_x`, `web:<sha256>`.
        family: the family of its source.
        kind: what it is.
        title: as published; white space folded.
        text: description or summary as it was on the day, or empty.
        url: where it points, or empty.
        author: who published it, where the source tells.
        site: host of the address without `www.`, in lower case; None without an address.
        published_on: the day (UTC) that the source gives.
        first_seen: the day from which it could be known: that on which a collection saw it, or `published_on` where
            that is later or the only one known. A source that saw a document before its own date of it is wrong
            about one of the two; the later one never claims to have known too early.
        language: ISO 639-1 code by the source or by the script of the title: `en`, `zh`, `ja` ...
        collections: names of the collections that it came from, sorted.
        list_name: the part of a collection inside which rates are comparable (a trending list of one
            programming language, a feed group), or empty.
        product: native id of the thing behind it (`github:owner/repo`, `arxiv:...`), or None.
        published_at: the moment (UTC) of publication where the source tells it.
        certainty: how surely the time of publication is known.
    """

    native_id: str
    family: Family
    kind: Kind
    title: str
    text: str
    url: str
    author: str | None
    site: str | None
    published_on: date
    first_seen: date
    language: str
    collections: tuple[str, ...]
    list_name: str
    product: str | None
    published_at: datetime | None = None
    certainty: Certainty = Certainty.DAY


@dataclass(frozen=True, slots=True)
class Score:
    """What readers of a source made of a document, as it stood when it was fetched; None where it is not told."""

    points: int | None = None
    comments: int | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a source sent: a document, or dropped with a reason.

    Attributes:
        position: its place in what was sent; in a file the number of its line, from 1.
        raw_hash: the first 16 bytes of the SHA-256 of what was sent.
        document: what it became; None for a drop.
        drop: why it became none; None for a document.
        seen: of a drop, what was seen; short.
        score: of a document, what its readers made of it so far; None where the source does not tell.
        due: of a drop for a date ahead, the moment (UTC) from which on it becomes a document; None for all others.
    """

    position: int
    raw_hash: bytes
    document: Document | None
    drop: ItemDrop | None = None
    seen: str = ""
    score: Score | None = None
    due: datetime | None = None


_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_ESCAPED = re.compile(r"&(?:amp|lt|gt|quot|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});")


def storable(text: str) -> str:
    r"""A text of others as both stores can hold it: Postgres refuses NUL, and neither takes half a character.

    >>> storable("7\x00 apples") == "7\ufffd apples"
    True
    """
    return text if text.isascii() and "\0" not in text else _UNSTORABLE.sub("\ufffd", text)


def folded(text: str) -> str:
    r"""A text on one line, its white space folded.

    >>> folded("  Zorb \n 1.0 ")
    'Zorb 1.0'
    """
    return " ".join(text.split())


WIDEST_SEEN = 120
"""Characters of what is told of an item that was dropped."""


def short(seen: str) -> str:
    """A text of others on one short line."""
    text = storable(folded(seen))
    return text if len(text) <= WIDEST_SEEN else text[: WIDEST_SEEN - 4] + " ..."


def unescaped(text: str) -> str:
    """A text that was sent with its mark-up characters escaped, as people read it.

    >>> unescaped("Q&amp;A at http:&#x2F;&#x2F;a.org")
    'Q&A at http://a.org'
    """
    return _ESCAPED.sub(lambda found: html.unescape(found[0]), text) if "&" in text else text
