"""Damage of every kind to every format, drawn with a seed: the right numbers, or a refusal that says where.

The whole campaign is `make test-long`; a share of it runs always.
"""

from __future__ import annotations

import csv
import io
import json
import math
import random
import warnings
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as arrow  # type: ignore[import-untyped]
import pytest
from pyarrow import parquet

from nophantom.errors import NoPhantomError, Unreadable
from nophantom.llm.logs import inspect_ai, lighteval, lm_eval, table
from nophantom.llm.logs.headlines import contradictions
from nophantom.llm.logs.records import EvaluationLog

PROBLEMS = 6
SHARE, CAMPAIGN = 500, 10_000
Rows = list[dict[str, object]]
Key = tuple[str, int | None, str, int, str]


def _right(problem: int, run: int = 0) -> float:
    return float((problem * 7 + run * 3) % 5 < 3)


def _lm_eval_rows() -> Rows:
    return [
        {
            "doc_id": number,
            "doc": {"question": f"What is {number} + 1?"},
            "target": str(number + 1),
            "arguments": {"gen_args_0": {"arg_0": "Q", "arg_1": {}}},
            "resps": [[f"It is {number + 1}."]],
            "filtered_resps": [str(number + 1)],
            "filter": name,
            "metrics": ["exact_match"],
            "exact_match": _right(number),
        }
        for name in ("strict-match", "flexible-extract")
        for number in range(PROBLEMS)
    ]


_MEAN = sum(_right(number) for number in range(PROBLEMS)) / PROBLEMS
_LM_EVAL_RESULTS = json.dumps(
    {
        "results": {"t": {"exact_match,strict-match": _MEAN, "exact_match,flexible-extract": _MEAN}},
        "configs": {"t": {"filter_list": [{"name": "strict-match"}, {"name": "flexible-extract"}]}},
        "n-samples": {"t": {"effective": PROBLEMS}},
        "config": {"model_args": "pretrained=m"},
    }
).encode()


def _inspect_rows() -> Rows:
    return [
        {
            "id": f"q{number}",
            "epoch": 1,
            "input": f"What is {number} + 1?",
            "target": str(number + 1),
            "output": {"completion": f"It is {number + 1}.", "choices": [{"message": {"content": "x"}}]},
            "scores": {"match": {"value": "C" if _right(number) else "I", "answer": str(number + 1)}},
        }
        for number in range(PROBLEMS)
    ]


_INSPECT_HEADER: dict[str, object] = {
    "version": 2,
    "status": "success",
    "eval": {
        "task": "t",
        "model": "m",
        "dataset": {"sample_ids": [f"q{number}" for number in range(PROBLEMS)]},
        "config": {"epochs": 1},
        "scorers": [{"name": "match"}],
    },
    "results": {"scores": [{"name": "match", "metrics": {"accuracy": {"value": _MEAN}}}]},
}


def _lighteval_rows() -> Rows:
    return [
        {
            "doc": {
                "id": str(number),
                "query": f"Question: What is {number} + 1?\nAnswer:",
                "choices": [str(number + 1)],
                "gold_index": 0,
                "task_name": "t|0",
                "specific": {"extracted_predictions": [str(number + 1)]},
            },
            "metric": {"em": _right(number)},
            "model_response": {"text": [f"It is {number + 1}."], "logprobs": []},
        }
        for number in range(PROBLEMS)
    ]


_LIGHTEVAL_RESULTS = json.dumps(
    {
        "config_general": {"model_name": "m"},
        "results": {"t|0": {"em": _MEAN}},
        "config_tasks": {"t|0": {"effective_num_docs": PROBLEMS}},
    }
).encode()


def _table_rows() -> Rows:
    return [
        {
            "item": f"p{number}",
            "arm": arm,
            "seed": seed,
            "score": _right(number, seed),
            "answer": f"it, is {number}",
        }
        for arm in ("base", "svd")
        for seed in (0, 1)
        for number in range(PROBLEMS)
    ]


def _as_lines(rows: Rows) -> bytes:
    return b"\n".join(json.dumps(row).encode() for row in rows) + b"\n"


def _as_array(rows: Rows) -> bytes:
    return json.dumps(rows, indent=1).encode()


