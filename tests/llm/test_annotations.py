"""Calculations in solutions: right ones pass, wrong ones are caught, and nothing is ever run."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nophantom.llm.annotations import check_annotations, count_annotations, value_of


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("48/2", 24),
        ("2+3*4", 14),
        ("(2+3)*4", 20),
        ("10-4-3", 3),
        ("64/4/2", 8),
        ("-5+8", 3),
        ("2*-3", -6),
        ("7//2", 3),
        ("1,250*2", 2500),
        ("$12.50 * 4", 50),
        ("20%*50", 10),
        ("100%-25%", Fraction(3, 4)),
        ("3 x 4 × 5 ÷ 6", 10),
        (".5*8", 4),
        ("5.*2", 10),
    ],
)
def test_expressions_have_their_value(expression: str, value: int | Fraction) -> None:
    assert value_of(expression) == value


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "  ",
        "x",
        "2+",
        "(2",
        "2)",
        "()",
        "2 3",
        "1/0",
        "5//0",
        "2**3",
        "__import__('os')",
        "1,2,3",
        "12,34",
        "(" * 30 + "1" + ")" * 30,
        "1+" * 400 + "1",
        "9e9",
        "²",
    ],
)
def test_what_is_no_calculation_has_no_value(expression: str) -> None:
    assert value_of(expression) is None


@given(st.text(alphabet="0123456789.+-*/()%,= $x<>e_", max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    value_of(text)
    check_annotations(f"<<{text}>>")


@given(
    st.lists(st.tuples(st.sampled_from("+-*"), st.integers(0, 999)), min_size=1, max_size=8),
    st.integers(0, 999),
)
def test_the_value_is_that_of_python(steps: list[tuple[str, int]], first: int) -> None:
    expression = str(first) + "".join(f"{sign}{number}" for sign, number in steps)

    assert value_of(expression) == eval(expression)  # made of digits and signs, four lines above


@pytest.mark.parametrize(
    "text",
    [
        "48/2=24",
        "10/3=3.33",
        "10/3=4",
        "20/3=6.66",
        "25/2=12",
        "25/2=13",
        "2*3=6=12/2",
        "50*20%=10",
        "1/8=12.5%",
    ],
)
def test_right_and_rounded_results_compute(text: str) -> None:
    (seen,) = check_annotations(f"so it is <<{text}>>.")

    assert seen.computes is True


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("48/2=23", "24"),
        ("10/3=3.4", "3.33333"),
        ("20/3=6.8", "6.66667"),
        ("10/3=5", "3.33333"),
        ("2*3=6=7", "6"),
        ("7-9=2", "-2"),
        ("25/2=14", "12.5"),
        ("1/8=14%", "0.125"),
    ],
)
def test_wrong_results_do_not_and_the_right_one_is_told(text: str, value: str) -> None:
    (seen,) = check_annotations(f"so it is <<{text}>>.")

    assert (seen.computes, seen.value) == (False, value)


@pytest.mark.parametrize("text", ["48/2", "=24", "a=b", "48/2=about 24", "1/0=0", "2=2=x"])
def test_what_cannot_be_read_is_neither_right_nor_wrong(text: str) -> None:
    (seen,) = check_annotations(f"<<{text}>>")

    assert (seen.computes, seen.value) == (None, None)


def test_huge_numbers_are_told_short() -> None:
    (seen,) = check_annotations("<<" + "*".join(["9" * 17] * 9) + "=1>>")

    assert seen.computes is False
    assert seen.value is not None
    assert len(seen.value) < 30


def test_steps_are_the_annotations() -> None:
    assert count_annotations("48/2 = <<48/2=24>>24, then <<24+5=29>>29") == 2
    assert count_annotations("no steps << here") == 0


def test_every_calculation_of_the_real_gsm8k_computes(data: Path) -> None:
    """All 27,998, of which two are written as whole-number division."""
    solutions = [
        json.loads(line)["answer"]
        for name in ("train", "test")
        for line in (data / f"llm/gsm8k/{name}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    seen = [annotation for solution in solutions for annotation in check_annotations(solution)]

    assert len(seen) == 27_998
    assert {annotation.computes for annotation in seen} == {True}
