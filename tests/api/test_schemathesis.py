"""Generated calls of every route: no server error, and every answer is what the schema says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2 as httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from pydantic import SecretStr
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.trends.followed_world import followed_world

from nophantom.api.app import described
from nophantom.clock import now
from nophantom.llm.importing import import_logs
from nophantom.publishing.crowd import crowd
from nophantom.settings import MIGRATIONS, Settings
from nophantom.store.blobs import Blobs
from nophantom.store.engine import open_engine, writing
from nophantom.store.versions import bring_up_to_date
from nophantom.trends.archive.recommending import recommend_snapshot
from nophantom.trends.search_words import words_sought

TOKEN = "a-token-of-24-characters"
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)


SCHEMA = schemathesis.openapi.from_dict(described().openapi())
OPERATIONS: list[Any] = [found.ok() for found in SCHEMA.get_all_operations()]


@pytest.fixture(scope="session")
def address(
    tmp_path_factory: pytest.TempPathFactory,
    session_lm_eval: Callable[..., Path],
    serving: Callable[[Settings], str],
) -> str:
    """A real server over a small crowd and two runs."""
    home = tmp_path_factory.mktemp("home")
    engine = open_engine(f"sqlite:///{home / 'nophantom.db'}")
    bring_up_to_date(engine, MIGRATIONS)
    recorded = crowd(engine, home, signals=60, watch=20, drops=20)
    with writing(engine) as session:
        recommend_snapshot(session, recorded.id, at=now())
    followed_world(engine, at=now())
    logs = [
        session_lm_eval("org/better", ["#### 1", "#### 2"]),
        session_lm_eval("org/worse", ["#### 1", "#### 3"]),
    ]
    import_logs(engine, Blobs(home / "blobs"), logs)
    engine.dispose()
    return serving(Settings(home=home, token=SecretStr(TOKEN)))


def test_all_routes_are_called() -> None:
    assert len(OPERATIONS) == 68


@pytest.mark.parametrize(
    "examples", [pytest.param(100, marks=pytest.mark.long), 20], ids=["campaign", "share"]
)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_no_call_of_a_route_is_a_server_error(operation: Any, examples: int, address: str) -> None:
    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def call(case: Any) -> None:
        response = case.call(base_url=address, headers={"authorization": f"Bearer {TOKEN}"})
        case.validate_response(response, checks=list(CHECKS))

    call()


NASTY = ("'", '"', "%", "_", "\\", "\u2028", "\U0001f600", "ÿ", "../..", "{}", "-1", "1e400", "A" * 200, " ")


@pytest.mark.parametrize("text", NASTY)
def test_odd_texts_find_nothing_or_something_and_never_break(address: str, text: str) -> None:
    lists = (
        "signals",
        "watchlist",
        "drops",
        "topics",
        "runs",
        "evaluations",
        "sources",
        "drops/items",
        "documents",
    )
    with httpx.Client(
        base_url=f"{address}/api/v1/"
    ) as client:  # one: it looks for certificates when it is made
        for path in lists:
            answer = client.get(path, params={"q": text})
            # Documents are found by words: where there is none to look for, that is said.
            without_words = path == "documents" and not words_sought(text)
            assert answer.status_code == (422 if without_words else 200), (path, answer.text)
        for path in ("topics", "documents", "runs"):
            answer = client.get(f"{path}/{quote(text, safe='')}")
            assert answer.status_code in {200, 404, 409}, (path, answer.text)
