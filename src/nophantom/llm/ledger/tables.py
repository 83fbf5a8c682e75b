"""The tables of the ledger. The database refuses what cannot be true.

::

    study - arm - run - checkpoint - evaluation - outcome
                   |                     |  |        |
      |            |   log - omission ---+  +-- problem - problem_set
      |            (seed, or an import)  answer_text -> blobs
      +-- look, selection - selected_run, finding

Beside them, in `run_tables`: measurement, execution, token_use.
What was written once is never changed: triggers refuse to update or delete rows of the tables in
`APPEND_ONLY`. Grading again adds an evaluation with another grader over the same answers.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from nophantom.llm.ledger import run_tables
from nophantom.llm.logs.records import Framework, OmissionReason
from nophantom.llm.plan import Origin
from nophantom.llm.problems import Failure
from nophantom.llm.verdicts import Question
from nophantom.store.base import Base, RowId, RowNumber, UtcDateTime, closed

APPEND_ONLY = (
    "log",
    "omission",
    "problem",
    "evaluation",
    "outcome",
    "answer_text",
    "look",
    "selection",
    "selected_run",
    "finding",
    *run_tables.APPEND_ONLY,
)
"""Tables whose rows are facts about the past."""


def _to(target: str) -> ForeignKey:
    return ForeignKey(target, ondelete="RESTRICT")


class Study(Base):
    """An experiment: arms x seeds, with claims written down before the data."""

    __tablename__ = "study"
    __table_args__ = (
        CheckConstraint("name <> ''", name="has_a_name"),
        CheckConstraint("length(plan_hash) = 64", name="plan_hash_is_sha256"),
        CheckConstraint(
            "sealed_split IS NULL OR (validation_split IS NOT NULL AND validation_split <> sealed_split"
            " AND origin <> 'imported')",
            name="seal_needs_a_validation_split",
        ),
    )

    id: Mapped[RowId]
    name: Mapped[str] = mapped_column(Text, unique=True)
    origin: Mapped[Origin] = mapped_column(closed(Origin, "origin"))
    plan: Mapped[str] = mapped_column(Text)
    """The frozen plan as canonical JSON; of a simulated study also the planted truth."""
    plan_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    validation_split: Mapped[str | None] = mapped_column(Text)
    """Seeds are chosen on it; NULL where the plan declares none."""
    sealed_split: Mapped[str | None] = mapped_column(Text)
    """Its outcomes are refused until a selection is recorded; NULL where nothing is sealed."""


class Arm(Base):
    """One condition of a study."""

    __tablename__ = "arm"
    __table_args__ = (UniqueConstraint("study_id", "name"), CheckConstraint("name <> ''", name="has_a_name"))

    id: Mapped[RowId]
    study_id: Mapped[int] = mapped_column(_to("study.id"))
    name: Mapped[str] = mapped_column(Text)


class Log(Base):
    """A log file of others that was imported, known by the hash of its content."""

    __tablename__ = "log"
    __table_args__ = (
        CheckConstraint("length(sha256) = 64", name="hash_is_sha256"),
        CheckConstraint("n_bytes > 0", name="has_content"),
        CheckConstraint("declared >= 0", name="declared_is_a_count"),
        CheckConstraint("responses >= 0 AND omitted >= 0", name="counts_are_counts"),
    )

    id: Mapped[RowId]
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    path: Mapped[str] = mapped_column(Text)
    """As it was given on import; for people, never opened again."""
    n_bytes: Mapped[int] = mapped_column(BigInteger)
    framework: Mapped[Framework] = mapped_column(closed(Framework, "framework"))
    framework_version: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str | None] = mapped_column(Text)
    """As the log tells: success, error, cancelled, started; NULL where it does not."""
    declared: Mapped[int | None] = mapped_column(BigInteger)
    """How many responses the log says that it should hold; NULL where it does not say."""
    responses: Mapped[int] = mapped_column(BigInteger)
    omitted: Mapped[int] = mapped_column(BigInteger)
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Omission(Base):
    """A part of a log that did not become an outcome, and why."""

    __tablename__ = "omission"
    __table_args__ = (
        UniqueConstraint("log_id", "number"),
        CheckConstraint("number >= 1", name="number_counts_from_1"),
    )

    id: Mapped[RowId]
    log_id: Mapped[int] = mapped_column(_to("log.id"))
    number: Mapped[int]
    place: Mapped[str] = mapped_column(Text)
    reason: Mapped[OmissionReason] = mapped_column(closed(OmissionReason, "reason"))
    seen: Mapped[str] = mapped_column(Text)


class Run(Base):
    """Arm x seed of a study, or a model whose log was imported."""

    __tablename__ = "run"
    __table_args__ = (
        UniqueConstraint("arm_id", "seed"),
        UniqueConstraint("framework", "model", "log_hash"),
        CheckConstraint("name <> ''", name="has_a_name"),
        CheckConstraint(
            "(arm_id IS NOT NULL AND seed IS NOT NULL AND log_hash IS NULL AND framework IS NULL)"
            " OR (arm_id IS NULL AND seed IS NULL AND log_hash IS NOT NULL AND framework IS NOT NULL)",
            name="arm_and_seed_or_an_import",
        ),
        CheckConstraint("hours >= 0", name="hours_are_a_duration"),
    )

    id: Mapped[RowId]
    name: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(Text)
    arm_id: Mapped[int | None] = mapped_column(_to("arm.id"))
    seed: Mapped[int | None] = mapped_column(BigInteger)
    framework: Mapped[Framework | None] = mapped_column(closed(Framework, "framework"))
    log_hash: Mapped[str | None] = mapped_column(String(64))
    """Of an import: SHA-256 of what names the run (lm-eval: its results file; Inspect: the log)."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    hours: Mapped[float | None]
    """How long its training took; NULL where nobody told."""


