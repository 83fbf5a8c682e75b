"""Several samples of one run on every problem: what may be had by asking again, or by letting them vote."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.stats.estimates import Estimate
from nophantom.stats.pass_at_k import maj_at_k, mean_over_problems, pass_at_k
from nophantom.stats.votes import NO_ANSWER, VoteRule

NOT_COVERED = (
    "training again: another seed samples other answers",
    "the cost: k samples ask the model k times for every answer, and pass@k needs somebody who knows which is right",
)


_STEPS = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500)


@dataclass(frozen=True, slots=True)
class SamplesAt:
    """What k samples of every problem are worth.

    Attributes:
        k: how many samples.
        any_right: pass@k, the chance that at least one of k is right, over all subsets.
        vote: maj@k, the chance that the vote of k is right; None where no answers were kept.
    """

    k: int
    any_right: Estimate
    vote: Estimate | None


@dataclass(frozen=True, slots=True)
class RepeatsAnswer:
    """The samples of one run.

    Attributes:
        run: its label; `n` problems, each with `samples` scored samples.
        left_out: problems with fewer.
        single: accuracy of one sample, problems being the independent units.
        wavering: share of the problems on which some samples are right and some wrong.
        rows: pass@k and maj@k for k = 1, 2, 3, 5 ... and all.
        rule: how votes are counted.
        simulated: whether the outcomes are of a world with a planted truth.
        not_covered: what the intervals leave out.
    """

    run: str
    n: int
    samples: int
    left_out: int
    single: Estimate
    wavering: float
    rows: tuple[SamplesAt, ...]
    rule: str
    simulated: bool
    not_covered: tuple[str, ...] = NOT_COVERED


def value_of_samples(
    run: str,
    right: NDArray[np.float64],
    answers: NDArray[np.int32],
    *,
    rule: VoteRule | None = None,
    confidence: float = 0.95,
    simulated: bool = False,
) -> RepeatsAnswer:
    """What several samples of every problem are worth.

    Args:
        run: its label.
        right: (P, K) 1 or 0 per sample, NaN where it was not scored.
        answers: (P, K) codes, `NO_ANSWER` where there is none.
        rule: how votes are counted; by default plurality with ties to no answer.
        confidence: of every interval.
        simulated: told in the answer.

    Raises:
        InvalidInput: fewer than two samples of every problem, or scores that are not right or wrong.
    """
    known = ~np.isnan(right)
    complete = known.all(axis=1)
    if right.shape[1] < 2 or not complete.any():
        raise InvalidInput(
            f"{run!r} has no problem with several scored samples. Sample each problem more than once (repeats, "
            "epochs), or name a study to let its runs vote."
        )
    marks, codes = right[complete], answers[complete].astype(np.int64)
    if not np.isin(marks, (0, 1)).all():
        raise InvalidInput("samples count as right or wrong; some scores lie between.")
    rule = rule or VoteRule()
    samples = marks.shape[1]
    has_answers = bool((codes != NO_ANSWER).any())
    usable = (marks == 1) & (codes != NO_ANSWER)
    rows = [
        SamplesAt(
            k,
            pass_at_k(samples, marks.sum(axis=1).astype(np.int64), k, confidence=confidence),
            maj_at_k(codes, usable, k, rule, confidence=confidence) if has_answers else None,
        )
        for k in _ladder(samples)
    ]
    share = marks.mean(axis=1)
    return RepeatsAnswer(
        run=run,
        n=len(marks),
        samples=samples,
        left_out=int((~complete).sum()),
        single=mean_over_problems(share, confidence=confidence, what="mean of the samples"),
        wavering=float(((share > 0) & (share < 1)).mean()),
        rows=tuple(rows),
        rule=str(rule),
        simulated=simulated,
    )


def _ladder(samples: int) -> list[int]:
    """1, 2, 3, 5, 10, 20 ... and all of them; odd numbers too, because a vote of an even one can tie.

    >>> _ladder(4), _ladder(12)
    ([1, 2, 3, 4], [1, 2, 3, 5, 10, 12])
    """
    return [k for k in _STEPS if k < samples] + [samples]
