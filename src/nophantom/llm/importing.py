"""Importing logs of others into the ledger. WORLD: reads files, opens one transaction per log."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from nophantom.clock import now
from nophantom.errors import NoPhantomError, NotFound, Unavailable, Unreadable
from nophantom.llm.ledger.writing import LogFile, RecordedLog, find_log, record_log
from nophantom.llm.logs import inspect_ai, lm_eval
from nophantom.llm.logs.recognition import LogFormat, recognise
from nophantom.llm.logs.records import EvaluationLog, Omission
from nophantom.store.blobs import Blobs
from nophantom.store.engine import reading, writing


class ImportStatus(StrEnum):
    """What became of a file."""

    IMPORTED = "imported"
    KNOWN = "known"
    """The same content was imported before; nothing was changed."""
    REFUSED = "refused"
    """It could not be read; nothing of it was kept."""
    SKIPPED = "skipped"
    """Found in a folder, and no log of an evaluation."""


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """What became of one file.

    Attributes:
        path: as it was given or found.
        status: imported, known, refused or skipped.
        recorded: the log and run that it is in the ledger; None unless imported or known.
        responses: how many responses the log holds.
        omissions: what the log held and did not yield.
        error: why it was refused.
        why: for a skipped file, what it seems to be.
    """

    path: str
    status: ImportStatus
    recorded: RecordedLog | None = None
    responses: int = 0
    omissions: tuple[Omission, ...] = ()
    error: NoPhantomError | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that is to be looked at: named by the user, or found in a folder that the user named."""

    path: Path
    named: bool


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


def import_logs(
    engine: Engine,
    blobs: Blobs,
    paths: Iterable[Path],
    *,
    told_from: Path | None = None,
    on_file: Callable[[int, int, Path], None] | None = None,
) -> list[ImportedFile]:
    """Import every log that the paths name or hold.

    A file is imported whole or not at all; one that cannot be read does not keep the others out. The
    same content is imported once, whatever its name.

    Args:
        engine: the store, its tables up to date.
        blobs: where raw answers go.
        paths: files, or folders to walk.
        told_from: a folder above all of them that their paths are told from; None tells them as given.
        on_file: called before each file with its number from 1, how many there are, and its path.

    Returns:
        One entry per file, in the order they were looked at.
    """
    candidates = find_candidates(paths)
    done: list[ImportedFile] = []
    taken: set[Path] = set()
    for number, candidate in enumerate(candidates, 1):
        if on_file:
            on_file(number, len(candidates), candidate.path)
        for log in _logs_of(candidate):
            if isinstance(log, ImportedFile):
                done.append(log)
            elif log.path.resolve() not in taken:
                taken.add(log.path.resolve())
                done.append(_import_one(engine, blobs, log, told_from))
    return done if told_from is None else [_told_from(file, told_from) for file in done]


@dataclass(frozen=True, slots=True)
class _LogOnDisk:
    path: Path
    format: LogFormat


def _logs_of(candidate: Candidate) -> Iterator[_LogOnDisk | ImportedFile]:
    """The logs behind a candidate: itself, or for lm-eval's results file its samples files."""
    path = candidate.path
    try:
        kind = _recognise(path)
    except NoPhantomError as error:
        yield ImportedFile(str(path), ImportStatus.REFUSED, error=error)
        return
    if kind is LogFormat.LM_EVAL_RESULTS:
        samples = _samples_beside(path)
        if candidate.named:
            yield from (_LogOnDisk(place, LogFormat.LM_EVAL_SAMPLES) for place in samples)
        if not samples:
            yield _without_samples(candidate)
    elif kind is not None:
        yield _LogOnDisk(path, kind)
    elif candidate.named:
        yield ImportedFile(str(path), ImportStatus.REFUSED, error=_no_log(path))
    else:
        yield ImportedFile(str(path), ImportStatus.SKIPPED, why="no evaluation log that NoPhantom reads")


def _recognise(path: Path) -> LogFormat | None:
    if not path.exists():
        raise NotFound(f"there is no file {str(path)!r}. Check the path.")
    if not path.is_file():
        raise Unreadable(
            f"{str(path)!r} is neither a file nor a folder. Name a log file or a folder with logs."
        )
    try:
        with path.open("rb") as file:
            return recognise(file)
    except OSError as problem:
        raise Unavailable(
            f"cannot read {str(path)!r}: {problem.strerror or problem}. Check its permissions."
        ) from None


