"""The self-test: e-values that keep their word pass, and such that do not are found out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nophantom.trends.self_test import LEVELS, TIER_NAMES, TIERS, TierCheck, tier_checks


def test_there_is_a_check_of_every_tier_at_every_level() -> None:
    checks = tier_checks(np.zeros(0), np.zeros(0, dtype=np.int64), 5_000.0)

    assert [(c.tier, c.level) for c in checks] == [
        (tier, level) for tier in range(len(TIERS) + 1) for level in (*LEVELS, 5_000.0)
    ]
    assert all(c.worth is None and c.holds for c in checks)
    assert len(TIER_NAMES) == len(TIERS) + 1


def test_the_level_of_the_snapshot_is_asked_once_where_it_is_one_of_the_others() -> None:
    assert len(tier_checks(np.zeros(1), np.zeros(1, dtype=np.int64), LEVELS[0])) == len(LEVELS) * 5


@given(st.lists(st.tuples(st.floats(-5, 12), st.integers(0, 4)), min_size=1, max_size=60))
def test_worth_is_the_level_times_the_share_that_reaches_it(pairs: list[tuple[float, int]]) -> None:
    log_e, tier = np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs])
    for check in tier_checks(log_e, tier, 50.0):
        own = [e for e, t in pairs if t == check.tier]
        reached = sum(e >= np.log(check.level) for e in own)
        assert (check.topics, check.reached) == (len(own), reached)
        if own:
            assert check.worth == pytest.approx(check.level * reached / len(own))


def test_at_its_own_level_a_snapshot_is_held_to_its_boost() -> None:
    """e = 60 ten times in 10,000: 0.06 at the level of 60, 0.6 at 600 where it is boosted so far, and 1.2 at 1,200."""
    log_e, tier = np.full(10, np.log(60.0)), np.zeros(10)
    topics = [10_000, 0, 0, 0, 0]

    def worth(level: float, boost: float) -> dict[float, float | None]:
        checks = tier_checks(log_e, tier, level, topics=topics, boost=boost)
        assert {c.topics for c in checks if c.tier == 0} == {10_000}
        return {c.level: c.worth for c in checks if c.tier == 0}

    assert worth(60.0, 1.0) == pytest.approx({20.0: 0.02, 60.0: 0.06, 100.0: 0, 1_000.0: 0})
    assert worth(600.0, 10.0) == pytest.approx({20.0: 0.02, 100.0: 0, 600.0: 0.6, 1_000.0: 0})
    assert worth(1_200.0, 20.0)[1_200.0] == pytest.approx(1.2)
    assert worth(100.0, 10.0) == pytest.approx({20.0: 0.02, 100.0: 0.1, 1_000.0: 0})


def test_honest_e_values_hold_and_inflated_ones_do_not() -> None:
    """Uniform p-values give e-values 1 / (2 sqrt(p)), whose mean is 1; three times as much is too much."""
    rng = np.random.default_rng(1)
    log_e = -np.log(2 * np.sqrt(rng.random(50_000)))
    tier = rng.integers(0, 5, 50_000)
    inflated = np.where(tier == 3, log_e * 3 + 3, log_e)

    assert all(check.holds for check in tier_checks(log_e, tier, 2_000.0))
    failing = {check.tier for check in tier_checks(inflated, tier, 2_000.0) if not check.holds}
    assert failing == {3}


def test_one_of_a_few_is_chance_and_no_warning() -> None:
    assert TierCheck(0, 20.0, 1, 1, 20.0).holds
    assert TierCheck(0, 20.0, 10, 1, 2.0).holds
    assert not TierCheck(0, 20.0, 10, 5, 10.0).holds
    assert not TierCheck(0, 1_000.0, 500, 5, 10.0).holds
    rng = np.random.default_rng(2)
    warned = sum(not TierCheck(0, 20.0, 30, n, n * 20 / 30).holds for n in rng.binomial(30, 1 / 20, 4_000))
    assert warned <= 4_000 * 0.05 / 20 * 2
