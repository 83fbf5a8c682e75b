"""Which strata a selective order orders, by what an earlier study showed on validation. WORLD: reads the ledger."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Engine

from nophantom.errors import InvalidInput
from nophantom.llm.cube import StudyCube
from nophantom.llm.ledger.study_cubes import read_study_cube
from nophantom.llm.ledger.study_facts import StudyFacts, read_study, resolve_study
from nophantom.llm.questions.ordering import strata_helped
from nophantom.llm.recipe import DataOrder
from nophantom.store.engine import reading


@dataclass(frozen=True, slots=True)
class OrderingEvidence:
    """What a study shows of order.

    Attributes:
        strata: in which ordering was shown to help; often none.
        told: the same with its source, as a sentence.
    """

    strata: tuple[str, ...]
    told: str


def strata_from_study(engine: Engine, reference: str, stratum_of: Mapping[str, str]) -> OrderingEvidence:
    """The strata in which the ordered arm of a study beat its shuffled one on validation.

    Args:
        engine: the store.
        reference: of the study.
        stratum_of: key of a problem -> its stratum.

    Raises:
        NotFound, Ambiguous: there is no such study, or several.
        InvalidInput: it has no two arms that differ in their order alone, or other problems.
    """
    with reading(engine) as session:
        facts = read_study(session, resolve_study(session, reference))
        ordered, shuffled = _arms(facts)
        cube = read_study_cube(session, facts.id, split=facts.validation_split)
    step = cube.last_step
    common = [place for place, key in enumerate(cube.cube.problems) if key in stratum_of]
    if not common:
        raise InvalidInput(
            f"the study {facts.name!r} was validated on {cube.problem_set!r}, and none of these problems is in this "
            "study's. Take the evidence from a study on the same problems, or name the strata with ordered = [...]."
        )
    first, second, paired = _scores(cube, ordered, step), _scores(cube, shuffled, step), False
    if json.loads(facts.plan).get("shares_seeds"):
        both = sorted(first.keys() & second.keys(), key=str)
        if paired := len(both) > 1:
            first, second = {seed: first[seed] for seed in both}, {seed: second[seed] for seed in both}
    names = [stratum_of[cube.cube.problems[place]] for place in common]
    helped = strata_helped(
        np.array([row[common] for row in first.values()]),
        np.array([row[common] for row in second.values()]),
        names,
        paired=paired,
    )
    shown = ", ".join(helped) or "no stratum, so nothing is ordered"
    told = (
        f"{ordered} against {shuffled} of {facts.reference} {facts.name}: order was shown to help in {shown}"
    )
    return OrderingEvidence(helped, told)


def _scores(cube: StudyCube, arm: str, step: int) -> dict[int | None, Any]:
    found = cube.of_arm(arm)
    return dict(zip(found.seeds, found.cube.score[:, step], strict=True))


def _arms(facts: StudyFacts) -> tuple[str, str]:
    """Two arms that differ in their order alone: easy to hard, and shuffled."""
    recipes: dict[str, dict[str, Any]] = json.loads(facts.plan).get("recipes") or {}
    kinds: dict[str, dict[str, str]] = {}
    for arm, told in recipes.items():
        if "order" in told:
            rest = {key: value for key, value in told.items() if key not in {"order", "ordered", "evidence"}}
            kinds.setdefault(json.dumps(rest, sort_keys=True), {})[told["order"]] = arm
    for by_order in kinds.values():
        if {DataOrder.BLANKET, DataOrder.SHUFFLED} <= by_order.keys():
            return by_order[DataOrder.BLANKET], by_order[DataOrder.SHUFFLED]
    raise InvalidInput(
        f"the study {facts.name!r} tells nothing of order: it has no two arms that differ in their order alone, "
        'one "blanket" and one "shuffled". Run such a study first, or name the strata with ordered = [...].'
    )
