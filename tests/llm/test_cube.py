"""The cube refuses what cannot be."""

from __future__ import annotations

import numpy as np
import pytest

from nophantom.errors import InvalidInput
from nophantom.llm.cube import OutcomeCube


def cube(
    score: list[float], scored: list[int], asked: list[int], problems: tuple[str, ...] = ("p", "q")
) -> OutcomeCube:
    return OutcomeCube(
        ("run",), (None,), problems, np.array([[score]]), np.array([[scored]]), np.array([[asked]])
    )


def test_a_cell_is_seen_exactly_when_an_attempt_was_scored() -> None:
    assert cube([1.0, np.nan], [1, 0], [1, 3]).seen.tolist() == [[[True, False]]]


@pytest.mark.parametrize(
    ("score", "scored", "asked", "problems"),
    [
        ([1.0, np.nan], [1, 1], [1, 1], ("p", "q")),  # scored, but no score
        ([1.0, 0.0], [1, 0], [1, 1], ("p", "q")),  # a score, but not scored
        ([1.0, 0.0], [1, 2], [1, 1], ("p", "q")),  # more scored than asked
        ([1.0, 0.0], [1, 1], [1, 1], ("p", "p")),  # one problem twice
        ([1.0, 0.0], [1, 1], [1, 1], ("p",)),  # shapes
    ],
)
def test_an_impossible_cube_is_refused(
    score: list[float], scored: list[int], asked: list[int], problems: tuple[str, ...]
) -> None:
    with pytest.raises(InvalidInput):
        cube(score, scored, asked, problems)
