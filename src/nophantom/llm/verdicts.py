"""From a claim and what was found to one of three words, with what would decide it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from nophantom.errors import InvalidInput
from nophantom.stats.estimates import Estimate
from nophantom.stats.verdicts import Direction, Verdict, is_real_but_smaller, verdict_from_interval


class Question(StrEnum):
    """Which question a finding answers; the first two are often confused, and differ by a factor in their error."""

    CHECKPOINTS = "checkpoints"
    """Is this file better than that file? Problems are the random unit."""
    RECIPES = "recipes"
    """Would training again this way be better? Seeds are the random unit, crossed with problems."""
    SEEDS = "seeds"
    """How far do seeds differ beyond the noise of the test, and what would the best of N score?"""
    SELECTION = "selection"
    """Which seed is shipped, and what will it score on problems that nobody has seen?"""
    ENSEMBLE = "ensemble"
    """What does a vote of the best bring over the best alone?"""
    TRAJECTORY = "trajectory"
    """Was the peak a peak, or noise?"""
    PROBLEMS = "problems"
    """On which problems do they differ?"""
    CALIBRATION = "calibration"
    """Does it know what it does not know?"""
    GATE = "gate"
    """Go or no go, by clauses written down beforehand?"""
    EFFECTS = "effects"
    """Arms that combine factors: what does each bring, and do they add up or help each other?"""
    PROBES = "probes"
    """Does what was measured before training predict the score after it?"""


SMALLEST_DELTA = 1e-6
"""A ten-thousandth of a point: for less, no number of problems that anybody could ask would decide."""


def check_delta(delta: float) -> float:
    """The smallest difference that matters, if it can be one.

    Raises:
        InvalidInput: it is below a millionth, or 1 and more.
    """
    if not SMALLEST_DELTA <= delta < 1:
        raise InvalidInput(
            "delta is the smallest difference that matters, a proportion of at least a millionth and below 1 (0.01 is "
            f"one point); got {delta}."
        )
    return delta


@dataclass(frozen=True, slots=True)
class Claim:
    """What somebody says before looking at the data.

    Attributes:
        direction: the first is higher, lower or different.
        delta: the smallest effect that matters, as a proportion: 0.01 is one point.
        alpha: the error rate that the verdict may have, two-sided.
        preregistered: it was written down before the data; else the verdict is exploratory.
    """

    direction: Direction = Direction.HIGHER
    delta: float = 0.01
    alpha: float = 0.05
    preregistered: bool = False

    def __post_init__(self) -> None:
        check_delta(self.delta)
        if not 0 < self.alpha < 0.5:
            raise InvalidInput(f"alpha is an error rate between 0 and 0.5, e.g. 0.05; got {self.alpha}.")

    @property
    def confidence(self) -> float:
        """Two-sided coverage of the interval that the claim is judged by."""
        return 1 - self.alpha

    @classmethod
    def said(cls, direction: Direction | None, delta: float | None, alpha: float | None) -> Claim | None:
        """What a person said of it, the rest as usual; None when they said nothing."""
        if direction is None and delta is None and alpha is None:
            return None
        usual = cls()
        return cls(
            direction or usual.direction,
            usual.delta if delta is None else delta,
            usual.alpha if alpha is None else alpha,
        )

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Claim:
        """The claim as it was kept in a plan."""
        return cls(Direction(told["direction"]), told["delta"], told["alpha"], told["preregistered"])


@dataclass(frozen=True, slots=True)
class Finding:
    """An estimate, the question it answers, and what it does not cover.

    Attributes:
        question: which of the two questions.
        estimate: with interval, method and n.
        p_value: two-sided, of the same procedure as the interval: it is below alpha exactly when the
            interval at confidence 1 - alpha excludes 0. None when it cannot be known.
        not_covered: sources of error that the interval leaves out, as sentences.
    """

    question: Question
    estimate: Estimate
    p_value: float | None
    not_covered: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ruling:
    """The verdict over a claim.

    Attributes:
        claim: what was said.
        verdict: real, phantom or undecided.
        reason: why, in one sentence with the numbers.
        exploratory: the claim was not written down before the data.
    """

    claim: Claim
    verdict: Verdict
    reason: str
    exploratory: bool


def rule(claim: Claim, finding: Finding) -> Ruling:
    """Judge a claim by the interval of a finding. A large p-value never makes a phantom."""
    verdict = verdict_from_interval(finding.estimate, delta=claim.delta, direction=claim.direction)
    return Ruling(claim, verdict, _reason(claim, finding.estimate, verdict), not claim.preregistered)


def points(share: float) -> str:
    """A difference of two proportions in points: 0.0432 is '+4.32'."""
    return f"{share * 100:+.2f}"


def in_points(delta: float) -> str:
    """A smallest difference that matters: '1 point', '2.8 points'."""
    return f"{delta * 100:g} point{'' if delta == 0.01 else 's'}"


_CLAIMED = {
    Direction.HIGHER: "the first is better",
    Direction.LOWER: "the first is worse",
    Direction.DIFFERENT: "the two differ",
}


def _reason(claim: Claim, estimate: Estimate, verdict: Verdict) -> str:
    delta = in_points(claim.delta)
    if estimate.low is None or estimate.high is None:
        return f"so little (n = {estimate.n}) cannot support an interval."
    span = f"{points(estimate.low)} to {points(estimate.high)}"
    claimed = _CLAIMED[claim.direction]
    if verdict is Verdict.REAL:
        return f"that {claimed} holds over the whole interval, {span} points."
    if verdict is Verdict.UNDECIDED:
        return f"the interval, {span} points, holds both no effect and one that matters ({delta})."
    if is_real_but_smaller(estimate, delta=claim.delta, direction=claim.direction):
        return f"an effect is real but smaller than {delta}: the interval is {span} points."
    if estimate.high < 0 < estimate.n and claim.direction is Direction.HIGHER:
        return f"the second is ahead over the whole interval, {span} points."
    if estimate.low > 0 and claim.direction is Direction.LOWER:
        return f"the first is ahead over the whole interval, {span} points."
    return f"an effect of {delta} or more, such that {claimed}, is ruled out: the interval is {span} points."
