"""One proportion, by two roads each."""

from __future__ import annotations

from math import nan, sqrt
from typing import Protocol

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats
from statsmodels.stats.proportion import proportion_confint

from nophantom.errors import InvalidInput
from nophantom.stats.estimates import Estimate
from nophantom.stats.proportions import clopper_pearson, finite_population, two_sided_z, wilson


class Method(Protocol):
    def __call__(self, successes: int, n: int, *, confidence: float = 0.95) -> Estimate: ...


METHODS: list[Method] = [wilson, clopper_pearson]
both = pytest.mark.parametrize("method", METHODS)
confidences = st.floats(0.01, 0.999)


def _ends(estimate: Estimate) -> tuple[float, float]:
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low, estimate.high


@st.composite
def counts(draw: st.DrawFn) -> tuple[int, int]:
    n = draw(st.integers(1, 3000))
    return draw(st.integers(0, n)), n


def test_379_of_500_is_72_to_79_in_a_hundred() -> None:
    seen = wilson(379, 500)

    assert f"{seen.point:.1%} {seen.low:.1%} {seen.high:.1%}" == "75.8% 71.9% 79.3%"
    assert (seen.n, seen.confidence) == (500, 0.95)


def test_one_of_one_by_hand() -> None:
    """Wilson's lower end is n / (n + z^2); the exact one is the share of which one success is 2.5%."""
    z = 1.959963984540054

    assert wilson(1, 1).low == pytest.approx(1 / (1 + z**2))
    assert clopper_pearson(1, 1).low == pytest.approx(0.025)
    assert wilson(1, 1).high == clopper_pearson(1, 1).high == 1.0


def test_none_of_n_by_hand() -> None:
    assert clopper_pearson(0, 20).high == pytest.approx(1 - 0.025 ** (1 / 20))
    assert wilson(0, 20).low == clopper_pearson(0, 20).low == 0.0


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.999])
@pytest.mark.parametrize(
    ("successes", "n"), [(0, 1), (1, 1), (1, 2), (3, 25), (25, 25), (158, 200), (379, 500)]
)
def test_both_agree_with_statsmodels(successes: int, n: int, confidence: float) -> None:
    for method, name in zip(METHODS, ("wilson", "beta"), strict=True):
        ours = method(successes, n, confidence=confidence)
        low, high = proportion_confint(successes, n, alpha=1 - confidence, method=name)
        assert (ours.low, ours.high) == pytest.approx((low, high), abs=1e-9)


@given(counts(), confidences)
def test_the_ends_of_wilson_are_where_the_score_test_turns(count: tuple[int, int], confidence: float) -> None:
    """At each end the standardised distance to what was seen is the normal quantile."""
    successes, n = count
    seen, z = wilson(successes, n, confidence=confidence), two_sided_z(confidence)

    for end in {*_ends(seen)} - {0.0, 1.0}:
        distance = abs(seen.point - end) * sqrt(n)
        assert distance == pytest.approx(z * sqrt(end * (1 - end)), rel=1e-6, abs=1e-9)


@given(counts(), confidences)
def test_the_ends_of_clopper_pearson_leave_half_of_alpha_in_a_tail(
    count: tuple[int, int], confidence: float
) -> None:
    successes, n = count
    low, high = _ends(clopper_pearson(successes, n, confidence=confidence))
    tail = (1 - confidence) / 2

    if successes > 0:
        assert scipy_stats.binom.sf(successes - 1, n, low) == pytest.approx(tail, rel=1e-6)
    if successes < n:
        assert scipy_stats.binom.cdf(successes, n, high) == pytest.approx(tail, rel=1e-6)


@both
@given(count=counts(), confidence=confidences)
def test_the_interval_holds_its_point_inside_0_and_1_and_is_never_a_point(
    method: Method, count: tuple[int, int], confidence: float
) -> None:
    seen = method(*count, confidence=confidence)

    low, high = _ends(seen)
    assert 0 <= low <= seen.point <= high <= 1
    assert low < high


@both
@given(count=counts(), confidence=confidences)
def test_counting_failures_instead_mirrors_the_interval(
    method: Method, count: tuple[int, int], confidence: float
) -> None:
    successes, n = count
    one = _ends(method(successes, n, confidence=confidence))
    other = _ends(method(n - successes, n, confidence=confidence))

    assert one == pytest.approx((1 - other[1], 1 - other[0]), abs=1e-12)


