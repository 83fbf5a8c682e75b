"""Several attempts at each problem: pass@k, maj@k, and the mean of a score over problems.

Attempts at one problem are alike; problems are the random unit. So each problem gives one number, its
chance with k of its n attempts drawn at random, and the interval is that of a mean over problems.
"""

from __future__ import annotations

from functools import lru_cache
from math import comb, sqrt
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from nophantom.errors import InvalidInput
from nophantom.stats.estimates import Estimate
from nophantom.stats.proportions import check_confidence, clopper_pearson
from nophantom.stats.votes import Tie, VoteRule

# Above, a number of subsets is beyond what a float can hold.
_MOST_ATTEMPTS = 1000

# Chances are ratios of whole numbers: two that differ by less than this differ by rounding alone.
_SAME = 1e-9


def pass_at_k_chances(attempts: ArrayLike, right: ArrayLike, k: int) -> NDArray[np.float64]:
    """The chance, for each problem, that at least one of k attempts is right.

    Unbiased: with c of n attempts right it is 1 - C(n - c, k) / C(n, k), the share of the subsets of k
    attempts that hold a right one. (1 - (1 - c / n)^k is too low.)

    Args:
        attempts: (P,) how many attempts n each problem has, at least k; or one number for all.
        right: (P,) how many of them are right.
        k: how many attempts may be made.

    Returns:
        (P,) chances in [0, 1].

    Raises:
        InvalidInput: counts that cannot be, no problems, k below 1, or fewer than k attempts.

    Source:
        Chen et al. (2021), Evaluating Large Language Models Trained on Code, arXiv:2107.03374.

    >>> pass_at_k_chances(4, [0, 1, 2, 4], 2).tolist()
    [0.0, 0.5, 0.8333333333333334, 1.0]
    """
    n, c = _checked_attempts(attempts, right, k)
    steps = np.arange(k)  # C(n - c, k) / C(n, k) as a product: no number of subsets is ever formed
    missed = np.prod(np.maximum(n - c - steps[:, None], 0) / (n - steps[:, None]), axis=0)
    return np.asarray(1 - missed, dtype=np.float64)


def pass_at_k(attempts: ArrayLike, right: ArrayLike, k: int, *, confidence: float = 0.95) -> Estimate:
    """Mean over problems of the chance that at least one of k attempts is right.

    Args:
        attempts: (P,) how many attempts n each problem has, at least k; or one number for all.
        right: (P,) how many of them are right.
        k: how many attempts may be made.
        confidence: two-sided coverage, strictly between 0 and 1.

    Returns:
        The share in [0, 1]; its interval covers the choice of problems and of attempts, with problems
        as the independent units (`mean_over_problems`).

    Raises:
        InvalidInput: as `pass_at_k_chances`, or confidence outside (0, 1).

    >>> seen = pass_at_k(4, [0, 1, 2, 4, 4, 3, 2, 0], 2)
    >>> round(seen.point, 4), seen.n
    (0.6458, 8)
    """
    chances = pass_at_k_chances(attempts, right, k)
    return mean_over_problems(chances, confidence=confidence, what=f"pass@{k} of all subsets")


def maj_at_k_chances(
    answers: NDArray[Any], right: NDArray[Any], k: int, rule: VoteRule | None = None
) -> NDArray[np.float64]:
    """The chance, for each problem, that the vote of k of its n attempts is right.

    Exact over all subsets of k attempts, by counting: the number of ways to draw j right ones while no
    other answer is drawn as often. Attempts have no order of preference, so "the better member" that
    decides a tie is whichever came first: equal chances for the answers that tie.

    Args:
        answers: (P, n) codes of the attempts' answers; -1 is an abstention.
        right: (P, n) True or 1 where the attempt is right.
        k: how many attempts vote, 1 to n.
        rule: by default plurality with ties to no answer.

    Returns:
        (P,) chances in [0, 1].

    Raises:
        InvalidInput: tables that do not fit, an answer both right and wrong, k outside 1 to n, or more
            than 1,000 attempts.

    Source:
        The estimand of Wang et al. (2023), Self-Consistency, arXiv:2203.11171; averaged over subsets as
        pass@k is by Chen et al. (2021).

    >>> maj_at_k_chances(np.array([[5, 5, 6]]), np.array([[1, 1, 0]]), 3).tolist()
    [1.0]
    """
    answers, right = _checked_tables(answers, right, k)
    rule = rule or VoteRule()
    return np.array([_maj_at_k(*_tally(a, r), k, rule) for a, r in zip(answers, right, strict=True)])


