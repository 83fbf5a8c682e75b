"""Reads tables of scores that somebody made: one row an outcome, or runs side by side."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from nophantom.errors import Unreadable
from nophantom.llm.logs import cells
from nophantom.llm.logs.json_text import finite, glimpse
from nophantom.llm.logs.logged_scores import LoggedValue, grading
from nophantom.llm.logs.records import (
    EvaluationLog,
    Framework,
    Grading,
    LoggedProblem,
    Omission,
    OmissionReason,
    Placement,
    Response,
)
from nophantom.llm.logs.table_columns import Layout, find_layout
from nophantom.llm.logs.table_outcomes import Gathered, Outcome, Run, gather
from nophantom.llm.logs.table_rows import Table, open_table
from nophantom.llm.logs.table_shapes import is_helm, model_members, unnest_helm, unnest_models, unnest_runs
from nophantom.llm.problems import Failure

_SEED_FILE = re.compile(r"output(?:-rs(?P<seed>[0-9]{1,18}))?", re.IGNORECASE)
_HELM_FILE = "per_instance_stats"
_HELM_FOLDER = re.compile(r"(?P<task>[^:,]+)[:,].*?model=(?P<model>[^,]+)")


@dataclass(frozen=True, slots=True)
class _Named:
    """What the file's name says where its columns are silent."""

    stem: str
    task: str
    model: str | None = None
    seed: int | None = None


def read(data: bytes, *, name: str, problem_set: str | None = None) -> tuple[EvaluationLog, ...]:
    """The runs in a table of scores: CSV, JSON lines, a JSON array or object, Parquet.

    Without the text of a question, a problem is known by its id within its problem set: it meets other
    tables of that set, and no log of a framework, which knows the question.

    Args:
        data: the whole file.
        name: of the file, with its folder where that is known.
        problem_set: the benchmark; None takes the column that names it, else the file's name.

    Returns:
        One log for each run, checkpoint, split and problem set in it, in the order of the file.

    Raises:
        Unreadable: it is no table, has no scores in [0, 1], or its columns can be read in two ways.
    """
    table, layout, told = _long(open_table(data, name=name), name)
    gathered = gather(table, layout, name=name)
    named = _from_name(name, told_seed="seed" in layout.roles)
    if problem_set is not None:
        named = replace(named, task=problem_set)
    elif "task" not in layout.roles:
        told = "; ".join([*([told] if told else []), f"{named.task} as problem set, from the file's name"])
    logs = [
        _log(run, places, gathered, named, told, own_set=problem_set is None)
        for run, places in gathered.runs.items()
    ]
    if not logs:
        raise _no_outcome(gathered.omissions, name)
    for log in logs:
        if not log.gradings and all(response.text is None for response in log.responses):
            raise _no_scores(log, name)
    first_log = replace(logs[0], omissions=(*gathered.omissions, *logs[0].omissions))
    return (first_log, *logs[1:])


def _long(table: Table, name: str) -> tuple[Table, Layout, str]:
    """The table with one outcome a row, what its columns are, and what to say of that."""
    rows = [row for _, row in table.first]
    told = []
    if is_helm(rows):
        table = unnest_helm(table)
    elif models := model_members(rows):
        table = unnest_models(table, models)
        told.append(f"each of {', '.join(models[:6])}{' ...' if len(models) > 6 else ''} as a model")
    layout = _layout(table, name)
    told += [layout.told] if layout.told else []
    if layout.runs:
        table = unnest_runs(table, layout)
        layout = _layout(table, name)
    return table, layout, "; ".join(told)


def _layout(table: Table, name: str) -> Layout:
    rows = [row for _, row in table.first]
    if not rows and table.omissions:
        first = table.omissions[0]
        raise Unreadable(
            f"{name} holds no row that can be read; saw {len(table.omissions)} damaged parts, the first at "
            f"{first.place}: {first.seen}. Copy it again."
        )
    return find_layout(table.columns, rows, decimal_comma=table.decimal_comma, name=name)


def _from_name(name: str, *, told_seed: bool) -> _Named:
    path = PurePosixPath(name.replace("\\", "/"))
    stem, folder = path.stem or "table", path.parent.name
    if stem == _HELM_FILE and (found := _HELM_FOLDER.match(folder)):
        return _Named(stem, found["task"], found["model"])
    if (written := _SEED_FILE.fullmatch(stem)) and folder:  # NeMo-Skills: the folder names the benchmark
        seed = None if told_seed or written["seed"] is None else int(written["seed"])
        return _Named(stem, folder, seed=seed if seed is None or seed < 2**63 else None)
    return _Named(stem, stem)


