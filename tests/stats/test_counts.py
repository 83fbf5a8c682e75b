"""Rates of rare counts and the evidence that one has risen: known truths, second roads, the null."""

from __future__ import annotations

from itertools import pairwise
from math import inf, log, nan
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import integrate
from scipy import stats as scipy_stats
from statsmodels.api import GLM, families
from statsmodels.stats.proportion import proportion_confint

from nophantom.errors import InvalidInput
from nophantom.stats.count_evidence import (
    FACTORS,
    WINDOWS,
    PooledEvidence,
    log_likelihood_ratios,
    pool_evidence,
    stories_needed,
)
from nophantom.stats.counts import (
    cap_counts,
    momentum,
    rate_ratio,
)
from nophantom.stats.overdispersion import overdispersion

Numbers = NDArray[np.float64]
RHO = np.array(FACTORS)
FREE = 1e6  # a weight of the prior that caps nothing


def _drawn_totals(shape: float, rate: float, exposure: float, topics: int) -> tuple[Any, Any]:
    rng = np.random.default_rng(20_261_122)
    return np.unique(rng.poisson(rng.gamma(shape, 1 / rate, topics) * exposure), return_counts=True)


# -- the prior --------------------------------------------------------------------------------


# -- caps -------------------------------------------------------------------------------------


def test_caps_by_hand() -> None:
    """Expected 0, 0.5 and 4 stories: at most 1, 2 and 9 count; in the slow run 3, 4.5 and 15."""
    flood, rate = np.full(3, 99), np.array([0.0, 0.01, 0.08])

    assert cap_counts(flood, rate, 50.0).tolist() == [1.0, 2.0, 9.0]
    assert cap_counts(flood, rate, 50.0, base=3.0, slope=3.0).tolist() == [3.0, 4.5, 15.0]
    assert cap_counts([[0, 1, 5]], rate, 50.0).tolist() == [[0.0, 1.0, 5.0]]


@pytest.mark.parametrize(
    ("counts", "rate", "exposure"), [([-1], 1.0, 1.0), ([1], nan, 1.0), ([1], 1.0, -1.0)]
)
def test_counts_that_cannot_be_are_not_capped(counts: Any, rate: float, exposure: float) -> None:
    with pytest.raises(InvalidInput, match="not negative"):
        cap_counts(counts, rate, exposure)


# -- overdispersion ---------------------------------------------------------------------------


def test_overdispersion_by_hand() -> None:
    """X2 is 0, 8 and 24 on 3 degrees each; tier 1 has (8 + 24) / 6 = 5.33, tier 0 at least 1."""
    weeks = np.array([[2, 2, 2, 2], [4, 4, 0, 0], [8, 0, 0, 0]])

    phi = overdispersion(weeks, np.full((3, 4), 2.0), np.array([0, 1, 1]), strength=6.0)

    assert phi == pytest.approx([1.0, (32 + 8) / 9, (32 + 24) / 9])


def test_a_tier_that_scatters_less_than_poisson_lends_no_narrowness() -> None:
    """25 rows without any scatter beside one with X2 of 24: the tier counts as 1, not as 24 / 78."""
    weeks = np.array([[8, 0, 0, 0], *[[2, 2, 2, 2]] * 25])

    phi = overdispersion(weeks, np.full((26, 4), 2.0), np.zeros(26))

    assert phi == pytest.approx([(20 + 24) / 23, *[1.0] * 25])


def test_pearsons_sum_is_that_of_a_fitted_model_of_statsmodels() -> None:
    """A constant rate with an offset, estimated by their GLM; two weeks without exposure left out."""
    rng = np.random.default_rng(3)
    exposure = rng.uniform(50, 150, 26)
    exposure[[4, 17]] = 0
    weeks = rng.poisson(0.05 * exposure * rng.gamma(0.5, 2.0, 26))
    known = exposure > 0
    theirs = GLM(weeks[known], np.ones(24), family=families.Poisson(), offset=np.log(exposure[known])).fit(
        scale="X2"
    )
    assert theirs.scale > 1.5

    expected = weeks.sum() * exposure / exposure.sum()
    phi = overdispersion(weeks[None], expected[None], np.array([0]))

    assert phi[0] == pytest.approx(theirs.scale)  # one row is its own tier


