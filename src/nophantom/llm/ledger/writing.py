"""Writing to the ledger. There is no way to change or remove what it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from nophantom.errors import Unreadable
from nophantom.llm.ledger.placing import Cell, check_free, run_of_import, run_of_study
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
from nophantom.llm.logs.records import EvaluationLog, Grading
from nophantom.llm.logs.regrading import grade_again, grader_for
from nophantom.llm.problems import Failure, Grader, problem_set_name
from nophantom.store.base import SURROGATE, storable, storable_or_none
from nophantom.store.blobs import Blobs
from nophantom.store.canonical import canonical_json, text_hash
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
        run: name of the run.
    """

    log_id: int
    run_id: int
    references_differ: int = 0
    run: str = ""


def find_log(session: Session, sha256: str) -> RecordedLog | None:
    """The log with this content, if it was imported before."""
    row = session.execute(
        select(Log.id, Checkpoint.run_id, Run.name)
        .join(Evaluation, Evaluation.log_id == Log.id)
        .join(Checkpoint, Checkpoint.id == Evaluation.checkpoint_id)
        .join(Run, Run.id == Checkpoint.run_id)
        .where(Log.sha256 == sha256)
        .limit(1)
    ).first()
    return RecordedLog(row[0], row[1], run=row[2]) if row else None


def find_logs(session: Session, sha256: str) -> list[RecordedLog]:
    """All logs of the file with this content, if it was imported before: a table holds one for each run."""
    found: list[RecordedLog] = []
    while known := find_log(session, _part_hash(sha256, len(found))):
        found.append(known)
    return found


def _part_hash(sha256: str, number: int) -> str:
    """The hash by which one of the logs in a file is known; that of the first is the file's own."""
    return sha256 if number == 0 else text_hash(f"{sha256} {number}")


def record_logs(
    session: Session,
    blobs: Blobs,
    logs: Sequence[EvaluationLog],
    file: LogFile,
    *,
    at: datetime,
    again: bool = False,
) -> list[RecordedLog]:
    """Write all logs that one file holds, each placed where it says.

    Args:
        session: inside one unit of work: all are written, or none.
        blobs: where raw answers go.
        logs: of the file, in its order.
        file: which file it is.
        at: the time of writing.
        again: a place of a study that has an evaluation already may get another.

    Raises:
        Unreadable: as `record_log`.
        InvalidInput: as `record_log`.
    """
    return [
        record_log(
            session, blobs, log, replace(file, sha256=_part_hash(file.sha256, number)), at=at, again=again
        )
        for number, log in enumerate(logs)
    ]


def record_log(
    session: Session,
    blobs: Blobs,
    log: EvaluationLog,
    file: LogFile,
    *,
    at: datetime,
    again: bool = False,
) -> RecordedLog:
    """Write a log: its run, problems, raw answers, and an evaluation for each grader, ours first.

    A log that is placed in a study, with a seed, belongs to a run of that study; any other is a run of
    its own.

    Raises:
        Unreadable: nobody has scored its answers, and there is no grader of ours for its problem set; or
            its task has no name.
        InvalidInput: its place in a study is taken (unless `again`), or the study is none of imported logs.
    """
    name = storable_name(problem_set_name(log.task))
    if not name:
        raise Unreadable(
            f"{file.path}: the log does not name its task; saw {log.task!r}. Name it in the log."
        )
    grader = grader_for(log)
    if not log.gradings and grader is None:
        raise Unreadable(
            f"{file.path}: the log has no scores, and NoPhantom has no grader of its own for {name!r}. Score it with "
            "its framework first."
        )
    model, place = log.placement.model or log.model, log.placement
    placed = place.study is not None and place.seed is not None
    run_id = (
        run_of_study(session, place, model, at)
        if placed
        else run_of_import(session, log.framework, model, file.run_hash, at)
    )
    return _record(session, blobs, log, file, _Place(run_id, name, grader, free=placed and not again), at)


def record_log_of_run(
    session: Session,
    blobs: Blobs,
    log: EvaluationLog,
    file: LogFile,
    *,
    run_id: int,
    problem_set: str,
    grader: Grader | None,
    at: datetime,
) -> RecordedLog:
    """Write a log that a run of a study of our own has left, at the step and split that its placement says.

    Args:
        session: inside one unit of work.
        blobs: where raw answers go.
        log: its problems are those of the plan.
        file: which file it is.
        run_id: the run, which the plan has set out.
        problem_set: of the plan.
        grader: ours, for logs with answers; None where there are only scores.
        at: the time of writing.

    Raises:
        InvalidInput: the run has an evaluation there already.
    """
    return _record(session, blobs, log, file, _Place(run_id, problem_set, grader, free=True), at)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a log is written to; `free`: only if there is no evaluation yet."""

    run_id: int
    problem_set: str
    grader: Grader | None
    free: bool


def _record(
    session: Session, blobs: Blobs, log: EvaluationLog, file: LogFile, place: _Place, at: datetime
) -> RecordedLog:
    log_id = _insert_log(session, log, file, at)
    name, grader, run_id = place.problem_set, place.grader, place.run_id
    problem_ids, differ = record_problems(session, name, log.problems, grader)
    set_id = session.execute(select(ProblemSet.id).where(ProblemSet.name == name)).scalar_one()
    split = storable_or_none(log.placement.split or log.split)
    cell = Cell(checkpoint_of(session, run_id, log.placement.step), set_id, split)
    if place.free:
        check_free(session, cell, file.path)
    shared: dict[str, Any] = {
        "checkpoint_id": cell.checkpoint_id,
        "problem_set_id": set_id,
        "split": split,
        "settings": storable(canonical_json(log.settings)),
        "log_id": log_id,
        "created_at": at,
    }
    gradings = [(g, rank + (grader is not None)) for rank, g in enumerate(log.gradings)]
    if grader is not None:
        gradings.append((grade_again(log, grader), 0))
    base: int | None = None
    for grading, rank in gradings:
        evaluation_id = insert_evaluation(session, shared, file.sha256, name, grading, rank, base)
        _insert_outcomes(session, evaluation_id, log, grading, problem_ids)
        if base is None:
            base = evaluation_id
            _keep_texts(session, blobs, log, evaluation_id)
    run = session.execute(select(Run.name).where(Run.id == run_id)).scalar_one()
    return RecordedLog(log_id, run_id, differ, run)


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
                "confidence": response.confidence,
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
