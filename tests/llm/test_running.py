"""A study runs to its end whatever happens on the way, and its numbers are the same."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from tests.llm.fake_fleet import SIZES
from tests.llm.fake_lab import LAB
from tests.llm.study_runner import SMALL, Runner, numbers

from nophantom.errors import InvalidInput, NotFound, Sealed, Unavailable
from nophantom.llm.exporting import ExportFormat, export_study
from nophantom.llm.ledger.export import read_outcomes
from nophantom.llm.ledger.standing import progress_of
from nophantom.llm.running_events import Begun, Moved, Recorded
from nophantom.llm.study_folder import StudyFolder
from nophantom.publishing.doctor import examine
from nophantom.store.engine import open_engine, reading, writing

REPOSITORY = Path(__file__).resolve().parents[2]
PATIENCE = 60.0  # seconds, on a loaded machine


@pytest.fixture(autouse=True)
def injections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Says what is to go wrong in the fake lab."""
    monkeypatch.setattr(sys, "path", [str(REPOSITORY), *sys.path])
    place = tmp_path / "inject"
    place.mkdir()
    monkeypatch.setenv("FAKE_LAB", str(place))

    def inject(**what: object) -> None:
        (place / "inject.json").write_text(json.dumps(what))

    return inject


@pytest.fixture
def runner(sqlite_engine: Engine, tmp_path: Path) -> Runner:
    return Runner(sqlite_engine, tmp_path)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The numbers of the small study without any mishap."""
    from tests.conftest import MIGRATIONS

    from nophantom.store.versions import bring_up_to_date

    folder = tmp_path_factory.mktemp("undisturbed")
    engine = open_engine(f"sqlite:///{folder / 'nophantom.db'}")
    bring_up_to_date(engine, MIGRATIONS)
    before, sys.path[:] = list(sys.path), [str(REPOSITORY), *sys.path]
    try:
        assert Runner(engine, folder).run().finished
    finally:
        sys.path[:] = before
    found = numbers(engine)
    engine.dispose()
    return found


def test_every_planned_evaluation_is_in_the_ledger_with_its_answers(runner: Runner) -> None:
    end = runner.run()

    assert (end.done, end.planned, end.finished, end.failed) == (32, 32, True, ())
    assert len(runner.numbers()) == 2 * 4 * 2 * sum(SIZES[s] for s in ("validation", "test")) + 8 + 16
    assert examine(runner.engine, runner.blobs) == []
    assert [(ending, fleet) for _, _, ending, fleet, _ in runner.executions()] == [("finished", 4)] * 8
    with reading(runner.engine) as session:
        hours, texts = session.execute(
            text("SELECT min(hours), (SELECT count(*) FROM answer_text) FROM run")
        ).one()
    assert hours > 0
    assert texts == 32
    assert [arm.finished for arm in end.arms] == [4, 4]


def test_progress_tells_the_validation_accuracy_and_never_the_sealed_test(runner: Runner) -> None:
    runner.run()

    begun = next(event for event in runner.events if isinstance(event, Begun))
    recorded = [event for event in runner.events if isinstance(event, Recorded)]
    moved = [event for event in runner.events if isinstance(event, Moved)]
    assert (begun.done, begun.planned, begun.fleets, begun.processes) == (0, 32, 2, 2)
    assert all((event.accuracy is None) == (event.split == "test") for event in recorded)
    assert [event.done for event in recorded] == list(range(1, 33))
    assert any(event.left is not None and event.step < event.of for event in moved)
    with pytest.raises(Sealed):
        export_study(runner.engine, "s1", BytesIO(), format_=ExportFormat.JSONL, split="test")
    with reading(runner.engine) as session, pytest.raises(Sealed):
        list(read_outcomes(session, _test_evaluation(runner.engine)))


def _test_evaluation(engine: Engine) -> int:
    with reading(engine) as session:
        return int(session.execute(text("SELECT min(id) FROM evaluation WHERE split = 'test'")).scalar_one())


def test_a_finished_study_changes_nothing_when_it_is_run_again(runner: Runner) -> None:
    runner.run()
    before = runner.numbers()
    again = runner.run()

    assert again.was_finished
    assert runner.numbers() == before
    assert len(runner.executions()) == 8


def test_machine_and_company_decide_no_number(runner: Runner, undisturbed: list[str]) -> None:
    runner.run(SMALL.replace("processes = 2", "processes = 3").replace("process = 4", "process = 1"))

    assert runner.numbers() == undisturbed
    assert {fleet for _, _, _, fleet, _ in runner.executions()} == {1}


PROGRAM = """
import sys
from pathlib import Path
sys.path.insert(0, {repository!r})
from nophantom.llm.running import Places, run_study
from nophantom.llm.running_events import Recorded
from nophantom.store.blobs import Blobs
from nophantom.store.engine import open_engine
from tests.llm.fake_lab import LAB
folder = Path({folder!r})
def hear(event):
    print(type(event).__name__, getattr(event, "done", ""), flush=True)
