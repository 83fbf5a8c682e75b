"""Every entry of every real feed document is found, by one parser or the other."""

from __future__ import annotations

import random
import sys
import tarfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import pytest
from lxml import etree

from nophantom.trends.documents import Family
from nophantom.trends.exchange import Answer, Reading, Refusal
from nophantom.trends.protocols.feed import FEED, read_feed
from nophantom.trends.protocols.feed_bytes import decoded, root_name, without_prologue
from nophantom.trends.protocols.feed_parsers import read_xml_feed

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

URL = "https://a.example.org/feed"
AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
ENTRIES = ("{*}item", "{*}entry")
SHARE = 100
"""One in so many documents is read in each run; all in the long one."""


class Sent(NamedTuple):
    """A real document."""

    name: str
    content: bytes


@pytest.fixture(scope="module")
def documents(data: Path) -> list[Sent]:
    packed = data / "trends" / "feeds" / "feed_docs.tar.zst"
    with zstd.open(packed) as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
        return [
            Sent(member.name, file.read())
            for member in archive
            if member.isfile() and (file := archive.extractfile(member))
        ]


def n_elements(text: str) -> int:
    """The item and entry elements, by a reader that goes on after every error; those inside of others aside."""
    parser = etree.XMLParser(recover=True, resolve_entities=False, encoding="utf-8")
    root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    if root is None:
        return 0
    return sum(1 for e in root.iter(*ENTRIES) if not any(True for _ in e.iterancestors(*ENTRIES)))


def check(sent: Sent) -> tuple[str, int]:
    """How a document was read, and how many items it gave, after all that must hold was seen to hold."""
    answer = Answer(URL, 200, {}, sent.content, AT)
    reading = Reading(URL, Family.FEED, "real")
    told = ""
    text = without_prologue(decoded(sent.content, {}))
    try:
        step = FEED.read(reading, FEED.begin(reading, AT)[0], answer)
    except Refusal as refused:
        told = refused.told
        step = None
    if step is None:
        assert root_name(text) not in {"rss", "rdf", "feed"}, (sent.name, told)
        return "refused", 0
    assert [item.position for item in step.items] == list(range(1, len(step.items) + 1)), sent.name
    assert all((item.document is None) == bool(item.drop and item.seen) for item in step.items), sent.name
    read_by = read_feed(answer).read_by
    if read_by != "json":
        # Elements in capitals (CDF) and a broken one of RSS 1.1 are those that the two count differently.
        agreed = (
            "/cdf" in sent.name
            or sent.name.endswith("neg-anyarss.xml")
            or len(step.items) >= n_elements(text)
        )
        assert agreed, (sent.name, len(step.items), n_elements(text))
    return read_by, len(step.items)


