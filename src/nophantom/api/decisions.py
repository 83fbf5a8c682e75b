"""Decisions: what people said about topics. They hide, follow, merge and split; nothing that was stored changes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from nophantom.api.problem import answers
from nophantom.api.shapes import ROOT, Cursor, InSession, InStore, Limit, Page, Sent
from nophantom.clock import now
from nophantom.errors import InvalidInput
from nophantom.store.base import storable
from nophantom.store.engine import writing
from nophantom.trends.archive import deciding
from nophantom.trends.decisions import DecisionKind

router = APIRouter(prefix=f"{ROOT}/decisions", tags=["trends"])


class DecisionOut(Sent):
    """What a person decided about a topic."""

    number: int = Field(description="in the order in which they were made")
    kind: DecisionKind
    topic: str = Field(description="key of the topic")
    other: str | None = Field(description="key of the topic that it is merged into, or split from")
    words: str = Field(description="the topic as the person wrote it")
    reason: str = Field(description="may be empty")
    at: datetime
    undone_at: datetime | None = Field(description="null while it holds")
    undone_because: str | None


class DecisionIn(BaseModel):
    """A decision to make."""

    model_config = ConfigDict(extra="forbid")

    kind: DecisionKind
    topic: str = Field(min_length=1, max_length=300, description="its key, its name or any spelling")
    other: str | None = Field(
        None, min_length=1, max_length=300, description="of a merge or a split, the other topic"
    )
    reason: str = Field("", max_length=1_000)


@router.get("", response_model=Page[DecisionOut], responses=answers(422))
def list_decisions(
    session: InSession,
    kind: Annotated[list[DecisionKind], Query(description="only of these kinds")] = [],
    holds: Annotated[
        bool | None, Query(description="only such that hold, or only such that were undone")
    ] = None,
    sort: Literal["number", "-number"] = "-number",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> object:
    """What people decided, the latest first."""
    return deciding.page_decisions(session, kind=kind, holds=holds, sort=sort, limit=limit, cursor=cursor)


@router.post("", response_model=DecisionOut, responses=answers(401, 404, 422))
def make_decision(store: InStore, wanted: DecisionIn) -> object:
    """Decide about a topic from now on; the numbers of no snapshot change."""
    for text in (wanted.topic, wanted.other or "", wanted.reason):
        _refuse_unstorable(text)
    with writing(store.engine) as session:
        return deciding.decide(
            session, wanted.kind, wanted.topic, at=now(), other=wanted.other, reason=wanted.reason
        )


@router.delete("/{number}", response_model=DecisionOut, responses=answers(401, 404, 422))
def undo_decision(
    store: InStore,
    number: Annotated[int, Path(ge=1, lt=2**63, description="number of a decision")],
    reason: Annotated[str, Query(max_length=1_000, description="why")] = "",
) -> object:
    """Take a decision back; that it was made stays on record."""
    _refuse_unstorable(reason)
    with writing(store.engine) as session:
        deciding.undo_decision(session, number, at=now(), reason=reason)
        return next(d for d in deciding.read_decisions(session) if d.number == number)


def _refuse_unstorable(text: str) -> None:
    if storable(text) != text:
        raise InvalidInput(f"{text[:80]!r} holds characters that no text has. Leave them out.")
