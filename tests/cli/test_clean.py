"""`nophantom clean` as a person meets it."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from nophantom.cli.main import run

QUESTION = "Bella bought stamps at the post office and some of the stamps had a snowflake design"


@dataclass(frozen=True)
class Ended:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Clean = Callable[..., Ended]


@pytest.fixture
def clean(capfd: pytest.CaptureFixture[str]) -> Clean:
    """Runs `nophantom clean`; it has no home, as it needs no database."""

    def command(*arguments: object) -> Ended:
        with pytest.raises(SystemExit) as end:
            run(["clean", *(str(argument) for argument in arguments)])
        told = capfd.readouterr()
        return Ended(int(end.value.code or 0), told.out, told.err)

    return command


def row(question: str, answer: str = "1+1=<<1+1=2>>2\n#### 2") -> str:
    return json.dumps({"question": question, "answer": answer}) + "\n"


@pytest.fixture
def train(tmp_path: Path) -> Path:
    """Seven rows: one twice, one wrong, one of the test, one with eight words of the test."""
    path = tmp_path / "train.jsonl"
    path.write_text(
        row("What is one and one?")
        + row("What is ONE and one?")
        + row("What is 48 by 2?", "<<48/2=23>>23\n#### 23")
        + row(f"{QUESTION}, how many?")
        + row("Is this the post office and some of the stamps had a price?")
        + row("What is two and two?")
        + row("What is three and four?")
    )
    return path


@pytest.fixture
def problems(tmp_path: Path) -> Path:
    path = tmp_path / "test.jsonl"
    path.write_text(row(f"{QUESTION}, how many?") + row("Something else altogether?"))
    return path


def test_a_cleaning_shows_what_was_found_and_done_and_that_the_books_balance(
    clean: Clean, train: Path, problems: Path
) -> None:
    ended = clean(train, "--against", problems)

    assert ended.status == 0
    lines = {line.split()[0]: line.split() for line in ended.out.splitlines() if line.split()}
    assert lines["exact_duplicate"][-2:] == ["1", "removed"]
    assert lines["wrong_annotation"][-2:] == ["1", "removed"]
    assert lines["test_duplicate"][-3:] == ["1", "1", "removed"]
    assert lines["test_13_gram"][-3:] == ["1", "1", "removed"]
    assert lines["test_8_gram"][-7:] == ["2", "1", "listed,", "1", "of", "them", "kept"]
    assert "wrong_annotation: line 3: <<48/2=23>> is 24" in ended.out
    assert "7 rows = 4 kept + 3 removed" in ended.out
    assert (ended.err, len(ended.out.splitlines()) < 45) == ("", True)


def test_it_writes_the_lines_that_stay_the_removals_and_a_manifest(
    clean: Clean, train: Path, problems: Path
) -> None:
    before = train.read_bytes(), problems.read_bytes()

    clean(train, "--against", problems)

    folder = train.parent / "train-clean"
    lines = train.read_bytes().splitlines(keepends=True)
    assert (folder / "train.jsonl").read_bytes() == b"".join(lines[i] for i in (0, 4, 5, 6))
    removed = [json.loads(line) for line in (folder / "removed.jsonl").read_text().splitlines()]
    assert [(entry["line"], entry["reasons"]) for entry in removed] == [
        (2, ["exact_duplicate"]),
        (3, ["wrong_annotation"]),
        (4, ["test_duplicate", "test_13_gram"]),
    ]
    listed = [json.loads(line) for line in (folder / "listed.jsonl").read_text().splitlines()]
    assert [(entry["line"], entry["reason"]) for entry in listed] == [(5, "test_8_gram")]
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["rows"] == manifest["kept"] + manifest["removed"] == 7
    assert manifest["cleaned"]["sha256"] == sha256(before[0]).hexdigest()
    for name, file in manifest["files"].items():
        assert file["sha256"] == sha256((folder / name).read_bytes()).hexdigest()
    assert (train.read_bytes(), problems.read_bytes()) == before


def test_json_holds_the_manifest_and_every_flaw(clean: Clean, train: Path, problems: Path) -> None:
    ended = clean(train, "--against", problems, "--json")

    assert ended.json["manifest"] == json.loads((train.parent / "train-clean" / "manifest.json").read_text())
    assert [entry["line"] for entry in ended.json["removed"]] == [2, 3, 4]
    assert {flaw["reason"] for flaw in ended.json["flaws"]} >= {"wrong_annotation", "test_8_gram"}
    assert len(ended.json["written"]) == 4


def test_looking_writes_nothing(clean: Clean, train: Path) -> None:
    ended = clean(train, "--check")

    assert ended.status == 0
    assert "nothing written" in ended.out
    assert "not checked" in ended.out  # nothing to hold it against
    assert [path.name for path in train.parent.iterdir()] == ["train.jsonl"]


def test_a_second_cleaning_replaces_the_first_only_when_told_and_gives_the_same_bytes(
    clean: Clean, train: Path
) -> None:
    clean(train)
    folder = train.parent / "train-clean"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    again = clean(train)
    forced = clean(train, "--force")

    assert again.status == 4
    assert "is there already" in again.err
    assert forced.status == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_reasons_can_be_added_and_taken_away(clean: Clean, train: Path, problems: Path) -> None:
    options = ["--against", problems, "--check", "--json"]

    more = clean(train, *options, "--remove", "test_8_gram")
    less = clean(train, *options, "--keep", "wrong_annotation", "--keep", "exact_duplicate")
    both = clean(train, *options, "--keep", "test_8_gram", "--remove", "test_8_gram")
    never = clean(train, *options, "--keep", "damaged_line")

    assert more.json["manifest"]["removed"] == 4
    assert less.json["manifest"]["removed"] == 1
    assert (both.status, "--remove and --keep both name test_8_gram" in both.err) == (4, True)
    assert (never.status, "cannot be kept" in never.err) == (4, True)


def test_near_duplicates_can_be_left_unchecked(clean: Clean, train: Path) -> None:
    checks = clean(train, "--check", "--near", "0", "--json").json["manifest"]["checks"]

    assert next(check["rows"] for check in checks if check["reason"] == "near_duplicate") is None


def test_other_fields_and_plain_texts_are_read(clean: Clean, tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text('{"problem": "one?", "solution": "1"}\n{"problem": "two?", "solution": ""}\n')
    texts = tmp_path / "texts.jsonl"
    texts.write_text('{"text": "one"}\n{"text": "One"}\n')

    named = clean(path, "--question-field", "problem", "--answer-field", "solution", "--check", "--json")
    plain = clean(texts, "--check")
    unnamed = clean(path)

    assert named.json["removed"] == [{"line": 2, "reasons": ["missing_answer"]}]
    assert "question in 'text', no answers" in plain.out
    assert "2 rows = 1 kept + 1 removed" in plain.out
    assert (unnamed.status, "the fields seen are 'problem', 'solution'" in unnamed.err) == (4, True)


def test_a_damaged_line_is_listed_not_lost_and_the_rest_is_cleaned(
    clean: Clean, train: Path, problems: Path
) -> None:
    with train.open("ab") as file:
        file.write(b'{"question": "cut o\n')
    with problems.open("ab") as file:
        file.write(b"\xff\n")

    ended = clean(train, "--against", problems)

    assert ended.status == 5
    assert "damaged_line: line 8: no JSON" in ended.out
    assert "8 rows = 4 kept + 4 removed" in ended.out
    assert "test.jsonl: 1 lines are damaged" in ended.err
    assert '{\\"question\\": \\"cut o' in (train.parent / "train-clean" / "removed.jsonl").read_text()


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["nowhere.jsonl"], 3, "there is no file"),
        (["empty.jsonl"], 5, "empty.jsonl: the file is empty"),
        (["notes.txt"], 5, "notes.txt: no line is a JSON object; line 1 is"),
        (["array.json"], 5, "one JSON array"),
        (["train.jsonl", "--against", "train.jsonl"], 4, "both as the training file and as the test file"),
        (["train.jsonl", "--against", "copy.jsonl"], 4, "have the same content"),
        (["train.jsonl", "--against", "empty.jsonl"], 5, "empty.jsonl: the file is empty"),
        (["train.jsonl", "--out", "."], 4, "is an input and is never written over"),
        (["train.jsonl", "--near", "0.1"], 4, "from 0.3 to all"),
        (["train.jsonl", "--remove", "typo"], 2, "typo"),
    ],
)
def test_what_cannot_be_cleaned_is_refused_by_name_and_leaves_nothing(
    clean: Clean,
    train: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    status: int,
    sentence: str,
) -> None:
    monkeypatch.chdir(train.parent)
    Path("empty.jsonl").touch()
    Path("notes.txt").write_text("just some notes\n")
    Path("array.json").write_text('[\n{"question": "a"}\n]')
    Path("copy.jsonl").write_bytes(train.read_bytes())
    before = set(Path().iterdir())

    ended = clean(*arguments)

    assert ended.status == status
    assert sentence in " ".join(ended.err.split())
    assert ended.out == ""
    assert set(Path().iterdir()) == before


def test_a_terminal_sees_progress_and_a_pipe_does_not(train: Path) -> None:
    command = [sys.executable, "-m", "nophantom", "clean", str(train), "--check"]
    ours, theirs = pty.openpty()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=theirs, check=True)
    os.close(theirs)
    seen = os.read(ours, 100_000)
    os.close(ours)

    assert b"near duplicates" in seen