def maj_at_k(
    answers: NDArray[Any],
    right: NDArray[Any],
    k: int,
    rule: VoteRule | None = None,
    *,
    confidence: float = 0.95,
) -> Estimate:
    """Mean over problems of the chance that the vote of k attempts is right.

    Args:
        answers: (P, n) codes of the attempts' answers; -1 is an abstention.
        right: (P, n) True or 1 where the attempt is right.
        k: how many attempts vote, 1 to n.
        rule: by default plurality with ties to no answer; its words are part of the method.
        confidence: two-sided coverage, strictly between 0 and 1.

    Returns:
        The share in [0, 1], with problems as the independent units (`mean_over_problems`).

    Raises:
        InvalidInput: as `maj_at_k_chances`, or confidence outside (0, 1).
    """
    rule = rule or VoteRule()
    chances = maj_at_k_chances(answers, right, k, rule)
    return mean_over_problems(chances, confidence=confidence, what=f"maj@{k} of all subsets, {rule}")


def mean_over_problems(
    values: NDArray[Any], *, confidence: float = 0.95, what: str = "mean over problems"
) -> Estimate:
    """The mean of a score in [0, 1] over problems, each one independent unit.

    The interval is Wilson's, with the number of problems that would make a share as uncertain as this
    mean is (values between 0 and 1 scatter less than right and wrong do, so this number is larger), and
    Student's quantile for the normal one. It stays inside [0, 1], and for right and wrong it is Wilson's
    but for that quantile.

    Where all values are equal the scatter says nothing: then the share of problems with another value
    is at most u with confidence (the upper Clopper-Pearson limit of 0 of n), and the interval reaches
    from (1 - u) * value to that plus u.

    Args:
        values: (P,) one number in [0, 1] for each problem.
        confidence: two-sided coverage, strictly between 0 and 1.
        what: the name of the values, which begins the method.

    Returns:
        The mean; the interval is None for a single problem.

    Raises:
        InvalidInput: no list of numbers in [0, 1], no problems, or confidence outside (0, 1).

    Source:
        Wilson (1927), JASA 22; with an effective number: Korn and Graubard (1998), Survey Methodology
        24, and Franco et al. (2019), Journal of Survey Statistics and Methodology 7.

    >>> seen = mean_over_problems(np.array([1.0, 0.5, 0.75, 0.0, 1.0, 0.25]))
    >>> f"{seen.point:.2f} ({seen.low:.2f} to {seen.high:.2f})"
    '0.58 (0.24 to 0.86)'
    """
    check_confidence(confidence)
    values = np.asarray(values)
    if values.ndim != 1 or len(values) == 0 or values.dtype.kind not in "biuf":
        raise InvalidInput(
            f"a mean over problems needs one number for each problem; got {values.dtype} of shape "
            f"{values.shape}."
        )
    if not ((values >= 0) & (values <= 1)).all():
        raise InvalidInput(f"scores lie in [0, 1]; got {values.min()} to {values.max()}. Rescale them first.")
    n, mean = len(values), float(values.mean(dtype=np.float64))
    if n == 1:
        return Estimate(mean, None, None, confidence, n, what)
    variance = float(values.var(dtype=np.float64))
    if np.ptp(values) < _SAME:
        unseen = clopper_pearson(0, n, confidence=confidence).high or 1.0
        low, high = (1 - unseen) * mean, (1 - unseen) * mean + unseen
        return Estimate(mean, low, high, confidence, n, f"{what}; bound on problems that differ")
    quantile = -float(special.stdtrit(n - 1, (1 - confidence) / 2))
    low, high = score_limits(mean, n * mean * (1 - mean) / variance, quantile, quantile)
    return Estimate(mean, low, high, confidence, n, f"{what}; Wilson interval of the effective number")


def score_limits(share: float, n: float, down: float, up: float) -> tuple[float, float]:
    """Wilson's limits of a share for any n above 0, so many standard errors down and up.

    >>> low, high = score_limits(379 / 500, 500, 1.96, 1.96)
    >>> round(low, 3), round(high, 3)
    (0.719, 0.793)
    """
    middle, reach = _score_parts(share, n, down)
    low = max(0.0, middle - reach) if share > 0 else 0.0
    middle, reach = _score_parts(share, n, up)
    high = min(1.0, middle + reach) if share < 1 else 1.0
    return min(low, share), max(high, share)


def _score_parts(share: float, n: float, z: float) -> tuple[float, float]:
    """Middle and half the width of Wilson's interval."""
    scale = 1 + z * z / n
    reach = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / scale
    return (share + z * z / (2 * n)) / scale, reach


def _tally(answers: NDArray[Any], right: NDArray[Any]) -> tuple[tuple[int, ...], tuple[int, ...], int]:
    """How often each right and each wrong answer came, sorted, and how many attempts abstained."""
    given = answers >= 0
    codes, counts = np.unique(answers[given], return_counts=True)
    is_right = np.isin(codes, answers[given & right])
    if np.isin(codes[is_right], answers[given & ~right]).any():
        odd = np.intersect1d(codes[is_right], answers[given & ~right])[0]
        raise InvalidInput(
            f"one answer to one problem is either right or wrong; got code {odd} as both. "
            "Check that answers are normalised as the grader does it."
        )
    sizes, wrong = counts[is_right], counts[~is_right]
    return tuple(sorted(sizes.tolist())), tuple(sorted(wrong.tolist())), int((~given).sum())


