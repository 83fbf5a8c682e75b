"""One visit to one address of a source: polite, guarded, and told as it was. WORLD.

Redirects are followed here, hop by hop, so that every hop is looked at: the guard sees each address, robots.txt speaks
for each page, and a secret goes to the host that it was meant for, never to another. What passes by itself is tried
again within the patience of one visit; a longer wait that a host asks for is kept for all of its sources.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import NamedTuple, Self

import numpy as np

from nophantom.clock import now
from nophantom.errors import InvalidInput
from nophantom.outbound.client import Client, Limits, Resting
from nophantom.outbound.guard import Guard
from nophantom.outbound.hosts import HostLimit
from nophantom.outbound.retries import PASSING, Retrying, fresh_for, told_wait
from nophantom.outbound.robots import LARGEST, NAME, Robots
from nophantom.outbound.targets import Target, bare, basic, led_on, password_of, target
from nophantom.outbound.wire import Fault, Heard, Missed
from nophantom.trends.exchange import Answer, Ask, Protocol, Trouble
from nophantom.version import __version__

HOPS = 5
"""Redirects that are followed."""

PATIENCE = 60.0
"""Seconds that one visit waits in all; a longer wait ends it, and the schedule obeys it."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_ASKS_FOR_REST = frozenset({403, 429, 503})  # where Retry-After speaks for the whole host
_LONGEST_VALIDATOR = 1_000
_PLAIN = frozenset({"accept", "accept-language", "user-agent", "if-none-match", "if-modified-since"})
"""Headers that may go to a host that the source redirects to; any other may be a secret."""

_FAULTS = {
    Fault.TIMEOUT: Trouble.TIMEOUT,
    Fault.UNREACHABLE: Trouble.UNREACHABLE,
    Fault.TLS: Trouble.TLS,
    Fault.CUT_OFF: Trouble.CUT_OFF,
    Fault.TOO_LARGE: Trouble.TOO_LARGE,
    Fault.BLOCKED: Trouble.BLOCKED_ADDRESS,
    Fault.GARBLED: Trouble.WRONG_CONTENT,
}
_STATUSES = {401: Trouble.FORBIDDEN, 404: Trouble.NOT_FOUND, 410: Trouble.GONE, 429: Trouble.RATE_LIMITED}


class Validators(NamedTuple):
    """What a server gave to ask "has it changed?" with; None where it gave none."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer came.

    Attributes:
        answer: as the protocol reads it.
        validators: for the next visit.
        moved_to: where the source says that it lives from now on; followed by the archive after repeated sightings.
        tries: requests that were begun, redirects not counted.
        seconds: from the first on, waits included.
        max_age: seconds for which the server says that nothing changes; None where it says nothing.
    """

    answer: Answer
    validators: Validators
    moved_to: str | None
    tries: int
    seconds: float
    max_age: float | None


@dataclass(frozen=True, slots=True)
class NotModified:
    """Nothing has changed since the last visit; attributes as of `Fetched`."""

    validators: Validators
    moved_to: str | None
    tries: int
    seconds: float
    max_age: float | None


@dataclass(frozen=True, slots=True)
class Failure:
    """No answer came.

    Attributes:
        trouble: the kind.
        told: what was seen; one short line without secrets.
        wait: seconds for which the host asks to be left alone; None where it asks for none.
        status: of the last answer; None where none came.
        tries: requests that were begun.
        seconds: from the first on, waits included.
        gone: the source says that it is no more (410).
    """

    trouble: Trouble
    told: str
    wait: float | None
    status: int | None
    tries: int
    seconds: float
    gone: bool = False


class _Stopped(NamedTuple):
    """How one try failed; `passing` says whether the next may go better, `rest` that nothing was sent at all."""

    trouble: Trouble
    told: str
    status: int | None = None
    wait: float | None = None
    passing: bool = False
    rest: bool = False


class _Arrived(NamedTuple):
    """The end of a chain of redirects."""

    url: str
    at: Target
    heard: Heard
    moved_to: str | None


class _Letter(NamedTuple):
    """What is asked of every hop."""

    url: str
    headers: Mapping[str, str]
    host: HostLimit
    page: bool = False
    largest: int | None = None
    whole: frozenset[int] = frozenset()
    head_only: bool = False


def polite_client(guard: Guard | None = None) -> Client:
    """A client with the patience and the limits that sources are asked with."""
    limits, retrying = Limits(at_once=64, read=20.0, total=60.0), Retrying(tries=3, first=1.0, longest=30.0)
    return Client(limits, retrying, guard=guard or Guard())


