"""What the tests of the API share: a server in this process over a small real ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from nophantom.api.app import create
from nophantom.llm.importing import import_logs
from nophantom.settings import MIGRATIONS, Settings
from nophantom.store.blobs import Blobs
from nophantom.store.engine import open_engine
from nophantom.store.versions import bring_up_to_date

TOKEN = "a-token-of-24-characters"


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., TestClient]]:
    """Starts a server over a home: serve(token=..., host=..., database=...) -> its client."""
    running: list[TestClient] = []

    def start(
        *,
        token: str | None = None,
        host: str = "127.0.0.1",
        database: str | None = None,
        home: Path | None = None,
    ) -> TestClient:
        settings = Settings(home=home or tmp_path / "home", database=database, token=token)  # type: ignore[arg-type]
        client = TestClient(
            create(settings, host=host), base_url="http://127.0.0.1:8765", raise_server_exceptions=False
        )
        client.__enter__()
        running.append(client)
        return client

    yield start
    for client in running:
        client.__exit__(None, None, None)


@pytest.fixture
def client(serve: Callable[..., TestClient]) -> TestClient:
    """A server over an empty store, open for reading alone."""
    return serve()


@pytest.fixture
def ledger(
    tmp_path: Path, write_lm_eval: Callable[..., Path], serve: Callable[..., TestClient]
) -> TestClient:
    """A server over two imported runs: `better` has 6 of 8 right, `worse` 3, and they share 2."""
    better = [f"So it is #### {n if n <= 6 else 0}" for n in range(1, 9)]
    worse = [f"I say #### {n if n in {1, 2, 8} else 0}" for n in range(1, 8)] + ["I say #### 8"]
    paths = [write_lm_eval("org/better", better), write_lm_eval("org/worse", worse)]
    engine = open_engine(f"sqlite:///{tmp_path / 'home' / 'nophantom.db'}")
    bring_up_to_date(engine, MIGRATIONS)
    import_logs(engine, Blobs(tmp_path / "home" / "blobs"), paths)
    engine.dispose()
    return serve()
