"""`nophantom trends adoption` as a person meets it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

Cli = Callable[..., Any]


def test_files_are_read_with_their_books_and_one_that_cannot_be_sets_the_status(
    nophantom_cli: Cli, tmp_path: Path
) -> None:
    good, bad = tmp_path / "stars.csv", tmp_path / "other.csv"
    good.write_text("date,repo,stars\n2021-02-01,a/zorb,7\n2021-02-01,nothing,7\n")
    bad.write_text("date,rate\n2021-02-01,7\n")
    home = tmp_path / "home"

    told = nophantom_cli("trends", "adoption", bad, good, "--json", home=home)
    assert told.status == 5
    refused, imported = told.json["files"]
    assert (refused["status"], refused["months"], refused["error"]["code"]) == ("refused", None, "unreadable")
    assert [imported[name] for name in ("status", "rows", "months", "drops")] == ["imported", 2, 1, 1]
    assert imported["examples"][0]["row"] == 2
    page = nophantom_cli("trends", "adoption", good, home=home)
    assert (page.status, "known already, unchanged" in page.out) == (0, True)
