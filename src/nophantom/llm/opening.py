"""Opening logs of others: which files there are, what wrote them, and what they say. WORLD: reads files.

Nothing is stored here; `importing` does that.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath

from nophantom.errors import NoPhantomError, NotFound, Unavailable, Unreadable
from nophantom.llm.logs import inspect_ai, lighteval, lighteval_results, lm_eval, table
from nophantom.llm.logs.recognition import LogFormat, recognise
from nophantom.llm.logs.records import EvaluationLog

SUMMARIES = {
    LogFormat.LM_EVAL_RESULTS: ("lm-eval results without their samples", "run lm-eval with --log_samples"),
    LogFormat.LIGHTEVAL_RESULTS: (
        "lighteval results without their details",
        "run lighteval with --save-details",
    ),
}
"""Files that sum an evaluation up: what they are alone, and how to get the outcomes too."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that is to be looked at: named by the user, or found in a folder that the user named."""

    path: Path
    named: bool


@dataclass(frozen=True, slots=True)
class LogOnDisk:
    """A file that holds outcomes, and what wrote it."""

    path: Path
    format: LogFormat


@dataclass(frozen=True, slots=True)
class NoLog:
    """A file without outcomes.

    Attributes:
        path: of the file.
        error: why it is refused; None for one that was only found in a folder.
        why: what it seems to be.
    """

    path: Path
    error: NoPhantomError | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of a log, and of the summary file that belongs to it where there is one."""

    data: bytes
    results: bytes | None


def find_candidates(paths: Iterable[Path]) -> list[Candidate]:
    """All files to look at, folders walked in order of name, each file once; hidden folders left out."""
    found: dict[Path, Candidate] = {}
    for path in paths:
        if path.is_dir():
            for folder, folders, files in os.walk(path):
                folders[:] = sorted(f for f in folders if not f.startswith("."))
                for file in sorted(files):
                    place = Path(folder) / file
                    found.setdefault(place, Candidate(place, named=False))
        else:
            found[path] = Candidate(path, named=True)
    return list(found.values())


def logs_of(candidate: Candidate) -> Iterator[LogOnDisk | NoLog]:
    """The logs behind a candidate: itself, or for a summary the files with the outcomes that it sums up."""
    path = candidate.path
    try:
        kind = _recognise(path, named=candidate.named)
        outcomes = _outcomes_of(path, kind) if kind in SUMMARIES else []
    except NoPhantomError as error:
        yield NoLog(path, error)
        return
    if kind in SUMMARIES:
        if candidate.named:
            yield from outcomes
        if not outcomes:
            yield _without_outcomes(candidate, kind)
    elif kind is not None:
        yield LogOnDisk(path, kind)
    else:
        refusal = _no_log(path) if candidate.named else None
        yield NoLog(path, refusal, "no evaluation log that NoPhantom reads")


def read_content(log: LogOnDisk) -> Content:
    """What stands in a log's file, and in the summary beside it.

    Raises:
        Unavailable: a file cannot be read.
    """
    try:
        results = _results_of(log)
        return Content(log.path.read_bytes(), None if results is None else results.read_bytes())
    except OSError as problem:
        raise _unavailable(log.path, problem) from None


def read_logs(
    log: LogOnDisk, content: Content, *, problem_set: str | None = None
) -> tuple[EvaluationLog, ...]:
    """The evaluations in a file; a table may hold many.

    Args:
        log: the file.
        content: what stands in it.
        problem_set: of a table, the benchmark; None takes its column or the file's name.

    Raises:
        Unreadable: the file is damaged, or holds no outcome.
    """
    name = str(log.path)
    if log.format is LogFormat.TABLE:
        return table.read(content.data, name=name, problem_set=problem_set)
    if log.format is LogFormat.INSPECT_EVAL:
        return (inspect_ai.read_eval(BytesIO(content.data), name=name),)
    if log.format is LogFormat.INSPECT_JSON:
        return (inspect_ai.read_json(content.data, name=name),)
    if log.format is LogFormat.LIGHTEVAL_DETAILS:
        return (lighteval.read(content.data, content.results, name=name),)
    return (lm_eval.read(content.data, content.results, name=name),)


def read_any(path: Path, *, problem_set: str | None = None, answers: bool = True) -> list[EvaluationLog]:
    """Every evaluation that a file or folder holds, without a database.

    Args:
        path: a log, a summary beside its log, or a folder to walk.
        problem_set: of tables, the benchmark; None takes their column or the file's name.
        answers: False leaves out raw answers where scores can be had without them, which is much faster
            for the archives of Inspect.

    Raises:
        NotFound: there is no such path, or no log in the folder.
        Unreadable: a file is no log that is read, or a damaged one.
        Unavailable: a file cannot be read.
    """
    found: list[EvaluationLog] = []
    taken: set[Path] = set()
    for candidate in find_candidates([path]):
        for log in logs_of(candidate):
            if isinstance(log, NoLog):
                if log.error is not None:
                    raise log.error
            elif log.path.resolve() not in taken:
                taken.add(log.path.resolve())
                found += _read_quickly(log, problem_set, answers=answers)
    if not found:
        raise NotFound(f"there is no evaluation log in {str(path)!r}. Name a log file, or another folder.")
    return found


def _read_quickly(log: LogOnDisk, problem_set: str | None, *, answers: bool) -> tuple[EvaluationLog, ...]:
    if log.format is LogFormat.INSPECT_EVAL and not answers:
        try:
            with log.path.open("rb") as stream:
                return (inspect_ai.read_eval_scores(stream, name=str(log.path)),)
        except OSError as problem:
            raise _unavailable(log.path, problem) from None
    return read_logs(log, read_content(log), problem_set=problem_set)


def _recognise(path: Path, *, named: bool) -> LogFormat | None:
    if not path.exists():
        raise NotFound(f"there is no file {str(path)!r}. Check the path.")
    if not path.is_file():
        raise Unreadable(
            f"{str(path)!r} is neither a file nor a folder. Name a log file or a folder with logs."
        )
    try:
        with path.open("rb") as file:
            return recognise(file, named=named)
    except OSError as problem:
        raise _unavailable(path, problem) from None


def _unavailable(path: Path, problem: OSError) -> Unavailable:
    return Unavailable(f"cannot read {str(path)!r}: {problem.strerror or problem}. Check its permissions.")


def _outcomes_of(summary: Path, kind: LogFormat | None) -> list[LogOnDisk]:
    """The files whose outcomes a summary sums up."""
    if kind is LogFormat.LIGHTEVAL_RESULTS:
        places = lighteval_results.details_places(PurePosixPath(summary.as_posix()))
        return _fitting(
            [Path(place) for place in places],
            lambda name: lighteval_results.is_of(name, summary.name),
            LogFormat.LIGHTEVAL_DETAILS,
        )
    return _fitting(
        [summary.parent],
        lambda name: (
            name.endswith((".jsonl", ".json")) and lm_eval.matching_results(name, [summary.name]) is not None
        ),
        LogFormat.LM_EVAL_SAMPLES,
    )


def _fitting(folders: Iterable[Path], fits: Callable[[str], bool], kind: LogFormat) -> list[LogOnDisk]:
    """The files of this format in the first folder that has one."""
    for folder in folders:
        if not folder.is_dir():
            continue
        there = [place for place in sorted(folder.iterdir()) if fits(place.name) and place.is_file()]
        found = [LogOnDisk(place, kind) for place in there if _recognise(place, named=False) is kind]
        if found:
            return found
    return []


def _results_of(log: LogOnDisk) -> Path | None:
    """The summary that belongs to a log, where there is one."""
    if log.format is LogFormat.LIGHTEVAL_DETAILS:
        places = lighteval_results.results_places(PurePosixPath(log.path.as_posix()))
        return next((Path(place) for place in places if Path(place).is_file()), None)
    if log.format is not LogFormat.LM_EVAL_SAMPLES:
        return None
    beside = lm_eval.matching_results(log.path.name, sorted(p.name for p in log.path.parent.glob("*.json")))
    return None if beside is None else log.path.parent / beside


def _without_outcomes(candidate: Candidate, kind: LogFormat | None) -> NoLog:
    what, how = SUMMARIES[kind] if kind is not None else ("a summary", "keep the outcomes")
    if not candidate.named:
        return NoLog(candidate.path, None, f"{what}: {how}")
    error = Unreadable(
        f"{candidate.path}: these are {what}. NoPhantom needs every problem's outcome: {how} and keep both where the "
        "framework puts them."
    )
    return NoLog(candidate.path, error)


def _no_log(path: Path) -> Unreadable:
    with path.open("rb") as file:
        head = file.read(40)
    seen = "an empty file" if not head else f"a file that begins with {head!r}"
    return Unreadable(
        f"{path}: this is no evaluation log that NoPhantom reads; saw {seen}. It reads samples_*.jsonl of "
        "lm-evaluation-harness (run with --log_samples), .eval or .json logs of Inspect, details of lighteval (run "
        "with --save-details), and tables (CSV, JSON, Parquet) with a column for the problem and one for the score."
    )
