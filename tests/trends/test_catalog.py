"""Sources: which protocol reads an address, when two are one source, and the catalogue that comes with us."""

from __future__ import annotations

import sys
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nophantom.errors import InvalidInput
from nophantom.trends.catalog import (
    Group,
    catalogue_of,
    family_of,
    normal_address,
    protocol_of,
    read_catalogue,
)
from nophantom.trends.documents import Family
from nophantom.trends.exchange import SourceProtocol

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

RECOGNISED = {
    "https://news.ycombinator.com": ("hacker_news_algolia", {"tags": "story"}),
    "http://news.ycombinator.com/newest": ("hacker_news_algolia", {"tags": "story"}),
    "https://news.ycombinator.com/show": ("hacker_news_algolia", {"tags": "show_hn"}),
    "https://news.ycombinator.com/news": ("hacker_news_algolia", {"tags": "front_page"}),
    "hn:": ("hacker_news_algolia", {"tags": "story"}),
    "hn:show_hn": ("hacker_news_algolia", {"tags": "show_hn"}),
    "HN:ask_hn": ("hacker_news_algolia", {"tags": "ask_hn"}),
    "https://news.ycombinator.com/rss": ("feed", {}),
    "https://hnrss.org/frontpage": ("feed", {}),
    "https://github.com/Zorb/Blax": ("github_releases", {"repository": "zorb/blax"}),
    "https://www.github.com/zorb/blax/releases/": ("github_releases", {"repository": "zorb/blax"}),
    "https://github.com/zorb/blax.git": ("github_releases", {"repository": "zorb/blax"}),
    "github:zorb/blax": ("github_releases", {"repository": "zorb/blax"}),
    "https://github.com/zorb/blax/stargazers": ("github_stars", {"repository": "zorb/blax"}),
    "https://github.com/search?q=zorb+db&type=repositories": ("github_search", {"q": "zorb db"}),
    "https://github.com/topics/zorb": ("github_search", {"q": "topic:zorb"}),
    "github:search": ("github_search", {"q": ""}),
    "github:search topic:zorb": ("github_search", {"q": "topic:zorb"}),
    "https://github.com/zorb/blax/releases.atom": ("feed", {}),
    "https://github.com/zorb/blax/commits/main.atom": ("feed", {}),
    "https://github.com/search?q=zorb&type=issues": ("feed", {}),
    "https://github.com/topics": ("feed", {}),
    "https://arxiv.org/list/cs.LG/recent": ("arxiv_oai", {"set": "cs:cs:LG"}),
    "https://arxiv.org/list/cs.LG/new": ("arxiv_oai", {"set": "cs:cs:LG"}),
    "arxiv:cs.LG": ("arxiv_oai", {"set": "cs:cs:LG"}),
    "arxiv:cs": ("arxiv_oai", {"set": "cs"}),
    "arxiv:stat.ML": ("arxiv_oai", {"set": "stat:stat:ML"}),
    "arxiv:quant-ph": ("arxiv_oai", {"set": "physics:quant-ph"}),
    "arxiv:cond-mat.str-el": ("arxiv_oai", {"set": "physics:cond-mat:str-el"}),
    "arxiv:physics.optics": ("arxiv_oai", {"set": "physics:physics:optics"}),
    "https://rss.arxiv.org/rss/cs.AI+cs.LG": ("arxiv_rss", {"categories": "cs.AI+cs.LG"}),
    "http://export.arxiv.org/rss/cs.AI": ("arxiv_rss", {"categories": "cs.AI"}),
    "https://export.arxiv.org/api/query?search_query=cat:cs.LG+AND+all:zorb": (
        "arxiv_query",
        {"query": "cat:cs.LG AND all:zorb"},
    ),
    "searxng:http://127.0.0.1:8888/": ("searxng", {"base": "http://127.0.0.1:8888"}),
    "https://a.example/feed": ("feed", {}),
    "https://github.com:8443/zorb/blax": ("feed", {}),
}


@pytest.mark.parametrize(("url", "expected"), RECOGNISED.items())
def test_an_address_tells_the_protocol_and_what_it_needs(
    url: str, expected: tuple[str, dict[str, str]]
) -> None:
    found = protocol_of(url)
    assert (found.protocol, found.settings) == expected
    assert protocol_of(found.address) == found


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a.example/feed",
        "ftp://a.example",
        "hn:nonsense",
        "arxiv:zorb.X",
        "arxiv:",
        "github:zorb",
        "searxng:zorb",
        "zorb:x",
    ],
)
def test_what_is_no_address_of_a_source_is_refused_with_advice(url: str) -> None:
    with pytest.raises(InvalidInput, match="begins with http"):
        protocol_of(url)
    with pytest.raises(InvalidInput):
        normal_address(url)


def test_every_protocol_has_the_family_of_its_documents() -> None:
    families = {protocol: family_of(protocol) for protocol in SourceProtocol}
    assert families[SourceProtocol.FEED] is Family.FEED
    assert families[SourceProtocol.HACKER_NEWS_FIREBASE] is Family.HACKER_NEWS
    assert families[SourceProtocol.GITHUB_STARS] is Family.GITHUB
    assert families[SourceProtocol.ARXIV_RSS] is Family.ARXIV
    assert [protocol for protocol, family in families.items() if family is None] == [SourceProtocol.ARCHIVE]


