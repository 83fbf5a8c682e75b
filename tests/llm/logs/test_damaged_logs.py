"""Damage of every kind, drawn with a seed: a log comes out right, with its losses listed, or is refused."""

from __future__ import annotations

import io
import json
import math
import random
import zipfile
from collections.abc import Callable

import pytest

from nophantom.errors import NoPhantomError
from nophantom.llm.logs import inspect_ai, lm_eval
from nophantom.llm.logs.recognition import recognise
from nophantom.llm.logs.records import EvaluationLog

_ODD: tuple[object, ...] = (
    *(None, True, -1, 10**30, 0.5, math.nan, math.inf, "", "x", "\ud800", "attachment://" + "a" * 32),
    *([], {}, [[]], [{}], {"a": None}, [["1", "2"]]),
)
_FILTERS = ("strict-match", "flexible-extract")


def _odd(value: object, rng: random.Random) -> object:
    """The value with one member somewhere inside replaced, removed or repeated."""
    if isinstance(value, dict) and value and rng.random() < 0.85:
        key = rng.choice(list(value))
        changed = dict(value)
        if rng.random() < 0.2:
            del changed[key]
        else:
            changed[key] = _odd(value[key], rng)
        return changed
    if isinstance(value, list) and value and rng.random() < 0.85:
        place = rng.randrange(len(value))
        return [*value[:place], _odd(value[place], rng), *value[place + rng.randrange(2) :]]
    return rng.choice(_ODD)


def _odd_often(value: object, rng: random.Random) -> object:
    for _ in range(rng.randrange(4)):
        value = _odd(value, rng)
    return value


def _noisy(data: bytes, rng: random.Random) -> bytes:
    """The bytes with some of them lost, changed, repeated or cut off; half the time as they are."""
    if not data or rng.random() < 0.5:
        return data
    start, length = rng.randrange(len(data)), rng.randrange(1, 40)
    noise = rng.choice([b"", b"\xff", b"\n", b"[", b"\x00", data[:length], rng.randbytes(length)])
    return data[:start] + noise + data[start + rng.choice([0, len(noise), length, len(data)]) :]


def _row(doc_id: int, filter_name: str | None) -> dict[str, object]:
    labels = {} if filter_name is None else {"filter": filter_name, "metrics": ["exact_match"]}
    return {
        "doc_id": doc_id,
        "doc": {"question": f"{doc_id} + 1?", "choices": ["a", "b"]},
        "target": "1",
        "arguments": {"gen_args_0": {"arg_0": "Q", "arg_1": {}}},
        "resps": [["one", "two"]],
        "filtered_resps": ["one"],
        **labels,
        "exact_match": 1.0,
    }


def _choice_row(doc_id: int) -> dict[str, object]:
    arguments = {f"gen_args_{place}": {"arg_0": "Q", "arg_1": option} for place, option in enumerate(" a")}
    resps = [[["-1.5", "False"]], [["-2.5", "True"]]]
    scores = {"metrics": ["acc", "acc_norm"], "acc": 1.0, "acc_norm": 0.0}
    return _row(doc_id, "none") | {"arguments": arguments, "resps": resps} | scores


_SAMPLES = (
    [_row(doc_id, name) for name in _FILTERS for doc_id in range(3)],
    [_row(doc_id, None) for _ in _FILTERS for doc_id in range(3)],
    [_choice_row(doc_id) for doc_id in range(3)],
)
_RESULTS = {
    "results": {"task": {"exact_match,strict-match": 1.0, "acc,none": 0.5}},
    "configs": {
        "task": {
            "filter_list": [{"name": name} for name in _FILTERS],
            "metric_list": [{"metric": "exact_match"}],
            "repeats": 2,
        }
    },
    "n-samples": {"task": {"effective": 4}},
    "config": {"model_args": "pretrained=a", "limit": 4},
    "versions": {"task": 1},
}
_INSPECT = {
    "version": 2,
    "status": "success",
    "eval": {
        "task": "task",
        "dataset": {"sample_ids": ["q1", "q2", 3], "location": "test.jsonl", "samples": 9},
        "model": "m",
        "config": {"epochs": 2, "limit": 3},
        "scorers": [{"name": "match"}],
        "packages": {"inspect_ai": "0.3"},
    },
    "plan": {"steps": [{"solver": "generate"}], "config": {"seed": 1}},
    "results": {"scores": [{"name": "match", "metrics": {"accuracy": {"value": 0.5}}}]},
    "samples": [
        {
            "id": source_id,
            "epoch": epoch,
            "input": [{"role": "user", "content": "Q" + "attachment://" + "b" * 32}],
            "target": ["A"],
            "output": {
                "completion": "A",
                "choices": [
                    {
                        "message": {"content": [{"type": "text", "text": "A"}]},
                        "logprobs": {"content": [{"logprob": -1.0}]},
                    }
                ],
            },
            "scores": {"match": {"value": "C", "answer": "A"}, "other": {"value": math.nan}},
            "attachments": {"b" * 32: "?"},
        }
        for source_id in ("q1", "q2", 3)
        for epoch in (1, 2)
    ],
}


