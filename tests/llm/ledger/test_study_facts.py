"""What is told of a study: how it is named, and what every report says of its test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from nophantom.errors import Ambiguous, NotFound
from nophantom.llm.ledger.seal import LookFacts, SelectionFacts, record_look, record_selection
from nophantom.llm.ledger.study_facts import StudyFacts, list_studies, read_study, resolve_study
from nophantom.llm.plan import Origin
from nophantom.llm.seed_worlds import SeedWorld
from nophantom.llm.verdicts import Question
from nophantom.store.engine import reading, writing

AT = datetime(2026, 2, 3, tzinfo=UTC)


def facts_of(
    looks: int, looks_before: tuple[int, ...], *, origin: Origin = Origin.RUN, sealed: str | None = "test"
) -> StudyFacts:
    """A study with so many looks, and for each selection how many looks came before it."""
    return StudyFacts(
        id=3,
        name="s",
        origin=origin,
        plan="{}",
        plan_hash="0" * 64,
        created_at=AT,
        validation_split=None if sealed is None else "dev",
        sealed_split=sealed,
        arms=("base",),
        runs=2,
        splits=("dev", "test"),
        looks=(LookFacts(Question.SEEDS, "why", AT),) * looks,
        selections=tuple(SelectionFacts(n, "{}", (1,), k, AT) for n, k in enumerate(looks_before, 1)),
    )


@pytest.mark.parametrize(
    ("looks", "before", "said"),
    [
        (0, (), "test not seen so far: nothing is selected yet"),
        (1, (), "test seen 1 time so far: nothing is selected yet"),
        (2, (), "test seen 2 times so far: nothing is selected yet"),
        (0, (0,), "test not seen before selection"),
        (1, (1,), "test seen 1 time before selection"),
        (2, (2,), "test seen 2 times before selection"),
        (0, (0, 0), "test not seen before selection; selected again 1 time after the test was seen"),
        (2, (2, 2, 2), "test seen 2 times before selection; selected again 2 times after the test was seen"),
    ],
)
def test_every_report_says_how_often_the_test_was_seen(
    looks: int, before: tuple[int, ...], said: str
) -> None:
    facts = facts_of(looks, before)
    assert facts.provenance() == said
    assert facts.sealed is (not before)


def test_logs_of_others_are_of_unknown_provenance_and_never_sealed() -> None:
    facts = facts_of(0, (), origin=Origin.IMPORTED, sealed=None)
    assert facts.sealed is False
    assert (facts.provenance() or "").startswith("provenance unknown")
    assert facts_of(0, (), sealed=None).provenance() is None


def test_a_selection_after_a_look_or_after_another_selection_is_after_the_test() -> None:
    after = [SelectionFacts(n, "{}", (1,), k, AT).after_test for n, k in ((1, 0), (1, 1), (2, 0))]
    assert after == [False, True, True]


@pytest.fixture
def three(engine: Engine, small_world: SeedWorld, record_world: Callable[..., None]) -> Engine:
    """The studies s1 `one`, s2 `one-more` and s3 `s1`, the last with a misleading name."""
    tiny = replace(small_world, seeds=2, steps=(1,), n_validation=2, n_test=3)
    for name in ("one", "one-more", "s1"):
        record_world(engine, tiny, name)
    return engine


def test_a_study_is_known_by_name_number_or_a_piece_and_reads_as_it_was_written(three: Engine) -> None:
    with reading(three) as session:
        for reference, number in (("one", 1), ("more", 2), ("s2", 2), ("s3", 3), ("s1", 3)):
            assert resolve_study(session, reference) == number
        with pytest.raises(Ambiguous, match="fits 2 studies: s1 one; s2 one-more"):
            resolve_study(session, "on")
        for nobody in ("two", "s4", ""):
            with pytest.raises(NotFound, match=f"no study.*{nobody}"):
                resolve_study(session, nobody)
    with writing(three) as session:
        record_look(session, 2, Question.GATE, "a look", at=AT)
        record_selection(session, 2, "{}", [7, 5], at=AT)
    with reading(three) as session:
        first, second, third = list_studies(session)
        assert second == read_study(session, 2)
        with pytest.raises(NotFound, match="s9"):
            read_study(session, 9)
    assert (first.reference, second.reference, third.name) == ("s1", "s2", "s1")
    assert (second.arms, second.runs, second.splits) == (("base", "new"), 4, ("test", "validation"))
    assert (second.validation_split, second.sealed_split, second.simulated) == ("validation", "test", True)
    assert second.looks == (LookFacts(Question.GATE, "a look", AT),)
    assert second.selections == (SelectionFacts(1, "{}", (7, 5), 1, AT),)
    assert (first.sealed, second.sealed) == (True, False)
