"""Answers are read safely, and everything in them is a document or a drop."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from tests.trends.protocols.visits import NOW, answered

from nophantom.errors import InvalidInput
from nophantom.trends.documents import Family, ItemDrop, Kind, short
from nophantom.trends.exchange import Reading, Refusal, Trouble
from nophantom.trends.protocols.answers import (
    LONGEST_TEXT,
    LONGEST_TITLE,
    Dropped,
    Sent,
    count_of,
    document,
    item_of,
    json_bytes,
    json_of,
    moment_of,
    number_set,
    objects_in,
    text_of,
    xml_of,
)

READING = Reading("https://a.org/", Family.HACKER_NEWS, "test")
SENT = Sent("hn:1", "Zorb", NOW)


@pytest.mark.parametrize(
    ("content", "trouble"),
    [
        (b"<!doctype html><html><body>Busy</body></html>", Trouble.WRONG_CONTENT),
        (b"  <error/>", Trouble.WRONG_CONTENT),
        (b"", Trouble.UNREADABLE),
        (b'{"hits": [1, 2', Trouble.UNREADABLE),
        (b"\xff\xfe\x00", Trouble.UNREADABLE),
        (b"[" * 100_000, Trouble.UNREADABLE),
        (b"Too many requests", Trouble.UNREADABLE),
    ],
)
def test_what_is_no_json_is_refused_with_what_was_seen(content: bytes, trouble: Trouble) -> None:
    with pytest.raises(Refusal) as caught:
        json_of(answered(content))
    assert caught.value.trouble is trouble
    assert len(caught.value.told) <= 120


def test_half_characters_and_a_byte_order_mark_do_not_cost_an_answer() -> None:
    assert json_of(answered(b'{"title": "half \\ud83d"}')) == {"title": "half \ud83d"}
    assert json_of(answered(b"\xef\xbb\xbf[1]")) == [1]
    assert json_bytes({"title": "half \ud83d"})


@pytest.mark.parametrize("value", [None, [], {"hits": None}, {"hits": {}}, {}, "x"])
def test_json_without_the_list_that_it_should_have_is_something_else(value: object) -> None:
    with pytest.raises(Refusal) as caught:
        objects_in(value, "hits")
    assert caught.value.trouble is Trouble.WRONG_CONTENT


BOMB = b"""<?xml version="1.0"?><!DOCTYPE feed [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">
<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;">
<!ENTITY f SYSTEM "file:///etc/hostname">]><feed><title>x&e;&f;</title></feed>"""


def test_no_entity_is_expanded_and_no_file_read() -> None:
    title = text_of(xml_of(answered(BOMB), "feed"), "{*}title")
    assert len(title) < 100
    assert title.startswith("x")


@pytest.mark.parametrize(
    ("content", "trouble"),
    [
        (b"<!DOCTYPE html><html><body>Busy</body></html>", Trouble.WRONG_CONTENT),
        (b"<!-- x --><HTML><br></HTML>", Trouble.WRONG_CONTENT),
        (b"<rss><channel/></rss>", Trouble.WRONG_CONTENT),
        (b"", Trouble.UNREADABLE),
        (b"<feed><entry>", Trouble.UNREADABLE),
        (b"{}", Trouble.UNREADABLE),
        (b"<feed>" * 5_000, Trouble.UNREADABLE),
    ],
)
def test_what_is_no_feed_is_refused_with_what_was_seen(content: bytes, trouble: Trouble) -> None:
    with pytest.raises(Refusal) as caught:
        xml_of(answered(content), "feed")
    assert caught.value.trouble is trouble


def test_control_characters_do_not_cost_an_answer() -> None:
    root = xml_of(answered(b"<feed><title>a \x0c b</title></feed>"), "feed")
    assert text_of(root, "{*}title").split() == ["a", "b"]


def test_what_was_sent_becomes_a_document_with_all_its_fields() -> None:
    sent = SENT._replace(
        title=" Zorb \n 1 ", text="It is <b>fast</b>.", url="https://www.a.org/zorb", author=" ann "
    )
    d = document(sent, READING, NOW)
    assert (d.title, d.text, d.site, d.author) == ("Zorb 1", "It is fast.", "a.org", "ann")
    assert (d.kind, d.product, d.collections, d.language) == (Kind.POST, None, ("test",), "en")
    assert d.published_at == NOW


def test_the_script_of_a_title_tells_its_language_and_else_the_source() -> None:
    german = Reading("https://a.org/", Family.HACKER_NEWS, "test", language="de")
    assert document(SENT, german, NOW).language == "de"
    assert document(SENT._replace(title="识别深度伪造"), german, NOW).language == "zh"


def test_the_less_than_of_plain_text_is_no_mark_up() -> None:
    formula = SENT._replace(title="If a<b and b<c", text="where $x<y$ and <z>", is_plain=True)
    d = document(formula, READING, NOW)
    assert (d.title, d.text) == ("If a<b and b<c", "where $x<y$ and <z>")


def test_long_plain_texts_are_cut_at_a_word() -> None:
    d = document(SENT._replace(title="word " * 999, text="word " * 9_999, is_plain=True), READING, NOW)
    assert len(d.title) <= LONGEST_TITLE
    assert len(d.text) <= LONGEST_TEXT
    assert d.title.endswith("word ...")


def test_a_document_or_a_drop_knows_its_place_and_the_hash_of_what_was_sent() -> None:
    def refuse() -> tuple[object, None]:
        raise Dropped(ItemDrop.NO_ID, "x" * 500)

    drop = item_of(3, b"sent", refuse)  # type: ignore[arg-type]
    made = item_of(3, b"sent", lambda: (document(SENT, READING, NOW), None))
    assert (drop.position, drop.drop, len(drop.seen)) == (3, ItemDrop.NO_ID, 120)
    assert drop.raw_hash == made.raw_hash
    assert made.document is not None


@pytest.mark.parametrize("value", [None, "7", 7.5, True, -1])
def test_a_count_that_is_not_told_is_unknown_and_no_zero(value: object) -> None:
    assert count_of({"points": value}, "points") is None
    assert count_of({"points": 0}, "points") == 0


def test_seconds_since_1970_are_a_moment_unless_they_are_something_else() -> None:
    assert moment_of(1_700_000_000) == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert [moment_of(v) for v in (None, "1700000000", True, -5, 1_700_000_000_000, float("nan"))] == [
        None
    ] * 6


@pytest.mark.parametrize("word", ["", "x", "-1", "1.5", "９", "1" * 10])
def test_a_setting_that_is_no_number_is_refused(word: str) -> None:
    reading = Reading("https://a.org/", Family.ARXIV, "test", settings={"days": word})
    with pytest.raises(InvalidInput, match="days"):
        number_set(reading, "days", 7)
    assert number_set(READING, "days", 7) == 7


def test_what_is_told_is_one_short_line() -> None:
    assert short("a\n b\0") == "a b\ufffd"
    assert len(short(json.dumps(list(range(999))))) == 120
