"""One client for all that leaves this machine: bounded, timed, capped, retried. WORLD.

A request ends as a `Reply` with whatever status the server gave, or as `Unanswered`, which says why there
is none. What a status means is for the caller; only those that pass by themselves are tried again here.
Sources, whose addresses others wrote, are asked by `get`: guarded, once, and as gently as each host wants it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ssl import SSLContext
from types import TracebackType
from typing import NamedTuple, Self

import httpx2
import numpy as np

from nophantom.clock import now
from nophantom.errors import InvalidInput
from nophantom.outbound.guard import Guard
from nophantom.outbound.hosts import HostLimit, Hosts, Pause
from nophantom.outbound.retries import PASSING, Retrying, told_wait
from nophantom.outbound.streams import Resolve, resolve
from nophantom.outbound.targets import Target
from nophantom.outbound.wire import Caps, Heard, Missed, Wire, trusted
from nophantom.version import __version__

_SHOWN = 200  # characters of a refusal that are told


class Trouble(StrEnum):
    """Why there is no reply."""

    TIMEOUT = "timeout"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one client allows itself and the servers.

    Attributes:
        at_once: requests in flight.
        connect: seconds to reach the server.
        read: seconds without a single byte.
        total: seconds for one try, from first to last byte.
        largest: bytes of a body, unpacked.
    """

    at_once: int = 8
    connect: float = 10.0
    read: float = 300.0
    total: float = 600.0
    largest: int = 16 * 2**20

    def __post_init__(self) -> None:
        if self.at_once < 1 or min(self.connect, self.read, self.total) <= 0 or self.largest < 1:
            raise InvalidInput(
                f"at least one request at once, and times and sizes above 0; got {self.at_once} at once, "
                f"{self.connect:g}, {self.read:g} and {self.total:g} s, {self.largest} bytes."
            )


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered.

    Attributes:
        status: of HTTP.
        content: the body, whole and unpacked.
        headers: with names in lower case.
        tries: requests that it took.
        seconds: from the first try on, waits included.
    """

    status: int
    content: bytes
    headers: Mapping[str, str]
    tries: int
    seconds: float

    @property
    def words(self) -> str:
        """The beginning of the body as text on one line, for messages."""
        return " ".join(self.content[: 4 * _SHOWN].decode("utf-8", "replace").split())[:_SHOWN]


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Why no reply came that can be used.

    Attributes:
        trouble: of the last try.
        why: what was seen in it.
        tries: requests that were made.
        seconds: from the first try on, waits included.
    """

    trouble: Trouble
    why: str
    tries: int
    seconds: float


class UnusableBody(Exception):  # noqa: N818 - named by what is wrong
    """Raised by the caller's check of a body that is not what was asked for; the request is tried again."""


@dataclass(frozen=True, slots=True)
class _Failed:
    """How one try failed."""

    trouble: Trouble
    why: str
    told: float | None = None
    final: bool = False


class Resting(NamedTuple):
    """Nothing was sent: the host asked for rest, and has it for that many seconds more."""

    seconds: float


