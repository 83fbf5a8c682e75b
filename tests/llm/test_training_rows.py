"""Files of training data: every line is a row, damaged or blank, and none is lost."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nophantom.errors import InvalidInput, Unreadable
from nophantom.llm.training_rows import TrainingFile, TrainingRow, read_rows


def _lines(*rows: object) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def test_rows_have_their_line_question_and_answer() -> None:
    file = read_rows(
        _lines({"question": "1+1?", "answer": "2"}, {"question": "2+2?", "answer": 4}), "a.jsonl"
    )

    assert file.rows == (TrainingRow(1, "1+1?", "2"), TrainingRow(2, "2+2?", "4"))
    assert (file.question_field, file.answer_field, file.damaged, file.blank) == ("question", "answer", (), 0)


def test_damaged_and_blank_lines_are_counted_and_keep_their_bytes() -> None:
    content = b'{"question": "a"}\n\n  \r\n[1]\n{"quest\n"text"\n\xff\xfe{\n{"question": "b"}'
    file = read_rows(content, "a.jsonl")

    assert b"".join(file.lines) == content
    assert [row.line for row in file.rows] == [1, 8]
    assert [line.line for line in file.damaged] == [4, 5, 6, 7]
    assert "no JSON object: [1]" in file.damaged[0].why
    assert "no JSON" in file.damaged[3].why
    assert file.blank == 2


@given(
    st.lists(
        st.sampled_from([b"{}", b'{"question": "q"}', b"", b" ", b"[]", b"{", b"\x85", b'{"question": NaN}'])
    )
)
def test_every_line_is_a_row_damaged_or_blank(lines: list[bytes]) -> None:
    content = b'{"question": "first"}\n' + b"\n".join(lines)

    file = read_rows(content, "a.jsonl")

    assert len(file.lines) == len(file.rows) + len(file.damaged) + file.blank
    assert b"".join(file.lines) == content


def test_a_line_may_hold_any_line_end_of_unicode() -> None:
    content = '{"question": "a\u2028b\x85c"}\r\n{"question": "d"}\r\n'.encode()

    assert [row.question for row in read_rows(content, "a").rows] == ["a\u2028b\x85c", "d"]
    assert [row.question for row in read_rows(b'{"question":\r"e"}\n', "a").rows] == ["e"]


def test_a_byte_order_mark_is_no_damage() -> None:
    assert read_rows(b"\xef\xbb\xbf" + _lines({"question": "a"}), "a").rows[0].question == "a"


def test_texts_are_the_questions_where_there_are_none() -> None:
    file = read_rows(_lines({"text": "some text"}), "a")

    assert (file.question_field, file.answer_field) == ("text", None)
    assert file.rows[0].solution == "some text"
    assert not file.lacks_answer(file.rows[0])


def test_named_fields_are_read() -> None:
    file = read_rows(
        _lines({"problem": "p", "solution": "s"}), "a", question_field="problem", answer_field="solution"
    )

    assert file.rows == (TrainingRow(1, "p", "s"),)


@pytest.mark.parametrize("empty", [None, "", "  \n", [], {}])
def test_a_field_that_says_nothing_is_missing(empty: object) -> None:
    file = read_rows(_lines({"question": "a", "answer": "1"}, {"question": empty, "answer": empty}, {}), "a")

    assert [(row.question, row.answer) for row in file.rows[1:]] == [(None, None), (None, None)]
    assert [file.lacks_answer(row) for row in file.rows] == [False, True, True]


def test_where_most_answers_end_in_a_final_answer_one_without_is_incomplete() -> None:
    complete, cut = {"question": "a", "answer": "so\n#### 18"}, {"question": "b", "answer": "so\n#### "}
    free = {"question": "c", "answer": "it is 18"}

    strict: TrainingFile = read_rows(_lines(complete, complete, complete, cut, free), "a")
    loose = read_rows(_lines(complete, cut, free), "a")

    assert [strict.lacks_answer(row) for row in strict.rows] == [False] * 3 + [True] * 2
    assert not any(loose.lacks_answer(row) for row in loose.rows)


@pytest.mark.parametrize("content", [b"", b"  \n\n"])
def test_an_empty_file_is_refused_by_name(content: bytes) -> None:
    with pytest.raises(Unreadable, match=r"a\.jsonl: the file is empty"):
        read_rows(content, "a.jsonl")


def test_an_array_is_refused_with_the_way_to_make_lines_of_it() -> None:
    with pytest.raises(Unreadable, match=r"one JSON array.*jq -c"):
        read_rows(b'[\n{"question": "a"},\n{"question": "b"}\n]', "a.json")


def test_a_file_without_any_row_is_refused_with_its_first_line() -> None:
    with pytest.raises(
        Unreadable, match=r"a\.txt: no line is a JSON object; line 2 is no JSON .*: just notes"
    ):
        read_rows(b"\njust notes\nmore\n", "a.txt")


def test_a_field_that_no_row_has_is_refused_with_those_seen() -> None:
    rows = _lines({"prompt": "a", "completion": "b"})
    with pytest.raises(
        InvalidInput, match=r"'question' or 'text'; the fields seen are 'prompt', 'completion'"
    ):
        read_rows(rows, "a")
    with pytest.raises(InvalidInput, match=r"'target'.*--answer-field"):
        read_rows(rows, "a", question_field="prompt", answer_field="target")
