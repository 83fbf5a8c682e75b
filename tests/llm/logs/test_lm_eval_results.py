from __future__ import annotations

import json

import pytest

from nophantom.llm.logs.lm_eval_results import LmEvalRun, matching_results, read_results

_TIME = "2026-11-22T08-06-19.872510"
_SAMPLES = f"org__model/samples_gsm8k_{_TIME}.jsonl"


def _run(results: dict[str, object], name: str = _SAMPLES) -> LmEvalRun:
    return read_results(json.dumps(results).encode(), name=name)


def test_two_runs_in_one_folder_are_told_apart_by_their_time() -> None:
    candidates = ["results_2026-11-22T08-06-19.872509.json", f"results_{_TIME}.json", "results.json"]
    assert matching_results(f"samples_gsm8k_{_TIME}.jsonl", candidates) == candidates[1]
    assert matching_results("samples_gsm8k_2026-11-23T08-06-19.872510.jsonl", candidates) is None


def test_an_output_path_that_ends_in_json_gives_its_name_to_the_results() -> None:
    assert matching_results(f"samples_mmlu_law_{_TIME}.jsonl", [f"mine_{_TIME}.json"]) == f"mine_{_TIME}.json"


def test_a_time_without_microseconds_matches_only_itself() -> None:
    candidates = ["results_2026-11-22T08-06-19.5.json", "results_2026-11-22T08-06-19.json"]
    assert matching_results("samples_a_2026-11-22T08-06-19.jsonl", candidates) == candidates[1]


def test_old_samples_belong_to_the_results_of_their_folder() -> None:
    assert matching_results(
        "out/pretrained=a__b_gsm8k.jsonl", ["other/results.json", "out/results.json"]
    ) == ("out/results.json")
    assert matching_results("out/pretrained=a__b_gsm8k.jsonl", ["other/results.json"]) is None


def test_windows_paths_are_folders_too() -> None:
    assert matching_results(f"a\\samples_t_{_TIME}.jsonl", [f"a\\results_{_TIME}.json"]) == (
        f"a\\results_{_TIME}.json"
    )


@pytest.mark.parametrize(
    ("results", "model"),
    [
        ({"model_name": "org/told"}, "org/told"),
        (
            {"model_name": "", "config": {"model_args": {"pretrained": "org/base", "peft": "org/adapter"}}},
            "org/adapter",
        ),
        ({"config": {"model_args": "dtype=auto, pretrained=org/old,trust=True"}}, "org/old"),
        ({"config": {"model": "dummy", "model_args": ""}}, "org/model"),
        ({"model_name": ["wrong"], "config": 7}, "org/model"),
    ],
)
def test_the_model_is_told_by_the_results_and_else_by_the_folder(
    results: dict[str, object], model: str
) -> None:
    assert _run(results).model == model


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("pretrained=org__model,dtype=auto_gsm8k.jsonl", "org/model"),
        ("pretrained=org__model__dtype=auto_gsm8k.jsonl", "org/model"),
        ("pretrained__org__model,dtype__auto_gsm8k.jsonl", "org/model"),
        ("pretrained=.jsonl", "unknown"),
        (f"samples_gsm8k_{_TIME}.jsonl", "unknown"),
        ("renamed.jsonl", "unknown"),
    ],
)
def test_without_results_the_model_is_what_the_name_tells(name: str, model: str) -> None:
    assert read_results(None, name=name).model == model


@pytest.mark.parametrize(
    ("name", "configs", "task"),
    [
        (_SAMPLES, ["mmlu_law"], "gsm8k"),
        ("pretrained=a_gsm8k_cot.jsonl", ["cot", "gsm8k_cot", "gsm8k"], "gsm8k_cot"),
        ("renamed.jsonl", ["gsm8k"], "gsm8k"),
        ("renamed.jsonl", ["gsm8k", "mmlu"], "renamed"),
        (f"samples_a_b_{_TIME}.json", [], "a_b"),
    ],
)
def test_the_task_is_found_by_file_name_and_configuration(name: str, configs: list[str], task: str) -> None:
    run = _run({"configs": {config: {"task": config} for config in configs}}, name)
    assert run.task == task


def test_versions_of_framework_and_task_are_one_line() -> None:
    assert _run({"lm_eval_version": "0.4.13", "versions": {"gsm8k": 3.0}}).grader_version == (
        "lm-eval 0.4.13, task 3.0"
    )
    assert _run({"versions": {"gsm8k": "Yaml"}}).grader_version == "lm-eval, task Yaml"
    assert _run({}).grader_version == "lm-eval"


@pytest.mark.parametrize(
    ("config", "split"),
    [
        ({"test_split": "test", "validation_split": "dev"}, "test"),
        ({"validation_split": "dev"}, "dev"),
        ({"test_split": None}, None),
    ],
)
def test_the_split_is_the_test_split_where_there_is_one(config: dict[str, object], split: str | None) -> None:
    assert _run({"configs": {"gsm8k": config}}).split == split


def test_settings_hold_what_decided_the_answers_and_nothing_empty() -> None:
    run = _run(
        {
            "configs": {
                "gsm8k": {"generation_kwargs": {"temperature": 0.0}, "repeats": 4, "description": ""}
            },
            "n-shot": {"gsm8k": 5},
            "config": {"model": "hf", "limit": None, "random_seed": 0, "model_args": {"pretrained": "a"}},
            "chat_template_sha": "abc",
        }
    )
    assert run.settings() == {
        "num_fewshot": 5,
        "generation_kwargs": {"temperature": 0.0},
        "repeats": 4,
        "backend": "hf",
        "random_seed": 0,
        "model_args": {"pretrained": "a"},
        "chat_template_sha": "abc",
    }


def test_a_headline_is_only_what_is_a_mean() -> None:
    run = _run(
        {
            "configs": {
                "gsm8k": {
                    "metric_list": [
                        {"metric": "acc"},
                        {"metric": "f1", "aggregation": "f1"},
                        {"metric": "exact_match", "aggregation": "mean"},
                    ]
                }
            },
            "results": {"gsm8k": {"acc,none": 0.5, "f1,none": 0.7, "exact_match,none": 0.2}},
        }
    )
    assert [run.headline(metric, "none") for metric in ("acc", "f1", "exact_match", "other")] == [
        0.5,
        None,
        0.2,
        None,
    ]


def test_a_results_file_that_is_no_object_is_refused() -> None:
    with pytest.raises(ValueError, match="no JSON object"):
        read_results(b"[1]", name=_SAMPLES)
    with pytest.raises(ValueError, match="character 2 of 2"):
        read_results(b'{"', name=_SAMPLES)
