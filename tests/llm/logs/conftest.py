"""What the tests of the log readers share: the promises that every log keeps."""

from __future__ import annotations

import json
import math
from collections.abc import Callable

import pytest

from nophantom.llm.logs.records import EvaluationLog, Grading


@pytest.fixture(scope="session")
def keeps_promises() -> Callable[[EvaluationLog], None]:
    """Fails when a log breaks what `records` promises of every log."""
    return _keeps_promises


def _keeps_promises(log: EvaluationLog) -> None:
    ids = [problem.source_id for problem in log.problems]
    assert len(set(ids)) == len(ids) > 0
    positions = [problem.position for problem in log.problems]
    assert positions == sorted(set(positions))
    assert all(problem.question.strip() or problem.question for problem in log.problems)
    places = [(response.problem, response.attempt) for response in log.responses]
    assert places == sorted(set(places))
    assert {problem for problem, _ in places} == set(range(len(log.problems)))
    for response in log.responses:
        assert response.attempt >= 1
        assert response.text is not None or response.failure is not None
        assert response.log_likelihood is None or math.isfinite(response.log_likelihood)
    graders = [grading.grader for grading in log.gradings]
    assert len(set(graders)) == len(graders)
    for grading in log.gradings:
        _grading_keeps_promises(grading, len(log.responses))
    assert log.declared is None or log.declared >= 0
    assert log.model
    assert log.task
    json.dumps(dict(log.settings), allow_nan=False)
    repr(log).encode("utf-8")  # no lone surrogate anywhere


def _grading_keeps_promises(grading: Grading, responses: int) -> None:
    marked = [mark.response for mark in grading.marks]
    assert marked == sorted(set(marked))
    assert all(0 <= response < responses for response in marked)
    for mark in grading.marks:
        assert (mark.score is None) is (mark.failure is not None)
        assert mark.score is None or 0 <= mark.score <= 1
    assert grading.headline is None or 0 <= grading.headline <= 1
