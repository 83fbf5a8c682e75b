"""Pictures are read back with a ruler: what is drawn stands where the number is."""

from __future__ import annotations

import re
from time import process_time
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nophantom.reporting.figure_tables import order_of_problems, order_of_runs
from nophantom.reporting.page import (
    Bin,
    Curve,
    Figure,
    Histogram,
    Intervals,
    Page,
    ProblemMap,
    Reliability,
    Series,
    Spread,
)
from nophantom.reporting.svg import figure_svg
from nophantom.stats.estimates import Estimate

Element = ElementTree.Element


def drawn(figure: Figure) -> Element:
    return ElementTree.fromstring(figure_svg(figure))


def of_class(root: Element, name: str) -> list[Element]:
    return [element for element in root.iter() if name in element.get("class", "").split()]


def place(element: Element, name: str) -> float:
    return float(element.get(name, "").rstrip("%"))


def ruler(root: Element) -> tuple[float, float]:
    """From two ticks with their labels: value = a + b * place along the width."""
    ticks = [t for t in of_class(root, "tick") if t.get("text-anchor") == "middle"]
    (x1, v1), (x2, v2) = ((place(t, "x"), float((t.text or "").rstrip("%"))) for t in (ticks[0], ticks[-1]))
    slope = (v2 - v1) / (x2 - x1)
    return v1 - slope * x1, slope


def upright_ruler(root: Element) -> tuple[float, float]:
    """The same along the height; labels stand 4 pixels below their ticks."""
    ticks = [t for t in of_class(root, "tick") if t.get("text-anchor") == "end"]
    (y1, v1), (y2, v2) = (
        (place(t, "y") - 4, float((t.text or "").rstrip("%"))) for t in (ticks[0], ticks[-1])
    )
    slope = (v2 - v1) / (y2 - y1)
    return v1 - slope * y1, slope


@given(
    st.lists(st.lists(st.integers(-400, 400), min_size=3, max_size=3).map(sorted), min_size=1, max_size=4),
    st.integers(1, 300),
)
@settings(max_examples=40)
def test_intervals_stand_where_their_numbers_are(ends: list[list[int]], delta: int) -> None:
    rows = tuple(
        (f"row {n}", Estimate(p / 1000, a / 1000, b / 1000, 0.95, 9, "by hand"))
        for n, (a, p, b) in enumerate(ends)
    )
    root = drawn(Intervals(rows, delta / 1000, "points", "Gaps"))
    a, b = ruler(root)

    dots = [a + b * place(dot, "cx") for dot in of_class(root, "dot")]
    spans = [s for s in of_class(root, "span") if s.get("y1") == s.get("y2")]
    tolerance = b * 0.03  # coordinates have two decimals, and so have those of the ruler
    assert dots == pytest.approx([e.point * 100 for _, e in rows], abs=tolerance)
    assert [a + b * place(s, "x1") for s in spans] == pytest.approx([e[0] / 10 for e in ends], abs=tolerance)
    assert [a + b * place(s, "x2") for s in spans] == pytest.approx([e[2] / 10 for e in ends], abs=tolerance)
    (band,) = of_class(root, "band")
    assert a + b * place(band, "x") == pytest.approx(-delta / 10, abs=tolerance)
    assert b * place(band, "width") == pytest.approx(2 * delta / 10, abs=tolerance)
    (zero,) = of_class(root, "zero")
    assert a + b * place(zero, "x1") == pytest.approx(0, abs=tolerance)


def test_an_unknown_interval_is_a_hollow_dot_that_says_so() -> None:
    root = drawn(
        Intervals((("lone", Estimate(0.5, None, None, 0.95, 1, "one seed")),), None, "percent", "Runs")
    )

    assert len(of_class(root, "hollow")) == 1
    assert not of_class(root, "span")
    assert not of_class(root, "zero")
    assert "50.00% (interval unknown)" in "".join(root.itertext())


def test_an_endless_interval_has_no_cap_at_its_open_end() -> None:
    estimate = Estimate(0.1, float("-inf"), 0.2, 0.95, 9, "one-sided")
    root = drawn(Intervals((("one-sided", estimate),), 0.01, "points", "Gaps"))

    level, *caps = of_class(root, "span")
    assert len(caps) == 1
    assert caps[0].get("x1") == level.get("x2")


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=30))
@settings(max_examples=40)
def test_every_seed_is_a_dot_at_its_accuracy_and_dots_do_not_hide_each_other(scores: list[int]) -> None:
    values = tuple(score / 1000 for score in scores)
    root = drawn(Spread((("arm", values),), (("mean", sum(values) / len(values)),), "Seeds"))
    a, b = ruler(root)

    dots = of_class(root, "dot")
    assert [a + b * place(dot, "cx") for dot in dots] == pytest.approx(
        [100 * v for v in values], abs=b * 0.02
    )
    if len(values) <= 15:
        spots = [(place(dot, "cx") * 3, place(dot, "cy")) for dot in dots]  # 300 pixels wide
        for i, (x1, y1) in enumerate(spots):
            assert all(abs(x1 - x2) >= 8.9 or abs(y1 - y2) >= 8.9 for x2, y2 in spots[:i])
    (line,) = of_class(root, "mark")
    assert a + b * place(line, "x1") == pytest.approx(100 * sum(values) / len(values), abs=b * 0.02)


