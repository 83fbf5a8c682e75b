"""Looking after every problem, and still wrong no more often than it says."""

from __future__ import annotations

from itertools import product
from math import inf, log
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.stats import sequential
from nophantom.stats.sequential import (
    Estimand,
    betting_confidence_sequence,
    confidence_sequence_without_replacement,
    paired_e_process,
    sequential_verdict,
)
from nophantom.stats.verdicts import Direction, Verdict

DELTA = 0.01
differences = st.lists(st.sampled_from([-1.0, 0.0, 1.0]), min_size=1, max_size=60).map(np.array)


def _draw(rng: np.random.Generator, n: int, p_d: float, gap: float) -> NDArray[np.float64]:
    return rng.choice([1.0, -1.0, 0.0], p=[(p_d + gap) / 2, (p_d - gap) / 2, 1 - p_d], size=n)


def _shuffled(rng: np.random.Generator, gains: int, losses: int, n: int) -> NDArray[np.float64]:
    return rng.permutation(np.repeat([1.0, -1.0, 0.0], [gains, losses, n - gains - losses]))


# -- e-values -----------------------------------------------------------------------------------


def test_on_paired_answers_the_e_value_is_the_mean_of_plain_bets() -> None:
    """A stake f on d: 1 + f for a gain, 1 - f for a loss, nothing for a tie."""
    d = np.array([1.0, 0.0, -1.0, 1.0, 1.0])
    process = paired_e_process(d, delta=DELTA)

    by_hand = [np.mean([np.prod(1 + f * d[:t]) for f in sequential._STAKES]) for t in range(1, 6)]
    assert np.exp(process.better).tolist() == pytest.approx(by_hand)
    assert process.estimand is Estimand.PROBLEMS


def test_no_e_value_is_expected_to_grow_where_its_claim_holds() -> None:
    """All sequences of 5 answers with their chances, at the border of each claim: the mean is 1."""
    for theta, which in (
        (0.0, "better"),
        (0.0, "worse"),
        (DELTA, "below_delta"),
        (-DELTA, "above_minus_delta"),
    ):
        chance = {1.0: (0.3 + theta) / 2, -1.0: (0.3 - theta) / 2, 0.0: 0.7}
        total = 0.0
        for path in product(chance, repeat=5):
            e_value = np.exp(getattr(paired_e_process(np.array(path), delta=DELTA), which)[-1])
            total += float(np.prod([chance[step] for step in path]) * e_value)
        assert total == pytest.approx(1.0, abs=1e-9)


def test_without_replacement_no_e_value_is_expected_to_grow_in_random_order() -> None:
    """Over all orders of 3 gains, 3 losses and 1 tie the mean is 1, and less at the end, where a bet
    on what can no longer come is lost."""
    orders = {
        order for order in product((1.0, -1.0, 0.0), repeat=7) if order.count(1.0) == order.count(-1.0) == 3
    }
    paths = np.array(
        [np.exp(paired_e_process(np.array(o), delta=DELTA, population=7).better) for o in orders]
    )

    assert len(orders) == 140
    assert paths[:, :4].mean(axis=0).tolist() == pytest.approx([1.0] * 4)
    assert (paths.mean(axis=0) <= 1 + 1e-9).all()


def test_the_claim_that_was_made_impossible_has_an_infinite_e_value() -> None:
    """4 gains of 7 problems: even three losses cannot bring the mean to 0."""
    process = paired_e_process(np.ones(4), delta=DELTA, population=7)

    assert process.better[2] < inf
    assert process.better[3] == inf
    assert process.worse[3] < 0


@settings(max_examples=40)
@given(differences)
def test_swapping_the_systems_swaps_the_claims(d: NDArray[np.float64]) -> None:
    one, other = paired_e_process(d, delta=DELTA), paired_e_process(-d, delta=DELTA)

    assert one.better.tolist() == pytest.approx(other.worse.tolist())
    assert one.below_delta.tolist() == pytest.approx(other.above_minus_delta.tolist())


# -- confidence sequences -------------------------------------------------------------------------


