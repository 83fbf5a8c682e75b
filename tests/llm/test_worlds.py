"""Simulated studies: the planted truth must really be in them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from nophantom.errors import InvalidInput
from nophantom.llm.worlds import DEMO, DIFFICULTY_SD, PlantedArm, World


def test_the_planted_accuracy_is_the_accuracy_of_a_very_large_draw() -> None:
    """200,000 problems: a standard error of 0.1 points."""
    right = replace(DEMO, n_problems=200_000).draw(np.random.default_rng(11))

    assert right.mean(axis=1) == pytest.approx([arm.accuracy for arm in DEMO.arms], abs=0.005)


def test_likeness_decides_how_often_two_arms_differ() -> None:
    """The discordant share by simulation and by the bivariate normal distribution: two roads."""
    for likeness in (0.0, 0.5, 0.9985):
        arms = (PlantedArm("a", 0.76), PlantedArm("b", 0.76, likeness))
        right = World(arms, 100_000, DEMO.claim).draw(np.random.default_rng(3))
        # The chance term of the first is the common one, so theirs correlate by the root of the likeness.
        correlation = (DIFFICULTY_SD**2 + np.sqrt(likeness)) / (DIFFICULTY_SD**2 + 1)
        both = multivariate_normal([0, 0], [[1, correlation], [correlation, 1]]).cdf([norm.ppf(0.76)] * 2)
        assert (right[0] != right[1]).mean() == pytest.approx(2 * (0.76 - both), abs=0.005)


def test_equal_generators_draw_equal_worlds_and_different_ones_do_not() -> None:
    first, again, other = (DEMO.draw(np.random.default_rng(seed)) for seed in (1, 1, 2))

    assert (first == again).all()
    assert (first != other).any()


def test_the_plan_names_the_truth_and_its_claims_before_the_draw() -> None:
    plan = DEMO.plan("simulated-1", 1)

    assert plan.planted == {"baseline": 0.76, "cleaned-data": 0.815, "new-schedule": 0.76, "new-router": 0.77}
    assert [(c.first, c.second) for c in plan.claims] == [(a.name, "baseline") for a in DEMO.arms[1:]]
    assert all(c.claim.preregistered for c in plan.claims)
    assert plan.plan_hash == DEMO.plan("simulated-1", 1).plan_hash != DEMO.plan("simulated-1", 2).plan_hash


@pytest.mark.parametrize(("accuracy", "likeness"), [(0.0, 0.5), (1.0, 0.5), (0.5, -0.1), (0.5, 1.1)])
def test_an_arm_that_cannot_be_planted_is_refused(accuracy: float, likeness: float) -> None:
    with pytest.raises(InvalidInput, match="planted arm"):
        PlantedArm("x", accuracy, likeness)
