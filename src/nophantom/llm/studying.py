"""Every question about a study, one function each. WORLD: reads the ledger through `asking`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Engine

from nophantom.errors import InvalidInput
from nophantom.llm.asking import Asked, Opened, ask, open_study, planned_claim, study_named
from nophantom.llm.cube import StudyCube
from nophantom.llm.ledger.study_facts import StudyFacts
from nophantom.llm.questions.difficulty import ProblemsAnswer, map_problems
from nophantom.llm.questions.ensembles import EnsembleAnswer, vote_together
from nophantom.llm.questions.recipes import RecipeComparison, RecipePairs, compare_all_arms, compare_arms
from nophantom.llm.questions.seed_spread import Price, SeedsAnswer, seed_spread
from nophantom.llm.verdicts import Claim, Question
from nophantom.stats.votes import Tie, VoteKind, VoteRule
from nophantom.store.engine import reading


def spread_of_seeds(
    engine: Engine,
    asked: Asked,
    *,
    n: int | None = None,
    delta: float = 0.01,
    confidence: float = 0.95,
    price: Price | None = None,
) -> SeedsAnswer:
    """How far the seeds of a study differ, and what the best of n would score.

    Raises:
        NotFound, Ambiguous, Sealed, InvalidInput: as `ask` and `seed_spread` say.
    """

    def answer(opened: Opened) -> SeedsAnswer:
        return seed_spread(
            opened.cube,
            opened.setting,
            rng=asked.rng(),
            n=n,
            step=asked.step,
            delta=delta,
            confidence=confidence,
            price=price,
        )

    return ask(engine, asked, Question.SEEDS, answer)


def compare_two_arms(
    engine: Engine,
    asked: Asked,
    first: str,
    second: str,
    claim: Claim | None = None,
    *,
    paired: bool = False,
    fixed_problems: bool = False,
) -> RecipeComparison:
    """Compare two arms of a study as recipes; without a claim, what the plan says of them is judged.

    Raises:
        NotFound, Ambiguous, Sealed, InvalidInput: as `ask` and `compare_arms` say.
    """

    def answer(opened: Opened) -> RecipeComparison:
        return recipes_of(opened, asked, first, second, claim, paired=paired, fixed_problems=fixed_problems)

    return ask(engine, replace(asked, arm=None), Question.RECIPES, answer)


def recipes_of(
    opened: Opened,
    asked: Asked,
    first: str,
    second: str,
    claim: Claim | None = None,
    *,
    paired: bool = False,
    fixed_problems: bool = False,
) -> RecipeComparison:
    """Two arms of an opened study as recipes; without a claim, what the plan says of them is judged.

    Raises:
        InvalidInput: as `compare_arms` says.
    """
    planned, planted = planned_claim(opened, first, second)
    # Declared in the plan, sharing is a fact of how the runs were made and no choice of who asks.
    paired = paired or bool(opened.planned().get("shares_seeds"))
    return compare_arms(
        opened.cube,
        first,
        second,
        claim or planned or Claim(),
        opened.setting,
        rng=asked.rng(),
        step=asked.step,
        paired=paired,
        fixed_problems=fixed_problems,
        planted=planted,
    )


def compare_every_arm(
    engine: Engine, asked: Asked, *, arms: Sequence[str] | None = None, confidence: float = 0.95
) -> RecipePairs:
    """All pairs of the arms of a study (of some of them) with simultaneous intervals.

    Raises:
        NotFound, Ambiguous, Sealed, InvalidInput: as `ask` and `compare_all_arms` say.
    """

    def answer(opened: Opened) -> RecipePairs:
        wanted = opened.cube.arm_names if arms is None else tuple(arms)
        cube = opened.cube.of_runs([i for i, arm in enumerate(opened.cube.arms) if arm in wanted])
        return compare_all_arms(cube, opened.setting, step=asked.step, confidence=confidence)

    return ask(engine, replace(asked, arm=None), Question.RECIPES, answer)


def problems_of_study(engine: Engine, asked: Asked, *, shown: int = 20) -> ProblemsAnswer:
    """Which problems all, none or some of the runs solve.

    Raises:
        NotFound, Ambiguous, Sealed, InvalidInput: as `ask` and `map_problems` say.
    """

    def answer(opened: Opened) -> ProblemsAnswer:
        return map_problems(opened.cube, opened.setting, step=asked.step, shown=shown)

    return ask(engine, asked, Question.PROBLEMS, answer)


def vote_of_study(
    engine: Engine,
    asked: Asked,
    *,
    k: int = 3,
    kind: VoteKind = VoteKind.PLURALITY,
    ties: Tie | None = None,
    min_support: int = 1,
    claim: Claim | None = None,
) -> EnsembleAnswer:
    """What a vote of the best k runs brings over the best alone; members are ranked on validation.

    Raises:
        NotFound, Ambiguous, Sealed, InvalidInput: as `ask` and `vote_together` say.
    """
    facts = study_named(engine, asked.study)
    ranked_on = validation_split_of(facts)

    def answer(opened: Opened) -> EnsembleAnswer:
        ranked = None
        if ranked_on is not None and opened.cube.split != ranked_on:
            ranked = _ranks(engine, asked, opened, ranked_on)
        # Without a split to rank on there is no better member: a tie is no answer.
        tie = ties or (Tie.NO_ANSWER if ranked is None else Tie.BETTER_MEMBER)
        if tie is Tie.BETTER_MEMBER and ranked is None:
            raise InvalidInput(
                "ties go to the better member only where members are ranked on another split; there is none. "
                "Let ties be no answer."
            )
        return vote_together(
            opened.cube,
            opened.setting,
            k=k,
            rule_of_votes=VoteRule(kind, tie, min_support),
            claim=claim or Claim(),
            step=asked.step,
            ranked=ranked,
            ranked_on=None if ranked is None else ranked_on,
        )

    return ask(engine, asked, Question.ENSEMBLE, answer, answers=True)


def validation_split_of(facts: StudyFacts) -> str | None:
    """The split on which seeds are chosen: as declared; of imported logs, one that is called so."""
    if facts.validation_split is not None:
        return facts.validation_split
    return next((name for name in ("validation", "valid", "val", "dev") if name in facts.splits), None)


def _ranks(engine: Engine, asked: Asked, opened: Opened, split: str) -> list[float]:
    """Validation accuracy of every run that was asked about; see `ranks_on`."""
    # The same checkpoint on both splits, also where one of them has later ones.
    step = opened.setting.step
    with reading(engine) as session:
        there = open_study(session, opened.facts.id, replace(asked, split=split, step=step, look=None)).cube
    return ranks_on(there, opened.cube, step)


def ranks_on(there: StudyCube, members: StudyCube, step: int | None) -> list[float]:
    """Accuracy of every member on another split, in the order of the members.

    Args:
        there: the runs on the split that members are ranked on.
        members: runs on the split that was asked for.
        step: the checkpoint on the other split; None is the last.

    Raises:
        InvalidInput: a member was not evaluated there.
    """
    scores, _ = there.complete(there.step_index(step))
    if missing := runs_missing(members, there):
        raise InvalidInput(
            f"{len(missing)} runs have no outcome on {there.split!r}, on which members are ranked; the first is "
            f"{missing[0]!r}."
        )
    accuracy = dict(zip(there.run_ids, scores.mean(axis=1).tolist(), strict=True))
    return [accuracy[number] for number in members.run_ids]


def runs_missing(wanted: StudyCube, there: StudyCube) -> list[str]:
    """The runs that have outcomes on one split and none on another."""
    known = set(there.run_ids)
    return [run for run, n in zip(wanted.cube.runs, wanted.run_ids, strict=True) if n not in known]
