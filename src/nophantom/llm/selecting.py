"""Choosing a seed on validation, and opening the test once. WORLD: writes the selection, then reads the test."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Engine

from nophantom.clock import now
from nophantom.errors import InvalidInput
from nophantom.llm.asking import Asked, Opened, open_study, study_named
from nophantom.llm.cube import StudyCube
from nophantom.llm.ledger.seal import SelectionFacts, record_finding, record_selection
from nophantom.llm.ledger.standing import progress_of
from nophantom.llm.ledger.study_facts import StudyFacts, read_study
from nophantom.llm.questions.seed_selection import Recorded, SelectionAnswer, choose
from nophantom.llm.studying import validation_split_of
from nophantom.llm.verdicts import Question
from nophantom.store.canonical import canonical_json, content_hash
from nophantom.store.engine import reading, writing


def select_seed(
    engine: Engine,
    asked: Asked,
    *,
    top_k: int = 1,
    test: str | None = None,
    record: bool = True,
    unfinished: bool = False,
) -> SelectionAnswer:
    """Choose the best runs of a study on validation, record the choice, and open the test.

    The choice is written before the test is read: whoever interrupts in between has chosen. Recording the same
    choice again changes nothing; another one later is marked as made after the test was seen.

    Args:
        engine: the store.
        asked: the study, and which split to choose on (`split`; None is the declared validation split, of
            imported logs the one that is called so, else the only one there is).
        top_k: how many runs are chosen.
        test: the split to judge on, of imported logs; a study with a plan declares it.
        record: write the selection and open the test; False only shows what would be chosen.
        unfinished: choose although evaluations of the plan are missing, as where a run cannot be finished.

    Raises:
        NotFound, Ambiguous: the study is not there, or several are meant.
        InvalidInput: the split to choose on is the sealed test, runs lack outcomes there, or there is no such
            split to judge on; or evaluations of the plan are missing (unless `unfinished`).
    """
    facts = study_named(engine, asked.study)
    split = asked.split or validation_split_of(facts)
    if split is not None and split == facts.sealed_split:
        raise InvalidInput(
            f"{split!r} is the test of {facts.name!r}: seeds are chosen on {facts.validation_split!r}. Leave out "
            "--split."
        )
    asked = replace(asked, split=split, look=None)
    with reading(engine) as session:
        opened = open_study(session, facts.id, asked)
        progress = progress_of(session, facts.id)
    if record and not unfinished and progress is not None and progress.done < progress.planned:
        raise InvalidInput(
            f"{facts.name!r} has {progress.done} of its {progress.planned} evaluations: choosing now would open its "
            f"test while runs are missing. `nophantom study resume {facts.name}` goes on; --unfinished chooses "
            "all the same."
        )
    judged_on = _test_split(facts, opened.cube, test)
    first = choose(
        opened.cube,
        opened.setting,
        rng=asked.rng(),
        top_k=top_k,
        step=asked.step,
        same_problems=judged_on is None,
    )
    if not record:
        return first
    recorded = _record(engine, opened, first, asked, top_k)
    there = None
    with reading(engine) as session:
        if judged_on is not None:
            # The checkpoint that was chosen on, also where the test has later ones.
            same = replace(asked, split=judged_on, step=opened.setting.step)
            there = open_study(session, facts.id, same).cube
        setting = replace(opened.setting, provenance=read_study(session, facts.id).provenance())
    return choose(
        opened.cube,
        setting,
        rng=asked.rng(),
        top_k=top_k,
        step=opened.setting.step,
        test=there,
        recorded=recorded_of(recorded),
        same_problems=judged_on is None,
    )


def _test_split(facts: StudyFacts, cube: StudyCube, wanted: str | None) -> str | None:
    """Where the choice is judged: the declared test, the one that is named, or another one called test.

    Asked before anything is recorded, so that a mistaken name leaves no selection behind.
    """
    if facts.sealed_split is not None:
        if wanted not in {None, facts.sealed_split}:
            raise InvalidInput(
                f"the plan of {facts.name!r} declares the test {facts.sealed_split!r}; got {wanted!r}."
            )
        return facts.sealed_split
    if wanted is None:
        return "test" if "test" in facts.splits and cube.split != "test" else None
    if wanted not in facts.splits or wanted == cube.split:
        raise InvalidInput(
            f"a choice on {cube.split or 'a split without a name'!r} is judged on another split that there is; got "
            f"{wanted!r} of {', '.join(facts.splits) or 'none'}."
        )
    return wanted


def _record(
    engine: Engine, opened: Opened, answer: SelectionAnswer, asked: Asked, top_k: int
) -> SelectionFacts:
    cube = opened.cube
    rule: dict[str, Any] = {
        "arm": asked.arm,
        "split": cube.split,
        "step": opened.setting.step,
        "problem_set": cube.problem_set,
        "grader": cube.grader,
        "top_k": top_k,
        "rule": "highest accuracy; of equals the one that was run first",
    }
    inputs = content_hash(
        [rule, cube.cube.runs, cube.cube.problems, [[c.run, c.accuracy] for c in answer.candidates]]
    )
    ids = [c.run_id for c in answer.chosen if c.run_id is not None]
    with writing(engine) as session:
        at = now()
        recorded = record_selection(session, opened.facts.id, canonical_json(rule), ids, at=at)
        told = asdict(replace(answer, setting=replace(answer.setting, provenance=None)))
        record_finding(session, opened.facts.id, Question.SELECTION, inputs, told, at=at)
    return recorded


def recorded_of(facts: SelectionFacts) -> Recorded:
    """A selection of the ledger, as an answer tells of it."""
    return Recorded(
        number=facts.number,
        made_at=f"{facts.made_at:%Y-%m-%dT%H:%M:%SZ}",
        looks_before=facts.looks_before,
        after_test=facts.after_test,
    )
