"""The bootstrap: the distribution of an independent, slower resampler, without making the resamples."""

from __future__ import annotations

from functools import partial
from math import inf, nan
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats as scipy_stats

from nophantom.errors import InvalidInput
from nophantom.stats.estimates import Estimate
from nophantom.stats.resampling import (
    BootstrapMethod,
    bootstrap_clustered,
    bootstrap_crossed,
    bootstrap_crossed_difference,
    bootstrap_mean,
    bootstrap_paired,
)

METHODS = list(BootstrapMethod)
SCIPY: dict[BootstrapMethod, Literal["percentile", "basic", "BCa"]] = {
    BootstrapMethod.PERCENTILE: "percentile",
    BootstrapMethod.BASIC: "basic",
    BootstrapMethod.BCA: "BCa",
}
PERCENTILE = BootstrapMethod.PERCENTILE

# Few distinct values, many of them; skewed, all different; and some between.
SAMPLES: dict[str, NDArray[np.float64]] = {
    "gains and losses": np.repeat([1.0, 0.0, -1.0], [40, 140, 20]),
    "rare gains": np.repeat([1.0, 0.0], [6, 194]),
    "all different": np.random.default_rng(3).exponential(size=80),
    "means of four samples": np.random.default_rng(4).integers(0, 5, 60) / 4,
}


def _ends(estimate: Estimate) -> tuple[float, float]:
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low, estimate.high


def _rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", SAMPLES)
def test_the_interval_is_that_of_scipy(name: str, method: BootstrapMethod) -> None:
    """Two roads: resamples made one by one. Their ends differ by Monte-Carlo error alone."""
    values = SAMPLES[name]
    theirs = scipy_stats.bootstrap(
        (values,), np.mean, method=SCIPY[method], n_resamples=20_000, rng=_rng(2), batch=500
    ).confidence_interval

    ours = bootstrap_mean(values, rng=_rng(), draws=20_000, method=method)

    # An end of 20,000 draws has a standard error of 0.02 standard deviations of the mean; and half a step
    # where the values are whole numbers and the quantile may fall on either side of one.
    error = values.std() / np.sqrt(len(values))
    step = 1 / len(values) if "gains" in name else 0
    assert _ends(ours) == pytest.approx((theirs.low, theirs.high), abs=0.12 * error + step)
    assert (ours.point, ours.n) == (values.mean(), len(values))


@pytest.mark.parametrize("right", [3, 40, 379])
def test_of_right_and_wrong_the_draws_are_binomial(right: int) -> None:
    """The bootstrap of a share is known exactly: Binomial(n, share) / n."""
    values = np.repeat([1, 0], [right, 500 - right])
    ends = [float(scipy_stats.binom.ppf(tail, 500, right / 500)) / 500 for tail in (0.025, 0.975)]

    ours = bootstrap_mean(values, rng=_rng(), draws=20_000, method=PERCENTILE)

    assert _ends(ours) == pytest.approx(tuple(ends), abs=1 / 500)


def test_bca_by_hand() -> None:
    """Bias from the share of draws below the point, skewness from the jackknife, both written out."""
    values = np.array([0.0, 0.03, 0.11, 0.12, 0.21, 0.9])
    drawn = values[_rng(9).integers(0, 6, (200_000, 6))].mean(axis=1)
    below = (drawn < values.mean() - 1e-9).mean() / 2 + (drawn < values.mean() + 1e-9).mean() / 2
    z0 = scipy_stats.norm.ppf(below)
    without = np.array([np.delete(values, i).mean() for i in range(6)])
    away = without.mean() - without
    a = (away**3).sum() / 6 / (away**2).sum() ** 1.5
    shifted = z0 + scipy_stats.norm.ppf([0.05, 0.95])
    ends = np.quantile(drawn, scipy_stats.norm.cdf(z0 + shifted / (1 - a * shifted)))

    ours = bootstrap_mean(values, rng=_rng(), draws=200_000, confidence=0.9)

    assert _ends(ours) == pytest.approx(tuple(ends), abs=0.005)


def test_pairs_are_drawn_whole() -> None:
    first, second = SAMPLES["all different"], SAMPLES["all different"] - 0.25
    first = first + _rng(5).normal(0, 0.01, 80)

    paired = bootstrap_paired(first, second, rng=_rng())

    low, high = _ends(paired)
    assert low < 0.25 < high
    assert high - low < 0.01
    assert paired == bootstrap_mean(first - second, rng=_rng()).__class__(
        paired.point, low, high, 0.95, 80, "paired BCa bootstrap"
    )


