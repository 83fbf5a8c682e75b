"""Simulated studies of many seeds: what is planted must really be in them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest

from nophantom.errors import InvalidInput
from nophantom.llm.seed_worlds import SEED_DEMO, Drawn, PlantedRecipe, SeedWorld
from nophantom.llm.verdicts import Claim
from nophantom.stats.seeds import variance_components


def world(*recipes: PlantedRecipe, seeds: int = 4, steps: tuple[int, ...] = (10,), n: int = 50) -> SeedWorld:
    return SeedWorld(recipes, seeds, steps, n_validation=n, n_test=n, claim=Claim())


def accuracies(drawn: list[Drawn], split: str = "test") -> dict[tuple[str, int], list[float]]:
    found = defaultdict(list)
    for d in drawn:
        if d.split == split:
            found[d.arm, d.step].append(float(d.right.mean()))
    return found


def test_the_planted_accuracy_is_the_mean_of_many_seeds_on_many_problems() -> None:
    """40 draws of 50 seeds on 100 problems each; seeds that scatter by 20 points, so that a curved link would show.

    Standard error: 0.2 / sqrt(2,000) by seeds, 0.25 / sqrt(4,000) by problems, together 0.6 points; leaving the
    scatter of the seeds out of the sum would move the mean by 2.5.
    """
    scattered = world(PlantedRecipe("a", 0.7, 0.2, 0.4), seeds=50)
    means = [float(d.right.mean()) for draw in range(40) for d in scattered.draw(np.random.default_rng(draw))]
    assert np.mean(means) == pytest.approx(0.7, abs=3 * 0.006)


def test_seeds_scatter_as_planted() -> None:
    """The variance between seeds, net of the noise of the test, against the planted one; 150 seeds: to about 10%."""
    drawn = [
        d
        for d in world(PlantedRecipe("a", 0.7, 0.03), seeds=150, n=300).draw(np.random.default_rng(1))
        if d.split == "test"
    ]
    found = variance_components(np.array([d.right for d in drawn]))
    assert found.ms_seed is not None
    assert found.ms_rest is not None
    assert np.sqrt((found.ms_seed - found.ms_rest) / 300) == pytest.approx(0.03, rel=0.3)
    alike = [
        d.right.mean()
        for d in world(PlantedRecipe("a", 0.7), seeds=100, n=300).draw(np.random.default_rng(2))
        if d.split == "test"
    ]
    assert np.std(alike) < np.sqrt(0.21 / 300)


def test_interaction_makes_two_recipes_good_at_different_problems() -> None:
    """The variance of the per-problem difference beyond chance is near 0 without interaction, and not with it."""
    beyond = []
    for interaction in (0.0, 1.0):
        pair = world(PlantedRecipe("a", 0.7), PlantedRecipe("b", 0.7, 0.0, interaction), seeds=40, n=250)
        by_arm = defaultdict(list)
        for d in pair.draw(np.random.default_rng(3)):
            if d.split == "test":
                by_arm[d.arm].append(d.right)
        a, b = (np.array(by_arm[name]) for name in ("a", "b"))
        noise = (a.var(axis=0, ddof=1) / len(a) + b.var(axis=0, ddof=1) / len(b)).mean()
        beyond.append((a.mean(axis=0) - b.mean(axis=0)).var(ddof=1) - noise)
    assert abs(beyond[0]) < 0.002
    assert beyond[1] > 0.03


def test_runs_learn_and_checkpoints_of_one_run_fail_on_nearly_the_same_problems() -> None:
    curve = world(PlantedRecipe("a", 0.8, 0.02), seeds=12, steps=(0, 1, 2, 4, 8), n=200)
    drawn = list(curve.draw(np.random.default_rng(4)))
    means = [float(np.mean(accuracies(drawn)["a", step])) for step in curve.steps]
    assert means[0] == 0
    assert means == sorted(means)
    assert means[-1] > means[1] + 0.1
    by_run = {(d.seed, d.step): d.right for d in drawn if d.split == "test"}
    within = np.mean([(by_run[s, 4] != by_run[s, 8]).mean() for s in range(12)])
    between = np.mean([(by_run[s, 8] != by_run[s - 1, 8]).mean() for s in range(1, 12)])
    assert within < between


def test_an_answer_is_the_reference_exactly_where_it_is_right() -> None:
    small = world(PlantedRecipe("a", 0.6, 0.02), seeds=3, n=200)
    problems = small.problems()
    silent = 0
    for d in small.draw(np.random.default_rng(5)):
        told = [
            answer == problem.reference for answer, problem in zip(d.answers, problems[d.split], strict=True)
        ]
        assert told == d.right.tolist()
        assert ((d.confidence >= 0.5) & (d.confidence <= 1)).all()
        silent += sum(answer is None for answer in d.answers)
    assert 0 < silent < 50
    questions = [p.question for split in problems.values() for p in split]
    assert len(set(questions)) == len(questions) == 400


def test_equal_generators_draw_equal_studies_and_different_ones_do_not() -> None:
    small = world(PlantedRecipe("a", 0.6, 0.02))
    first, again, other = (list(small.draw(np.random.default_rng(seed))) for seed in (1, 1, 2))
    assert [d.answers for d in first] == [d.answers for d in again] != [d.answers for d in other]
    assert all((a.confidence == b.confidence).all() for a, b in zip(first, again, strict=True))


def test_the_plan_seals_the_test_and_names_truth_and_claims_before_the_draw() -> None:
    plan = SEED_DEMO.plan("demo")
    assert (plan.validation, plan.split, plan.seeds) == ("validation", "test", tuple(range(20)))
    assert plan.planted == {"shuffled": 0.75, "curriculum": 0.772}
    (claim,) = plan.claims
    assert (claim.first, claim.second, claim.claim.preregistered) == ("curriculum", "shuffled", True)
    keys = {
        (d.arm, d.seed, d.step, d.split)
        for d in replace(SEED_DEMO, n_test=2, n_validation=2).draw(np.random.default_rng(1))
    }
    assert len(keys) == len(plan.arms) * len(plan.seeds) * len(plan.steps) * len(plan.splits)


@pytest.mark.parametrize(
    ("accuracy", "seed_sd", "interaction"),
    [(0.0, 0, 0), (1.0, 0, 0), (0.5, -0.1, 0), (0.5, 0.5, 0), (0.5, 0, -1)],
)
def test_a_recipe_that_cannot_be_planted_is_refused(
    accuracy: float, seed_sd: float, interaction: float
) -> None:
    with pytest.raises(InvalidInput, match="planted recipe"):
        PlantedRecipe("x", accuracy, seed_sd, interaction)


@pytest.mark.parametrize(
    ("seeds", "steps", "n"),
    [(0, (1,), 5), (2, (), 5), (2, (0,), 5), (2, (3, 3), 5), (2, (3, 1), 5), (2, (1,), 0)],
)
def test_a_world_without_anything_to_draw_is_refused(seeds: int, steps: tuple[int, ...], n: int) -> None:
    with pytest.raises(InvalidInput, match="steps that rise"):
        world(PlantedRecipe("a", 0.5), seeds=seeds, steps=steps, n=n)
    with pytest.raises(InvalidInput, match="at least one recipe"):
        world()
