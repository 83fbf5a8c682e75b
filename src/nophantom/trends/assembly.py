"""From the evidence of a day to one snapshot: every candidate in its place, with its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from nophantom.trends.arithmetic import arithmetic, needed_stories
from nophantom.trends.baselines import Ints
from nophantom.trends.evidence_choice import DRAWN, spread_out
from nophantom.trends.gates import CandidateDrop
from nophantom.trends.generic_words import StoryTopics
from nophantom.trends.history import MONTH, history_of
from nophantom.trends.overlaps import overlaps
from nophantom.trends.parameters import Parameters
from nophantom.trends.phases import NEW_FOR_DAYS, PhaseNumbers, Standing, phase_of
from nophantom.trends.replay import OnDay, Replay
from nophantom.trends.replay_day import Day, Gated
from nophantom.trends.series import Series
from nophantom.trends.signals import Candidate, Place, Signal, Snapshot
from nophantom.trends.tracking import Memory
from nophantom.trends.watch_list import kept_off, strongest_first

BEST = 3  # stories that are kept of what is no signal


def detect(
    series: Series,
    places: Ints,
    parameters: Parameters,
    *,
    told: StoryTopics | None = None,
    day: int | None = None,
    on_day: OnDay | None = None,
) -> Snapshot:
    """One snapshot, from everything up to and including a day.

    The days before are replayed, so that it never depends on which snapshots were made earlier.

    Args:
        series: sparse events with their stories.
        places: (n_stories,) equal where the publishing place is the same.
        parameters: what decides.
        told: how each story writes its topics; None leaves words of general use among the names.
        day: in days of the series; its last day if not given.
        on_day: told how many of how many days are done.

    Raises:
        InvalidInput: the series is too short to have a baseline, or ends before the day.
    """
    replay = Replay(series, places, parameters, told)
    return assemble(replay, replay_to(replay, series.n_days - 1 if day is None else day, on_day=on_day))


def replay_to(replay: Replay, last: int, *, memory: Memory | None = None, on_day: OnDay | None = None) -> Day:
    """A day of a replay, after the days before it.

    Args:
        replay: a corpus.
        last: the day, in days of the series.
        memory: of the very same past, to go on from.
        on_day: told how many of how many days are done.

    Raises:
        InvalidInput: the series is too short to have a baseline, or ends before the day.
    """
    first = replay.first if memory is None or memory.day is None else memory.day + 1
    tell = on_day or (lambda *_: None)
    days = replay.run(last, memory)
    today = next(days)
    tell(1, last - first + 1)
    for n, today in enumerate(days, 2):  # noqa: B007 - the last is kept
        tell(n, last - first + 1)
    return today


def assemble(replay: Replay, today: Day) -> Snapshot:
    """The snapshot of a day of a replay: every candidate in its place, with its numbers."""
    series, parameters = replay.series, replay.parameters
    gated = today.gated(np.arange(len(today.topic)))
    growth = today.growth(np.arange(len(today.topic)))
    needed = needed_stories(today.fast, parameters.fast, today.log_slow, today.found.log_needed)
    told, sizes = _Arithmetic(replay, today), series.stories.sizes(today.day)
    unwatched = _unwatched(replay, today, gated)
    signals, watch, drops = [], [], []
    for k, topic in enumerate(today.topic.tolist()):
        candidate = _candidate(replay, today, gated, unwatched[k], k, needed[k], told.of(k))
        drawn = DRAWN if candidate.place is Place.SIGNAL else BEST
        recent = series.evidence(topic, today.day - MONTH + 1, today.day)
        stories = spread_out(recent, series.stories, sizes, replay.mentioned.places, drawn=drawn)
        if candidate.place is Place.DROP:
            drops.append(replace(candidate, best=stories[:BEST]))
            continue
        candidate = replace(candidate, history=history_of(series, today.fast, k))
        untracked = PhaseNumbers(
            degraded=False,
            expected_at_onset=candidate.expected,
            onset_age=NEW_FOR_DAYS + 1,
            growth_low=growth[k][0],
            growth_high=growth[k][1],
        )
        if candidate.place is Place.WATCH:
            numbers = {**candidate.numbers, "phase": phase_of(untracked)}
            watch.append(replace(candidate, numbers=numbers, best=stories[:BEST]))
        else:
            signals.append(_signal(today, candidate, stories, untracked, series.first_day))
    return Snapshot(
        as_of=today.as_of,
        parameters=parameters,
        n_stories=int((series.stories.day <= today.day).sum()),
        n_topics=today.n_topics,
        n_strata=len(today.fast.speaking),
        below_support=today.n_topics - len(today.topic),
        log_threshold=today.found.log_threshold,
        signals=tuple(sorted(signals, key=lambda s: _rank(s.candidate))),
        watch=_ranked(_parts_marked(replay, today.day, watch, [s.candidate for s in signals])),
        drops=tuple(sorted(drops, key=lambda c: (str(c.reason), c.slug))),
    )


def judge(replay: Replay, today: Day, topic: int) -> Candidate:
    """One of the topics that were reckoned on a day, as `assemble` puts it in its place.

    Args:
        replay: of the day.
        today: the day.
        topic: its number; among the topics of the day.
    """
    k = int(np.searchsorted(today.topic, topic))
    gated = today.gated(np.arange(len(today.topic)))
    needed = needed_stories(today.fast, replay.parameters.fast, today.log_slow, today.found.log_needed)
    unwatched, told = _unwatched(replay, today, gated)[k], _Arithmetic(replay, today).of(k)
    candidate = _candidate(replay, today, gated, unwatched, k, needed[k], told)
    return replace(candidate, history=history_of(replay.series, today.fast, k))


def _signal(
    today: Day, candidate: Candidate, stories: tuple[int, ...], untracked: PhaseNumbers, first_day: date
) -> Signal:
    """What is tracked as its tracking has it; what is shown only, as if its onset were the first showing of late."""
    days = today.showings.days(candidate.topic)
    tracked = today.tracked.get(candidate.topic)
    if tracked is not None:
        return Signal(
            candidate=candidate,
            standing=Standing.CONFIRMED,
            phase=tracked.phase,
            phase_numbers=tracked.latest,
            onset=first_day + timedelta(days=tracked.onset),
            shown_days=tracked.shown_days,
            stories=stories,
            changes=tuple(tracked.changes),
        )
    numbers = replace(
        untracked,
        expected_at_onset=today.showings.baseline(candidate.topic)[1],
        onset_age=today.day - days[0],
    )
    return Signal(
        candidate=candidate,
        standing=Standing.SHOWN,
        phase=phase_of(numbers),
        phase_numbers=numbers,
        onset=first_day + timedelta(days=days[0]),
        shown_days=len(days),
        stories=stories,
    )


def _rank(candidate: Candidate) -> tuple[float, float, str]:
    """Signals by the lower bound of the momentum, never by the momentum itself."""
    return -candidate.momentum[1], -candidate.log_e, candidate.slug


def _ranked(watch: list[Candidate]) -> tuple[Candidate, ...]:
    """The watch list as it is read; of equals the first by slug."""
    by_slug = sorted(watch, key=lambda c: c.slug)
    log_e, low = (
        np.array(values) for values in ([c.log_e for c in by_slug], [c.momentum[1] for c in by_slug])
    )
    return tuple(by_slug[k] for k in strongest_first(log_e, low).tolist())


def _parts_marked(
    replay: Replay, day: int, watch: Sequence[Candidate], signals: Sequence[Candidate]
) -> list[Candidate]:
    """The watch list, where a fragment tells the listed phrase that most of its excess lies in.

    Among signals a fragment is a drop. Here it stays: it may be the name that lasts, told beside another word at first.
    """
    flagged = [*watch, *signals]
    topics = np.array([c.topic for c in flagged], dtype=np.int64)
    pairs = overlaps(replay.flagged(topics, day), np.array([c.expected for c in flagged]))
    by_topic = {c.topic: c for c in flagged}
    whole = {one.short: by_topic[one.long] for one in reversed(pairs) if one.is_fragment}
    return [
        replace(c, numbers={**c.numbers, "part_of": w.slug}) if (w := whole.get(c.topic)) else c
        for c in watch
    ]


def _unwatched(replay: Replay, today: Day, gated: Gated) -> list[CandidateDrop | None]:
    """(K,) what keeps each candidate of a day off the watch list, whatever its evidence."""
    technology_only = replay.parameters.technology_only
    return kept_off(
        gated.reasons, gated.facts, gated.seasonal, today.stories, technology_only=technology_only
    )


def _merged(series: Series, gated: Gated, k: int) -> dict[str, object]:
    """By which topic a candidate is told, and how much of it."""
    if k not in gated.merged:
        return {}
    topic, share = gated.merged[k]
    return {"merged_into": series.mentions.topics.slugs[topic], "merged_share": share}


class _Arithmetic:
    """How each e-value came about, by the run that has the stronger evidence."""

    def __init__(self, replay: Replay, today: Day) -> None:
        self._replay, self._today = replay, today
        self._slower = np.flatnonzero(today.log_slow > today.log_fast)
        self._slow = replay.slow(today.day, today.topic[self._slower]) if len(self._slower) else None

    def of(self, k: int) -> dict[str, object]:
        series, parameters = self._replay.series, self._replay.parameters
        place = int(np.searchsorted(self._slower, k))
        if self._slow is not None and place < len(self._slower) and self._slower[place] == k:
            return {"run": "slow", **arithmetic(series, self._slow, parameters.slow, place)}
        return {"run": "fast", **arithmetic(series, self._today.fast, parameters.fast, k)}


def _place(
    replay: Replay, today: Day, k: int, gate: CandidateDrop | None, unwatched: CandidateDrop | None
) -> tuple[Place, CandidateDrop | None]:
    """Where a candidate ends, and of a drop why."""
    if today.shown[k] or int(today.topic[k]) in today.tracked:
        return Place.SIGNAL, None
    if unwatched is not None and gate is not None and today.log_e[k] >= today.found.log_needed:
        return Place.DROP, gate  # the gate alone kept it from being a signal
    if today.ratio.high[k] < replay.parameters.phantom_below:
        return Place.DROP, CandidateDrop.NOT_SIGNIFICANT
    return (Place.WATCH, None) if unwatched is None else (Place.DROP, unwatched)


def _candidate(
    replay: Replay,
    today: Day,
    gated: Gated,
    unwatched: CandidateDrop | None,
    k: int,
    needed: int,
    told: dict[str, object],
) -> Candidate:
    series, facts, gate = replay.series, gated.facts, gated.reasons[k]
    log_e, topic = float(today.log_e[k]), int(today.topic[k])
    momentum = tuple(float(values[k]) for values in today.momentum)
    ratio = tuple(float(values[k]) for values in today.ratio)
    place, reason = _place(replay, today, k, gate, unwatched)
    log_slow = float(today.log_slow[k])
    return Candidate(
        topic=topic,
        slug=series.mentions.topics.slugs[topic],
        name=series.mentions.topics.name(topic),
        place=place,
        reason=reason,
        log_e=log_e,
        stories=int(today.stories[k]),
        expected=float(today.expected[k]),
        momentum=(momentum[0], momentum[1], momentum[2]),
        ratio=(ratio[0], ratio[1], ratio[2]),
        needed=needed if place is Place.WATCH and needed > 0 else None,
        numbers={
            "active_days": int(facts.active_days[k]),
            "told_days": int(facts.told_days[k]),
            "authors": int(facts.authors[k]),
            "sources": int(facts.sources[k]),
            "technology": int(facts.technology[k]),
            "news_share": float(facts.news[k]),
            "largest_story_share": float(facts.largest_story[k]),
            "seasonal_ratio": float(gated.seasonal[k]),
            "generic": None if np.isnan(facts.generic[k]) else float(facts.generic[k]),
            "log_e_fast": float(today.log_fast[k]),
            "log_e_slow": None if np.isneginf(log_slow) else log_slow,
            "arithmetic": told,
            **({"closed_by": gate.value} if place is Place.WATCH and gate is not None else {}),
            **_merged(series, gated, k),
        },
    )
