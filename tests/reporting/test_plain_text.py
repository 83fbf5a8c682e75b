"""Pictures of characters: within their width, in ASCII where asked, with every number in words."""

from __future__ import annotations

import re

import pytest

from nophantom.errors import InvalidInput
from nophantom.reporting.figure_tables import figure_tables
from nophantom.reporting.page import Curve, Figure, Histogram, Intervals, Page, ProblemMap, Series
from nophantom.reporting.plain_text import figure_lines
from nophantom.reporting.wording import width_of
from nophantom.stats.estimates import Estimate


def figures(page: Page) -> list[Figure]:
    return [block for block in page.sections[1].blocks if isinstance(block, Figure)]


@pytest.mark.parametrize("width", [40, 61, 80, 160])
@pytest.mark.parametrize("plain", [True, False])
def test_every_picture_fits_its_width(whole_page: Page, width: int, plain: bool) -> None:
    for figure in figures(whole_page):
        lines = figure_lines(figure, width=width, plain=plain)
        assert max(map(width_of, lines)) <= width
        assert lines[0] == figure.title
        assert all(line == line.rstrip() for line in lines)
        if plain:
            assert "".join(lines).isascii()


def test_every_number_of_the_tables_is_told_in_words(whole_page: Page) -> None:
    for figure in figures(whole_page):
        told = " ".join(" ".join(figure_lines(figure)).split())
        numbers = {
            number
            for table in figure_tables(figure)
            for row in table.rows
            for cell in row[1:]
            for number in re.findall(r"[+-]?[\d,]*\.\d+%?", cell)
            if cell != "0.95"
        }
        missing = {number for number in numbers if number not in told}
        assert not missing, (figure.title, missing)
    assert "95% intervals" in " ".join(figure_lines(figures(whole_page)[0]))


def test_intervals_stand_beside_their_names_where_there_is_room_and_below_them_where_not() -> None:
    figure = Intervals((("gap", Estimate(0.01, -0.01, 0.03, 0.95, 9, "by hand")),), 0.02, "points", "Gaps")

    wide, narrow = (figure_lines(figure, width=width, plain=True) for width in (64, 48))

    assert re.fullmatch(r"gap +: +\[-+\+-+o-+\+-+\] +\+1\.00 \(-1\.00 to \+3\.00\)", wide[1])
    assert wide[2].split() == ["-2", "0", "+2"]
    assert narrow[1] == "gap" + " " * 23 + "+1.00 (-1.00 to +3.00)"
    assert re.fullmatch(r" +: +\[-+\+-+o-+\+-+\]", narrow[2])
    assert " ".join(wide[3:]) == "points, 95% intervals; : marks 2 either way of zero; n 9, by hand"


def test_a_long_line_tells_every_so_many_points_and_says_so() -> None:
    n = 500
    line = Series(
        "running accuracy", tuple(float(i) for i in range(n)), tuple(0.5 + i / 1_000 for i in range(n))
    )
    lines = figure_lines(Curve((line,), "problems", "accuracy", "Running"))

    assert "● running accuracy (26 of 500 points)" in lines
    assert "499: 99.90%" in lines[-1]


def test_a_line_without_points_beside_another_is_still_named() -> None:
    curve = Curve((Series("empty", (), ()), Series("full", (1.0,), (0.5,))), "k", "accuracy", "Lines")

    assert "● empty" in figure_lines(curve)


def test_a_map_says_unknown_where_nothing_was_seen_and_is_no_wider_than_its_problems() -> None:
    figure = ProblemMap(("a", "种子"), ((True, False, None), (None, None, None)), "Map")
    first, second = figure_lines(figure, plain=True)[1:3]

    assert first == "a     #?.  50.00% (1 of 2, 1 without)"
    assert second == "\\u79cd\\u5b50  ???  unknown (0 of 0, 3 without)"


def test_problems_that_share_a_character_are_shaded_by_how_many_of_them_were_solved() -> None:
    """Two runs solve every other problem, by turns: of neighbours, each run solved half."""
    odd = tuple(n % 2 == 1 for n in range(200))
    figure = ProblemMap(("a", "b"), (odd, tuple(not right for right in odd)), "Map")

    for line in figure_lines(figure, width=70, plain=True)[1:3]:
        assert set(line.split()[1]) == {"+"}


def test_bars_are_as_long_as_their_counts() -> None:
    lines = figure_lines(Histogram((3, 0, 6), "Solved"), width=48, plain=True)

    assert [line.count("#") for line in lines[2:]] == [20, 0, 40]


def test_too_narrow_a_window_is_refused() -> None:
    with pytest.raises(InvalidInput, match="needs 40 characters per line; got 39"):
        figure_lines(Histogram((1,), "Solved"), width=39)
