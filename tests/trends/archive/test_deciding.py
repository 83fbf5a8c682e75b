"""Decisions are added and undone, never changed, and a person may name a topic as it is written anywhere."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import IntegrityError
from tests.trends.recommended_world import AT, Planted, add_snapshot

from nophantom.errors import InvalidInput, NotFound
from nophantom.store.engine import reading, writing
from nophantom.trends.archive.deciding import decide, decisions_in_force, read_decisions, undo_decision
from nophantom.trends.archive.leads import followed_topics
from nophantom.trends.archive.snapshots import list_candidates, snapshot_json
from nophantom.trends.archive.tables import Alias, Topic
from nophantom.trends.decisions import Decision, DecisionKind, InForce, show

FOLLOW, MERGE, SPLIT, MUTE, NOT_A_TECHNOLOGY = DecisionKind


def at(hours: int) -> datetime:
    return AT + timedelta(hours=hours)


def say(engine: Engine, kind: DecisionKind, words: str, *, hour: int = 1, **more: Any) -> Decision:
    with writing(engine) as session:
        return decide(session, kind, words, at=at(hour), **more)


def undo(engine: Engine, number: int, *, hour: int = 9) -> Decision:
    with writing(engine) as session:
        return undo_decision(session, number, at=at(hour), reason="a mistake")


def now(engine: Engine, hour: int = 100) -> InForce:
    with reading(engine) as session:
        return decisions_in_force(session, at(hour))


def fill(engine: Engine) -> Engine:
    """Topics `zorb`, `grault` and `watched`; `zrb` was found to be a spelling of `zorb`."""
    add_snapshot(engine, [Planted("zorb"), Planted("grault")])
    with writing(engine) as session:
        zorb = session.scalars(select(Topic.id).filter_by(slug="zorb")).one()
        session.add(Alias(topic_id=zorb, spelling="Zrb"))
    return engine


@pytest.fixture
def filled(engine: Engine) -> Engine:
    """A store of each kind, where the queries are the point."""
    return fill(engine)


@pytest.fixture
def embedded(sqlite_engine: Engine) -> Engine:
    """The embedded store, where one kind is enough."""
    return fill(sqlite_engine)


def test_a_decision_comes_back_as_it_was_made_and_undone(filled: Engine) -> None:
    made = say(filled, MERGE, " GRAULT ", other="Zorb", reason="the same\nthing")
    assert made == Decision(1, MERGE, "grault", "zorb", "GRAULT", "the same thing", at(1))
    assert say(filled, MUTE, "watched", hour=2).number == 2
    assert undo(filled, 1).kind is MERGE
    with reading(filled) as session:
        first, second = read_decisions(session)
    assert (first.undone_at, first.undone_because) == (at(9), "a mistake")
    assert (second.kind, second.undone_at) == (MUTE, None)
    assert now(filled, 8).counted_as("grault") == "zorb"
    assert now(filled, 9).counted_as("grault") == "grault"
    assert [d.number for d in now(filled).decisions] == [2]


def test_a_topic_is_known_by_slug_name_or_any_spelling_and_a_typo_is_refused(filled: Engine) -> None:
    assert say(filled, MUTE, "zrb").topic == "zorb"
    assert say(filled, MUTE, "Watched").topic == "watched"
    with pytest.raises(NotFound, match="no topic 'zrob' was ever a candidate"):
        say(filled, MUTE, "zrob")
    with pytest.raises(NotFound, match="no topic 'nowhere'"):
        say(filled, MERGE, "grault", other="nowhere")
    assert len(now(filled).decisions) == 2


def test_what_was_found_to_be_a_spelling_is_split_and_then_merged_elsewhere(filled: Engine) -> None:
    with pytest.raises(InvalidInput, match="'grault' was not merged into 'zorb'"):
        say(filled, SPLIT, "grault", other="zorb")
    assert say(filled, SPLIT, "ZRB", other="zorb").topic == "zrb"
    assert now(filled).splits == {("zrb", "zorb")}


def test_a_topic_of_ones_own_is_followed_and_asked_about_until_that_is_undone(embedded: Engine) -> None:
    say(embedded, FOLLOW, "Quiet Frobnication", reason="ours")
    with reading(embedded) as session:
        assert [(t.slug, t.why) for t in followed_topics(session)] == [("quietfrobnication", "ours")]
    assert now(embedded).followed == ("quietfrobnication",)
    undo(embedded, 1)
    with reading(embedded) as session:
        assert followed_topics(session) == []
    with pytest.raises(InvalidInput, match="a topic has words"):
        say(embedded, FOLLOW, " ... ")


def test_a_decision_that_contradicts_another_leaves_nothing_behind(embedded: Engine) -> None:
    say(embedded, MERGE, "grault", other="zorb")
    for kind, words, other in (
        (MERGE, "zorb", "grault"),
        (MERGE, "grault", "watched"),
        (MERGE, "zorb", "zorb"),
    ):
        with pytest.raises(InvalidInput):
            say(embedded, kind, words, other=other, hour=2)
    with reading(embedded) as session:
        assert len(read_decisions(session)) == 1
    undo(embedded, 1)
    with pytest.raises(InvalidInput, match="undone on 2026-01-02 already"):
        undo(embedded, 1)
    assert say(embedded, MERGE, "zorb", other="grault", hour=10).number == 2


def test_hiding_a_topic_changes_no_byte_of_a_snapshot(embedded: Engine) -> None:
    with reading(embedded) as session:
        before = snapshot_json(session, 1)
    say(embedded, MUTE, "zorb")
    say(embedded, NOT_A_TECHNOLOGY, "watched")
    with reading(embedded) as session:
        assert snapshot_json(session, 1) == before
        seen = show(list_candidates(session, 1), lambda c: c.slug, now(embedded))
    assert [c.slug for c in seen.rows] == ["grault"]
    assert seen.hidden_by_kind == {MUTE: 1, NOT_A_TECHNOLOGY: 1}
    assert now(embedded).counting_hash is None


def test_decisions_can_be_neither_changed_nor_deleted(filled: Engine) -> None:
    say(filled, MUTE, "zorb")
    undo(filled, 1)
    for table, column in (("decision", "reason"), ("decision_undo", "reason")):
        for statement in (f"UPDATE {table} SET {column} = 'x'", f"DELETE FROM {table}"):
            with filled.connect() as connection, pytest.raises(IntegrityError, match="append-only"):
                connection.execute(text(statement))