def test_a_share_of_the_real_documents_is_read_without_losing_an_entry(documents: list[Sent]) -> None:
    share = random.Random(7).sample(documents, len(documents) // SHARE)
    found = Counter(check(sent)[0] for sent in share)
    assert found["fast"] > sum(found.values()) / 2


@pytest.mark.long
def test_every_real_document_is_read_without_losing_an_entry(documents: list[Sent]) -> None:
    assert len(documents) == 5_943
    found: Counter[str] = Counter()
    items: Counter[str] = Counter()
    for sent in documents:
        read_by, n_items = check(sent)
        found[read_by] += 1
        items[read_by] += n_items
    n_xml = found["fast"] + found["tolerant"]
    assert n_xml > 5_000
    assert found["fast"] / n_xml > 0.95
    assert items["fast"] > 21_000


def polls(documents: list[Sent]) -> Iterator[tuple[str, list[Sent]]]:
    found = defaultdict(list)
    for sent in documents:
        room = PurePosixPath(sent.name).parts[0]
        if room.startswith("poll-"):
            found[room].append(sent)
    for room, sends in found.items():
        yield room, sorted(sends)


def own_ids(content: bytes) -> list[str]:
    root = etree.fromstring(content)
    return [e.findtext("guid") or e.findtext("link") for e in root.iter("item")]


def check_polls(sends: list[Sent], room: str) -> tuple[int, int]:
    reading = Reading(f"https://a.example.org/{room}", Family.FEED, room)
    ours: set[str] = set()
    theirs: set[str] = set()
    n_items = 0
    for sent in sends:
        at = datetime.strptime(PurePosixPath(sent.name).stem, "%Y-%m-%dT%H%M%S").replace(tzinfo=UTC)
        step = FEED.read(
            reading, FEED.begin(reading, at)[0], Answer(reading.address, 200, {}, sent.content, at)
        )
        told = own_ids(sent.content)
        ids = {item.document.native_id for item in step.items if item.document}
        assert len(step.items) == len(told), sent.name
        assert len(ids - ours) == len(set(told) - theirs), sent.name
        ours |= ids
        theirs |= set(told)
        n_items += len(step.items)
    return n_items, len(ours)


def test_each_new_poll_of_a_real_feed_brings_what_is_new_and_nothing_else(documents: list[Sent]) -> None:
    for room, sends in polls(documents):
        check_polls(sends[:6], room)


@pytest.mark.long
def test_168_polls_of_three_real_feeds_bring_every_story_once(documents: list[Sent]) -> None:
    found = {room: check_polls(sends, room) for room, sends in polls(documents)}
    assert found == {
        "poll-hn-top": (1_871, 490),
        "poll-hn-daily": (900, 59),
        "poll-anthropic-news": (9_937, 255),
    }


def test_a_second_spelling_of_an_id_does_not_hide_an_entry() -> None:
    """The shop's own id stands beside that of the entry."""
    text = """<rss><channel><item xmlns:g="http://base.google.com/ns/1.0"><g:id>101</g:id><title>T</title>
      <link>https://a.example.org/1</link></item></channel></rss>"""
    (entry,) = read_xml_feed(text, URL).entries
    assert (entry.key, entry.link) == ("", "https://a.example.org/1")


def test_what_no_parser_reads_is_an_entry_that_could_not_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for parser in ("fastfeedparser", "feedparser"):
        monkeypatch.setattr(
            f"nophantom.trends.protocols.feed_parsers.{parser}.parse", lambda *_, **__: {"entries": []}
        )
    channel = read_xml_feed("<rss><channel><item><title>T</title></item><item/></channel></rss>", URL)
    assert [entry.fault for entry in channel.entries] == ["an element that no parser could read"] * 2


def test_a_damaged_feed_too_long_for_the_tolerant_parser_is_read_as_far_as_it_is_xml() -> None:
    damaged = "<rss><channel><torn>" + "<item><title>T</title><link>x</link></item>" * 15_000 + "</torn>"
    channel = read_xml_feed(damaged, URL)
    assert len(channel.entries) == 15_000
    assert channel.read_by == "tolerant"


@pytest.mark.parametrize(
    ("ttl", "every"),
    [("60", 3_600.0), ("0", None), ("-5", None), ("soon", None), ("99999999", 604_800.0), ("", None)],
)
def test_a_ttl_is_read_where_it_is_one(ttl: str, every: float | None) -> None:
    assert read_xml_feed(f"<rss><channel><ttl> {ttl} </ttl></channel></rss>", URL).hints.every == every


def test_relative_links_of_rss_begin_at_the_page_of_the_channel() -> None:
    text = "<rss><channel><link>https://b.example.org/x/</link><item><title>T</title><link>y</link></item></channel></rss>"
    assert read_xml_feed(text, URL).entries[0].link == "https://b.example.org/x/y"
    torn = text.replace("<title>", "<title>&</b>")
    assert read_xml_feed(torn, URL).read_by == "tolerant"
    assert read_xml_feed(torn, URL).entries[0].link == "https://b.example.org/x/y"


def test_an_enclosure_or_a_licence_is_no_page() -> None:
    text = """<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>tag:1</id><title>T</title>
      <link rel="enclosure" href="https://a.example.org/x.mp3"/></entry></feed>"""
    assert read_xml_feed(text, URL).entries[0].link == ""
