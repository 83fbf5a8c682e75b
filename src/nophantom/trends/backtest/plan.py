"""What a back-test is to measure: the days, the parts, and how much of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from nophantom.errors import InvalidInput
from nophantom.trends.backtest.injections import RATES


class Part(StrEnum):
    """One thing that is measured."""

    LISTS = "lists"
    """What was listed day by day: churn, and relevance where there are labels."""
    NULL = "null"
    """Days of single stories permuted inside strata."""
    STRESS = "stress"
    """Whole weeks permuted."""
    INJECTIONS = "injections"
    """Bursts that are put in: recall and delay."""
    LEADS = "leads"
    """How long before public references; needs some."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured.

    Attributes:
        first: first listed day; the first that has a baseline if not given.
        last: last listed day; the last of the documents if not given.
        parts: what is measured.
        seeds: permuted corpora of the null; the stress has one.
        snapshots: of each corpus of the null; the stress has half as many.
        each: bursts of each rate.
        rates: stories a day.
        seed: of everything that is drawn.

    Raises:
        InvalidInput: days out of order, or a number below 1.
    """

    first: date | None = None
    last: date | None = None
    parts: frozenset[Part] = frozenset(Part)
    seeds: int = 2
    snapshots: int = 50
    each: int = 25
    rates: tuple[float, ...] = RATES
    seed: int = 1

    def __post_init__(self) -> None:
        if self.first and self.last and self.last < self.first:
            raise InvalidInput(
                f"a back-test ends on or after its first day; got {self.first} to {self.last}."
            )
        if min(self.seeds, self.snapshots, self.each) < 1:
            raise InvalidInput(
                f"a back-test needs at least 1 seed, snapshot and burst; got {self.seeds}, {self.snapshots} and "
                f"{self.each}."
            )


def quick(plan: Plan) -> Plan:
    """The same days and parts, with the least of each that still shows a gross fault."""
    return Plan(
        plan.first, plan.last, plan.parts, seeds=1, snapshots=10, each=5, rates=plan.rates, seed=plan.seed
    )
