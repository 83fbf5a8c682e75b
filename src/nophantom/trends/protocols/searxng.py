"""One's own SearXNG: what to ask it, and its answers as leads. PURE.

A hit is a lead: it says that something may be there, and where. Its date is a hint, its order an artefact of rank, and
it becomes a document only when the source behind it confirmed it (`nophantom.trends.confirmation`).

Source:
    SearXNG, `searx/webapp.py`, `searx/webadapter.py` and `searx/results.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple
from urllib.parse import urlencode

from nophantom.errors import InvalidInput
from nophantom.outbound.retries import told_wait
from nophantom.trends.addresses import parse_address
from nophantom.trends.documents import folded, short, storable
from nophantom.trends.exchange import Answer, Ask, Refusal, Trouble
from nophantom.trends.native_things import NativeThing, thing_at
from nophantom.trends.protocols.answers import json_of

SEES = frozenset({400, 403, 429})
"""Statuses that say more than their number: a wrong question, JSON not switched on, the limiter."""
LONGEST_QUERY = 400
"""Characters."""
LONGEST_TEXT = 1_000
"""Characters of a title or an excerpt; a longer one is cut."""

# Beginnings of words that SearXNG reads as orders: other engines, another language, a time limit, another search page.
_ORDERS = "!:<?"


class TimeRange(StrEnum):
    """How far back to search; engines without one ignore it."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Engines:
    """The engines of one's SearXNG.

    Attributes:
        known: names of all of them; one that is switched off answers all the same when it is asked for by name.
        enabled: names of those that its users get.
        ranged: names of those that search in a time range.
    """

    known: frozenset[str]
    enabled: frozenset[str]
    ranged: frozenset[str]


class Outage(NamedTuple):
    """An engine that could not answer: no evidence, not an empty answer.

    Attributes:
        engine: its name.
        told: what SearXNG says about it, for people; in a language that depends on the instance.
    """

    engine: str
    told: str


