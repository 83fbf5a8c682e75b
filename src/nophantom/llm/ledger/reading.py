"""Reading the ledger: what runs there are, their outcomes as a cube, and where two graders disagree."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import orjson
from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from nophantom.errors import Ambiguous, NotFound
from nophantom.llm.cube import OutcomeCube
from nophantom.llm.ledger.seal import LOOKED, refuse_sealed
from nophantom.llm.ledger.summaries import EvaluationSummary, evaluation_ids, list_evaluations
from nophantom.llm.ledger.tables import (
    AnswerText,
    Evaluation,
    Omission,
    Outcome,
    Problem,
    Run,
    Study,
)
from nophantom.store.blobs import Blobs


def resolve_run(session: Session, reference: str) -> int:
    """The number of the run that a person means: `r12`, its name, or any unique piece of the name.

    A piece may leave out the middle: `lm-eval/175b_verification` finds
    `lm-eval/some-organisation/175b_verification`. An exact name wins over whole parts between the
    slashes, and those win over bare pieces of text.

    Raises:
        NotFound: no run fits.
        Ambiguous: several fit equally well; the message lists them.
    """
    if numbered := re.fullmatch(r"r([0-9]{1,18})", reference):
        number = int(numbered[1])
        if session.get(Run, number) is None:
            raise NotFound(f"there is no run {reference}. `nophantom runs` lists them.")
        return number
    runs = session.execute(select(Run.id, Run.name).order_by(Run.id)).all()
    for fits in (_is_name, _has_parts, _has_pieces):
        found = [(number, name) for number, name in runs if fits(name, reference)]
        if len(found) == 1:
            return int(found[0][0])
        if found:
            counts = {
                e.run_id: e for e in reversed(list_evaluations(session, [number for number, _ in found]))
            }
            shown = "; ".join(f"r{number} {name}{_size(counts.get(number))}" for number, name in found[:12])
            more = f"; and {len(found) - 12} more" if len(found) > 12 else ""
            raise Ambiguous(f"{reference!r} fits {len(found)} runs: {shown}{more}. Name one by its number.")
    raise NotFound(f"there is no run whose name contains {reference!r}. `nophantom runs` lists them.")


def _size(summary: EvaluationSummary | None) -> str:
    return f" ({summary.problem_set}, {summary.problems} problems)" if summary else ""


def _is_name(name: str, reference: str) -> bool:
    return name == reference


def _has_parts(name: str, reference: str) -> bool:
    parts = iter(name.split("/"))
    return all(piece in parts for piece in reference.split("/"))


def _has_pieces(name: str, reference: str) -> bool:
    return bool(reference) and re.search(".*".join(map(re.escape, reference.split("/"))), name) is not None


def read_cube(
    session: Session, evaluations: Sequence[EvaluationSummary], *, looked: Collection[int] = LOOKED
) -> OutcomeCube:
    """The outcomes of several evaluations of one problem set as a cube of one checkpoint each.

    Problems are in the order of their first evaluation's log, then those that only later ones have.

    Raises:
        Sealed: one of them is of a sealed test, and its study is not among those looked at by force.
    """
    ids = [e.evaluation_id for e in evaluations]
    refuse_sealed(session, ids, looked)
    rows = session.execute(
        select(
            Outcome.evaluation_id,
            Problem.key,
            func.count(),
            func.count(Outcome.score),
            func.sum(Outcome.score),
            func.min(Outcome.position),
        )
        .join(Problem, Problem.id == Outcome.problem_id)
        .where(Outcome.evaluation_id.in_(ids))
        .group_by(Outcome.evaluation_id, Problem.key)
    ).all()
    place = {evaluation_id: index for index, evaluation_id in enumerate(ids)}
    ordered = sorted(rows, key=lambda row: (place[row[0]], row[5]))
    problems = {key: index for index, key in enumerate(dict.fromkeys(row[1] for row in ordered))}
    shape = (len(ids), 1, len(problems))
    score = np.full(shape, np.nan)
    scored = np.zeros(shape, dtype=np.int64)
    asked = np.zeros(shape, dtype=np.int64)
    for evaluation_id, key, n_asked, n_scored, total, _ in rows:
        cell = place[evaluation_id], 0, problems[key]
        asked[cell], scored[cell] = n_asked, n_scored
        if total is not None:
            score[cell] = float(total) / n_scored
    labels = tuple(e.run for e in evaluations)
    return OutcomeCube(labels, (None,), tuple(problems), score, scored, asked)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One answer that two graders judge differently."""

    problem: str
    question: str
    attempt: int
    ours: str | None
    our_score: float | None
    theirs: str | None
    their_score: float | None


@dataclass(frozen=True, slots=True)
class GraderDrift:
    """Where our grader and the log's own disagree on the same answers.

    Attributes:
        evaluation_id: the evaluation by our grader.
        ours: name of our grader; `theirs` of the other.
        compared: answers that both had before them.
        disagreements: those judged differently, in the order of the log.
    """

    evaluation_id: int
    run_id: int
    run: str
    problem_set: str
    ours: str
    theirs: str
    compared: int
    disagreements: tuple[Disagreement, ...]

    @property
    def gained(self) -> int:
        """Answers that only we count as right."""
        return sum((d.our_score or 0) > (d.their_score or 0) for d in self.disagreements)

    @property
    def lost(self) -> int:
        """Answers that only the log's grader counts as right."""
        return sum((d.our_score or 0) < (d.their_score or 0) for d in self.disagreements)


