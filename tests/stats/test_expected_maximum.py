"""The best of N, four ways: the known case, other roads to each number, and intervals that hold."""

from __future__ import annotations

from itertools import combinations
from math import gamma, log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats as scipy_stats

from nophantom.errors import InvalidInput
from nophantom.stats.estimates import Estimate
from nophantom.stats.expected_maximum import (
    ExpectedMaximum,
    expected_maximum,
    expected_maximum_from_summary,
    honest_of_best,
    standard_normal_maximum,
)
from nophantom.stats.seeds import variance_components


def _ends(estimate: Estimate | None) -> tuple[float, float]:
    assert estimate is not None
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low, estimate.high


def _points(found: ExpectedMaximum) -> list[float | None]:
    four = found.asymptotic, found.normal, found.empirical, found.honest
    return [None if one is None else one.point for one in four]


def _answers(rng: np.random.Generator, seeds: int, own: float, problems: int = 400) -> NDArray[np.bool_]:
    """Equal problems of chance 0.7, seeds `own` apart."""
    return rng.random((seeds, problems)) < 0.7 + rng.normal(0, own, (seeds, 1))


# -- the maximum of standard normals ----------------------------------------------------------


def test_the_maximum_of_two_and_three_normals_is_known_in_closed_form() -> None:
    assert standard_normal_maximum(2) == pytest.approx(1 / sqrt(np.pi), abs=1e-12)
    assert standard_normal_maximum(3) == pytest.approx(1.5 / sqrt(np.pi), abs=1e-12)
    assert standard_normal_maximum(20) == pytest.approx(1.8675, abs=5e-5)


@pytest.mark.parametrize("n", [5, 20, 1000])
def test_the_maximum_of_normals_is_that_of_a_uniform_maximum_through_the_quantile(n: int) -> None:
    """Another integral: the maximum of n uniforms is Beta(n, 1)."""
    theirs = scipy_stats.beta(n, 1).expect(scipy_stats.norm.ppf, epsabs=1e-10)

    assert standard_normal_maximum(n) == pytest.approx(float(theirs), abs=1e-5)


def test_the_maximum_grows_below_its_asymptote() -> None:
    found = [standard_normal_maximum(n) for n in (1, 2, 10, 1_000, 10**6, 10**9)]

    assert found[0] == 0
    assert found == sorted(found)
    for n, e_n in zip((2, 10, 1_000, 10**6, 10**9), found[1:], strict=True):
        assert e_n < sqrt(2 * log(n))
    with pytest.raises(InvalidInput, match="at least one seed; got 0"):
        standard_normal_maximum(0)


# -- the known case ---------------------------------------------------------------------------


def test_the_published_case_comes_out() -> None:
    found = expected_maximum_from_summary(0.759, 0.00572, 20, 20)

    assert [None if x is None else round(x, 4) for x in _points(found)] == [0.7730, 0.7697, None, None]
    assert found.honest_range == pytest.approx((0.759, 0.7697), abs=5e-5)
    assert found.about_empirical is not None
    assert "needs the scores" in found.about_empirical
    assert found.about_honest is not None
    assert "depending on reliability" in found.about_honest


def test_summary_and_scores_tell_the_same() -> None:
    scores = _answers(np.random.default_rng(1), 12, 0.02)
    accuracies = scores.mean(axis=1)

    full = expected_maximum(scores, 4, rng=np.random.default_rng(2))
    short = expected_maximum_from_summary(accuracies.mean(), accuracies.std(ddof=1), 12, 4)

    assert _points(full)[:2] == pytest.approx(_points(short)[:2])
    assert _ends(full.normal) == pytest.approx(_ends(short.normal))


# -- each number by another road --------------------------------------------------------------


@given(st.lists(st.integers(0, 20), min_size=2, max_size=7), st.integers(1, 7))
def test_the_empirical_maximum_is_the_mean_over_all_subsets(rights: list[int], n: int) -> None:
    scores = np.array([[i < right for i in range(20)] for right in rights])
    found = expected_maximum(scores, n, rng=np.random.default_rng(1), draws=1_000)

    if n > len(rights):
        assert found.empirical is None
        assert "needs at least" in (found.about_empirical or "")
        return
    every = [max(subset) / 20 for subset in combinations(rights, n)]
    assert found.empirical is not None
    assert found.empirical.point == pytest.approx(np.mean(every))


