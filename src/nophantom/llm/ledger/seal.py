"""The seal: the test of a study is refused until its selection is recorded.

Whoever sees the test while choosing a seed chooses on the test, mostly without noticing. So a study with a
declared validation split is sealed: every function of this ledger that hands out outcomes of others' making asks
here first, and the lists leave out what would tell. A forced look is possible, recorded, and told ever after.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session

from nophantom.errors import InvalidInput, Sealed
from nophantom.llm.ledger.tables import (
    Arm,
    Checkpoint,
    Evaluation,
    FindingRow,
    Look,
    Run,
    SelectedRun,
    Selection,
    Study,
)
from nophantom.llm.verdicts import Question
from nophantom.store.base import storable
from nophantom.store.canonical import canonical_json

LOOKED: frozenset[int] = frozenset()
"""No study is looked at by force."""


def sealed_evaluations(looked: Collection[int] = LOOKED) -> Select[int]:
    """The numbers of the evaluations that nobody may see yet.

    Args:
        looked: studies whose seal is broken for this one question, by a recorded look.
    """
    return (
        select(Evaluation.id)
        .join(Checkpoint, Checkpoint.id == Evaluation.checkpoint_id)
        .join(Run, Run.id == Checkpoint.run_id)
        .join(Arm, Arm.id == Run.arm_id)
        .join(Study, Study.id == Arm.study_id)
        .where(
            Study.sealed_split.is_not(None),
            # A split that is not named might be the sealed one.
            func.coalesce(Evaluation.split, Study.sealed_split) == Study.sealed_split,
            ~exists().where(Selection.study_id == Study.id),
            Study.id.not_in(looked),
        )
    )


def refuse_sealed(session: Session, evaluations: Iterable[int], looked: Collection[int] = LOOKED) -> None:
    """Let pass what may be seen.

    Raises:
        Sealed: one of the evaluations is of a sealed test.
    """
    wanted = list(evaluations)
    sealed = session.execute(
        sealed_evaluations(looked)
        .where(Evaluation.id.in_(wanted))
        .add_columns(Study.name, Study.sealed_split, Study.validation_split)
        .limit(1)
    ).first()
    if sealed is not None:
        _, name, split, validation = sealed
        raise Sealed(
            f"the split {split!r} of the study {name!r} is sealed until a selection is recorded: whoever sees it while "
            f"choosing chooses on it. Choose on {validation!r} first (`nophantom select {name}`), or look anyway with "
            "--look REASON, which is recorded and told in every later report."
        )


@dataclass(frozen=True, slots=True)
class LookFacts:
    """A forced look at a sealed test."""

    question: Question
    reason: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class SelectionFacts:
    """A selection as it was frozen.

    Attributes:
        number: 1 for the first of its study.
        rule: canonical JSON.
        run_ids: the chosen runs, the best first.
        looks_before: how often the sealed test had been looked at.
        made_at: when.
    """

    number: int
    rule: str
    run_ids: tuple[int, ...]
    looks_before: int
    made_at: datetime

    @property
    def after_test(self) -> bool:
        """Whether the test could have been seen before it was made."""
        return self.number > 1 or self.looks_before > 0


def record_look(session: Session, study_id: int, question: Question, reason: str, *, at: datetime) -> None:
    """Write down that somebody looks at the sealed test of a study.

    Raises:
        InvalidInput: no reason is given.
    """
    if not reason.strip():
        raise InvalidInput(
            "a look at a sealed test needs a reason that later readers will see; got an empty one."
        )
    session.add(
        Look(study_id=study_id, question=question, reason=storable(reason.strip()[:1_000]), made_at=at)
    )
    session.flush()


def looks_of(session: Session, study_id: int) -> tuple[LookFacts, ...]:
    """Every forced look at a study's test, the first first."""
    rows = session.scalars(select(Look).where(Look.study_id == study_id).order_by(Look.id))
    return tuple(LookFacts(row.question, row.reason, row.made_at) for row in rows)


def selections_of(session: Session, study_id: int) -> tuple[SelectionFacts, ...]:
    """Every selection of a study, the first first."""
    chosen: dict[int, list[int]] = {}
    members = (
        select(SelectedRun.selection_id, SelectedRun.run_id)
        .join(Selection, Selection.id == SelectedRun.selection_id)
        .where(Selection.study_id == study_id)
        .order_by(SelectedRun.selection_id, SelectedRun.place)
    )
    for selection_id, run_id in session.execute(members):
        chosen.setdefault(selection_id, []).append(run_id)
    rows = session.scalars(select(Selection).where(Selection.study_id == study_id).order_by(Selection.number))
    return tuple(
        SelectionFacts(row.number, row.rule, tuple(chosen.get(row.id, ())), row.looks_before, row.made_at)
        for row in rows
    )


def record_selection(
    session: Session, study_id: int, rule: str, run_ids: Iterable[int], *, at: datetime
) -> SelectionFacts:
    """Freeze a selection: seeds, top-k and rule together, with the time.

    Recording the very selection that was recorded last changes nothing.

    Args:
        session: inside one unit of work.
        study_id: whose.
        rule: how it was made, as canonical JSON.
        run_ids: the chosen runs, the best first; at least one, all of this study.
        at: the time of writing.

    Raises:
        InvalidInput: no run is chosen, one twice, or one of another study.
    """
    before, chosen = selections_of(session, study_id), tuple(run_ids)
    own = select(Run.id).join(Arm, Arm.id == Run.arm_id).where(Arm.study_id == study_id, Run.id.in_(chosen))
    if not chosen or len(set(session.scalars(own))) != len(chosen):
        # A selection opens the test, so one that chooses nothing must not be.
        raise InvalidInput(
            f"a selection chooses runs of its study s{study_id}, each once; got {list(chosen)}."
        )
    if before and (before[-1].rule, before[-1].run_ids) == (rule, chosen):
        return before[-1]
    looks = len(looks_of(session, study_id))
    row = Selection(study_id=study_id, number=len(before) + 1, rule=rule, looks_before=looks, made_at=at)
    session.add(row)
    session.flush()
    session.add_all(
        SelectedRun(selection_id=row.id, place=place, run_id=run_id) for place, run_id in enumerate(chosen, 1)
    )
    session.flush()
    return SelectionFacts(row.number, rule, chosen, looks, at)


def record_finding(
    session: Session,
    study_id: int | None,
    question: Question,
    inputs_hash: str,
    result: object,
    *,
    at: datetime,
) -> None:
    """Keep an answer; the same answer to the same question over the same outcomes is kept once."""
    known = select(FindingRow.id).where(
        FindingRow.question == question, FindingRow.inputs_hash == inputs_hash
    )
    if session.execute(known).first() is None:
        session.add(
            FindingRow(
                study_id=study_id,
                question=question,
                inputs_hash=inputs_hash,
                result=canonical_json(result),
                made_at=at,
            )
        )
        session.flush()
