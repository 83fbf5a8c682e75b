"""The table of rules: closed words, an answer for everything, every rule reached, and each role's way of reading."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from nophantom.errors import InvalidInput
from nophantom.stats.verdicts import Verdict
from nophantom.trends.documents import Family
from nophantom.trends.phases import Phase, Standing
from nophantom.trends.recommendations import rule_for
from nophantom.trends.role_rules import (
    RULES,
    Action,
    ClaimKind,
    Interval,
    NoAction,
    Role,
    SignalFacts,
)

GITHUB, ARXIV, HACKER_NEWS = Family.GITHUB, Family.ARXIV, Family.HACKER_NEWS
SHOWN = SignalFacts(
    standing=Standing.SHOWN,
    phase=Phase.EMERGING,
    verdict=Verdict.UNDECIDED,
    momentum=Interval(5.0, 2.0, 9.0),
    ratio=Interval(4.0, 1.5, 8.0),
    onset_age=5,
    stories=9,
    families=(HACKER_NEWS,),
)
CONFIRMED = replace(SHOWN, standing=Standing.CONFIRMED, verdict=Verdict.REAL)
TWICE = replace(CONFIRMED, ratio=Interval(4.0, 2.0, 8.0))
TWO = {"families": (GITHUB, HACKER_NEWS)}
THREE = {"families": (ARXIV, GITHUB, HACKER_NEWS)}
RELEASED = {"repositories": 2, "releases": 1, "products": 2}
FALLEN = {"phase": Phase.DECLINING, "ratio": Interval(0.5, 0.3, 0.9)}
SETTLED = Interval(1.2, 0.8, 1.9)
GROWS, FLAT = Interval(1.5, 1.1, 2.0), Interval(1.1, 0.9, 1.3)


def changed(facts: SignalFacts, *changes: dict[str, Any], **more: Any) -> SignalFacts:
    for change in (*changes, more):
        facts = replace(facts, **change)
    return facts


CASES: list[tuple[str, Role, SignalFacts]] = [
    ("withdrawn", Role.DEVELOPER, changed(TWICE, RELEASED, standing=Standing.WITHDRAWN)),
    ("phantom", Role.INVESTOR, changed(TWICE, TWO, verdict=Verdict.PHANTOM)),
    ("unread_watch", Role.RESEARCHER, changed(CONFIRMED, papers=9, phase=Phase.UNKNOWN)),
    ("unread", Role.EXECUTIVE, changed(TWICE, THREE, onset_age=200, phase=Phase.UNKNOWN)),
    ("avoid", Role.INVESTOR, changed(CONFIRMED, FALLEN)),
    ("executive_avoid", Role.EXECUTIVE, changed(CONFIRMED, FALLEN, TWO, onset_age=90)),
    ("past_its_peak", Role.PRODUCT_MANAGER, changed(TWICE, phase=Phase.DECLINING)),
    ("declining", Role.RESEARCHER, changed(CONFIRMED, FALLEN, papers=9)),
    ("settled", Role.DEVELOPER, changed(CONFIRMED, RELEASED, ratio=SETTLED)),
    ("developer_adopt", Role.DEVELOPER, changed(TWICE, RELEASED, TWO, onset_age=90, adoption=GROWS)),
    ("developer_trial", Role.DEVELOPER, changed(TWICE, RELEASED)),
    ("developer_read", Role.DEVELOPER, changed(TWICE, repositories=1)),
    ("developer_watch", Role.DEVELOPER, CONFIRMED),
    ("developer_early", Role.DEVELOPER, changed(SHOWN, repositories=1)),
    ("researcher_read", Role.RESEARCHER, changed(CONFIRMED, papers=2)),
    ("researcher_early", Role.RESEARCHER, changed(SHOWN, papers=2)),
    ("researcher_watch", Role.RESEARCHER, changed(CONFIRMED, papers=1)),
    ("researcher_no_papers", Role.RESEARCHER, TWICE),
    ("product_manager_trial", Role.PRODUCT_MANAGER, changed(TWICE, RELEASED, TWO, posts=3)),
    ("product_manager_watch", Role.PRODUCT_MANAGER, changed(CONFIRMED, products=1, posts=3)),
    ("product_manager_early", Role.PRODUCT_MANAGER, changed(SHOWN, products=1, posts=3)),
    ("product_manager_no_product", Role.PRODUCT_MANAGER, changed(TWICE, posts=9)),
    ("product_manager_quiet", Role.PRODUCT_MANAGER, changed(TWICE, RELEASED, posts=2)),
    ("investor_read", Role.INVESTOR, changed(TWICE, TWO, onset_age=28)),
    ("investor_watch", Role.INVESTOR, changed(CONFIRMED, TWO)),
    ("executive_read", Role.EXECUTIVE, changed(TWICE, THREE, onset_age=90)),
    ("executive_watch", Role.EXECUTIVE, changed(TWICE, TWO, onset_age=28)),
    ("not_confirmed", Role.INVESTOR, changed(SHOWN, TWO)),
    ("one_family", Role.EXECUTIVE, changed(TWICE, onset_age=200)),
    ("too_recent", Role.EXECUTIVE, changed(TWICE, THREE, onset_age=27)),
    ("not_rising", Role.INVESTOR, changed(TWICE, TWO, phase=Phase.MATURE)),
]


@pytest.mark.parametrize(("rule", "role", "facts"), CASES, ids=[rule for rule, *_ in CASES])
def test_every_rule_decides_where_it_should(rule: str, role: Role, facts: SignalFacts) -> None:
    assert rule_for(facts, role).id == rule


def test_every_rule_has_a_case() -> None:
    assert [rule for rule, *_ in CASES] == [rule.id for rule in RULES]


# Each takes one thing away from a case above; the answer must be another one.
JUST_NOT: list[tuple[str, Role, SignalFacts]] = [
    ("developer_trial", Role.DEVELOPER, changed(TWICE, RELEASED, TWO, onset_age=89, adoption=GROWS)),
    ("developer_trial", Role.DEVELOPER, changed(TWICE, RELEASED, TWO, onset_age=90, adoption=FLAT)),
    ("developer_trial", Role.DEVELOPER, changed(TWICE, RELEASED, TWO, onset_age=90, adoption=None)),
    ("developer_trial", Role.DEVELOPER, changed(TWICE, RELEASED, onset_age=90, adoption=GROWS)),
    ("developer_trial", Role.DEVELOPER, changed(TWICE, repositories=1, has_release=True)),
    ("developer_read", Role.DEVELOPER, changed(TWICE, repositories=1, has_release=False)),
    ("developer_read", Role.DEVELOPER, changed(CONFIRMED, RELEASED)),
    ("developer_watch", Role.DEVELOPER, changed(TWICE, packages=1)),
    ("settled", Role.DEVELOPER, changed(CONFIRMED, RELEASED, ratio=Interval(2.0, 1.0, 4.0))),
    ("declining", Role.DEVELOPER, changed(CONFIRMED, FALLEN, ratio=Interval(1.0, 0.5, 1.0))),
    ("declining", Role.DEVELOPER, changed(SHOWN, FALLEN)),
    ("declining", Role.EXECUTIVE, changed(CONFIRMED, FALLEN, TWO, onset_age=89)),
    ("declining", Role.EXECUTIVE, changed(CONFIRMED, FALLEN, onset_age=90)),
    ("unread_watch", Role.DEVELOPER, changed(TWICE, RELEASED, degraded=True)),
    ("unread_watch", Role.INVESTOR, changed(CONFIRMED, FALLEN, degraded=True)),
    ("unread", Role.DEVELOPER, changed(SHOWN, RELEASED, degraded=True)),
    ("not_confirmed", Role.RESEARCHER, changed(SHOWN, papers=1)),
    ("product_manager_watch", Role.PRODUCT_MANAGER, changed(TWICE, RELEASED, posts=3)),
    ("investor_watch", Role.INVESTOR, changed(TWICE, TWO, onset_age=27)),
    ("one_family", Role.INVESTOR, TWICE),
    ("executive_watch", Role.EXECUTIVE, changed(TWICE, TWO, onset_age=90)),
    ("executive_watch", Role.EXECUTIVE, changed(TWICE, THREE, onset_age=89)),
    ("not_rising", Role.EXECUTIVE, changed(CONFIRMED, THREE, onset_age=200)),
    ("not_confirmed", Role.EXECUTIVE, changed(SHOWN, THREE, ratio=TWICE.ratio, onset_age=200)),
]


@pytest.mark.parametrize(("rule", "role", "facts"), JUST_NOT)
def test_what_lacks_one_thing_falls_to_the_next_rule(rule: str, role: Role, facts: SignalFacts) -> None:
    assert rule_for(facts, role).id == rule


def test_the_last_rule_fits_everything_for_everyone() -> None:
    assert RULES[-1].conditions == ()
    assert RULES[-1].roles == tuple(Role)


def test_every_rule_says_why_and_an_action_can_be_checked() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    for rule in RULES:
        acts = isinstance(rule.answer, Action)
        assert acts == (rule.claim is not None) == (rule.check_after is not None)
        assert rule.sentence.endswith(".")
        assert rule.roles
        assert len(set(rule.roles)) == len(rule.roles)
        assert len(set(rule.conditions)) == len(rule.conditions)


def test_a_claim_follows_from_what_its_rule_asks() -> None:
    """What is to be twice as often in 90 days is so today; what is to be confirmed is not confirmed yet."""
    needs = {
        ClaimKind.STILL_TWICE: {"confirmed", "twice"},
        ClaimKind.STILL_ABOVE: {"confirmed"},
        ClaimKind.STILL_BELOW: {"confirmed", "declining", "below"},
        ClaimKind.CONFIRMED_THEN: set[str](),
        ClaimKind.READ_AGAIN: {"confirmed", "unread"},
    }
    for rule in RULES:
        if rule.claim is not None:
            assert needs[rule.claim] <= {condition.name for condition in rule.conditions}, rule.id
    confirmed = {rule.id for rule in RULES if "confirmed" in {c.name for c in rule.conditions}}
    assert not confirmed & {rule.id for rule in RULES if rule.claim is ClaimKind.CONFIRMED_THEN}


def test_nothing_but_watch_is_recommended_on_what_cannot_be_read() -> None:
    for standing in (Standing.SHOWN, Standing.CONFIRMED):
        blind = changed(
            TWICE, RELEASED, THREE, standing=standing, phase=Phase.UNKNOWN, papers=9, posts=9, onset_age=200
        )
        for role in Role:
            answer = rule_for(blind, role).answer
            assert answer in (Action.WATCH, NoAction.SOURCE_DEGRADED)


def test_the_words_are_closed() -> None:
    assert [str(role) for role in Role] == [
        "developer",
        "researcher",
        "product_manager",
        "investor",
        "executive",
    ]
    assert [str(action) for action in Action] == ["adopt", "trial", "read", "watch", "avoid"]
    assert {rule.answer for rule in RULES} == {*Action, *NoAction}
    assert {rule.claim for rule in RULES} == {*ClaimKind, None}


@pytest.mark.parametrize(
    "change",
    [
        {"stories": -1},
        {"onset_age": -1},
        {"papers": -1},
        {"families": (GITHUB, GITHUB)},
        {"ratio": Interval(1.0, 2.0, 3.0)},
        {"momentum": Interval(4.0, 2.0, 3.0)},
        {"adoption": Interval(float("nan"), 2.0, 3.0)},
        {"ratio": Interval(1.0, 0.5, float("inf"))},
    ],
)
def test_facts_that_cannot_be_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        changed(SHOWN, change)