def test_overdispersion_of_drawn_weeks_is_found_and_poisson_weeks_keep_near_1() -> None:
    rng = np.random.default_rng(8)
    mean = np.full((4_000, 26), 3.0)
    tier = np.repeat([0, 1], 2_000)
    mean[2_000:] *= rng.gamma(1.5, 1 / 1.5, (2_000, 26))  # variance of the weeks: 3 + 9 / 1.5 = 9
    weeks = rng.poisson(mean)
    expected = np.broadcast_to(weeks.mean(axis=1, keepdims=True), weeks.shape)

    phi = overdispersion(weeks, expected, tier)

    assert phi[:2_000].mean() == pytest.approx(1.0, abs=0.07)
    assert phi[2_000:].mean() == pytest.approx(3.0, abs=0.15)


def test_rows_without_weeks_or_with_one_take_the_overdispersion_of_their_tier() -> None:
    weeks = np.array([[8, 0, 0, 0], [0, 0, 0, 0], [9, 0, 0, 0], [1, 0, 0, 0]])
    expected = np.array([[2.0, 2, 2, 2], [0, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]])

    assert overdispersion(weeks, expected, np.array([0, 0, 0, 2])) == pytest.approx([8.0, 8.0, 8.0, 1.0])


@pytest.mark.parametrize("weeks", [0, 1, 26])
def test_no_row_has_no_overdispersion_and_no_warning(weeks: int) -> None:
    nothing = np.zeros((0, weeks))
    assert overdispersion(nothing, nothing, np.zeros(0)).shape == (0,)
    assert overdispersion(np.zeros((2, weeks)), np.zeros((2, weeks)), np.zeros(2)).tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("counts", "expected", "tier", "strength", "words"),
    [
        ([[1]], [[1.0, 2.0]], [0], 20.0, "one tier per row"),
        ([[1]], [[1.0]], [0, 1], 20.0, "one tier per row"),
        ([1], [1.0], [0], 20.0, "one tier per row"),
        ([[-1]], [[1.0]], [0], 20.0, "not negative"),
        ([[1]], [[nan]], [0], 20.0, "not negative"),
        ([[1]], [[1.0]], [-1], 20.0, "not negative"),
        ([[1]], [[1.0]], [0], 0.0, "strength"),
    ],
)
def test_weeks_that_do_not_fit_are_refused(
    counts: Any, expected: Any, tier: Any, strength: float, words: str
) -> None:
    with pytest.raises(InvalidInput, match=words):
        overdispersion(np.array(counts), np.array(expected), np.array(tier), strength=strength)


# -- momentum ---------------------------------------------------------------------------------


@given(st.integers(0, 100_000), st.floats(0, 1e6), st.floats(0.3, 0.999))
@example(0, 0.0, 0.9)
@example(0, 1e6, 0.9)
def test_momentum_is_always_a_number_with_its_point_inside_as_scipy_has_it(
    recent: int, expected: float, confidence: float
) -> None:
    point, low, high = (float(ends[0]) for ends in momentum([recent], [expected], confidence=confidence))
    theirs = scipy_stats.gamma(1 + recent, scale=1 / (1 + expected))

    assert 0 < low < point < high < inf
    assert point == pytest.approx((1 + recent) / (1 + expected))
    assert (low, high) == pytest.approx(tuple(theirs.ppf([(1 - confidence) / 2, (1 + confidence) / 2])))


def test_the_median_momentum_of_established_topics_that_do_not_change_is_1() -> None:
    rng = np.random.default_rng(4)
    expected = rng.uniform(20, 200, 20_000)

    multiples = momentum(rng.poisson(expected), expected)

    assert np.median(multiples.point) == pytest.approx(1.0, abs=0.005)
    assert ((multiples.low <= 1) & (multiples.high >= 1)).mean() == pytest.approx(0.9, abs=0.01)


@pytest.mark.parametrize(("recent", "expected"), [([-1], [1.0]), ([1], [-1.0]), ([nan], [1.0]), ([1], [inf])])
def test_counts_that_cannot_be_have_no_momentum(recent: Any, expected: Any) -> None:
    with pytest.raises(InvalidInput, match="not negative"):
        momentum(recent, expected)


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95, nan])
def test_a_confidence_that_is_no_share_is_refused(confidence: float) -> None:
    with pytest.raises(InvalidInput, match="strictly between 0 and 1"):
        momentum([1], [1.0], confidence=confidence)
    with pytest.raises(InvalidInput, match="strictly between 0 and 1"):
        rate_ratio(1, 1.0, 1, 1.0, confidence=confidence)


