"""Asking one's own SearXNG for leads, and the sources behind its hits for the truth. WORLD.

What a search finds is evidence and never a count. A hit becomes a document when the source behind it told its id, title
and date; else it is dropped as an unconfirmed lead, with engine, query and rank. Engines that are down are an outage,
not an empty result.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

import numpy as np
from sqlalchemy import Engine

from nophantom.clock import now
from nophantom.errors import Unavailable
from nophantom.outbound.loops import run
from nophantom.store.engine import reading, writing
from nophantom.trends.archive.leads import LeadRow, followed_topics, read_leads, topics_of_interest
from nophantom.trends.archive.source_rows import NewSource, SourceRow
from nophantom.trends.archive.source_tables import FetchOutcome
from nophantom.trends.archive.sources import add_sources, find_source
from nophantom.trends.archive.visit_records import AnswerRecord, Health, LeadRecord, Visit
from nophantom.trends.archive.visits import record_visits
from nophantom.trends.catalog import family_of, normal_address, protocol_of
from nophantom.trends.confirmation import (
    Confirmed,
    Unconfirmed,
    ask_confirmation,
    confirm,
    item_of_lead,
)
from nophantom.trends.documents import Family, Item, ItemDrop
from nophantom.trends.exchange import Answer, Ask, Protocol, Reading, Refusal, Step, Trouble
from nophantom.trends.fetching import Failure, Fetched, Fetcher
from nophantom.trends.leads import Asked, AskedBy, LeadBudget, LeadQuery, Wanted, plan_queries
from nophantom.trends.native_things import NativeThing
from nophantom.trends.protocols.searxng import (
    SEES,
    Refused,
    SearchAnswer,
    ask_config,
    ask_search,
    read_config,
    read_search,
)
from nophantom.trends.schedule import next_check, rhythm_of

WANTED_ENGINES = (
    "github",
    "hackernews",
    "arxiv",
    "stackoverflow",
    "lobste.rs",
    "semantic scholar",
    "crossref",
    "huggingface",
    "pypi",
    "npm",
    "crates.io",
)
"""Engines whose hits have a native source; those that one's SearXNG knows are asked."""
_REMEMBERED = timedelta(days=30)
_INSTEAD = 2  # things that a hit may lead on to
_TOLD = 120


def _nothing(_reading: Reading, _at: datetime) -> tuple[Ask, ...]:
    return ()


def _empty(_reading: Reading, _ask: Ask, _answer: Answer) -> Step:
    return Step()


SEARCH = Protocol(_nothing, _empty, sees=SEES, at_once=1)
"""How one's own SearXNG is asked; `Leading` reads the answers."""
CONFIRM = Protocol(_nothing, _empty, sees=frozenset({400, 401, 403, 404, 410, 451}), gap=1.0, at_once=1)
"""How gently the sources behind hits are asked."""


