"""A real HTTP server on this machine that plays every fault a source can have, each at a path of its own.

    with fault_server() as server:
        server.url("/hang")          # an address
        server.asked["/hang"]        # how often it was asked
        server.requests              # each request: path, headers, moment

Paths: `PATHS` below; beside them `/feed/N` (an RSS feed of 10 items for any N), `/status/CODE`, `/rest/CODE/SECONDS`
(with Retry-After), `/redirect/CODE?to=ADDRESS`, `/flaky/CODE/N` (the first N times that status, then a feed).
It listens on several addresses of the loopback network where it is told to, so that it looks like many hosts.
"""

from __future__ import annotations

import asyncio
import gzip
import ssl
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from threading import Thread
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

HANG = 30.0
"""Seconds of silence at /hang: longer than any test waits."""

ETAG = '"v1"'
MODIFIED = "Fri, 02 Jan 2026 12:00:00 GMT"
RSS = "application/rss+xml; charset=utf-8"


class Seen(NamedTuple):
    """A request as it came; names of headers in lower case."""

    path: str
    headers: Mapping[str, str]
    at: float


class Sent(NamedTuple):
    """What goes back; `length` stands in the header where it differs from the truth."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = {"content-type": RSS}
    length: int | None = None


def feed(
    number: int | str = 0, items: int = 10, *, entries: str | None = None, title: str = "A feed"
) -> bytes:
    """An RSS feed; item i of feed N has the guid `feed-N-item-i`."""
    listed = entries or "".join(
        entry(f"feed-{number}-item-{i}", f"News {i} of feed {number}", i) for i in range(items)
    )
    head = (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>{title} {number}</title>'
    )
    return f"{head}<link>https://feed{number}.example/</link>{listed}</channel></rss>".encode()


def entry(guid: str | None, title: str, hour: int = 0, *, date: str | None = None) -> str:
    """An item of an RSS feed."""
    identity = "" if guid is None else f'<guid isPermaLink="false">{guid}</guid>'
    link = "" if guid is None else f"<link>https://news.example/{guid}</link>"
    when = date or f"Thu, 01 Jan 2026 {hour % 24:02}:00:00 GMT"
    return (
        f"<item><title>{title}</title>{identity}{link}<pubDate>{when}</pubDate>"
        f"<description>What happened in {title}.</description></item>"
    )


_ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(9))
    + b'<!ENTITY x SYSTEM "file:///etc/passwd">]><rss version="2.0"><channel><title>&j;</title>'
    b"<item><guid>e1</guid><title>&j;&x;</title></item></channel></rss>"
)
_PAGE = b"<!doctype html><html><head><title>Shop</title></head><body><h1>Welcome</h1><p>Buy.</body></html>"
_BOMB = gzip.compress(b"<rss>" + b" " * 40_000_000, 9)
_RATE = {"content-type": "application/json", "retry-after": "7200", "x-ratelimit-remaining": "11"}


@cache
def _ten_megabytes() -> Sent:
    return Sent(body=feed(items=42_000))


PATHS: dict[str, Callable[[], Sent]] = {
    "/ok": lambda: Sent(body=feed()),
    "/gzip": lambda: Sent(
        body=gzip.compress(feed()), headers={"content-type": RSS, "content-encoding": "gzip"}
    ),
    "/429": lambda: Sent(429, b"slow down", {"content-type": "text/plain"}),
    "/403-secondary": lambda: Sent(403, b'{"message": "You have exceeded a secondary rate limit"}', _RATE),
    "/cut-off": lambda: Sent(body=feed()[:400], length=len(feed())),
    "/cut-off-gzip": lambda: Sent(
        body=gzip.compress(feed())[:-20], headers={"content-type": RSS, "content-encoding": "gzip"}
    ),
    "/bomb": lambda: Sent(body=_BOMB, headers={"content-type": RSS, "content-encoding": "gzip"}),
    "/wrong-charset": lambda: Sent(
        body=feed().replace(b"A feed", "Caf\xe9 \u2013 news".encode("cp1252")),
        headers={"content-type": RSS},
    ),
    "/wrong-type": lambda: Sent(body=feed(), headers={"content-type": "image/png"}),
    "/invalid-xml": lambda: Sent(body=feed().replace(b"</title>", b"</titel>", 3).replace(b"&", b"& ")),
    "/page": lambda: Sent(body=_PAGE, headers={"content-type": "text/html"}),
    "/entities": lambda: Sent(body=_ENTITIES),
    "/empty": Sent,
    "/loop": lambda: Sent(302, b"", {"location": "/loop2"}),
    "/loop2": lambda: Sent(302, b"", {"location": "/loop"}),
    "/private": lambda: Sent(302, b"", {"location": "http://10.1.2.3/admin"}),
    "/metadata": lambda: Sent(302, b"", {"location": "http://169.254.169.254/latest/meta-data/"}),
    "/file": lambda: Sent(302, b"", {"location": "file:///etc/passwd"}),
    "/nowhere": lambda: Sent(302, b"", {"content-type": "text/plain"}),
    "/10mb": _ten_megabytes,
    "/duplicate-ids": lambda: Sent(
        body=feed(entries="".join(entry("same", f"News {i}", i) for i in range(5)))
    ),
    "/missing-ids": lambda: Sent(body=feed(entries="".join(entry(None, f"News {i}", i) for i in range(5)))),
    "/future": lambda: Sent(
        body=feed(
            entries=entry("f1", "Tomorrow", date="Fri, 01 Jan 2100 00:00:00 GMT") + entry("f2", "Today")
        )
    ),
    "/1970": lambda: Sent(
        body=feed(
            entries=entry("p1", "Long ago", date="Thu, 01 Jan 1970 00:00:00 GMT") + entry("p2", "Today")
        )
    ),
    "/not-http": lambda: Sent(0, b"SSH-2.0-OpenSSH_9.2\r\n\r\n"),
}
"""What stands at each path; /hang, /drip, /304 and those with numbers are played below."""


class FaultServer:
    """The server while it runs.

    Attributes:
        port: that it listens on, at all of its addresses.
        latency: seconds before every answer; may be changed while it runs.
        asked: how often each path was asked.
        requests: in the order of their arrival.
        most_at_once: requests in flight, at most.
        pages: what tests add: path to what is sent, for each time it is asked (from 1).
    """

    def __init__(self, hosts: int, latency: float, tls: ssl.SSLContext | None) -> None:
        self.latency = latency
        self.asked: Counter[str] = Counter()
        self.requests: list[Seen] = []
        self.most_at_once = 0
        self.pages: dict[str, Callable[[int], Sent]] = {}
        self._now = 0
        self._hosts = [f"127.0.0.{i + 1}" for i in range(hosts)]
        self._tls = tls
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(self._listen())
        self.port: int = self._server.sockets[0].getsockname()[1]

    async def _listen(self) -> asyncio.Server:
        first = await asyncio.start_server(self._serve, self._hosts[0], 0, ssl=self._tls, backlog=1_000)
        if len(self._hosts) == 1:
            return first
        port = first.sockets[0].getsockname()[1]
        first.close()
        return await asyncio.start_server(self._serve, self._hosts, port, ssl=self._tls, backlog=1_000)

    def url(self, path: str, host: int = 0) -> str:
        """The address of a path, at one of the hosts."""
        scheme = "https" if self._tls else "http"
        return f"{scheme}://{self._hosts[host % len(self._hosts)]}:{self.port}{path}"

    def times(self, path: str) -> list[float]:
        """When a path was asked, on the clock of `time.monotonic`."""
        return [seen.at for seen in self.requests if seen.path == path]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while first := await reader.read(1):
                if first == b"\x16":  # somebody tries TLS; to them this is a server that speaks none
                    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                    return
                if not await self._answer(first + await reader.readuntil(b"\r\n\r\n"), writer):
                    return
        except (OSError, EOFError):
            pass  # whoever asked is gone
        except asyncio.CancelledError:  # the server ends
            writer.transport.abort()
        finally:
            writer.close()

    async def _answer(self, head: bytes, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection is kept."""
        first, *lines = head.decode("latin-1").split("\r\n")
        path = first.split(" ")[1]
        pairs = (line.partition(":") for line in lines if line)
        seen = Seen(path, {name.lower(): value.strip() for name, _, value in pairs}, time.monotonic())
        self.requests.append(seen)
        self.asked[path] += 1
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        try:
            if self.latency:
                await asyncio.sleep(self.latency)
            played = _PLAYED.get(path)
            if played is not None:
                return await played(self, seen, writer)
            sent = self._sent(seen)
        finally:
            self._now -= 1
        writer.write(_written(sent))
        await writer.drain()
        return sent.length is None and sent.status > 0

    def _sent(self, seen: Seen) -> Sent:
        path, _, query = seen.path.partition("?")
        if path in self.pages:
            return self.pages[path](self.asked[seen.path])
        if path in PATHS:
            return PATHS[path]()
        match path.strip("/").split("/"):
            case ["feed", number]:
                return Sent(body=feed(number))
            case ["status", code]:
                return Sent(int(code), b"that is how it is", {"content-type": "text/plain"})
            case ["rest", code, seconds]:
                return Sent(int(code), b"", {"retry-after": unquote(seconds)})
            case ["redirect", code]:
                return Sent(int(code), b"", {"location": parse_qs(query)["to"][0]})
            case ["flaky", code, times]:
                worse = self.asked[seen.path] <= int(times)
                return Sent(int(code), b"", {"content-type": "text/plain"}) if worse else Sent(body=feed())
        return Sent(404, b"nothing here", {"content-type": "text/plain"})

    def run(self) -> None:
        """Serve until `stop`."""
        self._loop.run_forever()
        self._loop.run_until_complete(self._end())
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await asyncio.sleep(0.01)  # what was closed takes one more turn

    def stop(self) -> None:
        """End; from another thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)


Played = Callable[[FaultServer, Seen, asyncio.StreamWriter], Awaitable[bool]]


async def _hang(_server: FaultServer, _seen: Seen, _writer: asyncio.StreamWriter) -> bool:
    await asyncio.sleep(HANG)
    return False


async def _drip(_server: FaultServer, _seen: Seen, writer: asyncio.StreamWriter) -> bool:
    """A byte every 20 ms: never silent, never done."""
    body = feed()
    writer.write(
        b"HTTP/1.1 200 OK\r\ncontent-type: application/rss+xml\r\ncontent-length: %d\r\n\r\n" % len(body)
    )
    for byte in body:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.02)
    return True


async def _unless_changed(_server: FaultServer, seen: Seen, writer: asyncio.StreamWriter) -> bool:
    kept = seen.headers.get("if-none-match") == ETAG or seen.headers.get("if-modified-since") == MODIFIED
    headers = {"content-type": RSS, "etag": ETAG, "last-modified": MODIFIED, "cache-control": "max-age=1800"}
    writer.write(_written(Sent(304, b"", headers) if kept else Sent(body=feed(), headers=headers)))
    await writer.drain()
    return True


async def _hang_up(_server: FaultServer, _seen: Seen, _writer: asyncio.StreamWriter) -> bool:
    return False


async def _endless(_server: FaultServer, _seen: Seen, writer: asyncio.StreamWriter) -> bool:
    """A body without an announced length that does not end."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ntransfer-encoding: chunked\r\n\r\n")
    while not writer.is_closing():
        writer.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
        await writer.drain()
    return False


_PLAYED: dict[str, Played] = {
    "/hang": _hang,
    "/drip": _drip,
    "/304": _unless_changed,
    "/hang-up": _hang_up,
    "/endless": _endless,
}


def _written(sent: Sent) -> bytes:
    if not sent.status:
        return sent.body
    lines = [f"HTTP/1.1 {sent.status} Said"]
    lines += [f"{name}: {value}" for name, value in sent.headers.items()]
    if sent.status != 304:
        lines.append(f"content-length: {len(sent.body) if sent.length is None else sent.length}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (b"" if sent.status == 304 else sent.body)


@contextmanager
def fault_server(
    *, hosts: int = 1, latency: float = 0.0, tls: ssl.SSLContext | None = None
) -> Iterator[FaultServer]:
    """A server that runs until the block ends.

    Args:
        hosts: addresses of this machine that it listens on, from 127.0.0.1 (where the machine has them: Linux).
        latency: seconds before every answer.
        tls: the certificate that it shows; None speaks plain HTTP, so that https:// to it fails.
    """
    server = FaultServer(hosts, latency, tls)
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(timeout=5)


def host_of(url: str) -> str:
    """Host and port of an address, as an allow-list names them."""
    return urlsplit(url).netloc