places = Places(folder / "studies", folder)
run_study(open_engine({url!r}), Blobs(folder / "blobs"), Path({file!r}).read_text(), places, on_event=hear, lab=LAB)
"""


def begin_apart(runner: Runner, study: str = SMALL) -> subprocess.Popen[str]:
    """Run the study in a process of its own, which says what happens."""
    file = runner.beside / "study.toml"
    file.write_text(study)
    program = PROGRAM.format(
        repository=str(REPOSITORY),
        folder=str(runner.beside),
        url=runner.engine.url.render_as_string(),
        file=str(file),
    )
    return subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def kill_after(process: subprocess.Popen[str], lines: int, wait: float = 0.0) -> None:
    """Kill -9 once so many things have happened."""
    assert process.stdout is not None
    for _ in range(lines):
        process.stdout.readline()
    time.sleep(wait)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def until_no_worker_lives(folder: Path) -> None:
    """Workers of a killed runner end by themselves."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        alive = []
        for place in Path("/proc").glob("[0-9]*/environ"):
            try:
                told = place.read_bytes()
                state = (place.parent / "stat").read_text().rsplit(")", 1)[1].split()[0]
            except OSError:
                continue
            if f"FAKE_LAB={folder}".encode() in told.split(b"\0") and state != "Z":
                alive.append(int(place.parent.name))
        if set(alive) <= {os.getpid()}:
            return
        time.sleep(0.02)
    raise AssertionError("a worker outlived its runner")


MOMENTS = [(2, 0.0), (15, 0.003), (40, 0.001)]
CAMPAIGN = [(1 + 3 * number, 0.0007 * number) for number in range(20)]


def _kill_and_finish(
    runner: Runner, inject: Callable[..., None], undisturbed: list[str], moments: list[tuple[int, float]]
) -> None:
    inject(pause=0.004)
    for lines, wait in moments:
        kill_after(begin_apart(runner), lines, wait)
    until_no_worker_lives(runner.beside / "inject")
    inject()

    end = runner.resume()

    assert end.finished
    assert runner.numbers() == undisturbed
    assert examine(runner.engine, runner.blobs) == []
    assert StudyFolder.of(runner.studies, _plan_hash(runner.engine)).attempts() == []


def _plan_hash(engine: Engine) -> str:
    with reading(engine) as session:
        return str(session.execute(text("SELECT plan_hash FROM study")).scalar_one())


def test_a_study_that_was_killed_again_and_again_ends_with_the_same_numbers(
    runner: Runner, injections: Callable[..., None], undisturbed: list[str]
) -> None:
    _kill_and_finish(runner, injections, undisturbed, MOMENTS)

    endings = {ending for _, _, ending, _, _ in runner.executions()}
    assert endings == {"stopped", "finished"}


@pytest.mark.long
@pytest.mark.parametrize("moment", CAMPAIGN)
def test_a_kill_at_any_moment_changes_no_number(
    runner: Runner, injections: Callable[..., None], undisturbed: list[str], moment: tuple[int, float]
) -> None:
    _kill_and_finish(runner, injections, undisturbed, [moment])


def test_a_torn_state_is_named_and_its_seed_trained_again(
    runner: Runner, injections: Callable[..., None], undisturbed: list[str]
) -> None:
    injections(pause=0.004)
    runner.interrupt(12)
    states = sorted(runner.studies.rglob("state.json"))
    assert states
    states[0].write_text(states[0].read_text()[:20])
    injections()

    end = runner.resume("small")

    assert end.finished
    assert any("cannot be used: it is torn" in said for said in runner.told())
    assert runner.numbers() == undisturbed


