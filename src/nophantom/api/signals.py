"""Signals, the watch list beside them, and what was dropped: every candidate is in exactly one of the three."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query

from nophantom.api.candidates import CandidatePage, DropOut, SignalOut, WatchedOut, told_list
from nophantom.api.documents import DocumentOut
from nophantom.api.problem import answers
from nophantom.api.shapes import ROOT, Cursor, InSession, Limit, Page, Text
from nophantom.api.snapshots import SnapshotReference
from nophantom.trends.archive import pages, tracing
from nophantom.trends.gates import CandidateDrop
from nophantom.trends.phases import Phase, Standing
from nophantom.trends.signals import Place

router = APIRouter(prefix=ROOT, tags=["trends"])

CandidateSort = Literal[
    "momentum_low",
    "-momentum_low",
    "momentum",
    "-momentum",
    "log_e",
    "-log_e",
    "stories",
    "-stories",
    "name",
    "-name",
]
SignalSort = Literal[CandidateSort, "onset", "-onset"]
Corroborated = Annotated[
    bool, Query(description="only those that two families of sources tell in the last 28 days")
]

Hide = Annotated[
    bool,
    Query(description="leave out what your decisions hide; else it is marked. `hidden` counts it either way"),
]


@router.get("/signals", response_model=CandidatePage[SignalOut], responses=answers(404, 422))
def list_signals(
    session: InSession,
    phase: Annotated[list[Phase], Query(description="only in these phases")] = [],
    standing: Annotated[list[Standing], Query(description="only with these standings")] = [],
    q: Text = None,
    corroborated: Corroborated = False,
    hide: Hide = False,
    sort: SignalSort = "-momentum_low",
    snapshot: SnapshotReference = "latest",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> object:
    """The signals of a snapshot, by the lower bound of their momentum unless asked otherwise."""
    wanted = pages.Wanted(Place.SIGNAL, phase, standing, contains=q, corroborated=corroborated)
    return told_list(session, snapshot, wanted, hide=hide, sort=sort, limit=limit, cursor=cursor)


@router.get("/signals/{slug:path}/evidence", response_model=Page[DocumentOut], responses=answers(404, 422))
def list_evidence(
    session: InSession,
    slug: Annotated[str, Path(max_length=300)],
    snapshot: SnapshotReference = "latest",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> object:
    """The documents that a signal (or another candidate) stands on, the best first."""
    topic = tracing.trace_topic(session, slug)
    return pages.page_evidence(
        session, pages.find_snapshot(session, snapshot).id, topic.id, limit=limit, cursor=cursor
    )


@router.get("/watchlist", response_model=CandidatePage[WatchedOut], responses=answers(404, 422))
def list_watched(
    session: InSession,
    q: Text = None,
    corroborated: Corroborated = False,
    hide: Hide = False,
    sort: CandidateSort = "-log_e",
    snapshot: SnapshotReference = "latest",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> object:
    """The undecided topics of a snapshot: no signals, and shown apart from them, the strongest evidence first."""
    wanted = pages.Wanted(Place.WATCH, contains=q, corroborated=corroborated)
    return told_list(session, snapshot, wanted, hide=hide, sort=sort, limit=limit, cursor=cursor)


@router.get("/drops", response_model=CandidatePage[DropOut], responses=answers(404, 422))
def list_drops(
    session: InSession,
    reason: Annotated[list[CandidateDrop], Query(description="only for these reasons")] = [],
    q: Text = None,
    corroborated: Corroborated = False,
    hide: Hide = False,
    sort: CandidateSort = "-log_e",
    snapshot: SnapshotReference = "latest",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> object:
    """The candidates of a snapshot that did not become signals, the ones with most evidence first."""
    wanted = pages.Wanted(Place.DROP, reason=reason, contains=q, corroborated=corroborated)
    return told_list(session, snapshot, wanted, hide=hide, sort=sort, limit=limit, cursor=cursor)
