"""What stands beside a signal comes back as it was found, and is part of what the digest is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256

import pytest
from sqlalchemy import Engine
from tests.trends.archive.test_snapshots import DAY, a_snapshot, add_documents, ask, candidates, record

from nophantom.trends.archive.snapshots import list_snapshots, snapshot_json
from nophantom.trends.archive.surroundings import (
    ProductRow,
    RelatedRow,
    read_products,
    read_related,
)
from nophantom.trends.documents import Kind
from nophantom.trends.products import Product
from nophantom.trends.relations import Related
from nophantom.trends.signals import Place, Snapshot

ZORB = Product(
    "github:a/zorb", Kind.REPOSITORY, "a/zorb\x00", True, DAY - timedelta(40), DAY, ("hn:1", "hn:2")
)
PAPER = Product("arxiv:1", Kind.PAPER, "On Zorb", False, date(2022, 1, 1), date(2022, 1, 1), ("arxiv:1",))
RELATED = (Related(2, "foojs", 4, 9, 0.1 + 0.2, 1 / 7), Related(3, "adventofcode", 3, 3, 5.0, 2.5))


def surrounded() -> Snapshot:
    """The snapshot of the neighbouring tests with something beside its first signal."""
    plain = a_snapshot()
    first, second = plain.signals
    beside = replace(
        first,
        candidate=replace(first.candidate, families=3),
        related=RELATED,
        products=(ZORB, PAPER),
    )
    watched = tuple(replace(c, families=0) for c in plain.watch)
    return replace(plain, signals=(beside, second), watch=watched)


@pytest.fixture
def filled(engine: Engine) -> Engine:
    """A store of each kind with one such snapshot."""
    add_documents(engine)
    assert record(engine, surrounded()).is_new
    return engine


def test_related_topics_products_and_families_come_back_in_their_order(filled: Engine) -> None:
    rows = {c.slug: c for c in candidates(filled)}
    chimdot = rows["chimdot"].topic_id

    assert ask(filled, lambda s: read_related(s, 1, chimdot)) == [
        RelatedRow("foojs", "Foo.js", Place.WATCH, 4, 9, 0.1 + 0.2, 1 / 7),
        RelatedRow("adventofcode", "Advent of Code", Place.DROP, 3, 3, 5.0, 2.5),
    ]
    assert ask(filled, lambda s: read_products(s, 1, chimdot)) == [
        ProductRow("github:a/zorb", Kind.REPOSITORY, "a/zorb\ufffd", True, DAY - timedelta(40), DAY, 2),
        ProductRow("arxiv:1", Kind.PAPER, "On Zorb", False, date(2022, 1, 1), date(2022, 1, 1), 1),
    ]
    other = rows["foojs"].topic_id
    assert ask(filled, lambda s: (read_related(s, 1, other), read_products(s, 1, other))) == ([], [])
    assert {slug: c.families for slug, c in rows.items()} == {
        "chimdot": 3,
        "foojs": 0,
        "ёлкаq++": None,
        "adventofcode": None,
        "alpha": None,
        "beta": None,
    }


def test_corroborated_is_what_two_families_tell_and_never_what_was_not_counted(filled: Engine) -> None:
    assert [c.slug for c in candidates(filled, corroborated=True)] == ["chimdot"]
    assert len(candidates(filled, corroborated=False)) == 6


def test_the_content_made_from_the_rows_has_what_stands_beside_and_keeps_its_digest(filled: Engine) -> None:
    told = ask(filled, lambda s: snapshot_json(s, 1))
    row = ask(filled, list_snapshots)[0]

    assert sha256(told.encode()).hexdigest() == row.digest
    assert '"families":3' in told
    assert "github:a/zorb" in told
    assert record(filled, surrounded()).is_new is False


def test_a_snapshot_with_other_products_is_another_one_and_one_with_nothing_beside_keeps_its_old_hash(
    filled: Engine,
) -> None:
    snapshot = surrounded()
    fewer = (replace(snapshot.signals[0], products=(ZORB,)), snapshot.signals[1])

    assert record(filled, replace(snapshot, signals=fewer)).is_new
    assert record(filled, a_snapshot()).is_new
    plain = ask(filled, lambda s: snapshot_json(s, 3))
    assert not [word for word in ("families", "related", "products") if word in plain]
