"""What another seed brings and costs: by hand, and where it stops paying."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nophantom.errors import InvalidInput
from nophantom.stats.expected_maximum import standard_normal_maximum
from nophantom.stats.return_on_compute import SIZES, return_on_compute


def test_two_seeds_by_hand() -> None:
    """e_2 is 0.5642 and e_3 0.8463: at an honest sd of half a point 0.28 and 0.42 points."""
    row = return_on_compute(0.01, reliability=0.5, hours_per_seed=4.0).rows[1]

    assert row.n == 2
    assert row.gain == pytest.approx(0.005 * 0.5642, abs=1e-6)
    assert row.next_gain == pytest.approx(0.005 * (0.8463 - 0.5642), abs=1e-6)
    assert row.hours == 8
    assert row.next_gain_per_hour == pytest.approx(row.next_gain / 4)


def test_the_gain_is_what_the_best_of_n_keeps_in_a_simulation() -> None:
    """Seeds 1 point apart, noise 1 point: r = 0.5, sd 1.41; Monte-Carlo error 0.005 points."""
    rng = np.random.default_rng(1)
    levels = rng.normal(0, 0.01, (40_000, 5))
    chosen = (levels + rng.normal(0, 0.01, levels.shape)).argmax(axis=1)
    kept = np.take_along_axis(levels, chosen[:, None], axis=1).mean()

    row = return_on_compute(0.01 * np.sqrt(2), reliability=0.5).rows[3]

    assert row.n == 5
    assert row.gain == pytest.approx(kept, abs=2e-4)


@settings(max_examples=40)
@given(st.floats(0.001, 0.1), st.floats(0.05, 1), st.floats(0.1, 50), st.floats(1e-5, 0.01))
def test_it_stops_where_the_next_seed_first_falls_below_the_bar(
    sd: float, reliability: float, hours: float, worthwhile: float
) -> None:
    found = return_on_compute(sd, reliability=reliability, hours_per_seed=hours, worthwhile=worthwhile)

    def next_gain_per_hour(n: int) -> float:
        gain = standard_normal_maximum(n + 1) - standard_normal_maximum(n)
        return sd * reliability * gain / hours

    if found.stops_at is None:
        assert found.never_stops
        assert next_gain_per_hour(1_000) >= worthwhile
        return
    assert next_gain_per_hour(found.stops_at) < worthwhile
    assert found.stops_at == 1 or next_gain_per_hour(found.stops_at - 1) >= worthwhile * (1 - 1e-9)


def test_an_alternative_that_gained_nothing_never_stops_the_seeds() -> None:
    found = return_on_compute(0.00572, reliability=0.4, hours_per_seed=1.5, alternative=(0.0, 85.0))

    assert (found.bar, found.stops_at, found.never_stops) == (0, None, True)
    lost = return_on_compute(0.00572, reliability=0.4, hours_per_seed=1.5, alternative=(-0.01, 85.0))
    assert lost.bar == 0


def test_the_higher_bar_counts() -> None:
    found = return_on_compute(0.01, hours_per_seed=1.0, alternative=(0.01, 10.0), worthwhile=0.0005)

    assert found.bar == pytest.approx(0.001)
    assert found.observed_only


def test_seeds_that_do_not_differ_never_pay() -> None:
    found = return_on_compute(0.01, reliability=0.0, hours_per_seed=1.0, alternative=(0.0, 85.0))

    assert (found.stops_at, found.never_stops) == (1, False)
    assert all(row.gain == 0 for row in found.rows)


def test_without_hours_the_columns_of_hours_are_unknown_not_zero() -> None:
    found = return_on_compute(0.01, reliability=0.5, worthwhile=0.001, seeds_so_far=7, ensemble=4)

    assert [row.n for row in found.rows] == sorted([*SIZES, 7])
    assert all(row.hours is None and row.next_gain_per_hour is None for row in found.rows)
    assert (found.stops_at, found.never_stops) == (None, False)
    assert (found.inference_cost, found.seeds_so_far, found.observed_only) == (4, 7, False)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"A point is 0\.01"):
        return_on_compute(1.2)
    with pytest.raises(InvalidInput, match="reliability lies"):
        return_on_compute(0.01, reliability=1.5)
    with pytest.raises(InvalidInput, match="hours per seed"):
        return_on_compute(0.01, hours_per_seed=0)
    with pytest.raises(InvalidInput, match="counted from 1"):
        return_on_compute(0.01, seeds_so_far=0)
    with pytest.raises(InvalidInput, match="hours above 0"):
        return_on_compute(0.01, alternative=(0.01, 0.0))
