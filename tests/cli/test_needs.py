"""`nophantom power`: how much evidence an effect needs."""

from __future__ import annotations

from collections.abc import Callable
from math import asin, sqrt
from typing import Any

import pytest
from scipy import stats

Cli = Callable[..., Any]


def test_two_point_eight_points_need_more_problems_than_gsm8k_has(nophantom_cli: Cli) -> None:
    """About 3,800 unpaired problems: also Cohen's h says so, a road of its own."""
    told = nophantom_cli("power", "--delta", "2.8", "--accuracy", "74.4", "--json").json
    page = nophantom_cli("power", "--delta", "2.8", "--accuracy", "74.4").out

    h = 2 * (asin(sqrt(0.758)) - asin(sqrt(0.730)))
    by_h = 2 * ((stats.norm.ppf(0.975) + stats.norm.ppf(0.8)) / h) ** 2
    assert told["unpaired"] == pytest.approx(3_800, abs=30)
    assert told["unpaired"] == pytest.approx(by_h, rel=0.005)
    assert told["delta"] == 0.028
    assert told["more_than_gsm8k"] is True
    assert f"{told['paired']:,} problems would decide: more than the 1,319 of GSM8K's test set." in page
    assert "Problems for 2.8 points" in page


def test_a_fifth_of_a_point_needs_about_128_seeds_per_arm(nophantom_cli: Cli) -> None:
    told = nophantom_cli("power", "--delta", "0.2", "--seed-sd", "0.572", "--seeds", "20", "--json").json
    page = nophantom_cli("power", "--delta", "0.2", "--seed-sd", "0.572", "--seeds", "20").out

    by_normal = 2 * ((stats.norm.ppf(0.975) + stats.norm.ppf(0.8)) * 0.572 / 0.2) ** 2
    assert told["by_normal"] == pytest.approx(by_normal, abs=1)
    assert told["contrast"] == pytest.approx(128, abs=3)
    assert f"{told['contrast']} seeds per arm would decide." in page
    assert f"interaction {told['interaction']} seeds per arm" in " ".join(page.split())
    assert f"20 seeds per arm show {told['visible'] * 100:.2f} points or more" in page


def test_what_is_seen_with_the_seeds_at_hand_needs_as_many(nophantom_cli: Cli) -> None:
    """There and back: the smallest visible difference of 20 seeds needs 20 seeds."""
    there = nophantom_cli("power", "--delta", "0.2", "--seed-sd", "0.572", "--seeds", "20", "--json").json
    back = nophantom_cli(
        "power", "--delta", f"{there['visible'] * 100:.12f}", "--seed-sd", "0.572", "--json"
    ).json

    assert back["contrast"] == pytest.approx(20, abs=1)


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        ((), 2, "Missing option"),
        (("--delta", "0"), 4, "got 0.0"),
        (("--delta", "2.8", "--accuracy", "0.744"), 4, "For 0.744 give 74.4"),
        (("--delta", "2.8", "--seed-sd", "0"), 4, "got a spread of 0"),
        (("--delta", "2.8", "--seed-sd", "0.5", "--differ", "20"), 4, "Ask one"),
        (("--delta", "2.8", "--power", "2"), 4, "power"),
    ],
)
def test_every_wrong_question_gets_one_sentence(
    nophantom_cli: Cli, arguments: tuple[str, ...], status: int, words: str
) -> None:
    ended = nophantom_cli("power", *arguments)

    assert ended.status == status
    assert ended.out == ""
    assert words in " ".join(ended.err.replace("│", " ").split())
