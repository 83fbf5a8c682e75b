"""How much seeds differ: mean squares by another road, and intervals that hold the truth."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy import stats as scipy_stats
from statsmodels.stats.contingency_tables import cochrans_q

from nophantom.errors import InvalidInput
from nophantom.stats.estimates import Estimate
from nophantom.stats.seeds import (
    cochran_q,
    complete_scores,
    mean_square_draws,
    reliability,
    seed_sd,
    share_not_noise,
    variance_components,
)

shapes = st.tuples(st.integers(2, 6), st.integers(2, 12))
answers = shapes.flatmap(lambda shape: arrays(np.bool_, shape))


def _layout(rng: np.random.Generator, s: int, p: int, sd_seed: float, sd_rest: float) -> NDArray[np.float64]:
    """Scores with known variances, well inside [0, 1]."""
    seeds, problems = rng.normal(0, sd_seed, (s, 1)), rng.normal(0, 0.03, p)
    return 0.5 + seeds + problems + rng.normal(0, sd_rest, (s, p))


def _ends(estimate: Estimate | None) -> tuple[float, float]:
    assert estimate is not None
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low, estimate.high


def test_mean_squares_are_those_of_nested_regressions() -> None:
    """What a factor explains is what leaving it out of the regression adds to the residuals."""
    scores = np.random.default_rng(1).random((4, 9))
    seed, problem = (
        np.eye(size)[index.ravel()] for size, index in zip((4, 9), np.indices((4, 9)), strict=True)
    )

    def left(*factors: NDArray[np.float64]) -> float:
        """Residual sum of squares of a regression on these dummies."""
        dummies = np.hstack(factors)
        fitted = dummies @ np.linalg.lstsq(dummies, scores.ravel(), rcond=None)[0]
        return float(((scores.ravel() - fitted) ** 2).sum())

    both = left(seed, problem)
    ours = variance_components(scores)

    assert ours.ms_seed == pytest.approx((left(problem) - both) / 3)
    assert ours.ms_problem == pytest.approx((left(seed) - both) / 8)
    assert ours.ms_rest == pytest.approx(both / 24)
    assert ours.mean == pytest.approx(scores.mean())
    assert ours.sd == pytest.approx(scores.mean(axis=1).std(ddof=1))
    assert ours.yardstick == pytest.approx(sqrt(both / 24 / 9))


def test_two_seeds_by_hand() -> None:
    """1 1 0 and 0 1 0: accuracies 2/3 and 1/3; rows differ by 1 on the first problem alone."""
    found = variance_components(np.array([[1, 1, 0], [0, 1, 0]], dtype=bool))

    assert found.ms_seed == pytest.approx(3 * (1 / 3) ** 2 / 2)
    assert found.ms_rest == pytest.approx(1 / 6)
    assert found.var_seed == 0
    assert found.ms_problem == pytest.approx(2 * 0.25)
    assert found.var_problem == pytest.approx((0.5 - 1 / 6) / 2)


def test_the_variance_between_seeds_comes_out_as_it_went_in() -> None:
    rng = np.random.default_rng(2)
    found = [variance_components(_layout(rng, 6, 40, 0.02, 0.06)) for _ in range(600)]

    assert np.mean([one.var_seed for one in found]) == pytest.approx(4e-4, rel=0.12)
    assert np.mean([one.ms_rest for one in found]) == pytest.approx(0.0036, rel=0.02)


def test_equal_seeds_scatter_by_the_yardstick_not_by_the_binomial_error() -> None:
    """On the same problems an easy one is easy for all: less scatter than p (1 - p) / P."""
    rng = np.random.default_rng(3)
    chance = np.where(np.arange(400) < 300, 0.97, 0.13)
    found = variance_components(rng.random((200, 400)) < chance)

    assert found.sd == pytest.approx(found.yardstick, rel=0.12)
    assert (found.yardstick or 1) < 0.6 * sqrt(found.mean * (1 - found.mean) / 400)


@pytest.mark.parametrize(("sd_seed", "least"), [(0.0, 0.965), (0.0095, 0.94), (0.03, 0.94)])
def test_the_intervals_of_reliability_and_spread_hold_the_truth(sd_seed: float, least: float) -> None:
    """At 0 only the lower end can miss: 97.5%. Monte-Carlo error 0.6%."""
    rng = np.random.default_rng(4)
    share = sd_seed**2 / (sd_seed**2 + 0.06**2 / 40)
    covered = []
    for _ in range(1_000):
        found = variance_components(_layout(rng, 5, 40, sd_seed, 0.06))
        (low, high), (sd_low, sd_high) = _ends(reliability(found)), _ends(seed_sd(found))
        covered.append((low <= share <= high, sd_low <= sd_seed <= sd_high))

    assert np.mean(covered, axis=0).min() >= least - 0.015
    assert np.mean(covered, axis=0).max() <= least + 0.03


@given(answers, st.floats(0.5, 0.999))
@example(np.eye(2, dtype=np.bool_), 0.95)
def test_reliability_and_spread_have_0_in_their_interval_together(
    scores: NDArray[np.bool_], confidence: float
) -> None:
    found = variance_components(scores)
    share, spread = reliability(found, confidence=confidence), seed_sd(found, confidence=confidence)

    assert share is not None
    assert spread is not None
    assert 0 <= share.point <= 1
    if spread.low is not None and share.low is not None:
        assert (spread.low > 0) == (share.low > 0)
        assert ((spread.high or 0) > 0) == ((share.high or 0) > 0)


@given(answers)
def test_the_order_of_seeds_and_problems_does_not_matter(scores: NDArray[np.bool_]) -> None:
    rng = np.random.default_rng(scores.size)
    other = rng.permutation(rng.permutation(scores, axis=0), axis=1)
    one, two = variance_components(scores), variance_components(other)

    assert (one.ms_seed, one.ms_rest, one.ms_problem) == pytest.approx(
        (two.ms_seed, two.ms_rest, two.ms_problem)
    )


@given(answers)
def test_the_three_sums_of_squares_add_up(scores: NDArray[np.bool_]) -> None:
    s, p = scores.shape
    found = variance_components(scores)

    assert found.ms_seed is not None
    assert found.ms_problem is not None
    assert found.ms_rest is not None
    total = found.ms_seed * (s - 1) + found.ms_problem * (p - 1) + found.ms_rest * (s - 1) * (p - 1)
    assert total == pytest.approx(scores.var() * scores.size, abs=1e-9)


def test_one_seed_or_one_problem_leaves_the_spread_unknown_not_zero() -> None:
    one_seed, one_problem = variance_components(np.ones((1, 5))), variance_components(np.eye(3)[:, :1])

    assert (one_seed.ms_seed, one_seed.var_seed, one_seed.sd, one_seed.yardstick) == (None,) * 4
    assert (one_problem.ms_rest, one_problem.var_seed) == (None, None)
    assert one_problem.sd == pytest.approx(sqrt(1 / 3))
    assert reliability(one_seed) is reliability(one_problem) is seed_sd(one_seed) is None


@pytest.mark.parametrize("scores", [np.ones((4, 6)), np.zeros((4, 6)), np.tile([0.3, 0.7], (3, 1))])
def test_seeds_without_any_difference_have_an_unknown_reliability(scores: NDArray[np.float64]) -> None:
    found = variance_components(scores)
    share = reliability(found)

    assert (found.ms_seed, found.ms_rest, found.var_seed, found.sd) == (0, 0, 0, 0)
    assert share is not None
    assert (share.point, share.low, share.high) == (0, None, None)
    assert cochran_q(np.round(scores)).p_value == 1


def test_seeds_that_differ_by_the_same_on_every_problem_are_wholly_reliable() -> None:
    found = variance_components(np.tile([[0.2], [0.5], [0.6]], (1, 7)))
    share, spread = reliability(found), seed_sd(found)

    assert share is not None
    assert spread is not None
    assert (share.point, share.low, share.high) == (1, 1, 1)
    assert spread.point == pytest.approx(np.std([0.2, 0.5, 0.6], ddof=1))
    assert spread.low is None


@pytest.mark.parametrize("seeds", [2, 3, 8])
def test_cochrans_q_is_that_of_statsmodels(seeds: int) -> None:
    scores = np.random.default_rng(6).random((seeds, 30)) < np.linspace(0.4, 0.7, seeds)[:, None]
    theirs = cochrans_q(scores.T.astype(int))

    ours = cochran_q(scores)

    assert (ours.statistic, ours.freedom, ours.p_value) == pytest.approx(
        (theirs.statistic, theirs.df, theirs.pvalue)
    )


def test_cochrans_q_of_one_seed_is_no_test_and_of_partial_credit_refused() -> None:
    assert cochran_q(np.ones((1, 4))).p_value is None
    with pytest.raises(InvalidInput, match=r"right \(1\) or wrong \(0\); got 0.5"):
        cochran_q(np.full((2, 2), 0.5))


def test_the_share_that_is_not_noise_has_the_f_interval_by_hand() -> None:
    share = share_not_noise(4.0, 1.0, (9, 900), 10, confidence=0.9)

    f = scipy_stats.f(9, 900)
    assert share.point == 0.75
    assert _ends(share) == pytest.approx((1 - f.ppf(0.95) / 4, 1 - f.ppf(0.05) / 4))


def test_draws_of_mean_squares_have_the_chi_square_limits() -> None:
    found = variance_components(np.random.default_rng(7).random((5, 30)))
    drawn = mean_square_draws(found, rng=np.random.default_rng(8), draws=100_000)

    assert found.ms_seed is not None
    limits = found.ms_seed * 4 / scipy_stats.chi2.ppf([0.95, 0.05], 4)
    assert np.quantile(drawn.seed, [0.05, 0.95]) == pytest.approx(limits, rel=0.02)
    with pytest.raises(InvalidInput, match="at least two seeds"):
        mean_square_draws(variance_components(np.ones((1, 3))), rng=np.random.default_rng(1), draws=10)


@pytest.mark.parametrize(
    ("scores", "sentence"),
    [
        (np.array([[1.0, np.nan, 0.0], [1.0, 0.0, np.nan]]), "2 are missing, on 2 of 3 problems. Drop"),
        (np.array([[0.5, 1.2]]), "got 0.5 to 1.2. Rescale"),
        (np.array([[-0.5, 1.0]]), "Rescale"),
        (np.ones(3), r"\(seeds, problems\).*got shape \(3,\)"),
        (np.ones((0, 3)), "at least one of each"),
        (np.array([["a", "b"]]), "numbers"),
        (np.array([[np.inf, 0.0]]), "1 are missing"),
    ],
)
def test_scores_that_are_none_are_refused_with_what_to_do(scores: NDArray[np.float64], sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        variance_components(scores)


def test_samples_need_three_dimensions() -> None:
    with pytest.raises(InvalidInput, match="samples"):
        complete_scores(np.ones((2, 3)), 3)


def test_a_confidence_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidInput, match="confidence"):
        reliability(variance_components(np.eye(3)), confidence=95)
