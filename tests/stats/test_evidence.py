"""The three words follow from the interval and from nothing else; e-BH keeps its share of errors."""

from __future__ import annotations

from math import exp, inf, log, nan
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from statsmodels.stats.multitest import multipletests

from nophantom.errors import InvalidInput
from nophantom.stats.estimates import Estimate
from nophantom.stats.evidence import benjamini_hochberg, boosted_mean, e_bh, holm, self_test
from nophantom.stats.verdicts import Direction, Verdict, is_real_but_smaller, verdict_from_interval

HIGHER, LOWER, DIFFERENT = Direction.HIGHER, Direction.LOWER, Direction.DIFFERENT
DELTA = 0.01

ends = st.floats(-0.1, 0.1)
intervals = st.tuples(ends, ends).map(sorted)


def _effect(low: float | None, high: float | None) -> Estimate:
    point = 0.0 if low is None or high is None else (low + high) / 2
    return Estimate(point, low, high, 0.95, 100, "by hand")


@pytest.mark.parametrize(
    ("direction", "low", "high", "verdict", "note"),
    [
        (HIGHER, 0.002, 0.03, "real", False),
        (HIGHER, -0.02, 0.009, "phantom", False),
        (HIGHER, -0.05, -0.02, "phantom", False),
        (HIGHER, 0.002, 0.009, "phantom", True),
        (HIGHER, -0.01, 0.03, "undecided", False),
        (LOWER, -0.03, -0.002, "real", False),
        (LOWER, -0.009, 0.02, "phantom", False),
        (LOWER, 0.02, 0.05, "phantom", False),
        (LOWER, -0.009, -0.002, "phantom", True),
        (LOWER, -0.03, 0.01, "undecided", False),
        (DIFFERENT, 0.002, 0.03, "real", False),
        (DIFFERENT, -0.03, -0.002, "real", False),
        (DIFFERENT, -0.009, 0.009, "phantom", False),
        (DIFFERENT, 0.002, 0.009, "phantom", True),
        (DIFFERENT, -0.009, -0.002, "phantom", True),
        (DIFFERENT, -0.02, 0.009, "undecided", False),
        (DIFFERENT, -0.009, 0.02, "undecided", False),
    ],
)
def test_each_place_of_an_interval_has_its_verdict(
    direction: Direction, low: float, high: float, verdict: str, note: bool
) -> None:
    effect = _effect(low, high)

    assert verdict_from_interval(effect, delta=DELTA, direction=direction) == verdict
    assert is_real_but_smaller(effect, delta=DELTA, direction=direction) is note


def test_an_interval_that_only_touches_a_bar_has_not_cleared_it() -> None:
    assert verdict_from_interval(_effect(0.0, 0.03), delta=DELTA) is Verdict.UNDECIDED
    assert verdict_from_interval(_effect(-0.03, DELTA), delta=DELTA) is Verdict.UNDECIDED
    assert verdict_from_interval(_effect(-DELTA, 0.0), delta=DELTA, direction=LOWER) is Verdict.UNDECIDED
    assert verdict_from_interval(_effect(-0.03, 0.0), delta=DELTA, direction=LOWER) is Verdict.UNDECIDED
    for low, high in ((-DELTA, 0.005), (-0.005, DELTA), (0.0, 0.03), (-0.03, 0.0)):
        word = verdict_from_interval(_effect(low, high), delta=DELTA, direction=DIFFERENT)
        assert word is Verdict.UNDECIDED


@pytest.mark.parametrize("direction", Direction)
def test_an_unknown_interval_is_undecided(direction: Direction) -> None:
    unknown = _effect(None, None)

    assert verdict_from_interval(unknown, delta=DELTA, direction=direction) is Verdict.UNDECIDED
    assert not is_real_but_smaller(unknown, delta=DELTA, direction=direction)


@pytest.mark.parametrize("delta", [0.0, -0.01, nan, inf])
@pytest.mark.parametrize("effect", [_effect(0.1, 0.2), _effect(None, None)])
def test_a_smallest_effect_that_is_not_above_zero_is_refused(effect: Estimate, delta: float) -> None:
    with pytest.raises(InvalidInput, match="smallest effect that matters"):
        verdict_from_interval(effect, delta=delta)
    with pytest.raises(InvalidInput, match="smallest effect that matters"):
        is_real_but_smaller(effect, delta=delta)


@given(intervals)
def test_lower_is_the_mirror_image_of_higher(ends: list[float]) -> None:
    low, high = ends
    lower = verdict_from_interval(_effect(low, high), delta=DELTA, direction=LOWER)

    assert lower is verdict_from_interval(_effect(-high, -low), delta=DELTA, direction=HIGHER)