# -- ratios of rates --------------------------------------------------------------------------


@pytest.mark.parametrize(("y1", "y2"), [(3, 7), (1, 400), (40, 55), (900, 2)])
def test_the_ends_of_a_ratio_are_jeffreys_shares_of_statsmodels(y1: int, y2: int) -> None:
    low, high = proportion_confint(y1, y1 + y2, alpha=0.1, method="jeffreys")

    ratio = rate_ratio(y1, 200.0, y2, 50.0)

    assert ratio.point == pytest.approx((y1 + 0.5) / (y2 + 0.5) / 4)
    assert ratio.low == pytest.approx(low / (1 - low) / 4)
    assert ratio.high == pytest.approx(high / (1 - high) / 4)


def test_the_interval_of_a_ratio_covers_every_truth() -> None:
    """By enumeration. Exposures only scale truth and interval alike; one uneven pair stands for all."""
    counts = np.arange(110)
    ratio = rate_ratio(counts[:, None], 3.0, counts, 7.0)
    covered, missed_below = [], []
    for one in (0.5, 1, 2, 5, 12, 30, 50):
        for two in (0.5, 1, 2, 5, 12, 30, 50):
            truth = one / 3.0 / (two / 7.0)
            weight = scipy_stats.poisson.pmf(counts, one)[:, None] * scipy_stats.poisson.pmf(counts, two)
            covered.append(weight[(ratio.low <= truth) & (truth <= ratio.high)].sum())
            missed_below.append(weight[ratio.low > truth].sum())

    assert min(covered) >= 0.865
    assert np.mean(covered) == pytest.approx(0.91, abs=0.01)
    assert max(missed_below) <= 0.085


def test_overdispersed_counts_are_covered_when_phi_is_told() -> None:
    rng = np.random.default_rng(6)
    phi, means = 3.0, (40.0, 60.0)
    one, two = (rng.negative_binomial(mean / (phi - 1), 1 / phi, 20_000) for mean in means)

    told, untold = rate_ratio(one, 2.0, two, 3.0, phi=phi), rate_ratio(one, 2.0, two, 3.0)

    assert ((told.low <= 1) & (told.high >= 1)).mean() == pytest.approx(0.9, abs=0.02)
    assert ((untold.low <= 1) & (untold.high >= 1)).mean() < 0.75


counts_of_stories = st.integers(0, 10**6)
exposures = st.floats(1e-3, 1e6)


@given(counts_of_stories, exposures, counts_of_stories, exposures, st.floats(0.4, 0.999), st.floats(1, 50))
def test_swapped_rates_give_the_reciprocal_and_the_point_lies_inside(
    y1: int, e1: float, y2: int, e2: float, confidence: float, phi: float
) -> None:
    here = rate_ratio(y1, e1, y2, e2, confidence=confidence, phi=phi)
    there = rate_ratio(y2, e2, y1, e1, confidence=confidence, phi=phi)

    assert 0 < here.low < here.point < here.high < inf
    assert (here.point, here.low, here.high) == pytest.approx(
        (1 / there.point, 1 / there.high, 1 / there.low)
    )


def test_a_rate_without_exposure_is_unknown_and_others_beside_it_are_not() -> None:
    ratio = rate_ratio([0, 5, 5], [0.0, 10.0, 10.0], [3, 0, 3], [10.0, 0.0, 10.0])

    for ends in ratio:
        assert np.isnan(ends).tolist() == [True, True, False]
    assert all(ends.shape == (0,) for ends in rate_ratio([], [], [], []))


