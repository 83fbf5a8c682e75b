"""Who may ask what: loopback reads, the token writes, other names and other machines are refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from nophantom.api.guard import MOST_BYTES, Access
from nophantom.errors import InvalidInput

TOKEN = "a-token-of-24-characters"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8765", "127.0.0.1", "127.0.0.1:1", "[::1]:8765"])
def test_reading_is_open_to_the_names_of_loopback(client: TestClient, host: str) -> None:
    assert client.get("/api/v1/runs", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "", "0.0.0.0"]
)
def test_a_name_that_somebody_points_at_loopback_is_refused(client: TestClient, host: str) -> None:
    for path in ("/api/v1/runs", "/", "/metrics", "/healthz"):
        answer = client.get(path, headers={"host": host})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input"), path


def post(client: TestClient, **headers: str) -> Any:
    return client.post("/api/v1/logs", files={"files": ("a.txt", b"no log")}, headers=headers)


def test_nobody_writes_without_a_token(serve: Callable[..., TestClient]) -> None:
    answer = post(serve(), authorization="Bearer anything-at-all-here")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "NOPHANTOM_TOKEN" in answer.json()["message"]


def test_writing_needs_the_very_token(serve: Callable[..., TestClient]) -> None:
    client = serve(token=TOKEN)
    assert post(client, authorization=f"Bearer {TOKEN}").status_code == 200
    for wrong in (
        {},
        {"authorization": TOKEN},
        {"authorization": f"Basic {TOKEN}"},
        {"authorization": f"Bearer {TOKEN}x"},
        {"authorization": "Bearer "},
        {"authorization": "Bearer " + "é" * 12},
    ):
        encoded = {name: value.encode("latin-1") for name, value in wrong.items()}
        assert post(client, **encoded).status_code == 401, wrong  # type: ignore[arg-type]
    assert client.get("/api/v1/runs").status_code == 200


def test_other_machines_read_with_the_token_alone(serve: Callable[..., TestClient]) -> None:
    client = serve(token=TOKEN, host="0.0.0.0")
    bearer = {"authorization": f"Bearer {TOKEN}", "host": "lab.example"}
    for path in ("/api/v1/runs", "/api/openapi.json", "/metrics"):
        assert client.get(path, headers={"host": "lab.example"}).status_code == 401, path
        assert client.get(path, headers=bearer).status_code == 200, path
    # The page must load before it can ask for the token; that the server lives is no secret.
    assert client.get("/healthz", headers={"host": "lab.example"}).status_code == 200
    assert client.get("/", headers={"host": "lab.example"}).status_code in {200, 503}


def test_another_address_without_a_token_is_refused(serve: Callable[..., TestClient], tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="not served without a token"):
        serve(host="0.0.0.0")
    assert not (tmp_path / "home").exists()


def test_a_short_token_is_refused() -> None:
    with pytest.raises(InvalidInput, match="has 5 characters and needs at least 16"):
        Access(token="short")


@pytest.mark.parametrize(
    "path", ["/", "/api/v1/runs", "/api/v1/nothing", "/metrics", "/api/v1/signals?limit=0"]
)
def test_every_answer_protects_its_reader(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_no_two_answers_share_a_nonce(client: TestClient) -> None:
    policies = {client.get("/healthz").headers["content-security-policy"] for _ in range(5)}
    assert len(policies) == 5


@pytest.mark.parametrize("path", ["/api/v1/signals?q=%00", "/api/v1/runs/%00", "/api/v1/topics?q=a%00b"])
def test_a_nul_is_refused_before_it_reaches_the_database(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


def test_a_request_says_how_much_it_brings_and_that_is_not_too_much(serve: Callable[..., TestClient]) -> None:
    client = serve(token=TOKEN)
    headers = {"authorization": f"Bearer {TOKEN}", "content-length": str(MOST_BYTES + 1)}
    answer = client.post("/api/v1/logs", content=b"x", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    chunked = client.post("/api/v1/logs", content=iter([b"x"]), headers={"authorization": f"Bearer {TOKEN}"})
    assert chunked.status_code == 413
    without = client.delete("/api/v1/decisions/1", headers={"authorization": f"Bearer {TOKEN}"})
    assert without.status_code == 404


def test_head_is_get_without_its_body(client: TestClient) -> None:
    head, get = client.head("/api/v1/runs"), client.get("/api/v1/runs")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == get.headers["etag"]
