"""How sources are: one source over the last month, its visits page by page, and all sources in sums."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, case, func, select
from sqlalchemy.orm import Session

from nophantom.store.paging import Page, Query, order_of, read_page
from nophantom.trends.archive.drops import count_item_drops, day_begins
from nophantom.trends.archive.source_rows import SourceRow, VisitRow
from nophantom.trends.archive.source_tables import Fetch, FetchOutcome, Source, SourceHealth, SourceState
from nophantom.trends.archive.sources import count_due, last_visits, read_source
from nophantom.trends.documents import ItemDrop
from nophantom.trends.exchange import SourceProtocol, Trouble
from nophantom.trends.schedule import degraded_because, rhythm_of

DAYS = 30
"""Days that the health of a source is told over, today among them."""
LAST_VISITS = 50


@dataclass(frozen=True, slots=True)
class SourceDay:
    """What a source brought on one day (UTC); on a day without a visit that is not known, and None.

    Attributes:
        day: of the calendar.
        visits: that began on it; `failed` of them met a trouble.
        documents: items that were new; `duplicates` and `drops` the others.
    """

    day: date
    visits: int
    failed: int
    documents: int | None
    duplicates: int | None
    drops: int | None


@dataclass(frozen=True, slots=True)
class TroubleCount:
    """How often one kind of trouble was met.

    Attributes:
        trouble: the kind.
        visits: that met it.
        last_at: when it was met last; `told` what was seen then.
    """

    trouble: Trouble
    visits: int
    last_at: datetime
    told: str | None


@dataclass(frozen=True, slots=True)
class SourceHealthPage:
    """A source as it is, and how its last `DAYS` days went.

    Attributes:
        source: as it is.
        degraded: why it is not well, in one sentence; None when it is, or is not visited.
        first: the first of the days.
        visits: in these days; `went_well` of them without any trouble.
        troubles: kinds of trouble in these days, most frequent first.
        days: each of them, the earliest first.
        drops: items that it sent in these days and that were dropped, each counted once.
        last_visits: the latest, whenever they were, the latest first.
    """

    source: SourceRow
    degraded: str | None
    first: date
    visits: int
    went_well: int
    troubles: tuple[TroubleCount, ...]
    days: tuple[SourceDay, ...]
    drops: Mapping[ItemDrop, int]
    last_visits: tuple[VisitRow, ...]

    @property
    def success_rate(self) -> float | None:
        """The share of the visits that went well; None where there was no visit."""
        return self.went_well / self.visits if self.visits else None


def why_degraded(source: SourceRow, at: datetime) -> str | None:
    """Why a source is not well, in one sentence; None when it is, when it is not visited, or was not yet."""
    if source.state is not SourceState.ACTIVE or source.last_at is None:
        return None
    return degraded_because(
        at,
        rhythm_of(source.rhythm, at),
        trouble=source.trouble,
        failures_in_row=source.failures,
        last_success=source.last_ok_at,
        wait_until=source.rest_until,
    )


def read_health(session: Session, number: int, *, at: datetime) -> SourceHealthPage:
    """A source with how its last days went.

    Args:
        session: read from.
        number: of the source.
        at: the present moment.

    Raises:
        NotFound: there is no such source.
    """
    source = read_source(session, number)
    first = at.astimezone(UTC).date() - timedelta(days=DAYS - 1)
    visits = _visits_since(session, number, first)
    return SourceHealthPage(
        source=source,
        degraded=why_degraded(source, at),
        first=first,
        visits=len(visits),
        went_well=sum(all(part.trouble is None for part in visit) for visit in visits),
        troubles=_troubles(visits),
        days=tuple(_day(first + timedelta(days=n), visits) for n in range(DAYS)),
        drops=count_item_drops(session, source=number, first=first).by_reason,
        last_visits=tuple(last_visits(session, number, limit=LAST_VISITS)),
    )


def _visits_since(session: Session, number: int, first: date) -> list[list[Row[Any]]]:
    """The visits since a day, each with its parts: a long one is written in several."""
    query: Query = (
        select(Fetch.started_at, Fetch.trouble, Fetch.told, Fetch.documents, Fetch.duplicates, Fetch.drops)
        .where(Fetch.source_id == number, Fetch.started_at >= day_begins(first))
        .order_by(Fetch.started_at, Fetch.id)
    )
    visits: dict[datetime, list[Row[Any]]] = defaultdict(list)
    for part in session.execute(query):
        visits[part.started_at].append(part)
    return list(visits.values())


def _troubles(visits: Sequence[Sequence[Row[Any]]]) -> tuple[TroubleCount, ...]:
    found: dict[Trouble, TroubleCount] = {}
    for visit in visits:
        for trouble, part in {part.trouble: part for part in visit if part.trouble is not None}.items():
            before = found[trouble].visits if trouble in found else 0
            found[trouble] = TroubleCount(trouble, before + 1, part.started_at, part.told)
    return tuple(sorted(found.values(), key=lambda one: (-one.visits, one.trouble)))


def _day(day: date, visits: Sequence[Sequence[Row[Any]]]) -> SourceDay:
    mine = [visit for visit in visits if visit[0].started_at.date() == day]
    parts = [part for visit in mine for part in visit]
    failed = sum(any(part.trouble is not None for part in visit) for visit in mine)
    if not parts:
        return SourceDay(day, 0, 0, None, None, None)
    sums = (sum(getattr(part, name) for part in parts) for name in ("documents", "duplicates", "drops"))
    return SourceDay(day, len(mine), failed, *sums)


def page_visits(
    session: Session,
    number: int,
    *,
    outcome: Sequence[FetchOutcome] = (),
    limit: int = 50,
    cursor: str | None = None,
) -> Page[VisitRow]:
    """The visits to a source with their books, the latest first.

    Args:
        session: read from.
        number: of the source.
        outcome: only visits that came so far; empty for all.
        limit: rows of a page.
        cursor: `next_cursor` of the page before.

    Raises:
        NotFound: there is no such source.
        InvalidInput: no such cursor.
    """
    read_source(session, number)
    names = tuple(VisitRow.__dataclass_fields__)
    query: Query = select(*(getattr(Fetch, name) for name in names)).where(Fetch.source_id == number)
    if outcome:
        query = query.where(Fetch.outcome.in_(outcome))
    order = order_of("-started_at", {"started_at": Fetch.started_at}, Fetch.id)
    filters = {"source": number, "outcome": sorted(outcome)}
    page = read_page(session, query, order, limit=limit, cursor=cursor, filters=filters)
    return page.of(lambda rows: [VisitRow(*(getattr(row, name) for name in names)) for row in rows])


@dataclass(frozen=True, slots=True)
class CollectedSums:
    """What the visits of some hours brought: visits = fetched + unchanged + failed, items = the last three.

    Attributes:
        since: the moment from which on visits are counted.
        visits: that began since then.
        fetched: visits that brought something to read.
        unchanged: visits to sources with nothing new.
        failed: visits that brought nothing.
        items: everything that was sent.
        documents: items that were new; `duplicates` were known, `drops` were dropped.
    """

    since: datetime
    visits: int
    fetched: int
    unchanged: int
    failed: int
    items: int
    documents: int
    duplicates: int
    drops: int


@dataclass(frozen=True, slots=True)
class SourcesSummary:
    """All sources that are visited, or were, in sums; archives are none.

    Attributes:
        by_state: how many there are in each state; states of none are left out.
        due: how many are due.
        next_at: when the next one is; None where none is active.
        failing: active ones whose last visit met a trouble; `by_trouble` of which kind.
        by_protocol: how many are read by each.
        day: what the last 24 hours brought.
    """

    by_state: Mapping[SourceState, int]
    due: int
    next_at: datetime | None
    failing: int
    by_trouble: Mapping[Trouble, int]
    by_protocol: Mapping[SourceProtocol, int]
    day: CollectedSums


def sum_sources(session: Session, *, at: datetime) -> SourcesSummary:
    """All sources in sums, as of a moment."""
    _, due, next_at = count_due(session, at)
    is_visited = Source.protocol != SourceProtocol.ARCHIVE

    def counted(query: Query) -> dict[Any, int]:
        rows = [(row[0], row[1]) for row in session.execute(query)]
        return dict(sorted(rows, key=lambda one: (-one[1], one[0])))

    health, active = (
        SourceHealth,
        and_(Source.id == SourceHealth.source_id, Source.state == SourceState.ACTIVE),
    )
    by_trouble = counted(
        select(health.trouble, func.count())
        .join(Source, active)
        .where(health.trouble.is_not(None))
        .group_by(health.trouble)
    )
    return SourcesSummary(
        by_state=counted(select(Source.state, func.count()).where(is_visited).group_by(Source.state)),
        due=due,
        next_at=next_at,
        failing=sum(by_trouble.values()),
        by_trouble=by_trouble,
        by_protocol=counted(
            select(Source.protocol, func.count()).where(is_visited).group_by(Source.protocol)
        ),
        day=_sums_since(session, at - timedelta(days=1)),
    )


def _sums_since(session: Session, since: datetime) -> CollectedSums:
    """Along the index of fetches by source and moment, so that older visits cost nothing."""
    failed = func.max(case((Fetch.outcome == FetchOutcome.FAILED, 1), else_=0))
    fetched = func.max(case((Fetch.outcome.in_((FetchOutcome.COMPLETE, FetchOutcome.DAMAGED)), 1), else_=0))
    visits = (
        select(
            failed.label("failed"),
            fetched.label("fetched"),
            *(func.sum(getattr(Fetch, name)).label(name) for name in ("documents", "duplicates", "drops")),
        )
        .select_from(Source)
        .join(Fetch, and_(Fetch.source_id == Source.id, Fetch.started_at >= since))
        .where(Source.protocol != SourceProtocol.ARCHIVE)
        .group_by(Fetch.source_id, Fetch.started_at)
        .subquery()
    )
    v = visits.c
    has_content = case((v.fetched == 1, 1), else_=0)
    has_failed = case((v.fetched == 1, 0), else_=v.failed)
    query = select(
        func.count(),
        *(func.coalesce(func.sum(one), 0) for one in (has_content, has_failed)),
        *(func.coalesce(func.sum(one), 0) for one in (v.documents, v.duplicates, v.drops)),
    )
    n, with_content, without, documents, duplicates, drops = map(int, session.execute(query).one())
    return CollectedSums(
        since=since,
        visits=n,
        fetched=with_content,
        unchanged=n - with_content - without,
        failed=without,
        items=documents + duplicates + drops,
        documents=documents,
        duplicates=duplicates,
        drops=drops,
    )
