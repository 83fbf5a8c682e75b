"""Any training script as an arm: its results land where the plan has set them out, and its failures are recorded."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from tests.llm.fake_lab import LAB
from tests.llm.study_runner import Runner

from nophantom.errors import InvalidInput, Unreadable
from nophantom.llm.logs.records import LoggedProblem
from nophantom.llm.recipe import Script
from nophantom.llm.running_events import Recorded
from nophantom.llm.scripts import Wanted, command_of, read_results
from nophantom.publishing.doctor import examine
from nophantom.store.engine import reading

REPOSITORY = Path(__file__).resolve().parents[2]
STUDY = """\
name = "scripts"
problems = "tiny"
seeds = 2
checkpoints = [10, 20]
[[arm]]
name = "mine"
command = "{python} train.py --seed {seed} --out {out}"
logs = "{out}/{split}/step{step}.jsonl"
"""
BESIDE = '[[arm]]\nname = "ours"\n'
PROBLEMS = {
    split: [(p.question, p.solution) for p in LAB.task("tiny").splits[split]]
    for split in ("validation", "test")
}
SCRIPT = """
import json, pathlib, sys
problems = PROBLEMS
seed, out = int(sys.argv[2]), pathlib.Path(sys.argv[4])
print("training with seed", seed)
FIRST
for split, of_split in problems.items():
    for step in (10, 20):
        place = out / split / f"step{step}.jsonl"
        place.parent.mkdir(parents=True, exist_ok=True)
        rows = [
            {"question": q, "response": s if n % 2 else "#### 7", "score": float(n % 2)}
            for n, (q, s) in enumerate(of_split)
        ]
        place.write_text("".join(json.dumps(row) + "\\n" for row in rows))
