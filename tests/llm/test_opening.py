"""Opening logs without a database: which files are taken, which are not, and what they say."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from nophantom.errors import NotFound, Unreadable
from nophantom.llm.logs.recognition import LogFormat
from nophantom.llm.logs.records import Framework
from nophantom.llm.opening import Candidate, LogOnDisk, NoLog, find_candidates, logs_of, read_any
from nophantom.llm.problems import question_key

Write = Callable[..., Path]


def _table(path: Path, text: str = "item,correct\n1,1\n2,0\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def _found(path: Path, *, named: bool) -> list[LogFormat | str]:
    return [
        log.format if isinstance(log, LogOnDisk) else log.error.code if log.error else "left aside"
        for log in logs_of(Candidate(path, named))
    ]


@pytest.mark.parametrize(
    ("text", "in_folder"),
    [
        ("item,correct\n1,1\n", LogFormat.TABLE),
        ("question_id,score\nq1,0.5\n", LogFormat.TABLE),
        ('{"item": 1, "is_correct": true}\n{"item": 2, "is_correct": false}\n', LogFormat.TABLE),
        ('[{"item": 1, "is_correct": true}]', LogFormat.TABLE),
        ('{"question": "Q?", "6b": {"is_correct": true, "solution": "1"}}\n', LogFormat.TABLE),
        ("id,score\n1,1\n", "left aside"),
        ("item,score\n1,79\n2,60\n", "left aside"),
        ("id,gpt-4,llama\n1,1,0\n", "left aside"),
        ('{"a": 1, "b": 0}', "left aside"),
        ('{"id": "hn:1", "score": 1}\n', "left aside"),
        ('[{"id": 1, "score": 1}]', "left aside"),
    ],
)
def test_a_table_is_taken_when_it_is_named_and_in_a_folder_when_it_leaves_no_doubt(
    text: str, in_folder: LogFormat | str, tmp_path: Path
) -> None:
    path = _table(tmp_path / "t.txt", text)
    assert _found(path, named=True) == [LogFormat.TABLE]
    assert _found(path, named=False) == [in_folder]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# Read me, please\n",
        "name,age\nann,3\n",
        '{"name": "ann"}',
        "[1, 2]",
        "[[",
        '{"results": {}}',
        "\x00,\x00",
    ],
)
def test_what_is_no_table_is_refused_when_named_and_left_aside_in_a_folder(text: str, tmp_path: Path) -> None:
    path = _table(tmp_path / "t.txt", text)
    assert _found(path, named=True) == ["unreadable"]
    assert _found(path, named=False) == ["left aside"]


def test_parquet_is_told_by_its_columns(tmp_path: Path) -> None:
    import pyarrow as arrow  # type: ignore[import-untyped]
    from pyarrow import parquet

    sure, other = tmp_path / "a.parquet", tmp_path / "b.parquet"
    parquet.write_table(arrow.Table.from_pylist([{"item": 1, "correct": True}]), sure)
    parquet.write_table(arrow.Table.from_pylist([{"id": 1, "text": "x"}]), other)
    cut = tmp_path / "c.parquet"
    cut.write_bytes(sure.read_bytes()[:100])
    assert [_found(path, named=False) for path in (sure, other, cut)] == [
        [LogFormat.TABLE],
        ["left aside"],
        ["left aside"],
    ]
    with pytest.raises(Unreadable, match="not readable as Parquet"):
        read_any(cut)
    with pytest.raises(Unreadable, match="no column holds scores; saw 'id', 'text'"):
        read_any(other)


def test_hidden_folders_are_left_out_and_each_file_is_looked_at_once(tmp_path: Path) -> None:
    for place in ("b/t.csv", "a/t.csv", ".git/t.csv"):
        _table(tmp_path / place)
    found = find_candidates([tmp_path, tmp_path / "a" / "t.csv", tmp_path / "a"])
    assert [c.path.relative_to(tmp_path).as_posix() for c in found] == ["a/t.csv", "b/t.csv"]


def test_a_log_its_results_and_its_folder_are_the_same_evaluation(write_lm_eval: Write) -> None:
    samples = write_lm_eval("org/small", ["#### 1", "#### 2", "#### 9"])
    (results,) = samples.parent.glob("results_*.json")
    whole = [read_any(place) for place in (samples, results, samples.parent)]
    assert whole[0] == whole[1] == whole[2]
    (log,) = whole[0]
    assert (log.framework, log.model, len(log.responses)) == (Framework.LM_EVAL, "org/small", 3)


def test_lighteval_is_found_from_details_results_or_the_folder_above(real_logs: Path, tmp_path: Path) -> None:
    for part in ("details", "results"):
        source = real_logs / "lighteval" / part / "openai-gsm8k-paper" / "6b_verification"
        shutil.copytree(source, tmp_path / "out" / part / "org" / "m")
    (details,), (results,) = tmp_path.rglob("*.parquet"), tmp_path.rglob("*.json")
    whole = [read_any(place) for place in (details, results, tmp_path)]
    assert whole[0] == whole[1] == whole[2]
    assert whole[0][0].status == "success"
    details.unlink()
    with pytest.raises(Unreadable, match="run lighteval with --save-details"):
        read_any(results)
    (left,) = logs_of(Candidate(results, named=False))
    assert isinstance(left, NoLog)
    assert left.error is None


def test_scores_alone_are_those_of_the_whole_log(real_logs: Path) -> None:
    path = next((real_logs / "inspect_ai").glob("*.eval"))
    (whole,), (scores,) = read_any(path), read_any(path, answers=False)
    assert scores.gradings == whole.gradings
    assert [question_key(p.question) for p in scores.problems] == [
        question_key(p.question) for p in whole.problems
    ]
    assert all(response.text is None for response in scores.responses)
    assert (scores.model, scores.declared, scores.omissions) == (whole.model, whole.declared, whole.omissions)


def test_a_folder_without_logs_and_a_path_that_is_not_there_are_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "notes.json").write_text(json.dumps({"a": [1]}))
    with pytest.raises(NotFound, match="there is no evaluation log in"):
        read_any(tmp_path)
    with pytest.raises(NotFound, match="there is no file"):
        read_any(tmp_path / "gone.eval")


def test_a_table_of_several_models_is_several_evaluations(real_logs: Path) -> None:
    logs = read_any(real_logs / "gsm8k" / "example_model_solutions.jsonl", problem_set="gsm8k")
    counts = {log.model: sum(mark.score == 1 for mark in log.gradings[0].marks) for log in logs}
    assert counts == {
        "6b_finetuning": 286,
        "6b_verification": 515,
        "175b_finetuning": 458,
        "175b_verification": 742,
    }
