"""Whatever a person gives, as a cube: arrays, data frames, files, folders, counts as text."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.llm.cube import OutcomeCube, StudyCube
from nophantom.llm.gathering import cube_of_logs, cube_of_scores
from nophantom.llm.logs import table
from nophantom.llm.logs.records import EvaluationLog
from nophantom.llm.opening import read_any
from nophantom.llm.questions import counts as counted

Told = Any
"""An array, a data frame, a path, or counts as text."""
BARE = "as given"
"""The grader of bare scores."""

E = TypeVar("E", bound=StrEnum)


def cube_of(told: Told, name: str, *, axes: str = "runs") -> StudyCube:
    """Whatever was given, as a cube.

    Args:
        told: an array, a data frame, or a path.
        name: what it is called where it says nothing of itself.
        axes: what the first axis of a table of bare scores is, "runs" or "checkpoints".

    Raises:
        NotFound, Unavailable, Unreadable: a file that is not there, or that cannot be read.
        InvalidInput: something else, or outcomes that are not of one problem set, split and grader.
    """
    if isinstance(told, str | os.PathLike):
        path = Path(told)
        return cube_of_logs(read_any(path), path.stem)
    if hasattr(told, "__arrow_c_stream__") or hasattr(told, "__dataframe__"):
        return cube_of_logs(_frame(told, name), name)
    return cube_of_scores(told, name, axes=axes)


def _frame(told: Told, name: str) -> tuple[EvaluationLog, ...]:
    """A data frame of any library that speaks Arrow, read as a table of outcomes."""
    import pyarrow  # type: ignore[import-untyped]
    from pyarrow import parquet

    held = pyarrow.table(told)
    wanted = [column for column in held.column_names if not column.startswith("__index_level")]
    buffer = BytesIO()
    parquet.write_table(held.select(wanted), buffer)
    return table.read(buffer.getvalue(), name=name)


def alike(a: StudyCube, b: StudyCube) -> None:
    """Let pass what can be compared problem by problem.

    Raises:
        InvalidInput: bare scores of unlike length, or outcomes that two graders judged.
    """
    sizes = len(a.cube.problems), len(b.cube.problems)
    if BARE in {a.grader, b.grader} and sizes[0] != sizes[1]:
        raise InvalidInput(
            f"bare scores are aligned by place; got {sizes[0]:,} and {sizes[1]:,} problems. Put NaN where an outcome "
            "is unknown."
        )
    if a.grader != b.grader:
        raise InvalidInput(
            f"scores of two graders are not comparable; got {a.grader!r} and {b.grader!r}. Give logs that one grader "
            "judged, or bare scores of both."
        )


def paired_cube(*cubes: StudyCube) -> OutcomeCube:
    """Several runs on the problems of all, each at its last checkpoint.

    Raises:
        InvalidInput: one of them holds several runs, or they cannot be aligned.
    """
    for other in cubes[1:]:
        alike(cubes[0], other)
    several = next((cube for cube in cubes if len(cube.cube.runs) > 1), None)
    if several is not None:
        raise InvalidInput(
            f"{several.study!r} holds {len(several.cube.runs)} runs: {', '.join(several.cube.runs[:5])}. Give one "
            "run each."
        )
    keys = list(dict.fromkeys(key for cube in cubes for key in cube.cube.problems))
    places = {key: i for i, key in enumerate(keys)}
    score = np.full((len(cubes), 1, len(keys)), np.nan)
    asked = np.zeros(score.shape, dtype=np.int64)
    for row, cube in enumerate(cubes):
        where = [places[key] for key in cube.cube.problems]
        score[row, 0, where] = cube.cube.score[0, cube.last_step]
        asked[row, 0, where] = 1
    labels = tuple(cube.cube.runs[0] for cube in cubes)
    return OutcomeCube(labels, (None,), tuple(keys), score, (~np.isnan(score)).astype(np.int64), asked)


def same_runs(chosen: StudyCube, judged: StudyCube) -> StudyCube:
    """The second with the labels of the first, if they hold as many runs.

    Raises:
        InvalidInput: they do not hold the same runs.
    """
    if set(chosen.cube.runs) == set(judged.cube.runs):
        return judged
    if len(chosen.cube.runs) != len(judged.cube.runs) or {chosen.grader, judged.grader} != {BARE}:
        raise InvalidInput(
            f"validation and test hold the same runs; got {_named(chosen)} and {_named(judged)}."
        )
    return replace(judged, cube=replace(judged.cube, runs=chosen.cube.runs))


def _named(cube: StudyCube) -> str:
    runs = cube.cube.runs
    return f"{len(runs)} ({', '.join(runs[:3])}{', ...' if len(runs) > 3 else ''})"


def runs_of(told: Told, name: str) -> NDArray[np.float64]:
    """(R, P) scores of several runs at their last checkpoint, on the problems that all were scored on."""
    cube = cube_of(told, name)
    return cube.complete(cube.last_step)[0]


def checkpoints_of(told: Told, name: str) -> StudyCube:
    """The checkpoints of one run.

    Raises:
        InvalidInput: there are several runs.
    """
    cube = cube_of(told, name, axes="checkpoints")
    if len(cube.cube.runs) > 1:
        raise InvalidInput(f"{name}: one run is meant; got {_named(cube)}. Give them one by one.")
    return cube


def scores_of(cube: StudyCube, name: str) -> NDArray[np.float64]:
    """(C, P) scores of the only run of a cube, on the problems that all its checkpoints were scored on.

    Raises:
        InvalidInput: there is no such problem.
    """
    scores = cube.cube.score[0]
    common = ~np.isnan(scores).any(axis=0)
    if not common.any():
        raise InvalidInput(f"{name}: no problem was scored at every checkpoint.")
    known: NDArray[np.float64] = scores[:, common]
    return known


def count_of(text: object, name: str) -> tuple[int, int]:
    """(right, tried) of counts as text.

    Raises:
        InvalidInput: it does not read as right/tried.
    """
    return counted.count_told(text, name, form='right/tried as text, as in "379/500"')


def one_of(kind: type[E], told: str, name: str) -> E:
    """A word as the member of a closed list that it names.

    Raises:
        InvalidInput: the list has no such word.
    """
    try:
        return kind(told)
    except ValueError:
        words = ", ".join(repr(str(word)) for word in kind)
        raise InvalidInput(f"{name} is one of {words}; got {told!r:.80}.") from None


def as_arms(a: StudyCube, b: StudyCube) -> StudyCube:
    """The runs of both as two arms; see `as_named_arms`."""
    return as_named_arms({"first": a, "second": b})


def as_named_arms(cubes: Mapping[str, StudyCube]) -> StudyCube:
    """The runs of all as arms of these names, each at its last checkpoint, on the problems of all.

    Raises:
        InvalidInput: they cannot be aligned, or share no problem.
    """
    first, *others = cubes.values()
    for other in others:
        alike(first, other)
    shared = set.intersection(*(set(cube.cube.problems) for cube in cubes.values()))
    keys = [key for key in first.cube.problems if key in shared]
    if not keys:
        sizes = " and ".join(f"{len(cube.cube.problems):,}" for cube in cubes.values())
        raise InvalidInput(f"the {_COUNTED.get(len(cubes), 'arms')} share no problem; got {sizes} problems.")
    parts = []
    for cube in cubes.values():
        place = {key: i for i, key in enumerate(cube.cube.problems)}
        parts.append(cube.cube.score[:, cube.last_step][:, [place[key] for key in keys]])
    arms = [name for name, part in zip(cubes, parts, strict=True) for _ in part]
    joined = cube_of_scores(np.concatenate(parts), "runs", arms=arms)
    bare = first.grader == BARE
    runs = tuple(run for cube in cubes.values() for run in cube.cube.runs)
    return replace(
        joined,
        study="runs" if bare else " and ".join(dict.fromkeys(cube.study for cube in cubes.values())),
        problem_set=first.problem_set,
        split=first.split,
        grader=first.grader,
        seeds=tuple(seed for cube in cubes.values() for seed in _numbers(cube)),
        cube=joined.cube if bare else replace(joined.cube, runs=runs),
    )


_COUNTED = {2: "two"}


def _numbers(cube: StudyCube) -> tuple[int | None, ...]:
    """The seeds where all are told, else the runs in their order."""
    told = cube.seeds
    return told if None not in told and len(set(told)) == len(told) else tuple(range(len(told)))
