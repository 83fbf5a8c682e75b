"""Every number of a picture stands in its tables."""

from __future__ import annotations

from nophantom.reporting.figure_tables import figure_tables
from nophantom.reporting.page import Bin, Curve, Intervals, Mark, ProblemMap, Reliability, Series, Spread
from nophantom.stats.estimates import Estimate


def test_an_interval_is_told_with_confidence_n_and_method() -> None:
    rows = (("gap", Estimate(0.012, -0.004, 0.028, 0.95, 1_319, "recipes")),)
    (table,) = figure_tables(Intervals(rows, 0.01, "points", "Gaps"))

    assert table.rows == (("gap", "+1.20", "-0.40 to +2.80", "0.95", "1,319", "recipes"),)


def test_lines_and_seeds_of_a_spread_are_told_apart() -> None:
    lines, seeds = figure_tables(Spread((("arm", (0.75, 0.76)),), (("mean", 0.755),), "Seeds"))

    assert lines.rows == (("mean", "75.50%"),)
    assert seeds.rows == (("arm", "1", "75.00%"), ("arm", "2", "76.00%"))


def test_lines_of_different_x_share_one_table_with_empty_cells_where_they_have_no_point() -> None:
    first = Series("a", (1.0, 2.0), (0.5, None), (0.4, None), (0.6, None))
    second = Series("b", (2.0, 3.0), (0.7, 0.8))
    points, marks = figure_tables(
        Curve(
            (first, second),
            "k",
            "accuracy",
            "Lines",
            references=(("best", 0.9),),
            marks=(Mark("peak", 3, 0.8),),
        )
    )

    assert points.rows == (
        ("1", "50.00% (40.00% to 60.00%)", ""),
        ("2", "unknown", "70.00%"),
        ("3", "", "80.00%"),
    )
    assert marks.rows == (("peak", "3", "80.00%"), ("best", "everywhere", "90.00%"))


def test_an_unknown_outcome_is_neither_solved_nor_failed() -> None:
    solved = ((True, None, False), (None, None, None))
    runs, by_count = figure_tables(ProblemMap(("a", "b"), solved, "Map"))

    assert runs.rows == (("a", "1", "2", "50.00%", "1"), ("b", "0", "0", "unknown", "3"))
    assert by_count.rows == (("0", "2"), ("1", "1"), ("2", "0"))


def test_a_bin_without_interval_says_so() -> None:
    (table,) = figure_tables(Reliability((Bin(0.9, 1.0, None, None, 1),), "Curve"))

    assert table.rows == (("90.00%", "100.00%", "interval unknown", "1"),)
