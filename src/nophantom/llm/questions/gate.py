"""Go or no go: clauses written down beforehand, each true, false or undecided by its interval.

GO when every clause holds over its whole interval (an intersection-union test: each at the full alpha).
NO-GO when at least one clause is false and stays so when all clauses are looked at together (Holm's first
step: the interval at 1 - alpha / m leaves the threshold out). Else UNDECIDED, with what would decide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import ceil, sqrt

from nophantom.errors import InvalidInput
from nophantom.llm.questions.setting import Setting
from nophantom.llm.verdicts import check_delta, in_points
from nophantom.stats.estimates import Estimate
from nophantom.stats.proportions import two_sided_z

_CLAUSE = re.compile(r"([a-z_]+)\s*(>=|<=|>|<)\s*([0-9]*\.?[0-9]+)\s*(%?)")
_FLAG = re.compile(r"reproduced")
_POWER_Z = 0.8416212335729143  # of a power of 80%


class Decision(StrEnum):
    """The answer of a gate."""

    GO = "GO"
    NO_GO = "NO-GO"
    UNDECIDED = "UNDECIDED"

    @property
    def exit_status(self) -> int:
        """Of the command line: 1 and 2 stay a crash and a wrong call."""
        return {Decision.GO: 0, Decision.NO_GO: 64, Decision.UNDECIDED: 65}[self]


class Truth(StrEnum):
    """Whether a clause holds."""

    TRUE = "true"
    FALSE = "false"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition of a gate as it was written.

    Attributes:
        text: as written, spaces made even.
        quantity: what is measured: `final`, `peak`, `mean` ...; `reproduced` stands alone.
        at_least: True for `>=` and `>`, False for `<=` and `<`.
        threshold: the level, a proportion; None for a clause that stands alone.
        strict: `>` or `<`: the level itself is not enough.
    """

    text: str
    quantity: str
    at_least: bool
    threshold: float | None
    strict: bool = False


def parse_gate(text: str, quantities: Mapping[str, str]) -> tuple[Clause, ...]:
    """The clauses of `final >= 0.75 and peak >= 79% and reproduced`.

    Args:
        text: clauses joined by `and`.
        quantities: what can be asked for here, with what each means.

    Raises:
        InvalidInput: it does not read so, or asks for what is not known here.
    """
    parts = [" ".join(part.split()) for part in re.split(r"\band\b", text)]
    if re.search(r"\b(or|not)\b|[()|&!]", text):
        raise InvalidInput(
            f"a gate is clauses joined by `and`; got {text!r}. `or`, `not` and brackets have no error rate that holds: "
            "ask two gates."
        )
    return tuple(_clause(part, text, quantities) for part in parts)


def _clause(part: str, text: str, quantities: Mapping[str, str]) -> Clause:
    if _FLAG.fullmatch(part) and part in quantities:
        return Clause(part, part, at_least=True, threshold=None)
    found = _CLAUSE.fullmatch(part)
    known = "; ".join(f"{name} ({meaning})" for name, meaning in quantities.items())
    if found is None:
        raise InvalidInput(
            f"cannot read {part or 'an empty clause'!r} in the gate {text!r}. A clause is a quantity, one of >= > <= "
            f"<, and a level, as in `final >= 0.75`. Quantities here: {known}."
        )
    name, sign, level, percent = found.groups()
    if name not in quantities or name == "reproduced":
        raise InvalidInput(f"the gate {text!r} asks for {name!r}. Quantities here: {known}.")
    threshold = float(level) / (100 if percent else 1)
    if not 0 <= threshold <= 1:
        raise InvalidInput(
            f"a level lies in 0 to 1 (or has a % sign); got {level}{percent} in {part!r}. 75% is 0.75."
        )
    return Clause(part, name, at_least=sign[0] == ">", threshold=threshold, strict=sign in "<>")


@dataclass(frozen=True, slots=True)
class SeedsAndProblems:
    """What the error of a mean over seeds and problems is made of: by_seeds / seeds + by_problems / problems."""

    seeds: int
    by_seeds: float
    problems: int
    by_problems: float