@pytest.mark.parametrize(
    ("numbers", "phi", "words"),
    [
        ((-1, 1.0, 1, 1.0), 1.0, "not negative"),
        ((1, nan, 1, 1.0), 1.0, "not negative"),
        ((1, 1.0, inf, 1.0), 1.0, "not negative"),
        ((1, 1.0, 1, -1.0), 1.0, "not negative"),
        ((1, 1.0, 1, 1.0), 0.9, "at least 1"),
        ((1, 1.0, 1, 1.0), nan, "at least 1"),
    ],
)
def test_rates_that_cannot_be_are_refused(numbers: Any, phi: float, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        rate_ratio(*numbers, phi=phi)


# -- calibration ------------------------------------------------------------------------------


# -- likelihood ratios ------------------------------------------------------------------------


@pytest.mark.parametrize("y", [0, 1, 6])
@pytest.mark.parametrize(("a", "b", "read"), [(0.4, 500.0, 90.0), (7.3, 2_000.0, 400.0)])
def test_a_ratio_is_that_of_the_two_marginals_by_quadrature(y: int, a: float, b: float, read: float) -> None:
    def marginal(rho: float) -> float:
        def weight(root: float) -> float:  # lambda = root^4, which is smooth down to 0
            density = scipy_stats.gamma.pdf(root**4, a, scale=1 / b) * 4 * root**3
            return float(scipy_stats.poisson.pmf(y, rho * root**4 * read) * density)

        return integrate.quad(weight, 0, (60 / b) ** 0.25, epsabs=0, epsrel=1e-7, limit=500)[0]

    ours = log_likelihood_ratios(np.array([[y]]), np.array([[read]]), a, b)[0, 0]

    assert ours[:6] == pytest.approx([log(marginal(rho) / marginal(1.0)) for rho in FACTORS[:6]], abs=1e-5)


def _probabilities(a: float, b: float, read: float) -> tuple[Numbers, Numbers]:
    """Every count that matters under the null or any alternative, and its null probability."""
    most = int(scipy_stats.nbinom.isf(1e-12, a, b / (b + FACTORS[-1] * read))) + 10
    counts = np.arange(most, dtype=np.float64)
    return counts, scipy_stats.nbinom.logpmf(counts, a, b / (b + read))


WORLDS = [(0.3, 2_000.0, 100.0), (2.3, 2_000.0, 100.0), (2.3, 300.0, 280.0), (40.0, 20_000.0, 100.0)]


@pytest.mark.parametrize(("a", "b", "read"), WORLDS)
def test_the_mean_of_a_ratio_under_the_null_is_1(a: float, b: float, read: float) -> None:
    """Exact: the sum over all counts, for every factor."""
    counts, log_p = _probabilities(a, b, read)

    ratios = log_likelihood_ratios(counts[:, None], np.full((len(counts), 1), read), a, b)[:, 0]

    assert np.exp(log_p[:, None] + ratios).sum(axis=0) == pytest.approx(np.ones(8), abs=1e-8)


@pytest.mark.parametrize(("a", "b", "read"), WORLDS)
def test_caps_and_overdispersion_only_lower_the_mean_of_a_ratio(a: float, b: float, read: float) -> None:
    counts, log_p = _probabilities(a, b, read)
    table, exposure = counts[:, None], np.full((len(counts), 1), read)

    capped = log_likelihood_ratios(cap_counts(table, a / b, read), exposure, a, b)[:, 0]
    wider = log_likelihood_ratios(table, exposure, a, b, 1.8)[:, 0]

    for ratios in (capped, wider):
        means = np.exp(log_p[:, None] + ratios).sum(axis=0)
        assert means.max() <= 1 + 1e-9
        assert means.min() < 0.99


def test_a_window_in_which_nothing_was_read_is_no_evidence_at_all() -> None:
    nothing = log_likelihood_ratios(np.zeros((2, 3)), np.zeros((2, 3)), [0.1, 80.0], 50.0, [1.0, 2.0])

    assert (nothing == 0).all()


def test_an_outage_inside_a_window_is_not_a_lack_of_stories() -> None:
    """Two stories among 40 read say the same, whether 40 were read on one day or on two."""
    whole = log_likelihood_ratios(np.array([[2.0]]), np.array([[40.0]]), 1.0, 500.0)
    longer = log_likelihood_ratios(np.array([[2.0]]), np.array([[80.0]]), 1.0, 500.0)

    assert (longer < whole).all()


@given(st.floats(0.001, 500), st.floats(1, 1e6), st.floats(0.1, 1e5), st.integers(0, 300), st.floats(1, 9))
def test_one_story_more_is_more_evidence_and_phi_shrinks_it(
    a: float, b: float, read: float, y: int, phi: float
) -> None:
    exposure = np.full((2, 1), read)
    fewer, more = log_likelihood_ratios(np.array([[y], [y + 1]]), exposure, a, b)
    tempered = log_likelihood_ratios(np.array([[y], [y + 1]]), exposure, a, b, phi)

    assert (more > fewer).all()
    assert tempered == pytest.approx(np.stack([fewer, more]) / phi)


@pytest.mark.parametrize(
    ("counts", "exposure", "a", "b", "phi", "words"),
    [
        ([[1.0, 2.0]], [[1.0]], 1.0, 1.0, 1.0, "one shape"),
        ([1.0], [1.0], 1.0, 1.0, 1.0, "one shape"),
        ([[]], [[]], 1.0, 1.0, 1.0, "one shape"),
        ([[1.0]], [[1.0]], [1.0, 2.0], 1.0, 1.0, "one number or one per pair"),
        ([[1.0]], [[1.0]], 0.0, 1.0, 1.0, "got a = 0.0"),
        ([[1.0]], [[1.0]], 1.0, 0.0, 1.0, "got b = 0.0"),
        ([[1.0]], [[1.0]], 1.0, 1.0, 0.5, "got phi = 0.5"),
        ([[1.0]], [[1.0]], 1.0, nan, 1.0, "got b = nan"),
        ([[-1.0]], [[1.0]], 1.0, 1.0, 1.0, "not negative"),
        ([[1.0]], [[inf]], 1.0, 1.0, 1.0, "not negative"),
        ([[1.0]], [[0.0]], 1.0, 1.0, 1.0, "nothing was read"),
    ],
)
def test_windows_that_cannot_be_are_refused(
    counts: Any, exposure: Any, a: Any, b: float, phi: float, words: str
) -> None:
    with pytest.raises(InvalidInput, match=words):
        log_likelihood_ratios(np.array(counts), np.array(exposure), a, b, phi)


# -- pooling over strata ----------------------------------------------------------------------


class World:
    """Topics in strata whose rates are what the priors say; `lift` multiplies some of them lately."""

    shape = np.array([0.3, 0.05, 1.0, 0.2])
    rate = np.array([400.0, 30.0, 2_000.0, 900.0])
    per_day = np.array([60.0, 20.0, 150.0, 90.0])

    def __init__(self, topics: int, *, seed: int, lift: float = 1.0, gaps: float = 0.15) -> None:
        rng = np.random.default_rng(seed)
        n = len(self.shape)
        read = rng.poisson(self.per_day[:, None], (n, 28)) * (rng.random((n, 28)) >= gaps)  # (C, 28)
        rates = rng.gamma(self.shape, 1 / self.rate, (topics, n))
        before = rng.poisson(rates * self.per_day * 100)
        days = rng.poisson(lift * rates[..., None] * read)  # (T, C, 28)
        self.topics, self.n_strata = topics, n
        self.topic, self.stratum = np.nonzero((before > 0) | (days.sum(axis=2) > 0))
        self.b_of_stratum = self.rate + self.per_day * 100
        self.exposure = _by_window(read)
        self.a = self.shape[self.stratum] + before[self.topic, self.stratum]
        self.b = self.b_of_stratum[self.stratum]
        self.caps = 1 + 2 * (self.a / self.b)[:, None] * read[self.stratum]
        self.days = cap_counts(days[self.topic, self.stratum], (self.a / self.b)[:, None], read[self.stratum])
        self.counts = _by_window(self.days)
        self.phi = rng.choice([1.0, 1.3], len(self.topic))

    def ratios(self, counts: Numbers | None = None) -> Numbers:
        counts = self.counts if counts is None else counts
        return log_likelihood_ratios(counts, self.exposure[self.stratum], self.a, self.b, self.phi)

    def silent(self) -> Numbers:
        return log_likelihood_ratios(
            np.zeros((self.n_strata, 5)), self.exposure, self.shape, self.b_of_stratum
        )

    def pooled(self, ratios: Numbers | None = None) -> PooledEvidence:
        silent = self.silent()
        return pool_evidence(
            self.ratios() if ratios is None else ratios,
            silent[self.stratum],
            self.topic,
            np.broadcast_to(silent.sum(axis=0), (self.topics, 5, 8)),
            np.full(self.topics, np.exp(silent).mean(axis=(1, 2)).sum()),
            n_strata=self.n_strata,
        )


def _by_window(days: NDArray[Any]) -> Numbers:
    return np.stack([days[:, -window:].sum(axis=1) for window in WINDOWS], axis=1).astype(np.float64)


def test_pooled_evidence_is_what_a_slow_loop_over_topics_and_strata_gives() -> None:
    world = World(60, seed=1, lift=4.0)
    ratios, silent = world.ratios(), world.silent()
    pairs = {(int(t), int(c)): m for m, (t, c) in enumerate(zip(world.topic, world.stratum, strict=True))}
    assert len(pairs) < 60 * 4
    slow = []
    for t in range(60):
        table = [ratios[pairs[t, c]] if (t, c) in pairs else silent[c] for c in range(4)]
        together = np.exp(sum(table)).mean()
        alone = np.mean([np.exp(one).mean() for one in table])
        slow.append(log((together + alone) / 2))

    pooled = world.pooled()

    assert pooled.log_e == pytest.approx(slow)
    assert max(slow) > log(1_000)


def test_the_order_of_pairs_does_not_matter() -> None:
    world = World(60, seed=2, lift=3.0)
    before = world.pooled()
    shuffled = np.random.default_rng(0).permutation(len(world.topic))
    for name in ("topic", "stratum", "a", "b", "counts", "phi"):
        setattr(world, name, getattr(world, name)[shuffled])

    assert world.pooled().log_e == pytest.approx(before.log_e)


@pytest.mark.parametrize("gaps", [0.0, 0.5])
def test_topics_that_do_not_change_have_e_values_of_mean_1_at_most(gaps: float) -> None:
    """Four strata, truths drawn from the priors, capped counts, days of outage."""
    e = np.exp(World(40_000, seed=3, gaps=gaps).pooled().log_e)

    assert 0.5 < e.mean() <= 1 + 3 * e.std() / 200
    for x in (2, 5, 20, 100):
        assert x * (e >= x).mean() <= 1


def test_topics_that_grow_fivefold_are_told_by_all_strata_together() -> None:
    still, grown = (World(4_000, seed=4, lift=lift).pooled() for lift in (1.0, 5.0))

    assert (grown.log_e > log(1_000)).mean() > 0.2 > 100 * (still.log_e > log(1_000)).mean()
    window, factor = np.unravel_index(grown.log_lr[grown.log_e.argmax()].argmax(), (5, 8))
    assert (WINDOWS[window], FACTORS[factor]) in [(28, 3.0), (28, 5.0), (14, 5.0)]


def test_days_without_exposure_must_be_told_or_a_healthy_stratum_looks_like_a_fall() -> None:
    world = World(4_000, seed=5, gaps=0.5)
    told = world.pooled().log_e.mean()
    world.exposure = world.exposure * 2

    assert world.pooled().log_e.mean() < told - 0.1


def test_evidence_too_great_for_a_float_keeps_its_logarithm() -> None:
    silent = np.zeros((1, 5, 8))
    loud = np.full((1, 5, 8), 5_000.0)
    one, none = np.zeros((2, 5, 8)), np.ones(2)

    with_many = pool_evidence(loud, silent, np.array([0]), one, none, n_strata=1)
    with_little = pool_evidence(-loud, silent, np.array([0]), one, none, n_strata=1)

    assert with_many.log_e == pytest.approx([5_000.0, 0.0])
    assert with_little.log_e[0] == pytest.approx(-5_000.0 + log(0.5))
    assert with_little.log_strata[0] == -inf


def test_no_pair_and_no_topic_have_the_evidence_of_silence() -> None:
    silent = World(1, seed=0).silent()
    sums = silent.sum(axis=0)[None], np.exp(silent).mean(axis=(1, 2)).sum()[None]
    nothing = np.zeros((0, 5, 8))

    alone = pool_evidence(nothing, nothing, np.zeros(0), *sums, n_strata=4)
    empty = pool_evidence(nothing, nothing, np.zeros(0), nothing, np.zeros(0), n_strata=4)

    expected = (np.exp(silent.sum(axis=0)).mean() + np.exp(silent).mean()) / 2
    assert alone.log_e == pytest.approx([log(expected)])
    assert alone.log_e[0] < 0
    assert empty.log_e.shape == (0,)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"silent": np.zeros((1, 5, 8))}, "pooling needs"),
        ({"log_lr": np.zeros((2, 40)), "silent": np.zeros((2, 40))}, "pooling needs"),
        ({"topic": np.array([0])}, "pooling needs"),
        ({"all_silent": np.zeros((2, 5, 7))}, "pooling needs"),
        ({"all_silent_e": np.zeros(3)}, "pooling needs"),
        ({"topic": np.array([0, 2])}, "numbered 0 to 1; got 0 to 2"),
        ({"topic": np.array([-1, 1])}, "numbered 0 to 1; got -1 to 1"),
        ({"topic": np.array([1, 1])}, "1 strata and a topic of 2 pairs"),
        ({"n_strata": 0}, "at least one"),
    ],
)
def test_arrays_that_do_not_belong_together_are_not_pooled(change: dict[str, Any], words: str) -> None:
    arrays: dict[str, Any] = {
        "log_lr": np.zeros((2, 5, 8)),
        "silent": np.zeros((2, 5, 8)),
        "topic": np.array([0, 1]),
        "all_silent": np.zeros((2, 5, 8)),
        "all_silent_e": np.ones(2),
        "n_strata": 1,
    }

    assert pool_evidence(**arrays).log_e == pytest.approx([0.0, 0.0])
    with pytest.raises(InvalidInput, match=words):
        pool_evidence(**(arrays | change))


