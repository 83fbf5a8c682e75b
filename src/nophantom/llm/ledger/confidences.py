"""How sure an evaluation was of its answers, and the reference solutions of its problems."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from nophantom.llm.ledger.seal import LOOKED, refuse_sealed
from nophantom.llm.ledger.tables import Outcome, Problem, ProblemSet


@dataclass(frozen=True, slots=True, eq=False)
class ToldConfidence:
    """What one evaluation tells of its confidence, on the first attempts that were scored.

    Attributes:
        keys: (P,) of the problems, in the order of the evaluation.
        right: (P,) scores.
        confidence: (P,) in [0, 1], NaN where nothing is told.
        source: where it comes from, in words.
    """

    keys: tuple[str, ...]
    right: NDArray[np.float64]
    confidence: NDArray[np.float64]
    source: str

    def rows(self, places: Sequence[int]) -> ToldConfidence:
        """Some problems, in the order of their places."""
        which = list(places)
        keys = tuple(self.keys[i] for i in which)
        return ToldConfidence(keys, self.right[which], self.confidence[which], self.source)


def read_confidences(
    session: Session, evaluation_id: int, *, looked: Collection[int] = LOOKED
) -> ToldConfidence:
    """Confidences as the log tells them, else the likelihood of the answer that was given.

    Raises:
        Sealed: the evaluation is of a sealed test.
    """
    refuse_sealed(session, [evaluation_id], looked)
    rows = session.execute(
        select(Problem.key, Outcome.score, Outcome.confidence, Outcome.log_likelihood)
        .join(Problem, Problem.id == Outcome.problem_id)
        .where(Outcome.evaluation_id == evaluation_id, Outcome.attempt == 1, Outcome.score.is_not(None))
        .order_by(Outcome.position)
    ).all()
    stated = np.array([r.confidence for r in rows], dtype=np.float64)
    likely = np.exp(np.array([r.log_likelihood for r in rows], dtype=np.float64))
    uses_stated = not len(rows) or not np.isnan(stated).all()
    return ToldConfidence(
        keys=tuple(r.key for r in rows),
        right=np.array([r.score for r in rows], dtype=np.float64),
        confidence=stated if uses_stated else np.clip(likely, 0.0, 1.0),
        source="as the log tells" if uses_stated else "likelihood of the answer given",
    )


def read_references(session: Session, problem_set: str) -> dict[str, str]:
    """The reference answer of every problem of a problem set, by key."""
    query = (
        select(Problem.key, Problem.reference)
        .join(ProblemSet, ProblemSet.id == Problem.problem_set_id)
        .where(ProblemSet.name == problem_set)
    )
    return {row.key: row.reference for row in session.execute(query)}
