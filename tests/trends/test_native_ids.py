"""Native ids, and the thing behind an address."""

from __future__ import annotations

from datetime import date

import pytest

from nophantom.trends.addresses import Address, parse_address
from nophantom.trends.documents import Kind
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


def address(url: str) -> Address:
    found = parse_address(url)
    assert found is not None, url
    return found


def test_all_spellings_of_a_page_are_one_document() -> None:
    plain = web_id(address("https://a.org/b?x=1&y=2"))
    assert plain == web_id(address("http://www.a.org:80/b/?y=2&x=1&utm_source=rss#top"))
    assert plain.startswith("web:")
    assert len(plain) == len("web:") + 64


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
        ("https://github.com/advisories/GHSA-aaaa-bbbb-cccc", None, None),
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
