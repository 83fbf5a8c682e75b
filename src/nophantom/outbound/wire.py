"""One request, once: sent to an address that was looked at, read under a cap, ended in time. WORLD.

Beneath it are the connections of httpcore2, some kept for each host; its pool, which is made for many requests over one
connection, takes longer to find one than a small answer takes to read, and serves those that go through a proxy.
Nothing is followed, tried again or remembered between two requests: no redirects, no cookies.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from ssl import SSLContext
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore2
import httpx2

from nophantom.errors import InvalidInput
from nophantom.outbound.guard import Guard
from nophantom.outbound.streams import AddressRefused, CheckedBackend, HandshakeFailed, Resolve, resolve
from nophantom.outbound.targets import Target
from nophantom.outbound.unpacking import UNDERSTOOD, Garbled, Overflow, Unpacking

_KEPT_OPEN = 256  # hosts to which connections are kept
_KEPT_IDLE = 2  # connections of a host that are kept while nothing is asked
_IDLE = 15.0  # seconds for which they are
_SKIMMED = 64 * 1024  # bytes of a body that only matters for its words


class Fault(StrEnum):
    """Why one request brought no answer."""

    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    TLS = "tls"
    CUT_OFF = "cut_off"
    TOO_LARGE = "too_large"
    BLOCKED = "blocked"
    GARBLED = "garbled"


@dataclass(frozen=True, slots=True)
class Heard:
    """What came back: status, headers with names in lower case, and the body, unpacked."""

    status: int
    headers: Mapping[str, str]
    content: bytes


@dataclass(frozen=True, slots=True)
class Missed:
    """Why nothing came that can be used; `why` names no address."""

    fault: Fault
    why: str


@dataclass(frozen=True, slots=True)
class Caps:
    """How long and how much one request may take.

    Attributes:
        connect: seconds to reach the server.
        read: seconds without a single byte.
        total: seconds from first to last byte.
        largest: bytes of a body, unpacked.
        whole: statuses beside 200 to 299 whose body matters; of all others only the beginning is read.
        head_only: keep the beginning of a body that is too large, instead of none of it.
    """

    connect: float = 10.0
    read: float = 20.0
    total: float = 60.0
    largest: int = 16 * 2**20
    whole: frozenset[int] = frozenset()
    head_only: bool = False


class Wire:
    """Sends single GET requests; to be closed.

    Args:
        guard: what may be connected to.
        resolve: the addresses behind a name.
        proxies: by scheme, as in {"https": "http://proxy:3128"}; None takes those of the environment. Behind a proxy
            the proxy resolves the names, and it must refuse private addresses itself: here only those that are
            written out, and local names, are refused. What the guard trusts is asked directly.
        trusted: whose certificates are; None takes those of the machine.
    """

    def __init__(
        self,
        guard: Guard,
        resolve: Resolve = resolve,
        proxies: Mapping[str, str] | None = None,
        trusted: SSLContext | None = None,
    ) -> None:
        self._guard = guard
        self._backend = CheckedBackend(guard, resolve)
        self._to_proxy = CheckedBackend(None, resolve)
        self._proxies = getproxies() if proxies is None else proxies
        self._around = proxy_bypass if proxies is None else _never
        self._trusted = trusted
        self._lines: OrderedDict[tuple[str, str, int], _Lines | httpcore2.AsyncConnectionPool] = OrderedDict()
        self._busy: dict[tuple[str, str, int], int] = {}

    async def aclose(self) -> None:
        """Close all connections."""
        for lines in self._lines.values():
            await lines.aclose()
        self._lines.clear()

    async def get(self, at: Target, headers: Iterable[tuple[str, str]], caps: Caps) -> Heard | Missed:
        """One request to one address.

        Args:
            at: the address.
            headers: beside Host and Accept-Encoding.
            caps: how long, how much.
        """
        request = _request(at, headers, caps)
        try:
            lines = self._lines_to(at)
        except AddressRefused as refused:
            return Missed(Fault.BLOCKED, str(refused))
        self._busy[at.origin] = self._busy.get(at.origin, 0) + 1
        try:
            async with asyncio.timeout(caps.total):
                return await _heard(lines, request, caps)
        except TimeoutError:
            return Missed(Fault.TIMEOUT, f"no whole answer within {caps.total:g} s")
        except _FAULTS as problem:
            return _missed(problem, caps)
        finally:
            self._busy[at.origin] -= 1
            if len(self._lines) > _KEPT_OPEN:
                await self._forget()

    def _lines_to(self, at: Target) -> _Lines | httpcore2.AsyncConnectionPool:
        lines = self._lines.get(at.origin)
        if lines is not None:
            self._lines.move_to_end(at.origin)
            return lines
        proxy = self._proxy(at)
        certificates = (self._trusted or trusted()) if at.scheme == "https" else None
        if proxy is None:
            lines = _Lines(at, self._backend, certificates)
        elif refused := self._guard.refuses_unresolved(at.host, at.port):
            raise AddressRefused(refused)
        else:
            lines = httpcore2.AsyncConnectionPool(
                ssl_context=certificates,
                proxy=proxy,
                max_connections=None,  # how many there are at once is for the rooms of the hosts
                max_keepalive_connections=_KEPT_IDLE,
                keepalive_expiry=_IDLE,
                network_backend=self._to_proxy,
            )
        self._lines[at.origin] = lines
        return lines

    def _proxy(self, at: Target) -> httpcore2.Proxy | None:
        address = self._proxies.get(at.scheme) or self._proxies.get("all")
        if not address or self._guard.trusts(at.host, at.port) or self._around(at.host):
            return None
        parts = urlsplit(address if "://" in address else f"http://{address}")
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise InvalidInput(
                f"a proxy begins with http:// or https://; the environment names one that begins with "
                f"{parts.scheme!r}. Set HTTP_PROXY and HTTPS_PROXY to such a proxy, or unset them."
            )
        auth = (parts.username, parts.password or "") if parts.username else None
        plain = httpcore2.URL(
            scheme=parts.scheme,
            host=parts.hostname,
            port=parts.port or (443 if parts.scheme == "https" else 80),
            target="/",
        )
        return httpcore2.Proxy(plain, auth=auth)

    async def _forget(self) -> None:
        """Close the connections to the host that was asked longest ago."""
        idle = next((origin for origin in self._lines if not self._busy.get(origin)), None)
        if idle is not None:
            self._busy.pop(idle, None)
            await self._lines.pop(idle).aclose()


class _Lines:
    """Direct connections to one host: each is for one request at a time.

    Args:
        at: an address of the host.
        backend: connects.
        certificates: for an encrypted connection; None for a plain one.
    """

    def __init__(self, at: Target, backend: CheckedBackend, certificates: SSLContext | None) -> None:
        self._host, self._port = at.host, at.port
        self._backend = backend
        self._certificates = certificates
        self._idle: list[httpcore2.AsyncHTTP11Connection] = []

    async def handle_async_request(self, request: httpcore2.Request) -> httpcore2.Response:
        """As a pool does it; the connection is kept for others when the response is closed."""
        connection = await self._found() or await self._made(request)
        try:
            response = await connection.handle_async_request(request)
        except BaseException:
            await connection.aclose()
            raise
        response.extensions["line"] = connection
        return response

    async def give_back(self, connection: httpcore2.AsyncHTTP11Connection) -> None:
        """Keep a connection whose response was closed, if it can be used again."""
        if connection.is_idle() and len(self._idle) < _KEPT_IDLE:
            self._idle.append(connection)
        else:
            await connection.aclose()

    async def aclose(self) -> None:
        """Close those that nobody uses."""
        while self._idle:
            await self._idle.pop().aclose()

    async def _found(self) -> httpcore2.AsyncHTTP11Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if not connection.has_expired():
                return connection
            await connection.aclose()
        return None

    async def _made(self, request: httpcore2.Request) -> httpcore2.AsyncHTTP11Connection:
        patience = request.extensions["timeout"]["connect"]
        stream = await self._backend.connect_tcp(self._host, self._port, timeout=patience)
        if self._certificates is not None:
            self._certificates.set_alpn_protocols(["http/1.1"])
            stream = await stream.start_tls(self._certificates, self._host, patience)
        return httpcore2.AsyncHTTP11Connection(request.url.origin, stream, _IDLE)


def _never(_host: str) -> bool:
    return False


@cache
def trusted() -> SSLContext:
    """Whose certificates are trusted, read once: it takes longer than many requests."""
    return httpx2.create_ssl_context()


_FAULTS = (
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.ProxyError,
    httpcore2.TimeoutException,
    EOFError,
    Garbled,
    Overflow,
)


def _request(at: Target, headers: Iterable[tuple[str, str]], caps: Caps) -> httpcore2.Request:
    usual = 443 if at.scheme == "https" else 80
    name = f"[{at.host}]" if ":" in at.host else at.host
    sent = [(b"Host", (name if at.port == usual else f"{name}:{at.port}").encode("ascii"))]
    sent += [(key.encode("ascii"), value.encode("latin-1", "replace")) for key, value in headers]
    sent.append((b"Accept-Encoding", UNDERSTOOD.encode()))
    times = {"connect": caps.connect, "read": caps.read, "write": caps.read, "pool": caps.connect}
    port = None if at.port == usual else at.port
    url = httpcore2.URL(scheme=at.scheme, host=at.host, port=port, target=at.path)
    return httpcore2.Request("GET", url, headers=sent, extensions={"timeout": times})


async def _heard(
    lines: _Lines | httpcore2.AsyncConnectionPool, request: httpcore2.Request, caps: Caps
) -> Heard | Missed:
    response = await lines.handle_async_request(request)
    try:
        headers = _named(response.headers)
        skimmed = not (200 <= response.status < 300 or response.status in caps.whole)
        largest = min(_SKIMMED, caps.largest) if skimmed else caps.largest
        if not skimmed and not caps.head_only and _announced(headers) > largest:
            raise Overflow(b"")
        body = Unpacking(headers.get("content-encoding", ""), largest)
        try:
            async for piece in response.aiter_stream():
                body.take(piece)
            content = body.whole()
        except Overflow as overflow:
            if not (skimmed or caps.head_only):
                raise
            content = overflow.content
        except (EOFError, Garbled, httpcore2.NetworkError, httpcore2.ProtocolError):
            if not skimmed:
                raise
            content = b""  # the status was said; that its words were lost changes nothing
        return Heard(response.status, headers, content)
    finally:
        await response.aclose()
        if isinstance(lines, _Lines):
            await lines.give_back(response.extensions["line"])


def _named(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    named: dict[str, str] = {}
    for key, value in raw:
        name, text = key.decode("latin-1").lower(), value.decode("latin-1")
        # Lists may come in several lines; of all else the first holds.
        if name in named and name in _LISTS:
            text = f"{named[name]}, {text}"
        elif name in named:
            continue
        named[name] = text
    return named


_LISTS = frozenset({"link", "cache-control", "content-encoding", "vary"})


def _announced(headers: Mapping[str, str]) -> int:
    said = headers.get("content-length", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 19 else 0


def _missed(problem: Exception, caps: Caps) -> Missed:
    words = " ".join(str(problem).split())[:120]
    if isinstance(problem, Overflow):
        return Missed(Fault.TOO_LARGE, f"an answer of more than {caps.largest:,} bytes")
    if isinstance(problem, AddressRefused):
        return Missed(Fault.BLOCKED, words)
    if isinstance(problem, HandshakeFailed):
        return Missed(Fault.TLS, words)
    if isinstance(problem, httpcore2.ConnectTimeout):
        return Missed(Fault.TIMEOUT, f"no connection within {caps.connect:g} s")
    if isinstance(problem, httpcore2.TimeoutException):
        return Missed(Fault.TIMEOUT, f"not a byte for {caps.read:g} s")
    if isinstance(problem, httpcore2.ConnectError | httpcore2.ProxyError):
        return Missed(Fault.UNREACHABLE, words)
    if isinstance(problem, Garbled):
        return Missed(Fault.GARBLED, words)
    if isinstance(problem, httpcore2.ProtocolError) and not _ended_early(words):
        return Missed(Fault.GARBLED, f"no answer in HTTP ({words})")
    return Missed(Fault.CUT_OFF, words or "the connection ended before the answer did")


def _ended_early(words: str) -> bool:
    return "disconnected" in words.lower() or "closed connection" in words.lower()
