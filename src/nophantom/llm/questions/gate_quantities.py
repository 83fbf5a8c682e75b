"""What a gate can ask for: end and peak of the shipped run, the mean of its recipe, a vote, and reproduction."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.llm.questions.gate import GateAnswer, Measured, SeedsAndProblems, decide_gate
from nophantom.stats.estimates import Estimate
from nophantom.stats.grand_mean import grand_mean
from nophantom.stats.pass_at_k import mean_over_problems
from nophantom.stats.proportions import wilson
from nophantom.stats.seeds import variance_components
from nophantom.stats.trajectories import peak_bounds

MEANINGS: Mapping[str, str] = {
    "final": "accuracy of the shipped run at its last checkpoint",
    "peak": "accuracy of its best checkpoint, bounds over all checkpoints together",
    "mean": "mean accuracy of the recipe, for new seeds on new problems",
    "vote": "accuracy of the vote of the chosen runs",
    "reproduced": "a rerun reaches the claimed level, less delta",
}
NOT_COVERED = (
    "problems of another kind: levels are for problems like these",
    "for `final` and `peak`, training again: they speak of this run; `mean` and `reproduced` speak of the recipe",
)


def final_of(scores: NDArray[np.float64]) -> Measured:
    """The accuracy of one run at its last checkpoint.

    Args:
        scores: (P,) none missing.
    """
    return Measured(lambda confidence: _accuracy(scores, confidence), problems=len(scores))


def peak_of(scores: NDArray[np.float64], *, rng_seed: int) -> Measured:
    """The accuracy of the best checkpoint of one run, with bounds over all checkpoints together.

    Args:
        scores: (C, P) none missing.
        rng_seed: of the bootstrap; every confidence draws from the beginning.
    """
    if len(scores) == 1:
        return final_of(scores[0])

    def estimate(confidence: float) -> Estimate:
        return peak_bounds(scores, rng=np.random.default_rng(rng_seed), confidence=confidence)

    return Measured(estimate, problems=scores.shape[1])


def mean_of(scores: NDArray[np.float64]) -> Measured:
    """The mean accuracy of a recipe.

    Args:
        scores: (S, P) none missing.
    """
    c = variance_components(scores)
    spread = None
    if c.ms_seed is not None and c.ms_problem is not None and c.ms_rest is not None:
        s, p = scores.shape
        spread = SeedsAndProblems(s, c.ms_seed / p, p, max(0.0, c.ms_problem - c.ms_rest) / s)
    return Measured(lambda confidence: grand_mean(scores, confidence=confidence), scores.shape[1], spread)


def vote_of(right: NDArray[np.bool_]) -> Measured:
    """The accuracy of a vote.

    Args:
        right: (P,) True where the vote is right.
    """
    return Measured(
        lambda confidence: wilson(int(right.sum()), len(right), confidence=confidence), problems=len(right)
    )


def reproduced_by(scores: NDArray[np.float64], claimed: float, delta: float) -> Measured:
    """Whether reruns reach a claimed level, less delta.

    Args:
        scores: (S, P) of the reruns, none missing; one rerun is judged on its problems alone.
        claimed: the level that was claimed.
        delta: the smallest difference that matters.
    """
    level = max(0.0, claimed - delta)
    if len(scores) == 1:
        one = scores[0]
        return Measured(lambda confidence: _accuracy(one, confidence), len(one), claimed=level)
    of_reruns = mean_of(scores)
    return Measured(of_reruns.estimate, of_reruns.problems, of_reruns.spread, claimed=level)


def from_counts(
    *,
    final: tuple[int, int] | None = None,
    peak: tuple[int, int] | None = None,
    looks: int = 1,
    rerun: tuple[int, int] | None = None,
    claimed: float | None = None,
    delta: float = 0.01,
) -> dict[str, Measured]:
    """The same from summary counts (right, tried).

    Args:
        final: at the end.
        peak: at the highest of several looks; its bounds hold over all of them (Bonferroni).
        looks: how many looks the peak is the highest of.
        rerun: of a rerun, for `reproduced`.
        claimed: the level that the rerun must reach; None takes the peak, else the end.
        delta: the smallest difference that matters.

    Raises:
        InvalidInput: counts that cannot be, or a rerun without a level.
    """
    if looks < 1:
        raise InvalidInput(f"a peak is the highest of at least one look; got {looks}.")
    found: dict[str, Measured] = {}
    if final is not None:
        found["final"] = _counted(final, 1)
    if peak is not None:
        found["peak"] = _counted(peak, looks)
    if rerun is not None:
        level = claimed if claimed is not None else _share(peak or final)
        if level is None:
            raise InvalidInput("a rerun is held against a level: give --claimed, --peak or --final.")
        counted = _counted(rerun, 1)
        found["reproduced"] = Measured(counted.estimate, counted.problems, claimed=max(0.0, level - delta))
    return found


def gate_of_counts(
    text: str,
    *,
    final: tuple[int, int] | None = None,
    peak: tuple[int, int] | None = None,
    looks: int = 1,
    rerun: tuple[int, int] | None = None,
    claimed: float | None = None,
    alpha: float = 0.05,
    delta: float = 0.01,
) -> GateAnswer:
    """Judge a gate of which only counts are known.

    Args:
        text: the clauses, joined by `and`.
        final: as in `from_counts`; `peak`, `looks`, `rerun` and `claimed` likewise.
        peak: at the highest look.
        looks: how many there were.
        rerun: of a rerun.
        claimed: the level that it must reach.
        alpha: two-sided error rate of each clause.
        delta: the smallest difference that matters.

    Raises:
        InvalidInput: as `from_counts` and `decide_gate` say.

    >>> str(gate_of_counts("final >= 0.75", final=(400, 500)).decision)
    'GO'
    """
    measured = from_counts(final=final, peak=peak, looks=looks, rerun=rerun, claimed=claimed, delta=delta)
    meanings = {name: MEANINGS[name] for name in measured}
    return decide_gate(
        text, measured, alpha=alpha, delta=delta, meanings=meanings, not_covered=NOT_COVERED[:1]
    )


def _counted(count: tuple[int, int], looks: int) -> Measured:
    right, n = count

    def estimate(confidence: float) -> Estimate:
        each = wilson(right, n, confidence=1 - (1 - confidence) / looks)
        method = each.method if looks == 1 else f"{each.method}, Bonferroni over {looks} looks"
        return Estimate(each.point, each.low, each.high, confidence, n, method)

    estimate(0.95)  # counts that cannot be are refused at once
    return Measured(estimate, problems=n)


def _share(count: tuple[int, int] | None) -> float | None:
    return None if count is None else count[0] / count[1]


def _accuracy(scores: NDArray[np.float64], confidence: float) -> Estimate:
    if np.isin(scores, (0, 1)).all():
        return wilson(int(scores.sum()), len(scores), confidence=confidence)
    return mean_over_problems(scores, confidence=confidence)
