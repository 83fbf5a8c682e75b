"""`nophantom diff`: the problems of two runs, and those of all runs of a study."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]


def test_gained_lost_both_and_neither_add_up_to_the_counts_of_the_two_runs(
    nophantom_cli: Cli, recorded_home: Path
) -> None:
    told = nophantom_cli("diff", "r9", "r10", "--json", home=recorded_home).json
    compared = nophantom_cli("compare", "r9", "r10", "--json", home=recorded_home).json

    assert told["n"] == told["gained"] + told["lost"] + told["both"] + told["neither"] == 80
    assert told["both"] + told["gained"] == compared["first_right"]
    assert told["both"] + told["lost"] == compared["second_right"]
    assert [p["problem"] for p in compared["gained_problems"]] == told["gained_problems"]
    assert [p["problem"] for p in compared["lost_problems"]] == told["lost_problems"]


def test_the_page_says_the_counts_and_lists_some_of_the_problems(
    nophantom_cli: Cli, recorded_home: Path
) -> None:
    told = nophantom_cli("diff", "r9", "r10", "--json", home=recorded_home).json
    ended = nophantom_cli("diff", "r9", "r10", home=recorded_home)

    assert ended.err == ""
    assert f"{told['gained']} of 80 better answered by sums-open/base/seed0" in ended.out
    assert told["gained_problems"][0][:12] in ended.out
    assert f"the first 10 of {told['lost']}; --json lists all" in ended.out


@pytest.mark.parametrize("more", [(), ("--arm", "new"), ("--step", "1000"), ("--split", "validation")])
def test_the_problems_of_a_study_are_always_flipping_or_never_solved(
    nophantom_cli: Cli, recorded_home: Path, more: tuple[str, ...]
) -> None:
    told = nophantom_cli("diff", "s2", *more, "--json", home=recorded_home).json
    page = nophantom_cli("diff", "s2", *more, home=recorded_home).out

    assert told["n"] == told["always"] + told["never"] + told["flipping"]
    assert told["n"] == sum(told["solved_by"]) == (60 if "validation" in more else 80)
    assert told["runs"] == (4 if "new" in more else 8)
    for name in ("always", "flipping", "never"):
        assert f"{told[name]} of {told['n']} solved by" in page


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("r9",), 4, "r9 is a run: name a second one, as in nophantom diff r9 r2; or name a study."),
        (("r9", "r9"), 4, "are the same run"),
        (("r9", "r10", "--arm", "new"), 4, "--arm and --grader are for a study"),
        (("s2", "r1"), 3, "no run whose name contains 's2'"),
        (("s2", "--arm", "none"), 4, "there are: base, new"),
        ((), 2, "Missing argument"),
    ],
)
def test_every_wrong_question_gets_one_sentence(
    nophantom_cli: Cli, recorded_home: Path, arguments: tuple[str, ...], status: int, words: str
) -> None:
    ended = nophantom_cli("diff", *arguments, home=recorded_home)

    assert ended.status == status
    assert ended.out == ""
    assert words in " ".join(ended.err.replace("│", " ").split())
