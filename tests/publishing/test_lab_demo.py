"""The trained demonstration: its files are studies, and one page tells of all that they have shown."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.llm.fake_lab import LAB
from tests.llm.study_runner import SMALL

from nophantom.llm.assembling import StudyAnswers
from nophantom.llm.questions.gate import parse_gate
from nophantom.llm.questions.gate_quantities import MEANINGS
from nophantom.llm.recipe import DataOrder
from nophantom.llm.study_reading import read_study_file
from nophantom.publishing.lab_demo import GATE, demo_report, demo_texts, train_demo
from nophantom.reporting.html import page_html
from nophantom.store.blobs import Blobs

REPOSITORY = Path(__file__).resolve().parents[2]


def test_every_file_of_the_demonstration_is_a_study_that_can_be_run() -> None:
    files = [read_study_file(text) for quick in (False, True) for text in demo_texts(quick=quick)]
    names = [file.name for file in files]

    assert (len(names), len(set(names)), names[0]) == (5, 5, "demo-seeds")
    assert len(files[0].seeds) == 20
    assert len(files[0].steps) == 4
    for place, file in enumerate(files):
        for arm in file.arms:
            if arm.evidence is not None:
                assert arm.evidence in names[:place]  # what it is built on was run before
    orders = {arm.recipe.order for file in files for arm in file.arms if arm.recipe is not None}
    assert orders == set(DataOrder)
    assert len(parse_gate(GATE, MEANINGS)) == 4


def test_the_studies_are_run_chosen_from_and_told_in_one_page(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [str(REPOSITORY), *sys.path])
    monkeypatch.setenv("FAKE_LAB", str(tmp_path))
    told: list[StudyAnswers] = []
    heard: list[object] = []

    def again() -> str:
        trained = train_demo(
            sqlite_engine,
            Blobs(tmp_path / "blobs"),
            tmp_path / "studies",
            on_event=heard.append,
            on_study=told.append,
            texts=(SMALL.replace('"small"', '"main"'), SMALL),
            lab=LAB,
        )
        return page_html(demo_report(trained, version="1"))

    page = again()

    assert [answers.opened.facts.name for answers in told] == ["main", "small"]
    for answers in told:
        assert len(answers.opened.facts.selections) == 1
        assert answers.opened.facts.looks == ()
        assert answers.drift == ()  # one grader judged once: nothing to disagree with
    for title in ("gate: Clauses", "small: What does each factor bring?"):
        assert title in page
    assert "small: Candidates" not in page
    before = len(heard)
    assert again() == page  # nothing is trained twice, nothing is chosen twice, and the page is the same
    assert len(told[-1].opened.facts.selections) == 1
    assert len(heard) - before <= 2
