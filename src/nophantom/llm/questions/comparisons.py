"""Is this checkpoint better than that one? Problems are the random unit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.llm.cube import OutcomeCube
from nophantom.llm.verdicts import Claim, Finding, Question, Ruling, rule
from nophantom.stats.paired import PairedCounts, compare_binary, compare_means, count_pairs, mcnemar_mid_p
from nophantom.stats.power import ProblemsNeeded, problems_needed, problems_needed_for_means

NOT_COVERED = (
    "the choice of training seed: trained again, either may come out differently",
    "the noise of decoding: asked again, a sampled answer may change",
)


@dataclass(frozen=True, slots=True)
class MissingOutcomes:
    """What the problems that only one of the two has a score for could do to the difference.

    Attributes:
        first_lacks: problems without a score of the first; `second_lacks` of the second.
        n: problems that at least one of the two has a score for.
        low: the difference if every missing score went against the first (proportion).
        high: the difference if every missing score went for the first.
    """

    first_lacks: int
    second_lacks: int
    n: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class CheckpointComparison:
    """How far apart two checkpoints are on the problems that both were scored on.

    Attributes:
        first: label; `second` of the other.
        first_right: sum of the scores of the first over the common problems; `second_right` likewise.
        finding: first minus second, as a proportion.
        ruling: the verdict on the claim.
        counts: gained, lost and the rest where every score is 0 or 1, else None.
        p_mid: mid-p of McNemar's test, beside the exact p of the finding; None without counts.
        gained: keys of the problems that the first scores higher on, in the order of the cube.
        lost: keys of those that the second scores higher on.
        missing: what unscored problems could change; None when both were scored on the same ones.
        needed: how many problems would decide at delta; None when decided or not computable.
    """

    first: str
    second: str
    first_right: float
    second_right: float
    finding: Finding
    ruling: Ruling
    counts: PairedCounts | None
    p_mid: float | None
    gained: tuple[str, ...]
    lost: tuple[str, ...]
    missing: MissingOutcomes | None
    needed: ProblemsNeeded | None

    @property
    def n(self) -> int:
        """How many problems both were scored on."""
        return self.finding.estimate.n


def compare_checkpoints(cube: OutcomeCube, claim: Claim) -> CheckpointComparison:
    """Compare the two runs of a cube at their only checkpoint.

    Scores of 0 and 1 are compared by gained and lost problems: exact McNemar and the interval that
    belongs to it. Where a problem has several attempts or partial credit, it stays one unit: its mean
    score is compared, by Student's t.

    Args:
        cube: (2, 1, P) outcomes.
        claim: what is to be judged, and at which alpha.

    Returns:
        The difference on the problems that both were scored on, with bounds for those that one lacks.

    Raises:
        InvalidInput: not two runs of one checkpoint, or no problem that both were scored on.
    """
    if cube.score.shape[:2] != (2, 1):
        raise InvalidInput(
            f"a comparison is of two runs at one checkpoint; got a cube of {cube.score.shape}."
        )
    first, second = cube.score[0, 0], cube.score[1, 0]  # (P,) each, NaN where unseen
    common = cube.seen[0, 0] & cube.seen[1, 0]
    if not common.any():
        raise InvalidInput(
            f"{cube.runs[0]!r} and {cube.runs[1]!r} have no problem in common that both were scored on "
            f"({int(cube.seen[0, 0].sum())} and {int(cube.seen[1, 0].sum())} problems). Compare runs of the same "
            "problems."
        )
    a, b = first[common], second[common]
    keys = np.array(cube.problems)[common]
    is_binary = bool(np.isin(a, (0, 1)).all() and np.isin(b, (0, 1)).all())
    counts = count_pairs(a, b) if is_binary else None
    test = (
        compare_means(a, b, confidence=claim.confidence)
        if counts is None
        else compare_binary(counts, confidence=claim.confidence)
    )
    finding = Finding(Question.CHECKPOINTS, test.estimate, test.p_value, NOT_COVERED)
    ruling = rule(claim, finding)
    return CheckpointComparison(
        first=cube.runs[0],
        second=cube.runs[1],
        first_right=float(a.sum()),
        second_right=float(b.sum()),
        finding=finding,
        ruling=ruling,
        counts=counts,
        p_mid=None if counts is None else mcnemar_mid_p(counts.gained, counts.lost),
        gained=tuple(keys[a > b].tolist()),
        lost=tuple(keys[a < b].tolist()),
        missing=_missing(first, second, cube.seen[0, 0], cube.seen[1, 0]),
        needed=_needed(a, b, counts, claim) if ruling.verdict == "undecided" else None,
    )


def _missing(
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    seen_first: NDArray[np.bool_],
    seen_second: NDArray[np.bool_],
) -> MissingOutcomes | None:
    either = seen_first | seen_second
    lacks_first, lacks_second = either & ~seen_first, either & ~seen_second
    if not (lacks_first.any() or lacks_second.any()):
        return None
    # A score lies in [0, 1]: the worst for the first is 0 of its own and 1 of the second's, the best the reverse.
    worst = np.where(seen_first, first, 0.0) - np.where(seen_second, second, 1.0)
    best = np.where(seen_first, first, 1.0) - np.where(seen_second, second, 0.0)
    return MissingOutcomes(
        first_lacks=int(lacks_first.sum()),
        second_lacks=int(lacks_second.sum()),
        n=int(either.sum()),
        low=float(worst[either].mean()),
        high=float(best[either].mean()),
    )


def _needed(
    a: NDArray[np.float64], b: NDArray[np.float64], counts: PairedCounts | None, claim: Claim
) -> ProblemsNeeded | None:
    if counts is not None:
        return problems_needed(counts, claim.delta, confidence=claim.confidence)
    if len(a) < 2:
        return None
    return problems_needed_for_means(a - b, claim.delta, confidence=claim.confidence)
