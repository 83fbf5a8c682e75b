"""Rank correlations inside arms: scipy's with one arm, the worth of a permutation, and all judged together."""

from __future__ import annotations

from itertools import permutations
from math import asin, pi

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats as scipy_stats

from nophantom.errors import InvalidInput
from nophantom.stats.evidence import holm
from nophantom.stats.rank_correlations import RankCorrelations, rank_correlations, runs_to_see

RNG = np.random.default_rng
Numbers = NDArray[np.float64]


def found_in(
    measured: Numbers, score: Numbers, arms: list[int] | None = None, **said: object
) -> RankCorrelations:
    given_ = {"rng": RNG(0), "draws": 1_000} | said
    return rank_correlations(measured, score, arms or [0] * len(score), **given_)  # type: ignore[arg-type]


def test_with_one_arm_it_is_spearmans_correlation_of_scipy_ties_included() -> None:
    rng = RNG(1)
    x, y = rng.integers(0, 6, (20, 4)).astype(float), rng.random(20)
    ours = found_in(x, y)
    for column, one in zip(x.T, ours.each, strict=True):
        assert one.estimate is not None
        assert one.estimate.point == pytest.approx(scipy_stats.spearmanr(column, y).statistic)
    assert (ours.n, ours.tested) == (20, 4)


def test_the_exact_p_of_one_measurement_is_that_of_scipys_permutation_test() -> None:
    rng = RNG(2)
    x, y = rng.random(6), rng.random(6)
    ranks = scipy_stats.rankdata(y)

    def correlation(values: Numbers, axis: int = -1) -> Numbers:
        return np.asarray(np.vecdot(scipy_stats.rankdata(values, axis=axis) - 3.5, ranks))

    theirs = scipy_stats.permutation_test(
        [x], correlation, permutation_type="pairings", n_resamples=10_000, vectorized=True
    )
    ours = found_in(x[:, None], y)
    assert (ours.exact, ours.arrangements) == (True, 720)
    (one,) = ours.each
    assert one.p_value == one.p_alone
    # scipy doubles the smaller tail; without ties both tails are alike.
    assert one.p_value == pytest.approx(theirs.pvalue, abs=1e-9)


def test_p_of_several_is_that_of_the_greatest_of_them_by_hand() -> None:
    rng = RNG(3)
    x, y = rng.random((5, 3)), rng.random(5)
    ranks, of_y = scipy_stats.rankdata(x, axis=0) - 3, scipy_stats.rankdata(y) - 3
    table = np.array([np.abs(of_y[list(order)] @ ranks) / 10 for order in permutations(range(5))])
    for place, one in enumerate(found_in(x, y).each):
        seen = table[0, place]
        assert one.p_alone == pytest.approx((table[:, place] >= seen - 1e-9).mean())
        assert one.p_value == pytest.approx((table.max(axis=1) >= seen - 1e-9).mean())


def test_drawn_permutations_agree_with_all_of_them() -> None:
    x, y = RNG(4).random((7, 2)), RNG(5).random(7)
    every, some = found_in(x, y, draws=6_000), found_in(x, y, draws=5_000)
    assert (every.exact, some.exact) == (True, False)
    for a, b in zip(every.each, some.each, strict=True):
        assert a.p_value is not None
        assert b.p_value == pytest.approx(a.p_value, abs=0.03)


def test_of_drawn_permutations_the_seen_order_counts_as_one() -> None:
    up = np.arange(20.0)
    (one,) = found_in(up[:, None], up).each
    assert (one.p_value, one.p_alone) == (1 / 1_001, 1 / 1_001)


def test_it_is_never_above_bonferroni_and_near_holm_where_measurements_are_independent() -> None:
    rng = RNG(6)
    y = rng.random(20)
    x = rng.random((20, 8))
    x[:, 0] += 1.5 * y
    ours = found_in(x, y, draws=20_000)
    alone = [one.p_alone for one in ours.each if one.p_alone is not None]
    together = [one.p_value for one in ours.each if one.p_value is not None]
    assert all(p <= 8 * q + 0.01 for p, q in zip(together, alone, strict=True))
    strongest = int(np.argmin(alone))
    assert together[strongest] == pytest.approx(float(holm(alone)[strongest]), rel=0.5, abs=0.003)


