"""The feeds of a page are found where people put them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nophantom.trends.protocols.discovery import MOST_FEEDS, FoundFeed, feeds_of_page

URL = "https://a.example.org/blog/post.html"


def named(html: str) -> list[tuple[str, str]]:
    return [(feed.address, feed.kind) for feed in feeds_of_page(html.encode(), URL, {}).named]


def test_a_page_names_its_feeds() -> None:
    page = b"""<!doctype html><html><head><title>x</title>
      <link rel="stylesheet alternate" type="text/css" href="/a.css">
      <LINK REL="Alternate" TYPE="application/rss+xml; charset=utf-8" TITLE="The &amp; Blog" HREF="../rss.xml">
      <link rel=alternate type=application/atom+xml href=//feeds.example.net/atom>
      <link rel="alternate" type="application/feed+json" href="/feed.json">
      <link rel="alternate" hreflang="de" href="/de/"></head><body><p>no end"""
    assert feeds_of_page(page, URL, {}).named == (
        FoundFeed("https://a.example.org/rss.xml", "The & Blog", "rss"),
        FoundFeed("https://feeds.example.net/atom", "", "atom"),
        FoundFeed("https://a.example.org/feed.json", "", "json"),
    )


def test_a_link_that_looks_like_a_feed_is_one_after_those_that_are_named() -> None:
    html = '<a href="/feed/">RSS</a><a href="/feedback">no</a><link rel=alternate type=application/rss+xml href=/main>'
    assert named(html) == [("https://a.example.org/main", "rss"), ("https://a.example.org/feed/", "link")]


def test_the_same_feed_is_named_once_and_that_of_the_comments_last() -> None:
    html = """<link rel=alternate type=application/rss+xml href=/comments/feed title="Comments">
      <link rel=alternate type=application/rss+xml href=/feed><a href="https://www.a.example.org/feed/">x</a>"""
    assert named(html) == [
        ("https://a.example.org/feed", "rss"),
        ("https://a.example.org/comments/feed", "rss"),
    ]


def test_what_else_goes_by_these_types_is_no_feed() -> None:
    assert named("<link rel=alternate type=application/json href=/wp-json/wp/v2/posts/7>") == []
    assert named("<link rel=alternate type=text/xml href=/oembed?format=xml>") == []
    assert named('<link rel="alternate stylesheet" type="text/xml" href="/a.xsl">') == []
    assert named('<link rel=alternate type=application/rss+xml href="javascript:x()">') == []


def test_the_base_of_the_page_counts() -> None:
    html = '<base href="https://b.example.org/x/"><link rel=alternate type=application/rss+xml href=rss>'
    assert named(html) == [("https://b.example.org/x/rss", "rss")]


def test_the_usual_places_are_guesses_apart() -> None:
    found = feeds_of_page(b"<p>nothing", URL, {})
    assert found.named == ()
    assert found.guesses[:2] == ("https://a.example.org/blog/feed", "https://a.example.org/blog/rss")
    assert "https://a.example.org/index.xml" in found.guesses
    assert len(found.guesses) == 10
    assert len(feeds_of_page(b"", "https://a.example.org/", {}).guesses) == 5


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fail(content: bytes) -> None:
    feeds_of_page(b"<link rel=alternate " + content, URL, {})


@pytest.mark.parametrize(
    "piece", ["<div>", "<link rel=alternate type=text/xml href=/%d>", "<a href=", "<!--"]
)
def test_a_hostile_page_costs_little(piece: str) -> None:
    page = "".join(piece.replace("%d", str(n)) for n in range(300_000 // len(piece)))
    started = time.process_time()
    assert len(feeds_of_page(page.encode(), URL, {}).named) <= MOST_FEEDS
    assert time.process_time() - started < 3.0