@dataclass
class Leading:
    """Where leads are asked for and written to.

    Attributes:
        engine: the store, its tables up to date.
        base: address of one's own SearXNG.
        budget: how much may be asked.
        engines: names of engines that are wanted.
        secrets: tokens by name.
        origins: by host what is asked in its place; for tests.
        clock: the moment (UTC).
        pause: waits some seconds.
        on_lead: told of each question as it is written.
    """

    engine: Engine
    base: str
    budget: LeadBudget = field(default_factory=LeadBudget)
    engines: Sequence[str] = WANTED_ENGINES
    secrets: Mapping[str, str] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)
    clock: Callable[[], datetime] = now
    pause: Callable[[float], object] = asyncio.sleep
    on_lead: Callable[[LeadRow], None] | None = None

    def ask(self, fetcher: Fetcher, *, topics: Sequence[str] = (), most: int | None = None) -> list[LeadRow]:
        """Ask about what is wanted most; opens the fetcher.

        Args:
            fetcher: not yet open; its guard must trust the SearXNG.
            topics: words of topics to ask about; by default signals, the watch list and what people follow.
            most: questions at most; else what the budget leaves.

        Raises:
            Unavailable: the SearXNG cannot be asked.
        """

        async def alone() -> list[LeadRow]:
            async with fetcher:
                return await self.ask_open(fetcher, topics=topics, most=most)

        return run(alone())

    async def ask_open(
        self, fetcher: Fetcher, *, topics: Sequence[str] = (), most: int | None = None
    ) -> list[LeadRow]:
        """The same with a fetcher that is open."""
        queries = self._planned(topics)[:most]
        if not queries:
            return []
        engines = await self._engines(fetcher)
        source = self._source()
        done = []
        for query in queries:
            rest = (query.not_before - self.clock()).total_seconds()
            if rest > 0:
                waited = self.pause(rest)
                if asyncio.iscoroutine(waited):
                    await waited
            visit = await self._visit(fetcher, source, query, engines)
            with writing(self.engine) as session:
                books = record_visits(session, [visit])
                row = read_leads(session, limit=1)[0]
            assert row.fetch_id == books[0].fetch_id
            done.append(row)
            if self.on_lead is not None:
                self.on_lead(row)
            if visit.outcome is FetchOutcome.FAILED:
                break  # the next question would fare no better
        return done

    def _planned(self, topics: Sequence[str]) -> tuple[LeadQuery, ...]:
        at = self.clock()
        with reading(self.engine) as session:
            before = [Asked(row.topic, row.at) for row in read_leads(session, since=at - _REMEMBERED)]
            if topics:
                wanted = [Wanted(topic, topic, AskedBy.FOLLOWED, "asked by hand") for topic in topics]
                # Who asks by hand means now; the day's budget and the gap hold all the same.
                before = [asked._replace(topic="") for asked in before]
                return plan_queries(wanted, before, self.budget, at)
            signals, watched = topics_of_interest(session)
            wanted = [
                Wanted(
                    row.slug, row.name, AskedBy.SIGNAL, f"a signal, momentum at least {row.momentum_low:.1f}"
                )
                for row in signals
            ]
            wanted += [
                Wanted(
                    row.slug, row.name, AskedBy.WATCH_LIST, f"watched: {row.needed or 'some'} stories short"
                )
                for row in watched
            ]
            wanted += [
                Wanted(topic.slug, topic.words, AskedBy.FOLLOWED, topic.why or "followed")
                for topic in followed_topics(session)
            ]
        return plan_queries(wanted, before, self.budget, at)

    async def _engines(self, fetcher: Fetcher) -> tuple[str, ...]:
        found = await fetcher.fetch(ask_config(self.base), SEARCH)
        if not isinstance(found, Fetched):
            told = f"{found.trouble}: {found.told}" if isinstance(found, Failure) else "nothing new"
            raise Unavailable(
                f"the SearXNG at {self.base!r} cannot be asked: {told}. Check that it runs and that the setting "
                "searxng names it."
            )
        try:
            known = read_config(found.answer).known
        except Refusal as refusal:
            raise Unavailable(f"{self.base!r} is no SearXNG of ours: {refusal.told}.") from None
        engines = tuple(name for name in self.engines if name in known)
        if not engines:
            raise Unavailable(
                f"the SearXNG at {self.base!r} knows none of the engines {', '.join(self.engines)}. Name some of its "
                f"own: it knows {', '.join(sorted(known)[:8]) or 'none'}."
            )
        return engines

    def _source(self) -> SourceRow:
        """The SearXNG as a source of its own, so that its visits have books and health."""
        found = protocol_of(f"searxng:{self.base}")
        key = normal_address(f"searxng:{self.base}")
        family = family_of(found.protocol) or Family.WEB
        new = NewSource(found.address, key, family, found.protocol, found.settings, added_from="the settings")
        with writing(self.engine) as session:
            add_sources(session, [new], at=self.clock())
            return find_source(session, found.address)

    async def _visit(
        self, fetcher: Fetcher, source: SourceRow, query: LeadQuery, engines: tuple[str, ...]
    ) -> Visit:
        began = self.clock()
        ask = ask_search(self.base, query.query, engines)
        found = await fetcher.fetch(ask, SEARCH)
        told: tuple[Trouble, str] | None = None
        search: SearchAnswer | None = None
        items: list[Item] = []
        answers: tuple[AnswerRecord, ...] = ()
        if isinstance(found, Fetched):
            content = found.answer.content
            digest = sha256(content).hexdigest()
            answers = (AnswerRecord(found.answer.url, found.answer.status, len(content), digest),)
            try:
                search = read_search(found.answer, engines)
            except Refusal as refusal:
                told = (refusal.trouble, refusal.told)
        elif isinstance(found, Failure):
            told = (found.trouble, found.told)
        if search is not None:
            items = await self._items(fetcher, search, query)
            if search.outages:
                named = ", ".join(f"{outage.engine} ({outage.told})" for outage in search.outages)
                told = (Trouble.INCOMPLETE, f"engines that did not answer: {named}")
        return self._written(source, query, engines, began, search, items, answers, told)

    async def _items(self, fetcher: Fetcher, search: SearchAnswer, query: LeadQuery) -> list[Item]:
        items = []
        for position, hit in enumerate(search.hits, 1):
            outcome = await self._confirm(fetcher, hit.thing)
            items.append(item_of_lead(outcome, hit, query.query, position=position))
        first = len(items)
        return items + [_of_refused(one, query, first + n) for n, one in enumerate(search.refused, 1)]

    async def _confirm(self, fetcher: Fetcher, thing: NativeThing) -> Confirmed | Unconfirmed:
        outcome: Confirmed | Unconfirmed = Unconfirmed(f"{thing.native_id}: it leads nowhere")
        for _ in range(_INSTEAD):
            ask = ask_confirmation(thing, secrets=self.secrets, origins=self.origins)
            found = await fetcher.fetch(ask, CONFIRM)
            if not isinstance(found, Fetched):
                why = f"{found.trouble}: {found.told}" if isinstance(found, Failure) else "nothing came"
                return Unconfirmed(f"{thing.native_id}: {why}"[:_TOLD], is_final=False)
            outcome = confirm(thing, found.answer)
            if isinstance(outcome, Confirmed) or outcome.instead is None:
                return outcome
            thing = outcome.instead
        return outcome

    def _written(
        self,
        source: SourceRow,
        query: LeadQuery,
        engines: tuple[str, ...],
        began: datetime,
        search: SearchAnswer | None,
        items: Sequence[Item],
        answers: tuple[AnswerRecord, ...],
        told: tuple[Trouble, str] | None,
    ) -> Visit:
        at = max(self.clock(), began)
        trouble, why = told or (None, None)
        failures = 0 if trouble is None else source.failures + 1
        next_at = next_check(
            at, rhythm_of((), at), Step().hints, rng=np.random.default_rng(), failures_in_row=failures
        )
        confirmed = sum(item.document is not None for item in items)
        outages = tuple(outage.engine for outage in search.outages) if search else ()
        went_well = search is not None
        return Visit(
            source.id,
            source.address,
            began,
            at,
            FetchOutcome.COMPLETE if went_well else FetchOutcome.FAILED,
            items=tuple(items),
            answers=answers,
            trouble=trouble,
            told=why,
            health=Health(
                next_at=next_at,
                last_at=at,
                last_ok_at=at if went_well else source.last_ok_at,
                followed_since=source.followed_since or (began if went_well else None),
                failures=failures,
                trouble=trouble,
                told=why,
                etag=None,
                last_modified=None,
                body=None,
                moved_to=None,
                moved_seen=0,
                rhythm=(),
                remembered={},
            ),
            lead=LeadRecord(
                query.topic,
                query.asked_by.value,
                query.why,
                engines,
                outages,
                search.n_results if search else 0,
                confirmed,
            ),
        )


def _of_refused(refused: Refused, query: LeadQuery, position: int) -> Item:
    """A result that is no lead: of an engine that was not asked, or without an address."""
    raw = sha256(f"{query.query}\n{refused.rank}\n{refused.url}".encode("utf-8", "surrogatepass")).digest()[
        :16
    ]
    seen = f"rank {refused.rank} for {query.query[:40]!r}: {refused.why}: {refused.url}"[:_TOLD]
    return Item(position, raw, None, ItemDrop.UNCONFIRMED_LEAD, seen)