class Checkpoint(Base):
    """A state of a run at a training step; a log of others does not tell the step."""

    __tablename__ = "checkpoint"
    __table_args__ = (
        UniqueConstraint("run_id", "step"),
        # NULLs are distinct to a unique constraint, so the unknown step needs a rule of its own.
        Index(
            "uq_checkpoint_run_id_unknown_step",
            "run_id",
            unique=True,
            sqlite_where=text("step IS NULL"),
            postgresql_where=text("step IS NULL"),
        ),
        CheckConstraint("step >= 0", name="step_is_a_count"),
    )

    id: Mapped[RowId]
    run_id: Mapped[int] = mapped_column(_to("run.id"))
    step: Mapped[int | None] = mapped_column(BigInteger)


class ProblemSet(Base):
    """A benchmark."""

    __tablename__ = "problem_set"
    __table_args__ = (CheckConstraint("name <> ''", name="has_a_name"),)

    id: Mapped[RowId]
    name: Mapped[str] = mapped_column(Text, unique=True)


class Problem(Base):
    """One question of a problem set, known by its content, so that logs of all frameworks meet."""

    __tablename__ = "problem"
    __table_args__ = (
        UniqueConstraint("problem_set_id", "key"),
        CheckConstraint("key <> ''", name="has_a_key"),
    )

    id: Mapped[RowId]
    problem_set_id: Mapped[int] = mapped_column(_to("problem_set.id"))
    key: Mapped[str] = mapped_column(String(64))
    question: Mapped[str] = mapped_column(Text)
    reference: Mapped[str] = mapped_column(Text)
    """As the first log that named it had it; every grading uses the reference of its own log."""


