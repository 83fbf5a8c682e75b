"""The outcomes of a study as a cube: runs x checkpoints x problems, with answers where they are asked for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Text, case, cast, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from nophantom.errors import InvalidInput
from nophantom.llm.cube import OutcomeCube, StudyCube
from nophantom.llm.ledger.seal import LOOKED, refuse_sealed
from nophantom.llm.ledger.study_facts import StudyFacts, read_study
from nophantom.llm.ledger.tables import Arm, Checkpoint, Evaluation, Outcome, Problem, ProblemSet, Run
from nophantom.stats.votes import NO_ANSWER


@dataclass(frozen=True, slots=True)
class _Cell:
    """One evaluation of a study, by where it stands."""

    evaluation_id: int
    run_id: int
    run: str
    arm: str
    seed: int | None
    hours: float | None
    step: int | None
    split: str | None
    problem_set: str
    grader: str
    rank: int


def _cells(session: Session, study_id: int) -> list[_Cell]:
    query = (
        select(
            Evaluation.id.label("evaluation_id"),
            Run.id.label("run_id"),
            Run.name.label("run"),
            Arm.name.label("arm"),
            Run.seed,
            Run.hours,
            Checkpoint.step,
            Evaluation.split,
            ProblemSet.name.label("problem_set"),
            (Evaluation.grader + " " + Evaluation.grader_version).label("grader"),
            Evaluation.rank,
        )
        .join(Checkpoint, Checkpoint.id == Evaluation.checkpoint_id)
        .join(Run, Run.id == Checkpoint.run_id)
        .join(Arm, Arm.id == Run.arm_id)
        .join(ProblemSet, ProblemSet.id == Evaluation.problem_set_id)
        .where(Arm.study_id == study_id)
        .order_by(Arm.id, Run.seed, Run.id, Checkpoint.step, Evaluation.id)
    )
    return [_Cell(**row._mapping) for row in session.execute(query)]


def read_study_cube(
    session: Session,
    study_id: int,
    *,
    split: str | None = None,
    problem_set: str | None = None,
    grader: str | None = None,
    arm: str | None = None,
    last_only: bool = False,
    answers: bool = False,
    confidence: bool = False,
    looked: Collection[int] = LOOKED,
) -> StudyCube:
    """The outcomes of a study on one split of one problem set, by one grader.

    Where a cell was evaluated several times, the evaluation that was imported last speaks.

    Args:
        session: read from.
        study_id: which study.
        split: which split; where None, the only one, else that on which seeds are chosen while the test is
            sealed and the test afterwards.
        problem_set: which one, where the study has several.
        grader: a piece of the grader's name; where None, the one that speaks.
        arm: only its runs.
        last_only: only the last checkpoint that all runs have.
        answers: also the answers as the grader read them.
        confidence: also how sure the model was.
        looked: studies whose seal is broken for this one question, by a recorded look.

    Raises:
        Sealed: the split is the sealed test.
        InvalidInput: nothing fits, or several problem sets or splits do.
    """
    facts = read_study(session, study_id)
    cells = _cells(session, study_id)
    if arm is not None and arm not in facts.arms:
        raise InvalidInput(f"{facts.name!r} has no arm {arm!r}; there are: {', '.join(facts.arms)}.")
    cells = [c for c in cells if arm is None or c.arm == arm]
    if not cells:
        raise InvalidInput(f"the study {facts.name!r} has no evaluations yet.")
    cells = _of_problem_set(facts, cells, problem_set)
    cells = _of_split(facts, cells, split)
    cells = _of_grader(facts, cells, grader)
    if last_only:
        cells = _of_last_step(cells)
    refuse_sealed(session, [c.evaluation_id for c in cells], looked)
    return _cube(session, facts, cells, answers=answers, confidence=confidence)


def _of_problem_set(facts: StudyFacts, cells: list[_Cell], wanted: str | None) -> list[_Cell]:
    there = sorted({c.problem_set for c in cells})
    if wanted is None and len(there) > 1:
        raise InvalidInput(
            f"{facts.name!r} has {len(there)} problem sets: {', '.join(there)}. Choose one with --problem-set."
        )
    found = [c for c in cells if wanted in {None, c.problem_set}]
    if not found:
        raise InvalidInput(f"{facts.name!r} was not evaluated on {wanted!r}; there are: {', '.join(there)}.")
    return found


def _of_split(facts: StudyFacts, cells: list[_Cell], wanted: str | None) -> list[_Cell]:
    there = sorted({c.split for c in cells}, key=lambda split: (split is None, split or ""))
    if wanted is None and len(there) > 1:
        tested = facts.validation_split if facts.sealed else facts.sealed_split or "test"
        if tested not in there:
            told = ", ".join("not named" if split is None else split for split in there)
            raise InvalidInput(f"{facts.name!r} has several splits: {told}. Choose one with --split.")
        wanted = tested
    elif wanted is None:
        return cells
    found = [c for c in cells if c.split == wanted]
    if not found:
        told = ", ".join("not named" if split is None else split for split in there)
        raise InvalidInput(f"{facts.name!r} was not evaluated on the split {wanted!r}; there are: {told}.")
    return found


def _of_grader(facts: StudyFacts, cells: list[_Cell], wanted: str | None) -> list[_Cell]:
    """The cells of one grader: the one named, else the best-ranked that judged the most cells."""
    by_grader: dict[str, list[_Cell]] = {}
    for cell in cells:
        if wanted is None or wanted in cell.grader:
            by_grader.setdefault(cell.grader, []).append(cell)
    if wanted in by_grader:  # a whole name may be a piece of another: "f 1" of "f 1.1"
        by_grader = {wanted: by_grader[wanted]}
    if not by_grader:
        there = ", ".join(sorted({c.grader for c in cells}))
        raise InvalidInput(f"no grader {wanted!r} judged {facts.name!r}; there are: {there}.")
    if wanted is not None and len(by_grader) > 1:
        raise InvalidInput(
            f"{wanted!r} fits several graders: {', '.join(sorted(by_grader))}. Name one whole."
        )

    def standing(name: str) -> tuple[int, int, str]:
        members = by_grader[name]
        return -len({(c.run_id, c.step) for c in members}), min(c.rank for c in members), name

    return by_grader[min(by_grader, key=standing)]


def _of_last_step(cells: list[_Cell]) -> list[_Cell]:
    """The cells of the last checkpoint that all runs have; all of them where there is none."""
    runs = {c.run_id for c in cells}
    steps = {c.step for c in cells}
    common = [s for s in steps if {c.run_id for c in cells if c.step == s} == runs]
    if not common:
        return cells
    last = max(common, key=lambda step: (step is not None, step or 0))
    return [c for c in cells if c.step == last]


def _cube(
    session: Session, facts: StudyFacts, cells: Sequence[_Cell], *, answers: bool, confidence: bool
) -> StudyCube:
    chosen = {(c.run_id, c.step): c for c in cells}  # the last one imported speaks
    runs = list({c.run_id: c for c in cells}.values())
    steps = tuple(sorted({c.step for c in cells}, key=lambda step: (step is not None, step or 0)))
    n_steps = len(steps)
    row_of = {run.run_id: i for i, run in enumerate(runs)}
    slots = {
        c.evaluation_id: row_of[run_id] * n_steps + steps.index(step) for (run_id, step), c in chosen.items()
    }
    table = _Outcomes.read(session, slots, answers=answers, confidence=confidence)
    shape = (len(runs), n_steps, len(table.keys))
    scored, asked, score = table.sums(len(runs) * n_steps)
    cube = OutcomeCube(
        tuple(c.run for c in runs),
        steps,
        table.keys,
        score.reshape(shape),
        scored.reshape(shape),
        asked.reshape(shape),
    )
    words, codes = table.answer_codes(shape) if answers else ((), None)
    return StudyCube(
        study=facts.name,
        problem_set=cells[0].problem_set,
        split=cells[0].split,
        grader=cells[0].grader,
        arms=tuple(c.arm for c in runs),
        seeds=tuple(c.seed for c in runs),
        run_ids=tuple(c.run_id for c in runs),
        hours=tuple(c.hours for c in runs),
        cube=cube,
        answers=codes,
        words=words,
        confidence=table.confidences(shape) if confidence else None,
        simulated=facts.simulated,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Outcomes:
    """Many outcomes as columns; `slot` is run x checkpoint, `place` the problem among `keys`."""

    keys: tuple[str, ...]
    slot: NDArray[np.int64]
    place: NDArray[np.int64]
    score: NDArray[np.float64]
    answer: tuple[str | None, ...]
    confidence: NDArray[np.float64]
    first_attempt: NDArray[np.bool_]

    @classmethod
    def read(cls, session: Session, slots: dict[int, int], *, answers: bool, confidence: bool) -> _Outcomes:
        parts = _packed(session, slots, answers=answers, confidence=confidence)
        sizes = [len(part.problem_ids) for part in parts]
        problem_ids = np.concatenate([part.problem_ids for part in parts]) if parts else np.zeros(0, np.int64)
        ids = np.unique(problem_ids)
        order = _keys_in_order(session, ids, min(slots))
        place_of = {number: i for i, (number, _) in enumerate(order)}
        by_id = np.array([place_of[number] for number in ids.tolist()], dtype=np.int64)
        slot = np.repeat(np.array([slots[part.evaluation_id] for part in parts], dtype=np.int64), sizes)
        return cls(
            keys=tuple(key for _, key in order),
            slot=slot,
            place=by_id[np.searchsorted(ids, problem_ids)] if len(ids) else np.zeros(0, dtype=np.int64),
            score=_joined([part.score for part in parts]),
            answer=tuple(answer for part in parts for answer in part.answer),
            confidence=_joined([part.confidence for part in parts]),
            first_attempt=np.concatenate([part.attempt for part in parts]) == 1
            if parts
            else np.zeros(0, dtype=np.bool_),
        )

    def sums(self, n_slots: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Per cell: attempts scored, attempts asked, and their mean score (NaN where there is none)."""
        size = n_slots * len(self.keys)
        cell = self.slot * len(self.keys) + self.place
        known = ~np.isnan(self.score)
        asked = np.bincount(cell, minlength=size)
        scored = np.bincount(cell[known], minlength=size)
        total = np.bincount(cell[known], weights=self.score[known], minlength=size)
        mean = np.divide(total, scored, out=np.full(size, np.nan), where=scored > 0)
        return scored.astype(np.int64), asked.astype(np.int64), mean

    def answer_codes(self, shape: tuple[int, int, int]) -> tuple[tuple[str, ...], NDArray[np.int32]]:
        """The words of all first answers, and a code for each cell."""
        number_of: dict[str | None, int] = {None: NO_ANSWER}
        told = np.array(
            [number_of.setdefault(word, len(number_of) - 1) for word in self.answer], dtype=np.int32
        )
        codes = np.full(int(np.prod(shape)), NO_ANSWER, dtype=np.int32)
        cells = self.slot[self.first_attempt] * shape[2] + self.place[self.first_attempt]
        codes[cells] = told[self.first_attempt]
        return tuple(word for word in number_of if word is not None), codes.reshape(shape)

    def confidences(self, shape: tuple[int, int, int]) -> NDArray[np.float64]:
        """How sure the model was of its first answer, by cell."""
        found = np.full(int(np.prod(shape)), np.nan)
        cells = self.slot[self.first_attempt] * shape[2] + self.place[self.first_attempt]
        found[cells] = self.confidence[self.first_attempt]
        return found.reshape(shape)


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """The outcomes of one evaluation, column by column."""

    evaluation_id: int
    problem_ids: NDArray[np.int64]
    attempt: NDArray[np.int64]
    score: NDArray[np.float64]
    answer: tuple[str | None, ...]
    confidence: NDArray[np.float64]


