"""What a study set out to do, what was chosen in it, and who looked at its test before."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from nophantom.errors import Ambiguous, NotFound
from nophantom.llm.ledger.seal import LookFacts, SelectionFacts, looks_of, selections_of
from nophantom.llm.ledger.tables import Arm, Checkpoint, Evaluation, Run, Study
from nophantom.llm.plan import Origin


@dataclass(frozen=True, slots=True)
class StudyFacts:
    """A study as lists and reports tell of it.

    Attributes:
        plan: canonical JSON of what was set out; of imported logs just the name.
        arms: names, in the order they were made; `runs` how many runs they have together.
        splits: that runs were evaluated on, as far as they have names.
        looks: forced looks at the sealed test.
        selections: what was chosen, the first first.
    """

    id: int
    name: str
    origin: Origin
    plan: str
    plan_hash: str
    created_at: datetime
    validation_split: str | None
    sealed_split: str | None
    arms: tuple[str, ...]
    runs: int
    splits: tuple[str, ...]
    looks: tuple[LookFacts, ...]
    selections: tuple[SelectionFacts, ...]

    @property
    def reference(self) -> str:
        """How a person names it: `s3`."""
        return f"s{self.id}"

    @property
    def sealed(self) -> bool:
        """Whether its test is still closed."""
        return self.sealed_split is not None and not self.selections

    @property
    def simulated(self) -> bool:
        """Whether it is a world with a planted truth."""
        return self.origin is Origin.SIMULATED

    def provenance(self) -> str | None:
        """What every report must say of how its test was used, or None where there is nothing to say."""
        if self.origin is Origin.IMPORTED:
            return "provenance unknown: imported logs were never sealed, and nobody knows what was looked at before"
        if self.sealed_split is None:
            return None
        first = self.selections[0] if self.selections else None
        looks = first.looks_before if first else len(self.looks)
        seen = f"test seen {looks} time{'s' if looks > 1 else ''}" if looks else "test not seen"
        if first is None:
            return f"{seen} so far: nothing is selected yet"
        # Reports follow the last selection: what was true of the first must not be said of it.
        later = len(self.selections) - 1
        told = (
            f"; selected again {later} time{'s' if later > 1 else ''} after the test was seen"
            if later
            else ""
        )
        return f"{seen} before selection{told}"


def resolve_study(session: Session, reference: str) -> int:
    """The number of the study that a person means: `s3`, its name, or a unique piece of it.

    Raises:
        NotFound: no study fits.
        Ambiguous: several do; the message lists them.
    """
    rows = session.execute(select(Study.id, Study.name).order_by(Study.id)).all()
    numbered = re.fullmatch(r"s([0-9]{1,18})", reference)
    exact = [r.id for r in rows if r.name == reference]
    if exact:
        return int(exact[0])
    if numbered:
        if any(r.id == int(numbered[1]) for r in rows):
            return int(numbered[1])
        raise NotFound(f"there is no study {reference}. `nophantom study list` lists them.")
    found = [r for r in rows if reference and reference in r.name]
    if len(found) == 1:
        return int(found[0].id)
    if found:
        shown = "; ".join(f"s{r.id} {r.name}" for r in found[:12])
        raise Ambiguous(f"{reference!r} fits {len(found)} studies: {shown}. Name one by its number.")
    raise NotFound(f"there is no study whose name contains {reference!r}. `nophantom study list` lists them.")


def find_arm(session: Session, study: str, arm: str) -> tuple[str, str] | None:
    """(reference of the study, arm) where a study of this name or reference has this arm; else None."""
    rows = session.execute(
        select(Study.id, Study.name, Arm.name.label("arm"))
        .join(Arm, Arm.study_id == Study.id)
        .order_by(Study.id)
    )
    return next(
        ((f"s{r.id}", arm) for r in rows if study in {r.name, f"s{r.id}"} and r.arm == arm),
        None,
    )


def read_study(session: Session, study_id: int) -> StudyFacts:
    """What there is to know of a study but its outcomes.

    Raises:
        NotFound: there is no such study.
    """
    study = session.get(Study, study_id)
    if study is None:
        raise NotFound(f"there is no study s{study_id}. `nophantom study list` lists them.")
    arms = session.scalars(select(Arm.name).where(Arm.study_id == study_id).order_by(Arm.id))
    count = (
        select(func.count()).select_from(Run).join(Arm, Arm.id == Run.arm_id).where(Arm.study_id == study_id)
    )
    splits = (
        select(Evaluation.split)
        .join(Checkpoint, Checkpoint.id == Evaluation.checkpoint_id)
        .join(Run, Run.id == Checkpoint.run_id)
        .join(Arm, Arm.id == Run.arm_id)
        .where(Arm.study_id == study_id, Evaluation.split.is_not(None))
        .distinct()
        .order_by(Evaluation.split)
    )
    return StudyFacts(
        id=study.id,
        name=study.name,
        origin=study.origin,
        plan=study.plan,
        plan_hash=study.plan_hash,
        created_at=study.created_at,
        validation_split=study.validation_split,
        sealed_split=study.sealed_split,
        arms=tuple(arms),
        runs=session.execute(count).scalar_one(),
        splits=tuple(split for split in session.scalars(splits) if split is not None),
        looks=looks_of(session, study_id),
        selections=selections_of(session, study_id),
    )


def list_studies(session: Session) -> list[StudyFacts]:
    """Every study, the oldest first."""
    return [read_study(session, number) for number in session.scalars(select(Study.id).order_by(Study.id))]
