"""Factorial designs: weights by hand, what cannot be told, and few false alarms over all effects together."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.stats.contrasts import contrast_arms
from nophantom.stats.factorial import Change, FactorialDesign, design_of, estimate_effects
from nophantom.stats.recipes import compare_recipes

RNG = np.random.default_rng


def _full(*levels: int) -> tuple[list[str], dict[str, dict[str, str]]]:
    """A complete design: arms named after their levels, as "010"."""
    arms = ["".join(map(str, cell)) for cell in product(*(range(n) for n in levels))]
    return arms, {f"f{i}": {arm: arm[i] for arm in arms} for i in range(len(levels))}


def _of(design: FactorialDesign, *factors: str) -> list[tuple[float, ...]]:
    return [e.weights for e in design.effects if tuple(c.factor for c in e.changes) == factors]


def test_two_by_two_has_the_weights_of_the_text_books() -> None:
    design = design_of(*_full(2, 2))
    assert _of(design, "f0") == [(-0.5, -0.5, 0.5, 0.5)]
    assert _of(design, "f1") == [(-0.5, 0.5, -0.5, 0.5)]
    assert _of(design, "f0", "f1") == [(1, -1, -1, 1)]
    assert [effect.cells for effect in design.effects] == [2, 2, 1]
    assert design.missing == ()


def test_more_levels_are_each_held_against_the_first_and_more_factors_are_averaged_over() -> None:
    design = design_of(*_full(3, 2, 2))
    assert len(design.effects) == (2 + 1 + 1) + (2 + 2 + 1)
    low, high = _of(design, "f0")
    assert low[:8] == (-0.25,) * 4 + (0.25,) * 4
    assert high[4:8] == (0,) * 4
    for effect in design.effects:
        assert sum(effect.weights) == pytest.approx(0)
        assert sum(abs(w) for w in effect.weights) == pytest.approx(2 ** len(effect.changes))


def test_additive_arms_give_back_what_each_level_brings_and_no_interaction() -> None:
    arms, factors = _full(2, 3, 2)
    brings = {("f0", "1"): 0.1, ("f1", "1"): 0.02, ("f1", "2"): -0.05, ("f2", "1"): 0.07}
    means = np.array([sum(brings.get((f, of[arm]), 0.0) for f, of in factors.items()) for arm in arms])
    for effect in design_of(arms, factors).effects:
        found = float(np.array(effect.weights) @ means)
        planted = 0.0
        if len(effect.changes) == 1:
            planted = brings[effect.changes[0].factor, effect.changes[0].level]
        assert found == pytest.approx(planted)


def test_one_factor_at_a_time_tells_main_effects_in_matching_arms_and_no_interaction() -> None:
    """Averages over all arms of a level would mix the factors: only the first arm matches both."""
    arms = ["plain", "svd", "balanced"]
    design = design_of(
        arms,
        {
            "init": {"plain": "std", "svd": "svd", "balanced": "std"},
            "router": {"plain": "soft", "svd": "soft", "balanced": "bias"},
        },
    )
    assert _of(design, "init") == [(-1, 1, 0)]
    assert _of(design, "router") == [(-1, 0, 1)]
    assert design.missing == ((Change("init", "svd", "std"), Change("router", "bias", "soft")),)


def test_arms_of_one_combination_share_its_weight_and_confounded_factors_are_missing() -> None:
    design = design_of(["a", "b", "c"], {"f": {"a": "0", "b": "1", "c": "1"}})
    assert _of(design, "f") == [(-1, 0.5, 0.5)]
    both = design_of(["a", "b"], {"f": {"a": "0", "b": "1"}, "g": {"a": "x", "b": "y"}})
    assert both.effects == ()
    assert len(both.missing) == 3
    assert design_of(["a", "b"], {"f": {"a": "0", "b": "0"}}).effects == ()


def _study(rng: np.random.Generator, seeds: int = 4, problems: int = 80) -> list[NDArray[np.bool_]]:
    base = rng.uniform(0.35, 0.85, problems)
    return [
        rng.random((seeds, problems)) < base + rng.normal(0, 0.1, problems) + rng.normal(0, 0.04, (seeds, 1))
        for _ in range(4)
    ]


def test_effects_are_contrasts_at_the_confidence_that_holds_for_all_of_them() -> None:
    arms, design = _study(RNG(1)), design_of(*_full(2, 2))
    for found in estimate_effects(arms, design.effects, confidence=0.9):
        alone = contrast_arms(arms, found.planned.weights, confidence=1 - 0.1 / 3)
        assert (found.estimate.low, found.estimate.high) == (alone.estimate.low, alone.estimate.high)
        assert found.estimate.confidence == 0.9
        assert found.p_alone == alone.p_value
        assert alone.p_value is not None
        assert found.p_value == pytest.approx(min(1, 3 * alone.p_value))


def test_a_single_effect_of_two_arms_is_the_comparison_of_recipes() -> None:
    arms = _study(RNG(2))[:2]
    design = design_of(["a", "b"], {"f": {"a": "0", "b": "1"}})
    (found,) = estimate_effects(arms, design.effects)
    theirs = compare_recipes(arms[1], arms[0])
    assert (found.estimate, found.p_value) == (theirs.estimate, theirs.p_value)


def test_over_all_effects_of_a_study_without_any_false_alarms_stay_below_alpha() -> None:
    """100 studies at 5% for the family: at most 13%, four Monte-Carlo errors above it."""
    rng, design, false = RNG(3), design_of(*_full(2, 2)), 0
    for _ in range(100):
        found = estimate_effects(_study(rng), design.effects)
        false += any(one.p_value is not None and one.p_value < 0.05 for one in found)
    assert false <= 13


def test_factors_that_do_not_fit_the_arms_are_refused() -> None:
    for arms, factors, said in (
        ([], {"f": {}}, "distinct names"),
        (["a", "a"], {"f": {"a": "0"}}, "distinct names"),
        (["a", "b"], {}, "at least one factor"),
        (["a", "b"], {"f": {"a": "0"}}, "level for each of the arms"),
    ):
        with pytest.raises(InvalidInput, match=said):
            design_of(arms, factors)
    with pytest.raises(InvalidInput, match="at least one comparison"):
        estimate_effects(_study(RNG(4)), [])
