"""Bodies of answers: kept by their hash for a time, then forgotten; the hash stays."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from nophantom.store.blobs import Blobs
from nophantom.trends.archive.source_tables import Answer, Fetch

MARK = "forgotten-before"
"""The file beside the bodies that says up to when they were forgotten, so that no call looks at all of them."""
EVERY = timedelta(days=1)
"""How far that moment must have moved before the folder is looked at again."""


def forget_bodies(session: Session, bodies: Blobs, *, before: datetime) -> int:
    """Remove the bodies that no answer since a moment had; returns how many there were.

    Args:
        session: read from.
        bodies: where they are kept.
        before: the moment. What lies before the moment of an earlier call was forgotten then; within a day of that
            nothing is done.
    """
    reached = _reached(bodies)
    if reached is not None and reached > before + EVERY:  # by a clock that was wrong, or kept for longer now
        reached = None
    if reached is not None and before < reached + EVERY:
        return 0
    still = select(Answer.sha256).join(Fetch, Fetch.id == Answer.fetch_id).where(Fetch.started_at >= before)
    query = select(Answer.sha256).distinct().join(Fetch, Fetch.id == Answer.fetch_id)
    query = query.where(Fetch.started_at < before, Answer.sha256.not_in(still))
    if reached is not None:
        query = query.where(Fetch.started_at >= reached)
    found = sum(bodies.remove(digest) for digest in session.scalars(query))
    with suppress(OSError):  # then the next call looks at more than it would have to
        bodies.folder.mkdir(parents=True, exist_ok=True)
        (bodies.folder / MARK).write_text(before.isoformat(), encoding="utf-8")
    return found


def _reached(bodies: Blobs) -> datetime | None:
    with suppress(OSError, ValueError):
        moment = datetime.fromisoformat((bodies.folder / MARK).read_text(encoding="utf-8"))
        return moment if moment.tzinfo else None
    return None
