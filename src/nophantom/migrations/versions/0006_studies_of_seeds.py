"""Studies of seeds: logs of others in order, the sealed test, looks, selections and findings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPEND_ONLY = ("look", "selection", "selected_run", "finding")
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
    ("study", "origin", "origin", ("simulated", "run"), ("imported",)),
    ("log", "framework", "framework", ("lm-eval", "inspect"), ("lighteval", "table")),
    ("run", "framework", "framework", ("lm-eval", "inspect"), ("lighteval", "table")),
)
SEAL = (
    "sealed_split IS NULL OR (validation_split IS NOT NULL AND validation_split <> sealed_split"
    " AND origin <> 'imported')"
)


def upgrade() -> None:
    for table, column, rule, old, new in WIDENED:
        _widen(table, column, rule, old, new)
    op.execute("ALTER TABLE study ADD COLUMN validation_split TEXT")
    op.execute(
        "ALTER TABLE study ADD COLUMN sealed_split TEXT "
        f"CONSTRAINT ck_study_seal_needs_a_validation_split CHECK ({SEAL})"
    )
    hours = "DOUBLE" if op.get_bind().dialect.name == "sqlite" else "DOUBLE PRECISION"
    op.execute(
        f"ALTER TABLE run ADD COLUMN hours {hours} CONSTRAINT ck_run_hours_are_a_duration CHECK (hours >= 0)"
    )
    _create_looks_and_selections()
    _create_finding()
    _refuse_changes()


def _widen(table: str, column: str, rule: str, old: tuple[str, ...], new: tuple[str, ...]) -> None:
    """Let a closed list hold more words. No row changes, so none is copied."""
    before, after = (", ".join(f"'{word}'" for word in words) for words in (old, (*old, *new)))
    name = f"ck_{table}_{rule}"
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({column} IN ({after}))")
        return
    # SQLite cannot alter a constraint, and a table that others point at cannot be made anew under foreign keys. Its
    # documentation of ALTER TABLE names this way for changes that touch no content: edit the statement, then raise
    # the schema's version, so that every connection reads it again.
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


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"), ondelete="RESTRICT"
    )


def _question(table: str) -> sa.Column[str]:
    words = sa.Enum(
        *QUESTIONS,
        name=op.f(f"ck_{table}_question"),
        native_enum=False,
        create_constraint=True,
        length=32,
    )
    return sa.Column("question", words, nullable=False)


def _create_looks_and_selections() -> None:
    op.create_table(
        "look",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("study_id", NUMBER, nullable=False),
        _question("look"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_look_has_a_reason")),
        _to("look", "study_id", "study"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_look")),
    )
    op.create_table(
        "selection",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("study_id", NUMBER, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("looks_before", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_selection_number_counts_from_1")),
        sa.CheckConstraint("looks_before >= 0", name=op.f("ck_selection_looks_are_counted")),
        _to("selection", "study_id", "study"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_selection")),
        sa.UniqueConstraint("study_id", "number", name=op.f("uq_selection_study_id_number")),
    )
    op.create_table(
        "selected_run",
        sa.Column("selection_id", NUMBER, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("run_id", NUMBER, nullable=False),
        sa.CheckConstraint("place >= 1", name=op.f("ck_selected_run_place_counts_from_1")),
        _to("selected_run", "selection_id", "selection"),
        _to("selected_run", "run_id", "run"),
        sa.PrimaryKeyConstraint("selection_id", "place", name=op.f("pk_selected_run")),
        sa.UniqueConstraint("selection_id", "run_id", name=op.f("uq_selected_run_selection_id_run_id")),
    )


def _create_finding() -> None:
    op.create_table(
        "finding",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("study_id", NUMBER, nullable=True),
        _question("finding"),
        sa.Column("inputs_hash", sa.String(length=64), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(inputs_hash) = 64", name=op.f("ck_finding_inputs_hash_is_sha256")),
        _to("finding", "study_id", "study"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
        sa.UniqueConstraint("question", "inputs_hash", name=op.f("uq_finding_question_inputs_hash")),
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
