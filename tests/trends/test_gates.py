"""Gates: which closes on which number, and what is told of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nophantom.trends.gates import (
    RULES,
    CandidateDrop,
    Fact,
    GateOutcome,
    WindowFacts,
    gate_results,
    reasons,
)


def facts(
    active_days: int = 4,
    largest_story: float = 0.49,
    authors: int = 2,
    sources: int = 2,
    technology: int = 2,
    news: float = 0.5,
    generic: float = 0.0,
    told_days: int = 4,
) -> WindowFacts:
    """One candidate; without arguments every gate is just open."""
    return WindowFacts(
        active_days=np.array([active_days]),
        told_days=np.array([told_days]),
        largest_story=np.array([largest_story]),
        authors=np.array([authors]),
        sources=np.array([sources]),
        technology=np.array([technology]),
        news=np.array([news]),
        generic=np.array([generic]),
    )


def reason(
    given: WindowFacts, seasonal: float = 3.0, *, degraded: bool = False, technology_only: bool = True
) -> CandidateDrop | None:
    return reasons(given, np.array([seasonal]), np.array([degraded]), technology_only=technology_only)[0]


def test_the_reasons_are_closed_words() -> None:
    assert [str(drop) for drop in CandidateDrop] == [
        "below_min_support",
        "not_significant",
        "source_degraded",
        "seasonal",
        "merged_into",
        "generic_word",
        "spike_one_day",
        "single_author",
        "single_source",
        "not_technology",
    ]


def test_all_gates_are_open_just_beside_where_they_close() -> None:
    assert reason(facts()) is None


@pytest.mark.parametrize(
    ("given", "closed"),
    [
        (facts(generic=1.0), CandidateDrop.GENERIC_WORD),
        (facts(active_days=3), CandidateDrop.SPIKE_ONE_DAY),
        (facts(largest_story=0.5), CandidateDrop.SPIKE_ONE_DAY),
        (facts(authors=1), CandidateDrop.SINGLE_AUTHOR),
        (facts(sources=1), CandidateDrop.SINGLE_SOURCE),
        (facts(technology=1), CandidateDrop.NOT_TECHNOLOGY),
        (facts(news=0.501), CandidateDrop.NOT_TECHNOLOGY),
    ],
)
def test_each_gate_closes_on_its_own_number(given: WindowFacts, closed: CandidateDrop) -> None:
    assert reason(given) is closed


def test_a_season_and_a_degraded_source_close() -> None:
    assert reason(facts(), 3.001) is CandidateDrop.SEASONAL
    assert reason(facts(), degraded=True) is CandidateDrop.SOURCE_DEGRADED


def test_of_several_gates_the_first_in_the_order_is_the_reason() -> None:
    worst = facts(0, 1.0, 0, 0, 0, 1.0, 1.0)
    order = [
        reason(worst, 9.0, degraded=True),
        reason(worst, 9.0),
        reason(worst),
        reason(replace(worst, generic=np.array([0.0]))),
        reason(
            replace(worst, generic=np.array([0.0]), active_days=np.array([9]), largest_story=np.array([0.0]))
        ),
        reason(facts(authors=9, sources=1, technology=0, news=1.0)),
        reason(facts(technology=0, news=1.0)),
    ]

    assert order == [
        CandidateDrop.SOURCE_DEGRADED,
        CandidateDrop.SEASONAL,
        CandidateDrop.GENERIC_WORD,
        CandidateDrop.SPIKE_ONE_DAY,
        CandidateDrop.SINGLE_AUTHOR,
        CandidateDrop.SINGLE_SOURCE,
        CandidateDrop.NOT_TECHNOLOGY,
    ]


def test_whether_a_word_is_generic_may_not_be_known_and_lets_pass() -> None:
    assert reason(facts(generic=np.nan)) is None


def test_only_the_facet_of_technology_can_be_turned_off() -> None:
    assert reason(facts(technology=0, news=1.0), technology_only=False) is None
    assert reason(facts(authors=1), technology_only=False) is CandidateDrop.SINGLE_AUTHOR


def test_gates_of_no_candidates_are_none() -> None:
    whole, shares = np.zeros(0, dtype=np.int64), np.zeros(0)
    none = WindowFacts(whole, whole, shares, whole, whole, whole, shares, shares)

    assert reasons(none, np.zeros(0), np.zeros(0, dtype=np.bool_), technology_only=True) == []


@given(
    seasonal=st.sampled_from([0.0, 2.9, 3.0, 3.1, 40.0]),
    active_days=st.integers(0, 14),
    largest=st.sampled_from([0.0, 0.49, 0.5, 1.0]),
    few=st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)),
    news=st.sampled_from([0.0, 0.5, 0.51, 1.0]),
    generic=st.sampled_from([0.0, 1.0, None]),
    technology_only=st.booleans(),
)
def test_what_is_told_of_the_gates_is_what_decided(
    seasonal: float,
    active_days: int,
    largest: float,
    few: tuple[int, int, int],
    news: float,
    generic: float | None,
    technology_only: bool,
) -> None:
    authors, sources, technology = few
    numbers = {
        "seasonal_ratio": seasonal,
        "active_days": active_days,
        "largest_story_share": largest,
        "authors": authors,
        "sources": sources,
        "technology": technology,
        "news_share": news,
        "generic": generic,
    }
    told = gate_results(numbers, technology_only=technology_only)
    decided = reason(
        facts(
            active_days, largest, authors, sources, technology, news, np.nan if generic is None else generic
        ),
        seasonal,
        technology_only=technology_only,
    )
    missed = [gate.reason for gate in told if gate.outcome is GateOutcome.MISSED]
    assert (missed[0] if missed else None) is decided
    assert [gate.fact for gate in told] == [rule.fact for rule in RULES]
    assert {gate.fact for gate in told} == set(Fact)


def test_a_season_that_is_not_known_is_told_as_unknown_and_lets_pass() -> None:
    numbers = {fact.value: 9.0 for fact in Fact} | {"seasonal_ratio": 0.0}
    season = gate_results(numbers, technology_only=True)[0]
    assert (season.found, season.outcome) == (None, GateOutcome.UNKNOWN)


def test_the_facet_that_was_not_asked_for_is_told_as_off() -> None:
    told = gate_results({fact.value: 0.0 for fact in Fact}, technology_only=False)
    off = {gate.fact for gate in told if gate.outcome is GateOutcome.OFF}
    assert off == {Fact.TECHNOLOGY, Fact.NEWS_SHARE}
