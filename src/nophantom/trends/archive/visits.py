"""Writing what visits to sources brought: many visits in one unit of work, each with its books and its health."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import NamedTuple

import orjson
from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from nophantom.store.canonical import canonical_json
from nophantom.store.portions import insert_rows, portions
from nophantom.trends.archive import source_tables as t
from nophantom.trends.archive.merging import (
    Merged,
    as_stored,
    count_outcomes,
    insert_items,
    insert_many,
    merge_documents,
    outcomes_of,
    update_many,
)
from nophantom.trends.archive.source_tables import FetchOutcome, SourceState
from nophantom.trends.archive.tables import ItemOutcome
from nophantom.trends.archive.visit_records import AnswerRecord, Visit, VisitBooks
from nophantom.trends.documents import Item, ItemDrop

MOST_SIGHTINGS = 2_000
"""A source that sends more at once sends what is new, not what it holds: it is not remembered."""

_FETCH = (
    "source_id, identity, path, sha256, n_bytes, outcome, lines, outside, blank, items, documents, duplicates, drops, "
    "again_duplicates, again_drops, trouble, told, requests, started_at, finished_at"
)
_HEALTH = (
    "next_at, last_at, last_ok_at, followed_since, rest_until, failures, trouble, told, etag, last_modified, body, "
    "moved_to, moved_seen, rhythm, remembered"
)
_NOTHING = sha256(b"").hexdigest()


class _Sorted(NamedTuple):
    """The items of a visit: those to write, and those that were there at the last visit."""

    fresh: list[Item]
    again_duplicates: int
    again_drops: dict[ItemDrop, int]


def record_visits(session: Session, visits: Sequence[Visit]) -> list[VisitBooks]:
    """Write visits: items, documents, books, health. All of them are kept, or none.

    Args:
        session: one unit of work, the only one that writes.
        visits: in any order; parts of one visit in their order.
    """
    seen = _sightings(session, {visit.source_id for visit in visits})
    anew = _dated_ahead(session, visits)
    apart = [_apart(v, {} if v.source_id in anew else seen.get(v.source_id, {})) for v in visits]
    documents = [item.document for part in apart for item in part.fresh if item.document is not None]
    merged = merge_documents(session, documents) if documents else Merged({}, set())
    new = set(merged.fresh)
    books = _books(visits, apart, new)
    fetches = _insert_fetches(session, visits, books, apart)
    sent = [(fetch_id, item) for fetch_id, part in zip(fetches, apart, strict=True) for item in part.fresh]
    insert_items(session, sent, merged)
    _insert_answers(session, visits, fetches)
    _insert_scores(session, sent, merged)
    _insert_adoption(session, visits, fetches)
    _insert_leads(session, visits, fetches)
    _remember(session, visits, merged, seen)
    _change_health(session, visits, books)
    _change_sources(session, visits)
    return [
        VisitBooks(fetch_id, visit.source_id, visit.outcome, visit.trouble, *counts)
        for fetch_id, visit, counts in zip(fetches, visits, books, strict=True)
    ]


def _sightings(
    session: Session, sources: Iterable[int]
) -> dict[int, dict[bytes, tuple[int | None, ItemDrop | None]]]:
    """What stood there at the last visits, by source and hash."""
    s = t.Sighting
    found: dict[int, dict[bytes, tuple[int | None, ItemDrop | None]]] = defaultdict(dict)
    for some in portions(sorted(sources)):
        rows = session.execute(
            select(s.source_id, s.raw_hash, s.document_id, s.reason).where(s.source_id.in_(some))
        )
        for source_id, raw_hash, document_id, reason in rows:
            found[source_id][bytes(raw_hash)] = (document_id, reason)
    return found


def _dated_ahead(session: Session, visits: Sequence[Visit]) -> set[int]:
    """Sources whose last visit lies after this one: a wrong clock dated what it brought, so it is all looked at."""
    began = {visit.source_id: visit.started_at for visit in visits if visit.part == 1}
    found: set[int] = set()
    for some in portions(sorted(began)):
        health = t.SourceHealth
        rows = session.execute(select(health.source_id, health.last_at).where(health.source_id.in_(some)))
        found |= {number for number, last_at in rows if last_at is not None and last_at > began[number]}
    return found


def _apart(visit: Visit, seen: Mapping[bytes, tuple[int | None, ItemDrop | None]]) -> _Sorted:
    fresh: list[Item] = []
    again_duplicates = 0
    again_drops: dict[ItemDrop, int] = defaultdict(int)
    for item in visit.items:
        known = seen.get(item.raw_hash)
        if known is None or (known[0] is None) != (item.document is None) or known[1] is not item.drop:
            fresh.append(item)
        elif item.drop is None:
            again_duplicates += 1
        else:
            again_drops[item.drop] += 1
    return _Sorted(fresh, again_duplicates, again_drops)


def _books(
    visits: Sequence[Visit], apart: Sequence[_Sorted], new: set[str]
) -> list[tuple[int, int, dict[ItemDrop, int], int]]:
    """Documents, duplicates, drops by reason and what was sent again, of every visit."""
    found = []
    for part in apart:
        counts = count_outcomes(outcomes_of(part.fresh, new))
        drops = Counter(item.drop for item in part.fresh if item.drop is not None)
        drops.update(part.again_drops)
        again = part.again_duplicates + sum(part.again_drops.values())
        duplicates = counts[ItemOutcome.DUPLICATE] + part.again_duplicates
        found.append((counts[ItemOutcome.DOCUMENT], duplicates, dict(drops), again))
    return found


def _insert_fetches(
    session: Session,
    visits: Sequence[Visit],
    books: Sequence[tuple[int, int, dict[ItemDrop, int], int]],
    apart: Sequence[_Sorted],
) -> list[int]:
    # Numbers are given by the store; the unit of work is the only one that writes, so those above are ours, in order.
    highest = session.execute(select(func.max(t.Fetch.id))).scalar() or 0
    stored = _moments(session)
    rows = []
    for visit, (documents, duplicates, drops, _), part in zip(visits, books, apart, strict=True):
        n_drops = sum(drops.values())
        items = documents + duplicates + n_drops
        again = (part.again_duplicates, sum(part.again_drops.values()))
        told = f"visit {visit.source_id} {visit.started_at.isoformat()} {visit.part}"
        about = (visit.source_id, sha256(told.encode()).hexdigest(), visit.address, _of_all(visit.answers))
        n_bytes = sum(answer.n_bytes for answer in visit.answers)
        counts = (items, 0, 0, items, documents, duplicates, n_drops, *again)
        ended = (visit.trouble and visit.trouble.value, visit.told, visit.requests)
        moments = (stored(visit.started_at), stored(visit.ended_at))
        rows.append((*about, n_bytes, visit.outcome.value, *counts, *ended, *moments))
    insert_many(session, '"fetch"', _FETCH, rows)
    return list(session.scalars(select(t.Fetch.id).where(t.Fetch.id > highest).order_by(t.Fetch.id)))


def _moments(session: Session) -> Callable[[datetime | None], datetime | str | None]:
    """Moments as the store has them."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    return lambda moment: None if moment is None else as_stored(moment, is_sqlite=is_sqlite)


