"""What lighteval's results file and the file names say of a run: model, task, settings, means, and each other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from nophantom.llm.logs.json_text import count, decode_object, entries, members, spelled, storable, text

_TIME = r"\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}(?:\.\d+)?"
_DETAILS_NAME = re.compile(rf"details_(?P<task>.+)_(?P<time>{_TIME})\.parquet", re.DOTALL)
_RESULTS_NAME = re.compile(rf"results_(?P<time>{_TIME})\.json")
_TASK_SETTINGS = (
    "hf_repo",
    "hf_subset",
    "hf_revision",
    "generation_size",
    "stop_sequence",
    "prompt_function",
)


@dataclass(frozen=True, slots=True)
class LightevalRun:
    """One task of a run.

    Attributes:
        results: the whole results file; empty when there is none.
        task: name and shots of the task, e.g. "gsm8k|5".
        model: the model's name.
    """

    results: Mapping[str, object]
    task: str
    model: str

    @property
    def config(self) -> Mapping[str, object]:
        """The configuration of the task."""
        return members(members(self.results.get("config_tasks")).get(self.task))

    @property
    def general(self) -> Mapping[str, object]:
        """What the results file says of the whole run."""
        return members(self.results.get("config_general"))

    @property
    def framework_version(self) -> str | None:
        """The version of lighteval where the log tells: so far it tells a commit at best."""
        told = text(self.general.get("lighteval_version")) or text(self.general.get("lighteval_sha"))
        return None if told == "?" else told

    @property
    def grader_version(self) -> str:
        """Versions of framework and task, which together decide how answers were scored."""
        framework = f"lighteval {self.framework_version}" if self.framework_version else "lighteval"
        version = members(self.results.get("versions")).get(self.task, self.config.get("version"))
        return framework if version is None else f"{framework}, task {spelled(version)}"

    @property
    def split(self) -> str | None:
        """The split that was evaluated, where it is one."""
        splits = entries(self.config.get("evaluation_splits"))
        return text(splits[0]) if len(splits) == 1 else None

    @property
    def status(self) -> str | None:
        """A results file is written only when a run has ended well."""
        return "success" if self.results else None

    @property
    def declared(self) -> int | None:
        """How many problems were to be answered; lighteval writes -1 where it did not count them."""
        return count(self.config.get("effective_num_docs")) or None

    def headline(self, metric: str) -> object:
        """What the log itself states for a metric, where that is a mean; else None."""
        for entry in map(members, entries(self.config.get("metrics"))):
            if entry.get("metric_name") == metric and entry.get("corpus_level_fn", "mean") != "mean":
                return None
        return members(members(self.results.get("results")).get(self.task)).get(metric)

    def settings(self) -> dict[str, object]:
        """What else decided the answers; absent settings are left out."""
        model = members(self.general.get("model_config"))
        generation = members(model.get("generation_parameters"))
        told: dict[str, object] = {
            "num_fewshot": self.config.get("num_fewshots"),
            "max_samples": self.general.get("max_samples"),
            "system_prompt": model.get("system_prompt"),
            "dtype": model.get("dtype"),
            "revision": model.get("revision"),
            "generation_parameters": {k: v for k, v in generation.items() if v is not None},
        }
        told |= {key: self.config.get(key) for key in _TASK_SETTINGS}
        return {key: storable(value) for key, value in told.items() if value not in (None, "", {}, [])}


def read_results(data: bytes | None, *, name: str, task: str | None) -> LightevalRun:
    """The run behind the details file `name`, from its results file and its name.

    Args:
        data: the results file; None when there is none.
        name: of the details file, with its folders where those are known.
        task: as the details themselves name it, else taken from the file's name.

    Raises:
        ValueError: the results file is no JSON object; half a sentence.
    """
    results: Mapping[str, object] = {} if data is None else decode_object(data)
    path = PurePosixPath(name.replace("\\", "/"))
    written = _DETAILS_NAME.fullmatch(path.name)
    general = members(results.get("config_general"))
    told = text(general.get("model_name")) or text(members(general.get("model_config")).get("model_name"))
    return LightevalRun(
        results=results,
        task=task or (written["task"] if written else "unknown"),
        model=told or _model_in_path(path) or "unknown",
    )


def _model_in_path(path: PurePosixPath) -> str | None:
    """The model of `details/<model>/<time>/<file>`; its name may have several parts."""
    folders = path.parts[:-1]
    if "details" not in folders or not re.fullmatch(_TIME, folders[-1]):
        return None
    start = len(folders) - 1 - folders[::-1].index("details")
    return "/".join(folders[start + 1 : -1]) or None


def results_places(details: PurePosixPath) -> list[PurePosixPath]:
    """Where the results file of a details file may be, the likelier place first.

    >>> written = "2026-01-02T03-04-05.6"
    >>> str(results_places(PurePosixPath(f"o/details/m/{written}/details_a|0_{written}.parquet"))[0])
    'o/results/m/results_2026-01-02T03-04-05.6.json'
    """
    written = _DETAILS_NAME.fullmatch(details.name)
    if written is None:
        return []
    name = f"results_{written['time']}.json"
    folder = details.parent
    places = [folder / name, folder.parent / name]
    if "details" in folder.parts:
        place = len(folder.parts) - 1 - folder.parts[::-1].index("details")
        model = folder.parts[place + 1 :]
        model = model[:-1] if model and re.fullmatch(_TIME, model[-1]) else model
        places.insert(0, PurePosixPath(*folder.parts[:place], "results", *model, name))
    return places


def details_places(results: PurePosixPath) -> list[PurePosixPath]:
    """The folders that may hold the details files of a results file, the likelier first."""
    written = _RESULTS_NAME.fullmatch(results.name)
    if written is None:
        return []
    folder = results.parent
    places = [folder / written["time"], folder]
    if "results" in folder.parts:
        place = len(folder.parts) - 1 - folder.parts[::-1].index("results")
        model = folder.parts[place + 1 :]
        places.insert(0, PurePosixPath(*folder.parts[:place], "details", *model, written["time"]))
    return places


def is_of(details_name: str, results_name: str) -> bool:
    """Whether a details file and a results file, by name, were written at one time."""
    one, other = _DETAILS_NAME.fullmatch(details_name), _RESULTS_NAME.fullmatch(results_name)
    return one is not None and other is not None and one["time"] == other["time"]
