"""Questions about studies, answered out of the ledger. WORLD: opens the transactions, records looks."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from nophantom.clock import now
from nophantom.errors import InvalidInput
from nophantom.llm.cube import StudyCube
from nophantom.llm.ledger.seal import LOOKED, record_look
from nophantom.llm.ledger.study_cubes import read_study_cube
from nophantom.llm.ledger.study_facts import StudyFacts, find_arm, list_studies, read_study, resolve_study
from nophantom.llm.questions.setting import RNG_SEED, Setting, setting_of
from nophantom.llm.verdicts import Claim, Question
from nophantom.store.engine import reading, writing

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which outcomes a question is about.

    Attributes:
        study: `s3`, or a unique piece of its name.
        arm: only its runs.
        split: which split; None chooses validation while the test is sealed, and the test afterwards.
        step: training step; None is the last that all runs have.
        problem_set: which one, where the study has several.
        grader: a piece of the grader's name.
        look: why the sealed test is looked at before a selection; None respects the seal.
        rng_seed: of whatever is drawn.
    """

    study: str
    arm: str | None = None
    split: str | None = None
    step: int | None = None
    problem_set: str | None = None
    grader: str | None = None
    look: str | None = None
    rng_seed: int = RNG_SEED

    def rng(self) -> np.random.Generator:
        """A fresh generator: every question draws from the beginning."""
        return np.random.default_rng(self.rng_seed)


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """What a question is answered from.

    Attributes:
        facts: of the study.
        cube: its outcomes.
        setting: what the answer says first.
    """

    facts: StudyFacts
    cube: StudyCube
    setting: Setting

    def planned(self) -> dict[str, Any]:
        """The plan as it was kept; of imported logs there is just a name."""
        told: dict[str, Any] = json.loads(self.facts.plan)
        return told


def studies(engine: Engine) -> list[StudyFacts]:
    """Every study of the ledger."""
    with reading(engine) as session:
        return list_studies(session)


def study_named(engine: Engine, reference: str) -> StudyFacts:
    """The study that a person means.

    Raises:
        NotFound, Ambiguous: a reference fits none, or several.
    """
    with reading(engine) as session:
        return read_study(session, resolve_study(session, reference))


def arm_named(engine: Engine, reference: str) -> tuple[str, str] | None:
    """(study, arm) of `s1/arm` or `study/arm`; None where it names no arm exactly.

    A run's name may read the same; an arm is meant only where study and arm both fit whole.
    """
    study, slash, arm = reference.rpartition("/")
    if not slash:
        return None
    with reading(engine) as session:
        return find_arm(session, study, arm)


def ask(
    engine: Engine,
    asked: Asked,
    question: Question,
    answer: Callable[[Opened], T],
    *,
    answers: bool = False,
    confidence: bool = False,
) -> T:
    """Read the outcomes that a question is about, and answer it.

    Args:
        engine: the store.
        asked: which outcomes.
        question: what is asked; a forced look is recorded with it.
        answer: from the outcomes to the answer.
        answers: the question needs the answers as the grader read them.
        confidence: it needs how sure the model was.

    Raises:
        NotFound, Ambiguous: the study is not there, or several are meant.
        Sealed: the outcomes are of a sealed test, and no look was asked for.
        InvalidInput: there are no such outcomes.
    """
    looked = LOOKED if asked.look is None else look_at_study(engine, asked, question)
    with reading(engine) as session:
        study_id = resolve_study(session, asked.study)
        opened = open_study(session, study_id, asked, answers=answers, confidence=confidence, looked=looked)
    return answer(opened)


def open_study(
    session: Session,
    study_id: int,
    asked: Asked,
    *,
    last_only: bool = False,
    answers: bool = False,
    confidence: bool = False,
    looked: frozenset[int] = LOOKED,
) -> Opened:
    """The outcomes of a study inside a transaction; `looked` are studies whose seal is broken for this."""
    facts = read_study(session, study_id)
    cube = read_study_cube(
        session,
        study_id,
        split=asked.split,
        problem_set=asked.problem_set,
        grader=asked.grader,
        arm=asked.arm,
        last_only=last_only,
        answers=answers,
        confidence=confidence,
        looked=looked,
    )
    step = cube.cube.steps[cube.step_index(asked.step)]
    setting = setting_of(cube, step, reference=facts.reference, provenance=facts.provenance())
    return Opened(facts, cube, setting)


def look_at_study(engine: Engine, asked: Asked, question: Question) -> frozenset[int]:
    """Record a forced look; where nothing is sealed there is nothing to record."""
    with writing(engine) as session:
        facts = read_study(session, resolve_study(session, asked.study))
        if not facts.sealed or asked.split not in {None, facts.sealed_split}:
            return LOOKED
        if asked.split is None:
            raise InvalidInput(
                f"a look at the sealed test of {facts.name!r} names it: add --split {facts.sealed_split}."
            )
        # A mistaken arm or step is refused here: who saw nothing has not looked.
        looked = frozenset({facts.id})
        open_study(session, facts.id, asked, last_only=asked.step is None, looked=looked)
        record_look(session, facts.id, question, asked.look or "", at=now())
        return looked


def planned_claim(opened: Opened, first: str, second: str) -> tuple[Claim | None, float | None]:
    """The claim that the plan makes about two arms, and their planted difference in a simulation."""
    told = opened.planned()
    claim = next(
        (c["claim"] for c in told.get("claims", ()) if (c["first"], c["second"]) == (first, second)), None
    )
    planted = told.get("planted") or {}
    difference = planted[first] - planted[second] if first in planted and second in planted else None
    return (Claim.from_json(claim) if claim else None), difference
