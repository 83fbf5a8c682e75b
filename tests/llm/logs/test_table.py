"""Tables that people make: every usual way to write one gives the same outcomes, or a refusal with advice."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import pyarrow as arrow  # type: ignore[import-untyped]
import pytest
from pyarrow import parquet

from nophantom.errors import Unreadable
from nophantom.llm.logs import table
from nophantom.llm.logs.records import EvaluationLog, Framework, OmissionReason, Placement
from nophantom.llm.problems import Failure, question_key

Promises = Callable[[EvaluationLog], None]
_LONG = [("q1", 1), ("q2", 0), ("q3", 1)]


def _scores(log: EvaluationLog, grader: int = 0) -> dict[str, float | None]:
    return {
        log.problems[log.responses[mark.response].problem].source_id: mark.score
        for mark in log.gradings[grader].marks
    }


def _one(data: bytes, name: str = "runs/mmlu.csv") -> EvaluationLog:
    (log,) = table.read(data, name=name)
    return log


def _parquet(rows: list[dict[str, object]]) -> bytes:
    sink = io.BytesIO()
    parquet.write_table(arrow.Table.from_pylist(rows), sink)
    return sink.getvalue()


_ROWS: list[dict[str, object]] = [{"item": item, "score": score} for item, score in _LONG]


@pytest.mark.parametrize(
    "data",
    [
        b"item,score\nq1,1\nq2,0\nq3,1\n",
        b"item;score\r\nq1;1\r\nq2;0\r\nq3;1",
        b"item\tscore\nq1\ttrue\nq2\tfalse\nq3\ttrue\n",
        b"\xef\xbb\xbfitem|score\n\nq1|C\nq2|I\nq3|C\n",
        b'"item","score"\n"q1","yes"\n"q2","no"\n"q3","yes"\n',
        b"Example ID,Is Correct\nq1,1.0\nq2,0.0\nq3,1\n",
        b"\n".join(json.dumps(row).encode() for row in _ROWS),
        json.dumps(_ROWS, indent=2).encode(),
        json.dumps(dict(_LONG)).encode(),
        json.dumps({item: {"correct": bool(score), "answer": "x"} for item, score in _LONG}).encode(),
        _parquet(_ROWS),
    ],
)
def test_one_table_written_in_every_way_gives_the_same_outcomes(
    data: bytes, keeps_promises: Promises
) -> None:
    log = _one(data)
    keeps_promises(log)
    assert _scores(log) == {"q1": 1, "q2": 0, "q3": 1}
    assert (log.framework, log.model, log.task, log.omissions) == (Framework.TABLE, "mmlu", "mmlu", ())
    assert "mmlu as problem set, from the file's name" in log.told


@pytest.mark.parametrize(
    "header",
    ["id", "item_id", "problem", "question_id", "example", "input_label", "sample-id", "doc_id", "idx"],
)
@pytest.mark.parametrize("score", ["value", "result", "metric", "correct", "acc", "exact_match", "passed"])
def test_the_usual_names_of_columns_are_known(header: str, score: str) -> None:
    log = _one(f"{header},{score}\n1,1\n2,0\n".encode())
    assert _scores(log) == {"1": 1, "2": 0}
    assert (f"{header} as item" in log.told) is (header != "item")
    assert f"{score} as score" in log.told


def test_seeds_in_one_table_are_runs_of_one_study() -> None:
    rows = [
        f"{i},{arm},{seed},{(i + seed) % 2}" for arm in ("base", "svd") for seed in range(3) for i in range(4)
    ]
    logs = table.read("\n".join(["item,arm,seed,score", *rows]).encode(), name="x/warmup.csv")
    assert [log.placement for log in logs] == [
        Placement(study="warmup", arm=arm, seed=seed) for arm in ("base", "svd") for seed in range(3)
    ]
    assert [sum(s or 0 for s in _scores(log).values()) for log in logs] == [2] * 6


def test_study_split_step_and_problem_set_come_from_their_columns() -> None:
    header = "study,benchmark,model,run,checkpoint,split,item,score"
    log = _one(f"{header}\nlr,gsm8k_cot,llama,seed-4,step_100,val,1,0.5\n".encode())
    assert log.placement == Placement(study="lr", arm="llama", seed=4, step=100, split="val")
    assert (log.task, log.split, log.model) == ("gsm8k_cot", "val", "llama")
    assert "from the file's name" not in log.told


def test_the_problem_set_that_is_named_goes_before_all_else() -> None:
    (log,) = table.read(b"item,task,seed,score\n1,a,0,1\n", name="results.csv", problem_set="gsm8k")
    assert (log.task, log.placement.study) == ("gsm8k", "results")


def test_runs_side_by_side_are_told_by_their_columns_and_texts_are_left_aside() -> None:
    logs = table.read(b"id,gpt-4,llama,difficulty,notes\n1,1,0,0.3,easy\n2,0,,0.9,hard\n", name="w.csv")
    assert [(log.model, _scores(log)) for log in logs] == [
        ("gpt-4", {"1": 1, "2": 0}),
        ("llama", {"1": 0, "2": None}),
    ]
    assert "each of 2 columns as a run (gpt-4, llama)" in logs[0].told
    assert "nothing from difficulty, notes" in logs[0].told


def test_columns_that_are_named_by_arm_and_seed_are_runs_of_a_study() -> None:
    logs = table.read(b"id,base_seed0,base_seed1,svd-seed0\n1,1,0,1\n2,0,1,1\n", name="study7.csv")
    assert [(log.placement.study, log.placement.arm, log.placement.seed) for log in logs] == [
        ("study7", "base", 0),
        ("study7", "base", 1),
        ("study7", "svd", 0),
    ]


def test_an_empty_cell_is_an_outcome_without_a_score() -> None:
    log = _one(b"item,score\n1,1\n2,\n3,nan\n")
    assert [mark.failure for mark in log.gradings[0].marks] == [
        None,
        Failure.MISSING_IN_LOG,
        Failure.MISSING_IN_LOG,
    ]


def test_rows_that_are_none_are_listed_with_their_line() -> None:
    log = _one(b'item,score\n1,1\n2\n,1\n4,0,9\n5,maybe\n6,1\n6,0\n"7,1\n')
    assert _scores(log) == {"1": 1, "5": None, "6": 1}
    assert [(o.place, o.reason) for o in log.omissions] == [
        ("line 3", OmissionReason.NOT_A_SAMPLE),
        ("line 5", OmissionReason.NOT_A_SAMPLE),
        ("line 9", OmissionReason.NOT_A_SAMPLE),
        ("line 4", OmissionReason.NOT_A_SAMPLE),
        ("line 8", OmissionReason.DUPLICATE),
        ("grader score", OmissionReason.NOT_A_SCORE),
    ]


def test_attempts_may_count_from_0_and_several_scores_are_several_graders() -> None:
    log = _one(b"item,attempt,correct,exact_match\n1,0,1,0\n1,1,0,0\n2,0,1,1\n2,1,1,1\n")
    assert [response.attempt for response in log.responses] == [1, 2, 1, 2]
    assert [g.grader for g in log.gradings] == ["correct", "exact_match"]
    assert [mark.score for mark in log.gradings[0].marks] == [1, 0, 1, 1]


def test_a_column_that_names_the_metric_makes_one_grader_of_each() -> None:
    log = _one(b"item,metric,score\n1,em,1\n1,f1,0.5\n2,em,0\n2,f1,0.25\n")
    assert {g.grader: [m.score for m in g.marks] for g in log.gradings} == {"em": [1, 0], "f1": [0.5, 0.25]}


def test_question_target_answer_confidence_and_raw_text_are_kept() -> None:
    row = {
        "item": 7,
        "question": "What is 1 + 1?",
        "target": 2,
        "prediction": "3",
        "answer": "2",
        "output": "It is 3.",
        "score": 0,
        "confidence": 0.75,
    }
    log = _one(json.dumps([{k: v for k, v in row.items() if k != "answer"}]).encode(), "x.json")
    assert question_key(log.problems[0].question) == question_key("What is  1 + 1?")
    assert (log.problems[0].reference, log.gradings[0].marks[0].answer) == ("2", "3")
    assert (log.responses[0].text, log.responses[0].confidence) == ("It is 3.", 0.75)
    beside = _one(json.dumps([{k: v for k, v in row.items() if k != "target"}]).encode(), "x.json")
    assert (beside.problems[0].reference, beside.gradings[0].marks[0].answer) == ("2", "3")


def test_a_problem_without_its_question_is_known_by_its_id_in_every_table() -> None:
    one, other = _one(b"item,score\n7,1\n"), _one(json.dumps([{"id": 7.0, "correct": 0}]).encode(), "b.json")
    assert one.problems[0].question == other.problems[0].question == "id:7"


def test_a_seed_that_is_a_name_tells_runs_apart_and_makes_no_study() -> None:
    logs = table.read(b"item,run,score\n1,alpha,1\n1,beta,0\n", name="x.csv")
    assert [(log.model, log.placement.seed, log.placement.study) for log in logs] == [
        ("alpha", None, None),
        ("beta", None, None),
    ]


def test_nemo_skills_names_the_seed_in_the_file_and_the_benchmark_in_the_folder() -> None:
    row = {
        "problem": "What is 1 + 1?",
        "expected_answer": "2",
        "generation": "It is 2.",
        "predicted_answer": "2",
        "is_correct": True,
    }
    other = row | {"problem": "What is 2 + 2?", "expected_answer": "4", "is_correct": False}
    data = b"\n".join(json.dumps(r).encode() for r in (row, other))
    log = _one(data, "eval/gsm8k/output-rs12.jsonl")
    assert (log.task, log.placement.seed, log.placement.study) == ("gsm8k", 12, None)
    assert [p.reference for p in log.problems] == ["2", "4"]
    assert [r.text for r in log.responses] == ["It is 2.", "It is 2."]


def test_helm_instances_give_what_measures_being_right_and_nothing_else() -> None:
    def stat(name: str, mean: float) -> dict[str, object]:
        return {"name": {"name": name, "split": "test"}, "count": 1, "mean": mean}

    data = json.dumps(
        [
            {
                "instance_id": f"id{n}",
                "train_trial_index": 0,
                "stats": [stat("exact_match", n % 2), stat("num_tokens", 1)],
            }
            for n in range(4)
        ]
    ).encode()
    log = _one(data, "gsm:model=openai_gpt-4,shots=5/per_instance_stats.json")
    assert (log.task, log.model, log.split) == ("gsm", "openai_gpt-4", "test")
    assert {g.grader: [m.score for m in g.marks] for g in log.gradings} == {"exact_match": [0, 1, 0, 1]}


def test_one_object_for_each_model_gives_one_run_for_each(keeps_promises: Promises) -> None:
    row = {"question": "What is it?", "ground_truth": "A: 18", "6b": {"solution": "18", "is_correct": True}}
    lines = [row | {"175b": {"solution": "3", "is_correct": False}}, row | {"question": "What was it?"}]
    logs = table.read(b"\n".join(json.dumps(line).encode() for line in lines), name="s.jsonl")
    for log in logs:
        keeps_promises(log)
    assert [(log.model, _scores(log)) for log in logs] == [
        ("6b", {"1": 1, "2": 1}),
        ("175b", {"1": 0, "2": None}),
    ]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"just some words", "has one column"),
        (b"a,b\n1,2\n", "no column names the problems; saw 'a', 'b'"),
        (b"item,notes\n1,fine\n", "no column holds scores; saw 'item', 'notes'"),
        (b"item,item,score\n1,1,1\n", "two columns named 'item'"),
        (b"qid,id,score\n1,1,1\n", "could each be the item"),
        (b"item,score\n1,79.3\n2,1\n", "no scores; saw grader score.*divide percentages by 100"),
        (b"item,score\n1,\n2,\n", "saw column score: empty cells only"),
        (b"item,score\n1,1\n1,0\n2,1\n2,0\n", "2 rows repeat a problem of the same run"),
        (b"item,score\n", "a header and no row|no column holds"),
        ("item,score\n1,1\n".encode("utf-16"), "it is UTF-16"),
        (b"item,score\n1,1\n\xe4,0\n", "line 3 holds byte 0xe4"),
        (b'[{"item": 1, "score": 1}, {"ite', "not readable as JSON"),
        (b"PAR1 and no more", "not readable as Parquet"),
        (b"[1, 2, 3]", "no row that can be read"),
    ],
)
def test_what_cannot_be_read_in_one_way_is_refused_with_advice(data: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words) as refused:
        table.read(data, name="my table.csv")
    assert "my table.csv" in refused.value.message


def test_an_answer_longer_than_csv_usually_takes_is_kept_whole() -> None:
    log = _one(f"item,output,correct\n1,{'so ' * 100_000},1\n".encode())
    assert len(log.responses[0].text or "") == 300_000


def test_of_an_object_with_two_equal_ids_nothing_is_guessed() -> None:
    with pytest.raises(Unreadable, match="names 'a' twice"):
        _one(b'{"a": 1, "b": 0, "a": 0}', "x.json")


def test_two_questions_under_one_id_are_never_one_problem() -> None:
    log = _one(b"item,question,score\n1,What is one?,1\n2,What is two?,0\n1,What is three?,0\n", "q.csv")
    assert _scores(log) == {"1": 1, "2": 0}
    assert [o.reason for o in log.omissions] == [OmissionReason.NOT_A_SAMPLE]
