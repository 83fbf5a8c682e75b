"""What people decided about topics, in the store: added, undone, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from nophantom.errors import InvalidInput, NotFound
from nophantom.store.paging import Page, Query, order_of, read_page
from nophantom.trends.archive import recommendation_tables as rows
from nophantom.trends.archive.leads import follow_topic, unfollow_topic
from nophantom.trends.archive.source_tables import FollowedTopic
from nophantom.trends.archive.tables import Alias, Topic
from nophantom.trends.decisions import (
    Decision,
    DecisionKind,
    InForce,
    check_decision,
    check_undo,
    in_force,
)
from nophantom.trends.documents import folded, storable
from nophantom.trends.topics import slug_of


def decide(
    session: Session,
    kind: DecisionKind,
    words: str,
    *,
    at: datetime,
    other: str | None = None,
    reason: str = "",
) -> Decision:
    """Write a decision about a topic.

    Args:
        session: one unit of work.
        kind: what is decided.
        words: the topic, as the person writes it: by slug, name or any spelling. One that is followed, or split from
            another, need not have been detected; every other one must.
        at: the moment.
        other: the topic that it is merged into or split from.
        reason: why.

    Raises:
        InvalidInput: it contradicts a decision that holds, or what was found.
        NotFound: no such topic was ever a candidate.
    """
    plain = folded(storable(words))
    new = kind in (DecisionKind.FOLLOW, DecisionKind.SPLIT)
    decision = Decision(
        number=1 + (session.execute(select(func.max(rows.Decision.id))).scalar() or 0),
        kind=kind,
        topic=_slug(plain) if new else _known_topic(session, plain),
        other=None if other is None else _known_topic(session, folded(storable(other))),
        words=plain,
        reason=folded(storable(reason)),
        at=at,
    )
    check_decision(decision, read_decisions(session), spellings=_spellings(session, decision))
    same = ("kind", "topic", "other", "words", "reason", "at")
    session.add(rows.Decision(id=decision.number, **{name: getattr(decision, name) for name in same}))
    if kind is DecisionKind.FOLLOW:
        follow_topic(session, plain, why=decision.reason, at=at)
    session.flush()
    return decision


def undo_decision(session: Session, number: int, *, at: datetime, reason: str = "") -> Decision:
    """Write that a decision no longer holds. Returns what it was.

    Raises:
        NotFound: there is none of this number.
        InvalidInput: it was undone already, or another one rests on it.
    """
    found = check_undo(number, read_decisions(session), at)
    session.add(rows.DecisionUndo(decision_id=number, reason=folded(storable(reason)), at=at))
    if found.kind is DecisionKind.FOLLOW:
        followed = session.get(FollowedTopic, found.topic)
        if followed is not None:
            session.delete(followed)
    session.flush()
    return found


def follow(session: Session, words: str, *, why: str, at: datetime) -> str:
    """Follow a topic by a decision; one that is followed already stays as it is. Returns its slug.

    Raises:
        InvalidInput: no words, or it is hidden by a decision that holds.
    """
    slug = _slug(folded(storable(words)))
    if slug not in decisions_in_force(session, at).followed:
        decide(session, DecisionKind.FOLLOW, words, at=at, reason=why)
    return slug


def unfollow(session: Session, words: str, *, at: datetime) -> str:
    """Follow a topic no more: undo the decision. Returns its slug.

    Raises:
        NotFound: nobody follows it.
    """
    plain = folded(storable(words))
    names = {plain, slug_of(plain)}
    held = decisions_in_force(session, at).decisions
    found = next((d for d in held if d.kind is DecisionKind.FOLLOW and d.topic in names), None)
    if found is None:
        return unfollow_topic(session, plain)  # followed before decisions were written
    return undo_decision(session, found.number, at=at).topic


def page_decisions(
    session: Session,
    *,
    kind: Sequence[DecisionKind] = (),
    holds: bool | None = None,
    sort: str = "-number",
    limit: int = 50,
    cursor: str | None = None,
) -> Page[Decision]:
    """The decisions page by page, sorted by number.

    Args:
        session: read from.
        kind: only these.
        holds: only such that hold, or that were undone.
        sort: `number` or `-number`.
        limit: rows of a page.
        cursor: `next_cursor` of the page before.

    Raises:
        InvalidInput: no such sort or cursor.
    """
    d, undo = rows.Decision, rows.DecisionUndo
    query: Query = select(d.id).outerjoin(undo, undo.decision_id == d.id)
    if kind:
        query = query.where(d.kind.in_(kind))
    if holds is not None:
        query = query.where(undo.decision_id.is_(None) if holds else undo.decision_id.is_not(None))
    filters = {"kind": sorted(kind), "holds": holds}
    order = order_of(sort, {"number": d.id}, d.id)
    page = read_page(session, query, order, limit=limit, cursor=cursor, filters=filters)
    made = {one.number: one for one in read_decisions(session)}
    return page.of(lambda found: [made[row.id] for row in found])


def read_decisions(session: Session) -> list[Decision]:
    """All decisions in their order, undone ones too."""
    d, undo = rows.Decision, rows.DecisionUndo
    query = select(d, undo.at, undo.reason).outerjoin(undo, undo.decision_id == d.id).order_by(d.id)
    return [
        Decision(row.id, row.kind, row.topic, row.other, row.words, row.reason, row.at, undone_at, because)
        for row, undone_at, because in session.execute(query)
    ]


def decisions_in_force(session: Session, as_of: datetime) -> InForce:
    """What holds at a moment."""
    return in_force(read_decisions(session), as_of)


def hidden_topics(session: Session, force: InForce) -> dict[int, DecisionKind]:
    """The kind of decision that hides each hidden topic, by the number of the topic; others are left out."""
    hiding = force.hiding
    query = select(Topic.id, Topic.slug).where(Topic.slug.in_(hiding)).order_by(Topic.id)
    return {row.id: hiding[row.slug].kind for row in session.execute(query)}


def _slug(words: str) -> str:
    slug = slug_of(words)
    if not slug:
        raise InvalidInput(f"a topic has words; got {words!r}. Name one, as in 'vector database'.")
    return slug


def _known_topic(session: Session, words: str) -> str:
    """The slug of the topic that a person means."""
    spelt = select(Topic.slug).join(Alias, Alias.topic_id == Topic.id)
    roads = (
        select(Topic.slug).where(Topic.slug == words.casefold()),
        select(Topic.slug).where(Topic.slug == slug_of(words)),
        spelt.where(func.lower(Alias.spelling).in_({words.lower(), words})),
    )
    for query in roads:
        if (slug := session.scalars(query.order_by(Topic.slug).limit(1)).first()) is not None:
            return slug
    raise NotFound(
        f"no topic {words!r} was ever a candidate. `nophantom trends signals` and `watchlist` list some; write it as "
        "there."
    )


def _spellings(session: Session, decision: Decision) -> set[tuple[str, str]]:
    """What was found to be a spelling of which other topic, as slugs, as far as a decision is concerned."""
    if decision.kind is DecisionKind.SPLIT:
        query = select(Alias.spelling, Topic.slug).where(Topic.slug == decision.other)
    else:
        written = {decision.words.lower(), decision.words}
        query = select(Alias.spelling, Topic.slug).where(func.lower(Alias.spelling).in_(written))
    found = session.execute(query.join(Topic, Topic.id == Alias.topic_id))
    return {(slug_of(spelling), slug) for spelling, slug in found} - {(decision.topic, decision.topic)}
