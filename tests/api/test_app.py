"""What all routes share: one shape of failure, tags, metrics, the described schema, the pages."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import create_engine, text

from nophantom.api.app import described, schema_text
from nophantom.api.guard import Access, Guard
from nophantom.api.pages import add_pages

REPOSITORY = Path(__file__).resolve().parents[2]


def test_openapi_json_is_current() -> None:
    """The web client's types are made from it; `make openapi` writes it anew."""
    assert (REPOSITORY / "openapi.json").read_text(encoding="utf-8") == schema_text()


def test_every_operation_has_a_name_and_a_sentence_and_tells_its_failures_in_the_one_shape() -> None:
    for path, operations in described().openapi()["paths"].items():
        for operation in operations.values():
            assert operation["operationId"].isidentifier()
            assert operation["summary"]
            assert operation["description"].endswith((".", "?"))
            for status, answer in operation["responses"].items():
                if not status.startswith("2"):
                    told = answer["content"]["application/json"]["schema"]
                    assert told == {"$ref": "#/components/schemas/Problem"}, (path, status)


def test_closed_words_are_closed_in_the_schema_too() -> None:
    schemas = described().openapi()["components"]["schemas"]
    for name in (
        "Verdict",
        "Phase",
        "Standing",
        "Place",
        "CandidateDrop",
        "ItemDrop",
        "Failure",
        "Family",
        "Kind",
    ):
        assert schemas[name]["enum"], name


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/v1/nothing", 404, "not_found"),
        ("/api/nothing", 404, "not_found"),
        ("/api/v1/runs/r999", 404, "not_found"),
        ("/api/v1/snapshots/7", 404, "not_found"),
        ("/api/v1/signals", 404, "not_found"),
        ("/api/v1/documents/hn:1", 404, "not_found"),
        ("/api/v1/signals?limit=none", 422, "invalid_input"),
        ("/api/v1/signals?sort=colour", 422, "invalid_input"),
        ("/api/v1/documents?cursor=none", 422, "invalid_input"),
        ("/api/v1/snapshots/first", 422, "invalid_input"),
        ("/api/v1/comparisons?first=a", 422, "invalid_input"),
    ],
)
def test_every_failure_has_the_one_shape(client: TestClient, path: str, status: int, code: str) -> None:
    answer = client.get(path)
    told = answer.json()
    assert (answer.status_code, told["code"]) == (status, code)
    assert set(told) == {"code", "message", "details"}
    assert told["message"].endswith((".", "it."))


def test_a_validation_failure_names_each_wrong_part_and_what_was_seen(client: TestClient) -> None:
    told = client.get("/api/v1/documents?limit=0&family=newspaper").json()
    assert [(fault["where"], fault["seen"]) for fault in told["details"]["faults"]] == [
        ("query.family.0", "'newspaper'"),
        ("query.limit", "'0'"),
    ]


def test_a_wrong_method_has_the_one_shape(client: TestClient) -> None:
    answer = client.delete("/api/v1/runs")
    assert answer.status_code == 401  # no token: it is not even said that there is no such thing to do
    assert answer.json()["code"] == "unauthorised"


def test_a_bug_is_told_in_the_one_shape_and_without_its_insides(client: TestClient) -> None:
    app = client.app
    assert isinstance(app, FastAPI)
    app.state.store = None
    answer = client.get("/api/v1/runs")
    assert (answer.status_code, answer.json()["code"]) == (500, "bug")
    assert "NoneType" not in answer.text


def test_what_the_reader_has_already_is_not_sent_again(client: TestClient) -> None:
    first = client.get("/api/v1/runs")
    tag = first.headers["etag"]
    again = client.get("/api/v1/runs", headers={"if-none-match": f'"other", {tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get("/api/v1/runs", headers={"if-none-match": 'W/"other"'}).status_code == 200
    assert client.get("/api/v1/runs?sort=name").headers["etag"] == tag  # the same content has the same tag
    assert "etag" not in client.get("/api/v1/nothing").headers


def test_a_change_changes_the_tag(ledger: TestClient) -> None:
    assert ledger.get("/api/v1/runs").headers["etag"] != ledger.get("/api/v1/evaluations").headers["etag"]


def test_metrics_count_by_the_pattern_of_the_route(ledger: TestClient) -> None:
    for path in ("/api/v1/runs/r1", "/api/v1/runs/r2", "/api/v1/runs/r77"):
        ledger.get(path)
    told = ledger.get("/metrics").text
    pattern = 'nophantom_requests_total{method="GET",route="/api/v1/runs/{reference:path}"'
    assert f'{pattern},status="200"}} 2.0' in told
    assert f'{pattern},status="404"}} 1.0' in told
    assert "r77" not in told


def test_health_says_so(client: TestClient) -> None:
    assert client.get("/healthz").json()["status"] == "ok"


@pytest.mark.parametrize("address", ["postgres"], indirect=True)
def test_health_fails_with_the_database(
    serve: Callable[..., TestClient], address: str, postgres_server: str
) -> None:
    client = serve(database=address)
    assert client.get("/healthz").status_code == 200
    name = address.split("?")[0].rsplit("/", 1)[1]
    admin = create_engine(
        postgres_server.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT"
    )
    with admin.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
        connection.execute(text(ended), {"name": name})
    admin.dispose()
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


@pytest.fixture
def pages(tmp_path: Path) -> TestClient:
    built = tmp_path / "static"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text('<html><meta property="csp-nonce" nonce="__CSP_NONCE__"></html>')
    (built / "assets" / "app-1a2b.js").write_text("1")
    (built / "favicon.svg").write_text("<svg/>")
    (built / ".stamp").write_text("secret")
    app = described()
    add_pages(app, built)
    app.add_middleware(Guard, access=Access())
    return TestClient(app, base_url="http://127.0.0.1")


def test_every_address_of_the_app_is_its_document_with_a_fresh_nonce(pages: TestClient) -> None:
    for path in ("/", "/signals", "/signals/chatgpt?snapshot=3", "/assets-of-mine"):
        answer = pages.get(path)
        nonce = answer.text.split('nonce="')[1].split('"')[0]
        assert f"'nonce-{nonce}'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-cache"


def test_files_that_hold_their_hash_are_kept_for_good(pages: TestClient) -> None:
    assert "immutable" in pages.get("/assets/app-1a2b.js").headers["cache-control"]
    assert pages.get("/favicon.svg").text == "<svg/>"


@pytest.mark.parametrize(
    "path", ["/assets/none.js", "/api/none", "/assets/../index.html", "/assets/%2e%2e/.stamp"]
)
def test_what_is_no_file_is_not_found(pages: TestClient, path: str) -> None:
    answer = pages.get(path)
    assert answer.status_code == 404 or "secret" not in answer.text


def test_hidden_files_are_not_served(pages: TestClient) -> None:
    assert "secret" not in pages.get("/.stamp").text


def test_without_built_pages_the_api_works_and_the_page_says_how_to_build_them(tmp_path: Path) -> None:
    app = described()
    add_pages(app, tmp_path / "nothing")
    app.add_middleware(Guard, access=Access())
    answer = TestClient(app, base_url="http://127.0.0.1").get("/")
    assert answer.status_code == 503
    assert "make setup" in answer.text


def test_the_schema_is_json_with_sorted_keys() -> None:
    assert json.loads(schema_text())["info"]["title"] == "NoPhantom"
