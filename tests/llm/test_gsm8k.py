from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow  # type: ignore[import-untyped]
import pyarrow.parquet as parquet  # type: ignore[import-untyped]
import pytest
from tests.outbound.model_server import Sent, refused, serving

from nophantom.errors import InvalidInput, NoPhantomError, NotFound, Unavailable, Unreadable
from nophantom.llm import gsm8k
from nophantom.llm.gsm8k import read_set, read_train
from nophantom.store.blobs import Blobs

ROWS = [{"question": f"What is {i} + 1?", "answer": f"{i} + 1 = {i + 1}\n#### {i + 1}"} for i in range(5)]


def lines(rows: Sequence[object]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "sums"
    place.mkdir()
    (place / "test.jsonl").write_bytes(lines(ROWS[:3]))
    (place / "train.jsonl").write_bytes(lines(ROWS[3:]))
    return place


@pytest.mark.parametrize(("split", "n"), [("test", 1_319), ("train", 7_473)])
def test_the_published_gsm8k_is_known_by_its_content_whatever_its_file_is_called(
    data: Path, tmp_path: Path, split: str, n: int
) -> None:
    content = (data / "llm" / "gsm8k" / f"{split}.jsonl").read_bytes()
    (copy := tmp_path / "mine.jsonl").write_bytes(content)
    rows = [json.loads(line) for line in content.splitlines()]
    parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / f"{split}-00000-of-00001.parquet")
    for place in (str(copy), str(tmp_path)):
        found = read_set(place, split)
        assert (found.name, len(found.problems)) == ("gsm8k", n)
        assert found.content_hash == gsm8k.CONTENT_HASHES[split]


def test_the_wrong_split_of_gsm8k_is_refused(data: Path) -> None:
    with pytest.raises(InvalidInput, match="is the test split of GSM8K, not train"):
        read_set(str(data / "llm" / "gsm8k" / "test.jsonl"), "train")


def test_another_gsm8k_is_used_only_with_consent_and_under_its_hash(folder: Path) -> None:
    with pytest.raises(InvalidInput, match=r"not the test split of GSM8K as published.*--any-version"):
        read_set(str(folder), "test", name="gsm8k")
    found = read_set(str(folder), "test", name="gsm8k", any_version=True)
    assert found.name == f"gsm8k@{found.content_hash[:12]}"


def test_a_set_of_ones_own_is_called_after_its_folder_or_file_or_as_told(folder: Path) -> None:
    assert read_set(str(folder), "test").name == "sums"
    assert read_set(str(folder / "test.jsonl"), "test").name == "test"
    assert read_set(str(folder), "test", name="mine").name == "mine"


def test_worked_examples_come_from_the_training_split_beside_the_problems(folder: Path) -> None:
    for place in (folder, folder / "test.jsonl"):
        train = read_train(str(place))
        assert train is not None
        assert [p.question for p in train.problems] == [row["question"] for row in ROWS[3:]]
    (folder / "train.jsonl").unlink()
    assert read_train(str(folder)) is None
    named = read_train(str(folder), str(folder / "test.jsonl"))
    assert named is not None
    assert len(named.problems) == 3


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (b"", Unreadable, "holds no problem"),
        (b"\n\n", Unreadable, "holds no problem"),
        (b'{"question": "a", "answer": "1"}\n{"question": ', Unreadable, "line 2: no JSON"),
        (b'{"question": "a"}\n', Unreadable, "line 1: a problem has a text `question`"),
        (b'{"question": "", "answer": "1"}\n', Unreadable, "line 1"),
        (b"[1]\n", Unreadable, "line 1"),
        (b'{"question": "a", "answer": "blue"}\n', InvalidInput, "1 answers end in no number"),
        (b"PAR1 and then nothing", Unreadable, "Parquet"),
    ],
)
def test_a_file_that_is_none_is_refused_with_the_place(
    tmp_path: Path, content: bytes, error: type[NoPhantomError], words: str
) -> None:
    (path := tmp_path / "x.jsonl").write_bytes(content)
    with pytest.raises(error, match=words):
        read_set(str(path), "test")


def test_what_is_not_there_is_named(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(NotFound, match="no file"):
        read_set(str(tmp_path / "gone.jsonl"), "test")
    with pytest.raises(NotFound, match="no problems of the split 'validation'"):
        read_set(str(folder), "validation")
    with pytest.raises(InvalidInput, match="no split 'validation'"):
        read_set("gsm8k", "validation")
    (folder / "test.json").write_bytes(lines(ROWS))
    with pytest.raises(InvalidInput, match="more than once"):
        read_set(str(folder), "test")


def test_the_public_file_is_fetched_once_and_kept(
    data: Path, blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = (data / "llm" / "gsm8k" / "test.jsonl").read_bytes()
    with serving(lambda _, __: Sent(body=content)) as server:
        monkeypatch.setattr(gsm8k, "ADDRESS", server.base_url)
        assert len(read_set("gsm8k", "test", blobs=blobs).problems) == 1_319
    # The server is gone, and nobody misses it.
    assert read_set("gsm8k", "test", blobs=blobs).name == "gsm8k"


def test_a_public_file_that_changed_is_not_taken_for_gsm8k(
    blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(lambda _, __: Sent(body=lines(ROWS))) as server:
        monkeypatch.setattr(gsm8k, "ADDRESS", server.base_url)
        with pytest.raises(InvalidInput, match="as published"):
            read_set("gsm8k", "test", blobs=blobs, name="gsm8k")
        found = read_set(f"{server.base_url}/sums.jsonl", "test")
    assert (found.name, len(found.problems)) == ("sums", 5)
    assert not list(blobs.folder.rglob("*.zst"))


def test_an_address_without_a_file_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(lambda _, __: refused(404, "no such page")) as server:
        monkeypatch.setattr(gsm8k, "ADDRESS", server.base_url)
        with pytest.raises(Unavailable, match=r"status 404: no such page\. Name a local copy"):
            read_set("gsm8k", "train")