@settings(max_examples=40)
@given(differences, st.booleans())
def test_the_verdict_falls_exactly_when_an_e_value_passes_its_bar(
    d: NDArray[np.float64], whole: bool
) -> None:
    population = len(d) + 5 if whole else None
    process = paired_e_process(d, delta=DELTA, population=population)
    bar = log(2 / 0.2)
    real, phantom = (np.flatnonzero(e >= bar) for e in (process.better, process.below_delta))
    first = min([*real[:1].tolist(), *phantom[:1].tolist()], default=None)

    seen = sequential_verdict(d, delta=DELTA, confidence=0.8, population=population)

    assert seen.decided_after == (None if first is None else first + 1)
    if first is None:
        assert seen.verdict is Verdict.UNDECIDED
        assert seen.saved == 0
    elif first in phantom:
        assert seen.verdict is Verdict.PHANTOM
    else:
        assert seen.verdict is Verdict.REAL


@settings(max_examples=25)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=40).map(np.array))
def test_intervals_only_ever_shrink_and_after_all_problems_only_the_truth_is_left(
    values: NDArray[np.float64],
) -> None:
    open_ended = betting_confidence_sequence(values)
    whole = confidence_sequence_without_replacement(values, len(values))

    for sequence in (open_ended, whole):
        assert (np.diff(sequence.low[:-1]) >= 0).all()
        assert (np.diff(sequence.high[:-1]) <= 0).all()
        assert (sequence.low <= sequence.high).all()
    last = whole.at(len(values))
    assert last.low == last.high == last.point == pytest.approx(values.mean())


def test_the_ends_are_where_the_bet_against_them_is_just_won() -> None:
    """The grid rounds outwards: the bet against each end, taken alone, is won; a little inside, not yet."""
    values = np.random.default_rng(3).random(300) * 0.6
    sequence = betting_confidence_sequence(values, confidence=0.9)
    bar, low, high = log(2 / 0.1), float(sequence.low[-1]), float(sequence.high[-1])

    assert sequential._log_capital(values, low, None).max() >= bar
    assert sequential._log_capital(values, low + 0.01, None).max() < bar
    assert sequential._log_capital(1 - values, 1 - high, None).max() >= bar
    assert sequential._log_capital(1 - values, 1 - high + 0.01, None).max() < bar


def _ever_missed(rng: np.random.Generator, worlds: int, *, whole: bool) -> float:
    """How often a 90% sequence of 150 answers, 30% of them right, ever leaves out the truth."""
    missed, beside = 0, (0.3 - 1e-9, 0.3 + 1e-9)  # ends just beside the truth are exact
    for _ in range(worlds):
        if whole:
            values = rng.permutation(np.repeat([1.0, 0.0], [45, 105]))
            sequence = confidence_sequence_without_replacement(values, 150, confidence=0.9, marks=beside)
        else:
            sequence = betting_confidence_sequence(
                (rng.random(150) < 0.3) * 1.0, confidence=0.9, marks=beside
            )
        missed += bool(((sequence.low > 0.3 + 1e-12) | (sequence.high < 0.3 - 1e-12)).any())
    return missed / worlds


@pytest.mark.parametrize("whole", [False, True])
def test_a_sequence_misses_at_any_time_no_more_often_than_it_says(whole: bool) -> None:
    worlds = 150

    missed = _ever_missed(np.random.default_rng(4), worlds, whole=whole)

    assert missed <= 0.1 + 3 * (0.1 * 0.9 / worlds) ** 0.5


# -- verdicts -------------------------------------------------------------------------------------


@pytest.mark.parametrize("whole", [False, True])
def test_equal_systems_are_rarely_called_different_however_often_it_is_looked(whole: bool) -> None:
    rng, worlds, n = np.random.default_rng(5), 150, 200
    alarms = 0
    for _ in range(worlds):
        d = _shuffled(rng, 40, 40, n) if whole else _draw(rng, n, 0.25, 0.0)
        seen = sequential_verdict(
            d, delta=DELTA, direction=Direction.DIFFERENT, population=n if whole else None
        )
        alarms += seen.verdict is Verdict.REAL

    assert alarms / worlds <= 0.05 + 3 * (0.05 * 0.95 / worlds) ** 0.5


