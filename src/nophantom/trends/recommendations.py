"""What each kind of reader should do about a signal, on which documents, and whether it turned out right. PURE."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from nophantom.errors import InvalidInput
from nophantom.stats.estimates import Estimate
from nophantom.stats.proportions import wilson
from nophantom.trends.documents import Kind
from nophantom.trends.phases import Standing
from nophantom.trends.role_rules import (
    LATER,
    RULES,
    SOON,
    Action,
    ClaimKind,
    Interval,
    NoAction,
    Role,
    Rule,
    SignalFacts,
)

MOST_DOCUMENTS = 3
"""Documents that one recommendation names."""
TOO_LATE = 28
"""So many days after the day of its check a claim can no longer be checked: other days would decide it."""


class ClaimScore(StrEnum):
    """Whether a claim was right on the day of its check."""

    HELD = "held"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """The interval decides neither, or the sources could not be read."""


class EvidenceDocument(NamedTuple):
    """A document that a signal stands on."""

    native_id: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What one role should do about one signal: an action with a claim, or the reason why there is none.

    Attributes:
        role: for whom.
        action: what to do; `no_action` why nothing. Exactly one of them is None.
        rule: that decided.
        claim: what will be so on `check_on`; None without an action.
        documents: native ids of up to three that it rests on, the most telling first.
    """

    role: Role
    action: Action | None
    no_action: NoAction | None
    rule: str
    claim: ClaimKind | None
    check_on: date | None
    documents: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse one that says two things, or nothing.

        Raises:
            InvalidInput: not exactly one of action and reason, or a claim without an action.
        """
        acts = self.action is not None
        if acts is (self.no_action is not None) or {acts} != {
            self.claim is not None,
            self.check_on is not None,
        }:
            raise InvalidInput(
                f"a recommendation is an action with a claim and its day, or the reason why there is none; got {self}. "
                "Make it with `recommend`."
            )
        if len(self.documents) > MOST_DOCUMENTS:
            raise InvalidInput(
                f"a recommendation names at most {MOST_DOCUMENTS} documents; got {len(self.documents)}. Name the "
                "most telling ones."
            )


class Tried(NamedTuple):
    """A rule that was looked at, and what it misses: nothing where it fits; each entry ends "it fits where ..."."""

    rule: Rule
    missing: tuple[str, ...]


class CheckFacts(NamedTuple):
    """What is known of a topic on the day of a check; None where nothing is.

    Attributes:
        standing: of its signal; None where it is none any more.
        ratio: of a signal, the last 28 days against the rate of before the onset.
        degraded: of a signal, whether its sources read too little.
    """

    standing: Standing | None = None
    ratio: Interval | None = None
    degraded: bool | None = None


def recommend(
    facts: SignalFacts, documents: Sequence[EvidenceDocument], as_of: date
) -> tuple[Recommendation, ...]:
    """What each role should do: exactly one answer for every role, in the order of the roles.

    Args:
        facts: of the signal.
        documents: that it stands on, the best first.
        as_of: the day of the snapshot; checks are counted from it.
    """
    return tuple(_answer(role, rule_for(facts, role), documents, as_of) for role in Role)


def rule_for(facts: SignalFacts, role: Role) -> Rule:
    """The first rule of the table that fits. There always is one: the last rule has no condition."""
    return next(rule for rule in RULES if role in rule.roles and rule.fits(facts))


def rules_tried(facts: SignalFacts, role: Role) -> tuple[Tried, ...]:
    """Every rule of a role down to the one that fits, with what each of the others misses."""
    tried = []
    for rule in (rule for rule in RULES if role in rule.roles):
        missing = tuple(condition.means for condition in rule.conditions if not condition.holds(facts))
        tried.append(Tried(rule, missing))
        if not missing:
            break
    return tuple(tried)


def _answer(role: Role, rule: Rule, documents: Sequence[EvidenceDocument], as_of: date) -> Recommendation:
    if isinstance(rule.answer, NoAction):
        return Recommendation(role, None, rule.answer, rule.id, None, None)
    check_on = None if rule.check_after is None else as_of + timedelta(days=rule.check_after)
    named = _most_telling(documents, rule.rests_on)
    return Recommendation(role, rule.answer, None, rule.id, rule.claim, check_on, named)


def _most_telling(documents: Sequence[EvidenceDocument], kinds: Sequence[Kind]) -> tuple[str, ...]:
    """Those of the first kind first; inside a kind and after all of them in the order as given."""
    places = {kind: place for place, kind in enumerate(kinds)}
    ranked = sorted(documents, key=lambda document: places.get(document.kind, len(places)))
    return tuple(dict.fromkeys(document.native_id for document in ranked))[:MOST_DOCUMENTS]


def reason_of(rule_id: str) -> str | None:
    """Why a rule decides as it does, for people; None for a rule of another version.

    >>> reason_of("declining")
    'It is declining.'
    """
    return next((rule.sentence for rule in RULES if rule.id == rule_id), None)


def claim_in_words(claim: ClaimKind) -> str:
    """What a claim says, for people.

    >>> claim_in_words(ClaimKind.STILL_TWICE)
    'in 90 days still told of at least twice as often as before its onset'
    """
    return _CLAIMS[claim]


_CLAIMS = {
    ClaimKind.STILL_TWICE: f"in {LATER} days still told of at least twice as often as before its onset",
    ClaimKind.STILL_ABOVE: f"in {LATER} days still told of more often than before its onset",
    ClaimKind.STILL_BELOW: f"in {LATER} days still told of less often than before its onset",
    ClaimKind.CONFIRMED_THEN: f"in {SOON} days confirmed",
    ClaimKind.READ_AGAIN: f"in {SOON} days its sources are read again",
}


def score(recommendation: Recommendation, facts: CheckFacts, on: date) -> ClaimScore:
    """Whether the claim of a recommendation held.

    A rate claim holds when the whole interval is on its side, fails when it is on the other, and is unknown else. One
    whose evidence was withdrawn has failed, whatever the rate is now. A topic that is tracked no more is silent or
    back at its old rate, so it is told of neither twice as often nor more often; whether less, nobody knows.

    Args:
        recommendation: with an action.
        facts: of the day of the check.
        on: that day; more than 28 days after it was due, nothing is known.

    Raises:
        InvalidInput: there is no claim, or it is not due yet.
    """
    claim, due = recommendation.claim, recommendation.check_on
    if claim is None or due is None:
        raise InvalidInput(
            f"only an action is checked; {recommendation.rule!r} recommends none to {recommendation.role}. Leave it "
            "out."
        )
    if on < due:
        raise InvalidInput(f"this claim is due on {due}; got {on}. Check it on that day or later.")
    if facts.standing is Standing.WITHDRAWN:
        return ClaimScore.FAILED
    if on > due + timedelta(days=TOO_LATE):
        return ClaimScore.UNKNOWN
    if claim is ClaimKind.READ_AGAIN:
        return _decided(None if facts.degraded is None else not facts.degraded)
    if claim is ClaimKind.CONFIRMED_THEN:
        confirmed = facts.standing is Standing.CONFIRMED
        return _decided(None if facts.degraded and not confirmed else confirmed)
    return _rate_score(claim, facts)


def _rate_score(claim: ClaimKind, facts: CheckFacts) -> ClaimScore:
    if facts.standing is None:
        return _decided(None if claim is ClaimKind.STILL_BELOW else False)
    ratio = facts.ratio
    if facts.degraded or ratio is None:
        return ClaimScore.UNKNOWN
    bar = 2.0 if claim is ClaimKind.STILL_TWICE else 1.0
    above, below = ratio.low >= bar, ratio.high <= bar
    if above == below:  # neither, or an interval without width on the bar
        return ClaimScore.UNKNOWN
    return _decided(below if claim is ClaimKind.STILL_BELOW else above)


def _decided(held: bool | None) -> ClaimScore:
    if held is None:
        return ClaimScore.UNKNOWN
    return ClaimScore.HELD if held else ClaimScore.FAILED


class GivenAdvice(NamedTuple):
    """A recommendation of the past as its track record needs it; `score` is None as long as it waits."""

    topic: str
    role: Role
    rule: str
    given_on: date
    check_on: date
    score: ClaimScore | None


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """How often one rule was right for one role.

    Attributes:
        rule: of the table; `role` for whom.
        given: pieces of advice; held + failed + unknown + waiting.
        share: of those that held among those that held or failed, with its Wilson interval; None without any.
    """

    rule: str
    role: Role
    held: int
    failed: int
    unknown: int
    waiting: int
    share: Estimate | None

    @property
    def given(self) -> int:
        """All of them."""
        return self.held + self.failed + self.unknown + self.waiting


def track_record(advice: Iterable[GivenAdvice]) -> tuple[TrackRecord, ...]:
    """How often each rule was right, in the order of the table; rules of other versions last.

    What is said of a topic every day until the day of its check is one piece of advice, the first: counted daily, one
    long trend would outweigh all others.
    """
    records: dict[tuple[str, Role], list[ClaimScore | None]] = {}
    until: dict[tuple[str, str, Role], date] = {}
    for one in sorted(advice, key=lambda one: (one.given_on, one.check_on, one.topic)):
        key = (one.topic, one.rule, one.role)
        if key not in until or one.given_on >= until[key]:
            until[key] = one.check_on
            records.setdefault((one.rule, one.role), []).append(one.score)
    order = {rule.id: place for place, rule in enumerate(RULES)}
    ranked = sorted(records, key=lambda key: (order.get(key[0], len(order)), *key))
    return tuple(_record(rule, role, records[rule, role]) for rule, role in ranked)


def _record(rule: str, role: Role, scores: Sequence[ClaimScore | None]) -> TrackRecord:
    held, failed = scores.count(ClaimScore.HELD), scores.count(ClaimScore.FAILED)
    return TrackRecord(
        rule=rule,
        role=role,
        held=held,
        failed=failed,
        unknown=scores.count(ClaimScore.UNKNOWN),
        waiting=scores.count(None),
        share=wilson(held, held + failed) if held + failed else None,
    )