@dataclass(frozen=True, slots=True)
class Measured:
    """A quantity that a gate can ask for.

    Attributes:
        estimate: two-sided confidence -> the quantity with its interval at that confidence.
        problems: how many problems it rests on; None where problems would not decide.
        spread: of a recipe, what its error is made of; None where seeds would not decide.
        claimed: for `reproduced`: the level (claimed minus delta) that the rerun must reach.
    """

    estimate: Callable[[float], Estimate]
    problems: int | None = None
    spread: SeedsAndProblems | None = None
    claimed: float | None = None


@dataclass(frozen=True, slots=True)
class ClauseAnswer:
    """One clause, judged.

    Attributes:
        text: as written.
        truth: true, false or undecided.
        estimate: the quantity with its interval at 1 - alpha.
        threshold: the level it was held against.
        false_together: whether it is false with all clauses looked at together (Holm).
        needed: what would decide it, as a sentence; None when it is decided.
    """

    text: str
    truth: Truth
    estimate: Estimate
    threshold: float
    false_together: bool
    needed: str | None


@dataclass(frozen=True, slots=True)
class GateAnswer:
    """A gate, decided.

    Attributes:
        gate: as written.
        decision: GO, NO-GO or UNDECIDED.
        reason: why, in one sentence.
        clauses: each with its interval.
        alpha: two-sided error rate of each clause.
        delta: the smallest distance from a level that matters, a proportion.
        provenance: how the test was used before; None where there is nothing to say.
        simulated: whether the outcomes are of a world with a planted truth.
        not_covered: what the intervals leave out.
        setting: of what study, split and step; None for bare counts.
    """

    gate: str
    decision: Decision
    reason: str
    clauses: tuple[ClauseAnswer, ...]
    alpha: float
    delta: float
    provenance: str | None
    simulated: bool
    not_covered: tuple[str, ...]
    setting: Setting | None = None


def decide_gate(
    text: str,
    measured: Mapping[str, Measured],
    *,
    alpha: float = 0.05,
    delta: float = 0.01,
    meanings: Mapping[str, str] | None = None,
    provenance: str | None = None,
    simulated: bool = False,
    not_covered: tuple[str, ...] = (),
) -> GateAnswer:
    """Judge a gate.

    Args:
        text: the clauses, joined by `and`.
        measured: every quantity that can be asked for, by name.
        alpha: two-sided error rate of each clause.
        delta: the smallest distance from a level that matters; says how much more would decide.
        meanings: what each quantity means here, for the error message.
        provenance: told in the answer.
        simulated: told in the answer.
        not_covered: told in the answer.

    Returns:
        GO when every clause is true, NO-GO when one is false also at alpha / m (Holm), else UNDECIDED.

    Raises:
        InvalidInput: the gate cannot be read, or alpha or delta is out of range.

    Source:
        Berger (1982), Technometrics 24 (intersection-union); Holm (1979), Scandinavian Journal of
        Statistics 6.

    >>> from nophantom.stats.proportions import wilson
    >>> final = Measured(lambda confidence: wilson(379, 500, confidence=confidence), problems=500)
    >>> str(decide_gate("final >= 0.75", {"final": final}).decision)
    'UNDECIDED'
    """
    if not 0 < alpha < 0.5:
        raise InvalidInput(f"alpha is an error rate between 0 and 0.5, e.g. 0.05; got {alpha}.")
    check_delta(delta)
    clauses = parse_gate(text, meanings or dict.fromkeys(measured, "measured"))
    judged = tuple(_judge(c, measured[c.quantity], alpha, len(clauses), delta) for c in clauses)
    decision, reason = _decide(judged)
    return GateAnswer(
        gate=" and ".join(c.text for c in clauses),
        decision=decision,
        reason=reason,
        clauses=judged,
        alpha=alpha,
        delta=delta,
        provenance=provenance,
        simulated=simulated,
        not_covered=not_covered,
    )


