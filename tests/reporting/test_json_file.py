"""One value, one text: names, units, unknowns, and a path to whatever cannot be written."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from enum import IntEnum
from pathlib import PurePosixPath
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nophantom.errors import InvalidInput
from nophantom.reporting.json_file import Plain, canonical_text, to_plain
from nophantom.reporting.page import Mark
from nophantom.stats.estimates import Estimate
from nophantom.stats.verdicts import Verdict


class Count(IntEnum):
    TWO = 2


@dataclass(frozen=True, slots=True)
class Told:
    verdict: Verdict
    gap: Estimate
    seen: datetime
    values: tuple[float, ...]


def told(value: float = 0.5) -> Told:
    estimate = Estimate(0.012, None, None, 0.95, 1, "one seed")
    east = timezone(timedelta(hours=2))
    return Told(Verdict.REAL, estimate, datetime(2026, 1, 2, 3, 4, 5, tzinfo=east), (value, 1.0))


def test_a_result_becomes_names_words_and_numbers() -> None:
    assert to_plain(told()) == {
        "verdict": "real",
        "gap": {"point": 0.012, "low": None, "high": None, "confidence": 0.95, "n": 1, "method": "one seed"},
        "seen": "2026-01-02T01:04:05Z",
        "values": [0.5, 1.0],
    }
    assert to_plain(Mark("peak", 1.0, 0.5)) == {"label": "peak", "x": 1.0, "y": 0.5}
    assert to_plain(MappingProxyType({1: True, Verdict.REAL: None})) == {"1": True, "real": None}
    assert to_plain([Count.TWO, date(2026, 1, 2)]) == [2, "2026-01-02"]
    assert type(to_plain(Verdict.REAL)) is str


def test_numbers_of_numpy_are_numbers() -> None:
    values = [
        np.float64(0.25),
        np.float32(0.5),
        np.int64(3),
        np.bool_(True),
        np.array([[1, 2], [3, 4]]),
        np.str_("a"),
    ]

    assert to_plain(values) == [0.25, 0.5, 3, True, [[1, 2], [3, 4]], "a"]
    assert canonical_text(values) == '[0.25,0.5,3,true,[[1,2],[3,4]],"a"]\n'


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(JSON)
def test_what_is_written_is_read_back_by_another_reader(value: Plain) -> None:
    assert json.loads(canonical_text(value)) == value


@given(st.dictionaries(st.text(), st.floats(allow_nan=False, allow_infinity=False)))
def test_the_order_of_keys_and_the_sign_of_zero_do_not_change_the_text(value: dict[str, float]) -> None:
    turned = {key: -0.0 if number == 0 else number for key, number in reversed(value.items())}
    text = canonical_text(value)

    assert canonical_text(turned) == text
    assert text.endswith("\n")
    assert list(json.loads(text)) == sorted(value)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"gap": [0.1, float("nan")]}, r"gap\[1\] is nan"),
        (told(float("inf")), r"values\[0\] is inf"),
        ({"a": {"b": np.array([1.0, np.nan])}}, r"a\.b\[1\] is nan"),
        (float("-inf"), "the value is -inf"),
        ({"n": 2**63}, "n is 9223372036854775808, beyond"),
        ({"at": datetime(2026, 1, 2)}, "at is 2026-01-02T00:00:00 without a time zone"),  # noqa: DTZ001 - the point
        ({"where": PurePosixPath("a")}, "where is a PurePosixPath"),
        ({"all": {1, 2}}, "all is a set"),
        (b"raw", "the value is a bytes"),
        (Told, "the value is a type"),
        ({1: "a", "1": "b"}, "two keys that read '1'"),
        ({(1, 2): "a"}, "a key is a text or a number"),
        ({None: "a"}, "a key is a text or a number"),
    ],
)
def test_what_has_no_form_is_refused_by_its_path(value: object, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        canonical_text(value)


def test_half_a_character_is_written_as_its_escape() -> None:
    assert canonical_text({"answer": "a\ud800"}) == '{"answer":"a\\\\ud800"}\n'


def test_a_time_with_a_fraction_keeps_it() -> None:
    assert to_plain(datetime(2026, 1, 2, 3, 4, 5, 600, tzinfo=UTC)) == "2026-01-02T03:04:05.000600Z"
