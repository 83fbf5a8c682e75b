"""Answers of models that we ask ourselves, written as they come: one evaluation that grows.

Its rows appear with its first answers, so that an evaluation that gave nothing leaves nothing. What was
written is never asked again; how far it should go stands in its settings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from nophantom.errors import Unavailable
from nophantom.llm.ledger.placing import run_of_import
from nophantom.llm.ledger.rows import checkpoint_of, insert_evaluation, record_problems, storable_name
from nophantom.llm.ledger.run_tables import TokenUse
from nophantom.llm.ledger.seal import refuse_sealed
from nophantom.llm.ledger.tables import AnswerText, Checkpoint, Evaluation, Outcome, ProblemSet, Run
from nophantom.llm.logs.records import Framework, Grading, LoggedProblem
from nophantom.llm.problems import Failure, Grader
from nophantom.store.base import storable, storable_or_none
from nophantom.store.blobs import Blobs
from nophantom.store.canonical import canonical_json, content_hash
from nophantom.store.portions import insert_rows


@dataclass(frozen=True, slots=True)
class Asking:
    """What names an evaluation of ours.

    Attributes:
        model: its name.
        problem_set: name of the problem set; `split` of its part.
        split: test, train ...
        settings: everything that decided the answers: server or weights, prompts, sampling, order, problems.
        problems: all problems of the split, in the order of their file.
        order: (P,) which problem is asked at which place.
        samples: attempts at each problem.
        grader: who judges.
    """

    model: str
    problem_set: str
    split: str
    settings: Mapping[str, object]
    problems: Sequence[LoggedProblem]
    order: Sequence[int]
    samples: int
    grader: Grader

    @property
    def hash(self) -> str:
        """SHA-256 of what names the run: a model, asked in one way, on one split of one problem set."""
        return content_hash([storable_name(self.model), self.problem_set, self.split, self.settings])


@dataclass(frozen=True, slots=True)
class JudgedAnswer:
    """One answer with its grade.

    Attributes:
        place: of the problem in the order of the evaluation, from 0.
        attempt: from 1.
        text: as the model gave it; None when there is none.
        answer: as the grader read it.
        score: in [0, 1]; None where there is none.
        failure: why there is no score.
        log_likelihood: of the text, natural logarithm.
        prompt_tokens: as the server tells; None where it does not. `answer_tokens` likewise.
        answer_tokens: of the text.
        seconds: from the first try to the answer.
        tries: requests that it took.
    """

    place: int
    attempt: int
    text: str | None
    answer: str | None
    score: float | None
    failure: Failure | None
    log_likelihood: float | None
    prompt_tokens: int | None
    answer_tokens: int | None
    seconds: float
    tries: int


@dataclass(frozen=True, slots=True)
class Opened:
    """An evaluation in the ledger.

    Attributes:
        run_id: of its run.
        evaluation_id: its number.
        problem_ids: (P,) row numbers of all problems, in the order of their file.
    """

    run_id: int
    evaluation_id: int
    problem_ids: Sequence[int]


@dataclass(frozen=True, slots=True)
class TokenTotals:
    """What the answers of an evaluation have cost.

    Attributes:
        prompt_tokens: of all answers whose server told; None where it told of none.
        answer_tokens: likewise.
        tries: requests.
        seconds: summed over the answers, which were waited for side by side.
        untold: answers of which no tokens are known.
    """

    prompt_tokens: int | None
    answer_tokens: int | None
    tries: int
    seconds: float
    untold: int


def find_evaluation(session: Session, asking: Asking) -> Opened | None:
    """The evaluation of this name, or None where nothing of it was written yet."""
    row = session.execute(
        select(Run.id.label("run"), Evaluation.id.label("evaluation"))
        .join(Checkpoint, Checkpoint.run_id == Run.id)
        .join(Evaluation, Evaluation.checkpoint_id == Checkpoint.id)
        .where(
            Run.framework == Framework.NOPHANTOM,
            Run.log_hash == asking.hash,
            Evaluation.grader == asking.grader.name,
            Evaluation.grader_version == asking.grader.version,
        )
    ).first()
    if row is None:
        return None
    problem_ids, _ = record_problems(session, asking.problem_set, asking.problems, asking.grader)
    return Opened(row.run, row.evaluation, problem_ids)


def open_evaluation(session: Session, asking: Asking, at: datetime) -> Opened:
    """The evaluation of this name, made with its run and problems where it is new."""
    known = find_evaluation(session, asking)
    if known is not None:
        return known
    run_id = run_of_import(session, Framework.NOPHANTOM, asking.model, asking.hash, at)
    problem_ids, _ = record_problems(session, asking.problem_set, asking.problems, asking.grader)
    set_id = session.execute(select(ProblemSet.id).where(ProblemSet.name == asking.problem_set)).scalar_one()
    shared: dict[str, Any] = {
        "checkpoint_id": checkpoint_of(session, run_id, None),
        "problem_set_id": set_id,
        "split": storable(asking.split),
        "settings": storable(canonical_json(asking.settings)),
        "log_id": None,
        "created_at": at,
    }
    grading = Grading(asking.grader.name, asking.grader.version, ())
    evaluation_id = insert_evaluation(session, shared, asking.hash, asking.problem_set, grading, 0, None)
    return Opened(run_id, evaluation_id, problem_ids)


def record_answers(
    session: Session, blobs: Blobs, asking: Asking, answers: Sequence[JudgedAnswer], at: datetime
) -> Opened:
    """Write some answers, whole or not at all; the first ones make the evaluation.

    Args:
        session: inside one unit of work.
        blobs: where raw texts go.
        asking: which evaluation.
        answers: none of them written before.
        at: the time of writing.

    Raises:
        Unavailable: one of them was written by somebody else meanwhile.
    """
    opened = open_evaluation(session, asking, at)
    refuse_sealed(session, [opened.evaluation_id])
    by_position = sorted(answers, key=lambda a: _position(asking, a))
    numbers = [opened.problem_ids[asking.order[a.place]] for a in by_position]
    taken = session.execute(
        select(Outcome.problem_id, Outcome.attempt).where(
            Outcome.evaluation_id == opened.evaluation_id, Outcome.problem_id.in_(numbers)
        )
    ).all()
    if {(row.problem_id, row.attempt) for row in taken} & {
        (number, a.attempt) for number, a in zip(numbers, by_position, strict=True)
    }:
        raise Unavailable(
            f"another NoPhantom is asking {asking.model!r} the same problems and has written answers meanwhile. Let it "
            "finish, or end it and give this command again; what is written is kept."
        )
    keys = [
        {"evaluation_id": opened.evaluation_id, "problem_id": number, "attempt": a.attempt}
        for number, a in zip(numbers, by_position, strict=True)
    ]
    insert_rows(
        session, Outcome, [key | _outcome(asking, a) for key, a in zip(keys, by_position, strict=True)]
    )
    insert_rows(session, TokenUse, [key | _use(a) for key, a in zip(keys, by_position, strict=True)])
    for run in _adjacent(asking, by_position):
        if any(a.text is not None for a in run):
            digest = blobs.put(orjson.dumps([a.text for a in run]))
            first = _position(asking, run[0])
            session.add(
                AnswerText(evaluation_id=opened.evaluation_id, first=first, n=len(run), sha256=digest)
            )
    session.flush()
    return opened


def _position(asking: Asking, answer: JudgedAnswer) -> int:
    """Known before anything is asked, so that answers may come in any order."""
    return answer.place * asking.samples + answer.attempt - 1


def _adjacent(asking: Asking, answers: Sequence[JudgedAnswer]) -> Iterator[list[JudgedAnswer]]:
    """The answers, by position, in stretches without gaps."""
    stretch: list[JudgedAnswer] = []
    for answer in answers:
        if stretch and _position(asking, answer) != _position(asking, stretch[-1]) + 1:
            yield stretch
            stretch = []
        stretch.append(answer)
    if stretch:
        yield stretch


def _outcome(asking: Asking, answer: JudgedAnswer) -> dict[str, Any]:
    return {
        "position": _position(asking, answer),
        "answer": storable_or_none(answer.answer),
        "score": answer.score,
        "failure": answer.failure,
        "log_likelihood": answer.log_likelihood,
        "confidence": None,
    }


def _use(answer: JudgedAnswer) -> dict[str, Any]:
    return {
        "prompt_tokens": answer.prompt_tokens,
        "answer_tokens": answer.answer_tokens,
        "seconds": answer.seconds,
        "tries": answer.tries,
    }


def read_scores(session: Session, opened: Opened, asking: Asking) -> dict[tuple[int, int], float | None]:
    """Score of every answer that was written, by (place, attempt); None where it has a failure instead."""
    refuse_sealed(session, [opened.evaluation_id])
    place_of = {opened.problem_ids[problem]: place for place, problem in enumerate(asking.order)}
    rows = session.execute(
        select(Outcome.problem_id, Outcome.attempt, Outcome.score).where(
            Outcome.evaluation_id == opened.evaluation_id
        )
    )
    return {(place_of[row.problem_id], row.attempt): row.score for row in rows}


def read_totals(session: Session, evaluation_id: int) -> TokenTotals:
    """What the answers of an evaluation have cost so far."""
    row = session.execute(
        select(
            func.sum(TokenUse.prompt_tokens).label("prompt"),
            func.sum(TokenUse.answer_tokens).label("answer"),
            func.coalesce(func.sum(TokenUse.tries), 0).label("tries"),
            func.coalesce(func.sum(TokenUse.seconds), 0.0).label("seconds"),
            (func.count() - func.count(TokenUse.answer_tokens)).label("untold"),
        ).where(TokenUse.evaluation_id == evaluation_id)
    ).one()
    prompt, answer = (None if n is None else int(n) for n in (row.prompt, row.answer))
    return TokenTotals(prompt, answer, int(row.tries), float(row.seconds), int(row.untold))
