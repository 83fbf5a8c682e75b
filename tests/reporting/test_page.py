"""A page is made of values that fit together, or not at all."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nophantom.errors import InvalidInput
from nophantom.reporting.page import (
    Bin,
    Curve,
    Histogram,
    Intervals,
    Mark,
    ProblemMap,
    Reliability,
    Series,
    Spread,
    Table,
)
from nophantom.stats.estimates import Estimate

ONE = (("a", Estimate(0.1, 0.0, 0.2, 0.95, 10, "by hand")),)
LINE = Series("a", (1.0,), (0.5,))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Table(("a", "b"), (("1",),)), "a row of a table has 1 entries for 2 columns"),
        (lambda: Table(("a",), (), ("left", "right")), "align has 2 entries"),
        (lambda: Intervals((), 0.01, "points", "Gaps"), "'Gaps' has nothing to show"),
        (lambda: Intervals(ONE, 1.0, "points", "Gaps"), "delta is a proportion"),
        (lambda: Spread((("a", ()),), (), "Seeds"), "'Seeds' has nothing to show"),
        (lambda: Spread((("a", (float("nan"),)),), (), "Seeds"), "'a' can only draw finite numbers; got nan"),
        (lambda: Spread((("a", (0.5,)),), (("m", float("inf")),), "Seeds"), "got inf"),
        (lambda: Series("a", (1.0, 2.0), (0.5,)), "y of 'a' has 1 entries for 2 values of x"),
        (lambda: Series("a", (1.0,), (0.5,), (0.4,)), "high of 'a' has 0 entries"),
        (lambda: Series("a", (2.0, 1.0), (0.5, 0.5)), "in ascending x"),
        (lambda: Series("a", (1.0, 1.0), (0.5, 0.5)), "in ascending x"),
        (lambda: Curve((Series("a", (1.0,), (None,)),), "x", "y", "Lines"), "'Lines' has nothing to show"),
        (lambda: Curve((LINE,), "x", "y", "Lines", marks=(Mark("m", 1.0, float("nan")),)), "got nan"),
        (lambda: ProblemMap(("a",), (), "Map"), "solved has 0 entries for 1 labels"),
        (lambda: ProblemMap(("a",), ((),), "Map"), "'Map' has nothing to show"),
        (lambda: ProblemMap(("a", "b"), ((True,), (True, False)), "Map"), "the row 'b' has 2 entries"),
        (lambda: Histogram((), "Counts"), "'Counts' has nothing to show"),
        (lambda: Histogram((1, -1), "Counts"), "no count is below 0; got -1"),
        (lambda: Reliability((), "Curve"), "'Curve' has nothing to show"),
        (lambda: Reliability((Bin(1.2, 0.5, None, None, 1),), "Curve"), "proportions from 0 to 1"),
        (lambda: Reliability((Bin(0.2, 0.5, 0.1, None, 1),), "Curve"), "both ends of an interval or none"),
        (lambda: Reliability((Bin(float("nan"), 0.5, None, None, 1),), "Curve"), "proportions from 0 to 1"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_was_seen(make: Callable[[], object], says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        make()


def test_a_map_counts_how_many_solved_each_problem_and_an_unknown_outcome_solves_none() -> None:
    """By hand: problem 1 by both, 2 by the first alone, 3 by none."""
    solved = ((True, True, False), (True, None, None))
    figure = ProblemMap(("a", "b"), solved, "Map")

    assert figure.solved_by() == (2, 1, 0)
    assert figure.histogram("Counts").counts == (1, 1, 1)
