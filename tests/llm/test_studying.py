"""Questions about a study: the ledger's outcomes go in, ranked where they must be, with the plan's claim."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from sqlalchemy import Engine

from nophantom.errors import InvalidInput, NotFound
from nophantom.llm.asking import Asked, arm_named, ask, studies, study_named
from nophantom.llm.ledger.seal import record_selection
from nophantom.llm.ledger.study_cubes import read_study_cube
from nophantom.llm.questions.seed_spread import Price
from nophantom.llm.studying import (
    compare_every_arm,
    compare_two_arms,
    problems_of_study,
    spread_of_seeds,
    validation_split_of,
    vote_of_study,
)
from nophantom.llm.verdicts import Claim, Question
from nophantom.stats.recipes import compare_recipes
from nophantom.stats.votes import Tie
from nophantom.store.engine import reading, writing

SMALL = Asked("small")


@pytest.fixture
def opened(small: Engine) -> Engine:
    with writing(small) as session:  # as `select` would, which is tested apart
        record_selection(session, 1, "{}", [5], at=datetime(2026, 2, 3, tzinfo=UTC))
    return small


def scores(engine: Engine, split: str, step: int = 1) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    with reading(engine) as session:
        return read_study_cube(session, 1, split=split).cube.score[:, step]


def test_two_arms_are_compared_as_recipes_with_the_claim_of_the_plan(opened: Engine) -> None:
    table = scores(opened, "test")
    found = compare_two_arms(opened, SMALL, "new", "base")
    wanted = compare_recipes(table[4:], table[:4], confidence=0.95)
    assert found.finding.estimate == wanted.estimate
    assert not found.ruling.exploratory
    assert found.planted == pytest.approx(0.15)
    assert (found.setting.split, found.setting.step, found.setting.reference) == ("test", 2_000, "s1")
    turned = compare_two_arms(opened, SMALL, "base", "new")
    assert turned.ruling.exploratory  # nobody wrote this one down
    assert turned.finding.estimate.point == pytest.approx(-found.finding.estimate.point)
    assert compare_two_arms(opened, SMALL, "new", "base", Claim(delta=0.02)).ruling.exploratory
    early = compare_two_arms(opened, replace(SMALL, step=1_000), "new", "base")
    assert (
        early.finding.estimate
        == compare_recipes(
            scores(opened, "test", 0)[4:], scores(opened, "test", 0)[:4], confidence=0.95
        ).estimate
    )


def test_all_arms_or_some_of_them_are_compared_together(opened: Engine) -> None:
    assert [pair[:2] for pair in compare_every_arm(opened, SMALL).pairs] == [("base", "new")]
    with pytest.raises(InvalidInput, match="one arm"):
        compare_every_arm(opened, SMALL, arms=["new"])


def test_the_spread_is_told_for_every_arm_with_the_hours_of_the_ledger(opened: Engine) -> None:
    found = spread_of_seeds(opened, SMALL, n=10)
    assert [(arm.arm, len(arm.seeds), arm.hours_per_seed) for arm in found.arms] == [
        ("base", 4, 4.25),
        ("new", 4, 4.25),
    ]
    assert found.arms[0].mean == pytest.approx(scores(opened, "test")[:4].mean())
    told = spread_of_seeds(opened, replace(SMALL, arm="new"), price=Price(hours_per_seed=1.0))
    assert [(arm.arm, arm.hours_per_seed) for arm in told.arms] == [("new", 1.0)]
    assert spread_of_seeds(opened, SMALL) == spread_of_seeds(opened, SMALL)


def test_members_of_a_vote_are_ranked_on_validation_and_judged_on_the_test(opened: Engine) -> None:
    found = vote_of_study(opened, replace(SMALL, arm="new"), k=3)
    ranks = scores(opened, "validation")[4:].mean(axis=1)
    order = np.argsort(-ranks, kind="stable")[:3]
    assert [m.seed for m in found.members] == order.tolist()
    assert [m.ranked_by for m in found.members] == pytest.approx(ranks[order].tolist())
    assert [m.accuracy for m in found.members] == pytest.approx(
        scores(opened, "test")[4:][order].mean(axis=1).tolist()
    )
    assert (found.ranked_on, found.rule) == ("validation", "plurality, ties to the better member")


def test_on_validation_itself_members_are_not_ranked_and_a_tie_is_no_answer(small: Engine) -> None:
    found = vote_of_study(small, SMALL, k=2)
    assert (found.ranked_on, found.rule) == (None, "plurality, ties to no answer")
    assert [m.run_id for m in found.members] == [1, 2]
    with pytest.raises(InvalidInput, match="only where members are ranked"):
        vote_of_study(small, SMALL, ties=Tie.BETTER_MEMBER)


def test_the_map_of_problems_counts_the_runs_that_solve_each(opened: Engine) -> None:
    found = problems_of_study(opened, SMALL, shown=3)
    solved = scores(opened, "test").sum(axis=0)
    assert (found.runs, found.n) == (8, 60)
    assert found.always == int((solved == 8).sum())
    assert found.never == int((solved == 0).sum())
    assert found.solved_by == tuple(np.bincount(solved.astype(int), minlength=9).tolist())


def test_studies_and_arms_are_found_by_whole_names(small: Engine) -> None:
    assert [facts.name for facts in studies(small)] == ["small"]
    assert arm_named(small, "small/new") == arm_named(small, "s1/new") == ("s1", "new")
    assert (
        arm_named(small, "small/newer")
        is arm_named(small, "new")
        is arm_named(small, "small/new/seed0")
        is None
    )
    with pytest.raises(NotFound):
        study_named(small, "large")
    assert validation_split_of(study_named(small, "small")) == "validation"


def test_splits_of_others_that_are_called_validation_are_taken_for_it(small: Engine) -> None:
    facts = replace(study_named(small, "small"), validation_split=None)
    for splits, wanted in ((("dev", "test"), "dev"), (("dev", "valid"), "valid"), (("train", "test"), None)):
        assert validation_split_of(replace(facts, splits=splits)) == wanted


def test_the_same_question_draws_the_same_numbers_and_another_seed_others(small: Engine) -> None:
    drawn = [
        ask(small, asked, Question.SEEDS, lambda _: 0) or asked.rng().random()
        for asked in (SMALL, SMALL, replace(SMALL, rng_seed=2))
    ]
    assert drawn[0] == drawn[1] != drawn[2]
