"""The watch list: small topics may be on it, one author and general news may not; the strongest evidence first."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.trends.test_assembly import PAPER, a_corpus, a_document, candidates, detected
from tests.trends.test_gates import facts

from nophantom.trends.documents import Document, Kind
from nophantom.trends.gates import CandidateDrop, WindowFacts, reasons
from nophantom.trends.parameters import Parameters
from nophantom.trends.signals import Candidate, Place
from nophantom.trends.watch_list import kept_off, strongest_first

SMALL = ((85, True), (92, False), (101, False))
"""Days of three stories, and whether each is a paper."""


def off(
    given: WindowFacts,
    stories: int = 3,
    *,
    gate: CandidateDrop | None = None,
    seasonal: float = 0.0,
    technology_only: bool = True,
) -> CandidateDrop | None:
    found = kept_off(
        [gate], given, np.array([seasonal]), np.array([stories]), technology_only=technology_only
    )
    return found[0]


def glorp(told: tuple[tuple[int, bool], ...] = SMALL, **changes: object) -> list[Document]:
    return [
        a_document(90_000 + n, day, f"{n} glorp", **(PAPER if is_paper else {}) | changes)
        for n, (day, is_paper) in enumerate(told)
    ]


def judged(documents: list[Document], parameters: Parameters | None = None) -> Candidate:
    return candidates(detected([*a_corpus(), *documents], parameters)[1])["glorp"]


def test_three_stories_on_three_days_of_28_are_watched_with_the_gate_that_closes_for_a_signal() -> None:
    found = judged(glorp())

    assert (found.stories, found.numbers["active_days"], found.numbers["technology"]) == (3, 1, 1)
    assert (found.place, found.reason) == (Place.WATCH, None)
    assert found.numbers["closed_by"] == CandidateDrop.SPIKE_ONE_DAY


def test_what_no_gate_closes_is_watched_without_one() -> None:
    found = judged(glorp(((101, True), (103, False), (105, True), (107, False))))

    assert found.place is Place.WATCH
    assert "closed_by" not in found.numbers


def test_a_flood_of_one_author_is_not_watched_however_long() -> None:
    flood = glorp(tuple((88 + n, n % 2 == 0) for n in range(20)), author="ann")

    assert judged(glorp(author="ann")).reason is CandidateDrop.SINGLE_AUTHOR
    assert judged(flood).reason is CandidateDrop.SINGLE_AUTHOR


def test_three_stories_on_two_days_are_a_spike() -> None:
    assert judged(glorp(((92, True), (92, False), (101, False)))).reason is CandidateDrop.SPIKE_ONE_DAY


def test_without_the_facet_what_is_no_technology_is_watched_too() -> None:
    as_posts = [replace(d, kind=Kind.POST) for d in glorp()]

    assert judged(as_posts).reason is CandidateDrop.NOT_TECHNOLOGY
    assert judged(as_posts, Parameters(technology_only=False)).place is Place.WATCH


@pytest.mark.parametrize(
    ("technology", "stories", "is_watched"),
    [(0, 3, False), (1, 3, True), (1, 4, True), (1, 5, False), (2, 8, True), (2, 9, False), (25, 100, True)],
)
def test_a_quarter_of_the_stories_and_at_least_one_are_technology(
    technology: int, stories: int, is_watched: bool
) -> None:
    found = off(facts(technology=technology), stories)

    assert found is (None if is_watched else CandidateDrop.NOT_TECHNOLOGY)


def test_what_is_told_by_another_topic_or_by_degraded_sources_alone_is_not_watched() -> None:
    for gate in (CandidateDrop.MERGED_INTO, CandidateDrop.SOURCE_DEGRADED):
        assert off(facts(), gate=gate) is gate


def test_every_other_gate_keeps_off_the_watch_list_too() -> None:
    assert off(facts(), seasonal=3.1) is CandidateDrop.SEASONAL
    assert off(facts(generic=1)) is CandidateDrop.GENERIC_WORD
    assert off(facts(largest_story=0.5)) is CandidateDrop.SPIKE_ONE_DAY
    assert off(facts(authors=1)) is CandidateDrop.SINGLE_AUTHOR
    assert off(facts(sources=1)) is CandidateDrop.SINGLE_SOURCE
    assert off(facts(news=0.51)) is CandidateDrop.NOT_TECHNOLOGY
    assert off(facts(told_days=2)) is CandidateDrop.SPIKE_ONE_DAY
    assert off(facts(active_days=0)) is None


@given(
    active_days=st.integers(0, 14),
    authors=st.integers(1, 3),
    sources=st.integers(1, 3),
    technology=st.integers(0, 8),
    stories=st.integers(3, 8),
    news=st.floats(0, 1),
)
def test_a_small_topic_that_may_be_a_signal_may_be_watched(
    active_days: int, authors: int, sources: int, technology: int, stories: int, news: float
) -> None:
    """Up to eight stories two of technology are a quarter: then the watch list asks for less, never for more."""
    told = facts(
        active_days,
        authors=authors,
        sources=sources,
        technology=technology,
        news=news,
        told_days=max(1, active_days),
    )
    [gate] = reasons(told, np.zeros(1), np.zeros(1, dtype=np.bool_), technology_only=True)

    assert gate is not None or off(told, stories, gate=gate) is None


def test_the_strongest_evidence_comes_first_and_of_equals_the_greater_momentum() -> None:
    log_e, low = np.array([2.0, 5.0, 2.0, -np.inf, 2.0]), np.array([0.1, 0.1, 0.9, 9.0, 0.1])

    assert strongest_first(log_e, low).tolist() == [1, 2, 0, 4, 3]
    assert strongest_first(np.zeros(0), np.zeros(0)).tolist() == []


def test_a_watched_topic_leaves_the_list_when_its_stories_are_four_weeks_old() -> None:
    documents = [*a_corpus(days=135), *glorp()]
    days = {
        day: candidates(detected(documents, day=day)[1]).get("glorp") for day in (100, 101, 112, 113, 120)
    }

    assert [day for day, found in days.items() if found and found.place is Place.WATCH] == [101, 112]
