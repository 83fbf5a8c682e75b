"""`nophantom logs import` as a person meets it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]
Write = Callable[..., Path]

RIGHT = [f"Let me see. #### {n + 1}" for n in range(10)]


def test_an_import_tells_the_run_its_counts_and_that_graders_agree(
    nophantom_cli: Cli, write_lm_eval: Write
) -> None:
    """Ten answers of which the last is wrong: 9 of 10, by the log's grader and by ours."""
    samples = write_lm_eval("org/small", [*RIGHT[:9], "#### 77"])

    ended = nophantom_cli("logs", "import", samples, "--json")

    assert ended.status == 0
    assert [f["status"] for f in ended.json["files"]] == ["imported"]
    by_grader = {r["grader"]: (r["scored"], r["right"], r["rank"]) for r in ended.json["runs"]}
    assert by_grader == {"nophantom:number": (10, 9.0, 0), "exact_match,strict-match": (10, 9.0, 1)}
    assert [d["disagreements"] for d in ended.json["grader_drift"]] == [[]]


def test_a_second_import_of_the_same_content_changes_nothing(
    nophantom_cli: Cli, write_lm_eval: Write
) -> None:
    samples = write_lm_eval("org/small", RIGHT)
    nophantom_cli("logs", "import", samples)
    before = nophantom_cli("runs", "--all", "--json").out
    copied = samples.parent.with_name("copied")
    shutil.copytree(samples.parent, copied)

    again = nophantom_cli("logs", "import", samples, copied, "--json")

    assert {f["status"] for f in again.json["files"] if f["path"].endswith(".jsonl")} == {"known"}
    assert nophantom_cli("runs", "--all", "--json").out == before


def test_two_models_that_answer_word_for_word_alike_are_two_runs(
    nophantom_cli: Cli, write_lm_eval: Write
) -> None:
    """Samples of lm-eval do not name the model; only the results file beside them tells the two apart."""
    first, second = write_lm_eval("org/one", RIGHT), write_lm_eval("org/two", RIGHT)
    assert first.read_bytes() == second.read_bytes()

    nophantom_cli("logs", "import", first, second)

    assert {r["run"] for r in nophantom_cli("runs", "--json").json["runs"]} == {
        "lm-eval/org/one",
        "lm-eval/org/two",
    }


def test_the_answers_that_only_our_grader_can_read_are_listed_as_drift(
    nophantom_cli: Cli, write_lm_eval: Write
) -> None:
    samples = write_lm_eval("org/small", ["The answer is 1.", "A: 2", "#### 3"])

    ended = nophantom_cli("logs", "import", samples, "--json")

    (drift,) = ended.json["grader_drift"]
    assert (drift["compared"], drift["right_only_to_ours"], drift["right_only_to_theirs"]) == (3, 2, 0)
    assert [d["ours"] for d in drift["disagreements"]] == ["1", "2"]


def test_a_damaged_line_is_listed_and_all_others_are_imported(
    nophantom_cli: Cli, write_lm_eval: Write
) -> None:
    samples = write_lm_eval("org/small", RIGHT)
    lines = samples.read_text().splitlines(keepends=True)
    lines[3] = '{"doc_id": 3, "doc": {"ques\n'
    lines[9] = lines[9][:40]  # the machine died while it wrote the last line
    samples.write_text("".join(lines))

    ended = nophantom_cli("logs", "import", samples, "--json")

    assert ended.status == 5
    (file,) = ended.json["files"]
    places = [(o["place"], o["reason"]) for o in file["omissions"]]
    assert ("line 4", "not_json") in places
    assert ("line 10", "not_json") in places
    assert {r["scored"] for r in ended.json["runs"]} == {8}


def test_one_unreadable_file_does_not_keep_the_others_out(
    nophantom_cli: Cli, write_lm_eval: Write, tmp_path: Path
) -> None:
    good = write_lm_eval("org/small", RIGHT)
    bad = tmp_path / "notes.txt"
    bad.write_text("just some notes")

    ended = nophantom_cli("logs", "import", bad, tmp_path / "nowhere.jsonl", good)

    assert ended.status == 5  # of the first refusal
    assert "notes.txt: this is no evaluation log" in " ".join(ended.err.split())
    assert "there is no file" in ended.err
    assert "10" in ended.out
    assert len(nophantom_cli("runs", "--json").json["runs"]) == 2


