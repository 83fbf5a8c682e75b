"""What a running study writes: outcomes as they come, and how every attempt ended. WORLD: opens the transactions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any

import numpy as np
from sqlalchemy import Engine

from nophantom.clock import now
from nophantom.errors import NoPhantomError
from nophantom.llm.fleets import Evaluated, FleetJob, Measured
from nophantom.llm.ledger.progress import (
    Attempt,
    Cell,
    CellKey,
    StudyRows,
    record_attempt,
    record_evaluation,
    record_measurements,
)
from nophantom.llm.ledger.standing import cells_done, runs_probed
from nophantom.llm.ledger.writing import LogFile, record_log_of_run
from nophantom.llm.logs.records import EvaluationLog, Grading, LoggedProblem
from nophantom.llm.logs.regrading import grade_again
from nophantom.llm.plan import StudyPlan
from nophantom.llm.problems import NumberGrader
from nophantom.llm.recipe import Ending
from nophantom.llm.running_events import Happening, Recorded, Told
from nophantom.llm.script_work import ScriptEnded, ScriptJob
from nophantom.llm.study_folder import StudyFolder
from nophantom.store.blobs import Blobs
from nophantom.store.engine import reading, writing

GRADER = NumberGrader()
"""Who says what is right in every study that is run here."""

_NOTE_EVERY = 5.0  # seconds between two notes of what an attempt has taken


@dataclass(slots=True)
class Piece:
    """A job of a study: a fleet, or one run of a script.

    Attributes:
        number: of the attempt, as long as this runner lives.
        arm: its condition; `seeds` which of its runs.
        job: what the worker is given.
        started_at: when; `begun` the same on a clock that only runs forward.
        first: step and seconds at its first sign of life, from which its pace is told.
        noted: when it was last written down that it runs.
        tries: how often it was begun before.
        paused: it stopped because its time was up.
        ended: of a script, how.
    """

    number: int
    arm: str
    seeds: tuple[int, ...]
    job: FleetJob | ScriptJob
    tries: int = 0
    started_at: datetime = field(default_factory=now)
    begun: float = field(default_factory=monotonic)
    first: tuple[int, float] | None = None
    noted: float = 0.0
    paused: bool = False
    ended: ScriptEnded | None = None

    @property
    def seconds(self) -> float:
        """Since it began."""
        return monotonic() - self.begun

    @property
    def note(self) -> str:
        """The file that tells of it while it runs."""
        return f"attempts/{self.number}.json"

    @property
    def command(self) -> str | None:
        """Of a script, as it was called."""
        return " ".join(self.job.words) if isinstance(self.job, ScriptJob) else None


class RunningBook:
    """Writes what is heard of a study, and knows what is written.

    Args:
        engine: the store; `blobs` where raw answers go.
        folder: of the study.
        rows: of the study in the ledger.
        problems: of each split that is evaluated.
        on_event: told of everything that is written.
    """

    def __init__(
        self,
        engine: Engine,
        blobs: Blobs,
        folder: StudyFolder,
        rows: StudyRows,
        problems: Mapping[str, Sequence[LoggedProblem]],
        on_event: Callable[[Happening], None],
    ) -> None:
        self.engine, self.blobs, self.folder = engine, blobs, folder
        self.rows, self.problems, self.on_event = rows, problems, on_event
        plan = rows.plan
        self.planned: frozenset[CellKey] = frozenset(
            (arm, seed, step, split)
            for arm in plan.arms
            for seed in plan.seeds
            for step in plan.steps
            for split in plan.splits
        )
        with reading(engine) as session:
            self.done = set(cells_done(session, rows.study_id) & self.planned)
            self.probed = set(runs_probed(session, rows.study_id))

    @property
    def plan(self) -> StudyPlan:
        """What was set out."""
        return self.rows.plan

    def left(self, arm: str, seed: int) -> bool:
        """Whether a run lacks an evaluation."""
        return any(
            (arm, seed, step, s) not in self.done for step in self.plan.steps for s in self.plan.splits
        )

    def evaluated(self, arm: str, said: Evaluated) -> None:
        """Grade and write one evaluation of one run, with what was measured beside it: all of it, or nothing."""
        key = (arm, said.seed, said.step, said.split)
        problems = self.problems[said.split]
        grades = [GRADER.grade(a, p.reference) for a, p in zip(said.answers, problems, strict=True)]
        right = np.array([grade.score == 1.0 for grade in grades], dtype=np.bool_)
        cell = Cell(
            right, [grade.answer for grade in grades], said.confidence, said.log_likelihood, said.answers
        )
        grading = Grading(GRADER.name, GRADER.version, ())
        with writing(self.engine) as session:
            record_evaluation(session, self.rows, key, cell, grading, at=now(), blobs=self.blobs)
            if said.measurements:
                record_measurements(session, self.rows.runs[arm, said.seed], said.step, said.measurements)
        self._recorded(key, float(right.mean()))

    def measured(self, arm: str, said: Measured) -> None:
        """Write what was measured on a state that is not evaluated."""
        with writing(self.engine) as session:
            record_measurements(session, self.rows.runs[arm, said.seed], said.step, said.values)
        if said.step == 0:
            self.probed.add((arm, said.seed))

    def script_logs(self, arm: str, seed: int, logs: Sequence[tuple[EvaluationLog, LogFile]]) -> None:
        """Write all that a run of a script has left, or nothing of it."""
        with writing(self.engine) as session:
            for log, file in logs:
                has_text = any(response.text is not None for response in log.responses)
                record_log_of_run(
                    session,
                    self.blobs,
                    log,
                    file,
                    run_id=self.rows.runs[arm, seed],
                    problem_set=self.plan.problem_set,
                    grader=GRADER if has_text else None,
                    at=now(),
                )
        for log, _ in logs:
            step, split = log.placement.step, log.placement.split
            assert step is not None
            assert split is not None
            has_text = any(response.text is not None for response in log.responses)
            speaks = grade_again(log, GRADER) if has_text else log.gradings[0]
            marks = [mark.score for mark in speaks.marks if mark.score is not None]
            self._recorded((arm, seed, step, split), float(np.mean(marks)) if marks else None)

    def _recorded(self, key: CellKey, accuracy: float | None) -> None:
        arm, seed, step, split = key
        self.done.add(key)
        # The test is sealed: how it came out is in no message.
        shown = accuracy if split == self.plan.validation else None
        self.on_event(Recorded(arm, seed, step, split, shown, len(self.done), len(self.planned)))

    def begins(self, piece: Piece) -> None:
        """Note an attempt, so that what it took is known even if this process is killed."""
        piece.noted = monotonic()
        self.folder.write(piece.note, self._note(piece))

    def runs_on(self, piece: Piece) -> None:
        """Note from time to time how long an attempt has taken."""
        if monotonic() - piece.noted > _NOTE_EVERY:
            self.begins(piece)

    def ends(self, piece: Piece, ending: Ending, told: str | None = None) -> None:
        """Write how an attempt ended, and what each of its runs took."""
        output = piece.ended.output if piece.ended else b""
        attempt = Attempt(
            started_at=piece.started_at,
            ended_at=now(),
            ending=ending,
            seconds=piece.seconds / len(piece.seeds),
            fleet=len(piece.seeds),
            exit_status=piece.ended.exit_status if piece.ended else None,
            command=piece.command,
            output_sha256=self.blobs.put(output) if output else None,
            told=told,
        )
        self._attempt(piece.arm, piece.seeds, attempt)
        self.folder.forget(piece.note)

    def bury_the_killed(self) -> None:
        """Write how the attempts of a runner ended that was killed before it could."""
        for name in self.folder.attempts():
            try:
                told = self.folder.read(name) or {}
                started = datetime.fromisoformat(told["started_at"])
                seconds, arm, seeds = float(told["seconds"]), str(told["arm"]), tuple(told["seeds"])
            except (KeyError, TypeError, ValueError):
                self.folder.forget(name)  # torn when it was killed: what it took is not known
                continue
            killed = Attempt(
                started,
                now(),
                Ending.STOPPED,
                seconds / max(1, len(seeds)),
                fleet=max(1, len(seeds)),
                told="the process that ran the study was killed",
            )
            self._attempt(arm, seeds, killed)
            self.folder.forget(name)

    def _attempt(self, arm: str, seeds: Sequence[int], attempt: Attempt) -> None:
        with writing(self.engine) as session:
            record_attempt(
                session, [self.rows.runs[arm, s] for s in seeds if (arm, s) in self.rows.runs], attempt
            )

    def stopped(self, pieces: Sequence[Piece]) -> None:
        """Write that attempts were stopped from outside, if that can still be written."""
        for piece in pieces:
            try:
                self.ends(piece, Ending.STOPPED, "stopped before its end; it can be resumed")
            except NoPhantomError:
                return  # the disk is full: the note stays, and is written at the next start

    def tell(self, piece: Piece, said: str) -> None:
        """Tell a person something of a piece."""
        self.on_event(Told(piece.arm, piece.seeds, said))

    @staticmethod
    def _note(piece: Piece) -> dict[str, Any]:
        return {
            "arm": piece.arm,
            "seeds": list(piece.seeds),
            "started_at": piece.started_at.isoformat(),
            "seconds": piece.seconds,
        }
