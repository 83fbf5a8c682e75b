"""Answers that a reader has already are not sent again: ETag and If-None-Match."""

from __future__ import annotations

from hashlib import sha256

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class EntityTags:
    """ASGI middleware: the tag of an answer is the hash of its body, so it never outlives a change.

    Only answers to GET under /api and only whole ones of JSON are tagged. The tag is a weak one, because
    the same answer may go out compressed.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith("/api/"):
            await self.app(scope, receive, send)
            return
        known = Headers(scope=scope).get("if-none-match", "")
        start: Message | None = None
        body = bytearray()

        async def tagged(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            assert start is not None
            body.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            headers = MutableHeaders(scope=start)
            headers["Cache-Control"] = "private, no-cache"
            if start["status"] == 200:
                tag = f'W/"{sha256(body).hexdigest()[:32]}"'
                headers["ETag"] = tag
                if _knows(known, tag):
                    start["status"] = 304
                    del headers["content-length"]
                    body.clear()
            await send(start)
            await send({"type": "http.response.body", "body": bytes(body)})

        await self.app(scope, receive, tagged)


def _knows(header: str, tag: str) -> bool:
    """Whether If-None-Match names the tag; `*` names any."""
    return any(
        given.strip() in {"*", tag} or f"W/{given.strip()}" == tag for given in header.split(",") if given
    )
