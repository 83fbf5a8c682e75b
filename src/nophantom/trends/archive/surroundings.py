"""What stands beside a signal, in its rows: related topics and products."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from nophantom.store.portions import insert_rows
from nophantom.trends import signals
from nophantom.trends.archive.evidence_tables import CandidateProduct, RelatedTopic
from nophantom.trends.archive.tables import Candidate, Topic
from nophantom.trends.documents import Kind, storable
from nophantom.trends.signals import Place


@dataclass(frozen=True, slots=True)
class RelatedRow:
    """A topic that shares stories with a signal; the numbers are those of `relations.Related`."""

    slug: str
    name: str
    place: Place
    together: int
    stories: int
    lift: float
    lift_low: float


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product behind the stories of a signal; as `products.Product`, with the number of its documents."""

    native_id: str
    kind: Kind
    title: str
    is_named: bool
    first_seen: date
    last_seen: date
    documents: int


def told_of_surroundings(signal: signals.Signal) -> dict[str, Any]:
    """What stands beside a signal, as it enters the content of its snapshot; nothing where there is nothing."""
    related = [[r.slug, r.together, r.stories, float(r.lift), float(r.lift_low)] for r in signal.related]
    products = [
        _told_of_product(
            ProductRow(
                p.native_id,
                p.kind,
                storable(p.title),
                p.is_named,
                p.first_seen,
                p.last_seen,
                len(p.documents),
            )
        )
        for p in signal.products
    ]
    return _told(related, products)


def _told(related: list[list[Any]], products: list[list[Any]]) -> dict[str, Any]:
    return ({"related": related} if related else {}) | ({"products": products} if products else {})


def _told_of_product(p: ProductRow) -> list[Any]:
    days = [p.first_seen.isoformat(), p.last_seen.isoformat()]
    return [p.native_id, p.kind.value, p.title, p.is_named, *days, p.documents]


def record_surroundings(
    session: Session, snapshot_id: int, told: Mapping[str, Mapping[str, Any]], topic_ids: Mapping[str, int]
) -> None:
    """Write what stands beside the signals of a snapshot.

    Args:
        session: one unit of work, in which the candidates are written.
        snapshot_id: number of the snapshot.
        told: of each signal by its slug, as `told_of_surroundings` says.
        topic_ids: of all candidates.
    """
    related, products = [], []
    for slug, about in told.items():
        key = {"snapshot_id": snapshot_id, "topic_id": topic_ids[slug]}
        for position, (other, *counts) in enumerate(about.get("related", ()), 1):
            numbers = dict(zip(("together", "stories", "lift", "lift_low"), counts, strict=True))
            related.append({**key, "position": position, "other_id": topic_ids[other], **numbers})
        for position, fields in enumerate(about.get("products", ()), 1):
            row = dict(zip(ProductRow.__slots__, fields, strict=True))
            days = {name: date.fromisoformat(row[name]) for name in ("first_seen", "last_seen")}
            products.append({**key, "position": position, **row, **days})
    insert_rows(session, RelatedTopic, related)
    insert_rows(session, CandidateProduct, products)


def surroundings_of_all(session: Session, snapshot_id: int) -> dict[int, dict[str, Any]]:
    """What stands beside the signals of a snapshot as it entered the content, by the number of the topic."""
    related: dict[int, list[list[Any]]] = {}
    for topic_id, row in _related(session, snapshot_id):
        related.setdefault(topic_id, []).append([row.slug, row.together, row.stories, row.lift, row.lift_low])
    products: dict[int, list[list[Any]]] = {}
    for topic_id, product in _products(session, snapshot_id):
        products.setdefault(topic_id, []).append(_told_of_product(product))
    return {
        topic_id: _told(related.get(topic_id, []), products.get(topic_id, []))
        for topic_id in {**related, **products}
    }


def read_related(session: Session, snapshot_id: int, topic_id: int) -> list[RelatedRow]:
    """The topics beside a signal, the closest first; none of a candidate that is no signal."""
    return [row for _, row in _related(session, snapshot_id, topic_id)]


def read_products(session: Session, snapshot_id: int, topic_id: int) -> list[ProductRow]:
    """The products of a signal, those that bear its name first; none of a candidate that is no signal."""
    return [row for _, row in _products(session, snapshot_id, topic_id)]


def _related(session: Session, snapshot_id: int, topic_id: int | None = None) -> list[tuple[int, RelatedRow]]:
    r, c = RelatedTopic, Candidate
    query = (
        select(r.topic_id, Topic.slug, c.name, c.place, r.together, r.stories, r.lift, r.lift_low)
        .join(c, (c.snapshot_id == r.snapshot_id) & (c.topic_id == r.other_id))
        .join(Topic, Topic.id == r.other_id)
        .where(r.snapshot_id == snapshot_id, _one(r.topic_id, topic_id))
        .order_by(r.topic_id, r.position)
    )
    return [(row[0], RelatedRow(*row[1:])) for row in session.execute(query)]


def _products(
    session: Session, snapshot_id: int, topic_id: int | None = None
) -> list[tuple[int, ProductRow]]:
    p = CandidateProduct
    query = (
        select(p.topic_id, *(getattr(p, name) for name in ProductRow.__slots__))
        .where(p.snapshot_id == snapshot_id, _one(p.topic_id, topic_id))
        .order_by(p.topic_id, p.position)
    )
    return [(row[0], ProductRow(*row[1:])) for row in session.execute(query)]


def _one(column: InstrumentedAttribute[int], wanted: int | None) -> ColumnElement[bool]:
    return true() if wanted is None else column == wanted