def test_a_difference_between_arms_is_no_correlation() -> None:
    """Ranked over all, x and y go together only because the second arm has more of both."""
    rng = RNG(7)
    arms = [0] * 15 + [1] * 15
    shift = np.repeat([0.0, 10.0], 15)
    x, y = rng.random(30) + shift, rng.random(30) + shift
    inside = found_in(x[:, None], y, arms).each[0]
    assert scipy_stats.spearmanr(x, y).pvalue < 1e-4
    assert inside.p_value is not None
    assert inside.p_value > 0.05
    parts = [scipy_stats.spearmanr(x[rows], y[rows]).statistic for rows in (slice(15), slice(15, 30))]
    assert inside.estimate is not None
    assert inside.estimate.point == pytest.approx(np.mean(parts))


def test_runs_of_one_seed_move_together_where_they_share_their_randomness() -> None:
    """Four arms that repeat the same five seeds are five pieces of evidence, not twenty."""
    rng = RNG(8)
    x, y = np.tile(rng.random(5), 4), np.tile(rng.random(5), 4)
    arms, seeds = np.repeat(range(4), 5).tolist(), list(range(5)) * 4
    alone = found_in(x[:5, None], y[:5]).each[0]
    shared = found_in(x[:, None], y, arms, seeds=seeds)
    assert shared.n == 5
    assert shared.each[0].p_value == alone.p_value
    assert shared.each[0].estimate is not None
    assert alone.estimate is not None
    assert shared.each[0].estimate.low == pytest.approx(alone.estimate.low)
    # The same where not all permutations are looked at: two arms of nine that repeat each other.
    x9, y9 = rng.random(9), rng.random(9)
    drawn = found_in(np.tile(x9, 2)[:, None], np.tile(y9, 2), [0] * 9 + [1] * 9, seeds=[*range(9)] * 2)
    assert drawn.each[0].p_value == pytest.approx(found_in(x9[:, None], y9).each[0].p_value, abs=0.06)
    # Seeds that some arm lacks are left out; in another order they are found again.
    turned = [*range(15), 19, 18, 17, 16, 15]
    again = found_in(
        x[turned][:, None], y[turned], [arms[i] for i in turned], seeds=[seeds[i] for i in turned]
    )
    assert again.each[0].p_value == alone.p_value
    assert found_in(x[:19, None], y[:19], arms[:19], seeds=seeds[:19]).n == 4


@settings(max_examples=40)
@given(st.integers(3, 9), st.integers(1, 4), st.floats(0.5, 0.99), st.integers(0, 2**32 - 1))
@example(5, 4, 0.625, 5)  # seen between two that are the greatest of an arrangement
def test_the_interval_leaves_out_0_exactly_when_p_is_below_alpha(
    n: int, m: int, confidence: float, seed: int
) -> None:
    rng = RNG(seed)
    y = rng.integers(0, 8, n).astype(float)
    x = rng.integers(0, 8, (n, m)) + (seed % 3) * y[:, None]
    for one in found_in(x, y, confidence=confidence).each:
        if one.estimate is None:
            assert one.p_value is None
            continue
        e = one.estimate
        assert e.low is not None
        assert e.high is not None
        assert one.p_value is not None
        assert one.p_alone is not None
        assert one.p_alone <= one.p_value
        assert -1 <= e.low <= e.point <= e.high <= 1
        assert (one.p_value < 1 - confidence) == (e.low > 0 or e.high < 0)


def test_a_perfect_order_of_few_runs_does_not_make_the_interval_a_point() -> None:
    up = np.arange(8.0)
    one = found_in(up[:, None], up**3).each[0]
    assert one.estimate is not None
    assert one.estimate.high == 1
    assert one.estimate.low is not None
    assert 0.5 < one.estimate.low < 0.99


