"""Leads become documents only when their source confirmed id, title and date."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from nophantom.trends.addresses import parse_address
from nophantom.trends.confirmation import (
    Confirmed,
    Unconfirmed,
    ask_confirmation,
    confirm,
    item_of_lead,
)
from nophantom.trends.documents import Certainty, Document, Family, ItemDrop, Kind
from nophantom.trends.exchange import Answer
from nophantom.trends.native_things import NativeThing, thing_at
from nophantom.trends.protocols.searxng import Hit

AT = datetime(2026, 8, 21, 12, tzinfo=UTC)
REPOSITORY = {"full_name": "Zorb/Blax", "description": "A blax.", "created_at": "2019-05-06T07:08:09Z"}


def at(url: str) -> NativeThing:
    address = parse_address(url)
    assert address is not None
    return thing_at(address)


def answered(url: str, body: object, status: int = 200, led: str | None = None) -> Confirmed | Unconfirmed:
    thing = at(url)
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return confirm(thing, Answer(led or ask_confirmation(thing).url, status, {}, content, AT))


def document(url: str, body: object, led: str | None = None) -> Document:
    outcome = answered(url, body, led=led)
    assert isinstance(outcome, Confirmed), outcome
    return outcome.document


def unconfirmed(url: str, body: object, status: int = 200, led: str | None = None) -> Unconfirmed:
    outcome = answered(url, body, status, led)
    assert isinstance(outcome, Unconfirmed), outcome
    return outcome


def hit(url: str) -> Hit:
    return Hit(
        url=url,
        title="Other title",
        content="x",
        engines=("blip", "zorbo"),
        rank=3,
        date_hint=date(2026, 8, 21),
        template="default.html",
        thing=at(url),
    )


def test_a_repository_of_2019_that_looks_new_to_the_search_is_of_2019() -> None:
    found = document("https://github.com/zorb/blax", REPOSITORY)

    assert found.native_id == "github:zorb/blax"
    assert (found.family, found.kind, found.product) == (Family.GITHUB, Kind.REPOSITORY, "github:zorb/blax")
    assert found.published_on == date(2019, 5, 6)
    assert found.published_at == datetime(2019, 5, 6, 7, 8, 9, tzinfo=UTC)
    assert found.title == "Zorb/Blax: A blax."
    assert found.collections == ("leads",)


def test_what_was_looked_for_today_was_not_known_on_the_day_of_its_publication() -> None:
    assert document("https://github.com/zorb/blax", REPOSITORY).first_seen == AT.date()


def test_a_repository_that_was_renamed_is_known_by_its_new_name() -> None:
    assert document("https://github.com/old/name", REPOSITORY).native_id == "github:zorb/blax"


def test_a_page_is_confirmed_by_what_it_says_for_machines() -> None:
    body = b'<title>Zorb</title><meta property="article:published_time" content="2026-08-20"><p>x'
    found = document("https://a.example/zorb?utm_source=s", body, "https://www.a.example/zorb/")

    assert found.native_id == at("https://a.example/zorb").native_id
    assert (found.family, found.kind, found.site) == (Family.WEB, Kind.POST, "a.example")
    assert (found.published_on, found.published_at, found.certainty) == (
        date(2026, 8, 20),
        None,
        Certainty.DAY,
    )


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<title>Zorb</title><p>x", "tells no date"),
        (b'<meta name="date" content="2026-08-20"><p>x', "no title"),
        (b'<title>Zorb</title><meta name="date" content="1970-01-01"><p>x', "1970-01-01"),
        (b'<title>Zorb</title><meta name="date" content="2031-01-01"><p>x', "2031-01-01"),
    ],
)
def test_a_page_without_title_or_date_stays_a_lead(body: bytes, why: str) -> None:
    outcome = unconfirmed("https://a.example/zorb", body)
    assert why in outcome.told
    assert outcome.is_final


@pytest.mark.parametrize(
    ("status", "is_final"), [(404, True), (410, True), (451, True), (403, False), (429, False), (503, False)]
)
def test_only_a_source_that_says_so_has_no_such_thing(status: int, is_final: bool) -> None:
    outcome = unconfirmed("https://github.com/zorb/blax", {"message": "x"}, status)
    assert (outcome.is_final, outcome.instead) == (is_final, None)


def test_a_source_that_sends_something_else_may_be_asked_again() -> None:
    assert not unconfirmed("https://news.ycombinator.com/item?id=7", b"<html>Busy").is_final
    assert unconfirmed("https://news.ycombinator.com/item?id=7", None).is_final


def test_a_page_that_leads_to_a_thing_with_a_name_is_asked_for_there() -> None:
    outcome = unconfirmed("https://short.example/x7", b"<title>x", led="https://github.com/zorb/blax?x=1")
    assert outcome.instead == at("https://github.com/zorb/blax")


def test_a_loopback_server_can_stand_for_a_source() -> None:
    origins = {"api.github.com": "http://127.0.0.1:8090/", "news.ycombinator.com": "http://127.0.0.1:1"}
    asks = [
        ask_confirmation(at(url), origins=origins, secrets={"github": "sesame"})
        for url in ("https://github.com/zorb/blax", "https://a.example/x")
    ]
    assert [ask.url for ask in asks] == ["http://127.0.0.1:8090/repos/zorb/blax?", "https://a.example/x"]
    assert asks[0].headers["Authorization"] == "Bearer sesame"
    assert "sesame" not in repr(asks)


def test_a_confirmed_lead_is_a_document_with_nothing_of_the_hit_in_it() -> None:
    found = hit("https://github.com/zorb/blax")
    item = item_of_lead(answered(found.url, REPOSITORY), found, "zorb")

    assert item.document == document(found.url, REPOSITORY)
    assert item.document.title != found.title
    assert (item.position, item.drop, item.seen) == (3, None, "")


def test_an_unconfirmed_lead_says_who_found_it_for_which_query_and_where() -> None:
    found = hit("https://a.example/zorb")
    item = item_of_lead(Unconfirmed("its page tells no date"), found, "zorb db", position=9)

    assert (item.document, item.drop, item.position) == (None, ItemDrop.UNCONFIRMED_LEAD, 9)
    assert item.seen == "rank 3 of blip, zorbo for 'zorb db': https://a.example/zorb: its page tells no date"


def test_a_long_address_gives_way_to_the_reason() -> None:
    found = hit("https://a.example/" + "x" * 300)
    item = item_of_lead(Unconfirmed("its page tells no date"), found, "q" * 300)
    assert item.seen.endswith("its page tells no date")
    assert len(item.seen) <= 120
    assert item.raw_hash != item_of_lead(Unconfirmed("x"), found, "other").raw_hash
