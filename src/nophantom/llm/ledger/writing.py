"""Writing to the ledger. There is no way to change or remove what it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from nophantom.errors import Unreadable
from nophantom.llm.ledger.rows import (
    checkpoint_of,
    insert_evaluation,
    record_problems,
    storable_name,
)
from nophantom.llm.ledger.tables import (
    AnswerText,
    Checkpoint,
    Evaluation,
    Log,
    Omission,
    Outcome,
    ProblemSet,
    Run,
)
from nophantom.llm.logs.records import EvaluationLog, Grading, Mark
from nophantom.llm.problems import (
    Failure,
    Grader,
    own_grader,
    problem_set_name,
)
from nophantom.store.base import SURROGATE, storable, storable_or_none
from nophantom.store.blobs import Blobs
from nophantom.store.canonical import canonical_json
from nophantom.store.portions import insert_rows


@dataclass(frozen=True, slots=True)
class LogFile:
    """Which file a log was read from.

    Attributes:
        path: as it was given.
        sha256: of the whole content, in hex: the same content is imported once.
        n_bytes: its size.
        run_hash: SHA-256 of what names the run: logs with the same one belong to one run.
    """

    path: str
    sha256: str
    n_bytes: int
    run_hash: str


@dataclass(frozen=True, slots=True)
class RecordedLog:
    """What an import wrote.

    Attributes:
        log_id: number of the log.
        run_id: number of the run that its outcomes belong to.
        references_differ: problems that an earlier log named with another reference answer.
    """

    log_id: int
    run_id: int
    references_differ: int = 0


def find_log(session: Session, sha256: str) -> RecordedLog | None:
    """The log with this content, if it was imported before."""
    row = session.execute(
        select(Log.id, Checkpoint.run_id)
        .join(Evaluation, Evaluation.log_id == Log.id)
        .join(Checkpoint, Checkpoint.id == Evaluation.checkpoint_id)
        .where(Log.sha256 == sha256)
        .limit(1)
    ).first()
    return RecordedLog(row[0], row[1]) if row else None


def record_log(
    session: Session, blobs: Blobs, log: EvaluationLog, file: LogFile, *, at: datetime
) -> RecordedLog:
    """Write a log: its run, problems, raw answers, and an evaluation for each grader, ours first.

    Raises:
        Unreadable: nobody has scored its answers, and there is no grader of ours for its problem set; or
            its task has no name.
    """
    name = storable_name(problem_set_name(log.task))
    if not name:
        raise Unreadable(
            f"{file.path}: the log does not name its task; saw {log.task!r}. Name it in the log."
        )
    grader = own_grader(name)
    if not log.gradings and grader is None:
        raise Unreadable(
            f"{file.path}: the log has no scores, and NoPhantom has no grader of its own for {name!r}. Score it with "
            "its framework first."
        )
    log_id = _insert_log(session, log, file, at)
    problem_ids, differ = record_problems(session, name, log.problems, grader)
    set_id = session.execute(select(ProblemSet.id).where(ProblemSet.name == name)).scalar_one()
    run_id = _run_of_import(session, log, file, at)
    shared: dict[str, Any] = {
        "checkpoint_id": checkpoint_of(session, run_id, None),
        "problem_set_id": set_id,
        "split": storable_or_none(log.split),
        "settings": storable(canonical_json(log.settings)),
        "log_id": log_id,
        "created_at": at,
    }
    gradings = [(g, rank + (grader is not None)) for rank, g in enumerate(log.gradings)]
    if grader is not None:
        gradings.append((_grade_again(log, grader), 0))
    base: int | None = None
    for grading, rank in gradings:
        evaluation_id = insert_evaluation(session, shared, file.sha256, name, grading, rank, base)
        _insert_outcomes(session, evaluation_id, log, grading, problem_ids)
        if base is None:
            base = evaluation_id
            _keep_texts(session, blobs, log, evaluation_id)
    return RecordedLog(log_id, run_id, differ)


def _insert_log(session: Session, log: EvaluationLog, file: LogFile, at: datetime) -> int:
    row = Log(
        sha256=file.sha256,
        path=storable(file.path),
        n_bytes=file.n_bytes,
        framework=log.framework,
        framework_version=storable_or_none(log.framework_version),
        status=storable_or_none(log.status),
        declared=log.declared,
        responses=len(log.responses),
        omitted=len(log.omissions),
        imported_at=at,
    )
    session.add(row)
    session.flush()
    insert_rows(
        session,
        Omission,
        [
            {
                "log_id": row.id,
                "number": number,
                "place": storable(omission.place),
                "reason": omission.reason,
                "seen": storable(omission.seen),
            }
            for number, omission in enumerate(log.omissions, 1)
        ],
    )
    return row.id


def _run_of_import(session: Session, log: EvaluationLog, file: LogFile, at: datetime) -> int:
    model = storable_name(log.model)
    known = session.execute(
        select(Run.id).where(
            Run.framework == log.framework, Run.model == model, Run.log_hash == file.run_hash
        )
    ).scalar()
    if known is not None:
        return known
    run = Run(
        name=f"{log.framework}/{model}",
        model=model,
        framework=log.framework,
        log_hash=file.run_hash,
        created_at=at,
    )
    session.add(run)
    session.flush()
    return run.id


def _grade_again(log: EvaluationLog, grader: Grader) -> Grading:
    marks = []
    for index, response in enumerate(log.responses):
        if response.text is None or response.failure is not None:
            marks.append(Mark(index, None, None, response.failure or Failure.NO_ANSWER))
            continue
        grade = grader.grade(response.text, log.problems[response.problem].reference)
        marks.append(Mark(index, grade.answer, grade.score, grade.failure))
    return Grading(grader.name, grader.version, tuple(marks))


def _insert_outcomes(
    session: Session, evaluation_id: int, log: EvaluationLog, grading: Grading, problem_ids: Sequence[int]
) -> None:
    """One outcome for every response: as it was marked, or why it was not."""
    marks = {mark.response: mark for mark in grading.marks}
    # A grader that folds the repeats of a problem into one mark of the first attempt has none for the others.
    first_marks = [log.responses[mark.response] for mark in grading.marks]
    folds = all(response.attempt == 1 for response in first_marks)
    folded = {response.problem for response in first_marks} if folds else set()
    rows = []
    for position, response in enumerate(log.responses):
        mark = marks.get(position)
        if mark is None and response.failure is None and response.attempt > 1 and response.problem in folded:
            continue
        failure = (response.failure or Failure.MISSING_IN_LOG) if mark is None else mark.failure
        rows.append(
            {
                "evaluation_id": evaluation_id,
                "problem_id": problem_ids[response.problem],
                "attempt": response.attempt,
                "position": position,
                "answer": storable_or_none(mark.answer) if mark else None,
                "score": mark.score if mark else None,
                "failure": failure,
                "log_likelihood": response.log_likelihood,
                "confidence": None,
            }
        )
    insert_rows(session, Outcome, rows)


def _keep_texts(session: Session, blobs: Blobs, log: EvaluationLog, evaluation_id: int) -> None:
    texts = [response.text for response in log.responses]
    if not any(text is not None for text in texts):
        return
    digest = blobs.put(_as_json(texts))
    session.add(AnswerText(evaluation_id=evaluation_id, first=0, n=len(texts), sha256=digest))
    session.flush()


def _as_json(texts: Sequence[str | None]) -> bytes:
    try:
        return orjson.dumps(texts)
    except orjson.JSONEncodeError:  # half a character in a damaged text: mark it, and lose nothing else
        return orjson.dumps([t if t is None else SURROGATE.sub("\ufffd", t) for t in texts])
