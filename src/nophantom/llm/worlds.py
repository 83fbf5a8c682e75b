"""Simulated studies with a known truth: to show what verdicts mean, and to test them.

Every problem has a difficulty and every arm an ability, and an arm solves a problem when its ability
minus the difficulty minus a chance term is above 0 (a normal ogive item response model). Two arms share
part of the chance term: two checkpoints of one run fail on nearly the same problems, two different
models do not. The planted accuracy is exact in the population of problems, not fitted to the draw.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from nophantom.errors import InvalidInput
from nophantom.llm.logs.records import LoggedProblem
from nophantom.llm.plan import Origin, PlannedClaim, StudyPlan
from nophantom.llm.verdicts import Claim

DIFFICULTY_SD = 1.5
"""Spread of difficulties in units of the chance term; gives two models of 75% a correlation near real ones."""


@dataclass(frozen=True, slots=True)
class PlantedArm:
    """One arm of a simulated study.

    Attributes:
        name: of the arm.
        accuracy: the planted truth, strictly between 0 and 1.
        likeness: in [0, 1], the share of its chance term that it has in common with the first arm; near 1
            is a checkpoint of the same run, 0 another model.
    """

    name: str
    accuracy: float
    likeness: float = 0.0

    def __post_init__(self) -> None:
        if not 0 < self.accuracy < 1 or not 0 <= self.likeness <= 1:
            raise InvalidInput(
                "a planted arm has an accuracy strictly between 0 and 1 and a likeness in [0, 1]; "
                f"got {self.accuracy} and {self.likeness}."
            )


@dataclass(frozen=True, slots=True)
class World:
    """A simulated study: the planted arms and how many problems they are asked.

    Attributes:
        arms: the first is what the others are compared with.
        n_problems: size of the simulated problem set.
        claim: judged for every later arm against the first, written down before the draw.
    """

    arms: tuple[PlantedArm, ...]
    n_problems: int
    claim: Claim

    def plan(self, name: str, seed: int) -> StudyPlan:
        """The study as it is written down before anything is drawn."""
        base, *others = self.arms
        return StudyPlan(
            name=name,
            origin=Origin.SIMULATED,
            problem_set="simulated",
            split="test",
            arms=tuple(arm.name for arm in self.arms),
            seeds=(seed,),
            steps=(1000,),
            claims=tuple(PlannedClaim(arm.name, base.name, self.claim) for arm in others),
            planted={arm.name: arm.accuracy for arm in self.arms},
        )

    def problems(self) -> tuple[LoggedProblem, ...]:
        """The simulated problems; they have a number and nothing to read."""
        return tuple(
            LoggedProblem(str(i), i, f"simulated problem {i + 1}", "right") for i in range(self.n_problems)
        )

    def draw(self, rng: np.random.Generator) -> NDArray[np.bool_]:
        """One draw of all outcomes.

        Args:
            rng: the only source of randomness.

        Returns:
            (n_arms, n_problems) True where right.
        """
        difficulty = DIFFICULTY_SD * rng.standard_normal(self.n_problems)
        common = rng.standard_normal(self.n_problems)
        right = np.empty((len(self.arms), self.n_problems), dtype=np.bool_)
        for row, arm in enumerate(self.arms):
            likeness = 1.0 if row == 0 else arm.likeness
            own = rng.standard_normal(self.n_problems)
            chance = np.sqrt(likeness) * common + np.sqrt(1 - likeness) * own
            # P(ability > difficulty + chance) = accuracy: both are normal, so the sum has sd sqrt(sd^2 + 1).
            ability = np.hypot(DIFFICULTY_SD, 1.0) * ndtri(arm.accuracy)
            right[row] = ability > difficulty + chance
        return right


DEMO = World(
    arms=(
        PlantedArm("baseline", 0.760),
        PlantedArm("cleaned-data", 0.815, likeness=0.5),
        PlantedArm("new-schedule", 0.760, likeness=0.9985),
        PlantedArm("new-router", 0.770, likeness=0.3),
    ),
    n_problems=1_319,
    claim=Claim(preregistered=True),
)
"""A gain that is there, a change that does nothing, and a gain too small for the problem set."""
