"""Importing logs of others into the ledger. WORLD: reads files, opens one transaction per file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from nophantom.clock import now
from nophantom.errors import NoPhantomError
from nophantom.llm.ledger.writing import LogFile, RecordedLog, find_logs, record_logs
from nophantom.llm.logs.headlines import contradictions
from nophantom.llm.logs.placement import Placing
from nophantom.llm.logs.records import EvaluationLog, Omission
from nophantom.llm.opening import LogOnDisk, NoLog, find_candidates, logs_of, read_content, read_logs
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
        responses: how many responses the file holds.
        omissions: what the file held and did not yield.
        error: why it was refused.
        why: of a skipped file, what it seems to be; of a known one, which run it is.
        others: the other logs of a file that holds several: a table of many runs.
        told: what was taken for what: columns of a table, the place in a study; "" when nothing had to be.
    """

    path: str
    status: ImportStatus
    recorded: RecordedLog | None = None
    responses: int = 0
    omissions: tuple[Omission, ...] = ()
    error: NoPhantomError | None = None
    why: str = ""
    others: tuple[RecordedLog, ...] = ()
    told: str = ""

    @property
    def run_ids(self) -> list[int]:
        """The numbers of its runs, each once, in the order of the file."""
        logs = () if self.recorded is None else (self.recorded, *self.others)
        return list(dict.fromkeys(log.run_id for log in logs))

    @property
    def references_differ(self) -> int:
        """Problems that an earlier log named with another reference answer."""
        logs = () if self.recorded is None else (self.recorded, *self.others)
        return sum(log.references_differ for log in logs)


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What the user says of the logs beyond what stands in them.

    Attributes:
        placing: where they belong in a study.
        problem_set: of tables, the benchmark; None takes their column or the file's name.
        again: a place of a study that has an evaluation already may get another.
    """

    placing: Placing = field(default=Placing())
    problem_set: str | None = None
    again: bool = False


def import_logs(
    engine: Engine,
    blobs: Blobs,
    paths: Iterable[Path],
    *,
    options: ImportOptions | None = None,
    told_from: Path | None = None,
    on_file: Callable[[int, int, Path], None] | None = None,
) -> list[ImportedFile]:
    """Import every log that the paths name or hold.

    A file is imported whole or not at all; one that cannot be read does not keep the others out. The
    same content is imported once, whatever its name and wherever it is to be placed.

    Args:
        engine: the store, its tables up to date.
        blobs: where raw answers go.
        paths: files, or folders to walk.
        options: where the logs belong; None takes what they say themselves.
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
        for log in logs_of(candidate):
            if isinstance(log, NoLog):
                done.append(_no_log(log))
            elif log.path.resolve() not in taken:
                taken.add(log.path.resolve())
                done.append(_import_one(engine, blobs, log, options or ImportOptions(), told_from))
    return done if told_from is None else [_told_from(file, told_from) for file in done]


def _no_log(found: NoLog) -> ImportedFile:
    if found.error is not None:
        return ImportedFile(str(found.path), ImportStatus.REFUSED, error=found.error)
    return ImportedFile(str(found.path), ImportStatus.SKIPPED, why=found.why)


def _told_from(file: ImportedFile, folder: Path) -> ImportedFile:
    """The same without the folder, in its path and in what is said of it."""
    before = f"{folder}{os.sep}"
    error = file.error and type(file.error)(file.error.message.replace(before, ""))
    return replace(file, path=file.path.removeprefix(before), error=error)


def _import_one(
    engine: Engine, blobs: Blobs, log: LogOnDisk, options: ImportOptions, told_from: Path | None
) -> ImportedFile:
    path = str(log.path.relative_to(told_from) if told_from else log.path)
    digest = ""
    try:
        content = read_content(log)
        # The results file belongs to a log's identity: two checkpoints may give the very same samples.
        results = content.results
        whole = content.data if results is None else content.data + b"\0" + results
        digest = sha256(whole).hexdigest()
        run_hash = digest if results is None else sha256(results).hexdigest()
        file = LogFile(path, digest, len(content.data), run_hash)
        if known := _known(engine, path, digest):
            return known
        logs = _placed(read_logs(log, content, problem_set=options.problem_set), log.path, options.placing)
        with writing(engine) as session:
            # Asked again inside the unit of work: another import may have been quicker.
            if found := find_logs(session, digest):
                return _known_as(path, found)
            recorded = record_logs(session, blobs, logs, file, at=now(), again=options.again)
    except IntegrityError:
        # On Postgres two imports of one log can meet; the second finds it known. Anything else is a bug.
        if known := _known(engine, path, digest):
            return known
        raise
    except NoPhantomError as error:
        return ImportedFile(path, ImportStatus.REFUSED, error=error)
    return ImportedFile(
        path,
        ImportStatus.IMPORTED,
        recorded[0],
        sum(len(one.responses) for one in logs),
        tuple(omission for one in logs for omission in one.omissions),
        others=tuple(recorded[1:]),
        told=_told(logs),
    )


def _known(engine: Engine, path: str, digest: str) -> ImportedFile | None:
    with reading(engine) as session:
        found = find_logs(session, digest)
    return _known_as(path, found) if found else None


def _known_as(path: str, found: Sequence[RecordedLog]) -> ImportedFile:
    runs = list(dict.fromkeys(f"r{log.run_id} {log.run}" for log in found))
    why = f"imported before as {', '.join(runs[:3])}" + (
        f" and {len(runs) - 3} more" if len(runs) > 3 else ""
    )
    return ImportedFile(path, ImportStatus.KNOWN, found[0], why=why, others=tuple(found[1:]))


def _placed(logs: Sequence[EvaluationLog], path: Path, placing: Placing) -> list[EvaluationLog]:
    whole = path.resolve().as_posix()
    return [replace(log, placement=placing.place(whole, log.placement)) for log in logs]


def _told(logs: Sequence[EvaluationLog]) -> str:
    """What was taken for what, where the logs were placed, and where they contradict themselves."""
    told = [logs[0].told] if logs[0].told else []
    places = [log.placement for log in logs]
    placed = [place for place in places if place.study is not None and place.seed is not None]
    if placed:
        names = list(dict.fromkeys(place.study for place in placed if place.study))
        runs = {(place.study, place.arm, place.seed) for place in placed}
        counted = f"{len(runs)} runs" if len(runs) > 1 else "placed"
        told.append(f"{counted} in the study {', '.join(names)}")
    elif any(place.seed is not None for place in places):
        told.append("a seed and no study: name the study with --study to bring its seeds together")
    elif any(place.study is not None for place in places):
        told.append(
            f"no seed, so no run of the study {places[0].study}: take it from the path with --pattern"
        )
    told += [said for log in logs for said in contradictions(log)]
    return "; ".join(told)