@dataclass
class Fetcher:
    """Fetches for protocols; to be opened with `async with`.

    Attributes:
        client: with its limits, its guard and its manner of trying again.
        contact: where the owner of a host can complain: an address of the web or of mail.
        patience: seconds that one visit waits in all.
        clock: the moment (UTC).
    """

    client: Client = field(default_factory=polite_client)
    contact: str | None = None
    patience: float = PATIENCE
    clock: Callable[[], datetime] = now

    async def __aenter__(self) -> Self:
        self._seconds = asyncio.get_running_loop().time
        self._rng = self.client.rng or np.random.default_rng()
        self._robots = Robots(self._seconds)
        await self.client.__aenter__()
        contact = f" (+{self.contact})" if self.contact else ""
        self._own = {"user-agent": f"{NAME}/{__version__}{contact}", "accept": "*/*"}
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.client.__aexit__(kind, error, trace)

    def rest(self, url: str, seconds: float) -> None:
        """Leave the host of an address alone for that long, over all sources: what a protocol read in an answer."""
        self.client.hosts.close(target(url).host, seconds)

    def resting(self, url: str) -> float:
        """Seconds until the host of an address may be asked again; 0 when it may now."""
        return self.client.hosts.closed_for(target(url).host)

    async def fetch(
        self, ask: Ask, protocol: Protocol, *, validators: Validators | None = None
    ) -> Fetched | NotModified | Failure:
        """Ask for one address.

        Args:
            ask: what for.
            protocol: how gently its host is asked, how much may come.
            validators: of the last visit; sent where `ask` lets them be.
        """
        start = self._seconds()
        known = validators if ask.conditional else None
        letter = _Letter(
            ask.url,
            self._own | _given(ask) | _conditions(known),
            HostLimit(protocol.at_once, protocol.gap),
            ask.page,
            protocol.largest,
            protocol.sees,
        )
        tries, waited = 0, 0.0
        while True:
            seen = await self._once(letter, known)
            tries += not (isinstance(seen, _Stopped) and seen.rest)
            seconds = self._seconds() - start
            if isinstance(seen, _Arrived):
                return self._done(seen, known, tries, seconds)
            wait = self._wait(seen, tries)
            if seen.status == 429:  # spoken to one of its sources, meant for all
                self.rest(letter.url, wait or self.client.retrying.longest)
            if wait is None or waited + wait > self.patience:
                told = _scrubbed(seen.told, letter)
                gone = seen.trouble is Trouble.GONE
                return Failure(seen.trouble, told, seen.wait, seen.status, tries, seconds, gone)
            waited += wait
            await self.client.pause(wait)

    def _wait(self, seen: _Stopped, tries: int) -> float | None:
        """Seconds until the next try of this visit; None when there is none."""
        if seen.rest:
            return seen.wait
        retrying = self.client.retrying
        if not seen.passing or tries >= retrying.tries:
            return None
        return retrying.wait(tries, seen.wait, self._rng)

    def _done(
        self, seen: _Arrived, known: Validators | None, tries: int, seconds: float
    ) -> Fetched | NotModified:
        headers, at = seen.heard.headers, self.clock()
        etag, modified = headers.get("etag"), headers.get("last-modified")
        fresh = fresh_for(headers, at)
        if seen.heard.status == 304 and known is not None:
            kept = Validators(_usable(etag) or known.etag, _usable(modified) or known.last_modified)
            return NotModified(kept, seen.moved_to, tries, seconds, fresh)
        plain = {name: value for name, value in headers.items() if name != "set-cookie"}
        answer = Answer(seen.url, seen.heard.status, plain, seen.heard.content, at)
        given = Validators(_usable(etag), _usable(modified))
        return Fetched(answer, given, seen.moved_to, tries, seconds, fresh)

    async def _once(self, letter: _Letter, known: Validators | None) -> _Arrived | _Stopped:
        """One try: along all redirects, to a status that is looked at."""
        seen = await self._follow(letter)
        if isinstance(seen, _Stopped):
            return seen
        status = seen.heard.status
        told = told_wait(seen.heard.headers.get("retry-after"), self.clock())
        if told and status in _ASKS_FOR_REST:
            self.client.hosts.close(seen.at.host, told)
        if 200 <= status < 300 or status in letter.whole or (status == 304 and known is not None):
            return seen
        return _refused(seen, told)

    async def _follow(self, letter: _Letter) -> _Arrived | _Stopped:
        url, secrets_for, visited = bare(letter.url), None, set[str]()
        moved_to: str | None = None
        permanent = password_of(letter.url) is None  # an address with a password is not told onwards
        for _ in range(HOPS + 1):
            try:
                at = target(url)
            except InvalidInput:
                return _Stopped(Trouble.UNREACHABLE, "it leads to what is no web address")
            secrets_for = secrets_for or at.origin
            heard = await self._ask(letter, at, at.origin == secrets_for)
            if isinstance(heard, _Stopped):
                return heard
            place = heard.headers.get("location")
            if heard.status not in _REDIRECTS or not place:
                return _Arrived(url, at, heard, moved_to)
            visited.add(url)
            url = led_on(url, place)
            if url in visited:
                return _Stopped(Trouble.REDIRECT_LOOP, f"redirected in a circle at {at.host}", heard.status)
            permanent = permanent and heard.status in _PERMANENT and not _downgraded(at, url)
            moved_to = url if permanent else moved_to
        return _Stopped(Trouble.REDIRECT_LOOP, f"more than {HOPS} redirects", 302)

    async def _ask(self, letter: _Letter, at: Target, trusted: bool) -> Heard | _Stopped:
        """One hop."""
        host = letter.host
        if letter.page:
            rest = self.client.hosts.closed_for(at.host)
            if rest > 0:
                return _resting(at, rest)
            verdict = await self._robots.verdict(at, self._rules)
            if not verdict.allowed:
                return _Stopped(Trouble.ROBOTS_DENIED, verdict.why)
            host = host._replace(gap=max(host.gap, verdict.delay))
        heard = await self.client.get(
            at,
            [item for item in letter.headers.items() if trusted or item[0] in _PLAIN],
            host=host,
            largest=letter.largest,
            whole=letter.whole,
            head_only=letter.head_only,
        )
        if isinstance(heard, Resting):
            return _resting(at, heard.seconds)
        if isinstance(heard, Missed):
            # A connection that breaks may be one that the server had just closed; the rest does not mend in a minute.
            passing = heard.fault is Fault.CUT_OFF
            return _Stopped(_FAULTS[heard.fault], f"{at.host}: {heard.why}", passing=passing)
        return heard

    async def _rules(self, at: Target) -> Heard | str:
        seen = await self._follow(_Letter(at.url, self._own, HostLimit(), largest=LARGEST, head_only=True))
        return seen.told if isinstance(seen, _Stopped) else seen.heard


