"""What a page tells of itself: title and day of publication, and what is not believed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nophantom.trends.addresses import parse_address
from nophantom.trends.exchange import Answer, Refusal, Trouble
from nophantom.trends.native_things import NativeThing, thing_at
from nophantom.trends.protocols.answers import Dropped
from nophantom.trends.protocols.page import PageFacts, read_page, read_page_of

AT = datetime(2026, 8, 21, 12, tzinfo=UTC)
DAY = "2024-05-06T07:08:09Z"


def page(head: str = "", body: str = "") -> bytes:
    return f"<!doctype html><html><head>{head}</head><body>{body}</body></html>".encode()


def facts(head: str = "", body: str = "") -> PageFacts:
    return read_page(page(head, body), "text/html; charset=utf-8")


def linked(data: str) -> str:
    return f'<script type="application/ld+json">{data}</script>'


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (f'<meta property="article:published_time" content="{DAY}">', ""),
        (f'<meta name="article:published_time" content="{DAY}">', ""),
        (f'<meta itemprop="datePublished" content="{DAY}">', ""),
        (linked(f'{{"@type": "NewsArticle", "datePublished": "{DAY}"}}'), ""),
        (linked(f'[{{"@type": "Organization"}}, {{"@type": "BlogPosting", "datePublished": "{DAY}"}}]'), ""),
        (linked(f'{{"@graph": [{{"@type": "WebSite"}}, {{"datePublished": "{DAY}"}}]}}'), ""),
        (linked(f'{{"mainEntity": {{"datePublished": "{DAY}"}}}}'), ""),
        (linked("{broken") + linked(f'{{"datePublished": "{DAY}"}}'), ""),
        (f'<meta name="citation_publication_date" content="{DAY}">', ""),
        (f'<META NAME="Date" CONTENT="{DAY}">', ""),
        ("", f'<time datetime="{DAY}">May</time>'),
        ("", f'<span itemprop="datePublished" content="{DAY}"></span>'),
        (
            "",
            f'<time itemprop="datePublished" datetime="{DAY}">May</time><time datetime="2020-01-01"></time>',
        ),
        ("", f'<article><time datetime="{DAY}"></time></article><aside><time datetime="2020-01-01"></aside>'),
        ('<meta property="article:published_time" content="{{date}}">', f'<time datetime="{DAY}"></time>'),
    ],
)
def test_the_day_of_publication_is_found_where_it_is_written_for_machines(head: str, body: str) -> None:
    assert facts(head, body).published == DAY


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("", "<p>Published on 6 May 2024</p>"),
        ('<meta property="article:modified_time" content="2024-05-06T07:08:09Z">', ""),
        (linked('{"dateModified": "2024-05-06"}'), ""),
        ("", '<time datetime="2024-05-06"></time><time datetime="2024-05-07"></time>'),
        (
            "",
            '<article><time datetime="2024-05-06"></time></article>' * 2
            + '<time datetime="2020-01-01"></time>',
        ),
        ('<meta name="date" content="last week">', ""),
    ],
)
def test_a_day_that_may_be_any_other_is_not_believed(head: str, body: str) -> None:
    assert facts(head, body).published is None


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        ('<title>Zorb | Blog</title><meta property="og:title" content="Zorb &amp; Co">', "", "Zorb & Co"),
        ("<title> Zorb\n is out </title>", "<h1>Other</h1>", "Zorb is out"),
        (
            linked('{"headline": "Zorb", "datePublished": "2024-05-06"}') + "<title>Zorb | B</title>",
            "",
            "Zorb",
        ),
        ("", "<h1>Zorb <em>is</em> out</h1>", "Zorb is out"),
        ("", "", None),
    ],
)
def test_the_title_of_the_article_comes_before_that_of_the_page(
    head: str, body: str, title: str | None
) -> None:
    assert facts(head, body).title == title


@pytest.mark.parametrize(
    "author", ['"Ada L."', '{"name": "Ada L."}', '[{"@type": "Person", "name": "Ada L."}, {"name": "B"}]']
)
def test_the_first_author_is_told(author: str) -> None:
    assert facts(linked(f'{{"datePublished": "{DAY}", "author": {author}}}')).author == "Ada L."


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        ("<title>Zörb 漢</title>".encode(), "text/html; charset=utf-8"),
        ("<title>Zörb</title>".encode("latin-1"), "text/html; charset=ISO-8859-1"),
        (b'<meta charset="windows-1251"><title>' + "Зорб".encode("windows-1251") + b"</title>", "text/html"),
        ("<title>Zörb</title>".encode(), "text/html; charset=utf-8; x=1"),
        (b"<title>Zorb</title>", "text/html; charset=no-such-thing"),
    ],
)
def test_the_encoding_is_that_of_the_server_or_of_the_page(content: bytes, content_type: str) -> None:
    assert read_page(content, content_type).title in {"Zörb 漢", "Zörb", "Зорб", "Zorb"}


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7 zorb", b'{"zorb": 1}', b"\x89PNG\r\n", b"plain words"])
def test_what_is_no_page_is_refused(content: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        read_page(content)
    assert refused.value.trouble is Trouble.WRONG_CONTENT


@given(st.text(max_size=200), st.binary(max_size=50))
def test_no_page_breaks_the_reader(text: str, rest: bytes) -> None:
    read_page(
        b"<html><title>x</title>" + text.encode("utf-8", "replace") + rest + b'<script type="ld+json">{'
    )


def test_a_page_of_many_elements_and_deep_data_is_read() -> None:
    deep = "[" * 500 + "]" * 500
    assert facts(linked(deep) + "<title>Zorb</title>", "<div>" * 3_000).title == "Zorb"


def at(url: str) -> NativeThing:
    address = parse_address(url)
    assert address is not None
    return thing_at(address)


def reply(url: str) -> Answer:
    content = page(f'<title>Zorb</title><meta property="article:published_time" content="{DAY}">')
    return Answer(url, 200, {"content-type": "text/html"}, content, AT)


def test_a_page_that_moved_is_the_document_of_its_new_address() -> None:
    told = read_page_of(at("https://a.example/zorb"), reply("https://b.example/2024/zorb?utm_source=x"))
    assert told.native_id == at("https://b.example/2024/zorb").native_id
    assert (told.title, told.published, told.product) == ("Zorb", DAY, None)


@pytest.mark.parametrize(
    ("asked", "led"),
    [
        ("https://a.example/zorb", "https://a.example/"),
        ("https://a.example/zorb", "https://github.com/zorb/blax"),
        ("https://www.youtube.com/watch?v=Zorb-Blax_7", "https://www.youtube.com/"),
        ("https://www.nuget.org/packages/zorb", "https://www.nuget.org/packages/other"),
        ("https://a.example/zorb", "about:blank"),
    ],
)
def test_a_page_that_leads_elsewhere_is_not_the_one_that_was_asked_for(asked: str, led: str) -> None:
    with pytest.raises(Dropped, match="leads to"):
        read_page_of(at(asked), reply(led))


def test_the_page_of_a_thing_with_a_name_is_about_that_thing() -> None:
    told = read_page_of(
        at("https://youtu.be/Zorb-Blax_7"), reply("https://www.youtube.com/watch?v=Zorb-Blax_7")
    )
    assert (told.native_id, told.product) == ("youtube:Zorb-Blax_7", None)
    package = read_page_of(
        at("https://www.nuget.org/packages/Zorb"), reply("https://nuget.org/packages/zorb/1.0")
    )
    assert (package.native_id, package.product) == ("nuget:zorb", "nuget:zorb")
