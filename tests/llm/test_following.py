"""Questions about single runs: which evaluations are meant, and that answers are those of the outcomes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import Engine

from nophantom.errors import Ambiguous, InvalidInput, NotFound
from nophantom.llm.following import (
    AskedRun,
    calibration_of_run,
    calibrations_of,
    differences_of,
    has_checkpoints,
    running_difference_of,
    running_of_run,
    training_of_run,
)
from nophantom.llm.importing import ImportOptions, import_logs
from nophantom.llm.ledger.seal import record_selection
from nophantom.llm.ledger.study_cubes import read_study_cube
from nophantom.llm.logs.placement import Placing
from nophantom.llm.logs.records import Placement
from nophantom.llm.pairing import compare_several
from nophantom.llm.questions.calibration import calibration_of
from nophantom.llm.questions.trajectories import follow_difference, follow_running, follow_training
from nophantom.stats.simultaneous import all_pairs
from nophantom.store.blobs import Blobs
from nophantom.store.engine import reading, writing

RUN = AskedRun("small/new/seed1")
OTHER = "small/base/seed1"


@pytest.fixture
def opened(small: Engine) -> Engine:
    with writing(small) as session:  # as `select` would, which is tested apart
        record_selection(session, 1, "{}", [5], at=datetime(2026, 2, 3, tzinfo=UTC))
    return small


def scores(engine: Engine, run: str, split: str = "test") -> NDArray[np.float64]:
    """(C, P) of one run in the order of its evaluation."""
    with reading(engine) as session:
        cube = read_study_cube(session, 1, split=split)
    return np.asarray(cube.cube.score[cube.cube.runs.index(run)])


def test_the_running_accuracy_is_that_of_the_last_checkpoint_on_the_test(opened: Engine) -> None:
    table = scores(opened, RUN.run)
    found = running_of_run(opened, RUN, every=10)
    assert found == follow_running(RUN.run, table[1], step=10, simulated=True)
    early = running_of_run(opened, AskedRun(RUN.run, step=1_000, split="validation"))
    assert early == follow_running(RUN.run, scores(opened, RUN.run, "validation")[0], simulated=True)


def test_the_checkpoints_of_a_run_are_followed_on_the_problems_of_all(opened: Engine) -> None:
    found = training_of_run(opened, RUN)
    wanted = follow_training(RUN.run, (1_000, 2_000), scores(opened, RUN.run), rng=RUN.rng(), simulated=True)
    assert found == wanted
    assert training_of_run(opened, RUN) == found
    assert has_checkpoints(opened, RUN)
    assert not has_checkpoints(opened, AskedRun(RUN.run, step=1_000))
    with pytest.raises(InvalidInput, match="1 checkpoint"):
        training_of_run(opened, AskedRun(RUN.run, step=1_000))


def test_two_runs_are_compared_at_the_last_checkpoint_of_each(opened: Engine) -> None:
    """Not the last of one against the first of the other, whatever the order of the lists."""
    one, other = scores(opened, RUN.run)[1], scores(opened, OTHER)[1]
    found = running_difference_of(opened, RUN, OTHER)
    assert found == follow_difference(RUN.run, OTHER, (one, other), rng=RUN.rng(), simulated=True)
    differ = differences_of(opened, RUN, OTHER)
    assert (differ.gained, differ.lost) == (int((one > other).sum()), int((one < other).sum()))
    assert differ.both + differ.neither + differ.gained + differ.lost == differ.n == 60
    assert sum(s.n for s in differ.strata) == 60
    assert (len(differ.gained_problems), len(differ.lost_problems)) == (differ.gained, differ.lost)
    early = differences_of(opened, AskedRun(RUN.run, step=1_000), OTHER)
    first = scores(opened, RUN.run)[0], scores(opened, OTHER)[0]
    assert early.gained == int((first[0] > first[1]).sum())
    turned = differences_of(opened, AskedRun(OTHER), RUN.run)
    assert (turned.gained_problems, turned.lost_problems) == (differ.lost_problems, differ.gained_problems)


def test_several_runs_are_compared_with_intervals_that_hold_together(opened: Engine) -> None:
    names = [f"small/new/seed{n}" for n in (2, 0, 3)]
    found = compare_several(opened, [AskedRun(name) for name in names])
    table = np.array([scores(opened, name)[1] for name in names])
    assert found.runs == tuple(names)
    assert found.accuracies == pytest.approx(table.mean(axis=1))
    assert (found.n, found.left_out) == (60, 0)
    assert list(found.pairs) == all_pairs(table)
    with pytest.raises(InvalidInput, match="named once"):
        compare_several(opened, [AskedRun(name) for name in (*names, names[1])])


def test_calibration_takes_what_the_log_tells(opened: Engine) -> None:
    with reading(opened) as session:
        cube = read_study_cube(session, 1, split="test", confidence=True)
    assert cube.confidence is not None
    place = cube.cube.runs.index(RUN.run)
    wanted = calibration_of(
        RUN.run,
        scores(opened, RUN.run)[1],
        cube.confidence[place, 1],
        rng=RUN.rng(),
        source="as the log tells",
        simulated=True,
    )
    found = calibration_of_run(opened, RUN)
    assert found.found.brier.point == pytest.approx(wanted.found.brier.point)
    assert (found.who, found.source, found.simulated) == (wanted.who, wanted.source, True)
    both = calibrations_of(opened, RUN, OTHER)
    assert both.first == found
    assert both.second == calibration_of_run(opened, AskedRun(OTHER))
    gap = both.first.found.brier.point - both.second.found.brier.point
    assert both.difference.brier.estimate.point == pytest.approx(gap)


@pytest.mark.parametrize(
    ("run", "against", "error", "said"),
    [
        ("small/newest", OTHER, NotFound, "small/newest"),
        ("new", OTHER, Ambiguous, "fits 4 runs"),
        ("r6", "small/new/seed1", InvalidInput, "same run"),
    ],
)
def test_a_run_that_is_not_there_or_not_clear_is_refused(
    run: str, against: str, error: type[Exception], said: str, small: Engine
) -> None:
    with pytest.raises(error, match=said):
        differences_of(small, AskedRun(run), against)


@pytest.mark.parametrize(
    "asked", [AskedRun(RUN.run, "poems"), AskedRun(RUN.run, split="dev"), AskedRun(RUN.run, step=7)]
)
def test_an_evaluation_that_is_not_there_is_refused(asked: AskedRun, small: Engine) -> None:
    with pytest.raises(InvalidInput, match="no evaluation on that"):
        running_of_run(small, asked)


@pytest.fixture
def again(small: Engine, blobs: Blobs, tmp_path: Path) -> Callable[..., Engine]:
    """Imports tables of two seeds into one study, one after the other, also where a place is taken."""

    def imported(*tables: dict[int, str]) -> Engine:
        for number, rights in enumerate(tables):
            path = tmp_path / f"table{number}.csv"
            rows = [
                f"{n},base,{seed},{mark}" for seed, marks in rights.items() for n, mark in enumerate(marks)
            ]
            path.write_text("item,arm,seed,score\n" + "\n".join(rows) + "\n")
            options = ImportOptions(Placing(Placement(study="theirs"), None), "sums", again=True)
            (done,) = import_logs(small, blobs, [path], options=options)
            assert done.error is None
        return small

    return imported


def test_of_two_evaluations_of_one_checkpoint_the_one_imported_last_speaks(
    again: Callable[..., Engine],
) -> None:
    engine = again({0: "0000000000", 1: "0000011111"}, {0: "1111111100"})
    assert running_of_run(engine, AskedRun("theirs/base/seed0")).right == 8
    found = differences_of(engine, AskedRun("theirs/base/seed0"), "theirs/base/seed1")
    assert (found.gained, found.lost, found.both, found.neither) == (5, 2, 3, 0)
    with reading(engine) as session:
        assert read_study_cube(session, 2).cube.score[0, 0].sum() == 8


def test_without_confidence_there_is_no_calibration(again: Callable[..., Engine]) -> None:
    engine = again({0: "0101", 1: "0011"})
    with pytest.raises(InvalidInput, match="nothing tells how sure"):
        calibration_of_run(engine, AskedRun("theirs/base/seed0"))
