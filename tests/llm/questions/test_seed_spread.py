"""The spread of seeds over a cube: rows, verdicts, prices and the known summary."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nophantom.errors import InvalidInput
from nophantom.llm.gathering import cube_of_scores
from nophantom.llm.questions.seed_spread import ArmSpread, Price, seed_spread, seeds_from_summary
from nophantom.llm.questions.setting import setting_of
from nophantom.stats.seeds import reliability, seed_sd, variance_components
from nophantom.stats.verdicts import Verdict


def spread(scores: np.ndarray[tuple[int, ...], np.dtype[np.float64]], **asked: float) -> ArmSpread:
    cube = cube_of_scores(scores)
    return seed_spread(cube, setting_of(cube, None), rng=np.random.default_rng(0), **asked).arms[0]  # type: ignore[arg-type]


def seeds(
    sd: float, *, s: int = 10, p: int = 800, seed: int = 1
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    rng = np.random.default_rng(seed)
    level = np.clip(0.7 + rng.normal(0, sd, (s, 1)) + rng.normal(0, 0.15, p), 0, 1)
    return (rng.random((s, p)) < level).astype(np.float64)


def test_the_answer_carries_the_statistics_of_its_scores() -> None:
    scores = seeds(0.04)
    found = spread(scores)
    components = variance_components(scores)
    assert found.mean == pytest.approx(scores.mean())
    assert found.sd == pytest.approx(scores.mean(axis=1).std(ddof=1))
    assert found.seed_sd == seed_sd(components)
    assert found.reliability == reliability(components)
    assert [row.accuracy for row in found.seeds] == sorted(scores.mean(axis=1).tolist(), reverse=True)
    assert (found.n_problems, found.left_out, found.best.n) == (800, 0, 10)
    assert found.best_in_hand is not None
    assert found.best_in_hand.point < found.seeds[0].accuracy


def test_seeds_that_differ_are_real_and_seeds_that_do_not_are_never() -> None:
    """5 points among 10 seeds; none among 20 seeds on 4,000 problems; and 25 small worlds without any."""
    assert spread(seeds(0.05)).verdict is Verdict.REAL
    alike = spread(seeds(0.0, s=20, p=4_000))
    assert alike.verdict is Verdict.PHANTOM
    assert "ruled out" in alike.reason
    wrong = sum(spread(seeds(0.0, s=5, p=100, seed=n)).verdict is Verdict.REAL for n in range(25))
    assert wrong <= 3


def test_one_seed_cannot_show_a_spread() -> None:
    found = spread(seeds(0.0, s=1))
    assert (found.verdict, found.sd, found.seed_sd, found.reliability, found.cochran, found.cost) == (
        Verdict.UNDECIDED,
        None,
        None,
        None,
        None,
        None,
    )
    assert found.reason.startswith("1 seed cannot")


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_all_right_and_all_wrong_are_defined(value: float) -> None:
    found = spread(np.full((3, 20), value))
    assert (found.mean, found.sd) == (value, 0.0)
    assert found.verdict in {Verdict.UNDECIDED, Verdict.PHANTOM}


def test_what_a_seed_was_not_scored_on_is_left_out_of_its_arm_alone() -> None:
    scores = seeds(0.02, s=4, p=50)
    scores[0, :5] = np.nan
    cube = cube_of_scores(scores, arms=["a", "a", "b", "b"])
    found = seed_spread(cube, setting_of(cube, None), rng=np.random.default_rng(0))
    assert [(arm.arm, arm.n_problems, arm.left_out) for arm in found.arms] == [("a", 45, 5), ("b", 50, 0)]
    assert [(one.first, one.second) for one in found.pairs] == [("a", "b")]


def test_hours_come_from_the_ledger_unless_a_price_is_told() -> None:
    cube = replace(cube_of_scores(seeds(0.05, s=4)), hours=(4.0, None, 5.0, None))

    def hours(price: Price | None) -> float | None:
        found = seed_spread(cube, setting_of(cube, None), rng=np.random.default_rng(0), price=price)
        return found.arms[0].hours_per_seed

    assert hours(None) == 4.5
    assert hours(Price(hours_per_seed=9.0)) == 9.0
    assert spread(seeds(0.05, s=4)).hours_per_seed is None


def test_partial_credit_has_no_test_of_right_and_wrong() -> None:
    scores = seeds(0.05, s=4)
    assert spread(scores).cochran is not None
    assert spread(scores * 0.5).cochran is None


def test_the_known_summary_gives_the_known_maxima() -> None:
    """75.9% and 0.572 points over 20 seeds: asymptotic 77.30, normal 76.97; honest between the mean and that."""
    found = seeds_from_summary(0.759, 0.00572, 20)
    assert found.asymptotic is not None
    assert found.normal is not None
    assert found.asymptotic.point == pytest.approx(0.7730, abs=5e-5)
    assert found.normal.point == pytest.approx(0.7697, abs=5e-5)
    assert (found.empirical, found.honest) == (None, None)
    assert "needs the scores" in (found.about_empirical or "")
    assert found.honest_range == pytest.approx((0.7590, 0.7697), abs=5e-5)
    of_five = seeds_from_summary(0.759, 0.00572, 20, n=5).normal
    assert of_five is not None
    assert of_five.point < found.normal.point


@pytest.mark.parametrize("delta", [0.0, 1.0])
def test_a_smallest_spread_out_of_range_is_refused(delta: float) -> None:
    with pytest.raises(InvalidInput, match="delta"):
        spread(seeds(0.0, s=2, p=10), delta=delta)