@given(intervals)
def test_different_does_not_depend_on_who_is_called_first(ends: list[float]) -> None:
    low, high = ends
    word = verdict_from_interval(_effect(low, high), delta=DELTA, direction=DIFFERENT)

    assert word is verdict_from_interval(_effect(-high, -low), delta=DELTA, direction=DIFFERENT)


@given(intervals, st.floats(0, 0.05), st.sampled_from(Direction))
def test_a_narrower_interval_never_takes_a_decision_back(
    ends: list[float], cut: float, direction: Direction
) -> None:
    """More evidence may add a decision or the note; a phantom stays one, and so does what is real."""
    low, high = ends
    wide, narrow = _effect(low, high), _effect(low + cut * (high - low), high - cut * (high - low))
    before = verdict_from_interval(wide, delta=DELTA, direction=direction)
    after = verdict_from_interval(narrow, delta=DELTA, direction=direction)
    smaller = is_real_but_smaller(narrow, delta=DELTA, direction=direction)

    assert before in (Verdict.UNDECIDED, after) or (before is Verdict.REAL and smaller)


def test_the_words_are_those_that_are_stored() -> None:
    assert [str(word) for word in Verdict] == ["real", "phantom", "undecided"]
    assert [str(word) for word in Direction] == ["higher", "lower", "different"]


# -- many e-values ----------------------------------------------------------------------------

# Powers of 2 and few of them: ties and values that lie on a bar are then common.
e_values = st.lists(st.sampled_from([-inf, *(k * log(2) for k in range(-3, 12))]), max_size=30)
qs = st.sampled_from([0.0625, 0.1, 0.25, 0.5])


def _slow_e_bh(log_e: list[float], n: int, q: float) -> list[bool]:
    """The definition, k by k from the largest."""
    for k in range(len(log_e), 0, -1):
        bar = log(n / (q * k))
        if sum(value >= bar for value in log_e) >= k:
            return [value >= bar for value in log_e]
    return [False] * len(log_e)


@given(e_values, st.integers(0, 200), qs)
def test_e_bh_is_its_definition(values: list[float], others: int, q: float) -> None:
    n = len(values) + others

    found = e_bh(np.array(values), n, q=q)

    assert found.chosen.tolist() == _slow_e_bh(values, n, q)


def test_e_bh_by_hand() -> None:
    """Of 10 at q = 0.1 the bars are 100, 50, 33.3 and 25: the third pulls the others along."""
    e = np.log([60.0, 10.0, 34.0, 40.0, 24.9])

    found = e_bh(e, 10, q=0.1)

    assert found.chosen.tolist() == [True, False, True, True, False]
    assert np.exp([found.log_threshold, found.log_needed]) == pytest.approx([100 / 3, 25.0])


def test_an_e_value_on_the_bar_has_reached_it_and_equal_ones_pass_together() -> None:
    assert e_bh(np.log([20.0, 1.0]), 2, q=0.1).chosen.tolist() == [True, False]
    assert e_bh(np.log([10.0, 10.0]), 2, q=0.1).chosen.tolist() == [True, True]
    assert e_bh(np.log([19.9, 9.9]), 2, q=0.1).chosen.tolist() == [False, False]


def test_hypotheses_that_are_not_given_count_all_the_same() -> None:
    e = np.log([500.0, 300.0, 7.0])

    short = e_bh(e, 40, q=0.1)
    whole = e_bh(np.concatenate([e, np.full(37, -inf)]), 40, q=0.1)

    assert short.chosen.tolist() == whole.chosen[:3].tolist() == [True, True, False]
    assert (short.log_threshold, short.log_needed) == (whole.log_threshold, whole.log_needed)
    assert e_bh(e, 4_000, q=0.1).chosen.sum() == 0


def test_without_hypotheses_nothing_is_discovered_and_the_bar_of_the_first_is_told() -> None:
    empty = e_bh(np.zeros(0), 0, q=0.1)
    some = e_bh(np.log([1.0]), 30, q=0.1)

    assert empty.chosen.shape == (0,)
    assert some.log_threshold == some.log_needed == pytest.approx(log(300))


@given(e_values, st.integers(0, 50), qs, st.integers(0, 2**32))
def test_e_bh_does_not_depend_on_the_order(values: list[float], others: int, q: float, seed: int) -> None:
    n = len(values) + others
    order = np.random.default_rng(seed).permutation(len(values))
    e = np.array(values)

    assert e_bh(e[order], n, q=q).chosen.tolist() == e_bh(e, n, q=q).chosen[order].tolist()


@given(e_values, st.integers(0, 50), st.floats(0.01, 0.5), st.floats(1, 1.9))
def test_a_larger_share_of_errors_or_fewer_hypotheses_never_lose_a_discovery(
    values: list[float], others: int, q: float, more: float
) -> None:
    e, n = np.array(values), len(values) + others

    chosen = e_bh(e, n + 5, q=q).chosen

    assert (chosen <= e_bh(e, n + 5, q=q * more).chosen).all()
    assert (chosen <= e_bh(e, n, q=q).chosen).all()


