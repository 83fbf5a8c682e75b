"""Pictures as lines of characters, with every number in words: for terminals, Markdown and mail."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch
from textwrap import wrap

from nophantom.errors import InvalidInput
from nophantom.reporting.axes import Axis, axis_over
from nophantom.reporting.figure_tables import figure_tables, order_of_problems, order_of_runs, told_point
from nophantom.reporting.figures import (
    axis_line,
    bar,
    dot_lines,
    field_lines,
    interval_lines,
    mark_of,
    shade_line,
)
from nophantom.reporting.page import (
    Curve,
    Figure,
    Histogram,
    Intervals,
    ProblemMap,
    Reliability,
    Series,
    Spread,
)
from nophantom.reporting.wording import amount, between, clean, confidence_of, padded, width_of
from nophantom.stats.estimates import Estimate

_NARROWEST, _WIDEST = 40, 110
_HIGH = 12
"""Lines of a field."""
_TOLD = 25
"""Points of a line that are told in words; of more, every so many."""


def figure_lines(figure: Figure, *, width: int = 78, plain: bool = False) -> list[str]:
    r"""A picture as lines of characters, its title first.

    Every number is told in words as well, but for the points of very long lines, where every so many is
    told, and that is said.

    Args:
        figure: any picture.
        width: characters per line at most, at least 40; beyond 110 nothing gets clearer. A label that is
            longer than a line stands alone on its line.
        plain: only ASCII.

    Returns:
        Lines without blanks at their ends.

    Raises:
        InvalidInput: the width is below 40.

    >>> from nophantom.reporting.page import Histogram
    >>> print("\n".join(figure_lines(Histogram((1, 2), "Solved", x_title="by"), width=40, plain=True)))
    Solved
    by: problems
      0  1  ################
      1  2  ################################
    """
    if width < _NARROWEST:
        raise InvalidInput(
            f"a picture needs {_NARROWEST} characters per line; got {width}. Widen the window."
        )
    lines = [figure.title, *_lines(figure, min(width, _WIDEST), plain)]
    return [clean(line, plain=plain).rstrip() for line in lines]


@singledispatch
def _lines(figure: Figure, width: int, plain: bool) -> list[str]:
    raise AssertionError(f"no lines for {type(figure).__name__}")  # pragma: no cover - the union is closed


@_lines.register
def _(figure: Intervals, width: int, plain: bool) -> list[str]:
    estimates = [estimate for _, estimate in figure.rows]
    signed = figure.unit == "points"
    marks = [(0.0, "zero")] if signed else []
    if figure.delta is not None:
        marks = [(-figure.delta, "delta"), (figure.delta, "delta"), *marks]
    ends = [end for e in estimates for end in (e.low, e.point, e.high)]
    scale = axis_over([*ends, *(value for value, _ in marks)], figure.unit)
    numbers = [f"{amount(e.point, figure.unit)} ({between(e.low, e.high, figure.unit)})" for e in estimates]
    labels = [clean(label) for label, _ in figure.rows]
    first, last = (max(map(width_of, texts)) for texts in (labels, numbers))
    room = width - first - last - 4
    beside = room >= 25
    room = min(room, 61) if beside else width - 2
    drawn = interval_lines(estimates, scale, marks, width=room, plain=plain, crossing=True)
    lines, before = [], first + 2 if beside else 2
    for label, line, told in zip(labels, drawn, numbers, strict=True):
        if beside:
            lines.append(f"{padded(label, first)}  {padded(line, room)}  {told}")
        else:
            lines += [*_two_ends(label, told, width), f"  {line}"]
    lines.append(" " * before + axis_line(scale, room))
    return lines + _said_of_intervals(figure, estimates, width, plain)


def _two_ends(left: str, right: str, width: int) -> list[str]:
    """Two texts at both ends of a line, or below each other where they do not fit."""
    gap = width - width_of(left) - width_of(right)
    return [left + " " * gap + right] if gap >= 2 else [left, right.rjust(width)]


def _said_of_intervals(
    figure: Intervals, estimates: Sequence[Estimate], width: int, plain: bool
) -> list[str]:
    unit = {"points": "points", "percent": "percent", "number": ""}[figure.unit]
    said = ", ".join(part for part in (unit, confidence_of(estimates)) if part)
    if figure.delta is not None:
        said += f"; {':' if plain else '┊'} marks {figure.delta * 100:.10g} either way of zero"
    origins = [f"n {e.n:,}, {e.method}" for e in estimates]
    if len(set(origins)) == 1:
        return wrap(f"{said}; {origins[0]}", width)
    each = [f"{label}: {origin}" for (label, _), origin in zip(figure.rows, origins, strict=True)]
    return wrap(said, width) + [line for told in each for line in wrap(clean(told), width)]


@_lines.register
def _(figure: Spread, width: int, plain: bool) -> list[str]:
    values = [value for _, group in figure.groups for value in group]
    scale = axis_over([*values, *(value for _, value in figure.marks)], "percent")
    lines = []
    for label, group in figure.groups:
        lines.append(f"{label} ({len(group)})")
        drawn = dot_lines(group, scale, [value for _, value in figure.marks], width=width - 2, plain=plain)
        lines += ["  " + line for line in drawn]
    lines.append("  " + axis_line(scale, width - 2))
    # The lines are upright and without room for names: these follow from left to right.
    marks = sorted(figure.marks, key=lambda mark: mark[1])
    if marks:
        told = ", ".join(f"{label} {amount(value, 'percent')}" for label, value in marks)
        lines += wrap(f"lines from left to right: {told}", width, subsequent_indent="  ")
    for label, group in figure.groups:
        lines += [label, *_cells([amount(value, "percent") for value in group], width)]
    return lines


@_lines.register
def _(figure: Curve, width: int, plain: bool) -> list[str]:
    lines = figure.series
    x = axis_over([value for line in lines for value in line.x], margin=0.0)
    heights = [value for line in lines for value in (*line.y, *line.low, *line.high)]
    heights += [height for _, height in figure.references] + [mark.y for mark in figure.marks]
    y = axis_over([*heights, *([0.0] if figure.y_unit == "points" else [])], figure.y_unit)
    levels = [height for _, height in figure.references] + ([0.0] if figure.y_unit == "points" else [])
    before = max(map(len, y.labels), default=0) + 1
    room = width - before - 1
    points = [
        [(x.share(at), y.share(value)) for at, value in zip(line.x, line.y, strict=True) if value is not None]
        for line in lines
    ]
    bands = [_band(line, x, y) for line in lines]
    shares = [y.share(level) for level in levels]
    drawn = field_lines(points, bands, shares, width=room, height=_HIGH, plain=plain)
    ticks = {
        _HIGH - 1 - round(y.share(t) * (_HIGH - 1)): label for t, label in zip(y.ticks, y.labels, strict=True)
    }
    edge = "|" if plain else "│"
    told = [f"{ticks.get(row, ''):>{before - 1}} {edge}{line}" for row, line in enumerate(drawn)]
    told.append(" " * (before + 1) + axis_line(x, room))
    told.append(" " * (before + 1) + f"{figure.x_title}; upwards: {figure.y_title}")
    return told + _said_of_lines(figure, width, plain)


def _band(line: Series, x: Axis, y: Axis) -> list[tuple[float, float, float]]:
    ends = zip(line.x, line.low, line.high, strict=False)
    return [
        (x.share(at), y.share(low), y.share(high))
        for at, low, high in ends
        if low is not None and high is not None
    ]


def _said_of_lines(figure: Curve, width: int, plain: bool) -> list[str]:
    told = []
    for label, height in figure.references:
        told.append(f"{'-' if plain else '┄'} {label}: {amount(height, figure.y_unit)}")
    for label, x, height in figure.marks:
        told.append(f"{label}: {amount(height, figure.y_unit)} at {amount(x, 'number')} ({figure.x_title})")
    lines = [line for text in told for line in wrap(clean(text), width, subsequent_indent="  ")]
    for place, series in enumerate(figure.series):
        n = len(series.x)
        chosen = sorted({*range(0, n, max(1, -(-n // _TOLD))), n - 1}) if n else []
        some = "" if len(chosen) == n else f" ({len(chosen)} of {n:,} points)"
        lines += wrap(
            clean(f"{mark_of(place, plain=plain)} {series.label}{some}"), width, subsequent_indent="  "
        )
        places = [amount(series.x[i], "number") for i in chosen]
        longest = max(map(len, places), default=0)
        lines += _cells(
            [f"{x:>{longest}}: {told_point(series, i, figure)}" for x, i in zip(places, chosen, strict=True)],
            width,
        )
    return lines


def _cells(texts: Sequence[str], width: int) -> list[str]:
    """Texts side by side in columns, as many as fit, read line by line."""
    longest = max(map(width_of, texts), default=0) + 2
    beside = max(1, (width - 2) // longest)
    rows = [texts[start : start + beside] for start in range(0, len(texts), beside)]
    return ["  " + "".join(padded(text, longest) for text in row).rstrip() for row in rows]


@_lines.register
def _(figure: ProblemMap, width: int, plain: bool) -> list[str]:
    tails = [_tail(row) for row in figure_tables(figure)[0].rows]
    labels = [clean(figure.rows[run]) for run in order_of_runs(figure)]
    columns = order_of_problems(figure)
    first = max(map(width_of, labels))
    beside = width - first - max(map(len, tails)) - 4 >= 20
    room = min(width - (first + max(map(len, tails)) + 4 if beside else 2), len(columns))
    parts = [columns[len(columns) * n // room : len(columns) * (n + 1) // room] for n in range(room)]
    lines = []
    for run, label, tail in zip(order_of_runs(figure), labels, tails, strict=True):
        row = figure.solved[run]
        shades = shade_line([_share([row[problem] for problem in part]) for part in parts], plain=plain)
        if beside:
            lines.append(f"{padded(label, first)}  {shades}  {tail}")
        else:
            lines += [*_two_ends(label, tail, width), f"  {shades}"]
    key = shade_line([1, 0, None], plain=plain)
    told = (
        f"{key[0]} solved, {key[1]} not solved, between: in part, {key[2]} no outcome; {len(columns):,} problems, "
        "from solved by all to solved by none"
    )
    by = [f"{k}: {count:,}" for k, count in enumerate(figure.histogram("").counts) if count]
    return [*lines, *wrap(told, width), "problems by how many solved them", *_cells(by, width)]


def _tail(row: tuple[str, ...]) -> str:
    _, right, known, share, missing = row
    return f"{share} ({right} of {known}" + (f", {missing} without)" if missing != "0" else ")")


def _share(outcomes: Sequence[bool | None]) -> float | None:
    known = [outcome for outcome in outcomes if outcome is not None]
    return sum(known) / len(known) if known else None


@_lines.register
def _(figure: Histogram, width: int, plain: bool) -> list[str]:
    numbers = [f"{count:,}" for count in figure.counts]
    first, second = len(str(len(numbers) - 1)), max(map(len, numbers))
    room, most = width - first - second - 6, max(1, *figure.counts)
    rows = [
        f"  {k:>{first}}  {number:>{second}}  {bar(count / most, room, plain=plain)}"
        for k, (count, number) in enumerate(zip(figure.counts, numbers, strict=True))
    ]
    return [f"{figure.x_title}: {figure.y_title}", *rows]


@_lines.register
def _(figure: Reliability, width: int, plain: bool) -> list[str]:
    scale = axis_over([0.0, 1.0], "percent", margin=0.0)
    rows = figure_tables(figure)[0].rows
    tails = [f"{accuracy} ({span}), n {n}" for _, accuracy, span, n in rows]
    before, longest = len("confidence") + 2, max(map(len, tails))
    beside = width - before - longest - 2 >= 20
    room = min(61, width - before - (longest + 2 if beside else 0))
    lines = ["confidence"]
    for b, (confidence, *_), tail in zip(figure.bins, rows, tails, strict=True):
        estimate = Estimate(b.accuracy, b.low, b.high, 0.95, b.n, "")
        marks = [(b.confidence, "delta")]
        (line,) = interval_lines([estimate], scale, marks, width=room, plain=plain, crossing=True)
        lines.append(f"{padded(confidence, before - 2, right=True)}  {padded(line, room)}")
        if beside:
            lines[-1] += f"  {tail}"
        else:
            lines.append(tail.rjust(width))
    lines.append(" " * before + axis_line(scale, room))
    sign = ":" if plain else "┊"
    return lines + wrap(f"accuracy with its interval; {sign} is where it would equal the confidence", width)
