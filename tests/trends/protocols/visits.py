"""A whole visit of a source without a network: a protocol and a server that is a function."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

from nophantom.trends.documents import Document, Item, ItemDrop
from nophantom.trends.exchange import Adoption, Answer, Ask, Protocol, Reading, Refusal, Step, Trouble

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)

Server = Callable[[Ask], bytes | Answer]


@dataclass
class Visit:
    """What a visit brought."""

    items: list[Item] = field(default_factory=list)
    asks: list[Ask] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    adoption: list[Adoption] = field(default_factory=list)
    state: Mapping[str, str] | None = None
    troubles: list[tuple[Trouble, str]] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        return [i.document.native_id for i in self.items if i.document]

    @property
    def drops(self) -> list[ItemDrop | None]:
        return [i.drop for i in self.items if not i.document]


def visit(protocol: Protocol, reading: Reading, server: Server, at: datetime = NOW) -> Visit:
    """Ask and read until nothing is left to ask for; a refusal with `again` is asked once more."""
    done = Visit()
    waiting = list(protocol.begin(reading, at))
    while waiting:
        ask = waiting.pop(0)
        done.asks.append(ask)
        try:
            step = protocol.read(reading, ask, answered(server(ask), at, ask.url))
        except Refusal as refusal:
            if not refusal.again:
                raise
            done.asks.append(ask)
            step = protocol.read(reading, ask, answered(server(ask), at, ask.url))
        waiting += step.asks
        done.steps.append(step)
        done.items += step.items
        done.adoption += step.adoption
        done.state = step.state or done.state
        if step.trouble:
            done.troubles.append((step.trouble, step.told))
    return done


def answered(
    content: object,
    at: datetime = NOW,
    url: str = "https://a.org/",
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """An answer: bytes as they are, everything else as JSON."""
    if isinstance(content, Answer):
        return content
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Answer(url, status, headers or {}, body, at)


def query_of(ask: Ask) -> dict[str, str]:
    """The parameters of a request."""
    return {name: values[0] for name, values in parse_qs(urlsplit(ask.url).query).items()}


def only(items: tuple[Item, ...] | list[Item]) -> Document:
    """The document of the one item."""
    assert len(items) == 1
    assert items[0].document is not None, items[0]
    return items[0].document


def refused(protocol: Protocol, reading: Reading, ask: Ask, answer: Answer) -> Refusal:
    """How an answer is refused."""
    try:
        step = protocol.read(reading, ask, answer)
    except Refusal as refusal:
        return refusal
    raise AssertionError(f"it was read: {step}")
