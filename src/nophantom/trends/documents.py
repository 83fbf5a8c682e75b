"""Documents: what the sources published, normalised, each known by its native id."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import quote, unquote_to_bytes

LONGEST_ID = 250
"""Characters of the longest native id; what is longer identifies nothing."""


class Family(StrEnum):
    """Where a document comes from; part of its native id."""

    GITHUB = "github"
    HACKER_NEWS = "hacker_news"
    ARXIV = "arxiv"
    FEED = "feed"
    REDDIT = "reddit"


class Kind(StrEnum):
    """What a document is: the first four are things of technology, a `post` talks about something."""

    REPOSITORY = "repository"
    PAPER = "paper"
    PACKAGE = "package"
    RELEASE = "release"
    POST = "post"
    NEWS = "news"
    """General news: read for contrast, not for technology."""


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


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a source sent: a document, or dropped with a reason.

    Attributes:
        position: its place in what was sent; in a file the number of its line, from 1.
        raw_hash: the first 16 bytes of the SHA-256 of what was sent.
        document: what it became; None for a drop.
        drop: why it became none; None for a document.
        seen: of a drop, what was seen; short.
    """

    position: int
    raw_hash: bytes
    document: Document | None
    drop: ItemDrop | None = None
    seen: str = ""


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


def unescaped(text: str) -> str:
    """A text that was sent with its mark-up characters escaped, as people read it.

    >>> unescaped("Q&amp;A at http:&#x2F;&#x2F;a.org")
    'Q&A at http://a.org'
    """
    return _ESCAPED.sub(lambda found: html.unescape(found[0]), text) if "&" in text else text


class Address(NamedTuple):
    """A web address in its parts; the host in lower case, without `www.`, user and port."""

    host: str
    port: str
    path: str
    query: str
    fragment: str


