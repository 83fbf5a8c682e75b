"""A study that is written piece by piece: each piece once, and how far it is at any time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import Engine, text

from nophantom.errors import InvalidInput, Sealed
from nophantom.llm.ledger.progress import (
    Attempt,
    Cell,
    StudyRows,
    begin_study,
    record_attempt,
    record_evaluation,
    record_measurements,
)
from nophantom.llm.ledger.standing import cells_done, hours_of, progress_of, runs_probed, scores_of
from nophantom.llm.logs.records import Grading, LoggedProblem
from nophantom.llm.recipe import Ending
from nophantom.llm.study_reading import read_study_file
from nophantom.publishing.doctor import examine
from nophantom.store.blobs import Blobs
from nophantom.store.engine import reading, writing

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
PLAN = read_study_file('name = "small"\nproblems = "p"\nseeds = 2\ncheckpoints = [5, 9]\n').plan(
    "p", "0" * 64
)
PROBLEMS = {
    split: [LoggedProblem(str(i), i, f"{split} {i}?", "#### 1") for i in range(n)]
    for split, n in (("validation", 3), ("test", 2))
}
GRADING = Grading("g", "1", ())


def begin(engine: Engine) -> StudyRows:
    with writing(engine) as session:
        return begin_study(session, PLAN, PROBLEMS, at=AT)


def cell(n: int) -> Cell:
    unknown = np.full(n, np.nan)
    return Cell(np.arange(n) % 2 == 0, ["1"] * n, unknown, np.full(n, -1.5), ["so #### 1"] * n)


def test_a_study_begins_whole_and_beginning_again_finds_the_same_rows(engine: Engine) -> None:
    first, again = begin(engine), begin(engine)

    assert first == again
    assert set(first.runs) == {("default", 0), ("default", 1)}
    assert [len(first.problems[split]) for split in PLAN.splits] == [3, 2]
    with reading(engine) as session:
        assert cells_done(session, first.study_id) == frozenset()
        progress = progress_of(session, first.study_id)
    assert progress is not None
    assert (progress.done, progress.planned) == (0, 8)


def test_an_evaluation_is_written_once_with_texts_and_without_nan(engine: Engine, blobs: Blobs) -> None:
    rows = begin(engine)
    key = ("default", 1, 5, "validation")
    for expected in (True, False):
        with writing(engine) as session:
            assert record_evaluation(session, rows, key, cell(3), GRADING, at=AT, blobs=blobs) is expected

    with reading(engine) as session:
        assert cells_done(session, rows.study_id) == {key}
        outcomes = session.execute(
            text("SELECT score, confidence, log_likelihood FROM outcome ORDER BY position")
        ).all()
        assert [tuple(row) for row in outcomes] == [(1.0, None, -1.5), (0.0, None, -1.5), (1.0, None, -1.5)]
        assert scores_of(session, rows.study_id, 5, "validation") == {("default", 1): pytest.approx(2 / 3)}
    assert examine(engine, blobs) == []


def test_the_scores_of_a_sealed_test_are_refused(engine: Engine) -> None:
    rows = begin(engine)
    with writing(engine) as session:
        record_evaluation(session, rows, ("default", 0, 9, "test"), cell(2), GRADING, at=AT)

    with reading(engine) as session, pytest.raises(Sealed):
        scores_of(session, rows.study_id, 9, "test")


@pytest.mark.parametrize(
    ("key", "n", "words"),
    [
        (("other", 0, 5, "validation"), 3, "has no cell of 'other'"),
        (("default", 0, 6, "validation"), 3, "step 6"),
        (("default", 0, 5, "train"), 3, "on 'train'"),
        (("default", 0, 5, "validation"), 4, "has 3 problems; got outcomes of the shape"),
    ],
)
def test_what_is_not_in_the_plan_is_refused(
    sqlite_engine: Engine, key: tuple[str, int, int, str], n: int, words: str
) -> None:
    rows = begin(sqlite_engine)
    with writing(sqlite_engine) as session, pytest.raises(InvalidInput, match=words):
        record_evaluation(session, rows, key, cell(n), GRADING, at=AT)


def test_a_study_needs_problems_and_its_name(sqlite_engine: Engine) -> None:
    begin(sqlite_engine)
    other = read_study_file('name = "small"\nproblems = "p"\nseeds = 3\ncheckpoints = [5]\n').plan(
        "p", "0" * 64
    )

    with writing(sqlite_engine) as session, pytest.raises(InvalidInput, match="with another plan"):
        begin_study(session, other, PROBLEMS, at=AT)
    with writing(sqlite_engine) as session, pytest.raises(InvalidInput, match="no problems for test"):
        begin_study(session, PLAN, {**PROBLEMS, "test": []}, at=AT)


def test_measurements_are_written_once_and_nan_is_left_out(engine: Engine) -> None:
    rows = begin(engine)
    run = rows.runs["default", 0]
    for values in ({"probe.a": 1.5, "probe.b": float("nan")}, {"probe.a": 2.5, "probe.c": 3.0}):
        with writing(engine) as session:
            record_measurements(session, run, 0, values)

    with reading(engine) as session:
        found = session.execute(text("SELECT name, value FROM measurement ORDER BY name")).all()
        assert [tuple(row) for row in found] == [("probe.a", 1.5), ("probe.c", 3.0)]
        assert runs_probed(session, rows.study_id) == {("default", 0)}


def test_attempts_are_numbered_and_their_hours_add_up(engine: Engine) -> None:
    rows = begin(engine)
    runs = list(rows.runs.values())
    stopped = Attempt(AT, AT, Ending.STOPPED, 1800.0, fleet=2, told="stopped before its end")
    later = AT + timedelta(hours=1)
    finished = Attempt(later, later, Ending.FINISHED, 900.0, fleet=2)
    for attempt in (stopped, stopped, finished):  # the same attempt is written once
        with writing(engine) as session:
            record_attempt(session, runs if attempt is stopped else runs[:1], attempt)

    with reading(engine) as session:
        written = session.execute(text("SELECT run_id, number, ending FROM execution ORDER BY 1, 2")).all()
        progress = progress_of(session, rows.study_id)
        hours = hours_of(session, rows.study_id)
    assert [tuple(row) for row in written] == [
        (runs[0], 1, "stopped"),
        (runs[0], 2, "finished"),
        (runs[1], 1, "stopped"),
    ]
    assert hours == {"default": pytest.approx(0.75 + 0.5)}
    assert progress is not None
    assert progress.unfinished == (("small/default/seed1", Ending.STOPPED, "stopped before its end"),)
