"""What sources tell of the things that they know by name: the shape of it, and its small parts. PURE."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import quote

from nophantom.trends.documents import ItemDrop, Score, short
from nophantom.trends.exchange import Answer, Ask, Reading
from nophantom.trends.native_things import NativeThing
from nophantom.trends.protocols.answers import Dropped, Sent


class Told(NamedTuple):
    """What a source tells of a thing: what a document is made of, and what its readers made of it."""

    sent: Sent
    score: Score | None = None


class NativeSource(NamedTuple):
    """How a source is asked for a thing, and read.

    Attributes:
        ask: the request; `reading` holds the tokens.
        read: what it tells; raises `Dropped` and `Refusal`.
    """

    ask: Callable[[NativeThing, Reading], Ask]
    read: Callable[[NativeThing, Answer], Told]


def no_such_thing(thing: NativeThing, why: str) -> Dropped:
    """To be raised: the source answered, and it is no document."""
    return Dropped(ItemDrop.UNCONFIRMED_LEAD, short(f"{thing.native_id}: {why}"))


def within(value: object, *names: str | int) -> Any:  # noqa: ANN401 - as it stands in the JSON of others
    """What stands at a path in nested objects and lists; None where the path ends before.

    >>> within({"items": [{"id": 7}]}, "items", 0, "id"), within({"items": []}, "items", 0, "id")
    (7, None)
    """
    for name in names:
        if isinstance(name, int):
            value = value[name] if isinstance(value, list) and len(value) > name else None
        else:
            value = value.get(name) if isinstance(value, dict) else None
    return value


def json_at(pattern: str, *, escaped: bool = False) -> Callable[[NativeThing, Reading], Ask]:
    """Makes what asks for an address with the name of the thing in it.

    Args:
        pattern: the address, with `{}` for the name.
        escaped: whether the name is one part of the path, slashes and all.
    """

    def ask(thing: NativeThing, _reading: Reading) -> Ask:
        name = quote(thing.name, safe="" if escaped else "/@")
        return Ask(pattern.format(name), {"accept": "application/json"})

    return ask
