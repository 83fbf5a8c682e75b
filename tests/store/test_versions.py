"""The version of a database's tables: known, brought up to date, or refused."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, text

import nophantom
from nophantom.errors import OtherVersion, Unreadable
from nophantom.store.engine import open_engine, reading, writing
from nophantom.store.versions import bring_up_to_date, newest, version_of

pytestmark = pytest.mark.usefixtures("real_migrations")

MIGRATIONS = Path(nophantom.__file__).parent / "migrations"

LATER = '''
"""A later version; it breaks where the test wants it to."""
from alembic import op
import sqlalchemy as sa

revision = "9000"
down_revision = "{before}"

def upgrade():
    op.create_table("later", sa.Column("n", sa.Integer(), nullable=False))
    op.execute("INSERT INTO later VALUES (1)")
    op.execute("INSERT INTO problem_set (id, name) VALUES (7, 'half')")
    op.execute("DROP TABLE answer_text")
    op.execute("{last}")
'''

BRING_UP_TO_DATE = """
import sys
from pathlib import Path
from nophantom.store.engine import open_engine
from nophantom.store.versions import bring_up_to_date

print(bring_up_to_date(open_engine(sys.argv[1]), Path(sys.argv[2])))
"""


@pytest.fixture
def empty(address: str) -> Iterator[Engine]:
    """A store of each kind without tables."""
    opened = open_engine(address)
    yield opened
    opened.dispose()


@pytest.fixture
def later(tmp_path: Path) -> Path:
    """A folder of migrations whose second one breaks at its end."""
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    _write_later(folder, last="INSERT INTO later VALUES (NULL)")
    return folder


def _write_later(folder: Path, *, last: str) -> None:
    text_of_it = LATER.format(before=newest(MIGRATIONS), last=last)
    (folder / "versions" / "9000_later.py").write_text(text_of_it)


def _tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names())


def test_an_empty_database_has_no_version_and_is_brought_to_the_newest_once(empty: Engine) -> None:
    assert version_of(empty) is None
    assert bring_up_to_date(empty, MIGRATIONS) is True
    assert version_of(empty) == newest(MIGRATIONS)
    assert {"alembic_version", "outcome"} <= _tables(empty)


def test_a_database_that_is_up_to_date_is_left_alone_with_what_it_holds(engine: Engine) -> None:
    with writing(engine) as session:
        session.execute(text("INSERT INTO problem_set VALUES (1, 'gsm8k')"))
    assert bring_up_to_date(engine, MIGRATIONS) is False
    with reading(engine) as session:
        assert session.execute(text("SELECT name FROM problem_set")).scalars().all() == ["gsm8k"]


@pytest.mark.parametrize("version", ["9999", "0000", "ae10"])
def test_a_database_of_another_version_is_refused_and_both_versions_are_named(
    engine: Engine, version: str
) -> None:
    with writing(engine) as session:
        session.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})
    with pytest.raises(OtherVersion) as told:
        bring_up_to_date(engine, MIGRATIONS)
    assert repr(version) in told.value.message
    assert repr(newest(MIGRATIONS)) in told.value.message
    assert "update NoPhantom" in told.value.message
    assert version_of(engine) == version


def test_the_database_of_another_program_is_refused_and_left_alone(empty: Engine) -> None:
    with writing(empty) as session:
        session.execute(text("CREATE TABLE recipes (n INTEGER)"))
    for look in (version_of, lambda engine: bring_up_to_date(engine, MIGRATIONS)):
        with pytest.raises(OtherVersion, match=r"not NoPhantom's \(recipes"):
            look(empty)
    assert _tables(empty) == {"recipes"}


@pytest.mark.parametrize("content", [b"PK\x03\x04" * 300, b"{}\n", b"SQLite format 3\x00" + b"\xff" * 4000])
def test_a_file_that_is_no_database_is_unreadable_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "nophantom.db"
    path.write_bytes(content)
    with pytest.raises(Unreadable, match="no database of NoPhantom") as told:
        bring_up_to_date(open_engine(f"sqlite:///{path}"), MIGRATIONS)
    assert str(path) in told.value.message
    assert path.read_bytes() == content


def test_an_upgrade_that_breaks_in_the_middle_leaves_an_empty_database_empty(
    empty: Engine, later: Path
) -> None:
    assert newest(later) == "9000"
    with pytest.raises(Exception, match=r"(?i)not.null"):
        bring_up_to_date(empty, later)
    assert _tables(empty) == set()
    assert version_of(empty) is None
    assert bring_up_to_date(empty, MIGRATIONS) is True


def test_an_upgrade_that_breaks_in_the_middle_leaves_the_older_version_whole(
    engine: Engine, later: Path
) -> None:
    before = _tables(engine)
    with pytest.raises(Exception, match=r"(?i)not.null"):
        bring_up_to_date(engine, later)
    assert _tables(engine) == before
    assert version_of(engine) == newest(MIGRATIONS)
    with reading(engine) as session:
        assert session.execute(text("SELECT count(*) FROM problem_set")).scalar_one() == 0


def test_an_older_database_is_brought_up_to_date_with_what_it_holds(engine: Engine, later: Path) -> None:
    with writing(engine) as session:
        session.execute(text("INSERT INTO problem_set VALUES (1, 'gsm8k')"))
    _write_later(later, last="INSERT INTO later VALUES (2)")
    assert bring_up_to_date(engine, later) is True
    assert version_of(engine) == "9000"
    with reading(engine) as session:
        assert session.execute(text("SELECT id FROM problem_set ORDER BY id")).scalars().all() == [1, 7]
    with pytest.raises(OtherVersion, match="'9000'"):
        bring_up_to_date(engine, MIGRATIONS)


def test_two_programs_that_start_at_once_create_the_tables_once(empty: Engine, address: str) -> None:
    command = [sys.executable, "-c", BRING_UP_TO_DATE, address, str(MIGRATIONS)]
    starts = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    told = [start.communicate(timeout=60)[1] for start in starts]
    assert [start.returncode for start in starts] == [0, 0], told
    assert version_of(empty) == newest(MIGRATIONS)
