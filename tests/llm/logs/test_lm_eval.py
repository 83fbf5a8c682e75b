from __future__ import annotations

import json
import math
from collections.abc import Callable

import pytest

from nophantom.errors import Unreadable
from nophantom.llm.logs.lm_eval import LONGEST_LISTING, read
from nophantom.llm.logs.records import EvaluationLog, Grading, OmissionReason
from nophantom.llm.problems import Failure

_NAME = "org__model/samples_gsm8k_2026-11-22T08-06-19.872510.jsonl"
_FILTERS = ("strict-match", "flexible-extract")


def _row(
    doc_id: object, filter_name: str | None = "none", score: object = 1.0, **changed: object
) -> dict[str, object]:
    row: dict[str, object] = {
        "doc_id": doc_id,
        "doc": {"question": f"What is {doc_id} + 1?", "answer": "#### 18"},
        "target": "#### 18",
        "arguments": {
            "gen_args_0": {"arg_0": f"Question: What is {doc_id} + 1?\nAnswer:", "arg_1": {"until": []}}
        },
        "resps": [["It is 18.\n#### 18"]],
        "filtered_resps": ["18"],
    }
    if filter_name is not None:
        row |= {"filter": filter_name, "metrics": ["exact_match"]}
    return row | {"doc_hash": "a", "prompt_hash": "b", "target_hash": "c", "exact_match": score} | changed


def _choice_row(doc_id: int, likelihoods: list[float], gold: int, **changed: object) -> dict[str, object]:
    options = ["yes", "no, never"]
    row = _row(doc_id, metrics=["acc", "acc_norm"], target=str(gold)) | changed
    del row["exact_match"]
    row["doc"] = {"question": f"Is {doc_id} prime?"}
    row["arguments"] = {
        f"gen_args_{place}": {"arg_0": "Is it?", "arg_1": f" {option}"}
        for place, option in enumerate(options)
    }
    row["resps"] = [[[str(value), "False"]] for value in likelihoods]
    row["filtered_resps"] = [[str(value), "False"] for value in likelihoods]
    return row


def _lines(*rows: object) -> bytes:
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


def _results(problems: int = 2, filters: tuple[str, ...] = ("none",), **config: object) -> bytes:
    config = {
        "task": "gsm8k",
        "test_split": "test",
        "repeats": 1,
        "metric_list": [{"metric": "exact_match", "aggregation": "mean"}],
        "filter_list": [{"name": name} for name in filters],
    } | config
    results = {
        "results": {"gsm8k": {f"exact_match,{name}": 0.5 for name in filters}},
        "configs": {"gsm8k": config},
        "versions": {"gsm8k": 3.0},
        "n-samples": {"gsm8k": {"original": 1319, "effective": problems}},
        "config": {"model": "hf", "model_args": {"pretrained": "org/model"}},
        "lm_eval_version": "0.4.13",
        "model_name": "org/model",
    }
    return json.dumps(results).encode()


def _scores(grading: Grading) -> list[float | None]:
    return [mark.score for mark in grading.marks]


def test_a_log_tells_model_task_answers_and_scores(keeps_promises: Callable[[EvaluationLog], None]) -> None:
    log = read(_lines(_row(0), _row(1, score=0.0, filtered_resps=["[invalid]"])), _results(), name=_NAME)
    keeps_promises(log)
    assert (log.framework, log.framework_version, log.model, log.task, log.split) == (
        "lm-eval",
        "0.4.13",
        "org/model",
        "gsm8k",
        "test",
    )
    assert (log.status, log.declared, log.omissions) == ("success", 2, ())
    assert [(problem.source_id, problem.position) for problem in log.problems] == [("0", 0), ("1", 1)]
    assert log.problems[0].question == "What is 0 + 1?"
    assert log.problems[0].reference == "#### 18"
    assert log.responses[0].text == "It is 18.\n#### 18"
    (grading,) = log.gradings
    assert (grading.grader, grading.version, grading.headline) == (
        "exact_match,none",
        "lm-eval 0.4.13, task 3.0",
        0.5,
    )
    assert [(mark.answer, mark.score) for mark in grading.marks] == [("18", 1.0), (None, 0.0)]


