"""`nophantom compare` of counts, of arms, of checkpoints of a study, and of three or more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scipy import stats

Cli = Callable[..., Any]


def test_the_known_counts_are_undecided_and_say_what_would_decide(nophantom_cli: Cli) -> None:
    told = nophantom_cli("compare", "379/500", "365/500", "--delta", "2.8", "--json").json
    page = " ".join(nophantom_cli("compare", "379/500", "365/500", "--delta", "2.8").out.split())

    assert told["ruling"]["verdict"] == "undecided"
    assert told["ruling"]["claim"]["delta"] == 0.028
    assert told["needed"]["unpaired"] == pytest.approx(3_800, abs=30)
    assert told["needed"]["paired"]["low"] == pytest.approx(2_060, abs=10)
    assert told["needed"]["paired"]["high"] == pytest.approx(2_670, abs=10)
    assert told["more_than_gsm8k"] is True
    assert "UNDECIDED" in page
    assert "more than the 1,319 problems of GSM8K's test set" in page
    assert "the first is better; delta 2.8 points, alpha 0.05" in page


def test_three_known_counts_have_simultaneous_intervals(nophantom_cli: Cli) -> None:
    pair = nophantom_cli("compare", "379/500", "365/500", "--json").json["finding"]["estimate"]
    three = nophantom_cli("compare", "379/500", "365/500", "384/500", "--json").json
    page = nophantom_cli("compare", "379/500", "365/500", "384/500").out

    assert [(p["first"], p["second"]) for p in three["pairs"]] == [(0, 1), (0, 2), (1, 2)]
    assert [p["estimate"]["point"] for p in three["pairs"]] == pytest.approx([0.028, -0.010, -0.038])
    wide = three["pairs"][0]["estimate"]
    assert wide["low"] < pair["low"] < pair["high"] < wide["high"]
    assert all(p["estimate"]["low"] < 0 < p["estimate"]["high"] for p in three["pairs"])
    assert "Differences with intervals that hold together at 95%" in page


@pytest.mark.parametrize("level", ["75.8%", "0.758"])
def test_a_published_accuracy_is_exact_unless_its_problems_are_told(nophantom_cli: Cli, level: str) -> None:
    """Exact, the p is twice the binomial tail; with its own 500 problems the interval is wider."""
    exact = nophantom_cli("compare", "400/500", level, "--json").json
    page = nophantom_cli("compare", "400/500", level).out
    known = nophantom_cli("compare", "400/500", level, "--of", "500", "--json").json

    assert exact["finding"]["p_value"] == pytest.approx(2 * stats.binom.sf(399, 500, 0.758))
    assert known["finding"]["estimate"]["high"] > exact["finding"]["estimate"]["high"]
    assert "75.80%, interval unknown" in page
    assert "interval interval" not in page


def test_two_arms_are_compared_as_recipes_by_what_the_plan_says(
    nophantom_cli: Cli, recorded_home: Path
) -> None:
    told = nophantom_cli("compare", "s2/new", "s2/base", "--json", home=recorded_home).json
    ended = nophantom_cli("compare", "s2/new", "sums-open/base", home=recorded_home)

    means = [told[arm]["mean"] for arm in ("first", "second")]
    assert told["finding"]["question"] == "recipes"
    assert told["finding"]["estimate"]["point"] == pytest.approx(means[0] - means[1])
    assert told["ruling"]["exploratory"] is False
    assert told["planted"] == pytest.approx(0.15)
    assert told["permutation"]["arrangements"] == 70
    assert ended.err == ""
    assert "new is better than base; delta 1 point, alpha 0.05" in ended.out
    assert f"{told['finding']['estimate']['point'] * 100:+.2f} points" in ended.out
    assert "+15.00 points is the truth of this simulation" in ended.out


def test_a_claim_on_the_command_line_is_exploratory_and_pairing_is_told(
    nophantom_cli: Cli, recorded_home: Path
) -> None:
    told = nophantom_cli(
        "compare", "s2/new", "s2/base", "--delta", "2", "--paired", "--json", home=recorded_home
    ).json

    assert told["ruling"]["exploratory"] is True
    assert told["paired"] is True
    assert told["permutation"]["arrangements"] == 16


def test_three_runs_are_compared_pair_by_pair(nophantom_cli: Cli, recorded_home: Path) -> None:
    told = nophantom_cli("compare", "r9", "r10", "r11", "--json", home=recorded_home).json
    two = nophantom_cli("compare", "r9", "r11", "--json", home=recorded_home).json
    page = nophantom_cli("compare", "r9", "r10", "r11", home=recorded_home).out

    assert told["runs"] == [f"sums-open/base/seed{i}" for i in range(3)]
    assert told["pairs"][1]["estimate"]["point"] == pytest.approx(two["difference"])
    assert "3 runs, every pair" in page


def test_two_runs_are_compared_at_the_last_step_of_both_or_at_the_one_that_is_named(
    nophantom_cli: Cli, recorded_home: Path
) -> None:
    last = nophantom_cli("compare", "r9", "r10", "--json", home=recorded_home).json
    early = nophantom_cli("compare", "r9", "r10", "--step", "1000", "--json", home=recorded_home).json
    choosing = nophantom_cli(
        "compare", "r9", "r10", "--split", "validation", "--json", home=recorded_home
    ).json

    assert [last[one]["step"] for one in ("first", "second")] == [2_000, 2_000]
    assert [last[one]["split"] for one in ("first", "second")] == ["test", "test"]
    assert [early[one]["step"] for one in ("first", "second")] == [1_000, 1_000]
    assert [choosing[one]["split"] for one in ("first", "second")] == ["validation", "validation"]
    assert choosing["n"] == 60


def test_while_the_test_is_sealed_runs_and_arms_are_compared_on_validation(
    nophantom_cli: Cli, recorded_home: Path
) -> None:
    runs = nophantom_cli("compare", "r1", "r2", "--json", home=recorded_home).json
    arms = nophantom_cli("compare", "s1/new", "s1/base", "--json", home=recorded_home).json

    assert runs["first"]["split"] == "validation"
    assert arms["setting"]["split"] == "validation"


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("600/500", "365/500"), 4, "got '600/500'"),
        (
            ("379/500", "r9"),
            4,
            "counts are compared with counts, or with a published accuracy in second place",
        ),
        (("379/500", "75.8"), 4, "nophantom compare 379/500 75.8%"),
        (("s2/new", "s2/none"), 3, "'sums-open' has no arm 'none'; there are: base, new."),
        (("s2/new", "r9"), 4, "arms are compared with arms, named as s1/arm"),
        (("s2/new", "s1/base"), 4, "arms are compared inside one study"),
        (("s9/new", "s9/base"), 3, "there is no study s9"),
        (("r9", "r10", "--paired"), 4, "are for arms, named as s1/arm"),
        (("r9", "r10", "--of", "500"), 4, "--of is for a published accuracy in second place"),
        (("r9", "r10", "r11", "--delta", "2"), 4, "are for two"),
        (("r9", "r10", "r11", "--problems"), 4, "are for two"),
        (("r9", "r10", "r11", "--grader", "simulated"), 4, "--grader is for two runs and for arms"),
        (("r9", "r10", "r9"), 4, "every run is named once"),
        (("r9", "r10", "--step", "5"), 4, "not evaluated on the same problem set"),
        (("s2/new", "s2/base", "s2/new", "--paired"), 4, "are for two arms"),
    ],
)
def test_every_wrong_question_gets_one_sentence(
    nophantom_cli: Cli, recorded_home: Path, arguments: tuple[str, ...], status: int, words: str
) -> None:
    ended = nophantom_cli("compare", *arguments, home=recorded_home)

    assert ended.status == status, ended.err
    assert ended.out == ""
    assert words in ended.err
