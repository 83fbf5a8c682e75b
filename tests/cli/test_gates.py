"""`nophantom gate`: its three exit statuses, its files for a CI job, and the known case."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

Cli = Callable[..., Any]
COUNTS = ("gate", "--final", "379/500", "--peak", "158/200")


@pytest.mark.parametrize(
    ("go", "status", "decision"),
    [
        ("final >= 0.70", 0, "GO"),
        ("final >= 0.70 and peak >= 70%", 0, "GO"),
        ("final < 0.85", 0, "GO"),
        ("final >= 0.85", 64, "NO-GO"),
        ("final >= 0.70 and peak >= 0.9", 64, "NO-GO"),
        ("final >= 0.75", 65, "UNDECIDED"),
        ("final >= 0.75 and peak >= 0.79", 65, "UNDECIDED"),
    ],
)
def test_the_exit_status_is_the_decision(nophantom_cli: Cli, go: str, status: int, decision: str) -> None:
    page = nophantom_cli(*COUNTS, "--go", go)
    told = nophantom_cli(*COUNTS, "--go", go, "--json")

    assert (page.status, told.status) == (status, status)
    assert (page.err, told.err) == ("", "")
    assert page.out.splitlines()[3].startswith(decision)
    assert told.json["decision"] == decision


def test_the_known_case_is_undecided_by_wilson_s_interval(nophantom_cli: Cli) -> None:
    """379 of 500: 71.9% to 79.3%, which holds 75%."""
    ended = nophantom_cli(*COUNTS, "--go", "final >= 0.75 and peak >= 0.79")
    final, peak = nophantom_cli(*COUNTS, "--go", "final >= 0.75 and peak >= 0.79", "--json").json["clauses"]

    assert ended.status == 65
    assert (final["estimate"]["low"], final["estimate"]["high"]) == pytest.approx((0.719, 0.793), abs=0.0006)
    assert (final["truth"], peak["truth"]) == ("undecided", "undecided")
    assert "71.86% to 79.35%" in ended.out
    assert "What would decide" in ended.out
    assert "14,596 problems in all (there are 500)" in ended.out


def test_a_peak_of_ten_looks_pays_for_all_of_them(nophantom_cli: Cli) -> None:
    one = nophantom_cli(*COUNTS, "--go", "peak >= 0.72", "--json")
    ten = nophantom_cli(*COUNTS, "--go", "peak >= 0.72", "--looks", "10", "--json")

    assert (one.status, ten.status) == (0, 65)
    assert "10 looks" in ten.json["clauses"][0]["estimate"]["method"]


@pytest.mark.parametrize("claimed", ["0.79", "79%", "79"])
def test_a_claimed_level_reads_as_a_level_in_a_clause(nophantom_cli: Cli, claimed: str) -> None:
    """A proportion must not be taken for a percentage: 0.79 is not 0.79%, which any rerun would reach."""
    told = nophantom_cli("gate", "--rerun", "365/500", "--claimed", claimed, "--go", "reproduced", "--json")

    assert told.json["clauses"][0]["threshold"] == pytest.approx(0.78)
    assert told.status == 64


def test_markdown_and_junit_are_written_beside_the_answer(nophantom_cli: Cli, tmp_path: Path) -> None:
    """One clause holds, one is false and one open: with the whole that makes 4 cases, 2 failed, 1 skipped."""
    markdown, junit = tmp_path / "gate.md", tmp_path / "gate.xml"
    go = "final >= 0.70 and peak >= 0.79 and final >= 0.9"

    ended = nophantom_cli(*COUNTS, "--go", go, "--markdown", markdown, "--junit", junit)

    assert ended.status == 64
    told = markdown.read_text("utf-8")
    assert told.startswith("# Gate: ")
    assert "**NO-GO**" in told
    assert told.count("\n| ") == 5
    suite = ElementTree.fromstring(junit.read_text("utf-8"))
    assert (
        suite.tag,
        suite.get("tests"),
        suite.get("failures"),
        suite.get("skipped"),
        suite.get("errors"),
    ) == (
        "testsuite",
        "4",
        "2",
        "1",
        "0",
    )
    cases = suite.findall("testcase")
    assert [case.get("name") for case in cases[:3]] == ["final >= 0.70", "peak >= 0.79", "final >= 0.9"]
    assert len(suite.findall("testcase/failure")) == 2
    (skipped,) = suite.findall("testcase/skipped")
    assert "problems in all (there are 200)" in str(skipped.get("message"))
    assert str(cases[3].get("name")).endswith(": NO-GO")


def test_a_go_has_no_failure(nophantom_cli: Cli, tmp_path: Path) -> None:
    junit = tmp_path / "gate.xml"

    assert nophantom_cli(*COUNTS, "--go", "final >= 0.70", "--junit", junit, "--json").status == 0

    suite = ElementTree.fromstring(junit.read_text("utf-8"))
    assert (suite.get("failures"), suite.get("skipped")) == ("0", "0")


def test_a_gate_over_a_study_is_about_the_selected_run(nophantom_cli: Cli, own_home: Path) -> None:
    seeds = nophantom_cli("seeds", "s2", "--arm", "new", "--json", home=own_home).json["arms"][0]
    of_run = {seed["run_id"]: seed["accuracy"] for seed in seeds["seeds"]}
    selection = nophantom_cli("study", "show", "s2", "--json", home=own_home).json["selections"][0]
    go = "final >= 0.2 and mean >= 0.2 and peak >= 0.2 and vote >= 0.2 and reproduced"

    ended = nophantom_cli("gate", "s2", "--go", go, "--claimed", "30%", "--json", home=own_home)

    assert ended.status == 0
    points = {c["text"].split()[0]: c["estimate"]["point"] for c in ended.json["clauses"]}
    chosen = selection["run_ids"][0]
    others = [accuracy for run, accuracy in of_run.items() if run != chosen]
    assert points["final"] == pytest.approx(of_run[chosen])
    assert points["mean"] == pytest.approx(seeds["mean"])
    assert points["reproduced"] == pytest.approx(sum(others) / len(others))
    vote = nophantom_cli("ensemble", "s2", "--arm", "new", "--json", home=own_home).json
    assert points["vote"] == pytest.approx(vote["accuracy"]["point"])
    assert ended.json["provenance"] == "test not seen before selection"


def test_while_the_test_is_sealed_a_gate_is_about_validation(nophantom_cli: Cli, own_home: Path) -> None:
    ended = nophantom_cli("gate", "s1", "--arm", "new", "--go", "mean >= 0.2", home=own_home)

    assert ended.status == 0
    assert "nothing is selected yet" in ended.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (COUNTS, 'a gate needs its clauses: --go "final >= 0.75 and peak >= 0.79".'),
        ((*COUNTS, "--go", "fnal >= 0.7"), "asks for 'fnal'"),
        ((*COUNTS, "--go", "final >= 75"), "75% is 0.75"),
        ((*COUNTS, "--go", "final"), "final"),
        ((*COUNTS, "--go", "final >= 0.7 or peak >= 0.7"), "or"),
        ((*COUNTS, "--go", "mean >= 0.7"), "asks for 'mean'"),
        (("gate", "--go", "final >= 0.7"), "name a study, or give counts: --final 379/500 --peak 158/200."),
        (("gate", "--go", "final >= 0.7", "--final", "379"), "--final is right/tried, as in 379/500"),
        (
            ("gate", "--go", "reproduced", "--rerun", "365/500", "--claimed", "much"),
            "0.79 or 79%; got 'much'",
        ),
        (
            ("gate", "s2", "--go", "final >= 0.7", "--final", "379/500"),
            "leave out --final, --peak and --rerun",
        ),
        (("gate", "s1", "--go", "final >= 0.7"), "`nophantom select sums-sealed` chooses one"),
        (("gate", "s2", "--go", "vote >= 0.7", "-k", "4"), "--top-k 4"),
    ],
)
def test_every_wrong_gate_gets_one_sentence_and_no_decision(
    nophantom_cli: Cli, own_home: Path, arguments: tuple[str, ...], words: str
) -> None:
    ended = nophantom_cli(*arguments, home=own_home)

    assert ended.status == 4
    assert ended.out == ""
    assert words in ended.err


def test_a_file_that_cannot_be_written_is_told(nophantom_cli: Cli, tmp_path: Path) -> None:
    ended = nophantom_cli(*COUNTS, "--go", "final >= 0.7", "--junit", tmp_path / "none" / "gate.xml")

    assert ended.status == 7
    assert "cannot write" in ended.err
    assert "No such file or directory" in ended.err
