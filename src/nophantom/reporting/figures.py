"""Pictures: pure functions from numbers to text."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import ceil, floor, log10

from nophantom.reporting.axes import Axis
from nophantom.stats.estimates import Estimate

_FANCY = {
    "line": "─",
    "low": "├",
    "high": "┤",
    "point": "●",
    "zero": "│",
    "delta": "┊",
    "space": " ",
    "crossing": "┼",
}
_LEVELS, _PLAIN_LEVELS = "▁▂▃▄▅▆▇█", "_.:-=+*#"
_GAP = " "
_PLAIN = {
    "line": "-",
    "low": "[",
    "high": "]",
    "point": "o",
    "zero": "|",
    "delta": ":",
    "space": " ",
    "crossing": "+",
}


def interval_plot(
    estimates: Sequence[Estimate], *, delta: float, width: int = 61, plain: bool = False
) -> tuple[list[str], str]:
    """Intervals of differences drawn one below the other on a common scale.

    Zero and the smallest effect that matters are marked on every line, because a verdict is decided
    by where the interval lies between them.

    Args:
        estimates: differences as proportions; an unknown interval is drawn as its point alone.
        delta: the smallest effect that matters, as a proportion.
        width: characters per line, at least 21.
        plain: only ASCII.

    Returns:
        One line per estimate, and the axis with its labels in points.
    """
    reach = _reach(estimates, delta)
    shares = (-1.0, -0.5, 0.0, 0.5, 1.0)
    labels = tuple("0" if share == 0 else f"{share * reach * 100:+g}" for share in shares)
    scale = Axis(-reach, reach, tuple(share * reach for share in shares), labels)
    marks = ((delta, "delta"), (0.0, "zero"))
    return interval_lines(estimates, scale, marks, width=width, plain=plain), axis_line(scale, width)


def _reach(estimates: Sequence[Estimate], delta: float) -> float:
    """Half the width of the scale: a round number of points that holds every end."""
    ends = [abs(end) for e in estimates for end in (e.point, e.low, e.high) if end is not None]
    furthest = max([2 * delta, *ends]) * 100
    step = 10.0 ** floor(log10(furthest))
    return next(m * step for m in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if m * step >= furthest) / 100


def interval_lines(
    estimates: Sequence[Estimate],
    scale: Axis,
    marks: Sequence[tuple[float, str]] = (),
    *,
    width: int,
    plain: bool = False,
    crossing: bool = False,
) -> list[str]:
    """Intervals drawn one below the other on a given scale.

    Args:
        estimates: in the unit of the scale; an unknown interval is drawn as its point alone.
        scale: what the first and the last character stand for.
        marks: a value and "zero" or "delta", drawn on every line behind the interval.
        width: characters per line.
        plain: only ASCII.
        crossing: show the marks also where an interval runs over them.

    Returns:
        One line per estimate, without blanks at its end.
    """
    signs = dict(_PLAIN if plain else _FANCY)
    if not crossing:
        signs["crossing"] = signs["line"]
    return [_draw(estimate, scale, marks, width, signs) for estimate in estimates]


def _column(value: float, scale: Axis, width: int) -> int:
    return round(scale.share(value) * (width - 1))


def _draw(
    estimate: Estimate, scale: Axis, marks: Sequence[tuple[float, str]], width: int, signs: dict[str, str]
) -> str:
    line = [signs["space"]] * width
    for value, kind in marks:
        line[_column(value, scale, width)] = signs[kind]
    if estimate.low is not None and estimate.high is not None:
        low, high = _column(estimate.low, scale, width), _column(estimate.high, scale, width)
        for column in range(low, high + 1):
            line[column] = signs["line"] if line[column] == signs["space"] else signs["crossing"]
        line[low], line[high] = signs["low"], signs["high"]
    line[_column(estimate.point, scale, width)] = signs["point"]
    return "".join(line).rstrip()


def axis_line(scale: Axis, width: int) -> str:
    """The labels of a scale in one line, each in the middle under its tick where there is room.

    >>> axis_line(Axis(0, 10, (0.0, 5.0, 10.0), ("0", "5", "10")), 21)
    '0         5        10'
    """
    line = [" "] * width
    free_from = 0
    for tick, label in zip(scale.ticks, scale.labels, strict=True):
        middle = _column(tick, scale, width)
        start = min(max(0, middle - ceil(len(label) / 2) + 1), width - len(label))
        if start >= free_from:
            line[start : start + len(label)] = label
            free_from = start + len(label) + 1
    return "".join(line).rstrip()


def dot_lines(
    values: Sequence[float], scale: Axis, marks: Sequence[float] = (), *, width: int, plain: bool = False
) -> list[str]:
    """A dot for each value over its place, stacked where several fall together.

    Args:
        values: in the unit of the scale.
        scale: what the first and the last character stand for.
        marks: values of upright lines behind the dots.
        width: characters per line.
        plain: only ASCII.

    Returns:
        As many lines as the highest stack has dots, at least one.

    >>> dot_lines([1, 1, 9], Axis(0, 10, (), ()), width=11, plain=True)
    [' o', ' o       o']
    """
    signs = _PLAIN if plain else _FANCY
    stacks = [0] * width
    for value in values:
        stacks[_column(value, scale, width)] += 1
    lines = []
    for height in range(max([1, *stacks]), 0, -1):
        line = [signs["space"]] * width
        for mark in marks:
            line[_column(mark, scale, width)] = signs["delta"]
        drawn = [
            signs["point"] if stack >= height else sign for stack, sign in zip(stacks, line, strict=True)
        ]
        lines.append("".join(drawn).rstrip())
    return lines


Points = Sequence[tuple[float, float]]
"""Places on a field, each as shares of its width and its height, 0 to 1."""


def field_lines(
    lines: Sequence[Points],
    bands: Sequence[Sequence[tuple[float, float, float]]] = (),
    levels: Sequence[float] = (),
    *,
    width: int,
    height: int,
    plain: bool = False,
) -> list[str]:
    """Lines on a field of characters, each with a mark of its own.

    Args:
        lines: the points of each, ascending in x; neighbours are joined by a fainter line.
        bands: places along x with lower and upper end, shaded behind.
        levels: heights of level lines behind.
        width: characters per line.
        height: lines.
        plain: only ASCII.

    Returns:
        `height` lines, the highest first, without blanks at their ends.
    """
    rows = [[" "] * width for _ in range(height)]

    def put(x: float, y: float, sign: str) -> None:
        rows[height - 1 - round(y * (height - 1))][round(x * (width - 1))] = sign

    for level in levels:
        for column in range(0, width, 2):
            put(column / (width - 1), level, "-" if plain else "┄")
    for band in bands:
        for x, low, high in (*band, *_between(band, width)):
            for row in range(round(low * (height - 1)), round(high * (height - 1)) + 1):
                put(x, row / (height - 1), ":" if plain else "░")
    for place, points in enumerate(lines):
        for x, y in _between(points, width):
            put(x, y, "." if plain else "·")
        for x, y in points:
            put(x, y, mark_of(place, plain=plain))
    return ["".join(row).rstrip() for row in rows]


def _between(points: Sequence[tuple[float, ...]], width: int) -> list[tuple[float, ...]]:
    """Places that join neighbours, one in each column; the first number is where along x."""
    joined: list[tuple[float, ...]] = []
    for here, there in pairwise(points):
        steps = round((there[0] - here[0]) * (width - 1))
        joined += [
            tuple(a + (b - a) * n / steps for a, b in zip(here, there, strict=True)) for n in range(1, steps)
        ]
    return joined


def mark_of(place: int, *, plain: bool = False) -> str:
    """The mark of the first, second ... line of a field.

    >>> mark_of(0), mark_of(1, plain=True)
    ('●', 'x')
    """
    marks = "ox#+*@" if plain else "●■○□◆◇"
    return marks[place % len(marks)]


def bar(share: float, width: int, *, plain: bool = False) -> str:
    """A bar as long as its share of the width; what is not 0 is seen.

    >>> bar(0.5, 8, plain=True), bar(0.001, 8), bar(0, 8)
    ('####', '▏', '')
    """
    eighths = ceil(share * width * 8) if share else 0
    if plain:
        return "#" * ceil(eighths / 8)
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()


def shade_line(shares: Sequence[float | None], *, plain: bool = False) -> str:
    """A character each, the darker the greater the share; unknown is a question mark.

    >>> shade_line([0, 0.5, 1, None])
    '·▒█?'
    """
    levels = ".:+*#" if plain else "·░▒▓█"
    return "".join("?" if share is None else levels[round(share * (len(levels) - 1))] for share in shares)


def sparkline(values: Sequence[float | None], *, plain: bool = False) -> str:
    """Numbers from 0 up in one line, a character each, the greatest as the highest.

    Args:
        values: not below 0; None is a gap, which is not drawn.
        plain: only ASCII.

    >>> sparkline([0, 1, None, 7])
    '▁▂ █'
    """
    levels = _PLAIN_LEVELS if plain else _LEVELS
    most = max((value for value in values if value is not None), default=0.0)
    # Only 0 is drawn as the lowest: a single story is seen beside a hundred.
    steps = [None if v is None else ceil(v * (len(levels) - 1) / most) if v else 0 for v in values]
    return "".join(_GAP if step is None else levels[step] for step in steps)
