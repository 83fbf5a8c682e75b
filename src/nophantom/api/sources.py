"""Sources: what is followed, how each is, and what its visits brought."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from nophantom.api.problem import answers
from nophantom.api.shapes import ROOT, Cursor, InSession, InStore, Limit, Page, Sent, SourceNumber, Text
from nophantom.clock import now
from nophantom.errors import InvalidInput
from nophantom.store.base import storable
from nophantom.store.engine import writing
from nophantom.trends.archive import health_pages, sources
from nophantom.trends.archive.source_rows import SourceRow
from nophantom.trends.archive.source_tables import FetchOutcome, SourceState
from nophantom.trends.documents import Family, ItemDrop
from nophantom.trends.exchange import SourceProtocol, Trouble

router = APIRouter(prefix=f"{ROOT}/sources", tags=["trends"])

SourceSort = Literal["address", "-address", "next_at", "-next_at", "failures", "-failures", "id", "-id"]


class SourceOut(Sent):
    """A source, and how it is."""

    id: int
    name: str = Field(description="its title, or else its address")
    address: str
    protocol: SourceProtocol
    family: Family
    title: str | None
    homepage: str | None
    language: str | None
    kind: str = Field(description="the group that it belongs to, or empty")
    state: SourceState
    state_why: str | None = Field(description="why it is not active")
    added_at: datetime | None
    added_from: str | None
    next_at: datetime | None = Field(description="when it is visited next; null for an archive")
    last_at: datetime | None
    last_ok_at: datetime | None = Field(description="the last visit that went well")
    last_new_at: datetime | None = Field(description="the last visit that brought a new document")
    followed_since: datetime | None
    failures: int = Field(description="visits in a row that met a trouble")
    trouble: Trouble | None
    told: str | None = Field(description="of the trouble, what was seen")
    moved_to: str | None = Field(description="where it says that it lives now")
    degraded: str | None = Field(description="why it is not well, in one sentence")


def told_source(source: SourceRow, at: datetime) -> dict[str, Any]:
    """A source as it is sent."""
    names = (name for name in SourceOut.model_fields if name != "degraded")
    return {name: getattr(source, name) for name in names} | {
        "degraded": health_pages.why_degraded(source, at)
    }


class VisitOut(Sent):
    """One visit with its books: items = documents + duplicates + drops."""

    id: int
    started_at: datetime
    finished_at: datetime | None
    outcome: FetchOutcome
    trouble: Trouble | None
    told: str | None
    requests: int
    n_bytes: int
    items: int
    documents: int
    duplicates: int
    drops: int


class SourceDayOut(Sent):
    """What a source brought on one day (UTC); null on a day without a visit: that is not known."""

    day: date
    visits: int
    failed: int
    documents: int | None
    duplicates: int | None
    drops: int | None


class TroubleCountOut(Sent):
    """How often one kind of trouble was met."""

    trouble: Trouble
    visits: int
    last_at: datetime
    told: str | None


class SourceDetailOut(SourceOut):
    """A source, how it is, and how its last days went."""

    first: date = Field(description=f"the first of the last {health_pages.DAYS} days")
    visits: int = Field(description="in these days")
    went_well: int = Field(description="visits of these days without any trouble")
    success_rate: float | None = Field(description="went_well / visits; null without a visit")
    troubles: list[TroubleCountOut] = Field(description="of these days, most frequent first")
    days: list[SourceDayOut]
    drops: dict[ItemDrop, int] = Field(description="of these days, each dropped item counted once")
    last_visits: list[VisitOut] = Field(description=f"at most {health_pages.LAST_VISITS}, the latest first")


class CollectedOut(Sent):
    """visits = fetched + unchanged + failed; items = documents + duplicates + drops."""

    since: datetime
    visits: int
    fetched: int
    unchanged: int
    failed: int
    items: int
    documents: int
    duplicates: int
    drops: int


class SourcesSummaryOut(Sent):
    """All sources in sums; archives are none."""

    by_state: dict[SourceState, int]
    due: int
    next_at: datetime | None
    failing: int = Field(description="active ones whose last visit met a trouble")
    by_trouble: dict[Trouble, int]
    by_protocol: dict[SourceProtocol, int]
    day: CollectedOut = Field(description="what the last 24 hours brought")


class NewSourceIn(BaseModel):
    """A source to follow."""

    model_config = ConfigDict(extra="forbid")

    address: str = Field(
        min_length=1,
        max_length=2_000,
        description="of a feed, or hn:show_hn, arxiv:cs.LG, github:OWNER/REPO; pages are looked into by the CLI",
    )
    title: str | None = Field(None, min_length=1, max_length=300)
    kind: str = Field("", max_length=60, description="the group that it belongs to")
    language: str | None = Field(None, pattern="^[a-z]{2}$")


class FollowedOut(Sent):
    """What became of an address."""

    added: bool = Field(description="false where it was there before, under whatever spelling")
    source: SourceOut


class ChangeIn(BaseModel):
    """Whether a source is visited."""

    model_config = ConfigDict(extra="forbid")

    state: Literal["active", "disabled"]
    why: str | None = Field(None, min_length=1, max_length=300, description="needed to disable one")


Number = Annotated[SourceNumber, Path()]


@router.get("", response_model=Page[SourceOut], responses=answers(422))
def list_sources(
    session: InSession,
    state: Annotated[list[SourceState], Query(description="only in these states")] = [],
    protocol: Annotated[list[SourceProtocol], Query(description="only read by these")] = [],
    trouble: Annotated[list[Trouble], Query(description="only with these troubles")] = [],
    failing: Annotated[
        bool | None, Query(description="only those whose last visit failed, or only others")
    ] = None,
    q: Text = None,
    sort: SourceSort = "address",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> object:
    """The sources that are visited, or were; `q` looks into addresses and titles."""
    page = sources.page_sources(
        session,
        state=state,
        protocol=protocol,
        trouble=trouble,
        failing=failing,
        contains=q,
        sort=sort,
        limit=limit,
        cursor=cursor,
    )
    at = now()
    return page.of(lambda rows: [told_source(row, at) for row in rows])


@router.get("/summary", response_model=SourcesSummaryOut)
def read_summary(session: InSession) -> object:
    """All sources in sums: how many are active, due, failing, and what the last day brought."""
    return health_pages.sum_sources(session, at=now())


@router.post("", response_model=FollowedOut, responses=answers(401, 422))
def add_source(store: InStore, wanted: NewSourceIn) -> object:
    """Follow a source from now on; it is due at once. Nothing is asked of it here."""
    from nophantom.trends.following import (
        new_source,
    )  # with all protocols behind it, which reading does without

    for text in (wanted.address, wanted.title or "", wanted.kind):
        if storable(text) != text:
            raise InvalidInput(f"{text[:80]!r} holds characters that no text has. Leave them out.")
    at = now()
    new = new_source(
        wanted.address.strip(),
        kind=wanted.kind,
        title=wanted.title,
        language=wanted.language,
        added_from="a person",
    )
    with writing(store.engine) as session:
        added = sources.add_sources(session, [new], at=at)
        number = added.new[0] if added.new else sources.find_source(session, added.known[0][1]).id
        return {"added": bool(added.new), "source": told_source(sources.read_source(session, number), at)}


@router.get("/{number}", response_model=SourceDetailOut, responses=answers(404, 422))
def read_source(session: InSession, number: Number) -> object:
    """One source: how it is, why it is degraded, and how its last days went."""
    at = now()
    page = health_pages.read_health(session, number, at=at)
    own = {name: getattr(page, name) for name in SourceDetailOut.model_fields if hasattr(page, name)}
    return told_source(page.source, at) | own


@router.get("/{number}/visits", response_model=Page[VisitOut], responses=answers(404, 422))
def list_visits(
    session: InSession,
    number: Number,
    outcome: Annotated[list[FetchOutcome], Query(description="only visits that came so far")] = [],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> object:
    """The visits to a source with their books, the latest first."""
    return health_pages.page_visits(session, number, outcome=outcome, limit=limit, cursor=cursor)


@router.patch("/{number}", response_model=SourceOut, responses=answers(401, 404, 422))
def change_source(store: InStore, number: Number, change: ChangeIn) -> object:
    """Visit a source no more, with a reason, or again; what it sent stays."""
    state = SourceState(change.state)
    if (state is SourceState.DISABLED) != (change.why is not None):
        raise InvalidInput(
            "a source is disabled with a reason and made active without one; "
            f"got state {change.state!r} {'with' if change.why else 'without'} `why`."
        )
    if change.why is not None and storable(change.why) != change.why:
        raise InvalidInput(f"{change.why[:80]!r} holds characters that no text has. Leave them out.")
    at = now()
    with writing(store.engine) as session:
        sources.change_state(session, number, state, change.why, at=at)
        session.expire_all()
        return told_source(sources.read_source(session, number), at)
