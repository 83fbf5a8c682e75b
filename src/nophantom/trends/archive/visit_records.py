"""What a visit to a source brought, as it is handed over to be written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from nophantom.trends.archive.source_tables import FetchOutcome
from nophantom.trends.documents import Item, ItemDrop
from nophantom.trends.exchange import Adoption, Trouble


class AnswerRecord(NamedTuple):
    """One answer of a visit, without its body."""

    url: str
    status: int
    n_bytes: int
    sha256: str


class LeadRecord(NamedTuple):
    """The question that a visit to a metasearch engine asked."""

    topic: str
    asked_by: str
    why: str
    engines: tuple[str, ...]
    outages: tuple[str, ...]
    hits: int
    confirmed: int


@dataclass(frozen=True, slots=True)
class Health:
    """How a source is after a visit; see the columns of `source_health`."""

    next_at: datetime
    last_at: datetime
    last_ok_at: datetime | None
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


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit to a source, or a part of a long one, as it is to be written.

    Attributes:
        source_id: whose.
        address: that was asked first.
        started_at: the moment it began; `ended_at` when its last answer was read.
        part: from 1; a long visit is written in parts.
        outcome: how far it came.
        items: what was sent; positions count from 1 over the whole part.
        answers: in the order in which they came.
        trouble: why it failed or is not the whole truth.
        told: what was seen; short.
        requests: that were made.
        adoption: days of adoption series.
        health: of the source afterwards; None before the last part.
        title: what the source says that it is called; `homepage` and `language` likewise.
        retired: why the source is to be visited no more; None where it is.
        address_now: where it is asked from now on; None where that does not change.
        lead: the question, of a visit to a metasearch engine.
    """

    source_id: int
    address: str
    started_at: datetime
    ended_at: datetime
    outcome: FetchOutcome
    part: int = 1
    items: tuple[Item, ...] = ()
    answers: tuple[AnswerRecord, ...] = ()
    trouble: Trouble | None = None
    told: str | None = None
    requests: int = 1
    adoption: tuple[Adoption, ...] = ()
    health: Health | None = None
    title: str | None = None
    homepage: str | None = None
    language: str | None = None
    retired: str | None = None
    address_now: str | None = None
    lead: LeadRecord | None = None


@dataclass(frozen=True, slots=True)
class VisitBooks:
    """What became of what a visit brought.

    Attributes:
        fetch_id: its number.
        source_id: whose visit.
        outcome: how far it came; `trouble` why no further.
        documents: items that are new documents.
        duplicates: items that were known; `drops` by reason.
        again: of both, those that stood there at the last visit too.
    """

    fetch_id: int
    source_id: int
    outcome: FetchOutcome
    trouble: Trouble | None
    documents: int
    duplicates: int
    drops: Mapping[ItemDrop, int] = field(default_factory=dict)
    again: int = 0

    @property
    def items(self) -> int:
        """Everything that it sent."""
        return self.documents + self.duplicates + sum(self.drops.values())