_ADDRESS = re.compile(r"\s*https?://([^/?#\s]+)([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.IGNORECASE | re.DOTALL)
_DEFAULT_PORTS = frozenset({"", "80", "443"})
_LONGEST_HOST = 253
_TRACKING = re.compile(
    r"(?:utm_.*|mtm_.*|pk_.*|hsa_.*|fbclid|gclid|dclid|msclkid|yclid|twclid|igshid|mc_[ce]id|_hs(?:enc|mi)|ref(?:_.*|errer)?"
    r"|ftag|cmpid|ncid|smid|guccounter|guce_.*)",
    re.IGNORECASE,
)
_PERCENT = re.compile(r"%([0-9a-fA-F]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def parse_address(url: str) -> Address | None:
    """The parts of a web address, or None for anything else.

    >>> parse_address("HTTP://www.Example.org:80/a?b#c")
    Address(host='example.org', port='', path='/a', query='b', fragment='c')
    >>> parse_address("item?id=25014592") is None
    True
    """
    found = _ADDRESS.match(url)
    if found is None:
        return None
    place, path, query, fragment = found.groups("")
    host, port = place.lower(), ""
    if "@" in host:
        host = host.rpartition("@")[2]
    if ":" in host and not host.endswith("]"):
        host, _, port = host.rpartition(":")
    host = host.removeprefix("www.").rstrip(".")
    if not host.isascii():
        host = _as_punycode(host)
    if not host or len(host) > _LONGEST_HOST:
        return None
    return Address(
        host, "" if port in _DEFAULT_PORTS else port, path.rstrip(), query.rstrip(), fragment.rstrip()
    )


def _as_punycode(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:  # an empty or overlong label: no name, but still the same text each time
        return host


def canonical_address(address: Address) -> str:
    """One spelling for all spellings of an address, so that the same page is one document.

    The scheme (http is https), `www.`, default ports, user names, a slash at the end, the order of the query and
    parameters that only track readers are no part of it. Neither is the fragment, but for those by which a page
    shows different documents (`#!` and `#/`).

    >>> canonical_address(parse_address("http://www.a.org/b/?y=2&utm_source=rss&x=%7e1#top"))
    'https://a.org/b?x=~1&y=2'
    """
    host = f"{address.host}:{address.port}" if address.port else address.host
    path = _normal_escapes(address.path).rstrip("/")
    query = ""
    if address.query:
        kept = [p for p in address.query.split("&") if p and not _TRACKING.fullmatch(p.partition("=")[0])]
        query = "?" + "&".join(sorted(map(_normal_escapes, kept))) if kept else ""
    fragment = f"#{_normal_escapes(address.fragment)}" if address.fragment[:1] in {"!", "/"} else ""
    return f"https://{host}{path}{query}{fragment}"


def _normal_escapes(text: str) -> str:
    """Escapes in upper case, none where none is needed, and everything outside of ASCII escaped."""
    if "%" in text:
        text = _PERCENT.sub(_normal_escape, text)
    return text if text.isascii() and " " not in text else quote(text, safe="%/:?#[]@!$&'()*+,;=~\"<>\\^`{|}")


def _normal_escape(found: re.Match[str]) -> str:
    character = unquote_to_bytes(found[0]).decode("latin-1")
    return character if character in _UNRESERVED else f"%{found[1].upper()}"


_HACKER_NEWS = re.compile(r"[0-9A-Za-z_.:-]+")
_ARXIV = re.compile(r"(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?")
_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")
_REDDIT = re.compile(r"(?:t3_)?([0-9a-z]+)")


def hacker_news_id(word: str) -> str | None:
    """`hn:<id>`, or None when the word cannot be one.

    >>> hacker_news_id("872283")
    'hn:872283'
    """
    return _fitting(f"hn:{word}") if _HACKER_NEWS.fullmatch(word) else None


def arxiv_id(word: str) -> str | None:
    """`arxiv:<id>` without its version, or None when the word is no id of arXiv.

    >>> arxiv_id("2401.00001v2"), arxiv_id("math.GT/0309136"), arxiv_id("nonsense")
    ('arxiv:2401.00001', 'arxiv:math/0309136', None)
    """
    found = _ARXIV.fullmatch(word)
    if found is None:
        return None
    # The subject class was always optional: math.GT/0309136 and math/0309136 are one paper.
    archive, slash, number = found[1].partition("/")
    return f"arxiv:{archive.partition('.')[0]}/{number}" if slash else f"arxiv:{found[1]}"


def repository_id(name: str) -> str | None:
    """`github:owner/repo` in lower case, or None when the name is none.

    >>> repository_id("ZOwner/quux")
    'github:zowner/quux'
    """
    return f"github:{name.lower()}" if _REPOSITORY.fullmatch(name) else None


def appearance_id(repository: str, day: date) -> str:
    """The native id of one appearance of a repository in a list.

    >>> appearance_id("github:zowner/quux", date(2014, 8, 9))
    'github:zowner/quux@2014-08-09'
    """
    return f"{repository}@{day.isoformat()}"


def reddit_id(word: str) -> str | None:
    """`reddit:t3_<id>`, or None when the word cannot be one.

    >>> reddit_id("cn2e13")
    'reddit:t3_cn2e13'
    """
    found = _REDDIT.fullmatch(word.lower())
    return _fitting(f"reddit:t3_{found[1]}") if found else None


def web_id(address: Address) -> str:
    """`web:<sha256>` of the canonical address."""
    return f"web:{sha256(canonical_address(address).encode('utf-8', 'surrogatepass')).hexdigest()}"


def _fitting(native_id: str) -> str | None:
    return native_id if len(native_id) <= LONGEST_ID else None


_NO_OWNER = re.compile(
    "about|account|apps|blog|blogs|careers|codespaces|collections|contact|contributing|copilot|customer-stories"
    "|education|enterprise|events|explore|features|gist|gists|home|images|issues|join|login|logos|marketplace|mobile"
    "|new|nonprofit|notifications|open-source|organizations|orgs|partners|premium-support|press|pricing|pulls|readme"
    "|resources|search|security|sessions|settings|showcases|signup|site|solutions|sponsors|stars|status|support|team"
    "|topics|trending|users|watching|wiki",
    re.IGNORECASE,
)
_PAPER = re.compile(r"/(?:abs|pdf|html|format|ps)/(.+?)(?:\.pdf)?/?")
_ARXIV_HOSTS = frozenset({"arxiv.org", "export.arxiv.org"})
_PACKAGES = {
    "pypi.org": "/project/",
    "pypi.python.org": "/pypi/",
    "npmjs.com": "/package/",
    "npmjs.org": "/package/",
    "crates.io": "/crates/",
    "rubygems.org": "/gems/",
    "packagist.org": "/packages/",
    "nuget.org": "/packages/",
    "hex.pm": "/packages/",
    "hackage.haskell.org": "/package/",
    "pkg.go.dev": "/",
    "pub.dev": "/packages/",
}


def thing_behind(address: Address) -> tuple[Kind | None, str | None]:
    """What kind of thing an address leads to, and the native id of the product; both None for a page like any other.

    >>> thing_behind(parse_address("https://github.com/Zorb-Lang/Zorb/releases/tag/1.0"))
    (<Kind.RELEASE: 'release'>, 'github:zorb-lang/zorb')
    >>> thing_behind(parse_address("http://arxiv.org/pdf/1706.03762v5.pdf"))
    (<Kind.PAPER: 'paper'>, 'arxiv:1706.03762')
    """
    if address.host == "github.com":
        parts = address.path.split("/", 4)
        if len(parts) < 3 or _NO_OWNER.fullmatch(parts[1]):
            return None, None
        product = repository_id(f"{parts[1]}/{parts[2].removesuffix('.git')}")
        if product is None:
            return None, None
        return Kind.RELEASE if len(parts) > 3 and parts[3] == "releases" else Kind.REPOSITORY, product
    if address.host in _ARXIV_HOSTS:
        found = _PAPER.fullmatch(address.path)
        product = arxiv_id(found[1]) if found else None
        return (Kind.PAPER, product) if product else (None, None)
    shelf = _PACKAGES.get(address.host)
    if shelf is not None and address.path.startswith(shelf) and len(address.path) > len(shelf):
        return Kind.PACKAGE, None
    return None, None


_LANGUAGE_TAG = re.compile(r"([A-Za-z]{2})(?:[-_][A-Za-z0-9]{1,8})*")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_LATIN_WORD = re.compile("[A-Za-z\u00c0-\u024f]+")


def language_of_tag(tag: str) -> str | None:
    """The ISO 639-1 code of a language tag, or None when it is none.

    >>> language_of_tag("en-US"), language_of_tag("https://fonts.example.org/css2?family")
    ('en', None)
    """
    found = _LANGUAGE_TAG.fullmatch(tag)
    return found[1].lower() if found else None


def language_of_script(title: str) -> str:
    """The language that the script of a title speaks for; `en` for Latin and all other scripts.

    A script counts where it has at least as many letters as there are Latin words: a Chinese title names products
    in Latin letters, and an English one may quote a Chinese word.

    >>> [language_of_script(t) for t in ("使用 Zorblax 部署", "Zorb 入門ガイド", "Learn the word 漢字", "Zorb")]
    ['zh', 'ja', 'en', 'en']
    """
    if title.isascii():
        return "en"
    words = len(_LATIN_WORD.findall(title))
    han, kana = len(_HAN.findall(title)), len(_KANA.findall(title))
    if han + kana and han + kana >= words:
        return "ja" if kana else "zh"
    for language, script in (("ko", _HANGUL), ("ru", _CYRILLIC)):
        letters = len(script.findall(title))
        if letters and letters >= words:
            return language
    return "en"
