"""Sources in the store: added once under whatever spelling, found again, paused, and told which are due."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import Session

from nophantom.errors import InvalidInput, NotFound
from nophantom.store.canonical import canonical_json
from nophantom.store.paging import Column, Page, order_of, read_page
from nophantom.store.portions import insert_rows, portions
from nophantom.trends.archive.source_rows import Added, NewSource, SourceRow, VisitRow, as_source, source_rows
from nophantom.trends.archive.source_tables import Fetch, Source, SourceHealth, SourceState
from nophantom.trends.exchange import SourceProtocol, Trouble

SOURCE_SORTS = ("address", "next_at", "failures", "id")


_VISITED = and_(
    Source.state == SourceState.ACTIVE,
    # A SearXNG is asked when there is something to ask, not when it is due.
    Source.protocol.not_in([SourceProtocol.ARCHIVE, SourceProtocol.SEARXNG]),
)


def add_sources(session: Session, sources: Sequence[NewSource], *, at: datetime) -> Added:
    """Follow sources; one that is there already, under whatever spelling, is left as it is.

    Args:
        session: one unit of work.
        sources: in order.
        at: the moment; they are due at once.
    """
    keys = {source.key for source in sources}
    there = known_sources(session, keys)
    # One that moved keeps its key: its new address is that of no key.
    asked = _addresses(session, {source.address for source in sources if source.key not in there})
    fresh: list[NewSource] = []
    known: list[tuple[int, str]] = []
    for place, source in enumerate(sources):
        if source.key in there or source.address in asked:
            known.append((place, there.get(source.key, source.address)))
            continue
        there[source.key] = source.address
        fresh.append(source)
    return Added(_insert(session, fresh, at), tuple(known))


def _insert(session: Session, fresh: Sequence[NewSource], at: datetime) -> tuple[int, ...]:
    """Thousands at a time, in their order; the unit of work is the only one that writes."""
    if not fresh:
        return ()
    highest = session.execute(select(func.max(Source.id))).scalar() or 0
    plain = ("address", "key", "family", "protocol", "title", "homepage", "language", "kind", "added_from")
    insert_rows(
        session,
        Source,
        (
            {name: getattr(source, name) for name in plain}
            | {"settings": canonical_json(dict(source.settings)), "added_at": at}
            for source in fresh
        ),
    )
    numbers = tuple(session.scalars(select(Source.id).where(Source.id > highest).order_by(Source.id)))
    insert_rows(session, SourceHealth, ({"source_id": number, "next_at": at} for number in numbers))
    return numbers


def known_sources(session: Session, keys: Iterable[str]) -> dict[str, str]:
    """The addresses of sources that are there, by their keys."""
    found: dict[str, str] = {}
    for some in portions(sorted(keys)):
        rows = session.execute(select(Source.key, Source.address).where(Source.key.in_(some)))
        found.update({key: address for key, address in rows if key is not None})
    return found


def _addresses(session: Session, addresses: Iterable[str]) -> set[str]:
    """Those at which a source is asked."""
    found: set[str] = set()
    for some in portions(sorted(addresses)):
        found.update(session.scalars(select(Source.address).where(Source.address.in_(some))))
    return found


def read_source(session: Session, number: int) -> SourceRow:
    """A source by its number.

    Raises:
        NotFound: there is none.
    """
    row = session.execute(source_rows().where(Source.id == number)).first()
    if row is None:
        raise NotFound(f"there is no source {number}. `nophantom sources list` shows them.")
    return as_source(row)


def find_source(session: Session, reference: str) -> SourceRow:
    """A source by its number, its address, or any piece of its address or title that only it has.

    Raises:
        NotFound: there is none.
        InvalidInput: several have that piece.
    """
    if reference.isascii() and reference.isdigit():
        return read_source(session, int(reference))
    visited = source_rows().where(Source.protocol != SourceProtocol.ARCHIVE)
    exact = session.execute(visited.where(Source.address == reference)).first()
    if exact is not None:
        return as_source(exact)
    found = session.execute(visited.where(_contains(reference)).order_by(Source.id).limit(6)).all()
    if not found:
        raise NotFound(f"no source has {reference!r} in its address or title. Try `nophantom sources list`.")
    if len(found) > 1:
        names = ", ".join(f"{row.id} {row.address}" for row in found[:5])
        raise InvalidInput(f"several sources have {reference!r}: {names}. Name one by its number.")
    return as_source(found[0])


def _contains(piece: str) -> Column:
    low = piece.lower()
    return or_(
        func.lower(Source.address).contains(low, autoescape=True),
        func.lower(func.coalesce(Source.title, "")).contains(low, autoescape=True),
    )


def due_sources(
    session: Session, at: datetime, *, limit: int, after: int = 0, only: Sequence[int] | None = None
) -> list[SourceRow]:
    """Active sources that are to be visited, in the order of their numbers.

    Args:
        session: read from.
        at: the present moment.
        limit: how many at most.
        after: only numbers above this one: where the last portion ended.
        only: these alone, whether due or not.

    A source whose last visit lies more than an hour in the future was told so by a clock that was wrong: it is due.
    """
    health = SourceHealth
    query = source_rows().where(_VISITED, Source.id > after)
    if only is None:
        query = query.where(or_(health.next_at <= at, health.last_at > at + timedelta(hours=1)))
    else:
        query = query.where(Source.id.in_(only))
    return [as_source(row) for row in session.execute(query.order_by(Source.id).limit(limit))]


def resting(session: Session, at: datetime) -> list[tuple[SourceRow, datetime]]:
    """Sources whose host asked to be left alone, and until when."""
    found = session.execute(source_rows().where(SourceHealth.rest_until > at))
    return [(as_source(row), row.rest_until) for row in found]


def count_due(session: Session, at: datetime) -> tuple[int, int, datetime | None]:
    """How many sources are visited at all, how many of them are due, and when the next one is."""
    health = SourceHealth
    active = and_(Source.id == health.source_id, _VISITED)
    due = or_(health.next_at <= at, health.last_at > at + timedelta(hours=1))
    number, next_at = session.execute(select(func.count(), func.min(health.next_at)).where(active)).one()
    n_due = session.execute(
        select(func.count()).select_from(health).join(Source, active).where(due)
    ).scalar_one()
    return number, n_due, next_at


def change_state(session: Session, number: int, state: SourceState, why: str | None, *, at: datetime) -> None:
    """Visit a source no more, or again; one that is visited again is due at once.

    Raises:
        InvalidInput: an archive, which nobody visits.
    """
    source = read_source(session, number)
    if source.protocol is SourceProtocol.ARCHIVE:
        raise InvalidInput(f"{source.address!r} is an archive: it is never visited. Nothing was changed.")
    session.execute(update(Source).where(Source.id == number).values(state=state, state_why=why))
    if state is SourceState.ACTIVE and source.state is not SourceState.ACTIVE:
        session.execute(update(SourceHealth).where(SourceHealth.source_id == number).values(next_at=at))


def page_sources(
    session: Session,
    *,
    state: Sequence[SourceState] = (),
    protocol: Sequence[SourceProtocol] = (),
    trouble: Sequence[Trouble] = (),
    failing: bool | None = None,
    contains: str | None = None,
    sort: str = "address",
    limit: int = 50,
    cursor: str | None = None,
) -> Page[SourceRow]:
    """The sources that are visited, or were.

    Args:
        session: read from.
        state: only in one of these; empty for all. `protocol` and `trouble` likewise.
        protocol: only read by one of these.
        trouble: only with one of these troubles.
        failing: only those whose last visit failed, or only the others.
        contains: only with this in their address or title, in whatever case.
        sort: one of `SOURCE_SORTS`; `-` in front for the greatest first.
        limit: rows of a page.
        cursor: `next_cursor` of the page before.

    Raises:
        InvalidInput: no such sort or cursor.
    """
    failures: Column = func.coalesce(SourceHealth.failures, 0)
    query = source_rows().where(Source.protocol != SourceProtocol.ARCHIVE)
    if state:
        query = query.where(Source.state.in_(state))
    if protocol:
        query = query.where(Source.protocol.in_(protocol))
    if trouble:
        query = query.where(SourceHealth.trouble.in_(trouble))
    if failing is not None:
        query = query.where(failures > 0 if failing else failures == 0)
    if contains:
        query = query.where(_contains(contains))
    columns: dict[str, Column] = {
        "address": Source.address,
        "next_at": SourceHealth.next_at,
        "failures": SourceHealth.failures,
        "id": Source.id,
    }
    filters = {
        "state": sorted(state),
        "protocol": sorted(protocol),
        "trouble": sorted(trouble),
        "failing": failing,
        "contains": contains,
    }
    order = order_of(sort, columns, Source.id)
    page = read_page(session, query, order, limit=limit, cursor=cursor, filters=filters)
    return page.of(lambda rows: [as_source(row) for row in rows])


def last_visits(session: Session, number: int, *, limit: int = 50) -> list[VisitRow]:
    """The last visits to a source, the latest first."""
    names = VisitRow.__dataclass_fields__
    query = select(*(getattr(Fetch, name) for name in names)).where(Fetch.source_id == number)
    rows = session.execute(query.order_by(Fetch.started_at.desc(), Fetch.id.desc()).limit(limit))
    return [VisitRow(*row) for row in rows]
