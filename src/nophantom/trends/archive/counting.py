"""How a snapshot was counted, in its rows: names that are counted as another topic, and its self-test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from nophantom.store.canonical import canonical_json
from nophantom.store.portions import insert_rows
from nophantom.trends import signals
from nophantom.trends.aliases import MergeKind
from nophantom.trends.archive.replay_tables import CountedName, TierCheckRow
from nophantom.trends.counted_as import CountedAs
from nophantom.trends.documents import storable
from nophantom.trends.self_test import TierCheck

_NAME = ("alias", "alias_name", "topic", "topic_name", "stories", "kind", "decision_id")
_EVIDENCE = ("sources", "share", "likeness", "together", "documents")


@dataclass(frozen=True, slots=True)
class NameRow:
    """A name that a snapshot counted as another topic.

    Attributes:
        alias: slug of the name; `alias_name` as it is written.
        topic: slug of the topic; `topic_name` as that is written.
        stories: that use the name, of all that were read.
        kind: of the evidence; None where people decided it.
        decision_id: number of the decision; None where the evidence bears it.
        sources: that spell it out; 0 where none does.
        share: of those who spell it out, those who do it this way.
        likeness: how like the company of the two is, from 0 to 1; None where people decided it.
        together: stories that use both names.
        documents: native ids of up to 5 that say so, or that use both names.
    """

    alias: str
    alias_name: str
    topic: str
    topic_name: str
    stories: int
    kind: MergeKind | None
    decision_id: int | None
    sources: int
    share: float | None
    likeness: float | None
    together: int
    documents: tuple[str, ...]


def told_of_counting(snapshot: signals.Snapshot) -> dict[str, Any]:
    """How a snapshot was counted, as it enters its content; nothing where there is nothing."""
    names = [[_plain(value) for value in _name_values(one)] for one in snapshot.counted_as]
    checks = [[c.tier, c.level, c.topics, c.reached] for c in snapshot.self_test]
    return _told(names, checks)


def record_counting(session: Session, snapshot_id: int, told: Mapping[str, Any]) -> None:
    """Write how a snapshot was counted.

    Args:
        session: one unit of work, in which the snapshot is written.
        snapshot_id: its number.
        told: as `told_of_counting` says.
    """
    key = {"snapshot_id": snapshot_id}
    names = [dict(zip(_NAME + _EVIDENCE, one, strict=True)) for one in told.get("counted_as", ())]
    kinds = ((one, None if one["kind"] is None else MergeKind(one["kind"])) for one in names)
    insert_rows(
        session,
        CountedName,
        [key | one | {"kind": kind, "documents": canonical_json(one["documents"])} for one, kind in kinds],
    )
    checks = enumerate(told.get("self_test", ()), 1)
    values = [dict(zip(("tier", "level", "topics", "reached"), check, strict=True)) for _, check in checks]
    insert_rows(session, TierCheckRow, [key | {"position": n} | one for n, one in enumerate(values, 1)])


def counting_of(session: Session, snapshot_id: int) -> dict[str, Any]:
    """How a snapshot was counted, as it enters its content, from its rows."""
    names = counted_names(session, snapshot_id)
    checks = [[c.tier, c.level, c.topics, c.reached] for c in read_self_test(session, snapshot_id)]
    fields = _NAME + _EVIDENCE
    return _told([[_plain(getattr(one, name)) for name in fields] for one in names], checks)


def counted_names(
    session: Session, snapshot_id: int, topic: str | None = None, *, alias: str | None = None
) -> list[NameRow]:
    """The names that a snapshot counted as another topic, by name.

    Args:
        session: read from.
        snapshot_id: its number.
        topic: slug; only the names that are counted as this topic.
        alias: slug; only this name.
    """
    row = CountedName
    query = select(row).where(row.snapshot_id == snapshot_id).order_by(row.alias)
    if topic is not None:
        query = query.where(row.topic == topic)
    if alias is not None:
        query = query.where(row.alias == alias)
    return [
        NameRow(
            **{name: getattr(one, name) for name in NameRow.__slots__ if name != "documents"},
            documents=tuple(orjson.loads(one.documents)),
        )
        for one in session.scalars(query)
    ]


def read_self_test(session: Session, snapshot_id: int) -> list[TierCheck]:
    """The self-test of a snapshot, by tier and level; none by versions before 0013."""
    row = TierCheckRow
    query = select(row).where(row.snapshot_id == snapshot_id).order_by(row.position)
    return [
        TierCheck(c.tier, c.level, c.topics, c.reached, c.level * c.reached / c.topics if c.topics else None)
        for c in session.scalars(query)
    ]


def _name_values(one: CountedAs) -> Sequence[Any]:
    merge = one.merge
    kind, evidence = (None, (0, None, None, 0, ())) if merge is None else (merge.kind, _evidence(one))
    names = (one.alias, storable(one.alias_name), one.into, storable(one.into_name))
    return (*names, one.stories, kind, one.decision, *evidence)


def _evidence(one: CountedAs) -> tuple[Any, ...]:
    merge = one.merge
    if merge is None:
        return ()
    return merge.sources, merge.share, float(merge.likeness), merge.together, merge.documents


def _plain(value: object) -> object:
    return value.value if isinstance(value, MergeKind) else [*value] if isinstance(value, tuple) else value


def _told(names: list[list[Any]], checks: list[list[Any]]) -> dict[str, Any]:
    return ({"counted_as": names} if names else {}) | ({"self_test": checks} if checks else {})