def test_each_filter_is_a_grading_over_the_same_responses() -> None:
    rows = [
        _row(doc, name, score)
        for name, score in (("flexible-extract", 1), ("strict-match", 0))
        for doc in (0, 1)
    ]
    log = read(_lines(*rows), _results(filters=_FILTERS), name=_NAME)
    assert len(log.responses) == 2
    assert [grading.grader for grading in log.gradings] == [
        "exact_match,strict-match",
        "exact_match,flexible-extract",
    ]
    assert [_scores(grading) for grading in log.gradings] == [[0.0, 0.0], [1.0, 1.0]]


def test_lines_end_with_a_line_feed_and_nothing_else() -> None:
    answer = "first\u2028second\u0085third\x0b\x0cfourth"
    log = read(_lines(_row(0, resps=[[answer]])), None, name=_NAME)
    assert log.responses[0].text == answer
    assert log.omissions == ()


def test_carriage_returns_blank_lines_and_a_byte_order_mark_do_no_harm() -> None:
    data = b"\xef\xbb\xbf" + _lines(_row(0), _row(1)).replace(b"\n", b"\r\n\r\n")
    log = read(data, _results(), name=_NAME)
    assert (len(log.responses), log.omissions) == (2, ())


def test_a_partial_last_line_is_listed_with_its_number_and_the_rest_is_read() -> None:
    data = _lines(_row(0), _row(1), _row(2))[:-40]
    log = read(data, _results(3), name=_NAME)
    assert len(log.responses) == 2
    assert [(omission.place, omission.reason) for omission in log.omissions] == [
        ("line 3", OmissionReason.NOT_JSON),
        ("document 2", OmissionReason.NOT_IN_LOG),
    ]


def test_a_filter_that_was_cut_off_marks_the_other_problems_as_missing() -> None:
    rows = [_row(0, "strict-match"), _row(1, "strict-match"), _row(0, "flexible-extract")]
    log = read(_lines(*rows), _results(filters=_FILTERS), name=_NAME)
    assert [mark.failure for mark in log.gradings[1].marks] == [None, Failure.MISSING_IN_LOG]


def test_a_filter_without_any_row_is_listed() -> None:
    log = read(_lines(_row(0, "strict-match")), _results(1, filters=_FILTERS), name=_NAME)
    assert [(omission.place, omission.reason) for omission in log.omissions] == [
        ("filter flexible-extract", OmissionReason.NOT_IN_LOG)
    ]


def test_the_second_row_of_a_document_and_filter_is_a_duplicate() -> None:
    log = read(_lines(_row(0, score=1.0), _row(0, score=0.0)), _results(1), name=_NAME)
    assert _scores(log.gradings[0]) == [1.0]
    assert [(omission.place, omission.reason) for omission in log.omissions] == [
        ("line 2", OmissionReason.DUPLICATE)
    ]


def test_rows_before_0_4_7_take_their_filters_from_the_results_in_order() -> None:
    rows = [_row(doc, None, score) for score in (0.0, 1.0) for doc in (0, 1)]
    log = read(_lines(*rows), _results(filters=_FILTERS), name=_NAME)
    assert {grading.grader: _scores(grading) for grading in log.gradings} == {
        "exact_match,strict-match": [0.0, 0.0],
        "exact_match,flexible-extract": [1.0, 1.0],
    }


def test_a_copied_line_of_an_unlabelled_log_is_not_taken_for_the_next_filter() -> None:
    strict, flexible = _row(0, None, 0.0), _row(0, None, 1.0)
    log = read(_lines(strict, strict, flexible), _results(1, filters=_FILTERS), name=_NAME)
    assert [_scores(grading) for grading in log.gradings] == [[0.0], [1.0]]
    assert [(omission.place, omission.reason) for omission in log.omissions] == [
        ("line 2", OmissionReason.DUPLICATE)
    ]


def test_unlabelled_filters_without_results_are_numbered() -> None:
    rows = [_row(doc, None, score) for score in (0.0, 1.0) for doc in (0, 1, 2)]
    log = read(_lines(*rows, _row(1, None, 0.5)), None, name=_NAME)
    assert [grading.grader for grading in log.gradings] == ["exact_match,filter-1", "exact_match,filter-2"]
    assert [omission.reason for omission in log.omissions] == [OmissionReason.DUPLICATE]


def test_a_row_that_lost_its_filter_is_not_guessed() -> None:
    log = read(_lines(_row(0, "strict-match"), _row(1, None)), _results(filters=_FILTERS), name=_NAME)
    assert [problem.source_id for problem in log.problems] == ["0"]
    assert log.omissions[0].reason is OmissionReason.NOT_A_SAMPLE


