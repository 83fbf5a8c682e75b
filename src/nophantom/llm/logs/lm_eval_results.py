"""What lm-eval's results file and the file names say of a run: model, task, settings, filters, means."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nophantom.llm.logs.json_text import count, decode_object, entries, members, spelled, storable, text

_TIME = r"\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}(?:\.\d+)?"
_SAMPLES_NAME = re.compile(rf"samples_(?P<task>.+)_(?P<time>{_TIME})\.jsonl?")
_RESULTS_NAME = re.compile(rf"(?:.*_)?(?P<time>{_TIME})\.json")
_OLD_RESULTS = "results.json"
# In this order: an adapter names the model better than the model it was put on.
_MODEL_ARGUMENTS = ("peft", "delta", "pretrained", "model", "path", "engine")
_OLD_ARGUMENTS = re.compile(rf"(?:{'|'.join(_MODEL_ARGUMENTS)})(?:=|__)(?P<value>.+)")
_SEEDS = ("random_seed", "numpy_seed", "torch_seed", "fewshot_seed")
_TASK_SETTINGS = ("dataset_path", "dataset_name", "output_type", "doc_to_text", "description", "repeats")


@dataclass(frozen=True, slots=True)
class LmEvalRun:
    """One task of a run.

    Attributes:
        results: the whole results file; empty when there is none.
        task: the name of the task.
        config: the configuration of the task, as its YAML file had it.
        model: the model's name.
    """

    results: Mapping[str, object]
    task: str
    config: Mapping[str, object]
    model: str

    @property
    def framework_version(self) -> str | None:
        """The version of lm-eval; older ones do not tell it."""
        return text(self.results.get("lm_eval_version"))

    @property
    def grader_version(self) -> str:
        """Versions of framework and task, which together decide how answers were scored."""
        framework = f"lm-eval {self.framework_version}" if self.framework_version else "lm-eval"
        version = members(self.results.get("versions")).get(self.task)
        return framework if version is None else f"{framework}, task {spelled(version)}"

    @property
    def split(self) -> str | None:
        """The split that was evaluated: lm-eval takes the test split where a task has one."""
        return text(self.config.get("test_split")) or text(self.config.get("validation_split"))

    @property
    def status(self) -> str | None:
        """A results file is written only when a run has ended well."""
        return "success" if self.results else None

    @property
    def effective(self) -> int | None:
        """How many problems were to be answered."""
        sizes = members(members(self.results.get("n-samples")).get(self.task))
        return count(sizes.get("effective"))

    @property
    def repeats(self) -> int:
        """How often each problem was answered."""
        return max(1, count(self.config.get("repeats")) or 1)

    @property
    def target_delimiter(self) -> str:
        """What stands between prompt and choice in the requests of multiple choice."""
        delimiter = self.config.get("target_delimiter")
        return delimiter if isinstance(delimiter, str) else " "

    def filters(self) -> list[str] | None:
        """The names of the filters in their order; None when the task's configuration is not known."""
        if not self.config:
            return None
        names = [text(members(entry).get("name")) for entry in entries(self.config.get("filter_list"))]
        return list(dict.fromkeys(name for name in names if name)) or ["none"]

    def metrics(self) -> list[str]:
        """The names of the metrics in the order of the task's configuration."""
        names = [text(members(entry).get("metric")) for entry in entries(self.config.get("metric_list"))]
        return [name for name in names if name]

    def headline(self, metric: str, filter_name: str) -> object:
        """What the log itself states for a metric after a filter, where that is a mean; else None."""
        for entry in map(members, entries(self.config.get("metric_list"))):
            if entry.get("metric") == metric and entry.get("aggregation", "mean") not in ("mean", None):
                return None
        return members(members(self.results.get("results")).get(self.task)).get(f"{metric},{filter_name}")

    def settings(self) -> dict[str, object]:
        """What else decided the answers; absent settings are left out."""
        config = members(self.results.get("config"))
        shots = members(self.results.get("n-shot")).get(self.task, self.config.get("num_fewshot"))
        told: dict[str, object] = {
            "num_fewshot": shots,
            "generation_kwargs": self.config.get("generation_kwargs"),
            "limit": config.get("limit"),
            "backend": config.get("model"),
            "model_args": config.get("model_args"),
            "system_instruction": self.results.get("system_instruction"),
            "chat_template_sha": self.results.get("chat_template_sha"),
            "fewshot_as_multiturn": self.results.get("fewshot_as_multiturn"),
        }
        told |= {seed: config.get(seed) for seed in _SEEDS}
        told |= {key: self.config.get(key) for key in _TASK_SETTINGS}
        return {key: storable(value) for key, value in told.items() if value not in (None, "", {}, [])}


