"""What a detection says: signals, the watch list, and a reason for everything else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from math import exp
from typing import Any

from nophantom.stats.verdicts import Verdict
from nophantom.trends.counted_as import CountedAs
from nophantom.trends.gates import CandidateDrop
from nophantom.trends.history import HistoryDay
from nophantom.trends.parameters import Parameters
from nophantom.trends.phases import Change, Phase, PhaseNumbers, Standing
from nophantom.trends.products import Product
from nophantom.trends.relations import Related
from nophantom.trends.self_test import TierCheck


def e_value(log_e: float) -> float:
    """The e-value of this natural logarithm, to be shown: held at e**700 (1e304), where floats soon end."""
    return exp(min(log_e, 700.0))


class Place(StrEnum):
    """Where a candidate ended. Every candidate is in exactly one place."""

    SIGNAL = "signal"
    WATCH = "watch"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One candidate of a snapshot, wherever it ended.

    Attributes:
        topic: number in the series.
        slug: key of the topic; `name` is how it is shown.
        place: signal, watch list or drop; `reason` why it is a drop, else None.
        log_e: natural logarithm of the e-value before any gate.
        stories: of the last 28 days.
        expected: what the baseline expected in them.
        momentum: the last 7 days against the baseline, with 5% and 95% bounds.
        ratio: the last 28 days against the baseline, likewise.
        needed: stories still needed to be shown; None when shown, or when the cap makes it impossible.
        numbers: what gates and verdict were decided from, by name; on the watch list also the phase that it
            would have by its rates alone, without an onset.
        best: of the watch list and the drops, up to three stories that speak best for it; indices as in
            `Signal.stories`.
        history: of signals and the watch list, the last 112 days, the oldest first.
        families: of sources, that its stories of the last 28 days come from; None where it was not counted.
    """

    topic: int
    slug: str
    name: str
    place: Place
    reason: CandidateDrop | None
    log_e: float
    stories: int
    expected: float
    momentum: tuple[float, float, float]
    ratio: tuple[float, float, float]
    needed: int | None
    numbers: Mapping[str, Any] = field(default_factory=dict)
    best: tuple[int, ...] = ()
    history: tuple[HistoryDay, ...] = ()
    families: int | None = None


@dataclass(frozen=True, slots=True)
class Signal:
    """A candidate that is shown or was confirmed.

    Attributes:
        candidate: its numbers.
        standing: shown or confirmed.
        phase: emerging, growing, mature, declining or unknown; with the numbers behind it.
        onset: the day on which it was first shown, of the 28 days before it was confirmed.
        shown_days: on how many days it was shown since its onset.
        stories: of the last 28 days, the best evidence first; indices into the stories of the series.
        changes: of its standing and phase since it was confirmed.
        related: topics that share its stories, the closest first.
        products: behind its stories, those that bear its name first.
    """

    candidate: Candidate
    standing: Standing
    phase: Phase
    phase_numbers: PhaseNumbers
    onset: date
    shown_days: int
    stories: tuple[int, ...]
    changes: tuple[Change, ...] = ()
    related: tuple[Related, ...] = ()
    products: tuple[Product, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One detection pass as of a day. candidates = signals + watch list + drops.

    Attributes:
        as_of: the day.
        parameters: what decided it.
        n_stories: stories that were counted, all days together.
        n_topics: N, the hypotheses of the choice.
        n_strata: strata that were not mute on the day.
        below_support: topics of N that are no candidates.
        log_threshold: natural logarithm of the e-value that was enough.
        signals: by lower bound of the momentum.
        watch: undecided candidates, likewise.
        drops: the others, by reason, then slug.
        counted_as: the names that were counted as another topic.
        self_test: what the detection said of its own corpus when nothing could be there; empty where it was not asked.
    """

    as_of: date
    parameters: Parameters
    n_stories: int
    n_topics: int
    n_strata: int
    below_support: int
    log_threshold: float
    signals: tuple[Signal, ...]
    watch: tuple[Candidate, ...]
    drops: tuple[Candidate, ...]
    counted_as: tuple[CountedAs, ...] = ()
    self_test: tuple[TierCheck, ...] = ()

    @property
    def is_calibrated(self) -> bool | None:
        """Whether e-values kept their word in the self-test; None where it was not asked."""
        return all(check.holds for check in self.self_test) if self.self_test else None

    @property
    def everyone(self) -> tuple[Candidate, ...]:
        """All candidates, wherever they ended: signals, watch list, drops."""
        return (*(signal.candidate for signal in self.signals), *self.watch, *self.drops)

    @property
    def n_candidates(self) -> int:
        """How many topics were judged one by one."""
        return len(self.signals) + len(self.watch) + len(self.drops)


def verdict_of(standing: Standing | None, ratio_high: float, phantom_below: float) -> Verdict:
    """What the evidence says of a candidate.

    Args:
        standing: of a signal; None for a candidate that is none.
        ratio_high: upper bound of its rate ratio of the last 28 days.
        phantom_below: a rate ratio that is surely below this is no trend.

    >>> verdict_of(None, 1.2, 1.5).value
    'phantom'
    """
    if standing is Standing.CONFIRMED:
        return Verdict.REAL
    if standing is None and ratio_high < phantom_below:
        return Verdict.PHANTOM
    return Verdict.UNDECIDED
