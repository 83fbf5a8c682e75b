"""`nophantom trends import` as a person meets it."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]


def record(n: int, **more: Any) -> str:
    """Story n, published on day n of October 2022."""
    story = {
        "source": "hackernews",
        "native_id": str(n),
        "url": f"https://github.com/owner/repo{n}",
        "title": f"Story {n}",
        "text": "",
        "author": None,
        "published_at": f"2022-10-{n:02d}T12:00:00Z",
        "score": None,
        "extra": {"from": ["frontpage"]},
    }
    return json.dumps(story | more) + "\n"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Nine stories, one of them twice, and two lines that are no records."""
    path = tmp_path / "stories.jsonl"
    broken = ["{\n", record(3, published_at="soon")]
    path.write_text("".join([record(n) for n in range(1, 10)] + [record(9, title="again")] + broken))
    return path


def test_an_import_shows_items_documents_duplicates_and_drops(nophantom_cli: Cli, archive: Path) -> None:
    ended = nophantom_cli("trends", "import", archive)

    assert ended.status == 0
    assert ended.out.splitlines()[0].split() == [
        "file",
        "status",
        "items",
        "documents",
        "duplicates",
        "drops",
    ]
    assert ended.out.splitlines()[1].split() == ["stories.jsonl", "imported", "12", "9", "1", "2"]
    told = " ".join(ended.err.split())
    assert "1 files: 1 imported." in told
    assert "1 dropped: parse error line 11: no JSON" in told
    assert "1 dropped: bad date line 12: published_at 'soon'" in told


def test_machines_get_the_books_and_every_reason(nophantom_cli: Cli, archive: Path) -> None:
    ended = nophantom_cli("trends", "import", archive, "--json")

    (file,) = ended.json["files"]
    assert file["fetch"] == {
        "id": 1,
        "source": "archive:hacker_news",
        "outcome": "complete",
        "lines": 12,
        "outside": 0,
        "blank": 0,
        "items": 12,
        "documents": 9,
        "duplicates": 1,
        "drops": 2,
        "from": None,
        "until": None,
    }
    assert {drop["reason"]: drop["n"] for drop in file["drops"]} == {"parse_error": 1, "bad_date": 1}
    assert [drop["examples"][0]["line"] for drop in file["drops"]] == [12, 11]
    assert (file["status"], file["error"], file["resumed_after"]) == ("imported", None, 0)


def test_a_second_import_says_known_and_changes_nothing(nophantom_cli: Cli, archive: Path) -> None:
    first = nophantom_cli("trends", "import", archive, "--json").json
    again = nophantom_cli("trends", "import", archive, "--json").json
    assert again == {"files": [first["files"][0] | {"status": "known"}]}
    assert "1 known already, unchanged" in nophantom_cli("trends", "import", archive).err


def test_a_window_has_both_its_days_and_shows_what_is_outside(nophantom_cli: Cli, archive: Path) -> None:
    words = ["trends", "import", archive, "--from", "2022-10-03", "--until", "2022-10-05"]
    ended = nophantom_cli(*words)
    assert ended.out.splitlines()[0].split()[-2:] == ["drops", "outside"]
    assert ended.out.splitlines()[1].split()[1:] == ["imported", "5", "3", "0", "2", "7"]
    fetch = nophantom_cli(*words, "--json").json["files"][0]["fetch"]
    assert (fetch["from"], fetch["until"]) == ("2022-10-03", "2022-10-05")


def test_a_file_that_is_no_archive_is_told_and_does_not_keep_the_good_one_out(
    nophantom_cli: Cli, archive: Path, tmp_path: Path
) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("just some notes\n")

    ended = nophantom_cli("trends", "import", notes, archive)

    assert ended.status == 5
    assert "notes.txt: wrong layout: none of its first 50 lines" in " ".join(ended.err.split())
    assert "2 files: 1 imported, 1 refused." in ended.err
    assert "stories.jsonl" in ended.out
    files = nophantom_cli("trends", "import", notes, archive, "--json").json["files"]
    assert [(f["status"], f["error"] and f["error"]["code"]) for f in files] == [
        ("refused", "unreadable"),
        ("known", None),
    ]


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["nowhere.jsonl"], 3, "there is no file"),
        (["--from", "2022-13-01", "{archive}"], 2, "--from"),
        (["--from", "2022-10-05", "--until", "2022-10-03", "{archive}"], 4, "ends before it begins"),
        ([], 2, "FILES"),
    ],
)
def test_a_wrong_call_ends_with_its_own_status(
    nophantom_cli: Cli, archive: Path, words: list[str], status: int, told: str
) -> None:
    ended = nophantom_cli("trends", "import", *(word.format(archive=archive) for word in words))
    assert ended.status == status
    assert told.lower() in " ".join(ended.err.split()).lower()


def test_the_bar_goes_to_a_terminal_on_stderr_and_nowhere_else(archive: Path, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "nophantom",
        "trends",
        "import",
        str(archive),
        "--home",
        str(tmp_path / "h"),
        "--json",
    ]
    master, slave = pty.openpty()
    try:
        ended = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=slave, check=False, env=os.environ | {"TERM": "xterm"}
        )
        os.set_blocking(master, False)
        shown = os.read(master, 1_000_000).decode()
    finally:
        os.close(slave)
        os.close(master)
    assert ended.returncode == 0
    assert json.loads(ended.stdout)["files"][0]["status"] == "imported"
    assert "stories.jsonl" in shown
    assert "kB" in shown
