"""Every signal has one answer for every role; claims are scored by intervals; a trend counts once in a record."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.trends.test_role_rules import CONFIRMED, RELEASED, SHOWN, TWICE, changed

from nophantom.errors import InvalidInput
from nophantom.stats.verdicts import Verdict
from nophantom.trends.documents import Family, Kind
from nophantom.trends.phases import Phase, Standing
from nophantom.trends.recommendations import (
    TOO_LATE,
    CheckFacts,
    ClaimScore,
    EvidenceDocument,
    GivenAdvice,
    Recommendation,
    claim_in_words,
    reason_of,
    recommend,
    rule_for,
    rules_tried,
    score,
    track_record,
)
from nophantom.trends.role_rules import RULES, Action, ClaimKind, Interval, NoAction, Role, SignalFacts

DAY = date(2026, 1, 2)
DUE = DAY + timedelta(90)
COUNTS = st.integers(0, 4)


@st.composite
def intervals(draw: st.DrawFn) -> Interval:
    low, point, high = sorted(draw(st.lists(st.sampled_from([0, 0.5, 1, 1.5, 2, 9]), min_size=3, max_size=3)))
    return Interval(point, low, high)


FACTS = st.builds(
    SignalFacts,
    standing=st.sampled_from(Standing),
    phase=st.sampled_from(Phase),
    verdict=st.sampled_from(Verdict),
    momentum=intervals(),
    ratio=intervals(),
    onset_age=st.sampled_from([0, 27, 28, 89, 90, 900]),
    stories=COUNTS,
    families=st.lists(st.sampled_from(Family), max_size=4, unique=True).map(tuple),
    repositories=COUNTS,
    papers=COUNTS,
    packages=COUNTS,
    releases=COUNTS,
    posts=COUNTS,
    news=COUNTS,
    products=COUNTS,
    has_release=st.sampled_from([True, False, None]),
    adoption=st.none() | intervals(),
    degraded=st.booleans(),
)
DOCUMENTS = st.lists(
    st.builds(EvidenceDocument, st.sampled_from("abcdef"), st.sampled_from(Kind)), max_size=9
)


@given(FACTS, DOCUMENTS)
def test_whatever_the_facts_are_every_role_has_exactly_one_answer(
    facts: SignalFacts, documents: list[EvidenceDocument]
) -> None:
    given_ = recommend(facts, documents, DAY)
    assert [one.role for one in given_] == list(Role)
    assert (
        sum(one.action is not None for one in given_) + sum(one.no_action is not None for one in given_) == 5
    )
    ids = {document.native_id for document in documents}
    for one in given_:
        assert (one.action is None) == (one.check_on is None) == (one.claim is None)
        assert set(one.documents) <= ids
        assert len(one.documents) == (0 if one.action is None else min(3, len(ids)))


@given(FACTS)
def test_what_is_withdrawn_a_phantom_or_not_read_is_never_acted_on(facts: SignalFacts) -> None:
    actions = {one.action for one in recommend(facts, (), DAY)} - {None}
    if facts.standing is Standing.WITHDRAWN or facts.verdict is Verdict.PHANTOM:
        assert not actions
    elif facts.degraded or facts.phase is Phase.UNKNOWN:
        assert actions <= {Action.WATCH}
    if facts.standing is not Standing.CONFIRMED:
        assert actions <= {Action.READ, Action.WATCH}


@given(FACTS, st.sampled_from(Role))
def test_the_rules_that_were_tried_end_with_the_one_that_decides(facts: SignalFacts, role: Role) -> None:
    tried = rules_tried(facts, role)
    assert tried[-1].rule is rule_for(facts, role)
    assert [bool(one.missing) for one in tried] == [True] * (len(tried) - 1) + [False]


def test_a_rule_that_does_not_fit_tells_what_it_misses() -> None:
    tried = {
        one.rule.id: one.missing for one in rules_tried(changed(CONFIRMED, repositories=1), Role.DEVELOPER)
    }
    twice, release = "its rate is surely at least twice that of before", "it has a package or a release"
    assert tried["developer_trial"] == (twice, release)
    assert tried["developer_read"] == ()


def test_a_recommendation_names_the_rule_the_day_of_the_check_and_the_most_telling_documents() -> None:
    documents = [
        EvidenceDocument("hn:1", Kind.POST),
        EvidenceDocument("hn:2", Kind.POST),
        EvidenceDocument("github:a/b@2026-01-01", Kind.REPOSITORY),
        EvidenceDocument("web:3", Kind.RELEASE),
        EvidenceDocument("github:c/d@2026-01-01", Kind.REPOSITORY),
    ]
    first = recommend(changed(TWICE, RELEASED), documents, DAY)[0]
    assert first == Recommendation(
        Role.DEVELOPER,
        Action.TRIAL,
        None,
        "developer_trial",
        ClaimKind.STILL_TWICE,
        DUE,
        ("github:a/b@2026-01-01", "github:c/d@2026-01-01", "web:3"),
    )
    early = recommend(changed(SHOWN, repositories=1), documents[:2], DAY)[0]
    assert (early.rule, early.check_on, early.documents) == (
        "developer_early",
        DAY + timedelta(28),
        ("hn:1", "hn:2"),
    )


def test_every_rule_and_every_claim_can_be_said_in_words() -> None:
    assert reason_of("developer_trial") == "It is confirmed and there is a release to try."
    assert reason_of("a rule of another version") is None
    assert len({claim_in_words(claim) for claim in ClaimKind}) == len(ClaimKind)
    days = {rule.claim: rule.check_after for rule in RULES if rule.claim}
    for claim, after in days.items():
        assert f"in {after} days" in claim_in_words(claim)


@pytest.mark.parametrize(
    "change",
    [
        {"no_action": NoAction.SETTLED},
        {"action": None},
        {"claim": None},
        {"check_on": None},
        {"documents": ("a", "b", "c", "d")},
    ],
)
def test_a_recommendation_that_says_two_things_or_none_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        replace(advice(ClaimKind.STILL_TWICE), **change)


# ---------------------------------------------------------------- scores


def advice(claim: ClaimKind) -> Recommendation:
    return Recommendation(Role.DEVELOPER, Action.WATCH, None, "some_rule", claim, DUE)


HELD, FAILED, UNKNOWN = ClaimScore


@pytest.mark.parametrize(
    ("claim", "facts", "expected"),
    [
        (ClaimKind.STILL_TWICE, CheckFacts(Standing.CONFIRMED, Interval(4, 2, 8), False), HELD),
        (ClaimKind.STILL_TWICE, CheckFacts(Standing.CONFIRMED, Interval(4, 1.9, 8), False), UNKNOWN),
        (ClaimKind.STILL_TWICE, CheckFacts(Standing.CONFIRMED, Interval(1.5, 1.2, 1.9), False), FAILED),
        (ClaimKind.STILL_TWICE, CheckFacts(Standing.CONFIRMED, Interval(4, 2, 8), True), UNKNOWN),
        (ClaimKind.STILL_TWICE, CheckFacts(Standing.CONFIRMED, None, False), UNKNOWN),
        (ClaimKind.STILL_TWICE, CheckFacts(Standing.WITHDRAWN, Interval(4, 2, 8), False), FAILED),
        (ClaimKind.STILL_TWICE, CheckFacts(), FAILED),
        (ClaimKind.STILL_ABOVE, CheckFacts(Standing.CONFIRMED, Interval(1.5, 1.2, 1.9), False), HELD),
        (ClaimKind.STILL_ABOVE, CheckFacts(Standing.CONFIRMED, Interval(1.5, 0.9, 1.9), False), UNKNOWN),
        (ClaimKind.STILL_ABOVE, CheckFacts(Standing.CONFIRMED, Interval(0.5, 0.2, 0.9), False), FAILED),
        (ClaimKind.STILL_ABOVE, CheckFacts(), FAILED),
        (ClaimKind.STILL_BELOW, CheckFacts(Standing.CONFIRMED, Interval(0.5, 0.2, 0.9), False), HELD),
        (ClaimKind.STILL_BELOW, CheckFacts(Standing.CONFIRMED, Interval(1.5, 1.2, 1.9), False), FAILED),
        (ClaimKind.STILL_BELOW, CheckFacts(Standing.CONFIRMED, Interval(1, 1, 1), False), UNKNOWN),
        (ClaimKind.STILL_BELOW, CheckFacts(), UNKNOWN),
        (ClaimKind.CONFIRMED_THEN, CheckFacts(Standing.CONFIRMED), HELD),
        (ClaimKind.CONFIRMED_THEN, CheckFacts(Standing.CONFIRMED, None, True), HELD),
        (ClaimKind.CONFIRMED_THEN, CheckFacts(Standing.SHOWN), FAILED),
        (ClaimKind.CONFIRMED_THEN, CheckFacts(Standing.SHOWN, None, True), UNKNOWN),
        (ClaimKind.CONFIRMED_THEN, CheckFacts(), FAILED),
        (ClaimKind.CONFIRMED_THEN, CheckFacts(Standing.WITHDRAWN), FAILED),
        (ClaimKind.READ_AGAIN, CheckFacts(Standing.CONFIRMED, None, False), HELD),
        (ClaimKind.READ_AGAIN, CheckFacts(Standing.CONFIRMED, None, True), FAILED),
        (ClaimKind.READ_AGAIN, CheckFacts(), UNKNOWN),
    ],
)
def test_the_score_of_a_claim(claim: ClaimKind, facts: CheckFacts, expected: ClaimScore) -> None:
    assert score(advice(claim), facts, DUE) is expected
    assert score(advice(claim), facts, DUE + timedelta(TOO_LATE)) is expected


@pytest.mark.parametrize("claim", ClaimKind)
def test_a_claim_that_nobody_looked_at_in_time_stays_unknown(claim: ClaimKind) -> None:
    facts = CheckFacts(Standing.CONFIRMED, Interval(4, 3, 8), False)
    late = DUE + timedelta(TOO_LATE + 1)
    assert score(advice(claim), facts, late) is UNKNOWN
    # A correction is no matter of the day.
    assert score(advice(claim), facts._replace(standing=Standing.WITHDRAWN), late) is FAILED


def test_a_claim_is_not_checked_before_its_day_and_no_action_never() -> None:
    with pytest.raises(InvalidInput, match="due on 2026-04-02"):
        score(advice(ClaimKind.STILL_TWICE), CheckFacts(), DUE - timedelta(1))
    nothing = Recommendation(Role.EXECUTIVE, None, NoAction.NOT_CONFIRMED, "not_confirmed", None, None)
    with pytest.raises(InvalidInput, match="only an action"):
        score(nothing, CheckFacts(), DUE)


@given(
    st.sampled_from([ClaimKind.STILL_TWICE, ClaimKind.STILL_ABOVE]),
    intervals(),
    st.sampled_from([0.0, 0.5, 3.0]),
)
def test_a_higher_rate_never_turns_a_claim_that_held_into_one_that_failed(
    claim: ClaimKind, ratio: Interval, more: float
) -> None:
    order = [FAILED, UNKNOWN, HELD]

    def told(interval: Interval) -> int:
        return order.index(score(advice(claim), CheckFacts(Standing.CONFIRMED, interval, False), DUE))

    raised = Interval(*(value + more for value in ratio))
    assert told(raised) >= told(ratio)


# ---------------------------------------------------------------- track records


def given_advice(
    topic: str, day: int, score_: ClaimScore | None, rule: str = "developer_trial"
) -> GivenAdvice:
    given_on = DAY + timedelta(day)
    return GivenAdvice(topic, Role.DEVELOPER, rule, given_on, given_on + timedelta(90), score_)


def test_what_is_said_every_day_until_its_check_counts_once() -> None:
    daily = [given_advice("zorb", day, HELD if day < 50 else FAILED) for day in range(90)]
    again = [given_advice("zorb", day, FAILED) for day in range(90, 100)]
    (record,) = track_record([*reversed(daily), *again])
    assert (record.held, record.failed, record.given) == (1, 1, 2)


def test_a_track_record_has_its_books_and_an_interval_over_what_was_decided() -> None:
    scores = [HELD] * 6 + [FAILED] * 2 + [UNKNOWN] * 3 + [None]
    told = [given_advice(f"topic {n}", 0, s) for n, s in enumerate(scores)]
    told += [given_advice("a", 0, None, "developer_read"), given_advice("a", 0, UNKNOWN, "old_rule")]
    trial, read, old = track_record(told)
    assert (trial.held, trial.failed, trial.unknown, trial.waiting, trial.given) == (6, 2, 3, 1, 12)
    assert trial.share is not None
    assert trial.share.low is not None
    assert trial.share.high is not None
    assert trial.share.low < trial.share.point == 0.75 < trial.share.high
    assert trial.share.n == 8
    # Unknown is not 0; and the order is that of the table, what it no longer has last.
    assert (read.rule, read.share, old.rule, old.share) == ("developer_read", None, "old_rule", None)
    assert track_record([]) == ()
