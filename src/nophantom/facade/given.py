"""Whatever a person gives, as a cube: arrays, data frames, files, folders, counts as text."""

from __future__ import annotations

import os
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from nophantom.errors import InvalidInput
from nophantom.llm.cube import OutcomeCube, StudyCube
from nophantom.llm.gathering import cube_of_logs, cube_of_scores
from nophantom.llm.logs import table
from nophantom.llm.logs.records import EvaluationLog
from nophantom.llm.opening import read_any
from nophantom.llm.questions import counts as counted

Told = Any
"""An array, a data frame, a path, or counts as text."""


def cube_of(told: Told, name: str, *, axes: str = "runs") -> StudyCube:
    """Whatever was given, as a cube."""
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


def paired_cube(a: StudyCube, b: StudyCube) -> OutcomeCube:
    """Two runs on the problems of both, at their last checkpoints."""
    first, second = (one.cube.score[0, one.last_step] for one in (a, b))
    keys = list(dict.fromkeys([*a.cube.problems, *b.cube.problems]))
    places = {key: i for i, key in enumerate(keys)}
    score = np.full((2, 1, len(keys)), np.nan)
    asked = np.zeros(score.shape, dtype=np.int64)
    for row, (cube, values) in enumerate(((a, first), (b, second))):
        if cube.grader == "as given" and len(a.cube.problems) != len(b.cube.problems):
            raise InvalidInput(
                f"bare scores are aligned by place; got {len(a.cube.problems)} and {len(b.cube.problems)} problems."
            )
        where = [places[key] for key in cube.cube.problems]
        score[row, 0, where] = values
        asked[row, 0, where] = 1
    labels = (a.cube.runs[0], b.cube.runs[0])
    return OutcomeCube(labels, (None,), tuple(keys), score, (~np.isnan(score)).astype(np.int64), asked)


def same_runs(chosen: StudyCube, judged: StudyCube) -> StudyCube:
    """The second with the labels of the first, if they hold as many runs."""
    if len(chosen.cube.runs) != len(judged.cube.runs):
        raise InvalidInput(
            f"validation and test hold the same runs; got {len(chosen.cube.runs)} and {len(judged.cube.runs)}."
        )
    if set(chosen.cube.runs) == set(judged.cube.runs):
        return judged
    return replace(judged, cube=replace(judged.cube, runs=chosen.cube.runs))


def known(told: Told, name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """(rows, problems) scores on the problems that all rows have."""
    cube = cube_of(told, name).cube
    rows = cube.score.reshape(-1, cube.score.shape[2])
    return rows[:, ~np.isnan(rows).any(axis=0)]


def count_of(text: str, name: str) -> tuple[int, int]:
    """(right, tried) of counts as text.

    Raises:
        InvalidInput: it does not read as right/tried.
    """
    if (found := counted.parse_count(text)) is None:
        raise InvalidInput(f"{name} is right/tried, as in 379/500; got {text!r}.")
    return found


def as_arms(a: StudyCube, b: StudyCube) -> StudyCube:
    """The runs of both as two arms, on the problems of both."""
    keys = [key for key in a.cube.problems if key in set(b.cube.problems)]
    if not keys or (len(keys) != len(a.cube.problems) and a.grader == "as given"):
        raise InvalidInput(
            f"the two share no problems, or bare scores of unlike length; got {len(a.cube.problems)} and "
            f"{len(b.cube.problems)} problems."
        )
    parts = []
    for cube in (a, b):
        place = {key: i for i, key in enumerate(cube.cube.problems)}
        parts.append(cube.cube.score[:, cube.last_step][:, [place[key] for key in keys]])
    arms = ["first"] * len(parts[0]) + ["second"] * len(parts[1])
    joined = cube_of_scores(np.concatenate(parts), "runs", arms=arms)
    numbers = (*range(len(parts[0])), *range(len(parts[1])))
    return replace(joined, seeds=numbers)
