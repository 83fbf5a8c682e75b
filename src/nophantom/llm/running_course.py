"""The course of a study: which jobs are begun when, what is done with what they say, and with their deaths.

WORLD: starts processes. A fleet that was too much for the machine is tried again in halves, down to one seed.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from math import isfinite
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from nophantom.engines.jobs import Cause, Died, Event, Job, Said
from nophantom.engines.local import LocalWorkers
from nophantom.errors import NoPhantomError, Unavailable
from nophantom.llm.fleets import (
    MOST_ON_DEVICE,
    MOST_SEEDS,
    Evaluated,
    FleetJob,
    Measured,
    Noted,
    Paused,
    Trained,
    halves,
    processes_for,
    share_out,
)
from nophantom.llm.recipe import Ending, Recipe
from nophantom.llm.running_book import Piece, RunningBook
from nophantom.llm.running_events import Begun, Moved, Over
from nophantom.llm.script_work import WORK, ScriptEnded, ScriptJob, ScriptRuns
from nophantom.llm.scripts import Wanted, command_of, last_words, read_results
from nophantom.llm.study_file import FileArm, StudyFile
from nophantom.llm.study_folder import NO_SPACE

if TYPE_CHECKING:
    from nophantom.llm.lab.tasks import Task

_TICK = 0.5  # seconds between two looks at the clock
_SPEND_EVERY = 5.0  # seconds between two notes of the time that the study took
_ACCELERATORS = ("/dev/nvidiactl", "/dev/kfd")
_ENDINGS = {Cause.OUT_OF_MEMORY: Ending.OUT_OF_MEMORY, Cause.DEVICE_LOST: Ending.DEVICE_LOST}


def _built_in_task(reference: str) -> Task:
    from nophantom.llm.lab.tasks import task_from_files, word_sums

    return word_sums() if reference == "sums" else task_from_files(Path(reference))


@dataclass(frozen=True, slots=True)
class Lab:
    """What trains, and what it learns; named, so that only worker processes load it.

    Attributes:
        fleet: work for a `FleetJob`.
        device: work that says which accelerator there is.
        task: from a built-in name or the whole path of a folder to its problems.
        built_in: names that are no folders.
        needs: modules without which nothing is trained.
        save_seconds: how often states are saved between checkpoints.
    """

    fleet: str = "nophantom.llm.lab.fleet_job:run_fleet"
    device: str = "nophantom.llm.lab.fleet_job:find_device"
    task: Callable[[str], Task] = _built_in_task
    built_in: tuple[str, ...] = ("sums",)
    needs: tuple[str, ...] = ("torch", "safetensors")
    save_seconds: float = 30.0


@dataclass(slots=True)
class Course:
    """One attempt to bring a study to its end.

    Attributes:
        book: what is written, and where.
        file: what was set out.
        problems: how a worker finds them; `problems_hash` what they must be.
        beside: the folder of the study file.
        lab: what trains.
        out_of_budget: its hours were used up before everything was done.
    """

    book: RunningBook
    file: StudyFile
    problems: str
    problems_hash: str
    beside: Path
    lab: Lab
    out_of_budget: bool = False
    _waiting: deque[Piece] = field(default_factory=deque)
    _running: dict[int, Piece] = field(default_factory=dict)
    _processes: int = 1
    _device: str = "cpu"
    _numbers: int = 0
    _spent_before: float = 0.0
    _begun: float = 0.0
    _noted: float = 0.0

    def run(self) -> None:
        """Begin everything that is left, and hear it to its end.

        Raises:
            Unavailable: the disk is full.
        """
        self._spent_before, self._begun = self.book.folder.spent(), monotonic()
        with LocalWorkers() as workers:
            try:
                self._set_out(workers)
                while self._waiting or self._running:
                    self._begin_more(workers)
                    for event in workers.wait(_TICK):
                        self._heard(event)
                    self._note_time()
            except BaseException:
                workers.stop()
                self.book.stopped(list(self._running.values()))
                raise
            finally:
                self._note_time(at_once=True)

    # What there is to do

    def _set_out(self, workers: LocalWorkers) -> None:
        machine, plan = self.file.machine, self.book.plan
        trained = [arm for arm in self.file.arms if arm.recipe is not None]
        self._device = self._find_device(workers) if trained else "cpu"
        self._processes = machine.processes or (1 if self._device != "cpu" else self._cores(trained))
        most = machine.seeds_per_process or (MOST_SEEDS if self._device == "cpu" else MOST_ON_DEVICE)
        left = {
            arm.name: [seed for seed in plan.seeds if self.book.left(arm.name, seed)]
            for arm in self.file.arms
        }
        fleets = share_out({arm.name: left[arm.name] for arm in trained}, self._processes, most)
        for arm, seeds in fleets:
            self._waiting.append(self._fleet(arm, seeds))
        for one in self.file.arms:
            if one.script is not None:
                self._waiting.extend(self._script(one, seed) for seed in left[one.name])
        done, planned = len(self.book.done), len(self.book.planned)
        reference, of_run = f"s{self.book.rows.study_id}", len(plan.steps) * len(plan.splits)
        jobs = len(self._waiting)
        self.book.on_event(Begun(reference, plan.name, done, planned, jobs, self._processes, of_run))

    def _cores(self, trained: list[FileArm]) -> int:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        cores = max(1, cores // self.file.machine.threads)
        recipes = [arm.recipe for arm in trained if arm.recipe is not None]
        if not recipes:
            return cores
        largest = max(recipes, key=lambda recipe: recipe.model.d_model * recipe.model.layers)
        return processes_for(cores, _free_memory(), largest.model, largest.schedule.batch)

    def _find_device(self, workers: LocalWorkers) -> str:
        """The device that was asked for; of "auto", an accelerator where a worker finds one."""
        wanted = self.file.machine.device
        if wanted != "auto":
            return wanted
        if not any(Path(place).exists() for place in _ACCELERATORS):
            return "cpu"
        workers.start(Job(self.lab.device, None))
        found = "cpu"
        while True:
            for event in workers.wait(_TICK):
                if not isinstance(event, Said):
                    return found
                found = str(event.message)

    def _fleet(self, arm: str, seeds: tuple[int, ...], tries: int = 0) -> Piece:
        plan = self.book.plan
        job = FleetJob(
            arm=arm,
            recipe=self._recipe(arm),
            seeds=seeds,
            steps=plan.steps,
            splits=plan.splits,
            problems=self.problems,
            problems_hash=self.problems_hash,
            folder=str(self.book.folder.of_arm(plan.arms.index(arm), arm)),
            device=self._device,
            threads=self.file.machine.threads,
            save_seconds=self.lab.save_seconds,
        )
        return self._piece(arm, seeds, job, tries)

    def _recipe(self, arm: str) -> Recipe:
        """The recipe with the strata that the plan has frozen."""
        recipe = next(a.recipe for a in self.file.arms if a.name == arm)
        assert recipe is not None
        frozen = (self.book.plan.recipes or {})[arm]["ordered"]
        return replace(recipe, ordered=tuple(frozen))

    def _script(self, arm: FileArm, seed: int) -> Piece:
        assert arm.script is not None
        out = self.book.folder.of_script(self.book.plan.arms.index(arm.name), arm.name, seed).resolve()
        words = command_of(arm.script, arm=arm.name, seed=seed, out=out)
        return self._piece(arm.name, (seed,), ScriptJob(words, str(out), str(self.beside)))

    def _piece(self, arm: str, seeds: tuple[int, ...], job: FleetJob | ScriptJob, tries: int = 0) -> Piece:
        self._numbers += 1
        return Piece(self._numbers, arm, seeds, job, tries)

    # Time

    @property
    def _spent(self) -> float:
        return self._spent_before + monotonic() - self._begun

    @property
    def _seconds_left(self) -> float | None:
        budget = self.file.budget_hours
        return None if budget is None else budget * 3600 - self._spent

    def _note_time(self, *, at_once: bool = False) -> None:
        if at_once or monotonic() - self._noted > _SPEND_EVERY:
            self._noted = monotonic()
            try:
                self.book.folder.spend(self._spent)
            except NoPhantomError:
                if not at_once:
                    raise  # at the end another error is on its way already, or nothing is lost

    # Jobs

    def _begin_more(self, workers: LocalWorkers) -> None:
        left = self._seconds_left
        if self._waiting and left is not None and left <= 0:
            self.out_of_budget = True
            self._waiting.clear()
        while self._waiting and len(self._running) < self._processes:
            piece = self._waiting.popleft()
            fresh = Piece(piece.number, piece.arm, piece.seeds, piece.job, piece.tries)
            self.book.begins(fresh)
            try:
                self._running[workers.start(self._job(fresh, left))] = fresh
            except OSError as problem:
                raise Unavailable(
                    f"the machine starts no more processes: {problem.strerror or problem}. Everything done so far is "
                    "kept; `nophantom study resume` goes on."
                ) from None

    def _job(self, piece: Piece, left: float | None) -> Job:
        threads = self.file.machine.threads
        if isinstance(piece.job, ScriptJob):
            return Job(WORK, piece.job, threads)
        done = {(seed, step, s) for arm, seed, step, s in self.book.done if arm == piece.arm}
        probed = {seed for arm, seed in self.book.probed if arm == piece.arm}
        job = replace(piece.job, done=frozenset(done), probed=frozenset(probed), seconds_left=left)
        return Job(self.lab.fleet, job, threads)

    def _heard(self, event: Event) -> None:
        piece = self._running.get(event.job)
        if piece is None:
            return
        if isinstance(event, Said):
            self._said(piece, event.message)
            return
        del self._running[event.job]
        self.book.on_event(Over(piece.number))
        if isinstance(event, Died):
            self._died(piece, event)
        elif isinstance(piece.job, ScriptJob):
            self._script_over(piece, piece.job)
        else:
            self._fleet_over(piece)

    def _said(self, piece: Piece, message: object) -> None:
        book = self.book
        if isinstance(message, Evaluated):
            book.evaluated(piece.arm, message)
        elif isinstance(message, Measured):
            book.measured(piece.arm, message)
        elif isinstance(message, Noted):
            book.tell(piece, message.told)
        elif isinstance(message, Paused):
            piece.paused = True
        elif isinstance(message, ScriptEnded):
            piece.ended = message
        elif isinstance(message, Trained | ScriptRuns):
            self._moved(piece, message)
        book.runs_on(piece)

    def _moved(self, piece: Piece, message: Trained | ScriptRuns) -> None:
        moved = partial(Moved, piece.number, piece.arm, piece.seeds)
        if isinstance(message, ScriptRuns):
            self.book.on_event(moved(0, 0, None, piece.seconds, None))
            return
        piece.first = piece.first or (message.step, piece.seconds)
        steps, seconds = message.step - piece.first[0], piece.seconds - piece.first[1]
        left = (message.of - message.step) * seconds / steps if steps > 0 else None
        known = [loss for loss in message.losses if isfinite(loss)]
        loss = sum(known) / len(known) if known else None
        self.book.on_event(moved(message.step, message.of, loss, piece.seconds, left))

    def _fleet_over(self, piece: Piece) -> None:
        if piece.paused:
            self.out_of_budget = True
            self.book.ends(piece, Ending.STOPPED, "the budget was used up; it can be resumed")
        elif any(self.book.left(piece.arm, seed) for seed in piece.seeds):
            self._failed(piece, Ending.FAILED, "it ended without all its evaluations")
        else:
            self.book.ends(piece, Ending.FINISHED)

    def _script_over(self, piece: Piece, job: ScriptJob) -> None:
        ended, (seed,) = piece.ended, piece.seeds
        if ended is None or ended.exit_status:
            status = "unknown" if ended is None else ended.exit_status
            said = last_words(ended.output) if ended else "nothing"
            self._failed(piece, Ending.FAILED, f"exit status {status}; its last words: {said}")
            return
        arm = next(arm for arm in self.file.arms if arm.name == piece.arm)
        assert arm.script is not None
        plan = self.book.plan
        wanted = Wanted(plan.plan_hash, arm.name, seed, plan.steps, self.book.problems)
        try:
            self.book.script_logs(arm.name, seed, read_results(Path(job.out), arm.script, wanted))
        except Unavailable:
            raise
        except NoPhantomError as wrong:
            self._failed(piece, Ending.FAILED, wrong.message)
        else:
            self.book.ends(piece, Ending.FINISHED)

    def _failed(self, piece: Piece, ending: Ending, told: str) -> None:
        self.book.ends(piece, ending, told)
        self.book.tell(piece, told)

    def _died(self, piece: Piece, death: Died) -> None:
        """A fleet that was too much for the machine is tried again smaller; a single seed once more, then never."""
        if death.cause is Cause.NO_SPACE:
            self.book.stopped([piece])
            raise Unavailable(f"the disk is full: {death.told}. {NO_SPACE}")
        ending = _ENDINGS.get(death.cause, Ending.FAILED)
        alone = len(piece.seeds) == 1
        if ending is Ending.FAILED or isinstance(piece.job, ScriptJob) or (alone and piece.tries):
            self._failed(piece, ending, death.told)
            return
        self.book.ends(piece, ending, death.told)
        parts = halves(piece.seeds)
        again = "once more" if alone else f"as fleets of {' and '.join(str(len(part)) for part in parts)}"
        self.book.tell(piece, f"{death.told}: tried again {again}")
        for part in reversed(parts):
            self._waiting.appendleft(self._fleet(piece.arm, part, tries=1 if alone else 0))


def _free_memory() -> int | None:
    """Bytes that programs may still take, where the system tells."""
    try:
        told = Path("/proc/meminfo").read_text(encoding="ascii")
        return next(
            int(line.split()[1]) * 1024 for line in told.splitlines() if line.startswith("MemAvailable:")
        )
    except (OSError, ValueError, StopIteration):
        return None
