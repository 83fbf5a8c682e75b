"""What people decided about topics: follow, merge, split, mute, not a technology. PURE.

A decision is written once and can be undone. `mute` and `not_a_technology` hide rows from people and touch nothing
else. `merge` and `split` change what is counted, and only in a detection that was asked for with them: its
parameters carry `InForce.counting_hash`, so that every snapshot stays what it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Generic, NamedTuple, TypeVar

from nophantom.errors import InvalidInput, NotFound

T = TypeVar("T")


class DecisionKind(StrEnum):
    """What can be decided."""

    FOLLOW = "follow"
    """Ask for more about it."""
    MERGE = "merge"
    """Count it as the other topic."""
    SPLIT = "split"
    """Count it on its own, although it was found to be a spelling of the other."""
    MUTE = "mute"
    """Do not show it."""
    NOT_A_TECHNOLOGY = "not_a_technology"
    """Do not show it, because it is none."""


_OF_TWO = frozenset({DecisionKind.MERGE, DecisionKind.SPLIT})
_HIDES = frozenset({DecisionKind.MUTE, DecisionKind.NOT_A_TECHNOLOGY})


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision.

    Attributes:
        number: in the order in which they were made.
        topic: slug of what it is about; `other` of what it is merged into or split from, else None.
        words: the topic as the person wrote it.
        reason: why, in the words of the person; may be empty.
        at: the moment.
        undone_at: the moment when it was undone; None where it was not. `undone_because` why.
    """

    number: int
    kind: DecisionKind
    topic: str
    other: str | None
    words: str
    reason: str
    at: datetime
    undone_at: datetime | None = None
    undone_because: str | None = None

    @property
    def told(self) -> str:
        """The decision in short.

        >>> from datetime import UTC
        >>> Decision(3, DecisionKind.MERGE, "rag", "retrieval", "RAG", "", datetime(2026, 1, 2, tzinfo=UTC)).told
        "decision 3 (merge 'rag' into 'retrieval')"
        """
        joined = {DecisionKind.MERGE: "into", DecisionKind.SPLIT: "from"}.get(self.kind)
        other = f" {joined} {self.other!r}" if joined else ""
        return f"decision {self.number} ({self.kind} {self.topic!r}{other})"


@dataclass(frozen=True, slots=True)
class InForce:
    """What holds at a moment.

    Attributes:
        decisions: that hold, in their order.
        merged: what a topic is counted as, at the end of its chain.
        splits: pairs (topic, what it is no longer a spelling of).
        followed: slugs of topics that are followed.
    """

    decisions: tuple[Decision, ...]
    merged: Mapping[str, str]
    splits: frozenset[tuple[str, str]]
    followed: tuple[str, ...]

    def counted_as(self, slug: str) -> str:
        """What a topic is counted as: itself, unless it was merged."""
        return self.merged.get(slug, slug)

    @property
    def counting_hash(self) -> str | None:
        """SHA-256 in hex over what changes counting; equal effects, equal hash; None where nothing does."""
        pairs = [f"merge\n{a}\n{b}" for a, b in self.merged.items()] + [
            f"split\n{a}\n{b}" for a, b in self.splits
        ]
        return (
            sha256("\n".join(sorted(pairs)).encode("utf-8", "surrogatepass")).hexdigest() if pairs else None
        )

    def hidden_by(self, slug: str) -> Decision | None:
        """The first decision that hides a topic, or what it was merged into; None where it is shown."""
        names = {slug, self.counted_as(slug)}
        return next((d for d in self.decisions if d.kind in _HIDES and d.topic in names), None)

    @property
    def hiding(self) -> Mapping[str, Decision]:
        """The decision that hides each topic that is hidden, by slug."""
        named = {d.topic for d in self.decisions if d.kind in _HIDES} | set(self.merged)
        return {slug: found for slug in sorted(named) if (found := self.hidden_by(slug))}

    def about(self, slug: str) -> tuple[Decision, ...]:
        """Those that concern a topic, or what it was merged into."""
        names = {slug, self.counted_as(slug)}
        return tuple(d for d in self.decisions if {d.topic, d.other} & names)


class Hidden(NamedTuple, Generic[T]):
    """A row that is not shown, and the decision that hides it."""

    row: T
    decision: Decision


@dataclass(frozen=True, slots=True)
class Shown(Generic[T]):
    """A list as people see it: rows = shown + hidden.

    Attributes:
        rows: that are shown, in their order.
        hidden: those that are not, each with its decision.
    """

    rows: tuple[T, ...]
    hidden: tuple[Hidden[T], ...]

    @property
    def hidden_by_kind(self) -> Mapping[DecisionKind, int]:
        """How many rows are hidden, by the kind of decision."""
        return dict(sorted(Counter(one.decision.kind for one in self.hidden).items()))


def show(rows: Iterable[T], slug_of_row: Callable[[T], str], force: InForce) -> Shown[T]:
    """What people see of a list of topics. Nothing but what is seen changes: no count, no rank, no e-value.

    Args:
        rows: of whatever kind.
        slug_of_row: the topic of a row.
        force: the decisions that hold.
    """
    shown: list[T] = []
    hidden: list[Hidden[T]] = []
    for row in rows:
        decision = force.hidden_by(slug_of_row(row))
        if decision is None:
            shown.append(row)
        else:
            hidden.append(Hidden(row, decision))
    return Shown(tuple(shown), tuple(hidden))