def read_results(data: bytes | None, *, name: str) -> LmEvalRun:
    """The run behind the samples file `name`, from its results file and its name.

    Args:
        data: the results file; None when there is none.
        name: of the samples file, with its folder where that is known.

    Raises:
        ValueError: the results file is no JSON object; half a sentence.
    """
    results: Mapping[str, object] = {} if data is None else decode_object(data)
    configs = members(results.get("configs"))
    task = _task(name, list(configs))
    return LmEvalRun(results, task, members(configs.get(task)), _model(results, name, task))


def matching_results(samples_name: str, candidates: Iterable[str]) -> str | None:
    """Which of the results files, by name, belongs to a samples file: same folder, same time of writing.

    lm-eval up to 0.4.2 wrote no times and one `results.json` for each folder.

    >>> matching_results("samples_gsm8k_2024-06-01T10-00-00.5.jsonl", ["results_2024-06-01T10-00-00.5.json"])
    'results_2024-06-01T10-00-00.5.json'
    """
    folder, base = _parts(samples_name)
    written = _SAMPLES_NAME.fullmatch(base)
    for candidate in sorted(candidates):
        its_folder, its_base = _parts(candidate)
        if its_folder != folder:
            continue
        its_time = _RESULTS_NAME.fullmatch(its_base)
        if written and its_time and its_time["time"] == written["time"]:
            return candidate
        if not written and its_base == _OLD_RESULTS:
            return candidate
    return None


def _parts(name: str) -> tuple[str, str]:
    folder, _, base = name.replace("\\", "/").rpartition("/")
    return folder, base


def _task(name: str, configured: list[str]) -> str:
    """The task of a samples file: by its name, or the only one that the results file knows."""
    base = _parts(name)[1]
    written = _SAMPLES_NAME.fullmatch(base)
    if written:
        return written["task"]
    stem = re.sub(r"\.jsonl?$", "", base)
    fitting = [task for task in configured if stem == task or stem.endswith(f"_{task}")]
    if fitting:
        return max(fitting, key=len)
    return configured[0] if len(configured) == 1 else stem.removeprefix("samples_") or "unknown"


def _model(results: Mapping[str, object], name: str, task: str) -> str:
    config = members(results.get("config"))
    told = text(results.get("model_name")) or _model_in_arguments(config.get("model_args"))
    if told:
        return told
    folder, base = _parts(name)
    last_folder = folder.rsplit("/", 1)[-1]
    if _SAMPLES_NAME.fullmatch(base) and last_folder:
        return last_folder.replace("__", "/")
    return _model_in_old_name(base.rsplit(".", 1)[0].removesuffix(f"_{task}")) or (
        text(config.get("model")) or "unknown"
    )


def _model_in_old_name(stem: str) -> str | None:
    """The model in a file name before 0.4.3: pretrained=org__model__dtype=auto, or with __ for every =."""
    found = _OLD_ARGUMENTS.match(stem)
    if found is None:
        return None
    pieces = found["value"].split(",")[0].split("__")
    return "/".join(itertools.takewhile(lambda piece: "=" not in piece, pieces)) or None


def _model_in_arguments(arguments: object) -> str | None:
    """The model among "pretrained=org/model,dtype=auto" or the same as an object."""
    if isinstance(arguments, str):
        pairs = (pair.partition("=") for pair in arguments.split(","))
        given: Mapping[str, object] = {key.strip(): value.strip() for key, _, value in pairs}
    else:
        given = members(arguments)
    return next((found for key in _MODEL_ARGUMENTS if (found := text(given.get(key)))), None)