def _no_outcome(omissions: Sequence[Omission], name: str) -> Unreadable:
    seen = "a header and no row"
    if omissions:
        first = omissions[0]
        seen = f"{len(omissions)} rows that are none, the first at {first.place}: {first.seen}"
    return Unreadable(f"{name} holds no outcome; saw {seen}. Give a row for each problem that was answered.")


def _no_scores(log: EvaluationLog, name: str) -> Unreadable:
    seen = next((o for o in log.omissions if o.reason is OmissionReason.NOT_A_SCORE), None)
    told = f"{seen.place}: {seen.seen}" if seen else "empty cells"
    return Unreadable(
        f"{name}: the values of {log.model} are no scores; saw {told}. A score is 1 for right, 0 for wrong or a "
        "proportion between; divide percentages by 100."
    )


def _log(
    run: Run,
    places: Mapping[tuple[str, int], Outcome],
    gathered: Gathered,
    named: _Named,
    told: str,
    *,
    own_set: bool,
) -> EvaluationLog:
    task = run.task if run.task is not None and own_set else named.task
    # Attempts may be counted from 0 or from 1; the ledger counts from 1.
    shift = 1 if any(attempt == 0 for _, attempt in places) else 0
    ordered = sorted(places, key=lambda place: (gathered.position[place[0]], place[1]))
    items = list(dict.fromkeys(item for item, _ in ordered))
    index = {item: number for number, item in enumerate(items)}
    omissions: list[Omission] = []
    return EvaluationLog(
        framework=Framework.TABLE,
        framework_version=None,
        model=_model(run, named),
        task=task,
        split=run.split,
        settings={} if run.prompt is None else {"prompt": run.prompt},
        status=None,
        declared=None,
        problems=tuple(_problem(item, gathered) for item in items),
        responses=tuple(
            _response(index[item], attempt + shift, places[item, attempt]) for item, attempt in ordered
        ),
        gradings=tuple(_gradings([places[place] for place in ordered], omissions)),
        omissions=tuple(omissions),
        placement=_placement(run, named),
        told=told,
    )


def _model(run: Run, named: _Named) -> str:
    parts = [run.model or named.model, run.arm, run.label]
    return "/".join(part for part in parts if part) or named.stem


def _placement(run: Run, named: _Named) -> Placement:
    """Seeds in one table belong to one study, though none is named; then it is called as the file is."""
    recipe = [part for part in (run.model, run.prompt) if part]
    arm = run.arm or "/".join(recipe) or None
    study = run.study or (named.stem if run.seed is not None else None)
    seed = named.seed if run.seed is None else run.seed
    return Placement(study=study, arm=arm, seed=seed, step=run.step, split=run.split)


def _problem(item: str, gathered: Gathered) -> LoggedProblem:
    question = gathered.question.get(item)
    position = gathered.position[item]
    known_by = item if gathered.has_ids else str(position + 1)
    return LoggedProblem(known_by, position, question or f"id:{item}", gathered.target.get(item) or "")


def _response(problem: int, attempt: int, outcome: Outcome) -> Response:
    words = cells.text(outcome.response)
    return Response(
        problem=problem,
        attempt=attempt,
        text=words,
        failure=Failure.MISSING_IN_LOG if words is None else None,
        log_likelihood=finite(outcome.log_likelihood),
        confidence=cells.probability(outcome.confidence),
    )


def _gradings(outcomes: Sequence[Outcome], omissions: list[Omission]) -> Iterator[Grading]:
    for grader in dict.fromkeys(grader for outcome in outcomes for grader in outcome.values):
        values = [
            LoggedValue(place, cells.text(outcome.answer), outcome.values.get(grader), Failure.MISSING_IN_LOG)
            for place, outcome in enumerate(outcomes)
        ]
        if all(value.value is None for value in values):
            omissions.append(Omission(f"column {grader}", OmissionReason.NOT_A_SCORE, "empty cells only"))
            continue
        graded, omission = grading(grader, "", values, None)
        if omission is not None:
            omissions.append(replace(omission, seen=glimpse(omission.seen)))
        if graded is not None:
            yield graded
