"""Every sample of an evaluation, where problems were asked several times."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from nophantom.llm.ledger.seal import LOOKED, refuse_sealed
from nophantom.llm.ledger.tables import Outcome
from nophantom.stats.votes import NO_ANSWER


def read_attempts(
    session: Session, evaluation_id: int, *, looked: Collection[int] = LOOKED
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Score and answer of every sample.

    Returns:
        (P, K) scores, NaN where there is none, and (P, K) codes of the answers, `NO_ANSWER` where there is none;
        codes are counted over the whole evaluation.

    Raises:
        Sealed: the evaluation is of a sealed test.
    """
    refuse_sealed(session, [evaluation_id], looked)
    rows = session.execute(
        select(Outcome.problem_id, Outcome.attempt, Outcome.score, Outcome.answer)
        .where(Outcome.evaluation_id == evaluation_id)
        .order_by(Outcome.problem_id, Outcome.attempt)
    ).all()
    places = {number: i for i, number in enumerate(dict.fromkeys(row.problem_id for row in rows))}
    samples = max((row.attempt for row in rows), default=0)
    score = np.full((len(places), samples), np.nan)
    codes = np.full(score.shape, NO_ANSWER, dtype=np.int32)
    number_of: dict[str, int] = {}
    for row in rows:
        cell = places[row.problem_id], row.attempt - 1
        if row.score is not None:
            score[cell] = row.score
        if row.answer is not None:
            codes[cell] = number_of.setdefault(row.answer, len(number_of))
    return score, codes
