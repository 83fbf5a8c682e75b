"""From a claim and a finding to a word and a sentence."""

from __future__ import annotations

import pytest

from nophantom.errors import InvalidInput
from nophantom.llm.verdicts import Claim, Finding, Question, in_points, rule
from nophantom.stats.estimates import Estimate
from nophantom.stats.verdicts import Direction, Verdict


def finding(low: float | None, high: float | None, n: int = 1_319) -> Finding:
    point = 0.0 if low is None or high is None else (low + high) / 2
    return Finding(Question.CHECKPOINTS, Estimate(point, low, high, 0.95, n, "by hand"), 0.5, ())


@pytest.mark.parametrize(
    ("low", "high", "verdict", "words"),
    [
        (
            0.014,
            0.072,
            Verdict.REAL,
            "that the first is better holds over the whole interval, +1.40 to +7.20",
        ),
        (-0.02, 0.03, Verdict.UNDECIDED, "holds both no effect and one that matters (1 point)"),
        (
            -0.008,
            0.004,
            Verdict.PHANTOM,
            "an effect of 1 point or more, such that the first is better, is ruled out",
        ),
        (0.001, 0.007, Verdict.PHANTOM, "real but smaller than 1 point"),
        (-0.07, -0.01, Verdict.PHANTOM, "the second is ahead over the whole interval"),
        (None, None, Verdict.UNDECIDED, "cannot support an interval"),
    ],
)
def test_the_sentence_says_why(low: float | None, high: float | None, verdict: Verdict, words: str) -> None:
    ruling = rule(Claim(), finding(low, high))

    assert ruling.verdict is verdict
    assert words in ruling.reason


def test_a_large_p_value_alone_is_no_phantom() -> None:
    """p is 0.5 in every finding here; what was not ruled out stays undecided."""
    assert rule(Claim(), finding(-0.05, 0.05)).verdict is Verdict.UNDECIDED


def test_the_lower_claim_is_the_mirror_image() -> None:
    lower = Claim(direction=Direction.LOWER)

    assert rule(lower, finding(-0.07, -0.02)).verdict is Verdict.REAL
    assert "the first is ahead" in rule(lower, finding(0.02, 0.07)).reason


def test_a_claim_made_after_the_data_is_exploratory() -> None:
    assert rule(Claim(), finding(0.01, 0.02)).exploratory
    assert not rule(Claim(preregistered=True), finding(0.01, 0.02)).exploratory


@pytest.mark.parametrize(
    "wrong", [{"delta": 0.0}, {"delta": 1.0}, {"delta": -0.1}, {"alpha": 0.0}, {"alpha": 0.6}]
)
def test_an_impossible_claim_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidInput, match="got"):
        Claim(**wrong)  # type: ignore[arg-type]


def test_a_claim_survives_its_plan() -> None:
    claim = Claim(Direction.DIFFERENT, 0.02, 0.01, preregistered=True)
    told = {"direction": "different", "delta": 0.02, "alpha": 0.01, "preregistered": True}
    assert Claim.from_json(told) == claim


@pytest.mark.parametrize(
    ("delta", "words"), [(0.01, "1 point"), (0.028, "2.8 points"), (0.005, "0.5 points"), (0.1, "10 points")]
)
def test_one_point_is_singular(delta: float, words: str) -> None:
    assert in_points(delta) == words
