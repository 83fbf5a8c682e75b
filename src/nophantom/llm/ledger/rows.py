"""Rows that logs of others and studies of our own write alike: problems, checkpoints, evaluations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from nophantom.llm.ledger.tables import Checkpoint, Evaluation, Problem, ProblemSet
from nophantom.llm.logs.records import Grading, LoggedProblem
from nophantom.llm.problems import Grader, distinct_keys, question_key
from nophantom.store.base import storable
from nophantom.store.canonical import content_hash
from nophantom.store.portions import insert_rows

_LONGEST_NAME = 500  # characters; Postgres cannot index a text of more than 2,704 bytes


def storable_name(text: str) -> str:
    """A name of others, storable and short enough for an index; a cut one ends in the hash of the whole."""
    name = storable(text)
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{name[: _LONGEST_NAME - 20]}... {sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def record_problems(
    session: Session, set_name: str, problems: Sequence[LoggedProblem], grader: Grader | None
) -> tuple[list[int], int]:
    """Row numbers of `problems`, in their order, and how many were known with another reference."""
    set_id = session.execute(select(ProblemSet.id).where(ProblemSet.name == set_name)).scalar()
    if set_id is None:
        session.add(new := ProblemSet(name=set_name))
        session.flush()
        set_id = new.id
    keys = distinct_keys(question_key(p.question, p.choices) for p in problems)
    known = {
        key: (number, reference)
        for key, number, reference in session.execute(
            select(Problem.key, Problem.id, Problem.reference).where(Problem.problem_set_id == set_id)
        )
    }
    fresh = [
        {
            "problem_set_id": set_id,
            "key": key,
            "question": storable(p.question),
            "reference": storable(p.reference),
        }
        for key, p in zip(keys, problems, strict=True)
        if key not in known
    ]
    differ = sum(
        key in known and not _same_reference(known[key][1], storable(p.reference), grader)
        for key, p in zip(keys, problems, strict=True)
    )
    insert_rows(session, Problem, fresh)
    if fresh:
        rows = session.execute(select(Problem.key, Problem.id).where(Problem.problem_set_id == set_id))
        known |= {key: (number, "") for key, number in rows}
    return [known[key][0] for key in keys], differ


def _same_reference(first: str, second: str, grader: Grader | None) -> bool:
    # A worked solution and its bare number are one reference to a grader that reads numbers.
    if grader is None or first == second:
        return True
    number = grader.reference(first)
    return number is not None and number == grader.reference(second)


def checkpoint_of(session: Session, run_id: int, step: int | None) -> int:
    """Number of the checkpoint of a run at a step (None: the log does not tell), made if there is none."""
    # `== None` becomes IS NULL, which is what the unknown step needs.
    known = session.execute(
        select(Checkpoint.id).where(Checkpoint.run_id == run_id, Checkpoint.step == step)
    ).scalar()
    if known is not None:
        return known
    session.add(new := Checkpoint(run_id=run_id, step=step))
    session.flush()
    return new.id


def insert_evaluation(
    session: Session,
    shared: Mapping[str, Any],
    source_hash: str,
    set_name: str,
    grading: Grading,
    rank: int,
    answers_of: int | None,
) -> int:
    """Number of a new evaluation; `source_hash` is the log or plan that its outcomes come from."""
    identity = content_hash(
        [set_name, shared["split"], shared["settings"], grading.grader, grading.version, source_hash]
    )
    row = Evaluation(
        **shared,
        grader=storable(grading.grader),
        grader_version=storable(grading.version),
        rank=rank,
        headline=grading.headline,
        answers_of=answers_of,
        identity=identity,
    )
    session.add(row)
    session.flush()
    return row.id
