"""Slices of time hold every point once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nophantom.trends.protocols.slicing import Slice, halved, narrowed


@given(st.integers(-50, 50), st.integers(1, 400), st.integers(1, 90), st.data())
def test_slices_cover_every_second_once_whatever_is_halved(
    first: int, width: int, widest: int, data: st.DataObject
) -> None:
    pending: tuple[Slice, ...] = (Slice(first, first + width),)
    read: list[int] = []
    while pending:
        pending = narrowed(pending, widest)
        assert pending[0].width <= widest
        halves = halved(pending[0])
        if halves is not None and data.draw(st.booleans()):
            pending = halves + pending[1:]
            continue
        assert halves is not None or pending[0].width == 1
        read += range(*pending[0])
        pending = pending[1:]

    assert read == list(range(first, first + width))  # each once, oldest first, no gap


def test_a_slice_of_one_point_cannot_be_halved() -> None:
    assert halved(Slice(7, 8)) is None
    assert narrowed((), 5) == ()
