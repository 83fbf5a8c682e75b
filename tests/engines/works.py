"""Work for the tests of engines; imported by name in the processes that do it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path


def count_to(n: int) -> Iterator[int]:
    sys.stdout.write("printing disturbs nobody\n")
    yield from range(n)


def say_threads(_argument: object) -> Iterator[tuple[str | None, bool]]:
    yield os.environ.get("OMP_NUM_THREADS"), "torch" in sys.modules


def die_of(how: str) -> Iterator[str]:
    yield "alive"
    if how == "kill":
        sys.stderr.write("something was wrong\n")
        sys.stderr.flush()
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "memory":
        raise MemoryError
    if how == "torch":
        raise type("OutOfMemoryError", (RuntimeError,), {})("CUDA out of memory. Tried to allocate 20 GiB")
    if how == "device":
        raise RuntimeError("CUDA error: unspecified launch failure")
    if how == "disk":
        raise OSError(28, "No space left on device")
    if how == "exit":
        os._exit(7)
    raise ValueError("the seed went wrong")


def start_child_and_wait(folder: str) -> Iterator[int]:
    child = subprocess.Popen(["sleep", "600"])
    Path(folder, "pids").write_text(f"{os.getpid()} {child.pid}")
    yield child.pid
    while True:
        time.sleep(0.05)
