from __future__ import annotations

import io
import json
import zipfile
from typing import BinaryIO

import pytest

from nophantom.llm.logs.recognition import HEAD, LogFormat, recognise

_ROW = {
    "doc_id": 0,
    "doc": {"question": "Q?"},
    "target": "1",
    "arguments": {},
    "resps": [["1"]],
    "filter": "none",
}
_RESULTS = {
    "results": {"gsm8k": {"alias": "gsm8k", "acc,none": 0.5}},
    "configs": {"gsm8k": {}},
    "versions": {},
}
_INSPECT = {
    "version": 2,
    "status": "success",
    "eval": {"run_id": "r", "task": "t", "model": "m"},
    "samples": [],
}


def _recognised(data: bytes) -> LogFormat | None:
    return recognise(io.BytesIO(data))


def _zip(*names: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(name, "{}" * 50)
    return stream.getvalue()


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (_RESULTS, LogFormat.LM_EVAL_RESULTS),
        (_INSPECT, LogFormat.INSPECT_JSON),
        ([_ROW, _ROW], LogFormat.LM_EVAL_SAMPLES),
        ([{"question": "Q?"}], None),
        ({"doc_id": 0, "text": "a corpus"}, None),
        ({"results": {"all": {}}, "config_general": {}}, LogFormat.LIGHTEVAL_RESULTS),
        ({"results": {"all": {}}, "general": {}}, None),
        ({"version": 2, "status": "success"}, None),
        ({}, None),
    ],
)
def test_json_files_are_told_by_their_members(
    value: object, expected: LogFormat | None, indent: int | None
) -> None:
    assert _recognised(json.dumps(value, indent=indent).encode()) is expected


def test_lines_are_lm_eval_samples_even_after_a_damaged_one() -> None:
    line = json.dumps(_ROW).encode()
    assert _recognised(line + b"\n" + line) is LogFormat.LM_EVAL_SAMPLES
    assert _recognised(b'garbage"\n' + line) is LogFormat.LM_EVAL_SAMPLES
    assert _recognised(b"\xef\xbb\xbf\n" + line + b"\r\n") is LogFormat.LM_EVAL_SAMPLES


def test_a_sample_longer_than_the_head_is_recognised_by_its_beginning() -> None:
    line = json.dumps(_ROW | {"doc": {"question": "long " * HEAD}}).encode()
    assert _recognised(line) is LogFormat.LM_EVAL_SAMPLES
    assert _recognised(line[:50]) is LogFormat.LM_EVAL_SAMPLES
    assert _recognised(json.dumps({"doc_id": "a", "text": "long " * HEAD}).encode()) is None


def test_logs_longer_than_the_head_are_recognised_by_their_beginning() -> None:
    tasks = {f"task_{number}": {"alias": "x" * 50, "acc,none": 0.5} for number in range(2_000)}
    assert _recognised(json.dumps(_RESULTS | {"results": tasks}).encode()) is LogFormat.LM_EVAL_RESULTS
    run = {"run_id": "r", "task": "t", "dataset": {"sample_ids": ["id" * 10] * HEAD}, "model": "m"}
    assert _recognised(json.dumps(_INSPECT | {"eval": run}).encode()) is LogFormat.INSPECT_JSON
    assert _recognised(json.dumps({"results": {"x": "y" * HEAD}}).encode()) is None


def test_a_log_that_was_cut_off_is_still_a_log() -> None:
    assert _recognised(json.dumps(_INSPECT).encode()[:-5]) is LogFormat.INSPECT_JSON
    assert _recognised(json.dumps(_RESULTS).encode()[:-5]) is LogFormat.LM_EVAL_RESULTS


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("_journal/start.json", "samples/1_epoch_1.json"), LogFormat.INSPECT_EVAL),
        (("samples/1_epoch_1.json", "header.json"), LogFormat.INSPECT_EVAL),
        (("header.json",), None),
        (("word/document.xml", "samples/1.wav"), None),
        ((), None),
    ],
)
def test_archives_are_told_by_their_members(names: tuple[str, ...], expected: LogFormat | None) -> None:
    assert _recognised(_zip(*names)) is expected


def test_an_archive_without_its_end_is_recognised_by_its_first_member() -> None:
    assert _recognised(_zip("_journal/start.json", "samples/1_epoch_1.json")[:200]) is LogFormat.INSPECT_EVAL
    assert _recognised(_zip("samples/1_epoch_1.json", "header.json")[:100]) is LogFormat.INSPECT_EVAL
    assert _recognised(_zip("word/document.xml", "header.json")[:100]) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"{",
        b"[",
        b"PK\x03\x04",
        b"PAR1" + bytes(1_000),
        b"\x28\xb5\x2f\xfd" + bytes(1_000),
        b'{"question": "Q?", "answer": "A"}\n' * 1_000,
        b"id,score\n1,0.5\n",
        b'text that speaks of "doc_id" and nothing else',
        bytes(range(256)) * 300,
        b"[" * 100_000,
    ],
)
def test_other_files_are_none(data: bytes) -> None:
    assert _recognised(data) is None


def test_only_the_head_of_a_file_that_is_no_archive_is_read() -> None:
    class Counting(io.BytesIO):
        taken = 0

        def read(self, size: int | None = -1, /) -> bytes:
            data = super().read(size)
            self.taken += len(data)
            return data

    stream: BinaryIO = Counting(b'{"question": "Q?"}\n' * 100_000)
    assert recognise(stream) is None
    assert isinstance(stream, Counting)
    assert stream.taken <= HEAD
