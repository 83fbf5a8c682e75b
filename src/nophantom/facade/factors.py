"""Questions about arms that combine factors, and about what was measured before training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from nophantom.errors import InvalidInput
from nophantom.facade.answer import Answer
from nophantom.facade.given import Told, as_named_arms, cube_of, one_of
from nophantom.llm.gathering import cube_of_scores
from nophantom.llm.questions.effects import EffectsAnswer, find_effects
from nophantom.llm.questions.probes import DELTA, ProbesAnswer, judge_probes
from nophantom.llm.questions.setting import RNG_SEED, setting_of
from nophantom.llm.reports.effects import effects_page
from nophantom.llm.reports.probes import probes_page
from nophantom.llm.verdicts import Claim
from nophantom.stats.verdicts import Direction


def effects(
    arms: Mapping[str, Told],
    factors: Mapping[str, Mapping[str, str]],
    *,
    validation: Mapping[str, ArrayLike] | None = None,
    claim: str | Direction = Direction.DIFFERENT,
    delta: float = 0.01,
    alpha: float = 0.05,
    paired: bool = False,
    fixed_problems: bool = False,
    rng: int = RNG_SEED,
) -> Answer[EffectsAnswer]:
    """What does each factor bring, and do factors help each other?

    Args:
        arms: name -> (runs, problems) scores, a data frame or a path; the first has the first level of each factor.
        factors: arm -> its level of each factor, as {"a": {"router": "softmax"}, "b": {"router": "balanced"}}.
        validation: name -> (runs,) accuracy of each run on other problems: the effects on the best run of each arm.
        claim: of every effect: "different" (from 0), "higher" or "lower".
        delta: the smallest effect that matters, a proportion.
        alpha: two-sided error rate of all effects together.
        paired: run i of every arm shares its randomness.
        fixed_problems: answer for these problems alone.
        rng: seed of what is drawn.

    Raises:
        InvalidInput: arms that cannot be aligned, or that tell no effect of the factors.
    """
    if not arms:
        raise InvalidInput('give the arms by name, as in effects({"plain": scores, "svd": scores}, factors).')
    cube = as_named_arms({str(name): cube_of(told, str(name)) for name, told in arms.items()})
    ranked: list[float] | None = None
    if validation is not None:
        ranked = []
        for name in cube.arm_names:
            there = np.asarray(validation.get(name, ()), dtype=np.float64)
            if there.shape != (cube.arms.count(name),):
                raise InvalidInput(
                    f"validation has one accuracy for each run of each arm; got shape {there.shape} for the "
                    f"{cube.arms.count(name)} runs of {name!r}."
                )
            ranked += there.tolist()
    found = find_effects(
        cube,
        factors,
        Claim(one_of(Direction, claim, "claim"), delta, alpha),
        setting_of(cube, None),
        rng=np.random.default_rng(rng),
        paired=paired,
        fixed_problems=fixed_problems,
        ranked=ranked,
        ranked_on="other problems",
        no_best="no accuracy on other problems was given",
    )
    return Answer(found, effects_page)


def probes(
    measured: Mapping[str, ArrayLike],
    outcomes: Told,
    *,
    arms: Sequence[str] | None = None,
    seeds: Sequence[int] | None = None,
    delta: float = DELTA,
    alpha: float = 0.05,
    rng: int = RNG_SEED,
) -> Answer[ProbesAnswer]:
    """Does what was measured before training predict the final score?

    Args:
        measured: name -> (runs,) one number per run.
        outcomes: (runs, problems) scores, or (runs,) accuracies; or a data frame or path.
        arms: (runs,) the arm of each run; None is one arm, or as a path tells.
        seeds: (runs,) where runs of one seed share their randomness in every arm: the seed of each run.
        delta: the smallest rank correlation that matters.
        alpha: two-sided error rate of all measurements together.
        rng: seed of what is drawn.

    Raises:
        InvalidInput: measurements that are not one per run, or nothing that varies.
    """
    if not measured:
        raise InvalidInput(
            'give the measurements by name, as in probes({"loss at the start": values}, scores).'
        )
    try:
        columns = [np.asarray(values, dtype=np.float64) for values in measured.values()]
    except (TypeError, ValueError):
        raise InvalidInput("measurements are lists of numbers, one per run.") from None
    runs = columns[0].shape
    if len(runs) != 1 or any(column.shape != runs for column in columns):
        raise InvalidInput(f"measurements are one number per run; got shapes {[c.shape for c in columns]}.")
    bare = isinstance(outcomes, np.ndarray | list | tuple)
    table = np.asarray(outcomes) if bare else None
    if table is not None and table.shape == runs:
        outcomes = table[:, None]
    cube = cube_of_scores(outcomes, "runs", arms=arms) if bare else cube_of(outcomes, "runs")
    if seeds is not None:
        if len(seeds) != len(cube.arms):
            raise InvalidInput(f"seeds name one for each run; got {len(seeds)} for {len(cube.arms)} runs.")
        cube = replace(cube, seeds=tuple(seeds))
    found = judge_probes(
        cube,
        tuple(measured),
        np.column_stack(columns),
        setting_of(cube, None),
        rng=np.random.default_rng(rng),
        shares_seeds=seeds is not None,
        delta=delta,
        confidence=1 - alpha,
    )
    return Answer(found, probes_page)
