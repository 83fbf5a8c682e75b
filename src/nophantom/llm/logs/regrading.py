"""Grading the answers of a log again, with a grader of ours."""

from __future__ import annotations

from nophantom.llm.logs.records import EvaluationLog, Framework, Grading, Mark
from nophantom.llm.problems import Failure, Grader, own_grader, problem_set_name


def grader_for(log: EvaluationLog) -> Grader | None:
    """Our grader for a log: None where we have none for its problem set, or a table has only scores."""
    if log.framework is Framework.TABLE and all(response.text is None for response in log.responses):
        return None
    return own_grader(problem_set_name(log.task))


def grade_again(log: EvaluationLog, grader: Grader) -> Grading:
    """One mark for every response; where there is no answer, why."""
    marks = []
    for index, response in enumerate(log.responses):
        if response.text is None or response.failure is not None:
            marks.append(Mark(index, None, None, response.failure or Failure.NO_ANSWER))
            continue
        grade = grader.grade(response.text, log.problems[response.problem].reference)
        marks.append(Mark(index, grade.answer, grade.score, grade.failure))
    return Grading(grader.name, grader.version, tuple(marks))
