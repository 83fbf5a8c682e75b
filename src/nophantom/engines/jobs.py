"""Work that is done elsewhere: what a job is, and what is heard of it.

A job names its work by module and function, so that whoever starts it needs nothing of what the work imports. The
work yields messages; they and the argument travel as pickles. Whatever becomes of a job is an event, also its death:
nobody waits for a job that cannot speak any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Cause(StrEnum):
    """Why a job ended before its time."""

    RAISED = "raised"
    """Its work raised an error."""
    OUT_OF_MEMORY = "out_of_memory"
    """It asked for more than there is, or the system killed it, which is what systems do then."""
    DEVICE_LOST = "device_lost"
    """The accelerator does not answer any more."""
    NO_SPACE = "no_space"
    """The disk is full."""
    DIED = "died"
    """Its process ended without a word."""


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of work for one process.

    Attributes:
        work: "package.module:function"; the function takes the argument and yields messages.
        argument: what it is called with; a pickle must hold it.
        threads: how many its arithmetic may use.
    """

    work: str
    argument: object
    threads: int = 1


@dataclass(frozen=True, slots=True)
class Said:
    """A job has sent a message."""

    job: int
    message: object


@dataclass(frozen=True, slots=True)
class Ended:
    """A job has come to the end of its work."""

    job: int


@dataclass(frozen=True, slots=True)
class Died:
    """A job has ended before the end of its work.

    Attributes:
        job: its number.
        cause: why, as far as is known.
        told: the same for people, as a sentence.
        exit_status: of its process; below 0 the signal that ended it. None where the work raised and could say so.
    """

    job: int
    cause: Cause
    told: str
    exit_status: int | None = None


Event = Said | Ended | Died


class Workers(Protocol):
    """Where jobs run. The one who starts them is the only one who writes the store."""

    def start(self, job: Job) -> int:
        """Begin a job at once, and return its number."""

    def wait(self, timeout: float) -> Sequence[Event]:
        """What is heard of all jobs, each in its order; empty when nothing is for `timeout` seconds."""

    def stop(self) -> None:
        """End every job now; what was not heard before is not heard any more."""