def read_drift(session: Session, run_ids: Sequence[int]) -> list[GraderDrift]:
    """For each evaluation of these runs that we graded again: one entry per grader of the log."""
    # By the log itself, not its path: a file that was written again and imported again is another log.
    numbers = select(Evaluation.id, Evaluation.log_id).where(Evaluation.id.in_(evaluation_ids(run_ids)))
    log_of = {row.id: row.log_id for row in session.execute(numbers)}
    by_source: dict[tuple[int | str | None, ...], list[EvaluationSummary]] = defaultdict(list)
    for summary in list_evaluations(session, run_ids):
        if summary.sealed:
            continue
        log_id = log_of[summary.evaluation_id]
        place = (log_id, summary.run_id, summary.problem_set, summary.split, summary.step)
        by_source[place].append(summary)
    drifts = []
    for gradings in by_source.values():
        ours = next((g for g in gradings if g.grader.startswith("nophantom:")), None)
        if ours is not None:
            drifts += [_drift(session, ours, theirs) for theirs in gradings if theirs is not ours]
    return drifts


def _drift(session: Session, ours: EvaluationSummary, theirs: EvaluationSummary) -> GraderDrift:
    a, b = aliased(Outcome), aliased(Outcome)
    pairs = (
        select(a, b, Problem.key, Problem.question)
        .join(b, (b.problem_id == a.problem_id) & (b.attempt == a.attempt))
        .join(Problem, Problem.id == a.problem_id)
        .where(a.evaluation_id == ours.evaluation_id, b.evaluation_id == theirs.evaluation_id)
    )
    differ = pairs.where(a.score.is_distinct_from(b.score)).order_by(a.position)
    compared = session.execute(select(func.count()).select_from(pairs.subquery())).scalar_one()
    return GraderDrift(
        evaluation_id=ours.evaluation_id,
        run_id=ours.run_id,
        run=ours.run,
        problem_set=ours.problem_set,
        ours=ours.grader,
        theirs=theirs.grader,
        compared=compared,
        disagreements=tuple(
            Disagreement(key, question, x.attempt, x.answer, x.score, y.answer, y.score)
            for x, y, key, question in session.execute(differ)
        ),
    )


@dataclass(frozen=True, slots=True)
class ProblemAnswers:
    """What two evaluations have for one problem (its first attempt)."""

    question: str
    reference: str
    first: str | None
    second: str | None


def read_answers(
    session: Session, first: int, second: int, keys: Sequence[str], *, looked: Collection[int] = LOOKED
) -> dict[str, ProblemAnswers]:
    """Question and both answers, as the grader read them, for some problems of two evaluations.

    Raises:
        Sealed: one of them is of a sealed test.
    """
    refuse_sealed(session, [first, second], looked)
    wanted = set(keys)
    rows = session.execute(
        select(Problem.key, Problem.question, Problem.reference, Outcome.evaluation_id, Outcome.answer)
        .join(Outcome, Outcome.problem_id == Problem.id)
        .where(Outcome.evaluation_id.in_([first, second]), Outcome.attempt == 1)
    )
    told: dict[str, tuple[str, str]] = {}
    answers: dict[tuple[str, int], str | None] = {}
    for key, question, reference, evaluation_id, answer in rows:
        if key in wanted:
            told[key] = question, reference
            answers[key, evaluation_id] = answer
    return {
        key: ProblemAnswers(*told[key], answers.get((key, first)), answers.get((key, second)))
        for key in keys
        if key in told
    }


def read_omissions(session: Session, log_id: int) -> list[Omission]:
    """What a log held and did not yield, in the order of the log."""
    return list(session.scalars(select(Omission).where(Omission.log_id == log_id).order_by(Omission.number)))


def read_texts(
    session: Session, blobs: Blobs, evaluation_id: int, *, looked: Collection[int] = LOOKED
) -> list[str | None]:
    """The raw answers of an evaluation by position; of a grading again, those that it graded.

    Raises:
        Sealed: it is of a sealed test.
        Unreadable: the file that holds them is gone or damaged.
    """
    refuse_sealed(session, [evaluation_id], looked)
    source = session.execute(select(Evaluation.answers_of).where(Evaluation.id == evaluation_id)).scalar()
    parts = session.scalars(
        select(AnswerText)
        .where(AnswerText.evaluation_id == (source or evaluation_id))
        .order_by(AnswerText.first)
    )
    texts: list[str | None] = []
    for part in parts:
        texts += [None] * (part.first - len(texts))  # answers that have not come yet, or never did
        texts += orjson.loads(blobs.get(part.sha256))
    return texts


def read_texts_of(
    session: Session,
    blobs: Blobs,
    evaluation_id: int,
    keys: Sequence[str],
    *,
    looked: Collection[int] = LOOKED,
) -> dict[str, str | None]:
    """The raw answers (first attempts) to some problems, by key; None where none is kept.

    Raises:
        Sealed: it is of a sealed test.
        Unreadable: the file that holds them is gone or damaged.
    """
    query = (
        select(Problem.key, Outcome.position)
        .join(Problem, Problem.id == Outcome.problem_id)
        .where(Outcome.evaluation_id == evaluation_id, Outcome.attempt == 1, Problem.key.in_(keys))
    )
    positions = {row.key: row.position for row in session.execute(query)}
    texts = read_texts(session, blobs, evaluation_id, looked=looked)
    return {key: texts[at] if at < len(texts) else None for key, at in positions.items()}


def read_plan(session: Session, name: str) -> str | None:
    """The frozen plan of a study as canonical JSON, or None when there is no such study."""
    return session.execute(select(Study.plan).where(Study.name == name)).scalar()
