from __future__ import annotations

import math

import pytest

from nophantom.llm.logs.logged_scores import LoggedValue, grading
from nophantom.llm.logs.records import Grading, Omission, OmissionReason
from nophantom.llm.problems import Failure


def _graded(*values: object, headline: object = None) -> tuple[Grading | None, Omission | None]:
    logged = [LoggedValue(place, "a", value, Failure.MISSING_IN_LOG) for place, value in enumerate(values)]
    return grading("match", "1", logged, headline)


def test_numbers_and_booleans_are_scores() -> None:
    graded, omission = _graded(1, 0.25, True, False, 1 + 1e-12)
    assert graded is not None
    assert omission is None
    assert [mark.score for mark in graded.marks] == [1.0, 0.25, 1.0, 0.0, 1.0]
    assert all(mark.failure is None and mark.answer == "a" for mark in graded.marks)


def test_nan_was_not_scored_and_nothing_is_missing() -> None:
    graded, omission = _graded(1.0, math.nan, None)
    assert graded is not None
    assert omission is None
    assert [(mark.score, mark.failure) for mark in graded.marks] == [
        (1.0, None),
        (None, Failure.ERROR),
        (None, Failure.MISSING_IN_LOG),
    ]


@pytest.mark.parametrize("values", [(0.2, 0.9, 31.7), (-1.0, 0.0), (1.0, math.inf), (10**400,)])
def test_one_value_outside_the_unit_interval_says_that_the_grader_gives_no_proportions(
    values: tuple[object, ...],
) -> None:
    graded, omission = _graded(*values)
    assert graded is None
    assert omission is not None
    assert omission.reason is OmissionReason.NOT_A_SCORE


def test_a_list_metric_is_one_omission_and_not_one_for_each_row() -> None:
    graded, omission = _graded([0, "[0.1 0.9]"], [1, "[0.5 0.5]"])
    assert graded is None
    seen = '2 of 2 values, first [0,"[0.1 0.9]"]'
    assert omission == Omission("grader match", OmissionReason.NOT_A_SCORE, seen)


def test_a_damaged_value_among_scores_costs_only_itself() -> None:
    graded, omission = _graded(1.0, "garbage", 0.0)
    assert graded is not None
    assert omission is not None
    assert omission.seen == "1 of 3 values, first garbage"
    assert [(mark.score, mark.failure) for mark in graded.marks] == [
        (1.0, None),
        (None, Failure.ERROR),
        (0.0, None),
    ]


@pytest.mark.parametrize("headline", [None, "N/A", math.nan, 12.5, True, [0.5]])
def test_a_headline_that_is_no_mean_is_none(headline: object) -> None:
    graded, _ = _graded(1.0, headline=headline)
    assert graded is not None
    assert graded.headline is None
