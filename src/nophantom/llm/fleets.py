"""Fleets: seeds that are trained as one program, what their jobs are told, and what they say. PURE.

Whoever starts a fleet needs nothing of what trains it: a job names its task, and a worker process loads the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heapreplace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from nophantom.llm.recipe import ModelShape, Recipe

MOST_SEEDS = 10
"""Seeds of one fleet on a CPU: nearly all that is to be won is won with 5 to 10, and a lost process loses less."""

MOST_ON_DEVICE = 64
"""Seeds of one fleet on an accelerator, which one small model leaves mostly idle."""

_START = 1.5  # what a fleet costs before its first seed, in seeds
_PROCESS_BYTES = 600 * 2**20  # a process with the libraries of training, before its first seed
_TOKENS = 64  # of one problem with its solution, when memory is estimated


@dataclass(frozen=True, slots=True)
class FleetJob:
    """What a worker process needs to train some seeds of one arm, and to evaluate them.

    Attributes:
        arm: name of the condition.
        recipe: how it is trained.
        seeds: that are trained together.
        steps: at which they are evaluated; the last one is the length of the training.
        splits: that they are evaluated on.
        problems: a built-in task, or the whole path of a folder.
        problems_hash: SHA-256 over the task; another one is refused.
        folder: where states and checkpoints of this arm are kept.
        done: (seed, step, split) that are in the ledger already.
        probed: seeds of which it is known what was measured before their first step.
        device: "cpu", "cuda", "cuda:1".
        threads: of its arithmetic.
        save_seconds: how often the state is saved between checkpoints.
        seconds_left: after so long no new stretch begins; None sets no limit.
    """

    arm: str
    recipe: Recipe
    seeds: tuple[int, ...]
    steps: tuple[int, ...]
    splits: tuple[str, ...]
    problems: str
    problems_hash: str
    folder: str
    done: frozenset[tuple[int, int, str]] = frozenset()
    probed: frozenset[int] = frozenset()
    device: str = "cpu"
    threads: int = 1
    save_seconds: float = 30.0
    seconds_left: float | None = None


@dataclass(frozen=True, slots=True)
class Trained:
    """A fleet has come to a step.

    Attributes:
        seeds: of the fleet.
        step: that it has come to, of `of`.
        losses: of each seed, the mean since the last message; empty where nothing was trained.
    """

    seeds: tuple[int, ...]
    step: int
    of: int
    losses: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Evaluated:
    """One seed was evaluated at one checkpoint on one split.

    Attributes:
        answers: (P,) the raw answer to each problem.
        log_likelihood: (P,) natural log of the probability of each answer.
        confidence: (P,) how sure the model was, in [0, 1].
        measurements: what was measured on the checkpoint besides.
    """

    seed: int
    step: int
    split: str
    answers: tuple[str, ...]
    log_likelihood: NDArray[np.float64] | None = None
    confidence: NDArray[np.float64] | None = None
    measurements: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """Something was measured on a state without evaluating it: probes before the first step."""

    seed: int
    step: int
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Noted:
    """Something that a person should read: a saved state that cannot be used, a seed that diverges."""

    seeds: tuple[int, ...]
    told: str


@dataclass(frozen=True, slots=True)
class Paused:
    """A fleet stopped between two stretches because its time was up; its state is saved."""

    seeds: tuple[int, ...]
    step: int


Message = Trained | Evaluated | Measured | Noted | Paused


def share_out(
    seeds: Mapping[str, Sequence[int]], processes: int, most: int
) -> list[tuple[str, tuple[int, ...]]]:
    """Fleets that keep all processes busy to the end, largest first: 20 seeds on 2 cores are 2 x 10.

    Args:
        seeds: of each arm, those that are to be trained.
        processes: that work at a time.
        most: seeds in one fleet.

    >>> [len(part) for _, part in share_out({"a": range(20)}, 2, 10)]
    [10, 10]
    >>> [len(part) for _, part in share_out({"a": range(4), "b": range(4), "c": range(4)}, 2, 10)]
    [2, 2, 2, 2, 2, 2]
    """
    wanted = {arm: tuple(of_arm) for arm, of_arm in seeds.items() if of_arm}
    if not wanted:
        return []
    largest = max(len(of_arm) for of_arm in wanted.values())
    least = -(-largest // most)
    tried = range(least, min(largest, least + 2 * processes) + 1)
    best = min(tried, key=lambda parts: (_makespan(_cut(wanted, parts, most), processes), parts))
    return sorted(_cut(wanted, best, most), key=lambda fleet: -len(fleet[1]))


def _cut(seeds: Mapping[str, tuple[int, ...]], parts: int, most: int) -> list[tuple[str, tuple[int, ...]]]:
    fleets = []
    for arm, of_arm in seeds.items():
        n = min(len(of_arm), max(parts, -(-len(of_arm) // most)))
        ends = [len(of_arm) * number // n for number in range(n + 1)]
        fleets += [(arm, of_arm[start:end]) for start, end in pairwise(ends)]
    return fleets


def _makespan(fleets: Sequence[tuple[str, tuple[int, ...]]], processes: int) -> float:
    """How long the whole takes, in seeds, when each process takes the next largest fleet."""
    busy = [0.0] * processes
    heapify(busy)
    for size in sorted((len(part) for _, part in fleets), reverse=True):
        heapreplace(busy, busy[0] + _START + size)
    return max(busy)


def halves(seeds: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """The two smaller fleets that are tried where one was too large; a single seed stays as it is.

    >>> halves((4, 5, 6)), halves((4,))
    (((4, 5), (6,)), ((4,),))
    """
    middle = (len(seeds) + 1) // 2
    return (seeds[:middle], seeds[middle:]) if len(seeds) > 1 else (seeds,)


def processes_for(cores: int, memory: int | None, shape: ModelShape | None, batch: int) -> int:
    """How many processes the machine carries: one for each core, as far as its memory allows.

    Args:
        cores: that may be used.
        memory: bytes that are free; None where nobody knows.
        shape: of the largest model; None for scripts alone, whose memory nobody knows.
        batch: problems per step and seed.
    """
    if memory is None or shape is None:
        return max(1, cores)
    each = _PROCESS_BYTES + MOST_SEEDS * seed_bytes(shape, batch)
    return max(1, min(cores, memory // each))


def seed_bytes(shape: ModelShape, batch: int) -> int:
    """About what one seed takes while it is trained: weights, gradients, two moments, activations.

    >>> seed_bytes(ModelShape(), 8) // 2**20
    12
    """
    attention = 2 * shape.d_model * shape.d_model * (1 + shape.kv_heads / shape.heads)
    experts = 3 * shape.d_model * (shape.experts * shape.expert_width + shape.shared_width)
    weights = shape.layers * (attention + experts) + 1_000 * shape.d_model
    width = 12 * shape.d_model + 4 * shape.top_k * shape.expert_width + shape.heads * _TOKENS
    activations = 2 * shape.layers * batch * _TOKENS * width
    return int(4 * (4 * weights + activations))
