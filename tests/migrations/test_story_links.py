"""Version 0009 on an archive of before: every document waits for its story, and finds it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text

from nophantom.settings import MIGRATIONS
from nophantom.store.engine import open_engine, reading
from nophantom.store.versions import bring_up_to_date
from nophantom.trends.linking import link_stories

TITLES = ("Zorblax 3 eats all other quuxes", "How Zorblax 3 eats all other quuxes", "Something else happened")


def _add(connection: Connection, table: str, **row: Any) -> None:
    columns, values = ", ".join(row), ", ".join(f":{name}" for name in row)
    connection.execute(text(f'INSERT INTO "{table}" ({columns}) VALUES ({values})'), row)


@pytest.fixture
def old(address: str) -> Iterator[Engine]:
    """A store of each kind at version 0008, with three documents."""
    engine = open_engine(address)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0008")
    with engine.begin() as connection:
        _add(connection, "source", id=1, address="archive:hacker_news", family="hacker_news")
        _add(connection, "collection", id=1, source_id=1, name="front_page")
        for number, title in enumerate(TITLES, 1):
            empty = {"text": "", "url": "", "list_name": ""}
            days = {"published_on": "2026-01-01", "first_seen": f"2026-01-0{number}"}
            named = {"native_id": f"hn:{number}", "title": title, "language": "en"}
            kinds = {"family": "hacker_news", "kind": "post"}
            _add(connection, "document", id=number, **named, **kinds, **empty, **days)
            _add(
                connection,
                "document_collection",
                document_id=number,
                collection_id=1,
                first_seen="2026-01-02",
            )
    yield engine
    engine.dispose()


def test_documents_of_before_wait_for_their_stories_and_find_them(old: Engine) -> None:
    bring_up_to_date(old, MIGRATIONS)
    with reading(old) as session:
        waiting = session.execute(text("SELECT document_id FROM unlinked_document ORDER BY 1")).scalars()
        assert list(waiting) == [1, 2, 3]

    done = link_stories(old)

    assert (done.documents, done.links, done.waiting) == (3, 1, 0)
    with reading(old) as session:
        links = session.execute(text("SELECT document_id, representative_id, why FROM story_link")).all()
    assert [tuple(row) for row in links] == [(2, 1, "near_title")]
