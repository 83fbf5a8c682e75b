"""`nophantom sources` and `trends collect`, `watch`, `leads`, `follow`: what people see, and what programs read."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.trends.fault_server import FaultServer, Sent, fault_server, feed

Cli = Callable[..., Any]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    """Sources on this machine, which the settings allow."""
    monkeypatch.setenv("NOPHANTOM_ALLOWED_HOSTS", '["127.0.0.0/8"]')
    with fault_server() as running:
        yield running


def test_a_first_minute_from_nothing_to_documents(nophantom_cli: Cli, server: FaultServer) -> None:
    empty = nophantom_cli("trends", "collect")
    assert "sources defaults" in empty.err

    added = nophantom_cli("sources", "add", server.url("/feed/1"), "--group", "news")
    assert "followed, 10 items there now" in added.out
    assert "trends collect" in added.err

    collected = nophantom_cli("trends", "collect")
    assert collected.status == 0
    assert collected.out.split()[-9:-1] == ["1", "1", "0", "0", "10", "10", "0", "0"]

    resting = nophantom_cli("trends", "collect")
    assert "None of 1 sources is due" in resting.err

    shown = nophantom_cli("sources", "show", "feed/1")
    assert "A feed 1" in shown.out
    assert "well" in shown.out
    listed = nophantom_cli("sources", "list", "--json").json
    assert [(one["title"], one["failures"], one["trouble"]) for one in listed["sources"]] == [
        ("A feed 1", 0, None)
    ]


def test_sums_balance_and_are_told_by_reason(nophantom_cli: Cli, server: FaultServer) -> None:
    places = [server.url(path) for path in ("/1970", "/future", "/page")]
    nophantom_cli("sources", "add", *places, "--no-check")

    told = nophantom_cli("trends", "collect", "--json").json

    assert told["items"] == told["documents"] + told["duplicates"] + sum(told["drops"].values())
    assert told["drops"] == {"bad_date": 1, "future_date": 1}
    assert told["troubles"] == {"wrong_content": 1}
    assert (told["visits"], told["failed"]) == (3, 1)
    failing = nophantom_cli("sources", "list", "--failing")
    assert "wrong content (1 in a row)" in failing.out


def test_one_source_is_visited_when_it_is_named(nophantom_cli: Cli, server: FaultServer) -> None:
    nophantom_cli("sources", "add", server.url("/feed/1"), server.url("/feed/2"), "--no-check")

    told = nophantom_cli("trends", "collect", "feed/2", "--json").json

    assert (told["visits"], server.asked["/feed/1"]) == (1, 0)


def test_what_cannot_be_followed_ends_with_its_status_and_a_sentence(
    nophantom_cli: Cli, server: FaultServer
) -> None:
    ended = nophantom_cli("sources", "add", "nonsense", server.url("/empty"))

    assert ended.status == 4
    assert "no source has the address 'nonsense'" in ended.err
    assert "cannot be followed" in ended.err
    checked = nophantom_cli("sources", "check", server.url("/empty"))
    assert checked.status == 5
    assert "cannot be followed" in checked.out


def test_a_source_is_switched_off_and_on_again(nophantom_cli: Cli, server: FaultServer) -> None:
    nophantom_cli("sources", "add", server.url("/feed/1"), "--no-check")

    off = nophantom_cli("sources", "disable", "1", "--why", "too much noise")
    assert "is visited no more (too much noise)" in off.out
    assert nophantom_cli("trends", "collect", "--json").json["visits"] == 0
    on = nophantom_cli("sources", "enable", "1", "--json").json
    assert (on["state"], on["state_why"]) == ("active", None)
    assert nophantom_cli("trends", "collect", "--json").json["visits"] == 1


def test_a_list_goes_out_and_comes_back(nophantom_cli: Cli, tmp_path: Path) -> None:
    first = nophantom_cli("sources", "defaults", "--json").json
    path = tmp_path / "out.opml"
    written = nophantom_cli("sources", "export", path)
    again = nophantom_cli("sources", "import", path)

    assert first["new"] >= 40
    assert str(path) in written.err
    assert f"{first['new']} listed: 0 new, {first['new']} known already, 0 unusable" in again.out
    assert nophantom_cli("sources", "import", tmp_path / "none.opml").status == 3


def test_a_token_is_never_shown(
    nophantom_cli: Cli, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_verysecret")
    monkeypatch.setenv("NOPHANTOM_KEEP_DAYS", "-1")

    ended = nophantom_cli("sources", "list")

    assert ended.status == 4
    assert "keep_days" in ended.err
    assert "verysecret" not in ended.out + ended.err


def test_leads_without_a_searxng_say_how_to_get_one_and_topics_can_be_followed(nophantom_cli: Cli) -> None:
    assert "NOPHANTOM_SEARXNG" in nophantom_cli("trends", "leads").err

    nophantom_cli("trends", "follow", "vector  database", "--why", "our product")
    told = nophantom_cli("trends", "follow", "--json").json["followed"]
    assert [(one["words"], one["why"]) for one in told] == [("vector database", "our product")]
    assert "vector database (our product" in nophantom_cli("trends", "follow").out
    nophantom_cli("trends", "follow", "vector database", "--remove")
    assert nophantom_cli("trends", "follow", "--json").json == {"followed": []}
    assert nophantom_cli("trends", "follow", "zorb", "--remove").status == 3
    assert "Nothing was asked" in nophantom_cli("trends", "leads", "--list").err


def test_watching_goes_on_when_a_source_fails_and_stops_cleanly(
    nophantom_cli: Cli, server: FaultServer, tmp_path: Path
) -> None:
    server.pages["/broken"] = lambda _: Sent(500, b"no", {"content-type": "text/plain"})
    server.pages["/good"] = lambda _: Sent(body=feed(9))
    nophantom_cli("sources", "add", server.url("/broken"), server.url("/good"), "--no-check")

    process = subprocess.Popen(
        [sys.executable, "-m", "nophantom", "trends", "watch", "--json", "--home", str(tmp_path / "home")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    first = json.loads(process.stdout.readline())
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=30)

    assert (first["documents"], first["failed"]) == (10, 1)
    assert process.returncode == 0
    assert "stopped after 1 rounds" in told
    assert "Traceback" not in told