@pytest.mark.parametrize(
    "spelling",
    [
        "https://a.example/Feed",
        "http://a.example/Feed/",
        "HTTPS://WWW.A.EXAMPLE:443/Feed#top",
        "http://a.example:80/Feed",
        "feed://a.example/Feed",
        "feed:https://a.example/Feed",
        " https://me@a.example/%46eed ",
    ],
)
def test_one_feed_under_two_spellings_is_one_source_and_keeps_the_address_to_fetch(spelling: str) -> None:
    assert normal_address(spelling) == "a.example/Feed"
    assert protocol_of(spelling).address.lower().startswith(("http://", "https://"))


def test_the_releases_of_a_repository_are_one_source_by_api_and_by_feed() -> None:
    feed = "https://github.com/Zorb/Blax/releases.atom"
    assert normal_address(feed) == normal_address("github:zorb/blax") == normal_address(f"{feed}?token=1")
    assert protocol_of(feed).protocol is SourceProtocol.FEED
    others = ("https://github.com/zorb/blax/tags.atom", "https://github.com/topics/x/releases.atom")
    assert normal_address("github:zorb/blax") not in {normal_address(url) for url in others}


def test_the_mirrors_of_a_burnt_feed_are_one_source() -> None:
    spellings = [
        "http://feeds.feedburner.com/Zorb",
        "https://feeds2.feedburner.com/zorb?format=xml",
        "http://feedproxy.google.com/ZORB/",
    ]
    assert {normal_address(url) for url in spellings} == {"feeds.feedburner.com/zorb"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example/feed", "https://a.example/Feed"),
        ("https://a.example/feed", "https://m.a.example/feed"),
        ("https://a.example/?feed=rss", "https://a.example/?feed=atom"),
        ("https://a.example/feed", "https://a.example:8080/feed"),
        ("https://github.com/zorb/blax", "https://github.com/zorb/blax/stargazers"),
        ("arxiv:cs.LG", "https://rss.arxiv.org/rss/cs.LG"),
    ],
)
def test_two_feeds_are_two_sources(one: str, other: str) -> None:
    assert normal_address(one) != normal_address(other)


def test_short_name_and_page_of_a_source_are_one_source() -> None:
    assert normal_address("arxiv:cs.LG") == normal_address("http://arxiv.org/list/cs.LG/new")
    assert normal_address("hn:") == normal_address("https://news.ycombinator.com/")
    assert normal_address("github:Zorb/blax") == normal_address("https://github.com/zorb/Blax/releases")


WORDS = st.text("abFx%20?&=/.#-", max_size=12)


@given(
    st.sampled_from(["http://", "https://www.", "feed://"]),
    st.sampled_from(["a.example", "b.a.example:81"]),
    WORDS,
)
def test_a_normal_address_is_its_own(scheme: str, host: str, rest: str) -> None:
    once = normal_address(f"{scheme}{host}/{rest}")
    assert normal_address(f"https://{once}") == once


def _real_addresses(data: Path) -> list[str]:
    with zstd.open(data / "trends" / "feeds" / "feed_urls.jsonl.zst") as lines:
        return [orjson.loads(line)["url"] for line in lines]


def test_the_catalogue_holds_known_sources_that_need_no_key() -> None:
    entries = read_catalogue()

    assert len(entries) >= 60
    assert {entry.group for entry in entries} == set(Group)
    assert {entry.protocol for entry in entries} >= {
        SourceProtocol.FEED,
        SourceProtocol.HACKER_NEWS_ALGOLIA,
        SourceProtocol.GITHUB_SEARCH,
        SourceProtocol.ARXIV_OAI,
    }
    assert len({normal_address(entry.address) for entry in entries}) == len(entries)
    assert len({(entry.group, entry.title) for entry in entries}) == len(entries)
    assert all(entry.language == "en" for entry in entries)
    # Their releases are read as feeds: the interface of GitHub allows few requests without a token.
    assert sum(entry.address.endswith("/releases.atom") for entry in entries) >= 10


ENTRY = 'address = "{}"\ntitle = "{}"\ngroup = "{}"\nlanguage = "en"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[source", "no TOML"),
        ('[[source]]\naddress = "https://a.example"\n', "has an address, a title"),
        ("[[source]]\n" + ENTRY.format("https://a.example", "A", "zorbs"), "group of forums"),
        ("[[source]]\n" + ENTRY.format("junk", "A", "web"), "no source has the address"),
        (
            "[[source]]\n"
            + ENTRY.format("https://a.example/x", "A", "web")
            + "[[source]]\n"
            + ENTRY.format("http://www.a.example/x/", "B", "web"),
            "'A' and 'B' are one source",
        ),
    ],
)
def test_a_catalogue_with_a_fault_says_which(text: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        catalogue_of(text)
