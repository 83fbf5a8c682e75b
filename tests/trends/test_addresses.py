"""Canonical addresses: one spelling for all spellings of a page."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nophantom.trends.addresses import Address, canonical_address, parse_address, plain_host

PLAIN = "https://a.org/b?x=1&y=2"


def address(url: str) -> Address:
    found = parse_address(url)
    assert found is not None, url
    return found


def canonical(url: str) -> str:
    return canonical_address(address(url))


@pytest.mark.parametrize(
    "spelling",
    [
        "http://a.org/b?x=1&y=2",
        "HTTPS://WWW.A.ORG/b?x=1&y=2",
        "https://www.a.org:443/b/?x=1&y=2",
        "http://a.org:80/b?y=2&x=1",
        "https://me:secret@a.org/b?x=1&y=2",
        "https://a.org/b?x=1&y=2#section-3",
        "https://a.org/b?x=1&y=2#ftag=RSSbaffb68",
        "https://a.org/b?utm_source=rss&x=1&utm_medium=feed&y=2",
        "https://a.org/b?fbclid=1&gclid=2&ref=hn&ref_src=x&x=1&y=2&UTM_Campaign=",
        "  https://a.org./b?x=1&&y=2&  ",
        "https://a.org/%62?x=%31&y=2",
    ],
)
def test_all_spellings_of_an_address_are_one_document(spelling: str) -> None:
    assert canonical(spelling) == PLAIN


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.org/b", "https://a.org/B"),
        ("https://a.org/b", "https://b.a.org/b"),
        ("https://a.org/b?id=1", "https://a.org/b?id=2"),
        ("https://a.org/b?reference=1", "https://a.org/b"),
        ("https://a.org/a%2Fb", "https://a.org/a/b"),
        ("https://a.org:8080/b", "https://a.org/b"),
        ("https://a.org/#!topic/one", "https://a.org/#!topic/two"),
        ("https://a.org/#/one", "https://a.org/#/two"),
    ],
)
def test_addresses_that_lead_elsewhere_stay_apart(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "item?id=25014592",
        "/governance/x",
        "mailto:a@b.org",
        "ftp://a.org/",
        "https://",
        "https:///x",
        "http:// a",
    ],
)
def test_what_is_no_web_address_has_no_parts(url: str) -> None:
    assert parse_address(url) is None


def test_a_host_is_told_without_www_user_and_port_and_in_ascii() -> None:
    hosts = [
        "https://www.Bücher.example:8080/",
        "http://u:p@www.a.org",
        "http://[::1]:80/x",
        "https://www.www.a.org",
    ]
    assert [address(h).host for h in hosts] == [
        "xn--bcher-kva.example",
        "a.org",
        "[::1]",
        "www.a.org",
    ]


WORDS = st.text("ab%7eE2fF_- üß漢+", max_size=6)


@given(
    st.sampled_from(["a.org", "www.A.org", "b.a.org:8080"]),
    st.lists(WORDS, max_size=3),
    st.lists(st.tuples(WORDS, WORDS), max_size=4),
)
def test_a_canonical_address_is_its_own_and_keeps_what_it_asks_for(
    host: str, path: list[str], query: list[tuple[str, str]]
) -> None:
    """Twice is once; against Python's own parser, no parameter is lost or invented."""
    asked = "&".join(f"{name}={value}" for name, value in query)
    url = f"http://{host}/{'/'.join(path)}?{asked}"

    once = canonical(url)

    assert canonical(once) == once
    assert once.isascii()
    assert " " not in once
    # White space at the very end of an address is none of it.
    theirs = [parse_qsl(urlsplit(text).query, keep_blank_values=True) for text in (url.rstrip(), once)]
    assert sorted(theirs[0]) == sorted(theirs[1])


