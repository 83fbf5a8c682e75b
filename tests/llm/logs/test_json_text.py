from __future__ import annotations

import math

import pytest

from nophantom.llm.logs import json_text


def test_bare_nan_and_infinity_are_numbers() -> None:
    decoded = json_text.decode(b"[NaN, Infinity, -Infinity, 1.5]")
    assert isinstance(decoded, list)
    assert math.isnan(decoded[0])
    assert decoded[1:] == [math.inf, -math.inf, 1.5]


def test_a_lone_surrogate_becomes_the_replacement_character_and_a_pair_stays() -> None:
    assert json_text.decode(rb'{"a\ud800": ["x\uDEADy", "\ud83d\ude00"]}') == {"a\ufffd": ["x\ufffdy", "😀"]}


def test_a_byte_order_mark_does_not_hide_the_value() -> None:
    assert json_text.decode(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@pytest.mark.parametrize(
    ("damaged", "said"),
    [
        (b'{"a": 1', "expecting ',' delimiter: character 8 of 7"),
        (b'"\xff"', "byte 2 is not UTF-8"),
        (b"[" * 100_000, "nested too deep"),
        (b"", "expecting value: character 1 of 0"),
        (b'{"a": 1} {"b": 2}', "extra data"),
        (b"1" * 5_000 + b"e", "."),
    ],
)
def test_what_is_no_json_is_refused_with_half_a_sentence(damaged: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        json_text.decode(damaged)


def test_other_types_in_the_place_of_objects_and_arrays_are_empty() -> None:
    assert dict(json_text.members([1])) == {}
    assert json_text.entries({"a": 1}) == []


@pytest.mark.parametrize("value", [True, -1, 2**31, 1.0, "7", None])
def test_a_count_is_a_whole_number_that_fits_a_column(value: object) -> None:
    assert json_text.count(value) is None


def test_log_likelihoods_written_as_texts_are_numbers_and_huge_ones_are_none() -> None:
    assert json_text.finite("-6.40") == -6.4
    assert [json_text.finite(value) for value in ("-inf", "False", True, 10**400, None)] == [None] * 5


def test_storable_values_hold_no_nan_and_no_bottomless_nesting() -> None:
    deep: object = 1
    for _ in range(5_000):
        deep = [deep]
    assert json_text.storable({"a": [math.nan, 1.0]}) == {"a": [None, 1.0]}
    assert json_text.storable(deep) is None
    assert json_text.spelled(deep) == "null"


def test_a_glimpse_is_short() -> None:
    assert json_text.glimpse("x" * 100) == "x" * 60 + "..."
    assert json_text.glimpse(math.inf) == "inf"
    assert json_text.glimpse(b"\xffabc") == "\ufffdabc"
