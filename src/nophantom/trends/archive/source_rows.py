"""Sources as the store has them: what is added, and what is told of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Row, func, select

from nophantom.store.paging import Query
from nophantom.trends.archive.source_tables import Source, SourceHealth, SourceState
from nophantom.trends.documents import Family
from nophantom.trends.exchange import SourceProtocol, Trouble


@dataclass(frozen=True, slots=True)
class NewSource:
    """A source that is to be followed.

    Attributes:
        address: where it is asked.
        key: one spelling for all spellings of its address.
        family: of its documents.
        protocol: by which it is read.
        settings: what the protocol needs beside the address.
        title: its name, where it is known.
        homepage: its page for people, where it is known.
        language: ISO 639-1, where it is known.
        kind: the group that it belongs to, or empty.
        added_from: who named it: "a person", "the catalogue", a file.
    """

    address: str
    key: str
    family: Family
    protocol: SourceProtocol
    settings: Mapping[str, str] = field(default_factory=dict)
    title: str | None = None
    homepage: str | None = None
    language: str | None = None
    kind: str = ""
    added_from: str = "a person"


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a list of sources.

    Attributes:
        new: numbers of those that are new, in the order of the list.
        known: of the others, the place in the list and the address under which each is there.
    """

    new: tuple[int, ...]
    known: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source as it is: what it is, and how the last visits went.

    Attributes:
        id: its number.
        address: where it is asked; `key` is its one spelling.
        family: of its documents.
        protocol: by which it is read.
        title: its name; None where it told none yet.
        homepage: its page for people.
        language: ISO 639-1.
        kind: its group, or empty.
        settings: what its protocol needs.
        state: active, disabled or retired; `state_why` says why not active.
        added_at: when it was added; `added_from` by whom.
        next_at: when it is visited next; None for an archive.
        last_at: the last visit; `last_ok_at` the last that went well; `last_new_at` the last that brought a document.
        followed_since: the first visit that went well.
        failures: visits in a row that failed.
        trouble: why; `told` what was seen.
        moved_to: where it says that it lives now; `moved_seen` how often in a row.
        rhythm: moments of its newest items, the newest first; of items without dates, when visits found some.
        rest_until: until when its host asked to be left alone; None where it never did.
    """

    id: int
    address: str
    key: str | None
    family: Family
    protocol: SourceProtocol
    title: str | None
    homepage: str | None
    language: str | None
    kind: str
    settings: Mapping[str, str]
    state: SourceState
    state_why: str | None
    added_at: datetime | None
    added_from: str | None
    next_at: datetime | None
    last_at: datetime | None
    last_ok_at: datetime | None
    last_new_at: datetime | None
    followed_since: datetime | None
    failures: int
    trouble: Trouble | None
    told: str | None
    etag: str | None
    last_modified: str | None
    body: str | None
    moved_to: str | None
    moved_seen: int
    rhythm: tuple[datetime, ...]
    remembered: Mapping[str, str]
    rest_until: datetime | None = None

    @property
    def name(self) -> str:
        """Its title, or else its address."""
        return self.title or self.address

    @property
    def collection(self) -> str:
        """The name under which its documents are counted.

        Feeds are counted together by their group and the month in which they were added: inside such a cohort the
        sources stay the same, so that adding a thousand feeds begins a collection and bends none. Sources with a
        protocol of their own are collections of their own.
        """
        if self.protocol is not SourceProtocol.FEED:
            return self.address
        month = f"{self.added_at:%Y-%m}" if self.added_at else "unknown"
        return f"feeds/{self.kind or 'other'}/{month}"


_OF_SOURCE = (
    "id",
    "address",
    "key",
    "family",
    "protocol",
    "title",
    "homepage",
    "language",
    "kind",
    "state",
    "state_why",
    "added_at",
    "added_from",
)
_OF_HEALTH = (
    "next_at",
    "rest_until",
    "last_at",
    "last_ok_at",
    "last_new_at",
    "followed_since",
    "trouble",
    "told",
    "etag",
    "last_modified",
    "body",
    "moved_to",
)


def source_rows() -> Query:
    """All sources with their health, to be narrowed and read by `as_source`."""
    health = SourceHealth
    return select(
        *(getattr(Source, name) for name in _OF_SOURCE),
        Source.settings,
        *(getattr(health, name) for name in _OF_HEALTH),
        func.coalesce(health.failures, 0).label("failures"),
        func.coalesce(health.moved_seen, 0).label("moved_seen"),
        health.rhythm,
        health.remembered,
    ).outerjoin(health, health.source_id == Source.id)


def as_source(row: Row[Any]) -> SourceRow:
    """A row of `source_rows`."""
    plain = {name: getattr(row, name) for name in (*_OF_SOURCE, *_OF_HEALTH, "failures", "moved_seen")}
    moments = orjson.loads(row.rhythm) if row.rhythm else []
    return SourceRow(
        **plain,
        settings=orjson.loads(row.settings),
        rhythm=tuple(datetime.fromisoformat(moment) for moment in moments),
        remembered=orjson.loads(row.remembered) if row.remembered else {},
    )


@dataclass(frozen=True, slots=True)
class VisitRow:
    """One visit to a source, with its books."""

    id: int
    started_at: datetime
    finished_at: datetime | None
    outcome: str
    trouble: Trouble | None
    told: str | None
    requests: int
    n_bytes: int
    items: int
    documents: int
    duplicates: int
    drops: int
