"""Probes against scores: what is judged, what is left out, and the sentence that says so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.llm.cube import StudyCube
from nophantom.llm.gathering import cube_of_scores
from nophantom.llm.questions.probes import ProbesAnswer, judge_probes
from nophantom.llm.questions.setting import setting_of
from nophantom.stats.rank_correlations import rank_correlations
from nophantom.stats.verdicts import Verdict

Numbers = NDArray[np.float64]


def runs_of(accuracy: Numbers, arms: list[str] | None = None) -> StudyCube:
    """One problem with partial credit: the accuracy itself."""
    return cube_of_scores(accuracy[:, None], arms=arms)


def judged(cube: StudyCube, measured: Numbers, **said: Any) -> ProbesAnswer:
    names = [f"probe.{i}" for i in range(measured.shape[1])]
    return judge_probes(cube, names, measured, setting_of(cube, None), rng=np.random.default_rng(0), **said)


def test_a_probe_that_predicts_is_real_and_comes_first_and_the_others_are_not() -> None:
    rng = np.random.default_rng(11)
    accuracy = rng.random(20)
    measured = np.column_stack([rng.random(20), -accuracy + 0.1 * rng.random(20), rng.random(20)])
    found = judged(runs_of(accuracy), measured)
    first, *others = found.probes
    assert (first.name, first.verdict) == ("probe.1", Verdict.REAL)
    assert "below 0" in first.reason
    assert {p.verdict for p in others} == {Verdict.UNDECIDED}
    assert found.sentence.startswith(
        "1 of 3 measurements made before training predict the final score: probe.1 (-0.9"
    )
    assert (found.runs, found.independent) == (20, 20)


def test_where_nothing_predicts_it_says_so_and_how_many_runs_would_tell() -> None:
    rng = np.random.default_rng(2)
    found = judged(runs_of(rng.random(20)), rng.random((20, 10)))
    assert found.sentence.startswith("Nothing measured before training predicts the final score: none of 10")
    assert f"about {found.runs_needed:,} runs" in found.sentence
    assert found.runs_needed > 100


def test_with_many_runs_a_probe_that_tells_nothing_is_a_phantom_and_a_weak_one_is_real_but_smaller() -> None:
    rng = np.random.default_rng(3)
    accuracy = rng.random(200)
    nothing = judged(runs_of(accuracy), rng.random((200, 3)))
    assert {p.verdict for p in nothing.probes} == {Verdict.PHANTOM}
    assert "0.3 or more is ruled out for all 3" in nothing.sentence
    weak = judged(runs_of(accuracy), (accuracy + 1.2 * rng.random(200))[:, None], delta=0.8)
    assert weak.probes[0].verdict is Verdict.PHANTOM
    assert "real but smaller than 0.8" in weak.probes[0].reason


def test_the_numbers_are_those_of_rank_correlations_inside_arms() -> None:
    rng = np.random.default_rng(4)
    accuracy, measured = rng.random(12), rng.random((12, 2))
    arms = ["a"] * 6 + ["b"] * 6
    found = judged(runs_of(accuracy, arms), measured, confidence=0.9)
    theirs = rank_correlations(measured, accuracy, arms, rng=np.random.default_rng(0), confidence=0.9)
    by_name = {p.name: p for p in found.probes}
    for i, one in enumerate(theirs.each):
        assert by_name[f"probe.{i}"].estimate == one.estimate
        assert by_name[f"probe.{i}"].p_value == one.p_value
    assert found.arms == ("a", "b")


def test_seeds_that_arms_share_are_counted_once() -> None:
    rng = np.random.default_rng(5)
    accuracy, measured = np.tile(rng.random(5), 3), np.tile(rng.random((5, 2)), (3, 1))
    cube = replace(runs_of(accuracy, [arm for arm in "abc" for _ in range(5)]), seeds=(0, 1, 2, 3, 4) * 3)
    found = judged(cube, measured, shares_seeds=True)
    assert (found.runs, found.independent) == (15, 5)
    assert "seeds to see one" in found.sentence


def test_what_was_not_measured_everywhere_or_does_not_vary_is_left_out_by_name() -> None:
    rng = np.random.default_rng(6)
    measured = rng.random((8, 4))
    measured[7] = np.nan
    measured[2, 1] = np.nan
    measured[:7, 3] = 1.0
    found = judged(runs_of(rng.random(8)), measured)
    assert found.left_out == (
        "1 of 8 runs: nothing was measured on them",
        "probe.1: not measured on every run",
        "probe.3: the same on all runs of an arm",
    )
    assert {p.name for p in found.probes} == {"probe.0", "probe.2"}
    assert found.runs == 7


def test_nothing_to_judge_is_refused_with_the_reason() -> None:
    rng = np.random.default_rng(7)
    cube = runs_of(rng.random(4))
    apart = np.full((4, 4), np.nan)
    np.fill_diagonal(apart, 1.0)
    for measured, said, more in (
        (np.full((4, 2), np.nan), "nothing was measured", {}),
        (np.zeros((4, 0)), "nothing was measured", {}),
        (apart, "on every run", {}),
        (np.ones((4, 2)), "nothing to correlate", {}),
        (np.ones((3, 2)), "runs, names", {}),
        (rng.random((4, 2)), "delta", {"delta": 1.0}),
    ):
        with pytest.raises(InvalidInput, match=said):
            judged(cube, measured, **more)
