"""Questions about runs: which is better, how far seeds differ, which is shipped, what a vote brings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from nophantom.errors import InvalidInput
from nophantom.facade.answer import Answer
from nophantom.facade.given import Told, as_arms, cube_of, one_of, paired_cube, same_runs
from nophantom.llm.gathering import cube_of_scores
from nophantom.llm.questions import counts as counted
from nophantom.llm.questions.comparisons import CheckpointComparison, compare_checkpoints
from nophantom.llm.questions.counts import CountPairs, CountsAnswer
from nophantom.llm.questions.difficulty import ProblemsAnswer, compare_strata, map_problems
from nophantom.llm.questions.ensembles import EnsembleAnswer, vote_together
from nophantom.llm.questions.recipes import RecipeComparison, compare_arms
from nophantom.llm.questions.seed_selection import SelectionAnswer, choose
from nophantom.llm.questions.seed_spread import Price, SeedsAnswer, seed_spread, seeds_from_summary
from nophantom.llm.questions.setting import RNG_SEED, setting_of
from nophantom.llm.reports.comparisons import checkpoints_page
from nophantom.llm.reports.counts import count_pairs_page, counts_page
from nophantom.llm.reports.ensembles import ensemble_page
from nophantom.llm.reports.problems import problems_page
from nophantom.llm.reports.recipes import recipes_page
from nophantom.llm.reports.seeds import seeds_page, summary_page
from nophantom.llm.reports.selections import selection_page
from nophantom.llm.verdicts import Claim
from nophantom.stats.expected_maximum import ExpectedMaximum
from nophantom.stats.simultaneous import all_pairs
from nophantom.stats.verdicts import Direction
from nophantom.stats.votes import Tie, VoteKind, VoteRule

if TYPE_CHECKING:
    from nophantom.llm.following import DiffAnswer
    from nophantom.llm.pairing import RunPairs

Compared: TypeAlias = (
    "Answer[CheckpointComparison] | Answer[RecipeComparison] | Answer[CountsAnswer] | Answer[CountPairs] | "
    "Answer[RunPairs]"
)
"""What a comparison answers with: of two runs, two recipes, two counts, or every pair of more."""


def compare(
    first: Told,
    second: Told,
    *others: Told,
    claim: str | Direction = Direction.HIGHER,
    delta: float = 0.01,
    alpha: float = 0.05,
    paired: bool = False,
    fixed_problems: bool = False,
    rng: int = RNG_SEED,
) -> Compared:
    """Is the first better than the second? One run each: checkpoints. Several runs each: recipes.

    Args:
        first: an array, a data frame, a path, or counts as "379/500".
        second: the same; against counts also a published accuracy, as "75.8%" or 0.758.
        others: more, all counts or all of one run: every pair, with intervals that hold together.
        claim: "higher", "lower" or "different".
        delta: the smallest difference that matters, a proportion.
        alpha: two-sided error rate of the verdict.
        paired: several runs: run i of both shares its randomness.
        fixed_problems: several runs: answer for these problems alone.
        rng: seed of what is drawn.

    Raises:
        InvalidInput: the two cannot be compared.
    """
    said = Claim(one_of(Direction, claim, "claim"), delta, alpha)
    if others:
        return _compare_all((first, second, *others), said)
    if isinstance(first, str) and (count := counted.parse_count(first)) is not None:
        return Answer(_compare_count(count, second, said), counts_page)
    a, b = cube_of(first, "first"), cube_of(second, "second")
    if len(a.cube.runs) == len(b.cube.runs) == 1:
        if paired or fixed_problems:
            raise InvalidInput("paired and fixed_problems are for several runs each; got one and one.")
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


def _compare_all(told: Sequence[Told], claim: Claim) -> Answer[CountPairs] | Answer[RunPairs]:
    counts = [counted.parse_count(one) if isinstance(one, str) else None for one in told]
    known = [count for count in counts if count is not None]
    if len(known) == len(told):
        return Answer(counted.compare_many_counts(known, claim), count_pairs_page)
    if known:
        raise InvalidInput(
            f"three or more are all counts or all runs; got {len(known)} counts of {len(told)}."
        )
    from nophantom.llm.pairing import RunPairs
    from nophantom.llm.reports.pairs import run_pairs_page

    cubes = [cube_of(one, f"run {place}") for place, one in enumerate(told, 1)]
    joined = paired_cube(*cubes)
    common = joined.seen[:, 0].all(axis=0)
    if not common.any():
        raise InvalidInput("the runs have no problem in common.")
    scores = joined.score[:, 0][:, common]
    found = RunPairs(
        runs=joined.runs,
        accuracies=tuple(scores.mean(axis=1).tolist()),
        n=int(common.sum()),
        left_out=int((~common).sum()),
        pairs=tuple(all_pairs(scores, confidence=claim.confidence)),
        confidence=claim.confidence,
        simulated=False,
    )
    return Answer(found, run_pairs_page)


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
    hours_per_seed: float | None = None,
    alternative: tuple[float, float] | None = None,
    worthwhile: float | None = None,
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
        hours_per_seed: what training one costs.
        alternative: another use of the time: what it gained (a proportion), in how many hours.
        worthwhile: what the next seed must bring per hour, a proportion.
        rng: seed of what is drawn.

    Raises:
        InvalidInput: neither runs nor a summary, or both, or numbers out of range.
    """
    if runs is not None and not mean is sd is of is None:
        raise InvalidInput("runs bring their own mean and spread: leave out mean, sd and of.")
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
        price=Price(hours_per_seed, alternative, worthwhile),
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
    order = None if ranked is None else np.atleast_1d(np.asarray(ranked, dtype=np.float64)).tolist()
    if order is not None and len(order) != len(cube.cube.runs):
        raise InvalidInput(
            f"ranked holds one accuracy for each run; got {len(order)} for {len(cube.cube.runs)}."
        )
    kind, tie = one_of(VoteKind, rule, "rule"), one_of(Tie, ties, "ties")
    if tie is Tie.BETTER_MEMBER and order is None:
        raise InvalidInput("ties go to the better member only where members are ranked on other problems.")
    found = vote_together(
        cube,
        setting_of(cube, None),
        k=k,
        rule_of_votes=VoteRule(kind, tie, min_support),
        claim=Claim(delta=delta, alpha=alpha),
        ranked=order,
        ranked_on=None if order is None else "other problems",
    )
    return Answer(found, ensemble_page)


