"""How a running study is shown on standard error: a bar for each fleet, or plain lines where nobody looks.

What is shown of scores is validation alone: the events hold nothing of a sealed test.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from nophantom.cli.talk import count, talk
from nophantom.llm.running_events import Begun, Happening, Moved, Over, Recorded, Told

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

LINE_EVERY = 5.0
"""Seconds between two lines where there is no terminal."""


@contextmanager
def watching() -> Iterator[Callable[[Happening], None]]:
    """Show what happens until the block ends."""
    console = talk()
    if not console.is_terminal:
        yield Lines(console).hear
        return
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[told]}"))
    with Progress(*columns, console=console, transient=True) as bars:
        yield Bars(console, bars).hear


@dataclass
class Pace:
    """How much of the work is done since it began, from whole evaluations and the steps in between.

    Attributes:
        total: evaluations that are to be done.
        recorded: those that are done.
        moving: job -> evaluations' worth of steps, beyond those that it began with.
    """

    total: int = 0
    recorded: int = 0
    begun: float = field(default_factory=monotonic)
    moving: dict[int, float] = field(default_factory=dict)
    first: dict[int, float] = field(default_factory=dict)
    of_job: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    jobs: dict[tuple[str, int], int] = field(default_factory=dict)
    cells_of_run: float = 0.0

    def hear(self, event: Happening) -> None:
        """Take an event into account."""
        if isinstance(event, Begun):
            # One display may see several studies, one after the other: each has a pace of its own.
            self.total, self.recorded, self.begun = event.planned - event.done, 0, monotonic()
            self.cells_of_run = event.evaluations_of_run
            for known in (self.moving, self.first, self.of_job, self.jobs):
                known.clear()
        elif isinstance(event, Moved) and event.of:
            worth = event.step / event.of * len(event.seeds) * self.cells_of_run
            self.moving[event.job] = worth - self.first.setdefault(event.job, worth)
            self.jobs |= {(event.arm, seed): event.job for seed in event.seeds}
        elif isinstance(event, Recorded):
            self.recorded += 1
            self.of_job[self.jobs.get((event.arm, event.seed), 0)] += 1

    def left(self) -> float | None:
        """Seconds till the end at this pace; None before anything is done."""
        ahead = sum(max(0.0, worth - self.of_job[job]) for job, worth in self.moving.items())
        done = min(float(self.total), self.recorded + ahead)
        if done <= 0:
            return None
        return (monotonic() - self.begun) * (self.total - done) / done


def time_left(seconds: float | None) -> str:
    """Seconds as people say them.

    >>> time_left(42.0), time_left(400.0), time_left(9_000.0), time_left(None)
    ('42 s left', '7 min left', '2.5 h left', '')
    """
    if seconds is None:
        return ""
    if seconds < 100:
        return f"{seconds:.0f} s left"
    return f"{seconds / 60:.0f} min left" if seconds < 6_000 else f"{seconds / 3600:.1f} h left"


@dataclass
class Lines:
    """A line every few seconds while evaluations come, and for everything that a person should read."""

    console: Console
    pace: Pace = field(default_factory=Pace)
    scores: dict[tuple[str, int], list[float]] = field(default_factory=lambda: defaultdict(list))
    said: float = 0.0

    def hear(self, event: Happening) -> None:
        """Say it, if it is worth a line."""
        self.pace.hear(event)
        if isinstance(event, Begun):
            self.scores.clear()
            self._say(begun(event))
        elif isinstance(event, Told):
            self._say(told(event))
        elif isinstance(event, Recorded) and event.accuracy is not None:
            self._scored(event, event.accuracy)

    def _scored(self, event: Recorded, accuracy: float) -> None:
        seen = self.scores[event.arm, event.step]
        seen.append(accuracy)
        if monotonic() - self.said < LINE_EVERY:
            return
        self.said = monotonic()
        left = time_left(self.pace.left())
        self._say(
            f"{event.arm}, step {event.step:,}: {event.split} {sum(seen) / len(seen):.1%} over {len(seen)} "
            f"seed{'' if len(seen) == 1 else 's'}; {count(event.done)} of {count(event.planned)} evaluations"
            f"{', ' if left else ''}{left}"
        )

    def _say(self, line: str) -> None:
        self.console.print(line, markup=False)


@dataclass
class Bars:
    """A bar for each job that runs, and one for all of them."""

    console: Console
    bars: Progress
    pace: Pace = field(default_factory=Pace)
    tasks: dict[int, TaskID] = field(default_factory=dict)
    scores: dict[tuple[str, int], list[float]] = field(default_factory=lambda: defaultdict(list))
    latest: dict[str, str] = field(default_factory=dict)
    whole: TaskID | None = None

    def hear(self, event: Happening) -> None:
        """Draw it."""
        self.pace.hear(event)
        if isinstance(event, Begun):
            self.bars.console.print(begun(event), markup=False)
            self.scores.clear()
            self.latest.clear()
            if self.whole is not None:
                self.bars.remove_task(self.whole)
            self.whole = self.bars.add_task("all", total=event.planned, completed=event.done, told="")
        elif isinstance(event, Moved):
            self._moved(event)
        elif isinstance(event, Recorded):
            self._recorded(event)
        elif isinstance(event, Over):
            if event.job in self.tasks:
                self.bars.remove_task(self.tasks.pop(event.job))
        else:
            self.bars.console.print(told(event), markup=False)

    def _moved(self, event: Moved) -> None:
        if event.job not in self.tasks:
            self.tasks[event.job] = self.bars.add_task(who(event.arm, event.seeds), told="")
        loss = "" if event.loss is None else f"loss {event.loss:.3f}"
        steps = f"step {event.step:,} of {event.of:,}" if event.of else f"{event.seconds:.0f} s"
        score = self.latest.get(event.arm, "")
        parts = (part for part in (steps, loss, score, time_left(event.left)) if part)
        self.bars.update(
            self.tasks[event.job], total=event.of or None, completed=event.step, told=", ".join(parts)
        )

    def _recorded(self, event: Recorded) -> None:
        if event.accuracy is not None:
            seen = self.scores[event.arm, event.step]
            seen.append(event.accuracy)
            self.latest[event.arm] = f"{event.split} {sum(seen) / len(seen):.1%} at {event.step:,}"
        if self.whole is not None:
            said = f"{count(event.done)} of {count(event.planned)} evaluations"
            left = time_left(self.pace.left())
            self.bars.update(self.whole, completed=event.done, told=f"{said}, {left}" if left else said)


def begun(event: Begun) -> str:
    """What is going to happen, as a line."""
    jobs = f"{event.fleets} job{'' if event.fleets == 1 else 's'}, {event.processes} at a time"
    before = f"; {count(event.done)} are there already" if event.done else ""
    return f"{event.reference} {event.name}: {count(event.planned)} evaluations{before}; {jobs}"


def told(event: Told) -> str:
    """Something that a person should read, as a line."""
    return f"{who(event.arm, event.seeds)}: {event.said}"


def who(arm: str, seeds: tuple[int, ...]) -> str:
    """An arm and its seeds, short.

    >>> who("svd", (0, 1, 2, 3)), who("svd", (4,)), who("svd", ()), who("svd", (1, 5))
    ('svd seeds 0-3', 'svd seed 4', 'svd', 'svd seeds 1, 5')
    """
    if not seeds:
        return arm
    if len(seeds) == 1:
        return f"{arm} seed {seeds[0]}"
    if seeds == tuple(range(seeds[0], seeds[-1] + 1)):
        return f"{arm} seeds {seeds[0]}-{seeds[-1]}"
    return f"{arm} seeds {', '.join(map(str, seeds[:6]))}{' ...' if len(seeds) > 6 else ''}"
