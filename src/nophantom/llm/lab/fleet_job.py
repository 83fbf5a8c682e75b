"""The work of a worker process that trains a fleet: train, save, evaluate, send, one checkpoint after the other.

Whatever was killed before: a seed goes on from its latest state that can be read, or from the beginning, and a
checkpoint that was passed already is evaluated from its weights. Seeds that stand at different steps are trained
apart, which changes none of their numbers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import torch

from nophantom.errors import InvalidInput, NotFound
from nophantom.llm.curriculum import difficulty_ranks
from nophantom.llm.fleets import Evaluated, FleetJob, Measured, Message, Noted, Paused, Trained
from nophantom.llm.lab.answering import LONGEST_ANSWER, answer
from nophantom.llm.lab.batches import TrainingData
from nophantom.llm.lab.checkpoints import load_alone, load_states, states, weights_path
from nophantom.llm.lab.diagnostics import diagnose
from nophantom.llm.lab.model import Orchestra
from nophantom.llm.lab.probes import probe
from nophantom.llm.lab.tasks import Task, TaskProblem, task_from_files, word_sums
from nophantom.llm.lab.tokens import Tokens
from nophantom.llm.lab.training import Fleet, StepReport, tune_allocator


def find_device(_argument: object) -> Iterator[str]:
    """Say which accelerator there is, if any."""
    yield "cuda" if torch.cuda.is_available() else "cpu"


def run_fleet(job: FleetJob) -> Iterator[Message]:
    """Train and evaluate the seeds of a job.

    Raises:
        InvalidInput: the problems are not those of the plan any more.
    """
    torch.set_num_threads(job.threads)
    tune_allocator()
    work = _Work.of(job)
    starts: dict[int, int] = {}
    for seed in job.seeds:
        starts[seed], told = _start(job, seed)
        if told:
            yield Noted((seed,), told)
    if late := tuple(seed for seed in job.seeds if starts[seed] and seed not in job.probed):
        yield from work.probed(work.fresh(late))
    yield from work.evaluate_passed(starts)
    for start in sorted(set(starts.values())):
        seeds = tuple(seed for seed in job.seeds if starts[seed] == start)
        if any(work.pending(seeds, step) for step in job.steps):
            yield from work.train(seeds, start)
            if work.is_paused:
                return


@dataclass
class _Work:
    """A job with everything that it needs.

    Attributes:
        task: what is learned; `data` the same encoded, `shown` what diagnostics look at.
        tokens: the vocabulary.
        longest: positions that the longest problem with its answer can take: of the task, not of the company.
        begun: when the work began.
        saved: when a state was last saved.
        done: (seed, step, split) that are known.
        is_paused: its time was up.
    """

    job: FleetJob
    task: Task
    tokens: Tokens
    data: TrainingData
    shown: TrainingData
    longest: int
    begun: float = field(default_factory=monotonic)
    saved: float = field(default_factory=monotonic)
    done: set[tuple[int, int, str]] = field(default_factory=set)
    is_paused: bool = False

    @classmethod
    def of(cls, job: FleetJob) -> _Work:
        task = word_sums() if job.problems == "sums" else task_from_files(Path(job.problems))
        if task.content_hash != job.problems_hash:
            raise InvalidInput(
                f"the problems {job.problems!r} have changed since the study began. Bring back those of the plan."
            )
        train = task.splits["train"]
        tokens = Tokens.of(text for problem in train for text in (problem.question, problem.solution))
        data, shown = _encoded(tokens, train), _encoded(tokens, task.splits[job.splits[0]])
        asked = [len(tokens.encode(p.question)) for split in job.splits for p in task.splits[split]]
        longest = max(data.longest, shown.longest, max(asked) + LONGEST_ANSWER)
        return cls(job, task, tokens, data, shown, longest, done=set(job.done))

    @property
    def folder(self) -> Path:
        return Path(self.job.folder)

    @property
    def words(self) -> str:
        return json.dumps(self.tokens.as_json())

    def pending(self, seeds: Sequence[int], step: int) -> list[str]:
        """The splits on which any of these seeds is still to be evaluated at a step."""
        return [s for s in self.job.splits if any((seed, step, s) not in self.done for seed in seeds)]

    def evaluate_passed(self, starts: dict[int, int]) -> Iterator[Message]:
        """Evaluate checkpoints that lie behind a seed's state; without their weights the seed begins anew."""
        for seed in self.job.seeds:
            for step in (step for step in self.job.steps if step < starts[seed]):
                if not self.pending((seed,), step):
                    continue
                try:
                    alone = load_alone(weights_path(self.folder, seed, step), device=self.job.device)
                except InvalidInput as wrong:
                    yield Noted((seed,), f"{wrong.message} The seed is trained again from the beginning.")
                    self._forget(seed)
                    starts[seed] = 0
                    break
                yield from self._evaluated(alone.model, (seed,), step)

    def train(self, seeds: tuple[int, ...], start: int) -> Iterator[Message]:
        """Bring seeds that stand at one step to the end."""
        job = self.job
        if start:
            size = len(self.tokens), self.longest
            fleet = Fleet.resume(self.folder, job.recipe, *size, seeds, device=job.device, words=self.words)
        else:
            fleet = self.fresh(seeds)
            yield from self.probed(fleet)
        yield Trained(seeds, fleet.step, job.steps[-1])
        for step in (step for step in job.steps if step >= start):
            if fleet.step < step:
                yield from self._stretches(fleet, step)
                if self.is_paused:
                    return
                fleet.save(self.folder)
                self.saved = monotonic()
            yield from self._evaluated(fleet.model, seeds, step)

    def fresh(self, seeds: tuple[int, ...]) -> Fleet:
        """Seeds with their first weights."""
        size = len(self.tokens), self.longest
        fleet = Fleet(self.job.recipe, *size, seeds, device=self.job.device, words=self.words)
        fleet.begin(self.data)
        return fleet

    def probed(self, fleet: Fleet) -> Iterator[Measured]:
        """Measure first weights, of the seeds of which that is not known."""
        if all(seed in self.job.probed for seed in fleet.seeds):
            return
        for seed, found in zip(fleet.seeds, probe(fleet.model, self.data), strict=True):
            if seed not in self.job.probed:
                yield Measured(seed, 0, found)

    def _stretches(self, fleet: Fleet, until: int) -> Iterator[Message]:
        """Train up to a checkpoint, saving now and then, and stopping where the time is up."""
        told: set[int] = set()
        reports = fleet.train(self.data, until, self.job.steps[-1])
        while not self._time_is_up():
            report: StepReport | None = next(reports, None)
            if report is None:
                return
            yield Trained(fleet.seeds, report.step, report.total, report.losses)
            if fresh := tuple(seed for seed in report.diverged if seed not in told):
                told |= set(fresh)
                yield Noted(fresh, f"diverged before step {report.step}: the loss is no number any more")
            if monotonic() - self.saved >= self.job.save_seconds and report.step < until:
                fleet.save_state(self.folder)
                self.saved = monotonic()
        if fleet.step:
            fleet.save_state(self.folder)
        self.is_paused = True
        yield Paused(fleet.seeds, fleet.step)

    def _time_is_up(self) -> bool:
        left = self.job.seconds_left
        return left is not None and monotonic() - self.begun >= left

    def _evaluated(self, model: Orchestra, seeds: tuple[int, ...], step: int) -> Iterator[Evaluated]:
        """Ask the seeds of a model, in its order, whatever is not known yet."""
        for split in self.pending(seeds, step):
            found = answer(model, self.tokens, [problem.question for problem in self.task.splits[split]])
            measured = diagnose(model, self.shown) if split == self.job.splits[0] else None
            for row, seed in enumerate(seeds):
                if (seed, step, split) in self.done:
                    continue
                self.done.add((seed, step, split))
                likely, sure = found.log_likelihood[row], found.confidence[row]
                beside = None if measured is None else measured[row]
                yield Evaluated(seed, step, split, tuple(found.text[row]), likely, sure, beside)

    def _forget(self, seed: int) -> None:
        """Remove states that would be gone on from, though what lies behind them is lost."""
        for step in states(self.folder, seed):
            (self.folder / f"seed{seed}" / f"state-{step:06d}.safetensors").unlink(missing_ok=True)


def _encoded(tokens: Tokens, problems: Sequence[TaskProblem]) -> TrainingData:
    strata = tuple(problem.stratum for problem in problems)
    return TrainingData(
        [tokens.encode(problem.question) for problem in problems],
        [tokens.encode_answer(problem.solution) for problem in problems],
        difficulty_ranks(strata, [problem.solution for problem in problems]),
        strata,
    )


def _start(job: FleetJob, seed: int) -> tuple[int, str]:
    """The step of a seed's latest state that can be read, and what to say if a later one cannot."""
    there = states(Path(job.folder), seed)
    if not there:
        return 0, ""
    try:
        step = load_states(Path(job.folder), (seed,))[0].step
    except NotFound:
        step = 0
    told = "the beginning" if step == 0 else f"step {step}"
    return step, "" if step == there[-1] else (
        f"the state at step {there[-1]} cannot be read: trained again from {told}"
    )
