from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nophantom.trends import phases
from nophantom.trends.phases import (
    BORN_FOR_DAYS,
    DEGRADED_BELOW,
    NEW_FOR_DAYS,
    ChangeKind,
    Phase,
    PhaseNumbers,
    Standing,
    phase_of,
)

BOUNDS = st.none() | st.floats(0, 1e6)


def test_the_words_are_closed() -> None:
    assert [str(phase) for phase in Phase] == ["emerging", "growing", "mature", "declining", "unknown"]
    assert [str(standing) for standing in Standing] == ["shown", "confirmed", "withdrawn"]
    assert [str(kind) for kind in ChangeKind] == ["confirmed", "phase", "ended"]
    assert (NEW_FOR_DAYS, BORN_FOR_DAYS, DEGRADED_BELOW) == (90, 365, 0.3)


@pytest.mark.parametrize(
    ("numbers", "phase"),
    [
        (PhaseNumbers(False, 5.0, 91, 1.2, 3.0), Phase.GROWING),
        (PhaseNumbers(False, 5.0, 91, 0.3, 0.9), Phase.DECLINING),
        (PhaseNumbers(False, 5.0, 91, 0.8, 1.2), Phase.MATURE),
        # each bound, and just beside it
        (PhaseNumbers(False, 5.0, 91, 1.0, 3.0), Phase.MATURE),
        (PhaseNumbers(False, 5.0, 91, 1.0 + 1e-9, 3.0), Phase.GROWING),
        (PhaseNumbers(False, 5.0, 91, 0.3, 1.0), Phase.MATURE),
        (PhaseNumbers(False, 5.0, 91, 0.3, 1.0 - 1e-9), Phase.DECLINING),
        (PhaseNumbers(False, 5.0, 90, 0.3, 0.9), Phase.EMERGING),
        (PhaseNumbers(False, 5.0, 0, 0.3, 0.9), Phase.EMERGING),
        (PhaseNumbers(False, 1.0, 91, 0.3, 0.9), Phase.DECLINING),
        (PhaseNumbers(False, 1.0 - 1e-9, 365, 0.3, 0.9), Phase.EMERGING),
        (PhaseNumbers(False, 1.0 - 1e-9, 366, 0.3, 0.9), Phase.DECLINING),
        # what is not known decides nothing
        (PhaseNumbers(False, 5.0, 91, None, None), Phase.MATURE),
        (PhaseNumbers(False, 5.0, 91, None, 0.5), Phase.DECLINING),
        (PhaseNumbers(False, 5.0, 91, 2.0, None), Phase.GROWING),
        # the order: a degraded source hides all others, a new topic hides growth and decline
        (PhaseNumbers(True, 0.0, 0, 2.0, 3.0), Phase.UNKNOWN),
        (PhaseNumbers(True, 5.0, 91, 0.3, 0.9), Phase.UNKNOWN),
        (PhaseNumbers(False, 0.0, 0, 2.0, 3.0), Phase.EMERGING),
        (PhaseNumbers(False, 5.0, 91, 2.0, 0.5), Phase.GROWING),
    ],
)
def test_the_phase_of_numbers(numbers: PhaseNumbers, phase: Phase) -> None:
    assert phase_of(numbers) is phase


@given(st.booleans(), st.floats(0, 1e6), st.integers(0, 10_000), BOUNDS, BOUNDS)
def test_every_combination_has_one_phase_by_the_first_rule_that_holds(
    degraded: bool, expected: float, age: int, low: float | None, high: float | None
) -> None:
    rules = {
        Phase.UNKNOWN: degraded,
        Phase.EMERGING: age <= (365 if expected < 1 else 90),
        Phase.GROWING: low is not None and low > 1,
        Phase.DECLINING: high is not None and high < 1,
        Phase.MATURE: True,
    }

    first = next(phase for phase, holds in rules.items() if holds)

    assert phase_of(PhaseNumbers(degraded, expected, age, low, high)) is first
    # How far it stands above its rate before the onset ends tracking, and is no phase.
    assert phase_of(PhaseNumbers(degraded, expected, age, low, high, (0.5, 0.2, 0.9))) is first


def test_phases_are_decided_from_numbers_alone() -> None:
    """18 of 19 signals once vanished because one module wrote 'new' and another read 'emerging'."""
    code = Path(phases.__file__).read_text(encoding="utf-8")

    assert re.findall(r"^from (\S+)|^import (\S+)", code, re.MULTILINE) == [
        ("__future__", ""),
        ("dataclasses", ""),
        ("datetime", ""),
        ("enum", ""),
    ]
