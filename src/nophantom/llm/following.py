"""Questions about single runs: trajectories, calibration, and on which problems two differ. WORLD."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from nophantom.errors import InvalidInput
from nophantom.llm.concluding import look_at_runs, pair_evaluations
from nophantom.llm.cube import OutcomeCube
from nophantom.llm.ledger.confidences import ToldConfidence, read_confidences, read_references
from nophantom.llm.ledger.reading import read_cube, resolve_run
from nophantom.llm.ledger.seal import LOOKED
from nophantom.llm.ledger.summaries import EvaluationSummary, list_evaluations
from nophantom.llm.questions.calibration import (
    CalibrationAnswer,
    CalibrationPair,
    calibration_of,
    compare_calibration,
)
from nophantom.llm.questions.difficulty import StratumDifference, compare_strata, steps_of
from nophantom.llm.questions.setting import RNG_SEED
from nophantom.llm.questions.trajectories import (
    RunningAnswer,
    RunningPair,
    TrainingAnswer,
    follow_difference,
    follow_running,
    follow_training,
)
from nophantom.llm.verdicts import Question
from nophantom.store.engine import reading


@dataclass(frozen=True, slots=True)
class AskedRun:
    """Which evaluations of a run a question is about.

    Attributes:
        run: `r12`, or a unique piece of its name.
        problem_set: which one, where it has several; `split` likewise.
        split: which split, where it has several.
        step: training step; None is the last.
        look: why a sealed test is looked at before a selection; None respects the seal.
        rng_seed: of whatever is drawn.
    """

    run: str
    problem_set: str | None = None
    split: str | None = None
    step: int | None = None
    look: str | None = None
    rng_seed: int = RNG_SEED

    def rng(self) -> np.random.Generator:
        """A fresh generator: every question draws from the beginning."""
        return np.random.default_rng(self.rng_seed)


def running_of_run(
    engine: Engine,
    asked: AskedRun,
    *,
    every: int | None = None,
    named: int | None = None,
    delta: float = 0.01,
    confidence: float = 0.95,
) -> RunningAnswer:
    """The running accuracy of one evaluation, in its order.

    Raises:
        NotFound, Ambiguous, Sealed: the run is not there, several are meant, or it is a sealed test.
        InvalidInput: there is no such evaluation, or an order cannot be told.
    """
    with _opened(engine, asked, Question.TRAJECTORY) as (session, evaluations, looked):
        chosen = _at_step(evaluations, asked.step)
        cube = read_cube(session, [chosen], looked=looked)
    scores = cube.score[0, 0]
    known = scores[~np.isnan(scores)]
    return follow_running(
        chosen.run,
        known,
        step=every,
        named=named,
        delta=delta,
        confidence=confidence,
        simulated=chosen.simulated,
    )


def training_of_run(
    engine: Engine, asked: AskedRun, *, last: int = 1, delta: float = 0.01, confidence: float = 0.95
) -> TrainingAnswer:
    """The checkpoints of a run on the problems that all of them were scored on.

    Raises:
        NotFound, Ambiguous, Sealed: the run is not there, several are meant, or it is a sealed test.
        InvalidInput: it has one checkpoint, or no problem is common to all.
    """
    with _opened(engine, asked, Question.TRAJECTORY) as (session, evaluations, looked):
        cube = read_cube(session, evaluations, looked=looked)
    scores = cube.score[:, 0]
    common = cube.seen[:, 0].all(axis=0)
    if not common.any():
        raise InvalidInput(f"the checkpoints of {evaluations[0].run!r} have no problem in common.")
    return follow_training(
        evaluations[0].run,
        tuple(e.step for e in evaluations),
        scores[:, common],
        rng=asked.rng(),
        last=last,
        delta=delta,
        confidence=confidence,
        simulated=evaluations[0].simulated,
    )


def has_checkpoints(engine: Engine, asked: AskedRun) -> bool:
    """Whether a run was evaluated at more than one checkpoint (on the problem set and split asked for)."""
    with reading(engine) as session:
        return len(_evaluations(session, asked)) > 1


def running_difference_of(
    engine: Engine,
    first: AskedRun,
    second: str,
    *,
    every: int | None = None,
    delta: float = 0.01,
    confidence: float = 0.95,
) -> RunningPair:
    """The running difference of two runs in the order of the first, and when one could have stopped.

    Raises:
        NotFound, Ambiguous, Sealed: a run is not there, several are meant, or it is a sealed test.
        InvalidInput: the two have no problem in common.
    """
    with _paired(engine, first, second, Question.TRAJECTORY) as (session, a, b, looked):
        one, other, _ = _common(read_cube(session, [a, b], looked=looked))
    return follow_difference(
        a.run,
        b.run,
        (one, other),
        rng=first.rng(),
        step=every,
        delta=delta,
        confidence=confidence,
        simulated=a.simulated or b.simulated,
    )


@dataclass(frozen=True, slots=True)
class DiffAnswer:
    """On which problems two runs differ.

    Attributes:
        first: label of the first run; `second` of the other.
        n: problems that both were scored on.
        both: solved by both; `neither` by none; `gained` better by the first; `lost` by the second.
        strata: the difference by number of steps of the reference solution, with false discoveries controlled.
        gained_problems: keys; `lost_problems` likewise.
        simulated: whether the outcomes are of a world with a planted truth.
    """

    first: str
    second: str
    n: int
    both: int
    neither: int
    gained: int
    lost: int
    strata: tuple[StratumDifference, ...]
    gained_problems: tuple[str, ...]
    lost_problems: tuple[str, ...]
    simulated: bool


def differences_of(engine: Engine, first: AskedRun, second: str, *, confidence: float = 0.95) -> DiffAnswer:
    """On which problems two runs differ, and whether more in one stratum than in another.

    Raises:
        NotFound, Ambiguous, Sealed: a run is not there, several are meant, or it is a sealed test.
        InvalidInput: the two have no problem in common.
    """
    with _paired(engine, first, second, Question.PROBLEMS) as (session, a, b, looked):
        one, other, keys = _common(read_cube(session, [a, b], looked=looked))
        references = read_references(session, a.problem_set)
    strata = steps_of({key: references.get(key, "") for key in keys})
    names = np.array(keys)
    return DiffAnswer(
        first=a.run,
        second=b.run,
        n=len(keys),
        both=int(((one == 1) & (other == 1)).sum()),
        neither=int(((one == 0) & (other == 0)).sum()),
        gained=int((one > other).sum()),
        lost=int((one < other).sum()),
        strata=compare_strata(one, other, [strata[key] for key in keys], confidence=confidence),
        gained_problems=tuple(names[one > other].tolist()),
        lost_problems=tuple(names[one < other].tolist()),
        simulated=a.simulated or b.simulated,
    )


def calibration_of_run(
    engine: Engine, asked: AskedRun, *, bins: int = 10, confidence: float = 0.95
) -> CalibrationAnswer:
    """Confidence against correctness of one run.

    Raises:
        NotFound, Ambiguous, Sealed: the run is not there, several are meant, or it is a sealed test.
        InvalidInput: nothing tells how sure it was.
    """
    with _opened(engine, asked, Question.CALIBRATION) as (session, evaluations, looked):
        chosen = _at_step(evaluations, asked.step)
        told = read_confidences(session, chosen.evaluation_id, looked=looked)
    return _calibrated(chosen, told, asked, bins, confidence)


def calibrations_of(
    engine: Engine, first: AskedRun, second: str, *, bins: int = 10, confidence: float = 0.95
) -> CalibrationPair:
    """The calibration of two runs on the same problems, and their difference.

    Raises:
        NotFound, Ambiguous, Sealed: a run is not there, several are meant, or it is a sealed test.
        InvalidInput: nothing tells how sure one of them was.
    """
    with _paired(engine, first, second, Question.CALIBRATION) as (session, a, b, looked):
        one, other = (read_confidences(session, e.evaluation_id, looked=looked) for e in (a, b))
    places = [{key: i for i, key in enumerate(told.keys)} for told in (one, other)]
    keys = [key for key in one.keys if key in places[1]]
    rows = [told.rows([place[key] for key in keys]) for told, place in zip((one, other), places, strict=True)]
    return compare_calibration(
        _calibrated(a, one, first, bins, confidence),
        _calibrated(b, other, first, bins, confidence),
        (rows[0].right, rows[1].right),
        (rows[0].confidence, rows[1].confidence),
        rng=first.rng(),
        bins=bins,
        confidence=confidence,
    )


def _calibrated(
    e: EvaluationSummary, told: ToldConfidence, asked: AskedRun, bins: int, confidence: float
) -> CalibrationAnswer:
    return calibration_of(
        e.run,
        told.right,
        told.confidence,
        rng=asked.rng(),
        source=told.source,
        bins=bins,
        confidence=confidence,
        simulated=e.simulated,
    )


@contextmanager
def _opened(
    engine: Engine, asked: AskedRun, question: Question
) -> Iterator[tuple[Session, list[EvaluationSummary], frozenset[int]]]:
    """A transaction, the evaluations that are meant by step, and the studies looked at by force."""
    looked = look_for(engine, [asked], question)
    with reading(engine) as session:
        yield session, _evaluations(session, asked), looked


@contextmanager
def _paired(
    engine: Engine, first: AskedRun, second: str, question: Question
) -> Iterator[tuple[Session, EvaluationSummary, EvaluationSummary, frozenset[int]]]:
    """A transaction, and the two evaluations to compare."""
    other = replace(first, run=second)
    looked = look_for(engine, [first, other], question)
    with reading(engine) as session:
        candidates = [evaluations_meant(session, asked) for asked in (first, other)]
        if candidates[0] and candidates[1] and candidates[0][0].run_id == candidates[1][0].run_id:
            raise InvalidInput(f"{first.run!r} and {second!r} are the same run. Name two.")
        a, b = pair_evaluations(*candidates, problem_set=first.problem_set)
        yield session, a, b, looked


def evaluations_meant(session: Session, asked: AskedRun) -> list[EvaluationSummary]:
    """The evaluations of a run on the split and at the step that are meant; what speaks first comes first.

    That is the last step, and of several evaluations of one checkpoint the one imported last.
    """
    found = list_evaluations(session, [resolve_run(session, asked.run)])
    splits = {e.split for e in found}
    split = asked.split
    if split is None and len(splits) > 1:
        # While its test is sealed a run speaks through its other splits.
        opened = {e.split for e in found if not e.sealed}
        split = "test" if "test" in opened else min((s for s in opened if s), default=None)
    meant = [
        e
        for e in found
        if ((asked.split is None and split is None) or e.split == split) and asked.step in {None, e.step}
    ]
    return sorted(meant, key=lambda e: (e.step is None, -(e.step or 0), e.rank, -e.evaluation_id))


def gradings_meant(session: Session, asked: AskedRun) -> list[EvaluationSummary]:
    """Of the evaluations that are meant, those whose grading speaks, on the problem set asked for.

    Raises:
        InvalidInput: there is none.
    """
    found = [
        e
        for e in evaluations_meant(session, asked)
        if e.rank == 0 and asked.problem_set in {None, e.problem_set}
    ]
    if not found:
        raise InvalidInput(
            f"{asked.run!r} has no evaluation on that problem set, split or step. `nophantom runs` lists what there is."
        )
    return found


def _evaluations(session: Session, asked: AskedRun) -> list[EvaluationSummary]:
    """The grading that speaks for each checkpoint of a run, by step.

    Raises:
        InvalidInput: there is none, or several problem sets are meant.
    """
    found = gradings_meant(session, asked)
    sets = sorted({e.problem_set for e in found})
    if len(sets) > 1:
        raise InvalidInput(
            f"{asked.run!r} was evaluated on {len(sets)} problem sets: {', '.join(sets)}. Choose one with "
            "--problem-set."
        )
    by_step = {e.step: e for e in reversed(found)}  # of several for one step the last imported speaks
    return [by_step[step] for step in sorted(by_step, key=lambda s: (s is not None, s or 0))]


def _at_step(evaluations: Sequence[EvaluationSummary], step: int | None) -> EvaluationSummary:
    return evaluations[-1] if step is None else next(e for e in evaluations if e.step == step)


def look_for(engine: Engine, asked: Sequence[AskedRun], question: Question) -> frozenset[int]:
    """Record the look that a question takes: one for each study, however many of its runs are asked about."""
    first = asked[0]
    if first.look is None:
        return LOOKED
    return look_at_runs(engine, [one.run for one in asked], first.split, question, first.look)


def _common(cube: OutcomeCube) -> tuple[NDArray[np.float64], NDArray[np.float64], list[str]]:
    """The scores of two runs on the problems that both were scored on, and their keys."""
    common = cube.seen[:, 0].all(axis=0)
    if not common.any():
        raise InvalidInput(f"{cube.runs[0]!r} and {cube.runs[1]!r} have no problem in common.")
    keys = [cube.problems[place] for place in np.flatnonzero(common).tolist()]
    return cube.score[0, 0][common], cube.score[1, 0][common], keys