def test_the_empirical_maximum_of_many_seeds_does_not_overflow() -> None:
    scores = np.random.default_rng(1).random((3_000, 2))
    found = expected_maximum(scores, 500, rng=np.random.default_rng(1), draws=1_000).empirical

    assert found is not None
    assert found.point == pytest.approx(np.quantile(scores.mean(axis=1), 0.998), abs=0.01)


def test_one_seed_expected_is_the_mean_with_the_t_interval() -> None:
    scores = _answers(np.random.default_rng(3), 8, 0.02)
    accuracies = scores.mean(axis=1)
    theirs = scipy_stats.ttest_1samp(accuracies, 0).confidence_interval(0.9)

    found = expected_maximum(scores, 1, rng=np.random.default_rng(1), confidence=0.9)

    assert _points(found) == pytest.approx([accuracies.mean()] * 4)
    for one in (found.asymptotic, found.normal, found.empirical):
        assert _ends(one) == pytest.approx((theirs.low, theirs.high))


def test_the_normal_interval_is_that_of_scipys_noncentral_t() -> None:
    found = expected_maximum_from_summary(0.7, 0.01, 6, 10).normal
    shift = standard_normal_maximum(10) * sqrt(6)

    limits = [0.7 + 0.01 / sqrt(6) * float(scipy_stats.nct.ppf(q, 5, shift)) for q in (0.025, 0.975)]
    assert _ends(found) == pytest.approx(tuple(limits))


def test_the_honest_maximum_by_hand() -> None:
    scores = _answers(np.random.default_rng(4), 20, 0.04)
    parts = variance_components(scores)
    assert parts.var_seed is not None
    assert parts.ms_rest is not None

    for problems in (400, 100):
        found = expected_maximum(scores, 5, rng=np.random.default_rng(1), validation_problems=problems)
        assert found.honest is not None
        gain = parts.var_seed / sqrt(parts.var_seed + parts.ms_rest / problems)
        c4 = sqrt(2 / 19) * gamma(10) / gamma(9.5)
        expected = parts.mean + standard_normal_maximum(5) * gain / c4
        assert found.honest.point == pytest.approx(expected)


def test_the_honest_score_of_the_best_by_hand() -> None:
    scores = _answers(np.random.default_rng(5), 10, 0.04)
    parts = variance_components(scores)
    assert parts.ms_seed is not None
    assert parts.ms_rest is not None

    found = honest_of_best(scores, rng=np.random.default_rng(1))

    share = 1 - parts.ms_rest / parts.ms_seed
    assert found is not None
    assert found.point == pytest.approx(parts.mean + share * (scores.mean(axis=1).max() - parts.mean))


# -- truth by simulation ----------------------------------------------------------------------


@pytest.mark.parametrize("own", [0.0, 0.02, 0.04])
def test_honest_numbers_are_near_what_the_best_scores_elsewhere_and_their_intervals_hold_it(
    own: float,
) -> None:
    """Ten seeds, 400 problems: noise of 2.3 points. `planned` off by less than 0.6, `in hand` too."""
    rng, errors, covered = np.random.default_rng(6), [], []
    for _ in range(300):
        levels = 0.7 + rng.normal(0, own, (10, 1))
        scores = rng.random((10, 400)) < levels
        truth = float(levels[scores.mean(axis=1).argmax(), 0])
        planned = expected_maximum(scores, 10, rng=rng, draws=1_000).honest
        in_hand = honest_of_best(scores, rng=rng, draws=1_000)
        assert planned is not None
        assert in_hand is not None
        low, high = _ends(in_hand)
        errors.append((planned.point - truth, in_hand.point - truth))
        covered.append(low <= truth <= high)

    assert np.abs(np.mean(errors, axis=0)).max() < 0.007
    assert np.mean(covered) >= 0.91


