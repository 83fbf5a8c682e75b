"""From the evidence of 29 days to one snapshot: signals, the watch list, and a reason for everything else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.stats.evidence import e_bh
from nophantom.stats.verdicts import Verdict
from nophantom.trends.arithmetic import arithmetic, best_stories, growth_of, needed_stories
from nophantom.trends.baselines import Baselines, Floats, Ints, Parameters
from nophantom.trends.detection import SLOWEST, DayEvidence, evaluate, summed
from nophantom.trends.gates import CandidateDrop, WindowFacts, reasons, seasonal_ratio, window_facts
from nophantom.trends.history import HistoryDay, history_of
from nophantom.trends.phases import DEGRADED_BELOW, NEW_FOR_DAYS, Phase, PhaseNumbers, Standing, phase_of
from nophantom.trends.series import Series

BEST = 3  # stories that are kept of what is no signal
MEDIAN_DAYS = 84  # days that a stratum's usual exposure is taken from


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


@dataclass(frozen=True, slots=True)
class Signal:
    """A candidate that is shown or was confirmed.

    Attributes:
        candidate: its numbers.
        standing: shown or confirmed.
        phase: emerging, growing, mature, declining or unknown; with the numbers behind it.
        onset: the day on which the replay showed it first.
        shown_days: on how many of the replayed days it was shown.
        stories: of the last 28 days, the best evidence first; indices into the stories of the series.
    """

    candidate: Candidate
    standing: Standing
    phase: Phase
    phase_numbers: PhaseNumbers
    onset: date
    shown_days: int
    stories: tuple[int, ...]


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

    @property
    def n_candidates(self) -> int:
        """How many topics were judged one by one."""
        return len(self.signals) + len(self.watch) + len(self.drops)


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    """One day with its gates and its choice."""

    evidence: DayEvidence
    facts: WindowFacts
    seasonal: Floats
    gates: list[CandidateDrop | None]
    shown: NDArray[np.bool_]
    log_threshold: float
    log_needed: float


def detect(
    series: Series,
    places: Ints,
    parameters: Parameters,
    *,
    day: int | None = None,
    on_day: Callable[[int, int], None] | None = None,
) -> Snapshot:
    """One snapshot, from everything up to and including a day.

    The days before are replayed, so that it never depends on which snapshots were made earlier.

    Args:
        series: sparse events with their stories.
        places: (n_stories,) equal where the publishing place is the same.
        parameters: what decides.
        day: in days of the series; its last day if not given.
        on_day: told how many of how many days are done.

    Raises:
        InvalidInput: the series is too short to have a baseline, or ends before the day.
    """
    last = series.n_days - 1 if day is None else day
    first = last - parameters.replay
    if last >= series.n_days:
        raise InvalidInput(f"the series has days 0 to {series.n_days - 1}; got {last}. Give one of these.")
    if first < SLOWEST + parameters.lag:
        raise InvalidInput(
            f"a detection needs at least {SLOWEST + parameters.lag + parameters.replay + 1} days of documents; got "
            f"{last + 1}. Import more history or choose a later day."
        )
    baselines = Baselines(series, parameters.forgetting)
    shown = np.zeros((parameters.replay + 1, series.n_topics), dtype=np.bool_)
    expected_when_shown: dict[int, float] = {}
    judged: _Judged | None = None
    for index, today in enumerate(range(first, last + 1)):
        tracked = np.flatnonzero(_confirmed(shown, parameters)) if today == last else None
        judged = _judge(series, baselines, places, today, parameters, tracked)
        topics = judged.evidence.topic[judged.shown]
        shown[index, topics] = True
        for topic, expected in zip(
            topics.tolist(), judged.evidence.expected[judged.shown].tolist(), strict=True
        ):
            expected_when_shown.setdefault(topic, expected)
        if on_day:
            on_day(index + 1, parameters.replay + 1)
    assert judged is not None
    return _assemble(series, baselines, judged, shown, expected_when_shown, parameters)


def _judge(
    series: Series, baselines: Baselines, places: Ints, day: int, parameters: Parameters, tracked: Ints | None
) -> _Judged:
    evidence = evaluate(series, baselines, day, parameters, tracked)
    speaking = baselines.speaking(day, parameters.lag, SLOWEST)
    facts = window_facts(series.stories, series.mentions, day, evidence.topic, places)
    seasonal = seasonal_ratio(series, baselines, day, evidence.topic, speaking)
    degraded = _degraded(series, evidence, speaking, day)
    gates = reasons(facts, seasonal, degraded, technology_only=parameters.technology_only)
    is_open = np.array([gate is None for gate in gates], dtype=np.bool_)
    found = e_bh(np.where(is_open, evidence.evidence.log_e, -np.inf), evidence.n_topics, q=parameters.q)
    return _Judged(evidence, facts, seasonal, gates, found.chosen, found.log_threshold, found.log_needed)


def _degraded(series: Series, evidence: DayEvidence, speaking: Ints, day: int) -> NDArray[np.bool_]:
    """(K,) True where every stratum that carries a candidate reads below 30% of its median.

    So it is for a tracked one without any story whose strata have all been silent longer than the window.
    """
    usual = np.median(series.exposure[speaking, max(0, day - MEDIAN_DAYS) : day - 6], axis=1)
    now = series.exposure[speaking, max(0, day - 6) : day + 1].mean(axis=1)
    reads = np.ones(len(series.exposure), dtype=np.bool_)
    reads[speaking] = now >= DEGRADED_BELOW * usual
    carried = summed(evidence.candidate, reads[evidence.stratum].astype(np.float64), len(evidence.topic))
    pairs = np.bincount(evidence.candidate, minlength=len(evidence.topic))
    silenced: NDArray[np.bool_] = (carried == 0) & ((pairs > 0) | (evidence.stories == 0))
    return silenced


def _confirmed(shown: NDArray[np.bool_], parameters: Parameters) -> NDArray[np.bool_]:
    """(T,) True where a topic was shown on 3 of any 5 days in a row of the replay."""
    days = np.cumsum(np.vstack([np.zeros(shown.shape[1], dtype=np.int64), shown]), axis=0)
    width = min(parameters.confirm_days, len(shown))
    enough: NDArray[np.bool_] = days[width:] - days[:-width] >= parameters.confirm_shown
    return np.asarray(enough.any(axis=0), dtype=np.bool_)


def _assemble(
    series: Series,
    baselines: Baselines,
    judged: _Judged,
    shown: NDArray[np.bool_],
    expected_when_shown: Mapping[int, float],
    parameters: Parameters,
) -> Snapshot:
    evidence, confirmed = judged.evidence, _confirmed(shown, parameters)
    is_signal = judged.shown | confirmed[evidence.topic]
    needed = needed_stories(evidence, judged.log_needed)
    growth = growth_of(series, baselines, evidence)
    spread = series.stories.sizes()
    signals, watch, drops = [], [], []
    for k in range(len(evidence.topic)):
        topic = int(evidence.topic[k])
        candidate = _candidate(series, judged, k, is_signal[k], needed[k], parameters)
        stories = best_stories(series, spread, topic, evidence.day)
        if candidate.place is Place.DROP:
            drops.append(replace(candidate, best=stories[:BEST]))
            continue
        candidate = replace(candidate, history=history_of(series, evidence, k))
        if candidate.place is Place.WATCH:
            untracked = PhaseNumbers(False, candidate.expected, NEW_FOR_DAYS + 1, *growth[k])
            numbers = {**candidate.numbers, "phase": phase_of(untracked)}
            watch.append(replace(candidate, numbers=numbers, best=stories[:BEST]))
        else:
            onset = int(np.flatnonzero(shown[:, topic])[0]) - len(shown) + 1 + evidence.day
            tracked = PhaseNumbers(
                degraded=judged.gates[k] is CandidateDrop.SOURCE_DEGRADED,
                expected_at_onset=expected_when_shown[topic],
                onset_age=evidence.day - onset,
                growth_low=growth[k][0],
                growth_high=growth[k][1],
            )
            signals.append(
                Signal(
                    candidate=candidate,
                    standing=Standing.CONFIRMED if confirmed[topic] else Standing.SHOWN,
                    phase=phase_of(tracked),
                    phase_numbers=tracked,
                    onset=series.first_day + timedelta(days=onset),
                    shown_days=int(shown[:, topic].sum()),
                    stories=stories,
                )
            )
    return Snapshot(
        as_of=series.first_day + timedelta(days=evidence.day),
        parameters=parameters,
        n_stories=int((series.stories.day <= evidence.day).sum()),
        n_topics=evidence.n_topics,
        n_strata=evidence.n_strata,
        below_support=evidence.n_topics - len(evidence.topic),
        log_threshold=judged.log_threshold,
        signals=tuple(sorted(signals, key=lambda s: _rank(s.candidate))),
        watch=tuple(sorted(watch, key=_rank)),
        drops=tuple(sorted(drops, key=lambda c: (str(c.reason), c.slug))),
    )


def _rank(candidate: Candidate) -> tuple[float, float, str]:
    """Sorted by the lower bound of the momentum, never by the momentum itself."""
    return -candidate.momentum[1], -candidate.log_e, candidate.slug


def _candidate(
    series: Series, judged: _Judged, k: int, is_signal: bool, needed: int, parameters: Parameters
) -> Candidate:
    evidence, facts = judged.evidence, judged.facts
    log_e, gate = float(evidence.evidence.log_e[k]), judged.gates[k]
    momentum = tuple(float(values[k]) for values in evidence.momentum)
    ratio = tuple(float(values[k]) for values in evidence.ratio)
    place, reason = Place.WATCH, None
    if is_signal:
        place = Place.SIGNAL
    elif gate is not None and log_e >= judged.log_needed:
        place, reason = Place.DROP, gate  # the gate alone kept it out
    elif ratio[2] < parameters.phantom_below:
        place, reason = Place.DROP, CandidateDrop.NOT_SIGNIFICANT
    elif gate is not None:
        place, reason = Place.DROP, gate
    topic = int(evidence.topic[k])
    return Candidate(
        topic=topic,
        slug=series.mentions.topics.slugs[topic],
        name=series.mentions.topics.name(topic),
        place=place,
        reason=reason,
        log_e=log_e,
        stories=int(evidence.stories[k]),
        expected=float(evidence.expected[k]),
        momentum=(momentum[0], momentum[1], momentum[2]),
        ratio=(ratio[0], ratio[1], ratio[2]),
        needed=needed if place is Place.WATCH and needed > 0 else None,
        numbers={
            "active_days": int(facts.active_days[k]),
            "authors": int(facts.authors[k]),
            "sources": int(facts.sources[k]),
            "technology": int(facts.technology[k]),
            "news_share": float(facts.news[k]),
            "largest_story_share": float(facts.largest_story[k]),
            "seasonal_ratio": float(judged.seasonal[k]),
            "arithmetic": arithmetic(series, evidence, k),
        },
    )


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
