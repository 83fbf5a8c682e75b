"""Arms that combine factors: what does each factor bring, and do they add up or help each other?

Every effect is a contrast of arms: seeds are the random unit, crossed with problems, as for two recipes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.llm.cube import StudyCube
from nophantom.llm.questions.recipes import NOT_COVERED as OF_RECIPES
from nophantom.llm.questions.recipes import ArmFacts, arm_facts
from nophantom.llm.questions.setting import Setting
from nophantom.llm.verdicts import Claim, Finding, Question, Ruling, in_points, points, rule
from nophantom.stats.contrasts import ContrastTest, contrast_runs, seeds_of_contrast
from nophantom.stats.estimates import Estimate
from nophantom.stats.factorial import (
    Change,
    EffectTest,
    FactorialDesign,
    PlannedEffect,
    design_of,
    estimate_effects,
)
from nophantom.stats.simultaneous import adjusted_of_many, simultaneous_confidence
from nophantom.stats.spreads import SpreadComparison, compare_group_spreads
from nophantom.stats.verdicts import Direction, Verdict, is_real_but_smaller

NOT_COVERED = (*OF_RECIPES, "three factors that help each other: effects are averaged over the other factors")
_FIXED = "problems other than these: the answer is for this problem set alone"
OF_THE_BEST = (
    "other seeds: of each arm only the run that was best on another split is looked at",
    "problems of another kind: the test is taken as drawn from problems like these",
)
_ALSO_BEST = "effects on the best seeds: they speak of these runs alone, not of other seeds"
USUAL = Claim(direction=Direction.DIFFERENT)
"""What is claimed of every effect unless something else is: that it is not 0."""


@dataclass(frozen=True, slots=True)
class FactorArm:
    """One arm: its level of every factor, and its seeds."""

    levels: tuple[str, ...]
    facts: ArmFacts


@dataclass(frozen=True, slots=True)
class BestRuns:
    """The same effect on the best run of each arm alone.

    Attributes:
        runs: the run of each arm that is best on the other split.
        finding: for new problems, with an interval simultaneous over the effects; other seeds are not covered.
        ruling: the verdict on the claim about these runs.
    """

    runs: tuple[str, ...]
    finding: Finding
    ruling: Ruling


@dataclass(frozen=True, slots=True)
class Effect:
    """One main effect, or one interaction of two factors.

    Attributes:
        name: e.g. "initialisation: svd against standard", or "initialisation svd with router balanced".
        changes: one for a main effect, two for an interaction.
        cells: over how many combinations of the other factors it is averaged.
        finding: the effect, a proportion, with its interval simultaneous over all effects and its p-value adjusted
            for them.
        ruling: the verdict on the claim.
        p_alone: the p-value that it has by itself.
        test: the spread behind it, at the raised confidence of each interval.
        seeds_needed: per arm, to show an effect of delta among so many with 80% power; None where that is unknown,
            or where no number of seeds would (then more problems are needed).
        best: the effect on the best runs alone; None where there is no other split to choose them on.
        spread: of a main effect: do the seeds with this level differ more among themselves than those without?
            Its interval and p-value are simultaneous over the main effects.
    """

    name: str
    changes: tuple[Change, ...]
    cells: int
    finding: Finding
    ruling: Ruling
    p_alone: float | None
    test: ContrastTest
    seeds_needed: int | None
    best: BestRuns | None
    spread: SpreadComparison | None

    @property
    def is_interaction(self) -> bool:
        """Whether it asks if one change brings more where the other was made too."""
        return len(self.changes) > 1


@dataclass(frozen=True, slots=True)
class EffectsAnswer:
    """All effects of a factorial study.

    Attributes:
        factors: their names; the first level of each is that of the first arm.
        arms: with their levels, in the order of the study.
        effects: main effects first, then interactions.
        missing: effects that these arms cannot tell apart from others, by name.
        outside: arms that are no combination of the factors; they are left aside.
        confidence: of all intervals together; `confidence_each` that of each alone (Bonferroni).
        paired: the same seed of every arm shares its randomness, as the plan declares.
        n_problems: problems that every run was scored on; `left_out` those that some run was not.
        chosen_on: the split on which the best runs were chosen; None where there is none.
        no_best: why no effect on the best runs is told; None where it is.
    """

    setting: Setting
    claim: Claim
    factors: tuple[str, ...]
    arms: tuple[FactorArm, ...]
    effects: tuple[Effect, ...]
    missing: tuple[str, ...]
    outside: tuple[str, ...]
    confidence: float
    confidence_each: float
    paired: bool
    n_problems: int
    left_out: int
    chosen_on: str | None
    no_best: str | None
    not_covered: tuple[str, ...]


def find_effects(
    cube: StudyCube,
    levels: Mapping[str, Mapping[str, str]],
    claim: Claim,
    setting: Setting,
    *,
    rng: np.random.Generator,
    step: int | None = None,
    paired: bool = False,
    fixed_problems: bool = False,
    ranked: Sequence[float] | None = None,
    ranked_on: str | None = None,
    no_best: str = "no other split to choose runs on",
) -> EffectsAnswer:
    """Main effects and interactions of two factors, at one checkpoint.

    Args:
        cube: the runs of all arms.
        levels: arm -> its level of each factor; an arm without any is outside the design.
        claim: direction, delta and alpha, of every effect; alpha is that of all of them together.
        setting: told in the answer.
        rng: of the comparison of spreads.
        step: training step; None is the last that all runs have.
        paired: the same seed of all arms shares its randomness.
        fixed_problems: answer for this problem set alone.
        ranked: accuracy of every run on another split, in the order of the runs; with it the effects on the best
            run of each arm are told too.
        ranked_on: the name of that split.
        no_best: without `ranked`, why.

    Raises:
        InvalidInput: no factors, fewer than two levels of each, arms that cannot tell any effect, or no problem
            that was scored for all runs.
    """
    names = tuple(name for name in cube.arm_names if levels.get(name))
    outside = tuple(name for name in cube.arm_names if name not in names)
    factors, design = _design(names, levels, cube)
    if outside:
        kept = [i for i, arm in enumerate(cube.arms) if arm in names]
        ranked = None if ranked is None else [ranked[i] for i in kept]
        cube = cube.of_runs(kept)
    scores, common = cube.complete(cube.step_index(step))
    rows = {name: [i for i, arm in enumerate(cube.arms) if arm == name] for name in names}
    used = _by_seed(cube, rows) if paired else rows
    tables = [scores[used[name]] for name in names]
    tests = estimate_effects(
        tables, design.effects, confidence=claim.confidence, paired=paired, fixed_problems=fixed_problems
    )
    best = None if ranked is None else _best_of(cube, rows, scores, ranked)
    mains = sum(len(planned.changes) == 1 for planned in design.effects)
    not_covered = (_FIXED, *NOT_COVERED[1:]) if fixed_problems else NOT_COVERED
    effects = tuple(
        _effect(
            test,
            claim,
            not_covered,
            None if best is None else _of_best(best, test.planned, len(tests), claim),
            _spread(tables, test.planned, mains, claim, rng),
        )
        for test in tests
    )
    return EffectsAnswer(
        setting=setting,
        claim=claim,
        factors=tuple(factors),
        arms=tuple(
            FactorArm(tuple(of[n] for of in factors.values()), arm_facts(n, scores[used[n]])) for n in names
        ),
        effects=effects,
        missing=tuple(effect_name(changes) for changes in design.missing),
        outside=outside,
        confidence=claim.confidence,
        confidence_each=simultaneous_confidence(claim.confidence, len(tests)),
        paired=paired,
        n_problems=len(common),
        left_out=len(cube.cube.problems) - len(common),
        chosen_on=None if ranked is None else ranked_on,
        no_best=no_best if ranked is None else None,
        not_covered=not_covered if best is None else (*not_covered, _ALSO_BEST),
    )


def effect_name(changes: Sequence[Change]) -> str:
    """What people call an effect."""
    if len(changes) == 1:
        (change,) = changes
        return f"{change.factor}: {change.level} against {change.against}"
    return " with ".join(f"{change.factor} {change.level}" for change in changes)


def _design(
    names: Sequence[str], levels: Mapping[str, Mapping[str, str]], cube: StudyCube
) -> tuple[dict[str, dict[str, str]], FactorialDesign]:
    """The factors that vary, and the effects that these arms can tell of them."""
    factors = _factors(names, levels, cube.study)
    design = design_of(names, factors) if factors else None
    if design is None or not design.effects:
        raise InvalidInput(
            f"the arms of {cube.study!r} ({', '.join(cube.arm_names)}) tell no effect of a factor: an effect needs two "
            "arms that differ in one factor alone."
        )
    return factors, design


def _factors(
    names: Sequence[str], levels: Mapping[str, Mapping[str, str]], study: str
) -> dict[str, dict[str, str]]:
    """Factor -> level of each arm, of those factors in which arms differ, in the order of the first arm."""
    factors = list(dict.fromkeys(factor for name in names for factor in levels[name]))
    for name in names:
        if set(levels[name]) != set(factors):
            raise InvalidInput(
                f"every arm of {study!r} that combines factors has a level of each; {name!r} has "
                f"{sorted(levels[name])} of {sorted(factors)}."
            )
    found = {factor: {name: levels[name][factor] for name in names} for factor in factors}
    return {factor: of for factor, of in found.items() if len(set(of.values())) > 1}


def _by_seed(cube: StudyCube, rows: Mapping[str, Sequence[int]]) -> dict[str, list[int]]:
    """The runs whose seed number every arm has, in its order."""
    of = {
        name: {cube.seeds[i]: i for i in places if cube.seeds[i] is not None} for name, places in rows.items()
    }
    shared = sorted(
        {seed for seed in cube.seeds if seed is not None and all(seed in seeds for seeds in of.values())}
    )
    if not shared:
        raise InvalidInput("the arms share no seed number, so they cannot be paired. Compare them unpaired.")
    return {name: [seeds[seed] for seed in shared] for name, seeds in of.items()}


def _effect(
    found: EffectTest,
    claim: Claim,
    not_covered: tuple[str, ...],
    best: BestRuns | None,
    spread: SpreadComparison | None,
) -> Effect:
    finding = Finding(Question.EFFECTS, found.estimate, found.p_value, not_covered)
    return Effect(
        name=effect_name(found.planned.changes),
        changes=found.planned.changes,
        cells=found.planned.cells,
        finding=finding,
        ruling=_ruled(claim, finding),
        p_alone=found.p_alone,
        test=found.test,
        seeds_needed=seeds_of_contrast(found.test, claim.delta),
        best=best,
        spread=spread,
    )


def _best_of(
    cube: StudyCube, rows: Mapping[str, Sequence[int]], scores: NDArray[np.float64], ranked: Sequence[float]
) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """The run of each arm that is best on another split (of equals the first), and its scores here."""
    places = [max(members, key=lambda i: ranked[i]) for members in rows.values()]
    return tuple(cube.cube.runs[i] for i in places), scores[places]


def _of_best(
    best: tuple[tuple[str, ...], NDArray[np.float64]], planned: PlannedEffect, effects: int, claim: Claim
) -> BestRuns:
    runs, scores = best
    each = simultaneous_confidence(claim.confidence, effects)
    test = contrast_runs(scores, planned.weights, confidence=each)
    estimate, p_value = adjusted_of_many(test.estimate, test.p_value, effects, claim.confidence)
    finding = Finding(Question.CHECKPOINTS, estimate, p_value, OF_THE_BEST)
    return BestRuns(runs, finding, _ruled(claim, finding))


def _spread(
    tables: Sequence[NDArray[np.float64]],
    planned: PlannedEffect,
    mains: int,
    claim: Claim,
    rng: np.random.Generator,
) -> SpreadComparison | None:
    if len(planned.changes) > 1:
        return None
    each = simultaneous_confidence(claim.confidence, mains)
    found = compare_group_spreads(
        list(zip(planned.weights, tables, strict=True)), rng=rng, confidence=each, draws=20_000 * mains
    )
    if found.estimate is None:
        return found
    estimate, p_value = adjusted_of_many(found.estimate, found.p_value, mains, claim.confidence)
    return replace(found, estimate=estimate, p_value=p_value)


def _ruled(claim: Claim, finding: Finding) -> Ruling:
    """The verdict by the usual rule, in words that fit an effect: there is no first and no second."""
    ruling = rule(claim, finding)
    return replace(ruling, reason=_reason(claim, finding.estimate, ruling))


def _reason(claim: Claim, e: Estimate, ruling: Ruling) -> str:
    if e.low is None or e.high is None or ruling.verdict is Verdict.UNDECIDED:
        return ruling.reason
    span, delta = f"{points(e.low)} to {points(e.high)} points", in_points(claim.delta)
    if ruling.verdict is Verdict.REAL:
        return f"the whole interval lies {'above' if e.low > 0 else 'below'} 0: {span}."
    if is_real_but_smaller(e, delta=claim.delta, direction=claim.direction):
        return f"an effect is real but smaller than {delta}: the interval is {span}."
    if (claim.direction is Direction.HIGHER and e.high < 0) or (
        claim.direction is Direction.LOWER and e.low > 0
    ):
        return f"the effect is the other way: the interval is {span}."
    return f"an effect of {delta} or more is ruled out: the interval is {span}."