class Evaluation(Base):
    """One checkpoint on one problem set, as one grader saw it."""

    __tablename__ = "evaluation"
    __table_args__ = (
        UniqueConstraint("checkpoint_id", "identity"),
        CheckConstraint("length(identity) = 64", name="identity_is_sha256"),
        CheckConstraint("grader <> ''", name="has_a_grader"),
        CheckConstraint("headline BETWEEN 0 AND 1", name="headline_is_a_proportion"),
        CheckConstraint("answers_of <> id", name="not_its_own_answers"),
        CheckConstraint("rank >= 0", name="rank_counts_from_0"),
        Index(None, "log_id"),
    )

    id: Mapped[RowId]
    checkpoint_id: Mapped[int] = mapped_column(_to("checkpoint.id"))
    problem_set_id: Mapped[int] = mapped_column(_to("problem_set.id"))
    split: Mapped[str | None] = mapped_column(Text)
    settings: Mapped[str] = mapped_column(Text)
    """Prompt and sampling, as canonical JSON."""
    grader: Mapped[str] = mapped_column(Text)
    grader_version: Mapped[str] = mapped_column(Text)
    rank: Mapped[int] = mapped_column(SmallInteger)
    """0 for the grading that speaks for the evaluation unless another is asked for; then 1, 2 ..."""
    headline: Mapped[float | None]
    """The mean score that the log itself states; NULL where it states none."""
    log_id: Mapped[int | None] = mapped_column(_to("log.id"))
    answers_of: Mapped[int | None] = mapped_column(_to("evaluation.id"))
    """The evaluation whose answers were graded again here; NULL when the answers are its own."""
    identity: Mapped[str] = mapped_column(String(64))
    """SHA-256 over problem set, split, settings, grader with version, and log."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Outcome(Base):
    """One answer to one problem. Written once, never changed."""

    __tablename__ = "outcome"
    __table_args__ = (
        CheckConstraint("attempt >= 1", name="attempt_counts_from_1"),
        CheckConstraint("position >= 0", name="position_counts_from_0"),
        CheckConstraint("score BETWEEN 0 AND 1", name="score_is_a_proportion"),
        CheckConstraint("(score IS NULL) <> (failure IS NULL)", name="scored_or_failed_not_both"),
        CheckConstraint("confidence BETWEEN 0 AND 1", name="confidence_is_a_probability"),
        # Millions of narrow rows, always read by evaluation: the key is the table.
        {"sqlite_with_rowid": False},
    )

    evaluation_id: Mapped[int] = mapped_column(RowNumber, _to("evaluation.id"), primary_key=True)
    problem_id: Mapped[int] = mapped_column(RowNumber, _to("problem.id"), primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int]
    """Place in the order of the evaluation, from 0; also finds the raw text."""
    answer: Mapped[str | None] = mapped_column(Text)
    """As the grader read it; NULL when it found none."""
    score: Mapped[float | None]
    """1 right, 0 wrong, between for partial credit; NULL when there is none."""
    failure: Mapped[Failure | None] = mapped_column(closed(Failure, "failure"))
    """Why there is no score; NULL when there is one."""
    log_likelihood: Mapped[float | None]
    confidence: Mapped[float | None]


class AnswerText(Base):
    """Where the raw answers of an evaluation are: positions first .. first + n - 1, in one file."""

    __tablename__ = "answer_text"
    __table_args__ = (
        CheckConstraint("first >= 0 AND n >= 1", name="a_range_of_positions"),
        CheckConstraint("length(sha256) = 64", name="hash_is_sha256"),
    )

    evaluation_id: Mapped[int] = mapped_column(RowNumber, _to("evaluation.id"), primary_key=True)
    first: Mapped[int] = mapped_column(primary_key=True)
    n: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))


class Look(Base):
    """Somebody looked at the sealed test of a study before its selection, and why."""

    __tablename__ = "look"
    __table_args__ = (CheckConstraint("reason <> ''", name="has_a_reason"),)

    id: Mapped[RowId]
    study_id: Mapped[int] = mapped_column(_to("study.id"))
    question: Mapped[Question] = mapped_column(closed(Question, "question"))
    reason: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Selection(Base):
    """What was chosen on validation, frozen with its rule; the first one of a study opens its test."""

    __tablename__ = "selection"
    __table_args__ = (
        UniqueConstraint("study_id", "number"),
        CheckConstraint("number >= 1", name="number_counts_from_1"),
        CheckConstraint("looks_before >= 0", name="looks_are_counted"),
    )

    id: Mapped[RowId]
    study_id: Mapped[int] = mapped_column(_to("study.id"))
    number: Mapped[int]
    """1 for the first of its study; every later one was made after the test could be seen."""
    rule: Mapped[str] = mapped_column(Text)
    """Split, step, grader, top-k and votes, as canonical JSON."""
    looks_before: Mapped[int]
    """How often the sealed test had been looked at when it was made."""
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SelectedRun(Base):
    """One of the runs that a selection chose, the best first."""

    __tablename__ = "selected_run"
    __table_args__ = (
        UniqueConstraint("selection_id", "run_id"),
        CheckConstraint("place >= 1", name="place_counts_from_1"),
    )

    selection_id: Mapped[int] = mapped_column(RowNumber, _to("selection.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(_to("run.id"))


class FindingRow(Base):
    """An answer that was given, so that it can be shown later what was known when."""

    __tablename__ = "finding"
    __table_args__ = (
        UniqueConstraint("question", "inputs_hash"),
        CheckConstraint("length(inputs_hash) = 64", name="inputs_hash_is_sha256"),
    )

    id: Mapped[RowId]
    study_id: Mapped[int | None] = mapped_column(_to("study.id"))
    question: Mapped[Question] = mapped_column(closed(Question, "question"))
    inputs_hash: Mapped[str] = mapped_column(String(64))
    """SHA-256 over what was asked and the outcomes that went in."""
    result: Mapped[str] = mapped_column(Text)
    """Canonical JSON."""
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
