"""Feeds of every dialect, their pages, and everything that a server may send instead."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nophantom.trends.documents import Document, Family, ItemDrop
from nophantom.trends.exchange import Answer, Ask, Reading, Refusal, Step, Trouble
from nophantom.trends.protocols.feed import FEED, MOST_PAGES, read_feed

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
URL = "https://a.example.org/feed"
READING = Reading(URL, Family.FEED, "blogs")
FOLLOWED = replace(READING, followed_since=datetime(2026, 11, 1, tzinfo=UTC))

RSS = """<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>A &amp; B</title>
 <link>https://a.example.org/</link><language>en-us</language><ttl>90</ttl>
 <skipHours><hour>0</hour><hour>24</hour><hour>7</hour><hour>x</hour></skipHours>
 <skipDays><day>Saturday</day><day>Sunday</day></skipDays>
 <item><title>Zorb 1.0</title><link>/1</link><guid isPermaLink="false">g1</guid><description>Short</description>
 <content:encoded><![CDATA[<p>Long &amp; good</p>]]></content:encoded><dc:creator>Ann</dc:creator>
 <pubDate>Mon, 02 Nov 2026 08:00:00 GMT</pubDate><comments>https://news.example.org/1</comments></item>
 <item><guid>https://a.example.org/2</guid><description>Only a text</description></item>
 <item><guid isPermaLink="false">https://a.example.org/?p=3</guid><title>Third</title></item>