def _of_all(answers: Sequence[AnswerRecord]) -> str:
    """One hash for all bodies: that of the only one, or over those of all."""
    if len(answers) == 1:
        return answers[0].sha256
    return sha256("".join(answer.sha256 for answer in answers).encode()).hexdigest() if answers else _NOTHING


def _insert_answers(session: Session, visits: Sequence[Visit], fetches: Sequence[int]) -> None:
    rows = [
        (fetch_id, position, *answer)
        for fetch_id, visit in zip(fetches, visits, strict=True)
        for position, answer in enumerate(visit.answers, 1)
    ]
    insert_many(session, "answer", "fetch_id, position, url, status, n_bytes, sha256", rows)


def _insert_scores(session: Session, sent: Sequence[tuple[int, Item]], merged: Merged) -> None:
    rows: dict[tuple[int, int], dict[str, int | None]] = {}
    for fetch_id, item in sent:
        score = item.score
        if item.document is None or score is None or (score.points is None and score.comments is None):
            continue
        document_id = merged.rows[item.document.native_id]
        rows[document_id, fetch_id] = {
            "document_id": document_id,
            "fetch_id": fetch_id,
            "points": score.points,
            "comments": score.comments,
        }
    insert_rows(session, t.Score, rows.values())


def _insert_adoption(session: Session, visits: Sequence[Visit], fetches: Sequence[int]) -> None:
    """Only the days that are told otherwise than at the last visit."""
    day = t.AdoptionDay
    for fetch_id, visit in zip(fetches, visits, strict=True):
        if not visit.adoption:
            continue
        known: dict[tuple[str, str, date], int] = {}
        for product in {point.product for point in visit.adoption}:
            query = select(day.product, day.measure, day.day, day.value).where(day.product == product)
            # The latest visit comes last, and stays.
            for row in session.execute(query.order_by(day.fetch_id)):
                known[row.product, row.measure, row.day] = row.value
        told = {(point.product, point.measure, point.day): point.value for point in visit.adoption}
        rows = [
            {"product": key[0], "measure": key[1], "day": key[2], "fetch_id": fetch_id, "value": value}
            for key, value in told.items()
            if known.get(key) != value
        ]
        insert_rows(session, day, rows)


