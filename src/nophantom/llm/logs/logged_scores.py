"""What is a score, and what is not: one rule for every framework's graders.

A score lies in [0, 1]. Logs also hold perplexities, BLEU from 0 to 100, and lists; a grader one of whose
values lies outside is no proportion at all, and none of its values is taken for one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from nophantom.llm.logs.json_text import glimpse
from nophantom.llm.logs.records import Grading, Mark, Omission, OmissionReason
from nophantom.llm.problems import Failure

_ROUNDING = 1e-9  # sums of floats may end this far outside [0, 1]


@dataclass(frozen=True, slots=True)
class LoggedValue:
    """One value as a grader logged it.

    Attributes:
        response: index into `EvaluationLog.responses`.
        answer: the answer that the grader found, or None.
        value: whatever stood in the log; None when there was nothing, NaN when it was not scored.
        failure: why there is no score, should there be none.
    """

    response: int
    answer: str | None
    value: object
    failure: Failure


def grading(
    grader: str, version: str, values: Sequence[LoggedValue], headline: object
) -> tuple[Grading | None, Omission | None]:
    """One grader's marks; or an omission that says why its values are no scores; or both.

    Values that are no numbers, among others that are scores, become marks without a score and are named
    in the omission.
    """
    odd = [logged for logged in values if not (logged.value is None or _is_number(logged.value))]
    outside = [logged for logged in values if _is_outside(logged.value)]
    numbers = any(_is_number(logged.value) for logged in values)
    strange = outside or odd
    omission = None
    if strange:
        shown = f"{len(strange)} of {len(values)} values, first {glimpse(strange[0].value)}"
        omission = Omission(f"grader {grader}", OmissionReason.NOT_A_SCORE, shown)
    if outside or (odd and not numbers):
        return None, omission
    marks = tuple(_mark(logged) for logged in values)
    return Grading(grader, version, marks, _headline(headline)), omission


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)


def _is_outside(value: object) -> bool:
    return isinstance(value, int | float) and (value < -_ROUNDING or value > 1 + _ROUNDING)


def _mark(logged: LoggedValue) -> Mark:
    value = logged.value
    if isinstance(value, int | float) and not math.isnan(value):
        return Mark(logged.response, logged.answer, min(1.0, max(0.0, float(value))))
    failure = logged.failure if value is None else Failure.ERROR
    return Mark(logged.response, logged.answer, None, failure)


def _headline(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        return None
    return float(value)
