"""How far an evaluation has come, read in the order of its problems. PURE.

Answers come in the order in which they are ready, and hard problems take longer: the accuracy of what
happens to be there is too high. So every number read on the way is of the problems from the first one up to
the last that has all problems before it answered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import log

import numpy as np
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.stats.estimates import Estimate
from nophantom.stats.sequential import (
    Estimand,
    SequentialVerdict,
    betting_confidence_sequence,
    paired_e_process,
    sequential_verdict,
)

EVERY = 50
"""Problems between two looks at the running accuracy."""


class Order(StrEnum):
    """In which order problems are asked."""

    RANDOM = "random"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Course:
    """Which problems are asked, in which order, how often.

    Attributes:
        order: random, or as in the file. A running accuracy is honest in random order alone.
        seed: of the random order.
        samples: attempts at each problem.
        limit: problems that are asked; None asks all. A later call may go further.
    """

    order: Order = Order.RANDOM
    seed: int = 0
    samples: int = 1
    limit: int | None = None

    def __post_init__(self) -> None:
        if self.samples < 1 or (self.limit is not None and self.limit < 1) or self.seed < 0:
            raise InvalidInput(
                f"at least one sample of one problem, and a seed of 0 or above; got {self.samples} samples, "
                f"limit {self.limit}, seed {self.seed}."
            )

    def places(self, n: int) -> list[int]:
        """(n,) the problem at each place.

        >>> Course(Order.FILE).places(3), sorted(Course(seed=1).places(4))
        ([0, 1, 2], [0, 1, 2, 3])
        """
        if self.order is Order.FILE:
            return list(range(n))
        return [int(i) for i in np.random.default_rng(self.seed).permutation(n)]

    def planned(self, n: int) -> int:
        """Problems that are asked, of n."""
        return n if self.limit is None else min(n, self.limit)


@dataclass(frozen=True, slots=True)
class Look:
    """The running accuracy after some problems.

    Attributes:
        after: problems asked, from the first.
        scored: of them, those with a score.
        accuracy: mean of the scores; None where there is none.
        interval: betting confidence sequence, which holds however often it is looked; None where the order is
            not random, or nothing was scored.
    """

    after: int
    scored: int
    accuracy: float | None
    interval: Estimate | None


@dataclass(frozen=True, slots=True)
class Until:
    """When an evaluation may stop before its end.

    Attributes:
        against: label of the run that it is compared with.
        scores: of that run, by place; a place without one is not compared.
        total: places of the whole split that have one.
        delta: the smallest difference that matters.
        confidence: of the sequential verdict, two-sided.
        estimand: what the verdict is about.
    """

    against: str
    scores: Mapping[int, float]
    total: int
    delta: float = 0.01
    confidence: float = 0.95
    estimand: Estimand = Estimand.PROBLEMS


@dataclass
class Progress:
    """The scores so far.

    Attributes:
        planned: problems to be asked.
        samples: attempts at each.
        scores: of every answer, by (place, attempt); None where it has a failure instead.
    """

    planned: int
    samples: int
    scores: dict[tuple[int, int], float | None] = field(default_factory=dict)
    _means: list[float | None] = field(default_factory=list)

    def add(self, place: int, attempt: int, score: float | None) -> bool:
        """Take one answer; True where more problems from the first on are complete than before."""
        self.scores[place, attempt] = score
        return self.advance()

    def advance(self) -> bool:
        """Read on from the last complete problem; True where there was one."""
        before = len(self._means)
        while len(self._means) < self.planned:
            keys = [(len(self._means), attempt) for attempt in range(1, self.samples + 1)]
            if any(key not in self.scores for key in keys):
                break
            known = [score for score in map(self.scores.__getitem__, keys) if score is not None]
            self._means.append(sum(known) / len(known) if known else None)
        return len(self._means) > before

    @property
    def complete(self) -> int:
        """Problems, from the first on, all of whose attempts are there."""
        return len(self._means)

    @property
    def means(self) -> Sequence[float | None]:
        """Mean score of each complete problem; None where all its attempts failed."""
        return self._means

    def look(self, after: int, *, in_random_order: bool, confidence: float = 0.95) -> Look:
        """The running accuracy after the first `after` problems."""
        known = np.array([mean for mean in self._means[:after] if mean is not None], dtype=np.float64)
        if not len(known):
            return Look(after, 0, None, None)
        interval = None
        if in_random_order:
            interval = betting_confidence_sequence(known, confidence=confidence).at(len(known))
        return Look(after, len(known), float(known.mean()), interval)

    def looks(self, *, in_random_order: bool) -> tuple[Look, ...]:
        """The running accuracy at every 50 complete problems, and at the end of them."""
        stops = list(range(EVERY, self.complete + 1, EVERY))
        if self.complete and (not stops or stops[-1] != self.complete):
            stops.append(self.complete)
        return tuple(self.look(stop, in_random_order=in_random_order) for stop in stops)


def decided(progress: Progress, until: Until) -> SequentialVerdict | None:
    """The verdict on "ours is better than theirs" as it stands; None before any problem can be compared.

    Looked at after every problem, which the sequence allows. The cheap e-values are asked first: the verdict
    says `real` or `phantom` exactly when one of them has reached its bar.
    """
    gaps = _differences(progress, until)
    if not len(gaps):
        return None
    population = until.total if until.estimand is Estimand.TEST_SET else None
    return sequential_verdict(gaps, delta=until.delta, confidence=until.confidence, population=population)


def may_be_decided(progress: Progress, until: Until) -> bool:
    """Whether `decided` is worth asking: an e-value has reached its bar."""
    gaps = _differences(progress, until)
    if not len(gaps):
        return False
    population = until.total if until.estimand is Estimand.TEST_SET else None
    process = paired_e_process(gaps, delta=until.delta, population=population)
    bar = log(2 / (1 - until.confidence)) - 1e-6
    return bool(max(process.better.max(), process.below_delta.max()) >= bar)


def _differences(progress: Progress, until: Until) -> NDArray[np.float64]:
    """Ours minus theirs on the complete problems that both have a score for, in order."""
    return np.array(
        [
            mean - until.scores[place]
            for place, mean in enumerate(progress.means)
            if mean is not None and place in until.scores
        ],
        dtype=np.float64,
    )