def _as_csv(rows: Rows) -> bytes:
    stream = io.StringIO(newline="")
    columns = list(dict.fromkeys(column for row in rows for column in row))
    writer = csv.DictWriter(stream, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode("utf-8", "surrogatepass")


def _as_parquet(rows: Rows) -> bytes:
    sink = io.BytesIO()
    parquet.write_table(arrow.Table.from_pylist(rows), sink, write_page_checksum=True)
    return sink.getvalue()


def _as_inspect_json(rows: Rows) -> bytes:
    return json.dumps(_INSPECT_HEADER | {"samples": rows}).encode()


def _as_eval(rows: Rows) -> bytes:
    stream = io.BytesIO()
    start = json.dumps({key: _INSPECT_HEADER[key] for key in ("version", "eval")})
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")  # of a name that is there twice
        archive.writestr("_journal/start.json", start)
        for row in rows:
            archive.writestr(f"samples/{row.get('id')}_epoch_{row.get('epoch')}.json", json.dumps(row))
        archive.writestr("summaries.json", json.dumps(rows))
        archive.writestr("header.json", json.dumps(_INSPECT_HEADER))
    return stream.getvalue()


@dataclass(frozen=True)
class Format:
    """How one format is written and read; `exact`: a byte that is changed is always noticed."""

    name: str
    rows: Callable[[], Rows]
    write: Callable[[Rows], bytes]
    read: Callable[[bytes], Sequence[EvaluationLog]]
    exact: bool = False


FORMATS = [
    Format(
        "lm-eval lines",
        _lm_eval_rows,
        _as_lines,
        lambda data: [lm_eval.read(data, _LM_EVAL_RESULTS, name="m/x_t.jsonl")],
    ),
    Format(
        "lm-eval array",
        _lm_eval_rows,
        _as_array,
        lambda data: [lm_eval.read(data, _LM_EVAL_RESULTS, name="m/x_t.jsonl")],
    ),
    Format(
        "inspect eval",
        _inspect_rows,
        _as_eval,
        lambda data: [inspect_ai.read_eval(io.BytesIO(data), name="a.eval")],
        exact=True,
    ),
    Format(
        "inspect eval scores",
        _inspect_rows,
        _as_eval,
        lambda data: [inspect_ai.read_eval_scores(io.BytesIO(data), name="a.eval")],
        exact=True,
    ),
    Format(
        "inspect json",
        _inspect_rows,
        _as_inspect_json,
        lambda data: [inspect_ai.read_json(data, name="a.json")],
    ),
    Format(
        "lighteval",
        _lighteval_rows,
        _as_parquet,
        lambda data: [lighteval.read(data, _LIGHTEVAL_RESULTS, name="d.parquet")],
        exact=True,
    ),
    Format("csv", _table_rows, _as_csv, lambda data: table.read(data, name="t.csv")),
    Format("json lines", _table_rows, _as_lines, lambda data: table.read(data, name="t.jsonl")),
    Format("json array", _table_rows, _as_array, lambda data: table.read(data, name="t.json")),
    Format(
        "parquet table", _table_rows, _as_parquet, lambda data: table.read(data, name="t.parquet"), exact=True
    ),
]
by_format = pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)


def _scores(logs: Sequence[EvaluationLog]) -> dict[Key, float]:
    return {
        (
            log.placement.arm or log.model,
            log.placement.seed,
            log.problems[log.responses[mark.response].problem].source_id,
            log.responses[mark.response].attempt,
            grading.grader,
        ): mark.score
        for log in logs
        for grading in log.gradings
        for mark in grading.marks
        if mark.score is not None
    }


def _cut(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data))]


def _flip(data: bytes, rng: random.Random) -> bytes:
    place = rng.randrange(len(data))
    return data[:place] + bytes([data[place] ^ (1 << rng.randrange(8))]) + data[place + 1 :]


def _swap(data: bytes, rng: random.Random) -> bytes:
    place = rng.randrange(len(data) - 1)
    return data[:place] + data[place + 1 : place + 2] + data[place : place + 1] + data[place + 2 :]


def _junk(data: bytes, rng: random.Random) -> bytes:
    place = rng.randrange(len(data))
    noise = rng.choice([b"\xff\xfe", b"\x00", b"\xed\xa0\x80", b"\n", b'"', b"[" * 3_000, b"{", b"\r"])
    return data[:place] + noise + data[place:]


BYTE_DAMAGE = (_cut, _flip, _swap, _junk)


def _repeat(rows: Rows, rng: random.Random) -> Rows:
    place = rng.randrange(len(rows))
    return [*rows[:place], rows[place], *rows[place:]]


def _lose(rows: Rows, rng: random.Random) -> Rows:
    place = rng.randrange(len(rows))
    return [*rows[:place], *rows[place + 1 :]]


def _mix(rows: Rows, rng: random.Random) -> Rows:
    return rng.sample(rows, len(rows))


def _rename(rows: Rows, rng: random.Random) -> Rows:
    place, changed = rng.randrange(len(rows)), list(rows)
    key = rng.choice(list(rows[place]))
    changed[place] = {(f"{name}x" if name == key else name): value for name, value in rows[place].items()}
    return changed


def _empty(rows: Rows, rng: random.Random) -> Rows:
    place, changed = rng.randrange(len(rows)), list(rows)
    changed[place] = rows[place] | {rng.choice(list(rows[place])): None}
    return changed


ROW_DAMAGE = (_repeat, _lose, _mix, _rename, _empty)


def _survives(form: Format, data: bytes, promises: Callable[[EvaluationLog], None]) -> list[EvaluationLog]:
    """The logs in damaged bytes; none when they are refused in words."""
    try:
        logs = list(form.read(data))
    except NoPhantomError:
        return []
    for log in logs:
        promises(log)
    return logs