class Refused(NamedTuple):
    """A result that is no lead.

    Attributes:
        rank: its place in the answer, from 1.
        url: as it was sent.
        why: one line.
    """

    rank: int
    url: str
    why: str


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that a search found, once for all results that lead to it.

    Attributes:
        url: of the first of them.
        title: as the engine gives it; may be empty.
        content: an excerpt, or empty.
        engines: those that found it, sorted.
        rank: the best place within this one answer, from 1; comparable with nothing else.
        date_hint: the day that the engine gives, perhaps of another time zone or of the last change; None without.
        template: the kind of result, as in "packages.html".
        thing: what the address leads to.
    """

    url: str
    title: str
    content: str
    engines: tuple[str, ...]
    rank: int
    date_hint: date | None
    template: str
    thing: NativeThing


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """What a search brought.

    Attributes:
        hits: by rank.
        refused: results that are no leads, by rank.
        outages: engines that could not answer.
        silent: engines that were asked for, found nothing and reported nothing, sorted. One that was fed a page
            instead of data does so, too: their silence is weak evidence that there is nothing.
        n_results: results that were sent: those behind the hits and the refused ones.
    """

    hits: tuple[Hit, ...]
    refused: tuple[Refused, ...]
    outages: tuple[Outage, ...]
    silent: tuple[str, ...]
    n_results: int

    @property
    def is_evidence_of_nothing(self) -> bool:
        """Whether it may be read as "there is nothing": no hit, and no engine was out."""
        return not self.hits and not self.refused and not self.outages


def ask_config(base: str) -> Ask:
    """The question for the engines of a SearXNG.

    >>> ask_config("http://127.0.0.1:8888/").url
    'http://127.0.0.1:8888/config'
    """
    return Ask(f"{_base(base)}/config", _HEADERS)


def read_config(answer: Answer) -> Engines:
    """The engines of a SearXNG.

    Raises:
        Refusal: it is no configuration of a SearXNG.
    """
    _check_status(answer)
    told = _object(answer)
    engines = told.get("engines")
    if not isinstance(engines, list):
        raise Refusal(Trouble.WRONG_CONTENT, f"{answer.url} names no engines: is it a SearXNG?")
    named = [engine for engine in engines if isinstance(engine, dict) and isinstance(engine.get("name"), str)]

    def having(flag: str) -> frozenset[str]:
        return frozenset(engine["name"] for engine in named if engine.get(flag) is True)

    known = frozenset(engine["name"] for engine in named)
    return Engines(known, having("enabled"), having("time_range_support"))


def ask_search(
    base: str,
    query: str,
    engines: Collection[str],
    *,
    page: int = 1,
    time_range: TimeRange | None = None,
) -> Ask:
    """The question to some engines of a SearXNG.

    Words that it would take for orders ("!images", ":de") lose their mark: a topic cannot send a search elsewhere.

    Args:
        base: address of the SearXNG.
        query: words.
        engines: names, each known to it (see `read_config`): for one that is not, others would answer.
        page: from 1.
        time_range: how far back; None for all.

    Raises:
        InvalidInput: no words, too many of them, no engines, an engine with a comma in its name, or page below 1.

    >>> ask_search("http://127.0.0.1:8888", "zorb !images", ["github"]).url
    'http://127.0.0.1:8888/search?q=zorb+images&format=json&engines=github&language=all&pageno=1&safesearch=0'
    """
    words = plain_query(query)
    if not words or len(words) > LONGEST_QUERY:
        raise InvalidInput(
            f"a search has 1 to {LONGEST_QUERY} characters; got {query[:60]!r} ({len(words):,})."
        )
    if not engines or any(not name.strip() or "," in name for name in engines):
        raise InvalidInput(
            f"a search names its engines, and none has a comma in its name; got {sorted(engines)}."
        )
    if page < 1:
        raise InvalidInput(f"pages of a search are counted from 1; got {page}.")
    asked = {
        "q": words,
        "format": "json",
        "engines": ",".join(sorted(engines)),
        "language": "all",
        "pageno": page,
        **({"time_range": time_range.value} if time_range else {}),
        "safesearch": 0,
    }
    return Ask(f"{_base(base)}/search?{urlencode(asked)}", _HEADERS)


def plain_query(query: str) -> str:
    """A query without what SearXNG takes for orders.

    >>> plain_query("  !!g  zorb :de <5 C++ node.js ")
    'g zorb de 5 C++ node.js'
    """
    return " ".join(word for part in storable(query).split() if (word := part.lstrip(_ORDERS)))


def read_search(answer: Answer, requested: Collection[str]) -> SearchAnswer:
    """What a search brought.

    Args:
        answer: with a status of 200 to 299 or of `SEES`.
        requested: the engines that were asked for.

    Raises:
        Refusal: it is no answer to a search, and why.
    """
    _check_status(answer)
    told = _object(answer)
    results = told.get("results")
    if not isinstance(results, list):
        raise Refusal(Trouble.WRONG_CONTENT, f"an answer without results: {_short(told.get('error', told))}")
    asked = frozenset(requested)
    hits: dict[str, Hit] = {}
    refused: list[Refused] = []
    found: set[str] = set()
    for rank, result in enumerate(results, start=1):
        hit = _hit(rank, result, asked)
        if isinstance(hit, Refused):
            refused.append(hit)
            continue
        found.update(hit.engines)
        first = hits.get(hit.thing.native_id)
        hits[hit.thing.native_id] = _merged(first, hit) if first else hit
    outages = tuple(_outages(told.get("unresponsive_engines")))
    silent = asked - found - {outage.engine for outage in outages}
    return SearchAnswer(tuple(hits.values()), tuple(refused), outages, tuple(sorted(silent)), len(results))


# The cookie fixes the language of its messages, which would follow the one of the asking program otherwise.
_HEADERS: Mapping[str, str] = {"accept": "application/json", "accept-language": "en", "cookie": "locale=en"}


def _base(base: str) -> str:
    if parse_address(base) is None:
        raise InvalidInput(f"the address of a SearXNG begins with http:// or https://; got {base!r}.")
    return base.strip().rstrip("/")


def _check_status(answer: Answer) -> None:
    status = answer.status
    if status == 403:
        told = "it does not answer in JSON: add json to search.formats in its settings.yml and start it again"
        raise Refusal(Trouble.FORBIDDEN, told)
    if status == 429:
        told = "its limiter refuses: set server.limiter to false in the settings.yml of one's own, or ask less often"
        raise Refusal(
            Trouble.RATE_LIMITED, told, wait=told_wait(answer.headers.get("retry-after"), answer.at)
        )
    if status >= 400:
        try:
            said = _object(answer).get("error")
        except Refusal:
            said = None
        trouble = Trouble.SERVER_ERROR if status >= 500 else Trouble.WRONG_CONTENT
        raise Refusal(
            trouble, f"it refuses the question (status {status}): {_short(said or 'it does not say why')}"
        )


def _object(answer: Answer) -> Mapping[str, Any]:
    told = json_of(answer)
    if not isinstance(told, dict):
        raise Refusal(Trouble.WRONG_CONTENT, f"not an object: {_short(told)}")
    return told


def _hit(rank: int, result: object, asked: frozenset[str]) -> Hit | Refused:
    if not isinstance(result, dict):
        return Refused(rank, "", f"not an object: {_short(result)}")
    url = _text(result, "url")
    engines = _engines(result)
    if not engines:
        return Refused(rank, url, "names no engine")
    if not engines <= asked:
        return Refused(rank, url, f"of engines that were not asked for: {', '.join(sorted(engines - asked))}")
    address = parse_address(url)
    if address is None:
        return Refused(rank, url, f"no web address: {_short(url)}")
    return Hit(
        url=url,
        title=_text(result, "title"),
        content=_text(result, "content"),
        engines=tuple(sorted(engines)),
        rank=rank,
        date_hint=_day(result.get("publishedDate")),
        template=_text(result, "template"),
        thing=thing_at(address),
    )


def _merged(first: Hit, other: Hit) -> Hit:
    """One hit of two: the rank of the first, and of everything else what there is."""
    return Hit(
        url=first.url,
        title=first.title or other.title,
        content=first.content or other.content,
        engines=tuple(sorted({*first.engines, *other.engines})),
        rank=first.rank,
        date_hint=first.date_hint or other.date_hint,
        template=first.template,
        thing=first.thing,
    )


def _engines(result: Mapping[str, Any]) -> frozenset[str]:
    # `engine` is the first that answered, and another one on the next day; `engines` are all that did.
    engines = result.get("engines")
    named = engines if isinstance(engines, list) and engines else [result.get("engine")]
    return frozenset(str(name) for name in named if name)


def _outages(told: object) -> Iterable[Outage]:
    for entry in told if isinstance(told, list) else []:
        if isinstance(entry, list) and entry:
            yield Outage(str(entry[0]), _short(" ".join(map(str, entry[1:]))))
        else:
            yield Outage("unknown", _short(entry))


def _text(result: Mapping[str, Any], name: str) -> str:
    value = result.get(name)
    # One of its engines writes "None" where its source has null.
    if not isinstance(value, str) or value == "None":
        return ""
    return folded(storable(value))[:LONGEST_TEXT]


def _day(value: object) -> date | None:
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None


def _short(seen: object) -> str:
    return short(seen if isinstance(seen, str) else repr(seen))
