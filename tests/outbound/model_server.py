"""A real HTTP server on this machine that answers like a model server, or misbehaves as it is told."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any


@dataclass(frozen=True)
class Sent:
    """What goes back for one request.

    `seconds` it takes, `dribble` seconds between bytes of the body, `keep` bytes of the body that are sent at all.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "application/json"})
    seconds: float = 0.0
    dribble: float = 0.0
    keep: int | None = None


def said(text: str | None, /, *, finish: str = "stop", **more: Any) -> Sent:
    """A chat completion and a text completion in one body, so that it answers both ways of asking."""
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": text},
        "text": text,
        "finish_reason": finish,
    }
    usage = {"prompt_tokens": 11, "completion_tokens": 7}
    return Sent(body=json.dumps({"choices": [choice | more], "usage": usage}).encode())


def refused(status: int, words: str = "no", **headers: str) -> Sent:
    """A status with a few words; a header `retry_after` is written Retry-After."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Sent(status, words.encode(), {"content-type": "text/plain"} | named)


Behaviour = Callable[[str, int], Sent]
"""What is sent for a prompt that is asked for the n-th time, from 1."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64  # of the usual 5, the sixth that comes at once waits a second

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has heard enough hangs up; that is no error, and stderr is the tests' own."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class ModelServer:
    """The server while it runs.

    Attributes:
        base_url: to be asked at.
        asked: how often each prompt was asked.
        most_at_once: requests in flight, at most.
        requests: bodies in the order of their arrival; `headers` beside them.
    """

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.asked: Counter[str] = Counter()
        self.most_at_once = 0
        self.requests: list[Any] = []
        self.headers: list[Mapping[str, str]] = []
        self.times: list[float] = []
        self._now = 0
        self._lock = Lock()
        self._http = _Server(("127.0.0.1", 0), self._handler())
        self.base_url = f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def _handler(server) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - `self` is the handler's
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # else every answer waits 40 ms for the receipt of its headers

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base names it so
                pass

            def do_GET(self) -> None:
                self._send(server.behaviour(self.path, 1))

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                prompt = body.get("prompt") or body["messages"][-1]["content"]
                with server._lock:
                    server.asked[prompt] += 1
                    server.requests.append(body)
                    server.headers.append({k.lower(): v for k, v in self.headers.items()})
                    server.times.append(time.monotonic())
                    number = server.asked[prompt]
                    server._now += 1
                    server.most_at_once = max(server.most_at_once, server._now)
                try:
                    sent = server.behaviour(prompt, number)
                    time.sleep(sent.seconds)
                finally:
                    with server._lock:
                        server._now -= 1
                self._send(sent)

            def _send(self, sent: Sent) -> None:
                try:
                    self.send_response(sent.status)
                    for name, value in sent.headers.items():
                        self.send_header(name, value)
                    self.send_header("content-length", str(len(sent.body)))
                    self.end_headers()
                    if sent.dribble:
                        for byte in sent.body:
                            self.wfile.write(bytes([byte]))
                            self.wfile.flush()
                            time.sleep(sent.dribble)
                    else:
                        self.wfile.write(sent.body[: sent.keep])
                    self.wfile.flush()
                except OSError:  # whoever asked is gone
                    self.close_connection = True
                if sent.keep is not None:
                    self.close_connection = True

        return Handler


@contextmanager
def serving(behaviour: Behaviour) -> Iterator[ModelServer]:
    """A server that behaves so, until the block ends."""
    server = ModelServer(behaviour)
    thread = Thread(target=server._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server._http.shutdown()
        server._http.server_close()
        thread.join(timeout=5)
