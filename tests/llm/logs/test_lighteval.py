"""lighteval's details and results: what comes out, and how the two files find each other."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

import pyarrow as arrow  # type: ignore[import-untyped]
import pytest
from pyarrow import parquet

from nophantom.errors import Unreadable
from nophantom.llm.logs import lighteval, lm_eval
from nophantom.llm.logs.headlines import contradictions
from nophantom.llm.logs.lighteval_results import details_places, is_of, results_places
from nophantom.llm.logs.records import EvaluationLog, Framework, OmissionReason
from nophantom.llm.logs.regrading import grade_again, grader_for
from nophantom.llm.problems import Failure, question_key

Promises = Callable[[EvaluationLog], None]
_TIME = "2026-11-22T08-47-12.878668"
# Of 1,319: right by lighteval's own grader, and by one that reads the last number.
_CORRECT = {
    "6b_finetuning": (287, 286),
    "6b_verification": (514, 515),
    "175b_finetuning": (457, 458),
    "175b_verification": (742, 742),
}


def _row(number: int, **doc: object) -> dict[str, object]:
    return {
        "doc": {
            "id": str(number),
            "query": f"Question: What is {number} + 1?\nAnswer:",
            "choices": [f" It is {number + 1}.\n#### {number + 1}"],
            "gold_index": 0,
            "task_name": "gsm8k|5",
            "specific": {"extracted_predictions": [str(number + 1), str(number + 1)]},
            **doc,
        },
        "metric": {"em": 1.0, "length": 12.0},
        "model_response": {"text": [f"It is {number + 1}."], "logprobs": []},
    }


def _parquet(rows: Sequence[dict[str, object]]) -> bytes:
    sink = io.BytesIO()
    parquet.write_table(arrow.Table.from_pylist(list(rows)), sink)
    return sink.getvalue()


def _read(rows: Sequence[dict[str, object]], results: dict[str, object] | None = None) -> EvaluationLog:
    told = None if results is None else json.dumps(results).encode()
    name = f"o/details/org/m/{_TIME}/details_gsm8k|5_{_TIME}.parquet"
    return lighteval.read(_parquet(rows), told, name=name)


@pytest.mark.parametrize("model", _CORRECT)
def test_counts_on_the_whole_test_set_are_its_own_and_ours(
    model: str, real_logs: Path, keeps_promises: Promises
) -> None:
    (details,) = (real_logs / "lighteval" / "details" / "openai-gsm8k-paper" / model).rglob("*.parquet")
    results = next(Path(p) for p in results_places(PurePosixPath(details)) if Path(p).is_file())
    log = lighteval.read(details.read_bytes(), results.read_bytes(), name=str(details))
    keeps_promises(log)
    theirs, ours = _CORRECT[model]
    (grading,) = log.gradings
    assert (grading.grader, sum(mark.score == 1 for mark in grading.marks)) == ("extractive_match", theirs)
    assert contradictions(log) == []
    grader = grader_for(log)
    assert grader is not None
    assert sum(mark.score == 1 for mark in grade_again(log, grader).marks) == ours
    assert (log.framework, log.model) == (Framework.LIGHTEVAL, f"openai-gsm8k-paper/{model}")
    assert (log.task, log.split, log.status) == ("gsm8k_local|0", "test", "success")
    assert (len(log.problems), len(log.responses), log.omissions) == (1319, 1319, ())


def test_problems_are_those_of_other_frameworks_in_the_order_of_the_data_set(real_logs: Path) -> None:
    (details,) = (real_logs / "lighteval" / "details").rglob("6b_verification/*/*.parquet")
    (samples,) = (real_logs / "lm_eval").glob("*__6b_verification/samples_*.jsonl")
    theirs = lighteval.read(details.read_bytes(), None, name=str(details))
    ours = lm_eval.read(samples.read_bytes(), None, name=str(samples))
    assert theirs.model == "openai-gsm8k-paper/6b_verification"
    assert [p.position for p in theirs.problems] == list(range(1319))
    assert [question_key(p.question) for p in theirs.problems] == [
        question_key(p.question) for p in ours.problems
    ]


@pytest.mark.parametrize(
    ("doc", "question"),
    [
        ({}, "What is 1 + 1?"),
        ({"query": "Q: What is 1 + 1?\nA:"}, "What is 1 + 1?"),
        ({"query": "Solve it.\nProblem: What is 1 + 1?", "instruction": "Solve it.\n"}, "What is 1 + 1?"),
        ({"query": "prompted", "original_query": "What is 1 + 1?"}, "What is 1 + 1?"),
        ({"query": "What is in the data:"}, "What is in the data:"),
        ({"query": "What does Answer: mean?"}, "What does Answer: mean?"),
        ({"query": "Question: Answer:"}, "Question: Answer:"),
    ],
)
def test_the_question_is_what_stands_between_the_words_of_the_prompt(
    doc: dict[str, object], question: str
) -> None:
    log = _read([_row(1, **doc)])
    assert log.problems[0].question == question


def test_rows_come_in_no_order_and_are_put_in_that_of_their_ids(keeps_promises: Promises) -> None:
    log = _read([_row(10), _row(2), _row(0), _row(2)])
    keeps_promises(log)
    assert [p.source_id for p in log.problems] == ["0", "2", "10"]
    assert [(o.place, o.reason) for o in log.omissions] == [
        ("row 4", OmissionReason.DUPLICATE),
        ("grader length", OmissionReason.NOT_A_SCORE),
    ]


def test_several_answers_are_attempts_and_their_metric_stands_at_the_first(keeps_promises: Promises) -> None:
    row = _row(1) | {"model_response": {"text": ["2", "3", None], "logprobs": []}}
    log = _read([row])
    keeps_promises(log)
    assert [(r.attempt, r.text, r.failure) for r in log.responses] == [
        (1, "2", None),
        (2, "3", None),
        (3, None, Failure.MISSING_IN_LOG),
    ]
    assert [(m.response, m.answer, m.score) for m in log.gradings[0].marks] == [(0, None, 1.0)]


def test_of_multiple_choice_the_likeliest_option_is_the_answer() -> None:
    choice: dict[str, object] = {"text": [""], "logprobs": [-3.0, -0.5, -2.0]}
    row = _row(1, choices=[" A", " B", " C"], gold_index=1) | {"model_response": choice}
    log = _read([row])
    assert (log.problems[0].choices, log.problems[0].reference) == (("A", "B", "C"), "1")
    assert (log.responses[0].text, log.responses[0].log_likelihood) == ("[-3.0,-0.5,-2.0]", -0.5)
    assert log.gradings[0].marks[0].answer == "1"


def test_what_the_results_file_says_is_kept_and_the_missing_is_counted() -> None:
    results: dict[str, object] = {
        "config_general": {
            "model_name": "org/m7",
            "lighteval_sha": "abc",
            "model_config": {"generation_parameters": {"seed": 3, "top_p": None}},
        },
        "results": {"gsm8k|5": {"em": 1.0}},
        "versions": {"gsm8k|5": 2},
        "config_tasks": {
            "gsm8k|5": {"evaluation_splits": ["test"], "num_fewshots": 5, "effective_num_docs": 4}
        },
    }
    log = _read([_row(0), _row(1)], results)
    assert (log.model, log.split, log.framework_version, log.declared) == ("org/m7", "test", "abc", 4)
    assert (log.gradings[0].version, log.gradings[0].headline) == ("lighteval abc, task 2", 1.0)
    assert log.settings == {"num_fewshot": 5, "generation_parameters": {"seed": 3}}
    assert log.omissions[0].seen == "2 of 4 documents"


def test_without_results_the_folders_tell_the_model_and_a_damaged_one_is_listed() -> None:
    log = _read([_row(0)])
    assert (log.model, log.task, log.status, log.declared) == ("org/m", "gsm8k|5", None, None)
    damaged = lighteval.read(_parquet([_row(0)]), b"{", name="d.parquet")
    assert damaged.omissions[0].place == "results file"
    assert damaged.model == "unknown"


def test_rows_without_id_or_question_are_listed_and_a_file_without_others_is_refused() -> None:
    log = _read([_row(0), _row(1, id=None), _row(2, query="")])
    assert [(o.place, o.reason) for o in log.omissions[:2]] == [
        ("row 2", OmissionReason.NOT_A_SAMPLE),
        ("row 3", OmissionReason.NOT_A_SAMPLE),
    ]
    with pytest.raises(Unreadable, match="holds no sample of lighteval"):
        _read([{"a": 1}])
    whole = _parquet([_row(0)])
    for broken in (whole[: len(whole) // 2], whole[:-4], b"PAR1", whole[4:], b"PAR1" + bytes(100) + b"PAR1"):
        with pytest.raises(Unreadable, match=r"d\.parquet is not readable as Parquet"):
            lighteval.read(broken, None, name="d.parquet")


@pytest.mark.parametrize("model", ["m", "org/m", "a/b/c", "results/details"])
def test_details_and_results_find_each_other(model: str) -> None:
    details = PurePosixPath(f"out/details/{model}/{_TIME}/details_mmlu:law|5|x_{_TIME}.parquet")
    results = PurePosixPath(f"out/results/{model}/results_{_TIME}.json")
    if "details" not in model:
        assert results_places(details)[0] == results
        assert details_places(results)[0] == details.parent
    assert is_of(details.name, results.name)
    assert not is_of(details.name, "results_2026-11-22T08-47-12.json")
    assert results_places(PurePosixPath("other.parquet")) == details_places(PurePosixPath("other.json")) == []