@dataclass
class Client:
    """Sends requests; to be opened with `async with`.

    Attributes:
        limits: how many at once, how long, how large.
        retrying: how often and how patiently.
        rng: of the waits; None seeds one from the system.
        pause: waits some seconds.
        guard: where `get` may lead. `request` goes where its caller points, as to a model server of one's own.
        resolve: the addresses behind a name, for `get`.
        proxies: by scheme, for `get`; None takes those of the environment, as `request` does.
        certificates: whom `get` trusts; None takes whom the machine trusts.
    """

    limits: Limits = field(default_factory=Limits)
    retrying: Retrying = field(default_factory=Retrying)
    rng: np.random.Generator | None = None
    pause: Pause = asyncio.sleep
    guard: Guard = field(default_factory=Guard)
    resolve: Resolve = resolve
    proxies: Mapping[str, str] | None = None
    certificates: SSLContext | None = None

    async def __aenter__(self) -> Self:
        self._rng = self.rng or np.random.default_rng()
        self._room = asyncio.Semaphore(self.limits.at_once)
        self._closed_until: dict[str, float] = {}
        self.hosts = Hosts(asyncio.get_running_loop().time, self.pause)
        self._wire = Wire(self.guard, self.resolve, self.proxies, self.certificates)
        self._http = httpx2.AsyncClient(
            timeout=httpx2.Timeout(self.limits.read, connect=self.limits.connect, pool=None),
            limits=httpx2.Limits(max_connections=self.limits.at_once),
            verify=trusted(),
            headers={"user-agent": f"nophantom/{__version__}"},
            # A key must not follow to where a server points.
            follow_redirects=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()
        await self._wire.aclose()

    async def get(
        self,
        at: Target,
        headers: Iterable[tuple[str, str]],
        *,
        host: HostLimit,
        largest: int | None = None,
        whole: frozenset[int] = frozenset(),
        head_only: bool = False,
    ) -> Heard | Missed | Resting:
        """Ask one source once, when its host and this client have room. No redirects, no second try.

        Args:
            at: the address.
            headers: beside those that every request has.
            host: how gently its host is asked.
            largest: bytes of the body, unpacked; None takes that of the limits.
            whole: statuses beside 200 to 299 whose body matters.
            head_only: of a body that is too large, keep the beginning.
        """
        limits = self.limits
        caps = Caps(limits.connect, limits.read, limits.total, largest or limits.largest, whole, head_only)
        # First the host, then the client: who waits for a slow host holds no place that others could use.
        async with self.hosts.room(at.host, host), self._room:
            rest = self.hosts.closed_for(at.host)
            return Resting(rest) if rest > 0 else await self._wire.get(at, headers, caps)

    async def request(
        self,
        method: str,
        url: str,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        check: Callable[[Reply], None] | None = None,
    ) -> Reply | Unanswered:
        """Send one request, again and again while what goes wrong may pass.

        Args:
            method: of HTTP.
            url: absolute, http or https.
            content: the body.
            headers: beside our own.
            check: looks at a reply of status 200 to 299; raises `UnusableBody` where it must be asked for again.

        Raises:
            InvalidInput: the address is none.
        """
        host = _host(url)
        clock = asyncio.get_running_loop().time
        start = clock()
        failed = _Failed(Trouble.ERROR, "never tried")
        for number in range(1, self.retrying.tries + 1):
            await self._until_open(host)
            async with self._room:
                found = await self._try(method, url, content, headers, check)
            if isinstance(found, Reply):
                return Reply(found.status, found.content, found.headers, number, clock() - start)
            failed = found
            if failed.final or number == self.retrying.tries:
                return Unanswered(failed.trouble, failed.why, number, clock() - start)
            wait = self.retrying.wait(number, failed.told, self._rng)
            if failed.told is not None:  # the server asked all of us to wait, not this request alone
                self._closed_until[host] = max(self._closed_until.get(host, 0.0), clock() + failed.told)
            await self.pause(wait)
        raise AssertionError("a request is tried at least once")

    async def _until_open(self, host: str) -> None:
        clock = asyncio.get_running_loop().time
        rest = self._closed_until.get(host, 0.0) - clock()
        if rest > 0:
            await self.pause(rest)

    async def _try(
        self,
        method: str,
        url: str,
        content: bytes | None,
        headers: Mapping[str, str] | None,
        check: Callable[[Reply], None] | None,
    ) -> Reply | _Failed:
        try:
            async with asyncio.timeout(self.limits.total):
                reply = await self._read(method, url, content, headers)
            if isinstance(reply, _Failed):
                return reply
            if check is not None and 200 <= reply.status < 300:
                check(reply)
        except TimeoutError:
            return _Failed(Trouble.TIMEOUT, f"no whole answer within {self.limits.total:g} s")
        except httpx2.TimeoutException as problem:
            return _Failed(Trouble.TIMEOUT, _named(problem))
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol) as problem:
            raise InvalidInput(f"the address {url!r} cannot be asked: {problem}.") from None
        except (httpx2.TransportError, httpx2.DecodingError) as problem:
            return _Failed(Trouble.ERROR, _named(problem))
        except UnusableBody as problem:
            return _Failed(Trouble.ERROR, str(problem))
        return reply

    async def _read(
        self, method: str, url: str, content: bytes | None, headers: Mapping[str, str] | None
    ) -> Reply | _Failed:
        async with self._http.stream(method, url, content=content, headers=headers) as response:
            parts, size = [], 0
            async for part in response.aiter_bytes():
                size += len(part)
                if size > self.limits.largest:
                    why = f"an answer of more than {self.limits.largest:,} bytes"
                    return _Failed(Trouble.ERROR, why, final=True)
                parts.append(part)
            named = {name.lower(): value for name, value in response.headers.items()}
            reply = Reply(response.status_code, b"".join(parts), named, 1, 0.0)
        if reply.status in PASSING:
            told = told_wait(named.get("retry-after"), now())
            return _Failed(Trouble.ERROR, f"status {reply.status}: {reply.words or 'no words'}", told)
        return reply


def _host(url: str) -> str:
    try:
        parsed = httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError) as problem:
        raise InvalidInput(f"the address {url!r} cannot be asked: {problem}.") from None
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise InvalidInput(f"an address begins with http:// or https:// and names a host; got {url!r}.")
    return f"{parsed.host}:{parsed.port}"


def _named(problem: Exception) -> str:
    return f"{type(problem).__name__}: {problem}" if str(problem) else type(problem).__name__
