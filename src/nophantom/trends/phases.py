"""Phases and standings of signals: closed words, decided from intervals and not from single numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

NEW_FOR_DAYS = 90
"""A topic whose onset is at most so many days ago is emerging."""
BORN_FOR_DAYS = 365
"""One that was hardly known before its onset is emerging for so long, and then grows, stands or declines."""
DEGRADED_BELOW = 0.3
"""A stratum that reads less than this share of its median is degraded: no evidence of a decline."""


class Phase(StrEnum):
    """Where a tracked topic stands. A spike is no phase but a reason to drop."""

    EMERGING = "emerging"
    GROWING = "growing"
    MATURE = "mature"
    DECLINING = "declining"
    UNKNOWN = "unknown"


class Standing(StrEnum):
    """How sure a signal is."""

    SHOWN = "shown"
    """Passes false-discovery control today."""
    CONFIRMED = "confirmed"
    """Was shown on 3 of 5 days in a row; stays so until a correction removes its evidence."""
    WITHDRAWN = "withdrawn"
    """A correction removed its evidence."""


@dataclass(frozen=True, slots=True)
class PhaseNumbers:
    """What a phase is decided from.

    Attributes:
        degraded: every stratum that carries the topic reads below 30% of its median.
        expected_at_onset: stories that the baseline expected in 28 days when the topic was first shown.
        onset_age: days since it was first shown.
        growth_low: lower bound of the rate of the last 28 days over that of days 29 to 112; None if unknown.
        growth_high: its upper bound.
        since_onset: rate of the last 28 days over that of the baseline before the onset, with 5% and 95% bounds;
            None where it is not tracked, or nothing was read in the strata of that baseline.
    """

    degraded: bool
    expected_at_onset: float
    onset_age: int
    growth_low: float | None
    growth_high: float | None
    since_onset: tuple[float, float, float] | None = None


class ChangeKind(StrEnum):
    """What a change of a tracked topic is."""

    CONFIRMED = "confirmed"
    PHASE = "phase"
    ENDED = "ended"
    """Its rate is back at what it was before the onset, or nothing comes any more."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a tracked topic, with the numbers of that day."""

    day: date
    kind: ChangeKind
    phase: Phase
    numbers: PhaseNumbers


def phase_of(numbers: PhaseNumbers) -> Phase:
    """The phase, in the binding order: unknown, emerging, growing, declining, else mature.

    >>> phase_of(PhaseNumbers(False, 0.2, 10, 1.5, 9.0)).value
    'emerging'
    >>> phase_of(PhaseNumbers(False, 6.0, 200, 0.3, 0.8)).value
    'declining'
    """
    if numbers.degraded:
        return Phase.UNKNOWN
    new_for = BORN_FOR_DAYS if numbers.expected_at_onset < 1 else NEW_FOR_DAYS
    if numbers.onset_age <= new_for:
        return Phase.EMERGING
    if numbers.growth_low is not None and numbers.growth_low > 1:
        return Phase.GROWING
    if numbers.growth_high is not None and numbers.growth_high < 1:
        return Phase.DECLINING
    return Phase.MATURE
