"""Graders and the identity of problems."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nophantom.llm.problems import (
    Failure,
    Grade,
    NumberGrader,
    distinct_keys,
    normal_number,
    own_grader,
    problem_set_name,
    question_key,
)

GRADER = NumberGrader()


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("9 * 2 = 18\n#### 18", "18"),
        ("#### $1,234.50", "1234.5"),
        ("#### **7**", "7"),
        ("#### -3", "-3"),
        ("#### 18\n\nQuestion: A next one?\nAnswer: #### 99", "18"),  # the model went on to invent a question
        ("so \\boxed{42} it is, not 7", "42"),
        ("\\boxed{\\$3}", "3"),
        ("The answer is 12. Checked 3 times.", "12"),
        ("Therefore the final answer: $5.00", "5"),
        ("A: 224", "224"),
        ("16 - 3 - 4 leaves 9, times 2 is 18.", "18"),
        ("From 5-3 apples", "3"),  # the minus is an operator here
        ("It fell to = -3", "-3"),
        ("between 1, 2 and 3", "3"),
        ("It costs 1,000,000 dollars", "1000000"),
        ("a third is #### 1/3", "1/3"),
        ("#### 2/4", "0.5"),
        ("no number at all", None),
        ("", None),
    ],
)
def test_the_answer_is_found_where_people_would_read_it(text: str, answer: str | None) -> None:
    assert GRADER.answer(text) == answer


@pytest.mark.parametrize(
    ("reference", "expected"),
    [("It is 9 * 2 = <<9*2=18>>18.\n#### 18", "18"), ("18", "18"), (" 1,234 ", "1234"), ("#### 0.50", "0.5")],
)
def test_the_reference_is_read_from_a_worked_solution_or_a_bare_number(reference: str, expected: str) -> None:
    assert GRADER.reference(reference) == expected


def test_equal_numbers_are_equal_answers_and_silence_is_wrong_not_unknown() -> None:
    assert GRADER.grade("#### $3,000.00", "#### 3000") == Grade("3000", 1.0)
    assert GRADER.grade("#### 3001", "#### 3000") == Grade("3001", 0.0)
    assert GRADER.grade("I do not know.", "#### 3000") == Grade(None, 0.0)


def test_without_a_number_in_the_reference_nothing_can_be_graded() -> None:
    assert GRADER.grade("#### 5", "see the picture") == Grade("5", None, Failure.ERROR)


@given(st.fractions(max_denominator=400), st.integers(0, 3))
def test_any_number_survives_its_own_normal_form(value: Fraction, zeros: int) -> None:
    """Normal form is a fixed point, and names the very number that was written."""
    shown = normal_number(f"{value.numerator}/{value.denominator}")
    assert shown is not None
    assert Fraction(shown) == value
    assert normal_number(shown) == shown
    if value.denominator == 1:
        assert normal_number(f"{value.numerator}.{'0' * (zeros + 1)}") == shown


@given(st.text(max_size=300))
def test_no_text_makes_the_grader_fail(text: str) -> None:
    grade = GRADER.grade(text, "#### 7")
    assert grade.score in {0.0, 1.0}
    assert grade.failure is None
    GRADER.grade(text, text)


def test_a_long_run_of_digits_is_no_answer_and_costs_no_time() -> None:
    assert GRADER.answer("9" * 1_000_000) is None
    assert GRADER.answer("1," * 200_000) == "1"


def test_task_names_of_all_frameworks_lead_to_one_problem_set() -> None:
    names = ["gsm8k", "GSM8K", "inspect_evals/gsm8k", "gsm8k_cot", "gsm8k_local|0"]
    assert {problem_set_name(name) for name in names} == {"gsm8k"}
    assert problem_set_name("gsm8k_platinum_cot") == "gsm8k_platinum"
    assert problem_set_name("mgsm_direct_de") == "mgsm_direct_de"
    assert own_grader("gsm8k") is not None
    assert own_grader("mmlu_law") is None


def test_a_problem_is_known_by_its_words_not_by_its_spaces() -> None:
    composed, decomposed = "caf\u00e9 costs 3", "cafe\u0301  costs\n3 "
    assert question_key(composed) == question_key(decomposed)
    assert question_key("one") != question_key("One")
    assert question_key("which?", ("a", "b")) != question_key("which?", ("b", "a"))
    assert question_key("a\ud800b") == question_key("a\ud800b")  # a lone surrogate of a damaged log


@given(st.lists(st.sampled_from("abc")))
def test_equal_questions_of_one_set_are_told_apart(keys: list[str]) -> None:
    named = distinct_keys(keys)
    assert len(set(named)) == len(keys)
    assert [name.split("#")[0] for name in named] == keys


def test_the_published_labels_of_four_real_models_come_out(data: Path) -> None:
    """1,319 answers each, as published with their labels: our reading agrees on every single one."""
    right = dict.fromkeys(("6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification"), 0)
    disagree = 0
    with (data / "llm" / "gsm8k" / "example_model_solutions.jsonl").open(encoding="utf-8") as file:
        for row in map(json.loads, file):
            for model in right:
                solution = row[model]
                grade = GRADER.grade(solution["solution"], row["ground_truth"])
                right[model] += grade.score == 1.0
                disagree += (grade.score == 1.0) != solution["is_correct"]
    assert right == {
        "6b_finetuning": 286,
        "6b_verification": 515,
        "175b_finetuning": 458,
        "175b_verification": 742,
    }
    assert disagree == 0
