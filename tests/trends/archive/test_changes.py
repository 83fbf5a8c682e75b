"""Changes are written once, come back as told, and compare what can be compared; every rule of theirs bites."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError
from tests.trends.changed_world import LATER, PARAMETERS, changed_world, fates
from tests.trends.recommended_world import AT, DAY, Planted, add_snapshot

from nophantom.store.engine import reading, writing
from nophantom.trends.archive.change_tables import CHANGES_APPEND_ONLY
from nophantom.trends.archive.changes import (
    fates_of_topic,
    read_changes,
    record_changes,
    snapshot_before,
    withdrawals,
)
from nophantom.trends.archive.recommending import read_recommendations, recommend_snapshot, score_due
from nophantom.trends.archive.snapshots import read_snapshot
from nophantom.trends.archive.tracing import trace_topic
from nophantom.trends.fates import Fate
from nophantom.trends.phases import Phase, Standing
from nophantom.trends.recommendations import ClaimScore


@pytest.fixture
def changed(engine: Engine) -> Engine:
    """The two snapshots, in a store of each kind."""
    return changed_world(engine)


def before(engine: Engine, number: int) -> int | None:
    with reading(engine) as session:
        found = snapshot_before(session, read_snapshot(session, number))
    return None if found is None else found.id


def test_changes_come_back_as_they_were_told_and_are_written_once(changed: Engine) -> None:
    with writing(changed) as session:
        assert not record_changes(session, 2, 1, (), at=AT)
    with reading(changed) as session:
        seen, counted = read_changes(session, 2), read_changes(session, 2, every=False)
        assert read_changes(session, 1) is None

    assert seen is not None
    assert counted is not None
    assert (seen.fates, counted.fates) == (fates(), ())
    assert (seen.before.id, seen.phases_changed, seen.still) == (1, 1, 1)
    assert seen.counts == counted.counts == dict.fromkeys(Fate, 1) | {Fate.WITHDRAWN: 2}


def test_the_snapshot_before_is_of_the_latest_earlier_day_of_its_kind(sqlite_engine: Engine) -> None:
    decided, strict = '{"decisions":"x","q":0.1}', '{"q":0.01}'
    days = [0, 2, 2, 3, 4, 4]
    kinds = ['{"q":0.1}', decided, '{"q":0.1}', strict, '{"q":0.1}', decided]
    for day, parameters in zip(days, kinds, strict=True):
        add_snapshot(sqlite_engine, [], as_of=DAY + timedelta(day), parameters=parameters)
    add_snapshot(sqlite_engine, [], as_of=DAY + timedelta(4), parameters=decided, simulated=True)

    # Of the two of day 2 that was stored last; never one of its own day, of others' parameters, or simulated.
    assert [before(sqlite_engine, number) for number in range(1, 8)] == [None, 1, 1, None, 3, 3, None]


def test_the_fates_of_a_topic_are_those_of_snapshots_that_can_be_compared_one_each(changed: Engine) -> None:
    def told(number: int) -> list[tuple[int, Fate]]:
        with reading(changed) as session:
            topic = trace_topic(session, "flash")
            found = fates_of_topic(session, read_snapshot(session, number), topic.id, topic.slug)
        assert all(one.fate.slug == "flash" for one in found)
        return [(one.snapshot_id, one.fate.fate) for one in found]

    add_snapshot(changed, [], as_of=LATER, parameters='{"q":0.01}')
    assert told(1) == told(2) == [(2, Fate.NOT_SHOWN)]
    assert told(3) == []

    # Snapshot 4 is of a day between: snapshot 2 is told of as compared with it, the latest before.
    flash = Planted("flash", standing=Standing.SHOWN)
    between = add_snapshot(changed, [flash], as_of=DAY, parameters=PARAMETERS)
    with writing(changed) as session:
        gone = next(one for one in fates() if one.slug == "flash")
        assert record_changes(session, 2, between, (replace(gone, phase_before=Phase.MATURE),), at=AT)
    with reading(changed) as session:
        topic = trace_topic(session, "flash")
        (one,) = fates_of_topic(session, read_snapshot(session, 1), topic.id, topic.slug)
    assert one.fate.phase_before is Phase.MATURE


def test_a_withdrawal_takes_back_what_was_said_of_that_affair_alone(changed: Engine) -> None:
    add_snapshot(changed, [], as_of=LATER, parameters='{"q":0.01}')
    with reading(changed) as session:
        found = list(withdrawals(session, read_snapshot(session, 1)))
        assert list(withdrawals(session, read_snapshot(session, 3))) == []

    assert [one.day for one in found] == [LATER, LATER]
    onset = DAY - timedelta(30)
    days = [onset - timedelta(1), onset, DAY, LATER, LATER + timedelta(1)]
    assert [found[0].covers(day) for day in days] == [False, True, True, False, False]


def test_recommendations_see_what_was_withdrawn_and_their_claims_have_failed(sqlite_engine: Engine) -> None:
    changed_world(sqlite_engine)
    due = DAY + timedelta(90)
    number = add_snapshot(sqlite_engine, [], as_of=due, parameters=PARAMETERS)
    with writing(sqlite_engine) as session:
        recommend_snapshot(session, 1, at=AT)
        score_due(session, number, at=AT)
    with reading(sqlite_engine) as session:
        rows = [row for row in read_recommendations(session, 1) if row.recommendation.action]
    withdrawn = {row.slug: row.withdrawn_on for row in rows}

    assert {slug for slug, day in withdrawn.items() if day == LATER} == {"merged", "corrected"}
    assert {row.score for row in rows if row.withdrawn_on} == {ClaimScore.FAILED}


CASES: list[tuple[str, str, Mapping[str, Any]]] = [
    ("snapshot_change", "every_signal_has_a_fate", {"ended": 2}),
    ("snapshot_change", "every_signal_was_one_or_is_new", {"new": 2}),
    ("snapshot_change", "counts_are_counts", {"ended": -1, "not_shown": 3}),
    ("snapshot_change", "phases_of_signals", {"phases_changed": 2}),
    ("snapshot_change", "of_two_snapshots", {"before_id": 1}),
    ("signal_fate", "has_a_name", {"name": ""}),
    ("signal_fate", "a_reason_when_withdrawn", {"reason": None}),
    ("signal_fate", "a_reason_when_withdrawn", {"fate": "ended"}),
    ("signal_fate", "was_a_signal_unless_new", {"standing_before": None}),
    ("signal_fate", "was_a_signal_unless_new", {"phase_before": None}),
    ("signal_fate", "is_a_signal_when_new_or_still", {"phase": "mature"}),
    ("signal_fate", "is_a_signal_when_new_or_still", {"standing": "shown"}),
    ("signal_fate", "fate", {"fate": "nonsense", "reason": None}),
    ("signal_fate", "reason", {"reason": "nonsense"}),
    ("signal_fate", "phase_before", {"phase_before": "nonsense"}),
    ("signal_fate", "standing_before", {"standing_before": "nonsense"}),
]


def test_every_row_that_breaks_a_rule_is_refused_and_none_is_changed(changed: Engine) -> None:
    add_snapshot(changed, [], as_of=LATER)
    with changed.begin() as connection:
        taken = connection.execute(text("SELECT * FROM signal_fate WHERE reason = 'merged'")).mappings().one()
        header = connection.execute(text("SELECT * FROM snapshot_change")).mappings().one()
    rows = {
        "snapshot_change": {**header, "snapshot_id": 1, "before_id": 2},
        "signal_fate": {**taken, "topic_id": 1},
    }
    with changed.begin() as connection:
        topic = connection.execute(text("SELECT id FROM topic WHERE slug = 'watched'")).scalar_one()
    rows["signal_fate"]["topic_id"] = topic
    for table, rule, change in [("snapshot_change", "", {}), ("signal_fate", "", {}), *CASES]:
        row = {**rows[table], **change}
        columns = ", ".join(f'"{name}"' for name in row)
        statement = f"INSERT INTO {table} ({columns}) VALUES ({', '.join(f':{name}' for name in row)})"
        with changed.connect() as connection:
            if not rule:
                connection.execute(text(statement), row)
                connection.rollback()
                continue
            with pytest.raises(IntegrityError, match=f"ck_{table}_{rule}"):
                connection.execute(text(statement), row)
    for table in CHANGES_APPEND_ONLY:
        for statement in (f"UPDATE {table} SET snapshot_id = 1", f"DELETE FROM {table}"):
            with changed.connect() as connection, pytest.raises(IntegrityError, match="append-only"):
                connection.execute(text(statement))
