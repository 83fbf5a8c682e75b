"""How far the studies are that are run here, also while they run. WORLD: opens the transaction."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Engine

from nophantom.llm.ledger.standing import Progress, progress_of
from nophantom.store.engine import reading


def progress_of_studies(engine: Engine, study_ids: Iterable[int]) -> dict[int, Progress]:
    """Number of a study -> how far it is; those of another origin are left out."""
    with reading(engine) as session:
        found = {number: progress_of(session, number) for number in study_ids}
    return {number: progress for number, progress in found.items() if progress is not None}
