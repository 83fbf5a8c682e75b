"""Would training again this way be better? Seeds are the random unit, crossed with problems."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.llm.cube import StudyCube
from nophantom.llm.questions.setting import Setting
from nophantom.llm.verdicts import Claim, Finding, Question, Ruling, rule
from nophantom.stats.estimates import Estimate
from nophantom.stats.recipes import PermutationTest, RecipeTest, compare_recipes, permute_seeds
from nophantom.stats.seed_power import seeds_to_decide

NOT_COVERED = (
    "problems of another kind: the test is taken as drawn from problems like these",
    "seeds that failed and were left out, and a recipe of which one seed in many collapses",
)
_FIXED = "problems other than these: the answer is for this problem set alone"


@dataclass(frozen=True, slots=True)
class ArmFacts:
    """One arm of a comparison.

    Attributes:
        name: of the arm; `seeds` how many runs it has.
        mean: mean accuracy over its seeds.
        sd: standard deviation of the accuracies of its seeds; None below two.
        accuracies: of every seed, in the order of the runs.
    """

    name: str
    seeds: int
    mean: float
    sd: float | None
    accuracies: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class RecipeComparison:
    """Two recipes compared.

    Attributes:
        first: the arm that the claim speaks of; `second` the other.
        finding: first minus second, a proportion, for new seeds on new problems.
        ruling: the verdict on the claim.
        test: the spread behind it.
        permutation: exact permutation of the seeds beside it, with the smallest p that it can attain; None
            below two seeds in an arm.
        paired: seed i of both arms shares its randomness, as the plan declares.
        n_problems: problems that every run was scored on.
        left_out: problems that some run was not scored on.
        seeds_needed: per arm, to decide at delta with 80% power; None where decided, unknown, or no number of
            seeds would (then more problems are needed).
        planted: the true difference of a simulation.
    """

    setting: Setting
    first: ArmFacts
    second: ArmFacts
    finding: Finding
    ruling: Ruling
    test: RecipeTest
    permutation: PermutationTest | None
    paired: bool
    n_problems: int
    left_out: int
    seeds_needed: int | None
    planted: float | None = None


@dataclass(frozen=True, slots=True)
class RecipePairs:
    """Three or more recipes, all pairs, with intervals that hold together.

    Attributes:
        confidence: of all intervals together.
        confidence_each: two-sided coverage of each alone (Bonferroni).
        pairs: first name, second name, difference with its simultaneous interval, and the p-value adjusted
            for all pairs.
    """

    setting: Setting
    arms: tuple[ArmFacts, ...]
    confidence: float
    confidence_each: float
    pairs: tuple[tuple[str, str, Estimate, float | None], ...]
    not_covered: tuple[str, ...]


def compare_arms(
    cube: StudyCube,
    first: str,
    second: str,
    claim: Claim,
    setting: Setting,
    *,
    rng: np.random.Generator,
    step: int | None = None,
    paired: bool = False,
    fixed_problems: bool = False,
    planted: float | None = None,
) -> RecipeComparison:
    """Compare two arms of a study at one checkpoint.

    Args:
        cube: the runs of both arms.
        first: the arm that the claim speaks of.
        second: the arm it is compared with.
        claim: direction, delta and alpha.
        setting: told in the answer.
        rng: for the permutation, where there are too many arrangements to try all.
        step: training step; None is the last that all runs have.
        paired: seed i of both arms shares its randomness.
        fixed_problems: answer for this problem set alone.
        planted: the true difference of a simulation.

    Raises:
        InvalidInput: an arm is not there, both are the same, or no problem was scored for all runs.
    """
    if first == second:
        raise InvalidInput(f"both arms are {first!r}. Name two.")
    place = cube.step_index(step)
    both = cube.of_runs([i for i, name in enumerate(cube.arms) if name in {first, second}])
    one, other = both.of_arm(first), both.of_arm(second)
    scores, common = both.complete(place)
    a, b = (scores[[i for i, name in enumerate(both.arms) if name == arm]] for arm in (first, second))
    if paired:
        a, b = _by_seed(a, b, one, other)
    test = compare_recipes(a, b, confidence=claim.confidence, paired=paired, fixed_problems=fixed_problems)
    not_covered = (_FIXED, *NOT_COVERED[1:]) if fixed_problems else NOT_COVERED
    finding = Finding(Question.RECIPES, test.estimate, test.p_value, not_covered)
    ruling = rule(claim, finding)
    enough = len(a) > 1 and len(b) > 1
    return RecipeComparison(
        setting=setting,
        first=arm_facts(first, a),
        second=arm_facts(second, b),
        finding=finding,
        ruling=ruling,
        test=test,
        permutation=permute_seeds(a.mean(axis=1), b.mean(axis=1), rng=rng, paired=paired) if enough else None,
        paired=paired,
        n_problems=len(common),
        left_out=len(cube.cube.problems) - len(common),
        seeds_needed=_seeds_needed(test, claim) if ruling.verdict == "undecided" and enough else None,
        planted=planted,
    )


def compare_all_arms(
    cube: StudyCube, setting: Setting, *, step: int | None = None, confidence: float = 0.95
) -> RecipePairs:
    """All pairs of the arms of a study, with simultaneous intervals (Bonferroni over the pairs).

    Raises:
        InvalidInput: fewer than two arms, or no problem was scored for all runs.
    """
    names = cube.arm_names
    if len(names) < 2:
        raise InvalidInput(f"{cube.study!r} has one arm, {names[0]!r}; there is nothing to compare it with.")
    scores, _ = cube.complete(cube.step_index(step))
    of = {name: scores[[i for i, arm in enumerate(cube.arms) if arm == name]] for name in names}
    pairs = list(combinations(names, 2))
    each = 1 - (1 - confidence) / len(pairs)
    found = []
    for first, second in pairs:
        test = compare_recipes(of[first], of[second], confidence=each)
        p = None if test.p_value is None else min(1.0, test.p_value * len(pairs))
        found.append((first, second, test.estimate, p))
    arms = tuple(arm_facts(name, of[name]) for name in names)
    return RecipePairs(setting, arms, confidence, each, tuple(found), NOT_COVERED)


def _by_seed(
    a: NDArray[np.float64], b: NDArray[np.float64], one: StudyCube, other: StudyCube
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The runs whose seed number both arms have, in its order."""
    shared = sorted({s for s in one.seeds if s is not None} & {s for s in other.seeds if s is not None})
    if not shared:
        raise InvalidInput("the arms share no seed number, so they cannot be paired. Compare them unpaired.")
    return a[[one.seeds.index(s) for s in shared]], b[[other.seeds.index(s) for s in shared]]


def arm_facts(name: str, scores: NDArray[np.float64]) -> ArmFacts:
    """The seeds of an arm in numbers, from their (seeds, problems) scores."""
    means = scores.mean(axis=1)
    sd = float(means.std(ddof=1)) if len(means) > 1 else None
    return ArmFacts(name, len(means), float(means.mean()), sd, tuple(means.tolist()))


def _seeds_needed(test: RecipeTest, claim: Claim) -> int | None:
    spreads = [sd for sd in (test.sd_first, test.sd_second) if sd is not None]
    if not spreads or test.var_interaction is None:
        return None
    sd = float(np.sqrt(np.mean(np.square(spreads))))
    if sd == 0:
        return None
    return seeds_to_decide(claim.delta, sd=sd, interaction=test.var_interaction, confidence=claim.confidence)
