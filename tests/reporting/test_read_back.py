"""What JSON held becomes the very value that it was made from, or is refused with the place that is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nophantom.errors import Unreadable
from nophantom.reporting.json_file import canonical_text
from nophantom.reporting.read_back import from_plain


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True)
class Part:
    colour: Colour
    share: float | None


@dataclass(frozen=True, slots=True)
class Whole:
    day: date
    at: datetime
    parts: tuple[Part, ...]
    pair: tuple[str, int]
    is_there: bool
    later: tuple[float | None, ...] = ()


PARTS = st.builds(
    Part,
    st.sampled_from(Colour),
    st.none() | st.floats(allow_nan=False, allow_infinity=False).map(lambda x: x + 0.0),
)
WHOLES = st.builds(
    Whole,
    st.dates(),
    st.datetimes(timezones=st.just(UTC)),
    st.lists(PARTS, max_size=3).map(tuple),
    st.tuples(st.text(alphabet='abc é"\n', max_size=5), st.integers(-(2**60), 2**60)),
    st.booleans(),
    st.lists(st.none() | st.just(0.5), max_size=2).map(tuple),
)
ONE = Whole(date(2022, 12, 6), datetime(2026, 1, 2, tzinfo=UTC), (Part(Colour.RED, None),), ("a", 1), True)


@given(WHOLES)
def test_whatever_was_written_is_read_back_as_it_was(whole: Whole) -> None:
    assert from_plain(Whole, orjson.loads(canonical_text(whole))) == whole


def test_what_an_older_version_did_not_write_has_its_default() -> None:
    plain = orjson.loads(canonical_text(ONE))
    del plain["later"]
    assert from_plain(Whole, plain) == ONE


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"day": "6 December"}, "day is '6 December' where a date is wanted"),
        ({"parts": [{"colour": "green", "share": None}]}, r"parts\[0\]\.colour is 'green' where a Colour"),
        ({"parts": [{"colour": "red"}]}, r"parts\[0\]\.share is None where a value is wanted"),
        ({"parts": {}}, "parts is {} where a list is wanted"),
        ({"pair": ["a"]}, r"pair is \['a'\] where a list of 2 is wanted"),
        ({"pair": ["a", True]}, r"pair\[1\] is True where a int is wanted"),
        ({"is_there": 1}, "is_there is 1 where a bool is wanted"),
        ({"newer": 1}, "'newer' where a field of Whole is wanted"),
    ],
)
def test_what_is_something_else_is_refused_with_its_place(changes: dict[str, object], told: str) -> None:
    plain = orjson.loads(canonical_text(ONE)) | changes
    with pytest.raises(Unreadable, match=told):
        from_plain(Whole, plain)


def test_a_list_is_no_object() -> None:
    with pytest.raises(Unreadable, match=r"the value is \[\] where an object is wanted"):
        from_plain(Whole, [])
