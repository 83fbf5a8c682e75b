"""`nophantom seeds`: the known case, the numbers of a study, and every way to ask wrongly."""

from __future__ import annotations

from collections.abc import Callable
from math import log, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import integrate, stats

Cli = Callable[..., Any]
KNOWN = ("seeds", "--mean", "75.9", "--sd", "0.572", "--n", "20")


def test_the_known_case_has_its_four_maxima(nophantom_cli: Cli) -> None:
    page = nophantom_cli(*KNOWN).out

    rows = {line.split()[0]: line for line in page.splitlines() if line.strip()}
    assert "77.30%" in rows["asymptotic"]
    assert "76.97%" in rows["normal"]
    assert "needs the scores" in rows["empirical"]
    assert "75.90% to 76.97%  depending on reliability" in rows["honest"]


def test_the_maxima_of_a_summary_are_those_of_the_formulas(nophantom_cli: Cli) -> None:
    """The expected maximum of 20 standard normals by quadrature, the asymptotic one by its formula."""
    told = nophantom_cli(*KNOWN, "--json").json

    def density(x: float) -> float:
        return float(20 * x * stats.norm.pdf(x) * stats.norm.cdf(x) ** 19)

    e20 = integrate.quad(density, -8, 8)[0]
    assert told["normal"]["point"] == pytest.approx(0.759 + 0.00572 * e20, abs=1e-9)
    assert told["asymptotic"]["point"] == pytest.approx(0.759 + 0.00572 * sqrt(2 * log(20)), abs=1e-12)
    assert told["honest"] is None
    assert told["honest_range"] == pytest.approx([0.759, told["normal"]["point"]])


def test_of_says_how_many_seeds_the_summary_rests_on(nophantom_cli: Cli) -> None:
    few = nophantom_cli(*KNOWN, "--of", "5", "--json").json
    many = nophantom_cli(*KNOWN, "--json").json

    assert few["normal"]["point"] == many["normal"]["point"]
    assert few["normal"]["high"] - few["normal"]["low"] > many["normal"]["high"] - many["normal"]["low"]


def test_the_accuracies_of_a_study_are_those_of_its_runs(nophantom_cli: Cli, recorded_home: Path) -> None:
    runs = nophantom_cli("runs", "--json", home=recorded_home).json["runs"]
    told = nophantom_cli("seeds", "s2", "--json", home=recorded_home).json

    for arm in told["arms"]:
        expected = {
            e["run_id"]: e["accuracy"]
            for e in runs
            if (e["study"], e["arm"], e["split"], e["step"]) == ("sums-open", arm["arm"], "test", 2_000)
        }
        assert {seed["run_id"]: seed["accuracy"] for seed in arm["seeds"]} == pytest.approx(expected)
        assert arm["mean"] == pytest.approx(np.mean(list(expected.values())))
        assert arm["sd"] == pytest.approx(np.std(list(expected.values()), ddof=1))


def test_the_page_says_the_same_numbers(nophantom_cli: Cli, recorded_home: Path) -> None:
    (arm,) = nophantom_cli("seeds", "s2", "--arm", "new", "--json", home=recorded_home).json["arms"]
    ended = nophantom_cli("seeds", "s2", "--arm", "new", home=recorded_home)

    assert ended.err == ""
    page = " ".join(ended.out.split())
    assert f"4 seeds, mean {arm['mean']:.2%}, sd {arm['sd'] * 100:.2f} points." in page
    assert f"reliability {arm['reliability']['point']:.2f} (" in page
    for name in ("asymptotic", "normal", "honest"):
        assert f"{name} {arm['best'][name]['point']:.2%} {arm['best'][name]['low']:.2%} to" in page
    assert arm["verdict"].upper() in ended.out
    assert "SIMULATED" in page


def test_while_the_test_is_sealed_the_question_is_about_validation(
    nophantom_cli: Cli, recorded_home: Path
) -> None:
    told = nophantom_cli("seeds", "s1", "--json", home=recorded_home).json

    assert told["setting"]["split"] == "validation"
    assert {arm["n_problems"] for arm in told["arms"]} == {60}
    assert told["setting"]["provenance"] == "test not seen so far: nothing is selected yet"


def test_hours_come_from_the_ledger_or_from_the_option(nophantom_cli: Cli, recorded_home: Path) -> None:
    """Four hours a seed are in the ledger: the best of two costs eight, at two hours a seed four."""
    told = nophantom_cli("seeds", "s2", "--arm", "new", "--json", home=recorded_home).json["arms"][0]
    row = next(row for row in told["cost"]["rows"] if row["n"] == 2)
    assert (told["hours_per_seed"], row["hours"]) == (4.0, 8.0)

    told = nophantom_cli(
        "seeds", "s2", "--arm", "new", "--hours-per-seed", "2", "--json", home=recorded_home
    ).json["arms"][0]
    row = next(row for row in told["cost"]["rows"] if row["n"] == 2)
    assert row["hours"] == 4.0


def test_another_use_of_the_time_says_where_the_next_seed_stops_paying(
    nophantom_cli: Cli, recorded_home: Path
) -> None:
    """Another use that gained nothing in 85 hours leaves every seed worth its hours; 50 points an hour leave none."""
    poor = nophantom_cli("seeds", "s2", "--arm", "base", "--alternative", "0", "85", home=recorded_home).out
    rich = nophantom_cli("seeds", "s2", "--arm", "base", "--worthwhile", "50", home=recorded_home).out

    assert "Against 0 points per hour, the next seed always pays" in poor
    assert "Against 50 points per hour, after 1 seed the next one no longer pays" in rich


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "name a study, or give a summary: --mean 75.9 --sd 0.572 --n 20"),
        (("--mean", "75.9", "--sd", "0.5"), "give a summary"),
        (("--mean", "75.9", "--sd", "0.5", "-n", "1"), "at least two seeds"),
        (("--mean", "0.759", "--sd", "0.00572", "-n", "20"), "give --mean 75.9 --sd 0.572"),
        (("s2", "--mean", "75.9"), "leave out --mean, --sd and --of"),
        (("s2", "--arm", "none"), "there are: base, new"),
        (("s2", "--split", "dev"), "there are: test, validation"),
        (("s2", "--step", "5"), "there are: 1,000, 2,000"),
        (("s2", "--delta", "-1"), "got -0.01"),
    ],
)
def test_every_wrong_question_gets_one_sentence(
    nophantom_cli: Cli, recorded_home: Path, arguments: tuple[str, ...], words: str
) -> None:
    ended = nophantom_cli("seeds", *arguments, home=recorded_home)

    assert ended.status == 4
    assert ended.out == ""
    assert words in ended.err