def _packed(
    session: Session, evaluations: Collection[int], *, answers: bool, confidence: bool
) -> list[_Part]:
    """The outcomes of many evaluations, one row for each: half a million single rows would take four times as long."""
    sqlite = session.get_bind().dialect.name == "sqlite"

    def packed(column: InstrumentedAttribute[Any]) -> ColumnElement[str]:
        return func.json_group_array(column) if sqlite else cast(func.json_agg(column), Text)

    in_between = case((Outcome.score.not_in((0, 1)), 1), else_=0)
    columns = [packed(Outcome.problem_id), packed(Outcome.attempt), packed(Outcome.score)]
    columns += [packed(Outcome.answer)] * answers + [packed(Outcome.confidence)] * confidence
    query = (
        select(Outcome.evaluation_id, func.max(in_between), *columns)
        .where(Outcome.evaluation_id.in_(evaluations))
        .group_by(Outcome.evaluation_id)
        .order_by(Outcome.evaluation_id)
    )
    parts = []
    for number, has_partial, *texts in session.execute(query):
        told = [orjson.loads(text) for text in texts]
        score = np.array(told[2], dtype=np.float64)  # null becomes NaN
        ids, attempt = (np.array(values, dtype=np.int64) for values in told[:2])
        if has_partial:
            score = _exact_scores(session, number, ids, attempt)
        sure = np.array(told[3 + answers], dtype=np.float64) if confidence else np.zeros(0)
        parts.append(_Part(number, ids, attempt, score, tuple(told[3]) if answers else (), sure))
    return parts


