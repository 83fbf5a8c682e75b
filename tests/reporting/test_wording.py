"""Numbers and labels for people: unknown is said, nothing can act on the terminal."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nophantom.reporting.wording import (
    amount,
    between,
    clean,
    confidence_of,
    p_text,
    padded,
    shortened,
    width_of,
)
from nophantom.stats.estimates import Estimate


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_becomes_one_line_that_every_file_and_terminal_can_take(text: str) -> None:
    shown = clean(text)

    shown.encode("utf-8")
    assert not {
        sign for sign in shown if ord(sign) < 32 or 0x7F <= ord(sign) < 0xA0 or 0x202A <= ord(sign) <= 0x202E
    }
    assert clean(shown) == shown
    assert clean(text, plain=True).isascii()


def test_a_number_is_said_in_its_unit_and_minus_zero_is_zero() -> None:
    assert amount(-0.000001, "points") == "+0.00"
    assert amount(-0.000001, "percent") == "0.00%"
    assert amount(1.0, "percent") == "100.00%"
    assert amount(-0.25, "points") == "-25.00"
    assert amount(0.1, "number") == "0.1"
    assert amount(1e20, "number") == "1e+20"
    assert between(None, None, "points") == "interval unknown"


def test_intervals_of_different_confidence_are_not_called_by_one_number() -> None:
    at = [Estimate(0.5, 0.4, 0.6, confidence, 9, "by hand") for confidence in (0.95, 0.99)]

    assert confidence_of(at) == "intervals"
    assert confidence_of(at[1:]) == "99% intervals"
    assert confidence_of([Estimate(0.5, None, None, 0.95, 1, "by hand")]) == "intervals"


@given(st.text(), st.integers(3, 40))
def test_a_shortened_label_keeps_both_its_ends(text: str, most: int) -> None:
    short = shortened(text, most)

    assert len(short) <= most
    assert short[:1] == text[:1]
    if len(text) <= most:
        assert short == text
    else:
        assert len(short) == most
        assert short[-1] == text[-1]


def test_wide_signs_are_counted_as_two_columns() -> None:
    assert width_of(padded("种子", 6)) == 6
    assert padded("种子", 6, right=True) == "  种子"


def test_a_small_p_is_never_zero_and_an_unknown_one_is_a_word() -> None:
    assert [p_text(p) for p in (0.5, 0.00005, 0.00004, 0.0)] == ["0.5000", "0.0001", "4e-05", "0e+00"]
    assert p_text(None) == "unknown"