@pytest.mark.parametrize(
    "spelling",
    [
        "https://m.a.example/2024/zorb-is-out",
        "https://mobile.a.example/2024/zorb-is-out",
        "https://amp.a.example/2024/zorb-is-out",
        "https://www.m.a.example/2024/zorb-is-out",
        "https://a.example/2024/zorb-is-out/amp",
        "https://a.example/2024/zorb-is-out/AMP/",
        "https://a.example/2024/zorb-is-out?amp",
        "https://a.example/2024/zorb-is-out?amp=1",
        "https://a.example/2024/zorb-is-out?outputType=amp",
        "https://www.google.com/amp/s/a.example/2024/zorb-is-out/amp/",
        "https://a-example.cdn.ampproject.org/c/s/www.a.example/2024/zorb-is-out?amp_js_v=a3&usqp=mq",
        "https://a.example/2024/zorb-is-out?mkt_tok=x&srsltid=y&__readwiseLocation=z&itm_source=s&hmb_medium=m",
        "https://a.example/2024/zorb-is-out?fb_ref=1&gbraid=2&wbraid=3&ysclid=4&mc_tc=5&__hstc=6&_bhlid=7",
    ],
)
def test_a_page_for_telephones_and_one_that_tracks_is_the_page(spelling: str) -> None:
    assert canonical(spelling) == "https://a.example/2024/zorb-is-out"


@pytest.mark.parametrize(
    ("spelling", "page"),
    [
        ("https://en.m.wikipedia.org/wiki/Zorb", "https://en.wikipedia.org/wiki/Zorb"),
        ("https://commons.m.wikimedia.org/wiki/Zorb", "https://commons.wikimedia.org/wiki/Zorb"),
        ("https://zh.wikipedia.org/zh-hans/Zorb", "https://zh.wikipedia.org/wiki/Zorb"),
        ("https://old.reddit.com/r/zorb/comments/1abc/", "https://reddit.com/r/zorb/comments/1abc"),
        ("https://developer.mozilla.org/en-US/docs/Zorb", "https://developer.mozilla.org/docs/Zorb"),
        ("https://developer.mozilla.org/zh-CN/docs/Zorb", "https://developer.mozilla.org/docs/Zorb"),
        ("https://learn.microsoft.com/de-de/zorb/", "https://learn.microsoft.com/zorb"),
        ("https://docs.github.com/en/zorb", "https://docs.github.com/zorb"),
        ("https://cloud.google.com/zorb?hl=ja&x=1", "https://cloud.google.com/zorb?x=1"),
        ("https://www.google.com/amp/a.example/b-c-d/amp", "https://a.example/b-c-d"),
    ],
)
def test_the_translation_of_a_page_is_the_page_where_its_host_is_known(spelling: str, page: str) -> None:
    assert canonical(spelling) == page
    assert canonical(page) == page


@pytest.mark.parametrize(
    "page",
    [
        "https://amp.dev/about",
        "https://m.me/zorb",
        "https://mobile.de/x",
        "https://m.ac.nz/x",
        "https://m.co.uk/x",
        "https://github.com/zorb-lang-org/amp",
        "https://a.example/projects/amp",
        "https://a.example/b?amplitude=1",
        "https://a.example/b?amp=2",
        "https://a.example/en/b",
        "https://a.example/b?hl=en",
        "https://learn.microsoft.com/ai/zorb",
        "https://google.com/amp",
        "https://google.com/search?q=amp",
    ],
)
def test_what_only_looks_like_a_variant_stays_what_it_is(page: str) -> None:
    assert canonical(page) == page


def test_two_languages_of_an_encyclopaedia_are_two_pages() -> None:
    assert canonical("https://de.m.wikipedia.org/wiki/Zorb") != canonical(
        "https://en.m.wikipedia.org/wiki/Zorb"
    )


def test_a_host_for_telephones_is_its_host() -> None:
    assert [
        plain_host(host) for host in ("m.a.example", "mobile.m.a.example", "am.example", "wm.a.example")
    ] == [
        "a.example",
        "a.example",
        "am.example",
        "wm.a.example",
    ]


VARIANTS = st.sampled_from(["m.", "amp.", "mobile.", "www.", ""])
PLACES = st.sampled_from(
    ["a.example", "en.m.wikipedia.org", "learn.microsoft.com", "cloud.google.com", "google.com"]
)
PARTS = st.lists(
    st.sampled_from(["amp", "en-US", "zh-hans", "a-b-c", "x.html", "s", "a.example", "google.com", "7"]),
    max_size=4,
)
QUERIES = st.lists(
    st.sampled_from(["amp=1", "hl=en", "outputType=amp", "utm_x=1", "id=7", "amp"]), max_size=3
)


@given(VARIANTS, PLACES, PARTS, QUERIES)
def test_the_canonical_address_of_a_variant_is_its_own(
    variant: str, place: str, parts: list[str], query: list[str]
) -> None:
    once = canonical(f"http://{variant}{place}/{'/'.join(parts)}?{'&'.join(query)}")

    assert canonical(once) == once
    assert "utm_x" not in once
