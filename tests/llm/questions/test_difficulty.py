"""Strata and problem maps: counts that add up, false discoveries controlled."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy import stats as scipy_stats

from nophantom.errors import InvalidInput
from nophantom.llm.gathering import cube_of_scores
from nophantom.llm.questions.difficulty import compare_strata, map_problems, steps_of
from nophantom.llm.questions.setting import setting_of

tables = st.tuples(st.integers(1, 5), st.integers(1, 12)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=st.sampled_from([0.0, 0.5, 1.0, np.nan]))
)


def test_every_stratum_is_compared_alone_and_discoveries_are_adjusted_for_all() -> None:
    """McNemar by scipy in each stratum, then Benjamini and Hochberg by scipy."""
    rng = np.random.default_rng(1)
    strata = rng.choice(["1 step", "2 steps", "3 steps", "4 steps"], 800)
    first = (rng.random(800) < 0.6 + 0.25 * (strata == "2 steps")).astype(np.float64)
    second = (rng.random(800) < 0.6).astype(np.float64)
    found = compare_strata(first, second, strata.tolist())
    assert [s.stratum for s in found] == sorted(set(strata.tolist()))
    assert sum(s.n for s in found) == 800
    assert sum(s.gained for s in found) == int((first > second).sum())
    by_hand = []
    for s in found:
        here = strata == s.stratum
        gained, lost = (int((x[here] > y[here]).sum()) for x, y in ((first, second), (second, first)))
        assert (s.gained, s.lost) == (gained, lost)
        assert s.estimate.point == pytest.approx(first[here].mean() - second[here].mean())
        by_hand.append(scipy_stats.binomtest(gained, gained + lost).pvalue)
        assert s.p_value == pytest.approx(by_hand[-1])
    adjusted = scipy_stats.false_discovery_control(by_hand)
    assert [s.discovered for s in found] == [p <= 0.05 for p in adjusted]
    assert [s.stratum for s in found if s.discovered] == ["2 steps"]


def test_equal_recipes_are_rarely_called_different_in_any_stratum() -> None:
    """300 worlds of six strata in which nothing differs: a false discovery in at most 5% (exact tests: fewer)."""
    rng = np.random.default_rng(2)
    strata = [f"{n % 6} steps" for n in range(240)]
    worlds = (rng.random((300, 2, 240)) < 0.7).astype(np.float64)
    wrong = sum(any(s.discovered for s in compare_strata(a, b, strata)) for a, b in worlds)
    assert wrong / 300 <= 0.05


def test_partial_credit_is_compared_by_its_mean() -> None:
    first, second = np.array([0.5, 1.0, 0.2, 0.9]), np.array([0.5, 0.5, 0.1, 1.0])
    (found,) = compare_strata(first, second, ["x"] * 4)
    assert (found.n, found.gained, found.lost) == (4, 2, 1)
    assert found.estimate.point == pytest.approx(0.125)
    with pytest.raises(InvalidInput, match="4, 3 and 4"):
        compare_strata(first, second[:3], ["x"] * 4)


def test_a_stratum_of_one_problem_has_no_interval_and_discovers_nothing() -> None:
    found = compare_strata(np.array([0.5, 1.0]), np.array([0.0, 0.0]), ["a", "b"])
    assert [s.n for s in found] == [1, 1]
    assert not any(s.discovered for s in found)


@given(tables)
def test_always_never_and_flipping_are_all_problems(scores: NDArray[np.float64]) -> None:
    cube = cube_of_scores(scores)
    seen = ~np.isnan(scores)
    if not seen.any():
        with pytest.raises(InvalidInput, match="no problem"):
            map_problems(cube, setting_of(cube, None))
        return
    found = map_problems(cube, setting_of(cube, None), shown=3)
    assert found.n == int(seen.any(axis=0).sum()) == len(found.problem_keys) == len(found.share)
    assert found.always + found.never + found.flipping == found.n
    by_hand = [(column[~np.isnan(column)] == 1).all() for column in scores.T if not np.isnan(column).all()]
    assert found.always == sum(by_hand)
    assert len(found.solved_by) == len(scores) + 1
    assert sum(found.solved_by) == int(seen.all(axis=0).sum())
    assert len(found.hardest) <= 3
    assert [row.solved / row.scored for row in found.hardest] == sorted(
        row.solved / row.scored for row in found.hardest
    )


def test_the_map_by_hand() -> None:
    cube = cube_of_scores([[1.0, 0.0, 1.0, 0.0], [1.0, 0.0, 0.0, np.nan], [1.0, 0.0, 1.0, 1.0]])
    found = map_problems(cube, setting_of(cube, None))
    assert (found.runs, found.n, found.always, found.never, found.flipping) == (3, 4, 1, 1, 2)
    assert found.solved_by == (1, 0, 1, 1)  # of the three problems that all were scored on
    assert [(row.problem, row.solved, row.scored) for row in found.hardest] == [
        ("1", 0, 3),
        ("3", 1, 2),
        ("2", 2, 3),
    ]
    assert found.share == pytest.approx((1, 0, 2 / 3, 1 / 2))


@pytest.mark.parametrize(
    ("reference", "stratum"),
    [
        ("#### 3", "no steps told"),
        ("<<1+1=2>>", "1 step"),
        ("<<" * 6, "6 steps"),
        ("<<" * 7, "7 or more steps"),
        ("<<" * 9, "7 or more steps"),
    ],
)
def test_a_stratum_is_named_by_the_steps_of_the_solution(reference: str, stratum: str) -> None:
    assert steps_of({"a": reference}) == {"a": stratum}
