"""What became of the signals of an earlier snapshot: none of them vanishes without a word. PURE.

A snapshot depends on the documents alone. So what changed between two of them is no part of either: it is told beside
the later one, from the signals of the earlier one and from what today's replay says of those very days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from nophantom.trends.history import MONTH
from nophantom.trends.phases import Change, ChangeKind, Phase, Standing
from nophantom.trends.signals import Candidate, Signal, Snapshot, e_value

if TYPE_CHECKING:  # a door that only reads fates starts without what reckons them
    from nophantom.trends.corpus import Corpus
    from nophantom.trends.tracking import Memory


class Fate(StrEnum):
    """What became of a signal since the snapshot before; each has exactly one."""

    WITHDRAWN = "withdrawn"
    """A correction removed its evidence."""
    ENDED = "ended"
    """It was confirmed, and its tracking ended: its rate is back, or nothing comes any more."""
    BEYOND_HISTORY = "beyond_history"
    """What made it one lies before the days that are read."""
    NOT_SHOWN = "not_shown"
    """It was shown and never confirmed, and does not pass now."""
    NEW = "new"
    """It was none before."""
    STILL = "still"
    """It is one still, perhaps in another phase or standing."""


class Withdrawal(StrEnum):
    """Which correction removed the evidence of a signal."""

    MERGED = "merged"
    """Its name is counted as another topic."""
    CORRECTED = "corrected"
    """The documents of those days are others by now: in today's replay it was none then."""


@dataclass(frozen=True, slots=True)
class EarlierSignal:
    """A signal of the snapshot before; `documents` are the numbers of those that it stood on."""

    slug: str
    name: str
    standing: Standing
    phase: Phase
    onset: date
    documents: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Earlier:
    """The snapshot before.

    Attributes:
        as_of: its day.
        reads_from: the first day of which documents were read for it.
        signals: all of them.
    """

    as_of: date
    reads_from: date
    signals: Sequence[EarlierSignal]


@dataclass(frozen=True, slots=True, eq=False)
class Retold:
    """What is known of the days before today.

    Attributes:
        corpus: the documents as they are counted today.
        places: of these documents by their numbers.
        memory: of today's replay.
        reads_from: the first day of which documents were read.
        begins: the first day that has a baseline.
    """

    corpus: Corpus
    places: Mapping[int, int]
    memory: Memory
    reads_from: date
    begins: date


@dataclass(frozen=True, slots=True)
class SignalFate:
    """What became of one signal.

    Attributes:
        slug: key of the topic; `name` as it was shown, of what is a signal as it is shown now.
        fate: what became of it; `reason` of what is withdrawn, else None.
        onset: as the snapshot before had it; of what is new as this one has it.
        standing_before: in the snapshot before, with its `phase_before`; None of what is new.
        standing: in this snapshot, with its `phase`; None of what is no signal.
        numbers: what that was decided from, by name.
    """

    slug: str
    name: str
    fate: Fate
    reason: Withdrawal | None
    onset: date
    standing_before: Standing | None
    phase_before: Phase | None
    standing: Standing | None
    phase: Phase | None
    numbers: Mapping[str, Any] = field(default_factory=dict)

    @property
    def phase_changed(self) -> bool:
        """Whether it is a signal still, in another phase."""
        return self.fate is Fate.STILL and self.phase is not self.phase_before

    @property
    def has_changed(self) -> bool:
        """Whether anything is to be told of it: all but a signal that stays as it was."""
        return self.fate is not Fate.STILL or self.phase_changed or self.standing is not self.standing_before


def fates_of(earlier: Earlier, snapshot: Snapshot, retold: Retold) -> tuple[SignalFate, ...]:
    """What became of every signal of the snapshot before, and what is new since; by fate, then by slug.

    Args:
        earlier: the snapshot before, made with the same parameters.
        snapshot: of today.
        retold: what it was made from.
    """
    now = {one.candidate.slug: one for one in snapshot.signals}
    found = [
        _still(before, now[before.slug])
        if before.slug in now
        else _Gone(before, earlier, snapshot, retold).fate()
        for before in earlier.signals
    ]
    known = {before.slug for before in earlier.signals}
    into = {one.slug: one.numbers["into"] for one in found if one.reason is Withdrawal.MERGED}
    for slug, one in now.items():
        if slug not in known:
            merged = sorted(alias for alias, topic in into.items() if topic == slug)
            found.append(_new(one, snapshot, merged))
    order = tuple(Fate)
    return tuple(sorted(found, key=lambda one: (order.index(one.fate), one.slug)))


