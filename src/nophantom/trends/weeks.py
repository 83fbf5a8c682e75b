"""The history of a topic in weeks, so that several can be looked at side by side. PURE."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from nophantom.trends.history import HistoryDay

WEEK = 7


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days of a topic in the strata that carry it.

    Attributes:
        ends: its last day.
        stories: counted; None where nothing was read in all seven days.
        expected: by the baseline of the snapshot; None likewise.
        read: stories read: its exposure.
    """

    ends: date
    stories: int | None
    expected: float | None
    read: int

    @property
    def per_thousand(self) -> float | None:
        """Stories among a thousand that were read; None where nothing was."""
        return None if self.stories is None else 1_000 * self.stories / self.read


def weeks_of(history: Sequence[HistoryDay]) -> tuple[Week, ...]:
    """Whole weeks, the last of which ends with the last day; the days before the first whole one are left out.

    A day without evidence is left out of its week: of a week with an outage the exposure tells what was read.

    >>> weeks_of([HistoryDay(date(2022, 12, 20), 1, 0.5, 9)])
    ()
    """
    found = []
    for end in range(len(history), WEEK - 1, -WEEK):
        days = history[end - WEEK : end]
        told = [day for day in days if day.stories is not None]
        found.append(
            Week(
                ends=days[-1].day,
                stories=sum(day.stories or 0 for day in told) if told else None,
                expected=sum(day.expected or 0.0 for day in told) if told else None,
                read=sum(day.read for day in days),
            )
        )
    return tuple(reversed(found))
