"""The ledger: studies, runs, imported logs, evaluations and outcomes; append-only by triggers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from nophantom.store.base import UtcDateTime

revision = "0001"
down_revision = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPEND_ONLY = ("log", "omission", "problem", "evaluation", "outcome", "answer_text")


def upgrade() -> None:
    _create_log()
    _create_problem_set()
    _create_study()
    _create_arm()
    _create_omission()
    _create_problem()
    _create_run()
    _create_checkpoint()
    _create_evaluation()
    _create_answer_text()
    _create_outcome()
    _refuse_changes()


def _create_log() -> None:
    op.create_table(
        "log",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("n_bytes", sa.BigInteger(), nullable=False),
        sa.Column(
            "framework",
            sa.Enum(
                "lm-eval", "inspect", name="framework", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("framework_version", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("declared", sa.BigInteger(), nullable=True),
        sa.Column("responses", sa.BigInteger(), nullable=False),
        sa.Column("omitted", sa.BigInteger(), nullable=False),
        sa.Column("imported_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("declared >= 0", name=op.f("ck_log_declared_is_a_count")),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_log_hash_is_sha256")),
        sa.CheckConstraint("n_bytes > 0", name=op.f("ck_log_has_content")),
        sa.CheckConstraint("responses >= 0 AND omitted >= 0", name=op.f("ck_log_counts_are_counts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log")),
        sa.UniqueConstraint("sha256", name=op.f("uq_log_sha256")),
    )


def _create_problem_set() -> None:
    op.create_table(
        "problem_set",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_problem_set_has_a_name")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_problem_set")),
        sa.UniqueConstraint("name", name=op.f("uq_problem_set_name")),
    )


def _create_study() -> None:
    op.create_table(
        "study",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "origin",
            sa.Enum("simulated", "run", name="origin", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("plan_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_study_has_a_name")),
        sa.CheckConstraint("length(plan_hash) = 64", name=op.f("ck_study_plan_hash_is_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study")),
        sa.UniqueConstraint("name", name=op.f("uq_study_name")),
    )


def _create_arm() -> None:
    op.create_table(
        "arm",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("study_id", NUMBER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_arm_has_a_name")),
        sa.ForeignKeyConstraint(
            ["study_id"], ["study.id"], name=op.f("fk_arm_study_id_study"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arm")),
        sa.UniqueConstraint("study_id", "name", name=op.f("uq_arm_study_id_name")),
    )


def _create_omission() -> None:
    op.create_table(
        "omission",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("log_id", NUMBER, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "not_json",
                "not_a_sample",
                "duplicate",
                "unreadable_member",
                "not_a_score",
                "not_in_log",
                name="reason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_omission_number_counts_from_1")),
        sa.ForeignKeyConstraint(
            ["log_id"], ["log.id"], name=op.f("fk_omission_log_id_log"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_omission")),
        sa.UniqueConstraint("log_id", "number", name=op.f("uq_omission_log_id_number")),
    )


def _create_problem() -> None:
    op.create_table(
        "problem",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("problem_set_id", NUMBER, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.CheckConstraint("key <> ''", name=op.f("ck_problem_has_a_key")),
        sa.ForeignKeyConstraint(
            ["problem_set_id"],
            ["problem_set.id"],
            name=op.f("fk_problem_problem_set_id_problem_set"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_problem")),
        sa.UniqueConstraint("problem_set_id", "key", name=op.f("uq_problem_problem_set_id_key")),
    )


def _create_run() -> None:
    op.create_table(
        "run",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("arm_id", NUMBER, nullable=True),
        sa.Column("seed", sa.BigInteger(), nullable=True),
        sa.Column(
            "framework",
            sa.Enum(
                "lm-eval", "inspect", name="framework", native_enum=False, create_constraint=True, length=32
            ),
            nullable=True,
        ),
        sa.Column("log_hash", sa.String(length=64), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_run_has_a_name")),
        sa.CheckConstraint(
            "(arm_id IS NOT NULL AND seed IS NOT NULL AND log_hash IS NULL AND framework IS NULL)"
            " OR (arm_id IS NULL AND seed IS NULL AND log_hash IS NOT NULL AND framework IS NOT NULL)",
            name=op.f("ck_run_arm_and_seed_or_an_import"),
        ),
        sa.ForeignKeyConstraint(["arm_id"], ["arm.id"], name=op.f("fk_run_arm_id_arm"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
        sa.UniqueConstraint("arm_id", "seed", name=op.f("uq_run_arm_id_seed")),
        sa.UniqueConstraint("framework", "model", "log_hash", name=op.f("uq_run_framework_model_log_hash")),
    )


def _create_checkpoint() -> None:
    op.create_table(
        "checkpoint",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("run_id", NUMBER, nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("step >= 0", name=op.f("ck_checkpoint_step_is_a_count")),
        sa.ForeignKeyConstraint(
            ["run_id"], ["run.id"], name=op.f("fk_checkpoint_run_id_run"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkpoint")),
        sa.UniqueConstraint("run_id", "step", name=op.f("uq_checkpoint_run_id_step")),
    )
    op.create_index(
        "uq_checkpoint_run_id_unknown_step",
        "checkpoint",
        ["run_id"],
        unique=True,
        sqlite_where=sa.text("step IS NULL"),
        postgresql_where=sa.text("step IS NULL"),
    )


def _create_evaluation() -> None:
    op.create_table(
        "evaluation",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("checkpoint_id", NUMBER, nullable=False),
        sa.Column("problem_set_id", NUMBER, nullable=False),
        sa.Column("split", sa.Text(), nullable=True),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("grader", sa.Text(), nullable=False),
        sa.Column("grader_version", sa.Text(), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("headline", sa.Double(), nullable=True),
        sa.Column("log_id", NUMBER, nullable=True),
        sa.Column("answers_of", NUMBER, nullable=True),
        sa.Column("identity", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("grader <> ''", name=op.f("ck_evaluation_has_a_grader")),
        sa.CheckConstraint("answers_of <> id", name=op.f("ck_evaluation_not_its_own_answers")),
        sa.CheckConstraint("headline BETWEEN 0 AND 1", name=op.f("ck_evaluation_headline_is_a_proportion")),
        sa.CheckConstraint("length(identity) = 64", name=op.f("ck_evaluation_identity_is_sha256")),
        sa.CheckConstraint("rank >= 0", name=op.f("ck_evaluation_rank_counts_from_0")),
        sa.ForeignKeyConstraint(
            ["answers_of"],
            ["evaluation.id"],
            name=op.f("fk_evaluation_answers_of_evaluation"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["checkpoint_id"],
            ["checkpoint.id"],
            name=op.f("fk_evaluation_checkpoint_id_checkpoint"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["log_id"], ["log.id"], name=op.f("fk_evaluation_log_id_log"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["problem_set_id"],
            ["problem_set.id"],
            name=op.f("fk_evaluation_problem_set_id_problem_set"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation")),
        sa.UniqueConstraint("checkpoint_id", "identity", name=op.f("uq_evaluation_checkpoint_id_identity")),
    )
    op.create_index(op.f("ix_evaluation_log_id"), "evaluation", ["log_id"], unique=False)


def _create_answer_text() -> None:
    op.create_table(
        "answer_text",
        sa.Column("evaluation_id", NUMBER, nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.CheckConstraint("first >= 0 AND n >= 1", name=op.f("ck_answer_text_a_range_of_positions")),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_answer_text_hash_is_sha256")),
        sa.ForeignKeyConstraint(
            ["evaluation_id"],
            ["evaluation.id"],
            name=op.f("fk_answer_text_evaluation_id_evaluation"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("evaluation_id", "first", name=op.f("pk_answer_text")),
    )


def _create_outcome() -> None:
    op.create_table(
        "outcome",
        sa.Column("evaluation_id", NUMBER, nullable=False),
        sa.Column("problem_id", NUMBER, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column(
            "failure",
            sa.Enum(
                "no_answer",
                "timeout",
                "error",
                "refused",
                "truncated",
                "missing_in_log",
                name="failure",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("log_likelihood", sa.Double(), nullable=True),
        sa.Column("confidence", sa.Double(), nullable=True),
        sa.CheckConstraint(
            "(score IS NULL) <> (failure IS NULL)", name=op.f("ck_outcome_scored_or_failed_not_both")
        ),
        sa.CheckConstraint("attempt >= 1", name=op.f("ck_outcome_attempt_counts_from_1")),
        sa.CheckConstraint("confidence BETWEEN 0 AND 1", name=op.f("ck_outcome_confidence_is_a_probability")),
        sa.CheckConstraint("position >= 0", name=op.f("ck_outcome_position_counts_from_0")),
        sa.CheckConstraint("score BETWEEN 0 AND 1", name=op.f("ck_outcome_score_is_a_proportion")),
        sa.ForeignKeyConstraint(
            ["evaluation_id"],
            ["evaluation.id"],
            name=op.f("fk_outcome_evaluation_id_evaluation"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["problem_id"], ["problem.id"], name=op.f("fk_outcome_problem_id_problem"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("evaluation_id", "problem_id", "attempt", name=op.f("pk_outcome")),
        sqlite_with_rowid=False,
    )


def _refuse_changes() -> None:
    """What was written once is never changed: not by us, and not by a hand-written statement."""
    postgres = op.get_bind().dialect.name == "postgresql"
    if postgres:
        op.execute(
            """
            CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'the ledger is append-only: % of % is refused', TG_OP, TG_TABLE_NAME
                    USING ERRCODE = 'integrity_constraint_violation';
            END $$
            """
        )
    for table in APPEND_ONLY:
        if postgres:
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