@lru_cache(maxsize=16_384)
def _maj_at_k(
    right: tuple[int, ...], wrong: tuple[int, ...], abstained: int, k: int, rule: VoteRule
) -> float:
    """The chance that a vote of k elects a right answer; problems of like tallies share one count."""
    total = comb(sum(right) + sum(wrong) + abstained, k)
    ways = 0.0
    for which, mine in enumerate(right):
        others = (*right[:which], *right[which + 1 :], *wrong)
        ways += _ways_to_win(mine, others, abstained, k, rule)
    return min(1.0, ways / total)


def _ways_to_win(mine: int, others: tuple[int, ...], abstained: int, k: int, rule: VoteRule) -> float:
    """Subsets of k attempts in which an answer given `mine` times wins, a tie among m counted as 1/m.

    For each number j of its votes, a polynomial in x whose power counts the attempts drawn from the
    others, each at most j times. Drawing another j times is a tie, weighted by u; the integral of u^m
    over [0, 1] is 1 / (1 + m), exact with enough Gauss-Legendre nodes. Without ties u is 0.
    """
    j = np.arange(rule.needed(k), min(mine, k) + 1)  # (J,)
    if len(j) == 0:
        return 0.0
    if rule.ties is Tie.NO_ANSWER:
        u, weights = np.zeros(1), np.ones(1)
    else:
        nodes, gauss = np.polynomial.legendre.leggauss(min(len(others), k) // 2 + 1)
        u, weights = (nodes + 1) / 2, gauss / 2
    drawn = np.zeros((len(j), len(u), k + 1))  # coefficients of x^0 .. x^k
    drawn[:, :, : abstained + 1] = [float(comb(abstained, t)) for t in range(min(abstained, k) + 1)]
    for other in others:
        more = drawn.copy()
        for t in range(1, min(other, k) + 1):
            factor = np.where(t < j[:, None], 1.0, np.where(t == j[:, None], u, 0.0))  # (J, U)
            more[:, :, t:] += float(comb(other, t)) * factor[:, :, None] * drawn[:, :, : k + 1 - t]
        drawn = more
    rest = np.take_along_axis(drawn, (k - j)[:, None, None], axis=2)[:, :, 0] @ weights  # (J,)
    return float(sum(comb(mine, int(votes)) * ways for votes, ways in zip(j, rest, strict=True)))


def _checked_attempts(
    attempts: ArrayLike, right: ArrayLike, k: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Attempts and right ones of each problem, if they can be."""
    c, n = np.asarray(right), np.asarray(attempts)
    whole = c.dtype.kind in "iu" and n.dtype.kind in "iu"
    if c.ndim != 1 or len(c) == 0 or n.shape not in ((), c.shape) or not whole:
        raise InvalidInput(
            "pass@k needs whole numbers: for each problem how many attempts are right, and of how many; "
            f"got shapes {c.shape} and {n.shape}."
        )
    n = np.broadcast_to(n, c.shape)
    if k < 1 or n.min() < k:
        raise InvalidInput(
            f"pass@k needs at least k >= 1 attempts at each problem; got {n.min()} for k = {k}."
        )
    if c.min() < 0 or (c > n).any():
        raise InvalidInput(
            f"right attempts lie between 0 and all attempts; got {c[(c < 0) | (c > n)][0]} of "
            f"{n[(c < 0) | (c > n)][0]}."
        )
    return n.astype(np.int64), c.astype(np.int64)


def _checked_tables(
    answers: NDArray[Any], right: NDArray[Any], k: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Answers and marks of each attempt, if they can be."""
    answers, right = np.asarray(answers), np.asarray(right)
    if answers.ndim != 2 or 0 in answers.shape or answers.shape != right.shape:
        raise InvalidInput(
            "maj@k needs two tables of problems by attempts, answers and their marks; got shapes "
            f"{answers.shape} and {right.shape}."
        )
    if answers.dtype.kind not in "iu" or answers.min() < -1 or not np.isin(right, (0, 1)).all():
        raise InvalidInput(
            "an answer is a whole number from 0, or -1 for none, and its mark is right (1) or wrong (0); "
            f"got {answers.dtype} from {np.sort(answers.ravel())[0]} with marks of {right.dtype}."
        )
    n = answers.shape[1]
    if not 1 <= k <= n <= _MOST_ATTEMPTS:
        raise InvalidInput(f"k lies between 1 and the attempts, at most {_MOST_ATTEMPTS:,}; got {k} of {n}.")
    return answers.astype(np.int64), np.asarray(right == 1)
