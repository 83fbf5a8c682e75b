"""JSON Feed 1.0 and 1.1."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nophantom.trends.exchange import Refusal, Trouble
from nophantom.trends.protocols.feed_entries import Channel
from nophantom.trends.protocols.json_feed import read_json_feed

URL = "https://a.example.org/blog/feed.json"
ITEM: dict[str, Any] = {
    "id": "https://a.example.org/1",
    "url": "/1",
    "external_url": "https://github.com/zorb/zorb",
    "title": "Zorb",
    "content_html": "<p>Text</p>",
    "content_text": "Other text",
    "summary": "Sum",
    "date_modified": "2026-11-03T00:00:00Z",
    "date_published": "2026-11-02T00:00:00Z",
    "authors": [{"name": "Ann"}, {"name": "Bob"}],
    "language": "de",
}
FEED: dict[str, Any] = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Blog",
    "home_page_url": "https://a.example.org/",
    "next_url": "feed2.json",
    "language": "en-GB",
    "author": {"name": "Cid"},
    "items": [ITEM],
}


def channel(**changes: Any) -> Channel:
    return read_json_feed(json.dumps(FEED | changes), URL)


def test_an_item_keeps_its_page_and_what_it_points_to() -> None:
    found = channel().entries[0]
    assert (found.key, found.link) == ("https://a.example.org/1", "https://a.example.org/1")
    assert found.target == "https://github.com/zorb/zorb"
    assert (found.title, found.text, found.author) == ("Zorb", "<p>Text</p>", "Ann, Bob")
    assert found.dates == ("2026-11-02T00:00:00Z", "2026-11-03T00:00:00Z")
    assert found.language == "de"


def test_the_feed_tells_its_name_its_page_its_language_and_its_next_page() -> None:
    found = channel()
    assert (found.hints.title, found.hints.homepage, found.hints.language) == (
        "Blog",
        "https://a.example.org/",
        "en",
    )
    assert found.next_page == "https://a.example.org/blog/feed2.json"


def test_an_id_may_be_a_number_and_stands_for_a_missing_link() -> None:
    assert channel(items=[{"id": 7}]).entries[0].key == "7"
    assert channel(items=[{"id": "https://a.example.org/7"}]).entries[0].link == "https://a.example.org/7"
    assert channel(items=[{"id": True, "url": "mailto:x"}]).entries[0][:2] == ("", "")


def test_the_author_of_the_feed_stands_for_that_of_an_item() -> None:
    assert channel(items=[{"id": "1"}]).entries[0].author == "Cid"


def test_an_item_that_is_no_object_is_an_entry_that_cannot_be_read() -> None:
    found = channel(items=[ITEM, 7, None, "x"]).entries
    assert [bool(e.fault) for e in found] == [False, True, True, True]


def test_half_a_character_is_read() -> None:
    assert (
        read_json_feed('{"items": [{"id": "1", "title": "\\ud800 x"}]}', URL).entries[0].title == "\ud800 x"
    )


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("[]", Trouble.WRONG_CONTENT),
        ('{"error": "no such feed"}', Trouble.WRONG_CONTENT),
        ('{"items": {}}', Trouble.WRONG_CONTENT),
        ('{"items": [', Trouble.UNREADABLE),
        ("[" * 100_000, Trouble.UNREADABLE),
    ],
)
def test_json_that_is_no_feed_is_refused(text: str, trouble: Trouble) -> None:
    with pytest.raises(Refusal) as refused:
        read_json_feed(text, URL)
    assert refused.value.trouble is trouble
