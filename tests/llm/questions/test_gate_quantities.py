"""What a gate can ask for: each quantity against the statistic that it stands for."""

from __future__ import annotations

import numpy as np
import pytest

from nophantom.errors import InvalidInput
from nophantom.llm.questions.gate import Decision, decide_gate
from nophantom.llm.questions.gate_quantities import (
    MEANINGS,
    final_of,
    from_counts,
    gate_of_counts,
    mean_of,
    peak_of,
    reproduced_by,
    vote_of,
)
from nophantom.stats.grand_mean import grand_mean
from nophantom.stats.pass_at_k import mean_over_problems
from nophantom.stats.proportions import wilson
from nophantom.stats.trajectories import peak_bounds


def scores(
    rows: int, problems: int = 300, share: float = 0.75, seed: int = 1
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return (np.random.default_rng(seed).random((rows, problems)) < share).astype(np.float64)


def test_the_end_of_a_run_has_the_interval_of_wilson_or_of_a_mean_of_scores() -> None:
    one = scores(1)[0]
    assert final_of(one).estimate(0.9) == wilson(int(one.sum()), 300, confidence=0.9)
    partial = one * 0.5
    assert final_of(partial).estimate(0.9) == mean_over_problems(partial, confidence=0.9)
    assert final_of(one).problems == 300


def test_the_peak_is_bounded_over_all_checkpoints_together_and_the_same_at_every_asking() -> None:
    table = scores(4)
    peak = peak_of(table, rng_seed=5)
    assert peak.estimate(0.9) == peak.estimate(0.9)
    assert peak.estimate(0.9) == peak_bounds(table, rng=np.random.default_rng(5), confidence=0.9)
    wide, narrow = peak.estimate(0.99), peak.estimate(0.9)
    assert wide.low is not None
    assert narrow.low is not None
    assert wide.low < narrow.low
    assert peak_of(table[:1], rng_seed=5).estimate(0.9) == final_of(table[0]).estimate(0.9)


def test_the_mean_of_a_recipe_and_its_spread_are_those_of_both_ways() -> None:
    """by_seeds / S + by_problems / P is the squared standard error of the grand mean."""
    table = scores(6) * 0.5 + scores(1)[0] * 0.5
    found = mean_of(table)
    assert found.estimate(0.9) == grand_mean(table, confidence=0.9)
    assert found.spread is not None
    s, p = table.shape
    rows, columns, rest = table.mean(axis=1), table.mean(axis=0), 0.0
    rest = float(((table - rows[:, None] - columns + table.mean()) ** 2).sum()) / ((s - 1) * (p - 1))
    by_hand = p * rows.var(ddof=1) + s * columns.var(ddof=1) - rest
    told = found.spread.by_seeds / s + found.spread.by_problems / p
    assert told == pytest.approx(by_hand / (s * p))
    assert mean_of(table[:1]).spread is None


def test_a_vote_is_a_share_of_problems() -> None:
    right = scores(1)[0] == 1
    assert vote_of(right).estimate(0.9) == wilson(int(right.sum()), 300, confidence=0.9)


@pytest.mark.parametrize(
    ("share", "decision"), [(0.9, Decision.GO), (0.5, Decision.NO_GO), (0.78, Decision.UNDECIDED)]
)
def test_a_rerun_reproduces_when_its_lower_end_reaches_the_level_less_delta(
    share: float, decision: Decision
) -> None:
    for rows in (1, 5):
        measured = {"reproduced": reproduced_by(scores(rows, share=share), 0.79, 0.01)}
        found = decide_gate("reproduced", measured)
        assert found.decision is decision
        assert found.clauses[0].threshold == pytest.approx(0.78)
    assert reproduced_by(scores(2), 0.005, 0.01).claimed == 0.0


def test_counts_measure_what_outcomes_would() -> None:
    one = scores(1)[0]
    right = int(one.sum())
    found = from_counts(final=(right, 300), peak=(right, 300), looks=4, rerun=(right, 300))
    assert found["final"].estimate(0.9) == final_of(one).estimate(0.9)
    simultaneous = found["peak"].estimate(0.9)
    alone = wilson(right, 300, confidence=1 - 0.1 / 4)
    assert (simultaneous.low, simultaneous.high, simultaneous.confidence) == (alone.low, alone.high, 0.9)
    assert found["reproduced"].claimed == pytest.approx(right / 300 - 0.01)
    assert set(found) < set(MEANINGS)
    assert from_counts() == {}
    told = from_counts(final=(1, 2), rerun=(3, 4), claimed=0.7)["reproduced"]
    assert told.claimed == pytest.approx(0.69)


def test_counts_that_cannot_be_are_refused_at_once() -> None:
    with pytest.raises(InvalidInput, match="at least one look"):
        from_counts(peak=(1, 2), looks=0)
    with pytest.raises(InvalidInput):
        from_counts(final=(3, 2))
    with pytest.raises(InvalidInput, match="--claimed"):
        from_counts(rerun=(1, 2))


def test_a_gate_over_counts_is_that_over_their_quantities_and_knows_no_others() -> None:
    measured = from_counts(final=(379, 500), peak=(158, 200))
    found = gate_of_counts(
        "final >= 0.7 and peak >= 0.75", final=(379, 500), peak=(158, 200), alpha=0.1, delta=0.02
    )
    by_hand = decide_gate("final >= 0.7 and peak >= 0.75", measured, alpha=0.1, delta=0.02)
    assert (found.decision, found.clauses) == (by_hand.decision, by_hand.clauses)
    assert len(found.not_covered) == 1
    with pytest.raises(InvalidInput, match="vote"):
        gate_of_counts("vote >= 0.7", final=(379, 500))
