"""Interval and p-value of a difference can never contradict each other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nophantom.stats.differences import beside_zero_as_tested

shares = st.floats(-1, 1, allow_subnormal=False)


@given(st.floats(-2, 2), st.floats(-2, 2), shares.filter(bool), st.floats(0, 1), st.floats(0.5, 0.999))
def test_whatever_rounding_did_the_interval_leaves_out_zero_exactly_when_p_says_so(
    low: float, high: float, point: float, p: float, confidence: float
) -> None:
    least, most = beside_zero_as_tested(low, high, point, p, confidence)

    assert (least <= 0 <= most) == (p >= 1 - confidence)
    assert -1 <= least <= most <= 1


@given(shares, shares, st.floats(0.06, 1))
def test_an_interval_that_agrees_already_stays_as_it_is(one: float, other: float, p: float) -> None:
    low, high = min(one, other, 0.0), max(one, other, 0.0)
    assert beside_zero_as_tested(low, high, (low + high) / 2, p, 0.95) == (low, high)