@given(e_values, st.integers(0, 50), qs)
def test_what_is_needed_is_enough_for_one_more(values: list[float], others: int, q: float) -> None:
    e, n = np.array(values), len(values) + others
    found = e_bh(e, n, q=q)
    for one in np.flatnonzero(~found.chosen):
        raised = e.copy()
        raised[one] = found.log_needed
        assert e_bh(raised, n, q=q).chosen[one]


@pytest.mark.parametrize("shared", [0.0, 0.5, 0.95])
@pytest.mark.parametrize("q", [0.1, 0.3])
def test_false_discoveries_stay_below_q_however_e_values_depend(shared: float, q: float) -> None:
    """Likelihood ratios of a shift by 3; the noise of all 100 has a shared part; 20 are true."""
    rng = np.random.default_rng(14)
    noise = np.sqrt(shared) * rng.normal(size=(2_000, 1)) + np.sqrt(1 - shared) * rng.normal(
        size=(2_000, 100)
    )
    true = np.arange(100) < 20
    log_e = 3 * (noise + 3 * true) - 4.5
    chosen = np.array([e_bh(row, 100, q=q).chosen for row in log_e])

    false_share = (chosen & ~true).sum(axis=1) / np.maximum(chosen.sum(axis=1), 1)

    assert false_share.mean() <= q
    assert chosen[:, true].mean() > 0.3


def test_e_values_that_take_all_that_markov_allows_reach_q_and_no_more() -> None:
    """All n null and equal: 1/q with probability q, else 0. Everything or nothing is chosen."""
    rng = np.random.default_rng(15)
    worst = np.where(rng.random((20_000, 1)) < 0.1, log(10), -inf) * np.ones(30)

    wrong = np.array([e_bh(row, 30, q=0.1).chosen.any() for row in worst])

    assert wrong.mean() == pytest.approx(0.1, abs=0.007)


@given(e_values, st.integers(0, 200), qs, st.sampled_from([1.0, 2.0, 10.0, 64.0]))
def test_a_boost_is_as_much_more_evidence_and_what_is_needed_is_told_without_it(
    values: list[float], others: int, q: float, boost: float
) -> None:
    e, n = np.array(values), len(values) + others

    boosted, raised = e_bh(e, n, q=q, boost=boost), e_bh(e + log(boost) + 1e-12, n, q=q)

    assert boosted.chosen.tolist() == raised.chosen.tolist()
    assert boosted.log_threshold == pytest.approx(raised.log_threshold - log(boost))
    assert boosted.log_needed == pytest.approx(raised.log_needed - log(boost))


@given(e_values, st.integers(0, 60), qs, st.sampled_from([1.0, 3.0, 10.0]))
def test_the_boosted_mean_is_that_of_the_steps_that_are_reached(
    values: list[float], others: int, q: float, boost: float
) -> None:
    n = len(values) + others
    steps = [n / (q * k) for k in range(n, 0, -1)]
    reached = [max((s for s in steps if s <= boost * exp(v) * (1 + 1e-9)), default=0.0) for v in values]

    found = boosted_mean(np.array(values), n, q=q, boost=boost)

    assert found == pytest.approx(sum(reached) / max(n, 1))


@pytest.mark.parametrize("shared", [0.0, 0.5, 0.9])
def test_where_the_boosted_mean_is_at_most_one_false_discoveries_stay_below_q(shared: float) -> None:
    """Likelihood ratios of normals, boosted as far as their null allows: more is found, and still below q is false."""
    rng = np.random.default_rng(17)
    true = np.arange(100) < 10
    common = rng.normal(size=(4_000, 1))
    noise = shared * common + np.sqrt(1 - shared**2) * rng.normal(size=(4_000, 100))
    log_e = 1.5 * (noise + 4 * true) - 1.125
    null = 1.5 * rng.normal(size=400_000) - 1.125
    boost = max(b for b in (1.0, 1.5, 2.0, 3.0) if boosted_mean_of_parts(null, b) <= 1)

    plain = np.array([e_bh(row, 100, q=0.1).chosen for row in log_e])
    chosen = np.array([e_bh(row, 100, q=0.1, boost=boost).chosen for row in log_e])
    false_share = (chosen & ~true).sum(axis=1) / np.maximum(chosen.sum(axis=1), 1)

    assert boost == 2
    assert false_share.mean() <= 0.1
    assert chosen[:, true].mean() > plain[:, true].mean() + 0.05


