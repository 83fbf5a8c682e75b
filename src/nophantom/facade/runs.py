"""Questions about runs: which is better, how far seeds differ, which is shipped, what a vote brings."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from nophantom.errors import InvalidInput
from nophantom.facade.answer import Answer
from nophantom.facade.given import Told, as_arms, cube_of, paired_cube, same_runs
from nophantom.llm.gathering import cube_of_scores
from nophantom.llm.questions import counts as counted
from nophantom.llm.questions.comparisons import CheckpointComparison, compare_checkpoints
from nophantom.llm.questions.counts import CountsAnswer
from nophantom.llm.questions.difficulty import ProblemsAnswer, map_problems
from nophantom.llm.questions.ensembles import EnsembleAnswer, vote_together
from nophantom.llm.questions.recipes import RecipeComparison, compare_arms
from nophantom.llm.questions.seed_selection import SelectionAnswer, choose
from nophantom.llm.questions.seed_spread import SeedsAnswer, seed_spread, seeds_from_summary
from nophantom.llm.questions.setting import RNG_SEED, setting_of
from nophantom.llm.reports.comparisons import checkpoints_page
from nophantom.llm.reports.counts import counts_page
from nophantom.llm.reports.ensembles import ensemble_page
from nophantom.llm.reports.problems import problems_page
from nophantom.llm.reports.recipes import recipes_page
from nophantom.llm.reports.seeds import seeds_page, summary_page
from nophantom.llm.reports.selections import selection_page
from nophantom.llm.verdicts import Claim
from nophantom.stats.expected_maximum import ExpectedMaximum
from nophantom.stats.verdicts import Direction
from nophantom.stats.votes import VoteKind, Tie, VoteRule


def compare(
    first: Told,
    second: Told,
    *,
    claim: str | Direction = Direction.HIGHER,
    delta: float = 0.01,
    alpha: float = 0.05,
    paired: bool = False,
    fixed_problems: bool = False,
    rng: int = RNG_SEED,
) -> Answer[CheckpointComparison] | Answer[RecipeComparison] | Answer[CountsAnswer]:
    """Is the first better than the second? One run each: checkpoints. Several runs each: recipes.

    Args:
        first: an array, a data frame, a path, or counts as "379/500".
        second: the same; against counts also a published accuracy, as "75.8%" or 0.758.
        claim: "higher", "lower" or "different".
        delta: the smallest difference that matters, a proportion.
        alpha: two-sided error rate of the verdict.
        paired: several runs: run i of both shares its randomness.
        fixed_problems: several runs: answer for these problems alone.
        rng: seed of what is drawn.

    Raises:
        InvalidInput: the two cannot be compared.
    """
    said = Claim(Direction(claim), delta, alpha)
    if isinstance(first, str) and (count := counted.parse_count(first)) is not None:
        return Answer(_compare_count(count, second, said), counts_page)
    a, b = cube_of(first, "first"), cube_of(second, "second")
    if len(a.cube.runs) == len(b.cube.runs) == 1:
        return Answer(compare_checkpoints(paired_cube(a, b), said), checkpoints_page)
    both = as_arms(a, b)
    found = compare_arms(
        both,
        "first",
        "second",
        said,
        setting_of(both, None),
        rng=np.random.default_rng(rng),
        paired=paired,
        fixed_problems=fixed_problems,
    )
    return Answer(found, recipes_page)


def _compare_count(first: tuple[int, int], second: Told, claim: Claim) -> CountsAnswer:
    if isinstance(second, int | float) and not isinstance(second, bool):
        return counted.compare_with_level(first, float(second), claim)
    if isinstance(second, str):
        if (count := counted.parse_count(second)) is not None:
            return counted.compare_two_counts(first, count, claim)
        if (level := counted.parse_level(second)) is not None:
            return counted.compare_with_level(first, level, claim)
    raise InvalidInput(f"counts are compared with counts or a published accuracy; got {second!r:.80}.")


def seeds(
    runs: Told = None,
    *,
    mean: float | None = None,
    sd: float | None = None,
    n: int | None = None,
    of: int | None = None,
    delta: float = 0.01,
    alpha: float = 0.05,
    rng: int = RNG_SEED,
) -> Answer[SeedsAnswer] | Answer[ExpectedMaximum]:
    """How far do seeds differ beyond the noise of the test, and what would the best of n score?

    Args:
        runs: (seeds, problems), a data frame or a path; None where mean and sd are told.
        mean: of the seeds, as a paper reports it; `sd` their standard deviation.
        sd: of the seeds' accuracies.
        n: the best of so many; None is all there are.
        of: with mean and sd: how many seeds there were; None is n.
        delta: the smallest spread that matters.
        alpha: two-sided error rate of the intervals.
        rng: seed of what is drawn.

    Raises:
        InvalidInput: neither runs nor a summary, or numbers out of range.
    """
    if runs is None:
        if mean is None or sd is None or (n or of) is None:
            raise InvalidInput("give runs, or a summary: seeds(mean=0.759, sd=0.00572, n=20).")
        told = of or n or 0
        best = seeds_from_summary(mean, sd, told, n=n, confidence=1 - alpha)
        return Answer(best, lambda found: summary_page(mean, sd, told, found))
    cube = cube_of(runs, "runs")
    found = seed_spread(
        cube,
        setting_of(cube, None),
        rng=np.random.default_rng(rng),
        n=n,
        delta=delta,
        confidence=1 - alpha,
    )
    return Answer(found, seeds_page)


def select(
    validation: Told, test: Told = None, *, top_k: int = 1, alpha: float = 0.05, rng: int = RNG_SEED
) -> Answer[SelectionAnswer]:
    """Which run is shipped, and what will it score on problems that nobody has seen?

    Args:
        validation: (runs, problems) that the choice is made on.
        test: the same runs on other problems, or None.
        top_k: how many are chosen.
        alpha: two-sided error rate of the intervals.
        rng: seed of what is drawn.

    Raises:
        InvalidInput: the two do not hold the same runs.
    """
    cube = cube_of(validation, "validation")
    judged = None if test is None else same_runs(cube, cube_of(test, "test"))
    found = choose(
        cube,
        setting_of(cube, None),
        rng=np.random.default_rng(rng),
        top_k=top_k,
        confidence=1 - alpha,
        test=judged,
        same_problems=test is None,
    )
    return Answer(found, selection_page)


def ensemble(
    runs: Told,
    answers: ArrayLike | None = None,
    *,
    k: int = 3,
    rule: str | VoteKind = VoteKind.PLURALITY,
    ties: str | Tie = Tie.NO_ANSWER,
    min_support: int = 1,
    ranked: ArrayLike | None = None,
    delta: float = 0.01,
    alpha: float = 0.05,
) -> Answer[EnsembleAnswer]:
    """What does a vote of the best k bring over the best alone?

    Args:
        runs: (runs, problems) scores, a data frame or a path with answers.
        answers: (runs, problems) what was answered, where `runs` are bare scores.
        k: how many vote.
        rule: "plurality" or "majority".
        ties: "no_answer" or "better_member" (needs `ranked`).
        min_support: votes that an answer needs.
        ranked: (runs,) accuracy on other problems, by which members are ranked.
        delta: the smallest gain that matters.
        alpha: two-sided error rate.

    Raises:
        InvalidInput: no answers, or fewer runs than k.
    """
    cube = cube_of(runs, "runs") if answers is None else cube_of_scores(runs, "run", answers=answers)
    order = None if ranked is None else np.asarray(ranked, dtype=np.float64).tolist()
    if Tie(ties) is Tie.BETTER_MEMBER and order is None:
        raise InvalidInput("ties go to the better member only where members are ranked on other problems.")
    found = vote_together(
        cube,
        setting_of(cube, None),
        k=k,
        rule_of_votes=VoteRule(VoteKind(rule), Tie(ties), min_support),
        claim=Claim(delta=delta, alpha=alpha),
        ranked=order,
        ranked_on=None if order is None else "other problems",
    )
    return Answer(found, ensemble_page)


def diff(runs: Told, *, shown: int = 20) -> Answer[ProblemsAnswer]:
    """Which problems do all, none or some of the runs solve?

    Args:
        runs: (runs, problems), a data frame or a path.
        shown: how many of the hardest are listed.
    """
    cube = cube_of(runs, "runs")
    return Answer(map_problems(cube, setting_of(cube, None), shown=shown), problems_page)
