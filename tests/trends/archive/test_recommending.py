"""Recommendations are made once, come back as given, are scored when they are due, and never vanish."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import IntegrityError
from tests.trends.recommended_world import AT, DAY, Planted, add_documents, add_snapshot

from nophantom.errors import NotFound
from nophantom.store.engine import reading, writing
from nophantom.trends.archive import recommendation_tables as tables
from nophantom.trends.archive.recommending import (
    RecommendationRow,
    read_recommendations,
    recommend_snapshot,
    score_due,
    track_records,
)
from nophantom.trends.phases import Phase, Standing
from nophantom.trends.recommendations import ClaimScore
from nophantom.trends.role_rules import Action, ClaimKind, Interval, NoAction, Role

HELD, FAILED, UNKNOWN = ClaimScore
DUE = DAY + timedelta(90)
ZORB = Planted("zorb", (2, 1, 3, 4), momentum_low=5.0)
PAPERS = Planted("papers", (5, 6), Standing.SHOWN, since_onset=None, onset=DAY)


def fill(engine: Engine) -> Engine:
    """Snapshot 1: `zorb` is confirmed and released, `papers` is shown alone."""
    add_documents(engine)
    add_snapshot(engine, [ZORB, PAPERS])
    return engine


@pytest.fixture
def filled(engine: Engine) -> Engine:
    """A store of each kind, where the queries are the point."""
    return fill(engine)


@pytest.fixture
def embedded(sqlite_engine: Engine) -> Engine:
    """The embedded store, where one kind is enough."""
    return fill(sqlite_engine)


def recommend(engine: Engine, snapshot: int = 1, **more: Any) -> bool:
    with writing(engine) as session:
        return recommend_snapshot(session, snapshot, at=AT, **more)


def read(engine: Engine, snapshot: int = 1, **choice: Any) -> list[RecommendationRow]:
    with reading(engine) as session:
        return read_recommendations(session, snapshot, **choice)


def score(engine: Engine, as_of: date, *signals: Planted, **more: Any) -> dict[ClaimScore, int]:
    """Detect `signals` as of a day, and check against it what is due."""
    number = add_snapshot(engine, signals, as_of=as_of, **more)
    with writing(engine) as session:
        told = score_due(session, number, at=AT)
    return {word: n for word, n in told.items() if n}


def count(engine: Engine, table: type[Any]) -> int:
    with reading(engine) as session:
        return session.execute(select(func.count()).select_from(table)).scalar_one()


def test_every_signal_has_one_answer_per_role_by_its_own_documents(filled: Engine) -> None:
    assert recommend(filled)
    found = read(filled)
    told = [(row.slug, row.recommendation.role, row.recommendation.rule) for row in found]
    assert told == [
        ("zorb", Role.DEVELOPER, "developer_trial"),  # its release is known, though it is no evidence
        ("zorb", Role.RESEARCHER, "researcher_no_papers"),
        ("zorb", Role.PRODUCT_MANAGER, "product_manager_trial"),
        ("zorb", Role.INVESTOR, "investor_read"),
        ("zorb", Role.EXECUTIVE, "executive_watch"),
        ("papers", Role.DEVELOPER, "not_confirmed"),
        ("papers", Role.RESEARCHER, "researcher_early"),
        ("papers", Role.PRODUCT_MANAGER, "product_manager_quiet"),
        ("papers", Role.INVESTOR, "not_confirmed"),
        ("papers", Role.EXECUTIVE, "not_confirmed"),
    ]
    trial, none = found[0].recommendation, found[1].recommendation
    assert (trial.action, trial.claim, trial.check_on) == (Action.TRIAL, ClaimKind.STILL_TWICE, DUE)
    assert trial.documents == ("github:a/zorb@2022-12-01", "hn:2", "hn:3")
    assert (none.no_action, none.check_on, none.documents) == (NoAction.NO_PAPERS, None, ())
    assert {(row.score, row.checked_on, row.withdrawn_on) for row in found} == {(None, None, None)}


def test_the_facts_behind_the_answers_are_kept(embedded: Engine) -> None:
    recommend(embedded, adoption={"zorb": Interval(1.5, 1.1, 2.0)})
    with reading(embedded) as session:
        rows = session.scalars(select(tables.RecommendationBasis.facts).order_by("signal_id")).all()
    zorb, papers = (json.loads(row) for row in rows)
    assert (zorb["families"], zorb["repositories"], zorb["posts"], zorb["products"]) == (
        ["github", "hacker_news"],
        1,
        3,
        1,
    )
    assert (zorb["has_release"], zorb["adoption"], zorb["onset_age"]) == (True, [1.5, 1.1, 2.0], 30)
    assert (zorb["ratio"], papers["ratio"]) == ([4.0, 2.0, 8.0], [3.0, 1.5, 6.0])
    assert (papers["has_release"], papers["adoption"], papers["verdict"]) == (False, None, "undecided")


def test_a_release_that_came_later_was_not_known(sqlite_engine: Engine) -> None:
    add_documents(sqlite_engine)
    add_snapshot(sqlite_engine, [ZORB], as_of=DAY - timedelta(3))
    recommend(sqlite_engine)
    assert read(sqlite_engine)[0].recommendation.rule == "developer_read"


def test_recommendations_of_a_snapshot_are_made_once(embedded: Engine) -> None:
    assert recommend(embedded)
    assert not recommend(embedded)
    assert len(read(embedded)) == 10


def test_a_snapshot_without_signals_has_no_recommendations_and_another_none(embedded: Engine) -> None:
    add_snapshot(embedded, [])
    assert not recommend(embedded, 2)
    assert read(embedded, 2) == []
    with pytest.raises(NotFound, match="no snapshot 9"):
        recommend(embedded, 9)
    with pytest.raises(NotFound, match="no snapshot 9"):
        read(embedded, 9)


def test_a_role_or_a_topic_is_read_alone(embedded: Engine) -> None:
    recommend(embedded)
    assert [row.slug for row in read(embedded, role=Role.RESEARCHER)] == ["zorb", "papers"]
    topic = read(embedded)[-1].topic_id
    assert {row.slug for row in read(embedded, topic_id=topic)} == {"papers"}


def test_a_claim_is_scored_once_it_is_due_and_then_no_more(embedded: Engine) -> None:
    recommend(embedded)
    # `papers` was to be confirmed in 28 days: a day before nothing is due, on the day it failed.
    assert score(embedded, DAY + timedelta(27), ZORB) == {}
    assert score(embedded, DAY + timedelta(28), ZORB) == {FAILED: 1}
    assert score(embedded, DAY + timedelta(29), ZORB) == {}
    # The four of `zorb` say "still twice", and it is.
    assert score(embedded, DUE, ZORB) == {HELD: 4}
    assert score(embedded, DUE + timedelta(1), replace(ZORB, since_onset=(0.5, 0.2, 0.9))) == {}
    scored = {(row.slug, row.score, row.checked_on) for row in read(embedded) if row.recommendation.action}
    assert scored == {("papers", FAILED, DAY + timedelta(28)), ("zorb", HELD, DUE)}


def test_what_is_unknown_is_checked_again_until_it_is_too_late(filled: Engine) -> None:
    recommend(filled)
    blind = replace(ZORB, phase=Phase.UNKNOWN, degraded=True)
    score(filled, DAY + timedelta(28), ZORB)
    assert score(filled, DUE, blind) == {UNKNOWN: 4}
    assert score(filled, DUE + timedelta(28), replace(ZORB, since_onset=(3.0, 1.5, 6.0))) == {UNKNOWN: 4}
    assert score(filled, DUE + timedelta(29), ZORB) == {}
    assert {row.score for row in read(filled) if row.slug == "zorb" and row.recommendation.action} == {
        UNKNOWN
    }
    assert count(filled, tables.RecommendationScore) == 9


def test_what_is_seen_again_in_time_is_settled(embedded: Engine) -> None:
    recommend(embedded)
    score(embedded, DUE, replace(ZORB, degraded=True))
    assert score(embedded, DUE + timedelta(28), ZORB) == {HELD: 4}
    assert {row.checked_on for row in read(embedded, role=Role.DEVELOPER)} == {DUE + timedelta(28), None}


def test_what_nobody_looked_at_in_time_is_unknown_for_good(embedded: Engine) -> None:
    recommend(embedded)
    assert score(embedded, DUE + timedelta(29), ZORB) == {UNKNOWN: 5}
    assert score(embedded, DUE + timedelta(30), ZORB) == {}


def test_a_topic_that_is_tracked_no_more_is_not_still_twice(embedded: Engine) -> None:
    recommend(embedded)
    assert score(embedded, DUE) == {FAILED: 4, UNKNOWN: 1}


def test_two_snapshots_of_one_day_score_once(embedded: Engine) -> None:
    recommend(embedded)
    assert score(embedded, DUE, replace(ZORB, degraded=True)) == {UNKNOWN: 5}
    assert score(embedded, DUE, ZORB) == {}


def test_simulated_snapshots_score_only_simulated_recommendations(embedded: Engine) -> None:
    recommend(embedded)
    assert score(embedded, DUE, ZORB, simulated=True) == {}
    assert score(embedded, DUE, ZORB) == {HELD: 4, UNKNOWN: 1}


def test_recommendations_of_a_withdrawn_signal_are_still_there_with_the_day(filled: Engine) -> None:
    recommend(filled)
    gone = replace(ZORB, standing=Standing.WITHDRAWN)
    for days in (7, 5):
        add_snapshot(filled, [gone], as_of=DAY + timedelta(days))
    add_snapshot(filled, [gone], as_of=DAY + timedelta(1), simulated=True)
    found = {(row.slug, row.withdrawn_on) for row in read(filled)}
    assert found == {("zorb", DAY + timedelta(5)), ("papers", None)}
    assert len(read(filled)) == 10
    # From then on there is nothing to do, and the reason is told.
    recommend(filled, 3)
    assert {row.recommendation.no_action for row in read(filled, 3)} == {NoAction.WITHDRAWN}
    assert score(filled, DUE, gone) == {FAILED: 4, UNKNOWN: 1}


def test_a_track_record_counts_what_is_said_daily_once(filled: Engine) -> None:
    recommend(filled)
    add_snapshot(filled, [ZORB], as_of=DAY + timedelta(1))
    recommend(filled, 2)
    score(filled, DUE + timedelta(1), ZORB)
    with reading(filled) as session:
        found = {record.rule: record for record in track_records(session)}
        assert track_records(session, simulated=True) == ()
    assert set(found) == {
        "developer_trial",
        "product_manager_trial",
        "investor_read",
        "executive_watch",
        "researcher_early",
    }
    assert (found["developer_trial"].given, found["developer_trial"].held) == (1, 1)
    assert found["developer_trial"].share is not None


def test_what_was_recommended_can_be_neither_changed_nor_deleted(filled: Engine) -> None:
    recommend(filled)
    score(filled, DUE, ZORB)
    for table in (
        "recommendation_basis",
        "recommendation",
        "recommendation_document",
        "recommendation_score",
    ):
        column = "recommendation_id" if table.endswith(("document", "score")) else "signal_id"
        for statement in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):
            with filled.connect() as connection, pytest.raises(IntegrityError, match="append-only"):
                connection.execute(text(statement))
