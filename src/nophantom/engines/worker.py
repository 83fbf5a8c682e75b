"""The process that does one job: `python -m nophantom.engines.worker`, started by `local`.

The job comes on standard input, framed; messages go out on what was standard output, framed too, while whatever the
work prints goes to standard error. When standard input ends, whoever started the job is gone, and so is this process
with all that it started: nothing outlives a killed parent.
"""

from __future__ import annotations

import errno
import os
import pickle
import signal
import struct
import sys
import threading
from collections.abc import Iterator
from importlib import import_module
from typing import BinaryIO

from nophantom.engines.jobs import Cause, Job
from nophantom.errors import NoPhantomError

_LENGTH = struct.Struct(">Q")
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_LOST = ("device-side", "device lost", "cuda error", "cudnn", "no longer available", "fallen off the bus")

Frame = tuple[str, object, str]
"""A word ("said", "ended" or "died"), what goes with it, and a sentence."""


def send(stream: BinaryIO, value: object) -> None:
    """Write one value with its length before it."""
    data = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(_LENGTH.pack(len(data)) + data)
    stream.flush()


def receive(stream: BinaryIO) -> object | None:
    """Read one value; None where the stream ends, also in the midst of a value."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    data = stream.read(length)
    # Both ends are this program's own: nobody else can write here.
    return None if len(data) < length else pickle.loads(data)  # noqa: S301


def cause_of(error: BaseException) -> Cause:
    """What kind of failure an error tells of; torch's own are known by their names, so that nobody imports torch.

    >>> cause_of(MemoryError()), cause_of(ValueError("no"))
    (<Cause.OUT_OF_MEMORY: 'out_of_memory'>, <Cause.RAISED: 'raised'>)
    """
    told = str(error).lower()
    names = {kind.__name__ for kind in type(error).__mro__}
    if isinstance(error, MemoryError) or "OutOfMemoryError" in names or "can't allocate memory" in told:
        return Cause.OUT_OF_MEMORY
    if isinstance(error, OSError) and error.errno in _FULL:
        return Cause.NO_SPACE
    if isinstance(error, OSError) and error.errno == errno.ENOMEM:
        return Cause.OUT_OF_MEMORY
    if "No space left" in str(error) or "File too large" in str(error):
        return Cause.NO_SPACE
    if names & {"AcceleratorError", "DeferredCudaCallError"} or (
        isinstance(error, RuntimeError) and any(word in told for word in _LOST)
    ):
        return Cause.DEVICE_LOST
    return Cause.RAISED


def told_of(error: BaseException) -> str:
    """An error as one sentence, with the place where it was raised."""
    if isinstance(error, NoPhantomError):
        return error.message
    place, trace = "", error.__traceback__
    while trace is not None:
        place = f" ({os.path.basename(trace.tb_frame.f_code.co_filename)}, line {trace.tb_lineno})"  # noqa: PTH119
        trace = trace.tb_next
    first = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    return f"{type(error).__name__}{': ' if first else ''}{first[:500]}{place}"


def frames(job: Job) -> Iterator[Frame]:
    """Everything that a job has to say, the last of it how it ended."""
    try:
        module, _, name = job.work.partition(":")
        for message in getattr(import_module(module), name)(job.argument):
            yield "said", message, ""
    except Exception as error:  # noqa: BLE001 - whatever it was, it is told
        yield "died", cause_of(error), told_of(error)
    else:
        yield "ended", None, ""


def _end_with_parent(stream: BinaryIO) -> None:
    while stream.read(4096):
        pass
    if os.name == "posix" and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)  # also what the work has started
    os._exit(1)


def main() -> None:
    """Do the one job that standard input holds."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    paths = receive(sys.stdin.buffer)
    if isinstance(paths, list):
        sys.path[:] = paths
    job = receive(sys.stdin.buffer)
    if not isinstance(job, Job):
        sys.exit(1)
    threading.Thread(target=_end_with_parent, args=(sys.stdin.buffer,), daemon=True).start()
    for frame in frames(job):
        send(answers, frame)
    answers.close()


if __name__ == "__main__":
    main()
