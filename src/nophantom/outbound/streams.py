"""Connections to addresses that were looked at: resolved once, all checked, one of the checked connected to. WORLD."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache, partial
from ipaddress import ip_address

import httpcore2

from nophantom.outbound.guard import IP, Guard, literal

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses behind a name; raises OSError where there are none."""

_PATIENCE = 3.0  # seconds for an address while there are others to try


class AddressRefused(httpcore2.ConnectError):
    """The name leads to an address that may not be connected to."""


class HandshakeFailed(httpcore2.ConnectError):
    """No encrypted connection: a certificate that is not trusted or for another host, or no TLS at all."""


async def resolve(host: str, port: int) -> list[str]:
    """The addresses behind a name, as the machine resolves it."""
    ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    found = await asyncio.get_running_loop().run_in_executor(_resolving(), ask)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@cache
def _resolving() -> ThreadPoolExecutor:
    """Threads of their own: names that do not resolve take seconds each, and the usual few would all wait for them."""
    return ThreadPoolExecutor(32, "resolving")


class CheckedBackend(httpcore2.AsyncNetworkBackend):
    """Connects for a pool of connections, under the eyes of a guard.

    Args:
        guard: says what may be connected to; None lets everything pass (to a proxy that the user set).
        resolve: the addresses behind a name.
    """

    def __init__(self, guard: Guard | None, resolve: Resolve = resolve) -> None:
        self._guard = guard
        self._resolve = resolve

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Resolve, check, connect."""
        with _told(httpcore2.ConnectTimeout, httpcore2.ConnectError):
            async with asyncio.timeout(timeout):
                addresses = await self._addresses(host, port)
                return await _connected(addresses, port)

    async def _addresses(self, host: str, port: int) -> list[IP]:
        own = literal(host)
        if own is None:
            found = [ip_address(text.partition("%")[0]) for text in await self._resolve(host, port)]
        else:
            found = [own]
        if not found:
            raise OSError(f"no address for {host}")
        if self._guard is not None and not self._guard.trusts(host, port):
            refused = self._guard.refuses(found, port)
            if refused is not None:
                raise AddressRefused(refused)
        return found


async def _connected(addresses: Sequence[IP], port: int) -> httpcore2.AsyncNetworkStream:
    for address in addresses[:-1]:
        try:
            async with asyncio.timeout(_PATIENCE):
                return _Stream(*await asyncio.open_connection(str(address), port))
        except (OSError, TimeoutError):
            continue
    return _Stream(*await asyncio.open_connection(str(addresses[-1]), port))


class _Stream(httpcore2.AsyncNetworkStream):
    """A connection of asyncio, as a pool of httpcore sees one: about a third of the time of its own kind."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with _told(httpcore2.ReadTimeout, httpcore2.ReadError):
            async with asyncio.timeout(timeout):
                return await self._reader.read(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if not buffer:
            return
        with _told(httpcore2.WriteTimeout, httpcore2.WriteError):
            self._writer.write(buffer)
            async with asyncio.timeout(timeout):
                await self._writer.drain()

    async def aclose(self) -> None:
        self._writer.transport.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        try:
            with _told(httpcore2.ConnectTimeout, HandshakeFailed):
                async with asyncio.timeout(timeout):
                    await self._writer.start_tls(ssl_context, server_hostname=server_hostname)
        except BaseException:
            await self.aclose()
            raise
        return self

    def get_extra_info(self, info: str) -> object:
        if info == "is_readable":  # something came although nothing was asked: the other side has closed
            return self._reader.at_eof() or self._writer.is_closing()
        return self._writer.get_extra_info(info)


@contextmanager
def _told(late: type[Exception], failed: type[Exception]) -> Iterator[None]:
    """Say what went wrong in the words of the pool."""
    try:
        yield
    except TimeoutError as problem:
        raise late(str(problem)) from problem
    except (OSError, EOFError) as problem:  # ssl.SSLError is one
        raise failed(_words(problem)) from problem


def _words(problem: Exception) -> str:
    if isinstance(problem, ssl.SSLCertVerificationError):
        return problem.verify_message
    if isinstance(problem, ssl.SSLError):
        return (problem.reason or "no TLS").replace("_", " ").lower()
    if isinstance(problem, socket.gaierror):
        return "no such host"
    if isinstance(problem, OSError) and problem.strerror:
        # asyncio writes the address into the text; only what happened is told
        return problem.strerror.partition(" [Errno")[0].partition(" (")[0].lower()
    return str(problem) or type(problem).__name__
