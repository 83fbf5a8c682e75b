"""The comparisons behind `nophantom compare` that are not of two runs: counts, arms of studies, many runs."""

from __future__ import annotations

from dataclasses import replace
from re import fullmatch
from typing import TYPE_CHECKING

from nophantom.cli.asking import show

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Engine

    from nophantom.llm.asking import Asked
    from nophantom.llm.verdicts import Claim


def compare_told(names: Sequence[str], claim: Claim, level_n: int | None, *, as_json: bool) -> bool:
    """Compare what was told in numbers: counts, or a count with a published accuracy. False: these are names."""
    from nophantom.errors import InvalidInput
    from nophantom.llm.questions import counts as asking
    from nophantom.llm.reports.counts import count_pairs_page, counts_page

    told = [asking.parse_count(name) for name in names]
    counts = [count for count in told if count is not None]
    level = asking.parse_level(names[1]) if len(names) == 2 else None
    if not counts and level is None:
        return False
    if len(names) == 2 and counts and told[0] is not None and level is not None:
        show(asking.compare_with_level(told[0], level, claim, level_n=level_n), counts_page, as_json=as_json)
        return True
    if len(counts) < len(names):
        raise InvalidInput(
            f"counts are compared with counts, or with a published accuracy in second place; got {' '.join(names)}. "
            "As in: nophantom compare 379/500 365/500, or nophantom compare 379/500 75.8%."
        )
    if len(counts) == 2:
        show(asking.compare_two_counts(counts[0], counts[1], claim), counts_page, as_json=as_json)
    else:
        show(asking.compare_many_counts(counts, claim), count_pairs_page, as_json=as_json)
    return True


def compare_recipes_named(
    engine: Engine,
    names: Sequence[str],
    asked: Asked,
    claim: Claim | None,
    *,
    paired: bool,
    fixed_problems: bool,
    as_json: bool,
) -> bool:
    """Compare arms of one study, named as study/arm. False: not all of them are arms."""
    from nophantom.errors import InvalidInput
    from nophantom.llm.asking import arm_named
    from nophantom.llm.reports.recipes import pairs_page, recipes_page
    from nophantom.llm.studying import compare_every_arm, compare_two_arms

    arms = [arm_named(engine, name) for name in names]
    known = [arm for arm in arms if arm is not None]
    if len(known) < len(names):
        for name, arm in zip(names, arms, strict=True):
            if arm is None and fullmatch("s[0-9]+/.+", name):
                _no_such_arm(engine, name)
        if any(
            arm is not None and fullmatch("s[0-9]+/.+", name) for name, arm in zip(names, arms, strict=True)
        ):
            raise InvalidInput(f"arms are compared with arms, named as s1/arm; got {' '.join(names)}.")
        return False
    if len({reference for reference, _ in known}) > 1:
        raise InvalidInput(f"arms are compared inside one study; got {' '.join(names)}.")
    asked = replace(asked, study=known[0][0])
    if len(known) == 2:
        found = compare_two_arms(
            engine, asked, known[0][1], known[1][1], claim, paired=paired, fixed_problems=fixed_problems
        )
        show(found, recipes_page, as_json=as_json)
        return True
    if paired or fixed_problems:
        raise InvalidInput("--paired and --fixed-problems are for two arms. Compare them pair by pair.")
    pairs = compare_every_arm(
        engine,
        asked,
        arms=[arm for _, arm in known],
        confidence=0.95 if claim is None else claim.confidence,
    )
    show(pairs, pairs_page, as_json=as_json)
    return True


def _no_such_arm(engine: Engine, name: str) -> None:
    """Refuse what reads as an arm and is none, with those that there are."""
    from nophantom.errors import NotFound
    from nophantom.llm.asking import study_named

    reference, _, arm = name.partition("/")
    facts = study_named(engine, reference)
    raise NotFound(f"{facts.name!r} has no arm {arm!r}; there are: {', '.join(facts.arms) or 'none'}.")


def refuse_for_many(**said: object) -> None:
    """Refuse what speaks of one pair, where every pair of three or more is asked for."""
    _refuse(
        said, "are for two: of three or more every pair is told, with its interval. Compare two at a time"
    )


def refuse_of_arms(*, paired: bool, fixed_problems: bool, of: int | None) -> None:
    """Refuse for runs what is for arms and for published numbers."""
    _refuse(
        {"paired": paired or None, "fixed_problems": fixed_problems or None}, "are for arms, named as s1/arm"
    )
    _refuse({"of": of}, "is for a published accuracy in second place")


def _refuse(said: Mapping[str, object], why: str) -> None:
    from nophantom.errors import InvalidInput

    if any(value is not None for value in said.values()):
        names = " and ".join(f"--{name.replace('_', '-')}" for name in said)
        raise InvalidInput(f"{names} {why}.")


def compare_many_runs(
    engine: Engine, names: Sequence[str], asked: Asked, claim: Claim, *, as_json: bool
) -> None:
    """Compare three or more runs: every pair, with intervals that hold together."""
    from nophantom.errors import InvalidInput
    from nophantom.llm.following import AskedRun
    from nophantom.llm.pairing import compare_several
    from nophantom.llm.reports.pairs import run_pairs_page

    if asked.grader is not None:
        raise InvalidInput(
            "--grader is for two runs and for arms: leave it out, or compare them pair by pair."
        )
    found = compare_several(
        engine,
        [AskedRun(name, asked.problem_set, asked.split, asked.step, asked.look) for name in names],
        confidence=claim.confidence,
    )
    show(found, run_pairs_page, as_json=as_json)
