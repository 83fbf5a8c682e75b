"""A whole study as one report: every answer that its outcomes allow, verdict first. WORLD: reads, writes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TypeVar

import numpy as np
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from nophantom.errors import InvalidInput
from nophantom.llm.asking import Asked, Opened, look_at_study, open_study
from nophantom.llm.contrasting import effects_of, levels_of
from nophantom.llm.cube import MeasurementCube, StudyCube
from nophantom.llm.following import AskedRun, has_checkpoints, training_of_run
from nophantom.llm.ledger.measurements import read_measurements
from nophantom.llm.ledger.reading import GraderDrift, read_drift
from nophantom.llm.ledger.seal import LOOKED
from nophantom.llm.ledger.study_facts import resolve_study
from nophantom.llm.probing import probes_of
from nophantom.llm.questions.calibration import CalibrationAnswer, calibration_of, vote_share
from nophantom.llm.questions.difficulty import ProblemsAnswer, map_problems
from nophantom.llm.questions.effects import EffectsAnswer
from nophantom.llm.questions.ensembles import EnsembleAnswer, vote_together
from nophantom.llm.questions.probes import PREFIX, ProbesAnswer
from nophantom.llm.questions.recipes import RecipeComparison
from nophantom.llm.questions.routing import RoutingAnswer, follow_routing
from nophantom.llm.questions.seed_selection import SelectionAnswer, choose
from nophantom.llm.questions.seed_spread import SeedsAnswer, seed_spread
from nophantom.llm.questions.trajectories import TrainingAnswer
from nophantom.llm.selecting import recorded_of
from nophantom.llm.studying import ranks_on, recipes_of, runs_missing, validation_split_of
from nophantom.llm.verdicts import Claim, Question
from nophantom.stats.votes import NO_ANSWER, Tie, VoteRule
from nophantom.store.canonical import content_hash
from nophantom.store.engine import reading

_MOST_PAIRS = 6

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, eq=False)
class StudyAnswers:
    """Everything that the outcomes of a study answer; None where they do not.

    Attributes:
        opened: the study and its outcomes at the last checkpoint.
        recipes: planned comparisons of arms, else every pair of up to four arms.
        effects: of the factors that the plan names.
        seeds: the spread of the seeds of every arm.
        selection: the recorded choice, or what would be chosen.
        vote: of the best three (of the shipped arm, where one is).
        training: the checkpoints of the shipped run.
        problems: which problems all, none or some solve.
        calibration: of the shipped run, else of the vote of all.
        probes: what was measured before training, against the score.
        routing: how tokens find their experts.
        drift: where our grader and those of the logs disagree.
        inputs_hash: SHA-256 over the outcomes.
        left_out: what could not be answered, and why.
    """

    opened: Opened
    recipes: tuple[RecipeComparison, ...]
    effects: EffectsAnswer | None
    seeds: SeedsAnswer
    selection: SelectionAnswer | None
    vote: EnsembleAnswer | None
    training: TrainingAnswer | None
    problems: ProblemsAnswer
    calibration: CalibrationAnswer | None
    probes: ProbesAnswer | None
    routing: RoutingAnswer | None
    drift: tuple[GraderDrift, ...]
    inputs_hash: str
    left_out: tuple[str, ...]


def answer_everything(engine: Engine, asked: Asked) -> StudyAnswers:
    """Every question about a study at once.

    Args:
        engine: the store.
        asked: the study, and which of its outcomes.

    Raises:
        NotFound, Ambiguous, Sealed, InvalidInput: as `ask` says.
    """
    looked = LOOKED if asked.look is None else look_at_study(engine, asked, Question.SEEDS)
    with reading(engine) as session:
        study_id = resolve_study(session, asked.study)
        opened = open_study(
            session,
            study_id,
            asked,
            last_only=asked.step is None,
            answers=True,
            confidence=True,
            looked=looked,
        )
        validation = _validation(session, opened, asked)
        measured = read_measurements(session, study_id, arm=asked.arm)
        drift = tuple(read_drift(session, opened.cube.run_ids)) if not opened.cube.simulated else ()
    left_out: list[str] = []
    selection = _attempt("selection", left_out, lambda: _selection(opened, validation, asked))
    shipped = _shipped(opened, selection)
    part = opened.cube.of_arm(opened.cube.arms[shipped])
    return StudyAnswers(
        opened=opened,
        recipes=tuple(_recipes(opened, asked, left_out)),
        effects=_attempt("effects", left_out, lambda: _effects(opened, validation, asked)),
        seeds=seed_spread(opened.cube, opened.setting, rng=asked.rng(), step=asked.step),
        selection=selection,
        vote=_attempt("vote", left_out, lambda: _vote(opened, part, validation, asked)),
        training=_attempt("trajectory", left_out, lambda: _training(engine, opened, shipped, asked)),
        problems=map_problems(opened.cube, opened.setting, step=asked.step),
        calibration=_attempt("calibration", left_out, lambda: _calibration(opened, shipped, asked)),
        probes=_attempt("probes", left_out, lambda: _probes(opened, measured, asked)),
        routing=_routing(opened, measured),
        drift=drift,
        inputs_hash=content_hash(
            [
                opened.cube.cube.runs,
                opened.cube.cube.problems,
                np.nan_to_num(opened.cube.cube.score, nan=-1).tolist(),
            ]
        ),
        left_out=tuple(left_out),
    )


def _attempt(what: str, left_out: list[str], ask: Callable[[], Answer | None]) -> Answer | None:
    """An answer, or None with the reason why there is none written down."""
    try:
        return ask()
    except InvalidInput as refused:
        left_out.append(f"{what}: {refused.message}")
        return None


def _validation(session: Session, opened: Opened, asked: Asked) -> StudyCube | None:
    """The same runs on the split that seeds are chosen on; None where that is this split or there is none."""
    split = validation_split_of(opened.facts)
    if split is None or split == opened.cube.split:
        return None
    there = replace(asked, split=split, look=None)
    try:
        return open_study(session, opened.facts.id, there, last_only=asked.step is None).cube
    except InvalidInput:
        return None


def _selection(opened: Opened, validation: StudyCube | None, asked: Asked) -> SelectionAnswer:
    """The last recorded choice, or what would be chosen now."""
    chosen_on = validation or opened.cube
    facts = opened.facts
    last = facts.selections[-1] if facts.selections else None
    recorded = None
    if last is not None:
        arm = json.loads(last.rule).get("arm")
        chosen_on = chosen_on.of_arm(arm) if arm in chosen_on.arms else chosen_on
        recorded = recorded_of(last)
    test = None
    if validation is not None and last is not None:
        _require_all(chosen_on, opened.cube)
        test = opened.cube.of_runs([opened.cube.run_ids.index(n) for n in chosen_on.run_ids])
    found = choose(
        chosen_on,
        replace(opened.setting, split=chosen_on.split),
        rng=asked.rng(),
        top_k=len(last.run_ids) if last else 1,
        step=asked.step,
        test=test,
        recorded=recorded,
        same_problems=validation is None and facts.sealed_split is None,
    )
    if last is not None and tuple(c.run_id for c in found.chosen) != last.run_ids:
        raise InvalidInput(
            f"selection {last.number} chose {', '.join(f'r{n}' for n in last.run_ids)}, and on the outcomes asked for "
            "here others are ahead. It stands as recorded; ask `nophantom select --dry-run` for these."
        )
    return found


def _require_all(wanted: StudyCube, there: StudyCube) -> None:
    """Refuse to go on where a run of one split has no outcome on the other."""
    if missing := runs_missing(wanted, there):
        raise InvalidInput(
            f"{len(missing)} runs have outcomes on {wanted.split!r} and none on {there.split!r}; the first is "
            f"{missing[0]!r}."
        )


def _shipped(opened: Opened, selection: SelectionAnswer | None) -> int:
    """Place of the run that the rest of the report follows: the chosen one, else the first."""
    wanted = selection.candidates[0].run_id if selection else None
    if opened.facts.selections:
        wanted = opened.facts.selections[-1].run_ids[0]
    return opened.cube.run_ids.index(wanted) if wanted in opened.cube.run_ids else 0


def _recipes(opened: Opened, asked: Asked, left_out: list[str]) -> list[RecipeComparison]:
    names = opened.cube.arm_names
    claims = opened.planned().get("claims", ())
    pairs = [(c["first"], c["second"]) for c in claims if {c["first"], c["second"]} <= set(names)]
    pairs = pairs or list(combinations(names, 2))
    if len(pairs) > _MOST_PAIRS:
        left_out.append(
            f"{len(pairs) - _MOST_PAIRS} of {len(pairs)} pairs of arms: ask `nophantom compare` for them"
        )
    return [recipes_of(opened, asked, first, second) for first, second in pairs[:_MOST_PAIRS]]


def _effects(opened: Opened, validation: StudyCube | None, asked: Asked) -> EffectsAnswer | None:
    return effects_of(opened, asked, validation) if levels_of(opened) else None


def _probes(opened: Opened, measured: MeasurementCube, asked: Asked) -> ProbesAnswer | None:
    if not any(name.startswith(PREFIX) for name in measured.names):
        return None
    return probes_of(opened, asked, measured)


def _routing(opened: Opened, measured: MeasurementCube) -> RoutingAnswer | None:
    if not any(name.startswith("load.") for name in measured.names):
        return None
    return follow_routing(measured, reference=opened.facts.reference)


def _vote(
    opened: Opened, part: StudyCube, validation: StudyCube | None, asked: Asked
) -> EnsembleAnswer | None:
    if len(part.cube.runs) < 2:
        return None
    ranked = None
    if validation is not None:
        _require_all(part, validation)
        ranked = ranks_on(validation, part, asked.step)
    return vote_together(
        part,
        opened.setting,
        k=min(3, len(part.cube.runs)),
        rule_of_votes=VoteRule(ties=Tie.NO_ANSWER if ranked is None else Tie.BETTER_MEMBER),
        claim=Claim(),
        step=asked.step,
        ranked=ranked,
        ranked_on=None if validation is None else validation.split,
    )


def _training(engine: Engine, opened: Opened, shipped: int, asked: Asked) -> TrainingAnswer | None:
    run = AskedRun(
        run=f"r{opened.cube.run_ids[shipped]}",
        problem_set=opened.cube.problem_set,
        split=opened.cube.split,
        rng_seed=asked.rng_seed,
    )
    if opened.facts.sealed and opened.cube.split == opened.facts.sealed_split:
        return None  # a look opens one question, and this one has been asked
    return training_of_run(engine, run) if has_checkpoints(engine, run) else None


def _calibration(opened: Opened, shipped: int, asked: Asked) -> CalibrationAnswer | None:
    cube, place = opened.cube, opened.cube.step_index(asked.step)
    scores = cube.cube.score[shipped, place]
    known = ~np.isnan(scores)
    if cube.confidence is not None and not np.isnan(cube.confidence[shipped, place][known]).all():
        return calibration_of(
            cube.cube.runs[shipped],
            scores[known],
            cube.confidence[shipped, place][known],
            rng=asked.rng(),
            source="as the log tells",
            simulated=cube.simulated,
        )
    if cube.answers is None or len(cube.cube.runs) < 3 or (cube.answers[:, place] == NO_ANSWER).all():
        return None
    score, common = cube.complete(place)
    right, share = vote_share(cube.answers[:, place][:, common], score)
    return calibration_of(
        f"the vote of {len(score)} runs",
        right,
        share,
        rng=asked.rng(),
        source="share of the runs that gave the most frequent answer",
        simulated=cube.simulated,
    )


def problem_rows(answers: StudyAnswers, *, most: int = 40) -> tuple[list[str], list[list[bool | None]]]:
    """Labels and outcomes of the runs for a map of the problems; of more runs than `most` the first of each arm."""
    cube = answers.opened.cube
    place = (
        cube.last_step
        if answers.opened.setting.step is None
        else cube.step_index(answers.opened.setting.step)
    )
    rows: Sequence[int] = range(len(cube.cube.runs))
    if len(rows) > most:
        each = max(1, most // len(cube.arm_names))
        rows = [i for arm in cube.arm_names for i in [j for j, a in enumerate(cube.arms) if a == arm][:each]]
    labels = [f"{cube.arms[i]}, seed {cube.seeds[i]}" for i in rows]
    solved = [
        [None if np.isnan(x) else bool(x >= 0.5) for x in cube.cube.score[i, place].tolist()] for i in rows
    ]
    return labels, solved
