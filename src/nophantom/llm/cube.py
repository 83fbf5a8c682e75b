"""The outcome cube: runs x checkpoints x problems, with a mask for what was not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from nophantom.errors import InvalidInput

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, eq=False)
class OutcomeCube:
    """Outcomes of several runs on the same problems, aligned by problem.

    Attributes:
        runs: (R,) labels.
        steps: (C,) training steps of the checkpoints; None where the log does not tell.
        problems: (P,) keys, distinct.
        score: (R, C, P) mean score over the scored attempts; NaN where there is none.
        scored: (R, C, P) how many attempts have a score.
        asked: (R, C, P) how many attempts the ledger has, scored or failed; 0 is "not seen".
    """

    runs: tuple[str, ...]
    steps: tuple[int | None, ...]
    problems: tuple[str, ...]
    score: NDArray[np.float64]
    scored: NDArray[np.int64]
    asked: NDArray[np.int64]

    def __post_init__(self) -> None:
        shape = (len(self.runs), len(self.steps), len(self.problems))
        if not self.score.shape == self.scored.shape == self.asked.shape == shape:
            raise InvalidInput(
                f"a cube of {shape} (runs, checkpoints, problems) needs arrays of that shape; got "
                f"{self.score.shape}, {self.scored.shape} and {self.asked.shape}."
            )
        if len(set(self.problems)) != len(self.problems):
            raise InvalidInput("the problems of a cube are distinct; at least one key comes twice.")
        if bool(np.any(self.scored > self.asked)) or bool(np.any(np.isnan(self.score) != (self.scored == 0))):
            raise InvalidInput(
                "a cell has a score exactly when an attempt was scored, of those that were asked."
            )

    @property
    def seen(self) -> NDArray[np.bool_]:
        """(R, C, P) True where there is a score."""
        return self.scored > 0


@dataclass(frozen=True, slots=True, eq=False)
class StudyCube:
    """The outcomes of the runs of a study on one split of one problem set, by one grader.

    Attributes:
        study: its name; `problem_set`, `split` and `grader` likewise.
        arms: (R,) the condition of each run.
        seeds: (R,) its seed.
        run_ids: (R,) its number in the ledger; empty where there is no ledger.
        hours: (R,) how long its training took, None where nobody told.
        cube: (R, C, P) the outcomes, checkpoints in the order of their steps.
        answers: (R, C, P) codes of the answers as the grader read them, `NO_ANSWER` where there is none; None
            when they were not asked for.
        words: the answer behind each code.
        confidence: (R, C, P) how sure the model was, NaN where unknown; None when it was not asked for.
        simulated: whether it is a world with a planted truth.
    """

    study: str
    problem_set: str
    split: str | None
    grader: str
    arms: tuple[str, ...]
    seeds: tuple[int | None, ...]
    run_ids: tuple[int, ...]
    hours: tuple[float | None, ...]
    cube: OutcomeCube
    answers: NDArray[np.int32] | None = None
    words: tuple[str, ...] = ()
    confidence: NDArray[np.float64] | None = None
    simulated: bool = False

    @property
    def arm_names(self) -> tuple[str, ...]:
        """Every arm once, in the order of the runs."""
        return tuple(dict.fromkeys(self.arms))

    @property
    def last_step(self) -> int:
        """Index of the last checkpoint at which every run has an outcome; of the last of all where there is none."""
        everywhere = np.flatnonzero(self.cube.seen.any(axis=2).all(axis=0))
        return int(everywhere[-1]) if len(everywhere) else len(self.cube.steps) - 1

    def step_index(self, step: int | None) -> int:
        """Place of a training step among the checkpoints; None is the last that all runs have.

        Raises:
            InvalidInput: no run was evaluated at that step.
        """
        if step is None:
            return self.last_step
        if step not in self.cube.steps:
            told = ", ".join("unknown" if s is None else f"{s:,}" for s in self.cube.steps)
            raise InvalidInput(f"no run of {self.study!r} was evaluated at step {step:,}; there are: {told}.")
        return self.cube.steps.index(step)

    def of_arm(self, arm: str) -> StudyCube:
        """The runs of one arm.

        Raises:
            InvalidInput: the study has no such arm.
        """
        if arm not in self.arms:
            raise InvalidInput(f"{self.study!r} has no arm {arm!r}; there are: {', '.join(self.arm_names)}.")
        return self.of_runs([i for i, name in enumerate(self.arms) if name == arm])

    def of_runs(self, places: Sequence[int]) -> StudyCube:
        """Some runs, in the order of their places as given."""
        rows, c = list(places), self.cube

        def some(values: tuple[_T, ...]) -> tuple[_T, ...]:
            return tuple(values[i] for i in rows) if values else ()

        return replace(
            self,
            arms=some(self.arms),
            seeds=some(self.seeds),
            run_ids=some(self.run_ids),
            hours=some(self.hours),
            cube=OutcomeCube(some(c.runs), c.steps, c.problems, c.score[rows], c.scored[rows], c.asked[rows]),
            answers=None if self.answers is None else self.answers[rows],
            confidence=None if self.confidence is None else self.confidence[rows],
        )

    def complete(self, step: int) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
        """The scores of all runs at one checkpoint on the problems that all of them were scored on.

        Returns:
            (R, P') scores and the (P',) places of those problems.

        Raises:
            InvalidInput: no problem was scored for all of them.
        """
        common = np.flatnonzero(self.cube.seen[:, step].all(axis=0))
        if not len(common):
            without = [
                r for r, seen in zip(self.cube.runs, self.cube.seen[:, step], strict=True) if not seen.any()
            ]
            told = f"; nothing at this checkpoint: {', '.join(without[:5])}" if without else ""
            raise InvalidInput(
                f"no problem was scored for all {len(self.cube.runs)} runs of {self.study!r} at checkpoint "
                f"{self.cube.steps[step]}{told}. Choose the runs or the step."
            )
        return self.cube.score[:, step][:, common], common


@dataclass(frozen=True, slots=True, eq=False)
class MeasurementCube:
    """Numbers that were measured on the checkpoints of a study's runs, beside their outcomes.

    Attributes:
        study: its name.
        arms: (R,) the condition of each run; `seeds`, `run_ids` and `runs` (labels) likewise.
        steps: (C,) training steps at which anything was measured, rising.
        names: (N,) what was measured, in dotted parts: `probe.gradient_rank.layer0`, `load.layer1.expert3`.
        values: (R, C, N), NaN where it was not measured.
        simulated: whether it is a world with a planted truth.
    """

    study: str
    arms: tuple[str, ...]
    seeds: tuple[int | None, ...]
    run_ids: tuple[int, ...]
    runs: tuple[str, ...]
    steps: tuple[int, ...]
    names: tuple[str, ...]
    values: NDArray[np.float64]
    simulated: bool = False

    def __post_init__(self) -> None:
        shape = (len(self.runs), len(self.steps), len(self.names))
        if self.values.shape != shape:
            raise InvalidInput(
                f"measurements of {shape} (runs, checkpoints, names) need an array of that shape; got "
                f"{self.values.shape}."
            )

    def of_runs(self, run_ids: Sequence[int], step: int) -> NDArray[np.float64]:
        """(R, N) what was measured on these runs at one step, NaN where nothing was."""
        found = np.full((len(run_ids), len(self.names)), np.nan)
        if step in self.steps:
            place = {number: i for i, number in enumerate(self.run_ids)}
            for row, number in enumerate(run_ids):
                if number in place:
                    found[row] = self.values[place[number], self.steps.index(step)]
        return found
