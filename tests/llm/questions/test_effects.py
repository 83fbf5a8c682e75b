"""Effects over a cube: which arms, runs and problems go in, the verdicts, and the best runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.llm.cube import StudyCube
from nophantom.llm.gathering import cube_of_scores
from nophantom.llm.questions.effects import EffectsAnswer, find_effects
from nophantom.llm.questions.recipes import compare_arms
from nophantom.llm.questions.setting import setting_of
from nophantom.llm.verdicts import Claim, Question
from nophantom.stats.contrasts import contrast_runs, seeds_of_contrast
from nophantom.stats.spreads import compare_spreads
from nophantom.stats.verdicts import Direction, Verdict

ARMS = ("plain", "svd", "balanced", "both")
LEVELS = {
    "plain": {"init": "standard", "router": "softmax"},
    "svd": {"init": "svd", "router": "softmax"},
    "balanced": {"init": "standard", "router": "balanced"},
    "both": {"init": "svd", "router": "balanced"},
}


def study(means: tuple[float, ...], seed: int = 0, *, seeds: int = 4, problems: int = 400) -> StudyCube:
    """Arms of these true accuracies; seeds 3 points apart, answers drawn."""
    rng = np.random.default_rng(seed)
    chance = np.repeat(means, seeds)[:, None] + rng.normal(0, 0.03, (4 * seeds, 1))
    right = rng.random((4 * seeds, problems)) < np.clip(chance + rng.normal(0, 0.1, problems), 0, 1)
    return cube_of(right.astype(np.float64), seeds)


def cube_of(scores: NDArray[np.float64], seeds: int) -> StudyCube:
    cube = cube_of_scores(scores, arms=[arm for arm in ARMS for _ in range(seeds)])
    return replace(cube, seeds=tuple(range(seeds)) * 4)


def effects_in(cube: StudyCube, claim: Claim | None = None, **said: Any) -> EffectsAnswer:
    levels = said.pop("levels", LEVELS)
    usual = claim or Claim(Direction.DIFFERENT)
    return find_effects(cube, levels, usual, setting_of(cube, None), rng=np.random.default_rng(0), **said)


def test_planted_effects_are_found_and_what_is_not_there_is_not() -> None:
    """init brings 10 points, router nothing, and both together 10 more."""
    found = effects_in(study((0.5, 0.55, 0.45, 0.7), seeds=8, problems=1_000))
    init, router, both = found.effects
    assert [e.name for e in found.effects] == [
        "init: svd against standard",
        "router: balanced against softmax",
        "init svd with router balanced",
    ]
    assert init.finding.estimate.point == pytest.approx(0.15, abs=0.05)
    assert both.finding.estimate.point == pytest.approx(0.20, abs=0.08)
    assert (init.ruling.verdict, both.ruling.verdict) == (Verdict.REAL, Verdict.REAL)
    assert abs(router.finding.estimate.point - 0.05) < 0.05
    assert "above 0" in init.ruling.reason
    assert {e.finding.question for e in found.effects} == {Question.EFFECTS}
    assert [e.is_interaction for e in found.effects] == [False, False, True]
    assert found.confidence_each == pytest.approx(1 - 0.05 / 3)


def test_the_verdicts_follow_the_claim_and_say_why() -> None:
    cube = study((0.5, 0.5, 0.5, 0.5), 1, seeds=6, problems=800)
    for claim, verdict, word in (
        (Claim(Direction.DIFFERENT, delta=0.3), Verdict.PHANTOM, "ruled out"),
        (Claim(Direction.DIFFERENT, delta=0.001), Verdict.UNDECIDED, "both no effect and one that matters"),
    ):
        main = effects_in(cube, claim).effects[0]
        assert main.ruling.verdict is verdict
        assert word in main.ruling.reason
    worse = study((0.7, 0.5, 0.7, 0.5), 2, problems=800)
    for claim, verdict, word in (
        (Claim(Direction.LOWER), Verdict.REAL, "below 0"),
        (Claim(Direction.HIGHER), Verdict.PHANTOM, "the other way"),
        (Claim(Direction.LOWER, delta=0.5), Verdict.PHANTOM, "real but smaller"),
    ):
        main = effects_in(worse, claim).effects[0]
        assert (main.ruling.verdict, main.ruling.exploratory) == (verdict, True)
        assert word in main.ruling.reason


def test_interval_p_and_verdict_come_from_one_procedure() -> None:
    for seed in range(5):
        for effect in effects_in(study((0.5, 0.56, 0.5, 0.5), seed)).effects:
            e, p = effect.finding.estimate, effect.finding.p_value
            assert p is not None
            assert e.low is not None
            assert e.high is not None
            assert (p < 0.05) == (e.low > 0 or e.high < 0) == (effect.ruling.verdict is Verdict.REAL)
            assert effect.p_alone is not None
            assert p >= effect.p_alone


def test_two_arms_of_one_factor_are_the_comparison_of_their_recipes() -> None:
    cube = study((0.5, 0.6, 0.5, 0.5), 3).of_runs(range(8))
    levels = {"plain": {"init": "standard"}, "svd": {"init": "svd"}}
    for paired in (False, True):
        (effect,) = effects_in(cube, levels=levels, paired=paired).effects
        alone = compare_arms(
            cube, "svd", "plain", Claim(), setting_of(cube, None), rng=np.random.default_rng(0), paired=paired
        )
        assert effect.finding.estimate == alone.finding.estimate
        assert effect.finding.p_value == alone.finding.p_value


def test_an_interaction_needs_more_seeds_than_a_main_effect() -> None:
    init, _, both = effects_in(study((0.5, 0.5, 0.5, 0.5), 4), Claim(delta=0.05), fixed_problems=True).effects
    assert init.seeds_needed is not None
    assert both.seeds_needed is not None
    assert 3 < both.seeds_needed / init.seeds_needed < 4.5
    assert init.seeds_needed == seeds_of_contrast(init.test, 0.05)


def test_factors_that_no_arm_varies_are_left_out_and_arms_without_levels_stand_outside() -> None:
    cube = study((0.5, 0.6, 0.5, 0.6), 5)
    levels: dict[str, dict[str, str]] = {
        "plain": {"init": "standard", "order": "shuffled"},
        "svd": {},
        "balanced": {"init": "svd", "order": "shuffled"},
    }
    accuracy = [*range(8), 20, 9, 10, 11, *range(12, 16)]
    found = effects_in(cube, levels=levels, ranked=accuracy, ranked_on="validation")
    assert (found.factors, found.outside) == (("init",), ("svd", "both"))
    assert [arm.facts.name for arm in found.arms] == ["plain", "balanced"]
    assert found.effects[0].best is not None
    assert found.effects[0].best.runs == ("arrays 4", "arrays 9")
    alone = effects_in(cube.of_runs([0, 1, 2, 3, 8, 9, 10, 11]), levels=levels)
    assert found.effects[0].finding == replace(
        alone.effects[0].finding, not_covered=found.effects[0].finding.not_covered
    )
    one_by_one = {arm: LEVELS[arm] for arm in ("plain", "svd", "balanced")}
    assert effects_in(cube, levels=one_by_one).missing == ("init svd with router balanced",)


def test_the_best_runs_are_those_of_the_other_split_and_their_effects_are_over_problems() -> None:
    cube = study((0.5, 0.7, 0.5, 0.7), 6)
    ranked = [0.0] * 16
    for best in (2, 4, 11, 13):
        ranked[best] = 0.9
    ranked[3] = 0.9  # of equals the first
    found = effects_in(cube, ranked=ranked, ranked_on="validation")
    init = found.effects[0]
    assert init.best is not None
    assert init.best.runs == ("arrays 3", "arrays 5", "arrays 12", "arrays 14")
    scores = cube.cube.score[[2, 4, 11, 13], 0]
    alone = contrast_runs(scores, (-0.5, 0.5, -0.5, 0.5), confidence=1 - 0.05 / 3)
    assert init.best.finding.estimate.low == alone.estimate.low
    assert init.best.finding.question is Question.CHECKPOINTS
    assert "other seeds" in init.best.finding.not_covered[0]
    assert (found.chosen_on, found.no_best) == ("validation", None)
    without = effects_in(cube)
    assert without.effects[0].best is None
    assert without.no_best == "no other split to choose runs on"


def test_the_spread_of_a_single_factor_is_that_of_the_comparison_of_two_arms() -> None:
    cube = study((0.5, 0.6, 0.5, 0.5), 7).of_runs(range(8))
    levels = {"plain": {"init": "standard"}, "svd": {"init": "svd"}}
    (effect,) = effects_in(cube, levels=levels).effects
    scores = cube.cube.score[:, 0]
    alone = compare_spreads(scores[4:], scores[:4], rng=np.random.default_rng(0))
    assert effect.spread is not None
    assert (effect.spread.sd_first, effect.spread.sd_second) == (alone.sd_first, alone.sd_second)
    assert effect.spread.p_value == pytest.approx(alone.p_value, abs=0.02)
    assert effects_in(study((0.5,) * 4)).effects[2].spread is None


def test_paired_seeds_are_those_that_all_arms_have() -> None:
    cube = study((0.5, 0.6, 0.5, 0.6), 8)
    turned = cube.of_runs([*range(12), 15, 14, 13, 12])
    assert effects_in(turned, paired=True) == effects_in(cube, paired=True)
    short = effects_in(cube.of_runs(range(15)), paired=True)
    assert [arm.facts.seeds for arm in short.arms] == [3, 3, 3, 3]
    strange = replace(cube, seeds=tuple(range(16)))
    with pytest.raises(InvalidInput, match="share no seed number"):
        effects_in(strange, paired=True)


def test_problems_that_some_run_lacks_are_left_out_and_counted() -> None:
    cube = study((0.5, 0.6, 0.5, 0.6), 9, problems=50)
    scores = cube.cube.score[:, 0].copy()
    scores[0, 0] = np.nan
    found = effects_in(cube_of(scores, 4))
    assert (found.n_problems, found.left_out) == (49, 1)


def test_arms_that_tell_no_effect_are_refused() -> None:
    cube = study((0.5, 0.5, 0.5, 0.5), problems=20)
    same = {arm: {"init": "standard"} for arm in ARMS}
    uneven = LEVELS | {"both": {"init": "svd"}}
    confounded = {"plain": {"init": "a", "router": "x"}, "svd": {"init": "b", "router": "y"}}
    for levels, said in (
        ({}, "tell no effect"),
        (same, "tell no effect"),
        (confounded, "tell no effect"),
        (uneven, "has a level of each"),
    ):
        with pytest.raises(InvalidInput, match=said):
            effects_in(cube, levels=levels)


def test_one_seed_an_arm_is_undecided_whatever_it_shows() -> None:
    found = effects_in(study((0.1, 0.9, 0.1, 0.9), seeds=1))
    assert {effect.ruling.verdict for effect in found.effects} == {Verdict.UNDECIDED}
    assert {effect.seeds_needed for effect in found.effects} == {None}
