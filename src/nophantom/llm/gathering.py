"""Evaluations that were read from files, and bare arrays, as a cube: without a ledger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nophantom.errors import InvalidInput
from nophantom.llm.cube import OutcomeCube, StudyCube
from nophantom.llm.logs.records import EvaluationLog, Grading, Response
from nophantom.llm.logs.regrading import grade_again, grader_for
from nophantom.llm.problems import distinct_keys, problem_set_name, question_key
from nophantom.stats.votes import NO_ANSWER

ARRAYS = "arrays"
"""What a cube of bare arrays is called."""


def cube_of_logs(logs: Sequence[EvaluationLog], name: str) -> StudyCube:
    """Several evaluations of one problem set as one cube, graded again by ours where we have a grader.

    Args:
        logs: at least one.
        name: what the study is called where no log says.

    Raises:
        InvalidInput: no log, several problem sets, splits or graders, two logs of one checkpoint, or a log that
            nobody has scored.
    """
    judged = [(log, _grading(log)) for log in logs]
    sets = _only("problem sets", name, [problem_set_name(log.task) for log in logs])
    split = _only("splits", name, [log.placement.split or log.split or "" for log in logs]) or None
    grader = _only("graders", name, [f"{grading.grader} {grading.version}" for _, grading in judged])
    run_of = _runs_of(logs)
    labels = list(dict.fromkeys(run_of))
    places = [(run, log.placement.step) for run, log in zip(run_of, logs, strict=True)]
    if len(set(places)) < len(places):
        twice, step = max(places, key=places.count)
        at = "" if step is None else f" at step {step}"
        raise InvalidInput(f"{name} holds {twice!r}{at} more than once. Give one log for each checkpoint.")
    steps = tuple(
        sorted({log.placement.step for log in logs}, key=lambda step: (step is not None, step or 0))
    )
    keys_of = [distinct_keys(question_key(p.question, p.choices) for p in log.problems) for log in logs]
    problems = {key: i for i, key in enumerate(dict.fromkeys(key for keys in keys_of for key in keys))}
    shape = (len(labels), len(steps), len(problems))
    total, sure = np.zeros(shape), np.full(shape, np.nan)
    scored, asked = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    codes, words = np.full(shape, NO_ANSWER, dtype=np.int32), dict[str, int]()
    for number, ((log, grading), keys) in enumerate(zip(judged, keys_of, strict=True)):
        row, column = labels.index(run_of[number]), steps.index(log.placement.step)
        for response in log.responses:
            cell = row, column, problems[keys[response.problem]]
            asked[cell] += 1
            if response.attempt == 1:
                sure[cell] = _confidence(response)
        for mark in grading.marks:
            response = log.responses[mark.response]
            cell = row, column, problems[keys[response.problem]]
            if mark.score is not None:
                total[cell] += mark.score
                scored[cell] += 1
            if response.attempt == 1 and mark.answer is not None:
                codes[cell] = words.setdefault(mark.answer, len(words))
    score = np.divide(total, scored, out=np.full(shape, np.nan), where=scored > 0)
    first = [logs[run_of.index(label)] for label in labels]
    return StudyCube(
        study=next((log.placement.study for log in logs if log.placement.study), name),
        problem_set=sets,
        split=split,
        grader=grader,
        arms=tuple(log.placement.arm or "default" for log in first),
        seeds=tuple(log.placement.seed for log in first),
        run_ids=(),
        hours=(None,) * len(first),
        cube=OutcomeCube(tuple(labels), steps, tuple(problems), score, scored, asked),
        answers=codes if words else None,
        words=tuple(words),
        confidence=None if np.isnan(sure).all() else sure,
    )


def _only(what: str, name: str, found: Sequence[str]) -> str:
    """The one value that all logs share."""
    there = sorted(set(found))
    if len(there) != 1:
        told = ", ".join(value or "not named" for value in there) or "none"
        raise InvalidInput(f"{name} holds {len(there)} {what}: {told}. Give those of one.")
    return there[0]


def _runs_of(logs: Sequence[EvaluationLog]) -> list[str]:
    """The run of each log: its place in a study, else its model; a model that comes again is numbered."""
    found: list[str] = []
    seen: dict[str, int] = {}
    for log in logs:
        place = log.placement
        if place.seed is not None:
            found.append(f"{place.arm or 'default'}/seed{place.seed}")
        elif place.step is not None:
            found.append(log.model)
        else:
            seen[log.model] = seen.get(log.model, 0) + 1
            found.append(log.model if seen[log.model] == 1 else f"{log.model} ({seen[log.model]})")
    return found


def _confidence(response: Response) -> float:
    """What the model said of itself, else the likelihood of its answer; NaN where neither is told."""
    if response.confidence is not None:
        return response.confidence
    likely = response.log_likelihood
    return float("nan") if likely is None else float(np.exp(min(likely, 0.0)))


def _grading(log: EvaluationLog) -> Grading:
    grader = grader_for(log)
    if grader is not None:
        return grade_again(log, grader)
    if not log.gradings:
        raise InvalidInput(f"the log of {log.model!r} has no scores, and there is no grader of ours for it.")
    return log.gradings[0]


def cube_of_scores(
    scores: ArrayLike,
    name: str = ARRAYS,
    *,
    arms: Sequence[str] | None = None,
    axes: str = "runs",
    answers: ArrayLike | None = None,
) -> StudyCube:
    """Bare scores as a cube: (P,) is one run, (R, P) several runs or several checkpoints of one.

    Args:
        scores: True and False, or numbers in [0, 1]; NaN where an outcome is unknown.
        name: what they are called.
        arms: (R,) the arm of each run; None puts them in one.
        axes: what the first axis of a table is, "runs" or "checkpoints".
        answers: of the same shape, whatever was answered; None or "" for silence.

    Raises:
        InvalidInput: another shape, something that is no number, a score outside [0, 1], or arms or answers that
            do not fit.
    """
    table = _table(scores, name)
    runs, steps = (len(table), 1) if axes == "runs" else (1, len(table))
    cells = table.reshape(runs, steps, -1)
    if arms is not None and len(arms) != runs:
        raise InvalidInput(f"{name}: every run has an arm; got {runs} runs and {len(arms)} arms.")
    known = (~np.isnan(cells)).astype(np.int64)
    codes, words = _codes(answers, table.shape, name) if answers is not None else (None, ())
    return StudyCube(
        study=name,
        problem_set="problems",
        split=None,
        grader="as given",
        arms=tuple(arms) if arms is not None else ("default",) * runs,
        seeds=tuple(range(runs)),
        run_ids=(),
        hours=(None,) * runs,
        cube=OutcomeCube(
            tuple(f"{name} {i + 1}" if runs > 1 else name for i in range(runs)),
            tuple(range(steps)) if steps > 1 else (None,),
            tuple(map(str, range(cells.shape[2]))),
            cells,
            known,
            np.ones(cells.shape, dtype=np.int64),
        ),
        answers=None if codes is None else codes.reshape(cells.shape),
        words=words,
    )


def _table(scores: ArrayLike, name: str) -> NDArray[np.float64]:
    try:
        table = np.asarray(scores, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidInput(
            f"{name}: scores are numbers in [0, 1] or True and False; got {scores!r:.80}."
        ) from None
    table = table[None] if table.ndim == 1 else table
    if table.ndim != 2 or 0 in table.shape:
        raise InvalidInput(
            f"{name}: scores are a list of problems, or a table runs x problems; got shape {table.shape}."
        )
    known = table[~np.isnan(table)]
    if len(known) and not ((known >= 0) & (known <= 1)).all():
        raise InvalidInput(f"{name}: scores lie in [0, 1]; got {known.min()} to {known.max()}. 75% is 0.75.")
    return table


def _codes(
    answers: ArrayLike, shape: tuple[int, ...], name: str
) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    given: NDArray[Any] = np.asarray(answers, dtype=object)
    given = given[None] if given.ndim == 1 else given
    if given.shape != shape:
        raise InvalidInput(f"{name}: answers have the shape of the scores, {shape}; got {given.shape}.")
    number_of: dict[str, int] = {}
    codes = np.full(shape, NO_ANSWER, dtype=np.int32)
    for place, answer in np.ndenumerate(given):
        if answer is not None and answer != "" and answer == answer:  # NaN is silence too
            codes[place] = number_of.setdefault(str(answer), len(number_of))
    return codes, tuple(number_of)
