"""What would decide, asked before anything is run: by the textbook, and by the known case."""

from __future__ import annotations

import pytest
from scipy import stats as scipy_stats

from nophantom.errors import InvalidInput
from nophantom.llm.questions.needs import plan_problems, plan_seeds


def test_a_fifth_of_a_point_at_the_known_spread_needs_some_130_seeds_an_arm() -> None:
    """2 (1.960 + 0.842)^2 (0.572 / 0.2)^2 = 128.4, and one or two more for Student's t."""
    plan = plan_seeds(0.002, sd=0.00572)
    by_hand = 2 * (scipy_stats.norm.ppf(0.975) + scipy_stats.norm.ppf(0.8)) ** 2 * (0.572 / 0.2) ** 2
    assert plan.by_normal == pytest.approx(by_hand, abs=1)
    assert plan.contrast is not None
    assert 128 <= plan.contrast <= 131
    assert plan.interaction == pytest.approx(2 * plan.contrast, abs=3)
    assert plan.visible is None


def test_so_many_seeds_show_the_difference_in_80_of_100_cases() -> None:
    plan = plan_seeds(0.01, sd=0.012)
    assert plan.contrast is not None
    n, freedom = plan.contrast, 2 * (plan.contrast - 1)
    shift = 0.01 / (0.012 * (2 / n) ** 0.5)
    power = scipy_stats.nct.sf(scipy_stats.t.ppf(0.975, freedom), freedom, shift)
    assert power >= 0.8 > power - 0.03
    assert plan_seeds(0.01, sd=0.012, at_hand=n).visible == pytest.approx(0.01, rel=0.03)


def test_problems_paired_need_fewer_than_unpaired_the_less_two_runs_differ() -> None:
    plan = plan_problems(0.028, differ=0.25, accuracy=0.744)
    assert plan.unpaired == pytest.approx(3_810, rel=0.01)
    assert plan.paired < 3_810
    assert plan.more_than_gsm8k
    alike = plan_problems(0.028, differ=0.1)
    assert (alike.unpaired, alike.more_than_gsm8k) == (None, False)
    assert alike.paired < plan.paired
    assert plan.visible is not None
    assert plan_problems(plan.visible, differ=0.25).paired == pytest.approx(1_319, rel=0.02)


def test_numbers_out_of_range_are_refused() -> None:
    for delta, differ, accuracy in (
        (0.0, 0.25, None),
        (0.3, 0.25, None),
        (0.1, 0.25, 0.99),
        (0.1, 0.0, None),
    ):
        with pytest.raises(InvalidInput):
            plan_problems(delta, differ=differ, accuracy=accuracy)
    for delta, sd in ((0.0, 0.1), (0.01, -1.0)):
        with pytest.raises(InvalidInput):
            plan_seeds(delta, sd=sd)