def test_an_import_of_nothing_readable_leaves_no_trace(nophantom_cli: Cli, tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.touch()

    ended = nophantom_cli("logs", "import", empty)

    assert ended.status == 5
    assert "saw an empty file" in " ".join(ended.err.split())
    assert nophantom_cli("runs", "--json").json == {"runs": []}


def test_results_without_their_samples_are_refused_with_the_option_that_keeps_them(
    nophantom_cli: Cli, write_lm_eval: Write
) -> None:
    samples = write_lm_eval("org/small", RIGHT)
    samples.unlink()
    (results,) = samples.parent.glob("results_*.json")

    ended = nophantom_cli("logs", "import", results)

    assert ended.status == 5
    assert "--log_samples" in ended.err


def test_naming_the_results_file_imports_the_samples_that_belong_to_it(
    nophantom_cli: Cli, write_lm_eval: Write
) -> None:
    samples = write_lm_eval("org/small", RIGHT)
    (results,) = samples.parent.glob("results_*.json")

    ended = nophantom_cli("logs", "import", results, "--json")

    assert [f["path"] for f in ended.json["files"]] == [str(samples)]


def test_two_tasks_of_one_evaluation_are_one_run(nophantom_cli: Cli, write_lm_eval: Write) -> None:
    """lm-eval writes a samples file per task and one results file: the run is named by the latter."""
    first = write_lm_eval("org/small", RIGHT)
    second = first.with_name(first.name.replace("gsm8k", "arithmetic"))
    second.write_text(first.read_text())
    second.write_text(second.read_text() + "\n")  # not the same content, or it would be known

    ended = nophantom_cli("logs", "import", first.parent, "--json")

    assert {(r["reference"], r["problem_set"]) for r in ended.json["runs"]} == {
        ("r1", "gsm8k"),
        ("r1", "arithmetic"),
    }


def test_a_log_that_fails_while_it_is_written_leaves_nothing_behind(
    nophantom_cli: Cli, write_lm_eval: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last step of an import breaks: no run, no problem, no outcome of it remains."""
    from nophantom.llm.ledger import writing

    samples = write_lm_eval("org/small", RIGHT)

    def breaks(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(writing, "_keep_texts", breaks)
        stopped = nophantom_cli("logs", "import", samples)
        assert (stopped.status, "nothing is half-written" in stopped.err) == (130, True)
    assert nophantom_cli("runs", "--json").json == {"runs": []}
    assert nophantom_cli("logs", "import", samples).status == 0


def test_a_folder_that_cannot_be_written_to_is_one_sentence_and_status_7(
    write_lm_eval: Write, tmp_path: Path
) -> None:
    samples = write_lm_eval("org/small", RIGHT)
    home = tmp_path / "sealed"
    home.mkdir(mode=0o555)
    command = [sys.executable, "-m", "nophantom", "logs", "import", str(samples), "--home", str(home)]
    if os.geteuid() == 0:  # root may write everywhere: run as a root without that right
        if not shutil.which("setpriv"):
            pytest.skip("root can write to read-only folders, and there is no setpriv to give that up")
        drop = "--bounding-set=-dac_override,-dac_read_search"
        command = ["setpriv", drop, "--inh-caps=-all", *command]

    ended = subprocess.run(command, capture_output=True, text=True, check=False)

    assert ended.returncode == 7
    assert "error unavailable: cannot write to" in ended.stderr
    assert "--home" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert list(home.iterdir()) == []


def test_a_table_tells_which_column_was_taken_for_what(nophantom_cli: Cli, tmp_path: Path) -> None:
    """Two models side by side; the words about columns go to stderr, the counts to stdout."""
    path = tmp_path / "mmlu.csv"
    path.write_text("question_id,gpt-4,llama,notes\n1,1,0,a\n2,1,,b\n")

    ended = nophantom_cli("logs", "import", path)

    assert ended.status == 0
    assert "question_id as item; each of 2 columns as a run (gpt-4, llama); nothing from notes" in ended.err
    assert "mmlu as problem set, from the file's name" in ended.err
    told = nophantom_cli("logs", "import", path, "--json").json["files"][0]
    assert (told["status"], told["runs"], told["why"]) == (
        "known",
        ["r1", "r2"],
        "imported before as r1 table/gpt-4, r2 table/llama",
    )
    runs = nophantom_cli("runs", "--json").json["runs"]
    assert [(r["run"], r["problem_set"], r["right"], r["scored"]) for r in runs] == [
        ("table/gpt-4", "mmlu", 2.0, 2),
        ("table/llama", "mmlu", 0.0, 1),
    ]


def test_a_pattern_that_cannot_be_ends_before_anything_is_read(nophantom_cli: Cli, tmp_path: Path) -> None:
    ended = nophantom_cli("logs", "import", tmp_path, "--pattern", "{arm}/{sed}")
    assert ended.status == 4
    assert "has a field {sed}. Known are {study}, {arm}, {seed}" in ended.err


def test_a_log_that_the_pattern_does_not_fit_is_refused_with_an_example(
    nophantom_cli: Cli, write_lm_eval: Write
) -> None:
    samples = write_lm_eval("org/small", RIGHT)
    ended = nophantom_cli("logs", "import", samples, "--pattern", "{arm}/seed{seed}")
    assert ended.status == 4
    assert "does not fit" in ended.err
    assert "for example '{arm}/seed{seed}/step{step}'" in ended.err


def test_the_help_of_import_loads_no_reader_of_parquet() -> None:
    code = "import sys; from nophantom.cli.main import run\ntry: run(['logs', 'import', '--help'])\nfinally: "
    code += "print('pyarrow' in sys.modules, file=sys.stderr)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "--pattern" in ended.stdout
    assert ended.stderr.strip() == "False"
