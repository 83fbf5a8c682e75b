"""`nophantom study new`, `run`, `resume` and `export`, with scripts as arms: nothing here needs torch."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nophantom.cli import main as cli
from nophantom.cli.study_display import Bars, Lines, Pace, watching
from nophantom.cli.talk import talk
from nophantom.llm.running_events import Begun, Happening, Moved, Over, Recorded, Told
from nophantom.llm.study_file import EXAMPLE
from nophantom.llm.study_reading import read_study_file

Cli = Callable[..., Any]
SIZES = {"train": 3, "validation": 6, "test": 8}
STUDY = """\
name = "mine"
problems = "problems"
seeds = 2
checkpoints = [10]
[[arm]]
name = "good"
command = "{python} train.py {seed} {out}"
logs = "{out}/{split}.jsonl"
[[arm]]
name = "better"
command = "{python} train.py 1{seed} {out}"
logs = "{out}/{split}.jsonl"
"""
SCRIPT = """
import json, pathlib, sys
seed, out = int(sys.argv[1]), pathlib.Path(sys.argv[2])
if pathlib.Path("fail").exists() and seed > 1:
    sys.exit("out of luck")
for split, n in (("validation", 6), ("test", 8)):
    rows = ({"problem_id": i, "score": float((i * (seed + 3)) % 5 < 3)} for i in range(n))
    (out / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\\n" for row in rows))
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A study file with its problems and its training script beside it."""
    (tmp_path / "problems").mkdir()
    for split, n in SIZES.items():
        rows = ({"question": f"{split}: {i} + {i}?", "answer": f"#### {2 * i}"} for i in range(n))
        (tmp_path / "problems" / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "train.py").write_text(SCRIPT)
    (tmp_path / "study.toml").write_text(STUDY)
    return tmp_path / "study.toml"


def test_new_prints_a_study_file_that_can_be_read(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.run(["study", "new"])

    assert not end.value.code
    told = capfd.readouterr().out
    assert told == EXAMPLE
    assert read_study_file(told).name == "routing-and-initialisation"


def test_a_study_runs_to_its_end_and_says_what_to_do_next(nophantom_cli: Cli, study: Path) -> None:
    ended = nophantom_cli("study", "run", study)

    assert ended.status == 0
    assert "s1 mine: finished; 8 of 8 evaluations" in ended.out
    assert "validation at step 10" in ended.out
    assert "s1 mine: 8 evaluations; 4 jobs, " in ended.err
    assert "select s1" in ended.err
    assert "test " not in ended.out + ended.err.replace("--home", "")
    listed = nophantom_cli("study", "list").out
    assert "8 of 8" in listed
    shown = nophantom_cli("study", "show", "s1", "--json").json
    assert shown["progress"] == {"done": 8, "planned": 8, "unfinished": []}
    assert shown["sealed"]

    again = nophantom_cli("study", "run", study, "--json")
    assert again.json["was_finished"]
    assert again.json["finished"]
    chosen = nophantom_cli("select", "s1", "--arm", "good")
    assert chosen.status == 0


def test_a_failed_run_ends_with_a_status_and_is_tried_again_by_resume(
    nophantom_cli: Cli, study: Path
) -> None:
    (study.parent / "fail").touch()

    ended = nophantom_cli("study", "run", study, "--json")

    assert ended.status == 7
    assert (ended.json["done"], ended.json["finished"]) == (4, False)
    assert '"code":"unavailable"' in ended.err
    assert (
        "mine/better/seed0 and 1 more did not come to the end: exit status 1; its last words: out of luck"
        in ended.err
    )
    assert "study resume s1` tries again" in ended.err
    shown = nophantom_cli("study", "show", "s1").out
    assert "4 of 8" in shown
    assert "mine/better/seed1: failed; exit status 1" in shown
    (study.parent / "fail").unlink()
    assert nophantom_cli("study", "resume", "mine").status == 0


def test_the_export_leaves_out_a_sealed_test_and_says_so(
    nophantom_cli: Cli, study: Path, tmp_path: Path
) -> None:
    nophantom_cli("study", "run", study)

    ended = nophantom_cli("study", "export", "s1")
    rows = [json.loads(line) for line in ended.out.splitlines()]
    assert {row["split"] for row in rows} == {"validation"}
    assert "4 evaluations of the sealed test are left out" in ended.err
    sealed = nophantom_cli("study", "export", "s1", "--split", "test", "--to", tmp_path / "no.jsonl")
    assert sealed.status == 10
    assert not (tmp_path / "no.jsonl").exists()

    nophantom_cli("select", "s1", "--arm", "good")
    table = nophantom_cli("study", "export", "s1", "--to", tmp_path / "all.parquet", "--json")
    assert table.json == {
        "outcomes": 2 * 2 * (6 + 8),
        "evaluations": 8,
        "sealed_evaluations": 0,
        "file": str(tmp_path / "all.parquet"),
    }
    assert nophantom_cli("study", "export", "s1", "--split", "x").status == 4
    assert nophantom_cli("study", "export", "s1", "--json").status == 4
    missing = nophantom_cli("study", "export", "s1", "--to", tmp_path / "no" / "such" / "x.jsonl")
    assert missing.status == 7


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        (lambda text: text + "[schedule]\nbach = 8\n", 4, "line 14: schedule.bach: 'bach' is no key here"),
        (lambda text: text.replace('"problems"', '"none"'), 3, "there are no problems 'none'"),
        (lambda text: "name = \n", 4, "the study file is no TOML"),
    ],
)
def test_a_file_with_faults_is_refused_before_anything_is_written(
    nophantom_cli: Cli, study: Path, change: Callable[[str], str], status: int, words: str
) -> None:
    study.write_text(change(STUDY))

    ended = nophantom_cli("study", "run", study)

    assert ended.status == status
    assert words in ended.err
    assert nophantom_cli("study", "list", "--json").json == {"studies": []}


def test_files_and_studies_that_are_not_there_are_told(nophantom_cli: Cli, tmp_path: Path) -> None:
    assert (
        "`nophantom study new > study.toml` makes one" in nophantom_cli("study", "run", tmp_path / "no").err
    )
    (tmp_path / "image.toml").write_bytes(b"\xff\xfe\x00")
    assert nophantom_cli("study", "run", tmp_path / "image.toml").status == 5
    assert nophantom_cli("study", "resume", "s1").status == 3


BEGUN = Begun("s1", "small", 0, 8, 2, 2, 4)
HEARD: list[Happening] = [
    BEGUN,
    Moved(1, "a", (0, 1), 0, 20, None, 0.1, None),
    Moved(1, "a", (0, 1), 10, 20, 0.5, 2.0, 2.0),
    Moved(2, "mine", (0,), 0, 0, None, 5.0, None),
    Recorded("a", 0, 10, "validation", 0.25, 1, 8),
    Recorded("a", 0, 10, "test", None, 2, 8),
    Told("a", (0, 1), "no room: tried again as fleets of 1 and 1"),
    Over(1),
    Over(2),
]


def test_plain_lines_tell_what_a_person_needs_and_no_test_score(capfd: pytest.CaptureFixture[str]) -> None:
    with watching() as hear:
        for event in HEARD:
            hear(event)

    told = capfd.readouterr().err.splitlines()
    assert told[0] == "s1 small: 8 evaluations; 2 jobs, 2 at a time"
    assert told[1].startswith("a, step 10: validation 25.0% over 1 seed; 1 of 8 evaluations, ")
    assert told[2] == "a seeds 0-1: no room: tried again as fleets of 1 and 1"
    assert len(told) == 3


def test_bars_come_and_go_with_their_fleets() -> None:
    from rich.progress import Progress

    bars = Progress(console=talk(), disable=True)
    shown = Bars(talk(), bars)
    for event in HEARD[:6]:
        shown.hear(event)
    told = {task.description: task.fields["told"] for task in bars.tasks}

    assert told["a seeds 0-1"] == "step 10 of 20, loss 0.500, 2 s left"
    assert told["mine seed 0"] == "5 s"
    assert told["all"].startswith("2 of 8 evaluations, ")
    for event in HEARD[6:]:
        shown.hear(event)
    assert [task.description for task in bars.tasks] == ["all"]


def test_the_time_left_counts_steps_between_evaluations() -> None:
    pace = Pace()
    for event in HEARD[:2]:
        pace.hear(event)
    assert pace.left() is None
    pace.begun = -1000.0
    pace.hear(HEARD[2])
    half = pace.left()
    pace.hear(HEARD[4])
    same = pace.left()

    assert half is not None
    assert same is not None
    assert half == pytest.approx(same, rel=0.01)  # the evaluation is part of what the steps stand for
    assert Lines(talk()).pace.left() is None


def test_a_second_study_in_one_display_begins_anew(capsys: pytest.CaptureFixture[str]) -> None:
    """The demonstration runs several: what the first one had done says nothing of the next."""
    shown = Lines(talk())
    for event in (*HEARD, *HEARD[:2]):
        shown.hear(event)

    assert shown.pace.left() is None
    assert not shown.scores


def test_the_command_line_starts_without_torch() -> None:
    program = "import sys; import nophantom.cli.main, nophantom.llm.running; print('torch' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert ended.stdout.strip() == "False"
