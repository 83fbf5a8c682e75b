"""`nophantom trajectory` and `nophantom calibration`: the known case, runs of a study, and wrong questions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scipy import stats

Cli = Callable[..., Any]


@pytest.mark.parametrize(
    ("peak", "final", "plain", "studentised", "single"),
    [("158/200", "379/500", 0.42, 0.33, 0.10), ("119/150", "365/500", 0.18, 0.10, 0.023)],
)
def test_the_known_case_has_its_three_p_values(
    nophantom_cli: Cli, peak: str, final: str, plain: float, studentised: float, single: float
) -> None:
    arguments = ("trajectory", "--peak", peak, "--final", final, "--every", "50")
    test = nophantom_cli(*arguments, "--json").json["test"]
    page = nophantom_cli(*arguments).out

    assert test["p_plain"] == pytest.approx(plain, abs=0.005)
    assert test["p_studentised"] == pytest.approx(studentised, abs=0.006)
    assert test["p_single"] == pytest.approx(single, abs=0.005)
    for name in ("p_plain", "p_studentised", "p_single"):
        assert f"p {test[name]:.4f}" in page


def test_the_single_look_is_the_hypergeometric_tail(nophantom_cli: Cli) -> None:
    """How often 200 drawn of 500 hold 158 or more of the 379 that are right."""
    told = nophantom_cli(
        "trajectory", "--peak", "158/200", "--final", "379/500", "--every", "50", "--json"
    ).json

    assert told["test"]["p_single"] == pytest.approx(stats.hypergeom.sf(157, 500, 379, 200))


def test_the_known_case_is_undecided_with_its_difference(nophantom_cli: Cli) -> None:
    """158 of 200 against 221 of 300: +5.3 points, about -2.2 to +12.9 at the single look."""
    arguments = ("trajectory", "--peak", "158/200", "--final", "379/500", "--every", "50")
    told = nophantom_cli(*arguments, "--json").json
    ended = nophantom_cli(*arguments)

    alone = told["peak_against_rest"]["estimate"]
    assert alone["point"] == pytest.approx(158 / 200 - 221 / 300)
    assert (alone["low"], alone["high"]) == pytest.approx((-0.022, 0.129), abs=0.003)
    assert told["verdict"] == "undecided"
    assert ended.err == ""
    assert "UNDECIDED" in ended.out
    assert "+5.33 points" in ended.out
    assert "Running accuracy, from counts" in ended.out


def test_a_look_that_was_named_before_the_data_pays_for_no_others(nophantom_cli: Cli) -> None:
    arguments = ("trajectory", "--peak", "119/150", "--final", "365/500", "--every", "50", "--json")
    highest = nophantom_cli(*arguments).json
    named = nophantom_cli(*arguments, "--named", "150").json

    assert named["verdict"] == "real"
    assert highest["verdict"] == "undecided"
    assert named["together"] == named["peak_against_rest"] == highest["peak_against_rest"]


def test_a_run_with_checkpoints_is_judged_by_them_and_on_request_by_its_order(
    nophantom_cli: Cli, recorded_home: Path
) -> None:
    runs = nophantom_cli("runs", "--json", home=recorded_home).json["runs"]
    mine = {e["step"]: e["accuracy"] for e in runs if (e["run_id"], e["split"]) == (9, "test")}
    training = nophantom_cli("trajectory", "r9", "--json", home=recorded_home).json
    running = nophantom_cli("trajectory", "r9", "--running", "--json", home=recorded_home).json
    early = nophantom_cli("trajectory", "r9", "--step", "1000", "--json", home=recorded_home).json

    assert dict(zip(training["steps"], training["shape"]["accuracies"], strict=True)) == pytest.approx(mine)
    assert (running["n"], running["right"]) == (80, round(80 * mine[2_000]))
    assert (early["n"], early["right"]) == (80, round(80 * mine[1_000]))


def test_the_pages_of_a_run_say_the_numbers_of_the_answer(nophantom_cli: Cli, recorded_home: Path) -> None:
    training = nophantom_cli("trajectory", "r9", "--json", home=recorded_home).json
    page = nophantom_cli("trajectory", "r9", home=recorded_home).out

    assert "unknown points" not in page
    assert f"{training['peak']['drop']['point'] * 100:+.2f} points" in page
    assert training["verdict"].upper() in page
    assert "training noise" in page


def test_the_running_difference_ends_where_the_comparison_is(nophantom_cli: Cli, recorded_home: Path) -> None:
    """Helps first and hurts later is a question of order; the end of the path is the paired difference."""
    path = nophantom_cli("trajectory", "r9", "--against", "r10", "--json", home=recorded_home).json
    compared = nophantom_cli("compare", "r9", "r10", "--json", home=recorded_home).json
    page = nophantom_cli("trajectory", "r9", "--against", "r10", home=recorded_home).out

    assert path["band"]["difference"][-1] == pytest.approx(compared["difference"])
    assert f"p {path['band']['p_order']:.4f}: a random order strays as far at some look" in page


def test_a_run_against_its_own_outcomes_has_no_order(nophantom_cli: Cli, recorded_home: Path) -> None:
    ended = nophantom_cli("trajectory", "r9", "--against", "sums-open/base/seed0", home=recorded_home)

    assert ended.status == 4
    assert "are the same run" in ended.err


def test_calibration_is_told_for_one_run_and_as_a_difference(nophantom_cli: Cli, recorded_home: Path) -> None:
    one = nophantom_cli("calibration", "r9", "--json", home=recorded_home).json
    other = nophantom_cli("calibration", "r10", "--json", home=recorded_home).json
    pair = nophantom_cli("calibration", "r9", "--against", "r10", "--json", home=recorded_home).json
    page = nophantom_cli("calibration", "r9", "--bins", "5", home=recorded_home).out

    briers = [told["found"]["brier"]["point"] for told in (one, other)]
    assert pair["difference"]["brier"]["estimate"]["point"] == pytest.approx(briers[0] - briers[1])
    assert (pair["first"]["found"], pair["second"]["found"]) == (one["found"], other["found"])
    assert f"Brier score {briers[0]:.4f}" in " ".join(page.split())
    assert page.count(", n 16") == 5


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("trajectory",), 4, "name a run, or give a summary: --peak 158/200 --final 379/500"),
        (("trajectory", "--peak", "158"), 4, "give a summary"),
        (("trajectory", "--peak", "158", "--final", "379/500"), 4, "--peak is right/tried, as in 379/500"),
        (("trajectory", "--peak", "201/200", "--final", "379/500"), 4, "got '201/200'"),
        (
            ("trajectory", "--peak", "158/200", "--final", "379/500", "--named", "100"),
            4,
            "look of --peak, 200",
        ),
        (("trajectory", "r9", "--peak", "158/200"), 4, "leave out --peak and --final"),
        (("trajectory", "r9", "--against", "r10", "--last", "2"), 4, "leave out --against"),
        (("trajectory", "r99"), 3, "there is no run r99"),
        (("trajectory", "base"), 3, "fits 8 runs"),
        (("trajectory", "r9", "--split", "dev"), 4, "no evaluation on that problem set, split or step"),
        (("trajectory", "r9", "--last", "3"), 4, "last"),
        (("calibration", "r9", "--bins", "0"), 4, "at least one bin; got 0"),
        (("calibration",), 2, "Missing argument"),
    ],
)
def test_every_wrong_question_gets_one_sentence(
    nophantom_cli: Cli, recorded_home: Path, arguments: tuple[str, ...], status: int, words: str
) -> None:
    ended = nophantom_cli(*arguments, home=recorded_home)

    assert ended.status == status
    assert ended.out == ""
    assert words in " ".join(ended.err.replace("│", " ").split())
    assert "Traceback" not in ended.err