def test_a_lost_folder_costs_time_and_no_number(
    runner: Runner, injections: Callable[..., None], undisturbed: list[str]
) -> None:
    import shutil

    injections(pause=0.004)
    runner.interrupt(30)
    injections()
    shutil.rmtree(runner.studies)

    with pytest.raises(NotFound, match="`nophantom study run FILE` goes on"):
        runner.resume()
    assert runner.run().finished
    assert runner.numbers() == undisturbed


def test_a_second_runner_is_refused_and_told_who_is_first(
    runner: Runner, injections: Callable[..., None]
) -> None:
    injections(pause=0.05)
    first = begin_apart(runner)
    assert first.stdout is not None
    first.stdout.readline()

    with pytest.raises(Unavailable, match=rf"is being run already, by process {first.pid}"):
        runner.run()

    first.send_signal(signal.SIGKILL)
    first.communicate()
    until_no_worker_lives(runner.beside / "inject")


def test_ctrl_c_stops_at_once_writes_how_it_ended_and_leaves_no_worker(
    runner: Runner, injections: Callable[..., None], undisturbed: list[str]
) -> None:
    injections(pause=0.02)
    process = begin_apart(runner)
    assert process.stdout is not None
    for _ in range(4):
        process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE)

    assert "KeyboardInterrupt" in err
    until_no_worker_lives(runner.beside / "inject")
    stopped = [(number, ending) for _, number, ending, _, _ in runner.executions()]
    assert stopped == [(1, "stopped")] * 8
    injections()
    assert runner.resume().finished
    assert runner.numbers() == undisturbed


def test_a_changed_file_is_refused_with_the_difference_but_budget_and_machine_may_change(
    runner: Runner, injections: Callable[..., None]
) -> None:
    injections(pause=0.004)
    runner.interrupt(6)
    injections()

    with pytest.raises(InvalidInput) as refused:
        runner.run(SMALL.replace("seeds = 4", "seeds = 5") + "[schedule]\nbatch = 16\n")
    assert refused.value.message.splitlines()[1:] == [
        "schedule.batch (balanced, softmax): 8 was frozen, the file says 16",
        "seeds: [0,1,2,3] was frozen, the file says [0,1,2,3,4]",
    ]
    assert runner.run("budget_hours = 1\n" + SMALL.replace("processes = 2", "processes = 1")).finished


def test_a_study_of_another_origin_keeps_its_name_and_is_not_resumed(runner: Runner) -> None:
    from datetime import UTC, datetime

    from nophantom.llm.ledger.placing import run_of_study
    from nophantom.llm.logs.records import Placement

    with writing(runner.engine) as session:
        run_of_study(session, Placement(study="small", seed=1), "m", datetime.now(UTC))

    with pytest.raises(InvalidInput, match="there is a study 'small' already, imported"):
        runner.run()
    with pytest.raises(InvalidInput, match="is imported: there is nothing to resume"):
        runner.resume()


def test_no_new_stretch_begins_when_the_budget_is_used_up(
    runner: Runner, injections: Callable[..., None], undisturbed: list[str]
) -> None:
    injections(pause=0.02)
    short = f"budget_hours = {0.25 / 3600}\n" + SMALL

    end = runner.run(short)

    assert end.out_of_budget
    assert end.done < end.planned
    assert end.failed == ()
    assert {ending for _, _, ending, _, _ in runner.executions()} == {"stopped"}
    assert 0.2 < end.hours * 3600 < 5
    held = runner.run(short)  # the hours of all runs together count
    assert held.out_of_budget
    assert held.done == end.done
    injections()
    assert runner.run(SMALL).finished
    assert runner.numbers() == undisturbed


@pytest.mark.parametrize(("kind", "ending"), [("memory_for", "out_of_memory"), ("device_for", "device_lost")])
def test_a_fleet_that_is_too_large_is_tried_again_in_halves(
    runner: Runner, injections: Callable[..., None], undisturbed: list[str], kind: str, ending: str
) -> None:
    injections(**{kind: 2})

    end = runner.run()

    assert end.finished
    assert runner.numbers() == undisturbed
    assert [(e, fleet) for _, _, e, fleet, _ in runner.executions()] == [(ending, 4), ("finished", 2)] * 8
    assert sum("tried again as fleets of 2 and 2" in said for said in runner.told()) == 2


