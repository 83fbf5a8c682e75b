"""Does what was measured before training predict the score after it?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.llm.cube import StudyCube
from nophantom.llm.questions.setting import Setting
from nophantom.stats.estimates import Estimate
from nophantom.stats.rank_correlations import RankCorrelation, rank_correlations, runs_to_see
from nophantom.stats.verdicts import Direction, Verdict, is_real_but_smaller, verdict_from_interval

PREFIX = "probe."
"""How the names of what is measured before training begin."""
DELTA = 0.3
"""The smallest rank correlation that matters. At 0.3 a probe tells 9% of the variance of the ranks, and training only
the most promising of 20 seeds gains about 0.3 x 1.87 = 0.56 of their standard deviation, on average; with less, 20
seeds that were trained and compared on validation are worth several times what the probe saves."""
NOT_COVERED = (
    "relations that neither rise nor fall, and several measurements taken together",
    "the noise of the test in the scores: it makes every correlation smaller than that with the true accuracy",
    "other recipes: what holds inside these arms need not hold for another model or another length of training",
)


@dataclass(frozen=True, slots=True)
class Probe:
    """One measurement and how it goes with the final score.

    Attributes:
        name: what was measured.
        estimate: Spearman's rank correlation inside arms with its interval, simultaneous over all probes.
        p_value: two-sided, adjusted for all probes, of the same procedure as the interval.
        p_alone: the p-value that it has by itself.
        verdict: real (the interval leaves out 0), phantom (it leaves out every correlation of delta and more, on
            either side), or undecided.
        reason: why.
    """

    name: str
    estimate: Estimate
    p_value: float
    p_alone: float
    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True)
class ProbesAnswer:
    """All measurements of a study against the final score.

    Attributes:
        measured_at: training step of the measurements.
        delta: the smallest rank correlation that matters; `confidence` that of all intervals together.
        probes: the strongest first.
        sentence: the answer for all of them.
        runs: that tell something; where runs of one seed share their randomness in every arm, `independent` counts
            the seeds.
        arms: that they are compared inside of.
        exact: whether all arrangements of the scores were looked at; `arrangements` how many were.
        runs_needed: in all, to show a correlation of delta among so many probes with 80% power.
        left_out: measurements and runs that could not be used, and why.
    """

    setting: Setting
    measured_at: int
    delta: float
    confidence: float
    probes: tuple[Probe, ...]
    sentence: str
    runs: int
    independent: int
    arms: tuple[str, ...]
    exact: bool
    arrangements: int
    runs_needed: int
    left_out: tuple[str, ...]
    not_covered: tuple[str, ...]


def judge_probes(
    cube: StudyCube,
    names: Sequence[str],
    measured: NDArray[np.float64],
    setting: Setting,
    *,
    rng: np.random.Generator,
    measured_at: int = 0,
    step: int | None = None,
    shares_seeds: bool = False,
    delta: float = DELTA,
    confidence: float = 0.95,
) -> ProbesAnswer:
    """Hold every measurement against the accuracy of the runs at one checkpoint.

    Args:
        cube: the runs with their outcomes.
        names: (N,) of the measurements.
        measured: (R, N) in the order of the runs, NaN where it was not measured.
        setting: told in the answer.
        rng: of the permutations, where there are too many to look at all.
        measured_at: training step of the measurements.
        step: training step of the scores; None is the last that all runs have.
        shares_seeds: runs of one seed number share their randomness in every arm.
        delta: the smallest rank correlation that matters, strictly between 0 and 1.
        confidence: of all intervals together.

    Raises:
        InvalidInput: nothing was measured, nothing varies, or delta or confidence is out of range.
    """
    if not 0 < delta < 1:
        raise InvalidInput(
            f"delta, the smallest rank correlation that matters, lies strictly between 0 and 1; got {delta}."
        )
    rows, whole, left_out = _usable(cube, names, measured, measured_at)
    part, kept = cube.of_runs(rows), [names[i] for i in whole]
    scores, _ = part.complete(part.step_index(step))
    found = rank_correlations(
        measured[rows][:, whole],
        scores.mean(axis=1),
        part.arms,
        rng=rng,
        seeds=part.seeds if shares_seeds and None not in part.seeds else None,
        confidence=confidence,
    )
    left_out += [
        f"{name}: the same on all runs of an arm"
        for name, one in zip(kept, found.each, strict=True)
        if one.estimate is None
    ]
    probes = [_probe(name, one, delta) for name, one in zip(kept, found.each, strict=True)]
    judged = sorted(
        (p for p in probes if p is not None), key=lambda p: (p.p_alone, -abs(p.estimate.point), p.name)
    )
    if not judged:
        raise InvalidInput(
            f"nothing to correlate in {cube.study!r}: inside its arms neither the measurements nor the scores vary. It "
            "takes two runs of an arm at least."
        )
    needed = runs_to_see(delta, tests=found.tested, confidence=confidence)
    return ProbesAnswer(
        setting=setting,
        measured_at=measured_at,
        delta=delta,
        confidence=confidence,
        probes=tuple(judged),
        sentence=_sentence(judged, delta, needed, found.n, shares_seeds),
        runs=len(rows),
        independent=found.n,
        arms=part.arm_names,
        exact=found.exact,
        arrangements=found.arrangements,
        runs_needed=needed,
        left_out=tuple(left_out),
        not_covered=NOT_COVERED,
    )


def _usable(
    cube: StudyCube, names: Sequence[str], measured: NDArray[np.float64], measured_at: int
) -> tuple[list[int], list[int], list[str]]:
    """Places of the runs with measurements, of the names that all of these have, and what is left out."""
    if measured.shape != (len(cube.arms), len(names)):
        raise InvalidInput(
            f"measurements come as (runs, names), {(len(cube.arms), len(names))} here; got {measured.shape}."
        )
    rows = np.flatnonzero(np.isfinite(measured).any(axis=1)).tolist()
    if not rows:
        raise InvalidInput(
            f"nothing was measured on the runs of {cube.study!r} at step {measured_at}. Probes are recorded when "
            "`nophantom study run` trains a model of its own."
        )
    whole = np.flatnonzero(np.isfinite(measured[rows]).all(axis=0)).tolist()
    if not whole:
        raise InvalidInput(
            f"no measurement of {cube.study!r} was made on every run that was measured at all."
        )
    left_out = [f"{name}: not measured on every run" for i, name in enumerate(names) if i not in set(whole)]
    if without := len(cube.arms) - len(rows):
        left_out.insert(0, f"{without} of {len(cube.arms)} runs: nothing was measured on them")
    return rows, whole, left_out


def _probe(name: str, found: RankCorrelation, delta: float) -> Probe | None:
    e = found.estimate
    if e is None or e.low is None or e.high is None or found.p_value is None or found.p_alone is None:
        return None
    verdict = verdict_from_interval(e, delta=delta, direction=Direction.DIFFERENT)
    span = f"{e.low:+.2f} to {e.high:+.2f}"
    if verdict is Verdict.REAL:
        reason = f"the whole interval lies {'above' if e.low > 0 else 'below'} 0: {span}."
    elif verdict is Verdict.UNDECIDED:
        reason = f"the interval, {span}, holds both no correlation and one that matters ({delta:g})."
    elif is_real_but_smaller(e, delta=delta, direction=Direction.DIFFERENT):
        reason = f"a correlation is real but smaller than {delta:g}: the interval is {span}."
    else:
        reason = f"a correlation of {delta:g} or more, either way, is ruled out: the interval is {span}."
    return Probe(name, e, found.p_value, found.p_alone, verdict, reason)


def _sentence(probes: Sequence[Probe], delta: float, needed: int, n: int, shares_seeds: bool) -> str:
    real = [p for p in probes if p.verdict is Verdict.REAL]
    if real:
        told = ", ".join(f"{p.name} ({p.estimate.point:+.2f})" for p in real)
        return (
            f"{len(real)} of {len(probes)} measurements made before training predict the final score: {told}."
        )
    nothing = "Nothing measured before training predicts the final score"
    if all(p.verdict is Verdict.PHANTOM for p in probes):
        return f"{nothing}: a rank correlation of {delta:g} or more is ruled out for all {len(probes)} measurements."
    unit = "seeds" if shares_seeds else "runs"
    more = f" It takes about {needed:,} {unit} to see one of {delta:g}; here are {n:,}." if needed > n else ""
    return f"{nothing}: none of {len(probes)} rank correlations is beyond what chance gives the greatest of them.{more}"
