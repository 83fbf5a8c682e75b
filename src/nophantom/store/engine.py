"""Opening the store: the embedded SQLite file, or a Postgres server by its URL."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from nophantom.errors import InvalidInput, Unavailable, Unreadable

_BUSY_MS = 15_000  # how long a writer waits for another writer before it gives up
_WRITERS = 0x4E6F5068616E746F  # the key of Postgres' advisory lock that one writer holds: "NoPhanto"
_SECRET_OPTIONS = ("password", "sslpassword")


def open_engine(url: str) -> Engine:
    """Open the store at `url`; nothing is created but, for SQLite, the folder of the file.

    Args:
        url: ``sqlite:///path/to/file.db`` or ``postgresql://user@host/name``.

    Raises:
        InvalidInput: the URL is none, or names a database that is not supported here.
        Unavailable: the folder of the file cannot be made or written to.
    """
    try:
        parsed = make_url(url)
        kind = parsed.get_backend_name()
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        seen = re.sub(r"(:/+[^:@]*):.*@", r"\1:***@", url)
        raise InvalidInput(
            f"a database address looks like sqlite:///nophantom.db or postgresql://user@host/name; got {seen!r}."
        ) from None
    if kind == "sqlite":
        return _open_sqlite(parsed)
    if kind in {"postgresql", "postgres"}:
        return _open_postgres(parsed)
    raise InvalidInput(f"the store is SQLite or Postgres; got {kind!r} in the database address.")


def shown(url: URL) -> str:
    """A database address as people may see it: without its passwords."""
    return url.difference_update_query(_SECRET_OPTIONS).render_as_string(hide_password=True)


def _open_sqlite(url: URL) -> Engine:
    if url.drivername not in {"sqlite", "sqlite+pysqlite"}:
        raise InvalidInput(f"an SQLite address begins with sqlite:///; got {shown(url)!r}.")
    if url.database and url.database != ":memory:":
        path = Path(url.database)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except ValueError as problem:  # a NUL in the path
            raise InvalidInput(f"the database address {shown(url)!r} names no file: {problem}.") from None
        except OSError as problem:
            raise Unavailable(_no_place(path.parent, problem)) from None
        place = path if path.exists() else path.parent
        if not os.access(place, os.W_OK) or not os.access(path.parent, os.W_OK):
            raise Unavailable(
                f"cannot write to {str(place)!r}: it is read-only for this user. Free it, or name another "
                "place with --home or NOPHANTOM_HOME."
            )
    engine = create_engine(url, connect_args={"timeout": _BUSY_MS / 1000})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _no_place(folder: Path, problem: OSError) -> str:
    return (
        f"cannot make the folder {str(folder)!r} for the database: {problem.strerror or problem}. Name another "
        "place with --home or NOPHANTOM_HOME."
    )


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver's own guesses about transactions leave DDL outside of them; SQLAlchemy says BEGIN instead.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "foreign_keys=ON",
        f"busy_timeout={_BUSY_MS}",
        "journal_mode=WAL",
        "recursive_triggers=ON",  # else INSERT OR REPLACE would slip past the refusal to delete
        "synchronous=NORMAL",  # safe against a killed process; a power cut may lose the last commits, never more
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later would fail at once when another writer got between.
    writes = connection.get_execution_options().get("nophantom_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _open_postgres(url: URL) -> Engine:
    if url.drivername in {"postgresql", "postgres"}:
        url = url.set(drivername="postgresql+psycopg")
    try:
        engine = create_engine(url, pool_pre_ping=True)
    except (ModuleNotFoundError, NoSuchModuleError):
        raise Unavailable(
            "a Postgres store needs the driver psycopg, which is not installed: pip install 'nophantom[postgres]'."
        ) from None
    event.listen(engine, "begin", _begin_postgres)
    return engine


def _begin_postgres(connection: Connection) -> None:
    # One writer at a time, as in SQLite: two imports that meet the same new problems, or two first starts
    # that create the same tables, wait for each other instead of failing on a unique constraint.
    if connection.get_execution_options().get("nophantom_writes", False):
        connection.exec_driver_sql(f"SELECT set_config('lock_timeout', '{_BUSY_MS}ms', true)")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS})")


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session that only reads: nothing it did is kept."""
    with _told(engine), Session(engine) as session:
        yield session


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """One unit of work: committed whole at the end, or not at all when anything was raised."""
    with _told(engine), Session(engine.execution_options(nophantom_writes=True)) as session, session.begin():
        yield session


@contextmanager
def _told(engine: Engine) -> Iterator[None]:
    """Turn what the world does to a database into errors that say what to do."""
    try:
        yield
    except OperationalError as problem:
        raise Unavailable(_explain(engine.url, problem.orig)) from problem
    except ProgrammingError as problem:
        if "connection option" not in str(problem.orig):
            raise
        raise InvalidInput(
            f"the database address {shown(engine.url)} cannot be used: {str(problem.orig).strip()}."
        ) from problem
    except DatabaseError as problem:
        # SQLite says "file is not a database" with its general error.
        if "not a database" in str(problem.orig) or "malformed" in str(problem.orig):
            raise Unreadable(
                f"{engine.url.database!r} is no database of NoPhantom or is damaged: {problem.orig}. Restore it from "
                "a copy, or name another place with --home or NOPHANTOM_HOME."
            ) from problem
        raise


def _explain(url: URL, problem: object) -> str:
    text = str(problem).strip().splitlines()[0] if str(problem).strip() else type(problem).__name__
    if "readonly" in text or "unable to open" in text:
        advice = "Check that the folder exists and is writable, or name another place with --home or NOPHANTOM_HOME."
    elif "locked" in text or "busy" in text or "lock timeout" in text:
        advice = "Another NoPhantom is writing; try again when it is done."
    elif (
        "is full" in text or "No space left" in text or "disk I/O" in text
    ):  # which is what SQLite calls it, too
        advice = "Free some disk space; nothing of this step was kept."
    else:
        advice = "Check that the server runs and that the address is right."
    return f"the database {shown(url)} cannot be used: {text}. {advice}"
