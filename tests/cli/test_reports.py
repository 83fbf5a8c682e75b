"""`nophantom report create`: one file, no network, the same bytes again."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]


class Loads(HTMLParser):
    """Everything of a page that a browser would fetch or run."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "link", "img", "iframe", "object", "embed", "video", "audio", "base", "form"}:
            self.found.append(tag)
        self.found += [
            f"{tag} {name}={value}"
            for name, value in attributes
            if name.startswith("on")
            or (name in {"src", "href", "xlink:href"} and not str(value).startswith("#"))
        ]


def test_the_report_is_one_file_that_loads_nothing(
    nophantom_cli: Cli, recorded_home: Path, tmp_path: Path
) -> None:
    place = tmp_path / "report.html"
    ended = nophantom_cli("report", "create", "s2", "-o", place, home=recorded_home)

    told = place.read_text("utf-8")
    loads = Loads()
    loads.feed(told)
    assert (ended.status, ended.out) == (0, "")
    assert ended.err.strip() == f"wrote {place}, {len(told.encode()) / 1000:,.0f} kB"
    assert loads.found == []
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org/)", told)
    places = [told.index("<svg"), told.rindex(">Methods<"), told.rindex(">Not covered<")]
    assert [told.index("new against base"), *places] == sorted([told.index("new against base"), *places])
    for words in ("SIMULATED", "test not seen before selection", "Seeds of new", "The test, opened once"):
        assert words in told


def test_made_again_the_report_is_the_same_to_the_byte(
    nophantom_cli: Cli, recorded_home: Path, tmp_path: Path
) -> None:
    told = [
        nophantom_cli(
            "report", "create", "s2", "-o", tmp_path / f"{i}.html", "--json", home=recorded_home
        ).json
        for i in range(2)
    ]

    first, second = ((tmp_path / f"{i}.html").read_bytes() for i in range(2))
    assert first == second
    assert told[0]["inputs_hash"] == told[1]["inputs_hash"]
    assert told[0]["n_bytes"] == len(first)


def test_markdown_says_the_numbers_that_the_commands_say(
    nophantom_cli: Cli, recorded_home: Path, tmp_path: Path
) -> None:
    place = tmp_path / "report.md"
    nophantom_cli("report", "create", "s2", "-o", place, home=recorded_home)
    told = place.read_text("utf-8")

    recipes = nophantom_cli("compare", "s2/new", "s2/base", "--json", home=recorded_home).json
    vote = nophantom_cli("ensemble", "s2", "--arm", "new", "--json", home=recorded_home).json
    seeds = nophantom_cli("seeds", "s2", "--json", home=recorded_home).json
    problems = nophantom_cli("diff", "s2", "--json", home=recorded_home).json
    assert f"**{recipes['ruling']['verdict'].upper()}** new against base" in told
    assert f"{recipes['finding']['estimate']['point'] * 100:+.2f} points" in told
    assert f"{vote['accuracy']['point']:.2%} by a vote of 3" in told
    for arm in seeds["arms"]:
        assert f"**4 seeds, mean {arm['mean']:.2%}, sd {arm['sd'] * 100:.2f} points.**" in told
    assert f"**always**: {problems['always']} of 80 solved by every run" in told
    assert "## Not covered" in told


def test_without_a_place_the_file_is_named_after_the_study_and_with_json_the_page_is_printed(
    nophantom_cli: Cli, recorded_home: Path
) -> None:
    page = nophantom_cli("report", "create", "s2", "--json", home=recorded_home).json
    assert page["title"] == "Study sums-open"
    assert not Path("sums-open.html").exists()

    assert nophantom_cli("report", "create", "s2", home=recorded_home).status == 0
    assert Path("sums-open.html").read_text("utf-8").startswith("<!doctype html>")


def test_while_the_test_is_sealed_the_report_is_about_validation(
    nophantom_cli: Cli, recorded_home: Path, tmp_path: Path
) -> None:
    place = tmp_path / "sealed.md"
    nophantom_cli("report", "create", "s1", "-o", place, home=recorded_home)

    told = place.read_text("utf-8")
    assert "simulated sums, validation" in told
    assert "nothing is selected yet" in told
    assert "The test, opened once" not in told


def test_a_look_and_a_selection_are_told_by_every_later_report(
    nophantom_cli: Cli, own_home: Path, tmp_path: Path
) -> None:
    place = tmp_path / "looked.md"
    arguments = ("report", "create", "s1", "-o", place)

    assert nophantom_cli(*arguments, "--split", "test", "--look", "for the board", home=own_home).status == 0
    assert "simulated sums, test" in place.read_text("utf-8")
    nophantom_cli("select", "s1", home=own_home)
    nophantom_cli(*arguments, home=own_home)
    assert "test seen 1 time before selection" in place.read_text("utf-8")


@pytest.mark.parametrize(("place", "why"), [("none/report.html", "No such file"), (".", "Is a directory")])
def test_a_place_that_cannot_be_written_is_told(
    nophantom_cli: Cli, recorded_home: Path, tmp_path: Path, place: str, why: str
) -> None:
    ended = nophantom_cli("report", "create", "s2", "-o", tmp_path / place, home=recorded_home)

    assert ended.status == 7
    assert f"cannot write '{tmp_path / place}': {why}" in ended.err


def test_two_runs_have_a_report_of_their_comparison(
    nophantom_cli: Cli, write_lm_eval: Callable[..., Path], tmp_path: Path
) -> None:
    """`strong` solves 0..29, `weak` 15..34 of 40: 15 gained, 5 lost, exact p 0.0414."""
    for model, right in (("org/strong", range(30)), ("org/weak", range(15, 35))):
        texts = [f"#### {i + 1 if i in right else 0}" for i in range(40)]
        nophantom_cli("logs", "import", write_lm_eval(model, texts))
    place = tmp_path / "two.md"
    first = nophantom_cli("report", "create", "strong", "weak", "-o", place)
    told = place.read_text("utf-8")

    assert first.status == 0
    for words in ("gained 15, lost 5", "exact p 0.0414", "Could one have stopped earlier?", "Not covered"):
        assert words in told
    nophantom_cli("report", "create", "strong", "weak", "-o", place)
    assert place.read_text("utf-8") == told
    refused = nophantom_cli("report", "create", "strong", "weak", "--look", "why not")
    assert refused.status == 4
    assert "nophantom compare" in refused.err
