"""Opening the store, one unit of work at a time, and what the world does to it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.exc import ProgrammingError as SqlProgrammingError

from nophantom.errors import InvalidInput, NoPhantomError, Unavailable, Unreadable
from nophantom.store import engine as store
from nophantom.store.engine import open_engine, reading, shown, writing

COUNT_UP = """
import sys
from sqlalchemy import text
from nophantom.store.engine import open_engine, writing

engine = open_engine(sys.argv[1])
for _ in range(15):
    with writing(engine) as session:
        value = session.execute(text("SELECT value FROM counter")).scalar_one()
        session.execute(text("UPDATE counter SET value = :next"), {"next": value + 1})
"""

OPEN_AND_WRITE = """
import sys
from sqlalchemy import text
from nophantom.errors import NoPhantomError
from nophantom.store.engine import open_engine, writing

try:
    with writing(open_engine(sys.argv[1])) as session:
        session.execute(text("CREATE TABLE made (n INTEGER)"))
except NoPhantomError as error:
    print(type(error).__name__, error)
"""


@pytest.fixture
def counter(address: str) -> Iterator[Engine]:
    """A store of each kind with a table that holds one number, 0."""
    engine = open_engine(address)
    with writing(engine) as session:
        session.execute(text("CREATE TABLE counter (value INTEGER UNIQUE)"))
        session.execute(text("INSERT INTO counter VALUES (0)"))
    yield engine
    engine.dispose()


def _write(engine: Engine, *statements: str) -> None:
    with writing(engine) as session:
        for statement in statements:
            session.execute(text(statement))


def _values(engine: Engine) -> list[int]:
    with reading(engine) as session:
        return list(session.execute(text("SELECT value FROM counter ORDER BY value")).scalars())


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("foreign_keys", 1),
        ("journal_mode", "wal"),
        ("busy_timeout", 15_000),
        ("recursive_triggers", 1),
        ("synchronous", 1),
    ],
)
def test_every_connection_to_sqlite_has_its_guards_on(
    sqlite_engine: Engine, pragma: str, value: int | str
) -> None:
    with sqlite_engine.connect() as one, sqlite_engine.connect() as other:
        found = {connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() for connection in (one, other)}
    assert found == {value}


def test_a_unit_of_work_is_kept_whole(counter: Engine) -> None:
    with writing(counter) as session:
        session.execute(text("INSERT INTO counter VALUES (1)"))
        session.execute(text("INSERT INTO counter VALUES (2)"))
    assert _values(counter) == [0, 1, 2]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, InvalidInput])
def test_a_unit_of_work_that_breaks_leaves_nothing(counter: Engine, error: type[BaseException]) -> None:
    def break_in_the_middle() -> None:
        with writing(counter) as session:
            session.execute(text("CREATE TABLE half (n INTEGER)"))
            session.execute(text("INSERT INTO counter VALUES (1)"))
            raise error("in the middle")

    with pytest.raises(error):
        break_in_the_middle()
    assert _values(counter) == [0]
    with writing(counter) as session:
        session.execute(text("CREATE TABLE half (n INTEGER)"))


def test_a_rule_that_is_broken_late_undoes_what_came_before_and_stays_a_bug(counter: Engine) -> None:
    with pytest.raises(IntegrityError):
        _write(counter, "INSERT INTO counter VALUES (1)", "INSERT INTO counter VALUES (0)")
    assert _values(counter) == [0]


def test_what_was_done_while_reading_is_not_kept(counter: Engine) -> None:
    with reading(counter) as session:
        session.execute(text("INSERT INTO counter VALUES (1)"))
    assert _values(counter) == [0]


def test_a_reader_sees_what_was_committed_and_does_not_wait_for_a_writer(counter: Engine) -> None:
    with writing(counter) as session:
        session.execute(text("INSERT INTO counter VALUES (1)"))
        assert _values(counter) == [0]
    assert _values(counter) == [0, 1]


def test_writers_in_two_threads_wait_for_each_other_and_lose_no_update(counter: Engine) -> None:
    ready = threading.Barrier(2)

    def count_up(_number: int) -> None:
        ready.wait(timeout=30)
        for _ in range(15):
            with writing(counter) as session:
                value = session.execute(text("SELECT value FROM counter")).scalar_one()
                session.execute(text("UPDATE counter SET value = :next"), {"next": value + 1})

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(count_up, range(2)))
    assert _values(counter) == [30]


def test_writers_in_two_processes_wait_for_each_other_and_lose_no_update(
    counter: Engine, address: str
) -> None:
    command = [sys.executable, "-c", COUNT_UP, address]
    writers = [subprocess.Popen(command) for _ in range(2)]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0]
    assert _values(counter) == [30]


def test_a_writer_that_waited_too_long_is_told_that_another_one_is_writing(
    counter: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_BUSY_MS", 50)
    counter.dispose()  # the next connections wait only that long
    with writing(counter) as first:
        first.execute(text("INSERT INTO counter VALUES (1)"))
        with pytest.raises(Unavailable, match="Another NoPhantom is writing"):
            _write(counter, "INSERT INTO counter VALUES (2)")
    assert _values(counter) == [0, 1]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nophantom.db",
        "mysql://user@host/name",
        "oracle://host",
        "sqlite+aiosqlite:///nophantom.db",
        "sqlite:///a\x00b/nophantom.db",
        "postgresql://host:port/name",
        "postgresql://[::1/name",
    ],
)
def test_an_address_that_is_none_of_ours_is_refused_as_a_wrong_input(address: str) -> None:
    with pytest.raises(InvalidInput, match="address"):
        open_engine(address)


def test_the_short_name_of_postgres_is_understood() -> None:
    assert open_engine("postgres://user@host/name").url == open_engine("postgresql://user@host/name").url


def test_an_option_that_postgres_does_not_know_is_a_wrong_input(postgres_server: str) -> None:
    engine = open_engine(f"{postgres_server}&colour=blue")
    with pytest.raises(InvalidInput, match='connection option "colour"'), reading(engine) as session:
        session.connection()


@pytest.mark.parametrize(
    "address",
    [
        "postgresql:/me:hush-hush@127.0.0.1/name",
        "postgresql://me:hush-hush@127.0.0.1:1/name",
        "postgresql://me:hush:hush-hush@127.0.0.1:1/name",
        "postgresql://me@127.0.0.1:1/name?password=hush-hush",
        "mysql://me:hush-hush@127.0.0.1:1/name",
    ],
)
def test_no_message_shows_a_password(address: str) -> None:
    with pytest.raises(NoPhantomError) as told, reading(open_engine(address)) as session:
        session.connection()
    assert "hush" not in told.value.message


def test_an_address_is_shown_without_its_passwords() -> None:
    url = open_engine("postgresql://me:secret@host/name?host=/tmp&password=secret").url
    assert shown(url) == "postgresql+psycopg://me:***@host/name?host=%2Ftmp"


def test_a_postgres_that_does_not_run_is_unavailable_and_named() -> None:
    with (
        pytest.raises(Unavailable, match="Check that the server runs") as told,
        reading(open_engine("postgresql://me:secret@127.0.0.1:1/name")) as session,
    ):
        session.connection()
    assert "127.0.0.1:1/name" in told.value.message


def test_a_postgres_database_that_does_not_exist_is_unavailable(postgres_server: str) -> None:
    engine = open_engine(postgres_server.replace("/postgres?", "/absent?"))
    with pytest.raises(Unavailable, match='"absent" does not exist'), reading(engine) as session:
        session.connection()


@pytest.mark.parametrize("address", ["postgres"], indirect=True)
def test_a_connection_that_breaks_in_the_middle_is_unavailable_and_leaves_nothing(counter: Engine) -> None:
    with pytest.raises(Unavailable):
        _write(counter, "INSERT INTO counter VALUES (1)", "SELECT pg_terminate_backend(pg_backend_pid())")
    assert _values(counter) == [0]


def test_without_the_driver_of_postgres_the_command_that_installs_it_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(Unavailable, match="pip install"):
        open_engine("postgresql://me@127.0.0.1/name")


def test_a_statement_of_ours_that_is_wrong_stays_a_bug(counter: Engine) -> None:
    with pytest.raises(Exception, match="absent") as raised, reading(counter) as session:
        session.execute(text("SELECT 1 FROM absent"))
    if counter.dialect.name == "postgresql":
        assert isinstance(raised.value, SqlProgrammingError)


def test_the_folder_of_a_new_database_is_made(tmp_path: Path) -> None:
    with writing(open_engine(f"sqlite:///{tmp_path}/a/b/nophantom.db")) as session:
        session.execute(text("CREATE TABLE made (n INTEGER)"))
    assert (tmp_path / "a" / "b" / "nophantom.db").is_file()


def test_a_file_where_the_folder_should_be_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(Unavailable, match="cannot make the folder"):
        open_engine(f"sqlite:///{tmp_path}/taken/nophantom.db")


def test_a_folder_where_the_file_should_be_is_unavailable(tmp_path: Path) -> None:
    with (
        pytest.raises(Unavailable, match="cannot be used"),
        reading(open_engine(f"sqlite:///{tmp_path}")) as session,
    ):
        session.connection()


def _without_privileges(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command for which permissions bite, even when the tests run as root."""
    if os.getuid() == 0:
        lowered = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"]
        try:
            subprocess.run([*lowered, "true"], check=True, capture_output=True, timeout=30)
        except (OSError, subprocess.CalledProcessError) as problem:
            pytest.skip(f"root ignores permissions, and setpriv cannot lower it: {problem}")
        command = [*lowered, *command]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    ("prepare", "address"),
    [
        (lambda folder: folder.chmod(0o500), "sqlite:///{}/nophantom.db"),
        (lambda folder: folder.chmod(0o500), "sqlite:///{}/below/nophantom.db"),
        (lambda folder: (folder / "nophantom.db").touch(0o400), "sqlite:///{}/nophantom.db"),
        (
            lambda folder: ((folder / "nophantom.db").touch(), folder.chmod(0o500)),
            "sqlite:///{}/nophantom.db",
        ),
    ],
    ids=["folder", "folder above", "file", "file in a read-only folder"],
)
def test_a_place_that_is_read_only_is_unavailable_and_another_one_is_proposed(
    tmp_path: Path, prepare: Callable[[Path], object], address: str
) -> None:
    folder = tmp_path / "home"
    folder.mkdir()
    prepare(folder)
    told = _without_privileges([sys.executable, "-c", OPEN_AND_WRITE, address.format(folder)])
    folder.chmod(0o700)
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("Unavailable cannot ")
    assert "NOPHANTOM_HOME" in told.stdout


def test_a_disk_that_is_full_is_unavailable_and_nothing_of_the_step_is_kept(sqlite_engine: Engine) -> None:
    with reading(sqlite_engine) as session:
        pages = session.execute(text("PRAGMA page_count")).scalar_one()
    too_long = f"INSERT INTO problem_set VALUES (2, '{'x' * 100_000}')"
    with pytest.raises(Unavailable, match="Free some disk space"):
        _write(
            sqlite_engine,
            f"PRAGMA max_page_count = {pages + 2}",
            "INSERT INTO problem_set VALUES (1, 'gsm8k')",
            too_long,
        )
    with reading(sqlite_engine) as session:
        assert session.execute(text("SELECT count(*) FROM problem_set")).scalar_one() == 0


def test_a_database_that_is_damaged_inside_is_unreadable(sqlite_engine: Engine) -> None:
    path = sqlite_engine.url.database
    assert path is not None
    sqlite_engine.dispose()
    content = bytearray(Path(path).read_bytes())
    content[100:] = b"\xff" * len(content[100:])
    Path(path).write_bytes(content)
    with pytest.raises(Unreadable, match="damaged"), reading(create_engine(f"sqlite:///{path}")) as session:
        session.execute(text("SELECT count(*) FROM problem_set"))
