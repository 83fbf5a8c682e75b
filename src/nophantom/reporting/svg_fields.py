"""Pictures of many values: lines with bands, and the map of runs and problems."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from nophantom.reporting.axes import Axis, axis_over
from nophantom.reporting.drawing import (
    CANVAS,
    HUES,
    LINE,
    Frame,
    bottom_axis,
    canvas,
    dot,
    element,
    left_axis,
    legend,
    level,
    path,
    percent,
    picture,
    square,
    told,
    words,
)
from nophantom.reporting.figure_tables import order_of_problems, order_of_runs, told_point
from nophantom.reporting.page import Curve, ProblemMap, Series
from nophantom.reporting.wording import amount, shortened

_FOOT = 2.6 * LINE
_FEW = 40
"""Up to so many points, each is marked; beyond, the line alone is clearer."""
_ROW = 15.0


def curve_svg(figure: Curve) -> str:
    """Lines with bands, level references and named points.

    Args:
        figure: the lines.

    Returns:
        One element of SVG, as `svg.figure_svg` gives it.
    """
    lines = figure.series
    x = axis_over([value for line in lines for value in line.x], margin=0.03)
    heights = [value for line in lines for value in (*line.y, *line.low, *line.high)]
    heights += [height for _, height in figure.references] + [mark.y for mark in figure.marks]
    y = axis_over([*heights, *([0.0] if figure.y_unit == "points" else [])], figure.y_unit, margin=0.06)
    keys = [(_sample(place), line.label) for place, line in enumerate(lines)] if len(lines) > 1 else []
    head, top = legend([(sample, shortened(text, 44)) for sample, text in keys], 1.6 * LINE + 4, 1)
    frame = Frame(x, 14, 96, (top if keys else 1.6 * LINE) + 4, (top if keys else 1.6 * LINE) + 224)
    parts = [words(_said_of_y(figure), 0.5, LINE, class_="said"), head, left_axis(frame, y)]
    parts.append(bottom_axis(frame, figure.x_title))
    if figure.y_unit == "points":
        parts.append(level(frame.left, frame.right, frame.down(y, 0), "zero"))
    parts.append(canvas(frame, "".join(_line(line, place, frame, y) for place, line in enumerate(lines))))
    parts += [_points(line, place, figure, frame, y) for place, line in enumerate(lines)]
    parts += [_reference(label, height, place, figure, frame, y)
              for place, (label, height) in enumerate(figure.references)]  # fmt: skip
    parts += [_named_points(figure, frame, y)]
    drawn = sum(len(line.x) for line in lines)
    return picture(frame.bottom + _FOOT, f"{figure.title}: {drawn} points", "".join(parts))


def _said_of_y(figure: Curve) -> str:
    named = figure.y_title + (", points" if figure.y_unit == "points" else "")
    if len(figure.series) == 1 and figure.series[0].low:
        return f"{named}, with its band"
    return named


def _sample(place: int) -> str:
    """A short piece of a line, as it is drawn in the picture."""
    hue = f"c{place % HUES}"
    line = element("line", x1=0.0, x2=22.0, y1=0.0, y2=0.0, class_=f"line {hue} d{place % 4}")
    mark = (
        element("circle", cx=11.0, cy=0.0, r=4.0, class_=f"{_kind(place)} {hue}")
        if place % 2 == 0
        else element("rect", x=7.5, y=-3.5, width=7.0, height=7.0, class_=f"{_kind(place)} {hue}")
    )
    return line + mark


def _kind(place: int) -> str:
    """Full or hollow: with dot or square, four marks that need no colour."""
    return "dot" if place % 4 < 2 else "hollow"


def _line(line: Series, place: int, frame: Frame, y: Axis) -> str:
    """Band and line in the inner canvas; both have a gap where a value is unknown."""
    tall = frame.bottom - frame.top
    hue = f"c{place % HUES}"

    def at(x: float, height: float) -> tuple[float, float]:
        return frame.x.share(x) * CANVAS, tall - tall * y.share(height)

    drawn = []
    for part in _known_parts(line, banded=True):
        upper = [at(line.x[i], _known(line.high[i])) for i in part]
        lower = [at(line.x[i], _known(line.low[i])) for i in reversed(part)]
        drawn.append(element("path", d=path([*upper, *lower], closed=True), class_=f"area {hue}"))
    for part in _known_parts(line, banded=False):
        points = [at(line.x[i], _known(line.y[i])) for i in part]
        drawn.append(element("path", d=path(points), class_=f"line {hue} d{place % 4}"))
    return "".join(drawn)


def _known(value: float | None) -> float:
    assert value is not None
    return value


def _known_parts(line: Series, *, banded: bool) -> Iterator[list[int]]:
    """The stretches of a line of which every value, or every end of its band, is known."""
    if banded and not line.low:
        return

    def known(i: int) -> bool:
        return line.low[i] is not None and line.high[i] is not None if banded else line.y[i] is not None

    for is_known, part in groupby(range(len(line.x)), key=known):
        if is_known:
            yield list(part)


def _points(line: Series, place: int, figure: Curve, frame: Frame, y: Axis) -> str:
    """Each point as a mark that tells its numbers, where there are few of them."""
    if len(line.x) > _FEW:
        return ""
    draw = dot if place % 2 == 0 else square
    marks = []
    for i, (x, height) in enumerate(zip(line.x, line.y, strict=True)):
        if height is not None:
            said = told(
                f"{line.label}, {figure.x_title} {amount(x, 'number')}: {told_point(line, i, figure)}"
            )
            marks.append(
                draw(frame.across(x), frame.down(y, height), f"{_kind(place)} c{place % HUES}", said)
            )
    return "".join(marks)


def _reference(label: str, height: float, place: int, figure: Curve, frame: Frame, y: Axis) -> str:
    at = frame.down(y, height)
    text = f"{shortened(label, 30)} {amount(height, figure.y_unit)}"
    return level(frame.left, frame.right, at, f"mark d{1 + place % 3}") + words(
        text, frame.right, at - 5, anchor="end", class_="over"
    )


def _named_points(figure: Curve, frame: Frame, y: Axis) -> str:
    parts = []
    for place, (label, x, height) in enumerate(figure.marks):
        across, down = frame.across(x), frame.down(y, height)
        side, shift = ("start", 1.6) if across < 55 else ("end", -1.6)
        text = f"{shortened(label, 24)} {amount(height, figure.y_unit)}"
        said = told(f"{label}: {figure.x_title} {amount(x, 'number')}, {amount(height, figure.y_unit)}")
        parts.append(dot(across, down, "ring", said, radius=7))
        # By turns above and below: two marks that are near each other keep their words apart.
        above = place % 2 == 0 if frame.top + 26 < down < frame.bottom - 26 else down > frame.top + 26
        drop = -12 if above else 20
        parts.append(words(text, across + shift, down + drop, anchor=side, class_="over"))
    return "".join(parts)


def problem_map_svg(figure: ProblemMap) -> str:
    """Runs as rows, the most accurate first; problems as columns, the easiest first.

    Neighbours of one row with the same outcome are one stroke, so that 20 runs of 1,319 problems stay a
    small picture.

    Args:
        figure: the outcomes.

    Returns:
        One element of SVG, as `svg.figure_svg` gives it.
    """
    columns = order_of_problems(figure)
    runs = order_of_runs(figure)
    # Names and shares stand over their rows only where there are few; else they are told on pointing.
    named = len(runs) <= 40
    height = _ROW if named else max(2.0, 600 / len(runs))
    left, top = (36 if named else 0.5), 1.5 * LINE
    parts = []
    for place, run in enumerate(runs):
        parts.append(_map_row(figure, run, columns, top + place * height, height, left, named))
    bottom = top + height * len(runs)
    n = len(columns)
    gaps = any(None in row for row in figure.solved)
    key = "solved strong, not solved faint" + (", no outcome a thin line" if gaps else "")
    parts.append(words(key, 0.5, 13, class_="said"))
    parts.append(words(f"{n:,} problems, from solved by all to solved by none", 99.5, bottom + LINE,
                       anchor="end", class_="said"))  # fmt: skip
    return picture(bottom + 1.6 * LINE, f"{figure.title}: {len(runs)} runs, {n:,} problems", "".join(parts))


def _map_row(
    figure: ProblemMap, run: int, columns: list[int], y: float, height: float, left: float, named: bool
) -> str:
    row = figure.solved[run]
    right, known = row.count(True), len(row) - row.count(None)
    share = f"{right / known:.1%}" if known else "unknown"
    label = figure.rows[run]
    missing = len(row) - known
    said = told(
        f"{label}: {right:,} of {known:,} ({share})" + (f", {missing:,} without outcome" if missing else "")
    )
    strokes = _strokes([row[problem] for problem in columns])
    inner = "".join(
        element("path", d=strokes[outcome], class_=class_)
        for outcome, class_ in ((True, "solved"), (None, "absent"), (None, "missing"))
        if outcome in strokes
    )
    field = element(
        "svg",
        f'<path d="M0 .5h{len(row)}" class="unsolved"/>{inner}',
        x=percent(left),
        y=y,
        width=percent(99.5 - left),
        height=height - (1.5 if named else 0.0),
        viewBox=f"0 0 {len(row)} 1",
        preserveAspectRatio="none",
    )
    if not named:
        return f"<g>{said}{field}</g>"
    texts = words(shortened(label, 12), 0.5, y + 11) + words(
        share, left - 1, y + 11, anchor="end", class_="said"
    )
    return f"<g>{said}{texts}{field}</g>"


def _strokes(row: list[bool | None]) -> dict[bool | None, str]:
    """One path for each outcome: moves and level strokes, each as long as equal neighbours reach."""
    drawn: dict[bool | None, list[str]] = {}
    ended: dict[bool | None, int] = {}
    start = 0
    for outcome, part in groupby(row):
        length = len(list(part))
        if outcome is not False:
            steps = drawn.setdefault(outcome, [])
            # The first move is absolute, the others are counted from the end of the stroke before.
            steps.append(f"m{start - ended[outcome]} 0h{length}" if steps else f"M{start} .5h{length}")
            ended[outcome] = start + length
        start += length
    return {outcome: "".join(steps) for outcome, steps in drawn.items()}
