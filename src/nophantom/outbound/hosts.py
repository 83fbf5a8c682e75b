"""How hard one host is asked: how many at once, how far apart, and not at all while it asked for rest."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

GROUPS = ("arxiv.org",)
"""Domains whose hosts count as one: what arXiv allows, it allows to all of its hosts together."""

Pause = Callable[[float], Awaitable[None]]


class HostLimit(NamedTuple):
    """What one host is asked for.

    Attributes:
        at_once: requests in flight.
        gap: least seconds between the starts of two requests.
    """

    at_once: int = 2
    gap: float = 0.0


@dataclass(slots=True)
class _Room:
    """What is known of a host. Of several limits that were asked for, the strictest holds."""

    at_once: int
    gap: float
    inside: int = 0
    next_start: float = 0.0
    closed_until: float = 0.0
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)


class Hosts:
    """Rooms of hosts, over all who ask; for one event loop.

    Args:
        clock: seconds that only grow.
        pause: waits some seconds.
        groups: domains whose hosts count as one.
    """

    def __init__(
        self, clock: Callable[[], float], pause: Pause = asyncio.sleep, groups: tuple[str, ...] = GROUPS
    ) -> None:
        self._clock = clock
        self._pause = pause
        self._groups = groups
        self._rooms: dict[str, _Room] = {}

    def group_of(self, host: str) -> str:
        """The name under which a host is counted."""
        return next((name for name in self._groups if host == name or host.endswith("." + name)), host)

    def close(self, host: str, seconds: float) -> None:
        """Nobody asks the host for that long; a longer rest that it already has stays."""
        room = self._room(host, HostLimit(at_once=2**30))
        room.closed_until = max(room.closed_until, self._clock() + seconds)

    def closed_for(self, host: str) -> float:
        """Seconds until the host may be asked again; 0 when it may now."""
        room = self._rooms.get(self.group_of(host))
        return 0.0 if room is None else max(0.0, room.closed_until - self._clock())

    @asynccontextmanager
    async def room(self, host: str, limit: HostLimit) -> AsyncIterator[None]:
        """One request to the host; enters when it is its turn."""
        room = self._room(host, limit)
        await self._enter(room)
        try:
            if room.gap > 0:
                await self._keep_apart(room)
            yield
        finally:
            self._leave(room)

    def _room(self, host: str, limit: HostLimit) -> _Room:
        name = self.group_of(host)
        room = self._rooms.get(name)
        if room is None:
            room = self._rooms[name] = _Room(limit.at_once, limit.gap)
        room.at_once = min(room.at_once, limit.at_once)
        room.gap = max(room.gap, limit.gap)
        return room

    async def _enter(self, room: _Room) -> None:
        if room.inside < room.at_once and not room.waiting:
            room.inside += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        room.waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # it was this one's turn already: pass it on
                self._leave(room)
            else:
                room.waiting.remove(turn)
            raise

    async def _keep_apart(self, room: _Room) -> None:
        start = max(self._clock(), room.next_start)
        room.next_start = start + room.gap
        rest = start - self._clock()
        if rest > 0:
            await self._pause(rest)

    def _leave(self, room: _Room) -> None:
        room.inside -= 1
        while room.waiting and room.inside < room.at_once:
            turn = room.waiting.popleft()
            if not turn.done():
                room.inside += 1
                turn.set_result(None)
