"""Choosing a seed: the order, the ties, the test that is opened, and what the choice is worth in planted worlds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.llm.cube import OutcomeCube, StudyCube
from nophantom.llm.gathering import cube_of_scores
from nophantom.llm.questions.seed_selection import SelectionAnswer, choose
from nophantom.llm.questions.setting import setting_of


def chosen(cube: StudyCube, test: StudyCube | None = None, top_k: int = 1) -> SelectionAnswer:
    return choose(cube, setting_of(cube, None), rng=np.random.default_rng(0), top_k=top_k, test=test)


def shares(*right: int, of: int = 20) -> NDArray[np.float64]:
    """One run for each count: so many right of `of`."""
    return np.array([[1.0] * k + [0.0] * (of - k) for k in right])


def test_the_best_on_validation_is_chosen_and_ties_are_marked() -> None:
    found = chosen(cube_of_scores(shares(12, 15, 9, 15)), top_k=2)
    assert [(c.place, c.run, c.tied) for c in found.candidates] == [
        (1, "arrays 2", True),
        (2, "arrays 4", True),
        (3, "arrays 1", False),
        (4, "arrays 3", False),
    ]
    assert [c.seed for c in found.chosen] == [1, 3]
    assert (found.observed, found.n, found.test) == (0.75, 20, None)
    assert all(c.test is None for c in found.candidates)


def test_the_opened_test_judges_the_choice_by_name_wherever_its_runs_stand() -> None:
    validation, there = cube_of_scores(shares(12, 15, 9)), cube_of_scores(shares(20, 8, 14, of=25))
    c = there.cube
    turned = replace(
        there,
        cube=OutcomeCube((c.runs[0], c.runs[2], c.runs[1]), c.steps, c.problems, c.score, c.scored, c.asked),
    )
    found = chosen(validation, turned)
    assert found.test is not None
    assert [one.test for one in found.candidates] == pytest.approx([14 / 25, 20 / 25, 8 / 25])
    assert found.test.chosen.point == pytest.approx(14 / 25)
    assert (found.test.rank, found.test.n) == (2, 25)
    assert (found.test.best, found.test.mean) == pytest.approx((20 / 25, 42 / 75))


def test_the_honest_estimate_is_nearer_to_the_truth_than_what_was_observed() -> None:
    """30 worlds of 8 seeds on 150 problems, true spread 2 points: the choice overstates itself by points, and the
    curse says by how many; the honest estimate is right on average, and its interval holds the truth."""
    rng = np.random.default_rng(1)
    observed, honest, told, held = [], [], [], 0
    for _ in range(30):
        truth = 0.7 + rng.normal(0, 0.02, 8)
        scores = (rng.random((8, 150)) < truth[:, None]).astype(np.float64)
        found = chosen(cube_of_scores(scores))
        best = truth[found.candidates[0].seed or 0]
        assert found.honest is not None
        assert found.curse is not None
        observed.append(found.observed - best)
        honest.append(found.honest.point - best)
        told.append(found.curse.point)
        held += (found.honest.low or 0) <= best <= (found.honest.high or 1)
    assert np.mean(observed) > 0.02
    assert abs(np.mean(honest)) < 0.015
    assert np.mean(told) == pytest.approx(np.mean(observed), abs=0.015)
    assert held / 30 >= 0.85


def test_one_run_or_one_problem_is_chosen_without_a_promise() -> None:
    one = chosen(cube_of_scores(shares(12)))
    assert (one.curse, one.honest, one.reliability, one.gain) == (None, None, None, None)
    single = chosen(cube_of_scores([[1.0], [0.0]]))
    assert (single.candidates[0].accuracy, single.honest, single.gain) == (1.0, None, None)


def test_all_tied_is_a_lottery_and_says_so() -> None:
    found = chosen(cube_of_scores(shares(10, 10, 10)))
    assert all(c.tied for c in found.candidates)
    assert [c.seed for c in found.candidates] == [0, 1, 2]
    assert found.reliability is None or found.reliability.point == 0


def test_runs_that_are_not_there_are_refused() -> None:
    cube = cube_of_scores(shares(12, 15))
    for k in (0, 3):
        with pytest.raises(InvalidInput, match="top-k is 1 to the 2 runs"):
            chosen(cube, top_k=k)
    with pytest.raises(InvalidInput, match="not evaluated on the test; the first is 'arrays 2'"):
        chosen(cube, cube.of_runs([0]))
