"""Simulated studies of many seeds with a known truth: seeds that differ, checkpoints that learn, votes that help.

A run solves a problem when its ability minus the difficulty plus a chance term is above 0. The ability is that of
its recipe at its step plus what its seed brings; a recipe may suit some problems better than others
(interaction). Part of the chance term stays with a run over its checkpoints, so that two of them fail on nearly
the same problems. The planted accuracy is exact in the population of seeds and problems, not fitted to the draw.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import exp, pi, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from nophantom.errors import InvalidInput
from nophantom.llm.logs.records import LoggedProblem
from nophantom.llm.plan import Origin, PlannedClaim, StudyPlan
from nophantom.llm.verdicts import Claim
from nophantom.llm.worlds import DIFFICULTY_SD

_KEPT = 0.7  # share of the chance term that a run keeps from checkpoint to checkpoint
_WRONG = (0.55, 0.25, 0.12, 0.08)  # a problem has favourite wrong answers, else every vote would be easy
_SILENT = 0.02
_BOAST = 1.6  # the simulated models are surer than they should be


@dataclass(frozen=True, slots=True)
class PlantedRecipe:
    """One arm: how good its runs are on average, and how far they scatter.

    Attributes:
        name: of the arm.
        accuracy: the planted mean over seeds at the last step, strictly between 0 and 1.
        seed_sd: standard deviation over seeds of the true accuracy, as a proportion.
        interaction: spread of what the recipe brings problem by problem, in units of the chance term; 0 helps
            all problems alike.
    """

    name: str
    accuracy: float
    seed_sd: float = 0.0
    interaction: float = 0.0

    def __post_init__(self) -> None:
        if not 0 < self.accuracy < 1 or not 0 <= self.seed_sd < 0.5 or self.interaction < 0:
            raise InvalidInput(
                "a planted recipe has an accuracy strictly between 0 and 1, a spread of seeds from 0 to 0.5 and an "
                f"interaction of 0 or more; got {self.accuracy}, {self.seed_sd} and {self.interaction}."
            )

    @property
    def variance(self) -> float:
        """Variance of difficulty, interaction and chance together, in units of the chance term."""
        return 1 + DIFFICULTY_SD**2 + self.interaction**2

    def latent_seed_sd(self) -> float:
        """What the spread of accuracies is worth as a spread of abilities, by the slope at the mean."""
        slope = exp(-(float(ndtri(self.accuracy)) ** 2) / 2) / sqrt(2 * pi)
        return self.seed_sd * sqrt(self.variance) / slope


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """The outcomes of one run at one checkpoint on one split.

    Attributes:
        arm: of which recipe; `seed`, `step` and `split` likewise.
        right: (P,) True where right.
        answers: (P,) what was answered, None for silence.
        confidence: (P,) how sure the model says it is.
    """

    arm: str
    seed: int
    step: int
    split: str
    right: NDArray[np.bool_]
    answers: tuple[str | None, ...]
    confidence: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SeedWorld:
    """A simulated study of many seeds, with a validation split to choose on and a test that is sealed.

    Attributes:
        recipes: the first is what the others are compared with.
        seeds: how many runs of each, numbered from 0.
        steps: the checkpoints.
        n_validation: problems to choose on.
        n_test: problems of the sealed test.
        claim: judged for every later recipe against the first, written down before the draw.
    """

    recipes: tuple[PlantedRecipe, ...]
    seeds: int
    steps: tuple[int, ...]
    n_validation: int
    n_test: int
    claim: Claim

    def __post_init__(self) -> None:
        rises = all(early < late for early, late in pairwise(self.steps))
        counts = (len(self.recipes), self.seeds, self.n_validation, self.n_test)
        if min(counts) < 1 or not self.steps or not rises or self.steps[0] < 0 or self.steps[-1] < 1:
            raise InvalidInput(
                "a world has at least one recipe, one seed and one problem of each split, and steps that rise from 0 "
                f"or more; got {counts} and the steps {self.steps}."
            )

    @property
    def sizes(self) -> dict[str, int]:
        """Problems of each split."""
        return {"validation": self.n_validation, "test": self.n_test}

    def plan(self, name: str) -> StudyPlan:
        """The study as it is written down before anything is drawn."""
        base, *others = self.recipes
        return StudyPlan(
            name=name,
            origin=Origin.SIMULATED,
            problem_set="simulated sums",
            split="test",
            arms=tuple(recipe.name for recipe in self.recipes),
            seeds=tuple(range(self.seeds)),
            steps=self.steps,
            claims=tuple(PlannedClaim(r.name, base.name, self.claim) for r in others),
            planted={recipe.name: recipe.accuracy for recipe in self.recipes},
            validation="validation",
        )

    def problems(self) -> dict[str, tuple[LoggedProblem, ...]]:
        """The simulated problems of each split; they have a number and nothing to read."""
        return {
            split: tuple(
                LoggedProblem(str(i), i, f"simulated {split} problem {i + 1}", str(_answer(i, 0)))
                for i in range(n)
            )
            for split, n in self.sizes.items()
        }

    def draw(self, rng: np.random.Generator) -> Iterator[Drawn]:
        """One draw of all outcomes, run by run.

        Args:
            rng: the only source of randomness.
        """
        difficulty = {split: DIFFICULTY_SD * rng.standard_normal(n) for split, n in self.sizes.items()}
        for recipe in self.recipes:
            suits = {split: recipe.interaction * rng.standard_normal(n) for split, n in self.sizes.items()}
            brings = recipe.latent_seed_sd() * rng.standard_normal(self.seeds)
            for seed in range(self.seeds):
                for split, n in self.sizes.items():
                    kept = rng.standard_normal(n)
                    for step in self.steps:
                        ease = suits[split] - difficulty[split] + self._ability(recipe, step) + brings[seed]
                        yield self._evaluate(rng, recipe.name, seed, step, split, ease, kept)

    def _ability(self, recipe: PlantedRecipe, step: int) -> float:
        """The ability whose mean accuracy is the planted one at the last step, and less before."""
        learned = 1 - exp(-4 * step / self.steps[-1])
        accuracy = recipe.accuracy * learned / (1 - exp(-4))
        # Seeds scatter too, and a curved link would pull the mean down: their variance belongs to the sum.
        spread = sqrt(recipe.variance + recipe.latent_seed_sd() ** 2)
        return spread * float(ndtri(accuracy))

    @staticmethod
    def _evaluate(
        rng: np.random.Generator,
        arm: str,
        seed: int,
        step: int,
        split: str,
        ease: NDArray[np.float64],
        kept: NDArray[np.float64],
    ) -> Drawn:
        chance = sqrt(_KEPT) * kept + sqrt(1 - _KEPT) * rng.standard_normal(len(ease))
        right = ease + chance > 0
        wrong = 1 + rng.choice(len(_WRONG), size=len(ease), p=_WRONG)
        silent = ~right & (rng.random(len(ease)) < _SILENT)
        answers = tuple(
            None if is_silent else str(_answer(i, 0 if is_right else int(other)))
            for i, (is_right, is_silent, other) in enumerate(zip(right, silent, wrong, strict=True))
        )
        return Drawn(
            arm, seed, step, split, right, answers, np.asarray(ndtr(_BOAST * np.abs(ease + chance) / 2))
        )


def _answer(problem: int, which: int) -> int:
    """The right answer to a problem (`which` 0), or one of its favourite wrong ones."""
    return 10 + 7 * (problem % 97) + 3 * which


SEED_DEMO = SeedWorld(
    recipes=(
        PlantedRecipe("shuffled", 0.750, seed_sd=0.020),
        PlantedRecipe("curriculum", 0.772, seed_sd=0.020, interaction=0.3),
    ),
    seeds=20,
    steps=(2_000, 3_000),
    n_validation=500,
    n_test=1_319,
    claim=Claim(preregistered=True),
)
"""Twenty seeds of two recipes: the gain of the second is real, and the best seed is partly luck."""
