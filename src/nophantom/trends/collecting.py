"""Collecting: every source that is due is visited, and everything that it sent is written. WORLD.

Visits run side by side, each host at its own pace; one writer keeps them, many in one unit of work. A kill between
two units loses the visits that were not written, and those sources are still due.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import Engine

from nophantom.clock import now
from nophantom.errors import InvalidInput
from nophantom.outbound.loops import run
from nophantom.outbound.targets import target
from nophantom.store.engine import reading, writing
from nophantom.trends.archive.bodies import Bodies
from nophantom.trends.archive.source_rows import SourceRow
from nophantom.trends.archive.source_tables import FetchOutcome
from nophantom.trends.archive.sources import count_due, due_sources, resting
from nophantom.trends.archive.visit_records import Visit, VisitBooks
from nophantom.trends.archive.visits import record_visits
from nophantom.trends.documents import ItemDrop
from nophantom.trends.exchange import Protocol, SourceProtocol, Trouble
from nophantom.trends.fetching import Fetcher
from nophantom.trends.linking import linking_units
from nophantom.trends.protocols.arxiv import ARXIV_HOSTS
from nophantom.trends.protocols.arxiv_oai import ARXIV_OAI
from nophantom.trends.protocols.arxiv_query import ARXIV_QUERY
from nophantom.trends.protocols.arxiv_rss import ARXIV_RSS
from nophantom.trends.protocols.feed import FEED
from nophantom.trends.protocols.github_releases import GITHUB_RELEASES
from nophantom.trends.protocols.github_search import GITHUB_SEARCH
from nophantom.trends.protocols.github_stars import GITHUB_STARS
from nophantom.trends.protocols.hacker_news import HACKER_NEWS_ALGOLIA
from nophantom.trends.protocols.hacker_news_firebase import HACKER_NEWS_FIREBASE
from nophantom.trends.visiting import visit

PROTOCOLS: Mapping[SourceProtocol, Protocol] = {
    SourceProtocol.FEED: FEED,
    SourceProtocol.HACKER_NEWS_ALGOLIA: HACKER_NEWS_ALGOLIA,
    SourceProtocol.HACKER_NEWS_FIREBASE: HACKER_NEWS_FIREBASE,
    SourceProtocol.GITHUB_SEARCH: GITHUB_SEARCH,
    SourceProtocol.GITHUB_STARS: GITHUB_STARS,
    SourceProtocol.GITHUB_RELEASES: GITHUB_RELEASES,
    SourceProtocol.ARXIV_OAI: ARXIV_OAI,
    SourceProtocol.ARXIV_QUERY: ARXIV_QUERY,
    SourceProtocol.ARXIV_RSS: ARXIV_RSS,
}
"""How each kind of source is read; a SearXNG is asked by `leading`."""

AT_ONCE = 64
"""Visits that are under way."""
PORTION = 2_000
"""Sources that are held in memory."""
TOGETHER = 200
"""Visits that are written in one unit of work, or those of so many seconds:"""
SECONDS_TOGETHER = 0.5
KEEP_DAYS = 14
"""Days for which bodies are kept."""

_NATIVE_HOSTS = {
    SourceProtocol.HACKER_NEWS_ALGOLIA: "hn.algolia.com",
    SourceProtocol.HACKER_NEWS_FIREBASE: "hacker-news.firebaseio.com",
    SourceProtocol.GITHUB_SEARCH: "api.github.com",
    SourceProtocol.GITHUB_STARS: "api.github.com",
    SourceProtocol.GITHUB_RELEASES: "api.github.com",
}
_OF_ARXIV = frozenset({SourceProtocol.ARXIV_OAI, SourceProtocol.ARXIV_QUERY, SourceProtocol.ARXIV_RSS})


@dataclass
class Collected:
    """What a collection brought, in sums.

    Attributes:
        visits: that were written; `fetched`, `unchanged` and `failed` of them.
        fetched: visits that brought something to read.
        unchanged: visits to sources with nothing new.
        failed: visits that brought nothing.
        documents: items that are new.
        duplicates: items that were known.
        drops: items that were dropped, by reason.
        troubles: visits with a trouble, by its kind.
        seconds: of wall time.
        stopped: whether it was stopped before its end.
    """

    visits: int = 0
    fetched: int = 0
    unchanged: int = 0
    failed: int = 0
    documents: int = 0
    duplicates: int = 0
    drops: Counter[ItemDrop] = field(default_factory=Counter)
    troubles: Counter[Trouble] = field(default_factory=Counter)
    seconds: float = 0.0
    stopped: bool = False

    @property
    def items(self) -> int:
        """Everything that was sent: documents, duplicates and drops."""
        return self.documents + self.duplicates + self.drops.total()

    def add(self, books: VisitBooks, *, last: bool) -> None:
        """Count one visit, or a part of one."""
        self.documents += books.documents
        self.duplicates += books.duplicates
        self.drops.update(books.drops)
        if not last:
            return
        self.visits += 1
        self.fetched += books.outcome in (FetchOutcome.COMPLETE, FetchOutcome.DAMAGED)
        self.unchanged += books.outcome is FetchOutcome.UNCHANGED
        self.failed += books.outcome is FetchOutcome.FAILED
        if books.trouble is not None:
            self.troubles[books.trouble] += 1


OnVisit = Callable[[Collected, int], None]
"""Called with the sums so far and the number of sources that are due."""


@dataclass
class Collecting:
    """Where sources are read from and written to, and how.

    Attributes:
        engine: the store, its tables up to date.
        fetcher: not yet open.
        bodies: where bodies are kept; None keeps none.
        keep_days: for how long.
        secrets: tokens by name.
        at_once: visits under way.
        protocols: how each kind of source is read.
        clock: the moment (UTC).
        rng: of the drawn parts of the intervals; None seeds one from the system.
        on_visit: told about the progress.
    """

    engine: Engine
    fetcher: Fetcher = field(default_factory=Fetcher)
    bodies: Bodies | None = None
    keep_days: float = KEEP_DAYS
    secrets: Mapping[str, str] = field(default_factory=dict)
    at_once: int = AT_ONCE
    protocols: Mapping[SourceProtocol, Protocol] = field(default_factory=lambda: PROTOCOLS)
    clock: Callable[[], datetime] = now
    rng: np.random.Generator | None = None
    on_visit: OnVisit | None = None

    def collect(self, *, only: Sequence[int] | None = None) -> Collected:
        """Visit every source that is due, once.

        Args:
            only: these alone, whether due or not.
        """
        return run(self._alone(only))

    async def _alone(self, only: Sequence[int] | None) -> Collected:
        async with self.fetcher:
            return await self.collect_open(only=only)

    async def collect_open(self, *, only: Sequence[int] | None = None) -> Collected:
        """The same with a fetcher that is open."""
        rng = self.rng or np.random.default_rng()
        done, began = Collected(), asyncio.get_running_loop().time()
        at = self.clock()
        with reading(self.engine) as session:
            due = len(only) if only is not None else count_due(session, at)[1]
            # A host that asked an earlier run to leave it alone asked this one, too.
            for source, until in resting(session, at):
                with suppress(InvalidInput):
                    self.fetcher.rest(f"https://{host_of(source)}/", (until - at).total_seconds())
        queue: asyncio.Queue[Visit | None] = asyncio.Queue(maxsize=4 * TOGETHER)
        writer = asyncio.create_task(self._write(queue, done, due))
        try:
            async for portion in self._portions(only):
                await self._visit_all(portion, queue, done, rng)
                if done.stopped:
                    break
        except asyncio.CancelledError:
            done.stopped = True
            raise
        finally:
            # What was visited is written, also when the rest was stopped.
            if not writer.done():
                await asyncio.shield(queue.put(None))
            await asyncio.shield(writer)
            done.seconds = asyncio.get_running_loop().time() - began
        for _ in linking_units(self.engine, clock=self.clock):
            await asyncio.sleep(0)  # a stop is heard between two units of work
        self._forget()
        return done

    async def _portions(self, only: Sequence[int] | None) -> AsyncIterator[list[SourceRow]]:
        at, after = self.clock(), 0
        while True:
            with reading(self.engine) as session:
                portion = due_sources(session, at, limit=PORTION, after=after, only=only)
            if not portion:
                return
            after = portion[-1].id
            yield [source for source in portion if source.protocol in self.protocols]

    async def _visit_all(
        self,
        sources: Sequence[SourceRow],
        queue: asyncio.Queue[Visit | None],
        done: Collected,
        rng: np.random.Generator,
    ) -> None:
        room = asyncio.Semaphore(self.at_once)
        by_host: dict[str, deque[SourceRow]] = defaultdict(deque)
        for source in sources:
            by_host[host_of(source)].append(source)

        async def runner(waiting: deque[SourceRow]) -> None:
            while waiting and not done.stopped:
                source = waiting.popleft()
                async with room:
                    await self._visit(source, queue, rng)

        runners = [
            asyncio.create_task(runner(waiting))
            for waiting in by_host.values()
            for _ in range(min(len(waiting), self.protocols[waiting[0].protocol].at_once))
        ]
        try:
            for task in asyncio.as_completed(runners):
                await task
        finally:
            for one in runners:
                one.cancel()
            await asyncio.gather(*runners, return_exceptions=True)

    async def _visit(
        self, source: SourceRow, queue: asyncio.Queue[Visit | None], rng: np.random.Generator
    ) -> None:
        keep = None if self.bodies is None else self._keep
        async for part in visit(
            source,
            self.protocols[source.protocol],
            self.fetcher,
            clock=self.clock,
            rng=rng,
            secrets=self.secrets,
            keep=keep,
        ):
            await queue.put(part)

    def _keep(self, content: bytes) -> None:
        if self.bodies is not None:
            self.bodies.put(content, self.clock())

    async def _write(self, queue: asyncio.Queue[Visit | None], done: Collected, due: int) -> None:
        ended = False
        while not ended:
            first = await queue.get()
            if first is None:
                return
            together = [first]
            deadline = asyncio.get_running_loop().time() + SECONDS_TOGETHER
            while len(together) < TOGETHER and not ended:
                rest = deadline - asyncio.get_running_loop().time()
                try:
                    further = queue.get_nowait() if rest <= 0 else await asyncio.wait_for(queue.get(), rest)
                except (TimeoutError, asyncio.QueueEmpty):
                    break
                if further is None:
                    ended = True
                else:
                    together.append(further)
            try:
                self._record(together, done, due)
            except Exception:
                done.stopped = True
                while not ended:  # else visits that are under way would wait for room for ever
                    ended = await queue.get() is None
                raise

    def _record(self, together: Sequence[Visit], done: Collected, due: int) -> None:
        if self.bodies is not None:
            self.bodies.write()  # first, so that no answer is told of whose body was lost by a kill
        with writing(self.engine) as session:
            books = record_visits(session, together)
        for part, counts in zip(together, books, strict=True):
            done.add(counts, last=part.health is not None)
        if self.on_visit is not None:
            self.on_visit(done, due)

    def _forget(self) -> None:
        if self.bodies is not None:
            self.bodies.forget(self.clock() - timedelta(days=self.keep_days))


def host_of(source: SourceRow) -> str:
    """Whose patience a visit takes: sources of one host wait for each other."""
    base = source.settings.get("base")
    if base is None and source.protocol in _OF_ARXIV:
        return min(ARXIV_HOSTS)
    if base is None and source.protocol in _NATIVE_HOSTS:
        return _NATIVE_HOSTS[source.protocol]
    try:
        return target(base or source.address).host
    except InvalidInput:
        return source.address


@dataclass
class Watching:
    """Collecting for ever.

    Attributes:
        collecting: how; its fetcher not yet open.
        longest: seconds between two looks at what is due.
        pause: seconds to wait after something failed that no visit is to blame for.
        on_round: told what a round brought and when the next source is due.
        on_trouble: told what went wrong between two rounds.
        between: what else is to be done between two rounds (asking for leads); may raise as it likes.
    """

    collecting: Collecting
    longest: float = 60.0
    pause: float = 30.0
    on_round: Callable[[Collected, datetime | None], None] | None = None
    on_trouble: Callable[[Exception], None] | None = None
    between: Callable[[Fetcher], object] | None = None

    async def watch(self, stop: asyncio.Event) -> int:
        """Collect what is due, wait, collect again, until `stop` is set; returns how many rounds brought visits.

        No failure ends it: what a visit meets is written with the visit, and what happens to the store or the machine
        is told and tried again.
        """
        rounds = 0
        async with self.collecting.fetcher as fetcher:
            while not stop.is_set():
                wait = self.longest
                try:
                    rounds += await self._round(fetcher, stop)
                    wait = self._until_next()
                except asyncio.CancelledError:
                    raise
                except Exception as problem:  # noqa: BLE001 - whatever it is, the next round may go better
                    wait = self.pause
                    if self.on_trouble is not None:
                        self.on_trouble(problem)
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), wait)
        return rounds

    async def _round(self, fetcher: Fetcher, stop: asyncio.Event) -> bool:
        at_work = asyncio.create_task(self.collecting.collect_open())
        told = asyncio.create_task(stop.wait())
        await asyncio.wait({at_work, told}, return_when=asyncio.FIRST_COMPLETED)
        if not at_work.done():
            at_work.cancel()
        told.cancel()
        with suppress(asyncio.CancelledError):
            done = await at_work
            if done.visits and self.on_round is not None:
                self.on_round(done, self._next_at())
            if self.between is not None and not stop.is_set():
                found = self.between(fetcher)
                if asyncio.iscoroutine(found):
                    await found
            return done.visits > 0
        return False

    def _next_at(self) -> datetime | None:
        with reading(self.collecting.engine) as session:
            return count_due(session, self.collecting.clock())[2]

    def _until_next(self) -> float:
        next_at = self._next_at()
        if next_at is None:
            return self.longest
        # What is due and not visited by us (a SearXNG) would else be looked at without a pause.
        return min(self.longest, max(1.0, (next_at - self.collecting.clock()).total_seconds()))
