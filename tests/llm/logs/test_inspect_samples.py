from __future__ import annotations

import math

import pytest

from nophantom.llm.logs.inspect_samples import InspectSample, read_sample, score_answer, score_value
from nophantom.llm.problems import Failure

_KEY = "0123456789abcdef" * 2
_SILENT: dict[str, object] = {"choices": [], "completion": ""}


def _read(**changed: object) -> InspectSample:
    output = {"choices": [{"message": {"content": "18"}, "stop_reason": "stop"}], "completion": "18"}
    sample: dict[str, object] = {"id": "q1", "epoch": 1, "input": "Q?", "target": "18", "output": output}
    return read_sample(sample | {"scores": {"match": {"value": "C"}}} | changed)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("C", 1.0),
        ("I", 0.0),
        ("P", 0.5),
        ("N", 0.0),
        ("0.75", 0.75),
        ("Yes", 1.0),
        ("FALSE", 0.0),
        (True, True),
    ],
)
def test_values_are_read_as_inspect_reads_them(value: object, number: object) -> None:
    assert score_value({"value": value}) == number


@pytest.mark.parametrize("value", ["c", "excellent", "", [1], {"a": 1}])
def test_other_values_stay_what_they_are(value: object) -> None:
    assert score_value({"value": value}) == value


def test_a_score_that_says_nothing_is_none() -> None:
    assert [score_value(logged) for logged in (None, {}, {"value": None})] == [None, None, None]


def test_an_absent_or_empty_answer_is_none() -> None:
    assert [score_answer(logged) for logged in ({}, {"answer": ""}, {"answer": 18}, None)] == [
        None,
        None,
        "18",
        None,
    ]


def test_the_question_is_what_the_user_said_last() -> None:
    messages = [
        {"role": "system", "content": "Think."},
        {"role": "user", "content": "An example"},
        {"role": "assistant", "content": "Yes"},
        {"role": "user", "content": [{"type": "text", "text": "How many?"}, {"type": "image", "image": "x"}]},
    ]
    assert _read(input=messages).question == "How many?"
    assert _read(input=messages[:1]).question == "Think."


def test_attachments_are_put_in_wherever_they_are_referred_to() -> None:
    sample = _read(
        input=f"See attachment://{_KEY}!",
        target=f"attachment://{_KEY}",
        output={"completion": f"attachment://{_KEY}"},
        attachments={_KEY: "the text"},
    )
    assert (sample.question, sample.reference, sample.answer_text) == (
        "See the text!",
        "the text",
        "the text",
    )


def test_a_missing_attachment_is_no_answer_of_the_model() -> None:
    sample = _read(output={"completion": f"attachment://{_KEY}"}, attachments={_KEY: 5})
    assert (sample.answer_text, sample.failure) == (None, Failure.MISSING_IN_LOG)


def test_an_answer_in_parts_is_its_texts_without_the_reasoning() -> None:
    parts = [
        {"type": "reasoning", "reasoning": "Hm"},
        {"type": "text", "text": "It is "},
        {"type": "text", "text": "18"},
    ]
    assert _read(output={"choices": [{"message": {"content": parts}}]}).answer_text == "It is 18"


@pytest.mark.parametrize(
    ("changed", "failure"),
    [
        ({"output": _SILENT, "error": {"message": "CUDA"}}, Failure.ERROR),
        ({"output": _SILENT, "limit": {"type": "time", "limit": 60}}, Failure.TIMEOUT),
        ({"output": _SILENT, "limit": {"type": "working", "limit": 60}}, Failure.TIMEOUT),
        ({"output": _SILENT, "limit": {"type": "token", "limit": 60}}, Failure.TRUNCATED),
        ({"output": {"choices": [{"stop_reason": "content_filter"}], "completion": ""}}, Failure.REFUSED),
        ({"output": {"choices": [{"stop_reason": "max_tokens"}]}}, Failure.TRUNCATED),
        ({"output": _SILENT}, Failure.NO_ANSWER),
        ({"output": None}, Failure.NO_ANSWER),
    ],
)
def test_silence_has_a_reason(changed: dict[str, object], failure: Failure) -> None:
    for scores in ({}, None, {"match": {"value": "I"}}):
        sample = _read(**changed | {"scores": scores})
        assert (sample.answer_text, sample.failure, sample.unscored) == (None, failure, failure)


def test_a_text_that_no_scorer_scored_keeps_its_text() -> None:
    sample = _read(scores={})
    assert (sample.answer_text, sample.failure, sample.unscored) == ("18", None, Failure.ERROR)


def test_a_text_cut_at_its_longest_is_truncated_only_when_it_has_no_score() -> None:
    cut = {"choices": [{"message": {"content": "It"}, "stop_reason": "max_tokens"}], "completion": "It"}
    assert (_read(output=cut).failure, _read(output=cut).unscored) == (None, Failure.ERROR)
    assert (_read(output=cut, scores={}).failure, _read(output=cut, scores={}).unscored) == (
        None,
        Failure.TRUNCATED,
    )


def test_the_text_of_a_sample_that_broke_must_not_be_graded() -> None:
    sample = _read(error={"message": "late"})
    assert (sample.answer_text, sample.failure) == ("18", Failure.ERROR)


def test_an_empty_answer_that_was_scored_is_an_answer() -> None:
    empty = {"choices": [{"message": {"content": ""}, "stop_reason": "stop"}], "completion": ""}
    assert (_read(output=empty).answer_text, _read(output=empty).failure) == ("", None)
    assert (_read(output=empty, scores={}).answer_text, _read(output=empty, scores={}).failure) == (
        None,
        Failure.NO_ANSWER,
    )


@pytest.mark.parametrize(
    ("tokens", "likelihood"),
    [
        ([{"logprob": -0.5}, {"logprob": -0.25}], -0.75),
        ([{"logprob": -0.5}, {"logprob": None}], None),
        ([{"logprob": -math.inf}], None),
        ([], None),
        (None, None),
    ],
)
def test_the_likelihood_of_an_answer_is_that_of_all_its_tokens(
    tokens: object, likelihood: float | None
) -> None:
    output = {
        "choices": [{"message": {"content": "18"}, "logprobs": {"content": tokens}}],
        "completion": "18",
    }
    assert _read(output=output).log_likelihood == likelihood


def test_several_targets_are_a_list_and_choices_are_kept() -> None:
    assert _read(target=["A", "B"], choices=["x", 2]).reference == '["A","B"]'
    assert _read(target=["A"], choices=["x", 2]).choices == ("x", "2")
    assert _read(target=None).reference == ""


def test_the_scorer_of_a_version_1_sample_has_no_name() -> None:
    assert _read(scores=None, score={"value": "C"}).scores == {"": {"value": "C"}}
    assert _read(scores={"88F74D2C": {"value": "C"}}).scores == {"": {"value": "C"}}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"id": None}, "its id is null"),
        ({"id": True}, "its id is true"),
        ({"id": ""}, "its id is "),
        ({"epoch": 0}, "its epoch is 0"),
        ({"epoch": "1"}, "its epoch is 1"),
        ({"epoch": 10**9}, "its epoch is 1000000000"),
        ({"input": None}, "no question"),
        ({"input": [{"role": "user", "content": 5}]}, "no question"),
        ({"input": f"attachment://{_KEY}"}, "no question"),
    ],
)
def test_what_lacks_its_id_epoch_or_question_is_no_sample(changed: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        _read(**changed)