# -- stories still needed ---------------------------------------------------------------------


def _needed(world: World, pairs: NDArray[np.intp], room: Numbers, threshold: float) -> list[int]:
    arrays = (world.counts, world.exposure[world.stratum], world.a, world.b, world.phi)
    found = stories_needed(
        world.pooled(), world.topic[pairs], *(one[pairs] for one in arrays), room=room, threshold=threshold
    )
    return [int(stories) for stories in found]


def test_stories_needed_are_the_first_number_that_a_slow_search_finds() -> None:
    """Each further story is put into the windows and the whole snapshot pooled again."""
    world = World(40, seed=6, lift=4.0)
    pairs = np.unique(world.topic, return_index=True)[1]
    room = (world.caps[:, -7:] - world.days[:, -7:]).clip(0).sum(axis=1)[pairs]
    threshold = log(2_000)
    slow = []
    for pair, most in zip(pairs, room, strict=True):
        answer = -1
        for k in range(int(np.ceil(most)), -1, -1):
            counts = world.counts.copy()
            counts[pair] += min(k, most) * (np.array(WINDOWS) >= 7)
            if world.pooled(world.ratios(counts)).log_e[world.topic[pair]] >= threshold:
                answer = k
        slow.append(answer)

    assert _needed(world, pairs, room, threshold) == slow
    assert {-1, 0} < set(slow)


