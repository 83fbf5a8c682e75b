"""Pictures of single values: intervals, seeds, counts, reliability. Lines and maps are in `svg_fields`.

Each is a pure function from a figure of `page` to SVG: equal figures give equal bytes on every machine. Colour
repeats what shape and words say already.
"""

from __future__ import annotations

from functools import singledispatch
from math import isfinite, sqrt

from nophantom.reporting.axes import Axis, axis_over, swarm, whole_axis
from nophantom.reporting.drawing import (
    HUES,
    LINE,
    Frame,
    block,
    bottom_axis,
    dot,
    element,
    left_axis,
    level,
    percent,
    picture,
    told,
    upright,
    whisker,
    words,
)
from nophantom.reporting.page import Curve, Figure, Histogram, Intervals, ProblemMap, Reliability, Spread
from nophantom.reporting.svg_fields import curve_svg, problem_map_svg
from nophantom.reporting.wording import amount, between, confidence_of, shortened
from nophantom.stats.estimates import Estimate

_FOOT = 2.6 * LINE
"""Below a frame: ticks and the title of the axis."""
_LONGEST_BESIDE, _LONGEST_ALONE = 26, 46
"""Letters of a label that fit on a phone: beside its numbers, and in a line of its own."""
_DOT = 9.0
"""How far apart dots stand, in pixels."""
_PHONE = 300.0
"""Width that dots must not overlap at, in pixels; on a wider page they only stand further apart."""


def figure_svg(figure: Figure) -> str:
    """A picture as one element of SVG, for a page that has the style sheet of `html`.

    Args:
        figure: any picture.

    Returns:
        Text that begins with `<svg`. It refers to nothing outside and holds no id.

    >>> from nophantom.reporting.page import Histogram
    >>> figure_svg(Histogram((3, 0, 5), "Solved by k of 2")).startswith("<svg")
    True
    """
    return _drawn(figure)


@singledispatch
def _drawn(figure: Figure) -> str:
    raise AssertionError(f"no picture for {type(figure).__name__}")  # pragma: no cover - the union is closed


@_drawn.register
def _(figure: Curve) -> str:
    return curve_svg(figure)


@_drawn.register
def _(figure: ProblemMap) -> str:
    return problem_map_svg(figure)


@_drawn.register
def _(figure: Intervals) -> str:
    estimates = [estimate for _, estimate in figure.rows]
    signed = figure.unit == "points"
    beside = all(len(label) <= _LONGEST_BESIDE for label, _ in figure.rows)
    step = (2.5 if beside else 3.5) * LINE
    shown = [end for e in estimates for end in (e.low, e.point, e.high)]
    band = [] if figure.delta is None else [-figure.delta, figure.delta]
    axis = axis_over([*shown, *band, *([0.0] if signed else [])], figure.unit)
    frame = Frame(axis, 3, 97, 0, step * len(figure.rows) + 4)
    parts = [bottom_axis(frame, _interval_axis(figure, estimates))]
    if figure.delta is not None:
        left, right = frame.across(-figure.delta), frame.across(figure.delta)
        parts.insert(0, block(left, right, frame.top, frame.bottom, "band"))
    if signed:
        parts.append(upright(frame.across(0), frame.top, frame.bottom, "zero"))
    for place, (label, estimate) in enumerate(figure.rows):
        parts.append(_interval_row(label, estimate, figure, frame, place * step, beside))
    return picture(frame.bottom + _FOOT, f"{figure.title}: {len(estimates)} estimates", "".join(parts))


def _interval_axis(figure: Intervals, estimates: list[Estimate]) -> str:
    unit = {"points": "points", "percent": "percent", "number": ""}[figure.unit]
    shaded = "" if figure.delta is None else f"; shaded: within {figure.delta * 100:.10g} of zero"
    return ", ".join(part for part in (unit, confidence_of(estimates)) if part) + shaded


def _interval_row(
    label: str, estimate: Estimate, figure: Intervals, frame: Frame, top: float, beside: bool
) -> str:
    numbers = f"{amount(estimate.point, figure.unit)} ({between(estimate.low, estimate.high, figure.unit)})"
    said = told(f"{label}: {numbers}; n {estimate.n:,}; {estimate.method}")
    y = top + (1.9 if beside else 2.9) * LINE
    x = frame.across(estimate.point)
    parts = [said, words(shortened(label, _LONGEST_BESIDE if beside else _LONGEST_ALONE), 0.5, top + LINE)]
    parts.append(words(numbers, 99.5, top + (1 if beside else 2) * LINE, anchor="end", class_="said"))
    if estimate.low is None or estimate.high is None:
        return f"<g>{''.join(parts)}{dot(x, y, 'hollow c0')}</g>"
    ends = (isfinite(estimate.low), isfinite(estimate.high))
    parts.append(whisker(frame.across(estimate.low), frame.across(estimate.high), y, "span c0", caps=ends))
    return f"<g>{''.join(parts)}{dot(x, y, 'dot c0')}</g>"


