"""Which strata a selective order orders: told by an earlier study, and frozen in the plan."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine, text
from tests.llm.fake_lab import LAB
from tests.llm.study_runner import Runner

from nophantom.errors import InvalidInput
from nophantom.llm.ledger.studies import Cell, record_study
from nophantom.llm.logs.records import LoggedProblem
from nophantom.llm.ordering_evidence import strata_from_study
from nophantom.llm.problems import question_key
from nophantom.llm.recipe import DataOrder, Recipe
from nophantom.llm.study_file import StudyFile
from nophantom.llm.study_reading import read_study_file
from nophantom.store.engine import reading, writing

REPOSITORY = Path(__file__).resolve().parents[2]
FILE = 'name = "{name}"\nproblems = "p"\nseeds = 6\ncheckpoints = [10]\n[arms]\norder = [{orders}]\n'


def strata(n: int = 60) -> dict[str, str]:
    return {question_key(f"v {i}?"): "1 step" if i < n // 2 else "2 steps" for i in range(n)}


def record(engine: Engine, name: str, orders: str, gain: float) -> StudyFile:
    """A study in which the ordered arm is better by `gain` on problems of one step."""
    file = read_study_file(FILE.format(name=name, orders=orders))
    plan = file.plan("p", "0" * 64)
    rng = np.random.default_rng(1)
    problems = {
        "validation": [LoggedProblem(str(i), i, f"v {i}?", "#### 1") for i in range(60)],
        "test": [LoggedProblem(str(i), i, f"t {i}?", "#### 1") for i in range(3)],
    }
    cells = {}
    for arm in plan.arms:
        for seed in plan.seeds:
            chance = np.full(60, 0.4) + (arm == "blanket") * gain * (np.arange(60) < 30)
            cells[arm, seed, 10, "validation"] = Cell(rng.random(60) < chance)
            cells[arm, seed, 10, "test"] = Cell(np.ones(3, dtype=np.bool_))
    with writing(engine) as session:
        record_study(session, plan, problems, cells, grader="g", at=datetime(2026, 1, 2, tzinfo=UTC))
    return file


def test_the_strata_in_which_order_helped_are_told_with_their_source(sqlite_engine: Engine) -> None:
    record(sqlite_engine, "helps", '"shuffled", "blanket"', 0.5)
    record(sqlite_engine, "does not", '"shuffled", "blanket"', 0.0)

    helped = strata_from_study(sqlite_engine, "helps", strata())
    nothing = strata_from_study(sqlite_engine, "s2", strata())

    assert helped.strata == ("1 step",)
    assert helped.told == "blanket against shuffled of s1 helps: order was shown to help in 1 step"
    assert nothing.strata == ()
    assert nothing.told.endswith("no stratum, so nothing is ordered")


def test_a_study_that_cannot_tell_is_refused(sqlite_engine: Engine) -> None:
    record(sqlite_engine, "one order", '"shuffled"', 0.0)
    record(sqlite_engine, "other problems", '"shuffled", "blanket"', 0.0)

    with pytest.raises(InvalidInput, match="'one order' tells nothing of order"):
        strata_from_study(sqlite_engine, "one order", strata())
    with pytest.raises(InvalidInput, match="none of these problems is in this study's"):
        strata_from_study(sqlite_engine, "other problems", {"x": "1 step"})


def test_the_evidence_is_frozen_in_the_plan_and_reaches_the_fleet(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the earlier study would tell later does not change a plan that was written down."""
    monkeypatch.setattr(sys, "path", [str(REPOSITORY), *sys.path])
    monkeypatch.setenv("FAKE_LAB", str(tmp_path))
    runner = Runner(sqlite_engine, tmp_path)
    first = 'name = "first"\nproblems = "tiny"\nseeds = 2\ncheckpoints = [5]\n[arms]\norder = ["shuffled", "blanket"]\n'
    second = (
        'name = "second"\nproblems = "tiny"\nseeds = 1\ncheckpoints = [5]\n[[arm]]\nname = "chosen"\n'
        'order = "selective"\nevidence = "first"\n'
    )
    runner.run(first)
    runner.run(second)
    with reading(sqlite_engine) as session:
        plan = json.loads(session.execute(text("SELECT plan FROM study WHERE name = 'second'")).scalar_one())
    assert plan["recipes"]["chosen"]["evidence"] == "first"
    assert plan["recipes"]["chosen"]["ordered"] == []
    assert any("no stratum, so nothing is ordered" in said for said in runner.told())

    import nophantom.llm.ordering_evidence as evidence

    def other(*_arguments: object) -> None:
        raise AssertionError("the evidence was asked for again")

    monkeypatch.setattr(evidence, "strata_from_study", other)
    assert runner.run(second).was_finished


def test_strata_that_are_named_must_be_there(sqlite_engine: Engine, tmp_path: Path) -> None:
    named = (
        'name = "named"\nproblems = "tiny"\nseeds = 1\ncheckpoints = [5]\n[arms]\norder = ["selective"]\n'
        '[selective]\nordered = ["9 steps"]\n'
    )
    with pytest.raises(
        InvalidInput, match=r"the arm 'default' orders \['9 steps'\]; the strata of 'tiny' are 1 step"
    ):
        Runner(sqlite_engine, tmp_path).run(named)
    assert LAB.task("tiny").splits["validation"][0].stratum == "1 step"
    assert Recipe(order=DataOrder.SELECTIVE).ordered == ()