@pytest.mark.parametrize("n", [1, 3, 6])
def test_the_empirical_interval_holds_the_truth(n: int) -> None:
    """Twenty normal seeds; nominal 95%, Monte-Carlo error 1%."""
    rng, covered = np.random.default_rng(7), []
    truth = 0.5 + 0.05 * standard_normal_maximum(n)
    for _ in range(400):
        scores = np.clip(rng.normal(0.5, 0.05, (20, 1)), 0, 1)
        low, high = _ends(expected_maximum(scores, n, rng=rng, draws=1_000).empirical)
        covered.append(low <= truth <= high)

    assert np.mean(covered) >= 0.92


# -- edges ------------------------------------------------------------------------------------


def test_one_seed_has_no_maximum_and_says_why() -> None:
    found = expected_maximum(np.ones((1, 9)), 5, rng=np.random.default_rng(1))

    assert _points(found) == [None] * 4
    assert found.about_normal == "A spread needs at least two seeds."
    assert "at least 5 seeds; there are 1" in (found.about_empirical or "")
    assert "at least two seeds" in (found.about_honest or "")
    assert honest_of_best(np.ones((1, 9)), rng=np.random.default_rng(1)) is None


@pytest.mark.parametrize("scores", [np.ones((9, 5)), np.zeros((9, 5)), np.tile([1.0, 0.0], (9, 1))])
def test_seeds_that_score_alike_have_a_maximum_without_interval(scores: NDArray[np.float64]) -> None:
    found = expected_maximum(scores, 3, rng=np.random.default_rng(1))

    assert _points(found) == pytest.approx([scores.mean()] * 4)
    for one in (found.asymptotic, found.normal, found.empirical):
        assert one is not None
        assert one.low is None
    assert "alike" in (found.about_normal or "")
    assert "alike" in (found.about_empirical or "")


def test_all_seeds_at_once_are_one_maximum_and_no_interval() -> None:
    scores = _answers(np.random.default_rng(8), 6, 0.02)
    found = expected_maximum(scores, 6, rng=np.random.default_rng(1))

    assert found.empirical is not None
    assert found.empirical.point == scores.mean(axis=1).max()
    assert found.empirical.low is None
    assert "fewer than three separate maxima of 6" in (found.about_empirical or "")


@given(st.integers(1, 50), st.integers(0, 99))
def test_honest_is_never_above_normal_and_normal_never_above_asymptotic(n: int, seed: int) -> None:
    scores = _answers(np.random.default_rng(seed), 5, 0.05, 30)
    asymptotic, normal, _, honest = _points(
        expected_maximum(scores, n, rng=np.random.default_rng(1), draws=1_000)
    )

    assert asymptotic is not None
    assert normal is not None
    assert honest is not None
    assert scores.mean() - 1e-12 <= honest <= min(1.0, normal) + 1e-12
    assert normal <= asymptotic + 1e-12


def test_equal_generators_give_equal_answers() -> None:
    scores = _answers(np.random.default_rng(9), 5, 0.02)
    one, again, other = (
        honest_of_best(scores, rng=np.random.default_rng(seed), draws=1_000) for seed in (1, 1, 2)
    )

    assert one == again
    assert one != other


@pytest.mark.parametrize(
    ("mean", "sd", "seeds", "n", "sentence"),
    [
        (75.9, 0.00572, 20, 20, "75.9% is 0.759"),
        (0.759, 1.2, 20, 20, "proportions"),
        (0.759, 0.01, 1, 20, "at least two seeds; got 1"),
        (0.759, 0.01, 20, 0, "at least one seed"),
    ],
)
def test_summaries_that_cannot_be_are_refused(
    mean: float, sd: float, seeds: int, n: int, sentence: str
) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        expected_maximum_from_summary(mean, sd, seeds, n)


def test_numbers_that_cannot_be_are_refused() -> None:
    rng = np.random.default_rng(1)
    with pytest.raises(InvalidInput, match="validation problem"):
        expected_maximum(np.eye(3), 3, rng=rng, validation_problems=0)
    with pytest.raises(InvalidInput, match="at least 1,000"):
        expected_maximum(np.eye(3), 3, rng=rng, draws=5)
    with pytest.raises(InvalidInput, match="missing"):
        honest_of_best(np.full((2, 2), np.nan), rng=rng)
