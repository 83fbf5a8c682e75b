"""Comparisons of bare counts: the known case, and what reads as a count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nophantom.errors import InvalidInput
from nophantom.llm.questions.counts import (
    compare_many_counts,
    compare_two_counts,
    compare_with_level,
    count_told,
    parse_count,
    parse_level,
)
from nophantom.llm.verdicts import Claim
from nophantom.stats.proportions import wilson
from nophantom.stats.verdicts import Verdict


def test_the_known_case_is_undecided_and_needs_more_problems_than_there_are() -> None:
    """379/500 against 365/500: about 3,800 unpaired or 2,060 to 2,670 paired problems would show 2.8 points."""
    found = compare_two_counts((379, 500), (365, 500), Claim(delta=0.028))
    assert found.ruling.verdict is Verdict.UNDECIDED
    assert found.finding.estimate.point == pytest.approx(0.028)
    assert found.finding.p_value == pytest.approx(0.3106, abs=2e-4)
    assert found.needed is not None
    assert found.needed.unpaired == pytest.approx(3_810, rel=0.01)
    assert found.needed.paired.low == pytest.approx(2_060, rel=0.01)
    assert found.needed.paired.high == pytest.approx(2_670, rel=0.01)
    assert found.more_than_gsm8k
    assert found.labels == ("379/500", "365/500")
    assert found.shares == (wilson(379, 500), wilson(365, 500))


def test_a_large_gain_needs_nothing_more_and_a_copy_of_it_is_the_reverse() -> None:
    gain, loss = (
        compare_two_counts(*pair, Claim()) for pair in (((450, 500), (300, 500)), ((300, 500), (450, 500)))
    )
    assert (gain.ruling.verdict, loss.ruling.verdict) == (Verdict.REAL, Verdict.PHANTOM)
    assert (gain.needed, gain.more_than_gsm8k) == (None, False)
    assert gain.finding.estimate.low == pytest.approx(-(loss.finding.estimate.high or 0))


def test_a_third_run_widens_every_interval() -> None:
    found = compare_many_counts([(379, 500), (365, 500), (384, 500)], Claim())
    assert [(p.first, p.second) for p in found.pairs] == [(0, 1), (0, 2), (1, 2)]
    alone = compare_two_counts((379, 500), (365, 500), Claim()).finding.estimate
    together = found.pairs[0].estimate
    assert together.point == alone.point
    assert (together.low or 0) < (alone.low or 0)
    assert (together.high or 0) > (alone.high or 0)
    assert all(
        p.p_value is not None and p.p_alone is not None and p.p_value >= p.p_alone for p in found.pairs
    )


def test_a_published_number_without_its_count_is_taken_as_exact_and_said_so() -> None:
    bare = compare_with_level((379, 500), 0.79, Claim())
    counted = compare_with_level((379, 500), 0.79, Claim(), level_n=1_319)
    assert bare.labels[1] == "79.00% as published"
    assert (bare.shares[1].low, bare.needed) == (None, None)
    assert counted.shares[1] == wilson(round(0.79 * 1_319), 1_319)
    assert "published number" in bare.finding.not_covered[0]
    assert (counted.finding.estimate.high or 0) - (counted.finding.estimate.low or 0) > (
        bare.finding.estimate.high or 0
    ) - (bare.finding.estimate.low or 0)


@given(st.integers(0, 60), st.integers(0, 60), st.sampled_from([0.01, 0.05, 0.2]))
def test_p_value_interval_and_verdict_never_disagree(first: int, second: int, alpha: float) -> None:
    found = compare_two_counts((first, 60), (second, 60), Claim(alpha=alpha))
    e, p = found.finding.estimate, found.finding.p_value
    assert p is not None
    assert e.low is not None
    assert e.high is not None
    assert (p < alpha) == (not e.low <= 0 <= e.high)
    assert (found.ruling.verdict is Verdict.REAL) <= (p < alpha)
    assert (found.needed is None) == (found.ruling.verdict is not Verdict.UNDECIDED)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("379/500", (379, 500)),
        ("0/1", (0, 1)),
        ("r12", None),
        ("s1/base", None),
        ("3.5/5", None),
        ("/5", None),
        ("5", None),
        ("-1/5", None),
    ],
)
def test_what_reads_as_a_count_is_one(text: str, count: tuple[int, int] | None) -> None:
    assert parse_count(text) == count


@pytest.mark.parametrize("text", ["6/5", "0/0", "1/1000000001"])
def test_a_count_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="right/tried"):
        parse_count(text)


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("75.8%", 0.758),
        ("0.758", 0.758),
        ("100%", 1.0),
        ("1.0", 1.0),
        ("1", None),
        ("75.8", None),
        ("nan%", None),
        ("inf", None),
        ("x%", None),
        ("-1%", None),
    ],
)
def test_what_reads_as_a_published_level_is_one(text: str, level: float | None) -> None:
    assert parse_level(text) == level


@pytest.mark.parametrize("told", ["379", "r12", "379/", 379, None])
def test_what_must_be_a_count_says_what_it_was_given_as(told: object) -> None:
    assert count_told("379/500", "--final") == (379, 500)
    with pytest.raises(InvalidInput, match="--final is right/tried, as in 379/500; got"):
        count_told(told, "--final")
