"""What replays remember, in the store: the latest few, for the next day to go on from."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from nophantom.trends.archive.replay_tables import ReplayMemory

KEPT = 16
"""Memories that are kept: those written last."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """A memory.

    Attributes:
        as_of: the day after which it goes on.
        digest: of its past, as `remembering.digests` tells it.
        text: as `remembering.memory_text` writes it.
    """

    as_of: date
    digest: str
    text: bytes


def memories_before(session: Session, day: date) -> Sequence[Remembered]:
    """The memories of earlier days, the latest first."""
    row = ReplayMemory
    query = select(row).where(row.as_of < day).order_by(row.as_of.desc(), row.id.desc())
    return [Remembered(one.as_of, one.digest, zlib.decompress(one.text)) for one in session.scalars(query)]


def remember(session: Session, memory: Remembered, *, at: datetime) -> None:
    """Keep a memory, and throw away the oldest beyond `KEPT`."""
    row = ReplayMemory
    if session.scalar(select(row.id).where(row.digest == memory.digest)) is not None:
        return
    session.add(row(as_of=memory.as_of, digest=memory.digest, text=zlib.compress(memory.text), at=at))
    session.flush()
    kept = select(row.id).order_by(row.id.desc()).limit(KEPT)
    session.execute(delete(row).where(row.id.not_in(kept.scalar_subquery())))
