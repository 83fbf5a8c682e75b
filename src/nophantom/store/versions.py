"""The version of a database's tables: reading it, and bringing an older one up to date."""

from __future__ import annotations

import logging
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from nophantom.errors import OtherVersion
from nophantom.store.engine import reading, shown, writing

EMPTY = None
"""The version of a database without tables."""


def newest(migrations: Path) -> str:
    """The version that this program knows: the last of the numbered migrations in the folder."""
    return max(path.stem.split("_", 1)[0] for path in (migrations / "versions").glob("[0-9]*_*.py"))


def version_of(engine: Engine) -> str | None:
    """The version of the tables in a database, or None when it has none yet.

    Raises:
        OtherVersion: there are tables, and they are not NoPhantom's.
    """
    with reading(engine) as session:
        return _version(session.connection(), engine)


def _version(connection: Connection, engine: Engine) -> str | None:
    tables = set(inspect(connection).get_table_names())
    if not tables:
        return EMPTY
    if "alembic_version" not in tables:
        raise OtherVersion(
            f"the database {shown(engine.url)} holds tables that are not NoPhantom's "
            f"({', '.join(sorted(tables)[:3])} ...). Name another place with --home or NOPHANTOM_DATABASE."
        )
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def bring_up_to_date(engine: Engine, migrations: Path) -> bool:
    """Create or upgrade the tables; True when anything was done.

    Raises:
        OtherVersion: the database was written by a newer NoPhantom than this one.
    """
    known = newest(migrations)
    found = version_of(engine)
    if found == known:
        return False
    if found is not None and found not in _all_versions(migrations):
        raise OtherVersion(
            f"the database {shown(engine.url)} has version {found!r}; this NoPhantom knows up to "
            f"{known!r}. It was written by another version: update NoPhantom, or name another place with --home."
        )
    # Imported here: it costs as much as the rest of a start, and is needed once in a database's life.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with writing(engine) as session:
        config.attributes["connection"] = session.connection()
        command.upgrade(config, "head")
    return True


def _all_versions(migrations: Path) -> set[str]:
    return {path.stem.split("_", 1)[0] for path in (migrations / "versions").glob("[0-9]*_*.py")}