"""


@pytest.fixture(autouse=True)
def _work_is_importable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "path", [str(REPOSITORY), *sys.path])
    monkeypatch.setenv("FAKE_LAB", str(tmp_path))


@pytest.fixture
def runner(sqlite_engine: Engine, tmp_path: Path) -> Runner:
    return Runner(sqlite_engine, tmp_path)


@pytest.fixture
def script(tmp_path: Path) -> Callable[[str], None]:
    """Writes the training script, with something that it does first."""

    def write(first: str = "") -> None:
        (tmp_path / "train.py").write_text(SCRIPT.replace("PROBLEMS", repr(PROBLEMS)).replace("FIRST", first))

    return write


def test_the_results_of_a_script_are_evaluations_of_the_planned_runs(
    runner: Runner, script: Callable[..., None]
) -> None:
    script()

    end = runner.run(STUDY + BESIDE)

    assert (end.done, end.planned, end.failed) == (16, 16, ())
    assert examine(runner.engine, runner.blobs) == []
    with reading(runner.engine) as session:
        rows = session.execute(
            text(
                "SELECT run.name, c.step, e.split, e.grader, avg(o.score), count(*), e.rank FROM evaluation e "
                "JOIN outcome o ON o.evaluation_id = e.id JOIN checkpoint c ON c.id = e.checkpoint_id JOIN run "
                "ON run.id = c.run_id WHERE run.name LIKE '%mine%' AND e.rank = 0 GROUP BY e.id ORDER BY 1, 2, 3"
            )
        ).all()
        problems = session.execute(text("SELECT count(*) FROM problem")).scalar_one()
        output = session.execute(
            text(
                "SELECT command, output_sha256, seconds FROM execution WHERE exit_status = 0 ORDER BY run_id"
            )
        ).all()
    assert [(name, step, split) for name, step, split, *_ in rows] == [
        (f"scripts/mine/seed{seed}", step, split)
        for seed in range(2)
        for step in (10, 20)
        for split in ("test", "validation")
    ]
    assert {grader for _, _, _, grader, *_ in rows} == {"nophantom:number"}
    assert {(split, round(mean, 3), n) for _, _, split, _, mean, n, _ in rows} == {
        ("validation", 0.5, 6),
        ("test", 0.444, 9),
    }
    assert problems == 15  # those of the plan, and no others
    assert len(output) == 2
    assert f"--seed 0 --out {runner.studies}" in output[0][0]
    assert runner.blobs.get(output[0][1]) == b"training with seed 0\n"
    shown = [event for event in runner.events if isinstance(event, Recorded) and event.arm == "mine"]
    assert {(event.split, event.accuracy) for event in shown} == {("validation", 0.5), ("test", None)}


@pytest.mark.parametrize(
    ("first", "why"),
    [
        ("sys.exit(3)", "exit status 3; its last words: training with seed 0"),
        ("raise KeyError('lr')", "exit status 1; its last words: KeyError: 'lr'"),
        ("import os; os.kill(os.getpid(), 15)", "exit status -15; its last words: "),
        ("sys.exit(0)", "it left no log of step 10 on 'validation', and 3 more in "),
        ("problems['test'][0] = ('Who?', '#### 1')", "1 problems that are none of this split, the first '1'"),
        ("del problems['test'][3:]", "test/step10.jsonl (step 10, test) lacks 6 of 9 problems"),
    ],
)
def test_a_script_that_fails_is_recorded_and_the_rest_goes_on(
    runner: Runner, script: Callable[..., None], first: str, why: str
) -> None:
    script(first)

    end = runner.run(STUDY.replace("seeds = 2", "seeds = 1") + BESIDE)

    assert (end.done, end.planned) == (4, 8)
    ((name, told),) = end.failed
    assert name == "scripts/mine/seed0"
    assert why in told
    assert examine(runner.engine, runner.blobs) == []
    script()
    again = runner.resume()
    assert (again.done, again.failed) == (8, ())
    assert [(number, ending) for n, number, ending, *_ in runner.executions() if "mine" in n] == [
        (1, "failed"),
        (2, "finished"),
    ]


def test_a_program_that_is_not_there_is_a_failure_and_no_crash(runner: Runner) -> None:
    end = runner.run(STUDY.replace("{python} train.py", "no-such-program-at-all"))

    assert [why for _, why in end.failed] == [
        "exit status 127; its last words: no-such-program-at-all: No such file or directory"
    ] * 2
    assert {status for *_, status in runner.executions()} == {127}


def test_a_script_ends_with_the_study(runner: Runner, script: Callable[..., None], tmp_path: Path) -> None:
    script("import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(600)")

    def send() -> None:
        while not ((tmp_path / "pid").exists() and (tmp_path / "pid").read_text()):
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=send, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        runner.run(STUDY.replace("seeds = 2", "seeds = 1"))

    pid = int((tmp_path / "pid").read_text())
    for _ in range(500):
        if not Path(f"/proc/{pid}").exists() or ") Z " in Path(f"/proc/{pid}/stat").read_text():
            break
        time.sleep(0.02)
    else:
        pytest.fail("the script outlived the study")
    assert [ending for _, _, ending, *_ in runner.executions()] == ["stopped"]


PLANNED = {
    "validation": [LoggedProblem(str(n), n, f"How many is {n}?", f"#### {n}") for n in range(3)],
    "test": [LoggedProblem(str(n), n, f"What is {n}?", f"#### {n}") for n in range(2)],
}
BOTH = Wanted("h" * 64, "mine", 4, (10,), PLANNED)
TEST = Wanted("h" * 64, "mine", 4, (10, 20), {"test": PLANNED["test"]})


def rows(n: int, **more: object) -> str:
    return "".join(json.dumps({"problem_id": i, "correct": float(i % 2), **more}) + "\n" for i in range(n))


def test_a_table_without_texts_may_number_the_problems_and_tell_step_and_split_itself(tmp_path: Path) -> None:
    (tmp_path / "all.jsonl").write_text(rows(3, split="validation", seed=4) + rows(2, split="test", seed=4))

    found = read_results(tmp_path, Script("x"), BOTH)

    assert [(log.placement.step, log.placement.split, len(log.responses)) for log, _ in found] == [
        (10, "validation", 3),
        (10, "test", 2),
    ]
    assert [p.question for p in found[0][0].problems] == [p.question for p in PLANNED["validation"]]


def test_other_seeds_steps_splits_and_files_are_left_alone(tmp_path: Path) -> None:
    for step in (10, 20, 30):
        (tmp_path / f"step{step}.jsonl").write_text(rows(2, split="test"))
    (tmp_path / "step10-train.jsonl").write_text(rows(2, split="train"))
    (tmp_path / "notes.txt").write_text("nothing")
    (tmp_path / "other.jsonl").write_text(rows(2, split="test", seed=5, step=10))

    found = read_results(tmp_path, Script("x", "{out}/step{step}.jsonl"), TEST)

    assert [log.placement.step for log, _ in found] == [10, 20]


@pytest.mark.parametrize(
    ("files", "script", "wanted", "told"),
    [
        ({"a.jsonl": rows(2, split="test")}, Script("x"), TEST, "a.jsonl does not tell its step"),
        ({"a.jsonl": rows(2)}, Script("x"), BOTH, "a.jsonl does not tell its split"),
        (
            {"a.jsonl": rows(3, split="validation"), "b.jsonl": rows(3, split="validation")},
            Script("x"),
            BOTH,
            "b.jsonl and a.jsonl both hold step 10 on 'validation'",
        ),
        ({}, Script("x"), BOTH, "it left no log of step 10 on 'validation', and 1 more"),
        (
            {"a.jsonl": rows(4, split="validation")},
            Script("x"),
            BOTH,
            "1 problems that are none of this split",
        ),
        (
            {"step10.jsonl": '{"problem_id": 0, "correct": 1.0, "split": "test"}\n{"problem'},
            Script("x", "{out}/step{step}.jsonl"),
            TEST,
            "lacks 1",
        ),
    ],
)
def test_results_that_are_not_those_of_the_plan_are_refused(
    tmp_path: Path, files: dict[str, str], script: Script, wanted: Wanted, told: str
) -> None:
    for name, content in files.items():
        (tmp_path / name).write_text(content)

    with pytest.raises(Unreadable) as refused:
        read_results(tmp_path, script, wanted)

    assert told in refused.value.message


def test_a_command_is_cut_as_a_shell_would_and_filled_word_by_word() -> None:
    script = Script("{python} 'my train.py' --seed={seed} --out {out} --arm {arm} {x}")

    words = command_of(script, arm="a b", seed=3, out=Path("/some where"))

    assert words == (sys.executable, "my train.py", "--seed=3", "--out", "/some where", "--arm", "a b", "{x}")
    with pytest.raises(InvalidInput, match="cannot be cut: No closing quotation"):
        command_of(Script("a 'b"), arm="a", seed=3, out=Path())
