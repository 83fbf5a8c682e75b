"""Native ids, canonical addresses, products and languages."""

from __future__ import annotations

from datetime import date
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nophantom.trends.addresses import Address, canonical_address, parse_address
from nophantom.trends.documents import Kind, folded, storable, unescaped
from nophantom.trends.languages import language_of_script, language_of_tag
from nophantom.trends.native_ids import (
    LONGEST_ID,
    appearance_id,
    arxiv_id,
    hacker_news_id,
    reddit_id,
    repository_id,
    thing_behind,
    web_id,
)

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
    assert web_id(address(spelling)) == web_id(address(PLAIN))


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


def test_arxiv_ids_lose_their_version_and_the_optional_subject_class() -> None:
    assert {arxiv_id(word) for word in ("1706.03762", "1706.03762v5")} == {"arxiv:1706.03762"}
    assert {arxiv_id(word) for word in ("math.GT/0309136v1", "math/0309136")} == {"arxiv:math/0309136"}
    assert [arxiv_id(word) for word in ("1706.037", "17060.3762", "", "abs/1706.03762", "1706.03762v")] == [
        None
    ] * 5


def test_repositories_appearances_stories_and_posts_have_ids() -> None:
    repository = repository_id("Zorb-Lang/Zorb.js")
    assert repository == "github:zorb-lang/zorb.js"
    assert appearance_id(repository, date(2023, 4, 1)) == "github:zorb-lang/zorb.js@2023-04-01"
    assert hacker_news_id("rylans:9a0b") == "hn:rylans:9a0b"
    assert reddit_id("t3_CN2e13") == reddit_id("cn2e13") == "reddit:t3_cn2e13"


@pytest.mark.parametrize("word", ["", "a b", "x" * LONGEST_ID, "a\nb", "漢"])
def test_a_word_that_identifies_nothing_gives_no_id(word: str) -> None:
    made = [
        hacker_news_id(word),
        arxiv_id(word),
        repository_id(word),
        reddit_id(word),
        repository_id(f"a/{word}"),
    ]
    assert made == [None] * 5


@pytest.mark.parametrize(
    ("url", "kind", "product"),
    [
        ("https://github.com/Zorb-Lang/Zorb", Kind.REPOSITORY, "github:zorb-lang/zorb"),
        ("https://www.github.com/a/b.git", Kind.REPOSITORY, "github:a/b"),
        ("https://github.com/a/b/tree/main/x?y#z", Kind.REPOSITORY, "github:a/b"),
        ("https://github.com/a/b/releases", Kind.RELEASE, "github:a/b"),
        ("https://github.com/a/b/releases/tag/v1", Kind.RELEASE, "github:a/b"),
        ("https://github.com/a", None, None),
        ("https://github.com/blog/517-unicorn", None, None),
        ("https://github.com/Topics/zorb", None, None),
        ("https://gist.github.com/a/b", None, None),
        ("https://github.com/a/", None, None),
        ("https://a.github.io/b/c", None, None),
        ("https://arxiv.org/abs/1706.03762v2", Kind.PAPER, "arxiv:1706.03762"),
        ("http://arxiv.org/pdf/1706.03762.pdf", Kind.PAPER, "arxiv:1706.03762"),
        ("https://export.arxiv.org/abs/math/0309136", Kind.PAPER, "arxiv:math/0309136"),
        ("https://arxiv.org/list/cs.LG/recent", None, None),
        ("https://pypi.org/project/requests/", Kind.PACKAGE, None),
        ("https://www.npmjs.com/package/@vue/cli", Kind.PACKAGE, None),
        ("https://crates.io/crates/serde", Kind.PACKAGE, None),
        ("https://pypi.org/project/", None, None),
        ("https://crates.io/", None, None),
        ("https://a.org/abs/1706.03762", None, None),
    ],
)
def test_an_address_tells_the_thing_behind_it(url: str, kind: Kind | None, product: str | None) -> None:
    assert thing_behind(address(url)) == (kind, product)


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("en-US", "en"),
        ("en-UK", "en"),
        ("PL-pl", "pl"),
        ("zh", "zh"),
        ("zh_Hant_TW", "zh"),
        ("", None),
        ("eng", None),
    ],
)
def test_a_language_tag_is_read_to_its_two_letters(tag: str, language: str | None) -> None:
    assert language_of_tag(tag) == language
    assert language_of_tag("https://fonts.googleapis.com/css2?family=Noto+Sans+JP") is None


@pytest.mark.parametrize(
    ("title", "language"),
    [
        ("Show HN: a tool", "en"),
        ("Café à la carte", "en"),
        ("识别深度伪造", "zh"),
        ("使用 Zorblax 部署 Foo Bar 应用", "zh"),
        ("Zorb 入門ガイド", "ja"),
        ("リリース", "ja"),
        ("한국어 제목 with two words", "ko"),
        ("Яндекс открыл исходный код YDB", "ru"),
        ("The meaning of 漢字 in Unicode", "en"),
        ("Why you should not say Привет to everyone who calls you today", "en"),
        ("2024 — 🚀", "en"),
    ],
)
def test_the_script_of_a_title_tells_its_language(title: str, language: str) -> None:
    assert language_of_script(title) == language


def test_texts_are_cleaned_without_losing_a_character_that_can_be_stored() -> None:
    assert storable("a\x00b\ud800c漢🚀") == "a\ufffdb\ufffdc漢🚀"
    assert folded(" a\u00a0 b\n\tc ") == "a b c"
    assert unescaped("a &amp; b &lt;c&gt; &#x27;d&#39;") == "a & b <c> 'd'"
    assert unescaped("x?a=1&copy=2&lang;&amp") == "x?a=1&copy=2&lang;&amp"
