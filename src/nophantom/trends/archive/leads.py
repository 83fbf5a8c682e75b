"""What a metasearch engine was asked about, and the topics that people follow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from nophantom.errors import InvalidInput, NotFound
from nophantom.trends.archive.snapshots import CandidateRow, latest_snapshot, list_candidates
from nophantom.trends.archive.source_tables import Fetch, FetchOutcome, FollowedTopic, Lead
from nophantom.trends.exchange import Trouble
from nophantom.trends.signals import Place
from nophantom.trends.topics import slug_of

MOST_WATCHED = 100
"""Topics of the watch list that are asked about."""


@dataclass(frozen=True, slots=True)
class LeadRow:
    """One question and what came of it.

    Attributes:
        fetch_id: its number.
        at: when it was asked.
        topic: about which; `asked_by` who wanted to know, `why` the reason.
        engines: that were asked; `outages` those that did not answer.
        hits: results; `confirmed` those that became documents.
        outcome: how far it came; `trouble` and `told` why no further.
    """

    fetch_id: int
    at: datetime
    topic: str
    asked_by: str
    why: str
    engines: tuple[str, ...]
    outages: tuple[str, ...]
    hits: int
    confirmed: int
    outcome: FetchOutcome
    trouble: Trouble | None
    told: str | None


def read_leads(session: Session, *, since: datetime | None = None, limit: int | None = None) -> list[LeadRow]:
    """The questions since a moment, the latest first."""
    query = select(Lead, Fetch).join(Fetch, Fetch.id == Lead.fetch_id).order_by(Lead.fetch_id.desc())
    if since is not None:
        query = query.where(Fetch.started_at >= since)
    return [
        LeadRow(
            lead.fetch_id,
            fetch.started_at,
            lead.topic,
            lead.asked_by,
            lead.why,
            tuple(orjson.loads(lead.engines)),
            tuple(orjson.loads(lead.outages)),
            lead.hits,
            lead.confirmed,
            fetch.outcome,
            fetch.trouble,
            fetch.told,
        )
        for lead, fetch in session.execute(query.limit(limit))
    ]


def topics_of_interest(session: Session) -> tuple[list[CandidateRow], list[CandidateRow]]:
    """Signals and the first of the watch list of the latest snapshot of real documents."""
    snapshot = latest_snapshot(session)
    if snapshot is None:
        return [], []
    signals = list_candidates(session, snapshot.id, place=Place.SIGNAL)
    return signals, list_candidates(session, snapshot.id, place=Place.WATCH, sort="log_e", limit=MOST_WATCHED)


def followed_topics(session: Session) -> list[FollowedTopic]:
    """The topics that people follow, the earliest first."""
    return list(
        session.scalars(select(FollowedTopic).order_by(FollowedTopic.followed_at, FollowedTopic.slug))
    )


def follow_topic(session: Session, words: str, *, why: str, at: datetime) -> str:
    """Follow a topic; one that is followed already stays as it is. Returns its slug.

    Raises:
        InvalidInput: no words.
    """
    plain = " ".join(words.split())
    slug = slug_of(plain)
    if not slug:
        raise InvalidInput(f"a topic has words; got {words!r}. Name one, as in 'vector database'.")
    if session.get(FollowedTopic, slug) is None:
        session.add(FollowedTopic(slug=slug, words=plain, why=why, followed_at=at))
        session.flush()
    return slug


def unfollow_topic(session: Session, words: str) -> str:
    """Follow a topic no more. Returns its slug.

    Raises:
        NotFound: nobody follows it.
    """
    found = session.get(FollowedTopic, words) or session.get(FollowedTopic, slug_of(words))
    if found is None:
        raise NotFound(f"nobody follows {words!r}. `nophantom trends follow` lists what is followed.")
    session.delete(found)
    session.flush()
    return found.slug