def _insert_leads(session: Session, visits: Sequence[Visit], fetches: Sequence[int]) -> None:
    rows = [
        {
            **visit.lead._asdict(),
            "fetch_id": fetch_id,
            "engines": canonical_json(list(visit.lead.engines)),
            "outages": canonical_json(list(visit.lead.outages)),
        }
        for fetch_id, visit in zip(fetches, visits, strict=True)
        if visit.lead is not None
    ]
    insert_rows(session, t.Lead, rows)


def _remember(
    session: Session,
    visits: Sequence[Visit],
    merged: Merged,
    seen: Mapping[int, Mapping[bytes, tuple[int | None, ItemDrop | None]]],
) -> None:
    """What stands there now takes the place of what stood there; what stayed is not written again."""
    s = t.Sighting
    gone: list[tuple[int, bytes]] = []
    rows: list[tuple[object, ...]] = []
    for visit in visits:
        if visit.outcome is not FetchOutcome.COMPLETE or visit.part > 1 or len(visit.items) > MOST_SIGHTINGS:
            continue
        before = seen.get(visit.source_id, {})
        now: dict[bytes, tuple[int | None, ItemDrop | None]] = {}
        for item in visit.items:
            known = before.get(item.raw_hash)
            number = None if item.document is None else merged.rows.get(item.document.native_id)
            if number is None and item.document is not None:
                number = known[0] if known else None
            now.setdefault(item.raw_hash, (number, item.drop))
        changed = [raw for raw, what in now.items() if before.get(raw) != what]
        gone += [(visit.source_id, raw) for raw in before if raw not in now or raw in changed]
        rows += [(visit.source_id, raw, now[raw][0], _word(now[raw][1])) for raw in changed]
    if gone:
        statement = delete(s).where(s.source_id == bindparam("of_source"), s.raw_hash == bindparam("hash"))
        session.connection().execute(statement, [{"of_source": source, "hash": raw} for source, raw in gone])
    insert_many(session, "sighting", "source_id, raw_hash, document_id, reason", rows)


def _word(reason: ItemDrop | None) -> str | None:
    return None if reason is None else reason.value


def _change_health(
    session: Session, visits: Sequence[Visit], books: Sequence[tuple[int, int, dict[ItemDrop, int], int]]
) -> None:
    stored = _moments(session)
    brought = {v.source_id: v.ended_at for v, counts in zip(visits, books, strict=True) if counts[0]}
    new = [(stored(at), number) for number, at in brought.items()]
    update_many(session, "source_health", "last_new_at", "source_id", new)
    rows: list[tuple[object, ...]] = []
    for visit in visits:
        if (health := visit.health) is None:
            continue
        moments = (
            health.next_at,
            health.last_at,
            health.last_ok_at,
            health.followed_since,
            health.rest_until,
        )
        trouble = (health.failures, health.trouble and health.trouble.value, health.told)
        met = (health.etag, health.last_modified, health.body, health.moved_to, health.moved_seen)
        rhythm = orjson.dumps([moment.isoformat() for moment in health.rhythm]).decode()
        remembered = canonical_json(dict(health.remembered)) if health.remembered else "{}"
        rows.append((*map(stored, moments), *trouble, *met, rhythm, remembered, visit.source_id))
    update_many(session, "source_health", _HEALTH, "source_id", rows)


def _change_sources(session: Session, visits: Sequence[Visit]) -> None:
    """What sources say of themselves: their names where they had none, new addresses, their end."""
    names = ("title", "homepage", "language")
    told = [
        {"of_source": visit.source_id, **{f"told_{name}": getattr(visit, name) for name in names}}
        for visit in visits
        if visit.title or visit.homepage or visit.language
    ]
    if told:
        statement = update(t.Source).where(t.Source.id == bindparam("of_source"))
        values = {name: func.coalesce(getattr(t.Source, name), bindparam(f"told_{name}")) for name in names}
        session.connection().execute(statement.values(values), told)
    for visit in visits:
        if visit.retired:
            _retire(session, visit.source_id, visit.retired)
        elif visit.address_now:
            _move(session, visit.source_id, visit.address_now)


def _retire(session: Session, source_id: int, why: str) -> None:
    session.execute(
        update(t.Source)
        .where(t.Source.id == source_id)
        .values(state=SourceState.RETIRED, state_why=why)
        .execution_options(synchronize_session=False)
    )


def _move(session: Session, source_id: int, address: str) -> None:
    """Ask somewhere else from now on; where another source lives there already, this one ends."""
    other = session.execute(select(t.Source.id).where(t.Source.address == address)).scalar()
    if other is not None:
        _retire(session, source_id, f"it moved to {address}, which is source {other}")
        return
    session.execute(
        update(t.Source)
        .where(t.Source.id == source_id)
        .values(address=address)
        .execution_options(synchronize_session=False)
    )