def in_force(decisions: Iterable[Decision], as_of: datetime) -> InForce:
    """What holds at a moment: decided by then and not undone by then.

    Raises:
        InvalidInput: two of them contradict each other, as none can that `check_decision` let pass.
    """
    held: list[Decision] = []
    for decision in sorted(decisions, key=lambda d: d.number):
        if decision.at <= as_of and (decision.undone_at is None or decision.undone_at > as_of):
            _refuse(decision, held)
            held.append(decision)
    into = _merges(held)
    return InForce(
        decisions=tuple(held),
        merged={topic: _end(topic, into) for topic in sorted(into)},
        splits=frozenset((d.topic, d.other or "") for d in held if d.kind is DecisionKind.SPLIT),
        followed=tuple(d.topic for d in held if d.kind is DecisionKind.FOLLOW),
    )


def check_decision(
    new: Decision, decisions: Sequence[Decision], *, spellings: Collection[tuple[str, str]] = ()
) -> None:
    """Refuse what contradicts the decisions that hold, or what was found.

    Args:
        new: that is to be made.
        decisions: all that were made before it.
        spellings: pairs (spelling, topic): what was found to be a spelling of which topic, as slugs; at least those
            of the topics of `new`.

    Raises:
        InvalidInput: it contradicts one that holds, merges a spelling, or splits what was not merged.
    """
    held = list(in_force(decisions, new.at).decisions)
    _refuse(new, held)
    splits = {(d.topic, d.other) for d in held if d.kind is DecisionKind.SPLIT}
    if new.kind is DecisionKind.SPLIT and (new.topic, new.other) not in spellings:
        raise InvalidInput(f"{new.topic!r} was not merged into {new.other!r}: there is nothing to split.")
    for spelling, topic in sorted(spellings):
        is_merged = spelling == new.topic != topic and (spelling, topic) not in splits
        if new.kind is DecisionKind.MERGE and is_merged:
            raise InvalidInput(
                f"{new.topic!r} is counted as {topic!r} by evidence: split it from that first."
            )


def check_undo(number: int, decisions: Sequence[Decision], at: datetime) -> Decision:
    """The decision that is to be undone.

    Raises:
        NotFound: there is none of this number.
        InvalidInput: it was undone already, or another one rests on it.
    """
    found = next((d for d in decisions if d.number == number), None)
    if found is None:
        raise NotFound(f"there is no decision {number}. List the decisions to see their numbers.")
    if found.undone_at is not None:
        raise InvalidInput(
            f"{found.told} was undone on {found.undone_at:%Y-%m-%d} already: decide anew instead."
        )
    later = (d for d in in_force(decisions, at).decisions if d.number > number and d.topic == found.topic)
    rests = next((d for d in later if d.kind is DecisionKind.MERGE), None)
    if found.kind is DecisionKind.SPLIT and rests is not None:
        raise InvalidInput(f"{rests.told} rests on {found.told}: undo that first.")
    return found


def _refuse(new: Decision, held: Sequence[Decision]) -> None:
    """Refuse what is no decision, or contradicts one that holds.

    Raises:
        InvalidInput: in one sentence.
    """
    if not new.topic or new.other == "":
        raise InvalidInput(f"a decision is about a topic, which has words; got {new.words!r}. Name one.")
    if (new.kind in _OF_TWO) != (new.other is not None):
        needs = "needs another topic" if new.kind in _OF_TWO else "is about one topic"
        raise InvalidInput(f"a decision to {new.kind} {needs}; got {new.topic!r} and {new.other!r}.")
    if new.topic == new.other:
        raise InvalidInput(f"{new.topic!r} cannot be merged into or split from itself: name two topics.")
    if new.kind is DecisionKind.MERGE:
        _refuse_circle(new, _merges(held))
    for old in held:
        if old.topic == new.topic and _contradict(old, new):
            raise InvalidInput(f"{old.told} holds: undo that first.")


def _contradict(old: Decision, new: Decision) -> bool:
    """Whether two decisions about one topic cannot both hold."""
    kinds = {old.kind, new.kind}
    if kinds == {DecisionKind.SPLIT}:
        return old.other == new.other
    if kinds == _OF_TWO:
        # Split first and then merged elsewhere is fine; whoever splits what a person merged wants to undo that.
        return old.kind is DecisionKind.MERGE or old.other == new.other
    if DecisionKind.FOLLOW in kinds and kinds & _HIDES:
        return True
    return len(kinds) == 1


def _refuse_circle(new: Decision, into: Mapping[str, str]) -> None:
    if _end(new.other or "", into) == new.topic:
        raise InvalidInput(
            f"{new.other!r} is counted as {new.topic!r} already: to merge {new.topic!r} into it would close a circle."
        )


def _merges(held: Iterable[Decision]) -> dict[str, str]:
    return {d.topic: d.other or "" for d in held if d.kind is DecisionKind.MERGE}


def _end(topic: str, into: Mapping[str, str]) -> str:
    while topic in into:
        topic = into[topic]
    return topic