def test_clusters_are_drawn_whole() -> None:
    """Four equal samples of each problem say no more than one."""
    values = SAMPLES["gains and losses"]

    lone = bootstrap_mean(values, rng=_rng(), method=PERCENTILE)
    fourfold = bootstrap_clustered(
        np.repeat(values, 4), np.repeat(np.arange(200), 4), rng=_rng(), method=PERCENTILE
    )

    assert (*_ends(lone), lone.point, lone.n) == (*_ends(fourfold), fourfold.point, fourfold.n)


@pytest.mark.parametrize("method", METHODS)
def test_clusters_of_different_sizes_agree_with_scipy(method: BootstrapMethod) -> None:
    """A ratio of sums, resampled by scipy as pairs of sum and size."""
    sizes = np.tile([1, 2, 3, 6], 15)
    clusters = np.array([f"problem {i}" for i in np.repeat(np.arange(60), sizes)])
    values = _rng(6).random(len(clusters)) + np.repeat(_rng(7).random(60), sizes)
    sums = np.array([values[clusters == f"problem {i}"].sum() for i in range(60)])

    def ratio(s: NDArray[Any], n: NDArray[Any], axis: int = -1) -> NDArray[Any]:
        return np.asarray(s.sum(axis=axis) / n.sum(axis=axis))

    theirs = scipy_stats.bootstrap(
        (sums, sizes), ratio, paired=True, method=SCIPY[method], n_resamples=20_000, rng=_rng(2)
    ).confidence_interval
    ours = bootstrap_clustered(values, clusters, rng=_rng(), draws=20_000, method=method)

    width = theirs.high - theirs.low
    assert _ends(ours) == pytest.approx((theirs.low, theirs.high), abs=0.03 * width)
    assert ours.point == pytest.approx(values.mean())
    assert ours.n == 60


def _crossed_one_by_one(arms: list[NDArray[np.float64]], draws: int) -> NDArray[np.float64]:
    """Resamples made by looking up every drawn seed on every drawn problem."""
    rng, drawn = _rng(11), np.zeros(draws)
    for draw in range(draws):
        problems = rng.integers(0, arms[0].shape[1], arms[0].shape[1])
        for sign, arm in zip((1, -1), arms, strict=False):
            drawn[draw] += sign * arm[rng.integers(0, len(arm), len(arm))][:, problems].mean()
    return drawn


def _fleet(seeds: int, seed: int) -> NDArray[np.float64]:
    difficulty, ability = _rng(20).normal(size=60), _rng(seed).normal(size=(seeds, 1))
    return (_rng(seed + 1).normal(size=(seeds, 60)) < 0.7 + difficulty + ability / 2).astype(np.float64)


@pytest.mark.parametrize("method", [BootstrapMethod.PERCENTILE, BootstrapMethod.BASIC])
def test_crossed_draws_are_those_made_one_by_one(method: BootstrapMethod) -> None:
    arms = [_fleet(6, 30), _fleet(4, 40)]
    for some in ([arms[0]], arms):
        drawn = _crossed_one_by_one(some, 4_000)
        ours = (
            bootstrap_crossed(arms[0], rng=_rng(), draws=20_000, method=method)
            if len(some) == 1
            else bootstrap_crossed_difference(*arms, rng=_rng(), draws=20_000, method=method)
        )
        low, high = np.quantile(drawn, [0.025, 0.975])
        if method is BootstrapMethod.BASIC:
            low, high = 2 * ours.point - high, 2 * ours.point - low
        # 4,000 draws: an end has a standard error of 0.04 standard deviations.
        assert _ends(ours) == pytest.approx((low, high), abs=0.18 * drawn.std())
        assert ours.point == pytest.approx(arms[0].mean() - (arms[1].mean() if len(some) == 2 else 0))


def test_a_crossed_bootstrap_has_the_variance_that_theory_gives() -> None:
    """Of an additive table: var(seeds) / S + var(problems) / P, each with the divisor n."""
    seeds, problems = _rng(1).normal(size=(8, 1)), _rng(2).normal(size=(1, 50))
    low, high = _ends(bootstrap_crossed(seeds + problems, rng=_rng(), draws=20_000))

    sd = np.sqrt(seeds.var() / 8 + problems.var() / 50)
    assert (high - low) / (2 * 1.96) == pytest.approx(sd, rel=0.06)


def test_arms_paired_by_seed_share_their_draws() -> None:
    arm = _fleet(6, 30)

    paired = bootstrap_crossed_difference(arm + 0.1, arm, rng=_rng(), paired=True)
    apart = bootstrap_crossed_difference(arm + 0.1, arm, rng=_rng())

    assert paired.point == pytest.approx(0.1)
    assert paired.n == 6
    assert (paired.low, paired.high) == (None, None)  # every seed gains as much on every problem
    assert (apart.n, _ends(apart)[0] < 0.1 < _ends(apart)[1]) == (12, True)


