"""What stands before every route: who may ask, how much may be sent, and the headers that protect the reader.

Reading is open on loopback, and there only to names of loopback: a page of another site that lets its own
name point to 127.0.0.1 (DNS rebinding) is refused. Anywhere else reading needs the token, and writing
needs it everywhere.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nophantom.api.problem import deliberate, problem_response
from nophantom.errors import InvalidInput, NoPhantomError, Unauthorised

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
SHORTEST_TOKEN = 16
MOST_BYTES = 512 * 1024 * 1024
"""Of one request: a log of 1,319 answers has about 12 MB."""
READS = frozenset({"GET", "HEAD", "OPTIONS"})
NONCE = "nophantom.nonce"
"""Where the scope keeps the nonce of a page."""

_HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def content_policy(nonce: str) -> str:
    """What a page may load: its own files, and styles that carry the nonce of this answer; nothing else."""
    return (
        "default-src 'none'; script-src 'self'; "
        f"style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


@dataclass(frozen=True, slots=True)
class Access:
    """Who may ask what.

    Attributes:
        host: the address that the server is bound to.
        token: what writers must send; None when nobody may write.
    """

    host: str = "127.0.0.1"
    token: str | None = None

    def __post_init__(self) -> None:
        if self.token is not None and len(self.token) < SHORTEST_TOKEN:
            raise InvalidInput(
                f"the token has {len(self.token)} characters and needs at least {SHORTEST_TOKEN}. Make one with: "
                'python -c "import secrets; print(secrets.token_urlsafe(24))"'
            )
        if not self.is_local and self.token is None:
            raise InvalidInput(
                f"{self.host!r} can be reached by others, so it is not served without a token. Set NOPHANTOM_TOKEN "
                "(at least 16 characters), or serve on 127.0.0.1."
            )

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the server."""
        return self.host in LOOPBACK

    def check(self, method: str, path: str, headers: Headers) -> None:
        """Let a request pass.

        Raises:
            InvalidInput: the host is none of loopback, where only loopback is served.
            Unauthorised: it needs the token and does not bring it.
        """
        if self.is_local and _name_of(headers.get("host", "")) not in LOOPBACK:
            raise InvalidInput(
                f"this server answers as localhost or 127.0.0.1 only; the request asked for host "
                f"{headers.get('host', '')[:80]!r}."
            )
        is_asset = not path.startswith(("/api/", "/metrics"))
        if method in READS and (self.is_local or is_asset):
            return
        if self.token is None:
            raise Unauthorised(
                "this server only reads: it was started without a token. Set NOPHANTOM_TOKEN (at least 16 "
                "characters) and start it again to write."
            )
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not secrets.compare_digest(given.encode(), self.token.encode()):
            raise Unauthorised(
                "this needs the header `Authorization: Bearer TOKEN` with the token that the server was started "
                f"with; {'another one was' if given else 'none was'} sent."
            )


def _name_of(host: str) -> str:
    """The name in a Host header, without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower()


class Guard:
    """ASGI middleware that lets a request pass or answers it, and adds the protecting headers."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self.app = app
        self.access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        scope[NONCE] = nonce
        asks_for_head = scope["method"] == "HEAD"
        if asks_for_head:  # the same as GET, without its body
            scope["method"] = "GET"

        async def protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers["Content-Security-Policy"] = content_policy(nonce)
            elif asks_for_head:
                message = {**message, "body": b""}
            await send(message)

        headers = Headers(scope=scope)
        try:
            self._refuse_nul(scope)
            self.access.check(scope["method"], scope["path"], headers)
        except NoPhantomError as error:
            await deliberate(error)(scope, receive, protected)
            return
        # What has neither of the two headers brings nothing: a DELETE.
        length = headers.get("content-length", "" if "transfer-encoding" in headers else "0")
        if scope["method"] not in READS and (not length.isdecimal() or int(length) > MOST_BYTES):
            message = f"a request brings at most {MOST_BYTES:,} bytes and says how many; this one says {length[:20]!r}."
            await problem_response(413, "too_large", message)(scope, receive, protected)
            return
        await self.app(scope, receive, protected)

    @staticmethod
    def _refuse_nul(scope: Scope) -> None:
        # Postgres stores no NUL and so cannot even be asked for one; nothing here has one in its name.
        if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
            raise InvalidInput(
                "the request holds a NUL character (%00), which nothing here has. Leave it out."
            )
