from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nophantom.errors import InvalidInput
from nophantom.outbound.retries import Retrying, fresh_for, told_wait

NOON = datetime(2026, 1, 2, 12, 0, 0, tzinfo=UTC)


@given(tried=st.integers(1, 200), seed=st.integers(0, 50))
def test_a_wait_grows_to_the_longest_and_never_beyond(tried: int, seed: int) -> None:
    rule = Retrying(first=0.5, longest=30)
    wait = rule.wait(tried, None, np.random.default_rng(seed))
    whole = min(30, 0.5 * 2.0 ** (tried - 1))
    assert whole / 2 <= wait <= whole


@given(told=st.floats(0, 1e6), tried=st.integers(1, 9))
def test_what_the_server_told_is_the_least_and_is_not_cut_short(told: float, tried: int) -> None:
    wait = Retrying(longest=60).wait(tried, told, np.random.default_rng(0))
    assert told <= wait <= told + 30


def test_equal_generators_wait_alike_and_others_do_not() -> None:
    rule = Retrying()
    waits = [rule.wait(3, None, np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert waits[0] == waits[1] != waits[2]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        (" 7 ", 7.0),
        ("86400", 86_400.0),
        ("Fri, 02 Jan 2026 12:01:00 GMT", 60.0),
        ("Fri, 02 Jan 2026 11:00:00 GMT", 0.0),
        ("Fri, 02 Jan 2026 13:00:00 -0000", 3_600.0),
        (None, None),
        ("", None),
        ("soon", None),
        ("-3", None),
        ("1.5", None),
        ("٣", None),
        ("Fri, 99 Foo 2026", None),
    ],
)
def test_a_retry_after_header_is_seconds_or_a_date_or_nothing(
    value: str | None, seconds: float | None
) -> None:
    assert told_wait(value, NOON) == seconds


@pytest.mark.parametrize("wrong", [{"tries": 0}, {"first": -1.0}, {"first": 5.0, "longest": 1.0}])
def test_a_rule_that_cannot_be_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidInput, match="tried at least once"):
        Retrying(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"cache-control": "max-age=3600"}, 3_600.0),
        ({"cache-control": 'public, MAX-AGE="60"'}, 60.0),
        ({"cache-control": "max-age=3600", "age": "3000"}, 600.0),
        ({"cache-control": "max-age=60", "age": "90"}, 0.0),
        ({"cache-control": "max-age=60", "age": "old"}, 60.0),
        ({"cache-control": "max-age=-1"}, None),
        ({"cache-control": "max-age=soon", "expires": "Fri, 02 Jan 2026 12:10:00 GMT"}, 600.0),
        ({"cache-control": "no-cache, max-age=3600"}, None),
        ({"cache-control": "no-store", "expires": "Fri, 02 Jan 2026 12:10:00 GMT"}, None),
        ({"cache-control": "max-age=60", "expires": "Fri, 02 Jan 2026 13:00:00 GMT"}, 60.0),
        ({"expires": "Fri, 02 Jan 2026 12:10:00 GMT"}, 600.0),
        ({"expires": "Fri, 02 Jan 2026 11:00:00 GMT"}, 0.0),
        ({"expires": "Fri, 02 Jan 2026 15:10:00 GMT", "date": "Fri, 02 Jan 2026 15:00:00 GMT"}, 600.0),
        ({"expires": "0"}, None),
        ({"expires": "-1"}, None),
        ({"expires": "Fri, 99 Foo 2026"}, None),
    ],
)
def test_how_long_an_answer_stays_fresh_is_read_from_its_headers_or_unknown(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert fresh_for(headers, NOON) == seconds