def test_a_killed_worker_costs_no_number(
    runner: Runner, injections: Callable[..., None], undisturbed: list[str]
) -> None:
    injections(die_at=15)

    end = runner.run()

    assert end.finished
    assert runner.numbers() == undisturbed
    assert any("was killed (signal 9)" in said for said in runner.told())


def test_a_single_seed_without_memory_fails_after_a_second_try_and_the_rest_goes_on(
    runner: Runner, injections: Callable[..., None], undisturbed: list[str]
) -> None:
    injections(memory_for=0)

    end = runner.run(SMALL.replace("seeds = 4", "seeds = 2"))

    assert not end.finished
    assert len(end.failed) == 4
    assert all("MemoryError: no room" in why for _, why in end.failed)
    assert [n for _, n, *_ in runner.executions()] == [1, 2, 3] * 4


def test_an_arm_that_breaks_does_not_keep_the_others_back(
    runner: Runner, injections: Callable[..., None]
) -> None:
    injections(bug_in="balanced")

    end = runner.run()

    assert (end.done, end.planned) == (16, 32)
    assert [name for name, _ in end.failed] == [f"small/balanced/seed{n}" for n in range(4)]
    assert all("ValueError: this arm cannot be trained" in why for _, why in end.failed)
    injections()
    assert runner.resume().finished
    with reading(runner.engine) as session:
        progress = progress_of(session, 1)
    assert progress is not None
    assert progress.unfinished == ()


def test_a_full_disk_is_one_sentence_and_nothing_is_half_written(
    runner: Runner, injections: Callable[..., None], undisturbed: list[str]
) -> None:
    """Files may not grow beyond a limit: first the states cannot be saved, then the database cannot grow."""
    size = (runner.beside / "nophantom.db").stat().st_size
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    for limit in (4096, size + 20_000):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
        try:
            with pytest.raises(Unavailable) as refused:
                runner.run()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        assert "`nophantom study resume` goes on where it was" in refused.value.message
        assert "\n" not in refused.value.message

    assert runner.run().finished
    assert runner.numbers() == undisturbed
    assert examine(runner.engine, runner.blobs) == []


def test_problems_that_are_not_there_or_have_no_number_are_refused(runner: Runner) -> None:
    with pytest.raises(
        NotFound, match=r"there are no problems 'tin': neither a built-in task \(tiny\) nor the folder"
    ):
        runner.run(SMALL.replace("tiny", "tin"))

    def without_numbers(reference: str) -> object:
        found = LAB.task(reference)
        broken = tuple(replace(p, solution="who knows") for p in found.splits["test"])
        return replace(found, splits={**found.splits, "test": broken})

    with pytest.raises(InvalidInput, match="problem 0 of the split 'test' of 'tiny' has no number"):
        runner.run(lab=replace(LAB, task=without_numbers))  # type: ignore[arg-type]


def test_training_without_its_libraries_says_what_to_install(runner: Runner) -> None:
    with pytest.raises(Unavailable, match=r"training needs no_such_library.*nophantom\[train\]"):
        runner.run(lab=replace(LAB, needs=("no_such_library",)))


def test_the_export_holds_every_open_outcome_in_both_formats(runner: Runner) -> None:
    from pyarrow import parquet  # type: ignore[import-untyped]

    runner.run()
    lines, table = BytesIO(), BytesIO()
    end = export_study(runner.engine, "small", lines, format_=ExportFormat.JSONL)
    export_study(runner.engine, "s1", table, format_=ExportFormat.PARQUET)
    rows = [json.loads(line) for line in lines.getvalue().splitlines()]

    assert (end.outcomes, end.evaluations, end.sealed) == (len(rows), 16, 16)
    assert {row["split"] for row in rows} == {"validation"}
    assert parquet.read_table(table).to_pylist() == rows
    assert (rows[0]["arm"], rows[0]["seed"], rows[0]["step"], rows[0]["position"]) == ("softmax", 0, 10, 0)