def test_rising_functions_change_nothing_and_a_mirror_turns_the_sign() -> None:
    rng = RNG(9)
    x, y = rng.random((12, 2)), rng.random(12)
    plain = found_in(x, y)
    assert found_in(np.exp(5 * x), y**3) == plain
    for a, b in zip(plain.each, found_in(-x, y).each, strict=True):
        assert a.estimate is not None
        assert b.estimate is not None
        assert b.estimate.point == pytest.approx(-a.estimate.point)
        assert b.estimate.low == pytest.approx(-(a.estimate.high or 0))
        assert a.p_value == b.p_value


def test_where_nothing_predicts_a_family_of_probes_seldom_says_so() -> None:
    """80 worlds of 8 probes that hang together, two arms of 8: at most 15% (5% and four Monte-Carlo errors)."""
    rng, false = RNG(10), 0
    for _ in range(80):
        x = rng.standard_normal((16, 1)) + rng.standard_normal((16, 8))
        found = found_in(x, rng.standard_normal(16), [0] * 8 + [1] * 8, rng=rng)
        false += any(one.p_value is not None and one.p_value < 0.05 for one in found.each)
    assert 1 <= false <= 12


def test_intervals_hold_the_planted_correlation_and_a_strong_one_is_seen() -> None:
    """Normal pairs with a correlation of 0.7: Spearman's is 0.683. 100 worlds of 20: 95% but for 4 errors."""
    rng, truth, held, seen = RNG(11), 6 / pi * asin(0.35), 0, 0
    for _ in range(100):
        x = rng.standard_normal(20)
        y = 0.7 * x + np.sqrt(1 - 0.49) * rng.standard_normal(20)
        one = found_in(x[:, None], y, rng=rng).each[0]
        assert one.estimate is not None
        assert one.estimate.low is not None
        assert one.estimate.high is not None
        held += one.estimate.low <= truth <= one.estimate.high
        seen += one.estimate.low > 0
    assert held >= 86
    assert seen >= 70


def test_what_does_not_vary_has_no_correlation_and_does_not_count() -> None:
    rng = RNG(12)
    x = np.column_stack([np.ones(8), rng.random(8)])
    found = found_in(x, rng.random(8))
    assert found.each[0].estimate is None
    assert found.tested == 1
    assert found.each[1] == found_in(x[:, 1:], RNG(12).random(16)[8:]).each[0]
    flat = found_in(x, np.ones(8))
    assert (flat.tested, flat.arrangements) == (0, 0)
    lone = found_in(x[:2], rng.random(2), [0, 1])
    assert (lone.n, lone.each[1].p_value) == (0, None)


def test_runs_to_see_a_correlation_by_simulation() -> None:
    needed = runs_to_see(0.6, power=0.8)
    rng, seen = RNG(13), 0
    pearson = 2 * np.sin(pi * 0.6 / 6)
    for _ in range(150):
        x = rng.standard_normal(needed)
        y = pearson * x + np.sqrt(1 - pearson**2) * rng.standard_normal(needed)
        seen += scipy_stats.spearmanr(x, y).pvalue < 0.05
    assert 0.68 <= seen / 150 <= 0.92
    assert runs_to_see(0.3, tests=20) > runs_to_see(0.3)


def test_what_cannot_be_ranked_is_refused() -> None:
    x, y = RNG(14).random((6, 2)), RNG(15).random(6)
    for call, said in (
        (lambda: found_in(x[:, 0], y), "measurements"),
        (lambda: found_in(x, y[:5], [0] * 6), "one score"),
        (lambda: found_in(np.where(x > 0.9, np.nan, np.nan), y), "finite number"),
        (lambda: found_in(x.astype(str), y), "numbers"),
        (lambda: found_in(x, y, confidence=1.0), "confidence"),
        (lambda: found_in(x, y, draws=10), "draws"),
        (lambda: found_in(x, y, seeds=[0] * 6), "twice"),
        (lambda: found_in(x, y, seeds=[0] * 5), "one for each run"),
        (lambda: found_in(x, y, [0, 0, 0, 1, 1, 1], seeds=[0, 1, 2, 3, 4, 5]), "share no seed"),
        (lambda: runs_to_see(1.0), "strictly between"),
        (lambda: runs_to_see(0.3, power=0.2), "power"),
    ):
        with pytest.raises(InvalidInput, match=said):
            call()