def test_an_indented_array_of_0_4_2_with_lists_as_arguments_is_read() -> None:
    row = _choice_row(0, [-2.0, -1.0], 1, acc=1.0, acc_norm=1.0)
    row["arguments"] = [["Is it?", " yes"], ["Is it?", " no, never"]]
    row["resps"] = [[[-2.0, False]], [[-1.0, True]]]
    del row["filter"], row["metrics"]
    log = read(json.dumps([row], indent=2).encode(), None, name="out/pretrained=org__m_arc.jsonl")
    assert [grading.grader for grading in log.gradings] == ["acc,none", "acc_norm,none"]
    assert log.responses[0].text == "[-2.0,-1.0]"
    assert log.problems[0].choices == ("yes", "no, never")


def test_an_array_that_was_cut_off_gives_what_stands_before_the_cut() -> None:
    data = json.dumps([_row(0), _row(1), _row(2)], indent=2).encode()
    log = read(data[:-100], _results(3), name=_NAME)
    assert [problem.source_id for problem in log.problems] == ["0", "1"]
    assert log.omissions[0].reason is OmissionReason.NOT_JSON
    assert log.omissions[0].place == "entry 3"


def test_an_array_with_a_byte_that_is_not_utf_8_is_read_and_the_byte_is_listed() -> None:
    data = json.dumps([_row(0, resps=[["x@y\ud800"]]), _row(1)], indent=2).encode().replace(b"@", b"\xff")
    log = read(data, None, name=_NAME)
    assert [response.text for response in log.responses] == ["x\ufffdy\ufffd", "It is 18.\n#### 18"]
    assert [(omission.place, omission.reason) for omission in log.omissions] == [
        ("file", OmissionReason.NOT_JSON)
    ]


def test_repeats_are_attempts_and_the_score_belongs_to_the_first() -> None:
    row = _row(0, resps=[["a", "b", "c"]])
    log = read(_lines(row), _results(1, repeats=3), name=_NAME)
    assert [(response.attempt, response.text) for response in log.responses] == [(1, "a"), (2, "b"), (3, "c")]
    assert log.declared == 3
    assert [(mark.response, mark.score) for mark in log.gradings[0].marks] == [(0, 1.0)]


def test_multiple_choice_keeps_log_likelihoods_and_says_which_option_each_metric_chose() -> None:
    # Per character "no, never" is likelier: -3 / 9 against -2 / 3.
    row = _choice_row(0, [-2.0, -3.0], 1, acc=0.0, acc_norm=1.0)
    log = read(_lines(row), None, name=_NAME)
    response = log.responses[0]
    assert (response.text, response.log_likelihood) == ("[-2.0,-3.0]", -2.0)
    assert log.problems[0].choices == ("yes", "no, never")
    assert {
        grading.grader: [(mark.answer, mark.score) for mark in grading.marks] for grading in log.gradings
    } == {
        "acc,none": [("0", 0.0)],
        "acc_norm,none": [("1", 1.0)],
    }


def test_an_option_that_contradicts_the_score_is_not_claimed() -> None:
    log = read(_lines(_choice_row(0, [-2.0, -3.0], 1, acc=1.0, acc_norm=1.0)), None, name=_NAME)
    assert [mark.answer for mark in log.gradings[0].marks] == [None]


def test_options_asked_again_without_a_prompt_are_not_options() -> None:
    row = _choice_row(0, [-2.0, -3.0, -1.0, -1.0], 0, acc=1.0, acc_norm=0.0)
    row["arguments"] = {
        f"gen_args_{place}": {"arg_0": prompt, "arg_1": option}
        for place, (prompt, option) in enumerate([("Is it?", " a"), ("Is it?", " b"), ("", " a"), ("", " b")])
    }
    log = read(_lines(row), None, name=_NAME)
    assert log.responses[0].text == "[-2.0,-3.0]"
    assert log.gradings[0].marks[0].answer == "0"


def test_an_impossible_option_has_no_log_likelihood_and_is_never_chosen() -> None:
    log = read(_lines(_choice_row(0, [-math.inf, -3.0], 1, acc=1.0, acc_norm=1.0)), None, name=_NAME)
    assert (log.responses[0].text, log.gradings[0].marks[0].answer) == ("[null,-3.0]", "1")


