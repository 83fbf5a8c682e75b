"""A funnel exists only where every equation of it holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from nophantom.errors import InvalidInput
from nophantom.trends.decisions import DecisionKind
from nophantom.trends.documents import ItemDrop
from nophantom.trends.funnel import Funnel, FunnelStage
from nophantom.trends.gates import CandidateDrop
from nophantom.trends.role_rules import Action, NoAction

FUNNEL = Funnel(
    snapshot_id=7,
    as_of=date(2026, 1, 2),
    items=100,
    duplicates=20,
    item_drops={ItemDrop.NO_ID: 5, ItemDrop.BAD_DATE: 3},
    dropped_again=2,
    documents=70,
    read=60,
    stories=50,
    topics=1_000,
    below_support=990,
    candidates=10,
    signals=2,
    watch=3,
    candidate_drops={CandidateDrop.SEASONAL: 4, CandidateDrop.NOT_SIGNIFICANT: 1},
    recommendations={Action.READ: 3, Action.WATCH: 1},
    no_action={NoAction.NO_PAPERS: 4, NoAction.ONE_FAMILY: 2},
    shown=3,
    hidden={DecisionKind.MUTE: 1},
)
NONE_MADE: dict[str, Any] = dict.fromkeys(("recommendations", "no_action", "shown", "hidden"))


def test_every_stage_is_the_sum_of_its_parts() -> None:
    stages = FUNNEL.stages
    assert [stage.stage for stage in stages] == list(FunnelStage)
    assert [stage.total for stage in stages] == [100, 70, 60, 1_000, 10, 10, 4]
    assert all(stage.total == sum((stage.parts or {}).values()) for stage in stages)
    assert stages[2].parts == {"stories": 50, "told_again": 10}
    assert stages[-1].parts == {"shown": 3, "hidden:mute": 1}


def test_what_was_never_recommended_is_unknown_and_not_nothing() -> None:
    stages = replace(FUNNEL, **NONE_MADE).stages
    assert [stage.total for stage in stages[-2:]] == [None, None]
    assert [stage.parts for stage in stages[-2:]] == [None, None]


def test_a_snapshot_without_signals_recommends_nothing_and_that_is_known() -> None:
    none: dict[str, Any] = {"recommendations": {}, "no_action": {}, "shown": 0, "hidden": {}}
    assert replace(FUNNEL, signals=0, watch=5, **none).stages[-1].total == 0


@pytest.mark.parametrize(
    "change",
    [
        {"items": 101},
        {"duplicates": 21},
        {"item_drops": {ItemDrop.NO_ID: 5}},
        {"dropped_again": 0},
        {"read": 71},
        {"stories": 61},
        {"topics": 999},
        {"below_support": 989},
        {"candidates": 11},
        {"watch": 2},
        {"candidate_drops": {}},
        {"signals": 3, "watch": 2},
        {"recommendations": {Action.READ: 4, Action.WATCH: 1}},
        {"no_action": {NoAction.NO_PAPERS: 5, NoAction.ONE_FAMILY: 2}},
        {"shown": 4},
        {"hidden": {}},
        {"duplicates": -1, "documents": 91},
        {"shown": None},
        {"hidden": None},
        {"recommendations": None, "no_action": None},
    ],
)
def test_books_that_do_not_balance_are_refused_with_their_numbers(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match="snapshot 7"):
        replace(FUNNEL, **change)


def test_the_refusal_names_the_equation() -> None:
    with pytest.raises(InvalidInput, match="10 candidates = 2 signals \\+ 3 watch \\+ 4 seasonal\\."):
        replace(FUNNEL, candidate_drops={CandidateDrop.SEASONAL: 4})
