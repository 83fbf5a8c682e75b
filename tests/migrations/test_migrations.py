"""The migrations build what the models say, word for word, on both stores."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, Engine, Enum, Index, MetaData, inspect, text

import nophantom
from nophantom.llm.ledger import tables as ledger
from nophantom.store.base import Base
from nophantom.store.versions import newest
from nophantom.trends.archive import tables as archive

MIGRATIONS = Path(nophantom.__file__).parent / "migrations"
CLOSED = {f"{c.table.name}.{c.name}": c for table in Base.metadata.sorted_tables for c in table.c}
CLOSED = {place: column for place, column in CLOSED.items() if isinstance(column.type, Enum)}


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """A connection to a store of each kind, as the migrations built it."""
    with engine.connect() as opened:
        yield opened


def _compare(connection: Connection, metadata: MetaData) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata))


def test_the_tables_of_a_migrated_database_are_those_of_the_models(connection: Connection) -> None:
    assert {ledger.Outcome.metadata, archive.Source.metadata} == {Base.metadata}
    assert _compare(connection, Base.metadata) == []


def test_the_comparison_would_see_a_column_an_index_or_a_null_that_differs(connection: Connection) -> None:
    changed = MetaData(naming_convention=Base.metadata.naming_convention)
    for table in Base.metadata.sorted_tables:
        table.to_metadata(changed)
    log = changed.tables["log"]
    log.append_column(Column("added", log.c.responses.type))
    log.c.path.nullable = True
    Index(None, log.c.framework)
    kinds = {step[0] if isinstance(step, tuple) else step[0][0] for step in _compare(connection, changed)}
    assert kinds == {"add_column", "modify_nullable", "add_index"}


def test_the_newest_version_is_the_head_of_the_migrations() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)
    assert [newest(MIGRATIONS)] == scripts.get_heads()
    assert [script.down_revision for script in scripts.walk_revisions()][-1] is None


def _rules(connection: Connection) -> dict[str, str]:
    """Name and text of every constraint of the database."""
    if connection.dialect.name == "postgresql":
        query = (
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'f', 'p', 'u')"
        )
        return {
            name: rule for name, rule in connection.execute(text(query)) if not name.startswith("alembic")
        }
    statements = connection.execute(text("SELECT sql FROM sqlite_master WHERE type = 'table'")).scalars()
    found: dict[str, str] = {}
    for statement in statements:
        for part in statement.split("CONSTRAINT ")[1:]:
            name, rule = part.split(maxsplit=1)
            found[name] = rule
    return {name: rule for name, rule in found.items() if not name.startswith("alembic")}


def test_every_rule_has_the_name_that_the_models_give_it(connection: Connection) -> None:
    declared = {str(rule.name) for table in Base.metadata.sorted_tables for rule in table.constraints}
    assert set(_rules(connection)) == declared


def test_every_index_has_the_name_and_the_uniqueness_that_the_models_give_it(connection: Connection) -> None:
    looked_up = inspect(connection)
    for table in Base.metadata.sorted_tables:
        there = {
            (index["name"], bool(index["unique"]))
            for index in looked_up.get_indexes(table.name)
            if not index.get("duplicates_constraint")
        }
        assert there == {(index.name, index.unique) for index in table.indexes}


@pytest.mark.parametrize("place", CLOSED)
def test_a_closed_list_holds_the_same_words_in_the_database_as_in_python(
    connection: Connection, place: str
) -> None:
    column = CLOSED[place]
    assert isinstance(column.type, Enum)
    assert column.type.enum_class is not None
    rule = _rules(connection)[f"ck_{column.table.name}_{column.name}"]
    words = re.findall(r"'([^']*)'", rule)
    assert sorted(words) == sorted(word.value for word in column.type.enum_class)


def test_the_text_of_every_check_is_the_one_of_the_models(sqlite_engine: Engine) -> None:
    """Only SQLite keeps the words as they were written; the migration wrote the same ones to both."""
    with sqlite_engine.connect() as connection:
        rules = _rules(connection)
    for table in Base.metadata.sorted_tables:
        for rule in table.constraints:
            if (said := getattr(rule, "sqltext", None)) is not None and " IN (" not in str(said):
                assert f"CHECK ({said})" in rules[str(rule.name)]


def test_a_closed_column_is_wide_enough_for_every_word() -> None:
    for column in CLOSED.values():
        assert isinstance(column.type, Enum)
        assert column.type.length is not None
        assert max(map(len, column.type.enums)) <= column.type.length


def _guarded(connection: Connection) -> set[tuple[str, str]]:
    """Which tables have a trigger that refuses which action."""
    if connection.dialect.name == "postgresql":
        query = "SELECT event_object_table, event_manipulation FROM information_schema.triggers"
        rows = {(table, action.lower()) for table, action in connection.execute(text(query))}
        truncate = "SELECT relname FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid WHERE tgtype & 32 > 0"
        return rows | {(table, "truncate") for (table,) in connection.execute(text(truncate))}
    query = "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'"
    return {
        (table, name.removeprefix(f"{table}_refuses_")) for table, name in connection.execute(text(query))
    }


def test_exactly_the_append_only_tables_refuse_changes(connection: Connection) -> None:
    actions = {"update", "delete"} | ({"truncate"} if connection.dialect.name == "postgresql" else set())
    append_only = (*ledger.APPEND_ONLY, *getattr(archive, "APPEND_ONLY", ()))
    assert _guarded(connection) == {(table, action) for table in append_only for action in actions}
