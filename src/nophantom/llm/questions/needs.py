"""How many problems or seeds would show an effect, asked before anything is run."""

from __future__ import annotations

from dataclasses import dataclass

from nophantom.errors import InvalidInput
from nophantom.llm.questions.counts import GSM8K_TEST
from nophantom.llm.verdicts import check_delta
from nophantom.stats.power import (
    problems_to_decide,
    smallest_visible_difference,
    unpaired_problems_to_decide,
)
from nophantom.stats.seed_power import seeds_to_decide, smallest_visible_gain

INTERACTION = (1, -1, -1, 1)
"""The weights of "does B help more with A than without?" over four arms."""


@dataclass(frozen=True, slots=True)
class ProblemsPlan:
    """How many problems a comparison of two checkpoints needs.

    Attributes:
        delta: the true difference to be seen, a proportion; `power` and `confidence` of seeing it.
        differ: share of problems on which the two answer differently, right or wrong.
        paired: problems when both answer the same ones; `unpaired` for each when they do not (None where the
            accuracy is not told).
        at_hand: problems there are; `visible` the smallest true difference that they show.
        more_than_gsm8k: more than GSM8K's test set holds.
    """

    delta: float
    power: float
    confidence: float
    differ: float
    paired: int
    unpaired: int | None
    at_hand: int
    visible: float | None
    more_than_gsm8k: bool


@dataclass(frozen=True, slots=True)
class SeedsPlan:
    """How many seeds per arm a comparison of recipes needs.

    Attributes:
        delta: the true effect to be seen, a proportion; `power` and `confidence` of seeing it.
        sd: standard deviation of one seed's accuracy, a proportion.
        contrast: seeds per arm for the difference of two arms; `by_normal` the textbook number without
            Student's t.
        interaction: seeds per arm, over four arms, for one effect that depends on another of the same size.
        at_hand: seeds per arm there are; `visible` the smallest true difference that they show.
    """

    delta: float
    power: float
    confidence: float
    sd: float
    contrast: int | None
    by_normal: int | None
    interaction: int | None
    at_hand: int | None
    visible: float | None


def plan_problems(
    delta: float,
    *,
    differ: float,
    accuracy: float | None = None,
    at_hand: int = GSM8K_TEST,
    power: float = 0.8,
    confidence: float = 0.95,
) -> ProblemsPlan:
    """Problems that a comparison of two checkpoints needs.

    Args:
        delta: the true difference to be seen, in (0, differ].
        differ: share of problems on which the two answer differently, in (0, 1].
        accuracy: about which both lie, for the unpaired number.
        at_hand: problems there are.
        power: of seeing it.
        confidence: of the interval that decides.

    Raises:
        InvalidInput: a number is out of range.
    """
    check_delta(delta)
    unpaired = None
    if accuracy is not None:
        if not delta / 2 <= accuracy <= 1 - delta / 2:
            raise InvalidInput(f"two accuracies {delta} apart cannot lie around {accuracy}.")
        unpaired = unpaired_problems_to_decide(
            accuracy + delta / 2, accuracy - delta / 2, power=power, confidence=confidence
        )
    paired = problems_to_decide(differ, delta, power=power, confidence=confidence)
    return ProblemsPlan(
        delta=delta,
        power=power,
        confidence=confidence,
        differ=differ,
        paired=paired,
        unpaired=unpaired,
        at_hand=at_hand,
        visible=smallest_visible_difference(at_hand, differ, power=power, confidence=confidence),
        more_than_gsm8k=paired > GSM8K_TEST,
    )


def plan_seeds(
    delta: float,
    *,
    sd: float,
    at_hand: int | None = None,
    power: float = 0.8,
    confidence: float = 0.95,
) -> SeedsPlan:
    """Seeds per arm that a comparison of recipes needs.

    Args:
        delta: the true effect to be seen, above 0.
        sd: standard deviation of one seed's accuracy.
        at_hand: seeds per arm there are.
        power: of seeing it.
        confidence: of the interval that decides.

    Raises:
        InvalidInput: a number is out of range.
    """
    check_delta(delta)
    return SeedsPlan(
        delta=delta,
        power=power,
        confidence=confidence,
        sd=sd,
        contrast=seeds_to_decide(delta, sd=sd, power=power, confidence=confidence),
        by_normal=seeds_to_decide(delta, sd=sd, power=power, confidence=confidence, by_normal=True),
        interaction=seeds_to_decide(delta, sd=sd, weights=INTERACTION, power=power, confidence=confidence),
        at_hand=at_hand,
        visible=None
        if at_hand is None
        else smallest_visible_gain(at_hand, sd=sd, power=power, confidence=confidence),
    )
