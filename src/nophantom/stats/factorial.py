"""Studies whose arms combine factors: the weights of main effects and interactions, tested together.

An effect of a factor is asked inside matched cells: the arms that differ in this factor alone. Averaging
all arms of one level, as if the design were complete, would mix the factor with whatever else those arms have.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.stats.contrasts import ContrastTest, contrast_arms
from nophantom.stats.estimates import Estimate
from nophantom.stats.simultaneous import adjusted_of_many, simultaneous_confidence


@dataclass(frozen=True, slots=True)
class Change:
    """A factor that goes from one level (`against`) to another."""

    factor: str
    level: str
    against: str


@dataclass(frozen=True, slots=True)
class PlannedEffect:
    """A question that the arms of a factorial study can answer.

    Attributes:
        changes: one change is a main effect: the level against the first level. Two are an interaction: does
            the one change bring more where the other was made too?
        weights: one per arm, in the order given; they sum to 0.
        cells: over how many combinations of the other factors it is averaged.
    """

    changes: tuple[Change, ...]
    weights: tuple[float, ...]
    cells: int


@dataclass(frozen=True, slots=True)
class FactorialDesign:
    """What the arms of a study can tell of their factors.

    Attributes:
        effects: main effects first, then interactions of two.
        missing: changes that no matching arms tell apart from others, as they would be in `effects`.
    """

    effects: tuple[PlannedEffect, ...]
    missing: tuple[tuple[Change, ...], ...]


@dataclass(frozen=True, slots=True)
class EffectTest:
    """One effect among several, with its simultaneous interval and adjusted p-value.

    Attributes:
        planned: which effect.
        estimate: its value, a proportion; the confidence is that of *all* intervals together.
        p_value: adjusted for the number of effects; below 1 - confidence exactly when the interval leaves out
            0. None where the interval is unknown.
        p_alone: the p-value that it has by itself, or None.
        test: the contrast at its own raised confidence, for the spread behind it.
    """

    planned: PlannedEffect
    estimate: Estimate
    p_value: float | None
    p_alone: float | None
    test: ContrastTest


def design_of(arms: Sequence[str], factors: Mapping[str, Mapping[str, str]]) -> FactorialDesign:
    """The main effects and two-way interactions that a set of arms can tell.

    The first level of a factor is that of the first arm. Every other level is asked against it, averaged with
    equal weight over those combinations of the other factors in which both levels have an arm; several arms
    of one combination share its weight.

    Args:
        arms: names, the first with the first level of every factor.
        factors: factor -> level of each arm.

    Returns:
        The effects; a factor that all arms share has none.

    Raises:
        InvalidInput: no arms, an arm twice, or a factor that does not name a level for exactly these arms.

    Source:
        Box, Hunter and Hunter (2005), Statistics for Experimenters, chapter 5.

    >>> levels = {"init": dict(a="std", b="svd", c="std", d="svd"), "router": dict(a="x", b="x", c="y", d="y")}
    >>> for effect in design_of("abcd", levels).effects:
    ...     print([change.factor for change in effect.changes], effect.weights)
    ['init'] (-0.5, 0.5, -0.5, 0.5)
    ['router'] (-0.5, -0.5, 0.5, 0.5)
    ['init', 'router'] (1.0, -1.0, -1.0, 1.0)
    """
    _check_factors(arms, factors)
    cells: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, arm in enumerate(arms):
        cells[tuple(levels[arm] for levels in factors.values())].append(place)
    names = tuple(factors)
    changes = {
        name: [Change(name, level, found[0]) for level in found[1:]]
        for name, levels in factors.items()
        for found in [tuple(dict.fromkeys(levels[arm] for arm in arms))]
    }
    asked: list[tuple[Change, ...]] = [(change,) for name in names for change in changes[name]]
    asked += [pair for one, other in combinations(names, 2) for pair in product(changes[one], changes[other])]
    effects, missing = [], []
    for some in asked:
        planned = _matched(some, names, cells, len(arms))
        if planned is None:
            missing.append(some)
        else:
            effects.append(planned)
    return FactorialDesign(tuple(effects), tuple(missing))


def estimate_effects(
    arms: Sequence[NDArray[Any]],
    effects: Sequence[PlannedEffect],
    *,
    confidence: float = 0.95,
    paired: bool = False,
    fixed_problems: bool = False,
) -> list[EffectTest]:
    """All effects of a study, each by `contrast_arms`, with intervals that hold together (Bonferroni).

    Args:
        arms: (n_seeds, n_problems) scores of each arm, in the order of the weights.
        effects: at least one.
        confidence: of all intervals together, strictly between 0 and 1.
        paired: seed i of all arms shares its randomness.
        fixed_problems: answer for this problem set alone.

    Returns:
        One test per effect, in the order given.

    Raises:
        InvalidInput: no effects, or as `contrast_arms` says.

    Source:
        Dunn (1961), JASA 56.
    """
    each = simultaneous_confidence(confidence, len(effects))
    found = []
    for planned in effects:
        test = contrast_arms(
            arms, planned.weights, confidence=each, paired=paired, fixed_problems=fixed_problems
        )
        estimate, p_value = adjusted_of_many(test.estimate, test.p_value, len(effects), confidence)
        found.append(EffectTest(planned, estimate, p_value, test.p_value, test))
    return found


def _matched(
    changes: tuple[Change, ...],
    names: Sequence[str],
    cells: Mapping[tuple[str, ...], Sequence[int]],
    arms: int,
) -> PlannedEffect | None:
    """The weights of an effect; None where no combination of the other factors has all the cells it needs."""
    places = [names.index(change.factor) for change in changes]
    found: dict[tuple[str, ...], list[tuple[float, Sequence[int]]]] = defaultdict(list)
    for cell, members in cells.items():
        sign = 1.0
        for place, change in zip(places, changes, strict=True):
            sign *= (cell[place] == change.level) - (cell[place] == change.against)
        if sign:
            rest = tuple(level for i, level in enumerate(cell) if i not in places)
            found[rest].append((sign, members))
    whole = [parts for parts in found.values() if len(parts) == 2 ** len(changes)]
    if not whole:
        return None
    weights = [0.0] * arms
    for parts in whole:
        for sign, members in parts:
            for member in members:
                weights[member] += sign / (len(whole) * len(members))
    return PlannedEffect(changes, tuple(weights), len(whole))


def _check_factors(arms: Sequence[str], factors: Mapping[str, Mapping[str, str]]) -> None:
    if not arms or len(set(arms)) != len(arms):
        raise InvalidInput(f"a factorial study has arms with distinct names; got {list(arms)}.")
    if not factors:
        raise InvalidInput("the effects of factors need at least one factor; the arms name none.")
    for name, levels in factors.items():
        if set(levels) != set(arms):
            raise InvalidInput(
                f"the factor {name!r} names a level for each of the arms {list(arms)}; got {sorted(levels)}."
            )
