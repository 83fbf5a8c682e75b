"""Jobs as processes of this machine, one process for each job."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import IO, BinaryIO, cast

from nophantom.engines.jobs import Cause, Died, Ended, Event, Job, Said
from nophantom.engines.worker import receive, send

_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
_POSIX = os.name == "posix"
_LAST_WORDS = 2_000  # bytes of standard error that are told of a process that died


@dataclass(frozen=True, slots=True)
class _Process:
    """A running job."""

    process: subprocess.Popen[bytes]
    errors: IO[bytes]


class LocalWorkers:
    """Processes of this machine; a context that ends them all when it is left.

    Each job is a fresh interpreter that imports only what its work needs, with its threads set before any library
    of arithmetic loads. It leads a process group of its own, so that Ctrl-C reaches the one who waits and not the
    workers, and whatever the work starts ends with it.
    """

    def __init__(self) -> None:
        self._running: dict[int, _Process] = {}
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._last = 0

    def __enter__(self) -> LocalWorkers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, job: Job) -> int:
        """Begin a job in a process of its own, and return its number.

        Raises:
            OSError: the machine starts no more processes.
        """
        errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        process = subprocess.Popen(
            [sys.executable, "-m", "nophantom.engines.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=os.environ | {name: str(job.threads) for name in _THREADS},
            start_new_session=_POSIX,
        )
        self._last += 1
        self._running[self._last] = running = _Process(process, errors)
        reader = threading.Thread(target=self._listen, args=(self._last, job, running), daemon=True)
        reader.start()
        return self._last

    def wait(self, timeout: float) -> Sequence[Event]:
        """What is heard of all jobs, each in its order; empty when nothing is for `timeout` seconds."""
        heard: list[Event] = []
        with contextlib.suppress(queue.Empty):
            heard.append(self._events.get(timeout=timeout))
            while True:
                heard.append(self._events.get_nowait())
        told = [event for event in heard if event.job in self._running]
        for event in told:
            if isinstance(event, Ended | Died):
                self._bury(event.job)
        return told

    def stop(self) -> None:
        """Kill every process that runs, with all that it has started."""
        for number in list(self._running):
            self._bury(number)

    def processes(self) -> dict[int, int]:
        """The process id of every job that runs, by its number."""
        return {number: running.process.pid for number, running in self._running.items()}

    def _bury(self, number: int) -> None:
        running = self._running.pop(number, None)
        if running is None:
            return
        with contextlib.suppress(OSError):
            if _POSIX:
                os.killpg(running.process.pid, signal.SIGKILL)
            else:
                running.process.kill()
        running.process.wait()
        assert running.process.stdin is not None
        with contextlib.suppress(OSError):
            running.process.stdin.close()

    def _listen(self, number: int, job: Job, running: _Process) -> None:
        """Send the job, then turn what its process says into events until it is silent for good."""
        assert running.process.stdin is not None
        assert running.process.stdout is not None
        with contextlib.suppress(OSError):  # it died already; what is read next says so
            send(cast("BinaryIO", running.process.stdin), [*sys.path])
            send(cast("BinaryIO", running.process.stdin), job)
        for event in self._heard(number, cast("BinaryIO", running.process.stdout)):
            self._events.put(event)
            if isinstance(event, Ended | Died):
                break
        else:
            self._events.put(_post_mortem(number, running))
        running.process.stdout.close()
        running.errors.close()

    @staticmethod
    def _heard(number: int, stream: BinaryIO) -> Iterator[Event]:
        while (frame := receive(stream)) is not None:
            word, value, told = cast("tuple[str, object, str]", frame)
            if word == "said":
                yield Said(number, value)
            elif word == "ended":
                yield Ended(number)
            else:
                yield Died(number, cast("Cause", value), told)


def _post_mortem(number: int, running: _Process) -> Died:
    """What can be known of a process that ended without saying so."""
    status = running.process.wait()
    size = running.errors.seek(0, os.SEEK_END)
    running.errors.seek(max(0, size - _LAST_WORDS))
    words = running.errors.read().decode("utf-8", "replace").strip().splitlines()
    last = f"; its last words: {words[-1].strip()[:300]}" if words else ""
    if _POSIX and status == -signal.SIGKILL:
        told = "its process was killed (signal 9), as systems do when memory runs out"
        return Died(number, Cause.OUT_OF_MEMORY, f"{told}{last}", status)
    how = f"with signal {-status} ({_signal_name(-status)})" if status < 0 else f"with exit status {status}"
    return Died(number, Cause.DIED, f"its process ended {how}{last}", status)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"