def boosted_mean_of_parts(null: NDArray[np.float64], boost: float) -> float:
    """Of families of 100, as those that are tested."""
    return float(np.mean([boosted_mean(part, 100, q=0.1, boost=boost) for part in null.reshape(-1, 100)]))


@pytest.mark.parametrize("bad", [0.5, 0.0, -1.0, nan, inf])
def test_a_boost_that_is_none_is_refused(bad: float) -> None:
    with pytest.raises(InvalidInput, match="boosted by 1 or more"):
        e_bh(np.zeros(1), 1, q=0.1, boost=bad)
    with pytest.raises(InvalidInput, match="boosted by 1 or more"):
        boosted_mean(np.zeros(1), 1, q=0.1, boost=bad)


def test_the_self_test_counts_among_all_hypotheses() -> None:
    e = np.log([0.5, 20.0, 20.0, 400.0])

    assert self_test(e, 1_000, [20.0, 100.0, 500.0]).tolist() == pytest.approx([0.06, 0.1, 0.0])
    assert self_test(np.array([-inf, inf]), 2, [7.0]).tolist() == [3.5]
    assert self_test(np.zeros(0), 0, [20.0]).tolist() == [0.0]


def test_the_self_test_passes_true_e_values_and_fails_p_values_turned_over() -> None:
    rng = np.random.default_rng(16)
    noise, n = rng.normal(size=200_000), 200_000

    assert self_test(noise - 0.5, n, [2.0, 20.0, 100.0]).max() <= 1
    assert self_test(-np.log(rng.random(n)) + 0.5, n, [2.0, 20.0, 100.0]).max() > 1


@pytest.mark.parametrize(
    ("log_e", "n", "words"),
    [
        (np.array([nan]), 1, "1 unknown"),
        (np.zeros((2, 2)), 4, "one list"),
        (np.zeros(3), 2, "counts all hypotheses; got 2 for 3"),
    ],
)
def test_e_values_that_cannot_be_are_refused(log_e: NDArray[np.float64], n: int, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        e_bh(log_e, n, q=0.1)
    with pytest.raises(InvalidInput, match=words):
        self_test(log_e, n, [20.0])


@pytest.mark.parametrize("bad", [0.0, 1.0, -0.1, nan, 10])
def test_a_share_of_errors_that_is_no_share_is_refused(bad: float) -> None:
    with pytest.raises(InvalidInput, match="strictly between 0 and 1"):
        e_bh(np.zeros(1), 1, q=bad)


@pytest.mark.parametrize("level", [0.0, -1.0, nan, inf])
def test_a_level_that_no_e_value_has_is_refused(level: float) -> None:
    with pytest.raises(InvalidInput, match="levels of an e-value"):
        self_test(np.zeros(1), 1, [20.0, level])


# -- many p-values ----------------------------------------------------------------------------

many_p_values = st.lists(
    st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.01, 0.05, 1.0])), min_size=1, max_size=40
)


@given(many_p_values)
@settings(max_examples=15)  # statsmodels takes 25 ms for one list
def test_adjusted_p_values_are_those_of_statsmodels(p: list[float]) -> None:
    assert holm(p).tolist() == pytest.approx(multipletests(p, method="holm")[1].tolist())
    assert benjamini_hochberg(p).tolist() == pytest.approx(multipletests(p, method="fdr_bh")[1].tolist())


def test_holm_and_benjamini_hochberg_by_hand() -> None:
    """Of 0.01, 0.02, 0.04: times 3, 2, 1 downwards; times 3, 3/2, 1 upwards. Never out of order."""
    assert holm([0.04, 0.01, 0.02]).tolist() == pytest.approx([0.04, 0.03, 0.04])
    assert benjamini_hochberg([0.04, 0.01, 0.02]).tolist() == pytest.approx([0.04, 0.03, 0.03])


@given(many_p_values)
def test_adjusting_never_lowers_a_p_value_nor_changes_their_order(p: list[float]) -> None:
    alone = np.array(p)
    for adjusted in (holm(p), benjamini_hochberg(p)):
        assert (adjusted >= alone - 1e-12).all()
        assert (adjusted <= 1).all()
        assert (np.diff(adjusted[np.argsort(alone, kind="stable")]) >= 0).all()
    assert (benjamini_hochberg(p) <= holm(p) + 1e-12).all()


def test_no_test_has_no_adjusted_p_value() -> None:
    assert holm([]).tolist() == benjamini_hochberg([]).tolist() == []


@pytest.mark.parametrize("p", [[0.5, 1.5], [-0.1], [nan], [[0.5]], ["low"], 0.5])
def test_p_values_that_cannot_be_are_refused(p: Any) -> None:
    for adjust in (holm, benjamini_hochberg):
        with pytest.raises(InvalidInput, match=r"one list of numbers in \[0, 1\]"):
            adjust(p)