</channel></rss>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>A</title>
 <link>https://a.example.org/</link><dc:language>de</dc:language></channel>
 <item rdf:about="https://a.example.org/1"><title>Zorb</title><link>https://a.example.org/1</link>
 <dc:date>2026-11-02T08:00:00Z</dc:date><dc:creator>Ann</dc:creator></item></rdf:RDF>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://b.example.org/x/" xml:lang="fr">
 <title>A</title><link href="/"/><link rel="next" href="?page=2"/><id>f</id>
 <entry xml:base="y/"><id>tag:1</id><title type="html">Zorb &amp;lt;T&amp;gt; &lt;b&gt;out&lt;/b&gt;</title>
 <link rel="enclosure" href="z.mp3"/><link rel="alternate" href="1"/><author><name>Ann</name></author>
 <published>2026-11-02T08:00:00Z</published><updated>2026-11-09T08:00:00Z</updated>
 <content type="html">Text</content></entry>
 <entry><id>https://b.example.org/2</id><updated>2026-11-03T08:00:00+02:00</updated>
 <title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Two <b>words</b></div></title></entry></feed>"""
JSON = """{"version": "https://jsonfeed.org/version/1.1", "title": "A", "items": [{"id": "1", "title": "Zorb",
 "url": "https://a.example.org/1"}, {"title": "no id", "url": "https://a.example.org/2"}]}"""


def answer(content: str | bytes, *, url: str = URL, kind: str = "application/xml") -> Answer:
    sent = content.encode() if isinstance(content, str) else content
    return Answer(url, 200, {"content-type": kind}, sent, AT)


def read(content: str | bytes, *, reading: Reading = READING, note: str = "", url: str = URL) -> Step:
    return FEED.read(reading, Ask(url, note=note), answer(content, url=url))


def documents(content: str | bytes) -> list[Document]:
    return [item.document for item in read(content).items if item.document]


def refusal(content: str | bytes, kind: str = "text/html") -> Refusal:
    with pytest.raises(Refusal) as refused:
        FEED.read(READING, Ask(URL), answer(content, kind=kind))
    assert len(refused.value.told) <= 120
    return refused.value


def test_the_feed_is_asked_for_unless_it_is_unchanged() -> None:
    (ask,) = FEED.begin(READING, AT)
    assert (ask.url, ask.conditional, ask.page) == (URL, True, False)


def test_rss_2_gives_its_items() -> None:
    first, second, third = documents(RSS)
    assert (first.title, first.text, first.author) == ("Zorb 1.0", "Long & good", "Ann")
    assert (first.url, first.published_on) == ("https://a.example.org/1", date(2026, 11, 2))
    assert (second.title, second.url) == ("Only a text", "https://a.example.org/2")
    assert (third.title, third.url) == ("Third", "")  # it says that its guid is no link


def test_rss_tells_when_to_come_again() -> None:
    hints = read(RSS).hints
    assert (hints.title, hints.homepage, hints.language) == ("A & B", "https://a.example.org/", "en")
    assert (hints.every, hints.skip_hours, hints.skip_days) == (5_400.0, frozenset({0, 7}), frozenset({5, 6}))
    assert hints.newest == datetime(2026, 11, 2, 8, tzinfo=UTC)


def test_rss_1_gives_the_items_beside_its_channel() -> None:
    (found,) = documents(RDF)
    assert (found.title, found.author, found.language) == ("Zorb", "Ann", "de")
    assert found.published_at == datetime(2026, 11, 2, 8, tzinfo=UTC)


def test_atom_gives_its_entries_and_resolves_what_is_relative() -> None:
    first, second = documents(ATOM)
    assert (first.title, first.url, first.author) == ("Zorb <T> out", "https://b.example.org/x/y/1", "Ann")
    assert (first.published_on, first.language) == (date(2026, 11, 2), "fr")
    assert (second.title, second.url) == ("Two words", "https://b.example.org/2")
    assert second.published_at == datetime(2026, 11, 3, 6, tzinfo=UTC)


def test_json_feed_gives_its_items_and_drops_those_without_an_id() -> None:
    one, other = read(JSON).items
    assert one.document is not None
    assert other.drop is ItemDrop.NO_ID


def test_whatever_the_server_calls_it_a_feed_is_a_feed() -> None:
    for kind in ("text/html", "text/plain", "application/octet-stream", "application/json", ""):
        assert len(read_feed(answer(RSS, kind=kind)).entries) == 3
        assert len(read_feed(answer(JSON, kind=kind)).entries) == 2


def test_a_feed_behind_the_warnings_of_a_program_is_read() -> None:
    assert len(documents(f"<br /><b>Warning</b>: no such table in <b>x.php</b>\n{RSS}")) == 3


def test_an_empty_feed_is_no_trouble() -> None:
    for content in (
        "<rss><channel><title>A</title></channel></rss>",
        '<feed xmlns="http://www.w3.org/2005/Atom"/>',
    ):
        step = read(content)
        assert (step.items, step.trouble) == ((), None)


def test_what_is_no_xml_is_read_by_the_tolerant_parser() -> None:
    torn = RSS.replace("<description>Short</description>", "<description>caf&eacute; <b>R&D</description>")
    channel = read_feed(answer(torn))
    assert channel.read_by == "tolerant"
    assert [entry.title for entry in channel.entries] == ["Zorb 1.0", "", "Third"]
    assert channel.hints.title == "A & B"


def test_entities_of_html_and_control_characters_are_mended() -> None:
    mended = RSS.replace("Zorb 1.0", "Zorb&nbsp;caf&eacute; R&D\x0b")
    channel = read_feed(answer(mended))
    assert (channel.read_by, channel.entries[0].title.split()) == ("fast", ["Zorb", "café", "R&D"])


def test_a_feed_that_breaks_off_gives_what_is_there() -> None:
    cut = RSS[: RSS.index("<title>Third")]
    assert [item.position for item in read(cut).items] == [1, 2, 3]
    assert len(documents(cut)) >= 2


def test_an_entry_within_an_entry_is_not_lost() -> None:
    nested = RSS.replace("</item>\n <item><guid>", "<item><guid>").replace(
        "Only a text</description></item>", "Only a text</description></item></item>"
    )
    assert len(read(nested).items) == 3


def test_pages_follow_on_the_first_visit_alone() -> None:
    (ask,) = read(ATOM).asks
    assert (ask.url, ask.conditional) == ("https://b.example.org/x/?page=2", False)
    assert read(ATOM, reading=FOLLOWED).asks == ()


def test_pages_that_name_each_other_in_a_ring_end() -> None:
    reached, asks = 0, FEED.begin(READING, AT)
    while asks:
        reached += 1
        (ask,) = asks
        follows = "https://a.example.org/feed?p=2" if ask.url == URL else URL
        page = ATOM.replace("?page=2", follows)
        asks = FEED.read(READING, ask, answer(page, url=ask.url)).asks
    assert reached == 2


def test_pages_without_end_end() -> None:
    reached, asks = 0, FEED.begin(READING, AT)
    while asks:
        reached += 1
        page = ATOM.replace("?page=2", f"https://a.example.org/feed?p={reached}")
        asks = FEED.read(READING, asks[0], answer(page, url=asks[0].url)).asks
    assert reached == MOST_PAGES == 20


def test_a_later_page_that_cannot_be_read_is_a_trouble_and_takes_nothing_back() -> None:
    step = read("<html>gone", note=f"{URL} {URL}")
    assert (step.items, step.trouble) == ((), Trouble.INCOMPLETE)
    assert step.told.startswith("page 2: a page instead of a feed")


def test_a_page_is_told_from_a_feed_and_its_feed_is_named() -> None:
    page = (
        '<!DOCTYPE html><html><head><link rel="alternate" type="application/rss+xml" href="/rss.xml"></head>'
    )
    refused = refusal(page)
    assert refused.trouble is Trouble.WRONG_CONTENT
    assert refused.told == "a page instead of a feed; it names a feed at https://a.example.org/rss.xml"
    assert refusal('<?xml version="1.0"?><html xmlns="x"><body/></html>').told.endswith("it names no feed")


@pytest.mark.parametrize(
    ("content", "trouble", "told"),
    [
        ("<opml version='2.0'><body/></opml>", Trouble.WRONG_CONTENT, "a list of feeds (OPML): import it"),
        ("<urlset/>", Trouble.WRONG_CONTENT, "XML that is no feed, with the root <urlset>"),
        ('{"message": "Not Found"}', Trouble.WRONG_CONTENT, "JSON that is no feed"),
        ("", Trouble.UNREADABLE, "nothing in it"),
        ("Service unavailable", Trouble.UNREADABLE, "19 bytes that are no feed: 'Service unavailable'"),
        (b"\x1f\x8b\x08\x00", Trouble.UNREADABLE, "gzip that the server does not call so"),
        (b"\x00\x01\x02" * 50, Trouble.UNREADABLE, "150 bytes that are no feed"),
    ],
)
def test_what_is_no_feed_is_refused_with_what_it_is(
    content: str | bytes, trouble: Trouble, told: str
) -> None:
    refused = refusal(content)
    assert refused.trouble is trouble
    assert refused.told.startswith(told)


@pytest.mark.parametrize(
    "content", ["<rss><channel>" + "<item/>" * 50_001, '{"items": [' + "{}," * 1_000_001]
)
def test_entries_without_end_are_refused_before_they_fill_the_memory(content: str) -> None:
    assert refusal(content).trouble is Trouble.TOO_LARGE


def test_no_entity_is_expanded_and_nothing_is_fetched() -> None:
    bomb = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    kinds = '<!ENTITY l0 "ha"><!ENTITY f SYSTEM "file:///etc/passwd"><!ENTITY % p SYSTEM "http://b.example.org/"> %p;'
    sent = (
        f'<?xml version="1.0"?><!DOCTYPE rss [{kinds}{bomb}]>' + RSS.replace("Zorb 1.0", "&l11; and &f;")[21:]
    )
    started = time.process_time()
    assert documents(sent)[0].title == "&l11; and &f;"
    assert time.process_time() - started < 1.0


@pytest.mark.parametrize(
    "content",
    [
        "<rss><channel>" + "<a>" * 50_000,
        "<rss><channel><item>" + "<b>" * 100_000 + "x" + "</b>" * 100_000 + "</item></channel></rss>",
        "<rss><channel><item><title>" + "&lt;div&gt;" * 50_000 + "</title></item></channel></rss>",
        "<rss " + " ".join(f'a{n}="x"' for n in range(50_000)) + "/>",
        "<feed " * 20_000,
        "[" * 1_000_000,
        "<rss><channel>" + "<item/>" * 4_000,
    ],
)
def test_hostile_documents_cost_no_more_than_their_size(content: str) -> None:
    started = time.process_time()
    with suppress(Refusal):
        read(content)
    assert time.process_time() - started < 4.0


@pytest.mark.long
def test_a_feed_of_ten_megabytes_is_read() -> None:
    item = (
        "<item><title>Zorb {n}</title><link>/{n}</link><description>"
        + "word " * 1_000
        + "</description></item>"
    )
    whole = RSS.replace(
        "</channel>", "".join(item.replace("{n}", str(n)) for n in range(10, 2_010)) + "</channel>"
    )
    for content in (whole, whole.replace("<ttl>", "<ttl><torn>")):
        started = time.process_time()
        assert len([item for item in read(content).items if item.document]) == 2_003
        assert time.process_time() - started < 10.0


@settings(max_examples=50)
@given(st.integers(0, len(RSS)), st.integers(0, 40), st.text(alphabet="<>&;/'\"=ax]", max_size=6))
def test_no_damage_makes_it_fail(at: int, n_lost: int, put: str) -> None:
    damaged = RSS[:at] + put + RSS[at + n_lost :]
    try:
        step = read(damaged)
    except Refusal:
        return
    assert [item.position for item in step.items] == list(range(1, len(step.items) + 1))


@settings(max_examples=40)
@given(st.binary(max_size=200))
def test_no_bytes_make_it_fail(content: bytes) -> None:
    for start in (b"", b"<rss>", b"{", b"<?xml version='1.0' encoding='"):
        try:
            read(start + content)
        except Refusal:
            continue