def diff(
    first: Told,
    second: Told = None,
    *,
    strata: Sequence[str] | None = None,
    shown: int = 20,
    alpha: float = 0.05,
) -> Answer[ProblemsAnswer] | Answer[DiffAnswer]:
    """On which problems do two runs differ; or of several runs, which do all, none or some solve?

    Args:
        first: of one run, to be held against `second`; alone (runs, problems), a data frame or a path.
        second: another run, or None.
        strata: with two bare runs: (problems,) the stratum of each problem, to tell the difference in each.
        shown: how many of the hardest are listed.
        alpha: two-sided error rate of the intervals of the strata.

    Raises:
        InvalidInput: the two cannot be aligned, or have no problem in common.
    """
    if second is None:
        cube = cube_of(first, "runs")
        return Answer(map_problems(cube, setting_of(cube, None), shown=shown), problems_page)
    from nophantom.llm.following import DiffAnswer
    from nophantom.llm.reports.differences import diff_page

    joined = paired_cube(cube_of(first, "first"), cube_of(second, "second"))
    common = joined.seen[:, 0].all(axis=0)
    if not common.any():
        raise InvalidInput("the two have no problem in common.")
    n = len(joined.problems)
    if strata is not None and len(strata) != n:
        raise InvalidInput(f"strata names one for each problem; got {len(strata)} for {n}.")
    one, other = joined.score[:, 0][:, common]
    names = np.array(joined.problems)[common]
    found = DiffAnswer(
        first=joined.runs[0],
        second=joined.runs[1],
        n=int(common.sum()),
        both=int(((one == 1) & (other == 1)).sum()),
        neither=int(((one == 0) & (other == 0)).sum()),
        gained=int((one > other).sum()),
        lost=int((one < other).sum()),
        strata=()
        if strata is None
        else compare_strata(one, other, np.array(strata)[common].tolist(), confidence=1 - alpha),
        gained_problems=tuple(names[one > other].tolist()),
        lost_problems=tuple(names[one < other].tolist()),
        simulated=False,
    )
    return Answer(found, diff_page)