def test_a_large_gap_is_decided_early_and_a_test_set_earlier_than_its_population() -> None:
    rng = np.random.default_rng(6)
    open_ended, whole = [], []
    for _ in range(8):
        d = _shuffled(rng, 185, 79, 1319)  # 8 points
        open_ended.append(sequential_verdict(d, delta=DELTA))
        whole.append(sequential_verdict(d, delta=DELTA, population=1319))

    assert all(one.verdict is Verdict.REAL for one in open_ended + whole)
    assert np.median([one.saved for one in open_ended]) > 0.5
    assert np.mean([one.saved for one in whole]) > np.mean([one.saved for one in open_ended])
    assert {one.estimand for one in whole} == {Estimand.TEST_SET}


@pytest.mark.parametrize(
    ("gains", "losses", "direction", "verdict"),
    [
        (30, 10, Direction.HIGHER, Verdict.REAL),
        (10, 30, Direction.HIGHER, Verdict.PHANTOM),
        (10, 30, Direction.LOWER, Verdict.REAL),
        (10, 30, Direction.DIFFERENT, Verdict.REAL),
        (20, 20, Direction.DIFFERENT, Verdict.PHANTOM),
        (21, 20, Direction.HIGHER, Verdict.PHANTOM),  # half a point: real but smaller than delta
        (22, 20, Direction.HIGHER, Verdict.REAL),  # one point is delta itself
    ],
)
def test_after_the_whole_test_set_every_question_about_it_is_decided(
    gains: int, losses: int, direction: Direction, verdict: Verdict
) -> None:
    d = _shuffled(np.random.default_rng(7), gains, losses, 200)

    seen = sequential_verdict(d, delta=DELTA, direction=direction, population=200)

    assert seen.verdict is verdict
    assert seen.saved == 1 - (seen.decided_after or 0) / 200


def test_two_that_never_differ_stay_undecided_until_enough_was_seen() -> None:
    few, many = np.zeros(50), np.zeros(2_000)

    assert sequential_verdict(few, delta=DELTA).verdict is Verdict.UNDECIDED
    assert sequential_verdict(many, delta=DELTA).verdict is Verdict.PHANTOM


def test_one_problem_decides_nothing_unless_it_is_the_whole_test_set() -> None:
    assert sequential_verdict(np.ones(1), delta=DELTA).decided_after is None
    assert sequential_verdict(np.ones(1), delta=DELTA, population=2).decided_after is None
    assert sequential_verdict(np.ones(1), delta=DELTA, population=1).verdict is Verdict.REAL


@pytest.mark.parametrize(
    ("values", "options", "sentence"),
    [
        ([], {}, "at least one number"),
        ([[1.0]], {}, "one list"),
        (["a"], {}, "one list"),
        ([2.0], {}, "between -1"),
        ([np.nan], {}, "Leave out problems"),
        ([1.0, 0.0], {"population": 1}, "asked 2 of them"),
        ([1.0], {"delta": 0.0}, "delta"),
        ([1.0], {"confidence": 95}, "confidence"),
    ],
)
def test_bad_input_is_refused(values: Any, options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        sequential_verdict(np.array(values), **{"delta": DELTA, **options})


def test_bounds_populations_and_moments_that_cannot_be_are_refused() -> None:
    with pytest.raises(InvalidInput, match="below the greatest"):
        betting_confidence_sequence(np.array([0.5]), bounds=(1, 0))
    with pytest.raises(InvalidInput, match="asked 2 of them"):
        confidence_sequence_without_replacement(np.array([0, 1]), 1)
    with pytest.raises(InvalidInput, match="no interval after 3"):
        betting_confidence_sequence(np.array([0, 1])).at(3)
    with pytest.raises(InvalidInput, match="delta"):
        paired_e_process(np.array([1]), delta=2)


def test_limits_that_cross_are_shown_as_one_point() -> None:
    """Problems in no random order at all: first only gains, then only losses."""
    sequence = betting_confidence_sequence(np.repeat([1.0, -1.0], [100, 400]), bounds=(-1, 1))

    assert (sequence.low <= sequence.high).all()
    assert sequence.low[99] > sequence.high[-1]
    assert sequence.at(500).low == sequence.at(500).high
