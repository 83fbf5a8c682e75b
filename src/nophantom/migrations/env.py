"""Alembic's entry: upgrades over the connection that the caller opened, in the caller's transaction."""

from __future__ import annotations

from alembic import context

import nophantom.llm.ledger.tables
import nophantom.trends.archive.backtests
import nophantom.trends.archive.change_tables
import nophantom.trends.archive.evidence_tables
import nophantom.trends.archive.recommendation_tables
import nophantom.trends.archive.replay_tables
import nophantom.trends.archive.tables  # noqa: F401 - all fill the metadata
from nophantom.store.base import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
