from __future__ import annotations

import asyncio

import pytest

from nophantom.outbound.robots import Robots
from nophantom.outbound.targets import Target, target
from nophantom.outbound.wire import Heard

RULES = b"User-agent: *\nDisallow: /private\nCrawl-delay: 7\n\nUser-agent: nophantom\nDisallow: /not-for-us\n"
PAGE = target("https://a.example/news")


class Host:
    """Answers the question for its rules, and counts how often it is asked."""

    def __init__(self, answer: Heard | str) -> None:
        self.answer = answer
        self.asked: list[Target] = []
        self.now = 0.0

    async def ask(self, at: Target) -> Heard | str:
        self.asked.append(at)
        return self.answer

    def clock(self) -> float:
        return self.now


def rules(content: bytes, status: int = 200) -> Heard:
    return Heard(status, {}, content)


@pytest.mark.parametrize(
    ("answer", "path", "allowed"),
    [
        (rules(RULES), "/news", True),
        (rules(RULES), "/not-for-us/x", False),
        (rules(RULES), "/private", True),  # a group of our own name speaks alone
        (rules(b"User-agent: *\nDisallow: /private\n"), "/private/x", False),
        (rules(b"User-agent: *\nDisallow: /\nAllow: /news\n"), "/news", True),
        (rules(b"\xff\xfe no rules at all \x00"), "/news", True),
        (rules(b""), "/news", True),
        (rules(b"", 404), "/news", True),
        (rules(b"", 403), "/news", True),
        (rules(b"", 500), "/news", False),
        (rules(b"", 503), "/news", False),
        ("no such host", "/news", False),
    ],
)
def test_rules_are_obeyed_and_their_absence_is_read_as_the_standard_says(
    answer: Heard | str, path: str, allowed: bool
) -> None:
    host = Host(answer)
    verdict = asyncio.run(Robots(host.clock).verdict(PAGE._replace(path=path), host.ask))
    assert verdict.allowed is allowed
    assert bool(verdict.why) is not allowed
    assert host.asked == [PAGE._replace(path="/robots.txt")]


def test_a_delay_that_is_asked_for_is_told_and_has_a_limit() -> None:
    for seconds, told in ((7, 7.0), (86_400, 60.0)):
        host = Host(rules(f"User-agent: *\nCrawl-delay: {seconds}\n".encode()))
        assert asyncio.run(Robots(host.clock).verdict(PAGE, host.ask)).delay == told


@pytest.mark.parametrize(
    ("answer", "kept"), [(rules(RULES), 86_400.0), (rules(b"", 404), 86_400.0), (rules(b"", 502), 3_600.0)]
)
def test_rules_are_asked_for_once_and_again_when_they_are_old(answer: Heard, kept: float) -> None:
    host = Host(answer)

    async def work() -> None:
        robots = Robots(host.clock)
        for path in ("/a", "/b", "/c"):
            await robots.verdict(PAGE._replace(path=path), host.ask)
        host.now = kept - 1
        await robots.verdict(PAGE, host.ask)
        assert len(host.asked) == 1
        host.now = kept
        await robots.verdict(PAGE, host.ask)
        await robots.verdict(PAGE._replace(host="b.example"), host.ask)
        assert len(host.asked) == 3

    asyncio.run(work())