def _still(before: EarlierSignal, now: Signal) -> SignalFate:
    return SignalFate(
        slug=before.slug,
        name=now.candidate.name,
        fate=Fate.STILL,
        reason=None,
        onset=before.onset,
        standing_before=before.standing,
        phase_before=before.phase,
        standing=now.standing,
        phase=now.phase,
    )


def _new(now: Signal, snapshot: Snapshot, merged: Sequence[str]) -> SignalFate:
    return SignalFate(
        slug=now.candidate.slug,
        name=now.candidate.name,
        fate=Fate.NEW,
        reason=None,
        onset=now.onset,
        standing_before=None,
        phase_before=None,
        standing=now.standing,
        phase=now.phase,
        numbers=_today(now.candidate, snapshot) | ({"merged_from": [*merged]} if merged else {}),
    )


class _Gone:
    """A signal of the snapshot before that is none now."""

    def __init__(self, before: EarlierSignal, earlier: Earlier, snapshot: Snapshot, retold: Retold) -> None:
        self.before, self.earlier, self.snapshot, self.retold = before, earlier, snapshot, retold
        self.topic = retold.corpus.series.mentions.topics.at(before.slug)

    def fate(self) -> SignalFate:
        """Merged first: its name has no series any more. What today's replay saw end, ended."""
        merged = self._merged()
        if merged is not None:
            return self._told(Fate.WITHDRAWN, merged, Withdrawal.MERGED)
        ended = self._end()
        if ended is not None:
            numbers = {"day": ended.day.isoformat(), **asdict(ended.numbers), **self._now()}
            return self._told(Fate.ENDED, numbers)
        return self._confirmed() if self.before.standing is Standing.CONFIRMED else self._shown()

    def _confirmed(self) -> SignalFate:
        """Today's replay never confirmed it: it does not reach back far enough, or the documents are others."""
        evidence = self._evidence()
        is_whole = evidence["counted"] == evidence["documents"]
        moved = self.retold.reads_from > self.earlier.reads_from
        if moved and (is_whole or self.before.onset < self.retold.begins):
            reads = {"reads_from": self.retold.reads_from, "begins": self.retold.begins}
            return self._told(
                Fate.BEYOND_HISTORY, {name: day.isoformat() for name, day in reads.items()} | self._now()
            )
        return self._told(Fate.WITHDRAWN, evidence | self._now(), Withdrawal.CORRECTED)

    def _shown(self) -> SignalFate:
        """Corrected where it loses documents and today's replay did not show it then; else it does not pass now."""
        evidence = self._evidence()
        if evidence["counted"] < evidence["documents"] and self._was_shown_then() is False:
            return self._told(Fate.WITHDRAWN, evidence | self._now(), Withdrawal.CORRECTED)
        return self._told(Fate.NOT_SHOWN, self._now())

    def _merged(self) -> dict[str, Any] | None:
        for one in self.snapshot.counted_as:
            if one.alias == self.before.slug:
                kind = None if one.merge is None else one.merge.kind.value
                into = {"into": one.into, "into_name": one.into_name, "stories": one.stories}
                return {**into, "kind": kind, "decision": one.decision}
        return None

    def _end(self) -> Change | None:
        """The end of its tracking in today's replay; None where it was not tracked, or only before its onset."""
        changes = [] if self.topic is None else self.retold.memory.past.get(self.topic, [])
        ends = [one for one in changes if one.kind is ChangeKind.ENDED]
        confirmed = self.before.standing is Standing.CONFIRMED
        after = self.before.onset if confirmed else self.earlier.as_of
        return ends[-1] if ends and ends[-1].day > after else None

    def _was_shown_then(self) -> bool | None:
        """Whether today's replay shows it on the day of the snapshot before; None where that is too long ago."""
        if (self.snapshot.as_of - self.earlier.as_of).days >= MONTH:
            return None
        day = (self.earlier.as_of - self.retold.corpus.series.first_day).days
        return self.topic is not None and day in self.retold.memory.showings.days(self.topic)

    def _evidence(self) -> dict[str, int]:
        """Documents = counted + joined + not_told + not_read: what its documents of then are today."""
        corpus, places = self.retold.corpus, self.retold.places
        read = [places[number] for number in self.before.documents if number in places]
        stories = corpus.series.stories.of_document[read].tolist()
        told = set() if self.topic is None else set(corpus.written.mentions.stories_of(self.topic).tolist())
        distinct = set(stories)
        counted = len(distinct & told)
        return {
            "documents": len(self.before.documents),
            "counted": counted,
            "joined": len(stories) - len(distinct),
            "not_told": len(distinct) - counted,
            "not_read": len(self.before.documents) - len(read),
        }

    def _now(self) -> dict[str, Any]:
        everyone = (*self.snapshot.watch, *self.snapshot.drops)
        return _today(next((c for c in everyone if c.slug == self.before.slug), None), self.snapshot)

    def _told(self, fate: Fate, numbers: Mapping[str, Any], reason: Withdrawal | None = None) -> SignalFate:
        before = self.before
        return SignalFate(
            slug=before.slug,
            name=before.name,
            fate=fate,
            reason=reason,
            onset=before.onset,
            standing_before=before.standing,
            phase_before=before.phase,
            standing=None,
            phase=None,
            numbers=numbers,
        )


