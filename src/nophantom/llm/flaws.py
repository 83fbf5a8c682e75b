"""What can be wrong with a row of training data: the closed list of reasons.

(Apart from `cleaning`, because the command line needs the words at once and must not wait for numpy.)
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """What can be wrong with a row. Stored and shown as these words."""

    DAMAGED_LINE = "damaged_line"
    """No JSON object: cannot be used, and is never kept."""
    MISSING_QUESTION = "missing_question"
    MISSING_ANSWER = "missing_answer"
    """No answer, or no final answer after `####` where the others have one."""
    WRONG_ANNOTATION = "wrong_annotation"
    """A calculation that does not compute."""
    UNREADABLE_ANNOTATION = "unreadable_annotation"
    """A calculation that cannot be read as one."""
    EXACT_DUPLICATE = "exact_duplicate"
    """Question and answer of an earlier row, but for case and white space."""
    REPEATED_QUESTION = "repeated_question"
    """The question of an earlier row with another answer: a second solution, or a contradiction."""
    NEAR_DUPLICATE = "near_duplicate"
    """Most runs of three words in common with an earlier row."""
    TEST_DUPLICATE = "test_duplicate"
    """A question of the test set, but for case and white space."""
    TEST_13_GRAM = "test_13_gram"
    TEST_8_GRAM = "test_8_gram"
    NEAR_TEST_DUPLICATE = "near_test_duplicate"
    """Most runs of three words in common with a test problem."""


AGAINST_TEST = frozenset(
    {Reason.TEST_DUPLICATE, Reason.TEST_13_GRAM, Reason.TEST_8_GRAM, Reason.NEAR_TEST_DUPLICATE}
)
NEAR = frozenset({Reason.NEAR_DUPLICATE, Reason.NEAR_TEST_DUPLICATE})
NEED_ANSWERS = frozenset({Reason.MISSING_ANSWER, Reason.REPEATED_QUESTION})
REMOVED_BY_DEFAULT = frozenset(
    {
        Reason.DAMAGED_LINE,
        Reason.MISSING_QUESTION,
        Reason.MISSING_ANSWER,
        Reason.WRONG_ANNOTATION,
        Reason.EXACT_DUPLICATE,
        Reason.TEST_DUPLICATE,
        Reason.TEST_13_GRAM,
    }
)
REPEATS = frozenset({Reason.EXACT_DUPLICATE, Reason.REPEATED_QUESTION, Reason.NEAR_DUPLICATE})
"""Reasons that speak of an earlier row of the same file."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is wrong with one row.

    Attributes:
        line: of the row, from 1.
        reason: what is wrong.
        other: the line of the row that it repeats, in its own file, or in the test file for the checks
            against it; None where it repeats none.
        seen: what was seen, for people.
    """

    line: int
    reason: Reason
    other: int | None = None
    seen: str = ""
