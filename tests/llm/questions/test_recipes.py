"""Recipes compared over a cube: which runs and problems go in, and the verdicts on planted worlds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.llm.cube import StudyCube
from nophantom.llm.gathering import cube_of_scores
from nophantom.llm.questions.recipes import RecipeComparison, compare_all_arms, compare_arms
from nophantom.llm.questions.setting import setting_of
from nophantom.llm.seed_worlds import PlantedRecipe, SeedWorld
from nophantom.llm.verdicts import Claim
from nophantom.stats.recipes import compare_recipes
from nophantom.stats.verdicts import Verdict


def cube_of(scores: NDArray[np.float64], arms: list[str], seeds: list[int | None] | None = None) -> StudyCube:
    cube = cube_of_scores(scores, arms=arms)
    return cube if seeds is None else replace(cube, seeds=tuple(seeds))


def compared(cube: StudyCube, claim: Claim | None = None, *, paired: bool = False) -> RecipeComparison:
    return compare_arms(
        cube,
        "b",
        "a",
        claim or Claim(),
        setting_of(cube, None),
        rng=np.random.default_rng(0),
        paired=paired,
    )


def drawn(world: SeedWorld, seed: int) -> StudyCube:
    found = [d for d in world.draw(np.random.default_rng(seed)) if d.split == "test"]
    return cube_of(np.array([d.right for d in found], dtype=np.float64), [d.arm for d in found])


def pair(gain: float, *, seeds: int = 5, n: int = 300, sd: float = 0.02) -> SeedWorld:
    recipes = (PlantedRecipe("a", 0.7, sd), PlantedRecipe("b", 0.7 + gain, sd, 0.3))
    return SeedWorld(recipes, seeds, (1,), 1, n, Claim())


def test_the_verdicts_on_planted_worlds_err_no_more_than_they_say() -> None:
    """Per 40 worlds: without a difference real in at most 10% (alpha 5% and its Monte-Carlo error), with 15 points
    always real, and with the reverse always phantom; the interval holds the truth in at least 85%."""
    for gain, verdict in ((0.0, None), (0.15, Verdict.REAL), (-0.15, Verdict.PHANTOM)):
        found = [compared(drawn(pair(gain), seed)) for seed in range(40)]
        verdicts = [one.ruling.verdict for one in found]
        if verdict is None:
            assert verdicts.count(Verdict.REAL) <= 4
        else:
            assert verdicts.count(verdict) >= 38
        held = [
            e.low is not None and e.high is not None and e.low <= gain <= e.high
            for e in (one.finding.estimate for one in found)
        ]
        assert sum(held) >= 34


def test_p_value_interval_and_verdict_come_from_one_procedure() -> None:
    for seed in range(15):
        one = compared(drawn(pair(0.04, n=60), seed), Claim(alpha=0.1))
        e, p = one.finding.estimate, one.finding.p_value
        assert p is not None
        assert e.low is not None
        assert e.high is not None
        assert (p < 0.1) == (not e.low <= 0 <= e.high)
        assert e.confidence == pytest.approx(0.9)


def test_seeds_are_paired_by_their_number_wherever_they_stand() -> None:
    """Arm b lists its seeds in another order, and one seed of each arm has no partner."""
    rng = np.random.default_rng(1)
    base = np.clip(rng.normal(0.6, 0.1, (4, 1)) + rng.normal(0, 0.05, (4, 50)), 0, 1)
    a, b = base, np.clip(base + 0.05 + rng.normal(0, 0.01, (4, 50)), 0, 1)
    scores = np.concatenate([a, rng.random((1, 50)), b[[2, 0, 3, 1]], rng.random((1, 50))])
    arms = ["a"] * 5 + ["b"] * 5
    found = compared(cube_of(scores, arms, [10, 11, 12, 13, 99, 12, 10, 13, 11, 77]), paired=True)
    wanted = compare_recipes(b, a, confidence=0.95, paired=True)
    assert found.finding.estimate.point == pytest.approx(wanted.estimate.point)
    assert found.finding.estimate.low == pytest.approx(wanted.estimate.low or np.nan)
    assert (found.first.seeds, found.second.seeds, found.paired) == (4, 4, True)
    assert found.permutation is not None
    alone = compared(cube_of(scores, arms, [*range(5), *range(10, 15)]))
    assert alone.first.seeds == 5
    with pytest.raises(InvalidInput, match="share no seed number"):
        compared(cube_of(scores, arms, [*range(5), *range(10, 15)]), paired=True)


def test_problems_that_some_run_was_not_scored_on_are_left_out_and_counted() -> None:
    scores = (np.random.default_rng(2).random((6, 40)) < 0.6).astype(np.float64)
    whole = compared(cube_of(scores[:, 3:], ["a"] * 3 + ["b"] * 3))
    scores[0, 0] = scores[4, 1] = scores[5, 1] = scores[2, 2] = np.nan
    found = compared(cube_of(scores, ["a"] * 3 + ["b"] * 3))
    assert (found.n_problems, found.left_out) == (37, 3)
    assert found.finding == whole.finding
    scores[0] = np.nan
    with pytest.raises(InvalidInput, match="nothing at this checkpoint"):
        compared(cube_of(scores, ["a"] * 3 + ["b"] * 3))


def test_other_arms_do_not_take_problems_away() -> None:
    scores = (np.random.default_rng(3).random((5, 40)) < 0.6).astype(np.float64)
    scores[4, :20] = np.nan
    assert compared(cube_of(scores, ["a", "a", "b", "b", "c"])).n_problems == 40


def test_one_seed_an_arm_is_undecided_whatever_it_shows() -> None:
    found = compared(cube_of(np.array([[0.0] * 50, [1.0] * 50]), ["a", "b"]))
    assert found.ruling.verdict is Verdict.UNDECIDED
    assert (found.first.sd, found.permutation, found.seeds_needed) == (None, None, None)


def test_what_would_decide_is_told_only_where_it_is_open() -> None:
    open_, shut = compared(drawn(pair(0.01), 1)), compared(drawn(pair(0.2), 1))
    assert (open_.ruling.verdict, shut.ruling.verdict) == (Verdict.UNDECIDED, Verdict.REAL)
    assert shut.seeds_needed is None
    # With v3 of 300 problems no number of seeds shows a point; with no interaction some number does.
    calm = SeedWorld(
        (PlantedRecipe("a", 0.7, 0.03), PlantedRecipe("b", 0.7, 0.03)), 4, (1,), 1, 3_000, Claim()
    )
    needed = [compared(drawn(calm, seed)).seeds_needed for seed in range(6)]
    assert any(n is not None and n > 4 for n in needed)


def test_all_pairs_hold_together_and_the_first_of_two_arms_is_the_plain_comparison() -> None:
    scores = (np.random.default_rng(4).random((9, 60)) < 0.6).astype(np.float64)
    cube = cube_of(scores, ["a"] * 3 + ["b"] * 3 + ["c"] * 3)
    found = compare_all_arms(cube, setting_of(cube, None))
    assert [(a, b) for a, b, *_ in found.pairs] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert found.confidence_each == pytest.approx(1 - 0.05 / 3)
    for (_, _, estimate, p), (i, j) in zip(found.pairs, ((0, 3), (0, 6), (3, 6)), strict=True):
        alone = compare_recipes(scores[i : i + 3], scores[j : j + 3], confidence=1 - 0.05 / 3)
        assert estimate == alone.estimate
        assert p == (None if alone.p_value is None else min(1.0, 3 * alone.p_value))
    with pytest.raises(InvalidInput, match="one arm, 'a'"):
        compare_all_arms(cube.of_arm("a"), setting_of(cube, None))


def test_arms_that_are_not_there_or_the_same_are_refused() -> None:
    cube = cube_of(np.eye(4), ["a", "a", "b", "b"])
    for first, second, said in (("b", "b", "both arms"), ("b", "c", "no arm 'c'")):
        with pytest.raises(InvalidInput, match=said):
            compare_arms(cube, first, second, Claim(), setting_of(cube, None), rng=np.random.default_rng(0))
