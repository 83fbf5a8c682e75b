"""What the header of an Inspect log says: the run, its settings, its scorers, and what it should hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from nophantom.errors import Unreadable
from nophantom.llm.logs.json_text import count, entries, glimpse, members, spelled, storable, text

KNOWN_VERSIONS = (1, 2)
_SPLITS = {"train", "validation", "valid", "val", "dev", "test"}
_RUN_OPTIONS = (
    *("epochs", "epochs_reducer", "limit", "sample_id", "message_limit", "token_limit", "time_limit"),
    *("working_limit", "cost_limit", "fail_on_error", "continue_on_fail", "score_on_error"),
)


@dataclass(frozen=True, slots=True)
class InspectHeader:
    """The header of a log, or what stands in for it when the run was killed.

    Attributes:
        status: "success", "error", "cancelled", "started" (killed), or None when it is not told.
        run: the `eval` part: task, model, data set, configuration.
        plan: the `plan` part: solvers and generation settings.
        results: the `results` part; empty when the run did not end.
    """

    status: str | None
    run: Mapping[str, object]
    plan: Mapping[str, object]
    results: Mapping[str, object]

    @property
    def model(self) -> str:
        """The model's name, e.g. "openai/gpt-4o"."""
        return text(self.run.get("model")) or "unknown"

    @property
    def task(self) -> str:
        """The task's name as the log has it."""
        return text(self.run.get("task")) or "unknown"

    @property
    def framework_version(self) -> str | None:
        """The version of Inspect that wrote the log."""
        return text(members(self.run.get("packages")).get("inspect_ai"))

    @property
    def grader_version(self) -> str:
        """Versions of framework and task, which together decide how answers were scored."""
        framework = f"inspect {self.framework_version}" if self.framework_version else "inspect"
        version = self.run.get("task_version")
        return framework if version is None else f"{framework}, task {spelled(version)}"

    @property
    def epochs(self) -> int:
        """How often each sample was to be answered."""
        return max(1, count(members(self.run.get("config")).get("epochs")) or 1)

    @property
    def split(self) -> str | None:
        """The split, where the task's arguments or the name of the data file tell it."""
        given = text(members(self.run.get("task_args")).get("split"))
        location = text(members(self.run.get("dataset")).get("location")) or ""
        stem = PurePosixPath(location.replace("\\", "/")).stem
        return given or (stem if stem in _SPLITS else None)

    def sample_ids(self) -> list[str]:
        """The ids of the samples that the run was to answer, in data set order; empty when untold."""
        listed = entries(members(self.run.get("dataset")).get("sample_ids"))
        ids = list(dict.fromkeys(str(entry) for entry in listed if isinstance(entry, int | str)))
        limit = members(self.run.get("config")).get("limit")
        if (most := count(limit)) is not None:
            return ids[:most]
        bounds = [count(bound) for bound in entries(limit)]
        if len(bounds) == 2 and bounds[0] is not None and bounds[1] is not None:
            # Inspect lists only what it runs; a list longer than the range was not cut yet.
            span = bounds[1] - bounds[0]
            return ids if len(ids) <= span else ids[bounds[0] : bounds[1]]
        return ids

    def declared(self) -> int | None:
        """How many samples the log should hold, over all epochs."""
        if ids := self.sample_ids():
            return len(ids) * self.epochs
        size = count(members(self.run.get("dataset")).get("samples"))
        limit = members(self.run.get("config")).get("limit")
        if size is None or (limit is not None and count(limit) is None):
            return count(self.results.get("total_samples"))
        most = count(limit)
        return (size if most is None else min(size, most)) * self.epochs

    def scorers(self, seen: Iterable[str]) -> list[str]:
        """The scorers in the header's order, then those that only samples name.

        A scorer that the header names and no sample knows is left out, unless no sample knows any.
        """
        named = [text(members(scorer).get("name")) for scorer in entries(self.run.get("scorers"))]
        named += [text(members(score).get("name")) for score in entries(self.results.get("scores"))]
        plain = list(dict.fromkeys(name.rsplit("/", 1)[-1] for name in named if name))
        there = list(dict.fromkeys(seen))
        if not there:
            return plain
        rank = {name: place for place, name in enumerate(plain)}
        return sorted(there, key=lambda name: rank.get(name.rsplit("/", 1)[-1], len(rank)))

    def only_scorer(self, taken: Iterable[str] = ()) -> str:
        """The name of the one scorer of a version-1 log, whose samples do not name it."""
        listed = [members(score) for score in entries(self.results.get("scores"))]
        old = members(self.results.get("scorer"))
        names = [text(score.get("name")) for score in [*listed, old]]
        return next((name for name in names if name and name not in set(taken)), "unnamed scorer")

    def headline(self, scorer: str) -> object:
        """The mean that the log itself states for a scorer, or None. Other reducers are no means."""
        for score in map(members, entries(self.results.get("scores"))):
            if score.get("name") == scorer and score.get("reducer") in (None, "mean", "mean_score"):
                return _mean(members(score.get("metrics")))
        if members(self.results.get("scorer")).get("name") == scorer:
            return _mean(members(self.results.get("metrics")))
        return None

    def settings(self) -> dict[str, object]:
        """What else decided the answers; absent settings are left out."""
        config = members(self.run.get("config"))
        generation = {
            **members(self.run.get("model_generate_config")),
            **members(self.plan.get("config")),
        }
        solvers = [members(step) for step in entries(self.plan.get("steps"))]
        told = {
            "dataset": members(self.run.get("dataset")).get("name"),
            "task_args": self.run.get("task_args"),
            "model_args": self.run.get("model_args"),
            "generate_config": generation,
            "solvers": [{"solver": step.get("solver"), "params": step.get("params")} for step in solvers],
            **{option: config.get(option) for option in _RUN_OPTIONS},
        }
        return {key: storable(value) for key, value in told.items() if value not in (None, {}, [])}


def read_header(value: object, *, name: str, status: str | None = None) -> InspectHeader:
    """A header from its JSON value.

    Args:
        value: `header.json`, `_journal/start.json` or the whole of a `.json` log.
        name: of the file, for messages.
        status: what the run's status is when the value cannot say it.

    Raises:
        Unreadable: it is no header, or of a version that is not known.
    """
    top = members(value)
    version = top.get("version")
    if not isinstance(top.get("eval"), dict):
        raise Unreadable(
            f"{name} is no Inspect log: its header has no 'eval' part; saw {glimpse(value)}. "
            "Give the .eval or .json file that Inspect wrote."
        )
    if isinstance(version, bool) or version not in KNOWN_VERSIONS:
        raise Unreadable(
            f"{name} is an Inspect log of version {glimpse(version)}; known are 1 and 2. "
            "Convert it with `inspect log convert`, or ask for support of this version."
        )
    return InspectHeader(
        status=text(top.get("status")) or status,
        run=members(top["eval"]),
        plan=members(top.get("plan")),
        results=members(top.get("results")),
    )


def _mean(metrics: Mapping[str, object]) -> object:
    metric = members(metrics.get("accuracy")) or members(metrics.get("mean"))
    return metric.get("value")
