"""What robots.txt allows to a polite machine: asked for once a day and host, obeyed where pages for people are read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from protego import Protego

from nophantom.outbound.targets import Target
from nophantom.outbound.wire import Heard

NAME = "nophantom"
"""Under which robots.txt may speak of us."""

LARGEST = 512 * 1024
"""Bytes of a robots.txt that are read."""

_DAY = 86_400.0
_HOUR = 3_600.0
_LONGEST_DELAY = 60.0

Asked = Callable[[Target], Awaitable[Heard | str]]
"""Fetches a robots.txt, redirects followed; a text says why it could not be had."""


class Verdict(NamedTuple):
    """Whether a page may be read.

    Attributes:
        allowed: whether it may.
        why: the reason where it may not.
        delay: seconds between two requests that are asked for; 0 where none are.
    """

    allowed: bool
    why: str = ""
    delay: float = 0.0


class _Rules(NamedTuple):
    until: float
    parsed: Protego | None
    why: str


class Robots:
    """The rules of many hosts, each kept for a day, or for an hour where they could not be had.

    Args:
        clock: seconds that only grow.

    Source:
        RFC 9309: without rules (4xx) all is allowed, with a server in trouble (5xx, no answer) nothing is.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._rules: dict[tuple[str, str, int], _Rules] = {}

    async def verdict(self, at: Target, ask: Asked) -> Verdict:
        """Whether the page may be read.

        Args:
            at: its address.
            ask: fetches the rules where they are not known.
        """
        rules = self._rules.get(at.origin)
        if rules is None or rules.until <= self._clock():
            rules = self._read(await ask(at._replace(path="/robots.txt")))
            self._rules[at.origin] = rules
        if rules.parsed is None:
            return Verdict(not rules.why, rules.why)
        if not rules.parsed.can_fetch(at.url, NAME):
            return Verdict(False, "robots.txt of this host does not allow this page")
        return Verdict(True, delay=min(_LONGEST_DELAY, float(rules.parsed.crawl_delay(NAME) or 0.0)))

    def _read(self, heard: Heard | str) -> _Rules:
        now = self._clock()
        if isinstance(heard, str):
            return _Rules(now + _HOUR, None, f"robots.txt could not be read: {heard}")
        if heard.status >= 500:
            return _Rules(now + _HOUR, None, f"robots.txt could not be read: status {heard.status}")
        if not 200 <= heard.status < 300:
            return _Rules(now + _DAY, None, "")
        return _Rules(now + _DAY, Protego.parse(heard.content.decode("utf-8", "replace")), "")


def _address(at: Target) -> str:
    return f"{at.scheme}://{at.host}:{at.port}{at.path}"
