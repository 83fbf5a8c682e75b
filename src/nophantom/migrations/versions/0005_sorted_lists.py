"""Lists of candidates by every sort at the cost of a page: the folded name, and an index for each sort."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
SORTED_BY = ("momentum_low", "momentum", "log_e", "stories", "folded")
PORTION = 5_000


def upgrade() -> None:
    op.add_column("candidate", sa.Column("folded", WORDS, nullable=False, server_default=""))
    _fold_names()
    for sort in SORTED_BY:
        columns = ["snapshot_id", "place", sort, "topic_id"]
        op.create_index(op.f(f"ix_candidate_{'_'.join(columns)}"), "candidate", columns)
    for columns in (["snapshot_id", "phase", "standing", "topic_id"], ["snapshot_id", "onset", "topic_id"]):
        op.create_index(op.f(f"ix_signal_{'_'.join(columns)}"), "signal", columns)


def _fold_names() -> None:
    """Fill the new column of the rows that are there; SQL folds no alphabet but the Latin one alike everywhere."""
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT snapshot_id, topic_id, name FROM candidate")).all()
    if not rows:
        return
    postgres = connection.dialect.name == "postgresql"
    # The facts stay as they are; the one trigger that refuses updates steps aside inside this transaction.
    op.execute("ALTER TABLE candidate DISABLE TRIGGER candidate_is_append_only" if postgres else _DROPPED)
    update = sa.text(
        "UPDATE candidate SET folded = :folded WHERE snapshot_id = :snapshot AND topic_id = :topic"
    )
    for first in range(0, len(rows), PORTION):
        some = rows[first : first + PORTION]
        values = [{"snapshot": r.snapshot_id, "topic": r.topic_id, "folded": r.name.casefold()} for r in some]
        connection.execute(update, values)
    op.execute("ALTER TABLE candidate ENABLE TRIGGER candidate_is_append_only" if postgres else _MADE_AGAIN)


_DROPPED = "DROP TRIGGER candidate_refuses_update"
_MADE_AGAIN = (
    "CREATE TRIGGER candidate_refuses_update BEFORE UPDATE ON candidate BEGIN "
    "SELECT RAISE(ABORT, 'the ledger is append-only: UPDATE of candidate is refused'); END"
)
