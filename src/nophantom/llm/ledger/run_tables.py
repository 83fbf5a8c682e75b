"""Tables of what happens while runs are trained and models are asked: measurements, attempts, tokens.

::

    run - execution                     every attempt to train it, and how it ended
    checkpoint - measurement            what was measured on its weights: loss, load of experts, probes
    outcome - token_use                 what one answer of a model has cost
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from nophantom.llm.recipe import Ending
from nophantom.store.base import Base, RowId, RowNumber, UtcDateTime, closed

APPEND_ONLY = ("measurement", "execution", "token_use")
"""Tables of this file whose rows are facts about the past."""


class Measurement(Base):
    """A number that was measured on a checkpoint, beside its outcomes."""

    __tablename__ = "measurement"
    __table_args__ = (
        CheckConstraint("name <> ''", name="has_a_name"),
        {"sqlite_with_rowid": False},
    )

    checkpoint_id: Mapped[int] = mapped_column(
        RowNumber, ForeignKey("checkpoint.id", ondelete="RESTRICT"), primary_key=True
    )
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    """What, in dotted parts: `probe.gradient_rank.layer0`, `load.layer1.expert3`, `loss`."""
    value: Mapped[float]


class Execution(Base):
    """One attempt to train a run, written when it ends."""

    __tablename__ = "execution"
    __table_args__ = (
        UniqueConstraint("run_id", "number"),
        CheckConstraint("number >= 1", name="number_counts_from_1"),
        CheckConstraint("fleet >= 1", name="a_fleet_has_seeds"),
        CheckConstraint("seconds >= 0", name="seconds_are_a_duration"),
        CheckConstraint("ended_at >= started_at", name="ends_after_it_starts"),
        CheckConstraint("output_sha256 IS NULL OR length(output_sha256) = 64", name="hash_is_sha256"),
    )

    id: Mapped[RowId]
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="RESTRICT"))
    number: Mapped[int]
    """1 for the first attempt at this run."""
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ending: Mapped[Ending] = mapped_column(closed(Ending, "ending"))
    seconds: Mapped[float]
    """What this run took of the machine: of a fleet, its share of the fleet's time."""
    fleet: Mapped[int]
    """How many seeds were trained together; 1 for a script."""
    exit_status: Mapped[int | None]
    """Of a script; NULL where there is none. Below 0: the signal that ended it."""
    command: Mapped[str | None] = mapped_column(Text)
    """Of a script, as it was called."""
    output_sha256: Mapped[str | None] = mapped_column(String(64))
    """What a script printed, by content hash among the raw answers; NULL where nothing was kept."""
    told: Mapped[str | None] = mapped_column(Text)
    """Why it ended so, as a sentence; NULL when it finished."""


class TokenUse(Base):
    """What one answer has cost."""

    __tablename__ = "token_use"
    __table_args__ = (
        ForeignKeyConstraint(
            ["evaluation_id", "problem_id", "attempt"],
            ["outcome.evaluation_id", "outcome.problem_id", "outcome.attempt"],
            ondelete="RESTRICT",
        ),
        CheckConstraint("prompt_tokens >= 0", name="prompt_tokens_are_a_count"),
        CheckConstraint("answer_tokens >= 0", name="answer_tokens_are_a_count"),
        CheckConstraint("seconds >= 0", name="seconds_are_a_duration"),
        CheckConstraint("tries >= 1", name="tries_count_from_1"),
        {"sqlite_with_rowid": False},
    )

    evaluation_id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    problem_id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    prompt_tokens: Mapped[int | None]
    answer_tokens: Mapped[int | None]
    """As the server tells; NULL where it does not."""
    seconds: Mapped[float]
    """From the first try to the answer."""
    tries: Mapped[int]
    """Requests that it took, failures included."""
