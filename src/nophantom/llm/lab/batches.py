"""Which problems a step is about: lengths common to all seeds, the problems each seed's own.

A step's problems stand in slots, and the slot says how long its question and its answer are. The order of the
slots is common to all seeds of a recipe, so a fleet needs no filling, and what a step costs and computes does
not depend on the company. Which problem of that length stands in a slot is drawn by the seed. In every
round each seed meets each open problem exactly once.

Every order is computed from seed, stage and round alone: any step can be made without those before it, and a
resumed run needs no state of a generator.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nophantom.errors import InvalidInput
from nophantom.llm.curriculum import open_problems
from nophantom.llm.lab.layouts import Layout, layout_of
from nophantom.llm.recipe import DataOrder, Recipe

STAGES = 20
"""How often an ordered recipe looks at which problems are open."""

WINDOW = 4
"""Steps whose problems are sorted by length together."""

_SLOTS, _PROBLEMS = 0x534C4F54, 0x50524F42

Whole = NDArray[np.int64]


@dataclass(frozen=True)
class TrainingData:
    """Encoded problems to learn from.

    Attributes:
        questions: tokens of each, 1 or more.
        answers: tokens of each, its end included, 1 or more.
        difficulty: (n,) 0 is easiest; empty where the order does not ask.
        strata: one name per problem; likewise.
        tokens: all of them one after the other.
        starts: (n,) where each problem begins.
        asked: (n,) how long its question is.
        answered: (n,) how long its answer is.
    """

    questions: Sequence[Sequence[int]]
    answers: Sequence[Sequence[int]]
    difficulty: Whole = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    strata: tuple[str, ...] = ()
    tokens: Whole = field(init=False, repr=False)
    starts: Whole = field(init=False, repr=False)
    asked: Whole = field(init=False, repr=False)
    answered: Whole = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.questions or len(self.questions) != len(self.answers):
            raise InvalidInput(
                f"training needs problems, each with a question and an answer; got {len(self.questions)} questions "
                f"and {len(self.answers)} answers."
            )
        asked, answered = _lengths(self.questions), _lengths(self.answers)
        if asked.min() < 1 or answered.min() < 1:
            raise InvalidInput("a question and an answer have one token at least; got an empty one.")
        joined = [
            token
            for question, answer in zip(self.questions, self.answers, strict=True)
            for token in (*question, *answer)
        ]
        object.__setattr__(self, "tokens", np.asarray(joined, dtype=np.int64))
        object.__setattr__(self, "starts", np.cumsum(asked + answered) - asked - answered)
        object.__setattr__(self, "asked", asked)
        object.__setattr__(self, "answered", answered)

    @property
    def longest(self) -> int:
        """Positions that the longest problem takes."""
        return int((self.asked + self.answered).max())


class Batch(NamedTuple):
    """One step's worth of problems for a fleet.

    Attributes:
        tokens: (S, layout.rows).
        targets: (S, layout.targets).
        layout: where they lie; the same for all seeds.
        problems: (S, slots) which they are.
    """

    tokens: Tensor
    targets: Tensor
    layout: Layout
    problems: Whole


def gather(data: TrainingData, problems: Whole, device: str | torch.device) -> Batch:
    """The batch of these problems.

    Args:
        data: where they come from.
        problems: (S, slots); in each slot the same lengths for all seeds.
        device: where it is needed.

    Raises:
        InvalidInput: lengths that differ between seeds.
    """
    asked, answered = data.asked[problems], data.answered[problems]
    if (asked != asked[0]).any() or (answered != answered[0]).any():
        raise InvalidInput("in one slot the problems of all seeds are equally long; got different lengths.")
    q, a = asked[0], answered[0]
    starts = data.starts[problems]
    tokens = np.repeat(starts, q + a - 1, axis=1) + _within(q + a - 1)
    targets = np.repeat(starts + q, a, axis=1) + _within(a)
    return Batch(
        torch.from_numpy(data.tokens[tokens]).to(device),
        torch.from_numpy(data.tokens[targets]).to(device),
        layout_of(q, a, device),
        problems,
    )


class Batches:
    """All steps of a training.

    Args:
        data: what is learnt.
        recipe: its batch size and its order.
        seeds: of the fleet.
        total: steps of the whole training.
        device: where batches are needed.
    """

    def __init__(
        self,
        data: TrainingData,
        recipe: Recipe,
        seeds: Sequence[int],
        total: int,
        *,
        device: str | torch.device = "cpu",
    ) -> None:
        self._data, self._recipe, self._seeds, self._total = data, recipe, tuple(seeds), total
        self._device = device
        self._stages = tuple(self._told_stages())
        # Problems of one length are alike to the layout.
        self._kind = data.asked * (int(data.answered.max()) + 1) + data.answered
        self._rounds: dict[tuple[int, int], Whole] = {}

    def at(self, step: int) -> Batch:
        """The batch of a step, counted from 0."""
        return gather(self._data, self.problems(step), self._device)

    def problems(self, step: int) -> Whole:
        """(S, batch) which problems a step is about."""
        stage = bisect_right(self._stages, step, key=lambda told: told[0]) - 1
        first = self._stages[stage][0]
        batch = self._recipe.schedule.batch
        n = len(self._opened(stage))
        slots = np.arange((step - first) * batch, (step - first + 1) * batch)
        parts = [
            self._round(stage, int(number))[:, slots[slots // n == number] % n]
            for number in np.unique(slots // n)
        ]
        return np.concatenate(parts, axis=1)

    def _told_stages(self) -> Iterator[tuple[int, Whole]]:
        """The first step of each stage, and which problems may be drawn in it.

        A stage begins only where other problems are open than before: what is left alone is drawn as if it were
        shuffled, every problem once a round, and an order that orders nothing is the shuffled one, to the bit.
        """
        everything = np.arange(len(self._data.starts))
        if self._recipe.order is DataOrder.SHUFFLED:
            yield 0, everything
            return
        before: Whole | None = None
        for stage in range(STAGES):
            is_open = open_problems(
                self._recipe.order,
                self._data.difficulty,
                self._data.strata,
                self._recipe.ordered,
                stage / STAGES,
            )
            opened = np.flatnonzero(is_open)
            first = -(-stage * self._total // STAGES)
            if first < self._total and (before is None or not np.array_equal(opened, before)):
                yield first, opened
                before = opened

    def _opened(self, stage: int) -> Whole:
        return self._stages[stage][1]

    def _round(self, stage: int, number: int) -> Whole:
        """(S, n) the problems of one round, slot by slot."""
        if (stage, number) not in self._rounds:
            if len(self._rounds) > 1:  # a batch reaches over two rounds at most, unless they are tiny
                self._rounds.pop(next(iter(self._rounds)))
            self._rounds[stage, number] = self._arranged(stage, number)
        return self._rounds[stage, number]

    def _arranged(self, stage: int, number: int) -> Whole:
        problems = self._opened(stage)
        slots = self._kind[self._shared(stage, number)]
        by_kind = np.argsort(slots, kind="stable")
        arranged = np.empty((len(self._seeds), len(problems)), dtype=np.int64)
        for row, seed in enumerate(self._seeds):
            own = _generator(_PROBLEMS, seed, stage, number).permutation(problems)
            arranged[row, by_kind] = own[np.argsort(self._kind[own], kind="stable")]
        return arranged

    def _shared(self, stage: int, number: int) -> Whole:
        """The order of lengths, shown by problems that have them: shuffled, then sorted within some steps.

        Sorting makes the problems of one step about as long as each other, which attention is spared filling by;
        the steps that were sorted together are shuffled again.
        """
        problems = self._opened(stage)
        rng = _generator(_SLOTS, stage, number)
        drawn = rng.permutation(problems)
        batch = self._recipe.schedule.batch
        lengths = (self._data.asked + self._data.answered)[drawn]
        # A step may have begun in the round before: what belongs to it stays in front.
        first = -number * len(problems) % batch
        for begin in range(first, len(drawn), WINDOW * batch):
            part = slice(begin, begin + WINDOW * batch)
            steps = np.array_split(
                drawn[part][np.argsort(lengths[part], kind="stable")],
                range(batch, min(WINDOW * batch, len(drawn) - begin), batch),
            )
            whole = len(steps) if len(steps[-1]) == batch else len(steps) - 1
            order = [*rng.permutation(whole).tolist(), *range(whole, len(steps))]
            drawn[part] = np.concatenate([steps[place] for place in order])
        return drawn


def _generator(*key: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(key))


def _lengths(rows: Sequence[Sequence[int]]) -> Whole:
    return np.fromiter((len(row) for row in rows), dtype=np.int64, count=len(rows))


def _within(lengths: Whole) -> Whole:
    """0, 1, .. within each of several stretches, one after the other."""
    return np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
