from __future__ import annotations

import pytest

from nophantom.errors import Unreadable
from nophantom.llm.logs.inspect_header import InspectHeader, read_header


def _header(run: dict[str, object] | None = None, **changed: object) -> InspectHeader:
    return read_header({"version": 2, "eval": run or {}} | changed, name="run.eval")


def _dataset(limit: object, ids: list[object], epochs: object = 1) -> InspectHeader:
    config = {"limit": limit, "epochs": epochs}
    return _header({"dataset": {"samples": 1319, "sample_ids": ids}, "config": config})


@pytest.mark.parametrize(
    ("limit", "ids", "expected"),
    [
        (None, ["q1", "q2"], 2),
        (1, ["q1", "q2"], 1),
        (5, ["q1", "q2"], 2),
        ([1, 2], ["q1", "q2"], 1),  # the list was not cut yet
        ([7, 9], ["q8", "q9"], 2),  # the list holds only what was run
        (None, ["q1", "q1", 1, None], 2),
        (2, [], 2),
        (None, [], 1319),
        ([3, 5], [], None),
        ("all", ["q1"], 1),
    ],
)
def test_the_limit_says_how_many_samples_there_should_be(
    limit: object, ids: list[object], expected: int | None
) -> None:
    assert _dataset(limit, ids).declared() == expected
    assert _dataset(limit, ids, epochs=3).declared() == (None if expected is None else 3 * expected)


@pytest.mark.parametrize("epochs", [None, 0, -1, "4", True, 10**30])
def test_epochs_that_cannot_be_are_one(epochs: object) -> None:
    assert _dataset(None, ["q1"], epochs).declared() == 1


def test_a_run_that_lists_no_ids_and_a_range_counts_what_its_results_count() -> None:
    run: dict[str, object] = {"config": {"limit": [3, 5]}}
    assert _header(run, results={"total_samples": 2}).declared() == 2


@pytest.mark.parametrize(
    ("run", "split"),
    [
        ({"dataset": {"location": "gsm8k/test.jsonl"}}, "test"),
        ({"dataset": {"location": "C:\\data\\validation.csv"}}, "validation"),
        ({"dataset": {"location": "openai/gsm8k"}}, None),
        ({"task_args": {"split": "train"}, "dataset": {"location": "test.jsonl"}}, "train"),
        ({}, None),
    ],
)
def test_the_split_is_told_by_arguments_or_data_file(run: dict[str, object], split: str | None) -> None:
    assert _header(run).split == split


def test_scorers_come_in_the_order_of_the_header_and_unknown_ones_last() -> None:
    header = _header({"scorers": [{"name": "pkg/match"}, {"name": "other"}]})
    assert header.scorers(["third", "other", "match"]) == ["match", "other", "third"]
    assert header.scorers([]) == ["match", "other"]


@pytest.mark.parametrize(
    ("scores", "headline"),
    [
        ([{"name": "match", "metrics": {"accuracy": {"value": 0.5}}}], 0.5),
        ([{"name": "match", "metrics": {"mean": {"value": 0.5}}}], 0.5),
        ([{"name": "match", "reducer": "mode", "metrics": {"accuracy": {"value": 0.5}}}], None),
        ([{"name": "match", "metrics": {"stderr": {"value": 0.5}}}], None),
        ([{"name": "other", "metrics": {"accuracy": {"value": 0.5}}}], None),
        ("wrong", None),
    ],
)
def test_a_headline_is_the_mean_that_the_log_states(scores: object, headline: object) -> None:
    assert _header(results={"scores": scores}).headline("match") == headline


def test_the_scorer_of_a_version_1_log_is_named_in_its_results() -> None:
    header = _header(results={"scorer": {"name": "includes"}, "metrics": {"accuracy": {"value": 0.5}}})
    assert (header.only_scorer(), header.headline("includes")) == ("includes", 0.5)
    assert header.only_scorer(taken=["includes"]) == "unnamed scorer"


def test_settings_hold_what_decided_the_answers_and_nothing_empty() -> None:
    run: dict[str, object] = {
        "task_args": {"shots": 4},
        "model_args": {},
        "model_generate_config": {"temperature": 0.5, "seed": 1},
        "config": {"limit": 25, "message_limit": None},
    }
    plan = {"steps": [{"solver": "generate", "params": {"cache": False}}], "config": {"seed": 7}}
    assert _header(run, plan=plan).settings() == {
        "task_args": {"shots": 4},
        "generate_config": {"temperature": 0.5, "seed": 7},
        "solvers": [{"solver": "generate", "params": {"cache": False}}],
        "limit": 25,
    }


@pytest.mark.parametrize("version", [0, 3, None, True, "2", [2]])
def test_another_version_is_refused_with_what_was_seen(version: object) -> None:
    with pytest.raises(Unreadable, match=r"run\.eval is an Inspect log of version .*; known are 1 and 2"):
        _header(version=version)


@pytest.mark.parametrize("value", [{}, [], 5, {"version": 2, "eval": []}])
def test_what_has_no_eval_part_is_refused(value: object) -> None:
    with pytest.raises(Unreadable, match="no 'eval' part"):
        read_header(value, name="run.eval")
