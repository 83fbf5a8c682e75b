"""The outcome cube: runs x checkpoints x problems, with a mask for what was not seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nophantom.errors import InvalidInput


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
