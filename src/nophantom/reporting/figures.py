"""Pictures: pure functions from numbers to text."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, log10

from nophantom.stats.estimates import Estimate

_FANCY = {"line": "─", "low": "├", "high": "┤", "point": "●", "zero": "│", "delta": "┊", "space": " "}
_LEVELS, _PLAIN_LEVELS = "▁▂▃▄▅▆▇█", "_.:-=+*#"
_GAP = " "
_PLAIN = {"line": "-", "low": "[", "high": "]", "point": "o", "zero": "|", "delta": ":", "space": " "}


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
    signs = _PLAIN if plain else _FANCY
    reach = _reach(estimates, delta)
    lines = [_draw(estimate, delta, reach, width, signs) for estimate in estimates]
    return lines, _axis(reach, width)


def _reach(estimates: Sequence[Estimate], delta: float) -> float:
    """Half the width of the scale: a round number of points that holds every end."""
    ends = [abs(end) for e in estimates for end in (e.point, e.low, e.high) if end is not None]
    furthest = max([2 * delta, *ends]) * 100
    step = 10.0 ** floor(log10(furthest))
    return next(m * step for m in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if m * step >= furthest) / 100


def _column(value: float, reach: float, width: int) -> int:
    return min(width - 1, max(0, round((value + reach) / (2 * reach) * (width - 1))))


def _draw(estimate: Estimate, delta: float, reach: float, width: int, signs: dict[str, str]) -> str:
    line = [signs["space"]] * width
    line[_column(delta, reach, width)] = signs["delta"]
    line[_column(0, reach, width)] = signs["zero"]
    if estimate.low is not None and estimate.high is not None:
        low, high = _column(estimate.low, reach, width), _column(estimate.high, reach, width)
        for column in range(low, high + 1):
            line[column] = signs["line"]
        line[low], line[high] = signs["low"], signs["high"]
    line[_column(estimate.point, reach, width)] = signs["point"]
    return "".join(line).rstrip()


def _axis(reach: float, width: int) -> str:
    axis = [" "] * width
    for share in (-1.0, -0.5, 0.0, 0.5, 1.0):
        label = "0" if share == 0 else f"{share * reach * 100:+g}"
        middle = _column(share * reach, reach, width)
        start = min(max(0, middle - ceil(len(label) / 2) + 1), width - len(label))
        axis[start : start + len(label)] = label
    return "".join(axis).rstrip()


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
