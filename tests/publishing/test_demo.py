"""The demonstration: its truth, its labels, and that it changes nothing the second time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]


def test_every_simulated_number_is_labelled_and_stands_beside_its_planted_truth(nophantom_cli: Cli) -> None:
    told = nophantom_cli(
        "demo", "--wing", "llm", "--train", "no", "--worlds", "0", "--seeds", "0", "--json"
    ).json

    assert told["simulated"] is True
    planted = {c["first"]["arm"]: c["planted"] for c in told["comparisons"]}
    assert planted == pytest.approx({"cleaned-data": 0.055, "new-schedule": 0.0, "new-router": 0.01})
    assert all(c["simulated"] and c["first"]["simulated"] for c in told["comparisons"])
    assert all(c["exploratory"] is False for c in told["comparisons"])
    page = nophantom_cli("demo", "--wing", "llm", "--train", "no", "--worlds", "0", "--seeds", "0").out
    assert "SIMULATED study simulated-1" in page
    assert nophantom_cli("runs").out.count("simulated") >= 8  # in the name, and as a remark
    assert "SIMULATED" in nophantom_cli("compare", "r2", "r1").out


def test_the_default_draw_shows_each_verdict_at_its_most_frequent(nophantom_cli: Cli) -> None:
    """Not a lucky draw: what is shown is what comes out most often in the measured worlds."""
    told = nophantom_cli(
        "demo", "--wing", "llm", "--train", "no", "--worlds", "100", "--seeds", "0", "--json"
    ).json

    shown = {c["first"]["arm"]: c["verdict"] for c in told["comparisons"]}
    assert shown == {"cleaned-data": "real", "new-schedule": "phantom", "new-router": "undecided"}
    for rates in told["rates"]:
        assert rates[shown[rates["arm"]]] > 50


def test_a_second_demo_changes_nothing_and_another_seed_adds_a_study(nophantom_cli: Cli) -> None:
    demo = ("demo", "--wing", "llm", "--train", "no", "--worlds", "5", "--seeds", "2", "--json")
    first = nophantom_cli(*demo).out
    before = nophantom_cli("runs", "--json").out

    assert nophantom_cli(*demo).out == first
    assert nophantom_cli("runs", "--json").out == before
    nophantom_cli("demo", "--wing", "llm", "--train", "no", "--seed", "7", "--worlds", "0", "--seeds", "0")
    assert (
        len(nophantom_cli("runs", "--json").json["runs"]) == 8 + 2 * 2 * 2 * 2
    )  # two studies of four; 2 arms x 2 seeds x 2 steps x 2 splits


def test_the_claim_of_the_plan_holds_unless_the_user_makes_another(nophantom_cli: Cli) -> None:
    nophantom_cli("demo", "--wing", "llm", "--train", "no", "--worlds", "0", "--seeds", "0")

    assert nophantom_cli("compare", "cleaned-data", "baseline", "--json").json["exploratory"] is False
    other = nophantom_cli("compare", "cleaned-data", "baseline", "--delta", "2", "--json").json
    assert other["exploratory"] is True


@pytest.fixture(scope="module")
def real(
    tmp_path_factory: pytest.TempPathFactory, data: Path, json_of_command: Callable[..., Any]
) -> tuple[Path, Any]:
    """A home that a demonstration on the real logs made, and what it told."""
    home = tmp_path_factory.mktemp("real")
    return home, json_of_command("demo", "--wing", "llm", "--data", data / "llm", "--home", home)


def test_real_logs_give_the_published_verdicts_in_both_frameworks(real: tuple[Path, Any]) -> None:
    """The figures that anyone can recompute: +57 of 1,319, 209 gained, 152 lost, exact p 0.0032, mid-p 0.0027."""
    groups = {g["title"]: g["comparisons"] for g in real[1]["groups"]}
    for framework in ("lm-eval", "inspect"):
        first, second, third = groups[f"{framework}, gsm8k, 1,319 problems"]
        assert (first["first_right"], first["second_right"]) == (742, 515)
        assert (first["gained"], first["lost"], first["verdict"]) == (306, 79, "real")
        assert (second["first_right"], second["second_right"]) == (515, 458)
        assert second["difference"] == pytest.approx(0.0432, abs=0.00005)
        assert (second["gained"], second["lost"]) == (209, 152)
        assert second["p_exact"] == pytest.approx(0.0032, abs=0.00005)
        assert second["p_mid"] == pytest.approx(0.0027, abs=0.00005)
        assert second["verdict"] == "real"
        assert (third["first_right"], third["second_right"]) == (458, 286)
        assert all(d["disagreements"] == [] for c in (first, second, third) for d in c["grader_drift"])


def test_real_logs_are_counted_exactly_and_meet_across_frameworks(
    nophantom_cli: Cli, data: Path, real: tuple[Path, Any]
) -> None:
    """Every count of the data's own README, by the log's grader and by ours."""
    home, _ = real
    runs = nophantom_cli("runs", "--all", "--json", home=home).json["runs"]
    full = [r for r in runs if r["problems"] == 1_319]
    counts = {"6b_finetuning": 286, "6b_verification": 515, "175b_finetuning": 458, "175b_verification": 742}
    # models x (three gradings of lm-eval and Inspect each, two of lighteval, one of the published table)
    assert len(full) == 4 * (3 + 3 + 2 + 1)
    misgraded = {
        "6b_finetuning": 287,
        "6b_verification": 514,
        "175b_finetuning": 457,
        "175b_verification": 742,
    }
    for r in full:
        by_lighteval = r["run"].startswith("lighteval/") and not r["grader"].startswith("nophantom:")
        assert r["right"] == (misgraded if by_lighteval else counts)[r["run"].rsplit("/", 1)[-1]]
    assert all(r["scored"] == r["outcomes"] == 1_319 for r in full)
    tells = ("lm-eval/", "inspect/")
    assert {r["declared"] for r in full if r["run"].startswith(tells)} == {1_319}

    (half,) = [r for r in runs if r["status"] == "error" and r["rank"] == 0]
    assert (half["right"], half["scored"], half["failures"]) == (398, 701, {"error": 6})
    assert (half["declared"] - half["outcomes"], half["omitted"]) == (612, 612)

    (choice,) = [r for r in runs if r["problem_set"] == "gsm8k_mc_fixture" and r["rank"] == 0]
    assert (choice["right"], choice["scored"]) == (11, 40)

    references = {r["run"]: r["reference"] for r in full}
    same = nophantom_cli(
        "compare",
        references["lm-eval/openai-gsm8k-paper/6b_verification"],
        references["inspect/replay/6b_verification"],
        "--json",
        home=home,
    ).json
    assert (same["n"], same["gained"], same["lost"]) == (1_319, 0, 0)

    again = nophantom_cli("logs", "import", data / "llm", "--json", home=home).json
    assert {f["status"] for f in again["files"]} == {"known", "skipped"}
    assert nophantom_cli("runs", "--all", "--json", home=home).json["runs"] == runs