@pytest.mark.parametrize("n", [1, 7, 25, 60])
def test_clopper_pearson_misses_at_most_half_of_alpha_on_each_side(n: int) -> None:
    """By enumeration: for any truth, every count with its probability."""
    ends = np.array([_ends(clopper_pearson(successes, n)) for successes in range(n + 1)])
    for truth in (0.001, 0.03, 0.1, 0.237, 0.5, 0.81, 0.999):
        chance = np.asarray(scipy_stats.binom.pmf(np.arange(n + 1), n, truth))
        above, below = chance[ends[:, 0] > truth].sum(), chance[ends[:, 1] < truth].sum()
        assert max(above, below) <= 0.025 + 1e-12


@both
def test_no_problems_at_all_are_refused_with_what_was_seen(method: Method) -> None:
    with pytest.raises(InvalidInput, match="at least one problem; got 0 of 0"):
        method(0, 0)


@both
@pytest.mark.parametrize(("successes", "n"), [(-1, 5), (6, 5)])
def test_counts_that_cannot_be_are_refused(method: Method, successes: int, n: int) -> None:
    with pytest.raises(InvalidInput, match=f"got {successes} of {n}"):
        method(successes, n)


@both
@pytest.mark.parametrize("confidence", [0.0, 1.0, 95, nan])
def test_a_confidence_that_is_no_share_is_refused(method: Method, confidence: float) -> None:
    with pytest.raises(InvalidInput, match=r"For 95% give 0\.95"):
        method(3, 5, confidence=confidence)


# -- a part of one fixed test set -------------------------------------------------------------


@st.composite
def parts(draw: st.DrawFn) -> tuple[int, int, int]:
    population = draw(st.integers(1, 400))
    n = draw(st.integers(1, population))
    return draw(st.integers(0, n)), n, population


def test_of_a_whole_test_set_nothing_is_left_to_chance() -> None:
    for successes in (0, 1, 999, 1319):
        seen = finite_population(successes, 1319, 1319)
        assert seen.point == seen.low == successes / 1319
        assert seen.high == pytest.approx(seen.point)


@given(parts(), st.floats(0.5, 0.999))
def test_it_holds_the_counts_that_the_hypergeometric_test_does_not_reject(
    part: tuple[int, int, int], confidence: float
) -> None:
    """Every count of the whole set that can be, each tested by scipy."""
    successes, n, population = part
    counts = np.arange(successes, population - (n - successes) + 1)
    up_to = scipy_stats.hypergeom.cdf(successes, population, counts, n)
    from_here = scipy_stats.hypergeom.sf(successes - 1, population, counts, n)
    tail = (1 - confidence) / 2
    held = counts[(up_to >= tail * (1 - 1e-7)) & (from_here >= tail * (1 - 1e-7))] / population

    seen = finite_population(successes, n, population, confidence=confidence)

    assert _ends(seen) == pytest.approx((min(held.min(), seen.point), max(held.max(), seen.point)))
    assert seen.n == n


@given(parts(), st.floats(0.5, 0.999))
def test_knowing_the_size_of_the_set_is_never_worse_than_not_knowing(
    part: tuple[int, int, int], confidence: float
) -> None:
    successes, n, population = part
    low, high = _ends(finite_population(*part, confidence=confidence))
    endless = _ends(clopper_pearson(successes, n, confidence=confidence))

    assert endless[0] <= low + 1 / population
    assert high - 1 / population <= endless[1]
    mirrored = _ends(finite_population(n - successes, n, population, confidence=confidence))
    assert mirrored == pytest.approx((1 - high, 1 - low))


def test_of_an_endless_set_it_is_clopper_pearson() -> None:
    seen = finite_population(379, 500, 100_000_000)

    assert _ends(seen) == pytest.approx(_ends(clopper_pearson(379, 500)), abs=1e-5)


@pytest.mark.parametrize(("n", "population"), [(10, 60), (25, 60), (59, 60)])
def test_it_misses_at_most_half_of_alpha_on_each_side(n: int, population: int) -> None:
    """By enumeration: for any truth, every count that can be drawn."""
    drawn = np.arange(n + 1)
    ends = np.array([_ends(finite_population(int(successes), n, population)) for successes in drawn])
    for number in range(population + 1):
        chance = np.asarray(scipy_stats.hypergeom.pmf(drawn, population, number, n))
        truth = number / population
        above, below = chance[ends[:, 0] > truth + 1e-12].sum(), chance[ends[:, 1] < truth - 1e-12].sum()
        assert max(above, below) <= 0.025 + 1e-9


def test_a_part_larger_than_its_set_is_refused() -> None:
    with pytest.raises(InvalidInput, match="got 5 tried of 4"):
        finite_population(3, 5, 4)
    with pytest.raises(InvalidInput, match="at least one problem"):
        finite_population(0, 0, 4)
    with pytest.raises(InvalidInput, match=r"For 95% give 0\.95"):
        finite_population(3, 5, 9, confidence=95)
