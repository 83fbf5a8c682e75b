"""What talks to many hosts runs to its end, and leaves the process as it was."""

from __future__ import annotations

import asyncio
import gc

import pytest

from nophantom.outbound.loops import run


def test_rings_of_objects_are_looked_for_more_rarely_only_while_it_runs() -> None:
    usual = gc.get_threshold()

    async def work(fails: bool) -> tuple[int, ...]:
        await asyncio.sleep(0)
        if fails:
            raise ValueError
        return gc.get_threshold()

    assert run(work(fails=False)) == (max(usual[0], 20_000), *usual[1:])
    with pytest.raises(ValueError, match=r"^$"):
        run(work(fails=True))
    assert gc.get_threshold() == usual


def test_who_sweeps_by_hand_goes_on_doing_so() -> None:
    async def first() -> int:
        return gc.get_threshold()[0]

    usual = gc.get_threshold()
    gc.set_threshold(0)
    try:
        assert run(first()) == 0
    finally:
        gc.set_threshold(*usual)
