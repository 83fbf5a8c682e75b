from __future__ import annotations

import math

import pytest

from nophantom.llm.logs import cells


@pytest.mark.parametrize("word", ["true", "Yes", " C ", "correct", "1", "1.0", 1, 1.0, True, "PASS", "1e0"])
def test_every_word_for_right_is_one(word: object) -> None:
    assert cells.score(word) == 1


@pytest.mark.parametrize("word", ["false", "No", "I", "incorrect", "0", "0.0", 0, 0.0, False, "-0"])
def test_every_word_for_wrong_is_zero(word: object) -> None:
    assert cells.score(word) == 0


@pytest.mark.parametrize("word", ["", "  ", "nan", "N/A", "null", "None", "-", None, math.nan])
def test_an_empty_cell_is_unknown_and_never_zero(word: object) -> None:
    assert cells.is_nothing(word)
    assert cells.score(word) is None
    assert not cells.is_score(word)


@pytest.mark.parametrize(
    "word", ["50%", "0_1", "infinity", "maybe", "1/2", "0x1", "٣", [1], {"a": 1}, "1" * 400]
)
def test_what_is_no_number_is_no_score(word: object) -> None:
    assert not isinstance(cells.score(word), int | float)
    assert not cells.is_score(word)


@pytest.mark.parametrize("number", [79.3, -1, 1.0001, math.inf, "100", 10**40])
def test_a_number_outside_0_to_1_is_a_number_and_no_score(number: object) -> None:
    assert isinstance(cells.score(number), int | float)
    assert not cells.is_score(number)


def test_a_decimal_comma_counts_only_where_commas_separate_nothing() -> None:
    assert cells.score("0,5", decimal_comma=True) == 0.5
    assert cells.score("0,5") == "0,5"


def test_an_id_is_the_same_however_a_program_wrote_it() -> None:
    assert {cells.identifier(value) for value in (17, 17.0, "17", " 17 ")} == {"17"}
    for value in (True, None, 1.5, "", "nan", [1], "two\nlines", math.inf, math.nan):
        assert cells.identifier(value) is None


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("seed3", 3),
        ("step-1000", 1000),
        ("checkpoint_20", 20),
        ("007", 7),
        ("3.0", 3),
        (3.0, 3),
        ("a3b", None),
        ("-3", None),
        (-3, None),
        (1.5, None),
        (True, None),
        ("9" * 30, None),
        (2**63, None),
        ("seed", None),
    ],
)
def test_whole_numbers_also_stand_behind_words(value: object, number: int | None) -> None:
    assert cells.whole_number(value) == number
