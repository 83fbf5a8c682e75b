"""A training script of the user's in a worker process: it is started, listened to, and its end told.

WORLD: starts programs. Light to load, since every run of a script has a process of its own.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

WORK = "nophantom.llm.script_work:run_script"
"""What a worker process does with a `ScriptJob`."""

OUTPUT = "output.txt"
"""What a script printed, beside what it wrote."""

_KEPT = 2**20  # bytes of output, its end
_LOOK = 5.0  # seconds between two signs of life
_NO_PROGRAM = 127  # as shells say it


@dataclass(frozen=True, slots=True)
class ScriptJob:
    """One run of a script.

    Attributes:
        words: the command with all its arguments.
        out: what it is told to write into.
        beside: the folder that it runs in, that of the study file.
    """

    words: tuple[str, ...]
    out: str
    beside: str


@dataclass(frozen=True, slots=True)
class ScriptRuns:
    """A sign of life."""

    seconds: float


@dataclass(frozen=True, slots=True)
class ScriptEnded:
    """A script is over.

    Attributes:
        exit_status: below 0, the signal that ended it.
        output: the end of what it printed.
    """

    exit_status: int
    output: bytes


def run_script(job: ScriptJob) -> Iterator[ScriptRuns | ScriptEnded]:
    """Run a script to its end, in this process's group, so that it ends with it."""
    place = Path(job.out) / OUTPUT
    begun = time.monotonic()
    with place.open("wb") as kept:
        try:
            process = subprocess.Popen(  # noqa: S603 - the user's own command
                job.words, cwd=job.beside, stdin=subprocess.DEVNULL, stdout=kept, stderr=subprocess.STDOUT
            )
        except OSError as problem:
            yield ScriptEnded(_NO_PROGRAM, f"{job.words[0]}: {problem.strerror or problem}".encode())
            return
        status = None
        while status is None:
            try:
                status = process.wait(timeout=_LOOK)
            except subprocess.TimeoutExpired:
                yield ScriptRuns(time.monotonic() - begun)
    with place.open("rb") as told:
        told.seek(max(0, place.stat().st_size - _KEPT))
        yield ScriptEnded(status, told.read())