def test_a_single_log_likelihood_chooses_nothing() -> None:
    row = _row(0, metrics=["perplexity", "acc"], resps=[[["-3.5", "True"]]], perplexity=-3.5, acc=1)
    log = read(_lines(row), None, name=_NAME)
    assert log.responses[0].log_likelihood == -3.5
    assert [(grading.grader, grading.marks[0].answer) for grading in log.gradings] == [("acc,none", None)]
    assert [omission.place for omission in log.omissions] == ["grader perplexity,none"]


@pytest.mark.parametrize(
    ("doc", "question"),
    [
        ({"question": "Q?", "input": "I"}, "Q?"),
        ({"question": "  ", "problem": "P"}, "P"),
        ({"goal": "G"}, "G"),
        ({"question": ["Q?"]}, "the prompt"),
        (5, "the prompt"),
        ({}, "the prompt"),
    ],
)
def test_the_question_stands_alone_where_the_document_has_it(doc: object, question: str) -> None:
    row = _row(0, doc=doc, arguments=[["an earlier prompt", {}], ["the prompt", {}]])
    assert read(_lines(row), None, name=_NAME).problems[0].question == question


def test_arc_keeps_its_choices_under_text() -> None:
    row = _row(0, doc={"question": "Q?", "choices": {"text": ["a", "b"], "label": ["A", "B"]}}, target=3)
    problem = read(_lines(row), None, name=_NAME).problems[0]
    assert (problem.choices, problem.reference) == (("a", "b"), "3")


def test_a_row_without_answer_or_score_is_missing_not_wrong() -> None:
    silent = _row(0, resps=None)
    unscored = _row(1)
    del unscored["exact_match"]
    log = read(_lines(silent, unscored, _row(2, score=math.nan)), _results(3), name=_NAME)
    assert [response.failure for response in log.responses] == [Failure.MISSING_IN_LOG, None, None]
    assert [(mark.score, mark.failure) for mark in log.gradings[0].marks] == [
        (1.0, None),
        (None, Failure.MISSING_IN_LOG),
        (None, Failure.ERROR),
    ]


def test_a_repeat_that_is_lost_keeps_the_number_of_the_others() -> None:
    log = read(_lines(_row(0, resps=[[None, "b"]])), None, name=_NAME)
    assert [(response.attempt, response.text) for response in log.responses] == [(1, None), (2, "b")]


def test_missing_documents_of_a_chosen_subset_are_counted_but_not_named() -> None:
    log = read(_lines(_row(7), _row(900)), _results(5), name=_NAME)
    assert [(omission.place, omission.seen) for omission in log.omissions] == [
        ("documents", "3 of 5 documents")
    ]
    assert [problem.position for problem in log.problems] == [7, 900]


def test_an_absurd_number_of_problems_is_told_as_one_count() -> None:
    log = read(_lines(_row(0)), _results(LONGEST_LISTING + 2), name=_NAME)
    assert len(log.omissions) == 1


def test_rows_out_of_order_come_out_in_the_order_of_the_data_set() -> None:
    log = read(_lines(_row(2), _row(0), _row(1)), _results(3), name=_NAME)
    assert [problem.source_id for problem in log.problems] == ["0", "1", "2"]


def test_a_damaged_results_file_costs_what_it_held_and_no_sample() -> None:
    log = read(_lines(_row(0)), b'{"results": ', name=_NAME)
    assert (log.model, log.task, log.declared, log.status) == ("org/model", "gsm8k", None, None)
    assert [(omission.place, omission.reason) for omission in log.omissions] == [
        ("results file", OmissionReason.NOT_JSON)
    ]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "the file is empty"),
        (b'{"question": "Q", "answer": "A"}\n', "members question, answer"),
        (b'{"doc_id": 0, "doc": {"ques', "line 1"),
        (b"[]", "holds no lm-eval sample"),
        (_lines(_row(0, doc=None, arguments=None)), "neither a question nor a prompt"),
    ],
)
def test_a_file_without_samples_is_refused_with_what_was_seen(data: bytes, said: str) -> None:
    with pytest.raises(Unreadable, match=said) as refused:
        read(data, None, name="mine.jsonl")
    assert refused.value.message.startswith("mine.jsonl holds no lm-eval sample")