@pytest.fixture(params=[pytest.param(CAMPAIGN, marks=pytest.mark.long), SHARE], ids=["campaign", "share"])
def times(request: pytest.FixtureRequest) -> int:
    """How often a format is damaged."""
    return int(request.param)


@by_format
def test_damaged_bytes_never_give_a_wrong_count(
    form: Format, times: int, keeps_promises: Callable[[EvaluationLog], None]
) -> None:
    """One place is damaged, so at most one score may differ; where checksums watch over it, none."""
    rng = random.Random(f"bytes {form.name}")
    data = form.write(form.rows())
    truth = _scores(form.read(data))
    assert len(truth) in (PROBLEMS, 2 * PROBLEMS, 4 * PROBLEMS)
    read = 0
    for _ in range(times):
        damage = rng.choice(BYTE_DAMAGE)
        logs = _survives(form, damage(data, rng), keeps_promises)
        found = _scores(logs)
        changed = [key for key in found.keys() & truth.keys() if found[key] != truth[key]]
        assert len(changed) <= (0 if form.exact else 2 if damage is _swap else 1), (damage, changed)
        assert len(found) <= len(truth)
        read += bool(found)
    assert read > times / 20


@by_format
def test_rows_that_are_lost_repeated_or_renamed_change_no_score_of_another(
    form: Format, times: int, keeps_promises: Callable[[EvaluationLog], None]
) -> None:
    rng = random.Random(f"rows {form.name}")
    rows = form.rows()
    truth = _scores(form.read(form.write(rows)))
    read = 0
    for _ in range(times // 5):
        damage = rng.choice(ROW_DAMAGE)
        data = form.write(damage(rows, rng))
        found = _scores(logs := _survives(form, data, keeps_promises))
        assert all(found[key] == truth[key] for key in found.keys() & truth.keys()), damage
        assert len(found) <= len(truth)
        if damage is _mix and "label" not in form.name:
            assert found == truth
        if damage is _repeat and logs:
            assert found == truth
            told = [omission for log in logs for omission in log.omissions]
            assert any(o.reason == "duplicate" for o in told)
        read += bool(found)
    assert read > times / 20


_NUMBERS: tuple[object, ...] = (math.nan, math.inf, -math.inf, -1.0, 1.5, 1e300, -0.0, 0.5, 2**70, True, "x")


@pytest.mark.parametrize("form", [f for f in FORMATS if "score" in f.rows()[0]], ids=lambda form: form.name)
@pytest.mark.parametrize("number", _NUMBERS, ids=repr)
def test_a_number_that_is_no_score_is_never_taken_for_one(form: Format, number: object) -> None:
    if form.name == "parquet table" and not isinstance(number, float):
        pytest.skip("a column of Parquet has one type")
    rows = form.rows()
    rows[3] = rows[3] | {"score": number}
    try:
        logs = form.read(form.write(rows))
    except Unreadable:
        return  # test_table has the words
    truth = _scores(form.read(form.write(form.rows())))
    found = _scores(logs)
    key = ("base", 0, "p3", 1, "score")
    expected = float(number) if isinstance(number, float | bool) and 0 <= number <= 1 else None
    assert found.get(key) == expected
    assert {k: v for k, v in found.items() if k != key} == {k: v for k, v in truth.items() if k != key}


def test_a_mean_that_the_scores_do_not_give_is_told(keeps_promises: Callable[[EvaluationLog], None]) -> None:
    rows = _lighteval_rows()
    rows[2] = rows[2] | {"metric": {"em": 1.0 - _right(2)}}
    whole = lighteval.read(_as_parquet(_lighteval_rows()), _LIGHTEVAL_RESULTS, name="d.parquet")
    damaged = lighteval.read(_as_parquet(rows), _LIGHTEVAL_RESULTS, name="d.parquet")
    assert contradictions(whole) == []
    assert contradictions(damaged) == ["em: the log states a mean of 0.6667 and its scores give 0.8333"]


def test_a_small_file_that_decodes_to_gigabytes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nophantom.llm.logs.parquet.LARGEST_DECODED", 2**20)
    bomb = _as_parquet([{"item": str(n), "score": 1.0, "answer": "x" * 1_000} for n in range(3_000)])
    assert len(bomb) < 2**16
    with pytest.raises(Unreadable, match="holds too much: more than 1,048,576 bytes"):
        table.read(bomb, name="bomb.parquet")


@pytest.mark.parametrize("depth", [500, 5_000, 200_000])
@pytest.mark.parametrize("form", [f for f in FORMATS if "parquet" not in f.name and f.name != "lighteval"])
def test_a_value_nested_without_end_changes_no_other_score(form: Format, depth: int) -> None:
    deep = b"[" * depth + b"]" * depth
    data = form.write(form.rows()).replace(b'"answer": "it, is 3"', b'"answer": ' + deep, 1)
    data = data.replace(b'"target": "4"', b'"target": ' + deep, 1)
    found = _scores(_survives(form, data, lambda _: None))
    truth = _scores(form.read(form.write(form.rows())))
    assert found.items() <= truth.items()