def _samples_beside(results: Path) -> list[Path]:
    found = []
    for place in sorted(results.parent.iterdir()):
        if place == results or not place.is_file() or place.suffix not in {".jsonl", ".json"}:
            continue
        if (
            lm_eval.matching_results(place.name, [results.name])
            and _recognise(place) is LogFormat.LM_EVAL_SAMPLES
        ):
            found.append(place)
    return found


def _without_samples(candidate: Candidate) -> ImportedFile:
    told = "lm-eval results without their samples: run lm-eval with --log_samples"
    if candidate.named:
        error = Unreadable(
            f"{candidate.path}: these are lm-eval results without the samples that belong to them. NoPhantom needs "
            "every problem's outcome: run lm-eval with --log_samples and keep both files in one folder."
        )
        return ImportedFile(str(candidate.path), ImportStatus.REFUSED, error=error)
    return ImportedFile(str(candidate.path), ImportStatus.SKIPPED, why=told)


def _no_log(path: Path) -> Unreadable:
    with path.open("rb") as file:
        head = file.read(40)
    seen = "an empty file" if not head else f"a file that begins with {head!r}"
    return Unreadable(
        f"{path}: this is no evaluation log that NoPhantom reads; saw {seen}. It reads samples_*.jsonl of "
        "lm-evaluation-harness (run with --log_samples) and .eval or .json logs of Inspect."
    )


def _told_from(file: ImportedFile, folder: Path) -> ImportedFile:
    """The same without the folder, in its path and in what is said of it."""
    before = f"{folder}{os.sep}"
    error = file.error and type(file.error)(file.error.message.replace(before, ""))
    return replace(file, path=file.path.removeprefix(before), error=error)


def _import_one(engine: Engine, blobs: Blobs, log: _LogOnDisk, told_from: Path | None) -> ImportedFile:
    path = str(log.path.relative_to(told_from) if told_from else log.path)
    try:
        content = log.path.read_bytes()
        results = _results_of(log)
    except OSError as problem:
        error = Unavailable(f"cannot read {path!r}: {problem.strerror or problem}. Check its permissions.")
        return ImportedFile(path, ImportStatus.REFUSED, error=error)
    # The results file belongs to a log's identity: two checkpoints may give the very same samples.
    digest = sha256(content if results is None else content + b"\0" + results).hexdigest()
    run_hash = digest if results is None else sha256(results).hexdigest()
    file = LogFile(path, digest, len(content), run_hash)
    try:
        with reading(engine) as session:
            known = find_log(session, digest)
        if known is not None:
            return ImportedFile(path, ImportStatus.KNOWN, known)
        read = _read(log, content, results)
        with writing(engine) as session:
            # Asked again inside the unit of work: another import may have been quicker.
            if known := find_log(session, digest):
                return ImportedFile(path, ImportStatus.KNOWN, known)
            recorded = record_log(session, blobs, read, file, at=now())
    except IntegrityError as problem:
        return _after_conflict(engine, path, digest, problem)
    except NoPhantomError as error:
        return ImportedFile(path, ImportStatus.REFUSED, error=error)
    return ImportedFile(path, ImportStatus.IMPORTED, recorded, len(read.responses), read.omissions)


def _results_of(log: _LogOnDisk) -> bytes | None:
    """Content of the results file that belongs to lm-eval's samples, where there is one."""
    if log.format is not LogFormat.LM_EVAL_SAMPLES:
        return None
    beside = lm_eval.matching_results(log.path.name, sorted(p.name for p in log.path.parent.glob("*.json")))
    return None if beside is None else (log.path.parent / beside).read_bytes()


def _read(log: _LogOnDisk, content: bytes, results: bytes | None) -> EvaluationLog:
    name = str(log.path)
    if log.format is LogFormat.INSPECT_EVAL:
        return inspect_ai.read_eval(BytesIO(content), name=name)
    if log.format is LogFormat.INSPECT_JSON:
        return inspect_ai.read_json(content, name=name)
    return lm_eval.read(content, results, name=name)


def _after_conflict(engine: Engine, path: str, digest: str, problem: IntegrityError) -> ImportedFile:
    """On Postgres two imports of one log can meet; the second finds it known. Anything else is a bug."""
    with reading(engine) as session:
        if known := find_log(session, digest):
            return ImportedFile(path, ImportStatus.KNOWN, known)
    raise problem
