"""Web addresses as they are asked for: their parts, their passwords, and where they lead on to. PURE."""

from __future__ import annotations

from base64 import b64encode
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

import httpx2

from nophantom.errors import InvalidInput

_TO_QUOTE = frozenset(' "<>\\^`{|}') | frozenset(map(chr, range(32))) | {"\x7f"}


class Target(NamedTuple):
    """A web address as it is asked for; all of it ASCII."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> tuple[str, str, int]:
        """Whom a secret may be told to."""
        return self.scheme, self.host, self.port

    @property
    def url(self) -> str:
        """The address as one text, its port always written out."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}"


@lru_cache(maxsize=8_192)
def target(url: str) -> Target:
    """The parts of an address, as they go over the wire.

    Raises:
        InvalidInput: it is no address of the web.

    >>> target("https://Example.org/a?b=1#c")
    Target(scheme='https', host='example.org', port=443, path='/a?b=1')
    """
    try:
        parsed = httpx2.URL(url) if not url.isascii() or set(url) & _TO_QUOTE else None
        parts = urlsplit(url if parsed is None else str(parsed))
        host = (parts.hostname or "") if parsed is None else parsed.raw_host.decode("ascii")
        port = parts.port
    except (ValueError, httpx2.InvalidURL):
        parts, host, port = urlsplit(""), "", None
    if parts.scheme not in {"http", "https"} or not host or any(c in host for c in '<>"%\\^`{|} '):
        raise InvalidInput(f"an address begins with http:// or https:// and names a host; got {url[:200]!r}.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port or (443 if parts.scheme == "https" else 80), path)


def bare(url: str) -> str:
    """An address without user and password.

    >>> bare("https://me:secret@example.org/feed")
    'https://example.org/feed'
    """
    if "@" not in url:
        return url
    parts = _parts(url)
    return url if "@" not in parts.netloc else parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def password_of(url: str) -> tuple[str, str] | None:
    """User and password of an address; None where it has none."""
    if "@" not in url:
        return None
    parts = _parts(url)
    return None if parts.username is None else (unquote(parts.username), unquote(parts.password or ""))


def _parts(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:  # an address that cannot be; `target` says so
        return urlsplit("")


def basic(user: str, password: str) -> str:
    """The header Authorization for a user and a password.

    Source:
        RFC 7617.

    >>> basic("me", "secret")
    'Basic bWU6c2VjcmV0'
    """
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode('ascii')}"


def led_on(url: str, place: str) -> str:
    """Where a header Location leads from an address; empty where it leads nowhere.

    >>> led_on("https://example.org/a/b", "../c#d")
    'https://example.org/c'
    """
    with suppress(UnicodeError):  # headers are read as Latin-1; addresses outside of ASCII are sent as UTF-8
        place = place.encode("latin-1").decode("utf-8")
    try:
        return bare(urljoin(url, place.strip()).partition("#")[0])
    except ValueError:
        return ""
