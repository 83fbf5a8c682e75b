"""The funnel of a stored snapshot is counted from its rows and balances."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine
from tests.trends.recommended_world import AT, Planted, add_documents, add_snapshot

from nophantom.errors import NotFound
from nophantom.store.engine import reading, writing
from nophantom.trends.archive.deciding import decide
from nophantom.trends.archive.funnels import funnel_of
from nophantom.trends.archive.recommending import recommend_snapshot
from nophantom.trends.decisions import DecisionKind
from nophantom.trends.documents import ItemDrop
from nophantom.trends.gates import CandidateDrop
from nophantom.trends.phases import Standing
from nophantom.trends.role_rules import Action, NoAction

SEASONAL, GENERIC = CandidateDrop.SEASONAL, CandidateDrop.GENERIC_WORD
SIGNALS = [
    Planted("zorb", (2, 1, 3, 4), momentum_low=5.0),
    Planted("papers", (5, 6), Standing.SHOWN, since_onset=None),
]


@pytest.fixture
def filled(engine: Engine) -> Engine:
    """A store of each kind: nine items, a snapshot with two signals, one watched topic and three drops."""
    add_documents(engine)
    add_snapshot(engine, SIGNALS, drops={"a": SEASONAL, "b": GENERIC, "c": SEASONAL})
    return engine


def test_the_way_from_items_to_what_is_shown(filled: Engine) -> None:
    with writing(filled) as session:
        recommend_snapshot(session, 1, at=AT)
    with reading(filled) as session:
        funnel = funnel_of(session, 1)
    assert (funnel.items, funnel.documents, funnel.duplicates, funnel.dropped_again) == (9, 7, 1, 0)
    assert (funnel.item_drops, funnel.read, funnel.stories) == ({ItemDrop.NO_ID: 1}, 6, 5)
    assert (funnel.topics, funnel.below_support, funnel.candidates) == (106, 100, 6)
    assert list(funnel.candidate_drops.items()) == [(SEASONAL, 2), (GENERIC, 1)]
    assert funnel.recommendations == {Action.TRIAL: 2, Action.READ: 2, Action.WATCH: 1}
    assert funnel.no_action == {
        NoAction.NOT_CONFIRMED: 3,
        NoAction.NO_PAPERS: 1,
        NoAction.NOT_DISCUSSED: 1,
    }
    assert (funnel.shown, funnel.hidden) == (5, {})


def test_what_people_hide_is_counted_apart_and_nothing_else_changes(filled: Engine) -> None:
    with writing(filled) as session:
        recommend_snapshot(session, 1, at=AT)
        decide(session, DecisionKind.MUTE, "zorb", at=AT)
    with reading(filled) as session:
        before, after = funnel_of(session, 1), funnel_of(session, 1, at=AT)
    assert (after.shown, after.hidden) == (1, {DecisionKind.MUTE: 4})
    assert before.stages[:-1] == after.stages[:-1]


def test_before_anything_is_recommended_that_part_is_unknown(filled: Engine) -> None:
    with reading(filled) as session:
        funnel = funnel_of(session, 1)
    assert (funnel.recommendations, funnel.no_action, funnel.shown, funnel.hidden) == (None, None, None, None)


def test_a_snapshot_without_signals_or_documents_has_a_funnel_and_one_that_is_not_there_has_none(
    sqlite_engine: Engine,
) -> None:
    add_documents(sqlite_engine)
    add_snapshot(sqlite_engine, [])
    with reading(sqlite_engine) as session:
        assert (funnel_of(session, 1).shown, funnel_of(session, 1).recommendations) == (0, {})
        with pytest.raises(NotFound):
            funnel_of(session, 2)
