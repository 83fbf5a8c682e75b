"""Logs that the real frameworks wrote; what must come out was counted by others."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from nophantom.llm.logs import inspect_ai, lm_eval
from nophantom.llm.logs.recognition import LogFormat, recognise
from nophantom.llm.logs.records import EvaluationLog, Grading, OmissionReason
from nophantom.llm.problems import Failure, question_key

_CORRECT = {"6b_finetuning": 286, "6b_verification": 515, "175b_finetuning": 458, "175b_verification": 742}
_SMALL = {"6b_verification": 6, "175b_verification": 12}


def _lm_eval(folder: Path) -> EvaluationLog:
    (samples,) = folder.glob("samples_*.jsonl")
    results = lm_eval.matching_results(samples.name, [path.name for path in folder.glob("*.json")])
    assert results is not None
    return lm_eval.read(
        samples.read_bytes(), (folder / results).read_bytes(), name=f"{folder.name}/{samples.name}"
    )


def _inspect(path: Path) -> EvaluationLog:
    if path.suffix == ".json":
        return inspect_ai.read_json(path.read_bytes(), name=path.name)
    with path.open("rb") as stream:
        return inspect_ai.read_eval(stream, name=path.name)


def _correct(grading: Grading) -> int:
    return sum(mark.score == 1 for mark in grading.marks)


def _model(log: EvaluationLog) -> str:
    return log.model.rpartition("/")[2]


def _mean_is_headline(log: EvaluationLog) -> None:
    assert log.gradings
    for grading in log.gradings:
        scores = [mark.score for mark in grading.marks if mark.score is not None]
        assert grading.headline == pytest.approx(math.fsum(scores) / len(scores), abs=1e-12)


@pytest.mark.parametrize("model", _CORRECT)
def test_lm_eval_counts_on_the_whole_test_set(
    model: str, real_logs: Path, keeps_promises: Callable[[EvaluationLog], None]
) -> None:
    log = _lm_eval(real_logs / "lm_eval" / f"openai-gsm8k-paper__{model}")
    keeps_promises(log)
    _mean_is_headline(log)
    assert (log.model, log.task, log.split, log.status) == (
        f"openai-gsm8k-paper/{model}",
        "gsm8k",
        "test",
        "success",
    )
    assert (log.declared, len(log.problems), len(log.responses), log.omissions) == (1319, 1319, 1319, ())
    assert {grading.grader: _correct(grading) for grading in log.gradings} == {
        "exact_match,strict-match": _CORRECT[model],
        "exact_match,flexible-extract": _CORRECT[model],
    }
    assert log.settings["num_fewshot"] == 5


def test_inspect_counts_on_the_whole_test_set(
    real_logs: Path, keeps_promises: Callable[[EvaluationLog], None]
) -> None:
    logs = [_inspect(path) for path in (real_logs / "inspect_ai").glob("*.eval")]
    assert {_model(log) for log in logs} == set(_CORRECT)
    for log in logs:
        keeps_promises(log)
        _mean_is_headline(log)
        correct = _CORRECT[_model(log)]
        assert {grading.grader: _correct(grading) for grading in log.gradings} == {
            "match": correct,
            "gsm8k_hash": correct,
        }
        assert (log.declared, len(log.responses), log.omissions, log.split) == (1319, 1319, (), "test")


@pytest.mark.parametrize("model", _CORRECT)
def test_the_same_data_in_two_frameworks_has_the_same_problems_and_answers(
    model: str, real_logs: Path
) -> None:
    ours = _lm_eval(real_logs / "lm_eval" / f"openai-gsm8k-paper__{model}")
    (theirs,) = (
        log for path in (real_logs / "inspect_ai").glob("*.eval") if _model(log := _inspect(path)) == model
    )
    keys = [
        [question_key(problem.question, problem.choices) for problem in log.problems]
        for log in (ours, theirs)
    ]
    assert keys[0] == keys[1]
    assert [problem.position for problem in ours.problems] == [
        problem.position for problem in theirs.problems
    ]
    texts = [[(response.text or "").strip() for response in log.responses] for log in (ours, theirs)]
    assert texts[0] == texts[1]
    assert [mark.score for mark in ours.gradings[0].marks] == [
        mark.score for mark in theirs.gradings[0].marks
    ]


def test_multiple_choice_counts_and_the_metric_that_is_no_score(
    real_logs: Path, keeps_promises: Callable[[EvaluationLog], None]
) -> None:
    (folder,) = (real_logs / "lm_eval_multiple_choice").iterdir()
    log = _lm_eval(folder)
    keeps_promises(log)
    _mean_is_headline(log)
    assert [(grading.grader, _correct(grading)) for grading in log.gradings] == [
        ("acc,none", 11),
        ("acc_norm,none", 10),
    ]
    assert [(omission.place, omission.reason) for omission in log.omissions] == [
        ("grader brier_score,none", OmissionReason.NOT_A_SCORE)
    ]
    # No computed choice contradicts a score, so every mark names its choice.
    for grading in log.gradings:
        for mark in grading.marks:
            gold = log.problems[log.responses[mark.response].problem].reference
            assert (mark.answer == gold) is (mark.score == 1)
    assert all(len(problem.choices) == 4 for problem in log.problems)


@pytest.mark.parametrize("model", _SMALL)
def test_the_way_an_answer_is_written_decides_what_a_filter_finds(model: str, real_logs: Path) -> None:
    hashed = _lm_eval(real_logs / "small" / "lm_eval_hash" / f"openai-gsm8k-paper__{model}")
    verbatim = _lm_eval(real_logs / "small" / "lm_eval_verbatim" / f"openai-gsm8k-paper__{model}")
    assert [_correct(grading) for grading in hashed.gradings] == [_SMALL[model]] * 2
    assert [_correct(grading) for grading in verbatim.gradings] == [0, _SMALL[model]]
    assert {mark.answer for mark in verbatim.gradings[0].marks} == {None}
    for log in (hashed, verbatim):
        _mean_is_headline(log)
        assert (log.declared, len(log.responses), log.settings["limit"]) == (25, 25, 25)


@pytest.mark.parametrize(("folder", "pattern"), [("inspect_eval", "*.eval"), ("inspect_json", "*.json")])
def test_small_inspect_logs_count_the_same_in_both_formats(
    folder: str, pattern: str, real_logs: Path
) -> None:
    logs = [_inspect(path) for path in (real_logs / "small" / folder).glob(pattern)]
    assert {_model(log): [_correct(grading) for grading in log.gradings] for log in logs} == {
        model: [correct] * 2 for model, correct in _SMALL.items()
    }
    for log in logs:
        _mean_is_headline(log)
        assert (log.declared, len(log.responses), log.omissions) == (25, 25, ())


def test_four_epochs_are_four_attempts(
    real_logs: Path, keeps_promises: Callable[[EvaluationLog], None]
) -> None:
    (path,) = (real_logs / "small" / "inspect_epochs4").glob("*.eval")
    log = _inspect(path)
    keeps_promises(log)
    _mean_is_headline(log)
    assert (len(log.problems), len(log.responses), log.declared, log.omissions) == (25, 100, 100, ())
    assert Counter(response.attempt for response in log.responses) == {1: 25, 2: 25, 3: 25, 4: 25}


def test_the_run_that_ended_in_an_error_accounts_for_every_sample(
    real_logs: Path, keeps_promises: Callable[[EvaluationLog], None]
) -> None:
    log = _inspect(real_logs / "small" / "inspect_error_half_run.eval")
    keeps_promises(log)
    assert (log.status, log.declared, len(log.responses)) == ("error", 1319, 707)
    assert Counter(omission.reason for omission in log.omissions) == {OmissionReason.NOT_IN_LOG: 612}
    for grading in log.gradings:
        assert Counter(mark.failure for mark in grading.marks) == {None: 701, Failure.ERROR: 6}
        assert (_correct(grading), grading.headline) == (398, None)


def test_every_file_is_recognised_for_what_it_is(real_logs: Path) -> None:
    def expected(path: Path) -> LogFormat | None:
        if path.suffix == ".eval":
            return LogFormat.INSPECT_EVAL
        if "lighteval" in path.parts:
            return LogFormat.LIGHTEVAL_DETAILS if path.suffix == ".parquet" else LogFormat.LIGHTEVAL_RESULTS
        if path.name == "example_model_solutions.jsonl":
            return LogFormat.TABLE
        if path.name.startswith("samples_"):
            return LogFormat.LM_EVAL_SAMPLES
        if "lm_eval" in str(path) and path.name.startswith("results_"):
            return LogFormat.LM_EVAL_RESULTS
        return LogFormat.INSPECT_JSON if "inspect_json" in str(path) else None

    files = [path for path in real_logs.parent.rglob("*") if path.is_file()]
    assert len(files) > 40
    for path in files:
        with path.open("rb") as stream:
            assert recognise(stream) is expected(path.relative_to(real_logs.parent)), path


def test_reading_a_whole_log_costs_little_more_than_parsing_it(real_logs: Path) -> None:
    folder = real_logs / "lm_eval" / "openai-gsm8k-paper__6b_verification"
    (samples,) = folder.glob("samples_*.jsonl")
    data = samples.read_bytes()

    def parse() -> None:
        [orjson.loads(line) for line in data.split(b"\n") if line]

    def read() -> None:
        lm_eval.read(data, None, name=samples.name)

    assert _fastest(read) < 5 * _fastest(parse)  # 2 when measured alone


def _fastest(job: Callable[[], None]) -> float:
    times = []
    for _ in range(5):
        start = time.process_time()
        job()
        times.append(time.process_time() - start)
    return min(times)
