"""Spans of time cut so small that a source tells all that lies in them. PURE.

Search services tell a bounded number of results and keep quiet about the rest. So a span is asked for in slices:
every point of it lies in exactly one, and a slice that holds too much is halved.
"""

from __future__ import annotations

from typing import NamedTuple


class Slice(NamedTuple):
    """Points of time from `first` up to, and without, `end`; in the unit of its source (seconds, minutes)."""

    first: int
    end: int

    @property
    def width(self) -> int:
        """How many points it has."""
        return self.end - self.first


def narrowed(pending: tuple[Slice, ...], widest: int) -> tuple[Slice, ...]:
    """The same points, the first slice no wider than that; what is cut off stays next in line.

    >>> narrowed((Slice(0, 25),), 10)
    (Slice(first=0, end=10), Slice(first=10, end=25))
    """
    if not pending or pending[0].width <= widest:
        return pending
    first, end = pending[0]
    return (Slice(first, first + widest), Slice(first + widest, end), *pending[1:])


def halved(span: Slice) -> tuple[Slice, Slice] | None:
    """Two slices with the points of one, the earlier first; None for a slice of one point.

    >>> halved(Slice(0, 5)), halved(Slice(4, 5))
    ((Slice(first=0, end=2), Slice(first=2, end=5)), None)
    """
    if span.width < 2:
        return None
    middle = span.first + span.width // 2
    return Slice(span.first, middle), Slice(middle, span.end)