def _exact_scores(
    session: Session, evaluation_id: int, ids: NDArray[np.int64], attempt: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Partial credit to the last bit: SQLite writes 15 digits into JSON."""
    rows = session.execute(
        select(Outcome.problem_id, Outcome.attempt, Outcome.score).where(
            Outcome.evaluation_id == evaluation_id
        )
    )
    exact = {(row.problem_id, row.attempt): row.score for row in rows}
    found = [exact[key] for key in zip(ids.tolist(), attempt.tolist(), strict=True)]
    return np.array(found, dtype=np.float64)


def _joined(parts: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    return np.concatenate(parts) if parts else np.zeros(0)


def _keys_in_order(session: Session, ids: NDArray[np.int64], evaluation_id: int) -> list[tuple[int, str]]:
    """Numbers and keys of problems in the order of one evaluation, then those that it has not."""
    wanted = set(ids.tolist())
    positions = (
        select(Outcome.problem_id, func.min(Outcome.position).label("position"))
        .where(Outcome.evaluation_id == evaluation_id)
        .group_by(Outcome.problem_id)
        .subquery()
    )
    set_ids = select(Evaluation.problem_set_id).where(Evaluation.id == evaluation_id).scalar_subquery()
    rows = session.execute(
        select(Problem.id, Problem.key, positions.c.position)
        .outerjoin(positions, positions.c.problem_id == Problem.id)
        .where(Problem.problem_set_id == set_ids)
    ).all()
    known = sorted(
        (row.position is None, row.position or 0, row.id, row.key) for row in rows if row.id in wanted
    )
    return [(number, key) for _, _, number, key in known]
