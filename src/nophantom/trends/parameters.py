"""What decides a detection: the pace of its two runs, and its limits."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """How a run looks at time; all lengths in its bins.

    Attributes:
        width: days of a bin.
        lag: bins between the end of the baseline and today.
        windows: lengths of the evidence windows, ascending.
        forgetting: weight that a bin of the baseline loses per bin.
        cap_base: stories that count as evidence in one bin where nothing is expected.
        cap_slope: further stories per expected one.
        stretch: bins of a stretch of the baseline that the overdispersion is taken from.
        stretches: how many of them.
    """

    width: int
    lag: int
    windows: tuple[int, ...]
    forgetting: float
    cap_base: float
    cap_slope: float
    stretch: int
    stretches: int

    @property
    def reach(self) -> int:
        """Bins before the first that has a baseline."""
        return self.windows[-1] + self.lag


FAST = Pace(1, 28, (1, 3, 7, 14, 28), 0.999, 1.0, 2.0, 7, 26)
"""Affairs of days."""
SLOW = Pace(7, 12, (1, 2, 4, 8, 12), 0.993, 3.0, 3.0, 1, 26)
"""Trends that build over months."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """What decides a detection; part of the identity of a snapshot.

    Attributes:
        min_support: stories in the last 28 days that make a topic a candidate.
        q: share of false discoveries at which signals are shown.
        boost: what an e-value is multiplied by when signals are chosen; what allows it is measured, with every snapshot
            and in every back-test (decision 0020).
        confirm_days: of so many last days ...
        confirm_shown: ... a topic must be shown on so many to be confirmed.
        phantom_below: a rate ratio whose upper bound is below this is no trend.
        technology_only: switch of the facet `not_technology`.
        decisions: SHA-256 of what people merged and split, as `InForce.counting_hash`; None where that is nothing.
        fast: the run over days.
        slow: the run over weeks.
    """

    min_support: int = 3
    q: float = 0.10
    boost: float = 10.0
    confirm_days: int = 5
    confirm_shown: int = 3
    phantom_below: float = 1.5
    technology_only: bool = True
    decisions: str | None = None
    fast: Pace = FAST
    slow: Pace = SLOW
