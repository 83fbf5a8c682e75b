"""In which order training problems come: shuffled, easy to hard, or easy to hard where that was shown to help.

On the prototype an order from easy to hard over everything cost eleven points at an equal number of
steps. So the selective order touches only the strata in which an earlier study showed, on validation, that
order helps (`nophantom.llm.questions.ordering`); everything else stays random.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.llm.recipe import DataOrder


@dataclass(frozen=True, slots=True)
class Pacing:
    """How fast the problems of an order open.

    Attributes:
        start: share of the ordered problems, the easiest, that is open at the first step.
        full: share of the training after which all are; between the two it rises in a straight line.
    """

    start: float = 0.2
    full: float = 0.6

    def __post_init__(self) -> None:
        if not 0 < self.start <= 1 or not 0 <= self.full <= 1:
            raise InvalidInput(
                "a curriculum opens with a share of its problems above 0 and up to 1, and is fully open at a share of "
                f"the training from 0 to 1; got {self.start} and {self.full}."
            )

    def opened(self, share: float) -> float:
        """Share of the ordered problems that is open at a share of the training.

        >>> [round(Pacing().opened(share), 2) for share in (0.0, 0.3, 0.6, 1.0)]
        [0.2, 0.6, 1.0, 1.0]
        """
        if not 0 <= share <= 1:
            raise InvalidInput(f"a share of the training is from 0 to 1; got {share}.")
        return 1.0 if share >= self.full else self.start + (1 - self.start) * share / self.full


_ROUNDING = 1e-9  # 0.6 of 5 problems are 3, whatever floating point makes of it

PACING = Pacing()
"""A fifth at the start, all after three fifths of the steps."""


def difficulty_ranks(strata: Sequence[str], solutions: Sequence[str]) -> NDArray[np.int64]:
    """How hard problems look before any model has seen them: number of steps, then length of the solution.

    Args:
        strata: (P,) names like "3 steps"; a name without a number counts as no steps.
        solutions: (P,) the texts that are to be learned.

    Returns:
        (P,) ranks from 0, the easiest; equal problems share a rank.

    Raises:
        InvalidInput: the lists are not of one length.

    >>> difficulty_ranks(["2 steps", "1 step", "1 step"], ["3+4=7, 7*2=14", "30-5=25", "3+4=7"]).tolist()
    [2, 1, 0]
    """
    if len(strata) != len(solutions):
        raise InvalidInput(
            f"every problem has a stratum and a solution; got {len(strata)} and {len(solutions)}."
        )
    if not strata:
        return np.empty(0, dtype=np.int64)
    measures = [(_steps(stratum), len(text)) for stratum, text in zip(strata, solutions, strict=True)]
    rank = {measure: place for place, measure in enumerate(sorted(set(measures)))}
    return np.array([rank[measure] for measure in measures], dtype=np.int64)


def _steps(stratum: str) -> int:
    first = stratum.split(maxsplit=1)[0] if stratum.strip() else ""
    return int(first) if first.isascii() and first.isdigit() else 0


def open_problems(
    order: DataOrder,
    difficulty: NDArray[np.int64],
    strata: Sequence[str],
    ordered: Collection[str],
    share: float,
    *,
    pacing: Pacing = PACING,
) -> NDArray[np.bool_]:
    """Which training problems may be drawn at a share of the training.

    Problems as hard as the hardest open one are open too: inside a difficulty nothing is preferred.

    Args:
        order: shuffled opens everything; blanket orders all problems; selective those of some strata.
        difficulty: (P,) 0 is the easiest.
        strata: (P,) the stratum of each problem.
        ordered: of a selective order, the strata that come easy to hard; their problems open together, the
            easiest of all of them first. None of them: nothing is ordered.
        share: of the training that is done, from 0 to 1.
        pacing: how fast they open.

    Returns:
        (P,) True where a problem may be drawn. It grows with `share` and is all True at the end.

    Raises:
        InvalidInput: lists of unequal length, a share outside [0, 1], or a stratum that no problem is in.

    >>> hard = np.array([0, 1, 2, 3, 4])
    >>> open_problems(DataOrder.BLANKET, hard, ["all"] * 5, (), 0.3).tolist()
    [True, True, True, False, False]
    """
    opened = pacing.opened(share)
    if len(difficulty) != len(strata):
        raise InvalidInput(
            f"every problem has a difficulty and a stratum; got {len(difficulty)} and {len(strata)}."
        )
    if strange := sorted(set(ordered) - set(strata)):
        raise InvalidInput(f"no problem is in the strata {strange}; there are {sorted(set(strata))}.")
    if order is DataOrder.SHUFFLED:
        return np.ones(len(strata), dtype=np.bool_)
    every = order is DataOrder.BLANKET
    is_ordered = np.array([every or stratum in ordered for stratum in strata], dtype=np.bool_)
    count = int(is_ordered.sum())
    if count == 0:
        return ~is_ordered
    last = ceil(opened * count - _ROUNDING) - 1
    hardest = np.sort(difficulty[is_ordered])[max(last, 0)]
    return np.asarray(~is_ordered | (difficulty <= hardest), dtype=np.bool_)
