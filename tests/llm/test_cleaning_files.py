"""Cleaning on disk: inputs are never touched, and a set is written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from nophantom.errors import InvalidInput, NotFound, Unavailable, Unreadable
from nophantom.llm.clean_set import CleanSet
from nophantom.llm.cleaning_files import check_places, read_training_file, write_clean_set

SET = CleanSet("train.jsonl", b"clean\n", b"removed\n", b"listed\n", b"{}\n")


def test_a_set_is_written_with_its_manifest_last(tmp_path: Path) -> None:
    written = write_clean_set(SET, tmp_path / "deep" / "out")

    assert [path.name for path in written] == [
        "train.jsonl",
        "removed.jsonl",
        "listed.jsonl",
        "manifest.json",
    ]
    assert {path.name: path.read_bytes() for path in written} == SET.files()
    assert sorted(path.name for path in (tmp_path / "deep" / "out").iterdir()) == sorted(SET.files())


def test_a_stop_between_leaves_no_manifest_and_no_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_clean_set(SET, tmp_path)
    replace = Path.replace

    def stops(self: Path, target: Path) -> Path:
        if Path(target).name == "listed.jsonl":
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", stops)
    with pytest.raises(Unavailable, match=r"No space left on device. Name another folder with --out"):
        write_clean_set(SET, tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "listed.jsonl",
        "removed.jsonl",
        "train.jsonl",
    ]


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    with pytest.raises(Unavailable, match="cannot write the clean set"):
        write_clean_set(SET, tmp_path / "out")


def test_one_file_is_not_held_against_itself_whatever_its_name(tmp_path: Path) -> None:
    train, link = tmp_path / "train.jsonl", tmp_path / "link.jsonl"
    train.touch()
    link.symlink_to(train)
    hard = tmp_path / "hard.jsonl"
    hard.hardlink_to(train)

    for other in (train, link, hard, tmp_path / "." / "train.jsonl"):
        with pytest.raises(InvalidInput, match="both as the training file and as the test file"):
            check_places(train, other, tmp_path / "out", [], force=True)


def test_an_input_is_never_written_over(tmp_path: Path) -> None:
    train, test = tmp_path / "train.jsonl", tmp_path / "removed.jsonl"
    train.touch()
    test.touch()
    with pytest.raises(InvalidInput, match=r"train\.jsonl is an input and is never written over"):
        check_places(train, None, tmp_path, ["train.jsonl"], force=True)
    with pytest.raises(InvalidInput, match=r"removed\.jsonl is an input"):
        check_places(train, test, tmp_path, ["removed.jsonl"], force=True)


def test_what_is_there_is_replaced_only_when_told(tmp_path: Path) -> None:
    train = tmp_path / "train.jsonl"
    train.touch()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "manifest.json").touch()

    check_places(train, None, tmp_path / "out", ["manifest.json"], force=True)
    with pytest.raises(InvalidInput, match=r"manifest\.json is there already.*--force"):
        check_places(train, None, tmp_path / "out", ["manifest.json"], force=False)


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="there is no file"):
        read_training_file(tmp_path / "nowhere.jsonl")
    with pytest.raises(Unreadable, match="cannot be read"):
        read_training_file(tmp_path)