def test_another_stratum_that_decides_alone_leaves_nothing_to_need() -> None:
    """Here the topic fell silent, which sinks the product; the half that looks at each stratum holds."""
    quiet, read = np.zeros((1, 5)), np.full((1, 5), 500.0)
    fallen = log_likelihood_ratios(quiet, read, 200.0, 1_000.0)
    both = np.concatenate([fallen, np.full((1, 5, 8), 10.0)])
    now = pool_evidence(both, 0 * both, np.array([0, 0]), 0 * fallen, np.array([2.0]), n_strata=2)
    assert now.log_e == pytest.approx([10 - log(4)])

    pair = (np.array([0]), quiet, read, 200.0, 1_000.0)
    found = [stories_needed(now, *pair, room=np.zeros(1), threshold=bar)[0] for bar in (8.6, 8.7)]

    assert found == [0, -1]


def test_what_the_cap_never_lets_count_is_impossible() -> None:
    world = World(10, seed=7)
    pairs = np.unique(world.topic, return_index=True)[1]

    assert set(_needed(world, pairs, np.zeros(len(pairs)), log(1e9))) == {-1}
    assert set(_needed(world, pairs, np.full(len(pairs), 2.5), log(1e9))) == {-1}
    assert set(_needed(world, pairs, np.zeros(len(pairs)), -50.0)) == {0}
    assert _needed(world, pairs[:0], np.zeros(0), 1.0) == []


def test_a_higher_bar_never_needs_fewer_stories() -> None:
    world = World(15, seed=8)
    pairs = np.unique(world.topic, return_index=True)[1]
    room = np.full(len(pairs), 40.0)

    rising = [_needed(world, pairs, room, bar) for bar in (-1.0, 0.5, 2.0, 4.0, 8.0, 12.0, 30.0)]

    for lower, higher in pairwise(rising):
        assert all(more == -1 or 0 <= less <= more for less, more in zip(lower, higher, strict=True))
    assert max(rising[-2]) > max(rising[1])


@pytest.mark.parametrize("room", [[-1.0], [nan], [inf], [1.0, 1.0]])
def test_room_that_cannot_be_is_refused(room: list[float]) -> None:
    with pytest.raises(InvalidInput, match="room is finite"):
        _needed(World(10, seed=7), np.array([0]), np.array(room), 1.0)
