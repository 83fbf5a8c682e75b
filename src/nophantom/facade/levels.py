"""Questions about levels: was the peak a peak, go or no go, how much evidence, and calibration."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nophantom.errors import InvalidInput
from nophantom.facade.answer import Answer
from nophantom.facade.given import (
    Told,
    checkpoints_of,
    count_of,
    cube_of,
    paired_cube,
    runs_of,
    scores_of,
)
from nophantom.llm.questions import counts as counted
from nophantom.llm.questions.calibration import (
    CalibrationAnswer,
    CalibrationPair,
    calibration_of,
    compare_calibration,
)
from nophantom.llm.questions.gate import GateAnswer, Measured, decide_gate
from nophantom.llm.questions.gate_quantities import (
    MEANINGS,
    NOT_COVERED,
    final_of,
    from_counts,
    mean_of,
    peak_of,
    reproduced_by,
)
from nophantom.llm.questions.needs import ProblemsPlan, SeedsPlan, plan_problems, plan_seeds
from nophantom.llm.questions.setting import RNG_SEED
from nophantom.llm.questions.trajectories import (
    RunningAnswer,
    RunningPair,
    TrainingAnswer,
    follow_difference,
    follow_running,
    follow_training,
    running_from_counts,
)
from nophantom.llm.reports import trajectories as trajectory_pages
from nophantom.llm.reports.calibration import calibration_page, calibration_pair_page
from nophantom.llm.reports.gates import gate_page
from nophantom.llm.reports.needs import problems_plan_page, seeds_plan_page


def trajectory(
    outcomes: Told = None,
    *,
    against: Told = None,
    peak: str | None = None,
    final: str | None = None,
    every: int | None = None,
    named: int | None = None,
    last: int = 1,
    delta: float = 0.01,
    alpha: float = 0.05,
    rng: int = RNG_SEED,
) -> Answer[RunningAnswer] | Answer[TrainingAnswer] | Answer[RunningPair]:
    """Was the peak a peak, or noise?

    Args:
        outcomes: (problems,) right or wrong in the order they were asked: running accuracy; or
            (checkpoints, problems) on the same problems; or a path.
        against: a second run on the same problems: their running difference, in the order of the first.
        peak: without outcomes: counts at the peak, as "158/200"; `final` those at the end.
        final: counts at the end.
        every: problems between two looks; None is a tenth of all.
        named: running accuracy: after how many problems the look is that was named before the data.
        last: the end is the mean of the last so many checkpoints.
        delta: the smallest difference that matters.
        alpha: two-sided error rate.
        rng: seed of what is drawn.

    Raises:
        InvalidInput: neither outcomes nor counts, or outcomes that are no trajectory.
    """
    if outcomes is None:
        if peak is None or final is None:
            raise InvalidInput('give outcomes, or counts: trajectory(peak="158/200", final="379/500").')
        at_peak, at_end = count_of(peak, "peak"), count_of(final, "final")
        if named not in {None, at_peak[1]}:
            raise InvalidInput(f"the look that was named is that of peak, {at_peak[1]}; got {named}.")
        told = running_from_counts(
            at_peak,
            at_end,
            step=every or max(1, at_end[1] // 10),
            named=named is not None,
            delta=delta,
            confidence=1 - alpha,
        )
        return Answer(told, trajectory_pages.running_page)
    if peak is not None or final is not None:
        raise InvalidInput("outcomes bring their own counts: leave out peak and final.")
    if against is not None:
        return _running_difference(outcomes, against, every=every, delta=delta, alpha=alpha, rng=rng)
    cube = checkpoints_of(outcomes, "run")
    scores = scores_of(cube, "run")
    if len(scores) == 1:
        running = follow_running(
            cube.cube.runs[0], scores[0], step=every, named=named, delta=delta, confidence=1 - alpha
        )
        return Answer(running, trajectory_pages.running_page)
    training = follow_training(
        cube.cube.runs[0],
        cube.cube.steps,
        scores,
        rng=np.random.default_rng(rng),
        last=last,
        delta=delta,
        confidence=1 - alpha,
    )
    return Answer(training, trajectory_pages.training_page)


def _running_difference(
    first: Told, second: Told, *, every: int | None, delta: float, alpha: float, rng: int
) -> Answer[RunningPair]:
    joined = paired_cube(cube_of(first, "first"), cube_of(second, "second"))
    common = joined.seen[:, 0].all(axis=0)
    one, other = joined.score[:, 0][:, common]
    pair = follow_difference(
        joined.runs[0],
        joined.runs[1],
        (one, other),
        rng=np.random.default_rng(rng),
        step=every,
        delta=delta,
        confidence=1 - alpha,
    )
    return Answer(pair, trajectory_pages.running_pair_page)


def gate(
    go: str,
    *,
    final: Told = None,
    peak: Told = None,
    mean: Told = None,
    rerun: Told = None,
    looks: int = 1,
    claimed: float | None = None,
    delta: float = 0.01,
    alpha: float = 0.05,
    rng: int = RNG_SEED,
) -> Answer[GateAnswer]:
    """GO, NO-GO or UNDECIDED, and what would decide.

    Args:
        go: clauses joined by `and`, as in "final >= 0.75 and peak >= 0.79 and reproduced".
        final: (problems,) scores of the shipped run at its end (of several checkpoints the last), or counts.
        peak: (checkpoints, problems) of the shipped run, or counts at the peak.
        mean: (seeds, problems) of its recipe.
        rerun: scores of one rerun or several, or counts.
        looks: with counts: how many looks the peak is the highest of.
        claimed: the level of `reproduced`.
        delta: the smallest distance from a level that matters.
        alpha: two-sided error rate of each clause.
        rng: seed of what is drawn.

    Raises:
        InvalidInput: the gate cannot be read, or asks for what was not given.
    """
    given = {"final": final, "peak": peak, "rerun": rerun}
    parsed = {n: counted.parse_count(told) for n, told in given.items() if isinstance(told, str)}
    counts = {name: count for name, count in parsed.items() if count is not None}
    measured: dict[str, Measured] = from_counts(
        final=counts.get("final"),
        peak=counts.get("peak"),
        looks=looks,
        rerun=counts.get("rerun"),
        claimed=claimed,
        delta=delta,
    )
    if final is not None and "final" not in counts:
        measured["final"] = final_of(scores_of(checkpoints_of(final, "final"), "final")[-1])
    if peak is not None and "peak" not in counts:
        measured["peak"] = peak_of(scores_of(checkpoints_of(peak, "peak"), "peak"), rng_seed=rng)
    if mean is not None:
        measured["mean"] = mean_of(runs_of(mean, "mean"))
    if rerun is not None and "rerun" not in counts:
        if claimed is None:
            raise InvalidInput("a rerun is held against a level: give claimed=0.79.")
        measured["reproduced"] = reproduced_by(runs_of(rerun, "rerun"), claimed, delta)
    if not measured:
        raise InvalidInput("a gate needs what its clauses ask for: final, peak, mean or rerun, each by name.")
    meanings = {name: MEANINGS[name] for name in measured}
    not_covered = NOT_COVERED[:1] if len(counts) == len(measured) else NOT_COVERED
    found = decide_gate(go, measured, alpha=alpha, delta=delta, meanings=meanings, not_covered=not_covered)
    return Answer(found, gate_page)


def power(
    delta: float,
    *,
    seed_sd: float | None = None,
    seeds: int | None = None,
    differ: float = 0.25,
    accuracy: float | None = None,
    problems: int = 1_319,
    wanted: float = 0.8,
    alpha: float = 0.05,
) -> Answer[ProblemsPlan] | Answer[SeedsPlan]:
    """How many problems, or seeds, would show a difference?

    Args:
        delta: the true difference to be seen, a proportion.
        seed_sd: asks about recipes: standard deviation of one seed's accuracy.
        seeds: recipes: seeds per arm that there are.
        differ: checkpoints: share of problems on which the two differ.
        accuracy: checkpoints: about which both lie.
        problems: checkpoints: problems that there are.
        wanted: probability of seeing it.
        alpha: two-sided error rate.
    """
    if seed_sd is not None:
        plan = plan_seeds(delta, sd=seed_sd, at_hand=seeds, power=wanted, confidence=1 - alpha)
        return Answer(plan, seeds_plan_page)
    found = plan_problems(
        delta, differ=differ, accuracy=accuracy, at_hand=problems, power=wanted, confidence=1 - alpha
    )
    return Answer(found, problems_plan_page)


def calibration(
    right: Told,
    confidence: ArrayLike | None = None,
    *,
    against: tuple[ArrayLike, ArrayLike] | None = None,
    bins: int = 10,
    alpha: float = 0.05,
    rng: int = RNG_SEED,
    name: str = "run",
) -> Answer[CalibrationAnswer] | Answer[CalibrationPair]:
    """Does a model know what it does not know?

    Args:
        right: (problems,) True or 1 where right; or alone a data frame or path that tells how sure the model was.
        confidence: (problems,) in [0, 1], NaN where there is none.
        against: right and confidence of a second run on the same problems.
        bins: of equal mass.
        alpha: two-sided error rate.
        rng: seed of what is drawn.
        name: what it is called.

    Raises:
        InvalidInput: lists of unlike length, values outside [0, 1], or nothing that tells how sure it was.
    """
    marks, sure = _told_confidence(right, name) if confidence is None else _pair(right, confidence, name)

    def answer(who: str, marks: NDArray[np.float64], sure: NDArray[np.float64]) -> CalibrationAnswer:
        return calibration_of(
            who,
            marks,
            sure,
            rng=np.random.default_rng(rng),
            source="as given",
            bins=bins,
            confidence=1 - alpha,
        )

    found = answer(name, marks, sure)
    if against is None:
        return Answer(found, calibration_page)
    others = _pair(*against, "against")
    pair = compare_calibration(
        found,
        answer("second", *others),
        (marks, others[0]),
        (sure, others[1]),
        rng=np.random.default_rng(rng),
        bins=bins,
        confidence=1 - alpha,
    )
    return Answer(pair, calibration_pair_page)


def _pair(
    right: ArrayLike, confidence: ArrayLike, name: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    try:
        return np.asarray(right, dtype=np.float64), np.asarray(confidence, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidInput(
            f"{name}: right and confidence are lists of numbers; got {right!r:.40} and {confidence!r:.40}."
        ) from None


def _told_confidence(told: Told, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Right and confidence of the only run of a log or data frame, at its last checkpoint."""
    cube = checkpoints_of(told, name)
    if cube.confidence is None:
        raise InvalidInput(
            f"nothing tells how sure {name} was: give its confidence, or a log with confidences or log-likelihoods."
        )
    right, sure = cube.cube.score[0, cube.last_step], cube.confidence[0, cube.last_step]
    known = ~np.isnan(right)
    return right[known], sure[known]