@_drawn.register
def _(figure: Spread) -> str:
    values = [value for _, group in figure.groups for value in group]
    axis = axis_over([*values, *(value for _, value in figure.marks)], "percent")
    top = LINE * len(figure.marks) + 4
    frame = Frame(axis, 5, 95, top, top)
    parts, y = [], top
    for hue, (label, group) in enumerate(figure.groups):
        lanes = swarm([axis.share(value) * _PHONE * 0.9 for value in group], _DOT)
        above, below = max([0, *lanes]), -min([0, *lanes])
        middle = y + LINE * 1.6 + above * _DOT
        name = f"{shortened(label, 36)} ({len(group)} seed{'' if len(group) == 1 else 's'})"
        parts.append(words(name, 0.5, y + LINE, class_="over"))
        for value, lane in zip(group, lanes, strict=True):
            said = told(f"{label}: {amount(value, 'percent')}")
            parts.append(dot(frame.across(value), middle - lane * _DOT, f"dot c{hue % HUES}", said))
        y = middle + below * _DOT + _DOT
    frame = Frame(axis, 5, 95, top, y + 4)
    drawn = bottom_axis(frame, "accuracy") + _lines(figure, frame) + "".join(parts)
    seeds = f"{len(values)} seed{'' if len(values) == 1 else 's'}"
    return picture(frame.bottom + _FOOT, f"{figure.title}: {seeds}", drawn)


def _lines(figure: Spread, frame: Frame) -> str:
    """The labelled lines: a label begins at its line, on the side with more room, in a row of its own."""
    # From the right end inwards, so that hardly a line runs through the label of another.
    order = sorted(range(len(figure.marks)), key=lambda i: -figure.marks[i][1])
    lines, labels = [], []
    for row, i in enumerate(order):
        label, value = figure.marks[i]
        x, y = frame.across(value), row * LINE + 13
        side, shift = ("start", 1.0) if x < 50 else ("end", -1.0)
        lines.append(upright(x, y - 9, frame.bottom, f"mark d{i % 4}"))
        text = f"{shortened(label, 20)} {amount(value, 'percent')}"
        labels.append(words(text, x + shift, y, anchor=side, class_="over"))
    return "".join(lines + labels)


@_drawn.register
def _(figure: Histogram) -> str:
    counts = figure.counts
    axis = whole_axis(0, len(counts) - 1)
    frame = Frame(axis, 10, 98, 2 * LINE, 2 * LINE + 150)
    y = Axis(0.0, max(1, *counts) * 1.0, *_count_ticks(max(counts)))
    parts = [words(figure.y_title, 0.5, LINE), left_axis(frame, y)]
    half = (frame.right - frame.left) / (axis.high - axis.low) * 0.42
    # Beyond that, the counts over the bars would run into one another on a phone.
    roomy = len(counts) * len(f"{max(counts):,}") <= 36
    for k, count in enumerate(counts):
        x, height = frame.across(k), frame.down(y, count)
        said = told(f"{figure.x_title}: {k}; {figure.y_title}: {count:,}")
        parts.append(block(x - half, x + half, height, frame.bottom - height, "bar c0", said))
        if roomy:
            parts.append(words(f"{count:,}", x, height - 4, anchor="middle", class_="said"))
    parts.append(_plain_bottom(frame, figure.x_title))
    name = f"{figure.title}: {sum(counts):,} {figure.y_title}"
    return picture(frame.bottom + _FOOT, name, "".join(parts))


def _count_ticks(greatest: int) -> tuple[tuple[float, ...], tuple[str, ...]]:
    axis = whole_axis(0, max(1, greatest), most=5, room=0.0)
    return axis.ticks, axis.labels


def _plain_bottom(frame: Frame, title: str) -> str:
    """Ticks below bars, without grid lines."""
    ticks = zip(frame.x.ticks, frame.x.labels, strict=True)
    marks = [
        words(label, frame.across(tick), frame.bottom + LINE, anchor="middle", class_="tick")
        for tick, label in ticks
    ]
    middle = (frame.left + frame.right) / 2
    marks.append(words(title, middle, frame.bottom + 2.1 * LINE, anchor="middle", class_="said"))
    return "".join([level(frame.left, frame.right, frame.bottom, "axis"), *marks])


@_drawn.register
def _(figure: Reliability) -> str:
    axis = axis_over([0.0, 1.0], "percent")
    frame = Frame(axis, 14, 96, 2 * LINE, 2 * LINE + 260)
    most = max(1, *(b.n for b in figure.bins))
    parts = [
        words("accuracy; the larger the dot, the more answers", 0.5, LINE, class_="said"),
        left_axis(frame, axis),
        bottom_axis(frame, "confidence; on the diagonal it equals the accuracy"),
    ]
    ends = {"x1": percent(frame.left), "x2": percent(frame.right)}
    parts.append(element("line", y1=frame.bottom, y2=frame.top, class_="mark d1", **ends))
    for b in figure.bins:
        x, y = frame.across(b.confidence), frame.down(axis, b.accuracy)
        span = between(b.low, b.high, "percent")
        where = f"confidence {amount(b.confidence, 'percent')}, accuracy {amount(b.accuracy, 'percent')}"
        said = told(f"{where} ({span}), {b.n:,} answers")
        if b.low is not None and b.high is not None:
            parts.append(upright(x, frame.down(axis, b.low), frame.down(axis, b.high), "span c0"))
        known = "dot" if b.low is not None else "hollow"
        parts.append(dot(x, y, f"{known} c0", said, radius=3 + 6 * sqrt(b.n / most)))
    return picture(frame.bottom + _FOOT, f"{figure.title}: {len(figure.bins)} bins", "".join(parts))