def _refused(seen: _Arrived, told: float | None) -> _Stopped:
    """What a status means that brings no answer."""
    status = seen.heard.status
    words = _words(seen.heard)
    line = f"status {status} from {seen.at.host}{f': {words}' if words else ''}"
    if status == 403 and told:
        return _Stopped(Trouble.RATE_LIMITED, line, status, told)
    if status in PASSING:
        trouble = {408: Trouble.TIMEOUT, 429: Trouble.RATE_LIMITED}.get(status, Trouble.SERVER_ERROR)
        return _Stopped(trouble, line, status, told, passing=True)
    if status >= 500 or status < 400:
        return _Stopped(Trouble.SERVER_ERROR, line, status, told)
    return _Stopped(_STATUSES.get(status, Trouble.FORBIDDEN), line, status, told)


def _resting(at: Target, seconds: float) -> _Stopped:
    told = f"{at.host} asked to be left alone; {seconds:,.0f} s are left"
    return _Stopped(Trouble.RATE_LIMITED, told, wait=seconds, rest=True)


def _words(heard: Heard) -> str:
    """The beginning of a body that is written for people in a terminal; pages are not."""
    kind = heard.headers.get("content-type", "").lower()
    if not kind.startswith(("text/plain", "application/json", "application/problem+json")):
        return ""
    return " ".join(heard.content[:400].decode("utf-8", "replace").split())[:100]


def _given(ask: Ask) -> dict[str, str]:
    """The headers of a request, with the password of its address where it has one."""
    headers = {name.lower(): value for name, value in ask.headers.items()}
    pair = password_of(ask.url)
    return headers if pair is None else {"authorization": basic(*pair)} | headers


def _conditions(known: Validators | None) -> dict[str, str]:
    if known is None:
        return {}
    pairs = (("if-none-match", known.etag), ("if-modified-since", known.last_modified))
    return {name: value for name, value in pairs if value}


def _usable(validator: str | None) -> str | None:
    if not validator or len(validator) > _LONGEST_VALIDATOR or not validator.isprintable():
        return None
    return validator


def _scrubbed(told: str, letter: _Letter) -> str:
    """Without the secrets that were sent: some servers repeat what they were told."""
    secrets = list(password_of(letter.url) or ())
    for name, value in letter.headers.items():
        if name not in _PLAIN:
            secrets += [value, value.rpartition(" ")[2]]
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= 6:
            told = told.replace(secret, "***")
    return told


def _downgraded(at: Target, url: str) -> bool:
    return at.scheme == "https" and not url.lower().startswith("https:")
