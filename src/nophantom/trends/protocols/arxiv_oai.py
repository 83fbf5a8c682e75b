"""arXiv by OAI-PMH: everything in a set that changed since a day, dated by the first version. PURE.

The datestamp of a record is that of its last change, so old papers come again; `arXivRaw` tells all versions, and the
first one dates the paper. Long lists are told in parts, each with a token for the next; tokens expire daily.
"""

from __future__ import annotations

import re
from dataclasses import astuple, dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

import orjson

from nophantom.trends.documents import Document, ItemDrop, folded, short
from nophantom.trends.exchange import Answer, Ask, Hints, Protocol, Reading, Refusal, Step, Trouble
from nophantom.trends.protocols.answers import (
    Dropped,
    Element,
    item_of,
    newest_of,
    number_set,
    text_of,
    xml_bytes,
    xml_of,
)
from nophantom.trends.protocols.arxiv import GAP, LARGEST, Paper, first_of, paper_document, setting_of

OAI = "https://oaipmh.arxiv.org/oai"
FIRST_DAYS = 7
"""Of changes that the first visit reads; the setting `days` overrides it."""
MOST_RESTARTS = 2
"""In one visit, after tokens that expired."""
MOST_PARTS = 2_000
"""Of one list; a server that goes on for ever is not followed."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class _Harvest:
    """Where a visit stands.

    Attributes:
        since: the day from which changes are asked for.
        answered: the day of the server when it answered first; the next visit begins there.
        token: for the part that is asked for; empty for the first.
        part: its number, from 1.
        restarts: how often the list was begun anew.
    """

    since: str
    answered: str = ""
    token: str = ""
    part: int = 1
    restarts: int = 0

    @property
    def note(self) -> str:
        return orjson.dumps(astuple(self)).decode()


def _begin(reading: Reading, at: datetime) -> tuple[Ask, ...]:
    first = at.date() - timedelta(days=number_set(reading, "days", FIRST_DAYS))
    return (_ask(reading, _Harvest(reading.state.get("from", first.isoformat()))),)


def _ask(reading: Reading, harvest: _Harvest) -> Ask:
    # A token stands for the whole request: beside it, nothing may be asked.
    asked = {"verb": "ListRecords", "resumptionToken": harvest.token}
    if not harvest.token:
        wanted = setting_of(reading, "set", "cs:cs:LG")
        asked = {"verb": "ListRecords", "metadataPrefix": "arXivRaw", "set": wanted, "from": harvest.since}
    return Ask(f"{reading.settings.get('base', OAI)}?{urlencode(asked)}", note=harvest.note)


def _read(reading: Reading, ask: Ask, answer: Answer) -> Step:
    harvest = _Harvest(*orjson.loads(ask.note))
    root = xml_of(answer, "OAI-PMH")
    if not harvest.answered:
        harvest = replace(harvest, answered=_day_of(root, harvest.since))
    if (error := root.find("{*}error")) is not None:
        return _on_error(reading, harvest, str(error.get("code")), "".join(error.itertext()))
    found = root.find("{*}ListRecords")
    if found is None:
        raise Refusal(Trouble.WRONG_CONTENT, f"OAI-PMH without ListRecords ({answer.status})")
    items = tuple(
        item_of(n, xml_bytes(one), lambda one=one: (_of_record(one, reading, answer.at), None))  # type: ignore[misc]
        for n, one in enumerate(found.findall("{*}record"), 1)
    )
    hints = Hints(newest=newest_of(items))
    token = text_of(found, "{*}resumptionToken").strip()
    if not token:
        return Step(items, state={"from": harvest.answered}, hints=hints)
    if token == harvest.token or harvest.part >= MOST_PARTS:
        told = short(f"the list does not end: part {harvest.part:,} names the token {token}")
        return Step(items, hints=hints, trouble=Trouble.INCOMPLETE, told=told)
    following = replace(harvest, token=token, part=harvest.part + 1)
    return Step(items, (_ask(reading, following),), hints=hints)


def _day_of(root: Element, otherwise: str) -> str:
    """The day of the server: its clock decides what changed since, not ours."""
    found = _DAY.match(text_of(root, "{*}responseDate").strip())
    return found[0] if found else otherwise


def _on_error(reading: Reading, harvest: _Harvest, code: str, said: str) -> Step:
    if code == "noRecordsMatch":  # nothing changed: as normal as a list
        return Step(state={"from": harvest.answered})
    if code == "badResumptionToken" and harvest.token:
        if harvest.restarts >= MOST_RESTARTS:
            told = f"the token expired {harvest.restarts + 1} times; the next visit begins at {harvest.since} again"
            raise Refusal(Trouble.INCOMPLETE, told)
        # What came before is known already and will be linked; what did not come yet must not be lost. The first
        # answer of the visit stays the one that dates the next: what changed since then is asked for again.
        anew = replace(harvest, token="", part=1, restarts=harvest.restarts + 1)
        return Step(asks=(_ask(reading, anew),))
    raise Refusal(Trouble.NOT_FOUND, short(f"OAI-PMH refused: {code}: {said}"))


def _of_record(record: Element, reading: Reading, at: datetime) -> Document:
    header = record.find("{*}header")
    identifier = text_of(record, "{*}header/{*}identifier").strip()
    if header is not None and header.get("status") == "deleted":
        raise Dropped(ItemDrop.PARSE_ERROR, f"{identifier} was deleted: nothing is told of it")
    raw = record.find("{*}metadata/{*}arXivRaw")
    if raw is None:
        raise Dropped(ItemDrop.PARSE_ERROR, f"{identifier}: no arXivRaw")
    first = [v for v in raw.findall("{*}version") if v.get("version") == "v1"]
    paper = Paper(
        word=text_of(raw, "{*}id") or identifier.rpartition(":")[2],
        title=text_of(raw, "{*}title"),
        abstract=text_of(raw, "{*}abstract"),
        first_author=first_of(text_of(raw, "{*}authors")),
        published=text_of(first[0], "{*}date") if first else "",
        category=folded(text_of(raw, "{*}categories")).partition(" ")[0],
    )
    return paper_document(paper, reading, at)


ARXIV_OAI = Protocol(
    _begin, _read, sees=frozenset({400, 422}), gap=GAP, at_once=1, least=6 * 3_600.0, largest=LARGEST
)
"""Settings: `set` (group:archive:CATEGORY, as in cs:cs:LG), `days` of the first visit, `base`."""
