"""A small archive with stored snapshots: documents of five kinds, and whatever signals a test plants."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from nophantom.store.engine import writing
from nophantom.trends.archive.intake import ArchiveFile, record_batch, start_fetch
from nophantom.trends.archive.tables import Alias, Candidate, Evidence, Signal, Snapshot, Topic
from nophantom.trends.archive.tables import Document as StoredDocument
from nophantom.trends.documents import Document, Family, Item, ItemDrop, Kind
from nophantom.trends.gates import CandidateDrop
from nophantom.trends.phases import Phase, Standing
from nophantom.trends.signals import Place

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
DAY = date(2022, 12, 20)
ZORB = "github:a/zorb"

DOCUMENTS = {
    1: (Family.GITHUB, Kind.REPOSITORY, f"{ZORB}@2022-12-01", ZORB),
    2: (Family.HACKER_NEWS, Kind.POST, "hn:2", None),
    3: (Family.HACKER_NEWS, Kind.POST, "hn:3", None),
    4: (Family.HACKER_NEWS, Kind.POST, "hn:4", ZORB),
    5: (Family.ARXIV, Kind.PAPER, "arxiv:2212.00005", "arxiv:2212.00005"),
    6: (Family.ARXIV, Kind.PAPER, "arxiv:2212.00006", "arxiv:2212.00006"),
    7: (Family.FEED, Kind.RELEASE, "web:7", ZORB),
}
"""By number: family, kind, native id, product. The last is evidence of nothing."""


@dataclass(frozen=True)
class Planted:
    """A signal of a snapshot."""

    slug: str
    documents: Sequence[int] = ()
    standing: Standing = Standing.CONFIRMED
    phase: Phase = Phase.EMERGING
    since_onset: tuple[float, float, float] | None = (4.0, 2.0, 8.0)
    degraded: bool = False
    onset: date = DAY - timedelta(30)
    momentum_low: float = 2.0


def add_documents(engine: Engine) -> None:
    """All of `DOCUMENTS`, the first of them twice, and a drop: 9 items."""
    items = [Item(n, b"0123456789abcdef", _document(n)) for n in DOCUMENTS]
    items += [
        Item(8, b"0123456789abcdef", _document(1)),
        Item(9, b"0123456789abcdef", None, ItemDrop.NO_ID, "x"),
    ]
    with writing(engine) as session:
        fetch = start_fetch(session, ArchiveFile("a.jsonl", "0" * 64, 1, Family.HACKER_NEWS), at=AT)
        record_batch(session, fetch, items, lines=len(items))


def _document(number: int) -> Document:
    family, kind, native_id, product = DOCUMENTS[number]
    return Document(
        native_id=native_id,
        family=family,
        kind=kind,
        title=f"Zorb {number}",
        text="",
        url="",
        author=None,
        site="a.org",
        published_on=DAY - timedelta(3),
        first_seen=DAY - timedelta(2),
        language="en",
        collections=("front_page",),
        list_name="",
        product=product,
    )


def add_snapshot(
    engine: Engine,
    signals: Sequence[Planted],
    *,
    as_of: date = DAY,
    simulated: bool = False,
    drops: Mapping[str, CandidateDrop] | None = None,
    parameters: str = "{}",
) -> int:
    """Write a snapshot with these signals, one topic on the watch list and these drops. Returns its number."""
    dropped = dict(drops or {})
    with writing(engine) as session:
        number = 1 + len(session.scalars(select(Snapshot.id)).all())
        n = len(signals) + 1 + len(dropped)
        session.add(
            Snapshot(
                id=number,
                as_of=as_of,
                parameters=parameters,
                parameters_hash="0" * 64,
                digest=sha256(str(number).encode()).hexdigest(),
                simulated=simulated,
                n_documents=6,
                n_stories=5,
                n_topics=100 + n,
                n_strata=1,
                below_support=100,
                log_threshold=1.0,
                candidates=n,
                signals=len(signals),
                watch=1,
                drops=len(dropped),
                created_at=AT + timedelta(hours=1),
            )
        )
        session.flush()
        for planted in signals:
            _add_signal(session, number, planted)
        _add_candidate(session, number, "watched", Place.WATCH, None)
        for slug, reason in dropped.items():
            _add_candidate(session, number, slug, Place.DROP, reason)
    return number


def _add_signal(session: Session, snapshot: int, planted: Planted) -> None:
    topic = _add_candidate(session, snapshot, planted.slug, Place.SIGNAL, None, low=planted.momentum_low)
    numbers = {"degraded": planted.degraded, "since_onset": planted.since_onset}
    session.add(
        Signal(
            snapshot_id=snapshot,
            topic_id=topic,
            standing=planted.standing,
            phase=planted.phase,
            phase_numbers=json.dumps(numbers),
            onset=planted.onset,
            shown_days=4,
        )
    )
    for position, document in enumerate(planted.documents, 1):
        native_id = DOCUMENTS[document][2]
        row = session.scalars(select(StoredDocument.id).filter_by(native_id=native_id)).one()
        session.add(Evidence(snapshot_id=snapshot, topic_id=topic, position=position, document_id=row))
    session.flush()


def _add_candidate(
    session: Session, snapshot: int, slug: str, place: Place, reason: CandidateDrop | None, low: float = 1.0
) -> int:
    topic = session.scalars(select(Topic).filter_by(slug=slug)).first()
    if topic is None:
        topic = Topic(slug=slug, name=slug.title())
        session.add(topic)
        session.flush()
        session.add(Alias(topic_id=topic.id, spelling=slug.title()))
    numbers: dict[str, Any] = {"log_e": 0.5, "stories": 9, "expected": 0.5, "needed": None, "numbers": "{}"}
    momentum = {"momentum": low + 1, "momentum_low": low, "momentum_high": low + 2}
    ratio = {"ratio": 3.0, "ratio_low": 1.5, "ratio_high": 6.0}
    session.add(
        Candidate(
            snapshot_id=snapshot,
            topic_id=topic.id,
            name=slug.title(),
            folded=slug,
            place=place,
            reason=reason,
            **numbers,
            **momentum,
            **ratio,
        )
    )
    session.flush()
    return topic.id