@pytest.mark.parametrize("members", [3, 41])
def test_a_line_and_its_band_run_through_their_numbers_and_leave_gaps_where_unknown(members: int) -> None:
    x = tuple(float(n) for n in range(1, members + 1))
    y = tuple(0.7 + 0.002 * n for n in x)
    gap = (*y[:1], None, *y[2:])
    line = Series("vote", x, gap, tuple(v - 0.03 for v in y), tuple(v + 0.03 for v in y))
    root = drawn(Curve((line,), "members", "accuracy", "Ensemble"))
    (inner,) = [svg for svg in root.iter("svg") if svg.get("preserveAspectRatio")]
    a, b = upright_ruler(root)

    def heights(path: Element) -> list[float]:
        pairs = re.findall(r"[ML]([\d.]+) ([\d.]+)", path.get("d", ""))
        return [a + b * (place(inner, "y") + float(y)) for _, y in pairs]

    (band,) = of_class(root, "area")
    first, rest = of_class(root, "line")
    tolerance = abs(b) * 0.02
    assert heights(first) == pytest.approx([70.2], abs=tolerance)
    assert heights(rest) == pytest.approx([100 * v for v in y[2:]], abs=tolerance)
    assert heights(band)[: len(x)] == pytest.approx([100 * v + 3 for v in y], abs=tolerance)
    assert heights(band)[len(x) :] == pytest.approx([100 * v - 3 for v in reversed(y)], abs=tolerance)
    # Few points are marked, of many the line alone is drawn.
    assert len(of_class(root, "dot")) == (members - 1 if members <= 40 else 0)


def test_bars_are_as_high_as_their_counts_and_dots_of_a_reliability_curve_lie_at_theirs() -> None:
    bars = of_class(drawn(Histogram((3, 0, 6), "Solved")), "bar")
    assert [place(bar, "height") for bar in bars] == pytest.approx([75, 0, 150], abs=0.01)

    bins = (Bin(0.25, 0.2, 0.1, 0.4, 50), Bin(0.75, 0.9, None, None, 200))
    root = drawn(Reliability(bins, "Reliability"))
    across, up = ruler(root), upright_ruler(root)
    dots = list(root.iter("circle"))
    assert [across[0] + across[1] * place(dot, "cx") for dot in dots] == pytest.approx([25, 75], abs=0.05)
    assert [up[0] + up[1] * place(dot, "cy") for dot in dots] == pytest.approx([20, 90], abs=0.05)
    assert [place(dot, "r") for dot in dots] == [6, 9]  # area beyond the smallest grows with n
    assert len(of_class(root, "span")) == 1
    assert [place(dot, "cx") for dot in of_class(root, "hollow")] == [
        place(dots[1], "cx")
    ]  # interval unknown


def read_row(field: Element, problems: int) -> list[bool | None]:
    """The outcomes of one row, from its strokes."""
    row: list[bool | None] = [False] * problems
    for name, outcome in (("solved", True), ("missing", None)):
        for path in of_class(field, name):
            at = 0
            for kind, start, length in re.findall(r"([Mm])(\d+) [.\d]+h(\d+)", path.get("d", "")):
                at = int(start) + (at if kind == "m" else 0)
                row[at : at + int(length)] = [outcome] * int(length)
                at += int(length)
    return row


@given(
    st.integers(1, 30).flatmap(
        lambda n: st.lists(
            st.lists(st.sampled_from([True, False, None]), min_size=n, max_size=n), min_size=1, max_size=6
        )
    )
)
@settings(max_examples=60)
def test_every_outcome_can_be_read_off_the_map_of_problems(outcomes: list[list[bool | None]]) -> None:
    solved = tuple(tuple(row) for row in outcomes)
    figure = ProblemMap(tuple(f"run {n}" for n in range(len(solved))), solved, "Map")
    fields = [svg for svg in drawn(figure).iter("svg") if svg.get("preserveAspectRatio")]

    columns = order_of_problems(figure)
    read = [read_row(field, len(columns)) for field in fields]
    assert read == [[solved[run][problem] for problem in columns] for run in order_of_runs(figure)]
    by = figure.solved_by()
    assert [by[problem] for problem in columns] == sorted(by, reverse=True)


def test_a_map_of_twenty_runs_is_small_even_where_nothing_can_be_merged() -> None:
    rows = tuple(
        tuple((run * 7 + problem * (run + 3)) % 2 == 0 for problem in range(1_319)) for run in range(20)
    )
    assert len(figure_svg(ProblemMap(tuple(f"seed {n}" for n in range(20)), rows, "Map"))) < 80_000


def test_pictures_refer_to_nothing_hold_no_id_and_tell_every_mark(whole_page: Page) -> None:
    start = process_time()
    for figure in whole_page.sections[1].blocks:
        assert isinstance(figure, Figure)
        text = figure_svg(figure)
        root = ElementTree.fromstring(text)
        assert root.get("role") == "img"
        assert root.get("aria-label")
        assert not re.search(r"\bid=|href|url\(|http|style=", text)
        titles = [title.text for title in root.iter("title")]
        assert all(titles)
        assert len(titles) > 1
        assert all(re.fullmatch(r"-?\d+(\.\d{1,2})?%?", e.get("x", "0")) for e in root.iter())
    assert process_time() - start < 2  # measured: 0.05 s
