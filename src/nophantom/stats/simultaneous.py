"""Three or more runs: every pair compared, and all intervals right at once.

Of the three pairs of three equal runs, one of the usual 95% intervals leaves out 0 in more than one case
of ten. Here the confidence of each pair is raised until *all* intervals hold together with the
confidence that was asked for, and the p-values are adjusted by the same procedure: Bonferroni's.

Why not a bootstrap of the greatest t, whose intervals are a little shorter (2% for three runs, 3% for
ten)? Its promise holds for many problems only. Bonferroni keeps that of the exact test below it for any
number of problems and however the runs depend on one another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import nextafter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.stats.differences import DifferenceTest
from nophantom.stats.estimates import Estimate
from nophantom.stats.paired import compare_binary, compare_means, count_pairs
from nophantom.stats.proportions import check_confidence
from nophantom.stats.unpaired import SummaryCount, compare_counts


@dataclass(frozen=True, slots=True)
class PairTest:
    """One pair among several, with its simultaneous interval and adjusted p-value.

    Attributes:
        first: position of the first run among those given, from 0.
        second: position of the second.
        estimate: first minus second, in [-1, 1]. Its confidence is that of *all* intervals together.
        p_value: adjusted for the number of pairs; below 1 - confidence exactly when the interval leaves
            out 0. None where the interval is unknown.
        p_alone: the p-value that this pair has by itself, or None.
        test: the name of the test in the words of its field.
    """

    first: int
    second: int
    estimate: Estimate
    p_value: float | None
    p_alone: float | None
    test: str


def simultaneous_confidence(confidence: float, m: int) -> float:
    """The confidence that each of m intervals needs so that all hold together.

    Bonferroni's bound: it holds whatever the intervals are of and however they depend on one another.

    Args:
        confidence: of all intervals together, strictly between 0 and 1.
        m: how many intervals, at least 1.

    Returns:
        The two-sided confidence of each.

    Raises:
        InvalidInput: confidence outside (0, 1) or m below 1.

    Source:
        Dunn (1961), JASA 56.

    >>> round(simultaneous_confidence(0.95, 3), 4)
    0.9833
    """
    if m < 1:
        raise InvalidInput(f"simultaneous intervals need at least one comparison; got {m}.")
    return 1 - (1 - check_confidence(confidence)) / m


def all_pairs(
    scores: NDArray[Any], *, confidence: float = 0.95, against: int | None = None
) -> list[PairTest]:
    """Every pair of three or more runs on the same problems.

    Right and wrong are compared by `paired.compare_binary` (exact McNemar), other scores by
    `paired.compare_means`, each at `simultaneous_confidence`.

    Args:
        scores: (n_runs, n_problems) scores in [0, 1], at least two runs, complete.
        confidence: of all intervals together, strictly between 0 and 1.
        against: compare each run with this one only (a position), which needs fewer comparisons and so
            gives shorter intervals; decide it before looking.

    Returns:
        One test per pair, in the order (0, 1), (0, 2), ... (1, 2), ...; with `against`, each other run
        minus that one.

    Raises:
        InvalidInput: not a table of at least two runs, a score that is none, `against` no position, or
            confidence outside (0, 1).

    Source:
        Dunn (1961), JASA 56.

    >>> runs = np.array([[1] * 60 + [0] * 40, [1] * 50 + [0] * 50, [0] * 40 + [1] * 60])
    >>> [(t.first, t.second, round(t.estimate.point, 2), t.estimate.low > 0) for t in all_pairs(runs)]
    [(0, 1, 0.1, True), (0, 2, 0.0, False), (1, 2, -0.1, False)]
    """
    scores = np.asarray(scores)
    if scores.ndim != 2 or scores.shape[0] < 2:
        raise InvalidInput(
            f"a comparison of several runs needs a table of at least two runs by problems; got shape {scores.shape}."
        )
    is_binary = bool(np.isin(scores, (0, 1)).all())
    pairs = _pairs(len(scores), against)
    each = simultaneous_confidence(confidence, len(pairs))

    def compare(i: int, j: int) -> DifferenceTest:
        if is_binary:
            return compare_binary(count_pairs(scores[i], scores[j]), confidence=each)
        return compare_means(scores[i], scores[j], confidence=each)

    return [_adjusted(i, j, compare(i, j), len(pairs), confidence) for i, j in pairs]


def all_pairs_of_counts(
    counts: Sequence[SummaryCount], *, confidence: float = 0.95, against: int | None = None
) -> list[PairTest]:
    """Every pair of three or more accuracies that are known only as counts.

    Each by `unpaired.compare_counts` at `simultaneous_confidence`.

    Args:
        counts: right and tried, of at least two runs.
        confidence: of all intervals together, strictly between 0 and 1.
        against: compare each with this one only (a position).

    Returns:
        One test per pair, in the order of `all_pairs`.

    Raises:
        InvalidInput: fewer than two counts, `against` no position, or confidence outside (0, 1).

    Source:
        Dunn (1961), JASA 56; Miettinen and Nurminen (1985), Statistics in Medicine 4.

    >>> three = [SummaryCount(379, 500), SummaryCount(365, 500), SummaryCount(384, 500)]
    >>> for t in all_pairs_of_counts(three):
    ...     e = t.estimate
    ...     print(f"{t.first} - {t.second}: {e.point:+.1%} ({e.low:+.1%} to {e.high:+.1%}), p {t.p_value:.2f}")
    0 - 1: +2.8% (-3.8% to +9.4%), p 0.93
    0 - 2: -1.0% (-7.4% to +5.5%), p 1.00
    1 - 2: -3.8% (-10.4% to +2.8%), p 0.50
    """
    if len(counts) < 2:
        raise InvalidInput(f"a comparison of several runs needs at least two counts; got {len(counts)}.")
    pairs = _pairs(len(counts), against)
    each = simultaneous_confidence(confidence, len(pairs))
    return [
        _adjusted(i, j, compare_counts(counts[i], counts[j], confidence=each), len(pairs), confidence)
        for i, j in pairs
    ]


def _pairs(runs: int, against: int | None) -> list[tuple[int, int]]:
    """The pairs to compare, by position."""
    if against is None:
        return list(combinations(range(runs), 2))
    if not 0 <= against < runs:
        raise InvalidInput(
            f"the run to compare with is one of the {runs} given, counted from 0; got {against}."
        )
    return [(other, against) for other in range(runs) if other != against]


def adjusted_of_many(
    estimate: Estimate, p_alone: float | None, m: int, confidence: float, *, what: str = "effects"
) -> tuple[Estimate, float | None]:
    """One of m estimates with its interval and p-value for all of them together (Bonferroni).

    Args:
        estimate: with an interval at `simultaneous_confidence(confidence, m)`.
        p_alone: its p-value by itself, or None.
        m: how many there are.
        confidence: of all intervals together.
        what: they are called, in the name of the method.

    Returns:
        The estimate at the confidence of all, and m times the p-value: below 1 - confidence exactly when the
        interval leaves out 0.

    >>> one = Estimate(0.02, 0.001, 0.039, 1 - 0.05 / 3, 900, "t")
    >>> adjusted_of_many(one, 0.01, 3, 0.95)[1]
    0.03
    """
    method = f"{estimate.method}, simultaneous over {m} {what}" if m > 1 else estimate.method
    p_value = None if p_alone is None else min(1.0, m * p_alone)
    if p_value is not None and estimate.low is not None and estimate.high is not None:
        # m * p < alpha and p < alpha / m are the same but for rounding; interval and p must agree even there.
        alpha = 1 - confidence
        leaves_out_zero = estimate.low > 0 or estimate.high < 0
        p_value = min(p_value, nextafter(alpha, 0)) if leaves_out_zero else max(p_value, alpha)
    return replace(estimate, confidence=confidence, method=method), p_value


def _adjusted(first: int, second: int, alone: DifferenceTest, m: int, confidence: float) -> PairTest:
    """The test of one pair as one of m; its interval is at the raised confidence already."""
    estimate, p_value = adjusted_of_many(alone.estimate, alone.p_value, m, confidence, what="pairs")
    return PairTest(first, second, estimate, p_value, alone.p_value, alone.test)
