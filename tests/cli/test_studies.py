"""`nophantom study`, and what all commands about studies share: help, references, and the seal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nophantom.settings import MIGRATIONS
from nophantom.store.engine import open_engine
from nophantom.store.versions import bring_up_to_date

Cli = Callable[..., Any]

COMMANDS = (
    ("study", "list"),
    ("study", "show"),
    ("compare",),
    ("diff",),
    ("seeds",),
    ("select",),
    ("ensemble",),
    ("trajectory",),
    ("calibration",),
    ("gate",),
    ("power",),
    ("report", "create"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_help_of_every_command_has_an_example_and_offers_json(
    nophantom_cli: Cli, command: tuple[str, ...]
) -> None:
    ended = nophantom_cli(*command, "--help")

    told = " ".join(ended.out.split())
    assert ended.status == 0
    assert f"nophantom {' '.join(command)}" in told.split("Example", 1)[1]
    assert "--json" in told
    assert "[[" not in told, "an optional argument is bracketed once"


def test_the_list_shows_every_study_and_whether_its_test_is_sealed(
    nophantom_cli: Cli, recorded_home: Path
) -> None:
    page = nophantom_cli("study", "list", home=recorded_home)

    first, second = page.out.splitlines()[1:]
    assert first.split()[:2] == ["s1", "sums-sealed"]
    assert "sealed (test)" in first
    assert second.split()[:2] == ["s2", "sums-open"]
    assert "test not seen before selection" in second
    told = nophantom_cli("study", "list", "--json", home=recorded_home).json["studies"]
    assert [(s["reference"], s["name"], s["sealed"], s["runs"]) for s in told] == [
        ("s1", "sums-sealed", True, 8),
        ("s2", "sums-open", False, 8),
    ]


def test_a_store_without_studies_says_how_to_get_one(nophantom_cli: Cli, tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'nophantom.db'}")
    bring_up_to_date(engine, MIGRATIONS)
    engine.dispose()

    ended = nophantom_cli("study", "list", home=tmp_path)

    assert (ended.status, ended.out) == (0, "")
    assert "--pattern" in ended.err
    assert "nophantom demo" in ended.err
    assert nophantom_cli("study", "list", "--json", home=tmp_path).json == {"studies": []}


def test_a_study_is_shown_with_its_claims_its_selections_and_its_seal(
    nophantom_cli: Cli, recorded_home: Path
) -> None:
    sealed = nophantom_cli("study", "show", "s1", home=recorded_home).out
    opened = nophantom_cli("study", "show", "s2", home=recorded_home).out

    assert "SIMULATED" in sealed
    assert "test: sealed until a selection is recorded" in sealed
    assert "Selections" not in sealed
    assert "test: open since its selection" in opened
    assert "test not seen before selection" in opened
    claims = [line.split() for line in opened.splitlines() if line.startswith("new ")]
    assert claims == [["new", "better", "base", "1", "0.05"]]


def test_a_selection_is_told_whole_for_machines(nophantom_cli: Cli, recorded_home: Path) -> None:
    told = nophantom_cli("study", "show", "s2", "--json", home=recorded_home).json

    (chosen,) = told["selections"]
    assert chosen["number"] == 1
    assert chosen["rule"]["top_k"] == 3
    assert chosen["rule"]["split"] == "validation"
    assert set(chosen["run_ids"]) < {13, 14, 15, 16}
    assert (chosen["looks_before"], chosen["after_test"]) == (0, False)
    assert told["plan"]["planted"] == {"base": 0.6, "new": 0.75}


@pytest.mark.parametrize("reference", ["s2", "sums-open", "open"])
def test_a_study_is_found_by_number_name_or_piece(
    nophantom_cli: Cli, recorded_home: Path, reference: str
) -> None:
    assert nophantom_cli("study", "show", reference, "--json", home=recorded_home).json["id"] == 2


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("s9", "there is no study s9. `nophantom study list` lists them."),
        ("nobody", "there is no study whose name contains 'nobody'."),
        ("sums", "'sums' fits 2 studies: s1 sums-sealed; s2 sums-open. Name one by its number."),
    ],
)
def test_a_reference_that_fits_none_or_several_is_answered_in_one_sentence(
    nophantom_cli: Cli, own_home: Path, reference: str, words: str
) -> None:
    for command in (
        ("study", "show"),
        ("seeds",),
        ("select",),
        ("ensemble",),
        ("diff",),
        ("report", "create"),
        ("gate", "--go", "mean > 0.5"),
    ):
        ended = nophantom_cli(*command, reference, home=own_home)
        assert ended.status == 3, command
        assert words in ended.err
        assert ended.out == ""


def test_without_a_database_every_command_says_how_to_make_one(nophantom_cli: Cli, tmp_path: Path) -> None:
    for command in (
        ("study", "list"),
        ("seeds", "s1"),
        ("trajectory", "r1"),
        ("gate", "s1", "--go", "mean > 0"),
    ):
        ended = nophantom_cli(*command, home=tmp_path / "none")
        assert ended.status == 3
        assert "`nophantom logs import DIR` or `nophantom demo` makes one" in ended.err


SEALED = (
    ("seeds", "s1", "--split", "test"),
    ("ensemble", "s1", "--split", "test"),
    ("diff", "s1", "--split", "test"),
    ("diff", "r1", "r2", "--split", "test"),
    ("compare", "r1", "r2", "--split", "test"),
    ("compare", "r1", "r2", "r3", "--split", "test"),
    ("compare", "s1/new", "s1/base", "--split", "test"),
    ("trajectory", "r1", "--split", "test"),
    ("trajectory", "r1", "--running", "--split", "test"),
    ("trajectory", "r1", "--against", "r2", "--split", "test"),
    ("calibration", "r1", "--split", "test"),
    ("calibration", "r1", "--against", "r2", "--split", "test"),
    ("gate", "s1", "--go", "mean >= 0.5", "--arm", "new", "--split", "test"),
    ("report", "create", "s1", "--split", "test"),
)


@pytest.mark.parametrize("command", SEALED, ids=" ".join)
def test_the_seal_holds_in_every_command(
    nophantom_cli: Cli, recorded_home: Path, command: tuple[str, ...]
) -> None:
    ended = nophantom_cli(*command, "--json", home=recorded_home)

    assert ended.status == 10
    assert ended.out == ""
    assert '"code":"sealed"' in ended.err
    assert "nophantom select sums-sealed" in ended.err
    assert "--look REASON" in ended.err


def test_the_list_of_runs_shows_nothing_of_a_sealed_test(nophantom_cli: Cli, recorded_home: Path) -> None:
    told = nophantom_cli("runs", "--json", home=recorded_home).json["runs"]
    hidden = [e for e in told if e["study"] == "sums-sealed" and e["split"] == "test"]
    shown = [e for e in told if e not in hidden]

    assert len(hidden) == 16
    assert all(e["sealed"] and e["right"] is None and e["accuracy"] is None for e in hidden)
    assert all(not e["sealed"] and e["accuracy"] is not None for e in shown)
    page = nophantom_cli("runs", home=recorded_home).out
    assert page.count("sealed  ") == 16


@pytest.mark.parametrize(
    "command",
    [
        ("seeds", "s1"),
        ("compare", "r1", "r2"),
        ("diff", "r1", "r2"),
        ("trajectory", "r1", "--running"),
        ("compare", "s1/new", "s1/base"),
    ],
    ids=" ".join,
)
def test_a_look_opens_one_question_is_recorded_and_told_ever_after(
    nophantom_cli: Cli, own_home: Path, command: tuple[str, ...]
) -> None:
    on_test = (*command, "--split", "test")

    assert nophantom_cli(*on_test, "--look", "the reviewer asked", home=own_home).status == 0
    assert nophantom_cli(*on_test, home=own_home).status == 10

    shown = nophantom_cli("study", "show", "s1", home=own_home).out
    assert "Looks at the sealed test" in shown
    assert "the reviewer asked" in shown
    assert "test seen 1 time so far: nothing is selected yet" in shown
    assert nophantom_cli("select", "s1", "--arm", "new", home=own_home).status == 0
    assert "test seen 1 time before selection" in nophantom_cli("seeds", "s1", home=own_home).out


def test_a_look_without_a_reason_or_without_its_split_is_refused(nophantom_cli: Cli, own_home: Path) -> None:
    for command, words in (
        (("seeds", "s1", "--split", "test", "--look", " "), "needs a reason"),
        (("seeds", "s1", "--look", "why not"), "add --split test"),
        (("compare", "r1", "r2", "--look", "why not"), "add --split test"),
    ):
        ended = nophantom_cli(*command, home=own_home)
        assert ended.status == 4
        assert words in ended.err
    assert nophantom_cli("study", "show", "s1", "--json", home=own_home).json["looks"] == []
