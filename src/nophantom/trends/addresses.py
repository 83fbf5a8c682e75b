"""Web addresses: their parts, and one spelling for all spellings of a page. PURE."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import quote, unquote_to_bytes


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