def _today(candidate: Candidate | None, snapshot: Snapshot) -> dict[str, Any]:
    """Where a topic stands today; None throughout where it has too few stories to be a candidate."""
    gate = None
    if candidate is not None:
        gate = candidate.reason.value if candidate.reason else candidate.numbers.get("closed_by")
    merged = {} if candidate is None else candidate.numbers
    return {
        "place": None if candidate is None else candidate.place.value,
        "gate": gate,
        "told_by": merged.get("merged_into"),
        "stories": None if candidate is None else candidate.stories,
        "log_e": None if candidate is None else candidate.log_e,
        "log_threshold": snapshot.log_threshold,
    }


def fate_in_words(one: SignalFate) -> str:
    """What became of a signal, for people.

    >>> fate_in_words(
    ...     SignalFate("zorb", "Zorb", Fate.STILL, None, date(2024, 1, 2), Standing.SHOWN, Phase.EMERGING,
    ...                Standing.CONFIRMED, Phase.EMERGING)
    ... )
    'shown before, confirmed now'
    """
    if one.fate is Fate.NEW:
        merged = one.numbers.get("merged_from")
        return f"{one.standing}, {one.phase}" + (f"; {', '.join(merged)} is counted as it" if merged else "")
    if one.fate is Fate.STILL:
        return _still_in_words(one)
    if one.reason is Withdrawal.MERGED:
        why = (
            f"decision {one.numbers['decision']} of people"
            if one.numbers["decision"]
            else one.numbers["kind"]
        )
        return f"its name is counted as {one.numbers['into_name']} now ({why})"
    if one.reason is Withdrawal.CORRECTED:
        return _correction_in_words(one)
    if one.fate is Fate.BEYOND_HISTORY:
        return f"its onset on {one.onset} was judged by days before {one.numbers['reads_from']}, which are read no more"
    return _end_in_words(one) if one.fate is Fate.ENDED else _today_in_words(one)


def _still_in_words(one: SignalFate) -> str:
    pairs = (one.phase_before, one.phase), (one.standing_before, one.standing)
    changed = [f"{before} before, {now} now" for before, now in pairs if before is not now]
    return "; ".join(changed) or f"{one.standing}, {one.phase}"


def _correction_in_words(one: SignalFate) -> str:
    found, documents = one.numbers, one.numbers["documents"]
    if found["counted"] == documents:
        return (
            f"by what is known of those days now it was none; its own {documents:,} documents all count still"
        )
    parts = {
        "counted": "still counted",
        "joined": "in one story with others of them",
        "not_told": "no more counted for it",
        "not_read": "no more read",
    }
    told = [f"{found[name]:,} {words}" for name, words in parts.items() if found[name] or name == "counted"]
    return f"of its {documents:,} documents {', '.join(told)}"


def _end_in_words(one: SignalFate) -> str:
    since, ended = one.numbers["since_onset"], f"its tracking ended on {one.numbers['day']}"
    if since is None:
        return f"{ended}; {_today_in_words(one)}"
    rate = f"its rate was {since[0]:.1f} ({since[1]:.1f} to {since[2]:.1f}) times that before its onset"
    return f"{ended}: {rate}; {_today_in_words(one)}"


def _today_in_words(one: SignalFate) -> str:
    found = one.numbers
    if found["place"] is None:
        return "too few stories in the last 28 days to be a candidate"
    by = f" by {found['told_by']}" if found["told_by"] else ""
    gate = f"{found['gate'].replace('_', ' ')}{by}; " if found["gate"] else ""
    low, asked = e_value(found["log_e"]), e_value(found["log_threshold"])
    return f"{gate}{found['stories']:,} stories in the last 28 days, e-value {low:.2g} where {asked:.2g} is asked for"
