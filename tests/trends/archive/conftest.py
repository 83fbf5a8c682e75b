"""What tests of lists share: one known world on each store, to be read, never written to."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, text
from tests.trends.followed_world import followed_world

from nophantom.settings import MIGRATIONS
from nophantom.store.engine import open_engine
from nophantom.store.versions import bring_up_to_date


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The sources of `followed_world` with their visits."""
    if request.param == "sqlite":
        address = f"sqlite:///{tmp_path_factory.mktemp('followed') / 'nophantom.db'}"
    else:
        server = request.getfixturevalue("postgres_server")
        name, model = f"followed_{secrets.token_hex(8)}", request.getfixturevalue("postgres_model")
        admin = create_engine(
            server.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT"
        )
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {model}"))
        admin.dispose()
        address = server.replace("/postgres?", f"/{name}?")
    opened = open_engine(address)
    bring_up_to_date(opened, MIGRATIONS)
    followed_world(opened)
    yield opened
    opened.dispose()
