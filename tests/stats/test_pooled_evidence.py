"""The compiled evidence against its definition in `count_evidence`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from nophantom.stats.count_evidence import FACTORS, PooledEvidence, log_likelihood_ratios, pool_evidence
from nophantom.stats.pooled_evidence import pooled_evidence

SEEDS = st.integers(0, 2**32 - 1)


@dataclass
class Drawn:
    """Topics in strata, as a detection has them."""

    first: NDArray[np.int64]
    stratum: NDArray[np.int64]
    counts: NDArray[np.float64]
    exposure: NDArray[np.float64]
    a: NDArray[np.float64]
    b: NDArray[np.float64]
    phi: NDArray[np.float64]
    ages: NDArray[np.int64]
    usual_age: int
    unnamed: NDArray[np.float64]
    rates: NDArray[np.float64]
    read: NDArray[np.float64]
    speaking: NDArray[np.int64]

    def compiled(self) -> PooledEvidence:
        pairs = (self.first, self.stratum, self.counts, self.exposure, self.a, self.b, self.phi)
        strata: dict[str, Any] = {"unnamed": self.unnamed, "rates": self.rates, "read": self.read}
        return pooled_evidence(
            *pairs, ages=self.ages, usual_age=self.usual_age, **strata, speaking=self.speaking
        )

    def defined(self) -> PooledEvidence:
        """By the tables of all pairs, windows and factors, and of the silence of all strata at each age."""
        topic = np.repeat(np.arange(len(self.ages)), np.diff(self.first))
        age = self.ages[topic]
        silent = log_likelihood_ratios(
            np.zeros_like(self.exposure), self.exposure, self.unnamed[self.stratum], self.rates[age, self.stratum]
        )  # fmt: skip
        ratios = log_likelihood_ratios(self.counts, self.exposure, self.a, self.b, self.phi)
        n_windows = self.counts.shape[1]
        every = np.zeros((len(self.rates), n_windows, len(FACTORS)))
        every_e = np.zeros(len(self.rates))
        for one in range(len(self.rates)):
            if len(self.speaking):
                read = self.read[one, self.speaking]
                quiet = log_likelihood_ratios(
                    np.zeros_like(read), read, self.unnamed[self.speaking], self.rates[one, self.speaking]
                )
                every[one], every_e[one] = quiet.sum(axis=0), np.exp(quiet).mean(axis=(1, 2)).sum()
        n_strata = max(1, len(self.speaking))
        return pool_evidence(ratios, silent, topic, every[self.ages], every_e[self.ages], n_strata=n_strata)


def drawn(seed: int, n_topics: int, n_strata: int, n_windows: int = 5, n_ages: int = 4) -> Drawn:
    """Baselines that ended at all ages, some windows in which nothing was read, some mute strata."""
    rng = np.random.default_rng(seed)
    speaking = np.flatnonzero(rng.random(n_strata) < 0.8)
    rates = 10 ** rng.uniform(0, 5, (n_ages, n_strata))
    read = rng.poisson(10 ** rng.uniform(-1, 4, (n_ages, n_strata, n_windows))).astype(np.float64)
    read[0] = 0  # the baseline ends today
    named = [speaking[rng.random(len(speaking)) < rng.random()] for _ in range(n_topics)]
    stratum = np.concatenate([*named, np.zeros(0, dtype=np.int64)]).astype(np.int64)
    ages = rng.choice([n_ages - 1, *range(n_ages)], n_topics).astype(np.int64)
    topic = np.repeat(np.arange(n_topics), [len(own) for own in named])
    exposure = read[ages[topic], stratum]
    a = 10 ** rng.uniform(-3, 2, len(stratum))
    counts = np.where(exposure > 0, rng.gamma(0.3, 20, exposure.shape), 0.0)
    return Drawn(
        first=np.concatenate([[0], np.cumsum([len(own) for own in named])]).astype(np.int64),
        stratum=stratum,
        counts=counts * (rng.random(exposure.shape) < 0.7),
        exposure=exposure,
        a=a,
        b=rates[ages[topic], stratum],
        phi=1 + rng.gamma(0.5, 2.0, len(stratum)) * (rng.random(len(stratum)) < 0.5),
        ages=ages,
        usual_age=n_ages - 1,
        unnamed=10 ** rng.uniform(-6, -1, n_strata),
        rates=rates,
        read=read,
        speaking=speaking,
    )


def assert_the_same(one: PooledEvidence, two: PooledEvidence) -> None:
    """To 1e-10 of each e-value, or of 1: a sum of e-values that are all far below 1 has the rounding of 1."""
    assert one.n_strata == two.n_strata
    assert one.log_lr == pytest.approx(two.log_lr, rel=1e-10, abs=1e-10)
    for own, other in ((one.log_e, two.log_e), (one.log_strata, two.log_strata)):
        assert own.shape == other.shape
        top = np.maximum(other, 0)
        assert np.exp(own - top) == pytest.approx(np.exp(other - top), abs=1e-10)


@settings(max_examples=150)
@given(SEEDS, st.integers(0, 8), st.integers(1, 9), st.integers(1, 6), st.integers(1, 6))
def test_the_compiled_evidence_is_that_of_the_definition(
    seed: int, topics: int, strata: int, windows: int, ages: int
) -> None:
    world = drawn(seed, topics, strata, windows, ages)

    assert_the_same(world.compiled(), world.defined())


def test_the_draws_of_this_test_hold_what_matters() -> None:
    """Else the agreement above would say little."""
    worlds = [drawn(seed, 8, 9) for seed in range(40)]

    assert any((w.ages != w.usual_age).any() and (w.ages == w.usual_age).any() for w in worlds)
    assert any((np.diff(w.first) == 0).any() for w in worlds)  # a topic that no stratum has named
    assert any((np.diff(w.first) == len(w.speaking)).any() for w in worlds)  # and one that all have
    assert any(((w.exposure == 0) & (w.b > 0)[:, None]).any() for w in worlds)
    log_e = np.concatenate([w.compiled().log_e for w in worlds])
    assert log_e.min() < -0.5
    assert log_e.max() > 500  # far above the greatest float of an e-value


@pytest.mark.parametrize("strata", [0, 3])
def test_without_topics_there_is_no_evidence(strata: int) -> None:
    world = drawn(1, 0, strata)

    found = world.compiled()

    assert (found.log_e.shape, found.log_lr.shape) == ((0,), (0, 5, len(FACTORS)))
    assert found.n_strata == max(1, len(world.speaking))


def test_where_every_stratum_is_mute_half_an_e_value_is_left() -> None:
    """The ratio of nothing is 1, and no stratum has an e-value of its own."""
    world = drawn(2, 3, 0)

    found = world.compiled()

    assert found.log_e == pytest.approx(np.log([0.5] * 3))
    assert found.log_strata.tolist() == [-np.inf] * 3


def test_the_evidence_of_a_topic_does_not_depend_on_the_others() -> None:
    world = drawn(7, 8, 6)
    whole = world.compiled()

    for k in range(8):
        rows = slice(world.first[k], world.first[k + 1])
        alone = replace(
            world,
            first=np.array([0, rows.stop - rows.start]),
            stratum=world.stratum[rows],
            counts=world.counts[rows],
            exposure=world.exposure[rows],
            a=world.a[rows],
            b=world.b[rows],
            phi=world.phi[rows],
            ages=world.ages[k : k + 1],
        ).compiled()
        assert alone.log_e.tolist() == whole.log_e[k : k + 1].tolist()  # to the bit
        assert (alone.log_lr[0] == whole.log_lr[k]).all()
