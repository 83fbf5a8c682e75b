"""Was the peak a peak? The known case of running accuracy, error rates, and checkpoints of a run."""

from __future__ import annotations

import numpy as np
import pytest

from nophantom.errors import InvalidInput
from nophantom.llm.questions.trajectories import (
    follow_difference,
    follow_running,
    follow_training,
    running_from_counts,
)
from nophantom.stats.proportions import wilson
from nophantom.stats.trajectories import peak_against_final, peak_bounds
from nophantom.stats.verdicts import Verdict


@pytest.mark.parametrize(
    ("peak", "final", "plain", "studentised", "single"),
    [((158, 200), (379, 500), 0.42, 0.33, 0.10), ((119, 150), (365, 500), 0.18, 0.10, 0.023)],
)
def test_the_known_case_has_its_published_p_values(
    peak: tuple[int, int], final: tuple[int, int], plain: float, studentised: float, single: float
) -> None:
    found = running_from_counts(peak, final, step=50)
    assert found.test.p_plain == pytest.approx(plain, abs=0.005)
    assert found.test.p_studentised == pytest.approx(studentised, abs=0.005)
    assert found.test.p_single == pytest.approx(single, abs=0.005)
    assert found.verdict is Verdict.UNDECIDED
    assert found.final == wilson(*final)
    assert (found.looks, found.accuracy) == ((), ())


def test_the_first_200_against_the_rest_is_five_points_and_undecided() -> None:
    """The score interval; Wald's would be -2.2 to +12.9."""
    found = running_from_counts((158, 200), (379, 500), step=50)
    assert found.peak_against_rest is not None
    e = found.peak_against_rest.estimate
    assert (e.point, e.low, e.high) == pytest.approx((0.0533, -0.022, 0.129), abs=0.003)
    assert found.together is not None
    assert (found.together.estimate.low or 0) < (e.low or 0)
    named = running_from_counts((158, 200), (379, 500), step=50, named=True)
    assert named.together is not None
    assert named.together.estimate == e


def test_outcomes_and_their_counts_give_the_same_answer() -> None:
    order = np.concatenate([np.ones(20), np.zeros(10), np.tile([1.0, 0.0], 35)])
    found = follow_running("run", order, step=10)
    counted = running_from_counts((10, 10), (int(order.sum()), 100), step=10)
    assert (found.test.peak, found.test.peak_look) == (1.0, 10)  # the first of the looks that are as high
    assert found.test.p_plain == pytest.approx(counted.test.p_plain)
    assert found.peak_against_rest == counted.peak_against_rest
    assert counted.final == found.final
    assert found.looks == tuple(range(10, 101, 10))
    assert found.accuracy[:3] == pytest.approx((1.0, 1.0, 2 / 3))


def test_a_random_order_is_rarely_called_a_peak() -> None:
    """150 random orders with the highest of ten looks: real in at most 5%, though the look was chosen afterwards."""
    rng = np.random.default_rng(1)
    verdicts = [
        follow_running("run", (rng.random(200) < 0.75).astype(np.float64)).verdict for _ in range(150)
    ]
    assert verdicts.count(Verdict.REAL) <= 0.05 * 150
    assert verdicts.count(Verdict.UNDECIDED) >= 0.5 * 150


def test_a_plain_fall_is_real_and_a_named_look_is_tested_alone() -> None:
    falls = np.concatenate([np.ones(200), np.zeros(200)])
    assert follow_running("run", falls).verdict is Verdict.REAL
    rises = follow_running("run", falls[::-1].copy(), named=200)
    assert (rises.test.peak_look, rises.named, rises.verdict) == (200, True, Verdict.PHANTOM)


@pytest.mark.parametrize("outcomes", [[1.0], [], [0.5, 1.0, 0.0]])
def test_what_has_no_order_is_refused(outcomes: list[float]) -> None:
    with pytest.raises(InvalidInput):
        follow_running("run", np.array(outcomes))


@pytest.mark.parametrize("right", [0.0, 1.0])
def test_all_right_and_all_wrong_are_no_peak(right: float) -> None:
    found = follow_running("run", np.full(100, right))
    assert found.verdict is not Verdict.REAL
    assert (found.test.drop, found.final.point) == (0.0, right)


def test_the_running_difference_of_two_equal_runs_is_nothing() -> None:
    one = (np.random.default_rng(2).random(100) < 0.5).astype(np.float64)
    found = follow_difference("a", "b", (one, one), rng=np.random.default_rng(3))
    assert (found.first, found.second) == ("a", "b")
    assert set(found.band.difference) == {0.0}
    with pytest.raises(InvalidInput, match="share 1"):
        follow_difference("a", "b", (one[:1], one[:1]), rng=np.random.default_rng(3))


def test_checkpoints_carry_the_test_of_the_peak_and_its_bounds() -> None:
    rng = np.random.default_rng(4)
    levels = np.array([[0.3], [0.6], [0.85], [0.7]])
    outcomes = (rng.random((4, 400)) < levels).astype(np.float64)
    found = follow_training("run", (1, 2, 3, 4), outcomes, rng=np.random.default_rng(5), last=1)
    again = np.random.default_rng(5)
    assert found.peak == peak_against_final(outcomes, rng=again, last=1, confidence=0.95)
    assert found.bounds == peak_bounds(outcomes, rng=again, confidence=0.95)
    assert (found.verdict, found.shape.peak_index, found.smoothed, found.n) == (Verdict.REAL, 2, None, 400)
    assert [e.point for e in found.each] == pytest.approx(outcomes.mean(axis=1).tolist())
    smoothed = follow_training("run", (1, 2, 3, 4), outcomes, rng=np.random.default_rng(5), last=2)
    assert smoothed.smoothed is not None
    assert smoothed.smoothed.point == pytest.approx(outcomes[2:].mean())
    rising = follow_training("run", (1, 2), outcomes[:2], rng=np.random.default_rng(5))
    assert rising.verdict is Verdict.PHANTOM
    with pytest.raises(InvalidInput, match="running accuracy"):
        follow_training("run", (1,), outcomes[:1], rng=np.random.default_rng(5))
