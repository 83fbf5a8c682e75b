"""What is heard of a study while it runs, and how it ended. PURE.

Nothing here tells how a sealed test came out.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Begun:
    """The work begins.

    Attributes:
        reference: of the study, `s3`; `name` its name.
        done: evaluations that are there already, of `planned`.
        fleets: how many jobs there are, `processes` at a time.
        evaluations_of_run: that every run has at its end.
    """

    reference: str
    name: str
    done: int
    planned: int
    fleets: int
    processes: int
    evaluations_of_run: int


@dataclass(frozen=True, slots=True)
class Moved:
    """A fleet or script has come further.

    Attributes:
        job: number of the fleet.
        step: that it has come to, of `of`; both 0 for a script, which does not say.
        loss: mean over its seeds; None where it is not known.
        seconds: since it began; `left` till its end at this pace, None where nobody can say.
    """

    job: int
    arm: str
    seeds: tuple[int, ...]
    step: int
    of: int
    loss: float | None
    seconds: float
    left: float | None


@dataclass(frozen=True, slots=True)
class Recorded:
    """An evaluation is in the ledger; `accuracy` only on the split on which seeds are chosen, else None."""

    arm: str
    seed: int
    step: int
    split: str
    accuracy: float | None
    done: int
    planned: int


@dataclass(frozen=True, slots=True)
class Over:
    """A fleet is over, whatever its end was."""

    job: int


@dataclass(frozen=True, slots=True)
class Told:
    """Something that a person should read: a fleet that is tried again smaller, a state that cannot be used."""

    arm: str
    seeds: tuple[int, ...]
    said: str


Happening = Begun | Moved | Recorded | Over | Told


@dataclass(frozen=True, slots=True)
class ArmEnd:
    """One arm at the end, judged on the split on which seeds are chosen.

    Attributes:
        finished: runs with all their evaluations, of `runs`.
        mean: accuracy at the last checkpoint over those that have it; None without any.
        lowest: of them; `highest` likewise.
        hours: that its runs took together.
    """

    name: str
    finished: int
    runs: int
    mean: float | None
    lowest: float | None
    highest: float | None
    hours: float


@dataclass(frozen=True, slots=True)
class StudyEnd:
    """How running a study ended.

    Attributes:
        reference: of the study; `name` its name.
        done: evaluations in the ledger, of `planned`.
        was_finished: there was nothing left to do.
        out_of_budget: it stopped because its hours were used up.
        hours: that it ran, this time and before.
        failed: runs that did not come to their end, and why.
        arms: how each arm stands.
        split: on which they are judged; `step` the checkpoint.
    """

    reference: str
    name: str
    done: int
    planned: int
    was_finished: bool
    out_of_budget: bool
    hours: float
    failed: tuple[tuple[str, str], ...]
    arms: tuple[ArmEnd, ...]
    split: str
    step: int

    @property
    def finished(self) -> bool:
        """Whether every planned evaluation is there."""
        return self.done == self.planned
