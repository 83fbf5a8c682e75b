"""A plan is known by its hash: what is new in it leaves the hashes of old plans alone, and it fits its arms."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nophantom.errors import InvalidInput
from nophantom.llm.plan import Origin, StudyPlan

PLAN = StudyPlan(
    name="s",
    origin=Origin.RUN,
    problem_set="sums",
    split="test",
    arms=("a", "b"),
    seeds=(0, 1),
    steps=(10,),
    claims=(),
    planted={},
)


def test_a_plan_without_the_newer_parts_keeps_the_hash_that_it_had() -> None:
    """Written down when plans had neither validation nor recipes."""
    assert PLAN.canonical() == (
        '{"arms":["a","b"],"claims":[],"name":"s","origin":"run","planted":{},"problem_set":"sums",'
        '"seeds":[0,1],"split":"test","steps":[10]}'
    )


def test_every_newer_part_changes_the_hash() -> None:
    others = [
        replace(PLAN, validation="validation"),
        replace(PLAN, recipes={"a": {}, "b": {}}),
        replace(PLAN, factors={"a": {"router": "x"}, "b": {"router": "y"}}),
        replace(PLAN, shares_seeds=True),
    ]
    assert len({plan.plan_hash for plan in (PLAN, *others)}) == 5


def test_recipes_and_factors_are_of_the_arms() -> None:
    with pytest.raises(InvalidInput, match=r"the recipes of the plan 's' are of \['a'\]"):
        replace(PLAN, recipes={"a": {}})
    with pytest.raises(InvalidInput, match=r"the factors of the plan 's' are of \['a', 'c'\]"):
        replace(PLAN, factors={"a": {}, "c": {}})
