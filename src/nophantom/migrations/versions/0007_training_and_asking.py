"""Training and asking by ourselves: measurements, attempts at runs, tokens; two more questions, one more framework."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPEND_ONLY = ("measurement", "execution", "token_use")
ENDINGS = ("finished", "failed", "out_of_memory", "device_lost", "stopped")
FRAMEWORKS = ("lm-eval", "inspect", "lighteval", "table")
QUESTIONS = (
    "checkpoints",
    "recipes",
    "seeds",
    "selection",
    "ensemble",
    "trajectory",
    "problems",
    "calibration",
    "gate",
)
WIDENED = (
    ("log", "framework", FRAMEWORKS, ("nophantom",)),
    ("run", "framework", FRAMEWORKS, ("nophantom",)),
    ("look", "question", QUESTIONS, ("effects", "probes")),
    ("finding", "question", QUESTIONS, ("effects", "probes")),
)


def upgrade() -> None:
    for table, column, old, new in WIDENED:
        _widen(table, column, old, new)
    _create_measurement()
    _create_execution()
    _create_token_use()
    _refuse_changes()


def _widen(table: str, column: str, old: tuple[str, ...], new: tuple[str, ...]) -> None:
    """Let a closed list hold more words. No row changes, so none is copied (see 0006)."""
    before, after = (", ".join(f"'{word}'" for word in words) for words in (old, (*old, *new)))
    name = f"ck_{table}_{column}"
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({column} IN ({after}))")
        return
    connection = op.get_bind()
    was, becomes = f"CHECK ({column} IN ({before}))", f"CHECK ({column} IN ({after}))"
    version = connection.execute(sa.text("PRAGMA schema_version")).scalar_one()
    connection.execute(sa.text("PRAGMA writable_schema = ON"))
    changed = connection.execute(
        sa.text(
            "UPDATE sqlite_master SET sql = replace(sql, :was, :becomes) "
            "WHERE type = 'table' AND name = :table AND instr(sql, :was) > 0"
        ),
        {"was": was, "becomes": becomes, "table": table},
    )
    if changed.rowcount != 1:
        raise RuntimeError(f"the rule {name} does not read as it was written: {was}")
    connection.execute(sa.text(f"PRAGMA schema_version = {version + 1}"))
    connection.execute(sa.text("PRAGMA writable_schema = OFF"))


def _create_measurement() -> None:
    op.create_table(
        "measurement",
        sa.Column("checkpoint_id", NUMBER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_measurement_has_a_name")),
        sa.ForeignKeyConstraint(
            ["checkpoint_id"],
            ["checkpoint.id"],
            name=op.f("fk_measurement_checkpoint_id_checkpoint"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("checkpoint_id", "name", name=op.f("pk_measurement")),
        sqlite_with_rowid=False,
    )


def _create_execution() -> None:
    endings = sa.Enum(
        *ENDINGS, name=op.f("ck_execution_ending"), native_enum=False, create_constraint=True, length=32
    )
    op.create_table(
        "execution",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("run_id", NUMBER, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ending", endings, nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("fleet", sa.Integer(), nullable=False),
        sa.Column("exit_status", sa.Integer(), nullable=True),
        sa.Column("command", sa.Text(), nullable=True),
        sa.Column("output_sha256", sa.String(length=64), nullable=True),
        sa.Column("told", sa.Text(), nullable=True),
        sa.CheckConstraint("number >= 1", name=op.f("ck_execution_number_counts_from_1")),
        sa.CheckConstraint("fleet >= 1", name=op.f("ck_execution_a_fleet_has_seeds")),
        sa.CheckConstraint("seconds >= 0", name=op.f("ck_execution_seconds_are_a_duration")),
        sa.CheckConstraint("ended_at >= started_at", name=op.f("ck_execution_ends_after_it_starts")),
        sa.CheckConstraint(
            "output_sha256 IS NULL OR length(output_sha256) = 64", name=op.f("ck_execution_hash_is_sha256")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["run.id"], name=op.f("fk_execution_run_id_run"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_execution")),
        sa.UniqueConstraint("run_id", "number", name=op.f("uq_execution_run_id_number")),
    )


def _create_token_use() -> None:
    op.create_table(
        "token_use",
        sa.Column("evaluation_id", NUMBER, nullable=False),
        sa.Column("problem_id", NUMBER, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("prompt_tokens", sa.Integer(), nullable=True),
        sa.Column("answer_tokens", sa.Integer(), nullable=True),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.CheckConstraint("prompt_tokens >= 0", name=op.f("ck_token_use_prompt_tokens_are_a_count")),
        sa.CheckConstraint("answer_tokens >= 0", name=op.f("ck_token_use_answer_tokens_are_a_count")),
        sa.CheckConstraint("seconds >= 0", name=op.f("ck_token_use_seconds_are_a_duration")),
        sa.CheckConstraint("tries >= 1", name=op.f("ck_token_use_tries_count_from_1")),
        sa.ForeignKeyConstraint(
            ["evaluation_id", "problem_id", "attempt"],
            ["outcome.evaluation_id", "outcome.problem_id", "outcome.attempt"],
            name=op.f("fk_token_use_evaluation_id_problem_id_attempt_outcome"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("evaluation_id", "problem_id", "attempt", name=op.f("pk_token_use")),
        sqlite_with_rowid=False,
    )


def _refuse_changes() -> None:
    """What was written once is never changed."""
    for table in APPEND_ONLY:
        if op.get_bind().dialect.name == "postgresql":
            op.execute(
                f"CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
            continue
        for action in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER {table}_refuses_{action} BEFORE {action.upper()} ON {table} BEGIN "
                f"SELECT RAISE(ABORT, 'the ledger is append-only: {action.upper()} of {table} is refused'); END"
            )
