"""`nophantom select` and `nophantom ensemble`: what is chosen, what is recorded, and what a vote brings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]


def test_a_dry_run_records_nothing_and_opens_nothing(nophantom_cli: Cli, own_home: Path) -> None:
    ended = nophantom_cli("select", "s1", "--dry-run", home=own_home)

    assert ended.status == 0
    assert "Ship sums-sealed/" in ended.out
    assert ended.err.strip() == (
        "Nothing was recorded and the test stays closed: leave out --dry-run to choose."
    )
    told = nophantom_cli("study", "show", "s1", "--json", home=own_home).json
    assert (told["sealed"], told["selections"]) == (True, [])


def test_of_an_open_test_a_dry_run_does_not_say_that_it_stays_closed(
    nophantom_cli: Cli, recorded_home: Path
) -> None:
    ended = nophantom_cli("select", "s2", "--dry-run", home=recorded_home)

    assert ended.err.strip() == "Nothing was recorded: leave out --dry-run to choose."


def test_select_chooses_the_best_on_validation_records_it_and_opens_the_test(
    nophantom_cli: Cli, own_home: Path
) -> None:
    runs = nophantom_cli("runs", "--json", home=own_home).json["runs"]
    on = {
        split: {e["run_id"]: e["accuracy"] for e in runs if (e["split"], e["step"]) == (split, 2_000)}
        for split in ("validation", "test")
    }
    assert all(accuracy is None for run, accuracy in on["test"].items() if run <= 8)

    told = nophantom_cli("select", "s1", "--json", home=own_home).json

    best = told["candidates"][0]
    assert best["accuracy"] == max(accuracy for run, accuracy in on["validation"].items() if run <= 8)
    assert told["recorded"]["number"] == 1
    assert (told["recorded"]["looks_before"], told["recorded"]["after_test"]) == (0, False)
    runs = nophantom_cli("runs", "--json", home=own_home).json["runs"]
    opened = {e["run_id"]: e["accuracy"] for e in runs if (e["split"], e["step"]) == ("test", 2_000)}
    assert {c["run_id"]: c["test"] for c in told["candidates"]} == {n: a for n, a in opened.items() if n <= 8}
    assert told["test"]["chosen"]["point"] == opened[best["run_id"]]
    assert told["setting"]["provenance"] == "test not seen before selection"


def test_the_same_choice_again_is_one_selection_and_another_is_marked(
    nophantom_cli: Cli, own_home: Path
) -> None:
    first = nophantom_cli("select", "s1", "--json", home=own_home).json["recorded"]
    again = nophantom_cli("select", "s1", "--json", home=own_home).json["recorded"]
    other = nophantom_cli("select", "s1", "--top-k", "2", home=own_home).out

    assert again == first
    assert "after the test was seen" in other
    selections = nophantom_cli("study", "show", "s1", "--json", home=own_home).json["selections"]
    assert [(s["number"], len(s["run_ids"]), s["after_test"]) for s in selections] == [
        (1, 1, False),
        (2, 2, True),
    ]


def test_the_page_tells_the_worth_of_the_choice_before_the_test(nophantom_cli: Cli, own_home: Path) -> None:
    page = nophantom_cli("select", "s1", "--arm", "new", "--top-k", "2", home=own_home).out

    assert page.index("What the choice is worth") < page.index("The test, opened once")
    for words in ("winner's curse", "honest", "before the test was seen", "with 1 more to vote"):
        assert words in page
    assert sum(line.endswith("%  chosen") for line in page.splitlines()) == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("s2", "--split", "test"), "'test' is the test of 'sums-open': seeds are chosen on 'validation'"),
        (("s2", "--top-k", "9"), "top-k is 1 to the 8 runs there are; got 9"),
        (("s2", "--top-k", "0"), "top-k is 1 to the 8 runs"),
        (("s2", "--test", "dev"), "declares the test 'test'; got 'dev'"),
        (("s2", "--arm", "none"), "there are: base, new"),
    ],
)
def test_a_wrong_selection_is_refused_and_leaves_nothing_behind(
    nophantom_cli: Cli, own_home: Path, arguments: tuple[str, ...], words: str
) -> None:
    ended = nophantom_cli("select", *arguments, home=own_home)

    assert ended.status == 4
    assert words in ended.err
    assert len(nophantom_cli("study", "show", "s2", "--json", home=own_home).json["selections"]) == 1


def test_the_vote_of_the_best_says_what_it_gains_over_the_best_alone(
    nophantom_cli: Cli, recorded_home: Path
) -> None:
    told = nophantom_cli("ensemble", "s2", "--arm", "new", "--json", home=recorded_home).json
    page = nophantom_cli("ensemble", "s2", "--arm", "new", home=recorded_home).out

    gain = told["finding"]["estimate"]["point"]
    assert gain == pytest.approx((told["gained"] - told["lost"]) / told["accuracy"]["n"])
    assert gain == pytest.approx(told["accuracy"]["point"] - told["members"][0]["accuracy"])
    assert [m["ranked_by"] for m in told["members"]] == sorted(
        (m["ranked_by"] for m in told["members"]), reverse=True
    )
    assert f"{told['accuracy']['point']:.2%} by a vote of 3, {gain * 100:+.2f} points against" in page
    assert "plurality, ties to the better member" in page
    assert "on validation" in page


def test_the_rule_of_the_vote_is_printed_and_changes_the_answer(
    nophantom_cli: Cli, recorded_home: Path
) -> None:
    usual = nophantom_cli("ensemble", "s2", "--json", home=recorded_home).json
    strict = nophantom_cli(
        "ensemble",
        "s2",
        "--rule",
        "majority",
        "--ties",
        "no_answer",
        "--min-support",
        "3",
        "--json",
        home=recorded_home,
    ).json

    assert strict["accuracy"]["point"] < usual["accuracy"]["point"]
    assert "majority" in strict["rule"]
    assert "at least 3" in strict["rule"] or "3 votes" in strict["rule"]


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("s2", "-k", "9"), 4, "from 1 to the 8 runs there are; got 9"),
        (("s2", "--rule", "most"), 2, "most"),
        (("s1", "--ties", "better_member"), 4, "ties go to the better member only where"),
    ],
)
def test_a_wrong_vote_gets_one_sentence(
    nophantom_cli: Cli, recorded_home: Path, arguments: tuple[str, ...], status: int, words: str
) -> None:
    ended = nophantom_cli("ensemble", *arguments, home=recorded_home)

    assert ended.status == status
    assert words in ended.err
