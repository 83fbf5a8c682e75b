"""The effects of factors in a study, out of the ledger. WORLD: reads through `asking`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Engine

from nophantom.errors import InvalidInput
from nophantom.llm.asking import Asked, Opened, ask, open_study
from nophantom.llm.cube import StudyCube
from nophantom.llm.questions.effects import USUAL, EffectsAnswer, find_effects
from nophantom.llm.studying import ranks_on, runs_missing, validation_split_of
from nophantom.llm.verdicts import Claim, Question
from nophantom.store.engine import reading


def effects_of_study(
    engine: Engine,
    asked: Asked,
    claim: Claim = USUAL,
    *,
    paired: bool = False,
    fixed_problems: bool = False,
) -> EffectsAnswer:
    """Main effects and interactions of the factors that the plan of a study names.

    Where the study has a split to choose seeds on and another one is asked about, the effects on the best run of
    each arm are told too.

    Args:
        engine: the store.
        asked: which outcomes; of all arms, whatever it says.
        claim: of every effect.
        paired: the same seed of all arms shares its randomness, also where the plan does not say so.
        fixed_problems: answer for this problem set alone.

    Raises:
        NotFound, Ambiguous, Sealed, InvalidInput: as `ask` and `find_effects` say.
    """

    def answer(opened: Opened) -> EffectsAnswer:
        split = validation_split_of(opened.facts)
        there = None
        if split is not None and split != opened.cube.split:
            # The same checkpoint on both splits, also where one of them has later ones.
            wanted = replace(asked, arm=None, split=split, step=opened.setting.step, look=None)
            with reading(engine) as session:
                there = open_study(session, opened.facts.id, wanted).cube
        return effects_of(opened, asked, there, claim, paired=paired, fixed_problems=fixed_problems)

    return ask(engine, replace(asked, arm=None), Question.EFFECTS, answer)


def effects_of(
    opened: Opened,
    asked: Asked,
    validation: StudyCube | None,
    claim: Claim = USUAL,
    *,
    paired: bool = False,
    fixed_problems: bool = False,
) -> EffectsAnswer:
    """The effects of an opened study.

    Args:
        opened: the study and its outcomes.
        asked: for the step and the seed of what is drawn.
        validation: the same runs on the split that seeds are chosen on; None where there is no other one.
        claim: of every effect.
        paired: as in `effects_of_study`.
        fixed_problems: answer for this problem set alone.

    Raises:
        InvalidInput: the plan names no factors, or as `find_effects` says.
    """
    levels = levels_of(opened)
    if not levels:
        raise InvalidInput(
            f"the plan of {opened.facts.name!r} names no factors: its arms are not combinations. Compare them one by "
            f"one, as in: nophantom compare {opened.facts.reference}/A {opened.facts.reference}/B."
        )
    ranked, no_best = None, _no_best(opened, validation)
    if validation is not None and not no_best:
        ranked = ranks_on(validation, opened.cube, opened.setting.step)
    return find_effects(
        opened.cube,
        levels,
        claim,
        opened.setting,
        rng=asked.rng(),
        step=asked.step,
        paired=paired or bool(opened.planned().get("shares_seeds")),
        fixed_problems=fixed_problems,
        ranked=ranked,
        ranked_on=None if validation is None else validation.split,
        no_best=no_best,
    )


def levels_of(opened: Opened) -> Mapping[str, Mapping[str, str]]:
    """Arm -> its level of each factor, as the plan says; empty where the arms do not combine."""
    told: Mapping[str, Mapping[str, str]] = opened.planned().get("factors") or {}
    return told


def _no_best(opened: Opened, validation: StudyCube | None) -> str:
    """Why the best runs cannot be looked at; empty where they can."""
    split = validation_split_of(opened.facts)
    if split is None:
        return "the study has no other split to choose runs on"
    if split == opened.cube.split:
        return f"these are the outcomes on {split}, on which runs are chosen: the best would be judged by its own luck"
    if validation is None:
        return f"there are no outcomes on {split}, on which runs are chosen"
    if missing := runs_missing(opened.cube, validation):
        return f"{len(missing)} runs have no outcome on {split}, on which runs are chosen"
    return ""
