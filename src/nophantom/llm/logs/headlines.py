"""Where a log contradicts itself: the mean that it states is not the mean of its own scores."""

from __future__ import annotations

import math

from nophantom.llm.logs.records import EvaluationLog

_ROUNDING = 5e-5  # a mean may have been written with four decimals


def contradictions(log: EvaluationLog) -> list[str]:
    """Each grader whose stated mean its own scores do not give, as half a sentence for people.

    Parquet without checksums, a changed digit, rows of another run: nothing else tells such damage. Only
    of a log that is whole, since the stated mean is over all that there was.
    """
    if log.declared is not None and log.declared != len(log.responses):
        return []
    found = []
    for grading in log.gradings:
        scores = [mark.score for mark in grading.marks if mark.score is not None]
        if grading.headline is None or not scores:
            continue
        mean = math.fsum(scores) / len(scores)
        if abs(mean - grading.headline) > _ROUNDING:
            found.append(
                f"{grading.grader}: the log states a mean of {grading.headline:.4f} and its scores give {mean:.4f}"
            )
    return found
