"""A fleet: seeds of one recipe that are trained as one program, each to the bit as if it were alone.

On a CPU with one thread a seed of any fleet ends with the numbers of that seed trained alone: every operation
works on each seed's numbers by themselves, in shapes that depend on the recipe and the step and not on
the company, and every draw comes from a generator of the seed. On an accelerator the same holds within
rounding, since its libraries choose their paths by the size of the whole.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from nophantom.errors import InvalidInput
from nophantom.llm.lab.batches import Batches, TrainingData
from nophantom.llm.lab.checkpoints import State, load_states, remove_older_states, save_state, save_weights
from nophantom.llm.lab.initialisation import initialise
from nophantom.llm.lab.model import Orchestra
from nophantom.llm.lab.optimiser import clip, learning_rate, move
from nophantom.llm.recipe import Recipe

REPORT_EVERY = 50
"""Steps between two reports."""

_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4  # of malloc.h


@dataclass(frozen=True, slots=True)
class StepReport:
    """How far a fleet is.

    Attributes:
        step: steps that are done.
        total: steps of the whole training.
        losses: of each seed, the mean loss of its answers' tokens since the last report.
        tokens: that all seeds together have been shown since then.
        diverged: seeds whose loss is no number any more; the others do not feel it.
    """

    step: int
    total: int
    losses: tuple[float, ...]
    tokens: int
    diverged: tuple[int, ...]


def tune_allocator() -> bool:
    """Let this process keep the memory that it gave back: once, in a process that does nothing but train.

    The standard allocator of Linux returns large blocks to the system at once and gets them back page by page,
    which costs more than most operations on them.

    Returns:
        Whether it was possible.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    return bool(mallopt(_M_MMAP_MAX, 0)) and bool(mallopt(_M_TRIM_THRESHOLD, 2**31 - 1))


class Fleet:
    """Seeds of one recipe, trained together.

    Args:
        recipe: how they are trained.
        vocabulary: how many tokens there are.
        longest: positions that the longest problem or answer can take.
        seeds: which.
        device: where they are trained.
        words: the vocabulary as JSON, written beside the weights.

    Attributes:
        model: all seeds as one model.
        step: steps that are done.
    """

    def __init__(
        self,
        recipe: Recipe,
        vocabulary: int,
        longest: int,
        seeds: Sequence[int],
        *,
        device: str = "cpu",
        words: str = "[]",
    ) -> None:
        if len(set(seeds)) != len(seeds) or any(seed < 0 for seed in seeds):
            raise InvalidInput(f"the seeds of a fleet are distinct numbers from 0; got {list(seeds)}.")
        self.recipe, self.seeds, self.words = recipe, tuple(seeds), words
        self.model = Orchestra(recipe, vocabulary, longest, len(self.seeds), device=device)
        self.step = 0
        self._steps = torch.zeros((), device=self.model.device)
        self._fresh = True

    def begin(self, data: TrainingData) -> None:
        """Draw the weights, unless they are there already. `train` does it by itself."""
        if self._fresh:
            initialise(self.model, self.seeds, data)
            self._fresh = False

    def train(self, data: TrainingData, until: int, total: int) -> Iterator[StepReport]:
        """Train up to a step.

        Between two reports the fleet may be saved.

        Args:
            data: what is learnt; the same at every call.
            until: the step to stop at.
            total: steps of the whole training, which the schedule is for.

        Returns:
            A report at every 50 steps and at the last one.

        Raises:
            InvalidInput: the step is behind the fleet or beyond the training.
        """
        if not self.step <= until <= total:
            raise InvalidInput(
                f"a fleet at step {self.step} of {total} is trained on up to one of the steps between; got {until}."
            )
        self.begin(data)
        batches = Batches(data, self.recipe, self.seeds, total, device=self.model.device)
        while self.step < until:
            stop = min(until, (self.step // REPORT_EVERY + 1) * REPORT_EVERY)
            yield self._stretch(batches, stop, total)

    def _stretch(self, batches: Batches, stop: int, total: int) -> StepReport:
        first, tokens = self.step, 0
        losses = torch.zeros(len(self.seeds), device=self.model.device)
        while self.step < stop:
            batch = batches.at(self.step)
            found = self.model.learn(batch.tokens, batch.targets, batch.layout)
            losses += found.answer
            tokens += batch.tokens.numel()
            self._move(learning_rate(self.recipe.schedule, self.step, total))
            self.model.move_biases(found.loads)
            self.step += 1
        mean = (losses / (stop - first)).tolist()
        diverged = tuple(
            seed for seed, loss in zip(self.seeds, mean, strict=True) if not abs(loss) < float("inf")
        )
        return StepReport(self.step, total, tuple(mean), tokens, diverged)

    def _move(self, rate: float) -> None:
        parameters, schedule = self.model.parameters, self.recipe.schedule
        clip(parameters, schedule.clip)
        self._steps += 1
        move(parameters, schedule, rate, self._steps)

    def save(self, folder: Path) -> None:
        """Write each seed's weights at this step, loadable alone, and its state.

        Args:
            folder: of the fleet's arm; each seed has a folder of its own in it.
        """
        for row, seed in enumerate(self.seeds):
            save_weights(folder, seed, self._state(row), self.recipe, self.words, self.model.longest)
        self.save_state(folder)

    def save_state(self, folder: Path) -> None:
        """Write only what is needed to go on: weights and moments of each seed.

        States of earlier steps are removed once those of all seeds are written, so that a fleet can go on from
        one step whenever it is stopped.
        """
        for row, seed in enumerate(self.seeds):
            save_state(folder, seed, self._state(row))
        remove_older_states(folder, self.seeds, self.step)

    def _state(self, row: int) -> State:
        parameters = self.model.parameters
        bias = None if self.model.bias is None else self.model.bias[:, row]
        return State(
            step=self.step,
            weights=parameters.of_seed(parameters.weights, row),
            first=parameters.of_seed(parameters.first, row),
            second=parameters.of_seed(parameters.second, row),
            bias=bias,
        )

    @classmethod
    def resume(
        cls,
        folder: Path,
        recipe: Recipe,
        vocabulary: int,
        longest: int,
        seeds: Sequence[int],
        *,
        device: str = "cpu",
        words: str = "[]",
    ) -> Fleet:
        """Go on from the latest step at which every one of these seeds has a sound state.

        The seeds may have been saved in other company.

        Raises:
            NotFound: there is no such step.
        """
        fleet = cls(recipe, vocabulary, longest, seeds, device=device, words=words)
        parameters = fleet.model.parameters
        for row, state in enumerate(load_states(folder, fleet.seeds)):
            parameters.fill_seed(parameters.weights, row, state.weights)
            parameters.fill_seed(parameters.first, row, state.first)
            parameters.fill_seed(parameters.second, row, state.second)
            if fleet.model.bias is not None and state.bias is not None:
                fleet.model.bias[:, row] = state.bias
            fleet.step = state.step
        fleet._steps.fill_(fleet.step)
        fleet._fresh = False
        return fleet
