"""One seed among many: its draws lie where a prior and data would put them, and hold the truth."""

from __future__ import annotations

import numpy as np
import pytest

from nophantom.errors import InvalidInput
from nophantom.stats.seeds import variance_components
from nophantom.stats.shrinkage import check_draws, honest_score, interval_of_draws, lead_draws


@pytest.mark.parametrize("share", [0.0, 0.1, 0.25, 0.5, 0.9])
@pytest.mark.parametrize("seeds", [3, 10])
def test_the_lead_of_the_chosen_seed_is_held_at_every_reliability(share: float, seeds: int) -> None:
    """Nominal 95%; Monte-Carlo error 1.3% in 300 studies. Draws cut off at 0 held 85% here."""
    rng, covered = np.random.default_rng(1), []
    own = np.sqrt(share / (1 - share) * 0.05**2 / 20)
    for _ in range(300):
        levels = rng.normal(0, own, (seeds, 1))
        scores = np.clip(0.5 + levels + rng.normal(0, 0.05, (seeds, 20)), 0, 1)
        accuracies = scores.mean(axis=1)
        best = int(accuracies.argmax())
        lead = float(accuracies[best] - accuracies.mean())
        kept, _ = lead_draws(variance_components(scores), lead, rng=rng, draws=1_000)
        low, high = np.quantile(kept, [0.025, 0.975])
        covered.append(low - 1e-12 <= levels[best, 0] - levels.mean() <= high + 1e-12)

    assert np.mean(covered) >= 0.915


def test_a_perfect_reliability_keeps_the_whole_lead() -> None:
    parts = variance_components(np.tile([[0.2], [0.5], [0.6]], (1, 7)))
    kept, _ = lead_draws(parts, 0.1, rng=np.random.default_rng(1), draws=1_000)
    found = honest_score(parts, 0.6, rng=np.random.default_rng(1))

    assert kept == pytest.approx(np.full(1_000, 0.1))
    assert found is not None
    assert found.point == pytest.approx(0.6)


def test_the_error_of_the_mean_is_that_of_the_problems() -> None:
    parts = variance_components(np.random.default_rng(1).random((4, 200)) < 0.6)
    _, of_problems = lead_draws(parts, 0.0, rng=np.random.default_rng(2), draws=100_000)

    assert parts.ms_problem is not None
    assert of_problems.std() == pytest.approx(np.sqrt(parts.ms_problem / 800), rel=0.02)


def test_seeds_that_score_alike_on_unequal_answers_keep_no_lead() -> None:
    found = honest_score(variance_components(np.eye(4)), 0.25, rng=np.random.default_rng(1))

    assert found is not None
    assert found.point == 0.25
    assert found.low is not None
    assert found.low <= 0.25 <= (found.high or 0)


def test_an_accuracy_in_percent_few_draws_and_one_seed() -> None:
    rng, parts = np.random.default_rng(1), variance_components(np.eye(4))
    with pytest.raises(InvalidInput, match=r"75\.9% is 0\.759"):
        honest_score(parts, 75.9, rng=rng)
    with pytest.raises(InvalidInput, match="at least 1,000"):
        check_draws(999)
    assert honest_score(variance_components(np.ones((1, 4))), 1.0, rng=rng) is None


def test_the_interval_of_draws_stays_within_0_and_1_and_around_its_point() -> None:
    found = interval_of_draws(1.01, np.linspace(0.9, 1.2, 1_001), 0.9, 5)

    assert (found.point, found.high, found.n) == (1, 1, 5)
    assert found.low == pytest.approx(0.915)
