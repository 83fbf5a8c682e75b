"""Batches: one length for all seeds, every problem once per round, any step without those before it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nophantom.errors import InvalidInput
from nophantom.llm.lab.batches import STAGES, Batches, TrainingData, gather
from nophantom.llm.lab.layouts import HIDDEN, Spread, layout_of
from nophantom.llm.recipe import DataOrder, Recipe, Schedule

RNG = np.random.default_rng(5)
QUESTIONS = [RNG.integers(3, 30, RNG.integers(2, 9)).tolist() for _ in range(50)]
ANSWERS = [RNG.integers(3, 30, RNG.integers(1, 5)).tolist() for _ in range(50)]
HARD = np.array([len(answer) for answer in ANSWERS])
DATA = TrainingData(QUESTIONS, ANSWERS, difficulty=HARD, strata=tuple(f"{n} steps" for n in HARD))
RECIPE = Recipe(schedule=Schedule(batch=8))


def test_a_batch_holds_the_tokens_of_its_problems() -> None:
    batches = Batches(DATA, RECIPE, (0, 1, 2), 100)
    for step in (0, 6, 30):
        batch = batches.at(step)
        for row in range(3):
            problems = batch.problems[row].tolist()
            tokens = [token for p in problems for token in [*QUESTIONS[p], *ANSWERS[p]][:-1]]
            targets = [token for p in problems for token in ANSWERS[p]]
            assert batch.tokens[row].tolist() == tokens
            assert batch.targets[row].tolist() == targets


def test_each_seed_meets_every_problem_once_per_round_in_an_order_of_its_own() -> None:
    batches = Batches(DATA, RECIPE, (0, 1), 1_000)
    drawn = np.concatenate([batches.problems(step) for step in range(25)], axis=1)  # 200 slots: 4 rounds
    for row in drawn:
        for part in row.reshape(4, 50):
            assert sorted(part) == list(range(50))
    # With as few as 50 problems some lengths come once, and these stand in the same slot for all seeds.
    assert (drawn[0] != drawn[1]).mean() > 0.3
    assert (drawn[0, :50] != drawn[0, 50:100]).mean() > 0.3


def test_any_step_is_the_same_without_those_before_it_and_in_any_company() -> None:
    all_along = Batches(DATA, RECIPE, (3, 4, 5), 100)
    walked = [all_along.problems(step) for step in range(60)]
    for step in (59, 13, 0):
        fresh = Batches(DATA, RECIPE, (5,), 100).problems(step)
        assert np.array_equal(fresh[0], walked[step][2])


def test_a_batch_larger_than_the_training_set_goes_over_several_rounds() -> None:
    few = TrainingData(QUESTIONS[:3], ANSWERS[:3])
    problems = Batches(few, RECIPE, (0,), 10).problems(4)  # slots 32 to 39
    assert sorted(problems[0, 1:4]) == sorted(problems[0, 4:7]) == [0, 1, 2]


@pytest.mark.parametrize("order", [DataOrder.BLANKET, DataOrder.SELECTIVE])
def test_an_ordered_recipe_begins_with_what_is_open_and_ends_with_everything(order: DataOrder) -> None:
    ordered = ("3 steps", "4 steps") if order is DataOrder.SELECTIVE else ()
    recipe = Recipe(schedule=Schedule(batch=5), order=order, ordered=ordered)
    batches = Batches(DATA, recipe, (0, 1), 400)
    first = {int(problem) for step in range(400 // STAGES) for problem in batches.problems(step)[0]}
    last = {int(problem) for step in range(380, 400) for problem in batches.problems(step)[0]}
    assert last == set(range(50))
    if order is DataOrder.BLANKET:
        assert max(HARD[list(first)]) < 4
    else:
        assert {problem for problem in range(50) if HARD[problem] < 3} <= first
        assert 4 not in HARD[list(first)]


def test_an_order_that_orders_nothing_is_the_shuffled_one() -> None:
    """Else a selective arm without evidence would differ from the shuffled arm by chance alone."""
    nothing = Batches(DATA, Recipe(schedule=Schedule(batch=5), order=DataOrder.SELECTIVE), (0, 1), 100)
    shuffled = Batches(DATA, Recipe(schedule=Schedule(batch=5)), (0, 1), 100)
    assert all(np.array_equal(nothing.problems(step), shuffled.problems(step)) for step in range(100))


def test_once_everything_is_open_every_problem_comes_once_a_round() -> None:
    """A blanket order opens the last problems by 60% of the steps; from there on nothing begins anew."""
    batches = Batches(DATA, Recipe(schedule=Schedule(batch=5), order=DataOrder.BLANKET), (0,), 400)
    drawn = np.concatenate([batches.problems(step)[0] for step in range(240, 400)])
    for part in drawn.reshape(-1, 50):
        assert sorted(part) == list(range(50))


def test_seeds_with_different_lengths_in_one_slot_are_refused() -> None:
    lengths = [(len(q), len(a)) for q, a in zip(QUESTIONS, ANSWERS, strict=True)]
    other = next(place for place, pair in enumerate(lengths) if pair != lengths[0])
    with pytest.raises(InvalidInput, match="equally long"):
        gather(DATA, np.array([[0], [other]]), "cpu")


def test_bad_training_data_are_refused() -> None:
    for questions, answers in (([], []), ([[1]], []), ([[1]], [[]]), ([[]], [[1]])):
        with pytest.raises(InvalidInput):
            TrainingData(questions, answers)


def test_rows_come_back_from_spreading_and_filling_is_cleared() -> None:
    layout = Spread.of(np.array([2, 4, 1]), "cpu")
    rows = torch.arange(1.0, 8.0).view(1, 7, 1)
    spread = layout.spread(rows, clear=True)
    assert spread.flatten().tolist() == [1, 2, 0, 0, 3, 4, 5, 6, 7, 0, 0, 0]
    assert torch.equal(layout.packed(spread), rows)
    even = Spread.of(np.array([3, 3]), "cpu")
    assert even.pad is None
    assert even.spread(torch.zeros(1, 6, 2)).shape == (1, 2, 3, 2)


def test_an_asking_position_sees_itself_and_what_is_before_it() -> None:
    layout = layout_of([3, 1], [2, 1], "cpu")
    mask = layout.last.mask.hidden  # (2 problems, 4 keys, 2 asking)
    assert (mask[0, :, 0] == 0).tolist() == [True, True, True, False]
    assert (mask[0, :, 1] == 0).tolist() == [True] * 4
    assert mask[1, :, 0].tolist() == [0, HIDDEN, HIDDEN, HIDDEN]
