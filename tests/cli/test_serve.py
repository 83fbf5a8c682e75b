"""`nophantom serve`: it says where it is, answers, and ends with Ctrl-C; what it cannot do it says in a sentence."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from nophantom.cli import serve
from nophantom.errors import Unavailable

Cli = Callable[..., Any]


def test_a_server_says_where_it_is_answers_and_ends_with_ctrl_c(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "nophantom", "serve", "--port", "0", "--json", "--home", str(tmp_path)]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "NOPHANTOM_TOKEN": "a-token-of-24-characters"},
        # As in a terminal: a shell that starts something in the background has it ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as server:
        assert server.stdout
        assert server.stderr
        told = ""
        while not told.rstrip().endswith("}"):
            told += server.stdout.readline()
        about = json.loads(told)
        assert about["writes"] is True
        assert "a-token" not in told
        answer = httpx.get(f"{about['address']}/healthz", timeout=30)
        assert answer.json()["status"] == "ok"
        assert "server" not in answer.headers
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=20) == 0
        assert server.stderr.read().endswith("stopped.\n")


def test_other_machines_are_not_served_without_a_token(nophantom_cli: Cli) -> None:
    ended = nophantom_cli("serve", "--host", "0.0.0.0")
    assert ended.status == 4
    assert "Set NOPHANTOM_TOKEN" in ended.err


def test_a_taken_port_is_told(nophantom_cli: Cli) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ended = nophantom_cli("serve", "--port", taken.getsockname()[1])
    assert ended.status == 7
    assert "Name a free port with --port" in ended.err


def test_without_a_port_the_next_free_one_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        usual = taken.getsockname()[1]
        monkeypatch.setattr(serve, "PORT", usual)
        with serve.listen("127.0.0.1", None) as listener:
            assert usual < listener.getsockname()[1] < usual + 20


def test_an_address_of_another_machine_is_told() -> None:
    with pytest.raises(Unavailable, match=r"cannot listen on 192\.0\.2\.1 port 8000"):
        serve.listen("192.0.2.1", 8000)
