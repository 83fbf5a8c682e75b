"""A store, a fault server and a clock that is set by hand: what tests of collecting stand on."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Engine, text
from tests.trends.fault_server import FaultServer, Sent, entry, feed

from nophantom.outbound.client import Client, Limits
from nophantom.outbound.guard import Guard
from nophantom.outbound.retries import Retrying
from nophantom.outbound.streams import Resolve, resolve
from nophantom.publishing.doctor import Violation, examine
from nophantom.store.engine import reading, writing
from nophantom.trends.archive.bodies import Bodies
from nophantom.trends.archive.source_rows import NewSource, SourceRow, VisitRow
from nophantom.trends.archive.sources import add_sources, last_visits, read_source
from nophantom.trends.catalog import family_of
from nophantom.trends.collecting import Collected, Collecting
from nophantom.trends.documents import Family
from nophantom.trends.exchange import SourceProtocol
from nophantom.trends.fetching import Fetcher

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that stands still until it is set."""

    moment: datetime = NOON

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **span: float) -> None:
        """Set it ahead; back, where the span is below zero."""
        self.moment += timedelta(**span)


async def _known(host: str, port: int) -> Sequence[str]:
    """Names of tests that no resolver knows."""
    if host.endswith(".example"):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return await resolve(host, port)


async def _pause(_seconds: float) -> None:
    await asyncio.sleep(0)


def fetcher(clock: Clock, *, seconds: float = 20.0, resolved: Resolve = _known, tries: int = 2) -> Fetcher:
    """One that may ask the loopback network, and waits for nothing but answers."""
    client = Client(
        Limits(at_once=32, connect=5.0, read=seconds, total=2 * seconds),
        Retrying(tries, 0.0, 0.0),
        np.random.default_rng(0),
        _pause,
        guard=Guard(("127.0.0.0/8",)),
        resolve=resolved,
        proxies={},
    )
    return Fetcher(client, clock=clock)


@dataclass
class Home:
    """Where sources are followed.

    Attributes:
        engine: the store.
        server: where the sources live.
        clock: of all that happens.
        bodies: where bodies are kept; None keeps none.
    """

    engine: Engine
    server: FaultServer
    clock: Clock = field(default_factory=Clock)
    bodies: Bodies | None = None

    def collecting(self, *, seconds: float = 20.0, **more: Any) -> Collecting:
        """How this home collects."""
        told: dict[str, Any] = {"bodies": self.bodies, "clock": self.clock, "rng": np.random.default_rng(7)}
        return Collecting(
            self.engine, more.pop("fetcher", None) or fetcher(self.clock, seconds=seconds), **told | more
        )

    def collect(self, *numbers: int, **more: Any) -> Collected:
        """Visit what is due, or these sources alone."""
        return self.collecting(**more).collect(only=numbers or None)

    def later(self, *numbers: int, hours: float = 24.0, **more: Any) -> Collected:
        """The same after a while."""
        self.clock.forward(hours=hours)
        return self.collect(*numbers, **more)

    def follow(
        self,
        *places: str,
        host: int = 0,
        protocol: SourceProtocol = SourceProtocol.FEED,
        settings: Mapping[str, str] | None = None,
        kind: str = "",
    ) -> tuple[int, ...]:
        """Add sources by their paths at the server, or by their addresses; returns their numbers."""
        addresses = [place if "://" in place else self.server.url(place, host) for place in places]
        family = family_of(protocol) or Family.FEED
        new = [NewSource(a, a, family, protocol, settings or {}, kind=kind) for a in addresses]
        with writing(self.engine) as session:
            return add_sources(session, new, at=self.clock()).new

    def source(self, number: int) -> SourceRow:
        """A source as it is."""
        with reading(self.engine) as session:
            return read_source(session, number)

    def visits(self, number: int) -> list[VisitRow]:
        """The visits to a source, the latest first."""
        with reading(self.engine) as session:
            return last_visits(session, number)

    def ask(self, query: str, **values: object) -> list[tuple[Any, ...]]:
        """Rows of the store."""
        with reading(self.engine) as session:
            return [tuple(row) for row in session.execute(text(query), values)]

    def count(self, table: str) -> int:
        """How many rows a table has."""
        return int(self.ask(f'SELECT count(*) FROM "{table}"')[0][0])

    def violations(self) -> list[Violation]:
        """What the doctor finds."""
        return examine(self.engine, None)

    def play(self, path: str, *sent: Sent) -> None:
        """What the server sends at a path: the first time, the second ..., and the last one ever after."""
        self.server.pages[path] = lambda time: sent[min(time, len(sent)) - 1]


def news(*guids: str, date: str | None = None) -> Sent:
    """A feed with an entry for each guid."""
    return Sent(body=feed(entries="".join(entry(guid, f"News of {guid}", date=date) for guid in guids)))


def written(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """What collecting wrote, without numbers of rows, days and moments: the same for the same sources, always."""
    queries = {
        "document": "SELECT native_id, title, url, published_on FROM document",
        "collection": """
            SELECT d.native_id, c.name FROM document_collection l
            JOIN document d ON d.id = l.document_id JOIN collection c ON c.id = l.collection_id
        """,
        "sighting": """
            SELECT s.address, g.raw_hash, d.native_id, g.reason FROM sighting g
            JOIN source s ON s.id = g.source_id LEFT JOIN document d ON d.id = g.document_id
        """,
        "items": """
            SELECT s.address, sum(f.documents + f.duplicates - f.again_duplicates), sum(f.drops - f.again_drops)
            FROM "fetch" f JOIN source s ON s.id = f.source_id GROUP BY s.address
        """,
        "words": "SELECT count(*) FROM document_words",
    }
    if engine.dialect.name == "sqlite":
        queries["words"] = "SELECT count(*) FROM document_words_docsize"
    with reading(engine) as session:
        return {name: sorted(tuple(row) for row in session.execute(text(q))) for name, q in queries.items()}