def _judge(clause: Clause, quantity: Measured, alpha: float, n_clauses: int, delta: float) -> ClauseAnswer:
    threshold = clause.threshold if clause.threshold is not None else quantity.claimed
    if threshold is None:
        raise InvalidInput(f"the clause {clause.text!r} needs the level that was claimed. Give --claimed.")
    estimate = quantity.estimate(1 - alpha)
    truth = _truth(clause, estimate, threshold)
    together = _truth(clause, quantity.estimate(1 - alpha / n_clauses), threshold) is Truth.FALSE
    needed = _needed(quantity, threshold, delta, alpha) if truth is Truth.UNDECIDED else None
    return ClauseAnswer(clause.text, truth, estimate, threshold, together, needed)


def _truth(clause: Clause, estimate: Estimate, threshold: float) -> Truth:
    if estimate.low is None or estimate.high is None:
        return Truth.UNDECIDED
    # Turned round where the clause asks for little, so that holding always means to lie above.
    low, high, level = estimate.low, estimate.high, threshold
    if not clause.at_least:
        low, high, level = -estimate.high, -estimate.low, -threshold
    # Intervals end at 0 and 1: nothing is above 1, and a level of 0 is not above 0.
    holds, fails = (low > level, high <= level) if clause.strict else (low >= level, high < level)
    return Truth.TRUE if holds else Truth.FALSE if fails else Truth.UNDECIDED


def _decide(judged: tuple[ClauseAnswer, ...]) -> tuple[Decision, str]:
    false = [c.text for c in judged if c.false_together]
    if false:
        return Decision.NO_GO, f"{' and '.join(false)}: ruled out, all clauses looked at together."
    if all(c.truth is Truth.TRUE for c in judged):
        return Decision.GO, "every clause holds over its whole interval."
    alone = [c.text for c in judged if c.truth is Truth.FALSE]
    if alone:
        return (
            Decision.UNDECIDED,
            f"{' and '.join(alone)} looks false, but not with all clauses looked at together.",
        )
    open_ = [c.text for c in judged if c.truth is Truth.UNDECIDED]
    hold = "the intervals hold" if len(open_) > 1 else "the interval holds"
    return Decision.UNDECIDED, f"{', '.join(open_)}: {hold} levels on both sides."


def _needed(quantity: Measured, threshold: float, delta: float, alpha: float) -> str | None:
    """How much more would show a true distance of delta from the level, with 80% power."""
    z = two_sided_z(1 - alpha)
    told = _recipe_needs(quantity.spread, delta, z) if quantity.spread else None
    if told is None and quantity.problems is not None:
        nearer = min(max(threshold, delta), 1 - delta)
        spread = sqrt(nearer * (1 - nearer))
        beyond = nearer + delta if nearer + delta <= 1 else nearer - delta
        spread_beyond = sqrt(max(beyond * (1 - beyond), 0.0))
        problems = ceil(((z * spread + _POWER_Z * spread_beyond) / delta) ** 2)
        told = f"{max(problems, quantity.problems):,} problems in all (there are {quantity.problems:,})"
    if told is None:
        return None
    return f"{told} would decide, with 80% power, a truth {in_points(delta)} from {threshold:.2%}"


def _recipe_needs(spread: SeedsAndProblems, delta: float, z: float) -> str:
    """More seeds where they can decide, else more problems with as many seeds, else more of both."""
    allowed = (delta / (z + _POWER_Z)) ** 2
    by_seeds, by_problems = spread.by_seeds / spread.seeds, spread.by_problems / spread.problems
    if by_problems < allowed:
        seeds = ceil(spread.by_seeds / (allowed - by_problems))
        return f"{max(seeds, spread.seeds):,} seeds in all (there are {spread.seeds:,})"
    if by_seeds < allowed:
        problems = ceil(spread.by_problems / (allowed - by_seeds))
        return f"{problems:,} problems in all (there are {spread.problems:,}), for as many seeds,"
    seeds, problems = ceil(2 * spread.by_seeds / allowed), ceil(2 * spread.by_problems / allowed)
    return f"{seeds:,} seeds (there are {spread.seeds:,}) on {problems:,} problems (there are {spread.problems:,})"
