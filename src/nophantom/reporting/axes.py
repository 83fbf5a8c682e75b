"""Where things stand on a picture: scales, round ticks, swarms of dots. Geometry only, nothing is drawn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite

from nophantom.reporting.wording import Unit

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Axis:
    """A scale with round ticks.

    Attributes:
        low: value at its beginning.
        high: value at its end, above `low`.
        ticks: values to be marked, ascending, between the ends.
        labels: the ticks as text.
    """

    low: float
    high: float
    ticks: tuple[float, ...]
    labels: tuple[str, ...]

    def share(self, value: float) -> float:
        """How far along the scale a value lies, 0 to 1; what lies beyond is held at the end."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))


def axis_over(
    values: Iterable[float | None], unit: Unit = "number", *, most: int = 5, margin: float = 0.04
) -> Axis:
    """A scale that holds all values, with at most so many round ticks.

    Args:
        values: what must be on it, as proportions where the unit is points or percent; None and infinite
            ends are left out.
        unit: in which the ticks are round and labelled.
        most: ticks at most.
        margin: room beyond the outermost values, as a share of their range.

    Returns:
        The scale, in the unit of `values` (a tick of 1 point is 0.01).

    >>> axis_over([0.75, 0.77], "percent").labels
    ('75.0%', '75.5%', '76.0%', '76.5%', '77.0%')
    >>> axis_over([-0.01, 0.021], "points").labels
    ('-1', '0', '+1', '+2')
    """
    factor = 1.0 if unit == "number" else 100.0
    known = [value * factor for value in values if value is not None and isfinite(value)] or [0.0]
    low, high = min(known), max(known)
    if high - low < 1e-9 * max(1.0, abs(high)):
        # A single value has no range: some room on both sides, so that it stands in the middle.
        room = max(abs(high) * 0.1, 1.0)
        low, high = low - room, high + room
    room = (high - low) * margin
    low, high = low - room, high + room
    step, decimals = _step(low, high, most)
    ticks = [round(n * step, 12) for n in _numbers(low, high, step)]
    return Axis(
        low / factor,
        high / factor,
        tuple(tick / factor for tick in ticks),
        tuple(_tick_label(tick, decimals, unit) for tick in ticks),
    )


def whole_axis(low: int, high: int, *, most: int = 8, room: float = 0.6) -> Axis:
    """A scale of counts, with whole ticks.

    Args:
        low: smallest count.
        high: greatest count.
        most: ticks at most.
        room: beyond both ends, in counts.

    >>> whole_axis(0, 20).labels
    ('0', '5', '10', '15', '20')
    """
    step = max(1, round(_step(float(low), float(max(high, low + 1)), most)[0] + 0.4))
    ticks = range(ceil(low / step) * step, high + 1, step)
    return Axis(low - room, high + room, tuple(map(float, ticks)), tuple(f"{tick:,}" for tick in ticks))


def _step(low: float, high: float, most: int) -> tuple[float, int]:
    """The smallest round step that needs at most so many ticks, and the decimals of its labels."""
    # The exponent is read from the digits: a logarithm may differ in its last bit between machines.
    exponent = int(f"{(high - low) / most:e}".split("e")[1])
    steps = [(mantissa, power) for power in (exponent, exponent + 1) for mantissa in _STEPS]
    for mantissa, power in steps:
        if len(_numbers(low, high, mantissa * 10.0**power)) <= most:
            break
    return mantissa * 10.0**power, max(0, -power + (mantissa == 2.5) - (mantissa == 10.0))


def _numbers(low: float, high: float, step: float) -> range:
    """Which multiples of the step lie between the ends."""
    return range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)


def _tick_label(tick: float, decimals: int, unit: Unit) -> str:
    if unit == "percent":
        return f"{tick:z.{decimals}f}%"
    if unit == "points":
        return f"{tick:+z.{decimals}f}" if tick else "0"
    return f"{tick:,.{decimals}f}" if abs(tick) < 1e9 else f"{tick:.6g}"


def swarm(places: Sequence[float], gap: float, *, lanes: int = 15) -> list[int]:
    """A lane for each dot, so that dots of nearly the same value stand beside each other, not on one another.

    The lanes are numbered 0, 1, -1, 2, -2 ... from the middle; equal places give equal lanes, on any machine.

    Args:
        places: where the dots stand along the axis.
        gap: how far apart two dots of one lane must be.
        lanes: how many there are; when all are taken, dots overlap.

    >>> swarm([10, 11, 30, 10], gap=8)
    [0, -1, 0, 1]
    """
    order = sorted(range(len(places)), key=lambda i: (places[i], i))
    choices = [0] + [sign * n for n in range(1, lanes // 2 + 1) for sign in (1, -1)]
    last: dict[int, float] = {}
    chosen = [0] * len(places)
    for i in order:
        free = (lane for lane in choices if lane not in last or places[i] - last[lane] >= gap)
        # All taken: the lane whose last dot is furthest away.
        lane = next(free, None)
        chosen[i] = min(choices, key=lambda taken: last[taken]) if lane is None else lane
        last[chosen[i]] = places[i]
    return chosen
