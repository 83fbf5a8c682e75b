"""Scales hold their values, ticks are round, dots of a swarm do not touch."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nophantom.reporting.axes import Axis, axis_over, swarm, whole_axis
from nophantom.reporting.wording import Unit


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=8),
    st.sampled_from(["points", "percent", "number"]),
    st.integers(2, 9),
)
def test_a_scale_holds_all_values_and_its_ticks_are_evenly_spaced(
    values: list[float], unit: Unit, most: int
) -> None:
    axis = axis_over(values, unit, most=most)

    assert all(axis.low <= value <= axis.high for value in values)
    assert len(axis.ticks) == len(axis.labels) <= most
    assert len(set(axis.labels)) == len(axis.labels)
    steps = [there - here for here, there in pairwise(axis.ticks)]
    assert steps == pytest.approx(steps[:1] * len(steps), rel=1e-6)
    assert all(axis.low - 1e-9 <= tick <= axis.high + 1e-9 for tick in axis.ticks)


@given(st.lists(st.floats(-10, 10), min_size=2, max_size=8), st.sampled_from(["points", "percent", "number"]))
def test_a_label_says_its_tick_exactly(values: list[float], unit: Unit) -> None:
    axis = axis_over(values, unit)

    factor = 1 if unit == "number" else 100
    for tick, label in zip(axis.ticks, axis.labels, strict=True):
        assert float(label.rstrip("%").replace(",", "")) == pytest.approx(tick * factor, abs=1e-9)
    if len(axis.labels) >= 3 and "." in axis.labels[1]:
        assert not all(label.rstrip("%").endswith("0") for label in axis.labels), "a decimal too many"


def test_labels_have_as_many_decimals_as_their_step_needs() -> None:
    assert axis_over([0.0, 0.04], "percent").labels == ("0%", "1%", "2%", "3%", "4%")
    assert axis_over([0.0, 0.02], "percent").labels == ("0.0%", "0.5%", "1.0%", "1.5%", "2.0%")
    assert axis_over([0.0, 0.1], "percent").labels == ("0.0%", "2.5%", "5.0%", "7.5%", "10.0%")
    assert axis_over([0.0, 40_000.0]).labels == ("0", "10,000", "20,000", "30,000", "40,000")


def test_one_value_stands_in_the_middle_and_none_gives_a_scale_all_the_same() -> None:
    assert axis_over([0.76], "percent").share(0.76) == pytest.approx(0.5)
    assert axis_over([None]).share(0.0) == pytest.approx(0.5)
    assert axis_over([float("-inf"), 0.5, 0.7]).low == pytest.approx(0.5 - 0.2 * 0.04)


@given(st.integers(0, 500), st.integers(0, 2_000))
def test_counts_have_whole_ticks(low: int, more: int) -> None:
    axis = whole_axis(low, low + more)

    assert len(axis.ticks) <= 9
    assert axis.ticks
    assert all(tick == int(tick) and low <= tick <= low + more for tick in axis.ticks) or more == 0


def test_what_lies_beyond_a_scale_is_held_at_its_end() -> None:
    axis = Axis(0.0, 1.0, (), ())

    assert (axis.share(-5), axis.share(0.25), axis.share(float("inf"))) == (0.0, 0.25, 1.0)


@given(st.lists(st.floats(0, 300), max_size=40))
def test_dots_of_one_lane_do_not_touch_and_equal_places_give_equal_lanes(places: list[float]) -> None:
    lanes = swarm(places, 9, lanes=81)

    for lane in set(lanes):
        here = sorted(place for place, its in zip(places, lanes, strict=True) if its == lane)
        assert all(b - a >= 9 for a, b in pairwise(here))
    assert swarm(places, 9, lanes=81) == lanes


def test_a_swarm_of_more_dots_than_lanes_still_has_a_place_for_each() -> None:
    lanes = swarm([1.0] * 50, 9, lanes=5)

    assert set(lanes) == {-2, -1, 0, 1, 2}
