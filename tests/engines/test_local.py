"""Processes of this machine: every death is an event, and nobody outlives the one who waits."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nophantom.engines.jobs import Cause, Died, Ended, Event, Job, Said
from nophantom.engines.local import LocalWorkers
from nophantom.engines.worker import cause_of

REPOSITORY = Path(__file__).resolve().parents[2]
PATIENCE = 60.0  # seconds; a loaded machine starts processes slowly


@pytest.fixture(autouse=True)
def _works_are_importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(REPOSITORY), *sys.path])


@pytest.fixture
def workers() -> Iterator[LocalWorkers]:
    with LocalWorkers() as these:
        yield these


def work(name: str, argument: object, threads: int = 1) -> Job:
    return Job(f"tests.engines.works:{name}", argument, threads)


def all_events(workers: LocalWorkers, jobs: int) -> list[Event]:
    """Everything until so many jobs are over."""
    heard: list[Event] = []
    deadline = time.monotonic() + PATIENCE
    while sum(isinstance(event, Ended | Died) for event in heard) < jobs:
        assert time.monotonic() < deadline, heard
        heard += workers.wait(1.0)
    return heard


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def until_dead(pids: list[int]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if not any(is_alive(pid) for pid in pids):
            return True
        time.sleep(0.02)
    return False


def test_messages_come_in_order_and_what_is_printed_does_not_disturb_them(workers: LocalWorkers) -> None:
    first, second = workers.start(work("count_to", 3)), workers.start(work("count_to", 2))

    heard = all_events(workers, 2)

    assert [event for event in heard if event.job == first] == [
        *(Said(first, n) for n in range(3)),
        Ended(first),
    ]
    assert [event for event in heard if event.job == second] == [
        *(Said(second, n) for n in range(2)),
        Ended(second),
    ]
    assert workers.processes() == {}


def test_threads_are_set_before_any_library_loads(workers: LocalWorkers) -> None:
    workers.start(work("say_threads", None, threads=3))

    assert all_events(workers, 1)[0] == Said(1, ("3", False))


@pytest.mark.parametrize(
    ("how", "cause", "words", "status"),
    [
        (
            "kill",
            Cause.OUT_OF_MEMORY,
            "killed (signal 9), as systems do when memory runs out; its last words: ",
            -9,
        ),
        ("memory", Cause.OUT_OF_MEMORY, "MemoryError (works.py, line", None),
        ("torch", Cause.OUT_OF_MEMORY, "OutOfMemoryError: CUDA out of memory", None),
        ("device", Cause.DEVICE_LOST, "CUDA error: unspecified launch failure", None),
        ("disk", Cause.NO_SPACE, "No space left on device", None),
        ("exit", Cause.DIED, "its process ended with exit status 7", 7),
        ("error", Cause.RAISED, "ValueError: the seed went wrong (works.py, line", None),
    ],
)
def test_every_death_is_an_event_with_what_is_known(
    workers: LocalWorkers, how: str, cause: Cause, words: str, status: int | None
) -> None:
    workers.start(work("die_of", how))

    said, died = all_events(workers, 1)

    assert said == Said(1, "alive")
    assert isinstance(died, Died)
    assert (died.cause, died.exit_status) == (cause, status)
    assert words in died.told


def test_work_that_cannot_be_found_is_a_death_too(workers: LocalWorkers) -> None:
    workers.start(Job("tests.engines.works:nothing", None))

    (died,) = all_events(workers, 1)

    assert isinstance(died, Died)
    assert "AttributeError" in died.told


def test_stopping_ends_the_workers_and_all_that_they_have_started(
    workers: LocalWorkers, tmp_path: Path
) -> None:
    number = workers.start(work("start_child_and_wait", str(tmp_path)))
    while not (heard := workers.wait(1.0)):
        pass
    (said,) = heard
    assert isinstance(said, Said)
    pids = [workers.processes()[number], int(str(said.message))]

    workers.stop()

    assert until_dead(pids)
    assert workers.wait(0.1) == []


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_no_worker_outlives_a_parent_that_was_killed(tmp_path: Path) -> None:
    program = (
        "import sys; from nophantom.engines.jobs import Job; from nophantom.engines.local import LocalWorkers\n"
        f"sys.path.insert(0, {str(REPOSITORY)!r})\n"
        f"workers = LocalWorkers(); workers.start(Job('tests.engines.works:start_child_and_wait', {str(tmp_path)!r}))\n"
        "while True: workers.wait(1.0)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program])
    told = tmp_path / "pids"
    deadline = time.monotonic() + PATIENCE
    while not (told.exists() and len(told.read_text().split()) == 2):
        assert time.monotonic() < deadline
        time.sleep(0.02)

    parent.send_signal(signal.SIGKILL)
    parent.wait()

    assert until_dead([int(pid) for pid in told.read_text().split()])


def test_an_error_of_a_full_disk_or_of_no_memory_is_known_by_its_number() -> None:
    assert cause_of(OSError(12, "Cannot allocate memory")) is Cause.OUT_OF_MEMORY
    assert cause_of(OSError(27, "File too large")) is Cause.NO_SPACE
    assert (
        cause_of(RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"))
        is Cause.OUT_OF_MEMORY
    )
    assert cause_of(KeyError("x")) is Cause.RAISED
