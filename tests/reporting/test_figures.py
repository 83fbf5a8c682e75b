"""Pictures as text: what is drawn stands where the number is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nophantom.reporting.axes import Axis
from nophantom.reporting.figures import (
    axis_line,
    bar,
    dot_lines,
    field_lines,
    interval_lines,
    interval_plot,
    shade_line,
    sparkline,
)
from nophantom.stats.estimates import Estimate


def estimate(low: float | None, point: float, high: float | None) -> Estimate:
    return Estimate(point, low, high, 0.95, 100, "by hand")


def test_an_interval_is_drawn_on_its_scale_with_zero_and_delta_marked() -> None:
    (line,), axis = interval_plot([estimate(0.02, 0.03, 0.04)], delta=0.01, width=41, plain=True)

    assert axis == "-4        -2        0         +2       +4"
    assert line == "                    |    :    [----o----]"


def test_an_unknown_interval_is_a_point_without_ends() -> None:
    (line,), _ = interval_plot([estimate(None, 0.0, None)], delta=0.01, width=41, plain=True)

    assert "[" not in line
    assert "]" not in line
    assert line[20] == "o"


@given(
    st.lists(st.lists(st.floats(-1, 1), min_size=3, max_size=3).map(sorted), min_size=1, max_size=5),
    st.floats(0.001, 0.2),
    st.integers(21, 120),
)
def test_every_picture_fits_its_width_and_keeps_the_order_of_its_ends(
    ends: list[list[float]], delta: float, width: int
) -> None:
    lines, axis = interval_plot([estimate(*three) for three in ends], delta=delta, width=width, plain=True)

    assert len(axis) <= width
    for line in lines:
        assert len(line) <= width
        assert line.count("o") == 1
        if "[" in line and "]" in line:
            assert line.index("[") < line.index("o") < line.index("]")


def test_a_sparkline_has_a_character_per_number_and_draws_no_gap() -> None:
    assert sparkline([]) == ""
    assert sparkline([0, 0]) == "▁▁"
    assert sparkline([None, 0, 100, None]) == " ▁█ "
    assert sparkline([0, 1, 1_000]) == "▁▂█"  # a single story is seen
    assert sparkline([0, 0.5, 1, None], plain=True) == "_=# "
    assert sparkline([n / 7 for n in range(8)]) == "▁▂▃▄▅▆▇█"
    assert sparkline(range(8), plain=True).isascii()


def test_a_mark_is_seen_where_an_interval_runs_over_it() -> None:
    scale = Axis(-0.02, 0.02, (), ())
    (line,) = interval_lines(
        [estimate(-0.01, 0.005, 0.02)], scale, [(0.0, "zero")], width=41, plain=True, crossing=True
    )

    assert line == "          [---------+----o--------------]"


def test_labels_of_an_axis_that_would_touch_are_left_out() -> None:
    scale = Axis(0, 1, (0.0, 0.1, 0.5, 1.0), ("0%", "10%", "50%", "100%"))

    assert axis_line(scale, 21).split() == ["0%", "50%", "100%"]
    assert axis_line(scale, 61).split() == ["0%", "10%", "50%", "100%"]


@given(st.lists(st.floats(0, 1), max_size=40), st.integers(5, 60))
def test_as_many_dots_are_drawn_as_there_are_values(values: list[float], width: int) -> None:
    lines = dot_lines(values, Axis(0, 1, (), ()), [0.5], width=width, plain=True)

    assert sum(line.count("o") for line in lines) == len(values)
    assert all(len(line) <= width for line in lines)


def test_a_line_climbs_through_its_field_over_its_band_and_a_level() -> None:
    points = [(0.0, 0.0), (0.5, 0.5), (1.0, 1.0)]
    band = [(0.0, 0.0, 0.5), (1.0, 0.5, 1.0)]

    assert field_lines([points], [], [0.5], width=9, height=3, plain=True) == [
        "      ..o",
        "- -.o.- -",
        "o..",
    ]
    shaded = field_lines([points], [band], width=9, height=3, plain=True)
    assert shaded[1].count(":") + shaded[1].count(".") + shaded[1].count("o") == 9


def test_bars_and_shades_grow_with_their_share() -> None:
    assert [bar(n / 8, 1) for n in range(9)] == ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"]
    assert shade_line([0, 1, None], plain=True) == ".#?"
