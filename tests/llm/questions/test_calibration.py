"""Confidence against correctness: the answer carries the statistic, and a vote's share is worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from nophantom.errors import InvalidInput
from nophantom.llm.questions.calibration import calibration_of, compare_calibration, vote_share
from nophantom.stats.calibration import calibration


def test_the_share_of_votes_by_hand() -> None:
    """Five problems, three runs; codes are answers, -1 is silence.

    p0: 1 1 2, the majority right; p1: 1 2 3, all once: the earliest counts, and is wrong; p2: - 4 -: one of three,
    right; p3: nobody answered; p4: 5 6 6: the later two agree, wrong.
    """
    answers = np.array([[1, 1, -1, -1, 5], [1, 2, 4, -1, 6], [2, 3, -1, -1, 6]], dtype=np.int32)
    score = np.array([[1, 0, 0, 0, 1], [1, 1, 1, 0, 0], [0, 0, 0, 0, 0]], dtype=np.float64)
    right, share = vote_share(answers, score)
    assert right.tolist() == [1, 0, 1, 0, 0]
    assert share[[0, 1, 2, 4]].tolist() == pytest.approx([2 / 3, 1 / 3, 1 / 3, 2 / 3])
    assert np.isnan(share[3])


def test_the_answer_is_the_statistic_with_its_source() -> None:
    rng = np.random.default_rng(1)
    sure = rng.random(400)
    right = (rng.random(400) < sure).astype(np.float64)
    sure[:7] = np.nan
    found = calibration_of("run", right, sure, rng=np.random.default_rng(2), source="as told", bins=5)
    assert found.found == calibration(right, sure, rng=np.random.default_rng(2), bins=5, confidence=0.95)
    assert (found.who, found.source, found.simulated) == ("run", "as told", False)
    assert found.not_covered


def test_two_runs_are_compared_on_the_same_problems_and_the_order_turns_the_sign() -> None:
    rng = np.random.default_rng(3)
    truth = rng.random(500)
    right = (rng.random(500) < truth).astype(np.float64)
    boast = np.sqrt(truth)
    calm, loud = (calibration_of("x", right, c, rng=rng, source="s") for c in (truth, boast))
    one = compare_calibration(calm, loud, (right, right), (truth, boast), rng=np.random.default_rng(4))
    other = compare_calibration(loud, calm, (right, right), (boast, truth), rng=np.random.default_rng(4))
    by_hand = ((truth - right) ** 2).mean() - ((boast - right) ** 2).mean()
    assert one.difference.brier.estimate.point == pytest.approx(by_hand)
    assert other.difference.brier.estimate.point == pytest.approx(-by_hand)
    assert by_hand < 0  # lower is better: the truth beats the boast
    assert (one.first, one.second) == (other.second, other.first) == (calm, loud)


def test_nothing_that_tells_how_sure_it_was_is_refused_with_a_way_out() -> None:
    with pytest.raises(InvalidInput, match=r"'run'.*share of votes"):
        calibration_of("run", np.ones(3), np.full(3, np.nan), rng=np.random.default_rng(0), source="")