def _archive(log: object, rng: random.Random) -> bytes:
    whole = log if isinstance(log, dict) else {}
    samples = whole.get("samples")
    stream = io.BytesIO()
    method = rng.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
    with zipfile.ZipFile(stream, "w", method) as archive:
        archive.writestr(
            "_journal/start.json", json.dumps({key: whole.get(key) for key in ("version", "eval")})
        )
        for place, sample in enumerate(samples if isinstance(samples, list) else []):
            archive.writestr(f"samples/{place}_epoch_1.json", json.dumps(sample))
        if rng.random() < 0.8:
            archive.writestr("header.json", json.dumps(log))
    return stream.getvalue()


def _lm_eval_log(rng: random.Random) -> EvaluationLog:
    rows = _odd_often(rng.choice(_SAMPLES), rng)
    listed = rows if isinstance(rows, list) else [rows]
    lines = b"\n".join(json.dumps(row).encode() for row in listed)
    samples = lines if rng.random() < 0.8 else json.dumps(listed, indent=2).encode()
    results = json.dumps(_odd_often(_RESULTS, rng)).encode()
    return lm_eval.read(_noisy(samples, rng), _noisy(results, rng), name="folder/m_task.jsonl")


def _inspect_json_log(rng: random.Random) -> EvaluationLog:
    data = json.dumps(_odd_often(_INSPECT, rng)).encode()
    return inspect_ai.read_json(_noisy(data, rng), name="log.json")


def _inspect_eval_log(rng: random.Random) -> EvaluationLog:
    data = _archive(_odd_often(_INSPECT, rng), rng)
    return inspect_ai.read_eval(io.BytesIO(_noisy(data, rng)), name="log.eval")


@pytest.mark.parametrize("read", [_lm_eval_log, _inspect_json_log, _inspect_eval_log])
@pytest.mark.parametrize("seed", range(4))
def test_no_damage_gives_a_traceback_or_a_broken_promise(
    seed: int, read: Callable[[random.Random], EvaluationLog], keeps_promises: Callable[[EvaluationLog], None]
) -> None:
    rng = random.Random(seed)
    logs = 0
    for _ in range(300):
        try:
            log = read(rng)
        except NoPhantomError:
            continue
        logs += 1
        keeps_promises(log)
    assert logs > 60


@pytest.mark.parametrize("seed", range(4))
def test_damage_to_one_line_changes_no_score_of_another(seed: int) -> None:
    rng = random.Random(seed)
    rows = [_row(doc_id, name) | {"exact_match": doc_id % 2} for name in _FILTERS for doc_id in range(5)]
    whole = lm_eval.read(b"\n".join(json.dumps(row).encode() for row in rows), None, name="m_task.jsonl")
    for _ in range(100):
        lines = [json.dumps(row).encode() for row in rows]
        hit = rng.randrange(len(rows))
        lines[hit] = _noisy(lines[hit], rng).replace(b"\n", b"")
        log = lm_eval.read(b"\n".join(lines), None, name="m_task.jsonl")
        for filter_name in _FILTERS:
            kept = {
                row["doc_id"]
                for place, row in enumerate(rows)
                if place != hit and row["filter"] == filter_name
            }
            expected = {key: score for key, score in _scores(whole, filter_name).items() if key in kept}
            found = {key: score for key, score in _scores(log, filter_name).items() if key in kept}
            assert found == expected


def _scores(log: EvaluationLog, filter_name: str) -> dict[int, float | None]:
    by_grader = {grading.grader: grading for grading in log.gradings}
    marks = by_grader[f"exact_match,{filter_name}"].marks
    documents = [int(log.problems[response.problem].source_id) for response in log.responses]
    return {documents[mark.response]: mark.score for mark in marks}


def test_no_damage_makes_recognition_fail() -> None:
    rng = random.Random(5)
    for _ in range(500):
        samples = b"\n".join(json.dumps(row).encode() for row in rng.choice(_SAMPLES))
        for data in (
            samples,
            json.dumps(_RESULTS).encode(),
            json.dumps(_INSPECT).encode(),
            _archive(_INSPECT, rng),
        ):
            recognise(io.BytesIO(_noisy(data, rng)))
