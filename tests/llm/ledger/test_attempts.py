"""Every sample of an evaluation, by problem and attempt, out of both stores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import Engine

from nophantom.errors import InvalidInput, NotFound
from nophantom.llm.following import AskedRun
from nophantom.llm.ledger.attempts import read_attempts
from nophantom.llm.logs.records import EvaluationLog, Response
from nophantom.llm.repeating import samples_of_run
from nophantom.stats.votes import NO_ANSWER
from nophantom.store.engine import reading


def _sampled(log: EvaluationLog) -> EvaluationLog:
    """Two problems with three samples each: right, right, silent; wrong, right, never asked again."""
    told = {(0, 1): "4", (0, 2): "4", (0, 3): "no idea", (1, 1): "9", (1, 2): "10"}
    return replace(
        log,
        problems=log.problems[:2],
        responses=tuple(Response(problem, attempt, words) for (problem, attempt), words in told.items()),
        gradings=(),
        declared=None,
        omissions=(),
    )


def test_samples_stand_where_they_were_asked(
    engine: Engine, log: EvaluationLog, record: Callable[..., object]
) -> None:
    record(engine, _sampled(log))
    with reading(engine) as session:
        score, answers = read_attempts(session, 1)

    assert np.array_equal(score, np.array([[1.0, 1.0, 0.0], [0.0, 1.0, np.nan]]), equal_nan=True)
    assert answers[0, 0] == answers[0, 1] != answers[1, 0]
    assert answers[0, 2] == answers[1, 2] == NO_ANSWER


def test_a_run_with_samples_is_answered_on_the_problems_that_have_them_all(
    sqlite_engine: Engine, log: EvaluationLog, record: Callable[..., object]
) -> None:
    record(sqlite_engine, _sampled(log))
    found = samples_of_run(sqlite_engine, AskedRun("r1"))

    assert (found.n, found.left_out, found.samples) == (1, 1, 3)
    assert found.single.point == pytest.approx(2 / 3)
    assert found.rows[-1].any_right.point == 1.0


def test_a_run_that_was_asked_once_has_no_samples_to_compare(
    sqlite_engine: Engine, log: EvaluationLog, record: Callable[..., object]
) -> None:
    record(sqlite_engine, log)
    with pytest.raises(InvalidInput, match="Sample each problem more than once"):
        samples_of_run(sqlite_engine, AskedRun("r1"))
    with pytest.raises(NotFound):
        samples_of_run(sqlite_engine, AskedRun("r9"))
