"""The order of the training data: what is open when."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nophantom.errors import InvalidInput
from nophantom.llm.curriculum import Pacing, difficulty_ranks, open_problems
from nophantom.llm.recipe import DataOrder

STRATA = ["1 step"] * 40 + ["2 steps"] * 30 + ["3 steps"] * 30
HARD = np.arange(100)[::-1] % 50  # ties, and not in the order of the problems


def test_a_shuffled_order_opens_everything_at_once() -> None:
    assert open_problems(DataOrder.SHUFFLED, HARD, STRATA, (), 0.0).all()


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, 0.2), (0.15, 0.4), (0.3, 0.6), (0.45, 0.8), (0.6, 1.0), (1.0, 1.0)]
)
def test_a_blanket_order_opens_the_easiest_share(share: float, expected: float) -> None:
    """20% at the start, a straight line to all after 60% of the steps."""
    hard = np.random.default_rng(3).permutation(1_000)

    opened = open_problems(DataOrder.BLANKET, hard, ["all"] * 1_000, (), share)

    assert opened.sum() == pytest.approx(1_000 * expected)
    assert (hard[opened] < 1_000 * expected).all()


def test_a_selective_order_holds_back_the_ordered_strata_alone() -> None:
    strata = np.array(STRATA)

    opened = open_problems(DataOrder.SELECTIVE, HARD, STRATA, {"2 steps", "3 steps"}, 0.0)

    assert opened[strata == "1 step"].all()
    held = strata != "1 step"
    assert 0 < opened[held].sum() < held.sum() / 2
    assert HARD[held & opened].max() < HARD[held & ~opened].min()


def test_a_selective_order_of_all_strata_is_the_blanket_one() -> None:
    for share in (0.0, 0.25, 0.7):
        selective = open_problems(DataOrder.SELECTIVE, HARD, STRATA, set(STRATA), share)
        assert (selective == open_problems(DataOrder.BLANKET, HARD, STRATA, (), share)).all()


def test_a_selective_order_without_strata_is_the_shuffled_one() -> None:
    assert open_problems(DataOrder.SELECTIVE, HARD, STRATA, (), 0.0).all()


def test_equally_hard_problems_open_together() -> None:
    opened = open_problems(DataOrder.BLANKET, np.array([0, 0, 0, 1, 1]), ["all"] * 5, (), 0.0)

    assert opened.tolist() == [True, True, True, False, False]


@given(
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["a", "b", "c"])), min_size=1, max_size=30),
    st.floats(0, 1),
    st.floats(0, 1),
    st.sampled_from([DataOrder.BLANKET, DataOrder.SELECTIVE]),
)
def test_what_is_open_stays_open_and_something_always_is(
    problems: list[tuple[int, str]], one: float, other: float, order: DataOrder
) -> None:
    hard, strata = np.array([p[0] for p in problems]), [p[1] for p in problems]
    ordered = {strata[0]} if order is DataOrder.SELECTIVE else set()
    early, late = (open_problems(order, hard, strata, ordered, share) for share in sorted((one, other)))

    assert early.any()
    assert (early <= late).all()
    assert open_problems(order, hard, strata, ordered, 1.0).all()


def test_difficulty_is_the_number_of_steps_then_the_length_of_the_solution() -> None:
    ranks = difficulty_ranks(
        ["3 steps", "1 step", "1 step", "10 steps", "1 step"], ["xxx", "xx", "x", "", "xx"]
    )

    assert ranks.tolist() == [2, 1, 0, 3, 1]


def test_nothing_has_no_difficulty() -> None:
    assert difficulty_ranks([], []).shape == (0,)
    assert open_problems(DataOrder.BLANKET, difficulty_ranks([], []), [], (), 0.5).shape == (0,)


def test_impossible_arguments_are_refused() -> None:
    with pytest.raises(InvalidInput, match="no problem is in the strata"):
        open_problems(DataOrder.SELECTIVE, HARD, STRATA, {"4 steps"}, 0.5)
    with pytest.raises(InvalidInput, match="difficulty and a stratum"):
        open_problems(DataOrder.BLANKET, HARD, STRATA[1:], (), 0.5)
    with pytest.raises(InvalidInput, match="from 0 to 1"):
        open_problems(DataOrder.BLANKET, HARD, STRATA, (), 1.5)
    with pytest.raises(InvalidInput, match="a stratum and a solution"):
        difficulty_ranks(["all"], [])
    with pytest.raises(InvalidInput, match="opens with a share"):
        Pacing(start=0)
