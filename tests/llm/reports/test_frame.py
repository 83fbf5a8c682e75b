"""How numbers, counts and claims are said on every page."""

from __future__ import annotations

import pytest

from nophantom.llm.questions.setting import Setting
from nophantom.llm.reports import frame
from nophantom.llm.verdicts import Claim
from nophantom.stats.estimates import Estimate
from nophantom.stats.verdicts import Direction

KNOWN = Estimate(0.028, -0.0262, 0.0821, 0.95, 1_000, "a method")
UNKNOWN = Estimate(0.758, None, None, 0.95, 0, "as published")


def test_an_accuracy_and_a_difference_are_told_with_their_interval_or_that_it_is_unknown() -> None:
    assert frame.difference_with_span(KNOWN) == "+2.80 points, 95% interval -2.62 to +8.21"
    assert frame.difference_with_span(UNKNOWN) == "+75.80 points, interval unknown"
    assert frame.with_span(KNOWN) == "2.80%, interval -2.62% to 8.21%"
    assert frame.with_span(UNKNOWN) == "75.80%, interval unknown"


def test_unknown_is_a_word_and_never_a_number() -> None:
    told = [frame.percent(None), frame.points(None), frame.difference(None)]

    assert set(told) == {"unknown"}
    assert frame.spread_points(None) == "sd unknown"
    assert frame.span_percent(None) == frame.span_points(None) == "interval unknown"


def test_one_of_a_thing_is_singular() -> None:
    assert [frame.counted(n, "seed") for n in (0, 1, 2, 1_319)] == [
        "0 seeds",
        "1 seed",
        "2 seeds",
        "1,319 seeds",
    ]


@pytest.mark.parametrize(
    ("direction", "words"),
    [
        (Direction.HIGHER, "new is better than base; delta 1 point, alpha 0.05"),
        (Direction.LOWER, "new is worse than base; delta 1 point, alpha 0.05"),
        (Direction.DIFFERENT, "new and base differ; delta 1 point, alpha 0.05"),
    ],
)
def test_a_claim_is_told_in_words(direction: Direction, words: str) -> None:
    assert frame.claim_text(Claim(direction), "new", "base") == words
    assert frame.claim_text(Claim(direction)).startswith("the ")


def test_the_setting_says_of_what_and_bare_scores_say_so() -> None:
    told = Setting("sums", "s2", "gsm8k", "test", "numeric 1", 2_000, True, "test not seen before selection")
    bare = Setting("runs", None, "problems", None, "as given", None, False, None)

    assert frame.subtitle(told) == "s2 sums; gsm8k, test; step 2,000; graded by numeric 1"
    assert frame.subtitle(bare) == "runs, scores as given"
    assert frame.banners(told.simulated, told.provenance)[1:] == ("test not seen before selection",)
    assert frame.banners(told.simulated, told.provenance)[0].startswith("SIMULATED")
    assert frame.banners(bare.simulated, bare.provenance) == ()
