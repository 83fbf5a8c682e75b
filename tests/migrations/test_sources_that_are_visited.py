"""Version 0008 on an archive of before: every row stays, every document gets its words, the old rules hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

from nophantom.publishing.doctor import examine
from nophantom.settings import MIGRATIONS
from nophantom.store.engine import open_engine, reading
from nophantom.store.versions import bring_up_to_date

TIME = "2026-01-02 03:04:05.000006"
HASH = "0123456789abcdef" * 4
DOCUMENTS = 7
TABLES = ("source", "collection", "fetch", "document", "document_collection", "item")


def _add(connection: Connection, table: str, *rows: dict[str, Any]) -> None:
    columns, values = ", ".join(rows[0]), ", ".join(f":{column}" for column in rows[0])
    connection.execute(text(f'INSERT INTO "{table}" ({columns}) VALUES ({values})'), list(rows))


def _document(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "native_id": f"hn:{number}",
        "family": "hacker_news",
        "kind": "post",
        "title": f"Zorb {number} in C++ \u6f22",
        "text": "It compiles.",
        "url": "",
        "published_on": "2026-01-01",
        "first_seen": "2026-01-02",
        "language": "en",
        "list_name": "",
    }


def _rows(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """All that stands in the old columns."""
    return {
        table: sorted(tuple(row) for row in connection.execute(text(f'SELECT {OLD[table]} FROM "{table}"')))
        for table in TABLES
    }


OLD = {
    "source": "id, address, family",
    "collection": "id, source_id, name",
    "fetch": "id, source_id, identity, path, outcome, lines, outside, blank, items, documents, duplicates, drops",
    "document": ", ".join(_document(1)),
    "document_collection": "document_id, collection_id, first_seen",
    "item": "fetch_id, position, raw_hash, outcome, document_id, reason, seen",
}


@pytest.fixture
def old(address: str) -> Iterator[Engine]:
    """A store of each kind at version 0007, with an archive that was imported."""
    engine = open_engine(address)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0007")
    with engine.begin() as connection:
        _add(connection, "source", {"id": 1, "address": "archive:hacker_news", "family": "hacker_news"})
        _add(connection, "collection", {"id": 1, "source_id": 1, "name": "front_page"})
        books = {"lines": DOCUMENTS + 2, "outside": 0, "blank": 0, "items": DOCUMENTS + 2}
        books |= {"documents": DOCUMENTS, "duplicates": 1, "drops": 1}
        fetch = {"id": 1, "source_id": 1, "identity": HASH, "path": "a.jsonl", "sha256": HASH, "n_bytes": 9}
        _add(
            connection,
            "fetch",
            fetch | books | {"outcome": "complete", "started_at": TIME, "finished_at": TIME},
        )
        numbers = range(1, DOCUMENTS + 1)
        _add(connection, "document", *(_document(n) for n in numbers))
        links = ({"document_id": n, "collection_id": 1, "first_seen": "2026-01-02"} for n in numbers)
        _add(connection, "document_collection", *links)
        plain = {"fetch_id": 1, "raw_hash": HASH.encode()[:16], "reason": None, "seen": None}
        _add(
            connection,
            "item",
            *(plain | {"position": n, "outcome": "document", "document_id": n} for n in numbers),
            plain | {"position": DOCUMENTS + 1, "outcome": "duplicate", "document_id": 1},
            plain
            | {
                "position": DOCUMENTS + 2,
                "outcome": "drop",
                "document_id": None,
                "reason": "no_id",
                "seen": "x",
            },
        )
    yield engine
    engine.dispose()


def _found(engine: Engine, word: str) -> list[int]:
    """Numbers of the documents that a word leads to."""
    query = (
        "SELECT rowid FROM document_words WHERE document_words MATCH :word ORDER BY 1"
        if engine.dialect.name == "sqlite"
        else "SELECT document_id FROM document_words WHERE words @@ CAST(:word AS tsquery) ORDER BY 1"
    )
    quoted = f'"{word}"' if engine.dialect.name == "sqlite" else f"'{word}'"
    with reading(engine) as session:
        return list(session.execute(text(query), {"word": quoted}).scalars())


def test_every_row_stays_and_every_document_gets_its_words(old: Engine) -> None:
    with old.connect() as connection:
        before = _rows(connection)
    assert len(before["document"]) == DOCUMENTS

    bring_up_to_date(old, MIGRATIONS)

    with old.connect() as connection:
        assert _rows(connection) == before
    assert _found(old, "zorb") == list(range(1, DOCUMENTS + 1))
    assert _found(old, "c++") == list(range(1, DOCUMENTS + 1))
    assert _found(old, "5") == [5]
    assert _found(old, "nothing") == []
    assert examine(old, None) == []


def test_what_was_there_is_an_archive_that_nobody_visits(old: Engine) -> None:
    bring_up_to_date(old, MIGRATIONS)

    with old.connect() as connection:
        source = connection.execute(text("SELECT protocol, key, state, settings, kind FROM source")).one()
        again = text('SELECT again_duplicates, again_drops, requests, trouble FROM "fetch"')
        fetch = connection.execute(again).one()
        document = connection.execute(text("SELECT DISTINCT published_at, certainty FROM document")).one()
        counts = connection.execute(text("SELECT counts FROM collection")).scalar_one()
        health = connection.execute(text("SELECT count(*) FROM source_health")).scalar_one()
    assert tuple(source) == ("archive", None, "active", "{}", "")
    assert tuple(fetch) == (0, 0, 1, None)
    assert tuple(document) == (None, "day")
    assert (bool(counts), health) == (True, 0)


REFUSED = {
    "UPDATE document SET family = 'nonsense' WHERE id = 1": "ck_document_family",
    "UPDATE source SET family = 'nonsense'": "ck_source_family",
    "UPDATE \"fetch\" SET outcome = 'nonsense'": "ck_fetch_outcome",
    'UPDATE "fetch" SET n_bytes = 0': "ck_fetch_has_content",
    'UPDATE "fetch" SET items = items + 1, lines = lines + 1': "ck_fetch_books_balance",
    "UPDATE source SET key = 'k'": "ck_source_a_key_unless_archived",
}


def test_the_closed_lists_take_the_new_words_and_the_rules_refuse_the_rest(old: Engine) -> None:
    bring_up_to_date(old, MIGRATIONS)

    for statement, rule in REFUSED.items():
        with old.connect() as connection, pytest.raises(IntegrityError) as refusal:
            connection.execute(text(statement))
        assert rule in str(refusal.value.orig)
    with old.begin() as connection:
        connection.execute(text("UPDATE document SET family = 'lobsters' WHERE id = 1"))
        connection.execute(text("UPDATE \"fetch\" SET outcome = 'unchanged', n_bytes = 0"))


def test_the_file_is_whole_after_its_rules_were_edited_in_place(old: Engine) -> None:
    bring_up_to_date(old, MIGRATIONS)

    if old.dialect.name == "sqlite":
        with old.connect() as connection:
            assert connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