@pytest.mark.parametrize(
    "seen",
    [
        bootstrap_mean(np.array([0.5]), rng=_rng()),
        bootstrap_mean(np.full(40, 1 / 3), rng=_rng()),
        bootstrap_mean(np.ones(40, dtype=bool), rng=_rng()),
        bootstrap_paired(np.arange(9.0), np.arange(9.0), rng=_rng()),
        bootstrap_clustered(np.array([0.0, 1.0]), np.array([7, 7]), rng=_rng()),
        bootstrap_crossed(np.array([[1, 0, 1]]), rng=_rng()),
        bootstrap_crossed(np.array([[1], [0]]), rng=_rng()),
        bootstrap_crossed(np.full((3, 4), 1 / 3), rng=_rng()),
        bootstrap_crossed_difference(np.eye(3), np.eye(3)[:1], rng=_rng()),
    ],
)
def test_what_shows_no_spread_has_an_unknown_interval_not_a_zero_width_one(seen: Estimate) -> None:
    assert (seen.low, seen.high) == (None, None)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", ["gains and losses", "all different"])
def test_equal_generators_agree_and_different_ones_differ(name: str, method: BootstrapMethod) -> None:
    draw = partial(bootstrap_mean, SAMPLES[name], draws=1_000, method=method)

    assert draw(rng=_rng(1)) == draw(rng=_rng(1))
    assert draw(rng=_rng(1)) != draw(rng=_rng(2))


@given(st.lists(st.sampled_from([-1.0, 0.0, 0.25, 1.0]), min_size=2, max_size=100), st.integers(0, 9))
@settings(max_examples=40)
def test_an_interval_stays_among_the_values_and_moves_with_them(values: list[float], seed: int) -> None:
    here = np.array(values)
    if np.ptp(here) == 0:
        return
    ours = bootstrap_mean(here, rng=_rng(seed), draws=400, method=PERCENTILE)
    moved = bootstrap_mean(2 * here + 1, rng=_rng(seed), draws=400, method=PERCENTILE)

    low, high = _ends(ours)
    assert here.min() - 1e-9 <= low <= high <= here.max() + 1e-9
    assert _ends(moved) == pytest.approx((2 * low + 1, 2 * high + 1))


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    rng, covered = _rng(12), 0
    for _ in range(400):
        low, high = _ends(bootstrap_mean(rng.random(150) < 0.7, rng=rng, draws=1_000, confidence=0.9))
        covered += low <= 0.7 <= high

    assert covered / 400 == pytest.approx(0.9, abs=0.05)  # three standard errors of 400 are 0.045


# -- bad input --------------------------------------------------------------------------------


@pytest.mark.parametrize("values", [np.array([]), np.eye(2), np.array([1.0, nan]), np.array(["right"])])
def test_values_that_cannot_be_resampled_are_refused(values: NDArray[Any]) -> None:
    with pytest.raises(InvalidInput, match=r"needs (one list|finite numbers)"):
        bootstrap_mean(values, rng=_rng())


@pytest.mark.parametrize("scores", [np.ones(3), np.ones((0, 3)), np.array([[1.0, inf]])])
def test_tables_that_cannot_be_resampled_are_refused(scores: NDArray[Any]) -> None:
    with pytest.raises(InvalidInput, match=r"needs (a table|finite numbers)"):
        bootstrap_crossed(scores, rng=_rng())


def test_sides_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InvalidInput, match="same problems on both sides; got 3 and 2"):
        bootstrap_paired(np.ones(3), np.ones(2), rng=_rng())
    with pytest.raises(InvalidInput, match="same problems on both sides; got 3 and 2"):
        bootstrap_crossed_difference(np.ones((2, 3)), np.ones((2, 2)), rng=_rng())
    with pytest.raises(InvalidInput, match="as many seeds each; got 2 and 3"):
        bootstrap_crossed_difference(np.ones((2, 3)), np.ones((3, 3)), rng=_rng(), paired=True)
    with pytest.raises(InvalidInput, match="the cluster of each value"):
        bootstrap_clustered(np.ones(3), np.ones(2), rng=_rng())


def test_too_few_draws_and_impossible_methods_are_refused() -> None:
    with pytest.raises(InvalidInput, match="at least 40 draws"):
        bootstrap_mean(np.arange(5.0), rng=_rng(), draws=39)
    with pytest.raises(InvalidInput, match="strictly between 0 and 1"):
        bootstrap_mean(np.arange(5.0), rng=_rng(), confidence=95)
    with pytest.raises(InvalidInput, match="BCa intervals are not defined"):
        bootstrap_crossed(np.eye(3), rng=_rng(), method=BootstrapMethod.BCA)
