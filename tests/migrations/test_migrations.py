"""The migrations build what the models say, word for word, on both stores."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, Engine, Enum, Index, MetaData, inspect, text
from sqlalchemy.exc import IntegrityError

import nophantom
from nophantom.llm.ledger import tables as ledger
from nophantom.publishing.doctor import examine
from nophantom.store.base import Base
from nophantom.store.engine import open_engine, reading
from nophantom.store.versions import bring_up_to_date, newest
from nophantom.trends.archive import tables as archive
from nophantom.trends.archive.backtests import BACKTESTS_APPEND_ONLY
from nophantom.trends.archive.change_tables import CHANGES_APPEND_ONLY
from nophantom.trends.archive.evidence_tables import EVIDENCE_APPEND_ONLY
from nophantom.trends.archive.recommendation_tables import RECOMMENDATIONS_APPEND_ONLY
from nophantom.trends.archive.replay_tables import COUNTING_APPEND_ONLY
from nophantom.trends.archive.snapshots import list_candidates, list_snapshots, read_evidence, snapshot_json
from nophantom.trends.archive.source_tables import SOURCES_APPEND_ONLY

MIGRATIONS = Path(nophantom.__file__).parent / "migrations"
CLOSED = {f"{c.table.name}.{c.name}": c for table in Base.metadata.sorted_tables for c in table.c}
CLOSED = {place: column for place, column in CLOSED.items() if isinstance(column.type, Enum)}


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """A connection to a store of each kind, as the migrations built it."""
    with engine.connect() as opened:
        yield opened


def _compare(connection: Connection, metadata: MetaData) -> list[Any]:
    # The words to search by are an index of each store's own kind.
    context = MigrationContext.configure(
        connection,
        opts={
            "compare_type": True,
            "include_name": lambda name, kind, _: (
                not (kind == "table" and str(name).startswith("document_words"))
            ),
        },
    )
    return list(compare_metadata(context, metadata))


def test_the_tables_of_a_migrated_database_are_those_of_the_models(connection: Connection) -> None:
    assert {ledger.Outcome.metadata, archive.Document.metadata} == {Base.metadata}
    assert _compare(connection, Base.metadata) == []


def test_the_store_that_other_tests_get_at_once_is_what_the_migrations_make(
    sqlite_engine: Engine, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("real_migrations")
    real = open_engine(f"sqlite:///{tmp_path / 'real.db'}")
    assert bring_up_to_date(real, MIGRATIONS)
    seen = []
    for engine in (sqlite_engine, real):
        with engine.connect() as opened:
            parts = opened.execute(
                text("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY 1, 2")
            ).all()
            names = [name for kind, name, *_ in parts if kind == "table"]
            rows = {name: opened.execute(text(f'SELECT * FROM "{name}"')).all() for name in names}
            settings = ("user_version", "application_id", "encoding", "auto_vacuum", "journal_mode")
            told = [opened.execute(text(f"PRAGMA {name}")).scalar_one() for name in settings]
        seen.append((parts, rows, told))
    assert len(seen[0][0]) > 60
    assert seen[0] == seen[1]
    real.dispose()


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
    assert {name for name in _rules(connection) if "document_words" not in name} == declared


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
    append_only = (
        *ledger.APPEND_ONLY,
        *archive.APPEND_ONLY,
        *SOURCES_APPEND_ONLY,
        *RECOMMENDATIONS_APPEND_ONLY,
        *EVIDENCE_APPEND_ONLY,
        *COUNTING_APPEND_ONLY,
        *CHANGES_APPEND_ONLY,
        *BACKTESTS_APPEND_ONLY,
    )
    assert _guarded(connection) == {(table, action) for table in append_only for action in actions}


# ---------------------------------------------------------------- databases of earlier versions

DIGEST = "0123456789abcdef" * 4
AT = "2026-01-02 03:04:05.000006"
OF_CANDIDATE = {
    "log_e": 0.5,
    "stories": 3,
    "expected": 0.5,
    "momentum": 2.0,
    "momentum_low": 1.0,
    "momentum_high": 4.0,
    "ratio": 2.0,
    "ratio_low": 1.0,
    "ratio_high": 4.0,
    "needed": None,
    "numbers": "{}",
}


def _upgraded(address: str, version: str) -> Engine:
    """A database as that version left it."""
    engine = open_engine(address)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)
    return engine


def _add(connection: Connection, table: str, **row: object) -> None:
    columns, values = ", ".join(row), ", ".join(f":{name}" for name in row)
    connection.execute(text(f'INSERT INTO "{table}" ({columns}) VALUES ({values})'), row)


def _fill_0003(connection: Connection) -> None:
    """Four documents, and two snapshots of version 0003: the second knows the first topic as a drop."""
    _add(connection, "source", id=1, address="archive:arxiv", family="arxiv")
    _add(connection, "collection", id=1, source_id=1, name="papers")
    counts = {"lines": 4, "outside": 0, "blank": 0, "items": 4, "documents": 4, "duplicates": 0, "drops": 0}
    about = {"path": "a", "n_bytes": 1, "outcome": "complete", "started_at": AT, "finished_at": AT}
    _add(connection, "fetch", id=1, source_id=1, identity=DIGEST, sha256=DIGEST, **about, **counts)
    for n in range(1, 5):
        day = {"published_on": "2026-01-01", "first_seen": "2026-01-01"}
        empty = {"text": "", "url": "", "list_name": ""}
        known = {
            "native_id": f"arxiv:{n}",
            "family": "arxiv",
            "kind": "paper",
            "title": "t",
            "language": "en",
        }
        _add(connection, "document", id=n, **known, **day, **empty)
        _add(connection, "document_collection", document_id=n, collection_id=1, first_seen="2026-01-01")
        raw = {"raw_hash": b"0123456789abcdef", "outcome": "document", "document_id": n}
        _add(connection, "item", fetch_id=1, position=n, **raw)
    for n in (1, 2):
        _add(connection, "topic", id=n, slug=f"topic{n}", name=f"Topic {n}")
    of_signal = {"standing": "shown", "phase": "emerging", "phase_numbers": "{}", "shown_days": 1}
    for number, places in ((1, ("signal", "signal")), (2, ("drop", "signal"))):
        _add(connection, "snapshot", **_snapshot_0003(number, places))
        for topic, place in enumerate(places, 1):
            reason = "seasonal" if place == "drop" else None
            told = {"topic_id": topic, "name": f"Topic {topic}", "place": place, "reason": reason}
            _add(connection, "candidate", snapshot_id=number, **told, **OF_CANDIDATE)
    for signal, (number, topic) in (
        (7, (1, 2)),
        (8, (1, 1)),
        (9, (2, 2)),
    ):  # in another order than the topics
        where = {"id": signal, "snapshot_id": number, "topic_id": topic, "onset": "2026-01-01"}
        _add(connection, "signal", **where, **of_signal)
    for signal, documents in EVIDENCE_0003.items():
        for position, document in enumerate(documents, 1):
            _add(connection, "evidence", signal_id=signal, position=position, document_id=document)


EVIDENCE_0003 = {7: (4, 1), 8: (2, 3, 1), 9: (3,)}
EVIDENCE_0004 = [
    (1, 1, 1, 2),
    (1, 1, 2, 3),
    (1, 1, 3, 1),
    (1, 2, 1, 4),
    (1, 2, 2, 1),
    (2, 2, 1, 3),
]


def _snapshot_0003(number: int, places: tuple[str, ...]) -> dict[str, object]:
    """A row whose digest is over the content as version 0003 wrote it, word for word."""
    signals, drops = places.count("signal"), places.count("drop")
    counts = {"n_documents": 4, "n_stories": 4, "n_topics": 3, "n_strata": 1, "below_support": 1}
    counts |= {"candidates": 2, "signals": signals, "watch": 0, "drops": drops}
    header = {"as_of": "2026-01-02", "simulated": False, "log_threshold": float(number), **counts}
    cited = {(1, 1): ["arxiv:2", "arxiv:3", "arxiv:1"], (1, 2): ["arxiv:4", "arxiv:1"], (2, 2): ["arxiv:3"]}
    judged = []
    for topic, place in sorted(enumerate(places, 1), key=lambda one: one[1] == "drop"):
        signal: dict[str, object] = {"standing": "shown", "phase": "emerging", "phase_numbers": {}}
        signal |= {"onset": "2026-01-01", "shown_days": 1, "evidence": cited.get((number, topic))}
        judged.append(
            {
                "slug": f"topic{topic}",
                "name": f"Topic {topic}",
                "place": place,
                "reason": "seasonal" if place == "drop" else None,
                "log_e": 0.5,
                "stories": 3,
                "expected": 0.5,
                "momentum": [2.0, 1.0, 4.0],
                "ratio": [2.0, 1.0, 4.0],
                "needed": None,
                "numbers": {},
                "signal": signal if place == "signal" else None,
            }
        )
    content = json.dumps(
        {**header, "parameters": {}, "judged": judged}, sort_keys=True, separators=(",", ":")
    )
    hashes = {"parameters_hash": DIGEST, "digest": sha256(content.encode()).hexdigest()}
    return {**header, "id": number, "parameters": "{}", "created_at": AT, **hashes}


def test_the_evidence_of_version_0003_is_carried_over_to_its_candidates_and_every_digest_still_holds(
    address: str,
) -> None:
    engine = _upgraded(address, "0003")
    with engine.begin() as connection:
        _fill_0003(connection)
    assert bring_up_to_date(engine, MIGRATIONS)
    with engine.connect() as connection:
        found = "SELECT snapshot_id, topic_id, position, document_id FROM evidence ORDER BY 1, 2, 3"
        assert [tuple(row) for row in connection.execute(text(found))] == EVIDENCE_0004
        assert connection.execute(text("SELECT count(*) FROM history_day")).scalar_one() == 0
        assert not [name for name in inspect(connection).get_table_names() if "carried_over" in name]
    with reading(engine) as session:
        assert [d.native_id for d in read_evidence(session, 1, 1)] == ["arxiv:2", "arxiv:3", "arxiv:1"]
        assert [(c.slug, c.evidence) for c in list_candidates(session, 2)] == [("topic1", 0), ("topic2", 1)]
        for row in list_snapshots(session):
            assert sha256(snapshot_json(session, row.id).encode()).hexdigest() == row.digest
    assert examine(engine, None) == []
    engine.dispose()


def test_what_was_carried_over_refuses_changes_as_before(address: str) -> None:
    engine = _upgraded(address, "0003")
    with engine.begin() as connection:
        _fill_0003(connection)
    bring_up_to_date(engine, MIGRATIONS)
    for statement in ("UPDATE evidence SET position = 9", "DELETE FROM evidence"):
        with engine.connect() as connection, pytest.raises(IntegrityError, match="append-only"):
            connection.execute(text(statement))
    engine.dispose()


def test_names_are_folded_in_all_alphabets_and_the_facts_refuse_changes_as_before(address: str) -> None:
    engine = _upgraded(address, "0003")
    with engine.begin() as connection:
        _fill_0003(connection)
        _add(connection, "topic", id=3, slug="other", name="other")
        connection.execute(text(_NAMED), {"name": "ÜBER Straße ΔELTA"})
    bring_up_to_date(engine, MIGRATIONS)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT name, folded FROM candidate")).all()
        assert "über strasse δelta" in {row.folded for row in rows}
        assert all(row.folded == row.name.casefold() for row in rows)
        with pytest.raises(IntegrityError, match="append-only"):
            connection.execute(text("UPDATE candidate SET folded = ''"))
    engine.dispose()


_NAMED = """
    INSERT INTO candidate SELECT 2, t.id, :name, c.place, c.reason, c.log_e, c.stories, c.expected, c.momentum,
        c.momentum_low, c.momentum_high, c.ratio, c.ratio_low, c.ratio_high, c.needed, c.numbers
    FROM candidate c CROSS JOIN topic t WHERE c.snapshot_id = 2 AND c.topic_id = 2 AND t.id = 3
"""


def test_a_database_that_was_upgraded_has_the_tables_of_a_new_one(address: str) -> None:
    engine = _upgraded(address, "0003")
    bring_up_to_date(engine, MIGRATIONS)
    with engine.connect() as connection:
        assert _compare(connection, Base.metadata) == []
    engine.dispose()
